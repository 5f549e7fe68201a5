#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/search.hpp"
#include "explore/world.hpp"
#include "tests/incidents/corpus.hpp"

// P4 with Keel's desk: scenarios/guardian-*.toml are searched whole, the monitors of the incident
// fail in the same ones, and a desk with a rule switched off fails, too.

namespace keel::incidents {
namespace {

using explore::Bounds;
using explore::Rule;
using explore::Scenario;
using explore::SearchResult;
using explore::World;

std::shared_ptr<const Scenario>
guardian_scenario(const std::string& name, const std::string& subject = "keel",
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
                   std::uint64_t schedules) {
    Bounds bounds;
    bounds.max_faults = faults;
    return explore::random(World{scenario}, bounds, 1, schedules);
}

auto finds(Rule rule) { return testing::Contains(testing::Field(&explore::Finding::rule, rule)); }

class GuardianScenario : public testing::TestWithParam<const char*> {};

TEST_P(GuardianScenario, IsSearchedWholeWithoutAFaultAndDrawnWithTwo) {
    const auto scenario = guardian_scenario(GetParam());
    ASSERT_NE(scenario, nullptr);
    const SearchResult whole = explore::exhaustive(World{scenario}, {});
    EXPECT_TRUE(whole.is_complete);
    EXPECT_TRUE(whole.findings.empty()) << broken_words(whole);
    EXPECT_GT(whole.tally.terminals, 0U);
    const SearchResult some = drawn(scenario, 2, 200);
    EXPECT_TRUE(some.findings.empty()) << broken_words(some);
    EXPECT_EQ(some.tally.terminals, 200U) << "each comes to an end";
}

TEST_P(GuardianScenario, TheMonitorsOfTheIncidentCloseTwiceInIt) {
    const auto scenario = guardian_scenario(GetParam(), "p4-no-lock");
    ASSERT_NE(scenario, nullptr);
    const SearchResult result = drawn(scenario, 1, 20'000);
    EXPECT_THAT(result.findings, finds(Rule::CloseNeverOpens)) << broken_words(result);
}

INSTANTIATE_TEST_SUITE_P(Incidents, GuardianScenario,
                         testing::Values("guardian-requests", "guardian-reopen",
                                         "guardian-two-positions"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
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
    {"a snapshot overwrites what is known", "guardian-requests",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"an order that has ended is settled at once", "guardian-requests",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"no time at all to close", "guardian-requests",
     [](Scenario& s) { s.desk.guardian.front().closed_within = Duration{0}; }, 1,
     Rule::ReducesInTime},
};

TEST(Guardian, WithARuleSwitchedOffTheSearchFindsIt) {
    for (const Broken& row : broken) {
        SCOPED_TRACE(row.what);
        const auto scenario = guardian_scenario(row.scenario, "keel", row.how);
        ASSERT_NE(scenario, nullptr);
        const SearchResult result = drawn(scenario, row.faults, 10'000);
        EXPECT_THAT(result.findings, finds(row.found)) << broken_words(result);
    }
}

} // namespace
} // namespace keel::incidents
