#include "core/config.hpp"

#include <fmt/format.h>

namespace keel::core {
namespace {

Result<std::int64_t> units_per_lot(const Instrument& instrument, const GroupConfig& group) {
    auto units = units_of(instrument.lot_size, Decimal{1, group.unit_scale});
    if (!units) {
        return fail(fmt::format("group {}: lot_size {} of {} is not a whole number of base units "
                                "(10^-{}); raise unit_scale",
                                group.name, to_string(instrument.lot_size), instrument.symbol,
                                group.unit_scale));
    }
    return *units;
}

Result<void> check_venue(const VenueTraits& v) {
    const auto refuse = [&](std::string_view what) {
        return fail(fmt::format("venue {}: {}", v.name, what));
    };
    if (v.validity <= Duration{0}) return refuse("validity_ms must be above zero");
    if (v.visibility < Duration{0}) return refuse("visibility_ms must not be negative");
    if (v.clock_error < Duration{0}) return refuse("clock_error_ms must not be negative");
    if (v.validity <= v.clock_error) return refuse("validity_ms must be above clock_error_ms");
    if (v.answer_timeout <= Duration{0}) return refuse("answer_timeout_ms must be above zero");
    if (v.fence != Fence::ValidityEnd && v.longest_delay <= Duration{0}) {
        return refuse("longest_delay_ms must be above zero where the validity is not the fence");
    }
    if (v.requests_per_second == 0) return refuse("requests_per_second must be above zero");
    if (v.reserve_percent < 20 || v.reserve_percent > 90) {
        return refuse("reserve_percent must be 20 to 90: cancels and hedges live on it");
    }
    return {};
}

} // namespace

Result<EngineConfig> make_engine_config(EngineConfig draft) {
    if (draft.desk == 0 || draft.desk >= (1U << ClOrdID::desk_bits)) {
        return fail("desk: number must be 1 to 4095, it is part of every ClOrdID");
    }
    if (draft.venues.empty()) return fail("desk: at least one venue is needed");
    for (const VenueTraits& venue : draft.venues) {
        if (auto ok = check_venue(venue); !ok) return std::unexpected(ok.error());
    }
    if (draft.accounts.empty()) return fail("desk: at least one account is needed");
    for (const AccountConfig& account : draft.accounts) {
        if (account.venue.value() >= draft.venues.size()) {
            return fail(fmt::format("account {}: its venue is not in the config", account.name));
        }
        if (account.limits.max_open_orders == 0 || account.limits.max_orders_per_second == 0 ||
            account.limits.max_orders_per_second > 1'000'000) {
            return fail(fmt::format("account {}: max_open_orders and max_orders_per_second must be "
                                    "1 to a million (zero never means \"no limit\")",
                                    account.name));
        }
        if (account.limits.max_notional_per_minute <= Money{0} ||
            account.limits.max_notional_per_minute > limit_max ||
            account.limits.max_rejects_in_window == 0 ||
            account.limits.reject_window <= Duration{0}) {
            return fail(
                fmt::format("account {}: max_notional_per_minute, max_rejects_in_window and "
                            "reject_window_ms must be above zero and at most two trillion",
                            account.name));
        }
    }
    for (const InstrumentConfig& one : draft.instruments) {
        if (one.account.value() >= draft.accounts.size()) {
            return fail(fmt::format("instrument {}: its account is not in the config",
                                    one.instrument.symbol));
        }
        if (one.limits.max_order_qty < Lots{0}) {
            return fail(fmt::format("instrument {}: max_order_qty must not be negative (0: the "
                                    "venue's own maximum)",
                                    one.instrument.symbol));
        }
        const Lots venue_max = one.instrument.max_qty;
        if (one.limits.max_order_qty > qty_max ||
            (venue_max > Lots{0} && one.limits.max_order_qty > venue_max)) {
            return fail(fmt::format("instrument {}: max_order_qty is more than the venue takes in "
                                    "one order, or than 2^40 lots",
                                    one.instrument.symbol));
        }
        if (one.limits.max_order_notional > limit_max ||
            one.limits.max_position_notional > limit_max ||
            one.limits.price_collar > Bps{1'000'000 * bps_one}) {
            return fail(fmt::format("instrument {}: max_order_notional and max_position_notional "
                                    "are at most two trillion, price_collar_bps a million",
                                    one.instrument.symbol));
        }
        if (one.limits.max_order_notional <= Money{0} ||
            one.limits.max_position_notional <= Money{0} || one.limits.price_collar <= Bps{0} ||
            one.limits.stale_mark <= Duration{0}) {
            return fail(fmt::format("instrument {}: max_order_notional, max_position_notional, "
                                    "price_collar_bps and stale_mark_ms must be above zero",
                                    one.instrument.symbol));
        }
    }
    if (draft.limits.max_rounds_without_human == 0 || draft.limits.max_loss_session <= Money{0}) {
        return fail("desk: max_rounds_without_human and max_loss_session must be above zero");
    }
    if (draft.limits.max_loss_session > limit_max) {
        return fail("desk: max_loss_session is at most two trillion");
    }
    if (draft.limits.max_surprises_in_window == 0 || draft.limits.surprise_window <= Duration{0}) {
        return fail("desk: max_surprises_in_window and surprise_window_ms must be above zero (zero "
                    "never means \"no limit\")");
    }
    if (draft.instruments.empty()) return fail("desk: at least one instrument is needed");
    std::vector<bool> grouped(draft.instruments.size(), false);
    for (GroupConfig& group : draft.groups) {
        if (group.unit_scale < 0 || group.unit_scale > 18) {
            return fail(fmt::format("group {}: unit_scale must be 0 to 18", group.name));
        }
        bool has_via = false;
        for (const InstrumentIx member : group.members) {
            if (member.value() >= draft.instruments.size()) {
                return fail(fmt::format("group {}: a member is not in the config", group.name));
            }
            Instrument& instrument = draft.instruments[member.value()].instrument;
            if (grouped[member.value()]) {
                return fail(fmt::format("group {}: {} is in two groups, so two would hedge it",
                                        group.name, instrument.symbol));
            }
            grouped[member.value()] = true;
            auto units = units_per_lot(instrument, group);
            if (!units) return std::unexpected(units.error());
            instrument.units_per_lot = *units;
            const Lots most = max(draft.instruments[member.value()].limits.max_order_qty, Lots{1});
            const auto largest = checked_mul(most.value(), *units);
            if (!largest || Units{*largest} > units_max) {
                return fail(fmt::format("group {}: an order of max_order_qty {} of {} is more base "
                                        "units (10^-{}) than can be counted; lower unit_scale",
                                        group.name, most.value(), instrument.symbol,
                                        group.unit_scale));
            }
            has_via = has_via || member == group.hedge_via;
        }
        if (!has_via) {
            return fail(fmt::format("group {}: hedge_via must be one of its members", group.name));
        }
        if (group.exposure_limit <= Units{0}) {
            return fail(fmt::format("group {}: exposure_limit must be above zero", group.name));
        }
        if (group.exposure_limit >= units_max || group.residue_max >= units_max) {
            return fail(fmt::format("group {}: exposure_limit and residue_max must be below 2^58 "
                                    "base units; lower unit_scale",
                                    group.name));
        }
        if (group.members.size() > members_max) {
            return fail(fmt::format("group {}: at most {} members", group.name, members_max));
        }
        if (group.hedge_slippage_start < Bps{0} || group.hedge_slippage_step < Bps{0} ||
            group.hedge_slippage_max < group.hedge_slippage_start) {
            return fail(fmt::format("group {}: hedge_slippage must rise from start to maximum",
                                    group.name));
        }
        for (const InstrumentIx member : group.members) {
            const InstrumentConfig& one = draft.instruments[member.value()];
            if (group.hedge_slippage_max > one.limits.price_collar) {
                return fail(fmt::format("group {}: hedge_slippage_max is above price_collar_bps of "
                                        "{}, so the gate would refuse hedges and closes",
                                        group.name, one.instrument.symbol));
            }
        }
        if (group.hedge_retry <= Duration{0} || group.hedged_within <= Duration{0}) {
            return fail(fmt::format("group {}: hedge_retry_ms and hedged_within_ms must be above "
                                    "zero",
                                    group.name));
        }
        if (group.residue_max < Units{0}) {
            return fail(fmt::format("group {}: residue_max must not be negative", group.name));
        }
        if (group.residue_max == Units{0}) group.residue_max = group.exposure_limit / 4;
    }
    const AuditConfig& audits = draft.audits;
    for (const Duration every :
         {audits.open_orders_every, audits.fills_every, audits.positions_every,
          audits.balances_every, audits.verify_age_max, audits.cancel_repeat, audits.query_repeat,
          audits.recovery_alarm_after}) {
        if (every <= Duration{0}) return fail("audits: every interval must be above zero");
    }
    if (audits.verify_age_max < audits.positions_every * 2) {
        return fail("audits: verify_age_max_ms must be at least twice positions_every_ms, or every "
                    "lost read stops new risk");
    }
    if (audits.queries_per_second == 0)
        return fail("audits: queries_per_second must be above zero");
    if (draft.capacities.orders < 32) {
        return fail("capacities: orders must be at least 32 (an eighth is kept for hedges)");
    }
    if (draft.capacities.legs < 8) return fail("capacities: legs must be at least 8");
    if (draft.capacities.fills < 1'024) return fail("capacities: fills must be at least 1024");
    if (draft.capacities.orders > 16'000'000 || draft.capacities.fills > 1'000'000'000) {
        return fail("capacities: more than 16 million orders or 1 billion fills is not supported");
    }
    return draft;
}

} // namespace keel::core
