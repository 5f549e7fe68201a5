#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "explore/world.hpp"

namespace keel::explore {

// A state is known again by its hash. So whoever comes to one hash by another way must find the
// same there: as many choices, each of which leads to a state of the same hash, or breaks the same
// rule. Then what a search has seen does not depend on the order in which it tries things.
class Comparison {
public:
    explicit Comparison(std::shared_ptr<const Scenario> scenario) : world_(std::move(scenario)) {}

    // Every state with at most so many faults, or so many of them; stops at the first that is not
    // as it was. False: one was not.
    [[nodiscard]] bool compare(std::uint32_t faults, std::size_t states_max = SIZE_MAX);
    [[nodiscard]] std::size_t states() const { return seen_.size(); }
    // Where it stopped: what was chosen on the way there, and what may happen there.
    [[nodiscard]] const std::string& difference() const { return difference_; }

private:
    [[nodiscard]] std::vector<std::uint64_t> futures(std::uint32_t left,
                                                     const std::vector<Choice>& enabled);
    Rule make(const Choice& one, std::uint32_t left);
    [[nodiscard]] bool visit(std::uint32_t left);
    [[nodiscard]] std::string words_of(const std::vector<Choice>& enabled) const;

    World world_;
    std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> seen_;
    std::size_t states_max_ = SIZE_MAX;
    std::vector<Choice> made_;
    std::string way_; // what was chosen, without what was forced
    std::string difference_;
};

} // namespace keel::explore
