#pragma once

#include <bit>
#include <cstdint>

#include "base/hash.hpp"
#include "base/store.hpp"

namespace keel::core {

// Open addressing from a hash to an order's slot, at most half full, with backward-shift deletion
// (no tombstones, so the cost does not grow with age). The caller says whether a slot matches.
struct IndexCell {
    std::uint32_t slot_plus_one = 0; // 0: empty
    std::uint32_t tag = 0;           // high bits of the hash, so most misses read no order
};
static_assert(Slot<IndexCell>);

class OrderIndex {
public:
    OrderIndex() = default;
    explicit OrderIndex(Arena<IndexCell> arena) : arena_(arena) {
        KEEL_ASSERT(std::has_single_bit(arena.capacity), "an order index has a power of two cells");
    }
    static std::uint32_t cells_for(std::uint32_t orders) {
        return std::bit_ceil(orders + orders / 3 + 16);
    }

    template <class Matches>
    [[nodiscard]] std::uint32_t find(const Store& store, std::uint64_t hash,
                                     Matches&& matches) const {
        const auto tag = static_cast<std::uint32_t>(hash >> 32U);
        for (std::uint32_t at = home(hash);; at = (at + 1) & mask()) {
            const IndexCell& cell = store.at(arena_, at);
            if (cell.slot_plus_one == 0) return 0xffff'ffff;
            if (cell.tag == tag && matches(cell.slot_plus_one - 1)) return cell.slot_plus_one - 1;
        }
    }
    void insert(Store& store, std::uint64_t hash, std::uint32_t slot) const {
        std::uint32_t at = home(hash);
        while (store.at(arena_, at).slot_plus_one != 0) at = (at + 1) & mask();
        store.put(store.at(arena_, at),
                  IndexCell{slot + 1, static_cast<std::uint32_t>(hash >> 32U)});
    }
    void erase(Store& store, std::uint64_t hash, std::uint32_t slot) const {
        const auto tag = static_cast<std::uint32_t>(hash >> 32U);
        std::uint32_t at = home(hash);
        while (true) {
            const IndexCell& cell = store.at(arena_, at);
            KEEL_ASSERT(cell.slot_plus_one != 0, "what is erased from the index was in it");
            if (cell.slot_plus_one == slot + 1 && cell.tag == tag) break;
            at = (at + 1) & mask();
        }
        // Close the gap: a later cell moves up unless that would put it before its home.
        std::uint32_t gap = at;
        while (true) {
            at = (at + 1) & mask();
            const IndexCell cell = store.at(arena_, at);
            if (cell.slot_plus_one == 0) break;
            const std::uint32_t want = cell.tag & mask();
            if (((at - want) & mask()) >= ((at - gap) & mask())) {
                store.put(store.at(arena_, gap), cell);
                gap = at;
            }
        }
        store.put(store.at(arena_, gap), IndexCell{});
    }
    void prefetch(const Store& store, std::uint64_t hash) const {
        store.prefetch(arena_, home(hash));
    }

private:
    [[nodiscard]] std::uint32_t mask() const { return arena_.capacity - 1; }
    [[nodiscard]] std::uint32_t home(std::uint64_t hash) const {
        return static_cast<std::uint32_t>(hash >> 32U) & mask();
    }

    Arena<IndexCell> arena_;
};

} // namespace keel::core
