#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace keel {

// An exact decimal number: mantissa x 10^-scale. Only for the edge (configs, venue texts, reports);
// inside, quantities are integer counts of a stated unit.
struct Decimal {
    std::int64_t mantissa = 0;
    std::int32_t scale = 0; // digits after the point, 0 to 18
    // Not a number of units that "looks equal": 1.0 and 1.00 differ here; use same_value().
    constexpr bool operator==(const Decimal&) const = default;
};

// "-12.050" -> {-12050, 3}. Accepts an exponent ("1e-8"); refuses blanks, "+", bare points, more
// than 18 places after the point and values beyond 64 bits, saying which.
[[nodiscard]] Result<Decimal> parse_decimal(std::string_view text);

// Plain notation without exponent; trailing zeros are kept (scale says how many).
[[nodiscard]] std::string to_string(Decimal value);

// The same value with the least scale.
[[nodiscard]] Decimal normalized(Decimal value);

// value / unit when that is a whole number that fits; otherwise an error that names both.
// units_of(0.015, 0.001) == 15.
[[nodiscard]] Result<std::int64_t> units_of(Decimal value, Decimal unit);

// count x unit, exactly; an error if it does not fit.
[[nodiscard]] Result<Decimal> times(std::int64_t count, Decimal unit);

} // namespace keel
