#include "tests/explore/small_scenario.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace keel::explore {
namespace {

Instrument make_spec(const std::string& symbol, VenueIx venue) {
    Instrument draft;
    draft.symbol = symbol;
    draft.tick_size = Decimal{1, 0};
    draft.lot_size = Decimal{1, 2};
    draft.venue = venue;
    return make_instrument(draft).value();
}

core::EngineConfig make_engine(const Small& small) {
    core::EngineConfig engine;
    engine.desk = 7;
    engine.sabotage = small.sabotage;
    engine.venues.resize(2);
    engine.venues[0].name = "maker";
    engine.venues[1].name = "hedge";
    for (VenueTraits& venue : engine.venues) venue.requests_per_second = 1'000;
    if (small.batches) engine.venues[0].batch_max = 2;
    engine.venues[0].heartbeat_timeout = small.heartbeat;
    engine.accounts = {{"maker", VenueIx{0}, {}}, {"hedge", VenueIx{1}, {}}};
    for (core::AccountConfig& account : engine.accounts) {
        account.limits.max_orders_per_second = 1'000;
    }
    engine.instruments = {{make_spec("BTC-M", VenueIx{0}), AccountIx{0}, {}},
                          {make_spec("BTC-H", VenueIx{1}), AccountIx{1}, {}}};
    engine.instruments[0].instrument.settles_late = small.settles;
    for (core::InstrumentConfig& one : engine.instruments) one.limits.stale_mark = seconds(3'600);
    core::GroupConfig group;
    group.name = "BTC";
    group.unit_scale = 2;
    group.members = {InstrumentIx{0}, InstrumentIx{1}};
    group.hedge_via = InstrumentIx{1};
    group.exposure_limit = Units{small.qty};
    group.hedged_within = seconds(600);
    group.hedge_retry = seconds(1);
    engine.groups.push_back(group);
    engine.audits.open_orders_every = seconds(20);
    engine.audits.fills_every = seconds(20);
    engine.audits.positions_every = seconds(20);
    engine.audits.balances_every = seconds(20);
    engine.audits.queries_per_second = 1'000;
    engine.audits.verify_age_max = seconds(36'000);
    engine.capacities = {.orders = 32, .legs = 8, .fills = 1'024};
    return engine;
}

sim::VenueConfig make_venue(const strategy::DeskConfig& desk, std::uint32_t v) {
    sim::VenueConfig venue;
    venue.venue = VenueIx{v};
    venue.traits = desk.engine.venues[v];
    venue.instruments.push_back(
        {InstrumentIx{v}, AccountIx{v}, desk.engine.instruments[v].instrument});
    venue.accounts.push_back({AccountIx{v}, Money{1'000'000 * money_one}});
    const sim::DelayRange at_once{Duration{}, Duration{}};
    venue.socket_request = venue.rest_request = at_once;
    venue.order_stream = venue.fill_stream = venue.position_stream = at_once;
    venue.market_stream = venue.read_lag = venue.settlement = at_once;
    venue.market_interval = venue.status_every = Duration{};
    venue.pushes_positions = false;
    venue.orders_max = 32;
    venue.messages_max = 128;
    venue.history_max = 128;
    return venue;
}

Move quote(std::uint32_t v, Ticks bid_px, Lots bid_qty, Ticks ask_px, Lots ask_qty) {
    Move move;
    move.venue = VenueIx{v};
    move.market.instrument = InstrumentIx{v};
    move.market.bid_px = bid_px;
    move.market.ask_px = ask_px;
    move.market.bid_qty = bid_qty;
    move.market.ask_qty = ask_qty;
    return move;
}

Move print(std::uint32_t v, Ticks px, Lots qty) {
    Move move;
    move.venue = VenueIx{v};
    move.market.instrument = InstrumentIx{v};
    move.market.is_trade = true;
    move.market.aggressor = Side::Sell;
    move.market.px = px;
    move.market.qty = qty;
    return move;
}

} // namespace

std::shared_ptr<Scenario> small_scenario(const Small& small) {
    auto scenario = std::make_shared<Scenario>();
    scenario->name = "xemm-cycle";
    scenario->faults = small.faults;
    scenario->lease = small.lease;
    strategy::DeskConfig desk;
    desk.engine = make_engine(small);
    strategy::XemmConfig xemm;
    xemm.name = "x";
    xemm.group = GroupIx{0};
    xemm.maker = InstrumentIx{0};
    xemm.hedge = InstrumentIx{1};
    xemm.sides = small.batches ? strategy::Sides::Both : strategy::Sides::BuyOnly;
    xemm.order_qty = Lots{small.qty};
    xemm.rounds_max = 1;
    xemm.on_exit = small.unwinds ? strategy::OnExit::Unwind : strategy::OnExit::Hold;
    xemm.refresh_age = seconds(1'800);
    desk.xemm.push_back(xemm);
    scenario->desk = strategy::make_desk_config(desk).value();
    for (std::uint32_t v = 0; v < 2; ++v) {
        scenario->venues.push_back(make_venue(scenario->desk, v));
    }
    scenario->opening = {quote(0, Ticks{9'990}, Lots{100}, Ticks{10'010}, Lots{100}),
                         quote(1, Ticks{10'000}, Lots{1}, Ticks{10'001}, Lots{1})};
    Lane prints{"prints", {}};
    for (int n = 0; n < small.prints; ++n) {
        prints.deeds.emplace_back(print(0, Ticks{9'000}, Lots{1}));
    }
    const Lane quotes{"hedge quotes",
                      {quote(1, Ticks{9'990}, Lots{1}, Ticks{9'991}, Lots{1}),
                       quote(1, Ticks{9'991}, Lots{9}, Ticks{9'992}, Lots{9})}};
    scenario->lanes = {prints, quotes};
    scenario->last = {OperatorAct{.act = Act::WindDown, .instrument = {}}};
    return scenario;
}

std::shared_ptr<const Scenario> tight(const Small& small) {
    auto scenario = small_scenario(small);
    scenario->overtakings_max = 0;
    scenario->lost_tail_max = 1;
    scenario->horizon = seconds(600);
    return scenario;
}

std::vector<Choice> walk(World& world, Rng& rng, std::uint32_t faults_max, std::size_t steps_max) {
    std::vector<Choice> made;
    std::vector<Choice> enabled;
    std::uint32_t left = faults_max;
    while (made.size() < steps_max && !world.is_terminal() && world.broken_rule() == Rule::None) {
        // Most of what is enabled are faults: a walk that took them all at once would know little.
        const bool may_fault = left > 0 && rng.below(8) == 0;
        world.enabled(may_fault ? left : 0, enabled);
        if (enabled.empty()) break;
        const Choice choice = enabled[rng.below(enabled.size())];
        if (choice.is_fault()) --left;
        world.apply(choice);
        made.push_back(choice);
    }
    return made;
}

} // namespace keel::explore
