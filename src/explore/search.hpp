#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "explore/choice.hpp"
#include "explore/fault_table.hpp"
#include "explore/rule.hpp"
#include "explore/world.hpp"

// Searches through the interleavings of a scenario. Each finds schedules after which a rule is
// broken; exhaustive() also says when there is none within its bounds. campaign.hpp does the same
// slice by slice, and several of them together.

namespace keel::explore {

struct Finding {
    Rule rule = Rule::None;
    std::vector<Choice> path;
    std::uint32_t faults = 0;
    std::uint64_t schedule = 0;   // in which one it was found, from 1; 0: not by schedules
    std::uint64_t transition = 0; // after how many transitions of the search
};

struct Tally {
    std::uint64_t states = 0; // distinct ones; of schedules those that none had come to before
    std::uint64_t transitions = 0;
    std::uint64_t applied = 0;   // with what needs no choice: what came to pass at all
    std::uint64_t schedules = 0; // carried through to their end
    std::uint64_t terminals = 0;
    std::uint64_t cut = 0; // schedules that depth or horizon ended
    std::size_t depth = 0; // of the deepest
    Duration longest;      // simulated time of the longest
    std::size_t set_bytes = 0;
    FaultTable faults{};
    std::uint64_t guards = 0; // set of core::Guard: those that held something back
    std::size_t bytes = 0;    // of memory, all that the search keeps

    // What others have done on top of it.
    Tally& operator+=(const Tally& more);
};

struct Bounds {
    std::uint32_t max_faults = 0;
    std::size_t depth_max = 10'000;
    std::uint64_t states_max = 1ULL << 32U; // of an exhaustive search
    std::size_t findings_max = 8;           // one of a rule, the first that is found
    std::uint32_t jobs = 1;                 // threads that search at once
    std::size_t bytes_max = SIZE_MAX;       // of memory; an exhaustive search is stopped there
    std::size_t seen_max = 1U << 25U;       // states that schedules are told apart by
    bool watches_guards = true;             // an exhaustive search: for Tally::guards
};

struct SearchResult {
    bool is_complete = false;    // every state within the bounds was seen
    bool is_stopped = false;     // by the caller, or a bound of states or memory
    bool is_memory_full = false; // it was `bytes_max`
    std::vector<Finding> findings;
    Tally tally;
};

// Called every now and then; false: stop.
using OnTally = std::function<bool(const Tally&)>;

// All of these begin where `world` begins. What they find is the same each time with the same seed
// and number of jobs, but for the ways that an exhaustive search tells (exhaustive.hpp).

// Every state that can be reached with at most so many faults. When it closes, every state that it
// has seen is also held to Rule::NoWedge.
SearchResult exhaustive(const World& world, const Bounds& bounds, const OnTally& on_tally = {});

// Schedules drawn from a seed. Each draws which kinds of fault it may meet and how often, and which
// channels starve (swarm testing).
SearchResult random(const World& world, const Bounds& bounds, std::uint64_t seed,
                    std::uint64_t schedules, const OnTally& on_tally = {});

// Probabilistic concurrency testing: channels, lanes and timers have random priorities, and `d` - 1
// times a schedule the one that runs falls behind all others. A bug that needs d events in one
// order is met with a probability of at least 1 / (n k^(d-1)) in each schedule of n actors and k
// steps.
struct PctBound {
    std::uint32_t actors = 0;
    std::uint32_t steps = 0;
    double probability = 0; // lint: allow(float) told, and nothing is decided by it
};
SearchResult pct(const World& world, const Bounds& bounds, std::uint64_t seed,
                 std::uint64_t schedules, std::uint32_t d, PctBound& bound,
                 const OnTally& on_tally = {});

// Schedules that came to states where none had been are kept, changed, and drawn again
// (guided.cpp).
SearchResult guided(const World& world, const Bounds& bounds, std::uint64_t seed,
                    std::uint64_t schedules, const OnTally& on_tally = {});

} // namespace keel::explore
