#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/keel_call.hpp"
#include "tests/temp_folder.hpp"

// What `keel why` prints: one order's life line by line, and the story it is part of.

namespace keel::app {
namespace {

using testing::HasSubstr;

class Why : public testing::Test {
protected:
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_ / name).string();
    }
    void record(std::vector<std::string> more,
                const std::string& config = "examples/xemm.toml") const {
        std::vector<std::string> words{"run",           config,     "-q",
                                       "--no-progress", "--record", path("run.rec")};
        words.insert(words.end(), more.begin(), more.end());
        const Said said = keel(words);
        ASSERT_EQ(said.code, 0) << said.err << said.out;
    }
    [[nodiscard]] Said why(const std::string& order) const {
        return keel({"why", order, path("run.rec")});
    }
    // The page of the first order of the first life whose page has all of this in it.
    [[nodiscard]] std::optional<std::string>
    page_with(const std::vector<std::string>& texts) const {
        for (int counter = 1; counter <= 400; ++counter) {
            const Said said = why(fmt::format("1-1-{}", counter));
            if (said.code != 0) return std::nullopt;
            bool has_all = true;
            for (const std::string& text : texts) {
                has_all = has_all && said.out.find(text) != std::string::npos;
            }
            if (has_all) return said.out;
        }
        return std::nullopt;
    }

    const keel::test::TempFolder temp_;
    const std::filesystem::path folder_ = temp_.folder();
};

bool matches(const std::string& text, const std::string& pattern) {
    return std::regex_search(text, std::regex{pattern, std::regex::multiline});
}

std::string story_in(const std::string& page) {
    std::string out = page.substr(page.find("From signal to hedge"));
    // Which of them was asked about is marked, and no part of the story.
    return std::regex_replace(out, std::regex{" [* ] +"}, " ");
}

TEST_F(Why, AQuoteItsFillAndItsHedgeAreOnePage) {
    record({"--faults", "harsh", "--duration", "600s", "--seed", "3"});
    const auto page = page_with({"sent: quote", "fill ", " hedge "});
    ASSERT_TRUE(page.has_value());
    EXPECT_TRUE(matches(*page, R"(^Order 1-1-\d+ \(packed \d+\) on pacifica/(BTC|ETH): )"
                               R"((Buy|Sell) [\d.]+ @ [\d.]+, post-only$)"))
        << *page;
    EXPECT_TRUE(matches(*page,
                        R"(^For (btc|eth): quote \(pacifica/... hedged on hyperliquid/...\), )"
                        R"(correlation \d+)"))
        << *page;
    EXPECT_TRUE(matches(*page,
                        R"(^When it was sent: pacifica/... [\d.]+ / [\d.]+, hyperliquid/... )"
                        R"([\d.]+ / [\d.]+$)"))
        << *page;
    EXPECT_TRUE(matches(*page, R"(^ *\d+ +\d+\.\d{6}  PendingNew +- -> create +0\.0+ +[\d.]+  )"
                               R"(sent: quote$)"))
        << *page;
    EXPECT_TRUE(
        matches(*page, R"(create -> - .*(new order accepted|New, 0\.0+ filled \(stream\))$)"))
        << *page;
    EXPECT_TRUE(matches(*page, R"(fill \d+: [\d.]+ @ [\d.]+ \((stream|read)\)$)")) << *page;
    EXPECT_TRUE(matches(*page, R"(settled: its fills are complete$)")) << *page;
    EXPECT_TRUE(
        matches(*page, R"(^  1-1-\d+ \* .* quote +(Buy|Sell) [\d.]+ @ [\d.]+ on pacifica/)"))
        << *page;
    EXPECT_TRUE(
        matches(*page, R"(^  1-1-\d+ .* hedge +(Buy|Sell) [\d.]+ @ [\d.]+ on hyperliquid/)"))
        << *page;
    EXPECT_TRUE(matches(*page, R"(^Together: )")) << *page;

    // Asked about one of its hedges, it tells the same story.
    std::smatch hedge;
    const std::regex row{R"(\n  (1-1-\d+) +[\d.]+  hedge )"};
    ASSERT_TRUE(std::regex_search(*page, hedge, row));
    const Said other = why(hedge[1]);
    EXPECT_EQ(other.code, 0);
    EXPECT_EQ(story_in(other.out), story_in(*page));
    EXPECT_THAT(other.out, HasSubstr(", IOC\nFor "));
    EXPECT_THAT(other.out, HasSubstr("sent: hedge"));
}

TEST_F(Why, ACancelHasItsCauseAndAnAnswerItsContent) {
    record({"--faults", "harsh", "--duration", "600s", "--seed", "3"});
    EXPECT_TRUE(page_with({"cancel asked: edge drift", "cancel accepted"}).has_value());
    EXPECT_TRUE(page_with({"new order refused: "}).has_value());
    EXPECT_TRUE(page_with({"cancel refused: the venue knows no such order"}).has_value());
    EXPECT_TRUE(
        page_with({"restart: what became of it is unknown", "cancel asked: restart"}).has_value());
}

TEST_F(Why, AnOrderIsTakenInEveryFormItIsPrinted) {
    record({"--duration", "120s"});
    const Said said = why("1-1-1");
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(why("1/1/1").out, said.out);
    EXPECT_EQ(why("4503603922337793").out, said.out);
    EXPECT_EQ(keel({"why", "1-1-1", "--record", path("run.rec")}).out, said.out);
    EXPECT_EQ(why("1-1/1").code, 2);
    EXPECT_THAT(why("1-1/1").err, HasSubstr("is not an order: "));
    EXPECT_THAT(keel({"why", "1-1-1", path("none.rec")}).err, HasSubstr("none.rec"));
    EXPECT_EQ(keel({"why", "1-1-1", path("none.rec")}).code, 2);
}

TEST_F(Why, AnOrderThatWasNeverSentIsNamedAsSuch) {
    record({"--duration", "120s"});
    const Said said = why("1-1-9999");
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.err, HasSubstr("keel: order 1-1-9999 is not in "));
    EXPECT_TRUE(
        matches(said.err, R"(^It was never sent: the last order of its life is 1-1-\d+\.$)"))
        << said.err;
    EXPECT_TRUE(
        matches(said.err, R"(^It holds \d+ orders; the nearest are 1-1-\d+ 1-1-\d+ 1-1-\d+$)"))
        << said.err;
}

// What the gate holds back never gets an id, so whoever asks is told what held it.
TEST_F(Why, WhatTheGateHeldBackIsTold) {
    std::ifstream in{"examples/xemm.toml"};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    const std::string knob = "target_edge_bps = \"4\"";
    for (std::size_t at = text.find(knob); at != std::string::npos; at = text.find(knob, at)) {
        text.replace(at, knob.size(), "target_edge_bps = \"1000\"");
    }
    const std::string data = "../data";
    text.replace(text.find(data), data.size(), std::string{KEEL_SOURCE_DIR} + "/data");
    std::ofstream{path("greedy.toml")} << text;
    record({"--duration", "120s"}, path("greedy.toml"));
    const Said said = why("1-1-1");
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err,
                HasSubstr("The record holds no order.\n"
                          "An order that the gate holds back gets no id. What held quotes "
                          "back:\n"));
    EXPECT_TRUE(matches(said.err, R"(^  btc +Sell +price_collar_bps +\d+ )")) << said.err;
}

// A ring holds no beginning: what was sent before it is said to be so.
TEST_F(Why, ARecordOfTheLastEventsKnowsOrdersThatWereSentBeforeIt) {
    record({"--duration", "3600s", "--record-last", "500"});
    const Said none = why("1-1-1");
    EXPECT_EQ(none.code, 2) << "settled and forgotten before the record begins";
    EXPECT_TRUE(
        matches(none.err, R"(^The record begins behind event \d+: it may have ended before)"))
        << none.err;
    std::smatch nearest;
    const std::regex first{R"(the nearest are (1-1-\d+))"};
    ASSERT_TRUE(std::regex_search(none.err, nearest, first)) << none.err;
    const Said said = why(nearest[1]);
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, HasSubstr(", sent before the record begins\nFor "));
}

} // namespace
} // namespace keel::app
