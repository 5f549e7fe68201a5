#include <gtest/gtest.h>

#include "tests/sim/binary_harness.hpp"

// What is held becomes money without anybody to trade with: complete sets are merged, and what a
// market was resolved to is redeemed.

namespace keel::sim {
namespace {

using Kind = ListingAct::Kind;

BinaryDesk with_set(std::int64_t of_yes, std::int64_t of_no,
                    const FaultProfile& faults = no_faults(),
                    const VenueConfig& config = binary_config()) {
    BinaryDesk desk{config};
    desk.buy_settled(yes, of_yes);
    desk.buy_settled(no, of_no);
    desk.venue.set_faults(faults);
    desk.heard.clear();
    desk.venue.clear_new_fills();
    return desk;
}

TEST(Conversions, ACompleteSetIsMergedIntoItsWorth) {
    BinaryDesk desk = with_set(10, 8);
    const Money before = desk.venue.equity(account_0);
    const auto answers = desk.merge(8, 8);
    ASSERT_EQ(answers.size(), 2U);
    for (const RequestAnswer& answer : answers) EXPECT_EQ(answer.outcome, Outcome::Accepted);
    desk.run(seconds(1));
    EXPECT_EQ(desk.position(yes), 2);
    EXPECT_EQ(desk.position(no), 0);
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_EQ(fills[0].last_px + fills[1].last_px, Ticks{1'000});
    for (const ExecutionReport& fill : fills) {
        EXPECT_EQ(fill.stage, FillStage::Final);
        EXPECT_EQ(fill.fee, Money{0});
        EXPECT_EQ(fill.is_maker, 0);
    }
    // Both were valued at their mids, 0.41 and 0.59: nothing is won or lost.
    EXPECT_EQ(desk.venue.equity(account_0), before);
    for (const TrueFill& fill : desk.venue.new_fills()) EXPECT_EQ(fill.kind, OrdKind::Merge);
}

// The first is given for its mark and the second for the rest, and neither for less than it asks.
TEST(Conversions, SetsAreMergedAtTheMark) {
    struct Row {
        std::int64_t asks_of_yes;
        std::int64_t asks_of_no;
        std::int64_t yes_px;
    };
    for (const Row& row : {Row{300, 500, 410}, Row{450, 500, 450}, Row{300, 650, 350}}) {
        BinaryDesk desk = with_set(4, 4);
        auto first = desk.conversion(OrdKind::Merge, yes, row.asks_of_yes, 4);
        auto second = desk.conversion(OrdKind::Merge, no, row.asks_of_no, 4);
        first.batch = second.batch = 7;
        desk.venue.send(first, desk.now);
        desk.venue.send(second, desk.now);
        desk.run(seconds(1));
        const auto fills = desk.reports(ExecType::Trade);
        ASSERT_EQ(fills.size(), 2U);
        for (const ExecutionReport& fill : fills) {
            const std::int64_t px = fill.instrument == yes ? row.yes_px : 1'000 - row.yes_px;
            EXPECT_EQ(fill.last_px, Ticks{px});
        }
    }
}

TEST(Conversions, BothAreMergedOrNeither) {
    BinaryDesk desk = with_set(10, 3);
    for (const RequestAnswer& answer : desk.merge(4, 4)) {
        EXPECT_EQ(answer.reason, Reason::InsufficientMargin);
    }
    for (const RequestAnswer& answer : desk.merge(3, 2)) {
        EXPECT_EQ(answer.reason, Reason::InvalidRequest);
    }
    EXPECT_EQ(desk.position(yes), 10);
    EXPECT_EQ(desk.position(no), 3);
    EXPECT_TRUE(desk.venue.new_fills().empty());
}

TEST(Conversions, OnlyWhatIsConfirmedAndFreeIsMerged) {
    BinaryDesk desk = with_set(10, 10);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Sell, 430, 7)).outcome, Outcome::Accepted);
    for (const RequestAnswer& answer : desk.merge(4, 4)) {
        EXPECT_EQ(answer.reason, Reason::InsufficientMargin);
    }
    desk.buy(no, 5);
    desk.run(milliseconds(50));
    for (const RequestAnswer& answer : desk.merge(3, 3)) {
        EXPECT_EQ(answer.outcome, Outcome::Accepted);
    }
    EXPECT_EQ(desk.sellable(yes), 0);
    EXPECT_EQ(desk.sellable(no), 7);
}

TEST(Conversions, AMergeAloneIsRefused) {
    BinaryDesk desk = with_set(10, 10);
    EXPECT_EQ(desk.ask(desk.conversion(OrdKind::Merge, yes, 410, 5)).reason,
              Reason::InvalidRequest);
    EXPECT_EQ(desk.position(yes), 10);
}

TEST(Conversions, NoFaultSplitsAMerge) {
    for (const FaultKind kind :
         {FaultKind::PartialBatch, FaultKind::ShortAnswer, FaultKind::Refusal,
          FaultKind::RateLimited, FaultKind::AnswerLostAfter, FaultKind::ServerError,
          FaultKind::AnswerLostBefore}) {
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            BinaryDesk desk = with_set(10, 10, only(kind, 700'000));
            for (int n = 0; n < 5; ++n) {
                desk.merge(2, 2);
                desk.run(seconds(1));
                ASSERT_EQ(desk.position(yes), desk.position(no)) << to_string(kind);
            }
        }
    }
}

// A search that takes the venue's choices for it may not, either; a batch of the same two orders
// that are no merge has parts.
TEST(Conversions, NoChoiceSplitsAMerge) {
    for (const bool merges : {true, false}) {
        BinaryDesk desk = with_set(10, 10);
        auto first = desk.of(yes, Side::Sell, 430, 2);
        auto second = desk.of(no, Side::Sell, 610, 2);
        if (merges) {
            first = desk.conversion(OrdKind::Merge, yes, 410, 2);
            second = desk.conversion(OrdKind::Merge, no, 590, 2);
        }
        first.batch = second.batch = 7;
        desk.venue.send(first, desk.now);
        desk.venue.send(second, desk.now);
        EXPECT_EQ(desk.venue.items_in(Channels::socket_in), 2U);
        EXPECT_NE(desk.venue.allows(Channels::socket_in, Twist::Part), merges);
        EXPECT_NE(desk.venue.allows(Channels::socket_in, Twist::Short), merges);
    }
}

TEST(Conversions, ARateLimitDoesNotSplitAMerge) {
    VenueConfig config = binary_config();
    config.traits.requests_per_second = 2; // four in a second
    BinaryDesk desk = with_set(10, 10, no_faults(), config);
    desk.run(seconds(2));
    for (int n = 0; n < 3; ++n) desk.ask(desk.of(yes, Side::Buy, 390, 1));
    for (const RequestAnswer& answer : desk.merge(2, 2)) {
        EXPECT_EQ(answer.reason, Reason::RateLimited);
    }
    EXPECT_EQ(desk.position(yes), 10);
    EXPECT_EQ(desk.position(no), 10);
}

TEST(Conversions, WhatHasPassedItsValidityIsMergedByHalvesNeither) {
    BinaryDesk desk = with_set(10, 10);
    auto first = desk.conversion(OrdKind::Merge, yes, 410, 5);
    auto second = desk.conversion(OrdKind::Merge, no, 590, 5);
    first.batch = second.batch = 77;
    second.valid_until = desk.now + milliseconds(1);
    desk.venue.send(first, desk.now);
    desk.venue.send(second, desk.now);
    desk.run(milliseconds(50));
    EXPECT_EQ(desk.all<RequestAnswer>().size(), 2U);
    for (const RequestAnswer& answer : desk.all<RequestAnswer>()) {
        EXPECT_EQ(answer.reason, Reason::Expired);
    }
    EXPECT_EQ(desk.position(yes), 10);
    EXPECT_EQ(desk.position(no), 10);
}

TEST(Conversions, RedeemingTakesAResolution) {
    BinaryDesk desk = with_set(10, 10);
    EXPECT_EQ(desk.ask(desk.conversion(OrdKind::Redeem, yes, 410, 10)).reason,
              Reason::NotSupported);
    desk.act(yes, Kind::Resolve, 1'000);
    desk.act(no, Kind::Resolve, 0);
    EXPECT_EQ(desk.ask(desk.conversion(OrdKind::Redeem, yes, 410, 11)).reason,
              Reason::InsufficientMargin);
    const Money before = desk.venue.equity(account_0);
    desk.heard.clear();
    EXPECT_EQ(desk.ask(desk.conversion(OrdKind::Redeem, yes, 410, 10)).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.ask(desk.conversion(OrdKind::Redeem, no, 590, 10)).outcome, Outcome::Accepted);
    desk.run(seconds(1));
    EXPECT_EQ(desk.position(yes), 0);
    EXPECT_EQ(desk.position(no), 0);
    EXPECT_EQ(desk.venue.equity(account_0), before);
    const auto fills = desk.reports(ExecType::Trade);
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_EQ(fills[0].last_px, Ticks{1'000});
    EXPECT_EQ(fills[1].last_px, Ticks{0}); // for nothing, and gone all the same
    EXPECT_EQ(fills[1].fee, Money{0});
}

} // namespace
} // namespace keel::sim
