#pragma once

#include <array>
#include <cstdint>

#include "base/store.hpp"
#include "base/time.hpp"
#include "model/types.hpp"

// What a venue says of an instrument, and how fills settle: a market of binary outcomes, as
// Polymarket's. Only venues with such an instrument keep any of it.

namespace keel::sim {

// What a listing does by itself in a run: synthetic, as no recording has it.
struct ListingTerms {
    Ticks fine_step{};         // prices are multiples of it while the mid is near an end; 0: never
    Ticks fine_below{};        // nearer to 0, or to px_end, than this
    Duration resolves_after{}; // the market's first quote; 0: never
    Ticks resolves_to{};       // what a unit is worth then
    [[nodiscard]] bool is_some() const {
        return fine_step > Ticks{} || resolves_after > Duration{};
    }
};

// Somebody at the venue decides so.
struct ListingAct {
    enum class Kind : std::uint8_t {
        PriceStep, // new orders are priced in multiples of `value`
        Halt,      // nothing trades, new orders are refused, cancels are taken
        Open,      // it trades again
        Resolve,   // for ever over: a unit is worth `value`
    };
    InstrumentIx instrument;
    Kind kind = Kind::PriceStep;
    Ticks value;
};

// One instrument's.
struct ListingSlot {
    Ticks price_step{1};
    Ticks settlement_px;
    Lots unsettled; // of what is held: bought, and not confirmed yet
    Timestamp changed_at;
    Timestamp tell_at = never;    // what it is, again
    Timestamp resolve_at = never; // by its terms
    TradingStatus status = TradingStatus::Open;
    std::array<std::uint8_t, 7> reserved{};
};
static_assert(Slot<ListingSlot> && sizeof(ListingSlot) == 56);

// One account's heartbeats. Without one so far, or since all was canceled, nothing is due.
struct BeatSlot {
    Timestamp last_at = never;
    Timestamp cancel_at = never; // all its orders, unless another comes
};
static_assert(Slot<BeatSlot> && sizeof(BeatSlot) == 16);

} // namespace keel::sim
