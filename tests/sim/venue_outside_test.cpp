#include <utility>

#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// What is not ours: the owner trades by hand, the venue liquidates or deleverages.

namespace keel::sim {
namespace {

using Kind = OutsideAct::Kind;

constexpr Money per_lot_and_tick{100'000}; // test_instrument()

void act(Desk& desk, Kind kind, Side side, std::int64_t qty) {
    desk.venue.on_outside({.instrument = btc, .kind = kind, .side = side, .qty = Lots{qty}},
                          desk.now);
}

Desk holding(std::int64_t lots, const VenueConfig& config = test_config()) {
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    if (lots > 0) desk.place(Side::Buy, 110, lots, TimeInForce::Ioc);
    if (lots < 0) desk.place(Side::Sell, 100, -lots, TimeInForce::Ioc);
    desk.settle();
    desk.heard.clear();
    desk.venue.clear_new_fills();
    return desk;
}

std::vector<ExecutionReport> fills_read(Desk& desk) {
    desk.heard.clear();
    desk.venue.send(desk.read_of(RequestKind::ReadFills), desk.now);
    desk.run(milliseconds(60));
    return desk.reports(ExecType::Trade, ReportSource::Read);
}

TEST(Outside, AManualTradeIsAFillThatIsNotOurs) {
    Desk desk = holding(0);
    const Money before = desk.venue.equity(account_0);
    act(desk, Kind::Manual, Side::Buy, 60); // more than is displayed
    desk.settle();
    EXPECT_EQ(desk.position(), 60);
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 1U);
    EXPECT_TRUE(fills[0].cl_ord_id.is_none());
    EXPECT_FALSE(fills[0].order_id.is_none());
    EXPECT_FALSE(fills[0].exec_id.is_none());
    EXPECT_EQ(fills[0].side, Side::Buy);
    EXPECT_EQ(fills[0].last_px, Ticks{110});
    EXPECT_EQ(fills[0].last_qty, Lots{60});
    EXPECT_EQ(fills[0].is_maker, 0);
    EXPECT_EQ(desk.all<ExecutionReport>().size(), 1U); // the order stream says nothing
    const auto pushes = desk.all<PositionReport>();
    ASSERT_EQ(pushes.size(), 1U);
    EXPECT_EQ(pushes[0].qty, Lots{60});
    // 60 lots cost 5 ticks more than they are worth, and the taker's fee.
    const Money amount = per_lot_and_tick * (60 * 110);
    const Money fee = fee_of(amount, 450);
    EXPECT_EQ(fills[0].fee, fee);
    EXPECT_EQ(desk.venue.equity(account_0), before - per_lot_and_tick * (60 * 5) - fee);
    ASSERT_EQ(desk.venue.new_fills().size(), 1U);
    EXPECT_FALSE(desk.venue.new_fills()[0].is_ours);
    EXPECT_TRUE(desk.venue.new_fills()[0].is_told);
}

TEST(Outside, WhatHappensToAnotherVenuesInstrumentIsNothing) {
    Desk desk = holding(5);
    const Money before = desk.venue.equity(account_0);
    desk.venue.on_outside({.instrument = InstrumentIx{77}, .side = Side::Sell, .qty = Lots{5}},
                          desk.now);
    EXPECT_EQ(desk.venue.equity(account_0), before);
    EXPECT_TRUE(desk.venue.new_fills().empty());
}

TEST(Outside, EachHasAnOrderOfItsOwnThatNobodyCanCancel) {
    Desk desk = holding(0);
    act(desk, Kind::Manual, Side::Buy, 2);
    act(desk, Kind::Manual, Side::Sell, 1);
    const ClOrdID own = desk.place(Side::Buy, 100, 1);
    desk.settle();
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_NE(fills[0].order_id, fills[1].order_id);
    EXPECT_NE(fills[0].exec_id, fills[1].exec_id);
    auto cancel = desk.cancel_of(ClOrdID{});
    cancel.order_id = fills[0].order_id;
    desk.venue.send(cancel, desk.now);
    desk.settle();
    EXPECT_EQ(desk.last_answer().reason, Reason::UnknownOrder);
    EXPECT_TRUE(desk.truth(own).is_open);
}

// As Binance does by its client ids, and Extended by the type of a trade.
TEST(Outside, AVenueThatTellsItSaysWhoClosed) {
    for (const auto& [kind, reason] : {std::pair{Kind::Manual, Reason::None},
                                       {Kind::Liquidation, Reason::Liquidation},
                                       {Kind::Adl, Reason::Deleveraging}}) {
        Desk desk = holding(5);
        act(desk, kind, Side::Sell, 5);
        desk.settle();
        const auto fills = desk.reports(ExecType::Trade);
        ASSERT_FALSE(fills.empty());
        EXPECT_EQ(fills.back().reason, reason);
        EXPECT_EQ(desk.venue.new_fills().back().outside, kind);
    }
}

TEST(Outside, AManualTradeTurnsAPosition) {
    Desk desk = holding(5);
    act(desk, Kind::Manual, Side::Sell, 8);
    EXPECT_EQ(desk.position(), -3);
}

TEST(Outside, TheVenueClosesAtMostWhatIsHeld) {
    for (const Kind kind : {Kind::Liquidation, Kind::Adl}) {
        Desk desk = holding(-5);
        act(desk, kind, Side::Sell, 2); // would open more
        EXPECT_EQ(desk.position(), -5);
        act(desk, kind, Side::Buy, 2);
        EXPECT_EQ(desk.position(), -3);
        act(desk, kind, Side::Buy, 9);
        EXPECT_EQ(desk.position(), 0);
        act(desk, kind, Side::Buy, 9);
        EXPECT_EQ(desk.venue.new_fills().size(), 2U);
    }
}

TEST(Outside, WhereNobodyStandsNothingHappens) {
    Desk desk = holding(5);
    desk.quote(btc, 100, 0, 110, 50);
    act(desk, Kind::Liquidation, Side::Sell, 5);
    EXPECT_EQ(desk.position(), 5);
}

TEST(Outside, OursFindWhatIsDisplayedAsItWas) {
    Desk desk = holding(0);
    act(desk, Kind::Manual, Side::Buy, 50);
    const ClOrdID own = desk.place(Side::Buy, 110, 50, TimeInForce::Ioc);
    EXPECT_EQ(desk.filled(own), 50);
}

TEST(Outside, WhatIsSilentShowsInThePositionAndTheBalanceAlone) {
    for (const Kind kind : {Kind::Manual, Kind::Liquidation, Kind::Adl}) {
        VenueConfig config = test_config();
        config.outside_told = kind == Kind::Manual ? OutsideTold::None : OutsideTold::Manual;
        Desk desk = holding(5, config);
        const Money equity = desk.venue.equity(account_0);
        act(desk, kind, Side::Sell, 2);
        desk.settle();
        EXPECT_EQ(desk.position(), 3);
        EXPECT_TRUE(desk.all<ExecutionReport>().empty());
        const auto pushes = desk.all<PositionReport>();
        ASSERT_EQ(pushes.size(), 1U);
        EXPECT_EQ(pushes[0].qty, Lots{3});
        EXPECT_EQ(fills_read(desk).size(), 1U); // ours
        ASSERT_EQ(positions_read(desk).size(), 1U);
        EXPECT_EQ(positions_read(desk)[0].qty, Lots{3});
        EXPECT_LT(desk.venue.equity(account_0), equity);
        ASSERT_EQ(desk.venue.new_fills().size(), 1U);
        EXPECT_FALSE(desk.venue.new_fills()[0].is_told);
        // Nor does a stream that comes back repeat it.
        desk.heard.clear();
        desk.venue.disconnect(desk.now);
        desk.venue.connect(desk.now);
        desk.settle();
        EXPECT_EQ(desk.reports(ExecType::Trade).size(), 1U);
    }
}

TEST(Outside, WhatIsToldIsReadAndRepeatedToo) {
    Desk desk = holding(5);
    act(desk, Kind::Adl, Side::Sell, 2);
    desk.settle();
    const auto rows = fills_read(desk);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(rows[1].cl_ord_id.is_none());
    desk.heard.clear();
    desk.venue.disconnect(desk.now);
    desk.venue.connect(desk.now);
    desk.settle();
    EXPECT_EQ(desk.reports(ExecType::Trade).size(), 2U);
}

TEST(Outside, AReadOfTheStateBeforeDoesNotShowIt) {
    for (const OutsideTold told : {OutsideTold::All, OutsideTold::None}) {
        VenueConfig config = test_config();
        config.outside_told = told;
        config.read_lag = {milliseconds(50), milliseconds(50)};
        Desk desk = holding(5, config);
        desk.venue.send(desk.read_of(RequestKind::ReadBalances), desk.now);
        desk.settle();
        const Money equity = desk.all<BalanceReport>().back().equity;
        act(desk, Kind::Manual, Side::Sell, 7);
        desk.heard.clear();
        desk.venue.send(desk.read_of(RequestKind::ReadBalances), desk.now);
        const auto rows = positions_read(desk); // both are processed after 30 ms: 20 ms too early
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows[0].qty, Lots{5});
        EXPECT_EQ(desk.all<BalanceReport>().back().equity, equity);
        desk.run(milliseconds(50));
        ASSERT_EQ(positions_read(desk).size(), 1U);
        EXPECT_EQ(positions_read(desk)[0].qty, Lots{-2});
    }
}

TEST(Outside, RestingReduceOnlyOrdersAreTrimmedAndEnd) {
    VenueConfig config = test_config();
    config.traits.reduce_only_at_match = false;
    Desk desk = holding(5, config);
    auto request = desk.order(Side::Sell, 120, 5);
    request.reduce_only = 1;
    const ClOrdID id = desk.place(request);
    act(desk, Kind::Liquidation, Side::Sell, 2);
    desk.settle();
    const auto restated = desk.reports(ExecType::Restated);
    ASSERT_EQ(restated.size(), 1U);
    EXPECT_EQ(restated[0].reduced, Lots{2});
    act(desk, Kind::Liquidation, Side::Sell, 3);
    EXPECT_FALSE(desk.truth(id).is_open);
}

// An explorer tells apart in which order a silent and a told one came, as reads show only one.
TEST(Outside, WhichOfTwoWasSilentIsPartOfTheState) {
    VenueConfig config = test_config();
    config.outside_told = OutsideTold::Manual;
    const auto hash_after = [&](Kind first, Kind second) {
        Desk desk = holding(5, config);
        act(desk, first, Side::Sell, 1);
        act(desk, second, Side::Sell, 1);
        const std::array<Timestamp, 1> from{};
        return desk.venue.decision_hash({.now = desk.now, .from = from});
    };
    EXPECT_NE(hash_after(Kind::Manual, Kind::Adl), hash_after(Kind::Adl, Kind::Manual));
    EXPECT_EQ(hash_after(Kind::Manual, Kind::Adl), hash_after(Kind::Manual, Kind::Adl));
}

} // namespace
} // namespace keel::sim
