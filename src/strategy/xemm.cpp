#include "strategy/xemm.hpp"

#include <algorithm>

namespace keel::strategy {
namespace {

// Guards under which a resting quote is pulled; the others only keep a new one from being placed.
constexpr std::uint64_t pulling = [] {
    std::uint64_t set = 0;
    for (const core::Guard guard :
         {core::Guard::Lease, core::Guard::Outside, core::Guard::Recovering, core::Guard::Halted,
          core::Guard::Killed, core::Guard::WindingDown, core::Guard::LinkGap, core::Guard::Frozen,
          core::Guard::Unverified, core::Guard::StaleMark, core::Guard::MaxLossSession,
          core::Guard::MaxRoundsWithoutHuman}) {
        set |= 1ULL << static_cast<unsigned>(guard);
    }
    return set;
}();

core::IntentIx announce(const XemmConfig& config, Side side, core::Engine& engine) {
    return engine.announce_intent(config.maker, side, core::IntentKind::Quote, PositionSide::Net,
                                  config.moves);
}

} // namespace

Xemm::Xemm(const XemmConfig& config, core::Engine& engine, StoreLayout& layout)
    : config_(config), buy_(announce(config, Side::Buy, engine)),
      sell_(announce(config, Side::Sell, engine)), state_(layout.add<XemmState>(1)) {}

bool Xemm::is_exiting(const core::Engine& engine) const {
    const core::Desk& d = engine.desk();
    return d.winding_down != 0 || d.killed != 0 ||
           (config_.rounds_max != 0 && engine.group(config_.group).rounds >= config_.rounds_max);
}

void Xemm::update(core::Engine& engine, Commands& out) const {
    if (!engine.was_touched(config_.group)) return;
    const std::uint64_t held_back =
        (engine.guards_on(config_.maker) | engine.guards_on(config_.hedge)) & pulling;
    if (held_back != 0 || is_exiting(engine)) {
        core::Ground ground{core::Cause::Exit};
        if (held_back != 0) {
            ground = {core::Cause::Guard, static_cast<core::Guard>(__builtin_ctzll(held_back))};
        }
        engine.want_none(buy_, ground);
        engine.want_none(sell_, ground);
        if (is_exiting(engine)) exit(engine, out);
        return;
    }
    if (config_.sides != Sides::SellOnly) quote(engine, buy_, Side::Buy);
    if (config_.sides != Sides::BuyOnly) quote(engine, sell_, Side::Sell);
}

// The price at which a fill, hedged at the hedge venue's touch, earns the target edge after fees.
Ticks Xemm::target(const core::Engine& engine, Side side) const {
    const core::InstrumentState& hedge = engine.book(config_.hedge);
    const core::InstrumentState& maker = engine.book(config_.maker);
    const Instrument& h = engine.spec(config_.hedge);
    const Instrument& m = engine.spec(config_.maker);
    const Ticks touch = side == Side::Sell ? hedge.ask_px : hedge.bid_px;
    if (touch <= Ticks{0}) return Ticks{0};
    const Rounding against = side == Side::Sell ? Rounding::Up : Rounding::Down;
    // Selling at px here and buying at the touch there earns px (1 - maker fee) - touch (1 + taker
    // fee), which shall be the target edge of the touch; buying here, the same with the signs
    // turned.
    const std::int64_t way = sign(opposite(side)); // +1 to sell
    const std::int64_t there = h.taker_fee_ppm + config_.target_edge.value();
    const std::int64_t here = m.maker_fee_ppm;
    // Into the maker's ticks, exactly: touch x (h.tick / m.tick) x (1 + there) / (1 - here).
    const int scale = m.tick_size.scale - h.tick_size.scale;
    Int128 top =
        static_cast<Int128>(touch.value()) * h.tick_size.mantissa * (ppm_one + way * there);
    Int128 bottom = static_cast<Int128>(m.tick_size.mantissa) * (ppm_one - way * here);
    for (int i = 0; i < scale; ++i) top *= 10;
    for (int i = 0; i > scale; --i) bottom *= 10;
    Int128 px = top / bottom;
    if (against == Rounding::Up && top % bottom != 0) px += 1;
    if (px > core::px_max.value()) return Ticks{0};
    Ticks wanted = to_valid_price(Ticks{static_cast<std::int64_t>(px)}, m, against);
    // Post-only: one tick behind the maker's own touch rather than a refusal.
    if (side == Side::Sell && maker.bid_qty > Lots{0} && wanted <= maker.bid_px) {
        wanted = to_valid_price(maker.bid_px + Ticks{1}, m, Rounding::Up);
    }
    if (side == Side::Buy && maker.ask_qty > Lots{0} && wanted >= maker.ask_px) {
        wanted = to_valid_price(maker.ask_px - Ticks{1}, m, Rounding::Down);
    }
    return wanted;
}

void Xemm::quote(core::Engine& engine, core::IntentIx intent, Side side) const {
    const Ticks px = target(engine, side);
    core::Cause cause = core::Cause::EdgeDrift;
    if (px <= Ticks{0}) {
        engine.want_none(intent, {core::Cause::NoPrice});
        return;
    }
    if (const core::Order* live = engine.order_of(intent)) {
        // |px - live| / live beyond the drift, or too old: make way for a new one.
        const Int128 off = static_cast<Int128>(abs(px - live->px).value()) * ppm_one;
        const bool drifted =
            off > static_cast<Int128>(live->px.value()) * config_.edge_drift.value();
        const bool old = engine.now() - engine.intent(intent).placed_at >= config_.refresh_age;
        if (!drifted && !old) {
            engine.keep(intent);
            return;
        }
        if (!drifted) cause = core::Cause::Age;
        if (old && px == live->px) {
            // Same price again: the venue would see no difference, but its age is renewed.
            engine.want_none(intent, {cause});
            return;
        }
    }
    engine.want(intent, px, config_.order_qty, {cause});
}

// Exit: when nothing rests and nothing is owed, both legs are taken down.
void Xemm::exit(core::Engine& engine, Commands& out) const {
    const bool unwinds = config_.on_exit == OnExit::Unwind || engine.desk().killed != 0;
    if (!unwinds || !engine.is_flat(config_.group)) return;
    take_down(engine, config_.group, {config_.maker, config_.hedge}, config_.order_qty,
              engine.store().at(state_, 0).exit, out);
}

bool Xemm::has_exited(const core::Engine& engine) const {
    if (!is_exiting(engine) || !engine.is_flat(config_.group)) return false;
    if (config_.on_exit == OnExit::Hold && engine.desk().killed == 0) return true;
    return are_flat(engine, {config_.maker, config_.hedge});
}

Timestamp Xemm::wake_at(const core::Engine& engine) const {
    Timestamp at = never;
    const auto consider = [&](Timestamp t) {
        if (t > engine.now()) at = earlier(at, t);
    };
    for (const core::IntentIx intent : {buy_, sell_}) {
        if (engine.order_of(intent) == nullptr) continue;
        consider(engine.intent(intent).placed_at + config_.refresh_age);
        for (const InstrumentIx i : {config_.maker, config_.hedge}) {
            const auto& limits = engine.config().instruments[i.value()].limits;
            consider(engine.book(i).mark_at + limits.stale_mark + nanoseconds(1));
        }
    }
    // Where a close was not possible it is tried again; all else that an exit waits for is news.
    const bool unwinds = config_.on_exit == OnExit::Unwind || engine.desk().killed != 0;
    if (unwinds && is_exiting(engine) && engine.is_flat(config_.group) && !has_exited(engine)) {
        consider(
            later(engine.store().at(state_, 0).exit.close_at, engine.now() + milliseconds(50)));
    }
    return at;
}

std::uint64_t Xemm::decision_hash(const core::Engine& engine, Duration far) const {
    const TakeDown& state = engine.store().at(state_, 0).exit;
    Hasher h{5};
    const auto left = [&](Timestamp t) {
        h.add_signed(min(max(t - engine.now(), Duration{0}), far).value());
    };
    h.add_signed(state.closing.value()).add(state.attempt);
    left(state.close_at);
    for (const core::IntentIx intent : {buy_, sell_}) {
        if (engine.order_of(intent) == nullptr) continue;
        left(engine.intent(intent).placed_at + config_.refresh_age);
    }
    // Rounds count towards the last one only.
    if (config_.rounds_max != 0) {
        h.add(std::min<std::uint64_t>(engine.group(config_.group).rounds, config_.rounds_max));
    }
    return h.digest();
}

} // namespace keel::strategy
