#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// The queue rule of docs/simulated-venue.md, sentence by sentence.

namespace keel::sim {
namespace {

TEST(QueueRule, JoinsBehindTheDisplayedSizeAtItsPrice) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.print(btc, Side::Sell, 100, 50); // exactly what stood before us
    EXPECT_EQ(desk.filled(id), 0);
    desk.print(btc, Side::Sell, 100, 4);
    EXPECT_EQ(desk.filled(id), 4);
}

TEST(QueueRule, BetterThanTheTouchNothingStandsAhead) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 101, 10);
    desk.print(btc, Side::Sell, 101, 3);
    EXPECT_EQ(desk.filled(id), 3);
}

TEST(QueueRule, AloneInAnEmptyBookNothingStandsAhead) {
    Desk desk;
    desk.quote(btc, 0, 0, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 90, 10);
    desk.print(btc, Side::Sell, 90, 3);
    EXPECT_EQ(desk.filled(id), 3);
}

TEST(QueueRule, AdvancesByTradesAtItsPrice) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.print(btc, Side::Sell, 100, 30);
    desk.quote(btc, 100, 20, 110, 50); // the quote shows the same trade: nothing else has gone
    desk.print(btc, Side::Sell, 100, 20);
    EXPECT_EQ(desk.filled(id), 0);
    desk.print(btc, Side::Sell, 100, 1);
    EXPECT_EQ(desk.filled(id), 1);
}

TEST(QueueRule, AdvancesByTheStatedShareOfOtherDecreases) {
    VenueConfig config = test_config();
    config.instruments[0].queue_cancel_share_ppm = 250'000;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.quote(btc, 100, 90, 110, 50); // more came: behind us
    desk.quote(btc, 100, 50, 110, 50); // 40 went, 10 of them before us
    desk.print(btc, Side::Sell, 100, 40);
    EXPECT_EQ(desk.filled(id), 0);
    desk.print(btc, Side::Sell, 100, 1);
    EXPECT_EQ(desk.filled(id), 1);
}

TEST(QueueRule, OnlyTheUnexplainedPartOfADecreaseIsShared) {
    VenueConfig config = test_config();
    config.instruments[0].queue_cancel_share_ppm = 1'000'000;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.print(btc, Side::Sell, 100, 10); // 40 stand before us
    desk.quote(btc, 100, 90, 110, 50);    // and many behind
    desk.quote(btc, 100, 60, 110, 50);    // 30 gone, no trade: 10 stand before us
    desk.print(btc, Side::Sell, 100, 10);
    EXPECT_EQ(desk.filled(id), 0);
    desk.print(btc, Side::Sell, 100, 2);
    EXPECT_EQ(desk.filled(id), 2);
}

TEST(QueueRule, NeverMoreStandsAheadThanIsDisplayed) {
    VenueConfig config = test_config();
    config.instruments[0].queue_cancel_share_ppm = 0;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.quote(btc, 100, 5, 110, 50);
    desk.print(btc, Side::Sell, 100, 6);
    EXPECT_EQ(desk.filled(id), 1);
}

TEST(QueueRule, WhenTheTouchFallsBehindNothingStandsAheadAndLatecomersStayBehind) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 100, 10);
    desk.quote(btc, 99, 50, 110, 50);
    desk.quote(btc, 100, 70, 110, 50); // they joined after us
    desk.print(btc, Side::Sell, 100, 2);
    EXPECT_EQ(desk.filled(id), 2);
}

TEST(QueueRule, DeeperThanTheTouchNothingIsKnownUntilItsPriceIsDisplayed) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 98, 10);
    desk.print(btc, Side::Sell, 98, 1'000); // no claim on a level that was never shown
    EXPECT_EQ(desk.filled(id), 0);
    desk.quote(btc, 98, 30, 110, 50); // now all that is displayed stands ahead
    desk.print(btc, Side::Sell, 98, 30);
    EXPECT_EQ(desk.filled(id), 0);
    desk.print(btc, Side::Sell, 98, 5);
    EXPECT_EQ(desk.filled(id), 5);
}

TEST(QueueRule, FillsWhenTheMarketTradesThroughItsPrice) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 98, 10);
    desk.print(btc, Side::Sell, 97, 25);
    ASSERT_EQ(desk.filled(id), 10);
    EXPECT_EQ(desk.venue.new_fills().back().px, Ticks{98}); // at our own price
    EXPECT_TRUE(desk.venue.new_fills().back().is_maker);
}

TEST(QueueRule, FillsWhenTheOppositeTouchCrossesItUpToWhatIsDisplayedThere) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Sell, 112, 10);
    desk.quote(btc, 112, 4, 115, 50);
    EXPECT_EQ(desk.filled(id), 4);
    desk.quote(btc, 113, 50, 115, 50);
    EXPECT_EQ(desk.filled(id), 10);
    EXPECT_EQ(desk.venue.new_fills().back().px, Ticks{112});
}

TEST(QueueRule, OnePrintFillsNoMoreThanItsQuantityOverAllOwnOrdersInPriceTimeOrder) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID worse = desk.place(Side::Sell, 108, 10);
    const ClOrdID better = desk.place(Side::Sell, 107, 10);
    const ClOrdID later_one = desk.place(Side::Sell, 108, 10);
    desk.print(btc, Side::Buy, 109, 25);
    EXPECT_EQ(desk.filled(better), 10);
    EXPECT_EQ(desk.filled(worse), 10);
    EXPECT_EQ(desk.filled(later_one), 5);
}

TEST(QueueRule, OwnOrdersAtOnePriceShareAPrintBehindTheMarketsQueue) {
    Desk desk;
    desk.quote(btc, 100, 20, 110, 50);
    const ClOrdID first = desk.place(Side::Buy, 100, 10);
    desk.quote(btc, 100, 50, 110, 50); // 30 more, behind the first, before the second
    const ClOrdID second = desk.place(Side::Buy, 100, 10);
    desk.print(btc, Side::Sell, 100, 25); // 20 of the market, 5 of the first
    EXPECT_EQ(desk.filled(first), 5);
    EXPECT_EQ(desk.filled(second), 0);
    desk.print(btc, Side::Sell, 100, 36); // 5 of the first, 30 of the market, 1 of the second
    EXPECT_EQ(desk.filled(first), 10);
    EXPECT_EQ(desk.filled(second), 1);
}

TEST(QueueRule, APrintOfTheOtherAggressorOrAWorsePriceDoesNotReachUs) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 105, 10);
    desk.print(btc, Side::Buy, 105, 5); // somebody bought: they did not sell to us
    desk.print(btc, Side::Sell, 106, 5);
    EXPECT_EQ(desk.filled(id), 0);
}

TEST(QueueRule, OneMatchThatServesSeveralOwnOrdersHasOneExecID) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Sell, 107, 1);
    desk.place(Side::Sell, 108, 1);
    desk.print(btc, Side::Buy, 109, 25);
    desk.settle();
    const auto trades = desk.reports(ExecType::Trade);
    ASSERT_EQ(trades.size(), 2U);
    EXPECT_EQ(trades[0].exec_id, trades[1].exec_id);
    EXPECT_NE(trades[0].cl_ord_id, trades[1].cl_ord_id);
    desk.place(Side::Sell, 107, 1);
    desk.print(btc, Side::Buy, 109, 25);
    desk.settle();
    EXPECT_NE(desk.reports(ExecType::Trade).back().exec_id, trades[0].exec_id);
}

TEST(Takers, FillAtTheTouchNeverBetterAndNeverMoreThanIsDisplayed) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID id = desk.place(Side::Buy, 115, 10, TimeInForce::Ioc);
    EXPECT_EQ(desk.filled(id), 7);
    EXPECT_EQ(desk.venue.new_fills().back().px, Ticks{110});
    EXPECT_FALSE(desk.venue.new_fills().back().is_maker);
    EXPECT_FALSE(desk.truth(id).is_open);
}

TEST(Takers, ConsumeWhatIsDisplayedUntilTheNextQuoteOfThatInstrument) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    const ClOrdID second = desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    EXPECT_EQ(desk.filled(second), 2);
    desk.quote(eth, 100, 50, 110, 7); // another instrument's quote brings nothing back
    const ClOrdID third = desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    EXPECT_EQ(desk.filled(third), 0);
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID fourth = desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    EXPECT_EQ(desk.filled(fourth), 5);
}

TEST(Takers, WhatPrintsHaveTakenIsNotThereEither) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    desk.print(btc, Side::Buy, 110, 4);
    const ClOrdID id = desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    EXPECT_EQ(desk.filled(id), 3);
}

TEST(Takers, AGoodTillCancelRemainderRests) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID id = desk.place(Side::Buy, 110, 10);
    EXPECT_EQ(desk.filled(id), 7);
    EXPECT_TRUE(desk.truth(id).is_open);
    desk.print(btc, Side::Sell, 110, 2); // it stands before the touch
    EXPECT_EQ(desk.filled(id), 9);
}

TEST(Takers, AnOwnRestingOrderInTheWayIsRemovedAndTheTakerGoesOn) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID mine = desk.place(Side::Sell, 108, 10);
    const ClOrdID far_away = desk.place(Side::Sell, 130, 10);
    const ClOrdID taker = desk.place(Side::Buy, 110, 3, TimeInForce::Ioc);
    EXPECT_FALSE(desk.truth(mine).is_open);
    EXPECT_TRUE(desk.truth(far_away).is_open);
    EXPECT_EQ(desk.filled(mine), 0);
    EXPECT_EQ(desk.filled(taker), 3);
    desk.settle();
    const auto ends = desk.reports(ExecType::Canceled);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].cl_ord_id, mine);
    EXPECT_EQ(ends[0].reason, Reason::Self);
}

TEST(Matching, ThousandsOfRestingOrdersKeepPriceTimeOrder) {
    VenueConfig config = test_config();
    config.orders_max = 4'096;
    Desk desk{config};
    desk.quote(btc, 100, 50, 200'000, 50);
    for (std::uint32_t i = 0; i < 3'000; ++i) {
        desk.venue.send(desk.order(Side::Sell, 1'000 + (i * 7) % 500, 1), desk.now);
        desk.run(milliseconds(5));
    }
    ASSERT_EQ(desk.venue.open_order_count(), 3'000U);
    desk.venue.clear_new_fills();
    desk.print(btc, Side::Buy, 100'000, 2'999);
    const auto fills = desk.venue.new_fills();
    ASSERT_EQ(fills.size(), 2'999U);
    for (std::size_t i = 1; i < fills.size(); ++i) {
        ASSERT_LE(fills[i - 1].px, fills[i].px);
        if (fills[i - 1].px == fills[i].px) {
            ASSERT_LT(fills[i - 1].cl_ord_id, fills[i].cl_ord_id);
        }
    }
}

} // namespace
} // namespace keel::sim
