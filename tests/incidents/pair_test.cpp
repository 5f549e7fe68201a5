#include <functional>
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
using explore::Rule;
using explore::Scenario;
using explore::SearchResult;
using explore::World;

std::shared_ptr<const Scenario> pair_scenario(const std::string& name,
                                              const std::function<void(Scenario&)>& change = {}) {
    auto loaded = app::load_scenario_file("scenarios/" + name + ".toml", "keel");
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

// --- that it can fail ---

struct Broken {
    const char* what;
    const char* scenario;
    std::function<void(core::Sabotage&)> how;
    std::uint32_t faults;
    Rule found;
};

const Broken broken[] = {
    {"what is under way at the second venue is owed still", "pair-parallel",
     [](core::Sabotage& s) {
         s.hedge_counts_pending_as_open = true;
         s.guards_off = 1ULL << static_cast<unsigned>(core::Guard::MoreThanOwed);
     },
     0, Rule::HedgedOnce},
    {"an order that has ended is settled at once", "pair-rollback",
     [](core::Sabotage& s) { s.ended_is_settled = true; }, 1, Rule::TruthInsideInterval},
    {"a fill told twice counts twice", "pair-exit",
     [](core::Sabotage& s) { s.fills_not_deduplicated = true; }, 1, Rule::NoFalseAlarm},
    {"an order whose answer is lost is sent again", "pair-sequential",
     [](core::Sabotage& s) { s.resend_unknown = true; }, 1, Rule::HedgedOnce},
};

TEST(Pair, WithARuleSwitchedOffTheSearchFindsIt) {
    for (const Broken& row : broken) {
        SCOPED_TRACE(row.what);
        const auto scenario =
            pair_scenario(row.scenario, [&](Scenario& s) { row.how(s.desk.engine.sabotage); });
        ASSERT_NE(scenario, nullptr);
        const SearchResult result = drawn(scenario, row.faults, 10'000);
        EXPECT_THAT(result.findings,
                    testing::Contains(testing::Field(&explore::Finding::rule, row.found)))
            << broken_words(result);
    }
}

} // namespace
} // namespace keel::incidents
