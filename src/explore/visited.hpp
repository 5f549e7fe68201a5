#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keel::explore {

// A set of 64-bit hashes, open addressing, at most half full: 16 bytes a state. Two states with one
// hash are taken for one: among n, n^2 / 2^65 are expected to be missed.
class Visited {
public:
    explicit Visited(std::size_t expected = 1U << 16U) { cells_.resize(capacity_for(expected)); }

    // False: it was there.
    bool insert(std::uint64_t hash) {
        if (hash == 0) hash = 1;
        if (size_ * 2 >= cells_.size()) grow();
        std::uint64_t& cell = find(hash);
        if (cell == hash) return false;
        cell = hash;
        ++size_;
        return true;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t bytes() const { return cells_.size() * sizeof(std::uint64_t); }
    // lint: allow(float) for reports: nothing is decided by it
    [[nodiscard]] double expected_omissions() const {
        // lint: allow(float) as above
        return static_cast<double>(size_) * static_cast<double>(size_) / 0x1p65;
    }

private:
    static std::size_t capacity_for(std::size_t expected) {
        std::size_t capacity = 64;
        while (capacity < expected * 2) capacity *= 2;
        return capacity;
    }
    std::uint64_t& find(std::uint64_t hash) {
        const std::size_t mask = cells_.size() - 1;
        for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
            if (cells_[at] == 0 || cells_[at] == hash) return cells_[at];
        }
    }
    void grow() {
        std::vector<std::uint64_t> old(cells_.size() * 2);
        old.swap(cells_);
        for (const std::uint64_t hash : old) {
            if (hash != 0) find(hash) = hash;
        }
    }

    std::vector<std::uint64_t> cells_;
    std::size_t size_ = 0;
};

} // namespace keel::explore
