#include <string>

#include <gtest/gtest.h>

#include "tests/incidents/corpus.hpp"

// P3 with Keel's desk: scenarios/pair-*.toml are searched whole, and a desk with a rule switched
// off fails in them.

namespace keel::incidents {
namespace {

class PairScenario : public testing::TestWithParam<const char*> {};

TEST_P(PairScenario, IsSearchedWholeWithoutAFaultAndDrawnWithThree) {
    expect_whole_and_drawn(GetParam(), 3);
}

INSTANTIATE_TEST_SUITE_P(Incidents, PairScenario,
                         testing::Values("pair-sequential", "pair-parallel", "pair-rollback",
                                         "pair-exit"),
                         [](const auto& row) {
                             std::string name = row.param;
                             name.erase(name.find('-'), 1);
                             return name;
                         });

TEST(Pair, WithARuleSwitchedOffTheSearchFindsIt) {
    const auto scenario =
        loaded_scenario("pair-sequential", "keel", [](explore::Scenario& changed) {
            changed.desk.engine.sabotage.ended_is_settled = true;
        });
    ASSERT_NE(scenario, nullptr);
    expect_found(scenario, 1, explore::Rule::TruthInsideInterval, 10'000);
}

} // namespace
} // namespace keel::incidents
