#include "core/order_life.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/facts.hpp"

// A venue tells the facts of one order of 5 lots in any order and any number of times. What is
// believed at the end depends on the set alone (law 2 of the design).

namespace keel::core::told {
namespace {

constexpr Lots ordered{5};

using enum ExecType;

// Everything a venue may say, true together or not.
std::vector<Fact> catalogue() {
    return {
        {.type = New},
        {.type = Trade, .fill = 'a', .qty = 2},
        {.type = Trade, .fill = 'b', .qty = 1},
        {.type = Trade, .fill = 'c', .qty = 3}, // a and c complete it
        {.type = Trade, .fill = 'd', .qty = 5}, // the whole at once
        {.type = Canceled},
        {.type = Canceled, .cum = 0},
        {.type = Canceled, .cum = 2},
        {.type = Expired, .cum = 3},
        {.type = Expired},
        {.type = Rejected},
        {.type = Rejected, .cum = 0},
        {.type = Status, .cum = 0},
        {.type = Status, .cum = 2},
        {.type = Status, .cum = 3, .version = 1},
        {.type = Status, .cum = 2, .version = 2},
        {.type = Status, .cum = 5, .version = 3},
        {.type = Status, .cum = 7},
        {.type = TradeCancel, .fill = 'a', .qty = 2},
        {.type = TradeCancel, .fill = 'c'}, // does not say how much
        {.type = TradeCorrect, .fill = 'a', .qty = 1, .number = 1},
        {.type = TradeCorrect, .fill = 'a', .qty = 4, .number = 2},
        {.type = Restated, .qty = 3},
        {.type = Restated, .qty = 5},
        {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Matched},
        {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Confirmed},
        {.type = Trade, .fill = 'a', .qty = 2, .stage = FillStage::Failed},
    };
}

// Calls `visit` with every subset of `size` facts.
void each_set(const std::vector<Fact>& from, std::size_t size,
              const std::function<void(std::vector<Fact>&)>& visit) {
    std::vector<std::size_t> pick(size);
    for (std::size_t i = 0; i < size; ++i) pick[i] = i;
    while (true) {
        std::vector<Fact> set;
        for (const std::size_t i : pick) set.push_back(from[i]);
        visit(set);
        std::size_t at = size;
        while (at > 0 && pick[at - 1] == from.size() - size + at - 1) --at;
        if (at == 0) return;
        ++pick[at - 1];
        for (std::size_t i = at; i < size; ++i) pick[i] = pick[i - 1] + 1;
    }
}

struct Walk {
    OneOrder order;
    OneOrder::Mark fresh;
    std::uint64_t orderings = 0;
    int failures = 0;

    explicit Walk(const Dialect& dialect) : order(dialect) {
        order.submit(ordered);
        fresh = order.mark();
    }
    Belief after(const std::vector<Fact>& facts) {
        order.back_to(fresh);
        for (const Fact& f : facts) order.tell(report_of(order, f));
        return order.belief();
    }
    // All orderings, each once more with every fact repeated, end in one belief.
    void hold_to_one_belief(std::vector<Fact>& facts) {
        std::vector<std::size_t> at(facts.size());
        for (std::size_t i = 0; i < at.size(); ++i) at[i] = i;
        std::optional<Belief> first;
        std::vector<Fact> told;
        do {
            told.clear();
            for (const std::size_t i : at) told.push_back(facts[i]);
            ++orderings;
            const Belief belief = after(told);
            if (!first) first = belief;
            if (belief != *first) {
                ADD_FAILURE() << name_of(facts) << "\n    " << to_string(*first) << "\n  but as "
                              << name_of(told) << "\n    " << to_string(belief);
                ++failures;
                return;
            }
            for (const Fact& f : told) order.tell(report_of(order, f));
            const Belief again = order.belief();
            if (again != *first) {
                ADD_FAILURE() << name_of(told) << "\n    " << to_string(*first)
                              << "\n  but told again\n    " << to_string(again);
                ++failures;
                return;
            }
        } while (std::ranges::next_permutation(at).found);
    }
};

TEST(OrderLife, EveryOrderingOfEverySetOfFactsEndsInOneBelief) {
    for (const bool vouches : {true, false}) {
        Walk walk{{.vouches = vouches}};
        for (std::size_t size = 1; size <= 3; ++size) {
            each_set(catalogue(), size, [&](std::vector<Fact>& set) {
                if (walk.failures < 40) walk.hold_to_one_belief(set);
            });
        }
        ASSERT_EQ(walk.failures, 0);
        EXPECT_GT(walk.orderings, 10'000U);
    }
}

} // namespace
} // namespace keel::core::told
