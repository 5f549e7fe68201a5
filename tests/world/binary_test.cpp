#include <gtest/gtest.h>

#include "sim/market/market.hpp"
#include "tests/world/small_world.hpp"
#include "world/binary_map.hpp"

// Runs of a market of binary outcomes, and how one is made from a recording.

namespace keel::world {
namespace {

using test::quoter_world;
using test::told;

constexpr InstrumentIx yes{0};
constexpr InstrumentIx no{1};

TEST(Binary, NoRunOfALadderBreaksARule) {
    std::uint64_t fills = 0;
    std::uint64_t merges = 0;
    std::uint64_t failures = 0;
    std::int64_t failed = 0; // lots
    for (const char* faults : {"calm", "rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 6; ++seed) {
            SCOPED_TRACE(testing::Message() << faults << ", seed " << seed);
            test::SmallWorld small = quoter_world(faults, seed);
            small.config.settle_max = seconds(300);
            World world{small.config, small.feeds()};
            const RunResult result = world.run();
            EXPECT_EQ(result.violations, 0U) << told(result);
            EXPECT_EQ(result.ending, Ending::Settled);
            fills += world.auditor().tally().fills.other + world.auditor().tally().fills.maker;
            merges += result.quoters.at(0).counted.merges;
            failures += result.faults[static_cast<std::size_t>(sim::FaultKind::SettlementFailed)];
            for (const QuoterResult::Outcome& one : result.quoters.at(0).outcomes) {
                const sim::Venue& venue = world.venue(VenueIx{0});
                const Lots bought = venue.position(one.instrument) - venue.settled(one.instrument);
                EXPECT_GE(one.waiting, bought) << "what is held may still wait";
                EXPECT_GT(one.settled(), Lots{0});
                failed += one.failed.value();
            }
            EXPECT_LE(result.quoters.at(0).counted.clamps_most, result.quoters.at(0).clamps_bound);
        }
    }
    EXPECT_GT(failed, 10);
    EXPECT_GT(fills, 500U);
    EXPECT_GT(merges, 20U);
    EXPECT_GT(failures, 10U);
}

// Nobody buys less than the smallest order: what is left of it does not keep a run from its end.
TEST(Binary, ARunEndsWithLessThanTheSmallestOrder) {
    std::int64_t left = 0;
    for (std::uint64_t seed = 1; seed <= 48; ++seed) {
        SCOPED_TRACE(seed);
        test::SmallWorld small = quoter_world(seed % 2 == 0 ? "calm" : "rough", seed);
        small.config.desk.quoter[0].on_exit = strategy::OnExit::Unwind;
        small.config.desk.quoter[0].complete_above = Lots{7}; // and so much stays alone
        for (std::size_t i = 0; i < 2; ++i) {
            small.config.desk.engine.instruments[i].instrument.min_qty = Lots{10};
            small.config.venues[0].instruments[i].spec.min_qty = Lots{10};
        }
        small.config.settle_max = seconds(300);
        World world{small.config, small.feeds()};
        const RunResult result = world.run();
        EXPECT_EQ(result.ending, Ending::Settled);
        EXPECT_EQ(result.violations, 0U) << told(result);
        EXPECT_LT(result.settling, seconds(120));
        for (const QuoterResult::Outcome& one : result.quoters.at(0).outcomes) {
            EXPECT_EQ(world.venue(VenueIx{0}).position(one.instrument), one.residue);
            EXPECT_LT(one.residue, Lots{10});
            left += one.residue.value();
        }
    }
    EXPECT_GT(left, 0) << "some of them had a rest";
}

// A desk that redeems what its market was resolved to, with everything still adding up.
TEST(Binary, ARunGoesOnThroughResolution) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        test::SmallWorld small = quoter_world("rough", seed);
        small.config.venues[0].instruments[0].listing = {.resolves_after = seconds(150),
                                                         .resolves_to = Ticks{1'000}};
        small.config.venues[0].instruments[1].listing = {.resolves_after = seconds(150),
                                                         .resolves_to = Ticks{0}};
        small.config.settle_max = seconds(300);
        World world{small.config, small.feeds()};
        const RunResult result = world.run();
        EXPECT_EQ(result.violations, 0U) << told(result);
        EXPECT_EQ(world.venue(VenueIx{0}).resolved_to(yes), Ticks{1'000});
        EXPECT_EQ(world.venue(VenueIx{0}).position(yes), Lots{0}) << "redeemed";
        EXPECT_EQ(world.venue(VenueIx{0}).position(no), Lots{0}) << "for nothing, too";
    }
}

BinaryTerms terms() {
    BinaryTerms out;
    out.slope = 50;
    out.per_unit = 100;
    out.px_end = Ticks{1'000};
    out.price_step = Ticks{10};
    out.fine_step = Ticks{1};
    out.fine_below = Ticks{40};
    out.open_e8 = 100 * sim::market_one;
    return out;
}

// A book one cent wide around a price in cents.
sim::MarketUpdate book(std::int64_t cents) {
    constexpr std::int64_t cent = sim::market_one / 100;
    return sim::MarketUpdate::quote(Timestamp{}, 0, (cents - 1) * cent, 3 * sim::market_one,
                                    (cents + 1) * cent, 5 * sim::market_one);
}

TEST(BinaryMap, IsHalfAtTheOpeningAndMovesWithTheRecording) {
    const BinaryMap map{yes, Decimal{1, 0}, terms()};
    const auto at_open = map.move(book(10'000));
    EXPECT_EQ(at_open.bid_px, Ticks{490});
    EXPECT_EQ(at_open.ask_px, Ticks{510});
    EXPECT_EQ(at_open.bid_qty, Lots{300});
    EXPECT_EQ(at_open.ask_qty, Lots{500});
    const auto higher = map.move(book(10'040)); // by 0.4 %, fifty times: 0.2
    EXPECT_EQ(higher.bid_px, Ticks{690});
    EXPECT_EQ(higher.ask_px, Ticks{710});
    const auto between = map.move(book(10'041)); // 0.705: one step is enough
    EXPECT_EQ(between.bid_px, Ticks{700});
    EXPECT_EQ(between.ask_px, Ticks{710});
}

TEST(BinaryMap, TheOtherOutcomeIsItsMirror) {
    BinaryTerms mirrored = terms();
    mirrored.is_complement = true;
    const BinaryMap map{yes, Decimal{1, 0}, terms()};
    const BinaryMap other{no, Decimal{1, 0}, mirrored};
    for (std::int64_t cents = 9'900; cents <= 10'100; cents += 7) {
        const auto a = map.move(book(cents));
        const auto b = other.move(book(cents));
        EXPECT_EQ(b.instrument, no);
        EXPECT_EQ(a.bid_px + b.ask_px, Ticks{1'000});
        EXPECT_EQ(a.ask_px + b.bid_px, Ticks{1'000});
        EXPECT_EQ(a.bid_qty, b.ask_qty);
        EXPECT_EQ(a.ask_qty, b.bid_qty);
        EXPECT_LT(a.bid_px, a.ask_px);
    }
    const auto trade = sim::MarketUpdate::trade(Timestamp{}, 0, Side::Buy, 100 * sim::market_one,
                                                2 * sim::market_one);
    EXPECT_EQ(map.move(trade).aggressor, Side::Buy);
    EXPECT_EQ(map.move(trade).px, Ticks{510});
    EXPECT_EQ(map.move(trade).qty, Lots{200});
    EXPECT_EQ(other.move(trade).aggressor, Side::Sell);
    EXPECT_EQ(other.move(trade).px, Ticks{490});
}

TEST(BinaryMap, NearAnEndItsStepsAreFineAndNobodyIsBeyond) {
    const BinaryMap map{yes, Decimal{1, 0}, terms()};
    const auto low = map.move(book(9'906)); // 0.03
    EXPECT_EQ(low.bid_px, Ticks{29});
    EXPECT_EQ(low.ask_px, Ticks{31});
    const auto lowest = map.move(book(9'000));
    EXPECT_EQ(lowest.bid_qty, Lots{0});
    EXPECT_EQ(lowest.ask_px, Ticks{2});
    const auto highest = map.move(book(11'000));
    EXPECT_EQ(highest.bid_px, Ticks{998});
    EXPECT_EQ(highest.ask_qty, Lots{0});
}

} // namespace
} // namespace keel::world
