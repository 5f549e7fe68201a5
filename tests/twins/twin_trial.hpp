#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explore/scenario.hpp"
#include "explore/search.hpp"

namespace keel::twins {

// scenarios/NAME.toml with a twin in it; fails the test if it cannot be loaded.
std::shared_ptr<const explore::Scenario> scenario_with(const std::string& name,
                                                       std::string_view twin);

// Everything happens as soon as it may, messages before deeds and deeds before timers, without a
// fault: the rule that this breaks, and whether it came to an end. `wakes_first`: so many timers
// come before all else, as a bot that quotes by a timer has nothing in the market before.
struct CalmRun {
    explore::Rule broken = explore::Rule::None;
    bool is_settled = false;
    std::size_t steps = 0;
    std::vector<Lots> held; // in the end, by instrument
};
CalmRun run_calmly(const explore::Scenario& scenario, std::size_t wakes_first = 0);

// The first thing that random schedules find.
std::optional<explore::Finding> find_by_random(const explore::Scenario& scenario,
                                               std::uint32_t max_faults, std::uint64_t seed,
                                               std::uint64_t schedules);

// tests/traces/NAME.trace is replayed in its own scenario, with its own subject; fails the test if
// it is not as it says.
void expect_trace_replays(const std::string& name);

} // namespace keel::twins
