#include "explore/necessity.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

const Need* of(const std::vector<Need>& needs, std::string_view name) {
    const auto is_it = [&](const Need& one) { return one.off->name == name; };
    const auto found = std::ranges::find_if(needs, is_it);
    return found == needs.end() ? nullptr : &*found;
}

TEST(Necessity, KnowsEveryGuardAndRuleOnce) {
    std::set<std::string_view> names;
    std::uint64_t guards = 0;
    for (const Switch& one : all_switches()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_FALSE(one.text.empty());
        guards |= one.off.guards_off;
    }
    EXPECT_EQ(guards, (1ULL << core::guard_count) - 2) << "each but none";
    // A rule is a flag of its own, and the set of guards is the only other member.
    constexpr std::size_t flags = sizeof(core::Sabotage) - sizeof(std::uint64_t);
    EXPECT_GT(all_switches().size() - (core::guard_count - 1) + 8, flags);
    EXPECT_LE(all_switches().size() - (core::guard_count - 1), flags);
}

TEST(Necessity, SaysWhatBreaksWithoutWhichAndWhyNotTheOthers) {
    const auto scenario = small_scenario({.qty = 1, .prints = 1, .faults = 0});
    scenario->overtakings_max = 0;
    scenario->horizon = seconds(600);
    const World world{scenario};
    Bounds bounds;
    const SearchResult whole = exhaustive(world, bounds);
    ASSERT_TRUE(whole.is_complete);
    std::size_t told = 0;
    const auto go_on = [&](const Need&) { return ++told < all_switches().size(); };
    const std::vector<Need> needs =
        necessity(*scenario, bounds, whole.tally.guards, 1, go_on,
                  {.schedules_few = 200, .schedules_many = 500, .states_max = 5'000});
    EXPECT_EQ(needs.size(), all_switches().size());
    const Need* ends = of(needs, "fills_join_once");
    ASSERT_NE(ends, nullptr);
    EXPECT_EQ(ends->broken, Rule::NoFalseAlarm);
    EXPECT_GT(ends->steps, 0U);
    EXPECT_TRUE(ends->why.empty());
    const Need* lease = of(needs, "lease");
    ASSERT_NE(lease, nullptr);
    EXPECT_EQ(lease->broken, Rule::None);
    EXPECT_THAT(std::string{lease->why}, testing::HasSubstr("never held anything back"));
    const Need* busts = of(needs, "busts_stay_known");
    ASSERT_NE(busts, nullptr);
    EXPECT_TRUE(busts->is_closed);
    EXPECT_FALSE(busts->why.empty());
}

TEST(Necessity, ASearchNotesWhichGuardsHeldSomethingBack) {
    const auto met = [](int prints) {
        const auto scenario = small_scenario({.qty = 1, .prints = prints, .faults = 0});
        scenario->overtakings_max = 0;
        scenario->horizon = seconds(600);
        const World world{scenario};
        return exhaustive(world, {}).tally.guards;
    };
    EXPECT_NE(met(1) >> static_cast<unsigned>(core::Guard::WindingDown) & 1U, 0U);
    EXPECT_EQ(met(1) >> static_cast<unsigned>(core::Guard::Halted) & 1U, 0U);
}

TEST(Necessity, StopsWhenItIsTold) {
    const auto scenario = small_scenario({.qty = 1, .prints = 0, .faults = 0});
    const auto once = [](const Need&) { return false; };
    EXPECT_EQ(necessity(*scenario, {}, 0, 1, once).size(), 1U);
}

} // namespace
} // namespace keel::explore
