#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "explore/world.hpp"

namespace keel::app {

// Ways through scenario files, as traces tell them.

[[nodiscard]] std::shared_ptr<explore::Scenario> scenario_of(const std::string& path,
                                                             std::string_view subject = "keel");

// Random choices from where the world is: until a rule is broken, nothing is left, or `steps_max`.
[[nodiscard]] std::vector<explore::Choice> walk(explore::World& world, Rng& rng,
                                                std::uint32_t faults_max, std::size_t steps_max);

// The way that these words tell (explore/words.hpp).
[[nodiscard]] std::vector<explore::Choice>
way(const std::shared_ptr<const explore::Scenario>& scenario,
    const std::vector<std::string>& steps);

// One whose last step breaks a rule: of a naive twin.
[[nodiscard]] std::vector<explore::Choice>
broken_way(const std::shared_ptr<const explore::Scenario>& scenario);

} // namespace keel::app
