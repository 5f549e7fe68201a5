#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "explore/campaign.hpp"

namespace keel::app {

using explore::SearchKind;

struct ExploreOptions {
    std::vector<std::string> scenario_paths;
    std::string subject; // empty: as each scenario says
    SearchKind search = SearchKind::Auto;
    std::uint64_t budget_ns = 0;    // of wall time for each scenario; 0: not by time
    std::uint64_t budget_steps = 0; // states or schedules; 0: not by number
    std::uint32_t max_faults = 1;
    std::uint64_t depth = 10'000;
    std::uint64_t seed = 1;
    std::uint32_t jobs = 1;
    std::string json_path;
    std::string save_path;
    bool cover = false; // a fault that was not met in every situation where it can be is a finding
    bool no_guards = false; // JSON of a search that closed says which guards the scenario needs
    bool no_progress = false;
};

[[nodiscard]] Result<SearchKind> parse_search(std::string_view text);
// "60s", "5m": time; "1e7", "20000": states or schedules.
[[nodiscard]] Result<void> parse_budget(std::string_view text, ExploreOptions& into);
// Where none was asked for. A search of every state ends by itself, and proves nothing before that.
[[nodiscard]] std::string_view default_budget(SearchKind kind);

} // namespace keel::app
