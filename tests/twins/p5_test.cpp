#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "explore/rule.hpp"
#include "tests/twins/p5_trial.hpp"

// The market maker on one book (docs/incidents/p5.md): its twins pass a calm run, and break what
// the page says and nothing else. Searches that take longer are in p5_slow_test.cpp.

namespace keel::twins {
namespace {

using explore::Rule;

struct Pair {
    const char* scenario;
    const char* twin;
};

// Each bug, each fix, and what was read into a fix, where it is asked.
const std::vector<Pair> pairs{
    {"p5-batch", "p5-batch-dropped"},
    {"p5-batch", "p5-batch-kept"},
    {"p5-batch-unknown", "p5-batch-kept"},
    {"p5-kill", "p5-back-off"},
    {"p5-kill", "p5-cancels-always"},
    {"p5-kill", "p5-cancel-all-once"},
    {"p5-not-canceled", "p5-cancels-always"},
    {"p5-reject", "p5-reject-unheard"},
    {"p5-reject", "p5-reject-heard"},
    {"p5-reject", "p5-two-owners"},
    {"p5-reject", "p5-one-owner"},
    {"p5-restart", "p5-restart-blind"},
    {"p5-restart", "p5-restart-fetches"},
    {"p5-restart", "p5-restart-keyed"},
    {"p5-tick", "p5-tick-inferred"},
    {"p5-tick", "p5-tick-explicit"},
    {"p5-reconnect", "p5-fill-again"},
    {"p5-reconnect", "p5-trade-id"},
    {"p5-fills", "p5-trade-id"},
    {"p5-fills", "p5-fill-needs-order"},
    {"p5-fills", "p5-independent"},
    {"p5-lost-fill", "p5-independent"},
    {"p5-one-trade", "p5-independent"},
};

TEST(P5, EveryTwinPassesACalmRun) {
    for (const Pair& pair : pairs) {
        SCOPED_TRACE(std::string{pair.scenario} + ", " + pair.twin);
        const auto scenario = scenario_with(pair.scenario, pair.twin);
        ASSERT_NE(scenario, nullptr);
        const CalmRun calm = run_calmly(*scenario);
        EXPECT_EQ(calm.broken, Rule::None) << explore::info(calm.broken).name;
        EXPECT_TRUE(calm.is_settled);
        EXPECT_GT(calm.steps, 4U) << "it has posted and canceled";
    }
}

struct Broken {
    const char* scenario;
    const char* twin;
    std::uint32_t faults;
    std::vector<Rule> rules;          // one of them is broken first
    std::uint64_t schedules = 20'000; // within so many
};

TEST(P5, RandomSchedulesFindEachBugAndTheHolesOfTheFixes) {
    const std::vector<Broken> all{
        {"p5-batch", "p5-batch-dropped", 1, {Rule::NoForgottenOrder, Rule::OneOrderForIntent}},
        {"p5-batch-unknown", "p5-batch-kept", 1, {Rule::NoForgottenOrder, Rule::OneOrderForIntent}},
        {"p5-kill", "p5-back-off", 1, {Rule::ReducesInTime}},
        {"p5-kill", "p5-cancel-all-once", 3, {Rule::ReducesInTime}, 500'000},
        {"p5-not-canceled", "p5-cancels-always", 1, {Rule::NoForgottenOrder}},
        {"p5-reject", "p5-reject-unheard", 1, {Rule::RejectIsEnd}},
        {"p5-reject", "p5-reject-heard", 1, {Rule::RejectIsEnd}},
        {"p5-reject", "p5-two-owners", 1, {Rule::RejectIsEnd}},
        {"p5-reject", "p5-one-owner", 2, {Rule::RejectIsEnd}},
        {"p5-restart", "p5-restart-blind", 1, {Rule::ExposureWithinLimit, Rule::EndsFlat}},
        {"p5-restart", "p5-restart-fetches", 1, {Rule::EndsFlat}},
        {"p5-restart", "p5-restart-keyed", 1, {Rule::EndsFlat}},
        {"p5-tick", "p5-tick-inferred", 0, {Rule::ReducesInTime}},
        {"p5-reconnect", "p5-fill-again", 1, {Rule::BookedWasFilled}},
        {"p5-fills", "p5-fill-needs-order", 0, {Rule::EndsFlat}},
        {"p5-lost-fill", "p5-independent", 1, {Rule::EndsFlat}},
        {"p5-one-trade", "p5-trade-id", 0, {Rule::EndsFlat}},
    };
    for (const Broken& one : all) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            SCOPED_TRACE(std::string{one.scenario} + ", " + one.twin + ", seed " +
                         std::to_string(seed));
            const auto scenario = scenario_with(one.scenario, one.twin);
            ASSERT_NE(scenario, nullptr);
            const auto found = find_by_random(*scenario, one.faults, seed, one.schedules);
            ASSERT_TRUE(found);
            EXPECT_NE(std::ranges::find(one.rules, found->rule), one.rules.end())
                << explore::info(found->rule).name;
        }
    }
}

// --- whole searches ---

// 1
TEST(P5, WhatWasTakenOfABatchIsKeptWhateverPartItIs) {
    EXPECT_EQ(search_all("p5-batch", "p5-batch-dropped", 1),
              only({Rule::OneOrderForIntent, Rule::NoForgottenOrder}));
    EXPECT_EQ(search_all("p5-batch", "p5-batch-kept", 1), nothing);
}

TEST(P5, ABatchOfUnknownOutcomeIsForgottenByTheFixToo) {
    EXPECT_EQ(search_all("p5-batch-unknown", "p5-batch-kept", 0), nothing);
    EXPECT_EQ(search_all("p5-batch-unknown", "p5-batch-kept", 1),
              only({Rule::OneOrderForIntent, Rule::NoForgottenOrder}));
}

// 2
TEST(P5, BackingOffHoldsBackTheCancelsOfAKill) {
    EXPECT_EQ(search_all("p5-kill", "p5-back-off", 0), nothing);
    EXPECT_EQ(search_all("p5-kill", "p5-back-off", 1), only({Rule::ReducesInTime}));
    EXPECT_EQ(search_all("p5-kill", "p5-cancels-always", 4), nothing);
}

// Two cancels that fail, and the one cancel-all.
TEST(P5, OneCancelAllInsteadOfCancelsIsOneTooFew) {
    EXPECT_EQ(search_all("p5-kill", "p5-cancel-all-once", 2), nothing);
    EXPECT_EQ(search_all("p5-kill", "p5-cancel-all-once", 3), only({Rule::ReducesInTime}));
}

TEST(P5, ARefusedCancelIsTakenForAnEndByTheFix) {
    EXPECT_EQ(search_all("p5-not-canceled", "p5-cancels-always", 1),
              only({Rule::NoForgottenOrder}));
}

// 3
TEST(P5, ARejectionIsNoWordOfTheStreamsOrComesTooSoon) {
    for (const char* twin : {"p5-reject-unheard", "p5-two-owners", "p5-reject-heard"}) {
        SCOPED_TRACE(twin);
        EXPECT_EQ(search_all("p5-reject", twin, 0), nothing);
        EXPECT_EQ(search_all("p5-reject", twin, 1), only({Rule::RejectIsEnd}));
    }
}

// 5
TEST(P5, OneOwnerKnowsARejectionWheneverItComesIfItComes) {
    EXPECT_EQ(search_all("p5-reject", "p5-one-owner", 1), nothing);
    EXPECT_EQ(search_all("p5-reject", "p5-one-owner", 2), only({Rule::RejectIsEnd}));
}

// 4
TEST(P5, ABlindStartForgetsWhatItHoldsAndWhatRests) {
    EXPECT_EQ(search_all("p5-restart", "p5-restart-blind", 0), nothing);
    EXPECT_EQ(search_all("p5-restart", "p5-restart-blind", 1),
              only({Rule::ExposureWithinLimit, Rule::EndsFlat}));
}

// A crash is enough for a fill that is both in the position that was read and told afterwards.
TEST(P5, AStartThatFetchesCountsAFillTwice) {
    EXPECT_EQ(search_all("p5-restart", "p5-restart-fetches", 1), only({Rule::EndsFlat}));
    EXPECT_EQ(search_all("p5-restart", "p5-restart-keyed", 1), only({Rule::EndsFlat}));
}

// 6
TEST(P5, ALadderOfOneLevelShowsNoTick) {
    EXPECT_EQ(search_all("p5-tick", "p5-tick-inferred", 0), only({Rule::ReducesInTime}));
    EXPECT_EQ(search_all("p5-tick", "p5-tick-explicit", 0), nothing);
}

// 7
TEST(P5, AFillThatAStreamRepeatsIsBookedAgain) {
    EXPECT_EQ(search_all("p5-reconnect", "p5-fill-again", 0), nothing);
    EXPECT_EQ(search_all("p5-reconnect", "p5-fill-again", 1), only({Rule::BookedWasFilled}));
}

TEST(P5, OneTradeOfTwoOrdersIsOneFillToTheFix) {
    EXPECT_EQ(search_all("p5-one-trade", "p5-trade-id", 0), only({Rule::EndsFlat}));
    EXPECT_EQ(search_all("p5-one-trade", "p5-independent", 0), nothing);
}

// 8
TEST(P5, AFillBeforeTheAnswerOfItsOrderIsNotBooked) {
    EXPECT_EQ(search_all("p5-fills", "p5-fill-needs-order", 0), only({Rule::EndsFlat}));
    EXPECT_EQ(search_all("p5-fills", "p5-independent", 0), nothing);
}

TEST(P5, WhatProvesNothingShowsNoLossEither) {
    EXPECT_EQ(search_all("p5-lost-fill", "p5-independent", 1), only({Rule::EndsFlat}));
}

// --- traces ---

TEST(P5, SavedTracesReplay) {
    for (const char* name : {"p5-batch-dropped",        "p5-batch-forgotten",
                             "p5-batch-unknown",        "p5-back-off",
                             "p5-cancel-all-once",      "p5-not-canceled",
                             "p5-reject-unheard",       "p5-reject-heard",
                             "p5-two-owners",           "p5-one-owner",
                             "p5-restart-blind",        "p5-restart-doubles",
                             "p5-restart-counts-twice", "p5-restart-late-post",
                             "p5-restart-stale",        "p5-tick-inferred",
                             "p5-fill-again",           "p5-trade-id",
                             "p5-fill-needs-order",     "p5-lost-fill"}) {
        SCOPED_TRACE(name);
        expect_trace_replays(name);
    }
}

} // namespace
} // namespace keel::twins
