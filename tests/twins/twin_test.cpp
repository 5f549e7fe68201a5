#include "twins/twin.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

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

TEST(Twins, HashTimesByHowFarTheyAreAway) {
    const Timestamp now{seconds(5).value()};
    const auto digest = [](Timestamp at, Timestamp then) { return Digest{then}.add(at).value(); };
    EXPECT_EQ(digest(now + seconds(1), now), digest(now + seconds(3), now + seconds(2)));
    EXPECT_NE(digest(now + seconds(1), now), digest(now + seconds(2), now));
    EXPECT_EQ(digest(never, now), digest(never, now + seconds(2)));
}

} // namespace
} // namespace keel::twins
