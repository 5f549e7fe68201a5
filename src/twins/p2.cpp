#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "twins/makers.hpp"
#include "twins/twin.hpp"

// P2, the futures position bot. Its stream tells closures; positions are opened by what a read of
// the tick loop shows: one that it has no stop-loss for is new, or left from a crash, and gets its
// stop-loss, its target, and an emergency stop at the venue. docs/incidents/p2.md.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;

constexpr Duration tick_after = milliseconds(500);    // the one before has ended
constexpr Duration confirm_after = milliseconds(300); // that a position is gone
constexpr Duration cooldown = seconds(2);
constexpr Duration protected_within = seconds(1); // two ticks
constexpr Lots order_qty{1};

struct State {
    bool has_begun = false;
    bool is_stopping = false;
    bool is_signaled = false; // to buy
    bool is_entering = false;
    bool is_confirming = false; // a read does not show what it holds: it will ask once more
    bool stop_is_due = false;   // the position is set, and its emergency stop not yet placed
    bool is_checked = false;    // it holds nothing, and a read has said so since
    Sender::Numbers numbers;
    Ticks bid;
    Ticks ask;
    Ticks stop_loss; // none: it knows of no position
    Ticks target;
    Lots qty;
    Lots shown; // by the read that is being heard
    ClOrdID exit;
    ClOrdID emergency;
    RequestID asked; // the read that its tick waits for
    Timestamp next_at = never;
    Timestamp cool_until; // no reads of positions before

    // What it does not know, for rules and for the end of a schedule.
    bool is_flat = true;
    bool was_held = false;        // at any time since it asked
    bool was_told_flat = false;   // since it asked
    bool is_ghost = false;        // what it has opened was not there
    Timestamp bare_since = never; // more is held than the stops at the venue would close

    // (The bot never ends. A schedule does when there is nothing more for it to find.)
    [[nodiscard]] bool is_settled() const {
        return is_stopping && is_flat && is_checked && stop_loss == Ticks{0} && !is_entering &&
               exit.is_none() && asked.is_none();
    }
    [[nodiscard]] Timestamp wake_at() const {
        return is_settled() || stop_is_due || !asked.is_none() ? never : next_at;
    }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        return Digest{now}
            .add(has_begun, is_stopping, is_signaled, is_entering, is_confirming, stop_is_due)
            .add(is_checked, numbers.orders, bid, ask, stop_loss, target, qty, exit, emergency)
            .add(asked, next_at, now < cool_until ? cool_until : never)
            .add(is_flat, was_held, was_told_flat, is_ghost, bare_since)
            .value();
    }
};

class P2 final : public Twin<State> {
public:
    P2(const explore::Scenario& scenario, bool cools_down)
        : Twin(scenario), cools_down_(cools_down),
          instrument_(scenario.opening.front().market.instrument),
          entry_px_(scenario.opening.front().market.ask_px) {}

    bool witness(const explore::World& world) override {
        state_.is_flat = world.held(instrument_) == Lots{0};
        const bool asks_now =
            !world.sent().empty() && std::holds_alternative<ReadRequest>(world.sent().back());
        if (asks_now) state_.was_held = state_.was_told_flat = false;
        if (!state_.asked.is_none() && !state_.is_flat) state_.was_held = true;
        if (!is_bare(world)) {
            state_.bare_since = never;
        } else if (state_.bare_since == never) {
            state_.bare_since = world.now();
        }
        return true;
    }
    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        if (state_.is_ghost && !state_.emergency.is_none() && state_.is_flat) return Rule::NoGhost;
        if (state_.bare_since < never && world.now() - state_.bare_since > protected_within) {
            return Rule::ProtectedInTime;
        }
        return broken_at_the_end(world);
    }
    [[nodiscard]] Situation situation() const override {
        if (!state_.has_begun) return Situation::Restarting;
        return state_.stop_loss == Ticks{0} ? Situation::Idle : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        std::vector<std::string> out;
        out.push_back(state_.stop_loss == Ticks{0}
                          ? std::string{"no position: SL = TP = 0"}
                          : fmt::format("position {}, SL {}, TP {}", state_.qty.value(),
                                        state_.stop_loss.value(), state_.target.value()));
        if (now_ < state_.cool_until) {
            out.push_back(fmt::format("reads no position for {} ms",
                                      (state_.cool_until - now_).value() / 1'000'000));
        }
        return out;
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.numbers.epoch = state_.numbers.epoch + 1;
        state.ask = entry_px_; // signals are on disk as processed
        state.bare_since = state_.bare_since;
        state.is_flat = state_.is_flat;
        return state;
    }

    void hear(const EventBody& body, Sender& send) override {
        if (std::holds_alternative<WakeUp>(body)) {
            ask(send);
        } else if (const auto* top = std::get_if<BookTop>(&body)) {
            on_book(*top, send);
        } else if (const auto* report = std::get_if<ExecutionReport>(&body)) {
            on_report(*report, send);
        } else if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
            const bool is_refused =
                answer->kind == RequestKind::New && answer->outcome == Outcome::Refused;
            if (is_refused) on_end(answer->cl_ord_id);
        } else if (const auto* row = std::get_if<PositionReport>(&body)) {
            if (row->instrument == instrument_) state_.shown = row->qty;
        } else if (const auto* done = std::get_if<ReadDone>(&body)) {
            if (done->read != state_.asked) return;
            state_.asked = {};
            const Lots shown = state_.shown;
            state_.shown = Lots{0};
            if (shown == Lots{0}) state_.is_checked = state_.stop_loss == Ticks{0};
            on_position(shown, send);
        } else if (const auto* act = std::get_if<OperatorAct>(&body)) {
            if (act->act == Act::WindDown) state_.is_stopping = true;
        }
    }

    // The first price begins its first tick. A signal is a price that comes to where it buys.
    void on_book(const BookTop& top, Sender& send) {
        if (top.ask_px == entry_px_ && state_.ask != entry_px_) state_.is_signaled = true;
        state_.bid = top.bid_px;
        state_.ask = top.ask_px;
        if (state_.has_begun) return;
        state_.has_begun = true;
        if (state_.numbers.epoch > 1) send.cancel_all(state_.numbers, instrument_);
        ask(send);
    }

    // A tick, or its question once more: what does it hold? In the cooldown nothing, unasked.
    void ask(Sender& send) {
        if (cools_down_ && now_ < state_.cool_until) {
            on_position(Lots{0}, send);
        } else {
            state_.asked = send.read(state_.numbers, RequestKind::ReadPositions, instrument_);
        }
    }

    void on_position(Lots shown, Sender& send) {
        if (state_.is_confirming) {
            state_.is_confirming = false;
            if (shown == Lots{0} && state_.stop_loss != Ticks{0}) clear(send);
        } else if (shown == Lots{0} && state_.stop_loss != Ticks{0}) {
            state_.is_confirming = true; // a mismatch
            state_.next_at = now_ + confirm_after;
            return;
        } else if (shown == Lots{0}) {
            enter(send);
        } else if (state_.stop_loss == Ticks{0}) {
            open(shown);
            return; // its emergency stop is placed before the tick goes on
        } else {
            manage(send);
        }
        state_.next_at = now_ + tick_after;
    }

    void enter(Sender& send) {
        if (!state_.is_signaled || state_.is_entering || state_.is_stopping) return;
        state_.is_signaled = false;
        state_.is_entering = true;
        send.place(state_.numbers, {.instrument = instrument_,
                                    .side = Side::Buy,
                                    .px = state_.ask + part(state_.ask, 100),
                                    .qty = order_qty,
                                    .tif = TimeInForce::Ioc});
    }

    void open(Lots shown) {
        state_.qty = shown;
        state_.stop_loss = state_.bid - part(state_.bid, 100);
        state_.target = state_.bid + part(state_.bid, 100);
        state_.is_entering = false;
        state_.stop_is_due = true;
        state_.is_ghost = !state_.was_held || state_.was_told_flat;
    }
    [[nodiscard]] std::uint32_t turns() const override { return state_.stop_is_due ? 1U : 0U; }
    [[nodiscard]] std::string turn_words(std::uint32_t /*task*/) const override {
        return "the emergency stop is placed";
    }
    void go_on(std::uint32_t /*task*/, Sender& send) override {
        state_.stop_is_due = false;
        const Ticks trigger = state_.stop_loss - part(state_.stop_loss, 100);
        state_.emergency = send.place(state_.numbers, {.instrument = instrument_,
                                                       .side = Side::Sell,
                                                       .px = trigger - part(trigger, 10),
                                                       .qty = state_.qty,
                                                       .tif = TimeInForce::Ioc,
                                                       .reduce_only = true,
                                                       .trigger_px = trigger});
        manage(send);
        state_.next_at = now_ + tick_after;
    }

    void manage(Sender& send) {
        const bool wants_out =
            state_.is_stopping || state_.bid >= state_.target || state_.bid <= state_.stop_loss;
        if (!wants_out || !state_.exit.is_none()) return;
        state_.exit = send.place(state_.numbers, {.instrument = instrument_,
                                                  .side = Side::Sell,
                                                  .px = state_.bid - part(state_.bid, 100),
                                                  .qty = state_.qty,
                                                  .tif = TimeInForce::Ioc,
                                                  .reduce_only = true});
    }

    void on_report(const ExecutionReport& report, Sender& send) {
        const ClOrdID id = report.cl_ord_id;
        if (report.exec_type == ExecType::Trade) {
            if (report.side == Side::Buy) {
                state_.is_entering = false; // a read will show what it holds
            } else if (id == state_.exit || id == state_.emergency) {
                if (id == state_.emergency) state_.emergency = {};
                state_.cool_until = now_ + cooldown;
                clear(send);
            }
        } else if (report.exec_type == ExecType::Rejected ||
                   report.exec_type == ExecType::Expired) {
            on_end(id);
        }
    }

    // An order has come to nothing.
    void on_end(ClOrdID id) {
        if (id == state_.exit) {
            state_.exit = {};
        } else if (id == state_.emergency) {
            state_.emergency = {};
        } else {
            state_.is_entering = false;
        }
    }

    void clear(Sender& send) {
        if (!state_.emergency.is_none()) {
            send.cancel(state_.numbers, instrument_, state_.emergency, Transport::Rest);
        }
        state_.emergency = state_.exit = {};
        state_.stop_loss = state_.target = Ticks{0};
        state_.qty = Lots{0};
        state_.is_checked = state_.is_ghost = false;
        state_.was_told_flat = true;
        if (state_.stop_is_due) { // there is nothing to protect any more: the tick ends
            state_.stop_is_due = false;
            state_.next_at = now_ + tick_after;
        }
    }

    static Ticks part(Ticks px, std::int64_t of) { return Ticks{px.value() / of}; }
    [[nodiscard]] bool is_bare(const explore::World& world) const {
        Lots left = world.held(instrument_);
        const sim::Venue& venue = world.venue(0);
        for (std::uint32_t n = 0; n < venue.order_count(); ++n) {
            const sim::TrueOrder order = venue.order(n);
            if (order.is_open && order.reduce_only && order.trigger_px != Ticks{0}) {
                left -= order.qty - order.cum_qty;
            }
        }
        return left > Lots{0};
    }

    bool cools_down_;
    InstrumentIx instrument_;
    Ticks entry_px_; // where it buys: the opening's offer
};

} // namespace

Made make_p2_proactive_sync(const explore::Scenario& scenario) {
    return std::make_unique<P2>(scenario, false);
}
Made make_p2_cooldown(const explore::Scenario& scenario) {
    return std::make_unique<P2>(scenario, true);
}

} // namespace keel::twins
