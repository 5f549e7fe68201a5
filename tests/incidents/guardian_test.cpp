#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "tests/incidents/corpus.hpp"

// P4 with Keel's desk: scenarios/guardian-*.toml are searched whole, the monitors of the incident
// fail in the same ones, and a desk with a rule switched off fails, too.

namespace keel::incidents {
namespace {

using explore::Rule;
using explore::Scenario;

class GuardianScenario : public testing::TestWithParam<const char*> {};

TEST_P(GuardianScenario, IsSearchedWholeWithoutAFaultAndDrawnWithTwo) {
    expect_whole_and_drawn(GetParam(), 2);
}

TEST_P(GuardianScenario, TheMonitorsOfTheIncidentCloseTwiceInIt) {
    const auto scenario = loaded_scenario(GetParam(), "p4-no-lock");
    ASSERT_NE(scenario, nullptr);
    expect_found(scenario, 1, Rule::CloseNeverOpens, 20'000);
}

INSTANTIATE_TEST_SUITE_P(Incidents, GuardianScenario,
                         testing::Values("guardian-requests", "guardian-reopen", "guardian-hands",
                                         "guardian-two-positions"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
                             return name;
                         });

// --- that it can fail ---

const Broken broken[] = {
    {"a snapshot overwrites what is known", "guardian-requests",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"an order that has ended is settled at once", "guardian-requests",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"no time at all to close", "guardian-requests",
     [](Scenario& s) { s.desk.guardian.front().closed_within = Duration{0}; }, 1,
     Rule::ReducesInTime},
};

TEST(Guardian, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 10'000); }

} // namespace
} // namespace keel::incidents
