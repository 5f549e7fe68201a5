#include <gmock/gmock.h>

#include "base/rng.hpp"
#include "tests/core/desk_fixture.hpp"

// Hedged market making: what it quotes and when it quotes anew, when it stops, and what it leaves.

namespace keel::strategy {
namespace {

using namespace core::script;
using core::Role;

struct Terms {
    Decimal maker_tick{1, 0};
    Decimal hedge_tick{1, 0};
    std::int32_t maker_fee_ppm = 0;
    std::int32_t taker_fee_ppm = 0;
    Bps edge{5 * bps_one};
    PriceRule maker_rule = PriceRule::Tick;
};

DeskConfig desk_with(const Terms& terms = {}) {
    DeskConfig config = two_venues();
    core::EngineConfig& e = config.engine;
    Instrument& m = e.instruments[0].instrument;
    Instrument& h = e.instruments[1].instrument;
    m.tick_size = terms.maker_tick;
    m.maker_fee_ppm = terms.maker_fee_ppm;
    m.price_rule = terms.maker_rule;
    h.tick_size = terms.hedge_tick;
    h.taker_fee_ppm = terms.taker_fee_ppm;
    m = *make_instrument(m);
    h = *make_instrument(h);
    XemmConfig xemm;
    xemm.name = "BTC";
    xemm.group = group;
    xemm.maker = maker;
    xemm.hedge = hedge;
    xemm.order_qty = Lots{3};
    xemm.target_edge = terms.edge;
    config.xemm.push_back(xemm);
    return config;
}

struct Quotes {
    const core::Order* buy = nullptr;
    const core::Order* sell = nullptr;
};
Quotes quotes(const Script& s) {
    Quotes found;
    s.engine().each_order([&](const core::Order& o) {
        if (o.role != Role::Quote || o.was_over != 0) return;
        (o.side == Side::Buy ? found.buy : found.sell) = &o;
    });
    return found;
}
// Every reduction that left fills at once.
void fill_reductions(Script& s) {
    static std::uint64_t exec = 1'000'000;
    for (bool more = true; more;) {
        more = false;
        const auto sent = s.all<NewOrderSingle>();
        s.forget();
        for (const NewOrderSingle& o : sent) {
            if (o.tif != TimeInForce::Ioc) continue;
            s.fill(o.cl_ord_id, o.qty.value(), ++exec);
            s.expired(o.cl_ord_id, o.qty.value());
            more = true;
        }
    }
}
void confirm_cancels(Script& s) {
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        const core::Order* o = s.find(one.cl_ord_id);
        if (o == nullptr || o->was_over != 0) continue;
        s.canceled(one.cl_ord_id, s.engine().derived(*o).done.value());
    }
}
// Both books stand like this, and quotes that they made obsolete are gone.
void stand(Script& s, std::int64_t maker_bid, std::int64_t maker_ask, std::int64_t hedge_bid,
           std::int64_t hedge_ask) {
    for (int n = 0; n < 3; ++n) {
        s.book(maker, maker_bid, maker_ask);
        s.book(hedge, hedge_bid, hedge_ask);
        confirm_cancels(s);
    }
}
std::vector<NewOrderSingle> reductions(const Script& s) {
    std::vector<NewOrderSingle> found;
    for (const NewOrderSingle& o : s.all<NewOrderSingle>()) {
        if (o.tif == TimeInForce::Ioc) found.push_back(o);
    }
    return found;
}
// Books come, reductions fill, cancels are confirmed, for as long as this.
void live(Script& s, Duration span, std::int64_t bid = par - 1, std::int64_t ask = par + 1) {
    for (Duration passed{}; passed < span; passed += milliseconds(250)) {
        s.pass_ms(250);
        confirm_cancels(s);
        fill_reductions(s);
        s.books(bid, ask);
    }
}

// --- prices ---

// px (1 - maker fee) - touch (1 + taker fee) >= edge x touch for a sell; the other way for a buy.
// In units of 10^-6 of a maker's tick over a power of ten, exactly.
struct Exact {
    Terms terms;
    [[nodiscard]] static Int128 amount(std::int64_t px, Decimal tick) {
        Int128 out = static_cast<Int128>(px) * tick.mantissa;
        for (int n = tick.scale; n < 6; ++n) out *= 10;
        return out;
    }
    [[nodiscard]] bool earns(Side side, std::int64_t px, std::int64_t touch) const {
        const Int128 here = amount(px, terms.maker_tick);
        const Int128 there = amount(touch, terms.hedge_tick);
        const Int128 wanted = there * terms.edge.value();
        if (side == Side::Sell) {
            return here * (ppm_one - terms.maker_fee_ppm) -
                       there * (ppm_one + terms.taker_fee_ppm) >=
                   wanted;
        }
        return there * (ppm_one - terms.taker_fee_ppm) - here * (ppm_one + terms.maker_fee_ppm) >=
               wanted;
    }
};

TEST(XemmPrice, IsTheBestThatEarnsTheTargetEdgeAfterFees) {
    std::vector<Terms> all;
    for (const auto& [maker_tick, hedge_tick] :
         std::vector<std::pair<Decimal, Decimal>>{{{1, 0}, {1, 0}},
                                                  {{1, 1}, {5, 1}},
                                                  {{5, 0}, {1, 1}},
                                                  {{25, 2}, {1, 1}},
                                                  {{1, 3}, {1, 0}}}) {
        for (const auto& [maker_fee, taker_fee] :
             std::vector<std::pair<std::int32_t, std::int32_t>>{
                 {0, 0}, {150, 450}, {-20, 400}, {350, 0}}) {
            for (const std::int64_t edge : {1L, 5L, 37L}) {
                all.push_back({maker_tick, hedge_tick, maker_fee, taker_fee, Bps{edge * bps_one},
                               PriceRule::Tick});
            }
        }
    }
    Rng rng{1};
    const auto ticks = [](Decimal tick) { // a price of 10 000
        std::int64_t unit = 1;
        for (int n = 0; n < tick.scale; ++n) unit *= 10;
        return par * unit / tick.mantissa;
    };
    for (const Terms& terms : all) {
        for (int n = 0; n < 4; ++n) {
            Script s{desk_with(terms)};
            s.start();
            const std::int64_t there = ticks(terms.hedge_tick) + rng.between(-9, 9);
            const std::int64_t here = ticks(terms.maker_tick);
            stand(s, here - 1, here + 1, 0, 0); // nothing is quoted until both books are these
            s.book(hedge, there - 2, there + 2);
            const Quotes q = quotes(s);
            ASSERT_NE(q.buy, nullptr);
            ASSERT_NE(q.sell, nullptr);
            const Exact exact{terms};
            const std::int64_t sell = q.sell->px.value();
            const std::int64_t buy = q.buy->px.value();
            EXPECT_TRUE(exact.earns(Side::Sell, sell, there + 2)) << sell;
            EXPECT_TRUE(exact.earns(Side::Buy, buy, there - 2)) << buy;
            // The best such price, unless that would take at the maker venue.
            EXPECT_TRUE(sell == here || !exact.earns(Side::Sell, sell - 1, there + 2)) << sell;
            EXPECT_TRUE(buy == here || !exact.earns(Side::Buy, buy + 1, there - 2)) << buy;
        }
    }
}

// Fees 1.5 and 4.5 bps, edge 5, touches 9999 and 10001: by hand.
TEST(XemmPrice, ByHand) {
    Script s{desk_with({.maker_fee_ppm = 150, .taker_fee_ppm = 450})};
    s.start();
    s.books();
    const Quotes q = quotes(s);
    // 10001 x 1.00095 / 0.99985 = 10012.0026..., up: 10013. 9999 x 0.99905 / 1.00015 = 9988.0027,
    // down.
    EXPECT_EQ(q.sell->px, Ticks{10'013});
    EXPECT_EQ(q.buy->px, Ticks{9'988});
    EXPECT_EQ(q.sell->qty, Lots{3});
    EXPECT_TRUE((q.sell->flags & core::order_flag::post_only) != 0);
}

TEST(XemmPrice, NeverTakesAtTheMakerVenue) {
    Script s{desk_with()};
    s.start();
    stand(s, par + 30, par + 32, par - 1, par + 1); // a sell at the edge would take here
    EXPECT_EQ(quotes(s).sell->px, Ticks{par + 31}) << "a tick behind its bid instead";
    Script t{desk_with()};
    t.start();
    stand(t, par - 32, par - 30, par - 1, par + 1);
    EXPECT_EQ(quotes(t).buy->px, Ticks{par - 31});
}

TEST(XemmPrice, ObeysFiveSignificantDigits) {
    Script s{desk_with({.maker_tick = {1, 1}, .maker_rule = PriceRule::FiveSignificantDigits})};
    s.start();
    stand(s, 10 * par - 10, 10 * par + 10, par - 1, par + 1);
    const Quotes q = quotes(s);
    // 10001 x 1.0005 = 10006.0005: with five digits a whole number.
    EXPECT_EQ(q.sell->px, Ticks{100'070});
    EXPECT_EQ(q.buy->px, Ticks{99'940}) << "9994.0005, and below 10000 a tenth is allowed";
}

TEST(XemmPrice, NoBookNoQuote) {
    Script s{desk_with()};
    s.start();
    stand(s, par - 1, par + 1, 0, 0);
    EXPECT_EQ(quotes(s).buy, nullptr);
    EXPECT_EQ(quotes(s).sell, nullptr);
}

// --- refresh ---

TEST(XemmRefresh, OnlyWhenTheEdgeHasDriftedFarther) {
    Script s{desk_with()};
    s.start();
    s.books();
    const Ticks sell = quotes(s).sell->px; // 10007
    s.ack(quotes(s).sell->cl_ord_id);
    s.ack(quotes(s).buy->cl_ord_id);
    s.forget();
    s.books(par + 2, par + 4); // three ticks: 2.998 bps of 10007
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    s.books(par + 3, par + 5); // four
    EXPECT_EQ(s.count<OrderCancelRequest>(), 4U) << "both, over two transports";
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "not before the old ones have ended";
    EXPECT_EQ(quotes(s).sell->px, sell);
    confirm_cancels(s);
    ASSERT_EQ(s.count<NewOrderSingle>(), 2U);
    EXPECT_EQ(quotes(s).sell->px, sell + Ticks{4});
}

// Both quotes rest and move by amends.
Script amending() {
    DeskConfig config = desk_with();
    config.xemm[0].moves = core::Moves::ByAmend;
    config.engine.groups[0].exposure_limit = Units{100};
    Script s{config};
    s.start();
    s.books();
    s.ack(quotes(s).sell->cl_ord_id);
    s.ack(quotes(s).buy->cl_ord_id);
    s.forget();
    return s;
}

TEST(XemmRefresh, ByAnAmendInItsPlace) {
    Script s = amending();
    const ClOrdID sell = quotes(s).sell->cl_ord_id;
    const Ticks px = quotes(s).sell->px;
    s.books(par + 3, par + 5);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    const auto amends = s.all<OrderCancelReplaceRequest>();
    ASSERT_EQ(amends.size(), 2U);
    for (const OrderCancelReplaceRequest& one : amends) EXPECT_EQ(one.qty, Lots{3});
    EXPECT_EQ(quotes(s).sell->cl_ord_id, sell);
    EXPECT_EQ(quotes(s).sell->px, px + Ticks{4});
    // The next one waits for its outcome, and then goes.
    s.forget();
    s.books(par + 7, par + 9);
    EXPECT_EQ(s.count<OrderCancelReplaceRequest>(), 0U);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    for (const auto& one : amends) {
        s.answer(one.cl_ord_id, RequestKind::Amend, Outcome::Accepted, Reason::None, one.amend_no);
    }
    ASSERT_EQ(s.count<OrderCancelReplaceRequest>(), 2U);
    EXPECT_EQ(quotes(s).sell->px, px + Ticks{8});
}

TEST(XemmRefresh, WhatIsNotAmendedMakesWay) {
    for (const Outcome outcome : {Outcome::Refused, Outcome::Unknown}) {
        Script s = amending();
        const ClOrdID sell = quotes(s).sell->cl_ord_id;
        s.books(par + 3, par + 5);
        ASSERT_EQ(s.count<OrderCancelReplaceRequest>(), 2U);
        s.forget();
        s.answer(sell, RequestKind::Amend, outcome, Reason::None, 1);
        if (outcome == Outcome::Unknown) {
            // What became of it is asked; another price takes the order back, whatever it is.
            EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
            s.books(par + 7, par + 9);
        }
        const auto cancels = s.all<OrderCancelRequest>();
        ASSERT_EQ(cancels.size(), 2U) << to_string(outcome);
        EXPECT_EQ(cancels.front().cl_ord_id, sell);
    }
}

// The market moves on while an amend is under way, and comes back: what was wanted meanwhile is not
// asked for any more.
TEST(XemmRefresh, AWishThatHasPassedIsNotAskedFor) {
    Script s = amending();
    const Ticks px = quotes(s).sell->px;
    s.books(par + 3, par + 5);
    const auto amends = s.all<OrderCancelReplaceRequest>();
    ASSERT_EQ(amends.size(), 2U);
    s.forget();
    s.books(par + 9, par + 11);
    s.books(par + 3, par + 5);
    for (const auto& one : amends) {
        s.answer(one.cl_ord_id, RequestKind::Amend, Outcome::Accepted, Reason::None, one.amend_no);
    }
    EXPECT_EQ(s.count<OrderCancelReplaceRequest>(), 0U);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    EXPECT_EQ(quotes(s).sell->px, px + Ticks{4});
}

// What waits behind an amend that nobody answers takes the order back once the answer is overdue.
TEST(XemmRefresh, AWishWaitsNoLongerThanForAnAnswer) {
    Script s = amending();
    s.books(par + 3, par + 5);
    ASSERT_EQ(s.count<OrderCancelReplaceRequest>(), 2U);
    s.forget();
    s.pass_ms(500);
    s.books(par + 9, par + 11);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    s.pass_ms(500);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 4U) << "both, over two transports";
}

// Where each amend makes another order of it, the names of the old ones are kept until it has
// ended: now and then a new order gives them back.
TEST(XemmRefresh, NoOrderHasMoreThanSoManyLegs) {
    DeskConfig config = desk_with();
    config.xemm[0].moves = core::Moves::ByAmend;
    config.xemm[0].sides = Sides::SellOnly;
    config.engine.groups[0].exposure_limit = Units{100};
    config.engine.venues[0].amend_keeps_order_id = false;
    config.engine.venues[0].amend_qty = AmendQty::Replacement;
    Script s{config};
    s.start();
    s.books();
    const ClOrdID id = quotes(s).sell->cl_ord_id;
    s.ack(id);
    for (std::uint64_t n = 1; n <= 4; ++n) {
        s.forget();
        const auto moved = static_cast<std::int64_t>(5 * n);
        s.books(par - 1 + moved, par + 1 + moved);
        const auto amends = s.all<OrderCancelReplaceRequest>();
        ASSERT_EQ(amends.size(), 1U) << n;
        ExecutionReport replaced = s.report(id, ExecType::Replaced);
        replaced.order_id = OrderID{5, n};
        replaced.px = amends[0].px;
        replaced.amend_no = amends[0].amend_no;
        s.tell(replaced);
    }
    EXPECT_EQ(s.engine().desk().live_legs, 4U);
    s.forget();
    s.books(par + 24, par + 26);
    EXPECT_EQ(s.count<OrderCancelReplaceRequest>(), 0U);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 2U);
}

TEST(XemmRefresh, NothingIsAmendedThatGoes) {
    Script s = amending();
    s.act(Act::WindDown);
    s.books(par + 3, par + 5);
    EXPECT_EQ(s.count<OrderCancelReplaceRequest>(), 0U);
}

TEST(XemmRefresh, ByAge) {
    Script s{desk_with()};
    s.start();
    s.books();
    const Ticks sell = quotes(s).sell->px;
    s.ack(quotes(s).sell->cl_ord_id);
    s.ack(quotes(s).buy->cl_ord_id);
    const Timestamp placed = s.now;
    s.forget();
    while (s.count<OrderCancelRequest>() == 0 && s.now < placed + seconds(60)) {
        s.pass_ms(500);
        s.books();
    }
    EXPECT_EQ(s.now - placed, seconds(30));
    confirm_cancels(s);
    s.books();
    EXPECT_EQ(quotes(s).sell->px, sell) << "the same price, and young again";
    EXPECT_EQ(s.count<NewOrderSingle>(), 2U);
}

TEST(XemmRefresh, WakesByItselfWhenAQuoteIsOld) {
    DeskConfig config = desk_with();
    for (core::InstrumentConfig& one : config.engine.instruments) {
        one.limits.stale_mark = seconds(1'000);
    }
    Script s{config};
    s.start();
    s.books();
    s.ack(quotes(s).sell->cl_ord_id);
    s.ack(quotes(s).buy->cl_ord_id);
    s.forget();
    s.pass_ms(30'000); // no book moves
    EXPECT_EQ(s.count<OrderCancelRequest>(), 4U);
}

TEST(XemmSides, QuotesOnlyWhatItIsTold) {
    for (const Sides sides : {Sides::BuyOnly, Sides::SellOnly}) {
        DeskConfig config = desk_with();
        config.xemm[0].sides = sides;
        Script s{config};
        s.start();
        s.books();
        EXPECT_EQ(quotes(s).buy != nullptr, sides == Sides::BuyOnly);
        EXPECT_EQ(quotes(s).sell != nullptr, sides == Sides::SellOnly);
    }
}

TEST(XemmPull, QuotesGoWhenTheirGroundGoesAndComeBackWithIt) {
    Script s{desk_with()};
    s.start();
    s.books();
    s.act(Act::Halt);
    confirm_cancels(s);
    s.books();
    EXPECT_EQ(quotes(s).buy, nullptr);
    s.act(Act::Resume);
    EXPECT_NE(quotes(s).buy, nullptr);
    s.link(hedge_account, LinkKind::Fills, LinkState::Gap); // of the other venue
    s.books();
    confirm_cancels(s);
    s.books();
    EXPECT_EQ(quotes(s).buy, nullptr);
    s.link(hedge_account, LinkKind::Fills, LinkState::Up);
    live(s, seconds(3));
    EXPECT_NE(quotes(s).buy, nullptr);
    s.pass_ms(5'001); // the books go quiet
    confirm_cancels(s);
    EXPECT_EQ(quotes(s).buy, nullptr);
    EXPECT_EQ(quotes(s).sell, nullptr);
}

// --- hedging ---

TEST(XemmHedge, EveryFillAtOnceAlsoWhileTheCancelIsPending) {
    Script s{desk_with()};
    s.start();
    s.books();
    const ClOrdID sell = quotes(s).sell->cl_ord_id;
    s.ack(sell);
    s.forget();
    s.fill(sell, 1, 1);
    ASSERT_EQ(reductions(s).size(), 1U);
    const NewOrderSingle h = reductions(s)[0];
    EXPECT_EQ(h.side, Side::Buy);
    EXPECT_EQ(h.tif, TimeInForce::Ioc);
    EXPECT_EQ(h.qty, Lots{1});
    EXPECT_EQ(h.px, Ticks{par + 6}) << "5 bps through the touch, and not a tick more";
    s.ack(h.cl_ord_id);
    s.fill(h.cl_ord_id, 1, 10);
    s.expired(h.cl_ord_id, 1);
    EXPECT_EQ(s.engine().group(group).attempt, 0U) << "the next begins as near the touch";
    EXPECT_EQ(s.engine().stats().hedge_partly_filled, 0U);
    s.books(par + 20, par + 22); // the quote is to be replaced
    s.forget();
    s.fill(sell, 2, 2); // and fills meanwhile
    ASSERT_EQ(reductions(s).size(), 1U);
    EXPECT_EQ(reductions(s)[0].qty, Lots{2});
}

TEST(XemmHedge, SlippageRisesWithEachTryUpToTheMaximum) {
    DeskConfig config = desk_with();
    config.xemm[0].sides = Sides::BuyOnly;
    config.engine.groups[0].hedge_slippage_start = Bps{5 * bps_one};
    config.engine.groups[0].hedge_slippage_step = Bps{10 * bps_one};
    config.engine.groups[0].hedge_slippage_max = Bps{22 * bps_one};
    Script s{config};
    s.start();
    s.books();
    const ClOrdID buy = quotes(s).buy->cl_ord_id;
    s.forget();
    s.fill(buy, 3, 1);
    std::vector<std::int64_t> slips;
    for (int n = 0; n < 5; ++n) {
        const auto sent = reductions(s);
        ASSERT_EQ(sent.size(), 1U) << "still owed, so tried again";
        slips.push_back(par - 1 - sent[0].px.value());
        s.forget();
        s.expired(sent[0].cl_ord_id, 0); // nobody took it
        EXPECT_EQ(reductions(s).size(), 0U) << "not before hedge_retry";
        s.pass_ms(250);
        s.books();
    }
    EXPECT_EQ(slips, (std::vector<std::int64_t>{4, 14, 21, 21, 21}));
    s.pass(seconds(11));
    EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 1U);
}

// A slip below the venue's minimum notional would be refused: the price gives way, not the hedge.
TEST(XemmHedge, StaysAboveTheMinimumNotional) {
    DeskConfig config = desk_with();
    config.engine.instruments[1].instrument.min_notional = Money{300 * money_one};
    config.xemm[0].sides = Sides::BuyOnly;
    Script s{config};
    s.start();
    s.books(par + 1, par + 3);
    const ClOrdID buy = quotes(s).buy->cl_ord_id;
    s.forget();
    s.fill(buy, 3, 1); // worth 300.03 at the touch, 299.88 five basis points below
    ASSERT_EQ(reductions(s).size(), 1U);
    EXPECT_EQ(reductions(s)[0].px, Ticks{par});
    EXPECT_EQ(s.alarms(AlarmKind::HedgeRefused), 0U);
}

// --- residue ---

struct Residue {
    Residue()
        : s([] {
              DeskConfig config = desk_with();
              config.engine.instruments[1].instrument.lot_size = Decimal{5, 2}; // five maker lots
              config.engine.instruments[1].instrument =
                  *make_instrument(config.engine.instruments[1].instrument);
              config.engine.groups[0].exposure_limit = Units{20};
              config.engine.groups[0].residue_max = Units{10};
              config.xemm[0].order_qty = Lots{7};
              return config;
          }()) {
        s.start();
        s.books();
    }
    void fill_buy(std::int64_t qty) {
        const core::Order* buy = quotes(s).buy;
        ASSERT_NE(buy, nullptr);
        s.fill(buy->cl_ord_id, qty, ++exec);
    }
    Script s;
    std::uint64_t exec = 0;
};

TEST(XemmResidue, StaysOwedAndIsHedgedWhenItReachesALot) {
    Residue c;
    Script& s = c.s;
    s.forget();
    c.fill_buy(3);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "below the hedge venue's lot";
    EXPECT_EQ(s.engine().certain(group), Units{3});
    EXPECT_EQ(s.engine().open_obligation_lots(), 0) << "outside the hedged-within bound";
    live(s, seconds(15));
    EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 0U);
    s.forget();
    c.fill_buy(2); // five
    const auto sent = s.all<NewOrderSingle>();
    ASSERT_GE(sent.size(), 1U);
    EXPECT_EQ(sent[0].instrument, hedge);
    EXPECT_EQ(sent[0].qty, Lots{1});
}

TEST(XemmResidue, IsClosedWhereItAroseAtTheExit) {
    Residue c;
    Script& s = c.s;
    c.fill_buy(7);
    fill_reductions(s); // five of seven hedged
    EXPECT_EQ(s.engine().certain(group), Units{2});
    s.act(Act::WindDown);
    live(s, seconds(30));
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
    EXPECT_TRUE(s.desk.is_settled());
}

// --- the end ---

TEST(XemmExit, UnwindClosesBothLegsClipByClip) {
    Script s{desk_with()};
    s.start();
    s.books();
    for (int n = 0; n < 3; ++n) { // nine lots over three quotes
        s.fill(quotes(s).buy->cl_ord_id, 3, 10 + static_cast<std::uint64_t>(n));
        fill_reductions(s);
        s.books();
    }
    ASSERT_EQ(s.position(maker).filled, Lots{9});
    ASSERT_EQ(s.position(hedge).filled, Lots{-9});
    s.act(Act::WindDown);
    std::vector<std::pair<InstrumentIx, std::int64_t>> closing;
    for (int n = 0; n < 200 && !s.desk.is_settled(); ++n) {
        s.pass_ms(250);
        confirm_cancels(s);
        for (const NewOrderSingle& o : s.all<NewOrderSingle>()) {
            closing.emplace_back(o.instrument, o.qty.value());
            EXPECT_EQ(o.reduce_only != 0, o.instrument == maker);
        }
        ASSERT_LE(abs(s.engine().certain(group)), Units{3}) << "one clip at a time";
        fill_reductions(s);
        s.books();
    }
    EXPECT_TRUE(s.desk.is_settled());
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
    EXPECT_GE(closing.size(), 3U);
    EXPECT_EQ(quotes(s).buy, nullptr);
}

TEST(XemmExit, HoldKeepsBothLegs) {
    DeskConfig config = desk_with();
    config.xemm[0].on_exit = OnExit::Hold;
    Script s{config};
    s.start();
    s.books();
    s.fill(quotes(s).sell->cl_ord_id, 3, 1);
    fill_reductions(s);
    s.act(Act::WindDown);
    live(s, seconds(15));
    EXPECT_TRUE(s.desk.is_settled());
    EXPECT_EQ(s.position(maker).filled, Lots{-3});
    EXPECT_EQ(s.position(hedge).filled, Lots{3});
}

TEST(XemmExit, KillClosesEvenWhatWouldBeHeld) {
    DeskConfig config = desk_with();
    config.xemm[0].on_exit = OnExit::Hold;
    Script s{config};
    s.start();
    s.books();
    s.fill(quotes(s).sell->cl_ord_id, 3, 1);
    fill_reductions(s);
    s.act(Act::Kill);
    live(s, seconds(20));
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
    EXPECT_EQ(s.engine().desk().kill_certified, 1);
}

TEST(XemmExit, SingleCycleStopsAfterOneRound) {
    DeskConfig config = desk_with();
    config.xemm[0].rounds_max = 1;
    Script s{config};
    s.start();
    s.books();
    s.fill(quotes(s).buy->cl_ord_id, 3, 1);
    fill_reductions(s);
    live(s, seconds(20));
    EXPECT_EQ(quotes(s).buy, nullptr);
    EXPECT_EQ(quotes(s).sell, nullptr);
    EXPECT_EQ(s.position(maker).filled, Lots{0}) << "unwound";
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
    const auto orders = s.engine().stats().orders_sent;
    live(s, seconds(20));
    EXPECT_EQ(s.engine().stats().orders_sent, orders) << "and nothing new";
}

TEST(XemmExit, ContinuousGoesOn) {
    Script s{desk_with()};
    s.start();
    s.books();
    for (std::uint64_t n = 1; n <= 5; ++n) {
        s.fill(quotes(s).buy->cl_ord_id, 3, n);
        fill_reductions(s);
        live(s, seconds(1));
        ASSERT_NE(quotes(s).buy, nullptr);
    }
    EXPECT_EQ(s.engine().group(group).rounds, 5U);
}

// A close that leaves a rest too small for the venue takes the rest along.
TEST(XemmExit, LeavesNoRestThatNoOrderCouldClose) {
    DeskConfig config = desk_with();
    config.engine.instruments[0].instrument.min_qty = Lots{3};
    config.engine.groups[0].exposure_limit = Units{20};
    config.xemm[0].order_qty = Lots{5};
    Script s{config};
    s.start();
    s.books();
    s.fill(quotes(s).buy->cl_ord_id, 5, 1);
    fill_reductions(s);
    s.books();
    const ClOrdID second = quotes(s).buy->cl_ord_id;
    s.fill(second, 2, 2); // seven in all: five would leave two, which is below the minimum
    fill_reductions(s);
    s.act(Act::WindDown);
    live(s, seconds(20));
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_TRUE(s.desk.is_settled());
}

// The limit has room for one quote: a close may not take more than that at once.
TEST(XemmExit, LimitOfOneQuoteIsNoTrap) {
    DeskConfig config = desk_with();
    config.engine.instruments[0].instrument.min_qty = Lots{3};
    config.engine.groups[0].exposure_limit = Units{5};
    config.xemm[0].order_qty = Lots{5};
    config.xemm[0].sides = Sides::BuyOnly;
    Script s{config};
    s.start();
    s.books();
    s.fill(quotes(s).buy->cl_ord_id, 5, 1);
    fill_reductions(s);
    s.books();
    s.fill(quotes(s).buy->cl_ord_id, 1, 2); // six: five would leave one
    fill_reductions(s);
    s.act(Act::WindDown);
    live(s, seconds(20));
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
    EXPECT_TRUE(s.desk.is_settled());
}

// --- config ---

TEST(XemmConfigCheck, RefusesWhatCouldNeverTrade) {
    const auto refusal = [](const auto& change) {
        DeskConfig config = desk_with();
        change(config);
        const auto made = make_desk_config(config);
        return made ? std::string{} : made.error().text();
    };
    EXPECT_EQ(refusal([](DeskConfig&) {}), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].hedge = maker; }), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].order_qty = Lots{0}; }), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].order_qty = Lots{11}; }), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].target_edge = Bps{0}; }), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].edge_drift = Bps{0}; }), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].refresh_age = Duration{0}; }), "");
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm[0].group = GroupIx{5}; }), "");
    EXPECT_THAT(refusal([](DeskConfig& c) { c.engine.groups[0].members = {hedge}; }),
                ::testing::HasSubstr("members of its group"));
    EXPECT_NE(refusal([](DeskConfig& c) { c.xemm.push_back(c.xemm[0]); }), "");
    EXPECT_THAT(refusal([](DeskConfig& c) {
                    c.xemm[0].moves = core::Moves::ByAmend;
                    c.engine.venues[0].amend_supported = false;
                }),
                ::testing::HasSubstr("its venue has no amends"));
    EXPECT_NE(refusal([](DeskConfig& c) { c.engine.instruments[1].instrument.min_qty = Lots{4}; }),
              "");
}

} // namespace
} // namespace keel::strategy
