#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "model/types.hpp"
#include "model/venue.hpp"

// What the auditor is told before the start: the promises, as plain numbers. It has its own
// structs, so that a mistake in the engine's config code is not shared.

namespace keel::audit {

struct VenueFacts {
    std::string name;
    Fence fence = Fence::ValidityEnd;
    Duration clock_error{};   // bound on |venue clock - ours|
    Duration longest_delay{}; // without a fence inside the request: when it surely has arrived
    AmendQty amend_qty = AmendQty::Total;
    bool has_heartbeats = false; // no order leaves before it has accepted one
};

struct AccountFacts {
    std::string name;
    VenueIx venue;
    Money collateral{};                // what it began with
    std::uint32_t max_open_orders = 0; // 0, here and below: not limited
    std::uint32_t max_orders_per_second = 0;
    Money max_notional_per_minute{};
};

struct InstrumentFacts {
    std::string name;
    VenueIx venue;
    AccountIx account;
    Decimal tick_size{.mantissa = 1, .scale = 0};
    Decimal lot_size{.mantissa = 1, .scale = 0};
    Lots min_qty{1};
    Money min_notional{};
    bool min_notional_spares_full_close = true; // an order that flattens may be smaller
    std::int32_t maker_fee_ppm = 0;
    std::int32_t taker_fee_ppm = 0;
    Lots max_order_qty{};
    Money max_order_notional{};
    Money max_position_notional{};
    Bps price_collar{};
    // Quotes of a side that may live at once: a new one waits until one of them has ended. 0: not
    // limited. No two of them at one price; of those that are meant to take, one beside them.
    std::uint32_t live_quotes_per_side = 1;
    bool reductions_quote = false; // reductions that only make are quotes, too
    bool quotes_only_make = true;  // a quote never takes, whatever its flags say,
    bool takes_only_ioc = false;   // but one that takes at once, and was meant to
    bool long_only = false;        // what is not held, and settled, is not sold
    // At the end less than min_qty may be left, which the venue lets nobody sell: but nothing that
    // could be merged with some of the complement, if there is one, nor redeemed.
    bool leaves_residue = false;
    InstrumentIx complement;
};

// Instruments that are one exposure.
struct GroupFacts {
    std::string name;
    int unit_scale = 8; // one unit is 10^-unit_scale of the base currency
    std::vector<InstrumentIx> members;
    InstrumentIx hedge_via;
    Units exposure_limit{};
    Units residue_max{};       // 0: less than the smallest hedge
    Duration hedged_within{};  // 0: not limited
    bool hedges_silent = true; // a change of a position that no fill explains is hedged, once known
    // An order at hedge_via that leaves with one of another member, the other way and for no more,
    // is no hedge: both are the legs of an entry.
    bool enters_together = false;
};

// An instrument on which a position has its stop at the venue; in hedge mode one of its two.
struct ProtectionFacts {
    std::string name; // of the strategy, and of the side
    InstrumentIx instrument;
    PositionSide position_side = PositionSide::Net;
    Duration within{}; // a position is never without a stop for longer, nor a stop without one
};

// Two legs that are both on, or both off.
struct PairFacts {
    std::string name; // of the strategy
    GroupIx group;
    InstrumentIx first;
    InstrumentIx second;
};

struct AuditorConfig {
    std::vector<VenueFacts> venues;
    std::vector<AccountFacts> accounts;
    std::vector<InstrumentFacts> instruments;
    std::vector<GroupFacts> groups;
    std::vector<ProtectionFacts> protections;
    std::vector<PairFacts> pairs;
    bool must_end_flat = true;          // on_exit = unwind; hold keeps positions, but balanced
    Duration mark_memory{seconds(8)};   // a price is in its collar if any mark this old allows it
    Duration hearing_bound{seconds(1)}; // an execution may stay unknown to the desk this long
    // The same of a change that is not ours and that no fill tells: the next read of positions
    // does.
    Duration silence_bound{seconds(30)};
    Duration books_every{seconds(1)}; // how often the venues' books are compared as a whole
    // What became of an order is remembered so long after it was over, at least. What it executed
    // may fail to settle until then.
    Duration orders_kept{seconds(600)};
    std::uint32_t violations_kept = 64; // more are counted only
};

} // namespace keel::audit
