#include <map>
#include <set>

#include <gmock/gmock.h>

#include "tests/core/desk_fixture.hpp"

// A ladder on the two outcomes of a market: what rests, what pulls it, what is sold only once it
// has settled, and that nothing takes but a completion.

namespace keel::strategy {
namespace {

using namespace core::script;
using core::Guard;

// Two outcomes of one market on one account: ticks of a tenth of a cent, prices below one.
constexpr InstrumentIx yes{0};
constexpr InstrumentIx no{1};
constexpr std::int64_t whole = 1'000; // ticks of one unit of money

Instrument outcome(const std::string& symbol) {
    Instrument draft;
    draft.symbol = symbol;
    draft.tick_size = Decimal{1, 3};
    draft.lot_size = Decimal{1, 0};
    draft.price_step = Ticks{10};
    draft.px_end = Ticks{whole};
    draft.long_only = true;
    draft.settles_late = true;
    draft.initial_margin_ppm = 1'000'000;
    draft.venue = VenueIx{0};
    auto made = make_instrument(draft);
    EXPECT_TRUE(made.has_value());
    return *made;
}

DeskConfig desk_with(const std::function<void(QuoterConfig&)>& change = {},
                     const std::function<void(core::EngineConfig&)>& change_engine = {}) {
    DeskConfig config = two_venues();
    core::EngineConfig& e = config.engine;
    e.groups.clear();
    e.venues.resize(1);
    e.accounts.resize(1);
    e.venues[0].batch_max = 15;
    e.instruments = {{outcome("YES"), maker_account, {}}, {outcome("NO"), maker_account, {}}};
    for (core::InstrumentConfig& one : e.instruments)
        one.limits.price_collar = Bps{9'000 * bps_one};
    QuoterConfig quoter;
    quoter.name = "election";
    quoter.first = yes;
    quoter.second = no;
    quoter.levels = 2;
    quoter.level_qty = Lots{20};
    quoter.half_spread = Ticks{20};
    quoter.level_gap = Ticks{10};
    quoter.requote = Ticks{10};
    quoter.inventory_max = Lots{100};
    quoter.slippage = Bps{500 * bps_one};
    if (change) change(quoter);
    if (change_engine) change_engine(e);
    config.quoter.push_back(quoter);
    return config;
}

// One instrument that is quoted on both sides.
DeskConfig perp(const std::function<void(QuoterConfig&)>& change = {}) {
    DeskConfig config = two_venues();
    config.engine.groups.clear();
    config.engine.instruments.resize(1);
    QuoterConfig quoter;
    quoter.name = "perp";
    quoter.first = maker;
    quoter.level_qty = Lots{2};
    quoter.half_spread = Ticks{3};
    quoter.inventory_max = Lots{4};
    if (change) change(quoter);
    config.quoter.push_back(quoter);
    return config;
}

Signal worth(std::int64_t thousandths, std::uint64_t id = 1, Timestamp until = never) {
    Signal s;
    s.instrument = yes;
    s.kind = SignalKind::FairValue;
    s.id = id;
    s.value = thousandths * money_one / whole;
    s.valid_until = until;
    return s;
}

struct Resting {
    InstrumentIx instrument;
    Side side;
    std::int64_t px;
    bool operator==(const Resting&) const = default;
};
void PrintTo(const Resting& one, std::ostream* out) {
    *out << (one.instrument == yes ? "yes " : "no ") << to_string(one.side) << ' ' << one.px;
}
// What is wanted at the venue now.
std::vector<Resting> live(const Script& s) {
    std::vector<Resting> out;
    s.engine().each_order([&](const core::Order& o) {
        if (o.was_over != 0 || (o.flags & core::order_flag::want_gone) != 0) return;
        if (o.tif == TimeInForce::Gtc) out.push_back({o.instrument, o.side, o.px.value()});
    });
    return out;
}

void start(Script& s, std::int64_t bid = 480, std::int64_t ask = 520) {
    s.start();
    s.book(yes, bid, ask);
    s.book(no, whole - ask, whole - bid);
    s.forget();
}
void confirm_cancels(Script& s) {
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        const core::Order* o = s.find(one.cl_ord_id);
        if (o == nullptr || o->was_over != 0) continue;
        s.canceled(one.cl_ord_id, s.engine().derived(*o).done.value());
    }
}
ClOrdID order_at(const Script& s, InstrumentIx i, Side side, std::int64_t px) {
    ClOrdID found;
    s.engine().each_order([&](const core::Order& o) {
        if (o.instrument == i && o.side == side && o.px == Ticks{px} && o.was_over == 0) {
            found = o.cl_ord_id;
        }
    });
    EXPECT_FALSE(found.is_none()) << "nothing rests there";
    return found;
}
std::uint64_t next_exec() {
    static std::uint64_t exec = 5'000;
    return ++exec;
}
// A fill of one of its orders, and what becomes of it.
std::uint64_t fill(Script& s, ClOrdID id, std::int64_t qty, FillStage stage) {
    const std::uint64_t exec = next_exec();
    ExecutionReport r = s.trade(id, qty, exec);
    r.stage = stage;
    s.happened(r);
    s.tell(r);
    return exec;
}
void settle(Script& s, ClOrdID id, std::int64_t qty, std::uint64_t exec, FillStage stage) {
    ExecutionReport r = s.trade(id, qty, exec);
    r.stage = stage;
    if (stage == FillStage::Failed) {
        s.truth[0].positions[{r.instrument.value(), PositionSide::Net}] -=
            signed_lots(r.side, r.last_qty);
    }
    s.tell(r);
}
// So many of an outcome are held, and settled.
void hold(Script& s, InstrumentIx i, std::int64_t qty) {
    const ClOrdID id = s.quote(Side::Buy, 100, qty, i);
    fill(s, id, qty, FillStage::Confirmed);
    s.expired(id, qty);
}
SecurityStatus status(InstrumentIx i, TradingStatus what, std::int64_t step, Timestamp at,
                      std::int64_t settlement = 0) {
    return {.instrument = i,
            .status = what,
            .price_step = Ticks{step},
            .settlement_px = Ticks{settlement},
            .venue_time = at};
}

TEST(Quoter, QuotesBothOutcomesAroundTheFairValue) {
    Script s{desk_with()};
    start(s);
    EXPECT_THAT(live(s), testing::IsEmpty()) << "nobody says what it is worth";
    s.tell(worth(500));
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(
                             Resting{yes, Side::Buy, 480}, Resting{yes, Side::Buy, 470},
                             Resting{no, Side::Buy, 480}, Resting{no, Side::Buy, 470}))
        << "there is no stock to sell";
    const auto sent = s.all<NewOrderSingle>();
    ASSERT_EQ(sent.size(), 4U);
    for (const NewOrderSingle& one : sent) {
        EXPECT_EQ(one.post_only, 1);
        EXPECT_EQ(one.batch, sent.front().batch) << "posted in one request";
        EXPECT_NE(one.batch, 0U);
    }
}

TEST(Quoter, AnAnswerShorterThanItsBatchLeavesTheRestUnknown) {
    Script s{desk_with()};
    start(s);
    s.tell(worth(500));
    const auto sent = s.all<NewOrderSingle>();
    ASSERT_EQ(sent.size(), 4U);
    s.answer(sent[0].cl_ord_id, RequestKind::New, Outcome::Accepted);
    s.answer(sent[1].cl_ord_id, RequestKind::New, Outcome::Refused, Reason::InvalidRequest);
    s.forget();
    s.pass_ms(400); // less than it waits for an answer, and than a level waits
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.pass_ms(5'000);
    std::set<std::uint64_t> asked;
    for (const auto& one : s.all<OrderStatusRequest>()) asked.insert(one.cl_ord_id.packed());
    for (std::size_t n = 0; n < sent.size(); ++n) {
        EXPECT_EQ(asked.contains(sent[n].cl_ord_id.packed()), n >= 2)
            << "what no answer told of is asked for";
    }
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        const bool is_of_refused = one.instrument == sent[1].instrument &&
                                   one.side == sent[1].side && one.px == sent[1].px;
        EXPECT_TRUE(is_of_refused) << "and is not posted again: only the refused level is";
    }
}

TEST(Quoter, PricesAreOnTheStepAndAwayFromTheFairValue) {
    Script s{desk_with()};
    start(s);
    s.tell(worth(507));
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(
                             Resting{yes, Side::Buy, 480}, Resting{yes, Side::Buy, 470},
                             Resting{no, Side::Buy, 470}, Resting{no, Side::Buy, 460}))
        << "487 and 473 come to 480 and 470";
}

TEST(Quoter, BesideTheEndsThereIsNothingToQuote) {
    Script s{desk_with()};
    start(s, 970, 990);
    Signal value = worth(0);
    value.value = (whole * 10 - 5) * money_one / (whole * 10); // half a tick below the end
    s.tell(value);
    for (const Resting& one : live(s)) {
        EXPECT_EQ(one.instrument, yes) << "the other outcome is worth nothing";
        EXPECT_EQ(one.side, Side::Buy);
    }
    EXPECT_THAT(live(s), testing::Contains(Resting{yes, Side::Buy, 970}));
    value.id = 2;
    value.value = money_one;
    s.tell(value);
    EXPECT_THAT(live(s), testing::IsEmpty()) << "it is worth no less than all";
}

TEST(Quoter, AMergeLeavesWholeOrNotAtAll) {
    Script s{desk_with(
        [](QuoterConfig& q) {
            q.levels = 1;
            q.merge_min = Lots{10};
        },
        [](core::EngineConfig& e) { // two requests a second, and one of its own for reductions
            e.venues[0].requests_per_second = 2;
            e.venues[0].reserve_percent = 50;
            for (core::InstrumentConfig& one : e.instruments) one.instrument.max_qty = Lots{20};
        })};
    start(s);
    for (int n = 0; n < 2; ++n) {
        for (const InstrumentIx i : {yes, no}) {
            s.pass_ms(1'000);
            s.book(yes, 480, 520);
            s.book(no, 480, 520);
            hold(s, i, 15);
        }
    }
    for (int n = 0; n < 20; ++n) {
        s.pass_ms(250);
        s.book(yes, 480, 520);
        s.book(no, 480, 520);
    }
    std::map<std::uint32_t, std::size_t> batches;
    Lots most;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        if (one.kind != OrdKind::Merge) continue;
        ++batches[one.batch];
        most = max(most, one.qty);
    }
    EXPECT_FALSE(batches.empty());
    for (const auto& [number, items] : batches) EXPECT_EQ(items, 2U) << "batch " << number;
    EXPECT_GT(most, Lots{0});
}

TEST(Quoter, MergesAndRedeemsMoreThanTheLargestOrder) {
    Script s{desk_with({}, [](core::EngineConfig& e) {
        for (core::InstrumentConfig& one : e.instruments) one.instrument.max_qty = Lots{20};
    })};
    start(s);
    hold(s, yes, 20);
    hold(s, yes, 20);
    s.forget();
    s.tell(status(yes, TradingStatus::Resolved, 0, Timestamp{9}, whole));
    s.pass_ms(600);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>()[0].kind, OrdKind::Redeem);
    EXPECT_EQ(s.all<NewOrderSingle>()[0].qty, Lots{40});
}

TEST(Quoter, AtTheExitWhatCannotBeSoldHoldsNothingElseBack) {
    Script s{
        desk_with([](QuoterConfig& q) { q.on_exit = OnExit::Unwind; },
                  [](core::EngineConfig& e) { e.instruments[0].instrument.min_qty = Lots{5}; })};
    start(s);
    const ClOrdID id = s.quote(Side::Buy, 100, 5, yes);
    fill(s, id, 2, FillStage::Confirmed);
    s.canceled(id, 2);
    hold(s, no, 10);
    s.act(Act::WindDown);
    s.pass_ms(2'000); // the two that make a set are merged; of the rest only one outcome is left
    bool sold = false;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        if (one.kind == OrdKind::Merge) {
            fill(s, one.cl_ord_id, 2, FillStage::Final);
        }
    }
    s.pass_ms(2'000);
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        sold = sold || (one.instrument == no && one.kind == OrdKind::Limit &&
                        one.tif == TimeInForce::Ioc && one.side == Side::Sell);
    }
    EXPECT_TRUE(sold);
}

TEST(Quoter, ASaleAtATouchOffTheStepGoesThroughIt) {
    Script s{desk_with([](QuoterConfig& q) { q.on_exit = OnExit::Unwind; })};
    start(s);
    hold(s, yes, 30);
    s.book(yes, 35, 45); // finer prices than this desk has been told of
    s.forget();
    s.act(Act::WindDown);
    s.pass_ms(600);
    const auto sent = s.all<NewOrderSingle>();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent[0].px, Ticks{30});
}

TEST(Quoter, AFinerStepIsTakenUpAndACoarserOneToo) {
    Script s{desk_with([](QuoterConfig& q) { q.levels = 1; })};
    start(s);
    s.tell(status(yes, TradingStatus::Open, 1, Timestamp{1'000}));
    s.tell(worth(507));
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(Resting{yes, Side::Buy, 487},
                                                       Resting{no, Side::Buy, 470}))
        << "each outcome has its own step";
    s.tell(status(yes, TradingStatus::Open, 10, Timestamp{900}));
    EXPECT_EQ(s.engine().price_step(yes), Ticks{1}) << "what was said earlier is no news";
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, 475, 5, no)), Guard::Malformed);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, whole, 5, yes)), Guard::Malformed)
        << "nothing is worth more than all";
}

TEST(Quoter, WhatNeedNotMoveStaysWhereItIs) {
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.requote = Ticks{10};
        q.slack = Ticks{10};
    })};
    start(s);
    s.tell(worth(500));
    s.forget();
    for (std::uint64_t id = 2; id < 40; ++id) s.tell(worth(id % 2 == 0 ? 509 : 491, id));
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U) << "a fair value that trembles costs nothing";
    s.tell(worth(530, 40));
    EXPECT_EQ(s.count<OrderCancelRequest>(), 4U) << "both, by both transports";
    s.forget();
    s.tell(worth(500, 41)); // and back, before the cancels are confirmed
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "an intent has one order";
}

TEST(Quoter, BehindTheTouchRatherThanRefused) {
    Script s{desk_with([](QuoterConfig& q) { q.levels = 2; })};
    start(s, 440, 450); // the market is far below what we hold it for
    s.tell(worth(500));
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(
                             Resting{yes, Side::Buy, 440}, Resting{yes, Side::Buy, 430},
                             Resting{no, Side::Buy, 480}, Resting{no, Side::Buy, 470}))
        << "and the second level behind the first";
    EXPECT_EQ(s.desk.quoters()[0].state(s.engine()).clamped, 2U);
    // The touch moves about where it is: no quote is moved, and none is counted again.
    for (int i = 0; i < 20; ++i) s.book(yes, 440, i % 2 == 0 ? 460 : 450);
    EXPECT_EQ(s.count<OrderCancelRequest>(), 0U);
    EXPECT_EQ(s.desk.quoters()[0].state(s.engine()).clamped, 2U);
}

TEST(Quoter, ARefusedQuoteIsNotPostedAgainAtOnce) {
    Script s{desk_with([](QuoterConfig& q) { q.levels = 1; })};
    start(s);
    s.tell(worth(500));
    const ClOrdID id = order_at(s, yes, Side::Buy, 480);
    s.forget();
    s.answer(id, RequestKind::New, Outcome::Refused, Reason::PostOnlyWouldCross);
    for (int i = 0; i < 20; ++i) s.book(yes, 470, 480 + 10 * (i % 2));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.book(yes, 480, 520);
    s.pass_ms(500);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U) << "half a second later";
}

TEST(Quoter, LeansAwayFromWhatItHolds) {
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.skew = Ticks{50};
    })};
    start(s);
    hold(s, yes, 40);
    s.tell(worth(500, 7));
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(Resting{yes, Side::Buy, 460},
                                                       Resting{yes, Side::Sell, 500},
                                                       Resting{no, Side::Buy, 500}))
        << "two fifths of 50 lower for the one, higher for the other";
}

TEST(Quoter, BuysUpToItsInventoryAndNoFurther) {
    Script s{desk_with([](QuoterConfig& q) { q.inventory_max = Lots{70}; })};
    start(s);
    hold(s, yes, 40);
    s.tell(worth(500));
    EXPECT_THAT(live(s), testing::Contains(Resting{yes, Side::Buy, 480}));
    EXPECT_THAT(live(s), testing::Not(testing::Contains(Resting{yes, Side::Buy, 470})))
        << "two levels would make it 80";
}

TEST(Quoter, SellsOnlyWhatHasSettled) {
    Script s{desk_with([](QuoterConfig& q) { q.levels = 1; })};
    start(s);
    s.tell(worth(500));
    const ClOrdID bought = order_at(s, yes, Side::Buy, 480);
    const std::uint64_t exec = fill(s, bought, 20, FillStage::Matched);
    EXPECT_EQ(s.engine().position(yes).unsettled, Lots{20});
    EXPECT_EQ(sum_certain(s.engine().position(yes)), Lots{20});
    s.pass_ms(600);
    EXPECT_THAT(live(s), testing::Not(testing::Contains(Resting{yes, Side::Sell, 520})))
        << "it may still fail";
    EXPECT_EQ(s.offer(close_draft(yes, Side::Sell, 480, 20)), Guard::Stock);
    settle(s, bought, 20, exec, FillStage::Mined);
    EXPECT_EQ(s.engine().free_stock(yes), Lots{0});
    settle(s, bought, 20, exec, FillStage::Confirmed);
    EXPECT_THAT(live(s), testing::Contains(Resting{yes, Side::Sell, 520}));
    EXPECT_EQ(s.engine().free_stock(yes), Lots{0}) << "what rests to be sold is bound";
    EXPECT_EQ(s.engine().settled_stock(yes), Lots{20});
}

TEST(Quoter, AFailedTradeIsTakenBackExactly) {
    Script s{desk_with([](QuoterConfig& q) { q.levels = 1; })};
    start(s);
    s.tell(worth(500));
    const ClOrdID bought = order_at(s, yes, Side::Buy, 480);
    const std::uint64_t kept = fill(s, bought, 5, FillStage::Matched);
    const std::uint64_t lost = fill(s, bought, 15, FillStage::Matched);
    settle(s, bought, 15, lost, FillStage::Failed);
    const core::Position& p = s.engine().position(yes);
    EXPECT_EQ(p.filled, Lots{5});
    EXPECT_EQ(p.failed, Lots{15});
    EXPECT_EQ(p.unsettled, Lots{5});
    settle(s, bought, 15, lost, FillStage::Failed);
    settle(s, bought, 15, lost, FillStage::Matched); // late, and no news
    EXPECT_EQ(p.filled, Lots{5});
    settle(s, bought, 5, kept, FillStage::Confirmed);
    EXPECT_EQ(p.unsettled, Lots{0});
    EXPECT_EQ(s.engine().settled_stock(yes), Lots{5});
}

TEST(Quoter, WhatPullsQuotesIsDelayedByNothing) {
    const auto pulls = [](const std::function<void(Script&)>& what, const char* name,
                          const std::function<void(QuoterConfig&)>& change = {}) {
        SCOPED_TRACE(name);
        Script s{desk_with(change)};
        start(s);
        s.tell(worth(500, 1, s.now + seconds(2)));
        ASSERT_EQ(live(s).size(), 4U);
        // The venue has just said that there are too many requests: posts wait, cancels do not.
        RequestAnswer busy;
        busy.account = maker_account;
        busy.kind = RequestKind::ReadFills;
        busy.outcome = Outcome::Refused;
        busy.reason = Reason::RateLimited;
        busy.retry_after_ms = 60'000;
        s.tell(busy);
        s.forget();
        what(s);
        EXPECT_THAT(live(s), testing::IsEmpty());
        EXPECT_EQ(s.count<OrderCancelRequest>(), 8U) << "each by both transports, at once";
    };
    pulls([](Script& s) { s.act(Act::Halt); }, "halt");
    pulls([](Script& s) { s.act(Act::WindDown); }, "shutdown");
    pulls([](Script& s) { s.act(Act::Kill); }, "kill switch");
    pulls([](Script& s) { s.tell(status(yes, TradingStatus::Halted, 0, Timestamp{5})); },
          "the venue halts");
    pulls([](Script& s) { s.pass(seconds(2) + nanoseconds(1)); }, "its oracle is silent");
    pulls([](Script& s) { s.pass_ms(1'000); }, "cut-off",
          [](QuoterConfig& q) { q.cut_off_at = Timestamp{} + seconds(1'004); });
}

TEST(Quoter, NoOrderBeforeTheVenueHasHeardAHeartbeat) {
    Script s{
        desk_with({}, [](core::EngineConfig& e) { e.venues[0].heartbeat_timeout = seconds(9); })};
    s.answers_beats = false;
    start(s);
    s.tell(worth(500));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_NE(s.engine().guards_on(yes) & 1ULL << static_cast<unsigned>(Guard::Heartbeat), 0U);
    s.answers_beats = true;
    s.pass_ms(3'000);
    EXPECT_EQ(live(s).size(), 4U);
    s.forget();
    s.answers_beats = false; // the venue is deaf from here on
    for (int i = 0; i < 20; ++i) {
        s.pass_ms(500);
        s.book(yes, 480, 520);
        s.book(no, 480, 520);
    }
    EXPECT_GE(s.count<Heartbeat>(), 3U) << "they go on";
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, 300, 5, yes)), Guard::Heartbeat)
        << "it may cancel what it is sent";
}

TEST(Quoter, MergesCompleteSetsThatHaveSettled) {
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.merge_min = Lots{10};
    })};
    start(s);
    hold(s, yes, 30);
    hold(s, no, 25);
    std::vector<NewOrderSingle> sent = s.all<NewOrderSingle>();
    std::erase_if(sent, [](const NewOrderSingle& one) { return one.kind == OrdKind::Limit; });
    ASSERT_EQ(sent.size(), 2U);
    for (const NewOrderSingle& one : sent) {
        EXPECT_EQ(one.kind, OrdKind::Merge);
        EXPECT_EQ(one.side, Side::Sell);
        EXPECT_EQ(one.qty, Lots{25});
        EXPECT_EQ(one.batch, sent.front().batch);
    }
    EXPECT_NE(sent[0].instrument, sent[1].instrument);
    s.forget();
    s.pass_ms(2'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "not twice, while its fate is unknown";
    fill(s, sent[0].cl_ord_id, 25, FillStage::Final);
    fill(s, sent[1].cl_ord_id, 25, FillStage::Final);
    EXPECT_EQ(sum_certain(s.engine().position(yes)), Lots{5});
    EXPECT_EQ(sum_certain(s.engine().position(no)), Lots{0});
}

TEST(Quoter, CompletesWhatIsOneSidedAndTakesNothingElse) {
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.complete_above = Lots{30};
    })};
    start(s);
    hold(s, yes, 30);
    s.tell(worth(500));
    s.pass_ms(600);
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) EXPECT_EQ(one.post_only, 1);
    EXPECT_EQ(s.engine().stats().gate_refusals, 0U) << "nor is nothing asked for";
    s.forget();
    hold(s, yes, 12);
    s.pass_ms(2'000);
    std::vector<NewOrderSingle> taking;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        if (one.tif == TimeInForce::Ioc) taking.push_back(one);
    }
    ASSERT_EQ(taking.size(), 1U) << "one at a time";
    EXPECT_EQ(taking[0].instrument, no);
    EXPECT_EQ(taking[0].side, Side::Buy);
    EXPECT_EQ(taking[0].qty, Lots{12});
    EXPECT_EQ(taking[0].px, Ticks{540}) << "the offer, and 5 % through it on the step";
}

TEST(Quoter, RedeemsWhatAResolvedMarketIsWorth) {
    Script s{desk_with()};
    start(s);
    hold(s, yes, 30);
    s.tell(worth(500));
    s.forget();
    s.tell(status(yes, TradingStatus::Resolved, 0, Timestamp{9}, whole));
    s.tell(status(no, TradingStatus::Resolved, 0, Timestamp{9}, 0));
    s.tell(status(yes, TradingStatus::Open, 10, Timestamp{10})); // what is over stays so
    confirm_cancels(s);
    s.pass_ms(600);
    std::vector<NewOrderSingle> redeeming;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        ASSERT_EQ(one.kind, OrdKind::Redeem) << "nothing else leaves";
        redeeming.push_back(one);
    }
    ASSERT_EQ(redeeming.size(), 1U);
    EXPECT_EQ(redeeming[0].instrument, yes);
    EXPECT_EQ(redeeming[0].qty, Lots{30});
    s.act(Act::WindDown);
    EXPECT_FALSE(s.desk.quoters()[0].has_exited(s.engine()));
    ExecutionReport r = s.trade(redeeming[0].cl_ord_id, 30, next_exec());
    r.last_px = Ticks{whole};
    s.happened(r);
    s.tell(r);
    EXPECT_TRUE(s.desk.quoters()[0].has_exited(s.engine()));
}

TEST(Quoter, AtTheExitItHoldsOrMergesAndSells) {
    Script holds{desk_with()};
    start(holds);
    hold(holds, yes, 30);
    holds.act(Act::WindDown);
    EXPECT_TRUE(holds.desk.quoters()[0].has_exited(holds.engine()));

    Script sells{desk_with([](QuoterConfig& q) { q.on_exit = OnExit::Unwind; })};
    start(sells);
    hold(sells, yes, 30);
    hold(sells, no, 10);
    sells.forget();
    sells.act(Act::WindDown);
    const auto merging = sells.all<NewOrderSingle>();
    ASSERT_EQ(merging.size(), 2U);
    EXPECT_EQ(merging[0].kind, OrdKind::Merge);
    for (const NewOrderSingle& one : merging) fill(sells, one.cl_ord_id, 10, FillStage::Final);
    sells.forget();
    sells.pass_ms(600);
    const auto selling = sells.all<NewOrderSingle>();
    ASSERT_EQ(selling.size(), 1U);
    EXPECT_EQ(selling[0].instrument, yes);
    EXPECT_EQ(selling[0].qty, Lots{20});
    EXPECT_EQ(selling[0].kind, OrdKind::Limit);
    EXPECT_EQ(selling[0].tif, TimeInForce::Ioc);
    fill(sells, selling[0].cl_ord_id, 20, FillStage::Final);
    EXPECT_TRUE(sells.desk.quoters()[0].has_exited(sells.engine()));
}

// Nobody buys less than the smallest order: it stays, is told, and the end does not wait for it.
TEST(Quoter, AtTheExitLessThanTheSmallestOrderIsLeft) {
    Script s{desk_with([](QuoterConfig& q) { q.on_exit = OnExit::Unwind; },
                       [](core::EngineConfig& e) {
                           for (auto& one : e.instruments) one.instrument.min_qty = Lots{5};
                       })};
    start(s);
    hold(s, yes, 30);
    hold(s, no, 10);
    const Quoter& quoter = s.desk.quoters()[0];
    EXPECT_EQ(quoter.residue(s.engine(), no), Lots{0}) << "no less than the smallest order";
    s.forget();
    s.act(Act::WindDown);
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        fill(s, one.cl_ord_id, 10, FillStage::Final);
    }
    s.forget();
    s.pass_ms(600);
    const auto selling = s.all<NewOrderSingle>();
    ASSERT_EQ(selling.size(), 1U);
    fill(s, selling[0].cl_ord_id, 16, FillStage::Final);
    EXPECT_FALSE(quoter.has_exited(s.engine())) << "the rest of the sale may still trade";
    s.expired(selling[0].cl_ord_id, 16);
    EXPECT_EQ(quoter.residue(s.engine(), yes), Lots{4});
    EXPECT_TRUE(quoter.has_exited(s.engine()));
    s.forget();
    for (int n = 0; n < 60 && !s.desk.is_settled(); ++n) {
        s.pass_ms(1'000);
        s.book(yes, 480, 520);
        s.book(no, 480, 520);
    }
    EXPECT_TRUE(s.desk.is_settled()) << "on reads that show the rest, and nothing else";
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "nothing is sent that the venue would refuse";
}

// What is kept is not known before it has settled: the desk stays, and asks, until it is.
TEST(Quoter, AtTheExitItWaitsUntilWhatItKeepsHasSettled) {
    for (const FillStage last : {FillStage::Confirmed, FillStage::Failed}) {
        Script s{desk_with([](QuoterConfig& q) {
            q.levels = 1;
            q.on_exit = OnExit::Hold;
        })};
        start(s);
        s.tell(worth(500));
        const ClOrdID bought = order_at(s, yes, Side::Buy, 480);
        const std::uint64_t exec = fill(s, bought, 20, FillStage::Matched);
        s.act(Act::WindDown);
        const auto pass_a_minute = [&] {
            for (int n = 0; n < 60 && !s.desk.is_settled(); ++n) {
                confirm_cancels(s);
                s.pass_ms(1'000);
                s.book(yes, 480, 520);
                s.book(no, 480, 520);
            }
        };
        pass_a_minute();
        const Quoter& quoter = s.desk.quoters()[0];
        EXPECT_FALSE(quoter.has_exited(s.engine()));
        EXPECT_FALSE(s.engine().is_quiet(false));
        EXPECT_FALSE(s.desk.is_settled());
        settle(s, bought, 20, exec, last);
        pass_a_minute();
        EXPECT_TRUE(quoter.has_exited(s.engine()));
        EXPECT_TRUE(s.engine().is_quiet(false));
        EXPECT_TRUE(s.desk.is_settled());
    }
}

TEST(Quoter, WhatIsTooSmallToSellIsMergedWithTheOtherOutcome) {
    Script s{desk_with([](QuoterConfig& q) { q.on_exit = OnExit::Unwind; },
                       [](core::EngineConfig& e) {
                           for (auto& one : e.instruments) one.instrument.min_qty = Lots{5};
                       })};
    start(s);
    const ClOrdID id = s.quote(Side::Buy, 100, 5, yes);
    fill(s, id, 4, FillStage::Confirmed);
    s.expired(id, 4);
    hold(s, no, 30);
    for (const InstrumentIx i : {yes, no}) {
        EXPECT_EQ(s.desk.quoters()[0].residue(s.engine(), i), Lots{0});
    }
    s.forget();
    s.act(Act::WindDown);
    const auto merging = s.all<NewOrderSingle>();
    ASSERT_EQ(merging.size(), 2U);
    EXPECT_EQ(merging[0].kind, OrdKind::Merge);
    EXPECT_EQ(merging[0].qty, Lots{4});
}

// An offer that comes and goes below what we bid: in no minute are more quotes moved for it than is
// allowed, and a person is told.
TEST(Quoter, AFlickeringTouchDoesNotMakeItChurn) {
    constexpr std::uint32_t bound = 6;
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.retry = milliseconds(100);
        q.clamps_max = bound;
    })};
    start(s);
    s.tell(worth(500));
    std::map<std::int64_t, std::size_t> posts; // by minute
    std::size_t alarms = 0;
    std::size_t held = 0;
    for (int n = 0; n < 1'200; ++n) {
        s.book(yes, 440, n % 2 == 0 ? 450 : 520);
        s.book(no, 480, 520);
        s.pass_ms(125);
        confirm_cancels(s);
        s.pass_ms(125);
        for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
            ++posts[s.engine().now().ns() / seconds(60).value()];
            if (s.find(one.cl_ord_id) != nullptr) s.ack(one.cl_ord_id);
        }
        alarms += s.alarms(AlarmKind::TouchFlickers);
        held += live(s).empty() ? 1U : 0U;
        s.forget();
    }
    ASSERT_GE(posts.size(), 2U);
    for (const auto& [minute, count] : posts) {
        EXPECT_LE(count, 2 * bound + 4) << "each comes back at most once, beside the first ladder";
    }
    const QuoterState& state = s.desk.quoters()[0].state(s.engine());
    EXPECT_EQ(state.clamps_most, bound);
    EXPECT_GT(state.clamped, bound) << "when a minute is over there is room again";
    EXPECT_GE(alarms, 2U);
    EXPECT_LE(alarms, 6U) << "once for each time";
    EXPECT_EQ(held, 0U) << "and the other outcome is quoted all the while";
}

TEST(Quoter, QuotesThatAreDueTogetherLeaveTogether) {
    Script s{desk_with([](QuoterConfig& q) { q.post_every = milliseconds(800); })};
    start(s);
    s.tell(worth(500));
    ASSERT_EQ(s.count<NewOrderSingle>(), 4U) << "the first ladder waits for nothing";
    s.pass_ms(600);
    for (const Resting& one : live(s)) s.ack(order_at(s, one.instrument, one.side, one.px));
    s.tell(worth(540, 2));
    confirm_cancels(s);
    s.forget();
    s.pass_ms(150);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_LE(s.desk.wake_at() - s.engine().now(), milliseconds(50));
    s.pass_ms(50);
    const auto sent = s.all<NewOrderSingle>();
    ASSERT_EQ(sent.size(), 4U);
    for (const NewOrderSingle& one : sent) EXPECT_EQ(one.batch, sent.front().batch);
}

// The formula as published: one side alone scores a third, but beside an end nothing.
TEST(Quoter, OneSideAloneScoresAThirdAndNothingBesideAnEnd) {
    const auto scored = [](std::int64_t bid, std::int64_t ask) {
        Script s{desk_with([](QuoterConfig& q) {
            q.levels = 1;
            q.inventory_max = Lots{20};
            q.reward_every = seconds(1);
            q.reward_spread = Ticks{40};
        })};
        start(s, bid, ask);
        hold(s, no, 20); // no more of it is bought, and half of one side is sold
        const std::int64_t mid = (bid + ask) / 2;
        s.tell(worth(mid));
        for (const Resting& one : live(s)) {
            if (one.side == Side::Buy) s.ack(order_at(s, one.instrument, one.side, one.px));
        }
        s.pass_ms(1'000);
        return s.desk.quoters()[0].state(s.engine()).score;
    };
    EXPECT_EQ(scored(480, 520), 20 * 1'000'000 / 4 / 3) << "20 lots at half the reach";
    EXPECT_GT(scored(80, 120), 0) << "a tenth is in";
    EXPECT_EQ(scored(60, 100), 0);
    EXPECT_GT(scored(880, 920), 0) << "nine tenths are in";
    EXPECT_EQ(scored(910, 950), 0);
}

TEST(Quoter, WhereNothingIsNearEnoughNoRewardIsReckoned) {
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.reward_every = seconds(1);
        q.reward_spread = Ticks{0};
    })};
    start(s);
    s.tell(worth(500));
    for (const Resting& one : live(s)) s.ack(order_at(s, one.instrument, one.side, one.px));
    s.pass_ms(2'000);
    EXPECT_GT(s.desk.quoters()[0].state(s.engine()).samples, 0U);
    EXPECT_EQ(s.desk.quoters()[0].state(s.engine()).score, 0);
}

TEST(Quoter, RewardsAreReckonedFromWhatTrulyRests) {
    Script s{desk_with([](QuoterConfig& q) {
        q.levels = 1;
        q.reward_every = seconds(1);
        q.reward_spread = Ticks{40};
    })};
    start(s);
    s.tell(worth(500));
    s.pass_ms(1'000);
    EXPECT_EQ(s.desk.quoters()[0].state(s.engine()).score, 0) << "nothing is known to rest";
    for (const Resting& one : live(s)) s.ack(order_at(s, one.instrument, one.side, one.px));
    const std::uint64_t samples = s.desk.quoters()[0].state(s.engine()).samples;
    s.book(yes, 490, 510);
    s.book(no, 490, 510);
    s.pass_ms(1'000);
    const QuoterState& state = s.desk.quoters()[0].state(s.engine());
    EXPECT_EQ(state.samples, samples + 1);
    EXPECT_EQ(state.score, 5'000'000) << "20 lots at half the distance: a quarter, on either side";
}

TEST(Quoter, OneInstrumentIsQuotedOnBothSides) {
    Script s{perp()};
    s.start();
    Signal value = worth(0);
    value.value = par * money_one;
    s.tell(value);
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(Resting{maker, Side::Buy, par - 3},
                                                       Resting{maker, Side::Sell, par + 3}));
}

// A fair value between two ticks is rounded away from it on either side.
TEST(Quoter, AFairValueBetweenTicksIsRoundedAgainstItself) {
    Script s{perp()};
    s.start();
    Signal value = worth(0);
    value.value = par * money_one + money_one / 4;
    s.tell(value);
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(Resting{maker, Side::Buy, par - 3},
                                                       Resting{maker, Side::Sell, par + 4}));
}

// --- when it wakes by itself ---

Timestamp wakes_at(const Script& s) { return s.desk.quoters()[0].wake_at(s.engine()); }

TEST(Quoter, WakesForWhateverEndsFirst) {
    constexpr Duration stale = seconds(5);
    const auto change = [=](core::EngineConfig& e) {
        for (auto& one : e.instruments) one.limits.stale_mark = stale;
    };
    Script s{desk_with([](QuoterConfig& q) { q.cut_off_at = Timestamp{INT64_MAX / 2}; }, change)};
    start(s);
    EXPECT_EQ(wakes_at(s), Timestamp{INT64_MAX / 2}) << "nothing rests, and nothing is worth any";
    s.tell(worth(500, 1, s.now + seconds(60)));
    ASSERT_FALSE(live(s).empty());
    EXPECT_EQ(wakes_at(s), s.engine().book(yes).mark_at + stale + nanoseconds(1));
    const Timestamp until = s.now + seconds(2);
    s.tell(worth(500, 2, until));
    EXPECT_EQ(wakes_at(s), until + nanoseconds(1));
}

TEST(Quoter, WakesToCloseAShortThatFoundNobody) {
    Script s{perp([](QuoterConfig& q) {
        q.slippage = Bps{10 * bps_one};
        q.on_exit = OnExit::Unwind;
    })};
    s.start();
    Signal value = worth(0);
    value.value = par * money_one;
    s.tell(value);
    for (const Resting& one : live(s)) s.ack(order_at(s, one.instrument, one.side, one.px));
    fill(s, order_at(s, maker, Side::Sell, par + 3), 2, FillStage::Final);
    s.act(Act::WindDown);
    confirm_cancels(s);
    const auto closing = [&] {
        std::vector<NewOrderSingle> out = s.all<NewOrderSingle>();
        std::erase_if(out, [](const NewOrderSingle& o) { return o.tif != TimeInForce::Ioc; });
        return out;
    };
    s.books();
    s.pass_ms(600);
    ASSERT_EQ(closing().size(), 1U);
    EXPECT_EQ(closing()[0].side, Side::Buy);
    s.expired(closing()[0].cl_ord_id, 0);
    ASSERT_EQ(closing().size(), 1U) << "not at once";
    const Timestamp next = s.desk.quoters()[0].state(s.engine()).act_at;
    EXPECT_EQ(wakes_at(s), next);
    s.books();
    s.pass(next - s.now);
    EXPECT_EQ(closing().size(), 2U);
}

TEST(Quoter, DoesNotWakeToMergeTooFewSets) {
    Script s{desk_with([](QuoterConfig& q) { q.merge_min = Lots{10}; })};
    start(s);
    hold(s, yes, 12);
    hold(s, no, 12);
    std::vector<NewOrderSingle> sent = s.all<NewOrderSingle>();
    std::erase_if(sent, [](const NewOrderSingle& one) { return one.kind == OrdKind::Limit; });
    ASSERT_EQ(sent.size(), 2U);
    for (const NewOrderSingle& one : sent) fill(s, one.cl_ord_id, 12, FillStage::Final);
    const Timestamp next = s.desk.quoters()[0].state(s.engine()).act_at;
    ASSERT_GT(next, s.now);
    hold(s, yes, 3);
    hold(s, no, 3);
    EXPECT_NE(wakes_at(s), next);
    hold(s, yes, 7);
    hold(s, no, 7);
    EXPECT_EQ(wakes_at(s), next);
}

TEST(Quoter, MovesByAnAmendWhereTheVenueCan) {
    Script s{perp([](QuoterConfig& q) { q.moves = core::Moves::ByAmend; })};
    s.start();
    Signal value = worth(0);
    value.value = par * money_one;
    s.tell(value);
    for (const Resting& one : live(s)) s.ack(order_at(s, one.instrument, one.side, one.px));
    s.forget();
    value.id = 2;
    value.value = (par + 2) * money_one;
    s.tell(value);
    EXPECT_EQ(s.count<OrderCancelReplaceRequest>(), 2U);
    EXPECT_EQ(s.count<OrderCancelRequest>() + s.count<NewOrderSingle>(), 0U);
    EXPECT_THAT(live(s), testing::UnorderedElementsAre(Resting{maker, Side::Buy, par - 1},
                                                       Resting{maker, Side::Sell, par + 5}));
}

// --- config ---

struct Refusal {
    const char* says;
    std::function<void(DeskConfig&)> change;
};

TEST(QuoterConfigCheck, RefusesWhatCouldNeverTradeOrNotSafely) {
    const auto said = [](const auto& change) {
        DeskConfig config = desk_with();
        change(config);
        const auto made = make_desk_config(config);
        return made ? std::string{} : made.error().text();
    };
    EXPECT_EQ(said([](DeskConfig&) {}), "");
    const auto quoter = [](auto&& change) {
        return [change](DeskConfig& c) { change(c.quoter[0]); };
    };
    const auto second = [](auto&& change) {
        return [change](DeskConfig& c) { change(c.engine.instruments[1].instrument); };
    };
    using Q = QuoterConfig;
    const Refusal refusals[] = {
        {"is missing", quoter([](Q& q) { q.first = InstrumentIx{7}; })},
        {"is missing", quoter([](Q& q) { q.second = InstrumentIx{2}; })},
        {"serves two strategies",
         [](DeskConfig& c) {
             c.quoter.push_back(c.quoter[0]);
             c.quoter[1].first = no;
             c.quoter[1].second = {};
         }},
        {"serves two strategies",
         [](DeskConfig& c) {
             c.quoter[0].second = {};
             c.quoter.push_back(c.quoter[0]);
         }},
        {"serves two strategies",
         [](DeskConfig& c) { c.guardian.push_back({.name = "g", .watch = {no}}); }},
        {"of one account",
         [](DeskConfig& c) {
             c.engine.accounts.push_back({"other", VenueIx{0}, c.engine.accounts[0].limits});
             c.engine.instruments[1].account = AccountIx{1};
         }},
        {"the same tick, lot and px_end",
         second([](Instrument& i) { i.px_end = Ticks{whole + 10}; })},
        {"the same tick, lot and px_end",
         second([](Instrument& i) { i.tick_size = Decimal{1, 2}; })},
        {"the same tick, lot and px_end",
         second([](Instrument& i) { i.lot_size = Decimal{1, 1}; })},
        {"the same tick, lot and px_end",
         [](DeskConfig& c) {
             for (auto& one : c.engine.instruments) one.instrument.px_end = {};
         }},
        {"must be long_only", second([](Instrument& i) { i.long_only = false; })},
        {"below the venue's minimum", second([](Instrument& i) { i.min_qty = Lots{21}; })},
        {"below the venue's minimum",
         [](DeskConfig& c) { c.engine.instruments[0].instrument.min_qty = Lots{21}; }},
        {"reaches the price collar", quoter([](Q& q) { q.slippage = Bps{9'000 * bps_one}; })},
        {"has no amends",
         [](DeskConfig& c) {
             c.quoter[0].moves = core::Moves::ByAmend;
             c.engine.venues[0].amend_supported = false;
         }},
        {"batch_max must be at least 2",
         [](DeskConfig& c) {
             c.quoter[0].merge_min = Lots{1};
             c.engine.venues[0].batch_max = 1;
         }},
        {"batch_max must be at least 2",
         [](DeskConfig& c) {
             c.quoter[0].on_exit = OnExit::Unwind;
             c.engine.venues[0].batch_max = 1;
         }},
        {"levels is 1 to 20", quoter([](Q& q) { q.levels = 0; })},
        {"levels is 1 to 20", quoter([](Q& q) { q.levels = 21; })},
        {"above the largest order",
         [](DeskConfig& c) {
             c.quoter[0].level_qty = Lots{2};
             c.engine.instruments[0].limits.max_order_qty = Lots{1};
         }},
        {"inventory_max is below level_qty", quoter([](Q& q) { q.inventory_max = Lots{19}; })},
        {"half_spread and level_gap", quoter([](Q& q) { q.half_spread = Ticks{0}; })},
        {"half_spread and level_gap", quoter([](Q& q) { q.level_gap = Ticks{0}; })},
        {"must not be below zero", quoter([](Q& q) { q.skew = Ticks{-1}; })},
        {"must not be below zero", quoter([](Q& q) { q.requote = Ticks{-1}; })},
        {"must not be below zero", quoter([](Q& q) { q.slack = Ticks{-1}; })},
        {"must not be below zero", quoter([](Q& q) { q.reward_spread = Ticks{-1}; })},
        {"slack must be below half_spread", quoter([](Q& q) { q.slack = q.half_spread; })},
        {"must not be below zero", quoter([](Q& q) { q.complete_above = Lots{-1}; })},
        {"must not be below zero", quoter([](Q& q) { q.merge_min = Lots{-1}; })},
        {"must not be below zero", quoter([](Q& q) { q.reward_min_qty = Lots{-1}; })},
        {"need a second outcome", quoter([](Q& q) {
             q.second = {};
             q.complete_above = Lots{1};
         })},
        {"need a second outcome", quoter([](Q& q) {
             q.second = {};
             q.merge_min = Lots{1};
         })},
        {"slippage_bps must not", quoter([](Q& q) { q.slippage = Bps{-1}; })},
        {"post_every_ms must not", quoter([](Q& q) { q.post_every = nanoseconds(-1); })},
        {"clamps_per_minute must be above", quoter([](Q& q) { q.clamps_max = 0; })},
        {"more ticks than can be squared",
         quoter([](Q& q) { q.reward_spread = Ticks{(1 << 23) + 1}; })},
        {"retry_ms must be above zero", quoter([](Q& q) { q.retry = {}; })},
        {"reward_every_ms must not", quoter([](Q& q) { q.reward_every = nanoseconds(-1); })},
    };
    for (const Refusal& one : refusals) {
        EXPECT_THAT(said(one.change), testing::HasSubstr(one.says));
    }
    // A limit of zero is none; and an order may be as large as the largest.
    EXPECT_EQ(said([](DeskConfig& c) {
                  c.engine.instruments[0].limits.max_order_qty = c.quoter[0].level_qty;
              }),
              "");
}

} // namespace
} // namespace keel::strategy
