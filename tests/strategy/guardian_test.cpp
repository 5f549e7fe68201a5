#include <gmock/gmock.h>

#include "tests/core/desk_fixture.hpp"

// Positions on an account, whoever opened them: each is known, each life is one of its own, and
// what shall be flat is closed once, however many ask for it.

namespace keel::strategy {
namespace {

using namespace core::script;

constexpr InstrumentIx btc{0};
constexpr InstrumentIx eth{1};

DeskConfig desk_with(const std::function<void(GuardianConfig&)>& change = {},
                     const std::function<void(core::EngineConfig&)>& change_engine = {}) {
    DeskConfig config = two_venues();
    config.engine.groups.clear();
    config.engine.instruments[1] = {make_spec("ETH-M", VenueIx{0}), maker_account, {}};
    GuardianConfig guardian;
    guardian.name = "all";
    guardian.watch = {btc, eth};
    if (change) change(guardian);
    if (change_engine) change_engine(config.engine);
    config.guardian.push_back(guardian);
    return config;
}

std::uint64_t next_number() {
    static std::uint64_t number = 1'000;
    return ++number;
}

// A trade of the account's owner, which the stream tells.
ExecutionReport owner_trade(const Script& s, InstrumentIx i, std::int64_t lots,
                            PositionSide side = PositionSide::Net) {
    ExecutionReport r;
    r.account = maker_account;
    r.instrument = i;
    r.order_id = OrderID{0, next_number()};
    r.exec_id = ExecID{0, next_number()};
    r.exec_type = ExecType::Trade;
    r.side = lots > 0 ? Side::Buy : Side::Sell;
    r.position_side = side;
    r.order_qty = abs(Lots{lots});
    r.last_qty = abs(Lots{lots});
    r.px = Ticks{par};
    r.last_px = Ticks{par};
    r.transact_time = s.now;
    return r;
}
void owner(Script& s, std::int64_t lots, InstrumentIx i = btc,
           PositionSide side = PositionSide::Net) {
    const ExecutionReport r = owner_trade(s, i, lots, side);
    s.happened(r);
    s.tell(r);
}

Signal request(std::uint64_t id, InstrumentIx i = btc) {
    Signal s;
    s.instrument = i;
    s.kind = SignalKind::Close;
    s.id = id;
    s.valid_until = never;
    return s;
}

// What was told since forget(), of a kind.
std::vector<Notice> notices(const Script& s, NoticeKind kind) {
    std::vector<Notice> out;
    for (const Notice& one : s.all<Notice>()) {
        if (one.kind == kind) out.push_back(one);
    }
    return out;
}
const WatchState& watched(const Script& s, std::uint32_t leg = 0) {
    return s.desk.guardians().front().state(s.engine(), leg);
}
// All that was sent, which is one close.
NewOrderSingle close_in(const Script& s) {
    const std::vector<NewOrderSingle> sent = s.all<NewOrderSingle>();
    EXPECT_EQ(sent.size(), 1U);
    if (sent.empty()) return {};
    EXPECT_EQ(sent[0].reduce_only, 1);
    EXPECT_EQ(sent[0].tif, TimeInForce::Ioc);
    return sent[0];
}
bool asks_for(const Script& s, RequestKind kind) {
    return std::ranges::any_of(s.all<ReadRequest>(),
                               [&](const ReadRequest& one) { return one.kind == kind; });
}

// --- discovery ---

// What it adopts is what its config says that it is for; beside that others have no business.
TEST(Guardian, WhatOthersTradeIsAnAlarmWhereNothingIsAdopted) {
    for (const Adopts adopts : {Adopts::All, Adopts::None}) {
        for (const bool is_watched : {true, false}) {
            Script s{desk_with([&](GuardianConfig& g) {
                g.adopts = adopts;
                if (!is_watched) g.watch = {eth};
            })};
            s.start();
            owner(s, 5);
            const bool is_adopted = is_watched && adopts == Adopts::All;
            EXPECT_EQ(s.alarms(AlarmKind::ForeignFill), is_adopted ? 0U : 1U);
            EXPECT_EQ(s.engine().stats().foreign_fills, 1U);
        }
    }
}

// What the venue does itself is told whoever adopts it.
TEST(Guardian, ALiquidationIsAnAlarmWhoeverAdopts) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    ExecutionReport r = owner_trade(s, btc, -5);
    r.reason = Reason::Liquidation;
    s.happened(r);
    s.tell(r);
    EXPECT_EQ(s.alarms(AlarmKind::Liquidated), 1U);
}

TEST(Guardian, KnowsEveryPositionWhoeverOpenedIt) {
    Script s{desk_with()};
    s.start();
    owner(s, 5); // a fill that the stream tells
    ASSERT_EQ(notices(s, NoticeKind::Discovered).size(), 1U);
    const Notice found = notices(s, NoticeKind::Discovered).front();
    EXPECT_EQ(found.instrument, btc);
    EXPECT_EQ(found.qty, Lots{5});
    EXPECT_EQ(found.life, 1U);
    EXPECT_EQ(found.flagged, 0);
    EXPECT_EQ(watched(s).stage, Stage::Open);
    EXPECT_EQ(watched(s, 1).stage, Stage::Closed);
    // One that only a read tells.
    s.forget();
    s.truth[0].positions[{eth.value(), PositionSide::Net}] = Lots{-3};
    s.pass(seconds(20));
    ASSERT_EQ(notices(s, NoticeKind::Discovered).size(), 1U);
    EXPECT_EQ(notices(s, NoticeKind::Discovered).front().instrument, eth);
    EXPECT_EQ(notices(s, NoticeKind::Discovered).front().qty, Lots{-3});
    EXPECT_EQ(watched(s, 1).stage, Stage::Open);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "no rule is set";
}

TEST(Guardian, WhatNobodyOfOursOpenedIsToldOnceAndLeftToOthersWhereNoneIsAdopted) {
    Script s{desk_with([](GuardianConfig& g) {
        g.adopts = Adopts::None;
        g.stop = Bps{50 * bps_one};
        g.max_hold = seconds(5);
    })};
    s.start();
    owner(s, 5);
    EXPECT_EQ(s.alarms(AlarmKind::AdoptionConflict), 1U);
    EXPECT_EQ(notices(s, NoticeKind::Discovered).at(0).flagged, 1);
    s.book(btc, 9'799, 9'801);
    owner(s, 1);
    s.pass(seconds(10));
    EXPECT_EQ(s.alarms(AlarmKind::AdoptionConflict), 1U) << "once for a life";
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "no rule closes it";
    // Whoever asks for it is obeyed.
    s.book(btc, 9'799, 9'801);
    s.tell(request(1));
    EXPECT_EQ(close_in(s).qty, Lots{6});
    s.fill(s.last_id(), 6, next_number());
    owner(s, 2);
    EXPECT_EQ(s.alarms(AlarmKind::AdoptionConflict), 2U) << "the next life is another";
}

TEST(Guardian, AFillOfAnOrderOfOursIsAdoptedWhateverTheRule) {
    Script s{desk_with([](GuardianConfig& g) { g.adopts = Adopts::None; })};
    s.start();
    s.fill(s.quote(Side::Buy, 9'990, 2), 2, next_number());
    EXPECT_EQ(s.alarms(AlarmKind::AdoptionConflict), 0U);
    EXPECT_EQ(watched(s).is_flagged, 0);
    // What our close has made of it is no ground to take the next one for ours.
    s.tell(request(1));
    s.fill(s.last_id(), 2, next_number());
    owner(s, -2);
    EXPECT_EQ(watched(s).is_flagged, 1);
}

// --- rules ---

TEST(Guardian, EachRuleClosesByTheMarkAndOnceItDoesTheMarketDoesNotTakeItBack) {
    struct Row {
        CloseCause cause;
        std::int64_t held;
        std::int64_t best;   // where the mark is first,
        std::int64_t before; // where it closes not yet,
        std::int64_t beyond; // and where it does
    };
    for (const Row& row : {Row{CloseCause::Stop, 5, par, 9'901, 9'900},
                           Row{CloseCause::Stop, -5, par, 10'099, 10'100},
                           Row{CloseCause::Limit, 5, par, 10'199, 10'200},
                           Row{CloseCause::Limit, -5, par, 9'801, 9'800},
                           Row{CloseCause::Retreat, 5, 10'100, 10'050, 10'049},
                           Row{CloseCause::Retreat, -5, 9'900, 9'949, 9'950}}) {
        SCOPED_TRACE(fmt::format("{} of {}", static_cast<int>(row.cause), row.held));
        Script s{desk_with([&](GuardianConfig& g) {
            if (row.cause == CloseCause::Stop) g.stop = Bps{100 * bps_one};
            if (row.cause == CloseCause::Limit) g.limit = Bps{200 * bps_one};
            if (row.cause == CloseCause::Retreat) g.drawdown = Bps{50 * bps_one};
        })};
        s.start();
        owner(s, row.held);
        s.book(btc, row.best - 1, row.best + 1);
        s.book(btc, row.before - 1, row.before + 1);
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
        EXPECT_EQ(watched(s).stage, Stage::Open);
        s.forget();
        s.book(btc, row.beyond - 1, row.beyond + 1);
        const NewOrderSingle close = close_in(s);
        EXPECT_EQ(close.side, row.held > 0 ? Side::Sell : Side::Buy);
        EXPECT_EQ(close.qty, Lots{5});
        ASSERT_EQ(notices(s, NoticeKind::CloseBegun).size(), 1U);
        EXPECT_EQ(notices(s, NoticeKind::CloseBegun)[0].cause, row.cause);
        EXPECT_EQ(notices(s, NoticeKind::CloseBegun)[0].request, 0U);
        EXPECT_EQ(watched(s).stage, Stage::Closing);
        s.forget();
        s.expired(close.cl_ord_id, 0);
        s.book(btc, row.best - 1, row.best + 1);
        s.pass_ms(300);
        EXPECT_EQ(close_in(s).qty, Lots{5}) << "it is closed, wherever the market goes";
        s.fill(s.last_id(), 5, next_number());
        ASSERT_EQ(notices(s, NoticeKind::Closed).size(), 1U);
        EXPECT_EQ(notices(s, NoticeKind::Closed)[0].cause, row.cause);
        EXPECT_EQ(watched(s).stage, Stage::Closed);
    }
}

TEST(Guardian, APositionIsHeldForSoLong) {
    Script s{desk_with([](GuardianConfig& g) { g.max_hold = seconds(4); })};
    s.start();
    owner(s, 5);
    s.pass_ms(3'900);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.pass_ms(200);
    EXPECT_EQ(close_in(s).qty, Lots{5});
    EXPECT_EQ(watched(s).cause, CloseCause::Age);
}

TEST(Guardian, AMarkThatIsOldClosesNothingAndIsNoReference) {
    Script s{desk_with([](GuardianConfig& g) { g.stop = Bps{100 * bps_one}; })};
    s.start();
    s.pass(seconds(10)); // the books are older than stale_mark
    owner(s, 5);
    EXPECT_EQ(watched(s).ref2, Ticks{0});
    s.book(btc, 9'799, 9'801);
    EXPECT_EQ(watched(s).ref2, Ticks{2 * 9'800}) << "the first that is fresh";
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.book(btc, 9'701, 9'703);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
}

// --- closes ---

TEST(Guardian, ACloseIsOneTargetAndNothingIsSentAgainWhileItsFateIsUnknown) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.tell(request(1));
    const NewOrderSingle first = close_in(s);
    EXPECT_EQ(first.px, Ticks{9'990}) << "the bid, and 10 bps through it";
    s.forget();
    s.answer(first.cl_ord_id, RequestKind::New, Outcome::Unknown);
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "it may be filled";
    // Some of it is, and the rest of it is dead: the rest is closed farther through.
    s.fill(first.cl_ord_id, 2, next_number());
    s.expired(first.cl_ord_id, 2);
    s.pass_ms(300);
    const NewOrderSingle second = close_in(s);
    EXPECT_EQ(second.qty, Lots{3});
    EXPECT_EQ(second.px, Ticks{9'980});
    s.forget();
    s.fill(second.cl_ord_id, 3, next_number());
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(notices(s, NoticeKind::Closed).size(), 1U);
}

TEST(Guardian, RetriesWaitAndTheirSlippageHasAnEnd) {
    Script s{desk_with([](GuardianConfig& g) { g.slippage_max = Bps{30 * bps_one}; })};
    s.start();
    owner(s, 5);
    s.tell(request(1));
    for (const std::int64_t px : {9'990, 9'980, 9'970, 9'970}) {
        EXPECT_EQ(close_in(s).px, Ticks{px});
        s.forget();
        s.expired(s.last_id(), 0);
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "not at once";
        s.pass_ms(230);
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
        s.pass_ms(20);
    }
}

// P4, 1: two who want to close it.
TEST(Guardian, ARequestThatComesWhileACloseRunsIsAnsweredWithIt) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.tell(request(7));
    const NewOrderSingle close = close_in(s);
    ASSERT_EQ(notices(s, NoticeKind::CloseBegun).size(), 1U);
    EXPECT_EQ(notices(s, NoticeKind::CloseBegun)[0].request, 7U);
    EXPECT_EQ(notices(s, NoticeKind::CloseBegun)[0].cause, CloseCause::Request);
    s.forget();
    s.tell(request(8));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    ASSERT_EQ(s.count<Notice>(), 1U);
    EXPECT_EQ(s.all<Notice>()[0].kind, NoticeKind::CloseRunning);
    EXPECT_EQ(s.all<Notice>()[0].request, 8U);
    EXPECT_EQ(s.all<Notice>()[0].life, 1U) << "a life has one close, and this is its number";
    // One that is told twice, or late, is no news.
    s.forget();
    s.tell(request(8));
    s.tell(request(7));
    EXPECT_TRUE(s.sent.empty());
    s.fill(close.cl_ord_id, 5, next_number());
    ASSERT_EQ(notices(s, NoticeKind::Closed).size(), 1U);
    EXPECT_EQ(notices(s, NoticeKind::Closed)[0].request, 7U);
}

// P4, 2: and its hole, that what has closed it is recorded nowhere.
TEST(Guardian, ARequestForWhatIsFlatSucceedsAndFillsAndPositionsAreAskedFor) {
    Script s{desk_with()};
    s.start();
    s.pass(seconds(3));
    s.forget();
    s.tell(request(1));
    ASSERT_EQ(s.count<Notice>(), 1U);
    EXPECT_EQ(s.all<Notice>()[0].kind, NoticeKind::AlreadyClosed);
    EXPECT_EQ(s.all<Notice>()[0].request, 1U);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.pass_ms(500);
    EXPECT_TRUE(asks_for(s, RequestKind::ReadFills));
    EXPECT_TRUE(asks_for(s, RequestKind::ReadPositions));
    // It was for what was there then: what comes later is another life's.
    owner(s, 5);
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(watched(s).stage, Stage::Open);
}

TEST(Guardian, TheFillBehindARefusalIsFoundAndNothingIsSentMeanwhile) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.pass(seconds(5));                  // it is behind every read
    s.happened(owner_trade(s, btc, -5)); // the owner closes it, and no stream tells
    s.tell(request(1));
    const NewOrderSingle close = close_in(s);
    s.forget();
    s.answer(close.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
    ASSERT_EQ(notices(s, NoticeKind::AlreadyClosed).size(), 1U);
    EXPECT_EQ(notices(s, NoticeKind::AlreadyClosed)[0].request, 0U) << "it was answered before";
    s.pass(seconds(5));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(sum_certain(s.position(btc)), Lots{0});
    EXPECT_EQ(notices(s, NoticeKind::Closed).size(), 1U);
    EXPECT_EQ(s.alarms(AlarmKind::AdoptedDifference), 0U) << "a fill explains it";
    EXPECT_EQ(s.engine().stats().foreign_fills, 2U);
}

TEST(Guardian, WhereTheVenueHasNothingAndReadsShowSomethingItIsClosedAgainAndTold) {
    Script s{desk_with([](GuardianConfig& g) { g.already_closed_max = 2; })};
    s.start();
    owner(s, 5);
    s.pass(seconds(5));
    s.tell(request(1));
    for (std::size_t n = 1; n <= 2; ++n) {
        const NewOrderSingle close = close_in(s);
        s.forget();
        s.answer(close.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
        EXPECT_EQ(notices(s, NoticeKind::AlreadyClosed).size(), 1U);
        EXPECT_EQ(s.alarms(AlarmKind::RepeatedAlreadyClosed), n == 2 ? 1U : 0U);
        s.forget();
        s.pass(seconds(9));
    }
    EXPECT_EQ(close_in(s).qty, Lots{5}) << "a read of later says that it is there";
}

TEST(Guardian, WithoutReadsARefusedCloseIsTriedAgainOnceItsTimeIsUp) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.pass(seconds(5));
    s.answers_reads = false;
    s.tell(request(1));
    const NewOrderSingle close = close_in(s);
    s.forget();
    s.answer(close.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
    s.pass_ms(9'900);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.pass_ms(200);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
}

// What it would be woken for by itself, whatever the engine waits for.
TEST(Guardian, WakesWhenACloseIsOverdueAndNotForOneThatWaitsForAReadBefore) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.pass(seconds(5));
    s.answers_reads = false;
    const auto wake = [&] { return s.desk.guardians().front().wake_at(s.engine()); };
    s.tell(request(1));
    const Timestamp overdue = s.now + seconds(10);
    EXPECT_EQ(wake(), overdue) << "the close is under way";
    const NewOrderSingle close = close_in(s);
    s.pass_ms(100);
    s.answer(close.cl_ord_id, RequestKind::New, Outcome::Refused, Reason::ReduceOnly);
    EXPECT_EQ(wake(), overdue) << "a read of later is waited for, a little longer than that";
}

TEST(Guardian, RequestsForWhatIsClosedAreToldWhereTheyComeAgainAndAgain) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.tell(request(1));
    s.fill(s.last_id(), 5, next_number());
    s.tell(request(2));
    s.tell(request(3));
    EXPECT_EQ(s.alarms(AlarmKind::RepeatedAlreadyClosed), 0U);
    s.tell(request(4));
    s.tell(request(5));
    EXPECT_EQ(s.alarms(AlarmKind::RepeatedAlreadyClosed), 1U) << "once, until the next life";
    EXPECT_EQ(notices(s, NoticeKind::AlreadyClosed).size(), 4U);
    owner(s, 5);
    s.tell(request(6));
    s.fill(s.last_id(), 5, next_number());
    s.tell(request(7));
    EXPECT_EQ(s.alarms(AlarmKind::RepeatedAlreadyClosed), 1U);
}

TEST(Guardian, ACloseThatIsNotDoneInItsTimeIsToldOnce) {
    Script s{desk_with([](GuardianConfig& g) { g.closed_within = seconds(4); })};
    s.start();
    owner(s, 5);
    s.tell(request(1)); // and its answer never comes
    s.pass_ms(3'900);
    EXPECT_EQ(s.alarms(AlarmKind::CloseOverdue), 0U);
    s.pass_ms(200);
    EXPECT_EQ(s.alarms(AlarmKind::CloseOverdue), 1U);
    s.pass(seconds(5));
    EXPECT_EQ(s.alarms(AlarmKind::CloseOverdue), 1U);
}

// P4, 5: one that fails.
TEST(Guardian, WhatFailsWithOnePositionIsNothingToTheNext) {
    Script s{desk_with()};
    s.start();
    owner(s, 5, btc);
    owner(s, 7, eth);
    s.book(btc, 0, 0); // nobody is there to close it with
    s.tell(request(1, btc));
    s.tell(request(1, eth));
    const NewOrderSingle close = close_in(s);
    EXPECT_EQ(close.instrument, eth);
    s.fill(close.cl_ord_id, 7, next_number());
    EXPECT_EQ(watched(s, 1).stage, Stage::Closed);
    s.pass(seconds(12));
    EXPECT_EQ(s.alarms(AlarmKind::CloseOverdue), 1U);
    s.forget();
    s.book(btc, par - 1, par + 1);
    s.pass_ms(300);
    EXPECT_EQ(close_in(s).instrument, btc);
    // Refused, again and again: the other one's is not held back.
    for (int n = 0; n < 5; ++n) {
        s.answer(s.last_id(), RequestKind::New, Outcome::Refused, Reason::InsufficientMargin);
        s.pass_ms(300);
    }
    owner(s, 3, eth);
    s.forget();
    s.tell(request(2, eth));
    EXPECT_EQ(close_in(s).instrument, eth);
}

TEST(Guardian, AHaltHoldsNoCloseBack) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.act(Act::Halt);
    s.tell(request(1));
    EXPECT_EQ(close_in(s).qty, Lots{5});
}

// --- lives ---

// P4, 4: open, close, open.
TEST(Guardian, OpenCloseOpenAreTwoLivesAndTheSecondHasNothingOfTheFirst) {
    Script s{desk_with([](GuardianConfig& g) {
        g.stop = Bps{100 * bps_one};
        g.max_hold = seconds(4);
    })};
    s.start();
    owner(s, 5);
    s.pass(seconds(3));
    s.tell(request(1));
    s.fill(s.last_id(), 5, next_number());
    s.forget();
    s.book(btc, 9'899, 9'901); // beyond the first one's stop
    owner(s, 5);
    ASSERT_EQ(notices(s, NoticeKind::Discovered).size(), 1U);
    EXPECT_EQ(notices(s, NoticeKind::Discovered)[0].life, 2U);
    EXPECT_EQ(watched(s).ref2, Ticks{2 * 9'900});
    EXPECT_EQ(watched(s).request, 0U);
    EXPECT_EQ(watched(s).cause, CloseCause::None);
    EXPECT_EQ(watched(s).closes, 0);
    s.pass(seconds(3));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "neither its stop nor its age is the first one's";
    s.pass(seconds(2));
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
}

TEST(Guardian, APositionThatTurnsIsAnotherLife) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.forget();
    owner(s, -8);
    ASSERT_EQ(s.count<Notice>(), 2U);
    EXPECT_EQ(s.all<Notice>()[0].kind, NoticeKind::Closed);
    EXPECT_EQ(s.all<Notice>()[0].cause, CloseCause::None) << "the owner has closed it";
    EXPECT_EQ(s.all<Notice>()[1].kind, NoticeKind::Discovered);
    EXPECT_EQ(s.all<Notice>()[1].life, 2U);
    EXPECT_EQ(s.all<Notice>()[1].qty, Lots{-3});
}

TEST(Guardian, MoreOfAPositionThatIsBeingClosedIsClosedWithIt) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.tell(request(1));
    const NewOrderSingle first = close_in(s);
    s.forget();
    owner(s, 4);
    s.fill(first.cl_ord_id, 5, next_number());
    s.pass_ms(300);
    EXPECT_EQ(close_in(s).qty, Lots{4});
    EXPECT_TRUE(notices(s, NoticeKind::Discovered).empty());
}

TEST(Guardian, InHedgeModeEachSideIsAPositionAndARequestIsForBoth) {
    Script s{desk_with([](GuardianConfig& g) {
        g.hedge_mode = true;
        g.stop = Bps{100 * bps_one};
    })};
    s.start();
    owner(s, 5, btc, PositionSide::Long);
    owner(s, -4, btc, PositionSide::Short);
    EXPECT_EQ(notices(s, NoticeKind::Discovered).size(), 2U);
    s.book(btc, 9'889, 9'891);
    const NewOrderSingle close = close_in(s);
    EXPECT_EQ(close.position_side, PositionSide::Long) << "the other one wins";
    EXPECT_EQ(close.side, Side::Sell);
    s.forget();
    s.tell(request(1));
    ASSERT_EQ(s.count<Notice>(), 2U);
    EXPECT_EQ(s.all<Notice>()[0].kind, NoticeKind::CloseRunning);
    EXPECT_EQ(s.all<Notice>()[0].position_side, PositionSide::Long);
    EXPECT_EQ(s.all<Notice>()[1].kind, NoticeKind::CloseBegun);
    EXPECT_EQ(s.all<Notice>()[1].position_side, PositionSide::Short);
    const NewOrderSingle other = close_in(s);
    EXPECT_EQ(other.position_side, PositionSide::Short);
    EXPECT_EQ(other.side, Side::Buy);
    EXPECT_EQ(other.qty, Lots{4});
    for (const NewOrderSingle& one : {close, other}) {
        ExecutionReport r = s.trade(one.cl_ord_id, one.qty.value(), next_number());
        r.position_side = one.position_side;
        s.happened(r);
        s.tell(r);
    }
    EXPECT_EQ(notices(s, NoticeKind::Closed).size(), 2U);
    s.forget();
    s.tell(request(2));
    EXPECT_EQ(s.count<Notice>(), 1U) << "one answer for what is flat";
}

// --- the end ---

TEST(Guardian, TheEndOfARunLeavesWhatMayStayOrClosesAll) {
    for (const AtEnd on_exit : {AtEnd::Hold, AtEnd::Close}) {
        Script s{desk_with([&](GuardianConfig& g) {
            g.on_exit = on_exit;
            g.adopts = Adopts::None;
        })};
        s.start();
        owner(s, 5);
        s.act(Act::WindDown);
        if (on_exit == AtEnd::Hold) {
            EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
        } else {
            EXPECT_EQ(close_in(s).qty, Lots{5});
            EXPECT_EQ(watched(s).cause, CloseCause::Exit);
            s.pass(seconds(1));
            EXPECT_FALSE(s.desk.is_settled());
            s.fill(s.last_id(), 5, next_number());
        }
        s.pass(seconds(60));
        EXPECT_TRUE(s.desk.is_settled());
    }
}

TEST(Guardian, ACloseThatRunsAtTheEndIsFinished) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    s.tell(request(1));
    const ClOrdID close = s.last_id();
    s.act(Act::WindDown);
    s.expired(close, 0);
    s.pass(seconds(1));
    EXPECT_FALSE(s.desk.is_settled());
    EXPECT_NE(s.last_id(), close);
    s.fill(s.last_id(), 5, next_number());
    s.pass(seconds(60));
    EXPECT_TRUE(s.desk.is_settled());
}

TEST(Guardian, TheKillSwitchClosesAllFlaggedOnesToo) {
    Script s{desk_with([](GuardianConfig& g) { g.adopts = Adopts::None; })};
    s.start();
    owner(s, 5, btc);
    owner(s, -2, eth);
    s.act(Act::Kill);
    EXPECT_EQ(s.count<NewOrderSingle>(), 2U);
    EXPECT_EQ(watched(s).cause, CloseCause::Kill);
    EXPECT_EQ(watched(s, 1).cause, CloseCause::Kill);
}

// What is missing may have been opened after the last read.
TEST(Guardian, ARunEndsOnReadsOfSinceItsEndBegan) {
    Script s{desk_with([](GuardianConfig& g) { g.on_exit = AtEnd::Close; })};
    s.start();
    s.pass(seconds(60)); // nothing is held, twice over
    s.answers_reads = false;
    s.happened(owner_trade(s, btc, 5)); // and nobody tells
    s.act(Act::WindDown);
    s.pass(seconds(2));
    EXPECT_FALSE(s.desk.guardians().front().has_exited(s.engine()));
    s.answers_reads = true;
    s.books();
    for (int n = 0; n < 20 && s.count<NewOrderSingle>() == 0; ++n) {
        s.pass_ms(500);
        s.books();
    }
    EXPECT_EQ(close_in(s).qty, Lots{5});
    s.fill(s.last_id(), 5, next_number());
    s.pass(seconds(60));
    EXPECT_TRUE(s.desk.is_settled());
}

// P4: a crash behind its mark.
TEST(Guardian, ACrashInACloseNeitherForgetsItNorSendsItTwice) {
    for (const bool is_filled : {false, true}) {
        SCOPED_TRACE(is_filled);
        Script s{desk_with()};
        s.start();
        owner(s, 5);
        s.pass(seconds(3));
        s.tell(request(1));
        const NewOrderSingle close = close_in(s);
        // Nobody tells of it before the crash.
        if (is_filled) s.happened(s.trade(close.cl_ord_id, 5, next_number()));
        s.crash(s.record.size());
        s.forget();
        s.boot_again();
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "its fate is not evidence yet";
        for (int n = 0; n < 40; ++n) {
            for (const Script::AskedOrder& one : std::exchange(s.queries_asked, {})) {
                if (is_filled) s.tell(s.ended(one.request.cl_ord_id, ExecType::Status, 5));
                s.status(one.request.cl_ord_id, is_filled, one.at);
            }
            for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
                const core::Order* known = s.find(one.cl_ord_id);
                if (known != nullptr && known->seen_at == Timestamp{}) {
                    EXPECT_EQ(watched(s).stage, Stage::Closing);
                    s.fill(one.cl_ord_id, 5, next_number());
                }
            }
            s.books();
            s.pass_ms(250);
        }
        EXPECT_EQ(s.engine().desk().recovery, core::Recovery::Done);
        EXPECT_EQ(s.count<NewOrderSingle>(), is_filled ? 0U : 1U);
        EXPECT_EQ(watched(s).stage, Stage::Closed);
        EXPECT_EQ(watched(s).request, 1U);
    }
}

// --- requests while nothing is known ---

// Whom each answer is for, since forget(), in order.
std::vector<std::pair<NoticeKind, std::uint64_t>> answers(const Script& s) {
    std::vector<std::pair<NoticeKind, std::uint64_t>> out;
    for (const Notice& one : s.all<Notice>()) {
        if (one.request != 0 && one.kind != NoticeKind::Closed) {
            out.emplace_back(one.kind, one.request);
        }
    }
    return out;
}
void crash_with_five_held(Script& s) {
    s.start();
    owner(s, 5);
    s.pass(seconds(3));
    s.crash(s.record.size());
    s.forget();
    s.boot_again();
    ASSERT_NE(s.engine().desk().recovery, core::Recovery::Done);
}
void recover(Script& s) {
    for (int n = 0; n < 80 && s.engine().desk().recovery != core::Recovery::Done; ++n) {
        s.books();
        s.pass_ms(250);
    }
    ASSERT_EQ(s.engine().desk().recovery, core::Recovery::Done);
}

TEST(Guardian, EachRequestThatComesInARecoveryIsAnsweredOnceItIsOver) {
    Script s{desk_with()};
    crash_with_five_held(s);
    Signal short_lived = request(1);
    short_lived.valid_until = s.now + milliseconds(100);
    s.tell(short_lived);
    s.tell(request(2));
    s.tell(request(2)); // told twice
    s.tell(request(4));
    EXPECT_TRUE(answers(s).empty()) << "what is held is not known";
    recover(s);
    EXPECT_THAT(answers(s), testing::ElementsAre(std::pair{NoticeKind::Lapsed, 1U},
                                                 std::pair{NoticeKind::CloseBegun, 2U},
                                                 std::pair{NoticeKind::CloseRunning, 4U}));
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
    s.forget();
    s.tell(request(4));
    EXPECT_TRUE(answers(s).empty());
}

TEST(Guardian, WhereMoreRequestsWaitThanAreKeptTheOldestLapses) {
    Script s{desk_with()};
    crash_with_five_held(s);
    constexpr std::uint64_t most = Requests::most;
    for (std::uint64_t id = 1; id <= most + 2; ++id) s.tell(request(id));
    EXPECT_THAT(answers(s), testing::ElementsAre(std::pair{NoticeKind::Lapsed, 1U},
                                                 std::pair{NoticeKind::Lapsed, 2U}));
    s.forget();
    recover(s);
    const auto answered = answers(s);
    ASSERT_EQ(answered.size(), most);
    for (std::uint64_t n = 0; n < most; ++n) EXPECT_EQ(answered[n].second, n + 3);
    EXPECT_EQ(answered.front().first, NoticeKind::CloseBegun);
}

TEST(Guardian, ARequestThatHasLapsedWhenItComesIsAnsweredToo) {
    Script s{desk_with()};
    s.start();
    owner(s, 5);
    Signal late = request(1);
    late.valid_until = s.now - milliseconds(1);
    s.tell(late);
    EXPECT_THAT(answers(s), testing::ElementsAre(std::pair{NoticeKind::Lapsed, 1U}));
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
}

// --- what is beside it ---

TEST(Guardian, APositionThatNobodyWatchesOnItsAccountIsToldOnceForASide) {
    constexpr InstrumentIx sol{2};
    Script s{desk_with({}, [](core::EngineConfig& e) {
        e.instruments.push_back({make_spec("SOL-M", VenueIx{0}), maker_account, {}});
    })};
    s.start();
    owner(s, 3, sol);
    ASSERT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 1U);
    for (const Alarm& one : s.all<Alarm>()) {
        if (one.kind != AlarmKind::UnwatchedPosition) continue;
        EXPECT_EQ(one.instrument, sol);
        EXPECT_EQ(one.value, 3);
    }
    owner(s, 1, sol);
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 1U) << "it is known";
    owner(s, -6, sol);
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 2U) << "another one";
    owner(s, 2, sol);
    owner(s, 2, sol);
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 3U);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(s.count<Notice>(), 0U) << "it has no life";
    owner(s, 3, btc);
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 3U);
}

TEST(Guardian, OfTwoOnOneAccountTheFirstTellsWhatNobodyWatches) {
    constexpr InstrumentIx sol{2};
    constexpr InstrumentIx ton{3};
    DeskConfig config = desk_with({}, [](core::EngineConfig& e) {
        e.instruments.push_back({make_spec("SOL-M", VenueIx{0}), maker_account, {}});
        e.instruments.push_back({make_spec("TON-M", VenueIx{0}), maker_account, {}});
    });
    GuardianConfig second = config.guardian.at(0);
    second.name = "second";
    second.watch = {ton};
    config.guardian.push_back(second);
    Script s{config};
    s.start();
    owner(s, 3, ton);
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 0U) << "the second one watches it";
    owner(s, 3, sol);
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 1U);
}

TEST(Guardian, WhatABracketHoldsOnItsAccountIsInCare) {
    DeskConfig config = desk_with({}, [](core::EngineConfig& e) {
        e.instruments.push_back({make_spec("SOL-M", VenueIx{0}), maker_account, {}});
    });
    BracketConfig bracket;
    bracket.name = "SOL";
    bracket.instrument = InstrumentIx{2};
    bracket.qty_max = Lots{10};
    config.bracket.push_back(bracket);
    Script s{config};
    s.start();
    owner(s, 3, InstrumentIx{2});
    EXPECT_EQ(s.alarms(AlarmKind::UnwatchedPosition), 0U);
}

// --- loop time ---

// The process sleeps: nothing is told to the desk, and nobody wakes it.
TEST(Guardian, AStepThatComesLateIsToldWithItsBoundAndAgainInAReplay) {
    Script s{desk_with([](GuardianConfig& g) { g.loop_time_max = milliseconds(500); })};
    s.start();
    const Timestamp due = s.desk.wake_at();
    ASSERT_GT(due, s.now);
    s.now = due + milliseconds(500);
    s.tell(WakeUp{});
    EXPECT_EQ(s.alarms(AlarmKind::LoopLate), 0U) << "in its bound";
    s.now = later(s.now, s.desk.wake_at()) + milliseconds(501);
    s.books(); // whatever comes first tells how late it is
    ASSERT_EQ(s.alarms(AlarmKind::LoopLate), 1U);
    for (const Alarm& one : s.all<Alarm>()) {
        if (one.kind != AlarmKind::LoopLate) continue;
        EXPECT_EQ(one.value, 501);
        EXPECT_EQ(one.bound, 500);
    }
    s.forget();
    s.pass(seconds(10));
    EXPECT_EQ(s.alarms(AlarmKind::LoopLate), 0U);
    Desk replayed{s.config()};
    Commands out;
    std::size_t again = 0;
    for (const Event& event : s.record) {
        replayed.step(event, out);
        again += static_cast<std::size_t>(std::ranges::count_if(out, [](const CommandBody& body) {
            const auto* one = std::get_if<Alarm>(&body);
            return one != nullptr && one->kind == AlarmKind::LoopLate;
        }));
    }
    EXPECT_EQ(again, 1U);
    s.crash(s.record.size(), seconds(10));
    s.boot_again();
    EXPECT_EQ(s.alarms(AlarmKind::LoopLate), 0U) << "a process that is down runs no loop";
}

TEST(Guardian, WithoutABoundNoStepIsLate) {
    Script s{desk_with([](GuardianConfig& g) { g.loop_time_max = Duration{0}; })};
    s.start();
    s.now = s.now + seconds(60);
    s.tell(WakeUp{});
    EXPECT_EQ(s.alarms(AlarmKind::LoopLate), 0U);
}

TEST(GuardianConfigs, FaultsAreNamed) {
    const auto why = [](const std::function<void(GuardianConfig&)>& change) {
        auto made = make_desk_config(desk_with(change));
        return made ? std::string{"it is good"} : made.error().text();
    };
    EXPECT_EQ(why([](GuardianConfig& g) { g.watch.clear(); }),
              "guardian all: it watches no instrument");
    EXPECT_EQ(why([](GuardianConfig& g) { g.watch.push_back(InstrumentIx{7}); }),
              "guardian all: an instrument that it watches is missing");
    EXPECT_EQ(why([](GuardianConfig& g) { g.watch.push_back(btc); }),
              "guardian all: an instrument that it watches serves two strategies");
    EXPECT_EQ(why([](GuardianConfig& g) { g.slippage_max = Bps{200 * bps_one}; }),
              "guardian all: a slippage is below zero or reaches the price collar: the last gate "
              "would refuse it");
    EXPECT_EQ(why([](GuardianConfig& g) { g.drawdown = Bps{-1}; }),
              "guardian all: stop_bps, limit_bps and drawdown_bps are 0 or above");
    EXPECT_EQ(why([](GuardianConfig& g) { g.max_hold = Duration{-1}; }),
              "guardian all: max_hold_ms is 0 or above");
    EXPECT_EQ(why([](GuardianConfig& g) { g.retry = Duration{0}; }),
              "guardian all: retry_ms and closed_within_ms must be above zero");
    EXPECT_EQ(why([](GuardianConfig& g) { g.already_closed_max = 0; }),
              "guardian all: already_closed_max must be above zero");
    EXPECT_EQ(why([](GuardianConfig& g) { g.loop_time_max = Duration{-1}; }),
              "guardian all: loop_time_max_ms is 0 or above");
    DeskConfig twice = desk_with();
    BracketConfig bracket;
    bracket.name = "BTC";
    bracket.instrument = btc;
    bracket.qty_max = Lots{10};
    twice.bracket.push_back(bracket);
    EXPECT_EQ(make_desk_config(twice).error().text(),
              "guardian all: an instrument that it watches serves two strategies");
    DeskConfig grouped = two_venues();
    grouped.guardian = desk_with().guardian;
    EXPECT_EQ(make_desk_config(grouped).error().text(),
              "guardian all: an instrument that it watches is a member of a group");
}

} // namespace
} // namespace keel::strategy
