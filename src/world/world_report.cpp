#include "world/world.hpp"

// How a run ends, and what it says about itself.

namespace keel::world {

void World::end(Ending ending) {
    is_over_ = true;
    ending_ = ending;
    if (outputs_.record != nullptr) {
        outputs_.record->on_end(seq_, desk_hash());
        if (const auto status = outputs_.record->status(); !status) error_ = status.error().text();
    }
    if (outputs_.hashes != nullptr) {
        const auto written = outputs_.hashes->finish(events_, state_hash());
        if (!written) error_ = written.error().text();
    }
    if (!error_.empty()) ending_ = Ending::Failed;
    if (!config_->is_audited) return;
    if (ending_ != Ending::Settled) { // it has not claimed to be flat
        auditor_->at_stop(now_);
        return;
    }
    audit::DeskBelief belief;
    for (std::uint32_t i = 0; i < config_->desk.engine.instruments.size(); ++i) {
        auto& own = belief.positions.emplace_back();
        for (const PositionSide side : position_sides) {
            own[static_cast<std::size_t>(side)] = belief_of(InstrumentIx{i}, side).certain;
        }
    }
    for (std::uint32_t i = 0; i < venue_of_account_.size(); ++i) {
        belief.open_orders.push_back(desk_->engine().account(AccountIx{i}).open_orders);
    }
    auditor_->at_end(belief, now_);
}

RunResult World::result() const {
    RunResult out;
    out.seed = config_->seed;
    out.events = events_;
    out.events_lost = events_ - seq_; // the numbers of lost ones were used again
    out.market_moves = market_moves_;
    out.simulated = now_ - config_->start;
    if (is_winding_down_) out.settling = config_->settle_max - (deadline_ - now_);
    out.state_hash = state_hash();
    out.desk_hash = desk_hash();
    out.ending = ending_;
    out.error = error_;
    out.is_interrupted = is_interrupted_;
    out.is_halted = desk_ && desk_->engine().is_halted();
    out.is_killed = desk_ && desk_->engine().desk().kill_certified != 0;
    out.alarms = alarms_;
    for (std::uint32_t i = 0; i < venue_of_account_.size(); ++i) {
        out.missing.push_back(desk_ ? desk_->engine().missing(AccountIx{i}) : 0);
    }

    bool is_empty = true;
    std::uint32_t open_orders = 0;
    for (std::uint32_t i = 0; i < config_->desk.engine.instruments.size(); ++i) {
        const InstrumentIx ix{i};
        InstrumentResult& one = out.instruments.emplace_back();
        one.long_position = books_->position(ix, PositionSide::Long);
        one.short_position = books_->position(ix, PositionSide::Short);
        one.position =
            books_->position(ix, PositionSide::Net) + one.long_position + one.short_position;
        is_empty = is_empty && one.position == Lots{0} && one.long_position == Lots{0};
        const audit::EquityRules& equity = auditor_->equity();
        const audit::EquityRules::Turnover turnover = equity.turnover(ix);
        one.pnl = equity.pnl(ix);
        one.fees = turnover.fees;
        one.funding = turnover.funding;
        one.maker_volume = turnover.maker_volume;
    }
    for (const sim::Venue& venue : venues_) {
        venue.for_each_order([&](const sim::TrueOrder& order) {
            if (order.is_open) ++out.instruments[order.instrument.value()].open_orders;
        });
        open_orders += venue.open_order_count();
        for (std::size_t kind = 0; kind < sim::run_fault_kind_count; ++kind) {
            out.faults[kind] += venue.fault_count(static_cast<sim::FaultKind>(kind));
        }
    }
    out.faults[static_cast<std::size_t>(sim::FaultKind::Crash)] += crash_count_;
    const audit::Auditor& auditor = *auditor_;
    const audit::Tally tally = auditor.tally();
    for (std::uint32_t i = 0; i < venue_of_account_.size(); ++i) {
        const Money before = auditor.config().accounts[i].collateral;
        const Money after = books_->equity(AccountIx{i});
        const audit::EquityRules::Turnover turnover = auditor.equity().turnover(AccountIx{i});
        out.accounts.push_back({.equity_before = before,
                                .equity_after = after,
                                .pnl = after - before,
                                .fees = turnover.fees,
                                .funding = turnover.funding,
                                .maker_volume = turnover.maker_volume,
                                .taker_volume = turnover.taker_volume});
        out.pnl += after - before;
    }

    bool is_balanced = true;
    for (std::uint32_t g = 0; g < config_->desk.engine.groups.size(); ++g) {
        const core::GroupConfig& group = config_->desk.engine.groups[g];
        const GroupIx ix{g};
        const audit::ExposureRules& exposure = auditor.exposure();
        const audit::ExposureRules::Ages ages = exposure.unhedged(ix);
        out.groups.push_back({.net = exposure.net(ix),
                              .residue = exposure.residue(ix),
                              .open_obligation = exposure.open_obligation(ix),
                              .exposure_worst = exposure.worst(ix),
                              .exposure_limit = group.exposure_limit,
                              .unit_scale = group.unit_scale,
                              .maker_fills = tally.by_group[g].maker,
                              .hedge_fills = tally.by_group[g].hedge,
                              .other_fills = tally.by_group[g].other,
                              .unhedged_p50 = ages.median,
                              .unhedged_max = ages.most,
                              .unhedged_bound = group.hedged_within});
        is_balanced = is_balanced && exposure.open_obligation(ix) == Lots{0};
        out.unhedged_bound = max(out.unhedged_bound, group.hedged_within);
    }
    for (std::size_t n = 0; n < auditor.config().protections.size(); ++n) {
        const audit::ProtectionFacts& facts = auditor.config().protections[n];
        const audit::ProtectionRules::Tally& seen = auditor.protection().tally(n);
        out.brackets.push_back({.name = facts.name,
                                .positions = seen.positions,
                                .closed = seen.closed,
                                .bare_most = seen.bare_most,
                                .bare_bound = facts.within});
        out.ghosts += seen.ghosts;
        out.needless_protective_orders += seen.needless;
    }
    for (std::size_t n = 0; n < auditor.config().pairs.size(); ++n) {
        const audit::PairFacts& facts = auditor.config().pairs[n];
        const audit::PairTallies::Tally& seen = auditor.pairs().tally(n);
        out.pairs.push_back(
            {.name = facts.name,
             .round_trips = seen.round_trips,
             .rollbacks = seen.rollbacks,
             .rollbacks_of_second = seen.second_only,
             .rollbacks_by_venue = seen.by_venue,
             .rollbacks_by_price = seen.by_price,
             .rollbacks_needless = seen.needless,
             .trips_closed = seen.trips_closed,
             .rolled_back = seen.rolled_back,
             .trips_won = Money{static_cast<std::int64_t>(seen.trips_won)},
             .rollbacks_cost = Money{static_cast<std::int64_t>(seen.rollbacks_cost)},
             .funding = Money{-static_cast<std::int64_t>(auditor.equity().funding(facts.first) +
                                                         auditor.equity().funding(facts.second))},
             .one_legged = abs(auditor.exposure().net(facts.group))});
    }
    out.is_flat = is_empty && open_orders == 0;
    out.is_balanced = is_balanced && open_orders == 0;

    out.maker_fills = tally.fills.maker;
    out.hedge_fills = tally.fills.hedge;
    out.other_fills = tally.fills.other;
    out.outside_fills = tally.outside;
    out.orders_sent = tally.orders_sent;
    out.cancels_sent = tally.cancels_sent;
    const audit::ExposureRules::Ages ages = auditor.exposure().unhedged();
    out.unhedged_p50 = ages.median;
    out.unhedged_max = ages.most;
    out.situations.fill_while_cancel_pending = tally.fills_while_cancel_pending;
    out.situations.hedge_partly_filled = tally.hedges_partly_filled;
    out.situations.restart = crash_count_;
    if (desk_) {
        const core::Stats& stats = desk_->engine().stats();
        out.situations.cancel_answer_lost = stats.cancel_answer_lost;
        out.situations.unknown_to_life = stats.unknown_to_life;
        out.situations.unknown_to_death = stats.unknown_to_death;
        for (const strategy::Quoter& quoter : desk_->quoters()) {
            const core::Engine& engine = desk_->engine();
            QuoterResult row{.name = quoter.config().name,
                             .counted = quoter.state(engine),
                             .clamps_bound = quoter.config().clamps_max,
                             .outcomes = {}};
            for (const InstrumentIx i : {quoter.config().first, quoter.config().second}) {
                if (i.is_none()) continue;
                const core::Position& p = engine.position(i);
                const audit::EquityRules::Traded traded = auditor.equity().traded(i);
                const bool has_left = ending_ == Ending::Settled && quoter.unwinds(engine);
                row.outcomes.push_back({
                    .instrument = i,
                    .held = sum_certain(p),
                    .residue = has_left ? quoter.residue(engine, i) : Lots{0},
                    .matched = traded.matched,
                    .waiting = p.unsettled * 2 - p.matched, // purchases, and sales
                    .failed = traded.failed,
                });
            }
            out.quoters.push_back(row);
        }
    }
    out.unintended_taker_fills = auditor.log().count(audit::Rule::MakerOnlyNeverTakes);
    out.duplicate_closes = auditor.log().count(audit::Rule::NoDuplicateClose);
    out.size_errors = auditor.log().count(audit::Rule::NoSizeError);
    out.violations = auditor.log().count();
    out.violation_list = auditor.log().kept();
    return out;
}

} // namespace keel::world
