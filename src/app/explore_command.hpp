#pragma once

#include "app/console.hpp"
#include "app/exit_code.hpp"
#include "app/explore_options.hpp"

namespace keel::app {

// `keel explore`: looks for a schedule of what a scenario allows after which a rule is broken, and
// says how far it looked.
[[nodiscard]] ExitCode explore(const ExploreOptions& options, const Console& console);

} // namespace keel::app
