#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"

// An account that is thin, at a venue that asks for maintenance margin: it is liquidated, the desk
// learns of it and nothing is its mistake.

namespace keel::world::test {
namespace {

// Worth a little more than what the largest position needs, and liquidated soon after it loses.
SmallWorld thin_world(std::string_view faults, std::uint64_t seed, sim::OutsideTold told) {
    SmallWorld out = bracket_world(faults, seed);
    strategy::BracketConfig& bracket = out.config.desk.bracket.front();
    bracket.stop = Bps{80 * bps_one}; // far beyond where the margin ends
    sim::VenueConfig& venue = out.config.venues.front();
    sim::SimInstrument& instrument = venue.instruments.front();
    const Lots most = bracket.qty_max;
    const Money worth = notional(Ticks{61'000}, most, instrument.spec);
    const Money margin = fee_of(worth, instrument.spec.initial_margin_ppm);
    venue.accounts.front().collateral = margin + fee_of(worth, 1'500);
    instrument.maintenance_margin_ppm = instrument.spec.initial_margin_ppm - 1;
    venue.outside_told = told;
    return out;
}

TEST(Liquidation, TheDeskLearnsOfItAndEndsFlat) {
    std::uint64_t liquidations = 0;
    for (const auto* faults : {"calm", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            SCOPED_TRACE(fmt::format("{} seed {}", faults, seed));
            const SmallWorld small = thin_world(faults, seed, sim::OutsideTold::All);
            World world{small.config, small.feeds()};
            const RunResult result = world.run();
            EXPECT_EQ(result.ending, Ending::Settled) << told(result);
            EXPECT_EQ(result.violations, 0U) << told(result);
            EXPECT_TRUE(result.is_flat);
            const std::uint32_t count = world.venue(VenueIx{0}).liquidation_count();
            EXPECT_EQ(result.outside_fills, count);
            liquidations += count;
        }
    }
    EXPECT_GT(liquidations, 5U);
}

TEST(Liquidation, WithoutMaintenanceMarginThereIsNone) {
    SmallWorld small = thin_world("calm", 1, sim::OutsideTold::All);
    small.config.venues.front().instruments.front().maintenance_margin_ppm = 0;
    World world{small.config, small.feeds()};
    EXPECT_EQ(world.run().outside_fills, 0U);
}

TEST(Liquidation, ASilentOneIsFoundByReads) {
    std::uint64_t liquidations = 0;
    std::uint64_t found = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        SmallWorld small = thin_world("calm", seed, sim::OutsideTold::Manual);
        for (VenueTraits& venue : small.config.desk.engine.venues) venue.tells_all_changes = false;
        for (sim::VenueConfig& venue : small.config.venues) venue.traits.tells_all_changes = false;
        World world{small.config, small.feeds()};
        const RunResult result = world.run();
        EXPECT_EQ(result.ending, Ending::Settled) << told(result);
        EXPECT_EQ(result.violations, 0U) << told(result);
        EXPECT_TRUE(result.is_flat);
        EXPECT_EQ(result.alarms[static_cast<std::size_t>(AlarmKind::ForeignFill)], 0U);
        liquidations += world.venue(VenueIx{0}).liquidation_count();
        found += result.alarms[static_cast<std::size_t>(AlarmKind::AdoptedDifference)];
    }
    EXPECT_GT(liquidations, 2U);
    EXPECT_EQ(found, liquidations);
}

} // namespace
} // namespace keel::world::test
