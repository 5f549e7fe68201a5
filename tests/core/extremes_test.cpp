#include <functional>

#include "tests/core/desk_fixture.hpp"

// The ends of the range: a price of 1e-8, a quantity of 1e12, ticks coarser than any slippage, and
// numbers that no market has. A desk trades at the former, and refuses the latter without falling.

namespace keel::core {
namespace {

using namespace script;

constexpr std::int64_t trillion = 1'000'000'000'000;

// One tick is 1e-8, one lot is one coin; a trillion coins at a tick are 10,000.
strategy::DeskConfig shiba(int unit_scale = 0) {
    strategy::DeskConfig config = two_venues();
    for (InstrumentConfig& one : config.engine.instruments) {
        Instrument& i = one.instrument;
        i.tick_size = Decimal{1, 8};
        i.lot_size = Decimal{1, 0};
        i = *make_instrument(i);
        one.limits.max_order_qty = Lots{trillion};
        one.limits.max_order_notional = Money{50'000 * money_one};
        one.limits.price_collar = Bps{10'000 * bps_one};
    }
    GroupConfig& g = config.engine.groups[0];
    g.unit_scale = unit_scale;
    g.exposure_limit = Units{2 * trillion};
    strategy::XemmConfig xemm;
    xemm.name = "SHIB";
    xemm.group = group;
    xemm.maker = maker;
    xemm.hedge = hedge;
    xemm.order_qty = Lots{trillion};
    config.xemm.push_back(xemm);
    return config;
}
ClOrdID quote_of(const Script& s, Side side) {
    ClOrdID found;
    s.engine().each_order([&](const Order& o) {
        if (o.role == Role::Quote && o.side == side) found = o.cl_ord_id;
    });
    return found;
}

TEST(Extremes, DeskTradesATrillionAtATick) {
    Script s{shiba()};
    s.start();
    const auto books = [&] { s.books(1, 2); }; // the lowest there is
    s.book(maker, 1, 4);
    s.book(hedge, 1, 2);
    const ClOrdID sell = quote_of(s, Side::Sell);
    ASSERT_FALSE(sell.is_none());
    s.forget();
    s.fill(sell, trillion, 1);
    std::uint64_t exec = 10;
    for (int n = 0; n < 200 && !s.desk.is_settled(); ++n) {
        if (n == 5) s.act(Act::WindDown);
        s.pass_ms(250);
        for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
            const Order* o = s.find(one.cl_ord_id);
            if (o != nullptr && o->was_over == 0)
                s.canceled(one.cl_ord_id, s.engine().cum_qty(*o).value());
        }
        const auto sent = s.all<NewOrderSingle>();
        s.forget();
        for (const NewOrderSingle& o : sent) {
            if (o.tif != TimeInForce::Ioc) continue;
            EXPECT_EQ(o.px, Ticks{o.side == Side::Sell ? 1 : 2}) << "the touch, always";
            s.fill(o.cl_ord_id, o.qty.value(), ++exec);
            s.expired(o.cl_ord_id, o.qty.value());
        }
        books();
    }
    EXPECT_TRUE(s.desk.is_settled());
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
}

// A tick is more than any slippage: the hedge goes to the touch, and the next tick is in the
// collar.
TEST(Extremes, CoarseTicksDoNotStopAHedge) {
    for (const std::int64_t bid : {1, 3, 30, 49}) {
        SCOPED_TRACE(bid);
        strategy::DeskConfig config = two_venues();
        config.engine.instruments[0].limits.price_collar = Bps{10'000 * bps_one};
        Script s{config};
        s.start();
        s.books(bid, bid + 1);
        const ClOrdID q = s.place(quote_draft(Side::Buy, bid, 2));
        s.forget();
        s.fill(q, 2, 1);
        const auto sent = s.all<NewOrderSingle>();
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_EQ(sent[0].px, Ticks{bid});
        s.expired(sent[0].cl_ord_id, 0);
        EXPECT_NE(s.offer(hedge_draft(Side::Sell, bid - 2, 2)), Guard::None);
        EXPECT_EQ(s.offer(hedge_draft(Side::Sell, bid - 1, 2)),
                  bid > 1 ? Guard::None : Guard::Malformed);
    }
}

TEST(Extremes, HedgeIsCutToWhatTheVenueTakes) {
    strategy::DeskConfig config = two_venues();
    config.engine.instruments[1].instrument.max_qty = Lots{3};
    Script s{config};
    s.start();
    const ClOrdID q = s.quote(Side::Buy, par - 5, 5);
    s.fill(q, 5, 1);
    EXPECT_EQ(s.all<NewOrderSingle>().back().qty, Lots{3});
    config.engine.instruments[1].limits.max_order_qty = Lots{4};
    EXPECT_FALSE(strategy::make_desk_config(config).has_value()) << "more than the venue takes";
}

TEST(Extremes, MoreUnitsThanCanBeCountedAreRefusedByTheConfig) {
    EXPECT_TRUE(strategy::make_desk_config(shiba(0)).has_value());
    const auto refused = strategy::make_desk_config(shiba(8));
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().text().find("unit_scale"), std::string::npos);
}

TEST(Extremes, GateRefusesWhatCannotBeCounted) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].unit_scale = 18; // 1e16 units in a lot
    config.engine.groups[0].exposure_limit = Units{100'000'000'000'000'000};
    Script s{config};
    s.start();
    EXPECT_NE(s.offer(quote_draft(Side::Buy, 1, trillion)), Guard::None);
    EXPECT_NE(s.offer(quote_draft(Side::Buy, INT64_MAX, 1)), Guard::None);
    EXPECT_NE(s.offer(quote_draft(Side::Buy, par, INT64_MAX)), Guard::None);
    EXPECT_NE(s.offer(hedge_draft(Side::Sell, INT64_MAX, INT64_MAX)), Guard::None);
    EXPECT_NE(s.offer(close_draft(maker, Side::Sell, par, INT64_MAX)), Guard::None);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 9)), Guard::None);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 9)), Guard::GroupExposure);
}

// What a venue cannot have meant is told and left out; the desk stays what it is.
TEST(Extremes, NumbersBeyondAllBoundsAreToldAndLeftOut) {
    Script s{two_venues()};
    s.start();
    const ClOrdID q = s.quote(Side::Buy, par - 5, 2);
    s.ack(q);
    const auto odd = [&](const std::function<void(ExecutionReport&)>& change) {
        ExecutionReport r = s.trade(q, 1, 99);
        change(r);
        s.act(Act::ReleaseFreeze, maker);
        s.forget();
        s.tell(r);
        EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 1U);
        EXPECT_EQ(s.position(maker).filled, Lots{0});
    };
    for (const std::int64_t far : {INT64_MAX, INT64_MIN, std::int64_t{1} << 62}) {
        odd([&](ExecutionReport& r) { r.last_qty = Lots{far}; });
        odd([&](ExecutionReport& r) { r.cum_qty = Lots{far}; });
        odd([&](ExecutionReport& r) { r.order_qty = Lots{far}; });
        odd([&](ExecutionReport& r) { r.px = Ticks{far}; });
        if (far != std::int64_t{1} << 62) {
            odd([&](ExecutionReport& r) { r.transact_time = Timestamp{far}; });
        }
        s.act(Act::ReleaseFreeze, maker);
        s.snapshot(maker, far);
        BookTop b;
        b.instrument = maker;
        b.bid_px = Ticks{far};
        b.ask_px = Ticks{far};
        b.bid_qty = Lots{1};
        b.ask_qty = Lots{1};
        s.tell(b);
        BalanceReport money;
        money.account = maker_account;
        money.equity = Money{far};
        money.available = Money{far};
        money.asked_at = s.now;
        money.answered_at = s.now;
        s.tell(money);
    }
    EXPECT_EQ(s.engine().book(maker).bid_px, Ticks{par - 1});
    s.act(Act::ReleaseFreeze, maker);
    s.books();
    s.fill(q, 2, 100); // and goes on
    EXPECT_EQ(s.position(maker).filled, Lots{2});
    EXPECT_EQ(s.engine().certain(group), Units{2});
}

// The largest that may be told, again and again: counted, and refused by every gate, not a crash.
TEST(Extremes, LargestForeignFillsAreCountedAsTheBound) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].unit_scale = 18;
    Script s{config};
    s.start();
    for (std::uint64_t n = 1; n <= 20; ++n) {
        ExecutionReport r;
        r.account = maker_account;
        r.instrument = maker;
        r.order_id = OrderID{9, n};
        r.exec_id = ExecID{9, n};
        r.exec_type = ExecType::Trade;
        r.last_qty = qty_max;
        r.last_px = Ticks{par};
        r.transact_time = s.now;
        s.tell(r);
        EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::MaxPositionNotional);
    }
    EXPECT_EQ(s.engine().interval(group).high, units_max);
}

} // namespace
} // namespace keel::core
