#include <array>
#include <string>

#include "model/instrument.hpp"
#include "sim/channels.hpp"
#include "twins/p3_state.hpp"

// What is true, against what P3 believes.

namespace keel::twins::p3 {
namespace {

using explore::Rule;
using explore::Situation;

// Of one of its orders, at the venue of an instrument; none there: nothing.
sim::TrueOrder order_of(const explore::World& world, InstrumentIx instrument, ClOrdID id) {
    const core::EngineConfig& config = world.scenario().desk.engine;
    const AccountIx account = config.instruments[instrument.value()].account;
    const sim::Venue& venue = world.venue(world.venue_of(account));
    for (std::uint32_t n = 0; n < venue.order_count(); ++n) {
        const sim::TrueOrder order = venue.order(n);
        if (order.cl_ord_id == id) return order;
    }
    return {};
}

// A leg was refused for margin that was there when it was looked for, and that the other trade has
// had: alone, it would have been taken.
bool has_lost_its_margin(const State& state, const Leg& leg, InstrumentIx instrument, Lots qty,
                         const explore::World& world) {
    if (!leg.lacks_margin || !leg.is_outspent) return false;
    const core::EngineConfig& config = world.scenario().desk.engine;
    const auto margin_of = [&](std::uint32_t i, Lots lots) {
        const Instrument& spec = config.instruments[i].instrument;
        const Money worth = notional((state.bid[i] + state.ask[i]) / 2, abs(lots), spec);
        return fee_of(worth, spec.initial_margin_ppm);
    };
    const AccountIx account = config.instruments[instrument.value()].account;
    const Money needs = margin_of(instrument.value(), qty);
    Money spent;
    for (std::uint32_t i = 0; i < config.instruments.size(); ++i) {
        if (config.instruments[i].account != account) continue;
        spent += margin_of(i, world.held(InstrumentIx{i}));
    }
    const Money equity = world.venue(world.venue_of(account)).equity(account);
    return needs <= equity && needs + spent > equity;
}

bool is_on_its_way(const explore::World& world) {
    using sim::Channels;
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        for (const std::uint32_t way : {Channels::socket_in, Channels::rest_in, Channels::bump}) {
            if (world.venue(v).pending(way) != 0) return true;
        }
    }
    return false;
}

// An order that was to close a zombie found nothing to close.
bool has_met_a_ghost(const State& state, const explore::World& world) {
    for (std::uint32_t i = 0; i < instruments_max; ++i) {
        if (state.zombie[i].is_none()) continue;
        const InstrumentIx instrument{i};
        const sim::TrueOrder order = order_of(world, instrument, state.zombie[i]);
        const bool has_arrived = !order.cl_ord_id.is_none() && !order.is_open;
        if (has_arrived && order.cum_qty == Lots{} && world.held(instrument) == Lots{}) return true;
    }
    return false;
}

} // namespace

Symbols symbols_of(const explore::Scenario& scenario) {
    Symbols out;
    KEEL_ASSERT(scenario.desk.engine.groups.size() <= groups_max, "P3 trades two symbols at most");
    for (const core::GroupConfig& group : scenario.desk.engine.groups) {
        KEEL_ASSERT(group.members.size() == legs, "a symbol of P3 has two legs");
        const bool is_first = group.members[0] == group.hedge_via;
        out.push_back({group.members[is_first ? 1 : 0], group.hedge_via});
    }
    return out;
}

Rule broken_rule(const State& state, const Symbols& symbols, const explore::World& world) {
    for (std::size_t n = 0; n < trades_max; ++n) {
        const Trade& trade = state.trades[n];
        const std::array<InstrumentIx, legs>& symbol = symbols[n % symbols.size()];
        for (std::size_t l = 0; l < legs; ++l) {
            if (has_lost_its_margin(state, trade.leg[l], symbol[l], trade.qty, world)) {
                return Rule::MarginSpentOnce;
            }
        }
        if (trade.rolled_back == Lots{}) continue;
        const InstrumentIx instrument = symbol[trade.lone];
        const ClOrdID opened = trade.leg[trade.lone].order;
        if (trade.rolled_back > order_of(world, instrument, opened).cum_qty) {
            return Rule::RemainingNotNegative;
        }
    }
    if (has_met_a_ghost(state, world)) return Rule::NoGhost;
    // It hears no stream: once it has settled nothing that is still to come changes what it does.
    if (!world.is_alive() || !state.is_settled() || is_on_its_way(world)) return Rule::None;
    for (const auto& symbol : symbols) {
        if (world.held(symbol[0]) + world.held(symbol[1]) != Lots{}) return Rule::EndsFlat;
    }
    return Rule::None;
}

Situation situation(const State& state) {
    bool is_choosing = false;
    for (const Trade& trade : state.trades) {
        is_choosing = is_choosing || trade.phase == Phase::Choosing ||
                      trade.phase == Phase::Chosen || trade.phase == Phase::Checking;
        if (trade.is_at_work() && !is_choosing) return Situation::Hedging;
    }
    return Situation::Idle;
}

std::string words(const Trade& trade) {
    constexpr std::array<const char*, 12> names{"none yet",
                                                "asks for balances",
                                                "chosen",
                                                "asks for balances again",
                                                "opening",
                                                "sleeps",
                                                "waits to roll back",
                                                "reads what to roll back",
                                                "rolls back",
                                                "open",
                                                "closing",
                                                "over"};
    constexpr std::array<const char*, 4> legs_are{"absent", "sent", "on", "refused"};
    return std::string{names[static_cast<std::size_t>(trade.phase)]} + ", X10 " +
           legs_are[static_cast<std::size_t>(trade.leg[0].is)] + ", Lighter " +
           legs_are[static_cast<std::size_t>(trade.leg[1].is)];
}

} // namespace keel::twins::p3
