#include "tests/core/malicious.hpp"

namespace keel::core {
namespace {

using namespace script;

TEST(MaliciousStrategy, GetsNothingPastTheLastGate) {
    const AttackTally tally = attack(1, 200'000);
    EXPECT_EQ(tally.wrong, "");
    // It was a real fight.
    EXPECT_GT(tally.orders, 2'000U);
    EXPECT_GT(tally.hedges, 500U);
    EXPECT_GT(tally.closes, 100U);
    EXPECT_GT(tally.amends, 100U);
    EXPECT_EQ(not_met(tally), "");
}

// A referee who would see it: with any other guard switched off, he blames the engine.
TEST(MaliciousStrategy, RefereeMissesNoGuard) {
    for (const GuardInfo& row : guard_infos) {
        const Guard guard = row.guard;
        if (std::ranges::count(beyond_the_referee, guard) != 0) continue;
        const AttackTally tally =
            attack(1, 300'000, {.guards_off = 1ULL << static_cast<unsigned>(guard)});
        EXPECT_NE(tally.wrong, "") << info(guard).name;
    }
    EXPECT_NE(attack(1, 300'000, {.hedge_counts_pending_as_open = true}).wrong, "");
    EXPECT_NE(attack(1, 300'000, {.ended_is_settled = true}).wrong, "");
    EXPECT_NE(attack(1, 300'000, {.not_found_is_death = true}).wrong, "");
    EXPECT_NE(attack(1, 300'000, {.fills_not_deduplicated = true}).wrong, "");
}

} // namespace
} // namespace keel::core
