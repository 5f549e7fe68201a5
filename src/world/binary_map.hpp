#pragma once

#include <cstdint>

#include "model/types.hpp"
#include "sim/market/market.hpp"
#include "sim/venue.hpp"

namespace keel::world {

// Makes a market of binary outcomes from a recorded one. SYNTHETIC: the first outcome is worth half
// of px_end at the recording's first price, and moves with it,
//
//   px_end / 2 + px_end x slope x (mid / open - 1),
//
// within one fine step of either end. Around that value the book is one to two steps wide; sizes
// are the recorded ones times `per_unit`. The other outcome's book is its mirror: what is bid for
// one is offered of the other, at px_end less the price.
struct BinaryTerms {
    std::int64_t slope = 0;    // 0: the instrument is no such outcome
    std::int64_t per_unit = 1; // shares for each unit of the recording's base currency
    bool is_complement = false;
    Ticks px_end;
    Ticks price_step;
    Ticks fine_step; // nearer to an end than fine_below; 0: price_step everywhere
    Ticks fine_below;
    std::int64_t open_e8 = 0; // the recording's first price
    [[nodiscard]] bool is_some() const { return slope > 0; }
};

class BinaryMap {
public:
    BinaryMap(InstrumentIx instrument, Decimal lot_size, const BinaryTerms& terms);
    [[nodiscard]] sim::Venue::MarketMove move(const sim::MarketUpdate& update) const;

private:
    struct Touch {
        Ticks bid, ask;
    };
    [[nodiscard]] Touch around(std::int64_t twice_px_e8) const; // of the first outcome
    [[nodiscard]] Lots lots(std::int64_t qty_e8) const;

    InstrumentIx instrument_;
    BinaryTerms terms_;
    std::int64_t lot_top_ = 1; // lots are qty_e8 x per_unit x top / bottom
    std::int64_t lot_bottom_ = 1;
};

} // namespace keel::world
