#include <string>
#include <vector>

#include "twins/makers.hpp"
#include "twins/p5.hpp"

// P5, cancels while requests fail: after an error of a request the bot backs off. One bid is quoted
// at the best price, and must go when the bot is stopped.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;
using namespace p5;

constexpr Duration back_off = seconds(10);
constexpr std::uint8_t errors_max = 2; // of cancels in a row, then cancel-all
constexpr Duration sent_within = quote_every + quote_every;

enum class Cancels : std::uint8_t {
    HeldBack,        // by the back-off, as posts are
    Always,          // the back-off is about posts
    AlwaysOrAllOnce, // and after two errors in a row one cancel-all, instead
};

struct State {
    Loop loop;
    ClOrdID order; // in the cache
    ClOrdID asked; // the post under way
    Ticks px;      // of either
    bool has_canceled_all = false;
    std::uint8_t cancel_errors = 0;
    Timestamp answer_by = never;
    Timestamp backs_off_until; // from its first error on
    Timestamp go_by = never;   // a cancel must be sent, or sent again

    [[nodiscard]] bool is_settled() const {
        return loop.is_stopping && order.is_none() && asked.is_none();
    }
    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop.look_at; }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        Digest digest{now};
        loop.add_to(digest);
        digest.add(order, asked, px, has_canceled_all, cancel_errors, answer_by);
        digest.add(later(backs_off_until, now), go_by);
        return digest.value();
    }
};

class P5Cancels final : public Quoter<State> {
public:
    P5Cancels(const explore::Scenario& scenario, Cancels cancels)
        : Quoter(scenario), cancels_(cancels) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        if (now_ > state_.go_by && is_open(world, state_.order)) return Rule::ReducesInTime;
        const bool is_forgotten = world.is_terminal() && venue_of(world).open_order_count() != 0;
        return is_forgotten ? Rule::NoForgottenOrder : Rule::None;
    }
    [[nodiscard]] Situation situation() const override {
        if (!state_.asked.is_none()) return Situation::Unknown;
        if (state_.order.is_none()) return Situation::Idle;
        return state_.loop.is_stopping ? Situation::CancelPending : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        std::vector<std::string> out;
        if (!state_.order.is_none()) out.emplace_back("bid rests");
        if (now_ < state_.backs_off_until) out.emplace_back("backs off");
        return out;
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.loop.numbers.epoch = state_.loop.numbers.epoch + 1;
        return state;
    }

    void look(Sender& send) override {
        const bool must_go = state_.loop.is_stopping && !state_.order.is_none();
        if (must_go && state_.go_by == never) state_.go_by = now_ + sent_within;
        const bool backs_off = now_ < state_.backs_off_until;
        if (backs_off && cancels_ == Cancels::HeldBack) return;
        if (!state_.asked.is_none() && now_ >= state_.answer_by) take_for_resting();
        if (!state_.order.is_none()) {
            if (state_.loop.is_stopping || state_.px != state_.loop.bid) make_it_go(send);
        } else if (state_.asked.is_none() && !state_.loop.is_stopping && !backs_off) {
            state_.px = state_.loop.bid;
            state_.asked = post(send, Side::Buy, state_.px);
            state_.answer_by = now_ + answer_within;
        }
    }

    void make_it_go(Sender& send) {
        if (cancels_ == Cancels::AlwaysOrAllOnce && state_.cancel_errors >= errors_max) {
            if (state_.has_canceled_all) return;
            send.cancel_all(state_.loop.numbers, token);
            state_.has_canceled_all = true;
        } else {
            cancel(send, state_.order);
        }
        if (state_.loop.is_stopping) state_.go_by = now_ + sent_within;
    }

    // It may be there, so it is to be canceled.
    void take_for_resting() {
        state_.order = state_.asked;
        state_.asked = {};
        state_.answer_by = never;
    }

    void on_answer(const RequestAnswer& answer, Sender& /*send*/) override {
        const bool is_error =
            answer.outcome == Outcome::Unknown || answer.reason == Reason::RateLimited;
        if (is_error) state_.backs_off_until = now_ + back_off;
        if (answer.kind == RequestKind::New && answer.cl_ord_id == state_.asked) {
            if (answer.outcome != Outcome::Refused) {
                take_for_resting();
            } else {
                note_end(state_.asked);
            }
        } else if (answer.kind == RequestKind::Cancel && answer.cl_ord_id == state_.order) {
            if (is_error) {
                if (state_.cancel_errors < errors_max) ++state_.cancel_errors;
            } else {
                note_end(state_.order); // canceled now, or not there any more
            }
        } else if (answer.kind == RequestKind::MassCancel && answer.outcome == Outcome::Accepted) {
            note_end(state_.order);
        }
    }

    void on_report(const ExecutionReport& report, Sender& /*send*/) override {
        if (report.exec_type != ExecType::New && report.exec_type != ExecType::Status) {
            note_end(report.cl_ord_id);
        }
    }

    void note_end(ClOrdID id) {
        if (id.is_none()) return;
        if (state_.asked == id) {
            state_.asked = {};
            state_.answer_by = never;
        }
        if (state_.order == id) {
            state_.order = {};
            state_.cancel_errors = 0;
            state_.has_canceled_all = false;
            state_.go_by = never;
        }
    }

    Cancels cancels_;
};

} // namespace

Made make_p5_back_off(const explore::Scenario& scenario) {
    return std::make_unique<P5Cancels>(scenario, Cancels::HeldBack);
}
Made make_p5_cancels_always(const explore::Scenario& scenario) {
    return std::make_unique<P5Cancels>(scenario, Cancels::Always);
}
Made make_p5_cancel_all_once(const explore::Scenario& scenario) {
    return std::make_unique<P5Cancels>(scenario, Cancels::AlwaysOrAllOnce);
}

} // namespace keel::twins
