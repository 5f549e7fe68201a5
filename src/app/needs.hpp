#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/table.hpp"

namespace keel::app {

// What a scenario may say that it takes (`needs`), of Keel and of the simulated venues:
// docs/scenarios.md says what each is.
[[nodiscard]] std::span<const std::string_view> all_needs();

// Names that nobody knows, and what is listed twice, are problems.
void check_needs(const Value& needs, const std::string& label, Problems& problems);

} // namespace keel::app
