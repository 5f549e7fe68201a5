#pragma once

#include <algorithm>
#include <cstdint>

#include "tests/core/echo_venues.hpp"

// A session that a crash ends at some step, and what must be true of the lives after it.

namespace keel::core::script {

constexpr Duration before_crash = seconds(8);
constexpr Duration life_after = seconds(8);

inline Session session_of(std::uint64_t seed, EchoFaults faults = {}) {
    return Session{hedged_maker(), seed, faults};
}

// Runs until `events` were told, or for `before_crash`.
inline void run_until(Session& s, std::size_t events) {
    s.boot(false);
    const Timestamp until = s.now + before_crash;
    while (s.now < until && s.record.size() < events) s.run(milliseconds(1));
}

inline std::int64_t worst_net(const Session& s) {
    std::int64_t net = 0;
    std::int64_t worst = 0;
    for (const ExecutionReport& r : s.venues.fills()) {
        net += signed_lots(r.side, r.last_qty).value();
        worst = std::max(worst, std::abs(net));
    }
    return worst;
}

// What must be true after any crash, as the venues see it.
inline void expect_good_end(Session& s, Timestamp booted, std::size_t left_before) {
    const auto done = [&] { return s.desk.engine().desk().recovery == Recovery::Done; };
    for (int n = 0; n < 200 && !done(); ++n) s.run(milliseconds(100));
    ASSERT_TRUE(done()) << "no wedge";
    const VenueTraits& venue = s.config().engine.venues[0];
    const Timestamp fence = booted + venue.validity + venue.clock_error + venue.visibility;
    for (std::size_t n = left_before; n < s.left.size(); ++n) {
        const auto& [at, command] = s.left[n];
        const bool is_order = std::holds_alternative<NewOrderSingle>(command);
        const bool is_read = std::holds_alternative<ReadRequest>(command);
        ASSERT_FALSE((is_order || is_read) && at < fence)
            << "sent " << in_milliseconds(at - booted) << " ms after the boot";
    }
    s.run(life_after);
    s.trades = false;
    s.wind_down();
    for (int n = 0; n < 60 && !s.desk.is_settled(); ++n) s.run(seconds(1));
    ASSERT_TRUE(s.desk.is_settled());
    EXPECT_EQ(s.ids_used_twice, 0U);
    EXPECT_EQ(s.venues.open_orders(), 0U);
    for (const InstrumentIx i : {maker, hedge}) {
        const Position& p = s.desk.engine().position(i);
        EXPECT_EQ(p.filled, s.venues.position(i)) << "every fill is booked once";
        EXPECT_EQ(p.adjusted, Lots{0});
        EXPECT_EQ(s.venues.position(i), Lots{0}) << "unwound";
    }
    EXPECT_LE(worst_net(s), 10) << "exposure";
    EXPECT_EQ(s.desk.engine().stats().foreign_fills, 0U);
    EXPECT_EQ(s.desk.engine().stats().adoptions, 0U);
}

inline std::size_t events_in_a_session(std::uint64_t seed, EchoFaults faults = {}) {
    Session s = session_of(seed, faults);
    run_until(s, SIZE_MAX);
    return s.record.size();
}

inline void crash_everywhere(std::uint64_t seed, std::size_t stride, std::size_t lost_max,
                             EchoFaults faults = {}) {
    const std::size_t events = events_in_a_session(seed, faults);
    ASSERT_GT(events, 100U);
    for (std::size_t at = 1; at < events; at += stride) {
        for (const std::size_t lost : {std::size_t{0}, std::size_t{1}, std::size_t{4}, lost_max}) {
            SCOPED_TRACE(fmt::format("seed {}, crash after {} events, {} lost", seed, at, lost));
            Session s = session_of(seed, faults);
            run_until(s, at);
            const std::size_t left = s.left.size();
            s.crash(std::min(lost, s.record.size()), milliseconds(250));
            expect_good_end(s, s.now, left);
            if (testing::Test::HasFailure()) return;
        }
    }
}

} // namespace keel::core::script
