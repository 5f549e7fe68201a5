#include "base/decimal.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/math.hpp"

namespace keel {
namespace {

constexpr int scale_max = 18;

constexpr std::array<std::int64_t, scale_max + 1> powers_of_ten = [] {
    std::array<std::int64_t, scale_max + 1> out{};
    std::int64_t power = 1;
    for (int i = 0; i <= scale_max; ++i) {
        out[static_cast<std::size_t>(i)] = power;
        if (i < scale_max) power *= 10;
    }
    return out;
}();

std::int64_t power_of_ten(int exponent) {
    return powers_of_ten[static_cast<std::size_t>(exponent)];
}

std::unexpected<Error> not_a_decimal(std::string_view text, std::string_view why) {
    constexpr std::size_t shown = 40;
    return fail(fmt::format("\"{}{}\" is not a decimal number: {}", text.substr(0, shown),
                            text.size() > shown ? "..." : "", why));
}

} // namespace

Result<Decimal> parse_decimal(std::string_view text) {
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative) rest.remove_prefix(1);
    int exponent = 0;
    if (const auto at = rest.find_first_of("eE"); at != std::string_view::npos) {
        std::string_view digits = rest.substr(at + 1);
        if (digits.starts_with('+')) {
            digits.remove_prefix(1);
            if (digits.starts_with('-')) digits = {}; // from_chars would take the second sign
        }
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (error != std::errc{} || end != digits.data() + digits.size() || exponent > 36 ||
            exponent < -36) {
            return not_a_decimal(text, "the exponent is not a number from -36 to 36");
        }
        rest = rest.substr(0, at);
    }
    std::int64_t mantissa = 0;
    int scale = 0;
    bool point = false;
    bool digit_last = false;
    for (const char c : rest) {
        if (c == '.') {
            if (point || !digit_last) return not_a_decimal(text, "a point stands where it cannot");
            point = true;
            digit_last = false;
            continue;
        }
        if (c < '0' || c > '9') return not_a_decimal(text, "it holds a character that is no digit");
        digit_last = true;
        // Digits accumulate downwards so that the smallest 64-bit number can be read, too.
        const auto shifted = checked_mul(mantissa, 10);
        const auto next = shifted ? checked_sub(*shifted, c - '0') : std::nullopt;
        if (!next) return not_a_decimal(text, "it has more digits than 64 bits hold");
        mantissa = *next;
        if (point) ++scale;
    }
    if (!digit_last) return not_a_decimal(text, "it does not end with a digit");
    scale -= exponent;
    while (scale > scale_max && mantissa % 10 == 0) {
        mantissa /= 10;
        --scale;
    }
    if (scale > scale_max) return not_a_decimal(text, "it has more than 18 places after the point");
    while (scale < 0) {
        const auto shifted = checked_mul(mantissa, 10);
        if (!shifted) return not_a_decimal(text, "it has more digits than 64 bits hold");
        mantissa = *shifted;
        ++scale;
    }
    if (!negative) {
        if (mantissa == INT64_MIN)
            return not_a_decimal(text, "it has more digits than 64 bits hold");
        mantissa = -mantissa;
    }
    return Decimal{mantissa, scale};
}

std::string to_string(Decimal value) {
    if (value.scale <= 0) return fmt::format("{}", value.mantissa);
    // The magnitude of INT64_MIN does not fit in int64: go through unsigned.
    const auto magnitude = value.mantissa < 0 ? ~static_cast<std::uint64_t>(value.mantissa) + 1
                                              : static_cast<std::uint64_t>(value.mantissa);
    const auto unit = static_cast<std::uint64_t>(power_of_ten(value.scale));
    return fmt::format("{}{}.{:0{}}", value.mantissa < 0 ? "-" : "", magnitude / unit,
                       magnitude % unit, value.scale);
}

Decimal normalized(Decimal value) {
    while (value.scale > 0 && value.mantissa % 10 == 0) {
        value.mantissa /= 10;
        --value.scale;
    }
    return value;
}

Result<std::int64_t> units_of(Decimal value, Decimal unit) {
    if (unit.mantissa <= 0)
        return fail(fmt::format("a unit of {} is not positive", to_string(unit)));
    // value.m * 10^-vs / (unit.m * 10^-us) = value.m * 10^us / (unit.m * 10^vs)
    const Decimal v = normalized(value);
    const Decimal u = normalized(unit);
    Int128 top = v.mantissa;
    Int128 bottom = u.mantissa;
    if (u.scale >= v.scale) {
        top *= power_of_ten(u.scale - v.scale);
    } else {
        bottom *= power_of_ten(v.scale - u.scale);
    }
    if (top % bottom != 0) {
        return fail(fmt::format("{} is not a multiple of {}", to_string(value), to_string(unit)));
    }
    const Int128 out = top / bottom;
    if (out > INT64_MAX || out < INT64_MIN) {
        return fail(fmt::format("{} in units of {} does not fit in 64 bits", to_string(value),
                                to_string(unit)));
    }
    return static_cast<std::int64_t>(out);
}

Result<Decimal> times(std::int64_t count, Decimal unit) {
    const auto product = checked_mul(count, unit.mantissa);
    if (!product) {
        return fail(fmt::format("{} x {} does not fit in 64 bits", count, to_string(unit)));
    }
    return Decimal{*product, unit.scale};
}

} // namespace keel
