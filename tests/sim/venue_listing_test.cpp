#include <gtest/gtest.h>

#include "tests/sim/binary_harness.hpp"

// What a venue says of its instruments: price steps, halts, and what became of a market.

namespace keel::sim {
namespace {

using Kind = ListingAct::Kind;

TEST(Listing, PricesAreMultiplesOfTheStepAndBelowTheEnd) {
    BinaryDesk desk;
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 395, 10)).reason, Reason::InvalidRequest);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 1'000, 10)).reason, Reason::InvalidRequest);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 390, 10)).outcome, Outcome::Accepted);
}

TEST(Listing, ANewStepIsToldAndLeavesWhatRestsAsItWas) {
    BinaryDesk desk;
    desk.act(yes, Kind::PriceStep, 1);
    const ClOrdID fine = desk.place(desk.of(yes, Side::Buy, 395, 10));
    const auto told = desk.all<SecurityStatus>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().instrument, yes);
    EXPECT_EQ(told.front().status, TradingStatus::Open);
    EXPECT_EQ(told.front().price_step, Ticks{1});
    desk.run(milliseconds(1));
    desk.act(yes, Kind::PriceStep, 10);
    EXPECT_TRUE(desk.truth(fine).is_open);
    EXPECT_EQ(desk.truth(fine).px, Ticks{395});
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 395, 10)).reason, Reason::InvalidRequest);
    const auto both = desk.all<SecurityStatus>();
    ASSERT_EQ(both.size(), 2U);
    EXPECT_GT(both[1].venue_time, both[0].venue_time);
}

TEST(Listing, AnAmendKeepsToTheStep) {
    BinaryDesk desk;
    const ClOrdID id = desk.place(desk.of(yes, Side::Buy, 390, 10));
    desk.venue.send(desk.amend_of(id, 385, 10), desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.last_answer().reason, Reason::InvalidRequest);
}

TEST(Listing, WhoConnectsIsToldOfEveryInstrument) {
    BinaryDesk desk;
    desk.act(yes, Kind::PriceStep, 1);
    desk.venue.disconnect(desk.now);
    desk.heard.clear();
    desk.venue.connect(desk.now);
    desk.run(milliseconds(10));
    const auto told = desk.all<SecurityStatus>();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].instrument, yes);
    EXPECT_EQ(told[0].price_step, Ticks{1});
    EXPECT_EQ(told[1].instrument, no);
    EXPECT_EQ(told[1].price_step, Ticks{10});
}

// What the venue said of an instrument.
std::vector<SecurityStatus> told_of(const BinaryDesk& desk, InstrumentIx instrument) {
    std::vector<SecurityStatus> out = desk.all<SecurityStatus>();
    std::erase_if(out, [&](const SecurityStatus& one) { return one.instrument != instrument; });
    return out;
}

VenueConfig telling_again() {
    VenueConfig config = binary_config();
    config.status_every = seconds(10);
    return config;
}

TEST(Listing, WhatWasLostIsToldAgain) {
    BinaryDesk desk{telling_again()};
    desk.run(seconds(5)); // between two times when it is told
    desk.heard.clear();
    desk.venue.set_faults(only(FaultKind::Drop));
    desk.act(yes, Kind::PriceStep, 1);
    desk.run(seconds(1));
    EXPECT_TRUE(told_of(desk, yes).empty());
    EXPECT_GE(desk.venue.fault_count(FaultKind::Drop), 1U);
    desk.venue.set_faults(no_faults());
    desk.quote(yes, 400, 90, 420, 100);
    desk.run(seconds(8));
    EXPECT_TRUE(told_of(desk, yes).empty()); // it was told less than ten seconds ago
    desk.run(seconds(2));
    ASSERT_EQ(told_of(desk, yes).size(), 1U);
    EXPECT_EQ(told_of(desk, yes).front().price_step, Ticks{1});
}

TEST(Listing, InstrumentsWithoutOneAreNotToldOf) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.venue.on_listing({.instrument = btc, .kind = Kind::Halt, .value = {}}, desk.now);
    desk.settle();
    EXPECT_TRUE(desk.all<SecurityStatus>().empty());
    EXPECT_TRUE(desk.truth(desk.place(Side::Buy, 100, 5)).is_open);
}

TEST(Listing, WhileHaltedNothingTradesAndCancelsAreTaken) {
    BinaryDesk desk;
    const ClOrdID resting = desk.place(desk.of(yes, Side::Buy, 400, 10));
    desk.act(yes, Kind::Halt);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 390, 10)).reason, Reason::NotSupported);
    desk.venue.send(desk.amend_of(resting, 390, 10), desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.last_answer().reason, Reason::NotSupported);
    desk.print(yes, Side::Sell, 300, 500);
    desk.quote(yes, 300, 10, 310, 10);
    EXPECT_EQ(desk.filled(resting), 0);
    desk.venue.send(desk.cancel_of(resting, Transport::Socket), desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.last_answer().outcome, Outcome::Accepted);
    EXPECT_EQ(desk.all<SecurityStatus>().back().status, TradingStatus::Halted);
    // The other outcome trades on, and so does this one when it is opened again.
    EXPECT_EQ(desk.ask(desk.of(no, Side::Buy, 580, 10)).outcome, Outcome::Accepted);
    desk.act(yes, Kind::Open);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 390, 10)).outcome, Outcome::Accepted);
    EXPECT_EQ(desk.all<SecurityStatus>().back().status, TradingStatus::Open);
}

TEST(Listing, ResolutionCancelsWhatRestsAndIsForEver) {
    BinaryDesk desk;
    desk.buy_settled(yes, 10);
    const ClOrdID bid = desk.place(desk.of(yes, Side::Buy, 390, 10));
    const ClOrdID offer = desk.place(desk.of(yes, Side::Sell, 430, 10));
    desk.act(yes, Kind::Resolve, 1'000);
    desk.run(milliseconds(200));
    for (const ClOrdID id : {bid, offer}) EXPECT_FALSE(desk.truth(id).is_open);
    const auto canceled = desk.reports(ExecType::Canceled);
    ASSERT_EQ(canceled.size(), 2U);
    EXPECT_EQ(canceled.front().reason, Reason::None);
    const SecurityStatus told = desk.all<SecurityStatus>().back();
    EXPECT_EQ(told.status, TradingStatus::Resolved);
    EXPECT_EQ(told.settlement_px, Ticks{1'000});
    EXPECT_EQ(desk.all<BookTop>().back().bid_qty, Lots{0}); // nobody is there any more
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 390, 10)).reason, Reason::NotSupported);
    desk.act(yes, Kind::Open);
    desk.quote(yes, 400, 10, 420, 10);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 390, 10)).reason, Reason::NotSupported);
}

TEST(Listing, WhatIsResolvedIsWorthWhatItWasResolvedTo) {
    for (const std::int64_t px : {0, 500, 1'000}) {
        BinaryDesk desk;
        const Money before = desk.venue.equity(account_0);
        desk.buy_settled(yes, 10);
        desk.act(yes, Kind::Resolve, px);
        // Bought at 0.42 with a fee of a thousandth of it.
        const Money paid{10 * 420 * 100'000};
        const Money fee{paid.value() / 1'000};
        EXPECT_EQ(desk.venue.equity(account_0), before - paid - fee + Money{10 * px * 100'000});
    }
}

TEST(Listing, InARunTheStepIsFineNearAnEnd) {
    VenueConfig config = binary_config();
    config.instruments[0].listing = {.fine_step = Ticks{1}, .fine_below = Ticks{40}};
    BinaryDesk desk{config};
    const auto told = [&] {
        desk.run(milliseconds(10));
        const auto all = desk.all<SecurityStatus>();
        return all.empty() ? 0 : all.back().price_step.value();
    };
    desk.quote(yes, 40, 10, 50, 10);
    EXPECT_EQ(told(), 0); // 0.045: not yet
    desk.quote(yes, 30, 10, 40, 10);
    EXPECT_EQ(told(), 1);
    EXPECT_EQ(desk.ask(desk.of(yes, Side::Buy, 31, 10)).outcome, Outcome::Accepted);
    desk.quote(yes, 50, 10, 60, 10);
    EXPECT_EQ(told(), 1); // not back yet
    desk.quote(yes, 80, 10, 90, 10);
    EXPECT_EQ(told(), 10);
    desk.quote(yes, 960, 10, 970, 10);
    EXPECT_EQ(told(), 1);
    EXPECT_EQ(desk.all<SecurityStatus>().size(), 3U);
}

TEST(Listing, InARunAMarketIsResolvedSoLongAfterItsFirstQuote) {
    VenueConfig config = binary_config();
    config.instruments[0].listing = {.resolves_after = seconds(200), .resolves_to = Ticks{1'000}};
    BinaryDesk desk{config}; // a hundred seconds old
    desk.quote(yes, 400, 10, 430, 10);
    desk.run(seconds(99));
    EXPECT_TRUE(desk.all<SecurityStatus>().empty() ||
                desk.all<SecurityStatus>().back().status == TradingStatus::Open);
    desk.run(seconds(2));
    ASSERT_FALSE(desk.all<SecurityStatus>().empty());
    EXPECT_EQ(desk.all<SecurityStatus>().back().status, TradingStatus::Resolved);
    EXPECT_EQ(desk.venue.next_at(), never); // once
}

// The word that a market is resolved may be lost, and its book has no more to say.
TEST(Listing, AQuietMarketTellsItsStatusAgain) {
    BinaryDesk desk{telling_again()};
    desk.quote(yes, 400, 10, 430, 10);
    desk.act(yes, Kind::Resolve, 1'000);
    desk.run(seconds(1));
    const std::size_t books = desk.all<BookTop>().size();
    const std::size_t told = told_of(desk, yes).size();
    desk.run(seconds(35));
    EXPECT_EQ(desk.all<BookTop>().size(), books);
    ASSERT_EQ(told_of(desk, yes).size(), told + 3);
    EXPECT_EQ(told_of(desk, yes).back().status, TradingStatus::Resolved);
}

} // namespace
} // namespace keel::sim
