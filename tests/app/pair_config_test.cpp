#include <ostream>

#include <gtest/gtest.h>

#include "app/config.hpp"
#include "tests/app/desk_text.hpp"

// [[pair]] in a config: what it comes to, and what is refused. Every text is exact, with its place.

namespace keel::app {
namespace {

// The good desk with two legs in place of its market maker.
std::string desk_with_pair(const std::vector<Edit>& edits = {}) {
    const std::string desk = edited_desk({{"[[xemm]]\n"
                                           "name = \"one\"\n"
                                           "group = \"btc\"\n"
                                           "maker = \"maker/BTC\"\n"
                                           "hedge = \"taker/BTC\"\n"
                                           "order_qty = \"0.010\"\n",
                                           "[[pair]]\n"
                                           "name = \"two\"\n"
                                           "group = \"btc\"\n"
                                           "first = \"maker/BTC\"\n"
                                           "second = \"taker/BTC\"\n"
                                           "qty = \"0.010\"\n"}});
    return edited(desk, edits);
}

TEST(PairConfig, IsReadWithItsUnits) {
    const auto loaded =
        load_config(desk_with_pair({{"qty = \"0.010\"\n", "qty = \"0.010\"\n"
                                                          "legs = \"parallel\"\n"
                                                          "entry_bps = \"7.5\"\n"
                                                          "slippage_bps = \"1\"\n"
                                                          "exit_profit_bps = \"-2\"\n"
                                                          "exit_carry_bps = \"0.5\"\n"
                                                          "first_funding_ms = 28800000\n"
                                                          "second_funding_ms = 3600000\n"
                                                          "hold_min_ms = 1000\n"
                                                          "hold_max_ms = 60000\n"
                                                          "second_leg_within_ms = 1500\n"
                                                          "pause_ms = 20000\n"
                                                          "retry_ms = 300\n"}}),
                    "desk.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    ASSERT_EQ(loaded->run.desk.pair.size(), 1U);
    const strategy::PairConfig& pair = loaded->run.desk.pair.front();
    EXPECT_EQ(pair.name, "two");
    EXPECT_EQ(pair.group, GroupIx{0});
    EXPECT_EQ(pair.first, InstrumentIx{0});
    EXPECT_EQ(pair.second, InstrumentIx{1});
    EXPECT_EQ(pair.legs, strategy::PairLegs::Parallel);
    EXPECT_EQ(pair.qty, Lots{1'000});
    EXPECT_EQ(pair.entry, Bps{750});
    EXPECT_EQ(pair.slippage, Bps{100});
    EXPECT_EQ(pair.exit_profit, Bps{-200});
    EXPECT_EQ(pair.exit_carry, Bps{50});
    EXPECT_EQ(pair.first_funding, seconds(28'800));
    EXPECT_EQ(pair.second_funding, seconds(3'600));
    EXPECT_EQ(pair.hold_min, seconds(1));
    EXPECT_EQ(pair.hold_max, seconds(60));
    EXPECT_EQ(pair.second_leg_within, milliseconds(1'500));
    EXPECT_EQ(pair.pause, seconds(20));
    EXPECT_EQ(pair.retry, milliseconds(300));
}

TEST(PairConfig, ListensToTheFundingOfBothLegs) {
    const auto loaded = load_config(desk_with_pair() + "[[signal]]\n"
                                                       "instrument = \"maker/BTC\"\n"
                                                       "kind = \"funding\"\n"
                                                       "file = \"f.csv\"\n"
                                                       "[[signal]]\n"
                                                       "instrument = \"taker/BTC\"\n"
                                                       "kind = \"funding\"\n"
                                                       "file = \"f.csv\"\n",
                                    "desk.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    for (const std::string& warning : loaded->warnings) {
        EXPECT_EQ(warning.find("listens"), std::string::npos) << warning;
    }
}

struct Row {
    const char* name;
    std::vector<Edit> edits; // of the desk above
    std::vector<std::string> errors;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class PairText : public testing::TestWithParam<Row> {};

TEST_P(PairText, GivesExactlyTheseErrors) {
    const auto loaded = load_config(desk_with_pair(GetParam().edits), "desk.toml");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), GetParam().errors);
}

const Row rows[] = {
    {"SecondElsewhere",
     {{"second = \"taker/BTC\"", "second = \"maker/BTC\""}},
     {"desk.toml:55:10: pair[1].second: is \"maker/BTC\", but group btc hedges via "
      "\"taker/BTC\""}},
    {"FirstWhereItsGroupHedges",
     {{"first = \"maker/BTC\"", "first = \"taker/BTC\""}},
     {"desk.toml:54:9: pair[1].first: is \"taker/BTC\", where its group hedges: that is the "
      "second leg"}},
    {"HalfALotOfTheSecond",
     {{"qty = \"0.010\"", "qty = \"0.01005\""}},
     {"desk.toml:56:7: pair[1].qty: is 0.01005, which is not a multiple of the lot 0.0001; "
      "near are 0.01 and 0.0101"}},
    {"BelowTheSecondsMinimum",
     {{"qty = \"0.010\"", "qty = \"0.0005\""}},
     {"desk.toml:56:7: pair[1].qty: is 0.0005, which is below min_qty = 0.001 of its second leg "
      "\"taker/BTC\""}},
    {"AboveTheExposureLimit",
     {{"qty = \"0.010\"", "qty = \"0.030\""}},
     {"desk.toml:56:7: pair[1].qty: is 0.030, which is above group[1].exposure_limit = 0.02"}},
    {"HeldForLessThanTheLeast",
     {{"qty = \"0.010\"", "qty = \"0.010\"\n"
                          "hold_min_ms = 2000\n"
                          "hold_max_ms = 1000"}},
     {"desk.toml:57:15: pair[1].hold_min_ms: is 2000, which is above hold_max_ms = 1000"}},
    {"SlippageThatTheGateRefuses",
     {{"qty = \"0.010\"", "qty = \"0.010\"\n"
                          "slippage_bps = \"200\""}},
     {"desk.toml:57:16: pair[1].slippage_bps: is 200, but instrument[1].limits.price_collar_bps = "
      "200: the last gate would refuse the order"}},
    {"AloneForLongerThanTheBound",
     {{"qty = \"0.010\"", "qty = \"0.010\"\n"
                          "second_leg_within_ms = 10000"}},
     {"desk.toml:57:24: pair[1].second_leg_within_ms: is 10000, but group[1].hedged_within_ms = "
      "10000: one leg would be alone for longer before it is taken back"}},
    {"FundingThatTheVenueSettlesAtOtherTimes",
     {{"[[instrument]]\nvenue = \"taker\"\n", "[instrument.funding]\n"
                                              "every_ms = 300000\n"
                                              "[[instrument]]\n"
                                              "venue = \"taker\"\n"},
      {"qty = \"0.010\"", "qty = \"0.010\"\n"
                          "first_funding_ms = 3600000"}},
     {"desk.toml:59:20: pair[1].first_funding_ms: is 3600000, but \"maker/BTC\" settles its "
      "funding every 300000 ms (instrument[1].funding.every_ms): what the pair is to earn would be "
      "reckoned wrong"}},
    {"AGroupThatServesAnother",
     {{"[[pair]]", "[[xemm]]\n"
                   "name = \"one\"\n"
                   "group = \"btc\"\n"
                   "maker = \"maker/BTC\"\n"
                   "hedge = \"taker/BTC\"\n"
                   "order_qty = \"0.010\"\n"
                   "[[pair]]"}},
     {"desk.toml:59:9: pair[1].group: is \"btc\", which serves another strategy; one keeps a "
      "group flat"}},
};

INSTANTIATE_TEST_SUITE_P(Config, PairText, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

} // namespace
} // namespace keel::app
