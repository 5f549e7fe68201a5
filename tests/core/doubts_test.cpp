#include "tests/core/desk_fixture.hpp"

// What is in doubt, and must not be decided by whatever happens to be known: which id an amended
// order has, how large a recovered one is, which of two things told is true, whether a fill is
// news.

namespace keel::core {
namespace {

using namespace script;

constexpr std::uint64_t other_leg = 5; // OrderID{other_leg, ...}: the id after an amend

strategy::DeskConfig quiet_desk() {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].hedge_retry = seconds(3'600);
    config.engine.groups[0].hedged_within = seconds(36'000);
    return config;
}
strategy::DeskConfig renaming(bool status_by_cl_ord_id = true) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.venues[0].amend_keeps_order_id = false;
    config.engine.venues[0].status_by_cl_ord_id = status_by_cl_ord_id;
    return config;
}

void live(Script& s, int span_s) { // with fresh books every second
    for (int n = 0; n < span_s; ++n) {
        s.pass(seconds(1));
        s.books();
    }
}

void restart(Script& s) { // nothing is read yet
    s.tell(Boot{++s.life, 1});
    s.leases();
    s.links_up();
    s.books();
    s.forget();
}

// A quote of 4 that rests under its first id, and an amend to 6 that nobody answers.
struct Amended {
    explicit Amended(const strategy::DeskConfig& config) : s(config) {
        s.start();
        id = s.quote(Side::Buy, par - 5, 4);
        s.ack(id);
        s.truth[0].resting = {s.report(id, ExecType::New)};
        s.pass(seconds(2));
        s.forget();
        EXPECT_TRUE(s.amend(id, par - 6, 6));
    }
    [[nodiscard]] const Order& order() const { return *s.engine().find_order(id); }
    [[nodiscard]] bool is_amending() const { return (order().asked & pending::amend) != 0; }
    [[nodiscard]] Timestamp past_fence() const {
        return order().fence_at + s.config().engine.venues[0].visibility;
    }
    void pass_fence() {
        s.pass(past_fence() - s.now + milliseconds(1));
        s.forget();
    }
    Script s;
    ClOrdID id;
};

TEST(UnansweredAmend, OrderIsCanceledAndAskedForByOurIdAlone) {
    Amended a{renaming()};
    a.s.cancel(a.id);
    const auto cancels = a.s.all<OrderCancelRequest>();
    ASSERT_EQ(cancels.size(), 2U);
    for (const OrderCancelRequest& one : cancels) {
        EXPECT_EQ(one.cl_ord_id, a.id);
        EXPECT_TRUE(one.order_id.is_none()) << "the first id may be a leg that was replaced";
    }
    a.s.pass(seconds(2));
    const auto questions = a.s.all<OrderStatusRequest>();
    ASSERT_FALSE(questions.empty());
    for (const OrderStatusRequest& one : questions) EXPECT_TRUE(one.order_id.is_none());
}

TEST(UnansweredAmend, OrderIsStillNamedByItsIdWhereAnAmendKeepsIt) {
    Amended a{quiet_desk()};
    a.s.cancel(a.id);
    EXPECT_FALSE(a.s.all<OrderCancelRequest>().at(0).order_id.is_none());
}

// The venue can only be asked for its own ids: what it says of the first one is no word about
// the amend. Its open orders are.
TEST(UnansweredAmend, WordAboutTheFirstIdAloneDropsNothing) {
    Amended a{renaming(/*status_by_cl_ord_id=*/false)};
    a.s.answers_reads = false;
    a.pass_fence();
    EXPECT_EQ(a.s.count<OrderStatusRequest>(), 0U);
    a.s.tell(a.s.report(a.id, ExecType::Canceled));
    a.s.status(a.id, /*found=*/true, a.past_fence());
    EXPECT_TRUE(a.is_amending());
    EXPECT_FALSE(a.s.engine().derived(a.order()).over);
    EXPECT_GE(a.s.engine().interval(maker).high, Lots{6});
}

TEST(UnansweredAmend, TookEffectWhenOpenOrdersShowTheOtherId) {
    Amended a{renaming(/*status_by_cl_ord_id=*/false)};
    ExecutionReport amended = a.s.report(a.id, ExecType::New);
    amended.order_id = OrderID{other_leg, 1};
    amended.order_qty = Lots{6};
    amended.px = Ticks{par - 6};
    a.s.truth[0].resting = {amended};
    a.pass_fence();
    a.s.pass(seconds(10));
    EXPECT_FALSE(a.is_amending());
    EXPECT_EQ(a.order().qty, Lots{6});
    EXPECT_EQ(a.s.engine().derived(a.order()).status, OrdStatus::New);
}

TEST(UnansweredAmend, IsDroppedWhenOpenOrdersPastItsFenceShowNoneButTheFirstId) {
    Amended a{renaming(/*status_by_cl_ord_id=*/false)};
    a.pass_fence();
    a.s.pass(seconds(10));
    EXPECT_FALSE(a.is_amending());
    EXPECT_EQ(a.order().qty, Lots{4});
    EXPECT_EQ(a.s.engine().derived(a.order()).status, OrdStatus::New);
    EXPECT_EQ(a.s.engine().interval(maker).high, Lots{4});
}

TEST(UnansweredAmend, EndsWithTheOrderWhenOpenOrdersPastItsFenceShowNeither) {
    Amended a{renaming(/*status_by_cl_ord_id=*/false)};
    a.s.truth[0].resting.clear();
    a.s.pass(seconds(20));
    EXPECT_EQ(a.s.engine().find_order(a.id), nullptr) << "settled";
    EXPECT_EQ(a.s.engine().interval(maker).high, Lots{0});
}

// It was being canceled when it was believed to have ended. What rests after all is canceled anew.
TEST(Reopened, OrderIsCanceledAgainThoughACancelWasAskedBefore) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.venues[0].end_vouches_qty = false;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    s.ack(id);
    s.cancel(id);
    s.answers_reads = false; // so that it waits for a read of fills
    s.canceled(id, 0);
    ASSERT_TRUE(s.engine().derived(*s.engine().find_order(id)).over);
    s.forget();
    s.pass(seconds(30));
    // A read asked long after shows it to rest.
    ExecutionReport rests = s.report(id, ExecType::Status);
    rests.source = ReportSource::Read;
    rests.read = s.engine().account(maker_account).reads[0].in_flight;
    ASSERT_FALSE(rests.read.is_none());
    s.forget();
    s.tell(rests);
    EXPECT_GE(s.count<OrderCancelRequest>(), 1U);
    EXPECT_EQ(s.engine().find_order(id)->list, OrderList::Cancel);
    s.forget();
    s.pass(seconds(5));
    EXPECT_GE(s.count<OrderCancelRequest>(), 2U) << "again and again";
}

// Its record is lost, and the fill that brings it to light does not tell how large it was.
TEST(Recovered, OrderOfUnknownSizeIsNeverFull) {
    for (const std::int64_t limit : {0, 5}) {
        strategy::DeskConfig config = quiet_desk();
        config.engine.instruments[0].limits.max_order_qty = Lots{limit};
        Script s{config};
        s.start();
        const ClOrdID known = s.quote(Side::Buy, par - 5, 5);
        s.answers_reads = false;
        ExecutionReport lost = s.trade(known, 5, 77);
        lost.cl_ord_id = ClOrdID::make(config.engine.desk, 1, 900); // ours, and not in the record
        lost.order_id = OrderID{9, 9};
        lost.order_qty = Lots{0};
        s.forget();
        s.tell(lost);
        const Order* found = s.engine().find_order(lost.cl_ord_id);
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->role, Role::Recovered);
        EXPECT_FALSE(s.engine().derived(*found).over) << "it may be larger than what it filled";
        EXPECT_GE(s.count<OrderCancelRequest>(), 1U);
        // Once its quantity is told, it is full.
        lost.exec_type = ExecType::Status;
        lost.order_qty = Lots{5};
        lost.last_qty = Lots{0};
        s.tell(lost);
        EXPECT_EQ(s.engine().recall_order(lost.cl_ord_id)->status, OrdStatus::Filled);
    }
}

// Whichever of two that cannot both be true comes first: the same is believed, and a person told.
TEST(OneFillTwoQuantities, IsTheLargerAndAContradiction) {
    for (const bool larger_first : {false, true}) {
        Script s{quiet_desk()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
        s.ack(id);
        s.tell(s.trade(id, larger_first ? 3 : 2, 1));
        EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 0U);
        s.tell(s.trade(id, larger_first ? 2 : 3, 1));
        EXPECT_EQ(s.position(maker).filled, Lots{3});
        EXPECT_EQ(s.engine().cum_qty(*s.engine().find_order(id)), Lots{3});
        EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 1U);
        EXPECT_NE(s.engine().book(maker).frozen_at, Timestamp{});
    }
}

TEST(OneFillTwoQuantities, AsCorrectedIsNone) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
    s.ack(id);
    s.tell(s.trade(id, 3, 1));
    ExecutionReport correct = s.trade(id, 2, 1);
    correct.exec_type = ExecType::TradeCorrect;
    correct.correction = 1;
    s.tell(correct);
    s.tell(s.trade(id, 2, 1)); // a read shows the corrected one only
    s.tell(s.trade(id, 3, 1)); // and the stream replays the first
    EXPECT_EQ(s.position(maker).filled, Lots{2});
    EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 0U);
}

TEST(OneFillTwoQuantities, TwoCorrectionsOfOneNumber) {
    for (const bool larger_first : {false, true}) {
        Script s{quiet_desk()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
        s.ack(id);
        s.tell(s.trade(id, 4, 1));
        for (const bool larger : {larger_first, !larger_first}) {
            ExecutionReport correct = s.trade(id, larger ? 3 : 2, 1);
            correct.exec_type = ExecType::TradeCorrect;
            correct.correction = 1;
            s.tell(correct);
        }
        EXPECT_EQ(s.position(maker).filled, Lots{3});
        EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 1U);
    }
}

// An order that bought one lot, in fill 1, and that so many have settled after that it is
// forgotten.
ClOrdID forgotten_order(Script& s) {
    const ClOrdID first = s.quote(Side::Buy, par - 5, 1);
    s.ack(first);
    s.fill(first, 1, 1);
    for (std::uint32_t n = 0; n < settled_max; ++n) {
        s.pass_ms(200);
        s.books();
        const ClOrdID id = s.quote(n % 2 == 0 ? Side::Sell : Side::Buy, par, 1);
        s.ack(id);
        s.fill(id, 1, 2 + n);
    }
    EXPECT_EQ(s.engine().recall_order(first), nullptr);
    return first;
}

// Forgotten long ago; its fills are known by the venue's id. One channel names ours alone.
TEST(ForgottenOrder, FillNamedByOurIdAloneIsNotCountedTwice) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID first = forgotten_order(s);
    ASSERT_EQ(s.position(maker).filled, Lots{1});
    s.forget();
    ExecutionReport again = s.trade(first, 1, 1);
    again.order_id = OrderID{};
    s.tell(again);
    EXPECT_EQ(s.position(maker).filled, Lots{1});
    EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 1U) << "and reads will tell";
    s.tell(s.trade(first, 1, 1)); // a plain replay is none
    EXPECT_EQ(s.position(maker).filled, Lots{1});
    s.pass(seconds(10));
    EXPECT_EQ(s.engine().book(maker).frozen_at, Timestamp{}) << "they verified the position";
}

// Forgotten, and yet it rests: it is taken back, and what was told of it before is still known.
TEST(ForgottenOrder, ThatRestsIsTakenBackWithItsFillsKnown) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID first = forgotten_order(s);
    ExecutionReport rests = s.report(first, ExecType::Status);
    rests.order_qty = Lots{3};
    rests.has_cum_qty = 1;
    rests.cum_qty = Lots{1};
    s.truth[0].resting.push_back(rests);
    s.pass(seconds(40)); // an audit reads the open orders
    ASSERT_NE(s.find(first), nullptr);
    EXPECT_EQ(s.find(first)->role, Role::Recovered);
    EXPECT_EQ(s.position(maker).filled, Lots{1});
    s.tell(s.trade(first, 1, 1));
    EXPECT_EQ(s.position(maker).filled, Lots{1}) << "a replay";
}

TEST(Frozen, EachOrdersContradictionIsTold) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.limits.max_surprises_in_window = DeskLimits{}.max_surprises_in_window;
    Script s{config};
    s.start();
    s.answers_reads = false;
    std::vector<ClOrdID> quotes;
    for (int n = 0; n < 4; ++n) {
        quotes.push_back(s.quote(Side::Buy, par - 5, 1));
        s.ack(quotes.back());
    }
    for (const ClOrdID id : quotes) { // more than was ordered
        s.tell(s.trade(id, 2, id.packed()));
        s.tell(s.trade(id, 2, id.packed())); // told again, it is no news
    }
    EXPECT_EQ(s.alarms(AlarmKind::Overfill), 4U);
    EXPECT_EQ(s.engine().stats().contradictions, 1U) << "one freeze, one surprise";
    EXPECT_EQ(s.engine().desk().outside, 0);
}

// No room for another leg: what is said of it must not be taken as said of the leg that is known.
TEST(FullLegs, EndOfALegThatFoundNoRoomEndsNoOther) {
    strategy::DeskConfig config = renaming();
    config.engine.capacities.legs = 8;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    s.ack(id);
    for (std::uint64_t leg = 0; leg < 8; ++leg) { // as many as there are
        ExecutionReport more = s.report(id, ExecType::New);
        more.order_id = OrderID{other_leg, leg};
        s.tell(more);
    }
    const Lots rested = s.engine().derived(*s.engine().find_order(id)).resting;
    ExecutionReport end = s.ended(id, ExecType::Canceled, 0);
    end.order_id = OrderID{other_leg, 100};
    s.tell(end);
    EXPECT_EQ(s.alarms(AlarmKind::CapacityReached, Limit::LegCapacity), 1U);
    EXPECT_EQ(s.engine().derived(*s.engine().find_order(id)).resting, rested);
    ExecutionReport fill = s.trade(id, 1, 1);
    fill.order_id = OrderID{other_leg, 101};
    s.tell(fill);
    s.tell(fill);
    EXPECT_EQ(s.position(maker).filled, Lots{1}) << "a fill counts, whatever leg it was on";
}

void tell_trade(Script& s, ClOrdID id, std::int64_t qty, std::uint64_t exec, FillStage stage) {
    ExecutionReport r = s.trade(id, qty, exec);
    r.stage = stage;
    s.tell(r);
}

TEST(Settlement, ColumnsMatchedAndFailedAreApart) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
    s.ack(id);
    const auto tell = [&](std::int64_t qty, std::uint64_t exec, FillStage stage) {
        tell_trade(s, id, qty, exec, stage);
    };
    const Position& p = s.position(maker);
    tell(3, 1, FillStage::Matched);
    EXPECT_EQ(p.filled, Lots{3});
    EXPECT_EQ(p.matched, Lots{3});
    tell(3, 1, FillStage::Mined);
    EXPECT_EQ(p.matched, Lots{3});
    tell(2, 2, FillStage::Matched);
    EXPECT_EQ(p.matched, Lots{5});
    tell(3, 1, FillStage::Confirmed);
    EXPECT_EQ(p.filled, Lots{5});
    EXPECT_EQ(p.matched, Lots{2});
    tell(2, 2, FillStage::Failed);
    tell(2, 2, FillStage::Failed);
    EXPECT_EQ(p.filled, Lots{3});
    EXPECT_EQ(p.matched, Lots{0});
    EXPECT_EQ(p.failed, Lots{2});
    tell(2, 2, FillStage::Matched); // late
    EXPECT_EQ(p.filled, Lots{3});
    EXPECT_EQ(p.failed, Lots{2});
}

strategy::DeskConfig settling_late() {
    strategy::DeskConfig config = quiet_desk();
    config.engine.instruments[maker.value()].instrument.settles_late = true;
    for (auto& account : config.engine.accounts) account.limits.max_orders_per_second = 1'000;
    for (VenueTraits& venue : config.engine.venues) venue.requests_per_second = 1'000;
    return config;
}

// A quote that was executed in full, as far as was told; and what becomes of it.
struct Failed {
    Failed() {
        s.start();
        id = s.quote(Side::Buy, par - 5, 5);
        s.ack(id);
        stage(FillStage::Matched);
    }
    void stage(FillStage stage) { tell(5, 1, stage); }
    void tell(std::int64_t qty, std::uint64_t exec, FillStage stage) {
        tell_trade(s, id, qty, exec, stage);
    }
    [[nodiscard]] bool is_over() { return s.engine().derived(*s.engine().recall_order(id)).over; }
    Script s{settling_late()};
    ClOrdID id;
};

TEST(Settlement, WhatFailedMayRestAgainAndIsCanceled) {
    Failed f;
    EXPECT_TRUE(f.is_over());
    f.s.forget();
    f.stage(FillStage::Failed);
    EXPECT_FALSE(f.is_over());
    EXPECT_EQ(f.s.engine().interval(maker).high, Lots{5}) << "it may be executed again";
    ASSERT_GE(f.s.all<OrderCancelRequest>().size(), 1U);
    EXPECT_EQ(f.s.all<OrderCancelRequest>()[0].cl_ord_id, f.id);
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
    f.s.tell(f.s.report(f.id, ExecType::Canceled));
    EXPECT_TRUE(f.is_over());
}

TEST(Settlement, WhatMayFailIsNotForgottenHoweverManyAreSettledSince) {
    Failed f;
    for (std::uint64_t n = 0; n < 2 * settled_max; ++n) {
        const bool sells = n % 2 == 0;
        const ClOrdID other =
            f.s.quote(sells ? Side::Sell : Side::Buy, sells ? par + 6 : par - 6, 1);
        f.s.ack(other);
        tell_trade(f.s, other, 1, 10 + n, FillStage::Confirmed);
        ASSERT_EQ(f.s.engine().recall_order(other)->list, OrderList::Settled);
    }
    ASSERT_EQ(f.s.engine().recall_order(f.id)->list, OrderList::Settling);
    f.stage(FillStage::Failed);
    ASSERT_NE(f.s.engine().recall_order(f.id), nullptr);
    EXPECT_FALSE(f.is_over());
    EXPECT_EQ(f.s.engine().desk().settling_orders, 0U);
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
}

TEST(Settlement, WhatIsFinalIsForgottenAsAnyOther) {
    Failed f;
    EXPECT_EQ(f.s.engine().desk().settling_orders, 1U);
    f.stage(FillStage::Mined);
    EXPECT_EQ(f.s.engine().desk().settling_orders, 1U);
    f.stage(FillStage::Confirmed);
    EXPECT_EQ(f.s.engine().desk().settling_orders, 0U);
    EXPECT_EQ(f.s.engine().recall_order(f.id)->list, OrderList::Settled);
}

TEST(Settlement, WhatFailedIsOverWhenAFreshReadSaysSo) {
    Failed f;
    f.stage(FillStage::Failed);
    const Timestamp failed_at = f.s.now;
    const Duration visibility = f.s.engine().traits(maker).visibility;
    f.s.status(f.id, Found::Over, failed_at + visibility - nanoseconds(1));
    EXPECT_FALSE(f.is_over()) << "it may show what was before the failure";
    f.s.status(f.id, Found::Known, failed_at + visibility);
    EXPECT_FALSE(f.is_over());
    f.s.status(f.id, Found::Over, failed_at + visibility);
    EXPECT_TRUE(f.is_over());
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
    // A second one that fails brings it back, too.
    f.tell(2, 2, FillStage::Matched);
    f.tell(2, 2, FillStage::Failed);
    EXPECT_FALSE(f.is_over());
}

// Where an order is known by the venue's ids alone, and an amend gave it a second one: what is said
// of one of them is no word about the other, but what all open orders say is.
TEST(Settlement, WhatFailedOnOneOfTwoLegsIsOverWhenNothingOfItRests) {
    strategy::DeskConfig config = settling_late();
    config.engine.venues[0].amend_keeps_order_id = false;
    config.engine.venues[0].status_by_cl_ord_id = false;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
    s.ack(id);
    ASSERT_TRUE(s.amend(id, par - 6, 5));
    ExecutionReport news = s.report(id, ExecType::Replaced);
    news.order_id = OrderID{other_leg, 1};
    s.tell(news);
    ExecutionReport fill = s.trade(id, 5, 1);
    fill.order_id = news.order_id;
    fill.stage = FillStage::Matched;
    s.tell(fill);
    fill.stage = FillStage::Failed;
    s.tell(fill);
    const Timestamp failed_at = s.now;
    const Duration visibility = s.engine().traits(maker).visibility;
    const auto is_over = [&] { return s.engine().derived(*s.engine().recall_order(id)).over; };
    s.status(id, Found::Over, failed_at + visibility);
    EXPECT_FALSE(is_over()) << "of which of the two?";
    s.forget();
    s.pass_ms(20'000); // open orders are read
    EXPECT_TRUE(is_over());
    EXPECT_EQ(s.engine().interval(maker).high, Lots{0});
    EXPECT_EQ(s.engine().stats().contradictions, 0U);
}

TEST(Settlement, WhatWasExecutedAgainIsNotTooMuch) {
    Failed f;
    f.tell(5, 2, FillStage::Matched); // before the failure that made it possible
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
    f.stage(FillStage::Failed);
    EXPECT_TRUE(f.is_over());
    EXPECT_EQ(f.s.position(maker).filled, Lots{5});
    f.tell(5, 2, FillStage::Confirmed);
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
}

TEST(Settlement, MoreThanWasOrderedIsTooMuchOnceNothingCanFail) {
    Failed f;
    f.tell(5, 2, FillStage::Matched);
    f.tell(5, 2, FillStage::Confirmed);
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
    f.stage(FillStage::Confirmed);
    EXPECT_EQ(f.s.engine().stats().contradictions, 1U);
}

// What waits of other orders says nothing of this one.
TEST(Settlement, MoreThanWasOrderedIsTooMuchWhateverElseWaits) {
    Failed f;
    const ClOrdID other = f.s.quote(Side::Buy, par - 6, 3);
    f.s.ack(other);
    tell_trade(f.s, other, 3, 7, FillStage::Matched);
    f.tell(1, 2, FillStage::Matched);
    f.tell(1, 2, FillStage::Confirmed);
    EXPECT_EQ(f.s.engine().stats().contradictions, 0U);
    f.stage(FillStage::Confirmed);
    EXPECT_EQ(f.s.alarms(AlarmKind::Overfill), 1U);
}

// All its fills were read, and one of them fails, rests again, and is executed again, before
// anybody hears that it failed.
TEST(Settlement, WhatIsExecutedAgainContradictsNoReadOfBefore) {
    struct Row {
        bool may_fail;
        bool is_canceled; // then it is no more in the book, whatever fails
        std::size_t alarms;
    };
    for (const Row& row : {Row{true, false, 0}, Row{false, false, 1}, Row{true, true, 1}}) {
        SCOPED_TRACE(testing::Message() << row.may_fail << row.is_canceled);
        Script s{settling_late()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
        s.ack(id);
        tell_trade(s, id, 4, 1, row.may_fail ? FillStage::Matched : FillStage::Confirmed);
        if (row.is_canceled) {
            s.canceled(id, 4);
        } else {
            s.pass(seconds(3));
            s.status(id, Found::No, s.now);
        }
        s.pass(seconds(3)); // and its fills are read
        ASSERT_TRUE(core::is_settled(*s.engine().recall_order(id)));
        tell_trade(s, id, 1, 2, FillStage::Matched);
        EXPECT_EQ(s.alarms(AlarmKind::FillAfterReject), row.alarms);
    }
}

// What failed before anybody heard that it was executed: the newer word says less, and an older one
// that comes after it says nothing.
TEST(Settlement, AnOlderClaimDoesNotEndWhatRestsAgain) {
    for (const bool is_late : {false, true}) {
        SCOPED_TRACE(is_late);
        Script s{settling_late()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
        s.ack(id);
        const auto claim = [&](std::int64_t cum, std::uint64_t version) {
            ExecutionReport r = s.report(id, ExecType::Status);
            r.has_cum_qty = 1;
            r.cum_qty = Lots{cum};
            r.version = version;
            s.tell(r);
        };
        if (is_late) {
            claim(0, 3);
            claim(5, 2);
        } else {
            claim(5, 2);
            claim(5, 3);
            EXPECT_FALSE(core::is_returned(s.engine().recall_order(id)->leg)) << "the same again";
            EXPECT_TRUE(s.engine().derived(*s.engine().recall_order(id)).over);
            claim(0, 4);
        }
        EXPECT_FALSE(s.engine().derived(*s.engine().recall_order(id)).over);
        EXPECT_EQ(s.engine().stats().contradictions, 0U);
    }
}

// A kill is no more certain than what it has sold.
TEST(Settlement, AKillIsNotCertifiedWhileASaleMayFail) {
    strategy::DeskConfig config = settling_late();
    config.engine.groups.clear(); // nothing is hedged
    config.engine.instruments.resize(1);
    Script s{config};
    s.start();
    const ClOrdID bid = s.quote(Side::Buy, par - 5, 5);
    s.ack(bid);
    s.fill(bid, 5, 1);
    const ClOrdID offer = s.quote(Side::Sell, par + 5, 5);
    s.ack(offer);
    ExecutionReport sold = s.trade(offer, 5, 2);
    sold.stage = FillStage::Matched;
    s.happened(sold);
    s.tell(sold);
    s.act(Act::Kill);
    s.pass(seconds(60));
    EXPECT_EQ(s.engine().desk().kill_certified, 0);
    sold.stage = FillStage::Confirmed;
    s.tell(sold);
    s.pass(seconds(60));
    EXPECT_EQ(s.engine().desk().kill_certified, 1);
}

TEST(Settlement, MoreIsClaimedThanWasOrderedAndNothingWaits) {
    Script s{settling_late()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
    s.ack(id);
    ExecutionReport claim = s.report(id, ExecType::Status);
    claim.has_cum_qty = 1;
    claim.cum_qty = Lots{7};
    s.tell(claim);
    EXPECT_EQ(s.alarms(AlarmKind::Overfill), 1U);
}

TEST(Settlement, WhatWasCanceledStaysSoWhenAFillFails) {
    Failed f;
    f.s.tell(f.s.report(f.id, ExecType::Canceled));
    f.stage(FillStage::Failed);
    EXPECT_TRUE(f.is_over());
    EXPECT_EQ(f.s.position(maker).filled, Lots{0});
}

TEST(Settlement, WhatWasCanceledStaysSoWhateverAReadConcluded) {
    Failed f;
    f.stage(FillStage::Failed);
    f.s.status(f.id, Found::Over, f.s.now + f.s.engine().traits(maker).visibility);
    f.s.tell(f.s.report(f.id, ExecType::Canceled));
    f.tell(2, 2, FillStage::Failed);
    EXPECT_TRUE(f.is_over());
}

// By the venue's id, before anybody said whose it is.
TEST(Settlement, WhatFailedBeforeItsOrderWasKnownMayRestAgain) {
    Script s{settling_late()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 5);
    ExecutionReport fill = s.trade(id, 5, 1);
    fill.cl_ord_id = ClOrdID{};
    fill.order_id = OrderID{0, 77};
    for (const FillStage stage : {FillStage::Matched, FillStage::Failed}) {
        fill.stage = stage;
        s.tell(fill);
    }
    ExecutionReport ack = s.report(id, ExecType::New);
    ack.order_id = fill.order_id;
    s.tell(ack);
    EXPECT_FALSE(s.engine().derived(*s.engine().recall_order(id)).over);
    EXPECT_EQ(s.engine().interval(maker).high, Lots{5});
}

TEST(Foreign, FillIsHedgedOnceAPersonAssignsIt) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    ExecutionReport foreign = s.trade(id, 3, 1);
    foreign.cl_ord_id = ClOrdID{};
    foreign.order_id = OrderID{9, 9};
    s.happened(foreign);
    s.tell(foreign);
    EXPECT_EQ(s.engine().owed(group), Units{0});
    s.forget();
    s.act(Act::AssignAdjustment, maker);
    EXPECT_EQ(s.engine().certain(group), Units{3});
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>()[0].instrument, hedge);
}

// The venue keeps too little history: no read of fills is ever whole. A person looks, and says so.
TEST(FillGap, RecoveryEndsOnceAPersonAcceptsIt) {
    Script s{quiet_desk()};
    s.start();
    s.crash(s.record.size(), seconds(3'600));
    s.answers_reads = false;
    s.boot_again();
    const auto answer_all = [&](Timestamp history_begins) {
        for (int n = 0; n < 200; ++n) {
            s.pass_ms(100);
            for (const Script::Asked& one : std::exchange(s.reads_asked, {})) {
                const bool short_history = one.request.kind == RequestKind::ReadFills &&
                                           one.request.account == maker_account &&
                                           one.request.from < history_begins;
                if (short_history) {
                    s.done(one.request, one.at, 0, Outcome::Accepted, /*complete=*/false);
                } else {
                    s.answer_read(one.request, one.at);
                }
            }
        }
    };
    const Timestamp begins = s.now - seconds(60);
    const Timestamp through = s.engine().account(maker_account).fills_through;
    s.act(Act::AcceptFillGap, maker); // no read has failed yet
    EXPECT_EQ(s.engine().account(maker_account).fills_through, through);
    answer_all(begins);
    ASSERT_NE(s.engine().desk().recovery, Recovery::Done);
    EXPECT_EQ(s.engine().missing(maker_account), 1U << static_cast<unsigned>(Missing::Fills));
    s.act(Act::AcceptFillGap, maker);
    answer_all(begins);
    EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
}

// --- who a fill belongs to ---

// A fill channel that names only the venue's id is faster than everything that tells whose it is.
TEST(FillBeforeItsName, IsTheOrdersOnceItsIdIsTold) {
    for (const bool ack_first : {false, true}) {
        Script s{two_venues()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
        ExecutionReport fill = s.trade(id, 3, 1);
        s.happened(fill);
        fill.cl_ord_id = ClOrdID{};
        if (ack_first) s.ack(id);
        s.tell(fill);
        if (!ack_first) s.ack(id);
        EXPECT_EQ(s.position(maker).filled, Lots{3});
        EXPECT_EQ(s.position(maker).foreign, Lots{0});
        EXPECT_EQ(s.engine().interval(maker).low, Lots{3});
        EXPECT_EQ(s.engine().interval(maker).high, Lots{3});
        ASSERT_EQ(s.count<NewOrderSingle>(), 2U) << "the quote, and one hedge";
        s.tell(s.ended(id, ExecType::Canceled, 3));
        const ClOrdID cure = s.last_id();
        s.ack(cure);
        s.fill(cure, 3, 2);
        live(s, 30);
        EXPECT_EQ(s.count<NewOrderSingle>(), 2U);
        EXPECT_EQ(s.engine().certain(group), Units{0});
        EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 0U);
        EXPECT_EQ(s.engine().stats().maker_fills, 1U);
    }
}

// Executed and busted before anything says whose it was: the same facts as in any other order.
TEST(FillBeforeItsName, MayBeBustedBeforeItToo) {
    std::vector<Derived> seen;
    for (const bool ack_first : {false, true}) {
        Script s{quiet_desk()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
        ExecutionReport fill = s.trade(id, 2, 1);
        fill.cl_ord_id = ClOrdID{};
        ExecutionReport bust = fill;
        bust.exec_type = ExecType::TradeCancel;
        if (ack_first) s.ack(id);
        s.tell(fill);
        s.tell(bust);
        if (!ack_first) s.ack(id);
        EXPECT_EQ(s.position(maker).filled, Lots{0});
        EXPECT_EQ(s.position(maker).foreign, Lots{0});
        seen.push_back(s.engine().derived(*s.engine().find_order(id)));
    }
    EXPECT_EQ(seen[0].status, seen[1].status);
    EXPECT_EQ(seen[0].done, seen[1].done);
    EXPECT_EQ(seen[0].open, seen[1].open);
}

// A bust of what nobody has told yet, by an id that is not known yet.
TEST(FillBeforeItsName, MayBeBustedBeforeItIsTold) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    ExecutionReport bust = s.trade(id, 2, 1);
    bust.cl_ord_id = ClOrdID{};
    bust.exec_type = ExecType::TradeCancel;
    s.tell(bust);
    s.ack(id);
    s.fill(id, 2, 1);
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(maker).foreign, Lots{0});
    EXPECT_EQ(s.engine().cum_qty(*s.engine().find_order(id)), Lots{0});
}

// One order with more fills than its leg tells apart; each is told twice, from two channels.
TEST(ManyFills, OfOneOrderAreEachCountedOnce) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.instruments[maker.value()].limits.max_order_notional = Money{100'000 * money_one};
    config.engine.groups[0].exposure_limit = Units{1'000};
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 300);
    s.ack(id);
    for (std::uint64_t exec = 1; exec <= 300; ++exec) {
        s.fill(id, 1, exec);
        if (exec % 3 == 0) s.fill(id, 1, exec / 3);
        EXPECT_EQ(s.position(maker).filled, Lots{static_cast<std::int64_t>(exec)});
    }
    s.fill(id, 1, 7); // and once it is settled
    EXPECT_EQ(s.position(maker).filled, Lots{300});
    EXPECT_EQ(s.engine().desk().fill_entries, 300U);
    EXPECT_EQ(s.engine().stats().duplicate_fills, 101U);
}

TEST(FillBeforeItsName, OfAHedgeIsNotHedgedAgain) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    s.ack(id);
    s.fill(id, 3, 1);
    const ClOrdID cure = s.last_id();
    ExecutionReport fill = s.trade(cure, 3, 2);
    s.happened(fill);
    fill.cl_ord_id = ClOrdID{};
    s.tell(fill);
    s.ack(cure);
    s.expired(cure, 3);
    s.forget();
    live(s, 10);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.engine().certain(group), Units{0});
}

// More of them than are remembered until their names come: a read of fills finds the rest.
TEST(FillBeforeItsName, IsFoundByAReadWhereItWasForgotten) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{100};
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 40);
    for (std::uint64_t exec = 1; exec <= 40; ++exec) {
        ExecutionReport fill = s.trade(id, 1, exec);
        s.happened(fill);
        fill.cl_ord_id = ClOrdID{};
        s.tell(fill);
    }
    s.ack(id);
    s.pass(seconds(10));
    EXPECT_EQ(s.position(maker).filled, Lots{40});
    EXPECT_EQ(s.position(maker).foreign, Lots{0});
}

TEST(Foreign, BustOfAnAssignedFillIsOwedTheOtherWay) {
    Script s{two_venues()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    ExecutionReport foreign = s.trade(id, 3, 1);
    foreign.cl_ord_id = ClOrdID{};
    foreign.order_id = OrderID{9, 9};
    s.tell(foreign);
    s.act(Act::AssignAdjustment, maker);
    const ClOrdID cure = s.last_id();
    s.ack(cure);
    s.fill(cure, 3, 2);
    ASSERT_EQ(s.engine().certain(group), Units{0});
    foreign.exec_type = ExecType::TradeCancel;
    s.tell(foreign);
    EXPECT_EQ(s.engine().certain(group), Units{-3});
    EXPECT_EQ(s.position(maker).foreign, Lots{0});
}

// --- which leg, how large ---

// Named in no answer, and amended: the next name could be that of either leg. So it is not amended.
TEST(UnnamedLeg, IsNotAmendedWhereAnAmendMakesAnother) {
    Script s{renaming()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    s.answer(id, RequestKind::New, Outcome::Accepted); // and no id in it
    EXPECT_FALSE(s.amend(id, par - 6, 6));
    s.tell(s.report(id, ExecType::New));
    EXPECT_TRUE(s.amend(id, par - 6, 6));
}

TEST(UnnamedLeg, FillWithoutAnIdIsOneFillWhicheverLegItNamesLater) {
    strategy::DeskConfig config = renaming();
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    s.ack(id);
    ASSERT_TRUE(s.amend(id, par - 6, 6));
    ExecutionReport amended = s.report(id, ExecType::Replaced);
    amended.order_id = OrderID{other_leg, id.packed()};
    amended.order_qty = Lots{5};
    amended.amend_no = 1;
    amended.px = Ticks{par - 6};
    s.tell(amended);
    ExecutionReport fill = s.trade(id, 1, 1); // on the first leg
    ExecutionReport silent = fill;
    silent.order_id = OrderID{};
    s.tell(silent);
    s.tell(fill);
    s.tell(silent);
    EXPECT_EQ(s.position(maker).filled, Lots{1});
}

TEST(LateReport, FromBeforeAnEarlierAmendDoesNotAnswerTheNext) {
    for (const std::uint64_t first_version : {1U, 0U}) { // 0: the venue's words have none
        Script s{quiet_desk()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
        const auto told = [&](ExecType type, std::int64_t px, std::int64_t qty,
                              std::uint64_t version) {
            ExecutionReport r = s.report(id, type);
            r.px = Ticks{px};
            r.order_qty = Lots{qty};
            r.version = version;
            r.amend_no = type == ExecType::Replaced ? 1 : 0;
            return r;
        };
        const ExecutionReport first = told(ExecType::New, par - 5, 4, first_version);
        s.tell(first);
        ASSERT_TRUE(s.amend(id, par - 6, 9));
        s.tell(told(ExecType::Replaced, par - 6, 9, 2 * first_version));
        ASSERT_TRUE(s.amend(id, par - 5, 4)); // lost on its way
        s.tell(first);
        EXPECT_EQ(s.engine().interval(maker).high, Lots{9}) << first_version;
    }
}

TEST(AcceptedAmend, IsNotDroppedByAnAnswerThatTellsNoQuantity) {
    for (const std::int64_t wanted : {5, 1}) {
        strategy::DeskConfig config = quiet_desk();
        config.engine.venues[0].amend_qty = AmendQty::Remaining;
        Script s{config};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
        s.ack(id);
        ASSERT_TRUE(s.amend(id, par - 6, wanted));
        s.answer(id, RequestKind::Amend, Outcome::Accepted, Reason::None, 1);
        s.pass(seconds(5));
        ExecutionReport shown = s.report(id, ExecType::Status);
        shown.px = Ticks{par - 6};
        shown.order_qty = Lots{0};
        shown.source = ReportSource::Read;
        s.tell(shown);
        s.status(id, /*found=*/true, s.now);
        EXPECT_GE(s.engine().interval(maker).high, Lots{std::max<std::int64_t>(wanted, 2)});
        shown.order_qty = Lots{wanted};
        shown.version = 9;
        s.tell(shown);
        s.status(id, /*found=*/true, s.now);
        EXPECT_EQ(s.engine().interval(maker).high, Lots{wanted}) << "now it is known";
    }
}

// Of an amend that was accepted, and shows no sign of it: how much rests is what a read tells.
TEST(AcceptedAmend, IsOverOnceAReadTellsHowMuchRests) {
    for (const std::int64_t qty : {2, 1}) {
        strategy::DeskConfig config = quiet_desk();
        config.engine.venues[0].amend_qty = AmendQty::Remaining;
        Script s{config};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, qty);
        s.ack(id);
        ASSERT_TRUE(s.amend(id, par - 5, qty + 3));
        s.answer(id, RequestKind::Amend, Outcome::Accepted, Reason::None, 1);
        s.pass(seconds(5));
        EXPECT_NE(s.engine().find_order(id)->asked & pending::amend, 0);
        ExecutionReport shown = s.report(id, ExecType::Status);
        shown.order_qty = Lots{qty};
        shown.version = 9;
        shown.source = ReportSource::Read;
        s.tell(shown);
        s.status(id, /*found=*/true, s.now);
        EXPECT_EQ(s.engine().find_order(id)->asked & pending::amend, 0) << qty;
        EXPECT_EQ(s.engine().interval(maker).high, Lots{qty});
    }
}

// A late word about an order that has settled must not count its asked leg as freed twice.
TEST(LiveLegs, AreCountedOnceHoweverLateAReplacementIsTold) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.venues[0].amend_qty = AmendQty::Remaining;
    Script s{config};
    s.start();
    const auto pass_ten_seconds = [&](ClOrdID id) {
        for (int n = 0; n < 20; ++n) {
            s.pass_ms(500);
            s.not_found(id);
            s.books();
        }
    };
    for (int n = 0; n < 3; ++n) {
        const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
        s.ack(id);
        ASSERT_TRUE(s.amend(id, par - 6, 3));
        s.answer(id, RequestKind::Amend, Outcome::Accepted, Reason::None, 1);
        ExecutionReport end = s.ended(id, ExecType::Canceled, 0);
        end.order_qty = Lots{0};
        end.px = Ticks{0};
        end.version = 3;
        s.tell(end);
        pass_ten_seconds(id);
        ExecutionReport late = s.report(id, ExecType::Replaced);
        late.px = Ticks{par - 6};
        late.order_qty = Lots{3};
        late.amend_no = 1;
        late.version = 2;
        s.tell(late);
        pass_ten_seconds(id);
    }
    EXPECT_LE(s.engine().desk().live_legs, s.config().engine.capacities.legs);
    EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 2)), Guard::None);
}

// --- reads and surprises ---

// The venue removes a resting order unasked, and a read that was asked before shows it still.
TEST(StaleRead, OlderThanTheEndReopensNothing) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    s.ack(id);
    s.truth[0].resting = {s.report(id, ExecType::New)};
    live(s, 20);
    s.answers_reads = false;
    s.reads_asked.clear();
    const auto asked = [&] {
        return std::ranges::find_if(s.reads_asked, [](const Script::Asked& one) {
            return one.request.kind == RequestKind::ReadOpenOrders &&
                   one.request.account == maker_account;
        });
    };
    for (int n = 0; n < 300 && asked() == s.reads_asked.end(); ++n) {
        s.pass_ms(100);
        s.books();
    }
    ASSERT_NE(asked(), s.reads_asked.end());
    const Script::Asked read = *asked();
    s.forget();
    s.now = s.now + milliseconds(5);
    s.canceled(id, 0);
    s.now = s.now + milliseconds(15);
    s.answer_read(read.request, read.at);
    EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 0U);
    EXPECT_EQ(s.engine().book(maker).frozen_at, Timestamp{});
}

TEST(SurpriseWindow, BeginsAnewWithEachSurprise) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.limits.max_surprises_in_window = 3;
    config.engine.limits.surprise_window = seconds(600);
    Script s{config};
    s.start();
    const auto surprise = [&] {
        BookTop none_has;
        none_has.instrument = maker;
        none_has.bid_px = px_max + Ticks{1};
        s.tell(none_has);
        s.act(Act::ReleaseFreeze, maker);
    };
    surprise();
    s.pass(seconds(599));
    surprise();
    s.pass(seconds(2));
    EXPECT_TRUE(s.engine().is_in_doubt()) << "two seconds after a surprise";
    EXPECT_EQ(s.engine().desk().outside, 0);
    surprise();
    EXPECT_EQ(s.engine().desk().outside, 1);
}

TEST(Adjustment, OfOtherSignThanItsAssignedPartLeavesThatAlone) {
    strategy::DeskConfig config = quiet_desk();
    config.engine.groups[0].assign_adjustments = false;
    Script s{config};
    s.start();
    const ClOrdID id = s.quote(Side::Sell, par + 5, 3);
    s.ack(id);
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{5};
    live(s, 40);
    s.act(Act::AssignAdjustment, maker);
    ASSERT_EQ(s.position(maker).assigned, Lots{5});
    const Timestamp then = s.now + seconds(1);
    s.pass(seconds(2));
    ExecutionReport fill = s.trade(id, 2, 77); // no read shows it
    fill.transact_time = then;
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{-3}; // that, and 6 by nobody
    live(s, 40);
    ASSERT_EQ(s.position(maker).adjusted, Lots{-3});
    s.tell(fill);
    EXPECT_EQ(s.engine().certain(maker), Lots{3});
}

TEST(Door, RefusesNegativeQuantities) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 3);
    s.ack(id);
    for (Lots ExecutionReport::* const field :
         {&ExecutionReport::order_qty, &ExecutionReport::cum_qty, &ExecutionReport::reduced,
          &ExecutionReport::last_qty}) {
        ExecutionReport r = s.report(id, ExecType::Status);
        r.version = 9;
        r.*field = Lots{-1};
        s.act(Act::ReleaseFreeze, maker);
        s.forget();
        s.tell(r);
        EXPECT_EQ(s.engine().interval(maker).high, Lots{3});
        EXPECT_EQ(s.alarms(AlarmKind::Contradiction), 1U);
    }
}

// A venue may tell of an order for the first time when a part of it is executed already.
TEST(FirstWord, ThatAnOrderRestsTellsWhatIsExecutedOfIt) {
    Script s{quiet_desk()};
    s.start();
    const ClOrdID id = s.quote(Side::Buy, par - 5, 4);
    ExecutionReport first = s.report(id, ExecType::New);
    first.has_cum_qty = 1;
    first.cum_qty = Lots{3};
    s.tell(first);
    EXPECT_EQ(s.engine().interval(maker).low, Lots{3});
    EXPECT_EQ(s.engine().interval(maker).high, Lots{4});
}

// An amend to more left just before the crash and is lost with the record's tail.
TEST(LostTail, FillOfAnAmendedOrderIsNoSurpriseWhileReadsMayTellOfTheAmend) {
    for (const bool was_amended : {true, false}) {
        Script s{quiet_desk()};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
        s.ack(id);
        s.now = s.now + seconds(1);
        restart(s);
        ExecutionReport fill = s.trade(id, 5, 1);
        fill.order_qty = Lots{0};
        s.happened(fill);
        s.tell(fill);
        EXPECT_EQ(s.alarms(AlarmKind::Overfill), 0U);
        EXPECT_EQ(s.position(maker).filled, Lots{5});
        if (was_amended) {
            ExecutionReport amended = s.report(id, ExecType::Status);
            amended.order_qty = Lots{5};
            amended.version = 5;
            s.tell(amended);
        }
        s.pass(seconds(20));
        ASSERT_EQ(s.engine().desk().recovery, Recovery::Done);
        EXPECT_EQ(s.alarms(AlarmKind::Overfill), was_amended ? 0U : 1U) << "reads have told by now";
    }
}

// An amend that made another leg is lost with the record's tail. The venue says that the leg which
// the record knows has ended, and then a fill tells of the other: no surprise while reads have not
// told of all that rests.
TEST(LostTail, ALegOfALostAmendThatShowsAfterTheEndOfTheKnownOneIsNoSurprise) {
    enum class When : std::uint8_t { NoRestart, WhileReadsTell, AfterRecovery };
    struct Row {
        When when;
        bool amends_supported;
        bool keeps_order_id;
        std::uint64_t alarms;
    };
    for (const Row row :
         {Row{When::WhileReadsTell, true, false, 0}, Row{When::WhileReadsTell, true, true, 1},
          Row{When::WhileReadsTell, false, false, 1}, Row{When::NoRestart, true, false, 1},
          Row{When::AfterRecovery, true, false, 1}}) {
        SCOPED_TRACE(testing::Message()
                     << int(row.when) << ' ' << row.amends_supported << ' ' << row.keeps_order_id);
        strategy::DeskConfig config = renaming(false);
        config.engine.venues[0].amend_supported = row.amends_supported;
        config.engine.venues[0].amend_keeps_order_id = row.keeps_order_id;
        Script s{config};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
        s.ack(id);
        s.now = s.now + seconds(1);
        if (row.when != When::NoRestart) restart(s);
        ASSERT_NE(s.find(id), nullptr);
        s.tell(s.ended(id, ExecType::Canceled, 0));
        if (row.when == When::AfterRecovery) {
            s.pass(seconds(20));
            ASSERT_EQ(s.engine().desk().recovery, Recovery::Done);
        }
        s.forget();
        ExecutionReport fill = s.trade(id, 1, 1);
        fill.order_id = OrderID{other_leg, 1};
        fill.order_qty = Lots{0};
        s.happened(fill);
        s.tell(fill);
        EXPECT_EQ(s.alarms(AlarmKind::LateArrival), row.alarms);
        EXPECT_EQ(s.position(maker).filled, Lots{1});
        EXPECT_GE(s.engine().interval(maker).high, Lots{2}) << "the rest of it may rest";
        EXPECT_NE(s.engine().find_order(id), nullptr);
    }
}

// That a leg rests which was told to have ended is one at any time: no lost amend explains it.
TEST(LostTail, ALegThatRestsAfterItsEndIsASurpriseWhileReadsTellToo) {
    for (const bool was_amended : {false, true}) {
        Script s{renaming(false)};
        s.start();
        const ClOrdID id = s.quote(Side::Buy, par - 5, 2);
        s.ack(id);
        ExecutionReport last = s.report(id, ExecType::New);
        if (was_amended) {
            ASSERT_TRUE(s.amend(id, par - 6, 2));
            last = s.report(id, ExecType::Replaced);
            last.px = Ticks{par - 6};
            last.order_id = OrderID{other_leg, 1};
            last.amend_no = 1;
            last.version = 2;
            s.tell(last);
        }
        s.now = s.now + seconds(1);
        restart(s);
        ExecutionReport end = s.ended(id, ExecType::Canceled, 0);
        end.order_id = last.order_id;
        end.version = 3;
        s.tell(end);
        last.exec_type = ExecType::Status;
        s.truth[0].resting.push_back(last);
        for (int n = 0; n < 20'000 && s.alarms(AlarmKind::LateArrival) == 0 &&
                        s.engine().desk().recovery != Recovery::Done;
             ++n) {
            s.pass_ms(1);
        }
        EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 1U) << was_amended;
    }
}

// What is never amended has one leg.
TEST(LostTail, ASecondLegOfAHedgeIsASurprise) {
    strategy::DeskConfig config = quiet_desk();
    for (VenueTraits& venue : config.engine.venues) venue.amend_keeps_order_id = false;
    Script s{config};
    s.start();
    const ClOrdID quote = s.quote(Side::Buy, par - 5, 2);
    s.ack(quote);
    s.fill(quote, 2, 1);
    const ClOrdID hedge = s.last_id();
    ASSERT_EQ(s.find(hedge)->role, Role::Hedge);
    s.ack(hedge);
    restart(s);
    s.tell(s.ended(hedge, ExecType::Expired, 0));
    ExecutionReport fill = s.trade(hedge, 1, 2);
    fill.order_id = OrderID{other_leg, 1};
    fill.order_qty = Lots{0};
    s.happened(fill);
    s.tell(fill);
    EXPECT_EQ(s.alarms(AlarmKind::LateArrival), 1U);
}

} // namespace
} // namespace keel::core
