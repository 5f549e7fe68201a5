#include "strategy/legs.hpp"

#include <algorithm>

namespace keel::strategy {
namespace {

Lots held_at(const core::Engine& engine, InstrumentIx leg) {
    const core::Position& p = engine.position(leg);
    return p.filled + p.foreign + p.adjusted;
}

// The venue takes no order for so little.
bool is_dust(const core::Engine& engine, InstrumentIx leg) {
    return abs(held_at(engine, leg)) < engine.spec(leg).min_qty;
}

} // namespace

void take_down(core::Engine& engine, GroupIx group, const std::array<InstrumentIx, 2>& legs,
               Lots clip, const TakeDown& state, Commands& out) {
    if (state.close_at > engine.now()) return;
    const bool any_strange =
        std::ranges::any_of(legs, [&](InstrumentIx leg) { return engine.nobodys(leg) != Lots{0}; });
    for (const InstrumentIx leg : legs) {
        const Lots held = held_at(engine, leg);
        if (is_dust(engine, leg) || (any_strange && engine.nobodys(leg) == Lots{0})) continue;
        const core::GroupConfig& g = engine.config().groups[group.value()];
        const std::uint32_t attempt = held == state.closing ? state.attempt + 1 : 0;
        const Bps slippage =
            min(g.hedge_slippage_start + g.hedge_slippage_step * attempt, g.hedge_slippage_max);
        engine.put(state.closing, held);
        engine.put(state.attempt, attempt);
        engine.put(state.close_at, engine.now() + g.hedge_retry);
        engine.close(leg, leg == legs[0] ? clip : abs(held), slippage, out);
        return;
    }
}

bool are_down(const core::Engine& engine, const std::array<InstrumentIx, 2>& legs) {
    return std::ranges::all_of(legs, [&](InstrumentIx leg) { return is_dust(engine, leg); });
}

bool are_flat(const core::Engine& engine, const std::array<InstrumentIx, 2>& legs) {
    return std::ranges::all_of(legs,
                               [&](InstrumentIx leg) { return held_at(engine, leg) == Lots{0}; });
}

} // namespace keel::strategy
