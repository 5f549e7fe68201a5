#include "core/engine.hpp"

// Facts joined into an order: legs, ends, claims, amends. Nothing here decides; what the facts mean
// is derived from them (order.cpp), so the order in which they are joined cannot matter.

namespace keel::core {
namespace {

constexpr std::uint8_t without(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set & ~bits);
}
constexpr std::uint8_t with(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set | bits);
}

} // namespace

const Leg& Engine::leg_for(const Order& o, const OrderID& id, Lots leg_qty) {
    if (id.is_none()) return legs().current(o);
    if (const Leg* known = legs().find(o, id)) return *known;
    // The first leg that the venue has not named yet; an amend asks for one before it is answered,
    // where its venue names amended orders anew.
    const bool renames = !traits(o.instrument).amend_keeps_order_id;
    const Leg* unnamed = &o.leg;
    while (unnamed != nullptr && !unnamed->id.is_none()) {
        unnamed = renames ? legs().next(*unnamed) : nullptr;
    }
    if (unnamed == nullptr) {
        // Another venue id under our id, whoever tells first: a leg of its own (law 2).
        unnamed = add_leg(o, leg_qty > Lots{0} ? leg_qty : o.qty);
        if (unnamed != nullptr && leg_qty == Lots{0}) put(unnamed->seen, leg_seen::guessed);
        if (unnamed == nullptr) {
            contradiction(o.instrument, o.cl_ord_id, AlarmKind::Contradiction, legs_.capacity, 0);
            return legs().current(o);
        }
    }
    put(unnamed->id, id);
    // Some may have come under this name before it was its.
    if (desk().orphans != 0) put(unnamed->fills_seen, all_fills);
    by_order_id_.insert(store_, order_id_hash(account_of(o.instrument), id), slot_of(o));
    claim_fills(o, *unnamed);
    return *unnamed;
}

// At the end of the chain; null where there is no room.
const Leg* Engine::add_leg(const Order& o, Lots qty) {
    const core::Desk& d = desk();
    const bool remembered = o.list == OrderList::Settled; // its legs do not count as live
    while (d.free_leg == no_slot && d.leg_high == legs_.capacity && !remembered &&
           forget_oldest()) {
    }
    std::uint32_t at = d.free_leg;
    if (at != no_slot) {
        put(d.free_leg, store_.at(legs_, at).next);
    } else if (d.leg_high < legs_.capacity) {
        at = d.leg_high;
        put(d.leg_high, at + 1);
    } else {
        alarm(AlarmKind::CapacityReached, o.instrument, account_of(o.instrument), o.cl_ord_id,
              legs_.capacity, legs_.capacity, Limit::LegCapacity);
        return nullptr;
    }
    if (!remembered) put(d.live_legs, d.live_legs + 1);
    Leg fresh;
    fresh.qty = qty;
    const Leg& leg = store_.at(legs_, at);
    put(leg, fresh);
    put(legs().last(o).next, at);
    return &leg;
}

void Engine::evidence_of_life(const Order& o, const Leg& leg) {
    const bool by_amend = &leg != &o.leg && (leg.seen & leg_seen::named) == 0 &&
                          !traits(o.instrument).amend_keeps_order_id && legs().asked(o) == nullptr;
    put(leg.seen, with(leg.seen, leg_seen::named));
    if (o.seen_at == Timestamp{}) {
        put(o.seen_at, now());
        if ((o.flags & order_flag::unknown) != 0) {
            put(o.flags, without(o.flags, order_flag::unknown));
            count(stats().unknown_to_life);
        }
        release_reservation(o);
        if (o.role == Role::Protect) touch(o.instrument); // what it takes the place of may go
    }
    put(o.asked, without(o.asked, pending::create));
    // Whatever names the leg that an amend asked for says that the amend took effect.
    if (by_amend && o.amend_qty != Lots{0}) amend_took_effect(o, leg, Lots{0}, 0);
}

void Engine::join_end(const Leg& leg, LegEnd end, const Final& final) {
    put(leg.end, join(leg.end, end));
    put(leg.ends_told, with(leg.ends_told, bit(end)));
    if (!final.vouched) return;
    // A vouched final quantity outranks every running claim; of two the newer version stands, and
    // where versions tie both do.
    if (leg.vouched == 0 || final.version > leg.claim_version) {
        put(leg.claim_low, final.qty);
        put(leg.claim_high, final.qty);
        put(leg.claim_version, final.version);
        put(leg.vouched, 1);
    } else if (final.version == leg.claim_version) {
        put(leg.claim_low, min(leg.claim_low, final.qty));
        put(leg.claim_high, max(leg.claim_high, final.qty));
    }
}

void Engine::join_claim(const Order& o, const Leg& leg, Lots cum, std::uint64_t version) {
    const bool first = (leg.seen & leg_seen::claimed) == 0;
    put(leg.seen, with(leg.seen, leg_seen::claimed));
    // Where what failed rests again the newest word stands, also where it says less.
    const bool may_fall =
        rests_again_on_failure(spec(o.instrument), o) && version != leg.claim_version && !first;
    if (!may_fall) put(leg.claimed, max(leg.claimed, cum));
    if (may_fall && version > leg.claim_version) {
        if (cum < leg.claimed) note_returned(o, leg);
        put(leg.claimed, cum);
    }
    if (config_.sabotage.claims_are_maxima) {
        put(leg.claim_low, max(leg.claim_low, cum));
        put(leg.claim_high, max(leg.claim_high, cum));
        return;
    }
    if (leg.vouched != 0) return;
    if (first || version > leg.claim_version) {
        put(leg.claim_low, cum);
        put(leg.claim_high, cum);
        put(leg.claim_version, version);
    } else if (version == leg.claim_version) {
        // Versions tie (or there are none): both values stand until a read settles them.
        put(leg.claim_low, min(leg.claim_low, cum));
        put(leg.claim_high, max(leg.claim_high, cum));
    }
}

// `told`: the whole of the leg, fills included, if the venue said so; by a report of `version`, if
// it was one and has any. An amend that was refused is remembered until the next one: evidence of
// its effect outweighs the refusal, and contradicts it.
void Engine::amend_took_effect(const Order& o, const Leg& leg, Lots told, std::uint64_t version) {
    const VenueTraits& venue = traits(o.instrument);
    const bool total = venue.amend_qty == AmendQty::Total;
    const bool amending = o.amend_qty != Lots{0}; // and not known to have effect until now
    const Leg* asked = legs().asked(o);
    if (!amending && told == Lots{0} && venue.amend_keeps_order_id) return; // known already
    // What it had executed by then is not known, so neither is what rests: the old and the new both
    // count until the venue tells the quantity.
    const bool untold = venue.amend_keeps_order_id && !total && told == Lots{0};
    if (amending && (o.asked & pending::amend) == 0) swap_amend(o); // it had been refused
    if (amending && untold) {
        put(o.leg.seen, with(o.leg.seen, leg_seen::accepted));
        return;
    }
    if (amending) {
        put(o.asked, without(o.asked, pending::amend));
        put(o.qty, o.amend_qty);
        put(o.amend_qty, Lots{0});
        put(o.flags, without(o.flags, order_flag::unknown));
        for (const Leg* each = &o.leg; each != nullptr; each = legs().next(*each)) {
            if ((each->seen & leg_seen::guessed) != 0) put(each->qty, o.qty);
        }
    }
    if (venue.amend_keeps_order_id) {
        // An amend below what was executed is amended to that (FIX D12): the venue's word counts.
        // Where it gave none, what stood before stays the most that can be true.
        if (told > Lots{0}) {
            put_told_qty(leg, told);
        } else {
            put(leg.qty, max(leg.qty, o.qty));
            put(leg.seen, with(leg.seen, leg_seen::net_qty));
        }
        if (total && told > Lots{0}) put(o.qty, leg.qty);
        const bool is_untold = total && (told == Lots{0} || version == 0);
        put(o.contradictions, is_untold ? with(o.contradictions, amend_untold)
                                        : without(o.contradictions, amend_untold));
        drop_asked_leg(o);
        return;
    }
    // A new leg: the one that was asked for, even if it has no name yet.
    const Leg* fresh = &leg;
    if (amending && asked != nullptr && asked != &leg) {
        fresh = asked;
        put(fresh->seen, leg_seen::named);
    } else if (told > Lots{0}) {
        put_told_qty(leg, told);
    }
    for (const Leg* each = &o.leg; each != nullptr; each = legs().next(*each)) {
        if (each != fresh && (each->seen & leg_seen::before) != 0) {
            join_end(*each, LegEnd::Replaced, {});
        }
    }
}

// An answer, or a report that it took effect. One that was asked for earlier, or later by somebody
// else, is not the answer to ours.
void Engine::on_replaced(const Order& o, const Leg& leg, const ExecutionReport& r) {
    if (r.amend_no != 0 && r.amend_no < o.amend_no) return;
    // The same where the venue does not number them: a leg of before our newest amend, or no news
    // of one that was refused, is no sign of its effect.
    const bool keeps_id = traits(o.instrument).amend_keeps_order_id;
    if (r.amend_no == 0 && o.amend_qty != Lots{0}) {
        // (Pending, what it shows may be the amend though its version was heard of before.)
        const bool is_as_before =
            r.px == o.px_before && (r.order_qty == Lots{0} || r.order_qty == leg.qty);
        const bool is_refused = (o.asked & pending::amend) == 0;
        const bool is_no_news =
            (is_refused || is_as_before) && r.version != 0 && r.version <= leg.qty_version;
        if (keeps_id ? is_no_news : (leg.seen & leg_seen::before) != 0) return;
    }
    const bool ours = r.amend_no != 0 || o.amend_qty != Lots{0};
    const bool overtaken = r.version < leg.qty_version;
    const Lots told = overtaken ? leg.qty : r.order_qty;
    if (!overtaken) put(leg.qty_version, r.version);
    amend_took_effect(o, leg, told, r.version);
    if (!ours && told > Lots{0} && keeps_id) {
        put(o.qty, told); // changed by somebody else: the venue's word is newer
    }
    for (const Leg* each = &o.leg; !ours && !keeps_id && each != &leg;) {
        join_end(*each, LegEnd::Replaced, {});
        each = legs().next(*each);
    }
    if (r.px > Ticks{0} && !overtaken) put(o.px, r.px);
}

void Engine::put_told_qty(const Leg& leg, Lots qty) {
    put(leg.qty, config_.sabotage.qty_only_grows ? max(leg.qty, qty) : qty);
    put(leg.seen, without(leg.seen, with(leg_seen::net_qty, leg_seen::guessed)));
}

// The whole of a leg as the venue has it, from any report: the newest version stands.
void Engine::join_qty(const Order& o, const Leg& leg, const ExecutionReport& r) {
    if (r.order_qty == Lots{0} || r.version <= leg.qty_version) return;
    if ((o.contradictions & amend_untold) != 0) {
        // It may be from before the last amend, or from after it: what can be true counts.
        put(leg.qty, max(leg.qty, r.order_qty));
        return;
    }
    put(leg.qty_version, r.version);
    put_told_qty(leg, r.order_qty);
    const VenueTraits& venue = traits(o.instrument);
    const bool whole = venue.amend_keeps_order_id && venue.amend_qty == AmendQty::Total;
    if (whole && (o.asked & pending::amend) == 0) put(o.qty, r.order_qty);
}

// Does a report show the order as the unanswered amend would make it?
bool Engine::shows_amend(const Order& o, const Leg& leg, const ExecutionReport& r) const {
    if ((o.asked & pending::amend) == 0 || !traits(o.instrument).amend_keeps_order_id) return false;
    if (r.version < leg.qty_version) return false; // older than what is known
    if (r.px > Ticks{0} && r.px != o.px) return false;
    if (r.px > Ticks{0} && o.px != o.px_before) return true;
    // The same price: then the quantity must have moved. A new total is at least what was asked.
    if (r.order_qty == Lots{0} || r.order_qty == leg.qty) return false;
    return traits(o.instrument).amend_qty != AmendQty::Total || r.order_qty >= o.amend_qty;
}

// Refused, or never arrived: the old parameters stand.
void Engine::drop_amend(const Order& o) {
    if ((o.asked & pending::amend) == 0) return;
    swap_amend(o);
}

// Between unanswered and refused.
void Engine::swap_amend(const Order& o) {
    put(o.asked, static_cast<std::uint8_t>(o.asked ^ pending::amend));
    const Ticks other_px = o.px_before;
    put(o.px_before, o.px);
    put(o.px, other_px);
}

void Engine::drop_asked_leg(const Order& o) {
    const core::Desk& d = desk();
    for (const Leg* leg = &o.leg; leg->next != no_slot;) {
        const std::uint32_t at = leg->next;
        const Leg& next = store_.at(legs_, at);
        if (!Legs::is_asked(next)) {
            leg = &next;
            continue;
        }
        put(leg->next, next.next);
        put(next.next, d.free_leg);
        put(d.free_leg, at);
        if (o.list != OrderList::Settled) put(d.live_legs, d.live_legs - 1);
    }
}

} // namespace keel::core
