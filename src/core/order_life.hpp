#pragma once

#include <array>
#include <cstdint>

#include "model/types.hpp"

// The life of an order as a table: what a fact that *adds* something after the join does to the
// status. A report that claims no more than is known is `stay`; Part and Full are new trades, and
// trades that a claim already covered `stay`; only quantity beyond the order is `bad`. The engine
// derives the status from facts (core/order.hpp); order_life_test.cpp holds the two to one answer.

namespace keel::core {

struct Cell {
    enum class Kind : std::uint8_t { Unset, Move, Stay, Late, Alarm };
    Kind kind = Kind::Unset;
    OrdStatus status = OrdStatus::PendingNew; // Move: where to
    constexpr bool operator==(const Cell&) const = default;
};

enum class Fact : std::uint8_t { Acked, Part, Full, Cxl, Rej, Exp };
constexpr std::size_t fact_count = 6;
using Row = std::array<Cell, fact_count>;

namespace cells {
constexpr Cell live{Cell::Kind::Move, OrdStatus::New};
constexpr Cell part{Cell::Kind::Move, OrdStatus::PartiallyFilled};
constexpr Cell full{Cell::Kind::Move, OrdStatus::Filled};
constexpr Cell cxl{Cell::Kind::Move, OrdStatus::Canceled};
constexpr Cell rej{Cell::Kind::Move, OrdStatus::Rejected};
constexpr Cell exp{Cell::Kind::Move, OrdStatus::Expired};
constexpr Cell stay{Cell::Kind::Stay, {}}; // true, and already known
constexpr Cell late{Cell::Kind::Late, {}}; // the quantity counts, the order stays closed
constexpr Cell bad{Cell::Kind::Alarm, {}}; // a contradiction: count it, no new risk, reconcile
} // namespace cells

constexpr std::array<Row, ord_status_count> order_life = [] {
    using namespace cells;
    // clang-format off
    return std::array<Row, ord_status_count>{{
        //                      Acked Part  Full  Cxl   Rej   Exp
        /* PendingNew      */ {{live, part, full, cxl,  rej,  exp }},
        /* New             */ {{stay, part, full, cxl,  rej,  exp }},
        /* PartiallyFilled */ {{stay, part, full, cxl,  bad,  exp }},
        /* Filled          */ {{stay, bad,  bad,  stay, bad,  stay}}, // a late cancel reopens nothing
        /* Canceled        */ {{stay, late, full, stay, bad,  stay}}, // fills may trail: count them
        /* Rejected        */ {{stay, bad,  bad,  bad,  stay, bad }},
        /* Expired         */ {{stay, late, full, cxl,  bad,  stay}}, // two endings, one answer
    }};
    // clang-format on
}();

constexpr const Cell& life(OrdStatus status, Fact fact) {
    return order_life[static_cast<std::size_t>(status)][static_cast<std::size_t>(fact)];
}

constexpr bool every_cell_is_set(const std::array<Row, ord_status_count>& table) {
    for (const Row& row : table) {
        for (const Cell& cell : row) {
            if (cell.kind == Cell::Kind::Unset) return false;
        }
    }
    return true;
}
constexpr bool closed_never_reopens(const std::array<Row, ord_status_count>& table) {
    for (std::size_t row = 0; row < ord_status_count; ++row) {
        if (!is_ended(static_cast<OrdStatus>(row))) continue;
        for (const Cell& cell : table[row]) {
            if (cell.kind == Cell::Kind::Move && !is_ended(cell.status)) return false;
        }
    }
    return true;
}
static_assert(every_cell_is_set(order_life) && closed_never_reopens(order_life));

} // namespace keel::core
