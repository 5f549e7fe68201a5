#include "tests/core/desk_fixture.hpp"

// Audits: what was asked and not answered, what rests, what filled, what is held and what is free
// is looked at again and again, at a bounded cost; and cancels go on until the end is evidence.

namespace keel::core {
namespace {

using namespace script;

strategy::DeskConfig wide() { // limits are not the subject
    strategy::DeskConfig config = two_venues();
    EngineConfig& e = config.engine;
    e.groups[0].exposure_limit = Units{1'000'000};
    e.capacities.orders = 2'048;
    for (AccountConfig& account : e.accounts) {
        account.limits.max_open_orders = 5'000;
        account.limits.max_orders_per_second = 1'000'000;
        account.limits.max_notional_per_minute = Money{1'000'000'000 * money_one};
    }
    for (InstrumentConfig& one : e.instruments) {
        one.limits.max_position_notional = Money{1'000'000'000 * money_one};
        one.limits.stale_mark = seconds(1'000'000);
    }
    for (VenueTraits& venue : e.venues) venue.requests_per_second = 100'000;
    return config;
}

template <class Command> std::vector<Command> of_account(const Script& s, AccountIx a) {
    std::vector<Command> found;
    for (const Command& one : s.all<Command>()) {
        if (one.account == a) found.push_back(one);
    }
    return found;
}
std::size_t reads(const Script& s, RequestKind kind, AccountIx a = maker_account) {
    std::size_t n = 0;
    for (const ReadRequest& read : of_account<ReadRequest>(s, a)) n += read.kind == kind ? 1U : 0U;
    return n;
}
std::size_t cancels_of(const Script& s, ClOrdID id) {
    std::size_t n = 0;
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        n += one.cl_ord_id == id ? 1U : 0U;
    }
    return n;
}

// --- requests in flight ---

TEST(InFlight, UnansweredOrderIsAskedAboutUntilThereIsEvidence) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 1);
    s.pass_ms(999);
    EXPECT_EQ(s.count<OrderStatusRequest>(), 0U);
    s.pass_ms(1);
    EXPECT_EQ(s.count<OrderStatusRequest>(), 1U);
    s.pass_ms(1'000);
    EXPECT_EQ(s.count<OrderStatusRequest>(), 3U) << "every half second";
    s.ack(id);
    s.forget();
    s.pass(seconds(5));
    EXPECT_EQ(s.count<OrderStatusRequest>(), 0U);
    EXPECT_EQ(s.engine().stats().unknown_to_life, 1U);
}

TEST(InFlight, UnknownOrderIsNeverSentAgain) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 1);
    s.answer(id, RequestKind::New, Outcome::Unknown, Reason::Timeout);
    s.forget();
    s.pass(seconds(60));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_NE(s.find(id), nullptr) << "nobody said what became of it";
    EXPECT_EQ(s.alarms(AlarmKind::UnknownOverdue), 1U) << "and a person was told";
}

// --- what rests ---

TEST(OpenOrders, AuditFindsALostEnd) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    s.ack(id);
    s.happened(s.trade(id, 1, 1)); // it traded one, was canceled, and the streams lost both
    s.forget();
    for (int n = 0; n < 300 && s.find(id) != nullptr; ++n) {
        s.pass_ms(100);
        s.not_found(id);
    }
    EXPECT_EQ(s.find(id), nullptr) << "settled by a fill read";
    EXPECT_EQ(s.position(maker).filled, Lots{1});
    EXPECT_EQ(s.engine().interval(maker).high, Lots{1});
    EXPECT_EQ(s.engine().stats().unknown_to_death, 1U);
}

// An audit's doubt is a doubt like any other: it is asked about until there is an answer.
TEST(OpenOrders, OrderThatIsNotShownIsAskedAboutUntilThereIsAnAnswer) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    s.ack(id);
    for (int n = 0; n < 300 && s.count<OrderStatusRequest>() == 0; ++n) s.pass_ms(100);
    ASSERT_EQ(s.count<OrderStatusRequest>(), 1U);
    s.pass(seconds(3));
    EXPECT_EQ(s.count<OrderStatusRequest>(), 7U) << "every half second";
}

// An amend was lost with the record's tail: a fill tells of another leg than the one that is known.
// Each is asked about and canceled by its own name, in turns, until both have ended.
TEST(OpenOrders, EachLegThatMayRestIsAskedAboutByItsName) {
    strategy::DeskConfig config = two_venues();
    config.engine.venues[0].amend_keeps_order_id = false;
    config.engine.venues[0].amend_qty = AmendQty::Replacement;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    s.ack(id);
    const OrderID first = s.report(id, ExecType::New).order_id;
    const OrderID second{5, 1};
    ExecutionReport fill = s.trade(id, 2, 1);
    fill.order_id = second;
    s.happened(fill);
    s.forget();
    s.tell(fill);
    s.cancel(id);
    const auto ids_of = [&](const auto& requests) {
        std::set<std::uint64_t> out;
        for (const auto& one : requests) {
            if (one.cl_ord_id == id) out.insert(one.order_id.hi);
        }
        return out;
    };
    s.pass(seconds(4));
    const std::set<std::uint64_t> both{first.hi, second.hi};
    EXPECT_EQ(ids_of(s.all<OrderStatusRequest>()), both);
    EXPECT_EQ(ids_of(s.all<OrderCancelRequest>()), both);
    ExecutionReport end = s.ended(id, ExecType::Canceled, 0);
    s.tell(end);
    s.forget();
    s.pass(seconds(4));
    EXPECT_EQ(ids_of(s.all<OrderStatusRequest>()), std::set{second.hi}) << "the other has ended";
    end = s.ended(id, ExecType::Canceled, 2);
    end.order_id = second;
    s.tell(end);
    EXPECT_EQ(s.find(id), nullptr) << "both have ended";
}

TEST(OpenOrders, OrderYoungerThanTheViewIsNotMissed) {
    strategy::DeskConfig config = two_venues();
    config.engine.audits.open_orders_every = milliseconds(400); // often within the visibility bound
    Script s{config};
    s.start();
    s.pass_ms(390);
    const ClOrdID id = s.quote(Side::Buy, par - 5, 1);
    s.ack(id);
    s.forget();
    s.pass_ms(450); // a read that need not show it
    EXPECT_EQ(s.count<OrderStatusRequest>(), 0U);
    s.truth[0].resting.push_back(s.report(id, ExecType::New));
    s.pass(seconds(5));
    EXPECT_EQ(s.count<OrderStatusRequest>(), 0U);
}

TEST(OpenOrders, UnknownOwnOrderIsTakenBackAndCanceled) {
    Script s{two_venues()};
    s.start();
    const ClOrdID known = s.quote(Side::Buy, par - 5, 1);
    ExecutionReport lost = s.report(known, ExecType::New);
    lost.cl_ord_id = ClOrdID::make(7, 1, 900); // our desk's, and never minted in what we know
    lost.order_id = OrderID{0, 900};
    lost.order_qty = Lots{4};
    s.truth[0].resting.push_back(lost);
    s.forget();
    s.pass(seconds(11));
    EXPECT_GE(cancels_of(s, lost.cl_ord_id), 2U);
    EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 1U);
    EXPECT_GE(s.engine().interval(maker).high, Lots{4}) << "and counted until it is gone";
    EXPECT_EQ(s.engine().desk().recovered, 1U) << "its id is no news from now on";
}

TEST(OpenOrders, OrderThatRestsThoughItSettledIsTakenBack) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.canceled(id, 0);
    ASSERT_EQ(s.find(id), nullptr);
    s.truth[0].resting.push_back(s.report(id, ExecType::New)); // and yet it rests
    s.pass(seconds(12));
    ASSERT_NE(s.find(id), nullptr);
    EXPECT_GE(cancels_of(s, id), 2U);
    EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 1U);
}

// The same of one that was canceled before: it is asked to go again, and at once.
TEST(OpenOrders, CanceledOrderThatRestsAfterItsEndIsCanceledAgainAtOnce) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.cancel(id);
    s.canceled(id, 0);
    ASSERT_EQ(s.find(id), nullptr);
    s.truth[0].resting.push_back(s.report(id, ExecType::New));
    s.forget();
    for (int ms = 0; ms < 12'000 && s.find(id) == nullptr; ++ms) s.pass_ms(1);
    ASSERT_NE(s.find(id), nullptr);
    EXPECT_GE(cancels_of(s, id), 1U) << "in the step that shows it";
    s.pass(s.config().engine.audits.cancel_repeat);
    EXPECT_GE(cancels_of(s, id), 2U) << "and again";
}

// A view that is merely old shows what has just ended. That is no news.
TEST(OpenOrders, StaleViewOfASettledOrderIsIgnored) {
    strategy::DeskConfig config = two_venues();
    config.engine.audits.open_orders_every = milliseconds(200);
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.truth[0].resting.push_back(s.report(id, ExecType::New));
    s.canceled(id, 0);
    s.pass_ms(450); // within the visibility bound
    s.truth[0].resting.clear();
    s.pass(seconds(3));
    EXPECT_EQ(s.find(id), nullptr);
    EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 0U);
}

// An answer about one order may have been under way for long; only a read of all that rests has an
// age that says it is no stale view.
TEST(OpenOrders, LateAnswerAboutOneOrderTakesNothingBack) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    ExecutionReport shown = s.report(id, ExecType::Status);
    shown.source = ReportSource::Read;
    s.canceled(id, 0);
    const ReadState& read = s.engine().account(maker_account).reads[0];
    const Timestamp settled = s.now;
    for (int n = 0; n < 300 && read.asked_at < settled + seconds(1); ++n) s.pass_ms(100);
    s.pass(seconds(1));
    ASSERT_TRUE(read.in_flight.is_none());
    ASSERT_EQ(s.find(id), nullptr);
    s.tell(shown);
    EXPECT_EQ(s.find(id), nullptr);
    EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 0U);
}

TEST(OpenOrders, SomebodyElsesOrderIsLeftAlone) {
    Script s{two_venues()};
    s.start();
    const ClOrdID known = s.quote(Side::Buy, par - 5, 1);
    ExecutionReport foreign = s.report(known, ExecType::New);
    foreign.cl_ord_id = ClOrdID::make(8, 1, 5); // another desk
    foreign.order_id = OrderID{0, 905};
    s.truth[0].resting.push_back(foreign);
    s.forget();
    s.pass(seconds(11));
    EXPECT_EQ(cancels_of(s, foreign.cl_ord_id), 0U);
}

// --- fills ---

TEST(FillReads, StartAtTheCompleteMarkWhichOnlyCompleteReadsMove) {
    Script s{two_venues()};
    s.start();
    s.answers_reads = false;
    s.pass(seconds(11));
    const VenueTraits& venue = s.config().engine.venues[0];
    const auto next_read = [&] {
        for (int n = 0; n < 400; ++n) {
            for (std::size_t at = 0; at < s.reads_asked.size(); ++at) {
                const Script::Asked one = s.reads_asked[at];
                const bool is_it = one.request.kind == RequestKind::ReadFills &&
                                   one.request.account == maker_account;
                if (!is_it) continue;
                s.reads_asked.erase(s.reads_asked.begin() + static_cast<std::ptrdiff_t>(at));
                return one;
            }
            s.pass_ms(50);
        }
        ADD_FAILURE() << "no fill read";
        return Script::Asked{};
    };
    const auto mark = [&] { return s.engine().account(maker_account).fills_through; };
    s.reads_asked.clear();
    Timestamp before = mark();
    Script::Asked read = next_read();
    EXPECT_EQ(read.request.from, before - venue.clock_error);
    s.done(read.request, read.at, 0, Outcome::Unknown); // failed
    EXPECT_EQ(mark(), before);
    read = next_read();
    EXPECT_EQ(read.request.from, before - venue.clock_error) << "asked again from the same mark";
    s.done(read.request, read.at, 0, Outcome::Accepted, false); // a page is missing
    EXPECT_EQ(mark(), before);
    read = next_read();
    s.done(read.request, read.at, 0);
    EXPECT_EQ(mark(), read.at - venue.visibility) << "the view may be that old";
    // A fill that the stream tells moves nothing.
    s.answers_reads = true;
    s.pass(seconds(1));
    before = mark();
    s.books();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 1);
    s.fill(id, 1, 1);
    EXPECT_EQ(mark(), before);
}

TEST(Reads, FailedOnesAreRepeatedAndLostOnesToo) {
    Script s{two_venues()};
    s.start();
    s.answers_reads = false;
    s.pass(seconds(20)); // all four kinds are asked, and lost
    s.forget();
    s.pass(seconds(10));
    for (const RequestKind kind : {RequestKind::ReadOpenOrders, RequestKind::ReadFills,
                                   RequestKind::ReadPositions, RequestKind::ReadBalances}) {
        SCOPED_TRACE(to_string(kind));
        EXPECT_GE(reads(s, kind), 3U) << "lost: every three seconds";
    }
    s.reads_asked.clear();
    s.pass(seconds(3));
    const std::vector<Script::Asked> asked = s.reads_asked;
    for (const Script::Asked& one : asked) {
        s.done(one.request, one.at, 0, Outcome::Refused);
    }
    s.forget();
    s.pass_ms(1'100);
    EXPECT_GE(reads(s, RequestKind::ReadPositions), 1U) << "failed: a second later";
}

// --- cost ---

TEST(Cost, QueriesAreBoundedPerSecondWithAThousandUnknownOrders) {
    Script s{wide()};
    s.start();
    for (VenueTraits const& venue : s.config().engine.venues)
        ASSERT_GT(venue.requests_per_second, 1U);
    std::vector<ClOrdID> unknown;
    for (int n = 0; n < 1'000; ++n) unknown.push_back(s.quote(Side::Buy, par - 5, 1));
    s.forget();
    const std::uint32_t rate = s.config().engine.audits.queries_per_second;
    constexpr int span = 60;
    for (int second = 0; second < span; ++second) {
        const std::size_t before = of_account<OrderStatusRequest>(s, maker_account).size() +
                                   of_account<ReadRequest>(s, maker_account).size();
        s.pass(seconds(1));
        const std::size_t after = of_account<OrderStatusRequest>(s, maker_account).size() +
                                  of_account<ReadRequest>(s, maker_account).size();
        ASSERT_LE(after - before, 2U * rate) << "one burst, and a second's worth";
    }
    const auto queries = of_account<OrderStatusRequest>(s, maker_account);
    EXPECT_LE(queries.size(), std::size_t{rate} * (span + 1));
    EXPECT_GE(queries.size(), std::size_t{rate} * (span - 5) / 2) << "and not starved";
    // Everybody has his turn: no order is asked about twice before all were asked once.
    std::map<std::uint64_t, int> asked;
    for (const OrderStatusRequest& one : queries) ++asked[one.cl_ord_id.packed()];
    const int most =
        std::ranges::max_element(asked, {}, [](const auto& e) { return e.second; })->second;
    EXPECT_EQ(most, 1);
    // And the reads of the account went on meanwhile.
    EXPECT_GE(reads(s, RequestKind::ReadOpenOrders), 4U);
    EXPECT_GE(reads(s, RequestKind::ReadFills), 4U);
    EXPECT_GE(reads(s, RequestKind::ReadPositions), 3U);
}

TEST(Cost, CanceledUnknownOrdersHaveTheirTurnsToo) {
    Script s{wide()};
    s.start();
    std::vector<ClOrdID> gone;
    for (int n = 0; n < 100; ++n) gone.push_back(s.quote(Side::Buy, par - 5, 1));
    for (const ClOrdID id : gone) s.cancel(id);
    s.forget();
    s.pass(seconds(30));
    std::map<std::uint64_t, int> asked;
    for (const OrderStatusRequest& one : s.all<OrderStatusRequest>())
        ++asked[one.cl_ord_id.packed()];
    EXPECT_EQ(asked.size(), gone.size()) << "each was asked about";
    for (const ClOrdID id : gone) ASSERT_GE(cancels_of(s, id), 50U) << "and canceled all the time";
}

// --- balances ---

TEST(Balance, ReservationEndsWithAReadingThatBeganAfterTheOrderLanded) {
    Script s{two_venues()};
    s.start();
    s.pass(seconds(2));
    s.books();
    s.answers_reads = false;
    const auto reserved = [&] {
        const Account& a = s.engine().account(maker_account);
        return a.reserved_new + a.reserved_settling + a.reserved_closing;
    };
    ASSERT_EQ(reserved(), Money{0});
    const ClOrdID id = s.quote(Side::Buy, par, 5); // binds 50
    const Money bound{50 * money_one};
    EXPECT_EQ(reserved(), bound);
    s.balance(maker_account, 100'000, 100'000); // as of before it landed
    EXPECT_EQ(reserved(), bound) << "not landed";
    s.ack(id);
    EXPECT_EQ(reserved(), bound) << "an acknowledgement frees nothing by itself";
    s.balance(maker_account, 100'000, 100'000); // may be as old as the visibility bound
    EXPECT_EQ(reserved(), bound);
    const Timestamp landed = s.now;
    s.answers_reads = true;
    s.reads_asked.clear();
    Timestamp asked{};
    while (reserved() != Money{0} && s.now < landed + seconds(20)) {
        for (const Script::Asked& one : s.reads_asked) {
            const bool is_it = one.request.kind == RequestKind::ReadBalances &&
                               one.request.account == maker_account;
            if (is_it) asked = one.at;
        }
        s.pass_ms(10);
    }
    EXPECT_GE(asked, landed + s.config().engine.venues[0].visibility)
        << "the reading that freed it cannot be older than the landing";
    EXPECT_EQ(reserved(), Money{0});
}

TEST(Balance, RefusedOrderIsFreedTheSameWay) {
    Script s{two_venues()};
    s.start();
    s.pass(seconds(2));
    s.books();
    const ClOrdID id = s.quote(Side::Buy, par, 5);
    s.answer(id, RequestKind::New, Outcome::Refused, Reason::InsufficientMargin);
    const Account& a = s.engine().account(maker_account);
    EXPECT_NE(a.reserved_settling, Money{0});
    s.pass(seconds(17)); // the next audit, and the one after it
    EXPECT_EQ(a.reserved_new + a.reserved_settling + a.reserved_closing, Money{0});
}

// The first instant of a reading that cannot be older than the landing.
TEST(Balance, ReadingThatBeganAtTheVeryMomentFreesIt) {
    Script s{two_venues()};
    s.start();
    s.books();
    const ClOrdID id = s.quote(Side::Buy, par, 5);
    s.ack(id);
    const Account& a = s.engine().account(maker_account);
    s.answers_reads = false;
    for (int n = 0; n < 300 && a.reserved_closing == Money{0}; ++n) s.pass_ms(100);
    ASSERT_NE(a.reserved_closing, Money{0});
    const Duration visibility = s.config().engine.venues[0].visibility;
    const auto read_at = [&](Timestamp asked) {
        BalanceReport b;
        b.account = maker_account;
        b.asked_at = asked;
        b.answered_at = later(asked, s.now);
        s.tell(b);
    };
    read_at(a.closing_before + visibility - nanoseconds(1));
    EXPECT_NE(a.reserved_closing, Money{0});
    read_at(a.closing_before + visibility);
    EXPECT_EQ(a.reserved_closing, Money{0});
}

TEST(Balance, IsReadAgainSoonWhenAnOrderIsRefusedForIt) {
    Script s{two_venues()};
    s.start();
    s.truth[0].available = Money{60 * money_one};
    s.pass(seconds(17));
    s.books();
    const ClOrdID id = s.quote(Side::Buy, par, 5);
    s.canceled(id, 0); // nothing is bound any more, but 50 are still reserved
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par, 5)), Guard::Balance);
    s.pass(seconds(1));
    s.books();
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par, 5)), Guard::None);
}

TEST(Balance, AmendThatAsksForMoreReservesTheDifference) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par, 2);
    s.ack(id);
    s.pass(seconds(17));
    s.books();
    const auto reserved = [&] {
        const Account& a = s.engine().account(maker_account);
        return a.reserved_new + a.reserved_settling + a.reserved_closing;
    };
    ASSERT_EQ(reserved(), Money{0});
    ASSERT_TRUE(s.amend(id, par, 5));
    EXPECT_EQ(reserved(), Money{30 * money_one});
    s.pass(seconds(2));
    EXPECT_EQ(reserved(), Money{30 * money_one}) << "not answered yet";
    s.fill(id, 1, 1); // which is no answer
    EXPECT_EQ(s.engine().account(maker_account).reserved_new, Money{30 * money_one});
    ExecutionReport replaced = s.report(id, ExecType::Replaced);
    replaced.order_qty = Lots{5};
    s.tell(replaced);
    s.pass(seconds(17));
    EXPECT_EQ(reserved(), Money{0});
}

TEST(Balance, OvertakenReadingSaysNothingAboutNow) {
    Script s{two_venues()};
    s.start();
    BalanceReport old;
    old.account = maker_account;
    old.equity = Money{100'000 * money_one};
    old.available = Money{100'000 * money_one};
    old.asked_at = s.now;
    s.pass(seconds(1));
    s.balance(maker_account, 99'000, 50);
    s.tell(old); // slow, and overtaken by the other
    EXPECT_EQ(s.engine().account(maker_account).available, Money{50 * money_one});
    EXPECT_EQ(s.engine().account(maker_account).equity, Money{99'000 * money_one});
}

// --- links ---

TEST(Links, GapIsResyncedBeforeNewRiskWhileHedgesGoOn) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.link(maker_account, LinkKind::Fills, LinkState::Gap);
    s.link(hedge_account, LinkKind::Fills, LinkState::Gap);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::LinkGap);
    s.forget();
    s.fill(id, 1, 1); // told by another way
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U) << "hedged at once";
    EXPECT_EQ(s.all<NewOrderSingle>()[0].instrument, hedge);
    s.link(maker_account, LinkKind::Fills, LinkState::Up);
    s.link(hedge_account, LinkKind::Fills, LinkState::Up);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::LinkGap) << "connected, not read";
    s.pass(seconds(2));
    s.books();
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
}

TEST(Links, ReadsAskedBeforeTheGapResyncNothing) {
    Script s{two_venues()};
    s.start();
    s.answers_reads = false;
    s.pass(seconds(16)); // everything is in flight
    s.link(maker_account, LinkKind::Orders, LinkState::Gap);
    s.link(maker_account, LinkKind::Orders, LinkState::Up);
    const std::vector<Script::Asked> before = std::exchange(s.reads_asked, {});
    for (const Script::Asked& one : before) s.answer_read(one.request, one.at);
    EXPECT_NE(s.engine().account(maker_account).resync_from, Timestamp{});
    s.answers_reads = true;
    s.pass(seconds(4));
    EXPECT_EQ(s.engine().account(maker_account).resync_from, Timestamp{});
}

TEST(Links, LinkThatAVenueDoesNotHaveIsNotWaitedFor) {
    Script s{two_venues()};
    s.tell(Boot{1, 0});
    s.leases();
    s.pass(seconds(3));
    s.books();
    s.link(maker_account, LinkKind::Orders, LinkState::Down); // the only one ever told of
    s.link(maker_account, LinkKind::Orders, LinkState::Up);
    s.pass(seconds(3));
    s.books();
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
}

// Market data has no history to be read: a stale mark holds new risk back by itself.
TEST(Links, GapOfMarketDataResyncsNothing) {
    Script s{two_venues()};
    s.start();
    s.link(maker_account, LinkKind::Market, LinkState::Gap);
    EXPECT_EQ(s.engine().account(maker_account).resync_from, Timestamp{});
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
    s.forget();
    s.link(maker_account, LinkKind::Market, LinkState::Up);
    s.tell(WakeUp{});
    EXPECT_EQ(s.count<ReadRequest>(), 0U);
}

// --- cancels ---

TEST(Cancel, OneLogicalCancelOverTwoTransportsRepeatedUntilTheEndIsEvidence) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.forget();
    s.cancel(id);
    auto sent = s.all<OrderCancelRequest>();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].transport, Transport::Socket);
    EXPECT_EQ(sent[1].transport, Transport::Rest);
    EXPECT_NE(sent[0].request, sent[1].request);
    s.cancel(id); // asked twice is asked once
    EXPECT_EQ(s.count<OrderCancelRequest>(), 2U);
    s.answer(id, RequestKind::Cancel, Outcome::Accepted);
    s.answer(id, RequestKind::Cancel, Outcome::Refused, Reason::TooLate);
    EXPECT_FALSE(is_ended(s.find(id)->status)) << "an answer ends the cancel, never the order";
    s.pass_ms(1'000);
    sent = s.all<OrderCancelRequest>();
    ASSERT_EQ(sent.size(), 4U) << "repeated all the same, one at a time";
    EXPECT_NE(sent[2].transport, sent[3].transport) << "in turns";
    s.canceled(id, 0);
    s.forget();
    s.pass(seconds(3));
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
}

TEST(Cancel, FillThatComesFirstIsHedgedLikeAnyOther) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.cancel(id);
    s.forget();
    s.fill(id, 2, 1);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>()[0].qty, Lots{2});
    EXPECT_EQ(s.engine().stats().fill_while_cancel_pending, 1U);
    s.canceled(id, 2); // reopens nothing, and changes nothing
    EXPECT_EQ(s.engine().certain(maker), Lots{2});
}

TEST(Cancel, EscalatesToCancelAllAndAPersonIsTold) {
    Script s{two_venues()};
    s.start();
    const ClOrdID first = s.quote(Side::Buy, par - 5, 2);
    const ClOrdID second = s.quote(Side::Sell, par + 5, 2);
    s.ack(first);
    s.ack(second);
    s.cancel(first);
    s.cancel(second);
    s.forget();
    s.pass_ms(3'600);
    EXPECT_EQ(s.count<OrderMassCancelRequest>(), 0U);
    EXPECT_EQ(s.alarms(AlarmKind::CancelNotConfirmed), 0U);
    s.pass_ms(500);
    EXPECT_EQ(s.count<OrderMassCancelRequest>(), 1U) << "one for both";
    EXPECT_EQ(s.all<OrderMassCancelRequest>()[0].account, maker_account);
    EXPECT_EQ(s.alarms(AlarmKind::CancelNotConfirmed), 2U) << "one for each order, once";
    s.pass(seconds(60));
    EXPECT_GE(s.count<OrderMassCancelRequest>(), 10U) << "repeated, too";
    EXPECT_EQ(s.alarms(AlarmKind::CancelNotConfirmed), 2U);
    EXPECT_GE(cancels_of(s, first), 120U) << "and beside it the cancels go on";
    s.pass(seconds(300)); // beyond what a byte counts
    s.forget();
    s.pass(seconds(60));
    EXPECT_GE(s.count<OrderMassCancelRequest>(), 10U);
}

// What was Unknown for long has told a person already; its cancel escalates all the same.
TEST(Cancel, OfAnOverdueUnknownOrderEscalates) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 1);
    s.pass(seconds(60));
    ASSERT_EQ(s.alarms(AlarmKind::UnknownOverdue), 1U);
    s.cancel(id);
    s.forget();
    s.pass(seconds(6));
    EXPECT_EQ(s.count<OrderMassCancelRequest>(), 1U);
    EXPECT_EQ(s.alarms(AlarmKind::CancelNotConfirmed), 1U);
}

TEST(Cancel, BeforeTheCreateIsAcknowledgedGoesByOurId) { // SC-28
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 1);
    s.forget();
    s.cancel(id);
    ASSERT_EQ(s.count<OrderCancelRequest>(), 2U);
    EXPECT_TRUE(s.all<OrderCancelRequest>()[0].order_id.is_none());
    s.answer(id, RequestKind::Cancel, Outcome::Refused, Reason::UnknownOrder);
    s.ack(id); // the create landed after all
    s.forget();
    s.pass_ms(600);
    ASSERT_GE(s.count<OrderCancelRequest>(), 1U) << "repeated";
    EXPECT_FALSE(s.all<OrderCancelRequest>()[0].order_id.is_none()) << "now by the venue's id";
}

// --- lease ---

template <class Command> Timestamp newest_validity(const Script& s) {
    Timestamp newest{0};
    for (const Command& one : s.all<Command>()) newest = later(newest, one.valid_until);
    return newest;
}

TEST(Lease, NothingLeavesAfterItAndNoRequestOutlivesIt) {
    Script s{two_venues()};
    s.start(1, seconds(60));
    const Timestamp until = s.engine().account(maker_account).lease_until;
    const Duration error = s.config().engine.venues[0].clock_error;
    std::uint64_t exec = 0;
    ClOrdID stuck;
    while (s.now < until + seconds(10)) {
        s.books();
        const bool is_over = s.now >= until - error;
        s.forget();
        const Guard met = s.offer(quote_draft(Side::Buy, par - 5, 1));
        if (is_over) {
            ASSERT_EQ(met, Guard::Lease);
            ASSERT_EQ(s.sent.size(), 0U);
        }
        if (met == Guard::None) {
            stuck = s.last_id();
            s.ack(stuck);
            s.cancel(stuck);
            if (exec % 2 == 0) {
                s.fill(stuck, 1, ++exec); // and a hedge leaves
                s.fill(s.last_id(), 1, ++exec);
            } else {
                s.canceled(stuck, 0);
                ++exec;
            }
        } else {
            s.cancel(stuck);
        }
        ASSERT_LE(newest_validity<NewOrderSingle>(s), until - error);
        ASSERT_LE(newest_validity<OrderCancelRequest>(s), until - error);
        ASSERT_LE(newest_validity<OrderMassCancelRequest>(s), until - error);
        const Timestamp from = s.now;
        s.forget();
        s.pass_ms(333);
        ASSERT_LE(newest_validity<OrderCancelRequest>(s), until - error);
        for (const CommandBody& body : s.sent) {
            if (std::holds_alternative<Alarm>(body)) continue;
            ASSERT_LT(from, until) << "nothing leaves after the lease";
        }
    }
    EXPECT_EQ(s.alarms(AlarmKind::LeaseLost), 0U) << "told before the last forget()";
}

TEST(Lease, HedgeThatIsOwedWhenItEndsLeavesWithTheNext) {
    Script s{two_venues()};
    s.start(1, seconds(30));
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.pass(seconds(30));
    s.books();
    s.forget();
    s.fill(id, 2, 1);
    s.cancel(id);
    s.pass(seconds(5));
    EXPECT_EQ(s.count<NewOrderSingle>() + s.count<OrderCancelRequest>(), 0U);
    EXPECT_EQ(s.engine().owed(group), Units{2});
    s.leases(seconds(60));
    s.pass_ms(500);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>()[0].qty, Lots{2});
}

TEST(Lease, GrantForAnotherEpochIsNotOurs) {
    Script s{two_venues()};
    s.tell(Boot{3, 0});
    s.lease(maker_account, seconds(100), 2);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Lease);
}

// --- kill switch ---

// SC-26: a buy rests where no position is. The switch fires, everything is closed; the buy must be
// gone by evidence before anybody may call the account flat.
TEST(Kill, CertifiedOnlyOnTwiceEmptyEvidenceFromEveryVenue) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.truth[0].resting.push_back(s.report(id, ExecType::New));
    s.forget();
    s.act(Act::Kill);
    EXPECT_EQ(cancels_of(s, id), 2U);
    EXPECT_EQ(s.count<OrderMassCancelRequest>(), 2U) << "whoever placed it, on every account";
    EXPECT_EQ(s.alarms(AlarmKind::KillPending), 1U);
    s.act(Act::ResetKill); // too early: does nothing
    EXPECT_EQ(s.engine().desk().killed, 1);
    EXPECT_EQ(s.alarms(AlarmKind::KillPending), 2U) << "and says so";
    s.forget();
    s.pass(seconds(3));
    EXPECT_GE(cancels_of(s, id), 5U) << "the reset dropped no cancel";
    EXPECT_EQ(s.engine().desk().kill_certified, 0);
    s.canceled(id, 0);
    s.pass(seconds(3));
    EXPECT_EQ(s.engine().desk().kill_certified, 0) << "the venue still shows it";
    s.truth[0].resting.clear();
    s.canceled(id, 0); // it was taken back, as it rested
    int after = 0;
    for (; s.engine().desk().kill_certified == 0 && after < 100; ++after) s.pass_ms(100);
    EXPECT_LT(after, 50);
    EXPECT_GE(after, 5) << "once empty is not enough";
    s.act(Act::ResetKill);
    EXPECT_EQ(s.engine().desk().killed, 0);
}

TEST(Kill, PositionAtAnyVenueHoldsTheCertificateBack) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].assign_adjustments = false; // it is hedged by nobody
    Script s{config};
    s.start();
    s.act(Act::Kill);
    s.truth[1].positions[{1, PositionSide::Net}] = Lots{1};
    s.pass(seconds(10));
    EXPECT_EQ(s.engine().desk().kill_certified, 0);
    s.truth[1].positions.clear();
    s.pass(seconds(10));
    EXPECT_EQ(s.engine().desk().kill_certified, 1);
}

TEST(Kill, CertificateIsLostWithTheNextFill) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
    s.ack(id);
    s.act(Act::Kill);
    s.canceled(id, 0);
    s.pass(seconds(6));
    ASSERT_EQ(s.engine().desk().kill_certified, 1);
    s.fill(id, 1, 1); // an order that was certified gone
    EXPECT_EQ(s.engine().desk().kill_certified, 0);
    s.act(Act::ResetKill);
    EXPECT_EQ(s.engine().desk().killed, 1);
}

// Whatever reads of orders and positions show: while a restart lacks its fills nothing is quiet.
TEST(Quiet, IsNothingBeforeARestartIsOver) {
    Script s{two_venues()};
    s.start();
    s.pass(seconds(40));
    ASSERT_TRUE(s.engine().is_quiet(true));
    s.refused_reads.insert(RequestKind::ReadFills);
    s.tell(Boot{++s.life, 1});
    s.leases();
    s.links_up();
    s.books();
    s.pass(seconds(40));
    ASSERT_NE(s.engine().desk().recovery, Recovery::Done);
    ASSERT_EQ(s.engine().desk().live_orders, 0U);
    for (const AccountIx a : {AccountIx{0}, AccountIx{1}}) {
        ASSERT_EQ(s.engine().account(a).flat_evidence, 0xfU);
    }
    EXPECT_FALSE(s.engine().is_quiet(true));
}

// What was seen before the kill certifies nothing after it.
TEST(Kill, IsNotResetOnOlderEvidence) {
    Script s{two_venues()};
    s.start();
    s.pass(seconds(40));
    ASSERT_TRUE(s.engine().is_quiet(true));
    s.act(Act::Kill);
    s.act(Act::ResetKill);
    EXPECT_EQ(s.engine().desk().killed, 1);
    s.pass(seconds(10));
    s.act(Act::ResetKill);
    EXPECT_EQ(s.engine().desk().killed, 0);
}

// A bust moves a position as a fill does, and is no late fill.
TEST(Kill, CertificateIsLostWithABustOfASettledOrder) {
    Script s{two_venues()};
    s.start();
    s.book(hedge, 0, 0); // nobody to hedge with: nothing is sent
    const ClOrdID buy = s.quote(Side::Buy, par - 5, 1);
    s.ack(buy);
    const ClOrdID sell = s.quote(Side::Sell, par + 5, 1);
    s.ack(sell);
    s.fill(buy, 1, 1);
    s.fill(sell, 1, 2);
    s.tell(s.ended(buy, ExecType::Canceled, 1));
    s.tell(s.ended(sell, ExecType::Canceled, 1));
    s.act(Act::Kill);
    s.pass(seconds(20));
    ASSERT_EQ(s.engine().desk().kill_certified, 1);
    s.forget();
    ExecutionReport bust = s.trade(buy, 1, 1);
    bust.exec_type = ExecType::TradeCancel;
    s.tell(bust);
    EXPECT_EQ(s.position(maker).filled, Lots{-1});
    EXPECT_EQ(s.engine().desk().kill_certified, 0);
    EXPECT_EQ(s.engine().stats().late_fills, 0U);
    EXPECT_EQ(s.alarms(AlarmKind::FillAfterReject), 0U);
}

TEST(Operator, MayNameNoInstrumentOfThisDesk) {
    Script s{two_venues()};
    s.start();
    const std::uint64_t before = s.engine().decision_hash();
    for (const Act act : {Act::AssignAdjustment, Act::AcceptFillGap, Act::ReleaseFreeze}) {
        s.act(act, InstrumentIx{2});
        s.act(act);
    }
    EXPECT_EQ(s.engine().decision_hash(), before);
}

// Strategies look at what may still do something.
TEST(Orders, SettledOnesAreNotVisited) {
    Script s{two_venues()};
    s.start();
    const ClOrdID one = s.quote(Side::Buy, par - 5, 1);
    const ClOrdID two = s.quote(Side::Sell, par + 5, 1);
    s.ack(one);
    s.canceled(one, 0);
    std::vector<ClOrdID> seen;
    s.engine().each_order([&](const Order& o) { seen.push_back(o.cl_ord_id); });
    EXPECT_EQ(seen, std::vector{two});
}

TEST(Kill, CertificateIsLostWithAForeignFillAndWithWhateverAReadShows) {
    const auto certified = [] {
        Script s{two_venues()};
        s.start();
        s.act(Act::Kill);
        s.pass(seconds(8));
        EXPECT_EQ(s.engine().desk().kill_certified, 1);
        return s;
    };
    {
        Script s = certified();
        ExecutionReport r;
        r.account = maker_account;
        r.instrument = maker;
        r.order_id = OrderID{9, 9};
        r.exec_id = ExecID{9, 9};
        r.exec_type = ExecType::Trade;
        r.last_qty = Lots{1};
        r.last_px = Ticks{par};
        r.transact_time = s.now;
        s.tell(r);
        EXPECT_EQ(s.engine().desk().kill_certified, 0);
    }
    {
        Script s = certified();
        s.truth[1].positions[{hedge.value(), PositionSide::Net}] = Lots{1};
        s.pass(seconds(16));
        EXPECT_EQ(s.engine().desk().kill_certified, 0);
    }
}

// The venue counts a row that names no instrument of this desk: a position all the same.
TEST(Kill, RowThatNobodyUnderstandsHoldsTheCertificateBack) {
    for (const std::uint32_t rows : {1U, 0U}) {
        Script s{two_venues()};
        s.start();
        s.answers_reads = false;
        s.act(Act::Kill);
        for (int n = 0; n < 300; ++n) {
            s.pass_ms(100);
            for (const Script::Asked& one : std::exchange(s.reads_asked, {})) {
                if (one.request.kind == RequestKind::ReadPositions) {
                    s.done(one.request, one.at, rows);
                } else {
                    s.answer_read(one.request, one.at);
                }
            }
        }
        EXPECT_EQ(s.engine().desk().kill_certified, rows == 0 ? 1 : 0);
    }
}

// A venue that cannot be asked by our id: an order that was never named is told by its absence from
// a complete read past its fence, and its fills by a fill read past that.
TEST(InFlight, LostRequestDiesByAbsenceWhereItCannotBeAskedFor) {
    for (const bool traded : {false, true}) {
        SCOPED_TRACE(traded);
        strategy::DeskConfig config = two_venues();
        for (VenueTraits& venue : config.engine.venues) venue.status_by_cl_ord_id = false;
        config.engine.groups[0].hedged_within = seconds(30);
        Script s{config};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
        if (traded) s.happened(s.trade(id, 4, 1)); // and nobody tells
        const VenueTraits& venue = s.config().engine.venues[0];
        const Timestamp fence = s.now + venue.validity + venue.clock_error;
        s.pass(fence + venue.visibility - s.now);
        s.books();
        ASSERT_TRUE(s.find(id) != nullptr || traded) << "not before";
        EXPECT_EQ(s.engine().interval(maker).high, Lots{4});
        s.pass(seconds(3));
        EXPECT_EQ(s.find(id), nullptr);
        EXPECT_EQ(s.engine().interval(maker).high, Lots{traded ? 4 : 0});
        EXPECT_EQ(s.count<OrderStatusRequest>(), 0U) << "no question that cannot be answered";
    }
}

TEST(Kill, ForeignOrderIsCanceledWithAll) {
    Script s{two_venues()};
    s.start();
    const ClOrdID own = s.quote(Side::Buy, par - 5, 1);
    s.canceled(own, 0);
    ExecutionReport foreign = s.report(own, ExecType::New);
    foreign.cl_ord_id = ClOrdID{};
    foreign.order_id = OrderID{1, 1};
    s.truth[0].resting.push_back(foreign);
    s.act(Act::Kill);
    s.forget();
    s.pass(seconds(5));
    EXPECT_GE(s.count<OrderMassCancelRequest>(), 3U) << "again and again while it rests";
    EXPECT_EQ(s.engine().desk().kill_certified, 0);
}

TEST(Kill, OutlivesACrash) {
    Script s{two_venues()};
    s.start();
    s.act(Act::Kill);
    s.crash(s.record.size());
    s.boot_again();
    s.pass(seconds(8));
    s.books();
    EXPECT_EQ(s.engine().desk().killed, 1);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Killed);
}

// --- capacities ---

// A venue shows what the desk could not even name.
TEST(Positions, OfInstrumentsThatTheDeskDoesNotHaveAreToldOnceForEachChange) {
    Script s{two_venues()};
    s.start();
    const auto told_after = [&](std::uint32_t unlisted) {
        s.forget();
        s.truth[maker_account.value()].unlisted = unlisted;
        s.pass(seconds(90));
        std::vector<Alarm> out;
        for (const Alarm& one : s.all<Alarm>()) {
            if (one.kind == AlarmKind::UnlistedPositions) out.push_back(one);
        }
        return out;
    };
    EXPECT_TRUE(told_after(0).empty());
    const std::vector<Alarm> first = told_after(2);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].account, maker_account);
    EXPECT_TRUE(first[0].instrument.is_none());
    EXPECT_EQ(first[0].value, 2);
    EXPECT_EQ(first[0].bound, 0);
    const std::vector<Alarm> second = told_after(1);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].value, 1);
    EXPECT_EQ(second[0].bound, 2);
    EXPECT_FALSE(s.engine().is_quiet(true)) << "not all is flat";
    EXPECT_TRUE(told_after(0).empty());
    EXPECT_TRUE(s.engine().is_quiet(true));
    EXPECT_EQ(told_after(1).size(), 1U);
}

TEST(Capacity, FullOrdersStopNewRiskOnlyAndHedgesStillLeave) {
    strategy::DeskConfig config = wide();
    config.engine.capacities.orders = 40;
    Script s{config};
    s.start();
    std::vector<ClOrdID> all;
    while (s.offer(quote_draft(Side::Buy, par - 5, 1)) == Guard::None) all.push_back(s.last_id());
    EXPECT_EQ(all.size(), 32U) << "an eighth, at least eight, is kept";
    s.forget();
    for (std::uint64_t n = 0; n < 8; ++n) {
        s.fill(all[n], 1, n + 1);
        s.fill(s.last_id(), 1, 100 + n); // its hedge, which left at once
    }
    EXPECT_EQ(s.count<NewOrderSingle>(), 8U);
    s.forget();
    s.cancel(all[20]);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 2U);
}

TEST(Capacity, FullLegsAreToldByName) {
    strategy::DeskConfig config = wide();
    config.engine.capacities.legs = 8;
    config.engine.venues[0].amend_keeps_order_id = false;
    Script s{config};
    s.start();
    std::vector<ClOrdID> all;
    for (int n = 0; n < 8; ++n) {
        all.push_back(s.quote(Side::Buy, par - 5, 2));
        s.ack(all.back());
    }
    for (const ClOrdID id : all) { // each is replaced under a new venue id
        ExecutionReport replaced = s.report(id, ExecType::Replaced);
        replaced.order_id = OrderID{5, id.packed()};
        s.tell(replaced);
    }
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Capacity);
    EXPECT_EQ(s.alarms(AlarmKind::CapacityReached, Limit::LegCapacity), 1U);
    EXPECT_EQ(s.all<Alarm>().back().value, 8);
    EXPECT_EQ(s.all<Alarm>().back().bound, 8);
    s.forget();
    s.fill(all[0], 1, 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U) << "the hedge leaves";
}

// A forgotten order gives back all its legs.
TEST(Capacity, LegsOfForgottenOrdersAreUsedAgain) {
    strategy::DeskConfig config = wide();
    config.engine.capacities.legs = 8;
    config.engine.venues[0].amend_keeps_order_id = false;
    Script s{config};
    s.start();
    for (std::uint64_t n = 0; n < 40; ++n) {
        const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
        s.ack(id);
        ExecutionReport replaced = s.report(id, ExecType::Replaced);
        replaced.order_id = OrderID{5, id.packed()};
        s.tell(replaced);
        s.canceled(id, 0);
        replaced.exec_type = ExecType::Canceled;
        replaced.has_cum_qty = 1;
        s.tell(replaced);
        s.pass(seconds(3));
        s.books();
    }
    EXPECT_EQ(s.alarms(AlarmKind::CapacityReached), 0U);
}

TEST(Capacity, FullFillsStopNewRiskAndFurtherOnesAreSurvived) {
    strategy::DeskConfig config = wide();
    config.engine.capacities.fills = 1'024;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 50);
    s.ack(id);
    s.answers_reads = false;
    ExecutionReport foreign = s.trade(id, 1, 0);
    foreign.cl_ord_id = ClOrdID{};
    std::uint64_t exec = 0;
    const auto tell_foreign = [&](int times) {
        for (int n = 0; n < times; ++n) {
            foreign.order_id = OrderID{9, ++exec};
            foreign.exec_id = ExecID{9, exec};
            foreign.side = exec % 2 == 0 ? Side::Buy : Side::Sell;
            s.tell(foreign);
        }
    };
    tell_foreign(1'030);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Capacity);
    EXPECT_EQ(s.alarms(AlarmKind::CapacityReached, Limit::FillCapacity), 1U);
    s.forget();
    s.fill(id, 3, 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U) << "the hedge leaves";
    tell_foreign(2'000); // more than the table holds: alarmed and frozen, not a crash
    EXPECT_NE(s.engine().book(maker).frozen_at, Timestamp{});
    s.cancel(id);
    EXPECT_EQ(cancels_of(s, id), 2U);
}

} // namespace
} // namespace keel::core
