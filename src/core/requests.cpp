#include <algorithm>

#include "core/engine.hpp"

// What leaves: orders (through the gate), cancels, amends, questions; and the budgets they draw on.

namespace keel::core {
namespace {

constexpr std::int64_t token = 1'000'000; // one request, in the units budgets are kept in

constexpr std::uint8_t with(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set | bits);
}
constexpr std::uint8_t without(std::uint8_t set, std::uint8_t bits) {
    return static_cast<std::uint8_t>(set & ~bits);
}

Cause cause_of(const Draft& d) {
    switch (d.role) {
    case Role::Quote: return d.tif == TimeInForce::Ioc ? Cause::Take : Cause::Quote;
    case Role::Hedge: return d.again ? Cause::HedgeRetry : Cause::Hedge;
    case Role::Close:
        if (d.kind == OrdKind::Merge) return Cause::Merge;
        return d.kind == OrdKind::Redeem ? Cause::Redeem : Cause::Close;
    case Role::Sweep: return Cause::Sweep;
    case Role::Protect: return Cause::Protect;
    case Role::Recovered: break; // never sent by us
    }
    std::unreachable();
}

} // namespace

bool Engine::can_send(AccountIx a) const {
    const Account& acct = account(a);
    return acct.lease_epoch == desk().epoch && desk().epoch != 0 &&
           now() < acct.lease_until - traits(a).clock_error;
}

// Every signed request carries the venue's validity, and it never outlives the lease.
Timestamp Engine::validity(AccountIx a) const {
    const VenueTraits& venue = traits(a);
    return earlier(now() + venue.validity, account(a).lease_until - venue.clock_error);
}

// After this no such request can be accepted any more, whatever its dialect's fence is.
Timestamp Engine::fence_for(AccountIx a, Timestamp valid_until) const {
    const VenueTraits& venue = traits(a);
    if (venue.fence == Fence::ValidityEnd) return valid_until + venue.clock_error;
    return now() + longest_flight(venue);
}

void Engine::refill(AccountIx a) {
    const Account& acct = account(a);
    const Duration elapsed = now() - acct.refilled_at;
    // Whole milliseconds, so that rounding loses nothing however often it is asked.
    const Duration whole = milliseconds(in_milliseconds(elapsed));
    if (whole <= Duration{0}) return;
    const VenueTraits& venue = traits(a);
    put(acct.request_tokens, refilled(acct.request_tokens, venue.requests_per_second, whole));
    put(acct.reduce_tokens, refilled(acct.reduce_tokens, reduce_rate(venue), whole));
    put(acct.query_tokens, refilled(acct.query_tokens, config_.audits.queries_per_second, whole));
    put(acct.refilled_at, acct.refilled_at + whole);
    slide(acct.orders_lately, orders_bucket);
    slide(acct.notional_lately, notional_bucket);
}

// Buckets that time has left behind no longer count.
template <std::size_t N> void Engine::slide(const Lately<N>& lately, Duration width) {
    const std::int64_t bucket = now().ns() / width.value();
    if (bucket == lately.newest) return;
    if (bucket - lately.newest >= static_cast<std::int64_t>(N)) {
        put(lately, Lately<N>{.used = {}, .newest = bucket, .sum = 0});
        return;
    }
    for (std::int64_t next = lately.newest + 1; next <= bucket; ++next) {
        const std::int64_t& cell = lately.used[static_cast<std::size_t>(next) % N];
        put(lately.sum, lately.sum - cell);
        put(cell, 0);
    }
    put(lately.newest, bucket);
}

template <std::size_t N> void Engine::use_lately(const Lately<N>& lately, std::int64_t more) {
    const std::int64_t& cell = lately.used[static_cast<std::size_t>(lately.newest) % N];
    const auto sum = checked_add(lately.sum, more);
    KEEL_ASSERT(sum.has_value(), "what leaves in a minute fits in 64 bits");
    put(lately.sum, *sum);
    put(cell, cell + more);
}

// A new order, or an amend: what the limits on rate and notional count.
void Engine::spend_order(AccountIx a, Money value) {
    use_lately(account(a).orders_lately, 1);
    use_lately(account(a).notional_lately, value.value());
}

void Engine::spend_request(AccountIx a) {
    const Account& acct = account(a);
    // Cancels may take the budget below zero, never more than a second deep: they are not held
    // back, and what they overdraw is missing for new risk.
    const std::int64_t floor = -std::int64_t{traits(a).requests_per_second} * token;
    const std::int64_t left = acct.request_tokens - token;
    put(acct.request_tokens, left < floor ? floor : left);
}

Timestamp Engine::query_at(AccountIx a) const {
    if (!can_send(a)) return never;
    const Account& acct = account(a);
    if (acct.query_tokens >= token) return now();
    const std::int64_t missing = token - acct.query_tokens;
    return acct.refilled_at + nanoseconds(missing * 1'000 / config_.audits.queries_per_second) +
           milliseconds(1);
}

bool Engine::spend_query(AccountIx a) {
    refill(a);
    const Account& acct = account(a);
    if (acct.query_tokens < token || !can_send(a)) return false;
    put(acct.query_tokens, acct.query_tokens - token);
    return true;
}

Guard Engine::submit(const Draft& d, Commands& out, ClOrdID* id) {
    Commands* const outer = out_;
    out_ = &out;
    const struct Restore {
        Commands*& slot;
        Commands* old;
        ~Restore() { slot = old; }
    } restore{out_, outer};

    if (d.instrument.value() < config_.instruments.size()) refill(account_of(d.instrument));
    Priced priced;
    const Guard guard = check(d, priced);
    if (guard != Guard::None) {
        count(stats().gate_refusals);
        const std::uint64_t mask = 1ULL << static_cast<unsigned>(guard);
        put(desk().guards_met, desk().guards_met | mask);
        if (d.instrument.value() < config_.instruments.size()) {
            hold_back(d.instrument, guard, d.qty);
            // A newer balance may free what is reserved.
            if (guard == Guard::Balance) {
                want_read(account_of(d.instrument), RequestKind::ReadBalances);
            }
            const GroupIx g = group_of(d.instrument);
            if (guard == Guard::HedgeCapacity && !g.is_none()) {
                want_read(account_of(config_.groups[g.value()].hedge_via),
                          RequestKind::ReadBalances);
            }
        }
        return guard;
    }
    const std::uint32_t slot = take_order_slot();
    if (slot == no_slot) return Guard::Capacity;
    const core::Desk& k = desk();
    const AccountIx a = account_of(d.instrument);
    const Account& acct = account(a);

    Order fresh;
    fresh.cl_ord_id = ClOrdID::make(config_.desk, k.epoch, k.next_counter);
    put(k.next_counter, k.next_counter + 1);
    fresh.correlation = d.correlation.is_none() ? next_correlation() : d.correlation;
    fresh.instrument = d.instrument;
    fresh.intent = d.intent;
    fresh.side = d.side;
    fresh.tif = d.tif;
    fresh.role = d.role;
    fresh.position_side = d.position_side;
    fresh.asked = pending::create;
    fresh.flags = with(d.post_only ? order_flag::post_only : std::uint8_t{0},
                       d.reduce_only ? order_flag::reduce_only : std::uint8_t{0});
    fresh.px = d.px;
    fresh.qty = d.qty;
    fresh.leg.qty = d.qty;
    const Timestamp valid_until = validity(a);
    fresh.fence_at = fence_for(a, valid_until);
    fresh.reserved = priced.margin;
    // It may do all it says, and an answer is waited for: as refresh() would find.
    fresh.counted_open = d.qty;
    const ListHead& waiting = list(a, OrderList::Answer);
    fresh.list = OrderList::Answer;
    fresh.when = now() + delay_of(a, OrderList::Answer);
    fresh.prev = waiting.tail;
    const Order& o = order(slot);
    put(o, fresh);
    append(waiting, o);
    count_open(o, d.qty);
    touch(d.instrument);
    by_cl_ord_id_.insert(store_, cl_ord_id_hash(o.cl_ord_id), slot);
    add(acct.reserved_new, o.reserved);
    add(acct.open_orders, 1);
    if (d.role == Role::Quote) {
        spend_request(a);
        spend_order(a, priced.value);
    } else if (acct.request_tokens >= token) {
        spend_request(a);
    } else {
        put(acct.reduce_tokens, acct.reduce_tokens - token);
    }
    note_activity(a);

    NewOrderSingle leaving;
    leaving.request = RequestID{k.next_request};
    put(k.next_request, k.next_request + 1);
    leaving.cl_ord_id = o.cl_ord_id;
    leaving.correlation = o.correlation;
    leaving.account = a;
    leaving.instrument = d.instrument;
    leaving.side = d.side;
    leaving.tif = d.tif;
    leaving.post_only = d.post_only ? 1 : 0;
    leaving.reduce_only = d.reduce_only ? 1 : 0;
    leaving.px = d.px;
    leaving.qty = d.qty;
    leaving.valid_until = valid_until;
    leaving.trigger_px = d.trigger_px;
    leaving.position_side = d.position_side;
    leaving.kind = d.kind;
    leaving.batch = pursuing_ && d.batch == 0 && d.role == Role::Quote ? batch_for(a) : d.batch;
    out_->add(leaving);
    count(stats().orders_sent);
    if (d.role == Role::Hedge) count(stats().hedges_sent);
    if (d.intent != no_slot) {
        put(store_.at(intents_, d.intent).order, slot);
        put(store_.at(intents_, d.intent).live_trigger, d.trigger_px);
        put(store_.at(intents_, d.intent).placed_at, now());
    }
    if (id != nullptr) *id = o.cl_ord_id;
    note_transition(o, OrdStatus::PendingNew, pending::none, Why::Sent, {cause_of(d)});
    return Guard::None;
}

void Engine::cancel(ClOrdID id, Commands& out) {
    const std::uint32_t slot = find_slot(id);
    if (slot == no_slot) return;
    Commands* const outer = out_;
    out_ = &out;
    request_gone(order(slot), {Cause::Caller});
    out_ = outer;
}

// One logical cancel: asked over both transports at once, repeated until the end is evidence.
void Engine::request_gone(const Order& o, Ground ground) {
    if ((o.flags & order_flag::want_gone) != 0 || o.was_over != 0) return;
    put(o.flags, with(o.flags, order_flag::want_gone));
    const std::uint8_t old_asked = o.asked;
    send_cancel(o);
    note_transition(o, o.status, old_asked, Why::Cancel, ground);
    refresh(o, Why::Cancel, before(o));
}

void Engine::send_cancel(const Order& o) {
    const AccountIx a = account_of(o.instrument);
    if (!can_send(a) && enforced(Guard::Lease)) return; // nothing leaves after the lease
    refill(a);
    OrderCancelRequest leaving;
    leaving.cl_ord_id = o.cl_ord_id;
    if (!may_be_renamed(o)) leaving.order_id = leg_to_name(o, o.cancel_count / 2U).id;
    leaving.correlation = o.correlation;
    leaving.account = a;
    leaving.instrument = o.instrument;
    leaving.valid_until = validity(a);
    const core::Desk& d = desk();
    const bool both = o.cancel_count == 0;
    for (const Transport transport : {Transport::Socket, Transport::Rest}) {
        const bool turn = (o.cancel_count % 2 == 0) == (transport == Transport::Socket);
        if (!both && !turn) continue;
        leaving.request = RequestID{d.next_request};
        put(d.next_request, d.next_request + 1);
        leaving.transport = transport;
        leaving.batch = transport == Transport::Rest ? batch_for(a) : 0;
        out_->add(leaving);
        spend_request(a);
        count(stats().cancels_sent);
    }
    put(o.asked, with(o.asked, pending::cancel));
    // Counts on within a byte: 128 to 255 goes round, so that escalation comes again, too.
    const bool full = o.cancel_count == 255;
    put(o.cancel_count, static_cast<std::uint8_t>(full ? 128 : o.cancel_count + 1));
    note_activity(a);
}

// An amend that nobody has answered may have put an id in the place of the one we know: what is
// said about the old one is no word about the order.
bool Engine::may_be_renamed(const Order& o) const {
    return (o.asked & pending::amend) != 0 && !traits(o.instrument).amend_keeps_order_id;
}

// Which of its legs a request is about: those that have a name and may still rest take turns. (More
// than one may where an amend was lost with the record's tail.)
const Leg& Engine::leg_to_name(const Order& o, std::uint32_t turn) const {
    const Legs all = legs();
    const auto may_rest = [](const Leg& leg) { return !leg.id.is_none() && !is_over(leg); };
    std::uint32_t open = 0;
    all.each(o, [&](const Leg& leg) { open += may_rest(leg) ? 1U : 0U; });
    const Leg* out = &all.current(o);
    if (open == 0) return *out;
    std::uint32_t skip = turn % open;
    for (const Leg* leg = &o.leg; leg != nullptr; leg = all.next(*leg)) {
        if (!may_rest(*leg)) continue;
        out = leg;
        if (skip-- == 0) break;
    }
    return *out;
}

// Some venues know an order by their own id only, which an Unknown one does not have. And what such
// a venue says of one leg is no word about another on which what failed may rest again.
bool Engine::can_ask_for(const Order& o) const {
    if (traits(o.instrument).status_by_cl_ord_id) return true;
    if (may_be_renamed(o) || legs().current(o).id.is_none()) return false;
    return o.leg.next == no_slot || !derived(o).returned;
}

void Engine::send_query(const Order& o) {
    const AccountIx a = account_of(o.instrument);
    if (!can_ask_for(o)) {
        // Then the open orders tell: there it is, or, past its fence, it is not
        // (on_open_orders_read).
        want_read(a, RequestKind::ReadOpenOrders,
                  later(o.fence_at, o.seen_at) + traits(a).visibility);
        return;
    }
    if (!spend_query(a)) return; // the list brings it back
    put(account(a).read_was_last, 0);
    const core::Desk& d = desk();
    OrderStatusRequest leaving;
    leaving.request = RequestID{d.next_request};
    put(d.next_request, d.next_request + 1);
    leaving.cl_ord_id = o.cl_ord_id;
    if (!may_be_renamed(o)) leaving.order_id = leg_to_name(o, o.query_count).id;
    leaving.account = a;
    leaving.instrument = o.instrument;
    out_->add(leaving);
    // (Near the end it goes round: leg_to_name takes its turns from it.)
    const bool is_full = o.query_count == 255;
    put(o.query_count, static_cast<std::uint8_t>(is_full ? 240 : o.query_count + 1));
    count(stats().queries_sent);
}

void Engine::mass_cancel(AccountIx a) {
    if (!can_send(a) && enforced(Guard::Lease)) return;
    const core::Desk& d = desk();
    OrderMassCancelRequest leaving;
    leaving.request = RequestID{d.next_request};
    put(d.next_request, d.next_request + 1);
    leaving.account = a;
    leaving.valid_until = validity(a);
    out_->add(leaving);
    spend_request(a);
}

// What protects a position is taken back by the kill switch alone: it can only make less of it.
void Engine::pull_all(Pull which, Ground ground) {
    for (std::uint32_t slot = 0; slot < desk().order_high; ++slot) {
        const Order& o = order(slot);
        if (o.cl_ord_id.is_none()) continue;
        if (which == Pull::Quotes && o.role != Role::Quote) continue;
        if (which == Pull::AllThatOpens && o.role == Role::Protect) continue;
        request_gone(o, ground);
    }
}

bool Engine::amend(ClOrdID id, Ticks px, Lots total, Commands& out, Ground ground) {
    const std::uint32_t slot = find_slot(id);
    if (slot == no_slot || total <= Lots{0}) return false;
    const Order& o = order(slot);
    const AccountIx a = account_of(o.instrument);
    const VenueTraits& venue = traits(a);
    // One amend at a time, on an order the venue is known to hold (FIX D16 to D18: queue locally).
    if (!venue.amend_supported || o.seen_at == Timestamp{} || o.was_over != 0 ||
        (o.asked & (pending::amend | pending::cancel)) != 0 ||
        (o.flags & order_flag::want_gone) != 0) {
        return false;
    }
    // Nor where two legs would have no name yet: which of them a report means could not be told.
    if (!venue.amend_keeps_order_id && legs().current(o).id.is_none()) return false;
    Commands* const outer = out_;
    out_ = &out;
    refill(a);
    if (const Guard guard = check_amend(o, px, total); guard != Guard::None) {
        count(stats().gate_refusals);
        hold_back(o.instrument, guard, total);
        out_ = outer;
        return false;
    }
    // Known and told: what a venue has executed does not count again towards what shall rest.
    const bool totals = venue.amend_qty == AmendQty::Total;
    const Lots wire_qty = totals ? total : total - derived(o).done;
    if (wire_qty <= Lots{0}) { // nothing more shall rest, and no venue takes an amend to that
        request_gone(o, {Cause::AmendedAway});
        out_ = outer;
        return true;
    }
    put(o.contradictions, without(o.contradictions, amend_was_read));
    drop_asked_leg(o); // of an amend that was refused
    put(o.leg.seen, without(o.leg.seen, with(leg_seen::refused, leg_seen::accepted)));
    for (const Leg* leg = &o.leg; leg != nullptr; leg = legs().next(*leg)) {
        put(leg->seen, with(leg->seen, leg_seen::before));
    }
    // Where the amend may become a leg of its own, that leg is asked for here.
    if (!(totals && venue.amend_keeps_order_id) && add_leg(o, wire_qty) == nullptr) {
        out_ = outer;
        return false;
    }
    // What it binds beyond the order it changes is held back until it has landed or failed.
    const Money margin = margin_for(o.instrument, px, total);
    const Money more = totals ? margin - o.reserved : margin;
    if (more > Money{0} && (o.flags & order_flag::landed) != 0) {
        put(o.reserved, more);
        put(o.flags, without(o.flags, order_flag::landed));
        add(account(a).reserved_new, more);
    }
    put(o.asked, with(o.asked, pending::amend));
    put(o.amend_qty, total);
    put(o.px_before, o.px);
    put(o.px, px);
    // 0 stays "never amended", however often it was.
    put(o.amend_no, static_cast<std::uint16_t>(o.amend_no == 0xffff ? 1 : o.amend_no + 1));
    const Timestamp valid_until = validity(a);
    put(o.fence_at, later(o.fence_at, fence_for(a, valid_until)));
    const core::Desk& d = desk();
    OrderCancelReplaceRequest leaving;
    leaving.request = RequestID{d.next_request};
    put(d.next_request, d.next_request + 1);
    leaving.cl_ord_id = o.cl_ord_id;
    leaving.order_id = legs().current(o).id;
    leaving.correlation = o.correlation;
    leaving.account = a;
    leaving.instrument = o.instrument;
    leaving.amend_no = o.amend_no;
    leaving.px = px;
    leaving.qty = wire_qty;
    leaving.valid_until = valid_until;
    out_->add(leaving);
    spend_request(a);
    spend_order(a, notional(px, total, spec(o.instrument)));
    note_activity(a);
    note_transition(o, o.status, static_cast<std::uint8_t>(o.asked & ~pending::amend), Why::Amend,
                    ground);
    refresh(o, Why::Amend, before(o));
    out_ = outer;
    return true;
}

void Engine::release_reservation(const Order& o) {
    if ((o.flags & order_flag::landed) != 0) return;
    put(o.flags, with(o.flags, order_flag::landed));
    const Account& acct = account(account_of(o.instrument));
    // Landed or died from here on; the reservation ends with a balance reading that began later.
    put(acct.reserved_new, acct.reserved_new - o.reserved);
    add(acct.reserved_settling, o.reserved);
}

Lots Engine::nobodys(InstrumentIx i) const {
    const Lots held = sum_certain(position(i));
    const Lots strange = held - certain(i);
    if ((strange > Lots{0}) != (held > Lots{0})) return Lots{0}; // it took from the group's part
    return abs(strange) < abs(held) ? strange : held;
}

// What is to be swept: first what is nobody's. Of the rest, a close at a maker is the group's,
// which then owes the other way, and the hedger takes the hedge down. At the hedge venue a close
// pays what is owed; a hedge that is left when nothing is owed has lost its counterpart to
// somebody.
Lots Engine::to_sweep(InstrumentIx i) const {
    const GroupIx g = group_of(i);
    if (g.is_none()) return Lots{0};
    if (const Lots strange = nobodys(i); strange != Lots{0}) return strange;
    if (config_.groups[g.value()].hedge_via != i) return Lots{0};
    const Lots held = sum_certain(position(i));
    const Lots owed_here{certain(g).value() / spec(i).units_per_lot};
    if ((owed_here > Lots{0}) != (held > Lots{0})) return held;
    return abs(owed_here) < abs(held) ? held - owed_here : Lots{0};
}

Guard Engine::take(InstrumentIx i, PositionSide position_side, Side side, Lots qty, Bps slippage,
                   Commands& out) {
    Draft d;
    d.instrument = i;
    d.position_side = position_side;
    d.side = side;
    d.px = taking_px(i, side, slippage);
    d.qty = qty;
    d.tif = TimeInForce::Ioc;
    return submit(d, out);
}

Guard Engine::merge(InstrumentIx yes, InstrumentIx no, Lots qty, Commands& out) {
    Draft d;
    d.kind = OrdKind::Merge;
    d.side = Side::Sell;
    d.qty = qty;
    d.tif = TimeInForce::Ioc;
    d.role = Role::Close;
    d.reduce_only = true;
    d.batch = desk().next_batch + 1;
    d.px = Ticks{1}; // no less: the venue says for how much of one unit each is given
    Draft other = d;
    d.instrument = yes;
    other.instrument = no;
    const AccountIx a = account_of(yes);
    refill(a);
    for (const Draft& one : {d, other}) {
        if (const Guard guard = check(one); guard != Guard::None) return guard;
    }
    // Room for both, or none leaves.
    const std::int64_t requests =
        account(a).request_tokens / token + account(a).reduce_tokens / token;
    if (requests < 2) return Guard::Budget;
    if (desk().live_orders + 2 > orders_.capacity) return Guard::Capacity;
    put(desk().next_batch, d.batch);
    batch_items_ = 0; // nothing else joins it, nor what was open before it
    const Guard guard = submit(d, out);
    return guard != Guard::None ? guard : submit(other, out);
}

Guard Engine::redeem(InstrumentIx i, Commands& out) {
    Draft d;
    d.kind = OrdKind::Redeem;
    d.instrument = i;
    d.side = Side::Sell;
    d.qty = free_stock(i);
    d.px = Ticks{1};
    d.tif = TimeInForce::Ioc;
    d.role = Role::Close;
    d.reduce_only = true;
    return submit(d, out);
}

void Engine::reconcile(InstrumentIx i) {
    want_fills_through(account_of(i), now());
    want_read(account_of(i), RequestKind::ReadPositions);
}

void Engine::raise(AlarmKind kind, InstrumentIx i, std::int64_t value, std::int64_t bound,
                   Commands& out) {
    Commands* const outer = out_;
    out_ = &out;
    alarm(kind, i, i.is_none() ? AccountIx{} : account_of(i), {}, value, bound);
    out_ = outer;
}

bool Engine::close(InstrumentIx i, Lots clip, Bps slippage, Commands& out,
                   PositionSide position_side) {
    const Position& p = position(i, position_side);
    const Lots held = this->held(i, position_side);
    if (held == Lots{0} || is_moving(p) || clip <= Lots{0}) return false;
    Draft d;
    d.instrument = i;
    d.position_side = position_side;
    d.side = held > Lots{0} ? Side::Sell : Side::Buy;
    d.px = taking_px(i, d.side, slippage);
    if (d.px <= Ticks{0}) return false;
    d.tif = TimeInForce::Ioc;
    d.reduce_only = true;
    const Lots swept = to_sweep(i);
    d.role = swept == Lots{0} ? Role::Close : Role::Sweep;
    const Lots all = abs(held);
    const Lots part = swept == Lots{0} ? all : abs(swept);
    // A part below the venue's minimum would be refused, and a part may not leave a rest that could
    // never be closed: then less is taken, or, where that is too little, all of it.
    const Lots least = smallest_order(i, d.px);
    const Lots rest_min = spec(i).min_notional_spares_full_close ? spec(i).min_qty : least;
    d.qty = min(max(min(clip, part), least), all);
    if (d.qty < all && all - d.qty < rest_min) {
        d.qty = all - rest_min >= least ? all - rest_min : all;
    }
    if (const Lots most = largest_order(i); most > Lots{0}) d.qty = min(d.qty, most);
    return submit(d, out) == Guard::None;
}

} // namespace keel::core
