#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "explore/words.hpp"
#include "tests/explore/small_scenario.hpp"

// A state is known again by its hash. So whoever comes to one hash by another way must find the
// same there: as many choices, each of which leads to a state of the same hash, or breaks the same
// rule. Then what a search has seen does not depend on the order in which it tries things.

namespace keel::explore {
namespace {

class Comparison {
public:
    explicit Comparison(const std::shared_ptr<const Scenario>& scenario) : world_(scenario) {}

    // Every state with at most so many faults; stops at the first that is not as it was.
    void compare(std::uint32_t faults) {
        world_.keep_tails(faults > 0);
        static_cast<void>(world_.go_on_where_forced(faults, made_));
        visit(faults);
    }
    [[nodiscard]] std::size_t states() const { return seen_.size(); }

private:
    // Where each choice leads, in no order.
    std::vector<std::uint64_t> futures(std::uint32_t left, const std::vector<Choice>& enabled) {
        std::vector<std::uint64_t> out;
        const World::Mark here = world_.mark();
        for (const Choice& one : enabled) {
            const std::uint32_t then = left - (one.is_fault() ? 1U : 0U);
            const Rule rule = make(one, then);
            out.push_back(rule == Rule::None ? world_.hash(then)
                                             : static_cast<std::uint64_t>(rule));
            world_.back_to(here);
        }
        world_.keep_tails(left > 0);
        std::ranges::sort(out);
        return out;
    }
    Rule make(const Choice& one, std::uint32_t left) {
        world_.keep_tails(left > 0);
        world_.apply(one);
        made_.clear();
        return world_.go_on_where_forced(left, made_);
    }
    void visit(std::uint32_t left) {
        std::vector<Choice> enabled;
        world_.enabled(left, enabled);
        const std::vector<std::uint64_t> found = futures(left, enabled);
        const auto [known, is_new] = seen_.try_emplace(world_.hash(left), found);
        if (!is_new) {
            ASSERT_EQ(known->second, found) << words_of(enabled) << "at " << way_;
            return;
        }
        if (world_.is_terminal()) return;
        const World::Mark here = world_.mark();
        for (const Choice& one : enabled) {
            const std::uint32_t then = left - (one.is_fault() ? 1U : 0U);
            const std::size_t length = way_.size();
            way_ += words(world_, one) + "\n";
            if (make(one, then) == Rule::None) visit(then);
            if (testing::Test::HasFatalFailure()) return;
            way_.resize(length);
            world_.back_to(here);
        }
    }
    [[nodiscard]] std::string words_of(const std::vector<Choice>& enabled) const {
        std::string out;
        for (const Choice& one : enabled) out += words(world_, one) + "; ";
        return out;
    }

    World world_;
    std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> seen_;
    std::vector<Choice> made_;
    std::string way_; // what was chosen, without what was forced
};

void expect_same_futures(const Small& small, std::uint32_t faults, std::size_t at_least) {
    auto scenario = std::make_shared<Scenario>(*tight(small));
    Comparison comparison{scenario};
    comparison.compare(faults);
    EXPECT_GE(comparison.states(), at_least);
}

TEST(Hash, OfAStateSaysAllThatCanStillHappen) {
    expect_same_futures({.qty = 2, .prints = 2}, 0, 4'000);
}
TEST(Hash, SaysItWithAnyFault) { expect_same_futures({.qty = 1, .prints = 1}, 1, 40'000); }
TEST(Hash, SaysItOfWhatCrashesLeave) {
    expect_same_futures({.qty = 1, .prints = 1, .faults = bit(sim::FaultKind::Crash)}, 1, 10'000);
}
TEST(Hash, SaysItOfTwoCrashes) {
    expect_same_futures({.qty = 1, .prints = 0, .faults = bit(sim::FaultKind::Crash)}, 2, 4'000);
}
TEST(Hash, SaysItOfLeasesAndSecondInstances) {
    expect_same_futures({.qty = 1,
                         .prints = 0,
                         .faults = bit(sim::FaultKind::LeaseLost) | bit(sim::FaultKind::Paused),
                         .lease = seconds(2)},
                        1, 2'000);
}
TEST(Hash, SaysItOfSleepersThatMayDieLater) {
    expect_same_futures({.qty = 1,
                         .prints = 0,
                         .faults = bit(sim::FaultKind::Crash) | bit(sim::FaultKind::Paused),
                         .lease = seconds(2)},
                        2, 4'000);
}
TEST(Hash, SaysItOfBatches) {
    expect_same_futures(
        {.qty = 1,
         .prints = 0,
         .faults = bit(sim::FaultKind::PartialBatch) | bit(sim::FaultKind::AnswerLostBefore),
         .batches = true},
        1, 2'000);
}
TEST(Hash, SaysItOfWhatSettlesLate) {
    expect_same_futures(
        {.qty = 1,
         .prints = 1,
         .faults = bit(sim::FaultKind::SettlementFailed) | bit(sim::FaultKind::StaleRead),
         .settles = true},
        1, 2'000);
}
TEST(Hash, SaysItOfTheExit) {
    expect_same_futures(
        {.qty = 1, .prints = 1, .faults = bit(sim::FaultKind::Drop), .unwinds = true}, 1, 2'000);
}

} // namespace
} // namespace keel::explore
