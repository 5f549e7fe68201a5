#include "tests/core/allocations.hpp"

#include <cstdlib>
#include <new>

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define KEEL_HAS_ITS_OWN_NEW
#endif
#endif

namespace {

std::size_t count = 0;

} // namespace

#ifndef KEEL_HAS_ITS_OWN_NEW
void* operator new(std::size_t size) {
    ++count;
    if (void* block = std::malloc(size != 0 ? size : 1)) return block;
    throw std::bad_alloc{};
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { std::free(block); }
#endif

namespace keel::core::script {

std::size_t allocations() { return count; }

bool counts_allocations() {
#ifdef KEEL_HAS_ITS_OWN_NEW
    return false;
#else
    return true;
#endif
}

} // namespace keel::core::script
