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
    InstrumentIx instrument; // none: an empty cell
    Side side = Side::Buy;
    [[nodiscard]] bool is_taken() const { return !instrument.is_none(); }
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
        for (; cells_[at].is_taken(); at = (at + 1) & mask()) {
            if (cells_[at] == fill) return false;
        }
        cells_[at] = fill;
        ++count_;
        return true;
    }

private:
    [[nodiscard]] std::size_t mask() const { return cells_.size() - 1; }
    // Executions that follow each other lie side by side. Those of one match that served several
    // own orders share a place, and are few.
    [[nodiscard]] std::size_t home(const ToldFill& fill) const {
        const std::uint64_t number = fill.exec_id.lo;
        const std::uint64_t where =
            (std::uint64_t{fill.instrument.value()} << 8U) | static_cast<std::uint64_t>(fill.side);
        const std::uint64_t mixed = (number >> 3U) ^ fill.exec_id.hi ^ (where << 48U);
        return ((scramble(mixed) << 3U) | (number & 7U)) & mask();
    }
    void grow() {
        std::vector<ToldFill> old(cells_.size() * 2);
        old.swap(cells_);
        for (const ToldFill& fill : old) {
            if (!fill.is_taken()) continue;
            std::size_t at = home(fill);
            while (cells_[at].is_taken()) at = (at + 1) & mask();
            cells_[at] = fill;
        }
    }

    std::vector<ToldFill> cells_ = std::vector<ToldFill>(1'024);
    std::size_t count_ = 0;
};

} // namespace keel::audit
