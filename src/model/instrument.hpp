#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/math.hpp"
#include "model/types.hpp"

namespace keel {

// Which prices a venue takes beside multiples of the tick.
enum class PriceRule : std::uint8_t {
    Tick,                  // any multiple of the tick
    FiveSignificantDigits, // whole numbers, or at most five significant digits (Hyperliquid)
};

// One symbol on one venue, as data. Built by make_instrument(), which checks it.
struct Instrument {
    std::string symbol; // as the venue writes it
    Decimal tick_size;  // quote currency per unit of base currency
    Decimal lot_size;   // base currency
    Lots min_qty{1};    // smallest order
    Lots max_qty{0};    // largest order; 0: no limit
    Money min_notional{0};
    bool min_notional_spares_full_close = true; // an order that flattens may be smaller
    PriceRule price_rule = PriceRule::Tick;
    Ticks price_step{1}; // prices are multiples of it, at first: a venue may tell another
                         // (SecurityStatus). The tick is the finest step there can be
    Ticks px_end{0};     // prices are below it, as a share of a binary market is below 1; 0: no end
    bool long_only = false;         // what is not held cannot be sold
    bool settles_late = false;      // a trade is told as Matched first, and may fail; until it is
                                    // confirmed, what it bought cannot be sold
    std::int32_t maker_fee_ppm = 0; // of notional; negative: a rebate
    std::int32_t taker_fee_ppm = 0;
    std::int32_t initial_margin_ppm = 100'000; // of notional
    VenueIx venue;

    // Money of one tick times one lot, as a fraction in lowest terms.
    std::int64_t value_num = 1;
    std::int64_t value_den = 1;
    // Base units of its group in one lot (set when a group is formed; 1 without a group).
    std::int64_t units_per_lot = 1;
};

// Completes and checks tick, lot and value. Errors name the symbol and the field.
[[nodiscard]] Result<Instrument> make_instrument(Instrument draft);

// The only door to money: px x qty. Rounding::Down for what we receive, Up for what we pay. No
// value when it does not fit in Money.
[[nodiscard]] constexpr std::optional<Rounded>
checked_notional(Ticks px, Lots qty, const Instrument& instrument, Rounding rounding) {
    const Int128 product = static_cast<Int128>(px.value()) * qty.value();
    if (product > INT64_MAX || product < INT64_MIN) {
        // px x qty alone may pass 64 bits where value_den is large: divide first, exactly.
        // What passes even 128 bits is beyond Money after any division: value_den is below 2^63.
        Int128 scaled = 0;
        if (__builtin_mul_overflow(product, static_cast<Int128>(instrument.value_num), &scaled)) {
            return std::nullopt;
        }
        Int128 quotient = scaled / instrument.value_den;
        Int128 residue = scaled % instrument.value_den;
        if (residue < 0) {
            quotient -= 1;
            residue += instrument.value_den;
        }
        if (rounding == Rounding::Up && residue != 0) {
            quotient += 1;
            residue -= instrument.value_den;
        }
        if (quotient > INT64_MAX || quotient < INT64_MIN) return std::nullopt;
        return Rounded{static_cast<std::int64_t>(quotient), static_cast<std::int64_t>(residue)};
    }
    return mul_div(static_cast<std::int64_t>(product), instrument.value_num, instrument.value_den,
                   rounding);
}

// As above for amounts that were checked at the door (limits bound px and qty).
[[nodiscard]] constexpr Money notional(Ticks px, Lots qty, const Instrument& instrument,
                                       Rounding rounding = Rounding::Up) {
    const auto out = checked_notional(px, qty, instrument, rounding);
    KEEL_ASSERT(out.has_value(), "a notional inside the limits fits in Money");
    return Money{out->value};
}

// Fee of a fill, rounded up (a rebate is rounded towards us receiving less).
[[nodiscard]] constexpr Money fee_of(Money amount, std::int32_t fee_ppm) {
    const auto out = mul_div(amount.value(), fee_ppm, ppm_one, Rounding::Up);
    KEEL_ASSERT(out.has_value(), "a fee is smaller than its notional");
    return Money{out->value};
}

// Is `px` a price this venue takes? (Positive, tick and price rule.)
[[nodiscard]] bool price_is_valid(Ticks px, const Instrument& instrument);

// The nearest valid price not above (Down) or not below (Up) `px`. Zero when there is none.
[[nodiscard]] Ticks to_valid_price(Ticks px, const Instrument& instrument, Rounding rounding);

// px moved by `bps` (1e-2 bps units), towards (Down) or away from (Up) zero where inexact.
[[nodiscard]] Ticks shifted(Ticks px, Bps bps, Rounding rounding);

} // namespace keel
