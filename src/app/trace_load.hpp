#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "app/exit_code.hpp"
#include "explore/trace.hpp"
#include "explore/world.hpp"

namespace keel::app {

// The text of a trace (explore/trace.hpp); empty if the file is none, or cannot be read.
[[nodiscard]] std::string trace_in(const std::string& path);

// A trace that still applies: its scenario's world, at its beginning, and the choices it makes.
struct LoadedTrace {
    explore::Trace trace;
    std::string scenario_path;
    std::vector<std::string> bases; // by instrument: the base currency
    std::unique_ptr<explore::World> world;
    std::vector<explore::Choice> choices;
};

// Why there is none: it or its scenario cannot be read (Usage; whole lines, as they are told), or
// it does not lead where it says (Violation; one sentence).
struct NoTrace {
    ExitCode code = ExitCode::Usage;
    std::string text;
};

// `path` is how errors name it. `scenario_path`: empty for the NAME.toml that lies beside it, or in
// scenarios/.
[[nodiscard]] std::expected<LoadedTrace, NoTrace>
load_trace(const std::string& text, const std::string& path, const std::string& scenario_path);

} // namespace keel::app
