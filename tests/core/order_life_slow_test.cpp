#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/core/catalogue.hpp"
#include "tests/core/telling.hpp"
#include "tests/core/walk.hpp"

// The same as order_life_test.cpp and join_property_test.cpp, farther.

namespace keel::core::facts {
namespace {

TEST(OrderLifeSlow, EveryOrderingOfEveryFiveFactsEndsInOneBelief) {
    Walk walk{{}, ordered};
    int failures = 0;
    each_set(catalogue(), 5, [&](const std::vector<Fact>& set) {
        if (failures < 10 && !walk.hold_to_one_belief(set)) ++failures;
    });
    EXPECT_GT(walk.orderings, 9'000'000U);
}

TEST(OrderLifeSlow, AMillionTrueStories) {
    const char* seed = std::getenv("KEEL_TEST_SEED"); // NOLINT(concurrency-mt-unsafe)
    const std::uint64_t first = seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10) * 1'000'000;
    hold_to_truth(false, first, 500'000);
    hold_to_truth(true, first, 500'000);
}

} // namespace
} // namespace keel::core::facts
