#pragma once

#include <cstdint>
#include <string_view>

namespace keel::sim {

// What becomes of the next message of a channel, when an explorer chooses it rather than chance
// (sim/faults.hpp). Each is one of the kinds of fault that a profile draws.
enum class Twist : std::uint8_t {
    None,        // it arrives
    Drop,        // a stream message never arrives
    Twice,       // arrives twice in a row
    Again,       // arrives, and once more when the explorer says so
    Swap,        // the one behind it arrives first
    LostBefore,  // a request never reaches the venue
    LostAfter,   // a request takes effect, and its answer never comes
    Refuse,      // the venue refuses a good request
    Stale,       // a read shows the state before the venue's last change, if that is within V
    Hold,        // a request stays on its way until it is chosen again: later ones overtake it
    Gap,         // the stream it is in disconnects: all that is under way in it is lost
    Throttle,    // 429: not executed, to be tried again later
    ErrorBefore, // 5xx, and the request was not executed
    ErrorAfter,  // 5xx, and it was
    Part,        // some items of a batch are refused, the others taken: Venue::deliver says which
    Fail,        // a fill that settles late fails
    Short,       // all of a batch is done, and its answer ends before its last items
};
constexpr std::size_t twist_count = 17;
// Items that a batch may have for Part and Short: a choice is any of them, but not none and not
// all.
constexpr std::uint32_t part_items_max = 4;

} // namespace keel::sim
