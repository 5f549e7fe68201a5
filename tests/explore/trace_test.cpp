#include "explore/trace.hpp"

#include <cstddef>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/scenario_hash.hpp"
#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const auto& result) {
    return result ? std::string{"no error"} : result.error().text();
}

TEST(Trace, OfAnyWalkReadsBackAndReplaysToTheSameState) {
    const auto scenario = small_scenario({.faults = all_faults, .batches = true});
    World world{scenario};
    World other{scenario};
    const World::Mark beginning = world.mark();
    const World::Mark other_beginning = other.mark();
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        world.back_to(beginning);
        const std::vector<Choice> made = walk(world, rng, 3, 200);
        const std::uint64_t hash = world.hash(3);
        world.back_to(beginning);
        const Result<Trace> trace = trace_of(world, made);
        ASSERT_TRUE(trace) << error_of(trace);
        ASSERT_EQ(trace->steps.size(), made.size());
        const Result<Trace> read = parse_trace(to_text(*trace));
        ASSERT_TRUE(read) << error_of(read);
        ASSERT_EQ(*read, *trace);
        other.back_to(other_beginning);
        const Result<std::vector<Choice>> again = replay(other, *read);
        ASSERT_TRUE(again) << error_of(again);
        ASSERT_EQ(*again, made);
        ASSERT_EQ(other.hash(3), hash);
    }
}

// The desk quotes, is filled, hears of it twice, and hedges.
Trace short_trace(const Scenario& scenario) {
    return {scenario.name,
            hash_of(scenario),
            "",
            Rule::None,
            false,
            {"maker socket-in: new order 7-1-1", "prints", "maker fills: trade 7-1-1, twice",
             "hedge socket-in: new order 7-1-2"}};
}

TEST(Trace, IsATextThatReadsAsItHappened) {
    const auto scenario = small_scenario();
    EXPECT_EQ(to_text(short_trace(*scenario)), fmt::format("keel trace 1\n"
                                                           "scenario xemm-cycle {:016x}\n"
                                                           "expect none\n"
                                                           "\n"
                                                           "maker socket-in: new order 7-1-1\n"
                                                           "prints\n"
                                                           "maker fills: trade 7-1-1, twice\n"
                                                           "hedge socket-in: new order 7-1-2\n",
                                                           hash_of(*scenario)));
    World world{scenario};
    const auto made = replay(world, short_trace(*scenario));
    EXPECT_TRUE(made) << error_of(made);
}

TEST(Trace, NeverPassesWhereAStepIsNoLongerPossible) {
    const auto scenario = small_scenario();
    World world{scenario};
    Trace trace = short_trace(*scenario);
    trace.steps[2] = "maker fills: trade 7-1-9";
    const auto made = replay(world, trace);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().text(),
                StartsWith("trace no longer applies at step 3: \"maker fills: trade 7-1-9\" cannot "
                           "happen now; what can: \"maker socket-out: answer to new order 7-1-1: "
                           "accepted\", \"maker orders: new 7-1-1\""));
    EXPECT_THAT(made.error().text(), HasSubstr("\"maker fills: trade 7-1-1, twice\""));
}

TEST(Trace, PassesWithItsVerdictAlone) {
    const auto scenario = small_scenario();
    Trace trace = short_trace(*scenario);
    trace.verdict = Rule::HedgedOnce;
    World world{scenario};
    EXPECT_EQ(error_of(replay(world, trace)),
              "all 4 steps happened, and hedged_once is not broken at the end: it was expected to "
              "be");
    trace.verdict = Rule::None;
    trace.steps.clear();
    World untouched{scenario};
    EXPECT_TRUE(replay(untouched, trace));
}

TEST(Trace, SaysWhetherAllHasSettled) {
    const auto scenario = small_scenario();
    World world{scenario};
    const World::Mark beginning = world.mark();
    Rng rng{1};
    const std::vector<Choice> made = walk(world, rng, 0, 200);
    ASSERT_TRUE(world.is_terminal());
    world.back_to(beginning);
    Result<Trace> trace = trace_of(world, made);
    ASSERT_TRUE(trace) << error_of(trace);
    EXPECT_TRUE(trace->settles);
    EXPECT_THAT(to_text(*trace), HasSubstr("\nexpect settled\n"));
    EXPECT_EQ(expectation(*trace).name, "settled");
    world.back_to(beginning);
    EXPECT_TRUE(replay(world, *trace));
    trace->steps.pop_back();
    world.back_to(beginning);
    EXPECT_THAT(error_of(replay(world, *trace)),
                StartsWith(fmt::format("all {} steps happened, and it was expected to have settled "
                                       "then; what can: \"",
                                       made.size() - 1)));
    trace->settles = false;
    world.back_to(beginning);
    EXPECT_TRUE(replay(world, *trace)) << "none says nothing of the end";
}

TEST(Trace, IsOfOneScenario) {
    const auto scenario = small_scenario();
    Trace trace = short_trace(*scenario);
    const auto changed = small_scenario({.qty = 2});
    EXPECT_NE(hash_of(*changed), hash_of(*scenario));
    World world{changed};
    EXPECT_EQ(error_of(replay(world, trace)),
              fmt::format("scenario \"xemm-cycle\" has changed: the trace was made when its hash "
                          "was {:016x}, now it is {:016x}. Explore it again; or, if the trace "
                          "should still apply, write the new hash into it",
                          hash_of(*scenario), hash_of(*changed)));
    trace.scenario = "crash-late-fill";
    EXPECT_EQ(
        error_of(replay(world, trace)),
        "the trace is of scenario \"crash-late-fill\", and this one is \"xemm-cycle\": replay "
        "it in its own");
}

TEST(ScenarioHash, IsOverWhatChangesBehaviour) {
    const auto scenario = small_scenario();
    const std::uint64_t hash = hash_of(*scenario);
    EXPECT_EQ(hash_of(*small_scenario()), hash);
    using Change = void (*)(Scenario&);
    static constexpr Telling a_signal{};
    const std::vector<Change> changes{
        [](Scenario& s) { s.lanes[0].deeds.pop_back(); },
        [](Scenario& s) { std::get<Move>(s.lanes[0].deeds[0]).market.px += Ticks{1}; },
        [](Scenario& s) { std::swap(s.lanes[0], s.lanes[1]); },
        [](Scenario& s) { s.last.clear(); },
        [](Scenario& s) { s.last.push_back(a_signal); },
        [](Scenario& s) {
            Telling other = a_signal;
            ++other.signal.value;
            s.last.push_back(other);
        },
        [](Scenario& s) {
            Telling other = a_signal;
            other.valid_for += seconds(1);
            s.last.push_back(other);
        },
        [](Scenario& s) { s.opening[0].market.bid_qty += Lots{1}; },
        [](Scenario& s) { s.faults ^= 1U; },
        [](Scenario& s) { s.delay_max += nanoseconds(1); },
        [](Scenario& s) { s.venues[1].traits.cancels_overtake = false; },
        [](Scenario& s) { s.venues[1].traits.tells_all_changes = false; },
        [](Scenario& s) { s.venues[1].accounts[0].collateral -= Money{1}; },
        [](Scenario& s) { s.desk.engine.sabotage.cancel_ends_order = true; },
        [](Scenario& s) { s.desk.engine.groups[0].exposure_limit += Units{1}; },
        [](Scenario& s) { s.desk.xemm[0].on_exit = strategy::OnExit::Unwind; },
    };
    std::set<std::uint64_t> others;
    for (std::size_t n = 0; n < changes.size(); ++n) {
        Scenario changed = *scenario;
        changes[n](changed);
        EXPECT_NE(hash_of(changed), hash) << "change " << n;
        others.insert(hash_of(changed));
    }
    EXPECT_EQ(others.size(), changes.size());
    Scenario renamed = *scenario;
    renamed.name = "other";
    EXPECT_EQ(hash_of(renamed), hash);
}

TEST(Trace, TakesCommentsAndEmptyLines) {
    const auto trace = parse_trace("keel trace 1\r\n# found by seed 7\n\n"
                                   "scenario two words 00000000000000ff\nexpect none\n"
                                   "wake\n\n# and then\nlast");
    ASSERT_TRUE(trace) << error_of(trace);
    EXPECT_EQ(*trace, (Trace{"two words", 255, "", Rule::None, false, {"wake", "last"}}));
}

TEST(Trace, NamesWhoTradesWhereThatIsNotKeel) {
    const auto trace = parse_trace("keel trace 1\nscenario small 00000000000000ff\n"
                                   "subject p1-any-confirmation\nexpect none\nwake\n");
    ASSERT_TRUE(trace) << error_of(trace);
    EXPECT_EQ(trace->subject, "p1-any-confirmation");
    EXPECT_EQ(parse_trace(to_text(*trace)), *trace);
    World world{small_scenario()};
    const auto made = replay(world, *trace);
    ASSERT_FALSE(made);
    EXPECT_EQ(error_of(made),
              "the trace is of subject \"p1-any-confirmation\", and here trades \"keel\"");
}

TEST(Trace, SaysWhatIsWrongWithAFile) {
    constexpr std::string_view no_scenario =
        "expected \"scenario\", its name and its hash of 16 hexadecimal digits";
    const std::string head = "keel trace 1\nscenario s 00000000000000ff\n";
    struct Row {
        std::string text;
        std::string error;
    };
    const std::vector<Row> rows{
        {"", "line 1: this is no trace: the first line of one is \"keel trace 1\""},
        {"wake\n", "line 1: this is no trace: the first line of one is \"keel trace 1\""},
        {"keel trace 2\n", "line 1: this is a trace of format \"2\", and format 1 is read here: "
                           "replay it with the keel that wrote it"},
        {"keel trace 1\n", fmt::format("line 2: {}", no_scenario)},
        {"keel trace 1\n\nexpect none\n", fmt::format("line 3: {}", no_scenario)},
        {"keel trace 1\nscenario s\n", fmt::format("line 2: {}", no_scenario)},
        {"keel trace 1\nscenario  00000000000000ff\n", fmt::format("line 2: {}", no_scenario)},
        {"keel trace 1\nscenario s ff\n",
         fmt::format("line 2: \"ff\" is no hash: {}", no_scenario)},
        {"keel trace 1\nscenario s 00000000000000fg\n",
         fmt::format("line 2: \"00000000000000fg\" is no hash: {}", no_scenario)},
        {head, "line 3: expected \"expect\" and the rule that the last step breaks, or none"},
        {head + "wake\n",
         "line 3: expected \"expect\" and the rule that the last step breaks, or none"},
        {head + "expect hedged_twice\n",
         "line 3: \"hedged_twice\" is no rule: name none, settled, truth_inside_interval, "
         "exposure_within_limit, hedged_once, one_order_for_intent, no_forgotten_order, "
         "booked_was_filled, closed_stays_closed, no_false_alarm, nothing_sent_without_lease, "
         "ends_flat, no_wedge, close_never_opens, no_ghost, protected_in_time, margin_spent_once, "
         "reduces_in_time, "
         "one_sender, remaining_not_negative, certified_is_flat, reject_is_end, "
         "fills_known_through_mark or cancels_are_repeated"},
        {head + "expect none\n\nwake\n wake\n",
         "line 6: a step begins and ends without blanks: remove them"},
        {head + "expect none\nwake \n",
         "line 4: a step begins and ends without blanks: remove them"},
        {head + "expect hedged_once\n", "line 4: expected the steps that break hedged_once"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(error_of(parse_trace(row.text)), row.error) << "of:\n" << row.text;
    }
}

TEST(Trace, OfChoicesThatCannotBeMadeIsNone) {
    World world{small_scenario()};
    EXPECT_EQ(error_of(trace_of(world, std::vector<Choice>{{Choice::Kind::Restart}})),
              "step 1 of 1 cannot happen");
}

} // namespace
} // namespace keel::explore
