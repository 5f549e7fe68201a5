#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <utility>

// What the mutated copies of src/ ask at run time, so that one binary holds every mutant: which one
// is on. scripts/mutate writes these copies and this file beside them; nothing in src/ knows of it.

namespace keel::mutant {

constexpr int sites_max = 4096;
inline bool reached[sites_max];

inline int number_in(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? 0 : std::atoi(text);
}
// Set by scripts/mutate before the program starts, and never changed: 0 is none.
inline const int chosen = number_in("KEEL_MUTANT");

// Which sites a test comes by is written at its end, where scripts/mutate asks for it.
inline const bool is_traced = [] {
    if (std::getenv("KEEL_MUTANT_TRACE") == nullptr) return false;
    std::atexit([] {
        std::FILE* file = std::fopen(std::getenv("KEEL_MUTANT_TRACE"), "w");
        if (file == nullptr) std::abort();
        for (int id = 0; id < sites_max; ++id) {
            if (reached[id]) std::fprintf(file, "%d\n", id);
        }
        std::fclose(file);
    });
    return true;
}();

inline bool is(int id) {
    if (is_traced) [[unlikely]]
        reached[id] = true;
    return id == chosen;
}

// An operator between two operands: `a < b` is written `a < Less{17} < b`, so that both operands
// and what stands around them keep their meaning, whatever they are.
template <class Op, class A> struct Left {
    Op op;
    const A& a;
};

#define KEEL_MUTANT_OPERATOR(Name, before, after)                                                  \
    struct Name {                                                                                  \
        int id;                                                                                    \
    };                                                                                             \
    template <class A> Left<Name, A> operator before(const A & a, Name op) { return {op, a}; }     \
    template <class A, class B> auto operator before(Left<Name, A> left, const B& b) {             \
        static_assert(std::same_as<decltype(left.a before b), decltype(left.a after b)>,           \
                      "a mutant has the type of what it replaces");                                \
        return is(left.op.id) ? left.a after b : left.a before b;                                  \
    }
KEEL_MUTANT_OPERATOR(Less, <, <=)
KEEL_MUTANT_OPERATOR(AtMost, <=, <)
KEEL_MUTANT_OPERATOR(Greater, >, >=)
KEEL_MUTANT_OPERATOR(AtLeast, >=, >)
KEEL_MUTANT_OPERATOR(Equal, ==, !=)
KEEL_MUTANT_OPERATOR(Different, !=, ==)
KEEL_MUTANT_OPERATOR(Plus, +, -)
KEEL_MUTANT_OPERATOR(Minus, -, +)
#undef KEEL_MUTANT_OPERATOR

// The smaller of two as it was called, or the larger; also of two times.
struct Smaller {
    int id;
    template <class T> T operator()(const T& a, const std::type_identity_t<T>& b) const {
        return is(id) == (b < a) ? a : b;
    }
};
struct Larger {
    int id;
    template <class T> T operator()(const T& a, const std::type_identity_t<T>& b) const {
        return is(id) == (a < b) ? a : b;
    }
};

} // namespace keel::mutant
