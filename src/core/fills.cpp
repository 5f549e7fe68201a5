#include "core/engine.hpp"

// Fills as a set: a repeated one adds nothing, a bust or a correction is a further fact about its
// key, and whichever comes first, the sum is the same (law 2).

namespace keel::core {
namespace {

// The venue's order id is part of a fill's key; a venue that does not tell it is keyed by ours.
OrderID own_key(const ExecutionReport& r, ClOrdID own) {
    return r.order_id.is_none() ? OrderID{~0ULL, own.packed()} : r.order_id;
}

} // namespace

FillKey Engine::key_of(const ExecutionReport& r, ClOrdID own, Side side) const {
    if (config_.sabotage.fill_key_is_trade_id) {
        return fill_key(InstrumentIx{0}, r.exec_id, OrderID{}, Side::Buy);
    }
    return fill_key(r.instrument, r.exec_id, own_key(r, own), side);
}

bool Engine::is_known_fill(const ExecutionReport& r) const {
    return fills_.find(store_, key_of(r, r.cl_ord_id, r.side)).key != 0;
}

void Engine::prefetch_fill(const ExecutionReport& r) const {
    fills_.prefetch(store_, key_of(r, r.cl_ord_id, r.side));
}

void Engine::keep_fill(const FillEntry& place, const FillKey& key, const FillFact& fact) {
    const core::Desk& d = desk();
    put(d.fill_entries, d.fill_entries + 1);
    put(d.fill_set, d.fill_set ^ scramble(key.low));
    put(place, FillEntry{key.low, pack(key.high, fact)});
}

// New risk stopped long ago, and still fills came, as foreign ones may. What cannot be remembered
// could be counted twice, so it is not counted: the position audit finds it, and adopts it.
bool Engine::is_table_full(InstrumentIx i, ClOrdID own) {
    if (desk().fill_entries + 2 < fill_cells_.capacity) return false;
    hold_back(i, Guard::Capacity, Lots{0});
    contradiction(i, own, AlarmKind::Contradiction, desk().fill_entries, fill_cells_.capacity);
    return true;
}

Engine::Booked Engine::book_fill(const ExecutionReport& r, const Order* o) {
    // Where the venue is silent about the side, the order decides.
    const Side side = o != nullptr ? o->side : r.side;
    const ClOrdID own = o != nullptr ? o->cl_ord_id : r.cl_ord_id;
    const FillKey key = key_of(r, own, side);
    const FillEntry& entry = fills_.find(store_, key);
    const bool known = entry.key != 0;
    FillFact fact = known ? unpack(entry.rest) : FillFact{};
    if (!known && is_table_full(r.instrument, own)) return {};
    const Lots before = fact.counted();
    const Lots busted_before = fact.busted ? abs(fact.qty) : Lots{0};
    const Lots told = signed_lots(side, r.last_qty);
    const auto number = static_cast<std::uint8_t>(r.correction < 7 ? r.correction : 7);
    const bool corrects = r.exec_type == ExecType::TradeCorrect;
    const bool removed = config_.sabotage.bust_removes && fact.qty == Lots{0} && !fact.busted;
    if (!known || removed || (corrects && number > fact.correction)) {
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
    if (!known) {
        keep_fill(entry, key, fact);
    } else {
        put(entry.rest, pack(key.high, fact));
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
    const FillKey key = key_of(r, own, side);
    const FillEntry& entry = fills_.find(store_, key);
    const bool known = entry.key != 0;
    FillFact fact = known ? unpack(entry.rest) : FillFact{};
    if (fact.busted || (!known && is_table_full(r.instrument, own))) return;
    const Lots before = fact.counted();
    if (config_.sabotage.bust_removes) {
        if (!known) return;
        fact = FillFact{};
    } else {
        fact.busted = true;
    }
    if (known) {
        put(entry.rest, pack(key.high, fact));
    } else {
        fact.qty = signed_lots(side, r.last_qty); // a tombstone: the trade may come later
        keep_fill(entry, key, fact);
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
        const bool silent = r.position_side == PositionSide::Net && o != nullptr;
        book_position(r.instrument, silent ? o->position_side : r.position_side, change,
                      r.transact_time, true);
    }
    note_activity(account_of(r.instrument));
}

} // namespace keel::core
