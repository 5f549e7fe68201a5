#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_text.hpp"
#include "app/run_config.hpp"
#include "base/time.hpp"

namespace keel::app {

// What the command line says in place of the file's [run].
struct Overrides {
    std::optional<std::string> faults;
    std::optional<std::int64_t> seed;
    std::optional<Duration> duration;
    std::vector<std::string> market_files;
};

struct LoadedConfig {
    RunConfig run;
    std::string effective; // every knob with its value, as TOML
    std::string hash;      // SHA-256 of `effective`, in hex
    std::vector<std::string> warnings;
};

// Validates the whole file before anything starts. `file` is how errors name it.
[[nodiscard]] std::expected<LoadedConfig, ConfigErrors>
load_config(std::string_view text, std::string_view file, const Overrides& overrides = {});

[[nodiscard]] std::expected<LoadedConfig, ConfigErrors>
load_config_file(const std::string& path, const Overrides& overrides = {});

// SHA-256 in lower-case hex.
[[nodiscard]] std::string sha256_hex(std::string_view text);

} // namespace keel::app
