#include "app/fault_coverage.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/columns.hpp"
#include "app/words.hpp"

namespace keel::app {
namespace {

using Json = nlohmann::ordered_json;
using explore::Situation;
using explore::situation_count;
using sim::fault_kind_count;
using sim::FaultKind;

std::string kind_name(std::size_t kind) {
    return std::string{to_string(static_cast<FaultKind>(kind))};
}
std::string situation_name(std::size_t s) {
    return std::string{to_string(static_cast<Situation>(s))};
}

} // namespace

FaultCoverage::FaultCoverage() {
    for (auto& row : never_) row.fill("there is no scenario");
}

FaultCoverage::FaultCoverage(const explore::Scenario& scenario, std::uint32_t max_faults)
    : max_faults_(max_faults), lists_any_(scenario.faults != 0) {
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) {
            never_[kind][s] = explore::why_never(scenario, max_faults, static_cast<FaultKind>(kind),
                                                 static_cast<Situation>(s));
        }
    }
}

void FaultCoverage::join(const FaultCoverage& other) {
    met(other.met_);
    max_faults_ = std::max(max_faults_, other.max_faults_);
    lists_any_ = lists_any_ || other.lists_any_;
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) {
            if (other.never_[kind][s].empty()) never_[kind][s] = {};
        }
    }
}

bool FaultCoverage::is_row(std::size_t kind) const {
    for (std::size_t s = 0; s < situation_count; ++s) {
        if (can_meet(kind, s)) return true;
    }
    return false;
}

Result<void> FaultCoverage::covered() const {
    std::vector<std::string> holes;
    bool any = false;
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) {
            any = any || can_meet(kind, s);
            if (!can_meet(kind, s) || met_[kind][s] > 0) continue;
            holes.push_back(fmt::format("{} while {}", kind_name(kind), situation_name(s)));
        }
    }
    if (!any && !lists_any_) {
        return fail("no fault can be met: the scenario has none, as it says faults = []. List some "
                    "kinds there, or leave `faults` out for the usual ones");
    }
    if (!any && max_faults_ == 0) {
        return fail("no fault can be met: none is allowed with --max-faults 0. Allow some: "
                    "--max-faults 3");
    }
    if (!any) return fail("no fault can be met: the scenario has no room for the kinds it lists");
    if (holes.empty()) return {};
    return fail(fmt::format("no schedule met {}. Search longer (--budget), with more --max-faults, "
                            "or in more scenarios; docs/explorer.md tells what cannot be met",
                            fmt::join(holes, ", ")));
}

std::string FaultCoverage::text() const {
    Columns columns{"    "};
    std::vector<std::string> head{"fault met while:"};
    for (std::size_t s = 0; s < situation_count; ++s) head.push_back(situation_name(s));
    columns.add(std::move(head));
    bool any = false;
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        if (!is_row(kind)) continue;
        any = true;
        std::vector<std::string> row{kind_name(kind)};
        for (std::size_t s = 0; s < situation_count; ++s) {
            row.push_back(can_meet(kind, s) ? grouped(static_cast<std::int64_t>(met_[kind][s]))
                                            : "-");
        }
        columns.add(std::move(row));
    }
    return any ? columns.text() + reasons() : "";
}

// Of what stands as "-" in the table: by situation and reason, with the kinds.
std::string FaultCoverage::reasons() const {
    std::string out;
    for (std::size_t s = 0; s < situation_count; ++s) {
        std::vector<std::pair<std::string_view, std::vector<std::string>>> kinds;
        std::size_t rows = 0;
        for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
            if (!is_row(kind)) continue;
            ++rows;
            if (can_meet(kind, s)) continue;
            auto at = std::ranges::find(kinds, never_[kind][s],
                                        [](const auto& one) { return one.first; });
            if (at == kinds.end()) at = kinds.insert(at, {never_[kind][s], {}});
            at->second.push_back(kind_name(kind));
        }
        for (const auto& [why, names] : kinds) {
            out +=
                fmt::format("    - {}{}: {}\n",
                            names.size() == rows ? "" : fmt::format("{} ", fmt::join(names, ", ")),
                            fmt::format("while {}", situation_name(s)), why);
        }
    }
    return out;
}

Json FaultCoverage::json() const {
    Json out = Json::object();
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) {
            if (can_meet(kind, s)) out[kind_name(kind)][situation_name(s)] = met_[kind][s];
        }
    }
    return out;
}

Json FaultCoverage::never_json() const {
    Json out = Json::object();
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) {
            if (!is_row(kind) || can_meet(kind, s)) continue;
            out[kind_name(kind)][situation_name(s)] = never_[kind][s];
        }
    }
    return out;
}

} // namespace keel::app
