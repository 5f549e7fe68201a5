#include <gmock/gmock.h>

#include "tests/core/desk_fixture.hpp"

// Two legs, both on or both off: when it enters, how the second leg follows the first, how the
// first goes back when the second cannot be had, and how both come down.

namespace keel::strategy {
namespace {

using namespace core::script;

// At par a tick is a basis point. The second venue pays ten ticks more than the first asks.
constexpr std::int64_t rich = par + 12;

DeskConfig desk_with(const std::function<void(PairConfig&)>& change = {},
                     const std::function<void(DeskConfig&)>& change_desk = {}) {
    DeskConfig config = two_venues();
    PairConfig pair;
    pair.name = "BTC";
    pair.group = group;
    pair.first = maker;
    pair.second = hedge;
    pair.qty = Lots{10};
    pair.entry = Bps{8 * bps_one};
    pair.slippage = Bps{1 * bps_one};
    pair.exit_profit = Bps{8 * bps_one};
    if (change) change(pair);
    config.pair.push_back(pair);
    if (change_desk) change_desk(config);
    return config;
}

const Pair& pair_of(const Script& s) { return s.desk.pairs().front(); }
int way(const Script& s) { return pair_of(s).state(s.engine()).way; }
bool is_held_back(const Script& s) {
    return s.engine().group(group).hedging == core::Hedging::DownOnly;
}

Signal funding(InstrumentIx i, std::int64_t ppm, std::uint64_t id = 1) {
    Signal out;
    out.instrument = i;
    out.kind = SignalKind::Funding;
    out.id = id;
    out.value = ppm;
    out.valid_until = never;
    return out;
}

std::uint64_t next_exec() {
    static std::uint64_t exec = 1'000;
    return ++exec;
}
std::vector<NewOrderSingle> orders_at(const Script& s, InstrumentIx i) {
    std::vector<NewOrderSingle> out;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        if (one.instrument == i) out.push_back(one);
    }
    return out;
}

// The market as it is dear at the second venue: a way in, long at the first.
void open_market(Script& s) {
    s.start();
    s.book(hedge, rich - 1, rich + 1);
}
// The entry of the first leg has left and is filled so far.
NewOrderSingle enter(Script& s, std::int64_t filled = 10) {
    open_market(s);
    const auto entries = orders_at(s, maker);
    EXPECT_EQ(entries.size(), 1U);
    const NewOrderSingle entry = entries.at(0);
    s.forget();
    if (filled > 0) s.fill(entry.cl_ord_id, filled, next_exec());
    if (filled < 10) s.expired(entry.cl_ord_id, filled);
    return entry;
}
// Both legs are on.
void enter_both(Script& s) {
    enter(s);
    const auto hedges = orders_at(s, hedge);
    ASSERT_EQ(hedges.size(), 1U);
    s.fill(hedges[0].cl_ord_id, 10, next_exec());
    s.forget();
    ASSERT_EQ(pair_of(s).state(s.engine()).is_whole, 1);
}
// The second leg is refused, or finds nobody, until its time is over.
void fail_second_leg(Script& s) {
    for (int n = 0; n < 40 && way(s) != 0; ++n) {
        const std::vector<NewOrderSingle> tried = orders_at(s, hedge);
        s.forget();
        for (const NewOrderSingle& one : tried) {
            const core::Order* known = s.find(one.cl_ord_id);
            if (known != nullptr && known->was_over == 0) s.expired(one.cl_ord_id, 0);
        }
        if (way(s) != 0) s.pass_ms(100);
    }
    ASSERT_EQ(way(s), 0) << "the first leg was never taken back";
}

TEST(Pair, TakesTheFirstLegWhereTheTouchesPromiseEnough) {
    Script s{desk_with()};
    open_market(s);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U) << "the second leg waits for evidence of the first";
    const NewOrderSingle entry = s.all<NewOrderSingle>().front();
    EXPECT_EQ(entry.instrument, maker);
    EXPECT_EQ(entry.side, Side::Buy);
    EXPECT_EQ(entry.qty, Lots{10});
    EXPECT_EQ(entry.px, Ticks{par + 1 + 1}) << "the offer, and one basis point through it";
    EXPECT_EQ(entry.tif, TimeInForce::Ioc);
    EXPECT_EQ(way(s), 1);
}

TEST(Pair, TheOtherWayWhereTheFirstVenueIsDear) {
    Script s{desk_with()};
    s.start();
    s.book(maker, rich - 1, rich + 1);
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>().front().side, Side::Sell);
    EXPECT_EQ(way(s), -1);
}

TEST(Pair, AllFourFeesCount) {
    const auto dear = [](DeskConfig& c) { // 2 x (1 + 0.5) basis points
        c.engine.instruments[0].instrument.taker_fee_ppm = 100;
        c.engine.instruments[1].instrument.taker_fee_ppm = 50;
    };
    Script s{desk_with({}, dear)};
    open_market(s);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "ten are won, and seven left";
    EXPECT_EQ(pair_of(s).edge(s.engine(), 1), Bps{999 - 300}) << "of 10,001, rounded down";
    s.book(hedge, rich + 1, rich + 3);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
}

TEST(Pair, FundingIsPaidToTheShortLegAtEachVenuesOwnPace) {
    Script s{desk_with([](PairConfig& p) {
        p.hold_max = seconds(8 * 3'600);
        p.first_funding = seconds(8 * 3'600); // one within it,
        p.second_funding = seconds(3'600);    // and eight
    })};
    s.start();
    s.tell(funding(hedge, 150)); // longs pay 1.5 basis points an hour: 12
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "one leg's funding alone says nothing";
    s.tell(funding(maker, 300)); // the long leg pays three
    EXPECT_EQ(pair_of(s).edge(s.engine(), 1), Bps{-200 + 1'200 - 300}) << "and crosses two ticks";
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.tell(funding(maker, 100, 2));
    ASSERT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(s.all<NewOrderSingle>().front().side, Side::Buy);
}

TEST(Pair, TheSecondLegFollowsWhatTheFirstHasFilled) {
    Script s{desk_with()};
    const NewOrderSingle entry = enter(s, 0);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
    static_cast<void>(entry);
}

TEST(Pair, APartOfTheFirstLegHasAPartOfTheSecond) {
    Script s{desk_with()};
    enter(s, 4);
    const auto hedges = orders_at(s, hedge);
    ASSERT_EQ(hedges.size(), 1U);
    EXPECT_EQ(hedges[0].side, Side::Sell);
    EXPECT_EQ(hedges[0].qty, Lots{4});
    s.fill(hedges[0].cl_ord_id, 4, next_exec());
    s.forget();
    s.pass_ms(1'000);
    EXPECT_EQ(orders_at(s, maker).size(), 0U) << "what it took is its size";
    EXPECT_EQ(pair_of(s).state(s.engine()).is_whole, 1);
}

TEST(Pair, AnEntryThatFoundNobodyIsTriedAgainWhileItPays) {
    Script s{desk_with()};
    enter(s, 0);
    EXPECT_EQ(way(s), 0);
    s.forget();
    s.pass_ms(300);
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
    s.expired(s.last_id(), 0);
    s.books();
    s.forget();
    s.pass_ms(1'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "it pays no more";
}

// Five lots of the first leg are one of the second.
void make_second_coarse(DeskConfig& config) {
    Instrument& second = config.engine.instruments[1].instrument;
    second.lot_size = Decimal{5, 2};
    auto made = make_instrument(second);
    ASSERT_TRUE(made.has_value());
    second = *made;
}

TEST(Pair, WhatIsLessThanALotOfTheSecondLegIsResidue) {
    Script s{desk_with({}, make_second_coarse)};
    enter(s, 7);
    const auto hedges = orders_at(s, hedge);
    ASSERT_EQ(hedges.size(), 1U);
    EXPECT_EQ(hedges[0].qty, Lots{1});
    s.fill(hedges[0].cl_ord_id, 1, next_exec());
    EXPECT_EQ(pair_of(s).state(s.engine()).is_whole, 1);
    s.forget();
    s.act(Act::WindDown);
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].qty, Lots{7}) << "and goes with the first leg";
}

TEST(Pair, AFirstLegTooSmallForASecondGoesBack) {
    Script s{desk_with({}, make_second_coarse)};
    enter(s, 4);
    EXPECT_EQ(way(s), 0);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].qty, Lots{4});
}

TEST(Pair, WhatTheVenueTakesNoOrderForDoesNotStopIt) {
    Script s{
        desk_with({}, [](DeskConfig& c) { c.engine.instruments[0].instrument.min_qty = Lots{3}; })};
    enter(s, 2); // which cannot be closed again
    s.fill(orders_at(s, hedge).at(0).cl_ord_id, 2, next_exec());
    s.forget();
    s.act(Act::WindDown);
    s.pass_ms(500);
    EXPECT_EQ(orders_at(s, maker).size(), 0U);
    EXPECT_EQ(orders_at(s, hedge).size(), 1U) << "what can be closed is";
}

TEST(Pair, BothAtOnceAreHedgedOnce) {
    Script s{desk_with([](PairConfig& p) { p.legs = PairLegs::Parallel; })};
    open_market(s);
    const auto first = orders_at(s, maker);
    const auto second = orders_at(s, hedge);
    ASSERT_EQ(first.size(), 1U);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].side, Side::Sell);
    EXPECT_EQ(second[0].qty, Lots{10});
    s.forget();
    s.fill(first[0].cl_ord_id, 10, next_exec());
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "what is under way counts as paid";
    s.fill(second[0].cl_ord_id, 10, next_exec());
    s.pass_ms(1'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(pair_of(s).state(s.engine()).is_whole, 1);
}

TEST(Pair, BothAtOnceAndTheSecondFails) {
    Script s{desk_with([](PairConfig& p) { p.legs = PairLegs::Parallel; })};
    open_market(s);
    const ClOrdID first = orders_at(s, maker).at(0).cl_ord_id;
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    s.fill(first, 10, next_exec());
    s.forget();
    s.expired(second, 4);
    ASSERT_EQ(orders_at(s, hedge).size(), 1U);
    EXPECT_EQ(orders_at(s, hedge)[0].qty, Lots{6}) << "four are not told yet, and not missing";
    s.forget();
    s.fill(second, 4, next_exec());
    s.pass_ms(300);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
}

// Both legs have left at once; the second has ten, the first found so many, and has ended.
void miss_first(Script& s, std::int64_t filled = 0) {
    open_market(s);
    const ClOrdID first = orders_at(s, maker).at(0).cl_ord_id;
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    s.pass_ms(300);
    if (filled > 0) s.fill(first, filled, next_exec());
    s.forget();
    s.fill(second, 10, next_exec());
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "the first may still be its counterpart";
    s.expired(first, filled);
}
const auto at_once = [](PairConfig& p) { p.legs = PairLegs::Parallel; };

TEST(Pair, BothAtOnceAndTheFirstFindsNobody) {
    Script s{desk_with(at_once)};
    miss_first(s);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U) << "it may be had yet";
    ASSERT_EQ(orders_at(s, maker).size(), 1U) << "on evidence that the first try has ended";
    const NewOrderSingle again = orders_at(s, maker)[0];
    EXPECT_EQ(again.side, Side::Buy);
    EXPECT_EQ(again.qty, Lots{10});
    EXPECT_EQ(again.px, Ticks{par + 1 + 1}) << "at the price of now";
    EXPECT_EQ(way(s), 1);
    s.forget();
    s.fill(again.cl_ord_id, 10, next_exec());
    EXPECT_EQ(pair_of(s).state(s.engine()).is_whole, 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
}

TEST(Pair, WhatTheFirstLegCostsMoreInTheEndIsNotWonByAnExit) {
    Script s{desk_with(at_once)};
    open_market(s);
    const Bps promised = pair_of(s).state(s.engine()).entry_spread;
    const ClOrdID first = orders_at(s, maker).at(0).cl_ord_id;
    s.fill(orders_at(s, hedge).at(0).cl_ord_id, 10, next_exec());
    s.pass_ms(300);
    s.book(maker, par + 4, par + 6);
    s.forget();
    s.expired(first, 0);
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].px, Ticks{par + 7});
    const Bps left = pair_of(s).state(s.engine()).entry_spread;
    EXPECT_GE(promised - left, Bps{4 * bps_one}) << "five ticks";
    EXPECT_LE(promised - left, Bps{5 * bps_one});
}

TEST(Pair, WhatTheFirstLegLacksIsAskedForInTurnsUntilItIsLate) {
    Script s{desk_with(at_once)};
    miss_first(s);
    std::size_t tries = 0;
    for (int n = 0; n < 40 && way(s) != 0; ++n) {
        const std::vector<NewOrderSingle> tried = orders_at(s, maker);
        tries += tried.size();
        s.forget();
        for (const NewOrderSingle& one : tried) s.expired(one.cl_ord_id, 0);
        EXPECT_EQ(orders_at(s, maker).size(), 0U) << "not in the same breath";
        s.book(maker, par - 1, par + 1);
        s.book(hedge, rich - 1, rich + 1);
        if (way(s) != 0) s.pass_ms(100);
    }
    EXPECT_EQ(way(s), 0);
    EXPECT_GE(tries, 5U);
    EXPECT_LE(tries, 9U) << "every 250 ms, for two seconds";
    const auto backs = orders_at(s, hedge);
    ASSERT_EQ(backs.size(), 1U) << "then the second goes back";
    EXPECT_EQ(backs[0].side, Side::Buy);
    EXPECT_EQ(backs[0].qty, Lots{10});
    s.forget();
    s.fill(backs[0].cl_ord_id, 10, next_exec());
    EXPECT_TRUE(s.engine().is_flat(group));
    s.pass_ms(5'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "and there is a pause";
}

TEST(Pair, WhereItCostsMoreThanTakingTheSecondBackThatGoesBackAtOnce) {
    Script s{desk_with(at_once)};
    open_market(s);
    const ClOrdID first = orders_at(s, maker).at(0).cl_ord_id;
    s.fill(orders_at(s, hedge).at(0).cl_ord_id, 10, next_exec());
    s.pass_ms(300);
    s.book(maker, rich + 1, rich + 3); // dearer than the second is now
    s.forget();
    s.expired(first, 0);
    EXPECT_EQ(orders_at(s, maker).size(), 0U);
    ASSERT_EQ(orders_at(s, hedge).size(), 1U) << "at once";
    EXPECT_EQ(orders_at(s, hedge)[0].side, Side::Buy);
    EXPECT_EQ(orders_at(s, hedge)[0].qty, Lots{10});
    EXPECT_EQ(way(s), 0);
}

TEST(Pair, AFirstLegThatFoundNobodyWaitsForTheSecond) {
    Script s{desk_with(at_once)};
    open_market(s);
    const ClOrdID first = orders_at(s, maker).at(0).cl_ord_id;
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    s.forget();
    s.expired(first, 0);
    EXPECT_EQ(way(s), 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.pass_ms(300);
    s.fill(second, 4, next_exec());
    s.expired(second, 4);
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].qty, Lots{4}) << "as much as there is of it";
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
}

TEST(Pair, BothAtOnceAndTheFirstFillsInPart) {
    Script s{desk_with(at_once)};
    miss_first(s, 4);
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    const NewOrderSingle again = orders_at(s, maker)[0];
    EXPECT_EQ(again.qty, Lots{6});
    s.book(maker, rich + 1, rich + 3); // what is missing is worth it no more
    s.forget();
    s.expired(again.cl_ord_id, 0);
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U);
    EXPECT_EQ(orders_at(s, hedge).at(0).qty, Lots{6});
    EXPECT_EQ(way(s), 1) << "four of each are a pair";
}

TEST(Pair, TheFirstLegGoesBackByWhatIsThere) {
    Script s{desk_with()};
    enter(s, 7);
    fail_second_leg(s);
    EXPECT_TRUE(is_held_back(s));
    const auto closes = orders_at(s, maker);
    ASSERT_EQ(closes.size(), 1U);
    EXPECT_EQ(closes[0].side, Side::Sell);
    EXPECT_EQ(closes[0].qty, Lots{7}) << "by what is there, not by what was asked for";
    EXPECT_EQ(closes[0].reduce_only, 1);
    s.forget();
    s.pass_ms(1'000);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U) << "nothing is hedged that is on its way back";
    s.fill(closes[0].cl_ord_id, 7, next_exec());
    EXPECT_TRUE(s.engine().is_flat(group));
    s.forget();
    s.pass_ms(8'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "it waits a while before it tries again";
    s.book(maker, par - 1, par + 1);
    s.book(hedge, rich - 1, rich + 1);
    s.pass_ms(2'000);
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
}

TEST(Pair, ASecondLegThatIsSlowIsNoneThatFailed) {
    Script s{desk_with()};
    enter(s);
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    s.forget();
    s.pass_ms(10'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "unknown is no failure";
    EXPECT_EQ(way(s), 1);
    s.fill(second, 10, next_exec());
    EXPECT_EQ(way(s), 1);
    EXPECT_EQ(pair_of(s).state(s.engine()).is_whole, 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
}

TEST(Pair, OnceItIsLateNoOtherSecondLegLeaves) {
    Script s{desk_with()};
    enter(s);
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    s.pass_ms(2'100);
    EXPECT_TRUE(is_held_back(s));
    s.forget();
    s.expired(second, 0);
    EXPECT_EQ(way(s), 0);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
}

TEST(Pair, WhatThereIsOfTheSecondLegComesDownWithTheFirst) {
    Script s{desk_with()};
    enter(s);
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    s.fill(second, 4, next_exec());
    s.expired(second, 4);
    fail_second_leg(s);
    const auto closes = orders_at(s, maker);
    ASSERT_EQ(closes.size(), 1U);
    EXPECT_EQ(closes[0].qty, Lots{10});
    s.forget();
    s.fill(closes[0].cl_ord_id, 6, next_exec());
    EXPECT_EQ(orders_at(s, hedge).size(), 0U) << "six of ten are gone: the four are a leg each";
    s.fill(closes[0].cl_ord_id, 4, next_exec());
    ASSERT_EQ(orders_at(s, hedge).size(), 1U);
    EXPECT_EQ(orders_at(s, hedge)[0].side, Side::Buy);
    EXPECT_EQ(orders_at(s, hedge)[0].qty, Lots{4});
}

TEST(Pair, TheGateHoldsNewSecondLegsBackToo) {
    Script s{desk_with()};
    enter(s, 7);
    fail_second_leg(s);
    EXPECT_EQ(s.offer(hedge_draft(Side::Sell, rich - 1, 7)), core::Guard::MoreThanOwed);
}

// How long it has held is in what it will do, whichever way, and so in its hash.
TEST(Pair, HowLongItHoldsIsPartOfItsState) {
    for (const InstrumentIx dear : {hedge, maker}) {
        Script s{desk_with()};
        s.start();
        s.book(dear, rich - 1, rich + 1);
        const std::vector<NewOrderSingle> entries = orders_at(s, maker);
        ASSERT_EQ(entries.size(), 1U);
        s.fill(entries[0].cl_ord_id, 10, next_exec());
        EXPECT_EQ(way(s), dear == hedge ? 1 : -1);
        const auto hash = [&] { return pair_of(s).decision_hash(s.engine(), Duration{INT64_MAX}); };
        s.pass(seconds(1)); // what was to be tried again at once no longer counts
        const std::uint64_t before = hash();
        s.pass(seconds(1));
        EXPECT_NE(hash(), before);
    }
}

TEST(Pair, LeavesWhenPricesHaveComeTogether) {
    Script s{desk_with([](PairConfig& p) { p.hold_min = seconds(5); })};
    enter_both(s);
    s.pass_ms(1'000);
    s.books();
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "not before hold_min";
    s.pass_ms(4'000);
    auto closes = orders_at(s, maker);
    ASSERT_EQ(closes.size(), 0U) << "getting out costs two ticks of the ten";
    s.book(hedge, par - 2, par);
    closes = orders_at(s, maker);
    ASSERT_EQ(closes.size(), 1U);
    EXPECT_EQ(closes[0].side, Side::Sell);
    EXPECT_EQ(closes[0].reduce_only, 1);
    s.forget();
    s.fill(closes[0].cl_ord_id, 10, next_exec());
    const auto hedges = orders_at(s, hedge);
    ASSERT_EQ(hedges.size(), 1U) << "the group owes the other way";
    EXPECT_EQ(hedges[0].side, Side::Buy);
    s.fill(hedges[0].cl_ord_id, 10, next_exec());
    EXPECT_TRUE(s.engine().is_flat(group));
    EXPECT_EQ(s.position(maker).filled, Lots{0});
    EXPECT_EQ(s.position(hedge).filled, Lots{0});
}

TEST(Pair, LeavesWhenFundingHasTurned) {
    Script s{desk_with([](PairConfig& p) { p.hold_min = seconds(5); })};
    enter_both(s);
    s.tell(funding(maker, 100));
    s.tell(funding(hedge, 200));
    s.pass_ms(6'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "it earns a basis point";
    s.tell(funding(hedge, 90, 2));
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
}

// However much the touches promise: it would come down again after hold_min, and all four fees.
TEST(Pair, EntersNothingThatFundingWouldCloseAgain) {
    Script s{desk_with([](PairConfig& p) { p.entry = Bps{bps_one}; })};
    s.start();
    s.tell(funding(maker, 100));
    s.tell(funding(hedge, 90));
    s.book(hedge, rich - 1, rich + 1);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.tell(funding(hedge, 100, 2));
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
}

TEST(Pair, LeavesWhenItsTimeIsOver) {
    Script s{desk_with([](PairConfig& p) {
        p.hold_min = seconds(5);
        p.hold_max = seconds(20);
    })};
    enter_both(s);
    s.pass_ms(19'000);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    s.book(maker, par - 1, par + 1);
    s.book(hedge, rich - 1, rich + 1);
    s.pass_ms(1'500);
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
}

TEST(Pair, LeavesWhenTheRunEndsAndWhenItIsKilled) {
    for (const Act act : {Act::WindDown, Act::Kill}) {
        Script s{desk_with()};
        enter_both(s);
        s.act(act);
        const auto closes = orders_at(s, maker);
        ASSERT_EQ(closes.size(), 1U);
        s.fill(closes[0].cl_ord_id, 10, next_exec());
        EXPECT_FALSE(pair_of(s).has_exited(s.engine()));
        ASSERT_EQ(orders_at(s, hedge).size(), 1U);
        s.fill(orders_at(s, hedge)[0].cl_ord_id, 10, next_exec());
        EXPECT_TRUE(pair_of(s).has_exited(s.engine()));
        s.forget();
        s.book(hedge, rich - 1, rich + 1);
        s.pass_ms(30'000);
        EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "and enters no more";
    }
}

// Once, where there is something to take down or may be.
TEST(Pair, SaysWhyItTakesTheLegsDown) {
    struct Row {
        CloseCause cause;
        void (*story)(Script&);
        PairLegs legs = PairLegs::Sequential;
    };
    const Row rows[] = {
        {CloseCause::Late,
         [](Script& s) {
             enter(s, 7);
             fail_second_leg(s);
         }},
        {CloseCause::Limit,
         [](Script& s) {
             enter_both(s);
             s.pass_ms(6'000);
             s.book(maker, par - 1, par + 1);
             s.book(hedge, par - 2, par);
         }},
        {CloseCause::Carry,
         [](Script& s) {
             enter_both(s);
             s.pass_ms(6'000);
             s.tell(funding(maker, 100));
             s.tell(funding(hedge, 90));
         }},
        {CloseCause::Age,
         [](Script& s) {
             enter_both(s);
             s.pass_ms(21'000);
         }},
        {CloseCause::Exit,
         [](Script& s) {
             enter_both(s);
             s.act(Act::WindDown);
         }},
        {CloseCause::Kill,
         [](Script& s) {
             enter_both(s);
             s.act(Act::Kill);
         }},
        {CloseCause::Alone,
         [](Script& s) { // the first leg costs too much by now
             open_market(s);
             const ClOrdID first = orders_at(s, maker).at(0).cl_ord_id;
             s.fill(orders_at(s, hedge).at(0).cl_ord_id, 10, next_exec());
             s.book(maker, rich + 1, rich + 3);
             s.expired(first, 0);
         },
         PairLegs::Parallel},
        {CloseCause::None, [](Script& s) { enter(s, 0); }},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(static_cast<int>(row.cause));
        Script s{desk_with([&](PairConfig& p) {
            p.legs = row.legs;
            p.hold_min = seconds(5);
            if (row.cause == CloseCause::Age) p.hold_max = seconds(20);
        })};
        row.story(s);
        const std::vector<Notice> told = s.all<Notice>();
        if (row.cause == CloseCause::None) {
            EXPECT_TRUE(told.empty()) << "nothing has come of it";
            continue;
        }
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].kind, NoticeKind::CloseBegun);
        EXPECT_EQ(told[0].cause, row.cause);
        const bool is_second = row.cause == CloseCause::Alone;
        EXPECT_EQ(told[0].instrument, is_second ? hedge : maker);
        EXPECT_EQ(told[0].qty, sum_certain(s.position(is_second ? hedge : maker)));
    }
}

// Nothing is held yet, and orders of it may still fill.
TEST(Pair, HasNotExitedWhileAnOrderOfItLives) {
    Script s{desk_with()};
    open_market(s);
    const ClOrdID entry = orders_at(s, maker).at(0).cl_ord_id;
    s.act(Act::WindDown);
    EXPECT_FALSE(pair_of(s).has_exited(s.engine()));
    s.expired(entry, 0);
    EXPECT_TRUE(pair_of(s).has_exited(s.engine()));
}

TEST(Pair, AFirstLegThatIsGoneTakesTheSecondWithIt) {
    Script s{desk_with()};
    enter_both(s);
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{0}; // liquidated, unheard
    s.pass(seconds(40));
    ASSERT_EQ(orders_at(s, hedge).size(), 1U);
    EXPECT_EQ(orders_at(s, hedge)[0].side, Side::Buy);
    EXPECT_EQ(orders_at(s, hedge)[0].qty, Lots{10});
    EXPECT_EQ(way(s), 0);
}

TEST(Pair, ASecondLegThatIsGoneIsTakenAgain) {
    Script s{desk_with()};
    enter_both(s);
    s.truth[1].positions[{hedge.value(), PositionSide::Net}] = Lots{0};
    for (int n = 0; n < 40 && orders_at(s, hedge).empty(); ++n) {
        s.book(maker, par - 1, par + 1);
        s.book(hedge, rich - 1, rich + 1);
        s.pass_ms(1'000);
    }
    ASSERT_EQ(orders_at(s, hedge).size(), 1U);
    EXPECT_EQ(orders_at(s, hedge)[0].side, Side::Sell);
    EXPECT_EQ(way(s), 1);
}

TEST(Pair, ALegWithoutACounterpartIsClosed) {
    Script s{desk_with()};
    s.start();
    s.truth[0].positions[{maker.value(), PositionSide::Net}] = Lots{6};
    for (int n = 0; n < 60 && orders_at(s, maker).empty(); ++n) {
        s.books();
        s.pass_ms(1'000);
    }
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].side, Side::Sell);
    EXPECT_EQ(orders_at(s, maker)[0].qty, Lots{6});
    EXPECT_EQ(orders_at(s, maker)[0].reduce_only, 1);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
}

// The process dies with this lost of its record, comes back and reads what there is.
void come_back(Script& s, std::size_t lost) {
    s.crash(s.record.size() - lost);
    s.forget();
    s.boot_again();
    for (int n = 0; n < 8; ++n) {
        s.book(maker, par - 1, par + 1);
        s.book(hedge, rich - 1, rich + 1);
        s.pass_ms(1'000);
    }
    ASSERT_EQ(s.engine().desk().recovery, core::Recovery::Done);
}

TEST(Pair, IsWholeAfterACrashWhereItWasBefore) {
    Script s{desk_with()};
    enter_both(s);
    come_back(s, 0);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U);
    EXPECT_EQ(way(s), 1);
}

TEST(Pair, TakesTheSecondLegAfterACrashBetweenThem) {
    Script s{desk_with([](PairConfig& p) { p.second_leg_within = seconds(20); })};
    enter(s);
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    come_back(s, 0);
    EXPECT_EQ(s.count<NewOrderSingle>(), 0U) << "nobody knows yet what has become of it";
    s.not_found(second);
    s.pass_ms(300);
    ASSERT_EQ(orders_at(s, hedge).size(), 1U);
    EXPECT_EQ(orders_at(s, hedge)[0].side, Side::Sell);
    EXPECT_EQ(orders_at(s, maker).size(), 0U);
}

TEST(Pair, TakesTheFirstBackAfterACrashWhereItIsLateThen) {
    Script s{desk_with()};
    enter(s);
    const ClOrdID second = orders_at(s, hedge).at(0).cl_ord_id;
    come_back(s, 0);
    s.not_found(second);
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].reduce_only, 1);
}

TEST(Pair, ClosesAFirstLegOfWhoseEntryTheRecordKnowsNothing) {
    Script s{desk_with()};
    open_market(s);
    const NewOrderSingle entry = orders_at(s, maker).at(0);
    s.happened(s.trade(entry.cl_ord_id, 10, next_exec()));
    come_back(s, 1); // the book on which it was decided
    ASSERT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker)[0].reduce_only, 1);
    EXPECT_EQ(orders_at(s, maker)[0].qty, Lots{10});
    EXPECT_EQ(orders_at(s, hedge).size(), 0U);
}

TEST(Pair, ReservesTheSecondLegsMarginBesideThatOfOtherPairs) {
    DeskConfig config = two_groups();
    for (std::uint32_t n = 0; n < 2; ++n) {
        PairConfig pair;
        pair.name = n == 0 ? "BTC" : "ETH";
        pair.group = GroupIx{n};
        pair.first = n == 0 ? maker : maker2;
        pair.second = n == 0 ? hedge : hedge2;
        pair.qty = Lots{10}; // worth 1,000
        pair.entry = Bps{8 * bps_one};
        config.pair.push_back(pair);
    }
    config.engine.limits.max_loss_session = Money{1'000'000 * money_one};
    for (core::InstrumentConfig& one : config.engine.instruments) {
        one.instrument.initial_margin_ppm = 100'000;
    }
    Script s{config};
    s.start();
    s.balance(hedge_account, 150, 150); // enough for one of them
    s.book(hedge, rich - 1, rich + 1);
    s.book(hedge2, rich - 1, rich + 1);
    EXPECT_EQ(orders_at(s, maker).size(), 1U);
    EXPECT_EQ(orders_at(s, maker2).size(), 0U);
}

TEST(Pair, ItsConfigIsChecked) {
    const auto refusal = [](const std::function<void(PairConfig&)>& change,
                            const std::function<void(DeskConfig&)>& change_desk = {}) {
        const auto made = make_desk_config(desk_with(change, change_desk));
        return made ? std::string{} : made.error().text();
    };
    using testing::HasSubstr;
    EXPECT_EQ(refusal({}), "");
    EXPECT_THAT(refusal([](PairConfig& p) { p.group = GroupIx{7}; }), HasSubstr("is missing"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.first = InstrumentIx{7}; }), HasSubstr("members"));
    EXPECT_THAT(refusal([](PairConfig& p) { std::swap(p.first, p.second); }),
                HasSubstr("hedge_via"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.first = hedge; }), HasSubstr("differ"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.qty = Lots{0}; }), HasSubstr("first venue's"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.qty = Lots{11}; }), HasSubstr("exposure_limit"));
    EXPECT_THAT(
        refusal({},
                [](DeskConfig& c) { c.engine.instruments[1].instrument.lot_size = Decimal{3, 2}; }),
        HasSubstr("whole lots of both"));
    EXPECT_THAT(
        refusal({}, [](DeskConfig& c) { c.engine.instruments[1].instrument.min_qty = Lots{11}; }),
        HasSubstr("second venue's"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.retry = Duration{}; }), HasSubstr("retry_ms"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.hold_min = p.hold_max + seconds(1); }),
                HasSubstr("hold_min_ms"));
    EXPECT_THAT(refusal([](PairConfig& p) { p.slippage = Bps{-1}; }), HasSubstr("slippage_bps"));
    EXPECT_THAT(refusal({}, [](DeskConfig& c) { c.pair.push_back(c.pair[0]); }),
                HasSubstr("two strategies"));
    EXPECT_THAT(refusal({},
                        [](DeskConfig& c) {
                            XemmConfig xemm;
                            xemm.name = "beside it";
                            xemm.group = c.pair[0].group;
                            xemm.maker = c.pair[0].first;
                            xemm.hedge = c.pair[0].second;
                            xemm.order_qty = Lots{5};
                            c.xemm = {xemm};
                        }),
                HasSubstr("pair BTC: its group serves two strategies"));
}

} // namespace
} // namespace keel::strategy
