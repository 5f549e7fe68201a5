#pragma once

#include <cstdint>

#include "base/store.hpp"

namespace keel::sim {

// What a venue makes of the numbers that the actions of one key carry.
enum class NonceRule : std::uint8_t {
    None,        // they carry none
    Consecutive, // each is the one before plus one (Lighter)
    Window // milliseconds; each once, and above the least of the 100 largest so far (Hyperliquid)
};

// A key signs what leaves by one way: orders and amends, or cancels, which no order's number must
// hold up. So an account has four.
constexpr std::uint32_t keys_each = 4;
constexpr std::uint32_t nonce_window = 100;

struct NonceSlot {
    std::uint64_t next = 1;       // the desk's side: what the next action carries, at least
    std::uint64_t expected = 1;   // the venue's side, where they are consecutive
    std::uint32_t generation = 0; // the desk's side: how often it asked the venue what is next
    std::uint32_t seen = 0;       // of a window: how many of its places are taken
};
static_assert(Slot<NonceSlot> && sizeof(NonceSlot) == 24);

} // namespace keel::sim
