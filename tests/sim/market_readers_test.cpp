#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "sim/market/recording.hpp"
#include "sim/market/recording_builder.hpp"
#include "tests/sim/market_files.hpp"

namespace keel::sim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t milli = market_one / 1'000;

std::string error_of(const Result<SharedRecording>& result) {
    return result ? "no error" : result.error().text();
}

TEST(MarketValue, IsExactOrAnError) {
    EXPECT_EQ(parse_market_value("61800.30").value(), 6'180'030'000'000);
    EXPECT_EQ(parse_market_value("0").value(), 0);
    EXPECT_EQ(parse_market_value("0.00000001").value(), 1);
    EXPECT_EQ(parse_market_value("0.000000010000").value(), 1);
    EXPECT_EQ(parse_market_value("1e-8").value(), 1);
    EXPECT_EQ(parse_market_value("10000000000").value(), market_value_max);
    for (const char* bad :
         {"", ".", "1.", ".5", "-1", "+1", "1,5", "1.2.3", "nan", " 1", "1 ", "0.000000001",
          "10000000000.00000001", "99999999999999999999", "0x10"}) {
        EXPECT_FALSE(parse_market_value(bad)) << bad;
    }
}

// --- Raw Binance frames
// ---------------------------------------------------------------------------

// One line of each kind that a recorder sees, in the venue's own words.
std::string frames() {
    return R"(1000 {"result":null,"id":1}
1001 {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"100.10","B":"2.507","a":"100.20","A":"2.510","T":5,"E":5}}
1002 {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":5,"T":5,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["1.0","2"]],"a":[]}}
1003 {"stream":"btcusdt@trade","data":{"e":"trade","E":6,"T":6,"s":"BTCUSDT","t":7,"p":"100.20","q":"0.006","X":"MARKET","m":false}}
1003 {"e":"trade","E":6,"T":6,"s":"BTCUSDT","t":8,"p":"100.10","q":"1.500","X":"MARKET","m":true}
1004 {"e":"trade","E":6,"T":6,"s":"BTCUSDT","t":9,"p":"0","q":"0","X":"INSURANCE_FUND","m":true}
1005 {"lastUpdateId":9,"E":6,"T":6,"bids":[["100.10","1"]],"asks":[]}
1006 {"u":4,"s":"ETHUSDT","b":"10.01000000","B":"1.25869000","a":"10.02000000","A":"2.44816000"}
1007 {"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":6,"s":"BTCUSDT","a":3,"p":"100.20","q":"0.006","f":7,"l":7,"T":6,"m":false}}
1008 {"stream":"ethusdt@aggTrade","data":{"e":"aggTrade","E":6,"s":"ETHUSDT","a":3,"p":"10.02","q":"3","f":7,"l":9,"T":6,"m":false}}
)";
}

void expect_frames(const Result<SharedRecording>& read) {
    ASSERT_TRUE(read) << read.error().text();
    const Recording& recording = **read;
    EXPECT_EQ(recording.epoch_ns, 1'001);
    // depth, snapshot, a doubled aggregate, a print outside the book, a subscription's answer
    EXPECT_EQ(recording.skipped, (SkippedFrames{1, 1, 1, 1, 1}));
    ASSERT_EQ(recording.streams.size(), 2U);
    EXPECT_EQ(recording.streams[0], (StreamInfo{"BTCUSDT", market_one / 10, milli, 1, 2, false}));
    EXPECT_EQ(recording.streams[1],
              (StreamInfo{"ETHUSDT", market_one / 100, market_one / 100'000, 1, 1, false}));
    const std::int64_t tenth = market_one / 10;
    const std::vector<MarketUpdate> expected{
        MarketUpdate::quote(Timestamp{0}, 0, 1'001 * tenth, 2'507 * milli, 1'002 * tenth,
                            2'510 * milli),
        MarketUpdate::trade(Timestamp{2}, 0, Side::Buy, 1'002 * tenth, 6 * milli),
        MarketUpdate::trade(Timestamp{2}, 0, Side::Sell, 1'001 * tenth, 1'500 * milli),
        MarketUpdate::quote(Timestamp{5}, 1, 1'001'000'000, 125'869'000, 1'002'000'000,
                            244'816'000),
        MarketUpdate::trade(Timestamp{7}, 1, Side::Buy, 1'002'000'000, 3 * market_one),
    };
    EXPECT_EQ(recording.rows, expected);
}

TEST(MarketFrames, EnvelopedAndBareFramesAreRead) {
    const test::TempDir dir;
    expect_frames(load_recording(dir.write("frames.raw", frames())));
}

TEST(MarketFrames, GzipAndZipAreToldByContent) {
    const test::TempDir dir;
    expect_frames(load_recording(dir.write("a", test::gzip(frames()))));
    expect_frames(load_recording(dir.zip("b", {{"folder/", ""}, {"folder/frames.raw", frames()}})));
    // Gzip members laid end to end are one file, as gzip has it.
    const std::string all = frames();
    const std::size_t half = all.find("1003");
    expect_frames(load_recording(
        dir.write("c", test::gzip(all.substr(0, half)) + test::gzip(all.substr(half)))));
}

TEST(MarketFrames, WhatFollowsAGzipFileIsDamage) {
    const test::TempDir dir;
    const std::string packed = test::gzip(frames());
    for (const std::string& damaged : {packed + "junk", packed + std::string(1, '\0'),
                                       packed + "\x1fjunk", packed.substr(0, packed.size() - 1),
                                       packed.substr(0, packed.size() / 2), packed.substr(0, 10)}) {
        EXPECT_THAT(error_of(load_recording(dir.write("x", damaged))),
                    HasSubstr("it is damaged or cut short: fetch it again"));
    }
}

TEST(MarketFrames, ASymbolForAFileThatHasItsOwnIsRefused) {
    const test::TempDir dir;
    EXPECT_THAT(error_of(load_recording(dir.write("x", frames()), {.symbol = "XRP"})),
                HasSubstr("names its symbols itself; give it without :XRP"));
    EXPECT_THAT(error_of(load_recording(test::fixture_path(), {.symbol = "BTCUSDT"})),
                HasSubstr("names its symbols itself"));
}

TEST(MarketFrames, AggregatesAloneAreUsedAndGetABook) {
    const test::TempDir dir;
    const auto read = load_recording(dir.write(
        "x",
        R"(5 {"e":"aggTrade","E":6,"s":"X","a":3,"p":"1.5","q":"2","f":7,"l":9,"T":6,"m":false})"));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_TRUE((*read)->streams[0].quotes_are_derived);
    EXPECT_EQ((*read)->rows.size(), 2U);
}

struct BadLine {
    const char* line;
    const char* why;
};

TEST(MarketFrames, EveryMalformedLineIsNamed) {
    const test::TempDir dir;
    const std::vector<BadLine> table{
        {R"(x {"e":"trade"})", "does not begin with"},
        {R"(99999999999999999999 {"e":"trade"})", "does not begin with"},
        {R"(1009 {"e":"trade")", "is not JSON"},
        {R"(1009 {"stream":"a","data":3})", "no object \"data\""},
        {R"(1009 {"e":"trade","s":"BTCUSDT","q":"1","m":true})", "no text \"p\""},
        {R"(1009 {"e":"trade","s":"BTCUSDT","p":100.1,"q":"1","m":true})", "no text \"p\""},
        {R"(1009 {"e":"trade","s":"BTCUSDT","p":"abc","q":"1","m":true})", "not a decimal number"},
        {R"(1009 {"e":"trade","s":"BTCUSDT","p":"0.000000001","q":"1","m":true})", "multiple of"},
        {R"(1009 {"e":"trade","s":"BTCUSDT","p":"1","q":"0","m":true})",
         "quantity is 0, not positive"},
        {R"(1009 {"e":"trade","s":"BTCUSDT","p":"1","q":"1","m":"true"})", "true or false \"m\""},
        {R"(1009 {"e":"trade","s":"B D","p":"1","q":"1","m":true})", "symbol"},
        {R"(1009 {"u":1,"s":"BTCUSDT","b":"2","B":"1","a":"2","A":"1"})", "crossed: bid 2, ask 2"},
        {R"(1009 {"u":1,"s":"BTCUSDT","b":"0","B":"0","a":"2","A":"1"})", "bid price is 0"},
        {R"(1007 {"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"})",
         "before the row above it"},
        {R"(5102444800000000000 {"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"})",
         "not between 1970 and 2100"},
    };
    for (const BadLine& bad : table) {
        const std::string path = dir.write("bad.raw", frames() + bad.line + "\n");
        EXPECT_THAT(error_of(load_recording(path)),
                    AllOf(HasSubstr(path + ": line 11: "), HasSubstr(bad.why)));
    }
}

// --- Best bid and offer
// ---------------------------------------------------------------------------

std::string quotes() {
    return "timestamp,ask_amount,ask_price,bid_price,bid_amount\r\n"
           "2026-01-01 00:00:00,5.799,87608.3,87608.2,4.258\r\n"
           "2026-01-01 00:00:02,2.09,87608.3,87608.2,3.322\r\n";
}

TEST(MarketQuoteCsv, IsReadWithDatesAndWithStamps) {
    const test::TempDir dir;
    const std::int64_t tenth = market_one / 10;
    const auto expect = [&](const std::string& path, std::int64_t epoch_ns, std::int64_t later_ns) {
        const auto read = load_recording(path);
        ASSERT_TRUE(read) << read.error().text();
        const Recording& recording = **read;
        EXPECT_EQ(recording.epoch_ns, epoch_ns);
        EXPECT_EQ(recording.streams[0].symbol, "BTCUSDT");
        ASSERT_EQ(recording.rows.size(), 2U);
        EXPECT_EQ(recording.rows[0],
                  MarketUpdate::quote(Timestamp{0}, 0, 876'082 * tenth, 4'258 * milli,
                                      876'083 * tenth, 5'799 * milli));
        EXPECT_EQ(recording.rows[1].at, Timestamp{later_ns});
    };
    constexpr std::int64_t second = 1'000'000'000;
    expect(dir.write("BTCUSDT.csv", quotes()), 1'767'225'600 * second, 2 * second);
    expect(dir.write("BTCUSDT.csv.gz", test::gzip(quotes())), 1'767'225'600 * second, 2 * second);
    expect(dir.zip("BTCUSDT.zip", {{"q.csv", quotes()}}), 1'767'225'600 * second, 2 * second);
    expect(dir.write("BTCUSDT-s.csv", "timestamp,ask_amount,ask_price,bid_price,bid_amount\n"
                                      "1767225600,5.799,87608.3,87608.2,4.258\n"
                                      "1767225602,2.09,87608.3,87608.2,3.322"),
           1'767'225'600 * second, 2 * second);
}

TEST(MarketQuoteCsv, EveryMalformedRowIsNamed) {
    const test::TempDir dir;
    const std::vector<BadLine> table{
        {"2026-01-01 00:00:03,1,2,1", "has 4 fields, not 5"},
        {"2026-01-01 00:00:03,1,2,1,1,1", "has 6 fields, not 5"},
        {"2026-01-01 00:00:03,,2,1,1", "ask_amount"},
        {"2026-01-01 00:00:03,1,1,2,1", "crossed: bid 2, ask 1"},
        {"2026-01-01 00:00:03,1,2,-1,1", "bid_price"},
        {"2026-01-01 00:00:03,1,2,1,0", "bid size is 0"},
        {"2026-13-01 00:00:03,1,2,1,1", "neither YYYY-MM-DD"},
        {"2026-02-30 00:00:03,1,2,1,1", "neither YYYY-MM-DD"},
        {"2026-01-01 00:60:03,1,2,1,1", "neither YYYY-MM-DD"},
        {"2026T01-01 00:00:03,1,2,1,1", "neither YYYY-MM-DD"},
        {"2026-01-01,1,2,1,1", "neither YYYY-MM-DD"},
        {"17672256,1,2,1,1", "has 8 digits"},
        {"yesterday,1,2,1,1", "not a whole number"},
        {"2025-12-31 23:59:59,1,2,1,1", "before the row above it"},
    };
    for (const BadLine& bad : table) {
        const std::string path = dir.write("Q.csv", quotes() + bad.line);
        EXPECT_THAT(error_of(load_recording(path)),
                    AllOf(HasSubstr(path + ": line 4: "), HasSubstr(bad.why)));
    }
    EXPECT_THAT(error_of(load_recording(dir.write("Q.csv", "timestamp,bid,ask\n1,2,3\n"))),
                HasSubstr("line 1: the header is not `timestamp,ask_amount"));
    EXPECT_THAT(error_of(load_recording(
                    dir.write("Q.csv", "timestamp,ask_amount,ask_price,bid_price,bid_amount\n"))),
                HasSubstr("holds no quote and no trade"));
}

// --- Published aggregate trades
// -------------------------------------------------------------------

constexpr const char* agg_header =
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n";
constexpr const char* agg_rows = "10,100.2,2,1,1,1723161255001,false\n"
                                 "11,100.2,1,2,3,1723161255001,false\n"
                                 "12,100.1,4,4,4,1723161255003,true\n"
                                 "13,100.3,1,5,5,1723161255007,false\n";

// A book one unit wide in which each trade is at the touch; its size is the mean trade (8 / 4).
void expect_agg(const Result<SharedRecording>& read, const std::string& symbol) {
    ASSERT_TRUE(read) << read.error().text();
    const Recording& recording = **read;
    const std::int64_t tenth = market_one / 10;
    const auto quote = [&](std::int64_t ms, std::int64_t bid) {
        return MarketUpdate::quote(Timestamp{ms * 1'000'000}, 0, bid * tenth, 2 * market_one,
                                   (bid + 1) * tenth, 2 * market_one);
    };
    const auto trade = [&](std::int64_t ms, Side side, std::int64_t px, std::int64_t qty) {
        return MarketUpdate::trade(Timestamp{ms * 1'000'000}, 0, side, px * tenth,
                                   qty * market_one);
    };
    EXPECT_EQ(recording.epoch_ns, 1'723'161'255'001'000'000);
    EXPECT_EQ(recording.streams[0], (StreamInfo{symbol, tenth, market_one, 2, 4, true}));
    const std::vector<MarketUpdate> expected{
        quote(0, 1'001),
        trade(0, Side::Buy, 1'002, 2),
        trade(0, Side::Buy, 1'002, 1),
        trade(2, Side::Sell, 1'001, 4), // hits the bid of the same book
        quote(6, 1'002),
        trade(6, Side::Buy, 1'003, 1),
    };
    EXPECT_EQ(recording.rows, expected);
}

TEST(MarketAggTrades, PlainGzipZipWithAndWithoutHeaderInMsAndUs) {
    const test::TempDir dir;
    const std::string with_header = std::string{agg_header} + agg_rows;
    std::string us = agg_rows;
    for (std::size_t at = 0; (at = us.find(",172316", at)) != std::string::npos; at += 17) {
        us.insert(at + 14, "000");
    }
    std::string spot = agg_rows; // one column more
    for (std::size_t at = 0; (at = spot.find('\n', at)) != std::string::npos; at += 6) {
        spot.insert(at, ",True");
    }
    expect_agg(load_recording(dir.write("ABC-aggTrades-2024.csv", with_header)), "ABC");
    expect_agg(load_recording(dir.write("ABC-aggTrades-2024.csv", agg_rows)), "ABC");
    expect_agg(load_recording(dir.write("ABC-us.csv", us)), "ABC");
    expect_agg(load_recording(dir.write("ABC-spot.csv", spot)), "ABC");
    expect_agg(load_recording(dir.write("ABC.csv.gz", test::gzip(with_header))), "ABC");
    expect_agg(load_recording(dir.zip("ABC.zip", {{"ABC.csv", agg_rows}})), "ABC");
    expect_agg(load_recording(dir.write("x.csv", agg_rows), {.symbol = "DEF"}), "DEF");
}

TEST(MarketAggTrades, EveryMalformedRowIsNamed) {
    const test::TempDir dir;
    const std::vector<BadLine> table{
        {"14,100.3,1,5,5,1723161255007", "has 6 fields, not 7"},
        {"13,100.3,1,5,5,1723161255007,true", "not above 13"},
        {"x,100.3,1,5,5,1723161255007,true", "agg_trade_id"},
        {"14,,1,5,5,1723161255007,true", "price"},
        {"14,1,-1,5,5,1723161255007,true", "quantity"},
        {"14,1,0,5,5,1723161255007,true", "quantity is 0"},
        {"14,1,1,5,5,17231612550,true", "has 11 digits"},
        {"14,1,1,5,5,1723161255006,true", "before the row above it"},
        {"14,1,1,5,5,1723161255008,maybe", "neither true nor false"},
    };
    for (const BadLine& bad : table) {
        const std::string path = dir.write("A.csv", std::string{agg_rows} + bad.line + "\n");
        EXPECT_THAT(error_of(load_recording(path)),
                    AllOf(HasSubstr(path + ": line 5: "), HasSubstr(bad.why)));
    }
}

// --- Whole files
// ----------------------------------------------------------------------------------

TEST(MarketFiles, WhatCannotBeReadSaysSo) {
    const test::TempDir dir;
    EXPECT_THAT(error_of(load_recording(dir.path("nothing"))), HasSubstr("cannot be opened"));
    EXPECT_THAT(error_of(load_recording(dir.path(""))), HasSubstr("is a folder; give a file"));
    EXPECT_THAT(error_of(load_recording(dir.zip("none", {{"folder/", ""}}))),
                HasSubstr("the zip holds 0 files"));
    EXPECT_THAT(error_of(load_recording(dir.write("no.zip", "PK\x05\x06" + std::string(18, '\0')))),
                HasSubstr("the zip holds 0 files"));
    EXPECT_THAT(error_of(load_recording(dir.zip("empty", {{"a.csv", ""}}))), HasSubstr("is empty"));
    EXPECT_THAT(error_of(load_recording(dir.write("e", ""))), HasSubstr("is empty"));
    EXPECT_THAT(error_of(load_recording(dir.write("e.gz", test::gzip("")))), HasSubstr("is empty"));
    EXPECT_THAT(error_of(load_recording(dir.write("t", "hello\n"))), HasSubstr("no market data"));
    EXPECT_THAT(error_of(load_recording(dir.write("j", "{\"e\":\"trade\"}\n"))),
                HasSubstr("no market data"));
    EXPECT_THAT(error_of(load_recording(dir.zip("two", {{"a", "1"}, {"b", "2"}}))),
                HasSubstr("holds 2 files"));
    const std::string gz = test::gzip(quotes());
    EXPECT_THAT(error_of(load_recording(dir.write("cut.gz", gz.substr(0, gz.size() - 9)))),
                HasSubstr("cut short"));
    EXPECT_THAT(
        error_of(load_recording(dir.write("many", agg_rows), {.symbol = "", .rows_max = 3})),
        HasSubstr("line 4: more than 3 rows"));
    EXPECT_THAT(error_of(load_recording(dir.write("long", "12 {" + std::string(5'000'000, 'x')))),
                HasSubstr("line 1: a line of more than"));
}

TEST(MarketFiles, PartsOfOneTimeAreMergedByReceiveTime) {
    const test::TempDir dir;
    const auto a = load_recording(dir.write("A.csv", agg_rows)).value();
    const auto b = load_recording(dir.write("B.csv", "1,5,1,1,1,1723161255002,true\n")).value();
    const auto merged = merge_recordings(std::vector{b, a});
    ASSERT_TRUE(merged) << merged.error().text();
    EXPECT_EQ((*merged)->epoch_ns, a->epoch_ns);
    EXPECT_EQ((*merged)->streams[0].symbol, "B");
    ASSERT_EQ((*merged)->rows.size(), 8U);
    EXPECT_EQ((*merged)->rows[3], MarketUpdate::quote(Timestamp{1'000'000}, 0, 5 * market_one,
                                                      market_one, 6 * market_one, market_one));
    EXPECT_EQ((*merged)->rows[7].stream, 1U);
    // The next hour of a symbol follows; the same hour again is a mistake.
    const auto next =
        load_recording(dir.write("A.csv", "14,100,1,1,1,1723161256000,true\n")).value();
    EXPECT_EQ(merge_recordings(std::vector{a, next}).value()->streams.size(), 1U);
    EXPECT_THAT(error_of(merge_recordings(std::vector{a, a})), HasSubstr("A is in two files"));
    // Also where one begins in the very moment in which the other ends.
    const auto end = a->epoch_ns + a->length().value();
    const auto touching =
        load_recording(dir.write("A.csv", fmt::format("14,100,1,1,1,{},true\n", end / 1'000'000)))
            .value();
    ASSERT_EQ(touching->epoch_ns, end);
    for (const auto& parts : {std::vector{a, touching}, std::vector{touching, a}}) {
        EXPECT_THAT(error_of(merge_recordings(parts)), HasSubstr("A is in two files"));
    }
}

// Whatever is cut off or changed, the answer is a recording that keeps its promises, or an error
// that names the file.
TEST(MarketFiles, RandomDamageNeverCrashes) {
    const test::TempDir dir;
    const std::string zipped = test::file_content(dir.zip("z", {{"ABC.csv", agg_rows}}));
    const std::vector<std::string> good{frames(), quotes(), std::string{agg_header} + agg_rows,
                                        test::gzip(frames()), zipped};
    int errors = 0;
    for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
        Rng rng{seed};
        std::string bytes = good[seed % good.size()];
        const std::uint64_t changes = rng.below(4);
        for (std::uint64_t i = 0; i < changes; ++i) {
            const std::size_t at = rng.below(bytes.size());
            bytes[at] = static_cast<char>(rng.below(256));
        }
        if (changes == 0) bytes.resize(rng.below(bytes.size()));
        const std::string path = dir.write("damaged", bytes);
        const auto read = load_recording(path);
        if (!read) {
            ++errors;
            EXPECT_THAT(read.error().text(), HasSubstr(path)) << "seed " << seed;
            continue;
        }
        Timestamp before{};
        for (const MarketUpdate& row : (*read)->rows) {
            ASSERT_LE(before, row.at) << "seed " << seed;
            before = row.at;
            ASSERT_GT(row.bid_px, 0) << "seed " << seed;
            ASSERT_TRUE(row.is_trade() || row.bid_px < row.ask_px) << "seed " << seed;
        }
    }
    EXPECT_GT(errors, 1'000);
}

// Two days of two venues (GPL: read where they are, never copied).
TEST(MarketFiles, PublishedQuotesOfTwoVenues) {
    const auto hyperliquid = test::shared_market_file("hyperliquid_BTCUSDC_bbo_20260101.csv.gz");
    const auto binance = test::shared_market_file("binance-usdm_BTCUSDT_bbo_20260101.csv.gz");
    if (!hyperliquid || !binance)
        GTEST_SKIP() << "the quotes are not here (KEEL_SHARED is not set)";
    const auto h = load_recording(*hyperliquid, {.symbol = "BTC-HL"});
    const auto b = load_recording(*binance, {.symbol = "BTC-BN"});
    ASSERT_TRUE(h) << h.error().text(); // which also says that no row is crossed
    ASSERT_TRUE(b) << b.error().text();
    EXPECT_EQ((*h)->rows.size(), 165'952U);
    EXPECT_EQ((*b)->rows.size(), 172'686U);
    EXPECT_EQ((*h)->streams[0].price_unit, market_one);
    EXPECT_EQ((*b)->streams[0].price_unit, market_one / 10);
    EXPECT_EQ(merge_recordings(std::vector{*h, *b}).value()->rows.size(), 338'638U);
}

TEST(MarketFiles, SpotFramesAreRead) {
    const auto spot = test::shared_market_file("binance-spot_btcusdt_20240809.raw.gz");
    if (!spot) GTEST_SKIP() << "the raw frames are not here (KEEL_SHARED is not set)";
    const auto read = load_recording(*spot);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ((*read)->streams[0].quotes, 45'134U);
    EXPECT_EQ((*read)->streams[0].trades, 10'147U);
    EXPECT_EQ((*read)->skipped.depth_updates, 3'044U);
}

} // namespace
} // namespace keel::sim
