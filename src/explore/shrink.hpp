#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "explore/choice.hpp"
#include "explore/rule.hpp"
#include "explore/scenario.hpp"
#include "explore/world.hpp"

namespace keel::explore {

// Makes a way that breaks a rule as short as it gets, and asks of each fault in it whether it
// matters. First steps are left out: loops, chunks of half of them down to single ones, and all
// that a lane does from some deed on; and faults are made milder; until nothing of that keeps the
// rule broken. Then a search, breadth first and with as many faults, looks for a shorter way. Fewer
// faults count for more than fewer steps; but a way never gets longer than it was.

struct ShrinkLimits {
    std::size_t states_max = 200'000;    // of the search for a shorter way; 0: it is left out
    std::size_t calm_steps_max = 10'000; // after a fault was left out
};

struct Shrunk {
    Rule rule = Rule::None;    // broken by the last step, and by none before
    std::vector<Choice> steps; // none can be left out
    std::size_t steps_before = 0;
    std::uint32_t faults_before = 0;

    struct Fault {
        std::size_t step = 0; // place in `steps`
        std::string words;
        Rule without = Rule::None; // broken if only this fault does not happen; None: it passes
    };
    std::vector<Fault> faults;

    std::size_t states = 0;       // that the last search has seen
    bool is_by_search = false;    // it found a way that leaving out steps had not led to
    bool search_is_whole = false; // with so many faults there is no shorter way
};

// `failing` are choices from the scenario's beginning. What is not enabled among them is skipped,
// as it is in everything that is tried. Fails if they break no rule.
[[nodiscard]] Result<Shrunk> shrink(std::shared_ptr<const Scenario> scenario,
                                    std::span<const Choice> failing,
                                    const ShrinkLimits& limits = {});

// The report, a few lines for people.
[[nodiscard]] std::string to_text(const Shrunk& shrunk);

// Makes these choices, skipping what is not enabled, until a rule is broken.
struct Played {
    std::vector<Choice> steps; // that were made
    Rule broken = Rule::None;
};
[[nodiscard]] Played play(World& world, std::span<const Choice> choices);

} // namespace keel::explore
