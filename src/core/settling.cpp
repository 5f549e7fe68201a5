#include "core/engine.hpp"

// From facts to what they mean: what is derived is recomputed, the order moves between lists, is
// settled when its fills are complete, and contradictions are told.

namespace keel::core {
namespace {

constexpr std::uint8_t without(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set & ~bits);
}
constexpr std::uint8_t with(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set | bits);
}

// After a restart, while reads have not told yet of all that rests.
bool is_joining(const Desk& d) { return d.restarted != 0 && d.recovery != Recovery::Done; }

// An amend of an earlier life may have been lost with the record's tail, and its leg with it.
bool may_lack_a_leg(const Order& o, const Desk& d, const VenueTraits& venue) {
    return is_joining(d) && o.role == Role::Quote && venue.amend_supported &&
           !venue.amend_keeps_order_id && (o.contradictions & contradiction::unasked_leg) != 0;
}

} // namespace

void Engine::refresh(const Order& o, Why why, const Before& before) {
    const OrdStatus old_status = o.status;
    const Derived d = derived(o);
    const AccountIx a = account_of(o.instrument);
    put(o.status, d.status);
    // What an amend binds beside has landed or failed with its answer.
    if ((o.asked & pending::amend) == 0 && o.seen_at != Timestamp{}) release_reservation(o);
    const Sabotage& broken = config_.sabotage;
    const bool read = (o.was_over & over_bit::read) != 0 || broken.ended_is_settled ||
                      (broken.cancel_ends_order && d.status == OrdStatus::Canceled);
    const bool settled = d.complete || (d.over && read);
    const bool was_settled = is_settled(o);
    if (was_settled && !settled) take_back(o);

    // Law 4: what this order adds to its position, while it is not settled. What a sweep was told
    // to have executed is no claim of the group's: until its fills come it counts as open.
    const bool sweeps = o.role == Role::Sweep;
    const Lots certain_now = settled || sweeps ? Lots{0} : d.certain;
    const Lots open_now = settled ? Lots{0} : sweeps ? d.certain + d.open : d.open;
    if (certain_now != o.counted_certain || open_now != o.counted_open) {
        count_certain(o, certain_now - o.counted_certain);
        count_open(o, open_now - o.counted_open);
        put(o.counted_certain, certain_now);
        put(o.counted_open, open_now);
        touch(o.instrument);
    }
    tell_contradictions(o, d);
    if (d.over) {
        put(o.asked, without(o.asked, with(pending::create, pending::cancel)));
        if (o.was_over == 0) {
            put(o.was_over, over_bit::ended);
            put(account(a).open_orders, account(a).open_orders - 1);
            release_reservation(o);
            note_activity(a);
            leave_intent(o);
            if (o.role == Role::Hedge || o.role == Role::Close) {
                const GroupIx g = group_of(o.instrument);
                const bool full = d.done >= o.qty;
                if (!full && d.done > Lots{0}) count(stats().hedge_partly_filled);
                if (!g.is_none()) {
                    const Group& group = store_.at(groups_, g.value());
                    if (full) {
                        put(group.attempt, 0);
                    } else {
                        put(group.attempt, group.attempt + 1);
                        put(group.hedge_at,
                            later(group.hedge_at, now() + config_.groups[g.value()].hedge_retry));
                    }
                }
            }
            touch(o.instrument);
        }
    } else if (o.was_over != 0) {
        // Over, and now it is not: whatever rests there is not wanted any more.
        put(o.was_over, 0);
        add(account(a).open_orders, 1);
        // (Also one of which nobody has told what failed, but only that less is executed. Nor is
        // it a surprise that an amend of before a restart took effect.)
        bool returned = d.returned;
        legs().each(o, [&](const Leg& leg) { returned = returned || is_returned(leg); });
        if (!returned && !may_lack_a_leg(o, desk(), traits(a))) {
            contradiction(o.instrument, o.cl_ord_id, AlarmKind::LateArrival, d.done.value(),
                          o.qty.value(), Told::Latched);
        }
        note_transition(o, old_status, before.asked, why);
        put(o.flags, without(o.flags, order_flag::want_gone)); // asked of what was believed dead
        request_gone(o, {returned ? Cause::FailedFill : Cause::LateArrival});
        return;
    }
    // What was wanted meanwhile may go now; an amend that was refused makes way for a new order.
    const bool is_answered = ((before.asked & ~o.asked) & pending::amend) != 0;
    if (is_answered && o.intent != no_slot) touch_intent(o.intent);
    if (o.status != old_status || o.asked != before.asked || cum_qty(o) != before.cum ||
        why == Why::Answer) {
        note_transition(o, old_status, before.asked, why);
    }
    if (settled) {
        if (!was_settled) settle(o);
        if (o.list == OrderList::Settling && !may_rest_again(o)) remember_settled(o);
        return;
    }
    OrderList want = OrderList::None;
    if (d.over) {
        want = OrderList::Unsettled;
    } else if ((o.flags & order_flag::want_gone) != 0 && !broken.cancels_once) {
        want = OrderList::Cancel;
    } else if ((o.flags & order_flag::unknown) != 0) {
        want = OrderList::Query;
    } else if ((o.asked & (pending::create | pending::amend)) != 0) {
        want = OrderList::Answer;
    }
    if (want == OrderList::None) {
        unlink(o);
    } else if (o.list != want) {
        link(o, want, want == OrderList::Unsettled ? now() : now() + delay_of(a, want));
        if (want == OrderList::Unsettled) want_fills_through(a, now());
    }
    // How much of it rests is not known any more: a new one takes its place.
    if (!d.over && d.returned && (o.flags & order_flag::want_gone) == 0) {
        request_gone(o, {Cause::FailedFill});
        return;
    }
    // What rests beyond the intended total is taken back at once (replacement amends, SC-03).
    if (!d.over && o.role == Role::Quote && (o.asked & pending::amend) == 0 &&
        (o.flags & order_flag::want_gone) == 0 && traits(a).amend_qty != AmendQty::Total &&
        d.done + d.resting > o.qty && !broken.excess_stays) {
        request_gone(o, {Cause::Excess});
    }
}

// What `o` adds to the claims of its position.
void Engine::count_certain(const Order& o, Lots more) {
    if (more == Lots{0}) return;
    const Position& p = store_.at(positions_, position_ix(o.instrument, o.position_side));
    add(o.side == Side::Buy ? p.claim_buy : p.claim_sell, more);
    note_moved_by(o);
}

// What a group comes to owe in this step, it owes by the first order whose facts moved it.
void Engine::note_moved_by(const Order& o) {
    mover_ = {CloseCause::Desk, IntentIx{o.intent}};
    const GroupIx g = group_of(o.instrument);
    if (!g.is_none() && moved_by_[g.value()].is_none()) moved_by_[g.value()] = o.correlation;
}

// And to what may still happen to it.
void Engine::count_open(const Order& o, Lots more) {
    if (more == Lots{0}) return;
    const Position& p = store_.at(positions_, position_ix(o.instrument, o.position_side));
    const bool buy = o.side == Side::Buy;
    if ((o.flags & order_flag::reduce_only) != 0 && traits(o.instrument).reduce_only_at_match) {
        add(buy ? p.reduce_buy : p.reduce_sell, more);
        if (p.reduce_buy == Lots{0}) put(p.beside_buy, Lots{0});
        if (p.reduce_sell == Lots{0}) put(p.beside_sell, Lots{0});
        if (o.role == Role::Protect) add(buy ? p.protect_buy : p.protect_sell, more);
    } else {
        add(buy ? p.open_buy : p.open_sell, more);
    }
}

void Engine::settle(const Order& o) {
    count_certain(o, -o.counted_certain);
    count_open(o, -o.counted_open);
    put(o.counted_certain, Lots{0});
    put(o.counted_open, Lots{0});
    release_reservation(o);
    leave_intent(o);
    note_transition(o, o.status, o.asked, Why::Settled);
    put(account(account_of(o.instrument)).settled_at, now());
    put(o.when, now()); // what a read older than this shows is no news
    touch(o.instrument);
    if (may_rest_again(o)) {
        add(desk().settling_orders, 1);
        link(o, OrderList::Settling, now());
    } else {
        remember_settled(o);
    }
}

// A venue that settles late does not tell that what failed is back in the book: until the last fill
// of the order is final the order is not forgotten.
bool Engine::may_rest_again(const Order& o) const {
    return rests_again_on_failure(spec(o.instrument), o) && legs().settling(o) != Lots{0};
}

// One comes, and where the ring is full the oldest goes.
void Engine::remember_settled(const Order& o) {
    const core::Desk& d = desk();
    if (o.list == OrderList::Settling) put(d.settling_orders, d.settling_orders - 1);
    unlink(o);
    put(d.live_orders, d.live_orders - 1);
    put(d.live_legs, d.live_legs - legs().further(o));
    const std::uint64_t& place = store_.at(settled_, d.settled_at);
    if (place != no_slot) retire(static_cast<std::uint32_t>(place));
    put(place, std::uint64_t{slot_of(o)});
    put(o.next, d.settled_at);
    put(o.list, OrderList::Settled);
    put(d.settled_at, (d.settled_at + 1) % settled_max);
    // The one that is forgotten next.
    if (const std::uint64_t next = store_.at(settled_, d.settled_at); next != no_slot) {
        const Order& oldest = order(static_cast<std::uint32_t>(next));
        by_order_id_.prefetch(store_, order_id_hash(account_of(oldest.instrument), oldest.leg.id));
        by_cl_ord_id_.prefetch(store_, cl_ord_id_hash(oldest.cl_ord_id));
    }
}

// A later fact says that a settled order is not.
void Engine::take_back(const Order& o) {
    const core::Desk& d = desk();
    if (o.list == OrderList::Settling) {
        unlink(o);
        put(d.settling_orders, d.settling_orders - 1);
    } else {
        put(store_.at(settled_, o.next), std::uint64_t{no_slot});
        put(o.list, OrderList::None);
        put(d.live_orders, d.live_orders + 1);
        put(d.live_legs, d.live_legs + legs().further(o));
    }
    put(o.was_over, without(o.was_over, over_bit::read));
}

// Forgets the settled order that has been remembered longest. False: there is none.
bool Engine::forget_oldest() {
    const std::uint32_t next = desk().settled_at;
    for (std::uint32_t n = 0; n < settled_max; ++n) {
        const std::uint64_t& place = store_.at(settled_, (next + n) % settled_max);
        if (place == no_slot) continue;
        retire(static_cast<std::uint32_t>(place));
        put(place, std::uint64_t{no_slot});
        return true;
    }
    return false;
}

void Engine::leave_intent(const Order& o) {
    if (o.intent == no_slot) return;
    const Intent& intent = store_.at(intents_, o.intent);
    if (intent.order != slot_of(o)) return;
    put(intent.order, no_slot);
    touch_intent(o.intent);
}

// Each kind once for an order, again when it has executed more since.
void Engine::tell_contradictions(const Order& o, const Derived& d) {
    // (An amend to more may have been lost with the record's tail.)
    const bool may_be_larger = is_joining(desk());
    // (And where a fill of it may still fail it may have failed already: what rested again was
    // executed.)
    const bool may_have_failed = may_rest_again(o) && cum_qty(o) - o.qty <= legs().settling(o);
    const std::uint8_t told = may_be_larger || may_have_failed
                                  ? without(d.contradictions, contradiction::overfill)
                                  : d.contradictions;
    if ((told & ~unsigned{o.contradictions}) == 0) return;
    put(o.contradictions, with(o.contradictions, told));
    const bool over = (told & contradiction::overfill) != 0;
    const bool dead = (told & contradiction::fill_after_reject) != 0;
    contradiction(o.instrument, o.cl_ord_id,
                  over   ? AlarmKind::Overfill
                  : dead ? AlarmKind::FillAfterReject
                         : AlarmKind::Contradiction,
                  d.done.value(), o.qty.value(), Told::Latched);
}

// New risk on the instrument is frozen until reads have cleared it up; cancels, hedges and
// reductions go on. What is met while it is frozen is told, too, but is the same surprise.
void Engine::contradiction(InstrumentIx i, ClOrdID id, AlarmKind kind, std::int64_t value,
                           std::int64_t bound, Told told) {
    const InstrumentState& state = book(i);
    const AccountIx a = account_of(i);
    const bool is_frozen = state.frozen_at != Timestamp{};
    if (!is_frozen || told == Told::Latched) {
        tell({.kind = kind,
              .instrument = i,
              .account = a,
              .cl_ord_id = id,
              .value = value,
              .bound = bound});
    }
    if (!is_frozen) {
        count(stats().contradictions);
        note_surprise();
    }
    put(state.frozen_at, now());
    want_fills_through(a, now());
    want_read(a, RequestKind::ReadPositions);
}

} // namespace keel::core
