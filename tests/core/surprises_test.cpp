#include <functional>

#include "tests/core/desk_fixture.hpp"

// Surprises: evidence that speaks against what is believed. Each is survived; in numbers they mean
// that the fault model does not hold. What is merely late, or was held before the desk began, is
// none. The limit here is the one a desk has.

namespace keel::core {
namespace {

using namespace script;

strategy::DeskConfig realistic(strategy::DeskConfig config = two_groups()) {
    config.engine.limits.max_surprises_in_window = DeskLimits{}.max_surprises_in_window;
    return config;
}
strategy::DeskConfig three_groups() {
    strategy::DeskConfig config = two_groups();
    EngineConfig& e = config.engine;
    e.instruments.push_back({make_spec("SOL-M", VenueIx{0}), maker_account, {}});
    e.instruments.push_back({make_spec("SOL-H", VenueIx{1}), hedge_account, {}});
    GroupConfig sol = e.groups[0];
    sol.name = "SOL";
    sol.members = {InstrumentIx{4}, InstrumentIx{5}};
    sol.hedge_via = InstrumentIx{5};
    e.groups.push_back(sol);
    return config;
}
bool is_outside(const Script& s) { return s.engine().desk().outside != 0; }

// A contradiction: filled, and yet said never to have rested.
void contradict(Script& s, InstrumentIx i = maker) {
    const ClOrdID odd = s.quote(Side::Buy, par - 5, 1, i);
    s.answer(odd, RequestKind::New, Outcome::Accepted);
    s.answer(odd, RequestKind::New, Outcome::Refused, Reason::InvalidRequest);
    s.tell(s.report(odd, ExecType::Canceled));
}
void let_unfreeze(Script& s, InstrumentIx i = maker) {
    s.act(Act::ReleaseFreeze, i);
    s.books();
}

TEST(Surprises, ThreeGroupsThatOweOverACrashAreNone) {
    strategy::DeskConfig config = realistic(three_groups());
    for (GroupConfig& g : config.engine.groups) g.hedged_within = seconds(4);
    for (std::uint32_t g = 0; g < 3; ++g) { // who quotes by itself, so that a replay does, too
        strategy::XemmConfig xemm;
        xemm.name = config.engine.groups[g].name;
        xemm.group = GroupIx{g};
        xemm.maker = InstrumentIx{g * 2};
        xemm.hedge = InstrumentIx{g * 2 + 1};
        xemm.sides = strategy::Sides::BuyOnly;
        xemm.order_qty = Lots{2};
        config.xemm.push_back(xemm);
    }
    Script s{config};
    s.start();
    s.books();
    std::vector<ClOrdID> quotes;
    s.engine().each_order([&](const Order& o) { quotes.push_back(o.cl_ord_id); });
    ASSERT_EQ(quotes.size(), 3U);
    for (std::uint32_t g = 0; g < 3; ++g) {
        s.book(InstrumentIx{g * 2 + 1}, 0, 0); // nobody to hedge with at that moment
        s.fill(quotes[g], 2, 10 + g);
    }
    s.crash(s.record.size(), seconds(6)); // owed for longer than the bound when it is up again
    s.boot_again();
    s.forget();
    s.pass(seconds(2)); // still waiting for its fence
    EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 0U) << "it cannot be hedged before all is read";
    s.pass(seconds(4));
    s.books();
    ASSERT_EQ(s.engine().desk().recovery, Recovery::Done);
    EXPECT_FALSE(is_outside(s));
    EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 0U) << "its time counts from then";
    EXPECT_EQ(s.engine().stats().hedges_sent, 3U);
    s.pass(seconds(5)); // and nobody fills them
    EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 3U);
    EXPECT_FALSE(is_outside(s)) << "late is not contradictory";
}

TEST(Surprises, PositionsHeldAtTheFirstStartAreNone) {
    Script s{realistic(three_groups())};
    for (const std::uint32_t i : {0U, 2U, 4U}) { // hedged pairs of an earlier life
        s.truth[0].positions[{i, PositionSide::Net}] = Lots{3};
        s.truth[1].positions[{i + 1, PositionSide::Net}] = Lots{-3};
    }
    s.life = 1;
    s.tell(Boot{1, 0});
    s.leases();
    s.links_up();
    s.pass(seconds(6));
    s.books();
    EXPECT_EQ(s.engine().stats().adoptions, 6U);
    EXPECT_EQ(s.alarms(AlarmKind::AdoptedDifference), 6U) << "told, each of them";
    EXPECT_FALSE(is_outside(s));
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
}

TEST(Surprises, AdoptionsLaterOnAre) {
    Script s{realistic(three_groups())};
    s.start();
    for (const std::uint32_t i : {0U, 2U, 4U}) {
        s.truth[0].positions[{i, PositionSide::Net}] = Lots{3};
    }
    s.pass(seconds(30));
    EXPECT_EQ(s.engine().stats().adoptions, 3U);
    EXPECT_TRUE(is_outside(s));
    EXPECT_EQ(s.alarms(AlarmKind::OutsideFaultModel), 1U);
}

// Its record says what it held, so a difference speaks against that.
TEST(Surprises, AdoptionsOfARestartAre) {
    Script s{realistic(three_groups())};
    s.start();
    s.crash(s.record.size(), seconds(1));
    for (const std::uint32_t i : {0U, 2U, 4U}) {
        s.truth[0].positions[{i, PositionSide::Net}] = Lots{3};
    }
    s.boot_again();
    s.pass(seconds(30));
    EXPECT_EQ(s.engine().stats().adoptions, 3U);
    EXPECT_TRUE(is_outside(s));
}

// What was believed was wrong once; whether it is right now, a window without surprises says.
TEST(Surprises, AnExitIsCertifiedAWindowLater) {
    for (const bool is_surprised : {false, true}) {
        strategy::DeskConfig config = realistic();
        for (GroupConfig& g : config.engine.groups)
            g.assign_adjustments = false; // nobody's: no hedge
        Script s{config};
        s.start();
        for (const std::int64_t held : {is_surprised ? 3 : 0, 0}) { // taken away by its owner
            s.truth[0].positions[{0, PositionSide::Net}] = Lots{held};
            s.pass(seconds(30));
        }
        EXPECT_EQ(s.engine().stats().adoptions, is_surprised ? 2U : 0U);
        s.act(Act::WindDown);
        s.pass(seconds(60));
        EXPECT_EQ(s.desk.is_settled(), !is_surprised);
        s.pass(DeskLimits{}.surprise_window);
        EXPECT_TRUE(s.desk.is_settled());
    }
}

TEST(Surprises, UnknownOrdersThatAreOverdueAreNone) {
    Script s{realistic()};
    s.start();
    for (int n = 0; n < 4; ++n) s.quote(Side::Buy, par - 5, 1); // no answer, ever
    s.pass(seconds(60));
    EXPECT_EQ(s.alarms(AlarmKind::UnknownOverdue), 4U);
    EXPECT_FALSE(is_outside(s));
}

// One or two are survived, and what is owed is hedged through them; what is owed on beliefs that
// were contradicted three times is a guess (ADR 0008). Cancels go on for ever.
TEST(Surprises, InNumbersHaltTheDesk) {
    Script s{realistic()};
    s.start();
    const ClOrdID maker_quote = s.quote(Side::Buy, par - 5, 4);
    s.ack(maker_quote);
    contradict(s);
    let_unfreeze(s);
    contradict(s);
    let_unfreeze(s);
    EXPECT_FALSE(is_outside(s));
    s.forget();
    s.fill(maker_quote, 1, 900);
    const auto hedges = s.all<NewOrderSingle>();
    ASSERT_EQ(hedges.size(), 1U);
    EXPECT_EQ(hedges[0].instrument, hedge);
    s.fill(hedges[0].cl_ord_id, 1, 901);
    s.forget();
    contradict(s);
    ASSERT_TRUE(is_outside(s));
    EXPECT_EQ(s.alarms(AlarmKind::OutsideFaultModel), 1U);
    EXPECT_GE(s.count<OrderCancelRequest>(), 1U) << "what rests is taken back";
    let_unfreeze(s);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Outside);
    s.forget();
    s.fill(maker_quote, 3, 902); // it crosses the cancel
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.offer(close_draft(maker, Side::Sell, par - 2, 4)), Guard::Outside);
    s.act(Act::Resume);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U) << "what is owed by then";
}

} // namespace
} // namespace keel::core
