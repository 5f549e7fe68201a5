#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "explore/words.hpp"
#include "tests/explore/small_scenario.hpp"

// The lease of the desk, where it may be lost: what its arbiter may do, and the rule that it is
// about.

namespace keel::explore {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

constexpr Choice lost{Choice::Kind::Lease, 0, static_cast<std::uint8_t>(LeaseTurn::Lost)};
constexpr Choice ends{Choice::Kind::Lease, 0, static_cast<std::uint8_t>(LeaseTurn::Ends)};
constexpr Choice renewed{Choice::Kind::Lease, 0, static_cast<std::uint8_t>(LeaseTurn::Renewed)};
constexpr Choice anew{Choice::Kind::Lease, 0, static_cast<std::uint8_t>(LeaseTurn::Anew)};
constexpr Choice wake{Choice::Kind::Wake};

std::shared_ptr<Scenario> leased(const core::Sabotage& sabotage = {}) {
    auto scenario =
        small_scenario({.prints = 0,
                        .sabotage = sabotage,
                        .faults = bit(sim::FaultKind::LeaseLost) | bit(sim::FaultKind::Overtaken),
                        .lease = seconds(2)});
    scenario->deeds_within = seconds(60);
    return scenario;
}

core::Sabotage sends_without_lease() {
    core::Sabotage out;
    out.guards_off = std::uint64_t{1} << static_cast<unsigned>(core::Guard::Lease);
    return out;
}

std::vector<Choice> enabled(const World& world, std::uint32_t faults = 1) {
    std::vector<Choice> out;
    world.enabled(faults, out);
    return out;
}

void make(World& world, const Choice& choice) {
    ASSERT_THAT(enabled(world), Contains(choice)) << words(world, choice);
    world.apply(choice);
}

// What arrives at once has arrived, and it can happen.
void make_in_turn(World& world, const Choice& choice) {
    std::vector<Choice> now = enabled(world, 0);
    for (int n = 0; n < 30 && std::ranges::find(now, choice) == now.end(); ++n) {
        world.apply(now.front());
        now = enabled(world, 0);
    }
    make(world, choice);
}

// The quote rests, nothing is under way, and the lease is not renewed any more.
void lose_with_a_quote(World& world) {
    for (int n = 0; n < 3; ++n) world.apply(enabled(world, 0).front());
    ASSERT_EQ(world.venue(0).open_order_count(), 1U);
    make(world, lost);
}

bool can_send(const World& world) {
    const std::uint64_t held_back = world.desk()->engine().guards_on(InstrumentIx{0});
    return (held_back >> static_cast<unsigned>(core::Guard::Lease) & 1U) == 0;
}

// What makes it take its quote back.
void tell_of_a_quote(World& world) {
    make(world, {Choice::Kind::NextDeed, 0, 1});
    make(world, {Choice::Kind::Deliver, 1, sim::Channels::market});
}

TEST(Lease, IsNotLostWhereItNeverEnds) {
    World world{small_scenario({.faults = all_faults})};
    for (int n = 0; n < 3; ++n) world.apply(enabled(world, 0).front());
    for (const Choice& one : enabled(world)) EXPECT_NE(one.kind, Choice::Kind::Lease);
}

TEST(Lease, IsRenewedInTimeUnlessItIsLost) {
    World world{leased()};
    for (int n = 0; n < 3; ++n) world.apply(enabled(world, 0).front());
    const Timestamp before = world.now();
    make(world, wake); // far later than the lease would last
    EXPECT_GT(world.now(), before + seconds(2));
    EXPECT_TRUE(can_send(world));
    EXPECT_FALSE(world.sent().empty());
    EXPECT_THAT(enabled(world, 0), Not(Contains(lost))) << "it is a fault";
}

TEST(Lease, EndsBeforeTimersThatAreLater) {
    World world{leased()};
    lose_with_a_quote(world);
    const Timestamp timer = world.subject().wake_at();
    EXPECT_THAT(enabled(world), Not(Contains(wake)));
    make(world, ends);
    EXPECT_LT(world.now(), timer);
    EXPECT_THAT(world.sent(), IsEmpty());
    EXPECT_THAT(enabled(world), Not(Contains(ends)));
}

TEST(Lease, ThatHasEndedSendsNothingUntilItIsRenewed) {
    World world{leased()};
    lose_with_a_quote(world);
    make(world, ends);
    tell_of_a_quote(world);
    EXPECT_THAT(world.sent(), IsEmpty());
    EXPECT_EQ(world.venue(0).open_order_count(), 1U);
    make(world, renewed);
    EXPECT_EQ(world.desk()->engine().desk().epoch, 1U);
    EXPECT_TRUE(can_send(world));
    for (int n = 0; n < 40 && world.venue(0).open_order_count() != 0; ++n) {
        world.apply(enabled(world, 0).front());
    }
    EXPECT_EQ(world.venue(0).order(0).is_open, false) << "it asks for the cancel once more";
}

TEST(Lease, GrantedAnewIsAnotherEpochThatRecovers) {
    World world{leased()};
    lose_with_a_quote(world);
    EXPECT_THAT(enabled(world), Not(Contains(anew))) << "it has not ended";
    make(world, ends);
    make(world, anew);
    const core::Engine& engine = world.desk()->engine();
    EXPECT_EQ(engine.desk().epoch, 2U);
    EXPECT_NE(engine.desk().recovery, core::Recovery::Done);
    EXPECT_FALSE(world.sent().empty()) << "it cancels at once";
    for (int n = 0; n < 100 && engine.desk().recovery != core::Recovery::Done; ++n) {
        world.apply(enabled(world, 0).front());
    }
    EXPECT_EQ(engine.desk().recovery, core::Recovery::Done);
}

TEST(Lease, MayComeBackBeforeItEnds) {
    World world{leased()};
    world.apply(lost);
    EXPECT_THAT(enabled(world, 0), Not(Contains(renewed))) << "none was due";
    for (int n = 0; n < 20 && world.elapsed() < seconds(1); ++n) {
        const auto now = enabled(world, 0);
        world.apply(std::ranges::find(now, wake) == now.end() ? now.front() : wake);
    }
    ASSERT_LT(world.elapsed(), seconds(2));
    const std::uint64_t without = world.hash(0);
    make_in_turn(world, renewed);
    EXPECT_TRUE(can_send(world));
    EXPECT_LT(world.elapsed(), seconds(2));
    EXPECT_NE(world.hash(0), without);
}

// A life that comes while the lease is lost has none to begin with.
TEST(Lease, IsNotGivenToANewLifeWhileItIsLost) {
    auto scenario = leased();
    scenario->faults |= bit(sim::FaultKind::Crash);
    World world{scenario};
    lose_with_a_quote(world);
    make(world, {Choice::Kind::Crash});
    make(world, {Choice::Kind::Restart});
    EXPECT_FALSE(can_send(world));
    EXPECT_THAT(world.sent(), IsEmpty());
    make_in_turn(world, ends);
    make(world, renewed);
    EXPECT_TRUE(can_send(world));
    EXPECT_FALSE(world.sent().empty()) << "it cancels at once";
}

// It waits for no longer than anything may be under way.
TEST(Lease, ComesBackBeforeTimersThatAreMuchLater) {
    World world{leased()};
    lose_with_a_quote(world);
    make(world, ends);
    ASSERT_GT(world.subject().wake_at(), world.now() + world.scenario().delay_max);
    EXPECT_THAT(enabled(world), Not(Contains(wake)));
    EXPECT_THAT(enabled(world), Contains(renewed));
}

TEST(NothingSentWithoutLease, FiresWhereTheGuardIsOff) {
    World world{leased(sends_without_lease())};
    lose_with_a_quote(world);
    make(world, ends);
    EXPECT_EQ(world.broken_rule(), Rule::None);
    tell_of_a_quote(world);
    EXPECT_EQ(world.broken_rule(), Rule::NothingSentWithoutLease);
    Bounds bounds;
    bounds.max_faults = 1;
    const SearchResult result = random(World{leased(sends_without_lease())}, bounds, 1, 2'000);
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings.front().rule, Rule::NothingSentWithoutLease);
}

// A venue whose clock is wrong by more than the desk was told takes what was sent in time too late.
TEST(NothingSentWithoutLease, FiresWhereARequestOutlivesTheLease) {
    const auto held_until_the_end = [](Duration clock_offset) {
        auto scenario = leased();
        scenario->venues[0].clock_offset = clock_offset;
        World world{scenario};
        make(world, {Choice::Kind::Deliver, 0, sim::Channels::socket_in, sim::Twist::Hold});
        make(world, lost);
        for (int n = 0; n < 30 && world.elapsed() < seconds(2); ++n) {
            const auto now = enabled(world, 0);
            const auto in = std::ranges::find_if(now, [](const Choice& one) {
                return one.kind == Choice::Kind::Deliver && one.place != sim::Channels::bump;
            });
            const bool may_end = std::ranges::find(now, ends) != now.end();
            world.apply(in != now.end() ? *in : may_end ? ends : wake);
        }
        make(world, {Choice::Kind::Deliver, 0, sim::Channels::bump});
        return world.broken_rule();
    };
    EXPECT_EQ(held_until_the_end(milliseconds(-90)), Rule::None);
    EXPECT_EQ(held_until_the_end(seconds(-5)), Rule::NothingSentWithoutLease);
}

} // namespace
} // namespace keel::explore
