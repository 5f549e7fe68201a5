#include "audit/exposure.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "audit/arithmetic.hpp"
#include "base/assert.hpp"

namespace keel::audit {
namespace {

// A venue tests a minimum notional at the order's own price, which may be this far from the touch.
constexpr std::int64_t price_leeway_percent = 1;

std::int64_t units_per_lot(Decimal lot, int unit_scale) {
    KEEL_ASSERT(unit_scale >= lot.scale && unit_scale - lot.scale <= 18,
                "a group's unit divides the lots of its members");
    const Int128 units = static_cast<Int128>(lot.mantissa) * ten_to(unit_scale - lot.scale);
    KEEL_ASSERT(units > 0 && units <= INT64_MAX, "a lot in units fits in 64 bits");
    return static_cast<std::int64_t>(units);
}

} // namespace

ExposureRules::ExposureRules(const AuditorConfig& config, OrderLedger& orders,
                             const LimitRules& limits, ViolationLog& log)
    : config_(&config), orders_(&orders), limits_(&limits), log_(&log),
      group_of_(config.instruments.size()), units_per_lot_(config.instruments.size(), 1),
      apart_(config.instruments.size()), groups_(config.groups.size()) {
    for (std::size_t g = 0; g < config.groups.size(); ++g) {
        for (const InstrumentIx member : config.groups[g].members) {
            group_of_[member.value()] = GroupIx{static_cast<std::uint32_t>(g)};
            units_per_lot_[member.value()] = units_per_lot(
                config.instruments[member.value()].lot_size, config.groups[g].unit_scale);
        }
    }
}

bool ExposureRules::is_reduction(const NewOrderSingle& order) const {
    const GroupIx group = group_of(order.instrument);
    return !group.is_none() && config_->groups[group.value()].hedge_via == order.instrument;
}

bool ExposureRules::is_second_leg(const NewOrderSingle& order, Timestamp now) const {
    if (!is_hedge(order)) return false;
    const GroupIx group = group_of(order.instrument);
    if (!config_->groups[group.value()].enters_together) return false;
    const FirstLeg& first = groups_[group.value()].first_leg;
    const Int128 units =
        static_cast<Int128>(order.qty.value()) * units_per_lot_[order.instrument.value()];
    return first.at == now && first.side == opposite(order.side) && units <= first.units;
}

void ExposureRules::on_new_risk(const NewOrderSingle& order, Timestamp now) {
    const GroupIx group = group_of(order.instrument);
    if (group.is_none() || !config_->groups[group.value()].enters_together) return;
    FirstLeg& first = groups_[group.value()].first_leg;
    if (is_reduction(order)) { // the second one: it has its first
        first.at = never;
        return;
    }
    first = {now, order.side,
             static_cast<Int128>(order.qty.value()) * units_per_lot_[order.instrument.value()]};
}

void ExposureRules::forget_known(GroupState& state, Timestamp now) {
    while (!state.recent.empty() && state.recent.front().until < now) state.recent.pop_front();
}

void ExposureRules::forget(Timestamp oldest, Timestamp now) {
    for (GroupState& state : groups_) {
        forget_known(state, now);
        state.outside.forget_known(earlier(oldest, now));
    }
}

Int128 ExposureRules::unheard(GroupState& state, Side side, Timestamp now) const {
    forget_known(state, now);
    Int128 sum = 0;
    for (const Recent& one : state.recent) {
        sum += one.side == side && one.until >= now ? one.units : 0;
    }
    return sum;
}

void ExposureRules::on_reduction(std::uint32_t place, Timestamp now) {
    const InstrumentIx instrument = orders_->at(place).instrument;
    const Side side = orders_->at(place).side;
    const std::size_t group = group_of(instrument).value();
    GroupState& state = groups_[group];

    // A buy pays what is short. Everything on its way on that side counts as if it filled.
    Int128 hedging = 0;
    Int128 closing = 0;
    orders_->each_under_way(instrument, side, now, [&](const SentOrder& order) {
        (order.is_hedge ? hedging : closing) +=
            static_cast<Int128>((order.qty - order.cum).value()) *
            units_per_lot_[instrument.value()];
    });
    const Int128 may_fill = hedging + closing;
    const Int128 net = side == Side::Buy ? -static_cast<Int128>(owed(state)) : owed(state);
    // What is nobody's is swept; here also what its counterpart, elsewhere, was lost to. The least
    // that the venue takes may be more than that.
    Int128 swept = side == Side::Buy ? -static_cast<Int128>(state.apart) : state.apart;
    if (swept > 0) {
        const std::int64_t least = smallest_order(instrument) * units_per_lot_[instrument.value()];
        swept = std::min(std::max<Int128>(swept, least), closing);
    }
    const Int128 owed = net + unheard(state, side, now) + std::max<Int128>(swept, 0);
    const Int128 never_hedged =
        state.other[place_of(opposite(side))] - state.hedged[place_of(side)];
    if (may_fill <= owed && hedging <= never_hedged) return;
    log_->add(Rule::HedgeNotAboveOwed, now,
              fmt::format("{}: {} units are owed, and hedges under way with this one may {} {}",
                          config_->groups[group].name,
                          static_cast<std::int64_t>(owed < never_hedged ? owed : never_hedged),
                          to_string(side), static_cast<std::int64_t>(may_fill)));
}

void ExposureRules::on_fill(const sim::TrueFill& fill, std::uint32_t place) {
    const GroupIx group_ix = group_of(fill.instrument);
    if (group_ix.is_none()) return;
    const std::size_t group = group_ix.value();
    GroupState& state = groups_[group];
    const std::int64_t before = state.net;
    const std::int64_t owed_before = owed(state);
    const std::int64_t units = add_to_net(fill, state);
    const bool is_hedge = place != PlaceIndex::none && orders_->at(place).is_hedge;
    const bool is_close = place != PlaceIndex::none && orders_->at(place).reduce_only;
    const std::int64_t swept = is_close ? sweep(fill, group, place) : 0;
    if (!is_hedge || !state.has_outside) check_limit(fill, place, before);

    const Int128 after = owed(state);
    if (is_hedge) {
        state.hedged[place_of(fill.side)] += units;
        // How far beyond zero it went, on its own side.
        const Int128 beyond = fill.side == Side::Buy ? after : -after;
        if (beyond > 0 && beyond > unheard(state, fill.side, fill.at)) {
            log_->add(Rule::HedgeNeverFlips, fill.at,
                      fmt::format("{}: a hedge took the net from {} to {} units",
                                  config_->groups[group].name, before, state.net));
        }
    } else {
        state.other[place_of(fill.side)] += units - swept;
        state.recent.push_back({fill.at + config_->hearing_bound, fill.side, units - swept});
    }
    settle_age(group, fill.at, sign_of(owed_before) * sign_of(after) < 0);
}

void ExposureRules::on_failure(const sim::TrueFill& fill, std::uint32_t place) {
    const GroupIx group_ix = group_of(fill.instrument);
    if (group_ix.is_none()) return;
    const std::size_t group = group_ix.value();
    GroupState& state = groups_[group];
    const std::int64_t owed_before = owed(state);
    sim::TrueFill back = fill;
    back.side = opposite(fill.side);
    const std::int64_t units = add_to_net(back, state);
    if (place != PlaceIndex::none && orders_->at(place).is_hedge) {
        state.hedged[place_of(fill.side)] -= units;
    } else {
        state.other[place_of(back.side)] += units;
        state.recent.push_back({fill.at + config_->hearing_bound, back.side, units});
    }
    settle_age(group, fill.at, sign_of(owed_before) * sign_of(owed(state)) < 0);
}

void ExposureRules::on_outside(const sim::TrueFill& fill, Timestamp known_by) {
    const GroupIx group_ix = group_of(fill.instrument);
    if (group_ix.is_none()) return;
    const std::size_t group = group_ix.value();
    GroupState& state = groups_[group];
    const std::int64_t owed_before = owed(state);
    const std::int64_t units = add_to_net(fill, state);
    state.has_outside = true;
    state.outside.add(fill.side, units, known_by);
    if (fill.is_told || !config_->groups[group].hedges_silent) {
        const std::int64_t signed_units = fill.side == Side::Buy ? units : -units;
        state.apart += signed_units;
        apart_[fill.instrument.value()] += signed_units;
    } else {
        state.other[place_of(fill.side)] += units;
        state.recent.push_back({known_by, fill.side, units});
        state.outside_known_by = later(state.outside_known_by, known_by);
    }
    settle_age(group, fill.at, sign_of(owed_before) * sign_of(owed(state)) < 0);
}

// Units of an execution, which are in the net from here on.
std::int64_t ExposureRules::add_to_net(const sim::TrueFill& fill, GroupState& state) const {
    const Int128 units =
        static_cast<Int128>(fill.qty.value()) * units_per_lot_[fill.instrument.value()];
    const Int128 after = state.net + (fill.side == Side::Buy ? units : -units);
    KEEL_ASSERT(magnitude(after) <= INT64_MAX, "a group's net in units fits in 64 bits");
    state.net = static_cast<std::int64_t>(after);
    state.worst = std::max(state.worst, static_cast<std::int64_t>(magnitude(after)));
    return static_cast<std::int64_t>(units);
}

// A close takes away first what is nobody's on its instrument, and at the hedge venue then what is
// nobody's elsewhere. How much that is, in units.
std::int64_t ExposureRules::sweep(const sim::TrueFill& fill, std::size_t group,
                                  std::uint32_t place) {
    GroupState& state = groups_[group];
    if (!state.has_outside) return 0;
    const std::int64_t units = fill.qty.value() * units_per_lot_[fill.instrument.value()];
    std::int64_t left = units;
    const auto take = [&](InstrumentIx from) {
        std::int64_t& apart = apart_[from.value()];
        const std::int64_t taken =
            std::clamp<std::int64_t>(fill.side == Side::Buy ? -apart : apart, 0, left);
        left -= taken;
        const std::int64_t change = fill.side == Side::Buy ? taken : -taken;
        apart += change;
        state.apart += change;
    };
    take(fill.instrument);
    SentOrder& order = orders_->at(place);
    // No smaller order would have swept it, so all of this one does.
    if (left < units && order.qty.value() <= smallest_order(fill.instrument)) order.is_sweep = true;
    if (left > 0 && order.is_sweep) {
        const std::int64_t rest = fill.side == Side::Buy ? left : -left;
        apart_[fill.instrument.value()] += rest;
        state.apart += rest;
        return units;
    }
    if (fill.instrument == config_->groups[group].hedge_via) {
        for (const InstrumentIx member : config_->groups[group].members) take(member);
    }
    return units - left;
}

// What others did may take the net beyond its limit. Nothing of ours that left when the desk had to
// know of it takes it farther but hedges, which pay what is owed and go back to where it stood.
void ExposureRules::check_limit(const sim::TrueFill& fill, std::uint32_t place,
                                std::int64_t before) {
    const std::size_t group = group_of(fill.instrument).value();
    const GroupState& state = groups_[group];
    const GroupFacts& facts = config_->groups[group];
    const Int128 size = magnitude(state.net);
    if (facts.exposure_limit <= Units{0} || size <= facts.exposure_limit.value()) return;
    if (state.has_outside) {
        if (size <= magnitude(before)) return;
        const Timestamp sent_at = place == PlaceIndex::none ? fill.at : orders_->at(place).sent_at;
        const Side way = state.net > 0 ? Side::Buy : Side::Sell;
        if (size <= facts.exposure_limit.value() + state.outside.sum(way, sent_at)) return;
    }
    log_->add(Rule::ExposureWithinLimit, fill.at,
              fmt::format("{}: net {} units after {} {} lots on {}, limit {}", facts.name,
                          state.net, to_string(fill.side), fill.qty.value(),
                          config_->instruments[fill.instrument.value()].name,
                          facts.exposure_limit.value()));
}

std::int64_t ExposureRules::smallest_order(InstrumentIx ix) const {
    const InstrumentFacts& venue = config_->instruments[ix.value()];
    const Ticks bid = limits_->marks(ix).bid();
    std::int64_t lots = venue.min_qty.value();
    if (venue.min_notional > Money{0} && bid > Ticks{0}) {
        const Worth& worth = limits_->worth(ix);
        const Int128 one_lot = worth.top * bid.value() * (100 - price_leeway_percent);
        const Int128 needed =
            ceil_div(static_cast<Int128>(venue.min_notional.value()) * worth.bottom * 100, one_lot);
        if (needed > lots) lots = static_cast<std::int64_t>(needed);
    }
    return lots;
}

void ExposureRules::settle_age(std::size_t group, Timestamp now, bool has_flipped) {
    GroupState& state = groups_[group];
    const GroupFacts& facts = config_->groups[group];
    const Int128 least = static_cast<Int128>(smallest_order(facts.hedge_via)) *
                         units_per_lot_[facts.hedge_via.value()];
    const bool owes = magnitude(owed(state)) >= least;
    // What was owed one way is paid when the net changes sides; what is owed now is younger.
    if (state.owed_since != never && (!owes || has_flipped)) close_age(group, now);
    if (owes && state.owed_since == never) state.owed_since = now;
}

// What others did is owed from when the desk must know of it.
bool ExposureRules::is_overdue(const GroupState& state, const GroupFacts& facts, Timestamp now) {
    const Timestamp since = later(state.owed_since, state.outside_known_by);
    return facts.hedged_within > Duration{} && now - since > facts.hedged_within;
}

void ExposureRules::close_age(std::size_t group, Timestamp now) {
    GroupState& state = groups_[group];
    const Duration age = now - state.owed_since;
    ++state.ages[in_milliseconds(age)];
    state.longest_age = max(state.longest_age, age);
    const GroupFacts& facts = config_->groups[group];
    if (is_overdue(state, facts, now) && !state.is_overdue_told) {
        log_->add(Rule::HedgedWithinBound, now,
                  fmt::format("{}: owed for {} ms, bound {} ms", facts.name, in_milliseconds(age),
                              in_milliseconds(facts.hedged_within)));
    }
    state.owed_since = never;
    state.is_overdue_told = false;
}

void ExposureRules::on_time(Timestamp now) {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
        GroupState& state = groups_[group];
        const GroupFacts& facts = config_->groups[group];
        if (state.owed_since == never || state.is_overdue_told || !is_overdue(state, facts, now)) {
            continue;
        }
        state.is_overdue_told = true;
        log_->add(Rule::HedgedWithinBound, now,
                  fmt::format("{}: {} units owed for {} ms and still not hedged, bound {} ms",
                              facts.name, owed(state), in_milliseconds(now - state.owed_since),
                              in_milliseconds(facts.hedged_within)));
    }
}

void ExposureRules::at_end(bool must_be_flat, Timestamp now) {
    on_time(now);
    for (std::size_t group = 0; group < groups_.size(); ++group) {
        const GroupFacts& facts = config_->groups[group];
        if (groups_[group].owed_since != never) close_age(group, now);
        const GroupIx ix{static_cast<std::uint32_t>(group)};
        if (open_obligation(ix) > Lots{0} || (must_be_flat && groups_[group].net != 0)) {
            log_->add(
                Rule::EndsFlat, now,
                fmt::format("{}: ends with a net of {} units", facts.name, groups_[group].net));
        }
        if (facts.residue_max > Units{0} && abs(residue(ix)) > facts.residue_max) {
            log_->add(Rule::ResidueWithinBound, now,
                      fmt::format("{}: {} units could not be hedged, at most {} are allowed",
                                  facts.name, residue(ix).value(), facts.residue_max.value()));
        }
    }
}

Units ExposureRules::residue(GroupIx group) const {
    const GroupFacts& facts = config_->groups[group.value()];
    const std::int64_t left = owed(groups_[group.value()]);
    const std::int64_t per_lot = units_per_lot_[facts.hedge_via.value()];
    return open_obligation(group) > Lots{0} ? Units{left % per_lot} : Units{left};
}

Lots ExposureRules::open_obligation(GroupIx group) const {
    const GroupFacts& facts = config_->groups[group.value()];
    const Int128 lots =
        magnitude(owed(groups_[group.value()])) / units_per_lot_[facts.hedge_via.value()];
    return lots >= smallest_order(facts.hedge_via) ? Lots{static_cast<std::int64_t>(lots)}
                                                   : Lots{0};
}

ExposureRules::Ages ExposureRules::ages_of(const AgeCounts& counts, Duration longest) {
    Ages out{.median = {}, .most = longest, .count = 0};
    for (const auto& [ms, count] : counts) out.count += count;
    std::uint64_t passed = 0;
    for (const auto& [ms, count] : counts) {
        passed += count;
        if (passed <= out.count / 2) continue;
        out.median = milliseconds(ms);
        break;
    }
    return out;
}

ExposureRules::Ages ExposureRules::unhedged(GroupIx group) const {
    const GroupState& state = groups_[group.value()];
    return ages_of(state.ages, state.longest_age);
}

ExposureRules::Ages ExposureRules::unhedged() const {
    AgeCounts all;
    Duration longest{};
    for (const GroupState& group : groups_) {
        for (const auto& [ms, count] : group.ages) all[ms] += count;
        longest = max(longest, group.longest_age);
    }
    return ages_of(all, longest);
}

} // namespace keel::audit
