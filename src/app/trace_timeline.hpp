#pragma once

#include <span>
#include <string>

#include "explore/choice.hpp"
#include "explore/rule.hpp"
#include "explore/world.hpp"
#include "timeline/timeline.hpp"

namespace keel::app {

// Makes choices in an explored world that is at its beginning, and draws what every message, the
// market and the operator did in them, what the bot then believed, and what was true. `broken`:
// the rule that the last of them breaks. `bases`: by instrument, the base currency.
[[nodiscard]] timeline::Timeline draw_trace(explore::World& world,
                                            std::span<const explore::Choice> choices,
                                            explore::Rule broken,
                                            std::span<const std::string> bases);

} // namespace keel::app
