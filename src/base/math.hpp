#pragma once

#include <cstdint>
#include <optional>

#include "base/assert.hpp"

namespace keel {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// Checked arithmetic: no value when the result does not fit in 64 bits.
constexpr std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
    return out;
}
constexpr std::optional<std::int64_t> checked_sub(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_sub_overflow(a, b, &out)) return std::nullopt;
    return out;
}
constexpr std::optional<std::int64_t> checked_mul(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
    return out;
}

// Rounding of a quotient. Down and Up are towards minus and plus infinity, not towards zero, so
// "against us" has one meaning for credits and debits: what we receive is rounded Down, what we
// pay (a negative number) is rounded Down too.
enum class Rounding : std::uint8_t { Down, Up };

struct Rounded {
    std::int64_t value = 0;
    // Exact remainder in units of 1/divisor: product == value * divisor + residue.
    std::int64_t residue = 0;
};

// The one rounding function: a * b / divisor over a 128-bit product. The residue is kept, so a sum
// of many small amounts can be exact. `divisor` must be positive. No value when it does not fit.
constexpr std::optional<Rounded> mul_div(std::int64_t a, std::int64_t b, std::int64_t divisor,
                                         Rounding rounding) {
    KEEL_ASSERT(divisor > 0, "a divisor is positive");
    const Int128 product = static_cast<Int128>(a) * b;
    Int128 quotient = 0;
    Int128 residue = 0;
    if (product == static_cast<std::int64_t>(product)) { // the usual case: one 64-bit division
        quotient = static_cast<std::int64_t>(product) / divisor;
        residue = static_cast<std::int64_t>(product) % divisor;
    } else {
        quotient = product / divisor;
        residue = product % divisor;
    }
    if (residue < 0) { // C++ truncates; we floor first
        quotient -= 1;
        residue += divisor;
    }
    if (rounding == Rounding::Up && residue != 0) {
        quotient += 1;
        residue -= divisor;
    }
    if (quotient > INT64_MAX || quotient < INT64_MIN) return std::nullopt;
    return Rounded{static_cast<std::int64_t>(quotient), static_cast<std::int64_t>(residue)};
}

} // namespace keel
