#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/search.hpp"
#include "explore/world.hpp"
#include "tests/incidents/corpus.hpp"

// P3 with Keel's desk: scenarios/pair-*.toml are searched whole, and a desk with a rule switched
// off fails in them.

namespace keel::incidents {
namespace {

using explore::Bounds;
using explore::Scenario;
using explore::SearchResult;
using explore::World;

std::shared_ptr<const Scenario> pair_scenario(const std::string& name) {
    auto loaded = app::load_scenario_file("scenarios/" + name + ".toml", "keel");
    if (!loaded) {
        for (const std::string& error : loaded.error()) ADD_FAILURE() << error;
        return nullptr;
    }
    return std::make_shared<const Scenario>(std::move(loaded->scenario));
}

SearchResult drawn(const std::shared_ptr<const Scenario>& scenario, std::uint32_t faults,
                   std::uint64_t schedules) {
    Bounds bounds;
    bounds.max_faults = faults;
    return explore::random(World{scenario}, bounds, 1, schedules);
}

class PairScenario : public testing::TestWithParam<const char*> {};

TEST_P(PairScenario, IsSearchedWholeWithoutAFaultAndDrawnWithThree) {
    const auto scenario = pair_scenario(GetParam());
    ASSERT_NE(scenario, nullptr);
    const SearchResult whole = explore::exhaustive(World{scenario}, {});
    EXPECT_TRUE(whole.is_complete);
    EXPECT_TRUE(whole.findings.empty()) << broken_words(whole);
    EXPECT_GT(whole.tally.terminals, 0U);
    const SearchResult some = drawn(scenario, 3, 200);
    EXPECT_TRUE(some.findings.empty()) << broken_words(some);
    EXPECT_EQ(some.tally.terminals, 200U) << "each comes to an end";
}

INSTANTIATE_TEST_SUITE_P(Incidents, PairScenario,
                         testing::Values("pair-sequential", "pair-parallel", "pair-rollback",
                                         "pair-exit"),
                         [](const auto& row) {
                             std::string name = row.param;
                             name.erase(name.find('-'), 1);
                             return name;
                         });

} // namespace
} // namespace keel::incidents
