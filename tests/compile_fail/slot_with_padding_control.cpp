// The control of slot_with_padding.cpp: the same without the mistake.
#include "base/store.hpp"

struct Padded { // equal values, different bytes: no hash could be trusted
    std::uint64_t kind;
    std::uint64_t value;
};
keel::Arena<Padded> arena;
