#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// Funding is added up a second time, from what is held, the mid and the rate.

namespace keel::audit::test {
namespace {

std::uint64_t broken(const Scene& s, Rule rule) { return s.auditor.log().count(rule); }

// The venue takes `paid` for what the maker's account holds, and says so unless told otherwise.
void settles(Scene& s, std::int64_t rate_ppm, std::int64_t paid, std::int64_t truly = 0) {
    s.books.equities[0] -= Money{truly != 0 ? truly : paid};
    s.auditor.on_funding({.at = s.now(),
                          .instrument = maker,
                          .account = AccountIx{0},
                          .rate_ppm = rate_ppm,
                          .paid = Money{paid}});
    s.wait(seconds(2));
}

Signal told(const Scene& s, std::int64_t rate_ppm, Duration ahead) {
    Signal out;
    out.instrument = maker;
    out.kind = SignalKind::Funding;
    out.id = 1;
    out.value = rate_ppm;
    out.valid_until = s.now() + ahead;
    return out;
}

// Seven lots at 1'000 ticks are worth 70'000'000.
TEST(Funding, ALongPaysAndAShortReceives) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 7), 7);
    settles(s, 3, 210);
    settles(s, -3, -210);
    s.fill(s.send(maker, Side::Sell, 14), 14);
    settles(s, 3, -210);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    EXPECT_EQ(s.auditor.equity().turnover(AccountIx{0}).funding, Money{-210});
    EXPECT_EQ(s.auditor.equity().turnover(AccountIx{1}).funding, Money{0});
    s.fill(s.send(maker, Side::Buy, 7), 7);
    settles(s, 3, 0); // nothing is held
    EXPECT_EQ(s.auditor.log().count(), 0U);
    settles(s, 3, 1);
    EXPECT_EQ(broken(s, Rule::EquityAddsUp), 2U); // what was taken, and then what equity shows
}

// Half a tick above, they are worth 70'035'000, and a millionth of that is 70.035.
TEST(Funding, IsRoundedAgainstTheAccount) {
    for (const bool is_long : {true, false}) {
        Scene s;
        s.fill(s.send(maker, is_long ? Side::Buy : Side::Sell, 7), 7);
        s.quote(maker, 1'000, 1'001);
        s.books.equities[0] += Money{is_long ? 35'000 : -35'000};
        settles(s, 1, is_long ? 71 : -70);
        settles(s, -1, is_long ? -70 : 71);
        EXPECT_EQ(s.auditor.log().count(), 0U);
    }
}

TEST(Funding, AUnitMoreThanIsDueIsFound) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 7), 7);
    settles(s, 3, 211);
    EXPECT_EQ(broken(s, Rule::EquityAddsUp), 2U);
}

TEST(Funding, WhatIsTakenAndNotSaidIsFound) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 7), 7);
    settles(s, 3, 210, 211);
    EXPECT_EQ(broken(s, Rule::EquityAddsUp), 1U);
}

TEST(Funding, TheRateIsTheOneThatWasTold) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 7), 7);
    s.auditor.on_heard(told(s, 4, Duration{}));
    settles(s, 3, 210);
    EXPECT_EQ(broken(s, Rule::EquityAddsUp), 1U);
    s.auditor.on_heard(told(s, 3, Duration{}));
    settles(s, 3, 210);
    s.auditor.on_heard(told(s, 4, seconds(1))); // of another settlement
    settles(s, 3, 210);
    Signal other = told(s, 4, Duration{});
    other.kind = SignalKind::FairValue;
    s.auditor.on_heard(other);
    settles(s, 3, 210);
    EXPECT_EQ(broken(s, Rule::EquityAddsUp), 1U);
}

} // namespace
} // namespace keel::audit::test
