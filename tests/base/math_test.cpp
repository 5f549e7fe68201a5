#include "base/math.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace keel {
namespace {

TEST(Math, CheckedArithmeticHasNoValueOutsideSixtyFourBits) {
    EXPECT_EQ(checked_add(INT64_MAX, -1), INT64_MAX - 1);
    EXPECT_EQ(checked_add(INT64_MAX, 1), std::nullopt);
    EXPECT_EQ(checked_add(INT64_MIN, -1), std::nullopt);
    EXPECT_EQ(checked_sub(INT64_MIN, 1), std::nullopt);
    EXPECT_EQ(checked_sub(0, INT64_MIN), std::nullopt);
    EXPECT_EQ(checked_sub(-1, INT64_MIN), INT64_MAX);
    EXPECT_EQ(checked_mul(INT64_MIN, -1), std::nullopt);
    EXPECT_EQ(checked_mul(INT64_MIN, 1), INT64_MIN);
    EXPECT_EQ(checked_mul(1LL << 32U, 1LL << 31U), std::nullopt);
}

struct Row {
    std::int64_t a;
    std::int64_t b;
    std::int64_t divisor;
    std::int64_t down;
    std::int64_t down_residue;
    std::int64_t up;
    std::int64_t up_residue;
};

TEST(MulDiv, RoundsTowardsTheInfinitiesAndKeepsTheResidue) {
    constexpr std::array rows{
        Row{7, 1, 2, 3, 1, 4, -1},
        Row{-7, 1, 2, -4, 1, -3, -1},
        Row{7, -1, 2, -4, 1, -3, -1},
        Row{-7, -1, 2, 3, 1, 4, -1},
        Row{6, 1, 2, 3, 0, 3, 0},
        Row{-6, 1, 2, -3, 0, -3, 0},
        Row{1, 1, 1'000'000, 0, 1, 1, -999'999},
        Row{-1, 1, 1'000'000, -1, 999'999, 0, -1},
        Row{0, INT64_MIN, 3, 0, 0, 0, 0},
        Row{INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 0, INT64_MAX, 0},
        Row{INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN, 0, INT64_MIN, 0},
        Row{INT64_MIN, 1, INT64_MAX, -2, INT64_MAX - 1, -1, -1},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(fmt::format("{} x {} / {}", row.a, row.b, row.divisor));
        const auto down = mul_div(row.a, row.b, row.divisor, Rounding::Down);
        const auto up = mul_div(row.a, row.b, row.divisor, Rounding::Up);
        ASSERT_TRUE(down && up);
        EXPECT_EQ(down->value, row.down);
        EXPECT_EQ(down->residue, row.down_residue);
        EXPECT_EQ(up->value, row.up);
        EXPECT_EQ(up->residue, row.up_residue);
    }
}

TEST(MulDiv, HasNoValueWhereTheQuotientDoesNotFit) {
    EXPECT_FALSE(mul_div(INT64_MAX, 2, 1, Rounding::Down));
    EXPECT_FALSE(mul_div(INT64_MIN, -1, 1, Rounding::Down));
    EXPECT_FALSE(mul_div(INT64_MIN, INT64_MIN, 1, Rounding::Up));
    // The last step of rounding may be the one that does not fit.
    EXPECT_TRUE(mul_div(INT64_MAX, 3, 3, Rounding::Up));
    const auto at_edge = mul_div(INT64_MAX, 2, 2, Rounding::Up);
    ASSERT_TRUE(at_edge);
    EXPECT_EQ(at_edge->value, INT64_MAX);
}

TEST(MulDiv, ProductIsValueTimesDivisorPlusResidue) {
    Rng rng{4};
    int fits = 0;
    for (int i = 0; i < 200'000; ++i) {
        const auto draw = [&] {
            const std::uint64_t shift = rng.below(64);
            return static_cast<std::int64_t>(rng.next()) >> shift;
        };
        const std::int64_t a = draw();
        const std::int64_t b = draw();
        const std::int64_t divisor = rng.between(1, std::int64_t{1} << rng.below(63));
        for (const Rounding rounding : {Rounding::Down, Rounding::Up}) {
            const auto out = mul_div(a, b, divisor, rounding);
            const Int128 product = static_cast<Int128>(a) * b;
            if (!out) {
                // Truly beyond: even the nearer neighbour does not fit.
                const Int128 near = product / divisor;
                ASSERT_TRUE(near >= INT64_MAX || near <= INT64_MIN);
                continue;
            }
            ++fits;
            ASSERT_TRUE(static_cast<Int128>(out->value) * divisor + out->residue == product)
                << a << " " << b << " " << divisor;
            if (rounding == Rounding::Down) {
                ASSERT_TRUE(out->residue >= 0 && out->residue < divisor);
            } else {
                ASSERT_TRUE(out->residue <= 0 && out->residue > -divisor);
            }
        }
    }
    EXPECT_GT(fits, 100'000);
}

TEST(MulDiv, ManySmallAmountsSumExactly) {
    // A third of a unit, a thousand times: the residues carry what rounding dropped.
    std::int64_t sum = 0;
    std::int64_t residues = 0;
    for (int i = 0; i < 1'000; ++i) {
        const auto one = mul_div(1, 1, 3, Rounding::Down);
        sum += one->value;
        residues += one->residue;
    }
    EXPECT_EQ(sum * 3 + residues, 1'000);
}

TEST(MulDivDeathTest, ADivisorIsPositive) {
    EXPECT_DEATH(static_cast<void>(mul_div(1, 1, 0, Rounding::Down)), "a divisor is positive");
    EXPECT_DEATH(static_cast<void>(mul_div(1, 1, -2, Rounding::Down)), "a divisor is positive");
}

} // namespace
} // namespace keel
