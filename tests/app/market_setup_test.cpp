#include "app/market_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "tests/sim/market_files.hpp"

namespace keel::app {
namespace {

// How often a venue publishes is its own knob; its matching sees the market as it was recorded.
TEST(MarketSetup, AVenueSeesEveryRowOfTheRecording) {
    Overrides overrides;
    overrides.duration = seconds(60);
    const auto config = load_config_file("examples/xemm.toml", overrides);
    ASSERT_TRUE(config.has_value());
    const auto recording = load_market(config->run.market_files);
    ASSERT_TRUE(recording.has_value());
    const Timestamp start{seconds(1'000).value()};
    auto feeds = make_feeds(config->run, *recording, start);
    ASSERT_TRUE(feeds.has_value());
    const Timestamp end = start + seconds(60);
    std::size_t recorded = 0;
    for (const sim::MarketUpdate& row : (*recording)->rows) {
        if (row.at < Timestamp{seconds(60).value()}) ++recorded;
    }
    ASSERT_GT(recorded, 10'000U);
    for (world::MarketFeed& feed : *feeds) {
        std::size_t seen = 0;
        for (; feed.next_at() < end; ++seen) static_cast<void>(feed.next());
        EXPECT_EQ(seen, recorded);
    }
}

// An order that no venue would take, or that a limit forbids, is said before the run.
TEST(MarketSetup, AQuoteThatCouldNeverLeaveIsAProblemOfTheConfig) {
    const auto problems_of = [](auto&& change) {
        auto config = load_config_file("examples/xemm.toml");
        change(config->run);
        const auto recording = load_market(config->run.market_files);
        Problems problems;
        check_worth(config->run, **recording, problems);
        return problems.texts("xemm.toml");
    };
    using testing::AllOf;
    using testing::ElementsAre;
    using testing::HasSubstr;
    EXPECT_THAT(problems_of([](RunConfig&) {}), testing::IsEmpty());
    EXPECT_THAT(problems_of([](RunConfig& run) {
                    run.desk.engine.instruments[2].instrument.min_notional =
                        Money{1'000 * money_one};
                }),
                ElementsAre(AllOf(HasSubstr(": xemm[1].order_qty: is worth 618.0025 dollars"),
                                  HasSubstr("below min_notional = 1000 of \"hyperliquid/BTC\""))));
    EXPECT_THAT(
        problems_of([](RunConfig& run) {
            run.desk.engine.instruments[1].limits.max_order_notional = Money{money_one};
        }),
        ElementsAre(AllOf(HasSubstr(": xemm[2].order_qty: is worth "),
                          HasSubstr("above limits.max_order_notional = 1 of \"pacifica/ETH\""))));
    // The quote's margin, and the hedge's: 5 % of it each.
    for (const std::size_t venue : {0U, 1U}) {
        EXPECT_THAT(
            problems_of([&](RunConfig& run) {
                run.venues[venue].accounts[0].collateral = Money{30 * money_one};
            }),
            ElementsAre(AllOf(HasSubstr(": xemm[1].order_qty: needs a margin of 30.900125 dollars"),
                              HasSubstr("above collateral = 30 of \""))));
    }
    // Both on one account need the sum of both.
    EXPECT_THAT(problems_of([&](RunConfig& run) {
                    run.desk.engine.instruments[2].instrument.venue = VenueIx{0};
                    run.venues[0].accounts[0].collateral = Money{60 * money_one};
                }),
                ElementsAre(AllOf(HasSubstr("needs a margin of 61.80025 dollars"),
                                  HasSubstr("above collateral = 60 of \"pacifica\""))));
}

// A CSV holds no symbol and goes by its name: the error says how to give it one.
TEST(MarketSetup, AStreamThatIsMissingSaysWhatToWrite) {
    const sim::test::TempDir dir;
    const std::string csv = dir.write("bbo.csv", "timestamp,ask_amount,ask_price,bid_price,"
                                                 "bid_amount\n1767225600,1,2,1,1\n");
    const auto problems_of = [](const std::string& file) {
        Overrides overrides;
        overrides.market_files = {file};
        const auto config = load_config_file("examples/xemm.toml", overrides);
        const auto recording = load_market(config->run.market_files);
        Problems problems;
        check_streams(config->run, **recording, problems);
        return problems.texts("xemm.toml");
    };
    EXPECT_THAT(problems_of(csv).front(),
                testing::EndsWith("instrument[1].market: is \"BTCUSDT\", but the recording has "
                                  "\"bbo\"; a CSV goes by its name unless its symbol is given, as "
                                  "in bbo.csv:BTCUSDT"));
    EXPECT_THAT(problems_of(csv + ":BTCUSDT").front(),
                testing::EndsWith("is \"ETHUSDT\", but the recording has \"BTCUSDT\""));
    const std::string raw =
        dir.write("a.raw", R"(1 {"u":4,"s":"XRP","b":"1","B":"1","a":"2","A":"1"})");
    EXPECT_THAT(problems_of(raw).front(), testing::EndsWith("but the recording has \"XRP\""));
}

} // namespace
} // namespace keel::app
