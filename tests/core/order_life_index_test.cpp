#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "core/fill_index.hpp"
#include "core/order_index.hpp"

// The two tables in which everything about orders is found, against std::map, with hashes chosen to
// hurt: all alike, all at the wrap-around, equal in the bits that are compared first.

namespace keel::core {
namespace {

struct Orders {
    explicit Orders(std::uint32_t slots)
        : arena(layout.add<IndexCell>(OrderIndex::cells_for(slots))), index(arena), store(layout) {}

    [[nodiscard]] std::uint32_t find(std::uint64_t hash, std::uint32_t slot) const {
        return index.find(store, hash, [&](std::uint32_t at) { return at == slot; });
    }
    StoreLayout layout;
    Arena<IndexCell> arena;
    OrderIndex index;
    Store store;
};

// Hashes of one kind, by which the table is to be embarrassed.
std::uint64_t bad_hash(Rng& rng, std::uint64_t kind) {
    const std::uint64_t word = rng.next();
    const std::uint64_t few = word % 4;
    switch (kind) {
    case 0: return word;
    case 1: return 0;                              // all alike
    case 2: return ~0ULL;                          // all at the last cell
    case 3: return (few + 0xffff'fffcULL) << 32U;  // the last cells
    case 4: return few << 32U;                     // the first cells
    case 5: return word & 0xffff'ffffULL;          // the high half, which places, is zero
    default: return few == 0 ? ~0ULL : few << 32U; // around the wrap
    }
}

TEST(OrderIndex, IsAMapWhateverTheHashes) {
    constexpr std::uint32_t slots = 48;
    for (std::uint64_t seed = 1; seed <= 700; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        const std::uint64_t kind = seed % 7;
        Orders orders{slots};
        std::map<std::uint32_t, std::uint64_t> truth; // slot -> hash
        for (int step = 0; step < 600; ++step) {
            const auto slot = static_cast<std::uint32_t>(rng.below(slots));
            const auto known = truth.find(slot);
            if (known == truth.end()) {
                const std::uint64_t hash = bad_hash(rng, kind);
                orders.index.insert(orders.store, hash, slot);
                truth.emplace(slot, hash);
            } else if (rng.below(2) == 0) {
                orders.index.erase(orders.store, known->second, slot);
                truth.erase(known);
            }
            if (step % 16 != 0) continue;
            for (std::uint32_t at = 0; at < slots; ++at) {
                const auto entry = truth.find(at);
                const std::uint64_t hash =
                    entry == truth.end() ? bad_hash(rng, kind) : entry->second;
                const bool in = entry != truth.end();
                ASSERT_EQ(orders.find(hash, at), in ? at : 0xffff'ffffU);
            }
        }
        for (const auto& [slot, hash] : truth) orders.index.erase(orders.store, hash, slot);
        // No tombstones: empty is what it was before the first insert.
        for (const std::uint64_t word : orders.store.words()) ASSERT_EQ(word, 0U);
    }
}

// An order is found under each of its venue ids; two of them may even hash alike.
TEST(OrderIndex, OneSlotUnderSeveralHashes) {
    Orders orders{32};
    for (const std::uint64_t hash : {5ULL << 32U, 9ULL << 32U, 5ULL << 32U}) {
        orders.index.insert(orders.store, hash, 7);
    }
    orders.index.erase(orders.store, 5ULL << 32U, 7);
    EXPECT_EQ(orders.find(5ULL << 32U, 7), 7U);
    orders.index.erase(orders.store, 9ULL << 32U, 7);
    orders.index.erase(orders.store, 5ULL << 32U, 7);
    EXPECT_EQ(orders.find(5ULL << 32U, 7), 0xffff'ffffU);
}

TEST(OrderIndexDeathTest, WhatIsErasedWasIn) {
    Orders orders{32};
    orders.index.insert(orders.store, 1ULL << 32U, 3);
    EXPECT_DEATH(orders.index.erase(orders.store, 1ULL << 32U, 4),
                 "what is erased from the index was in it");
}

TEST(FillFact, PacksAndUnpacksEveryState) {
    Rng rng{1};
    for (int n = 0; n < 100'000; ++n) {
        FillFact fact;
        const std::int64_t magnitude = std::int64_t{1} << rng.below(41);
        fact.qty = Lots{rng.between(-magnitude, magnitude)};
        if (n % 10 == 0) fact.qty = Lots{rng.below(2) == 0 ? fill_qty_max : -fill_qty_max};
        if (abs(fact.qty) > Lots{fill_qty_max}) continue;
        fact.told = rng.below(2) == 1;
        fact.busted = rng.below(2) == 1;
        fact.corrected = rng.below(2) == 1;
        fact.foreign = rng.below(2) == 1;
        fact.stage = static_cast<std::uint8_t>(rng.below(4));
        const std::uint64_t high = rng.below(1U << 15U);
        const std::uint64_t rest = pack(high, fact);
        const FillFact back = unpack(rest);
        ASSERT_EQ(back.qty, fact.qty);
        ASSERT_EQ(back.told, fact.told);
        ASSERT_EQ(back.busted, fact.busted);
        ASSERT_EQ(back.corrected, fact.corrected);
        ASSERT_EQ(back.foreign, fact.foreign);
        ASSERT_EQ(back.stage, fact.stage);
        ASSERT_TRUE((FillKey{1, high}.is_of(FillEntry{1, rest})));

        const FillCorrection correction{fact.qty, static_cast<std::uint8_t>(rng.below(256))};
        const FillCorrection read = unpack_correction(pack(high, correction));
        ASSERT_EQ(read.qty, correction.qty);
        ASSERT_EQ(read.number, correction.number);
    }
}

// Keys where the fingerprint's two halves are chosen to collide.
FillKey bad_key(Rng& rng, std::uint64_t kind) {
    const std::uint64_t word = rng.next();
    const std::uint64_t number = word >> 32U;
    switch (kind) {
    case 0: return {word | 1U, number & 0x7fffU};
    case 1: return {1, number % 600};                     // told apart by the high half alone
    case 2: return {~0ULL - word % 4, number % 200};      // all at the end: they wrap around
    case 3: return {number % 600 + 1, 0};                 // all at the first cell
    default: return {(word % 40 << 58U) + 1, number % 8}; // a few piles
    }
}

TEST(FillIndex, IsASetWhateverTheKeys) {
    constexpr std::uint32_t fills = 600;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        StoreLayout layout;
        const Arena<FillEntry> arena = layout.add<FillEntry>(FillIndex::entries_for(fills));
        Store store{layout};
        const FillIndex index{arena};
        ASSERT_GE(index.fills_max(), fills);
        std::map<std::pair<std::uint64_t, std::uint64_t>, std::int64_t> truth;
        for (std::uint32_t n = 0; n < fills; ++n) {
            const FillKey key = bad_key(rng, seed % 5);
            const FillEntry& place = index.find(store, key);
            const auto known = truth.find({key.low, key.high});
            ASSERT_EQ(place.key != 0, known != truth.end());
            if (known != truth.end()) {
                ASSERT_EQ(unpack(place.rest).qty.value(), known->second);
                continue;
            }
            FillFact fact;
            fact.qty = Lots{rng.between(-1'000, 1'000)};
            store.put(place, FillEntry{key.low, pack(key.high, fact)});
            truth.emplace(std::pair{key.low, key.high}, fact.qty.value());
        }
        for (const auto& [key, qty] : truth) {
            const FillEntry& place = index.find(store, FillKey{key.first, key.second});
            ASSERT_NE(place.key, 0U);
            ASSERT_EQ(unpack(place.rest).qty.value(), qty);
        }
    }
}

// Every part of the key makes another fill (F7), and neither half of the fingerprint follows from
// the other.
TEST(FillKey, EveryPartOfItCounts) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    std::size_t keys = 0;
    const auto add = [&](const FillKey& key) {
        ASSERT_NE(key.low, 0U);
        ASSERT_LT(key.high, 1U << 15U);
        seen.insert({key.low, key.high});
        ++keys;
    };
    for (std::uint32_t instrument = 0; instrument < 4; ++instrument) {
        for (std::uint64_t exec = 0; exec < 12; ++exec) {
            for (std::uint64_t own = 0; own < 12; ++own) {
                for (const Side side : {Side::Buy, Side::Sell}) {
                    for (const FillPart part : {FillPart::Trade, FillPart::Correction}) {
                        for (const std::uint64_t hi : {0ULL, 1ULL, ~0ULL}) {
                            const InstrumentIx i{instrument};
                            add(fill_key(i, ExecID{hi, exec}, OrderID{0, own}, side, part));
                            if (hi != 0) {
                                add(fill_key(i, ExecID{0, exec}, OrderID{hi, own}, side, part));
                            }
                        }
                    }
                }
            }
        }
    }
    EXPECT_EQ(seen.size(), keys);
}

TEST(FillKey, TheHalvesOfTheFingerprintAreIndependent) {
    // Numbers as venues give them: executions and orders count up together. Among keys that share
    // 20 bits of one half, the other half is spread as if by chance.
    constexpr std::uint64_t n = 400'000;
    std::vector<std::uint32_t> by_low(1U << 20U);
    std::map<std::uint32_t, std::uint32_t> both;
    std::uint64_t pairs = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
        const FillKey key = fill_key(InstrumentIx{0}, ExecID{0, 900'000'000 + i},
                                     OrderID{0, 951'557'000 + i / 3}, Side::Sell);
        const auto low = static_cast<std::uint32_t>(key.low >> 44U);
        pairs += by_low[low]++;
        // 20 bits of the one and 12 of the other: 2^32 places.
        ++both[low << 12U | static_cast<std::uint32_t>(key.high >> 3U)];
    }
    // Each half alone: n^2 / 2 / 2^20 pairs expected.
    EXPECT_NEAR(static_cast<double>(pairs), double(n) * double(n) / 2 / (1U << 20U), 1'500.0);
    std::uint64_t twice = 0;
    for (const auto& [place, count] : both) twice += count - 1;
    EXPECT_NEAR(static_cast<double>(twice), double(n) * double(n) / 2 / 4294967296.0, 25.0);
}

} // namespace
} // namespace keel::core
