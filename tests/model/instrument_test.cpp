#include "model/instrument.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"

namespace keel {
namespace {

Instrument draft_of(Decimal tick, Decimal lot, PriceRule rule = PriceRule::Tick) {
    Instrument draft;
    draft.symbol = "X-USD";
    draft.tick_size = tick;
    draft.lot_size = lot;
    draft.price_rule = rule;
    return draft;
}

Instrument made(Decimal tick, Decimal lot, PriceRule rule = PriceRule::Tick) {
    const auto out = make_instrument(draft_of(tick, lot, rule));
    EXPECT_TRUE(out.has_value()) << out.error().text();
    return *out;
}

Int128 power(int exponent) {
    Int128 out = 1;
    for (int i = 0; i < exponent; ++i) out *= 10;
    return out;
}

// px x tick x qty x lot in Money, the long way: no fraction, no early division.
Int128 naive_notional(std::int64_t px, std::int64_t qty, Decimal tick, Decimal lot,
                      Rounding rounding) {
    const Int128 top = Int128{px} * tick.mantissa * qty * lot.mantissa;
    const int exponent = money_scale - tick.scale - lot.scale;
    if (exponent >= 0) return top * power(exponent);
    const Int128 divisor = power(-exponent);
    Int128 out = top / divisor;
    if (top % divisor != 0) {
        if (top < 0 && rounding == Rounding::Down) out -= 1;
        if (top > 0 && rounding == Rounding::Up) out += 1;
    }
    return out;
}

TEST(Notional, EqualsTheLongWay) {
    Rng rng{12};
    constexpr std::array<std::int64_t, 6> mantissas{1, 5, 25, 2, 125, 999};
    for (int i = 0; i < 100'000; ++i) {
        const std::int64_t tick_mantissa = mantissas[rng.below(6)];
        const auto tick_scale = static_cast<std::int32_t>(rng.below(9));
        const std::int64_t lot_mantissa = mantissas[rng.below(6)];
        const auto lot_scale = static_cast<std::int32_t>(rng.below(9));
        const Decimal tick{tick_mantissa, tick_scale};
        const Decimal lot{lot_mantissa, lot_scale};
        const Instrument instrument = made(tick, lot);
        const std::int64_t px = rng.between(0, std::int64_t{1} << rng.below(40));
        const std::int64_t qty_top = std::int64_t{1} << rng.below(40);
        const std::int64_t qty = rng.between(-qty_top, qty_top);
        for (const Rounding rounding : {Rounding::Down, Rounding::Up}) {
            const Int128 expected = naive_notional(px, qty, tick, lot, rounding);
            const auto out = checked_notional(Ticks{px}, Lots{qty}, instrument, rounding);
            SCOPED_TRACE(fmt::format("{} ticks of {} x {} lots of {}", px, to_string(tick), qty,
                                     to_string(lot)));
            if (expected > INT64_MAX || expected < INT64_MIN) {
                ASSERT_FALSE(out.has_value());
                continue;
            }
            ASSERT_TRUE(out.has_value());
            ASSERT_TRUE(out->value == expected);
            // Nothing is lost: the residue is the exact rest.
            ASSERT_TRUE(Int128{px} * qty * instrument.value_num ==
                        Int128{out->value} * instrument.value_den + out->residue);
        }
    }
}

TEST(Notional, HoldsAtTheExtremes) {
    // Price 1e-8, quantity 1e12: ten thousand units of quote currency.
    const Instrument dust = made({1, 8}, {1, 0});
    EXPECT_EQ(notional(Ticks{1}, Lots{1'000'000'000'000}, dust), Money{10'000 * money_one});
    EXPECT_EQ(notional(Ticks{1}, Lots{1}, dust), Money{1});
    // The same price, with lots of 1e-6 and 1e12 of them: 1e-2 units, exactly.
    const Instrument fine = made({1, 8}, {1, 6});
    EXPECT_EQ(notional(Ticks{1}, Lots{1'000'000'000'000}, fine), Money{1'000'000});
    const auto tiny = checked_notional(Ticks{1}, Lots{1}, fine, Rounding::Up);
    ASSERT_TRUE(tiny.has_value()); // 1e-14: a millionth of the smallest Money
    EXPECT_EQ(tiny->value, 1);
    EXPECT_EQ(tiny->residue, 1 - 1'000'000);
    // Large and dear: 1e6 x 1e5 = 1e11 fits Money (9.2e10) no more.
    const Instrument dear = made({1, 0}, {1, 0});
    EXPECT_EQ(notional(Ticks{1'000'000}, Lots{92'233}, dear), Money{92'233'000'000 * money_one});
    EXPECT_FALSE(checked_notional(Ticks{1'000'000}, Lots{100'000}, dear, Rounding::Down));
    EXPECT_FALSE(checked_notional(Ticks{-1'000'000}, Lots{100'000}, dear, Rounding::Down));
}

TEST(Notional, IsNeverWrongBeyond128Bits) {
    // px x qty x value_num would wrap around 128 bits and look small; it must have no value.
    const Instrument heavy = made({1'000'000, 0}, {1'000, 0});
    EXPECT_EQ(heavy.value_num, 100'000'000'000'000'000);
    for (const std::int64_t px : {INT64_MAX, INT64_MAX / 3, std::int64_t{1} << 61U}) {
        for (const std::int64_t qty : {INT64_MAX, INT64_MIN, INT64_MAX / 7}) {
            EXPECT_FALSE(checked_notional(Ticks{px}, Lots{qty}, heavy, Rounding::Down));
            EXPECT_FALSE(checked_notional(Ticks{px}, Lots{qty}, heavy, Rounding::Up));
        }
    }
    // Where the divisor is large, a product beyond 64 bits may still be a small amount.
    const Instrument light = made({1, 8}, {1, 18});
    EXPECT_EQ(light.value_den, 1'000'000'000'000'000'000);
    const auto out =
        checked_notional(Ticks{1'000'000'000'000}, Lots{INT64_MAX}, light, Rounding::Down);
    ASSERT_TRUE(out.has_value());
    EXPECT_EQ(out->value, 9'223'372'036'854);
    EXPECT_EQ(out->residue, 775'807'000'000'000'000);
}

TEST(NotionalDeathTest, AnUncheckedNotionalThatDoesNotFitIsOurMistake) {
    const Instrument dear = made({1, 0}, {1, 0});
    EXPECT_DEATH(static_cast<void>(notional(Ticks{INT64_MAX}, Lots{1}, dear)),
                 "a notional inside the limits fits in Money");
}

TEST(Instrument, MantissasOtherThanOneAreExact) {
    const Instrument i = made({5, 1}, {25, 2}); // ticks of 0.5, lots of 0.25: 0.125 each
    EXPECT_EQ(notional(Ticks{3}, Lots{7}, i), Money{262'500'000}); // 2.625
    const Instrument trailing = made({50, 2}, {250, 3});
    EXPECT_EQ(trailing.value_num, i.value_num);
    EXPECT_EQ(trailing.value_den, i.value_den);
    EXPECT_EQ(trailing.tick_size, (Decimal{5, 1}));
}

TEST(Instrument, RefusesWhatCannotBeTraded) {
    struct Row {
        const char* expected;
        void (*spoil)(Instrument&);
    };
    constexpr std::array rows{
        Row{"symbol is empty", [](Instrument& i) { i.symbol.clear(); }},
        Row{"tick_size must be above zero", [](Instrument& i) { i.tick_size = {0, 2}; }},
        Row{"tick_size must be above zero", [](Instrument& i) { i.tick_size = {-1, 2}; }},
        Row{"lot_size must be above zero", [](Instrument& i) { i.lot_size = {0, 0}; }},
        Row{"min_qty must be at least one lot", [](Instrument& i) { i.min_qty = Lots{0}; }},
        Row{"max_qty must not be negative", [](Instrument& i) { i.max_qty = Lots{-1}; }},
        Row{"max_qty must not be below min_qty",
            [](Instrument& i) {
                i.min_qty = Lots{10};
                i.max_qty = Lots{9};
            }},
        Row{"min_notional must not be negative", [](Instrument& i) { i.min_notional = Money{-1}; }},
        Row{"initial_margin_ppm must be above zero",
            [](Instrument& i) { i.initial_margin_ppm = 0; }},
        Row{"initial_margin_ppm must be above zero",
            [](Instrument& i) { i.initial_margin_ppm = 1'000'001; }},
        Row{"fee is beyond 10 %", [](Instrument& i) { i.taker_fee_ppm = 100'001; }},
        Row{"fee is beyond 10 %", [](Instrument& i) { i.maker_fee_ppm = -100'001; }},
        Row{"tick_size must be 1, 0.1, 0.01",
            [](Instrument& i) {
                i.tick_size = {5, 1};
                i.price_rule = PriceRule::FiveSignificantDigits;
            }},
        Row{"tick_size x lot_size does not fit",
            [](Instrument& i) {
                i.tick_size = {INT64_MAX, 18};
                i.lot_size = {3, 18};
            }},
        Row{"tick_size x lot_size does not fit",
            [](Instrument& i) {
                i.tick_size = {1'000'000'000, 0};
                i.lot_size = {1'000, 0};
            }},
        Row{"tick_size x lot_size is out of range",
            [](Instrument& i) {
                i.tick_size = {1, 18};
                i.lot_size = {1, 18};
            }},
    };
    for (const Row& row : rows) {
        Instrument draft = draft_of({1, 2}, {1, 3});
        ASSERT_TRUE(make_instrument(draft).has_value());
        row.spoil(draft);
        const auto out = make_instrument(draft);
        ASSERT_FALSE(out.has_value()) << row.expected;
        EXPECT_NE(out.error().text().find(row.expected), std::string::npos) << out.error().text();
    }
}

TEST(Fee, IsRoundedAgainstUs) {
    EXPECT_EQ(fee_of(Money{1'000'000}, 450), Money{450});
    EXPECT_EQ(fee_of(Money{1}, 450), Money{1}); // paid: up
    EXPECT_EQ(fee_of(Money{1'000'000}, -20), Money{-20});
    EXPECT_EQ(fee_of(Money{1}, -20), Money{0});        // received: less
    EXPECT_EQ(fee_of(Money{149'999}, -20), Money{-2}); // 2.99998 is received as 2
    EXPECT_EQ(fee_of(Money{INT64_MAX}, 100'000), Money{922'337'203'685'477'581});
}

// --- prices ---

// The rule as a person reads it off the decimal text: whole, or five digits from the first that is
// not zero to the last.
bool reads_as_valid(std::int64_t px, int scale) {
    std::string text = to_string(Decimal{px, scale});
    if (scale == 0) return true;
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') return true;
    std::string digits;
    for (const char c : text) {
        if (c == '.' || (c == '0' && digits.empty())) continue;
        digits += c;
    }
    return digits.size() <= 5;
}

TEST(Price, FiveSignificantDigitsReadsLikeTheDecimalText) {
    Rng rng{31};
    for (int scale = 0; scale <= 6; ++scale) {
        const Instrument i = made({1, scale}, {1, 0}, PriceRule::FiveSignificantDigits);
        for (int n = 0; n < 200; ++n) {
            const std::int64_t top = std::int64_t{1} << rng.below(31);
            const std::int64_t px = rng.between(1, top);
            SCOPED_TRACE(fmt::format("{} at scale {}", px, scale));
            ASSERT_EQ(price_is_valid(Ticks{px}, i), reads_as_valid(px, scale));
            std::int64_t down = px;
            while (down > 0 && !reads_as_valid(down, scale)) --down;
            std::int64_t up = px;
            while (!reads_as_valid(up, scale)) ++up;
            ASSERT_EQ(to_valid_price(Ticks{px}, i, Rounding::Down), Ticks{down});
            ASSERT_EQ(to_valid_price(Ticks{px}, i, Rounding::Up), Ticks{up});
        }
    }
}

TEST(Price, FiveSignificantDigitsByHand) {
    const Instrument i = made({1, 2}, {1, 0}, PriceRule::FiveSignificantDigits);
    const auto down = [&](std::int64_t px) {
        return to_valid_price(Ticks{px}, i, Rounding::Down).value();
    };
    const auto up = [&](std::int64_t px) {
        return to_valid_price(Ticks{px}, i, Rounding::Up).value();
    };
    EXPECT_EQ(down(123'456), 123'450);       // 1234.56 -> 1234.5
    EXPECT_EQ(up(123'456), 123'460);         //         -> 1234.6
    EXPECT_EQ(up(99'999), 99'999);           // 999.99 has five
    EXPECT_EQ(down(999'996), 999'990);       // 9999.96 -> 9999.9
    EXPECT_EQ(up(999'996), 1'000'000);       //         -> 10000
    EXPECT_EQ(down(12'345'678), 12'345'600); // 123456.78 -> 123456: whole, six digits
    EXPECT_EQ(up(12'345'678), 12'345'700);
    EXPECT_EQ(up(12'345'600), 12'345'600);
}

TEST(Price, NothingIsValidAtOrBelowZeroOrBeyondTheLast) {
    for (const PriceRule rule : {PriceRule::Tick, PriceRule::FiveSignificantDigits}) {
        const Instrument i = made({1, 1}, {1, 0}, rule);
        for (const std::int64_t px : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
            EXPECT_FALSE(price_is_valid(Ticks{px}, i));
            EXPECT_EQ(to_valid_price(Ticks{px}, i, Rounding::Down), Ticks{0});
            EXPECT_EQ(to_valid_price(Ticks{px}, i, Rounding::Up), Ticks{0});
        }
    }
    const Instrument i = made({1, 1}, {1, 0}, PriceRule::FiveSignificantDigits);
    EXPECT_EQ(to_valid_price(Ticks{INT64_MAX}, i, Rounding::Up), Ticks{0}); // there is none
    EXPECT_EQ(to_valid_price(Ticks{INT64_MAX}, i, Rounding::Down), Ticks{INT64_MAX - 7});
}

TEST(Price, ShiftsByBasisPointsEitherWay) {
    EXPECT_EQ(shifted(Ticks{1'000'000}, Bps{3 * bps_one}, Rounding::Down), Ticks{1'000'300});
    EXPECT_EQ(shifted(Ticks{1'000'000}, Bps{-3 * bps_one}, Rounding::Up), Ticks{999'700});
    EXPECT_EQ(shifted(Ticks{38}, Bps{0}, Rounding::Up), Ticks{38});
    EXPECT_EQ(shifted(Ticks{38}, Bps{1}, Rounding::Down), Ticks{38});
    EXPECT_EQ(shifted(Ticks{38}, Bps{1}, Rounding::Up), Ticks{39});
    EXPECT_EQ(shifted(Ticks{38}, Bps{-1}, Rounding::Down), Ticks{37});
    EXPECT_EQ(shifted(Ticks{38}, Bps{-1}, Rounding::Up), Ticks{38});
    Rng rng{77};
    for (int n = 0; n < 50'000; ++n) {
        const std::int64_t px = rng.between(1, std::int64_t{1} << rng.below(50));
        const std::int64_t bps = rng.between(-500'000, 500'000);
        const Int128 top = Int128{px} * (1'000'000 + bps);
        const Ticks down = shifted(Ticks{px}, Bps{bps}, Rounding::Down);
        const Ticks up = shifted(Ticks{px}, Bps{bps}, Rounding::Up);
        ASSERT_TRUE(Int128{down.value()} * 1'000'000 <= top);
        ASSERT_TRUE(Int128{down.value() + 1} * 1'000'000 > top);
        ASSERT_TRUE(Int128{up.value()} * 1'000'000 >= top);
        ASSERT_TRUE(Int128{up.value() - 1} * 1'000'000 < top);
    }
}

} // namespace
} // namespace keel
