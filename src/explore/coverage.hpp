#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "explore/visited.hpp"

namespace keel::explore {

// The states that schedules have come to, and in how many of them each situation was met: what the
// desk does, who can act, and which kinds of fault there were. Memory is bounded: once it is full
// no state counts as new. It may count none at all: a state's hash takes time.
class Coverage {
public:
    explicit Coverage(std::size_t states_max) : states_max_(states_max) {}

    [[nodiscard]] bool counts() const { return states_max_ > 0; }
    [[nodiscard]] bool is_full() const { return states_.size() >= states_max_; }
    [[nodiscard]] bool would_be_new(std::uint64_t state) const {
        return !is_full() && !states_.has(state);
    }
    // False if it is known, or there is no room.
    bool add(std::uint64_t state) { return !is_full() && states_.insert(state); }
    // One more new state in this situation. Returns the number by which it is known.
    std::uint32_t count(std::uint64_t situation) {
        const bool has_room = situations_.size() < situations_max || situations_.has(situation);
        const std::uint32_t number = has_room ? situations_.insert(situation).number : 0;
        if (number >= counts_.size()) counts_.push_back(0);
        ++counts_[number];
        return number;
    }
    [[nodiscard]] std::uint64_t states_in(std::uint32_t situation) const {
        return counts_[situation];
    }
    [[nodiscard]] std::uint64_t states() const { return states_.size(); }
    [[nodiscard]] std::uint64_t situations() const { return situations_.size(); }
    [[nodiscard]] std::size_t bytes() const {
        return states_.bytes() + situations_.all_bytes() + counts_.capacity() * sizeof(counts_[0]);
    }

private:
    static constexpr std::size_t situations_max = 1U << 20U;

    std::size_t states_max_;
    Visited states_;
    Visited situations_{true};
    std::vector<std::uint64_t> counts_;
};

} // namespace keel::explore
