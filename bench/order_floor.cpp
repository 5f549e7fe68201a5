#include "bench/order_floor.hpp"

#include <bit>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace keel::bench {
namespace {

constexpr std::uint32_t instruments = 16;
constexpr std::uint32_t others_max = 64; // standing orders, and hedges under way

OrderFloor::Told placement(ClOrdID id, const core::Draft& draft) {
    return {.id = id.packed(),
            .px = draft.px.value(),
            .qty = draft.qty.value(),
            .instrument = draft.instrument.value(),
            .kind = OrderFloor::Kind::Place,
            .is_sell = static_cast<std::uint8_t>(draft.side == Side::Sell ? 1 : 0)};
}

} // namespace

// clang-format off
const std::array<std::array<OrderFloor::Status, 5>, 6> OrderFloor::next_status = [] {
    using enum Status;
    return std::array<std::array<Status, 5>, 6>{{
        //                   Place       Ack       Trade     CancelAsk   Canceled
        /* None       */ {{ PendingNew, None,     None,     None,       None     }},
        /* PendingNew */ {{ PendingNew, New,      Part,     PendingNew, Canceled }},
        /* New        */ {{ New,        New,      Part,     New,        Canceled }},
        /* Part       */ {{ Part,       Part,     Part,     Part,       Canceled }},
        /* Filled     */ {{ Filled,     Filled,   Filled,   Filled,     Filled   }},
        /* Canceled   */ {{ Canceled,   Canceled, Canceled, Canceled,   Canceled }},
    }};
}();
// clang-format on

OrderFloor::OrderFloor(std::uint32_t live_orders)
    : slots_(live_orders + others_max), cells_(std::bit_ceil(slots_.size() * 2)),
      positions_(instruments), owed_(instruments), ring_(1'024), mask_(cells_.size() - 1),
      shift_(static_cast<unsigned>(64 - std::countr_zero(cells_.size()))) {
    for (std::uint32_t i = 0; i < slots_.size(); ++i) slots_[i].next_free = i + 1;
}

std::size_t OrderFloor::find(std::uint64_t id) const {
    std::size_t at = home(id);
    while (cells_[at].id != id && cells_[at].id != 0) at = (at + 1) & mask_;
    return at;
}

// What follows moves up, so that no look-up meets a gap.
void OrderFloor::erase(std::size_t at) {
    std::size_t gap = at;
    for (std::size_t next = (gap + 1) & mask_; cells_[next].id != 0; next = (next + 1) & mask_) {
        if (((next - home(cells_[next].id)) & mask_) >= ((next - gap) & mask_)) {
            cells_[gap] = cells_[next];
            gap = next;
        }
    }
    cells_[gap] = {};
}

void OrderFloor::leave(const Slot& slot, std::uint32_t kind, std::int64_t qty) {
    ring_[ring_at_++ & (ring_.size() - 1)] = {slot.id, slot.px, qty, slot.instrument, kind};
}

void OrderFloor::on(const Told& told) {
    const std::size_t at = find(told.id);
    if (told.kind == Kind::Place) {
        if (cells_[at].id != 0) return;
        const std::uint32_t fresh = free_;
        Slot& slot = slots_[fresh];
        free_ = slot.next_free;
        slot = {.id = told.id,
                .px = told.px,
                .qty = told.qty,
                .instrument = told.instrument,
                .status = Status::PendingNew,
                .is_sell = told.is_sell};
        cells_[at] = {told.id, fresh};
        ++live_;
        leave(slot, 0, told.qty);
        return;
    }
    if (cells_[at].id == 0) return;
    const auto place = static_cast<std::uint32_t>(cells_[at].slot);
    Slot& slot = slots_[place];
    slot.status =
        next_status[static_cast<std::size_t>(slot.status)][static_cast<std::size_t>(told.kind)];
    if (told.kind == Kind::Trade) {
        for (const std::uint64_t known : slot.trades) {
            if (known == told.exec_id) return;
        }
        slot.trades[slot.trades_at] = told.exec_id;
        slot.trades_at = static_cast<std::uint8_t>(slot.trades_at == 5 ? 0 : slot.trades_at + 1);
        slot.cum += told.qty;
        const std::int64_t change = slot.is_sell != 0 ? -told.qty : told.qty;
        positions_[slot.instrument] += change;
        owed_[slot.instrument] += change;
        leave(slot, 2, owed_[slot.instrument]); // the hedge
        owed_[slot.instrument] = 0;
        if (slot.cum >= slot.qty) slot.status = Status::Filled;
    } else if (told.kind == Kind::Ack) {
        slot.venue_id = told.venue_id;
    } else if (told.kind == Kind::CancelAsk) {
        slot.cancel_asked = 1;
        leave(slot, 1, 0);
    }
    if (slot.status < Status::Filled) return;
    erase(at);
    slot.next_free = free_;
    free_ = place;
    --live_;
}

std::uint64_t OrderFloor::digest() const {
    Hasher hasher{1};
    for (const std::int64_t one : positions_) hasher.add_signed(one);
    hasher.add(ring_at_).add(live_);
    return hasher.digest();
}

void translate(const std::vector<Lives::Step>& steps, std::vector<OrderFloor::Told>& out) {
    using Kind = OrderFloor::Kind;
    out.clear();
    for (const Lives::Step& step : steps) {
        if (step.place || step.is_hedge_begun) out.push_back(placement(step.id, step.draft));
        if (step.place || std::holds_alternative<WakeUp>(step.event.body)) {
            if (step.cancel) {
                out.push_back({.id = step.id.packed(), .kind = Kind::CancelAsk});
            }
        } else if (const auto* answer = std::get_if<RequestAnswer>(&step.event.body)) {
            out.push_back({.id = answer->cl_ord_id.packed(),
                           .venue_id = answer->order_id.lo,
                           .kind = Kind::Ack});
        } else {
            const auto& r = std::get<ExecutionReport>(step.event.body);
            const bool is_trade = r.exec_type == ExecType::Trade;
            out.push_back({.id = r.cl_ord_id.packed(),
                           .venue_id = r.order_id.lo,
                           .exec_id = r.exec_id.lo,
                           .px = r.px.value(),
                           .qty = r.last_qty.value(),
                           .instrument = r.instrument.value(),
                           .kind = is_trade                       ? Kind::Trade
                                   : r.exec_type == ExecType::New ? Kind::Ack
                                                                  : Kind::Canceled});
        }
    }
}

void open(OrderFloor& floor, const Lives& lives, std::uint32_t live_orders) {
    for (std::uint32_t i = 0; i < lives.standing_orders(); ++i) {
        floor.on(placement(Lives::standing_id(i), Lives::standing(i)));
    }
    for (std::uint32_t i = 0; i < live_orders; ++i) {
        floor.on(placement(lives.first_id(i), lives.draft(i)));
    }
}

} // namespace keel::bench
