#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "explore/rule.hpp"
#include "explore/world.hpp"
#include "tests/twins/twin_trial.hpp"

// The hedged market maker (docs/incidents/p1.md): its twins pass a calm run, break what the page
// says and nothing else, and Keel's own market maker breaks nothing in the same scenarios. What
// takes longer is in p1_slow_test.cpp.

namespace keel::twins {
namespace {

using explore::Bounds;
using explore::Rule;
using explore::SearchResult;

const std::vector<std::string> scenarios{"p1-confirmation", "p1-late-fill",    "p1-thin-hedge",
                                         "p1-two-fills",    "p1-cancels-fail", "p1-detectors"};

SearchResult search_all(const std::string& scenario, std::string_view twin,
                        std::uint32_t faults = 0) {
    explore::World world{scenario_with(scenario, twin)};
    Bounds bounds;
    bounds.max_faults = faults;
    bounds.states_max = 500'000; // none here has half as many
    return explore::exhaustive(world, bounds);
}

// The rules that a search found broken. (No settled end is left from a state after which a rule is
// broken whatever happens: that such a state is a wedge says nothing more.)
std::vector<Rule> broken_in(const SearchResult& result) {
    std::vector<Rule> out;
    for (const explore::Finding& one : result.findings) {
        if (one.rule != Rule::NoWedge || result.findings.size() == 1) out.push_back(one.rule);
    }
    std::ranges::sort(out);
    return out;
}

TEST(P1, EveryTwinPassesACalmCycle) {
    for (const std::string& name : scenarios) {
        for (const char* twin :
             {"p1-any-confirmation", "p1-only-when-placed", "p1-order-ids", "p1-three-detectors"}) {
            SCOPED_TRACE(name + ", " + twin);
            const auto scenario = scenario_with(name, twin);
            ASSERT_NE(scenario, nullptr);
            const CalmRun calm = run_calmly(*scenario, 1);
            EXPECT_EQ(calm.broken, Rule::None) << explore::info(calm.broken).name;
            EXPECT_TRUE(calm.is_settled);
            ASSERT_EQ(calm.held.size(), 2U);
            EXPECT_LT(calm.held[0], Lots{0}) << "a quote was filled";
            EXPECT_EQ(calm.held[1], -calm.held[0]) << "and hedged";
        }
    }
}

struct Hole {
    const char* scenario;
    const char* twin;
    std::vector<Rule> rules; // one of them is broken first
    std::uint64_t schedules; // within so many
};

TEST(P1, RandomSchedulesFindTheBugAndTheHolesOfTheFix) {
    const std::vector<Hole> holes{
        {"p1-confirmation",
         "p1-any-confirmation",
         {Rule::ExposureWithinLimit, Rule::EndsFlat},
         1'000},
        {"p1-late-fill", "p1-only-when-placed", {Rule::ExposureWithinLimit, Rule::EndsFlat}, 1'000},
        {"p1-late-fill", "p1-order-ids", {Rule::ExposureWithinLimit}, 20'000},
        {"p1-thin-hedge", "p1-only-when-placed", {Rule::EndsFlat}, 1'000},
        {"p1-two-fills", "p1-only-when-placed", {Rule::EndsFlat}, 1'000},
        {"p1-detectors", "p1-three-detectors", {Rule::HedgedOnce}, 1'000},
    };
    for (const Hole& hole : holes) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            SCOPED_TRACE(std::string{hole.scenario} + ", " + hole.twin + ", seed " +
                         std::to_string(seed));
            const auto scenario = scenario_with(hole.scenario, hole.twin);
            ASSERT_NE(scenario, nullptr);
            const auto found = find_by_random(*scenario, 0, seed, hole.schedules);
            ASSERT_TRUE(found);
            EXPECT_NE(std::ranges::find(hole.rules, found->rule), hole.rules.end())
                << explore::info(found->rule).name;
            EXPECT_GT(found->schedule, 0U);
            EXPECT_GE(found->transition, found->path.size());
        }
    }
}

// --- the bug ---

TEST(P1, TheFixHoldsWhereTheBugWas) {
    const SearchResult bug = search_all("p1-confirmation", "p1-any-confirmation");
    EXPECT_EQ(broken_in(bug), (std::vector{Rule::ExposureWithinLimit, Rule::EndsFlat}));
    const SearchResult fix = search_all("p1-confirmation", "p1-only-when-placed");
    EXPECT_TRUE(fix.is_complete);
    EXPECT_TRUE(fix.findings.empty());
}

// --- the holes of the fix ---

// (a) A confirmation that comes before a fill is heard frees the status word by its own rule. The
// fill's order is forgotten by then.
TEST(P1, TheFixQuotesAgainBeforeItHearsOfAFill) {
    EXPECT_EQ(broken_in(search_all("p1-late-fill", "p1-only-when-placed")),
              (std::vector{Rule::ExposureWithinLimit, Rule::EndsFlat}));
}

// That the late fill is known for what it is, and hedged, leaves the other quote beside it.
TEST(P1, OrderIdsHedgeALateFillBesideANewQuote) {
    const SearchResult result = search_all("p1-late-fill", "p1-order-ids");
    EXPECT_TRUE(result.is_complete);
    EXPECT_EQ(broken_in(result), (std::vector{Rule::ExposureWithinLimit}));
}

// (c) A hedge that trades in part is Complete.
TEST(P1, TheFixIsCompleteWithHalfAHedge) {
    EXPECT_EQ(broken_in(search_all("p1-thin-hedge", "p1-only-when-placed")),
              (std::vector{Rule::EndsFlat}));
}

// A hedge whose request is lost is given up, and so is the position.
TEST(P1, TheFixGivesUpAHedgeThatIsLost) {
    EXPECT_EQ(broken_in(search_all("p1-cancels-fail", "p1-only-when-placed", 1)),
              (std::vector{Rule::EndsFlat}));
    EXPECT_TRUE(broken_in(search_all("p1-cancels-fail", "p1-only-when-placed", 0)).empty());
}

// (d) And with one detector nothing is wrong there.
TEST(P1, EachDetectorHedgesWhatItSees) {
    explore::World world{scenario_with("p1-detectors", "p1-three-detectors")};
    EXPECT_EQ(broken_in(explore::random(world, {}, 1, 5'000)), (std::vector{Rule::HedgedOnce}));
    const SearchResult one = search_all("p1-detectors", "p1-only-when-placed");
    EXPECT_TRUE(one.is_complete);
    EXPECT_TRUE(one.findings.empty());
}

// Not on the list: a second fill waits for the task that hedges the first, and when that is done
// the bot ends.
TEST(P1, TheFixEndsWhileASecondFillWaits) {
    EXPECT_EQ(broken_in(search_all("p1-two-fills", "p1-only-when-placed")),
              (std::vector{Rule::EndsFlat}));
}

TEST(P1, SavedTracesReplay) {
    for (const char* name : {"p1-any-confirmation", "p1-late-fill", "p1-late-fill-forgotten",
                             "p1-order-ids", "p1-thin-hedge", "p1-two-fills", "p1-lost-hedge",
                             "p1-late-answer", "p1-cancels-fail", "p1-three-detectors"}) {
        SCOPED_TRACE(name);
        expect_trace_replays(name);
    }
}

// --- Keel's own ---

TEST(P1, KeelBreaksNothingThere) {
    for (const char* name : {"p1-confirmation", "p1-thin-hedge", "p1-cancels-fail"}) {
        SCOPED_TRACE(name);
        const SearchResult result = search_all(name, "keel");
        EXPECT_TRUE(result.is_complete);
        EXPECT_TRUE(result.findings.empty());
    }
    for (const std::string& name : scenarios) {
        SCOPED_TRACE(name);
        explore::World world{scenario_with(name, "keel")};
        Bounds bounds;
        bounds.max_faults = 3;
        const SearchResult result = explore::random(world, bounds, 1, 1'000);
        EXPECT_TRUE(result.findings.empty());
        EXPECT_EQ(result.tally.schedules, 1'000U);
    }
}

} // namespace
} // namespace keel::twins
