#include "tests/core/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

std::size_t count = 0;

} // namespace

void* operator new(std::size_t size) {
    ++count;
    if (void* block = std::malloc(size != 0 ? size : 1)) return block;
    throw std::bad_alloc{};
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { std::free(block); }

namespace keel::core::script {

std::size_t allocations() { return count; }

} // namespace keel::core::script
