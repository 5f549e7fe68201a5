#include <algorithm>
#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "explore/words.hpp"
#include "tests/explore/small_scenario.hpp"

// What an explorer chooses of a market of binary outcomes: when fills settle, and whether; when the
// desk hears that a listing has changed; and when a venue cancels all for want of a heartbeat.

namespace keel::explore {
namespace {

using sim::Channels;
using sim::Twist;

constexpr InstrumentIx maker{0};
constexpr FaultSet may_fail = bit(sim::FaultKind::SettlementFailed);

std::vector<Choice> enabled(const World& world, std::uint32_t faults) {
    std::vector<Choice> out;
    world.enabled(faults, out);
    return out;
}

std::optional<Choice> find(const World& world, std::uint32_t faults,
                           const std::function<bool(const Choice&)>& is_it) {
    const std::vector<Choice> all = enabled(world, faults);
    const auto found = std::ranges::find_if(all, is_it);
    return found == all.end() ? std::nullopt : std::optional{*found};
}

std::optional<Choice> on_chain(const World& world, Twist twist) {
    return find(world, 1, [&](const Choice& one) {
        return one.kind == Choice::Kind::Deliver && one.venue == 0 &&
               one.place == world.venue(0).chain() && one.twist == twist;
    });
}

// Until the quote was hit, and what it bought is on its way to be settled.
void buy(World& world) {
    for (int n = 0; n < 100 && !on_chain(world, Twist::None); ++n) {
        const std::vector<Choice> all = enabled(world, 0);
        ASSERT_FALSE(all.empty());
        // Requests and answers first, then the print.
        const auto message = std::ranges::find(all, Choice::Kind::Deliver, &Choice::kind);
        world.apply(message != all.end() ? *message : Choice{Choice::Kind::NextDeed, 0, 0});
    }
    ASSERT_TRUE(on_chain(world, Twist::None));
}

TEST(Binary, AFillSettlesOrFailsWheneverItIsChosen) {
    World world{small_scenario({.qty = 1, .prints = 1, .faults = may_fail, .settles = true})};
    buy(world);
    EXPECT_EQ(world.held(maker), Lots{1});
    EXPECT_EQ(words(world, *on_chain(world, Twist::None)), "maker chain: settlement of 7-1-1");
    EXPECT_EQ(words(world, *on_chain(world, Twist::Fail)),
              "maker chain: settlement of 7-1-1, failed");
    EXPECT_TRUE(on_chain(world, Twist::Fail)->is_fault());
    EXPECT_EQ(World::fault_kind(*on_chain(world, Twist::Fail)), sim::FaultKind::SettlementFailed);

    const World::Mark before = world.mark();
    const std::uint64_t hash = world.hash(1);
    world.apply(*on_chain(world, Twist::None));
    EXPECT_EQ(world.held(maker), Lots{1});
    EXPECT_FALSE(on_chain(world, Twist::None));
    const std::uint64_t confirmed = world.hash(1);
    EXPECT_NE(confirmed, hash);
    world.back_to(before);
    EXPECT_EQ(world.hash(1), hash);
    world.apply(*on_chain(world, Twist::Fail));
    EXPECT_EQ(world.held(maker), Lots{0});
    EXPECT_NE(world.hash(1), confirmed);
    world.back_to(before);
    EXPECT_EQ(world.held(maker), Lots{1});
    EXPECT_EQ(world.hash(1), hash);
}

TEST(Binary, NothingFailsWithoutThatFault) {
    World world{small_scenario({.qty = 1, .prints = 1, .faults = usual_faults, .settles = true})};
    buy(world);
    EXPECT_FALSE(on_chain(world, Twist::Fail));
}

TEST(Binary, NoWalkBreaksARule) {
    World world{small_scenario({.faults = usual_faults | may_fail, .settles = true})};
    const World::Mark beginning = world.mark();
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(testing::Message() << "rerun with seed " << seed);
        Rng rng{seed};
        world.back_to(beginning);
        static_cast<void>(walk(world, rng, 2, 300));
        ASSERT_EQ(info(world.broken_rule()).name, info(Rule::None).name);
    }
}

// An order may cross the news, also where books are heard at once.
TEST(Binary, NewsOfAListingMayBeHeardLate) {
    auto scenario = small_scenario({.qty = 1, .prints = 1, .faults = 0, .settles = true});
    const Listing deed{
        VenueIx{0},
        {.instrument = maker, .kind = sim::ListingAct::Kind::PriceStep, .value = Ticks{10}}};
    scenario->lanes.push_back({"venue", {deed}});
    World world{scenario};
    while (find(world, 0, [](const Choice& one) { return one.kind == Choice::Kind::Deliver; })) {
        world.apply(enabled(world, 0).front());
    }
    world.apply({Choice::Kind::NextDeed, 0, 2});
    const auto all = enabled(world, 0);
    const Choice news{Choice::Kind::Deliver, 0, Channels::market};
    EXPECT_NE(std::ranges::find(all, news), all.end());
    EXPECT_GT(all.size(), 1U) << "and anything else may happen before";
    EXPECT_EQ(words(world, news), "maker market: status BTC-M");
    world.apply(news);
    const auto* told = std::get_if<SecurityStatus>(&world.heard().front());
    ASSERT_NE(told, nullptr);
    EXPECT_EQ(told->price_step, Ticks{10});
}

// All orders are canceled once the time has passed, whatever else may happen then, and not before;
// and no later than half of it after that.
TEST(Binary, AVenueCancelsWhoDoesNotBeat) {
    World world{small_scenario({.qty = 1,
                                .prints = 0,
                                .faults = bit(sim::FaultKind::AnswerLostBefore),
                                .heartbeat = seconds(10)})};
    const auto lapse = [&] {
        return find(world, 0, [](const Choice& one) { return one.kind == Choice::Kind::Lapse; });
    };
    const Timestamp from = world.venue(0).lapses_from(0);
    ASSERT_LT(from, never) << "it has begun to beat";
    bool has_rested = false;
    for (int n = 0; n < 1'000 && !lapse(); ++n) {
        has_rested = has_rested || world.venue(0).open_order_count() == 1;
        const std::vector<Choice> all = enabled(world, 9);
        const auto is_beat = [&](const Choice& one) {
            return one.kind == Choice::Kind::Deliver && one.venue == 0 &&
                   one.place == Channels::rest_in && one.twist == Twist::LostBefore &&
                   world.venue(0).first_in(one.place).what == sim::What::Beat;
        };
        const auto beat = std::ranges::find_if(all, is_beat);
        const auto message = std::ranges::find(all, Choice::Kind::Deliver, &Choice::kind);
        world.apply(beat != all.end()      ? *beat
                    : message != all.end() ? *message
                                           : Choice{Choice::Kind::Wake});
    }
    ASSERT_TRUE(lapse());
    EXPECT_TRUE(has_rested);
    EXPECT_GE(world.now(), from);
    EXPECT_LE(world.now(), from + seconds(5));
    EXPECT_EQ(words(world, *lapse()), "maker cancels all of maker: no heartbeat");
    const World::Mark before = world.mark();
    world.apply(*lapse());
    EXPECT_EQ(world.venue(0).open_order_count(), 0U);
    EXPECT_EQ(world.venue(0).lapses_from(0), never);
    world.back_to(before);
    EXPECT_EQ(world.venue(0).open_order_count(), 1U);
    // Time does not pass beyond it.
    for (int n = 0; n < 100; ++n) {
        const auto wake =
            find(world, 0, [](const Choice& one) { return one.kind == Choice::Kind::Wake; });
        if (!wake) break;
        world.apply(*wake);
        while (const auto message = find(world, 9, [&](const Choice& one) {
                   return one.kind == Choice::Kind::Deliver && one.twist == Twist::LostBefore;
               })) {
            world.apply(*message);
        }
        EXPECT_LE(world.now(), from + seconds(5));
    }
    EXPECT_TRUE(lapse());
}

} // namespace
} // namespace keel::explore
