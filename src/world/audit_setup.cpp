#include "world/audit_setup.hpp"

#include <algorithm>
#include <string>

namespace keel::world {
namespace {

// A message that nothing held up is heard within this; one that was lost, when fills are next read.
constexpr Duration heard_at_once{seconds(1)};
constexpr Duration heard_late{seconds(5)};

Money collateral_of(const std::vector<sim::VenueConfig>& venues, AccountIx account) {
    for (const sim::VenueConfig& venue : venues) {
        for (const sim::SimAccount& own : venue.accounts) {
            if (own.account == account) return own.collateral;
        }
    }
    return Money{};
}

// In hedge mode each of its two positions has its stop.
void add_protections(const strategy::BracketConfig& bracket, audit::AuditorConfig& out) {
    const auto add = [&](PositionSide side) {
        out.protections.push_back({.name = bracket.name + std::string{position_suffix(side)},
                                   .instrument = bracket.instrument,
                                   .position_side = side,
                                   .within = bracket.protected_within});
    };
    if (bracket.hedge_mode) {
        add(PositionSide::Long);
        add(PositionSide::Short);
    } else {
        add(PositionSide::Net);
    }
}

} // namespace

audit::AuditorConfig auditor_config(const strategy::DeskConfig& desk,
                                    const std::vector<sim::VenueConfig>& venues,
                                    const sim::FaultProfile& faults) {
    audit::AuditorConfig out;
    const core::EngineConfig& engine = desk.engine;
    for (const sim::VenueConfig& venue : venues) {
        out.venues.push_back({.name = venue.traits.name,
                              .fence = venue.traits.fence,
                              .clock_error = venue.traits.clock_error,
                              .longest_delay = venue.traits.longest_delay,
                              .amend_qty = venue.traits.amend_qty,
                              .has_heartbeats = venue.traits.heartbeat_timeout > Duration{}});
        // It is mined, and then it is confirmed or fails.
        out.orders_kept = max(out.orders_kept, venue.settlement.max * 2);
    }
    for (std::size_t i = 0; i < engine.accounts.size(); ++i) {
        const core::AccountConfig& account = engine.accounts[i];
        out.accounts.push_back(
            {.name = account.name,
             .venue = account.venue,
             .collateral = collateral_of(venues, AccountIx{static_cast<std::uint32_t>(i)}),
             .max_open_orders = account.limits.max_open_orders,
             .max_orders_per_second = account.limits.max_orders_per_second,
             .max_notional_per_minute = account.limits.max_notional_per_minute});
    }
    for (const core::InstrumentConfig& one : engine.instruments) {
        const Instrument& spec = one.instrument;
        const VenueIx venue = engine.accounts[one.account.value()].venue;
        const Lots qty_max =
            one.limits.max_order_qty > Lots{0} ? one.limits.max_order_qty : spec.max_qty;
        out.instruments.push_back(
            {.name = spec.symbol + " at " + engine.venues[venue.value()].name,
             .venue = venue,
             .account = one.account,
             .tick_size = spec.tick_size,
             .lot_size = spec.lot_size,
             .min_qty = spec.min_qty,
             .min_notional = spec.min_notional,
             .min_notional_spares_full_close = spec.min_notional_spares_full_close,
             .maker_fee_ppm = spec.maker_fee_ppm,
             .taker_fee_ppm = spec.taker_fee_ppm,
             .max_order_qty = qty_max,
             .max_order_notional = one.limits.max_order_notional,
             .max_position_notional = one.limits.max_position_notional,
             .price_collar = one.limits.price_collar,
             .long_only = spec.long_only});
    }
    for (const core::GroupConfig& group : engine.groups) {
        out.groups.push_back({.name = group.name,
                              .unit_scale = group.unit_scale,
                              .members = group.members,
                              .hedge_via = group.hedge_via,
                              .exposure_limit = group.exposure_limit,
                              .residue_max = group.residue_max,
                              .hedged_within = group.hedged_within,
                              .hedges_silent = group.assign_adjustments});
    }
    for (const strategy::BracketConfig& one : desk.bracket) {
        add_protections(one, out);
        out.instruments[one.instrument.value()].quotes_only_make = false; // its entries take
    }
    for (const strategy::PairConfig& one : desk.pair) {
        out.pairs.push_back(
            {.name = one.name, .group = one.group, .first = one.first, .second = one.second});
        out.instruments[one.first.value()].quotes_only_make = false; // its entries take
        if (one.legs == strategy::PairLegs::Sequential) continue;
        out.instruments[one.second.value()].quotes_only_make = false;
        out.groups[one.group.value()].enters_together = true;
    }
    for (const strategy::QuoterConfig& one : desk.quoter) {
        const bool has_second = !one.second.is_none();
        for (const InstrumentIx outcome : {one.first, one.second}) {
            if (outcome.is_none()) continue;
            audit::InstrumentFacts& facts = out.instruments[outcome.value()];
            facts.live_quotes_per_side = one.levels;
            facts.reductions_quote = true;
            facts.takes_only_ioc = one.complete_above > Lots{0};
            facts.leaves_residue = true;
            if (has_second) facts.complement = outcome == one.first ? one.second : one.first;
        }
    }
    out.must_end_flat = std::ranges::none_of(desk.xemm,
                                             [](const strategy::XemmConfig& one) {
                                                 return one.on_exit == strategy::OnExit::Hold;
                                             }) &&
                        std::ranges::none_of(desk.guardian,
                                             [](const strategy::GuardianConfig& one) {
                                                 return one.on_exit == strategy::AtEnd::Hold;
                                             }) &&
                        std::ranges::none_of(desk.quoter, [](const strategy::QuoterConfig& one) {
                            return one.on_exit == strategy::OnExit::Hold;
                        });
    const bool may_be_lost = faults.of(sim::FaultKind::Drop) > 0 ||
                             faults.of(sim::FaultKind::Gap) > 0 || faults.crashes_per_hour > 0;
    Duration seen_late{}; // a read of positions, and of the fills that do not explain it
    for (const VenueTraits& venue : engine.venues) {
        const Duration one = venue.visibility + venue.clock_error + venue.answer_timeout;
        seen_late = max(seen_late, one * 2);
    }
    out.silence_bound = engine.audits.positions_every + seen_late + heard_late;
    out.hearing_bound = may_be_lost ? engine.audits.fills_every + heard_late : heard_at_once;
    return out;
}

} // namespace keel::world
