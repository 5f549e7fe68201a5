#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/rng.hpp"
#include "strategy/desk.hpp"

namespace keel::bench {

// What surrounds the orders. EngineAlone: 16 instruments of one account, and nothing is owed:
// gates, audits, record and hash. GroupsAndHedges: 8 groups of a maker and a hedge at two venues;
// what fills at the maker is owed and hedged at once, so exposure, owed parts and hedger work as
// well.
enum class Shape : std::uint8_t { EngineAlone, GroupsAndHedges };

// Full lives of orders at a constant number of live ones: placed, acknowledged, filled in four
// parts or canceled on the way, placed again. Half of the events are fills, a quarter
// acknowledgements; an eighth each cancels and placements, over uniformly random live orders.
//
// With groups, each hedge that the engine sends is answered, acknowledged and filled a few events
// later in the same stream; one in eight takes only half of what it asked for, or nothing, and
// expires. What it sends is not known before it is sent: so a second desk lives everything first,
// and the one that is measured is given what came of it. Same events, same commands.
//
// Besides, each maker has a large quote on either side, far away, that never trades: so the gate
// decides on states of one kind, whether ten orders live or a million. (Without them and with one
// order in a group, every other quote only takes back a hedge, needs no margin, and is let through
// early.)
//
// Audits keep their default intervals, the shortest 10 s. Time passes a fifth of a microsecond an
// event here, so that the seven million events before a count of a million live orders are
// less than two seconds: no read comes due (it is asserted), and intervals make no difference.
// Asking whether one is due is a part of every event all the same. The reads of the start are
// answered truly.
class Lives {
public:
    Lives(std::uint32_t live_orders, Shape shape, std::uint64_t seed = 1);

    // Placements and cancels are made by the driver, as a strategy makes them; their event is only
    // a place in the order of things.
    struct Step {
        Event event;
        bool place = false;
        bool cancel = false;
        bool is_hedge_begun = false; // its first answer: `draft` and `id` are the hedge
        core::Draft draft;           // of what is placed
        ClOrdID id;                  // of what is placed or canceled
    };
    // The next `count` steps for the desk, or a few more.
    void next(std::vector<Step>& steps, std::size_t count);

    // Boots the desk, grants leases, answers the first reads, places all orders.
    void open(strategy::Desk& desk, Commands& commands);
    // After that: brings each of these lives to a random place in it, so that the mix of events is
    // the same at any number from the first one on.
    void scatter(std::vector<Step>& steps, std::uint32_t from, std::uint32_t to);
    [[nodiscard]] static strategy::DeskConfig config(std::uint32_t live_orders, Shape shape);
    // Those placed in the beginning, first to last.
    [[nodiscard]] core::Draft draft(std::uint32_t life) const;
    [[nodiscard]] ClOrdID first_id(std::uint32_t life) const {
        return ClOrdID::make(1, 1, standing_orders() + life + 1);
    }
    [[nodiscard]] std::uint32_t standing_orders() const { return scout_ ? 16 : 0; }
    [[nodiscard]] static core::Draft standing(std::uint32_t order);
    [[nodiscard]] static ClOrdID standing_id(std::uint32_t order) {
        return ClOrdID::make(1, 1, order + 1);
    }
    // After the last step: all lives, what stands, and the hedges that were answered and have not
    // ended.
    [[nodiscard]] std::uint32_t open_orders() const {
        return static_cast<std::uint32_t>(lives_.size()) + standing_orders() + hedges_open_;
    }
    [[nodiscard]] std::uint64_t hedges() const { return hedges_; }
    // After the last step, a desk that was given every step is in the state of the one before it.
    [[nodiscard]] bool agrees_with(const strategy::Desk& desk) const {
        return !scout_ || scout_->state_hash() == desk.state_hash();
    }

private:
    struct Life {
        ClOrdID id;
        Side side = Side::Buy;
        std::uint8_t stage = 0; // 0 placed, 1 acknowledged, 2.. fills
        bool canceling = false;
    };
    struct Due {
        std::uint64_t at_seq = 0;
        Step step;
        bool is_last = false; // of its hedge
    };
    void boot(strategy::Desk& desk, Commands& commands);
    Event stamp(EventBody body);
    void add(std::vector<Step>& steps, Step step);
    bool say_what_is_due(std::vector<Step>& steps);
    void live_on(std::vector<Step>& steps, std::uint32_t at);
    void take_hedge(const NewOrderSingle& hedge);
    [[nodiscard]] ExecutionReport report_of(std::uint32_t life) const;

    Shape shape_;
    std::vector<Life> lives_;
    Rng rng_;
    std::uint64_t seq_ = 0;
    std::int64_t at_ = 1'000'000'000;
    std::uint32_t next_counter_ = 1;
    std::uint64_t next_order_ = 1;
    std::uint64_t next_exec_ = 1;
    std::unique_ptr<strategy::Desk> scout_; // with groups: lives everything first
    Commands scout_commands_{4'096};
    std::deque<Due> due_; // what the hedge venue will say
    std::uint32_t hedges_open_ = 0;
    std::uint64_t hedges_ = 0;
};

// Drives one step as a shell would: the event, or the placement or cancel of a strategy.
inline void drive(strategy::Desk& desk, const Lives::Step& step, Commands& commands) {
    if (step.place || step.cancel) commands.clear();
    if (step.place) {
        const core::Guard guard = desk.engine().submit(step.draft, commands);
        KEEL_ASSERT(guard == core::Guard::None, "the benchmark's orders pass the gate");
    } else if (step.cancel) {
        desk.engine().cancel(step.id, commands);
    } else {
        desk.step(step.event, commands);
    }
}

} // namespace keel::bench
