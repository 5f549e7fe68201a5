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
    std::string unmet;
    for (const Guard guard : {Guard::Lease,
                              Guard::Malformed,
                              Guard::MoreThanOwed,
                              Guard::Budget,
                              Guard::Halted,
                              Guard::LinkGap,
                              Guard::Frozen,
                              Guard::Backoff,
                              Guard::Balance,
                              Guard::StaleMark,
                              Guard::PriceCollar,
                              Guard::MaxOrderQty,
                              Guard::MaxOrderNotional,
                              Guard::MaxOpenOrders,
                              Guard::MaxPositionNotional,
                              Guard::MaxOrdersPerSecond,
                              Guard::MaxNotionalPerMinute,
                              Guard::MaxRejectsInWindow,
                              Guard::GroupExposure,
                              Guard::HedgeCapacity}) {
        const bool met = (tally.guards_met >> static_cast<unsigned>(guard) & 1U) != 0;
        if (!met) unmet += fmt::format("{} ", info(guard).name);
    }
    EXPECT_EQ(unmet, "");
}

// A referee who would see it: with any of these guards switched off, he blames the engine.
TEST(MaliciousStrategy, RefereeMissesNoGuard) {
    for (const Guard guard :
         {Guard::Lease, Guard::MoreThanOwed, Guard::Halted, Guard::LinkGap, Guard::StaleMark,
          Guard::PriceCollar, Guard::MaxOrderQty, Guard::MaxOrderNotional, Guard::MaxOpenOrders,
          Guard::MaxPositionNotional, Guard::MaxOrdersPerSecond, Guard::MaxNotionalPerMinute,
          Guard::GroupExposure, Guard::HedgeCapacity}) {
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
