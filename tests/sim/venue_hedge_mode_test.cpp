#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Hedge mode: a long and a short position of each instrument, which know nothing of each other.

namespace keel::sim {
namespace {

using Kind = OutsideAct::Kind;

VenueConfig hedged() {
    VenueConfig config = test_config();
    config.hedge_mode = true;
    return config;
}

NewOrderSingle named(Desk& desk, PositionSide position, Side side, std::int64_t px,
                     std::int64_t qty, TimeInForce tif = TimeInForce::Ioc) {
    NewOrderSingle out = desk.order(side, px, qty, tif);
    out.position_side = position;
    return out;
}

// Bought long and sold short at once.
Desk holding(std::int64_t long_lots, std::int64_t short_lots, const VenueConfig& config = hedged(),
             std::int64_t displayed = 50) {
    Desk desk{config};
    desk.quote(btc, 100, displayed, 110, displayed);
    desk.run(milliseconds(1));
    if (long_lots > 0) desk.place(named(desk, PositionSide::Long, Side::Buy, 110, long_lots));
    if (short_lots > 0) desk.place(named(desk, PositionSide::Short, Side::Sell, 100, short_lots));
    desk.settle();
    desk.heard.clear();
    desk.venue.clear_new_fills();
    return desk;
}

std::int64_t held(const Desk& desk, PositionSide side) {
    return desk.venue.position(btc, side).value();
}

// Sends it and waits for the answer.
RequestAnswer answer_to(Desk& desk, const CommandBody& command) {
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(100));
    return desk.last_answer();
}

TEST(HedgeMode, HoldsBothSidesAtOnce) {
    const Desk desk = holding(5, 3);
    EXPECT_EQ(held(desk, PositionSide::Long), 5);
    EXPECT_EQ(held(desk, PositionSide::Short), -3);
    EXPECT_EQ(held(desk, PositionSide::Net), 0);
    EXPECT_EQ(desk.position(), 2);
}

TEST(HedgeMode, OneWayModeNetsInstead) {
    Desk desk{test_config()};
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    desk.place(Side::Sell, 100, 3, TimeInForce::Ioc);
    EXPECT_EQ(held(desk, PositionSide::Net), 2);
    EXPECT_EQ(held(desk, PositionSide::Long), 0);
    EXPECT_EQ(held(desk, PositionSide::Short), 0);
}

TEST(HedgeMode, AnOrderOfTheOtherModeIsRefused) {
    Desk one_way{test_config()};
    one_way.quote(btc, 100, 50, 110, 50);
    for (const PositionSide side : {PositionSide::Long, PositionSide::Short}) {
        const auto order = named(one_way, side, Side::Buy, 110, 1);
        EXPECT_EQ(answer_to(one_way, order).reason, Reason::InvalidRequest);
        EXPECT_TRUE(one_way.truth(order.cl_ord_id).cl_ord_id.is_none()); // no record of it
    }
    Desk desk = holding(0, 0);
    const auto netting = named(desk, PositionSide::Net, Side::Buy, 110, 1);
    EXPECT_EQ(answer_to(desk, netting).reason, Reason::InvalidRequest);
    EXPECT_EQ(desk.position(), 0);
}

TEST(HedgeMode, SideAndPositionSayWhatAnOrderDoes) {
    for (const std::uint8_t said : {std::uint8_t{0}, std::uint8_t{1}}) { // reduce-only, or nothing
        Desk desk = holding(5, 3);
        auto close = named(desk, PositionSide::Long, Side::Sell, 100, 9);
        close.reduce_only = said;
        desk.place(close);
        EXPECT_EQ(desk.filled(close.cl_ord_id), 5); // clipped at flat: it turns nothing
        EXPECT_TRUE(desk.truth(close.cl_ord_id).reduce_only);
        EXPECT_EQ(held(desk, PositionSide::Long), 0);
        EXPECT_EQ(held(desk, PositionSide::Short), -3);
        close = named(desk, PositionSide::Short, Side::Buy, 110, 9);
        close.reduce_only = said;
        desk.place(close);
        EXPECT_EQ(desk.filled(close.cl_ord_id), 3);
        EXPECT_EQ(held(desk, PositionSide::Short), 0);
    }
}

TEST(HedgeMode, AnOpeningOrderIsNotReduceOnly) {
    Desk desk = holding(5, 5);
    for (const PositionSide side : {PositionSide::Long, PositionSide::Short}) {
        const Side opens = side == PositionSide::Long ? Side::Buy : Side::Sell;
        auto order = named(desk, side, opens, 105, 1, TimeInForce::Gtc);
        order.reduce_only = 1;
        EXPECT_EQ(answer_to(desk, order).reason, Reason::InvalidRequest);
    }
}

TEST(HedgeMode, ThereIsNothingToCloseOnTheOtherSide) {
    Desk desk = holding(5, 0);
    const auto close = named(desk, PositionSide::Short, Side::Buy, 110, 1);
    EXPECT_EQ(answer_to(desk, close).reason, Reason::ReduceOnly);
    EXPECT_EQ(held(desk, PositionSide::Long), 5);
}

// Binance answers -2022 to a close of more than is held though it does not say reduce-only.
TEST(HedgeMode, WhereSizesAreCheckedACloseOfMoreIsRefused) {
    VenueConfig config = hedged();
    config.reduce_only_size_checked = true;
    Desk desk = holding(5, 0, config);
    EXPECT_EQ(answer_to(desk, named(desk, PositionSide::Long, Side::Sell, 100, 6)).reason,
              Reason::ReduceOnly);
    desk.place(named(desk, PositionSide::Long, Side::Sell, 100, 5));
    EXPECT_EQ(held(desk, PositionSide::Long), 0);
}

TEST(HedgeMode, FillsAndPushesNameTheirPosition) {
    Desk desk = holding(0, 0);
    desk.place(named(desk, PositionSide::Long, Side::Buy, 110, 5));
    desk.place(named(desk, PositionSide::Short, Side::Sell, 100, 3));
    desk.settle();
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_EQ(fills[0].position_side, PositionSide::Long);
    EXPECT_EQ(fills[1].position_side, PositionSide::Short);
    for (const auto& status : desk.reports(ExecType::Status)) {
        EXPECT_EQ(status.position_side, opened_by(status.side));
    }
    ASSERT_EQ(desk.venue.new_fills().size(), 2U);
    EXPECT_EQ(desk.venue.new_fills()[0].position_side, PositionSide::Long);
    EXPECT_EQ(desk.venue.new_fills()[1].position_side, PositionSide::Short);
    const auto pushes = desk.all<PositionReport>();
    ASSERT_EQ(pushes.size(), 2U);
    EXPECT_EQ(pushes[0].position_side, PositionSide::Long);
    EXPECT_EQ(pushes[0].qty, Lots{5});
    EXPECT_EQ(pushes[1].position_side, PositionSide::Short);
    EXPECT_EQ(pushes[1].qty, Lots{-3});
}

TEST(HedgeMode, AReconnectPushesBothSides) {
    Desk desk = holding(5, 0);
    desk.venue.disconnect(desk.now);
    desk.venue.connect(desk.now);
    desk.settle();
    std::vector<PositionReport> pushes;
    for (const auto& row : desk.all<PositionReport>()) {
        if (row.instrument == btc) pushes.push_back(row);
    }
    ASSERT_EQ(pushes.size(), 2U);
    EXPECT_EQ(pushes[0].position_side, PositionSide::Long);
    EXPECT_EQ(pushes[0].qty, Lots{5});
    EXPECT_EQ(pushes[1].position_side, PositionSide::Short);
    EXPECT_EQ(pushes[1].qty, Lots{0});
}

TEST(HedgeMode, ReadsHaveARowForEachSideThatIsHeld) {
    Desk desk = holding(5, 3);
    auto rows = positions_read(desk);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].position_side, PositionSide::Long);
    EXPECT_EQ(rows[0].qty, Lots{5});
    EXPECT_EQ(rows[1].position_side, PositionSide::Short);
    EXPECT_EQ(rows[1].qty, Lots{-3});
    desk.place(named(desk, PositionSide::Long, Side::Sell, 100, 5));
    rows = positions_read(desk);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].position_side, PositionSide::Short);
}

TEST(HedgeMode, AReadOfTheStateBeforeShowsEachSideAsItWas) {
    VenueConfig config = hedged();
    config.read_lag = {milliseconds(50), milliseconds(50)};
    Desk desk = holding(5, 3, config);
    desk.place(named(desk, PositionSide::Long, Side::Sell, 100, 2));
    desk.place(named(desk, PositionSide::Short, Side::Buy, 110, 3));
    desk.venue.set_faults(only(FaultKind::StaleRead)); // exactly so old
    const auto rows = positions_read(desk); // processed 30 ms later, as of 10 ms before the first
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].qty, Lots{5});
    EXPECT_EQ(rows[1].qty, Lots{-3});
}

TEST(HedgeMode, RestingClosesEndWithTheirOwnSideAlone) {
    Desk desk = holding(5, 3);
    const ClOrdID of_long =
        desk.place(named(desk, PositionSide::Long, Side::Sell, 120, 5, TimeInForce::Gtc));
    const ClOrdID of_short =
        desk.place(named(desk, PositionSide::Short, Side::Buy, 90, 3, TimeInForce::Gtc));
    desk.place(named(desk, PositionSide::Long, Side::Sell, 100, 5));
    EXPECT_FALSE(desk.truth(of_long).is_open);
    EXPECT_TRUE(desk.truth(of_short).is_open);
    EXPECT_EQ(desk.truth(of_short).position_side, PositionSide::Short);
    desk.print(btc, Side::Sell, 80, 100); // through 90
    EXPECT_EQ(held(desk, PositionSide::Short), 0);
    EXPECT_EQ(desk.position(), 0);
}

TEST(HedgeMode, RestingClosesOfBothSidesAreTrimmedByTheirOwn) {
    VenueConfig config = hedged();
    config.traits.reduce_only_at_match = false;
    Desk desk = holding(5, 5, config);
    const ClOrdID of_long =
        desk.place(named(desk, PositionSide::Long, Side::Sell, 120, 5, TimeInForce::Gtc));
    const ClOrdID of_short =
        desk.place(named(desk, PositionSide::Short, Side::Buy, 90, 5, TimeInForce::Gtc));
    desk.place(named(desk, PositionSide::Short, Side::Buy, 110, 2));
    desk.settle();
    const auto restated = desk.reports(ExecType::Restated);
    ASSERT_EQ(restated.size(), 1U);
    EXPECT_EQ(restated[0].cl_ord_id, of_short);
    EXPECT_EQ(restated[0].reduced, Lots{2});
    EXPECT_EQ(restated[0].position_side, PositionSide::Short);
    EXPECT_TRUE(desk.truth(of_long).is_open);
}

TEST(HedgeMode, AStopClosesItsOwnSideAndTheOtherOneStays) {
    Desk desk = holding(5, 5);
    const auto stop_of = [&](PositionSide side, std::int64_t trigger) {
        const Side closes = side == PositionSide::Long ? Side::Sell : Side::Buy;
        auto order = named(desk, side, closes, closes == Side::Sell ? 1 : 1'000, 5);
        order.trigger_px = Ticks{trigger};
        order.reduce_only = 1;
        return desk.place(order);
    };
    const ClOrdID of_long = stop_of(PositionSide::Long, 90);
    const ClOrdID of_short = stop_of(PositionSide::Short, 130);
    EXPECT_EQ(desk.venue.open_order_count(), 2U);
    desk.quote(btc, 80, 50, 81, 50);
    EXPECT_EQ(desk.filled(of_long), 5);
    EXPECT_EQ(held(desk, PositionSide::Long), 0);
    EXPECT_EQ(held(desk, PositionSide::Short), -5);
    EXPECT_TRUE(desk.truth(of_short).is_open);
    desk.quote(btc, 140, 50, 141, 50);
    EXPECT_EQ(held(desk, PositionSide::Short), 0);
}

TEST(HedgeMode, OthersMoveOneSide) {
    Desk desk = holding(5, 3);
    desk.venue.on_outside({.instrument = btc,
                           .kind = Kind::Manual,
                           .side = Side::Sell,
                           .qty = Lots{4},
                           .position_side = PositionSide::Short},
                          desk.now);
    EXPECT_EQ(held(desk, PositionSide::Short), -7);
    EXPECT_EQ(held(desk, PositionSide::Long), 5);
    EXPECT_EQ(desk.venue.outside(btc, PositionSide::Short), Lots{-4});
    EXPECT_EQ(desk.venue.outside(btc, PositionSide::Long), Lots{0});
    // Nobody turns a position in this mode: what would close more than is held closes that.
    desk.venue.on_outside({.instrument = btc,
                           .kind = Kind::Manual,
                           .side = Side::Sell,
                           .qty = Lots{9},
                           .position_side = PositionSide::Long},
                          desk.now);
    EXPECT_EQ(held(desk, PositionSide::Long), 0);
    desk.settle();
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_EQ(fills[0].position_side, PositionSide::Short);
    EXPECT_EQ(fills[1].position_side, PositionSide::Long);
}

TEST(HedgeMode, TheVenueClosesTheSideThatItsTradeTakesDown) {
    for (const Kind kind : {Kind::Liquidation, Kind::Adl}) {
        Desk desk = holding(5, 3);
        const auto act = [&](Side side, std::int64_t qty) {
            desk.venue.on_outside({.instrument = btc, .kind = kind, .side = side, .qty = Lots{qty}},
                                  desk.now);
        };
        act(Side::Buy, 9);
        EXPECT_EQ(held(desk, PositionSide::Short), 0);
        EXPECT_EQ(held(desk, PositionSide::Long), 5);
        act(Side::Sell, 2);
        EXPECT_EQ(held(desk, PositionSide::Long), 3);
    }
}

// Lots are worth 0.1 each at a mid of 100, of which a tenth is margin.
TEST(HedgeMode, BothSidesNeedMargin) {
    VenueConfig config = hedged();
    const Money margin_of_10 = Money{money_one / 10};
    config.accounts[0].collateral = margin_of_10 * 2 + margin_of_10 / 2;
    for (SimInstrument& one : config.instruments) {
        one.spec.maker_fee_ppm = 0;
        one.spec.taker_fee_ppm = 0;
    }
    Desk desk{config};
    desk.quote(btc, 100, 50, 100, 50);
    desk.run(milliseconds(1));
    desk.place(named(desk, PositionSide::Long, Side::Buy, 100, 10));
    // Where positions net this would need nothing more; here it is as much again.
    desk.place(named(desk, PositionSide::Short, Side::Sell, 100, 10));
    EXPECT_EQ(held(desk, PositionSide::Short), -10);
    EXPECT_EQ(desk.position(), 0);
    const auto more = named(desk, PositionSide::Short, Side::Sell, 100, 6);
    EXPECT_EQ(answer_to(desk, more).reason, Reason::InsufficientMargin);
    desk.venue.send(desk.read_of(RequestKind::ReadBalances), desk.now);
    desk.run(milliseconds(60));
    EXPECT_EQ(desk.all<BalanceReport>().back().available, margin_of_10 / 2);
    // A close needs none.
    desk.place(named(desk, PositionSide::Long, Side::Sell, 100, 10));
    EXPECT_EQ(held(desk, PositionSide::Long), 0);
}

TEST(HedgeMode, EquityIsThatOfBothSidesTogether) {
    Desk both = holding(5, 3);
    Desk net{test_config()};
    net.quote(btc, 100, 50, 110, 50);
    net.run(milliseconds(1));
    net.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    net.place(Side::Sell, 100, 3, TimeInForce::Ioc);
    EXPECT_EQ(both.venue.equity(account_0), net.venue.equity(account_0));
    for (Desk* desk : {&both, &net}) desk->quote(btc, 200, 50, 201, 50);
    EXPECT_EQ(both.venue.equity(account_0), net.venue.equity(account_0));
}

// What an explorer tells apart: the sides, though they net to the same.
TEST(HedgeMode, BothSidesArePartOfTheState) {
    const auto hash_of = [](const Desk& desk) {
        const std::array<Timestamp, 1> from{Timestamp{} + seconds(10'000)};
        return desk.venue.decision_hash({.now = desk.now, .from = from});
    };
    Desk one = holding(5, 3);
    Desk other = holding(5, 3);
    EXPECT_EQ(hash_of(one), hash_of(other));
    const auto by_hand = [](Desk& desk, PositionSide opens, PositionSide closes) {
        for (const PositionSide side : {opens, closes}) {
            desk.venue.on_outside({.instrument = btc,
                                   .kind = Kind::Manual,
                                   .side = side == closes ? Side::Sell : Side::Buy,
                                   .qty = Lots{1},
                                   .position_side = side},
                                  desk.now);
        }
    };
    by_hand(one, PositionSide::Long, PositionSide::Short);   // 6 and -4
    by_hand(other, PositionSide::Short, PositionSide::Long); // 4 and -2
    EXPECT_EQ(one.position(), other.position());
    EXPECT_EQ(one.venue.equity(account_0), other.venue.equity(account_0));
    EXPECT_NE(hash_of(one), hash_of(other));
}

TEST(HedgeMode, ACopyGoesOnAlike) {
    Desk desk = holding(5, 3);
    Desk copy = desk;
    EXPECT_EQ(copy.venue.state_hash(), desk.venue.state_hash());
    desk.place(named(desk, PositionSide::Long, Side::Sell, 100, 5));
    EXPECT_EQ(held(copy, PositionSide::Long), 5);
    copy.place(named(copy, PositionSide::Long, Side::Sell, 100, 5));
    EXPECT_EQ(copy.venue.state_hash(), desk.venue.state_hash());
}

} // namespace
} // namespace keel::sim
