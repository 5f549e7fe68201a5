#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/timeline_command.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/temp_folder.hpp"

// `keel timeline` as it is called: what is selected, what is refused, and what is written.

namespace keel::app {
namespace {

using testing::HasSubstr;
using testing::Not;

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
    static std::string content(const std::string& path) {
        std::ifstream in{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    const keel::test::TempFolder temp_;
    const std::string record_ = temp_.path("run.keel");
};

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
    for (const char* bad : {"-1", "x", "1.2m", "99999999999999999999"}) {
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
    EXPECT_THAT(content(html), testing::StartsWith("<!DOCTYPE html>"));
    EXPECT_THAT(content(html), testing::EndsWith("</html>\n"));
    EXPECT_THAT(content(svg), testing::StartsWith("<svg "));
    EXPECT_THAT(content(svg), testing::EndsWith("</svg>\n"));

    const std::string before = content(html);
    EXPECT_EQ(drawn({"--order", "1-1-9999", "-o", html}).code, 2);
    EXPECT_EQ(content(html), before) << "a wrong order changes nothing";
}

TEST_F(TimelineCommand, NoOutputTakesTheRecordsPlaceOrAnotherForm) {
    const std::string before = content(record_);
    const std::string alias = temp_.path("alias.html");
    std::filesystem::create_symlink(record_, alias);
    const Said over = drawn({"--order", "1-1-1", "-o", alias});
    EXPECT_EQ(over.code, 2);
    EXPECT_THAT(over.err, HasSubstr("-o: " + alias + ": would overwrite RECORD"));
    EXPECT_EQ(content(record_), before);
    const Said form = drawn({"--order", "1-1-1", "-o", temp_.path("out.png")});
    EXPECT_EQ(form.code, 2);
    EXPECT_THAT(form.err, HasSubstr("ends neither with .html nor with .svg"));
    EXPECT_FALSE(std::filesystem::exists(temp_.path("out.png")));
    EXPECT_EQ(drawn({"--order", "1-1-1", "-o", temp_.path("none/out.svg")}).code, 2);
}

TEST_F(TimelineCommand, ADamagedRecordIsDrawnUpToTheDamageAndSaysSo) {
    const std::string whole = content(record_);
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

} // namespace
} // namespace keel::app
