#pragma once

#include <cstdint>
#include <string>

#include "app/problems.hpp"
#include "app/table.hpp"
#include "core/config.hpp"

namespace keel::app {

// What a desk of these capacities keeps in memory, without what is small in any config.
[[nodiscard]] std::uint64_t desk_bytes(const core::Capacities& capacities);
// The same of a simulated venue.
[[nodiscard]] std::uint64_t venue_bytes(std::uint64_t orders_max, std::uint64_t messages_max);

// What this machine has.
[[nodiscard]] std::uint64_t machine_bytes();

// Memory is taken at the start and never again. More than this is refused, and so is more than the
// machine has.
constexpr std::uint64_t memory_max = 8ULL << 30U;
void check_memory(const Table& root, Problems& problems);

} // namespace keel::app
