#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "app/scenario_file.hpp"
#include "app/signal_csv.hpp"
#include "app/signal_setup.hpp"
#include "app/trace_timeline.hpp"
#include "base/rng.hpp"
#include "tests/app/desk_text.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/app/scenario_text.hpp"
#include "tests/temp_folder.hpp"

// Signals of a config: their files, their built-ins, and what a person reads of them.

namespace keel::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Timestamp start{seconds(1'000'000).value()};

SignalCsv about(SignalKind kind) {
    Instrument draft;
    draft.symbol = "BTC";
    draft.tick_size = {1, 1}; // 0.1
    draft.lot_size = {1, 3};
    draft.price_rule = PriceRule::FiveSignificantDigits;
    return {.instrument = InstrumentIx{3},
            .kind = kind,
            .spec = make_instrument(draft).value(),
            .valid_for = seconds(7),
            .start = start};
}

Result<std::vector<world::TimedSignal>> parse(std::string_view text,
                                              SignalKind kind = SignalKind::Target) {
    return parse_signals(text, "s.csv", about(kind));
}

std::vector<std::string> lines_of(const Result<std::vector<world::TimedSignal>>& all) {
    if (!all) return {all.error().text()};
    std::vector<std::string> out;
    for (const auto& [at, s] : *all) {
        EXPECT_EQ(s.instrument, InstrumentIx{3});
        out.push_back(fmt::format("{} no {} value {} stop {} limit {} until {}",
                                  (at - start).value(), s.id, s.value, s.stop_px.value(),
                                  s.limit_px.value(), (s.valid_until - start).value()));
    }
    return out;
}

TEST(SignalCsv, TargetsAreInLotsAndTicks) {
    EXPECT_THAT(lines_of(parse("at_ms,value,stop,limit,valid_ms\n"
                               "0,0.5,59000,61000,1000\n"
                               "\n"
                               "1.000001,-0.001,,60000,\n"
                               "1.000001,0,,,0.000001\n")),
                ElementsAre("0 no 1 value 500 stop 590000 limit 610000 until 1000000000",
                            "1000001 no 2 value -1 stop 0 limit 600000 until 7001000001",
                            "1000001 no 3 value 0 stop 0 limit 0 until 1000002"));
}

// Columns have names, so their order is free; editors leave marks, carriage returns and blanks.
TEST(SignalCsv, ColumnsComeInAnyOrder) {
    EXPECT_THAT(
        lines_of(parse("\xef\xbb\xbfvalue , at_ms\r\n 61.5e3,\t5 \r\n", SignalKind::FairValue)),
        ElementsAre("5000000 no 1 value 6150000000000 stop 0 limit 0 until 7005000000"));
    EXPECT_THAT(lines_of(parse("valid_ms,value,at_ms\n9,-1.25,5", SignalKind::Funding)),
                ElementsAre("5000000 no 1 value -125 stop 0 limit 0 until 14000000"));
    EXPECT_THAT(lines_of(parse("at_ms\n5\n6", SignalKind::Close)),
                ElementsAre("5000000 no 1 value 0 stop 0 limit 0 until 7005000000",
                            "6000000 no 2 value 0 stop 0 limit 0 until 7006000000"));
}

struct CsvRow {
    const char* name;
    SignalKind kind;
    std::string_view text;
    std::string_view error;
};
void PrintTo(const CsvRow& row, std::ostream* out) { *out << row.name; }

class CsvErrors : public testing::TestWithParam<CsvRow> {};

TEST_P(CsvErrors, AreExactlyThis) {
    const auto out = parse(GetParam().text, GetParam().kind);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().text(), GetParam().error);
}

const CsvRow csv_rows[] = {
    {"Empty", SignalKind::Target, "\n \n",
     "s.csv:1:1: is empty; it begins with a line of column names: "
     "at_ms,value,stop,limit,valid_ms"},
    {"NoRows", SignalKind::Target, "at_ms,value\n",
     "s.csv:1:1: has no row below its column names; add one, or the signal is never told"},
    {"UnknownColumn", SignalKind::Target, "at_ms,valeu\n1,2\n",
     "s.csv:1:7: there is no column \"valeu\"; did you mean value?"},
    {"ColumnLikeNoOther", SignalKind::Target, "at_ms,value, colour\n1,2,3\n",
     "s.csv:1:14: there is no column \"colour\"; known are at_ms, value, stop, limit or valid_ms; "
     "remove it"},
    {"ColumnTwice", SignalKind::Target, "at_ms,value,at_ms\n",
     "s.csv:1:13: the column at_ms is named twice; remove one"},
    {"NoHeader", SignalKind::Target, "1,2\n",
     "s.csv:1:1: there is no column \"1\"; known are at_ms, value, stop, limit or valid_ms; "
     "remove it"},
    {"NoTime", SignalKind::Target, "value\n1\n", "s.csv:1:1: the column at_ms is missing; add it"},
    {"NoValue", SignalKind::Funding, "at_ms\n1\n",
     "s.csv:1:1: the column value is missing; add it"},
    {"StopOfAFunding", SignalKind::Funding, "at_ms,value,stop\n1,1,1\n",
     "s.csv:1:13: stop belongs to targets; remove it"},
    {"TooFewCells", SignalKind::Target, "at_ms,value,stop\n1,2\n",
     "s.csv:2:1: has 2 cells under 3 column names; a cell may be empty, but its comma is needed"},
    {"TooManyCells", SignalKind::FairValue, "at_ms,value\n1,61,500.5\n",
     "s.csv:2:1: has 3 cells under 2 column names; remove what is too much; a number has no comma"},
    {"NoNumber", SignalKind::Target, "at_ms,value\n1,\"0.5\"\n",
     "s.csv:2:3: value is \"\"0.5\"\", which is no number; write an exact decimal such as 12.5"},
    {"ControlCharacter", SignalKind::Target, "at_ms,value\n1,0\x1b[31m\n",
     "s.csv:2:3: value is \"0?[31m\", which is no number; write an exact decimal such as 12.5"},
    {"EmptyValue", SignalKind::Target, "at_ms,value\n\n1, \n",
     "s.csv:3:4: value is empty; write a number"},
    {"EmptyTime", SignalKind::Target, "at_ms,value\n,1\n",
     "s.csv:2:1: at_ms is empty; say how many ms after the start it is told"},
    {"NoMultipleOfTheLot", SignalKind::Target, "at_ms,value\n1,0.0005\n",
     "s.csv:2:3: value is 0.0005, which is not a multiple of the lot 0.001; the least is 0.001"},
    {"BeyondAllMarkets", SignalKind::Target, "at_ms,value\n1,1e12\n",
     "s.csv:2:3: value is 1e12, which is more than any market has"},
    {"NoPrice", SignalKind::FairValue, "at_ms,value\n1,0\n",
     "s.csv:2:3: value is 0, but must be above zero"},
    {"TooFineAFunding", SignalKind::Funding, "at_ms,value\n1,0.001\n",
     "s.csv:2:3: value is 0.001, which is not a multiple of a hundredth of a basis point, 0.01; "
     "the least is 0.01"},
    {"ValueOfAClose", SignalKind::Close, "at_ms,value\n1,0\n",
     "s.csv:2:3: value is of no use: a close has no value; leave it out"},
    {"NotInOrder", SignalKind::Target, "at_ms,value\n5,1\n4.9,1\n",
     "s.csv:3:1: at_ms is 4.9, which is before the row above; sort the rows by time"},
    {"BeforeTheStart", SignalKind::Target, "at_ms,value\n-1,1\n",
     "s.csv:2:1: at_ms is -1, but must be zero or more and at most a year, in milliseconds with at "
     "most six places"},
    {"FinerThanANanosecond", SignalKind::Target, "at_ms,value\n0.0000001,1\n",
     "s.csv:2:1: at_ms is 0.0000001, but must be zero or more and at most a year, in milliseconds "
     "with at most six places"},
    {"NeverValid", SignalKind::Target, "at_ms,value,valid_ms\n1,1,0\n",
     "s.csv:2:5: valid_ms is 0, but must be above zero and at most a year, in milliseconds with "
     "at most six places"},
    {"ValidForEver", SignalKind::Target, "at_ms,value,valid_ms\n1,1,1e12\n",
     "s.csv:2:5: valid_ms is 1e12, but must be above zero and at most a year, in milliseconds "
     "with at most six places"},
    {"StopThatIsNoPrice", SignalKind::Target, "at_ms,value,stop\n1,1,59000.1\n",
     "s.csv:2:5: stop is 59000.1, which is no price of BTC by its price_rule"},
    {"StopOffTheTick", SignalKind::Target, "at_ms,value,stop\n1,1,0.15\n",
     "s.csv:2:5: stop is 0.15, which is not a multiple of the tick 0.1; near are 0.1 and 0.2"},
    {"StopBelowZero", SignalKind::Target, "at_ms,value,stop\n1,1,-5\n",
     "s.csv:2:5: stop is -5, but must be above zero"},
    {"StopOfAFlatTarget", SignalKind::Target, "at_ms,value,stop\n1,0,5\n",
     "s.csv:2:5: stop is of no use: a flat target has none; leave it empty"},
    {"StopAboveTheLimit", SignalKind::Target, "at_ms,value,limit,stop\n1,1,5,5\n",
     "s.csv:2:7: stop must be below limit: the target is long"},
    {"StopBelowTheLimit", SignalKind::Target, "at_ms,value,limit,stop\n1,-1,5,4\n",
     "s.csv:2:8: stop must be above limit: the target is short"},
};
INSTANTIATE_TEST_SUITE_P(Table, CsvErrors, testing::ValuesIn(csv_rows),
                         [](const auto& row) { return row.param.name; });

// Whatever the bytes: rows that are in order, or one line that says where.
TEST(SignalCsv, AnyBytesAreRowsOrAnErrorWithItsPlace) {
    const std::string good = "at_ms,value,stop,limit,valid_ms\r\n"
                             "0,0.5,59000,61000,1000\n"
                             "12.5,-0.25,61000,,\n"
                             "\n"
                             "1e3,0,,,5\n";
    constexpr std::string_view likely = ",\n\r\t .-+eE0123456789\"at_msvlue\0\xff\xef";
    const std::regex shape{R"(s\.csv:(\d+):(\d+): [^\n]+)"};
    int errors = 0;
    int read = 0;
    for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng{seed};
        std::string text = good;
        const std::uint64_t edits = 1 + rng.below(4);
        for (std::uint64_t n = 0; n < edits; ++n) {
            const std::size_t at = rng.below(text.size() + 1);
            const std::uint64_t how = rng.below(3);
            const char byte = likely[rng.below(likely.size())];
            if (how == 0) {
                text.insert(at, 1, byte);
            } else if (how == 1 && at < text.size()) {
                text.erase(at, 1 + rng.below(5));
            } else if (at < text.size()) {
                text[at] = byte;
            }
        }
        const std::uint64_t any = rng.below(4 * signal_kind_count); // mostly what the text is of
        const auto kind =
            any < signal_kind_count ? static_cast<SignalKind>(any) : SignalKind::Target;
        const auto out = parse(text, kind);
        if (out) {
            ++read;
            Timestamp last = start;
            std::uint64_t id = 0;
            ASSERT_FALSE(out->empty());
            for (const auto& [at, signal] : *out) {
                ASSERT_GE(at, last);
                ASSERT_EQ(signal.id, ++id);
                ASSERT_GT(signal.valid_until, at);
                last = at;
            }
            continue;
        }
        ++errors;
        std::smatch place;
        const std::string& said = out.error().text();
        ASSERT_TRUE(std::regex_match(said, place, shape)) << said;
        const std::size_t line = std::stoul(place[1]);
        const std::size_t column = std::stoul(place[2]);
        std::vector<std::size_t> lengths{0};
        for (const char c : text) {
            if (c == '\n')
                lengths.push_back(0);
            else
                ++lengths.back();
        }
        ASSERT_GE(line, 1U);
        ASSERT_LE(line, lengths.size()) << said;
        ASSERT_GE(column, 1U);
        ASSERT_LE(column, lengths[line - 1] + 1) << said;
    }
    EXPECT_GT(errors, 5'000);
    EXPECT_GT(read, 500);
}

// --- the config ---

struct Row {
    const char* name;
    std::string tables; // after the good desk; the first line is its 57th
    std::vector<std::string> errors;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class SignalText : public testing::TestWithParam<Row> {};

TEST_P(SignalText, GivesExactlyTheseErrors) {
    const auto loaded = load_config(good_desk() + GetParam().tables, "desk.toml");
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), GetParam().errors);
}

std::string table(std::string_view kind, std::string_view more) {
    return fmt::format("[[signal]]\ninstrument = \"maker/BTC\"\nkind = \"{}\"\n{}\n", kind, more);
}

const Row rows[] = {
    {"NoSource",
     table("target", ""),
     {"desk.toml:57:1: signal[1].file: is missing; name a file, or a built-in by source = "
      "\"random\" or \"breakout\""}},
    {"NoSourceOfAFunding",
     table("funding", ""),
     {"desk.toml:57:1: signal[1].file: is missing; name a file: no built-in tells a funding"}},
    {"TwoSources",
     table("target", "file = \"x.csv\"\nsource = \"random\""),
     {"desk.toml:61:10: signal[1].source: is of no use beside file: a signal has one source"}},
    {"ASourceOfAnotherKind",
     table("close", "source = \"mid\""),
     {"desk.toml:60:10: signal[1].source: is \"mid\", which tells no close; name a file, or a "
      "built-in by source = \"random\""}},
    {"UnknownSource",
     table("target", "source = \"brekout\""),
     {"desk.toml:60:10: signal[1].source: is \"brekout\", but must be \"random\", \"breakout\" or "
      "\"mid\"; did you mean \"breakout\"?"}},
    {"UnknownKind",
     table("targets", "source = \"random\""),
     {"desk.toml:59:8: signal[1].kind: is \"targets\", but must be \"target\", \"fair_value\", "
      "\"funding\" or \"close\"; did you mean \"target\"?"}},
    {"WhatASourceNeeds",
     table("target", "source = \"breakout\""),
     {"desk.toml:57:1: signal[1].qty: is missing; a target by \"breakout\" needs qty and "
      "lookback_ms",
      "desk.toml:57:1: signal[1].lookback_ms: is missing; a target by \"breakout\" needs qty and "
      "lookback_ms"}},
    {"WhatASourceDoesNotTake",
     table("close", "source = \"random\"\nper_hour = 5\nqty = 1"),
     {"desk.toml:62:7: signal[1].qty: is of no use: a close by \"random\" takes per_hour, "
      "twice_percent, again_percent"}},
    {"WhatAFileDoesNotTake",
     table("target", "file = \"x.csv\"\nstop_bps = 5"),
     {"desk.toml:61:12: signal[1].stop_bps: is of no use beside file: the file says it"}},
    {"QtyIsNoMultipleOfTheLot",
     table("target", "source = \"random\"\nevery_ms = 1000\nqty = \"0.000001\""),
     {"desk.toml:62:7: signal[1].qty: is 0.000001, which is not a multiple of the lot 0.00001; "
      "the least is 0.00001"}},
    {"QtyBeyondAllMarkets",
     table("target", "source = \"random\"\nevery_ms = 1000\nqty = 10995117"),
     {"desk.toml:62:7: signal[1].qty: is 10995117, which is more than 2^40 lots"}},
    {"UnknownInstrument",
     "[[signal]]\ninstrument = \"maker/ETH\"\nkind = \"close\"\nfile = \"x.csv\"\n",
     {"desk.toml:58:14: signal[1].instrument: there is no instrument \"maker/ETH\"; did you mean "
      "\"maker/BTC\"?"}},
    {"UnknownMid",
     table("fair_value", "source = \"mid\"\nevery_ms = 1000\nof = \"taker/ETH\""),
     {"desk.toml:62:6: signal[1].of: there is no instrument \"taker/ETH\"; did you mean "
      "\"taker/BTC\"?"}},
    {"TwoOfOneKind",
     table("close", "file = \"x.csv\"") + table("close", "file = \"y.csv\""),
     {"desk.toml:63:8: signal[2].kind: is \"close\", which signal[1] tells of \"maker/BTC\" "
      "already; one source for each kind and instrument"}},
};
INSTANTIATE_TEST_SUITE_P(Table, SignalText, testing::ValuesIn(rows),
                         [](const auto& row) { return row.param.name; });

TEST(SignalConfig, IsExact) {
    const auto loaded = load_config(
        good_desk() +
            table("target", "source = \"random\"\nevery_ms = 1500\nqty = \"0.5\"\nvalid_ms = "
                            "250\nstop_bps = \"0.5\"\nlimit_bps = 20") +
            table("fair_value", "source = \"mid\"\nof = \"taker/BTC\"\nevery_ms = 20") +
            table("close", "source = \"random\"\nper_hour = 3\ntwice_percent = 10\nagain_percent "
                           "= 20") +
            table("funding", "file = \"signals/f.csv\"") +
            "[[signal]]\ninstrument = \"taker/BTC\"\nkind = \"fair_value\"\nsource = "
            "\"mid\"\nevery_ms = 20\nnoise_bps = 3\n",
        "some/where/desk.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    const std::vector<SignalConfig>& all = loaded->run.signals;
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[0].origin, SignalOrigin::RandomTargets);
    EXPECT_EQ(all[0].kind, SignalKind::Target);
    EXPECT_EQ(all[0].instrument, InstrumentIx{0});
    EXPECT_EQ(all[0].every, milliseconds(1'500));
    EXPECT_EQ(all[0].qty, Lots{50'000});
    EXPECT_EQ(all[0].valid_for, milliseconds(250));
    EXPECT_EQ(all[0].stop, Bps{50});
    EXPECT_EQ(all[0].limit, Bps{2'000});
    EXPECT_EQ(all[1].origin, SignalOrigin::Mid);
    EXPECT_EQ(all[1].of, InstrumentIx{1});
    EXPECT_EQ(all[1].noise, Bps{0});
    EXPECT_EQ(all[2].origin, SignalOrigin::RandomCloses);
    EXPECT_EQ(all[2].per_hour, 3);
    EXPECT_EQ(all[2].twice_percent, 10U);
    EXPECT_EQ(all[2].again_percent, 20U);
    EXPECT_EQ(all[2].valid_for, seconds(60));
    EXPECT_EQ(all[3].origin, SignalOrigin::File);
    EXPECT_EQ(all[3].file, "some/where/signals/f.csv");
    EXPECT_EQ(all[4].of, InstrumentIx{1}) << "its own";
    EXPECT_EQ(all[4].noise, Bps{300});
    EXPECT_EQ(loaded->warnings.size(), 5U);
    EXPECT_EQ(loaded->warnings[3], "some/where/desk.toml:79:1: warning: signal[4]: no strategy "
                                   "listens to a funding of \"maker/BTC\"");
    const auto again = load_config(loaded->effective, "effective.toml");
    ASSERT_TRUE(again.has_value()) << again.error().front();
    EXPECT_EQ(again->hash, loaded->hash);
}

// A path on the command line stands for the market alone.
TEST(SignalConfig, AFileIsBesideItsConfigWhereverTheMarketIs) {
    Overrides overrides;
    overrides.market_files = {"elsewhere.kmk"};
    const auto loaded =
        load_config(good_desk() + table("close", "file = \"c.csv\""), "some/desk.toml", overrides);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    EXPECT_EQ(loaded->run.signals[0].file, "some/c.csv");
    EXPECT_EQ(loaded->run.market_files[0].path, "elsewhere.kmk");
    const auto absolute =
        load_config(good_desk() + table("close", "file = \"/c.csv\""), "some/desk.toml");
    ASSERT_TRUE(absolute.has_value());
    EXPECT_EQ(absolute->run.signals[0].file, "/c.csv");
}

TEST(SignalConfig, AnotherSeedIsOtherChance) {
    const auto loaded =
        load_config(good_desk() + table("close", "source = \"random\"\nper_hour = 60") +
                        "[[signal]]\ninstrument = \"taker/BTC\"\nkind = \"close\"\nsource = "
                        "\"random\"\nper_hour = 60\n",
                    "desk.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    const auto first_at = [&](std::uint64_t seed) {
        Problems problems;
        const auto sources =
            make_signals(loaded->run.signals, loaded->run.desk.engine, seed, start, problems);
        EXPECT_FALSE(problems.any());
        EXPECT_NE(sources.at(0).next_at(), sources.at(1).next_at()) << "each has its own";
        return sources.at(0).next_at();
    };
    EXPECT_EQ(first_at(1), first_at(1));
    EXPECT_NE(first_at(1), first_at(2));
}

// --- as it is called ---

class SignalRun : public testing::Test {
protected:
    // The example, with signals; its market stays where it is.
    std::string config(std::string_view tables) {
        std::ifstream in{std::string{KEEL_SOURCE_DIR} + "/examples/xemm.toml"};
        std::string text{std::istreambuf_iterator<char>{in}, {}};
        const std::string from = "../data/";
        text.replace(text.find(from), from.size(), std::string{KEEL_SOURCE_DIR} + "/data/");
        return temp_.write("desk.toml", text + std::string{tables});
    }
    const keel::test::TempFolder temp_;
};

constexpr std::string_view of_file = "\n[[signal]]\ninstrument = \"pacifica/BTC\"\nkind = "
                                     "\"target\"\nfile = \"t.csv\"\n";

TEST_F(SignalRun, IsRecordedDrawnAndReplayed) {
    static_cast<void>(temp_.write("t.csv", "at_ms,value,stop\n2500,0.01,59000\n"));
    const std::string record = temp_.path("run.keel");
    const Said ran =
        keel({"run", config(of_file), "--no-progress", "--duration", "10s", "--record", record});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("no strategy listens to a target of \"pacifica/BTC\""));
    std::filesystem::remove(temp_.path("t.csv")); // a record needs no file beside it
    const Said replayed = keel({"replay", record});
    EXPECT_EQ(replayed.code, 0) << replayed.err << replayed.out;
    const Said drawn = keel({"timeline", record, "--from", "2.4", "--to", "2.6"});
    EXPECT_EQ(drawn.code, 0) << drawn.err;
    EXPECT_THAT(drawn.out, HasSubstr("signal: target 0.01000 of pacifica/BTC, stop 59000 (no. 1)"));
}

TEST_F(SignalRun, AFileThatIsWrongStartsNothing) {
    const std::string path = temp_.write("t.csv", "at_ms,value\n2500,0.01\n2400,0\n");
    const std::string desk = config(of_file);
    const Said said = keel({"run", desk, "-q", "--no-progress", "--duration", "10s"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr(": signal[1].file: " + path +
                                    ":3:1: at_ms is 2400, which is before the row above; sort the "
                                    "rows by time\n"));
    EXPECT_THAT(said.err, HasSubstr(desk + ":"));
    EXPECT_THAT(said.out, IsEmpty());
    std::filesystem::remove(path);
    const Said none = keel({"run", desk, "-q", "--no-progress", "--duration", "10s"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr(path));
}

TEST_F(SignalRun, WhatIsWrongInAFileIsSaidBesideWhatIsWrongInTheConfig) {
    const std::string path = temp_.write("t.csv", "at_ms,value\n2500,0.01\n2400,0\n");
    const std::string desk = config(std::string{of_file} + "valid_ms = -1\n");
    const Said said = keel({"run", desk, "-q", "--no-progress", "--duration", "10s"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("signal[1].valid_ms"));
    EXPECT_THAT(said.err, HasSubstr(path + ":3:1: at_ms is 2400"));
    // Of an instrument that nobody knows nothing can be said.
    const std::string nobody = config("\n[[signal]]\ninstrument = \"pacifica/XRP\"\nkind = "
                                      "\"target\"\nfile = \"t.csv\"\n");
    const Said other = keel({"run", nobody, "-q", "--no-progress", "--duration", "10s"});
    EXPECT_EQ(other.code, 2);
    EXPECT_THAT(other.err, HasSubstr("pacifica/XRP"));
    EXPECT_THAT(other.err, Not(HasSubstr("t.csv:3:1")));
}

TEST_F(SignalRun, DoesNotOverwriteItsFile) {
    const std::string path = temp_.write("t.csv", "at_ms,value\n2500,0.01\n");
    const Said said =
        keel({"run", config(of_file), "-q", "--no-progress", "--duration", "10s", "--json", path});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("a file of signals it plays"));
}

// --- the page ---

std::vector<std::string> blocks_of(const std::string& page, const std::string& fence) {
    std::vector<std::string> out;
    for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
        at += fence.size();
        const std::size_t end = page.find("```\n", at);
        out.push_back(page.substr(at, end - at));
        at = end + 4;
    }
    return out;
}

TEST(SignalPage, ItsExamplesAreGood) {
    const auto text_of = [](const std::string& path) {
        std::ifstream in{std::string{KEEL_SOURCE_DIR} + path};
        return std::string{std::istreambuf_iterator<char>{in}, {}};
    };
    const std::string page = text_of("/docs/signals.md");
    const std::string desk = text_of("/examples/xemm.toml");
    std::vector<std::string> tables = blocks_of(page, "```toml\n");
    // (What is for the other examples is run with them: SignalExamples.)
    ASSERT_EQ(std::erase_if(
                  tables, [](const std::string& one) { return one.find("signals/") != one.npos; }),
              3U);
    ASSERT_EQ(tables.size(), 5U) << "a file, and each built-in";
    for (const std::string& one : tables) {
        const auto loaded = load_config(desk + '\n' + one, "page");
        ASSERT_TRUE(loaded.has_value()) << one << loaded.error().front();
        ASSERT_EQ(loaded->run.signals.size(), 1U);
        if (one.find("file = ") == std::string::npos) continue;
        const SignalConfig& signal = loaded->run.signals[0];
        const Instrument& spec =
            loaded->run.desk.engine.instruments[signal.instrument.value()].instrument;
        const std::vector<std::string> csv = blocks_of(page, "```\nat_ms");
        ASSERT_EQ(csv.size(), 4U) << "this one, and those of the examples";
        const auto read = parse_signals("at_ms" + csv[0], "page",
                                        {.instrument = signal.instrument,
                                         .kind = signal.kind,
                                         .spec = spec,
                                         .valid_for = signal.valid_for,
                                         .start = start});
        ASSERT_TRUE(read.has_value()) << read.error().text();
        EXPECT_EQ(read->size(), 3U);
    }
}

// --- in a trace ---

TEST(SignalTrace, SaysWhatIsTold) {
    const auto loaded =
        load_scenario(edited_scenario({{"act = \"halt\"", "signal = \"fair_value\"\n"
                                                          "instrument = \"maker/BTC\"\n"
                                                          "value = \"9990.5\""}}),
                      "s.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    explore::World world{std::make_shared<explore::Scenario>(loaded->scenario)};
    std::vector<explore::Choice> made;
    constexpr explore::Choice tells{explore::Choice::Kind::NextDeed, 0, 1};
    {
        explore::World scout{world.shared_scenario()};
        std::vector<explore::Choice> enabled;
        scout.enabled(0, enabled);
        while (std::ranges::find(enabled, tells) == enabled.end()) {
            made.push_back(enabled.front());
            scout.apply(made.back());
            scout.enabled(0, enabled);
        }
        made.push_back(tells);
    }
    const timeline::Timeline picture = draw_trace(world, made, explore::Rule::None, loaded->bases);
    const auto said = std::ranges::find(picture.notes,
                                        "signal: fair value 9990.5 of maker/BTC "
                                        "(no. 1)",
                                        &timeline::Note::text);
    ASSERT_NE(said, picture.notes.end());
    EXPECT_EQ(said->step, made.size());
    EXPECT_EQ(said->kind, timeline::NoteKind::Desk);
}

} // namespace
} // namespace keel::app
