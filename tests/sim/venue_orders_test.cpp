#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Each kind of new order, and each reason to refuse one.

namespace keel::sim {
namespace {

// Sends it and waits for the answer.
RequestAnswer answer_to(Desk& desk, const CommandBody& command) {
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(100));
    return desk.last_answer();
}

TEST(NewOrders, AreAnsweredWithAnOrderIDAndReportedOnTheOrderStream) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const auto request = desk.order(Side::Buy, 100, 10);
    const RequestAnswer answer = answer_to(desk, request);
    EXPECT_EQ(answer.request, request.request);
    EXPECT_EQ(answer.cl_ord_id, request.cl_ord_id);
    EXPECT_EQ(answer.kind, RequestKind::New);
    EXPECT_EQ(answer.outcome, Outcome::Accepted);
    EXPECT_FALSE(answer.order_id.is_none());
    const auto news = desk.reports(ExecType::New);
    ASSERT_EQ(news.size(), 1U);
    EXPECT_EQ(news[0].order_id, answer.order_id);
    EXPECT_EQ(news[0].order_qty, Lots{10});
    EXPECT_EQ(news[0].px, Ticks{100});
    EXPECT_EQ(news[0].version, 1U);
}

TEST(NewOrders, TravelHalfTheRoundTripEachWay) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.heard.clear();
    desk.settle(); // link reports and the first quotes
    desk.heard.clear();
    const Timestamp sent = desk.now;
    answer_to(desk, desk.order(Side::Buy, 100, 10));
    ASSERT_EQ(desk.heard.size(), 2U);
    EXPECT_EQ(desk.heard[0].at - sent, milliseconds(10)); // answer: 5 in, 5 out
    EXPECT_EQ(desk.heard[1].at - sent, milliseconds(12)); // order stream: 5 in, 7 out
}

TEST(NewOrders, ImmediateOrCancelRemainderExpires) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID id = desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    desk.settle();
    const auto ends = desk.reports(ExecType::Expired);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].cl_ord_id, id);
    EXPECT_EQ(ends[0].has_cum_qty, 1);
    EXPECT_EQ(ends[0].cum_qty, Lots{7});
    EXPECT_EQ(ends[0].reason, Reason::None);
}

TEST(NewOrders, ImmediateOrCancelThatTakesNothingExpiresOrIsRefusedAsTheVenueDoes) {
    for (const bool is_refused : {false, true}) {
        VenueConfig config = test_config();
        config.ioc_no_fill_refused = is_refused;
        Desk desk{config};
        desk.quote(btc, 100, 50, 110, 7);
        const RequestAnswer answer =
            answer_to(desk, desk.order(Side::Buy, 109, 10, TimeInForce::Ioc));
        EXPECT_EQ(answer.outcome, is_refused ? Outcome::Refused : Outcome::Accepted);
        EXPECT_EQ(answer.reason, is_refused ? Reason::NoLiquidity : Reason::None);
        const auto ends = desk.reports(is_refused ? ExecType::Rejected : ExecType::Expired);
        ASSERT_EQ(ends.size(), 1U);
        EXPECT_EQ(ends[0].reason, Reason::NoLiquidity);
        EXPECT_EQ(ends[0].cum_qty, Lots{0});
    }
}

TEST(NewOrders, PostOnlyThatWouldCrossIsRejectedAndTakesNothing) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    auto request = desk.order(Side::Buy, 110, 10);
    request.post_only = 1;
    const RequestAnswer answer = answer_to(desk, request);
    EXPECT_EQ(answer.outcome, Outcome::Refused);
    EXPECT_EQ(answer.reason, Reason::PostOnlyWouldCross);
    EXPECT_TRUE(desk.venue.new_fills().empty());
    const auto rejected = desk.reports(ExecType::Rejected);
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].cl_ord_id, request.cl_ord_id);

    request = desk.order(Side::Buy, 109, 10);
    request.post_only = 1;
    EXPECT_EQ(answer_to(desk, request).outcome, Outcome::Accepted);
}

TEST(NewOrders, AreAcceptedBeforeTheyAreJudgedWhereTheVenueAnswersFirst) {
    VenueConfig config = test_config();
    config.answers_before_judging = true;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    NewOrderSingle crossing = desk.order(Side::Buy, 110, 5);
    crossing.post_only = 1;
    const RequestAnswer answer = answer_to(desk, crossing);
    EXPECT_EQ(answer.outcome, Outcome::Accepted);
    EXPECT_FALSE(answer.order_id.is_none());
    const auto ends = desk.reports(ExecType::Rejected);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].reason, Reason::PostOnlyWouldCross);
    EXPECT_EQ(ends[0].order_id, answer.order_id);
    EXPECT_TRUE(desk.truth(crossing.cl_ord_id).was_rejected);
    // What is no order at all it refuses at once.
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 0, 5)).outcome, Outcome::Refused);
}

TEST(NewOrders, PostOnlyAgainstAnOwnOrderIsRejectedToo) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID mine = desk.place(Side::Sell, 105, 10);
    auto request = desk.order(Side::Buy, 105, 10);
    request.post_only = 1;
    EXPECT_EQ(answer_to(desk, request).reason, Reason::PostOnlyWouldCross);
    EXPECT_TRUE(desk.truth(mine).is_open);
}

TEST(NewOrders, BadOnesAreRefusedAsInvalidAndLeaveNoRecord) {
    VenueConfig config = test_config();
    Instrument& spec = config.instruments[0].spec;
    spec.min_qty = Lots{5};
    spec.max_qty = Lots{1'000};
    spec.min_notional = Money{money_one}; // 1,000 ticks x lots
    spec.price_rule = PriceRule::FiveSignificantDigits;
    const struct {
        const char* what;
        std::function<void(NewOrderSingle&)> spoil;
    } rows[] = {
        {"below the smallest quantity", [](auto& o) { o.qty = Lots{4}; }},
        {"above the largest quantity", [](auto& o) { o.qty = Lots{1'001}; }},
        {"no quantity", [](auto& o) { o.qty = Lots{0}; }},
        {"negative quantity", [](auto& o) { o.qty = Lots{-5}; }},
        {"below the smallest notional", [](auto& o) { o.qty = Lots{9}; }},
        {"no price", [](auto& o) { o.px = Ticks{0}; }},
        {"negative price", [](auto& o) { o.px = Ticks{-100}; }},
        {"six digits", [](auto& o) { o.px = Ticks{100'001}; }},
        {"a notional beyond Money", [](auto& o) { o.px = Ticks{INT64_MAX / 10 * 10}; }},
        {"no id", [](auto& o) { o.cl_ord_id = ClOrdID{}; }},
        {"unknown instrument", [](auto& o) { o.instrument = InstrumentIx{7}; }},
        {"unknown account", [](auto& o) { o.account = AccountIx{7}; }},
        {"no side", [](auto& o) { o.side = static_cast<Side>(0); }},
        {"unknown time in force", [](auto& o) { o.tif = static_cast<TimeInForce>(9); }},
        {"post-only and immediate",
         [](auto& o) {
             o.post_only = 1;
             o.tif = TimeInForce::Ioc;
         }},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.what);
        Desk desk{config};
        desk.quote(btc, 100, 50, 110, 50);
        auto request = desk.order(Side::Buy, 100, 10);
        row.spoil(request);
        const RequestAnswer answer = answer_to(desk, request);
        EXPECT_EQ(answer.outcome, Outcome::Refused);
        EXPECT_EQ(answer.reason, Reason::InvalidRequest);
        EXPECT_TRUE(desk.all<ExecutionReport>().empty());
        EXPECT_EQ(desk.truth(request.cl_ord_id).cl_ord_id, ClOrdID{});
    }
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 100, 10)).outcome, Outcome::Accepted);
}

TEST(NewOrders, ASmallReduceOnlyOrderThatClosesAllIsSparedTheSmallestNotional) {
    for (const bool is_spared : {true, false}) {
        VenueConfig config = test_config();
        config.instruments[0].spec.min_notional = Money{money_one}; // 1,000 ticks x lots
        config.instruments[0].spec.min_notional_spares_full_close = is_spared;
        Desk desk{config};
        desk.quote(btc, 100, 3, 110, 3);
        desk.place(Side::Buy, 110, 10, TimeInForce::Ioc); // takes 3: 330
        ASSERT_EQ(desk.position(), 3);
        auto request = desk.order(Side::Sell, 100, 2, TimeInForce::Ioc);
        request.reduce_only = 1;
        EXPECT_EQ(answer_to(desk, request).reason, Reason::InvalidRequest); // not all of it
        request = desk.order(Side::Sell, 100, 3, TimeInForce::Ioc);
        EXPECT_EQ(answer_to(desk, request).reason, Reason::InvalidRequest); // not reduce-only
        request = desk.order(Side::Sell, 100, 3, TimeInForce::Ioc);
        request.reduce_only = 1;
        EXPECT_EQ(answer_to(desk, request).outcome,
                  is_spared ? Outcome::Accepted : Outcome::Refused);
        EXPECT_EQ(desk.position(), is_spared ? 0 : 3);
    }
}

TEST(NewOrders, AnIDIsTakenOnceLiveOrPast) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const auto request = desk.order(Side::Buy, 100, 10);
    answer_to(desk, request);
    EXPECT_EQ(answer_to(desk, request).reason, Reason::DuplicateID);
    EXPECT_EQ(desk.venue.open_order_count(), 1U);
    desk.venue.send(desk.cancel_of(request.cl_ord_id), desk.now);
    desk.settle();
    auto again = request;
    again.valid_until = desk.now + seconds(1);
    EXPECT_EQ(answer_to(desk, again).reason, Reason::DuplicateID);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
}

TEST(NewOrders, TheOldestEndedOrdersAreForgottenFirstAndLiveOnesNever) {
    VenueConfig config = test_config();
    config.orders_max = 8;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 1'000);
    const ClOrdID live = desk.place(Side::Buy, 100, 10);
    std::vector<ClOrdID> past;
    for (int i = 0; i < 20; ++i) past.push_back(desk.place(Side::Buy, 110, 1, TimeInForce::Ioc));
    EXPECT_TRUE(desk.truth(live).is_open);
    for (std::size_t i = 0; i < past.size(); ++i) {
        const bool is_remembered = i >= past.size() - 7;
        EXPECT_EQ(desk.truth(past[i]).cl_ord_id == past[i], is_remembered) << i;
        auto again = desk.order(Side::Buy, 1, 1);
        again.cl_ord_id = past[i];
        if (!is_remembered) continue;
        EXPECT_EQ(answer_to(desk, again).reason, Reason::DuplicateID) << i;
    }
    for (int i = 0; i < 10; ++i) desk.place(Side::Buy, 90 + i % 3, 1);
    EXPECT_EQ(desk.venue.open_order_count(), 8U);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 1)).reason, Reason::NotSupported);
}

} // namespace
} // namespace keel::sim
