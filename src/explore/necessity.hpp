#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/guard.hpp"
#include "explore/search.hpp"

// Whether a scenario needs each of Keel's guards: a guard that can be switched off without any rule
// being broken is either needless, or the scenario does not show what it is for. An exhaustive
// search that found nothing proves the more, the more of them it needs.

namespace keel::explore {

// A guard of the gate, or a rule of the engine, and how it is switched off.
struct Switch {
    std::string_view name; // as JSON has it
    std::string_view text; // what is done wrong without it
    core::Sabotage off;
    core::Guard guard = core::Guard::None; // if it is one of the gate's
};
[[nodiscard]] std::span<const Switch> all_switches();

// Why a scenario cannot show what a guard is for, as far as the scenario itself tells; empty: it
// should.
[[nodiscard]] std::string_view why_not_needed(const Scenario& scenario, const Switch& one);

struct Need {
    const Switch* off = nullptr;
    Rule broken = Rule::None; // None: no search found any
    std::size_t steps = 0;    // of the schedule that breaks it
    std::uint32_t faults = 0; // in it
    // What was searched, until a rule was broken: exhaustively with so many faults, and schedules.
    std::uint32_t closed_with = 0;
    bool is_closed = false; // with no fault at least
    std::uint64_t schedules = 0;
    // Why no rule is broken; empty: nobody knows, or one is.
    std::string_view why;
};

struct Effort {
    std::uint64_t schedules_few = 10'000;
    std::uint64_t schedules_many = 1'000'000; // where nothing explains that no rule is broken
    std::uint64_t states_max = 1'000'000;     // of an exhaustive search
};

// Each guard in turn. `met`: guards that held something back in a complete search with `max_faults`
// (Tally::guards); one of the gate's that never did changes nothing, and no schedules are drawn
// without it. It searches exhaustively without a fault, then draws schedules with two, and then, if
// nothing explains it, many more, and exhaustively with one fault. `on_need` is called after each;
// false: stop.
[[nodiscard]] std::vector<Need> necessity(const Scenario& scenario, const Bounds& bounds,
                                          std::uint64_t met, std::uint64_t seed,
                                          const std::function<bool(const Need&)>& on_need = {},
                                          const Effort& effort = {});

} // namespace keel::explore
