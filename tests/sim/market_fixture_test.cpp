#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "base/rng.hpp"
#include "sim/market/readers.hpp"
#include "tests/sim/market_files.hpp"

namespace keel::sim {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t tenth = market_one / 10;
constexpr std::int64_t cent = market_one / 100;
constexpr std::int64_t milli = market_one / 1'000;

TEST(MarketFixture, HoldsEveryQuoteAndTradeOfTheRecording) {
    const SharedRecording recording = test::fixture();
    ASSERT_NE(recording, nullptr);
    ASSERT_EQ(recording->streams.size(), 2U);
    EXPECT_EQ(recording->streams[0], (StreamInfo{"BTCUSDT", tenth, milli, 66'089, 21'313, false}));
    EXPECT_EQ(recording->streams[1], (StreamInfo{"ETHUSDT", cent, milli, 53'992, 14'076, false}));
    EXPECT_EQ(recording->rows.size(), 120'081U + 35'389U);
    EXPECT_EQ(recording->epoch_ns, 1'723'161'255'088'165'267);
    EXPECT_EQ(in_milliseconds(recording->length()), 344'696);
    EXPECT_EQ(recording->find_stream("ETHUSDT"), 1U);
    EXPECT_EQ(recording->find_stream("XRPUSDT"), std::nullopt);
}

TEST(MarketFixture, BeginsAndEndsAsTheFilesDo) {
    const SharedRecording recording = test::fixture();
    ASSERT_NE(recording, nullptr);
    const auto& rows = recording->rows;
    // ethusdt@bookTicker b 2681.62 B 1.165 a 2681.63 A 73.077
    EXPECT_EQ(rows[0], MarketUpdate::quote(Timestamp{0}, 1, 268'162 * cent, 1'165 * milli,
                                           268'163 * cent, 73'077 * milli));
    // btcusdt@bookTicker b 61800.20 B 2.507 a 61800.30 A 2.510
    EXPECT_EQ(rows[1], MarketUpdate::quote(Timestamp{3'900}, 0, 618'002 * tenth, 2'507 * milli,
                                           618'003 * tenth, 2'510 * milli));
    // btcusdt@trade p 61800.30 q 0.006 m false, the first print
    const auto first_trade = std::ranges::find_if(rows, &MarketUpdate::is_trade);
    EXPECT_EQ(*first_trade,
              MarketUpdate::trade(Timestamp{11'100}, 0, Side::Buy, 618'003 * tenth, 6 * milli));
    const auto last_of = [&](std::uint32_t stream, bool trade) {
        return *std::find_if(rows.rbegin(), rows.rend(), [&](const MarketUpdate& row) {
            return row.stream == stream && row.is_trade() == trade;
        });
    };
    const std::int64_t epoch = recording->epoch_ns;
    EXPECT_EQ(last_of(0, false),
              MarketUpdate::quote(Timestamp{1'723'161'599'439'160'683 - epoch}, 0, 616'597 * tenth,
                                  1'486 * milli, 616'598 * tenth, 981 * milli));
    EXPECT_EQ(last_of(0, true), MarketUpdate::trade(Timestamp{1'723'161'598'372'181'179 - epoch}, 0,
                                                    Side::Buy, 616'598 * tenth, 76 * milli));
    EXPECT_EQ(last_of(1, false),
              MarketUpdate::quote(Timestamp{1'723'161'599'785'105'784 - epoch}, 1, 268'138 * cent,
                                  8'486 * milli, 268'139 * cent, 22'624 * milli));
    EXPECT_EQ(last_of(1, true), MarketUpdate::trade(Timestamp{1'723'161'598'760'068'281 - epoch}, 1,
                                                    Side::Sell, 268'138 * cent, 826 * milli));
    EXPECT_EQ(rows.back(), last_of(1, false));
}

TEST(MarketFixture, NeverGoesBackAndIsNeverCrossed) {
    const SharedRecording recording = test::fixture();
    ASSERT_NE(recording, nullptr);
    Timestamp before{};
    for (const MarketUpdate& row : recording->rows) {
        ASSERT_LE(before, row.at);
        before = row.at;
        ASSERT_LT(row.stream, 2U);
        ASSERT_GT(std::min({row.bid_px, row.ask_px, row.bid_qty, row.ask_qty}), 0);
        if (row.is_trade()) {
            ASSERT_EQ(row.bid_px, row.ask_px);
        } else {
            ASSERT_LT(row.bid_px, row.ask_px);
        }
    }
}

TEST(MarketFixture, EqualsTheRawFramesRowByRow) {
    const auto btc = test::shared_market_file("binance-usdm_btcusdt_20240808.raw.gz");
    const auto eth = test::shared_market_file("binance-usdm_ethusdt_20240808.raw.gz");
    if (!btc || !eth) GTEST_SKIP() << "the raw frames are not here (KEEL_SHARED is not set)";
    const auto btc_frames = load_recording(*btc);
    ASSERT_TRUE(btc_frames) << btc_frames.error().text();
    const auto eth_frames = load_recording(*eth);
    ASSERT_TRUE(eth_frames) << eth_frames.error().text();
    // bookTicker and trade are all there is but depth: nothing else was left out.
    EXPECT_EQ((*btc_frames)->skipped, (SkippedFrames{6'551, 1, 0, 0, 0}));
    EXPECT_EQ((*eth_frames)->skipped, (SkippedFrames{6'586, 1, 0, 0, 0}));

    const auto merged = merge_recordings(std::vector{*btc_frames, *eth_frames});
    ASSERT_TRUE(merged) << merged.error().text();
    const SharedRecording recording = test::fixture();
    EXPECT_EQ((*merged)->epoch_ns, recording->epoch_ns);
    EXPECT_EQ((*merged)->streams, recording->streams);
    ASSERT_EQ((*merged)->rows.size(), recording->rows.size());
    for (std::size_t i = 0; i < recording->rows.size(); ++i) {
        ASSERT_EQ((*merged)->rows[i], recording->rows[i]) << "row " << i;
    }
}

// --- Damage
// ---------------------------------------------------------------------------------------

std::string word(std::uint32_t value) {
    std::string out;
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 255U));
    return out;
}

std::uint32_t crc(std::string_view bytes) {
    return static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// A file around `raw`, whatever it is: right sums, perhaps wrong content.
std::string packed(std::string raw, std::uint32_t version = 1) {
    std::string body(compressBound(raw.size()), '\0');
    uLongf size = body.size();
    EXPECT_EQ(compress(reinterpret_cast<Bytef*>(body.data()), &size,
                       reinterpret_cast<const Bytef*>(raw.data()), raw.size()),
              Z_OK);
    body.resize(size);
    std::string header{fixture_magic};
    header += word(version) + word(static_cast<std::uint32_t>(body.size())) +
              word(static_cast<std::uint32_t>(raw.size())) + word(crc(body));
    return header + word(crc(header)) + body;
}

// The example of docs/market-fixture.md: one symbol, a quote and two trades.
std::string small_raw() {
    std::string raw;
    raw += "\x01"; // one stream
    raw += "\x03"
           "ABC";                              // its name
    raw += "\xc0\x84\x3d";                     // price unit 1'000'000 (0.01)
    raw += "\x80\xc2\xd7\x2f";                 // quantity unit 100'000'000 (1)
    raw += "\xe8\x07";                         // first row at 1000 ns
    raw += "\x03";                             // three rows
    raw += std::string{"\x03\x00\x05\x00", 4}; // times: 0, +5, +0
    raw += "\x03\x3c\x01\x02"; // tags: quote with all four changed, buyer took, seller took
    raw += "\x02\xc6\x01";     // bid price +99
    raw += "\x01\x06";         // bid size +3
    raw += "\x02\xc8\x01";     // ask price +100
    raw += "\x01\x0a";         // ask size +5
    raw += std::string{"\x02\x00\x01", 3}; // trade prices: at the ask, one below the bid
    raw += "\x02\x02\x04";                 // trade quantities 2, 4
    return raw;
}

TEST(MarketFixture, ReadsTheExampleOfTheFormatPage) {
    const auto recording = read_fixture(packed(small_raw()), {});
    ASSERT_TRUE(recording) << recording.error().text();
    EXPECT_EQ((*recording)->epoch_ns, 1'000);
    ASSERT_EQ((*recording)->rows.size(), 3U);
    const auto& rows = (*recording)->rows;
    EXPECT_EQ(rows[0], MarketUpdate::quote(Timestamp{0}, 0, 99 * cent, 3 * market_one, 100 * cent,
                                           5 * market_one));
    EXPECT_EQ(rows[1], MarketUpdate::trade(Timestamp{5}, 0, Side::Buy, 100 * cent, 2 * market_one));
    EXPECT_EQ(rows[2], MarketUpdate::trade(Timestamp{5}, 0, Side::Sell, 98 * cent, 4 * market_one));
}

TEST(MarketFixture, DamageIsNamed) {
    const std::string good = packed(small_raw());
    const auto why = [](std::string_view bytes) {
        const auto read = read_fixture(bytes, {});
        return read ? "no error" : read.error().text();
    };
    EXPECT_THAT(why(std::string_view{good}.substr(0, 20)),
                HasSubstr("ends after 20 bytes, inside its "
                          "header"));
    EXPECT_THAT(why(std::string_view{good}.substr(0, good.size() - 1)), HasSubstr("cut short"));
    EXPECT_THAT(why(good + "x"), HasSubstr("cut short or appended to"));
    EXPECT_THAT(why(packed(small_raw(), 2)),
                HasSubstr("has format version 2; this Keel reads version 1"));
    std::string flipped = good;
    flipped[13] ^= 1;
    EXPECT_THAT(why(flipped), HasSubstr("header is damaged"));
    flipped = good;
    flipped.back() ^= 1;
    EXPECT_THAT(why(flipped), HasSubstr("body is damaged"));
    EXPECT_THAT(why(flipped), HasSubstr("scripts/make-market-fixture"));
}

TEST(MarketFixture, EveryFlippedByteAndEveryCutIsAnError) {
    const std::string good = packed(small_raw());
    for (std::size_t i = 0; i < good.size(); ++i) {
        ASSERT_FALSE(read_fixture(std::string_view{good}.substr(0, i), {})) << "cut at " << i;
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            if (i < fixture_magic.size()) continue; // another kind of file
            ASSERT_FALSE(read_fixture(bad, {})) << "bit " << bit << " of byte " << i;
        }
    }
}

TEST(MarketFixture, RightSumsAroundWrongContentAreNamed) {
    const auto why = [](std::string raw) {
        const auto read = read_fixture(packed(std::move(raw)), {});
        return read ? "no error" : read.error().text();
    };
    const std::string good = small_raw();
    EXPECT_THAT(why(good + "x"), HasSubstr("do not add up to its length"));
    EXPECT_THAT(why(good.substr(0, good.size() - 1)), HasSubstr("do not add up to its length"));
    std::string bad = good;
    const std::size_t tags = good.find("\x03\x3c\x01\x02");
    bad[tags + 3] = 3; // there is no such kind of row
    EXPECT_THAT(why(bad), HasSubstr("row 2 has no valid time and tag"));
    bad = good;
    bad[tags + 3] = 0x42; // nor a second stream
    EXPECT_THAT(why(bad), HasSubstr("row 2 has no valid time and tag"));
    // A number that does not end within 64 bits, where the time of the first row stood. All else is
    // in its place.
    bad = good;
    bad.replace(good.find("\xe8\x07"), 2, std::string(10, '\xff'));
    EXPECT_THAT(why(bad), HasSubstr("do not add up to its length"));
}

TEST(MarketFixture, ADamagedFileOfTheProjectIsAnError) {
    const test::TempDir dir;
    const std::string good = test::file_content(test::fixture_path());
    ASSERT_LT(good.size(), 1'500'000U);
    Rng rng{1};
    for (int i = 0; i < 60; ++i) {
        std::string bad = good;
        const std::size_t at = 8 + rng.below(good.size() - 8);
        if (rng.chance_ppm(500'000)) {
            bad.resize(at);
        } else {
            const auto flip = static_cast<char>(1U << rng.below(8));
            bad[at] = static_cast<char>(bad[at] ^ flip);
        }
        const std::string path = dir.write("bad.kmk", bad);
        const auto read = load_recording(path);
        ASSERT_FALSE(read) << "at byte " << at;
        EXPECT_THAT(read.error().text(), HasSubstr(path));
    }
}

// Right sums around wrong content: the reader still answers with an error, or with rows that keep
// every promise of a recording.
TEST(MarketFixture, WrongContentUnderRightSumsNeverCrashes) {
    int errors = 0;
    for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
        Rng rng{seed};
        std::string raw = small_raw();
        const std::uint64_t changes = 1 + rng.below(3);
        for (std::uint64_t i = 0; i < changes; ++i) {
            const std::size_t at = rng.below(raw.size());
            raw[at] = static_cast<char>(rng.below(256));
        }
        if (rng.chance_ppm(200'000)) raw.resize(rng.below(raw.size()));
        const auto read = read_fixture(packed(raw), {});
        if (!read) {
            ++errors;
            continue;
        }
        for (const MarketUpdate& row : (*read)->rows) {
            ASSERT_GT(row.bid_px, 0) << "seed " << seed;
            ASSERT_TRUE(row.is_trade() || row.bid_px < row.ask_px) << "seed " << seed;
        }
    }
    EXPECT_GT(errors, 10'000);
}

} // namespace
} // namespace keel::sim
