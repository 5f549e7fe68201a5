#include <gtest/gtest.h>

#include "tests/twins/p5_trial.hpp"

// Whole searches of the market maker's twins with several faults (docs/incidents/p5.md).

namespace keel::twins {
namespace {

using explore::Rule;

TEST(P5, WhatWasTakenOfThreeBatchesIsKept) {
    EXPECT_EQ(search_all("p5-batch", "p5-batch-kept", 3), nothing);
}

TEST(P5, ABlindStartBreaksAllOfIt) {
    EXPECT_EQ(search_all("p5-restart", "p5-restart-blind", 2),
              only({Rule::ExposureWithinLimit, Rule::OneOrderForIntent, Rule::NoForgottenOrder,
                    Rule::EndsFlat}));
}

// What was posted before the crash may arrive after all was read. With its id kept it is posted
// again, and never twice; a stale position is believed by both.
TEST(P5, AStartMeetsAnOlderPostUnlessItKeepsItsId) {
    EXPECT_EQ(search_all("p5-restart", "p5-restart-fetches", 2),
              only({Rule::ExposureWithinLimit, Rule::OneOrderForIntent, Rule::NoForgottenOrder,
                    Rule::EndsFlat}));
    EXPECT_EQ(search_all("p5-restart", "p5-restart-keyed", 2),
              only({Rule::ExposureWithinLimit, Rule::EndsFlat}));
}

TEST(P5, FillsAreBookedOnceByTradeAndOrderHoweverTheyAreTold) {
    EXPECT_EQ(search_all("p5-reconnect", "p5-trade-id", 2), nothing);
    EXPECT_EQ(search_all("p5-fills", "p5-trade-id", 2), nothing);
    EXPECT_EQ(search_all("p5-fills", "p5-independent", 2), nothing);
}

} // namespace
} // namespace keel::twins
