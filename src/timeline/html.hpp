#pragma once

#include <string>

#include "timeline/timeline.hpp"

namespace keel::timeline {

// One page with all it needs, for light and dark; no script, nothing from elsewhere.
[[nodiscard]] std::string html_of(const Timeline& timeline);

} // namespace keel::timeline
