#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/timeline/small.hpp"
#include "timeline/html.hpp"
#include "timeline/svg.hpp"
#include "timeline/text.hpp"
#include "timeline/xml.hpp"

// How it looks: the terminal's drawing letter by letter, the pictures by what they are made of.
// tests/timeline/page.py shows them to an XML parser and to a browser.

namespace keel::timeline {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t out = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++out;
    }
    return out;
}

void expect_golden(const std::string& drawn, const std::string& name) {
    const std::string path = std::string{KEEL_SOURCE_DIR} + "/tests/golden/timeline/" + name;
    if (std::getenv("KEEL_UPDATE") != nullptr) { // NOLINT(concurrency-mt-unsafe)
        std::ofstream{path, std::ios::binary} << drawn;
        return;
    }
    std::ifstream in{path, std::ios::binary};
    const std::string golden{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(drawn, golden) << "KEEL_UPDATE=1 rewrites it; read the difference";
}

TEST(Text, IsDrawnAsWritten) {
    expect_golden(text_of(small_timeline(), false), "small.txt");
    expect_golden(text_of(steps_timeline(), false), "steps.txt");
}

TEST(Text, HasColoursOnlyWhereTheyAreWanted) {
    for (const Timeline& one : {small_timeline(), steps_timeline()}) {
        EXPECT_THAT(text_of(one, false), Not(HasSubstr("\x1b")));
        const std::string coloured = text_of(one, true);
        EXPECT_THAT(coloured, HasSubstr("\x1b[31m"));
        EXPECT_EQ(std::regex_replace(coloured, std::regex{"\x1b\\[[0-9]+m"}, ""),
                  text_of(one, false))
            << "and they are all that differs";
    }
}

TEST(Svg, HasAnElementForEachMessageAndMark) {
    const std::string svg = svg_of(small_timeline());
    EXPECT_EQ(count(svg, "<g class=\"message "), 5U);
    EXPECT_EQ(count(svg, "<g class=\"message fill twice"), 1U);
    EXPECT_EQ(count(svg, "<g class=\"message request lost"), 1U);
    EXPECT_EQ(count(svg, "<g class=\"cross\"><title>2 crosses 3</title>") +
                  count(svg, "<g class=\"cross\"><title>3 crosses 2</title>"),
              1U);
    EXPECT_EQ(count(svg, "<g class=\"broken\" data-rule=\"exposure_within_limit\">"), 1U);
    EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
}

TEST(Svg, OfStepsHasALineForEachAndSaysWhereTimePasses) {
    const std::string svg = svg_of(steps_timeline());
    EXPECT_EQ(count(svg, ">step</text>"), 1U);
    EXPECT_EQ(count(svg, ">start</text>"), 1U);
    EXPECT_EQ(count(svg, "time s"), 0U);
    EXPECT_EQ(count(svg, ">1.5 s pass: +1.500000 s</text>"), 1U);
    EXPECT_EQ(count(svg, "<line class=\"pass\""), 1U);
    EXPECT_THAT(svg, HasSubstr("sent in step 3, arrived in step 4"));
    EXPECT_THAT(svg, HasSubstr("sent in step 5, lost in step 7"));
    EXPECT_THAT(svg, HasSubstr("sent in step 1, still under way"));
    EXPECT_EQ(count(svg, "<g class=\"message answer way\""), 1U);
    EXPECT_EQ(count(svg, "<g class=\"message answer fault lost\""), 1U);
    EXPECT_EQ(count(svg, "<g class=\"broken\" data-rule=\"hedged_once\">"), 1U);
}

// The rows of a picture in steps are as far apart as what they say, and no step hides another.
TEST(Svg, StepsFollowEachOtherDownThePage) {
    const std::string svg = svg_figure(steps_timeline());
    const std::regex number{"text-anchor=\"end\" x=\"100\" y=\"([0-9]+)\">([0-9]+)</text>"};
    int before = 0;
    int expected = 1;
    for (std::sregex_iterator at{svg.begin(), svg.end(), number}; at != std::sregex_iterator{};
         ++at) {
        EXPECT_EQ(std::stoi((*at)[2]), expected++);
        const int y = std::stoi((*at)[1]);
        EXPECT_GE(y - before, 24);
        before = y;
    }
    EXPECT_EQ(expected, 10);
}

TEST(Html, IsOnePageWithNothingFromElsewhere) {
    const std::string html = html_of(small_timeline());
    EXPECT_EQ(count(html, "<g class=\"message "), 5U);
    EXPECT_THAT(html, HasSubstr("<h1>Q1 &lt;&amp;&gt; its &quot;story&quot;</h1>"));
    EXPECT_THAT(html, HasSubstr("<p class=\"broken\">exposure_within_limit: "));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("src=")));
    EXPECT_THAT(html, Not(HasSubstr("href=")));
    EXPECT_THAT(html, Not(HasSubstr("@import")));
    EXPECT_EQ(count(html, "http"), count(html, "http://www.w3.org/2000/svg"));
}

TEST(Svg, WhatAVenueSaysIsOnlyText) {
    Timeline evil = small_timeline();
    const std::string word = "</text><script>alert('1')</script>&\x01\xff";
    evil.title = evil.head[0] = word;
    evil.violation->rule = evil.violation->text = word;
    for (Lane& lane : evil.lanes) lane.participant += word;
    for (Message& one : evil.messages) one.label = one.about = word;
    for (Note& one : evil.notes) one.text = word;
    for (const std::string& drawn : {svg_of(evil), html_of(evil)}) {
        EXPECT_THAT(drawn, Not(HasSubstr("<script")));
        EXPECT_THAT(drawn, Not(HasSubstr("\x01")));
        EXPECT_THAT(drawn, HasSubstr("&lt;script&gt;"));
    }
}

TEST(Text, NoLabelCommandsTheTerminal) {
    Timeline evil = small_timeline();
    evil.title = evil.messages[0].label = evil.notes[0].text = evil.lanes[0].participant =
        evil.violation->text = "\x1b[2J\r\n";
    const std::string drawn = text_of(evil, false);
    EXPECT_THAT(drawn, Not(HasSubstr("\x1b")));
    EXPECT_THAT(drawn, Not(HasSubstr("\r")));
    EXPECT_THAT(drawn, HasSubstr("?[2J??"));
}

// As a trace has them: a report that the network lost is drawn from the venue towards the bot.
TEST(Drawings, AReportThatNeverArrivesIsDrawnWhereItWasSent) {
    Timeline lost = small_timeline();
    lost.messages.push_back(message(0, lost.bot, 60, std::nullopt, Kind::Report));
    lost.messages.back().label = "Canceled Q1";
    sort_messages(lost);
    const std::string text = text_of(lost, false);
    EXPECT_THAT(
        text,
        HasSubstr("   +0.060000     |5......|.....x|       |     5 Canceled Q1  [never arrives]"));
    EXPECT_EQ(count(svg_of(lost), "<g class=\"message report lost\""), 1U);
    for (Message& one : lost.messages)
        one.is_fault = !one.received; // who knows of the loss says so
    EXPECT_THAT(text_of(lost, false), HasSubstr("5 Canceled Q1  [lost]"));
}

TEST(Svg, ALongLabelIsShortenedAndWholeInItsTitle) {
    Timeline wordy = small_timeline();
    const std::string label(300, 'w');
    wordy.messages[0].label = label;
    const std::string svg = svg_of(wordy);
    EXPECT_EQ(count(svg, label), 2U) << "in the titles of arrow and label";
    EXPECT_THAT(svg, HasSubstr("w\xe2\x80\xa6<tspan"));
}

TEST(Svg, AnEmptyTimelineIsStillAPicture) {
    Timeline empty;
    empty.lanes = {{"bot", ""}};
    EXPECT_THAT(svg_of(empty), HasSubstr("</svg>"));
    EXPECT_THAT(html_of(empty), HasSubstr("</html>"));
    EXPECT_FALSE(text_of(empty, false).empty());
}

TEST(Xml, EscapesWhatHasAMeaningAndReplacesWhatXmlDoesNotHave) {
    EXPECT_EQ(escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
    EXPECT_EQ(escaped("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
              "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    const std::string bad = "\xef\xbf\xbd";
    EXPECT_EQ(escaped("\x01"), bad);
    EXPECT_EQ(escaped("\xff"), bad);
    EXPECT_EQ(escaped("\xc3"), bad) << "cut short";
    EXPECT_EQ(escaped("\xc0\xaf"), bad + bad) << "overlong";
    EXPECT_EQ(escaped("\xed\xa0\x80"), bad + bad + bad) << "half of a surrogate";
    EXPECT_EQ(escaped("a\nb\tc"), "a b c");
    EXPECT_EQ(escaped(std::string_view{"\0", 1}), bad);
}

TEST(Xml, ShortensByCharacters) {
    EXPECT_EQ(shortened("abc", 3), "abc");
    EXPECT_EQ(shortened("abcd", 3), "ab\xe2\x80\xa6");
    EXPECT_EQ(shortened("\xc3\xa4\xc3\xa4\xc3\xa4", 2), "\xc3\xa4\xe2\x80\xa6");
    EXPECT_EQ(characters_in("\xc3\xa4"), 1U);
}

} // namespace
} // namespace keel::timeline
