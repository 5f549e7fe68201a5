#pragma once

#include <cstdint>
#include <string>

#include "app/config.hpp"
#include "app/console.hpp"
#include "app/exit_code.hpp"

namespace keel::app {

struct RunOptions {
    std::string config_path;
    Overrides overrides;
    std::string json_path;         // empty: none
    std::string record_path;       // empty: none
    std::string hashes_path;       // empty: none
    bool kill = false;             // the market's end pulls the kill switch
    std::uint64_t record_last = 0; // 0: all; else the record keeps only so many events, and is
                                   // written at the end
    std::string program = "keel";  // as it was called, for the command that repeats the run
    bool quiet = false;            // no effective config, no warnings
    bool no_progress = false;
};

// `keel run`: validates everything, runs the desk on its venues, reports.
[[nodiscard]] ExitCode run(const RunOptions& options, const Console& console);

} // namespace keel::app
