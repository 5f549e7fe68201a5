#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "model/bytes.hpp"
#include "tests/sim/venue_harness.hpp"

// A venue is a value: same seed, same history; a copy goes on alike; undo leads back.

namespace keel::sim {
namespace {

// One random step of a desk, its market and its clock.
void random_step(Desk& desk, Rng& rng) {
    const InstrumentIx instrument = rng.below(2) == 0 ? btc : eth;
    const auto choice = rng.below(12);
    const std::int64_t px = rng.between(95, 115);
    const std::int64_t qty = rng.between(1, 20);
    const Side side = rng.below(2) == 0 ? Side::Buy : Side::Sell;
    const auto some_id = [&] {
        return ClOrdID::make(1, 1, 1 + static_cast<std::uint32_t>(rng.below(desk.orders + 1)));
    };
    switch (choice) {
    case 0:
    case 1:
    case 2: {
        auto request = desk.order(side, px, qty);
        request.instrument = instrument;
        request.post_only = rng.below(3) == 0 ? 1 : 0;
        if (request.post_only == 0 && rng.below(2) == 0) request.tif = TimeInForce::Ioc;
        request.reduce_only = rng.below(4) == 0 ? 1 : 0;
        request.batch = static_cast<std::uint32_t>(rng.below(3));
        desk.venue.send(request, desk.now);
        break;
    }
    case 3: {
        auto request = desk.cancel_of(some_id());
        request.transport = rng.below(2) == 0 ? Transport::Socket : Transport::Rest;
        request.instrument = instrument;
        desk.venue.send(request, desk.now);
        break;
    }
    case 4: desk.venue.send(desk.amend_of(some_id(), px, qty), desk.now); break;
    case 5: {
        const auto kind = static_cast<RequestKind>(
            static_cast<std::uint64_t>(RequestKind::ReadOpenOrders) + rng.below(4));
        desk.venue.send(desk.read_of(kind), desk.now);
        break;
    }
    case 6: desk.venue.send(desk.status_of(some_id()), desk.now); break;
    case 7: desk.print(instrument, side, px, qty); break;
    case 8:
        if (rng.below(10) == 0) {
            desk.venue.disconnect(desk.now);
        } else {
            desk.venue.connect(desk.now);
        }
        break;
    case 9: {
        OrderMassCancelRequest all;
        all.request = RequestID{++desk.requests};
        all.account = account_0;
        if (rng.below(10) == 0) desk.venue.send(all, desk.now);
        break;
    }
    default: {
        const std::int64_t width = rng.between(1, 8);
        const std::int64_t bid_qty = rng.between(0, 40);
        desk.quote(instrument, px, bid_qty, px + width, rng.between(0, 40));
        break;
    }
    }
    desk.run(microseconds(rng.between(0, 20'000)));
}

VenueConfig config_of(std::uint64_t seed) {
    VenueConfig config = test_config();
    config.socket_request = {milliseconds(5), milliseconds(10)};
    config.rest_request = {milliseconds(50), milliseconds(100)};
    config.order_stream = {milliseconds(5), milliseconds(15)};
    config.fill_stream = {milliseconds(5), milliseconds(15)};
    config.read_lag = {milliseconds(100), milliseconds(500)};
    config.history_max = 64;
    config.orders_max = 24;
    config.messages_max = 200;
    config.traits.requests_per_second = 30;
    config.traits.amend_keeps_order_id = seed % 2 == 0;
    config.traits.amend_qty = static_cast<AmendQty>(seed % 3);
    config.traits.reduce_only_at_match = seed % 5 != 0;
    config.taker_delay = seed % 4 == 0 ? milliseconds(200) : Duration{};
    if (seed % 3 != 0) {
        config.instruments[0].funding = {
            .every = seconds(1), .mean = Bps{20}, .spread = Bps{5'000}, .half_life = seconds(10)};
    }
    return config;
}

const char* profile_of(std::uint64_t seed) {
    constexpr const char* names[] = {"calm", "rough", "harsh", "beyond"};
    return names[seed % 4];
}

std::vector<std::byte> bytes_of(const std::vector<Desk::Heard>& heard) {
    std::vector<std::byte> out;
    std::uint64_t seq = 0;
    for (const auto& one : heard) append_frame(out, Event{++seq, one.at, one.body});
    return out;
}

TEST(VenueValue, TheSameSeedIsTheSameHistoryAndAnotherIsAnother) {
    std::uint64_t previous = 0;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        Desk first{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Desk second{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Rng rng_1{seed};
        Rng rng_2{seed};
        for (int i = 0; i < 500; ++i) {
            random_step(first, rng_1);
            random_step(second, rng_2);
            ASSERT_EQ(first.venue.state_hash(), second.venue.state_hash());
        }
        EXPECT_EQ(bytes_of(first.heard), bytes_of(second.heard));
        EXPECT_NE(first.venue.state_hash(), previous);
        previous = first.venue.state_hash();
    }
    Desk a{test_config(), *fault_profile("harsh"), 1};
    Desk b{test_config(), *fault_profile("harsh"), 2};
    EXPECT_NE(a.venue.state_hash(), b.venue.state_hash());
}

TEST(VenueValue, TheKeptHashIsTheHashOfTheBytes) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Desk desk{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Rng rng{seed};
        for (int i = 0; i < 300; ++i) random_step(desk, rng);
        EXPECT_EQ(desk.venue.store().hash(), desk.venue.store().hash_from_scratch());
    }
}

TEST(VenueValue, AHashThatIsNotKeptIsTheSame) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        Desk kept{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Desk asked{config_of(seed), *fault_profile(profile_of(seed)), seed};
        asked.venue.store().keep_hash(false);
        Rng rng_1{seed};
        Rng rng_2{seed};
        for (int i = 0; i < 200; ++i) {
            random_step(kept, rng_1);
            random_step(asked, rng_2);
            ASSERT_EQ(kept.venue.state_hash(), asked.venue.state_hash());
            if (i == 150) asked.venue.store().keep_hash(true); // from here on it is kept again
        }
    }
}

TEST(VenueValue, ACopyGoesOnAlikeAndAlone) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Desk desk{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Rng rng{seed};
        for (int i = 0; i < 300; ++i) random_step(desk, rng);
        desk.heard.clear();
        Desk copy = desk;
        const std::uint64_t before = copy.venue.state_hash();
        Rng copy_rng = rng;
        for (int i = 0; i < 300; ++i) random_step(desk, rng);
        EXPECT_EQ(copy.venue.state_hash(), before);
        for (int i = 0; i < 300; ++i) random_step(copy, copy_rng);
        EXPECT_EQ(copy.venue.state_hash(), desk.venue.state_hash());
        EXPECT_EQ(bytes_of(copy.heard), bytes_of(desk.heard));
    }
}

TEST(VenueValue, UndoLeadsBackAndTheSameStepsLeadForthAgain) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Desk desk{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Rng rng{seed};
        for (int i = 0; i < 200; ++i) random_step(desk, rng);
        desk.venue.store().set_undo(true);
        for (int round = 0; round < 10; ++round) {
            const std::size_t mark = desk.venue.store().undo_mark();
            const std::uint64_t before = desk.venue.state_hash();
            const Timestamp now = desk.now;
            const std::uint64_t requests = desk.requests;
            const std::uint32_t orders = desk.orders;
            const std::uint32_t amends = desk.amends;
            Rng first = rng;
            desk.heard.clear();
            for (int i = 0; i < 40; ++i) random_step(desk, first);
            const auto heard = bytes_of(desk.heard);
            const std::uint64_t after = desk.venue.state_hash();
            desk.venue.store().undo_to(mark);
            ASSERT_EQ(desk.venue.state_hash(), before);
            desk.now = now;
            desk.requests = requests;
            desk.orders = orders;
            desk.amends = amends;
            desk.heard.clear();
            for (int i = 0; i < 40; ++i) random_step(desk, rng);
            ASSERT_EQ(desk.venue.state_hash(), after);
            ASSERT_EQ(bytes_of(desk.heard), heard);
        }
    }
}

TEST(VenueValue, NothingHappensBeforeItIsDue) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        Desk desk{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Rng rng{seed};
        for (int i = 0; i < 300; ++i) {
            random_step(desk, rng);
            const std::uint64_t before = desk.venue.state_hash();
            std::vector<EventBody> out;
            desk.venue.advance(desk.venue.next_at() - nanoseconds(1), out);
            ASSERT_TRUE(out.empty());
            ASSERT_EQ(desk.venue.state_hash(), before);
        }
    }
}

// The explorer's way: the head of any channel may be next, whatever its time says.
TEST(VenueValue, AnyChannelMayBeNext) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Desk desk{config_of(seed), no_faults(), seed};
        Rng rng{seed};
        std::vector<EventBody> out;
        std::size_t delivered = 0;
        for (int i = 0; i < 4'000; ++i) {
            const auto channel = static_cast<std::uint32_t>(rng.below(desk.venue.channel_count()));
            if (rng.below(4) == 0) {
                const Side side = rng.below(2) == 0 ? Side::Buy : Side::Sell;
                desk.venue.send(desk.order(side, rng.between(95, 105), 2), desk.now);
            } else if (rng.below(4) == 0) {
                desk.quote(btc, 99, 5, 101, 5);
            } else if (desk.venue.pending(channel) > 0) {
                out.clear();
                const std::uint32_t before = desk.venue.pending(channel);
                desk.venue.deliver(channel, desk.now, out);
                ASSERT_LT(desk.venue.pending(channel), before);
                delivered += out.size();
            }
        }
        EXPECT_GT(delivered, 200U);
    }
}

// Full queues lose messages; they do not stop the venue.
TEST(VenueValue, TooManyMessagesAreLostNotFatal) {
    VenueConfig config = test_config();
    config.messages_max = 4;
    Desk desk{config};
    desk.settle();
    for (int i = 0; i < 50; ++i) {
        desk.venue.send(desk.order(Side::Buy, 100, 1), desk.now);
        desk.venue.send(desk.read_of(RequestKind::ReadOpenOrders), desk.now);
    }
    desk.settle();
    EXPECT_GT(desk.venue.open_order_count(), 0U);
    EXPECT_LT(desk.venue.open_order_count(), 50U);
}

// The table's own books agree with themselves after anything.
TEST(VenueValue, PositionsAndOpenOrdersAddUp) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Desk desk{config_of(seed), *fault_profile(profile_of(seed)), seed};
        Rng rng{seed};
        std::int64_t held = 0;
        for (int i = 0; i < 600; ++i) {
            random_step(desk, rng);
            for (const TrueFill& fill : desk.venue.new_fills()) {
                if (fill.instrument == btc) held += signed_lots(fill.side, fill.qty).value();
                ASSERT_LE(fill.at, desk.now);
            }
            desk.venue.clear_new_fills();
            std::uint32_t open = 0;
            desk.venue.for_each_order([&](const TrueOrder& order) {
                if (order.is_open) ++open;
                ASSERT_LE(order.cum_qty, order.qty);
            });
            ASSERT_EQ(desk.position(), held);
            ASSERT_EQ(desk.venue.open_order_count(), open);
        }
    }
}

} // namespace
} // namespace keel::sim
