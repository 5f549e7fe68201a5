#pragma once

#include <cstdint>

#include "base/hash.hpp"
#include "base/store.hpp"

namespace keel::core {

// Open addressing from a hash to an order's slot, at most three quarters full, backward-shift
// deletion (no tombstones, so the cost does not grow with age). The caller says whether a slot
// matches.
struct IndexCell {
    std::uint32_t slot_plus_one = 0; // 0: empty
    std::uint32_t tag = 0;           // high bits of the hash, so most misses read no order
};
static_assert(Slot<IndexCell>);

class OrderIndex {
public:
    OrderIndex() = default;
    explicit OrderIndex(Arena<IndexCell> arena) : arena_(arena) {}
    static std::uint32_t cells_for(std::uint32_t orders) { return orders + orders / 3 + 16; }

    template <class Matches>
    [[nodiscard]] std::uint32_t find(const Store& store, std::uint64_t hash,
                                     Matches&& matches) const {
        const auto tag = static_cast<std::uint32_t>(hash >> 32U);
        for (std::uint32_t at = home(hash);; at = after(at)) {
            const IndexCell& cell = store.at(arena_, at);
            if (cell.slot_plus_one == 0) return 0xffff'ffff;
            if (cell.tag == tag && matches(cell.slot_plus_one - 1)) return cell.slot_plus_one - 1;
        }
    }
    void insert(Store& store, std::uint64_t hash, std::uint32_t slot) const {
        std::uint32_t at = home(hash);
        while (store.at(arena_, at).slot_plus_one != 0) at = after(at);
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
            at = after(at);
        }
        // Close the gap: a later cell moves up unless that would put it before its home.
        std::uint32_t gap = at;
        while (true) {
            at = after(at);
            const IndexCell cell = store.at(arena_, at);
            if (cell.slot_plus_one == 0) break;
            if (distance(home_of(cell.tag), at) >= distance(gap, at)) {
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
    [[nodiscard]] std::uint32_t after(std::uint32_t at) const {
        return at + 1 == arena_.capacity ? 0 : at + 1;
    }
    [[nodiscard]] std::uint32_t distance(std::uint32_t from, std::uint32_t to) const {
        return to >= from ? to - from : to + arena_.capacity - from;
    }
    [[nodiscard]] std::uint32_t home_of(std::uint32_t tag) const {
        return static_cast<std::uint32_t>((std::uint64_t{tag} * arena_.capacity) >> 32U);
    }
    [[nodiscard]] std::uint32_t home(std::uint64_t hash) const {
        return home_of(static_cast<std::uint32_t>(hash >> 32U));
    }

    Arena<IndexCell> arena_;
};

} // namespace keel::core
