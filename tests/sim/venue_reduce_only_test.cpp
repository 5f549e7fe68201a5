#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Reduce-only orders never open a position, however many there are.

namespace keel::sim {
namespace {

// Sends it and waits for the answer.
RequestAnswer answer_to(Desk& desk, const CommandBody& command) {
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(100));
    return desk.last_answer();
}

TEST(ReduceOnly, NeedsSomethingToReduce) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    auto request = desk.order(Side::Sell, 100, 5, TimeInForce::Ioc);
    request.reduce_only = 1;
    EXPECT_EQ(answer_to(desk, request).reason, Reason::ReduceOnly);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    request = desk.order(Side::Buy, 110, 5, TimeInForce::Ioc);
    request.reduce_only = 1;
    EXPECT_EQ(answer_to(desk, request).reason, Reason::ReduceOnly);
}

TEST(ReduceOnly, IsPartOfTheTruthAboutAnOrder) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    auto request = desk.order(Side::Sell, 120, 5);
    const ClOrdID plain = desk.place(request);
    request = desk.order(Side::Sell, 121, 5);
    request.reduce_only = 1;
    const ClOrdID reducing = desk.place(request);
    EXPECT_FALSE(desk.truth(plain).reduce_only);
    EXPECT_TRUE(desk.truth(reducing).reduce_only);
}

TEST(ReduceOnly, IsClippedAtFlatWhenItTrades) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    auto request = desk.order(Side::Sell, 100, 20, TimeInForce::Ioc);
    request.reduce_only = 1;
    const ClOrdID id = desk.place(request);
    EXPECT_EQ(desk.filled(id), 5);
    EXPECT_EQ(desk.position(), 0);
    desk.settle();
    ASSERT_EQ(desk.reports(ExecType::Expired).size(), 1U);
}

TEST(ReduceOnly, SeveralRestingOnesAreClippedTogetherAtFlatAndTheRestCanceled) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    std::vector<ClOrdID> ids;
    for (int i = 0; i < 3; ++i) {
        auto request = desk.order(Side::Sell, 109, 3);
        request.reduce_only = 1;
        ids.push_back(desk.place(request));
    }
    EXPECT_EQ(desk.venue.open_order_count(), 3U);
    desk.print(btc, Side::Buy, 120, 100);
    EXPECT_EQ(desk.position(), 0);
    EXPECT_EQ(desk.filled(ids[0]), 3);
    EXPECT_EQ(desk.filled(ids[1]), 2);
    EXPECT_EQ(desk.filled(ids[2]), 0);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    desk.settle();
    const auto ends = desk.reports(ExecType::Canceled);
    ASSERT_EQ(ends.size(), 2U);
    EXPECT_EQ(ends[0].reason, Reason::ReduceOnly);
    EXPECT_EQ(ends[0].cum_qty, Lots{2});
}

TEST(ReduceOnly, RestingOnesEndWhenAnotherOrderFlattens) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    auto request = desk.order(Side::Sell, 120, 5);
    request.reduce_only = 1;
    const ClOrdID id = desk.place(request);
    desk.place(Side::Sell, 100, 5, TimeInForce::Ioc);
    EXPECT_FALSE(desk.truth(id).is_open);
}

TEST(ReduceOnly, AVenueThatDoesNotWaitForTheMatchTakesOffWhatIsTooMuch) {
    VenueConfig config = test_config();
    config.traits.reduce_only_at_match = false;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    auto request = desk.order(Side::Sell, 120, 8);
    request.reduce_only = 1;
    const ClOrdID id = desk.place(request);
    desk.settle();
    auto restated = desk.reports(ExecType::Restated);
    ASSERT_EQ(restated.size(), 1U);
    EXPECT_EQ(restated[0].reduced, Lots{3});
    EXPECT_EQ(restated[0].order_qty, Lots{8}); // leaves = ordered - filled - reduced
    desk.place(Side::Sell, 100, 2, TimeInForce::Ioc);
    desk.settle();
    restated = desk.reports(ExecType::Restated);
    ASSERT_EQ(restated.size(), 2U);
    EXPECT_EQ(restated[1].reduced, Lots{5}); // the running total
    desk.print(btc, Side::Buy, 130, 100);
    EXPECT_EQ(desk.filled(id), 3);
    EXPECT_EQ(desk.position(), 0);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
}

TEST(ReduceOnly, AVenueThatChecksTheSizeRefusesMoreThanIsHeld) {
    VenueConfig config = test_config();
    config.reduce_only_size_checked = true;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    auto request = desk.order(Side::Sell, 100, 6, TimeInForce::Ioc);
    request.reduce_only = 1;
    EXPECT_EQ(answer_to(desk, request).reason, Reason::ReduceOnly);
    EXPECT_EQ(desk.position(), 5);
    request = desk.order(Side::Sell, 100, 5, TimeInForce::Ioc);
    request.reduce_only = 1;
    EXPECT_EQ(answer_to(desk, request).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.position(), 0);
}

} // namespace
} // namespace keel::sim
