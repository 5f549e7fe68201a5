#include "explore/words.hpp"

#include <map>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

using testing::Contains;
using testing::IsSupersetOf;

std::vector<std::string> all_words(const World& world, std::uint32_t faults) {
    std::vector<Choice> enabled;
    world.enabled(faults, enabled);
    std::vector<std::string> out;
    for (const Choice& one : enabled) out.push_back(words(world, one));
    return out;
}

// Makes the enabled choice with these words.
void make(World& world, const std::string& line) {
    std::vector<Choice> enabled;
    world.enabled(9, enabled);
    for (const Choice& one : enabled) {
        if (words(world, one) == line) {
            world.apply(one);
            return;
        }
    }
    FAIL() << line << " is not among " << testing::PrintToString(all_words(world, 9));
}

void expect_unique(const World& world) {
    std::vector<Choice> enabled;
    world.enabled(9, enabled);
    std::map<std::string, Choice> known;
    for (const Choice& one : enabled) {
        const std::string line = words(world, one);
        EXPECT_TRUE(known.emplace(line, one).second) << "twice: " << line;
        EXPECT_EQ(line.find('\n'), std::string::npos);
        EXPECT_FALSE(line.empty() || line.front() == ' ' || line.back() == ' ') << line;
    }
}

void expect_unique_along_walks(const std::shared_ptr<const Scenario>& scenario,
                               std::uint64_t walks) {
    World world{scenario};
    const World::Mark beginning = world.mark();
    for (std::uint64_t seed = 1; seed <= walks; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        world.back_to(beginning);
        const std::vector<Choice> made = walk(world, rng, 4, 300);
        world.back_to(beginning);
        for (const Choice& one : made) {
            ASSERT_NO_FATAL_FAILURE(expect_unique(world));
            world.apply(one);
        }
        expect_unique(world);
    }
}

using Lines = std::vector<std::string>;

TEST(Words, SayWhatHappens) {
    World world{small_scenario()};
    EXPECT_EQ(all_words(world, 1), (Lines{
                                       "maker socket-in: new order 7-1-1",
                                       "maker socket-in: new order 7-1-1, lost",
                                       "maker socket-in: new order 7-1-1, answer lost",
                                       "maker socket-in: new order 7-1-1, refused",
                                       "maker socket-in: new order 7-1-1, held",
                                       "crash, 0 of 1 request sent",
                                   }));
    make(world, "maker socket-in: new order 7-1-1");
    make(world, "prints");
    EXPECT_EQ(all_words(world, 1), (Lines{
                                       "maker socket-out: answer to new order 7-1-1: accepted",
                                       "maker orders: new 7-1-1",
                                       "maker orders: new 7-1-1, lost",
                                       "maker orders: new 7-1-1, twice",
                                       "maker orders: new 7-1-1, again later",
                                       "maker orders: new 7-1-1, overtaken by status 7-1-1",
                                       "maker orders: new 7-1-1, stream cut",
                                       "maker fills: trade 7-1-1",
                                       "maker fills: trade 7-1-1, lost",
                                       "maker fills: trade 7-1-1, twice",
                                       "maker fills: trade 7-1-1, again later",
                                       "maker fills: trade 7-1-1, stream cut",
                                       "prints",
                                       "hedge quotes",
                                       "wake",
                                       "crash",
                                   }));
    make(world, "maker fills: trade 7-1-1, stream cut");
    EXPECT_THAT(all_words(world, 0),
                IsSupersetOf(Lines{"maker fills: link gap", "maker fills comes back"}));
    make(world, "crash");
    EXPECT_THAT(all_words(world, 0), Contains("restart"));
}

TEST(Words, SayWhatIsHeldAndWhatIsAsked) {
    World world{small_scenario()};
    make(world, "maker socket-in: new order 7-1-1, held");
    make(world, "wake"); // nobody has answered: the desk asks
    make(world, "maker rest-in: status of 7-1-1");
    EXPECT_THAT(all_words(world, 0), IsSupersetOf(Lines{
                                         "maker held: new order 7-1-1",
                                         "maker rest-out: answer to status of 7-1-1: accepted",
                                     }));
}

TEST(Words, SayWhichReadIsStale) {
    World world{small_scenario()};
    make(world, "maker socket-in: new order 7-1-1");
    make(world, "maker orders: new 7-1-1");
    make(world, "hedge quotes");
    make(world, "hedge market: book BTC-H");
    make(world, "maker socket-in: cancel 7-1-1");
    make(world, "maker rest-in: cancel 7-1-1"); // on both ways, so one of them comes too late
    make(world, "maker rest-out: answer to cancel 7-1-1: refused");
    EXPECT_EQ(all_words(world, 1), (Lines{
                                       "maker rest-in: status of 7-1-1",
                                       "maker rest-in: status of 7-1-1, lost",
                                       "maker rest-in: status of 7-1-1, stale",
                                       "maker rest-in: status of 7-1-1, held",
                                       "crash, 0 of 1 request sent",
                                   }));
}

TEST(Words, SayWhatBecomesOfABatch) {
    using enum sim::FaultKind;
    World world{small_scenario({.faults = bit(Refusal) | bit(RateLimited) | bit(ServerError) |
                                          bit(PartialBatch) | bit(ShortAnswer),
                                .batches = true})};
    const std::string batch = "maker socket-in: new order 7-1-1 and new order 7-1-2";
    EXPECT_EQ(all_words(world, 1), (Lines{
                                       batch,
                                       batch + ", refused",
                                       batch + ", refused as too many",
                                       batch + ", server error",
                                       batch + ", done, server error",
                                       batch + ", 7-1-1 refused",
                                       batch + ", 7-1-2 refused",
                                       batch + ", answer ends after 1",
                                   }));
    make(world, batch + ", 7-1-1 refused");
    EXPECT_FALSE(world.venue(0).order(0).is_open);
    EXPECT_TRUE(world.venue(0).order(1).is_open);
}

TEST(Words, AreTheirChoicesOwnWhereverAWalkLeads) {
    expect_unique_along_walks(small_scenario(), 300);
    expect_unique_along_walks(small_scenario({.faults = all_faults, .batches = true}), 100);
    expect_unique_along_walks(small_scenario({.faults = all_faults, .lease = seconds(2)}), 100);
}

TEST(Words, AreTheirChoicesOwnWhateverTheNames) {
    const auto scenario = small_scenario();
    scenario->venues[0].traits.name = "hedge"; // as the other
    scenario->lanes[0].name = "last";
    scenario->lanes[1].name = "lease lost";
    scenario->faults = all_faults;
    scenario->lease = seconds(2);
    scenario->desk.engine.accounts.push_back({"spare", VenueIx{0}, {}});
    scenario->venues[0].accounts.push_back({AccountIx{2}, Money{}});
    expect_unique_along_walks(scenario, 50);
    World world{scenario};
    make(world, "venue 0 socket-in: new order 7-1-1");
    EXPECT_THAT(all_words(world, 0),
                IsSupersetOf(Lines{"venue 0 orders of maker: new 7-1-1", "lane 0", "lane 1"}));
}

} // namespace
} // namespace keel::explore
