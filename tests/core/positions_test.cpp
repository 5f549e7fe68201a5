#include "tests/core/position_model.hpp"

// Positions (design section 4): a snapshot is evidence about an interval of time. It agrees,
// verifies, or contradicts; what contradicts is adopted last of all, and gives way to a fill found
// later.

namespace keel::core {
namespace {

using namespace script;

strategy::DeskConfig unhedged() { // the group is not the subject
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].hedge_retry = seconds(3'600);
    config.engine.groups[0].hedged_within = seconds(36'000);
    return config;
}

// A desk whose reads are answered by hand, and a quote of 5 to be filled.
struct Scene {
    explicit Scene(const strategy::DeskConfig& config = unhedged()) : s(config) {
        s.start();
        s.book(hedge, 0, 0);
        quote = s.quote(Side::Buy, par - 5, 5);
        s.ack(quote);
        s.answers_reads = false;
        s.pass(seconds(3)); // quiet
        s.reads_asked.clear();
    }
    // Answers the oldest fill read with what is true; false if none was asked.
    bool answer_fill_read() {
        for (std::size_t n = 0; n < s.reads_asked.size(); ++n) {
            const Script::Asked one = s.reads_asked[n];
            if (one.request.kind != RequestKind::ReadFills ||
                one.request.account != maker_account) {
                continue;
            }
            s.reads_asked.erase(s.reads_asked.begin() + static_cast<std::ptrdiff_t>(n));
            s.answer_read(one.request, one.at);
            return true;
        }
        return false;
    }
    void read_fills_through_now() {
        const Timestamp wanted = s.now;
        for (int n = 0; n < 100 && s.engine().account(maker_account).fills_through < wanted; ++n) {
            s.pass_ms(100);
            answer_fill_read();
        }
        ASSERT_GE(s.engine().account(maker_account).fills_through, wanted);
    }
    [[nodiscard]] const Position& p() const { return s.position(maker); }
    // The snapshot's interval, in the venue's time.
    [[nodiscard]] Timestamp begin(Timestamp at) const {
        return at - s.config().engine.venues[0].visibility -
               s.config().engine.venues[0].clock_error;
    }
    Script s;
    ClOrdID quote;
};

TEST(Snapshot, QuietAndEqualVerifies) {
    Scene c;
    c.s.fill(c.quote, 2, 1);
    c.s.pass(seconds(2));
    c.s.snapshot(maker, 2);
    EXPECT_EQ(c.p().verified_at, c.begin(c.s.now));
    EXPECT_EQ(c.p().contra_end, Timestamp{});
}

TEST(Snapshot, EqualAtSomeInstantOfABusyIntervalNeitherVerifiesNorContradicts) {
    for (const std::int64_t shown : {0, 1, 3}) { // before, between and after the two fills
        SCOPED_TRACE(shown);
        Scene c;
        const Timestamp before = c.p().verified_at;
        c.s.fill(c.quote, 1, 1);
        c.s.pass_ms(100);
        c.s.fill(c.quote, 2, 2);
        c.s.pass_ms(100);
        c.s.snapshot(maker, shown);
        EXPECT_EQ(c.p().verified_at, before);
        EXPECT_EQ(c.p().contra_end, Timestamp{});
    }
}

TEST(Snapshot, OtherwiseContradictsAndAsksForFills) {
    Scene c;
    c.s.fill(c.quote, 1, 1);
    c.s.pass(seconds(2));
    c.s.snapshot(maker, 3);
    const Account& account = c.s.engine().account(maker_account);
    EXPECT_NE(c.p().contra_end, Timestamp{});
    EXPECT_GE(account.fills_wanted, c.s.now) << "complete through the end of the interval";
    EXPECT_EQ(c.p().adjusted, Lots{0}) << "nothing is adopted on its word";
    EXPECT_EQ(c.s.alarms(AlarmKind::AdoptedDifference), 0U);
}

TEST(Snapshot, ContradictionThatAFillExplainsAdoptsNothing) {
    Scene c;
    c.s.happened(c.s.trade(c.quote, 2, 1)); // the stream lost it
    c.s.pass(seconds(2));
    c.s.snapshot(maker, 2);
    ASSERT_NE(c.p().contra_end, Timestamp{});
    c.read_fills_through_now();
    EXPECT_EQ(c.p().filled, Lots{2});
    EXPECT_EQ(c.p().adjusted, Lots{0});
    EXPECT_EQ(c.p().contra_end, Timestamp{});
    EXPECT_EQ(c.s.engine().stats().adoptions, 0U);
}

TEST(Snapshot, DifferenceIsAdoptedOnceFillsAreCompleteThroughItsEnd) {
    Scene c;
    c.s.pass(seconds(2));
    c.s.snapshot(maker, -2); // liquidated, and no fill says so
    const Timestamp end = c.p().contra_end;
    while (c.s.engine().account(maker_account).fills_through < end) {
        ASSERT_EQ(c.p().adjusted, Lots{0}) << "not before";
        c.s.pass_ms(100);
        c.answer_fill_read();
    }
    EXPECT_EQ(c.p().adjusted, Lots{-2});
    EXPECT_EQ(c.p().assigned, Lots{-2});
    EXPECT_EQ(c.p().adjusted_until, end) << "it carries its interval";
    EXPECT_EQ(c.s.alarms(AlarmKind::AdoptedDifference), 1U);
    EXPECT_EQ(c.s.engine().certain(group), Units{-2});
    c.s.pass(seconds(3));
    c.s.snapshot(maker, -2);
    EXPECT_EQ(c.p().verified_at, c.begin(c.s.now)) << "and is verified like any position";
}

TEST(Snapshot, NothingIsAdoptedFromABusyInterval) {
    Scene c;
    c.s.fill(c.quote, 1, 1);
    c.s.pass_ms(50);
    c.s.snapshot(maker, 4); // a fill lies inside: whatever is missing, it is not known since when
    ASSERT_NE(c.p().contra_end, Timestamp{});
    const std::size_t before = c.s.reads_asked.size();
    c.read_fills_through_now();
    c.s.pass_ms(300);
    EXPECT_EQ(c.p().adjusted, Lots{0});
    EXPECT_EQ(c.p().contra_end, Timestamp{});
    bool asked = false;
    for (const Script::Asked& one : c.s.reads_asked) {
        asked = asked || one.request.kind == RequestKind::ReadPositions;
    }
    EXPECT_TRUE(asked) << "a fresh snapshot is asked for, " << before << " reads before";
}

// Adopts a difference of `qty` and returns.
void adopt(Scene& c, std::int64_t qty) {
    c.s.pass(seconds(2));
    c.s.snapshot(maker, qty + (c.p().filled + c.p().adjusted + c.p().foreign).value());
    c.read_fills_through_now();
    c.s.pass(seconds(1));
    c.answer_fill_read();
    ASSERT_EQ(c.p().contra_end, Timestamp{});
}

// A read that was asked before the change and answered after its adoption shows what was true then.
TEST(Adjustment, StaleSnapshotDoesNotAdoptItBack) {
    Scene c;
    const Timestamp before = c.s.now;
    c.s.pass(seconds(1));
    adopt(c, -2);
    ASSERT_EQ(c.p().adjusted, Lots{-2});
    PositionReport old;
    old.account = maker_account;
    old.instrument = maker;
    old.source = ReportSource::Stream;
    old.qty = Lots{0};
    old.asked_at = before;
    old.answered_at = c.s.now;
    c.s.tell(old);
    c.read_fills_through_now();
    c.s.pass(seconds(2));
    c.answer_fill_read();
    EXPECT_EQ(c.p().adjusted, Lots{-2});
    EXPECT_EQ(c.s.engine().stats().adoptions, 1U);
    // What changes after it is found all the same, by a snapshot that begins after it.
    adopt(c, 3);
    EXPECT_EQ(c.p().adjusted, Lots{1});
}

// Where trades may fail a difference may be of one whose failure has not been told: it is taken
// over only when a later snapshot shows the same.
TEST(Adjustment, WhereTradesMayFailADifferenceIsSeenTwice) {
    strategy::DeskConfig config = unhedged();
    config.engine.instruments[0].instrument.settles_late = true;
    Scene c{config};
    adopt(c, 2);
    EXPECT_EQ(c.p().adjusted, Lots{0});
    adopt(c, 3);
    EXPECT_EQ(c.p().adjusted, Lots{0}) << "not the same";
    adopt(c, 3);
    EXPECT_EQ(c.p().adjusted, Lots{3});
    adopt(c, -1);
    EXPECT_EQ(c.p().adjusted, Lots{3}) << "each difference for itself";
    adopt(c, -1);
    EXPECT_EQ(c.p().adjusted, Lots{2});
    EXPECT_EQ(c.s.engine().stats().adoptions, 2U);
}

TEST(Adjustment, FillFoundLaterConsumesItFirst) {
    Scene c;
    ExecutionReport slow = c.s.trade(c.quote, 3, 1); // executed now, told much later
    adopt(c, 2);
    ASSERT_EQ(c.p().adjusted, Lots{2});
    c.s.tell(slow);
    EXPECT_EQ(c.p().filled, Lots{3});
    EXPECT_EQ(c.p().adjusted, Lots{0});
    EXPECT_EQ(c.p().assigned, Lots{0});
    EXPECT_EQ(c.s.engine().certain(maker), Lots{3}) << "what it is larger by is news";
}

TEST(Adjustment, LaterFillIsNewsAltogether) {
    Scene c;
    adopt(c, 2);
    c.s.pass(seconds(2));
    c.s.fill(c.quote, 1, 1);
    EXPECT_EQ(c.p().adjusted, Lots{2});
    EXPECT_EQ(c.p().filled, Lots{1});
}

TEST(Adjustment, ForeignFillFoundLaterConsumesItToo) {
    Scene c;
    ExecutionReport manual = c.s.trade(c.quote, 2, 9); // somebody traded by hand
    manual.cl_ord_id = ClOrdID{};
    manual.order_id = OrderID{9, 9};
    adopt(c, 2);
    c.s.tell(manual);
    EXPECT_EQ(c.p().foreign, Lots{2});
    EXPECT_EQ(c.p().adjusted, Lots{0});
    EXPECT_EQ(c.s.engine().certain(maker), Lots{0}) << "a foreign fill is hedged by nobody";
    EXPECT_EQ(c.s.engine().interval(maker).low, Lots{2}) << "and counts in limits";
}

TEST(Adjustment, BelongsToNobodyUntilAssigned) {
    strategy::DeskConfig config = unhedged();
    config.engine.groups[0].assign_adjustments = false;
    Scene c{config};
    adopt(c, -3);
    EXPECT_EQ(c.s.engine().certain(group), Units{0});
    EXPECT_EQ(c.s.engine().owed(group), Units{0});
    EXPECT_EQ(c.s.engine().interval(group).low, Units{-3}) << "in limits at once";
    c.s.act(Act::AssignAdjustment, maker);
    EXPECT_EQ(c.s.engine().certain(group), Units{-3});
}

// Assigned in part: what is found later takes from both no more than there is.
TEST(Adjustment, AssignedPartNeverPassesZero) {
    strategy::DeskConfig config = unhedged();
    config.engine.groups[0].assign_adjustments = false;
    Scene c{config};
    ExecutionReport slow = c.s.trade(c.quote, 3, 1);
    adopt(c, 1);
    c.s.act(Act::AssignAdjustment, maker);
    adopt(c, 2);
    ASSERT_EQ(c.p().adjusted, Lots{3});
    ASSERT_EQ(c.p().assigned, Lots{1});
    c.s.tell(slow);
    EXPECT_EQ(c.p().adjusted, Lots{0});
    EXPECT_EQ(c.p().assigned, Lots{0});
    EXPECT_EQ(c.s.engine().certain(group), Units{3});
}

// --- absence ---

void answer_positions(Script& s, bool complete, Outcome outcome = Outcome::Accepted) {
    for (int n = 0; n < 400; ++n) {
        for (std::size_t at = 0; at < s.reads_asked.size(); ++at) {
            const Script::Asked one = s.reads_asked[at];
            if (one.request.kind != RequestKind::ReadPositions ||
                one.request.account != maker_account || one.at + seconds(3) < s.now) {
                continue;
            }
            s.reads_asked.clear();
            s.done(one.request, one.at, 0, outcome, complete);
            return;
        }
        s.pass_ms(100);
    }
    FAIL() << "no positions were asked for";
}

TEST(Absence, MeansFlatOnlyInACompleteAnswer) {
    for (const bool complete : {false, true}) {
        Scene c;
        c.s.fill(c.quote, 2, 1);
        c.s.pass(seconds(4));
        c.s.reads_asked.clear();
        answer_positions(c.s, complete);
        EXPECT_EQ(c.p().contra_end != Timestamp{}, complete);
    }
    Scene refused;
    refused.s.fill(refused.quote, 2, 1);
    refused.s.pass(seconds(4));
    refused.s.reads_asked.clear();
    answer_positions(refused.s, true, Outcome::Refused);
    EXPECT_EQ(refused.p().contra_end, Timestamp{});
}

TEST(Absence, VerifiesAFlatPosition) {
    Scene c;
    c.s.reads_asked.clear();
    const Timestamp before = c.p().verified_at;
    answer_positions(c.s, true);
    EXPECT_GT(c.p().verified_at, before);
}

// --- hedge mode ---

TEST(HedgeMode, LongAndShortAreTwoPositions) {
    Scene c;
    ExecutionReport fill = c.s.trade(c.quote, 1, 1);
    fill.position_side = PositionSide::Long; // the fill says which position it moves
    c.s.tell(fill);
    EXPECT_EQ(c.s.position(maker, PositionSide::Long).filled, Lots{1});
    EXPECT_EQ(c.p().filled, Lots{0});
    EXPECT_EQ(c.s.engine().certain(maker), Lots{1});
    c.s.pass(seconds(2));
    // One more long and one short in silence: the net shows nothing, each side by itself does.
    c.s.snapshot(maker, 2, PositionSide::Long);
    c.s.snapshot(maker, -1, PositionSide::Short);
    EXPECT_NE(c.s.position(maker, PositionSide::Long).contra_end, Timestamp{});
    EXPECT_NE(c.s.position(maker, PositionSide::Short).contra_end, Timestamp{});
    c.read_fills_through_now();
    c.s.pass(seconds(1));
    EXPECT_EQ(c.s.position(maker, PositionSide::Long).adjusted, Lots{1});
    EXPECT_EQ(c.s.position(maker, PositionSide::Short).adjusted, Lots{-1});
    EXPECT_EQ(c.s.engine().certain(maker), Lots{1});
}

TEST(HedgeMode, EachSideMustBeVerified) {
    strategy::DeskConfig config = unhedged();
    config.engine.audits.verify_age_max = seconds(30);
    Scene c{config};
    ExecutionReport fill = c.s.trade(c.quote, 1, 1);
    fill.position_side = PositionSide::Long;
    c.s.tell(fill);
    for (int n = 0; n < 40; ++n) { // the net position is shown every second, the long one never
        c.s.pass(seconds(1));
        c.s.snapshot(maker, 0);
        c.s.snapshot(hedge, 0);
        c.s.books();
    }
    EXPECT_EQ(c.s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Unverified);
    c.s.snapshot(maker, 1, PositionSide::Long);
    EXPECT_EQ(c.s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
}

// A side that nothing was ever held on has nothing to verify, after a freeze neither.
TEST(HedgeMode, FreezeEndsWithTheSidesThatAreUsed) {
    Scene c;
    c.s.tell(c.s.trade(c.quote, 2, 1));
    c.s.tell(c.s.trade(c.quote, 3, 1)); // one fill, two quantities
    const ExecutionReport true_one = c.s.trade(c.quote, 3, 1);
    c.s.happened(true_one);
    ASSERT_NE(c.s.engine().book(maker).frozen_at, Timestamp{});
    c.s.pass(seconds(2));
    c.s.snapshot(maker, 3);
    ASSERT_GE(c.p().verified_at, c.s.engine().book(maker).frozen_at);
    EXPECT_NE(c.s.engine().book(maker).frozen_at, Timestamp{}) << "fills are not complete yet";
    c.read_fills_through_now();
    c.s.pass(seconds(1));
    c.s.snapshot(maker, 3);
    EXPECT_EQ(c.s.engine().book(maker).frozen_at, Timestamp{});
}

TEST(HedgeMode, BustTakesBackFromTheSideItWasBookedTo) {
    Scene c;
    ExecutionReport fill = c.s.trade(c.quote, 1, 1);
    fill.position_side = PositionSide::Short;
    c.s.tell(fill);
    fill.exec_type = ExecType::TradeCancel;
    c.s.tell(fill);
    EXPECT_EQ(c.s.position(maker, PositionSide::Short).filled, Lots{0});
    EXPECT_EQ(c.p().filled, Lots{0});
}

// --- age ---

TEST(Age, PositionThatWasNeverVerifiedStopsNewRisk) {
    strategy::DeskConfig config = unhedged();
    Script s{config};
    s.now = Timestamp{seconds(10).value()}; // a young clock proves nothing
    s.truth[0].positions[{0, PositionSide::Net}] =
        Lots{4}; // held before, with no fill to show for it
    s.tell(Boot{1, 0});
    s.leases();
    s.links_up();
    s.pass_ms(200); // all is read
    s.books();
    EXPECT_EQ(s.offer(quote_draft(Side::Sell, par + 5, 1)), Guard::Recovering);
    EXPECT_NE(s.engine().guards_on(maker) >> static_cast<unsigned>(Guard::Unverified) & 1U, 0U);
    s.pass(seconds(4)); // adopted, and then seen once more
    s.books();
    EXPECT_EQ(s.position(maker).adjusted, Lots{4});
    EXPECT_EQ(s.offer(quote_draft(Side::Sell, par + 5, 1)), Guard::None);
}

// More fills in an interval than are remembered: nothing is concluded.
TEST(Ring, IntervalBeyondWhatIsRememberedProvesNothing) {
    Scene c;
    for (std::uint64_t exec = 1; exec <= 20; ++exec) {
        const ClOrdID q = c.s.quote(Side::Buy, par - 5, 1);
        c.s.fill(q, 1, 100 + exec);
        const ClOrdID back = c.s.quote(Side::Sell, par + 5, 1);
        c.s.fill(back, 1, 200 + exec);
        if (exec % 4 == 0) {
            c.s.pass_ms(1'050);
            c.s.books();
            c.s.book(hedge, 0, 0);
        }
    }
    const Timestamp before = c.p().verified_at;
    PositionReport old;
    old.account = maker_account;
    old.instrument = maker;
    old.source = ReportSource::Stream;
    old.qty = Lots{7};
    old.asked_at = c.s.now - seconds(60);
    old.answered_at = c.s.now;
    c.s.tell(old);
    EXPECT_EQ(c.p().contra_end, Timestamp{});
    old.qty = Lots{0};
    c.s.tell(old);
    EXPECT_EQ(c.p().verified_at, before);
}

// --- reduce-only orders and others ---

// The venue clips it at what is held when it trades: that may have been before a trade of somebody
// else, which is told first.
TEST(ReduceOnly, MayHaveTradedBeforeWhatIsToldFirst) {
    for (const bool has_traded : {true, false}) {
        Scene c;
        c.s.fill(c.quote, 5, 1);
        const ClOrdID close = c.s.place(close_draft(maker, Side::Sell, par - 2, 5));
        ExecutionReport manual = c.s.trade(close, 5, 9);
        manual.cl_ord_id = ClOrdID{};
        manual.order_id = OrderID{9, 9};
        c.s.tell(manual);
        EXPECT_EQ(sum_certain(c.p()), Lots{0});
        EXPECT_EQ(c.s.engine().interval(maker).low, Lots{-5});
        EXPECT_EQ(c.s.engine().interval(maker).high, Lots{0});
        if (has_traded) c.s.fill(close, 5, 2);
        c.s.expired(close, has_traded ? 5 : 0);
        const Lots end = has_traded ? Lots{-5} : Lots{0};
        EXPECT_EQ(c.s.engine().interval(maker).low, end);
        EXPECT_EQ(c.s.engine().interval(maker).high, end);
        EXPECT_EQ(c.p().beside_sell, Lots{0});
    }
}

// The same as a short position is bought back, and a difference that only a read told.
TEST(ReduceOnly, AlsoOfAShortPositionAndBesideWhatIsAdopted) {
    Scene c;
    c.s.canceled(c.quote, 0);
    const ClOrdID sell = c.s.quote(Side::Sell, par + 5, 4);
    c.s.ack(sell);
    c.s.fill(sell, 4, 1);
    c.s.pass(seconds(3));
    c.read_fills_through_now();
    const ClOrdID close = c.s.place(close_draft(maker, Side::Buy, par + 2, 4));
    c.s.pass(seconds(1));
    c.s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{-1};
    c.s.snapshot(maker, -1); // somebody bought three, or it was our close
    c.read_fills_through_now();
    EXPECT_EQ(c.p().adjusted, Lots{3});
    EXPECT_EQ(c.s.engine().interval(maker).low, Lots{-1});
    EXPECT_EQ(c.s.engine().interval(maker).high, Lots{3});
    c.s.expired(close, 0);
    EXPECT_EQ(c.s.engine().interval(maker).high, Lots{-1});
}

// --- every combination of a small world ---

void expect_no_ghosts(const std::vector<int>& signs, std::uint32_t patterns, int lag) {
    const PositionModel model;
    for (const int silent : {1, -1}) {
        const PositionTally tally = enumerate_positions(model, signs, patterns, silent, lag);
        EXPECT_EQ(tally.invented, 0U) << script::to_string(tally);
        EXPECT_EQ(tally.wrong_end, 0U) << script::to_string(tally);
    }
}

TEST(PositionModel, NeverInventsAPositionAndEndsRight) {
    expect_no_ghosts({1}, 6, 1);
    expect_no_ghosts({1, -1}, 2, 1); // three trades, in every way: positions_slow_test.cpp
}

TEST(PositionModel, AlsoWhenReadsLagThreeTimesAsLongAsPromised) {
    expect_no_ghosts({1}, 6, 3);
    expect_no_ghosts({1, 1}, 1, 3);
}

TEST(PositionModel, FindsTheGhostsOfTheFirstDraft) {
    const PositionModel adopts{{.adopt_at_once = true}};
    EXPECT_GT(enumerate_positions(adopts, {1, 1}, 1, 1).invented, 0U);
    const PositionModel adds{{.late_fill_adds = true}};
    EXPECT_GT(enumerate_positions(adds, {1, 1}, 2, 1, 3).invented, 0U);
}

} // namespace
} // namespace keel::core
