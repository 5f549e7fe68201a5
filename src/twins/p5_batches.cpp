#include <array>
#include <string>
#include <vector>

#include "twins/makers.hpp"
#include "twins/p5.hpp"

// P5, what a batch answers: a bid and an offer are posted in one request, each is answered for
// itself, and what is not in the cache at the next quote tick is posted again.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;
using namespace p5;

constexpr std::size_t levels = 2; // of the ladder: a bid and an offer
constexpr Side side_of(std::size_t level) { return level == 0 ? Side::Buy : Side::Sell; }
constexpr std::uint8_t bit_of(std::size_t level) { return level == 0 ? 1 : 2; }

struct State {
    Loop loop;
    std::array<ClOrdID, levels> resting; // the cache
    std::array<ClOrdID, levels> asked;   // the batch under way
    std::uint8_t posted = 0;             // its levels, a bit each; 0: none is under way
    std::uint8_t heard = 0;              // of those, answered
    std::uint8_t taken = 0;              // and accepted
    std::uint8_t gone = 0;               // and no more, before the batch was through
    Timestamp answer_by = never;

    [[nodiscard]] bool is_settled() const {
        return loop.is_stopping && posted == 0 && resting[0].is_none() && resting[1].is_none();
    }
    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop.look_at; }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        Digest digest{now};
        loop.add_to(digest);
        digest.add(resting[0], resting[1], asked[0], asked[1]);
        digest.add(posted, heard, taken, gone, answer_by);
        return digest.value();
    }
};

class Batches final : public Quoter<State> {
public:
    Batches(const explore::Scenario& scenario, bool keeps_accepted)
        : Quoter(scenario), keeps_accepted_(keeps_accepted) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        // It cancels only when it stops, and then posts no more.
        for (const Side side : {Side::Buy, Side::Sell}) {
            if (open_orders(world, side) > 1) return Rule::OneOrderForIntent;
        }
        const bool is_forgotten = world.is_terminal() && venue_of(world).open_order_count() != 0;
        return is_forgotten ? Rule::NoForgottenOrder : Rule::None;
    }
    [[nodiscard]] Situation situation() const override {
        if (state_.posted != 0) return Situation::Unknown;
        if (state_.is_settled()) return Situation::Idle;
        return state_.loop.is_stopping ? Situation::CancelPending : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        std::vector<std::string> out;
        for (std::size_t n = 0; n < levels; ++n) {
            const std::string name = n == 0 ? "bid" : "offer";
            if (!state_.resting[n].is_none()) out.push_back(name + " rests");
            if ((state_.posted & bit_of(n)) != 0) out.push_back(name + " is asked for");
        }
        return out;
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.loop.numbers.epoch = state_.loop.numbers.epoch + 1;
        return state;
    }

    void look(Sender& send) override {
        if (state_.posted != 0) {
            if (now_ < state_.answer_by) return;
            close_batch(); // what was not answered has failed
        }
        if (state_.loop.is_stopping) {
            for (const ClOrdID id : state_.resting) {
                if (!id.is_none()) cancel(send, id);
            }
            return;
        }
        const std::uint32_t batch = state_.loop.numbers.orders + 1;
        for (std::size_t n = 0; n < levels; ++n) {
            if (!state_.resting[n].is_none()) continue;
            const Ticks px = n == 0 ? state_.loop.bid : state_.loop.ask;
            state_.asked[n] = post(send, side_of(n), px, batch);
            state_.posted |= bit_of(n);
            state_.answer_by = now_ + answer_within;
        }
    }

    void on_answer(const RequestAnswer& answer, Sender& /*send*/) override {
        if (answer.kind == RequestKind::New) {
            for (std::size_t n = 0; n < levels; ++n) {
                if ((state_.posted & bit_of(n)) == 0 || state_.asked[n] != answer.cl_ord_id) {
                    continue;
                }
                state_.heard |= bit_of(n);
                if (answer.outcome == Outcome::Accepted) state_.taken |= bit_of(n);
            }
            if (state_.posted != 0 && state_.heard == state_.posted) close_batch();
        } else if (answer.kind == RequestKind::Cancel && answer.outcome == Outcome::Accepted) {
            note_end(answer.cl_ord_id); // (a refused cancel ends nothing: it is sent again)
        }
    }

    // One answer for all of it: with a failure in it, the request has failed.
    void close_batch() {
        if (keeps_accepted_ || state_.taken == state_.posted) {
            for (std::size_t n = 0; n < levels; ++n) {
                const bool rests = (state_.taken & ~state_.gone & bit_of(n)) != 0;
                if (rests) state_.resting[n] = state_.asked[n];
            }
        }
        state_.posted = state_.heard = state_.taken = state_.gone = 0;
        state_.asked = {};
        state_.answer_by = never;
    }

    void on_report(const ExecutionReport& report, Sender& /*send*/) override {
        // (Orders are of one lot: a trade fills one whole.)
        if (report.exec_type != ExecType::New && report.exec_type != ExecType::Status) {
            note_end(report.cl_ord_id);
        }
    }

    void note_end(ClOrdID id) {
        for (std::size_t n = 0; n < levels; ++n) {
            if (state_.resting[n] == id) state_.resting[n] = {};
            if (state_.asked[n] == id) state_.gone |= bit_of(n);
        }
    }

    bool keeps_accepted_;
};

} // namespace

Made make_p5_batch_dropped(const explore::Scenario& scenario) {
    return std::make_unique<Batches>(scenario, false);
}
Made make_p5_batch_kept(const explore::Scenario& scenario) {
    return std::make_unique<Batches>(scenario, true);
}

} // namespace keel::twins
