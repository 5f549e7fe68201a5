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

// A hash over a sequence of words: order matters, as does the count. Each word is mixed with the
// number of its place, and the results are added up: no step waits for the one before it.
class Hasher {
public:
    constexpr Hasher() = default;
    explicit constexpr Hasher(std::uint64_t seed) : key_(scramble(seed + 0x9e3779b97f4a7c15ULL)) {}
    constexpr Hasher& add(std::uint64_t word) {
        sum_ += fold_multiply(word ^ key_, 0xe7037ed1a0b428dbULL + key_);
        key_ += 0x9e3779b97f4a7c15ULL;
        return *this;
    }
    constexpr Hasher& add_signed(std::int64_t word) {
        return add(static_cast<std::uint64_t>(word));
    }
    [[nodiscard]] constexpr std::uint64_t digest() const { return scramble(sum_ ^ scramble(key_)); }

private:
    std::uint64_t key_ = 0x243f6a8885a308d3ULL;
    std::uint64_t sum_ = 0;
};

} // namespace keel
