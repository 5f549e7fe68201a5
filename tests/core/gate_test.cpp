#include <fstream>
#include <functional>
#include <sstream>

#include "tests/core/desk_fixture.hpp"

// Law 5 as a table: for every guard, whom it stops (a test for each cell), and the event that
// releases it (a test for each row). docs/precedence.md shows the same table.

namespace keel::core {
namespace {

using namespace script;

struct Ids {
    ClOrdID resting_buy; // 2 lots
    ClOrdID resting_sell;
};

// A desk that owes 4 lots which nobody hedges by itself, with a buy and a sell resting.
struct Scene {
    Guard guard = Guard::None;
    std::function<void(strategy::DeskConfig&)> configure = [](strategy::DeskConfig&) {};
    Duration lease = seconds(100'000);
    std::function<void(Script&, Ids&)> arm = [](Script&, Ids&) {}; // brings the guard on
    std::function<Draft(Script&)> new_risk = [](Script&) {
        return quote_draft(Side::Buy, par - 5, 1);
    };
    std::function<Draft(Script&)> hedging = [](Script& s) {
        return hedge_draft(Side::Sell, par - 2, s.engine().owed(group).value());
    };
    std::function<Draft(Script&)> closing = [](Script& s) {
        const Position& p = s.position(maker); // what may sell already closes, too
        return close_draft(maker, Side::Sell, par - 2, (p.filled - p.open_sell).value());
    };
    std::function<void(Script&, Ids&)> release = [](Script&, Ids&) {}; // the event that releases it
    std::function<Draft(Script&)> after = {}; // what passes then; the same draft unless set
};

std::string name_of(Guard guard) { return std::string{info(guard).name}; }

// Four lots bought, and no book at the hedge venue at that moment: nothing is hedged for an hour.
void owe_four(Script& s, Ids& ids) {
    s.book(hedge, 0, 0);
    const ClOrdID a = s.quote(Side::Buy, par - 5, 2);
    s.fill(a, 2, 101);
    const ClOrdID b = s.quote(Side::Buy, par - 5, 2);
    s.fill(b, 2, 102);
    ids.resting_buy = s.quote(Side::Buy, par - 5, 2);
    s.ack(ids.resting_buy);
    ids.resting_sell = s.quote(Side::Sell, par + 5, 1);
    s.ack(ids.resting_sell);
    s.book(hedge, par - 1, par + 1);
    ASSERT_EQ(s.engine().owed(group), Units{4});
}

void fill_orders_ahead(strategy::DeskConfig& config) { // so that only the guard in question is near
    for (AccountConfig& account : config.engine.accounts)
        account.limits.max_orders_per_second = 100;
    for (VenueTraits& venue : config.engine.venues) venue.requests_per_second = 200;
}

std::vector<Scene> scenes() {
    std::vector<Scene> all;
    const auto add = [&](Guard guard) -> Scene& {
        all.emplace_back();
        all.back().guard = guard;
        return all.back();
    };
    {
        Scene& c = add(Guard::Lease);
        c.lease = seconds(60);
        c.arm = [](Script& s, Ids&) {
            s.pass(seconds(60));
            s.books();
        };
        c.release = [](Script& s, Ids&) { s.leases(seconds(60)); };
    }
    {
        Scene& c = add(Guard::Outside);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.limits.max_surprises_in_window = 1;
        };
        c.arm = [](Script& s, Ids&) { // filled, then said never to have rested
            const ClOrdID odd = s.quote(Side::Buy, par - 5, 1);
            s.answer(odd, RequestKind::New, Outcome::Accepted);
            s.answer(odd, RequestKind::New, Outcome::Refused, Reason::InvalidRequest);
            s.tell(s.report(odd, ExecType::Canceled));
            s.act(Act::ReleaseFreeze, maker);
        };
        c.release = [](Script& s, Ids&) { s.act(Act::Resume); };
    }
    {
        Scene& c = add(Guard::Malformed);
        c.new_risk = [](Script&) { return quote_draft(Side::Buy, 0, 1); };
        c.hedging = [](Script&) { return hedge_draft(Side::Sell, 0, 4); };
        c.closing = [](Script&) { return close_draft(maker, Side::Sell, par - 2, 0); };
        c.after = [](Script&) { return quote_draft(Side::Buy, par - 5, 1); };
    }
    {
        Scene& c = add(Guard::MoreThanOwed);
        c.hedging = [](Script&) { return hedge_draft(Side::Sell, par - 2, 5); };
        c.closing = [](Script&) { return close_draft(maker, Side::Sell, par - 2, 5); };
        // An own fill owes more; it is not hedged at once only because no book is there.
        c.release = [](Script& s, Ids& ids) {
            s.book(hedge, 0, 0);
            s.fill(ids.resting_buy, 1, 103);
            s.book(hedge, par - 1, par + 1);
        };
        c.after = [](Script&) { return hedge_draft(Side::Sell, par - 2, 5); };
    }
    {
        Scene& c = add(Guard::Budget);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.groups[0].exposure_limit = Units{40};
            for (VenueTraits& venue : config.engine.venues) {
                venue.requests_per_second = 8;
                venue.reserve_percent = 20; // so reductions have one request a second of their own
            }
        };
        c.arm = [](Script& s, Ids& ids) {
            s.pass(seconds(2));
            s.books();
            // Cancels overdraw both accounts, and a reduction uses what is kept for reductions.
            for (const InstrumentIx i : {maker, hedge}) {
                std::vector<ClOrdID> some;
                for (int n = 0; n < 4; ++n) some.push_back(s.quote(Side::Buy, par - 6, 1, i));
                for (const ClOrdID id : some) s.cancel(id);
            }
            s.place(close_draft(maker, Side::Sell, par - 2, 1));
            s.place(hedge_draft(Side::Sell, par - 2, 1));
            static_cast<void>(ids);
        };
        c.hedging = [](Script&) { return hedge_draft(Side::Sell, par - 2, 1); };
        c.closing = [](Script&) { return close_draft(maker, Side::Sell, par - 2, 1); };
        c.release = [](Script& s, Ids&) {
            std::vector<ClOrdID> going; // or their cancels would go on and on
            s.engine().each_order([&](const Order& o) {
                if ((o.flags & order_flag::want_gone) != 0) going.push_back(o.cl_ord_id);
            });
            for (const ClOrdID id : going) s.canceled(id, 0);
            s.pass(seconds(3));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Capacity);
        c.configure = [](strategy::DeskConfig& config) {
            fill_orders_ahead(config);
            config.engine.capacities.orders = 32; // an eighth, at least 8, is kept
            config.engine.groups[0].exposure_limit = Units{100};
        };
        c.arm = [](Script& s, Ids&) {
            for (int n = 0; n < 22; ++n) s.quote(Side::Buy, par - 5, 1);
        };
        c.release = [](Script& s, Ids& ids) { s.canceled(ids.resting_sell, 0); };
    }
    {
        Scene& c = add(Guard::Recovering);
        c.arm = [](Script& s, Ids&) {
            s.tell(Boot{2, 1});
            s.leases();
            s.books();
        };
        c.release = [](Script& s, Ids& ids) {
            s.canceled(ids.resting_buy, 0);
            s.canceled(ids.resting_sell, 0);
            s.pass(seconds(6));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Halted);
        c.arm = [](Script& s, Ids&) { s.act(Act::Halt); };
        c.release = [](Script& s, Ids&) { s.act(Act::Resume); };
    }
    {
        Scene& c = add(Guard::Killed);
        c.arm = [](Script& s, Ids&) { s.act(Act::Kill); };
        c.release = [](Script& s, Ids& ids) {
            s.canceled(ids.resting_buy, 0);
            s.canceled(ids.resting_sell, 0);
            const ClOrdID close = s.place(close_draft(maker, Side::Sell, par - 2, 4));
            s.fill(close, 4, 104);
            s.pass(seconds(8));
            ASSERT_EQ(s.engine().desk().kill_certified, 1);
            s.act(Act::ResetKill);
            s.books();
        };
    }
    {
        Scene& c = add(Guard::WindingDown);
        c.arm = [](Script& s, Ids&) { s.act(Act::WindDown); };
        c.release = [](Script& s, Ids&) { // a new run
            s = Script{s.config()};
            s.start();
        };
    }
    {
        Scene& c = add(Guard::LinkGap);
        c.arm = [](Script& s, Ids&) {
            for (const AccountIx a : {maker_account, hedge_account}) {
                s.link(a, LinkKind::Fills, LinkState::Gap);
            }
        };
        c.release = [](Script& s, Ids&) {
            for (const AccountIx a : {maker_account, hedge_account}) {
                s.link(a, LinkKind::Fills, LinkState::Up);
            }
            EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::LinkGap)
                << "not read yet";
            s.pass(seconds(2));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Frozen);
        c.arm = [](Script& s, Ids& ids) { // filled, then said never to have rested
            const ClOrdID odd = s.quote(Side::Buy, par - 5, 1);
            s.answer(odd, RequestKind::New, Outcome::Accepted);
            s.answer(odd, RequestKind::New, Outcome::Refused, Reason::InvalidRequest);
            s.tell(s.report(odd, ExecType::Canceled));
            static_cast<void>(ids);
        };
        c.release = [](Script& s, Ids&) {
            s.pass(seconds(20));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Unverified);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.audits.verify_age_max = seconds(30);
        };
        c.arm = [](Script& s, Ids&) {
            s.answers_reads = false;
            s.pass(seconds(31));
            s.books();
        };
        c.release = [](Script& s, Ids&) {
            s.answers_reads = true;
            s.pass(seconds(4));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Backoff);
        c.arm = [](Script& s, Ids&) {
            for (const AccountIx a : {maker_account, hedge_account}) {
                RequestAnswer slow_down;
                slow_down.account = a;
                slow_down.outcome = Outcome::Refused;
                slow_down.reason = Reason::RateLimited;
                slow_down.retry_after_ms = 2'000;
                s.tell(slow_down);
            }
        };
        c.release = [](Script& s, Ids&) {
            s.pass_ms(2'000);
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Balance);
        c.arm = [](Script& s, Ids&) {
            s.pass(seconds(3)); // what was reserved before is freed
            s.books();
            s.balance(maker_account, 100'000, 0);
        };
        c.release = [](Script& s, Ids&) { s.balance(maker_account, 100'000, 1'000); };
    }
    {
        Scene& c = add(Guard::StaleMark);
        c.arm = [](Script& s, Ids&) { s.pass_ms(5'001); };
        c.release = [](Script& s, Ids&) { s.books(); };
    }
    {
        Scene& c = add(Guard::PriceCollar);
        c.new_risk = [](Script&) { return quote_draft(Side::Buy, par + 201, 1); };
        c.hedging = [](Script&) { return hedge_draft(Side::Sell, par - 201, 4); };
        c.closing = [](Script&) { return close_draft(maker, Side::Sell, par - 201, 3); };
        c.after = [](Script&) { return quote_draft(Side::Buy, par + 200, 1); };
    }
    {
        Scene& c = add(Guard::MaxOrderQty);
        c.configure = [](strategy::DeskConfig& config) {
            for (InstrumentConfig& one : config.engine.instruments)
                one.limits.max_order_qty = Lots{2};
        };
        c.new_risk = [](Script&) { return quote_draft(Side::Buy, par - 5, 3); };
        c.after = [](Script&) { return quote_draft(Side::Buy, par - 5, 2); };
    }
    {
        Scene& c = add(Guard::MaxOrderNotional);
        c.configure = [](strategy::DeskConfig& config) {
            for (InstrumentConfig& one : config.engine.instruments) {
                one.limits.max_order_notional = Money{200 * money_one};
            }
        };
        c.new_risk = [](Script&) { return quote_draft(Side::Buy, par - 5, 3); };
        c.after = [](Script&) { return quote_draft(Side::Buy, par - 5, 2); };
    }
    {
        Scene& c = add(Guard::MaxOpenOrders);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.accounts[0].limits.max_open_orders = 2;
            config.engine.accounts[1].limits.max_open_orders = 1;
        };
        c.arm = [](Script& s, Ids&) { s.quote(Side::Buy, par - 5, 1, hedge); };
        c.release = [](Script& s, Ids& ids) { s.canceled(ids.resting_sell, 0); };
    }
    {
        Scene& c = add(Guard::MaxPositionNotional);
        c.configure = [](strategy::DeskConfig& config) {
            for (InstrumentConfig& one : config.engine.instruments) {
                one.limits.max_position_notional = Money{600 * money_one};
            }
        };
        c.release = [](Script& s, Ids& ids) { s.canceled(ids.resting_buy, 0); };
    }
    {
        Scene& c = add(Guard::MaxOrdersPerSecond);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.accounts[0].limits.max_orders_per_second = 4;
            config.engine.accounts[1].limits.max_orders_per_second = 1;
        };
        c.arm = [](Script& s, Ids&) { s.quote(Side::Buy, par - 5, 1, hedge); };
        c.release = [](Script& s, Ids&) {
            s.pass_ms(1'050);
            s.books();
        };
    }
    {
        Scene& c = add(Guard::MaxNotionalPerMinute);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.accounts[0].limits.max_notional_per_minute = Money{700 * money_one};
            config.engine.accounts[1].limits.max_notional_per_minute = Money{100 * money_one};
        };
        c.arm = [](Script& s, Ids&) { s.quote(Side::Buy, par - 5, 1, hedge); };
        c.release = [](Script& s, Ids&) {
            s.pass(seconds(61));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::MaxRejectsInWindow);
        c.configure = [](strategy::DeskConfig& config) {
            for (AccountConfig& one : config.engine.accounts) one.limits.max_rejects_in_window = 1;
        };
        c.arm = [](Script& s, Ids&) {
            for (const InstrumentIx i : {maker, hedge}) {
                const ClOrdID id = s.quote(Side::Buy, par - 5, 1, i);
                s.answer(id, RequestKind::New, Outcome::Refused, Reason::PostOnlyWouldCross);
            }
        };
        c.release = [](Script& s, Ids&) {
            s.pass_ms(60'001);
            s.books();
        };
    }
    {
        Scene& c = add(Guard::MaxRoundsWithoutHuman);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.limits.max_rounds_without_human = 1;
        };
        c.arm = [](Script& s, Ids& ids) { // one round is done; something is owed again
            const ClOrdID h = s.place(hedge_draft(Side::Sell, par - 2, 4));
            s.fill(h, 4, 105);
            s.book(hedge, 0, 0);
            s.fill(ids.resting_buy, 2, 106);
            s.book(hedge, par - 1, par + 1);
            ASSERT_EQ(s.engine().owed(group), Units{2});
        };
        c.release = [](Script& s, Ids&) { s.act(Act::Resume); };
    }
    {
        Scene& c = add(Guard::MaxLossSession);
        c.arm = [](Script& s, Ids&) {
            s.balance(maker_account, 99'500, 99'500);
            s.balance(hedge_account, 99'499, 99'499);
        };
        c.release = [](Script& s, Ids&) { s.act(Act::Resume); };
    }
    {
        Scene& c = add(Guard::GroupExposure);
        c.new_risk = [](Script&) { return quote_draft(Side::Buy, par - 5, 5); };
        c.release = [](Script& s, Ids&) {
            const ClOrdID h = s.place(hedge_draft(Side::Sell, par - 2, 1));
            s.fill(h, 1, 107);
        };
    }
    {
        Scene& c = add(Guard::HedgeCapacity);
        c.arm = [](Script& s, Ids&) { // the hedge venue's book goes quiet
            s.pass_ms(5'001);
            s.book(maker, par - 1, par + 1);
        };
        c.release = [](Script& s, Ids&) { s.book(hedge, par - 1, par + 1); };
    }
    {
        Scene& c = add(Guard::Residue);
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.groups[0].exposure_limit = Units{30};
            config.engine.groups[0].residue_max = Units{5};
            config.engine.instruments[1].instrument.min_qty = Lots{7};
        };
        c.arm = [](Script& s, Ids& ids) { // six lots, which the hedge venue does not take
            ids.resting_sell = s.quote(Side::Buy, par - 5, 8); // what is to be canceled
            s.fill(ids.resting_sell, 6, 101);
        };
        c.new_risk = [](Script&) { return quote_draft(Side::Buy, par - 5, 7); };
        c.release = [](Script& s, Ids&) { s.fill(s.quote(Side::Sell, par + 5, 7), 1, 102); };
    }
    {
        Scene& c = add(Guard::NotTrading);
        const auto say = [](Script& s, TradingStatus what, std::int64_t at) {
            for (const InstrumentIx i : {maker, hedge}) {
                SecurityStatus status;
                status.instrument = i;
                status.status = what;
                status.venue_time = Timestamp{at};
                s.tell(status);
            }
        };
        c.arm = [say](Script& s, Ids&) { say(s, TradingStatus::Halted, 1); };
        c.release = [say](Script& s, Ids&) { say(s, TradingStatus::Open, 2); };
    }
    {
        Scene& c = add(Guard::Heartbeat);
        c.configure = [](strategy::DeskConfig& config) {
            for (VenueTraits& venue : config.engine.venues) venue.heartbeat_timeout = seconds(9);
        };
        c.arm = [](Script& s, Ids&) { // nothing is heard of the venue for longer than it waits
            s.answers_beats = false;
            s.pass(seconds(10));
            s.books();
        };
        c.release = [](Script& s, Ids&) {
            s.answers_beats = true;
            s.pass(seconds(4));
            s.books();
        };
    }
    {
        Scene& c = add(Guard::Stock); // four are held, and one of them is offered already
        c.configure = [](strategy::DeskConfig& config) {
            config.engine.instruments[0].instrument.long_only = true;
        };
        c.arm = [](Script& s, Ids& ids) { // (what was there to sell short is not, here)
            s.canceled(ids.resting_buy, 0);
        };
        c.new_risk = [](Script&) { return quote_draft(Side::Sell, par + 5, 4); };
        c.hedging = [](Script&) { return close_draft(maker, Side::Sell, par - 2, 4); };
        c.closing = c.hedging;
        c.release = [](Script& s, Ids& ids) { s.canceled(ids.resting_sell, 0); };
    }
    return all;
}

const Scene& scene_of(Guard guard) {
    static const std::vector<Scene> all = scenes();
    const auto found = std::ranges::find(all, guard, &Scene::guard);
    EXPECT_NE(found, all.end()) << "no scene for " << name_of(guard);
    return *found;
}

// A desk before the guard is brought on, and after.
struct Stage {
    explicit Stage(Guard guard, Sabotage sabotage = {})
        : scene(scene_of(guard)), s([&] {
              strategy::DeskConfig config = two_venues();
              config.engine.groups[0].hedge_retry = seconds(3'600);
              config.engine.sabotage = sabotage;
              scene.configure(config);
              return config;
          }()) {
        s.start(1, scene.lease);
        if (guard != Guard::Residue) owe_four(s, ids); // a residue is owed in its own way
        s.forget();
        scene.arm(s, ids);
    }
    const Scene& scene;
    Script s;
    Ids ids;
};

class Precedence : public testing::TestWithParam<Guard> {};

TEST_P(Precedence, CancelCell) {
    Stage stage{GetParam()};
    stage.s.cancel(stage.ids.resting_sell);
    std::size_t sent = 0;
    for (const OrderCancelRequest& one : stage.s.all<OrderCancelRequest>()) {
        sent += one.cl_ord_id == stage.ids.resting_sell ? 1U : 0U;
    }
    if (GetParam() == Guard::Lease) {
        EXPECT_EQ(sent, 0U) << "nothing leaves after the lease";
    } else {
        EXPECT_GE(sent, 2U) << "a cancel leaves at once, over both transports";
    }
}

TEST_P(Precedence, ReductionCell) {
    for (const bool hedges : {true, false}) {
        SCOPED_TRACE(hedges ? "hedge" : "close");
        Stage stage{GetParam()};
        const Draft draft = hedges ? stage.scene.hedging(stage.s) : stage.scene.closing(stage.s);
        const Guard met = stage.s.offer(draft);
        if (info(GetParam()).stops_reductions) {
            EXPECT_EQ(name_of(met), name_of(GetParam()));
        } else if (GetParam() == Guard::Residue && hedges) {
            EXPECT_EQ(met, Guard::Malformed) << "the hedge venue does not take a residue";
        } else {
            EXPECT_EQ(name_of(met), "none");
        }
    }
}

TEST_P(Precedence, NewRiskCell) {
    if (GetParam() == Guard::MoreThanOwed) return; // Intent.HasOneOrderAndNoLargerOne
    Stage stage{GetParam()};
    const Guard met = stage.s.offer(stage.scene.new_risk(stage.s));
    EXPECT_EQ(name_of(met), name_of(GetParam()));
}

TEST(Intent, HasOneOrderAndNoLargerOne) {
    strategy::DeskConfig config = two_venues();
    strategy::XemmConfig xemm;
    xemm.name = "BTC";
    xemm.group = group;
    xemm.maker = maker;
    xemm.hedge = hedge;
    xemm.order_qty = Lots{3};
    config.xemm.push_back(xemm);
    for (const bool is_asked : {true, false}) {
        if (!is_asked) {
            config.engine.sabotage.guards_off |= 1ULL << static_cast<unsigned>(Guard::MoreThanOwed);
        }
        Script s{config};
        s.start();
        s.pass(seconds(1)); // quotes both sides
        const IntentIx buys{0};
        const Order* resting = s.engine().order_of(buys);
        ASSERT_NE(resting, nullptr);
        ASSERT_EQ(resting->side, Side::Buy);
        const Guard stopped = is_asked ? Guard::MoreThanOwed : Guard::None;
        Draft second = quote_draft(Side::Buy, par - 50, 1);
        second.intent = 0;
        EXPECT_EQ(s.offer(second), stopped) << "one lives for it";
        if (!is_asked) continue;
        s.book(hedge, 0, 0); // nobody to hedge with: it wants nothing, and cancels
        s.canceled(resting->cl_ord_id, 0);
        ASSERT_EQ(s.engine().order_of(buys), nullptr);
        EXPECT_EQ(s.offer(second), stopped) << "nothing is wanted";
        s.desk.engine().want(buys, Ticks{par - 50}, Lots{2}, {});
        second.qty = Lots{3};
        EXPECT_EQ(s.offer(second), stopped) << "less is wanted";
        second.qty = Lots{2};
        EXPECT_EQ(s.offer(second), Guard::None);
    }
}

TEST(Capacity, ReallyFullStopsReductionsUntilAnOrderSettlesAndNeverCancels) {
    Stage stage{Guard::Capacity};
    Script& s = stage.s;
    for (int n = 0; n < 8; ++n) { // what is kept for reductions
        if (s.offer(close_draft(maker, Side::Sell, par - 2, 1)) != Guard::None) break;
        s.expired(s.last_id(), 0);
    }
    while (s.engine().desk().live_orders < s.config().engine.capacities.orders) {
        ExecutionReport lost = s.report(stage.ids.resting_buy, ExecType::New); // ours, not recorded
        lost.cl_ord_id =
            ClOrdID::make(s.config().engine.desk, 1, 5'000 + s.engine().desk().live_orders);
        lost.order_id = OrderID{8, lost.cl_ord_id.packed()};
        s.tell(lost);
    }
    EXPECT_EQ(s.offer(hedge_draft(Side::Sell, par - 2, 1)), Guard::Capacity);
    s.forget();
    s.cancel(stage.ids.resting_sell);
    EXPECT_GE(s.count<OrderCancelRequest>(), 2U);
    s.canceled(stage.ids.resting_sell, 0);
    EXPECT_EQ(s.offer(hedge_draft(Side::Sell, par - 2, 1)), Guard::None);
}

TEST(Exposure, HoldsACloseThatMovesTheGroupTheOtherWay) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{5};
    config.engine.groups[0].hedge_retry = seconds(3'600);
    Script s{config};
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{8};
    s.truth[1].positions[{hedge.value(), PositionSide::Net}] = Lots{-8};
    s.start();
    ASSERT_EQ(s.engine().certain(group), Units{0});
    EXPECT_EQ(s.offer(close_draft(maker, Side::Sell, par - 2, 6)), Guard::GroupExposure);
    EXPECT_EQ(s.offer(close_draft(maker, Side::Sell, par - 2, 5)), Guard::None);
}

TEST(Collar, ReductionNeedsATouchToTake) {
    Stage stage{Guard::PriceCollar};
    stage.s.book(hedge, 0, par + 1);
    EXPECT_EQ(stage.s.offer(hedge_draft(Side::Sell, par - 2, 1)), Guard::PriceCollar);
    stage.s.book(maker, 0, par + 1);
    EXPECT_EQ(stage.s.offer(close_draft(maker, Side::Sell, par - 2, 1)), Guard::PriceCollar);
    stage.s.book(hedge, par - 1, par + 1);
    EXPECT_EQ(stage.s.offer(hedge_draft(Side::Sell, par - 2, 1)), Guard::None);
}

TEST(Close, NeedsATouchToTakeAndIsOneAtATime) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].hedge_retry = seconds(3'600);
    Script s{config};
    s.start();
    s.book(hedge, 0, 0);
    const ClOrdID sell = s.quote(Side::Sell, par + 5, 4);
    s.ack(sell);
    s.fill(sell, 4, 1);
    s.tell(s.ended(sell, ExecType::Canceled, 4));
    Commands out;
    const auto close = [&] {
        return s.desk.engine().close(maker, Lots{2}, Bps{10 * bps_one}, out);
    };
    const std::uint64_t refusals = s.engine().stats().gate_refusals;
    s.book(maker, 0, 0);
    EXPECT_FALSE(close());
    EXPECT_EQ(s.engine().stats().gate_refusals, refusals) << "no order without a price is tried";
    s.book(maker, par - 1, par + 1);
    EXPECT_TRUE(close());
    EXPECT_FALSE(close()) << "one is under way";
}

TEST_P(Precedence, ReleaseIsWhatTheTableSays) {
    EXPECT_FALSE(info(GetParam()).release.empty());
    Stage stage{GetParam()};
    ASSERT_EQ(stage.s.offer(GetParam() == Guard::MoreThanOwed ? stage.scene.hedging(stage.s)
                                                              : stage.scene.new_risk(stage.s)),
              GetParam());
    stage.scene.release(stage.s, stage.ids);
    const auto& after = stage.scene.after ? stage.scene.after : stage.scene.new_risk;
    EXPECT_EQ(name_of(stage.s.offer(after(stage.s))), "none");
}

// The cells above can fail: a guard that is switched off is not met.
TEST_P(Precedence, SwitchedOffItStopsNobody) {
    const Guard guard = GetParam();
    if (guard == Guard::Malformed) return; // what no venue takes cannot be let through
    Stage stage{guard, {.guards_off = 1ULL << static_cast<unsigned>(guard)}};
    const bool reduces = guard == Guard::MoreThanOwed;
    EXPECT_NE(stage.s.offer(reduces ? stage.scene.hedging(stage.s) : stage.scene.new_risk(stage.s)),
              guard);
    const bool stops = info(guard).stops_reductions;
    EXPECT_FALSE(stops && stage.s.offer(stage.scene.closing(stage.s)) == guard);
}

std::vector<Guard> guards() {
    std::vector<Guard> all;
    for (const GuardInfo& one : guard_infos) {
        if (one.guard != Guard::None) all.push_back(one.guard);
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Gate, Precedence, testing::ValuesIn(guards()),
                         [](const testing::TestParamInfo<Guard>& one) {
                             return name_of(one.param);
                         });

// A second way out for those that have one.
TEST(Release, MoreThanOwedEndsWithThePendingReduction) {
    Stage stage{Guard::GroupExposure};
    Script& s = stage.s;
    const ClOrdID h = s.place(hedge_draft(Side::Sell, par - 2, 4));
    EXPECT_EQ(s.offer(hedge_draft(Side::Sell, par - 2, 4)), Guard::MoreThanOwed);
    s.expired(h, 0);
    EXPECT_EQ(s.offer(hedge_draft(Side::Sell, par - 2, 4)), Guard::None);
}

TEST(Release, FreezeEndsWithTheOperatorToo) {
    Stage stage{Guard::Frozen};
    ASSERT_EQ(stage.s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Frozen);
    stage.s.act(Act::ReleaseFreeze, maker);
    EXPECT_EQ(stage.s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
}

TEST(Release, BalanceThatWasNeverReadHoldsUntilItIs) {
    Script s{two_venues()};
    s.answers_reads = false;
    s.tell(Boot{1, 0});
    s.leases();
    s.links_up();
    s.pass(seconds(1));
    s.books();
    EXPECT_NE(s.engine().guards_on(maker) >> static_cast<unsigned>(Guard::Balance) & 1U, 0U);
    s.answers_reads = true;
    s.pass(seconds(4));
    s.books();
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
}

// Each way in which a hedge could be refused holds the quote back before it is one (F5c, F5d).
TEST(HedgeCapacity, LimitMarginLotAndMinimumOfTheHedgeVenue) {
    const auto met = [](const std::function<void(strategy::DeskConfig&)>& configure,
                        std::int64_t qty, std::int64_t available = 100'000) {
        strategy::DeskConfig config = two_venues();
        configure(config);
        Script s{config};
        s.start();
        s.balance(hedge_account, 100'000, available);
        return s.offer(quote_draft(Side::Buy, par - 5, qty));
    };
    const auto limit = [](strategy::DeskConfig& c) {
        c.engine.instruments[1].limits.max_position_notional = Money{500 * money_one};
    };
    EXPECT_EQ(met(limit, 5), Guard::None);
    EXPECT_EQ(met(limit, 6), Guard::HedgeCapacity);
    const auto nothing = [](strategy::DeskConfig&) {};
    EXPECT_EQ(met(nothing, 5, 50), Guard::None); // a tenth of the notional
    EXPECT_EQ(met(nothing, 5, 49), Guard::HedgeCapacity);
    const auto lot = [](strategy::DeskConfig& c) {
        c.engine.instruments[1].instrument.lot_size = Decimal{2, 2};
        c.engine.instruments[1].instrument = *make_instrument(c.engine.instruments[1].instrument);
    };
    EXPECT_EQ(met(lot, 2), Guard::None);
    EXPECT_EQ(met(lot, 1), Guard::HedgeCapacity);
    const auto minimum = [](strategy::DeskConfig& c) {
        c.engine.instruments[1].instrument.min_notional = Money{300 * money_one};
    };
    EXPECT_EQ(met(minimum, 3), Guard::None);
    EXPECT_EQ(met(minimum, 2), Guard::HedgeCapacity);
}

// Two groups that are hedged on one account may not promise its margin twice.
TEST(HedgeCapacity, MarginIsReservedAcrossGroups) {
    Script s{two_groups()};
    s.start();
    s.balance(hedge_account, 100'000, 90); // room for 9 lots
    s.quote(Side::Buy, par - 5, 5);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 5, maker2)), Guard::HedgeCapacity);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 4, maker2)), Guard::None);
}

// Maker and hedge on one account draw on one margin.
TEST(HedgeCapacity, QuoteAndItsHedgeShareTheMarginOfOneAccount) {
    strategy::DeskConfig config = two_venues();
    config.engine.instruments[1].account = maker_account;
    Script s{config};
    s.start();
    s.balance(maker_account, 100'000, 99); // 50 for the quote of five, and 50 for its hedge
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 5)), Guard::HedgeCapacity);
    s.balance(maker_account, 100'000, 100);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 5)), Guard::None);
}

// What is not known of the hedge venue is not known of the group.
TEST(Gate, GapAtTheHedgeVenueStopsQuotesAtTheMaker) {
    Script s{two_venues()};
    s.start();
    s.link(hedge_account, LinkKind::Fills, LinkState::Gap);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::LinkGap);
}

// Cancels that go on for ever must not eat what a hedge needs to leave (law 5: a reserved budget).
TEST(Gate, CancelsWithoutEndDoNotStarveReductions) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].members = {maker, hedge};
    config.engine.venues[0].requests_per_second = 10;
    config.engine.accounts[0].limits.max_orders_per_second = 5;
    config.engine.groups[0].exposure_limit = Units{100};
    Script s{config};
    s.start();
    const ClOrdID a = s.quote(Side::Buy, par - 5, 4);
    s.fill(a, 4, 1);
    std::vector<ClOrdID> stuck;
    for (int n = 0; n < 20; ++n) {
        s.pass_ms(1'000);
        s.books();
        stuck.push_back(s.quote(Side::Buy, par - 9, 1));
        s.ack(stuck.back());
    }
    for (const ClOrdID id : stuck) s.cancel(id); // and none is ever confirmed
    // Forty cancels a second on a budget of ten requests.
    for (int n = 0; n < 20; ++n) {
        s.pass_ms(1'000);
        s.books();
        ASSERT_LT(s.engine().account(maker_account).request_tokens, 1'000'000);
        ASSERT_EQ(s.offer(close_draft(maker, Side::Sell, par - 2, 1)), Guard::None);
        s.expired(s.last_id(), 0);
    }
}

TEST(Gate, AmendAsksAsTheOrderItMakes) {
    strategy::DeskConfig config = two_venues();
    config.engine.instruments[0].limits.max_order_qty = Lots{6};
    config.engine.instruments[0].limits.max_order_notional = Money{600 * money_one};
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    s.ack(id);
    EXPECT_FALSE(s.amend(id, par + 201, 4)) << "price collar";
    EXPECT_FALSE(s.amend(id, par - 5, 7)) << "max_order_qty";
    EXPECT_FALSE(s.amend(id, par + 150, 6)) << "max_order_notional";
    EXPECT_FALSE(s.amend(id, 0, 4)) << "malformed";
    EXPECT_FALSE(s.amend(id, par - 5, 11)) << "exposure";
    s.act(Act::Halt);
    EXPECT_FALSE(s.amend(id, par - 4, 4)) << "halted, and being canceled";
    s.act(Act::Resume);
    const ClOrdID other = s.quote(Side::Buy, par - 5, 4);
    s.ack(other);
    s.link(maker_account, LinkKind::Orders, LinkState::Gap);
    EXPECT_FALSE(s.amend(other, par - 4, 4)) << "another price is new risk";
    EXPECT_TRUE(s.amend(other, par - 5, 2)) << "less at the same price is not";
}

TEST(Gate, AmendNeedsTheMarginOfWhatItAdds) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{100};
    Script s{config};
    s.start();
    s.truth[0].available = Money{60 * money_one};
    s.pass(seconds(17));
    s.books();
    const ClOrdID id = s.quote(Side::Buy, par, 5); // binds 50
    s.ack(id);
    EXPECT_FALSE(s.amend(id, par, 7)) << "20 more, and 10 are left";
    EXPECT_TRUE(s.amend(id, par, 6));
}

// The budget is back in a moment: nobody needs to be woken for it.
TEST(Gate, HedgeThatWaitsForItsBudgetIsNotTold) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.books();
    const Account& a = s.engine().account(hedge_account);
    Store& store = s.desk.engine().store();
    store.put(a.request_tokens, 0); // as many cancels would leave it
    store.put(a.reduce_tokens, 0);
    store.put(a.refilled_at, s.now);
    s.forget();
    s.fill(id, 2, 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.alarms(AlarmKind::HedgeRefused), 0U);
    s.pass(seconds(2));
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
}

// One amend after the other is a flow of orders, too.
TEST(Gate, AmendsCountInTheRateAndTheNotional) {
    strategy::DeskConfig config = two_venues();
    config.engine.accounts[0].limits.max_orders_per_second = 3;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    s.ack(id);
    for (int n = 1; n <= 2; ++n) {
        ASSERT_TRUE(s.amend(id, par - 5 - n, 4));
        RequestAnswer a;
        a.cl_ord_id = id;
        a.account = maker_account;
        a.kind = RequestKind::Amend;
        a.outcome = Outcome::Accepted;
        a.amend_no = static_cast<std::uint32_t>(n);
        s.tell(a);
    }
    EXPECT_FALSE(s.amend(id, par - 8, 4));
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::MaxOrdersPerSecond);
    s.pass_ms(1'050);
    s.books();
    EXPECT_TRUE(s.amend(id, par - 8, 4));
}

// Two makers at one venue that takes `batch_max` items in a request: four quotes.
strategy::DeskConfig four_quotes(std::uint32_t batch_max) {
    strategy::DeskConfig config = two_groups();
    config.engine.venues[0].batch_max = batch_max;
    config.engine.venues[0].requests_per_second = 1'000;
    for (std::uint32_t g = 0; g < 2; ++g) {
        strategy::XemmConfig xemm;
        xemm.name = config.engine.groups[g].name;
        xemm.group = GroupIx{g};
        xemm.maker = InstrumentIx{g * 2};
        xemm.hedge = InstrumentIx{g * 2 + 1};
        xemm.order_qty = Lots{2};
        config.xemm.push_back(xemm);
    }
    return config;
}

TEST(Batch, HasCancelsOfOneStepByRestAlone) {
    for (const std::uint32_t batch_max : {1U, 3U}) {
        Script s{four_quotes(batch_max)};
        s.start();
        for (const auto& [packed, order] : std::map{s.orders}) s.ack(order.cl_ord_id);
        s.forget();
        s.act(Act::Halt);
        std::map<std::uint32_t, std::size_t> sizes;
        for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
            if (one.transport == Transport::Rest) {
                ++sizes[one.batch];
            } else {
                EXPECT_EQ(one.batch, 0U);
            }
        }
        if (batch_max == 1) {
            EXPECT_EQ(sizes, (std::map<std::uint32_t, std::size_t>{{0, 4}}));
        } else {
            ASSERT_EQ(sizes.size(), 2U);
            EXPECT_EQ(sizes.begin()->second, 3U);
            EXPECT_EQ(sizes.rbegin()->second, 1U);
            EXPECT_GT(sizes.begin()->first, 0U);
        }
    }
}

TEST(Batch, IsNoLargerThanTheVenueTakes) {
    Script s{four_quotes(3)};
    s.start();
    s.act(Act::Halt);
    for (const auto& [packed, order] : std::map{s.orders}) s.canceled(order.cl_ord_id, 0);
    s.forget();
    s.act(Act::Resume);
    std::map<std::uint32_t, std::size_t> sizes;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) ++sizes[one.batch];
    ASSERT_EQ(sizes.size(), 2U) << "four quotes leave in one step";
    EXPECT_EQ(sizes.begin()->second, 3U);
    EXPECT_EQ(sizes.rbegin()->second, 1U);
}

// docs/precedence.md is written for people; this keeps it true.
TEST(PrecedencePage, ShowsTheTableOfTheCode) {
    std::ifstream page{KEEL_SOURCE_DIR "/docs/precedence.md"};
    ASSERT_TRUE(page.is_open());
    std::vector<std::string> rows;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("| `")) rows.push_back(line);
    }
    std::vector<std::string> expected;
    for (const Guard guard : guards()) {
        const GuardInfo& row = info(guard);
        expected.push_back(fmt::format(
            "| `{}` | {} | {} | {} | {} |", row.name, guard == Guard::Lease ? "stops" : "passes",
            row.stops_reductions ? "stops" : "passes", "stops", row.release));
    }
    for (const MissingInfo& row : missing_infos) {
        if (row.missing == Missing::Nothing) continue;
        expected.push_back(fmt::format("| `{}` | {} |", row.name, row.release));
    }
    EXPECT_EQ(rows, expected);
}

} // namespace
} // namespace keel::core
