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
