#pragma once

#include <cstdint>

#include "explore/scenario.hpp"

namespace keel::explore {

// Over everything in a scenario but its own name: two with one hash behave alike, and what is done
// in them has the same words.
[[nodiscard]] std::uint64_t hash_of(const Scenario& scenario);

} // namespace keel::explore
