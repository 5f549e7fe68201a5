#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

#include <gtest/gtest.h>

#include "app/config.hpp"
#include "tests/app/desk_text.hpp"
#include "tests/app/keel_call.hpp"

// What a file can be wrong in by itself: syntax, keys, types, ranges, words. Every text is exact,
// with its place.

namespace keel::app {
namespace {

struct Row {
    const char* name;
    std::vector<Edit> edits; // of the good desk
    std::vector<std::string> errors;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class ConfigText : public testing::TestWithParam<Row> {};

TEST_P(ConfigText, GivesExactlyTheseErrors) {
    const auto loaded = load_config(edited_desk(GetParam().edits), "desk.toml");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), GetParam().errors);
    EXPECT_EQ(run_code(edited_desk(GetParam().edits), GetParam().name), 2);
}

const Row rows[] = {
    {"SyntaxError",
     {{"seed = 7", "seed = = 7"}},
     {"desk.toml:2:8: not TOML: value: could not determine value type"}},
    {"UnknownKeyIsNearAnother",
     {{"seed = 7", "sede = 7"}},
     {"desk.toml:2:1: run.sede: unknown key; did you mean \"seed\"?"}},
    {"UnknownKeyLacksItsUnit",
     {{"duration_s = 60", "duration = 60"}},
     {"desk.toml:4:1: run.duration: unknown key; did you mean \"duration_s\"?"}},
    {"UnknownKeyOfAnotherSection",
     {{"seed = 7", "seed = 7\n"
                   "validity_ms = 1000"}},
     {"desk.toml:3:1: run.validity_ms: unknown key here; it belongs in [venue.traits]"}},
    {"UnknownKeyLikeNoOther",
     {{"number = 3", "number = 3\n"
                     "zzz = 1"}},
     {"desk.toml:9:1: desk.zzz: unknown key; known are number, capacities, limits, audits. `keel "
      "config schema` explains them"}},
    {"UnknownSection",
     {{"[desk]", "[dsek]"}},
     {"desk.toml:7:2: dsek: unknown section; did you mean \"desk\"?"}},
    {"KeyOutsideOfAnySection",
     {{"[run]\n", "frobnicate = 1\n"
                  "[run]\n"}},
     {"desk.toml:1:1: frobnicate: unknown section; known are run, desk, venue, instrument, group, "
      "xemm, bracket, pair, quoter, signal, guardian. `keel config schema` explains them"}},
    {"MissingKey",
     {{"duration_s = 60\n"
       "market_files = [\"btc.kmk\"]",
       ""}},
     {"desk.toml:1:1: run.market_files: is missing; it is a list of 1 to 64 texts in quotes: "
      "recordings to trade on, from this file's folder: FILE, or FILE:SYMBOL where the file does "
      "not name its symbol"}},
    {"MissingKeyInARepeatedSection",
     {{"market = \"BTCUSDT\"\n"
       "tick = \"1\"",
       "tick = \"1\""}},
     {"desk.toml:24:1: instrument[1].market: is missing; it is a text in quotes: symbol of the "
      "recording that drives it, such as BTCUSDT"}},
    {"MissingSection",
     {{"[[xemm]]\n"
       "name = \"one\"\n"
       "group = \"btc\"\n"
       "maker = \"maker/BTC\"\n"
       "hedge = \"taker/BTC\"\n"
       "order_qty = \"0.010\"\n",
       ""}},
     {"desk.toml: has no strategy: add an [[xemm]] or another; `keel config schema` lists them"}},
    {"TextWhereAnIntegerBelongs",
     {{"seed = 7", "seed = \"7\""}},
     {"desk.toml:2:8: run.seed: is a text, but must be an integer, 0 or more"}},
    {"IntegerWhereATextBelongs",
     {{"symbol = \"BTC\"\n"
       "base = \"BTC\"\n"
       "market = \"BTCUSDT\"\n"
       "tick = \"1\"",
       "symbol = 5\n"
       "base = \"BTC\"\n"
       "market = \"BTCUSDT\"\n"
       "tick = \"1\""}},
     {"desk.toml:26:10: instrument[1].symbol: is an integer, but must be a text in quotes"}},
    {"FloatForAQuantity",
     {{"order_qty = \"0.010\"", "order_qty = 0.010"}},
     {"desk.toml:56:13: xemm[1].order_qty: 0.010 is a binary float, which is not exact; quote it: "
      "\"0.010\""}},
    {"FloatForBasisPoints",
     {{"maker_fee_bps = \"1.5\"\n"
       "taker_fee_bps = \"4\"\n",
       "maker_fee_bps = 1.5\n"
       "taker_fee_bps = \"4\"\n"}},
     {"desk.toml:31:17: instrument[1].maker_fee_bps: 1.5 is a binary float, which is not exact; "
      "quote it: \"1.5\""}},
    {"FloatForASpanOfTime",
     {{"duration_s = 60", "duration_s = 60.5"}},
     {"desk.toml:4:14: run.duration_s: is a float, but must be an integer in seconds, 1 to "
      "604800"}},
    {"BelowTheRange",
     {{"duration_s = 60", "duration_s = 0"}},
     {"desk.toml:4:14: run.duration_s: is 0, but must be from 1 to 604800"}},
    {"AboveTheRange",
     {{"number = 3", "number = 4096"}},
     {"desk.toml:8:10: desk.number: is 4096, but must be from 1 to 4095"}},
    {"WrongWord",
     {{"faults = \"calm\"", "faults = \"harhs\""}},
     {"desk.toml:3:10: run.faults: is \"harhs\", but must be \"calm\", \"rough\", \"harsh\" or "
      "\"beyond\"; did you mean \"harsh\"?"}},
    {"LiveIsRefusedWithAReason",
     {{"kind = \"simulated\"\n"
       "collateral = \"100000\"",
       "kind = \"live\"\n"
       "collateral = \"100000\""}},
     {"desk.toml:12:8: venue[1].kind: \"live\" would be live trading, which comes with a later "
      "version of Keel; \"simulated\" is the only kind today"}},
    {"AVenueAsKindIsRefusedWithAReason",
     {{"kind = \"simulated\"\n"
       "collateral = \"100000\"",
       "kind = \"hyperliquid\"\n"
       "collateral = \"100000\""}},
     {"desk.toml:12:8: venue[1].kind: \"hyperliquid\" would be live trading, which comes with a "
      "later version of Keel; \"simulated\" is the only kind today"}},
    {"UnknownKind",
     {{"kind = \"simulated\"\n"
       "collateral = \"100000\"",
       "kind = \"paper\"\n"
       "collateral = \"100000\""}},
     {"desk.toml:12:8: venue[1].kind: is \"paper\", but must be \"simulated\""}},
    {"ADecimalThatIsNone",
     {{"collateral = \"100000\"", "collateral = \"1O0000\""}},
     {"desk.toml:13:14: venue[1].collateral: \"1O0000\" is not a decimal number: it holds a "
      "character that is no digit"}},
    {"ADecimalThatMustBePositive",
     {{"collateral = \"100000\"", "collateral = \"-1\""}},
     {"desk.toml:13:14: venue[1].collateral: is -1, but must be above zero"}},
    {"MoneyFinerThanItsUnit",
     {{"collateral = \"100000\"", "collateral = \"0.000000001\""}},
     {"desk.toml:13:14: venue[1].collateral: is 0.000000001, which is not a multiple of the "
      "smallest money, 0.00000001; the least is 0.00000001"}},
    {"BasisPointsFinerThanTheirUnit",
     {{"taker_fee_bps = \"4.5\"", "taker_fee_bps = \"4.505\""}},
     {"desk.toml:43:17: instrument[2].taker_fee_bps: is 4.505, but basis points have at most two "
      "places after the point"}},
    {"AMarginOfNothing",
     {{"min_qty = \"0.001\"", "min_qty = \"0.001\"\n"
                              "initial_margin_bps = \"0\""}},
     {"desk.toml:42:22: instrument[2].initial_margin_bps: is 0, but must be from 0.01 to 10000"}},
    {"FeeBeyondReason",
     {{"taker_fee_bps = \"4.5\"", "taker_fee_bps = \"2000\""}},
     {"desk.toml:43:17: instrument[2].taker_fee_bps: is 2000, but must be from -1000 to 1000"}},
    {"ARangeUpsideDown",
     {{"rest_request_ms = [50, 100]", "rest_request_ms = [100, 50]"}},
     {"desk.toml:22:19: venue[2].delays.rest_request_ms: goes from 100 down to 50; write the "
      "smaller one first"}},
    {"ARangeOfOne",
     {{"rest_request_ms = [50, 100]", "rest_request_ms = [50]"}},
     {"desk.toml:22:19: venue[2].delays.rest_request_ms: must be a list of two integers in "
      "milliseconds, [from, to], 0 to 60000"}},
    {"OneTableWhereThereAreSeveral",
     {{"[[group]]", "[group]"}},
     {"desk.toml:45:1: group: is a table, but there may be several: write [[group]]"}},
    {"SeveralWhereThereIsOne",
     {{"[run]", "[[run]]"}},
     {"desk.toml:1:1: run: is a list, but there is one table of it: write [run]"}},
    {"ASecret",
     {{"collateral = 50000", "collateral = 50000\n"
                             "private_key = \"0x8f2a55aa\""}},
     {"desk.toml:19:1: venue[2].private_key: looks like a secret, and no secret belongs in a "
      "config file: take it out, and replace it where it was valid. Simulated venues need none"}},
    {"ASecretThatIsNotEvenToml",
     {{"collateral = 50000", "collateral = 50000\n"
                             "api_key = 0x8f2a55aa8f2a55aa8f2a55aa"}},
     {"desk.toml:19:37: not TOML: an integer does not fit in 64 bits; a decimal is written in "
      "quotes"}},
    {"ANameThatIsNone",
     {{"name = \"btc\"", "name = \"b t c\""}},
     {"desk.toml:46:8: group[1].name: may only hold letters, digits, \"-\" and \"_\", and at "
      "least one"}},
};

INSTANTIATE_TEST_SUITE_P(Table, ConfigText, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

// What a strategy's own check refuses has its place, too: at the first key that it names.
TEST(ConfigOfAStrategy, WhatItRefusesStandsWhereItIs) {
    std::ifstream in{"examples/quoter.toml"};
    const std::string good{std::istreambuf_iterator<char>{in}, {}};
    const auto refused = [&](std::string_view line, std::string_view instead) {
        std::string text = good;
        const std::size_t at = text.find(line);
        EXPECT_NE(at, text.npos);
        const auto number = std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
        text.replace(at, line.size(), instead);
        const auto loaded = load_config(text, "a.toml");
        EXPECT_FALSE(loaded.has_value());
        const std::string place = "a.toml:" + std::to_string(number + 1) + ":";
        return loaded ? std::vector<std::string>{} : [&] {
            std::vector<std::string> out = loaded.error();
            for (std::string& error : out) {
                if (error.starts_with(place)) error.replace(0, place.size(), "");
            }
            return out;
        }();
    };
    EXPECT_EQ(refused("slack = \"0.004\"", "slack = \"0.005\""),
              std::vector<std::string>{"9: quoter[1].slack: slack must be below half_spread"});
    EXPECT_EQ(refused("inventory_max = \"400\"", "inventory_max = \"1\""),
              std::vector<std::string>{"17: quoter[1].inventory_max: inventory_max is below "
                                       "level_qty: no quote would ever be placed"});
}

} // namespace
} // namespace keel::app
