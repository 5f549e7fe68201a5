#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "explore/choice.hpp"
#include "explore/rule.hpp"
#include "explore/world.hpp"

namespace keel::explore {

// Breadth first: the first way that is found to break a rule is one of the shortest.
struct Shortest {
    std::vector<Choice> steps; // empty: none was found
    std::size_t states = 0;
    bool is_whole = false; // nothing was left out: if none was found, there is none
};

// From where the world is, to where it is put back: a way of at most `steps_max` steps with at most
// `faults` faults, whose last step breaks `rule`, and none before breaks any. Remembers at most
// `states_max` states, some 40 bytes each.
[[nodiscard]] Shortest shortest_way(World& world, Rule rule, std::uint32_t faults,
                                    std::size_t steps_max, std::size_t states_max);

} // namespace keel::explore
