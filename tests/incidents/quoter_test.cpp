#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "tests/incidents/corpus.hpp"

// P5 with Keel's desk: scenarios/quoter-*.toml are searched whole, a market maker of the incident
// fails in each of them, and a desk with a rule switched off fails, too.

namespace keel::incidents {
namespace {

using explore::Rule;
using explore::Scenario;

class QuoterScenario : public testing::TestWithParam<const char*> {};

TEST_P(QuoterScenario, IsSearchedWholeWithoutAFaultAndDrawnWithTwo) {
    expect_whole_and_drawn(GetParam(), 2);
}

INSTANTIATE_TEST_SUITE_P(Incidents, QuoterScenario,
                         testing::Values("quoter-batch", "quoter-settle", "quoter-sets",
                                         "quoter-step", "quoter-resolve", "quoter-ladder",
                                         "quoter-complete", "quoter-cut-off", "quoter-halt",
                                         "quoter-heartbeat", "quoter-return", "quoter-amend"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
                             return name;
                         });

struct Twin {
    const char* scenario;
    const char* name;
    Rule found;
};

// Each scenario has one that fails there, and where it has several faults to fail by, several.
const Twin twins[] = {
    {"quoter-batch", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-batch", "p5-restart-blind", Rule::EndsFlat},
    {"quoter-batch", "p5-back-off", Rule::NoForgottenOrder},
    {"quoter-settle", "p5-fill-again", Rule::BookedWasFilled},
    {"quoter-sets", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-step", "p5-tick-inferred", Rule::NoForgottenOrder},
    {"quoter-resolve", "p5-restart-blind", Rule::EndsFlat},
    {"quoter-ladder", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-complete", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-cut-off", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-halt", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-heartbeat", "p5-batch-dropped", Rule::OneOrderForIntent},
    {"quoter-return", "p5-fill-again", Rule::BookedWasFilled},
    {"quoter-amend", "p5-batch-dropped", Rule::OneOrderForIntent},
};

TEST(Quoter, EveryScenarioHasABotThatFails) {
    for (const auto& entry : std::filesystem::directory_iterator{"scenarios"}) {
        const std::string name = entry.path().stem().string();
        if (!name.starts_with("quoter-")) continue;
        EXPECT_TRUE(std::ranges::any_of(twins, [&](const Twin& row) {
            return name == row.scenario;
        })) << name;
    }
}

TEST(Quoter, TheMarketMakersOfTheIncidentFailInEachScenario) {
    for (const Twin& twin : twins) {
        SCOPED_TRACE(std::string{twin.scenario} + ", " + twin.name);
        const auto scenario = loaded_scenario(twin.scenario, twin.name);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, 1, twin.found, 20'000);
    }
}

// --- that it can fail ---

const Broken broken[] = {
    {"matched is final", "quoter-settle",
     [](Scenario& s) { sabotage(s).failure_is_ignored = true; }, 1, Rule::NoFalseAlarm},
    {"what failed is gone", "quoter-return", [](Scenario& s) { sabotage(s).failed_is_gone = true; },
     1, Rule::ClosedStaysClosed},
    {"an order that has ended is settled at once", "quoter-batch",
     [](Scenario& s) { sabotage(s).ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"an end goes by our id, whose leg it may be", "quoter-amend",
     [](Scenario& s) { sabotage(s).end_ends_order = true; }, 1, Rule::OneOrderForIntent},
    {"a cancel is asked once", "quoter-batch", [](Scenario& s) { sabotage(s).cancels_once = true; },
     2, Rule::CancelsAreRepeated},
};

TEST(Quoter, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 10'000); }

} // namespace
} // namespace keel::incidents
