#include <set>

#include <gmock/gmock.h>

#include "tests/core/desk_fixture.hpp"

// A position with its stop, its target and its emergency stop: what it opens, what protects it,
// and that nothing protects what is gone.

namespace keel::strategy {
namespace {

using namespace core::script;
using core::Role;

DeskConfig desk_with(const std::function<void(BracketConfig&)>& change = {},
                     const std::function<void(core::EngineConfig&)>& change_engine = {}) {
    DeskConfig config = two_venues();
    config.engine.groups.clear();
    config.engine.instruments.resize(1);
    BracketConfig bracket;
    bracket.name = "BTC";
    bracket.instrument = maker;
    bracket.qty_max = Lots{10};
    bracket.stop = Bps{100 * bps_one};     // at par a hundred ticks,
    bracket.emergency = Bps{50 * bps_one}; // about fifty more
    bracket.limit = Bps{200 * bps_one};
    if (change) change(bracket);
    if (change_engine) change_engine(config.engine);
    config.bracket.push_back(bracket);
    return config;
}

Signal target(std::int64_t lots, std::uint64_t id = 1, Timestamp until = never) {
    Signal s;
    s.instrument = maker;
    s.kind = SignalKind::Target;
    s.id = id;
    s.value = lots;
    s.valid_until = until;
    return s;
}

// What is wanted at the venue now: live, and nobody has asked it to go.
struct Live {
    std::vector<const core::Order*> stops; // the nearer one first
    std::vector<const core::Order*> limits;
    std::vector<const core::Order*> others;
};
Live live(const Script& s) {
    Live out;
    s.engine().each_order([&](const core::Order& o) {
        if (o.was_over != 0 || (o.flags & core::order_flag::want_gone) != 0) return;
        if (o.role != Role::Protect) {
            out.others.push_back(&o);
        } else if (s.order(o.cl_ord_id).trigger_px != Ticks{0}) {
            out.stops.push_back(&o);
        } else {
            out.limits.push_back(&o);
        }
    });
    std::ranges::sort(out.stops, {}, [&](const core::Order* o) {
        return abs(s.order(o->cl_ord_id).trigger_px - Ticks{par});
    });
    return out;
}
Ticks trigger(const Script& s, const core::Order* o) { return s.order(o->cl_ord_id).trigger_px; }

void ack_all(Script& s) {
    for (const NewOrderSingle& o : s.all<NewOrderSingle>()) {
        const core::Order* known = s.find(o.cl_ord_id);
        if (known != nullptr && known->seen_at == Timestamp{} && known->role == Role::Protect) {
            s.ack(o.cl_ord_id);
        }
    }
}
// Every cancel that was asked is confirmed.
void confirm_cancels(Script& s) {
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        const core::Order* o = s.find(one.cl_ord_id);
        if (o == nullptr || o->was_over != 0) continue;
        s.canceled(one.cl_ord_id, s.engine().derived(*o).done.value());
    }
}
std::uint64_t next_exec() {
    static std::uint64_t exec = 1'000;
    return ++exec;
}

// A desk that was asked to be long (or short) so many lots, and is, with all that protects it.
void open(Script& s, std::int64_t lots, std::uint64_t id = 1) {
    s.forget();
    s.tell(target(lots, id));
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    const NewOrderSingle entry = s.all<NewOrderSingle>().front();
    EXPECT_EQ(entry.tif, TimeInForce::Ioc);
    EXPECT_EQ(entry.qty, abs(Lots{lots}));
    EXPECT_EQ(entry.side, lots > 0 ? Side::Buy : Side::Sell);
    EXPECT_EQ(entry.reduce_only, 0);
    s.fill(entry.cl_ord_id, entry.qty.value(), next_exec());
    ack_all(s);
}

// By hand, under no id of ours.
void owner_buys(Script& s, std::int64_t lots) {
    ExecutionReport r = s.report(s.last_id(), ExecType::Trade);
    r.cl_ord_id = {};
    r.order_id = OrderID{0, 79};
    r.exec_id = ExecID{0, next_exec()};
    r.side = Side::Buy;
    r.last_qty = Lots{lots};
    r.last_px = r.px;
    s.happened(r);
    s.tell(r);
}

TEST(Bracket, EntersOnASignalAndProtectsWhatItHolds) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    const NewOrderSingle entry = s.all<NewOrderSingle>().front();
    EXPECT_EQ(entry.px, Ticks{par + 1 + 10}) << "the offer, and 10 bps through it";
    EXPECT_EQ(live(s).stops.size(), 0U) << "nothing is held yet";
    s.fill(entry.cl_ord_id, 5, next_exec());
    const Live now = live(s);
    ASSERT_EQ(now.stops.size(), 2U);
    ASSERT_EQ(now.limits.size(), 1U);
    EXPECT_EQ(trigger(s, now.stops[0]), Ticks{9'900});
    EXPECT_EQ(now.stops[0]->px, Ticks{9'851}) << "50 bps beyond its trigger";
    EXPECT_EQ(trigger(s, now.stops[1]), Ticks{9'851}) << "50 bps beyond the stop";
    EXPECT_EQ(now.limits[0]->px, Ticks{10'200});
    for (const core::Order* o : {now.stops[0], now.stops[1], now.limits[0]}) {
        EXPECT_EQ(o->side, Side::Sell);
        EXPECT_EQ(o->qty, Lots{5});
        EXPECT_EQ(s.order(o->cl_ord_id).reduce_only, 1);
        EXPECT_EQ(o->tif, TimeInForce::Gtc);
    }
}

TEST(Bracket, AShortPositionHasItsLevelsOnTheOtherSide) {
    Script s{desk_with()};
    s.start();
    open(s, -3);
    const Live now = live(s);
    ASSERT_EQ(now.stops.size(), 2U);
    EXPECT_EQ(trigger(s, now.stops[0]), Ticks{10'100});
    EXPECT_EQ(trigger(s, now.stops[1]), Ticks{10'150});
    EXPECT_EQ(now.stops[0]->side, Side::Buy);
    EXPECT_EQ(now.limits.at(0)->px, Ticks{9'800});
}

TEST(Bracket, ASignalMayNameItsPricesAndIsCutToTheMost) {
    Script s{desk_with()};
    s.start();
    Signal signal = target(50);
    signal.stop_px = Ticks{9'950};
    signal.limit_px = Ticks{10'050};
    s.tell(signal);
    const NewOrderSingle entry = s.all<NewOrderSingle>().front();
    EXPECT_EQ(entry.qty, Lots{10});
    s.fill(entry.cl_ord_id, 10, next_exec());
    EXPECT_EQ(trigger(s, live(s).stops.at(0)), Ticks{9'950});
    EXPECT_EQ(live(s).limits.at(0)->px, Ticks{10'050});
}

TEST(Bracket, WhatWasNotFilledIsTakenAgainFartherThroughTheTouch) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    const ClOrdID first = s.last_id();
    s.fill(first, 2, next_exec());
    s.expired(first, 2);
    ack_all(s);
    s.forget();
    s.pass_ms(300);
    ack_all(s);
    s.pass_ms(300);
    ASSERT_GE(s.count<NewOrderSingle>(), 1U);
    const NewOrderSingle more = s.all<NewOrderSingle>().front();
    EXPECT_EQ(more.qty, Lots{3});
    EXPECT_EQ(more.reduce_only, 0);
    EXPECT_EQ(more.px, Ticks{par + 1 + 20});
    s.fill(more.cl_ord_id, 3, next_exec());
    // Larger stops are there before the smaller ones go.
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    s.pass_ms(300);
    ack_all(s);
    for (const core::Order* o : live(s).stops) EXPECT_EQ(o->qty, Lots{5});
    EXPECT_EQ(live(s).stops.size(), 2U);
    EXPECT_GT(s.count<OrderCancelRequest>(), 0U);
}

TEST(Bracket, AnEntryOfUnknownFateIsNotSentAgain) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.forget();
    s.pass(seconds(2));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "it may be filled";
}

TEST(Bracket, ASignalThatIsToldAgainIsNoNewsAndOneThatIsOverSaysNothing) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    const ClOrdID stop = live(s).stops.at(0)->cl_ord_id;
    s.forget();
    s.tell(target(5));
    EXPECT_TRUE(s.sent.empty());
    // The stop sells all of it: the signal has had its position.
    s.book(maker, 9'890, 9'892);
    s.fill(stop, 5, next_exec());
    confirm_cancels(s);
    s.book(maker, par - 1, par + 1);
    s.tell(target(5));
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_TRUE(live(s).stops.empty());
    // The next one is a new one, unless it came too late.
    s.tell(target(5, 2, s.now - nanoseconds(1)));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.tell(target(5, 3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
}

TEST(Bracket, WhateverClosesItTakesAllProtectionWithIt) {
    const auto others = [](Script& s, Reason reason) {
        ExecutionReport r = s.report(live(s).limits.at(0)->cl_ord_id, ExecType::Trade);
        r.cl_ord_id = {};
        r.order_id = OrderID{0, 77};
        r.exec_id = ExecID{0, next_exec()};
        r.last_qty = Lots{5};
        r.last_px = r.px;
        r.reason = reason;
        s.happened(r);
        s.tell(r);
    };
    for (const CloseCause path : {CloseCause::Stop, CloseCause::Emergency, CloseCause::Limit,
                                  CloseCause::Desk, CloseCause::Manual, CloseCause::Liquidation,
                                  CloseCause::Deleveraging, CloseCause::Position}) {
        SCOPED_TRACE(static_cast<int>(path));
        Script s{desk_with()};
        s.start();
        open(s, 5);
        s.pass(seconds(3)); // the entry is behind every read
        const Live held = live(s);
        s.forget();
        switch (path) {
        case CloseCause::Stop: s.fill(held.stops.at(0)->cl_ord_id, 5, next_exec()); break;
        case CloseCause::Emergency: s.fill(held.stops.at(1)->cl_ord_id, 5, next_exec()); break;
        case CloseCause::Limit: s.fill(held.limits.at(0)->cl_ord_id, 5, next_exec()); break;
        case CloseCause::Desk: // the signal asks for nothing
            s.tell(target(0, 2));
            ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
            s.fill(s.all<NewOrderSingle>().front().cl_ord_id, 5, next_exec());
            break;
        case CloseCause::Manual: others(s, Reason::None); break;
        case CloseCause::Liquidation:
            others(s, Reason::Liquidation);
            EXPECT_EQ(s.alarms(AlarmKind::Liquidated), 1U);
            break;
        case CloseCause::Deleveraging:
            others(s, Reason::Deleveraging);
            EXPECT_EQ(s.alarms(AlarmKind::Deleveraged), 1U);
            break;
        default: // a liquidation that only the position tells
            s.truth[0].positions[{0, PositionSide::Net}] = Lots{0};
            s.pass(seconds(20));
            EXPECT_EQ(s.alarms(AlarmKind::AdoptedDifference), 1U);
            break;
        }
        EXPECT_EQ(s.alarms(AlarmKind::ForeignFill), 0U) << "it protects whatever is held there";
        EXPECT_EQ(sum_certain(s.position(maker)), Lots{0});
        EXPECT_TRUE(live(s).stops.empty());
        EXPECT_TRUE(live(s).limits.empty());
        EXPECT_EQ(s.count<NewOrderSingle>(), path == CloseCause::Desk ? 1U : 0U);
        // And a person is told what it was.
        ASSERT_EQ(s.count<Notice>(), 1U);
        const Notice told = s.all<Notice>().front();
        EXPECT_EQ(told.kind, NoticeKind::Closed);
        EXPECT_EQ(told.cause, path);
        EXPECT_EQ(told.instrument, maker);
        EXPECT_EQ(told.qty, Lots{5});
    }
}

// P2: a read that is older than the closure it seems to contradict.
TEST(Bracket, AStaleReadAfterAClosureMakesNoGhost) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.pass(seconds(3));
    s.fill(live(s).limits.at(0)->cl_ord_id, 5, next_exec());
    confirm_cancels(s);
    s.forget();
    s.pass_ms(115);
    s.answers_reads = false;
    s.snapshot(maker, 5); // as it was up to 500 ms ago
    s.pass_ms(385);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.alarms(AlarmKind::AdoptedDifference), 0U);
}

// Its hole: a second position inside the two seconds in which the fix looks away.
TEST(Bracket, APositionThatTrulyAppearsIsFoundAndProtectedAtOnce) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.pass(seconds(3));
    s.fill(live(s).limits.at(0)->cl_ord_id, 5, next_exec());
    confirm_cancels(s);
    const ExecutionReport pattern = s.report(s.last_id(), ExecType::Trade);
    s.forget();
    s.pass_ms(200);
    ExecutionReport r = pattern;
    r.cl_ord_id = {};
    r.order_id = OrderID{0, 78};
    r.exec_id = ExecID{0, next_exec()};
    r.side = Side::Sell;
    r.last_qty = Lots{2};
    r.last_px = r.px;
    r.transact_time = s.now;
    s.happened(r);
    s.tell(r);
    EXPECT_EQ(sum_certain(s.position(maker)), Lots{-2});
    EXPECT_EQ(live(s).stops.size(), 2U);
    for (const core::Order* o : live(s).stops) EXPECT_EQ(o->side, Side::Buy);
    // And one that no fill tells.
    s.truth[0].positions[{0, PositionSide::Net}] = Lots{-6};
    ack_all(s);
    s.pass(seconds(20));
    EXPECT_EQ(s.alarms(AlarmKind::AdoptedDifference), 1U);
    ack_all(s);
    for (const core::Order* o : live(s).stops) EXPECT_EQ(o->qty, Lots{6});
}

TEST(Bracket, ATargetThatIsPartFilledLeavesTheStopsAndAddsNothing) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.forget();
    s.fill(live(s).limits.at(0)->cl_ord_id, 2, next_exec());
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "what was for the target is not bought again";
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U) << "a stop for more is clipped by the venue";
    EXPECT_EQ(live(s).stops.size(), 2U);
}

TEST(Bracket, SharesOfAPosition) {
    Script s{desk_with([](BracketConfig& b) {
        b.stop_share_percent = 50;
        b.limit_share_percent = 40;
    })};
    s.start();
    open(s, 10);
    const Live now = live(s);
    EXPECT_EQ(now.stops.at(0)->qty, Lots{5});
    EXPECT_EQ(now.stops.at(1)->qty, Lots{10}) << "the emergency stop has all of it";
    EXPECT_EQ(now.limits.at(0)->qty, Lots{4});
    s.fill(now.limits.at(0)->cl_ord_id, 4, next_exec());
    s.pass(seconds(1));
    EXPECT_TRUE(live(s).limits.empty()) << "its share is gone";
    EXPECT_EQ(live(s).stops.size(), 2U);
}

// What a venue would refuse for its worth is not asked for: it was refused again and again. All of
// a position is spared, where the venue says so, and then the emergency stop stands for what the
// stop would have had.
TEST(Bracket, AShareThatIsWorthTooLittleIsNotPlaced) {
    const auto placed = [](std::int64_t lots, bool spares) {
        Script s{desk_with(
            [](BracketConfig& b) {
                b.stop_share_percent = 50;
                b.limit_share_percent = 50;
            },
            [&](core::EngineConfig& e) { // at par three lots, and at its stops four
                e.instruments[0].instrument.min_notional = Money{300 * money_one};
                e.instruments[0].instrument.min_notional_spares_full_close = spares;
            })};
        s.start();
        open(s, lots);
        return std::pair{live(s).stops.size(), live(s).limits.size()};
    };
    EXPECT_EQ(placed(8, true), (std::pair{2UL, 1UL}));
    EXPECT_EQ(placed(6, true), (std::pair{1UL, 1UL})) << "three lots at the stop are too little";
    EXPECT_EQ(placed(4, true), (std::pair{1UL, 0UL}));
    EXPECT_EQ(placed(3, true), (std::pair{1UL, 0UL})) << "all of it, though worth too little";
    EXPECT_EQ(placed(3, false), (std::pair{0UL, 0UL}));
}

// What the venue takes no new order for stays where it rests already.
TEST(Bracket, WhatIsLeftOfATargetStaysHoweverLittleItIs) {
    Script s{desk_with({}, [](core::EngineConfig& e) {
        e.instruments[0].instrument.min_notional = Money{300 * money_one};
    })};
    s.start();
    open(s, 10);
    const ClOrdID limit = live(s).limits.at(0)->cl_ord_id;
    s.forget();
    s.fill(limit, 9, next_exec());
    s.pass(seconds(2));
    ASSERT_EQ(live(s).limits.size(), 1U);
    EXPECT_EQ(live(s).limits[0]->cl_ord_id, limit);
    EXPECT_EQ(s.count<NewOrderSingle>() + s.count<OrderCancelRequest>(), 0U);
    EXPECT_EQ(s.alarms(AlarmKind::TooSmall), 0U);
}

// Once for a position, and of an entry once for its signal.
TEST(Bracket, WhatIsTooSmallToBeSentIsTold) {
    const auto told = [](std::int64_t lots, Lots most = Lots{10}) {
        Script s{desk_with(
            [&](BracketConfig& b) {
                b.qty_max = most;
                b.stop_share_percent = 50;
                b.limit_share_percent = 50;
            },
            [&](core::EngineConfig& e) {
                e.instruments[0].instrument.min_notional = Money{300 * money_one};
                e.instruments[0].limits.max_order_qty = most;
            })};
        s.start();
        s.forget();
        s.tell(target(lots));
        const bool enters = s.count<NewOrderSingle>() == 1;
        std::size_t before = 0;
        if (enters) {
            const ClOrdID entry = s.last_id();
            s.fill(entry, 1, next_exec()); // of which every share is too small, for a moment
            before = s.alarms(AlarmKind::TooSmall);
            s.fill(entry, lots - 1, next_exec());
            ack_all(s);
        }
        s.pass(seconds(3));
        s.tell(target(lots, 1)); // the same signal, told again
        s.pass(seconds(3));
        EXPECT_EQ(before, 0U);
        return std::pair{enters, s.alarms(AlarmKind::TooSmall)};
    };
    EXPECT_EQ(told(8), (std::pair{true, 0UL}));
    EXPECT_EQ(told(6), (std::pair{true, 1UL})) << "the stop's share";
    EXPECT_EQ(told(4), (std::pair{true, 2UL})) << "the target's, too";
    EXPECT_EQ(told(2), (std::pair{false, 1UL})) << "the entry";
    EXPECT_EQ(told(8, Lots{2}), (std::pair{false, 1UL})) << "by its own limit";
}

// Of a named limit the engine tells itself.
TEST(Bracket, ALimitThatLetsNoEntryBeIsTold) {
    Script s{desk_with({}, [](core::EngineConfig& e) {
        e.instruments[0].limits.max_order_notional = Money{100 * money_one};
    })};
    s.start();
    s.forget();
    s.tell(target(5));
    s.pass(seconds(2)); // (before its mark is stale)
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.alarms(AlarmKind::LimitReached), 1U);
}

// The stop has had its share: what is left is the emergency stop's, and nobody closes it sooner.
TEST(Bracket, AStopForAShareIsDoneOnceItHasTraded) {
    Script s{desk_with([](BracketConfig& b) { b.stop_share_percent = 50; })};
    s.start();
    open(s, 10);
    const Live now = live(s);
    ASSERT_EQ(now.stops.size(), 2U);
    EXPECT_EQ(now.stops.at(0)->qty, Lots{5});
    const ClOrdID stop = now.stops.at(0)->cl_ord_id;
    s.forget();
    s.book(maker, 9'889, 9'891); // beyond the stop, not beyond the emergency stop
    s.fill(stop, 5, next_exec());
    s.pass(seconds(5));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    ASSERT_EQ(live(s).stops.size(), 1U) << "the emergency stop";
    s.book(maker, 9'839, 9'841);
    s.pass(seconds(2));
    ASSERT_GE(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>().front().tif, TimeInForce::Ioc);
}

// What was entered on a signal has its prices, though the signal ends before the fill is known, and
// has had its position, though it is only found by then.
TEST(Bracket, WhatASignalAskedForStaysWhenItEnds) {
    Script s{desk_with()};
    s.start();
    Signal signal = target(5, 1, s.now + milliseconds(100));
    signal.stop_px = Ticks{9'950};
    signal.limit_px = Ticks{10'050};
    s.tell(signal);
    const ClOrdID entry = s.last_id();
    s.pass_ms(300);
    s.fill(entry, 5, next_exec());
    EXPECT_EQ(trigger(s, live(s).stops.at(0)), Ticks{9'950});
    EXPECT_EQ(live(s).limits.at(0)->px, Ticks{10'050});
    EXPECT_EQ(s.desk.brackets()[0].state(s.engine(), 0).is_entered, 1U);
}

// ... and only what was entered on it: what its owner opens later has the levels of the config.
TEST(Bracket, ASignalThatHasHadItsPositionSaysNothingOfTheNext) {
    Script s{desk_with()};
    s.start();
    Signal signal = target(5);
    signal.stop_px = Ticks{9'950};
    s.tell(signal);
    s.fill(s.last_id(), 5, next_exec());
    ack_all(s);
    s.fill(live(s).limits.at(0)->cl_ord_id, 5, next_exec());
    confirm_cancels(s);
    owner_buys(s, 5);
    s.pass_ms(300);
    ASSERT_EQ(live(s).stops.size(), 2U);
    EXPECT_EQ(trigger(s, live(s).stops.at(0)), Ticks{9'900});
}

// However often the level moves while cancels go unanswered: the stop that rests stays until the
// next one does.
TEST(Bracket, AStopThatRestsIsNeverTakenBackForOneThatIsNotThere) {
    Script s{desk_with([](BracketConfig& b) {
        b.trail = Bps{80 * bps_one};
        b.limit = Bps{0};
    })};
    s.start();
    open(s, 5);
    for (int n = 1; n <= 12; ++n) {
        s.forget();
        s.book(maker, par + 100 * n - 1, par + 100 * n + 1);
        s.pass_ms(300);
        if (n % 2 == 0) ack_all(s);
        std::size_t resting = 0;
        for (const core::Order* o : live(s).stops) resting += o->seen_at != Timestamp{} ? 1U : 0U;
        EXPECT_GE(resting, 2U) << "a stop and an emergency stop, move " << n;
        if (n % 3 != 0) continue;
        std::vector<ClOrdID> going;
        s.engine().each_order([&](const core::Order& o) {
            if (o.was_over == 0 && (o.flags & core::order_flag::want_gone) != 0) {
                going.push_back(o.cl_ord_id);
            }
        });
        for (const ClOrdID id : going) s.canceled(id, 0);
    }
}

// What is gone of the target's share is not asked for again.
TEST(Bracket, ATargetForAShareIsForWhatIsLeftOfIt) {
    Script s{desk_with([](BracketConfig& b) { b.limit_share_percent = 50; })};
    s.start();
    open(s, 10);
    s.forget();
    s.fill(live(s).limits.at(0)->cl_ord_id, 2, next_exec());
    s.pass(seconds(1));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    ASSERT_EQ(live(s).limits.size(), 1U);
    EXPECT_EQ(s.engine().leaves_qty(*live(s).limits[0]), Lots{3});
}

// What is there has its stop before more is added.
TEST(Bracket, NothingIsAddedToAPositionThatIsBare) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    const ClOrdID first = s.last_id();
    s.fill(first, 2, next_exec());
    s.expired(first, 2);
    const std::vector<NewOrderSingle> stops = s.all<NewOrderSingle>();
    s.forget();
    s.pass_ms(600);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "no stop is known to rest";
    for (const NewOrderSingle& o : stops) {
        if (o.reduce_only != 0) s.ack(o.cl_ord_id);
    }
    s.pass_ms(300);
    ASSERT_GE(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>().front().reduce_only, 0);
}

// It wakes for the grace of a stop, whatever else it waits for.
TEST(Bracket, WakesWhenTheGraceOfAStopIsOver) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    while (s.desk.wake_at() < s.now + seconds(2)) s.pass_ms(500);
    s.book(maker, 9'889, 9'891);
    EXPECT_EQ(s.desk.wake_at(), s.now + seconds(1));
}

// What it would be woken for by itself, whatever the engine waits for.
Timestamp own_wake(const Script& s) { return s.desk.brackets().front().wake_at(s.engine()); }

TEST(Bracket, WakesForAnOrderThatItLacksAndForNoneThatRests) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.fill(s.last_id(), 5, next_exec());
    const ClOrdID stop = live(s).stops.at(0)->cl_ord_id;
    ack_all(s);
    s.pass(seconds(2));
    EXPECT_EQ(own_wake(s), never) << "all that should rest does";
    s.canceled(stop, 0); // the venue has taken it off, and a new one was sent at once
    const Timestamp sent = s.now;
    EXPECT_EQ(live(s).stops.size(), 2U);
    s.answer(s.last_id(), RequestKind::New, Outcome::Refused, Reason::Busy);
    EXPECT_EQ(live(s).stops.size(), 1U);
    EXPECT_EQ(own_wake(s), sent + milliseconds(250));
}

TEST(Bracket, WakesForAnEntryOnlyWhileItsSignalAsksForOne) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.expired(s.last_id(), 0);
    EXPECT_EQ(own_wake(s), s.now + milliseconds(250));
    s.tell(target(0, 2));
    EXPECT_EQ(own_wake(s), never);
}

// A level has moved twice, and the cancel of the order in the second place is not confirmed: the
// one that rests is not taken back for a third, which has no place yet.
TEST(Bracket, AStopThatRestsStaysWhileTheOneBeforeItStillGoes) {
    Script s{desk_with([](BracketConfig& b) {
        b.trail = Bps{80 * bps_one};
        b.limit = Bps{0};
    })};
    s.start();
    open(s, 5);
    for (const std::int64_t mid : {10'100, 10'200}) {
        s.book(maker, mid - 1, mid + 1);
        s.pass_ms(300);
        ack_all(s);
        if (mid == 10'100) confirm_cancels(s);
    }
    const Live before = live(s);
    ASSERT_EQ(before.stops.size(), 2U);
    s.forget();
    s.book(maker, 10'299, 10'301);
    s.pass_ms(300);
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        for (const core::Order* o : before.stops) EXPECT_NE(one.cl_ord_id, o->cl_ord_id);
    }
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "there is no place";
    EXPECT_EQ(live(s).stops.size(), 2U);
}

// The level moves once more before the newer stop is known to rest: that one makes way for the
// next.
TEST(Bracket, AStopThatIsPassedByItsLevelBeforeItRestsGoesAgain) {
    Script s{desk_with([](BracketConfig& b) {
        b.trail = Bps{80 * bps_one};
        b.limit = Bps{0};
    })};
    s.start();
    open(s, 5);
    s.forget();
    s.book(maker, 10'099, 10'101);
    s.pass_ms(300);
    std::set<ClOrdID> newer;
    for (const NewOrderSingle& o : s.all<NewOrderSingle>()) newer.insert(o.cl_ord_id);
    ASSERT_EQ(newer.size(), 2U) << "a stop and an emergency stop, and nobody has told of them";
    s.forget();
    s.book(maker, 10'199, 10'201);
    s.pass_ms(300);
    std::set<ClOrdID> going;
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) going.insert(one.cl_ord_id);
    EXPECT_EQ(going, newer) << "and not those that rest";
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "there is no place yet";
    confirm_cancels(s);
    s.pass_ms(300);
    EXPECT_EQ(s.count<NewOrderSingle>(), 2U);
}

// A signal for what somebody else has opened has its position: when that closes, in the next word
// that comes, it is not entered once more.
TEST(Bracket, ASignalForWhatIsHeldIsUsedByIt) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.fill(live(s).limits.at(0)->cl_ord_id, 5, next_exec());
    confirm_cancels(s);
    owner_buys(s, 5);
    s.pass_ms(300);
    ack_all(s);
    ASSERT_EQ(live(s).limits.size(), 1U);
    const ClOrdID limit = live(s).limits.at(0)->cl_ord_id;
    s.forget();
    s.tell(target(5, 2));
    s.fill(limit, 5, next_exec());
    confirm_cancels(s);
    s.pass(seconds(5));
    for (const NewOrderSingle& o : s.all<NewOrderSingle>()) {
        EXPECT_NE(o.tif, TimeInForce::Ioc) << "nothing is entered";
    }
}

// A stop that was refused is tried again after its pause, by the desk's own timer.
TEST(Bracket, ARefusedStopIsTriedAgainAfterItsPause) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.fill(s.last_id(), 5, next_exec());
    const std::vector<NewOrderSingle> sent = s.all<NewOrderSingle>();
    s.pass_ms(10);
    s.forget();
    for (const NewOrderSingle& o : sent) {
        if (o.trigger_px != Ticks{0}) {
            s.answer(o.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::Busy);
        } else if (o.reduce_only != 0) {
            s.ack(o.cl_ord_id);
        }
    }
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_LE(s.desk.wake_at(), s.now + milliseconds(250));
    s.pass_ms(250);
    EXPECT_EQ(s.count<NewOrderSingle>(), 2U);
}

TEST(Bracket, ASignalWhoseStopIsPassedAlreadyIsNotEntered) {
    for (const std::int64_t way : {1, -1}) {
        Script s{desk_with()};
        s.start();
        Signal signal = target(5 * way);
        signal.stop_px = Ticks{par + 200 * way}; // on the side where it should win
        s.tell(signal);
        s.pass(seconds(2));
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
        EXPECT_EQ(s.alarms(AlarmKind::SignalRefused), 0U) << "its numbers are sane";
        ASSERT_EQ(s.alarms(AlarmKind::StopPassed), 1U);
        const Alarm told = s.all<Alarm>().back();
        EXPECT_EQ(told.value, par - way) << "the touch";
        EXPECT_EQ(told.bound, par + 200 * way) << "the stop";
        s.tell(target(5 * way, 2));
        EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
    }
}

// More than one order may hold is protected as far as that goes, and told.
TEST(Bracket, MoreThanTheLargestOrderIsProtectedInPartAndTold) {
    Script s{desk_with({}, [](core::EngineConfig& e) {
        e.instruments[0].limits.max_order_qty = Lots{10};
        e.instruments[0].limits.max_order_notional = Money{1'000'000 * money_one};
    })};
    s.start();
    open(s, 10);
    s.pass(seconds(3));
    s.truth[0].positions[{0, PositionSide::Net}] = Lots{14}; // its owner adds
    s.pass(seconds(20));
    ack_all(s);
    EXPECT_EQ(sum_certain(s.position(maker)), Lots{14});
    for (const core::Order* o : live(s).stops) EXPECT_EQ(o->qty, Lots{10});
    s.pass(seconds(15));
    EXPECT_EQ(s.alarms(AlarmKind::Unprotected), 1U);
}

TEST(Bracket, AStopMovesToBreakEvenAndTrailsAndTheNewOneIsThereFirst) {
    Script s{desk_with([](BracketConfig& b) {
        b.break_even_after = Bps{50 * bps_one};
        b.trail = Bps{80 * bps_one};
        b.limit = Bps{0};
    })};
    s.start();
    open(s, 5);
    s.forget();
    s.book(maker, 10'049, 10'051); // half a percent is won
    s.pass_ms(300);
    const Live both = live(s);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U) << "the new stop is not known to rest";
    EXPECT_EQ(both.stops.size(), 4U);
    ack_all(s);
    EXPECT_EQ(live(s).stops.size(), 2U);
    EXPECT_EQ(trigger(s, live(s).stops.at(0)), Ticks{10'000});
    confirm_cancels(s);
    s.forget();
    s.book(maker, 10'299, 10'301);
    s.pass_ms(300);
    ack_all(s);
    confirm_cancels(s);
    ASSERT_EQ(live(s).stops.size(), 2U);
    // 80 bps below 10,300.
    EXPECT_EQ(trigger(s, live(s).stops.back()), Ticks{10'218});
    // It never goes back.
    s.forget();
    s.book(maker, 10'249, 10'251);
    s.pass(seconds(1));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
}

TEST(Bracket, WhatTheStopHasNotClosedIsClosedAfterItsGrace) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.forget();
    s.book(maker, 9'889, 9'891);
    s.pass_ms(900);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "the venue's stop has its second";
    s.pass_ms(200);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    const NewOrderSingle close = s.all<NewOrderSingle>().front();
    EXPECT_EQ(close.side, Side::Sell);
    EXPECT_EQ(close.qty, Lots{5});
    EXPECT_EQ(close.reduce_only, 1);
    EXPECT_EQ(close.tif, TimeInForce::Ioc);
    EXPECT_EQ(live(s).stops.size(), 2U) << "its stops rest until it is flat";
}

TEST(Bracket, AStopThatTheMarketHasPassedIsRefusedAndThePositionClosed) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.fill(s.last_id(), 5, next_exec());
    s.book(maker, 9'700, 9'702); // before the stops are there
    for (int n = 0; n < 12; ++n) {
        const std::vector<NewOrderSingle> sent = s.all<NewOrderSingle>();
        s.forget();
        for (const NewOrderSingle& o : sent) {
            if (o.trigger_px != Ticks{0}) {
                s.answer(o.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::WouldTrigger);
            } else if (o.tif == TimeInForce::Ioc && o.reduce_only != 0) {
                s.fill(o.cl_ord_id, o.qty.value(), next_exec());
            }
        }
        s.pass_ms(200);
    }
    EXPECT_EQ(sum_certain(s.position(maker)), Lots{0});
}

// A desk that holds five, with all that protects it, and wants to hold nothing; its close was
// refused, as there is nothing to reduce.
void open_and_be_refused(Script& s) {
    s.start();
    open(s, 5);
    s.pass(seconds(5));
    s.forget();
    s.tell(target(0, 2));
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    const ClOrdID close = s.last_id();
    s.forget();
    s.answer(close, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
}

// Each refusal asks for fills through its own time: closes four times a second put the read off
// that would have told that somebody else had closed.
TEST(Bracket, WhereTheVenueHasNothingToReduceAReadIsWaitedForAsLongAsAPositionMayBeBare) {
    for (const bool answers : {true, false}) {
        Script s{desk_with([](BracketConfig& b) { b.protected_within = seconds(8); })};
        s.answers_reads = true;
        open_and_be_refused(s);
        s.answers_reads = answers;
        s.pass_ms(400);
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
        s.pass_ms(7'500);
        EXPECT_EQ(s.count<NewOrderSingle>(), answers ? 1U : 0U) << "it is held, says a read";
        s.pass_ms(200);
        EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
        EXPECT_EQ(s.all<NewOrderSingle>().front().reduce_only, 1);
    }
}

TEST(Bracket, AStopThatHasNothingToReduceWaitsForAReadToo) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.fill(s.last_id(), 5, next_exec());
    s.answers_reads = false;
    const std::vector<NewOrderSingle> sent = s.all<NewOrderSingle>();
    s.forget();
    for (const NewOrderSingle& o : sent) {
        if (o.reduce_only == 0) continue;
        s.answer(o.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
    }
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    // Once something else is known to be held the refusal says nothing of it.
    ExecutionReport more = s.report(sent.front().cl_ord_id, ExecType::Trade);
    more.cl_ord_id = {};
    more.order_id = OrderID{0, 79};
    more.exec_id = ExecID{0, next_exec()};
    more.side = Side::Buy;
    more.last_qty = Lots{2};
    more.last_px = more.px;
    s.tell(more);
    s.pass(seconds(1));
    EXPECT_EQ(live(s).stops.size(), 2U);
    EXPECT_EQ(live(s).stops.at(0)->qty, Lots{7});
}

TEST(Bracket, APositionThatStaysBareIsToldOnce) {
    Script s{desk_with([](BracketConfig& b) { b.protected_within = seconds(4); })};
    s.start();
    s.tell(target(5));
    s.fill(s.last_id(), 5, next_exec());
    s.pass_ms(3'900);
    EXPECT_EQ(s.alarms(AlarmKind::Unprotected), 0U);
    s.pass_ms(200);
    EXPECT_EQ(s.alarms(AlarmKind::Unprotected), 1U);
    s.pass(seconds(5));
    EXPECT_EQ(s.alarms(AlarmKind::Unprotected), 1U);
}

TEST(Bracket, ASignalForNothingOrTheOtherSideClosesFirst) {
    for (const std::int64_t next : {0, -3}) {
        Script s{desk_with()};
        s.start();
        open(s, 5);
        s.forget();
        s.tell(target(next, 2));
        ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
        const NewOrderSingle close = s.all<NewOrderSingle>().front();
        EXPECT_EQ(close.reduce_only, 1);
        EXPECT_EQ(close.qty, Lots{5});
        s.forget();
        s.fill(close.cl_ord_id, 5, next_exec());
        confirm_cancels(s);
        s.pass(seconds(1));
        const auto sent = s.all<NewOrderSingle>();
        ASSERT_EQ(sent.size(), next == 0 ? 0U : 1U);
        if (next == 0) continue;
        EXPECT_EQ(sent[0].side, Side::Sell);
        EXPECT_EQ(sent[0].qty, Lots{3});
        EXPECT_EQ(sent[0].reduce_only, 0);
    }
}

TEST(Bracket, AHaltLeavesTheStopsAndEntersNoMoreTheKillSwitchClosesAll) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.forget();
    s.act(Act::Halt);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    EXPECT_EQ(live(s).stops.size(), 2U);
    s.act(Act::Kill);
    EXPECT_GT(s.count<OrderCancelRequest>(), 0U);
    EXPECT_TRUE(live(s).stops.empty());
    ASSERT_EQ(live(s).others.size(), 1U);
    EXPECT_EQ(live(s).others[0]->role, Role::Close);
    for (std::uint32_t ix = 0; ix < 12; ++ix) { // a pair of each level of each side
        EXPECT_EQ(s.engine().intent(core::IntentIx{ix}).want_qty, Lots{0}) << "nothing is wanted";
    }
    s.forget();
    confirm_cancels(s);
    s.pass(seconds(1));
    for (const NewOrderSingle& o : s.all<NewOrderSingle>()) EXPECT_EQ(o.trigger_px, Ticks{0});
}

TEST(Bracket, TheEndOfARunClosesWithItsStopsStillThere) {
    Script s{desk_with()};
    s.start();
    open(s, 5);
    s.forget();
    s.act(Act::WindDown);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    const NewOrderSingle close = s.all<NewOrderSingle>().front();
    EXPECT_EQ(live(s).stops.size(), 2U);
    EXPECT_FALSE(s.desk.is_settled());
    s.fill(close.cl_ord_id, 5, next_exec());
    confirm_cancels(s);
    s.pass(seconds(60));
    EXPECT_TRUE(s.desk.is_settled());
}

TEST(Bracket, WhereReduceOnlyIsNotClippedACloseWaitsForTheStopsToGo) {
    Script s{
        desk_with({}, [](core::EngineConfig& e) { e.venues[0].reduce_only_at_match = false; })};
    s.start();
    open(s, 5);
    s.forget();
    s.tell(target(0, 2));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_GT(s.count<OrderCancelRequest>(), 0U);
    confirm_cancels(s);
    s.pass_ms(300);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>().front().qty, Lots{5});
}

// The hole of P2 in a restart: its stops are at the venue, and stay.
TEST(Bracket, ARestartKeepsTheStopsThatRestAndPlacesThoseThatDoNot) {
    for (const bool are_lost : {false, true}) {
        SCOPED_TRACE(are_lost);
        Script s{desk_with()};
        s.start();
        open(s, 5);
        s.pass(seconds(3));
        const Live before = live(s);
        for (const core::Order* o : {before.stops.at(0), before.stops.at(1), before.limits.at(0)}) {
            ExecutionReport r = s.report(o->cl_ord_id, ExecType::Status);
            r.has_cum_qty = 1;
            if (!are_lost) s.truth[0].resting.push_back(r);
        }
        s.crash(s.record.size());
        s.forget();
        s.boot_again();
        EXPECT_EQ(s.count<OrderCancelRequest>(), 0U) << "a position is not bared";
        for (int n = 0; n < 40; ++n) {
            for (const Script::AskedOrder& one : std::exchange(s.queries_asked, {})) {
                if (!are_lost) s.tell(s.report(one.request.cl_ord_id, ExecType::Status));
                s.status(one.request.cl_ord_id, !are_lost, one.at);
            }
            if (are_lost) ack_all(s);
            s.pass_ms(250);
        }
        EXPECT_EQ(s.engine().desk().recovery, core::Recovery::Done);
        EXPECT_EQ(s.count<NewOrderSingle>(), are_lost ? 3U : 0U);
        EXPECT_EQ(live(s).stops.size(), 2U);
        EXPECT_EQ(live(s).limits.size(), 1U);
    }
}

// A signal has its position once, also where that comes and goes while the process is down, and
// where the record has lost that it was ever asked for.
TEST(Bracket, WhatCameAndWentInACrashIsNotEnteredAgain) {
    for (const bool is_lost : {false, true}) {
        SCOPED_TRACE(is_lost);
        Script s{desk_with()};
        s.start();
        const std::size_t before = s.record.size();
        s.tell(target(5));
        ExecutionReport bought = s.trade(s.last_id(), 5, next_exec());
        ExecutionReport sold = bought; // by the owner
        sold.cl_ord_id = {};
        sold.order_id = OrderID{9, 1};
        sold.exec_id = ExecID{9, 1};
        sold.side = Side::Sell;
        s.happened(bought);
        s.happened(sold);
        s.crash(is_lost ? before : s.record.size());
        s.forget();
        s.boot_again();
        for (int n = 0; n < 8; ++n) {
            s.book(maker, par - 1, par + 1);
            s.pass_ms(1'000);
        }
        ASSERT_EQ(s.engine().desk().recovery, core::Recovery::Done);
        s.tell(target(5));
        s.pass(seconds(1));
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
        EXPECT_EQ(s.alarms(AlarmKind::SignalUsed), is_lost ? 1U : 0U);
        s.tell(target(5, 2));
        EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
    }
}

// In hedge mode each side is a position of its own.
TEST(Bracket, InHedgeModeEachSideHasItsOwn) {
    Script s{desk_with([](BracketConfig& b) { b.hedge_mode = true; })};
    s.start();
    s.tell(target(5));
    NewOrderSingle entry = s.all<NewOrderSingle>().front();
    EXPECT_EQ(entry.position_side, PositionSide::Long);
    const auto filled = [&](const NewOrderSingle& o) {
        ExecutionReport r = s.trade(o.cl_ord_id, o.qty.value(), next_exec());
        r.position_side = o.position_side;
        s.happened(r);
        s.tell(r);
    };
    filled(entry);
    ack_all(s);
    for (const core::Order* o : live(s).stops) EXPECT_EQ(o->position_side, PositionSide::Long);
    // The other side is asked for: the long one is closed, and the short one opened, by itself.
    s.forget();
    s.tell(target(-4, 2));
    const auto sent = s.all<NewOrderSingle>();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].position_side, PositionSide::Long);
    EXPECT_EQ(sent[0].side, Side::Sell);
    EXPECT_EQ(sent[0].reduce_only, 1);
    EXPECT_EQ(sent[1].position_side, PositionSide::Short);
    EXPECT_EQ(sent[1].side, Side::Sell);
    EXPECT_EQ(sent[1].reduce_only, 0);
    filled(sent[1]);
    EXPECT_EQ(sum_certain(s.position(maker, PositionSide::Short)), Lots{-4});
    std::size_t of_short = 0;
    for (const core::Order* o : live(s).stops) {
        if (o->position_side != PositionSide::Short) continue;
        ++of_short;
        EXPECT_EQ(o->side, Side::Buy);
        EXPECT_EQ(o->qty, Lots{4});
    }
    EXPECT_EQ(of_short, 2U);
}

// The owner closes what our own fill has opened, and we hear of that first.
TEST(Bracket, InHedgeModeALongPositionIsNeverShort) {
    Script s{desk_with([](BracketConfig& b) { b.hedge_mode = true; })};
    s.start();
    ExecutionReport theirs;
    theirs.account = AccountIx{0};
    theirs.instrument = maker;
    theirs.order_id = OrderID{0, 7'777};
    theirs.exec_id = ExecID{0, next_exec()};
    theirs.exec_type = ExecType::Trade;
    theirs.side = Side::Sell;
    theirs.position_side = PositionSide::Long;
    theirs.px = theirs.last_px = Ticks{10'000};
    theirs.last_qty = Lots{5};
    s.tell(theirs);
    EXPECT_EQ(sum_certain(s.position(maker, PositionSide::Long)), Lots{-5});
    EXPECT_EQ(s.desk.engine().held(maker, PositionSide::Long), Lots{0});
    EXPECT_TRUE(s.all<NewOrderSingle>().empty()) << "there is nothing to protect, or to close";
    s.tell(OperatorAct{.act = Act::WindDown, .instrument = {}});
    EXPECT_TRUE(s.all<NewOrderSingle>().empty());
}

// --- the gate ---

TEST(Protection, IsHeldToWhatIsHeldAndToItsIntent) {
    Script s{desk_with()};
    s.start();
    core::Draft d;
    d.instrument = maker;
    d.side = Side::Sell;
    d.px = Ticks{9'900};
    d.trigger_px = Ticks{9'950};
    d.qty = Lots{1};
    d.reduce_only = true;
    d.role = Role::Protect;
    EXPECT_EQ(s.offer(d), core::Guard::MoreThanOwed) << "nothing is held";
    open(s, 5);
    d.qty = Lots{6};
    EXPECT_EQ(s.offer(d), core::Guard::MoreThanOwed);
    d.qty = Lots{5};
    d.reduce_only = false;
    EXPECT_EQ(s.offer(d), core::Guard::MoreThanOwed);
    d.reduce_only = true;
    d.px = Ticks{9'000}; // 9.5 % through its trigger
    EXPECT_EQ(s.offer(d), core::Guard::PriceCollar);
    d.px = Ticks{9'900};
    d.side = Side::Buy;
    EXPECT_EQ(s.offer(d), core::Guard::MoreThanOwed);
    d.side = Side::Sell;
    // Beside all the others that protect it.
    EXPECT_EQ(s.offer(d), core::Guard::None);
}

TEST(Protection, ALostPositionIsAskedForWhenTheVenueHasNothingToReduce) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5));
    s.fill(s.last_id(), 5, next_exec());
    const ClOrdID stop = live(s).stops.at(0)->cl_ord_id;
    s.pass(seconds(1));
    s.answers_reads = false;
    s.forget();
    s.answer(stop, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
    s.pass(seconds(1));
    bool asks_positions = false;
    bool asks_fills = false;
    for (const ReadRequest& one : s.all<ReadRequest>()) {
        asks_positions |= one.kind == RequestKind::ReadPositions;
        asks_fills |= one.kind == RequestKind::ReadFills;
    }
    EXPECT_TRUE(asks_positions);
    EXPECT_TRUE(asks_fills);
}

TEST(Signals, AreRefusedBeyondAllBounds) {
    Script s{desk_with()};
    s.start();
    Signal none = target(5);
    none.id = 0;
    s.tell(none);
    Signal nowhere = target(5, 1);
    nowhere.instrument = InstrumentIx{9};
    s.tell(nowhere);
    Signal huge = target(5, 1);
    huge.value = INT64_MAX;
    s.tell(huge);
    EXPECT_EQ(s.alarms(AlarmKind::SignalRefused), 3U);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.engine().desk().surprises, 0U) << "it is no evidence about a venue";
}

// The newest of its kind stays, in whatever order they come.
TEST(Signals, OneThatIsOlderIsNoNews) {
    Script s{desk_with()};
    s.start();
    s.tell(target(5, 7));
    s.tell(target(-3, 6));
    s.tell(target(-3, 7));
    const Signal* newest = s.engine().signal(maker, SignalKind::Target);
    ASSERT_NE(newest, nullptr);
    EXPECT_EQ(newest->id, 7U);
    EXPECT_EQ(newest->value, 5);
}

TEST(BracketConfigs, FaultsAreNamed) {
    const auto why = [](const std::function<void(BracketConfig&)>& change) {
        auto made = make_desk_config(desk_with(change));
        return made ? std::string{"it is good"} : made.error().text();
    };
    EXPECT_EQ(why([](BracketConfig& b) { b.qty_max = Lots{0}; }),
              "bracket BTC: qty_max is below the venue's minimum");
    EXPECT_EQ(why([](BracketConfig& b) { b.instrument = InstrumentIx{7}; }),
              "bracket BTC: its instrument is missing");
    EXPECT_EQ(why([](BracketConfig& b) { b.stop = Bps{0}; }),
              "bracket BTC: stop_bps and emergency_bps must be above zero");
    EXPECT_EQ(why([](BracketConfig& b) { b.limit_share_percent = 0; }),
              "bracket BTC: a share is 1 to 100 percent");
    EXPECT_EQ(why([](BracketConfig& b) { b.stop_slippage = Bps{200 * bps_one}; }),
              "bracket BTC: a slippage reaches the price collar: the last gate would refuse it");
    EXPECT_EQ(why([](BracketConfig& b) { b.retry = Duration{0}; }),
              "bracket BTC: retry_ms, stop_grace_ms and protected_within_ms must be above zero");
    EXPECT_EQ(why([](BracketConfig& b) { b.protected_within = Duration{0}; }),
              "bracket BTC: retry_ms, stop_grace_ms and protected_within_ms must be above zero");
    EXPECT_EQ(why([](BracketConfig& b) { b.emergency = Bps{0}; }),
              "bracket BTC: stop_bps and emergency_bps must be above zero");
    DeskConfig small = desk_with();
    small.engine.instruments[0].limits.max_order_qty = Lots{9};
    EXPECT_EQ(make_desk_config(small).error().text(),
              "bracket BTC: qty_max is above the largest order: one stop could not hold all of it");
    DeskConfig twice = desk_with();
    twice.bracket.push_back(twice.bracket.front());
    EXPECT_EQ(make_desk_config(twice).error().text(),
              "bracket BTC: its instrument serves two strategies");
    DeskConfig grouped = two_venues();
    grouped.bracket = desk_with().bracket;
    EXPECT_EQ(make_desk_config(grouped).error().text(),
              "bracket BTC: its instrument is a member of a group, which is hedged");
}

} // namespace
} // namespace keel::strategy
