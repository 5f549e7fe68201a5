#pragma once

#include <cstdint>

#include "base/hash.hpp"
#include "base/store.hpp"
#include "model/types.hpp"

namespace keel::core {

// Fills as a set: one entry of 16 bytes for every fill ever seen, for the life of the record (at
// most two thirds full, so 24 bytes a fill). The key is (instrument, venue's exec id, own leg,
// side) as an 80-bit fingerprint: a collision would lose a fill, and among ten million fills its
// chance is about 4e-11. A bust or a correction is a further fact about the key and never removes
// it.
struct FillEntry {
    std::uint64_t key = 0;  // low 64 bits of the fingerprint; 0: empty
    std::uint64_t rest = 0; // 16 more bits, signed quantity (41 bits), state (7 bits)
};
static_assert(Slot<FillEntry>);

struct FillKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0; // 16 bits
};

[[nodiscard]] constexpr FillKey fill_key(InstrumentIx instrument, const ExecID& exec,
                                         const OrderID& own, Side side) {
    const std::uint64_t where =
        std::uint64_t{instrument.value()} << 8U | static_cast<std::uint64_t>(side);
    const std::uint64_t a =
        fold_multiply(exec.lo ^ 0xa0761d6478bd642fULL, own.lo ^ 0xe7037ed1a0b428dbULL);
    const std::uint64_t b =
        fold_multiply(exec.hi ^ 0x8ebc6af09c88c6e3ULL, own.hi ^ where ^ 0x589965cc75374cc3ULL);
    const std::uint64_t low = scramble(a + 0x9e3779b97f4a7c15ULL * (b + where));
    const std::uint64_t high = scramble(b ^ fold_multiply(a, 0x1d8e4e27c47d124fULL));
    return {low == 0 ? 1 : low, high >> 48U};
}

// What an entry says about its fill.
struct FillFact {
    Lots qty;                    // signed, newest correction; counts unless busted
    bool busted = false;         // a bust or failed settlement: absorbs
    std::uint8_t stage = 0;      // 0 final, 1 matched, 2 mined, 3 confirmed
    std::uint8_t correction = 0; // newest correction number (saturates at 7)
    [[nodiscard]] constexpr Lots counted() const { return busted ? Lots{0} : qty; }
};

constexpr std::int64_t fill_qty_max = (std::int64_t{1} << 40U) - 1; // in lots, either sign

[[nodiscard]] constexpr std::uint64_t pack(std::uint64_t key_high, const FillFact& fact) {
    const auto qty = static_cast<std::uint64_t>(fact.qty.value()) & ((1ULL << 41U) - 1);
    const std::uint64_t state = (fact.busted ? 1U : 0U) |
                                (static_cast<std::uint64_t>(fact.stage) & 3U) << 1U |
                                (static_cast<std::uint64_t>(fact.correction) & 7U) << 3U;
    return key_high << 48U | qty << 7U | state;
}
[[nodiscard]] constexpr FillFact unpack(std::uint64_t rest) {
    FillFact fact;
    // Sign-extend the 41 bits of quantity.
    fact.qty = Lots{static_cast<std::int64_t>(rest << 16U) >> 23};
    fact.busted = (rest & 1U) != 0;
    fact.stage = static_cast<std::uint8_t>((rest >> 1U) & 3U);
    fact.correction = static_cast<std::uint8_t>((rest >> 3U) & 7U);
    return fact;
}

// Insert-only table over an arena of FillEntry.
class FillIndex {
public:
    FillIndex() = default;
    explicit FillIndex(Arena<FillEntry> arena) : arena_(arena) {}

    // Slots of an arena that remembers `fills` fills.
    static std::uint32_t entries_for(std::uint32_t fills) { return fills / 2 * 3 + 8; }
    [[nodiscard]] std::uint32_t fills_max() const { return (arena_.capacity - 8) / 3 * 2; }

    // The entry of this key, or the empty one where it belongs.
    [[nodiscard]] const FillEntry& find(const Store& store, const FillKey& key) const {
        auto at =
            static_cast<std::uint32_t>((static_cast<UInt128>(key.low) * arena_.capacity) >> 64U);
        while (true) {
            const FillEntry& entry = store.at(arena_, at);
            if (entry.key == 0 || (entry.key == key.low && entry.rest >> 48U == key.high)) {
                return entry;
            }
            if (++at == arena_.capacity) at = 0;
        }
    }
    void prefetch(const Store& store, const FillKey& key) const {
        store.prefetch(arena_, static_cast<std::uint32_t>(
                                   (static_cast<UInt128>(key.low) * arena_.capacity) >> 64U));
    }

private:
    Arena<FillEntry> arena_;
};

} // namespace keel::core
