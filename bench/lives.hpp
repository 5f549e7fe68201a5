#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "strategy/desk.hpp"

namespace keel::bench {

// Full lives of orders at a constant number of live ones: placed, acknowledged, filled in four
// parts or canceled on the way, placed again. Half of the events are fills, a quarter
// acknowledgements; an eighth each cancels and placements, over uniformly random live orders.
class Lives {
public:
    explicit Lives(std::uint32_t live_orders, std::uint64_t seed = 1);

    // The next `count` events for the desk. Placements are made by the driver (submit), because
    // their ids are the engine's: an Event with a WakeUp body stands for one.
    struct Step {
        Event event;
        bool place = false;
        core::Draft draft;
        bool cancel = false;
        ClOrdID cancel_id;
    };
    void next(std::vector<Step>& steps, std::size_t count);

    // Boots the desk, grants leases, answers the first reads, places all orders.
    void open(strategy::Desk& desk, Commands& commands);
    [[nodiscard]] static strategy::DeskConfig config(std::uint32_t live_orders);

private:
    struct Life {
        std::uint32_t counter = 0;
        std::uint32_t instrument = 0;
        std::uint8_t stage = 0; // 0 placed, 1 acknowledged, 2.. fills
        bool canceling = false;
    };
    [[nodiscard]] core::Draft draft(std::uint32_t life);
    Event stamp(EventBody body);

    std::vector<Life> lives_;
    Rng rng_;
    std::uint64_t seq_ = 0;
    std::int64_t at_ = 1'000'000'000;
    std::uint32_t next_counter_ = 1;
    std::uint64_t next_exec_ = 1;
};

// Drives one step as a shell would: the event, or the placement or cancel of a strategy.
inline void drive(strategy::Desk& desk, const Lives::Step& step, Commands& commands) {
    if (step.place || step.cancel) commands.clear();
    if (step.place) {
        desk.engine().submit(step.draft, commands);
    } else if (step.cancel) {
        desk.engine().cancel(step.cancel_id, commands);
    } else {
        desk.step(step.event, commands);
    }
}

} // namespace keel::bench
