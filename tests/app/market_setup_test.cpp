#include "app/market_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"

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
        change(config->run.desk.engine.instruments);
        const auto recording = load_market(config->run.market_files);
        Problems problems;
        check_worth(config->run, **recording, problems);
        return problems.texts("xemm.toml");
    };
    using Instruments = std::vector<core::InstrumentConfig>;
    EXPECT_THAT(problems_of([](Instruments&) {}), testing::IsEmpty());
    EXPECT_THAT(problems_of([](Instruments& all) {
                    all[2].instrument.min_notional = Money{1'000 * money_one};
                }),
                testing::ElementsAre(testing::AllOf(
                    testing::HasSubstr(": xemm[1].order_qty: is worth about 618 dollars"),
                    testing::HasSubstr("below min_notional = 1000 of \"hyperliquid/BTC\""))));
    EXPECT_THAT(
        problems_of([](Instruments& all) { all[1].limits.max_order_notional = Money{money_one}; }),
        testing::ElementsAre(testing::AllOf(
            testing::HasSubstr(": xemm[2].order_qty: is worth about "),
            testing::HasSubstr("above limits.max_order_notional = 1 of \"pacifica/ETH\""))));
}

} // namespace
} // namespace keel::app
