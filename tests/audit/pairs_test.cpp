#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// Two legs, both on or both off: what is counted as a round trip and what as a rollback, and that
// the second leg of an entry whose legs leave together is no hedge.

namespace keel::audit::test {
namespace {

using Sent = Scene::Sent;

std::uint64_t broken(const Scene& s, Rule rule) { return s.auditor.log().count(rule); }

AuditorConfig pair_config(bool enters_together = false) {
    AuditorConfig config = usual_config();
    config.pairs.push_back({.name = "pair", .group = GroupIx{0}, .first = maker, .second = hedge});
    config.groups[0].enters_together = enters_together;
    for (InstrumentFacts& one : config.instruments) {
        one.quotes_only_make = false;
        one.maker_fee_ppm = one.taker_fee_ppm = 0;
    }
    return config;
}

const PairTallies::Tally& tally(const Scene& s) { return s.auditor.pairs().tally(0); }

void take(Scene& s, InstrumentIx instrument, Side side, std::int64_t qty, std::int64_t px = 1'000) {
    const std::uint32_t order = s.send(instrument, Sent{.side = side, .qty = qty, .px = px});
    s.fill(order, qty, false);
    s.end(order);
}

TEST(Pairs, BothLegsOnAndOffAgainAreARoundTrip) {
    Scene s{pair_config()};
    take(s, maker, Side::Buy, 10, 1'000);
    take(s, hedge, Side::Sell, 10, 1'002);
    EXPECT_EQ(tally(s).round_trips, 0U) << "not off yet";
    take(s, maker, Side::Sell, 10, 1'001);
    take(s, hedge, Side::Buy, 10, 1'001);
    EXPECT_EQ(tally(s).round_trips, 1U);
    EXPECT_EQ(tally(s).rollbacks, 0U);
    EXPECT_GT(tally(s).trips_won, 0);
    EXPECT_EQ(tally(s).rollbacks_cost, 0);
}

TEST(Pairs, ALegThatCameAndWentAloneIsARollback) {
    Scene s{pair_config()};
    take(s, maker, Side::Buy, 10, 1'000);
    take(s, maker, Side::Sell, 10, 999);
    EXPECT_EQ(tally(s).round_trips, 0U);
    EXPECT_EQ(tally(s).rollbacks, 1U);
    EXPECT_GT(tally(s).rollbacks_cost, 0);
    // With a part of its counterpart, too.
    take(s, maker, Side::Buy, 10);
    take(s, hedge, Side::Sell, 4);
    take(s, maker, Side::Sell, 10);
    take(s, hedge, Side::Buy, 4);
    EXPECT_EQ(tally(s).rollbacks, 2U);
    EXPECT_EQ(tally(s).round_trips, 0U);
}

TEST(Pairs, WhatOthersMadeOfALegCounts) {
    Scene s{pair_config()};
    take(s, maker, Side::Buy, 10);
    s.outside(maker, Side::Sell, 10);
    EXPECT_EQ(tally(s).rollbacks, 1U);
}

void says(Scene& s, CloseCause cause, InstrumentIx instrument = maker) {
    Notice notice;
    notice.kind = NoticeKind::CloseBegun;
    notice.cause = cause;
    notice.instrument = instrument;
    s.auditor.on_command(notice, s.now());
}
void close_leg(Scene& s, InstrumentIx instrument, Side side, std::int64_t qty) {
    s.fill(s.send(instrument, Sent{.side = side, .qty = qty, .reduce_only = true}), qty, false);
}
std::uint64_t of(const PairTallies::Causes& causes, CloseCause cause) {
    return causes[static_cast<std::size_t>(cause)];
}

// Only why is the desk's word; what it was is seen.
TEST(Pairs, CountsWhyTheyEnded) {
    Scene s{pair_config()};
    const auto round_trip = [&] {
        take(s, maker, Side::Buy, 10);
        take(s, hedge, Side::Sell, 10);
    };
    const auto down = [&] {
        close_leg(s, maker, Side::Sell, 10);
        close_leg(s, hedge, Side::Buy, 10);
    };
    round_trip();
    says(s, CloseCause::Carry);
    down();
    EXPECT_EQ(of(tally(s).trips_closed, CloseCause::Carry), 1U);
    round_trip();
    down();
    EXPECT_EQ(of(tally(s).trips_closed, CloseCause::None), 1U) << "it had not said so";
    // The last word counts, whichever leg it names, and not that about an attempt before.
    says(s, CloseCause::Alone, hedge);
    round_trip();
    down();
    EXPECT_EQ(of(tally(s).trips_closed, CloseCause::None), 2U);
    take(s, maker, Side::Buy, 10);
    says(s, CloseCause::Late);
    says(s, CloseCause::Exit, hedge);
    close_leg(s, maker, Side::Sell, 10);
    EXPECT_EQ(of(tally(s).rolled_back, CloseCause::Exit), 1U);
    EXPECT_EQ(tally(s).round_trips, 3U);
    EXPECT_EQ(tally(s).rollbacks, 1U);
}

TEST(Pairs, ARollbackIsNeedlessIfTheVenuesDidAllThatWasAsked) {
    struct Row {
        const char* what;
        std::int64_t first;
        std::vector<std::int64_t> seconds; // executed, of four each
        std::uint64_t needless;
    };
    const std::vector<Row> rows{
        {"nothing was asked of the second venue", 4, {}, 1},
        {"the first leg found somebody for a part", 2, {}, 0},
        {"the second found nobody", 4, {0}, 0},
        {"it found nobody at first, and then somebody, who was not waited for", 4, {0, 4}, 1},
        {"the last one was not filled whole", 4, {3, 2}, 0},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        Scene s{pair_config()};
        const auto first = s.send(maker, Sent{.qty = 4, .tif = TimeInForce::Ioc});
        s.fill(first, row.first, false);
        s.end(first);
        std::int64_t taken = 0;
        // (A lot of the first leg is never there with its whole counterpart.)
        s.outside(maker, Side::Buy, 30);
        for (const std::int64_t filled : row.seconds) {
            const auto second = s.send(hedge, Sent{.side = Side::Sell, .qty = 4});
            if (filled > 0) s.fill(second, filled, false);
            s.end(second);
            taken += filled;
        }
        s.send(hedge, Side::Buy, 4); // taking down is nothing that the entry asked for
        if (taken > 0) close_leg(s, hedge, Side::Buy, taken);
        s.outside(maker, Side::Sell, 30);
        close_leg(s, maker, Side::Sell, row.first);
        EXPECT_EQ(tally(s).rollbacks, 1U);
        EXPECT_EQ(tally(s).needless, row.needless);
        EXPECT_EQ(tally(s).second_only, 0U);
    }
    // A second leg alone, whose first found nobody.
    Scene s{pair_config(true)};
    const auto first = s.send(maker, Sent{.qty = 4, .tif = TimeInForce::Ioc});
    take(s, hedge, Side::Sell, 4);
    s.end(first);
    close_leg(s, hedge, Side::Buy, 4);
    EXPECT_EQ(tally(s).second_only, 1U);
    EXPECT_EQ(tally(s).needless, 0U);
}

// Lost, refused or rejected by a venue is one thing, a price that has gone another.
TEST(Pairs, ARollbackIsByAVenueThatFailedOrByThePrice) {
    enum class Fate : std::uint8_t { Unfilled, Lost, Rejected };
    struct Row {
        const char* what;
        std::vector<Fate> seconds; // of each order of the second leg
        bool by_venue;
    };
    const std::vector<Row> rows{
        {"nobody was there, twice", {Fate::Unfilled, Fate::Unfilled}, false},
        {"it never came", {Fate::Lost}, true},
        {"it was taken, and then rejected", {Fate::Rejected}, true},
        {"the first of them was lost", {Fate::Lost, Fate::Unfilled}, true},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        Scene s{pair_config()};
        take(s, maker, Side::Buy, 4);
        for (const Fate fate : row.seconds) {
            const auto second =
                s.send(hedge, Sent{.side = Side::Sell, .qty = 4}, fate != Fate::Lost);
            if (fate == Fate::Lost) continue;
            s.end(second);
            if (fate == Fate::Rejected) s.books.orders[1].back().was_rejected = true;
        }
        close_leg(s, maker, Side::Sell, 4);
        EXPECT_EQ(tally(s).rollbacks, 1U);
        EXPECT_EQ(tally(s).by_venue, row.by_venue ? 1U : 0U);
        EXPECT_EQ(tally(s).by_price, row.by_venue ? 0U : 1U);
        EXPECT_EQ(tally(s).needless, 0U);
    }
}

// Where the first leg is asked for again, what that brings counts, and what it lacked before.
TEST(Pairs, AFirstLegThatIsAskedForAgainIsOfTheSameAttempt) {
    Scene s{pair_config(true)};
    const auto first = s.send(maker, Sent{.qty = 4, .tif = TimeInForce::Ioc}, false); // lost
    take(s, hedge, Side::Sell, 4);
    const auto again = s.send(maker, Sent{.qty = 4, .tif = TimeInForce::Ioc});
    s.end(again);
    close_leg(s, hedge, Side::Buy, 4);
    EXPECT_EQ(tally(s).by_venue, 1U);
    static_cast<void>(first);
    // And the next attempt begins anew.
    s.end(s.send(maker, Sent{.qty = 4, .tif = TimeInForce::Ioc}));
    take(s, hedge, Side::Sell, 4);
    s.end(s.send(maker, Sent{.qty = 4, .tif = TimeInForce::Ioc}));
    close_leg(s, hedge, Side::Buy, 4);
    EXPECT_EQ(tally(s).by_price, 1U);
    EXPECT_EQ(tally(s).second_only, 2U);
}

TEST(Pairs, ASecondLegThatLeavesWithTheFirstIsNoHedge) {
    Scene s{pair_config(true)};
    const std::uint32_t first = s.send(maker, Side::Buy, 10);
    const std::uint32_t second = s.send(hedge, Side::Sell, 10);
    EXPECT_EQ(s.auditor.tally().hedges_sent, 0U);
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 0U);
    // It may fill first; and if the other one does not, what it made is hedged.
    s.fill(second, 10, false);
    s.end(second);
    s.end(first);
    const std::uint32_t back = s.send(hedge, Side::Buy, 10);
    EXPECT_EQ(s.auditor.tally().hedges_sent, 1U);
    s.fill(back, 10, false);
    EXPECT_EQ(broken(s, Rule::HedgeNotAboveOwed), 0U);
    EXPECT_EQ(broken(s, Rule::HedgeNeverFlips), 0U);
}

TEST(Pairs, OneForMoreOrLaterOrOfTheSameSideIsAHedge) {
    const auto hedges = [](bool enters_together, Side side, std::int64_t qty, Duration after,
                           int times = 1) {
        Scene s{pair_config(enters_together)};
        s.send(maker, Side::Buy, 10);
        s.wait(after);
        for (int n = 0; n < times; ++n) s.send(hedge, side, qty);
        return broken(s, Rule::HedgeNotAboveOwed);
    };
    EXPECT_EQ(hedges(true, Side::Sell, 10, Duration{}), 0U);
    EXPECT_EQ(hedges(true, Side::Sell, 11, Duration{}), 1U) << "for more";
    EXPECT_EQ(hedges(true, Side::Sell, 10, milliseconds(1)), 1U) << "later";
    EXPECT_EQ(hedges(true, Side::Buy, 10, Duration{}), 1U) << "of the same side";
    EXPECT_EQ(hedges(true, Side::Sell, 10, Duration{}, 2), 1U) << "a second one";
    EXPECT_EQ(hedges(false, Side::Sell, 10, Duration{}), 1U) << "of legs that leave in turn";
}

} // namespace
} // namespace keel::audit::test
