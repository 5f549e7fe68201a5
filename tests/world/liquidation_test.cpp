#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"

// An account that is thin, at a venue that asks for maintenance margin: it is liquidated, the desk
// learns of it and nothing is its mistake.

namespace keel::world::test {
namespace {

constexpr InstrumentIx btc{0};

// Worth a little more than what the largest position needs, and liquidated soon after it loses.
SmallWorld thin_world(std::string_view faults, std::uint64_t seed, sim::OutsideTold told) {
    SmallWorld out = bracket_world(faults, seed);
    sim::VenueConfig& venue = out.config.venues.front();
    sim::SimInstrument& instrument = venue.instruments.front();
    const Lots most = out.config.desk.bracket.front().qty_max;
    const Money worth = notional(Ticks{61'000}, most, instrument.spec);
    const Money margin = fee_of(worth, instrument.spec.initial_margin_ppm);
    venue.accounts.front().collateral = margin + fee_of(worth, 4'000);
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
    EXPECT_GE(liquidations, 12U);
}

TEST(Liquidation, WithoutMaintenanceMarginThereIsNone) {
    SmallWorld small = thin_world("calm", 1, sim::OutsideTold::All);
    small.config.venues.front().instruments.front().maintenance_margin_ppm = 0;
    World world{small.config, small.feeds()};
    EXPECT_EQ(world.run().outside_fills, 0U);
}

TEST(Liquidation, ASilentOneIsFoundByReads) {
    SmallWorld small = thin_world("calm", 1, sim::OutsideTold::Manual);
    for (VenueTraits& venue : small.config.desk.engine.venues) venue.tells_all_changes = false;
    for (sim::VenueConfig& venue : small.config.venues) venue.traits.tells_all_changes = false;
    World world{small.config, small.feeds()};
    const RunResult result = world.run();
    EXPECT_EQ(result.ending, Ending::Settled) << told(result);
    EXPECT_EQ(result.violations, 0U) << told(result);
    EXPECT_GT(world.venue(VenueIx{0}).liquidation_count(), 0U);
    EXPECT_GT(result.alarms[static_cast<std::size_t>(AlarmKind::AdoptedDifference)], 0U);
    EXPECT_EQ(world.venue(VenueIx{0}).position(btc), Lots{0});
}

} // namespace
} // namespace keel::world::test
