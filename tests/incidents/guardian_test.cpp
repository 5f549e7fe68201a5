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

INSTANTIATE_TEST_SUITE_P(Incidents, GuardianScenario,
                         testing::Values("guardian-requests", "guardian-reopen", "guardian-hands",
                                         "guardian-two-positions", "guardian-rules",
                                         "guardian-sides"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
                             return name;
                         });

// A monitor of the incident, and what its own decision breaks.
struct Monitor {
    const char* name;
    Rule breaks;
};
constexpr Monitor monitors[] = {
    {"p4-no-lock", Rule::CloseNeverOpens},
    {"p4-reduce-only", Rule::EndsFlat},
    {"p4-closing-flag", Rule::CloseNeverOpens},
    {"p4-closing-excludes", Rule::NoWedge},
    {"p4-lock-file", Rule::OneSender},
    {"p4-lock-atomic", Rule::OneSender},
    {"p4-already-closed-is-error", Rule::NoFalseAlarm},
    {"p4-already-closed-is-success", Rule::EndsFlat},
    {"p4-discovers-twice", Rule::BookedWasFilled},
    {"p4-reuses-row", Rule::EndsFlat},
};

// (They know one position of an instrument: guardian-sides has two, and is none of theirs.)
class MonitorsInGuardianScenario : public testing::TestWithParam<const char*> {};

TEST_P(MonitorsInGuardianScenario, EachBreaksItsOwnRule) {
    for (const Monitor& monitor : monitors) {
        SCOPED_TRACE(monitor.name);
        const auto scenario = loaded_scenario(GetParam(), monitor.name);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, 1, monitor.breaks, 20'000);
    }
}

INSTANTIATE_TEST_SUITE_P(Incidents, MonitorsInGuardianScenario,
                         testing::Values("guardian-requests", "guardian-reopen", "guardian-hands",
                                         "guardian-two-positions", "guardian-rules"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
                             return name;
                         });

TEST(MonitorsInGuardianScenario, ACloseThatFailsHoldsTheNextPositionBack) {
    const auto scenario = loaded_scenario("guardian-two-positions", "p4-stops-at-error");
    ASSERT_NE(scenario, nullptr);
    expect_found(scenario, 1, Rule::ReducesInTime, 20'000);
}

// --- that it can fail ---

const Broken broken[] = {
    {"a snapshot overwrites what is known", "guardian-requests",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"an order that has ended is settled at once", "guardian-requests",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"no time at all to close", "guardian-requests",
     [](Scenario& s) { s.desk.guardian.front().closed_within = Duration{0}; }, 1,
     Rule::ReducesInTime},
    {"a snapshot overwrites what is known", "guardian-rules",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"a snapshot overwrites what is known", "guardian-sides",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"an order that has ended is settled at once", "guardian-sides",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"no time at all to close", "guardian-sides",
     [](Scenario& s) { s.desk.guardian.front().closed_within = Duration{0}; }, 1,
     Rule::ReducesInTime},
};

TEST(Guardian, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 10'000); }

} // namespace
} // namespace keel::incidents
