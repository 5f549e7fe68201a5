#pragma once

#include <cstdint>

#include "base/hash.hpp"
#include "base/store.hpp"
#include "model/types.hpp"

namespace keel::core {

// Fills as a set: one entry of 16 bytes for every fill ever seen, for the life of the record (at
// most two thirds full, so 24 bytes a fill). The key is (instrument, venue's exec id, own leg,
// side) as a 79-bit fingerprint: a collision would lose a fill, and among ten million fills its
// chance is about 8e-11. A bust is a further fact about the key and never removes it; a correction
// is an entry of its own beside the fill, so that what was executed first stays known.
struct FillEntry {
    std::uint64_t key = 0;  // low 64 bits of the fingerprint; 0: empty
    std::uint64_t rest = 0; // 15 more bits, signed quantity (41 bits), state (8 bits)
};
static_assert(Slot<FillEntry>);

// An entry as one number, for a digest of the set that knows no order.
[[nodiscard]] constexpr std::uint64_t digest_of(const FillEntry& entry) {
    return entry.key == 0 ? 0 : scramble(entry.key + entry.rest * 0x9e3779b97f4a7c15ULL);
}

struct FillKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0; // 15 bits
    [[nodiscard]] constexpr bool is_of(const FillEntry& entry) const {
        return entry.key == low && entry.rest >> 49U == high;
    }
};

// A leg remembers its fills as a set of 64 bits, two for each fill. Of a fill that has a bit there
// which is not set, the table holds nothing; of any other it may. So what is new, as most fills
// are, is known to be without reading the table, which no cache holds.
constexpr std::uint64_t all_fills = ~0ULL; // the table must be asked
[[nodiscard]] constexpr std::uint64_t fill_bits(const FillKey& key) {
    return 1ULL << (key.high & 63U) | 1ULL << (key.high >> 6U & 63U);
}
[[nodiscard]] constexpr bool may_know(std::uint64_t fills_seen, const FillKey& key) {
    return (fills_seen & fill_bits(key)) == fill_bits(key);
}

enum class FillPart : std::uint8_t { Trade = 1, Correction = 2 };

[[nodiscard]] constexpr FillKey fill_key(InstrumentIx instrument, const ExecID& exec,
                                         const OrderID& own, Side side,
                                         FillPart part = FillPart::Trade) {
    const std::uint64_t where = std::uint64_t{instrument.value()} << 8U |
                                static_cast<std::uint64_t>(side) |
                                static_cast<std::uint64_t>(part) << 4U;
    // Two products of the numbers, so that what collides in one half does not in the other.
    const std::uint64_t a =
        fold_multiply(exec.lo ^ 0xa0761d6478bd642fULL, own.lo ^ 0xe7037ed1a0b428dbULL);
    const std::uint64_t b =
        fold_multiply(exec.hi ^ 0x8ebc6af09c88c6e3ULL, own.hi ^ where ^ 0x589965cc75374cc3ULL);
    const std::uint64_t c =
        fold_multiply(own.lo ^ 0x1d8e4e27c47d124fULL, exec.lo + 0xeb44accab455d165ULL);
    const std::uint64_t low = scramble(a + 0x9e3779b97f4a7c15ULL * (b + where));
    const std::uint64_t high = scramble(c ^ b);
    return {low == 0 ? 1 : low, high >> 49U};
}

constexpr std::int64_t fill_qty_max = (std::int64_t{1} << 40U) - 1; // in lots, either sign

// What the entry of a trade says.
struct FillFact {
    Lots qty;               // signed, as first executed; 0 until told
    bool told = false;      // its quantity was: a bust or a correction may come first
    bool busted = false;    // a bust or failed settlement: absorbs
    bool corrected = false; // an entry of FillPart::Correction has its newest quantity
    bool foreign = false;   // not ours
    std::uint8_t stage = 0; // 0 final, 1 matched, 2 mined, 3 confirmed
};
// What the entry of a correction says: the newest one.
struct FillCorrection {
    Lots qty;                // signed
    std::uint8_t number = 0; // larger is newer
};

[[nodiscard]] constexpr std::uint64_t pack_fill(std::uint64_t key_high, Lots qty, unsigned state) {
    return key_high << 49U | (static_cast<std::uint64_t>(qty.value()) & ((1ULL << 41U) - 1)) << 8U |
           state;
}
// Sign-extends the 41 bits of quantity.
[[nodiscard]] constexpr Lots packed_qty(std::uint64_t rest) {
    return Lots{static_cast<std::int64_t>(rest << 15U) >> 23};
}
[[nodiscard]] constexpr std::uint64_t pack(std::uint64_t key_high, const FillFact& fact) {
    const unsigned state = (fact.told ? 1U : 0U) | (fact.busted ? 2U : 0U) |
                           (fact.corrected ? 4U : 0U) | (fact.foreign ? 8U : 0U) |
                           (unsigned{fact.stage} & 3U) << 4U;
    return pack_fill(key_high, fact.qty, state);
}
[[nodiscard]] constexpr std::uint64_t pack(std::uint64_t key_high, const FillCorrection& fact) {
    return pack_fill(key_high, fact.qty, fact.number);
}
[[nodiscard]] constexpr FillFact unpack(std::uint64_t rest) {
    FillFact fact;
    fact.qty = packed_qty(rest);
    fact.told = (rest & 1U) != 0;
    fact.busted = (rest & 2U) != 0;
    fact.corrected = (rest & 4U) != 0;
    fact.foreign = (rest & 8U) != 0;
    fact.stage = static_cast<std::uint8_t>((rest >> 4U) & 3U);
    return fact;
}
[[nodiscard]] constexpr FillCorrection unpack_correction(std::uint64_t rest) {
    return {packed_qty(rest), static_cast<std::uint8_t>(rest & 0xffU)};
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
            if (entry.key == 0 || key.is_of(entry)) return entry;
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
