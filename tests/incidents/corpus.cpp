#include "tests/incidents/corpus.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/world.hpp"

namespace keel::incidents {
namespace {

const std::string folder = "scenarios/incidents/";

std::vector<std::string> names_with(const std::string& ending) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        if (entry.path().extension() == ending) out.push_back(entry.path().stem().string());
    }
    std::ranges::sort(out);
    return out;
}

std::string content_of(const std::string& path) {
    std::ifstream file{path};
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

std::vector<std::string> scenario_names() { return names_with(".toml"); }
std::vector<std::string> script_names() { return names_with(".trace"); }

std::string scenario_text(const std::string& name) { return content_of(folder + name + ".toml"); }

std::shared_ptr<const explore::Scenario> scenario_named(const std::string& name) {
    auto loaded = app::load_scenario_file(folder + name + ".toml", "keel");
    if (!loaded) {
        for (const std::string& error : loaded.error()) ADD_FAILURE() << error;
        return nullptr;
    }
    return std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
}

explore::Trace script_named(const std::string& name) {
    auto trace = explore::parse_trace(content_of(folder + name + ".trace"));
    if (!trace) {
        ADD_FAILURE() << name << ": " << trace.error().text();
        return {};
    }
    return *trace;
}

std::vector<std::string> page_row(const std::string& name) {
    std::istringstream page{content_of("docs/incidents/corpus.md")};
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| SC-") || line.find('`' + name + "` |") == std::string::npos) {
            continue;
        }
        std::erase(line, '`');
        std::vector<std::string> out;
        std::istringstream cells{line.substr(1)};
        for (std::string cell; std::getline(cells, cell, '|');) {
            out.push_back(cell.substr(1, cell.size() - 2));
        }
        return out;
    }
    return {};
}

std::string broken_words(const explore::SearchResult& result) {
    std::string out;
    for (const explore::Finding& one : result.findings) {
        out += std::string{explore::info(one.rule).name} + '\n';
    }
    return out;
}

std::shared_ptr<const explore::Scenario>
loaded_scenario(const std::string& name, const std::string& subject,
                const std::function<void(explore::Scenario&)>& change) {
    auto loaded = app::load_scenario_file("scenarios/" + name + ".toml", subject);
    if (!loaded) {
        for (const std::string& error : loaded.error()) ADD_FAILURE() << error;
        return nullptr;
    }
    if (change) change(loaded->scenario);
    return std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
}

explore::SearchResult drawn(const std::shared_ptr<const explore::Scenario>& scenario,
                            std::uint32_t faults, std::uint64_t schedules, std::uint64_t seed) {
    explore::Bounds bounds;
    bounds.max_faults = faults;
    return explore::random(explore::World{scenario}, bounds, seed, schedules);
}

void expect_found(const std::shared_ptr<const explore::Scenario>& scenario, std::uint32_t faults,
                  explore::Rule rule, std::uint64_t schedules) {
    constexpr std::uint64_t each = 250;
    std::string others;
    for (std::uint64_t seed = 1; seed <= schedules / each; ++seed) {
        const explore::SearchResult result = drawn(scenario, faults, each, seed);
        const bool is_found = std::ranges::find(result.findings, rule, &explore::Finding::rule) !=
                              result.findings.end();
        if (is_found) return;
        others = broken_words(result);
    }
    ADD_FAILURE() << "nobody notices; found is only: " << others;
}

core::Sabotage& sabotage(explore::Scenario& scenario) { return scenario.desk.engine.sabotage; }

void expect_each_found(std::span<const Broken> rows, std::uint64_t schedules) {
    for (const Broken& row : rows) {
        SCOPED_TRACE(row.what);
        const auto scenario = loaded_scenario(row.scenario, "keel", row.how);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, row.faults, row.found, schedules);
    }
}

void expect_whole_and_drawn(const std::string& name, std::uint32_t faults) {
    const auto scenario = loaded_scenario(name);
    ASSERT_NE(scenario, nullptr);
    const explore::SearchResult whole = explore::exhaustive(explore::World{scenario}, {});
    EXPECT_TRUE(whole.is_complete);
    EXPECT_TRUE(whole.findings.empty()) << broken_words(whole);
    EXPECT_GT(whole.tally.terminals, 0U);
    const explore::SearchResult some = drawn(scenario, faults, 200);
    EXPECT_TRUE(some.findings.empty()) << broken_words(some);
    EXPECT_EQ(some.tally.terminals, 200U) << "each comes to an end";
}

} // namespace keel::incidents
