#include "app/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/progress.hpp"

namespace keel::app {
namespace {

Report fixed_report() {
    Report out;
    out.config_path = "examples/xemm.toml";
    out.config_hash = "a7d887280433c0ffee";
    out.build = "keel 0.1.0 (1a2b3c4d5e6f, release)";
    out.faults_profile = "harsh";
    out.seed = 7;
    out.repeat = "keel run examples/xemm.toml --faults harsh --seed 7";
    out.events = 203'803;
    out.events_lost = 48;
    out.simulated = milliseconds(3'642'292);
    out.settling = milliseconds(42'292);
    out.wall = milliseconds(300);
    out.is_settled = true;
    out.maker_fills = 12;
    out.hedge_fills = 14;
    out.other_fills = 3;
    out.outside_fills = 4;
    out.unhedged = {.p50 = 192, .max = 3'801, .bound = 30'000};
    out.venues = {{.name = "pacifica",
                   .equity_before = Money{100'000 * money_one},
                   .equity_after = Money{100'012 * money_one + 34'560'001},
                   .fees = Money{5 * money_one},
                   .maker_volume = Money{10'000 * money_one},
                   .taker_volume = Money{}},
                  {.name = "hyperliquid",
                   .equity_before = Money{100'000 * money_one},
                   .equity_after = Money{99'990 * money_one - 1},
                   .fees = Money{4 * money_one + 50'000'000},
                   .maker_volume = Money{},
                   .taker_volume = Money{10'001 * money_one}}};
    out.groups = {{.name = "btc",
                   .base = "BTC",
                   .unit_scale = 8,
                   .exposure_worst = 2'000'000,
                   .exposure_limit = 4'000'000,
                   .maker_fills = 7,
                   .hedge_fills = 8,
                   .other_fills = 1,
                   .unhedged = {.p50 = 190, .max = 3'801, .bound = 30'000}},
                  {.name = "eth",
                   .base = "ETH",
                   .unit_scale = 8,
                   .net_base_units = -5'000,
                   .residue = -5'000,
                   .exposure_worst = 60'000'000,
                   .exposure_limit = 80'000'000,
                   .maker_fills = 5,
                   .hedge_fills = 6,
                   .unhedged = {.p50 = 195, .max = 800, .bound = 30'000}}};
    out.positions = {{.venue = "pacifica", .symbol = "BTC", .base = "BTC", .units = 0},
                     {.venue = "hyperliquid", .symbol = "ETH", .base = "ETH", .units = -5'000}};
    out.faults = {{"drop", 4'861}, {"gap", 0}, {"crash", 2}};
    out.situations = {{"fill_while_cancel_pending", 3}, {"restart", 2}};
    out.alarms = {{"contradiction", 0}, {"limit_reached", 37}};
    out.alarm_list = {{.at = milliseconds(1'234'567),
                       .kind = "limit_reached",
                       .where = "pacifica",
                       .what = "max_orders_per_second: 20, allowed 20",
                       .release = "time: what left more than a second ago no longer counts"}};
    out.quoting = {{.name = "btc",
                    .quotes = 40,
                    .looks = 200,
                    .resting = 150,
                    .held = {{"backoff", 30}, {"budget", 20}}}};
    out.guarding = {{.name = "all",
                     .lives = 5,
                     .flagged = 1,
                     .closed = {{"by_others", 1}, {"stop", 0}, {"max_hold", 3}},
                     .requests = 6,
                     .double_requests = 2,
                     .already_closed = 1,
                     .lapsed = 2,
                     .places = {{.name = "hyperliquid/BTC", .life = 3, .stage = "closed"},
                                {.name = "hyperliquid/ETH", .life = 2, .stage = "open"}}}};
    out.brackets = {{.name = "sol",
                     .positions = 31,
                     .closed = {{"target", 12},
                                {"stop", 9},
                                {"emergency_stop", 2},
                                {"desk", 5},
                                {"manual", 1},
                                {"liquidation", 2},
                                {"adl", 0}},
                     .closed_as_told = {{"target", 12},
                                        {"stop", 9},
                                        {"emergency_stop", 2},
                                        {"desk", 4},
                                        {"manual", 1},
                                        {"liquidation", 0},
                                        {"adl", 0},
                                        {"position", 3}},
                     .bare_ms_max = 2'000,
                     .bare_ms_bound = 60'000}};
    out.pairs = {{.name = "eth",
                  .round_trips = 16,
                  .rollbacks = 3,
                  .rollbacks_of_second = 1,
                  .rollbacks_by_venue = 2,
                  .rollbacks_by_price = 1,
                  .exits = {{"profit", 12}, {"carry", 0}, {"max_hold", 4}},
                  .rolled_back = {{"late", 2}, {"alone", 1}},
                  .trips_won = Money{1'250'000'000},
                  .rollbacks_cost = Money{40'000'000},
                  .funding = Money{75'000'000},
                  .pnl = Money{1'210'000'000},
                  .one_legged_units = 0}};
    out.strategies = {{.kind = "xemm",
                       .name = "btc",
                       .pnl = Money{235'000'000},
                       .fees = Money{950'000'000},
                       .funding = {},
                       .maker_volume = Money{10'000 * money_one},
                       .quotes = true},
                      {.kind = "pair",
                       .name = "eth",
                       .pnl = Money{1'210'000'000},
                       .fees = Money{},
                       .funding = Money{75'000'000},
                       .maker_volume = {}}};
    out.state_hash = 0xb96f713fb2707025ULL;
    out.desk_hash = 0x0123456789abcdefULL;
    return out;
}

TEST(Report, TheJsonFormIsFixed) {
    const std::string expected = R"json({
  "seed": 7,
  "events": 203803,
  "simulated_seconds": 3642.292,
  "wall_seconds": 0.3,
  "maker_fills": 12,
  "hedge_fills": 14,
  "positions": {
    "pacifica/BTC": 0,
    "hyperliquid/ETH": -5000
  },
  "net_base_units": 5000,
  "residue": 5000,
  "open_obligation_lots": 0,
  "exposure_worst": 60000000,
  "exposure_limit": 80000000,
  "unhedged_ms_p50": 192,
  "unhedged_ms_max": 3801,
  "unhedged_ms_bound": 30000,
  "faults": {
    "drop": 4861,
    "gap": 0,
    "crash": 2
  },
  "situations": {
    "fill_while_cancel_pending": 3,
    "restart": 2
  },
  "alarms": 37,
  "violations": 0,
  "violation_list": [],
  "state_hash": "b96f713fb2707025",
  "pnl": {
    "pacifica": "12.34560001",
    "hyperliquid": "-10.00000001",
    "total": "2.34560000"
  },
  "desk_hash": "0123456789abcdef",
  "events_lost": 48,
  "verdict": "good: flat on evidence, no violation",
  "exit_code": 0,
  "other_fills": 3,
  "outside_fills": 4,
  "faults_profile": "harsh",
  "settling_seconds": 42.292,
  "groups": {
    "btc": {
      "base": "BTC",
      "unit_scale": 8,
      "net_base_units": 0,
      "residue": 0,
      "open_obligation_lots": 0,
      "exposure_worst": 2000000,
      "exposure_limit": 4000000,
      "maker_fills": 7,
      "hedge_fills": 8,
      "other_fills": 1,
      "unhedged_ms_p50": 190,
      "unhedged_ms_max": 3801,
      "unhedged_ms_bound": 30000
    },
    "eth": {
      "base": "ETH",
      "unit_scale": 8,
      "net_base_units": -5000,
      "residue": -5000,
      "open_obligation_lots": 0,
      "exposure_worst": 60000000,
      "exposure_limit": 80000000,
      "maker_fills": 5,
      "hedge_fills": 6,
      "other_fills": 0,
      "unhedged_ms_p50": 195,
      "unhedged_ms_max": 800,
      "unhedged_ms_bound": 30000
    }
  },
  "venues": {
    "pacifica": {
      "equity_before": "100000.00000000",
      "equity_after": "100012.34560001",
      "fees": "5.00000000",
      "funding": "0.00000000",
      "maker_volume": "10000.00000000",
      "taker_volume": "0.00000000"
    },
    "hyperliquid": {
      "equity_before": "100000.00000000",
      "equity_after": "99989.99999999",
      "fees": "4.50000000",
      "funding": "0.00000000",
      "maker_volume": "0.00000000",
      "taker_volume": "10001.00000000"
    }
  },
  "strategies": {
    "xemm/btc": {
      "pnl": "2.35000000",
      "fees": "9.50000000",
      "funding": "0.00000000",
      "maker_volume": "10000.00000000"
    },
    "pair/eth": {
      "pnl": "12.10000000",
      "fees": "0.00000000",
      "funding": "0.75000000",
      "maker_volume": "0.00000000"
    }
  },
  "alarm_kinds": {
    "contradiction": 0,
    "limit_reached": 37
  },
  "waits_for": [],
  "alarm_list": [
    {
      "seconds": 1234.567,
      "kind": "limit_reached",
      "where": "pacifica",
      "text": "max_orders_per_second: 20, allowed 20",
      "released_by": "time: what left more than a second ago no longer counts"
    }
  ],
  "quoting": {
    "btc": {
      "quotes": 40,
      "looks": 200,
      "resting": 150,
      "held_by": {
        "backoff": 30,
        "budget": 20
      }
    }
  },
  "brackets": {
    "sol": {
      "positions": 31,
      "closed": {
        "target": 12,
        "stop": 9,
        "emergency_stop": 2,
        "desk": 5,
        "manual": 1,
        "liquidation": 2,
        "adl": 0
      },
      "closed_as_told": {
        "target": 12,
        "stop": 9,
        "emergency_stop": 2,
        "desk": 4,
        "manual": 1,
        "liquidation": 0,
        "adl": 0,
        "position": 3
      },
      "bare_ms_max": 2000,
      "bare_ms_bound": 60000
    }
  },
  "pairs": {
    "eth": {
      "round_trips": 16,
      "rollbacks": 3,
      "rollbacks_of_second": 1,
      "rollbacks_by_venue": 2,
      "rollbacks_by_price": 1,
      "rollbacks_needless": 0,
      "success_percent": 84.21,
      "rollback_percent": 15.79,
      "exits": {
        "profit": 12,
        "carry": 0,
        "max_hold": 4
      },
      "rolled_back": {
        "late": 2,
        "alone": 1
      },
      "trips_won": "12.50000000",
      "rollbacks_cost": "0.40000000",
      "funding": "0.75000000",
      "pnl": "12.10000000",
      "one_legged_units": 0
    }
  },
  "quoters": {},
  "ghosts": 0,
  "needless_protective_orders": 0,
  "unintended_taker_fills": 0,
  "duplicate_closes": 0,
  "size_errors": 0,
  "guardians": {
    "all": {
      "lives": 5,
      "flagged": 1,
      "closes": {
        "by_others": 1,
        "stop": 0,
        "max_hold": 3
      },
      "requests": 6,
      "double_requests": 2,
      "already_closed": 1,
      "lapsed": 2,
      "positions": {
        "hyperliquid/BTC": {
          "life": 3,
          "stage": "closed"
        },
        "hyperliquid/ETH": {
          "life": 2,
          "stage": "open"
        }
      }
    }
  },
  "warnings": [],
  "config": "examples/xemm.toml",
  "config_hash": "a7d887280433c0ffee",
  "build": "keel 0.1.0 (1a2b3c4d5e6f, release)",
  "repeat": "keel run examples/xemm.toml --faults harsh --seed 7"
}
)json";
    EXPECT_EQ(report_json(fixed_report()), expected);
}

TEST(Report, ALadderHasAColumnForWhatBecameOfItsTrades) {
    Report report = fixed_report();
    report.warnings.clear();
    report.quoters = {
        {.name = "election",
         .posts = 1'400,
         .batches = 30,
         .moved = 600,
         .clamped = 9,
         .clamped_most = 4,
         .clamped_bound = 60,
         .reward_samples = 11,
         .reward_score = 24'500'000,
         .outcomes = {
             {.name = "polymarket/YES", .matched = 1'000, .settled = 940, .failed = 60},
             {.name = "polymarket/NO", .matched = 50, .settled = 50, .held = 2, .residue = 2}}}};
    const auto json = report_json(report);
    for (const char* part :
         {"\"clamped_most\": 4", "\"clamped_bound\": 60", "\"reward_score\": \"24.500000\"",
          "\"polymarket/YES\": {\n          \"matched\": 1000,\n          \"settled\": 940,\n"
          "          \"waiting\": 0,\n          \"failed\": 60,",
          "\"held\": 2,\n          \"residue\": 2"}) {
        EXPECT_THAT(json, testing::HasSubstr(part));
    }
    const std::string text = report_text(report, {});
    EXPECT_THAT(text,
                testing::HasSubstr("9 kept behind the touch, at most 4 in a minute, 60 allowed"));
    EXPECT_THAT(text, testing::ContainsRegex("polymarket/YES +1,000 +940 +0 +60 +0 +0"));
    EXPECT_THAT(text, testing::ContainsRegex("polymarket/NO +50 +50 +0 +0 +2 +2"));
    EXPECT_THAT(text, testing::HasSubstr("rewards: 24.500000 lots"));
    // Less than the smallest order is left, and all else is good.
    EXPECT_EQ(verdict_of(report), "good: flat on evidence, but for a residue that no order is "
                                  "small enough for: 2 lots of polymarket/NO; no violation");
    EXPECT_EQ(exit_code_of(report), ExitCode::Good);
}

TEST(Report, FundingHasAColumnWhereThereWasSome) {
    Report report = fixed_report();
    report.venues[0].funding = Money{2 * money_one};
    report.venues[1].funding = Money{-3 * money_one};
    EXPECT_THAT(report_text(report, {}), testing::HasSubstr(R"(
                   before       after  change  of it fees  funding   as maker   as taker
  pacifica     100,000.00  100,012.35  +12.35       -5.00    -2.00  10,000.00       0.00
  hyperliquid  100,000.00   99,990.00  -10.00       -4.50    +3.00       0.00  10,001.00
  total        200,000.00  200,002.35   +2.35       -9.50    +1.00  10,000.00  10,001.00
  by strategy  change  of it fees  funding  quotes traded  edge captured  after fees
)"));
    EXPECT_THAT(report_json(report), testing::HasSubstr("\"funding\": \"-3.00000000\""));
}

TEST(Report, TheTextIsAligned) {
    const std::string expected =
        R"(examples/xemm.toml: 1 h 42.292 s on 2 simulated venues, faults harsh, seed 7
203,803 events in 300 ms, 679,343 a second; flat 42.292 s after quoting ended

PnL, dollars
                   before       after  change  of it fees   as maker   as taker
  pacifica     100,000.00  100,012.35  +12.35       -5.00  10,000.00       0.00
  hyperliquid  100,000.00   99,990.00  -10.00       -4.50       0.00  10,001.00
  total        200,000.00  200,002.35   +2.35       -9.50  10,000.00  10,001.00
  by strategy  change  of it fees  funding  quotes traded  edge captured  after fees
  xemm btc      +2.35       -9.50     0.00      10,000.00       11.8 bps     2.3 bps
  pair eth     +12.10        0.00    +0.75
  4 executions on these accounts are not ours

Trading
  fills        as maker  hedges  others  unhedged median   longest    allowed  exposure worst  allowed
  btc (BTC)           7       8       1           190 ms  3,801 ms  30,000 ms            0.02     0.04
  eth (ETH)           5       6       0           195 ms    800 ms  30,000 ms             0.6      0.8
  of no group         0       0       2
  total              12      14       3           192 ms  3,801 ms  30,000 ms
  btc: 40 quotes, one rested 75 % of the time; else backoff 15 %, budget 10 %

Positions that had a stop
       positions  longest bare    allowed
  sol         31      2,000 ms  60,000 ms

What closed them, by the venue's book, and as Keel was told
                target  stop  emergency stop  Keel  by hand  liquidation  ADL  only a position
  sol               12     9               2     5        1            2    0
  sol, as told      12     9               2     4        1            0    0                3

Guarding
  all: 5 lives, 1 of them flagged; 6 requests, 2 of them met a close that ran; 1 found it closed, 2 lapsed
    4 closed: by others 1, max hold 3
  hyperliquid/BTC  life 3  closed
  hyperliquid/ETH  life 2    open

Pairs of legs
       round trips   of all     won  rollbacks   of all  cost  funding     PnL  one leg alone
  eth           16  84.21 %  +12.50          3  15.79 %  0.40    +0.75  +12.10              0
  eth closed: profit 12, max hold 4
  eth rolled back, 2 by a venue's failure, 1 by the price, none needlessly: late 2, alone 1

Positions at the end, by the venues' own books
  pacifica/BTC            0  BTC
  hyperliquid/ETH  -0.00005  ETH
  net btc                 0  BTC
  net eth          -0.00005  ETH  of it residue -0.00005

Faults met
  drop                       4,861  crash                          2

Situations met
  fill while cancel pending      3  restart                        2

Alarms
  limit reached                 37
  1234.567 s limit_reached pacifica: max_orders_per_second: 20, allowed 20;
      released by time: what left more than a second ago no longer counts
  36 more, of kinds that came often, are not listed

Violations: none

Verdict  good: flat on evidence, no violation (exit code 0)
State    b96f713fb2707025, config a7d887280433, keel 0.1.0 (1a2b3c4d5e6f, release)
Desk     0123456789abcdef after 203,755 events, as keel replay has it; 48 more were lost in crashes
Repeat   keel run examples/xemm.toml --faults harsh --seed 7
)";
    EXPECT_EQ(report_text(fixed_report(), {}), expected);
}

TEST(Report, AnInterruptedRunHasNoCommandThatRepeatsIt) {
    Report report = fixed_report();
    report.is_interrupted = true;
    report.repeat.clear();
    report.events_lost = 0;
    EXPECT_THAT(report_text(report, {}),
                testing::EndsWith("after 203,803 events, as keel replay has it\n"
                                  "Repeat   no command does: it was interrupted by hand\n"));
    EXPECT_THAT(report_json(report), testing::HasSubstr("\"repeat\": \"\""));
}

TEST(Report, ColoursAreForTerminalsOnly) {
    EXPECT_EQ(report_text(fixed_report(), {}).find('\x1b'), std::string::npos);
    EXPECT_THAT(report_text(fixed_report(), {.colour = true}),
                testing::HasSubstr("\x1b[1;32mgood: flat on evidence, no violation\x1b[0m"));
}

TEST(Report, ViolationsAreListedTheFirstOnesInFull) {
    Report report = fixed_report();
    report.violations = 20;
    for (int i = 0; i < 15; ++i) report.violation_list.push_back("rule " + std::to_string(i));
    const std::string text = report_text(report, {});
    EXPECT_THAT(text, testing::HasSubstr("\nViolations: 20\n  rule 0\n"));
    EXPECT_THAT(text, testing::HasSubstr("  rule 11\n  and 8 more\n"));
    EXPECT_THAT(text, testing::HasSubstr("violation: the auditor caught 20 broken rules"));
}

struct CodeRow {
    const char* name;
    std::uint64_t violations;
    bool is_halted;
    bool is_settled;
    bool is_interrupted;
    bool is_outside_model;
    ExitCode code;
};

TEST(Report, TheExitCodeIsTheWorstThatIsTrue) {
    const CodeRow rows[] = {
        {"good", 0, false, true, false, false, ExitCode::Good},
        {"violation", 1, false, true, false, false, ExitCode::Violation},
        {"violation before not flat", 1, false, false, false, false, ExitCode::Violation},
        {"violation before halted", 1, true, false, false, false, ExitCode::Violation},
        {"not flat", 0, false, false, false, false, ExitCode::NotFlat},
        {"halted", 0, true, true, false, false, ExitCode::NotFlat},
        {"interrupted and flat", 0, false, true, true, false, ExitCode::Interrupted},
        {"interrupted, not flat", 0, false, false, true, false, ExitCode::NotFlat},
        {"interrupted, violation", 3, false, true, true, false, ExitCode::Violation},
        {"beyond: halted as promised", 9, true, false, false, true, ExitCode::NotFlat},
        {"beyond: it did not halt", 9, false, true, false, true, ExitCode::Violation},
    };
    for (const CodeRow& row : rows) {
        Report report;
        report.violations = row.violations;
        report.is_halted = row.is_halted;
        report.is_settled = row.is_settled;
        report.is_interrupted = row.is_interrupted;
        report.is_outside_model = row.is_outside_model;
        EXPECT_EQ(exit_code_of(report), row.code) << row.name;
        EXPECT_FALSE(verdict_of(report).empty());
    }
    Report broken_off;
    broken_off.is_settled = true;
    broken_off.error = "record: disk full";
    EXPECT_EQ(exit_code_of(broken_off), ExitCode::NotFlat);
    EXPECT_EQ(verdict_of(broken_off), "broken off: record: disk full");
}

TEST(Progress, IsALineWithOrWithoutABar) {
    ProgressNumbers numbers;
    numbers.simulated = milliseconds(900'500);
    numbers.total = seconds(3'600);
    numbers.events = 5;
    numbers.fills = 41;
    numbers.alarms = 1;
    EXPECT_EQ(progress_line(numbers, 1'234'567, 0),
              " 25 %  15 min of 1 h  1.23 M events/s  41 fills  1 alarm");
    EXPECT_EQ(progress_line(numbers, 1'234'567, 80),
              "[###.........]  25 %  15 min of 1 h  1.23 M events/s  41 fills  1 alarm");
    const std::string before = progress_line(numbers, 1'234'567, 80);
    numbers.fills = 123'456'789; // words that grow move nothing
    EXPECT_EQ(progress_line(numbers, 1'234'567, 80).substr(0, 54), before.substr(0, 54));
    EXPECT_LE(progress_line(numbers, 1'234'567, 80).size(), 80U);
    numbers.fills = 41;
    EXPECT_EQ(progress_line(numbers, 0, 20), " 25 %  15 min of 1 h");
    numbers.simulated = seconds(7'200); // settling takes what it takes
    numbers.is_settling = true;
    EXPECT_THAT(progress_line(numbers, 0, 0), testing::StartsWith("100 %  2 h of 1 h, settling"));
}

} // namespace
} // namespace keel::app
