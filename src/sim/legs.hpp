#pragma once

#include <cstdint>

#include "base/store.hpp"
#include "sim/slots.hpp"

namespace keel::sim {

// The venue's table of our orders: every leg it remembers, found by either id, kept in price-time
// order while it rests, and in order of its end afterwards. When the table is full, the leg that
// ended first makes room.
class Legs {
public:
    static constexpr unsigned slot_bits = 20; // of an order id; the rest is the order's number

    Legs() = default;
    Legs(StoreLayout& layout, Arena<Globals> globals, Arena<InstrumentSlot> instruments,
         std::uint32_t capacity);

    [[nodiscard]] const Leg& at(const Store& store, std::uint32_t slot) const {
        return store.at(legs_, slot);
    }
    [[nodiscard]] std::uint32_t used(const Store& store) const {
        return store.at(globals_, 0).legs_used;
    }
    // The newest leg of an order; the leg of a venue id. no_slot: never heard of, or forgotten.
    [[nodiscard]] std::uint32_t find(const Store& store, ClOrdID id) const;
    [[nodiscard]] std::uint32_t find(const Store& store, OrderID id) const;
    // The leg that this one replaced, if it is still remembered.
    [[nodiscard]] std::uint32_t older(const Store& store, std::uint32_t slot) const;

    // Is there room for one more?
    [[nodiscard]] bool has_room(const Store& store) const;
    // Gives `leg` an order id and a place. It is open, and rests nowhere yet.
    std::uint32_t add(Store& store, Leg leg) const;
    // Into its side of its instrument's book, behind its equals.
    void rest(Store& store, std::uint32_t slot) const;
    void unrest(Store& store, std::uint32_t slot) const;
    // Among its instrument's stops, behind the older ones.
    void wait(Store& store, std::uint32_t slot) const;
    void unwait(Store& store, std::uint32_t slot) const;
    // It has ended (and neither rests nor waits any more).
    void end(Store& store, std::uint32_t slot, Timestamp at) const;
    // It had ended, and is open again. It rests nowhere yet.
    void reopen(Store& store, std::uint32_t slot) const;

private:
    void forget(Store& store, std::uint32_t slot) const;
    void leave_ended(Store& store, std::uint32_t slot) const;
    [[nodiscard]] std::uint32_t cell_of(ClOrdID id) const;
    void put_id(Store& store, ClOrdID id, std::uint32_t slot) const;
    void drop_id(Store& store, ClOrdID id) const;

    Arena<Leg> legs_;
    Arena<IdCell> ids_; // open addressing, a power of two, at most half full
    Arena<Globals> globals_;
    Arena<InstrumentSlot> instruments_;
};

} // namespace keel::sim
