#pragma once

#include <cstdint>

#include "base/math.hpp"

namespace keel {

// Folded 64 x 64 -> 128 multiplication, the core of our hashes. Not cryptographic.
constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
    const UInt128 product = static_cast<UInt128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// A bijection of 64-bit words with full avalanche (the finalizer of SplitMix64).
constexpr std::uint64_t scramble(std::uint64_t x) {
    x ^= x >> 30U;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27U;
    x *= 0x94d049bb133111ebULL;
    x ^= x >> 31U;
    return x;
}

// A running hash over a sequence of words: order matters, as does the count.
class Hasher {
public:
    constexpr Hasher() = default;
    explicit constexpr Hasher(std::uint64_t seed)
        : state_(scramble(seed + 0x9e3779b97f4a7c15ULL)) {}
    constexpr Hasher& add(std::uint64_t word) {
        state_ = fold_multiply(state_ ^ word, 0x9fb21c651e98df25ULL) + 0x2545f4914f6cdd1dULL;
        state_ ^= word * 0xa0761d6478bd642fULL;
        return *this;
    }
    constexpr Hasher& add_signed(std::int64_t word) {
        return add(static_cast<std::uint64_t>(word));
    }
    [[nodiscard]] constexpr std::uint64_t digest() const { return scramble(state_); }

private:
    std::uint64_t state_ = 0x243f6a8885a308d3ULL;
};

} // namespace keel
