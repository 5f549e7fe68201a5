#include "tests/core/desk_fixture.hpp"

// The end of a desk whose account holds what is not the group's: somebody traded by hand, or a
// difference was adopted that nobody assigned. It is closed where it is, and nothing is hedged.

namespace keel::strategy {
namespace {

using namespace core::script;

DeskConfig exiting_desk() {
    DeskConfig config = two_venues();
    XemmConfig xemm;
    xemm.name = "BTC";
    xemm.group = group;
    xemm.maker = maker;
    xemm.hedge = hedge;
    xemm.order_qty = Lots{10};
    config.xemm.push_back(xemm);
    return config;
}

// Somebody else trades on our account.
void trade_by_hand(Script& s, InstrumentIx i, Side side, std::int64_t qty) {
    static std::uint64_t exec = 5'000;
    ExecutionReport r;
    r.account = s.config().engine.instruments[i.value()].account;
    r.instrument = i;
    r.order_id = OrderID{9, ++exec};
    r.exec_id = ExecID{9, exec};
    r.exec_type = ExecType::Trade;
    r.side = side;
    r.last_qty = Lots{qty};
    r.last_px = Ticks{par};
    r.transact_time = s.now;
    s.happened(r);
    s.tell(r);
}

struct Sent {
    InstrumentIx instrument;
    Side side;
    std::int64_t qty;
    auto operator<=>(const Sent&) const = default;
};
void PrintTo(const Sent& one, std::ostream* out) {
    *out << (one.instrument == maker ? "maker " : "hedge ")
         << (one.side == Side::Buy ? "buys " : "sells ") << one.qty;
}

void confirm_cancels(Script& s) {
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        const core::Order* o = s.find(one.cl_ord_id);
        if (o == nullptr || o->was_over != 0) continue;
        s.canceled(one.cl_ord_id, s.engine().derived(*o).done.value());
    }
}

// Half a minute in which every IOC fills at once; what left is returned.
std::vector<Sent> live(Script& s, int rounds = 120) {
    static std::uint64_t exec = 1'000'000;
    std::vector<Sent> sent;
    for (int n = 0; n < rounds; ++n) {
        s.pass_ms(250);
        for (bool more = true; more;) {
            more = false;
            confirm_cancels(s);
            const auto fresh = s.all<NewOrderSingle>();
            s.forget();
            for (const NewOrderSingle& o : fresh) {
                if (o.tif != TimeInForce::Ioc) continue;
                sent.push_back({o.instrument, o.side, o.qty.value()});
                s.fill(o.cl_ord_id, o.qty.value(), ++exec);
                s.expired(o.cl_ord_id, o.qty.value());
                more = true;
            }
        }
        s.books();
    }
    return sent;
}

void expect_flat(const Script& s) {
    for (const InstrumentIx i : {maker, hedge}) {
        const core::Position& p = s.position(i);
        EXPECT_EQ(p.filled + p.foreign + p.adjusted, Lots{0});
    }
    EXPECT_TRUE(s.desk.is_settled());
}

TEST(ForeignExit, HandTradeIsClosedWhereItIsAndNotHedged) {
    for (const Act end : {Act::WindDown, Act::Kill}) {
        for (const InstrumentIx where : {maker, hedge}) {
            SCOPED_TRACE(
                fmt::format("{} at {}", end == Act::Kill ? "kill" : "wind down", where.value()));
            Script s{exiting_desk()};
            s.start();
            trade_by_hand(s, where, Side::Buy, 5);
            s.act(end);
            EXPECT_EQ(live(s), (std::vector<Sent>{{where, Side::Sell, 5}}));
            EXPECT_EQ(s.engine().certain(group), Units{0});
            expect_flat(s);
            EXPECT_EQ(s.engine().desk().kill_certified, end == Act::Kill ? 1 : 0);
        }
    }
}

TEST(ForeignExit, UnassignedDifferenceIsClosedWhereItIsAndNotHedged) {
    DeskConfig config = exiting_desk();
    config.engine.groups[0].assign_adjustments = false;
    Script s{config};
    s.start();
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{5}; // no fill says so
    s.act(Act::WindDown);
    s.pass(seconds(20));
    s.books();
    ASSERT_EQ(s.position(maker).adjusted, Lots{5});
    EXPECT_EQ(live(s), (std::vector<Sent>{{maker, Side::Sell, 5}}));
    EXPECT_EQ(s.engine().certain(group), Units{0});
    EXPECT_FALSE(s.desk.is_settled()) << "a difference was a surprise: it waits for another";
    s.pass(config.engine.limits.surprise_window);
    expect_flat(s);
}

// Our hedged pair, and a hand trade on top of, or against, one of its legs: it ends flat, and what
// is owed meanwhile never exceeds one clip.
TEST(ForeignExit, EndsFlatWhateverIsHeldBeside) {
    for (const InstrumentIx where : {maker, hedge}) {
        for (const std::int64_t by_hand : {-7, -4, -2, 3, 6}) {
            SCOPED_TRACE(fmt::format("{:+} at {}", by_hand, where.value()));
            Script s{exiting_desk()};
            s.start();
            ClOrdID q;
            s.books();
            s.engine().each_order([&](const core::Order& o) {
                if (o.role == core::Role::Quote && o.side == Side::Buy) q = o.cl_ord_id;
            });
            s.fill(q, 4, 1);
            live(s, 8);
            ASSERT_EQ(s.position(hedge).filled, Lots{-4});
            trade_by_hand(s, where, by_hand > 0 ? Side::Buy : Side::Sell, std::abs(by_hand));
            s.act(Act::Kill);
            const auto sent = live(s);
            EXPECT_LE(sent.size(), 5U);
            EXPECT_EQ(s.engine().certain(group), Units{0});
            expect_flat(s);
        }
    }
}

// The close is taken back by the venue: so is what it took from the hand trade.
TEST(ForeignExit, BustOfTheCloseGivesTheHandTradeBack) {
    Script s{exiting_desk()};
    s.start();
    trade_by_hand(s, maker, Side::Buy, 5);
    s.act(Act::WindDown);
    confirm_cancels(s);
    s.pass_ms(250);
    s.books();
    const ClOrdID close = s.last_id();
    ASSERT_TRUE(s.order(close).reduce_only);
    const ExecutionReport fill = s.trade(close, 5, 77);
    s.tell(fill);
    s.expired(close, 5);
    ASSERT_EQ(s.position(maker).foreign, Lots{0});
    for (int n = 0; n < 80; ++n) { // and long after the order is forgotten
        s.pass(seconds(1));
        s.books();
    }
    ExecutionReport bust = fill;
    bust.exec_type = ExecType::TradeCancel;
    s.tell(bust);
    EXPECT_EQ(s.position(maker).foreign, Lots{5});
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.engine().certain(group), Units{0});
}

} // namespace
} // namespace keel::strategy
