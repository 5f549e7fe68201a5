#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"

// Funding in a run: the desk is told of it, what it costs adds up, and nothing else is disturbed.

namespace keel::world::test {
namespace {

constexpr InstrumentIx maker{0};

SmallWorld with_funding(std::string_view faults, std::uint64_t seed) {
    SmallWorld out = small_world(faults, seed, seconds(300));
    for (sim::VenueConfig& venue : out.config.venues) {
        for (sim::SimInstrument& one : venue.instruments) {
            one.funding = {.every = seconds(2),
                           .mean = Bps{100},
                           .spread = Bps{2'000},
                           .half_life = seconds(60)};
        }
    }
    return out;
}

TEST(Funding, AddsUpAndDisturbsNothing) {
    for (const auto* faults : {"calm", "rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            SCOPED_TRACE(fmt::format("{} seed {}", faults, seed));
            const SmallWorld small = with_funding(faults, seed);
            World world{small.config, small.feeds()};
            const RunResult result = world.run();
            EXPECT_EQ(result.ending, Ending::Settled) << told(result);
            EXPECT_EQ(result.violations, 0U) << told(result);
            EXPECT_EQ(result.alarms[static_cast<std::size_t>(AlarmKind::SignalRefused)], 0U);
            for (const AccountResult& account : result.accounts) {
                EXPECT_NE(account.funding, Money{0}) << "something was held at some settlement";
            }
            const auto known = world.desk().engine().signal(maker, SignalKind::Funding);
            ASSERT_NE(known, nullptr);
            EXPECT_GT(known->id, 100U);
        }
    }
}

TEST(Funding, AVenueWithoutItTellsAndTakesNothing) {
    const SmallWorld small = small_world("harsh", 3);
    World world{small.config, small.feeds()};
    const RunResult result = world.run();
    for (const AccountResult& account : result.accounts) EXPECT_EQ(account.funding, Money{0});
    EXPECT_EQ(world.desk().engine().signal(maker, SignalKind::Funding), nullptr);
}

TEST(Funding, ANewLifeIsToldOfIt) {
    SmallWorld small = with_funding("calm", 1);
    for (sim::VenueConfig& venue : small.config.venues) {
        for (sim::SimInstrument& one : venue.instruments) {
            one.funding.every = seconds(3'600);
            one.funding.half_life = seconds(3'600);
        }
    }
    small.config.faults.crashes_per_hour = 60;
    small.config.faults.lost_tail_max = 1'000'000; // all that it knew
    World world{small.config, small.feeds()};
    bool was_down = false;
    while (world.step()) {
        if (!world.is_desk_alive()) was_down = true;
        if (was_down && world.is_desk_alive()) break;
    }
    ASSERT_TRUE(was_down);
    EXPECT_EQ(world.desk().engine().signal(maker, SignalKind::Funding), nullptr);
    const Timestamp back = world.now();
    while (world.now() < back + seconds(1)) world.step();
    const auto known = world.desk().engine().signal(maker, SignalKind::Funding);
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->id, 1U);
}

TEST(Funding, ACopyGoesOnAlike) {
    const SmallWorld small = with_funding("harsh", 5);
    World world{small.config, small.feeds()};
    while (world.now() < small.config.start + seconds(61)) world.step();
    World copy = world;
    const RunResult first = world.run();
    const RunResult second = copy.run();
    EXPECT_EQ(first.state_hash, second.state_hash);
    EXPECT_EQ(first.accounts[0].funding, second.accounts[0].funding);
    EXPECT_EQ(second.violations, 0U) << told(second);
}

} // namespace
} // namespace keel::world::test
