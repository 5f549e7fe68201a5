#include "explore/campaign.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/explore/small_scenario.hpp"

// Searches slice by slice, in turns, and by several threads.

namespace keel::explore {
namespace {

using Plan = Campaign::Plan;

Small broken_desk() {
    Small small{.qty = 2, .prints = 2};
    small.sabotage.not_found_is_death = true;
    return small;
}

// All that a part has to say, but for memory.
using Said = std::tuple<SearchKind, std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t,
                        std::uint64_t, std::uint64_t, std::size_t, std::uint64_t, std::uint64_t>;
Said said(const Part& part) {
    const Tally& tally = part.result.tally;
    return {part.search,     part.d,    tally.schedules, tally.transitions, tally.states,
            tally.terminals, tally.cut, tally.depth,     part.slices,       part.credit};
}

struct Outcome {
    std::vector<Said> parts;
    std::vector<std::pair<Rule, std::vector<Choice>>> findings;
    std::uint64_t states = 0;
    std::uint64_t situations = 0;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const std::shared_ptr<const Scenario>& scenario, const Plan& plan,
                   const Bounds& bounds) {
    Campaign campaign{scenario, plan, bounds};
    while (campaign.go_on() != nullptr) {
    }
    Outcome out;
    for (const Part* part : campaign.parts()) {
        out.parts.push_back(said(*part));
        for (const Finding& one : part->result.findings) {
            out.findings.emplace_back(one.rule, one.path);
        }
    }
    out.states = campaign.coverage().states();
    out.situations = campaign.coverage().situations();
    return out;
}

// --- schedules ---

TEST(Jobs, DrawTheSameEachTime) {
    Small small{.qty = 2, .prints = 2};
    small.sabotage.hedge_counts_pending_as_open = true;
    const auto scenario = small_scenario(small);
    for (const SearchKind kind : {SearchKind::Random, SearchKind::Pct, SearchKind::Guided}) {
        SCOPED_TRACE(static_cast<int>(kind));
        const Plan plan{.search = kind, .seed = 5, .schedules = 200};
        Bounds bounds;
        bounds.max_faults = 2;
        const Outcome alone = outcome_of(scenario, plan, bounds);
        EXPECT_FALSE(alone.findings.empty());
        bounds.jobs = 3;
        const Outcome three = outcome_of(scenario, plan, bounds);
        EXPECT_EQ(outcome_of(scenario, plan, bounds), three);
        EXPECT_NE(three, alone) << "each job has a seed of its own";
        EXPECT_FALSE(three.findings.empty());
        const Plan other{.search = kind, .seed = 6, .schedules = 200};
        EXPECT_NE(outcome_of(scenario, other, bounds), three);
    }
}

TEST(Schedules, AreAsManyAsWereAskedFor) {
    const auto scenario = small_scenario();
    for (const std::uint64_t schedules : {1U, 129U, 300U}) {
        Campaign campaign{scenario, {.search = SearchKind::Pct, .schedules = schedules}, {}};
        while (campaign.go_on() != nullptr) {
        }
        ASSERT_EQ(campaign.parts().size(), 4U);
        for (const Part* part : campaign.parts()) {
            EXPECT_EQ(part->result.tally.schedules, schedules) << "d = " << part->d;
        }
    }
}

TEST(Schedules, StopAtTheFindingThatIsTheLastAllowed) {
    Bounds bounds;
    bounds.max_faults = 2;
    bounds.findings_max = 1;
    const auto scenario = small_scenario(broken_desk());
    const Plan plan{.search = SearchKind::Random, .seed = 3};
    const Outcome one = outcome_of(scenario, plan, bounds);
    ASSERT_EQ(one.findings.size(), 1U);
    const std::uint64_t schedules = std::get<2>(one.parts.front());
    // One less, and there is none.
    const Outcome none = outcome_of(
        scenario, {.search = SearchKind::Random, .seed = 3, .schedules = schedules - 1}, bounds);
    EXPECT_TRUE(none.findings.empty());
}

// --- guided ---

Drawn drawn_to(std::vector<Choice> path, std::uint32_t number, std::uint32_t step) {
    Drawn out;
    out.path = std::move(path);
    out.fresh = {{.hash = step, .situation = number, .step = step, .number = number}};
    return out;
}

TEST(Guided, ForksWhereFewStatesAreKnown) {
    Coverage coverage{1'000};
    const std::uint32_t common = coverage.count(77);
    for (int n = 0; n < 100; ++n) coverage.count(77);
    const std::uint32_t rare = coverage.count(78);
    const auto guided = make_guided(coverage, Rng{1});
    const auto picker = guided->make_picker();
    const Choice wake{Choice::Kind::Wake};
    const Choice lane{Choice::Kind::NextDeed};
    guided->learn(drawn_to({wake, wake, wake}, common, 2), false);
    guided->learn(drawn_to({lane, lane, lane}, rare, 2), false);
    Drawn drawn;
    Rng first_rng{1};
    picker->begin(first_rng, drawn);
    EXPECT_EQ(drawn.parent, Drawn::none) << "nothing is kept before the slice is over";
    guided->end_slice();
    std::array<int, 2> picked{};
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        drawn.clear();
        Rng rng{seed};
        picker->begin(rng, drawn);
        if (drawn.parent == Drawn::none) continue;
        ++picked[drawn.parent];
        // The first steps are its parent's.
        const Choice first = drawn.parent == 0 ? wake : lane;
        for (std::size_t step = 0; step < picker->known_steps(); ++step) {
            ASSERT_EQ(picker->pick({wake, lane}, step), first);
        }
    }
    EXPECT_GT(picked[0] + picked[1], 250) << "and some from nothing";
    EXPECT_LT(picked[0] + picked[1], 350);
    EXPECT_GT(picked[1], picked[0] * 20);
    // Often picked is not rare any more.
    for (int n = 0; n < 1'000; ++n) {
        drawn.clear();
        drawn.parent = 1;
        guided->learn(drawn, true);
    }
    picked = {};
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        drawn.clear();
        Rng rng{seed};
        picker->begin(rng, drawn);
        if (drawn.parent != Drawn::none) ++picked[drawn.parent];
    }
    EXPECT_GT(picked[0], picked[1] * 20);
}

// What is changed about a schedule: each kind of change is met.
TEST(Guided, ChangesOneThing) {
    Coverage coverage{1'000};
    const std::uint32_t number = coverage.count(1);
    const auto guided = make_guided(coverage, Rng{1});
    const auto picker = guided->make_picker();
    std::vector<Choice> path(10, {Choice::Kind::NextDeed});
    for (std::uint8_t n = 0; n < 10; ++n) path[n].place = n;
    guided->learn(drawn_to(path, number, 8), false);
    guided->end_slice();
    std::vector<Choice> enabled = path;
    enabled.push_back({Choice::Kind::Crash});
    std::set<std::string> changes;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Drawn drawn;
        Rng rng{seed};
        picker->begin(rng, drawn);
        if (drawn.parent == Drawn::none) continue;
        std::vector<Choice> made(11);
        for (std::size_t step = 0; step < 11; ++step) made[step] = picker->pick(enabled, step);
        const std::size_t known = picker->known_steps();
        ASSERT_TRUE(std::ranges::equal(std::span{made}.first(known), std::span{path}.first(known)));
        const auto goes_on = [&](std::size_t from, std::size_t at) { // as it was, from there on
            const auto rest = std::span{path}.subspan(std::min(from, path.size()));
            return std::ranges::equal(std::span{made}.subspan(at).first(rest.size()), rest);
        };
        if (known + 3 > path.size()) continue; // too little is left to tell
        if (made[known].is_fault() && goes_on(known, known + 1)) changes.insert("fault");
        if (made[known] == path[known + 1] && made[known + 1] == path[known] &&
            goes_on(known + 2, known + 2)) {
            changes.insert("swapped");
        }
        for (std::size_t less = 1; known + less + 1 < path.size(); ++less) {
            if (goes_on(known + less, known)) changes.insert("left out");
        }
        if (made[known] != path[known] && !made[known].is_fault()) changes.insert("other");
    }
    EXPECT_EQ(changes, (std::set<std::string>{"fault", "left out", "other", "swapped"}));
}

// What cannot happen any more is passed over.
TEST(Guided, PassesOverWhatCannotHappen) {
    Coverage coverage{1'000};
    const std::uint32_t number = coverage.count(1);
    const auto guided = make_guided(coverage, Rng{1});
    const auto picker = guided->make_picker();
    const Choice wake{Choice::Kind::Wake};
    guided->learn(drawn_to({{Choice::Kind::Restart}, {Choice::Kind::Restart}}, number, 2), false);
    guided->end_slice();
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Drawn drawn;
        Rng rng{seed};
        picker->begin(rng, drawn);
        for (std::size_t step = 0; step < 5; ++step) EXPECT_EQ(picker->pick({wake}, step), wake);
    }
}

TEST(Coverage, CountsNothingMoreOnceItIsFull) {
    Coverage coverage{2};
    EXPECT_TRUE(coverage.would_be_new(7));
    EXPECT_TRUE(coverage.add(7));
    EXPECT_FALSE(coverage.add(7));
    EXPECT_FALSE(coverage.would_be_new(7));
    EXPECT_TRUE(coverage.add(8));
    EXPECT_TRUE(coverage.is_full());
    EXPECT_FALSE(coverage.would_be_new(9));
    EXPECT_FALSE(coverage.add(9));
    EXPECT_EQ(coverage.states(), 2U);
    EXPECT_FALSE(Coverage{0}.counts());
    EXPECT_TRUE(Coverage{0}.is_full());
}

// --- every state ---

TEST(Jobs, ChangeNoNumberOfAnExhaustiveSearch) {
    const auto scenario = tight({.qty = 1, .prints = 0, .faults = bit(sim::FaultKind::Drop)});
    const World world{scenario};
    Bounds bounds;
    bounds.max_faults = 1;
    const auto numbers = [&] {
        const SearchResult result = exhaustive(world, bounds);
        return std::tuple{result.is_complete,     result.tally.states, result.tally.transitions,
                          result.tally.terminals, result.tally.faults, result.findings.size()};
    };
    const auto alone = numbers();
    EXPECT_TRUE(std::get<0>(alone));
    for (const std::uint32_t jobs : {2U, 5U, 2U, 5U}) {
        bounds.jobs = jobs;
        EXPECT_EQ(numbers(), alone) << jobs << " jobs";
    }
}

TEST(Jobs, FindTheSameRulesBroken) {
    Small small{.qty = 2, .prints = 2, .faults = 0};
    small.sabotage.hedge_counts_pending_as_open = true;
    small.sabotage.cancel_ends_order = true;
    small.sabotage.fills_not_deduplicated = true;
    auto scenario = small_scenario(small);
    scenario->overtakings_max = 0;
    scenario->horizon = seconds(600);
    scenario->lanes.pop_back();
    const World world{scenario};
    Bounds bounds;
    const auto rules = [&] {
        const SearchResult result = exhaustive(world, bounds);
        EXPECT_FALSE(result.is_stopped);
        std::vector<Rule> out(result.findings.size());
        std::ranges::transform(result.findings, out.begin(), &Finding::rule);
        return out;
    };
    const std::vector<Rule> alone = rules();
    EXPECT_GE(alone.size(), 2U);
    EXPECT_TRUE(std::ranges::is_sorted(alone));
    bounds.jobs = 3;
    EXPECT_EQ(rules(), alone);
}

TEST(Jobs, FindAWedge) {
    auto scenario = small_scenario({.qty = 1, .prints = 0, .faults = 0});
    scenario->overtakings_max = 0;
    scenario->horizon = seconds(600);
    scenario->last.clear(); // nobody tells it to wind down: its quote rests for ever
    Bounds bounds;
    bounds.jobs = 3;
    const SearchResult result = exhaustive(World{scenario}, bounds);
    EXPECT_TRUE(result.is_complete);
    ASSERT_EQ(result.findings.size(), 1U);
    EXPECT_EQ(result.findings.front().rule, Rule::NoWedge);
}

// Where time is over nothing but faults is left.
TEST(Guided, GoesOnToTheHorizon) {
    const auto scenario = small_scenario({.qty = 1, .prints = 1});
    scenario->horizon = seconds(2);
    const World world{scenario};
    Bounds bounds;
    bounds.max_faults = 2;
    EXPECT_EQ(guided(world, bounds, 1, 2'000).tally.schedules, 2'000U);
}

TEST(Exhaustive, StopsWhereMemoryIsFull) {
    Bounds bounds;
    bounds.bytes_max = 1;
    Campaign campaign{tight({.qty = 2, .prints = 2}), {.search = SearchKind::Exhaustive}, bounds};
    while (campaign.go_on() != nullptr) {
    }
    ASSERT_EQ(campaign.parts().size(), 1U);
    const SearchResult& result = campaign.parts().front()->result;
    EXPECT_TRUE(result.is_memory_full);
    EXPECT_TRUE(result.is_stopped);
    EXPECT_FALSE(result.is_complete);
    EXPECT_GT(result.tally.states, 0U);
}

TEST(Exhaustive, GoesUpWithFaultsAsLongAsItCloses) {
    Bounds bounds;
    bounds.max_faults = 2;
    bounds.states_max = 1'000;
    const auto scenario = tight({.qty = 1, .prints = 0, .faults = bit(sim::FaultKind::Drop)});
    Campaign campaign{scenario, {.search = SearchKind::Exhaustive}, bounds};
    while (campaign.go_on() != nullptr) {
    }
    const std::vector<const Part*> levels = campaign.parts();
    ASSERT_EQ(levels.size(), 2U);
    EXPECT_EQ(levels[0]->max_faults, 0U);
    EXPECT_TRUE(levels[0]->result.is_complete);
    EXPECT_EQ(levels[1]->max_faults, 1U);
    EXPECT_FALSE(levels[1]->result.is_complete);
}

// --- all together ---

TEST(Auto, EndsWhenAllIsClosed) {
    Bounds bounds;
    bounds.max_faults = 1;
    const auto scenario = tight({.qty = 1, .prints = 0, .faults = bit(sim::FaultKind::Drop)});
    Campaign campaign{scenario, {}, bounds};
    while (campaign.go_on() != nullptr) {
    }
    const std::vector<const Part*> parts = campaign.parts();
    ASSERT_GT(parts.size(), 2U);
    EXPECT_TRUE(parts[0]->result.is_complete);
    EXPECT_TRUE(parts[1]->result.is_complete);
    EXPECT_EQ(parts[1]->max_faults, 1U);
    EXPECT_EQ(parts[2]->search, SearchKind::Random);
}

TEST(Auto, GivesHalfToTheSearchThatCloses) {
    Bounds bounds;
    bounds.max_faults = 3;
    Campaign campaign{small_scenario({.qty = 2, .prints = 2}), {}, bounds};
    std::uint64_t levels = 0;
    std::uint64_t schedules = 0;
    for (int slice = 0; slice < 20; ++slice) ASSERT_NE(campaign.go_on(), nullptr);
    for (const Part* part : campaign.parts()) {
        (part->search == SearchKind::Exhaustive ? levels : schedules) +=
            part->result.tally.transitions;
    }
    EXPECT_GT(levels, schedules * 3 / 4);
    EXPECT_LT(levels, schedules * 4 / 3);
    campaign.stop();
    EXPECT_EQ(campaign.go_on(), nullptr);
    for (const Part* part : campaign.parts()) EXPECT_TRUE(part->result.is_stopped);
}

// Where the search that closes cannot, the schedules are drawn all the same; who meets more that is
// new draws more of them, and nobody none.
TEST(Auto, GivesMoreToWhoFindsMore) {
    Bounds bounds;
    bounds.max_faults = 3;
    bounds.states_max = 1'000;
    const Plan plan{.schedules = 3'000};
    const auto scenario = small_scenario({.qty = 2, .prints = 2});
    Campaign campaign{scenario, plan, bounds};
    while (campaign.go_on() != nullptr) {
    }
    std::vector<const Part*> shares = campaign.parts();
    ASSERT_EQ(shares.size(), 7U) << "one level, random, pct with d of 1 to 4, and guided";
    EXPECT_TRUE(shares.front()->result.is_stopped);
    shares.erase(shares.begin());
    std::uint64_t schedules = 0;
    std::uint64_t situations = 0;
    for (const Part* part : shares) {
        schedules += part->result.tally.schedules;
        situations += part->situations;
        EXPECT_GT(part->slices, 0U);
    }
    EXPECT_EQ(schedules, 3'000U);
    EXPECT_EQ(situations, campaign.coverage().situations());
    const auto steps_of = [](const Part* part) { return part->result.tally.transitions; };
    const auto found_of = [](const Part* part) {
        return part->situations * 1'000'000 / part->result.tally.transitions;
    };
    const Part* best = *std::ranges::max_element(shares, {}, found_of);
    const Part* worst = *std::ranges::min_element(shares, {}, found_of);
    EXPECT_GT(found_of(best), 2 * found_of(worst)) << "else there is nothing to tell apart";
    EXPECT_GT(steps_of(best), steps_of(worst) * 3 / 2);
}

TEST(Auto, IsTheSameEachTime) {
    Bounds bounds;
    bounds.max_faults = 3;
    bounds.states_max = 20'000;
    const auto scenario = small_scenario({.qty = 2, .prints = 2});
    const Outcome once = outcome_of(scenario, {.schedules = 1'500}, bounds);
    EXPECT_EQ(outcome_of(scenario, {.schedules = 1'500}, bounds), once);
}

TEST(Auto, EndsWithTheFirstThatIsBroken) {
    Bounds bounds;
    bounds.max_faults = 2;
    bounds.states_max = 100'000;
    const Outcome drawn = outcome_of(small_scenario(broken_desk()), {.seed = 3}, bounds);
    EXPECT_FALSE(drawn.findings.empty());
    EXPECT_LT(std::get<2>(drawn.parts.back()), 20'000U);
    Small at_once = broken_desk();
    at_once.sabotage.fills_not_deduplicated = true; // is seen before a schedule is drawn
    const Outcome closed = outcome_of(small_scenario(at_once), {}, bounds);
    ASSERT_EQ(closed.parts.size(), 1U);
    EXPECT_FALSE(closed.findings.empty());
}

// --- threads ---

TEST(Crew, DoesTheWorkOfEachOnce) {
    Crew crew{4};
    std::array<int, 4> done{};
    for (int n = 1; n <= 200; ++n) {
        crew.run([&](std::uint32_t job) { ++done[job]; });
        for (const int one : done) ASSERT_EQ(one, n);
    }
}

} // namespace
} // namespace keel::explore
