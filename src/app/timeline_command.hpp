#pragma once

#include <string>

#include "app/console.hpp"
#include "app/exit_code.hpp"
#include "app/record_timeline.hpp"

namespace keel::app {

struct TimelineOptions {
    std::string record_path;   // or a trace's
    std::string scenario_path; // of a trace; empty: beside it or in scenarios/
    std::string out_path;      // .html or .svg; empty: the terminal
    TimelineSelection selection;
};

// `keel timeline`: draws a part of a record, or a trace (explore/trace.hpp), as a sequence diagram.
[[nodiscard]] ExitCode timeline(const TimelineOptions& options, const Console& console);

// "210.5" or "210.5s" (seconds), "3m30s": a time in a record, from its start.
[[nodiscard]] Result<Duration> parse_record_time(std::string_view text);

} // namespace keel::app
