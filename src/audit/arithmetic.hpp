#pragma once

#include <cstdint>
#include <optional>

#include "base/decimal.hpp"
#include "base/math.hpp"

// The auditor's own arithmetic. It is written a second time on purpose: a rounding mistake in the
// model or in a venue must not be repeated by the one who looks for it.

namespace keel::audit {

// 10^exponent for 0..18.
constexpr std::int64_t ten_to(int exponent) {
    std::int64_t out = 1;
    for (int i = 0; i < exponent; ++i) out *= 10;
    return out;
}

// Quotients towards minus and towards plus infinity; `divisor` is positive.
constexpr Int128 floor_div(Int128 value, Int128 divisor) {
    const Int128 quotient = value / divisor;
    return value % divisor < 0 ? quotient - 1 : quotient;
}
constexpr Int128 ceil_div(Int128 value, Int128 divisor) { return -floor_div(-value, divisor); }

constexpr Int128 magnitude(Int128 value) { return value < 0 ? -value : value; }
constexpr int sign_of(Int128 value) { return value > 0 ? 1 : (value < 0 ? -1 : 0); }

// What one tick times one lot is worth: `top / bottom` units of 1e-8 of the quote currency, from
// the decimals of tick and lot alone.
struct Worth {
    Int128 top = 1;
    Int128 bottom = 1;
};
// No value when the decimals are outside what an instrument may have.
constexpr std::optional<Worth> worth_of(Decimal tick, Decimal lot) {
    constexpr int money_places = 8;
    const int exponent = money_places - tick.scale - lot.scale;
    if (tick.mantissa <= 0 || lot.mantissa <= 0 || exponent > 18 || exponent < -18) {
        return std::nullopt;
    }
    Worth out{.top = static_cast<Int128>(tick.mantissa) * lot.mantissa};
    if (exponent >= 0) {
        out.top *= ten_to(exponent);
    } else {
        out.bottom = ten_to(-exponent);
    }
    return out;
}

// px x qty in 1e-8 of the quote currency, rounded up: what an order may cost.
constexpr Int128 cost_of(std::int64_t px, std::int64_t qty, const Worth& worth) {
    return ceil_div(static_cast<Int128>(px) * qty * worth.top, worth.bottom);
}

} // namespace keel::audit
