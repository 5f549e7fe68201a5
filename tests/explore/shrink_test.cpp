#include "explore/shrink.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/stuck.hpp"
#include "explore/trace.hpp"
#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::string error_of(const auto& result) {
    return result ? std::string{"no error"} : result.error().text();
}

// A desk with one of its rules switched off, and a rule of ours that this breaks.
struct Flaw {
    std::string name;
    Small small;
    Rule rule = Rule::None;
    std::size_t steps_max = 0; // that its shrunk way has
};

// (It takes no stale read to notice any of them.)
Small small(int qty, bool core::Sabotage::* flaw, FaultSet faults = all_faults) {
    Small out{.qty = qty};
    out.faults = faults & ~bit(sim::FaultKind::StaleRead);
    out.sabotage.*flaw = true;
    return out;
}

std::vector<Flaw> flaws() {
    return {
        {"a replay counts again", small(1, &core::Sabotage::fills_not_deduplicated),
         Rule::NoFalseAlarm, 9},
        {"a cancel ends its order", small(2, &core::Sabotage::cancel_ends_order),
         Rule::TruthInsideInterval, 9},
        {"a hedge at the worst end", small(1, &core::Sabotage::hedge_counts_pending_as_open),
         Rule::HedgedOnce, 8},
        {"not found is the end",
         small(1, &core::Sabotage::not_found_is_death,
               bit(sim::FaultKind::Overtaken) | bit(sim::FaultKind::Drop)),
         Rule::ExposureWithinLimit, 8},
        {"what has ended is settled", small(2, &core::Sabotage::ended_is_settled),
         Rule::TruthInsideInterval, 6},
    };
}

// The first walk that breaks the rule.
std::vector<Choice> failing_walk(const std::shared_ptr<const Scenario>& scenario, Rule rule) {
    World world{scenario};
    const World::Mark beginning = world.mark();
    for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
        Rng rng{seed};
        world.back_to(beginning);
        std::vector<Choice> made = walk(world, rng, 3, 300);
        if (world.broken_rule() == rule) return made;
    }
    ADD_FAILURE() << "no walk breaks " << info(rule).name;
    return {};
}

void expect_no_step_too_many(const std::shared_ptr<const Scenario>& scenario,
                             const Shrunk& shrunk) {
    World world{scenario};
    const World::Mark beginning = world.mark();
    for (std::size_t n = 0; n < shrunk.steps.size(); ++n) {
        std::vector<Choice> rest = shrunk.steps;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(n));
        world.back_to(beginning);
        EXPECT_NE(play(world, rest).broken, shrunk.rule) << "without step " << n + 1;
    }
}

// As a trace, written and read, it ends in the rule that it was shrunk for.
std::vector<std::string> replayed(const std::shared_ptr<const Scenario>& scenario,
                                  const Shrunk& shrunk) {
    World world{scenario};
    const World::Mark beginning = world.mark();
    const Result<Trace> trace = trace_of(world, shrunk.steps);
    if (!trace) {
        ADD_FAILURE() << error_of(trace);
        return {};
    }
    EXPECT_EQ(trace->verdict, shrunk.rule);
    const Result<Trace> read = parse_trace(to_text(*trace));
    EXPECT_TRUE(read) << error_of(read);
    world.back_to(beginning);
    const auto made = replay(world, read.value_or(Trace{}));
    EXPECT_TRUE(made) << error_of(made);
    return trace->steps;
}

TEST(Shrink, LeavesNoStepThatCanBeLeftOut) {
    for (const Flaw& flaw : flaws()) {
        SCOPED_TRACE(flaw.name);
        const auto scenario = small_scenario(flaw.small);
        const std::vector<Choice> failing = failing_walk(scenario, flaw.rule);
        for (const std::size_t states_max : {0U, 50'000U}) {
            const auto shrunk = shrink(scenario, failing, {.states_max = states_max});
            ASSERT_TRUE(shrunk) << error_of(shrunk);
            EXPECT_EQ(shrunk->rule, flaw.rule);
            EXPECT_EQ(shrunk->steps_before, failing.size());
            EXPECT_LE(shrunk->steps.size(), failing.size());
            EXPECT_LE(shrunk->faults.size(), shrunk->faults_before);
            if (states_max > 0) {
                EXPECT_EQ(shrunk->steps.size(), flaw.steps_max) << to_text(*shrunk);
            }
            expect_no_step_too_many(scenario, *shrunk);
            EXPECT_FALSE(replayed(scenario, *shrunk).empty());
        }
    }
}

TEST(Shrink, TakesTheShortestWayThereIs) {
    const Flaw flaw = flaws()[1];
    const auto scenario = small_scenario(flaw.small);
    const std::vector<Choice> failing = failing_walk(scenario, flaw.rule);
    const auto by_leaving_out = shrink(scenario, failing, {.states_max = 0});
    const auto shrunk = shrink(scenario, failing);
    ASSERT_TRUE(by_leaving_out && shrunk);
    EXPECT_FALSE(by_leaving_out->is_by_search);
    EXPECT_TRUE(shrunk->is_by_search);
    EXPECT_LT(shrunk->steps.size(), by_leaving_out->steps.size());
    // Hedged in part, and the desk ends its quote with a cancel while a second fill is on its way.
    EXPECT_THAT(replayed(scenario, *shrunk),
                ElementsAre("maker socket-in: new order 7-1-1", "maker orders: new 7-1-1", "prints",
                            "maker orders: status 7-1-1", "hedge socket-in: new order 7-1-2",
                            "hedge fills: trade 7-1-2", "maker socket-in: cancel 7-1-1",
                            "maker rest-in: cancel 7-1-1", "maker orders: canceled 7-1-1"));
}

TEST(Shrink, SaysWhichFaultsItTakes) {
    const Flaw flaw = flaws()[3];
    const auto scenario = small_scenario(flaw.small);
    const auto shrunk = shrink(scenario, failing_walk(scenario, flaw.rule));
    ASSERT_TRUE(shrunk);
    EXPECT_THAT(replayed(scenario, *shrunk),
                ElementsAre("maker socket-in: new order 7-1-1, held", "wake",
                            "maker rest-in: status of 7-1-1", "maker held: new order 7-1-1",
                            "prints", "maker rest-out: answer to status of 7-1-1: accepted",
                            "maker socket-in: new order 7-1-2", "prints"));
    ASSERT_EQ(shrunk->faults.size(), 1U);
    EXPECT_EQ(shrunk->faults[0].step, 0U);
    EXPECT_EQ(shrunk->faults[0].without, Rule::None);
    EXPECT_EQ(to_text(*shrunk),
              fmt::format("exposure_within_limit: a group's true net is beyond its limit\n"
                          "steps: {} before, 8 after (a search of {} states shows that there is "
                          "no shorter way with so many faults)\n"
                          "faults: {} before, 1 after\n"
                          "step 1: maker socket-in: new order 7-1-1, held\n"
                          "    without this fault it passes\n",
                          shrunk->steps_before, shrunk->states, shrunk->faults_before));
}

// A desk whose timers never fire waits for ever for a fill that was lost.
TEST(Shrink, EndsWhereNothingCanHappen) {
    auto scenario = small_scenario({.prints = 1, .faults = bit(sim::FaultKind::Drop)});
    scenario->in_flight_max = 0;
    World world{scenario};
    const World::Mark beginning = world.mark();
    std::vector<Choice> failing;
    std::vector<Choice> scratch;
    for (std::uint64_t seed = 1; broken_at(world, scratch) != Rule::NoWedge; ++seed) {
        ASSERT_LT(seed, 1'000U) << "no walk is wedged";
        Rng rng{seed};
        world.back_to(beginning);
        failing = walk(world, rng, 1, 300);
    }
    const auto shrunk = shrink(scenario, failing);
    ASSERT_TRUE(shrunk) << error_of(shrunk);
    EXPECT_EQ(shrunk->rule, Rule::NoWedge);
    EXPECT_TRUE(shrunk->search_is_whole);
    EXPECT_EQ(shrunk->steps.size(), 16U) << to_text(*shrunk);
    ASSERT_EQ(shrunk->faults.size(), 1U);
    EXPECT_EQ(shrunk->faults[0].without, Rule::None);
    expect_no_step_too_many(scenario, *shrunk);
    EXPECT_THAT(replayed(scenario, *shrunk),
                Contains(AllOf(HasSubstr("fills: trade"), EndsWith(", lost"))));
    // A step before it nothing is wedged yet, and a trace that says so does not pass.
    world.back_to(beginning);
    const auto shorter = std::span{shrunk->steps}.first(shrunk->steps.size() - 1);
    Result<Trace> trace = trace_of(world, shorter);
    ASSERT_TRUE(trace) << error_of(trace);
    EXPECT_EQ(trace->verdict, Rule::None);
    trace->verdict = Rule::NoWedge;
    world.back_to(beginning);
    EXPECT_EQ(
        error_of(replay(world, *trace)),
        "all 15 steps happened, and no_wedge is not broken at the end: it was expected to be");
}

TEST(Shrink, LosesNoMoreInACrashThanItTakes) {
    Small crashes = small(1, &core::Sabotage::not_found_is_death);
    crashes.faults = bit(sim::FaultKind::Crash) | bit(sim::FaultKind::Overtaken);
    const auto scenario = small_scenario(crashes);
    World world{scenario};
    Rng rng{33'521}; // one of few that break a rule by a crash
    std::vector<Choice> failing = walk(world, rng, 3, 70);
    const ShrinkLimits no_search{.states_max = 0};
    const auto shrunk = shrink(scenario, failing, no_search);
    ASSERT_TRUE(shrunk) << error_of(shrunk);
    EXPECT_EQ(shrunk->rule, Rule::ExposureWithinLimit);
    expect_no_step_too_many(scenario, *shrunk);
    ASSERT_THAT(replayed(scenario, *shrunk), Contains("crash"));
    // It fails before the desk is back: what its record has lost does not matter.
    failing = shrunk->steps;
    const auto crash = std::ranges::find(failing, Choice::Kind::Crash, &Choice::kind);
    crash->place = 2;
    const auto again = shrink(scenario, failing, no_search);
    ASSERT_TRUE(again) << error_of(again);
    EXPECT_NE(again->steps, failing);
    EXPECT_EQ(again->steps, shrunk->steps);
}

TEST(Shrink, SaysWhichFaultsItDoesNotTake) {
    Shrunk shrunk;
    shrunk.rule = Rule::NoFalseAlarm;
    shrunk.steps.resize(49);
    shrunk.steps_before = 77;
    shrunk.faults_before = 3;
    shrunk.faults = {{5, "maker orders: new 7-1-1, stream cut", Rule::HedgedOnce}};
    shrunk.states = 200'007;
    EXPECT_EQ(to_text(shrunk), "no_false_alarm: what is true was taken for a contradiction\n"
                               "steps: 77 before, 49 after (a search of 200007 states, stopped "
                               "there, found no shorter way)\n"
                               "faults: 3 before, 1 after\n"
                               "step 6: maker orders: new 7-1-1, stream cut\n"
                               "    without this fault it breaks hedged_once\n");
}

TEST(Shrink, OfWhatBreaksNothingIsAnError) {
    EXPECT_EQ(error_of(shrink(small_scenario(), std::vector<Choice>{{Choice::Kind::Restart}})),
              "none of these steps breaks a rule: there is nothing to shrink");
}

} // namespace
} // namespace keel::explore
