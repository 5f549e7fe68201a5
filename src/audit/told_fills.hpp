#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.hpp"
#include "model/types.hpp"

namespace keel::audit {

// What tells one execution from every other. One match may serve several own orders.
struct ToldFill {
    OrderID order_id;
    ExecID exec_id;
    InstrumentIx instrument;
    Side side = Side::Buy;
    bool operator==(const ToldFill&) const = default;
};

// The executions that a desk was told of, for ever. Open addressing in a table that doubles when it
// is half full. The order of its cells is never looked at.
class ToldFills {
public:
    // True: it was not told of this one before.
    bool insert(const ToldFill& fill) {
        if (2 * (count_ + 1) > cells_.size()) grow();
        std::size_t at = home(fill);
        for (; cells_[at].is_taken; at = (at + 1) & mask()) {
            if (cells_[at].fill == fill) return false;
        }
        cells_[at] = {fill, true};
        ++count_;
        return true;
    }

private:
    struct Cell {
        ToldFill fill;
        bool is_taken = false;
    };
    [[nodiscard]] std::size_t mask() const { return cells_.size() - 1; }
    [[nodiscard]] std::size_t home(const ToldFill& fill) const {
        const std::uint64_t low = fold_multiply(fill.exec_id.lo ^ 0x9e3779b97f4a7c15ULL,
                                                fill.order_id.lo ^ 0xe7037ed1a0b428dbULL);
        const std::uint64_t high = fill.exec_id.hi ^ (fill.order_id.hi * 0x8ebc6af09c88c6e3ULL);
        const std::uint64_t where = std::uint64_t{fill.instrument.value()} << 8U;
        return scramble(low ^ high ^ where ^ static_cast<std::uint64_t>(fill.side)) & mask();
    }
    void grow() {
        std::vector<Cell> old(cells_.size() * 2);
        old.swap(cells_);
        for (const Cell& cell : old) {
            if (!cell.is_taken) continue;
            std::size_t at = home(cell.fill);
            while (cells_[at].is_taken) at = (at + 1) & mask();
            cells_[at] = cell;
        }
    }

    std::vector<Cell> cells_ = std::vector<Cell>(1'024);
    std::size_t count_ = 0;
};

} // namespace keel::audit
