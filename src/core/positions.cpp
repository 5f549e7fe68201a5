#include "core/engine.hpp"

// Positions: rebuilt from fills by the venue's execution time, plus adjustments. A snapshot is
// evidence about an interval of time, never a source of fills (design section 4).

namespace keel::core {

Interval<Lots> Engine::interval(const Position& p) const {
    const Lots middle = sum_certain(p);
    // Reduce-only orders that the venue enforces at match time are clipped together at flat: they
    // can take what is held back to zero, never past it.
    const Lots was_long = max(middle + p.beside_sell, Lots{0});
    const Lots was_short = max(-middle + p.beside_buy, Lots{0});
    Lots low = middle - p.open_sell - min(p.reduce_sell, was_long);
    Lots high = middle + p.open_buy + min(p.reduce_buy, was_short);
    const auto ix = static_cast<std::uint32_t>(&p - store_.all(positions_).data());
    // What is not settled yet may fail, and is taken back.
    if (spec(InstrumentIx{ix / 3}).settles_late) {
        low -= p.unsettled + p.claim_buy;
        high += p.unsettled - p.matched + p.claim_sell;
    }
    return {low, high};
}

Interval<Lots> Engine::interval(InstrumentIx i) const {
    Interval<Lots> sum;
    for (const PositionSide side : {PositionSide::Net, PositionSide::Long, PositionSide::Short}) {
        const Interval<Lots> one = interval(position(i, side));
        sum.low += one.low;
        sum.high += one.high;
    }
    return sum;
}

Interval<Units> Engine::interval(GroupIx g) const {
    Interval<Units> sum;
    for (const InstrumentIx i : config_.groups[g.value()].members) {
        const Interval<Lots> one = interval(i);
        sum.low += in_units(i, one.low);
        sum.high += in_units(i, one.high);
    }
    return sum;
}

Lots Engine::certain(InstrumentIx i) const {
    Lots sum;
    for (const PositionSide side : {PositionSide::Net, PositionSide::Long, PositionSide::Short}) {
        const Position& p = position(i, side);
        // Foreign fills and unassigned differences are in limits, and hedged by nobody.
        sum += p.filled + p.assigned + p.claim_buy - p.claim_sell;
    }
    return sum;
}

Units Engine::certain(GroupIx g) const {
    Units sum;
    for (const InstrumentIx i : config_.groups[g.value()].members) {
        sum += in_units(i, certain(i));
    }
    return sum;
}

Lots Engine::held(InstrumentIx i, PositionSide side) const {
    const Lots sum = sum_certain(position(i, side));
    switch (side) {
    case PositionSide::Net: return sum;
    case PositionSide::Long: return max(sum, Lots{0});
    case PositionSide::Short: return min(sum, Lots{0});
    }
    std::unreachable();
}

bool Engine::has_orders(InstrumentIx i) const {
    for (const PositionSide side : {PositionSide::Net, PositionSide::Long, PositionSide::Short}) {
        const Position& p = position(i, side);
        if (p.open_buy + p.open_sell + p.reduce_buy + p.reduce_sell + p.claim_buy + p.claim_sell >
            Lots{0}) {
            return true;
        }
    }
    return false;
}

// What is told only by a claim is not known to be settled, and what was adopted is there.
Lots Engine::settled_stock(InstrumentIx i) const {
    const Position& p = position(i);
    return max(sum_certain(p) - p.claim_buy - p.unsettled, Lots{0});
}

Lots Engine::free_stock(InstrumentIx i) const {
    const Position& p = position(i);
    return max(settled_stock(i) - p.open_sell - p.reduce_sell, Lots{0});
}

void Engine::note_beside(const Position& p, Lots traded) {
    if (traded < Lots{0} && p.reduce_sell > Lots{0}) add(p.beside_sell, -traded);
    if (traded > Lots{0} && p.reduce_buy > Lots{0}) add(p.beside_buy, traded);
}

bool Engine::is_residue(InstrumentIx i, Lots qty) const {
    return qty != Lots{0} && abs(qty) < spec(i).min_qty;
}

const Signal& Engine::heard_signal(InstrumentIx i, SignalKind kind) const {
    return signal_slot(i, kind);
}

bool Engine::is_moving(const Position& p) const {
    return p.open_buy + p.open_sell + p.reduce_buy + p.reduce_sell + p.claim_buy + p.claim_sell >
           p.protect_buy + p.protect_sell;
}

// Where matched is not final: what still has to settle, and what failed to.
void Engine::book_settling(InstrumentIx i, PositionSide position_side, Side side,
                           const Booked& booked) {
    if (booked.matched == Lots{0} && booked.failed == Lots{0}) return;
    const Position& p = store_.at(positions_, position_ix(i, position_side));
    if (side == Side::Buy) add(p.unsettled, booked.matched);
    add(p.matched, booked.matched);
    add(p.failed, booked.failed);
    touch(i);
}

void Engine::book_position(InstrumentIx i, PositionSide side, Lots qty, Timestamp transact_time,
                           bool own) {
    const std::uint32_t ix = position_ix(i, side);
    const Position& p = store_.at(positions_, ix);
    // A fill found later that an adopted difference already contains consumes it first.
    const bool contained = transact_time <= p.adjusted_until;
    if (p.adjusted != Lots{0} && contained && (p.adjusted > Lots{0}) == (qty > Lots{0}) &&
        !config_.sabotage.late_fill_adds) {
        const auto nearer = [](Lots a, Lots b) { return abs(a) < abs(b) ? a : b; };
        const Lots eaten = nearer(p.adjusted, qty);
        put(p.adjusted, p.adjusted - eaten);
        // What was assigned is taken to be what is found; never more than there was.
        if ((p.assigned > Lots{0}) == (eaten > Lots{0})) {
            put(p.assigned, p.assigned - nearer(p.assigned, eaten));
        }
    }
    if (config_.sabotage.fill_mark_is_newest_fill) {
        const Account& acct = account(account_of(i));
        put(acct.fills_through, later(acct.fills_through, transact_time));
    }
    if (own) {
        add(p.filled, qty);
    } else {
        add(p.foreign, qty);
    }
    // The ring keeps the newest fills in order of execution, so that a snapshot's interval can be
    // walked. A late one is sorted in.
    constexpr auto size = static_cast<std::uint32_t>(recent_fills);
    const std::uint32_t count_now = p.fill_count;
    const std::uint32_t kept = count_now < size ? count_now : size - 1;
    const RecentFill* const ring = &store_.at(recent_, ix * size);
    std::uint32_t at = count_now;
    while (count_now - at < kept && ring[(at - 1) % size].transact_time > transact_time) {
        put(ring[at % size], RecentFill{ring[(at - 1) % size]});
        --at;
    }
    put(ring[at % size], RecentFill{transact_time, qty});
    put(p.fill_count, count_now + 1);
    touch(i);
}

// Nothing is there; or only what is known, and smaller than any order that the venue takes. (What a
// group holds is for its hedges.)
bool Engine::is_as_good_as_flat(const PositionReport& r) const {
    if (r.qty == Lots{0}) return true;
    return is_residue(r.instrument, r.qty) && group_of(r.instrument).is_none() &&
           r.qty == sum_certain(position(r.instrument, r.position_side));
}

void Engine::on_position(const PositionReport& r) {
    KEEL_ASSERT(r.instrument.value() < instruments_.capacity,
                "a position report names an instrument of this desk");
    const std::uint32_t ix = position_ix(r.instrument, r.position_side);
    const AccountIx a = account_of(r.instrument);
    const ReadState& read = account(a).reads[2];
    if (r.source == ReportSource::Read && !r.read.is_none()) {
        if (r.read != read.in_flight) return; // to a question we gave up: a newer one is under way
        put(store_.at(positions_, ix).read_mark, static_cast<std::uint32_t>(r.read.value()));
        put(read.told, read.told + 1);
        if (!is_as_good_as_flat(r)) put(read.rows, read.rows + 1);
    }
    const VenueTraits& venue = traits(a);
    check_snapshot(ix, r.qty, r.asked_at - venue.visibility - venue.clock_error,
                   r.answered_at + venue.clock_error);
}

bool Engine::quiet(const Position& p, std::uint32_t ix, Timestamp begin, Timestamp end) const {
    const std::uint32_t base = ix * static_cast<std::uint32_t>(recent_fills);
    const std::uint32_t kept =
        p.fill_count < recent_fills ? p.fill_count : static_cast<std::uint32_t>(recent_fills);
    for (std::uint32_t back = 1; back <= kept; ++back) {
        const RecentFill& fill = store_.at(recent_, base + (p.fill_count - back) % recent_fills);
        if (fill.transact_time < begin) return true;
        if (fill.transact_time <= end) return false;
    }
    return kept < recent_fills; // the ring no longer reaches back to `begin`
}

Engine::Match Engine::compare(const Position& p, std::uint32_t ix, Lots qty, Timestamp begin,
                              Timestamp end) const {
    const std::uint32_t base = ix * static_cast<std::uint32_t>(recent_fills);
    const std::uint32_t kept =
        p.fill_count < recent_fills ? p.fill_count : static_cast<std::uint32_t>(recent_fills);
    Lots held = p.filled + p.foreign + p.adjusted; // rebuilt, at the newest instant
    bool own_fill_inside = false;
    // When an adopted change happened is known no better than its interval: what was seen before
    // its end may have been seen before the change.
    const Match otherwise = begin <= p.adjusted_until ? Match::Inconclusive : Match::Contradicts;
    for (std::uint32_t back = 1;; ++back) {
        const bool more = back <= kept;
        const RecentFill* fill =
            more ? &store_.at(recent_, base + (p.fill_count - back) % recent_fills) : nullptr;
        if (more && fill->transact_time > end) {
            held -= fill->qty; // after the snapshot
            continue;
        }
        if (held == qty) {
            if (!more && kept == recent_fills && !own_fill_inside) return Match::Inconclusive;
            return own_fill_inside || (more && fill->transact_time >= begin) ? Match::Agrees
                                                                             : Match::Verifies;
        }
        if (!more) {
            return kept < recent_fills ? otherwise : Match::Inconclusive;
        }
        if (fill->transact_time < begin) return otherwise;
        own_fill_inside = true;
        held -= fill->qty;
    }
}

void Engine::check_snapshot(std::uint32_t ix, Lots qty, Timestamp begin, Timestamp end) {
    const Position& p = store_.at(positions_, ix);
    const InstrumentIx i{ix / 3};
    const AccountIx a = account_of(i);
    if (config_.sabotage.adopt_at_once) {
        const Lots difference = qty - (p.filled + p.foreign + p.adjusted);
        if (difference != Lots{0}) {
            add(p.filled, difference);
            touch(i);
        }
        put(p.verified_at, later(p.verified_at, begin));
        return;
    }
    const Duration back = traits(a).visibility + traits(a).clock_error + nanoseconds(1);
    // Where the venue has said that there is nothing to reduce, one of later clears that up.
    if (begin < p.nothing_at) want_read(a, RequestKind::ReadPositions, p.nothing_at + back);
    switch (compare(p, ix, qty, begin, end)) {
    case Match::Verifies:
        if (p.verified_at < p.nothing_at && begin >= p.nothing_at) touch(i); // it is cleared up
        put(p.verified_at, later(p.verified_at, begin));
        put(p.doubt, Lots{0});
        put(p.beside_buy, Lots{0}); // so all that was traded is known
        put(p.beside_sell, Lots{0});
        if (p.contra_end != Timestamp{}) {
            put(p.contra_end, Timestamp{});
            assign_adjustments(i);
        }
        maybe_unfreeze(i);
        break;
    case Match::Agrees:
        if (config_.sabotage.match_verifies) put(p.verified_at, later(p.verified_at, begin));
        break;
    case Match::Inconclusive:
        if (begin <= p.adjusted_until) { // asked again as soon as the answer can tell
            want_read(a, RequestKind::ReadPositions, p.adjusted_until + back);
        }
        break;
    case Match::Contradicts:
        // Only a difference that is left when fills are complete through the end may be adopted.
        if (p.contra_end == Timestamp{}) {
            put(p.contra_qty, qty);
            put(p.contra_begin, begin);
            put(p.contra_end, end);
            want_fills_through(a, end);
        }
        break;
    }
}

void Engine::resolve_contradictions(AccountIx a) {
    for (std::uint32_t ix = 0; ix < positions_.capacity; ++ix) {
        const Position& p = store_.at(positions_, ix);
        const InstrumentIx i{ix / 3};
        if (account_of(i) != a || p.contra_end == Timestamp{}) continue;
        if (account(a).fills_through < p.contra_end) {
            want_fills_through(a, p.contra_end);
            continue;
        }
        const Match match = compare(p, ix, p.contra_qty, p.contra_begin, p.contra_end);
        if (match == Match::Contradicts && quiet(p, ix, p.contra_begin, p.contra_end)) {
            const Lots held = p.filled + p.foreign + p.adjusted;
            Lots held_then = held;
            const std::uint32_t base = ix * static_cast<std::uint32_t>(recent_fills);
            for (std::uint32_t back = 1; back <= p.fill_count && back <= recent_fills; ++back) {
                const RecentFill& fill =
                    store_.at(recent_, base + (p.fill_count - back) % recent_fills);
                if (fill.transact_time <= p.contra_end) break;
                held_then -= fill.qty;
            }
            const Lots difference = p.contra_qty - held_then;
            const bool is_seen_again = p.doubt == difference && p.contra_begin > p.doubt_end;
            if (spec(i).settles_late && !is_seen_again) {
                put(p.doubt, difference);
                put(p.doubt_end, p.contra_end);
                const Duration back = traits(a).visibility + traits(a).clock_error;
                want_read(a, RequestKind::ReadPositions, p.contra_end + back + nanoseconds(1));
                put(p.contra_end, Timestamp{});
                continue;
            }
            put(p.doubt, Lots{0});
            put(p.adjusted, p.adjusted + difference);
            note_beside(p, difference);
            put(p.adjusted_until, p.contra_end);
            count(stats().adoptions);
            alarm(AlarmKind::AdoptedDifference, i, a, {}, difference.value(), p.contra_qty.value());
            touch(i);
        }
        // Adopted, explained meanwhile, or the interval was busy: a fresh snapshot verifies or not.
        want_read(a, RequestKind::ReadPositions);
        put(p.contra_end, Timestamp{});
        assign_adjustments(i);
    }
}

// Both legs may have changed at once: what one adopted is the group's only when no other member is
// in doubt, or it would be hedged before its counterpart is known.
void Engine::assign_adjustments(InstrumentIx i) {
    const GroupIx g = group_of(i);
    if (g.is_none() || !config_.groups[g.value()].assign_adjustments) return;
    constexpr std::array sides{PositionSide::Net, PositionSide::Long, PositionSide::Short};
    const std::vector<InstrumentIx>& members = config_.groups[g.value()].members;
    for (const InstrumentIx member : members) {
        for (const PositionSide side : sides) {
            if (position(member, side).contra_end != Timestamp{}) return;
        }
    }
    for (const InstrumentIx member : members) {
        for (const PositionSide side : sides) {
            const Position& p = position(member, side);
            if (p.assigned == p.adjusted) continue;
            put(p.assigned, p.adjusted);
            touch(member);
        }
    }
}

void Engine::maybe_unfreeze(InstrumentIx i) {
    const InstrumentState& state = book(i);
    if (state.frozen_at == Timestamp{}) return;
    const AccountIx a = account_of(i);
    // The first snapshot whose whole interval comes after it, and after the fill that may have
    // brought it about, can verify.
    const Timestamp from =
        state.frozen_at + traits(a).visibility + traits(a).clock_error + nanoseconds(1);
    if (account(a).reads[2].asked_at < from) want_read(a, RequestKind::ReadPositions, from);
    if (account(a).fills_through < state.frozen_at) return;
    for (const PositionSide side : {PositionSide::Net, PositionSide::Long, PositionSide::Short}) {
        const Position& p = position(i, side);
        const bool used = p.fill_count > 0 || p.adjusted != Lots{0} || side == PositionSide::Net;
        if (used && p.verified_at < state.frozen_at) return;
    }
    put(state.frozen_at, Timestamp{});
}

} // namespace keel::core
