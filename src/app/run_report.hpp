#pragma once

#include <string>
#include <vector>

#include "app/report.hpp"
#include "app/run_config.hpp"
#include "app/watch.hpp"
#include "world/result.hpp"

namespace keel::app {

// The part of a report that the world knows: what happened. Who ran what is the caller's. Times are
// shown from the world's `start`.
[[nodiscard]] Report report_of(const RunConfig& config, const world::RunResult& result,
                               Timestamp start);

// And what was heard while it ran: alarms, quotes, and what a reader must be warned of.
void add_watched(Report& report, const RunConfig& config, const Watch& watch);

} // namespace keel::app
