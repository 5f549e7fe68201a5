#include "core/engine.hpp"

// Reads: on by default, bounded in cost, repeated until they are answered. What a read does not
// show is a fact only past its fence and the visibility bound (law 3).

namespace keel::core {
namespace {

constexpr std::uint32_t read_ix(RequestKind kind) {
    switch (kind) {
    case RequestKind::ReadOpenOrders: return 0;
    case RequestKind::ReadFills: return 1;
    case RequestKind::ReadPositions: return 2;
    case RequestKind::ReadBalances: return 3;
    case RequestKind::New:
    case RequestKind::Cancel:
    case RequestKind::Amend:
    case RequestKind::MassCancel:
    case RequestKind::OrderStatus:
    case RequestKind::Heartbeat: break;
    }
    KEEL_ASSERT(false, "this kind of request reads an account");
}
constexpr RequestKind read_kind(std::uint32_t ix) {
    constexpr std::array<RequestKind, read_kind_count> kinds{
        RequestKind::ReadOpenOrders, RequestKind::ReadFills, RequestKind::ReadPositions,
        RequestKind::ReadBalances};
    return kinds[ix];
}

// A read without an answer for this long is asked again.
constexpr Duration read_timeout = seconds(3);

} // namespace

void Engine::want_fills_through(AccountIx a, Timestamp t) {
    const Account& acct = account(a);
    put(acct.fills_wanted, later(acct.fills_wanted, t));
}

// A venue's history does not reach back to where ours ends, and a person has looked at what it
// holds: what fills are missing, positions tell. They are adopted like any difference. While fill
// reads are whole there is no gap, and nothing is given up.
void Engine::accept_fill_gap(InstrumentIx i) {
    const AccountIx a = account_of(i);
    const Account& acct = account(a);
    if (acct.reads[read_ix(RequestKind::ReadFills)].failures == 0) return;
    put(acct.fills_through, later(acct.fills_through, now() - traits(a).visibility));
    want_fills_through(a, now());
    want_read(a, RequestKind::ReadFills);
    want_read(a, RequestKind::ReadPositions);
}

void Engine::want_read(AccountIx a, RequestKind kind, Timestamp from) {
    const ReadState& read = account(a).reads[read_ix(kind)];
    const Timestamp at = later(later(now(), from), read.asked_at + read_gap_min);
    put(read.next_at, earlier(read.next_at, at));
}

// When this read is due, lease, recovery and budget apart.
Timestamp Engine::read_wanted(AccountIx a, std::uint32_t ix) const {
    const Account& acct = account(a);
    const ReadState& read = acct.reads[ix];
    if (!read.in_flight.is_none()) return read.asked_at + read_timeout;
    if (ix == read_ix(RequestKind::ReadFills) && acct.fills_wanted > acct.fills_through) {
        // Only a read asked V after it covers what somebody waits for.
        return earlier(read.next_at, later(acct.fills_wanted + traits(a).visibility,
                                           read.asked_at + read_gap_min));
    }
    return read.next_at;
}

// When the next read of the account is due; `never` while nothing can be sent or must be.
Timestamp Engine::reads_due(AccountIx a) const {
    if (!can_send(a) || desk().recovery == Recovery::WaitFence) return never;
    Timestamp due = never;
    for (std::uint32_t ix = 0; ix < read_kind_count; ++ix) due = earlier(due, read_wanted(a, ix));
    return later(due, query_at(a)); // the query budget bounds them all
}

// Reads go before questions about orders; where both wait for one token, they take turns.
void Engine::run_reads(AccountIx a) {
    if (reads_due(a) > now()) return;
    for (std::uint32_t ix = 0; ix < read_kind_count; ++ix) {
        const RequestKind kind = read_kind(ix);
        const Account& acct = account(a);
        const std::uint32_t waiting = list(a, OrderList::Query).head;
        const bool others = waiting != no_slot && order(waiting).when <= now();
        if (others && acct.read_was_last != 0 && acct.query_tokens < 2'000'000) return;
        if (read_wanted(a, ix) > now() || !spend_query(a)) continue;
        put(acct.read_was_last, 1);
        const ReadState& read = acct.reads[ix];
        if (!read.in_flight.is_none()) put(read.failures, read.failures + 1);
        const core::Desk& d = desk();
        ReadRequest leaving;
        leaving.request = RequestID{d.next_request};
        put(d.next_request, d.next_request + 1);
        leaving.account = a;
        leaving.kind = kind;
        Duration every;
        switch (kind) {
        case RequestKind::ReadOpenOrders: every = config_.audits.open_orders_every; break;
        case RequestKind::ReadFills:
            every = config_.audits.fills_every;
            // From the time through which earlier reads were complete, never the newest fill seen.
            leaving.from = acct.fills_through - traits(a).clock_error;
            break;
        case RequestKind::ReadPositions: every = config_.audits.positions_every; break;
        case RequestKind::ReadBalances: {
            every = config_.audits.balances_every;
            // What had landed or died before this question is freed by its answer.
            if (acct.reserved_closing == Money{0}) {
                put(acct.reserved_closing, acct.reserved_settling);
                put(acct.reserved_settling, Money{0});
                put(acct.closing_before, now());
            }
            break;
        }
        case RequestKind::New:
        case RequestKind::Cancel:
        case RequestKind::Amend:
        case RequestKind::MassCancel:
        case RequestKind::OrderStatus:
        case RequestKind::Heartbeat: break;
        }
        if (desk().winding_down != 0 || desk().killed != 0) every = min(every, seconds(1));
        if (kind == RequestKind::ReadOpenOrders) put(acct.active, acct.active & ~1U);
        if (kind == RequestKind::ReadPositions) put(acct.active, acct.active & ~2U);
        put(read.in_flight, leaving.request);
        put(read.asked_at, now());
        put(read.rows, 0);
        put(read.told, 0);
        put(read.next_at, now() + every);
        out_->add(leaving);
        count(stats().reads_sent);
    }
}

void Engine::on_read_done(const ReadDone& r) {
    if (r.kind == RequestKind::OrderStatus) {
        on_order_query(r);
        return;
    }
    const AccountIx a = r.account;
    const ReadState& read = account(a).reads[read_ix(r.kind)];
    if (r.read != read.in_flight) return; // an answer to a question we gave up: nothing rests on it
    put(read.in_flight, RequestID{});
    if (r.outcome != Outcome::Accepted || r.complete == 0) {
        put(read.failures, read.failures + 1);
        put(read.next_at, earlier(read.next_at, now() + seconds(1)));
        return;
    }
    put(read.failures, 0);
    switch (r.kind) {
    case RequestKind::ReadOpenOrders: on_open_orders_read(a, r); break;
    case RequestKind::ReadFills: on_fills_read(a, r); break;
    case RequestKind::ReadPositions: on_positions_read(a, r); break;
    case RequestKind::ReadBalances: break; // the report itself did it
    case RequestKind::New:
    case RequestKind::Cancel:
    case RequestKind::Amend:
    case RequestKind::MassCancel:
    case RequestKind::OrderStatus:
    case RequestKind::Heartbeat: break;
    }
    put(read.done_from, r.asked_at);
    const Account& acct = account(a);
    if (acct.resync_from != Timestamp{}) {
        bool all = true;
        for (std::uint32_t ix = 0; ix < 3; ++ix) {
            all = all && acct.reads[ix].done_from >= acct.resync_from;
        }
        bool up = true;
        for (std::size_t kind = 0; kind < link_kind_count; ++kind) {
            up = up && (acct.link[kind] == static_cast<std::uint8_t>(LinkState::Up) ||
                        kind == static_cast<std::size_t>(LinkKind::Market));
        }
        if (all && up) put(acct.resync_from, Timestamp{});
    }
    for (std::uint32_t i = 0; i < config_.instruments.size(); ++i) {
        if (account_of(InstrumentIx{i}) == a) maybe_unfreeze(InstrumentIx{i});
    }
    advance_recovery();
}

void Engine::on_order_query(const ReadDone& r) {
    const std::uint32_t slot = find_slot(r.cl_ord_id);
    if (slot == no_slot || r.outcome != Outcome::Accepted) return;
    const Order& o = order(slot);
    const AccountIx a = account_of(o.instrument);
    const Duration visibility = traits(a).visibility;
    const bool past_fence = r.asked_at >= o.fence_at + visibility;
    const Before was = before(o);
    heard_ = {.request = r.kind,
              .reason = r.found != Found::No ? Reason::None : Reason::UnknownOrder};
    if (r.found != Found::No) {
        // Its state came with the reports before this. An amend that the answer does not show,
        // asked past its fence, never arrived.
        // (Where only a venue's id can be asked for, the answer is about that id alone. And one
        // that was accepted took effect: only how much rests may be in question, until a read
        // tells.)
        const bool accepted = (o.leg.seen & leg_seen::accepted) != 0;
        const bool was_read = (o.contradictions & amend_was_read) != 0;
        if (past_fence && can_ask_for(o) && accepted == was_read) drop_amend(o);
        if (past_fence && !accepted && was_read && (o.asked & pending::amend) != 0) {
            amend_took_effect(o, o.leg, Lots{0}, 0);
        }
        // Nothing of what failed came back to the book, or that has been executed, too.
        const bool has_ended =
            can_ask_for(o) && r.found == Found::Over && r.asked_at >= o.seen_at + visibility;
        for (const Leg* leg = &o.leg; leg != nullptr && has_ended; leg = legs().next(*leg)) {
            if (is_returned(*leg) && leg->end == LegEnd::Open) put(leg->end, LegEnd::Filled);
        }
        refresh(o, Why::Query, was);
        return;
    }
    const bool believe = past_fence || config_.sabotage.not_found_is_death;
    if (!believe || o.was_over != 0) return; // an absence is not a fact yet
    if (o.seen_at == Timestamp{}) {
        // Never arrived: it cannot any more.
        put(o.leg.end, join(o.leg.end, LegEnd::Rejected));
        put(o.leg.ends_told, static_cast<std::uint8_t>(o.leg.ends_told | bit(LegEnd::Rejected)));
        put(o.leg.vouched, 1);
        put(o.asked, 0);
        count(stats().unknown_to_death);
    } else if (r.asked_at >= o.seen_at + visibility) {
        end_as_gone(o);
    } else {
        return;
    }
    refresh(o, Why::Query, was);
}

// It was there, or may have been, and is not: ended, with a quantity that only a fill read tells.
void Engine::end_as_gone(const Order& o) {
    drop_amend(o);
    for (const Leg* leg = &o.leg; leg != nullptr; leg = legs().next(*leg)) {
        if (leg->end != LegEnd::Open) continue;
        put(leg->end, LegEnd::NotFound);
        put(leg->ends_told, static_cast<std::uint8_t>(leg->ends_told | bit(LegEnd::NotFound)));
    }
    put(o.asked, 0);
    count(stats().unknown_to_death);
}

void Engine::on_open_orders_read(AccountIx a, const ReadDone& r) {
    const Duration visibility = traits(a).visibility;
    const auto mark = static_cast<std::uint16_t>(r.read.value());
    bool any = r.rows != 0;
    for (std::uint32_t slot = 0; slot < desk().order_high; ++slot) {
        const Order& o = order(slot);
        if (o.cl_ord_id.is_none() || account_of(o.instrument) != a || o.was_over != 0) continue;
        any = true;
        const Before was = before(o);
        heard_ = {.request = r.kind, .reason = Reason::UnknownOrder};
        const bool shown = o.audit_mark == mark;
        const bool could_show = o.seen_at != Timestamp{} && r.asked_at >= o.seen_at + visibility;
        const Timestamp from = later(o.fence_at, o.seen_at) + visibility;
        if (!shown && !can_ask_for(o) && r.asked_at >= from) {
            // Whatever became of it, it does not rest and cannot come any more. Whether it traded
            // is told by fills complete through now.
            end_as_gone(o);
            refresh(o, Why::Query, was);
        } else if (shown && may_be_renamed(o) && !can_ask_for(o) && r.asked_at >= from) {
            // It rests, under none but the ids that we know: the amend never took effect.
            heard_.reason = Reason::None;
            drop_amend(o);
            refresh(o, Why::Query, was);
        } else if (!shown && could_show && (o.flags & order_flag::unknown) == 0) {
            // Believed live, not shown: ask about this one.
            put(o.flags, static_cast<std::uint8_t>(o.flags | order_flag::unknown));
            send_query(o);
            refresh(o, Why::Query, was);
        }
    }
    note_flatness(a, r.kind, !any, r.asked_at);
    if (desk().killed != 0 && r.rows != 0) mass_cancel(a); // whoever placed it
}

void Engine::on_fills_read(AccountIx a, const ReadDone& r) {
    const Account& acct = account(a);
    const Timestamp through = r.asked_at - traits(a).visibility;
    if (r.from <= acct.fills_through) put(acct.fills_through, later(acct.fills_through, through));
    // Ended orders whose end lies before the mark have all their fills.
    while (list(a, OrderList::Unsettled).head != no_slot) {
        const Order& o = order(list(a, OrderList::Unsettled).head);
        if (o.when > acct.fills_through) break;
        const Derived d = derived(o);
        if (d.certain > Lots{0}) {
            // The venue vouched for more than its own fill history shows.
            contradiction(o.instrument, o.cl_ord_id, AlarmKind::Contradiction, d.done.value(),
                          cum_qty(o).value(), Told::Latched);
        }
        put(o.was_over, static_cast<std::uint8_t>(o.was_over | over_bit::read));
        settle(o);
    }
    resolve_contradictions(a);
}

void Engine::on_positions_read(AccountIx a, const ReadDone& r) {
    // A whole answer says "flat" by leaving the row out.
    const VenueTraits& venue = traits(a);
    const auto mark = static_cast<std::uint32_t>(r.read.value());
    for (std::uint32_t ix = 0; ix < positions_.capacity; ++ix) {
        const Position& p = store_.at(positions_, ix);
        if (account_of(InstrumentIx{ix / 3}) != a || p.read_mark == mark) continue;
        check_snapshot(ix, Lots{0}, r.asked_at - venue.visibility - venue.clock_error,
                       r.answered_at + venue.clock_error);
    }
    resolve_contradictions(a);
    // A row that never reached us is a position all the same, if of an instrument we do not trade.
    const ReadState& read = account(a).reads[2];
    const std::uint32_t unlisted = r.rows > read.told ? r.rows - read.told : 0;
    if (unlisted != read.unlisted && unlisted != 0) {
        alarm(AlarmKind::UnlistedPositions, {}, a, {}, unlisted, read.unlisted);
    }
    put(read.unlisted, unlisted);
    note_flatness(a, r.kind, read.rows == 0 && unlisted == 0, r.asked_at);
}

void Engine::on_balance(const BalanceReport& r) {
    const Account& acct = account(r.account);
    if (r.asked_at < acct.balance_at) return; // overtaken: it says nothing about now
    put(acct.available, r.available);
    put(acct.equity, r.equity);
    if (acct.balance_at == Timestamp{}) put(acct.first_equity, r.equity);
    put(acct.balance_at, r.asked_at);
    const Timestamp begin = r.asked_at - traits(r.account).visibility;
    if (acct.reserved_closing != Money{0} && begin >= acct.closing_before) {
        put(acct.reserved_closing, Money{0});
    } else if (acct.reserved_closing != Money{0}) {
        // Asked again when an answer can free it.
        const Timestamp& next = acct.reads[read_ix(RequestKind::ReadBalances)].next_at;
        put(next, earlier(next, later(acct.closing_before + traits(r.account).visibility, now())));
    }
    tell_guards(); // a session's loss is known from here
}

void Engine::on_link(const LinkReport& r) {
    const Account& acct = account(r.account);
    const auto kind = static_cast<std::size_t>(r.kind);
    put(acct.link[kind], static_cast<std::uint8_t>(r.state));
    if (r.kind == LinkKind::Market) return; // a stale mark stops new risk by itself
    if (r.state != LinkState::Up) {
        put(acct.resync_from, now());
        return;
    }
    // Up again: content is trusted once the reads asked from here on have come.
    if (acct.resync_from != Timestamp{}) put(acct.resync_from, now());
    want_read(r.account, RequestKind::ReadOpenOrders);
    want_read(r.account, RequestKind::ReadPositions);
    want_fills_through(r.account, now());
}

void Engine::note_activity(AccountIx a) {
    const Account& acct = account(a);
    if (acct.active == 3U && acct.flat_evidence == 0 && desk().kill_certified == 0) return;
    put(acct.active, 3U);
    put(acct.flat_evidence, 0);
    put(desk().kill_certified, 0); // what was flat is no longer known to be
}

// Flat only on evidence, twice: bits 0 and 1 for open orders, 2 and 3 for positions. Two reads in a
// row, the second asked V after the first, with nothing sent or heard since the first was asked.
void Engine::note_flatness(AccountIx a, RequestKind kind, bool empty, Timestamp asked_at) {
    const Account& acct = account(a);
    const bool orders = kind == RequestKind::ReadOpenOrders;
    const unsigned shift = orders ? 0 : 2;
    const bool active = (acct.active & (orders ? 1U : 2U)) != 0;
    std::uint32_t bits = (acct.flat_evidence >> shift) & 3U;
    const Timestamp& first = orders ? acct.orders_empty_at : acct.positions_empty_at;
    if (!empty || active) {
        bits = 0;
    } else if (bits == 0) {
        bits = 1;
        put(first, asked_at);
    } else if (asked_at >= first + traits(a).visibility) {
        bits = 3;
    }
    put(acct.flat_evidence, (acct.flat_evidence & ~(3U << shift)) | bits << shift);
    if (desk().killed == 0) return;
    if (!empty) put(desk().kill_certified, 0);
    if (desk().kill_certified == 0 && is_quiet(true)) put(desk().kill_certified, 1);
}

} // namespace keel::core
