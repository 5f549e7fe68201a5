#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "tests/incidents/corpus.hpp"

// P2 with Keel's desk: scenarios/bracket-*.toml are searched whole, the bot of the incident fails
// in the same ones, and a desk with a rule switched off fails, too.

namespace keel::incidents {
namespace {

using explore::Rule;
using explore::Scenario;

class BracketScenario : public testing::TestWithParam<const char*> {};

TEST_P(BracketScenario, IsSearchedWholeWithoutAFaultAndDrawnWithThree) {
    expect_whole_and_drawn(GetParam(), 3);
}

// With as many faults as it takes: the fix needs one more than the bug.
TEST_P(BracketScenario, TheBotOfTheIncidentMakesItsGhostInIt) {
    for (const auto& [twin, faults] :
         {std::pair{"p2-proactive-sync", 1U}, std::pair{"p2-cooldown", 2U}}) {
        SCOPED_TRACE(twin);
        const auto scenario = loaded_scenario(GetParam(), twin);
        ASSERT_NE(scenario, nullptr);
        expect_found(scenario, faults, Rule::NoGhost, 40'000);
    }
}

std::string named(const testing::TestParamInfo<const char*>& row) {
    std::string name = row.param;
    std::erase(name, '-');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Incidents, BracketScenario,
                         testing::Values("bracket-close", "bracket-liquidation",
                                         "bracket-not-clipped", "bracket-outside",
                                         "bracket-outside-requests", "bracket-partial",
                                         "bracket-reopen", "bracket-stop", "bracket-trail",
                                         "bracket-trailing"),
                         named);

// No bot of the incident knows a venue with a long and a short position.
class BracketAlone : public testing::TestWithParam<const char*> {};

TEST_P(BracketAlone, IsSearchedWholeWithoutAFaultAndDrawnWithThree) {
    expect_whole_and_drawn(GetParam(), 3);
}

INSTANTIATE_TEST_SUITE_P(Incidents, BracketAlone,
                         testing::Values("bracket-hedge-mode", "bracket-hedge-mode-requests",
                                         "bracket-hedge-mode-overtaken"),
                         named);

// It names no side in its orders, which the venue refuses: so it never holds anything there.
TEST_P(BracketAlone, TheBotOfTheIncidentCannotPlayIt) {
    for (const char* twin : {"p2-proactive-sync", "p2-cooldown"}) {
        SCOPED_TRACE(twin);
        const auto scenario = loaded_scenario(GetParam(), twin);
        ASSERT_NE(scenario, nullptr);
        explore::World world{scenario};
        const InstrumentIx instrument = scenario->opening.front().market.instrument;
        std::vector<explore::Choice> choices;
        int arrived = 0; // at the venue
        for (int step = 0; step < 500 && !world.is_terminal(); ++step) {
            choices.clear();
            world.enabled(0, choices);
            if (choices.empty()) break;
            world.apply(choices.front());
            ASSERT_EQ(world.held(instrument, PositionSide::Long), Lots{0});
            ASSERT_EQ(world.held(instrument, PositionSide::Short), Lots{0});
            const bool is_request = choices.front().kind == explore::Choice::Kind::Deliver &&
                                    choices.front().place == sim::Channels::socket_in;
            arrived += is_request ? 1 : 0;
        }
        EXPECT_GT(arrived, 0) << "it tried";
    }
}

// --- that it can fail ---

const Broken broken[] = {
    {"a snapshot overwrites what is known", "bracket-close",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"a snapshot overwrites one of two positions", "bracket-hedge-mode",
     [](Scenario& s) { sabotage(s).adopt_at_once = true; }, 1, Rule::TruthInsideInterval},
    {"a fill told twice counts twice on its side", "bracket-hedge-mode",
     [](Scenario& s) { sabotage(s).fills_not_deduplicated = true; }, 1, Rule::NoFalseAlarm},
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

TEST(Bracket, WithARuleSwitchedOffTheSearchFindsIt) { expect_each_found(broken, 40'000); }

} // namespace
} // namespace keel::incidents
