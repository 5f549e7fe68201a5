#include <fstream>
#include <functional>

#include "tests/core/desk_fixture.hpp"

// The named limits of the last gate: just inside passes, just outside is refused by name, the
// default is safe, and a person is told once when a limit begins to hold new risk back.

namespace keel::core {
namespace {

using namespace script;

using Configure = std::function<void(strategy::DeskConfig&)>;

Script started(const Configure& configure) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{100'000};
    configure(config);
    Script s{config};
    s.start();
    return s;
}
InstrumentLimits& of_maker(strategy::DeskConfig& config) {
    return config.engine.instruments[0].limits;
}
AccountLimits& of_account(strategy::DeskConfig& config) { return config.engine.accounts[0].limits; }

Guard buy(Script& s, std::int64_t qty, std::int64_t px = par) {
    return s.offer(quote_draft(Side::Buy, px, qty));
}

TEST(Limits, DefaultsAreSafeForASmallAccount) {
    const InstrumentLimits instrument;
    EXPECT_EQ(instrument.max_order_qty, Lots{0}) << "the venue's own maximum";
    EXPECT_EQ(instrument.max_order_notional, Money{10'000 * money_one});
    EXPECT_EQ(instrument.max_position_notional, Money{50'000 * money_one});
    EXPECT_EQ(instrument.price_collar, Bps{200 * bps_one});
    EXPECT_EQ(instrument.stale_mark, seconds(5));
    const AccountLimits account;
    EXPECT_EQ(account.max_open_orders, 50U);
    EXPECT_EQ(account.max_orders_per_second, 10U);
    EXPECT_EQ(account.max_notional_per_minute, Money{500'000 * money_one});
    EXPECT_EQ(account.max_rejects_in_window, 20U);
    EXPECT_EQ(account.reject_window, seconds(60));
    const DeskLimits desk;
    EXPECT_EQ(desk.max_rounds_without_human, 1'000U);
    EXPECT_EQ(desk.max_loss_session, Money{1'000 * money_one});
}

// "No limit" cannot be said with a zero.
TEST(Limits, ZeroIsRefusedByTheConfig) {
    const auto refused = [](const Configure& configure) {
        strategy::DeskConfig config = two_venues();
        configure(config);
        return !strategy::make_desk_config(config).has_value();
    };
    EXPECT_TRUE(refused([](auto& c) { of_maker(c).max_order_notional = Money{0}; }));
    EXPECT_TRUE(refused([](auto& c) { of_maker(c).max_position_notional = Money{0}; }));
    EXPECT_TRUE(refused([](auto& c) { of_maker(c).price_collar = Bps{0}; }));
    EXPECT_TRUE(refused([](auto& c) { of_maker(c).stale_mark = Duration{0}; }));
    EXPECT_TRUE(refused([](auto& c) { of_account(c).max_open_orders = 0; }));
    EXPECT_TRUE(refused([](auto& c) { of_account(c).max_orders_per_second = 0; }));
    EXPECT_TRUE(refused([](auto& c) { of_account(c).max_notional_per_minute = Money{0}; }));
    EXPECT_TRUE(refused([](auto& c) { of_account(c).max_rejects_in_window = 0; }));
    EXPECT_TRUE(refused([](auto& c) { of_account(c).reject_window = Duration{0}; }));
    EXPECT_TRUE(refused([](auto& c) { c.engine.limits.max_rounds_without_human = 0; }));
    EXPECT_TRUE(refused([](auto& c) { c.engine.limits.max_loss_session = Money{0}; }));
    EXPECT_TRUE(refused([](auto& c) { of_maker(c).max_order_qty = Lots{-1}; }));
    EXPECT_TRUE(refused([](auto& c) { c.engine.limits.max_surprises_in_window = 0; }));
    EXPECT_TRUE(refused([](auto& c) { c.engine.limits.surprise_window = Duration{0}; }));
}

TEST(Limits, ConfigIsRefusedBeyondWhatCanBeCountedOrFenced) {
    const auto refused = [](const Configure& configure) {
        strategy::DeskConfig config = two_venues();
        configure(config);
        return !strategy::make_desk_config(config).has_value();
    };
    const Money more = limit_max + Money{1};
    EXPECT_TRUE(refused([&](auto& c) { of_maker(c).max_order_notional = more; }));
    EXPECT_TRUE(refused([&](auto& c) { of_maker(c).max_position_notional = more; }));
    EXPECT_TRUE(refused([](auto& c) { of_maker(c).price_collar = Bps{1'000'001 * bps_one}; }));
    for (const Fence fence : {Fence::ValidityEnd, Fence::BurntNonce}) {
        EXPECT_EQ(refused([&](auto& c) {
                      c.engine.venues[0].fence = fence;
                      c.engine.venues[0].longest_delay = Duration{0};
                  }),
                  fence != Fence::ValidityEnd);
    }
}

// What is overdrawn is owed: time pays it back before it gives anything new.
TEST(Limits, BudgetThatWasOverdrawnRefillsAtItsRate) {
    constexpr std::int64_t one = 1'000'000;
    EXPECT_EQ(refilled(-10 * one, 10, milliseconds(900)), -1 * one);
    EXPECT_EQ(refilled(-10 * one, 10, milliseconds(1'000)), 0);
    EXPECT_EQ(refilled(-10 * one, 10, milliseconds(1'500)), 5 * one);
    EXPECT_EQ(refilled(-10 * one, 10, milliseconds(2'000)), 10 * one);
    EXPECT_EQ(refilled(-10 * one, 10, seconds(1'000'000'000)), 10 * one);
    EXPECT_EQ(refilled(10 * one, 10, seconds(1)), 10 * one);
}

TEST(Limits, MaxOrderQty) {
    Script s = started([](auto& c) { of_maker(c).max_order_qty = Lots{5}; });
    EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    EXPECT_EQ(buy(s, 5), Guard::None);
}

TEST(Limits, MaxOrderQtyLeftOutIsTheVenuesOwn) {
    for (const std::int64_t most : {5, 1}) {
        Script s =
            started([&](auto& c) { c.engine.instruments[0].instrument.max_qty = Lots{most}; });
        EXPECT_EQ(buy(s, most + 1), Guard::Malformed) << "no venue takes it";
        EXPECT_EQ(buy(s, most), Guard::None);
    }
}

TEST(Limits, MaxOrderNotional) {
    Script s = started([](auto& c) { of_maker(c).max_order_notional = Money{500 * money_one}; });
    EXPECT_EQ(buy(s, 5, par + 1), Guard::MaxOrderNotional) << "500.05";
    EXPECT_EQ(buy(s, 5, par), Guard::None) << "500.00";
}

// Against the mark, which is the mid of the last two-sided book, exactly.
TEST(Limits, PriceCollar) {
    Script s = started([](auto& c) { of_maker(c).price_collar = Bps{100 * bps_one}; });
    EXPECT_EQ(buy(s, 1, par + 101), Guard::PriceCollar);
    EXPECT_EQ(buy(s, 1, par + 100), Guard::None);
    EXPECT_EQ(s.offer(quote_draft(Side::Sell, par - 101, 1)), Guard::PriceCollar);
    EXPECT_EQ(s.offer(quote_draft(Side::Sell, par - 100, 1)), Guard::None);
    s.book(maker, par, par + 1); // the mid is half a tick up: 10000.5, and 1 % of it is 100.005
    EXPECT_EQ(buy(s, 1, par + 101), Guard::PriceCollar) << "100.5 away";
    EXPECT_EQ(buy(s, 1, par - 99), Guard::None) << "99.5 away";
    EXPECT_EQ(buy(s, 1, par - 100), Guard::PriceCollar) << "100.5 away";
    s.book(maker, par + 50, 0); // one-sided: the old mark stands
    EXPECT_EQ(buy(s, 1, par - 99), Guard::None);
}

TEST(Limits, MaxOpenOrders) {
    Script s = started([](auto& c) { of_account(c).max_open_orders = 2; });
    const ClOrdID first = s.place(quote_draft(Side::Buy, par, 1));
    EXPECT_EQ(buy(s, 1), Guard::None);
    EXPECT_EQ(buy(s, 1), Guard::MaxOpenOrders);
    s.canceled(first, 0);
    EXPECT_EQ(buy(s, 1), Guard::None);
}

// The worst end of the interval, at the mark: what is held, and what may still fill.
TEST(Limits, MaxPositionNotionalAtTheWorstEnd) {
    Script s = started([](auto& c) { of_maker(c).max_position_notional = Money{800 * money_one}; });
    const ClOrdID a = s.place(quote_draft(Side::Buy, par, 4));
    s.fill(a, 2, 1);
    EXPECT_EQ(buy(s, 5), Guard::MaxPositionNotional) << "4 may be held, 9 would be 900";
    EXPECT_EQ(buy(s, 4), Guard::None) << "800";
    EXPECT_EQ(buy(s, 1), Guard::MaxPositionNotional);
    // The other end is two lots long if nothing more fills: ten may be sold, not eleven.
    EXPECT_EQ(s.offer(quote_draft(Side::Sell, par, 11)), Guard::MaxPositionNotional);
    EXPECT_EQ(s.offer(quote_draft(Side::Sell, par, 10)), Guard::None);
}

// In any second, however it is cut.
TEST(Limits, MaxOrdersPerSecondInAnySecond) {
    Script s = started([](auto& c) { of_account(c).max_orders_per_second = 4; });
    s.pass_ms(990);
    s.books();
    for (int n = 0; n < 4; ++n) EXPECT_EQ(buy(s, 1), Guard::None);
    EXPECT_EQ(buy(s, 1), Guard::MaxOrdersPerSecond);
    s.pass_ms(20); // over a full second of the clock
    EXPECT_EQ(buy(s, 1), Guard::MaxOrdersPerSecond);
    s.pass_ms(979);
    EXPECT_EQ(buy(s, 1), Guard::MaxOrdersPerSecond) << "999 ms later";
    s.pass_ms(51);
    EXPECT_EQ(buy(s, 1), Guard::None) << "a second and at most one bucket later";
}

TEST(Limits, MaxNotionalPerMinuteInAnyMinute) {
    Script s = started([](auto& c) {
        of_account(c).max_notional_per_minute = Money{1'000 * money_one};
        for (InstrumentConfig& one : c.engine.instruments) one.limits.stale_mark = seconds(1'000);
    });
    EXPECT_EQ(buy(s, 4), Guard::None);
    s.pass(seconds(30));
    EXPECT_EQ(buy(s, 7), Guard::MaxNotionalPerMinute);
    EXPECT_EQ(buy(s, 6), Guard::None) << "1000.00";
    EXPECT_EQ(buy(s, 1), Guard::MaxNotionalPerMinute);
    s.pass_ms(29'999);
    EXPECT_EQ(buy(s, 1), Guard::MaxNotionalPerMinute) << "59.999 s after the first";
    s.pass_ms(1'001);
    EXPECT_EQ(buy(s, 5), Guard::MaxNotionalPerMinute);
    EXPECT_EQ(buy(s, 4), Guard::None) << "the first four are older than a minute";
}

TEST(Limits, MaxRejectsInWindow) {
    Script s = started([](auto& c) {
        of_account(c).max_rejects_in_window = 2;
        of_account(c).reject_window = seconds(10);
        of_maker(c).stale_mark = seconds(1'000);
        c.engine.instruments[1].limits.stale_mark = seconds(1'000);
    });
    const auto refuse_one = [&] {
        const ClOrdID id = s.place(quote_draft(Side::Buy, par, 1));
        s.answer(id, RequestKind::New, Outcome::Refused, Reason::PostOnlyWouldCross);
    };
    refuse_one();
    refuse_one();
    EXPECT_EQ(buy(s, 1), Guard::MaxRejectsInWindow);
    s.pass_ms(10'000);
    EXPECT_EQ(buy(s, 1), Guard::MaxRejectsInWindow) << "the window ends with this instant";
    s.pass_ms(1);
    EXPECT_EQ(buy(s, 1), Guard::None);
    refuse_one();
    EXPECT_EQ(buy(s, 1), Guard::None) << "a new window has begun";
}

// Whichever channel tells of it first, and once for each order: the stream is often before the
// answer.
TEST(Limits, ARefusalThatTheStreamTellsCountsOnce) {
    Script s = started([](auto& c) { of_account(c).max_rejects_in_window = 3; });
    const auto stream_refuses = [&](ClOrdID id) { s.tell(s.ended(id, ExecType::Rejected, 0)); };
    const auto answer_refuses = [&](ClOrdID id) {
        s.answer(id, RequestKind::New, Outcome::Refused, Reason::PostOnlyWouldCross);
    };
    const ClOrdID first = s.place(quote_draft(Side::Buy, par, 1));
    stream_refuses(first);
    answer_refuses(first);
    stream_refuses(first);
    const ClOrdID second = s.place(quote_draft(Side::Buy, par, 1));
    answer_refuses(second);
    stream_refuses(second);
    EXPECT_EQ(s.engine().stats().order_rejects, 2U);
    const ClOrdID third = s.place(quote_draft(Side::Buy, par, 1));
    stream_refuses(third); // and its answer is lost
    EXPECT_EQ(s.engine().stats().order_rejects, 3U);
    EXPECT_EQ(buy(s, 1), Guard::MaxRejectsInWindow);
}

// A resting order that the venue removes, in the words of a refusal, was not refused.
TEST(Limits, ARemovalOfARestingOrderIsNoRefusal) {
    Script s = started([](auto& c) { of_account(c).max_rejects_in_window = 1; });
    const ClOrdID id = s.place(quote_draft(Side::Buy, par, 1));
    s.ack(id);
    s.tell(s.ended(id, ExecType::Rejected, 0));
    EXPECT_EQ(s.engine().stats().order_rejects, 0U);
    EXPECT_EQ(buy(s, 1), Guard::None);
}

TEST(Limits, MaxRoundsWithoutHuman) {
    Script s = started([](auto& c) { c.engine.limits.max_rounds_without_human = 2; });
    std::uint64_t exec = 0;
    const auto round = [&] {
        const ClOrdID q = s.place(quote_draft(Side::Buy, par, 1));
        s.fill(q, 1, ++exec);
        const ClOrdID h = s.last_id(); // the engine hedges at once
        ASSERT_NE(h, q);
        s.fill(h, 1, ++exec);
    };
    round();
    EXPECT_EQ(s.engine().desk().rounds, 1U);
    round();
    EXPECT_EQ(buy(s, 1), Guard::MaxRoundsWithoutHuman);
    s.act(Act::Resume);
    EXPECT_EQ(buy(s, 1), Guard::None);
}

TEST(Limits, MaxLossSession) {
    Script s = started([](auto& c) { c.engine.limits.max_loss_session = Money{100 * money_one}; });
    s.balance(maker_account, 99'940, 99'940);
    s.balance(hedge_account, 99'960, 99'960);
    EXPECT_EQ(buy(s, 1), Guard::None) << "exactly 100 lost, over both accounts";
    s.balance(maker_account, 99'939, 99'939);
    EXPECT_EQ(buy(s, 1), Guard::MaxLossSession);
    s.balance(hedge_account, 99'961, 99'961);
    EXPECT_EQ(buy(s, 1), Guard::None) << "it came back";
    s.balance(maker_account, 99'000, 99'000);
    s.act(Act::Resume);
    EXPECT_EQ(buy(s, 1), Guard::None) << "a new session counts from here";
    s.balance(maker_account, 98'899, 98'899);
    EXPECT_EQ(buy(s, 1), Guard::MaxLossSession);
}

TEST(Limits, StaleMark) {
    Script s = started([](auto& c) {
        of_maker(c).stale_mark = milliseconds(700);
        c.engine.instruments[1].limits.stale_mark = seconds(60);
    });
    s.books();
    s.pass_ms(700);
    EXPECT_EQ(buy(s, 1), Guard::None);
    s.pass_ms(1);
    EXPECT_EQ(buy(s, 1), Guard::StaleMark);
    s.book(maker, 0, par + 1); // one side alone makes no mark
    EXPECT_EQ(buy(s, 1), Guard::StaleMark);
    s.book(maker, par - 1, par + 1);
    EXPECT_EQ(buy(s, 1), Guard::None);
}

// A market that is resolved has no book ever again: that it does not trade says all of it.
TEST(Limits, StaleMarkAsksNothingOfAResolvedMarket) {
    Script s = started([](auto& c) { of_maker(c).stale_mark = milliseconds(700); });
    const auto is_on = [&](Guard guard) {
        return (s.desk.engine().guards_on(maker) >> static_cast<unsigned>(guard) & 1) != 0;
    };
    const auto become = [&](TradingStatus what, std::int64_t at) {
        SecurityStatus status;
        status.instrument = maker;
        status.venue_time = Timestamp{at};
        status.status = what;
        s.tell(status);
    };
    s.books();
    become(TradingStatus::Halted, 1); // its book may come back
    s.pass_ms(701);
    EXPECT_TRUE(is_on(Guard::StaleMark));
    s.books();
    s.forget();
    become(TradingStatus::Resolved, 2);
    s.pass(seconds(100));
    EXPECT_FALSE(is_on(Guard::StaleMark));
    EXPECT_TRUE(is_on(Guard::NotTrading));
    for (const Alarm& alarm : s.all<Alarm>()) EXPECT_NE(alarm.instrument, maker);
}

// --- what a person is told ---

struct Told {
    Limit limit;
    Configure configure;
    std::function<void(Script&)> meet; // new risk is held back, three times at least
};

std::vector<Told> tellable() {
    const auto thrice = [](std::int64_t qty, std::int64_t px = par) {
        return [=](Script& s) {
            for (int n = 0; n < 3; ++n) EXPECT_NE(buy(s, qty, px), Guard::None);
        };
    };
    const auto fill_up = [](Script& s) {
        for (int n = 0; n < 12; ++n) static_cast<void>(buy(s, 1));
    };
    return {
        {Limit::MaxOrderQty, [](auto& c) { of_maker(c).max_order_qty = Lots{5}; }, thrice(6)},
        {Limit::MaxOrderNotional,
         [](auto& c) { of_maker(c).max_order_notional = Money{500 * money_one}; }, thrice(6)},
        {Limit::PriceCollar, [](auto&) {}, thrice(1, par + 500)},
        {Limit::MaxOpenOrders, [](auto& c) { of_account(c).max_open_orders = 2; }, fill_up},
        {Limit::MaxPositionNotional,
         [](auto& c) { of_maker(c).max_position_notional = Money{500 * money_one}; }, thrice(6)},
        {Limit::MaxOrdersPerSecond, [](auto& c) { of_account(c).max_orders_per_second = 3; },
         fill_up},
        {Limit::MaxNotionalPerMinute,
         [](auto& c) { of_account(c).max_notional_per_minute = Money{300 * money_one}; }, fill_up},
        {Limit::MaxRejectsInWindow, [](auto& c) { of_account(c).max_rejects_in_window = 1; },
         [](Script& s) {
             const ClOrdID id = s.place(quote_draft(Side::Buy, par, 1));
             s.answer(id, RequestKind::New, Outcome::Refused, Reason::PostOnlyWouldCross);
             EXPECT_EQ(buy(s, 1), Guard::MaxRejectsInWindow);
         }},
        {Limit::MaxRoundsWithoutHuman,
         [](auto& c) { c.engine.limits.max_rounds_without_human = 1; },
         [](Script& s) {
             const ClOrdID q = s.place(quote_draft(Side::Buy, par, 1));
             s.fill(q, 1, 1);
             s.fill(s.last_id(), 1, 2);
             s.pass_ms(10);
             EXPECT_EQ(buy(s, 1), Guard::MaxRoundsWithoutHuman);
         }},
        {Limit::MaxLossSession, [](auto&) {},
         [](Script& s) {
             s.balance(maker_account, 98'000, 98'000);
             s.balance(maker_account, 97'000, 97'000);
             EXPECT_EQ(buy(s, 1), Guard::MaxLossSession);
         }},
        {Limit::StaleMark, [](auto&) {},
         [](Script& s) {
             s.pass(seconds(15));
             EXPECT_EQ(buy(s, 1), Guard::StaleMark);
         }},
    };
}

TEST(LimitAlarm, TellsAPersonOncePerOnset) {
    for (const Told& one : tellable()) {
        SCOPED_TRACE(info(Guard::None).name);
        SCOPED_TRACE(static_cast<int>(one.limit));
        Script s = started(one.configure);
        one.meet(s);
        ASSERT_GE(s.alarms(AlarmKind::LimitReached, one.limit), 1U) << "a person is told";
        // A stale mark is one for each instrument, whose book it is; all others are told once.
        EXPECT_EQ(s.alarms(AlarmKind::LimitReached, one.limit),
                  one.limit == Limit::StaleMark ? 2U : 1U);
    }
}

TEST(LimitAlarm, ComesAgainWithTheNextOnset) {
    Script s = started([](auto& c) { of_maker(c).max_order_qty = Lots{5}; });
    EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    const Alarm told = s.all<Alarm>().back();
    EXPECT_EQ(told.value, 6);
    EXPECT_EQ(told.bound, 5);
    EXPECT_EQ(told.instrument, maker);
    for (int n = 0; n < 50; ++n) { // held back all the time: still the same onset
        s.pass(seconds(2));
        s.books();
        EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    }
    EXPECT_EQ(s.alarms(AlarmKind::LimitReached), 1U);
    s.pass(seconds(61));
    s.books();
    EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    EXPECT_EQ(s.alarms(AlarmKind::LimitReached, Limit::MaxOrderQty), 2U);
}

TEST(LimitAlarm, IsTheSameOnsetForAMinute) {
    Script s = started([](auto& c) { of_maker(c).max_order_qty = Lots{5}; });
    EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    s.pass(seconds(60));
    s.books();
    EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    EXPECT_EQ(s.alarms(AlarmKind::LimitReached, Limit::MaxOrderQty), 1U);
    s.pass(seconds(60) + nanoseconds(1));
    s.books();
    EXPECT_EQ(buy(s, 6), Guard::MaxOrderQty);
    EXPECT_EQ(s.alarms(AlarmKind::LimitReached, Limit::MaxOrderQty), 2U);
}

TEST(LimitAlarm, FullArenaNamesTheKnob) {
    Script s = started([](auto& c) {
        c.engine.capacities.orders = 32;
        of_account(c).max_orders_per_second = 100;
        c.engine.venues[0].requests_per_second = 100;
    });
    for (int n = 0; n < 24; ++n) EXPECT_EQ(buy(s, 1), Guard::None);
    EXPECT_EQ(buy(s, 1), Guard::Capacity);
    EXPECT_EQ(buy(s, 1), Guard::Capacity);
    ASSERT_EQ(s.alarms(AlarmKind::CapacityReached), 1U);
    EXPECT_EQ(s.all<Alarm>().back().limit, Limit::Capacity);
    EXPECT_EQ(s.all<Alarm>().back().bound, 32);
}

TEST(LimitAlarm, LostLeaseLostLinkAndUnverifiedPositionAreTold) {
    Script s = started([](auto& c) { c.engine.audits.verify_age_max = seconds(30); });
    s.link(maker_account, LinkKind::Orders, LinkState::Down);
    s.pass(seconds(5));
    EXPECT_EQ(s.alarms(AlarmKind::LinkDown), 1U);
    s.link(maker_account, LinkKind::Orders, LinkState::Up);
    s.answers_reads = false;
    s.pass(seconds(40));
    EXPECT_EQ(s.alarms(AlarmKind::PositionUnverified), 2U) << "one for each instrument";
    Script short_lease{two_groups()};
    short_lease.start(1, seconds(20));
    short_lease.pass(seconds(30));
    EXPECT_EQ(short_lease.alarms(AlarmKind::LeaseLost), 2U) << "one for each account";
}

// docs/limits.md names each limit with its default.
TEST(LimitsPage, NamesEveryLimit) {
    std::ifstream page{KEEL_SOURCE_DIR "/docs/limits.md"};
    ASSERT_TRUE(page.is_open());
    std::vector<std::string> rows;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("| `")) rows.push_back(line);
    }
    for (const Guard guard :
         {Guard::MaxOrderQty, Guard::MaxOrderNotional, Guard::PriceCollar, Guard::MaxOpenOrders,
          Guard::MaxPositionNotional, Guard::MaxOrdersPerSecond, Guard::MaxNotionalPerMinute,
          Guard::MaxRejectsInWindow, Guard::MaxRoundsWithoutHuman, Guard::MaxLossSession,
          Guard::StaleMark, Guard::GroupExposure, Guard::Residue}) {
        const GuardInfo& row = info(guard);
        const auto found = std::ranges::find_if(rows, [&](const std::string& line) {
            return line.starts_with(fmt::format("| `{}` |", row.name));
        });
        ASSERT_NE(found, rows.end()) << row.name;
        EXPECT_TRUE(found->ends_with(fmt::format("| {} |", row.release))) << *found;
    }
}

} // namespace
} // namespace keel::core
