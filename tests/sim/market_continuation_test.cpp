#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/market/block_model.hpp"
#include "sim/market/recording_builder.hpp"
#include "tests/sim/market_files.hpp"
#include "tests/sim/market_statistics.hpp"

namespace keel::sim {
namespace {

using Model = std::shared_ptr<const BlockModel>;

Model fixture_model() {
    static const Model model = BlockModel::fit(test::fixture()).value();
    return model;
}

Timestamp at_second(std::int64_t n) { return Timestamp{} + seconds(n); }

TEST(ContinuedMarket, WithoutAModelIsTheRecordingAndNothingElse) {
    ContinuedMarket market{test::fixture(), nullptr, 1};
    for (const MarketUpdate& row : test::fixture()->rows) ASSERT_EQ(market.next(), row);
    EXPECT_EQ(market.next(), std::nullopt);
    EXPECT_EQ(market.next(), std::nullopt);
}

TEST(ContinuedMarket, StopsBeforeItsEnd) {
    for (const std::int64_t end : {1, 300, 345, 350, 351, 700}) {
        ContinuedMarket market{test::fixture(), fixture_model(), 7, at_second(end)};
        Timestamp last{};
        while (const auto update = market.next()) last = update->at;
        EXPECT_LT(last, at_second(end));
        EXPECT_GT(last, at_second(end) - milliseconds(900));
        EXPECT_EQ(market.next(), std::nullopt);
    }
}

TEST(ContinuedMarket, BeginsAsTheRecordingWhateverTheSeed) {
    ContinuedMarket market{test::fixture(), fixture_model(), 5};
    for (const MarketUpdate& row : test::fixture()->rows) ASSERT_EQ(market.next(), row);
    EXPECT_EQ(market.blocks(), 0U);
    EXPECT_TRUE(market.next().has_value());
    EXPECT_EQ(market.blocks(), 1U);
}

// Time never goes back, no quote is crossed, prices are on the tick, and where two blocks meet the
// bid stays where it is.
TEST(ContinuedMarket, IsAMarketForHours) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        ContinuedMarket market{test::fixture(), fixture_model(), seed, at_second(4 * 3'600)};
        const auto& streams = test::fixture()->streams;
        Timestamp before{};
        std::array<std::int64_t, 2> bid{};
        std::uint64_t block = 0;
        std::uint32_t openings = 0;
        while (const auto update = market.next()) {
            ASSERT_LE(before, update->at);
            before = update->at;
            const std::int64_t unit = streams[update->stream].price_unit;
            ASSERT_EQ(update->bid_px % unit, 0);
            ASSERT_EQ(update->ask_px % unit, 0);
            ASSERT_GT(update->bid_qty, 0);
            ASSERT_GT(update->ask_qty, 0);
            if (market.blocks() != block) {
                block = market.blocks();
                openings = 0;
            }
            if (block > 0 && openings < streams.size()) {
                ASSERT_EQ(update->stream, openings++);
                ASSERT_FALSE(update->is_trade());
                ASSERT_EQ(update->bid_px, bid[update->stream]);
            }
            if (update->is_trade()) continue;
            ASSERT_LT(update->bid_px, update->ask_px);
            bid[update->stream] = update->bid_px;
        }
        EXPECT_GT(block, 2'800U);
    }
}

TEST(ContinuedMarket, EqualSeedsAreEqualAndCopiesGoOnAlone) {
    ContinuedMarket a{test::fixture(), fixture_model(), 11};
    ContinuedMarket b{test::fixture(), fixture_model(), 11};
    ContinuedMarket other{test::fixture(), fixture_model(), 12};
    for (int i = 0; i < 300'000; ++i) ASSERT_EQ(a.next(), b.next());
    const ContinuedMarket::State saved = a.state();
    ContinuedMarket copy = a;
    std::vector<MarketUpdate> first;
    first.reserve(50'000);
    for (int i = 0; i < 50'000; ++i) first.push_back(*a.next());
    for (const MarketUpdate& update : first) ASSERT_EQ(copy.next(), update);
    a.restore(saved);
    for (const MarketUpdate& update : first) ASSERT_EQ(a.next(), update);
    for (int i = 0; i < 300'000; ++i) static_cast<void>(other.next());
    bool differs = false;
    for (int i = 0; i < 50'000; ++i) differs = differs || b.next() != other.next();
    EXPECT_TRUE(differs);
}

// The table of docs/market-fixture.md, and how far an hour of the model may stray from its
// recording.
TEST(ContinuedMarket, AnHourLooksLikeItsRecording) {
    const double recorded_seconds = 344;
    ContinuedMarket played{test::fixture(), nullptr, 1};
    const auto recorded = test::statistics(played, Timestamp{}, at_second(344));
    std::string table =
        "                           BTC quotes/s trades/s spread  var1  var5 var30 buy%"
        "  ETH quotes/s trades/s spread  var1  var5 var30 buy%  corr\n";
    const auto add_row = [&](const std::string& name, const auto& of, double length) {
        table += fmt::format("{:26}", name);
        for (std::size_t i = 0; i < 2; ++i) {
            const auto& s = of[i];
            const double unit = static_cast<double>(test::fixture()->streams[i].price_unit);
            table += fmt::format(
                " {:12.1f} {:8.1f} {:6.3f} {:5.3f} {:5.3f} {:5.3f} {:4.0f}",
                static_cast<double>(s.quotes) / length, static_cast<double>(s.trades) / length,
                s.spread_sum / static_cast<double>(s.quotes) / unit,
                test::variance_per_second(s.mid, 1), test::variance_per_second(s.mid, 5),
                test::variance_per_second(s.mid, 30), 100 * s.buy_volume / s.volume);
        }
        table += fmt::format(" {:5.3f}\n", test::correlation(of[0].mid, of[1].mid));
    };
    add_row("recording, 344 s", recorded, recorded_seconds);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        ContinuedMarket market{test::fixture(), fixture_model(), seed};
        const auto hour = test::statistics(market, at_second(400), at_second(400 + 3'600));
        add_row(fmt::format("model, an hour, seed {}", seed), hour, 3'600);
        const auto within = [](double value, double truth, double tolerance) {
            return std::abs(value / truth - 1) < tolerance;
        };
        for (std::size_t i = 0; i < 2; ++i) {
            SCOPED_TRACE(fmt::format("seed {} stream {}", seed, i));
            const auto& r = recorded[i];
            const auto& m = hour[i];
            const double scale = 3'600 / recorded_seconds;
            const auto rate = [&](std::uint64_t count) {
                return static_cast<double>(count) * scale;
            };
            EXPECT_TRUE(within(static_cast<double>(m.quotes), rate(r.quotes), 0.1));
            EXPECT_TRUE(within(static_cast<double>(m.trades), rate(r.trades), 0.1));
            EXPECT_TRUE(within(m.spread_sum / static_cast<double>(m.quotes),
                               r.spread_sum / static_cast<double>(r.quotes), 0.15));
            EXPECT_TRUE(within(test::variance_per_second(m.mid, 1),
                               test::variance_per_second(r.mid, 1), 0.2));
        }
        EXPECT_NEAR(test::correlation(hour[0].mid, hour[1].mid),
                    test::correlation(recorded[0].mid, recorded[1].mid), 0.05);
    }
    fmt::print("{}", table);
}

// A market that only rises, in leaps: without the rules at the band it would leave it at once.
TEST(ContinuedMarket, PricesStayWithinTheirBand) {
    RecordingBuilder builder{1'000};
    const std::uint32_t up = builder.stream("UP").value();
    const std::uint32_t flat = builder.stream("FLAT").value();
    for (std::int64_t i = 0; i < 200; ++i) {
        const std::int64_t ns = i * 100'000'000;
        ASSERT_TRUE(builder.quote(ns, up, (100 + i) * market_one, 1, (101 + i) * market_one, 1));
        ASSERT_TRUE(builder.quote(ns + 1, flat, 3, 1, 4, 1)); // a price of three units
        ASSERT_TRUE(builder.trade(ns + 2, flat, i % 2 == 0 ? Side::Buy : Side::Sell, 3, 1));
    }
    const SharedRecording recording = builder.finish().value();
    const Model model = BlockModel::fit(recording, seconds(5)).value();
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        ContinuedMarket market{recording, model, seed, at_second(20'000)};
        std::int64_t low = INT64_MAX;
        std::int64_t high = 0;
        while (const auto update = market.next()) {
            ASSERT_GT(update->bid_px, 0);
            ASSERT_TRUE(update->is_trade() || update->bid_px < update->ask_px);
            if (update->stream != up) continue;
            low = std::min(low, update->bid_px);
            high = std::max(high, update->bid_px);
        }
        // Twice and half of 100, and two moves of a block (50) beyond.
        EXPECT_LE(high, 300 * market_one) << "seed " << seed;
        EXPECT_GT(low, 0) << "seed " << seed;
    }
}

// Files of whole seconds or milliseconds have rows that share their time stamp. A block starts
// after the first quote of every stream, never with it.
TEST(ContinuedMarket, GoesOnWhereTheFirstRowsShareOneTimeStamp) {
    struct Row {
        std::int64_t ms;
        std::uint32_t stream;
        bool is_trade;
    };
    const std::vector<std::vector<Row>> beginnings{
        {{0, 0, false}, {0, 0, true}},                               // aggTrades
        {{0, 0, false}, {0, 0, false}, {0, 0, false}},               // one symbol
        {{0, 0, true}, {0, 0, false}, {0, 0, true}},                 // a trade first
        {{0, 0, false}, {0, 1, false}, {0, 0, false}, {0, 1, true}}, // two symbols
        {{0, 0, false},
         {0, 0, true},
         {900, 1, false},
         {900, 0, false},
         {900, 1, true}}, // one later
    };
    for (const std::vector<Row>& beginning : beginnings) {
        RecordingBuilder builder{1'000};
        ASSERT_TRUE(builder.stream("A"));
        if (beginning.back().stream == 1) {
            ASSERT_TRUE(builder.stream("B"));
        }
        const auto add = [&](const Row& row) {
            const std::int64_t ns = row.ms * 1'000'000;
            if (row.is_trade) return builder.trade(ns, row.stream, Side::Buy, 101, 1);
            return builder.quote(ns, row.stream, 100, 1, 101, 1);
        };
        for (const Row& row : beginning) ASSERT_TRUE(add(row));
        for (std::int64_t ms = 1'000; ms < 10'000; ms += 100) {
            ASSERT_TRUE(add({ms, beginning.back().stream, ms % 200 == 0}));
        }
        const SharedRecording recording = builder.finish().value();
        const Model model = BlockModel::fit(recording, seconds(2)).value();
        for (std::uint32_t i = 0; i < model->start_count(); ++i) {
            EXPECT_GT(model->start(i).at.ns(), beginning.back().ms * 1'000'000);
        }
        ContinuedMarket market{recording, model, 3, at_second(60)};
        std::size_t count = 0;
        while (const auto update = market.next()) ++count;
        EXPECT_GT(count, 300U);
    }
}

// Every quote at one moment, and nothing after it: there is no room for a block.
TEST(ContinuedMarket, ARecordingOfOneMomentIsTooShort) {
    RecordingBuilder builder{10};
    const std::uint32_t stream = builder.stream("X").value();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(builder.quote(5, stream, 1, 1, 2, 1));
    const SharedRecording recording = builder.finish().value();
    const auto model = BlockModel::fit(recording);
    ASSERT_FALSE(model);
    EXPECT_THAT(model.error().text(), ::testing::HasSubstr("lasts 0 ms"));
}

TEST(ContinuedMarket, ARecordingTooShortToGoOnSaysSo) {
    RecordingBuilder builder{10};
    const std::uint32_t stream = builder.stream("X").value();
    ASSERT_TRUE(builder.quote(0, stream, 1, 1, 2, 1));
    ASSERT_TRUE(builder.quote(1'000'000, stream, 2, 1, 3, 1));
    ASSERT_TRUE(builder.quote(9'000'000'000, stream, 1, 1, 2, 1));
    const SharedRecording recording = builder.finish().value();
    const auto model = BlockModel::fit(recording);
    ASSERT_FALSE(model);
    EXPECT_THAT(model.error().text(), ::testing::HasSubstr("lasts 9000 ms"));
    EXPECT_TRUE(BlockModel::fit(recording, seconds(4)));
}

} // namespace
} // namespace keel::sim
