#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// What others do with an account is not the desk's mistake; what the desk does not learn of it in
// time, or makes of it, is.

namespace keel::audit::test {
namespace {

using Sent = Scene::Sent;

std::uint64_t broken(const Scene& s, Rule rule) { return s.auditor.log().count(rule); }

TEST(Outside, ItIsNoOrderOfOursAndAddsUp) {
    Scene s;
    s.outside(maker, Side::Buy, 5);
    s.outside(maker, Side::Sell, 2, false);
    s.wait(seconds(2));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    EXPECT_EQ(s.auditor.tally().outside, 2U);
    EXPECT_EQ(s.auditor.tally().fills.other, 0U);
    s.books.move(maker, PositionSide::Net, 1);
    s.wait(seconds(2));
    EXPECT_EQ(broken(s, Rule::PositionAddsUp), 1U);
}

TEST(Outside, WhatIsToldIsKnownWhenAFillWouldBe) {
    Scene s;
    s.outside(maker, Side::Buy, 5);
    s.believes(0, 0, 0);
    s.wait(seconds(1));
    s.believes(0, 0, 0);
    s.believes(5, 0, 5);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 0U);
    s.believes(6, 0, 9);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 1U) << "it is not known, or it is: never more";
    s.wait(milliseconds(50));
    s.believes(0, 0, 0);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 2U) << "the time is over";
}

TEST(Outside, WhatIsSilentIsKnownWhenPositionsHaveBeenRead) {
    Scene s;
    s.outside(maker, Side::Sell, 5, false);
    s.wait(seconds(30));
    s.believes(0, 0, 0);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 0U);
    s.wait(milliseconds(50));
    s.believes(0, 0, 0);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 1U);
}

TEST(Outside, ItMayPassTheLimitAndOursMayNotGoFarther) {
    Scene s;
    const auto early = s.send(maker, Side::Buy, 3);
    s.outside(maker, Side::Buy, 45);        // the limit is 40
    s.fill(s.send(maker, Side::Buy, 2), 2); // cannot know it yet
    s.wait(seconds(2));
    s.fill(early, 3); // left before
    s.fill(s.send(maker, Side::Sell, 5), 5);
    s.fill(s.send(hedge, Side::Sell, 5), 5, false); // what our two buys are owed
    s.fill(s.send(hedge, Side::Buy, 5), 5, false);  // and back to where it stood
    EXPECT_EQ(broken(s, Rule::ExposureWithinLimit), 0U);
    s.fill(s.send(maker, Side::Buy, 1), 1);
    EXPECT_EQ(broken(s, Rule::ExposureWithinLimit), 1U);
}

TEST(Outside, WhatIsToldIsNotOwed) {
    Scene s;
    s.outside(maker, Side::Buy, 10);
    s.wait(seconds(20));
    EXPECT_EQ(broken(s, Rule::HedgedWithinBound), 0U);
    const auto cure = s.send(hedge, Side::Sell, 10);
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 1U);
    s.fill(cure, 10, false);
    EXPECT_EQ(broken(s, Rule::HedgeNeverFlips), 1U);
}

TEST(Outside, WhatIsSilentIsOwedOnceItMustBeKnown) {
    Scene late;
    late.outside(maker, Side::Buy, 10, false);
    late.wait(seconds(35)); // 30 until it is known, and 5 to hedge it
    EXPECT_EQ(broken(late, Rule::HedgedWithinBound), 0U);
    late.wait(seconds(2));
    EXPECT_EQ(broken(late, Rule::HedgedWithinBound), 1U);

    Scene s;
    s.outside(maker, Side::Buy, 10, false);
    s.wait(seconds(10));
    s.fill(s.send(hedge, Side::Sell, 10), 10, false);
    s.wait(seconds(60));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.send(hedge, Side::Sell, 10);
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 1U) << "and once only";
}

TEST(Outside, AHedgeThatCannotKnowOfASilentOneIsNobodysMistake) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 10), 10);
    s.outside(hedge, Side::Sell, 10, false); // pays what is owed
    s.fill(s.send(hedge, Side::Sell, 10), 10, false);
    EXPECT_EQ(s.auditor.log().count(), 0U);
}

TEST(Outside, ADeskThatHedgesNoDifferencesOwesNone) {
    AuditorConfig config = usual_config();
    config.groups[0].hedges_silent = false;
    Scene s{config};
    s.outside(maker, Side::Buy, 10, false);
    s.wait(seconds(60));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.send(hedge, Side::Sell, 10);
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 1U);
}

// At the exit what is nobody's is closed, and the group owes nothing for it.
TEST(Outside, WhatIsSweptIsNotOwed) {
    Scene s;
    s.outside(maker, Side::Buy, 10);
    s.outside(hedge, Side::Sell, 3);
    s.wait(seconds(2));
    s.fill(s.send(maker, Sent{.side = Side::Sell, .qty = 10, .reduce_only = true}), 10, false);
    s.fill(s.send(hedge, Sent{.side = Side::Buy, .qty = 3, .reduce_only = true}), 3, false);
    s.wait(seconds(60));
    s.settle();
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.send(hedge, Side::Sell, 10);
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 1U);
}

// The maker leg was lost to somebody else: its counterpart is swept.
TEST(Outside, TheCounterpartOfWhatWasLostIsSweptAtTheHedgeVenue) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 10), 10);
    s.fill(s.send(hedge, Side::Sell, 10), 10, false);
    s.outside(maker, Side::Sell, 10);
    s.wait(seconds(2));
    s.fill(s.send(hedge, Sent{.side = Side::Buy, .qty = 10, .reduce_only = true}), 10, false);
    s.settle();
    EXPECT_EQ(s.auditor.log().count(), 0U);
}

// The venue takes no order below 2 lots: one that sweeps the last lot goes beyond it.
TEST(Outside, ASweepMayBeAsLargeAsTheSmallestOrder) {
    Scene s;
    s.outside(maker, Side::Buy, 3);
    s.outside(hedge, Side::Sell, 2);
    s.wait(seconds(2));
    s.fill(s.send(maker, Sent{.side = Side::Sell, .qty = 2, .reduce_only = true}), 2, false);
    EXPECT_EQ(s.auditor.exposure().net(GroupIx{0}), Units{-1});
    const auto last = s.send(hedge, Sent{.side = Side::Buy, .qty = 2, .reduce_only = true});
    s.fill(last, 1, false);
    s.fill(last, 1, false);
    EXPECT_EQ(s.auditor.log().count(), 0U);
    EXPECT_EQ(s.auditor.exposure().residue(GroupIx{0}), Units{0});
}

// A quote within the position limit, as the desk may still know it.
TEST(Outside, APositionThatNobodyCanKnowYetBreaksNoLimit) {
    Scene s;
    s.outside(maker, Side::Buy, 75); // worth 7.5 of 8
    s.send(maker, Side::Buy, 10);
    EXPECT_EQ(broken(s, Rule::PositionNotionalLimit), 0U);
    s.wait(seconds(2));
    s.send(maker, Side::Buy, 10);
    EXPECT_EQ(broken(s, Rule::PositionNotionalLimit), 1U);
}

TEST(Outside, ACopyGoesOnFromWhatItHasSeen) {
    Scene s;
    s.outside(maker, Side::Buy, 5);
    Auditor copy = s.auditor;
    copy.on_belief(maker, PositionSide::Net, {Lots{0}, Lots{0}, Lots{0}}, s.now());
    copy.on_belief(maker, PositionSide::Net, {Lots{0}, Lots{0}, Lots{0}}, s.now() + seconds(2));
    EXPECT_EQ(copy.log().count(Rule::TruthInsideInterval), 1U);
    EXPECT_EQ(s.auditor.log().count(), 0U);
}

} // namespace
} // namespace keel::audit::test
