#include "world/binary_map.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace keel::world {
namespace {

// Steps in `value`, rounded down or up; both are positive.
std::int64_t floor_of(std::int64_t value, std::int64_t step) { return value / step; }
std::int64_t ceil_of(std::int64_t value, std::int64_t step) { return (value + step - 1) / step; }

} // namespace

BinaryMap::BinaryMap(InstrumentIx instrument, Decimal lot_size, const BinaryTerms& terms)
    : instrument_(instrument), terms_(terms) {
    KEEL_ASSERT(terms.is_some() && terms.open_e8 > 0 && terms.px_end > Ticks{0} &&
                    terms.price_step > Ticks{0} && lot_size.mantissa > 0,
                "a binary market's terms were checked where they were read");
    for (int i = 0; i < lot_size.scale; ++i) lot_top_ *= 10;
    for (int i = 0; i < sim::market_scale; ++i) lot_bottom_ *= 10;
    lot_bottom_ *= lot_size.mantissa;
}

// Thousandths of a tick are enough to place it between two steps.
BinaryMap::Touch BinaryMap::around(std::int64_t twice_px_e8) const {
    constexpr std::int64_t fine = 1'000;
    const std::int64_t end = terms_.px_end.value() * fine;
    const std::int64_t open2 = 2 * terms_.open_e8;
    const Int128 moved = static_cast<Int128>(end) * terms_.slope * (twice_px_e8 - open2) / open2;
    const std::int64_t finest =
        (terms_.fine_step > Ticks{0} ? terms_.fine_step : terms_.price_step).value() * fine;
    const auto value =
        static_cast<std::int64_t>(std::clamp<Int128>(moved + end / 2, finest, end - finest));
    const std::int64_t edge = terms_.fine_below.value() * fine;
    const bool is_fine = terms_.fine_step > Ticks{0} && (value < edge || value > end - edge);
    const std::int64_t step = (is_fine ? terms_.fine_step : terms_.price_step).value() * fine;
    const std::int64_t bid = floor_of(std::max<std::int64_t>(value - step / 2, 0), step) * step;
    const std::int64_t ask = std::min(ceil_of(value + step / 2, step) * step, end);
    return {Ticks{bid / fine}, Ticks{ask / fine}};
}

Lots BinaryMap::lots(std::int64_t qty_e8) const {
    if (qty_e8 <= 0) return Lots{0};
    const Int128 out = static_cast<Int128>(qty_e8) * terms_.per_unit * lot_top_ / lot_bottom_;
    constexpr Int128 most = std::int64_t{1} << 40U;
    return Lots{static_cast<std::int64_t>(std::clamp<Int128>(out, 1, most))};
}

sim::Venue::MarketMove BinaryMap::move(const sim::MarketUpdate& update) const {
    const bool has_book = update.bid_px > 0 && update.ask_px > 0;
    const std::int64_t twice = update.is_trade() ? 2 * update.px()
                               : has_book        ? update.bid_px + update.ask_px
                                                 : 2 * std::max(update.bid_px, update.ask_px);
    const Touch touch = around(twice);
    sim::Venue::MarketMove out;
    out.instrument = instrument_;
    if (update.is_trade()) {
        const bool is_bought = update.aggressor == Side::Buy;
        out.is_trade = true;
        out.aggressor = terms_.is_complement ? opposite(update.aggressor) : update.aggressor;
        const Ticks px = is_bought ? touch.ask : touch.bid;
        out.px = terms_.is_complement ? terms_.px_end - px : px;
        out.qty = lots(update.qty());
        return out;
    }
    out.bid_px = touch.bid;
    out.ask_px = touch.ask;
    // At an end nobody is there: it would be given away, or be worth nothing.
    out.bid_qty = touch.bid > Ticks{0} ? lots(update.bid_qty) : Lots{0};
    out.ask_qty = touch.ask < terms_.px_end ? lots(update.ask_qty) : Lots{0};
    if (terms_.is_complement) {
        std::swap(out.bid_px, out.ask_px);
        std::swap(out.bid_qty, out.ask_qty);
        out.bid_px = terms_.px_end - out.bid_px;
        out.ask_px = terms_.px_end - out.ask_px;
    }
    return out;
}

} // namespace keel::world
