#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "explore/words.hpp"
#include "explore/world.hpp"
#include "tests/twins/twin_trial.hpp"

// The position monitor (docs/incidents/p4.md): what each twin of it breaks, and what it does not.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::World;

using Steps = std::vector<std::string>;

// Each step happens, whatever it breaks; fails the test if one cannot.
void play(World& world, const Steps& steps) {
    std::vector<explore::Choice> enabled;
    for (const std::string& step : steps) {
        world.enabled(1, enabled);
        bool happened = false;
        for (const explore::Choice& one : enabled) {
            if (explore::words(world, one) != step) continue;
            world.apply(one);
            happened = true;
            break;
        }
        ASSERT_TRUE(happened) << step;
    }
}

// To the end, without a fault, and nobody dies.
Rule end_calmly(World& world) {
    std::vector<explore::Choice> enabled;
    for (int n = 0; n < 1'000 && !world.is_terminal(); ++n) {
        if (world.broken_rule() != Rule::None) return world.broken_rule();
        world.enabled(0, enabled);
        std::erase_if(enabled, [&](const explore::Choice& one) {
            return explore::words(world, one).ends_with("dies");
        });
        if (enabled.empty()) return Rule::NoWedge;
        world.apply(enabled.front());
    }
    EXPECT_TRUE(world.is_terminal());
    return world.broken_rule();
}

// A run reads the positions and the table.
Steps reads(const std::string& who) {
    return {who + " asks for positions", "hyperliquid rest-in: read positions",
            "hyperliquid rest-out: answer to read positions: accepted", who + " queries the table"};
}

struct Whole {
    bool is_complete = false;
    std::vector<Rule> broken;
};
Whole search_whole(const explore::Scenario& scenario, std::uint32_t max_faults) {
    World world{std::make_shared<const explore::Scenario>(scenario)};
    explore::Bounds bounds;
    bounds.max_faults = max_faults;
    const explore::SearchResult result = explore::exhaustive(world, bounds);
    Whole out{.is_complete = result.is_complete, .broken = {}};
    for (const explore::Finding& one : result.findings) out.broken.push_back(one.rule);
    return out;
}
bool breaks(const Whole& whole, Rule rule) {
    return std::ranges::find(whole.broken, rule) != whole.broken.end();
}
void expect_nothing(std::string_view twin, const std::string& scenario, std::uint32_t max_faults) {
    const auto made = scenario_with(scenario, twin);
    ASSERT_NE(made, nullptr);
    const Whole whole = search_whole(*made, max_faults);
    EXPECT_TRUE(whole.is_complete) << twin << " in " << scenario;
    for (const Rule rule : whole.broken) {
        ADD_FAILURE() << twin << " in " << scenario << ": " << info(rule).name;
    }
}

// --- each twin, and what it breaks ---

struct Found {
    std::string_view twin;
    const char* scenario;
    std::uint32_t max_faults;
    Rule rule;
};
constexpr Found found[]{
    {"p4-no-lock", "p4-monitors", 0, Rule::CloseNeverOpens},
    {"p4-reduce-only", "p4-crash", 0, Rule::EndsFlat},
    {"p4-closing-flag", "p4-monitors", 0, Rule::CloseNeverOpens},
    {"p4-closing-excludes", "p4-crash", 0, Rule::NoWedge},
    {"p4-lock-file", "p4-monitors", 0, Rule::OneSender},
    {"p4-lock-atomic", "p4-monitors", 0, Rule::OneSender},
    {"p4-already-closed-is-error", "p4-crash", 0, Rule::NoFalseAlarm},
    {"p4-already-closed-is-success", "p4-crash", 0, Rule::EndsFlat},
    {"p4-already-closed-is-success", "p4-monitors", 1, Rule::CertifiedIsFlat},
    {"p4-discovers-twice", "p4-discovery", 0, Rule::BookedWasFilled},
    {"p4-reuses-row", "p4-discovery", 0, Rule::EndsFlat},
    {"p4-stops-at-error", "p4-two-positions", 1, Rule::ReducesInTime},
};

TEST(P4, EachPassesACalmRun) {
    for (const Found& one : found) {
        for (const char* scenario :
             {"p4-monitors", "p4-crash", "p4-discovery", "p4-two-positions"}) {
            SCOPED_TRACE(fmt::format("{} in {}", one.twin, scenario));
            const auto made = scenario_with(scenario, one.twin);
            ASSERT_NE(made, nullptr);
            const CalmRun calm = run_calmly(*made);
            EXPECT_EQ(info(calm.broken).name, info(Rule::None).name);
            EXPECT_TRUE(calm.is_settled);
        }
    }
}

TEST(P4, EachBreaksWhatItsPostMortemSays) {
    for (const Found& one : found) {
        const auto made = scenario_with(one.scenario, one.twin);
        ASSERT_NE(made, nullptr);
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SCOPED_TRACE(fmt::format("{} in {}, seed {}", one.twin, one.scenario, seed));
            const auto finding = find_by_random(*made, one.max_faults, seed, 300);
            ASSERT_TRUE(finding);
            EXPECT_EQ(info(finding->rule).name, info(one.rule).name);
        }
    }
}

TEST(P4, TracesReplay) {
    for (const Found& one : found) {
        expect_trace_replays(fmt::format("{}-{}-{}", one.scenario, one.twin, info(one.rule).name));
    }
    expect_trace_replays("p4-discovery-p4-discovers-twice-certified_is_flat");
}

// --- 1: two closes ---

// The venue refuses the second. (When a run dies its close is not recorded: that stays.)
TEST(P4, AReduceOnlyCloseIsHarmlessTwice) { expect_nothing("p4-reduce-only", "p4-monitors", 0); }

// What it was meant to do it does, as long as nobody dies.
TEST(P4, AMarkThatExcludesLetsOneClose) {
    expect_nothing("p4-closing-excludes", "p4-monitors", 0);
    expect_nothing("p4-closing-excludes", "p4-two-positions", 0);
}

// As it was published it stays for ever, too, when its run has died; but as it excludes nobody it
// holds nobody back.
TEST(P4, AMarkThatExcludesNobodyHoldsNobodyBack) {
    for (const auto& [twin, ends] : {std::tuple{"p4-closing-flag", Rule::None},
                                     std::tuple{"p4-closing-excludes", Rule::NoWedge}}) {
        World world{scenario_with("p4-crash", twin)};
        play(world, reads("A"));
        play(world, {"A marks as closing BTC", "A dies"});
        EXPECT_EQ(info(end_calmly(world)).name, info(ends).name) << twin;
    }
    const auto made = scenario_with("p4-crash", "p4-closing-flag");
    explore::Bounds bounds;
    World world{made};
    for (const auto& one : explore::random(world, bounds, 1, 3'000).findings) {
        EXPECT_NE(info(one.rule).name, info(Rule::NoWedge).name);
    }
}

// A crash of both keeps what was written.
TEST(P4, AMarkOutlivesACrash) {
    World world{scenario_with("p4-crash", "p4-closing-excludes")};
    play(world, reads("B"));
    play(world, {"B marks as closing BTC", "crash", "restart"});
    EXPECT_EQ(info(world.broken_rule()).name, info(Rule::NoWedge).name);
}

// --- 3: the lock ---

// What it was made for it does: once it is written the other run does not begin.
TEST(P4, ALockThatIsWrittenKeepsTheOtherOut) {
    for (const char* twin : {"p4-lock-file", "p4-lock-atomic"}) {
        World world{scenario_with("p4-monitors", twin)};
        play(world, twin == std::string_view{"p4-lock-file"}
                        ? Steps{"A looks at the lock", "A takes the lock"}
                        : Steps{"A looks at the lock and takes it"});
        std::vector<explore::Choice> enabled;
        world.enabled(0, enabled);
        for (const explore::Choice& one : enabled) {
            EXPECT_FALSE(explore::words(world, one).starts_with("B ")) << twin;
        }
        EXPECT_EQ(info(end_calmly(world)).name, info(Rule::None).name) << twin;
    }
}

// While no lock can be old, only looking and writing in two steps lets two in.
TEST(P4, ALockIsRacedOrOvertaken) {
    for (const auto& [twin, is_raced] :
         {std::tuple{"p4-lock-file", true}, std::tuple{"p4-lock-atomic", false}}) {
        explore::Scenario young = *scenario_with("p4-monitors", twin);
        young.horizon = seconds(299);
        EXPECT_EQ(breaks(search_whole(young, 0), Rule::OneSender), is_raced) << twin;
    }
}

// Nobody asks whether the process of the lock still lives. If it does not, nobody closes for five
// minutes; if it does, it is overtaken as if it did not.
TEST(P4, ALockOfADeadRunHoldsAllUpAndThatOfALivingOneDoesNot) {
    World dead{scenario_with("p4-crash", "p4-lock-atomic")};
    play(dead, {"A looks at the lock and takes it", "A dies"});
    EXPECT_EQ(info(end_calmly(dead)).name, info(Rule::None).name);
    EXPECT_GT(dead.elapsed(), seconds(300));

    World living{scenario_with("p4-crash", "p4-lock-atomic")};
    play(living, {"A looks at the lock and takes it"});
    play(living, reads("A"));
    play(living, {"wake", "B looks at the lock and takes it"});
    play(living, reads("B"));
    play(living, {"A closes BTC", "hyperliquid socket-in: new order 1-1-2"});
    EXPECT_EQ(info(living.broken_rule()).name, info(Rule::None).name);
    play(living, {"B closes BTC"});
    EXPECT_EQ(info(living.broken_rule()).name, info(Rule::OneSender).name);
}

// --- 2, 4, 5: the fixes do what they were published for ---

TEST(P4, ClosedAlreadyIsNoErrorAfterItsFix) {
    const auto made = scenario_with("p4-crash", "p4-already-closed-is-success");
    const Whole whole = search_whole(*made, 1);
    EXPECT_FALSE(breaks(whole, Rule::NoFalseAlarm));
    EXPECT_TRUE(breaks(whole, Rule::EndsFlat));
    expect_nothing("p4-already-closed-is-success", "p4-monitors", 0);
}

TEST(P4, TwoRunsEnterOneRowAfterItsFix) {
    const auto made = scenario_with("p4-discovery", "p4-reuses-row");
    const Whole whole = search_whole(*made, 0);
    EXPECT_TRUE(whole.is_complete);
    EXPECT_FALSE(breaks(whole, Rule::BookedWasFilled));
}

TEST(P4, ACloseThatFailsStopsNoOtherAfterItsFix) {
    expect_nothing("p4-already-closed-is-success", "p4-two-positions", 1);
    expect_nothing("p4-already-closed-is-success", "p4-two-positions", 2);
}

// --- how it is searched ---

// No monitor has a stream, so what streams say need not wait; the answer to a close is waited for.
TEST(P4, IsToldAtOnceWhatItNeverHears) {
    World world{scenario_with("p4-monitors", "p4-no-lock")};
    play(world, reads("A"));
    play(world, {"A closes BTC", "hyperliquid socket-in: new order 1-1-2"});
    std::vector<explore::Choice> told;
    world.tell_what_is_known(told);
    EXPECT_EQ(told.size(), 3U); // new, the trade, and what it makes of the order
    play(world,
         {"hyperliquid socket-out: answer to new order 1-1-2: accepted", "A marks as closed BTC"});
    EXPECT_TRUE(world.is_terminal());
}

// Both have asked, and whose answer is the next to come is a part of what is known again.
TEST(P4, KnowsWhoseReadIsAnsweredNext) {
    const auto hash = [](const char* first, const char* second) {
        World world{scenario_with("p4-monitors", "p4-no-lock")};
        for (const char* who : {first, second}) {
            play(world,
                 {std::string{who} + " asks for positions", "hyperliquid rest-in: read positions"});
        }
        return world.hash(0);
    };
    EXPECT_EQ(hash("A", "B"), hash("A", "B"));
    EXPECT_NE(hash("A", "B"), hash("B", "A"));
}

} // namespace
} // namespace keel::twins
