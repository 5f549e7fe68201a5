#include <algorithm>
#include <functional>
#include <vector>

#include "tests/core/desk_fixture.hpp"

// More of the counterexamples of flaw_test.cpp: those about what is joined into an order (F8) and
// where reads of fills begin (F11), and F1 with hedges. Each is told in every order, holds, and
// fails on an engine that goes by the draft's rule.

namespace keel::core {
namespace {

using namespace script;

using Facts = std::vector<std::function<void(Script&, ClOrdID)>>;

strategy::DeskConfig desk_with(Sabotage sabotage, bool keeps_id = true) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups.clear();
    config.engine.venues[0].amend_keeps_order_id = keeps_id;
    config.engine.sabotage = sabotage;
    return config;
}

struct Told {
    Lots certain;
    Lots most; // what it may come to, at the high end
    bool operator==(const Told&) const = default;
};

// How many of all orders of these facts, told of an order to buy 5, give something else.
std::size_t wrong_orders(const strategy::DeskConfig& config, const Facts& before,
                         const Facts& facts, Told truth) {
    std::vector<std::size_t> at(facts.size());
    for (std::size_t n = 0; n < at.size(); ++n) at[n] = n;
    std::size_t wrong = 0;
    do {
        Script s{config};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
        for (const auto& tell : before) tell(s, id);
        for (const std::size_t n : at) facts[n](s, id);
        const Told told{s.engine().certain(maker), s.engine().interval(maker).high};
        wrong += told == truth ? 0U : 1U;
    } while (std::ranges::next_permutation(at).found);
    return wrong;
}

ExecutionReport on_leg(ExecutionReport r, std::uint64_t leg) {
    r.order_id = OrderID{1, leg};
    return r;
}

// Matched, and then the settlement fails: the fill does not count, whichever is told first.
TEST(F8, AFailedSettlementTakesTheFillBack) {
    const auto staged = [](FillStage stage) {
        return [stage](Script& s, ClOrdID id) {
            ExecutionReport r = s.trade(id, 2, 1);
            r.stage = stage;
            s.tell(r);
        };
    };
    const Facts facts{staged(FillStage::Matched), staged(FillStage::Mined),
                      staged(FillStage::Failed),
                      [](Script& s, ClOrdID id) { s.tell(s.trade(id, 1, 2)); }};
    const Told truth{Lots{1}, Lots{5}};
    EXPECT_EQ(wrong_orders(desk_with({}), {}, facts, truth), 0U);
    EXPECT_EQ(wrong_orders(desk_with({.failure_is_ignored = true}), {}, facts, truth), 24U);
}

// An amend makes leg B of leg A under one client id: the end of A is not the end of the order.
TEST(F8, AnEndEndsOneLeg) {
    const Facts before{
        [](Script& s, ClOrdID id) { s.tell(on_leg(s.report(id, ExecType::New), 1)); },
        [](Script& s, ClOrdID id) { EXPECT_TRUE(s.amend(id, par - 4, 5)); }};
    const Facts facts{
        [](Script& s, ClOrdID id) { s.tell(on_leg(s.ended(id, ExecType::Canceled, 0), 1)); },
        [](Script& s, ClOrdID id) {
            ExecutionReport r = on_leg(s.report(id, ExecType::Replaced), 2);
            r.amend_no = 1;
            s.tell(r);
        },
        [](Script& s, ClOrdID id) { s.tell(on_leg(s.report(id, ExecType::New), 2)); },
        [](Script& s, ClOrdID id) { s.tell(on_leg(s.trade(id, 1, 1), 2)); }};
    const auto live = [&](Sabotage sabotage) {
        std::size_t closed = 0;
        std::vector<std::size_t> at{0, 1, 2, 3};
        do {
            Script s{desk_with(sabotage, false)};
            s.start();
            const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
            for (const auto& tell : before) tell(s, id);
            for (const std::size_t n : at) facts[n](s, id);
            const Order* o = s.find(id);
            closed += o == nullptr || is_ended(o->status) ? 1U : 0U;
        } while (std::ranges::next_permutation(at).found);
        return closed;
    };
    EXPECT_EQ(live({}), 0U);
    EXPECT_GT(live({.end_ends_order = true}), 0U);
    EXPECT_EQ(wrong_orders(desk_with({}, false), before, facts, {Lots{1}, Lots{5}}), 0U);
}

// 5 ordered, 2 filled, and cut down by the venue until 1 remains: 2 are filled, not 4.
TEST(F8, WhatRemainsMakesNoFills) {
    const Facts facts{[](Script& s, ClOrdID id) { s.tell(s.trade(id, 2, 1)); },
                      [](Script& s, ClOrdID id) {
                          ExecutionReport r = s.report(id, ExecType::Restated);
                          r.reduced = Lots{2};
                          s.tell(r);
                      }};
    const Told truth{Lots{2}, Lots{3}};
    EXPECT_EQ(wrong_orders(desk_with({}), {}, facts, truth), 0U);
    EXPECT_GT(wrong_orders(desk_with({.trim_makes_fills = true}), {}, facts, truth), 0U);
}

// Amended from 5 down to 3 under one order id, 2 of them filled: 1 is left, not 3 for ever.
TEST(F8, AnAmendMayLowerTheQuantity) {
    const Facts before{[](Script& s, ClOrdID id) { s.ack(id); },
                       [](Script& s, ClOrdID id) { EXPECT_TRUE(s.amend(id, par - 5, 3)); }};
    const Facts facts{[](Script& s, ClOrdID id) { s.tell(s.trade(id, 2, 1)); },
                      [](Script& s, ClOrdID id) {
                          ExecutionReport r = s.report(id, ExecType::Replaced);
                          r.amend_no = 1;
                          r.order_qty = Lots{3};
                          s.tell(r);
                      }};
    const Told truth{Lots{2}, Lots{3}};
    EXPECT_EQ(wrong_orders(desk_with({}), before, facts, truth), 0U);
    EXPECT_EQ(wrong_orders(desk_with({.qty_only_grows = true}), before, facts, truth), 2U);
}

// Two fills, the later one visible to reads first, and neither told by the stream.
TEST(F11, AFillThatBecomesVisibleLateIsFoundByTheNextRead) {
    for (const bool sabotaged : {false, true}) {
        Script s{desk_with({.fill_mark_is_newest_read = sabotaged})};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
        s.ack(id);
        s.pass(seconds(30));
        while (std::ranges::none_of(s.reads_asked, [](const Script::Asked& one) {
            return one.request.kind == RequestKind::ReadFills;
        })) {
            s.answers_reads = false;
            s.pass_ms(1);
            if (!s.reads_asked.empty() &&
                s.reads_asked.back().request.kind != RequestKind::ReadFills) {
                s.answers_reads = true;
                s.pass_ms(s.answer_delay.value() / 1'000'000 + 1);
            }
        }
        // Both are younger than V; of the earlier one the read does not know yet.
        ExecutionReport early = s.trade(id, 1, 1);
        early.transact_time = s.now - milliseconds(350);
        ExecutionReport late = s.trade(id, 1, 2);
        s.happened(late);
        s.answers_reads = true;
        s.pass_ms(100);
        ASSERT_EQ(s.position(maker).filled, Lots{1});
        s.happened(early);
        s.pass(seconds(60));
        EXPECT_EQ(s.position(maker).filled, sabotaged ? Lots{1} : Lots{2});
    }
}

// F1 with a hedge: "not found" while its request is on its way would hedge twice.
TEST(F1, NotFoundIsNoReasonToHedgeAgain) {
    for (const bool sabotaged : {false, true}) {
        strategy::DeskConfig config = two_venues();
        config.engine.sabotage.not_found_is_death = sabotaged;
        Script s{config};
        s.start();
        const ClOrdID quote = s.quote(Side::Buy, par - 5, 1);
        s.fill(quote, 1, 1);
        const ClOrdID first = s.last_id();
        ASSERT_NE(first, quote);
        for (int n = 0; n < 4; ++n) { // no answer: asked about, not there
            s.pass_ms(400);
            s.books();
            s.not_found(first);
        }
        const ClOrdID second = s.last_id();
        EXPECT_EQ(second != first, sabotaged);
        s.fill(first, 1, 2); // now it arrives
        if (second != first) s.fill(second, 1, 3);
        EXPECT_EQ(s.engine().certain(group), sabotaged ? Units{-1} : Units{0});
    }
}

} // namespace
} // namespace keel::core
