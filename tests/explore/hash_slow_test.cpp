#include <cstdint>
#include <memory>

#include <gtest/gtest.h>

#include "tests/explore/comparison.hpp"
#include "tests/explore/small_scenario.hpp"

// Small worlds, compared whole. Those of the scenario files: tests/incidents/hash_slow_test.cpp.

namespace keel::explore {
namespace {

void expect_same_futures(const Small& small, std::uint32_t faults, std::size_t at_least) {
    auto scenario = std::make_shared<Scenario>(*tight(small));
    Comparison comparison{scenario};
    EXPECT_TRUE(comparison.compare(faults)) << comparison.difference();
    EXPECT_GE(comparison.states(), at_least);
}

TEST(Hash, OfAStateSaysAllThatCanStillHappen) {
    expect_same_futures({.qty = 2, .prints = 2}, 0, 4'000);
}
TEST(Hash, SaysItWithAnyFault) { expect_same_futures({.qty = 1, .prints = 1}, 1, 40'000); }
TEST(Hash, SaysItOfWhatCrashesLeave) {
    expect_same_futures({.qty = 1, .prints = 1, .faults = bit(sim::FaultKind::Crash)}, 1, 10'000);
}
TEST(Hash, SaysItOfTwoCrashes) {
    expect_same_futures({.qty = 1, .prints = 0, .faults = bit(sim::FaultKind::Crash)}, 2, 4'000);
}
TEST(Hash, SaysItOfLeasesAndSecondInstances) {
    expect_same_futures({.qty = 1,
                         .prints = 0,
                         .faults = bit(sim::FaultKind::LeaseLost) | bit(sim::FaultKind::Paused),
                         .lease = seconds(2)},
                        1, 2'000);
}
TEST(Hash, SaysItOfSleepersThatMayDieLater) {
    expect_same_futures({.qty = 1,
                         .prints = 0,
                         .faults = bit(sim::FaultKind::Crash) | bit(sim::FaultKind::Paused),
                         .lease = seconds(2)},
                        2, 4'000);
}
TEST(Hash, SaysItOfBatches) {
    expect_same_futures(
        {.qty = 1,
         .prints = 0,
         .faults = bit(sim::FaultKind::PartialBatch) | bit(sim::FaultKind::AnswerLostBefore),
         .batches = true},
        1, 2'000);
}
TEST(Hash, SaysItOfWhatSettlesLate) {
    expect_same_futures(
        {.qty = 1,
         .prints = 1,
         .faults = bit(sim::FaultKind::SettlementFailed) | bit(sim::FaultKind::StaleRead),
         .settles = true},
        1, 2'000);
}
TEST(Hash, SaysItOfTheExit) {
    expect_same_futures(
        {.qty = 1, .prints = 1, .faults = bit(sim::FaultKind::Drop), .unwinds = true}, 1, 2'000);
}

} // namespace
} // namespace keel::explore
