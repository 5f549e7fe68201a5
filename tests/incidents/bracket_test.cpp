#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/search.hpp"
#include "explore/world.hpp"
#include "tests/incidents/corpus.hpp"

// P2 with Keel's desk: scenarios/bracket-*.toml are searched whole, the bot of the incident fails
// in the same ones, and a desk with a rule switched off fails, too.

namespace keel::incidents {
namespace {

using explore::Bounds;
using explore::Rule;
using explore::Scenario;
using explore::SearchResult;
using explore::World;

std::shared_ptr<const Scenario>
bracket_scenario(const std::string& name, const std::string& subject = "keel",
                 const std::function<void(Scenario&)>& change = {}) {
    auto loaded = app::load_scenario_file("scenarios/" + name + ".toml", subject);
    if (!loaded) {
        for (const std::string& error : loaded.error()) ADD_FAILURE() << error;
        return nullptr;
    }
    if (change) change(loaded->scenario);
    return std::make_shared<const Scenario>(std::move(loaded->scenario));
}

SearchResult drawn(const std::shared_ptr<const Scenario>& scenario, std::uint32_t faults,
                   std::uint64_t schedules, std::uint64_t seed = 1) {
    Bounds bounds;
    bounds.max_faults = faults;
    return explore::random(World{scenario}, bounds, seed, schedules);
}

// Some of so many schedules break it; drawn until they do.
void expect_found(const std::shared_ptr<const Scenario>& scenario, std::uint32_t faults, Rule rule,
                  std::uint64_t schedules) {
    constexpr std::uint64_t each = 250;
    std::string others;
    for (std::uint64_t seed = 1; seed <= schedules / each; ++seed) {
        const SearchResult result = drawn(scenario, faults, each, seed);
        const bool is_found = std::ranges::find(result.findings, rule, &explore::Finding::rule) !=
                              result.findings.end();
        if (is_found) return;
        others = broken_words(result);
    }
    ADD_FAILURE() << "nobody notices; found is only: " << others;
}

class BracketScenario : public testing::TestWithParam<const char*> {};

TEST_P(BracketScenario, IsSearchedWholeWithoutAFaultAndDrawnWithThree) {
    const auto scenario = bracket_scenario(GetParam());
    ASSERT_NE(scenario, nullptr);
    const SearchResult whole = explore::exhaustive(World{scenario}, {});
    EXPECT_TRUE(whole.is_complete);
    EXPECT_TRUE(whole.findings.empty()) << broken_words(whole);
    EXPECT_GT(whole.tally.terminals, 0U);
    const SearchResult some = drawn(scenario, 3, 200);
    EXPECT_TRUE(some.findings.empty()) << broken_words(some);
    EXPECT_EQ(some.tally.terminals, 200U) << "each comes to an end";
}

// With as many faults as it takes: the fix needs one more than the bug.
TEST_P(BracketScenario, TheBotOfTheIncidentMakesItsGhostInIt) {
    for (const auto& [twin, faults] :
         {std::pair{"p2-proactive-sync", 1U}, std::pair{"p2-cooldown", 2U}}) {
        SCOPED_TRACE(twin);
        const auto scenario = bracket_scenario(GetParam(), twin);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, faults, Rule::NoGhost, 40'000);
    }
}

INSTANTIATE_TEST_SUITE_P(Incidents, BracketScenario,
                         testing::Values("bracket-close", "bracket-outside", "bracket-stop",
                                         "bracket-trail"),
                         [](const auto& row) {
                             std::string name = row.param;
                             name.erase(name.find('-'), 1);
                             return name;
                         });

// --- that it can fail ---

struct Broken {
    const char* what;
    const char* scenario;
    std::function<void(Scenario&)> how;
    std::uint32_t faults;
    Rule found;
};

core::Sabotage& sabotage(Scenario& scenario) { return scenario.desk.engine.sabotage; }

const Broken broken[] = {
    {"a snapshot overwrites what is known", "bracket-close",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"an order that has ended is settled at once", "bracket-stop",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"a fill told twice counts twice", "bracket-close",
     [](Scenario& s) { sabotage(s).fills_not_deduplicated = true; }, 1, Rule::NoFalseAlarm},
    {"a cancel that went unanswered is not repeated", "bracket-close",
     [](Scenario& s) { sabotage(s).cancels_once = true; }, 0, Rule::CancelsAreRepeated},
    {"no time at all to protect", "bracket-close",
     [](Scenario& s) { s.desk.bracket.front().protected_within = Duration{0}; }, 1,
     Rule::ProtectedInTime},
};

TEST(Bracket, WithARuleSwitchedOffTheSearchFindsIt) {
    for (const Broken& row : broken) {
        SCOPED_TRACE(row.what);
        const auto scenario = bracket_scenario(row.scenario, "keel", row.how);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, row.faults, row.found, 40'000);
    }
}

} // namespace
} // namespace keel::incidents
