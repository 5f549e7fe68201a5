#pragma once

#include <cstddef>

namespace keel::core::script {

// Calls of operator new in this test program so far.
[[nodiscard]] std::size_t allocations();

} // namespace keel::core::script
