#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/twist.hpp"

namespace keel::explore {

// One thing that may happen next.
struct Choice {
    enum class Kind : std::uint8_t {
        Deliver,  // the next message of a channel of a venue, with a twist or none
        StreamUp, // a stream of a venue that was down comes back
        NextDeed, // of a lane
        Turn,     // a task of the subject goes on, where it has several
        Wake,     // the subject's timer
        Crash,    // the desk's process dies; `place` events at the end of its record are lost
        Restart,
    };
    Kind kind = Kind::Wake;
    std::uint8_t venue = 0;
    std::uint8_t place = 0; // channel, stream, lane, task, or events lost
    sim::Twist twist = sim::Twist::None;
    std::uint8_t part = 0; // of Twist::Part: the items of a batch that are refused, a bit each

    [[nodiscard]] bool is_fault() const { return twist != sim::Twist::None || kind == Kind::Crash; }
    auto operator<=>(const Choice&) const = default;
};

} // namespace keel::explore
