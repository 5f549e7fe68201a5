#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace keel::audit {

// What must hold, whatever the venues and the network do. Each is checked against the venues' own
// books and the commands that left; none against what the desk believes, but where it says so.
enum class Rule : std::uint8_t {
    ExposureWithinLimit,   // |net| of a group never above its limit, at every execution
    HedgeNotAboveOwed,     // when a hedge leaves, all hedges under way fit into what is owed
    HedgeNeverFlips,       // a hedge's fill takes the net towards zero, never beyond
    HedgedWithinBound,     // nothing hedgeable is owed longer than the bound
    NoTwoLiveForOneIntent, // one quote per instrument and side may live, across crashes too
    NoResendOfClOrdID,     // a ClOrdID leaves once
    NothingAfterLease,     // nothing leaves, or stays acceptable, beyond its lease or epoch
    OrderQtyLimit,         // the named limits, as configured
    OrderNotionalLimit,    //
    PositionNotionalLimit, //
    PriceCollar,           //
    OrderRateLimit,        //
    NotionalPerMinute,     //
    OpenOrdersLimit,       //
    MakerOnlyNeverTakes,   // a post-only order, or a quote, has no taker execution
    ReduceOnlyNeverOpens,  // a reduce-only order never moves a position away from zero
    NoOverfill,            // executions of an order never pass its quantity
    FillsHaveIntents,      // nothing executes that was not sent, nor at a worse price
    ExpiredNotAccepted,    // no order begins to live after its request's validity
    EquityAddsUp,          // equity changes by executions, fees and marks, to the last unit
    PositionAddsUp,        // a position is the sum of its executions
    DeskAgreesWithVenue,   // positions and open orders as the desk believes = the venues' books
    TruthInsideInterval,   // the true position lies in the desk's [lowest, highest], and the desk
                           // is sure of what it was told
    EndsFlat,              // nothing rests; no position (unwind), or none that is unhedged (hold)
    ResidueWithinBound,    // what could not be hedged is smaller than its bound
    ProtectedWithinBound,  // a position that is to have a stop is not without one for longer
    NoNeedlessProtection,  // nothing protects for longer a position that is gone
    NoGhost,               // nothing is sent to protect one that the desk was told to be gone
    NoDuplicateClose,      // closes that may all fill never close more than is held
    NoSizeError,           // the venue takes such a size, and as much is held
    SellsSettledStock,     // where nobody can be short, sales never pass what is held and settled
    BeatsBeforeOrders, // no new risk before the venue has accepted a heartbeat, if it wants them
};
constexpr std::size_t rule_count = 32;
// "exposure_within_limit"
[[nodiscard]] std::string_view to_string(Rule rule);

struct Violation {
    Rule rule = Rule::ExposureWithinLimit;
    Timestamp at;
    std::string text; // who, what, and the numbers
};

// All are counted, the first ones are kept with their texts.
class ViolationLog {
public:
    explicit ViolationLog(std::uint32_t kept_max) : kept_max_(kept_max) {}
    void add(Rule rule, Timestamp at, std::string text);
    [[nodiscard]] bool wants_text() const { return kept_.size() < kept_max_; }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t count(Rule rule) const {
        return by_rule_[static_cast<std::size_t>(rule)];
    }
    [[nodiscard]] const std::vector<Violation>& kept() const { return kept_; }

private:
    std::uint32_t kept_max_;
    std::uint64_t count_ = 0;
    std::array<std::uint64_t, rule_count> by_rule_{};
    std::vector<Violation> kept_;
};

} // namespace keel::audit
