#include <algorithm>

#include <gtest/gtest.h>

#include "explore/world.hpp"
#include "tests/twins/twin_trial.hpp"

namespace keel::twins {
namespace {

using explore::Bounds;
using explore::Rule;
using explore::SearchResult;

SearchResult search_all(const std::string& scenario, std::string_view twin, std::uint32_t faults) {
    explore::World world{scenario_with(scenario, twin)};
    Bounds bounds;
    bounds.max_faults = faults;
    return explore::exhaustive(world, bounds);
}

bool leaves_an_order(const SearchResult& result) {
    return std::ranges::any_of(result.findings, [](const explore::Finding& one) {
        return one.rule == Rule::NoForgottenOrder;
    });
}

// (b) A quote rests after Complete when every cancel of it fails: two after the fill, two before
// the hedge, two after it, and two when the process ends. One fewer is not enough.
TEST(P1, EightCancelsMustFailBeforeAQuoteOutlivesTheFix) {
    const SearchResult seven = search_all("p1-cancels-fail", "p1-only-when-placed", 7);
    EXPECT_TRUE(seven.is_complete);
    EXPECT_FALSE(leaves_an_order(seven));
    EXPECT_TRUE(leaves_an_order(search_all("p1-cancels-fail", "p1-only-when-placed", 8)));
}

TEST(P1, KeelBreaksNothingInWholeSearches) {
    const SearchResult fills = search_all("p1-two-fills", "keel", 0);
    EXPECT_TRUE(fills.is_complete);
    EXPECT_TRUE(fills.findings.empty());
    const SearchResult cancels = search_all("p1-cancels-fail", "keel", 2);
    EXPECT_TRUE(cancels.is_complete);
    EXPECT_TRUE(cancels.findings.empty());
    // With two timers that overtake it does not close in minutes.
    auto late = *scenario_with("p1-late-fill", "keel");
    late.overtakings_max = 1;
    explore::World world{std::make_shared<const explore::Scenario>(late)};
    const SearchResult fills_late = explore::exhaustive(world, {});
    EXPECT_TRUE(fills_late.is_complete);
    EXPECT_TRUE(fills_late.findings.empty());
}

} // namespace
} // namespace keel::twins
