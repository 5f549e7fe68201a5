#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/hash.hpp"

namespace keel::audit {

// From a number that is not zero to a place in a vector. Open addressing in a table that doubles
// when it is half full; entries are never removed. The order of its cells is never looked at.
class PlaceIndex {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    [[nodiscard]] std::uint32_t find(std::uint64_t key) const {
        for (std::size_t at = home(key);; at = (at + 1) & mask()) {
            if (cells_[at].key == key) return cells_[at].place;
            if (cells_[at].key == 0) return none;
        }
    }
    // `key` is not in the table yet.
    void insert(std::uint64_t key, std::uint32_t place) {
        if (2 * (count_ + 1) > cells_.size()) grow();
        put(key, place);
        ++count_;
    }

private:
    struct Cell {
        std::uint64_t key = 0;
        std::uint32_t place = none;
    };
    [[nodiscard]] std::size_t mask() const { return cells_.size() - 1; }
    // Ids that follow each other lie side by side: what is asked for was mostly made lately.
    [[nodiscard]] std::size_t home(std::uint64_t key) const {
        return ((scramble(key >> 3U) << 3U) | (key & 7U)) & mask();
    }
    void put(std::uint64_t key, std::uint32_t place) {
        std::size_t at = home(key);
        while (cells_[at].key != 0) at = (at + 1) & mask();
        cells_[at] = {key, place};
    }
    void grow() {
        std::vector<Cell> old(cells_.size() * 2);
        old.swap(cells_);
        for (const Cell& cell : old) {
            if (cell.key != 0) put(cell.key, cell.place);
        }
    }

    std::vector<Cell> cells_ = std::vector<Cell>(1'024);
    std::size_t count_ = 0;
};

} // namespace keel::audit
