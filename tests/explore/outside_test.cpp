#include <fmt/format.h>
#include <gtest/gtest.h>

#include "explore/exhaustive.hpp"
#include "tests/explore/small_scenario.hpp"

// Somebody else trades on the account, at any time between two things that happen. That is not the
// desk's mistake, and its own mistakes are found all the same.

namespace keel::explore {
namespace {

using Kind = sim::OutsideAct::Kind;

constexpr VenueIx hedge_venue{1};
constexpr InstrumentIx hedge{1};

std::shared_ptr<Scenario> with_outside(Kind kind, sim::OutsideTold told, const Small& small) {
    auto scenario = small_scenario(small);
    scenario->overtakings_max = 0;
    for (sim::VenueConfig& venue : scenario->venues) venue.outside_told = told;
    const Outside deed{hedge_venue,
                       {.instrument = hedge, .kind = kind, .side = Side::Buy, .qty = Lots{1}}};
    scenario->lanes.push_back({"others", {deed}});
    return scenario;
}

SearchResult searched(World& world, std::uint32_t faults_max = 0) {
    Bounds bounds;
    bounds.max_faults = faults_max;
    return exhaustive(world, bounds);
}

TEST(Outside, WhateverTheOrderADeskKeepsItsRules) {
    const Small small{.qty = 1, .prints = 1, .faults = 0, .unwinds = true};
    for (const Kind kind : {Kind::Manual, Kind::Adl}) {
        World world{with_outside(kind, sim::OutsideTold::All, small)};
        const std::uint64_t before = world.hash(0);
        const SearchResult result = searched(world);
        EXPECT_TRUE(result.is_complete);
        EXPECT_TRUE(result.findings.empty())
            << (result.findings.empty() ? "" : info(result.findings.front().rule).name);
        EXPECT_GT(result.tally.terminals, 0U);
        EXPECT_EQ(world.hash(0), before) << "it is where it was";
    }
}

// A fill that is told twice is counted twice: on another instrument, and as it was before.
TEST(Outside, WhatTheDeskDoesWrongIsFoundAllTheSame) {
    Small small{.qty = 1, .prints = 1, .faults = bit(sim::FaultKind::DuplicateNow)};
    for (const bool is_broken : {false, true}) {
        small.sabotage.fills_not_deduplicated = is_broken;
        World world{with_outside(Kind::Manual, sim::OutsideTold::All, small)};
        const auto others = static_cast<std::uint8_t>(world.scenario().lanes.size() - 1);
        world.apply({Choice::Kind::NextDeed, 0, others}); // first of all
        const SearchResult result = searched(world, 1);
        EXPECT_EQ(result.findings.empty(), !is_broken);
    }
}

// An act that is told and one that is silent make two states of the same positions.
TEST(Outside, SilentOnesShowInThePositionAlone) {
    const Small small{.qty = 1, .prints = 1, .faults = 0};
    World told{with_outside(Kind::Manual, sim::OutsideTold::All, small)};
    World silent{with_outside(Kind::Manual, sim::OutsideTold::None, small)};
    const auto others = [](World& world) {
        const auto lane = static_cast<std::uint8_t>(world.scenario().lanes.size() - 1);
        world.apply({Choice::Kind::NextDeed, 0, lane});
    };
    EXPECT_FALSE(told.has_outside());
    others(told);
    others(silent);
    EXPECT_TRUE(told.has_outside());
    EXPECT_EQ(told.held(hedge), Lots{1});
    EXPECT_EQ(told.outside(hedge), Lots{1});
    EXPECT_EQ(silent.held(hedge), Lots{1});
    EXPECT_NE(told.hash(0), silent.hash(0));
}

} // namespace
} // namespace keel::explore
