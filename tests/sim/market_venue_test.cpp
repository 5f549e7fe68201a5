#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "sim/market/recording_builder.hpp"
#include "sim/market/venue_market.hpp"
#include "tests/sim/market_files.hpp"

namespace keel::sim {
namespace {

// A source for tests: the rows of a recording that was made by hand.
ContinuedMarket played(RecordingBuilder& builder) {
    return ContinuedMarket{builder.finish().value(), nullptr, 1};
}

std::int64_t ms(std::int64_t n) { return n * 1'000'000; }

// --- Conflation
// -----------------------------------------------------------------------------------

TEST(Conflated, TheNewestQuoteOfAnIntervalComesAtItsEndAndTradesPass) {
    RecordingBuilder builder{100};
    const std::uint32_t a = builder.stream("A").value();
    const std::uint32_t b = builder.stream("B").value();
    ASSERT_TRUE(builder.quote(ms(0), a, 10, 1, 11, 1));
    ASSERT_TRUE(builder.quote(ms(5), b, 20, 1, 21, 1));
    ASSERT_TRUE(builder.quote(ms(10), a, 11, 1, 12, 1));
    ASSERT_TRUE(builder.trade(ms(40), a, Side::Buy, 12, 1));
    ASSERT_TRUE(builder.quote(ms(100), a, 12, 1, 13, 1)); // the end belongs to the interval
    ASSERT_TRUE(builder.trade(ms(100), b, Side::Sell, 20, 1));
    ASSERT_TRUE(builder.quote(ms(101), a, 13, 1, 14, 1));
    ASSERT_TRUE(builder.trade(ms(350), a, Side::Buy, 14, 1));
    ASSERT_TRUE(builder.quote(ms(351), b, 30, 1, 31, 1));
    Conflated<ContinuedMarket> source{played(builder), milliseconds(100)};
    const std::vector<MarketUpdate> expected{
        MarketUpdate::quote(Timestamp{ms(0)}, a, 10, 1, 11, 1),
        MarketUpdate::trade(Timestamp{ms(40)}, a, Side::Buy, 12, 1),
        MarketUpdate::trade(Timestamp{ms(100)}, b, Side::Sell, 20, 1),
        MarketUpdate::quote(Timestamp{ms(100)}, a, 12, 1, 13, 1),
        MarketUpdate::quote(Timestamp{ms(100)}, b, 20, 1, 21, 1),
        MarketUpdate::quote(Timestamp{ms(200)}, a, 13, 1, 14, 1),
        MarketUpdate::trade(Timestamp{ms(350)}, a, Side::Buy, 14, 1),
        MarketUpdate::quote(Timestamp{ms(400)}, b, 30, 1, 31, 1),
    };
    for (const MarketUpdate& update : expected) EXPECT_EQ(source.next(), update);
    EXPECT_EQ(source.next(), std::nullopt);
    EXPECT_EQ(source.next(), std::nullopt);
}

TEST(Conflated, AtMostOneQuotePerStreamAndIntervalAndNoTradeIsLost) {
    Conflated<ContinuedMarket> source{ContinuedMarket{test::fixture(), nullptr, 1},
                                      milliseconds(100)};
    std::array<Timestamp, 2> last{Timestamp{-1}, Timestamp{-1}};
    std::uint64_t quotes = 0;
    std::uint64_t trades = 0;
    Timestamp before{};
    while (const auto update = source.next()) {
        ASSERT_LE(before, update->at);
        before = update->at;
        if (update->is_trade()) {
            ++trades;
            continue;
        }
        ++quotes;
        ASSERT_EQ(update->at.ns() % ms(100), 0);
        ASSERT_LT(last[update->stream], update->at);
        last[update->stream] = update->at;
    }
    EXPECT_EQ(trades, 35'389U);
    EXPECT_GT(quotes, 4'000U);
    EXPECT_LE(quotes, 2U * 3'448U);
}

TEST(Conflated, AnIntervalOfZeroLetsEverythingPass) {
    Conflated<ContinuedMarket> source{ContinuedMarket{test::fixture(), nullptr, 1}, Duration{}};
    for (const MarketUpdate& row : test::fixture()->rows) ASSERT_EQ(source.next(), row);
    EXPECT_EQ(source.next(), std::nullopt);
}

// --- Basis
// ----------------------------------------------------------------------------------------

double bps(std::int64_t factor) {
    return static_cast<double>(factor - BasisProcess::factor_one) /
           static_cast<double>(BasisProcess::factor_one) * 1e4;
}

struct Percentiles {
    double p1 = 0;
    double p50 = 0;
    double p99 = 0;
};
Percentiles percentiles(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t n = values.size();
    return {values[n / 100], values[n / 2], values[n - n / 100]};
}

std::vector<double> levels(const BasisKnobs& knobs, std::uint64_t seed, std::int64_t steps) {
    const BasisProcess process{knobs};
    BasisProcess::State state = process.start(seed);
    std::vector<double> out;
    for (std::int64_t i = 0; i < steps; ++i) {
        process.advance(state, Timestamp{i * knobs.grid.value()});
        out.push_back(bps(process.factor(state)));
    }
    return out;
}

// (Under a sanitizer a draw takes twenty times as long, and shows the same of each seed.)
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t basis_seeds = 1;
#else
constexpr std::uint64_t basis_seeds = 5;
#endif

TEST(Basis, PercentilesAreTheKnobsForEverySeed) {
    for (std::uint64_t seed = 1; seed <= basis_seeds; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        // 83 hours
        const Percentiles p = percentiles(levels(BasisKnobs{}, seed, 3'000'000));
        fmt::print("basis, default knobs, seed {}: {:.2f} {:.2f} {:.2f} bps\n", seed, p.p1, p.p50,
                   p.p99);
        EXPECT_NEAR(p.p1, -3.0, 0.3);
        EXPECT_NEAR(p.p50, 1.6, 0.15);
        EXPECT_NEAR(p.p99, 5.0, 0.25);
    }
    const BasisKnobs wide{Bps{-2'000}, Bps{0}, Bps{3'000}, seconds(5), milliseconds(10)};
    const Percentiles p = percentiles(levels(wide, 1, 3'000'000));
    EXPECT_NEAR(p.p1, -20, 1);
    EXPECT_NEAR(p.p50, 0, 0.5);
    EXPECT_NEAR(p.p99, 30, 1.5);
}

TEST(Basis, ForgetsHalfInAHalfLife) {
    const std::vector<double> x = levels(BasisKnobs{Bps{-300}, Bps{0}, Bps{300}}, 3, 3'000'000);
    const auto covariance = [&](std::size_t lag) {
        double sum = 0;
        for (std::size_t i = lag; i < x.size(); ++i) sum += x[i] * x[i - lag];
        return sum / static_cast<double>(x.size() - lag);
    };
    EXPECT_NEAR(covariance(600) / covariance(0), 0.5, 0.05);
    EXPECT_NEAR(covariance(1'200) / covariance(0), 0.25, 0.06);
}

TEST(Basis, KnobsAreCheckedWithAText) {
    EXPECT_TRUE(check(BasisKnobs{}));
    EXPECT_TRUE(check(BasisKnobs::none()));
    const auto why = [](BasisKnobs knobs) {
        const auto checked = check(knobs);
        return checked ? "no error" : checked.error().text();
    };
    BasisKnobs knobs;
    knobs.median = Bps{501};
    EXPECT_THAT(why(knobs), ::testing::HasSubstr("rising order"));
    knobs = {.percentile_1 = Bps{-100'001}};
    EXPECT_THAT(why(knobs), ::testing::HasSubstr("within 1000 bps"));
    knobs = BasisKnobs{};
    knobs.half_life = milliseconds(99);
    EXPECT_THAT(why(knobs), ::testing::HasSubstr("half-life 99 ms"));
    knobs.grid = Duration{};
    EXPECT_FALSE(check(knobs));
}

TEST(BasisMarket, WithoutABasisPricesAreAsTheyWere) {
    const std::array<std::int64_t, 2> units{1, 1};
    BasisMarket source{ContinuedMarket{test::fixture(), nullptr, 1}, BasisKnobs::none(), units, 1};
    for (const MarketUpdate& row : test::fixture()->rows) ASSERT_EQ(source.next(), row);
}

// Bids down, asks up, on the venue's own unit, and prints at the touch stay at the touch.
TEST(BasisMarket, RoundsAwayFromTheMiddleAndNeverCrosses) {
    const std::array<std::int64_t, 2> units{market_one, market_one / 10}; // 1 and 0.1
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        ContinuedMarket plain{test::fixture(), nullptr, 1};
        BasisMarket source{plain, BasisKnobs{}, units, seed};
        std::array<MarketUpdate, 2> book{};
        std::array<MarketUpdate, 2> plain_book{};
        while (const auto update = source.next()) {
            const auto truth = plain.next();
            const std::int64_t unit = units[update->stream];
            ASSERT_EQ(update->at, truth->at);
            ASSERT_EQ(update->bid_px % unit, 0);
            ASSERT_EQ(update->ask_px % unit, 0);
            MarketUpdate& known = book[update->stream];
            if (!update->is_trade()) {
                ASSERT_LT(update->bid_px, update->ask_px);
                ASSERT_LE(update->ask_px - update->bid_px,
                          truth->ask_px - truth->bid_px + 2 * unit);
                known = *update;
                plain_book[update->stream] = *truth;
                continue;
            }
            if (known.bid_px == 0) continue;
            const MarketUpdate& was = plain_book[update->stream];
            if (truth->px() == was.ask_px && truth->aggressor == Side::Buy) {
                ASSERT_EQ(update->px(), known.ask_px);
            }
            if (truth->px() == was.bid_px && truth->aggressor == Side::Sell) {
                ASSERT_EQ(update->px(), known.bid_px);
            }
        }
    }
}

TEST(BasisMarket, APriceBelowItsUnitStaysABook) {
    RecordingBuilder builder{10};
    const std::uint32_t stream = builder.stream("X").value();
    ASSERT_TRUE(builder.quote(0, stream, 1, 1, 2, 1));
    ASSERT_TRUE(builder.trade(1, stream, Side::Sell, 1, 1));
    ASSERT_TRUE(builder.quote(2, stream, market_value_max - 1, 1, market_value_max, 1));
    const std::array<std::int64_t, 1> units{10};
    const BasisKnobs high{Bps{100'000}, Bps{100'000}, Bps{100'000}};
    BasisMarket source{played(builder), high, units, 1};
    EXPECT_EQ(source.next(), MarketUpdate::quote(Timestamp{0}, 0, 10, 1, 20, 1));
    EXPECT_EQ(source.next(), MarketUpdate::trade(Timestamp{1}, 0, Side::Sell, 10, 1));
    const auto last = source.next();
    EXPECT_GT(last->bid_px, market_value_max);
    EXPECT_LT(last->bid_px, last->ask_px);
}

// Two days of two venues (GPL: read where they are), second by second, beside the default knobs.
TEST(BasisMarket, TheDefaultIsAboutWhatTwoVenuesShowed) {
    const auto hyperliquid = test::shared_market_file("hyperliquid_BTCUSDC_bbo_20260101.csv.gz");
    const auto binance = test::shared_market_file("binance-usdm_BTCUSDT_bbo_20260101.csv.gz");
    if (!hyperliquid || !binance)
        GTEST_SKIP() << "the quotes are not here (KEEL_SHARED is not set)";
    const auto mids = [](const SharedRecording& recording) {
        std::map<std::int64_t, double> out;
        for (const MarketUpdate& row : recording->rows) {
            out[recording->epoch_ns + row.at.ns()] = static_cast<double>(row.bid_px + row.ask_px);
        }
        return out;
    };
    const auto h = mids(load_recording(*hyperliquid).value());
    const auto b = mids(load_recording(*binance).value());
    std::vector<double> basis;
    for (const auto& [ns, mid] : h) {
        if (const auto there = b.find(ns); there != b.end()) {
            basis.push_back((mid / there->second - 1) * 1e4);
        }
    }
    EXPECT_EQ(basis.size(), 165'856U);
    const Percentiles real = percentiles(basis);
    const Percentiles model = percentiles(levels(BasisKnobs{}, 1, 1'728'000)); // two days, too
    fmt::print(
        "basis, Hyperliquid over Binance: {:.2f} {:.2f} {:.2f} bps; model: {:.2f} {:.2f} {:.2f}\n",
        real.p1, real.p50, real.p99, model.p1, model.p50, model.p99);
    EXPECT_NEAR(model.p1, real.p1, 0.6);
    EXPECT_NEAR(model.p50, real.p50, 0.3);
    EXPECT_NEAR(model.p99, real.p99, 0.6);
}

// --- All of it
// ------------------------------------------------------------------------------------

VenueMarketConfig maker_config(std::uint64_t seed) {
    return {.seed = seed,
            .until = Timestamp{} + seconds(900),
            .quote_interval = milliseconds(100),
            .basis = BasisKnobs{},
            .basis_seed = seed,
            .price_units = {market_one, market_one / 10}};
}

TEST(VenueMarket, LooksAheadWithoutLosingAnything) {
    const auto model = BlockModel::fit(test::fixture()).value();
    VenueMarket market{model, maker_config(1)};
    std::uint64_t updates = 0;
    while (market.next_at() != never) {
        const MarketUpdate seen = *market.peek();
        ASSERT_EQ(seen.at, market.next_at());
        ASSERT_EQ(market.next(), seen);
        ++updates;
    }
    EXPECT_EQ(market.peek(), nullptr);
    EXPECT_EQ(market.next(), std::nullopt);
    EXPECT_GT(updates, 80'000U);
    EXPECT_GT(market.blocks(), 100U);
}

TEST(VenueMarket, IsAValueThatCanBeSavedAndPutBack) {
    const auto model = BlockModel::fit(test::fixture()).value();
    VenueMarket market{model, maker_config(1)};
    for (int i = 0; i < 60'000; ++i) static_cast<void>(market.next());
    const VenueMarket::State saved = market.state();
    VenueMarket copy = market;
    VenueMarket fresh{model, maker_config(1)};
    fresh.restore(saved);
    for (int i = 0; i < 10'000; ++i) {
        const auto update = market.next();
        ASSERT_EQ(copy.next(), update);
        ASSERT_EQ(fresh.next(), update);
    }
}

// The hedge venue shows the stream, the maker venue the same stream a few basis points away.
TEST(VenueMarket, TwoVenuesSeeOneMarketABasisApart) {
    const auto model = BlockModel::fit(test::fixture()).value();
    VenueMarketConfig hedge_config = maker_config(4);
    hedge_config.basis = BasisKnobs::none();
    hedge_config.price_units.clear();
    VenueMarket hedge{model, hedge_config};
    VenueMarket maker{model, maker_config(4)};
    double worst = 0;
    while (const auto h = hedge.next()) {
        const auto m = maker.next();
        ASSERT_TRUE(m);
        ASSERT_EQ(m->at, h->at);
        ASSERT_EQ(m->stream, h->stream);
        ASSERT_EQ(m->kind, h->kind);
        ASSERT_EQ(m->bid_qty, h->bid_qty);
        const auto ratio =
            static_cast<double>(m->bid_px + m->ask_px) / static_cast<double>(h->bid_px + h->ask_px);
        worst = std::max(worst, std::abs(ratio - 1) * 1e4);
    }
    EXPECT_EQ(maker.next(), std::nullopt);
    EXPECT_GT(worst, 2);
    EXPECT_LT(worst, 12);
}

// One number for an hour of market: equal on every compiler, and changed only on purpose, since
// every run with its seed changes with it.
TEST(VenueMarket, AnHourIsTheSameEverywhere) {
    VenueMarketConfig config = maker_config(1);
    config.until = Timestamp{} + seconds(3'600);
    VenueMarket market{BlockModel::fit(test::fixture()).value(), config};
    Hasher hash;
    while (const auto update = market.next()) {
        hash.add_signed(update->at.ns()).add(update->stream).add_signed(update->bid_px);
        hash.add_signed(update->bid_qty).add_signed(update->ask_px).add_signed(update->ask_qty);
        hash.add(update->is_trade() ? static_cast<std::uint64_t>(update->aggressor) : 0);
    }
    EXPECT_EQ(hash.digest(), 56'978'206'474'746'343U);
}

} // namespace
} // namespace keel::sim
