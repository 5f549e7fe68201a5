#pragma once

#include <cstdint>
#include <string_view>

namespace keel::explore {

// What must hold in every state, whatever has happened within the fault model. docs/explorer.md
// says where each comes from.
enum class Rule : std::uint8_t {
    None,
    TruthInsideInterval, // the desk's interval of each position contains the venue's own
    ExposureWithinLimit, // the true net of a group stays within its limit
    HedgedOnce,          // a hedge never takes a group past flat
    OneOrderForIntent,   // no two live orders for one intent that nobody has asked to go
    NoForgottenOrder,    // an order that is open at a venue is one that the desk still reckons with
    BookedWasFilled,     // no more is booked of an order than the venue executed
    ClosedStaysClosed,   // an order that the desk has settled is not open
    NoFalseAlarm,        // what is true is not taken for a contradiction
    NothingSentWithoutLease, // no request leaves the desk, or takes effect, after its lease has
                             // ended
    EndsFlat,                // a settled desk is flat, residue apart, nothing rests, and it agrees
                             // with its venues
    NoWedge,                 // from every state a way without faults leads to a settled one
    // What naive bots break, too (docs/incidents): Keel's desk is held to them where it has what
    // they are about.
    CloseNeverOpens,      // a request to close or reduce never makes or turns a position
    NoGhost,              // nothing is done about a position that is not there any more
    ProtectedInTime,      // a position has its stop at the venue within the bot's own bound
    MarginSpentOnce,      // no order is refused for margin that another trade has spent
    ReducesInTime,        // what reduces risk is sent within a bound, whatever was refused before
    OneSender,            // two processes for one account never both send
    RemainingNotNegative, // no more is asked to trade than is left of what was intended
    CertifiedIsFlat,      // flat by certificate means flat at the venue, with nothing resting
    RejectIsEnd,          // an order that the venue refused is not believed to rest
    // And Keel's alone.
    FillsKnownThroughMark, // what was filled before the mark of the reads of fills is booked
    CancelsAreRepeated,    // what has to go, and may be there, is asked to go again and again
};
constexpr std::size_t rule_count = 23;

struct RuleInfo {
    std::string_view name; // as JSON and traces have it
    std::string_view text;
};
[[nodiscard]] const RuleInfo& info(Rule rule);

} // namespace keel::explore
