#include "core/order_life.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/catalogue.hpp"
#include "tests/core/walk.hpp"

// A venue tells the facts of one order of 5 lots in any order and any number of times. What is
// believed at the end depends on the set alone (law 2 of the design).

namespace keel::core::facts {
namespace {

using enum ExecType;

TEST(OrderLife, EveryOrderingOfEverySetOfFactsEndsInOneBelief) {
    for (const bool vouches : {true, false}) {
        Walk walk{{.vouches = vouches}, ordered};
        int failures = 0;
        for (std::size_t size = 1; size <= (vouches ? 4U : 3U); ++size) {
            each_set(catalogue(), size, [&](const std::vector<Fact>& set) {
                if (failures < 10 && !walk.hold_to_one_belief(set)) ++failures;
            });
        }
        RecordProperty(vouches ? "orderings" : "orderings_unvouched",
                       static_cast<int>(walk.orderings));
        EXPECT_GT(walk.orderings, vouches ? 400'000U : 15'000U);
    }
}

// The same with one fact told twice, wherever the second time falls.
TEST(OrderLife, ARepeatChangesNothingWhereverItFalls) {
    Walk walk{{}, ordered};
    int failures = 0;
    for (std::size_t size = 1; size <= 3; ++size) {
        each_set(catalogue(), size, [&](const std::vector<Fact>& set) {
            if (failures < 10 && !walk.hold_repeats_to_one_belief(set)) ++failures;
        });
    }
    EXPECT_GT(walk.orderings, 300'000U);
}

// The same for a sell: signs are the only difference.
TEST(OrderLife, ASellIsABuyWithTheOtherSign) {
    OneOrder order{{}};
    order.submit(ordered, Side::Sell);
    order.tell(body_of(order, {.type = Trade, .fill = 'a', .qty = 2}));
    const Belief belief = order.belief();
    EXPECT_EQ(belief.filled, Lots{-2});
    EXPECT_EQ(belief.cum, Lots{2});
    EXPECT_EQ(belief.open, Lots{3});
}

struct Row {
    std::vector<Fact> facts;
    const char* expected;
};

// What the sets mean, written down first.
TEST(OrderLife, SetsMeanWhatTheyShould) {
    const Fact ack{.type = New};
    const Fact a2{.type = Trade, .fill = 'a', .qty = 2};
    const Fact b1{.type = Trade, .fill = 'b', .qty = 1};
    const Fact c3{.type = Trade, .fill = 'c', .qty = 3};
    const Fact d5{.type = Trade, .fill = 'd', .qty = 5};
    const Fact cancel{.type = Canceled};
    const auto canceled = [](std::int64_t cum) { return Fact{.type = Canceled, .cum = cum}; };
    const auto claim = [](std::int64_t cum, std::uint64_t version = 0) {
        return Fact{.type = Status, .cum = cum, .version = version};
    };
    const Fact reject{.type = Rejected, .cum = 0};
    const Fact bust_a{.type = TradeCancel, .fill = 'a', .qty = 2};
    const std::vector<Row> rows{
        {{ack}, "New asked=0  cum=0 qty=5 px=100 position=0 told=0 open=5"},
        {{ack, a2}, "PartiallyFilled asked=0  cum=2 qty=5 px=100 position=2 told=0 open=3"},
        {{a2, c3}, "Filled asked=0 over settled  cum=5 qty=5 px=100 position=5 told=0 open=0"},
        {{d5}, "Filled asked=0 over settled  cum=5 qty=5 px=100 position=5 told=0 open=0"},
        // Ends: without a quantity only a read of fills settles them.
        {{ack, cancel}, "Canceled asked=0 over  cum=0 qty=5 px=100 position=0 told=0 open=5"},
        {{a2, cancel}, "Canceled asked=0 over  cum=2 qty=5 px=100 position=2 told=0 open=3"},
        {{a2, canceled(2)},
         "Canceled asked=0 over settled  cum=2 qty=5 px=100 position=2 told=0 open=0"},
        // The venue vouches for more than is here: certain, and nothing beyond.
        {{b1, canceled(3)}, "Canceled asked=0 over  cum=1 qty=5 px=100 position=1 told=2 open=0"},
        // It vouches for less than is here: who knows what else is missing.
        {{c3, canceled(2)},
         "Canceled asked=0 over ALARM cum=3 qty=5 px=100 position=3 told=0 open=2 "
         "contradictions=8"},
        {{d5, cancel}, "Filled asked=0 over settled  cum=5 qty=5 px=100 position=5 told=0 open=0"},
        {{{.type = Expired, .cum = 3}, a2, b1, cancel},
         "Canceled asked=0 over settled  cum=3 qty=5 px=100 position=3 told=0 open=0"},
        {{{.type = Expired, .cum = 2}, a2},
         "Expired asked=0 over settled  cum=2 qty=5 px=100 position=2 told=0 open=0"},
        // Rejections.
        {{reject}, "Rejected asked=0 over settled  cum=0 qty=5 px=100 position=0 told=0 open=0"},
        {{ack, reject},
         "Rejected asked=0 over settled  cum=0 qty=5 px=100 position=0 told=0 open=0"},
        {{a2, reject},
         "Rejected asked=0 over ALARM cum=2 qty=5 px=100 position=2 told=0 open=3 "
         "contradictions=9"},
        {{claim(2), reject},
         "Rejected asked=0 over ALARM cum=0 qty=5 px=100 position=0 told=0 open=5 "
         "contradictions=9"},
        {{reject, canceled(0)},
         "Canceled asked=0 over settled ALARM cum=0 qty=5 px=100 position=0 told=0 open=0 "
         "contradictions=2"},
        // Claims: the newest version counts; of equal ones both stand.
        {{claim(2)}, "PartiallyFilled asked=0  cum=0 qty=5 px=100 position=0 told=2 open=3"},
        {{claim(3, 1), claim(2, 2)},
         "PartiallyFilled asked=0  cum=0 qty=5 px=100 position=0 told=2 open=3"},
        {{claim(3, 1), claim(4, 1)},
         "PartiallyFilled asked=0  cum=0 qty=5 px=100 position=0 told=3 open=2"},
        {{claim(3, 1), a2}, "PartiallyFilled asked=0  cum=2 qty=5 px=100 position=2 told=1 open=2"},
        {{claim(5, 3)}, "Filled asked=0 over  cum=0 qty=5 px=100 position=0 told=5 open=0"},
        {{claim(5, 3), a2, c3},
         "Filled asked=0 over settled  cum=5 qty=5 px=100 position=5 told=0 open=0"},
        // Overfill is exposure, and told.
        {{a2, d5},
         "Filled asked=0 over settled ALARM cum=7 qty=5 px=100 position=7 told=0 open=0 "
         "contradictions=4"},
        {{claim(7)},
         "Filled asked=0 over ALARM cum=0 qty=5 px=100 position=0 told=7 open=0 contradictions=4"},
        // Busts: they take from what counts, and reopen nothing.
        {{a2, bust_a}, "New asked=0  cum=0 qty=5 px=100 position=0 told=0 open=5"},
        {{d5, {.type = TradeCancel, .fill = 'd'}},
         "Filled asked=0 over settled  cum=0 qty=5 px=100 position=0 told=0 open=0"},
        {{a2, c3, bust_a},
         "Filled asked=0 over settled  cum=3 qty=5 px=100 position=3 told=0 open=0"},
        // Whether a final 2 contains the busted 2 is not known: 2 more may be missing.
        {{a2, bust_a, canceled(2)},
         "Canceled asked=0 over  cum=0 qty=5 px=100 position=0 told=0 open=2"},
        // Corrections: the newest number counts, more or less.
        {{a2, {.type = TradeCorrect, .fill = 'a', .qty = 1, .number = 1}},
         "PartiallyFilled asked=0  cum=1 qty=5 px=100 position=1 told=0 open=4"},
        {{a2,
          {.type = TradeCorrect, .fill = 'a', .qty = 1, .number = 1},
          {.type = TradeCorrect, .fill = 'a', .qty = 4, .number = 2}},
         "PartiallyFilled asked=0  cum=4 qty=5 px=100 position=4 told=0 open=1"},
        // Reductions by the venue.
        {{a2, {.type = Restated, .qty = 1}},
         "PartiallyFilled asked=0  cum=2 qty=5 px=100 position=2 told=0 open=2"},
        {{a2, {.type = Restated, .qty = 3}},
         "Canceled asked=0 over settled  cum=2 qty=5 px=100 position=2 told=0 open=0"},
        {{{.type = Restated, .qty = 5}},
         "Canceled asked=0 over settled  cum=0 qty=5 px=100 position=0 told=0 open=0"},
        {{c3, {.type = Restated, .qty = 3}},
         "Canceled asked=0 over settled ALARM cum=3 qty=5 px=100 position=3 told=0 open=0 "
         "contradictions=4"},
        // A fill's own small life.
        {{{.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Matched},
          {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Failed}},
         "New asked=0  cum=0 qty=5 px=100 position=0 told=0 open=5"},
        {{{.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Confirmed},
          {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Failed}},
         "New asked=0 ALARM cum=0 qty=5 px=100 position=0 told=0 open=5"},
    };
    Walk walk{{}, ordered};
    for (const Row& row : rows) {
        EXPECT_EQ(to_string(walk.after(row.facts)), row.expected) << name_of(row.facts);
    }
}

// --- the table ---

// What a walk through the table of order_life.hpp makes of the same facts, one by one.
struct Fold {
    OrdStatus status = OrdStatus::PendingNew;
    bool bad = false;
    std::map<char, std::int64_t> fills;
    std::int64_t executed = 0;
    std::int64_t claimed = 0;

    void take(core::Fact column) {
        const Cell& cell = life(status, column);
        if (cell.kind == Cell::Kind::Move) status = cell.status;
        if (cell.kind == Cell::Kind::Alarm) bad = true;
    }
    void tell(const Fact& f) {
        if (f.type == New || f.type == Status) take(core::Fact::Acked);
        const std::int64_t before = std::max(executed, claimed);
        if (f.type == Trade && fills.emplace(f.fill, f.qty).second) executed += f.qty;
        claimed = std::max(claimed, f.cum);
        // The column is what the fact adds: new trades, and not those that a claim had covered.
        const std::int64_t after = std::max(executed, claimed);
        if (after > before) {
            take(after >= ordered.value() ? core::Fact::Full : core::Fact::Part);
            bad = bad || after > ordered.value();
        }
        if (f.type == Canceled) take(core::Fact::Cxl);
        if (f.type == Expired) take(core::Fact::Exp);
        if (f.type == Rejected) take(core::Fact::Rej);
    }
};

// Fills or claims beyond what an end vouched for: no question to the table.
bool breaks_a_vouch(const std::vector<Fact>& facts) {
    std::map<char, std::int64_t> fills;
    std::int64_t claimed = 0;
    std::int64_t final = INT64_MAX;
    for (const Fact& f : facts) {
        if (f.type == Trade) fills[f.fill] = f.qty;
        if (f.type == Status) claimed = std::max(claimed, f.cum);
        const bool ends = f.type == Canceled || f.type == Expired || f.type == Rejected;
        if (ends && f.cum >= 0) final = std::min(final, f.cum);
    }
    std::int64_t executed = 0;
    for (const auto& [fill, qty] : fills) executed += qty;
    return std::max(executed, claimed) > final;
}

TEST(OrderLife, TableAndJoinAgreeOnEveryOrdering) {
    std::vector<Fact> plain;
    for (const Fact& f : catalogue()) {
        if (f.answers || lowers(f) || f.type == Restated) continue;
        if (f.stage == FillStage::Final) plain.push_back(f);
    }
    Walk walk{{}, ordered};
    std::uint64_t compared = 0;
    std::uint64_t contradictory = 0;
    for (std::size_t size = 1; size <= 4; ++size) {
        each_set(plain, size, [&](const std::vector<Fact>& set) {
            if (HasFailure()) return;
            std::set<OrdStatus> rows; // in which walks through the table end
            each_ordering(set, [&](const std::vector<Fact>& told) {
                Fold fold;
                for (const Fact& f : told) fold.tell(f);
                const Belief belief = walk.after(told);
                const bool broken = breaks_a_vouch(set);
                EXPECT_EQ(belief.alarmed, fold.bad || broken)
                    << name_of(told) << ": " << to_string(belief);
                rows.insert(fold.status);
                if (fold.bad || broken) {
                    ++contradictory;
                } else {
                    EXPECT_EQ(belief.status, fold.status)
                        << name_of(told) << ": " << to_string(belief);
                    ++compared;
                }
                return !HasFailure();
            });
            // What cannot be true together has no right row, and yet one, which a walk ends in too.
            EXPECT_TRUE(rows.contains(walk.after(set).status))
                << name_of(set) << ": " << to_string(walk.after(set));
        });
    }
    EXPECT_GT(compared, 15'000U);
    EXPECT_GT(contradictory, 20'000U);
}

// --- memory ---

TEST(OrderLife, ASettledOrderIsRememberedForAWhileAndItsFillsForEver) {
    OneOrder order{{}};
    const ClOrdID first = order.submit(ordered);
    order.tell(body_of(order, {.type = Trade, .fill = 'd', .qty = 5}));
    EXPECT_EQ(order.engine().find_order(first), nullptr);
    ASSERT_NE(order.engine().recall_order(first), nullptr);
    // As many settle as there are slots: the oldest make room.
    ExecutionReport replay = order.report(Trade);
    replay.exec_id = ExecID{0, 'd'};
    replay.last_qty = ordered;
    ExecutionReport rejected = order.report(Rejected);
    for (int n = 0; n < 100; ++n) {
        order.submit(ordered);
        ExecutionReport r = order.report(Trade, static_cast<std::uint64_t>(n) + 2);
        r.exec_id = ExecID{1, static_cast<std::uint64_t>(n)};
        r.last_qty = ordered;
        order.tell(r);
        ASSERT_EQ(order.engine().desk().live_orders, 0U);
        ASSERT_LE(order.engine().desk().order_high, settled_max + 1);
    }
    EXPECT_EQ(order.engine().recall_order(first), nullptr);
    const Lots before = order.belief().filled;
    order.tell(replay);
    EXPECT_EQ(order.belief().filled, before); // counted once, however late it comes back (SC-30)
    order.tell(rejected);                     // and this says nothing any more
    EXPECT_FALSE(order.belief().alarmed);
    replay.exec_id = ExecID{0, 'e'};
    order.tell(replay);
    EXPECT_EQ(order.belief().filled, before + ordered); // a further fill counts, and is told
    EXPECT_TRUE(order.belief().alarmed);
}

TEST(OrderLife, AContradictionIsToldOnceAndAgainWithTheNextFill) {
    OneOrder order{{}};
    order.submit(ordered);
    const auto alarms = [&] {
        std::size_t n = 0;
        for (const CommandBody& body : order.sent()) {
            const auto* alarm = std::get_if<Alarm>(&body);
            n += alarm != nullptr && alarm->kind == AlarmKind::Overfill ? 1U : 0U;
        }
        return n;
    };
    const auto release = [&] {
        order.tell(OperatorAct{.act = Act::ReleaseFreeze, .instrument = instrument});
    };
    order.tell(body_of(order, {.type = Trade, .fill = 'd', .qty = 5}));
    order.tell(body_of(order, {.type = Trade, .fill = 'a', .qty = 2}));
    EXPECT_EQ(alarms(), 1U);
    release();
    order.tell(body_of(order, {.type = Trade, .fill = 'a', .qty = 2}));
    order.tell(body_of(order, {.type = New}));
    EXPECT_EQ(alarms(), 1U);
    EXPECT_EQ(order.engine().book(instrument).frozen_at, Timestamp{});
    order.tell(body_of(order, {.type = Trade, .fill = 'b', .qty = 1}));
    EXPECT_EQ(alarms(), 2U);
}

} // namespace
} // namespace keel::core::facts
