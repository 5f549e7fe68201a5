#pragma once

#include <cstdio>
#include <cstdlib>

namespace keel {

// A failed assertion is our mistake. It stops the process before the next order can go out, in
// release builds too, and its text states the rule that should hold.
[[noreturn]] inline void assertion_failed(const char* rule, const char* condition, const char* file,
                                          int line) {
    std::fprintf(stderr, "keel: broken rule: %s\n  (%s) at %s:%d\n", rule, condition, file, line);
    std::abort();
}

} // namespace keel

#define KEEL_ASSERT(condition, rule)                                                               \
    do {                                                                                           \
        if (!(condition)) [[unlikely]] {                                                           \
            ::keel::assertion_failed((rule), #condition, __FILE__, __LINE__);                      \
        }                                                                                          \
    } while (false)
