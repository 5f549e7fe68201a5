#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Numbers that actions carry: which a venue takes, and how the desk's side finds the right one
// again.

namespace keel::sim {
namespace {

VenueConfig with(NonceRule rule) {
    VenueConfig config = test_config();
    config.nonces = rule;
    return config;
}

// The outcome of a new order that is sent now, once it is answered or lost.
Reason send_order(Desk& desk) {
    desk.heard.clear();
    desk.venue.send(desk.order(Side::Buy, 100, 1), desk.now);
    desk.run(milliseconds(20));
    const auto answers = desk.all<RequestAnswer>();
    if (answers.empty()) return Reason::Timeout;
    EXPECT_EQ(answers[0].outcome == Outcome::Refused, answers[0].reason != Reason::None);
    return answers[0].reason;
}

void send_cancel(Desk& desk, ClOrdID id) {
    OrderCancelRequest cancel = desk.cancel_of(id);
    cancel.valid_until = desk.now + seconds(10 * 86'400);
    desk.venue.send(cancel, desk.now);
}

// What sleeps leaves now; and is answered.
void wake_up(Desk& desk) {
    ASSERT_EQ(desk.venue.wake_up(desk.now, [](Timestamp) { return true; }), 1U);
    std::vector<EventBody> out;
    desk.venue.deliver(Channels::socket_in, desk.now, out); // (a search chooses when)
    desk.run(milliseconds(20));
}

TEST(Nonces, NobodyIsAskedForOneWhereThereAreNone) {
    Desk desk{with(NonceRule::None), only(FaultKind::AnswerLostBefore)};
    EXPECT_EQ(send_order(desk), Reason::Timeout);
    desk.venue.set_faults(no_faults());
    EXPECT_EQ(send_order(desk), Reason::None);
}

TEST(Nonces, BehindAGapNothingIsTakenUntilTheDeskHasAskedAgain) {
    Desk desk{with(NonceRule::Consecutive)};
    EXPECT_EQ(send_order(desk), Reason::None);
    desk.venue.set_faults(only(FaultKind::AnswerLostBefore));
    EXPECT_EQ(send_order(desk), Reason::Timeout);
    desk.venue.set_faults(no_faults());
    desk.heard.clear();
    for (int n = 0; n < 3; ++n) desk.venue.send(desk.order(Side::Buy, 100, 1), desk.now);
    desk.run(milliseconds(20));
    const auto answers = desk.all<RequestAnswer>();
    ASSERT_EQ(answers.size(), 3U); // all had left before the first refusal was heard
    for (const RequestAnswer& one : answers) {
        EXPECT_EQ(one.outcome, Outcome::Refused);
        EXPECT_EQ(one.reason, Reason::BadNonce);
    }
    EXPECT_EQ(send_order(desk), Reason::None);
    EXPECT_EQ(send_order(desk), Reason::None);
}

TEST(Nonces, WhatIsTurnedAwayAtTheDoorUsesNone) {
    for (const FaultKind kind : {FaultKind::Refusal, FaultKind::RateLimited}) {
        Desk desk{with(NonceRule::Consecutive), only(kind)};
        EXPECT_NE(send_order(desk), Reason::BadNonce);
        desk.venue.set_faults(no_faults());
        EXPECT_EQ(send_order(desk), Reason::BadNonce);
        EXPECT_EQ(send_order(desk), Reason::None);
    }
}

TEST(Nonces, WhatTheVenueRefusesAfterItWasTakenUsesOne) {
    Desk desk{with(NonceRule::Consecutive)};
    NewOrderSingle bad = desk.order(Side::Buy, 100, 1);
    bad.qty = Lots{0};
    desk.venue.send(bad, desk.now);
    desk.run(milliseconds(20));
    EXPECT_EQ(desk.last_answer().reason, Reason::InvalidRequest);
    EXPECT_EQ(send_order(desk), Reason::None);
}

TEST(Nonces, CancelsHaveAKeyOfTheirOwn) {
    Desk desk{with(NonceRule::Consecutive)};
    const ClOrdID id = desk.place(Side::Buy, 100, 1);
    desk.venue.set_faults(only(FaultKind::AnswerLostBefore));
    send_order(desk);
    desk.venue.set_faults(no_faults());
    send_cancel(desk, id);
    desk.run(milliseconds(20));
    EXPECT_FALSE(desk.truth(id).is_open);
}

TEST(Nonces, AfterAReconnectTheVenueIsAskedWhatIsNext) {
    Desk desk{with(NonceRule::Consecutive), only(FaultKind::AnswerLostBefore)};
    send_order(desk);
    desk.venue.set_faults(no_faults());
    desk.venue.disconnect(desk.now);
    desk.venue.connect(desk.now);
    EXPECT_EQ(send_order(desk), Reason::None);
}

TEST(Nonces, OneOfAWindowMayComeLateButNotBehindAHundredLargerOnes) {
    for (const int larger : {99, 100}) {
        Desk desk{with(NonceRule::Window)};
        const ClOrdID id = desk.place(Side::Buy, 100, 1);
        desk.run(milliseconds(100));
        send_cancel(desk, id);
        desk.venue.put_to_sleep_from(RequestID{desk.requests});
        for (int n = 0; n < larger; ++n) {
            send_cancel(desk, ClOrdID::make(1, 1, 1'000)); // of no order: used all the same
            desk.run(milliseconds(10));
        }
        desk.heard.clear();
        wake_up(desk);
        const bool is_taken = larger < 100;
        EXPECT_EQ(desk.truth(id).is_open, !is_taken);
        EXPECT_EQ(desk.last_answer().reason, is_taken ? Reason::None : Reason::BadNonce);
    }
}

TEST(Nonces, AGapInAWindowHoldsNothingUp) {
    Desk desk{with(NonceRule::Window), only(FaultKind::AnswerLostBefore)};
    EXPECT_EQ(send_order(desk), Reason::Timeout);
    desk.venue.set_faults(no_faults());
    EXPECT_EQ(send_order(desk), Reason::None);
}

TEST(Nonces, OneOfAWindowHasADayAtMostInAdvanceAndTwoBehind) {
    VenueConfig ahead = with(NonceRule::Window);
    Desk desk{ahead};
    desk.run(seconds(4 * 86'400));
    EXPECT_EQ(send_order(desk), Reason::None);
    // Slept for two days, and for longer.
    for (const bool is_longer : {false, true}) {
        const ClOrdID id = desk.place(Side::Buy, 100, 1);
        desk.run(seconds(1));
        send_cancel(desk, id); // its number is the millisecond
        desk.venue.put_to_sleep_from(RequestID{desk.requests});
        desk.now = desk.now + seconds(2 * 86'400) + milliseconds(is_longer ? 1 : 0);
        wake_up(desk);
        EXPECT_EQ(desk.truth(id).is_open, is_longer);
        EXPECT_EQ(desk.last_answer().reason, is_longer ? Reason::BadNonce : Reason::None);
    }
}

} // namespace
} // namespace keel::sim
