#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "tests/sim/venue_harness.hpp"

// Reads show the venue as it was a moment ago: never older than V, never newer than the answer.

namespace keel::sim {
namespace {

struct Read {
    std::vector<ExecutionReport> reports;
    std::vector<PositionReport> positions;
    std::vector<BalanceReport> balances;
    ReadDone done;
};

Read read(Desk& desk, const CommandBody& command) {
    desk.heard.clear();
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(60));
    Read out;
    for (const auto& row : desk.all<ExecutionReport>()) {
        if (row.source == ReportSource::Read) out.reports.push_back(row);
    }
    for (const auto& row : desk.all<PositionReport>()) {
        if (row.source == ReportSource::Read) out.positions.push_back(row);
    }
    out.balances = desk.all<BalanceReport>();
    const auto ends = desk.all<ReadDone>();
    EXPECT_EQ(ends.size(), 1U);
    if (!ends.empty()) out.done = ends.back();
    return out;
}

TEST(Reads, OpenOrdersAreRowsThenDone) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID a = desk.place(Side::Buy, 105, 10);
    const ClOrdID b = desk.place(Side::Sell, 120, 10);
    desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
    desk.print(btc, Side::Sell, 105, 4);
    const Timestamp asked = desk.now;
    const auto request = desk.read_of(RequestKind::ReadOpenOrders);
    const Read seen = read(desk, request);
    ASSERT_EQ(seen.reports.size(), 2U);
    EXPECT_EQ(seen.reports[0].cl_ord_id, a);
    EXPECT_EQ(seen.reports[0].exec_type, ExecType::Status);
    EXPECT_EQ(seen.reports[0].has_cum_qty, 1);
    EXPECT_EQ(seen.reports[0].cum_qty, Lots{4});
    EXPECT_EQ(seen.reports[0].order_qty, Lots{10});
    EXPECT_EQ(seen.reports[0].px, Ticks{105});
    EXPECT_EQ(seen.reports[0].version, 2U); // new, one fill
    EXPECT_EQ(seen.reports[0].read, request.request);
    EXPECT_EQ(seen.reports[1].cl_ord_id, b);
    EXPECT_EQ(seen.done.read, request.request);
    EXPECT_EQ(seen.done.outcome, Outcome::Accepted);
    EXPECT_EQ(seen.done.complete, 1);
    EXPECT_EQ(seen.done.rows, 2U);
    EXPECT_EQ(seen.done.asked_at, asked);
    EXPECT_EQ(seen.done.answered_at, asked + milliseconds(60));
}

TEST(Reads, FillsFromATimeInclusiveOldestFirst) {
    VenueConfig config = test_config();
    config.clock_offset = milliseconds(-40);
    Desk desk{config};
    desk.run(seconds(1));
    std::vector<Timestamp> at;
    for (int i = 0; i < 5; ++i) {
        desk.quote(btc, 100, 50, 110, 50);
        desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
        at.push_back(desk.now + config.clock_offset);
        desk.run(milliseconds(10));
    }
    const Read all = read(desk, desk.read_of(RequestKind::ReadFills));
    ASSERT_EQ(all.reports.size(), 5U);
    const Read some = read(desk, desk.read_of(RequestKind::ReadFills, at[2]));
    ASSERT_EQ(some.reports.size(), 3U);
    EXPECT_EQ(some.done.rows, 3U);
    EXPECT_EQ(some.done.from, at[2]);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(some.reports[i].exec_type, ExecType::Trade);
        EXPECT_EQ(some.reports[i].transact_time, at[i + 2]);
        EXPECT_EQ(some.reports[i].exec_id, all.reports[i + 2].exec_id);
    }
    const Read none = read(desk, desk.read_of(RequestKind::ReadFills, at[4] + nanoseconds(1)));
    EXPECT_TRUE(none.reports.empty());
}

TEST(Reads, FillsOlderThanTheVenueRemembersAreNotComplete) {
    VenueConfig config = test_config();
    config.history_max = 16;
    Desk desk{config};
    desk.run(seconds(1));
    for (int i = 0; i < 20; ++i) {
        desk.quote(btc, 100, 50, 110, 50);
        desk.place(Side::Buy, 110, 1, TimeInForce::Ioc);
    }
    const Read all = read(desk, desk.read_of(RequestKind::ReadFills));
    EXPECT_EQ(all.done.complete, 0);
    EXPECT_LT(all.done.rows, 20U);
    const Read recent =
        read(desk, desk.read_of(RequestKind::ReadFills, all.reports.back().transact_time));
    EXPECT_EQ(recent.done.complete, 1);
}

TEST(Reads, OnlyPositionsThatAreNotFlatHaveRows) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.quote(eth, 100, 50, 110, 50);
    Read seen = read(desk, desk.read_of(RequestKind::ReadPositions));
    EXPECT_TRUE(seen.positions.empty());
    EXPECT_EQ(seen.done.complete, 1); // so absence means flat
    auto sell = desk.order(Side::Sell, 100, 3, TimeInForce::Ioc);
    sell.instrument = eth;
    desk.place(sell);
    const Timestamp asked = desk.now;
    seen = read(desk, desk.read_of(RequestKind::ReadPositions));
    ASSERT_EQ(seen.positions.size(), 1U);
    EXPECT_EQ(seen.positions[0].instrument, eth);
    EXPECT_EQ(seen.positions[0].qty, Lots{-3});
    EXPECT_EQ(seen.positions[0].asked_at, asked);
    EXPECT_EQ(seen.positions[0].answered_at, desk.now);
}

TEST(Reads, OfOneInstrumentLeaveOutTheOther) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.quote(eth, 100, 50, 110, 50);
    auto buy = desk.order(Side::Buy, 100, 3);
    buy.instrument = eth;
    desk.place(buy);
    desk.place(Side::Buy, 100, 3);
    auto request = desk.read_of(RequestKind::ReadOpenOrders);
    request.instrument = eth;
    const Read seen = read(desk, request);
    ASSERT_EQ(seen.reports.size(), 1U);
    EXPECT_EQ(seen.reports[0].instrument, eth);
    EXPECT_EQ(seen.done.instrument, eth);
}

TEST(Reads, BalancesShowEquityAndWhatIsFree) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    desk.place(Side::Buy, 90, 10);
    const Read seen = read(desk, desk.read_of(RequestKind::ReadBalances));
    ASSERT_EQ(seen.balances.size(), 1U);
    EXPECT_EQ(seen.balances[0].equity, desk.venue.equity(account_0));
    // 20 lots at 105, a tenth of it.
    EXPECT_EQ(seen.balances[0].equity - seen.balances[0].available, Money{210 * 100'000});
}

// What is free belongs to the moment that the read shows, as what is held does.
TEST(Reads, BalancesShowWhatWasFreeAtTheirMoment) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID resting = desk.place(Side::Buy, 90, 10);
    desk.venue.send(desk.read_of(RequestKind::ReadBalances), desk.now);
    desk.run(milliseconds(40)); // it has been there, and its answer is on its way
    desk.venue.send(desk.cancel_of(resting), desk.now);
    desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    desk.place(Side::Sell, 120, 40);
    desk.run(milliseconds(60));
    const auto balances = desk.all<BalanceReport>();
    ASSERT_EQ(balances.size(), 1U);
    EXPECT_EQ(balances[0].equity, Money{1'000'000 * money_one});
    // 10 lots at 105, a tenth of it.
    EXPECT_EQ(balances[0].equity - balances[0].available, Money{105 * 100'000});
}

TEST(Reads, OneOrderByEitherIDWithItsEnd) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID live = desk.place(Side::Buy, 105, 10);
    const ClOrdID expired = desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    const ClOrdID filled = desk.place(Side::Buy, 106, 2);
    desk.print(btc, Side::Sell, 106, 2);
    const struct {
        ClOrdID id;
        ExecType type;
        std::int64_t cum;
    } rows[] = {{live, ExecType::Status, 0},
                {expired, ExecType::Expired, 7},
                {filled, ExecType::Status, 2}};
    for (const auto& row : rows) {
        Read seen = read(desk, desk.status_of(row.id));
        ASSERT_EQ(seen.reports.size(), 1U);
        EXPECT_EQ(seen.reports[0].exec_type, row.type);
        EXPECT_EQ(seen.reports[0].cum_qty.value(), row.cum);
        EXPECT_EQ(seen.done.found, row.id == live ? Found::Known : Found::Over);
        EXPECT_EQ(seen.done.kind, RequestKind::OrderStatus);
        EXPECT_EQ(seen.done.cl_ord_id, row.id);
        auto by_id = desk.status_of(ClOrdID{});
        by_id.order_id = seen.reports[0].order_id;
        seen = read(desk, by_id);
        ASSERT_EQ(seen.reports.size(), 1U);
        EXPECT_EQ(seen.reports[0].cl_ord_id, row.id);
    }
    const Read nothing = read(desk, desk.status_of(ClOrdID::make(1, 1, 99)));
    EXPECT_EQ(nothing.done.found, Found::No);
    EXPECT_EQ(nothing.done.outcome, Outcome::Accepted);
    EXPECT_EQ(nothing.done.complete, 1);
}

TEST(Reads, AllLegsOfAnAmendedOrder) {
    VenueConfig config = test_config();
    config.traits.amend_qty = AmendQty::Replacement;
    config.traits.amend_keeps_order_id = false;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 7);
    const ClOrdID id = desk.place(Side::Buy, 105, 10);
    desk.venue.send(desk.amend_of(id, 104, 10), desk.now);
    desk.settle();
    const Read seen = read(desk, desk.status_of(id));
    ASSERT_EQ(seen.reports.size(), 2U);
    EXPECT_EQ(seen.reports[0].exec_type, ExecType::Status);
    EXPECT_EQ(seen.reports[1].exec_type, ExecType::Canceled);
    EXPECT_NE(seen.reports[0].order_id, seen.reports[1].order_id);
}

TEST(Reads, AVenueThatDoesNotKnowOurIDsSaysSo) {
    VenueConfig config = test_config();
    config.traits.status_by_cl_ord_id = false;
    Desk desk{config};
    const ClOrdID id = desk.place(Side::Buy, 105, 10);
    const Read seen = read(desk, desk.status_of(id));
    EXPECT_EQ(seen.done.outcome, Outcome::Refused);
    EXPECT_EQ(seen.done.complete, 0);
}

TEST(Reads, ShowTheStateOfLagAgo) {
    VenueConfig config = test_config();
    config.read_lag = {milliseconds(400), milliseconds(400)};
    Desk desk{config, only(FaultKind::StaleRead)};
    desk.run(seconds(1));
    desk.quote(btc, 100, 50, 110, 50);
    const ClOrdID a = desk.place(Side::Buy, 105, 10);
    desk.run(milliseconds(300));
    EXPECT_EQ(read(desk, desk.status_of(a)).done.found, Found::No); // not there yet
    desk.run(milliseconds(500));
    EXPECT_EQ(read(desk, desk.status_of(a)).done.found, Found::Known);
    desk.print(btc, Side::Sell, 105, 4);
    Read seen = read(desk, desk.status_of(a));
    EXPECT_EQ(seen.reports[0].cum_qty, Lots{0});
    EXPECT_EQ(seen.reports[0].version, 1U);
    EXPECT_TRUE(read(desk, desk.read_of(RequestKind::ReadFills)).reports.empty());
    EXPECT_TRUE(read(desk, desk.read_of(RequestKind::ReadPositions)).positions.empty());
    EXPECT_EQ(read(desk, desk.read_of(RequestKind::ReadBalances)).balances[0].equity,
              Money{1'000'000 * money_one});
    desk.venue.send(desk.cancel_of(a), desk.now);
    desk.run(milliseconds(10));
    seen = read(desk, desk.read_of(RequestKind::ReadOpenOrders));
    ASSERT_EQ(seen.reports.size(), 1U); // it was open then
    EXPECT_EQ(seen.reports[0].exec_type, ExecType::Status);
    desk.run(milliseconds(500));
    EXPECT_TRUE(read(desk, desk.read_of(RequestKind::ReadOpenOrders)).reports.empty());
    EXPECT_EQ(read(desk, desk.read_of(RequestKind::ReadFills)).reports.size(), 1U);
    EXPECT_EQ(read(desk, desk.read_of(RequestKind::ReadPositions)).positions[0].qty, Lots{4});
}

// On random histories: a read equals the truth at one moment between "asked less V" and "answered".
TEST(Reads, EqualTheTruthAtSomeMomentWithinV) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng{seed};
        VenueConfig config = test_config();
        config.read_lag = {milliseconds(100), milliseconds(500)};
        Desk desk{config, only(FaultKind::StaleRead, 700'000), seed};
        desk.run(seconds(1));
        desk.quote(btc, 1'000, 50, 1'010, 50);
        std::map<Timestamp, std::int64_t> positions{{Timestamp{}, 0}};
        // Per moment: the open orders with their filled quantity, oldest first.
        std::map<Timestamp, std::map<ClOrdID, std::int64_t>> books{{Timestamp{}, {}}};
        const auto note = [&] {
            positions[desk.now] = desk.position();
            auto& open = books[desk.now];
            open.clear();
            desk.venue.for_each_order([&](const TrueOrder& order) {
                if (order.is_open) open[order.cl_ord_id] = order.cum_qty.value();
            });
        };
        const Duration visibility = config.traits.visibility;
        std::size_t reads = 0;
        std::size_t stale = 0;
        std::vector<ClOrdID> ids;
        for (int step = 0; step < 400; ++step) {
            const auto choice = rng.below(5);
            if (choice == 0) {
                const std::int64_t px = rng.between(995, 1'012);
                ids.push_back(desk.order(Side::Buy, px, 3).cl_ord_id);
                auto request = desk.order(rng.below(2) == 0 ? Side::Buy : Side::Sell, px, 3);
                request.cl_ord_id = ids.back();
                desk.venue.send(request, desk.now);
            } else if (choice == 1 && !ids.empty()) {
                desk.venue.send(desk.cancel_of(ids[rng.below(ids.size())]), desk.now);
            } else if (choice == 2) {
                const std::int64_t px = rng.between(995, 1'012);
                desk.print(btc, rng.below(2) == 0 ? Side::Buy : Side::Sell, px, 2);
                note();
            } else if (choice == 3) {
                desk.venue.send(desk.read_of(rng.below(2) == 0 ? RequestKind::ReadOpenOrders
                                                               : RequestKind::ReadPositions),
                                desk.now);
            }
            for (int ms = static_cast<int>(rng.between(1, 40)); ms > 0; --ms) {
                desk.run(milliseconds(1));
                note();
            }
            // Judge what was heard.
            std::map<ClOrdID, std::int64_t> shown;
            std::int64_t held = 0;
            for (const auto& heard : desk.heard) {
                if (const auto* row = std::get_if<ExecutionReport>(&heard.body);
                    row != nullptr && row->source == ReportSource::Read) {
                    shown[row->cl_ord_id] = row->cum_qty.value();
                }
                if (const auto* row = std::get_if<PositionReport>(&heard.body);
                    row != nullptr && row->source == ReportSource::Read) {
                    held = row->qty.value();
                }
                const auto* done = std::get_if<ReadDone>(&heard.body);
                if (done == nullptr) continue;
                ++reads;
                ASSERT_EQ(done->answered_at, heard.at);
                const Timestamp low = done->asked_at - visibility;
                bool matches = false;
                bool matches_now = false;
                for (auto it = std::prev(books.upper_bound(low));
                     it != books.end() && it->first <= done->answered_at; ++it) {
                    const bool same = done->kind == RequestKind::ReadPositions
                                          ? positions.at(it->first) == held
                                          : it->second == shown;
                    matches = matches || same;
                    matches_now = same;
                }
                ASSERT_TRUE(matches) << "kind " << static_cast<int>(done->kind);
                if (!matches_now) ++stale;
                shown.clear();
                held = 0;
            }
            desk.heard.clear();
        }
        EXPECT_GT(reads, 30U);
        EXPECT_GT(stale, 3U);
    }
}

} // namespace
} // namespace keel::sim
