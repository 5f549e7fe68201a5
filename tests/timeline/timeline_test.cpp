#include "timeline/timeline.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/timeline/small.hpp"
#include "timeline/rows.hpp"

// What a diagram says of its messages: which cross, and in which order everything stands.

namespace keel::timeline {
namespace {

constexpr std::uint32_t fills = 0;
constexpr std::uint32_t socket = 1;
constexpr std::uint32_t bot = 2;
constexpr std::uint32_t hedge = 3;

Timeline with(std::vector<Message> messages) {
    Timeline out;
    out.lanes = {{"maker", "fills"}, {"maker", "socket"}, {"bot", ""}, {"hedge", "socket"}};
    out.bot = bot;
    out.messages = std::move(messages);
    return out;
}

Message request(std::int64_t sent, std::optional<std::int64_t> received,
                std::uint32_t to = socket) {
    return message(bot, to, sent, received, Kind::Request);
}
Message fill(std::int64_t sent, std::int64_t received) {
    return message(fills, bot, sent, received, Kind::Fill);
}

bool cross(const Message& a, const Message& b) { return !crossings(with({a, b})).empty(); }

TEST(Crossings, AreWhatNeitherSideKnewWhenItSpoke) {
    struct Row {
        std::int64_t request_sent, request_received, fill_sent, fill_received;
        bool crosses;
    };
    constexpr std::array<Row, 7> table{{
        {10, 20, 5, 15, true},   // the fill was on its way
        {10, 20, 15, 25, true},  // the request was
        {10, 20, 12, 18, true},  // the fill came and went meanwhile
        {10, 20, 21, 30, false}, // the venue had heard the request
        {10, 20, 1, 9, false},   // the bot had heard the fill
        {10, 20, 20, 30, false}, // at once is not before
        {10, 20, 1, 10, false},  //
    }};
    for (const Row& row : table) {
        SCOPED_TRACE(testing::Message() << row.fill_sent << " to " << row.fill_received);
        const Message a = request(row.request_sent, row.request_received);
        const Message b = fill(row.fill_sent, row.fill_received);
        EXPECT_EQ(cross(a, b), row.crosses);
        EXPECT_EQ(cross(b, a), row.crosses) << "the order of messages is of no account";
    }
}

TEST(Crossings, AreBetweenTheSameTwoAboutTheSame) {
    EXPECT_TRUE(cross(request(10, 20), fill(5, 15)));
    EXPECT_FALSE(cross(request(10, 20, hedge), fill(5, 15))) << "another venue";
    EXPECT_FALSE(cross(request(10, 20), request(5, 15))) << "the same direction";
    Message other = fill(5, 15);
    other.about = "Q2";
    EXPECT_FALSE(cross(request(10, 20), other));
    Message read = request(10, 20);
    read.about.clear();
    EXPECT_TRUE(cross(read, other)) << "a read is about all orders";
    other.kind = Kind::Report;
    EXPECT_FALSE(cross(read, other)) << "but only fills are news to it";
    Message book = fill(5, 15);
    book.kind = Kind::Market;
    EXPECT_FALSE(cross(request(10, 20), book));
    EXPECT_FALSE(cross(request(10, std::nullopt), fill(5, 15))) << "it never arrived";
    Message again = fill(5, 15);
    again.is_duplicate = true;
    EXPECT_FALSE(cross(request(10, 20), again)) << "it is no news";
}

TEST(Crossings, OfWhatIsNotKnownExactlyMayBe) {
    const auto at = [](std::int64_t ms) { return Timestamp{} + milliseconds(ms); };
    Message cancel = request(10, 30);
    cancel.received = between(at(10), at(30));
    const auto only = [&](const Message& other) {
        const auto all = crossings(with({cancel, other}));
        EXPECT_EQ(all.size(), 1U);
        return !all.empty() && all.front().is_certain;
    };
    EXPECT_TRUE(only(fill(5, 15))) << "sent before the cancel left, heard after";
    EXPECT_FALSE(only(fill(15, 25))) << "the cancel may have come before or after it";
    EXPECT_FALSE(cross(cancel, fill(30, 40)));
    Message answer = fill(15, 25);
    answer.kind = Kind::Answer;
    EXPECT_FALSE(cross(cancel, answer)) << "of answers only what is certain";
    answer = fill(5, 15);
    answer.kind = Kind::Answer;
    EXPECT_TRUE(cross(cancel, answer));
    cancel.exchange = answer.exchange = 7;
    EXPECT_FALSE(cross(cancel, answer)) << "its own";
}

TEST(Crossings, OfASchedulesMessagesGoByItsSteps) {
    const Message fill = in_steps(fills, bot, 2, 5, Kind::Fill);
    EXPECT_TRUE(cross(in_steps(bot, socket, 3, 4, Kind::Request), fill));
    EXPECT_TRUE(cross(in_steps(bot, socket, 1, 9, Kind::Request), fill));
    EXPECT_FALSE(cross(in_steps(bot, socket, 5, 6, Kind::Request), fill)) << "it had been heard";
    EXPECT_FALSE(cross(in_steps(bot, socket, 1, 2, Kind::Request), fill)) << "it was its cause";
    Message lost = in_steps(bot, socket, 3, std::nullopt, Kind::Request);
    lost.lost = exactly({}, 4);
    EXPECT_FALSE(cross(lost, fill));
}

TEST(Moments, LieWithinTheirBounds) {
    const Timestamp a{10};
    const Timestamp b{20};
    EXPECT_EQ(between(a, b).at, Timestamp{15});
    EXPECT_EQ(between(a, b, Timestamp{12}).at, Timestamp{12});
    EXPECT_EQ(between(a, b, Timestamp{99}).at, b);
    EXPECT_EQ(between(b, a).at, b) << "a clock that runs ahead";
    EXPECT_TRUE(exactly(a).is_exact());
    EXPECT_FALSE(between(a, b).is_exact());
}

// Each row as "message and end" or the notes that stand alone.
std::vector<std::string> told(const Timeline& timeline) {
    std::vector<std::string> out;
    for (const Row& row : rows_of(timeline)) {
        std::string text = row.message ? timeline.messages[*row.message].label +
                                             (row.end == End::Sent ? " >" : " <")
                                       : "-";
        for (const std::size_t note : row.notes) text += " | " + timeline.notes[note].text;
        if (row.has_violation) text += " | " + timeline.violation->rule;
        out.push_back(std::move(text));
    }
    return out;
}

TEST(Rows, StandInTheOrderOfTimeWithTheStateBelowWhatBroughtIt) {
    EXPECT_THAT(
        told(small_timeline()),
        testing::ElementsAre("new order Q1: Sell 5 @ 38 >", "new order Q1: Sell 5 @ 38 <",
                             "fill E1 of Q1: 5 @ 38 >", "fill E1 of Q1: 5 @ 38 >", "cancel Q1 >",
                             "cancel Q1 <",
                             "fill E1 of Q1: 5 @ 38 < | Q1  New -> Filled, cum 5 leaves 0 | "
                             "btc  exposure [-5, 0], owed: buy 5",
                             "new order H1: Buy 5 @ 39 > | exposure_within_limit",
                             "- | HedgeOverdue", "fill E1 of Q1: 5 @ 38 <"));
}

TEST(Rows, WhatTookNoTimeHasOneLineAndTheBotsEndIsIt) {
    const std::vector<Row> rows = rows_of(with({request(3, 3), fill(5, 5)}));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(rows[0].is_bots && rows[0].end == End::Sent);
    EXPECT_TRUE(rows[1].is_bots && rows[1].end == End::Received);
}

TEST(Rows, WhatTheDeskWasToldStandsBeforeWhatItSentThen) {
    Timeline one = with({request(0, 5)});
    one.messages[0].step = 1;
    one.messages[0].label = "cancel";
    one.notes.push_back({Timestamp{}, 1, NoteKind::Order, "Q1  asked: cancel"});
    one.notes.push_back({Timestamp{}, 1, NoteKind::Desk, "restart"});
    EXPECT_THAT(told(one),
                testing::ElementsAre("- | restart | Q1  asked: cancel", "cancel >", "cancel <"));
}

TEST(Rows, AViolationStandsEvenWhereNothingElseDoes) {
    Timeline empty = with({});
    empty.violation = Violation{Timestamp{5}, 0, "ends_flat", "it does not"};
    EXPECT_THAT(told(empty), testing::ElementsAre("- | ends_flat"));
    Timeline one = with({request(0, 5)});
    one.violation = Violation{Timestamp{} + milliseconds(9), 0, "ends_flat", "it does not"};
    EXPECT_THAT(told(one), testing::ElementsAre(" >", " <", "- | ends_flat"))
        << "below a venue's end, which may not be drawn, it has a row of its own";
}

TEST(Rows, OfStepsFollowThemAndBeginWithWhatTheStepIs) {
    EXPECT_THAT(
        told(steps_timeline()),
        testing::ElementsAre("- | opening: 37 / 38", "new order Q1: Sell 5 @ 38 >", // start
                             "new order Q1: Sell 5 @ 38 <", "new order Q1 accepted >",
                             "- | in truth: 0; open: Q1", // 1
                             "- | prints: somebody buys 5 @ 39 | in truth: -5",
                             "fill E1 of Q1: 5 @ 38 >",            // 2
                             "- | operator: halt", "cancel Q1 >",  // 3
                             "cancel Q1 <", "cancel Q1 refused >", // 4
                             "fill E1 of Q1: 5 @ 38 < | Q1  New -> Filled, cum 5 leaves 0 | "
                             "btc  exposure [-5, 0], owed: buy 5",
                             "new order H1: Buy 5 @ 39 >",                             // 5
                             "cancel Q1 refused <",                                    // 6: lost
                             "new order H1: Buy 5 @ 39 <",                             // 7: lost
                             "- | timer | HedgeOverdue", "new order H2: Buy 5 @ 39 >", // 8
                             "new order H2: Buy 5 @ 39 <", "- | in truth: 0 | hedged_once"));
}

TEST(Rows, SayTheirStepOnceAndTheirTimeAlways) {
    const Timeline steps = steps_timeline();
    const std::vector<Row> rows = rows_of(steps);
    std::vector<std::string> shown;
    const Row* before = nullptr;
    for (const Row& row : rows) {
        if (std::string text = place_text(steps, row, before); !text.empty()) {
            shown.push_back(std::move(text));
        }
        before = &row;
    }
    EXPECT_THAT(shown, testing::ElementsAre("start", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
    const Timeline times = small_timeline();
    const std::vector<Row> of_time = rows_of(times);
    EXPECT_EQ(place_text(times, of_time[1], of_time.data()), "+0.005000");
    EXPECT_EQ(end_text(times, of_time[1]), "1 arrives");
    EXPECT_EQ(end_text(times, of_time[2]), "3 leaves");
}

TEST(Words, OfAFateAndOfWhatIsStillUnderWay) {
    const Timeline steps = steps_timeline();
    std::vector<std::string> marks;
    marks.reserve(steps.messages.size());
    for (std::size_t i = 0; i < steps.messages.size(); ++i) {
        marks.push_back(marks_text(steps, crossings(steps), i));
    }
    EXPECT_THAT(marks, testing::ElementsAre("", "still under way", "held, crosses 4", "crosses 3",
                                            "lost", "lost", ""));
}

TEST(Words, OfTimeAndGaps) {
    EXPECT_EQ(time_text(Duration{0}), "+0.000000");
    EXPECT_EQ(time_text(milliseconds(-1'500)), "-1.500000");
    EXPECT_EQ(time_text(nanoseconds(8'485'999)), "+0.008485");
    EXPECT_EQ(gap_text(milliseconds(499)), "");
    EXPECT_EQ(gap_text(milliseconds(4'290)), "4.2 s pass");
    Timeline one = with({});
    const Timestamp later{1};
    EXPECT_EQ(passing_text(one, {}, later), "");
    one.axis = Axis::Steps;
    EXPECT_EQ(passing_text(one, {}, {}), "");
    EXPECT_EQ(passing_text(one, {}, later), "0.000000001 s pass: +0.000000 s") << "any is told";
    EXPECT_EQ(passing_text(one, {}, Timestamp{} + seconds(20)), "20 s pass: +20.000000 s");
}

} // namespace
} // namespace keel::timeline
