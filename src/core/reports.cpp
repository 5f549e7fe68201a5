#include "core/engine.hpp"

// What venues tell: reports and answers, each turned into the facts that it brings.

namespace keel::core {
namespace {

constexpr std::uint8_t without(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set & ~bits);
}
constexpr std::uint8_t with(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set | bits);
}

bool is_ours(const ExecutionReport& r, std::uint32_t desk) {
    return !r.cl_ord_id.is_none() && r.cl_ord_id.desk() == desk;
}

// Of a trade whose order we do not hold, as it was told.
CloseCause who_traded(const ExecutionReport& r, std::uint32_t desk) {
    if (is_ours(r, desk)) return CloseCause::Desk;
    if (r.reason == Reason::Liquidation) return CloseCause::Liquidation;
    return r.reason == Reason::Deleveraging ? CloseCause::Deleveraging : CloseCause::Manual;
}

} // namespace

std::uint32_t Engine::find_slot(AccountIx a, const OrderID& id) const {
    if (id.is_none()) return no_slot;
    return by_order_id_.find(store_, order_id_hash(a, id), [&](std::uint32_t slot) {
        const Order& o = order(slot);
        return account_of(o.instrument) == a && legs().find(o, id) != nullptr;
    });
}

void Engine::on_report(const ExecutionReport& r) {
    KEEL_ASSERT(r.instrument.value() < instruments_.capacity,
                "a report names an instrument of this desk");
    if (r.exec_type == ExecType::Trade) foresee_fill(r);
    const AccountIx a = account_of(r.instrument);
    const std::uint32_t slot =
        r.cl_ord_id.is_none() ? find_slot(a, r.order_id) : find_slot(r.cl_ord_id);
    if (slot == no_slot) {
        on_unmatched(r);
        return;
    }
    join_report(order(slot), r);
}

// A report from the stream of an order that is known to live, under its one name and with nothing
// unanswered, brings the news of its kind and nothing else: join_what_it_shows() would do nothing.
bool Engine::is_plain(const Order& o, const ExecutionReport& r) const {
    const Leg& leg = o.leg;
    return leg.id == r.order_id && leg.next == no_slot && r.source == ReportSource::Stream &&
           o.was_over == 0 && o.role != Role::Recovered &&
           (o.asked & (pending::create | pending::amend)) == 0 &&
           (leg.seen & leg_seen::named) != 0 && r.exec_type != ExecType::Replaced &&
           (r.order_qty == Lots{0} || r.version <= leg.qty_version);
}

void Engine::join_report(const Order& o, const ExecutionReport& r) {
    const Before was = before(o);
    heard_ = {.reason = r.reason, .exec_type = r.exec_type};
    if (config_.sabotage.table_takes_reports && r.exec_type == ExecType::Trade &&
        life(o.status, Fact::Part).kind == Cell::Kind::Alarm) {
        contradiction(o.instrument, o.cl_ord_id, AlarmKind::Contradiction, r.last_qty.value(), 0);
    }
    const bool first_seen = o.seen_at == Timestamp{};
    const Leg* leg = is_plain(o, r) ? &o.leg : join_what_it_shows(o, r);
    if (leg == nullptr) return;
    join_news(o, *leg, r, first_seen);
    refresh(o, Why::Report, was);
}

// What a report of any kind says beside its news: that the order lives, under which name, how large
// it is, that an amend took effect. Its leg; null where there is no room for a leg of that name,
// and what it says is not true of another.
const Leg* Engine::join_what_it_shows(const Order& o, const ExecutionReport& r) {
    const AccountIx a = account_of(o.instrument);
    const ReadState& orders_read = account(a).reads[0];
    if (r.source == ReportSource::Read && r.read == orders_read.in_flight && !r.read.is_none()) {
        put(o.audit_mark, static_cast<std::uint16_t>(r.read.value()));
    }
    const Leg& leg = leg_for(o, r.order_id, r.order_qty);
    const bool is_trade = r.exec_type == ExecType::Trade || r.exec_type == ExecType::TradeCancel ||
                          r.exec_type == ExecType::TradeCorrect;
    if (!r.order_id.is_none() && leg.id != r.order_id && !is_trade) return nullptr;
    // An end that a stale read shows is as true as any: ends do not reopen.
    if (o.was_over != 0 && leg.end != LegEnd::Open && rests_after(a, r, o.when)) {
        // But what rests has not ended, whatever was said: some bound was broken. (And not an amend
        // lost, after which another leg would rest.)
        put(o.contradictions,
            static_cast<std::uint8_t>(o.contradictions & ~unsigned{contradiction::unasked_leg}));
        put(leg.end, LegEnd::Open);
        put(leg.ends_told, static_cast<std::uint8_t>(leg.ends_told & returned_bit));
        put(leg.vouched, 0);
    }
    if (o.role == Role::Recovered && r.order_qty > Lots{0} && leg.next == no_slot) {
        // Its quantity was lost with the record, and taken to be the largest allowed until told.
        put(o.qty, r.order_qty);
        put(leg.qty, r.order_qty);
        put(leg.seen, without(leg.seen, leg_seen::guessed));
    }
    const bool first_seen = o.seen_at == Timestamp{};
    if (r.exec_type != ExecType::Rejected) evidence_of_life(o, leg);
    if (r.source == ReportSource::Read && (o.flags & order_flag::unknown) != 0 && !first_seen) {
        put(o.flags, without(o.flags, order_flag::unknown));
    }
    const bool shows = shows_amend(o, leg, r);
    if (r.source == ReportSource::Read && (o.asked & pending::amend) != 0) {
        const bool accepted = (o.leg.seen & leg_seen::accepted) != 0;
        const std::uint8_t rest = without(o.contradictions, amend_was_read);
        const bool was_read = accepted ? r.order_qty > Lots{0} : shows;
        put(o.contradictions, was_read ? with(rest, amend_was_read) : rest);
    }
    if (r.exec_type == ExecType::Replaced) {
        on_replaced(o, leg, r);
    } else {
        // (What it was before the last amend it may be again, and a report may be as old as that.)
        if (shows && (o.contradictions & amend_untold) == 0) {
            amend_took_effect(o, leg, r.order_qty, r.version);
        }
        join_qty(o, leg, r);
    }
    return &leg;
}

// `first_seen`: nothing before this report said that the order lives.
void Engine::join_news(const Order& o, const Leg& leg, const ExecutionReport& r, bool first_seen) {
    const AccountIx a = account_of(o.instrument);
    if (config_.sabotage.end_ends_order && r.exec_type == ExecType::Canceled) {
        legs().each(o, [&](const Leg& each) { join_end(each, LegEnd::Canceled, {}); });
        put(o.asked, without(o.asked, pending::amend));
    }
    // (What failed to settle, and rests again, is taken off what a venue calls executed: of what
    // may rest where trades may fail, no quantity is final.)
    const Final final{.vouched = r.has_cum_qty != 0 && traits(a).end_vouches_qty &&
                                 !rests_again_on_failure(spec(o.instrument), o),
                      .qty = r.cum_qty,
                      .version = r.version};
    // A running total, whatever told it: a lost Restated is made good by the next word.
    put(leg.reduced, max(leg.reduced, r.reduced));
    switch (r.exec_type) {
    case ExecType::New:
        // That nothing has executed yet is no claim.
        if (r.has_cum_qty != 0 && r.cum_qty > Lots{0}) join_claim(o, leg, r.cum_qty, r.version);
        break;
    case ExecType::Status:
        if (r.has_cum_qty != 0) join_claim(o, leg, r.cum_qty, r.version);
        break;
    case ExecType::Trade:
    case ExecType::TradeCancel:
    case ExecType::TradeCorrect: on_trade(o, leg, r); break;
    case ExecType::Canceled: join_end(leg, LegEnd::Canceled, final); break;
    case ExecType::Expired: join_end(leg, LegEnd::Expired, final); break;
    case ExecType::Rejected:
        // The leg that an amend asked for: the amend is refused with it.
        if (&leg != &o.leg && leg.seen == 0) drop_amend(o);
        // An order that was seen to rest was not refused, but removed, whatever the venue calls it.
        if (&leg == &o.leg && first_seen && (leg.ends_told & bit(LegEnd::Rejected)) == 0) {
            note_refusal(o, r.reason);
        }
        join_end(leg, LegEnd::Rejected,
                 {.vouched = r.has_cum_qty != 0, .qty = r.cum_qty, .version = r.version});
        break;
    case ExecType::Replaced: break; // above
    case ExecType::Restated:
        if (config_.sabotage.trim_makes_fills) join_claim(o, leg, leg.cum + leg.reduced, r.version);
        break;
    }
}

// Shown to rest by a read of open orders too young for a stale view of what `ended` then.
bool Engine::rests_after(AccountIx a, const ExecutionReport& r, Timestamp ended) const {
    const ReadState& orders_read = account(a).reads[0];
    const bool rests = r.exec_type == ExecType::New || r.exec_type == ExecType::Status ||
                       r.exec_type == ExecType::Replaced || r.exec_type == ExecType::Restated;
    return rests && r.source == ReportSource::Read && !r.read.is_none() &&
           r.read == orders_read.in_flight && orders_read.asked_at > ended + traits(a).visibility;
}

// A trade, its bust, or its correction.
void Engine::on_trade(const Order& o, const Leg& leg, const ExecutionReport& r) {
    const Booked booked = book_fill(r, &o, &leg);
    if (booked.taken_off != Lots{0}) add(leg.busted, booked.taken_off);
    if (booked.settling != Lots{0}) add(leg.settling, booked.settling);
    if (booked.failed != Lots{0} && spec(o.instrument).settles_late) note_returned(o, leg);
    if (r.has_cum_qty != 0 && !config_.sabotage.fills_not_deduplicated) {
        join_claim(o, leg, r.cum_qty, r.version);
    }
    if (booked.contradicts) {
        contradiction(o.instrument, o.cl_ord_id, AlarmKind::Contradiction, r.last_qty.value(), 0,
                      Told::Latched);
    }
    if (config_.sabotage.fill_mark_is_newest_read && r.source == ReportSource::Read) {
        const Account& acct = account(account_of(o.instrument));
        put(acct.fills_through, later(acct.fills_through, r.transact_time));
    }
    // In hedge mode the fill says which position it moves; where it is silent, the order does.
    const PositionSide side =
        r.position_side != PositionSide::Net ? r.position_side : o.position_side;
    book_settling(o.instrument, side, o.side, booked);
    const Lots change = booked.change;
    if (booked.reclaimed != Lots{0}) claim(o, leg, side, booked.reclaimed);
    if (change == Lots{0}) return;
    const Lots size = o.side == Side::Buy ? change : -change;
    add(leg.cum, size);
    book_position(o.instrument, side, change, r.transact_time, o.role != Role::Sweep);
    if ((o.flags & order_flag::reduce_only) == 0) note_beside(position(o.instrument, side), change);
    note_moved_by(o);
    const AccountIx a = account_of(o.instrument);
    note_activity(a);
    if (size < Lots{0}) return;
    // More has executed: what this contradicts is told anew.
    put(o.contradictions, without(o.contradictions, contradiction::told_per_fill));
    if (is_settled(o)) count(stats().late_fills);
    if ((o.was_over & over_bit::read) != 0) {
        // Reads had shown all its fills; one more contradicts them, unless it executes again what
        // failed, and that is still to be told. It counts all the same.
        put(o.was_over, without(o.was_over, over_bit::read));
        const bool is_again = rests_again_on_failure(spec(o.instrument), o) && !is_told_over(leg) &&
                              legs().settling(o) - booked.settling >= size;
        if (!is_again) {
            contradiction(o.instrument, o.cl_ord_id, AlarmKind::FillAfterReject, change.value(), 0,
                          Told::Latched);
        }
        want_fills_through(a, now());
    }
    if (r.exec_type == ExecType::Trade) count_fill(o);
}

// A fill of it failed to settle. Whether that quantity rests again the venue does not say: until it
// does, it may, also where the order was over because nothing was left of it. One that was canceled
// stays so, and what only takes never rests.
void Engine::note_returned(const Order& o, const Leg& leg) {
    if (o.tif == TimeInForce::Ioc || config_.sabotage.failed_is_gone) return;
    put(leg.ends_told, with(leg.ends_told, returned_bit));
    for (const LegEnd told : told_ends) {
        if ((leg.ends_told & bit(told)) == 0) continue;
        put(leg.end, told); // whatever a read concluded since
        return;
    }
    put(leg.end, LegEnd::Open);
    put(leg.ends_told, returned_bit);
    put(o.seen_at, now()); // what a read older than this shows is no news
}

void Engine::count_fill(const Order& o) {
    count(stats().fills);
    if (o.role == Role::Hedge) {
        count(stats().hedge_fills);
    } else if (o.role == Role::Quote) {
        count(stats().maker_fills);
        // A cancel is pending until the end is evidence, whatever its answers said.
        if ((o.flags & order_flag::want_gone) != 0) count(stats().fill_while_cancel_pending);
    }
}

// A leg has its name: fills that were told under it before are not foreign after all.
void Engine::claim_fills(const Order& o, const Leg& leg) {
    if (desk().unclaimed == 0) return;
    const FillKey told = foreseen_; // of the report that is being taken in
    for (std::uint32_t at = 0; at < unclaimed_max; ++at) {
        const UnclaimedFill& kept = store_.at(unclaimed_, at);
        if (kept.order_id != leg.id || kept.instrument != o.instrument) continue;
        ExecutionReport r;
        r.instrument = kept.instrument;
        r.order_id = kept.order_id;
        r.exec_id = kept.exec_id;
        r.exec_type = ExecType::Trade;
        r.side = kept.qty > Lots{0} ? Side::Buy : Side::Sell;
        r.last_qty = abs(kept.qty);
        const PositionSide side = kept.position_side;
        put(kept, UnclaimedFill{});
        if (r.side != o.side) continue; // not a fill of it, whatever its name
        foresee_fill(r);
        const Booked booked = book_fill(r, &o, &leg);
        if (booked.settling != Lots{0}) add(leg.settling, booked.settling);
        if (booked.taken_off != Lots{0}) {
            add(leg.busted, booked.taken_off);
            if (spec(o.instrument).settles_late) note_returned(o, leg); // it failed before this
        }
        if (booked.reclaimed != Lots{0}) claim(o, leg, side, booked.reclaimed);
    }
    foreseen_ = told;
}

// `whole`, counted as foreign until now, is this order's. (A person may have assigned some since.)
void Engine::claim(const Order& o, const Leg& leg, PositionSide side, Lots whole) {
    const Position& p = store_.at(positions_, position_ix(o.instrument, side));
    const bool same = (p.foreign > Lots{0}) == (whole > Lots{0});
    const Lots moved = !same ? Lots{0} : abs(p.foreign) < abs(whole) ? p.foreign : whole;
    put(p.foreign, p.foreign - moved);
    put(p.filled, p.filled + moved);
    add(leg.cum, o.side == Side::Buy ? whole : -whole);
    count_fill(o);
    note_moved_by(o);
    note_activity(account_of(o.instrument));
    touch(o.instrument);
}

// A fill, its bust or its correction, whose order we do not hold.
Engine::Booked Engine::book_orphan(const ExecutionReport& r) {
    mover_ = {who_traded(r, config_.desk), {}};
    const Booked booked = book_fill(r, nullptr, nullptr);
    book_settling(r.instrument, r.position_side, r.side, booked);
    note_beside(position(r.instrument, r.position_side), booked.change);
    if (booked.change != Lots{0}) {
        Lots group = booked.foreign ? Lots{0} : booked.change;
        if (booked.foreign && booked.taken_off > Lots{0}) { // a person may have assigned it since
            const Lots kept = position(r.instrument, r.position_side).foreign;
            const Lots back = -booked.change;
            const bool same = (kept > Lots{0}) == (back > Lots{0});
            if (!same || abs(kept) < abs(back)) group = (same ? kept : Lots{0}) - back;
        }
        if (group != Lots{0}) {
            book_position(r.instrument, r.position_side, group, r.transact_time, true);
        }
        if (group != booked.change) {
            book_position(r.instrument, r.position_side, booked.change - group, r.transact_time,
                          false);
        }
        note_activity(account_of(r.instrument));
    }
    return booked;
}

// A report whose order we do not hold: settled long ago, lost with the tail, or not ours.
void Engine::on_unmatched(const ExecutionReport& r) {
    const AccountIx a = account_of(r.instrument);
    const bool is_trade = r.exec_type == ExecType::Trade || r.exec_type == ExecType::TradeCorrect;
    const bool ours = is_ours(r, config_.desk);
    if (r.exec_type == ExecType::TradeCancel || (is_trade && is_known_fill(r))) {
        // A bust, a replay, or a later stage or correction of a fill of a settled order.
        const Booked booked = book_orphan(r);
        // What may rest again is seen where all that rests is.
        if (booked.failed != Lots{0}) want_read(a, RequestKind::ReadOpenOrders);
        if (booked.contradicts) {
            contradiction(r.instrument, r.cl_ord_id, AlarmKind::Contradiction, r.last_qty.value(),
                          0, Told::Latched);
        }
        return;
    }
    if (!ours) {
        if (!is_trade) return; // somebody else's order; only its fills move our account
        const Lots change = book_orphan(r).change;
        count(stats().foreign_fills);
        if (r.cl_ord_id.is_none() && !r.order_id.is_none() && change != Lots{0} &&
            r.exec_type == ExecType::Trade) {
            // Its order may be told yet.
            const core::Desk& d = desk();
            put(store_.at(unclaimed_, static_cast<std::uint32_t>(d.unclaimed % unclaimed_max)),
                UnclaimedFill{.order_id = r.order_id,
                              .exec_id = r.exec_id,
                              .qty = change,
                              .instrument = r.instrument,
                              .position_side = r.position_side});
            put(d.unclaimed, d.unclaimed + 1);
            want_fills_through(a, now());
        }
        const AlarmKind kind = r.reason == Reason::Liquidation    ? AlarmKind::Liquidated
                               : r.reason == Reason::Deleveraging ? AlarmKind::Deleveraged
                                                                  : AlarmKind::ForeignFill;
        const bool is_usual =
            kind == AlarmKind::ForeignFill && config_.instruments[r.instrument.value()].is_shared;
        if (!is_usual) alarm(kind, r.instrument, a, r.cl_ord_id, change.value(), 0);
        return;
    }
    const bool lives = r.exec_type == ExecType::New || r.exec_type == ExecType::Status ||
                       r.exec_type == ExecType::Replaced || r.exec_type == ExecType::Restated;
    // Settled by what we know, and yet shown to rest: some bound was broken. It is taken back like
    // any order that turns up.
    if (is_settled_id(r.cl_ord_id) && !rests_after(a, r, account(a).settled_at)) {
        if (!is_trade) return;
        if (r.order_id.is_none()) {
            // Known by the venue's id it would be counted twice, and which id that was is
            // forgotten. So it is not counted: if it is news, the position audit adopts it.
            contradiction(r.instrument, r.cl_ord_id, AlarmKind::Contradiction, r.last_qty.value(),
                          0);
            return;
        }
        // Settled means complete; a further fill contradicts that. It counts all the same.
        const Lots change = book_orphan(r).change;
        count(stats().fills);
        count(stats().late_fills);
        contradiction(r.instrument, r.cl_ord_id, AlarmKind::FillAfterReject, change.value(), 0,
                      Told::Latched);
        return;
    }
    if (is_trade || lives) {
        if (const Order* found = recover_order(r)) {
            join_report(*found, r);
        } else if (is_trade) {
            book_orphan(r);
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
    fresh.correlation = next_correlation(); // the one that it was sent with is lost with the record
    fresh.instrument = r.instrument;
    fresh.side = r.side;
    fresh.position_side = r.position_side;
    fresh.role = Role::Recovered;
    fresh.px = r.px;
    fresh.qty = max(max(r.order_qty, r.cum_qty), r.last_qty);
    if (r.order_qty == Lots{0}) { // then it may be as large as anything that we may have sent
        const Lots own = config_.instruments[r.instrument.value()].limits.max_order_qty;
        const Lots venue = spec(r.instrument).max_qty;
        fresh.qty = max(fresh.qty, own > Lots{0} ? own : venue > Lots{0} ? venue : qty_max);
        fresh.leg.seen = leg_seen::guessed;
    }
    fresh.leg.qty = fresh.qty;
    fresh.leg.fills_seen = all_fills;
    fresh.fence_at = fence_for(a, now() + traits(a).validity);
    fresh.flags = order_flag::landed | order_flag::want_gone;
    const Order& o = order(slot);
    put(o, fresh);
    by_cl_ord_id_.insert(store_, cl_ord_id_hash(r.cl_ord_id), slot);
    put(store_.at(recovered_, desk().recovered % recovered_max), r.cl_ord_id.packed());
    put(desk().recovered, desk().recovered + 1);
    add(account(a).open_orders, 1);
    count(stats().recovered_orders);
    if (desk().recovery == Recovery::Done) {
        alarm(AlarmKind::LateArrival, r.instrument, a, r.cl_ord_id, fresh.qty.value(), 0);
    }
    send_cancel(o);
    note_transition(o, o.status, pending::none, Why::Cancel, {Cause::Recovered});
    return &o;
}

// Of a new order: told by its answer, by the stream or by a read, whichever comes first.
void Engine::note_refusal(const Order& o, Reason reason) {
    const AccountIx a = account_of(o.instrument);
    const Account& acct = account(a);
    // Less is held than was believed: a fill has not come yet, or somebody else has closed.
    if (reason == Reason::ReduceOnly) {
        put(store_.at(positions_, position_ix(o.instrument, o.position_side)).nothing_at, now());
        touch(o.instrument);
        reconcile(o.instrument);
    }
    count(stats().order_rejects);
    if (acct.reject_start + config_.accounts[a.value()].limits.reject_window < now()) {
        put(acct.reject_start, now());
        put(acct.rejects, 0);
    }
    add(acct.rejects, 1);
    tell_guards();
}

void Engine::on_answer(const RequestAnswer& answer) {
    const AccountIx a = answer.account;
    const Account& acct = account(a);
    if (answer.reason == Reason::RateLimited) {
        const Duration wait = max(milliseconds(answer.retry_after_ms), seconds(1));
        put(acct.backoff_until, later(acct.backoff_until, now() + wait));
    }
    if (answer.kind == RequestKind::Heartbeat) {
        const bool is_newest = answer.request == acct.beat;
        if (answer.outcome == Outcome::Accepted && is_newest) put(acct.beat_heard, acct.beat_at);
        return;
    }
    const std::uint32_t slot = find_slot(answer.cl_ord_id);
    if (slot == no_slot) return; // settled by then, or about the whole account
    const Order& o = order(slot);
    const Before was = before(o);
    heard_ = {.request = answer.kind, .outcome = answer.outcome, .reason = answer.reason};
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
            } else {
                // A refusal says that nothing was executed. What is known to have been executed
                // speaks against it; that the venue had it for a moment does not.
                const bool news = (o.leg.ends_told & bit(LegEnd::Rejected)) == 0;
                join_end(o.leg, LegEnd::Rejected, {.vouched = true});
                if (!news) break;
                put(o.asked, without(o.asked, pending::create));
                note_refusal(o, answer.reason);
            }
            break;
        case Outcome::Unknown:
            if (o.seen_at == Timestamp{}) {
                put(o.flags, with(o.flags, order_flag::unknown));
                if (config_.sabotage.resend_unknown && o.role == Role::Hedge) {
                    join_end(o.leg, LegEnd::Rejected, {.vouched = true});
                }
                send_query(o);
            }
            break;
        }
        break;
    case RequestKind::Cancel:
        put(o.asked, without(o.asked, pending::cancel));
        // A refused cancel ends the cancel, never the order: ask what became of it, unless its
        // end is known: fill reads tell the rest.
        if (answer.outcome == Outcome::Refused && o.was_over == 0 &&
            (answer.reason == Reason::UnknownOrder || answer.reason == Reason::TooLate)) {
            send_query(o);
        }
        break;
    case RequestKind::Amend:
        if (answer.amend_no != o.amend_no) break;
        if (answer.outcome == Outcome::Accepted) {
            if (o.amend_qty == Lots{0} && answer.order_id.is_none()) break; // known already
            const Leg& leg = leg_for(o, answer.order_id, Lots{0});
            evidence_of_life(o, leg);
            if (o.amend_qty != Lots{0}) amend_took_effect(o, leg, Lots{0}, 0);
        } else if (answer.outcome == Outcome::Refused) {
            put(o.leg.seen, with(o.leg.seen, leg_seen::refused));
            if ((o.leg.seen & leg_seen::accepted) == 0) drop_amend(o);
        } else if ((o.asked & pending::amend) != 0) {
            put(o.flags, with(o.flags, order_flag::unknown));
            send_query(o);
        }
        break;
    case RequestKind::MassCancel:
    case RequestKind::OrderStatus:
    case RequestKind::ReadOpenOrders:
    case RequestKind::ReadFills:
    case RequestKind::ReadPositions:
    case RequestKind::ReadBalances:
    case RequestKind::Heartbeat: break; // (of no order)
    }
    refresh(o, Why::Answer, was);
}

} // namespace keel::core
