#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "app/schema.hpp"

namespace keel::app {

// The sections of a scenario file. Desk, venues, instruments, groups and strategies are those of a
// run's config, less what makes no sense where an explorer chooses what happens when, and with
// other defaults: what a scenario is not about is wide, and what it holds in memory is little.
[[nodiscard]] const Section& scenario_schema();
[[nodiscard]] const FileKind& scenario_kind();

// A default of a scenario that is another in a run's config.
struct OtherDefault {
    std::string_view key; // "venue.traits.requests_per_second"
    std::string_view standard;
};
[[nodiscard]] std::span<const OtherDefault> scenario_defaults();

// Sections and keys of a run's config that a scenario does not have.
[[nodiscard]] std::span<const std::string_view> not_in_scenarios();

} // namespace keel::app
