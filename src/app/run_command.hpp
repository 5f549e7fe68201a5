#pragma once

#include <string>

#include "app/config.hpp"
#include "app/console.hpp"
#include "app/exit_code.hpp"

namespace keel::app {

struct RunOptions {
    std::string config_path;
    Overrides overrides;
    std::string json_path;   // empty: none
    std::string record_path; // empty: none; its config is written beside it
    std::string hashes_path; // empty: none
    bool quiet = false;      // no effective config, no warnings
    bool no_progress = false;
};

// `keel run`: validates everything, runs the desk on its venues, reports.
[[nodiscard]] ExitCode run(const RunOptions& options, const Console& console);

// Where the config of a record is kept: what `keel why` replays it with.
[[nodiscard]] std::string config_beside(const std::string& record_path);

// The first 64 bits of a config's SHA-256: what a record carries of it.
[[nodiscard]] std::uint64_t short_hash(const std::string& hex);

} // namespace keel::app
