#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// A venue in hedge mode: a long and a short position of one instrument, each held to the rules for
// itself, however they net.

namespace keel::audit::test {
namespace {

constexpr PositionSide long_side = PositionSide::Long;
constexpr PositionSide short_side = PositionSide::Short;

AuditorConfig ungrouped() {
    AuditorConfig config = usual_config();
    config.groups.clear();
    config.instruments[0].live_quotes_per_side = 8;
    return config;
}

std::uint32_t open(Scene& s, PositionSide side, std::int64_t qty) {
    const std::uint32_t number =
        s.send(maker, {.side = opened_by(Side::Buy) == side ? Side::Buy : Side::Sell,
                       .qty = qty,
                       .position_side = side});
    s.fill(number, qty);
    return number;
}

std::uint64_t count(const Scene& s, Rule rule) { return s.auditor.log().count(rule); }

TEST(HedgeMode, WhatIsHeldOnBothSidesIsNotFlatThoughItNets) {
    for (const bool is_flat : {true, false}) {
        Scene s{ungrouped()};
        open(s, long_side, 5);
        open(s, short_side, 5);
        if (is_flat) {
            s.outside(maker, Side::Sell, 5, true, long_side);
            s.outside(maker, Side::Buy, 5, true, short_side);
        }
        s.settle();
        EXPECT_EQ(count(s, Rule::EndsFlat), is_flat ? 0U : 2U);
        EXPECT_EQ(s.auditor.log().count(), is_flat ? 0U : 2U);
    }
}

TEST(HedgeMode, ExecutionsAddUpOnEachSide) {
    Scene s{ungrouped()};
    open(s, long_side, 5);
    open(s, short_side, 5);
    s.wait(seconds(2));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.books.move(maker, long_side, 1); // nets to the same
    s.books.move(maker, short_side, -1);
    s.wait(seconds(2));
    EXPECT_EQ(count(s, Rule::PositionAddsUp), 2U);
    EXPECT_EQ(s.auditor.log().count(), 2U);
}

TEST(HedgeMode, TheDeskBelievesInEachSide) {
    Scene s{ungrouped()};
    const std::uint32_t bought = open(s, long_side, 5);
    const std::uint32_t sold = open(s, short_side, 5);
    s.hears_fill(bought, 5);
    s.hears_fill(sold, 5);
    s.believes(5, 5, 5, long_side);
    s.believes(-5, -5, -5, short_side);
    s.believes(0, 0, 0);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.believes(0, 0, 0, long_side); // as if they netted
    EXPECT_EQ(count(s, Rule::TruthInsideInterval), 2U);
    s.believes(0, 0, 0, short_side);
    EXPECT_EQ(count(s, Rule::TruthInsideInterval), 4U);
}

TEST(HedgeMode, AReduceOnlyOrderIsHeldAgainstItsOwnSide) {
    for (const PositionSide taken_down : {long_side, short_side}) {
        Scene s{ungrouped()};
        open(s, long_side, 5);
        s.outside(maker, Side::Sell, 5, true, short_side);
        // A sale closes the long position; of the short one it makes more.
        const std::uint32_t close = s.send(
            maker,
            {.side = Side::Sell, .qty = 5, .reduce_only = true, .position_side = taken_down});
        s.fill(close, 5);
        EXPECT_EQ(count(s, Rule::ReduceOnlyNeverOpens), taken_down == long_side ? 0U : 1U);
    }
}

TEST(HedgeMode, AnExecutionMovesThePositionThatItsOrderNamed) {
    Scene s{ungrouped()};
    const std::uint32_t number = s.send(maker, {.qty = 5, .position_side = long_side});
    s.fill(number, 2);
    EXPECT_EQ(count(s, Rule::FillsHaveIntents), 0U);
    s.auditor.on_fill({.at = s.now(),
                       .cl_ord_id = s.books.orders[0].back().cl_ord_id,
                       .instrument = maker,
                       .account = AccountIx{0},
                       .side = Side::Buy,
                       .position_side = short_side,
                       .is_maker = true,
                       .px = Ticks{1'000},
                       .qty = Lots{1},
                       .fee = Money{1'500}});
    EXPECT_EQ(count(s, Rule::FillsHaveIntents), 1U);
}

TEST(HedgeMode, APositionLimitIsOfEachSide) {
    AuditorConfig config = ungrouped();
    config.instruments[0].max_position_notional = Money{10 * 1'000 * 10'000}; // of 10 lots
    Scene s{config};
    open(s, long_side, 10);
    open(s, short_side, 10);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.send(maker, {.side = Side::Sell, .qty = 1, .position_side = short_side});
    EXPECT_EQ(count(s, Rule::PositionNotionalLimit), 1U);
}

AuditorConfig protecting() {
    AuditorConfig config = ungrouped();
    for (const PositionSide side : {long_side, short_side}) {
        config.protections.push_back({.name = "btc" + std::string{position_suffix(side)},
                                      .instrument = maker,
                                      .position_side = side,
                                      .within = seconds(5)});
    }
    config.must_end_flat = false;
    return config;
}

std::uint32_t stop(Scene& s, PositionSide side, std::int64_t qty) {
    const bool is_long = side == long_side;
    return s.send(maker, {.side = is_long ? Side::Sell : Side::Buy,
                          .qty = qty,
                          .reduce_only = true,
                          .trigger = is_long ? 990 : 1'010,
                          .position_side = side});
}

TEST(HedgeMode, EachSideHasItsStop) {
    Scene s{protecting()};
    open(s, long_side, 5);
    open(s, short_side, 5);
    stop(s, long_side, 5);
    const std::uint32_t of_short = stop(s, short_side, 5);
    s.auditor.on_time(s.now()); // they have come at once
    s.wait(seconds(10));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.end(of_short); // while the long one's stays
    s.wait(seconds(10));
    EXPECT_EQ(count(s, Rule::ProtectedWithinBound), 1U);
    EXPECT_EQ(s.auditor.protection().tally(0).bare_most, Duration{0});
    EXPECT_GT(s.auditor.protection().tally(1).bare_most, seconds(5));
    EXPECT_EQ(s.auditor.protection().tally(0).positions, 1U);
    EXPECT_EQ(s.auditor.protection().tally(1).positions, 1U);
}

TEST(HedgeMode, AStopOfASideThatIsGoneIsNeedlessThoughTheOtherIsHeld) {
    Scene s{protecting()};
    open(s, long_side, 5);
    open(s, short_side, 5);
    stop(s, long_side, 5);
    stop(s, short_side, 5);
    s.outside(maker, Side::Sell, 5, true, long_side);
    s.wait(seconds(10));
    EXPECT_EQ(count(s, Rule::NoNeedlessProtection), 1U);
    EXPECT_EQ(s.auditor.log().count(), 1U);
    EXPECT_EQ(s.auditor.protection().tally(0).closed[static_cast<std::size_t>(ClosedBy::Manual)],
              1U);
}

TEST(HedgeMode, AGhostIsOfTheSideThatItProtects) {
    Scene s{protecting()};
    const std::uint32_t sold = open(s, short_side, 5);
    s.hears_fill(sold, 5);
    stop(s, short_side, 5);
    EXPECT_EQ(count(s, Rule::NoGhost), 0U);
    stop(s, long_side, 5); // of which there is none, and never was
    EXPECT_EQ(count(s, Rule::NoGhost), 1U);
}

} // namespace
} // namespace keel::audit::test
