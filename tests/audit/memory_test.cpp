#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "audit/number_ranges.hpp"
#include "base/rng.hpp"
#include "tests/audit/scene.hpp"

// What an auditor remembers of a long run, and that it misses nothing by what it has forgotten.

namespace keel::audit::test {
namespace {

using Sent = Scene::Sent;

constexpr Duration kept = seconds(10);

AuditorConfig forgetful() {
    AuditorConfig config = usual_config();
    config.groups.clear(); // nothing is hedged
    config.instruments[0].quotes_only_make = false;
    config.orders_kept = kept;
    return config;
}

// An order that was executed, and of which the desk was told.
std::uint32_t one_of_old(Scene& s, bool is_told = true) {
    const auto order = s.send(maker, Side::Buy, 10);
    s.fill(order, 10);
    if (is_told) s.hears_fill(order, 10);
    s.wait(kept * 3);
    EXPECT_EQ(s.auditor.orders().size(), 0U);
    return order;
}

TEST(Memory, WhatIsOverIsForgottenAfterATime) {
    Scene s{forgetful()};
    const auto filled = s.send(maker, Side::Buy, 10);
    s.fill(filled, 10);
    const auto canceled = s.send(maker, Side::Sell, 10);
    s.end(canceled); // nobody tells: the book alone shows it
    s.send(maker, Side::Buy, 5, /*arrives=*/false);
    const auto resting = s.send(hedge, Side::Buy, 10);
    s.wait(kept - seconds(1));
    EXPECT_EQ(s.auditor.orders().size(), 4U);
    s.wait(kept * 2);
    EXPECT_EQ(s.auditor.orders().size(), 1U);
    s.fill(resting, 10);
    s.wait(kept * 3);
    EXPECT_EQ(s.auditor.orders().size(), 0U);
    EXPECT_EQ(s.auditor.log().count(), 0U);
}

TEST(Memory, AnIdOfOldIsNotSentAgain) {
    Scene s{forgetful()};
    const auto order = one_of_old(s);
    s.cancel(order);
    s.amend(order, 10);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.send_again(order);
    EXPECT_EQ(s.auditor.log().count(Rule::NoResendOfClOrdID), 1U);
}

TEST(Memory, NothingExecutesOfWhatWasOver) {
    Scene s{forgetful()};
    const auto order = one_of_old(s);
    s.fill(order, 1);
    EXPECT_EQ(s.auditor.log().count(Rule::FillsHaveIntents), 1U);
}

TEST(Memory, WhatLivesAgainAfterItsValidityIsSeenHoweverLate) {
    Scene s{forgetful()};
    const auto order = s.send(maker, Side::Buy, 10, /*arrives=*/false);
    s.wait(kept * 3);
    EXPECT_EQ(s.auditor.orders().size(), 0U);
    s.arrive(order);
    s.settle();
    EXPECT_EQ(s.auditor.log().count(Rule::FillsHaveIntents), 1U);
}

TEST(Memory, AFillToldAgainIsKnownWhenItsOrderIsForgotten) {
    Scene s{forgetful()};
    const auto order = one_of_old(s);
    s.hears_fill(order, 10);
    s.believes(10, 10, 10);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.believes(10, 20, 20); // it counted it twice
    EXPECT_EQ(s.auditor.log().count(Rule::TruthInsideInterval), 1U);
}

TEST(Memory, AFillToldLateIsNewWhenItsOrderIsForgotten) {
    Scene s{forgetful()};
    const auto order = one_of_old(s, false);
    s.believes(0, 0, 10);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    EXPECT_EQ(s.auditor.equity().untold_count(), 1U);
    s.hears_fill(order, 10);
    EXPECT_EQ(s.auditor.equity().untold_count(), 0U);
    s.believes(0, 0, 10); // and now it has to be sure of it
    EXPECT_EQ(s.auditor.log().count(Rule::TruthInsideInterval), 1U);
}

TEST(Memory, AnEarlierCloseOfWhichNobodyToldIsKept) {
    Scene s{forgetful()};
    one_of_old(s);
    const Sent close{.side = Side::Sell, .qty = 10, .reduce_only = true, .tif = TimeInForce::Ioc};
    const auto first = s.send(maker, close);
    s.fill(first, 4, false);
    s.end(first);
    s.wait(kept * 5);
    EXPECT_EQ(s.auditor.orders().size(), 1U);
    s.send(maker, close);
    EXPECT_EQ(s.auditor.log().count(Rule::NoDuplicateClose), 1U);
}

TEST(Memory, ManyOrdersTakeNoMoreRoomThanFew) {
    Scene s{forgetful()};
    std::size_t most = 0;
    for (std::uint32_t n = 0; n < 3'000; ++n) {
        const auto order = s.send(maker, n % 2 == 0 ? Side::Buy : Side::Sell, 1);
        s.fill(order, 1);
        s.hears_fill(order, 1);
        s.forget(order); // and so does the venue
        s.wait(seconds(1));
        s.lease(seconds(60));
        most = std::max(most, s.auditor.orders().size());
    }
    EXPECT_EQ(s.auditor.log().count(), 0U);
    EXPECT_LE(most, 2U * 11); // one a second, forgotten at the second look
    EXPECT_EQ(s.auditor.equity().untold_count(), 0U);
    EXPECT_EQ(s.auditor.orders().forgotten_ranges(), 1U);
}

TEST(NumberRanges, AreASetOfNumbersWhateverTheirOrder) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng{seed};
        NumberRanges ranges;
        std::set<std::uint64_t> all;
        while (all.size() < 64) {
            const std::uint64_t number = 1 + rng.below(64);
            ASSERT_EQ(ranges.contains(number), all.contains(number));
            if (all.insert(number).second) ranges.insert(number);
            std::size_t count = 0;
            for (const std::uint64_t one : all) count += all.contains(one + 1) ? 0U : 1U;
            ASSERT_EQ(ranges.range_count(), count);
        }
        EXPECT_FALSE(ranges.contains(0));
        EXPECT_FALSE(ranges.contains(65));
    }
}

} // namespace
} // namespace keel::audit::test
