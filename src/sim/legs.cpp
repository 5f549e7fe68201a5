#include "sim/legs.hpp"

#include <bit>

#include "base/hash.hpp"

namespace keel::sim {

Legs::Legs(StoreLayout& layout, Arena<Globals> globals, Arena<InstrumentSlot> instruments,
           std::uint32_t capacity)
    : globals_(globals), instruments_(instruments) {
    KEEL_ASSERT(capacity > 0 && capacity < (1U << slot_bits), "orders_max is 1 to a million");
    legs_ = layout.add<Leg>(capacity);
    ids_ = layout.add<IdCell>(std::bit_ceil(capacity * 2));
}

std::uint32_t Legs::cell_of(ClOrdID id) const {
    return static_cast<std::uint32_t>(scramble(id.packed())) & (ids_.capacity - 1);
}

std::uint32_t Legs::find(const Store& store, ClOrdID id) const {
    if (id.is_none()) return no_slot;
    for (std::uint32_t i = cell_of(id);; i = (i + 1) & (ids_.capacity - 1)) {
        const IdCell& cell = store.at(ids_, i);
        if (cell.cl_ord_id == id) return cell.leg;
        if (cell.cl_ord_id.is_none()) return no_slot;
    }
}

std::uint32_t Legs::find(const Store& store, OrderID id) const {
    const auto slot = static_cast<std::uint32_t>(id.lo & ((1U << slot_bits) - 1U));
    if (id.hi != 0 || slot >= used(store)) return no_slot;
    return at(store, slot).order_id == id.lo ? slot : no_slot;
}

std::uint32_t Legs::older(const Store& store, std::uint32_t slot) const {
    const Leg& leg = at(store, slot);
    if (leg.older_leg == no_slot) return no_slot;
    const Leg& older_leg = at(store, leg.older_leg);
    const bool same_order =
        older_leg.cl_ord_id == leg.cl_ord_id && older_leg.order_id < leg.order_id;
    return same_order ? leg.older_leg : no_slot;
}

void Legs::put_id(Store& store, ClOrdID id, std::uint32_t slot) const {
    for (std::uint32_t i = cell_of(id);; i = (i + 1) & (ids_.capacity - 1)) {
        const IdCell& cell = store.at(ids_, i);
        if (cell.cl_ord_id == id || cell.cl_ord_id.is_none()) {
            store.put(cell, IdCell{id, slot, 0});
            return;
        }
    }
}

// Closes the hole by moving back whatever had been pushed past it, so that no tombstones gather.
void Legs::drop_id(Store& store, ClOrdID id) const {
    const std::uint32_t mask = ids_.capacity - 1;
    std::uint32_t hole = cell_of(id);
    while (store.at(ids_, hole).cl_ord_id != id) hole = (hole + 1) & mask;
    for (std::uint32_t i = (hole + 1) & mask;; i = (i + 1) & mask) {
        const IdCell& cell = store.at(ids_, i);
        if (cell.cl_ord_id.is_none()) break;
        const std::uint32_t home = cell_of(cell.cl_ord_id);
        if (((i - home) & mask) >= ((i - hole) & mask)) { // it may live in the hole
            store.put(store.at(ids_, hole), cell);
            hole = i;
        }
    }
    store.put(store.at(ids_, hole), IdCell{});
}

bool Legs::has_room(const Store& store) const {
    const Globals& globals = store.at(globals_, 0);
    return globals.legs_used < legs_.capacity || globals.ended_oldest != no_slot;
}

void Legs::forget(Store& store, std::uint32_t slot) const {
    leave_ended(store, slot);
    const Leg& leg = at(store, slot);
    if (find(store, leg.cl_ord_id) == slot) drop_id(store, leg.cl_ord_id);
}

void Legs::leave_ended(Store& store, std::uint32_t slot) const {
    const Leg& leg = at(store, slot);
    const Globals& globals = store.at(globals_, 0);
    store.put(leg.previous == no_slot ? globals.ended_oldest : at(store, leg.previous).next,
              leg.next);
    store.put(leg.next == no_slot ? globals.ended_newest : at(store, leg.next).previous,
              leg.previous);
}

std::uint32_t Legs::add(Store& store, Leg leg) const {
    const Globals& globals = store.at(globals_, 0);
    std::uint32_t slot = globals.legs_used;
    if (slot < legs_.capacity) {
        store.put(globals.legs_used, slot + 1);
    } else {
        slot = globals.ended_oldest;
        KEEL_ASSERT(slot != no_slot, "a leg is added only where there is room");
        forget(store, slot);
    }
    store.add(globals.orders_made, 1);
    leg.order_id = (globals.orders_made << slot_bits) | slot;
    leg.older_leg = find(store, leg.cl_ord_id);
    leg.is_open = 1;
    leg.ended_at = never;
    leg.previous = no_slot;
    leg.next = no_slot;
    store.put(at(store, slot), leg);
    put_id(store, leg.cl_ord_id, slot);
    store.add(globals.open_orders, 1);
    return slot;
}

void Legs::rest(Store& store, std::uint32_t slot) const {
    const Leg& leg = at(store, slot);
    const InstrumentSlot& book = store.at(instruments_, leg.instrument);
    const std::size_t side = index_of(leg.side);
    std::uint32_t next = no_slot;
    std::uint32_t previous = book.tail[side];
    while (previous != no_slot && is_better(leg.side, leg.px, at(store, previous).px)) {
        next = previous;
        previous = at(store, previous).previous;
    }
    store.put(leg.previous, previous);
    store.put(leg.next, next);
    if (previous == no_slot) {
        store.put(book.head[side], slot);
        store.put(book.own_px[side], leg.px);
    } else {
        store.put(at(store, previous).next, slot);
    }
    if (next == no_slot) {
        store.put(book.tail[side], slot);
    } else {
        store.put(at(store, next).previous, slot);
    }
    store.put(leg.is_resting, 1);
    store.put(book.resting, book.resting + 1);
    if (leg.reduce_only != 0) {
        store.put(book.reduce_only_resting, book.reduce_only_resting + 1);
    } else {
        store.put(book.open_qty[side], book.open_qty[side] + leg.leaves());
    }
}

void Legs::unrest(Store& store, std::uint32_t slot) const {
    const Leg& leg = at(store, slot);
    const InstrumentSlot& book = store.at(instruments_, leg.instrument);
    const std::size_t side = index_of(leg.side);
    if (leg.previous == no_slot) {
        store.put(book.head[side], leg.next);
        store.put(book.own_px[side], leg.next == no_slot ? no_price : at(store, leg.next).px);
    } else {
        store.put(at(store, leg.previous).next, leg.next);
    }
    if (leg.next == no_slot) {
        store.put(book.tail[side], leg.previous);
    } else {
        store.put(at(store, leg.next).previous, leg.previous);
    }
    store.put(leg.is_resting, 0);
    store.put(book.resting, book.resting - 1);
    if (leg.reduce_only != 0) {
        store.put(book.reduce_only_resting, book.reduce_only_resting - 1);
    } else {
        store.put(book.open_qty[side], book.open_qty[side] - leg.leaves());
    }
}

void Legs::wait(Store& store, std::uint32_t slot) const {
    const Leg& leg = at(store, slot);
    const InstrumentSlot& book = store.at(instruments_, leg.instrument);
    store.put(leg.previous, book.last_stop);
    store.put(leg.next, no_slot);
    if (book.last_stop == no_slot) {
        store.put(book.first_stop, slot);
    } else {
        store.put(at(store, book.last_stop).next, slot);
    }
    store.put(book.last_stop, slot);
    store.put(leg.is_waiting, 1);
}

void Legs::unwait(Store& store, std::uint32_t slot) const {
    const Leg& leg = at(store, slot);
    const InstrumentSlot& book = store.at(instruments_, leg.instrument);
    if (leg.previous == no_slot) {
        store.put(book.first_stop, leg.next);
    } else {
        store.put(at(store, leg.previous).next, leg.next);
    }
    if (leg.next == no_slot) {
        store.put(book.last_stop, leg.previous);
    } else {
        store.put(at(store, leg.next).previous, leg.previous);
    }
    store.put(leg.is_waiting, 0);
}

void Legs::end(Store& store, std::uint32_t slot, Timestamp at_time) const {
    const Leg& leg = at(store, slot);
    const Globals& globals = store.at(globals_, 0);
    KEEL_ASSERT(leg.is_open != 0, "a leg ends once");
    store.put(leg.is_open, 0);
    store.put(leg.ended_at, at_time);
    store.put(leg.previous, globals.ended_newest);
    store.put(leg.next, no_slot);
    if (globals.ended_newest == no_slot) {
        store.put(globals.ended_oldest, slot);
    } else {
        store.put(at(store, globals.ended_newest).next, slot);
    }
    store.put(globals.ended_newest, slot);
    store.put(globals.open_orders, globals.open_orders - 1);
}

void Legs::reopen(Store& store, std::uint32_t slot) const {
    leave_ended(store, slot);
    const Leg& leg = at(store, slot);
    store.put(leg.is_open, 1);
    store.put(leg.ended_at, never);
    store.add(store.at(globals_, 0).open_orders, 1);
}

} // namespace keel::sim
