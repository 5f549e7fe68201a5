#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"
#include "world/outside_plan.hpp"

// What others do with an account: the desk learns of it, is not blamed for it, and ends flat.

namespace keel::world::test {
namespace {

using audit::Rule;
using Kind = sim::OutsideAct::Kind;

constexpr Timestamp start{seconds(1'000).value()};

SmallWorld with_outside(std::string_view faults, std::uint64_t seed, sim::OutsideTold told) {
    SmallWorld out = small_world(faults, seed, seconds(600));
    const OutsideRates rates{
        .manual_per_hour = 3, .liquidations_per_hour = 3, .adl_per_hour = 3, .qty_max = Lots{60}};
    out.config.outside = {rates, rates};
    for (sim::VenueConfig& venue : out.config.venues) venue.outside_told = told;
    return out;
}

TEST(Outside, TheDeskLearnsOfWhatIsToldAndByWhomAndEndsFlat) {
    std::uint64_t liquidated = 0;
    std::uint64_t deleveraged = 0;
    for (const auto* faults : {"calm", "rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            SCOPED_TRACE(fmt::format("{} seed {}", faults, seed));
            const SmallWorld small = with_outside(faults, seed, sim::OutsideTold::All);
            World world{small.config, small.feeds()};
            const RunResult result = world.run();
            EXPECT_EQ(result.ending, Ending::Settled) << test::told(result);
            EXPECT_EQ(result.violations, 0U) << test::told(result);
            EXPECT_TRUE(result.is_flat);
            EXPECT_FALSE(result.is_halted);
            EXPECT_GE(result.outside_fills, 2U); // (what is closed may find nothing to close)
            const auto told = [&](AlarmKind kind) {
                return result.alarms[static_cast<std::size_t>(kind)];
            };
            EXPECT_GE(told(AlarmKind::ForeignFill) + told(AlarmKind::Liquidated) +
                          told(AlarmKind::Deleveraged),
                      2U);
            liquidated += told(AlarmKind::Liquidated);
            deleveraged += told(AlarmKind::Deleveraged);
        }
    }
    EXPECT_GT(liquidated, 10U);
    EXPECT_GT(deleveraged, 10U);
}

// Three of them within ten minutes would halt the desk, which is right (ADR 0008).
TEST(Outside, TheDeskFindsWhatNoFillTellsAndEndsFlat) {
    std::uint64_t found = 0;
    for (const auto* faults : {"calm", "rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            SCOPED_TRACE(fmt::format("{} seed {}", faults, seed));
            SmallWorld small = with_outside(faults, seed, sim::OutsideTold::Manual);
            small.config.outside = {{}, {.adl_per_hour = 6, .qty_max = Lots{60}}};
            for (sim::VenueConfig& venue : small.config.venues) {
                venue.pushes_positions = seed % 2 == 0;
            }
            World world{small.config, small.feeds()};
            const RunResult result = world.run();
            EXPECT_EQ(result.ending, Ending::Settled) << test::told(result);
            EXPECT_EQ(result.violations, 0U) << test::told(result);
            EXPECT_TRUE(result.is_flat);
            EXPECT_FALSE(result.is_halted);
            EXPECT_EQ(result.alarms[static_cast<std::size_t>(AlarmKind::ForeignFill)], 0U);
            found += result.alarms[static_cast<std::size_t>(AlarmKind::AdoptedDifference)];
        }
    }
    EXPECT_GT(found, 10U);
}

// The auditor is told that a silent change was told: the desk, which cannot know it, is blamed once
// the time in which it would have heard is over.
TEST(Outside, WhatTheDeskDoesNotLearnInTimeIsItsMistake) {
    SmallWorld small = with_outside("calm", 1, sim::OutsideTold::None);
    small.config.outside = {{.manual_per_hour = 6, .qty_max = Lots{60}}};
    for (sim::VenueConfig& venue : small.config.venues) venue.pushes_positions = false;
    small.config.broken.trades = [](sim::TrueFill& fill) { fill.is_told = true; };
    World world{small.config, small.feeds()};
    world.run();
    EXPECT_GT(world.auditor().log().count(Rule::TruthInsideInterval), 0U);
}

TEST(Outside, NothingComesAfterTheWindDown) {
    SmallWorld small = with_outside("calm", 1, sim::OutsideTold::All);
    World whole{small.config, small.feeds()};
    World cut{small.config, small.feeds()};
    while (cut.now() < small.config.start + seconds(1)) cut.step();
    cut.interrupt();
    EXPECT_EQ(cut.run().outside_fills, 0U);
    EXPECT_GT(whole.run().outside_fills, 0U);
}

TEST(OutsidePlan, EachRateIsKeptAndEachKindHasItsOwnChance) {
    const OutsideRates all{
        .manual_per_hour = 120, .liquidations_per_hour = 60, .adl_per_hour = 1, .qty_max = Lots{7}};
    const OutsideRates manual{.manual_per_hour = 120, .qty_max = Lots{7}};
    const auto acts_of = [](const std::vector<OutsideRates>& rates, Kind kind) {
        OutsidePlan plan{rates, 5, start, seconds(600)};
        std::vector<std::pair<Timestamp, Lots>> out;
        Timestamp before = start;
        while (plan.next_at() < never) {
            EXPECT_GE(plan.next_at(), before);
            EXPECT_LE(plan.next_at(), start + seconds(600));
            before = plan.next_at();
            const sim::OutsideAct act = plan.next([](PositionSide) { return Lots{0}; });
            EXPECT_GE(act.qty, Lots{1});
            EXPECT_LE(act.qty, Lots{7});
            if (act.kind == kind) out.emplace_back(before, act.qty);
        }
        return out;
    };
    EXPECT_EQ(acts_of({all}, Kind::Manual).size(), 20U);
    EXPECT_EQ(acts_of({all}, Kind::Liquidation).size(), 10U);
    EXPECT_EQ(acts_of({all}, Kind::Adl).size(), 1U); // at least one
    EXPECT_EQ(acts_of({all}, Kind::Manual), acts_of({manual}, Kind::Manual));
    EXPECT_NE(acts_of({all, all}, Kind::Adl), acts_of({{}, all}, Kind::Adl));
    EXPECT_TRUE(acts_of({{}}, Kind::Manual).empty());
}

TEST(OutsidePlan, WhatTheVenueClosesGoesAgainstWhatIsHeld) {
    const std::vector<OutsideRates> rates{{.liquidations_per_hour = 60, .qty_max = Lots{7}}};
    OutsidePlan plan{rates, 5, start, seconds(600)};
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(plan.next_instrument(), InstrumentIx{0});
        const Lots held{i % 2 == 0 ? 3 : -3};
        const auto held_on = [&](PositionSide) { return held; };
        EXPECT_EQ(plan.next(held_on).side, i % 2 == 0 ? Side::Sell : Side::Buy);
    }
}

TEST(OutsidePlan, InHedgeModeEachIsAboutOneSide) {
    const OutsideRates one_way{.manual_per_hour = 60, .liquidations_per_hour = 60};
    OutsideRates hedged = one_way;
    hedged.hedge_mode = true;
    OutsidePlan plan{{hedged}, 5, start, seconds(3'600)};
    std::array<int, position_side_count> manual{};
    while (plan.next_at() < never) {
        const sim::OutsideAct act = plan.next([](PositionSide side) {
            EXPECT_NE(side, PositionSide::Net);
            return side == PositionSide::Short ? Lots{-3} : Lots{0};
        });
        if (act.kind == Kind::Manual) {
            ++manual[static_cast<std::size_t>(act.position_side)];
        } else { // what is held is short, whichever side was drawn
            EXPECT_EQ(act.position_side, PositionSide::Short);
            EXPECT_EQ(act.side, Side::Buy);
        }
    }
    EXPECT_EQ(manual[0], 0);
    EXPECT_GT(manual[1], 15);
    EXPECT_GT(manual[2], 15);
    OutsidePlan netting{{one_way}, 5, start, seconds(3'600)};
    while (netting.next_at() < never) {
        EXPECT_EQ(netting.next([](PositionSide) { return Lots{0}; }).position_side,
                  PositionSide::Net);
    }
}

} // namespace
} // namespace keel::world::test
