#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sim/channels.hpp"
#include "tests/sim/venue_harness.hpp"

// What an explorer may choose for the next message of a channel, and what comes of it; and the hash
// by which it knows a venue again.

namespace keel::sim {
namespace {

constexpr std::uint32_t orders_stream = Channels::private_stream(0, LinkKind::Orders);
constexpr std::uint32_t fills_stream = Channels::private_stream(0, LinkKind::Fills);
constexpr std::uint32_t positions_stream = Channels::private_stream(0, LinkKind::Positions);

// A venue whose messages travel only when they are chosen.
class Chosen {
public:
    explicit Chosen(const VenueConfig& config = test_config()) : desk(config) {
        desk.run(seconds(1));
        desk.quote(btc, 100, 50, 110, 50);
        desk.run(seconds(1));
        desk.heard.clear();
    }
    // Delivers the next of a channel and returns what the desk hears.
    std::vector<EventBody> choose(std::uint32_t channel, Twist twist = Twist::None,
                                  std::uint8_t part = 0) {
        at = later(desk.now, at + nanoseconds(1));
        std::vector<EventBody> out;
        desk.venue.deliver(channel, twist, at, desk.now, out, part);
        for (const EventBody& body : out) desk.heard.push_back({desk.now, body});
        return out;
    }
    ClOrdID send(Side side, std::int64_t px, std::int64_t qty) {
        const NewOrderSingle request = desk.order(side, px, qty);
        desk.venue.send(request, desk.now);
        return request.cl_ord_id;
    }
    // Orders of one batch, a tick apart.
    std::vector<ClOrdID> send_batch(std::uint32_t items) {
        std::vector<ClOrdID> ids;
        for (std::uint32_t n = 0; n < items; ++n) {
            NewOrderSingle request = desk.order(Side::Buy, 100 - n, 10);
            request.batch = 7;
            desk.venue.send(request, desk.now);
            ids.push_back(request.cl_ord_id);
        }
        return ids;
    }
    [[nodiscard]] std::uint32_t open_of(const std::vector<ClOrdID>& ids) const {
        std::uint32_t open = 0; // a bit each
        for (std::size_t n = 0; n < ids.size(); ++n) {
            open |= desk.truth(ids[n]).is_open ? 1U << n : 0U;
        }
        return open;
    }
    // What is answered to new orders, in the order in which it is.
    std::vector<Outcome> answers() {
        std::vector<Outcome> out;
        while (pending(Channels::socket_out) > 0) {
            for (const EventBody& body : choose(Channels::socket_out)) {
                out.push_back(std::get<RequestAnswer>(body).outcome);
            }
        }
        return out;
    }
    // An order that rests, its answer and its report heard.
    ClOrdID rest(std::int64_t px = 100, std::int64_t qty = 10) {
        const ClOrdID id = send(Side::Buy, px, qty);
        choose(Channels::socket_in);
        choose(Channels::socket_out);
        choose(orders_stream);
        return id;
    }
    void trade(std::int64_t px, std::int64_t qty) {
        at = later(desk.now, at + nanoseconds(1));
        Venue::MarketMove move;
        move.instrument = btc;
        move.is_trade = true;
        move.aggressor = Side::Sell;
        move.px = Ticks{px};
        move.qty = Lots{qty};
        desk.venue.on_market(move, at);
    }
    [[nodiscard]] std::uint32_t pending(std::uint32_t channel) const {
        return desk.venue.pending(channel);
    }
    [[nodiscard]] std::uint64_t hash(bool may_look_back = false) const {
        return desk.venue.decision_hash({.now = desk.now,
                                         .may_look_back = may_look_back,
                                         .by_number = by_number,
                                         .from = from,
                                         .waiting = waiting});
    }

    Desk desk;
    Timestamp at;
    std::array<Timestamp, 4> from{};
    std::vector<RequestID> waiting;
    bool by_number = false;
};

std::size_t trades_in(const std::vector<EventBody>& heard) {
    std::size_t count = 0;
    for (const EventBody& body : heard) {
        const auto* report = std::get_if<ExecutionReport>(&body);
        count += report != nullptr && report->exec_type == ExecType::Trade ? 1U : 0U;
    }
    return count;
}

// --- requests ---

TEST(Twist, RequestIsLostBeforeOrAfterItsEffectOrRefused) {
    Chosen lost;
    lost.send(Side::Buy, 100, 10);
    lost.choose(Channels::socket_in, Twist::LostBefore);
    EXPECT_EQ(lost.desk.venue.open_order_count(), 0U);
    EXPECT_EQ(lost.pending(Channels::socket_out), 0U);

    Chosen silent;
    silent.send(Side::Buy, 100, 10);
    silent.choose(Channels::socket_in, Twist::LostAfter);
    EXPECT_EQ(silent.desk.venue.open_order_count(), 1U);
    EXPECT_EQ(silent.pending(Channels::socket_out), 0U);

    Chosen refused;
    refused.send(Side::Buy, 100, 10);
    refused.choose(Channels::socket_in, Twist::Refuse);
    EXPECT_EQ(refused.desk.venue.open_order_count(), 0U);
    refused.choose(Channels::socket_out);
    EXPECT_EQ(refused.desk.last_answer().outcome, Outcome::Refused);
}

TEST(Twist, HeldRequestIsOvertakenAndArrivesWhenItIsChosen) {
    Chosen venue;
    const ClOrdID held = venue.send(Side::Buy, 100, 10);
    const ClOrdID other = venue.send(Side::Buy, 99, 10);
    venue.choose(Channels::socket_in, Twist::Hold);
    venue.choose(Channels::socket_in);
    EXPECT_FALSE(venue.desk.truth(held).is_open);
    EXPECT_TRUE(venue.desk.truth(other).is_open);
    venue.choose(Channels::bump);
    EXPECT_TRUE(venue.desk.truth(held).is_open);
}

TEST(Twist, SecondRequestArrivesFirstAndTheFirstIsStillThere) {
    Chosen venue;
    const ClOrdID first = venue.send(Side::Buy, 100, 10);
    const ClOrdID second = venue.send(Side::Buy, 99, 10);
    const ClOrdID third = venue.send(Side::Buy, 98, 10);
    venue.choose(Channels::socket_in, Twist::Swap);
    EXPECT_TRUE(venue.desk.truth(second).is_open);
    EXPECT_FALSE(venue.desk.truth(first).is_open);
    venue.choose(Channels::socket_in);
    EXPECT_TRUE(venue.desk.truth(first).is_open);
    EXPECT_FALSE(venue.desk.truth(third).is_open);
    EXPECT_FALSE(venue.desk.venue.allows(Channels::socket_in, Twist::Swap)) << "it is alone";
}

TEST(Twist, RequestIsAnsweredThatThereWereTooMany) {
    Chosen venue;
    const ClOrdID id = venue.send(Side::Buy, 100, 10);
    venue.choose(Channels::socket_in, Twist::Throttle);
    EXPECT_EQ(venue.pending(orders_stream), 0U) << "it never got as far as the book";
    venue.choose(Channels::socket_out);
    EXPECT_EQ(venue.desk.last_answer().outcome, Outcome::Refused);
    EXPECT_EQ(venue.desk.last_answer().reason, Reason::RateLimited);
    EXPECT_GT(venue.desk.last_answer().retry_after_ms, 0U);
    EXPECT_FALSE(venue.desk.truth(id).is_open);
    // A cancel, too, is not executed.
    const ClOrdID other = venue.rest();
    venue.desk.venue.send(venue.desk.cancel_of(other), venue.desk.now);
    venue.choose(Channels::socket_in, Twist::Throttle);
    EXPECT_TRUE(venue.desk.truth(other).is_open);
    EXPECT_EQ(venue.desk.venue.fault_count(FaultKind::RateLimited), 2U);
}

TEST(Twist, ServerErrorLeavesOpenWhetherItWasDone) {
    for (const bool is_done : {false, true}) {
        Chosen venue;
        const ClOrdID id = venue.send(Side::Buy, 100, 10);
        venue.choose(Channels::socket_in, is_done ? Twist::ErrorAfter : Twist::ErrorBefore);
        EXPECT_EQ(venue.desk.truth(id).is_open, is_done);
        venue.choose(Channels::socket_out);
        EXPECT_EQ(venue.desk.last_answer().outcome, Outcome::Unknown);
        EXPECT_EQ(venue.desk.last_answer().reason, Reason::Busy);
        EXPECT_EQ(venue.desk.venue.fault_count(FaultKind::ServerError), 1U);
    }
}

// Of a question nothing is left but its answer, so whether it was done makes no difference.
TEST(Twist, QuestionMeetsAnErrorOnlyOnce) {
    Chosen venue;
    venue.desk.venue.send(venue.desk.read_of(RequestKind::ReadPositions), venue.desk.now);
    EXPECT_TRUE(venue.desk.venue.allows(Channels::rest_in, Twist::Throttle));
    EXPECT_FALSE(venue.desk.venue.allows(Channels::rest_in, Twist::ErrorAfter));
    ASSERT_TRUE(venue.desk.venue.allows(Channels::rest_in, Twist::ErrorBefore));
    venue.choose(Channels::rest_in, Twist::ErrorBefore);
    const auto heard = venue.choose(Channels::rest_out);
    ASSERT_EQ(heard.size(), 1U) << "no rows";
    EXPECT_EQ(std::get<ReadDone>(heard.front()).outcome, Outcome::Unknown);
}

TEST(Twist, AnyPartOfABatchIsRefusedAndTheRestIsTaken) {
    for (std::uint32_t items = 2; items <= part_items_max; ++items) {
        const std::uint32_t all = (1U << items) - 1U;
        for (std::uint32_t part = 1; part < all; ++part) {
            Chosen venue;
            const auto ids = venue.send_batch(items);
            ASSERT_TRUE(venue.desk.venue.allows(Channels::socket_in, Twist::Part));
            venue.choose(Channels::socket_in, Twist::Part, static_cast<std::uint8_t>(part));
            EXPECT_EQ(venue.open_of(ids), all & ~part);
            const auto answers = venue.answers();
            ASSERT_EQ(answers.size(), items);
            for (std::uint32_t n = 0; n < items; ++n) {
                EXPECT_EQ(answers[n], (part >> n & 1U) != 0 ? Outcome::Refused : Outcome::Accepted);
            }
            EXPECT_EQ(venue.desk.venue.fault_count(FaultKind::PartialBatch), 1U);
        }
    }
}

TEST(Twist, TheAnswerToABatchEndsAfterAnyOfItsItems) {
    for (std::uint32_t items = 2; items <= part_items_max; ++items) {
        for (std::uint32_t answered = 1; answered < items; ++answered) {
            Chosen venue;
            const auto ids = venue.send_batch(items);
            ASSERT_TRUE(venue.desk.venue.allows(Channels::socket_in, Twist::Short));
            venue.choose(Channels::socket_in, Twist::Short, static_cast<std::uint8_t>(answered));
            EXPECT_EQ(venue.open_of(ids), (1U << items) - 1U) << "all are done";
            const auto answers = venue.answers();
            ASSERT_EQ(answers.size(), answered);
            for (const Outcome one : answers) EXPECT_EQ(one, Outcome::Accepted);
            EXPECT_EQ(venue.desk.venue.fault_count(FaultKind::ShortAnswer), 1U);
        }
    }
}

TEST(Twist, OneOrderHasNoPartsAndALargeBatchIsNotDivided) {
    for (const std::uint32_t items : {1U, part_items_max + 1}) {
        Chosen venue;
        venue.send_batch(items);
        EXPECT_EQ(venue.desk.venue.items_in(Channels::socket_in), items);
        EXPECT_FALSE(venue.desk.venue.allows(Channels::socket_in, Twist::Part));
    }
}

// What befalls it befalls all of it.
TEST(Twist, BatchIsOneMessage) {
    struct Case {
        Twist twist;
        std::uint32_t open;
        std::vector<Outcome> answers;
    };
    using enum Outcome;
    const std::vector<Case> cases{
        {Twist::None, 7, {Accepted, Accepted, Accepted}},
        {Twist::LostBefore, 0, {}},
        {Twist::LostAfter, 7, {}},
        {Twist::Refuse, 0, {Refused, Refused, Refused}},
        {Twist::Throttle, 0, {Refused, Refused, Refused}},
        {Twist::ErrorBefore, 0, {Unknown, Unknown, Unknown}},
        {Twist::ErrorAfter, 7, {Unknown, Unknown, Unknown}},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(static_cast<int>(one.twist));
        Chosen venue;
        const auto ids = venue.send_batch(3);
        const ClOrdID behind = venue.send(Side::Buy, 90, 10);
        venue.choose(Channels::socket_in, one.twist);
        EXPECT_EQ(venue.open_of(ids), one.open);
        EXPECT_EQ(venue.answers(), one.answers);
        EXPECT_EQ(venue.pending(Channels::socket_in), 1U);
        EXPECT_FALSE(venue.desk.truth(behind).is_open);
        venue.choose(Channels::socket_in);
        EXPECT_TRUE(venue.desk.truth(behind).is_open);
    }
}

TEST(Twist, BatchIsHeldAsAWholeAndNothingJoinsIt) {
    Chosen venue;
    const auto held = venue.send_batch(2);
    venue.choose(Channels::socket_in, Twist::Hold);
    EXPECT_EQ(venue.pending(Channels::bump), 2U);
    const auto later_ones = venue.send_batch(2); // at the same moment, under the same number
    EXPECT_EQ(venue.desk.venue.items_in(Channels::socket_in), 2U);
    venue.choose(Channels::socket_in);
    EXPECT_EQ(venue.open_of(later_ones), 3U);
    EXPECT_EQ(venue.open_of(held), 0U);
    venue.choose(Channels::bump);
    EXPECT_EQ(venue.open_of(held), 3U);
}

TEST(Twist, BatchIsNotTornApart) {
    for (const bool first_is : {false, true}) {
        Chosen venue;
        auto one = venue.desk.order(Side::Buy, 100, 10);
        auto two = venue.desk.order(Side::Buy, 99, 10);
        (first_is ? one : two).batch = 7;
        venue.desk.venue.send(one, venue.desk.now);
        venue.desk.venue.send(two, venue.desk.now);
        EXPECT_FALSE(venue.desk.venue.allows(Channels::socket_in, Twist::Swap));
    }
}

TEST(Twist, CancelOvertakesOnlyWhereTheVenueSaysSo) {
    for (const bool may : {false, true}) {
        VenueConfig config = test_config();
        config.traits.cancels_overtake = may;
        Chosen venue{config};
        const ClOrdID id = venue.rest();
        venue.send(Side::Buy, 99, 10);
        venue.desk.venue.send(venue.desk.cancel_of(id), venue.desk.now);
        EXPECT_EQ(venue.desk.venue.allows(Channels::socket_in, Twist::Swap), may);
    }
}

TEST(Twist, StaleReadShowsTheStateBeforeTheLastChange) {
    for (const bool is_stale : {false, true}) {
        Chosen venue;
        const ClOrdID id = venue.rest();
        venue.trade(90, 4);
        venue.desk.venue.send(venue.desk.status_of(id), venue.desk.now);
        ASSERT_TRUE(venue.desk.venue.allows(Channels::rest_in, Twist::Stale));
        venue.choose(Channels::rest_in, is_stale ? Twist::Stale : Twist::None);
        const auto heard = venue.choose(Channels::rest_out);
        ASSERT_FALSE(heard.empty());
        const auto& row = std::get<ExecutionReport>(heard.front());
        EXPECT_EQ(row.cum_qty, is_stale ? Lots{0} : Lots{4});
        // The next read is as fresh as any.
        venue.desk.venue.send(venue.desk.status_of(id), venue.desk.now);
        venue.choose(Channels::rest_in);
        EXPECT_EQ(std::get<ExecutionReport>(venue.choose(Channels::rest_out).front()).cum_qty,
                  Lots{4});
    }
}

// What happens to orders does not move a position: a read of it lags behind the last trade.
TEST(Twist, StaleReadOfPositionsShowsThemBeforeTheLastTrade) {
    Chosen venue;
    venue.rest();
    venue.trade(90, 4);
    venue.rest(99); // changes the orders again
    venue.desk.venue.send(venue.desk.read_of(RequestKind::ReadPositions), venue.desk.now);
    ASSERT_TRUE(venue.desk.venue.allows(Channels::rest_in, Twist::Stale));
    venue.choose(Channels::rest_in, Twist::Stale);
    const auto heard = venue.choose(Channels::rest_out);
    ASSERT_EQ(heard.size(), 1U); // flat: no row
    EXPECT_EQ(std::get<ReadDone>(heard.front()).rows, 0U);
}

TEST(Twist, ReadOfPositionsIsNotStaleWhereNothingHasTraded) {
    Chosen venue;
    venue.rest();
    venue.desk.venue.send(venue.desk.read_of(RequestKind::ReadPositions), venue.desk.now);
    EXPECT_FALSE(venue.desk.venue.allows(Channels::rest_in, Twist::Stale));
}

TEST(Twist, ReadIsNoStalerThanV) {
    Chosen venue;
    const ClOrdID id = venue.rest();
    venue.trade(90, 4);
    venue.desk.now = venue.desk.now + venue.desk.venue.traits().visibility;
    venue.desk.venue.send(venue.desk.status_of(id), venue.desk.now);
    EXPECT_FALSE(venue.desk.venue.allows(Channels::rest_in, Twist::Stale));
}

// --- streams ---

TEST(Twist, StreamMessageIsLostToldTwiceOrAgainMuchLater) {
    Chosen venue;
    venue.rest();
    venue.trade(90, 2);
    EXPECT_EQ(trades_in(venue.choose(fills_stream, Twist::Drop)), 0U);
    EXPECT_EQ(venue.pending(fills_stream), 0U);
    venue.trade(90, 2);
    EXPECT_EQ(trades_in(venue.choose(fills_stream, Twist::Twice)), 2U);
    EXPECT_EQ(venue.pending(fills_stream), 0U);
    venue.trade(90, 2);
    EXPECT_EQ(trades_in(venue.choose(fills_stream, Twist::Again)), 1U);
    EXPECT_EQ(venue.pending(Channels::late), 1U);
    EXPECT_EQ(trades_in(venue.choose(Channels::late)), 1U);
    EXPECT_EQ(venue.pending(Channels::late), 0U);
}

TEST(Twist, NeighboursInAStreamChangePlaces) {
    Chosen venue;
    venue.rest();
    venue.trade(90, 1);
    EXPECT_FALSE(venue.desk.venue.allows(fills_stream, Twist::Swap)) << "it is alone";
    venue.trade(90, 2);
    ASSERT_TRUE(venue.desk.venue.allows(fills_stream, Twist::Swap));
    const auto first = venue.choose(fills_stream, Twist::Swap);
    const auto second = venue.choose(fills_stream);
    EXPECT_EQ(std::get<ExecutionReport>(first.front()).last_qty, Lots{2});
    EXPECT_EQ(std::get<ExecutionReport>(second.front()).last_qty, Lots{1});
}

// What tells of a link is not a fact that could come twice, and nothing comes before it.
TEST(Twist, NothingOvertakesTheWordOfALink) {
    Chosen venue;
    venue.rest();
    venue.trade(90, 1);
    venue.trade(90, 2);
    venue.choose(fills_stream, Twist::Gap);
    ASSERT_EQ(venue.pending(fills_stream), 1U) << "what was under way is lost, and that is told";
    for (const Twist twist : {Twist::Drop, Twist::Twice, Twist::Again, Twist::Swap, Twist::Gap}) {
        EXPECT_FALSE(venue.desk.venue.allows(fills_stream, twist));
    }
    const std::uint32_t line = fills_stream - Channels::first_private;
    EXPECT_EQ(venue.desk.venue.streams_down(), 1U << line);
    venue.choose(fills_stream);
    venue.desk.venue.bring_back(line, venue.at);
    EXPECT_EQ(venue.desk.venue.streams_down(), 0U);
    ASSERT_EQ(venue.pending(fills_stream), 3U) << "it is up, and repeats both";
    venue.trade(90, 1);
    // A message before a link's word does not change places with it.
    Chosen other;
    other.rest();
    other.trade(90, 1);
    other.desk.venue.bring_back(line, other.at);
    ASSERT_GE(other.pending(fills_stream), 2U);
    EXPECT_FALSE(other.desk.venue.allows(fills_stream, Twist::Swap));
}

TEST(Twist, PositionPushIsLostAndNothingElse) {
    Chosen venue;
    venue.rest();
    venue.trade(90, 1);
    venue.trade(90, 1);
    ASSERT_EQ(venue.pending(positions_stream), 2U);
    EXPECT_TRUE(venue.desk.venue.allows(positions_stream, Twist::Drop));
    for (const Twist twist : {Twist::Twice, Twist::Again, Twist::Swap}) {
        EXPECT_FALSE(venue.desk.venue.allows(positions_stream, twist));
    }
}

// --- what an explorer asks ---

TEST(Twist, WhatIsToldNextIsAFactAnEchoOrNeither) {
    using Tells = sim::Venue::Tells;
    Chosen venue;
    const ClOrdID id = venue.send(Side::Buy, 100, 10);
    const auto next = [&](std::uint32_t channel) {
        return venue.desk.venue.told_next(channel).tells;
    };
    EXPECT_EQ(next(Channels::socket_in), Tells::Other) << "a request";
    venue.choose(Channels::socket_in);
    EXPECT_EQ(next(Channels::socket_out), Tells::Fact) << "accepted";
    EXPECT_EQ(next(orders_stream), Tells::Fact) << "new";
    EXPECT_EQ(venue.desk.venue.told_next(orders_stream).about, id);
    EXPECT_EQ(next(fills_stream), Tells::Other) << "empty";
    venue.choose(Channels::socket_out);
    venue.choose(orders_stream);
    venue.trade(90, 1);
    EXPECT_EQ(next(fills_stream), Tells::Fact);
    EXPECT_EQ(next(positions_stream), Tells::Other) << "a state";
    venue.desk.venue.send(venue.desk.cancel_of(id), venue.desk.now);
    venue.choose(Channels::socket_in);
    EXPECT_EQ(next(Channels::socket_out), Tells::Echo) << "an answer to a cancel";
    EXPECT_EQ(venue.desk.venue.told_next(Channels::socket_out).about, id);
}

TEST(VenueDecisionHash, TellsApartWhatTheDeskMayStillHear) {
    Chosen plain;
    plain.rest();
    std::vector<std::uint64_t> seen{plain.hash()};
    const auto expect_other = [&](const Chosen& venue, const char* what) {
        for (const std::uint64_t hash : seen) EXPECT_NE(venue.hash(), hash) << what;
        seen.push_back(venue.hash());
    };
    plain.trade(90, 1);
    expect_other(plain, "a fill");
    plain.choose(fills_stream);
    expect_other(plain, "it is told");
    NewOrderSingle request = plain.desk.order(Side::Buy, 99, 1);
    Chosen other = plain;
    plain.desk.venue.send(request, plain.desk.now);
    expect_other(plain, "a request");
    request.qty = Lots{2};
    other.desk.venue.send(request, other.desk.now);
    expect_other(other, "a larger one");
}

TEST(VenueDecisionHash, TellsApartOrdersThatDoDifferentThings) {
    const auto hash_with = [](auto change) {
        Chosen venue;
        NewOrderSingle request = venue.desk.order(Side::Sell, 120, 10);
        change(request);
        venue.desk.venue.send(request, venue.desk.now);
        venue.choose(Channels::socket_in);
        return venue.hash();
    };
    const std::vector<std::uint64_t> hashes{
        hash_with([](NewOrderSingle&) {}),
        hash_with([](NewOrderSingle& order) { order.post_only = 1; }),
        hash_with([](NewOrderSingle& order) { order.trigger_px = Ticks{90}; }),
        hash_with([](NewOrderSingle& order) { order.trigger_px = Ticks{91}; }),
    };
    for (std::size_t a = 0; a < hashes.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) EXPECT_NE(hashes[a], hashes[b]) << a << " " << b;
    }
}

TEST(VenueDecisionHash, ForgetsNumbersOfRequestsAndWhenAllOfItWas) {
    const auto hash = [](std::uint64_t number, Duration later_by, bool waits) {
        Chosen venue;
        venue.desk.now = venue.desk.now + later_by;
        auto read = venue.desk.read_of(RequestKind::ReadPositions);
        read.request = RequestID{number};
        venue.desk.venue.send(read, venue.desk.now);
        if (waits) venue.waiting = {RequestID{number}};
        return venue.hash();
    };
    EXPECT_EQ(hash(5, seconds(0), true), hash(6, seconds(0), true));
    EXPECT_EQ(hash(5, seconds(0), true), hash(5, seconds(30), true));
    EXPECT_NE(hash(5, seconds(0), true), hash(5, seconds(0), false)) << "nobody takes its answer";
}

// What a read on its way shows depends on what had happened by its moment, not on the moment alone.
TEST(VenueDecisionHash, TellsWhatHadHappenedWhenAReadWasAnswered) {
    const auto hash = [](bool is_filled_before) {
        Chosen venue;
        venue.from.fill(never); // no read of fills will ask for it
        venue.rest();
        if (is_filled_before) venue.trade(90, 100);
        venue.desk.venue.send(venue.desk.read_of(RequestKind::ReadOpenOrders), venue.desk.now);
        if (!is_filled_before) venue.at = venue.at + nanoseconds(1);
        venue.choose(Channels::rest_in);
        if (!is_filled_before) venue.trade(90, 100);
        return venue.hash();
    };
    EXPECT_NE(hash(true), hash(false));
}

TEST(VenueDecisionHash, HasNumbersOfRequestsForWhoMatchesAnswersByThem) {
    const auto hash = [](std::uint64_t number) {
        Chosen venue;
        venue.by_number = true;
        NewOrderSingle request = venue.desk.order(Side::Buy, 90, 1);
        request.request = RequestID{number};
        venue.desk.venue.send(request, venue.desk.now);
        const std::uint64_t under_way = venue.hash();
        venue.choose(Channels::socket_in);
        return std::pair{under_way, venue.hash()};
    };
    EXPECT_NE(hash(5).first, hash(6).first);
    EXPECT_NE(hash(5).second, hash(6).second) << "its answer";
    EXPECT_EQ(hash(5), hash(5));
}

// Two who have asked the same at the same moment: whose answer comes first makes a difference.
TEST(VenueDecisionHash, TellsWhoseReadIsAnswered) {
    const auto hash = [](std::uint64_t first, std::uint64_t second) {
        Chosen venue;
        for (const std::uint64_t number : {first, second}) {
            auto read = venue.desk.read_of(RequestKind::ReadPositions);
            read.request = RequestID{number};
            venue.desk.venue.send(read, venue.desk.now);
        }
        venue.waiting = {RequestID{5}, RequestID{6}};
        return venue.hash();
    };
    EXPECT_NE(hash(5, 6), hash(6, 5));
}

// How long ago an order came to be matters as long as a read may show the time before it.
TEST(VenueDecisionHash, LooksBackAsFarAsReadsDo) {
    Chosen venue;
    venue.rest();
    const auto after = [&](Duration passed, bool may_look_back) {
        Chosen copy = venue;
        copy.desk.now = copy.desk.now + passed;
        return copy.hash(may_look_back);
    };
    const Duration v = venue.desk.venue.traits().visibility;
    EXPECT_NE(after(Duration{0}, true), after(v / 2, true));
    EXPECT_EQ(after(v * 2, true), after(v * 40, true));
    EXPECT_EQ(after(Duration{0}, false), after(v * 40, false));
}

// A crash takes back what has not left: of this life, and from some request on.
TEST(VenueTakesBack, WhatTheDeskHasSentSinceItConnected) {
    Chosen venue;
    const auto send = [&](std::uint64_t number, std::uint32_t batch) {
        auto request = venue.desk.order(Side::Buy, 90, 1);
        request.request = RequestID{number};
        request.batch = batch;
        venue.desk.venue.send(request, venue.desk.now);
    };
    const auto from = [&](std::uint64_t number) {
        std::vector<RequestID> out;
        venue.desk.venue.add_requests_from(RequestID{number}, out);
        return out;
    };
    const std::uint32_t in = Channels::socket_in;
    send(1'007, 0);
    venue.desk.venue.disconnect(venue.desk.now);
    venue.desk.venue.connect(venue.desk.now);
    send(1'005, 0); // the record of the life before had lost two of its requests
    send(1'006, 3);
    send(1'007, 3);
    send(1'008, 0);
    EXPECT_EQ(from(1'006), (std::vector{RequestID{1'006}, RequestID{1'008}}));
    venue.desk.venue.take_back_from(RequestID{1'008});
    EXPECT_EQ(from(1'005), (std::vector{RequestID{1'005}, RequestID{1'006}}));
    EXPECT_EQ(venue.desk.venue.pending(in), 4U);
    venue.desk.venue.take_back_from(RequestID{1'006});
    EXPECT_EQ(venue.desk.venue.pending(in), 2U) << "one of them is the older life's";
    // A batch is one request, though others were numbered between its items.
    send(1'010, 4);
    send(1'012, 4);
    send(1'011, 0);
    venue.desk.venue.take_back_from(RequestID{1'011});
    EXPECT_EQ(venue.desk.venue.pending(in), 4U) << "the whole batch stays";
    venue.desk.venue.take_back_from(RequestID{1'010});
    EXPECT_EQ(venue.desk.venue.pending(in), 2U);
    // Nothing joins a batch that has never left.
    send(1'006, 3);
    EXPECT_EQ(from(1'005), (std::vector{RequestID{1'005}, RequestID{1'006}}));
}

// What stays is due when it was.
TEST(VenueTakesBack, NothingOfWhatStays) {
    Chosen venue;
    Venue& it = venue.desk.venue;
    auto request = venue.desk.order(Side::Buy, 90, 1);
    request.request = RequestID{1'005};
    it.send(request, venue.desk.now);
    const Timestamp due = it.oldest_message();
    request.request = RequestID{1'006};
    it.send(request, venue.desk.now + seconds(1));
    it.take_back_from(RequestID{1'006});
    EXPECT_EQ(it.pending(Channels::socket_in), 1U);
    EXPECT_EQ(it.oldest_message(), due);
}

// What a process that sleeps still has in its hands leaves when it wakes, or never.
TEST(VenueOfASleeper, HasWhatLeavesWhenItWakes) {
    Chosen venue;
    Venue& it = venue.desk.venue;
    const Timestamp now = venue.desk.now;
    const auto send = [&](std::uint64_t number, Duration validity, std::uint32_t batch) {
        auto request = venue.desk.order(Side::Buy, 90, 1);
        request.request = RequestID{number};
        request.valid_until = now + validity;
        request.batch = batch;
        it.send(request, now);
    };
    send(1'005, seconds(2), 0);
    send(1'006, seconds(1), 0);
    send(1'007, seconds(3), 2);
    send(1'008, seconds(3), 2);
    const std::uint64_t all_under_way = venue.hash(false);
    it.put_to_sleep_from(RequestID{1'006});
    EXPECT_NE(venue.hash(false), all_under_way);
    EXPECT_EQ(it.pending(Channels::socket_in), 1U);
    EXPECT_EQ(it.asleep_count(), 3U);
    const Timestamp later = now + seconds(2);
    const auto may_leave = [&](Timestamp valid_until) { return valid_until > later; };
    EXPECT_EQ(it.would_wake(may_leave), 2U);
    EXPECT_EQ(it.asleep_count(), 3U);
    EXPECT_EQ(it.wake_up(later, may_leave), 2U);
    EXPECT_EQ(it.asleep_count(), 0U);
    EXPECT_EQ(it.pending(Channels::socket_in), 3U) << "one was not valid any more";
    venue.choose(Channels::socket_in);
    EXPECT_EQ(it.items_in(Channels::socket_in), 2U) << "a batch is one still";
}

// A fill that no read asks for any more, and no read can miss, is history.
TEST(VenueDecisionHash, ForgetsFillsBeforeEveryRead) {
    Chosen venue;
    venue.rest();
    venue.trade(90, 10);
    const auto hash = [&](Timestamp from, Duration passed) {
        Chosen copy = venue;
        copy.desk.now = copy.desk.now + passed;
        const std::array<Timestamp, 4> all{from, from, from, from};
        return copy.desk.venue.decision_hash({.now = copy.desk.now, .from = all, .waiting = {}});
    };
    const Timestamp past = venue.desk.now + seconds(1);
    EXPECT_NE(hash(Timestamp{}, Duration{0}), hash(past, Duration{0}));
    EXPECT_NE(hash(Timestamp{}, Duration{0}), hash(Timestamp{}, seconds(1)));
    // (Position pushes under way have an age, and are heard first; and so have reports of trades,
    // up to where that is evidence no more.)
    venue.choose(positions_stream);
    EXPECT_NE(hash(past, seconds(2)), hash(past, seconds(20)));
    EXPECT_EQ(hash(past, seconds(20)), hash(past, seconds(90)));
}

// Of two orders that end, either may be first, and is told first.
TEST(VenueDecisionHash, SaysWhatAMessageTells) {
    const auto ended = [](std::size_t first) {
        Chosen venue;
        const std::array orders{venue.send(Side::Buy, 90, 1), venue.send(Side::Buy, 90, 1)};
        for (int n = 0; n < 2; ++n) venue.choose(Channels::socket_in);
        for (const std::size_t which : {first, 1 - first}) {
            OrderCancelRequest cancel = venue.desk.cancel_of(orders[which]);
            cancel.request = RequestID{77};
            venue.desk.venue.send(cancel, venue.desk.now);
            venue.choose(Channels::socket_in);
        }
        while (venue.pending(Channels::socket_out) > 0) venue.choose(Channels::socket_out);
        return venue.hash(false);
    };
    EXPECT_NE(ended(0), ended(1));
}

} // namespace
} // namespace keel::sim
