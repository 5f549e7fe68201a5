#pragma once

#include <cstdint>

namespace keel::bench {

// Calls of operator new in this program so far.
[[nodiscard]] std::uint64_t allocations();

} // namespace keel::bench
