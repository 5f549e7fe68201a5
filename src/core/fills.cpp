#include <algorithm>

#include "core/engine.hpp"

// Fills as a set: a repeated one adds nothing, a bust or a correction is a further fact about its
// key, and whichever comes first, the sum is the same (law 2).

namespace keel::core {
namespace {

// A fill is keyed by the venue's order id; by ours (marked so) where the venue does not tell its
// own.
OrderID own_id(ClOrdID own) { return OrderID{~0ULL, own.packed()}; }

// What a fill comes to: as it counts now, and as it was ever executed.
struct Worth {
    Lots counted; // signed
    Lots gross;
    Lots matched; // of what counts, not settled yet
    Lots failed;  // was to settle, and did not; signed
};
Worth worth_of(const FillFact& fact, Lots corrected) {
    const Lots first = fact.told ? fact.qty : Lots{0};
    const Lots now = fact.corrected ? corrected : first;
    Worth worth;
    worth.counted = fact.busted ? Lots{0} : now;
    worth.gross = max(abs(first), fact.corrected ? abs(now) : Lots{0});
    const bool settles = fact.stage == static_cast<std::uint8_t>(FillStage::Matched) ||
                         fact.stage == static_cast<std::uint8_t>(FillStage::Mined);
    if (settles) (fact.busted ? worth.failed : worth.matched) = now;
    return worth;
}

bool is_torn(const FillFact& fact) { // confirmed, and yet failed
    return fact.busted && fact.stage == static_cast<std::uint8_t>(FillStage::Confirmed);
}

} // namespace

FillKey Engine::key_of(const ExecutionReport& r, const OrderID& own, Side side) const {
    if (config_.sabotage.fill_key_is_trade_id) {
        return fill_key(InstrumentIx{0}, r.exec_id, OrderID{}, Side::Buy);
    }
    return fill_key(r.instrument, r.exec_id, own, side);
}

// The entry of the fill that this report is about, and the own id that is part of its key. Channels
// differ in whether they tell the venue's order id, so a fill may be known under either.
Engine::FillPlace Engine::place_of(const ExecutionReport& r, const Order* o, const Leg* leg) const {
    // Where the venue is silent about the side, the order decides.
    const Side side = o != nullptr ? o->side : r.side;
    const ClOrdID ours = o != nullptr ? o->cl_ord_id : r.cl_ord_id;
    OrderID own = r.order_id;
    if (own.is_none() && leg != nullptr && o->leg.next == no_slot) own = leg->id;
    const bool by_venue = !own.is_none();
    if (!by_venue) own = own_id(ours);
    const auto known_by = [&](const OrderID& id, const FillKey& key) {
        return FillPlace{id, side, key, &fills_.find(store_, key)};
    };
    const auto known_as = [&](const OrderID& id) { return known_by(id, key_of(r, id, side)); };
    const bool foreseen = own == r.order_id && side == r.side && r.exec_type == ExecType::Trade;
    const FillPlace first = foreseen ? known_by(own, foreseen_) : known_as(own);
    if (first.is_known()) return first;
    if (leg != nullptr && by_venue && o->leg.next == no_slot &&
        (leg->seen & leg_seen::own_keys) == 0) {
        return first; // the one leg, and none of its fills is known by our id
    }
    bool own_keys = o == nullptr && !ours.is_none(); // of a forgotten order nobody knows
    if (o != nullptr) {
        legs().each(*o, [&](const Leg& each) {
            own_keys = own_keys || (each.seen & leg_seen::own_keys) != 0;
        });
    }
    if (by_venue && own_keys) {
        if (const FillPlace place = known_as(own_id(ours)); place.is_known()) return place;
    }
    if (o == nullptr || !r.order_id.is_none() || o->leg.next == no_slot) return first;
    for (const Leg* each = &o->leg; each != nullptr; each = legs().next(*each)) {
        if (each->id.is_none() || each->id == own) continue;
        if (const FillPlace place = known_as(each->id); place.is_known()) return place;
    }
    return first;
}

bool Engine::is_known_fill(const ExecutionReport& r) const {
    return place_of(r, nullptr, nullptr).is_known();
}

// The fill table is large and read at random: its line is asked for long before it is needed.
void Engine::foresee_fill(const ExecutionReport& r) {
    foreseen_ = key_of(r, r.order_id, r.side);
    fills_.prefetch(store_, foreseen_);
}

void Engine::keep_fill(const FillEntry& entry, const FillEntry& fact) {
    const core::Desk& d = desk();
    if (entry.key == 0) put(d.fill_entries, d.fill_entries + 1);
    put(d.fill_set, d.fill_set ^ digest_of(entry) ^ digest_of(fact));
    put(entry, fact);
}

// Nearly always: an order of one leg, told by its id, none of whose fills is known by ours, and
// this one is not among them.
bool Engine::is_news(const ExecutionReport& r, const Order& o, const Leg& leg) const {
    return r.exec_type == ExecType::Trade && r.stage == FillStage::Final && r.last_qty != Lots{0} &&
           o.leg.next == no_slot && r.order_id == leg.id && !r.order_id.is_none() &&
           r.side == o.side && (leg.seen & leg_seen::own_keys) == 0 &&
           !may_know(leg.fills_seen, foreseen_) && news_.key == 0 &&
           !config_.sabotage.fill_key_is_trade_id;
}

// What a step takes in is put into the table at its end, when the line that it asked for is there.
void Engine::keep_news() {
    if (news_.key == 0) return;
    put(fills_.find(store_, {news_.key, news_.rest >> 49U}), news_);
    news_ = {};
}

// That a fill of this leg is known by our id, as the venue's was not told.
void Engine::note_own_key(const ExecutionReport& r, const Order* o, const Leg* leg,
                          const FillPlace& place) {
    if (leg == nullptr || place.own != own_id(o != nullptr ? o->cl_ord_id : r.cl_ord_id)) return;
    put(leg->seen, static_cast<std::uint8_t>(leg->seen | leg_seen::own_keys));
}

// New risk stopped long ago, and still fills came, as foreign ones may. What cannot be remembered
// could be counted twice, so it is not counted: the position audit finds it, and adopts it.
bool Engine::is_table_full(InstrumentIx i, ClOrdID own) {
    if (desk().fill_entries + 3 < fill_cells_.capacity) return false; // a fill and its correction
    hold_back(i, Guard::Capacity, Lots{0});
    contradiction(i, own, AlarmKind::Contradiction, desk().fill_entries, fill_cells_.capacity);
    return true;
}

// A correction is a fact of its own: the newest stands, whatever came before it. Of two with one
// number the larger does, and they contradict each other.
Engine::Corrected Engine::join_correction(const ExecutionReport& r, const FillPlace& place,
                                          bool told) {
    const FillKey key =
        fill_key(r.instrument, r.exec_id, place.own, place.side, FillPart::Correction);
    const FillEntry& entry = fills_.find(store_, key);
    const bool known = entry.key != 0;
    FillCorrection fact = known ? unpack_correction(entry.rest) : FillCorrection{};
    const auto number = static_cast<std::uint8_t>(std::clamp(r.correction, 1U, 255U));
    if (!told || (known && number < fact.number)) return {fact.qty};
    const Lots qty = signed_lots(place.side, r.last_qty);
    const bool ties = known && number == fact.number;
    const bool contradicts = ties && qty != fact.qty;
    if (!ties || abs(qty) > abs(fact.qty)) {
        fact = {qty, number};
        keep_fill(entry, FillEntry{key.low, pack(key.high, fact)});
    }
    return {fact.qty, contradicts};
}

Engine::Booked Engine::book_fill(const ExecutionReport& r, const Order* o, const Leg* leg) {
    KEEL_ASSERT(abs(r.last_qty) <= Lots{fill_qty_max}, "one fill has at most 2^40 lots");
    // A sweep trades for nobody: its fill stays with what it took away, also when it is busted.
    const bool ours = o != nullptr ? o->role != Role::Sweep
                                   : !r.cl_ord_id.is_none() && r.cl_ord_id.desk() == config_.desk;
    if (o != nullptr && leg != nullptr && is_news(r, *o, *leg)) {
        if (is_table_full(r.instrument, r.cl_ord_id)) return {};
        const FillFact fact{.qty = signed_lots(r.side, r.last_qty), .told = true, .foreign = !ours};
        news_ = FillEntry{foreseen_.low, pack(foreseen_.high, fact)};
        const core::Desk& d = desk();
        put(d.fill_entries, d.fill_entries + 1);
        put(d.fill_set, d.fill_set ^ digest_of(news_));
        put(leg->fills_seen, leg->fills_seen | fill_bits(foreseen_));
        return {.change = fact.qty, .foreign = fact.foreign};
    }
    const FillPlace place = place_of(r, o, leg);
    const bool known = place.is_known();
    const bool needs_room = !known || r.exec_type == ExecType::TradeCorrect;
    if (needs_room && is_table_full(r.instrument, r.cl_ord_id)) return {};
    const FillFact old = known ? unpack(place.entry->rest) : FillFact{.foreign = !ours};
    const Corrected old_corrected = old.corrected ? join_correction(r, place, false) : Corrected{};
    const Worth before = worth_of(old, old_corrected.qty);

    FillFact fact = old;
    Corrected corrected = old_corrected;
    const Lots told = signed_lots(place.side, r.last_qty);
    bool torn = false; // told with two quantities: the larger stands, whichever came first
    if (r.exec_type == ExecType::TradeCorrect) {
        corrected = join_correction(r, place, true);
        torn = corrected.contradicts;
        fact.corrected = true;
    } else if (!fact.told && r.last_qty != Lots{0}) {
        fact.qty = told;
        fact.told = true;
    } else if (r.exec_type == ExecType::Trade && r.last_qty != Lots{0} && told != fact.qty &&
               !(fact.corrected && told == corrected.qty)) { // (some show only the corrected one)
        torn = true;
        if (abs(told) > abs(fact.qty)) fact.qty = told;
    }
    if (r.exec_type == ExecType::TradeCancel) {
        if (config_.sabotage.bust_removes) fact = {.foreign = fact.foreign};
        fact.busted = !config_.sabotage.bust_removes;
    } else if (r.stage == FillStage::Failed) {
        fact.busted = !config_.sabotage.failure_is_ignored;
        fact.stage = std::max(fact.stage, static_cast<std::uint8_t>(FillStage::Matched));
    } else if (r.stage != FillStage::Final) {
        fact.stage = std::max(fact.stage, static_cast<std::uint8_t>(r.stage));
    }
    const bool reclaims = known && o != nullptr && old.foreign && ours;
    if (reclaims) fact.foreign = false;
    const FillKey& key = place.key;
    // Found anew where a correction may have taken the cell that was free before.
    const FillEntry& entry = fact.corrected ? fills_.find(store_, key) : *place.entry;
    keep_fill(entry, FillEntry{key.low, pack(key.high, fact)});
    if (!known) {
        note_own_key(r, o, leg, place);
        if (leg != nullptr) {
            put(leg->fills_seen, leg->fills_seen | fill_bits(key));
        } else {
            add(desk().orphans, 1);
        }
    }
    if (fact.busted && !old.busted) count(stats().busts);
    if (known && config_.sabotage.fills_not_deduplicated && r.exec_type == ExecType::Trade) {
        return {.change = signed_lots(place.side, r.last_qty)};
    }
    const Worth after = worth_of(fact, corrected.qty);
    if (known && r.exec_type == ExecType::Trade && after.counted == before.counted) {
        count(stats().duplicate_fills);
    }
    // (What was taken off before its order was known has been taken off no leg yet.)
    const Lots off_before = reclaims ? Lots{0} : before.gross - abs(before.counted);
    return {.change = after.counted - before.counted,
            .taken_off = after.gross - abs(after.counted) - off_before,
            .matched = after.matched - before.matched,
            .failed = after.failed - before.failed,
            .settling = abs(after.matched) - (reclaims ? Lots{0} : abs(before.matched)),
            .reclaimed = reclaims ? before.counted : Lots{0},
            .foreign = fact.foreign,
            .contradicts = torn || (is_torn(fact) && !is_torn(old))};
}

} // namespace keel::core
