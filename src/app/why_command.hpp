#pragma once

#include <string>

#include "app/console.hpp"
#include "app/exit_code.hpp"

namespace keel::app {

struct WhyOptions {
    std::string order;
    std::string record_path; // it carries its config
};

// `keel why`: replays a record and prints the life of one order, a line for each transition, and
// the story that it is part of.
[[nodiscard]] ExitCode why(const WhyOptions& options, const Console& console);

} // namespace keel::app
