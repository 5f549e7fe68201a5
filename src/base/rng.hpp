#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace keel {

// Seeded random numbers, the same on every compiler (SplitMix64: 8 bytes of state, so it fits in a
// slot and can be undone). Never draw twice in one expression: g++ and clang order them
// differently.
class Rng {
public:
    constexpr Rng() = default;
    explicit constexpr Rng(std::uint64_t seed) : state_(scramble(seed + 0x9e3779b97f4a7c15ULL)) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        return scramble(state_);
    }
    // Uniform in [0, bound). The bias is below 2^-32 for bounds below 2^32.
    constexpr std::uint64_t below(std::uint64_t bound) {
        KEEL_ASSERT(bound > 0, "a random choice has at least one option");
        return static_cast<std::uint64_t>((static_cast<UInt128>(next()) * bound) >> 64U);
    }
    // Uniform in [low, high], both included.
    constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
        KEEL_ASSERT(low <= high, "a random range is not empty");
        // In unsigned words: the range may be wider than a signed one can say.
        const auto base = static_cast<std::uint64_t>(low);
        const std::uint64_t width = static_cast<std::uint64_t>(high) - base + 1;
        return static_cast<std::int64_t>(base + (width == 0 ? next() : below(width)));
    }
    // True in `ppm` of a million draws.
    constexpr bool chance_ppm(std::uint32_t ppm) { return below(1'000'000) < ppm; }
    // An independent stream: same parent seed and same name, same stream.
    [[nodiscard]] constexpr Rng fork(std::uint64_t name) const {
        return Rng{state_ ^ scramble(name ^ 0xd1b54a32d192ed03ULL)};
    }
    constexpr bool operator==(const Rng&) const = default;

private:
    std::uint64_t state_ = 0;
};

} // namespace keel
