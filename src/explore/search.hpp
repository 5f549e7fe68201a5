#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "explore/choice.hpp"
#include "explore/coverage.hpp"
#include "explore/rule.hpp"
#include "explore/world.hpp"

// Searches through the interleavings of a scenario. Each finds schedules after which a rule is
// broken; exhaustive() also says when there is none within its bounds.

namespace keel::explore {

struct Finding {
    Rule rule = Rule::None;
    std::vector<Choice> path;
    std::uint32_t faults = 0;
    std::uint64_t schedule = 0;   // in which one it was found, from 1; 0: not by schedules
    std::uint64_t transition = 0; // after how many transitions of the search
};

struct Tally {
    std::uint64_t states = 0; // distinct ones; random searches do not tell them apart
    std::uint64_t transitions = 0;
    std::uint64_t schedules = 0; // carried through to their end
    std::uint64_t terminals = 0;
    std::uint64_t cut = 0; // schedules that depth or horizon ended
    std::size_t depth = 0; // of the deepest
    Duration longest;      // simulated time of the longest
    std::size_t set_bytes = 0;
    FaultTable faults{};
    std::size_t bytes = 0; // of memory, all that the search keeps
};

struct Bounds {
    std::uint32_t max_faults = 0;
    std::size_t depth_max = 10'000;
    std::uint64_t states_max = 1ULL << 32U;
    std::size_t findings_max = 8; // one of a rule, the first that is found
};

struct SearchResult {
    bool is_complete = false; // every state within the bounds was seen
    bool is_stopped = false;  // by the caller
    std::vector<Finding> findings;
    Tally tally;
};

// Called every now and then; false: stop.
using OnTally = std::function<bool(const Tally&)>;

// Every state that can be reached with at most so many faults. When it closes, every state that it
// has seen is also held to Rule::NoWedge.
SearchResult exhaustive(World& world, const Bounds& bounds, const OnTally& on_tally = {});

// Schedules drawn from a seed. Each draws which kinds of fault it may meet and how often, and which
// channels starve (swarm testing).
SearchResult random(World& world, const Bounds& bounds, std::uint64_t seed, std::uint64_t schedules,
                    const OnTally& on_tally = {});

// Probabilistic concurrency testing: channels, lanes and timers have random priorities, and `d` - 1
// times a schedule the one that runs falls behind all others. A bug that needs d events in one
// order is met with a probability of at least 1 / (n k^(d-1)) in each schedule of n actors and k
// steps.
struct PctBound {
    std::uint32_t actors = 0;
    std::uint32_t steps = 0;
    double probability = 0; // lint: allow(float) told, and nothing is decided by it
};
SearchResult pct(World& world, const Bounds& bounds, std::uint64_t seed, std::uint64_t schedules,
                 std::uint32_t d, PctBound& bound, const OnTally& on_tally = {});

} // namespace keel::explore
