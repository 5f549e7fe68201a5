#pragma once

#include <string>
#include <vector>

#include "tests/app/desk_text.hpp"

namespace keel::app {

// A small good scenario, whose lines tests know by number.
[[nodiscard]] std::string good_scenario();
// The same with something changed, as edited_desk() does it.
[[nodiscard]] std::string edited_scenario(const std::vector<Edit>& edits);

} // namespace keel::app
