#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "tests/incidents/corpus.hpp"

// P3 with Keel's desk: scenarios/pair-*.toml are searched whole, the bot of the incident fails in
// the same ones, and a desk with a rule switched off fails, too.

namespace keel::incidents {
namespace {

class PairScenario : public testing::TestWithParam<const char*> {};

TEST_P(PairScenario, IsSearchedWholeWithoutAFaultAndDrawnWithThree) {
    expect_whole_and_drawn(GetParam(), 3);
}

INSTANTIATE_TEST_SUITE_P(Incidents, PairScenario,
                         testing::Values("pair-sequential", "pair-parallel", "pair-complete",
                                         "pair-complete-told", "pair-rollback", "pair-exit",
                                         "pair-carry", "pair-judged-late", "pair-judged-exit",
                                         "pair-budget"),
                         [](const auto& row) {
                             std::string name = row.param;
                             std::erase(name, '-');
                             return name;
                         });

struct Fails {
    const char* scenario;
    const char* twin;
    std::uint32_t faults;
    explore::Rule rule;
};

// An order that was taken is a leg that is on: where nobody is there any more, or for a part only,
// a leg stays alone, both legs at once or with the published sleep between them. Where there is
// enough an answer has to be lost: the one with the sleep then takes a leg for refused, the other
// waits for ever with a leg on. And the bot with all fixes closes what it has closed.
constexpr Fails fails[] = {
    {"pair-rollback", "p3-parallel-legs", 0, explore::Rule::EndsFlat},
    {"pair-rollback", "p3-sleep-between-legs", 0, explore::Rule::EndsFlat},
    {"pair-parallel", "p3-parallel-legs", 0, explore::Rule::EndsFlat},
    {"pair-parallel", "p3-sleep-between-legs", 0, explore::Rule::EndsFlat},
    {"pair-sequential", "p3-parallel-legs", 1, explore::Rule::NoWedge},
    {"pair-sequential", "p3-sleep-between-legs", 1, explore::Rule::EndsFlat},
    {"pair-exit", "p3-parallel-legs", 1, explore::Rule::NoWedge},
    {"pair-exit", "p3-sleep-between-legs", 1, explore::Rule::EndsFlat},
    {"pair-sequential", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-exit", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-rollback", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-parallel", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-complete", "p3-parallel-legs", 0, explore::Rule::EndsFlat},
    {"pair-complete-told", "p3-parallel-legs", 0, explore::Rule::EndsFlat},
    {"pair-complete", "p3-sleep-between-legs", 0, explore::Rule::EndsFlat},
    {"pair-complete", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-judged-late", "p3-parallel-legs", 0, explore::Rule::EndsFlat},
    {"pair-judged-late", "p3-sleep-between-legs", 0, explore::Rule::EndsFlat},
    {"pair-judged-late", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-judged-exit", "p3-parallel-legs", 1, explore::Rule::NoWedge},
    {"pair-judged-exit", "p3-sleep-between-legs", 1, explore::Rule::EndsFlat},
    {"pair-judged-exit", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-carry", "p3-parallel-legs", 1, explore::Rule::NoWedge},
    {"pair-carry", "p3-sleep-between-legs", 1, explore::Rule::EndsFlat},
    {"pair-carry", "p3-cache-5s", 0, explore::Rule::NoGhost},
    {"pair-budget", "p3-balance-when-chosen", 0, explore::Rule::MarginSpentOnce},
    {"pair-budget", "p3-fresh-balance", 0, explore::Rule::MarginSpentOnce},
    {"pair-budget", "p3-cache-5s", 0, explore::Rule::NoGhost},
};

// Each scenario of the pair, also one that is added later, has a bot that fails in it.
TEST(Pair, EveryScenarioHasABotThatFails) {
    for (const auto& entry : std::filesystem::directory_iterator{"scenarios"}) {
        const std::string name = entry.path().stem().string();
        if (!name.starts_with("pair-")) continue;
        EXPECT_TRUE(std::ranges::any_of(fails, [&](const Fails& row) {
            return name == row.scenario;
        })) << name;
    }
}

TEST(Pair, TheBotOfTheIncidentFailsInItsScenarios) {
    for (const Fails& row : fails) {
        SCOPED_TRACE(std::string{row.twin} + " in " + row.scenario);
        const auto scenario = loaded_scenario(row.scenario, row.twin);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, row.faults, row.rule, 40'000);
    }
}

// It opens what the scenario's pair says, once that is worth it, and not before.
TEST(Pair, TheBotOfTheIncidentTradesWhatThePairSays) {
    for (const std::int64_t entry : {20, 60}) { // they stand fifty basis points apart at first
        const auto scenario =
            loaded_scenario("pair-exit", "p3-sleep-between-legs", [&](explore::Scenario& changed) {
                changed.desk.pair.front().entry = Bps{entry * bps_one};
            });
        ASSERT_NE(scenario, nullptr);
        Lots first; // that it ever held, on some of twenty ways
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            explore::World world{scenario};
            Rng rng{seed};
            std::vector<explore::Choice> choices;
            for (int step = 0; step < 50 && first == Lots{0}; ++step) {
                choices.clear();
                world.enabled(0, choices);
                if (choices.empty()) break;
                const auto last = static_cast<std::int64_t>(choices.size()) - 1;
                world.apply(choices[static_cast<std::size_t>(rng.between(0, last))]);
                first = world.held(InstrumentIx{0});
            }
        }
        EXPECT_EQ(first, Lots{entry == 20 ? 2 : 0});
    }
}

const Broken broken[] = {
    {"an order that has ended is settled at once", "pair-sequential",
     [](explore::Scenario& s) { sabotage(s).ended_is_settled = true; }, 1,
     explore::Rule::TruthInsideInterval},
};

TEST(Pair, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 10'000); }

} // namespace
} // namespace keel::incidents
