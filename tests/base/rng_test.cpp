#include "base/rng.hpp"

#include <array>
#include <cstdint>
#include <set>

#include <gtest/gtest.h>

namespace keel {
namespace {

// Computed by a second, independent implementation. Promised: a recorded seed must give the same
// world on every compiler, for ever.
TEST(Rng, GoldenValues) {
    Rng rng{1};
    constexpr std::array<std::uint64_t, 4> first{0x5e41ab087439611eULL, 0xf18d6ce93d6cf1eeULL,
                                                 0x0b95f66d327e8d78ULL, 0xc7061b1b93322ba9ULL};
    for (const std::uint64_t expected : first) EXPECT_EQ(rng.next(), expected);
    Rng zero{0};
    EXPECT_EQ(zero.next(), 0xa706dd2f4d197e6fULL);
    Rng child = Rng{1}.fork(2);
    EXPECT_EQ(child.next(), 0xb7592046ecc1dcf3ULL);
    EXPECT_EQ(Rng{42}.below(1'000'000), 343291U);
    EXPECT_EQ(Rng{42}.between(-500, 500), -157);
    Rng coin{9};
    std::uint64_t heads = 0;
    for (int i = 0; i < 64; ++i) heads = heads << 1U | (coin.chance_ppm(500'000) ? 1U : 0U);
    EXPECT_EQ(heads, 0x71a15d7731339f81ULL);
}

TEST(Rng, BoundsAreKept) {
    Rng rng{3};
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_EQ(rng.below(1), 0U);
        const std::uint64_t seven = rng.below(7);
        ASSERT_LT(seven, 7U);
        seen.insert(seven);
        const std::int64_t value = rng.between(-3, 3);
        ASSERT_TRUE(value >= -3 && value <= 3);
        ASSERT_EQ(rng.between(5, 5), 5);
        ASSERT_FALSE(rng.chance_ppm(0));
        ASSERT_TRUE(rng.chance_ppm(1'000'000));
    }
    EXPECT_EQ(seen.size(), 7U);
}

TEST(Rng, TheWidestRangesAreRanges) {
    Rng rng{5};
    bool negative = false;
    bool positive = false;
    for (int i = 0; i < 1'000; ++i) {
        const std::int64_t all = rng.between(INT64_MIN, INT64_MAX);
        negative = negative || all < INT64_MIN / 2;
        positive = positive || all > INT64_MAX / 2;
        ASSERT_GE(rng.between(INT64_MIN + 1, INT64_MAX), INT64_MIN + 1);
        ASSERT_GE(rng.between(-1, INT64_MAX), -1);
        ASSERT_EQ(rng.between(INT64_MIN, INT64_MIN), INT64_MIN);
        ASSERT_EQ(rng.between(INT64_MAX, INT64_MAX), INT64_MAX);
    }
    EXPECT_TRUE(negative && positive);
}

TEST(Rng, ForksAreIndependentOfTheParentsDraws) {
    Rng parent{11};
    const Rng before = parent.fork(1);
    EXPECT_EQ(before, Rng{11}.fork(1));
    EXPECT_NE(before, parent.fork(2));
    static_cast<void>(parent.next());
    EXPECT_NE(before, parent.fork(1)); // a fork depends on where its parent stands
    Rng a = before;
    Rng b = before;
    EXPECT_EQ(a.next(), b.next());
}

TEST(Rng, ChancesComeOutAsStated) {
    Rng rng{8};
    int met = 0;
    for (int i = 0; i < 100'000; ++i) met += rng.chance_ppm(50'000) ? 1 : 0;
    EXPECT_NEAR(met, 5'000, 300);
}

TEST(Hash, ScrambleIsTheFinalizerOfSplitMix64) {
    EXPECT_EQ(scramble(0), 0U);
    EXPECT_EQ(scramble(0x9e3779b97f4a7c15ULL), 0xe220a8397b1dcdafULL); // SplitMix64's first output
}

TEST(Hash, OrderAndCountMatter) {
    EXPECT_NE(Hasher{1}.add(1).add(2).digest(), Hasher{1}.add(2).add(1).digest());
    EXPECT_NE(Hasher{1}.add(0).digest(), Hasher{1}.digest());
    EXPECT_NE(Hasher{1}.add(0).digest(), Hasher{1}.add(0).add(0).digest());
    EXPECT_NE(Hasher{1}.add(7).digest(), Hasher{2}.add(7).digest());
    EXPECT_EQ(Hasher{1}.add_signed(-1).digest(), Hasher{1}.add(~0ULL).digest());
}

TEST(Hash, NoTwoOfAHundredThousandSequencesMeet) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        seen.insert(Hasher{3}.add(i / 300).add(i % 300).digest());
    }
    EXPECT_EQ(seen.size(), 100'000U);
}

} // namespace
} // namespace keel
