#include "explore/search.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/explore/small_scenario.hpp"

// Whole searches with faults, and what is left out of them to make them smaller.

namespace keel::explore {
namespace {

TEST(Exhaustive, EachKindOfFaultAloneBreaksNoRule) {
    for (std::size_t kind = 0; kind < sim::fault_kind_count; ++kind) {
        const FaultSet one = bit(static_cast<sim::FaultKind>(kind));
        if ((all_faults & one) == 0) continue;
        SCOPED_TRACE(to_string(static_cast<sim::FaultKind>(kind)));
        const bool batches =
            (one & (bit(sim::FaultKind::PartialBatch) | bit(sim::FaultKind::ShortAnswer))) != 0;
        const bool settles = one == bit(sim::FaultKind::SettlementFailed);
        const bool has_lease =
            (one & (bit(sim::FaultKind::LeaseLost) | bit(sim::FaultKind::Paused))) != 0;
        auto scenario = small_scenario({.qty = 1,
                                        .prints = settles ? 1 : 0,
                                        .faults = one,
                                        .batches = batches,
                                        .lease = has_lease ? seconds(2) : Duration{},
                                        .settles = settles});
        scenario->overtakings_max = 0;
        scenario->lost_tail_max = 1;
        scenario->horizon = seconds(600);
        World world{scenario};
        Bounds bounds;
        bounds.max_faults = 1;
        const SearchResult result = exhaustive(world, bounds);
        EXPECT_TRUE(result.is_complete)
            << result.tally.states << " states, " << result.tally.depth << " deep, "
            << result.tally.longest.value() / 1'000'000 << " ms";
        EXPECT_TRUE(result.findings.empty()) << info(result.findings.front().rule).name;
        const auto& met = result.tally.faults[kind];
        EXPECT_GT(std::accumulate(met.begin(), met.end(), std::uint64_t{0}), 0U) << "never met";
    }
}

// --- what is left out ---

// How it may end, as anybody would see it: what is held, and what became of each order.
using End = std::vector<std::int64_t>;

// Everything is left out that a search leaves out; or nothing, and requests, books and links
// travel.
enum class Way : std::uint8_t { LeavingOut, Whole };

std::set<End> ends_of(const Small& small, std::uint32_t faults, Way way) {
    auto scenario = small_scenario(small);
    scenario->overtakings_max = 0;
    scenario->lost_tail_max = 1;
    scenario->horizon = seconds(600);
    World world{scenario};
    std::set<End> ends;
    std::set<std::uint64_t> seen;
    const std::function<void(std::uint32_t)> visit = [&](std::uint32_t left) {
        if (!seen.insert(world.hash(left)).second) return;
        if (world.is_terminal()) {
            End end;
            for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
                end.push_back(world.venue(v).position(InstrumentIx{v}).value());
                for (std::uint32_t n = 0; n < world.venue(v).order_count(); ++n) {
                    const sim::TrueOrder order = world.venue(v).order(n);
                    end.push_back(order.is_open ? 1 : 0);
                    end.push_back(order.cum_qty.value());
                }
            }
            ends.insert(end);
            return;
        }
        std::vector<Choice> choices;
        world.enabled(left, choices);
        const World::Mark mark = world.mark();
        for (const Choice& choice : choices) {
            const std::uint32_t then = left - (choice.is_fault() ? 1U : 0U);
            world.apply(choice);
            std::vector<Choice> made;
            const Rule broken =
                way == Way::LeavingOut ? world.go_on_where_forced(then, made) : world.broken_rule();
            EXPECT_EQ(broken, Rule::None) << info(broken).name;
            visit(then);
            world.back_to(mark);
        }
    };
    visit(faults);
    return ends;
}

TEST(Exhaustive, WhatIsLeftOutChangesNoEnd) {
    const Small small{.qty = 1, .prints = 1, .faults = 0};
    const std::set<End> all = ends_of(small, 0, Way::Whole);
    EXPECT_GT(all.size(), 1U);
    EXPECT_EQ(ends_of(small, 0, Way::LeavingOut), all);
}

TEST(Exhaustive, WhatIsLeftOutChangesNoEndAfterAFault) {
    for (const sim::FaultKind kind :
         {sim::FaultKind::Drop, sim::FaultKind::DuplicateNow, sim::FaultKind::DuplicateLate,
          sim::FaultKind::Gap, sim::FaultKind::AnswerLostAfter, sim::FaultKind::Crash}) {
        SCOPED_TRACE(to_string(kind));
        const Small small{.qty = 1, .prints = 0, .faults = bit(kind)};
        EXPECT_EQ(ends_of(small, 1, Way::LeavingOut), ends_of(small, 1, Way::Whole));
    }
}

} // namespace
} // namespace keel::explore
