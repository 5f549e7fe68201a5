#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Where a venue cancels all orders of an account that it has not heard of for a while.

namespace keel::sim {
namespace {

class BeatingDesk : public Desk {
public:
    explicit BeatingDesk(const FaultProfile& faults = no_faults(), std::uint64_t seed = 1)
        : Desk(config(), faults, seed) {
        quote(btc, 100, 50, 110, 50);
        run(seconds(1));
    }
    static VenueConfig config() {
        VenueConfig out = test_config();
        out.traits.heartbeat_timeout = seconds(10);
        return out;
    }
    void beat() {
        Heartbeat out;
        out.request = RequestID{++requests};
        out.account = account_0;
        venue.send(out, now);
        run(milliseconds(60));
    }
};

TEST(Heartbeats, AreAnswered) {
    BeatingDesk desk;
    desk.beat();
    const RequestAnswer answer = desk.last_answer();
    EXPECT_EQ(answer.kind, RequestKind::Heartbeat);
    EXPECT_EQ(answer.outcome, Outcome::Accepted);
    EXPECT_EQ(answer.request, RequestID{desk.requests});
    EXPECT_TRUE(answer.cl_ord_id.is_none());
    EXPECT_EQ(answer.transport, Transport::Rest);
}

TEST(Heartbeats, WhoNeverSentOneKeepsItsOrders) {
    const Desk fresh{BeatingDesk::config()};
    EXPECT_EQ(fresh.venue.lapses_from(account_0.value()), never);
    BeatingDesk desk;
    const ClOrdID id = desk.place(Side::Buy, 99, 5);
    desk.run(seconds(100));
    EXPECT_TRUE(desk.truth(id).is_open);
}

TEST(Heartbeats, WithoutOneForTooLongAllOrdersAreCanceled) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        BeatingDesk desk{no_faults(), seed};
        desk.beat();
        const ClOrdID bid = desk.place(Side::Buy, 99, 5);
        auto other = desk.order(Side::Sell, 200, 5);
        other.instrument = eth;
        desk.place(other);
        const Timestamp from = desk.now;
        desk.run(milliseconds(9'900));
        EXPECT_TRUE(desk.truth(bid).is_open);
        desk.run(milliseconds(5'200)); // at most half as long again
        EXPECT_FALSE(desk.truth(bid).is_open);
        EXPECT_EQ(desk.venue.open_order_count(), 0U);
        const auto canceled = desk.reports(ExecType::Canceled);
        ASSERT_EQ(canceled.size(), 2U);
        EXPECT_GE(canceled.front().transact_time, from + milliseconds(9'900));
        // The contract is over: what is placed now is nobody's concern.
        const ClOrdID later = desk.place(Side::Buy, 99, 5);
        desk.run(seconds(100));
        EXPECT_TRUE(desk.truth(later).is_open);
        desk.beat(); // and begins anew
        desk.run(seconds(16));
        EXPECT_FALSE(desk.truth(later).is_open);
    }
}

TEST(Heartbeats, InTimeKeepThem) {
    BeatingDesk desk;
    const ClOrdID id = desk.place(Side::Buy, 99, 5);
    for (int n = 0; n < 20; ++n) {
        desk.beat();
        desk.run(seconds(9));
    }
    EXPECT_TRUE(desk.truth(id).is_open);
}

TEST(Heartbeats, OneThatIsLostDoesNotCount) {
    BeatingDesk desk;
    desk.beat();
    const ClOrdID id = desk.place(Side::Buy, 99, 5);
    desk.venue.set_faults(only(FaultKind::AnswerLostBefore));
    for (int n = 0; n < 3; ++n) {
        desk.run(seconds(5));
        desk.beat();
    }
    EXPECT_FALSE(desk.truth(id).is_open);
}

TEST(Heartbeats, AVenueWithoutThemSaysSo) {
    Desk desk;
    Heartbeat beat;
    beat.request = RequestID{1};
    beat.account = account_0;
    desk.venue.send(beat, desk.now);
    desk.run(seconds(1));
    EXPECT_EQ(desk.last_answer().reason, Reason::NotSupported);
}

} // namespace
} // namespace keel::sim
