#include <algorithm>

#include "core/engine.hpp"

// Obligations: derived from a group's positions, signed, as an interval. What is hedged is the low
// end of what is owed, so pending and unknown hedges count as filled (law 4, F4).

namespace keel::core {

Units Engine::owed(GroupIx g) const {
    const InstrumentIx via = config_.groups[g.value()].hedge_via;
    const Units net = certain(g);
    const Position& p = position(via);
    const Units selling = in_units(via, p.open_sell + p.reduce_sell);
    const Units buying = in_units(via, p.open_buy + p.reduce_buy);
    if (config_.sabotage.hedge_counts_pending_as_open) return net;
    const Units left = net > Units{0} ? max(net - selling, Units{0}) : min(net + buying, Units{0});
    const Hedging which = group(g).hedging;
    if (which == Hedging::Both) return left;
    const Units there = in_units(via, certain(via));
    const Units down = left > Units{0} ? min(left, max(there - selling, Units{0}))
                                       : max(left, min(there + buying, Units{0}));
    return which == Hedging::DownOnly ? down : left - down;
}

void Engine::let_hedge(GroupIx g, Hedging which, Commands& out) {
    if (group(g).hedging == which) return;
    put(group(g).hedging, which);
    Commands* const outer = out_;
    out_ = &out;
    hedge(g);
    out_ = outer;
}

// Whole lots of the hedge venue in `owed`, zero where they are below its minimum, which a venue
// tests at the order's own price: judged at the touch that the hedge would take.
Lots Engine::hedgeable(GroupIx g, Units owed_units) const {
    const InstrumentIx via = config_.groups[g.value()].hedge_via;
    const Instrument& s = spec(via);
    const Lots lots{abs(owed_units).value() / s.units_per_lot};
    if (lots < s.min_qty) return Lots{0};
    const InstrumentState& b = book(via);
    const Ticks touch_px = owed_units > Units{0} ? b.bid_px : b.ask_px;
    const Ticks px = touch_px > Ticks{0} ? touch_px : b.mark / 2;
    const auto value = checked_notional(px, lots, s, Rounding::Down);
    if (value && Money{value->value} < s.min_notional) return Lots{0};
    return lots;
}

// The least price at which `lots` are worth the venue's minimum, or the touch if that is less: a
// slip below it would be refused.
Ticks Engine::least_sell_px(InstrumentIx via, Lots lots, Ticks touch_px) const {
    const Instrument& s = spec(via);
    const Int128 top = static_cast<Int128>(s.min_notional.value()) * s.value_den;
    const Int128 bottom = static_cast<Int128>(lots.value()) * s.value_num;
    const Int128 least = (top + bottom - 1) / bottom;
    if (least >= touch_px.value()) return touch_px;
    return min(touch_px, to_price(via, Ticks{static_cast<std::int64_t>(least)}, Rounding::Up));
}

// What the venue takes in one order; zero: no limit.
Lots Engine::largest_order(InstrumentIx i) const {
    const Lots own = config_.instruments[i.value()].limits.max_order_qty;
    const Lots venue = spec(i).max_qty;
    if (own == Lots{0} || venue == Lots{0}) return max(own, venue);
    return min(own, venue);
}

// And the least at this price.
Lots Engine::smallest_order(InstrumentIx i, Ticks px) const {
    const Instrument& s = spec(i);
    const Int128 top = static_cast<Int128>(s.min_notional.value()) * s.value_den;
    const Int128 bottom = static_cast<Int128>(px.value()) * s.value_num;
    const Int128 least = (top + bottom - 1) / bottom;
    return max(s.min_qty,
               Lots{least > fill_qty_max ? fill_qty_max : static_cast<std::int64_t>(least)});
}

// The touch that an order of this side takes, and beyond it by at most `slippage`: never farther
// than was said, and always as far as the touch, however coarse the ticks. Zero: nobody is there.
Ticks Engine::taking_px(InstrumentIx i, Side side, Bps slippage) const {
    const bool sells = side == Side::Sell;
    const Ticks touch_px = sells ? book(i).bid_px : book(i).ask_px;
    if (touch_px <= Ticks{0}) return Ticks{0};
    const Rounding nearer = sells ? Rounding::Up : Rounding::Down;
    const Ticks px = to_price(i, shifted(touch_px, sells ? -slippage : slippage, nearer), nearer);
    const Ticks taken = px <= Ticks{0} ? touch_px : (sells ? min(px, touch_px) : max(px, touch_px));
    // (Where the touch is on no step that orders are taken on now: through it, to the next.)
    return takes_price(i, taken) ? taken
                                 : to_price(i, touch_px, sells ? Rounding::Down : Rounding::Up);
}

void Engine::note_owed(GroupIx g) {
    const Group& group = store_.at(groups_, g.value());
    const GroupConfig& cfg = config_.groups[g.value()];
    const Units net = certain(g);
    const Units before = group.last_net;
    const bool owes = hedgeable(g, net) > Lots{0};
    if (net != before) {
        // What is newly owed is hedged at once; a retry waits.
        const bool flips = net > Units{0} ? before < Units{0} : net < Units{0} && before > Units{0};
        if (flips || abs(net) > abs(before)) put(group.hedge_at, now());
        put(group.last_net, net);
    }
    if (!owes) {
        if (group.owed_since != Timestamp{}) {
            forget_owed(group);
            put(group.attempt, 0);
            put(group.told, 0);
            add(group.rounds, 1);
            add(desk().rounds, 1);
        }
        return;
    }
    if (group.owed_since == Timestamp{} || (net > Units{0}) != (before > Units{0})) {
        forget_owed(group); // a residue that grew has no age; what is owed the other way is news
        owe_more(g, abs(net));
    } else if (abs(net) > abs(before)) {
        owe_more(g, abs(net) - abs(before));
    } else if (net != before) {
        pay_oldest(group, abs(before) - abs(net));
    }
    if ((group.told & group_told::overdue) == 0 && overdue_at(g) <= now()) {
        put(group.told, static_cast<std::uint8_t>(group.told | group_told::overdue));
        alarm(AlarmKind::HedgeOverdue, cfg.hedge_via, account_of(cfg.hedge_via), {}, net.value(),
              in_milliseconds(cfg.hedged_within));
    }
}

void Engine::forget_owed(const Group& group) {
    for (const OwedPart& part : group.parts) {
        if (part.size == Units{0}) break;
        put(part, OwedPart{});
    }
    put(group.owed_since, Timestamp{});
}

// What an order fills within an eighth of the bound of its part before it is counted with that
// part, and what finds no room with the last, whoever's: an age may be told too high by so much,
// never too low. What no order of ours filled begins a story of its own.
void Engine::owe_more(GroupIx g, Units size) {
    const Group& group = store_.at(groups_, g.value());
    const CorrelationID by = moved_by_[g.value()];
    std::size_t n = 0;
    while (n < owed_parts && group.parts[n].size != Units{0}) ++n;
    if (n == 0) put(group.owed_since, now());
    const Duration near = config_.groups[g.value()].hedged_within / 8;
    const bool joins = n == owed_parts || (n > 0 && group.parts[n - 1].correlation == by &&
                                           now() - group.parts[n - 1].since < near);
    if (joins) {
        put(group.parts[n - 1].size, group.parts[n - 1].size + size);
    } else {
        put(group.parts[n], OwedPart{size, now(), by.is_none() ? next_correlation() : by});
    }
}

void Engine::pay_oldest(const Group& group, Units size) {
    std::size_t paid = 0; // parts, in full
    while (paid < owed_parts && group.parts[paid].size <= size && size > Units{0}) {
        size -= group.parts[paid].size;
        ++paid;
    }
    for (std::size_t n = 0; paid > 0 && n < owed_parts; ++n) {
        if (group.parts[n].size == Units{0}) break;
        put(group.parts[n], n + paid < owed_parts ? group.parts[n + paid] : OwedPart{});
    }
    put(group.parts[0].size, group.parts[0].size - size);
    if (group.owed_since == group.parts[0].since) return;
    put(group.owed_since, group.parts[0].since);
    put(group.told, static_cast<std::uint8_t>(group.told & ~group_told::overdue));
}

// Whose fill the next hedge pays for: that of the oldest part that is not under way. One hedge may
// pay for several; the others are found at the time it was sent.
CorrelationID Engine::correlation_owed(GroupIx g, Units left) const {
    const Group& group = store_.at(groups_, g.value());
    Units under_way = abs(group.last_net) - abs(left);
    std::size_t n = 0;
    while (n + 1 < owed_parts && group.parts[n].size <= under_way &&
           group.parts[n + 1].size != Units{0}) {
        under_way -= group.parts[n].size;
        ++n;
    }
    return group.parts[n].correlation;
}

// When a person is told. Time in which a restart holds hedges back is not the hedge venue's: what
// was owed over it is late a whole bound after it (the auditor counts all of it).
Timestamp Engine::overdue_at(GroupIx g) const {
    if (desk().recovery != Recovery::Done) return never;
    const Timestamp since = later(store_.at(groups_, g.value()).owed_since, desk().recovered_at);
    return since + config_.groups[g.value()].hedged_within;
}

void Engine::hedge(GroupIx g) {
    const Group& group = store_.at(groups_, g.value());
    if (group.owed_since == Timestamp{} || group.hedge_at > now()) return;
    if (desk().outside != 0) return; // what it believes to be owed is a guess (ADR 0008)
    // After a restart nothing is hedged on what was believed before the crash: what is on its way
    // is waited out and read first (F2).
    if (desk().recovery != Recovery::Done) return;
    const Units left = owed(g);
    Lots lots = hedgeable(g, left);
    if (lots == Lots{0}) return;
    const GroupConfig& cfg = config_.groups[g.value()];
    const InstrumentIx via = cfg.hedge_via;
    if (const Lots most = largest_order(via); most > Lots{0}) lots = min(lots, most);
    Draft d;
    d.instrument = via;
    d.side = left > Units{0} ? Side::Sell : Side::Buy;
    d.qty = lots;
    d.tif = TimeInForce::Ioc;
    d.role = Role::Hedge;
    d.again = group.attempt > 0;
    d.correlation = correlation_owed(g, left);
    const Bps slippage = min(cfg.hedge_slippage_start + cfg.hedge_slippage_step * group.attempt,
                             cfg.hedge_slippage_max);
    put(group.hedge_at, now() + cfg.hedge_retry);
    d.px = taking_px(via, d.side, slippage);
    if (d.px <= Ticks{0}) return; // no book yet: tried again after hedge_retry
    if (d.side == Side::Sell) d.px = max(d.px, least_sell_px(via, lots, book(via).bid_px));
    const Guard guard = submit(d, *out_);
    if (guard != Guard::None && guard != Guard::Lease && guard != Guard::Budget &&
        (group.told & group_told::refused) == 0) {
        put(group.told, static_cast<std::uint8_t>(group.told | group_told::refused));
        alarm(AlarmKind::HedgeRefused, via, account_of(via), {}, static_cast<std::int64_t>(guard),
              left.value());
    }
}

// By index: a hedge that leaves touches its group again, at the end of the list.
void Engine::hedge_touched() {
    for (std::size_t n = 0; n < dirty_groups_.size(); ++n) {
        const GroupIx g{dirty_groups_[n]};
        put(store_.at(groups_, g.value()).dirty, 0);
        note_owed(g);
        moved_by_[g.value()] = {};
        hedge(g);
    }
    dirty_groups_.clear();
}

bool Engine::is_flat(GroupIx g) const {
    const GroupConfig& cfg = config_.groups[g.value()];
    for (const InstrumentIx i : cfg.members) {
        if (has_orders(i)) return false;
    }
    return hedgeable(g, certain(g)) == Lots{0};
}

std::int64_t Engine::open_obligation_lots() const {
    std::int64_t sum = 0;
    for (std::uint32_t g = 0; g < config_.groups.size(); ++g) {
        sum += hedgeable(GroupIx{g}, certain(GroupIx{g})).value();
    }
    return sum;
}

bool Engine::is_quiet(bool positions_flat) const {
    const core::Desk& d = desk();
    if (d.recovery != Recovery::Done || d.live_orders != d.settling_orders) return false;
    for (std::uint32_t a = 0; a < accounts_.capacity; ++a) {
        const Account& acct = store_.at(accounts_, a);
        // Twice: two reads of open orders, and two of positions where flatness is asked.
        const std::uint32_t need = positions_flat ? 0xfU : 0x3U;
        if ((acct.flat_evidence & need) != need) return false;
    }
    // What may still fail to settle would be held again, or not be held.
    return std::ranges::none_of(store_.all(positions_), [](const Position& p) {
        return p.unsettled != Lots{0} || p.matched != Lots{0};
    });
}

} // namespace keel::core
