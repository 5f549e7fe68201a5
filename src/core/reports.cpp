#include "core/engine.hpp"

// Facts about orders and fills: joined, in whatever order they come.

namespace keel::core {
namespace {

std::uint64_t hash_of(AccountIx a, const OrderID& id) {
    return scramble(id.lo ^ scramble(id.hi + a.value()));
}

constexpr std::uint8_t without(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set & ~bits);
}
constexpr std::uint8_t with(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set | bits);
}

} // namespace

std::uint32_t Engine::find_slot(AccountIx a, const OrderID& id) const {
    if (id.is_none()) return no_slot;
    return by_order_id_.find(store_, hash_of(a, id), [&](std::uint32_t slot) {
        const Order& o = order(slot);
        return account_of(o.instrument) == a && legs().find(o, id) != nullptr;
    });
}

void Engine::on_report(const ExecutionReport& r) {
    KEEL_ASSERT(r.instrument.value() < instruments_.capacity,
                "a report names an instrument of this desk");
    // The fill table is large and read at random: ask for its line while the order is found.
    if (r.exec_type == ExecType::Trade) prefetch_fill(r);
    const AccountIx a = account_of(r.instrument);
    const std::uint32_t slot =
        r.cl_ord_id.is_none() ? find_slot(a, r.order_id) : find_slot(r.cl_ord_id);
    if (slot == no_slot) {
        on_unmatched(r);
        return;
    }
    join_report(order(slot), r);
}

void Engine::join_report(const Order& o, const ExecutionReport& r) {
    const AccountIx a = account_of(o.instrument);
    const ReadState& orders_read = account(a).reads[0];
    if (r.source == ReportSource::Read && r.read == orders_read.in_flight && !r.read.is_none()) {
        put(o.audit_mark, static_cast<std::uint16_t>(r.read.value()));
    }
    // An end that a stale read shows is as true as any: ends do not reopen.
    const Leg& leg = leg_for(o, r.order_id, r.order_qty);
    const bool vouches = r.has_cum_qty != 0 && traits(a).end_vouches_qty;
    if (o.role == Role::Recovered && r.order_qty > Lots{0} && leg.next == no_slot) {
        // Its quantity was lost with the record, and taken to be the largest allowed until told.
        put(o.qty, r.order_qty);
        put(leg.qty, r.order_qty);
    }
    const bool first_seen = o.seen_at == Timestamp{};
    if (config_.sabotage.table_takes_reports && r.exec_type == ExecType::Trade &&
        life(o.status, Fact::Part).kind == Cell::Kind::Alarm) {
        contradiction(o.instrument, o.cl_ord_id, AlarmKind::Contradiction, r.last_qty.value(), 0);
    }
    if (r.exec_type != ExecType::Rejected) evidence_of_life(o, leg);
    if (r.source == ReportSource::Read && (o.flags & order_flag::unknown) != 0 && !first_seen) {
        put(o.flags, without(o.flags, order_flag::unknown));
    }
    switch (r.exec_type) {
    case ExecType::New:
    case ExecType::Status:
        if (r.has_cum_qty != 0) join_claim(leg, r.cum_qty, r.version);
        break;
    case ExecType::Trade: on_trade(o, leg, r); break;
    case ExecType::Canceled: join_end(leg, LegEnd::Canceled, vouches, r.cum_qty); break;
    case ExecType::Expired: join_end(leg, LegEnd::Expired, vouches, r.cum_qty); break;
    case ExecType::Rejected: join_end(leg, LegEnd::Rejected, r.has_cum_qty != 0, r.cum_qty); break;
    case ExecType::Replaced: amend_took_effect(o, leg, r); break;
    case ExecType::Restated: put(leg.reduced, max(leg.reduced, r.reduced)); break;
    case ExecType::TradeCancel: on_bust(&o, r); break;
    case ExecType::TradeCorrect: on_trade(o, leg, r); break;
    }
    if (config_.sabotage.cancel_ends_order && r.exec_type == ExecType::Canceled) {
        join_end(leg, LegEnd::Canceled, true, leg.cum);
    }
    refresh(o, Why::Report);
}

const Leg& Engine::leg_for(const Order& o, const OrderID& id, Lots leg_qty) {
    if (id.is_none()) return legs().newest(o);
    if (const Leg* known = legs().find(o, id)) return *known;
    if (o.leg.id.is_none()) {
        bind_order_id(o, o.leg, id);
        return o.leg;
    }
    // Another venue id under our id: a replacement, whoever tells first (law 2).
    const core::Desk& d = desk();
    std::uint32_t at = d.free_leg;
    if (at != no_slot) {
        put(d.free_leg, store_.at(legs_, at).next);
    } else if (d.leg_high < legs_.capacity) {
        at = d.leg_high;
        put(d.leg_high, at + 1);
    } else {
        alarm(AlarmKind::CapacityReached, o.instrument, account_of(o.instrument), o.cl_ord_id,
              legs_.capacity, legs_.capacity, Limit::LegCapacity);
        contradiction(o.instrument, o.cl_ord_id, AlarmKind::Contradiction, legs_.capacity, 0);
        return legs().newest(o);
    }
    put(d.live_legs, d.live_legs + 1);
    Leg fresh;
    fresh.qty = leg_qty > Lots{0} ? leg_qty : o.qty;
    const bool amending = (o.asked & pending::amend) != 0;
    if (leg_qty == Lots{0} && amending) fresh.qty = max(o.amend_qty - o.cum, Lots{1});
    if (traits(o.instrument).amend_qty == AmendQty::Total) fresh.qty = max(o.qty, o.amend_qty);
    const Leg& leg = store_.at(legs_, at);
    put(leg, fresh);
    put(legs().newest(o).next, at);
    bind_order_id(o, leg, id);
    if (amending) {
        ExecutionReport implied;
        implied.order_qty = leg_qty;
        amend_took_effect(o, leg, implied);
    }
    return leg;
}

void Engine::bind_order_id(const Order& o, const Leg& leg, const OrderID& id) {
    put(leg.id, id);
    by_order_id_.insert(store_, hash_of(account_of(o.instrument), id), slot_of(o));
}

void Engine::evidence_of_life(const Order& o, const Leg& leg) {
    put(leg.seen, 1);
    if (o.seen_at == Timestamp{}) {
        put(o.seen_at, now());
        if ((o.flags & order_flag::unknown) != 0) {
            put(o.flags, without(o.flags, order_flag::unknown));
            count(stats().unknown_to_life);
        }
        release_reservation(o);
    }
    put(o.asked, without(o.asked, pending::create));
}

void Engine::join_end(const Leg& leg, LegEnd end, bool vouched, Lots final_qty) {
    put(leg.end, join(leg.end, end));
    put(leg.ends_told, with(leg.ends_told, bit(end)));
    if (!vouched) return;
    // A vouched final quantity outranks every running claim; two that differ both stand.
    if (leg.vouched == 0) {
        put(leg.claim_low, final_qty);
        put(leg.claim_high, final_qty);
        put(leg.vouched, 1);
    } else {
        put(leg.claim_low, min(leg.claim_low, final_qty));
        put(leg.claim_high, max(leg.claim_high, final_qty));
    }
}

void Engine::join_claim(const Leg& leg, Lots cum, std::uint64_t version) {
    if (config_.sabotage.claims_are_maxima) {
        put(leg.claim_low, max(leg.claim_low, cum));
        put(leg.claim_high, max(leg.claim_high, cum));
        return;
    }
    if (leg.vouched != 0 || version < leg.claim_version) return;
    if (version > leg.claim_version) {
        put(leg.claim_low, cum);
        put(leg.claim_high, cum);
        put(leg.claim_version, version);
    } else {
        // Versions tie (or there are none): both values stand until a read settles them.
        const bool first = leg.claim_high == Lots{0} && leg.claim_low == Lots{0};
        put(leg.claim_low, first ? cum : min(leg.claim_low, cum));
        put(leg.claim_high, max(leg.claim_high, cum));
    }
}

void Engine::amend_took_effect(const Order& o, const Leg& leg, const ExecutionReport& r) {
    const VenueTraits& venue = traits(o.instrument);
    const bool amending = (o.asked & pending::amend) != 0;
    const Lots asked_total = o.amend_qty;
    if (amending) {
        Lots done_so_far;
        legs().each(o, [&](const Leg& each) { done_so_far += done(each); });
        put(o.asked, without(o.asked, pending::amend));
        put(o.amend_qty, Lots{0});
        // An amend below what was executed is amended to that (FIX D12).
        put(o.qty, max(asked_total, venue.amend_qty == AmendQty::Total ? done_so_far : Lots{1}));
        put(o.flags, without(o.flags, order_flag::unknown));
    } else if (r.order_qty > Lots{0} && venue.amend_qty == AmendQty::Total) {
        put(o.qty, r.order_qty); // changed by somebody else: the venue's word is newer
    }
    if (r.px > Ticks{0}) put(o.px, r.px);
    if (venue.amend_keeps_order_id) {
        switch (venue.amend_qty) {
        case AmendQty::Total: put(leg.qty, o.qty); break;
        case AmendQty::Remaining:
        case AmendQty::Replacement:
            put(leg.qty, r.order_qty > Lots{0} ? r.order_qty : max(o.qty, gross(leg)));
            break;
        }
        return;
    }
    for (const Leg* each = &o.leg; each != nullptr && each != &leg; each = legs().next(*each)) {
        join_end(*each, LegEnd::Replaced, false, Lots{0});
    }
}

void Engine::on_trade(const Order& o, const Leg& leg, const ExecutionReport& r) {
    // Where the venue is silent about the side, the order decides.
    const auto [change, busted] = book_fill(r, &o);
    if (busted != Lots{0}) add(leg.busted, busted);
    if (r.has_cum_qty != 0 && !config_.sabotage.fills_not_deduplicated) {
        join_claim(leg, r.cum_qty, r.version);
    }
    if (change == Lots{0}) return;
    const Lots size = o.side == Side::Buy ? change : -change;
    add(leg.cum, size);
    add(o.cum, size);
    // In hedge mode the fill says which position it moves; where it is silent, the order does.
    const PositionSide side =
        r.position_side != PositionSide::Net ? r.position_side : o.position_side;
    book_position(o.instrument, side, change, r.transact_time, true);
    const AccountIx a = account_of(o.instrument);
    note_activity(a);
    count(stats().fills);
    if (o.role == Role::Hedge) {
        count(stats().hedge_fills);
    } else if (o.role == Role::Quote) {
        count(stats().maker_fills);
        // A cancel is pending until the end is evidence, whatever its answers said.
        if ((o.flags & order_flag::want_gone) != 0) count(stats().fill_while_cancel_pending);
    }
}

// A report whose order we do not hold: settled long ago, lost with the tail, or not ours.
void Engine::on_unmatched(const ExecutionReport& r) {
    const AccountIx a = account_of(r.instrument);
    const bool is_trade = r.exec_type == ExecType::Trade || r.exec_type == ExecType::TradeCorrect;
    if (r.exec_type == ExecType::TradeCancel) {
        on_bust(nullptr, r);
        return;
    }
    const bool ours = !r.cl_ord_id.is_none() && r.cl_ord_id.desk() == config_.desk;
    if (is_trade && is_known_fill(r)) {
        // A replay, or a later stage or correction of a fill of a settled order.
        const Lots change = book_fill(r, nullptr).change;
        if (change != Lots{0}) {
            book_position(r.instrument, r.position_side, change, r.transact_time, ours);
        }
        return;
    }
    if (!ours) {
        if (!is_trade) return; // somebody else's order; only its fills move our account
        const Lots change = book_fill(r, nullptr).change;
        book_position(r.instrument, r.position_side, change, r.transact_time, false);
        count(stats().foreign_fills);
        alarm(AlarmKind::ForeignFill, r.instrument, a, r.cl_ord_id, change.value(), 0);
        return;
    }
    const bool lives = r.exec_type == ExecType::New || r.exec_type == ExecType::Status ||
                       r.exec_type == ExecType::Replaced || r.exec_type == ExecType::Restated;
    // Settled by what we know, and yet shown to rest by a read that is too young for a stale view:
    // some bound was broken. It is taken back like any order that turns up.
    const ReadState& orders_read = account(a).reads[0];
    const bool undead = lives && r.source == ReportSource::Read && !r.read.is_none() &&
                        r.read == orders_read.in_flight &&
                        orders_read.asked_at > account(a).settled_at + traits(a).visibility;
    if (is_settled_id(r.cl_ord_id) && !undead) {
        if (!is_trade) return;
        // Settled means complete; a further fill contradicts that. It counts all the same.
        const Lots change = book_fill(r, nullptr).change;
        book_position(r.instrument, r.position_side, change, r.transact_time, true);
        note_activity(a);
        count(stats().fills);
        count(stats().late_fills);
        contradiction(r.instrument, r.cl_ord_id, AlarmKind::FillAfterReject, change.value(), 0);
        return;
    }
    if (is_trade || lives) {
        if (const Order* found = recover_order(r)) {
            join_report(*found, r);
        } else if (is_trade) {
            const Lots change = book_fill(r, nullptr).change;
            book_position(r.instrument, r.position_side, change, r.transact_time, true);
        }
    } else if (r.cum_qty > Lots{0}) {
        want_fills_through(a, now()); // it ended with fills that we may not know
    }
}

// Not in the index, and yet known: settled in this life, or as far as the record of the life before
// reaches, or recovered once already. What is left was lost with the tail of the record.
bool Engine::is_settled_id(ClOrdID id) const {
    const core::Desk& d = desk();
    if (id.epoch() == d.epoch) return id.counter() < d.next_counter;
    if (id.epoch() < d.last_epoch) return true;
    if (id.epoch() == d.last_epoch && id.counter() < d.last_counter) return true;
    const std::uint32_t kept = d.recovered < recovered_max ? d.recovered : recovered_max;
    for (std::uint32_t at = 0; at < kept; ++at) {
        if (store_.at(recovered_, at) == id.packed()) return true;
    }
    return false;
}

// Ours by its id, but lost with the tail of the record, or settled in an earlier life. It is given
// a slot, counted, and canceled at sight.
const Order* Engine::recover_order(const ExecutionReport& r) {
    const std::uint32_t slot = take_order_slot();
    const AccountIx a = account_of(r.instrument);
    if (slot == no_slot) {
        alarm(AlarmKind::CapacityReached, r.instrument, a, r.cl_ord_id, orders_.capacity,
              orders_.capacity, Limit::Capacity);
        return nullptr;
    }
    Order fresh;
    fresh.cl_ord_id = r.cl_ord_id;
    fresh.instrument = r.instrument;
    fresh.side = r.side;
    fresh.position_side = r.position_side;
    fresh.role = Role::Recovered;
    fresh.px = r.px;
    fresh.qty = max(max(r.order_qty, r.cum_qty), r.last_qty);
    if (r.order_qty == Lots{0}) {
        fresh.qty = max(fresh.qty, config_.instruments[r.instrument.value()].limits.max_order_qty);
    }
    fresh.leg.qty = fresh.qty;
    fresh.fence_at = fence_for(a, now() + traits(a).validity);
    fresh.flags = order_flag::landed | order_flag::want_gone;
    const Order& o = order(slot);
    put(o, fresh);
    by_cl_ord_id_.insert(store_, scramble(r.cl_ord_id.packed()), slot);
    put(store_.at(recovered_, desk().recovered % recovered_max), r.cl_ord_id.packed());
    put(desk().recovered, desk().recovered + 1);
    add(account(a).open_orders, 1);
    count(stats().recovered_orders);
    if (desk().recovery == Recovery::Done) {
        alarm(AlarmKind::LateArrival, r.instrument, a, r.cl_ord_id, fresh.qty.value(), 0);
    }
    send_cancel(o);
    return &o;
}

void Engine::on_answer(const RequestAnswer& answer) {
    const AccountIx a = answer.account;
    const Account& acct = account(a);
    if (answer.reason == Reason::RateLimited) {
        const Duration wait = max(milliseconds(answer.retry_after_ms), seconds(1));
        put(acct.backoff_until, later(acct.backoff_until, now() + wait));
    }
    const std::uint32_t slot = find_slot(answer.cl_ord_id);
    if (slot == no_slot) return; // settled by then, or about the whole account
    const Order& o = order(slot);
    switch (answer.kind) {
    case RequestKind::New:
        switch (answer.outcome) {
        case Outcome::Accepted: {
            const Leg& leg = leg_for(o, answer.order_id, Lots{0});
            evidence_of_life(o, leg);
            break;
        }
        case Outcome::Refused:
            if (answer.reason == Reason::DuplicateID) {
                put(o.flags, with(o.flags, order_flag::unknown)); // an order with this id exists
                send_query(o);
            } else if (o.seen_at == Timestamp{}) {
                join_end(o.leg, LegEnd::Rejected, true, Lots{0});
                put(o.asked, without(o.asked, pending::create));
                count(stats().order_rejects);
                if (acct.reject_start + config_.accounts[a.value()].limits.reject_window < now()) {
                    put(acct.reject_start, now());
                    put(acct.rejects, 0);
                }
                add(acct.rejects, 1);
                tell_guards();
            } else {
                join_end(o.leg, LegEnd::Rejected, false,
                         Lots{0}); // alive and refused: contradiction
            }
            break;
        case Outcome::Unknown:
            if (o.seen_at == Timestamp{}) {
                put(o.flags, with(o.flags, order_flag::unknown));
                if (config_.sabotage.resend_unknown && o.role == Role::Hedge) {
                    join_end(o.leg, LegEnd::Rejected, true, Lots{0});
                }
                send_query(o);
            }
            break;
        }
        break;
    case RequestKind::Cancel:
        put(o.asked, without(o.asked, pending::cancel));
        // A refused cancel ends the cancel, never the order: ask what became of it.
        if (answer.outcome == Outcome::Refused &&
            (answer.reason == Reason::UnknownOrder || answer.reason == Reason::TooLate)) {
            send_query(o);
        }
        break;
    case RequestKind::Amend:
        if ((o.asked & pending::amend) == 0 || answer.amend_no != o.amend_no) break;
        if (answer.outcome == Outcome::Accepted) {
            const Leg& leg = leg_for(o, answer.order_id, Lots{0});
            if ((o.asked & pending::amend) != 0) amend_took_effect(o, leg, {});
        } else if (answer.outcome == Outcome::Refused) {
            put(o.asked, without(o.asked, pending::amend)); // the old parameters stand
            put(o.amend_qty, Lots{0});
        } else {
            put(o.flags, with(o.flags, order_flag::unknown));
            send_query(o);
        }
        break;
    case RequestKind::MassCancel:
    case RequestKind::OrderStatus:
    case RequestKind::ReadOpenOrders:
    case RequestKind::ReadFills:
    case RequestKind::ReadPositions:
    case RequestKind::ReadBalances: break;
    }
    refresh(o, Why::Answer);
}

void Engine::refresh(const Order& o, Why why) {
    const OrdStatus old_status = o.status;
    const Derived d = derived(o);
    const AccountIx a = account_of(o.instrument);
    const std::uint8_t old_asked = o.asked;
    put(o.status, d.status);
    // What an amend binds beside has landed or failed with its answer.
    if ((o.asked & pending::amend) == 0 && o.seen_at != Timestamp{}) release_reservation(o);
    const bool settled = d.complete || (d.over && config_.sabotage.ended_is_settled);

    // Law 4: what this order adds to its position, while it is not settled.
    const Lots certain_now = settled ? Lots{0} : d.certain;
    const Lots open_now = settled ? Lots{0} : d.open;
    if (certain_now != o.counted_certain || open_now != o.counted_open) {
        const Position& p = store_.at(positions_, position_ix(o.instrument, o.position_side));
        const bool buy = o.side == Side::Buy;
        const bool reduces =
            (o.flags & order_flag::reduce_only) != 0 && traits(a).reduce_only_at_match;
        add(buy ? p.claim_buy : p.claim_sell, certain_now - o.counted_certain);
        add(reduces ? (buy ? p.reduce_buy : p.reduce_sell) : (buy ? p.open_buy : p.open_sell),
            open_now - o.counted_open);
        put(o.counted_certain, certain_now);
        put(o.counted_open, open_now);
        touch(o.instrument);
    }
    if (d.contradictions != 0) {
        const bool over = (d.contradictions & contradiction::overfill) != 0;
        contradiction(o.instrument, o.cl_ord_id,
                      over ? AlarmKind::Overfill
                      : (d.contradictions & contradiction::fill_after_reject) != 0
                          ? AlarmKind::FillAfterReject
                          : AlarmKind::Contradiction,
                      d.done.value(), o.qty.value());
    }
    if (d.over) {
        put(o.asked, without(o.asked, with(pending::create, pending::cancel)));
        if (o.was_over == 0) {
            put(o.was_over, 1);
            put(account(a).open_orders, account(a).open_orders - 1);
            release_reservation(o);
            note_activity(a);
            if (o.intent != no_slot) {
                const Intent& intent = store_.at(intents_, o.intent);
                if (intent.order == slot_of(o)) {
                    put(intent.order, no_slot);
                    put(intent.replace, 0);
                    touch_intent(o.intent);
                }
            }
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
    }
    if (o.status != old_status || o.asked != old_asked || why == Why::Answer) {
        note_transition(o, old_status, old_asked, why);
    }
    if (settled) {
        settle(o);
        return;
    }
    OrderList want = OrderList::None;
    if (d.over) {
        want = OrderList::Unsettled;
    } else if ((o.flags & order_flag::want_gone) != 0) {
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
    // What rests beyond the intended total is taken back at once (replacement amends, SC-03).
    if (!d.over && o.role == Role::Quote && (o.asked & pending::amend) == 0 &&
        (o.flags & order_flag::want_gone) == 0 && d.done + d.open > o.qty) {
        request_gone(o);
    }
}

void Engine::settle(const Order& o) {
    const Position& p = store_.at(positions_, position_ix(o.instrument, o.position_side));
    const bool buy = o.side == Side::Buy;
    const bool reduces =
        (o.flags & order_flag::reduce_only) != 0 && traits(o.instrument).reduce_only_at_match;
    add(buy ? p.claim_buy : p.claim_sell, -o.counted_certain);
    add(reduces ? (buy ? p.reduce_buy : p.reduce_sell) : (buy ? p.open_buy : p.open_sell),
        -o.counted_open);
    put(o.counted_certain, Lots{0});
    put(o.counted_open, Lots{0});
    note_transition(o, o.status, o.asked, Why::Settled);
    put(account(account_of(o.instrument)).settled_at, now());
    touch(o.instrument);
    retire(slot_of(o));
}

void Engine::contradiction(InstrumentIx i, ClOrdID id, AlarmKind kind, std::int64_t value,
                           std::int64_t bound) {
    const InstrumentState& state = book(i);
    const AccountIx a = account_of(i);
    if (state.frozen_at == Timestamp{}) count(stats().contradictions);
    // Told once per freeze; cancels, hedges and reductions go on.
    if (state.frozen_at == Timestamp{}) alarm(kind, i, a, id, value, bound);
    put(state.frozen_at, now());
    want_fills_through(a, now());
    want_read(a, RequestKind::ReadPositions);
}

} // namespace keel::core
