#include "explore/fault_table.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "explore/search.hpp"
#include "tests/explore/small_scenario.hpp"

namespace keel::explore {
namespace {

using sim::FaultKind;

template <class Visit> void each_cell(Visit&& visit) {
    for (std::size_t kind = 0; kind < sim::fault_kind_count; ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) {
            visit(static_cast<FaultKind>(kind), static_cast<Situation>(s));
        }
    }
}

FaultTable met_in(const std::shared_ptr<const Scenario>& scenario, std::uint32_t max_faults) {
    World world{scenario};
    Bounds bounds;
    bounds.max_faults = max_faults;
    return random(world, bounds, 1, 250).tally.faults;
}

std::uint64_t cell(const FaultTable& table, FaultKind kind, Situation situation) {
    return table[static_cast<std::size_t>(kind)][static_cast<std::size_t>(situation)];
}

// What is said never to be met is not met, in scenarios of every sort; else a hole would be taken
// for what cannot be.
TEST(Coverage, NeverIsNever) {
    struct Case {
        std::string_view name;
        std::shared_ptr<const Scenario> scenario;
    };
    const auto with = [](FaultSet faults, const auto& change, bool batches = false) {
        auto scenario = small_scenario({.faults = faults, .batches = batches});
        scenario->overtakings_max = 0;
        change(*scenario);
        return scenario;
    };
    const auto as_is = [](Scenario&) {};
    const std::vector<Case> cases{
        {"all", with(all_faults, as_is)},
        {"timers overtake", with(all_faults, [](Scenario& one) { one.overtakings_max = 2; })},
        {"requests travel", with(all_faults, [](Scenario& one) { one.at_once = false; })},
        {"batches", with(all_faults, as_is, true)},
        {"killed",
         with(all_faults,
              [](Scenario& one) { one.last = {OperatorAct{.act = Act::Kill, .instrument = {}}}; })},
        {"crashes", with(bit(FaultKind::Crash), as_is)},
        {"streams alone",
         with(bit(FaultKind::Drop) | bit(FaultKind::Gap) | bit(FaultKind::Reorder), as_is)},
        {"refusals and stale reads",
         with(bit(FaultKind::Refusal) | bit(FaultKind::StaleRead), as_is)},
        {"silence", with(bit(FaultKind::AnswerLostBefore) | bit(FaultKind::Overtaken), as_is)},
        {"leases", with(all_faults, [](Scenario& one) { one.lease = seconds(2); })},
        {"leases alone",
         with(bit(FaultKind::LeaseLost), [](Scenario& one) { one.lease = seconds(2); })},
        {"none", with(0, as_is)},
    };
    for (const Case& one : cases) {
        for (const std::uint32_t max_faults : {1U, 4U}) {
            SCOPED_TRACE(std::string{one.name} + ", faults: " + std::to_string(max_faults));
            const FaultTable met = met_in(one.scenario, max_faults);
            each_cell([&](FaultKind kind, Situation situation) {
                if (why_never(*one.scenario, max_faults, kind, situation).empty()) return;
                EXPECT_EQ(cell(met, kind, situation), 0U)
                    << to_string(kind) << " while " << to_string(situation);
            });
        }
    }
}

// Of those that an explorer chooses, few cells are never met: what is not known to be so counts as
// something that a campaign has to meet.
TEST(Coverage, ListsWhatIsNeverMet) {
    auto scenario = small_scenario();
    scenario->overtakings_max = 0;
    const std::size_t usual = 11;
    const auto never = [&](std::uint32_t max_faults) {
        std::vector<std::string> out;
        each_cell([&](FaultKind kind, Situation situation) {
            if ((usual_faults & bit(kind)) == 0) return;
            if (why_never(*scenario, max_faults, kind, situation).empty()) return;
            out.push_back(std::string{to_string(kind)} + " " + std::string{to_string(situation)});
        });
        return out;
    };
    EXPECT_EQ(never(2), (std::vector<std::string>{"answer_lost_after idle", "refusal idle"}));
    EXPECT_EQ(never(1).size(), 2 + 2 * usual);
    EXPECT_EQ(never(0).size(), 6 * usual);
    scenario->at_once = false;
    EXPECT_TRUE(never(2).empty());
    scenario->at_once = true;
    scenario->lanes.front().deeds.emplace_back(OperatorAct{.act = Act::Kill, .instrument = {}});
    EXPECT_EQ(never(2), std::vector<std::string>{"refusal idle"});
    scenario->faults = bit(FaultKind::Drop);
    EXPECT_EQ(never(2).size(), 6 * (usual - 1) + 2);
    EXPECT_TRUE(why_never(*scenario, 2, FaultKind::Drop, Situation::Hedging).empty());
    EXPECT_EQ(why_never(*scenario, 2, FaultKind::Drop, Situation::Restarting), "nothing crashes");
    scenario->faults = all_faults;
    EXPECT_EQ(why_never(*scenario, 2, FaultKind::PartialBatch, Situation::Resting),
              "no venue takes batches");
    EXPECT_TRUE(why_never(*scenario, 2, FaultKind::ServerError, Situation::Idle).empty());
    EXPECT_EQ(why_never(*scenario, 2, FaultKind::LeaseLost, Situation::Resting),
              "the lease never ends");
    scenario->lease = seconds(2);
    EXPECT_TRUE(why_never(*scenario, 2, FaultKind::LeaseLost, Situation::Restarting).empty());
    scenario->faults = bit(FaultKind::LeaseLost);
    EXPECT_TRUE(why_never(*scenario, 2, FaultKind::LeaseLost, Situation::Restarting).empty());
    EXPECT_EQ(why_never(*scenario, 1, FaultKind::LeaseLost, Situation::Restarting),
              "what makes it restart is the one fault that is allowed");
    scenario->faults = bit(FaultKind::Paused);
    EXPECT_TRUE(why_never(*scenario, 2, FaultKind::Paused, Situation::Restarting).empty());
    scenario->lease = {};
    EXPECT_EQ(why_never(*scenario, 2, FaultKind::Paused, Situation::Resting),
              "no lease ends while it sleeps");
    auto batches = small_scenario({.faults = all_faults, .batches = true});
    EXPECT_TRUE(why_never(*batches, 2, FaultKind::PartialBatch, Situation::Resting).empty());
}

TEST(Coverage, AddsUp) {
    FaultTable one{};
    one[0][0] = 1;
    one[sim::fault_kind_count - 1][situation_count - 1] = 2;
    FaultTable sum = one;
    add(sum, one);
    EXPECT_EQ(sum[0][0], 2U);
    EXPECT_EQ(sum[sim::fault_kind_count - 1][situation_count - 1], 4U);
    EXPECT_EQ(sum[1][1], 0U);
}

} // namespace
} // namespace keel::explore
