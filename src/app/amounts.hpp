#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/problems.hpp"
#include "app/table.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "model/types.hpp"

namespace keel::app {

// Exact comparison of two decimals of any scale.
[[nodiscard]] std::strong_ordering compare(Decimal a, Decimal b);

// The sum; no value when it does not fit.
[[nodiscard]] std::optional<Decimal> add(Decimal a, Decimal b);

// Without trailing zeros: how texts show it.
[[nodiscard]] std::string shown(Decimal value);

// How many of a unit a decimal is. An error tells the decimal as it was written (`text`), what is
// wrong with it, and which are near. `unit_name` completes "is not a multiple of ...".
[[nodiscard]] Result<std::int64_t> count_of(Decimal value, std::string_view text, Decimal unit,
                                            std::string_view unit_name);

// Turns decimals of a config into counts of a unit.
class Amounts {
public:
    explicit Amounts(Problems& problems) : problems_(problems) {}

    // Zero when it is not set, not good, or (then with a problem) no whole number of `unit`.
    std::int64_t count(const Table& table, std::string_view key, Decimal unit,
                       std::string_view unit_name);
    Money money(const Table& table, std::string_view key);

private:
    Problems& problems_;
};

} // namespace keel::app
