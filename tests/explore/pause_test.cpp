#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "explore/words.hpp"
#include "tests/explore/small_scenario.hpp"

// A process that sleeps between deciding and sending, the second instance that takes its place, and
// the old owner when it wakes.

namespace keel::explore {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::shared_ptr<Scenario> sleepy(const core::Sabotage& sabotage = {}) {
    auto scenario = small_scenario({.prints = 0,
                                    .sabotage = sabotage,
                                    .faults = bit(sim::FaultKind::Paused),
                                    .lease = seconds(2)});
    scenario->deeds_within = seconds(60);
    return scenario;
}
core::Sabotage careless() {
    core::Sabotage out;
    out.leaves_late = true;
    return out;
}

std::vector<std::string> enabled(const World& world, std::uint32_t faults = 1) {
    std::vector<Choice> all;
    world.enabled(faults, all);
    std::vector<std::string> out;
    for (const Choice& one : all) out.push_back(words(world, one));
    return out;
}

void make(World& world, const std::string& line) {
    std::vector<Choice> all;
    world.enabled(1, all);
    for (const Choice& one : all) {
        if (words(world, one) == line) return world.apply(one);
    }
    FAIL() << line << " cannot happen";
}

// What arrives at once has arrived, and it can happen.
void make_in_turn(World& world, const std::string& line) {
    std::vector<Choice> all;
    for (int n = 0; n < 30; ++n) {
        const std::vector<std::string> now = enabled(world, 0);
        if (std::ranges::find(now, line) != now.end()) break;
        world.enabled(0, all);
        world.apply(all.front());
    }
    make(world, line);
}

// Its quote rests, and has to go: it asks by socket and by REST.
void cancel_the_quote(World& world) {
    make(world, "maker socket-in: new order 7-1-1");
    make(world, "maker orders: new 7-1-1");
    make(world, "hedge quotes");
    make(world, "hedge market: book BTC-H");
    ASSERT_EQ(world.just_sent(), 2U);
}

std::uint32_t on_their_way(const World& world) {
    const sim::Venue& maker = world.venue(0);
    return maker.pending(sim::Channels::socket_in) + maker.pending(sim::Channels::rest_in);
}

// What is left to happen happens, the first thing first.
void settle(World& world) {
    std::vector<Choice> all;
    for (int n = 0; n < 300 && !world.is_terminal(); ++n) {
        world.enabled(0, all);
        ASSERT_FALSE(all.empty());
        world.apply(all.front());
        ASSERT_EQ(world.broken_rule(), Rule::None);
    }
    EXPECT_TRUE(world.is_terminal());
}

TEST(Pause, ComesBeforeEachRequestThatHasNotLeft) {
    World world{sleepy()};
    cancel_the_quote(world);
    EXPECT_THAT(enabled(world), Contains("sleeps, 1 of 2 requests sent"));
    EXPECT_THAT(enabled(world), Contains("sleeps, 0 of 2 requests sent"));
    EXPECT_THAT(enabled(world, 0), Not(Contains(StartsWith("sleeps"))));
    const World::Mark before = world.mark();
    const std::uint64_t hash = world.hash(1);
    make(world, "sleeps, 1 of 2 requests sent");
    EXPECT_EQ(on_their_way(world), 1U);
    world.back_to(before);
    EXPECT_EQ(world.hash(1), hash);
    EXPECT_EQ(on_their_way(world), 2U);
    make(world, "maker socket-in: cancel 7-1-1");
    EXPECT_THAT(enabled(world), Not(Contains(StartsWith("sleeps")))) << "it has gone on";
}

TEST(Pause, NeedsALeaseThatEndsMeanwhile) {
    World world{small_scenario({.faults = all_faults})};
    EXPECT_THAT(enabled(world), Contains(StartsWith("crash, 0 of 1 request sent")));
    EXPECT_THAT(enabled(world), Not(Contains(StartsWith("sleeps"))));
}

// The market goes on, and so does what has left it.
TEST(Pause, HearsNothing) {
    World world{sleepy()};
    cancel_the_quote(world);
    make(world, "sleeps, 1 of 2 requests sent");
    make(world, "maker socket-in: cancel 7-1-1");
    EXPECT_FALSE(world.venue(0).order(0).is_open);
    EXPECT_GT(world.venue(0).pending(sim::Channels::socket_out), 0U);
    EXPECT_THAT(enabled(world), ElementsAre("hedge quotes", "lease ends", "wakes"));
}

TEST(Pause, ThatIsShortSendsLate) {
    World world{sleepy()};
    cancel_the_quote(world);
    make(world, "sleeps, 0 of 2 requests sent");
    EXPECT_EQ(on_their_way(world), 0U);
    make(world, "wakes");
    EXPECT_EQ(on_their_way(world), 2U);
    EXPECT_FALSE(world.was_lease_outlived());
    settle(world);
    EXPECT_EQ(world.desk()->engine().desk().epoch, 1U);
}

// It knows from the record what the other had decided, and asks what became of it.
TEST(SecondInstance, TakesOverOnceTheLeaseHasEnded) {
    World world{sleepy()};
    cancel_the_quote(world);
    make(world, "sleeps, 0 of 2 requests sent");
    EXPECT_THAT(enabled(world), Not(Contains("taken over by a second instance")));
    make(world, "lease ends");
    EXPECT_THAT(enabled(world), ElementsAre("hedge quotes", "taken over by a second instance"))
        << "who slept so long does not go on where it was";
    make(world, "taken over by a second instance");
    EXPECT_EQ(world.desk()->engine().desk().epoch, 2U);
    const core::Order* order = world.desk()->engine().recall_order(ClOrdID::make(7, 1, 1));
    ASSERT_NE(order, nullptr);
    EXPECT_NE(order->flags & core::order_flag::want_gone, 0);
    EXPECT_THAT(enabled(world), Not(Contains("the old owner wakes"))) << "nothing would leave it";
    settle(world);
    EXPECT_EQ(world.venue(0).open_order_count(), 0U);
}

// The first one lives, and cannot renew: it may be cut off from the arbiter alone.
TEST(SecondInstance, TakesOverFromOneThatIsAwake) {
    auto scenario = sleepy();
    scenario->faults = bit(sim::FaultKind::LeaseLost);
    World world{scenario};
    make(world, "maker socket-in: new order 7-1-1");
    make(world, "lease lost");
    make_in_turn(world, "lease ends");
    make(world, "taken over by a second instance");
    EXPECT_EQ(world.desk()->engine().desk().epoch, 2U);
    EXPECT_TRUE(world.is_alive());
    settle(world);
}

// A request of this life that overtakes one of a life before is in time by this life's lease.
TEST(SecondLife, IsHeldToItsOwnLease) {
    auto scenario = sleepy();
    scenario->faults = bit(sim::FaultKind::Crash) | bit(sim::FaultKind::Overtaken);
    scenario->at_once = false;
    scenario->lease = seconds(1);
    scenario->lease_renewed_every = milliseconds(900);
    scenario->overtakings_max = 9;
    World world{scenario};
    make(world, "maker socket-in: new order 7-1-1");
    make(world, "hedge quotes");
    make(world, "hedge market: book BTC-H");
    make(world, "crash");
    make(world, "restart");
    make(world, "wake"); // beyond the end of the lease before this one
    const std::vector<std::string> now = enabled(world);
    const auto overtakes = std::ranges::find_if(now, [](const std::string& line) {
        return line.starts_with("maker socket-in: cancel 7-1-1, overtaken by cancel");
    });
    ASSERT_NE(overtakes, now.end()) << testing::PrintToString(now);
    make(world, *overtakes);
    EXPECT_EQ(world.broken_rule(), Rule::None);
}

TEST(OldOwner, SendsNothingWhenItWakesTooLate) {
    Bounds bounds;
    bounds.max_faults = 1;
    EXPECT_THAT(random(World{sleepy()}, bounds, 1, 2'000).findings, IsEmpty());
}

TEST(NothingSentWithoutLease, FiresWhereTheOldOwnerSendsWhatItHeld) {
    World world{sleepy(careless())};
    cancel_the_quote(world);
    make(world, "sleeps, 0 of 2 requests sent");
    make(world, "lease ends");
    make(world, "taken over by a second instance");
    EXPECT_EQ(world.broken_rule(), Rule::None);
    make_in_turn(world, "the old owner wakes");
    EXPECT_EQ(on_their_way(world), 2U);
    EXPECT_EQ(world.broken_rule(), Rule::NothingSentWithoutLease);

    Bounds bounds;
    bounds.max_faults = 1;
    const SearchResult result = random(World{sleepy(careless())}, bounds, 1, 2'000);
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings.front().rule, Rule::NothingSentWithoutLease);
}

} // namespace
} // namespace keel::explore
