#include <array>

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "tests/sim/binary_harness.hpp"

// Fills that settle late: what is told of them, what can be sold, and what a failure takes back.

namespace keel::sim {
namespace {

using Stages = std::vector<FillStage>;

// The last row of a read of all fills: what became of the one there was.
ExecutionReport read_fill(BinaryDesk& desk) {
    desk.heard.clear();
    desk.venue.send(desk.read_of(RequestKind::ReadFills), desk.now);
    desk.run(milliseconds(60));
    const auto rows = desk.reports(ExecType::Trade, ReportSource::Read);
    EXPECT_FALSE(rows.empty());
    return rows.empty() ? ExecutionReport{} : rows.back();
}

std::int64_t read_position(BinaryDesk& desk) {
    desk.heard.clear();
    desk.venue.send(desk.read_of(RequestKind::ReadPositions), desk.now);
    desk.run(milliseconds(60));
    for (const auto& row : desk.all<PositionReport>()) {
        if (row.source == ReportSource::Read && row.instrument == yes) return row.qty.value();
    }
    return 0;
}

TEST(Settlement, AFillIsMatchedFirstAndConfirmedLater) {
    BinaryDesk desk;
    desk.buy(yes, 10);
    desk.run(milliseconds(500));
    ASSERT_EQ(desk.stages(), Stages{FillStage::Matched});
    desk.run(seconds(1));
    ASSERT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Confirmed}));
    const auto told = desk.reports(ExecType::Trade);
    EXPECT_EQ(told[0].exec_id, told[1].exec_id);
    EXPECT_EQ(told[0].last_qty, told[1].last_qty);
    EXPECT_EQ(told[0].last_px, told[1].last_px);
    EXPECT_EQ(told[0].fee, told[1].fee);
    EXPECT_EQ(told[0].transact_time, told[1].transact_time); // when it was executed
    EXPECT_EQ(told[0].is_maker, told[1].is_maker);
    EXPECT_EQ(desk.position(yes), 10);
}

TEST(Settlement, AQuoteThatWasHitIsAMakersWhenItIsConfirmed) {
    BinaryDesk desk;
    desk.place(desk.of(yes, Side::Buy, 410, 10));
    desk.print(yes, Side::Sell, 390, 500);
    desk.run(seconds(2));
    const auto told = desk.reports(ExecType::Trade);
    ASSERT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Confirmed}));
    for (const ExecutionReport& one : told) EXPECT_EQ(one.is_maker, 1);
}

TEST(Settlement, NothingOfAnotherVenuesInstrumentCanBeSold) {
    BinaryDesk desk;
    desk.buy_settled(yes, 10);
    EXPECT_EQ(desk.sellable(InstrumentIx{7}), 0);
}

TEST(Settlement, AVenueMayTellThatItIsMined) {
    VenueConfig config = binary_config();
    config.tells_mined = true;
    BinaryDesk desk{config};
    desk.buy(yes, 10);
    desk.run(milliseconds(1'500));
    EXPECT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Mined}));
    EXPECT_EQ(desk.sellable(yes), 0);
    desk.run(seconds(1));
    EXPECT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Mined, FillStage::Confirmed}));
    EXPECT_EQ(desk.sellable(yes), 10);
}

TEST(Settlement, WhatIsNotConfirmedCannotBeSold) {
    BinaryDesk desk;
    desk.buy(yes, 10);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Sell, 430, 10)).reason, Reason::InsufficientMargin);
    desk.run(seconds(2));
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Sell, 430, 11)).reason, Reason::InsufficientMargin);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Sell, 430, 6)).outcome, Outcome::Accepted);
    // What rests has a claim on it.
    EXPECT_EQ(desk.sellable(yes), 4);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Sell, 440, 5)).reason, Reason::InsufficientMargin);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Sell, 440, 4)).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.venue.open_order_count(), 2U);
}

TEST(Settlement, NothingIsSoldShort) {
    BinaryDesk desk;
    EXPECT_EQ(desk.ask(desk.of(no, Side::Sell, 580, 1, TimeInForce::Ioc)).reason,
              Reason::InsufficientMargin);
    EXPECT_EQ(desk.position(no), 0);
    // Nor by hand.
    desk.buy_settled(no, 5);
    desk.venue.on_outside(
        {.instrument = no, .kind = OutsideAct::Kind::Manual, .side = Side::Sell, .qty = Lots{9}},
        desk.now);
    EXPECT_EQ(desk.position(no), 0);
}

TEST(Settlement, AnAmendSellsNoMoreThanIsHeld) {
    BinaryDesk desk;
    desk.buy_settled(yes, 10);
    const ClOrdID id = desk.place(desk.of(yes, Side::Sell, 430, 6));
    desk.venue.send(desk.amend_of(id, 430, 11), desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.last_answer().reason, Reason::InsufficientMargin);
    desk.venue.send(desk.amend_of(id, 440, 10), desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.last_answer().outcome, Outcome::Accepted);
    EXPECT_EQ(desk.sellable(yes), 0);
}

TEST(Settlement, AFailureTakesPositionCashAndFeeBackExactly) {
    BinaryDesk desk{binary_config(), only(FaultKind::SettlementFailed)};
    const Money before = desk.venue.equity(account_0);
    desk.buy(yes, 7);
    EXPECT_EQ(desk.position(yes), 7);
    EXPECT_NE(desk.venue.equity(account_0), before); // (the fee, and the touch is not the mid)
    desk.run(seconds(2));
    EXPECT_EQ(desk.position(yes), 0);
    EXPECT_EQ(desk.sellable(yes), 0);
    EXPECT_EQ(desk.venue.equity(account_0), before);
    EXPECT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Failed}));
    EXPECT_EQ(desk.reports(ExecType::Trade)[1].transact_time -
                  desk.reports(ExecType::Trade)[0].transact_time,
              seconds(1)); // when the position changed
    EXPECT_EQ(desk.venue.fault_count(FaultKind::SettlementFailed), 1U);
    const auto fills = desk.venue.new_fills();
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_FALSE(fills[0].is_taken_back);
    EXPECT_TRUE(fills[1].is_taken_back);
    EXPECT_EQ(fills[1].qty, fills[0].qty);
    EXPECT_EQ(fills[1].fee, fills[0].fee);
    // The position is pushed, too.
    EXPECT_EQ(desk.all<PositionReport>().back().qty, Lots{0});
}

TEST(Settlement, WhatFailsMayRestAgainAndNobodyIsTold) {
    for (const std::int64_t traded : {10, 4}) { // all of it, or a part
        VenueConfig config = binary_config();
        config.failed_rests_again = true;
        BinaryDesk desk{config, only(FaultKind::SettlementFailed)};
        const ClOrdID id = desk.place(desk.of(yes, Side::Buy, 410, 10));
        desk.print(yes, Side::Sell, 410, traded);
        desk.run(milliseconds(500));
        const auto before = desk.venue.new_fills();
        ASSERT_EQ(before.size(), 1U);
        EXPECT_EQ(before[0].qty, Lots{traded});
        desk.run(seconds(1));
        EXPECT_EQ(desk.position(yes), 0);
        EXPECT_TRUE(desk.venue.new_fills().back().rests_again);
        EXPECT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Failed}));
        EXPECT_TRUE(desk.reports(ExecType::Canceled).empty());

        // A read of that time shows it filled, and one of now shows it open.
        desk.heard.clear();
        desk.venue.send(desk.read_of(RequestKind::ReadOpenOrders), desk.now);
        desk.run(milliseconds(60));
        const auto rows = desk.reports(ExecType::Status, ReportSource::Read);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows[0].cl_ord_id, id);
        EXPECT_EQ(rows[0].cum_qty, Lots{0});

        desk.venue.set_faults(no_faults());
        desk.print(yes, Side::Sell, 390, 10);
        desk.run(seconds(2));
        EXPECT_EQ(desk.position(yes), 10);
        EXPECT_FALSE(desk.venue.order(0).is_open);
        EXPECT_EQ(desk.venue.order(0).cum_qty, Lots{10});
        EXPECT_EQ(desk.venue.order(0).returned, Lots{traded});
    }
}

TEST(Settlement, WhatRestsAgainStandsBehindWhatRestsThere) {
    VenueConfig config = binary_config();
    config.failed_rests_again = true;
    BinaryDesk desk{config, only(FaultKind::SettlementFailed)};
    const ClOrdID id = desk.place(desk.of(yes, Side::Buy, 400, 10)); // behind 100
    desk.print(yes, Side::Sell, 400, 104);
    desk.run(milliseconds(5));
    EXPECT_EQ(desk.venue.order(0).cum_qty, Lots{4});
    desk.quote(yes, 400, 50, 420, 100);
    desk.run(seconds(3));
    EXPECT_EQ(desk.venue.order(0).cum_qty, Lots{0});
    desk.venue.set_faults(no_faults());
    desk.print(yes, Side::Sell, 400, 50);
    desk.run(seconds(3));
    EXPECT_EQ(desk.venue.order(0).cum_qty, Lots{0}) << "it is behind them again";
    desk.print(yes, Side::Sell, 400, 3);
    desk.run(seconds(3));
    EXPECT_EQ(desk.venue.order(0).cum_qty, Lots{3});
    EXPECT_TRUE(desk.truth(id).is_open);
}

// What an explorer tells apart: how much failed and came back, though nothing of it is held since
// and the same rests. What was executed in all, which its rules judge, is another.
TEST(Settlement, HowMuchCameBackIsPartOfTheState) {
    VenueConfig config = binary_config();
    config.failed_rests_again = true;
    const auto after_a_failure_of = [&](std::int64_t traded) {
        BinaryDesk desk{config, only(FaultKind::SettlementFailed)};
        desk.place(desk.of(yes, Side::Buy, 410, 10));
        desk.print(yes, Side::Sell, 410, traded);
        desk.run(seconds(3));
        EXPECT_EQ(desk.position(yes), 0);
        EXPECT_EQ(desk.venue.order(0).returned, Lots{traded});
        const std::array<Timestamp, 1> from{desk.now}; // (no read asks for its fills any more)
        return desk.venue.decision_hash({.now = desk.now, .from = from});
    };
    EXPECT_EQ(after_a_failure_of(4), after_a_failure_of(4));
    EXPECT_NE(after_a_failure_of(4), after_a_failure_of(6));
}

TEST(Settlement, WhatWasCanceledOrTookDoesNotRestAgain) {
    VenueConfig config = binary_config();
    config.failed_rests_again = true;
    BinaryDesk desk{config, only(FaultKind::SettlementFailed)};
    const ClOrdID id = desk.place(desk.of(yes, Side::Buy, 410, 10));
    desk.print(yes, Side::Sell, 410, 4);
    desk.venue.send(desk.cancel_of(id), desk.now);
    desk.run(milliseconds(5));
    desk.buy(yes, 5);
    desk.run(seconds(3));
    EXPECT_EQ(desk.venue.order(0).cum_qty, Lots{4});
    EXPECT_EQ(desk.venue.order(1).cum_qty, Lots{5});
    for (const TrueFill& fill : desk.venue.new_fills()) EXPECT_FALSE(fill.rests_again);
}

TEST(Settlement, ASaleThatFailsComesBackAndCanBeSoldAgain) {
    BinaryDesk desk;
    desk.buy_settled(yes, 10);
    const Money before = desk.venue.equity(account_0);
    desk.venue.set_faults(only(FaultKind::SettlementFailed));
    desk.place(desk.of(yes, Side::Sell, 400, 10, TimeInForce::Ioc));
    EXPECT_EQ(desk.position(yes), 0);
    desk.run(seconds(2));
    EXPECT_EQ(desk.position(yes), 10);
    EXPECT_EQ(desk.sellable(yes), 10);
    EXPECT_EQ(desk.venue.equity(account_0), before);
}

TEST(Settlement, ReadsShowTheStageAndThePositionOfTheirMoment) {
    VenueConfig config = binary_config();
    config.read_lag = {milliseconds(400), milliseconds(400)};
    BinaryDesk desk{config, only(FaultKind::SettlementFailed)};
    desk.venue.set_faults(no_faults());
    desk.buy(yes, 10);
    desk.run(milliseconds(500));
    EXPECT_EQ(read_fill(desk).stage, FillStage::Matched);
    desk.run(seconds(2));
    EXPECT_EQ(read_fill(desk).stage, FillStage::Confirmed);
    EXPECT_EQ(read_position(desk), 10);

    BinaryDesk other{config, only(FaultKind::SettlementFailed)};
    other.buy(yes, 10);
    other.run(milliseconds(900));
    other.venue.set_faults([] {
        FaultProfile profile = only(FaultKind::SettlementFailed);
        profile.ppm[static_cast<std::size_t>(FaultKind::StaleRead)] = 1'000'000;
        return profile;
    }());
    other.run(milliseconds(120)); // it has failed, 25 ms ago
    EXPECT_EQ(other.position(yes), 0);
    EXPECT_EQ(read_position(other), 10); // as of before
    other.run(seconds(1));
    EXPECT_EQ(read_position(other), 0);
    EXPECT_EQ(read_fill(other).stage, FillStage::Failed);
}

// Whoever was told of the fill, and not of what became of it, asks from later on.
TEST(Settlement, AReadShowsWhatHasSettledSinceThen) {
    for (const bool fails : {false, true}) {
        BinaryDesk desk{binary_config(), fails ? only(FaultKind::SettlementFailed) : no_faults()};
        desk.buy(yes, 10);
        const Timestamp from = desk.now + milliseconds(500);
        desk.run(seconds(2));
        desk.venue.set_faults(no_faults());
        desk.heard.clear();
        desk.venue.send(desk.read_of(RequestKind::ReadFills, from), desk.now);
        desk.run(milliseconds(60));
        const auto rows = desk.reports(ExecType::Trade, ReportSource::Read);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows.front().stage, fails ? FillStage::Failed : FillStage::Confirmed);
        EXPECT_EQ(rows.front().transact_time > from, fails); // (it was executed before)
        desk.venue.send(desk.read_of(RequestKind::ReadFills, desk.now), desk.now);
        desk.run(milliseconds(60));
        EXPECT_EQ(desk.reports(ExecType::Trade, ReportSource::Read).size(), 1U) << "nothing since";
    }
}

TEST(Settlement, WhatIsRepeatedAfterAReconnectEndsWithTheStageOfNow) {
    BinaryDesk desk;
    desk.buy(yes, 10);
    desk.run(milliseconds(500));
    desk.venue.disconnect(desk.now);
    desk.run(seconds(2)); // confirmed while nobody listens
    desk.heard.clear();
    desk.venue.connect(desk.now);
    desk.run(milliseconds(100));
    EXPECT_EQ(desk.stages(), (Stages{FillStage::Matched, FillStage::Confirmed}));
    EXPECT_EQ(desk.sellable(yes), 10);
}

TEST(Settlement, OtherInstrumentsAreFinalAtOnce) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.settle();
    desk.heard.clear();
    desk.place(Side::Buy, 110, 5, TimeInForce::Ioc);
    desk.settle();
    ASSERT_EQ(desk.reports(ExecType::Trade).size(), 1U);
    EXPECT_EQ(desk.reports(ExecType::Trade).front().stage, FillStage::Final);
}

// Whatever is bought, sold and fails: nothing is ever held short, and the books add up.
TEST(Settlement, NoFailureMakesAPositionNegative) {
    std::uint64_t failed = 0;
    std::uint64_t sold = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        VenueConfig config = binary_config();
        config.settlement = {milliseconds(50), seconds(2)};
        BinaryDesk desk{config, only(FaultKind::SettlementFailed, 300'000), seed};
        Rng rng{seed};
        for (int step = 0; step < 200; ++step) {
            desk.quote(yes, 400, 100, 420, 100);
            const bool buys = rng.below(2) == 0;
            const bool takes = rng.below(2) == 0;
            const std::int64_t qty = rng.between(1, 9);
            const TimeInForce tif = rng.below(2) == 0 ? TimeInForce::Ioc : TimeInForce::Gtc;
            const std::int64_t sale = takes ? 400 : 430;
            desk.place(desk.of(yes, buys ? Side::Buy : Side::Sell, buys ? 420 : sale, qty, tif));
            if (rng.below(4) == 0) desk.print(yes, Side::Buy, 430, 20);
            desk.run(milliseconds(rng.between(1, 300)));
            ASSERT_GE(desk.position(yes), 0);
            ASSERT_LE(desk.sellable(yes), desk.position(yes));
        }
        std::int64_t held = 0;
        for (const TrueFill& fill : desk.venue.new_fills()) {
            const Side side = fill.is_taken_back ? opposite(fill.side) : fill.side;
            held += signed_lots(side, fill.qty).value();
            sold += fill.side == Side::Sell ? 1 : 0;
        }
        EXPECT_EQ(held, desk.position(yes));
        failed += desk.venue.fault_count(FaultKind::SettlementFailed);
    }
    EXPECT_GT(failed, 100U);
    EXPECT_GT(sold, 100U);
}

} // namespace
} // namespace keel::sim
