#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

// Whatever chance chooses, with every kind of fault, a desk with all its rules keeps ours. (A read
// of fills that is asked for V after a fill, to the nanosecond, once was shown without it: seed
// 353.)
void expect_no_walk_breaks_a_rule(const Small& small) {
    World world{small_scenario(small)};
    const World::Mark beginning = world.mark();
    for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        world.back_to(beginning);
        static_cast<void>(walk(world, rng, 3, 300));
        ASSERT_EQ(info(world.broken_rule()).name, info(Rule::None).name);
    }
}

TEST(Sound, NoWalkBreaksARule) { expect_no_walk_breaks_a_rule({}); }

// Nor where its lease may be lost, and comes back in the same epoch or in another.
TEST(Sound, NoWalkBreaksARuleWhereTheLeaseMayBeLost) {
    expect_no_walk_breaks_a_rule({.faults = all_faults, .lease = seconds(2)});
}

} // namespace
} // namespace keel::explore
