#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/conversation.hpp"

// Incidents in which messages crossed, told in every order they could have come in: whichever it
// is, the end is the same. One order of each is a conversation (tests/conversations/sc*.txt, p1*).

namespace keel::core::script {
namespace {

using Lines = std::vector<std::string>;

struct Race {
    std::string setup;
    Lines before; // in this order
    Lines rows;   // in any order
    Lines after;  // in this order again
    std::string end;
    bool shows_hedges = true; // their sizes may depend on the order; their sum may not
};

std::string block(const std::string& command) { return "\n" + command + "\n----\n"; }

// What is shown when all of it has been told.
std::string end_of(const Race& race, const Lines& rows) {
    std::string text = race.setup + "\n";
    for (const std::string& line : race.before) text += block(line);
    for (const std::string& line : rows) text += block(line);
    for (const std::string& line : race.after) text += block(line);
    const std::string told = Conversation::rewritten(text + block("show"));
    std::istringstream shown{told.substr(told.rfind("----\n") + 5)};
    std::string end;
    for (std::string line; std::getline(shown, line);) {
        if (race.shows_hedges || !line.starts_with('H')) end += line + "\n";
    }
    return end;
}

// Every order of the rows, and every order with one of them told a second time.
void expect_one_end(const Race& race) {
    for (std::size_t twice = 0; twice <= race.rows.size(); ++twice) {
        Lines rows = race.rows;
        if (twice < race.rows.size()) rows.push_back(race.rows[twice]);
        std::ranges::sort(rows);
        do {
            std::string order;
            for (const std::string& row : rows) order += row + "\n";
            ASSERT_EQ(end_of(race, rows), race.end) << order;
        } while (std::ranges::next_permutation(rows).found);
    }
}

// The same without repeats: some rows are our own doing.
void expect_one_end_told_once(const Race& race) {
    Lines rows = race.rows;
    std::ranges::sort(rows);
    do {
        std::string order;
        for (const std::string& row : rows) order += row + "\n";
        ASSERT_EQ(end_of(race, rows), race.end) << order;
    } while (std::ranges::next_permutation(rows).found);
}

TEST(SC01, ACancelCrossesAFullFillInWhateverOrder) {
    expect_one_end(
        {.setup = "desk 5",
         .before = {"submit Q1 Sell 5 @ 38", "report Q1 New", "cancel Q1",
                    "happened Q1 Trade E1 5 @ 38"},
         .rows = {"report Q1 Trade E1 5 @ 38", "report Q1 Status cum=5 v=4",
                  "answer Q1 cancel refused TooLate rest", "answer Q1 cancel refused UnknownOrder"},
         .after = {"report H1 Trade E9 5 @ 39"},
         .end = "Q1 Filled cum=5 leaves=0\n"
                "H1 Filled cum=5 leaves=0\n"
                "maker -5\nhedge 5\ngroup flat\n"});
}

// The next tick wants a new maker order, whenever it comes: none leaves until the hedge has filled.
TEST(SC01, NoNewQuoteBesideAFillThatIsNotHedged) {
    expect_one_end_told_once(
        {.setup = "desk 5",
         .before = {"submit Q1 Sell 5 @ 38", "report Q1 New", "cancel Q1",
                    "happened Q1 Trade E1 5 @ 38"},
         .rows = {"report Q1 Trade E1 5 @ 38", "answer Q1 cancel refused TooLate rest",
                  "submit Q2 Sell 5 @ 38", "submit Q3 Sell 5 @ 38"},
         .after = {},
         .end = "Q1 Filled cum=5 leaves=0\n"
                "H1 PendingNew pending=new cum=0 leaves=5\n"
                "maker -5\nhedge 0, 0 to 5\ngroup -5, owed 0\n"});
}

// As two partial fills, each of them hedged once.
TEST(SC01, TwoPartialFillsInWhateverOrder) {
    expect_one_end({.setup = "desk 5",
                    .before = {"submit Q1 Sell 5 @ 38", "report Q1 New", "cancel Q1",
                               "happened Q1 Trade E1 2 @ 38", "happened Q1 Trade E2 3 @ 38"},
                    .rows = {"report Q1 Trade E1 2 @ 38", "report Q1 Trade E2 3 @ 38",
                             "answer Q1 cancel refused TooLate rest"},
                    .after = {},
                    .end = "Q1 Filled cum=5 leaves=0\n"
                           "maker -5\nhedge 0, 0 to 5\ngroup -5, owed 0\n",
                    .shows_hedges = false});
}

TEST(SC03, AnAmendCrossesAFillInWhateverOrder) {
    expect_one_end(
        {.setup = "alone replacement replaced",
         .before = {"submit Q1 Sell 1000 @ 38", "report Q1 New leg=A", "amend Q1 1000 @ 39"},
         .rows = {"report Q1 Trade E1 165 @ 38 leg=A", "report Q1 Canceled leg=A cum=165",
                  "answer Q1 amend accepted leg=B", "report Q1 Trade E2 1000 @ 39 leg=B"},
         .after = {},
         .end = "Q1 Filled cum=1165 leaves=0\nmaker -1165\n"});
}

// Both variants of the lost acknowledgement: with the old leg's end and without it.
TEST(SC04, AFillNamesTheLegThatNobodyAcknowledged) {
    for (const bool lost : {false, true}) {
        Race race{.setup = "alone replacement replaced",
                  .before = {"submit Q1 Sell 10 @ 38", "report Q1 New leg=A", "amend Q1 10 @ 39"},
                  .rows = {"report Q1 Trade E1 4 @ 39 leg=B", "report Q1 Trade E2 5 @ 39 leg=B"},
                  .after = {},
                  .end = "Q1 PartiallyFilled cum=9 leaves=1\nmaker -9, -10 to -9\n"};
        if (lost) {
            // Gone it is, as B exists; what it traded before, nobody has told.
            race.end = "Q1 PartiallyFilled cum=9 leaves=1\nmaker -9, -20 to -9\n";
        } else {
            race.rows.emplace_back("report Q1 Canceled leg=A cum=0");
        }
        expect_one_end(race);
    }
}

TEST(SC05, TheOldLegsEndIsNotTheEndInWhateverOrder) {
    expect_one_end({.setup = "alone replacement replaced",
                    .before = {"submit Q1 Sell 10 @ 38", "report Q1 New leg=A", "amend Q1 10 @ 39"},
                    .rows = {"report Q1 New leg=B", "report Q1 Canceled leg=A cum=0",
                             "answer Q1 amend accepted leg=B"},
                    .after = {},
                    .end = "Q1 New cum=0 leaves=10\nmaker 0, -10 to 0\n"});
}

// P1 whole: fill, confirmation with and without a quantity, both answers; and all detectors of it.
TEST(P1, OneFillIsHedgedOnceInWhateverOrder) {
    expect_one_end({.setup = "desk 6000",
                    .before = {"submit Q1 Sell 5332 @ 38", "report Q1 New", "cancel Q1",
                               "happened Q1 Trade E1 2000 @ 38"},
                    .rows = {"report Q1 Trade E1 2000 @ 38", "report Q1 Canceled cum=2000",
                             "answer Q1 cancel accepted", "answer Q1 cancel unknown Busy rest"},
                    .after = {},
                    .end = "Q1 Canceled cum=2000 leaves=0\n"
                           "H1 PendingNew pending=new cum=0 leaves=2000\n"
                           "maker -2000\nhedge 0, 0 to 2000\ngroup -2000, owed 0\n"});
}

TEST(P1, SeveralDetectorsOfOneFillInWhateverOrder) {
    expect_one_end(
        {.setup = "desk 20",
         .before = {"submit Q1 Sell 12 @ 38", "report Q1 New", "happened Q1 Trade E1 12 @ 38"},
         .rows = {"report Q1 Trade E1 12 @ 38", "report Q1 Trade E1 12 @ 38 read",
                  "report Q1 Status cum=12 v=2 read", "position maker -12"},
         .after = {},
         .end = "Q1 Filled cum=12 leaves=0\n"
                "H1 PendingNew pending=new cum=0 leaves=12\n"
                "maker -12\nhedge 0, 0 to 12\ngroup -12, owed 0\n"});
}

TEST(SC20, BothCancelsFailAndTheOrderFillsInWhateverOrder) {
    expect_one_end({.setup = "desk 5",
                    .before = {"submit Q1 Sell 5 @ 38", "report Q1 New", "cancel Q1",
                               "happened Q1 Trade E1 5 @ 38"},
                    .rows = {"answer Q1 cancel refused RateLimited",
                             "answer Q1 cancel unknown Busy rest", "report Q1 Trade E1 5 @ 38"},
                    .after = {},
                    .end = "Q1 Filled cum=5 leaves=0\n"
                           "H1 PendingNew pending=new cum=0 leaves=5\n"
                           "maker -5\nhedge 0, 0 to 5\ngroup -5, owed 0\n"});
}

} // namespace
} // namespace keel::core::script
