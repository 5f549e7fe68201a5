#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report.hpp"

namespace keel::app {
namespace {

using Json = nlohmann::ordered_json;

// Quantities of several currencies have no sum; "is it all zero" has one, over absolutes.
template <class Field> std::int64_t total(const Report& report, Field field) {
    std::int64_t sum = 0;
    for (const GroupRow& group : report.groups) sum += std::abs(group.*field);
    return sum;
}

Json counts(const std::vector<CountRow>& rows) {
    Json out = Json::object();
    for (const CountRow& row : rows) out[row.name] = row.count;
    return out;
}

Json positions(const Report& report) {
    Json out = Json::object();
    for (const PositionRow& row : report.positions) {
        out[fmt::format("{}/{}", row.venue, row.symbol)] = row.units;
    }
    return out;
}

Json pnl(const Report& report) {
    Json out = Json::object();
    Money sum;
    for (const VenueRow& venue : report.venues) {
        out[venue.name] = money_text(pnl_of(venue));
        sum += pnl_of(venue);
    }
    out["total"] = money_text(sum);
    return out;
}

Json groups(const Report& report) {
    Json out = Json::object();
    for (const GroupRow& group : report.groups) {
        Json row = Json::object();
        row["base"] = group.base;
        row["unit_scale"] = group.unit_scale;
        row["net_base_units"] = group.net_base_units;
        row["residue"] = group.residue;
        row["open_obligation_lots"] = group.open_obligation_lots;
        row["exposure_worst"] = group.exposure_worst;
        row["exposure_limit"] = group.exposure_limit;
        row["maker_fills"] = group.maker_fills;
        row["hedge_fills"] = group.hedge_fills;
        row["other_fills"] = group.other_fills;
        row["unhedged_ms_p50"] = group.unhedged.p50;
        row["unhedged_ms_max"] = group.unhedged.max;
        row["unhedged_ms_bound"] = group.unhedged.bound;
        out[group.name] = row;
    }
    return out;
}

Json venues(const Report& report) {
    Json out = Json::object();
    for (const VenueRow& venue : report.venues) {
        Json row = Json::object();
        row["equity_before"] = money_text(venue.equity_before);
        row["equity_after"] = money_text(venue.equity_after);
        row["fees"] = money_text(venue.fees);
        row["funding"] = money_text(venue.funding);
        row["maker_volume"] = money_text(venue.maker_volume);
        row["taker_volume"] = money_text(venue.taker_volume);
        out[venue.name] = row;
    }
    return out;
}

Json strategies(const Report& report) {
    Json out = Json::object();
    for (const StrategyRow& one : report.strategies) {
        Json row = Json::object();
        row["pnl"] = money_text(one.pnl);
        row["fees"] = money_text(one.fees);
        row["funding"] = money_text(one.funding);
        row["maker_volume"] = money_text(one.maker_volume);
        out[fmt::format("{}/{}", one.kind, one.name)] = std::move(row);
    }
    return out;
}

// Here, and for a rate below, a number of ours becomes binary: to be read, not reckoned with.
Json in_seconds(Duration span) { return static_cast<double>(in_milliseconds(span)) / 1000.0; }

Json alarm_list(const Report& report) {
    Json out = Json::array();
    for (const AlarmRow& alarm : report.alarm_list) {
        Json row = Json::object();
        row["seconds"] = in_seconds(alarm.at);
        row["kind"] = alarm.kind;
        row["where"] = alarm.where;
        row["text"] = alarm.what;
        row["released_by"] = alarm.release;
        out.push_back(std::move(row));
    }
    return out;
}

Json quoting(const Report& report) {
    Json out = Json::object();
    for (const QuotingRow& pair : report.quoting) {
        Json row = Json::object();
        row["quotes"] = pair.quotes;
        row["looks"] = pair.looks;
        row["resting"] = pair.resting;
        row["held_by"] = counts(pair.held);
        out[pair.name] = std::move(row);
    }
    return out;
}

Json brackets(const Report& report) {
    Json out = Json::object();
    for (const BracketRow& one : report.brackets) {
        Json row = Json::object();
        row["positions"] = one.positions;
        row["closed"] = counts(one.closed);
        row["closed_as_told"] = counts(one.closed_as_told);
        row["bare_ms_max"] = one.bare_ms_max;
        row["bare_ms_bound"] = one.bare_ms_bound;
        out[one.name] = std::move(row);
    }
    return out;
}

Json guardians(const Report& report) {
    Json out = Json::object();
    for (const GuardianRow& guardian : report.guarding) {
        Json row = Json::object();
        row["lives"] = guardian.lives;
        row["flagged"] = guardian.flagged;
        row["closes"] = counts(guardian.closed);
        row["requests"] = guardian.requests;
        row["double_requests"] = guardian.double_requests;
        row["already_closed"] = guardian.already_closed;
        row["lapsed"] = guardian.lapsed;
        Json places = Json::object();
        for (const GuardianRow::Place& one : guardian.places) {
            places[one.name] = Json{{"life", one.life}, {"stage", one.stage}};
        }
        row["positions"] = std::move(places);
        out[guardian.name] = std::move(row);
    }
    return out;
}

Json pairs(const Report& report) {
    Json out = Json::object();
    for (const PairRow& one : report.pairs) {
        Json row = Json::object();
        row["round_trips"] = one.round_trips;
        row["rollbacks"] = one.rollbacks;
        row["rollbacks_of_second"] = one.rollbacks_of_second;
        row["rollbacks_by_venue"] = one.rollbacks_by_venue;
        row["rollbacks_by_price"] = one.rollbacks_by_price;
        row["rollbacks_needless"] = one.rollbacks_needless;
        row["success_percent"] = static_cast<double>(success_rate(one)) / 100.0;
        row["rollback_percent"] = static_cast<double>(rollback_rate(one)) / 100.0;
        row["exits"] = counts(one.exits);
        row["rolled_back"] = counts(one.rolled_back);
        row["trips_won"] = money_text(one.trips_won);
        row["rollbacks_cost"] = money_text(one.rollbacks_cost);
        row["funding"] = money_text(one.funding);
        row["pnl"] = money_text(one.pnl);
        row["one_legged_units"] = one.one_legged_units;
        out[one.name] = std::move(row);
    }
    return out;
}

Json quoters(const Report& report) {
    Json out = Json::object();
    for (const QuoterRow& one : report.quoters) {
        Json row = Json::object();
        row["posts"] = one.posts;
        row["batches"] = one.batches;
        row["moved"] = one.moved;
        row["clamped"] = one.clamped;
        row["clamped_most"] = one.clamped_most;
        row["clamped_bound"] = one.clamped_bound;
        row["merges"] = one.merges;
        row["redemptions"] = one.redemptions;
        row["completions"] = one.completions;
        row["reward_samples"] = one.reward_samples;
        row["reward_score"] = score_text(one.reward_score);
        Json outcomes = Json::object();
        for (const QuoterRow::Outcome& each : one.outcomes) {
            outcomes[each.name] = Json{{"matched", each.matched}, {"settled", each.settled},
                                       {"waiting", each.waiting}, {"failed", each.failed},
                                       {"held", each.held},       {"residue", each.residue}};
        }
        row["outcomes"] = std::move(outcomes);
        out[one.name] = std::move(row);
    }
    return out;
}

} // namespace

std::string report_json(const Report& report) {
    const GroupRow* exposed = most_exposed(report);
    Json out = Json::object();
    // The keys that scripts rely on, in this order.
    out["seed"] = report.seed;
    out["events"] = report.events;
    out["simulated_seconds"] = in_seconds(report.simulated);
    out["wall_seconds"] = in_seconds(report.wall);
    out["maker_fills"] = report.maker_fills;
    out["hedge_fills"] = report.hedge_fills;
    out["positions"] = positions(report);
    out["net_base_units"] = total(report, &GroupRow::net_base_units);
    out["residue"] = total(report, &GroupRow::residue);
    out["open_obligation_lots"] = total(report, &GroupRow::open_obligation_lots);
    out["exposure_worst"] = exposed != nullptr ? exposed->exposure_worst : 0;
    out["exposure_limit"] = exposed != nullptr ? exposed->exposure_limit : 0;
    out["unhedged_ms_p50"] = report.unhedged.p50;
    out["unhedged_ms_max"] = report.unhedged.max;
    out["unhedged_ms_bound"] = report.unhedged.bound;
    out["faults"] = counts(report.faults);
    out["situations"] = counts(report.situations);
    out["alarms"] = sum(report.alarms);
    out["violations"] = report.violations;
    out["violation_list"] = report.violation_list;
    out["state_hash"] = hash_text(report.state_hash);
    out["pnl"] = pnl(report);
    // And what else is good to know. docs/report-json.md has them all.
    out["desk_hash"] = hash_text(report.desk_hash);
    out["events_lost"] = report.events_lost;
    out["verdict"] = verdict_of(report);
    out["exit_code"] = to_int(exit_code_of(report));
    out["other_fills"] = report.other_fills;
    out["outside_fills"] = report.outside_fills;
    out["faults_profile"] = report.faults_profile;
    out["settling_seconds"] = in_seconds(report.settling);
    out["groups"] = groups(report);
    out["venues"] = venues(report);
    out["strategies"] = strategies(report);
    out["alarm_kinds"] = counts(report.alarms);
    out["waits_for"] = report.waits_for;
    out["alarm_list"] = alarm_list(report);
    out["quoting"] = quoting(report);
    out["brackets"] = brackets(report);
    out["pairs"] = pairs(report);
    out["quoters"] = quoters(report);
    out["ghosts"] = report.ghosts;
    out["needless_protective_orders"] = report.needless_protective_orders;
    out["unintended_taker_fills"] = report.unintended_taker_fills;
    out["duplicate_closes"] = report.duplicate_closes;
    out["size_errors"] = report.size_errors;
    out["guardians"] = guardians(report);
    out["warnings"] = report.warnings;
    out["config"] = report.config_path;
    out["config_hash"] = report.config_hash;
    out["build"] = report.build;
    out["repeat"] = report.repeat;
    // Texts of ours are ASCII; a config's path may be anything, so what is not UTF-8 is replaced.
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace keel::app
