#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explore/world.hpp"
#include "tests/twins/twin_trial.hpp"

namespace keel::twins {

// What a search of every state comes to.
struct Searched {
    bool is_complete = false;
    std::vector<explore::Rule> rules; // broken by some schedule

    bool operator==(const Searched&) const = default;
};

// (That no settled end is left after a rule is broken says nothing more.)
inline Searched search_all(const std::string& scenario, std::string_view twin,
                           std::uint32_t faults) {
    explore::World world{scenario_with(scenario, twin)};
    explore::Bounds bounds;
    bounds.max_faults = faults;
    const explore::SearchResult result = explore::exhaustive(world, bounds);
    Searched out{result.is_complete, {}};
    for (const explore::Finding& one : result.findings) {
        const bool is_alone = result.findings.size() == 1;
        if (one.rule != explore::Rule::NoWedge || is_alone) out.rules.push_back(one.rule);
    }
    std::ranges::sort(out.rules);
    return out;
}

inline const Searched nothing{true, {}};
inline Searched only(std::vector<explore::Rule> rules) { return {true, std::move(rules)}; }

} // namespace keel::twins
