#include <gtest/gtest.h>

#include "tests/twins/twin_trial.hpp"

namespace keel::twins {
namespace {

using explore::Rule;

TEST(P1, AnyConfirmationPassesACalmRunAndNotASearch) {
    const auto scenario = scenario_with("xemm-cycle", "p1-any-confirmation");
    ASSERT_NE(scenario, nullptr);
    const CalmRun calm = run_calmly(*scenario);
    EXPECT_EQ(calm.broken, Rule::None);
    EXPECT_TRUE(calm.is_settled);
    EXPECT_TRUE(find_by_random(*scenario, 0, 1, 10'000));
}

} // namespace
} // namespace keel::twins
