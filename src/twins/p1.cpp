#include <array>
#include <string>
#include <variant>
#include <vector>

#include "twins/makers.hpp"
#include "twins/twin.hpp"

// P1, the hedged market maker: one status word decides whether it may quote. Its main loop quotes,
// a monitor cancels a quote that is old or earns otherwise than was meant, and a task hedges what
// was filled. A fill cancels over both transports, and so does that task before the hedge and after
// it. Once it is Complete, or in Error, the main loop ends the bot. docs/incidents/p1.md.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;

constexpr Duration loop_every = milliseconds(100);
constexpr Duration monitor_every = milliseconds(25);
constexpr Duration poll_every = milliseconds(500);
constexpr Duration quote_age_max = seconds(30);
constexpr std::int64_t drift_max_ppm = 300;      // 3 basis points
constexpr Duration answer_timeout = seconds(10); // assumed: the record names none
constexpr Duration complete_after = seconds(20); // trades shall show in what the venues tell
constexpr std::uint32_t quotes_max = 3;          // as many as there were in the incident

// What one of these twins does otherwise than another.
struct Ways {
    bool heeds_phase = false;   // the published fix: a confirmation counts only while Placed
    bool remembers_ids = false; // its first wish: a fill of an earlier quote is known for one
    bool polls = false;         // open orders and the position, read twice a second, tell fills too
};

enum class Phase : std::uint8_t { Idle, Placed, Filled, Hedging, Complete, Error };

// Tasks of the bot have no time of their own: the next one from now on.
Timestamp next_tick(Timestamp now, Duration every) {
    return Timestamp{(now.ns() / every.value() + 1) * every.value()};
}

struct State {
    Phase phase = Phase::Idle;
    bool is_stopping = false;
    bool is_acked = false; // the venue has answered the quote
    bool is_over = false;  // the process has ended
    bool is_polling = false;
    std::uint8_t quotes = 0;
    Sender::Numbers numbers;
    Ticks hedge_price;
    Ticks quoted_from; // the hedge price when it quoted
    Lots waiting;      // to be hedged
    ClOrdID quote;     // none: it knows of none
    ClOrdID canceling; // the quote that it knew of when it last canceled all
    ClOrdID hedge;     // that the task is busy with; none: it is free
    Lots polled_cum;   // of the quote
    Lots polled_position;
    Timestamp now; // when it last heard something
    Timestamp placed_at = never;
    Timestamp cancel_again_at = never; // the monitor waits so long for answers
    Timestamp hedge_by = never;        // the answer is awaited so long
    Timestamp complete_at = never;     // it has come

    [[nodiscard]] bool is_done() const { return phase == Phase::Complete || phase == Phase::Error; }
    [[nodiscard]] bool may_quote() const {
        return !is_stopping && quotes < quotes_max && hedge_price > Ticks{0};
    }
    [[nodiscard]] bool has_drifted() const {
        const std::int64_t moved = (hedge_price - quoted_from).value();
        return (moved < 0 ? -moved : moved) * 1'000'000 > quoted_from.value() * drift_max_ppm;
    }
    // When the monitor cancels the quote that is placed.
    [[nodiscard]] Timestamp cancel_from() const {
        const Timestamp from = has_drifted() ? placed_at : placed_at + quote_age_max;
        return cancel_again_at < never ? later(from, cancel_again_at) : from;
    }
    [[nodiscard]] Timestamp cancel_at() const {
        return next_tick(later(now, cancel_from()), monitor_every);
    }
    [[nodiscard]] bool is_settled() const {
        return is_over ||
               (phase == Phase::Idle && !may_quote() && waiting == Lots{0} && hedge.is_none());
    }
    [[nodiscard]] Timestamp wake_at() const {
        if (is_settled()) return never;
        Timestamp at = earlier(hedge_by, complete_at);
        if (is_done() || (phase == Phase::Idle && may_quote())) {
            at = earlier(at, next_tick(now, loop_every));
        } else if (phase == Phase::Placed) {
            at = earlier(at, is_acked ? cancel_at() : placed_at + answer_timeout);
        }
        if (polls_now()) at = earlier(at, next_tick(now, poll_every));
        return at;
    }
    [[nodiscard]] bool polls_now() const { return is_polling && phase == Phase::Placed; }
    [[nodiscard]] std::uint64_t digest(Timestamp at) const {
        Digest out{at};
        out.add(at.ns() % (is_polling ? poll_every : loop_every).value()); // where its tasks stand
        out.add(phase, is_stopping, is_acked, is_over, quotes, waiting, numbers.orders,
                numbers.epoch);
        return out.add(hedge_price, quoted_from, quote, canceling, hedge, polled_cum)
            .add(polled_position, placed_at, cancel_again_at, hedge_by, complete_at)
            .value();
    }
};

class P1 final : public Twin<State> {
public:
    P1(const explore::Scenario& scenario, Ways ways)
        : Twin(scenario), ways_(ways), maker_(scenario.desk.xemm.front().maker),
          taker_(scenario.desk.xemm.front().hedge), qty_(scenario.desk.xemm.front().order_qty),
          side_(scenario.desk.xemm.front().sides == strategy::Sides::BuyOnly ? Side::Buy
                                                                             : Side::Sell) {
        state_.is_polling = ways.polls;
    }

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        const Rule rule = broken_in_truth(world);
        if (rule != Rule::None) return rule;
        return leaves_an_order(world) ? Rule::NoForgottenOrder : broken_at_the_end(world);
    }
    [[nodiscard]] Situation situation() const override {
        switch (state_.phase) {
        case Phase::Placed:
            return state_.cancel_again_at < never ? Situation::CancelPending : Situation::Resting;
        case Phase::Filled:
        case Phase::Hedging: return Situation::Hedging;
        case Phase::Idle:
        case Phase::Complete:
        case Phase::Error: return Situation::Idle;
        }
        return Situation::Idle;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        constexpr std::array<const char*, 6> names{"Idle",    "OrderPlaced", "Filled",
                                                   "Hedging", "Complete",    "Error"};
        return {std::string{"state "} + names[static_cast<std::size_t>(state_.phase)],
                std::to_string(state_.waiting.value()) + " lots wait to be hedged"};
    }

private:
    // It writes nothing down.
    [[nodiscard]] State begun_again() const override {
        State state;
        state.numbers.epoch = state_.numbers.epoch + 1;
        state.is_polling = ways_.polls;
        return state;
    }

    // It has ended, all that it has asked for has arrived, and an order of it rests.
    [[nodiscard]] bool leaves_an_order(const explore::World& world) const {
        if (!state_.is_over || !world.is_alive()) return false;
        const sim::Venue& venue =
            world.venue(world.venue_of(scenario().desk.engine.instruments[maker_.value()].account));
        for (const std::uint32_t way :
             {sim::Channels::socket_in, sim::Channels::rest_in, sim::Channels::bump}) {
            if (venue.pending(way) != 0) return false;
        }
        return venue.open_order_count() != 0;
    }

    void hear(const EventBody& body, Sender& send) override {
        state_.now = now_;
        if (state_.is_over) return;
        if (std::holds_alternative<Boot>(body)) {
            send.cancel_all(state_.numbers, maker_);
        } else if (std::holds_alternative<WakeUp>(body)) {
            look(send);
        } else if (const auto* top = std::get_if<BookTop>(&body)) {
            if (top->instrument == taker_) {
                state_.hedge_price = side_ == Side::Buy ? top->bid_px : top->ask_px;
            }
        } else if (const auto* report = std::get_if<ExecutionReport>(&body)) {
            if (report->instrument == maker_) on_report(*report, send);
        } else if (const auto* held = std::get_if<PositionReport>(&body)) {
            if (held->instrument == maker_) on_position(held->qty, send);
        } else if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
            on_answer(*answer, send);
        } else if (const auto* act = std::get_if<OperatorAct>(&body)) {
            if (act->act == Act::WindDown) state_.is_stopping = true;
        }
    }

    void look(Sender& send) {
        if (state_.is_done()) { // the main loop leaves
            cancel_all(send);
            state_.is_over = true;
            return;
        }
        if (now_ >= state_.hedge_by) end_hedge(Phase::Error, send);
        if (now_ >= state_.complete_at) end_hedge(Phase::Complete, send);
        if (state_.phase == Phase::Idle && state_.may_quote()) place_quote(send);
        if (state_.phase == Phase::Placed) watch_quote(send);
        if (state_.polls_now() && now_.ns() % poll_every.value() == 0) {
            send.read(state_.numbers, RequestKind::ReadOpenOrders, maker_);
            send.read(state_.numbers, RequestKind::ReadPositions, maker_);
        }
    }

    void place_quote(Sender& send) {
        const Ticks away{state_.hedge_price.value() / 1'000};
        state_.quote =
            send.place(state_.numbers, {.instrument = maker_,
                                        .side = side_,
                                        .px = side_ == Side::Buy ? state_.hedge_price - away
                                                                 : state_.hedge_price + away,
                                        .qty = qty_,
                                        .post_only = true});
        ++state_.quotes;
        state_.polled_cum = Lots{};
        state_.is_acked = false;
        state_.quoted_from = state_.hedge_price;
        state_.placed_at = now_;
        state_.phase = Phase::Placed;
    }

    // The monitor. It leaves a quote alone that the venue has not answered yet.
    void watch_quote(Sender& send) {
        if (!state_.is_acked) {
            if (now_ >= state_.placed_at + answer_timeout) forget_quote();
        } else if (now_ > state_.cancel_from()) {
            cancel_all(send);
            state_.cancel_again_at = now_ + answer_timeout;
        }
    }

    void forget_quote() {
        state_.quote = {};
        state_.placed_at = state_.cancel_again_at = never;
        state_.phase = Phase::Idle;
    }

    void cancel_all(Sender& send) {
        send.cancel_all(state_.numbers, maker_);
        if (!state_.quote.is_none()) {
            send.cancel(state_.numbers, maker_, state_.quote, Transport::Socket);
        }
        state_.canceling = state_.quote;
    }

    void on_report(const ExecutionReport& report, Sender& send) {
        const bool is_quote = report.cl_ord_id == state_.quote;
        if (report.source == ReportSource::Read) {
            if (is_quote && report.cum_qty > state_.polled_cum) {
                const Lots more = report.cum_qty - state_.polled_cum;
                state_.polled_cum = report.cum_qty;
                on_fill(more, send);
            }
        } else if (report.exec_type == ExecType::Trade) {
            if (is_quote || ways_.remembers_ids) on_fill(report.last_qty, send);
        } else if (is_quote && (report.exec_type == ExecType::Canceled ||
                                report.exec_type == ExecType::Rejected)) {
            on_confirmation();
        }
    }

    // Whoever asked did so while the quote was placed, and does not look again whether it still is.
    // Nobody has told one detector what the others have seen.
    void on_position(Lots held, Sender& send) {
        const Lots more =
            side_ == Side::Buy ? held - state_.polled_position : state_.polled_position - held;
        state_.polled_position = held;
        if (more > Lots{0}) on_fill(more, send);
    }

    void on_fill(Lots qty, Sender& send) {
        if (state_.is_done()) return;
        state_.waiting += qty;
        state_.phase = Phase::Filled;
        cancel_all(send);
    }

    // That the quote is gone. What it was before it went nobody asks.
    void on_confirmation() {
        if (state_.is_done() || (ways_.heeds_phase && state_.phase != Phase::Placed)) return;
        forget_quote();
    }

    void on_answer(const RequestAnswer& answer, Sender& send) {
        const bool is_good = answer.outcome == Outcome::Accepted;
        if (answer.kind == RequestKind::MassCancel) {
            // (Also where there was nothing left to cancel.)
            if (is_good && !state_.quote.is_none() && state_.canceling == state_.quote) {
                on_confirmation();
            }
        } else if (answer.kind == RequestKind::New && answer.cl_ord_id == state_.hedge) {
            if (is_good) {
                state_.hedge_by = never;
                state_.complete_at = now_ + complete_after;
            } else {
                end_hedge(Phase::Error, send);
            }
        } else if (answer.kind == RequestKind::New && answer.cl_ord_id == state_.quote) {
            if (is_good) state_.is_acked = true;
            if (!is_good && state_.phase == Phase::Placed) forget_quote();
        }
    }

    // How much of the hedge was filled nobody asks.
    void end_hedge(Phase phase, Sender& send) {
        state_.hedge = {};
        state_.hedge_by = state_.complete_at = never;
        cancel_all(send);
        state_.phase = phase;
    }

    [[nodiscard]] std::uint32_t turns() const override {
        return !state_.is_over && state_.waiting > Lots{0} && state_.hedge.is_none() ? 1U : 0U;
    }
    [[nodiscard]] std::string turn_words(std::uint32_t /*task*/) const override {
        return "the hedge task goes on";
    }
    void go_on(std::uint32_t /*task*/, Sender& send) override {
        state_.now = now_;
        cancel_all(send);
        const Ticks slack{state_.hedge_price.value() / 100};
        const bool sells = side_ == Side::Buy;
        state_.hedge = send.place(
            state_.numbers, {.instrument = taker_,
                             .side = opposite(side_),
                             .px = sells ? state_.hedge_price - slack : state_.hedge_price + slack,
                             .qty = state_.waiting,
                             .tif = TimeInForce::Ioc});
        state_.waiting = Lots{};
        state_.hedge_by = now_ + answer_timeout;
        state_.phase = Phase::Hedging;
    }

    Ways ways_;
    InstrumentIx maker_;
    InstrumentIx taker_;
    Lots qty_;
    Side side_;
};

} // namespace

Made make_p1_any_confirmation(const explore::Scenario& scenario) {
    return std::make_unique<P1>(scenario, Ways{});
}
Made make_p1_only_when_placed(const explore::Scenario& scenario) {
    return std::make_unique<P1>(scenario, Ways{.heeds_phase = true});
}
Made make_p1_order_ids(const explore::Scenario& scenario) {
    return std::make_unique<P1>(scenario, Ways{.heeds_phase = true, .remembers_ids = true});
}
Made make_p1_three_detectors(const explore::Scenario& scenario) {
    return std::make_unique<P1>(scenario, Ways{.heeds_phase = true, .polls = true});
}

} // namespace keel::twins
