#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "explore/scenario.hpp"
#include "explore/search.hpp"
#include "explore/trace.hpp"

// The incident corpus (docs/incidents/corpus.md): scenarios/incidents/*.toml, and beside them the
// scripts of their incidents as traces.

namespace keel::incidents {

// Names without folder and ending, sorted.
[[nodiscard]] std::vector<std::string> scenario_names();
[[nodiscard]] std::vector<std::string> script_names();

[[nodiscard]] std::string scenario_text(const std::string& name);
// With Keel's desk in it. These two fail the test if there is none.
[[nodiscard]] std::shared_ptr<const explore::Scenario> scenario_named(const std::string& name);
[[nodiscard]] explore::Trace script_named(const std::string& name);

// The row of a scenario in docs/incidents/corpus.md, without marks; empty: there is none.
[[nodiscard]] std::vector<std::string> page_row(const std::string& name);

// What a search broke, a line each.
[[nodiscard]] std::string broken_words(const explore::SearchResult& result);

// scenarios/<name>.toml with that subject's desk in it, changed; fails the test if there is none.
[[nodiscard]] std::shared_ptr<const explore::Scenario>
loaded_scenario(const std::string& name, const std::string& subject = "keel",
                const std::function<void(explore::Scenario&)>& change = {});

[[nodiscard]] explore::SearchResult drawn(const std::shared_ptr<const explore::Scenario>& scenario,
                                          std::uint32_t faults, std::uint64_t schedules,
                                          std::uint64_t seed = 1);

// Some of so many schedules break that rule; they are drawn until they do.
void expect_found(const std::shared_ptr<const explore::Scenario>& scenario, std::uint32_t faults,
                  explore::Rule rule, std::uint64_t schedules);

// Keel's desk in a scenario with a rule switched off, and what random schedules with so many faults
// break then.
struct Broken {
    const char* what;
    const char* scenario;
    std::function<void(explore::Scenario&)> how;
    std::uint32_t faults;
    explore::Rule found;
};
[[nodiscard]] core::Sabotage& sabotage(explore::Scenario& scenario);
// Each of them is found in so many schedules.
void expect_each_found(std::span<const Broken> rows, std::uint64_t schedules);

// Nothing breaks: whole without a fault, and in 200 schedules with so many of them.
void expect_whole_and_drawn(const std::string& name, std::uint32_t faults);

} // namespace keel::incidents
