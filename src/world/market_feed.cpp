#include "world/market_feed.hpp"

#include "base/assert.hpp"

namespace keel::world {
namespace {

std::int64_t ten_to(int exponent) {
    std::int64_t out = 1;
    for (int i = 0; i < exponent; ++i) out *= 10;
    return out;
}

} // namespace

UnitConverter::UnitConverter(InstrumentIx ix, const Instrument& instrument)
    : ix_(ix), instrument_(instrument), px_(scale_of(instrument.tick_size)),
      qty_(scale_of(instrument.lot_size)) {}

// value_e8 / 1e8 / (mantissa / 10^scale)
UnitConverter::Scale UnitConverter::scale_of(Decimal unit) {
    KEEL_ASSERT(unit.mantissa > 0, "a tick and a lot are above zero");
    const int up = unit.scale - sim::market_scale;
    if (up >= 0) return {.top = ten_to(up), .bottom = unit.mantissa};
    const auto bottom = checked_mul(unit.mantissa, ten_to(-up));
    KEEL_ASSERT(bottom.has_value(), "a tick and a lot in units of 1e-8 fit in 64 bits");
    return {.top = 1, .bottom = *bottom};
}

Ticks UnitConverter::ticks(std::int64_t px_e8, Rounding rounding) const {
    if (px_e8 <= 0) return Ticks{0};
    std::int64_t value = 0;
    if (px_.top == 1) { // nearly always: one division of words
        value = px_e8 / px_.bottom;
        if (rounding == Rounding::Up && value * px_.bottom != px_e8) ++value;
    } else {
        const auto out = mul_div(px_e8, px_.top, px_.bottom, rounding);
        KEEL_ASSERT(out.has_value(), "a price in ticks fits in 64 bits");
        value = out->value;
    }
    if (instrument_.price_rule == PriceRule::Tick) return Ticks{value};
    return to_valid_price(Ticks{value}, instrument_, rounding);
}

Lots UnitConverter::lots(std::int64_t qty_e8) const {
    if (qty_e8 <= 0) return Lots{0};
    std::int64_t value = 0;
    if (qty_.top == 1) {
        value = qty_e8 / qty_.bottom;
    } else {
        const auto out = mul_div(qty_e8, qty_.top, qty_.bottom, Rounding::Down);
        KEEL_ASSERT(out.has_value(), "a quantity in lots fits in 64 bits");
        value = out->value;
    }
    return Lots{value > 0 ? value : 1};
}

sim::Venue::MarketMove UnitConverter::move(const sim::MarketUpdate& update) const {
    sim::Venue::MarketMove out;
    out.instrument = ix_;
    if (update.is_trade()) {
        out.is_trade = true;
        out.aggressor = update.aggressor;
        out.px = ticks(update.px(), update.aggressor == Side::Buy ? Rounding::Up : Rounding::Down);
        out.qty = lots(update.qty());
        return out;
    }
    out.bid_px = ticks(update.bid_px, Rounding::Down);
    out.ask_px = ticks(update.ask_px, Rounding::Up);
    out.bid_qty = out.bid_px > Ticks{0} ? lots(update.bid_qty) : Lots{0};
    out.ask_qty = out.ask_px > Ticks{0} ? lots(update.ask_qty) : Lots{0};
    return out;
}

} // namespace keel::world
