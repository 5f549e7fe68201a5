#include "app/amounts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/math.hpp"

namespace keel::app {
namespace {

Int128 at_scale(Decimal value, int scale) {
    Int128 out = value.mantissa;
    for (int s = value.scale; s < scale; ++s) out *= 10; // 2^63 x 10^18 fits in 128 bits
    return out;
}

std::optional<Decimal> decimal(Int128 mantissa, int scale) {
    if (mantissa > INT64_MAX || mantissa < INT64_MIN) return std::nullopt;
    return normalized(Decimal{static_cast<std::int64_t>(mantissa), scale});
}

// " (near are 0.01 and 0.011)", where they can be said.
std::string neighbours(Decimal value, Decimal unit) {
    const int scale = std::max(value.scale, unit.scale);
    const Int128 step = at_scale(unit, scale);
    Int128 below = at_scale(value, scale) / step * step;
    if (below > at_scale(value, scale)) below -= step;
    const auto low = decimal(below, scale);
    const auto high = decimal(below + step, scale);
    if (!low || !high) return {};
    if (low->mantissa == 0) return fmt::format("; the least is {}", shown(*high));
    return fmt::format("; near are {} and {}", shown(*low), shown(*high));
}

} // namespace

std::strong_ordering compare(Decimal a, Decimal b) {
    const int scale = std::max(a.scale, b.scale);
    const Int128 left = at_scale(a, scale);
    const Int128 right = at_scale(b, scale);
    if (left < right) return std::strong_ordering::less;
    return left > right ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::optional<Decimal> add(Decimal a, Decimal b) {
    const int scale = std::max(a.scale, b.scale);
    return decimal(at_scale(a, scale) + at_scale(b, scale), scale);
}

std::string shown(Decimal value) { return to_string(normalized(value)); }

Result<std::int64_t> count_of(Decimal value, std::string_view text, Decimal unit,
                              std::string_view unit_name) {
    if (const Result<std::int64_t> out = units_of(value, unit)) return *out;
    const int scale = std::max(value.scale, unit.scale);
    const bool is_whole = at_scale(value, scale) % at_scale(unit, scale) == 0;
    return fail(is_whole ? fmt::format("is {}, which is too large to be counted in units of {} {}",
                                       text, unit_name, shown(unit))
                         : fmt::format("is {}, which is not a multiple of {} {}{}", text, unit_name,
                                       shown(unit), neighbours(value, unit)));
}

std::int64_t Amounts::count(const Table& table, std::string_view key, Decimal unit,
                            std::string_view unit_name) {
    const Value& value = table.value(key);
    if (!value.is_good || !value.is_set || unit.mantissa <= 0) return 0;
    const Result<std::int64_t> out = count_of(value.decimal, value.text, unit, unit_name);
    if (out) return *out;
    problems_.add(value.place, table.label_of(key), out.error().text());
    return 0;
}

Money Amounts::money(const Table& table, std::string_view key) {
    return Money{count(table, key, Decimal{1, money_scale}, "the smallest money,")};
}

} // namespace keel::app
