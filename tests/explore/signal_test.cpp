#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "explore/words.hpp"
#include "tests/explore/small_scenario.hpp"

// Signals as deeds: what a desk is told of them, and what its next life is.

namespace keel::explore {
namespace {

using testing::Contains;
using testing::Not;

constexpr Choice tells{Choice::Kind::NextDeed, 0, 2};
constexpr Choice restart{Choice::Kind::Restart};

Telling telling(SignalKind kind, std::uint64_t id, Duration valid_for = {}) {
    Telling out;
    out.signal.instrument = InstrumentIx{0};
    out.signal.kind = kind;
    out.signal.id = id;
    out.signal.value = static_cast<std::int64_t>(id);
    out.valid_for = valid_for;
    return out;
}

std::shared_ptr<Scenario> with_signals(std::vector<Deed> deeds) {
    auto scenario = small_scenario({.prints = 0, .faults = bit(sim::FaultKind::Crash)});
    scenario->lanes.push_back({"source", std::move(deeds)});
    return scenario;
}

std::vector<Choice> enabled(const World& world) {
    std::vector<Choice> out;
    world.enabled(1, out);
    return out;
}

// The quote rests, and nothing is under way.
void quiet(World& world) {
    for (int n = 0; n < 3; ++n) {
        std::vector<Choice> all;
        world.enabled(0, all);
        world.apply(all.front());
    }
    ASSERT_THAT(enabled(world), Contains(tells));
}

bool may_tell(const World& world) {
    const std::vector<Choice> all = enabled(world);
    return std::ranges::find(all, tells) != all.end();
}

std::uint64_t known(const World& world, SignalKind kind) {
    const Signal* signal = world.desk()->engine().signal(InstrumentIx{0}, kind);
    return signal == nullptr ? 0 : signal->id;
}

std::vector<Signal> heard(const World& world) {
    std::vector<Signal> out;
    for (const EventBody& body : world.heard()) {
        if (const auto* signal = std::get_if<Signal>(&body)) out.push_back(*signal);
    }
    return out;
}

TEST(SignalDeeds, AreToldOneAfterTheOther) {
    World world{with_signals({telling(SignalKind::Target, 1),
                              telling(SignalKind::Funding, 1, milliseconds(250)),
                              telling(SignalKind::Target, 2)})};
    quiet(world);
    const std::uint64_t before = world.hash(1);
    const World::Mark mark = world.mark();
    world.apply(tells);
    EXPECT_EQ(known(world, SignalKind::Target), 1U);
    EXPECT_EQ(world.heard().size(), 1U);
    EXPECT_EQ(heard(world).at(0).valid_until, never);
    EXPECT_NE(world.hash(1), before);
    world.apply(tells);
    EXPECT_EQ(heard(world).at(0).valid_until, world.now() + milliseconds(250));
    EXPECT_EQ(known(world, SignalKind::Funding), 1U);
    world.apply(tells);
    EXPECT_EQ(known(world, SignalKind::Target), 2U);
    world.back_to(mark);
    EXPECT_EQ(known(world, SignalKind::Target), 0U);
    EXPECT_EQ(world.hash(1), before);
    EXPECT_THAT(enabled(world), Contains(tells));
}

TEST(SignalDeeds, WaitForADeskThatIsDown) {
    World world{with_signals({telling(SignalKind::Close, 1)})};
    quiet(world);
    world.apply({Choice::Kind::Crash});
    EXPECT_THAT(enabled(world), Not(Contains(tells)));
    world.apply(restart);
    EXPECT_TRUE(heard(world).empty()) << "what was not told is not repeated";
    for (int n = 0; n < 40 && !may_tell(world); ++n) world.apply(enabled(world).front());
    EXPECT_TRUE(may_tell(world));
}

TEST(SignalDeeds, TheNewestOfAKindIsToldAgainAfterARestartWithItsNumber) {
    for (std::uint8_t lost = 0; lost <= 2; ++lost) {
        World world{
            with_signals({telling(SignalKind::Target, 1), telling(SignalKind::Close, 1, seconds(5)),
                          telling(SignalKind::Target, 2)})};
        quiet(world);
        for (int n = 0; n < 3; ++n) world.apply(tells);
        world.apply({Choice::Kind::Crash, 0, lost});
        world.apply(restart);
        const std::vector<Signal> again = heard(world);
        ASSERT_EQ(again.size(), 2U);
        EXPECT_EQ(again[0].kind, SignalKind::Target);
        EXPECT_EQ(again[0].id, 2U);
        EXPECT_EQ(again[0].value, 2);
        EXPECT_EQ(again[1].kind, SignalKind::Close);
        EXPECT_EQ(again[1].valid_until, world.now() + seconds(5));
        EXPECT_EQ(known(world, SignalKind::Target), 2U);
        EXPECT_EQ(known(world, SignalKind::Close), 1U);
    }
}

// In whatever order they come, and lost with a crash: no strategy of this desk listens, and it
// breaks no rule.
TEST(SignalDeeds, AreSearchedWhole) {
    auto scenario = std::make_shared<Scenario>(*tight({.prints = 1}));
    scenario->faults = bit(sim::FaultKind::Crash);
    scenario->lanes = {
        scenario->lanes[0],
        {"source", {telling(SignalKind::Target, 1), telling(SignalKind::Target, 2)}}};
    Bounds bounds;
    bounds.max_faults = 1;
    const SearchResult result = exhaustive(World{scenario}, bounds);
    EXPECT_TRUE(result.is_complete);
    EXPECT_TRUE(result.findings.empty());
    EXPECT_GT(result.tally.terminals, 0U);
}

} // namespace
} // namespace keel::explore
