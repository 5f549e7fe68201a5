#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/console.hpp"
#include "app/exit_code.hpp"

namespace keel::app {

struct ReplayOptions {
    std::string record_path;            // or a trace's
    std::string scenario_path;          // of a trace; empty: beside it or in scenarios/
    std::optional<std::uint64_t> after; // from the last snapshot not after this event
};

// `keel replay`: feeds the events of a record to a desk of its config, and says whether the desk
// does again what the record says that it did. Of a trace (explore/trace.hpp): whether it still
// leads where it says.
[[nodiscard]] ExitCode replay(const ReplayOptions& options, const Console& console);

} // namespace keel::app
