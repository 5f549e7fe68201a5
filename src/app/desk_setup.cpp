#include "app/desk_setup.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "base/assert.hpp"
#include "world/world.hpp"

namespace keel::app {
namespace {

// One word of a Choice to one value of an enum; the schema has refused all other words.
template <class Enum> struct Word {
    std::string_view word;
    Enum value;
};
template <class Enum, std::size_t N>
Enum chosen(const Table& table, std::string_view key, const Word<Enum> (&words)[N]) {
    const Value& value = table.value(key);
    if (!value.is_good) return words[0].value;
    for (const Word<Enum>& row : words) {
        if (row.word == value.text) return row.value;
    }
    KEEL_ASSERT(false, "every word of a choice in the schema has its value here");
    std::unreachable();
}

constexpr Word<AmendQty> amend_qty_words[]{{"total", AmendQty::Total},
                                           {"remaining", AmendQty::Remaining},
                                           {"replacement", AmendQty::Replacement}};
constexpr Word<Fence> fence_words[]{{"validity_end", Fence::ValidityEnd},
                                    {"burnt_nonce", Fence::BurntNonce},
                                    {"cancel_all_and_delay", Fence::CancelAllAndDelay}};
constexpr Word<sim::OutsideTold> outside_told_words[]{{"all", sim::OutsideTold::All},
                                                      {"manual", sim::OutsideTold::Manual},
                                                      {"none", sim::OutsideTold::None}};
constexpr Word<sim::NonceRule> nonce_words[]{{"none", sim::NonceRule::None},
                                             {"consecutive", sim::NonceRule::Consecutive},
                                             {"window", sim::NonceRule::Window}};
constexpr Word<bool> position_mode_words[]{{"one_way", false}, {"hedge", true}};
constexpr Word<PriceRule> price_rule_words[]{
    {"tick", PriceRule::Tick}, {"five_significant_digits", PriceRule::FiveSignificantDigits}};
constexpr Word<strategy::Sides> sides_words[]{{"both", strategy::Sides::Both},
                                              {"buy", strategy::Sides::BuyOnly},
                                              {"sell", strategy::Sides::SellOnly}};
constexpr Word<std::uint64_t> mode_words[]{{"continuous", 0}, {"single", 1}}; // rounds_max
constexpr Word<strategy::Adopts> adopts_words[]{{"all", strategy::Adopts::All},
                                                {"none", strategy::Adopts::None}};
constexpr Word<strategy::AtEnd> at_end_words[]{{"hold", strategy::AtEnd::Hold},
                                               {"close", strategy::AtEnd::Close}};
constexpr Word<strategy::OnExit> on_exit_words[]{{"unwind", strategy::OnExit::Unwind},
                                                 {"hold", strategy::OnExit::Hold}};
constexpr Word<strategy::PairLegs> legs_words[]{{"sequential", strategy::PairLegs::Sequential},
                                                {"parallel", strategy::PairLegs::Parallel}};

// The first word that is a key of the section; empty: there is none.
std::string_view first_key(std::string_view text, const Section& section) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    while (!text.empty()) {
        const std::size_t begin = std::min(text.find_first_of(letters), text.size());
        text.remove_prefix(begin);
        const std::string_view word = text.substr(0, text.find_first_not_of(letters));
        if (section.index_of(word) < section.fields().size()) return word;
        text.remove_prefix(word.size());
    }
    return {};
}

core::Moves moves_of(const Table& table) {
    return table.flag("amend_quotes") ? core::Moves::ByAmend : core::Moves::ByCancel;
}

class Builder {
public:
    Builder(const Table& root, const References& refs, Problems& problems)
        : root_(root), refs_(refs), problems_(problems), amounts_(problems) {}

    DeskSetup build() {
        build_desk();
        for (const Table* venue : root_.all("venue")) build_venue(*venue);
        for (const Table* instrument : root_.all("instrument")) build_instrument(*instrument);
        for (const Table* group : root_.all("group")) build_group(*group);
        for (const Table* xemm : root_.all("xemm")) build_xemm(*xemm);
        for (const Table* bracket : root_.all("bracket")) build_bracket(*bracket);
        for (const Table* guardian : root_.all("guardian")) build_guardian(*guardian);
        for (const Table* pair : root_.all("pair")) build_pair(*pair);
        for (const Table* quoter : root_.all("quoter")) build_quoter(*quoter);
        return std::move(out_);
    }

private:
    void build_desk() {
        const Table& desk = root_.child("desk");
        core::EngineConfig& engine = out_.desk.engine;
        engine.desk = desk.small("number");
        const Table& capacities = desk.child("capacities");
        engine.capacities.orders = capacities.small("orders");
        engine.capacities.legs = capacities.small("legs");
        engine.capacities.fills = capacities.small("fills");
        const Table& limits = desk.child("limits");
        engine.limits.max_rounds_without_human =
            static_cast<std::uint64_t>(limits.integer("max_rounds_without_human"));
        engine.limits.max_loss_session = amounts_.money(limits, "max_loss_session");
        const Table& audits = desk.child("audits");
        engine.audits.open_orders_every = audits.span("open_orders_every_ms");
        engine.audits.fills_every = audits.span("fills_every_ms");
        engine.audits.positions_every = audits.span("positions_every_ms");
        engine.audits.balances_every = audits.span("balances_every_ms");
        engine.audits.verify_age_max = audits.span("verify_age_max_ms");
        engine.audits.cancel_repeat = audits.span("cancel_repeat_ms");
        engine.audits.query_repeat = audits.span("query_repeat_ms");
        engine.audits.queries_per_second = audits.small("queries_per_second");
        engine.audits.cancels_before_escalation = audits.small("cancels_before_escalation");
        engine.audits.recovery_alarm_after = audits.span("recovery_alarm_after_ms");
    }

    static VenueTraits read_traits(const Table& venue) {
        const Table& table = venue.child("traits");
        VenueTraits out;
        out.name = venue.text("name");
        out.amend_supported = table.flag("amend_supported");
        out.amend_qty = chosen(table, "amend_qty", amend_qty_words);
        out.amend_keeps_order_id = table.flag("amend_keeps_order_id");
        out.fence = chosen(table, "fence", fence_words);
        out.validity = table.span("validity_ms");
        out.visibility = table.span("visibility_ms");
        out.clock_error = table.span("clock_error_ms");
        out.longest_delay = table.span("longest_delay_ms");
        out.answer_timeout = table.span("answer_timeout_ms");
        out.end_vouches_qty = table.flag("end_vouches_qty");
        out.status_by_cl_ord_id = table.flag("status_by_cl_ord_id");
        out.reduce_only_at_match = table.flag("reduce_only_at_match");
        out.cancels_overtake = table.flag("cancels_overtake");
        out.tells_all_changes = table.flag("tells_all_changes");
        out.heartbeat_timeout = table.span("heartbeat_timeout_ms");
        out.batch_max = table.small("batch_max");
        out.requests_per_second = table.small("requests_per_second");
        out.reserve_percent = table.small("reserve_percent");
        return out;
    }

    // A venue, our one account there, and how the simulated one behaves.
    void build_venue(const Table& table) {
        const VenueIx venue{static_cast<std::uint32_t>(out_.venues.size())};
        const AccountIx account{venue.value()};
        const VenueTraits traits = read_traits(table);
        out_.desk.engine.venues.push_back(traits);

        core::AccountConfig own{.name = traits.name, .venue = venue, .limits = {}};
        const Table& limits = table.child("limits");
        own.limits.max_open_orders = limits.small("max_open_orders");
        own.limits.max_orders_per_second = limits.small("max_orders_per_second");
        own.limits.max_notional_per_minute = amounts_.money(limits, "max_notional_per_minute");
        own.limits.max_rejects_in_window = limits.small("max_rejects_in_window");
        own.limits.reject_window = limits.span("reject_window_ms");
        out_.desk.engine.accounts.push_back(own);

        sim::VenueConfig& sim = out_.venues.emplace_back();
        sim.venue = venue;
        sim.traits = traits;
        sim.accounts.push_back({account, amounts_.money(table, "collateral")});
        sim.clock_offset = table.span("clock_offset_ms");
        sim.fills_replayed_on_reconnect = table.flag("fills_replayed_on_reconnect");
        sim.orders_snapshot_on_reconnect = table.flag("orders_snapshot_on_reconnect");
        sim.self_trade_reports_rejected = table.flag("self_trade_reports_rejected");
        sim.answers_before_judging = table.flag("answers_before_judging");
        sim.tells_mined = table.flag("tells_mined");
        sim.nonces = chosen(table, "nonces", nonce_words);
        sim.failed_rests_again = table.flag("failed_rests_again");
        sim.pushes_positions = table.flag("pushes_positions");
        sim.reduce_only_size_checked = table.flag("reduce_only_size_checked");
        sim.outside_told = chosen(table, "outside_told", outside_told_words);
        sim.hedge_mode = chosen(table, "position_mode", position_mode_words);
        sim.orders_max = table.small("orders_max");
        sim.messages_max = table.small("messages_max");
        sim.history_max = table.small("history_max");
    }

    void build_instrument(const Table& table) {
        const std::size_t index = out_.desk.engine.instruments.size();
        const std::size_t problems_before = problems_.count();
        const VenueIx venue = refs_.venue_of[index];
        const Decimal lot = table.value("lot").decimal;
        Instrument draft;
        draft.symbol = table.text("symbol");
        draft.tick_size = table.value("tick").decimal;
        draft.lot_size = lot;
        if (table.value("min_qty").is_set) draft.min_qty = lots(table, "min_qty", lot);
        draft.max_qty = lots(table, "max_qty", lot);
        draft.min_notional = amounts_.money(table, "min_notional");
        draft.min_notional_spares_full_close = table.flag("min_notional_spares_full_close");
        draft.price_rule = chosen(table, "price_rule", price_rule_words);
        if (table.value("price_step").is_set) {
            draft.price_step = max(ticks(table, "price_step"), Ticks{1});
        }
        draft.px_end = ticks(table, "px_end");
        draft.long_only = table.flag("long_only");
        draft.settles_late = table.flag("settles_late");
        draft.maker_fee_ppm = ppm(table, "maker_fee_bps");
        draft.taker_fee_ppm = ppm(table, "taker_fee_bps");
        draft.initial_margin_ppm = ppm(table, "initial_margin_bps");
        draft.venue = venue;

        core::InstrumentConfig own;
        own.instrument = draft;
        own.account = AccountIx{venue.value()};
        const Table& limits = table.child("limits");
        own.limits.max_order_qty = lots(limits, "max_order_qty", lot);
        own.limits.max_order_notional = amounts_.money(limits, "max_order_notional");
        own.limits.max_position_notional = amounts_.money(limits, "max_position_notional");
        own.limits.price_collar = limits.bps("price_collar_bps");
        own.limits.stale_mark = limits.span("stale_mark_ms");
        check_tick(table, draft.price_rule);
        check_end(table, draft);
        // The model sees whole drafts only: half of one has its problem already, and how the sizes
        // fit together is said by cross_check().
        const bool fits = draft.max_qty == Lots{0} || draft.min_qty <= draft.max_qty;
        if (fits && std::ranges::all_of(table.values(), &Value::is_good) &&
            problems_.count() == problems_before) {
            complete(table, own.instrument);
        }
        out_.desk.engine.instruments.push_back(own);
        if (!venue.is_none()) {
            out_.venues[venue.value()].instruments.push_back(
                {.instrument = InstrumentIx{static_cast<std::uint32_t>(index)},
                 .account = own.account,
                 .spec = own.instrument,
                 .queue_cancel_share_ppm = table.small("queue_cancel_share_percent") * 10'000,
                 .maintenance_margin_ppm = ppm(table, "maintenance_margin_bps")});
        }
    }

    void check_tick(const Table& table, PriceRule rule) {
        const Value& tick = table.value("tick");
        if (rule != PriceRule::FiveSignificantDigits || !tick.is_good) return;
        const Decimal least = normalized(tick.decimal);
        if (least.mantissa == 1) return;
        problems_.add(tick.place, table.label_of("tick"),
                      fmt::format("is {}, but with price_rule = \"{}\" it is a power of ten of at "
                                  "most 1, such as {}",
                                  tick.text, table.text("price_rule"),
                                  to_string(Decimal{1, least.scale})));
    }

    // The finest step divides the others.
    void check_end(const Table& table, const Instrument& draft) {
        const Value& end = table.value("px_end");
        const Value& step = table.value("price_step");
        if (!end.is_set || !end.is_good || !step.is_good || draft.price_step <= Ticks{0}) return;
        if (draft.px_end.value() % draft.price_step.value() == 0) return;
        problems_.add(
            end.place, table.label_of("px_end"),
            fmt::format("is {}, which is no multiple of price_step = {}", end.text, step.text));
    }

    Ticks ticks(const Table& table, std::string_view key) {
        return Ticks{amounts_.count(table, key, table.value("tick").decimal, "the tick")};
    }

    void complete(const Table& table, Instrument& draft) {
        if (Result<Instrument> made = make_instrument(draft)) {
            draft = *made;
        } else {
            problems_.add(table.value("tick").place, table.label(), made.error().text());
        }
    }

    [[nodiscard]] bool is_in_hedge_mode(InstrumentIx instrument) const {
        const VenueIx venue = refs_.venue_of[instrument.value()];
        return !venue.is_none() && out_.venues[venue.value()].hedge_mode;
    }

    Lots lots(const Table& table, std::string_view key, Decimal lot) {
        return Lots{amounts_.count(table, key, lot, "the lot")};
    }

    // One hundredth of a basis point is one part per million.
    static std::int32_t ppm(const Table& table, std::string_view key) {
        static_assert(bps_one * 10'000 == ppm_one);
        return static_cast<std::int32_t>(table.bps(key).value());
    }

    void build_group(const Table& table) {
        const std::size_t index = out_.desk.engine.groups.size();
        core::GroupConfig group;
        group.name = table.text("name");
        group.unit_scale = static_cast<int>(table.integer("unit_scale"));
        group.members = refs_.members[index];
        group.hedge_via = refs_.hedge_via[index];
        const Decimal unit{1, group.unit_scale};
        group.exposure_limit =
            Units{amounts_.count(table, "exposure_limit", unit, "the base unit")};
        group.residue_max = Units{amounts_.count(table, "residue_max", unit, "the base unit")};
        group.hedge_slippage_start = table.bps("hedge_slippage_start_bps");
        group.hedge_slippage_step = table.bps("hedge_slippage_step_bps");
        group.hedge_slippage_max = table.bps("hedge_slippage_max_bps");
        group.hedge_retry = table.span("hedge_retry_ms");
        group.hedged_within = table.span("hedged_within_ms");
        group.assign_adjustments = table.flag("assign_adjustments");
        out_.desk.engine.groups.push_back(group);
    }

    void build_xemm(const Table& table) {
        const References::Xemm& who = refs_.xemm[out_.desk.xemm.size()];
        strategy::XemmConfig xemm;
        xemm.name = table.text("name");
        xemm.group = who.group;
        xemm.maker = who.maker;
        xemm.hedge = who.hedge;
        xemm.sides = chosen(table, "sides", sides_words);
        if (!who.maker.is_none()) {
            const Table& maker = *root_.all("instrument")[who.maker.value()];
            xemm.order_qty = lots(table, "order_qty", maker.value("lot").decimal);
        }
        xemm.target_edge = table.bps("target_edge_bps");
        xemm.edge_drift = table.bps("edge_drift_bps");
        xemm.refresh_age = table.span("refresh_age_ms");
        xemm.rounds_max = chosen(table, "mode", mode_words);
        xemm.on_exit = chosen(table, "on_exit", on_exit_words);
        xemm.moves = moves_of(table);
        out_.desk.xemm.push_back(xemm);
    }

    void build_bracket(const Table& table) {
        strategy::BracketConfig bracket;
        bracket.name = table.text("name");
        bracket.instrument = refs_.bracket[out_.desk.bracket.size()];
        if (!bracket.instrument.is_none()) {
            const Table& held = *root_.all("instrument")[bracket.instrument.value()];
            bracket.qty_max = lots(table, "qty_max", held.value("lot").decimal);
            bracket.hedge_mode = is_in_hedge_mode(bracket.instrument);
        }
        bracket.stop = table.bps("stop_bps");
        bracket.limit = table.bps("limit_bps");
        bracket.emergency = table.bps("emergency_bps");
        bracket.stop_slippage = table.bps("stop_slippage_bps");
        bracket.emergency_slippage = table.bps("emergency_slippage_bps");
        bracket.stop_share_percent = table.small("stop_share_percent");
        bracket.limit_share_percent = table.small("limit_share_percent");
        bracket.break_even_after = table.bps("break_even_after_bps");
        bracket.trail = table.bps("trail_bps");
        bracket.move_min = table.bps("move_min_bps");
        bracket.slippage_start = table.bps("slippage_start_bps");
        bracket.slippage_step = table.bps("slippage_step_bps");
        bracket.slippage_max = table.bps("slippage_max_bps");
        bracket.retry = table.span("retry_ms");
        bracket.stop_grace = table.span("stop_grace_ms");
        bracket.protected_within = table.span("protected_within_ms");
        out_.desk.bracket.push_back(bracket);
    }

    void build_guardian(const Table& table) {
        strategy::GuardianConfig guardian;
        guardian.name = table.text("name");
        guardian.watch = refs_.guardian[out_.desk.guardian.size()];
        guardian.hedge_mode = !guardian.watch.empty() && is_in_hedge_mode(guardian.watch.front());
        guardian.adopts = chosen(table, "adopts", adopts_words);
        guardian.stop = table.bps("stop_bps");
        guardian.limit = table.bps("limit_bps");
        guardian.drawdown = table.bps("drawdown_bps");
        guardian.max_hold = table.span("max_hold_ms");
        guardian.slippage_start = table.bps("slippage_start_bps");
        guardian.slippage_step = table.bps("slippage_step_bps");
        guardian.slippage_max = table.bps("slippage_max_bps");
        guardian.retry = table.span("retry_ms");
        guardian.closed_within = table.span("closed_within_ms");
        guardian.already_closed_max = table.small("already_closed_max");
        guardian.loop_time_max = table.span("loop_time_max_ms");
        guardian.on_exit = chosen(table, "on_exit", at_end_words);
        out_.desk.guardian.push_back(guardian);
    }

    void build_pair(const Table& table) {
        const References::Pair& who = refs_.pair[out_.desk.pair.size()];
        strategy::PairConfig pair;
        pair.name = table.text("name");
        pair.group = who.group;
        pair.first = who.first;
        pair.second = who.second;
        pair.legs = chosen(table, "legs", legs_words);
        if (!who.first.is_none()) {
            const Table& first = *root_.all("instrument")[who.first.value()];
            pair.qty = lots(table, "qty", first.value("lot").decimal);
        }
        if (!who.second.is_none()) { // whole lots there, too
            lots(table, "qty", root_.all("instrument")[who.second.value()]->value("lot").decimal);
        }
        pair.entry = table.bps("entry_bps");
        pair.slippage = table.bps("slippage_bps");
        pair.exit_profit = table.bps("exit_profit_bps");
        pair.exit_carry = table.bps("exit_carry_bps");
        pair.first_funding = table.span("first_funding_ms");
        pair.second_funding = table.span("second_funding_ms");
        pair.hold_min = table.span("hold_min_ms");
        pair.hold_max = table.span("hold_max_ms");
        pair.second_leg_within = table.span("second_leg_within_ms");
        pair.pause = table.span("pause_ms");
        pair.retry = table.span("retry_ms");
        out_.desk.pair.push_back(pair);
    }

    void build_quoter(const Table& table) {
        const References::Quoter& who = refs_.quoter[out_.desk.quoter.size()];
        strategy::QuoterConfig quoter;
        quoter.name = table.text("name");
        quoter.first = who.first;
        quoter.second = who.second;
        quoter.levels = table.small("levels");
        if (!who.first.is_none()) {
            const Table& first = *root_.all("instrument")[who.first.value()];
            const Decimal lot = first.value("lot").decimal;
            const auto ticks = [&](std::string_view key) {
                const Decimal tick = first.value("tick").decimal;
                return Ticks{amounts_.count(table, key, tick, "the tick")};
            };
            quoter.level_qty = lots(table, "level_qty", lot);
            quoter.inventory_max = lots(table, "inventory_max", lot);
            quoter.complete_above = lots(table, "complete_above", lot);
            quoter.merge_min = lots(table, "merge_min", lot);
            quoter.reward_min_qty = lots(table, "reward_min_qty", lot);
            quoter.half_spread = ticks("half_spread");
            quoter.level_gap = ticks("level_gap");
            quoter.skew = ticks("skew");
            quoter.requote = ticks("requote");
            quoter.slack = ticks("slack");
            quoter.reward_spread = ticks("reward_spread");
        }
        quoter.slippage = table.bps("slippage_bps");
        if (const Duration cut_off = table.span("cut_off_ms"); cut_off > Duration{0}) {
            quoter.cut_off_at = world::WorldConfig{}.start + cut_off;
        }
        quoter.retry = table.span("retry_ms");
        quoter.post_every = table.span("post_every_ms");
        quoter.clamps_max = table.small("clamps_per_minute");
        quoter.reward_every = table.span("reward_every_ms");
        quoter.on_exit = chosen(table, "on_exit", on_exit_words);
        quoter.moves = moves_of(table);
        out_.desk.quoter.push_back(quoter);
    }

    const Table& root_;
    const References& refs_;
    Problems& problems_;
    Amounts amounts_;
    DeskSetup out_;
};

} // namespace

DeskSetup build_desk_setup(const Table& root, const References& refs, Problems& problems) {
    return Builder{root, refs, problems}.build();
}

Result<void> complete(DeskSetup& setup) {
    Result<strategy::DeskConfig> desk = strategy::make_desk_config(std::move(setup.desk));
    if (!desk) return std::unexpected(desk.error());
    setup.desk = std::move(*desk);
    for (sim::VenueConfig& venue : setup.venues) {
        for (sim::SimInstrument& instrument : venue.instruments) {
            instrument.spec =
                setup.desk.engine.instruments[instrument.instrument.value()].instrument;
        }
    }
    return {};
}

std::vector<std::string> refused_texts(const Error& error, const Table& root,
                                       std::string_view file) {
    std::string_view text = error.text();
    for (const std::string_view kind : {"xemm", "bracket", "guardian", "pair", "quoter"}) {
        for (const Table* table : root.all(kind)) {
            const std::string begin = fmt::format("{} {}: ", kind, table->text("name"));
            if (!text.starts_with(begin)) continue;
            text.remove_prefix(begin.size());
            Problems problems;
            if (const std::string_view key = first_key(text, table->section()); !key.empty()) {
                problems.add(table->value(key).place, table->label_of(key), text);
            } else {
                problems.add(table->place(), table->label(), text);
            }
            return problems.texts(file);
        }
    }
    return {fmt::format("{}: {}", file, text)};
}

} // namespace keel::app
