#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/math.hpp"

namespace keel::explore {

// A set of 64-bit hashes, open addressing: 11 to 15 bytes a state. Two states with one hash are
// taken for one: among n, n^2 / 2^65 are expected to be missed. Members have numbers, in the order
// in which they came, if they are asked for (4 more bytes a cell).
class Visited {
public:
    explicit Visited(bool is_numbered = false) : is_numbered_(is_numbered) { resize(1'024); }

    struct Place {
        std::uint32_t number = 0;
        bool is_new = false;
        explicit operator bool() const { return is_new; }
    };
    Place insert(std::uint64_t hash) {
        if (hash == 0) hash = 1; // zero is an empty cell
        if (size_ * 4 >= cells_.size() * 3) resize(cells_.size() * 7 / 5);
        const std::size_t at = find(hash);
        if (cells_[at] == hash) return {is_numbered_ ? numbers_[at] : 0, false};
        cells_[at] = hash;
        const auto number = static_cast<std::uint32_t>(size_);
        if (is_numbered_) numbers_[at] = number;
        ++size_;
        return {number, true};
    }
    [[nodiscard]] bool has(std::uint64_t hash) const {
        if (hash == 0) hash = 1;
        return cells_[find(hash)] == hash;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t bytes() const { return cells_.size() * sizeof(std::uint64_t); }
    [[nodiscard]] std::size_t all_bytes() const { // with the numbers
        return bytes() + numbers_.size() * sizeof(std::uint32_t);
    }

private:
    [[nodiscard]] std::size_t find(std::uint64_t hash) const {
        auto at = static_cast<std::size_t>((static_cast<UInt128>(hash) * cells_.size()) >> 64U);
        while (cells_[at] != 0 && cells_[at] != hash) {
            if (++at == cells_.size()) at = 0;
        }
        return at;
    }
    void resize(std::size_t cells) {
        std::vector<std::uint64_t> old_cells(cells);
        std::vector<std::uint32_t> old_numbers(is_numbered_ ? cells : 0);
        old_cells.swap(cells_);
        old_numbers.swap(numbers_);
        for (std::size_t i = 0; i < old_cells.size(); ++i) {
            if (old_cells[i] == 0) continue;
            const std::size_t at = find(old_cells[i]);
            cells_[at] = old_cells[i];
            if (is_numbered_) numbers_[at] = old_numbers[i];
        }
    }

    bool is_numbered_;
    std::vector<std::uint64_t> cells_;
    std::vector<std::uint32_t> numbers_;
    std::size_t size_ = 0;
};

} // namespace keel::explore
