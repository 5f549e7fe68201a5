#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

// What was done and undone has left nothing behind: not even in the record, of which a crash loses
// the end and a later life writes over it.
TEST(StepBack, LeavesNothingBehind) {
    const auto scenario =
        small_scenario({.faults = all_faults, .batches = true, .lease = seconds(2)});
    World world{scenario};
    World fresh{scenario};
    const World::Mark beginning = world.mark();
    const World::Mark fresh_beginning = fresh.mark();
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        world.back_to(beginning);
        fresh.back_to(fresh_beginning);
        const std::vector<Choice> before = walk(world, rng, 1, 20);
        const World::Mark mark = world.mark();
        static_cast<void>(walk(world, rng, 9, 40));
        world.back_to(mark);
        const std::vector<Choice> after = walk(world, rng, 9, 40);
        for (const Choice& one : before) fresh.apply(one);
        for (const Choice& one : after) {
            ASSERT_TRUE(fresh.is_enabled(one, 9));
            fresh.apply(one);
        }
        if (!world.is_alive()) { // what it will be is in its record
            world.apply({Choice::Kind::Restart});
            fresh.apply({Choice::Kind::Restart});
        }
        ASSERT_EQ(world.hash(1), fresh.hash(1));
    }
}

} // namespace
} // namespace keel::explore
