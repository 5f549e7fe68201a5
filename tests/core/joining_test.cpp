#include "tests/core/desk_fixture.hpp"

// The first join, and restarts whose lease, streams or evidence come late: nothing is hedged on
// half of what an account holds, and a fence begins with the act that makes it one.

namespace keel::core {
namespace {

using namespace script;

void begin(Script& s) {
    s.life = 1;
    s.tell(Boot{1, 0});
    s.leases();
    s.links_up();
    s.books();
}

TEST(FirstJoin, HedgedPairHeldBeforeIsLeftAlone) {
    Script s{two_venues()};
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{10};
    s.truth[1].positions[{hedge.value(), PositionSide::Net}] = Lots{-10};
    begin(s);
    for (int n = 0; n < 200; ++n) {
        s.pass_ms(100);
        s.books();
    }
    EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
    EXPECT_EQ(s.position(maker).assigned, Lots{10});
    EXPECT_EQ(s.position(hedge).assigned, Lots{-10});
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
}

// The second account answers long after the first.
TEST(FirstJoin, WaitsForTheSlowerAccount) {
    Script s{two_venues()};
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{10};
    s.truth[1].positions[{hedge.value(), PositionSide::Net}] = Lots{-10};
    s.answers_reads = false;
    begin(s);
    for (int n = 0; n < 80; ++n) {
        s.pass_ms(100);
        s.books();
        for (const Script::Asked& one : std::exchange(s.reads_asked, {})) {
            const bool late = one.request.account == hedge_account &&
                              one.request.kind == RequestKind::ReadPositions;
            if (!late || n > 40) s.answer_read(one.request, one.at);
        }
        ASSERT_EQ(s.count<NewOrderSingle>(), 0U) << "after " << n * 100 << " ms";
        ASSERT_TRUE(n > 40 || s.engine().desk().recovery != Recovery::Done);
    }
    EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
}

// Later on: both legs are taken down at once by the venues. One is adopted while the other is still
// in doubt, and belongs to nobody until that is settled.
TEST(FirstJoin, NothingIsAssignedWhileAnotherMemberIsInDoubt) {
    Script s{two_venues()};
    s.start();
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{-4};
    s.truth[1].positions[{hedge.value(), PositionSide::Net}] = Lots{4};
    s.answers_reads = false;
    s.snapshot(maker, -4);
    s.snapshot(hedge, 4);
    bool adopted_alone = false;
    for (int n = 0; n < 100; ++n) {
        s.pass_ms(100);
        s.books();
        for (const Script::Asked& one : std::exchange(s.reads_asked, {})) {
            if (one.request.account == maker_account || n > 50) s.answer_read(one.request, one.at);
        }
        adopted_alone = adopted_alone || (s.position(maker).adjusted != Lots{0} &&
                                          s.position(hedge).contra_end != Timestamp{});
        ASSERT_EQ(s.count<NewOrderSingle>(), 0U) << "after " << n * 100 << " ms";
    }
    EXPECT_TRUE(adopted_alone);
    EXPECT_EQ(s.position(maker).assigned, Lots{-4});
    EXPECT_EQ(s.position(hedge).assigned, Lots{4});
}

// The other member's doubt may end well, too: it was a stale view.
TEST(FirstJoin, IsAssignedWhenTheOtherMembersDoubtEnds) {
    Script s{two_venues()};
    s.start();
    s.book(hedge, 0, 0);
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{-4};
    s.answers_reads = false;
    s.snapshot(hedge, 4);
    ASSERT_NE(s.position(hedge).contra_end, Timestamp{});
    s.snapshot(maker, -4);
    for (int n = 0; n < 50 && s.position(maker).adjusted == Lots{0}; ++n) {
        s.pass_ms(100);
        for (const Script::Asked& one : std::exchange(s.reads_asked, {})) {
            if (one.request.account == maker_account) s.answer_read(one.request, one.at);
        }
    }
    ASSERT_EQ(s.position(maker).adjusted, Lots{-4});
    ASSERT_EQ(s.position(maker).assigned, Lots{0});
    s.snapshot(hedge, 0);
    EXPECT_EQ(s.position(hedge).contra_end, Timestamp{});
    EXPECT_EQ(s.position(maker).assigned, Lots{-4});
}

// --- fences ---

strategy::DeskConfig fenced(Fence fence) {
    strategy::DeskConfig config = two_venues();
    for (VenueTraits& venue : config.engine.venues) {
        venue.fence = fence;
        venue.longest_delay = seconds(10);
    }
    return config;
}
Timestamp first_read_after_boot(Script& s) {
    s.crash(s.record.size());
    s.tell(Boot{++s.life, 1});
    s.leases();
    s.links_up();
    s.forget();
    for (int n = 0; n < 300; ++n) {
        s.pass_ms(100);
        if (s.count<ReadRequest>() > 0) return s.now;
    }
    return never;
}

TEST(Fences, RestartWaitsAsLongAsARequestMayFly) {
    for (const auto& [fence, wait] : {std::pair{Fence::ValidityEnd, milliseconds(2'600)},
                                      std::pair{Fence::BurntNonce, milliseconds(10'500)},
                                      std::pair{Fence::CancelAllAndDelay, milliseconds(10'500)}}) {
        SCOPED_TRACE(static_cast<int>(fence));
        Script s{fenced(fence)};
        s.start();
        const Timestamp booted = s.now + milliseconds(100);
        const Timestamp first = first_read_after_boot(s);
        EXPECT_GE(first, booted + wait);
        EXPECT_LE(first, booted + wait + milliseconds(300));
    }
}

TEST(Fences, CancelAllLeavesWithTheFirstLeaseHoweverLateAndIsThenWaitedFor) {
    Script s{fenced(Fence::CancelAllAndDelay)};
    s.start();
    s.crash(s.record.size());
    s.tell(Boot{++s.life, 1});
    s.links_up();
    s.pass(seconds(15)); // past the fence as it was at the boot
    ASSERT_EQ(s.count<OrderMassCancelRequest>(), 0U);
    s.forget();
    s.leases();
    EXPECT_EQ(s.count<OrderMassCancelRequest>(), 2U);
    const Timestamp leased = s.now;
    s.pass_ms(10'400);
    EXPECT_EQ(s.count<ReadRequest>(), 0U) << "read before what it must show can have arrived";
    EXPECT_GE(s.engine().desk().fence_at, leased + milliseconds(10'500));
    s.pass(seconds(3));
    EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
}

// A renewal is no second beginning, and a first start has nothing to cancel.
TEST(Fences, LeaseOfAFirstStartAndRenewalsWaitForNothing) {
    Script s{fenced(Fence::CancelAllAndDelay)};
    s.start();
    s.leases();
    EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
    EXPECT_EQ(s.count<OrderMassCancelRequest>(), 0U);
}

} // namespace
} // namespace keel::core
