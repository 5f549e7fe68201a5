#include "strategy/quoter.hpp"

#include <algorithm>
#include <limits>

namespace keel::strategy {
namespace {

// Guards that pull what rests, beside holding back what is new.
constexpr std::uint64_t pulling = [] {
    std::uint64_t set = 0;
    for (const core::Guard guard :
         {core::Guard::Halted, core::Guard::Outside, core::Guard::LinkGap, core::Guard::Frozen,
          core::Guard::Unverified, core::Guard::StaleMark, core::Guard::NotTrading,
          core::Guard::MaxLossSession, core::Guard::MaxRoundsWithoutHuman}) {
        set |= 1ULL << static_cast<unsigned>(guard);
    }
    return set;
}();

// Money of one unit as a price in ticks.
Ticks in_ticks(Money value, const Instrument& spec, Rounding rounding) {
    Int128 top = value.value();
    Int128 bottom = static_cast<Int128>(spec.tick_size.mantissa) * money_one;
    for (int i = 0; i < spec.tick_size.scale; ++i) top *= 10;
    for (int i = 0; i > spec.tick_size.scale; --i) bottom *= 10;
    Int128 px = top / bottom;
    if (rounding == Rounding::Up && top % bottom != 0) px += 1;
    return px > core::px_max.value() ? Ticks{0} : Ticks{static_cast<std::int64_t>(px)};
}

// An order of ours that takes is under way.
bool is_taking(const core::Engine& engine, InstrumentIx i) {
    bool found = false;
    engine.each_order([&](const core::Order& o) {
        found = found || (o.instrument == i && o.tif == TimeInForce::Ioc);
    });
    return found;
}

Lots held(const core::Engine& engine, InstrumentIx i) { return sum_certain(engine.position(i)); }

constexpr Duration minute = seconds(60);

std::int64_t minute_of(Timestamp t) { return t.ns() / minute.value(); }

} // namespace

Quoter::Quoter(const QuoterConfig& config, core::Engine& engine, StoreLayout& layout)
    : config_(config), state_(layout.add<QuoterState>(1)) {
    for (std::uint32_t n = 0; n < outcomes(); ++n) {
        for (const Side side : {Side::Buy, Side::Sell}) {
            ladders_.push_back({.instrument = outcome(n),
                                .side = side,
                                .is_second = n == 1,
                                .first_intent = static_cast<std::uint32_t>(intents_.size())});
            for (std::uint32_t level = 0; level < config.levels; ++level) {
                intents_.push_back(engine.announce_intent(outcome(n), side, core::IntentKind::Quote,
                                                          PositionSide::Net, config.moves));
            }
        }
    }
}

void Quoter::update(core::Engine& engine, Commands& out) const {
    const bool is_touched =
        engine.was_touched(config_.first) || (has_second() && engine.was_touched(config_.second));
    // What was believed before a crash is no ground to post, or to sell, anything.
    if (!is_touched || engine.desk().recovery != core::Recovery::Done) return;
    sample(engine);
    const core::Ground ground = pulled(engine);
    if (ground.cause != core::Cause::None) {
        for (const core::IntentIx intent : intents_) engine.want_none(intent, ground);
    } else {
        const Look look{out, engine.now() >= state(engine).post_at};
        for (const Ladder& ladder : ladders_) quote(engine, ladder, look);
    }
    if (state(engine).act_at > engine.now()) return;
    if (is_exiting(engine)) return leave(engine, out);
    act(engine, ground.cause == core::Cause::None, out);
}

// Why nothing shall rest now; no cause: something may. Nothing delays what follows from it.
core::Ground Quoter::pulled(const core::Engine& engine) const {
    std::uint64_t held_back = 0;
    for (std::uint32_t n = 0; n < outcomes(); ++n) held_back |= engine.guards_on(outcome(n));
    held_back &= pulling;
    if (held_back != 0) {
        return {core::Cause::Guard, static_cast<core::Guard>(__builtin_ctzll(held_back))};
    }
    if (is_exiting(engine)) return {core::Cause::Exit};
    if (config_.cut_off_at != Timestamp{} && engine.now() >= config_.cut_off_at) {
        return {core::Cause::CutOff};
    }
    if (fair(engine, Rounding::Down) <= Ticks{0}) return {core::Cause::NoValue};
    return {};
}

Ticks Quoter::fair(const core::Engine& engine, Rounding rounding) const {
    const Signal* s = engine.signal(config_.first, SignalKind::FairValue);
    if (s == nullptr || s->value <= 0) return Ticks{0};
    const Instrument& spec = engine.spec(config_.first);
    const Ticks px = in_ticks(Money{s->value}, spec, rounding);
    // (Just below the end it rounds up to the end, where nothing is quoted.)
    const bool is_beyond =
        spec.px_end > Ticks{0} && in_ticks(Money{s->value}, spec, Rounding::Down) >= spec.px_end;
    return is_beyond ? Ticks{0} : px;
}

Lots Quoter::net(const core::Engine& engine) const {
    const Lots first = held(engine, config_.first);
    return has_second() ? first - held(engine, config_.second) : first;
}

// The price of the first level, before the touch is looked at: half the spread from what it is
// worth, away from what is held too much of. What is held of the other outcome is held too little
// of this one.
Ticks Quoter::inside_px(const core::Engine& engine, const Ladder& ladder) const {
    const bool buys = ladder.side == Side::Buy;
    Ticks worth = fair(engine, ladder.is_second == buys ? Rounding::Up : Rounding::Down);
    Lots too_much = net(engine);
    if (ladder.is_second) {
        worth = engine.spec(config_.first).px_end - worth;
        too_much = -too_much;
    }
    const Rounding farther = buys ? Rounding::Up : Rounding::Down; // (it is taken off)
    const auto lean =
        mul_div(config_.skew.value(), too_much.value(), config_.inventory_max.value(), farther);
    const Ticks leaning = worth - Ticks{lean ? lean->value : 0};
    return buys ? leaning - config_.half_spread : leaning + config_.half_spread;
}

// How much may rest on this side in all.
Lots Quoter::room(const core::Engine& engine, const Ladder& ladder) const {
    const InstrumentIx i = ladder.instrument;
    if (ladder.side == Side::Buy) return config_.inventory_max - held(engine, i);
    // Complete sets are worth more merged than sold.
    if (engine.spec(i).long_only) {
        const Lots of_sets =
            has_second() ? min(held(engine, config_.first), held(engine, config_.second)) : Lots{0};
        return engine.settled_stock(i) - of_sets;
    }
    return config_.inventory_max + held(engine, i);
}

void Quoter::quote(core::Engine& engine, const Ladder& ladder, const Look& look) const {
    const bool buys = ladder.side == Side::Buy;
    const Lots most = room(engine, ladder);
    const Ticks inside = inside_px(engine, ladder);
    Ticks beyond{0}; // the level before: this one stands behind it
    for (std::uint32_t level = 0; level < config_.levels; ++level) {
        const core::IntentIx intent = intents_[ladder.first_intent + level];
        const Ticks away = config_.level_gap * static_cast<std::int64_t>(level);
        const Ticks px = buys ? inside - away : inside + away;
        if (config_.level_qty * (std::int64_t{level} + 1) > most) {
            engine.want_none(intent, {core::Cause::NoRoom});
            continue;
        }
        place(engine, ladder, intent, px, beyond, look);
    }
}

// Behind the touch of its own outcome rather than refused for crossing it, and behind the level
// before it.
Ticks Quoter::off_touch(const core::Engine& engine, const Ladder& ladder, Ticks px) const {
    const core::InstrumentState& book = engine.book(ladder.instrument);
    if (ladder.side == Side::Buy) {
        return book.ask_qty > Lots{0} ? min(px, book.ask_px - Ticks{1}) : px;
    }
    return book.bid_qty > Lots{0} ? max(px, book.bid_px + Ticks{1}) : px;
}

// How many quotes a touch in their way has moved in this minute and the one before: as many as in
// any minute that ends now, and perhaps more.
std::uint32_t Quoter::clamps_lately(const core::Engine& engine) const {
    const QuoterState& s = state(engine);
    const std::int64_t ago = minute_of(engine.now()) - s.clamp_minute;
    if (ago == 0) return s.clamps_now + s.clamps_before;
    return ago == 1 ? s.clamps_now : 0;
}

void Quoter::note_clamp(core::Engine& engine) const {
    const QuoterState& s = state(engine);
    const std::int64_t now = minute_of(engine.now());
    if (now != s.clamp_minute) {
        engine.put(s.clamps_before, now - s.clamp_minute == 1 ? s.clamps_now : 0);
        engine.put(s.clamps_now, 0);
        engine.put(s.clamp_minute, now);
    }
    engine.put(s.clamps_now, s.clamps_now + 1);
    engine.put(s.clamps_most, std::max(s.clamps_most, s.clamps_now + s.clamps_before));
    engine.put(s.clamps_told, 0);
    engine.put(s.clamped, s.clamped + 1);
}

// The touch has been in the way too often: no quote is placed behind it until there is room. What
// rests is right by what it is worth, or goes.
void Quoter::hold_off(core::Engine& engine, core::IntentIx intent, Commands& out) const {
    const QuoterState& s = state(engine);
    if (s.clamps_told == 0) {
        engine.put(s.clamps_told, 1);
        engine.raise(AlarmKind::TouchFlickers, engine.intent(intent).instrument,
                     clamps_lately(engine), config_.clamps_max, out);
    }
    engine.want_none(intent, {core::Cause::NoPrice});
}

// A quote stays where it is as long as it is near enough to where it should be, so that a fair
// value that trembles, or a touch that comes and goes, does not make it lose its place. After one
// has gone the next waits: what the venue refuses, or fills, is not posted again in the same
// moment. A touch may move only so many in a minute.
void Quoter::place(core::Engine& engine, const Ladder& ladder, core::IntentIx intent, Ticks px,
                   Ticks& beyond, const Look& look) const {
    const bool buys = ladder.side == Side::Buy;
    const Rounding against = buys ? Rounding::Down : Rounding::Up;
    const auto behind = [&](Ticks at) { // the level before, and on the step
        if (beyond != Ticks{0}) at = buys ? min(at, beyond - Ticks{1}) : max(at, beyond + Ticks{1});
        return engine.to_price(ladder.instrument, at, against);
    };
    const Ticks off = off_touch(engine, ladder, px);
    const bool is_clamped = off != px;
    const bool holds_off = is_clamped && clamps_lately(engine) >= config_.clamps_max;
    const Ticks wanted = behind(holds_off ? px : off);
    if (wanted <= Ticks{0}) {
        engine.want_none(intent, {core::Cause::NoPrice});
        return;
    }
    const QuoterState& s = state(engine);
    const core::Order* live = engine.order_of(intent);
    const core::Intent& it = engine.intent(intent);
    if (live != nullptr) {
        const Ticks worse = buys ? wanted - live->px : live->px - wanted; // than it could be
        const bool is_behind = beyond == Ticks{0} || (buys ? live->px < beyond : live->px > beyond);
        const bool stays = worse >= Ticks{0} ? worse <= config_.requote : -worse <= config_.slack;
        if (stays && is_behind) {
            beyond = live->px;
            engine.keep(intent);
            return;
        }
        const bool is_going = (live->flags & core::order_flag::want_gone) != 0;
        const bool is_asked = it.want_px == wanted; // and waits for its turn
        if (!is_going && !is_asked) engine.put(s.moved, s.moved + 1);
    } else if (!look.may_post ||
               (it.placed_at != Timestamp{} && engine.now() < it.placed_at + config_.retry)) {
        engine.want_none(intent, {core::Cause::EdgeDrift});
        beyond = wanted; // its place is kept
        return;
    }
    if (holds_off) return hold_off(engine, intent, look.out);
    const bool is_news = it.want_px != wanted || it.want_qty == Lots{0};
    if (is_clamped && is_news) note_clamp(engine);
    if (live == nullptr && config_.post_every > Duration{0}) {
        engine.put(s.post_at, engine.now() + config_.post_every);
    }
    engine.want(intent, wanted, config_.level_qty, {core::Cause::EdgeDrift});
    beyond = wanted;
}

// One thing at a time, and none while the one before is under way.
void Quoter::act(core::Engine& engine, bool may_complete, Commands& out) const {
    if (redeem_resolved(engine, out)) return;
    if (config_.merge_min > Lots{0} && merge_sets(engine, config_.merge_min, out)) return;
    if (may_complete) complete(engine, out);
}

bool Quoter::merge_sets(core::Engine& engine, Lots least, Commands& out) const {
    if (!has_second()) return false;
    const Lots qty = min(engine.free_stock(config_.first), engine.free_stock(config_.second));
    if (qty < least || qty <= Lots{0}) return false;
    const QuoterState& s = state(engine);
    engine.put(s.act_at, engine.now() + config_.retry);
    const core::Guard guard = engine.merge(config_.first, config_.second, qty, out);
    if (guard == core::Guard::None) engine.put(s.merges, s.merges + 1);
    return guard == core::Guard::None;
}

bool Quoter::redeem_resolved(core::Engine& engine, Commands& out) const {
    const QuoterState& s = state(engine);
    for (std::uint32_t n = 0; n < outcomes(); ++n) {
        const InstrumentIx i = outcome(n);
        const bool is_over = engine.book(i).status == TradingStatus::Resolved;
        if (!is_over || engine.has_orders(i) || engine.free_stock(i) <= Lots{0}) continue;
        engine.put(s.act_at, engine.now() + config_.retry);
        if (engine.redeem(i, out) != core::Guard::None) continue;
        engine.put(s.redemptions, s.redemptions + 1);
        return true;
    }
    return false;
}

// More is held of one outcome than is wanted: the other is bought, at its touch and at most the
// slippage beyond, so that the two are a set. Nothing else of a quoter ever takes.
bool Quoter::complete(core::Engine& engine, Commands& out) const {
    if (config_.complete_above <= Lots{0} || !has_second()) return false;
    const Lots excess = net(engine);
    const Lots size = min(abs(excess) - config_.complete_above, config_.level_qty);
    const InstrumentIx lacks = excess > Lots{0} ? config_.second : config_.first;
    if (size < engine.spec(lacks).min_qty || is_taking(engine, lacks)) return false;
    const QuoterState& s = state(engine);
    engine.put(s.act_at, engine.now() + config_.retry);
    const core::Guard guard =
        engine.take(lacks, PositionSide::Net, Side::Buy, size, config_.slippage, out);
    if (guard == core::Guard::None) engine.put(s.completions, s.completions + 1);
    return guard == core::Guard::None;
}

// The run ends: what rests is pulled already. Sets are merged, and what is left is sold, or held.
void Quoter::leave(core::Engine& engine, Commands& out) const {
    if (redeem_resolved(engine, out)) return;
    if (!unwinds(engine) || merge_sets(engine, Lots{1}, out)) return;
    const QuoterState& s = state(engine);
    for (std::uint32_t n = 0; n < outcomes(); ++n) {
        const InstrumentIx i = outcome(n);
        const Lots most = engine.spec(i).long_only ? engine.free_stock(i) : abs(held(engine, i));
        if (most <= Lots{0} || engine.book(i).status != TradingStatus::Open) continue;
        if (residue(engine, i) != Lots{0}) continue;
        engine.put(s.act_at, engine.now() + config_.retry);
        if (engine.close(i, most, config_.slippage, out)) return;
    }
}

// What Polymarket says that it rewards, of one sample (docs/quoter.md has the formula): the lesser
// of the two sides; and away from the ends the larger one by itself, for a third. Nothing is
// divided but once, at the end, and rounded down. The one owner of orders is asked, so nothing is
// scored that does not rest.
void Quoter::sample(core::Engine& engine) const {
    if (config_.reward_every <= Duration{0}) return;
    const QuoterState& s = state(engine);
    if (engine.now() < s.sample_at) return;
    engine.put(s.sample_at, engine.now() + config_.reward_every);
    engine.put(s.samples, s.samples + 1);
    constexpr int alone = 3; // the formula's c
    const Int128 one = points(engine, true);
    const Int128 two = points(engine, false);
    Int128 both = std::min(one, two) * alone;
    if (one_side_counts(engine)) both = std::max(both, std::max(one, two));
    const Int128 reach = Int128{2} * config_.reward_spread.value();
    if (reach <= 0) return;
    const Int128 score = both * 1'000'000 / (reach * reach * alone);
    constexpr Int128 most = std::numeric_limits<std::int64_t>::max();
    engine.put(s.score, static_cast<std::int64_t>(std::min(Int128{s.score} + score, most)));
}

// The mid of the first outcome is from a tenth to nine tenths of what it can be worth.
bool Quoter::one_side_counts(const core::Engine& engine) const {
    const Ticks end = engine.spec(config_.first).px_end;
    const Ticks mark2 = engine.book(config_.first).mark;
    return end > Ticks{0} && mark2 * 5 >= end && mark2 * 5 <= end * 9;
}

// The points of all that buys the first outcome or sells the second, or of all that does the
// opposite: lots times the square of how far within the reach they are, in half ticks.
Int128 Quoter::points(const core::Engine& engine, bool buys_first) const {
    Int128 sum = 0;
    for (const Ladder& ladder : ladders_) {
        if (((ladder.side == Side::Buy) != ladder.is_second) != buys_first) continue;
        const Ticks mark2 = engine.book(ladder.instrument).mark;
        for (std::uint32_t level = 0; level < config_.levels; ++level) {
            const core::Order* o = engine.order_of(intents_[ladder.first_intent + level]);
            if (o == nullptr || o->seen_at == Timestamp{} || is_ended(o->status)) continue;
            constexpr int doubtful = core::order_flag::unknown | core::order_flag::want_gone;
            if ((o->flags & doubtful) != 0 || (o->asked & pending::amend) != 0) continue;
            const std::int64_t reach = 2 * config_.reward_spread.value();
            const std::int64_t near = reach - abs(o->px * 2 - mark2).value();
            const Lots rests = engine.leaves_qty(*o);
            if (near <= 0 || rests < config_.reward_min_qty) continue;
            sum += static_cast<Int128>(near) * near * rests.value();
        }
    }
    return sum;
}

Lots Quoter::residue(const core::Engine& engine, InstrumentIx i) const {
    const Lots own = held(engine, i);
    if (!engine.is_residue(i, own)) return Lots{0};
    if (engine.book(i).status == TradingStatus::Resolved) return Lots{0};
    const InstrumentIx other = i == config_.first ? config_.second : config_.first;
    if (has_second() && held(engine, other) > Lots{0}) return Lots{0};
    return own;
}

bool Quoter::has_exited(const core::Engine& engine) const {
    if (!is_exiting(engine)) return false;
    for (std::uint32_t n = 0; n < outcomes(); ++n) {
        const InstrumentIx i = outcome(n);
        if (engine.has_orders(i)) return false;
        // What fails to settle is held after all, or is not.
        const core::Position& position = engine.position(i);
        if (position.unsettled != Lots{0} || position.matched != Lots{0}) return false;
        const bool is_held = held(engine, i) != residue(engine, i);
        if (is_held && (unwinds(engine) || engine.book(i).status == TradingStatus::Resolved)) {
            return false;
        }
    }
    return true;
}

// Is there anything to merge, complete, redeem or sell, so that time alone holds it back?
bool Quoter::wants_action(const core::Engine& engine) const {
    for (std::uint32_t n = 0; n < outcomes(); ++n) {
        const InstrumentIx i = outcome(n);
        if (is_exiting(engine) && residue(engine, i) != Lots{0}) continue;
        const bool is_over = engine.book(i).status == TradingStatus::Resolved;
        if ((is_over || is_exiting(engine)) && engine.free_stock(i) > Lots{0}) return true;
        if (is_exiting(engine) && !engine.has_orders(i) && held(engine, i) < Lots{0}) return true;
    }
    if (!has_second()) return false;
    const Lots free = min(engine.free_stock(config_.first), engine.free_stock(config_.second));
    if (config_.merge_min > Lots{0} && free >= config_.merge_min) return true;
    const bool completes = config_.complete_above > Lots{0} && !is_exiting(engine);
    return completes && abs(net(engine)) > config_.complete_above;
}

Timestamp Quoter::wake_at(const core::Engine& engine) const {
    Timestamp at = never;
    if (engine.desk().recovery != core::Recovery::Done) return at;
    const auto consider = [&](Timestamp t) {
        if (t > engine.now()) at = earlier(at, t);
    };
    const QuoterState& s = state(engine);
    if (config_.reward_every > Duration{0} && !is_exiting(engine)) consider(s.sample_at);
    if (wants_action(engine)) consider(s.act_at);
    if (is_exiting(engine)) return at;
    consider(config_.cut_off_at);
    if (const Signal* value = engine.signal(config_.first, SignalKind::FairValue)) {
        if (value->valid_until < never) consider(value->valid_until + nanoseconds(1));
    }
    if (config_.post_every > Duration{0}) consider(s.post_at);
    if (clamps_lately(engine) >= config_.clamps_max) {
        consider(Timestamp{} + minute * (minute_of(engine.now()) + 1));
    }
    bool any_rests = false;
    for (const core::IntentIx intent : intents_) {
        any_rests = any_rests || engine.order_of(intent) != nullptr;
        const core::Intent& it = engine.intent(intent);
        if (it.order == core::no_slot && it.placed_at != Timestamp{}) {
            consider(it.placed_at + config_.retry);
        }
    }
    for (std::uint32_t n = 0; n < outcomes() && any_rests; ++n) {
        const auto& limits = engine.config().instruments[outcome(n).value()].limits;
        consider(engine.book(outcome(n)).mark_at + limits.stale_mark + nanoseconds(1));
    }
    return at;
}

std::uint64_t Quoter::decision_hash(const core::Engine& engine, Duration far) const {
    const QuoterState& s = state(engine);
    Hasher h{11};
    const auto left = [&](Timestamp t) {
        h.add_signed(min(max(t - engine.now(), Duration{0}), far).value());
    };
    left(s.act_at);
    if (config_.reward_every > Duration{0}) left(s.sample_at);
    if (config_.post_every > Duration{0}) left(s.post_at);
    if (clamps_lately(engine) > 0) {
        const std::int64_t now = minute_of(engine.now());
        h.add(clamps_lately(engine))
            .add(now == s.clamp_minute ? s.clamps_now : 0)
            .add(s.clamps_told);
        left(Timestamp{} + minute * (now + 1));
    }
    if (config_.cut_off_at != Timestamp{}) left(config_.cut_off_at);
    for (const core::IntentIx intent : intents_) {
        const core::Intent& it = engine.intent(intent);
        if (it.placed_at == Timestamp{}) continue;
        left(it.placed_at + config_.retry);
    }
    return h.digest();
}

} // namespace keel::strategy
