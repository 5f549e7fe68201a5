#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/twist.hpp"

namespace keel::explore {

// What may become of the desk's lease.
enum class LeaseTurn : std::uint8_t {
    Lost,    // from here on no renewal comes: a fault
    Ends,    // time comes to its end
    Renewed, // a renewal comes after all: nobody else has asked for it
    Anew,    // it had ended, and is granted with a new epoch
    Taken,   // it had ended, and a second instance has it: one that knows the record, and connects
};

// What may become of a process that sleeps.
enum class PauseTurn : std::uint8_t {
    Begins,  // before the last of the requests that it has decided on leave it: a fault
    Wakes,   // and goes on, as it still holds the lease
    TooLate, // and finds that another has taken its place
};

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
        Lease, // `place`: a LeaseTurn
        Pause, // `place`: a PauseTurn
        Lapse, // a venue cancels all orders of an account that it has not heard of for too long
    };
    Kind kind = Kind::Wake;
    std::uint8_t venue = 0;
    std::uint8_t place = 0; // channel, stream, account, lane, task, events lost, or a turn
    sim::Twist twist = sim::Twist::None;
    std::uint8_t part = 0; // of Twist::Part: the items of a batch that are refused, a bit each;
                           // of Twist::Short: how many are answered; of a crash or pause: how many
                           // requests of the last event have not left

    [[nodiscard]] bool is(LeaseTurn turn) const {
        return kind == Kind::Lease && place == static_cast<std::uint8_t>(turn);
    }
    [[nodiscard]] bool is(PauseTurn turn) const {
        return kind == Kind::Pause && place == static_cast<std::uint8_t>(turn);
    }
    [[nodiscard]] bool is_fault() const {
        return twist != sim::Twist::None || kind == Kind::Crash || is(LeaseTurn::Lost) ||
               is(PauseTurn::Begins);
    }
    auto operator<=>(const Choice&) const = default;
};

} // namespace keel::explore
