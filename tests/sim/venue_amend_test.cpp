#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Amends in every dialect: what the quantity means, whether the venue's id is kept, and what
// happens when the order fills while the amend travels.

namespace keel::sim {
namespace {

RequestAnswer answer_to(Desk& desk, const CommandBody& command) {
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(100));
    return desk.last_answer();
}

VenueConfig dialect(AmendQty qty, bool keeps_order_id) {
    VenueConfig config = test_config();
    config.traits.amend_qty = qty;
    config.traits.amend_keeps_order_id = keeps_order_id;
    return config;
}

struct Row {
    AmendQty qty;
    bool keeps_order_id;
    std::int64_t leaves; // of an order of 10 that has filled 4, after an amend to 8
};
constexpr Row rows[] = {
    {AmendQty::Total, true, 4},       {AmendQty::Total, false, 4},
    {AmendQty::Remaining, true, 8},   {AmendQty::Remaining, false, 8},
    {AmendQty::Replacement, true, 8}, {AmendQty::Replacement, false, 8},
};

TEST(Amends, QuantityMeansWhatTheDialectSaysThoughTheOldLegFillsOnTheWay) {
    for (const Row& row : rows) {
        SCOPED_TRACE(static_cast<int>(row.qty) * 2 + (row.keeps_order_id ? 1 : 0));
        Desk desk{dialect(row.qty, row.keeps_order_id)};
        desk.quote(btc, 100, 50, 110, 50);
        const ClOrdID id = desk.place(Side::Buy, 105, 10);
        desk.settle();
        const OrderID first = desk.last_answer().order_id;
        desk.venue.send(desk.amend_of(id, 106, 8), desk.now);
        desk.print(btc, Side::Sell, 105, 4); // while it travels
        desk.run(milliseconds(100));
        const RequestAnswer answer = desk.last_answer();
        EXPECT_EQ(answer.kind, RequestKind::Amend);
        EXPECT_EQ(answer.outcome, Outcome::Accepted);
        EXPECT_EQ(answer.amend_no, 1U);
        EXPECT_EQ(answer.order_id == first, row.keeps_order_id);
        const TrueOrder now = desk.truth(id);
        EXPECT_TRUE(now.is_open);
        EXPECT_EQ(now.px, Ticks{106});
        EXPECT_EQ((now.qty - now.cum_qty).value(), row.leaves);
        EXPECT_EQ(now.cum_qty.value(), row.keeps_order_id ? 4 : 0); // each leg counts its own

        desk.settle();
        const auto replaced = desk.reports(ExecType::Replaced);
        ASSERT_EQ(replaced.size(), 1U);
        EXPECT_EQ(replaced[0].order_id, answer.order_id);
        EXPECT_EQ(replaced[0].cl_ord_id, id);
        EXPECT_EQ(replaced[0].amend_no, row.keeps_order_id ? 1U : 0U);
        const auto ends = desk.reports(ExecType::Canceled);
        ASSERT_EQ(ends.size(), row.keeps_order_id ? 0U : 1U);
        if (!row.keeps_order_id) {
            EXPECT_EQ(ends[0].order_id, first);
            EXPECT_EQ(ends[0].cum_qty, Lots{4});
        }
        desk.print(btc, Side::Sell, 90, 1'000);
        EXPECT_EQ(desk.position(), 4 + row.leaves);
    }
}

TEST(Amends, BothOrdersOfTheTwoReportsAreHeardWhereTheIDChanges) {
    int new_first = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Desk desk{dialect(AmendQty::Replacement, false), no_faults(), seed};
        desk.quote(btc, 100, 50, 110, 50);
        const ClOrdID id = desk.place(Side::Buy, 105, 10);
        desk.venue.send(desk.amend_of(id, 106, 8), desk.now);
        desk.settle();
        const auto reports = desk.all<ExecutionReport>();
        ASSERT_EQ(reports.size(), 3U);
        if (reports[1].exec_type == ExecType::Replaced) ++new_first;
    }
    EXPECT_GT(new_first, 5);
    EXPECT_LT(new_first, 35);
}

TEST(Amends, OfAnEndedOrderAreTooLateAndOfAnUnknownOneUnknown) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 110, 10);
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 105, 10)).reason, Reason::TooLate);
    EXPECT_EQ(answer_to(desk, desk.amend_of(ClOrdID::make(1, 1, 77), 105, 10)).reason,
              Reason::UnknownOrder);
}

TEST(Amends, BelowWhatHasFilledAreTooLateAndChangeNothing) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 105, 10);
    desk.print(btc, Side::Sell, 105, 6);
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 105, 6)).reason, Reason::TooLate);
    EXPECT_EQ(desk.truth(id).qty, Lots{10});
    EXPECT_TRUE(desk.truth(id).is_open);
}

TEST(Amends, AreNotSupportedEverywhere) {
    VenueConfig config = test_config();
    config.traits.amend_supported = false;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 105, 10);
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 105, 9)).reason, Reason::NotSupported);
}

TEST(Amends, SmallerKeepsItsPlaceInTheQueueAndLargerLosesIt) {
    for (const std::int64_t qty : {9, 11}) {
        Desk desk;
        desk.quote(btc, 100, 20, 110, 50);
        const ClOrdID id = desk.place(Side::Buy, 100, 10);
        desk.quote(btc, 100, 60, 110, 50);
        desk.venue.send(desk.amend_of(id, 100, qty), desk.now);
        desk.run(milliseconds(5));
        desk.print(btc, Side::Sell, 100, 25);
        EXPECT_EQ(desk.filled(id), qty < 10 ? 5 : 0);
    }
}

TEST(Amends, SmallerOnesFreeTheirMargin) {
    VenueConfig config = test_config();
    config.accounts[0].collateral = Money{money_one};
    Desk desk{config};
    desk.quote(btc, 99, 1'000, 101, 1'000);
    const ClOrdID id = desk.place(Side::Buy, 90, 100);
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 90, 120)).reason, Reason::InsufficientMargin);
    EXPECT_EQ(desk.truth(id).qty, Lots{100});
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 90, 50)).outcome, Outcome::Accepted);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 50)).outcome, Outcome::Accepted);
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 80, 51)).reason, Reason::InsufficientMargin);
}

TEST(Amends, IntoACrossingPriceTakeUnlessPostOnly) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID taker = desk.place(Side::Buy, 90, 10);
    auto request = desk.order(Side::Buy, 90, 10);
    request.post_only = 1;
    const ClOrdID poster = desk.place(request);
    EXPECT_EQ(answer_to(desk, desk.amend_of(poster, 110, 10)).reason, Reason::PostOnlyWouldCross);
    EXPECT_TRUE(desk.truth(poster).is_open);
    EXPECT_EQ(desk.truth(poster).px, Ticks{90});
    answer_to(desk, desk.amend_of(taker, 110, 10));
    EXPECT_EQ(desk.filled(taker), 7);
    EXPECT_FALSE(desk.venue.new_fills().back().is_maker);
}

TEST(Amends, WhereTheIDChangesTheOldLegIsGoneEvenIfTheNewOneIsRefused) {
    Desk desk{dialect(AmendQty::Replacement, false)};
    desk.quote(btc, 100, 50, 110, 7);
    auto request = desk.order(Side::Buy, 90, 10);
    request.post_only = 1;
    const ClOrdID id = desk.place(request);
    EXPECT_EQ(answer_to(desk, desk.amend_of(id, 110, 10)).reason, Reason::PostOnlyWouldCross);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    desk.settle();
    EXPECT_EQ(desk.reports(ExecType::Canceled).size(), 1U);
    EXPECT_EQ(desk.reports(ExecType::Rejected).size(), 1U);
    // But an amend that makes no sense touches nothing.
    request = desk.order(Side::Buy, 90, 10);
    const ClOrdID other = desk.place(request);
    EXPECT_EQ(answer_to(desk, desk.amend_of(other, 0, 10)).reason, Reason::InvalidRequest);
    EXPECT_TRUE(desk.truth(other).is_open);
}

TEST(Amends, CancelsFindTheNewestLegByOurIDAndNoOldOneByTheVenues) {
    Desk desk{dialect(AmendQty::Replacement, false)};
    desk.quote(btc, 100, 50, 110, 7);
    const auto request = desk.order(Side::Buy, 90, 10);
    const OrderID old_id = answer_to(desk, request).order_id;
    const OrderID new_id = answer_to(desk, desk.amend_of(request.cl_ord_id, 91, 10)).order_id;
    auto cancel = desk.cancel_of(request.cl_ord_id);
    cancel.order_id = old_id;
    EXPECT_EQ(answer_to(desk, cancel).reason, Reason::UnknownOrder);
    EXPECT_EQ(answer_to(desk, desk.cancel_of(request.cl_ord_id)).order_id, new_id);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
}

} // namespace
} // namespace keel::sim
