#pragma once

#include <cstdint>

#include "base/store.hpp"
#include "core/order_life.hpp"
#include "core/state.hpp"
#include "model/event.hpp"
#include "model/venue.hpp"

// An order as facts: joining them, and everything derived from them. Law 2 of the design: the order
// of arrival cannot matter, because every function below reads facts and none reads history.

namespace keel::core {

// The legs of an order: the one inside its slot, then the chained ones, oldest first.
class Legs {
public:
    Legs(const Store& store, Arena<Leg> arena) : store_(&store), arena_(arena) {}
    [[nodiscard]] const Leg& first(const Order& order) const { return order.leg; }
    [[nodiscard]] const Leg* next(const Leg& leg) const {
        return leg.next == no_slot ? nullptr : &store_->at(arena_, leg.next);
    }
    template <class Visit> void each(const Order& order, Visit&& visit) const {
        for (const Leg* leg = &order.leg; leg != nullptr; leg = next(*leg)) visit(*leg);
    }
    [[nodiscard]] const Leg& newest(const Order& order) const {
        const Leg* leg = &order.leg;
        while (const Leg* more = next(*leg)) leg = more;
        return *leg;
    }
    [[nodiscard]] const Leg* find(const Order& order, const OrderID& id) const {
        for (const Leg* leg = &order.leg; leg != nullptr; leg = next(*leg)) {
            if (leg->id == id) return leg;
        }
        return nullptr;
    }

private:
    const Store* store_;
    Arena<Leg> arena_;
};

// Ever executed on a leg, as far as fills are known; busts do not reopen an order.
constexpr Lots gross(const Leg& leg) { return leg.cum + leg.busted; }
// Known or told: the least that was certainly executed on a leg. Claims are read as gross.
constexpr Lots done(const Leg& leg) { return max(gross(leg), leg.claim_low); }
// Nothing more can happen on it, as far as is known (late fills of the past may still be told).
constexpr bool is_over(const Leg& leg) {
    return leg.end != LegEnd::Open || (leg.qty > Lots{0} && done(leg) + leg.reduced >= leg.qty);
}
// Its fills are complete without reading: the venue vouched a final quantity and we know that much,
// or it is full.
constexpr bool is_complete(const Leg& leg) {
    return (leg.vouched != 0 && gross(leg) >= leg.claim_low) ||
           (leg.qty > Lots{0} && gross(leg) >= leg.qty);
}

// What a fact contradicts, as a set. Derived from facts, so the order of arrival cannot matter.
namespace contradiction {
constexpr std::uint8_t fill_after_reject = 1; // rejected orders never trade
constexpr std::uint8_t two_ends = 2;          // rejected, and ended some other way
constexpr std::uint8_t overfill = 4;          // more than was ordered
constexpr std::uint8_t beyond_final = 8;      // more fills than a vouched final quantity
} // namespace contradiction

struct Derived {
    OrdStatus status = OrdStatus::PendingNew;
    bool over = false;     // all legs are, and no amend is unanswered
    bool complete = false; // over, and every fill is known without a read
    Lots done;             // known or told over all legs
    Lots certain;          // told, but the fills are not here: adds to the position's claims
    Lots open;             // what it might still do beyond that, while not settled
    std::uint8_t contradictions = 0;
};

// Everything derived from the facts of an order, in one pass.
[[nodiscard]] Derived derive(const Order& order, const Legs& legs, AmendQty dialect);

[[nodiscard]] constexpr std::uint8_t bit(LegEnd end) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(end));
}

// Joins one more end into a leg's facts.
[[nodiscard]] constexpr LegEnd join(LegEnd a, LegEnd b) { return a < b ? b : a; }

} // namespace keel::core
