#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "explore/trace.hpp"
#include "explore/world.hpp"
#include "tests/twins/twin_trial.hpp"

// P3, the funding arbitrage in two legs: what docs/incidents/p3.md says of its bugs, of their fixes
// and of what these leave.

namespace keel::twins {
namespace {

using explore::Choice;
using explore::Rule;
using explore::Scenario;
using explore::World;
using Kind = explore::Choice::Kind;

constexpr InstrumentIx x10{0}; // of the first symbol
constexpr InstrumentIx lighter{1};

// What a twin breaks in a scenario with so many faults, and the trace that shows it.
struct Row {
    const char* trace;
    const char* scenario;
    const char* twin;
    std::uint32_t faults;
    Rule rule;

    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.trace; }
};
constexpr Row rows[]{
    {"p3-balance-when-chosen", "p3-balance", "p3-balance-when-chosen", 0, Rule::MarginSpentOnce},
    {"p3-fresh-balance", "p3-balance", "p3-fresh-balance", 0, Rule::MarginSpentOnce},
    {"p3-rollback-in-dollars", "p3-one-leg", "p3-rollback-in-dollars", 0,
     Rule::RemainingNotNegative},
    {"p3-rollback-from-read", "p3-two-trades", "p3-rollback-from-read", 0,
     Rule::RemainingNotNegative},
    {"p3-rollback-stale", "p3-late", "p3-rollback-from-read", 1, Rule::EndsFlat},
    {"p3-rollback-other-way", "p3-other-way", "p3-rollback-from-read", 1, Rule::EndsFlat},
    {"p3-parallel-legs", "p3-one-leg", "p3-parallel-legs", 1, Rule::EndsFlat},
    {"p3-sleep-stale", "p3-late", "p3-sleep-between-legs", 1, Rule::EndsFlat},
    {"p3-sleep-no-evidence", "p3-sleep", "p3-sleep-between-legs", 0, Rule::EndsFlat},
    {"p3-sleep-crash", "p3-crash", "p3-sleep-between-legs", 1, Rule::EndsFlat},
    {"p3-cache-30s", "p3-zombies", "p3-cache-30s", 0, Rule::NoGhost},
    {"p3-cache-5s", "p3-zombies", "p3-cache-5s", 0, Rule::NoGhost},
};
class P3Rows : public ::testing::TestWithParam<Row> {};

// --- helpers ------------------------------------------------------------------------------------

// Takes the first choice of the kind that stands first in `order`. False: there is none.
bool step(World& world, std::initializer_list<Kind> order) {
    std::vector<Choice> enabled;
    world.enabled(0, enabled);
    for (const Kind kind : order) {
        const auto found = std::ranges::find(enabled, kind, &Choice::kind);
        if (found == enabled.end()) continue;
        world.apply(*found);
        return true;
    }
    return false;
}
constexpr std::initializer_list<Kind> calm_order{Kind::Deliver, Kind::NextDeed, Kind::Restart,
                                                 Kind::Turn, Kind::Wake};

// Nothing else goes wrong, whatever rule is broken already.
void run_to_its_end(World& world) {
    for (int n = 0; n < 10'000 && !world.is_terminal() && step(world, calm_order); ++n) {
    }
    EXPECT_TRUE(world.is_terminal());
}

explore::Trace saved_trace(const std::string& name) {
    std::ifstream file{"tests/traces/" + name + ".trace"};
    const auto trace = explore::parse_trace(std::string{std::istreambuf_iterator<char>{file}, {}});
    EXPECT_TRUE(trace);
    return trace.value_or(explore::Trace{});
}

// The world to which a saved trace leads.
std::unique_ptr<World> after(const std::string& name) {
    const explore::Trace trace = saved_trace(name);
    auto world = std::make_unique<World>(scenario_with(trace.scenario, trace.subject));
    EXPECT_TRUE(explore::replay(*world, trace));
    return world;
}

bool is_found(std::shared_ptr<const Scenario> scenario, std::uint32_t faults, Rule rule,
              std::uint64_t seed) {
    World world{std::move(scenario)};
    explore::Bounds bounds;
    bounds.max_faults = faults;
    for (const std::uint64_t schedules : {50U, 500U, 2'500U}) { // most are found soon
        const explore::SearchResult result = explore::random(world, bounds, seed, schedules);
        if (std::ranges::find(result.findings, rule, &explore::Finding::rule) !=
            result.findings.end()) {
            return true;
        }
    }
    return false;
}

// In no state that it can reach with at most so many faults.
void expect_nothing_is_broken(const char* name, const char* twin, std::uint32_t faults) {
    World world{scenario_with(name, twin)};
    explore::Bounds bounds;
    bounds.max_faults = faults;
    const explore::SearchResult result = explore::exhaustive(world, bounds);
    EXPECT_TRUE(result.is_complete);
    EXPECT_TRUE(result.findings.empty());
    EXPECT_GT(result.tally.terminals, 1U); // both legs are on, or one was rolled back
}

// --- each twin ----------------------------------------------------------------------------------

TEST_P(P3Rows, ACalmRunOpensATradeAndPasses) {
    const auto scenario = scenario_with(GetParam().scenario, GetParam().twin);
    const CalmRun run = run_calmly(*scenario);
    EXPECT_EQ(run.broken, Rule::None);
    EXPECT_TRUE(run.is_settled);
    World world{scenario};
    run_to_its_end(world);
    EXPECT_GE(world.venue(0).order_count(), 1U);
    EXPECT_EQ(world.venue(0).order_count(), world.venue(1).order_count());
    EXPECT_EQ(world.held(x10), -world.held(lighter));
}

TEST_P(P3Rows, IsFoundByRandomSchedules) {
    const auto scenario = scenario_with(GetParam().scenario, GetParam().twin);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        EXPECT_TRUE(is_found(scenario, GetParam().faults, GetParam().rule, seed)) << seed;
    }
}

TEST_P(P3Rows, ItsTraceReplays) {
    const explore::Trace trace = saved_trace(GetParam().trace);
    EXPECT_EQ(trace.scenario, GetParam().scenario);
    EXPECT_EQ(trace.subject, GetParam().twin);
    EXPECT_EQ(trace.verdict, GetParam().rule);
    expect_trace_replays(GetParam().trace);
}

INSTANTIATE_TEST_SUITE_P(All, P3Rows, ::testing::ValuesIn(rows), [](const auto& row) {
    std::string name = row.param.trace;
    std::ranges::replace(name, '-', '_');
    return name;
});

// --- 1: balances --------------------------------------------------------------------------------

// Both trades are chosen, then one task goes through to its end, and then the other.
TEST(P3, AFreshBalanceSeesWhatATradeThatIsThroughHasSpent) {
    for (const bool is_fixed : {false, true}) {
        World world{
            scenario_with("p3-balance", is_fixed ? "p3-fresh-balance" : "p3-balance-when-chosen")};
        Rule broken = Rule::None;
        while (broken == Rule::None && step(world, {Kind::Deliver, Kind::Wake, Kind::Turn})) {
            broken = world.broken_rule();
        }
        EXPECT_EQ(broken, is_fixed ? Rule::None : Rule::MarginSpentOnce);
    }
}

// A leg that is refused for no reason is refused for no other trade's sake, and rolled back.
TEST(P3, WithEnoughForBothNoMarginIsSpentTwice) {
    Scenario scenario = *scenario_with("p3-balance", "p3-balance-when-chosen");
    scenario.venues[1].accounts[0].collateral = Money{100 * money_one};
    scenario.faults = explore::bit(sim::FaultKind::Refusal);
    World world{std::make_shared<const Scenario>(scenario)};
    explore::Bounds bounds;
    bounds.max_faults = 1;
    const explore::SearchResult result = explore::random(world, bounds, 1, 1'000);
    EXPECT_TRUE(result.findings.empty());
    EXPECT_GT(result.tally.terminals, 900U);
}

// With two seconds between its legs a trade has not yet spent at Lighter what the next one reads
// there: the fresh balance is of no use then, even where nothing comes late.
TEST(P3, TheSleepBetweenTheLegsUndoesTheFreshBalance) {
    for (const char* twin : {"p3-rollback-from-read", "p3-sleep-between-legs", "p3-cache-5s"}) {
        EXPECT_EQ(run_calmly(*scenario_with("p3-balance", twin)).broken, Rule::MarginSpentOnce);
    }
}

// The leg that is left is rolled back, unless it is read before it shows.
TEST(P3, WhatAnotherTradeHasSpentLeavesALegWhereTheReadIsStale) {
    for (const bool is_stale : {false, true}) {
        Scenario scenario = *scenario_with("p3-balance", "p3-fresh-balance");
        World plain{std::make_shared<const Scenario>(scenario)};
        const auto way = explore::replay(plain, saved_trace("p3-fresh-balance"));
        ASSERT_TRUE(way);
        scenario.faults = explore::bit(sim::FaultKind::StaleRead);
        scenario.venues[0].traits.visibility = seconds(15);
        World world{std::make_shared<const Scenario>(scenario)};
        for (const Choice& choice : *way) world.apply(choice);
        const Choice stale{Kind::Deliver, 0, sim::Channels::rest_in, sim::Twist::Stale};
        while (!world.is_terminal()) {
            if (is_stale && world.is_enabled(stale, 1)) {
                world.apply(stale);
            } else {
                ASSERT_TRUE(step(world, calm_order));
            }
        }
        Lots net;
        for (std::uint32_t i = 0; i < 4; ++i) net += world.held(InstrumentIx{i});
        EXPECT_EQ(net, is_stale ? Lots{130} : Lots{0});
    }
}

// --- 2: rollbacks -------------------------------------------------------------------------------

TEST(P3, DollarsAreMoreCoinsThanAreHeldAndTheLegStays) {
    const auto world = after("p3-rollback-in-dollars");
    run_to_its_end(*world);
    const sim::Venue& venue = world->venue(0);
    const sim::TrueOrder rollback = venue.order(venue.order_count() - 1);
    EXPECT_TRUE(rollback.reduce_only);
    EXPECT_EQ(rollback.qty, Lots{143});
    EXPECT_EQ(rollback.cum_qty, Lots{0}); // "size exceeds position"
    EXPECT_EQ(world->held(x10), Lots{130});
    EXPECT_EQ(world->held(lighter), Lots{0});
}

TEST(P3, APositionThatHasSettledIsRolledBackAsItIsRead) {
    expect_nothing_is_broken("p3-one-leg", "p3-rollback-from-read", 1);
}

TEST(P3, APositionIsRolledBackWithAnotherTradesCoins) {
    const auto world = after("p3-rollback-from-read");
    run_to_its_end(*world);
    EXPECT_EQ(world->held(x10), Lots{0});
    EXPECT_EQ(world->held(lighter), Lots{-130}); // the first trade's, alone
}

// The side is assumed: it would add to what is there. That it does not is the venue's doing.
TEST(P3, ARollbackOnTheWrongSideIsRefused) {
    const auto world = after("p3-rollback-other-way");
    const sim::Venue& venue = world->venue(0);
    const sim::TrueOrder rollback = venue.order(venue.order_count() - 1);
    EXPECT_TRUE(rollback.reduce_only);
    EXPECT_EQ(rollback.side, Side::Buy);
    EXPECT_GT(world->held(x10), Lots{0});
    EXPECT_EQ(rollback.cum_qty, Lots{0});
    EXPECT_EQ(world->held(x10) + world->held(lighter), Lots{-124}); // all of the leg
}

// --- 3: legs ------------------------------------------------------------------------------------

TEST(P3, BetweenLegsThatAreFarEnoughApartAPositionSettlesAndAPriceMayMove) {
    expect_nothing_is_broken("p3-one-leg", "p3-sleep-between-legs", 1);
    expect_nothing_is_broken("p3-one-leg", "p3-parallel-legs", 0);
}

TEST(P3, NobodyIsThereAnyMoreWhenTheSecondLegComes) {
    Scenario scenario = *scenario_with("p3-sleep", "p3-sleep-between-legs");
    std::erase_if(scenario.lanes, [](const auto& lane) { return lane.name == "x10-is-empty"; });
    ASSERT_EQ(scenario.lanes.size(), 1U);
    EXPECT_TRUE(is_found(std::make_shared<const Scenario>(scenario), 0, Rule::EndsFlat, 1));
}

// What a crash leaves is a zombie, and a bot that looks for them finds it.
TEST(P3, ALegThatACrashLeavesStaysUnlessZombiesAreSought) {
    for (const bool seeks : {false, true}) {
        World world{scenario_with("p3-crash", seeks ? "p3-cache-5s" : "p3-sleep-between-legs")};
        while (world.held(x10) == Lots{0}) ASSERT_TRUE(step(world, calm_order));
        world.apply({Kind::Crash, 0, 0});
        run_to_its_end(world);
        EXPECT_EQ(world.held(x10), seeks ? Lots{0} : Lots{130});
        EXPECT_EQ(world.held(lighter), Lots{0});
    }
}

// --- 4: positions as they were read -------------------------------------------------------------

TEST(P3, ATradeThatIsClosedInTimeIsAGhostToo) {
    for (const char* twin : {"p3-cache-30s", "p3-cache-5s"}) {
        Scenario scenario = *scenario_with("p3-zombies", twin);
        scenario.lanes.clear(); // Lighter does not rise, and nothing is rolled back
        EXPECT_TRUE(is_found(std::make_shared<const Scenario>(scenario), 0, Rule::NoGhost, 1));
    }
}

} // namespace
} // namespace keel::twins
