#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "explore/necessity.hpp"

namespace keel::app {

// Which of Keel's guards a scenario shows, and why not the others; `seconds`: what the trials took.
// Nothing where none was tried.
[[nodiscard]] std::string guards_text(const std::vector<explore::Need>& needs, double seconds);
void add_guards(nlohmann::ordered_json& out, const std::vector<explore::Need>& needs,
                double seconds);

} // namespace keel::app
