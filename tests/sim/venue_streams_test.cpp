#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// What the desk hears without asking, and what happens to it when the line goes.

namespace keel::sim {
namespace {

std::vector<LinkReport> links(const Desk& desk, LinkKind kind) {
    std::vector<LinkReport> out;
    for (const auto& report : desk.all<LinkReport>()) {
        if (report.kind == kind) out.push_back(report);
    }
    return out;
}

constexpr LinkKind private_kinds[] = {LinkKind::Orders, LinkKind::Fills, LinkKind::Positions};
constexpr LinkKind all_kinds[] = {LinkKind::Orders, LinkKind::Fills, LinkKind::Positions,
                                  LinkKind::Market, LinkKind::Requests};

// A market that has shown one side alone is told of, too.
TEST(Streams, OneSideOfABookIsABook) {
    for (const bool has_bid : {true, false}) {
        Desk desk{test_config()};
        desk.run(seconds(1));
        desk.heard.clear();
        if (has_bid) {
            desk.quote(btc, 100, 50, 0, 0);
        } else {
            desk.quote(btc, 0, 0, 110, 50);
        }
        desk.run(seconds(1));
        const auto books = desk.all<BookTop>();
        ASSERT_FALSE(books.empty());
        EXPECT_EQ(books.back().bid_qty, Lots{has_bid ? 50 : 0});
        EXPECT_EQ(books.back().ask_qty, Lots{has_bid ? 0 : 50});
    }
}

TEST(Streams, AreUpFromTheStart) {
    Desk desk;
    EXPECT_EQ(desk.venue.next_at(), Timestamp{});
    desk.run(milliseconds(1));
    for (const LinkKind kind : all_kinds) {
        const auto reports = links(desk, kind);
        ASSERT_EQ(reports.size(), 1U);
        EXPECT_EQ(reports[0].state, LinkState::Up);
        EXPECT_EQ(reports[0].account, account_0);
        EXPECT_EQ(reports[0].venue, VenueIx{0});
    }
}

TEST(Streams, AFillIsToldOnThreeChannelsEachWithItsOwnDelay) {
    VenueConfig config = test_config();
    config.clock_offset = milliseconds(25);
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Buy, 105, 10);
    desk.settle();
    desk.heard.clear();
    const Timestamp at = desk.now;
    desk.print(btc, Side::Sell, 105, 4);
    desk.run(milliseconds(90));
    ASSERT_EQ(desk.heard.size(), 3U);

    EXPECT_EQ(desk.heard[0].at, at + milliseconds(7));
    const auto claim = std::get<ExecutionReport>(desk.heard[0].body);
    EXPECT_EQ(claim.exec_type, ExecType::Status);
    EXPECT_EQ(claim.has_cum_qty, 1);
    EXPECT_EQ(claim.cum_qty, Lots{4});
    EXPECT_EQ(claim.order_qty, Lots{10});
    EXPECT_EQ(claim.version, 2U);
    EXPECT_TRUE(claim.exec_id.is_none());

    EXPECT_EQ(desk.heard[1].at, at + milliseconds(8));
    const auto trade = std::get<ExecutionReport>(desk.heard[1].body);
    EXPECT_EQ(trade.exec_type, ExecType::Trade);
    EXPECT_EQ(trade.cl_ord_id, id);
    EXPECT_EQ(trade.order_id, claim.order_id);
    EXPECT_EQ(trade.side, Side::Buy);
    EXPECT_EQ(trade.last_qty, Lots{4});
    EXPECT_EQ(trade.last_px, Ticks{105});
    EXPECT_EQ(trade.is_maker, 1);
    EXPECT_EQ(trade.fee, Money{6'300}); // 0.42 at 150 ppm
    EXPECT_EQ(trade.transact_time, at + milliseconds(25));
    EXPECT_FALSE(trade.exec_id.is_none());
    EXPECT_EQ(trade.has_cum_qty, 0);

    EXPECT_EQ(desk.heard[2].at, at + milliseconds(20));
    const auto position = std::get<PositionReport>(desk.heard[2].body);
    EXPECT_EQ(position.source, ReportSource::Stream);
    EXPECT_EQ(position.qty, Lots{4});
    EXPECT_EQ(position.answered_at, desk.heard[2].at);
    EXPECT_EQ(position.asked_at, desk.heard[2].at - config.traits.visibility);
}

TEST(Streams, EndsVouchForTheirQuantityOnlyWhereTheVenueDoes) {
    for (const bool vouches : {true, false}) {
        VenueConfig config = test_config();
        config.traits.end_vouches_qty = vouches;
        Desk desk{config};
        desk.quote(btc, 100, 50, 110, 50);
        const ClOrdID id = desk.place(Side::Buy, 105, 10);
        desk.print(btc, Side::Sell, 105, 4);
        desk.venue.send(desk.cancel_of(id), desk.now);
        desk.settle();
        const auto ends = desk.reports(ExecType::Canceled);
        ASSERT_EQ(ends.size(), 1U);
        EXPECT_EQ(ends[0].has_cum_qty, vouches ? 1 : 0);
        EXPECT_EQ(ends[0].cum_qty, vouches ? Lots{4} : Lots{0});
    }
}

TEST(Streams, AFillMayNameTheVenuesIDOnly) {
    VenueConfig config = test_config();
    config.fills_carry_cl_ord_id = false;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
    desk.settle();
    const auto trades = desk.reports(ExecType::Trade);
    ASSERT_EQ(trades.size(), 1U);
    EXPECT_TRUE(trades[0].cl_ord_id.is_none());
    EXPECT_EQ(trades[0].order_id, desk.last_answer().order_id);
}

TEST(Streams, AnotherWordForARemovedOrder) {
    VenueConfig config = test_config();
    config.self_trade_reports_rejected = true;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID id = desk.place(Side::Sell, 105, 10);
    desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
    desk.settle();
    const auto rejected = desk.reports(ExecType::Rejected);
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].cl_ord_id, id);
    EXPECT_EQ(rejected[0].reason, Reason::Self);
}

TEST(MarketData, IsPublishedAtMostOnceAnIntervalAndTheNewestWins) {
    Desk desk;
    desk.run(seconds(1));
    desk.quote(btc, 100, 1, 110, 2);
    for (int i = 1; i <= 150; ++i) {
        desk.run(milliseconds(1));
        desk.quote(btc, 100, i, 110, 2);
    }
    desk.run(seconds(1));
    const auto tops = desk.all<BookTop>();
    ASSERT_EQ(tops.size(), 3U);
    EXPECT_EQ(tops[0].bid_qty, Lots{1});
    EXPECT_EQ(tops[1].bid_qty, Lots{99}); // what stood 100 ms later, just before the next quote
    EXPECT_EQ(tops[2].bid_qty, Lots{150});
    EXPECT_EQ(tops[2].venue_time, Timestamp{} + milliseconds(1'200));
    EXPECT_EQ(tops[2].ask_px, Ticks{110});
    EXPECT_EQ(tops[2].instrument, btc);
}

TEST(MarketData, NobodyOnASideIsAQuantityOfZero) {
    Desk desk;
    desk.quote(btc, 100, 5, 110, 0);
    desk.run(seconds(1));
    ASSERT_EQ(desk.all<BookTop>().size(), 1U);
    EXPECT_EQ(desk.all<BookTop>()[0].ask_qty, Lots{0});
}

TEST(Disconnect, LosesWhatWasOnItsWayToTheDeskAndLetsRequestsArrive) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.settle();
    desk.heard.clear();
    const auto first = desk.order(Side::Buy, 105, 10);
    desk.place(first); // arrived: its answer and report are on their way
    const auto second = desk.order(Side::Buy, 104, 10);
    desk.venue.send(second, desk.now); // on its way in
    desk.venue.disconnect(desk.now);
    desk.print(btc, Side::Sell, 105, 4);
    desk.run(seconds(10));
    EXPECT_TRUE(desk.heard.empty());
    EXPECT_TRUE(desk.truth(first.cl_ord_id).is_open);
    EXPECT_TRUE(desk.truth(second.cl_ord_id).is_open);
    EXPECT_EQ(desk.venue.next_at(), never);

    desk.venue.connect(desk.now);
    desk.run(milliseconds(90));
    for (const LinkKind kind : all_kinds) {
        ASSERT_EQ(links(desk, kind).size(), 1U);
        EXPECT_EQ(links(desk, kind)[0].state, LinkState::Up);
    }
    const auto open = desk.reports(ExecType::Status);
    ASSERT_EQ(open.size(), 2U);
    EXPECT_EQ(open[0].cl_ord_id, first.cl_ord_id);
    EXPECT_EQ(open[0].cum_qty, Lots{4});
    EXPECT_EQ(open[1].cl_ord_id, second.cl_ord_id);
    const auto trades = desk.reports(ExecType::Trade);
    ASSERT_EQ(trades.size(), 1U); // never heard before
    EXPECT_EQ(trades[0].cl_ord_id, first.cl_ord_id);
    const auto positions = desk.all<PositionReport>();
    ASSERT_EQ(positions.size(), 2U);
    EXPECT_EQ(positions[0].qty, Lots{4});
    EXPECT_EQ(desk.all<BookTop>().size(), 1U);
}

TEST(Disconnect, AnAnswerToTheOldSessionDoesNotReachTheNewOne) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.settle();
    desk.heard.clear();
    const auto request = desk.order(Side::Buy, 105, 10);
    desk.venue.send(request, desk.now);
    desk.venue.disconnect(desk.now);
    desk.venue.connect(desk.now);
    desk.run(seconds(1));
    EXPECT_TRUE(desk.all<RequestAnswer>().empty());
    ASSERT_EQ(desk.reports(ExecType::New).size(), 1U); // the new stream tells it
}

TEST(Disconnect, NothingCanBeSentMeanwhile) {
    Desk desk;
    desk.venue.disconnect(desk.now);
    desk.venue.send(desk.order(Side::Buy, 105, 10), desk.now);
    desk.run(seconds(1));
    EXPECT_EQ(desk.venue.open_order_count(), 0U);
}

TEST(Reconnect, ReplaysTheNewestFillsAndNoMoreThanConfigured) {
    for (const bool replays : {true, false}) {
        VenueConfig config = test_config();
        config.fills_replayed_on_reconnect = replays;
        config.orders_snapshot_on_reconnect = replays;
        config.fills_replayed_max = 3;
        Desk desk{config};
        desk.place(Side::Buy, 90, 1);
        for (int i = 0; i < 5; ++i) {
            desk.quote(btc, 100, 50, 110, 50);
            desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
        }
        desk.settle();
        const auto before = desk.reports(ExecType::Trade);
        ASSERT_EQ(before.size(), 5U);
        desk.venue.disconnect(desk.now);
        desk.heard.clear();
        desk.venue.connect(desk.now);
        desk.settle();
        const auto again = desk.reports(ExecType::Trade);
        ASSERT_EQ(again.size(), replays ? 3U : 0U);
        EXPECT_EQ(desk.reports(ExecType::Status).size(), replays ? 1U : 0U);
        for (std::size_t i = 0; i < again.size(); ++i) {
            EXPECT_EQ(again[i].exec_id, before[i + 2].exec_id);
            EXPECT_EQ(again[i].transact_time, before[i + 2].transact_time);
        }
    }
}

// One stream alone, or the whole connection: what was under way is lost, then it comes back.
TEST(Gap, LosesWhatIsUnderWayThenComesBackWithSnapshotAndReplay) {
    bool alone = false;
    bool together = false;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        Desk desk{test_config(), no_faults(), seed};
        desk.quote(btc, 100, 50, 110, 50);
        const ClOrdID id = desk.place(Side::Buy, 105, 10);
        desk.settle();
        desk.heard.clear();
        desk.venue.set_faults(only(FaultKind::Gap));
        const Timestamp at = desk.now;
        desk.print(btc, Side::Sell, 105, 4);
        desk.venue.set_faults(no_faults());
        ASSERT_GE(desk.venue.fault_count(FaultKind::Gap), 1U);
        desk.run(milliseconds(99));
        EXPECT_TRUE(desk.reports(ExecType::Trade).empty()); // a gap lasts 100 ms at least
        desk.run(seconds(10));
        std::size_t lost = 0;
        for (const LinkKind kind : private_kinds) {
            const auto reports = links(desk, kind);
            if (reports.empty()) continue;
            ++lost;
            EXPECT_EQ(reports.back().state, LinkState::Up);
            EXPECT_EQ(reports.front().account, account_0);
            for (std::size_t i = 0; i + 1 < reports.size(); ++i) {
                EXPECT_NE(reports[i].state, LinkState::Up);
                (reports[i].state == LinkState::Gap ? alone : together) = true;
            }
        }
        ASSERT_GT(lost, 0U);
        for (const auto& heard : desk.heard) {
            const auto* link = std::get_if<LinkReport>(&heard.body);
            if (link == nullptr || link->state == LinkState::Up) continue;
            EXPECT_EQ(heard.at, at);
        }
        // The replay brings what was lost.
        if (!links(desk, LinkKind::Fills).empty()) {
            ASSERT_EQ(desk.reports(ExecType::Trade).size(), 1U);
            EXPECT_EQ(desk.reports(ExecType::Trade)[0].cl_ord_id, id);
        }
        if (!links(desk, LinkKind::Orders).empty()) {
            ASSERT_FALSE(desk.reports(ExecType::Status).empty());
            EXPECT_EQ(desk.reports(ExecType::Status).back().cum_qty, Lots{4});
        }
    }
    EXPECT_TRUE(alone);
    EXPECT_TRUE(together);
}

} // namespace
} // namespace keel::sim
