#include "twins/twin.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/search.hpp"
#include "explore/world.hpp"
#include "twins/twins.hpp"

namespace keel::twins {
namespace {

TEST(Twins, HaveNamesThatAreFound) {
    std::set<std::string_view> names;
    for (const TwinInfo& one : all_twins()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_FALSE(one.text.empty());
        const auto kind = twin_named(one.name);
        ASSERT_NE(kind, nullptr);
        EXPECT_EQ(kind->name, one.name);
    }
    EXPECT_EQ(twin_named("keel"), nullptr);
}

// A scenario that was made for another is traded, or refused with what it lacks.
TEST(Twins, TradeAnyScenarioOrSayWhatTheyNeed) {
    std::size_t refused = 0;
    for (const std::string name : {"xemm-small", "p1-two-fills", "p2-close", "p3-balance",
                                   "p3-two-trades", "p4-monitors", "p5-batch"}) {
        for (const TwinInfo& twin : all_twins()) {
            SCOPED_TRACE(std::string{twin.name} + " in " + name);
            auto loaded = app::load_scenario_file("scenarios/" + name + ".toml", twin.name);
            if (!loaded) {
                ASSERT_EQ(loaded.error().size(), 1U);
                EXPECT_THAT(loaded.error().front(),
                            testing::HasSubstr(std::string{twin.name} + " needs "));
                ++refused;
                continue;
            }
            explore::World world{
                std::make_shared<const explore::Scenario>(std::move(loaded->scenario))};
            explore::Bounds bounds;
            bounds.max_faults = 2;
            EXPECT_GT(explore::random(world, bounds, 1, 20).tally.schedules, 0U);
        }
    }
    EXPECT_GT(refused, 0U);
    EXPECT_LT(refused, 90U) << "most can trade most";
}

TEST(Twins, HashTimesByHowFarTheyAreAway) {
    const Timestamp now{seconds(5).value()};
    const auto digest = [](Timestamp at, Timestamp then) { return Digest{then}.add(at).value(); };
    EXPECT_EQ(digest(now + seconds(1), now), digest(now + seconds(3), now + seconds(2)));
    EXPECT_NE(digest(now + seconds(1), now), digest(now + seconds(2), now));
    EXPECT_EQ(digest(never, now), digest(never, now + seconds(2)));
}

} // namespace
} // namespace keel::twins
