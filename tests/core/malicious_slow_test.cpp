#include "tests/core/malicious.hpp"

#include <cstdlib>

namespace keel::core {
namespace {

using namespace script;

TEST(MaliciousStrategySlow, GetsNothingPastTheLastGateInTenMillionSteps) {
    const char* seed = std::getenv("KEEL_TEST_SEED");
    const std::uint64_t first = seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1'000'000;
    const AttackTally tally = attack(first, 10'000'000);
    EXPECT_EQ(tally.wrong, "");
    EXPECT_GT(tally.orders, 100'000U);
    EXPECT_EQ(not_met(tally), "");
}

} // namespace
} // namespace keel::core
