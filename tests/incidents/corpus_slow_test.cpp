#include "tests/incidents/corpus.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "explore/world.hpp"

// The incidents explored around as far as they go.

namespace keel::incidents {
namespace {

using explore::Bounds;
using explore::SearchResult;
using explore::World;

// docs/incidents/corpus.md says how many states each has.
TEST(Corpus, EachIsSearchedToItsEnd) {
    for (const std::string& name : scenario_names()) {
        SCOPED_TRACE(name);
        const SearchResult result = explore::exhaustive(World{scenario_named(name)}, {});
        EXPECT_TRUE(result.is_complete);
        EXPECT_TRUE(result.findings.empty()) << broken_words(result);
        const auto row = page_row(name);
        ASSERT_EQ(row.size(), 7U);
        std::string said = row[5];
        std::erase(said, ',');
        EXPECT_EQ(said, std::to_string(result.tally.states));
    }
}

TEST(Corpus, WithFaultsNothingIsBroken) {
    constexpr std::uint64_t each = 3'000;
    for (const std::string& name : scenario_names()) {
        SCOPED_TRACE(name);
        const World world{scenario_named(name)};
        for (std::uint32_t faults = 1; faults <= 4; ++faults) {
            Bounds bounds;
            bounds.max_faults = faults;
            const SearchResult drawn = explore::random(world, bounds, faults, each);
            EXPECT_TRUE(drawn.findings.empty()) << broken_words(drawn);
            EXPECT_EQ(drawn.tally.schedules, each);
            const SearchResult changed = explore::guided(world, bounds, faults, each);
            EXPECT_TRUE(changed.findings.empty()) << broken_words(changed);
        }
    }
}

} // namespace
} // namespace keel::incidents
