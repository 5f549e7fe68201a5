#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Validity, the speed bump, cancels, and how many requests a venue takes.

namespace keel::sim {
namespace {

// Sends it and waits for the answer.
RequestAnswer answer_to(Desk& desk, const CommandBody& command) {
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(100));
    return desk.last_answer();
}

TEST(Validity, IsEnforcedByTheVenuesOwnClockWhenTheRequestArrives) {
    for (const std::int64_t offset_ms : {-50, 0, 50}) {
        for (const std::int64_t slack_ms : {-1, 0}) {
            VenueConfig config = test_config();
            config.clock_offset = milliseconds(offset_ms);
            Desk desk{config};
            desk.run(seconds(1));
            desk.quote(btc, 100, 50, 110, 50);
            auto request = desk.order(Side::Buy, 100, 10);
            request.valid_until = desk.now + milliseconds(5 + offset_ms + slack_ms);
            const RequestAnswer answer = answer_to(desk, request);
            EXPECT_EQ(answer.outcome, slack_ms < 0 ? Outcome::Refused : Outcome::Accepted);
            EXPECT_EQ(answer.reason, slack_ms < 0 ? Reason::Expired : Reason::None);
            EXPECT_EQ(desk.venue.open_order_count(), slack_ms < 0 ? 0U : 1U);
        }
    }
}

TEST(Validity, HoldsForCancelsAmendsAndMassCancelsToo) {
    Desk desk;
    desk.run(seconds(1));
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    auto cancel = desk.cancel_of(id);
    cancel.valid_until = desk.now;
    EXPECT_EQ(answer_to(desk, cancel).reason, Reason::Expired);
    auto amend = desk.amend_of(id, 99, 10);
    amend.valid_until = desk.now;
    EXPECT_EQ(answer_to(desk, amend).reason, Reason::Expired);
    OrderMassCancelRequest all;
    all.request = RequestID{77};
    all.account = account_0;
    all.valid_until = desk.now;
    EXPECT_EQ(answer_to(desk, all).reason, Reason::Expired);
    EXPECT_TRUE(desk.truth(id).is_open);
}

TEST(Validity, IsCheckedBehindTheSpeedBump) {
    VenueConfig config = test_config();
    config.taker_delay = milliseconds(200);
    Desk desk{config};
    desk.run(seconds(1));
    desk.quote(btc, 100, 50, 110, 50);
    auto request = desk.order(Side::Buy, 100, 10);
    request.valid_until = desk.now + milliseconds(100);
    desk.venue.send(request, desk.now);
    desk.run(milliseconds(300));
    EXPECT_EQ(desk.last_answer().reason, Reason::Expired);
}

TEST(Validity, IsNotKnownToVenuesWithAnotherFence) {
    VenueConfig config = test_config();
    config.traits.fence = Fence::CancelAllAndDelay;
    Desk desk{config};
    desk.run(seconds(1));
    auto request = desk.order(Side::Buy, 100, 10);
    request.valid_until = desk.now - seconds(1);
    EXPECT_EQ(answer_to(desk, request).outcome, Outcome::Accepted);
}

TEST(SpeedBump, HoldsWhatCouldTakeAndACancelOvertakesIt) {
    VenueConfig config = test_config();
    config.taker_delay = milliseconds(200);
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    auto resting = desk.order(Side::Buy, 90, 1);
    resting.post_only = 1;
    desk.place(resting);
    EXPECT_TRUE(desk.truth(resting.cl_ord_id).is_open); // does not wait

    const auto request = desk.order(Side::Buy, 100, 10);
    desk.venue.send(request, desk.now);
    desk.run(milliseconds(1));
    EXPECT_EQ(answer_to(desk, desk.cancel_of(request.cl_ord_id)).reason, Reason::UnknownOrder);
    desk.run(milliseconds(200));
    EXPECT_TRUE(desk.truth(request.cl_ord_id).is_open); // most dangerous: it lives
}

TEST(Cancels, NameAnOrderByEitherID) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID a = desk.place(Side::Buy, 100, 10);
    const auto b = desk.order(Side::Buy, 100, 10);
    const OrderID b_id = answer_to(desk, b).order_id;
    EXPECT_EQ(answer_to(desk, desk.cancel_of(a)).outcome, Outcome::Accepted);
    auto by_venue_id = desk.cancel_of(ClOrdID{}, Transport::Rest);
    by_venue_id.order_id = b_id;
    const RequestAnswer answer = answer_to(desk, by_venue_id);
    EXPECT_EQ(answer.outcome, Outcome::Accepted);
    EXPECT_EQ(answer.transport, Transport::Rest);
    EXPECT_EQ(answer.order_id, b_id);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    EXPECT_EQ(desk.reports(ExecType::Canceled).size(), 2U);
}

TEST(Cancels, OverTwoTransportsEndTheOrderOnceAndTheSlowerIsRefused) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.settle();
    const Timestamp sent = desk.now;
    desk.heard.clear();
    desk.venue.send(desk.cancel_of(id, Transport::Rest), desk.now);
    desk.venue.send(desk.cancel_of(id, Transport::Socket), desk.now);
    desk.settle();
    const auto answers = desk.all<RequestAnswer>();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0].transport, Transport::Socket);
    EXPECT_EQ(answers[0].outcome, Outcome::Accepted);
    EXPECT_EQ(answers[1].transport, Transport::Rest);
    EXPECT_EQ(answers[1].reason, Reason::UnknownOrder);
    EXPECT_EQ(desk.heard.back().at - sent, milliseconds(60));
    EXPECT_EQ(desk.reports(ExecType::Canceled).size(), 1U);
}

TEST(Cancels, OfFilledOrUnknownOrForeignOrdersAreRefusedInOneWord) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID filled = desk.place(Side::Buy, 110, 10);
    EXPECT_EQ(answer_to(desk, desk.cancel_of(filled)).reason, Reason::UnknownOrder);
    EXPECT_EQ(answer_to(desk, desk.cancel_of(ClOrdID::make(1, 1, 99))).reason,
              Reason::UnknownOrder);
}

TEST(Cancels, AllOfAnAccountOrOfOneInstrument) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.quote(eth, 100, 50, 110, 50);
    desk.place(Side::Buy, 90, 1);
    desk.place(Side::Sell, 120, 1);
    auto other = desk.order(Side::Buy, 90, 1);
    other.instrument = eth;
    desk.place(other);
    OrderMassCancelRequest all;
    all.request = RequestID{77};
    all.account = account_0;
    all.instrument = btc;
    EXPECT_EQ(answer_to(desk, all).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.last_answer().kind, RequestKind::MassCancel);
    EXPECT_EQ(desk.venue.open_order_count(), 1U);
    all.instrument = InstrumentIx{};
    answer_to(desk, all);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    EXPECT_EQ(desk.reports(ExecType::Canceled).size(), 3U);
}

TEST(RateLimit, TwiceTheStatedRequestsASecondArriveAndNoMore) {
    VenueConfig config = test_config();
    config.traits.requests_per_second = 3;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID first = desk.place(Side::Buy, 90, 1);
    for (int i = 0; i < 9; ++i) desk.venue.send(desk.order(Side::Buy, 90, 1), desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.venue.open_order_count(), 6U);
    EXPECT_EQ(desk.last_answer().reason, Reason::RateLimited);
    EXPECT_GT(desk.last_answer().retry_after_ms, 0U);
    EXPECT_EQ(answer_to(desk, desk.cancel_of(first)).outcome, Outcome::Accepted); // never held back
    desk.run(seconds(1));
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 1)).outcome, Outcome::Accepted);
}

} // namespace
} // namespace keel::sim
