#include <map>
#include <set>

#include "tests/core/restart_story.hpp"

// The audit trail: from the signal to the fill and its hedge everything has one correlation id, and
// every line says what brought it about.

namespace keel::core {
namespace {

using namespace script;

CorrelationID correlation_of(const Script& s, ClOrdID id) { return s.order(id).correlation; }

// The orders sent to the hedge venue, oldest first.
std::vector<NewOrderSingle> hedges(const Script& s) {
    std::vector<NewOrderSingle> out;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        if (one.instrument == hedge) out.push_back(one);
    }
    return out;
}

Transition last_of(const Script& s, ClOrdID id, Why why) {
    Transition out;
    for (const Transition& t : s.trail) {
        if (t.cl_ord_id == id && t.why == static_cast<std::uint8_t>(why)) out = t;
    }
    EXPECT_EQ(out.cl_ord_id, id) << "there is such a line";
    return out;
}

TEST(Correlation, OfAHedgeIsThatOfTheQuoteWhoseFillItPaysFor) {
    Script s{two_venues()};
    s.start();
    const ClOrdID buy = s.quote(Side::Buy, par - 5, 5);
    const ClOrdID sell = s.quote(Side::Sell, par + 5, 3);
    EXPECT_NE(correlation_of(s, buy), correlation_of(s, sell)) << "each quote is a story";
    s.ack(buy);
    s.ack(sell);
    s.fill(sell, 2, 1);
    s.fill(buy, 5, 2); // at once: the first hedge is still on its way
    ASSERT_EQ(hedges(s).size(), 2U);
    EXPECT_EQ(hedges(s)[0].correlation, correlation_of(s, sell));
    EXPECT_EQ(hedges(s)[1].correlation, correlation_of(s, buy));
}

TEST(Correlation, OfQuotesOneAfterTheOtherIsNotMixed) {
    Script s{two_venues()};
    s.start();
    const ClOrdID first = s.quote(Side::Sell, par + 5, 3);
    const ClOrdID second = s.quote(Side::Sell, par + 6, 3);
    s.fill(first, 3, 1);
    s.fill(second, 2, 2); // the first is owed still, and its hedge is under way
    s.fill(second, 1, 3);
    ASSERT_EQ(hedges(s).size(), 3U);
    EXPECT_EQ(hedges(s)[0].correlation, correlation_of(s, first));
    EXPECT_EQ(hedges(s)[1].correlation, correlation_of(s, second));
    EXPECT_EQ(hedges(s)[2].correlation, correlation_of(s, second));
}

TEST(Correlation, OfOneHedgeForSeveralFillsIsThatOfTheOldest) {
    Script s{two_venues()};
    s.start();
    s.book(hedge, 0, 0); // nobody to hedge with
    const ClOrdID first = s.quote(Side::Sell, par + 5, 2);
    const ClOrdID second = s.quote(Side::Sell, par + 6, 3);
    s.book(hedge, par - 1, par + 1);
    s.forget();
    s.book(hedge, 0, 0);
    s.fill(first, 2, 1);
    s.fill(second, 3, 2);
    s.book(hedge, par - 1, par + 1);
    s.pass(s.config().engine.groups[0].hedge_retry);
    ASSERT_EQ(hedges(s).size(), 1U);
    EXPECT_EQ(hedges(s)[0].qty, Lots{5});
    EXPECT_EQ(hedges(s)[0].correlation, correlation_of(s, first));
    // It takes the oldest part and no more: what is left is the other's.
    const ClOrdID one = hedges(s)[0].cl_ord_id;
    s.fill(one, 2, 3);
    s.expired(one, 2);
    s.pass(s.config().engine.groups[0].hedge_retry);
    ASSERT_EQ(hedges(s).size(), 2U);
    EXPECT_EQ(hedges(s)[1].correlation, correlation_of(s, second));
    EXPECT_EQ(static_cast<Cause>(last_of(s, hedges(s)[1].cl_ord_id, Why::Sent).cause),
              Cause::HedgeRetry);
}

TEST(Correlation, IsOnCancelsAndAmends) {
    strategy::DeskConfig config = two_venues();
    config.engine.venues[0].amend_supported = true;
    Script s{config};
    s.start();
    const ClOrdID quote = s.quote(Side::Sell, par + 5, 3);
    s.ack(quote);
    ASSERT_TRUE(s.amend(quote, par + 6, 3));
    EXPECT_EQ(s.all<OrderCancelReplaceRequest>().at(0).correlation, correlation_of(s, quote));
    s.fill(quote, 1, 1);
    const NewOrderSingle owed = hedges(s).at(0);
    EXPECT_EQ(owed.correlation, correlation_of(s, quote));
    s.forget();
    s.act(Act::Kill); // both are canceled
    std::set<std::uint64_t> canceled;
    for (const OrderCancelRequest& c : s.all<OrderCancelRequest>()) {
        canceled.insert(c.cl_ord_id.packed());
        EXPECT_EQ(c.correlation, correlation_of(s, quote));
    }
    EXPECT_EQ(canceled, (std::set{quote.packed(), owed.cl_ord_id.packed()}));
}

TEST(Correlation, OfWhatNobodyOfOursFilledIsItsOwn) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].assign_adjustments = true;
    Script s{config};
    s.start();
    const ClOrdID quote = s.quote(Side::Buy, par - 5, 1);
    s.fill(quote, 1, 1);
    s.fill(hedges(s).at(0).cl_ord_id, 1, 2);
    s.forget();
    // A position that no fill explains is taken over, and hedged.
    s.truth[0].positions[{maker.value(), PositionSide::Net}] += Lots{3};
    s.pass(seconds(30));
    ASSERT_FALSE(hedges(s).empty());
    const CorrelationID own = hedges(s)[0].correlation;
    EXPECT_FALSE(own.is_none());
    EXPECT_NE(own, correlation_of(s, quote));
    for (const auto& [id, order] : s.orders) {
        EXPECT_TRUE(order.instrument == hedge || order.correlation != own);
    }
}

TEST(Correlation, OfAnUnwindIsItsOwnAndItsHedgeHasIt) {
    strategy::DeskConfig config = hedged_maker();
    Script s{config};
    s.start();
    ClOrdID sell;
    for (const auto& [id, order] : s.orders) {
        if (order.side == Side::Sell) sell = order.cl_ord_id;
    }
    s.ack(sell);
    s.fill(sell, 3, 1);
    const NewOrderSingle hedged = hedges(s).at(0);
    s.fill(hedged.cl_ord_id, 3, 2);
    s.forget();
    s.act(Act::WindDown);
    for (const auto& [id, order] : s.orders) {
        if (order.post_only != 0 && order.cl_ord_id != sell) s.canceled(order.cl_ord_id, 0);
    }
    s.pass(seconds(5));
    NewOrderSingle close;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        if (one.reduce_only != 0 && one.instrument == maker && close.cl_ord_id.is_none()) {
            close = one;
        }
    }
    ASSERT_FALSE(close.cl_ord_id.is_none());
    EXPECT_NE(close.correlation, correlation_of(s, sell));
    EXPECT_EQ(static_cast<Cause>(last_of(s, close.cl_ord_id, Why::Sent).cause), Cause::Close);
    s.forget();
    s.fill(close.cl_ord_id, 3, 3);
    ASSERT_EQ(hedges(s).size(), 1U);
    EXPECT_EQ(hedges(s)[0].correlation, close.correlation);
}

TEST(Correlation, SurvivesARestart) {
    Script s{hedged_maker()};
    s.start();
    s.book(hedge, par - 1, par + 1);
    ClOrdID sell;
    for (const auto& [id, order] : s.orders) {
        if (order.side == Side::Sell) sell = order.cl_ord_id;
    }
    s.ack(sell);
    s.book(hedge, par - 1, 0); // nobody sells to us: what is filled stays owed
    s.fill(sell, 3, 1);
    ASSERT_TRUE(hedges(s).empty());
    s.crash(s.record.size());
    s.boot_again();
    s.forget();
    s.canceled(sell, 3);
    for (int n = 0; n < 100 && hedges(s).empty(); ++n) {
        s.books();
        s.pass(seconds(1));
    }
    ASSERT_FALSE(hedges(s).empty());
    EXPECT_EQ(hedges(s)[0].correlation, correlation_of(s, sell));
}

// Many more quotes than there is room for parts: none is lost, and none is younger than it is.
TEST(Correlation, OfMoreQuotesThanThereIsRoomForIsThatOfTheLastThatHadSome) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{100};
    Script s{config};
    s.start();
    std::vector<ClOrdID> quotes;
    for (std::size_t n = 0; n < owed_parts + 4; ++n) {
        quotes.push_back(s.quote(Side::Sell, par + 5, 1));
        s.pass_ms(400);
        s.books();
    }
    s.book(hedge, 0, 0);
    s.forget();
    std::uint64_t exec = 0;
    for (const ClOrdID id : quotes) s.fill(id, 1, ++exec);
    const Group& g = s.engine().group(group);
    Units sum;
    for (std::size_t n = 0; n < owed_parts; ++n) {
        EXPECT_EQ(g.parts[n].correlation, correlation_of(s, quotes[n]));
        sum += g.parts[n].size;
    }
    EXPECT_EQ(sum, Units{static_cast<std::int64_t>(quotes.size())});
}

// --- what a line says ---

TEST(Trail, TellsWhatAnAnswerSaid) {
    Script s{two_venues()};
    s.start();
    const ClOrdID refused = s.quote(Side::Sell, par + 5, 3);
    s.answer(refused, RequestKind::New, Outcome::Refused, Reason::PostOnlyWouldCross);
    const Transition no = last_of(s, refused, Why::Answer);
    EXPECT_EQ(no.old_status, OrdStatus::PendingNew);
    EXPECT_EQ(no.new_status, OrdStatus::Rejected);
    EXPECT_EQ(no.old_pending, pending::create);
    EXPECT_EQ(no.heard.request, RequestKind::New);
    EXPECT_EQ(no.heard.outcome, Outcome::Refused);
    EXPECT_EQ(no.heard.reason, Reason::PostOnlyWouldCross);

    const ClOrdID gone = s.quote(Side::Sell, par + 5, 3);
    s.ack(gone);
    s.cancel(gone);
    s.answer(gone, RequestKind::Cancel, Outcome::Refused, Reason::TooLate);
    const Transition late = last_of(s, gone, Why::Answer);
    EXPECT_EQ(late.heard.request, RequestKind::Cancel);
    EXPECT_EQ(late.heard.outcome, Outcome::Refused);
    EXPECT_EQ(late.heard.reason, Reason::TooLate);
    ExecutionReport end = s.ended(gone, ExecType::Canceled, 0);
    end.reason = Reason::Self;
    s.tell(end);
    EXPECT_EQ(last_of(s, gone, Why::Report).heard.exec_type, ExecType::Canceled);
    EXPECT_EQ(last_of(s, gone, Why::Report).heard.reason, Reason::Self);
}

TEST(Trail, TellsThatAQuestionFoundNothing) {
    Script s{two_venues()};
    s.start();
    const ClOrdID lost = s.quote(Side::Sell, par + 5, 3);
    s.pass(seconds(60));
    s.status(lost, false, s.now);
    const Transition none = last_of(s, lost, Why::Query);
    EXPECT_EQ(none.new_status, OrdStatus::Rejected);
    EXPECT_EQ(none.heard.request, RequestKind::OrderStatus);
    EXPECT_EQ(none.heard.reason, Reason::UnknownOrder);
}

TEST(Trail, TellsThatAnAnswerIsOverdue) {
    Script s{two_venues()};
    s.start();
    const ClOrdID quote = s.quote(Side::Sell, par + 5, 4);
    s.forget();
    s.pass(seconds(1));
    const Transition t = last_of(s, quote, Why::Timeout);
    EXPECT_EQ(t.cl_ord_id, quote);
    EXPECT_EQ(t.new_pending, pending::create);
}

TEST(Trail, HasALineForEveryFill) {
    Script s{two_venues()};
    s.start();
    const ClOrdID quote = s.quote(Side::Sell, par + 5, 4);
    s.ack(quote);
    for (std::uint64_t exec = 1; exec <= 4; ++exec) {
        s.fill(quote, 1, exec);
        const Transition t = last_of(s, quote, Why::Report);
        EXPECT_EQ(t.heard.exec_type, ExecType::Trade);
        EXPECT_EQ(t.cum_qty, Lots{static_cast<std::int64_t>(exec)});
        EXPECT_EQ(t.leaves_qty, Lots{4 - static_cast<std::int64_t>(exec)});
        const std::size_t lines = s.trail.size();
        s.fill(quote, 1, exec); // told again
        EXPECT_EQ(s.trail.size(), lines);
        s.truth[0].fills.pop_back();
        s.truth[0].positions[{maker.value(), PositionSide::Net}] += Lots{1};
    }
}

// The cause of each cancel is what the one who asked for it knew.
TEST(Trail, TellsWhyACancelWasAsked) {
    const auto cause_after = [](auto&& event) {
        Script s{hedged_maker()};
        s.start();
        ClOrdID sell;
        for (const auto& [id, order] : s.orders) {
            s.ack(order.cl_ord_id);
            if (order.side == Side::Sell) sell = order.cl_ord_id;
        }
        s.forget();
        event(s, sell);
        const Transition t = last_of(s, sell, Why::Cancel);
        EXPECT_EQ(t.new_pending, pending::cancel);
        return std::pair{static_cast<Cause>(t.cause), static_cast<Guard>(t.guard)};
    };
    using Told = std::pair<Cause, Guard>;
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) {
                  for (int n = 0; n < 6; ++n) {
                      s.pass(seconds(5));
                      s.books();
                  }
              }),
              (Told{Cause::Age, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) { s.books(par + 29, par + 31); }),
              (Told{Cause::EdgeDrift, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) { s.book(hedge, par - 1, 0); }),
              (Told{Cause::NoPrice, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) {
                  s.link(maker_account, LinkKind::Orders, LinkState::Down);
                  s.books();
              }),
              (Told{Cause::Guard, Guard::LinkGap}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) { s.act(Act::Halt); }),
              (Told{Cause::Halt, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) { s.act(Act::Kill); }),
              (Told{Cause::Kill, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) { s.act(Act::WindDown); }),
              (Told{Cause::Exit, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID sell) { s.cancel(sell); }),
              (Told{Cause::Caller, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) {
                  s.act(Act::Kill);
                  s.pass(seconds(2));
              }),
              (Told{Cause::Repeat, Guard::None}));
    EXPECT_EQ(cause_after([](Script& s, ClOrdID) {
                  s.crash(s.record.size());
                  s.boot_again();
              }),
              (Told{Cause::Restart, Guard::None}));
}

// Without its lease nothing can be asked, and the line says that nothing was.
TEST(Trail, TellsThatACancelWaitsForTheLease) {
    Script s{hedged_maker()};
    s.start(1, seconds(20));
    ClOrdID sell;
    for (const auto& [id, order] : s.orders) {
        s.ack(order.cl_ord_id);
        if (order.side == Side::Sell) sell = order.cl_ord_id;
    }
    s.forget();
    for (int n = 0; n < 50; ++n) {
        s.pass_ms(400);
        s.books();
    }
    for (const Transition& t : s.trail) {
        if (t.cl_ord_id != sell || t.why != static_cast<std::uint8_t>(Why::Cancel)) continue;
        EXPECT_EQ(static_cast<Cause>(t.cause), Cause::Guard);
        EXPECT_EQ(static_cast<Guard>(t.guard), Guard::Lease);
        EXPECT_EQ(t.new_pending, pending::none);
        return;
    }
    FAIL() << "its quote is not wanted any more";
}

// --- what holds of every trail ---

// An order's line begins where the one before it ended: nothing changes that no line tells. And
// every hedge belongs to the story of an order at the maker.
void expect_whole_trail(const std::vector<Event>& record, bool crashed) {
    strategy::Desk desk{checked(hedged_maker())};
    Commands out;
    out.keep_transitions();
    struct Last {
        OrdStatus status = OrdStatus::PendingNew;
        std::uint8_t pending = 0;
        Lots cum;
    };
    std::map<std::uint64_t, Last> last;
    std::set<std::uint64_t> stories; // correlations of orders at the maker
    std::uint64_t told = 0;
    for (const Event& event : record) {
        desk.step(event, out);
        for (const Transition& t : out.transitions()) {
            Last& before = last[t.cl_ord_id.packed()];
            const auto why = static_cast<Why>(t.why);
            SCOPED_TRACE(fmt::format("event {}: {}", t.seq, to_string(why)));
            ASSERT_EQ(t.old_status, before.status);
            ASSERT_EQ(t.old_pending, before.pending);
            const bool is_trade = t.heard.exec_type == ExecType::Trade;
            ASSERT_TRUE(t.cum_qty == before.cum || (why == Why::Report && is_trade));
            before = {t.new_status, t.new_pending, t.cum_qty};
            ASSERT_FALSE(t.correlation.is_none());
            if (t.instrument == maker) stories.insert(t.correlation.value());
            if (t.instrument == hedge && why == Why::Sent && !crashed) {
                ASSERT_TRUE(stories.contains(t.correlation.value()));
                ++told;
            }
        }
        for (const CommandBody& body : out) {
            const auto* sent = std::get_if<NewOrderSingle>(&body);
            ASSERT_TRUE(sent == nullptr || last.contains(sent->cl_ord_id.packed()));
        }
    }
    EXPECT_TRUE(crashed || told > 0);
}

TEST(Trail, HasNoGaps) {
    const EchoFaults faults{
        .lose_request_ppm = 50'000, .lose_report_ppm = 50'000, .repeat_report_ppm = 50'000};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Session s = session_of(seed, faults);
        run_until(s, SIZE_MAX);
        s.wind_down();
        s.run(seconds(30));
        expect_whole_trail(s.record, false);
        if (HasFailure()) return;
        Session again = session_of(seed, faults);
        run_until(again, 100 + 5 * seed);
        again.crash(seed % 7, milliseconds(250));
        again.run(seconds(30));
        expect_whole_trail(again.record, true);
        if (HasFailure()) return;
    }
}

} // namespace
} // namespace keel::core
