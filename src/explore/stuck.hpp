#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "explore/choice.hpp"
#include "explore/rule.hpp"
#include "explore/world.hpp"

namespace keel::explore {

// Nothing can happen any more but faults, and it is no end: a wedge that a single state shows.
// `enabled` is what can happen there.
[[nodiscard]] inline bool is_stuck(const World& world, std::span<const Choice> enabled) {
    return std::ranges::all_of(enabled, &Choice::is_fault) && !world.is_terminal() &&
           !world.is_cut();
}

// The rule that is broken where the world stands, wedges that show there among them.
[[nodiscard]] inline Rule broken_at(const World& world, std::vector<Choice>& scratch) {
    const Rule rule = world.broken_rule();
    if (rule != Rule::None) return rule;
    world.enabled(0, scratch);
    return is_stuck(world, scratch) ? Rule::NoWedge : Rule::None;
}

} // namespace keel::explore
