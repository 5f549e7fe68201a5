#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "tests/incidents/corpus.hpp"

// P5 with Keel's desk: scenarios/quoter-*.toml are searched whole, the market makers of the
// incident fail in the one that has no more than they know of, and a desk with a rule switched off
// fails, too.

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
                                         "quoter-step", "quoter-resolve"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
                             return name;
                         });

struct Twin {
    const char* name;
    Rule found;
};

TEST(Quoter, TheMarketMakersOfTheIncidentFailInIt) {
    for (const Twin& twin :
         {Twin{"p5-batch-dropped", Rule::OneOrderForIntent},
          Twin{"p5-restart-blind", Rule::EndsFlat}, Twin{"p5-back-off", Rule::NoForgottenOrder}}) {
        SCOPED_TRACE(twin.name);
        const auto scenario = loaded_scenario("quoter-batch", twin.name);
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
    {"a cancel is asked once", "quoter-batch", [](Scenario& s) { sabotage(s).cancels_once = true; },
     2, Rule::CancelsAreRepeated},
};

TEST(Quoter, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 10'000); }

} // namespace
} // namespace keel::incidents
