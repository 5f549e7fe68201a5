#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"

// Runs at a venue in hedge mode: the desk holds a long and a short position at once, each with its
// stop, and ends flat on both sides.

namespace keel::world::test {
namespace {

constexpr InstrumentIx btc{0};

SmallWorld hedged_world(std::string_view faults, std::uint64_t seed) {
    SmallWorld out = bracket_world(faults, seed);
    for (sim::VenueConfig& venue : out.config.venues) venue.hedge_mode = true;
    for (strategy::BracketConfig& bracket : out.config.desk.bracket) bracket.hedge_mode = true;
    // The owner opens by hand what no signal asks for.
    OutsideRates rates{.manual_per_hour = 600, .liquidations_per_hour = 20, .qty_max = Lots{60}};
    rates.hedge_mode = true;
    out.config.outside = {rates};
    return out;
}

TEST(HedgeMode, BothSidesAreHeldAtOnceAndTheRunEndsFlat) {
    std::uint64_t at_once = 0; // steps
    std::array<std::uint64_t, 2> opened{};
    for (const auto* faults : {"calm", "rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            SCOPED_TRACE(fmt::format("{} seed {}", faults, seed));
            const SmallWorld small = hedged_world(faults, seed);
            World world{small.config, small.feeds()};
            while (world.step()) {
                const sim::Venue& venue = world.venue(VenueIx{0});
                at_once += venue.position(btc, PositionSide::Long) != Lots{0} &&
                                   venue.position(btc, PositionSide::Short) != Lots{0}
                               ? 1U
                               : 0U;
            }
            const RunResult result = world.result();
            EXPECT_EQ(result.ending, Ending::Settled) << told(result);
            EXPECT_EQ(result.violations, 0U) << told(result);
            EXPECT_TRUE(result.is_flat);
            EXPECT_FALSE(result.is_halted);
            ASSERT_EQ(result.brackets.size(), 2U);
            EXPECT_EQ(result.brackets[0].name, "btc long");
            EXPECT_EQ(result.brackets[1].name, "btc short");
            for (std::size_t n = 0; n < 2; ++n) opened[n] += result.brackets[n].positions;
        }
    }
    EXPECT_GT(at_once, 300U);
    EXPECT_GT(opened[0], 50U);
    EXPECT_GT(opened[1], 50U);
}

// The same desk at a venue where positions net: all that it sends is refused.
TEST(HedgeMode, AStrategyOfTheOtherModeTradesNothing) {
    SmallWorld small = hedged_world("calm", 1);
    small.config.outside.clear();
    for (sim::VenueConfig& venue : small.config.venues) venue.hedge_mode = false;
    World world{small.config, small.feeds()};
    const RunResult result = world.run();
    EXPECT_GT(result.orders_sent, 0U);
    EXPECT_EQ(result.other_fills + result.maker_fills, 0U);
}

// A tape that books an execution on the other side: it nets to the same, and is seen.
TEST(HedgeMode, TheAuditorSeesAnExecutionOfTheWrongSide) {
    SmallWorld small = hedged_world("calm", 1);
    small.config.broken.trades = [](sim::TrueFill& fill) {
        if (fill.is_ours) fill.position_side = closed_by(fill.side);
    };
    World world{small.config, small.feeds()};
    world.run();
    EXPECT_GT(world.auditor().log().count(audit::Rule::FillsHaveIntents), 0U);
    EXPECT_GT(world.auditor().log().count(audit::Rule::PositionAddsUp), 0U);
}

} // namespace
} // namespace keel::world::test
