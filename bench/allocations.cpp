#include "bench/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

std::uint64_t counted = 0;

} // namespace

void* operator new(std::size_t size) {
    ++counted;
    void* block = std::malloc(size);
    if (block == nullptr) throw std::bad_alloc{};
    return block;
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { std::free(block); }

namespace keel::bench {

std::uint64_t allocations() { return counted; }

} // namespace keel::bench
