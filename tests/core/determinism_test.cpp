#include "tests/core/allocations.hpp"
#include "tests/core/echo_venues.hpp"

// Same state and same event: same commands, same state. Independent events meet in one decision
// hash, whichever came first; a step can be taken back; a copy is the same desk; and nothing is
// allocated.

namespace keel::core {
namespace {

using namespace script;

struct Stage {
    Stage() : s(two_groups()) {
        s.start();
        btc = s.quote(Side::Buy, par - 5, 4);
        eth = s.quote(Side::Sell, par + 5, 4, maker2);
        s.ack(btc);
        s.ack(eth);
        s.pass_ms(100);
    }
    Script s;
    ClOrdID btc;
    ClOrdID eth;
};

struct After {
    std::uint64_t decision = 0;
    std::uint64_t state = 0;
};

// Both told at one instant, in this order and in the other.
std::pair<After, After> both_ways(const Stage& stage, const EventBody& a, const EventBody& b,
                                  Duration later_by = Duration{0}) {
    const auto run = [&](const EventBody& first, const EventBody& second) {
        strategy::Desk desk = stage.s.desk;
        Commands out;
        desk.step(Event{1'000, stage.s.now, first}, out);
        desk.step(Event{1'001, stage.s.now + later_by, second}, out);
        return After{desk.decision_hash(), desk.state_hash()};
    };
    return {run(a, b), run(b, a)};
}

BookTop book_of(InstrumentIx i, std::int64_t bid, std::int64_t ask) {
    BookTop b;
    b.instrument = i;
    b.bid_px = Ticks{bid};
    b.ask_px = Ticks{ask};
    b.bid_qty = Lots{5};
    b.ask_qty = Lots{5};
    return b;
}

TEST(DecisionHash, IndependentEventsMeet) {
    const Stage stage;
    const Script& s = stage.s;
    const ExecutionReport btc_fill = s.trade(stage.btc, 1, 1);
    const ExecutionReport eth_fill = s.trade(stage.eth, 2, 2);
    const ExecutionReport eth_end = s.ended(stage.eth, ExecType::Canceled, 0);
    const BookTop eth_book = book_of(hedge2, par - 3, par + 3);
    BalanceReport balance;
    balance.account = hedge_account;
    balance.equity = Money{90'000 * money_one};
    balance.available = Money{80'000 * money_one};
    balance.asked_at = s.now;
    balance.answered_at = s.now;
    const std::vector<std::pair<EventBody, EventBody>> pairs{
        {btc_fill, eth_fill}, {btc_fill, eth_book},
        {btc_fill, eth_end},  {eth_end, book_of(maker, par - 2, par + 2)},
        {balance, btc_fill},  {balance, eth_end}};
    for (std::size_t n = 0; n < pairs.size(); ++n) {
        SCOPED_TRACE(n);
        const auto [one, other] = both_ways(stage, pairs[n].first, pairs[n].second);
        EXPECT_EQ(one.decision, other.decision);
    }
    // Hedges left in the other order, so their numbers differ: the state remembers it, and no
    // decision can.
    const auto [one, other] = both_ways(stage, btc_fill, eth_fill);
    EXPECT_NE(one.state, other.state);
}

TEST(DecisionHash, TimeThatPassedBetweenThemIsADifference) {
    const Stage stage;
    const auto [one, other] = both_ways(stage, stage.s.trade(stage.btc, 1, 1),
                                        stage.s.trade(stage.eth, 2, 2), milliseconds(5));
    EXPECT_NE(one.decision, other.decision) << "each hedge has its own validity end";
}

TEST(DecisionHash, SaysWhatCanStillChangeACommandAndNothingElse) {
    const Stage stage;
    const std::uint64_t before = stage.s.desk.decision_hash();
    const auto after = [&](const EventBody& body) {
        strategy::Desk desk = stage.s.desk;
        Commands out;
        desk.step(Event{1'000, stage.s.now, body}, out);
        return desk.decision_hash();
    };
    // A fact that is known already; a report about an order of somebody else.
    EXPECT_EQ(after(stage.s.report(stage.btc, ExecType::New)), before);
    ExecutionReport foreign = stage.s.report(stage.btc, ExecType::New);
    foreign.cl_ord_id = ClOrdID::make(9, 9, 9);
    foreign.order_id = OrderID{8, 8};
    EXPECT_EQ(after(foreign), before);
    // Everything below could.
    EXPECT_NE(after(stage.s.trade(stage.btc, 1, 1)), before);
    EXPECT_NE(after(book_of(hedge, par - 3, par + 3)), before);
    EXPECT_NE(after(OperatorAct{.act = Act::Halt, .instrument = {}}), before);
    LinkReport gap;
    gap.account = maker_account;
    gap.state = LinkState::Gap;
    EXPECT_NE(after(gap), before);
    RequestAnswer slow;
    slow.account = maker_account;
    slow.reason = Reason::RateLimited;
    EXPECT_NE(after(slow), before);
    PositionReport snapshot;
    snapshot.account = maker_account;
    snapshot.instrument = maker;
    snapshot.qty = Lots{3};
    snapshot.asked_at = stage.s.now;
    snapshot.answered_at = stage.s.now;
    EXPECT_NE(after(snapshot), before) << "it contradicts";
    snapshot.qty = Lots{0};
    EXPECT_NE(after(snapshot), before) << "it verifies: the position may be trusted for longer";
}

// A pair of desks that agree in their decision hash must go on to say the same, whatever comes: ids
// apart. (If they did not, an explorer would cut off a branch that it has not seen.)
TEST(DecisionHash, EqualOnesGoOnToTheSameCommands) {
    const Stage stage;
    strategy::Desk one = stage.s.desk;
    strategy::Desk other = stage.s.desk;
    Commands out;
    const ExecutionReport a = stage.s.trade(stage.btc, 1, 1);
    const ExecutionReport b = stage.s.trade(stage.eth, 2, 2);
    one.step(Event{1, stage.s.now, a}, out);
    one.step(Event{2, stage.s.now, b}, out);
    other.step(Event{1, stage.s.now, b}, out);
    other.step(Event{2, stage.s.now, a}, out);
    ASSERT_EQ(one.decision_hash(), other.decision_hash());
    // Said without ids, and in any order within a step.
    const auto said = [](const Commands& commands) {
        std::vector<std::string> lines;
        for (const CommandBody& body : commands) {
            if (const auto* o = std::get_if<NewOrderSingle>(&body)) {
                lines.push_back(fmt::format("new {} {} {} {}", o->instrument.value(),
                                            to_string(o->side), o->px.value(), o->qty.value()));
            } else if (const auto* c = std::get_if<OrderCancelRequest>(&body)) {
                lines.push_back(fmt::format("cancel {}", c->instrument.value()));
            } else if (const auto* q = std::get_if<OrderStatusRequest>(&body)) {
                lines.push_back(fmt::format("query {}", q->instrument.value()));
            } else if (const auto* r = std::get_if<ReadRequest>(&body)) {
                lines.push_back(fmt::format("read {} {} from {}", r->account.value(),
                                            to_string(r->kind), r->from.ns()));
            }
        }
        std::ranges::sort(lines);
        return lines;
    };
    Commands out2;
    Timestamp now = stage.s.now;
    Rng rng{3};
    for (int n = 0; n < 400; ++n) {
        ASSERT_EQ(one.wake_at(), other.wake_at()) << "step " << n;
        now = later(now, earlier(one.wake_at(), now + milliseconds(rng.between(1, 300))));
        EventBody body = WakeUp{};
        const std::int64_t choice = rng.between(0, 3);
        if (choice == 0) body = book_of(hedge2, par - 1 - rng.between(0, 3), par + 5);
        if (choice == 1) body = stage.s.trade(stage.btc, 1, 10 + static_cast<std::uint64_t>(n % 2));
        one.step(Event{10, now, body}, out);
        other.step(Event{10, now, body}, out2);
        ASSERT_EQ(said(out), said(out2)) << "step " << n;
        ASSERT_EQ(one.decision_hash(), other.decision_hash()) << "step " << n;
    }
}

// What is known of a fill, however it came to be known.
TEST(DecisionHash, KnowsAFillByWhatIsKnownOfItInAnyOrder) {
    using Facts = std::vector<std::pair<FillStage, std::uint32_t>>;
    const auto after = [](const Facts& facts) {
        Script s{two_venues()};
        s.start();
        s.book(hedge, 0, 0);
        const ClOrdID q = s.quote(Side::Buy, par - 5, 4);
        s.ack(q);
        for (const auto& [stage, correction] : facts) {
            ExecutionReport r = s.trade(q, 2, 7);
            r.stage = stage;
            if (correction != 0) {
                r.exec_type = ExecType::TradeCorrect;
                r.correction = correction;
                r.last_qty = Lots{correction == 1 ? 1 : 3};
            }
            s.tell(r);
        }
        return s;
    };
    // (The whole hash also knows by which steps the position came there: a snapshot may show one.)
    const auto digest = [&](const Facts& facts) { return after(facts).engine().desk().fill_set; };
    const auto told = [&](const Facts& facts) { return after(facts).engine().decision_hash(); };
    using enum FillStage;
    EXPECT_EQ(digest({{Final, 0}, {Final, 1}, {Final, 2}}),
              digest({{Final, 0}, {Final, 2}, {Final, 1}}));
    EXPECT_NE(digest({{Final, 0}, {Final, 1}}), digest({{Final, 0}, {Final, 2}}));
    EXPECT_NE(told({{Matched, 0}}), told({{Matched, 0}, {Confirmed, 0}}))
        << "only of the latter is a failure a contradiction";
}

// Which ids of the life before are settled decides what is taken for news.
TEST(DecisionHash, KnowsHowFarTheRecordOfTheLifeBeforeReaches) {
    const auto after = [](std::uint32_t epoch) {
        Script s{two_venues()};
        s.start(epoch);
        s.crash(s.record.size());
        s.life = 8;
        s.boot_again();
        s.pass(seconds(6));
        return s.engine().decision_hash();
    };
    EXPECT_NE(after(3), after(4));
    EXPECT_EQ(after(3), after(3));
}

// What a field of the state decides, one by one: the field is set, and the hash is asked.
class Fields {
public:
    Fields() : store(stage.s.desk.engine().store()) {}
    template <class Field, class Value> std::uint64_t with(const Field& field, const Value& value) {
        const Field before = field;
        store.put(field, Field{value});
        const std::uint64_t hash = stage.s.engine().decision_hash();
        store.put(field, before);
        return hash;
    }
    Stage stage;
    Store& store;
    Timestamp now = stage.s.now;
    const Account& account = stage.s.engine().account(maker_account);
    const Position& position = stage.s.position(maker);
    const VenueTraits& venue = stage.s.config().engine.venues[0];
};

TEST(DecisionHash, KnowsEvidenceByItsAgeUpToTheHorizon) {
    Fields f;
    const Duration horizon = f.venue.visibility + f.venue.clock_error * 2 + seconds(4);
    const auto aged = [&](Duration age) { return f.with(f.account.balance_at, f.now - age); };
    EXPECT_NE(aged(horizon - nanoseconds(1)), aged(horizon));
    EXPECT_EQ(aged(horizon), aged(horizon + seconds(1)));
}

TEST(DecisionHash, KnowsSinceWhenAReservationIsClosing) {
    Fields f;
    const auto asked = [&](Duration age) { return f.with(f.account.closing_before, f.now - age); };
    EXPECT_EQ(asked(seconds(1)), asked(seconds(2)));
    f.store.put(f.account.reserved_closing, Money{1});
    EXPECT_NE(asked(seconds(1)), asked(seconds(2)));
}

TEST(DecisionHash, KnowsWhetherAPositionWasVerifiedSinceItFroze) {
    Fields f;
    // So long ago that how long it may still be trusted is the same for all.
    const Timestamp long_ago = f.now - f.stage.s.config().engine.audits.verify_age_max - seconds(1);
    f.store.put(f.stage.s.engine().book(maker).frozen_at, long_ago);
    const auto verified = [&](Duration after) {
        return f.with(f.position.verified_at, long_ago + after);
    };
    EXPECT_NE(verified(Duration{0}), verified(-nanoseconds(1)));
    EXPECT_EQ(verified(Duration{0}), verified(nanoseconds(1)));
}

// Where positions have no sides, the two that are never used say nothing.
TEST(DecisionHash, KnowsASideOnceItHasFilled) {
    Fields f;
    const Position& side = f.stage.s.position(maker, PositionSide::Long);
    const auto verified = [&](Duration age) { return f.with(side.verified_at, f.now - age); };
    EXPECT_EQ(verified(seconds(1)), verified(seconds(2)));
    f.store.put(side.fill_count, 1U);
    EXPECT_NE(verified(seconds(1)), verified(seconds(2)));
}

// What is left in the place of an order that was forgotten is nothing.
TEST(DecisionHash, KnowsNoOrderThatWasForgotten) {
    Fields f;
    const Order& order = *f.stage.s.engine().find_order(f.stage.btc);
    const auto priced = [&](std::int64_t px) { return f.with(order.px, Ticks{px}); };
    EXPECT_NE(priced(1), priced(2));
    f.store.put(order.cl_ord_id, ClOrdID{});
    EXPECT_EQ(priced(1), priced(2));
}

TEST(DecisionHash, KnowsWhatAReadUnderWayHasShown) {
    Fields f;
    const Order& order = *f.stage.s.engine().find_order(f.stage.btc);
    const auto shown_position = [&](std::uint32_t by) { return f.with(f.position.read_mark, by); };
    const auto shown_order = [&](std::uint16_t by) { return f.with(order.audit_mark, by); };
    f.store.put(f.account.reads[0].in_flight, RequestID{});
    f.store.put(f.account.reads[2].in_flight, RequestID{});
    EXPECT_EQ(shown_position(0), shown_position(7)) << "none is under way";
    EXPECT_EQ(shown_order(0), shown_order(7));
    f.store.put(f.account.reads[0].in_flight, RequestID{7});
    f.store.put(f.account.reads[2].in_flight, RequestID{7});
    EXPECT_NE(shown_position(6), shown_position(7));
    EXPECT_EQ(shown_position(6), shown_position(5));
    EXPECT_NE(shown_order(6), shown_order(7));
    EXPECT_EQ(shown_order(6), shown_order(5));
}

// A read that waits for long may still be answered, and its interval reaches back as far.
TEST(DecisionHash, KnowsTheFillsThatAReadUnderWayReachesBackTo) {
    const auto after = [](Duration fill_to_read) {
        Script s{two_venues()};
        s.start();
        s.book(hedge, 0, 0);
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 4);
        s.ack(quote);
        const Timestamp read_at = s.now + seconds(1);
        ExecutionReport fill = s.trade(quote, 1, 1);
        fill.transact_time = read_at - fill_to_read;
        s.tell(fill);
        s.pass(seconds(30));
        Store& store = s.desk.engine().store();
        const ReadState& read = s.engine().account(maker_account).reads[2];
        store.put(read.in_flight, RequestID{7});
        store.put(read.asked_at, read_at);
        return s.engine().decision_hash();
    };
    EXPECT_NE(after(milliseconds(500)), after(milliseconds(501)));
}

TEST(DecisionHash, KnowsTheFenceWhileItIsWaitedFor) {
    Fields f;
    const core::Desk& desk = f.stage.s.engine().desk();
    const auto fenced = [&](Duration age) { return f.with(desk.fence_at, f.now - age); };
    EXPECT_EQ(fenced(seconds(1)), fenced(seconds(2)));
    f.store.put(desk.recovery, Recovery::WaitReads);
    EXPECT_NE(fenced(seconds(1)), fenced(seconds(2)));
}

TEST(Undo, TakesStepsBackToTheSameHash) {
    Session s{hedged_maker(),
              11,
              {.lose_request_ppm = 30'000, .lose_report_ppm = 30'000, .repeat_report_ppm = 90'000}};
    s.boot(false);
    s.run(seconds(10));
    strategy::Desk desk{s.config()};
    desk.engine().store().set_undo(true);
    Commands out;
    struct Mark {
        std::size_t undo;
        std::uint64_t state;
        std::uint64_t decision;
    };
    std::vector<Mark> marks;
    for (const Event& event : s.record) {
        const Store& store = desk.engine().store();
        marks.push_back({store.undo_mark(), desk.state_hash(), desk.decision_hash()});
        desk.step(event, out);
    }
    ASSERT_EQ(desk.state_hash(), s.desk.state_hash()) << "undo changes nothing by itself";
    const std::uint64_t end = desk.state_hash();
    for (std::size_t n = marks.size(); n-- > 0;) {
        desk.engine().store().undo_to(marks[n].undo);
        ASSERT_EQ(desk.state_hash(), marks[n].state) << "before event " << n;
        ASSERT_EQ(desk.decision_hash(), marks[n].decision) << "before event " << n;
        if (n % 100 != 0) continue;
        strategy::Desk forward = desk; // and from there the same end is reached
        for (std::size_t at = n; at < s.record.size(); ++at) forward.step(s.record[at], out);
        ASSERT_EQ(forward.state_hash(), end);
    }
}

TEST(Copy, GoesOnLikeTheOriginal) {
    Session s{hedged_maker(), 12, {.lose_report_ppm = 50'000}};
    s.boot(false);
    s.run(seconds(10));
    strategy::Desk desk{s.config()};
    Commands out;
    Commands copied_out;
    const std::size_t half = s.record.size() / 2;
    for (std::size_t at = 0; at < half; ++at) desk.step(s.record[at], out);
    strategy::Desk copy = desk;
    strategy::Desk assigned{s.config()};
    assigned = desk;
    for (std::size_t at = half; at < s.record.size(); ++at) {
        desk.step(s.record[at], out);
        copy.step(s.record[at], copied_out);
        ASSERT_EQ(out.size(), copied_out.size());
        ASSERT_EQ(copy.state_hash(), desk.state_hash());
        assigned.step(s.record[at], copied_out);
        ASSERT_EQ(assigned.state_hash(), desk.state_hash());
    }
}

// Orders live and die, quotes move, hedges leave, reads are answered, cancels are lost and
// repeated.
TEST(Allocations, NoneInSteadyState) {
    if (!counts_allocations()) GTEST_SKIP() << "the sanitizer has an operator new of its own";
    const std::size_t none_yet = allocations();
    ::operator delete(::operator new(1));
    ASSERT_EQ(allocations(), none_yet + 1) << "each is counted";
    Session s{hedged_maker(),
              13,
              {.lose_request_ppm = 20'000, .lose_report_ppm = 20'000, .repeat_report_ppm = 50'000}};
    s.boot(false);
    s.run(seconds(60));
    const std::size_t warm = s.record.size() / 4;
    strategy::Desk desk{s.config()};
    Commands out;
    std::size_t during = 0;
    for (std::size_t at = 0; at < s.record.size(); ++at) {
        const std::size_t before = allocations();
        desk.step(s.record[at], out);
        static_cast<void>(desk.wake_at());
        if (at >= warm) during += allocations() - before;
    }
    EXPECT_EQ(during, 0U) << "over " << s.record.size() - warm << " events";
    EXPECT_GT(desk.engine().stats().fills, 50U);
    EXPECT_GT(desk.engine().stats().unknown_to_death, 0U);
}

} // namespace
} // namespace keel::core
