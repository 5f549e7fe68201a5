#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// An account that is worth less than the maintenance margin of what it holds is liquidated.

namespace keel::sim {
namespace {

// Without fees. A lot is worth 0.001 for each tick of its price, and needs a twentieth of that;
// what is held at 100 ticks was bought for 10 % of it, with nothing to spare.
VenueConfig thin(std::int64_t lots = 10) {
    VenueConfig config = test_config();
    for (SimInstrument& one : config.instruments) {
        one.maintenance_margin_ppm = 50'000;
        one.spec.maker_fee_ppm = 0;
        one.spec.taker_fee_ppm = 0;
    }
    config.accounts[0].collateral = Money{money_one / 100} * lots; // 10 ticks of each lot
    return config;
}

Desk holding(std::int64_t lots, const VenueConfig& config) {
    Desk desk{config};
    desk.quote(btc, 100, 50, 100, 50);
    desk.run(milliseconds(1));
    desk.place(lots > 0 ? Side::Buy : Side::Sell, 100, lots > 0 ? lots : -lots, TimeInForce::Ioc);
    desk.settle();
    desk.heard.clear();
    desk.venue.clear_new_fills();
    EXPECT_EQ(desk.position(), lots);
    return desk;
}

// At 95 a lot has lost 5 of its 10, and needs 4.75: the margin is there. At 94 it is not.
TEST(Maintenance, IsHeldAgainstEquityAtTheMark) {
    Desk desk = holding(10, thin());
    desk.quote(btc, 95, 50, 95, 50);
    EXPECT_EQ(desk.position(), 10);
    desk.quote(btc, 94, 50, 94, 50);
    EXPECT_EQ(desk.position(), 0);
    EXPECT_EQ(desk.venue.liquidation_count(), 1U);
    ASSERT_EQ(desk.venue.new_fills().size(), 1U);
    EXPECT_FALSE(desk.venue.new_fills()[0].is_ours);
    EXPECT_EQ(desk.venue.new_fills()[0].px, Ticks{94});
    desk.settle();
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 1U);
    EXPECT_TRUE(fills[0].cl_ord_id.is_none());
    EXPECT_EQ(fills[0].side, Side::Sell);
    EXPECT_EQ(fills[0].last_qty, Lots{10});
}

TEST(Maintenance, OfAShortPositionToo) {
    Desk desk = holding(-10, thin());
    desk.quote(btc, 104, 50, 104, 50);
    EXPECT_EQ(desk.position(), -10);
    desk.quote(btc, 105, 50, 105, 50); // has lost 5 of 10, and needs 5.25
    EXPECT_EQ(desk.position(), 0);
}

TEST(Maintenance, IsAskedForByNobodyUnlessConfigured) {
    VenueConfig config = thin();
    for (SimInstrument& one : config.instruments) one.maintenance_margin_ppm = 0;
    Desk desk = holding(10, config);
    desk.quote(btc, 1, 50, 1, 50);
    EXPECT_EQ(desk.position(), 10);
    EXPECT_EQ(desk.venue.liquidation_count(), 0U);
}

TEST(Maintenance, AllOrdersOfTheAccountGoFirst) {
    Desk desk = holding(10, thin());
    auto target = desk.order(Side::Sell, 120, 10);
    target.reduce_only = 1;
    const ClOrdID resting = desk.place(target);
    auto stop = desk.order(Side::Sell, 50, 10, TimeInForce::Ioc);
    stop.reduce_only = 1;
    stop.trigger_px = Ticks{60};
    const ClOrdID waiting = desk.place(stop);
    auto elsewhere = desk.order(Side::Buy, 50, 1);
    elsewhere.instrument = eth;
    elsewhere.trigger_px = Ticks{60};
    const ClOrdID other = desk.place(elsewhere);
    EXPECT_EQ(desk.venue.open_order_count(), 3U);
    desk.quote(btc, 94, 50, 94, 50);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    EXPECT_EQ(desk.position(), 0);
    desk.settle();
    const auto ends = desk.reports(ExecType::Canceled);
    ASSERT_EQ(ends.size(), 3U);
    EXPECT_EQ(ends[0].cl_ord_id, resting);
    EXPECT_EQ(ends[1].cl_ord_id, waiting);
    EXPECT_EQ(ends[2].cl_ord_id, other);
    for (const ExecutionReport& end : ends) EXPECT_EQ(end.reason, Reason::InsufficientMargin);
}

// A stop that the same quote triggers trades before the venue looks.
TEST(Maintenance, AStopThatTradesInTimeSparesIt) {
    Desk desk = holding(10, thin());
    auto stop = desk.order(Side::Sell, 90, 10, TimeInForce::Ioc);
    stop.reduce_only = 1;
    stop.trigger_px = Ticks{96};
    const ClOrdID id = desk.place(stop);
    desk.quote(btc, 94, 50, 94, 50);
    EXPECT_EQ(desk.filled(id), 10);
    EXPECT_EQ(desk.position(), 0);
    EXPECT_EQ(desk.venue.liquidation_count(), 0U);
}

TEST(Maintenance, WithoutAnybodyToTradeWithItWaitsForTheNextQuote) {
    Desk desk = holding(10, thin());
    desk.quote(btc, 94, 0, 94, 50); // nobody bids; the mark is that of the last who did
    EXPECT_EQ(desk.position(), 10);
    EXPECT_EQ(desk.venue.liquidation_count(), 0U);
    desk.quote(btc, 93, 50, 93, 50);
    EXPECT_EQ(desk.position(), 0);
    EXPECT_EQ(desk.venue.liquidation_count(), 1U);
}

// Two positions; with the first one gone what is left covers the other.
TEST(Maintenance, ClosesOneAfterTheOtherUntilTheRestIsCovered) {
    VenueConfig config = thin();
    config.accounts[0].collateral = Money{money_one / 100} * 20;
    Desk desk = holding(10, config);
    desk.quote(eth, 100, 50, 100, 50);
    auto second = desk.order(Side::Buy, 100, 10, TimeInForce::Ioc);
    second.instrument = eth;
    desk.place(second);
    ASSERT_EQ(desk.position(eth), 10);
    // Both need 5 a lot of 20 together. Bitcoin loses 12 a lot: 8 are left, and 4.4 + 5 needed.
    desk.quote(btc, 88, 50, 88, 50);
    EXPECT_EQ(desk.position(btc), 0);
    EXPECT_EQ(desk.position(eth), 10);
    EXPECT_EQ(desk.venue.liquidation_count(), 1U);
}

TEST(Maintenance, IsToldAsOutsideToldSays) {
    VenueConfig config = thin();
    config.outside_told = OutsideTold::Manual;
    Desk desk = holding(10, config);
    desk.quote(btc, 94, 50, 94, 50);
    desk.settle();
    EXPECT_EQ(desk.position(), 0);
    EXPECT_TRUE(desk.all<ExecutionReport>().empty());
    ASSERT_EQ(desk.all<PositionReport>().size(), 1U);
    EXPECT_EQ(desk.all<PositionReport>()[0].qty, Lots{0});
    ASSERT_EQ(desk.venue.new_fills().size(), 1U);
    EXPECT_FALSE(desk.venue.new_fills()[0].is_told);
}

// Long and short of as much: the market takes from one what it gives to the other, and both need
// their margin.
TEST(Maintenance, InHedgeModeEachSideNeedsItsOwn) {
    VenueConfig config = thin(20);
    config.hedge_mode = true;
    Desk desk{config};
    desk.quote(btc, 100, 50, 100, 50);
    desk.run(milliseconds(1));
    for (const PositionSide side : {PositionSide::Long, PositionSide::Short}) {
        auto order = desk.order(side == PositionSide::Long ? Side::Buy : Side::Sell, 100, 10,
                                TimeInForce::Ioc);
        order.position_side = side;
        desk.place(order);
    }
    ASSERT_EQ(desk.venue.position(btc, PositionSide::Short), Lots{-10});
    desk.quote(btc, 190, 50, 190, 50);
    EXPECT_EQ(desk.venue.liquidation_count(), 0U); // 20 lots need 9.5 each, of 10
    desk.quote(btc, 210, 50, 210, 50);             // and 10.5
    EXPECT_EQ(desk.venue.position(btc, PositionSide::Long), Lots{0});
    EXPECT_EQ(desk.venue.position(btc, PositionSide::Short), Lots{-10});
    EXPECT_EQ(desk.venue.liquidation_count(), 1U);
}

} // namespace
} // namespace keel::sim
