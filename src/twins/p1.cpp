#include <array>
#include <string>
#include <variant>
#include <vector>

#include "twins/makers.hpp"
#include "twins/twin.hpp"

// P1, the hedged market maker: one status word decides whether it may quote. Its main loop looks
// every 100 ms; a fill stops quoting, cancels over both transports, and starts a task that hedges
// and cancels once more. docs/incidents/p1.md.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;

constexpr Duration loop_every = milliseconds(100);
constexpr Duration quote_age_max = seconds(30);
constexpr std::int64_t drift_max_ppm = 300; // 3 basis points
constexpr std::uint32_t quotes_max = 3;     // then it is seen what has become of them

enum class Phase : std::uint8_t { Idle, Placed, Filled, Hedging, Complete, Error };

struct State {
    Phase phase = Phase::Idle;
    bool is_stopping = false;
    bool hedge_is_due = false; // the task that hedges has been started and has not run yet
    std::uint8_t quotes = 0;
    Sender::Numbers numbers;
    Ticks hedge_bid;
    Ticks hedge_ask;
    Ticks quoted_from; // the hedge venue's price when it quoted
    Lots filled;       // of its quote: what the task will hedge
    ClOrdID quote;
    ClOrdID hedge;
    Timestamp placed_at;
    Timestamp loop_at;

    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop_at; }
    [[nodiscard]] bool is_settled() const {
        if (hedge_is_due) return false;
        return phase == Phase::Complete || phase == Phase::Error ||
               (phase == Phase::Idle && (is_stopping || quotes >= quotes_max));
    }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        return Digest{now}
            .add(phase, is_stopping, hedge_is_due, quotes, numbers.orders, hedge_bid, hedge_ask)
            .add(quoted_from, filled, quote, hedge, placed_at, loop_at)
            .value();
    }
};

class P1 final : public Twin<State> {
public:
    P1(const explore::Scenario& scenario, bool heeds_phase)
        : Twin(scenario), heeds_phase_(heeds_phase), maker_(scenario.desk.xemm.front().maker),
          taker_(scenario.desk.xemm.front().hedge), qty_(scenario.desk.xemm.front().order_qty),
          side_(scenario.desk.xemm.front().sides == strategy::Sides::BuyOnly ? Side::Buy
                                                                             : Side::Sell) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        const Rule rule = broken_in_truth(world);
        return rule != Rule::None ? rule : broken_at_the_end(world);
    }
    [[nodiscard]] Situation situation() const override {
        switch (state_.phase) {
        case Phase::Placed: return Situation::Resting;
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
        return {std::string{"state "} + names[static_cast<std::size_t>(state_.phase)]};
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.numbers.epoch = state_.numbers.epoch + 1;
        state.loop_at = now_ + loop_every;
        return state;
    }

    void hear(const EventBody& body, Sender& send) override {
        if (std::holds_alternative<Boot>(body)) {
            if (state_.loop_at == Timestamp{}) state_.loop_at = now_ + loop_every;
        } else if (std::holds_alternative<WakeUp>(body)) {
            look(send);
        } else if (const auto* top = std::get_if<BookTop>(&body)) {
            if (top->instrument == taker_) {
                state_.hedge_bid = top->bid_px;
                state_.hedge_ask = top->ask_px;
            }
        } else if (const auto* report = std::get_if<ExecutionReport>(&body)) {
            on_report(*report, send);
        } else if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
            on_answer(*answer);
        } else if (const auto* act = std::get_if<OperatorAct>(&body)) {
            if (act->act == Act::WindDown) state_.is_stopping = true;
        }
    }

    // The main loop, and in it the monitor of the quote.
    void look(Sender& send) {
        state_.loop_at = now_ + loop_every;
        const Ticks price = side_ == Side::Buy ? state_.hedge_bid : state_.hedge_ask;
        if (state_.phase == Phase::Idle) {
            if (state_.is_stopping || state_.quotes >= quotes_max || price <= Ticks{0}) return;
            place_quote(price, send);
        } else if (state_.phase == Phase::Placed) {
            const auto moved = (price - state_.quoted_from).value();
            const bool drifted =
                (moved < 0 ? -moved : moved) * 1'000'000 > price.value() * drift_max_ppm;
            if (drifted || state_.is_stopping || now_ - state_.placed_at > quote_age_max) {
                cancel_quote(send);
            }
        }
    }

    void place_quote(Ticks price, Sender& send) {
        const Ticks away{price.value() / 1'000};
        state_.quote =
            send.place(state_.numbers, {.instrument = maker_,
                                        .side = side_,
                                        .px = side_ == Side::Buy ? price - away : price + away,
                                        .qty = qty_,
                                        .post_only = true});
        ++state_.quotes;
        state_.filled = Lots{};
        state_.quoted_from = price;
        state_.placed_at = now_;
        state_.phase = Phase::Placed;
    }

    void cancel_quote(Sender& send) {
        send.cancel(state_.numbers, maker_, state_.quote, Transport::Rest);
        send.cancel_all(state_.numbers, maker_);
    }

    void on_report(const ExecutionReport& report, Sender& send) {
        if (report.instrument == maker_) {
            if (report.exec_type == ExecType::Trade) {
                on_fill(report, send);
            } else if (report.exec_type == ExecType::Canceled && report.cl_ord_id == state_.quote) {
                on_confirmation();
            } else if (report.exec_type == ExecType::Rejected && report.cl_ord_id == state_.quote) {
                if (state_.phase == Phase::Placed) state_.phase = Phase::Idle;
            }
        } else if (report.cl_ord_id == state_.hedge && report.exec_type == ExecType::Trade) {
            state_.phase = Phase::Complete; // whatever part of it was filled
        }
    }

    void on_fill(const ExecutionReport& report, Sender& send) {
        if (report.cl_ord_id != state_.quote) return;
        state_.filled += report.last_qty;
        if (state_.phase != Phase::Placed && state_.phase != Phase::Idle) return;
        state_.phase = Phase::Filled;
        state_.hedge_is_due = true;
        cancel_quote(send);
    }

    // That the order is gone. What it was before it went nobody asks.
    void on_confirmation() {
        if (heeds_phase_ && state_.phase != Phase::Placed) return;
        state_.phase = Phase::Idle;
    }

    void on_answer(const RequestAnswer& answer) {
        if (answer.kind == RequestKind::MassCancel && answer.outcome == Outcome::Accepted) {
            on_confirmation();
        } else if (answer.kind == RequestKind::New && answer.outcome == Outcome::Refused) {
            if (answer.cl_ord_id == state_.hedge) state_.phase = Phase::Error;
            if (answer.cl_ord_id == state_.quote && state_.phase == Phase::Placed) {
                state_.phase = Phase::Idle;
            }
        }
    }

    [[nodiscard]] std::uint32_t turns() const override { return state_.hedge_is_due ? 1U : 0U; }
    [[nodiscard]] std::string turn_words(std::uint32_t /*task*/) const override {
        return "the hedge task goes on";
    }
    // Cancels again, hedges, and says so.
    void go_on(std::uint32_t /*task*/, Sender& send) override {
        state_.hedge_is_due = false;
        state_.phase = Phase::Hedging;
        cancel_quote(send);
        const bool sells = side_ == Side::Buy;
        const Ticks price = sells ? state_.hedge_bid : state_.hedge_ask;
        const Ticks slack{price.value() / 100};
        state_.hedge = send.place(state_.numbers, {.instrument = taker_,
                                                   .side = opposite(side_),
                                                   .px = sells ? price - slack : price + slack,
                                                   .qty = state_.filled,
                                                   .tif = TimeInForce::Ioc});
    }

    bool heeds_phase_;
    InstrumentIx maker_;
    InstrumentIx taker_;
    Lots qty_;
    Side side_;
};

} // namespace

Made make_p1_any_confirmation(const explore::Scenario& scenario) {
    return std::make_unique<P1>(scenario, false);
}
Made make_p1_only_when_placed(const explore::Scenario& scenario) {
    return std::make_unique<P1>(scenario, true);
}

} // namespace keel::twins
