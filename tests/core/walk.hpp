#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/facts.hpp"

namespace keel::core::facts {

// Calls `visit` with every subset of `size` facts.
void each_set(const std::vector<Fact>& from, std::size_t size,
              const std::function<void(const std::vector<Fact>&)>& visit);
// Calls `visit` with every ordering of `facts`; stops when it says false.
void each_ordering(const std::vector<Fact>& facts,
                   const std::function<bool(const std::vector<Fact>&)>& visit);

// Facts that take something back: what they explain looked like a contradiction before they came.
[[nodiscard]] bool lowers(const Fact& fact);

// Tells one prepared order the same facts in every order, over and over from the same state.
class Walk {
public:
    explicit Walk(const Dialect& dialect, Lots qty) : order(dialect) {
        order.submit(qty);
        settle_here();
    }
    // What is told from now on is told from this state.
    void settle_here() { fresh_ = order.mark(); }

    Belief after(const std::vector<Fact>& facts) {
        order.back_to(fresh_);
        for (const Fact& f : facts) order.tell(body_of(order, f));
        return order.belief();
    }
    // All orderings, each once more with every fact repeated, end in one belief; a contradiction is
    // told in each of them. False: they do not, and the test has failed.
    bool hold_to_one_belief(const std::vector<Fact>& facts);
    // The same of all orderings in which one of the facts is told twice.
    bool hold_repeats_to_one_belief(const std::vector<Fact>& facts);

    OneOrder order;
    std::uint64_t orderings = 0;
    // Whether a cancel was sent is no belief: what showed an excess for a moment took it back.
    bool cancels_count = true;

private:
    OneOrder::Mark fresh_;
};

} // namespace keel::core::facts
