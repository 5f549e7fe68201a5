#include "tests/core/telling.hpp"

// True histories, told twice and shuffled, with gaps that a final read fills: the outcome is the
// truth, and on the way the truth never lies outside of what is held possible.

namespace keel::core::facts {
namespace {

constexpr std::uint64_t seeds = 20'000;

TEST(Join, ArrivalOrderAndRepeatsNeverChangeTheOutcome) { hold_to_truth(false, 1, seeds); }

TEST(Join, GapsAreFilledByAFinalRead) { hold_to_truth(true, 1, seeds); }

} // namespace
} // namespace keel::core::facts
