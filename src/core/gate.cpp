#include "core/engine.hpp"

// The last gate: independent of strategies, just before an order leaves. It can only subtract.
// Cancels do not come here: nothing but the lease holds them back (requests.cpp).

namespace keel::core {

Guard Engine::check(const Draft& d) const {
    if (const Guard guard = check_common(d); guard != Guard::None) return guard;
    switch (d.role) {
    case Role::Hedge:
    case Role::Close:
        if (config_.sabotage.reductions_gated) {
            if (const Guard guard = check_new_risk(d); guard != Guard::None) return guard;
        }
        return check_reduction(d);
    case Role::Quote: return check_new_risk(d);
    case Role::Recovered: return Guard::Malformed; // never sent by us
    }
    std::unreachable();
}

Guard Engine::check_common(const Draft& d) const {
    if (d.instrument.value() >= config_.instruments.size() || d.qty <= Lots{0}) {
        return Guard::Malformed;
    }
    if (!can_send(account_of(d.instrument)) && enforced(Guard::Lease)) return Guard::Lease;
    const Instrument& s = spec(d.instrument);
    if (!price_is_valid(d.px, s) || d.qty < s.min_qty) return Guard::Malformed;
    if (s.max_qty > Lots{0} && d.qty > s.max_qty) return Guard::Malformed;
    const auto value = checked_notional(d.px, d.qty, s, Rounding::Down);
    if (!value) return Guard::Malformed;
    const bool spared = d.reduce_only && s.min_notional_spares_full_close;
    if (Money{value->value} < s.min_notional && !spared) return Guard::Malformed;
    if (d.post_only && d.tif != TimeInForce::Gtc) return Guard::Malformed;
    return Guard::None;
}

// Up to what is owed or held, from the reserved budget; halts, freezes, loss and rate limits do not
// ask (law 5).
Guard Engine::check_reduction(const Draft& d) const {
    const AccountIx a = account_of(d.instrument);
    if (enforced(Guard::MoreThanOwed)) {
        if (d.role == Role::Hedge) {
            const GroupIx g = group_of(d.instrument);
            if (g.is_none() || config_.groups[g.value()].hedge_via != d.instrument) {
                return Guard::MoreThanOwed;
            }
            const Units left = owed(g);
            const bool cures = d.side == Side::Sell ? left > Units{0} : left < Units{0};
            const Units size = Units{d.qty.value()} * spec(d.instrument).units_per_lot;
            if (!cures || size > abs(left)) return Guard::MoreThanOwed;
        } else {
            const Position& p = position(d.instrument);
            const Lots held = p.filled + p.foreign + p.adjusted + p.claim_buy - p.claim_sell;
            const Lots under_way = d.side == Side::Sell ? p.open_sell + p.reduce_sell
                                                        : p.open_buy + p.reduce_buy;
            const Lots left = (d.side == Side::Sell ? held : -held) - under_way;
            if (!d.reduce_only || d.qty > left) return Guard::MoreThanOwed;
            if (const Guard guard = check_exposure(d); guard != Guard::None) return guard;
        }
    }
    if (account(a).request_tokens < 1'000'000 && enforced(Guard::Budget)) return Guard::Budget;
    if (desk().live_orders >= orders_.capacity) return Guard::Capacity;
    return Guard::None;
}

Guard Engine::check_new_risk(const Draft& d) const {
    if (const Guard guard = check_state(d.instrument); guard != Guard::None) return guard;
    if (const Guard guard = check_limits(d); guard != Guard::None) return guard;
    if (const Guard guard = check_exposure(d); guard != Guard::None) return guard;
    return check_hedge(d);
}

// What the desk, its links and its evidence must be like before anything new is risked.
Guard Engine::check_state(InstrumentIx i) const {
    const std::uint64_t on = guards_on(i);
    if (on == 0) return Guard::None;
    return static_cast<Guard>(__builtin_ctzll(on));
}

std::uint64_t Engine::guards_on(InstrumentIx i) const {
    std::uint64_t on = 0;
    const auto hold = [&](Guard guard, bool held) {
        if (held && enforced(guard)) on |= 1ULL << static_cast<unsigned>(guard);
    };
    const core::Desk& d = desk();
    const AccountIx a = account_of(i);
    const Account& acct = account(a);
    const AccountConfig& cfg = config_.accounts[a.value()];
    const InstrumentConfig& icfg = config_.instruments[i.value()];
    hold(Guard::Lease, !can_send(a));
    hold(Guard::Recovering, d.recovery != Recovery::Done);
    hold(Guard::Halted, d.halted != 0);
    hold(Guard::Killed, d.killed != 0);
    hold(Guard::WindingDown, d.winding_down != 0);
    hold(Guard::LinkGap, acct.resync_from != Timestamp{});
    hold(Guard::Frozen, book(i).frozen_at != Timestamp{});
    const Position& net = position(i);
    hold(Guard::Unverified, net.verified_at + config_.audits.verify_age_max < now());
    hold(Guard::Backoff, acct.backoff_until > now());
    hold(Guard::Balance, acct.balance_at == Timestamp{});
    hold(Guard::StaleMark, book(i).mark_at + icfg.limits.stale_mark < now() ||
                               book(i).mark_at == Timestamp{});
    hold(Guard::Capacity,
         d.live_orders + orders_reserve_ >= orders_.capacity ||
             d.live_legs + 2 >= legs_.capacity || d.fill_entries >= fills_.fills_max());
    hold(Guard::MaxRejectsInWindow,
         acct.rejects >= cfg.limits.max_rejects_in_window &&
             acct.reject_start + cfg.limits.reject_window >= now());
    hold(Guard::MaxRoundsWithoutHuman, d.rounds >= config_.limits.max_rounds_without_human);
    Money lost;
    for (std::uint32_t each = 0; each < accounts_.capacity; ++each) {
        const Account& one = store_.at(accounts_, each);
        if (one.balance_at != Timestamp{}) lost += one.first_equity - one.equity;
    }
    hold(Guard::MaxLossSession, lost > config_.limits.max_loss_session);
    return on;
}

bool Engine::may_quote(InstrumentIx i) const { return guards_on(i) == 0; }

Guard Engine::check_limits(const Draft& d) const {
    const AccountIx a = account_of(d.instrument);
    const Account& acct = account(a);
    const AccountLimits& limits = config_.accounts[a.value()].limits;
    const InstrumentLimits& own = config_.instruments[d.instrument.value()].limits;
    const Instrument& s = spec(d.instrument);
    const Lots qty_max = own.max_order_qty > Lots{0} ? own.max_order_qty : s.max_qty;
    if (qty_max > Lots{0} && d.qty > qty_max && enforced(Guard::MaxOrderQty)) {
        return Guard::MaxOrderQty;
    }
    const Money value = notional(d.px, d.qty, s);
    if (value > own.max_order_notional && enforced(Guard::MaxOrderNotional)) {
        return Guard::MaxOrderNotional;
    }
    // |px - mark| <= collar x mark, in doubled ticks so that half ticks stay exact.
    const Ticks mark = book(d.instrument).mark;
    const Int128 off = static_cast<Int128>(abs(d.px * 2 - mark).value()) * ppm_one;
    if (off > static_cast<Int128>(mark.value()) * own.price_collar.value() &&
        enforced(Guard::PriceCollar)) {
        return Guard::PriceCollar;
    }
    if (acct.open_orders >= limits.max_open_orders && enforced(Guard::MaxOpenOrders)) {
        return Guard::MaxOpenOrders;
    }
    const Interval<Lots> held = interval(d.instrument);
    const Lots worst = d.side == Side::Buy ? max(abs(held.low), abs(held.high + d.qty))
                                           : max(abs(held.low - d.qty), abs(held.high));
    const bool farther = worst > max(abs(held.low), abs(held.high));
    const auto worst_value = value_at_mark(d.instrument, worst);
    if (farther && (!worst_value || *worst_value > own.max_position_notional) &&
        enforced(Guard::MaxPositionNotional)) {
        return Guard::MaxPositionNotional;
    }
    if (acct.order_tokens < 1'000'000 && enforced(Guard::MaxOrdersPerSecond)) {
        return Guard::MaxOrdersPerSecond;
    }
    const VenueTraits& venue = traits(a);
    const std::int64_t kept =
        std::int64_t{venue.requests_per_second} * 10'000 * venue.reserve_percent;
    if (acct.request_tokens < kept + 1'000'000 && enforced(Guard::Budget)) return Guard::Budget;
    const Money minute =
        acct.minute_start + seconds(60) > now() ? acct.minute_notional : Money{0};
    if (minute + value > limits.max_notional_per_minute && enforced(Guard::MaxNotionalPerMinute)) {
        return Guard::MaxNotionalPerMinute;
    }
    const Money free = acct.available - acct.reserved_new - acct.reserved_settling -
                       acct.reserved_closing;
    const bool reduces_position =
        d.side == Side::Buy ? held.high + d.qty <= Lots{0} : held.low - d.qty >= Lots{0};
    if (!reduces_position && margin_for(d.instrument, d.px, d.qty) > free &&
        enforced(Guard::Balance)) {
        return Guard::Balance;
    }
    return Guard::None;
}

// Law 4: the end of the interval that the order moves stays within the limit, or the order cannot
// make the farther end worse.
Guard Engine::check_exposure(const Draft& d) const {
    const GroupIx g = group_of(d.instrument);
    if (g.is_none() || !enforced(Guard::GroupExposure)) return Guard::None;
    const Units limit = config_.groups[g.value()].exposure_limit;
    const Interval<Units> held = interval(g);
    const Units size = Units{d.qty.value()} * spec(d.instrument).units_per_lot;
    const Units moved = d.side == Side::Buy ? held.high + size : held.low - size;
    if (abs(moved) <= limit) return Guard::None;
    const Units farther = max(abs(held.low), abs(held.high));
    return abs(moved) <= farther ? Guard::None : Guard::GroupExposure;
}

// A quote is allowed only if the hedge of its worst end would be allowed too; the capacity is
// reserved by the quote itself, as what the maker's orders might still do counts here.
Guard Engine::check_hedge(const Draft& d) const {
    const GroupIx g = group_of(d.instrument);
    if (g.is_none()) return Guard::None;
    const GroupConfig& cfg = config_.groups[g.value()];
    const InstrumentIx via = cfg.hedge_via;
    if (via == d.instrument) return Guard::None;
    const Instrument& hedge_spec = spec(via);
    const InstrumentState& hedge_book = book(via);
    if (enforced(Guard::HedgeCapacity)) {
        const AccountIx ha = account_of(via);
        if (!can_send(ha) || account(ha).balance_at == Timestamp{} ||
            hedge_book.mark_at == Timestamp{} ||
            hedge_book.mark_at + config_.instruments[via.value()].limits.stale_mark < now()) {
            return Guard::HedgeCapacity;
        }
        // Where the hedge position ends if every maker order fills and all of it is hedged.
        const Interval<Units> all = interval(g);
        const Units size = Units{d.qty.value()} * spec(d.instrument).units_per_lot;
        const Units to_hedge = d.side == Side::Buy ? all.high + size : size - all.low;
        const Lots lots{(max(to_hedge, Units{0}).value() + hedge_spec.units_per_lot - 1) /
                        hedge_spec.units_per_lot};
        const Interval<Lots> held = interval(via);
        const Lots end = d.side == Side::Buy ? held.low - lots : held.high + lots;
        const Lots now_worst = max(abs(held.low), abs(held.high));
        const auto value = value_at_mark(via, abs(end));
        if (abs(end) > now_worst &&
            (!value ||
             *value > config_.instruments[via.value()].limits.max_position_notional)) {
            return Guard::HedgeCapacity;
        }
        const Account& hacct = account(ha);
        const Money free = hacct.available - hacct.reserved_new - hacct.reserved_settling -
                           hacct.reserved_closing;
        const auto hedge_value = value_at_mark(via, lots);
        if (!hedge_value) return Guard::HedgeCapacity;
        const bool reduces = abs(end) <= now_worst;
        const auto margin = mul_div(hedge_value->value(), hedge_spec.initial_margin_ppm, ppm_one,
                                    Rounding::Up);
        if (!reduces && (!margin || Money{margin->value} > free)) return Guard::HedgeCapacity;
        // The whole quote must be hedgeable: at least the hedge venue's lot and minimum.
        const Lots whole{size.value() / hedge_spec.units_per_lot};
        const auto smallest = value_at_mark(via, whole);
        if (whole < hedge_spec.min_qty || !smallest || *smallest < hedge_spec.min_notional) {
            return Guard::HedgeCapacity;
        }
    }
    if (enforced(Guard::Residue)) {
        const Units net = certain(g);
        const bool adds = d.side == Side::Buy ? net > Units{0} : net < Units{0};
        const Units waiting = hedgeable(g, net) > Lots{0} ? Units{0} : abs(net);
        if (adds && waiting > cfg.residue_max) return Guard::Residue;
    }
    return Guard::None;
}

Money Engine::margin_for(InstrumentIx i, Ticks px, Lots qty) const {
    const Money value = notional(px, qty, spec(i));
    const auto margin =
        mul_div(value.value(), spec(i).initial_margin_ppm, ppm_one, Rounding::Up);
    KEEL_ASSERT(margin.has_value(), "a margin is at most its notional");
    return Money{margin->value};
}

std::optional<Money> Engine::value_at_mark(InstrumentIx i, Lots qty) const {
    // The mark is doubled: halve the product, rounding up (against us).
    const auto twice = checked_notional(book(i).mark, qty, spec(i), Rounding::Up);
    if (!twice) return std::nullopt;
    return Money{twice->value / 2 + (twice->value & 1)};
}

} // namespace keel::core
