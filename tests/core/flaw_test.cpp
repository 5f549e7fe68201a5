#include "tests/core/desk_fixture.hpp"

// The counterexamples that a search found in the first draft of the rules (F1 to F11), step by step
// on the engine. Each holds, and each fails on an engine whose repaired rule was put back to the
// draft's wording by a switch of Sabotage: so each test can fail, and each switch does what it
// says.

namespace keel::core {
namespace {

using namespace script;

strategy::DeskConfig desk_with(Sabotage sabotage, std::int64_t limit) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{limit};
    config.engine.sabotage = sabotage;
    return config;
}

std::int64_t true_net(const Script& s) {
    std::int64_t net = 0;
    for (const Truth& t : s.truth) {
        for (const auto& [key, qty] : t.positions) net += qty.value();
    }
    return net;
}

Guard buy(Script& s, std::int64_t qty) { return s.offer(quote_draft(Side::Buy, par - 5, qty)); }

// --- F1: "not found" while the order is still on its way ---

// Returns the true exposure in the end, limit 1.
std::int64_t f1_two_live_orders(Sabotage sabotage, bool by_refused_cancel) {
    Script s{desk_with(sabotage, 1)};
    s.start();
    const ClOrdID first = s.quote(Side::Buy, par - 5, 1); // its request is still on its way
    if (by_refused_cancel) {
        s.cancel(first);
        s.answer(first, RequestKind::Cancel, Outcome::Refused, Reason::UnknownOrder);
    } else {
        s.pass_ms(1'001); // no answer: the engine asks
    }
    EXPECT_FALSE(s.queries_asked.empty());
    s.not_found(first);
    const bool second_left = buy(s, 1) == Guard::None;
    const ClOrdID second = s.last_id();
    s.fill(first, 1, 1); // now it has arrived, and trades
    if (second_left) s.fill(second, 1, 2);
    return s.position(maker).filled.value();
}

TEST(F1, NotFoundIsNoAnswerWhileTheRequestMayStillArrive) {
    for (const bool by_refused_cancel : {false, true}) {
        EXPECT_EQ(f1_two_live_orders({}, by_refused_cancel), 1);
        EXPECT_EQ(f1_two_live_orders({.not_found_is_death = true}, by_refused_cancel), 2);
    }
}

// The other half: a request that was lost is not Unknown for ever.
TEST(F1, LostRequestIsDeadAfterItsFenceAndTheVisibilityBound) {
    Script s{desk_with({}, 1)};
    s.start();
    const Timestamp sent = s.now;
    const ClOrdID lost = s.quote(Side::Buy, par - 5, 1);
    const VenueTraits& venue = s.config().engine.venues[0];
    const Timestamp fence = sent + venue.validity + venue.clock_error;
    while (s.find(lost) != nullptr && s.now < sent + seconds(20)) {
        s.pass_ms(50);
        s.not_found(lost);
        s.books();
        if (s.now <= fence + venue.visibility) {
            ASSERT_NE(s.find(lost), nullptr) << "too early";
        }
    }
    EXPECT_LE(s.now, fence + venue.visibility + seconds(1));
    EXPECT_EQ(buy(s, 1), Guard::None);
    EXPECT_EQ(s.engine().stats().unknown_to_death, 1U);
}

// A venue that has no validity is waited out for as long as a request of it can take.
TEST(F1, WithoutValidityTheFenceIsTheLongestDelay) {
    strategy::DeskConfig config = desk_with({}, 1);
    config.engine.venues[0].fence = Fence::CancelAllAndDelay;
    config.engine.venues[0].longest_delay = seconds(10);
    Script s{config};
    s.start();
    const ClOrdID lost = s.quote(Side::Buy, par - 5, 1);
    for (int n = 0; n < 200; ++n) {
        s.pass_ms(50);
        s.not_found(lost);
    }
    s.books();
    EXPECT_EQ(buy(s, 1), Guard::GroupExposure) << "it may arrive up to ten seconds later";
    for (int n = 0; n < 40; ++n) {
        s.pass_ms(50);
        s.not_found(lost);
    }
    s.books();
    EXPECT_EQ(buy(s, 1), Guard::None);
}

// --- F2: restart ---

// a. The view that answers is older than the crash. Limit 2; returns the true net.
std::int64_t f2_stale_view(Sabotage sabotage) {
    Script s{desk_with(sabotage, 2)};
    s.start();
    const std::size_t kept = s.record.size();
    const ClOrdID before = s.quote(Side::Buy, par - 5, 2);
    s.crash(kept);
    s.happened(s.trade(before, 2, 1)); // it rested, and traded
    std::vector<Truth> real = s.truth;
    for (Truth& stale : s.truth) stale = Truth{}; // reads show what was before
    s.boot_again();
    s.pass_ms(400); // within the visibility bound
    s.books();
    const bool left = buy(s, 2) == Guard::None;
    s.truth = std::move(real);
    if (left) s.happened(s.trade(s.last_id(), 2, 2));
    s.pass(seconds(8));
    s.books();
    EXPECT_EQ(buy(s, 2), Guard::GroupExposure) << "by now it is known";
    return true_net(s);
}

// b. A hedge is still flying, and forgotten. Returns the true net.
std::int64_t f2_still_flying_hedge(Sabotage sabotage) {
    Script s{desk_with(sabotage, 2)};
    s.start();
    const ClOrdID quote = s.quote(Side::Buy, par - 5, 1);
    s.ack(quote);
    const std::size_t kept = s.record.size();
    s.fill(quote, 1, 1); // the engine hedges; this and the hedge are lost with the tail
    const ClOrdID flying = s.last_id();
    EXPECT_NE(flying, quote);
    s.crash(kept);
    s.boot_again();
    s.pass_ms(500); // reads are up to date, and show the fill
    s.books();
    s.happened(s.trade(flying, 1, 2)); // now the hedge arrives, and fills
    s.pass(seconds(8));
    for (const NewOrderSingle& order : s.all<NewOrderSingle>()) {
        if (order.cl_ord_id.epoch() == 2 && order.tif == TimeInForce::Ioc) {
            s.happened(s.trade(order.cl_ord_id, order.qty.value(), 3));
        }
    }
    return true_net(s);
}

// c. A quote is still flying, and forgotten. Returns how many quotes may fill at once.
int f2_still_flying_quote(Sabotage sabotage) {
    Script s{desk_with(sabotage, 1)};
    s.start();
    const std::size_t kept = s.record.size();
    const ClOrdID flying = s.quote(Side::Buy, par - 5, 1);
    s.crash(kept);
    s.boot_again();
    s.pass_ms(500); // everything was read, and all of it is empty
    s.books();
    const int beside = buy(s, 1) == Guard::None ? 1 : 0;
    s.truth[0].resting.push_back(s.report(flying, ExecType::New)); // now it arrives
    s.pass(seconds(12));
    std::size_t cancels = 0;
    for (const OrderCancelRequest& cancel : s.all<OrderCancelRequest>()) {
        cancels += cancel.cl_ord_id == flying ? 1U : 0U;
    }
    EXPECT_GE(cancels, 1U) << "ours by its id, whatever the record lost: canceled at sight";
    return 1 + beside;
}

TEST(F2, RestartWaitsOutWhatIsOnItsWayAndThenTheVisibilityBound) {
    EXPECT_EQ(f2_stale_view({}), 2);
    EXPECT_EQ(f2_stale_view({.restart_trusts_first_read = true}), 4);
    EXPECT_EQ(f2_still_flying_hedge({}), 0);
    EXPECT_EQ(f2_still_flying_hedge({.restart_trusts_first_read = true}), -1) << "hedged twice";
    EXPECT_EQ(f2_still_flying_quote({}), 1);
    EXPECT_EQ(f2_still_flying_quote({.restart_trusts_first_read = true}), 2);
}

// --- F3: the closed order that still fills ---

TEST(F3, EndedOrderStaysInTheIntervalUntilItIsSettled) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.ended_is_settled = sabotaged}, 2)};
        s.start();
        const ClOrdID first = s.quote(Side::Buy, par - 5, 2);
        s.ack(first);
        const ExecutionReport trade = s.trade(first, 1, 1); // on the other, slower channel
        s.cancel(first);
        s.tell(s.report(first, ExecType::Canceled)); // and no final quantity
        const bool second_left = buy(s, 2) == Guard::None;
        EXPECT_EQ(second_left, sabotaged);
        s.happened(trade);
        EXPECT_EQ(s.engine().interval(maker).high >= Lots{1}, true);
        if (second_left) {
            s.fill(s.last_id(), 2, 2);
            EXPECT_EQ(true_net(s), 3) << "of two";
            continue;
        }
        EXPECT_EQ(s.engine().interval(maker).high, Lots{2});
        s.pass(seconds(2)); // a fill read complete past the end settles it
        s.books();
        EXPECT_EQ(s.position(maker).filled, Lots{1});
        EXPECT_EQ(s.find(first), nullptr);
    }
}

// The same without a cancel: the closing report is faster than the last trade.
TEST(F3, FilledReportBeforeItsTrade) {
    for (const bool sabotaged : {false, true}) {
        strategy::DeskConfig config = desk_with({.ended_is_settled = sabotaged}, 2);
        Script s{config};
        s.start();
        const ClOrdID first = s.quote(Side::Buy, par - 5, 2);
        ExecutionReport filled = s.report(first, ExecType::Status);
        filled.has_cum_qty = 1;
        filled.cum_qty = Lots{2};
        s.tell(filled);
        EXPECT_EQ(s.engine().interval(maker).low, sabotaged ? Lots{0} : Lots{2});
        EXPECT_EQ(s.engine().interval(maker).high, sabotaged ? Lots{0} : Lots{2});
    }
}

// --- F4: hedging at the worst end ---

TEST(F4, PendingHedgeCountsAsFilled) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.hedge_counts_pending_as_open = sabotaged}, 5)};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 1);
        s.forget();
        s.fill(quote, 1, 1);
        ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
        const ClOrdID first = s.last_id();
        s.happened(s.trade(first, 1, 2)); // its report is on its way
        for (int n = 0; n < 6; ++n) {     // and less than a fill read's time passes
            s.pass_ms(300);
            s.books();
        }
        EXPECT_EQ(s.count<NewOrderSingle>() > 1, sabotaged) << "hedged twice";
    }
}

// --- F5: the gate that forbids the cure ---

// a. The venue fills more than was ordered; the other end of the interval stays beyond the limit.
TEST(F5, OverfillIsHedgedThoughAnEndStaysBeyondTheLimit) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.both_ends_gated = sabotaged}, 1)};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 1);
        s.forget();
        s.fill(quote, 2, 1);
        s.pass(seconds(30));
        std::int64_t hedged = 0;
        for (const NewOrderSingle& order : s.all<NewOrderSingle>()) hedged += order.qty.value();
        EXPECT_EQ(hedged, sabotaged ? 0 : 2);
    }
}

// b. What alarms freezes new risk, never the hedge.
TEST(F5, FreezeDoesNotStopTheHedge) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.reductions_gated = sabotaged}, 5)};
        s.start();
        const ClOrdID odd = s.quote(Side::Buy, par - 5, 1, hedge);
        s.fill(odd, 3, 1); // overfilled at the hedge venue itself: that instrument is frozen
        ASSERT_NE(s.engine().book(hedge).frozen_at, Timestamp{});
        std::int64_t hedged = 0;
        for (const NewOrderSingle& order : s.all<NewOrderSingle>()) {
            hedged += order.tif == TimeInForce::Ioc ? order.qty.value() : 0;
        }
        EXPECT_EQ(hedged, sabotaged ? 0 : 3);
    }
}

// c. The hedge venue's own limit is used up: the quote must not leave, as its hedge could not.
TEST(F5, QuoteReservesTheHedge) {
    for (const bool sabotaged : {false, true}) {
        Sabotage sabotage;
        if (sabotaged) sabotage.guards_off = 1ULL << static_cast<unsigned>(Guard::HedgeCapacity);
        Script s{desk_with(sabotage, 5)};
        s.start();
        s.balance(hedge_account, 100'000, 5); // margin for half a lot
        const bool left = buy(s, 1) == Guard::None;
        ASSERT_EQ(left, sabotaged);
        if (!left) continue;
        s.fill(s.last_id(), 1, 1);
        for (int n = 0; n < 40; ++n) { // the hedge venue refuses, again and again
            const ClOrdID last = s.last_id();
            if (const Order* o = s.find(last); o != nullptr && o->role == Role::Hedge) {
                s.answer(last, RequestKind::New, Outcome::Refused, Reason::InsufficientMargin);
            }
            s.pass_ms(300);
            s.books();
        }
        EXPECT_EQ(s.engine().certain(group), Units{1}) << "never hedged";
        EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 1U);
    }
}

// d. A fill below the hedge venue's lot is residue: counted and capped, and no overdue hedge.
TEST(F5, ResidueIsCappedAndNotOverdue) {
    for (const bool sabotaged : {false, true}) {
        Sabotage sabotage;
        if (sabotaged) sabotage.guards_off = 1ULL << static_cast<unsigned>(Guard::Residue);
        strategy::DeskConfig config = desk_with(sabotage, 50);
        config.engine.groups[0].residue_max = Units{2};
        config.engine.instruments[1].instrument.lot_size = Decimal{5, 2};
        config.engine.instruments[1].instrument =
            *make_instrument(config.engine.instruments[1].instrument);
        Script s{config};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 5);
        s.fill(quote, 3, 1); // three of five: no lot of the hedge venue is owed
        s.pass(seconds(30));
        s.books();
        EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 0U);
        EXPECT_EQ(s.engine().interval(group).low, Units{3}) << "counted";
        EXPECT_EQ(buy(s, 5) == Guard::None, sabotaged) << "capped";
        EXPECT_EQ(s.offer(quote_draft(Side::Sell, par + 5, 5)), Guard::None)
            << "the way back is free";
    }
}

// --- F6: adopting a snapshot, then booking the fill it contained ---

TEST(F6, SnapshotThatContainsAFillOnItsWayIsNotBookedTwice) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.adopt_at_once = sabotaged}, 5)};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 1);
        s.ack(quote);
        const ExecutionReport trade = s.trade(quote, 1, 1); // the stream is slow
        s.happened(trade);
        for (int n = 0; n < 2; ++n) { // the snapshot is not
            s.pass(seconds(1));
            s.answers_reads = false;
            s.snapshot(maker, 1);
        }
        s.tell(trade);
        EXPECT_EQ(s.engine().certain(maker), sabotaged ? Lots{2} : Lots{1});
    }
}

// --- F7: fill keys ---

TEST(F7, OneTradeMayServeSeveralOwnOrders) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.fill_key_is_trade_id = sabotaged}, 10)};
        s.start();
        const ClOrdID first = s.quote(Side::Buy, par - 5, 1);
        const ClOrdID second = s.quote(Side::Buy, par - 5, 2);
        s.fill(first, 1, 77);
        s.fill(second, 1, 77);
        EXPECT_EQ(s.position(maker).filled, sabotaged ? Lots{1} : Lots{2});
        s.tell(s.trade(second, 1, 77)); // a repeat is a repeat
        EXPECT_EQ(s.position(maker).filled, sabotaged ? Lots{1} : Lots{2});
    }
}

TEST(F7, SelfMatchHasTwoSides) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.fill_key_is_trade_id = sabotaged}, 10)};
        s.start();
        const ClOrdID bid = s.quote(Side::Buy, par - 5, 2);
        const ClOrdID offer = s.quote(Side::Sell, par + 5, 2);
        s.fill(bid, 1, 77);
        s.fill(offer, 1, 77);
        EXPECT_EQ(s.position(maker).filled, sabotaged ? Lots{1} : Lots{0});
    }
}

// --- F8: quantities do not only grow ---

enum class Told : std::uint8_t { TradeA, TradeB, BustA, ClaimTwo, ClaimOne };

// What is certain after these facts, told in this order.
Lots after(Sabotage sabotage, const std::vector<Told>& facts) {
    Script s{desk_with(sabotage, 10)};
    s.start();
    const ClOrdID quote = s.quote(Side::Buy, par - 5, 5);
    for (const Told fact : facts) {
        switch (fact) {
        case Told::TradeA: s.tell(s.trade(quote, 1, 1)); break;
        case Told::TradeB: s.tell(s.trade(quote, 1, 2)); break;
        case Told::BustA: {
            ExecutionReport bust = s.trade(quote, 1, 1);
            bust.exec_type = ExecType::TradeCancel;
            s.tell(bust);
            break;
        }
        case Told::ClaimTwo:
        case Told::ClaimOne: {
            ExecutionReport claim = s.report(quote, ExecType::Status);
            claim.has_cum_qty = 1;
            claim.cum_qty = fact == Told::ClaimTwo ? Lots{2} : Lots{1};
            claim.version = fact == Told::ClaimTwo ? 1 : 2;
            s.tell(claim);
            break;
        }
        }
    }
    return s.engine().certain(maker);
}

// How many of all orders of these facts, each also with one of them told again at the end, give
// something else than the truth.
std::size_t wrong_orders(Sabotage sabotage, std::vector<Told> facts, Lots truth) {
    std::ranges::sort(facts);
    std::size_t wrong = 0;
    std::size_t all = 0;
    do {
        std::vector<Told> told = facts;
        told.push_back(Told::TradeA);
        for (std::size_t n = 0; n <= facts.size(); ++n) {
            if (n == facts.size()) {
                told.pop_back(); // and once without a repeat
            } else {
                told.back() = facts[n];
            }
            ++all;
            wrong += after(sabotage, told) == truth ? 0U : 1U;
        }
    } while (std::ranges::next_permutation(facts).found);
    EXPECT_GT(all, 0U);
    return wrong;
}

TEST(F8, BustIsAFactAndClaimsAreReadByVersion) {
    const std::vector<Told> full{Told::TradeA, Told::TradeB, Told::BustA, Told::ClaimTwo,
                                 Told::ClaimOne};
    EXPECT_EQ(wrong_orders({}, full, Lots{1}), 0U);
    EXPECT_GT(wrong_orders({.bust_removes = true}, full, Lots{1}), 0U);
    const std::vector<Told> unseen{Told::TradeB, Told::ClaimTwo, Told::ClaimOne};
    EXPECT_EQ(wrong_orders({}, unseen, Lots{1}), 0U);
    EXPECT_EQ(wrong_orders({.claims_are_maxima = true}, unseen, Lots{1}), 24U) << "in every order";
}

// --- F9: the table's columns are what a fact adds ---

TEST(F9, TradesThatAClaimAlreadyCoveredAreNoContradiction) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.table_takes_reports = sabotaged}, 10)};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 3);
        ExecutionReport filled = s.report(quote, ExecType::Status);
        filled.has_cum_qty = 1;
        filled.cum_qty = Lots{3};
        filled.version = 9;
        s.tell(filled); // the order channel says FILLED
        EXPECT_EQ(s.engine().certain(maker), Lots{3});
        ExecutionReport stale = s.report(quote, ExecType::Status);
        stale.has_cum_qty = 1;
        stale.cum_qty = Lots{1};
        stale.version = 3;
        s.tell(stale);
        for (std::uint64_t exec = 1; exec <= 3; ++exec) s.fill(quote, 1, exec);
        EXPECT_EQ(s.position(maker).filled, Lots{3});
        EXPECT_EQ(s.engine().stats().contradictions > 0, sabotaged);
        EXPECT_EQ(s.engine().book(maker).frozen_at != Timestamp{}, sabotaged);
    }
}

// --- F10: a lucky match hides a silent change while the book is busy ---

TEST(F10, BusyTradingHidesNoLiquidation) {
    for (const bool sabotaged : {false, true}) {
        strategy::DeskConfig config = desk_with({.match_verifies = sabotaged}, 10);
        config.engine.audits.verify_age_max = seconds(30);
        config.engine.groups[0].hedge_retry = seconds(3'600); // what is owed is not the subject
        config.engine.groups[0].hedged_within = seconds(3'600);
        Script s{config};
        s.start();
        s.book(hedge, 0, 0);
        s.answers_reads = false;
        std::int64_t held = 0;
        std::uint64_t exec = 0;
        bool is_stopped = false;
        for (int tick = 0; tick < 200 && !is_stopped; ++tick) {
            const Side side = tick % 2 == 0 ? Side::Buy : Side::Sell;
            s.book(maker, par - 1, par + 1);
            s.book(hedge, par - 1, par + 1);
            const Guard met = s.offer(quote_draft(side, par, 1));
            is_stopped = met == Guard::Unverified;
            if (met == Guard::None) {
                s.book(hedge, 0, 0);
                s.fill(s.last_id(), 1, ++exec);
                held += sign(side);
            }
            // Liquidated by one before tick 10, in silence. Each snapshot is stale by one trade:
            // with the lot that is missing it looks like what was held a moment before or after.
            const std::int64_t shown = tick < 10 ? held : 0;
            s.pass_ms(400);
            s.snapshot(maker, shown);
            s.snapshot(hedge, 0);
        }
        EXPECT_EQ(is_stopped, !sabotaged) << "the age since verified makes the quiet that verifies";
    }
}

// --- F11: the mark of fill reads ---

TEST(F11, FillReadsStartWhereReadsWereCompleteNotAtTheNewestFill) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.fill_mark_is_newest_fill = sabotaged}, 10)};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 5);
        s.ack(quote);
        s.happened(s.trade(quote, 1, 1)); // the stream loses this one
        s.pass_ms(300);
        s.fill(quote, 1, 2); // and tells that one
        s.pass(seconds(60));
        EXPECT_EQ(s.position(maker).filled, sabotaged ? Lots{1} : Lots{2});
    }
}

} // namespace
} // namespace keel::core
