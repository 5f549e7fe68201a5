#include "core/engine.hpp"

// Fills as a set: a repeated one adds nothing, a bust or a correction is a further fact about its key,
// and whichever comes first, the sum is the same (law 2). Fills of a live order hang on the order;
// when it settles they move to the table that remembers fills for the life of the record.

namespace keel::core {
namespace {

// The venue's order id is part of a fill's key; a venue that does not tell it is keyed by ours.
OrderID own_key(const ExecutionReport& r, ClOrdID own) {
    return r.order_id.is_none() ? OrderID{~0ULL, own.packed()} : r.order_id;
}

} // namespace

const FillEntry* Engine::find_fill(const Order* o, const FillKey& key) const {
    if (o != nullptr && o->fills_kept != fills_in_table) {
        for (std::uint32_t at = o->fills; at != no_slot;) {
            const LiveFill& fill = store_.at(live_fills_, at);
            if (fill.entry.key == key.low && fill.entry.rest >> 48U == key.high) {
                return &fill.entry;
            }
            at = fill.next;
        }
        return nullptr;
    }
    const FillEntry& entry = fills_.find(store_, key);
    return entry.key == 0 ? nullptr : &entry;
}

bool Engine::is_known_fill(const ExecutionReport& r) const {
    return find_fill(nullptr, fill_key(r.instrument, r.exec_id, own_key(r, r.cl_ord_id), r.side)) !=
           nullptr;
}

void Engine::keep_fill(const Order* o, const FillKey& key, const FillFact& fact) {
    const core::Desk& d = desk();
    KEEL_ASSERT(d.fill_entries + 2 < fill_cells_.capacity,
                "new risk stopped long before the fill table was full");
    put(d.fill_entries, d.fill_entries + 1);
    put(d.fill_set, d.fill_set ^ scramble(key.low));
    const FillEntry entry{key.low, pack(key.high, fact)};
    if (o != nullptr && o->fills_kept < fills_kept_max) {
        std::uint32_t at = d.free_fill;
        if (at != no_slot) {
            put(d.free_fill, store_.at(live_fills_, at).next);
        } else if (d.fill_high < live_fills_.capacity) {
            at = d.fill_high;
            put(d.fill_high, at + 1);
        }
        if (at != no_slot) {
            put(store_.at(live_fills_, at), LiveFill{entry, o->fills, 0});
            put(o->fills, at);
            put(o->fills_kept, o->fills_kept + 1);
            fills_.prefetch(store_, key); // it moves there when the order settles
            return;
        }
    }
    if (o != nullptr && o->fills_kept != fills_in_table) {
        remember_fills(*o);
        put(o->fills_kept, fills_in_table);
    }
    remember_fill(entry);
}

void Engine::remember_fill(const FillEntry& entry) {
    put(fills_.find(store_, FillKey{entry.key, entry.rest >> 48U}), entry);
}

void Engine::remember_fills(const Order& o) {
    if (o.fills_kept == fills_in_table || o.fills == no_slot) return;
    for (std::uint32_t at = o.fills; at != no_slot; at = store_.at(live_fills_, at).next) {
        fills_.prefetch(store_, FillKey{store_.at(live_fills_, at).entry.key, 0});
    }
    const core::Desk& d = desk();
    for (std::uint32_t at = o.fills; at != no_slot;) {
        const LiveFill& fill = store_.at(live_fills_, at);
        remember_fill(fill.entry);
        const std::uint32_t next = fill.next;
        put(fill.next, d.free_fill);
        put(d.free_fill, at);
        at = next;
    }
    put(o.fills, no_slot);
    put(o.fills_kept, 0);
}

Engine::Booked Engine::book_fill(const ExecutionReport& r, const Order* o) {
    // Where the venue is silent about the side, the order decides.
    const Side side = o != nullptr ? o->side : r.side;
    const ClOrdID own = o != nullptr ? o->cl_ord_id : r.cl_ord_id;
    const FillKey key = fill_key(r.instrument, r.exec_id, own_key(r, own), side);
    const FillEntry* entry = find_fill(o, key);
    FillFact fact = entry != nullptr ? unpack(entry->rest) : FillFact{};
    const Lots before = fact.counted();
    const Lots busted_before = fact.busted ? abs(fact.qty) : Lots{0};
    const Lots told = signed_lots(side, r.last_qty);
    const auto number = static_cast<std::uint8_t>(r.correction < 7 ? r.correction : 7);
    const bool corrects = r.exec_type == ExecType::TradeCorrect;
    if (entry == nullptr || (corrects && number > fact.correction)) {
        fact.qty = told;
        fact.correction = corrects ? number : std::uint8_t{0};
    } else if (fact.busted && fact.qty == Lots{0}) {
        fact.qty = told; // the bust came first and did not say how much
    }
    if (r.stage == FillStage::Failed) {
        fact.busted = true;
    } else if (r.stage != FillStage::Final) {
        const auto stage = static_cast<std::uint8_t>(r.stage);
        fact.stage = stage > fact.stage ? stage : fact.stage;
    }
    KEEL_ASSERT(abs(fact.qty) <= Lots{fill_qty_max}, "one fill has at most 2^40 lots");
    if (entry == nullptr) {
        keep_fill(o, key, fact);
    } else {
        put(entry->rest, pack(key.high, fact));
        if (config_.sabotage.fills_not_deduplicated && r.exec_type == ExecType::Trade) {
            return {told, Lots{0}};
        }
        if (fact.counted() == before) count(stats().duplicate_fills);
    }
    // What a bust took off is told beside, whichever of trade and bust came first.
    const Lots busted_after = fact.busted ? abs(fact.qty) : Lots{0};
    return {fact.counted() - before, busted_after - busted_before};
}

void Engine::on_bust(const Order* o, const ExecutionReport& r) {
    const Side side = o != nullptr ? o->side : r.side;
    const ClOrdID own = o != nullptr ? o->cl_ord_id : r.cl_ord_id;
    const FillKey key = fill_key(r.instrument, r.exec_id, own_key(r, own), side);
    const FillEntry* entry = find_fill(o, key);
    FillFact fact = entry != nullptr ? unpack(entry->rest) : FillFact{};
    if (fact.busted) return;
    const Lots before = fact.counted();
    fact.busted = true;
    if (entry != nullptr) {
        put(entry->rest, pack(key.high, fact));
    } else {
        fact.qty = signed_lots(side, r.last_qty); // a tombstone: the trade may come later
        keep_fill(o, key, fact);
    }
    put(desk().fill_set, desk().fill_set ^ scramble(key.low + 1));
    count(stats().busts);
    const Lots change = -before;
    if (o != nullptr) {
        const Leg* leg = legs().find(*o, r.order_id);
        const Leg& target = leg != nullptr ? *leg : o->leg;
        add(target.busted, abs(fact.qty));
        const Lots size = side == Side::Buy ? change : -change;
        add(target.cum, size);
        add(o->cum, size);
    }
    if (change != Lots{0}) {
        book_position(r.instrument, o != nullptr ? o->position_side : r.position_side, change,
                      r.transact_time, true);
    }
    note_activity(account_of(r.instrument));
}

} // namespace keel::core
