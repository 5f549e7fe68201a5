#include <ostream>

#include <gtest/gtest.h>

#include "app/config.hpp"
#include "tests/app/desk_text.hpp"
#include "tests/app/keel_call.hpp"

// What each knob allows and what does not fit together all the same: names, multiples, bounds.

namespace keel::app {
namespace {

struct Row {
    const char* name;
    std::vector<Edit> edits; // of the good desk
    std::vector<std::string> errors;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class ConfigSense : public testing::TestWithParam<Row> {};

TEST_P(ConfigSense, GivesExactlyTheseErrors) {
    const auto loaded = load_config(edited_desk(GetParam().edits), "desk.toml");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), GetParam().errors);
    EXPECT_EQ(run_code(edited_desk(GetParam().edits), GetParam().name), 2);
}

const Row rows[] = {
    {"OrderQtyIsNoMultipleOfTheLot",
     {{"order_qty = \"0.010\"", "order_qty = \"0.010005\""}},
     {"desk.toml:56:13: xemm[1].order_qty: is 0.010005, which is not a multiple of the lot "
      "0.00001; near are 0.01 and 0.01001"}},
    {"MinQtyIsNoMultipleOfTheLot",
     {{"min_qty = \"0.001\"", "min_qty = \"0.00105\""}},
     {"desk.toml:41:11: instrument[2].min_qty: is 0.00105, which is not a multiple of the lot "
      "0.0001; near are 0.001 and 0.0011"}},
    {"ALimitIsNoMultipleOfTheBaseUnit",
     {{"exposure_limit = \"0.02\"", "exposure_limit = \"0.020000001\""}},
     {"desk.toml:49:18: group[1].exposure_limit: is 0.020000001, which is not a multiple of the "
      "base unit 0.00000001; near are 0.02 and 0.02000001"}},
    {"AGroupHoldsNothingInHedgeMode",
     {{"name = \"taker\"", "position_mode = \"hedge\"\nname = \"taker\""}},
     {"desk.toml:48:11: group[1].members: \"taker/BTC\" is at a venue with position_mode = "
      "\"hedge\": "
      "what a group holds is one position of each instrument"}},
    {"MaintenanceMarginIsBelowTheInitialOne",
     {{"min_qty = \"0.001\"", "min_qty = \"0.001\"\nmaintenance_margin_bps = \"1000\""}},
     {"desk.toml:42:26: instrument[2].maintenance_margin_bps: is 1000, but must be below "
      "initial_margin_bps = 1000: what was just opened would be liquidated"}},
    {"AFenceOfNoncesNeedsThem",
     {{"validity_ms = 3000", "fence = \"burnt_nonce\"\nlongest_delay_ms = 5000"}},
     {"desk.toml:20:9: venue[2].traits.fence: is burnt_nonce, and the venue has none to burn: "
      "nonces is none"}},
    {"DuplicateVenue",
     {{"name = \"taker\"", "name = \"maker\""}},
     {"desk.toml:16:8: venue[2].name: venue \"maker\" is there already: venue[1], line 10",
      "desk.toml:35:9: instrument[2].venue: there is no venue \"taker\"; did you mean \"maker\"?"}},
    {"DuplicateInstrument",
     {{"venue = \"taker\"\n", "venue = \"maker\"\n"}},
     {"desk.toml:36:10: instrument[2].symbol: instrument \"maker/BTC\" is there already: "
      "instrument[1], line 24",
      "desk.toml:47:25: group[1].members: there is no instrument \"taker/BTC\"; did you mean "
      "\"maker/BTC\"?",
      "desk.toml:48:13: group[1].hedge_via: there is no instrument \"taker/BTC\"; did you mean "
      "\"maker/BTC\"?",
      "desk.toml:55:9: xemm[1].hedge: there is no instrument \"taker/BTC\"; did you mean "
      "\"maker/BTC\"?"}},
    {"UnknownVenue",
     {{"venue = \"taker\"\n", "venue = \"takr\"\n"}},
     {"desk.toml:35:9: instrument[2].venue: there is no venue \"takr\"; did you mean \"taker\"?"}},
    {"UnknownMember",
     {{"members = [\"maker/BTC\", \"taker/BTC\"]", "members = [\"maker/BTC\", \"taker/ETH\"]"}},
     {"desk.toml:47:25: group[1].members: there is no instrument \"taker/ETH\"; did you mean "
      "\"taker/BTC\"?"}},
    {"MemberTwice",
     {{"members = [\"maker/BTC\", \"taker/BTC\"]",
       "members = [\"maker/BTC\", \"taker/BTC\", \"maker/BTC\"]"}},
     {"desk.toml:47:38: group[1].members: \"maker/BTC\" is listed twice"}},
    {"TooFewMembers",
     {{"members = [\"maker/BTC\", \"taker/BTC\"]", "members = [\"taker/BTC\"]"}},
     {"desk.toml:47:11: group[1].members: holds 1, but must hold from 2 to 16"}},
    {"UnknownGroup",
     {{"group = \"btc\"", "group = \"btcusd\""}},
     {"desk.toml:53:9: xemm[1].group: there is no group \"btcusd\"; did you mean \"btc\"?"}},
    {"HedgeIsNotTheGroups",
     {{"hedge = \"taker/BTC\"", "hedge = \"maker/BTC\""}},
     {"desk.toml:55:9: xemm[1].hedge: is \"maker/BTC\", but group btc hedges via \"taker/BTC\""}},
    {"MakerWhereItHedges",
     {{"maker = \"maker/BTC\"", "maker = \"taker/BTC\""}},
     {"desk.toml:54:9: xemm[1].maker: is \"taker/BTC\", where its group hedges; quote on another "
      "member"}},
    {"MembersOfTwoCurrencies",
     {{"base = \"BTC\"\n"
       "market = \"BTCUSDT\"\n"
       "tick = \"0.1\"",
       "base = \"ETH\"\n"
       "market = \"BTCUSDT\"\n"
       "tick = \"0.1\""}},
     {"desk.toml:47:11: group[1].members: \"maker/BTC\" is BTC and \"taker/BTC\" is ETH: they do "
      "not hedge each other"}},
    {"ALotFinerThanTheGroupsUnit",
     {{"lot = \"0.00001\"", "lot = \"0.000000001\""}},
     {"desk.toml:45:1: group[1].unit_scale: is 8, but the lot of \"maker/BTC\" is 0.000000001: "
      "set at least 9"}},
    {"HedgeVenueTakesNoSuchSmallOrder",
     {{"order_qty = \"0.010\"", "order_qty = \"0.0005\""}},
     {"desk.toml:56:13: xemm[1].order_qty: is 0.0005, which is below min_qty = 0.001 of its hedge "
      "\"taker/BTC\""}},
    {"ExposureBelowOneQuote",
     {{"exposure_limit = \"0.02\"", "exposure_limit = \"0.005\""}},
     {"desk.toml:49:18: group[1].exposure_limit: is 0.005, but a quote is 0.01: none could ever "
      "be placed; set at least 0.02, room for two"}},
    {"HedgedWithinWhatNobodyCanPromise",
     {{"exposure_limit = \"0.02\"", "exposure_limit = \"0.02\"\n"
                                    "hedged_within_ms = 3000"}},
     {"desk.toml:50:20: group[1].hedged_within_ms: is 3000, but a hedge whose answer is lost "
      "holds the next one back for 3700 ms at taker (validity_ms 3000 + clock_error_ms 100 + "
      "visibility_ms 500 + a round trip 100); set at least that"}},
    {"SlippageFallsInsteadOfRising",
     {{"exposure_limit = \"0.02\"", "exposure_limit = \"0.02\"\n"
                                    "hedge_slippage_start_bps = 60"}},
     {"desk.toml:50:28: group[1].hedge_slippage_start_bps: is 60, which is above "
      "hedge_slippage_max_bps = 50"}},
    {"SlippageBeyondTheCollar",
     {{"exposure_limit = \"0.02\"", "exposure_limit = \"0.02\"\n"
                                    "hedge_slippage_max_bps = \"200\""}},
     {"desk.toml:50:26: group[1].hedge_slippage_max_bps: is 200, but "
      "instrument[2].limits.price_collar_bps = 200: the last gate would refuse the hedge"}},
    {"ReadsStalerThanPromised",
     {{"rest_request_ms = [50, 100]", "read_lag_ms = [100, 600]"}},
     {"desk.toml:22:15: venue[2].delays.read_lag_ms: goes up to 600 ms, but traits.visibility_ms "
      "promises that no read is staler than 500 ms"}},
    {"ValidityShorterThanTheWay",
     {{"validity_ms = 3000", "validity_ms = 120"}},
     {"desk.toml:20:15: venue[2].traits.validity_ms: is 120, but delays.rest_request_ms and the "
      "clock error take up to 150 ms: the venue would refuse good requests as too old"}},
    {"ClockBeyondItsBound",
     {{"collateral = 50000", "collateral = 50000\n"
                             "clock_offset_ms = -101"}},
     {"desk.toml:19:19: venue[2].clock_offset_ms: is -101, but traits.clock_error_ms promises "
      "that the clocks differ by at most 100 ms"}},
    {"BasisOutOfOrder",
     {{"[venue.delays]", "[venue.basis]\n"
                         "median_bps = 5\n"
                         "[venue.delays]"}},
     {"desk.toml:22:14: venue[2].basis.median_bps: is 5, but must lie between percentile_1_bps = "
      "0 and percentile_99_bps = 0"}},
    {"MinQtyAboveMaxQty",
     {{"min_qty = \"0.001\"", "min_qty = \"0.001\"\n"
                              "max_qty = \"0.0005\""}},
     {"desk.toml:41:11: instrument[2].min_qty: is 0.001, which is above max_qty = 0.0005",
      "desk.toml:57:13: xemm[1].order_qty: is 0.010, which is above max_qty = 0.0005 of its hedge "
      "\"taker/BTC\""}},
    {"TwoQuotersOnOneInstrument",
     {{"order_qty = \"0.010\"\n", "order_qty = \"0.010\"\n"
                                  "[[xemm]]\n"
                                  "name = \"two\"\n"
                                  "group = \"btc\"\n"
                                  "maker = \"maker/BTC\"\n"
                                  "hedge = \"taker/BTC\"\n"
                                  "order_qty = \"0.001\"\n"},
      {"exposure_limit = \"0.02\"", "exposure_limit = \"0.03\""}},
     {"desk.toml:60:9: xemm[2].maker: is \"maker/BTC\", which xemm[1] quotes already; they would "
      "trade with each other"}},
    {"AuditsEatTheRateLimit",
     {{"validity_ms = 3000", "validity_ms = 3000\n"
                             "requests_per_second = 10"}},
     {"desk.toml:21:23: venue[2].traits.requests_per_second: is 10, but "
      "desk.audits.queries_per_second = 10 would use it up"}},
    {"AHistoryShorterThanTheOrders",
     {{"collateral = 50000", "collateral = 50000\n"
                             "history_max = 5"}},
     {"desk.toml:19:15: venue[2].history_max: is 5, but must be 0 or at least orders_max = 4096: "
      "the venue would forget what its orders became"}},
    {"PositionsReadTooSeldom",
     {{"number = 3", "number = 3\n"
                     "[desk.audits]\n"
                     "verify_age_max_ms = 20000"}},
     {"desk.toml:10:21: desk.audits.verify_age_max_ms: is 20000, but positions are read every "
      "15000 ms and may be 500 ms stale: one lost read would stop new risk; set at least 30500"}},
    {"TickUnderTheFiveDigitRule",
     {{"tick = \"0.1\"", "tick = \"0.5\"\n"
                         "price_rule = \"five_significant_digits\""}},
     {"desk.toml:39:8: instrument[2].tick: is 0.5, but with price_rule = "
      "\"five_significant_digits\" it is a power of ten of at most 1, such as 0.1"}},
};

INSTANTIATE_TEST_SUITE_P(Table, ConfigSense, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

} // namespace
} // namespace keel::app
