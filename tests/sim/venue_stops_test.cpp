#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Stops wait outside the book, and are orders like any once the market has come to their trigger.

namespace keel::sim {
namespace {

// Long 5 from 110, in a market of 100 / 110.
class LongFive : public Desk {
public:
    explicit LongFive(const VenueConfig& config = test_config()) : Desk(config) {
        quote(btc, 100, 50, 110, 50);
        Desk::place(Side::Buy, 110, 5, TimeInForce::Ioc);
        settle();
        heard.clear();
    }
    NewOrderSingle stop(Side side, std::int64_t trigger, std::int64_t px, std::int64_t qty) {
        NewOrderSingle out = order(side, px, qty, TimeInForce::Ioc);
        out.reduce_only = 1;
        out.trigger_px = Ticks{trigger};
        return out;
    }
    RequestAnswer answer_to(const CommandBody& command) {
        venue.send(command, now);
        run(milliseconds(100));
        return last_answer();
    }
    std::vector<ExecutionReport> open_orders() {
        heard.clear();
        venue.send(read_of(RequestKind::ReadOpenOrders), now);
        run(milliseconds(100));
        return all<ExecutionReport>();
    }
};

TEST(Stop, WaitsOutsideTheBookUntilTheMidOfAQuoteComesToItsTrigger) {
    LongFive desk;
    const ClOrdID id = desk.place(desk.stop(Side::Sell, 90, 80, 5));
    desk.quote(btc, 85, 50, 96, 50); // the mid is 90.5
    desk.quote(btc, 120, 50, 130, 50);
    EXPECT_EQ(desk.filled(id), 0);
    EXPECT_TRUE(desk.truth(id).is_open);
    EXPECT_EQ(desk.truth(id).trigger_px, Ticks{90});
    desk.quote(btc, 85, 50, 95, 50); // and here 90
    EXPECT_EQ(desk.filled(id), 5);
    EXPECT_EQ(desk.position(), 0);
    desk.settle();
    const auto trades = desk.reports(ExecType::Trade);
    ASSERT_EQ(trades.size(), 1U);
    EXPECT_EQ(trades[0].last_px, Ticks{85}); // at the touch, as any that takes
    EXPECT_EQ(trades[0].is_maker, 0);
}

TEST(Stop, IsTriggeredByAPrint) {
    LongFive desk;
    const ClOrdID id = desk.place(desk.stop(Side::Sell, 90, 80, 5));
    desk.print(btc, Side::Sell, 91, 1);
    EXPECT_EQ(desk.filled(id), 0);
    desk.print(btc, Side::Sell, 90, 1);
    EXPECT_EQ(desk.filled(id), 5);
}

TEST(Stop, OfABuyIsTriggeredFromBelow) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    auto request = desk.order(Side::Buy, 200, 5, TimeInForce::Ioc);
    request.trigger_px = Ticks{120};
    const ClOrdID id = desk.place(request);
    desk.quote(btc, 90, 50, 100, 50);
    EXPECT_EQ(desk.position(), 0);
    desk.quote(btc, 115, 50, 125, 50);
    EXPECT_EQ(desk.filled(id), 5);
    EXPECT_EQ(desk.position(), 5);
}

TEST(Stop, ThatTheMarketIsPastIsRefused) {
    LongFive desk;
    EXPECT_EQ(desk.answer_to(desk.stop(Side::Sell, 105, 80, 5)).reason, Reason::WouldTrigger);
    EXPECT_EQ(desk.answer_to(desk.stop(Side::Buy, 105, 120, 5)).reason, Reason::WouldTrigger);
    EXPECT_EQ(desk.answer_to(desk.stop(Side::Sell, 104, 80, 5)).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.venue.open_order_count(), 1U);
    EXPECT_EQ(desk.position(), 5);
}

TEST(Stop, WithATriggerThatIsNoPriceIsInvalid) {
    LongFive desk;
    EXPECT_EQ(desk.answer_to(desk.stop(Side::Sell, -1, 80, 5)).reason, Reason::InvalidRequest);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
}

// Nothing is asked of it before: a stop may come before its position, or stay behind it.
TEST(Stop, WithNothingToReduceIsAcceptedAndExpiresWhenItIsTriggered) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    auto request = desk.order(Side::Sell, 80, 5, TimeInForce::Ioc);
    request.reduce_only = 1;
    request.trigger_px = Ticks{90};
    const ClOrdID id = desk.place(request);
    desk.settle();
    EXPECT_EQ(desk.last_answer().outcome, Outcome::Accepted);
    desk.quote(btc, 80, 50, 90, 50);
    desk.settle();
    EXPECT_EQ(desk.position(), 0);
    EXPECT_FALSE(desk.truth(id).is_open);
    const auto ends = desk.reports(ExecType::Expired);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].reason, Reason::ReduceOnly);
    EXPECT_TRUE(desk.reports(ExecType::Rejected).empty());
}

TEST(Stop, StaysBehindAPositionThatIsClosedOtherwiseAndClosesTheNextOne) {
    LongFive desk;
    const ClOrdID id = desk.place(desk.stop(Side::Sell, 90, 80, 5));
    desk.place(Side::Sell, 100, 5, TimeInForce::Ioc);
    EXPECT_TRUE(desk.truth(id).is_open);
    desk.place(Side::Buy, 110, 3, TimeInForce::Ioc);
    desk.quote(btc, 80, 50, 90, 50);
    EXPECT_EQ(desk.filled(id), 3); // clipped at flat
    EXPECT_EQ(desk.position(), 0);
    EXPECT_FALSE(desk.truth(id).is_open);
}

TEST(Stop, IsAskedForMarginWhenItIsTriggered) {
    VenueConfig config = test_config();
    config.accounts.front().collateral = Money{money_one / 10};
    Desk desk{config};
    desk.quote(btc, 100, 50'000, 110, 50'000);
    auto request = desk.order(Side::Buy, 200, 10'000, TimeInForce::Ioc);
    request.trigger_px = Ticks{120};
    const ClOrdID id = desk.place(request);
    EXPECT_TRUE(desk.truth(id).is_open);
    desk.quote(btc, 120, 50'000, 130, 50'000);
    desk.settle();
    EXPECT_EQ(desk.position(), 0);
    const auto ends = desk.reports(ExecType::Expired);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].reason, Reason::InsufficientMargin);
}

TEST(Stop, RestsWithWhatItDidNotTakeUnlessItIsImmediateOrCancel) {
    for (const TimeInForce tif : {TimeInForce::Gtc, TimeInForce::Ioc}) {
        LongFive desk;
        auto request = desk.stop(Side::Sell, 90, 84, 5);
        request.tif = tif;
        const ClOrdID id = desk.place(request);
        desk.quote(btc, 85, 2, 95, 50);
        EXPECT_EQ(desk.filled(id), 2);
        EXPECT_EQ(desk.truth(id).is_open, tif == TimeInForce::Gtc);
        desk.print(btc, Side::Buy, 84, 50); // at its price, and the queue is empty
        EXPECT_EQ(desk.filled(id), tif == TimeInForce::Gtc ? 5 : 2);
    }
}

TEST(Stop, IsCanceledByItsIdAndWithAll) {
    LongFive desk;
    const ClOrdID one = desk.place(desk.stop(Side::Sell, 90, 80, 5));
    const ClOrdID two = desk.place(desk.stop(Side::Sell, 91, 80, 5));
    const ClOrdID three = desk.place(desk.stop(Side::Buy, 130, 200, 5));
    EXPECT_EQ(desk.answer_to(desk.cancel_of(two)).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.answer_to(desk.cancel_of(two)).reason, Reason::UnknownOrder);
    EXPECT_TRUE(desk.truth(one).is_open);
    EXPECT_TRUE(desk.truth(three).is_open);
    OrderMassCancelRequest all;
    all.request = RequestID{99};
    all.account = account_0;
    all.valid_until = desk.now + seconds(2);
    EXPECT_EQ(desk.answer_to(all).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    desk.quote(btc, 80, 50, 90, 50);
    EXPECT_EQ(desk.position(), 5);
}

TEST(Stop, IsNotAmended) {
    LongFive desk;
    const ClOrdID id = desk.place(desk.stop(Side::Sell, 90, 80, 5));
    EXPECT_EQ(desk.answer_to(desk.amend_of(id, 81, 5)).reason, Reason::NotSupported);
    EXPECT_TRUE(desk.truth(id).is_open);
}

TEST(Stop, IsAmongTheOpenOrdersOfAReadAndOfASnapshot) {
    LongFive desk;
    const ClOrdID id = desk.place(desk.stop(Side::Sell, 90, 80, 5));
    desk.settle();
    auto rows = desk.open_orders();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].cl_ord_id, id);
    EXPECT_EQ(desk.all<ReadDone>().back().rows, 1U);
    desk.heard.clear();
    desk.venue.disconnect(desk.now);
    desk.venue.connect(desk.now);
    desk.settle();
    ASSERT_EQ(desk.reports(ExecType::Status).size(), 1U);
    EXPECT_EQ(desk.reports(ExecType::Status)[0].cl_ord_id, id);
    desk.quote(btc, 80, 50, 90, 50);
    desk.settle();
    EXPECT_TRUE(desk.open_orders().empty());
}

TEST(Stop, SeveralAreTriggeredOldestFirstAndOnlyThoseThatAreReached) {
    LongFive desk;
    const ClOrdID far = desk.place(desk.stop(Side::Sell, 70, 60, 5));
    const ClOrdID old = desk.place(desk.stop(Side::Sell, 89, 60, 3));
    const ClOrdID young = desk.place(desk.stop(Side::Sell, 90, 60, 5));
    desk.quote(btc, 80, 50, 90, 50);
    EXPECT_EQ(desk.filled(old), 3);
    EXPECT_EQ(desk.filled(young), 2);
    EXPECT_TRUE(desk.truth(far).is_open);
    EXPECT_EQ(desk.venue.open_order_count(), 1U);
}

} // namespace
} // namespace keel::sim
