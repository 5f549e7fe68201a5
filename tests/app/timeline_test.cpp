#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/timeline_command.hpp"
#include "explore/scenario_hash.hpp"
#include "explore/trace.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/app/ways.hpp"
#include "tests/temp_folder.hpp"

// `keel timeline` as it is called, of a record and of a trace: what is selected, what is refused,
// and what is written.

namespace keel::app {
namespace {

using testing::HasSubstr;

class TimelineCommand : public testing::Test {
protected:
    void SetUp() override {
        const Said said = keel({"run", "examples/xemm.toml", "-q", "--no-progress", "--faults",
                                "harsh", "--seed", "3", "--duration", "300s", "--record", record_});
        ASSERT_EQ(said.code, 0) << said.err << said.out;
    }
    [[nodiscard]] Said drawn(std::vector<std::string> more) const {
        std::vector<std::string> words{"timeline", record_};
        words.insert(words.end(), more.begin(), more.end());
        return keel(words);
    }

    const keel::test::TempFolder temp_;
    const std::string record_ = temp_.path("run.keel");
};

std::string content_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

bool matches(const std::string& text, const std::string& pattern) {
    return std::regex_search(text, std::regex{pattern, std::regex::multiline});
}

TEST_F(TimelineCommand, AnOrdersStoryGoesFromTheQuoteToItsHedge) {
    for (int counter = 1; counter <= 200; ++counter) {
        const Said said = drawn({"--order", fmt::format("1-1-{}", counter)});
        ASSERT_EQ(said.code, 0) << "no order of this record was hedged: " << said.err;
        if (said.out.find("(hedge)") == std::string::npos) continue;
        if (said.out.find("(quote)") == std::string::npos) continue;
        const std::string& page = said.out;
        EXPECT_TRUE(matches(page, R"(^Order 1-1-\d+ and its story$)")) << page;
        EXPECT_TRUE(matches(page, R"(^Time 0 is \d+\.\d{6} s of the record, event \d+, )"
                                  R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC$)"))
            << page;
        EXPECT_TRUE(matches(page, R"(^Orders: 1-1-\d+ 1-\d+-\d+)")) << page;
        EXPECT_TRUE(matches(page, R"(^ +\+\d+\.\d{6} .*<-*\d+\| .* new order 1-1-\d+ \(quote\))"))
            << page;
        EXPECT_TRUE(matches(page, R"(\d-.*->\| .* fill \d+ of 1-1-\d+: (Buy|Sell) )")) << page;
        EXPECT_TRUE(matches(page, R"(1-1-\d+  (New|PendingNew) -> (PartiallyFilled|Filled), cum )"))
            << page;
        EXPECT_TRUE(matches(page, R"((btc|eth)  exposure \[-?[\d.]+, -?[\d.]+\], )")) << page;
        EXPECT_TRUE(matches(page, R"(\|\d+-*>.* new order 1-\d+-\d+ \(hedge\): )")) << page;
        return;
    }
    FAIL() << "no hedge in 200 orders";
}

TEST_F(TimelineCommand, TooManyMessagesAreRefusedWithTheirNumberAndWhatToDo) {
    const Said said = drawn({});
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.out, "");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(said.err, found, std::regex{"--most ([0-9]+)"})) << said.err;
    EXPECT_THAT(said.err, HasSubstr("--order ID"));
    EXPECT_THAT(said.err, HasSubstr("--around EVENT"));
    const Said all = drawn({"--most", found[1]});
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_TRUE(matches(all.out, R"(^\d+(,\d+)? books on which nothing was done are not drawn)"));
    EXPECT_THAT(all.out, HasSubstr(found[1].str() + " "));
}

TEST_F(TimelineCommand, ASpanOfTimeIsTakenAsSecondsOrAsASpan) {
    const Said said = drawn({"--from", "30.5", "--to", "31s"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, HasSubstr("What was heard and sent from 30.500000 s to 31.000000 s"));
    EXPECT_EQ(drawn({"--from", "30500ms", "--to", "31"}).out, said.out);
    EXPECT_EQ(*parse_record_time("1m30s"), seconds(90));
    EXPECT_EQ(*parse_record_time("0.000001"), microseconds(1));
    EXPECT_EQ(*parse_record_time("1.2m"), seconds(72));
    for (const char* bad : {"-1", "x", "1.2.3m", "99999999999999999999"}) {
        EXPECT_FALSE(parse_record_time(bad)) << bad;
    }
    EXPECT_THAT(drawn({"--from", "9999"}).err, HasSubstr("it ends at "));
    EXPECT_THAT(drawn({"--from", "20", "--to", "10"}).err, HasSubstr("nothing lies from"));
}

TEST_F(TimelineCommand, AnEventIsTheMiddle) {
    const Said said = drawn({"--around", "100", "--within", "50ms", "--market"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(drawn({"--around", "100", "--within", "50ms", "--market"}).out, said.out);
    EXPECT_TRUE(matches(drawn({"--around", "9999999"}).err,
                        R"(event 9999999 is not in it; it holds events 1 to \d+)"));
    EXPECT_THAT(drawn({"--within", "50ms"}).err, HasSubstr("--within: needs --around"));
}

TEST_F(TimelineCommand, AnOrderThatIsNotThereIsNamedWithItsNeighbours) {
    const Said said = drawn({"--order", "1-1-9999"});
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.err, HasSubstr("order 1-1-9999 is not in it\n"));
    EXPECT_THAT(said.err, HasSubstr("the nearest are 1-"));
    EXPECT_THAT(drawn({"--order", "1-1/2"}).err, HasSubstr("--order: \"1-1/2\" is not an order"));
}

TEST_F(TimelineCommand, PicturesAreWrittenWholeOrNotAtAll) {
    const std::string html = temp_.path("out.html");
    const std::string svg = temp_.path("out.svg");
    EXPECT_EQ(drawn({"--order", "1-1-1", "-o", html}).code, 0);
    EXPECT_EQ(drawn({"--order", "1-1-1", "-o", svg}).code, 0);
    EXPECT_THAT(content_of(html), testing::StartsWith("<!DOCTYPE html>"));
    EXPECT_THAT(content_of(html), testing::EndsWith("</html>\n"));
    EXPECT_THAT(content_of(svg), testing::StartsWith("<svg "));
    EXPECT_THAT(content_of(svg), testing::EndsWith("</svg>\n"));

    const std::string before = content_of(html);
    EXPECT_EQ(drawn({"--order", "1-1-9999", "-o", html}).code, 2);
    EXPECT_EQ(content_of(html), before) << "a wrong order changes nothing";
}

TEST_F(TimelineCommand, NoOutputTakesTheRecordsPlaceOrAnotherForm) {
    const std::string before = content_of(record_);
    const std::string alias = temp_.path("alias.html");
    std::filesystem::create_symlink(record_, alias);
    const Said over = drawn({"--order", "1-1-1", "-o", alias});
    EXPECT_EQ(over.code, 2);
    EXPECT_THAT(over.err, HasSubstr("-o: " + alias + ": would overwrite RECORD"));
    EXPECT_EQ(content_of(record_), before);
    const Said form = drawn({"--order", "1-1-1", "-o", temp_.path("out.png")});
    EXPECT_EQ(form.code, 2);
    EXPECT_THAT(form.err, HasSubstr("ends neither with .html nor with .svg"));
    EXPECT_FALSE(std::filesystem::exists(temp_.path("out.png")));
    EXPECT_EQ(drawn({"--order", "1-1-1", "-o", temp_.path("none/out.svg")}).code, 2);
}

TEST_F(TimelineCommand, ADamagedRecordIsDrawnUpToTheDamageAndSaysSo) {
    const std::string whole = content_of(record_);
    const std::string cut = temp_.write("cut.keel", whole.substr(0, whole.size() / 2));
    const Said said = keel({"timeline", cut, "--order", "1-1-1"});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("; what came before it is drawn"));
    EXPECT_THAT(said.out, HasSubstr("The record is not whole: "));
    EXPECT_THAT(said.out, HasSubstr("new order 1-1-1 "));
    const Said none = keel({"timeline", temp_.write("x.keel", "nothing"), "--order", "1-1-1"});
    EXPECT_EQ(none.code, 2);
    EXPECT_EQ(none.out, "");
    EXPECT_THAT(none.err, HasSubstr("x.keel"));
    EXPECT_EQ(keel({"timeline", temp_.path("absent.keel")}).code, 2);
}

// A ring begins with a snapshot: the desk is loaded, and orders sent before it are known.
TEST_F(TimelineCommand, ARecordOfTheLastEventsIsDrawnToo) {
    const std::string ring = temp_.path("ring.keel");
    ASSERT_EQ(keel({"run", "examples/xemm.toml", "-q", "--no-progress", "--duration", "3600s",
                    "--record", ring, "--record-last", "500"})
                  .code,
              0);
    const Said said = keel({"timeline", ring, "--most", "100000"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, HasSubstr("  bot  "));
}

class TraceCommand : public testing::Test {
protected:
    // The quote of the smallest scenario is filled while it is canceled.
    [[nodiscard]] std::string trace(const std::string& more = "",
                                    const std::string& name = "some.trace") const {
        return temp_.write(name, fmt::format("keel trace 1\n"
                                             "scenario xemm-small {:016x}\n"
                                             "expect none\n\n"
                                             "maker socket-in: new order 1-1-1\n"
                                             "prints\n"
                                             "hedge-quotes\n"
                                             "hedge market: book BTC\n"
                                             "maker socket-in: cancel 1-1-1, answer lost\n"
                                             "maker rest-in: cancel 1-1-1\n"
                                             "maker fills: trade 1-1-1\n{}",
                                             explore::hash_of(*scenario_of(small)), more));
    }
    // A naive twin's way to a broken rule.
    [[nodiscard]] std::string broken() const {
        const auto scenario = scenario_of(small, "p1-any-confirmation");
        explore::World world{scenario};
        const auto found = explore::trace_of(world, broken_way(scenario));
        EXPECT_TRUE(found.has_value());
        return temp_.write("broken.trace", explore::to_text(*found));
    }

    static constexpr const char* small = "scenarios/xemm-small.toml";
    keel::test::TempFolder temp_;
};

TEST_F(TraceCommand, DrawsATraceStepByStep) {
    const std::string path = trace();
    const Said said = keel({"timeline", path});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(said.err, "");
    EXPECT_TRUE(matches(said.out, R"(^xemm-small: 7 steps break no rule$)"));
    EXPECT_THAT(said.out, HasSubstr("From " + path + ", scenario " + small + " ("));
    EXPECT_TRUE(matches(said.out, R"(^7 steps, one of them a fault\.)"));
    EXPECT_TRUE(matches(said.out, R"(^ +step +(\w+ +)+bot )"));
    EXPECT_TRUE(matches(said.out, R"(^ +7 .*-> ?\|.* fill 1 of 1-1-1: .*\[crosses \d+ \d+\]$)"))
        << said.out;
    // Where the scenario lies may be told.
    const std::string moved = temp_.path("moved.toml");
    std::filesystem::copy_file(small, moved);
    const Said told = keel({"timeline", path, "--scenario", moved});
    EXPECT_EQ(told.code, 0) << told.err;
    EXPECT_THAT(told.out, HasSubstr("scenario " + moved + " ("));
}

TEST_F(TraceCommand, ShowsTheRuleThatItBreaks) {
    const std::string path = broken();
    const Said said = keel({"timeline", path});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_TRUE(matches(said.out, R"(^xemm-small, traded by p1-any-confirmation: )"
                                  R"((hedged_once|ends_flat) broken in \d+ steps$)"));
    EXPECT_TRUE(matches(said.out, R"(!! (hedged_once|ends_flat): [^\n]*\n$)"));
    const std::string page = temp_.path("broken.html");
    ASSERT_EQ(keel({"timeline", path, "-o", page}).code, 0);
    EXPECT_THAT(content_of(page), HasSubstr("<g class=\"broken\" data-rule=\""));
}

TEST_F(TraceCommand, PicturesAreWritten) {
    const std::string path = trace();
    for (const std::string name : {"out.svg", "out.html"}) {
        const std::string out = temp_.path(name);
        EXPECT_EQ(keel({"timeline", path, "-o", out}).code, 0);
        EXPECT_THAT(content_of(out), HasSubstr(">step</text>"));
        EXPECT_THAT(content_of(out), HasSubstr("its answer is lost"));
    }
}

// docs/incidents shows every trace that is kept. KEEL_UPDATE=1 draws them anew.
TEST_F(TraceCommand, TheIncidentsAreDrawn) {
    const std::filesystem::path drawn = "docs/incidents/drawn";
    std::size_t traces = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"tests/traces"}) {
        ++traces;
        const std::string picture = entry.path().stem().string() + ".svg";
        SCOPED_TRACE(picture);
        const bool is_update =
            std::getenv("KEEL_UPDATE") != nullptr; // NOLINT(concurrency-mt-unsafe)
        const std::string out = is_update ? (drawn / picture).string() : temp_.path(picture);
        const Said said = keel({"timeline", entry.path().string(), "-o", out});
        ASSERT_EQ(said.code, 0) << said.err;
        if (is_update) continue;
        EXPECT_TRUE(content_of(out) == content_of((drawn / picture).string()))
            << "KEEL_UPDATE=1 rewrites it; look at the difference";
    }
    const auto pictures = std::distance(std::filesystem::directory_iterator{drawn},
                                        std::filesystem::directory_iterator{});
    EXPECT_EQ(static_cast<std::size_t>(pictures), traces) << "one of a trace that is no more?";
}

// A block of a page: from the line that begins like this to the last that is indented.
struct Block {
    std::size_t at = 0;
    std::size_t size = 0;
    std::string text; // without the indent
};
Block block_of(const std::string& page, const std::string& first_line) {
    Block out{page.find("    " + first_line), 0, {}};
    std::istringstream in{page.substr(out.at)};
    std::string blank;
    std::size_t read = 0;
    for (std::string line; std::getline(in, line) && (line.empty() || line.starts_with("    "));) {
        read += line.size() + 1;
        blank += '\n';
        if (line.empty()) continue;
        out.text += (out.text.empty() ? "" : blank) + line.substr(4);
        out.size = read;
        blank.clear();
    }
    out.text += '\n';
    return out;
}

// But for where the files lie. KEEL_UPDATE=1 writes into the page what is drawn.
TEST_F(TraceCommand, TheExampleOfThePageIsTrue) {
    const std::string path = std::string{KEEL_SOURCE_DIR} + "/docs/timeline.md";
    std::string page = content_of(path);
    const std::string hash = fmt::format("{:016x}", explore::hash_of(*scenario_of(small)));
    page = std::regex_replace(page, std::regex{"\\b[0-9a-f]{16}\\b"}, hash);
    const Said said =
        keel({"timeline", temp_.write("twin.trace", block_of(page, "keel trace 1").text)});
    ASSERT_EQ(said.code, 0) << said.err;
    const std::string drawn =
        std::regex_replace(said.out, std::regex{"From .*twin[.]trace, "}, "From twin.trace, ");
    const Block shown = block_of(page, "xemm-small, traded by ");
    if (std::getenv("KEEL_UPDATE") != nullptr) { // NOLINT(concurrency-mt-unsafe)
        const std::string indented =
            std::regex_replace(drawn, std::regex{"(^|\n)(?=[^\n])"}, "$1    ");
        std::ofstream{path, std::ios::binary} << page.replace(shown.at, shown.size, indented);
        return;
    }
    EXPECT_EQ(drawn, shown.text) << "KEEL_UPDATE=1 rewrites it; read the difference";
}

// As `keel replay` says it, and nothing is drawn.
TEST_F(TraceCommand, ATraceThatNoLongerAppliesIsNotDrawn) {
    const std::string page = temp_.write("kept.html", "kept");
    const std::string wrong = trace("maker fills: trade 1-1-9\n", "wrong.trace");
    const std::string rule =
        temp_.write("rule.trace", std::regex_replace(content_of(trace()), std::regex{"expect none"},
                                                     "expect hedged_once"));
    for (const std::string& path : {wrong, rule}) {
        const Said replayed = keel({"replay", path});
        EXPECT_EQ(replayed.code, 1);
        for (const std::vector<std::string>& more :
             {std::vector<std::string>{}, std::vector<std::string>{"-o", page}}) {
            std::vector<std::string> words{"timeline", path};
            words.insert(words.end(), more.begin(), more.end());
            const Said said = keel(words);
            EXPECT_EQ(said.code, 1);
            EXPECT_EQ(said.out, "");
            EXPECT_EQ(said.err, "keel: " + replayed.out);
        }
    }
    EXPECT_THAT(keel({"timeline", wrong}).err, HasSubstr("trace no longer applies at step 8: "));
    EXPECT_EQ(content_of(page), "kept");
}

TEST_F(TraceCommand, WhatCannotBeReadIsRefusedAsReplayRefusesIt) {
    const std::vector<std::vector<std::string>> all{
        {temp_.write("line.trace", "keel trace 1\nnonsense\n")},
        {temp_.write("version.trace", "keel trace 9\n")},
        {temp_.write("scenario.trace",
                     "keel trace 1\nscenario none 0123456789abcdef\nexpect none\n")},
        {trace(), "--scenario", temp_.write("bad.toml", "[scenario]\nname = 3\n")},
        {trace(), "--scenario", "scenarios/xemm-cycle.toml"},
        {temp_.path("absent.trace")},
    };
    for (std::vector<std::string> words : all) {
        words.insert(words.begin(), "replay");
        const Said replayed = keel(words);
        words.front() = "timeline";
        const Said said = keel(words);
        EXPECT_EQ(said.code, replayed.code) << words[1];
        EXPECT_NE(said.code, 0) << words[1];
        EXPECT_EQ(said.out, "") << words[1];
        EXPECT_TRUE(said.err == replayed.err || said.err == "keel: " + replayed.out) << said.err;
    }
}

TEST_F(TraceCommand, RefusesWhatIsForTheOther) {
    const std::string path = trace();
    const std::vector<std::vector<std::string>> records{
        {"--order", "1-1-1"}, {"--from", "1"}, {"--to", "2"}, {"--around", "5"}, {"--market"}};
    for (const std::vector<std::string>& one : records) {
        std::vector<std::string> words{"timeline", path};
        words.insert(words.end(), one.begin(), one.end());
        const Said said = keel(words);
        EXPECT_EQ(said.code, 2);
        EXPECT_EQ(said.err,
                  fmt::format("keel: {}: is a trace: {} is for records\n", path, one.front()));
    }
    const Said record = keel({"timeline", temp_.write("x.keel", "nothing"), "--scenario", small});
    EXPECT_EQ(record.code, 2);
    EXPECT_THAT(record.err, HasSubstr("is no trace: --scenario is for traces"));
    const Said most = keel({"timeline", path, "--most", "3"});
    EXPECT_EQ(most.code, 2);
    EXPECT_TRUE(matches(most.err, R"(it has (\d+) messages, .* --most \1$)")) << most.err;
    const std::string alias = temp_.path("alias.svg");
    std::filesystem::create_symlink(path, alias);
    EXPECT_THAT(keel({"timeline", path, "-o", alias}).err, HasSubstr("would overwrite RECORD"));
}

} // namespace
} // namespace keel::app
