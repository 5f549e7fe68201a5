#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "tests/twins/twin_trial.hpp"

// P2, the futures position bot: what is seen only when every state is (docs/incidents/p2.md).

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Scenario;
using explore::SearchResult;

SearchResult search_all(const Scenario& scenario, std::uint32_t max_faults) {
    explore::World world{std::make_shared<const Scenario>(scenario)};
    explore::Bounds bounds;
    bounds.max_faults = max_faults;
    SearchResult result = explore::exhaustive(world, bounds);
    EXPECT_TRUE(result.is_complete);
    return result;
}
bool is_among(const SearchResult& result, Rule rule) {
    return std::ranges::any_of(result.findings,
                               [&](const explore::Finding& one) { return one.rule == rule; });
}

TEST(P2Whole, TheCooldownHoldsWithThreeStaleReads) {
    EXPECT_TRUE(search_all(*scenario_with("p2-close", "p2-cooldown"), 3).findings.empty());
}

// The naive bot protects a second position in time, whatever read is stale.
TEST(P2Whole, WithoutTheFixASecondPositionIsProtected) {
    const SearchResult result = search_all(*scenario_with("p2-reopen", "p2-proactive-sync"), 1);
    EXPECT_TRUE(is_among(result, Rule::NoGhost));
    EXPECT_FALSE(is_among(result, Rule::ProtectedInTime));
}

// A stale read alone makes no ghost, nor a restart alone.
TEST(P2Whole, ARestartNeedsAStaleRead) {
    EXPECT_TRUE(search_all(*scenario_with("p2-restart", "p2-cooldown"), 1).findings.empty());
}

// One time holds both: the later is written over the earlier, and is later.
TEST(P2Whole, TwoClosuresAreWaitedOutLikeOne) {
    Scenario twice = *scenario_with("p2-reopen", "p2-cooldown");
    std::vector<explore::Deed>& deeds = twice.lanes[0].deeds;
    deeds.push_back(deeds.front());
    const explore::SearchResult result = search_all(twice, 1);
    EXPECT_FALSE(is_among(result, Rule::NoGhost));
    EXPECT_TRUE(is_among(result, Rule::ProtectedInTime));
}

} // namespace
} // namespace keel::twins
