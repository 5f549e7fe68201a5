#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/desk_text.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/sim/market_files.hpp"

// Every format that `keel run` takes, in every wrapping, from the file to the report. Rows share
// their time stamps, from the first one on, as they do in published files; and the run is longer
// than the file, so the market is continued from it.

namespace keel::app {
namespace {

using nlohmann::json;

constexpr std::int64_t first_second = 1'767'225'600; // 2026-01-01
constexpr int rows = 360;                            // three a time stamp, ten stamps a second

// A price that swings around 60,000 by a few ticks.
struct Market {
    std::int64_t ms = 0;
    std::int64_t bid = 0; // in tenths of a dollar
};
Market market_at(int row) {
    const int step = row % 14;
    return {.ms = first_second * 1'000 + row / 3 * 100,
            .bid = 600'000 + 10 * (step < 7 ? step : 14 - step)};
}
std::string price(std::int64_t tenths) { return fmt::format("{}.{}", tenths / 10, tenths % 10); }

std::string frames() {
    std::string out;
    for (int row = 0; row < rows; ++row) {
        const Market at = market_at(row);
        out += fmt::format(R"({}000000 {{"stream":"btcusdt@bookTicker","data":{{"e":"bookTicker",)"
                           R"("u":{},"s":"BTCUSDT","b":"{}","B":"2.5","a":"{}","A":"3"}}}})"
                           "\n",
                           at.ms, row, price(at.bid), price(at.bid + 1));
        out += fmt::format(R"({}000000 {{"e":"trade","s":"BTCUSDT","t":{},"p":"{}","q":"0.2",)"
                           R"("m":{}}})"
                           "\n",
                           at.ms, row, price(at.bid + row % 2), row % 2 == 0);
    }
    return out;
}

std::string quotes_csv() {
    std::string out = "timestamp,ask_amount,ask_price,bid_price,bid_amount\n";
    for (int row = 0; row < rows; ++row) {
        const Market at = market_at(row);
        out += fmt::format("{},3,{},{},2.5\n", at.ms / 1'000, price(at.bid + 1), price(at.bid));
    }
    return out;
}

std::string agg_trades_csv() {
    std::string out =
        "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n";
    for (int row = 0; row < rows; ++row) {
        const Market at = market_at(row);
        out += fmt::format("{},{},0.2,{},{},{},{}\n", row, price(at.bid), row, row, at.ms,
                           row % 2 == 0);
    }
    return out;
}

TEST(MarketFormats, EachIsTradedPlainGzipAndZip) {
    struct Format {
        std::string name;
        std::string content;
        std::string suffix; // of the path as `--market` takes it
    };
    const std::vector<Format> formats{{"frames.raw", frames(), ""},
                                      {"BTCUSDT-bbo.csv", quotes_csv(), ""},
                                      {"bbo.csv", quotes_csv(), ":BTCUSDT"},
                                      {"BTCUSDT-aggTrades-2026-01-01.csv", agg_trades_csv(), ""}};
    const sim::test::TempDir dir;
    const std::string desk = dir.write("desk.toml", good_desk());
    for (const Format& format : formats) {
        const std::vector<std::string> paths{
            dir.write(format.name, format.content),
            dir.write(format.name + ".gz", sim::test::gzip(format.content)),
            dir.zip(format.name + ".zip", {{format.name, format.content}})};
        std::string first; // what the plain file gave: the others give the same
        for (const std::string& path : paths) {
            SCOPED_TRACE(path);
            const std::string out = dir.path("out.json");
            const Said said =
                keel({"run", desk, "-q", "--market", path + format.suffix, "--json", out});
            ASSERT_EQ(said.code, 0) << said.err << said.out;
            const auto report = json::parse(sim::test::file_content(out));
            EXPECT_GT(report["events"], 400); // market data of a minute, and orders
            EXPECT_GT(report["quoting"]["one"]["quotes"], 0);
            if (first.empty()) first = report["state_hash"];
            EXPECT_EQ(report["state_hash"], first);
        }
    }
}

// The recordings that are not part of the project, where they are present.
TEST(MarketFormats, PublishedRecordingsAreTraded) {
    struct Recording {
        std::string_view name;
        std::string suffix;
    };
    const sim::test::TempDir dir;
    const std::string desk = dir.write("desk.toml", good_desk());
    int found = 0;
    for (const Recording& one : std::vector<Recording>{
             {"binance-usdm_btcusdt_20240808.raw.gz", ""},
             {"binance-spot_btcusdt_20240809.raw.gz", ""},
             {"binance-usdm_BTCUSDT_bbo_20260101.csv.gz", ":BTCUSDT"},
             {"hyperliquid_BTCUSDC_bbo_20260101.csv.gz", ":BTCUSDT"},
         }) {
        const auto path = sim::test::shared_market_file(one.name);
        if (!path) continue;
        ++found;
        SCOPED_TRACE(*path);
        const Said said = keel({"run", desk, "-q", "--market", *path + one.suffix});
        EXPECT_EQ(said.code, 0) << said.err << said.out;
        EXPECT_THAT(said.out, testing::HasSubstr("one: ")); // quoting
    }
    if (found == 0) GTEST_SKIP() << "no recordings beside the project";
}

} // namespace
} // namespace keel::app
