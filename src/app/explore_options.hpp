#pragma once

#include <cstdint>
#include <optional>
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
// "60s", "5m": time; "1e7", "20000": states or schedules. None: as the kind of search wants, which
// is in `into` already; one of every state ends by itself, and proves nothing before that.
[[nodiscard]] Result<void> parse_budget(const std::optional<std::string>& asked,
                                        ExploreOptions& into);

} // namespace keel::app
