#include "audit/arithmetic.hpp"

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "model/instrument.hpp"

namespace keel::audit {
namespace {

TEST(Arithmetic, RoundsTowardsTheInfinities) {
    EXPECT_EQ(static_cast<int>(floor_div(7, 2)), 3);
    EXPECT_EQ(static_cast<int>(floor_div(-7, 2)), -4);
    EXPECT_EQ(static_cast<int>(ceil_div(7, 2)), 4);
    EXPECT_EQ(static_cast<int>(ceil_div(-7, 2)), -3);
    EXPECT_EQ(static_cast<int>(floor_div(-8, 2)), -4);
    EXPECT_EQ(static_cast<int>(ceil_div(0, 5)), 0);
}

TEST(Arithmetic, RefusesWhatNoInstrumentHas) {
    EXPECT_FALSE(worth_of({.mantissa = 0, .scale = 1}, {.mantissa = 1, .scale = 1}));
    EXPECT_FALSE(worth_of({.mantissa = 1, .scale = 18}, {.mantissa = 1, .scale = 18}));
}

// Two arithmetics written apart, the model's and the auditor's, agree on what an order costs.
TEST(Arithmetic, AgreesWithTheModelsOwn) {
    for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng{seed};
        Instrument draft;
        draft.symbol = "X";
        draft.tick_size.mantissa = rng.between(1, 1'000);
        draft.tick_size.scale = static_cast<std::int32_t>(rng.between(0, 9));
        draft.lot_size.mantissa = rng.between(1, 1'000);
        draft.lot_size.scale = static_cast<std::int32_t>(rng.between(0, 9));
        const auto instrument = make_instrument(draft);
        ASSERT_TRUE(instrument.has_value());
        const auto worth = worth_of(draft.tick_size, draft.lot_size);
        ASSERT_TRUE(worth.has_value());
        const std::int64_t px = rng.between(1, 10'000'000);
        const std::int64_t qty = rng.between(1, 1'000'000'000);
        const auto theirs = checked_notional(Ticks{px}, Lots{qty}, *instrument, Rounding::Up);
        const Int128 ours = cost_of(px, qty, *worth);
        if (theirs) {
            ASSERT_TRUE(ours == theirs->value);
        } else {
            ASSERT_TRUE(ours > INT64_MAX);
        }
    }
}

} // namespace
} // namespace keel::audit
