#include "strategy/pair.hpp"

#include <algorithm>

namespace keel::strategy {
namespace {

constexpr std::int64_t nothing_pays = -ppm_one; // where nobody is on a side there is no edge

Lots held_at(const core::Engine& engine, InstrumentIx leg) {
    return sum_certain(engine.position(leg));
}

// What who takes this side meets.
Ticks touch(const core::Engine& engine, InstrumentIx leg, Side side) {
    return side == Side::Buy ? engine.book(leg).ask_px : engine.book(leg).bid_px;
}

// What selling here and buying there brings, of what is paid there, rounded down.
Bps gain(const Instrument& here, Ticks sold, const Instrument& there, Ticks bought) {
    if (sold <= Ticks{0} || bought <= Ticks{0}) return Bps{nothing_pays};
    Int128 top = static_cast<Int128>(sold.value()) * here.tick_size.mantissa;
    Int128 bottom = static_cast<Int128>(bought.value()) * there.tick_size.mantissa;
    const int scale = here.tick_size.scale - there.tick_size.scale;
    for (int i = 0; i < scale; ++i) bottom *= 10;
    for (int i = 0; i > scale; --i) top *= 10;
    const Int128 won = (top - bottom) * ppm_one;
    const Int128 down = won < 0 && won % bottom != 0 ? 1 : 0;
    return Bps{
        static_cast<std::int64_t>(std::clamp<Int128>(won / bottom - down, -ppm_one, ppm_one))};
}

} // namespace

Pair::Pair(const PairConfig& config, StoreLayout& layout)
    : config_(config), state_(layout.add<PairState>(1)) {}

void Pair::update(core::Engine& engine, Commands& out) const {
    if (!engine.was_touched(config_.group)) return;
    // What was believed before a crash is no ground to enter, or to close, anything.
    if (engine.desk().recovery != core::Recovery::Done) return;
    const PairState& s = state(engine);
    if (s.way != 0) look(engine, out);
    if (s.way == 0) enter(engine, out);
    engine.let_hedge(config_.group, hedging(engine), out);
    if (s.way != 0 || has_orders(engine) || engine.owes_hedge(config_.group)) return;
    take_down(engine, config_.group, legs(), abs(held_at(engine, config_.first)), s.down, out);
}

// Off, or late: hedges take the second leg down, and no new one up. While the first leg's entry is
// under way, or what it lacks may be asked for once more is known of the second, that one is not
// taken back: the first may still be its counterpart.
core::Hedging Pair::hedging(const core::Engine& engine) const {
    if (state(engine).way == 0 || late_at(engine) <= engine.now()) return core::Hedging::DownOnly;
    const bool has_hope = engine.has_orders(config_.first) || may_complete(engine) ||
                          (enters_together(engine) && engine.has_orders(config_.second));
    return has_hope ? core::Hedging::UpOnly : core::Hedging::Both;
}

// On: is it still to be?
void Pair::look(core::Engine& engine, Commands& out) const {
    const PairState& s = state(engine);
    const bool is_moving = has_orders(engine);
    // Nothing has come of the entry, or too little for a second leg; or the first leg is gone: its
    // owner closed it, or its venue.
    const bool has_both =
        held_at(engine, config_.first) != Lots{0} && held_at(engine, config_.second) != Lots{0};
    const bool has_none = !is_moving && !has_both && engine.is_flat(config_.group);
    const bool has_no_first =
        !engine.has_orders(config_.first) && held_at(engine, config_.first) == Lots{0};
    if (is_exiting(engine)) {
        const bool is_killed = engine.desk().killed != 0;
        return leave(engine, is_killed ? CloseCause::Kill : CloseCause::Exit, config_.retry, out);
    }
    // (Where both were sent at once the second may be under way still, and the first be had yet.)
    const bool awaits_second = enters_together(engine) && engine.has_orders(config_.second);
    if (may_complete(engine)) {
        if (!is_moving) complete(engine, out);
        return;
    }
    if (has_none || (has_no_first && !awaits_second)) {
        const bool is_late = complete_by(engine) <= engine.now();
        return is_late ? leave(engine, CloseCause::Late, config_.pause, out)
                       : leave(engine, CloseCause::Alone, config_.retry, out);
    }
    // Late, and nothing is under way that could still be the second leg: the first goes back.
    if (late_at(engine) <= engine.now() && !engine.has_orders(config_.second)) {
        return leave(engine, CloseCause::Late, config_.pause, out);
    }
    if (!is_moving && has_both && !engine.owes_hedge(config_.group)) {
        engine.put(s.is_whole, std::uint8_t{1});
    }
    const CloseCause cause = wants_out(engine);
    if (cause != CloseCause::None) leave(engine, cause, config_.retry, out);
}

// And says why, if there is anything to take down, or may be.
void Pair::leave(core::Engine& engine, CloseCause cause, Duration pause, Commands& out) const {
    const PairState& s = state(engine);
    for (const InstrumentIx leg : legs()) {
        const Lots held = held_at(engine, leg);
        if (held == Lots{0} && !engine.has_orders(leg)) continue;
        Notice notice;
        notice.kind = NoticeKind::CloseBegun;
        notice.cause = cause;
        notice.instrument = leg;
        notice.qty = held;
        out.add(notice);
        break;
    }
    engine.put(s.way, std::int8_t{0});
    engine.put(s.is_whole, std::uint8_t{0});
    engine.put(s.enter_at, engine.now() + pause);
}

// When the second leg has had its time: from when the group first owed it, or the desk came back.
Timestamp Pair::late_at(const core::Engine& engine) const {
    const core::Group& group = engine.group(config_.group);
    const bool lacks = state(engine).way != 0 && group.owed_since != Timestamp{} &&
                       (engine.certain(config_.group) > Units{0}) == (state(engine).way > 0);
    if (!lacks) return never;
    return later(group.owed_since, engine.desk().recovered_at) + config_.second_leg_within;
}

// Both legs left at once, and have not been on yet.
bool Pair::enters_together(const core::Engine& engine) const {
    return config_.legs == PairLegs::Parallel && state(engine).way != 0 &&
           state(engine).is_whole == 0;
}

// What the first leg lacks of what the second has, as far as its venue takes an order for it.
Lots Pair::first_missing(const core::Engine& engine) const {
    const Units net = engine.certain(config_.group);
    if (!enters_together(engine) || (net > Units{0}) == (state(engine).way > 0)) return Lots{0};
    const Instrument& spec = engine.spec(config_.first);
    const Lots lots{abs(net).value() / spec.units_per_lot};
    return lots < spec.min_qty ? Lots{0} : lots;
}

// When the first leg has had its time, as late_at() says of the second.
Timestamp Pair::complete_by(const core::Engine& engine) const {
    const core::Group& group = engine.group(config_.group);
    if (group.owed_since == Timestamp{} || first_missing(engine) == Lots{0}) return never;
    return later(group.owed_since, engine.desk().recovered_at) + config_.second_leg_within;
}

// To take what the first leg lacks costs less than to take back what the second has too much: both
// are the same side, and the first brings two fees, and funding. (The second's way out is paid
// either way.)
bool Pair::is_worth_completing(const core::Engine& engine) const {
    const core::InstrumentState& first = engine.book(config_.first);
    const core::InstrumentState& second = engine.book(config_.second);
    const Instrument& a = engine.spec(config_.first);
    const Instrument& b = engine.spec(config_.second);
    const std::int8_t way = state(engine).way;
    const Bps cheaper =
        way > 0 ? gain(b, second.ask_px, a, first.ask_px) : gain(a, first.bid_px, b, second.bid_px);
    return cheaper + carry(engine, way) >= Bps{2 * std::int64_t{a.taker_fee_ppm}};
}

bool Pair::may_complete(const core::Engine& engine) const {
    return first_missing(engine) > Lots{0} && complete_by(engine) > engine.now() &&
           is_worth_completing(engine);
}

// The first leg found nobody, or too few, while the second found who was there: what it lacks is
// asked for again, at the price of now. That is what the round has cost then.
void Pair::complete(core::Engine& engine, Commands& out) const {
    const PairState& s = state(engine);
    if (s.enter_at > engine.now()) return;
    engine.put(s.enter_at, engine.now() + config_.retry);
    const Side side = s.way > 0 ? Side::Buy : Side::Sell;
    const Ticks px = touch(engine, config_.first, side);
    const core::Guard guard = engine.take(config_.first, PositionSide::Net, side,
                                          first_missing(engine), config_.slippage, out);
    if (guard != core::Guard::None) return; // tried again while there is time
    const Int128 worse = static_cast<Int128>((px - s.first_px).value()) * s.way * ppm_one;
    engine.put(s.entry_spread,
               s.entry_spread - Bps{static_cast<std::int64_t>(worse / s.first_px.value())});
    engine.put(s.first_px, px);
}

// Both legs have been on; the round has done its work, or has no more to do. None: it goes on.
CloseCause Pair::wants_out(const core::Engine& engine) const {
    const PairState& s = state(engine);
    if (s.is_whole == 0) return CloseCause::None;
    const Duration held_for = engine.now() - s.entered_at;
    if (held_for >= config_.hold_max) return CloseCause::Age;
    if (held_for < config_.hold_min) return CloseCause::None;
    const auto other_way = static_cast<std::int8_t>(-s.way);
    const Bps won = s.entry_spread + spread(engine, other_way) - fees(engine);
    if (won >= config_.exit_profit) return CloseCause::Limit;
    return pays_too_little(engine, s.way) ? CloseCause::Carry : CloseCause::None;
}

// What the touches give to who enters this way: the sale less the purchase. Who leaves enters the
// other way.
Bps Pair::spread(const core::Engine& engine, std::int8_t way) const {
    const core::InstrumentState& first = engine.book(config_.first);
    const core::InstrumentState& second = engine.book(config_.second);
    const Instrument& a = engine.spec(config_.first);
    const Instrument& b = engine.spec(config_.second);
    return way > 0 ? gain(b, second.bid_px, a, first.ask_px)
                   : gain(a, first.bid_px, b, second.ask_px);
}

bool Pair::knows_funding(const core::Engine& engine) const {
    return std::ranges::all_of(legs(), [&](InstrumentIx leg) {
        return engine.signal(leg, SignalKind::Funding) != nullptr;
    });
}

// What funding pays within hold_max, at today's rates and each venue's own pace: the short leg
// receives, the long one pays. What is not told of both legs counts as none.
Bps Pair::carry(const core::Engine& engine, std::int8_t way) const {
    if (!knows_funding(engine)) return Bps{0};
    const auto within = [&](InstrumentIx leg, Duration every) {
        const auto rate = static_cast<Int128>(engine.signal(leg, SignalKind::Funding)->value);
        return rate * config_.hold_max.value() / every.value();
    };
    const Int128 won = (within(config_.second, config_.second_funding) -
                        within(config_.first, config_.first_funding)) *
                       way;
    return Bps{static_cast<std::int64_t>(std::clamp<Int128>(won, -ppm_one, ppm_one))};
}

// Both legs are taken, and taken back.
Bps Pair::fees(const core::Engine& engine) const {
    return Bps{2 * (std::int64_t{engine.spec(config_.first).taker_fee_ppm} +
                    engine.spec(config_.second).taker_fee_ppm)};
}

Bps Pair::edge(const core::Engine& engine, std::int8_t way) const {
    return spread(engine, way) + carry(engine, way) - fees(engine);
}

// Of the ways that promise enough, and that funding would not close again, the better one.
std::int8_t Pair::better_way(const core::Engine& engine) const {
    std::int8_t better = 0;
    Bps most = config_.entry - Bps{1};
    for (const std::int8_t way : {std::int8_t{1}, std::int8_t{-1}}) {
        const Bps promised = edge(engine, way);
        if (pays_too_little(engine, way) || promised <= most) continue;
        better = way;
        most = promised;
    }
    return better;
}

bool Pair::pays_too_little(const core::Engine& engine, std::int8_t way) const {
    return knows_funding(engine) && carry(engine, way) < config_.exit_carry;
}

bool Pair::has_orders(const core::Engine& engine) const {
    return std::ranges::any_of(legs(), [&](InstrumentIx leg) { return engine.has_orders(leg); });
}

bool Pair::is_empty(const core::Engine& engine) const {
    return !has_orders(engine) && are_down(engine, legs());
}

void Pair::enter(core::Engine& engine, Commands& out) const {
    const PairState& s = state(engine);
    if (is_exiting(engine) || s.enter_at > engine.now() || !is_empty(engine)) return;
    const std::int8_t way = better_way(engine);
    if (way == 0) return;
    engine.put(s.enter_at, engine.now() + config_.retry);
    const Side side = way > 0 ? Side::Buy : Side::Sell;
    const Bps entry_spread = spread(engine, way);
    const Ticks first_px = touch(engine, config_.first, side);
    const core::Guard guard =
        engine.take(config_.first, PositionSide::Net, side, config_.qty, config_.slippage, out);
    if (guard != core::Guard::None) return;
    if (config_.legs == PairLegs::Parallel) {
        // What is under way there counts as paid, so nothing is hedged twice. If the gate refuses
        // it the group owes, as it does in turn.
        const Lots qty{engine.in_units(config_.first, config_.qty).value() /
                       engine.spec(config_.second).units_per_lot};
        engine.take(config_.second, PositionSide::Net, opposite(side), qty, config_.slippage, out);
    }
    engine.put(s.way, way);
    engine.put(s.entered_at, engine.now());
    engine.put(s.entry_spread, entry_spread);
    engine.put(s.first_px, first_px);
}

bool Pair::has_exited(const core::Engine& engine) const {
    return is_exiting(engine) && !has_orders(engine) && are_flat(engine, legs());
}

Timestamp Pair::wake_at(const core::Engine& engine) const {
    Timestamp at = never;
    if (engine.desk().recovery != core::Recovery::Done) return at;
    const auto consider = [&](Timestamp t) {
        if (t > engine.now()) at = earlier(at, t);
    };
    const PairState& s = state(engine);
    if (s.way != 0) {
        consider(late_at(engine));
        consider(complete_by(engine));
        if (may_complete(engine) && !has_orders(engine)) consider(s.enter_at);
        if (s.is_whole != 0) {
            consider(s.entered_at + config_.hold_min);
            consider(s.entered_at + config_.hold_max);
        }
    } else if (is_empty(engine)) {
        if (!is_exiting(engine) && better_way(engine) != 0) consider(s.enter_at);
    } else if (!has_orders(engine) && !engine.owes_hedge(config_.group)) {
        // Where a close was not possible it is tried again; all else is news.
        consider(later(s.down.close_at, engine.now() + milliseconds(50)));
    }
    return at;
}

std::uint64_t Pair::decision_hash(const core::Engine& engine, Duration far) const {
    const PairState& s = state(engine);
    Hasher h{10};
    const auto left = [&](Timestamp t) {
        h.add_signed(min(max(t - engine.now(), Duration{0}), far).value());
    };
    h.add_signed(s.way).add(s.is_whole).add_signed(s.down.closing.value()).add(s.down.attempt);
    left(s.down.close_at);
    left(s.enter_at);
    if (s.way == 0) return h.digest();
    h.add_signed(s.entry_spread.value());
    left(s.entered_at + config_.hold_min);
    left(s.entered_at + config_.hold_max);
    const Timestamp late = late_at(engine);
    h.add(late == never ? 0U : 1U);
    if (late != never) left(late);
    if (enters_together(engine)) {
        h.add_signed(s.first_px.value());
        left(complete_by(engine));
    }
    return h.digest();
}

} // namespace keel::strategy
