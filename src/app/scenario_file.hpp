#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_text.hpp"
#include "explore/scenario.hpp"

namespace keel::app {

// What a scenario file says (docs/scenarios.md): a desk and its venues as a run's config has them,
// and in place of a run what an explorer may choose from.
struct LoadedScenario {
    explore::Scenario scenario;
    std::vector<std::string> bases; // by instrument: the base currency
    std::string effective;          // every knob with its value, as TOML
    std::string hash;               // SHA-256 of `effective`, in hex
};

// Validates the whole file. `file` is how errors name it. `subject` trades instead of the one that
// the file names, unless it is empty.
[[nodiscard]] std::expected<LoadedScenario, ConfigErrors>
load_scenario(std::string_view text, std::string_view file, std::string_view subject = "");

[[nodiscard]] std::expected<LoadedScenario, ConfigErrors>
load_scenario_file(const std::string& path, std::string_view subject = "");

} // namespace keel::app
