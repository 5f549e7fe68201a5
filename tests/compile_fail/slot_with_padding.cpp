// must not compile: constraints not satisfied|no matching member function|no matching function
#include "base/store.hpp"

struct Padded { // equal values, different bytes: no hash could be trusted
    std::uint8_t kind;
    std::uint64_t value;
};
keel::Arena<Padded> arena;
