#include "app/run_report.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <span>

#include <fmt/format.h>

#include "app/notice_text.hpp"

namespace keel::app {
namespace {

// Never shown shorter than it was.
std::int64_t in_milliseconds_up(Duration span) {
    constexpr std::int64_t ms = 1'000'000;
    return (span.value() + ms - 1) / ms;
}

UnhedgedMs unhedged(Duration p50, Duration max, Duration bound) {
    return {in_milliseconds(p50), in_milliseconds_up(max), in_milliseconds(bound)};
}

template <class Kind, std::size_t N, class Name>
std::vector<CountRow> count_rows(const std::array<std::uint64_t, N>& counts, Name name) {
    std::vector<CountRow> out;
    out.reserve(N);
    for (std::size_t i = 0; i < N; ++i) {
        out.push_back({std::string{name(static_cast<Kind>(i))}, counts[i]});
    }
    return out;
}

std::string never_quoted(const QuotingRow& row) {
    if (row.held.empty()) return fmt::format("{} never quoted", row.name);
    return fmt::format("{} never quoted: {} held it {} of {} times we looked", row.name,
                       row.held.front().name, row.held.front().count, row.looks);
}

void add_instruments(Report& report, const RunConfig& config, const world::RunResult& result) {
    const core::EngineConfig& engine = config.desk.engine;
    for (std::size_t i = 0; i < engine.instruments.size(); ++i) {
        const Instrument& spec = engine.instruments[i].instrument;
        PositionRow row;
        row.venue = engine.venues[spec.venue.value()].name;
        row.base = config.bases[i];
        // Without a group, in lots: the instrument's own unit.
        row.unit_scale = spec.lot_size.scale;
        std::int64_t units_per_lot = spec.lot_size.mantissa;
        for (const core::GroupConfig& group : engine.groups) {
            for (const InstrumentIx member : group.members) {
                if (member.value() != i) continue;
                row.unit_scale = group.unit_scale;
                units_per_lot = spec.units_per_lot;
            }
        }
        const auto add = [&](PositionSide side, Lots held) {
            row.symbol = spec.symbol + std::string{position_suffix(side)};
            row.units = held.value() * units_per_lot;
            report.positions.push_back(row);
        };
        const world::InstrumentResult& held = result.instruments[i];
        if (config.venues[spec.venue.value()].hedge_mode) {
            add(PositionSide::Long, held.long_position);
            add(PositionSide::Short, held.short_position);
        } else {
            add(PositionSide::Net, held.position);
        }
    }
}

void add_groups(Report& report, const RunConfig& config, const world::RunResult& result) {
    for (std::size_t g = 0; g < result.groups.size(); ++g) {
        const world::GroupResult& from = result.groups[g];
        const core::GroupConfig& group = config.desk.engine.groups[g];
        GroupRow row;
        row.name = group.name;
        row.base = config.bases[group.hedge_via.value()];
        row.unit_scale = from.unit_scale;
        row.net_base_units = from.net.value();
        row.residue = from.residue.value();
        row.open_obligation_lots = from.open_obligation.value();
        row.exposure_worst = from.exposure_worst.value();
        row.exposure_limit = from.exposure_limit.value();
        row.maker_fills = from.maker_fills;
        row.hedge_fills = from.hedge_fills;
        row.other_fills = from.other_fills;
        row.unhedged = unhedged(from.unhedged_p50, from.unhedged_max, from.unhedged_bound);
        report.groups.push_back(row);
    }
}

void add_brackets(Report& report, const world::RunResult& result) {
    constexpr std::array<std::string_view, audit::closed_by_count> paths{
        "target", "stop", "emergency_stop", "desk", "manual", "liquidation", "adl"};
    for (const world::BracketResult& from : result.brackets) {
        BracketRow row{.name = from.name,
                       .positions = from.positions,
                       .closed = {},
                       .closed_as_told = {},
                       .bare_ms_max = in_milliseconds_up(from.bare_most),
                       .bare_ms_bound = in_milliseconds(from.bare_bound)};
        for (std::size_t n = 0; n < paths.size(); ++n) {
            row.closed.push_back({std::string{paths[n]}, from.closed[n]});
        }
        if (row.positions == 0) {
            report.warnings.push_back(fmt::format("{} opened no position", row.name));
        }
        report.brackets.push_back(std::move(row));
    }
    report.ghosts = result.ghosts;
    report.needless_protective_orders = result.needless_protective_orders;
    report.unintended_taker_fills = result.unintended_taker_fills;
    report.duplicate_closes = result.duplicate_closes;
    report.size_errors = result.size_errors;
}

// As the desk was told, in the order of what the books say.
std::vector<CountRow> told_causes(const Closings::Position& one) {
    constexpr std::array<std::pair<CloseCause, std::string_view>, 8> names{{
        {CloseCause::Limit, "target"},
        {CloseCause::Stop, "stop"},
        {CloseCause::Emergency, "emergency_stop"},
        {CloseCause::Desk, "desk"},
        {CloseCause::Manual, "manual"},
        {CloseCause::Liquidation, "liquidation"},
        {CloseCause::Deleveraging, "adl"},
        {CloseCause::Position, "position"},
    }};
    std::vector<CountRow> out;
    out.reserve(names.size());
    for (const auto& [cause, name] : names) {
        out.push_back({std::string{name}, one.closed[static_cast<std::size_t>(cause)]});
    }
    return out;
}

GuardianRow row_of(const Guarding::Guardian& from, const core::EngineConfig& engine) {
    GuardianRow row;
    row.name = from.name;
    row.lives = from.lives;
    row.flagged = from.flagged;
    row.closed = count_rows<CloseCause>(from.closed, name_of);
    row.requests = from.requests;
    row.double_requests = from.double_requests;
    row.already_closed = from.already_closed;
    row.lapsed = from.lapsed;
    for (const Guarding::Place& one : from.places) {
        const Instrument& spec = engine.instruments[one.instrument.value()].instrument;
        row.places.push_back({.name = fmt::format("{}/{}{}", engine.venues[spec.venue.value()].name,
                                                  spec.symbol, position_suffix(one.side)),
                              .life = one.life,
                              .stage = std::string{stage_after(one.last)}});
    }
    return row;
}

// By the names of the keys that bring a cause about; what only other strategies know is "other".
std::vector<CountRow> causes_of(const audit::PairTallies::Causes& counts) {
    constexpr std::array<std::pair<CloseCause, std::string_view>, 7> names{{
        {CloseCause::Limit, "profit"},
        {CloseCause::Carry, "carry"},
        {CloseCause::Age, "max_hold"},
        {CloseCause::Late, "late"},
        {CloseCause::Alone, "alone"},
        {CloseCause::Exit, "exit"},
        {CloseCause::Kill, "kill"},
    }};
    std::uint64_t other = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    std::vector<CountRow> out;
    for (const auto& [cause, name] : names) {
        out.push_back({std::string{name}, counts[static_cast<std::size_t>(cause)]});
        other -= out.back().count;
    }
    out.push_back({"other", other});
    return out;
}

void add_strategies(Report& report, const RunConfig& config, const world::RunResult& result) {
    const auto add = [&](std::string_view kind, const std::string& name,
                         std::span<const InstrumentIx> trades) {
        StrategyRow row{.kind = std::string{kind},
                        .name = name,
                        .pnl = {},
                        .fees = {},
                        .funding = {},
                        .maker_volume = {},
                        .quotes = kind == "xemm" || kind == "quoter"};
        for (const InstrumentIx i : trades) {
            const world::InstrumentResult& from = result.instruments[i.value()];
            row.pnl += from.pnl;
            row.fees += from.fees;
            row.funding -= from.funding;
            row.maker_volume += from.maker_volume;
        }
        report.strategies.push_back(std::move(row));
    };
    for (const strategy::XemmConfig& one : config.desk.xemm) {
        add("xemm", one.name, std::array{one.maker, one.hedge});
    }
    for (const strategy::BracketConfig& one : config.desk.bracket) {
        add("bracket", one.name, std::array{one.instrument});
    }
    for (const strategy::PairConfig& one : config.desk.pair) {
        add("pair", one.name, std::array{one.first, one.second});
    }
    for (const strategy::GuardianConfig& one : config.desk.guardian) {
        add("guardian", one.name, one.watch);
    }
    for (const strategy::QuoterConfig& one : config.desk.quoter) {
        std::vector<InstrumentIx> outcomes{one.first};
        if (!one.second.is_none()) outcomes.push_back(one.second);
        add("quoter", one.name, outcomes);
    }
}

void add_pairs(Report& report, const RunConfig& config, const world::RunResult& result) {
    for (std::size_t n = 0; n < result.pairs.size(); ++n) {
        const world::PairResult& from = result.pairs[n];
        const strategy::PairConfig& legs = config.desk.pair[n];
        if (from.round_trips == 0) {
            report.warnings.push_back(fmt::format("{} made no round trip", from.name));
        }
        report.pairs.push_back({.name = from.name,
                                .round_trips = from.round_trips,
                                .rollbacks = from.rollbacks,
                                .rollbacks_of_second = from.rollbacks_of_second,
                                .rollbacks_by_venue = from.rollbacks_by_venue,
                                .rollbacks_by_price = from.rollbacks_by_price,
                                .rollbacks_needless = from.rollbacks_needless,
                                .exits = causes_of(from.trips_closed),
                                .rolled_back = causes_of(from.rolled_back),
                                .trips_won = from.trips_won,
                                .rollbacks_cost = from.rollbacks_cost,
                                .funding = from.funding,
                                .pnl = result.instruments[legs.first.value()].pnl +
                                       result.instruments[legs.second.value()].pnl,
                                .one_legged_units = from.one_legged.value()});
    }
}

void add_quoters(Report& report, const core::EngineConfig& engine, const world::RunResult& result) {
    for (const world::QuoterResult& from : result.quoters) {
        QuoterRow row{.name = from.name,
                      .moved = from.counted.moved,
                      .clamped = from.counted.clamped,
                      .clamped_most = from.counted.clamps_most,
                      .clamped_bound = from.clamps_bound,
                      .merges = from.counted.merges,
                      .redemptions = from.counted.redemptions,
                      .completions = from.counted.completions,
                      .reward_samples = from.counted.samples,
                      .reward_score = from.counted.score,
                      .outcomes = {}};
        for (const world::QuoterResult::Outcome& one : from.outcomes) {
            const Instrument& spec = engine.instruments[one.instrument.value()].instrument;
            row.outcomes.push_back(
                {.name = fmt::format("{}/{}", engine.venues[spec.venue.value()].name, spec.symbol),
                 .matched = one.matched.value(),
                 .settled = one.settled().value(),
                 .waiting = one.waiting.value(),
                 .failed = one.failed.value(),
                 .held = one.held.value(),
                 .residue = one.residue.value()});
        }
        report.quoters.push_back(std::move(row));
    }
}

} // namespace

Report report_of(const RunConfig& config, const world::RunResult& result, Timestamp start) {
    Report out;
    out.faults_profile = config.faults.name;
    out.is_outside_model = config.faults.breaks_bounds;
    out.seed = result.seed;
    out.events = result.events;
    out.events_lost = result.events_lost;
    out.simulated = result.simulated;
    out.settling = result.settling;
    out.is_settled = result.ending == world::Ending::Settled;
    out.is_halted = result.is_halted;
    out.is_killed = result.is_killed;
    out.is_interrupted = result.is_interrupted;
    out.error = result.error;
    out.maker_fills = result.maker_fills;
    out.hedge_fills = result.hedge_fills;
    out.other_fills = result.other_fills;
    out.outside_fills = result.outside_fills;
    out.unhedged = unhedged(result.unhedged_p50, result.unhedged_max, result.unhedged_bound);
    for (std::size_t a = 0; a < result.accounts.size(); ++a) {
        const world::AccountResult& account = result.accounts[a];
        out.venues.push_back({.name = config.desk.engine.accounts[a].name,
                              .equity_before = account.equity_before,
                              .equity_after = account.equity_after,
                              .fees = account.fees,
                              .funding = account.funding,
                              .maker_volume = account.maker_volume,
                              .taker_volume = account.taker_volume});
    }
    add_instruments(out, config, result);
    add_groups(out, config, result);
    add_brackets(out, result);
    add_pairs(out, config, result);
    add_quoters(out, config.desk.engine, result);
    add_strategies(out, config, result);
    out.faults = count_rows<sim::FaultKind>(
        result.faults, [](sim::FaultKind kind) { return sim::to_string(kind); });
    out.alarms =
        count_rows<AlarmKind>(result.alarms, [](AlarmKind kind) { return world::to_string(kind); });
    for (std::size_t a = 0; a < result.missing.size(); ++a) {
        for (const core::MissingInfo& one : core::missing_infos) {
            if ((result.missing[a] >> static_cast<unsigned>(one.missing) & 1U) == 0) continue;
            out.waits_for.push_back(fmt::format("{}: {}: {}", config.desk.engine.accounts[a].name,
                                                one.name, one.release));
        }
    }
    const world::Situations& met = result.situations;
    out.situations = {{"fill_while_cancel_pending", met.fill_while_cancel_pending},
                      {"cancel_answer_lost", met.cancel_answer_lost},
                      {"hedge_partly_filled", met.hedge_partly_filled},
                      {"unknown_to_life", met.unknown_to_life},
                      {"unknown_to_death", met.unknown_to_death},
                      {"restart", met.restart}};
    out.violations = result.violations;
    for (const audit::Violation& violation : result.violation_list) {
        const std::int64_t ms = in_milliseconds(violation.at - start);
        out.violation_list.push_back(fmt::format("{}.{:03} s {}: {}", ms / 1'000, ms % 1'000,
                                                 audit::to_string(violation.rule), violation.text));
    }
    out.state_hash = result.state_hash;
    out.desk_hash = result.desk_hash;
    return out;
}

void add_watched(Report& report, const RunConfig& config, const Watch& watch) {
    report.alarm_list = watch.alarms();
    for (const AlarmRow& stop : watch.stops()) {
        const std::int64_t ms = in_milliseconds(stop.at);
        report.warnings.push_back(
            fmt::format("from {}.{:03} s on no new risk: {}", ms / 1'000, ms % 1'000, stop.what));
    }
    for (const Watch::CapacityStop& stop : watch.capacity_stops()) {
        if (stop.times == 0) continue;
        const std::int64_t ms = in_milliseconds(stop.first.at);
        report.warnings.push_back(
            fmt::format("new risk was stopped by a capacity, {} at {}.{:03} s: {}; raise {} in "
                        "[desk.capacities]",
                        stop.times == 1 ? "once," : fmt::format("{} times, first", stop.times),
                        ms / 1'000, ms % 1'000, stop.first.what, stop.knob));
    }
    for (const Quoting::Pair& pair : watch.quoting().pairs()) {
        QuotingRow row{pair.name, pair.quotes, pair.looks, pair.resting, {}};
        for (std::size_t guard = 0; guard < pair.held.size(); ++guard) {
            if (pair.held[guard] == 0) continue;
            const auto name = guard == 0 ? "waiting" : core::guard_infos[guard].name;
            row.held.push_back({std::string{name}, pair.held[guard]});
        }
        std::ranges::stable_sort(row.held, std::greater{}, &CountRow::count);
        if (row.quotes == 0) report.warnings.push_back(never_quoted(row));
        report.quoting.push_back(std::move(row));
    }
    for (const Guarding::Guardian& one : watch.guarding().guardians()) {
        report.guarding.push_back(row_of(one, config.desk.engine));
    }
    for (const Closings::Position& one : watch.closings().positions()) {
        const auto row = std::ranges::find(report.brackets, one.name, &BracketRow::name);
        if (row != report.brackets.end()) row->closed_as_told = told_causes(one);
    }
    for (const Posting::Quoter& one : watch.posting().quoters()) {
        const auto row = std::ranges::find(report.quoters, one.name, &QuoterRow::name);
        if (row == report.quoters.end()) continue; // its desk was down
        row->posts = one.posts;
        row->batches = one.batches;
        if (one.posts == 0) report.warnings.push_back(fmt::format("{} never quoted", one.name));
    }
    if (report.maker_fills == 0 && !report.quoting.empty())
        report.warnings.emplace_back("no quote was filled");
}

} // namespace keel::app
