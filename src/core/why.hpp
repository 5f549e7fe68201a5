#pragma once

#include <cstdint>
#include <string_view>

#include "core/guard.hpp"

// What the audit trail says of a Transition: what brought it about, and, of what Keel asks for by
// itself, for which cause.

namespace keel::core {

enum class Why : std::uint8_t {
    Sent,
    Report, // the venue told of an order or a fill: Transition::heard
    Answer, // to one of our requests: heard
    Query,  // to a question about the order, or a read that should have shown it: heard
    Timeout,
    Cancel, // we ask for its end: Transition::cause
    Amend,
    Settled,
    Boot
};
[[nodiscard]] std::string_view to_string(Why why);

constexpr bool is_heard(Why why) {
    return why == Why::Report || why == Why::Answer || why == Why::Query;
}

// Decided where the order or its cancel is decided, and only told from there on.
enum class Cause : std::uint8_t {
    None,
    // An order is sent:
    Quote,      // a strategy wants it to rest
    Hedge,      // its group owes
    HedgeRetry, // and the hedge before it took less than it asked for
    Close,      // takes the group's position down
    Sweep,      // takes down what is nobody's
    // An order is canceled:
    Age,         // it rested for the strategy's refresh age
    EdgeDrift,   // the strategy wants another price by now
    NoPrice,     // nobody to hedge with, so no price to quote at
    Guard,       // a guard pulls quotes: Transition::guard
    Halt,        // an operator said so
    Kill,        // the kill switch is on
    Exit,        // the run winds down, or the strategy's rounds are done
    AmendedAway, // an amend left nothing that could rest
    Excess,      // more rests than was wanted, after a replacement
    Restart,     // an earlier life sent it
    Recovered,   // found at the venue, and in no record of ours
    LateArrival, // it had ended, and rests all the same
    Repeat,      // no evidence of its end: asked again
    Caller,      // whoever drives the engine said so
    // An order is sent:
    Take,    // a strategy takes what it wants to hold
    Protect, // a position wants a stop or a target
    // An order is canceled:
    Moved,    // another one protects at the level that is wanted now
    NoneHeld, // nothing is held that it could protect
    NoValue,  // nobody says what it is worth
    CutOff,   // the market closes soon
    NoRoom,   // more would pass what may be held, or there is no more to sell
    // An order is sent:
    Merge,  // complete sets become money
    Redeem, // what is held of a resolved market becomes what it is worth
    // An order is canceled:
    FailedFill, // a fill of it failed to settle, and that quantity may rest again
};
[[nodiscard]] std::string_view to_string(Cause cause);

struct Ground {
    Cause cause = Cause::None;
    Guard guard = Guard::None; // where the cause is one
};

} // namespace keel::core
