#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/rng.hpp"
#include "core/guard.hpp"
#include "explore/world.hpp"

namespace keel::explore {

// A desk that quotes on `maker`, hedges on `hedge`, and is done after one round: what the tests of
// the explorer walk through. Small enough to be searched whole with one fault.
struct Small {
    int qty = 1;    // of the quote, in lots
    int prints = 2; // trades of one lot that hit the quote
    core::Sabotage sabotage{};
    FaultSet faults = usual_faults;
    bool batches = false; // quotes both sides, in one request
    bool unwinds = false; // at the end both legs are closed
    Duration lease{};     // zero: it never ends
    bool settles = false; // what the quote trades settles late
    Duration heartbeat{}; // of the maker's venue; zero: it has none
};
[[nodiscard]] std::shared_ptr<Scenario> small_scenario(const Small& small = {});
// For whole searches: no timer overtakes a message, and audits come within the horizon.
[[nodiscard]] std::shared_ptr<const Scenario> tight(const Small& small);

// What a random walk makes from where the world is: until a rule is broken, everything has
// happened, or `steps_max`. A fault is chosen `faults_max` times at most.
[[nodiscard]] std::vector<Choice> walk(World& world, Rng& rng, std::uint32_t faults_max,
                                       std::size_t steps_max);

} // namespace keel::explore
