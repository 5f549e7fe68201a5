#include <string>
#include <vector>

#include "twins/makers.hpp"
#include "twins/p5.hpp"

// P5, what the cache of orders hears: a venue that accepts an order and judges it afterwards tells
// a rejection by the order stream alone. One bid is quoted at the best price.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;
using namespace p5;

enum class Hears : std::uint8_t {
    ThreeTypes, // placements, updates, cancellations: another word is none
    TwoOwners,  // every word, but it goes to a second table, from which nothing is decided
    Rejections, // and a rejection takes the order out of the cache
    OneOwner,   // answers and the stream write one table by order id: what has ended stays so
};

struct State {
    Loop loop;
    ClOrdID order; // in the cache
    ClOrdID asked; // the post under way
    ClOrdID ended; // of the table: the newest that has ended, and with it all before it
    Ticks px;
    Timestamp answer_by = never;

    [[nodiscard]] bool is_settled() const {
        return loop.is_stopping && order.is_none() && asked.is_none();
    }
    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop.look_at; }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        Digest digest{now};
        loop.add_to(digest);
        digest.add(order, asked, ended, px, answer_by);
        return digest.value();
    }
};

class P5Cache final : public Quoter<State> {
public:
    P5Cache(const explore::Scenario& scenario, Hears hears) : Quoter(scenario), hears_(hears) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        // While something is under way the cache may still hear of it.
        if (is_quiet(world) && was_rejected(world, state_.order)) return Rule::RejectIsEnd;
        const bool is_forgotten = world.is_terminal() && venue_of(world).open_order_count() != 0;
        return is_forgotten ? Rule::NoForgottenOrder : Rule::None;
    }
    [[nodiscard]] Situation situation() const override {
        if (!state_.asked.is_none()) return Situation::Unknown;
        if (state_.order.is_none()) return Situation::Idle;
        return state_.loop.is_stopping ? Situation::CancelPending : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        if (state_.order.is_none()) return {};
        return {"bid rests"};
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.loop.numbers.epoch = state_.loop.numbers.epoch + 1;
        return state;
    }

    void look(Sender& send) override {
        if (!state_.asked.is_none() && now_ >= state_.answer_by) take_for_resting();
        if (!state_.order.is_none()) {
            if (state_.loop.is_stopping || state_.px != state_.loop.bid) {
                cancel(send, state_.order);
            }
        } else if (state_.asked.is_none() && !state_.loop.is_stopping) {
            state_.px = state_.loop.bid;
            state_.asked = post(send, Side::Buy, state_.px);
            state_.answer_by = now_ + answer_within;
        }
    }

    void take_for_resting() {
        if (hears_ != Hears::OneOwner || state_.ended < state_.asked) state_.order = state_.asked;
        state_.asked = {};
        state_.answer_by = never;
    }

    void on_answer(const RequestAnswer& answer, Sender& /*send*/) override {
        if (answer.kind == RequestKind::New && answer.cl_ord_id == state_.asked) {
            if (answer.outcome != Outcome::Refused) {
                take_for_resting();
            } else {
                state_.asked = {};
                state_.answer_by = never;
            }
        } else if (answer.kind == RequestKind::Cancel && answer.outcome == Outcome::Accepted) {
            note_end(answer.cl_ord_id); // (a refused cancel ends nothing: it is sent again)
        }
    }

    void on_report(const ExecutionReport& report, Sender& /*send*/) override {
        if (report.exec_type == ExecType::Trade) { // fills have an owner of their own
            note_end(report.cl_ord_id);
            return;
        }
        if (hears_ == Hears::TwoOwners) return;
        const bool is_rejection = report.exec_type == ExecType::Rejected;
        if (is_cancellation(report.exec_type) || (is_rejection && hears_ != Hears::ThreeTypes)) {
            note_end(report.cl_ord_id);
        }
    }

    void note_end(ClOrdID id) {
        if (state_.order == id) state_.order = {};
        if (state_.ended < id) state_.ended = id;
    }

    Hears hears_;
};

} // namespace

Made make_p5_reject_unheard(const explore::Scenario& scenario) {
    return std::make_unique<P5Cache>(scenario, Hears::ThreeTypes);
}
Made make_p5_two_owners(const explore::Scenario& scenario) {
    return std::make_unique<P5Cache>(scenario, Hears::TwoOwners);
}
Made make_p5_reject_heard(const explore::Scenario& scenario) {
    return std::make_unique<P5Cache>(scenario, Hears::Rejections);
}
Made make_p5_one_owner(const explore::Scenario& scenario) {
    return std::make_unique<P5Cache>(scenario, Hears::OneOwner);
}

} // namespace keel::twins
