#include "strategy/bracket.hpp"

#include <algorithm>

namespace keel::strategy {
namespace {

constexpr Bps whole{10'000 * bps_one};

// `count` x `percent`, rounded up: a share of something is something.
constexpr Lots share(Lots count, std::uint32_t percent) {
    return Lots{(count.value() * percent + 99) / 100};
}

Ticks mark_of(const core::InstrumentState& book) { return book.mark / 2; }

// At least as good for who holds this.
bool is_better(Ticks px, Ticks than, bool is_long) { return is_long ? px > than : px < than; }

} // namespace

Bracket::Bracket(const BracketConfig& config, core::Engine& engine, StoreLayout& layout)
    : config_(config) {
    const auto announce = [&](PositionSide side, Side closes) {
        Guards out;
        for (Pair& pair : out.pairs) {
            for (core::IntentIx& one : pair) {
                one = engine.announce_intent(config.instrument, closes, core::IntentKind::Protect,
                                             side);
            }
        }
        return out;
    };
    const auto add = [&](PositionSide side) {
        Leg& leg = legs_.emplace_back();
        leg.side = side;
        if (side != PositionSide::Short) leg.of_long = announce(side, Side::Sell);
        if (side != PositionSide::Long) leg.of_short = announce(side, Side::Buy);
    };
    if (config.hedge_mode) {
        add(PositionSide::Long);
        add(PositionSide::Short);
    } else {
        add(PositionSide::Net);
    }
    state_ = layout.add<BracketState>(legs_.size());
}

void Bracket::update(core::Engine& engine, Commands& out) const {
    if (!engine.was_touched(config_.instrument)) return;
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        note_held(engine, ix, out);
        // What was believed before a crash is no ground to protect, or to bare, anything.
        if (engine.desk().recovery == core::Recovery::Done) update(engine, ix, out);
    }
}

void Bracket::update(core::Engine& engine, std::uint32_t ix, Commands& out) const {
    const Leg& leg = legs_[ix];
    const BracketState& s = state(engine, ix);
    const Lots held = s.held;
    // What is not held any more is not protected.
    if (leg.side != PositionSide::Short && held <= Lots{0}) {
        drop(engine, leg.of_long, {core::Cause::NoneHeld});
    }
    if (leg.side != PositionSide::Long && held >= Lots{0}) {
        drop(engine, leg.of_short, {core::Cause::NoneHeld});
    }
    if (held != Lots{0}) {
        if (s.ref_px == Ticks{0}) begin(engine, s, held);
        if (s.ref_px != Ticks{0}) move_levels(engine, s, held);
        if (abs(held) < s.peak) engine.put(s.is_entry_over, std::uint8_t{1});
        engine.put(s.peak, max(s.peak, abs(held)));
        if (engine.desk().killed != 0) {
            drop(engine, guards(leg, held), {core::Cause::Kill});
        } else {
            protect(engine, ix, held);
        }
    }
    watch(engine, ix, held, out);
    if (wants_out(engine, ix, held)) {
        leave(engine, ix, held, out);
    } else {
        enter(engine, ix, held, out);
    }
}

// A price that far from another, valid at the venue.
Ticks Bracket::price(const core::Engine& engine, Ticks from, Bps by, Rounding to) const {
    return to_valid_price(shifted(from, by, to), engine.spec(config_.instrument), to);
}

// Levels are measured from the mark when the position was first known, or are what the signal says
// that it was opened on.
void Bracket::begin(core::Engine& engine, const BracketState& s, Lots held) const {
    const Ticks mark = mark_of(engine.book(config_.instrument));
    if (mark <= Ticks{0}) return; // the first book comes soon
    const bool is_long = held > Lots{0};
    // (It may have ended since: what it has opened keeps what it asked for.)
    const bool is_asked = is_of_signal(s, held);
    const Bps down = is_long ? -config_.stop : config_.stop;
    const Rounding nearer = is_long ? Rounding::Up : Rounding::Down;
    Ticks stop = price(engine, mark, down, nearer);
    Ticks limit{0};
    if (config_.limit != Bps{0})
        limit = price(engine, mark, is_long ? config_.limit : -config_.limit, nearer);
    const Instrument& spec = engine.spec(config_.instrument);
    if (is_asked && s.asked_stop != Ticks{0}) stop = to_valid_price(s.asked_stop, spec, nearer);
    if (is_asked && s.asked_limit != Ticks{0}) limit = to_valid_price(s.asked_limit, spec, nearer);
    engine.put(s.ref_px, mark);
    engine.put(s.best_px, mark);
    engine.put(s.stop_px, stop);
    engine.put(s.limit_px, limit);
    engine.put(s.emergency_px,
               price(engine, stop, is_long ? -config_.emergency : config_.emergency, nearer));
}

// The stop follows what is won, and never goes back.
void Bracket::move_levels(core::Engine& engine, const BracketState& s, Lots held) const {
    const bool is_long = held > Lots{0};
    const Ticks mark = mark_of(engine.book(config_.instrument));
    if (is_better(mark, s.best_px, is_long)) engine.put(s.best_px, mark);
    const Rounding nearer = is_long ? Rounding::Up : Rounding::Down;
    Ticks stop = s.stop_px;
    if (config_.break_even_after != Bps{0} && s.is_break_even == 0) {
        const Bps won = is_long ? config_.break_even_after : -config_.break_even_after;
        const Ticks at = price(engine, s.ref_px, won, nearer);
        if (!is_better(at, s.best_px, is_long)) {
            engine.put(s.is_break_even, std::uint8_t{1});
            const std::int64_t fees =
                std::int64_t{engine.spec(config_.instrument).taker_fee_ppm} * 2;
            const Ticks even = price(engine, s.ref_px, Bps{is_long ? fees : -fees}, nearer);
            if (is_better(even, stop, is_long)) stop = even;
        }
    }
    // It trails what is won: until something is, the stop stands where it was put.
    if (config_.trail != Bps{0} && is_better(s.best_px, s.ref_px, is_long)) {
        const Ticks at = price(engine, s.best_px, is_long ? -config_.trail : config_.trail, nearer);
        const Int128 moved = static_cast<Int128>(abs(at - stop).value()) * whole.value();
        const bool is_far = moved >= static_cast<Int128>(stop.value()) * config_.move_min.value();
        if (is_better(at, stop, is_long) && is_far) stop = at;
    }
    if (stop == s.stop_px) return;
    engine.put(s.stop_px, stop);
    engine.put(s.emergency_px,
               price(engine, stop, is_long ? -config_.emergency : config_.emergency, nearer));
}

Bracket::Level Bracket::level(const core::Engine& engine, const BracketState& s, Kind kind,
                              Lots held) const {
    const bool is_long = held > Lots{0};
    const Lots most = engine.largest_order(config_.instrument);
    const Instrument& spec = engine.spec(config_.instrument);
    const auto at = [&](Ticks trigger, Ticks px, Lots qty) {
        if (px <= Ticks{0} || qty <= Lots{0}) return Level{};
        if (most > Lots{0}) qty = min(qty, most); // the rest is told as bare
        const bool is_spared = qty >= abs(held) && spec.min_notional_spares_full_close;
        const Lots least = is_spared ? spec.min_qty : engine.smallest_order(config_.instrument, px);
        return Level{trigger, px, qty, least};
    };
    const auto beyond = [&](Ticks trigger, Bps by) {
        return price(engine, trigger, is_long ? -by : by, is_long ? Rounding::Up : Rounding::Down);
    };
    switch (kind) {
    case Kind::Stop:
        return at(s.stop_px, beyond(s.stop_px, config_.stop_slippage), abs(held) - beyond_stop(s));
    case Kind::Emergency:
        return at(s.emergency_px, beyond(s.emergency_px, config_.emergency_slippage), abs(held));
    case Kind::Limit: {
        if (s.limit_px == Ticks{0}) return {};
        // Of the most that was held a share is for the target; what of it is gone is gone.
        const Lots gone = s.peak - abs(held);
        const Lots left = share(s.peak, config_.limit_share_percent) - gone;
        return at(Ticks{0}, s.limit_px, left);
    }
    }
    std::unreachable();
}

// What the stop leaves to the emergency stop, of the most that was held.
Lots Bracket::beyond_stop(const BracketState& s) const {
    return s.peak - share(s.peak, config_.stop_share_percent);
}

void Bracket::protect(core::Engine& engine, std::uint32_t ix, Lots held) const {
    const BracketState& s = state(engine, ix);
    if (s.ref_px == Ticks{0}) return; // no price to measure from yet
    const Guards& all = guards(legs_[ix], held);
    const bool may_send = later(s.protect_at, doubted_until(engine, ix)) <= engine.now();
    bool has_sent = false;
    for (const Kind kind : {Kind::Emergency, Kind::Stop, Kind::Limit}) {
        const Pair& pair = all.pairs[static_cast<std::size_t>(kind)];
        has_sent |= keep(engine, pair, level(engine, s, kind, held), may_send);
    }
    if (has_sent) engine.put(s.protect_at, engine.now() + config_.retry);
}

// The venue has said that there is nothing to reduce, and nothing that was told since explains it:
// a read of later is waited for, as long as a position may be bare. (What is sent meanwhile is
// refused, and each refusal puts off the read of fills that would tell.) Zero: there is no doubt.
Timestamp Bracket::doubted_until(const core::Engine& engine, std::uint32_t ix) const {
    const BracketState& s = state(engine, ix);
    const core::Position& p = engine.position(config_.instrument, legs_[ix].side);
    const bool is_doubted = sum_certain(p) == s.doubted && p.verified_at < s.nothing_seen;
    return is_doubted ? s.nothing_seen + config_.protected_within : Timestamp{};
}

// Its order rests there, or is on its way, and is large enough.
bool Bracket::is_good(const core::Engine& engine, core::IntentIx intent, const Level& level) {
    const core::Order* order = engine.order_of(intent);
    const core::Intent& it = engine.intent(intent);
    return order != nullptr && it.want_qty != Lots{0} &&
           (order->flags & core::order_flag::want_gone) == 0 && it.live_trigger == level.trigger &&
           order->px == level.px && engine.leaves_qty(*order) >= level.qty;
}

// One order at the level: the one that is there if it is good, or a new one, and what it takes the
// place of goes once it is known to rest. True: one was sent.
bool Bracket::keep(core::Engine& engine, const Pair& pair, const Level& level,
                   bool may_send) const {
    const std::array orders{engine.order_of(pair[0]), engine.order_of(pair[1])};
    const auto is_leaving = [&](std::size_t n) {
        return orders[n] != nullptr && engine.intent(pair[n]).want_qty == Lots{0};
    };
    for (std::size_t n = 0; n < 2; ++n) { // what has ended is not wanted again by itself
        if (orders[n] == nullptr) engine.want_none(pair[n], {});
    }
    if (level.qty == Lots{0}) {
        for (const core::IntentIx one : pair) engine.want_none(one, {core::Cause::Moved});
        return false;
    }
    for (std::size_t n = 0; n < 2; ++n) {
        if (!is_good(engine, pair[n], level)) continue;
        const bool rests = orders[n]->seen_at != Timestamp{};
        if (rests) engine.want_none(pair[1 - n], {core::Cause::Moved});
        return false;
    }
    // What the venue would refuse for its size or its worth is not asked for; what is left of one
    // that rests there stays.
    if (level.qty < level.least) return false;
    const std::size_t free = orders[0] == nullptr ? 0 : 1;
    if (orders[free] == nullptr) {
        if (!may_send) return false;
        engine.protect(pair[free], level.trigger, level.px, level.qty, {core::Cause::Protect});
        return true;
    }
    // Both are taken. The level has moved once more before the newer one was known to rest.
    if (!is_leaving(0) && !is_leaving(1)) {
        const std::size_t newer = orders[0]->cl_ord_id > orders[1]->cl_ord_id ? 0 : 1;
        engine.want_none(pair[newer], {core::Cause::Moved});
    }
    return false;
}

// Something that should rest has no order, and there is room for one.
bool Bracket::lacks_an_order(const core::Engine& engine, std::uint32_t ix, Lots held) const {
    const BracketState& s = state(engine, ix);
    if (s.ref_px == Ticks{0} || engine.desk().killed != 0) return false;
    const Guards& all = guards(legs_[ix], held);
    for (const Kind kind : {Kind::Stop, Kind::Emergency, Kind::Limit}) {
        const Level at = level(engine, s, kind, held);
        if (at.qty == Lots{0} || at.qty < at.least) continue;
        const Pair& pair = all.pairs[static_cast<std::size_t>(kind)];
        const bool has_room =
            engine.order_of(pair[0]) == nullptr || engine.order_of(pair[1]) == nullptr;
        const auto is_it = [&](core::IntentIx one) { return is_good(engine, one, at); };
        if (has_room && std::ranges::none_of(pair, is_it)) return true;
    }
    return false;
}

void Bracket::drop(core::Engine& engine, const Guards& all, core::Ground ground) const {
    for (const Pair& pair : all.pairs) {
        for (const core::IntentIx one : pair) engine.want_none(one, ground);
    }
}

// A stop rests at the venue, as far as is known, for all of what is held.
bool Bracket::is_covered(const core::Engine& engine, const Guards& all, Lots held) const {
    for (const Kind kind : {Kind::Stop, Kind::Emergency}) {
        for (const core::IntentIx one : all.pairs[static_cast<std::size_t>(kind)]) {
            const core::Order* order = engine.order_of(one);
            if (order != nullptr && order->seen_at != Timestamp{} &&
                engine.leaves_qty(*order) >= abs(held)) {
                return true;
            }
        }
    }
    return false;
}

// Once for a signal, or for a position: what is wanted is not sent, as the venue takes no less.
void Bracket::tell_small(core::Engine& engine, const BracketState& s, Told what, Lots qty,
                         Lots least, Commands& out) const {
    const auto bit = static_cast<std::uint8_t>(what);
    if (qty == Lots{0} || qty >= least || (s.told & bit) != 0) return;
    engine.put(s.told, static_cast<std::uint8_t>(s.told | bit));
    engine.raise(AlarmKind::TooSmall, config_.instrument, qty.value(), least.value(), out);
}

void Bracket::watch(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const {
    const BracketState& s = state(engine, ix);
    constexpr auto bare = static_cast<std::uint8_t>(Told::Bare);
    const core::Position& p = engine.position(config_.instrument, legs_[ix].side);
    const bool is_there = held != Lots{0} && !engine.is_moving(p); // as large as it comes
    if (is_there && s.ref_px != Ticks{0} && engine.desk().killed == 0) {
        for (const auto& [kind, told] :
             {std::pair{Kind::Stop, Told::SmallStop}, std::pair{Kind::Limit, Told::SmallLimit}}) {
            // (What is left of a share that has traded is no news.)
            if (abs(held) < s.peak) break;
            const Level wanted = level(engine, s, kind, held);
            tell_small(engine, s, told, wanted.qty, wanted.least, out);
        }
    }
    if (held == Lots{0} || is_covered(engine, guards(legs_[ix], held), held)) {
        engine.put(s.bare_since, Timestamp{});
        engine.put(s.told, static_cast<std::uint8_t>(s.told & ~bare));
    } else if (s.bare_since < engine.desk().recovered_at || s.bare_since == Timestamp{}) {
        // (While a restart reads, nothing may be sent: that is not the venue's time. The auditor
        // counts all of it.)
        engine.put(s.bare_since, engine.now());
    } else if ((s.told & bare) == 0 && s.bare_since + config_.protected_within <= engine.now()) {
        engine.put(s.told, static_cast<std::uint8_t>(s.told | bare));
        engine.raise(AlarmKind::Unprotected, config_.instrument, held.value(),
                     in_milliseconds(config_.protected_within), out);
    }
    // And what has the market done to the stop?
    const Ticks mark2 = engine.book(config_.instrument).mark; // doubled
    // (Of what the stop leaves, to the emergency stop.)
    const Ticks last = config_.stop_share_percent < 100 ? s.emergency_px : s.stop_px;
    const bool is_beyond = held != Lots{0} && last != Ticks{0} &&
                           (held > Lots{0} ? mark2 <= last * 2 : mark2 >= last * 2);
    if (!is_beyond) {
        engine.put(s.beyond_since, Timestamp{});
    } else if (s.beyond_since == Timestamp{}) {
        engine.put(s.beyond_since, engine.now());
    }
}

// What the signal asks this position to be.
Lots Bracket::wanted(const core::Engine& engine, const Leg& leg) const {
    const Signal* signal = engine.signal(config_.instrument, SignalKind::Target);
    if (signal == nullptr) return Lots{0};
    const Lots most = config_.qty_max;
    const Lots asked = max(min(Lots{signal->value}, most), -most);
    if (leg.side == PositionSide::Long) return max(asked, Lots{0});
    if (leg.side == PositionSide::Short) return min(asked, Lots{0});
    return asked;
}

bool Bracket::wants_out(const core::Engine& engine, std::uint32_t ix, Lots held) const {
    if (held == Lots{0}) return false;
    if (is_exiting(engine)) return true;
    const BracketState& s = state(engine, ix);
    const bool is_beyond =
        s.beyond_since != Timestamp{} && s.beyond_since + config_.stop_grace <= engine.now();
    if (is_beyond) return true;
    // A signal says that nothing is to be held, or the other side. (One that is used up, or none,
    // says nothing: the levels decide.)
    const Signal* signal = engine.signal(config_.instrument, SignalKind::Target);
    if (signal == nullptr || signal->id <= s.done_id || signal->id == s.used_id) return false;
    const Lots want = wanted(engine, legs_[ix]);
    return want == Lots{0} || (want > Lots{0}) != (held > Lots{0});
}

Bps Bracket::slippage(std::uint16_t attempts) const {
    return min(config_.slippage_start + config_.slippage_step * attempts, config_.slippage_max);
}

// Up to where it changes nothing more.
void Bracket::count_up(core::Engine& engine, const std::uint16_t& attempts) const {
    if (config_.slippage_step == Bps{0} || slippage(attempts) >= config_.slippage_max) return;
    engine.put(attempts, static_cast<std::uint16_t>(attempts + 1));
}

// All of it, with what protects it still there: the venue clips them together, and where it does
// not, a close waits for these to go.
void Bracket::leave(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const {
    const BracketState& s = state(engine, ix);
    engine.put(s.is_entry_over, std::uint8_t{1});
    const bool clips = engine.traits(config_.instrument).reduce_only_at_match;
    if (!clips) drop(engine, guards(legs_[ix], held), {core::Cause::Exit});
    if (later(s.close_at, doubted_until(engine, ix)) > engine.now()) return;
    engine.put(s.close_at, engine.now() + config_.retry);
    if (engine.close(config_.instrument, abs(held), slippage(s.closes), out, legs_[ix].side)) {
        count_up(engine, s.closes);
    }
}

void Bracket::enter(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const {
    const BracketState& s = state(engine, ix);
    const Signal* signal = engine.signal(config_.instrument, SignalKind::Target);
    if (signal == nullptr || is_exiting(engine) || signal->id <= s.done_id) return;
    const Leg& leg = legs_[ix];
    const Lots want = wanted(engine, leg);
    if (want == Lots{0} || (held != Lots{0} && (want > Lots{0}) != (held > Lots{0}))) return;
    if (signal->id != s.used_id) {
        if (s.is_lost_entry != 0) { // it may be this one's, and has come and gone, or is there
            engine.put(s.is_lost_entry, std::uint8_t{0});
            if (held == Lots{0}) {
                engine.put(s.used_id, signal->id);
                engine.put(s.done_id, signal->id);
                engine.raise(AlarmKind::SignalUsed, config_.instrument, signal->value, 0, out);
                return;
            }
        }
        if (const Ticks passed = touch_beyond_stop(engine, *signal); passed != Ticks{0}) {
            engine.put(s.used_id, signal->id); // it would be closed at once
            engine.put(s.done_id, signal->id);
            engine.raise(AlarmKind::StopPassed, config_.instrument, passed.value(),
                         signal->stop_px.value(), out);
            return;
        }
        engine.put(s.used_id, signal->id);
        engine.put(s.asked, want);
        engine.put(s.asked_stop, signal->stop_px);
        engine.put(s.asked_limit, signal->limit_px);
        engine.put(s.is_entry_over, std::uint8_t{0});
        engine.put(s.peak, abs(held));
        engine.put(s.entries, std::uint16_t{0});
        engine.put(s.told, static_cast<std::uint8_t>(s.told &
                                                     ~static_cast<std::uint8_t>(Told::SmallEntry)));
    }
    if (held != Lots{0}) engine.put(s.is_entered, std::uint8_t{1});
    const core::Position& p = engine.position(config_.instrument, leg.side);
    if (s.is_entry_over != 0 || engine.is_moving(p) || s.enter_at > engine.now()) return;
    // What is there has its stop before more is added.
    if (held != Lots{0} && s.bare_since != Timestamp{}) return;
    Lots left = abs(want) - abs(held);
    const core::InstrumentState& book = engine.book(config_.instrument);
    const Side side = want > Lots{0} ? Side::Buy : Side::Sell;
    const Ticks touch = side == Side::Buy ? book.ask_px : book.bid_px;
    if (touch <= Ticks{0}) return;
    if (const Lots most = engine.largest_order(config_.instrument); most > Lots{0}) {
        left = min(left, most);
    }
    const Lots least = engine.smallest_order(config_.instrument, touch);
    if (left < least) {
        if (held != Lots{0}) {
            engine.put(s.is_entry_over, std::uint8_t{1});
        } else {
            tell_small(engine, s, Told::SmallEntry, left, least, out);
        }
        return;
    }
    engine.put(s.enter_at, engine.now() + config_.retry);
    const core::Guard guard =
        engine.take(config_.instrument, leg.side, side, left, slippage(s.entries), out);
    if (guard == core::Guard::None) count_up(engine, s.entries);
}

// The touch that would close it, where it has passed the stop that the signal names, or that is on
// the wrong side; 0: it has not.
Ticks Bracket::touch_beyond_stop(const core::Engine& engine, const Signal& signal) const {
    const core::InstrumentState& book = engine.book(config_.instrument);
    if (signal.stop_px == Ticks{0}) return Ticks{0};
    const bool buys = signal.value > 0;
    const Ticks touch = buys ? book.bid_px : book.ask_px;
    const bool is_beyond = buys ? signal.stop_px >= touch : signal.stop_px <= touch;
    return is_beyond ? touch : Ticks{0};
}

bool Bracket::has_exited(const core::Engine& engine) const {
    if (!is_exiting(engine)) return false;
    return std::ranges::all_of(legs_, [&](const Leg& leg) {
        const core::Position& p = engine.position(config_.instrument, leg.side);
        return sum_certain(p) == Lots{0} && !engine.is_moving(p);
    });
}

Timestamp Bracket::bare_since(const core::Engine& engine) const {
    Timestamp since{};
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        const Timestamp one = state(engine, ix).bare_since;
        if (one != Timestamp{}) since = since == Timestamp{} ? one : earlier(since, one);
    }
    return since;
}

Timestamp Bracket::wake_at(const core::Engine& engine) const {
    Timestamp at = never;
    if (engine.desk().recovery != core::Recovery::Done) return at;
    const auto consider = [&](Timestamp t) {
        if (t > engine.now()) at = earlier(at, t);
    };
    // What was tried and has come to nothing is tried again; all else is news.
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        const Leg& leg = legs_[ix];
        const BracketState& s = state(engine, ix);
        const core::Position& p = engine.position(config_.instrument, leg.side);
        const Lots held = engine.held(config_.instrument, leg.side);
        if (held != Lots{0}) {
            const bool is_told = (s.told & static_cast<std::uint8_t>(Told::Bare)) != 0;
            if (s.bare_since != Timestamp{} && !is_told) {
                consider(s.bare_since + config_.protected_within);
            }
            if (s.beyond_since != Timestamp{}) consider(s.beyond_since + config_.stop_grace);
            const Timestamp doubted = doubted_until(engine, ix);
            if (lacks_an_order(engine, ix, held)) consider(later(s.protect_at, doubted));
            if (wants_out(engine, ix, held) && !engine.is_moving(p)) {
                consider(later(s.close_at, doubted));
            }
        }
        const Signal* signal = engine.signal(config_.instrument, SignalKind::Target);
        const bool enters = signal != nullptr && !is_exiting(engine) && signal->id > s.done_id &&
                            s.is_entry_over == 0 && wanted(engine, leg) != Lots{0} &&
                            !engine.is_moving(p);
        if (enters) consider(s.enter_at);
    }
    return at;
}

std::uint64_t Bracket::decision_hash(const core::Engine& engine, Duration far) const {
    Hasher h{9};
    const auto left = [&](Timestamp t) {
        h.add_signed(min(max(t - engine.now(), Duration{0}), far).value());
    };
    const auto since = [&](Timestamp t, Duration within) {
        h.add(t == Timestamp{} ? 0U : 1U);
        if (t != Timestamp{}) left(t + within);
    };
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        const BracketState& s = state(engine, ix);
        for (const Ticks px : {s.ref_px, s.best_px, s.stop_px, s.limit_px, s.emergency_px}) {
            h.add_signed(px.value());
        }
        h.add_signed(s.held.value()).add_signed(s.peak.value()).add(s.used_id).add(s.done_id);
        if (s.used_id > s.done_id) {
            h.add_signed(s.asked.value()).add_signed(s.asked_stop.value());
            h.add_signed(s.asked_limit.value());
        }
        h.add(std::uint64_t{s.entries} << 48U | std::uint64_t{s.closes} << 32U |
              std::uint64_t{s.is_entered} << 24U | std::uint64_t{s.is_entry_over} << 16U |
              std::uint64_t{s.told} << 8U | std::uint64_t{s.is_lost_entry} << 1U | s.is_break_even);
        since(s.bare_since, config_.protected_within);
        since(s.beyond_since, config_.stop_grace);
        left(s.enter_at);
        left(s.close_at);
        left(s.protect_at);
        const core::Position& p = engine.position(config_.instrument, legs_[ix].side);
        if (s.doubted != Lots{0} && p.verified_at < s.nothing_seen &&
            s.nothing_seen + config_.protected_within > engine.now()) {
            h.add_signed(s.doubted.value());
            left(s.nothing_seen + config_.protected_within);
        }
    }
    return h.digest();
}

} // namespace keel::strategy
