#include "core/engine.hpp"

// The last gate: independent of strategies, just before an order leaves. It can only subtract.
// Cancels do not come here: nothing but the lease holds them back (requests.cpp).

namespace keel::core {
namespace {

constexpr std::int64_t token = 1'000'000; // one request, in the units budgets are kept in

// Where nothing is held or known on a position side, there is nothing to verify.
bool is_verified(const Position& p, Timestamp since) {
    const bool used = p.fill_count > 0 || p.adjusted != Lots{0};
    return !used || p.verified_at >= since;
}

} // namespace

bool Engine::takes_price(InstrumentIx i, Ticks px) const {
    const Instrument& s = spec(i);
    if (s.px_end > Ticks{0} && px >= s.px_end) return false;
    return price_is_valid(px, s) && px.value() % price_step(i).value() == 0;
}

Ticks Engine::to_price(InstrumentIx i, Ticks px, Rounding rounding) const {
    const Instrument& s = spec(i);
    const std::int64_t step = price_step(i).value();
    Ticks out = to_valid_price(px, s, rounding);
    if (const std::int64_t over = out.value() % step; over != 0) {
        out = rounding == Rounding::Down ? Ticks{out.value() - over}
                                         : Ticks{out.value() - over + step};
    }
    return takes_price(i, out) ? out : Ticks{0};
}

Guard Engine::check(const Draft& d) const {
    Priced priced;
    return check(d, priced);
}

Guard Engine::check(const Draft& d, Priced& priced) const {
    if (const Guard guard = check_common(d, priced); guard != Guard::None) return guard;
    switch (d.role) {
    case Role::Hedge:
    case Role::Close:
    case Role::Sweep:
        if (config_.sabotage.reductions_gated) {
            if (const Guard guard = check_new_risk(d, priced); guard != Guard::None) return guard;
        }
        return check_reduction(d);
    case Role::Protect: return check_protection(d);
    case Role::Quote: return check_new_risk(d, priced);
    case Role::Recovered: return Guard::Malformed; // never sent by us
    }
    std::unreachable();
}

// `priced` is told unless the draft is malformed.
Guard Engine::check_common(const Draft& d, Priced& priced) const {
    if (d.instrument.value() >= config_.instruments.size() || d.qty <= Lots{0}) {
        return Guard::Malformed;
    }
    if (!can_send(account_of(d.instrument)) && enforced(Guard::Lease)) return Guard::Lease;
    if (desk().outside != 0 && enforced(Guard::Outside)) return Guard::Outside; // ADR 0008
    const Instrument& s = spec(d.instrument);
    // (Merged and redeemed is at the venue's prices, in whatever quantity.)
    const bool is_priced = d.kind == OrdKind::Limit;
    if (is_priced && (!takes_price(d.instrument, d.px) || d.qty < s.min_qty)) {
        return Guard::Malformed;
    }
    if (d.trigger_px != Ticks{0} && !takes_price(d.instrument, d.trigger_px)) {
        return Guard::Malformed;
    }
    if (d.px > px_max || d.qty > qty_max) return Guard::Malformed;
    if (is_priced && s.max_qty > Lots{0} && d.qty > s.max_qty) return Guard::Malformed;
    const auto least = checked_notional(d.px, d.qty, s, Rounding::Down);
    if (!least || Money{least->value} >= money_max) return Guard::Malformed;
    const bool spared = (d.reduce_only && s.min_notional_spares_full_close) || !is_priced;
    if (Money{least->value} < s.min_notional && !spared) return Guard::Malformed;
    if (d.post_only && d.tif != TimeInForce::Gtc) return Guard::Malformed;
    priced.value = Money{least->value + (least->residue != 0 ? 1 : 0)}; // rounded up: we pay it
    priced.margin = margin_of(d.instrument, priced.value);
    const bool trades = book(d.instrument).status == TradingStatus::Open;
    if (is_priced && !trades && enforced(Guard::NotTrading)) return Guard::NotTrading;
    return check_stock(d);
}

// Where nobody can be short, what is sold has to be there: what was bought and may still fail to
// settle is not, nor is what another sale may take.
Guard Engine::check_stock(const Draft& d) const {
    if (!spec(d.instrument).long_only || d.side != Side::Sell) return Guard::None;
    return d.qty > free_stock(d.instrument) && enforced(Guard::Stock) ? Guard::Stock : Guard::None;
}

// Up to what is owed or held, from the reserved budget; halts, freezes, loss and rate limits do not
// ask (law 5).
Guard Engine::check_reduction(const Draft& d) const {
    const AccountIx a = account_of(d.instrument);
    // What was believed before a crash cures nothing: what is on its way is waited out first (F2).
    if (desk().recovery != Recovery::Done && enforced(Guard::Recovering)) return Guard::Recovering;
    if (enforced(Guard::MoreThanOwed)) {
        if (d.role == Role::Hedge) {
            const GroupIx g = group_of(d.instrument);
            if (g.is_none() || config_.groups[g.value()].hedge_via != d.instrument) {
                return Guard::MoreThanOwed;
            }
            const Units left = owed(g);
            const bool cures = d.side == Side::Sell ? left > Units{0} : left < Units{0};
            const Units size = in_units(d.instrument, d.qty);
            if (!cures || size > abs(left)) return Guard::MoreThanOwed;
        } else {
            const Position& p = position(d.instrument, d.position_side);
            const Lots held = sum_certain(p);
            // (What protects it is clipped together with what closes it.)
            const Lots under_way = d.side == Side::Sell
                                       ? p.open_sell + p.reduce_sell - p.protect_sell
                                       : p.open_buy + p.reduce_buy - p.protect_buy;
            const Lots left = (d.side == Side::Sell ? held : -held) - under_way;
            if (!d.reduce_only || d.qty > left) return Guard::MoreThanOwed;
            if (const Guard guard = check_exposure(d); guard != Guard::None) return guard;
        }
    }
    if (config_.sabotage.both_ends_gated && !group_of(d.instrument).is_none()) {
        const GroupIx g = group_of(d.instrument);
        const Interval<Units> held = interval(g);
        const Units limit = config_.groups[g.value()].exposure_limit;
        if (abs(held.low) > limit || abs(held.high) > limit) return Guard::GroupExposure;
    }
    // Measured from the touch it takes, not from the mid: a wide spread must not forbid the cure, a
    // slip of the hand must not sell at any price.
    if (d.kind != OrdKind::Limit) return check_reserve(a);
    const InstrumentState& b = book(d.instrument);
    const Ticks touch_px = d.side == Side::Sell ? b.bid_px : b.ask_px;
    // (The next tick is always near enough: where ticks are coarse, the collar is less than one.)
    const Ticks worse = d.side == Side::Sell ? touch_px - d.px : d.px - touch_px;
    // (Where nobody is on the side it takes, no price is near it.)
    const bool is_far = touch_px <= Ticks{0} || is_beyond_collar(d.instrument, touch_px, worse);
    if (is_far && enforced(Guard::PriceCollar)) return Guard::PriceCollar;
    return check_reserve(a);
}

// What protects a position: no larger than what is certainly held, and only one at a time for what
// is wanted. Whatever else protects or closes it does not count: the venue clips them together.
Guard Engine::check_protection(const Draft& d) const {
    if (desk().recovery != Recovery::Done && enforced(Guard::Recovering)) return Guard::Recovering;
    const Lots held = sum_certain(position(d.instrument, d.position_side));
    const Lots left = d.side == Side::Sell ? held : -held;
    if ((!d.reduce_only || d.qty > left || exceeds_intent(d)) && enforced(Guard::MoreThanOwed)) {
        return Guard::MoreThanOwed;
    }
    // Measured from where it begins to trade: a stop from its trigger, a target from the touch.
    const InstrumentState& b = book(d.instrument);
    const Ticks touch_px = d.side == Side::Sell ? b.bid_px : b.ask_px;
    const Ticks from = d.trigger_px != Ticks{0} ? d.trigger_px : touch_px;
    const Ticks worse = d.side == Side::Sell ? from - d.px : d.px - from;
    if (from > Ticks{0} && is_beyond_collar(d.instrument, from, worse) &&
        enforced(Guard::PriceCollar)) {
        return Guard::PriceCollar;
    }
    return check_reserve(account_of(d.instrument));
}

bool Engine::is_beyond_collar(InstrumentIx i, Ticks from, Ticks worse) const {
    const Bps collar = config_.instruments[i.value()].limits.price_collar;
    return worse > Ticks{1} && static_cast<Int128>(worse.value()) * ppm_one >
                                   static_cast<Int128>(from.value()) * collar.value();
}

// Reductions have requests, and slots, that new risk cannot use.
Guard Engine::check_reserve(AccountIx a) const {
    if (account(a).request_tokens < token && account(a).reduce_tokens < token &&
        enforced(Guard::Budget)) {
        return Guard::Budget;
    }
    return desk().live_orders >= orders_.capacity ? Guard::Capacity : Guard::None;
}

Guard Engine::check_new_risk(const Draft& d, const Priced& priced) const {
    if (exceeds_intent(d) && enforced(Guard::MoreThanOwed)) return Guard::MoreThanOwed;
    if (const Guard guard = check_state(d.instrument); guard != Guard::None) return guard;
    if (const Guard guard = check_order(d, priced.value); guard != Guard::None) return guard;
    const Interval<Lots> held = interval(position(d.instrument, d.position_side));
    if (const Guard guard = check_position(d, held); guard != Guard::None) return guard;
    if (const Guard guard = check_flow(d, priced.value); guard != Guard::None) return guard;
    const Money margin = shrinks(d, held) ? Money{0} : priced.margin;
    if (const Guard guard = check_balance(d, margin); guard != Guard::None) return guard;
    if (const Guard guard = check_exposure(d); guard != Guard::None) return guard;
    return check_hedge(d, margin);
}

// At most one order lives for what a strategy wants, and it is no larger.
bool Engine::exceeds_intent(const Draft& d) const {
    if (d.intent == no_slot) return false;
    if (d.intent >= announced_.size()) return true;
    const Intent& it = store_.at(intents_, d.intent);
    return it.order != no_slot || d.qty > it.want_qty || d.instrument != it.instrument ||
           d.side != it.side;
}

// An amend asks the gate as the order that it makes: the whole for what bounds one order, the
// difference for what it adds. Only less at the same price is no new risk.
Guard Engine::check_amend(const Order& o, Ticks px, Lots total) const {
    // Elsewhere what is executed before it takes effect comes on top of what it asks for.
    const bool replaces = traits(o.instrument).amend_qty != AmendQty::Total;
    Draft whole;
    whole.instrument = o.instrument;
    whole.side = o.side;
    whole.px = px;
    whole.qty = total;
    whole.tif = o.tif;
    whole.role = o.role;
    whole.post_only = (o.flags & order_flag::post_only) != 0;
    whole.reduce_only = (o.flags & order_flag::reduce_only) != 0;
    Priced priced;
    if (const Guard guard = check_common(whole, priced); guard != Guard::None) return guard;
    if (o.role != Role::Quote) return Guard::MoreThanOwed;
    if (px == o.px && total <= o.qty && !replaces) {
        const bool spent = account(account_of(o.instrument)).request_tokens < token;
        return spent && enforced(Guard::Budget) ? Guard::Budget : Guard::None;
    }
    if (const Guard guard = check_state(o.instrument); guard != Guard::None) return guard;
    if (const Guard guard = check_order(whole, priced.value); guard != Guard::None) return guard;
    if (const Guard guard = check_flow(whole, priced.value); guard != Guard::None) return guard;
    const Interval<Lots> held = interval(position(o.instrument, o.position_side));
    const Money added = priced.margin - (replaces ? Money{0} : o.reserved);
    const Money margin = shrinks(whole, held) ? Money{0} : added;
    if (const Guard guard = check_balance(whole, margin); guard != Guard::None) return guard;
    Draft more = whole; // where it replaces, both legs may fill
    more.qty = replaces ? total : total - o.qty;
    if (more.qty <= Lots{0}) return Guard::None;
    if (const Guard guard = check_position(more, held); guard != Guard::None) return guard;
    if (const Guard guard = check_exposure(more); guard != Guard::None) return guard;
    const Money beside =
        shrinks(more, held) ? Money{0} : margin_for(more.instrument, more.px, more.qty);
    return check_hedge(more, beside);
}

// What the desk, its links and its evidence must be like before anything new is risked.
Guard Engine::check_state(InstrumentIx i) const {
    std::uint64_t on = guards_on(i);
    // What a group owes is known no better than the position that its hedges make.
    constexpr std::uint64_t knowledge = 1ULL << static_cast<unsigned>(Guard::LinkGap) |
                                        1ULL << static_cast<unsigned>(Guard::Frozen) |
                                        1ULL << static_cast<unsigned>(Guard::Unverified);
    const GroupIx g = group_of(i);
    if (on == 0 && !g.is_none() && config_.groups[g.value()].hedge_via != i) {
        on = guards_on(config_.groups[g.value()].hedge_via) & knowledge;
    }
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
    hold(Guard::Outside, d.outside != 0);
    hold(Guard::Recovering, d.recovery != Recovery::Done);
    hold(Guard::Halted, d.halted != 0);
    hold(Guard::Killed, d.killed != 0);
    hold(Guard::WindingDown, d.winding_down != 0);
    hold(Guard::LinkGap, acct.resync_from != Timestamp{});
    hold(Guard::Frozen, book(i).frozen_at != Timestamp{});
    const Timestamp verified_since = now() - config_.audits.verify_age_max;
    hold(Guard::Unverified, position(i).verified_at < verified_since ||
                                !is_verified(position(i, PositionSide::Long), verified_since) ||
                                !is_verified(position(i, PositionSide::Short), verified_since));
    hold(Guard::Backoff, acct.backoff_until > now());
    hold(Guard::Balance, acct.balance_at == Timestamp{});
    // (A market that is resolved has no book any more, and does not trade for good.)
    hold(Guard::StaleMark,
         book(i).status != TradingStatus::Resolved &&
             (book(i).mark_at + icfg.limits.stale_mark < now() || book(i).mark_at == Timestamp{}));
    hold(Guard::Capacity, d.live_orders + orders_reserve_ >= orders_.capacity ||
                              d.live_legs + 2 >= legs_.capacity ||
                              d.fill_entries >= fills_.fills_max());
    hold(Guard::NotTrading, book(i).status != TradingStatus::Open);
    const Duration patience = traits(a).heartbeat_timeout;
    hold(Guard::Heartbeat, patience > Duration{0} && (acct.beat_heard == Timestamp{} ||
                                                      acct.beat_heard + patience <= now()));
    hold(Guard::MaxRejectsInWindow, acct.rejects >= cfg.limits.max_rejects_in_window &&
                                        acct.reject_start + cfg.limits.reject_window >= now());
    hold(Guard::MaxRoundsWithoutHuman, d.rounds >= config_.limits.max_rounds_without_human);
    hold(Guard::MaxLossSession, session_loss() > config_.limits.max_loss_session);
    return on;
}

Money Engine::session_loss() const {
    Money lost;
    for (std::uint32_t each = 0; each < accounts_.capacity; ++each) {
        const Account& one = store_.at(accounts_, each);
        if (one.balance_at != Timestamp{}) lost += one.first_equity - one.equity;
    }
    return lost;
}

bool Engine::may_quote(InstrumentIx i) const { return guards_on(i) == 0; }

// What bounds one order.
Guard Engine::check_order(const Draft& d, Money value) const {
    const InstrumentLimits& own = config_.instruments[d.instrument.value()].limits;
    const Instrument& s = spec(d.instrument);
    const Lots most = own.max_order_qty > Lots{0} ? own.max_order_qty : s.max_qty;
    if (most > Lots{0} && d.qty > most && enforced(Guard::MaxOrderQty)) {
        return Guard::MaxOrderQty;
    }
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
    return Guard::None;
}

Guard Engine::check_position(const Draft& d, const Interval<Lots>& held) const {
    const AccountIx a = account_of(d.instrument);
    const InstrumentLimits& own = config_.instruments[d.instrument.value()].limits;
    if (account(a).open_orders >= config_.accounts[a.value()].limits.max_open_orders &&
        enforced(Guard::MaxOpenOrders)) {
        return Guard::MaxOpenOrders;
    }
    const Lots worst = d.side == Side::Buy ? max(abs(held.low), abs(held.high + d.qty))
                                           : max(abs(held.low - d.qty), abs(held.high));
    const bool farther = worst > max(abs(held.low), abs(held.high));
    const auto worst_value = value_at_mark(d.instrument, worst);
    if (farther && (!worst_value || *worst_value > own.max_position_notional) &&
        enforced(Guard::MaxPositionNotional)) {
        return Guard::MaxPositionNotional;
    }
    return Guard::None;
}

// What bounds many orders.
Guard Engine::check_flow(const Draft& d, Money value) const {
    const AccountIx a = account_of(d.instrument);
    const Account& acct = account(a);
    const AccountLimits& limits = config_.accounts[a.value()].limits;
    if (acct.orders_lately.sum >= limits.max_orders_per_second &&
        enforced(Guard::MaxOrdersPerSecond)) {
        return Guard::MaxOrdersPerSecond;
    }
    const VenueTraits& venue = traits(a);
    const std::int64_t kept =
        std::int64_t{venue.requests_per_second} * 10'000 * venue.reserve_percent;
    if (acct.request_tokens < kept + token && enforced(Guard::Budget)) return Guard::Budget;
    if (Money{acct.notional_lately.sum} + value > limits.max_notional_per_minute &&
        enforced(Guard::MaxNotionalPerMinute)) {
        return Guard::MaxNotionalPerMinute;
    }
    return Guard::None;
}

Guard Engine::check_balance(const Draft& d, Money margin) const {
    const bool fits = margin <= Money{0} || margin <= free_margin(account_of(d.instrument));
    return fits || !enforced(Guard::Balance) ? Guard::None : Guard::Balance;
}

// The position is not beyond zero even if all that it can still do happens.
bool Engine::shrinks(const Draft& d, const Interval<Lots>& held) {
    return d.side == Side::Buy ? held.high + d.qty <= Lots{0} : held.low - d.qty >= Lots{0};
}

Money Engine::free_margin(AccountIx a) const {
    const Account& acct = account(a);
    return acct.available - acct.reserved_new - acct.reserved_settling - acct.reserved_closing;
}

// Law 4: the end of the interval that the order moves stays within the limit, or the order cannot
// make the farther end worse.
Guard Engine::check_exposure(const Draft& d) const {
    const GroupIx g = group_of(d.instrument);
    if (g.is_none() || !enforced(Guard::GroupExposure)) return Guard::None;
    const Units limit = config_.groups[g.value()].exposure_limit;
    const Interval<Units> held = interval(g);
    const Units size = in_units(d.instrument, d.qty);
    const Units moved = d.side == Side::Buy ? held.high + size : held.low - size;
    if (abs(moved) <= limit) return Guard::None;
    const Units farther = max(abs(held.low), abs(held.high));
    return abs(moved) <= farther ? Guard::None : Guard::GroupExposure;
}

// A quote is allowed only if the hedge of its worst end would be allowed too; the capacity is
// reserved by the quote itself, as what the maker's orders might still do counts here.
Guard Engine::check_hedge(const Draft& d, Money margin) const {
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
        const Units size = in_units(d.instrument, d.qty);
        const Units to_hedge = d.side == Side::Buy ? all.high + size : size - all.low;
        const Lots lots{(max(to_hedge, Units{0}).value() + hedge_spec.units_per_lot - 1) /
                        hedge_spec.units_per_lot};
        const Interval<Lots> held = interval(via);
        const Lots end = d.side == Side::Buy ? held.low - lots : held.high + lots;
        const Lots now_worst = max(abs(held.low), abs(held.high));
        const auto value = value_at_mark(via, abs(end));
        if (abs(end) > now_worst &&
            (!value || *value > config_.instruments[via.value()].limits.max_position_notional)) {
            return Guard::HedgeCapacity;
        }
        // Its margin, beside what every other group may need of the same account.
        const auto own = hedge_margin(g, opposite(d.side), to_hedge);
        if (!own) return Guard::HedgeCapacity;
        Money needed = *own;
        // (And beside the quote itself, where it is margined there, too.)
        if (needed > Money{0} && account_of(d.instrument) == ha) needed += margin;
        for (std::uint32_t each = 0; each < config_.groups.size() && needed > Money{0}; ++each) {
            const GroupIx other{each};
            if (other == g || account_of(config_.groups[each].hedge_via) != ha) continue;
            const Interval<Units> worst = interval(other);
            const auto sells = hedge_margin(other, Side::Sell, worst.high);
            const auto buys = hedge_margin(other, Side::Buy, -worst.low);
            if (!sells || !buys) return Guard::HedgeCapacity;
            needed += max(*sells, *buys); // each is within money_max
        }
        if (needed > Money{0} && needed > free_margin(ha)) return Guard::HedgeCapacity;
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

// What hedging `units` on that side would bind at the hedge venue; nothing where its position
// shrinks.
std::optional<Money> Engine::hedge_margin(GroupIx g, Side side, Units units) const {
    const InstrumentIx via = config_.groups[g.value()].hedge_via;
    const Instrument& s = spec(via);
    const Lots lots{(max(units, Units{0}).value() + s.units_per_lot - 1) / s.units_per_lot};
    const Interval<Lots> held = interval(via);
    const Lots end = side == Side::Sell ? held.low - lots : held.high + lots;
    if (abs(end) <= max(abs(held.low), abs(held.high))) return Money{0};
    const auto value = value_at_mark(via, lots);
    if (!value || *value > money_max) return std::nullopt;
    const auto margin = mul_div(value->value(), s.initial_margin_ppm, ppm_one, Rounding::Up);
    if (!margin) return std::nullopt;
    return Money{margin->value};
}

Money Engine::margin_for(InstrumentIx i, Ticks px, Lots qty) const {
    return margin_of(i, notional(px, qty, spec(i)));
}

Money Engine::margin_of(InstrumentIx i, Money value) const {
    const auto margin = mul_div(value.value(), spec(i).initial_margin_ppm, ppm_one, Rounding::Up);
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
