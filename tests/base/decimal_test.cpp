#include "base/decimal.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace keel {
namespace {

struct Row {
    const char* text;
    std::int64_t mantissa;
    std::int32_t scale;
};

TEST(Decimal, ReadsWhatItPromises) {
    constexpr std::array rows{
        Row{"0", 0, 0},
        Row{"-0", 0, 0},
        Row{"0.000", 0, 3},
        Row{"1", 1, 0},
        Row{"-12.050", -12'050, 3},
        Row{"007.5", 75, 1},
        Row{"0.00000001", 1, 8},
        Row{"1e-8", 1, 8},
        Row{"1E-8", 1, 8},
        Row{"1.5e+3", 1'500, 0},
        Row{"1.5e3", 1'500, 0},
        Row{"12.34e1", 1'234, 1},
        Row{"1e18", 1'000'000'000'000'000'000, 0},
        Row{"0e36", 0, 0},
        Row{"0e-36", 0, 18},
        Row{"10e-19", 1, 18},
        Row{"0.000000000000000001", 1, 18},
        Row{"9223372036854775807", INT64_MAX, 0},
        Row{"-9223372036854775808", INT64_MIN, 0},
        Row{"-9.223372036854775808", INT64_MIN, 18},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        const auto read = parse_decimal(row.text);
        ASSERT_TRUE(read.has_value()) << read.error().text();
        EXPECT_EQ(read->mantissa, row.mantissa);
        EXPECT_EQ(read->scale, row.scale);
    }
}

TEST(Decimal, RefusesTheRestAndSaysWhy) {
    constexpr std::array<std::array<const char*, 2>, 28> rows{{
        {"", "does not end with a digit"},
        {"-", "does not end with a digit"},
        {"5.", "does not end with a digit"},
        {"-5.", "does not end with a digit"},
        {".5", "a point stands where it cannot"},
        {".", "a point stands where it cannot"},
        {"1.2.3", "a point stands where it cannot"},
        {"1..2", "a point stands where it cannot"},
        {"+1", "a character that is no digit"},
        {"--1", "a character that is no digit"},
        {" 1", "a character that is no digit"},
        {"1 ", "a character that is no digit"},
        {"1,5", "a character that is no digit"},
        {"0x10", "a character that is no digit"},
        {"nan", "a character that is no digit"},
        {"inf", "a character that is no digit"},
        {"e5", "does not end with a digit"},
        {"1e", "the exponent is not a number"},
        {"1e+", "the exponent is not a number"},
        {"1e++5", "the exponent is not a number"},
        {"1e+-5", "the exponent is not a number"},
        {"1e5e5", "the exponent is not a number"},
        {"1e37", "the exponent is not a number"},
        {"1e-37", "the exponent is not a number"},
        {"1e99999999999999999999", "the exponent is not a number"},
        {"9223372036854775808", "more digits than 64 bits hold"},
        {"1e19", "more digits than 64 bits hold"},
        {"1e-19", "more than 18 places after the point"},
    }};
    for (const auto& [text, why] : rows) {
        SCOPED_TRACE(text);
        const auto read = parse_decimal(text);
        ASSERT_FALSE(read.has_value());
        EXPECT_NE(read.error().text().find(why), std::string::npos) << read.error().text();
    }
    EXPECT_FALSE(parse_decimal(std::string_view{"1\0", 2}).has_value());
}

TEST(Decimal, AnErrorShowsABoundedPieceOfAHugeText) {
    const auto read = parse_decimal(std::string(100'000, '7'));
    ASSERT_FALSE(read.has_value());
    EXPECT_LT(read.error().text().size(), 200U);
}

TEST(Decimal, WritesPlainNotationAndKeepsTrailingZeros) {
    EXPECT_EQ(to_string(Decimal{-12'050, 3}), "-12.050");
    EXPECT_EQ(to_string(Decimal{-5, 2}), "-0.05");
    EXPECT_EQ(to_string(Decimal{0, 2}), "0.00");
    EXPECT_EQ(to_string(Decimal{42, 0}), "42");
    EXPECT_EQ(to_string(Decimal{INT64_MIN, 18}), "-9.223372036854775808");
    EXPECT_EQ(to_string(Decimal{INT64_MIN, 0}), "-9223372036854775808");
    EXPECT_EQ(to_string(Decimal{1, 18}), "0.000000000000000001");
}

Decimal random_decimal(Rng& rng) {
    const std::uint64_t magnitude_bits = rng.below(64);
    const std::uint64_t word = rng.next();
    const std::int64_t mantissa =
        static_cast<std::int64_t>(magnitude_bits == 0 ? word : word >> magnitude_bits);
    const bool negative = rng.below(2) == 1;
    const auto scale = static_cast<std::int32_t>(rng.below(19));
    return {negative && mantissa != INT64_MIN ? -mantissa : mantissa, scale};
}

TEST(Decimal, TextThereAndBackIsTheSameDecimal) {
    Rng rng{20'261'120};
    for (int i = 0; i < 200'000; ++i) {
        const Decimal value = random_decimal(rng);
        const std::string text = to_string(value);
        const auto back = parse_decimal(text);
        ASSERT_TRUE(back.has_value()) << text;
        ASSERT_EQ(*back, value) << text;
        const Decimal least = normalized(value);
        ASSERT_TRUE(least.scale == 0 || least.mantissa % 10 != 0) << text;
        ASSERT_LE(least.scale, value.scale);
    }
}

TEST(Decimal, UnitsThereAndBackAreTheSameCount) {
    Rng rng{7};
    int exact = 0;
    for (int i = 0; i < 200'000; ++i) {
        const std::int64_t mantissa = rng.between(1, 1'000);
        const auto scale = static_cast<std::int32_t>(rng.below(19));
        Decimal unit{mantissa, scale};
        const std::int64_t magnitude = std::int64_t{1} << rng.below(62);
        const std::int64_t count = rng.between(-magnitude, magnitude);
        const auto value = times(count, unit);
        if (!value) continue; // count x unit is beyond 64 bits
        ++exact;
        const auto back = units_of(*value, unit);
        ASSERT_TRUE(back.has_value()) << back.error().text();
        ASSERT_EQ(*back, count);
        // In its least form, too: equal values give equal counts.
        ASSERT_EQ(units_of(normalized(*value), normalized(unit)).value(), count);
    }
    EXPECT_GT(exact, 100'000);
}

TEST(Decimal, UnitsAreExactOrAnError) {
    EXPECT_EQ(units_of({15, 3}, {1, 3}).value(), 15);
    EXPECT_EQ(units_of({15, 3}, {5, 3}).value(), 3);
    EXPECT_EQ(units_of({1'500, 3}, {5, 1}).value(), 3);
    EXPECT_EQ(units_of({-1, 0}, {25, 2}).value(), -4);
    EXPECT_EQ(units_of({INT64_MIN, 0}, {1, 0}).value(), INT64_MIN);
    EXPECT_EQ(units_of({INT64_MAX, 18}, {1, 18}).value(), INT64_MAX);

    const auto crooked = units_of({16, 3}, {5, 3});
    ASSERT_FALSE(crooked.has_value());
    EXPECT_EQ(crooked.error().text(), "0.016 is not a multiple of 0.005");
    const auto large = units_of({INT64_MAX, 0}, {1, 18});
    ASSERT_FALSE(large.has_value());
    EXPECT_NE(large.error().text().find("does not fit in 64 bits"), std::string::npos);
    EXPECT_FALSE(units_of({1, 0}, {0, 0}).has_value());
    EXPECT_FALSE(units_of({1, 0}, {-1, 0}).has_value());
    EXPECT_FALSE(times(INT64_MAX, {2, 0}).has_value());
    EXPECT_EQ(times(-3, {25, 2}).value(), (Decimal{-75, 2}));
}

TEST(Error, EachCallerAddsItsView) {
    const Error inner{"line 3: 1,5 is not a decimal number"};
    EXPECT_EQ(inner.while_doing("reading x.toml").text(),
              "reading x.toml: line 3: 1,5 is not a decimal number");
}

} // namespace
} // namespace keel
