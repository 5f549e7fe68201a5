#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "twins/makers.hpp"
#include "twins/p5.hpp"

// P5, how fills come to the inventory. Two bids of one lot are posted once, at the best price and a
// tick below; what is bought is what was reported.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;
using namespace p5;

constexpr std::size_t levels = 2;

// By what it knows a fill again.
enum class Key : std::uint8_t {
    None,          // it does not
    Trade,         // the venue's trade id
    TradeAndOrder, // with its own order: one trade may fill several of them
};
// What else it wants to know of the order.
enum class Proof : std::uint8_t {
    OfOrder, // that it is in the cache; then the fill is the order's update, too
    None,    // nothing: fills make the inventory, and order updates the cache
};
struct Ways {
    Key key = Key::TradeAndOrder;
    Proof proof = Proof::None;
};

struct Known { // a fill that was booked
    std::uint64_t trade = 0;
    ClOrdID order;
};

struct State {
    Loop loop;
    std::array<ClOrdID, levels> bids; // in the cache
    std::array<ClOrdID, levels> asked;
    bool has_posted = false;
    std::uint8_t known_count = 0;
    std::array<Known, levels> known; // (of one lot each, there are no more)
    Lots held;
    Timestamp answer_by = never;

    [[nodiscard]] bool is_settled() const {
        const auto none = [](ClOrdID id) { return id.is_none(); };
        return loop.is_stopping && std::ranges::all_of(bids, none) &&
               std::ranges::all_of(asked, none);
    }
    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop.look_at; }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        Digest digest{now};
        loop.add_to(digest);
        for (std::size_t n = 0; n < levels; ++n) digest.add(bids[n], asked[n]);
        digest.add(has_posted, known_count);
        for (const Known& fill : known) digest.add(fill.trade, fill.order);
        digest.add(held, answer_by);
        return digest.value();
    }
};

class P5Fills final : public Quoter<State> {
public:
    P5Fills(const explore::Scenario& scenario, Ways ways) : Quoter(scenario), ways_(ways) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        if (state_.held > world.held(token)) return Rule::BookedWasFilled;
        if (!is_at_the_end(world)) return Rule::None;
        if (venue_of(world).open_order_count() != 0) return Rule::NoForgottenOrder;
        return state_.held == world.held(token) ? Rule::None : Rule::EndsFlat;
    }
    [[nodiscard]] Situation situation() const override {
        if (state_.is_settled()) return Situation::Idle;
        return state_.loop.is_stopping ? Situation::CancelPending : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        return {"holds " + std::to_string(state_.held.value())};
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.loop.numbers.epoch = state_.loop.numbers.epoch + 1;
        return state;
    }

    void look(Sender& send) override {
        if (now_ >= state_.answer_by) { // they may be there
            for (std::size_t n = 0; n < levels; ++n) take_for_resting(n);
            state_.answer_by = never;
        }
        if (state_.loop.is_stopping) {
            for (const ClOrdID id : state_.bids) {
                if (!id.is_none()) cancel(send, id);
            }
        } else if (!state_.has_posted) {
            for (std::size_t n = 0; n < levels; ++n) {
                const Ticks px = state_.loop.bid - Ticks{static_cast<std::int64_t>(n)};
                state_.asked[n] = post(send, Side::Buy, px, 1);
            }
            state_.has_posted = true;
            state_.answer_by = now_ + answer_within;
        }
    }

    void take_for_resting(std::size_t level) {
        if (!state_.asked[level].is_none()) state_.bids[level] = state_.asked[level];
        state_.asked[level] = {};
    }

    void on_answer(const RequestAnswer& answer, Sender& /*send*/) override {
        if (answer.kind == RequestKind::New) {
            for (std::size_t n = 0; n < levels; ++n) {
                if (state_.asked[n] == answer.cl_ord_id) take_for_resting(n);
            }
            if (answer.outcome == Outcome::Refused) note_end(answer.cl_ord_id);
        } else if (answer.kind == RequestKind::Cancel) {
            const bool is_gone =
                answer.outcome == Outcome::Accepted || answer.reason == Reason::UnknownOrder;
            if (is_gone) note_end(answer.cl_ord_id);
        }
    }

    void on_report(const ExecutionReport& report, Sender& /*send*/) override {
        if (report.exec_type == ExecType::Trade) {
            on_fill(report);
        } else if (is_cancellation(report.exec_type) || report.exec_type == ExecType::Rejected) {
            note_end(report.cl_ord_id);
        } else if (ways_.proof == Proof::None && report.cum_qty == one_lot) {
            note_end(report.cl_ord_id); // an update says that it is filled
        }
    }

    void on_fill(const ExecutionReport& report) {
        const bool is_cached =
            std::ranges::find(state_.bids, report.cl_ord_id) != state_.bids.end();
        if (ways_.proof == Proof::OfOrder && !is_cached) return;
        if (ways_.key != Key::None && was_booked(report)) return;
        state_.held += report.last_qty;
        if (state_.known_count < levels) {
            state_.known[state_.known_count] = {report.exec_id.lo, report.cl_ord_id};
            ++state_.known_count;
        }
        if (ways_.proof == Proof::OfOrder) note_end(report.cl_ord_id);
    }

    [[nodiscard]] bool was_booked(const ExecutionReport& report) const {
        for (std::size_t n = 0; n < state_.known_count; ++n) {
            const Known& fill = state_.known[n];
            const bool is_same = ways_.key == Key::Trade || fill.order == report.cl_ord_id;
            if (fill.trade == report.exec_id.lo && is_same) return true;
        }
        return false;
    }

    void note_end(ClOrdID id) {
        for (ClOrdID& bid : state_.bids) {
            if (bid == id) bid = {};
        }
        for (ClOrdID& asked : state_.asked) {
            if (asked == id) asked = {};
        }
    }

    Ways ways_;
};

} // namespace

Made make_p5_fill_again(const explore::Scenario& scenario) {
    return std::make_unique<P5Fills>(scenario, Ways{.key = Key::None});
}
Made make_p5_trade_id(const explore::Scenario& scenario) {
    return std::make_unique<P5Fills>(scenario, Ways{.key = Key::Trade});
}
Made make_p5_fill_needs_order(const explore::Scenario& scenario) {
    return std::make_unique<P5Fills>(scenario, Ways{.proof = Proof::OfOrder});
}
Made make_p5_independent(const explore::Scenario& scenario) {
    return std::make_unique<P5Fills>(scenario, Ways{});
}

} // namespace keel::twins
