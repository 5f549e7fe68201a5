#include <algorithm>

#include "core/engine.hpp"

// The decision hash: over what can still change a command, and nothing else. Without it no two
// interleavings ever meet. Orders are summed up without regard to where they lie or in which order
// they came; ids enter by what they name, deadlines as time left, and evidence by its age, up to
// the age beyond which no read that is still to come could tell the difference. What only decides
// whether a person is told once more is left out.

namespace keel::core {
namespace {

class Moment {
public:
    Moment(Hasher& hasher, Timestamp now, Duration horizon, Duration far)
        : hasher_(&hasher), now_(now), horizon_(horizon), far_(far) {}
    // A deadline: how long until it comes. It came: zero, however long ago.
    Moment& left(Timestamp t) {
        hasher_->add_signed(t >= never ? far_.value()
                                       : min(max(t - now_, Duration{0}), far_).value());
        return *this;
    }
    // A moment that reads are compared with: how long ago. Zero means "none" and stays so.
    Moment& age(Timestamp t) {
        hasher_->add_signed(t == Timestamp{} ? INT64_MIN : max(t - now_, -horizon_).value());
        return *this;
    }
    // A mark that goes into a request: exactly how long ago.
    Moment& since(Timestamp t) {
        hasher_->add_signed((t - now_).value());
        return *this;
    }

private:
    Hasher* hasher_;
    Timestamp now_;
    Duration horizon_;
    Duration far_;
};

template <std::size_t N>
void add_lately(Hasher& h, const Lately<N>& lately, Duration width, Timestamp now) {
    const std::int64_t current = now.ns() / width.value();
    for (std::int64_t back = 0; back < static_cast<std::int64_t>(N); ++back) {
        const std::int64_t bucket = lately.newest - back;
        const std::int64_t gone = bucket + static_cast<std::int64_t>(N); // then it no longer counts
        const std::int64_t used = lately.used[static_cast<std::size_t>(bucket) % N];
        if (bucket < 0 || used == 0 || gone <= current) continue;
        h.add_signed(gone * width.value() - now.ns()).add_signed(used);
    }
}

// Where positions have no sides, two of three never are: what verifies them says nothing.
bool is_used(const Position& p, std::uint32_t ix) {
    const Lots open = p.open_buy + p.open_sell + p.reduce_buy + p.reduce_sell;
    return ix % 3 == static_cast<std::uint32_t>(PositionSide::Net) || p.fill_count != 0 ||
           open + p.claim_buy + p.claim_sell != Lots{0} || p.adjusted != Lots{0} ||
           p.contra_end != Timestamp{};
}

} // namespace

// Reads still to come are asked from now on, or were asked at most a read's time-out ago.
Duration Engine::evidence_horizon() const {
    Duration longest{};
    for (const VenueTraits& venue : config_.venues) {
        longest = max(longest, venue.visibility + venue.clock_error * 2);
    }
    return longest + seconds(4);
}

bool Engine::is_half_used(AccountIx a) const {
    const Account& acct = account(a);
    const AccountLimits& limits = config_.accounts[a.value()].limits;
    const VenueTraits& venue = traits(a);
    const Duration elapsed = now() - acct.refilled_at;
    const auto is_low = [&](std::int64_t tokens, std::uint32_t rate) {
        return refilled(tokens, rate, elapsed) < std::int64_t{rate} * 500'000;
    };
    // (Reductions draw on their own budget only when requests have used up theirs.)
    return is_low(acct.request_tokens, venue.requests_per_second) ||
           is_low(acct.query_tokens, config_.audits.queries_per_second) ||
           acct.orders_lately.sum * 2 >= limits.max_orders_per_second ||
           acct.notional_lately.sum >= limits.max_notional_per_minute.value() / 2;
}

void Engine::add_account(Hasher& h, AccountIx a, const Sight& sight) const {
    const Account& acct = account(a);
    const AccountConfig& cfg = config_.accounts[a.value()];
    Moment t{h, now(), sight.horizon, sight.far};
    h.add(acct.lease_epoch).add(acct.open_orders);
    h.add(std::uint64_t{acct.flat_evidence} << 8U | acct.active);
    t.left(acct.lease_until).age(acct.orders_empty_at).age(acct.positions_empty_at);
    // It goes into the next read of fills; whoever holds the venues beside the desk knows which
    // fills that will show, so nothing but its age as evidence is left to tell.
    if (sight.of == HashOf::World) {
        t.age(acct.fills_through);
    } else {
        t.since(acct.fills_through);
    }
    // (A read answers it only if it was asked late enough after it.)
    const bool wants_fills = acct.fills_wanted > acct.fills_through;
    t.age(wants_fills ? acct.fills_wanted : Timestamp{});
    t.age(acct.settled_at).age(acct.resync_from);
    for (const std::uint8_t link : acct.link) h.add(link);
    const bool recovering = desk().recovery != Recovery::Done;
    for (const ReadState& read : acct.reads) {
        const bool asked = !read.in_flight.is_none();
        h.add(asked ? 1U : 0U).add(std::uint64_t{read.told} << 32U | read.rows);
        if (read.unlisted != 0) h.add(read.unlisted);
        if (asked) t.since(read.asked_at);
        t.left(read.asked_at + read_gap_min);
        t.left(read.next_at);
        h.add((read.done_from >= acct.resync_from ? 1U : 0U) |
              (recovering && read.done_from >= desk().fence_at ? 2U : 0U));
    }
    // Budgets as they would be if they were refilled now.
    const Duration elapsed = now() - acct.refilled_at;
    const Duration whole = milliseconds(in_milliseconds(elapsed));
    const VenueTraits& venue = traits(a);
    if (sight.of == HashOf::Desk || is_half_used(a)) {
        h.add_signed(refilled(acct.request_tokens, venue.requests_per_second, whole));
        h.add_signed(refilled(acct.reduce_tokens, reduce_rate(venue), whole));
        h.add_signed(refilled(acct.query_tokens, config_.audits.queries_per_second, whole));
        h.add_signed((elapsed - whole).value());
        add_lately(h, acct.orders_lately, orders_bucket, now());
        add_lately(h, acct.notional_lately, notional_bucket, now());
    }
    t.left(acct.backoff_until);
    h.add(acct.read_was_last);
    const Timestamp rejects_until = acct.reject_start + cfg.limits.reject_window;
    if (acct.rejects > 0 && rejects_until >= now()) t.left(rejects_until).age(acct.reject_start);
    h.add(rejects_until >= now() ? acct.rejects : 0U);
    h.add_signed(acct.available.value()).add_signed((acct.first_equity - acct.equity).value());
    h.add_signed(acct.reserved_new.value()).add_signed(acct.reserved_settling.value());
    h.add_signed(acct.reserved_closing.value());
    if (acct.reserved_closing != Money{0}) t.age(acct.closing_before);
    t.age(acct.balance_at);
    if (const Duration patience = traits(a).heartbeat_timeout; patience > Duration{0}) {
        t.left(beat_due(a)).left(acct.beat_heard + patience);
        h.add((acct.beat.is_none() ? 0U : 1U) | (acct.beat_heard == Timestamp{} ? 2U : 0U));
    }
}

void Engine::add_position(Hasher& h, std::uint32_t ix, const Sight& sight) const {
    const Position& p = store_.at(positions_, ix);
    if (!is_used(p, ix)) return;
    const InstrumentIx i{ix / 3};
    h.add(ix);
    const Account& acct = account(account_of(i));
    Moment t{h, now(), sight.horizon, sight.far};
    for (const Lots value : {p.filled, p.foreign, p.adjusted, p.assigned, p.claim_buy, p.claim_sell,
                             p.open_buy, p.open_sell, p.reduce_buy, p.reduce_sell, p.protect_buy,
                             p.protect_sell, p.beside_buy, p.beside_sell, p.unsettled, p.matched}) {
        h.add_signed(value.value());
    }
    t.left(p.verified_at + config_.audits.verify_age_max);
    const bool recovering = desk().recovery != Recovery::Done;
    h.add((p.verified_at >= book(i).frozen_at ? 1U : 0U) |
          (recovering && p.verified_at >= desk().fence_at ? 2U : 0U));
    // A full ring that does not reach back far enough proves nothing.
    h.add(std::min<std::uint32_t>(p.fill_count, recent_fills));
    const RequestID reading = acct.reads[2].in_flight;
    h.add(!reading.is_none() && p.read_mark == static_cast<std::uint32_t>(reading.value()) ? 1U
                                                                                           : 0U);
    // A fill is found however late: whether it lies in an adjustment is asked for ever. But it was
    // made when fills were complete through its end, so that in a world that keeps its bounds
    // none is found there any more.
    if (p.adjusted != Lots{0} && sight.of == HashOf::Desk) {
        t.since(p.adjusted_until);
    } else {
        t.age(p.adjusted_until);
    }
    if (p.nothing_at != Timestamp{}) t.age(p.nothing_at); // a read is held against it
    if (p.contra_end != Timestamp{}) {
        t.since(p.contra_begin).since(p.contra_end);
        h.add_signed(p.contra_qty.value());
    }
    if (p.doubt != Lots{0}) {
        h.add_signed(p.doubt.value());
        t.since(p.doubt_end);
    }
    // Fills that a snapshot's interval may still reach back to.
    Timestamp oldest = now() - sight.horizon;
    if (p.contra_end != Timestamp{}) oldest = earlier(oldest, p.contra_begin);
    if (!reading.is_none()) { // it may wait for a lease before it is given up
        const VenueTraits& venue = traits(i);
        const Timestamp begin = acct.reads[2].asked_at - venue.visibility - venue.clock_error;
        oldest = earlier(oldest, begin);
    }
    const std::uint32_t base = ix * static_cast<std::uint32_t>(recent_fills);
    for (std::uint32_t back = 1; back <= p.fill_count && back <= recent_fills; ++back) {
        const RecentFill& fill = store_.at(recent_, base + (p.fill_count - back) % recent_fills);
        if (fill.transact_time < oldest) break;
        t.since(fill.transact_time);
        h.add_signed(fill.qty.value());
    }
}

// What is known of an order, leg by leg: what a further fact is held against.
void Engine::add_facts(Hasher& h, const Order& o) const {
    h.add(std::uint64_t{o.was_over} << 8U | o.contradictions).add(o.amend_no);
    OrderID before; // which of two legs is the older one at the venue, as their ids are counted
    legs().each(o, [&](const Leg& leg) {
        h.add(leg.id.is_none()  ? 0U
              : before < leg.id ? 1U
                                : 2U)
            .add(leg.claim_version)
            .add(leg.qty_version);
        for (const Lots value : {leg.qty, leg.cum, leg.busted, leg.claim_low, leg.claim_high,
                                 leg.claimed, leg.reduced, leg.settling}) {
            h.add_signed(value.value());
        }
        h.add(static_cast<std::uint64_t>(leg.end) | std::uint64_t{leg.ends_told} << 8U |
              std::uint64_t{leg.vouched} << 16U | std::uint64_t{leg.seen} << 24U);
        before = leg.id;
    });
}

std::uint64_t Engine::order_digest(const Order& o, const Sight& sight) const {
    if (o.list == OrderList::Settled) {
        // Only remembered: a late fact may contradict it, and nothing else about it matters.
        Hasher settled{7};
        settled.add(std::uint64_t{o.instrument.value()} << 16U |
                    static_cast<std::uint64_t>(o.role) << 8U | static_cast<std::uint64_t>(o.side));
        settled.add_signed(o.qty.value());
        Moment{settled, now(), sight.horizon, sight.far}.age(o.when);
        if (sight.of == HashOf::World) {
            // What is still under way of it is true, and known: only its sum is left to matter.
            legs().each(o, [&](const Leg& leg) {
                settled.add_signed(leg.cum.value()).add_signed(leg.busted.value());
                settled.add(static_cast<std::uint64_t>(leg.end));
            });
        } else {
            add_facts(settled, o);
        }
        return settled.digest();
    }
    Hasher one{4};
    Moment t{one, now(), sight.horizon, sight.far};
    const Account& acct = account(account_of(o.instrument));
    one.add(std::uint64_t{o.instrument.value()} << 32U | o.intent);
    one.add(static_cast<std::uint64_t>(o.side) | static_cast<std::uint64_t>(o.tif) << 8U |
            static_cast<std::uint64_t>(o.role) << 16U |
            static_cast<std::uint64_t>(o.status) << 24U | std::uint64_t{o.asked} << 32U |
            static_cast<std::uint64_t>(o.list) << 40U | std::uint64_t{o.flags} << 48U);
    one.add(static_cast<std::uint64_t>(o.position_side) | std::uint64_t{o.cancel_count} << 8U |
            std::uint64_t{o.query_count} << 16U);
    one.add_signed(o.px.value()).add_signed(o.qty.value()).add_signed(o.amend_qty.value());
    const bool may_amend = o.amend_qty != Lots{0};
    one.add_signed(may_amend ? o.px_before.value() : 0).add_signed(o.reserved.value());
    if ((o.asked & pending::amend) != 0 && o.intent != no_slot) {
        one.add(is_amend_overdue(store_.at(intents_, o.intent)) ? 1U : 0U);
    }
    t.left(o.fence_at).age(o.fence_at).age(o.seen_at);
    const RequestID reading = acct.reads[0].in_flight;
    one.add(!reading.is_none() && o.audit_mark == static_cast<std::uint16_t>(reading.value()) ? 1U
                                                                                              : 0U);
    if (o.list == OrderList::Settling) {
        t.age(o.when);
    } else if (o.list != OrderList::None) {
        t.since(o.when);
    }
    add_facts(one, o);
    return one.digest();
}

std::uint64_t Engine::decision_hash(HashOf of, Duration far) const {
    const core::Desk& d = desk();
    const Sight sight{evidence_horizon(), far, of};
    Hasher h{3};
    Moment t{h, now(), sight.horizon, sight.far};
    h.add(d.epoch).add(static_cast<std::uint64_t>(d.recovery));
    h.add(std::uint64_t{d.halted} | std::uint64_t{d.winding_down} << 8U |
          std::uint64_t{d.killed} << 16U | std::uint64_t{d.kill_certified} << 24U |
          std::uint64_t{d.outside} << 32U);
    // Which ids of earlier lives are settled: what comes under any other is news.
    std::uint64_t found = 0;
    for (std::uint32_t at = 0; at < std::min(d.recovered, recovered_max); ++at) {
        found += scramble(store_.at(recovered_, at));
    }
    h.add(std::uint64_t{d.last_epoch} << 32U | d.last_counter).add(found).add(d.restarted);
    h.add(d.fill_set).add(d.fill_entries >= fills_.fills_max() ? 1U : 0U);
    if (d.recovery != Recovery::Done) t.since(d.fence_at);
    h.add(std::min(d.rounds, config_.limits.max_rounds_without_human));
    const Timestamp surprising_until = d.surprised_at + config_.limits.surprise_window;
    if (d.surprises > 0 && surprising_until >= now()) {
        h.add(d.surprises);
        t.left(surprising_until);
    }
    for (std::uint32_t i = 0; i < config_.instruments.size(); ++i) {
        const InstrumentState& s = store_.at(instruments_, i);
        h.add_signed(s.bid_px.value()).add_signed(s.ask_px.value()).add_signed(s.mark.value());
        h.add((s.bid_qty > Lots{0} ? 1U : 0U) | (s.ask_qty > Lots{0} ? 2U : 0U) |
              (s.mark_at == Timestamp{} ? 4U : 0U) |
              (account(account_of(InstrumentIx{i})).fills_through >= s.frozen_at ? 8U : 0U));
        t.left(s.mark_at + config_.instruments[i].limits.stale_mark).age(s.frozen_at);
        if (s.status_time == Timestamp{}) continue;
        h.add(static_cast<std::uint64_t>(s.status)).add_signed(s.price_step.value());
        h.add_signed(s.settlement_px.value());
        if (of != HashOf::World) t.age(s.status_time); // (there, what is told comes in order)
    }
    for (std::uint32_t ix = 0; ix < positions_.capacity; ++ix) add_position(h, ix, sight);
    for (std::uint32_t a = 0; a < accounts_.capacity; ++a) add_account(h, AccountIx{a}, sight);
    for (std::uint32_t g = 0; g < config_.groups.size(); ++g) {
        const Group& group = store_.at(groups_, g);
        const bool owes = group.owed_since != Timestamp{};
        h.add(group.attempt).add_signed(group.last_net.value());
        h.add((owes ? 1U : 0U) | std::uint64_t{group.told} << 8U |
              static_cast<std::uint64_t>(group.hedging) << 16U);
        t.left(group.hedge_at);
        if (!owes) continue;
        t.left(overdue_at(GroupIx{g}));
        for (const OwedPart& part :
             group.parts) { // each has its time when those before it are paid
            if (part.size == Units{0}) break;
            h.add_signed(part.size.value());
            t.since(part.since);
        }
    }
    for (std::uint32_t i = 0; i < intents_.capacity; ++i) {
        const Intent& it = store_.at(intents_, i);
        h.add_signed(it.want_px.value()).add_signed(it.want_qty.value());
        h.add(it.order == no_slot ? 0U : 1U);
        if (it.kind == IntentKind::Quote) continue;
        h.add_signed(it.want_trigger.value());
        h.add_signed(it.order == no_slot ? 0 : it.live_trigger.value());
    }
    for (std::uint32_t n = 0; n < signals_.capacity; ++n) {
        const Signal& s = store_.at(signals_, n);
        if (s.id == 0) continue;
        h.add(n).add(s.id).add_signed(s.value);
        h.add_signed(s.stop_px.value()).add_signed(s.limit_px.value());
        t.left(s.valid_until);
    }
    // Orders as a multiset: each by what it is and what is known of it.
    std::uint64_t orders = 0;
    for (std::uint32_t slot = 0; slot < d.order_high; ++slot) {
        const Order& o = order(slot);
        if (o.cl_ord_id.is_none()) continue;
        const std::uint64_t digest = order_digest(o, sight);
        orders += of == HashOf::World ? scramble(digest ^ cl_ord_id_hash(o.cl_ord_id)) : digest;
    }
    h.add(orders);
    std::uint64_t unclaimed = 0;
    for (std::uint32_t at = 0; at < unclaimed_max && d.unclaimed != 0; ++at) {
        const UnclaimedFill& fill = store_.at(unclaimed_, at);
        if (fill.order_id.is_none()) continue;
        Hasher one{8};
        one.add(fill.order_id.hi).add(fill.order_id.lo).add(fill.exec_id.hi).add(fill.exec_id.lo);
        one.add(std::uint64_t{fill.instrument.value()} << 8U |
                static_cast<std::uint64_t>(fill.position_side));
        unclaimed += one.add_signed(fill.qty.value()).digest();
    }
    h.add(unclaimed);
    return h.digest();
}

} // namespace keel::core
