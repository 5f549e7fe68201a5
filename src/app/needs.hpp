#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/table.hpp"

namespace keel::app {

// What a scenario may say that it takes (`needs`), of Keel and of the simulated venues. Some of it
// is not there yet: then the issue that brings it is named, and the scenario is not explored.
struct Need {
    std::string_view name;
    std::string_view text;
    std::string_view brought_by; // empty: it is there
};
[[nodiscard]] std::span<const Need> all_needs();

// Those of `needs` that are not there yet, a sentence each. Names that nobody knows, and what is
// listed twice, are problems.
[[nodiscard]] std::vector<std::string> unmet(const Value& needs, const std::string& label,
                                             Problems& problems);

} // namespace keel::app
