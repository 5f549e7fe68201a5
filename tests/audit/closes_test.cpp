#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// Closes that may close the same twice, and orders of a size that the venue does not take or that
// is not held: by what was sent, what was executed, and what the desk was told of it.

namespace keel::audit::test {
namespace {

using Sent = Scene::Sent;

// Nothing is hedged, and the first instrument takes orders of any size and price.
AuditorConfig plain_config() {
    AuditorConfig config = usual_config();
    config.groups.clear();
    config.silence_bound = seconds(10);
    for (InstrumentFacts& one : config.instruments) {
        one.quotes_only_make = false;
        one.price_collar = Bps{0};
    }
    return config;
}

std::uint64_t duplicates(const Scene& s) { return s.auditor.log().count(Rule::NoDuplicateClose); }
std::uint64_t size_errors(const Scene& s) { return s.auditor.log().count(Rule::NoSizeError); }

// So many lots are held, and the desk was told.
void enter(Scene& s, std::int64_t qty = 10) {
    const auto entry = s.send(maker, {.side = Side::Buy, .qty = qty, .tif = TimeInForce::Ioc});
    s.fill(entry, qty, false);
    s.end(entry);
    s.hears_fill(entry, qty);
    s.hears_cancel(entry);
}
std::uint32_t close(Scene& s, std::int64_t qty = 10, bool arrives = true) {
    return s.send(
        maker,
        {.side = Side::Sell, .qty = qty, .px = 990, .reduce_only = true, .tif = TimeInForce::Ioc},
        arrives);
}

TEST(Closes, ASecondOneWaitsUntilTheFirstIsKnownToBeOver) {
    struct Row {
        const char* what;
        void (*first)(Scene&);
        std::uint64_t duplicates;
    };
    const Row rows[] = {
        {"it rests", [](Scene& s) { close(s); }, 1},
        {"it ended, and nobody said so", [](Scene& s) { s.end(close(s)); }, 1},
        {"it ended, and that was told",
         [](Scene& s) {
             const auto first = close(s);
             s.end(first);
             s.hears_cancel(first);
         },
         0},
        {"it ended, and its request can no longer be accepted",
         [](Scene& s) {
             s.end(close(s));
             s.wait(milliseconds(2'150));
         },
         0},
        {"it is on its way", [](Scene& s) { close(s, 10, false); }, 1},
        {"it was not found, and may still come",
         [](Scene& s) {
             close(s, 10, false);
             s.wait(milliseconds(2'050));
         },
         1},
        {"it never came, and cannot come any more",
         [](Scene& s) {
             close(s, 10, false);
             s.wait(milliseconds(2'150));
         },
         0},
        {"it was refused",
         [](Scene& s) {
             const auto first = close(s, 10, false);
             s.hears_refusal(first);
         },
         0},
        {"another one of that id was refused",
         [](Scene& s) {
             const auto first = close(s);
             RequestAnswer answer;
             answer.cl_ord_id = ClOrdID::make(1, 1, first + 1);
             answer.outcome = Outcome::Refused;
             answer.reason = Reason::DuplicateID;
             s.auditor.on_heard(answer);
             s.end(first);
         },
         1},
        {"it was executed, and nobody told, however long ago",
         [](Scene& s) {
             const auto first = close(s);
             s.fill(first, 10, false);
             s.wait(seconds(5));
         },
         1},
        {"it was executed in part, which nobody told, and ended, which was told",
         [](Scene& s) {
             const auto first = close(s);
             s.fill(first, 4, false);
             s.end(first);
             s.hears_cancel(first);
         },
         1},
        {"a part of it was told, and its end",
         [](Scene& s) {
             const auto first = close(s);
             s.fill(first, 4, false);
             s.end(first);
             s.hears_fill(first, 4);
             s.hears_cancel(first);
         },
         0},
        {"it was for another instrument",
         [](Scene& s) {
             const auto other = s.send(hedge, {.side = Side::Buy, .tif = TimeInForce::Ioc});
             s.fill(other, 10, false);
             s.hears_fill(other, 10);
             s.send(hedge, {.side = Side::Sell, .reduce_only = true, .tif = TimeInForce::Ioc});
         },
         0},
        {"what waits to reduce is no close",
         [](Scene& s) { s.send(maker, {.side = Side::Sell, .reduce_only = true, .trigger = 950}); },
         0},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        Scene s{plain_config()};
        enter(s);
        row.first(s);
        close(s);
        EXPECT_EQ(duplicates(s), row.duplicates);
    }
}

TEST(Closes, PartsOfWhatIsHeldMayBeUnderWayTogether) {
    for (const std::int64_t second : {6, 7}) {
        Scene s{plain_config()};
        enter(s);
        close(s, 4);
        close(s, second);
        EXPECT_EQ(duplicates(s), second == 7 ? 1U : 0U);
    }
    // What was told of the first is not counted once more.
    Scene s{plain_config()};
    enter(s);
    const auto first = close(s, 8);
    s.fill(first, 5, false);
    s.hears_fill(first, 5);
    close(s, 2);
    EXPECT_EQ(duplicates(s), 0U);
    close(s, 1);
    EXPECT_EQ(duplicates(s), 1U);
}

// Some venues' fills name no order of ours. If all of that side were told, the close's own were.
TEST(Closes, AFillNeedNotCarryOurId) {
    for (const bool is_told : {false, true}) {
        Scene s{plain_config()};
        enter(s);
        const auto first = close(s);
        s.fill(first, 4, false);
        s.end(first);
        s.hears_cancel(first);
        ExecutionReport fill;
        fill.instrument = maker;
        fill.order_id = OrderID{0, first + 1};
        fill.exec_id = ExecID{0, 1};
        fill.exec_type = ExecType::Trade;
        fill.side = Side::Sell;
        fill.last_qty = Lots{4};
        if (is_told) s.auditor.on_heard(fill);
        close(s, 6);
        EXPECT_EQ(duplicates(s), is_told ? 0U : 1U);
    }
    // With two on one side, the venue's id tells whose it was; and a claim tells as much.
    for (const bool is_claim : {false, true}) {
        Scene s{plain_config()};
        enter(s, 20);
        const auto other = s.send(maker, {.side = Side::Sell, .qty = 5, .reduce_only = true});
        s.fill(other, 5); // nobody tells
        const auto first = close(s);
        s.fill(first, 4, false);
        s.end(first);
        ExecutionReport report;
        report.instrument = maker;
        report.cl_ord_id = ClOrdID::make(1, 1, first + 1);
        report.order_id = OrderID{0, first + 1};
        report.exec_type = ExecType::Expired;
        report.side = Side::Sell;
        if (is_claim) {
            report.has_cum_qty = 1;
            report.cum_qty = Lots{4};
        }
        s.auditor.on_heard(report);
        report.cl_ord_id = {};
        report.exec_id = ExecID{0, 1};
        report.exec_type = ExecType::Trade;
        report.last_qty = Lots{4};
        report.has_cum_qty = 0;
        if (!is_claim) s.auditor.on_heard(report);
        if (!is_claim) s.auditor.on_heard(report); // and once more
        close(s, 16);
        EXPECT_EQ(duplicates(s), 0U);
    }
}

// A bot that does not send its closes as reduce-only turns its position by the second one.
TEST(Closes, OneThatIsNotReduceOnlyIsOneWhereNothingIsHedged) {
    for (const bool is_hedged : {false, true}) {
        AuditorConfig config = plain_config();
        if (is_hedged) config.groups = usual_config().groups;
        Scene s{config};
        enter(s);
        const Sent back{.side = Side::Sell, .qty = 10, .px = 990, .tif = TimeInForce::Ioc};
        s.send(maker, back);
        s.send(maker, back);
        EXPECT_EQ(duplicates(s), is_hedged ? 0U : 1U);
    }
    // An entry the other way is none: the desk may not know yet that something is held.
    Scene s{plain_config()};
    s.outside(maker, Side::Buy, 10);
    s.send(maker, {.side = Side::Sell, .qty = 20, .tif = TimeInForce::Ioc});
    s.send(maker, {.side = Side::Sell, .qty = 20, .tif = TimeInForce::Ioc});
    EXPECT_EQ(duplicates(s) + size_errors(s), 0U);
}

TEST(Sizes, WhatReducesIsForNoMoreThanIsHeld) {
    struct Row {
        const char* what;
        void (*before)(Scene&);
        std::int64_t most;
    };
    const Row rows[] = {
        {"all was told", [](Scene&) {}, 10},
        {"a stop was executed, and nobody told",
         [](Scene& s) {
             s.fill(s.send(maker, {.side = Side::Sell, .qty = 4, .reduce_only = true}), 4);
         },
         10},
        {"and that was told",
         [](Scene& s) {
             const auto stop = s.send(maker, {.side = Side::Sell, .qty = 4, .reduce_only = true});
             s.fill(stop, 4);
             s.hears_fill(stop, 4);
         },
         6},
        {"somebody else has closed some, which only a position shows",
         [](Scene& s) {
             s.outside(maker, Side::Sell, 4, false);
             s.wait(seconds(9));
         },
         10},
        {"and a read must have shown it",
         [](Scene& s) {
             s.outside(maker, Side::Sell, 4, false);
             s.wait(seconds(11));
         },
         6},
        {"more was bought, and nobody told",
         [](Scene& s) { s.fill(s.send(maker, {.side = Side::Buy, .qty = 5}), 5); }, 15},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        for (const bool takes : {true, false}) { // what waits to reduce, too
            for (const bool is_more : {false, true}) {
                Scene s{plain_config()};
                enter(s);
                row.before(s);
                s.send(maker, {.side = Side::Sell,
                               .qty = row.most + (is_more ? 1 : 0),
                               .reduce_only = true,
                               .trigger = takes ? 0 : 950,
                               .tif = takes ? TimeInForce::Ioc : TimeInForce::Gtc});
                EXPECT_EQ(size_errors(s), is_more ? 1U : 0U);
            }
        }
    }
}

TEST(Sizes, AreThoseThatTheVenueTakes) {
    AuditorConfig config = plain_config();
    config.instruments[0].min_qty = Lots{3};
    config.instruments[0].min_notional = Money{money_one / 2}; // 5 lots at 1'000
    const auto errors = [&](const Sent& sent) {
        Scene s{config};
        enter(s, 5);
        const std::uint64_t before = size_errors(s);
        s.send(maker, sent);
        return size_errors(s) - before;
    };
    EXPECT_EQ(errors({.qty = 5}), 0U);
    EXPECT_EQ(errors({.qty = 4}), 1U) << "worth too little";
    EXPECT_EQ(errors({.qty = 5, .px = 999}), 1U) << "by a tick";
    EXPECT_EQ(errors({.qty = 2, .px = 9'000}), 1U) << "too few lots";
    const auto reduces = [&](std::int64_t qty) {
        return errors({.side = Side::Sell, .qty = qty, .px = 900, .reduce_only = true});
    };
    EXPECT_EQ(reduces(5), 0U) << "all that is held is spared";
    EXPECT_EQ(reduces(4), 1U) << "and a part of it is not";
    config.instruments[0].min_notional_spares_full_close = false;
    EXPECT_EQ(reduces(5), 1U);
}

// P3: a rollback of what was asked for, of what a stale read showed, or of dollars.
TEST(Sizes, AFirstLegIsTakenBackByAllThatIsHeld) {
    const auto errors = [](std::int64_t qty, bool is_pair, bool is_told = true) {
        AuditorConfig config = plain_config();
        config.instruments[0].max_order_qty = Lots{7};
        if (is_pair) {
            config.groups = usual_config().groups;
            config.pairs.push_back(
                {.name = "pair", .group = GroupIx{0}, .first = maker, .second = hedge});
        }
        Scene s{config};
        const auto entry = s.send(maker, {.qty = 10, .tif = TimeInForce::Ioc});
        s.fill(entry, 10, false);
        s.hears_fill(entry, is_told ? 10 : 4);
        close(s, qty);
        return size_errors(s);
    };
    EXPECT_EQ(errors(10, true), 0U);
    EXPECT_EQ(errors(9, true), 1U);
    EXPECT_EQ(errors(9, false), 0U);
    EXPECT_EQ(errors(7, true), 0U) << "one order may hold no more";
    EXPECT_EQ(errors(4, true, false), 0U) << "the desk knows of four";
    EXPECT_EQ(errors(3, true, false), 1U);
    EXPECT_EQ(errors(11, true), 1U);
}

} // namespace
} // namespace keel::audit::test
