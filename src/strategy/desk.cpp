#include "strategy/desk.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace keel::strategy {
namespace {

bool is_in_care(InstrumentIx i, const DeskConfig& desk) {
    const auto has = [i](const std::vector<InstrumentIx>& all) {
        return std::ranges::find(all, i) != all.end();
    };
    return std::ranges::any_of(desk.engine.groups, has, &core::GroupConfig::members) ||
           std::ranges::any_of(desk.guardian, has, &GuardianConfig::watch) ||
           std::ranges::any_of(desk.bracket,
                               [i](const BracketConfig& one) { return one.instrument == i; }) ||
           std::ranges::any_of(desk.quoter, [i](const QuoterConfig& one) {
               return one.first == i || one.second == i;
           });
}

// On its accounts, and in no strategy's care. (Of two guardians on one account the first tells.)
std::vector<InstrumentIx> beside(const GuardianConfig& one, const DeskConfig& desk) {
    const auto& instruments = desk.engine.instruments;
    std::vector<InstrumentIx> out;
    for (std::uint32_t n = 0; n < instruments.size(); ++n) {
        const AccountIx account = instruments[n].account;
        const auto is_on = [&](const GuardianConfig& other) {
            return std::ranges::any_of(other.watch, [&](InstrumentIx i) {
                return instruments[i.value()].account == account;
            });
        };
        const auto first = std::ranges::find_if(desk.guardian, is_on);
        if (first == desk.guardian.end() || &*first != &one) continue;
        if (!is_in_care(InstrumentIx{n}, desk)) out.emplace_back(n);
    }
    return out;
}

} // namespace

Desk::Desk(const DeskConfig& config) : Desk(config, StoreLayout{}) {}

Desk::Desk(const DeskConfig& config, StoreLayout layout) : engine_(config.engine, layout) {
    xemm_.reserve(config.xemm.size());
    for (const XemmConfig& one : config.xemm) xemm_.emplace_back(one, engine_, layout);
    bracket_.reserve(config.bracket.size());
    for (const BracketConfig& one : config.bracket) bracket_.emplace_back(one, engine_, layout);
    guardian_.reserve(config.guardian.size());
    for (const GuardianConfig& one : config.guardian) {
        guardian_.emplace_back(one, beside(one, config), layout);
    }
    pair_.reserve(config.pair.size());
    for (const PairConfig& one : config.pair) pair_.emplace_back(one, layout);
    quoter_.reserve(config.quoter.size());
    for (const QuoterConfig& one : config.quoter) quoter_.emplace_back(one, engine_, layout);
    engine_.open(layout);
}

void Desk::step(const Event& event, Commands& out) {
    out.clear();
    const Timestamp due = loop_due(event);
    engine_.absorb(event, out);
    for (const Guardian& one : guardian_) one.watch_loop(engine_, due, out);
    each([&](const auto& one) { one.update(engine_, out); });
    engine_.pursue(out);
}

// When the step that this event begins was due. (Nobody runs in time while the process is down.)
Timestamp Desk::loop_due(const Event& event) const {
    if (std::holds_alternative<Boot>(event.body)) return never;
    // It is late by no more than has passed since the step before: few steps have to look.
    const Duration passed = event.at - engine_.now();
    const bool may_be_late = std::ranges::any_of(guardian_, [&](const Guardian& one) {
        const Duration most = one.config().loop_time_max;
        return most != Duration{} && passed > most;
    });
    return may_be_late ? later(wake_at(), engine_.now()) : never;
}

Timestamp Desk::wake_at() const {
    Timestamp at = engine_.wake_at();
    each([&](const auto& one) { at = earlier(at, one.wake_at(engine_)); });
    return at;
}

bool Desk::is_settled() const {
    if (engine_.config().sabotage.settles_when_hedged) {
        return std::ranges::all_of(
            xemm_, [&](const Xemm& one) { return engine_.is_flat(one.config().group); });
    }
    if (engine_.is_in_doubt()) return false;
    // (A kill is over when it is certified, on evidence of after it.)
    if (engine_.desk().killed != 0 && engine_.desk().kill_certified == 0) return false;
    bool all_exited = true;
    each([&](const auto& one) { all_exited = all_exited && one.has_exited(engine_); });
    if (!all_exited) return false;
    const bool holds =
        std::ranges::any_of(xemm_,
                            [](const Xemm& one) { return one.config().on_exit == OnExit::Hold; }) ||
        std::ranges::any_of(
            guardian_, [](const Guardian& one) { return one.config().on_exit == AtEnd::Hold; }) ||
        std::ranges::any_of(quoter_,
                            [](const Quoter& one) { return one.config().on_exit == OnExit::Hold; });
    return engine_.is_quiet(!holds || engine_.desk().killed != 0);
}

std::uint64_t Desk::decision_hash(core::Engine::HashOf of, Duration far) const {
    Hasher h{6};
    h.add(engine_.decision_hash(of, far));
    each([&](const auto& one) { h.add(one.decision_hash(engine_, far)); });
    return h.digest();
}

namespace {

constexpr std::string_view no_amends =
    "amend_quotes, and its venue has no amends (amend_supported = false)";

// So that 2^40 lots on each of 40 levels have a score that fits.
constexpr Ticks reward_spread_max{1 << 23};

const VenueTraits& traits_of(InstrumentIx i, const DeskConfig& draft) {
    const AccountIx account = draft.engine.instruments[i.value()].account;
    return draft.engine.venues[draft.engine.accounts[account.value()].venue.value()];
}

Result<void> check(const BracketConfig& one, const DeskConfig& draft) {
    const auto refuse = [&](std::string_view why) {
        return fail(fmt::format("bracket {}: {}", one.name, why));
    };
    if (one.instrument.value() >= draft.engine.instruments.size()) {
        return refuse("its instrument is missing");
    }
    for (const core::GroupConfig& group : draft.engine.groups) {
        if (std::ranges::find(group.members, one.instrument) != group.members.end()) {
            return refuse("its instrument is a member of a group, which is hedged");
        }
    }
    const core::InstrumentConfig& held = draft.engine.instruments[one.instrument.value()];
    if (one.qty_max < held.instrument.min_qty)
        return refuse("qty_max is below the venue's minimum");
    for (const Bps slippage : {one.stop_slippage, one.emergency_slippage, one.slippage_max}) {
        if (slippage < Bps{0} || slippage >= held.limits.price_collar) {
            return refuse("a slippage reaches the price collar: the last gate would refuse it");
        }
    }
    const Lots most =
        held.limits.max_order_qty > Lots{0} ? held.limits.max_order_qty : held.instrument.max_qty;
    if (most > Lots{0} && one.qty_max > most) {
        return refuse("qty_max is above the largest order: one stop could not hold all of it");
    }
    if (one.stop <= Bps{0} || one.emergency <= Bps{0}) {
        return refuse("stop_bps and emergency_bps must be above zero");
    }
    for (const std::uint32_t percent : {one.stop_share_percent, one.limit_share_percent}) {
        if (percent < 1 || percent > 100) return refuse("a share is 1 to 100 percent");
    }
    if (one.retry <= Duration{0} || one.stop_grace <= Duration{0} ||
        one.protected_within <= Duration{0}) {
        return refuse("retry_ms, stop_grace_ms and protected_within_ms must be above zero");
    }
    const auto uses = std::ranges::count(draft.bracket, one.instrument, &BracketConfig::instrument);
    if (uses > 1) return refuse("its instrument serves two strategies");
    return {};
}

Result<void> check(const GuardianConfig& one, const DeskConfig& draft) {
    const auto refuse = [&](std::string_view why) {
        return fail(fmt::format("guardian {}: {}", one.name, why));
    };
    if (one.watch.empty()) return refuse("it watches no instrument");
    for (const InstrumentIx i : one.watch) {
        if (i.value() >= draft.engine.instruments.size()) {
            return refuse("an instrument that it watches is missing");
        }
        for (const core::GroupConfig& group : draft.engine.groups) {
            if (std::ranges::find(group.members, i) != group.members.end()) {
                return refuse("an instrument that it watches is a member of a group");
            }
        }
        auto uses = std::ranges::count(draft.bracket, i, &BracketConfig::instrument);
        for (const GuardianConfig& other : draft.guardian) {
            uses += std::ranges::count(other.watch, i);
        }
        if (uses > 1) return refuse("an instrument that it watches serves two strategies");
        if (one.slippage_start < Bps{0} || one.slippage_step < Bps{0} ||
            one.slippage_max >= draft.engine.instruments[i.value()].limits.price_collar) {
            return refuse("a slippage is below zero or reaches the price collar: the last gate "
                          "would refuse it");
        }
    }
    for (const Bps rule : {one.stop, one.limit, one.drawdown}) {
        if (rule < Bps{0}) return refuse("stop_bps, limit_bps and drawdown_bps are 0 or above");
    }
    if (one.max_hold < Duration{0}) return refuse("max_hold_ms is 0 or above");
    if (one.retry <= Duration{0} || one.closed_within <= Duration{0}) {
        return refuse("retry_ms and closed_within_ms must be above zero");
    }
    if (one.already_closed_max < 1) return refuse("already_closed_max must be above zero");
    if (one.loop_time_max < Duration{0}) return refuse("loop_time_max_ms is 0 or above");
    return {};
}

Result<void> check(const PairConfig& one, const DeskConfig& draft) {
    const auto refuse = [&](std::string_view why) {
        return fail(fmt::format("pair {}: {}", one.name, why));
    };
    if (one.group.value() >= draft.engine.groups.size()) return refuse("its group is missing");
    const core::GroupConfig& group = draft.engine.groups[one.group.value()];
    const auto is_member = [&](InstrumentIx i) {
        return std::ranges::find(group.members, i) != group.members.end();
    };
    if (!is_member(one.first) || !is_member(one.second) || group.members.size() != 2) {
        return refuse("its group must have its two legs as members, and no other");
    }
    if (one.first == one.second) return refuse("first and second must differ");
    if (group.hedge_via != one.second) return refuse("second must be the group's hedge_via");
    const Instrument& first = draft.engine.instruments[one.first.value()].instrument;
    const Instrument& second = draft.engine.instruments[one.second.value()].instrument;
    if (one.qty < first.min_qty) return refuse("qty is below the first venue's minimum");
    const auto units = checked_mul(one.qty.value(), first.units_per_lot);
    if (!units) return refuse("qty is more base units than can be counted");
    if (*units % second.units_per_lot != 0) {
        return refuse("qty must be whole lots of both legs: the rest would have no counterpart");
    }
    if (*units / second.units_per_lot < second.min_qty.value()) {
        return refuse("qty is below the second venue's minimum");
    }
    if (Units{*units} > group.exposure_limit) {
        return refuse("qty is above the group's exposure_limit: no entry would ever pass");
    }
    if (one.slippage < Bps{0}) return refuse("slippage_bps must not be below zero");
    for (const Duration span :
         {one.first_funding, one.second_funding, one.second_leg_within, one.retry, one.hold_max}) {
        if (span <= Duration{0}) {
            return refuse("first_funding_ms, second_funding_ms, second_leg_within_ms, retry_ms and "
                          "hold_max_ms must be above zero");
        }
    }
    if (one.hold_min < Duration{0} || one.pause < Duration{0}) {
        return refuse("hold_min_ms and pause_ms must not be below zero");
    }
    if (one.hold_min > one.hold_max) return refuse("hold_min_ms must not be above hold_max_ms");
    const auto serves = [&](const auto& other) { return other.group == one.group; };
    const auto uses =
        std::ranges::count_if(draft.pair, serves) + std::ranges::count_if(draft.xemm, serves);
    if (uses > 1) return refuse("its group serves two strategies");
    return {};
}

Result<void> check(const QuoterConfig& one, const DeskConfig& draft) {
    const auto refuse = [&](std::string_view why) {
        return fail(fmt::format("quoter {}: {}", one.name, why));
    };
    const auto& instruments = draft.engine.instruments;
    const bool has_second = !one.second.is_none();
    if (one.first.value() >= instruments.size() ||
        (has_second && one.second.value() >= instruments.size())) {
        return refuse("an instrument of it is missing");
    }
    std::vector<InstrumentIx> own{one.first};
    if (has_second) own.push_back(one.second);
    for (const InstrumentIx i : own) {
        for (const core::GroupConfig& group : draft.engine.groups) {
            if (std::ranges::find(group.members, i) != group.members.end()) {
                return refuse("an instrument of it is a member of a group, which is hedged");
            }
        }
        auto uses = std::ranges::count(draft.bracket, i, &BracketConfig::instrument);
        for (const GuardianConfig& other : draft.guardian) {
            uses += std::ranges::count(other.watch, i);
        }
        for (const QuoterConfig& other : draft.quoter) {
            uses += (other.first == i ? 1 : 0) + (other.second == i ? 1 : 0);
        }
        if (uses > 1) return refuse("an instrument of it serves two strategies");
    }
    const core::InstrumentConfig& first = instruments[one.first.value()];
    if (has_second) {
        const core::InstrumentConfig& second = instruments[one.second.value()];
        if (first.account != second.account) return refuse("both outcomes must be of one account");
        const Instrument& a = first.instrument;
        const Instrument& b = second.instrument;
        if (one.level_qty < b.min_qty) return refuse("level_qty is below the venue's minimum");
        if (a.px_end <= Ticks{0} || a.px_end != b.px_end || a.tick_size != b.tick_size ||
            a.lot_size != b.lot_size) {
            return refuse("both outcomes must have the same tick, lot and px_end");
        }
    }
    for (const InstrumentIx i : own) {
        const core::InstrumentConfig& quoted = instruments[i.value()];
        if (quoted.instrument.px_end > Ticks{0} && !quoted.instrument.long_only) {
            return refuse("an outcome of a binary market must be long_only");
        }
        if (one.slippage >= quoted.limits.price_collar) {
            return refuse("slippage_bps reaches the price collar: the last gate would refuse it");
        }
    }
    const VenueTraits& venue = traits_of(one.first, draft);
    if (one.moves == core::Moves::ByAmend && !venue.amend_supported) return refuse(no_amends);
    const bool merges = has_second && (one.merge_min > Lots{0} || one.on_exit == OnExit::Unwind);
    if (merges && venue.batch_max < 2) {
        return refuse("merge_min, or on_exit = \"unwind\": both orders of a merge travel in one "
                      "request, so its venue's batch_max must be at least 2");
    }
    if (one.levels < 1 || one.levels > 20) return refuse("levels is 1 to 20");
    if (one.level_qty < first.instrument.min_qty) {
        return refuse("level_qty is below the venue's minimum");
    }
    if (first.limits.max_order_qty > Lots{0} && one.level_qty > first.limits.max_order_qty) {
        return refuse("level_qty is above the largest order");
    }
    if (one.inventory_max < one.level_qty) {
        return refuse("inventory_max is below level_qty: no quote would ever be placed");
    }
    if (one.half_spread <= Ticks{0} || one.level_gap <= Ticks{0}) {
        return refuse("half_spread and level_gap must be above zero");
    }
    if (one.skew < Ticks{0} || one.requote < Ticks{0} || one.slack < Ticks{0} ||
        one.reward_spread < Ticks{0}) {
        return refuse("skew, requote, slack and reward_spread must not be below zero");
    }
    // Else its own two sides, or a purchase of each outcome, could meet.
    if (one.slack >= one.half_spread) return refuse("slack must be below half_spread");
    if (one.complete_above < Lots{0} || one.merge_min < Lots{0} || one.reward_min_qty < Lots{0}) {
        return refuse("complete_above, merge_min and reward_min_qty must not be below zero");
    }
    if (!has_second && (one.complete_above > Lots{0} || one.merge_min > Lots{0})) {
        return refuse("complete_above and merge_min need a second outcome");
    }
    if (one.slippage < Bps{0}) return refuse("slippage_bps must not be below zero");
    if (one.retry <= Duration{0}) return refuse("retry_ms must be above zero");
    if (one.post_every < Duration{0}) return refuse("post_every_ms must not be below zero");
    if (one.clamps_max < 1) return refuse("clamps_per_minute must be above zero");
    if (one.reward_spread > reward_spread_max) {
        return refuse("reward_spread is more ticks than can be squared");
    }
    if (one.reward_every < Duration{0}) return refuse("reward_every_ms must not be below zero");
    return {};
}

} // namespace

Result<DeskConfig> make_desk_config(DeskConfig draft) {
    auto engine = core::make_engine_config(std::move(draft.engine));
    if (!engine) return std::unexpected(engine.error());
    draft.engine = std::move(*engine);
    for (const XemmConfig& one : draft.xemm) {
        const auto refuse = [&](std::string_view why) {
            return fail(fmt::format("xemm {}: {}", one.name, why));
        };
        if (one.group.value() >= draft.engine.groups.size()) return refuse("its group is missing");
        const core::GroupConfig& group = draft.engine.groups[one.group.value()];
        const auto is_member = [&](InstrumentIx i) {
            return std::ranges::find(group.members, i) != group.members.end();
        };
        if (!is_member(one.maker) || !is_member(one.hedge)) {
            return refuse("maker and hedge must be members of its group");
        }
        if (one.maker == one.hedge) return refuse("maker and hedge must differ");
        if (group.hedge_via != one.hedge) return refuse("hedge must be the group's hedge_via");
        const Instrument& maker = draft.engine.instruments[one.maker.value()].instrument;
        const Instrument& hedge = draft.engine.instruments[one.hedge.value()].instrument;
        if (one.order_qty < maker.min_qty) return refuse("order_qty is below the maker's minimum");
        const auto checked = checked_mul(one.order_qty.value(), maker.units_per_lot);
        if (!checked) return refuse("order_qty is more base units than can be counted");
        const std::int64_t units = *checked;
        if (units / hedge.units_per_lot < hedge.min_qty.value()) {
            return refuse(
                "order_qty is below what the hedge venue takes: it could never be hedged");
        }
        if (Units{units} > group.exposure_limit) {
            return refuse(
                "order_qty is above the group's exposure_limit: no quote would ever pass");
        }
        if (one.target_edge <= Bps{0}) return refuse("target_edge_bps must be above zero");
        if (one.edge_drift <= Bps{0}) return refuse("edge_drift_bps must be above zero");
        if (one.refresh_age <= Duration{0}) return refuse("refresh_age_ms must be above zero");
        if (one.moves == core::Moves::ByAmend && !traits_of(one.maker, draft).amend_supported) {
            return refuse(no_amends);
        }
        const auto uses = std::ranges::count_if(
            draft.xemm, [&](const XemmConfig& other) { return other.group == one.group; });
        if (uses > 1) return refuse("its group serves two strategies");
    }
    for (const BracketConfig& one : draft.bracket) {
        if (auto good = check(one, draft); !good) return std::unexpected(good.error());
    }
    for (const GuardianConfig& one : draft.guardian) {
        if (auto good = check(one, draft); !good) return std::unexpected(good.error());
    }
    for (const PairConfig& one : draft.pair) {
        if (auto good = check(one, draft); !good) return std::unexpected(good.error());
    }
    for (const QuoterConfig& one : draft.quoter) {
        if (auto good = check(one, draft); !good) return std::unexpected(good.error());
    }
    // What a bracket protects, or a guardian adopts, others may trade as they like.
    for (core::InstrumentConfig& one : draft.engine.instruments) one.is_shared = false;
    for (const BracketConfig& one : draft.bracket) {
        draft.engine.instruments[one.instrument.value()].is_shared = true;
    }
    for (const GuardianConfig& one : draft.guardian) {
        if (one.adopts != Adopts::All) continue;
        for (const InstrumentIx i : one.watch) {
            draft.engine.instruments[i.value()].is_shared = true;
        }
    }
    return draft;
}

} // namespace keel::strategy
