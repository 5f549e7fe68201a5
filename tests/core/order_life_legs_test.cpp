#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/walk.hpp"

// An order of 10 on leg 1, then an amend: what is told of the old leg, of the new one, and of the
// amend itself may come in any order.

namespace keel::core::facts {
namespace {

using enum ExecType;

constexpr Ticks new_px{105};

std::string name_of(const Dialect& d) {
    const char* qty = d.amend_qty == AmendQty::Total       ? "total"
                      : d.amend_qty == AmendQty::Remaining ? "remaining"
                                                           : "replacement";
    return fmt::format("{}, id {}", qty, d.keeps_id ? "kept" : "replaced");
}

std::vector<Dialect> dialects() {
    std::vector<Dialect> all;
    for (const AmendQty qty : {AmendQty::Total, AmendQty::Remaining, AmendQty::Replacement}) {
        for (const bool keeps_id : {true, false}) {
            all.push_back({.amend_qty = qty, .keeps_id = keeps_id});
        }
    }
    return all;
}

// An order that rests and is asked to become `total` at another price.
Walk amended(const Dialect& dialect, std::int64_t total) {
    Walk walk{dialect, Lots{10}};
    walk.order.tell(body_of(walk.order, {.type = New}));
    EXPECT_TRUE(walk.order.amend(new_px, Lots{total}));
    walk.settle_here();
    return walk;
}

// Of the order 2 executed before the amend took effect, and 1 after it. What was asked for left
// before any fill was known: 8 in every dialect.
struct Story {
    explicit Story(const Dialect& d) : dialect(d), fresh(d.keeps_id ? 1U : 2U) {}

    // The whole of the leg that the amend made or changed.
    [[nodiscard]] std::int64_t told_qty() const {
        if (dialect.amend_qty == AmendQty::Total) return dialect.keeps_id ? 8 : 6;
        return dialect.keeps_id ? 10 : 8;
    }
    [[nodiscard]] std::vector<Fact> facts() const {
        std::vector<Fact> all{
            {.type = Trade, .fill = 'a', .qty = 2},
            {.type = Trade, .fill = 'b', .qty = 1, .leg = fresh},
            {.type = Replaced, .leg = fresh, .order_qty = told_qty(), .amend_no = 1},
            {.leg = fresh, .amend_no = 1, .answers = RequestKind::Amend},
        };
        if (dialect.keeps_id) {
            all.push_back({.leg = 0, .amend_no = 1, .answers = RequestKind::Amend});
            all.push_back({.type = Status, .cum = 3, .version = 4});
        } else {
            all.push_back({.type = Canceled, .cum = 2});
            all.push_back({.type = New, .leg = fresh});
            all.push_back({.type = Status, .cum = 1, .version = 2, .leg = fresh});
        }
        return all;
    }
    Dialect dialect;
    std::uint64_t fresh;
};

TEST(OrderLifeLegs, EveryOrderingOfWhatIsTrueEndsInOneBeliefAndNoAlarm) {
    for (const Dialect& dialect : dialects()) {
        SCOPED_TRACE(name_of(dialect));
        const Story story{dialect};
        Walk walk = amended(dialect, 8);
        int failures = 0;
        for (std::size_t size = 1; size <= 6; ++size) {
            each_set(story.facts(), size, [&](const std::vector<Fact>& set) {
                if (failures > 5) return;
                if (!walk.hold_to_one_belief(set)) ++failures;
                EXPECT_FALSE(walk.after(set).alarmed) << name_of(set);
            });
        }
        EXPECT_GT(walk.orderings, dialect.keeps_id ? 1'500U : 6'000U);
    }
}

TEST(OrderLifeLegs, TheWholeStoryMeansWhatItShould) {
    for (const Dialect& dialect : dialects()) {
        SCOPED_TRACE(name_of(dialect));
        Walk walk = amended(dialect, 8);
        const Belief b = walk.after(Story{dialect}.facts());
        EXPECT_EQ(b.status, OrdStatus::PartiallyFilled);
        EXPECT_EQ(b.cum, Lots{3});
        EXPECT_EQ(b.qty, Lots{8});
        EXPECT_EQ(b.px, new_px);
        EXPECT_EQ(b.filled, Lots{3});
        if (dialect.amend_qty == AmendQty::Total) {
            EXPECT_EQ(b.open, Lots{5});
            EXPECT_EQ(b.asked, pending::none);
        } else {
            // It filled while the amend travelled, so 2 more rest than was meant: taken back.
            EXPECT_EQ(b.open, Lots{7});
            EXPECT_EQ(b.asked, pending::cancel);
        }
    }
}

// While nobody has answered, either may be true.
TEST(OrderLifeLegs, AnUnansweredAmendCountsBothWays) {
    for (const Dialect& dialect : dialects()) {
        for (const std::int64_t total : {8, 13}) {
            SCOPED_TRACE(fmt::format("{} to {}", name_of(dialect), total));
            Walk walk = amended(dialect, total);
            const Belief b = walk.after({{.type = Trade, .fill = 'a', .qty = 2}});
            EXPECT_EQ(b.status, OrdStatus::PartiallyFilled);
            EXPECT_EQ(b.asked, pending::amend);
            EXPECT_EQ(b.qty, Lots{10});
            const bool total_dialect = dialect.amend_qty == AmendQty::Total;
            const std::int64_t most = total_dialect ? std::max<std::int64_t>(10, total) - 2
                                                    : 8 + total; // what is left, and what was asked
            EXPECT_EQ(b.open, Lots{most});
        }
    }
}

TEST(OrderLifeLegs, ARefusalLeavesTheOldParameters) {
    for (const Dialect& dialect : dialects()) {
        SCOPED_TRACE(name_of(dialect));
        Walk walk = amended(dialect, 8);
        const std::vector<Fact> facts{{.type = Trade, .fill = 'a', .qty = 4},
                                      {.type = Trade, .fill = 'b', .qty = 6},
                                      {.leg = 0,
                                       .amend_no = 1,
                                       .answers = RequestKind::Amend,
                                       .outcome = Outcome::Refused,
                                       .reason = Reason::TooLate},
                                      {.type = Status, .cum = 10, .version = 3}};
        EXPECT_TRUE(walk.hold_to_one_belief(facts));
        const Belief b = walk.after(facts);
        EXPECT_EQ(b.status, OrdStatus::Filled);
        EXPECT_EQ(b.qty, Lots{10});
        EXPECT_EQ(b.px, px);
        EXPECT_TRUE(b.settled);
        EXPECT_FALSE(b.alarmed);
        EXPECT_EQ(walk.order.engine().desk().live_legs, 0U);
    }
}

// Ended for good only when both legs have ended and no amend is unanswered.
TEST(OrderLifeLegs, AnEndOfTheOldLegIsNotTheEnd) {
    for (const Dialect& dialect : dialects()) {
        if (dialect.keeps_id) continue;
        SCOPED_TRACE(name_of(dialect));
        Walk walk = amended(dialect, 8);
        Belief b = walk.after({{.type = Canceled, .cum = 0}});
        EXPECT_EQ(b.status, OrdStatus::New);
        EXPECT_FALSE(b.over);
        EXPECT_EQ(b.open, Lots{dialect.amend_qty == AmendQty::Total ? 10 : 8});
        b = walk.after({{.type = Canceled, .cum = 0}, {.type = New, .leg = 2}});
        EXPECT_EQ(b.status, OrdStatus::New);
        EXPECT_EQ(b.asked, pending::none);
        EXPECT_EQ(b.open, Lots{8});
        const std::vector<Fact> ends{{.type = Canceled, .cum = 0},
                                     {.type = Replaced, .leg = 2, .amend_no = 1},
                                     {.type = Expired, .cum = 0, .leg = 2}};
        EXPECT_TRUE(walk.hold_to_one_belief(ends));
        b = walk.after(ends);
        EXPECT_EQ(b.status, OrdStatus::Expired); // how the order ended, not its first leg
        EXPECT_TRUE(b.settled);
    }
}

// Cancel, then place: the old leg is gone, and the new one was refused.
TEST(OrderLifeLegs, ARefusedReplacementEndsTheOrderAsCanceled) {
    for (const Dialect& dialect : dialects()) {
        if (dialect.keeps_id) continue;
        SCOPED_TRACE(name_of(dialect));
        Walk walk = amended(dialect, 8);
        const std::vector<Fact> facts{{.type = Trade, .fill = 'a', .qty = 2},
                                      {.type = Canceled, .cum = 2},
                                      {.type = Rejected, .cum = 0, .leg = 2, .order_qty = 8},
                                      {.leg = 0,
                                       .amend_no = 1,
                                       .answers = RequestKind::Amend,
                                       .outcome = Outcome::Refused,
                                       .reason = Reason::InsufficientMargin}};
        EXPECT_TRUE(walk.hold_to_one_belief(facts));
        const Belief b = walk.after(facts);
        EXPECT_EQ(b.status, OrdStatus::Canceled);
        EXPECT_EQ(b.cum, Lots{2});
        EXPECT_TRUE(b.settled);
        EXPECT_FALSE(b.alarmed);
    }
}

// Accepted, and the new id is still to come: the old leg's end must not close the order.
TEST(OrderLifeLegs, AnAcceptedAmendWithoutAnIdIsALegWithoutAName) {
    for (const Dialect& dialect : dialects()) {
        if (dialect.keeps_id) continue;
        SCOPED_TRACE(name_of(dialect));
        Walk walk = amended(dialect, 8);
        const std::vector<Fact> facts{{.leg = 0, .amend_no = 1, .answers = RequestKind::Amend},
                                      {.type = Canceled, .cum = 0},
                                      {.type = Trade, .fill = 'b', .qty = 1, .leg = 2}};
        EXPECT_TRUE(walk.hold_to_one_belief(facts));
        Belief b = walk.after({facts[0], facts[1]});
        EXPECT_EQ(b.status, OrdStatus::New);
        EXPECT_EQ(b.asked, pending::none);
        EXPECT_EQ(b.open, Lots{8});
        b = walk.after(facts);
        EXPECT_EQ(b.status, OrdStatus::PartiallyFilled);
        EXPECT_EQ(b.open, Lots{7});
    }
}

TEST(OrderLifeLegs, TwoAmendsInARowAndTheirRepeats) {
    for (const Dialect& dialect : dialects()) {
        SCOPED_TRACE(name_of(dialect));
        const std::uint64_t second = dialect.keeps_id ? 1 : 2;
        const std::uint64_t third = dialect.keeps_id ? 1 : 3;
        Walk walk = amended(dialect, 12);
        walk.order.tell(
            body_of(walk.order, {.type = Replaced, .leg = second, .order_qty = 12, .amend_no = 1}));
        if (!dialect.keeps_id) {
            walk.order.tell(body_of(walk.order, {.type = Canceled, .cum = 0}));
        }
        ASSERT_TRUE(walk.order.amend(Ticks{110}, Lots{7}));
        walk.settle_here();
        // The first amend told again is not the answer to the second.
        const Fact again{.type = Replaced, .leg = second, .order_qty = 12, .amend_no = 1};
        Belief b = walk.after({again});
        EXPECT_EQ(b.asked, pending::amend);
        EXPECT_EQ(b.px, Ticks{110});
        std::vector<Fact> facts{again,
                                {.type = Replaced, .leg = third, .order_qty = 7, .amend_no = 2},
                                {.leg = third, .amend_no = 2, .answers = RequestKind::Amend},
                                {.type = Trade, .fill = 'a', .qty = 3, .leg = third}};
        if (!dialect.keeps_id) facts.push_back({.type = Canceled, .cum = 0, .leg = second});
        EXPECT_TRUE(walk.hold_to_one_belief(facts));
        b = walk.after(facts);
        EXPECT_EQ(b.status, OrdStatus::PartiallyFilled);
        EXPECT_EQ(b.qty, Lots{7});
        EXPECT_EQ(b.px, Ticks{110});
        EXPECT_EQ(b.open, Lots{4});
        EXPECT_EQ(b.asked, pending::none);
        EXPECT_FALSE(b.alarmed);
    }
}

TEST(OrderLifeLegs, OneAmendAtATimeAndOnlyOfWhatIsKnownToRest) {
    OneOrder order{{}};
    order.submit(Lots{10});
    EXPECT_FALSE(order.amend(new_px, Lots{8})) << "the venue is not known to hold it";
    order.tell(body_of(order, {.type = New}));
    EXPECT_TRUE(order.amend(new_px, Lots{8}));
    EXPECT_FALSE(order.amend(new_px, Lots{7})) << "one is unanswered";
    order.tell(body_of(order, {.type = Replaced, .order_qty = 8, .amend_no = 1}));
    EXPECT_TRUE(order.amend(new_px, Lots{7}));
    order.tell(body_of(order, {.type = Replaced, .order_qty = 7, .amend_no = 2}));
    order.cancel();
    EXPECT_FALSE(order.amend(new_px, Lots{6})) << "it shall be gone";
}

// More venue ids under one ClOrdID than amends were asked: two orders for one intent.
TEST(OrderLifeLegs, ALegThatNobodyAskedForIsAContradiction) {
    for (const Dialect& dialect : dialects()) {
        SCOPED_TRACE(name_of(dialect));
        Walk walk{dialect, Lots{10}};
        const std::vector<Fact> facts{{.type = New}, {.type = New, .leg = 2}};
        EXPECT_TRUE(walk.hold_to_one_belief(facts));
        EXPECT_TRUE(walk.after(facts).alarmed);
    }
}

// The answers were lost, and a read shows the order as it now stands.
TEST(OrderLifeLegs, AReadThatShowsTheAmendIsItsAnswer) {
    for (const Dialect& dialect : dialects()) {
        SCOPED_TRACE(name_of(dialect));
        const Story story{dialect};
        Walk walk = amended(dialect, 8);
        ExecutionReport row = walk.order.report(Status, story.fresh);
        row.source = ReportSource::Read;
        row.px = new_px;
        row.order_qty = Lots{story.told_qty()};
        row.has_cum_qty = 1;
        row.cum_qty = Lots{dialect.keeps_id ? 2 : 0};
        row.version = 9;
        walk.order.tell(row);
        const Belief b = walk.order.belief();
        EXPECT_EQ(b.asked & pending::amend, 0);
        EXPECT_EQ(b.qty, Lots{8});
        // A stale one that shows the order as it was says nothing.
        walk.after({});
        row.px = px;
        row.order_qty = Lots{10};
        row.order_id = OrderID{0, 1};
        walk.order.tell(row);
        EXPECT_EQ(walk.order.belief().asked, pending::amend);
    }
}

} // namespace
} // namespace keel::core::facts
