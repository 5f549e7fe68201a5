#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "explore/scenario.hpp"
#include "explore/situation.hpp"

// Which faults a search has tried, and when: a campaign that never lost a message while an order
// was unknown has not shown that this is survived.

namespace keel::explore {

// How often each kind of fault was chosen in each situation.
using FaultTable = std::array<std::array<std::uint64_t, situation_count>, sim::fault_kind_count>;

void add(FaultTable& sum, const FaultTable& more);

// Why no schedule of a scenario with at most so many faults can have a fault of this kind in this
// situation of Keel's desk; empty where one can, as far as the scenario tells. docs/explorer.md has
// the reasons at length.
[[nodiscard]] std::string_view why_never(const Scenario& scenario, std::uint32_t max_faults,
                                         sim::FaultKind kind, Situation situation);

} // namespace keel::explore
