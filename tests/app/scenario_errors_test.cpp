#include <ostream>

#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "tests/app/scenario_text.hpp"

// What a scenario file can be wrong in. Every text is exact, with its place. What the sections of a
// run's config can be wrong in is in config_errors_test.cpp and config_sense_test.cpp.

namespace keel::app {
namespace {

struct Row {
    const char* name;
    std::vector<Edit> edits; // of the good scenario
    std::vector<std::string> errors;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class ScenarioText : public testing::TestWithParam<Row> {};

TEST_P(ScenarioText, GivesExactlyTheseErrors) {
    const auto loaded = load_scenario(edited_scenario(GetParam().edits), "s.toml");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), GetParam().errors);
}

const Row rows[] = {
    {"SyntaxError",
     {{"name = \"small\"", "name = small"}},
     {"s.toml:2:8: not TOML: value: could not determine value type"}},
    {"UnknownKey",
     {{"deeds_within_ms = 2000", "deeds_within = 2000"}},
     {"s.toml:4:1: scenario.deeds_within: unknown key; did you mean \"deeds_within_ms\"?"}},
    {"UnknownKeyLikeNoOther",
     {{"name = \"prints\"", "name = \"prints\"\n"
                            "zzz = 1"}},
     {"s.toml:52:1: lane[1].zzz: unknown key; known are name, deed. docs/scenarios.md explains "
      "them"}},
    {"UnknownSection",
     {{"[[opening]]", "[[openning]]"}},
     {"s.toml:1:1: opening: is missing; a scenario has at least one [[opening]]: what the market "
      "shows before the search begins",
      "s.toml:43:3: openning: unknown section; did you mean \"opening\"?"}},
    {"AStatusOfWhatHasNone",
     {{"act = \"wind_down\"", "instrument = \"maker/BTC\"\nstatus = \"halted\""}},
     {"s.toml:74:10: last[1].status: is of no use: \"maker/BTC\" has neither price_step, px_end, "
      "long_only nor settles_late, so its venue tells no status of it"}},
    {"AFailureOfWhatIsFinal",
     {{"[\"drop\", \"crash\"]", "[\"settlement_failed\"]"}},
     {"s.toml:3:10: scenario.faults: \"settlement_failed\" befalls an instrument that "
      "settles_late: there is none"}},
    {"ARunHasNoPlaceHere",
     {{"[scenario]\n", "[run]\n"
                       "seed = 1\n"
                       "[scenario]\n"}},
     {"s.toml:1:2: run: unknown section; known are scenario, desk, venue, instrument, group, xemm, "
      "bracket, pair, quoter, guardian, opening, lane, last. docs/scenarios.md explains them"}},
    {"DelaysHaveNoPlaceHere",
     {{"pushes_positions = false", "pushes_positions = false\n"
                                   "[venue.delays]\n"
                                   "read_lag_ms = [0, 1]"}},
     {"s.toml:14:8: venue[2].delays: unknown key; known are name, kind, collateral, "
      "clock_offset_ms, fills_replayed_on_reconnect, orders_snapshot_on_reconnect, "
      "self_trade_reports_rejected, answers_before_judging, tells_mined, "
      "nonces, failed_rests_again, pushes_positions, "
      "reduce_only_size_checked, outside_told, position_mode, orders_max, "
      "messages_max, history_max, traits, limits. docs/scenarios.md explains them"}},
    {"AKeyOfAnotherSection",
     {{"name = \"operator\"", "name = \"operator\"\n"
                              "horizon_s = 5"}},
     {"s.toml:66:1: lane[2].horizon_s: unknown key here; it belongs in [scenario]"}},
    {"NoName",
     {{"name = \"small\"\n", ""}},
     {"s.toml:1:1: scenario.name: is missing; it is a name in quotes: how reports and traces call "
      "it"}},
    {"NoOpening",
     {{"[[opening]]\n"
       "instrument = \"maker/BTC\"\n"
       "bid = \"9990\"\n"
       "bid_qty = \"1.00\"\n"
       "ask = \"10010\"\n"
       "ask_qty = 1\n",
       ""}},
     {"s.toml:1:1: opening: is missing; a scenario has at least one [[opening]]: what the market "
      "shows before the search begins"}},
    {"ALaneWithoutDeeds",
     {{"[[lane]]\n"
       "name = \"operator\"",
       "[[lane]]\n"
       "name = \"empty\"\n"
       "\n"
       "[[lane]]\n"
       "name = \"operator\""}},
     {"s.toml:64:1: lane[2].deed: is missing; a lane has at least one [[lane.deed]]: a quote, a "
      "print or a status of a venue, an act of the operator, or a change that is not ours"}},
    {"UnknownFault",
     {{"\"drop\"", "\"dorp\""}},
     {"s.toml:3:11: scenario.faults: there is no fault \"dorp\"; did you mean \"drop\"?"}},
    {"AFaultLikeNoOther",
     {{"\"drop\"", "\"earthquake\""}},
     {"s.toml:3:11: scenario.faults: there is no fault \"earthquake\"; known are \"drop\", "
      "\"duplicate_now\", \"duplicate_late\", \"reorder\", \"gap\", \"answer_lost_before\", "
      "\"answer_lost_after\", \"refusal\", \"rate_limited\", \"server_error\", \"overtaken\", "
      "\"stale_read\", \"partial_batch\", \"crash\", \"settlement_failed\", \"short_answer\", "
      "\"lease_lost\" or "
      "\"paused\""}},
    {"AFaultOfALeaseWithoutOne",
     {{"\"drop\", \"crash\"", "\"drop\", \"paused\""}},
     {"s.toml:3:10: scenario.faults: \"paused\" befalls a lease that ends: set lease_ms"}},
    {"AFaultThatOnlyARunDraws",
     {{"\"drop\"", "\"slow\""}},
     {"s.toml:3:11: scenario.faults: \"slow\" is drawn in a run, but no explorer chooses it; it "
      "chooses \"drop\", \"duplicate_now\", \"duplicate_late\", \"reorder\", \"gap\", "
      "\"answer_lost_before\", \"answer_lost_after\", \"refusal\", "
      "\"rate_limited\", \"server_error\", \"overtaken\", \"stale_read\", \"partial_batch\", "
      "\"crash\", \"settlement_failed\", \"short_answer\", \"lease_lost\" or \"paused\""}},
    {"AFaultTwice",
     {{"\"drop\", \"crash\"", "\"drop\", \"crash\", \"drop\""}},
     {"s.toml:3:28: scenario.faults: \"drop\" is listed twice"}},
    {"UnknownNeed",
     {{"name = \"small\"", "name = \"small\"\n"
                           "needs = [\"xemm\", \"amend\"]"}},
     {"s.toml:3:18: scenario.needs: there is no need \"amend\"; did you mean \"amends\"?"}},
    {"ANeedLikeNoOther",
     {{"name = \"small\"", "name = \"small\"\n"
                           "needs = [\"luck, or so\"]"}},
     {"s.toml:3:10: scenario.needs: there is no need \"luck, or so\"; known are \"xemm\", "
      "\"unwind\", \"kill_switch\", \"restart\", \"position_stream\", \"fill_replays\", "
      "\"server_errors\", \"amends\", \"bracket\", \"pair\", \"guardian\", \"quoter\" or "
      "\"settlement\""}},
    {"ANeedTwice",
     {{"name = \"small\"", "name = \"small\"\n"
                           "needs = [\"xemm\", \"xemm\"]"}},
     {"s.toml:3:18: scenario.needs: \"xemm\" is listed twice"}},
    {"AFaultThatIsNoText",
     {{"[\"drop\", \"crash\"]", "[\"drop\", 1]"}},
     {"s.toml:3:19: scenario.faults: holds an integer, but must be a list of 0 to 19 texts in "
      "quotes"}},
    {"TooManyFaultsOfTheRecord",
     {{"deeds_within_ms = 2000", "lost_tail_max = 5"}},
     {"s.toml:4:17: scenario.lost_tail_max: is 5, but must be from 0 to 4"}},
    {"DeedsAfterTheHorizon",
     {{"deeds_within_ms = 2000", "deeds_within_ms = 2000\n"
                                 "horizon_s = 1"}},
     {"s.toml:4:19: scenario.deeds_within_ms: is 2000, but the search ends at horizon_s = 1"}},
    {"ALeaseThatIsRenewedTooLate",
     {{"deeds_within_ms = 2000", "lease_ms = 1000"}},
     {"s.toml:4:12: scenario.lease_ms: is 1000, but it is renewed only after renew_ms = 1000"}},
    {"ATimeThatIsNoInteger",
     {{"deeds_within_ms = 2000", "deeds_within_ms = \"2 s\""}},
     {"s.toml:4:19: scenario.deeds_within_ms: is a text, but must be an integer in milliseconds, 0 "
      "to 3600000"}},
    {"AnOpeningLacksASide",
     {{"ask = \"10010\"\n"
       "ask_qty = 1\n",
       "ask_qty = 1\n"}},
     {"s.toml:43:1: opening[1].ask: is missing; it is a decimal in quotes or an integer, above 0: "
      "best offer, in quote currency"}},
    {"AnOpeningOfNobody",
     {{"[[opening]]\n"
       "instrument = \"maker/BTC\"",
       "[[opening]]\n"
       "instrument = \"maker/BCT\""}},
     {"s.toml:44:14: opening[1].instrument: there is no instrument \"maker/BCT\"; did you mean "
      "\"maker/BTC\"?"}},
    {"AnOpeningIsNoPrint",
     {{"ask_qty = 1\n", "ask_qty = 1\n"
                        "px = \"9000\"\n"}},
     {"s.toml:49:1: opening[1].px: unknown key here; it belongs in [lane.deed]"}},
    {"ACrossedBook",
     {{"bid = \"9990\"", "bid = \"10010\""}},
     {"s.toml:45:7: opening[1].bid: is 10010, but must be below ask = 10010"}},
    {"APriceBetweenTwoTicks",
     {{"bid = \"9990\"", "bid = \"9990.5\""}},
     {"s.toml:45:7: opening[1].bid: is 9990.5, which is not a multiple of the tick 1; near are "
      "9990 and 9991"}},
    {"APriceOfTooManyDigits",
     {{"bid = \"9989\"", "bid = \"99.8951\""}, {"tick = \"0.1\"", "tick = \"0.0001\""}},
     {"s.toml:59:7: lane[1].deed[2].bid: is 99.8951, which is no price of \"hedge/BTC\" by its "
      "price_rule = \"five_significant_digits\""}},
    {"AQuantityFinerThanTheLot",
     {{"qty = \"0.01\"\n"
       "[[lane.deed]]",
       "qty = \"0.015\"\n"
       "[[lane.deed]]"}},
     {"s.toml:56:7: lane[1].deed[1].qty: is 0.015, which is not a multiple of the lot 0.01; near "
      "are 0.01 and 0.02"}},
    {"AFloatForAPrice",
     {{"px = \"9000\"", "px = 9000.0"}},
     {"s.toml:55:6: lane[1].deed[1].px: 9000.0 is a binary float, which is not exact; quote it: "
      "\"9000.0\""}},
    {"APriceOfNothing",
     {{"px = \"9000\"", "px = \"0\""}},
     {"s.toml:55:6: lane[1].deed[1].px: is 0, but must be above zero"}},
    {"APriceBeyondAllMarkets",
     {{"px = \"9000\"", "px = \"4503599627370497\""}},
     {"s.toml:55:6: lane[1].deed[1].px: is 4503599627370497, which is more than 2^52 ticks"}},
    {"AQuantityBeyondAllMarkets",
     {{"qty = \"0.01\"\n"
       "[[lane.deed]]",
       "qty = \"10995116277.76\"\n"
       "[[lane.deed]]"}},
     {"s.toml:56:7: lane[1].deed[1].qty: is 10995116277.76, which is more than 2^40 lots"}},
    {"ADeedOfNothing",
     {{"act = \"halt\"\n", ""}},
     {"s.toml:66:1: lane[2].deed[1]: says nothing that happens: a deed is a quote (bid, bid_qty, "
      "ask and ask_qty), a print (aggressor, px and qty), an act (act), a signal (signal, and but "
      "for a close value), a change that is not ours (outside, side and qty) or a status "
      "(status, and as it is value)"}},
    {"ADeedOfAnInstrumentAlone",
     {{"act = \"halt\"", "instrument = \"maker/BTC\""}},
     {"s.toml:66:1: lane[2].deed[1]: says nothing that happens: a deed is a quote (bid, bid_qty, "
      "ask and ask_qty), a print (aggressor, px and qty), an act (act), a signal (signal, and but "
      "for a close value), a change that is not ours (outside, side and qty) or a status "
      "(status, and as it is value)"}},
    {"AChangeThatIsNotOursLacksItsSide",
     {{"act = \"halt\"", "instrument = \"hedge/BTC\"\n"
                         "outside = \"adl\"\n"
                         "qty = \"0.01\""}},
     {"s.toml:66:1: lane[2].deed[1].side: is missing; a change that is not ours has outside, side "
      "and qty"}},
    {"AChangeThatIsNotOursWithAPrice",
     {{"act = \"halt\"", "instrument = \"hedge/BTC\"\n"
                         "outside = \"adl\"\n"
                         "side = \"buy\"\n"
                         "px = \"9000\"\n"
                         "qty = \"0.01\""}},
     {"s.toml:70:6: lane[2].deed[1].px: belongs to a print, but outside makes this a change that "
      "is "
      "not ours: a deed is one thing"}},
    {"AChangeThatIsNotOursNamesAPositionInVain",
     {{"act = \"halt\"", "instrument = \"hedge/BTC\"\n"
                         "outside = \"manual\"\n"
                         "side = \"buy\"\n"
                         "position_side = \"long\"\n"
                         "qty = \"0.01\""}},
     {"s.toml:70:17: lane[2].deed[1].position_side: is of no use: only a trade by hand at a venue "
      "with position_mode = \"hedge\" names its position"}},
    {"ADeedThatIsTwoThings",
     {{"px = \"9000\"", "px = \"9000\"\n"
                        "bid = \"8999\""}},
     {"s.toml:56:7: lane[1].deed[1].bid: belongs to a quote, but aggressor makes this a print: a "
      "deed is one thing"}},
    {"AnActWithAPrice",
     {{"act = \"halt\"", "act = \"halt\"\n"
                         "px = \"9000\""}},
     {"s.toml:68:6: lane[2].deed[1].px: belongs to a print, but act makes this an act: a deed is "
      "one thing"}},
    {"ASignalWithoutAValue",
     {{"act = \"halt\"", "signal = \"funding\"\n"
                         "instrument = \"maker/BTC\""}},
     {"s.toml:66:1: lane[2].deed[1].value: is missing; a funding has one"}},
    {"ACloseWithAValue",
     {{"act = \"halt\"", "signal = \"close\"\n"
                         "instrument = \"maker/BTC\"\n"
                         "value = 1"}},
     {"s.toml:69:9: lane[2].deed[1].value: is of no use: a close has no value; leave it out"}},
    {"AValueThatIsNoMultiple",
     {{"act = \"halt\"", "signal = \"target\"\n"
                         "instrument = \"maker/BTC\"\n"
                         "value = \"-0.015\""}},
     {"s.toml:69:9: lane[2].deed[1].value: is -0.015, which is not a multiple of the lot 0.01; "
      "near are -0.02 and -0.01"}},
    {"AValueOfNothing",
     {{"act = \"halt\"", "instrument = \"maker/BTC\"\n"
                         "value = 1"}},
     {"s.toml:66:1: lane[2].deed[1].signal: is missing; a signal has signal, and but for a close "
      "value"}},
    {"ASignalWithoutAPlace",
     {{"act = \"halt\"", "signal = \"close\""}},
     {"s.toml:66:1: lane[2].deed[1].instrument: is missing; it is a text in quotes: where this "
      "happens, as venue/symbol"}},
    {"AnActWithAValue",
     {{"act = \"halt\"", "act = \"halt\"\n"
                         "value = 1"}},
     {"s.toml:68:9: lane[2].deed[1].value: belongs to a signal, but act makes this an act: a deed "
      "is one thing"}},
    {"AStopOfAFairValue",
     {{"act = \"halt\"", "signal = \"fair_value\"\n"
                         "instrument = \"maker/BTC\"\n"
                         "value = 1\n"
                         "stop = 2"}},
     {"s.toml:70:8: lane[2].deed[1].stop: is of no use: a target that is not flat has one"}},
    {"AStopBeyondTheLimit",
     {{"act = \"halt\"", "signal = \"target\"\n"
                         "instrument = \"maker/BTC\"\n"
                         "value = 1\n"
                         "stop = 200\n"
                         "limit = 100"}},
     {"s.toml:70:8: lane[2].deed[1].stop: must be below limit: the target is long"}},
    {"AStopThatIsNoPrice",
     {{"act = \"halt\"", "signal = \"target\"\n"
                         "instrument = \"hedge/BTC\"\n"
                         "value = 1\n"
                         "stop = \"10000.1\""}},
     {"s.toml:70:8: lane[2].deed[1].stop: is 10000.1, which is no price of BTC by its "
      "price_rule"}},
    {"APrintLacksItsSize",
     {{"qty = \"0.01\"\n"
       "[[lane.deed]]",
       "[[lane.deed]]"}},
     {"s.toml:52:1: lane[1].deed[1].qty: is missing; a print has aggressor, px and qty"}},
    {"AQuoteLacksHalfOfItself",
     {{"ask = \"9991\"\n"
       "ask_qty = \"0.05\"\n",
       ""}},
     {"s.toml:57:1: lane[1].deed[2].ask: is missing; a quote has bid, bid_qty, ask and ask_qty",
      "s.toml:57:1: lane[1].deed[2].ask_qty: is missing; a quote has bid, bid_qty, ask and "
      "ask_qty"}},
    {"ADeedWithoutAPlace",
     {{"instrument = \"maker/BTC\"\n"
       "aggressor",
       "aggressor"}},
     {"s.toml:52:1: lane[1].deed[1].instrument: is missing; it is a text in quotes: where this "
      "happens, as venue/symbol"}},
    {"UnknownInstrument",
     {{"instrument = \"hedge/BTC\"\n"
       "bid",
       "instrument = \"hedge/ETH\"\n"
       "bid"}},
     {"s.toml:58:14: lane[1].deed[2].instrument: there is no instrument \"hedge/ETH\"; did you "
      "mean \"hedge/BTC\"?"}},
    {"UnknownSide",
     {{"aggressor = \"sell\"", "aggressor = \"sel\""}},
     {"s.toml:54:13: lane[1].deed[1].aggressor: is \"sel\", but must be \"buy\" or \"sell\"; did "
      "you mean \"sell\"?"}},
    {"UnknownAct",
     {{"act = \"wind_down\"", "act = \"winddown\""}},
     {"s.toml:73:7: last[1].act: is \"winddown\", but must be \"halt\", \"resume\", \"wind_down\", "
      "\"kill\", \"reset_kill\", \"assign_adjustment\", \"release_freeze\" or \"accept_fill_gap\"; "
      "did you mean \"wind_down\"?"}},
    {"AnActThatIsAboutNobody",
     {{"act = \"halt\"", "act = \"halt\"\n"
                         "instrument = \"maker/BTC\""}},
     {"s.toml:68:14: lane[2].deed[1].instrument: is of no use: halt is about the whole desk"}},
    {"AnActThatIsAboutSomebody",
     {{"act = \"assign_adjustment\"\n"
       "instrument = \"hedge/BTC\"\n",
       "act = \"assign_adjustment\"\n"}},
     {"s.toml:68:1: lane[2].deed[2].instrument: is missing; it is a text in quotes: where this "
      "happens, as venue/symbol"}},
    {"TwoLanesOfOneName",
     {{"name = \"operator\"", "name = \"prints\""}},
     {"s.toml:65:8: lane[2].name: \"prints\" is the name of lane[1] already"}},
    {"TooManyLanes",
     {{"[[last]]", "[[lane]]\n"
                   "name = \"l0\"\n"
                   "[[lane.deed]]\n"
                   "act = \"halt\"\n"
                   "[[lane]]\n"
                   "name = \"l1\"\n"
                   "[[lane.deed]]\n"
                   "act = \"halt\"\n"
                   "[[lane]]\n"
                   "name = \"l2\"\n"
                   "[[lane.deed]]\n"
                   "act = \"halt\"\n"
                   "[[lane]]\n"
                   "name = \"l3\"\n"
                   "[[lane.deed]]\n"
                   "act = \"halt\"\n"
                   "[[lane]]\n"
                   "name = \"l4\"\n"
                   "[[lane.deed]]\n"
                   "act = \"halt\"\n"
                   "[[lane]]\n"
                   "name = \"l5\"\n"
                   "[[lane.deed]]\n"
                   "act = \"halt\"\n"
                   "[[last]]"}},
     {"s.toml:92:1: lane[8]: is one too many: a scenario has at most 7 lanes"}},
    {"TooManyVenues",
     {{"[[instrument]]\n"
       "venue = \"maker\"",
       "[[venue]]\n"
       "name = \"third\"\n"
       "collateral = \"1\"\n"
       "\n"
       "[[instrument]]\n"
       "venue = \"maker\""}},
     {"s.toml:15:1: venue[3]: is one too many: a scenario has at most 2 venues"}},
    {"ALaneThatIsATable",
     {{"[[lane]]\n"
       "name = \"operator\"\n"
       "[[lane.deed]]\n"
       "act = \"halt\"\n"
       "[[lane.deed]]\n"
       "act = \"assign_adjustment\"\n"
       "instrument = \"hedge/BTC\"\n",
       ""},
      {"[[lane]]\n"
       "name = \"prints\"\n"
       "[[lane.deed]]\n"
       "instrument = \"maker/BTC\"\n"
       "aggressor = \"sell\"\n"
       "px = \"9000\"\n"
       "qty = \"0.01\"\n"
       "[[lane.deed]]\n"
       "instrument = \"hedge/BTC\"\n"
       "bid = \"9989\"\n"
       "bid_qty = \"0\"\n"
       "ask = \"9991\"\n"
       "ask_qty = \"0.05\"\n",
       "[lane]\n"
       "name = \"prints\"\n"}},
     {"s.toml:50:1: lane: is a table, but there may be several: write [[lane]]"}},
    {"ADeedThatIsATable",
     {{"[[lane.deed]]\n"
       "act = \"halt\"\n"
       "[[lane.deed]]\n"
       "act = \"assign_adjustment\"\n"
       "instrument = \"hedge/BTC\"\n",
       "[lane.deed]\n"
       "act = \"halt\"\n"}},
     {"s.toml:66:1: lane[2].deed: is a table, but there may be several: write [[lane.deed]]"}},
    {"WhatARunRefusesToo",
     {{"hedge_via = \"hedge/BTC\"", "hedge_via = \"hedge/BTC\"\n"
                                    "hedged_within_ms = 1000"},
      {"order_qty = \"0.02\"", "order_qty = \"0.025\""}},
     {"s.toml:34:20: group[1].hedged_within_ms: is 1000, but a hedge whose answer is lost holds "
      "the next one back for 2600 ms at hedge (validity_ms 2000 + clock_error_ms 100 + "
      "visibility_ms 500 + a round trip 0); set at least that",
      "s.toml:35:18: group[1].exposure_limit: is 0.02, but a quote is 0.025: none could ever be "
      "placed; set at least 0.05, room for two",
      "s.toml:42:13: xemm[1].order_qty: is 0.025, which is not a multiple of the lot 0.01; near "
      "are 0.02 and 0.03"}},
    {"RequestsTooOldWhenTheyArrive",
     {{"pushes_positions = false", "pushes_positions = false\n"
                                   "[venue.traits]\n"
                                   "validity_ms = 100"}},
     {"s.toml:15:15: venue[2].traits.validity_ms: is 100, but must be above clock_error_ms = 100"}},
    {"EveryErrorInTheOrderOfTheFile",
     {{"deeds_within_ms = 2000", "deeds_within_ms = -1"},
      {"tick = \"1\"", "tick = \"0\""},
      {"px = \"9000\"", "px = \"9000.5\""},
      {"act = \"wind_down\"", "act = \"wind\""}},
     {"s.toml:4:19: scenario.deeds_within_ms: is -1, but must be from 0 to 3600000",
      "s.toml:19:8: instrument[1].tick: is 0, but must be above zero",
      "s.toml:73:7: last[1].act: is \"wind\", but must be \"halt\", \"resume\", \"wind_down\", "
      "\"kill\", \"reset_kill\", \"assign_adjustment\", \"release_freeze\" or \"accept_fill_gap\"; "
      "did you mean \"wind_down\"?"}},
};

INSTANTIATE_TEST_SUITE_P(Table, ScenarioText, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string{row.param.name}; });

} // namespace
} // namespace keel::app
