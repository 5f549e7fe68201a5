#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Each kind of fault does what it says, stays inside its bound, and is counted when it was met.

namespace keel::sim {
namespace {

// A desk that has been connected for a while, with a market.
Desk started(const FaultProfile& faults, VenueConfig config = test_config(),
             std::uint64_t seed = 1) {
    Desk desk{config, no_faults(), seed};
    desk.quote(btc, 100, 50, 110, 50);
    desk.settle();
    desk.heard.clear();
    desk.venue.set_faults(faults);
    return desk;
}

std::uint64_t count(const Desk& desk, FaultKind kind) { return desk.venue.fault_count(kind); }

TEST(Faults, NoneAreMetWithoutAProfile) {
    Desk desk = started(no_faults());
    for (int i = 0; i < 50; ++i) {
        desk.place(Side::Buy, 105, 1);
        desk.print(btc, Side::Sell, 105, 1);
        desk.venue.send(desk.read_of(RequestKind::ReadFills), desk.now);
        desk.run(milliseconds(40));
    }
    for (std::size_t i = 0; i < fault_kind_count; ++i) {
        EXPECT_EQ(count(desk, static_cast<FaultKind>(i)), 0U)
            << to_string(static_cast<FaultKind>(i));
    }
}

TEST(Faults, DropLosesStreamMessagesAndMarketDataButNoAnswers) {
    Desk desk = started(only(FaultKind::Drop));
    desk.quote(btc, 101, 50, 110, 50);
    desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
    desk.settle();
    ASSERT_EQ(desk.heard.size(), 1U);
    EXPECT_EQ(desk.last_answer().outcome, Outcome::Accepted);
    EXPECT_EQ(count(desk, FaultKind::Drop), 5U); // book, new, trade, claim, position
}

TEST(Faults, DuplicateNowTellsTwiceInARow) {
    Desk desk = started(only(FaultKind::DuplicateNow));
    desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
    desk.settle();
    const auto trades = desk.reports(ExecType::Trade);
    ASSERT_EQ(trades.size(), 2U);
    EXPECT_EQ(trades[0].exec_id, trades[1].exec_id);
    EXPECT_EQ(desk.reports(ExecType::New).size(), 2U);
    EXPECT_EQ(desk.all<PositionReport>().size(), 2U);
    EXPECT_EQ(count(desk, FaultKind::DuplicateNow), 4U);
}

TEST(Faults, DuplicateLateTellsAgainWithinAMinuteAndNeverAPosition) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Desk desk = started(only(FaultKind::DuplicateLate), test_config(), seed);
        const Timestamp at = desk.now + milliseconds(5);
        desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
        desk.settle();
        std::vector<Timestamp> trades;
        for (const auto& heard : desk.heard) {
            const auto* report = std::get_if<ExecutionReport>(&heard.body);
            if (report != nullptr && report->exec_type == ExecType::Trade) {
                trades.push_back(heard.at);
                EXPECT_EQ(report->transact_time, at);
            }
        }
        ASSERT_EQ(trades.size(), 2U);
        EXPECT_EQ(trades[0], at + milliseconds(8));
        EXPECT_GE(trades[1], at + seconds(1));
        EXPECT_LE(trades[1], at + seconds(60));
        EXPECT_EQ(desk.all<PositionReport>().size(), 1U);
    }
}

// What a stream would tell again while it is down is lost; the other streams tell theirs.
TEST(Faults, DuplicateLateIsLostWhileItsStreamIsDown) {
    bool while_orders_down = false;
    bool while_fills_down = false;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        FaultProfile late = only(FaultKind::DuplicateLate);
        late.late_duplicate_max = seconds(5);
        Desk desk = started(late, test_config(), seed);
        for (int i = 0; i < 5; ++i) desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
        desk.run(milliseconds(500));
        desk.heard.clear();
        FaultProfile gap = only(FaultKind::Gap);
        gap.gap_max = seconds(10);
        desk.venue.set_faults(gap);
        desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
        desk.venue.set_faults(no_faults());
        desk.run(seconds(6));
        std::map<LinkKind, bool> is_down;
        for (const auto& [at, body] : desk.heard) {
            if (const auto* link = std::get_if<LinkReport>(&body)) {
                is_down[link->kind] = link->state != LinkState::Up;
            }
            const auto* told = std::get_if<ExecutionReport>(&body);
            if (told == nullptr) continue;
            // (On the stream of orders a trade is only claimed.)
            const bool is_fill = told->exec_type == ExecType::Trade && told->last_qty > Lots{0};
            const LinkKind kind = is_fill ? LinkKind::Fills : LinkKind::Orders;
            const LinkKind other = is_fill ? LinkKind::Orders : LinkKind::Fills;
            EXPECT_FALSE(is_down[kind]);
            if (is_down[other]) (is_fill ? while_orders_down : while_fills_down) = true;
        }
    }
    EXPECT_TRUE(while_orders_down);
    EXPECT_TRUE(while_fills_down);
}

TEST(Faults, ReorderSwapsNeighboursInOneChannel) {
    Desk desk = started(only(FaultKind::Reorder));
    desk.place(Side::Buy, 110, 1, TimeInForce::Ioc); // new, then the claim of its fill
    desk.settle();
    const auto reports = desk.all<ExecutionReport>();
    ASSERT_EQ(reports.size(), 3U);
    EXPECT_EQ(reports[0].exec_type, ExecType::Status);
    EXPECT_EQ(reports[1].exec_type, ExecType::New);
    EXPECT_EQ(count(desk, FaultKind::Reorder), 1U); // alone in its channel nothing can be swapped
}

TEST(Faults, AnswerLostBeforeMeansNothingHappened) {
    Desk desk = started(only(FaultKind::AnswerLostBefore));
    desk.place(Side::Buy, 105, 1);
    desk.venue.send(desk.read_of(RequestKind::ReadFills), desk.now);
    desk.settle();
    EXPECT_TRUE(desk.heard.empty());
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    EXPECT_EQ(count(desk, FaultKind::AnswerLostBefore), 2U);
}

TEST(Faults, AnswerLostAfterMeansItTookEffect) {
    Desk desk = started(only(FaultKind::AnswerLostAfter));
    const ClOrdID id = desk.place(Side::Buy, 105, 1);
    desk.settle();
    EXPECT_TRUE(desk.truth(id).is_open);
    EXPECT_TRUE(desk.all<RequestAnswer>().empty());
    EXPECT_EQ(desk.reports(ExecType::New).size(), 1U);
    EXPECT_EQ(count(desk, FaultKind::AnswerLostAfter), 1U);
}

TEST(Faults, RefusalOfAGoodRequestChangesNothing) {
    Desk desk = started(no_faults());
    const ClOrdID live = desk.place(Side::Buy, 105, 1);
    desk.settle();
    desk.heard.clear();
    desk.venue.set_faults(only(FaultKind::Refusal));
    const ClOrdID id = desk.place(Side::Buy, 105, 1);
    desk.venue.send(desk.cancel_of(live), desk.now);
    desk.venue.send(desk.amend_of(live, 104, 1), desk.now);
    OrderMassCancelRequest all;
    all.request = RequestID{77};
    all.account = account_0;
    desk.venue.send(all, desk.now);
    desk.venue.send(desk.read_of(RequestKind::ReadFills), desk.now);
    desk.settle();
    EXPECT_FALSE(desk.truth(id).is_open);
    EXPECT_TRUE(desk.truth(live).is_open);
    EXPECT_EQ(desk.truth(live).px, Ticks{105});
    const auto answers = desk.all<RequestAnswer>();
    ASSERT_EQ(answers.size(), 4U);
    for (const auto& answer : answers) EXPECT_EQ(answer.outcome, Outcome::Refused);
    EXPECT_EQ(answers[0].reason, Reason::InsufficientMargin);
    EXPECT_EQ(answers[1].reason, Reason::UnknownOrder); // proves nothing about the order
    EXPECT_EQ(desk.all<ReadDone>().back().outcome, Outcome::Refused);
    EXPECT_EQ(desk.all<ReadDone>().back().complete, 0);
    EXPECT_EQ(count(desk, FaultKind::Refusal), 5U);
}

TEST(Faults, RateLimitedRequestsAreNotExecuted) {
    Desk desk = started(only(FaultKind::RateLimited));
    desk.place(Side::Buy, 105, 1);
    desk.settle();
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    EXPECT_EQ(desk.last_answer().outcome, Outcome::Refused);
    EXPECT_EQ(desk.last_answer().reason, Reason::RateLimited);
    EXPECT_GT(desk.last_answer().retry_after_ms, 0U);
    EXPECT_EQ(count(desk, FaultKind::RateLimited), 1U);
}

TEST(Faults, ServerErrorsLeaveItOpenWhetherItHappened) {
    std::set<bool> seen;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        Desk desk = started(only(FaultKind::ServerError), test_config(), seed);
        const ClOrdID id = desk.place(Side::Buy, 105, 1);
        desk.settle();
        EXPECT_EQ(desk.last_answer().outcome, Outcome::Unknown);
        EXPECT_EQ(desk.last_answer().reason, Reason::Busy);
        EXPECT_TRUE(desk.last_answer().order_id.is_none());
        seen.insert(desk.truth(id).is_open);
        EXPECT_EQ(count(desk, FaultKind::ServerError), 1U);
    }
    EXPECT_EQ(seen.size(), 2U);
}

TEST(Faults, SlowTakesUpToTenTimesTheDelay) {
    Duration longest{};
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Desk desk = started(only(FaultKind::Slow), test_config(), seed);
        const Timestamp sent = desk.now;
        desk.venue.send(desk.order(Side::Buy, 105, 1), desk.now);
        desk.settle();
        for (const auto& heard : desk.heard) {
            if (!std::holds_alternative<RequestAnswer>(heard.body)) continue;
            const Duration took = heard.at - sent;
            EXPECT_GE(took, milliseconds(20)); // 10 ms of round trip, twice
            EXPECT_LE(took, milliseconds(100));
            longest = max(longest, took);
        }
        EXPECT_GE(count(desk, FaultKind::Slow), 3U);
    }
    EXPECT_GT(longest, milliseconds(80));
}

TEST(Faults, OvertakenMeansALaterRequestArrivesFirst) {
    for (const bool allowed : {true, false}) {
        VenueConfig config = test_config();
        config.traits.cancels_overtake = allowed;
        Desk desk = started(only(FaultKind::Overtaken), config);
        const auto request = desk.order(Side::Buy, 105, 1);
        desk.venue.send(request, desk.now);
        desk.venue.send(desk.cancel_of(request.cl_ord_id), desk.now);
        desk.settle();
        EXPECT_EQ(desk.truth(request.cl_ord_id).is_open, allowed);
        EXPECT_EQ(desk.last_answer().kind, allowed ? RequestKind::New : RequestKind::Cancel);
        EXPECT_EQ(count(desk, FaultKind::Overtaken), allowed ? 1U : 0U);
    }
}

TEST(Faults, StaleReadsStayWithinVUnlessTheModelIsBroken) {
    VenueConfig config = test_config();
    config.read_lag = {milliseconds(100), milliseconds(900)}; // V is 500
    Desk desk = started(only(FaultKind::StaleRead), config);
    const ClOrdID id = desk.place(Side::Buy, 105, 1);
    for (int i = 0; i < 20; ++i) {
        desk.run(seconds(1));
        desk.heard.clear();
        desk.venue.send(desk.status_of(id), desk.now);
        desk.run(milliseconds(100));
        EXPECT_EQ(desk.all<ReadDone>().back().found, Found::Known);
    }
    EXPECT_EQ(count(desk, FaultKind::StaleRead), 20U);
    FaultProfile broken = only(FaultKind::StaleRead);
    broken.breaks_bounds = true;
    broken.stale_max = seconds(60);
    desk.venue.set_faults(broken);
    int not_found = 0;
    for (int i = 0; i < 50; ++i) {
        const ClOrdID fresh = desk.place(Side::Buy, 105, 1);
        desk.run(seconds(1));
        desk.heard.clear();
        desk.venue.send(desk.status_of(fresh), desk.now);
        desk.run(milliseconds(100));
        if (desk.all<ReadDone>().back().found == Found::No) ++not_found;
    }
    EXPECT_GT(not_found, 25);
}

// Four orders in one request, that the one kind of fault befalls; and what was answered.
struct BatchOfFour {
    BatchOfFour(FaultKind kind, std::uint64_t seed)
        : desk(started(only(kind), test_config(), seed)) {
        for (int i = 0; i < 4; ++i) {
            auto request = desk.order(Side::Buy, 90 + i, 1);
            request.batch = 7;
            desk.venue.send(request, desk.now);
        }
        desk.settle();
        EXPECT_EQ(count(desk, kind), 1U);
        for (const RequestAnswer& one : desk.all<RequestAnswer>()) answers.push_back(one.outcome);
    }
    Desk desk;
    std::vector<Outcome> answers;
};

TEST(Faults, PartialBatchRefusesOneItemAndTakesTheOthers) {
    std::set<std::ptrdiff_t> refused_items;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const BatchOfFour batch{FaultKind::PartialBatch, seed};
        EXPECT_EQ(batch.desk.venue.open_order_count(), 3U);
        ASSERT_EQ(batch.answers.size(), 4U);
        EXPECT_EQ(std::ranges::count(batch.answers, Outcome::Refused), 1);
        refused_items.insert(std::ranges::find(batch.answers, Outcome::Refused) -
                             batch.answers.begin());
    }
    EXPECT_EQ(refused_items.size(), 4U);
}

TEST(Faults, ShortAnswerLeavesOutTheLastItemsOfABatchThatIsDone) {
    std::set<std::size_t> answered;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const BatchOfFour batch{FaultKind::ShortAnswer, seed};
        EXPECT_EQ(batch.desk.venue.open_order_count(), 4U);
        answered.insert(batch.answers.size());
        for (const Outcome one : batch.answers) EXPECT_EQ(one, Outcome::Accepted);
    }
    EXPECT_EQ(answered, (std::set<std::size_t>{1, 2, 3}));
}

// One that is not canceled stays, and the others go.
TEST(Faults, ABatchOfCancelsIsDoneInPartOrAnsweredTooShort) {
    for (const FaultKind kind : {FaultKind::PartialBatch, FaultKind::ShortAnswer}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            Desk desk = started(no_faults(), test_config(), seed);
            std::vector<ClOrdID> ids;
            for (int i = 0; i < 4; ++i) ids.push_back(desk.place(Side::Buy, 90 + i, 1));
            desk.run(milliseconds(100));
            desk.heard.clear();
            desk.venue.set_faults(only(kind));
            for (const ClOrdID id : ids) {
                auto cancel = desk.cancel_of(id, Transport::Rest);
                cancel.batch = 7;
                desk.venue.send(cancel, desk.now);
            }
            desk.settle();
            const auto answers = desk.all<RequestAnswer>();
            const bool is_partial = kind == FaultKind::PartialBatch;
            EXPECT_EQ(desk.venue.open_order_count(), is_partial ? 1U : 0U);
            if (is_partial) {
                EXPECT_EQ(answers.size(), 4U);
            } else {
                EXPECT_LT(answers.size(), 4U);
            }
        }
    }
}

TEST(Batches, TravelTogetherAndShareTheirFate) {
    for (const FaultKind kind : {FaultKind::AnswerLostBefore, FaultKind::AnswerLostAfter,
                                 FaultKind::RateLimited, FaultKind::ServerError}) {
        for (std::uint64_t seed = 1; seed <= 40; ++seed) {
            Desk desk = started(only(kind, 400'000), test_config(), seed);
            for (int i = 0; i < 3; ++i) {
                auto request = desk.order(Side::Buy, 90 + i, 1);
                request.batch = 7;
                desk.venue.send(request, desk.now);
            }
            desk.settle();
            const std::uint32_t open = desk.venue.open_order_count();
            EXPECT_TRUE(open == 0 || open == 3) << open;
            const std::size_t answers = desk.all<RequestAnswer>().size();
            EXPECT_TRUE(answers == 0 || answers == 3) << answers;
        }
    }
}

TEST(Batches, AreNotBrokenUpByWhatOvertakesThem) {
    Desk desk = started(only(FaultKind::Overtaken));
    std::vector<ClOrdID> ids;
    for (int i = 0; i < 3; ++i) {
        auto request = desk.order(Side::Buy, 90 + i, 1);
        request.batch = 7;
        ids.push_back(request.cl_ord_id);
        desk.venue.send(request, desk.now);
    }
    const auto single = desk.order(Side::Buy, 93, 1);
    desk.venue.send(single, desk.now);
    desk.settle();
    const auto news = desk.reports(ExecType::New);
    ASSERT_EQ(news.size(), 4U);
    EXPECT_EQ(news[0].cl_ord_id, single.cl_ord_id);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(news[i + 1].cl_ord_id, ids[i]);
}

TEST(Batches, WaitAsAWholeInTheSpeedBump) {
    VenueConfig config = test_config();
    config.taker_delay = milliseconds(200);
    Desk desk = started(no_faults(), config);
    auto poster = desk.order(Side::Buy, 90, 1);
    poster.post_only = 1;
    poster.batch = 7;
    auto taker = desk.order(Side::Buy, 91, 1);
    taker.batch = 7;
    desk.venue.send(poster, desk.now);
    desk.venue.send(taker, desk.now);
    desk.run(milliseconds(204));
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
    desk.run(milliseconds(2));
    EXPECT_EQ(desk.venue.open_order_count(), 2U);
}

TEST(Batches, OfOneNumberAtAnotherTimeAreAnotherBatch) {
    Desk desk = started(no_faults());
    auto request = desk.order(Side::Buy, 90, 1);
    request.batch = 7;
    desk.venue.send(request, desk.now);
    desk.run(milliseconds(1));
    request = desk.order(Side::Buy, 90, 1);
    request.batch = 7;
    desk.venue.send(request, desk.now);
    desk.run(milliseconds(4));
    EXPECT_EQ(desk.venue.open_order_count(), 1U);
    desk.run(milliseconds(1));
    EXPECT_EQ(desk.venue.open_order_count(), 2U);
}

// Two requests of one moment that nobody called a batch are two, and one item is no batch.
TEST(Batches, RequestsWithoutANumberTravelAlone) {
    for (const std::uint32_t number : {0U, 1U}) {
        Desk desk = started(only(FaultKind::PartialBatch));
        for (int i = 0; i < 2; ++i) {
            auto request = desk.order(Side::Buy, 90 + i, 1);
            request.batch = number;
            desk.venue.send(request, desk.now);
        }
        desk.settle();
        EXPECT_EQ(desk.venue.open_order_count(), number == 0 ? 2U : 1U);
        EXPECT_EQ(count(desk, FaultKind::PartialBatch), number);
    }
    Desk desk = started(only(FaultKind::PartialBatch));
    auto request = desk.order(Side::Buy, 90, 1);
    request.batch = 1;
    desk.place(request);
    EXPECT_EQ(desk.venue.open_order_count(), 1U);
}

} // namespace
} // namespace keel::sim
