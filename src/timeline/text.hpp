#pragma once

#include <string>

#include "timeline/timeline.hpp"

namespace keel::timeline {

// For a terminal: a line for each row, lanes as bars, messages as arrows with their numbers.
[[nodiscard]] std::string text_of(const Timeline& timeline, bool colour);

} // namespace keel::timeline
