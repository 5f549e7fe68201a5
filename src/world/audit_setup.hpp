#pragma once

#include <vector>

#include "audit/config.hpp"
#include "sim/faults.hpp"
#include "sim/venue.hpp"
#include "strategy/config.hpp"

namespace keel::world {

// What the auditor holds a desk of this config to.
[[nodiscard]] audit::AuditorConfig auditor_config(const strategy::DeskConfig& desk,
                                                  const std::vector<sim::VenueConfig>& venues,
                                                  const sim::FaultProfile& faults);

} // namespace keel::world
