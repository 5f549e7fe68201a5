#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// What a market of binary outcomes adds: executions that fail to settle, conversions, sales of
// what is there alone, heartbeats, and ladders of quotes.

namespace keel::audit::test {
namespace {

using Sent = Scene::Sent;

std::uint64_t broken(const Scene& s, Rule rule) { return s.auditor.log().count(rule); }

AuditorConfig binary() {
    AuditorConfig config = usual_config();
    config.groups.clear();
    config.instruments[0].long_only = true;
    config.instruments[0].live_quotes_per_side = 2;
    config.instruments[0].reductions_quote = true;
    config.instruments[0].takes_only_ioc = true;
    config.venues[0].has_heartbeats = true;
    return config;
}

// The venue takes it back: its books follow.
void fail(Scene& s, std::uint32_t number, std::int64_t qty, bool is_told = true) {
    sim::TrueFill fill;
    fill.at = s.now();
    fill.cl_ord_id = ClOrdID::make(1, 1, number + 1);
    fill.order_id = OrderID{0, number + 1};
    fill.exec_id = ExecID{0, 1};
    fill.instrument = maker;
    fill.account = AccountIx{0};
    fill.is_maker = true;
    fill.px = Ticks{1'000};
    fill.qty = Lots{qty};
    fill.is_taken_back = true;
    const std::int64_t amount = 1'000 * qty * 10'000;
    const std::int64_t fee = (amount * 150 + 999'999) / 1'000'000;
    fill.fee = Money{fee};
    s.books.positions[0][0] -= Lots{qty};
    s.books.equities[0] += Money{amount + fee} - Money{qty * 1'000 * 10'000};
    s.auditor.on_fill(fill);
    if (!is_told) return;
    ExecutionReport told;
    told.instrument = maker;
    told.exec_type = ExecType::Trade;
    told.cl_ord_id = fill.cl_ord_id;
    told.order_id = fill.order_id;
    told.exec_id = fill.exec_id;
    told.side = Side::Buy;
    told.stage = FillStage::Failed;
    told.last_qty = Lots{qty};
    s.auditor.on_heard(told);
}

void beats(Scene& s, Outcome outcome = Outcome::Accepted) {
    RequestAnswer answer;
    answer.account = AccountIx{0};
    answer.kind = RequestKind::Heartbeat;
    answer.outcome = outcome;
    s.auditor.on_heard(answer);
}

TEST(Failures, WhatFailsIsTakenBackAndAddsUp) {
    Scene s;
    const auto quote = s.send(maker, Side::Buy, 10);
    s.fill(quote, 10);
    fail(s, quote, 10);
    s.wait(seconds(2));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    s.books.positions[0][0] += Lots{1};
    s.wait(seconds(2));
    EXPECT_EQ(broken(s, Rule::PositionAddsUp), 1U);
}

TEST(Failures, OneThatTakesBackMoreThanItBroughtDoesNotAddUp) {
    Scene s;
    const auto quote = s.send(maker, Side::Buy, 10);
    s.fill(quote, 10);
    fail(s, quote, 10);
    s.books.equities[0] -= Money{1};
    s.wait(seconds(2));
    EXPECT_EQ(broken(s, Rule::EquityAddsUp), 1U);
}

TEST(Failures, ADeskIsSureOfItUntilItIsTold) {
    Scene s;
    const auto quote = s.send(maker, Side::Buy, 10);
    s.fill(quote, 10);
    s.hears_fill(quote, 10);
    s.believes(10, 10, 10);
    fail(s, quote, 10, false);
    s.believes(10, 10, 10); // it was not told
    s.believes(0, 0, 0);    // or found out by itself
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 0U);
    s.believes(11, 11, 11);
    EXPECT_GE(broken(s, Rule::TruthInsideInterval), 1U);
}

TEST(Failures, ADeskThatWasToldIsNotSureOfItAnyMore) {
    Scene s;
    const auto quote = s.send(maker, Side::Buy, 10);
    s.fill(quote, 10);
    s.hears_fill(quote, 10);
    fail(s, quote, 10);
    s.believes(0, 0, 0);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 0U);
    s.believes(0, 10, 10);
    EXPECT_EQ(broken(s, Rule::TruthInsideInterval), 1U);
}

TEST(Failures, WhatAHedgeLosesIsOwedAgain) {
    Scene s;
    s.fill(s.send(maker, Side::Buy, 10), 10);
    s.wait(milliseconds(100));
    s.fill(s.send(hedge, Side::Sell, 10), 10, false);
    fail(s, 0, 10); // the quote's: the hedge stands alone
    s.wait(milliseconds(100));
    s.fill(s.send(hedge, Side::Buy, 10), 10, false);
    s.wait(seconds(2));
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 0U);
    EXPECT_EQ(broken(s, Rule::HedgeNeverFlips), 0U);
    EXPECT_EQ(s.auditor.exposure().net(GroupIx{0}), Units{0});
}

TEST(Stock, OnlyWhatIsHeldAndSettledIsSold) {
    Scene s{binary()};
    beats(s);
    s.fill(s.send(maker, Side::Buy, 10), 10);
    s.send(maker, Side::Sell, 6);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
    s.send(maker, Side::Sell, 4);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
    s.send(maker, Side::Sell, 1); // the others may still take all of it
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 1U);
}

// A sale of 6 that moves, of 10: what it was before is not sold any more.
TEST(Stock, OfAnAmendedSaleWhatRestsAndWhatIsAskedForMayBeSold) {
    for (const AmendQty dialect : {AmendQty::Total, AmendQty::Remaining, AmendQty::Replacement}) {
        AuditorConfig config = binary();
        config.venues[0].amend_qty = dialect;
        config.accounts[0].max_orders_per_second = 0;
        config.accounts[0].max_open_orders = 0;
        Scene s{config};
        beats(s);
        s.fill(s.send(maker, Side::Buy, 10), 10);
        const auto sale = s.send(maker, Side::Sell, 5);
        s.amend(sale, 5, 1'001);
        s.amend(sale, 4, 1'002);
        s.send(maker, Side::Sell, 6);
        EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
        s.amend(sale, 5, 1'003, /*arrives=*/false); // the 4 that rest may be sold before that, too
        EXPECT_EQ(broken(s, Rule::SellsSettledStock), 1U);
    }
}

TEST(Stock, AnAmendThatCannotArriveAnyMoreSellsNothing) {
    AuditorConfig config = binary();
    config.venues[0].amend_qty = AmendQty::Replacement;
    Scene s{config};
    beats(s);
    s.fill(s.send(maker, Side::Buy, 10), 10);
    const auto sale = s.send(maker, Side::Sell, 5);
    s.amend(sale, 5, 1'001, /*arrives=*/false);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
    s.wait(seconds(3));
    s.send(maker, Side::Sell, 5);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
}

// What was executed while an amend travelled comes on top of what it asks for, and no more than
// that.
TEST(Amends, ToWhatShallRestMayExecuteThatBesideWhatWasExecutedBefore) {
    for (const AmendQty dialect : {AmendQty::Remaining, AmendQty::Replacement}) {
        AuditorConfig config = usual_config();
        config.groups.clear();
        config.venues[0].amend_qty = dialect;
        Scene s{config};
        const auto quote = s.send(maker, Side::Buy, 10);
        s.amend(quote, 8);
        s.hears_amend(quote, Outcome::Refused);
        s.amend(quote, 7);
        s.fill(quote, 4);
        s.hears_amend(quote, Outcome::Accepted);
        s.fill(quote, 7);
        EXPECT_EQ(broken(s, Rule::NoOverfill), 0U);
        s.fill(quote, 1);
        EXPECT_EQ(broken(s, Rule::NoOverfill), 1U);
    }
}

TEST(Stock, WhatMayFailIsNotSold) {
    Scene s{binary()};
    beats(s);
    s.fill(s.send(maker, Side::Buy, 10), 10);
    s.books.unsettled = Lots{4};
    const auto sale = s.send(maker, Side::Sell, 6);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
    s.end(sale);
    s.send(maker, Side::Sell, 7);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 1U);
}

TEST(Stock, WhereShortIsAllowedNobodyAsks) {
    Scene s;
    s.send(maker, Side::Sell, 10);
    EXPECT_EQ(broken(s, Rule::SellsSettledStock), 0U);
}

TEST(Beats, NoNewRiskBeforeTheVenueHasAcceptedOne) {
    Scene s{binary()};
    s.send(maker, Sent{.qty = 5, .reduce_only = true}); // takes risk away
    EXPECT_EQ(broken(s, Rule::BeatsBeforeOrders), 0U);
    beats(s, Outcome::Unknown);
    s.send(maker, Side::Buy, 5);
    EXPECT_EQ(broken(s, Rule::BeatsBeforeOrders), 1U);
    beats(s);
    s.send(maker, Side::Buy, 5);
    EXPECT_EQ(broken(s, Rule::BeatsBeforeOrders), 1U);
    s.lease(seconds(3'600), 2); // another life
    s.send(maker, Sent{.qty = 1, .epoch = 2});
    EXPECT_EQ(broken(s, Rule::BeatsBeforeOrders), 2U);
}

TEST(Beats, WhereNobodyWantsThemNobodyAsks) {
    Scene s;
    s.send(maker, Side::Buy, 5);
    EXPECT_EQ(broken(s, Rule::BeatsBeforeOrders), 0U);
}

TEST(Ladders, HaveSoManyLiveQuotesAsLevels) {
    Scene s{binary()};
    beats(s);
    const auto first = s.send(maker, Sent{.qty = 1, .px = 1'000});
    s.send(maker, Sent{.qty = 1, .px = 999});
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 0U);
    s.wait(seconds(2));
    s.cancel(first);
    s.send(maker, Sent{.qty = 1, .px = 998}); // it may still live
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 1U);
    s.end(first);
    s.wait(seconds(2));
}

// Levels stand behind each other: two orders at one price are two of one level, though another one
// is missing.
TEST(Ladders, HaveOneLiveQuoteAtAPrice) {
    Scene s{binary()};
    beats(s);
    s.send(maker, Sent{.qty = 1, .px = 1'000});
    s.send(maker, Sent{.side = Side::Sell, .qty = 1, .px = 1'000});
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 0U);
    s.send(maker, Sent{.qty = 1, .px = 1'000});
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 1U);
}

TEST(Ladders, MayStandWhereALevelHasLeftOrLeaves) {
    Scene s{binary()};
    beats(s);
    s.cancel(s.send(maker, Sent{.qty = 1, .px = 1'000}));
    const auto moved = s.send(maker, Sent{.qty = 1, .px = 1'000});
    s.end(0);
    s.amend(moved, 1, 999);
    s.wait(seconds(2));
    s.send(maker, Sent{.qty = 1, .px = 999}); // the amend may have been refused
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 0U);
}

TEST(Ladders, OfOneLevelMayCompleteBesideIt) {
    AuditorConfig config = binary();
    config.instruments[0].live_quotes_per_side = 1;
    Scene s{config};
    beats(s);
    const Sent completion{.qty = 1, .tif = TimeInForce::Ioc};
    s.send(maker, Sent{.qty = 1});
    s.send(maker, completion);
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 0U);
    s.send(maker, completion);
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 1U);
}

// Where nothing is meant to take, what takes at once is a quote like any other.
TEST(Ladders, ThatDoNotCompleteCountWhatTakesAtOnce) {
    AuditorConfig config = binary();
    config.instruments[0].takes_only_ioc = false;
    Scene s{config};
    beats(s);
    s.send(maker, Sent{.qty = 1});
    s.send(maker, Sent{.qty = 1, .px = 999});
    s.send(maker, Sent{.qty = 1, .px = 998, .tif = TimeInForce::Ioc});
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 1U);
}

TEST(Ladders, CountReductionsThatOnlyMakeAndWhatTakesAtOnceByItself) {
    Scene s{binary()};
    beats(s);
    s.fill(s.send(maker, Side::Buy, 10), 10);
    Sent offer{.side = Side::Sell, .qty = 1, .post_only = true, .reduce_only = true};
    s.send(maker, offer);
    offer.px += 1;
    s.send(maker, offer);
    s.wait(seconds(2));
    s.send(maker, Sent{.side = Side::Sell, .qty = 1, .tif = TimeInForce::Ioc});
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 0U);
    offer.px += 1;
    s.send(maker, offer);
    EXPECT_EQ(broken(s, Rule::NoTwoLiveForOneIntent), 1U);
}

TEST(Ladders, OnlyWhatWasMeantToTakeTakes) {
    Scene s{binary()};
    beats(s);
    s.fill(s.send(maker, Sent{.qty = 1, .tif = TimeInForce::Ioc}), 1, false);
    EXPECT_EQ(broken(s, Rule::MakerOnlyNeverTakes), 0U);
    s.fill(s.send(maker, Sent{.qty = 1}), 1, false);
    EXPECT_EQ(broken(s, Rule::MakerOnlyNeverTakes), 1U);
}

// Merged at the venue's own price, without a fee; it is no trade, whatever it is worth.
TEST(Conversions, AreNoTakersAndHaveNoFee) {
    Scene s{binary()};
    beats(s);
    s.fill(s.send(maker, Side::Buy, 10), 10);
    NewOrderSingle order;
    order.cl_ord_id = ClOrdID::make(1, 1, 99);
    order.account = AccountIx{0};
    order.instrument = maker;
    order.side = Side::Sell;
    order.kind = OrdKind::Redeem;
    order.tif = TimeInForce::Ioc;
    order.reduce_only = 1;
    order.px = Ticks{900};
    order.qty = Lots{10};
    order.valid_until = s.now() + seconds(2);
    s.auditor.on_command(order, s.now());
    sim::TrueFill fill;
    fill.at = s.now();
    fill.cl_ord_id = order.cl_ord_id;
    fill.instrument = maker;
    fill.account = AccountIx{0};
    fill.side = Side::Sell;
    fill.qty = Lots{10};
    fill.px = Ticks{400};
    fill.kind = OrdKind::Redeem;
    s.books.positions[0][0] = Lots{0};
    s.books.equities[0] -= Money{10 * 600 * 10'000}; // for less than it was worth
    s.auditor.on_fill(fill);
    s.wait(seconds(2));
    EXPECT_EQ(s.auditor.log().count(), 0U);
    EXPECT_EQ(s.auditor.equity().turnover(maker).taker_volume, Money{0});
    EXPECT_EQ(s.auditor.tally().fills.other, 0U);
    fill.cl_ord_id = ClOrdID::make(1, 1, 1);
    fill.kind = OrdKind::Limit;
    s.auditor.on_fill(fill);
    EXPECT_GE(broken(s, Rule::FillsHaveIntents), 1U) << "for less, and nobody redeemed it";
}

TEST(Conversions, WhatIsResolvedIsMarkedAtItsWorth) {
    Scene s{binary()};
    beats(s);
    s.fill(s.send(maker, Side::Buy, 10), 10);
    s.books.resolved = Ticks{1'500};
    s.books.equities[0] += Money{10 * 500 * 10'000};
    s.wait(seconds(2));
    EXPECT_EQ(s.auditor.log().count(), 0U);
}

} // namespace
} // namespace keel::audit::test
