#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "model/types.hpp"

namespace keel {

// What the quantity in an amend request means at this venue.
enum class AmendQty : std::uint8_t {
    Total,      // order quantity, fills included
    Remaining,  // what shall still be open
    Replacement // a new order of that size; earlier fills are not counted (cancel then place)
};

// What proves that a request can no longer be accepted (law 3).
enum class Fence : std::uint8_t {
    ValidityEnd,      // the venue refuses the request after a time inside it
    BurntNonce,       // the venue refuses it once another request has used its nonce
    CancelAllAndDelay // nothing inside the request: cancel-all, then the longest delay
};

// How a venue behaves where the engine must know: declared by its dialect, as data.
struct VenueTraits {
    std::string name;
    AmendQty amend_qty = AmendQty::Total;
    bool amend_keeps_order_id = true;
    bool amend_supported = true;
    Fence fence = Fence::ValidityEnd;
    Duration validity = seconds(2);                // W: a request is refused after sent + W
    Duration visibility = milliseconds(500);       // V: reads may be this stale
    Duration clock_error = milliseconds(100);      // bound on |venue clock - ours|
    Duration longest_delay = seconds(10);          // for the other fences: a request may take this
    Duration answer_timeout = milliseconds(1'000); // no answer: Unknown, so ask
    bool end_vouches_qty = true;      // Canceled / Expired reports carry the final quantity
    bool status_by_cl_ord_id = true;  // an order can be asked for by our id
    bool reduce_only_at_match = true; // reduce-only is enforced when it trades
    bool cancels_overtake = true;     // a cancel may overtake the order it names
    // Whatever changes a position is told as a fill. False: a liquidation, a deleveraging or a
    // trade of the account's owner may show in the position alone, which then is no surprise.
    bool tells_all_changes = true;
    // Orders of an account from which no heartbeat has come for so long are canceled, once one has
    // come; 0: the venue has none. (Polymarket: 10 s, up to 5 s later.)
    Duration heartbeat_timeout{};
    std::uint32_t batch_max = 1; // items in one request; 1: no batches
    // Requests a second that the venue takes, and the share only cancels and reductions may use.
    std::uint32_t requests_per_second = 20;
    std::uint32_t reserve_percent = 30;
};

// How long after it was sent a request may still be accepted (law 3). Where nothing inside the
// request that our clock can read says so, it is waited out.
constexpr Duration longest_flight(const VenueTraits& venue) {
    return venue.fence == Fence::ValidityEnd ? venue.validity + venue.clock_error
                                             : venue.longest_delay;
}

} // namespace keel
