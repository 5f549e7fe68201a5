#include "explore/search.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "explore/scenario_hash.hpp"
#include "explore/stuck.hpp"
#include "explore/trace.hpp"
#include "tests/explore/small_scenario.hpp"

// Searches of the small scenario: the real desk breaks no rule in them, a broken one does. Those
// that take longer are in search_slow_test.cpp.

namespace keel::explore {
namespace {

Bounds with_faults(std::uint32_t faults) {
    Bounds bounds;
    bounds.max_faults = faults;
    return bounds;
}

std::string told(const SearchResult& result) {
    std::string out;
    for (const Finding& one : result.findings) {
        out += std::string{info(one.rule).name} + " after " + std::to_string(one.path.size()) +
               " steps\n";
    }
    return out;
}

// --- the desk as it is ---

TEST(Exhaustive, ClosesWithoutAFaultAndBreaksNoRule) {
    World world{tight({.qty = 1, .prints = 0})};
    const std::uint64_t before = world.hash(0);
    const SearchResult result = exhaustive(world, with_faults(0));
    EXPECT_TRUE(result.is_complete);
    EXPECT_TRUE(result.findings.empty()) << told(result);
    EXPECT_GT(result.tally.states, 500U);
    EXPECT_GT(result.tally.transitions, result.tally.states);
    EXPECT_GT(result.tally.terminals, 0U);
    EXPECT_EQ(world.hash(0), before) << "it is where it was";
}

// What was bought is hedged, though as much was sold before the hedge traded: then the group owes
// the other way, and nothing was hedged twice. Hedges of both that count as not sent are.
TEST(Exhaustive, QuotesBothSidesAndBreaksNoRule) {
    auto scenario = small_scenario({.qty = 1, .prints = 1, .faults = 0, .batches = true});
    scenario->overtakings_max = 0;
    Move buys = std::get<Move>(scenario->lanes[0].deeds[0]);
    buys.market.aggressor = Side::Buy;
    buys.market.px = Ticks{11'000};
    scenario->lanes[1] = {"buys", {buys}};
    World world{scenario};
    const SearchResult result = exhaustive(world, with_faults(0));
    EXPECT_TRUE(result.is_complete);
    EXPECT_TRUE(result.findings.empty()) << told(result);
}

// At the exit the maker leg is closed first: then more is hedged than is left of it, and that is no
// over-hedge. What is hedged beyond is one still.
TEST(Exhaustive, ClosesBothLegsAndBreaksNoRule) {
    Small small{.qty = 1, .prints = 1, .unwinds = true};
    World world{tight(small)};
    const SearchResult result = exhaustive(world, with_faults(0));
    EXPECT_TRUE(result.is_complete);
    EXPECT_TRUE(result.findings.empty()) << told(result);
    // Nothing is told of the hedge that was taken down, and it is taken down again.
    small.sabotage.hedge_counts_pending_as_open = true;
    const auto scenario = small_scenario(small);
    const Trace again{scenario->name,
                      hash_of(*scenario),
                      "",
                      Rule::HedgedOnce,
                      false,
                      {"maker socket-in: new order 7-1-1",
                       "maker socket-out: answer to new order 7-1-1: accepted",
                       "maker orders: new 7-1-1", "prints", "maker fills: trade 7-1-1",
                       "hedge socket-in: new order 7-1-2", "hedge fills: trade 7-1-2",
                       "maker socket-in: new order 7-1-3", "maker fills: trade 7-1-3",
                       "hedge socket-in: new order 7-1-4, answer lost", "hedge quotes",
                       "hedge market: book BTC-H", "wake", "hedge socket-in: new order 7-1-5"}};
    World twice{scenario};
    const auto made = replay(twice, again);
    EXPECT_TRUE(made) << made.error().text();
    EXPECT_EQ(twice.held(InstrumentIx{0}), Lots{0}) << "in the exit";
    EXPECT_EQ(twice.held(InstrumentIx{1}), Lots{1});
}

// The same search gives the same numbers, wherever its memory lies.
TEST(Exhaustive, IsRepeatable) {
    const auto numbers = [] {
        World world{tight({.qty = 1, .prints = 0, .faults = bit(sim::FaultKind::Drop)})};
        const SearchResult result = exhaustive(world, with_faults(1));
        return std::tuple{result.is_complete, result.tally.states, result.tally.transitions,
                          result.tally.terminals, result.tally.depth};
    };
    EXPECT_EQ(numbers(), numbers());
}

TEST(Exhaustive, SaysWhenItWasStopped) {
    World world{tight({.qty = 1, .prints = 1})};
    Bounds bounds = with_faults(0);
    bounds.states_max = 1'000;
    const SearchResult result = exhaustive(world, bounds);
    EXPECT_FALSE(result.is_complete);
    EXPECT_TRUE(result.is_stopped);
    bounds.states_max = 1ULL << 32U;
    bounds.depth_max = 10;
    const SearchResult shallow = exhaustive(world, bounds);
    EXPECT_FALSE(shallow.is_complete) << "cut by depth is not complete";
    EXPECT_FALSE(shallow.is_stopped);
}

// What the desk hears takes no time at the venue: else each order of what it hears and what happens
// there would be a state of its own.
TEST(Worlds, AreTheSameWhicheverHappensFirstHereOrThere) {
    const auto hash_after = [](const std::vector<Choice>& steps) {
        World world{tight({.qty = 1, .prints = 1})};
        for (const Choice& one : steps) world.apply(one);
        return world.hash(0);
    };
    const auto deliver = [](std::uint32_t channel) {
        return Choice{Choice::Kind::Deliver, 0, static_cast<std::uint8_t>(channel)};
    };
    const Choice placed = deliver(sim::Channels::socket_in);
    const Choice answer = deliver(sim::Channels::socket_out);
    const Choice prints{Choice::Kind::NextDeed, 0, 0};
    EXPECT_EQ(hash_after({placed, answer, prints}), hash_after({placed, prints, answer}));
    EXPECT_NE(hash_after({placed, answer, prints}), hash_after({placed, answer}));
}

// A state of which each way on breaks a rule is no wedge beside it.
TEST(Exhaustive, TellsOfNoWedgeWhereAWayEndsWithABrokenRule) {
    Small small{.qty = 1, .prints = 1};
    small.sabotage.fills_not_deduplicated = true;
    World world{tight(small)};
    const SearchResult result = exhaustive(world, with_faults(0));
    EXPECT_TRUE(result.is_complete);
    ASSERT_EQ(result.findings.size(), 1U) << told(result);
    EXPECT_NE(result.findings.front().rule, Rule::NoWedge);
}

TEST(Schedules, BreakNoRule) {
    World world{small_scenario({.qty = 2, .prints = 2})};
    const SearchResult drawn = random(world, with_faults(3), 1, 3'000);
    EXPECT_TRUE(drawn.findings.empty()) << told(drawn);
    EXPECT_EQ(drawn.tally.schedules, 3'000U);
    EXPECT_EQ(drawn.tally.terminals, 3'000U) << "each comes to an end";
    PctBound bound;
    const SearchResult ordered = pct(world, with_faults(2), 1, 1'000, 3, bound);
    EXPECT_TRUE(ordered.findings.empty()) << told(ordered);
    EXPECT_GT(bound.actors, 5U);
    EXPECT_GT(bound.probability, 0.0);
    EXPECT_LT(bound.probability, 1.0 / bound.actors);
}

// What a crash lost is not in the desk that comes after it, so the states before it comes differ.
TEST(Crash, StatesDifferByWhatWasLost) {
    World world{tight({.qty = 1, .prints = 1})};
    std::vector<Choice> enabled;
    for (int n = 0; n < 6; ++n) { // the quote is known to rest, and has filled
        world.enabled(0, enabled);
        world.apply(enabled.front());
    }
    const World::Mark before = world.mark();
    std::vector<std::uint64_t> hashes;
    std::vector<std::uint64_t> desks; // that come after
    for (std::uint8_t lost = 0; lost <= world.scenario().lost_tail_max; ++lost) {
        world.apply({Choice::Kind::Crash, 0, lost});
        hashes.push_back(world.hash(0));
        world.apply({Choice::Kind::Restart});
        desks.push_back(world.desk()->state_hash());
        world.back_to(before);
    }
    ASSERT_GE(hashes.size(), 2U);
    ASSERT_NE(desks[0], desks[1]);
    EXPECT_NE(hashes[0], hashes[1]);
}

// A schedule whose next timer lies beyond the horizon was cut off; nothing is wedged.
TEST(Schedules, CutByTheHorizonAreNoWedge) {
    auto scenario = small_scenario({.qty = 1, .prints = 0, .faults = 0});
    scenario->last.clear(); // nobody tells it to wind down
    World world{scenario};
    const SearchResult drawn = random(world, with_faults(0), 1, 20);
    EXPECT_TRUE(drawn.findings.empty()) << told(drawn);
    EXPECT_EQ(drawn.tally.terminals, 0U);
    EXPECT_EQ(drawn.tally.cut, 20U);
}

// What is told again much later is told before the end, however long it is put off.
TEST(Schedules, EndWhenLateRepeatsHaveCome) {
    World world{small_scenario({.qty = 1, .prints = 1})};
    std::vector<Choice> enabled;
    bool is_repeated = false;
    bool is_put_off = false;
    while (!world.is_terminal()) {
        world.enabled(is_repeated ? 0 : 1, enabled);
        const auto again = std::ranges::find(enabled, sim::Twist::Again, &Choice::twist);
        const auto other = std::ranges::find_if(enabled, [](const Choice& one) {
            return !one.is_fault() &&
                   (one.kind != Choice::Kind::Deliver || one.place != sim::Channels::late);
        });
        const bool repeats = !is_repeated && again != enabled.end();
        is_repeated = is_repeated || repeats;
        is_put_off = other == enabled.end();
        if (is_put_off) break; // nothing is left but what was put off
        world.apply(repeats ? *again : *other);
        ASSERT_LT(world.elapsed(), seconds(500));
        const core::Engine& engine = world.desk()->engine();
        if (is_repeated && engine.desk().live_orders == 0 && engine.is_flat(GroupIx{0}) &&
            world.venue(0).pending(sim::Channels::late) > 0) {
            EXPECT_FALSE(world.is_terminal());
        }
        if (world.elapsed() > seconds(60)) { // settled long ago
            is_put_off = true;
            break;
        }
    }
    EXPECT_TRUE(is_repeated);
    EXPECT_TRUE(is_put_off) << "it ended before";
}

// A search that comes near a budget or a rate says that it has not closed: these enter the hash
// only once they are half used.
TEST(Exhaustive, DoesNotCloseWhereABudgetIsHalfUsed) {
    auto scenario = small_scenario({.qty = 1, .prints = 0, .faults = 0});
    scenario->overtakings_max = 0;
    scenario->horizon = seconds(600);
    strategy::DeskConfig desk = scenario->desk;
    desk.engine.accounts[0].limits.max_orders_per_second = 2;
    scenario->desk = strategy::make_desk_config(desk).value();
    World world{scenario};
    EXPECT_FALSE(exhaustive(world, with_faults(0)).is_complete);
}

// --- a broken one ---

struct Break {
    const char* name;
    std::function<void(core::Sabotage&)> make;
    std::vector<Rule> rules; // one of them is broken
};

std::vector<Break> breaks() {
    return {
        {"hedge_counts_pending_as_open",
         [](core::Sabotage& s) { s.hedge_counts_pending_as_open = true; },
         {Rule::HedgedOnce}},
        {"not_found_is_death",
         [](core::Sabotage& s) { s.not_found_is_death = true; },
         {Rule::NoFalseAlarm, Rule::TruthInsideInterval, Rule::ClosedStaysClosed,
          Rule::NoForgottenOrder}},
        {"ended_is_settled",
         [](core::Sabotage& s) { s.ended_is_settled = true; },
         {Rule::TruthInsideInterval}},
        {"fills_not_deduplicated",
         [](core::Sabotage& s) { s.fills_not_deduplicated = true; },
         {Rule::NoFalseAlarm, Rule::BookedWasFilled, Rule::TruthInsideInterval}},
        {"cancel_ends_order",
         [](core::Sabotage& s) { s.cancel_ends_order = true; },
         {Rule::TruthInsideInterval}},
        {"fill_mark_is_newest_fill",
         [](core::Sabotage& s) { s.fill_mark_is_newest_fill = true; },
         {Rule::FillsKnownThroughMark, Rule::NoFalseAlarm, Rule::TruthInsideInterval}},
        {"cancels_once",
         [](core::Sabotage& s) { s.cancels_once = true; },
         {Rule::CancelsAreRepeated}},
        {"table_takes_reports",
         [](core::Sabotage& s) { s.table_takes_reports = true; },
         {Rule::NoFalseAlarm}},
        {"adopt_at_once",
         [](core::Sabotage& s) { s.adopt_at_once = true; },
         {Rule::TruthInsideInterval, Rule::NoFalseAlarm, Rule::HedgedOnce}},
    };
}

// It can be done again, and is broken at its last step and not before.
void expect_breaks_at_its_end(World& world, const Finding& found) {
    const World::Mark beginning = world.mark();
    std::vector<Choice> scratch;
    for (std::size_t n = 0; n < found.path.size(); ++n) {
        ASSERT_EQ(broken_at(world, scratch), Rule::None) << "before step " << n;
        ASSERT_TRUE(world.is_enabled(found.path[n], 100)) << "step " << n;
        world.apply(found.path[n]);
    }
    EXPECT_EQ(broken_at(world, scratch), found.rule);
    world.back_to(beginning);
}

TEST(Schedules, FindWhatIsBroken) {
    for (const Break& one : breaks()) {
        SCOPED_TRACE(one.name);
        Small small{.qty = 2, .prints = 2};
        one.make(small.sabotage);
        World world{small_scenario(small)};
        Bounds bounds = with_faults(2);
        bounds.findings_max = 1;
        for (const bool is_guided : {false, true}) {
            SCOPED_TRACE(is_guided ? "guided" : "random");
            const SearchResult result =
                is_guided ? guided(world, bounds, 3, 20'000) : random(world, bounds, 1, 20'000);
            ASSERT_EQ(result.findings.size(), 1U);
            EXPECT_LE(result.tally.schedules, 6'000U) << "as docs/explorer.md says";
            const Finding& found = result.findings.front();
            EXPECT_EQ(found.schedule, result.tally.schedules) << "with it the search ended";
            EXPECT_EQ(found.transition, result.tally.transitions);
            EXPECT_NE(std::ranges::find(one.rules, found.rule), one.rules.end())
                << info(found.rule).name;
            expect_breaks_at_its_end(world, found);
        }
    }
}

// It reckons that all fills are known through the newest that was told, and one before it was lost.
TEST(FillsKnownThroughMark, FiresWhereAFillBeforeTheMarkIsNotBooked) {
    Small small{.qty = 2, .prints = 2, .faults = bit(sim::FaultKind::Drop)};
    small.sabotage.fill_mark_is_newest_fill = true;
    World world{small_scenario(small)};
    Bounds bounds = with_faults(2);
    bounds.findings_max = 8;
    const SearchResult result = random(world, bounds, 1, 20'000);
    const auto found =
        std::ranges::find(result.findings, Rule::FillsKnownThroughMark, &Finding::rule);
    ASSERT_NE(found, result.findings.end());
    expect_breaks_at_its_end(world, *found);
}

// Nobody tells the desk to wind down: not a state is wrong, but its quote rests for ever.
TEST(Exhaustive, FindsAWedge) {
    auto scenario = small_scenario({.qty = 1, .prints = 0, .faults = 0});
    scenario->overtakings_max = 0;
    scenario->horizon = seconds(600);
    scenario->last.clear();
    World world{scenario};
    const SearchResult result = exhaustive(world, with_faults(0));
    EXPECT_TRUE(result.is_complete);
    ASSERT_FALSE(result.findings.empty());
    EXPECT_EQ(result.findings.front().rule, Rule::NoWedge);
    EXPECT_EQ(result.findings.front().schedule, 0U) << "this search has none";
    EXPECT_EQ(result.findings.front().transition, result.tally.transitions);
}

// A desk whose timers never fire: where a message was lost it has nothing to wait for.
std::shared_ptr<const Scenario> without_timers(Small small) {
    small.qty = 1;
    auto scenario = small_scenario(small);
    scenario->in_flight_max = 0;
    return scenario;
}

// Where nothing can happen any more a wedge shows at once, and without the whole graph.
TEST(Schedules, FindWhereNothingCanHappen) {
    World world{without_timers({.prints = 1, .faults = bit(sim::FaultKind::Drop)})};
    Bounds bounds = with_faults(1);
    bounds.findings_max = 1;
    const SearchResult drawn = random(world, bounds, 1, 1'000);
    ASSERT_EQ(drawn.findings.size(), 1U);
    EXPECT_EQ(drawn.findings.front().rule, Rule::NoWedge);
    EXPECT_EQ(drawn.findings.front().faults, 1U);
    expect_breaks_at_its_end(world, drawn.findings.front());
    EXPECT_EQ(random(world, with_faults(0), 1, 200).findings.size(), 0U);
}

// The way to it can be gone, although the search has told what is known where a request had to
// arrive first.
TEST(Exhaustive, FindsWhereNothingCanHappen) {
    World world{without_timers({.prints = 0, .faults = bit(sim::FaultKind::AnswerLostBefore)})};
    const SearchResult result = exhaustive(world, with_faults(1));
    EXPECT_TRUE(result.is_complete);
    ASSERT_EQ(result.findings.size(), 1U) << told(result);
    EXPECT_EQ(result.findings.front().rule, Rule::NoWedge);
    expect_breaks_at_its_end(world, result.findings.front());
    // It is found before the search has closed.
    Bounds bounds = with_faults(1);
    bounds.depth_max = 8;
    const SearchResult shallow = exhaustive(world, bounds);
    EXPECT_FALSE(shallow.is_complete);
    EXPECT_EQ(shallow.findings.size(), 1U) << told(shallow);
}

// A fault that is all that can happen does not happen by itself.
TEST(Exhaustive, IsForcedToNoFault) {
    auto scenario = small_scenario({.prints = 0, .faults = bit(sim::FaultKind::Crash)});
    scenario->in_flight_max = 0;
    scenario->lost_tail_max = 0;
    scenario->last.clear(); // its quote rests, and it waits
    World world{scenario};
    const SearchResult result = exhaustive(world, with_faults(1));
    ASSERT_EQ(result.findings.size(), 1U) << told(result);
    EXPECT_EQ(result.findings.front().rule, Rule::NoWedge);
    EXPECT_EQ(result.findings.front().faults, 0U);
    expect_breaks_at_its_end(world, result.findings.front());
}

} // namespace
} // namespace keel::explore
