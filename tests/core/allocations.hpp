#pragma once

#include <cstddef>

namespace keel::core::script {

// Calls of operator new in this test program so far.
[[nodiscard]] std::size_t allocations();
// False under the thread sanitizer, which brings an operator new of its own.
[[nodiscard]] bool counts_allocations();

} // namespace keel::core::script
