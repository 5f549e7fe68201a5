#include <algorithm>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "app/memory.hpp"
#include "app/run_config.hpp"
#include "app/words.hpp"

namespace keel::app {
namespace {

bool good(const Table& table, std::initializer_list<std::string_view> keys) {
    return std::ranges::all_of(keys, [&](std::string_view key) {
        const Value& value = table.value(key);
        return value.is_good && value.is_set;
    });
}

class Checker {
public:
    Checker(const Table& root, const References& refs, Problems& problems)
        : refs_(refs), problems_(problems), desk_(root.child("desk")), venues_(root.all("venue")),
          instruments_(root.all("instrument")), groups_(root.all("group")),
          xemms_(root.all("xemm")), brackets_(root.all("bracket")),
          guardians_(root.all("guardian")), pairs_(root.all("pair")) {}

    void check() {
        check_audits();
        for (std::size_t i = 0; i < venues_.size(); ++i) check_venue(i);
        for (std::size_t i = 0; i < instruments_.size(); ++i) check_instrument(i);
        for (std::size_t i = 0; i < groups_.size(); ++i) check_group(i);
        for (std::size_t i = 0; i < xemms_.size(); ++i) check_xemm(i);
        for (std::size_t i = 0; i < brackets_.size(); ++i) check_bracket(i);
        for (std::size_t i = 0; i < guardians_.size(); ++i) check_guardian(i);
        for (std::size_t i = 0; i < pairs_.size(); ++i) check_pair(i);
    }

private:
    void refuse(const Table& table, std::string_view key, std::string_view text) {
        problems_.add(table.value(key).place, table.label_of(key), text);
    }
    void warn(const Table& table, std::string_view key, std::string_view text) {
        problems_.warn(table.value(key).place, table.label_of(key), text);
    }

    // --- venues ----------------------------------------------------------------------------------

    void check_venue(std::size_t index) {
        const Table& venue = *venues_[index];
        check_bounds_of_reads(venue);
        check_validity(venue);
        if (const Table* basis = venue.find_child("basis")) check_basis(*basis);
        check_rate(venue.child("traits"));
        check_history(venue);
        check_nonces(venue);
        check_outside(index);
        const auto is_here = [&](VenueIx v) { return v.value() == index; };
        if (std::ranges::none_of(refs_.venue_of, is_here)) {
            problems_.warn(venue.place(), venue.label(), "no [[instrument]] is on it");
        }
    }

    void check_nonces(const Table& venue) {
        const Table& traits = venue.child("traits");
        if (!good(traits, {"fence"}) || !good(venue, {"nonces"})) return;
        if (traits.text("fence") != "burnt_nonce" || venue.text("nonces") != "none") return;
        refuse(traits, "fence", "is burnt_nonce, and the venue has none to burn: nonces is none");
    }

    // What happens at a venue without a word is no surprise only to a desk that is told to expect
    // it.
    void check_outside(std::size_t index) {
        const Table& venue = *venues_[index];
        const Table& traits = venue.child("traits");
        if (!good(venue, {"outside_told"}) || !good(traits, {"tells_all_changes"})) return;
        const std::string_view told = venue.text("outside_told");
        if (told == "all" || !traits.flag("tells_all_changes")) return;
        for (std::size_t i = 0; i < instruments_.size(); ++i) {
            const Table& instrument = *instruments_[i];
            if (refs_.venue_of[i].value() != index) continue;
            const std::optional<std::string> silent = silent_change(instrument, told == "none");
            if (!silent) continue;
            refuse(traits, "tells_all_changes",
                   fmt::format("is true, but with outside_told = \"{}\" no fill tells of what "
                               "{} brings about at \"{}\": a good desk would halt, as the venue "
                               "breaks its promise; set it to false",
                               told, *silent, instrument_name(instrument)));
            return;
        }
    }

    // The key by which something happens to an instrument that is not told; none: nothing does.
    static std::optional<std::string> silent_change(const Table& instrument, bool by_hand_too) {
        if (good(instrument, {"maintenance_margin_bps"}) &&
            instrument.bps("maintenance_margin_bps") > Bps{0}) {
            return "maintenance_margin_bps";
        }
        const Table* outside = instrument.find_child("outside");
        if (outside == nullptr) return std::nullopt; // (a scenario has deeds)
        for (const std::string_view key :
             {"liquidations_per_hour", "adl_per_hour", "manual_trades_per_hour"}) {
            if (key == "manual_trades_per_hour" && !by_hand_too) continue;
            if (!good(*outside, {key}) || outside->integer(key) == 0) continue;
            return fmt::format("outside.{}", key);
        }
        return std::nullopt;
    }

    // The upper end of a delay; none where a problem has been said of it. A scenario has no delays.
    static std::optional<std::int64_t> longest(const Table& venue, std::string_view delay) {
        const Table* delays = venue.find_child("delays");
        if (delays == nullptr) return 0;
        if (!good(*delays, {delay})) return std::nullopt;
        return delays->value(delay).upper;
    }

    void check_bounds_of_reads(const Table& venue) {
        const Table& traits = venue.child("traits");
        const auto lag = longest(venue, "read_lag_ms");
        if (good(traits, {"visibility_ms"}) && lag) {
            const std::int64_t bound = traits.integer("visibility_ms");
            if (*lag > bound) {
                refuse(venue.child("delays"), "read_lag_ms",
                       fmt::format("goes up to {} ms, but traits.visibility_ms promises that no "
                                   "read is staler than {} ms",
                                   *lag, bound));
            }
        }
        if (good(traits, {"clock_error_ms"}) && good(venue, {"clock_offset_ms"})) {
            const std::int64_t offset = venue.integer("clock_offset_ms");
            const std::int64_t bound = traits.integer("clock_error_ms");
            if (std::abs(offset) > bound) {
                refuse(venue, "clock_offset_ms",
                       fmt::format("is {}, but traits.clock_error_ms promises that the clocks "
                                   "differ by at most {} ms",
                                   offset, bound));
            }
        }
    }

    void check_validity(const Table& venue) {
        const Table& traits = venue.child("traits");
        if (!good(traits, {"validity_ms", "clock_error_ms"})) return;
        const std::int64_t validity = traits.integer("validity_ms");
        const std::int64_t clock = traits.integer("clock_error_ms");
        if (venue.find_child("delays") == nullptr) {
            if (clock < validity) return;
            refuse(traits, "validity_ms",
                   fmt::format("is {}, but must be above clock_error_ms = {}", validity, clock));
            return;
        }
        for (const std::string_view path : {"socket_request_ms", "rest_request_ms"}) {
            const auto delay = longest(venue, path);
            if (!delay) continue;
            const std::int64_t arrives = *delay / 2 + clock;
            if (arrives < validity) continue;
            refuse(
                traits, "validity_ms",
                fmt::format("is {}, but delays.{} and the clock error take up to {} ms: the venue "
                            "would refuse good requests as too old",
                            validity, path, arrives));
        }
    }

    void check_basis(const Table& basis) {
        if (good(basis, {"percentile_1_bps", "median_bps", "percentile_99_bps"})) {
            const bool ordered = basis.bps("percentile_1_bps") <= basis.bps("median_bps") &&
                                 basis.bps("median_bps") <= basis.bps("percentile_99_bps");
            if (!ordered) {
                refuse(basis, "median_bps",
                       fmt::format("is {}, but must lie between percentile_1_bps = {} and "
                                   "percentile_99_bps = {}",
                                   basis.text("median_bps"), basis.text("percentile_1_bps"),
                                   basis.text("percentile_99_bps")));
            }
        }
        if (good(basis, {"half_life_ms", "grid_ms"}) &&
            basis.integer("grid_ms") > basis.integer("half_life_ms")) {
            refuse(basis, "grid_ms",
                   fmt::format("is {}, but must be at most half_life_ms = {}",
                               basis.integer("grid_ms"), basis.integer("half_life_ms")));
        }
    }

    void check_history(const Table& venue) {
        if (!good(venue, {"history_max", "orders_max"})) return;
        const std::int64_t history = venue.integer("history_max");
        if (history == 0 || history >= venue.integer("orders_max")) return;
        refuse(venue, "history_max",
               fmt::format("is {}, but must be 0 or at least orders_max = {}: the venue would "
                           "forget what its orders became",
                           history, venue.integer("orders_max")));
    }

    void check_rate(const Table& traits) {
        const Table& audits = desk_.child("audits");
        if (good(traits, {"requests_per_second"}) && good(audits, {"queries_per_second"}) &&
            audits.integer("queries_per_second") >= traits.integer("requests_per_second")) {
            refuse(traits, "requests_per_second",
                   fmt::format("is {}, but desk.audits.queries_per_second = {} would use it up",
                               traits.integer("requests_per_second"),
                               audits.integer("queries_per_second")));
        }
    }

    void check_audits() {
        const Table& audits = desk_.child("audits");
        if (!good(audits, {"positions_every_ms", "verify_age_max_ms"})) return;
        std::int64_t visibility = 0; // of the venue with the stalest reads
        for (const Table* venue : venues_) {
            const Table& traits = venue->child("traits");
            if (!good(traits, {"visibility_ms"})) continue;
            visibility = std::max(visibility, traits.integer("visibility_ms"));
        }
        const std::int64_t every = audits.integer("positions_every_ms");
        const std::int64_t least = 2 * every + visibility;
        if (audits.integer("verify_age_max_ms") >= least) return;
        refuse(audits, "verify_age_max_ms",
               fmt::format("is {}, but positions are read every {} ms and may be {} ms stale: one "
                           "lost read would stop new risk; set at least {}",
                           audits.integer("verify_age_max_ms"), every, visibility, least));
    }

    // --- instruments -----------------------------------------------------------------------------

    void check_instrument(std::size_t index) {
        const Table& table = *instruments_[index];
        at_most(table, "min_qty", table, "max_qty", "max_qty");
        at_most(table, "min_qty", table.child("limits"), "max_order_qty", "limits.max_order_qty");
        const Table& limits = table.child("limits");
        at_most(limits, "max_order_notional", limits, "max_position_notional",
                "max_position_notional");
        for (const std::string_view key : {"long_only", "settles_late"}) {
            if (!is_in_hedge_mode(InstrumentIx{static_cast<std::uint32_t>(index)})) break;
            if (!good(table, {key}) || !table.flag(key)) continue;
            refuse(table, key,
                   "is true at a venue with position_mode = \"hedge\": shares are held one way");
        }
        if (good(table, {"maintenance_margin_bps", "initial_margin_bps"}) &&
            table.bps("maintenance_margin_bps") >= table.bps("initial_margin_bps")) {
            refuse(table, "maintenance_margin_bps",
                   fmt::format("is {}, but must be below initial_margin_bps = {}: what was just "
                               "opened would be liquidated",
                               table.text("maintenance_margin_bps"),
                               table.text("initial_margin_bps")));
        }
        if (refs_.group_of[index].is_none() && !refs_.is_held[index]) {
            problems_.warn(table.place(), table.label(),
                           "is a member of no [[group]], and no strategy holds it: never traded");
        }
    }

    // Says at the first what is above the second.
    void at_most(const Table& table, std::string_view key, const Table& bound_table,
                 std::string_view bound, std::string_view bound_name) {
        if (!good(table, {key}) || !good(bound_table, {bound})) return;
        if (compare(table.value(key).decimal, bound_table.value(bound).decimal) <= 0) return;
        refuse(table, key,
               fmt::format("is {}, which is above {} = {}", table.text(key), bound_name,
                           bound_table.text(bound)));
    }

    // --- groups ----------------------------------------------------------------------------------

    void check_group(std::size_t index) {
        const Table& group = *groups_[index];
        check_members(group, refs_.members[index]);
        check_slippage(group, refs_.hedge_via[index]);
        check_hedged_within(group, refs_.hedge_via[index]);
        check_exposure(group, GroupIx{static_cast<std::uint32_t>(index)});
    }

    void check_members(const Table& group, const std::vector<InstrumentIx>& members) {
        if (members.empty()) return;
        const Table& first = *instruments_[members.front().value()];
        bool one_venue = members.size() > 1;
        for (const InstrumentIx member : members) {
            const Table& table = *instruments_[member.value()];
            one_venue &= refs_.venue_of[member.value()] == refs_.venue_of[members.front().value()];
            if (is_in_hedge_mode(member)) {
                refuse(group, "members",
                       fmt::format("\"{}\" is at a venue with position_mode = \"hedge\": what a "
                                   "group holds is one position of each instrument",
                                   instrument_name(table)));
            }
            if (!good(table, {"base"}) || !good(first, {"base"})) continue;
            if (table.text("base") != first.text("base")) {
                refuse(group, "members",
                       fmt::format("\"{}\" is {} and \"{}\" is {}: they do not hedge each other",
                                   instrument_name(first), first.text("base"),
                                   instrument_name(table), table.text("base")));
            }
            check_lot_in_units(group, table);
        }
        if (one_venue) refuse(group, "members", "are all on one venue; a hedge is on another");
    }

    [[nodiscard]] bool is_in_hedge_mode(InstrumentIx instrument) const {
        const VenueIx venue = refs_.venue_of[instrument.value()];
        if (venue.is_none()) return false;
        const Value& mode = venues_[venue.value()]->value("position_mode");
        return mode.is_good && mode.text == "hedge";
    }

    void check_lot_in_units(const Table& group, const Table& instrument) {
        if (!good(group, {"unit_scale"}) || !good(instrument, {"lot"})) return;
        const Decimal lot = normalized(instrument.value("lot").decimal);
        if (lot.scale <= group.integer("unit_scale")) return;
        refuse(group, "unit_scale",
               fmt::format("is {}, but the lot of \"{}\" is {}: set at least {}",
                           group.integer("unit_scale"), instrument_name(instrument), shown(lot),
                           lot.scale));
    }

    void check_slippage(const Table& group, InstrumentIx via) {
        if (!good(group, {"hedge_slippage_start_bps", "hedge_slippage_max_bps"})) return;
        const Bps most = group.bps("hedge_slippage_max_bps");
        if (group.bps("hedge_slippage_start_bps") > most) {
            refuse(group, "hedge_slippage_start_bps",
                   fmt::format("is {}, which is above hedge_slippage_max_bps = {}",
                               group.text("hedge_slippage_start_bps"),
                               group.text("hedge_slippage_max_bps")));
        }
        if (via.is_none()) return;
        const Table& limits = instruments_[via.value()]->child("limits");
        if (good(limits, {"price_collar_bps"}) && limits.bps("price_collar_bps") <= most) {
            refuse(
                group, "hedge_slippage_max_bps",
                fmt::format("is {}, but {}.price_collar_bps = {}: the last gate would refuse the "
                            "hedge",
                            group.text("hedge_slippage_max_bps"), limits.label(),
                            limits.text("price_collar_bps")));
        }
    }

    // A hedge whose answer is lost holds the next one back until its fence, V and one question; a
    // bound below that would be broken by one lost message. (design-check.md, section 2)
    void check_hedged_within(const Table& group, InstrumentIx via) {
        if (via.is_none() || refs_.venue_of[via.value()].is_none()) return;
        if (!good(group, {"hedged_within_ms", "hedge_retry_ms"})) return;
        check_bound(group, "hedged_within_ms", "a hedge",
                    *venues_[refs_.venue_of[via.value()].value()]);
    }

    // `what` is sent again only once nothing of the lost one can come any more.
    void check_bound(const Table& table, std::string_view key, std::string_view what,
                     const Table& venue) {
        const Table& traits = venue.child("traits");
        const auto round_trip = longest(venue, "rest_request_ms");
        if (!good(traits, {"fence", "validity_ms", "longest_delay_ms", "clock_error_ms",
                           "visibility_ms"}) ||
            !round_trip) {
            return;
        }
        const bool by_delay = traits.text("fence") != "validity_end"; // as longest_flight() has it
        const std::string_view fence_key = by_delay ? "longest_delay_ms" : "validity_ms";
        const std::int64_t fence = traits.integer(fence_key);
        const std::int64_t clock = traits.integer("clock_error_ms");
        const std::int64_t visibility = traits.integer("visibility_ms");
        const std::int64_t least = fence + clock + visibility + *round_trip;
        if (table.integer(key) >= least) return;
        refuse(table, key,
               fmt::format("is {}, but {} whose answer is lost holds the next one back for {} "
                           "ms at {} ({} {} + clock_error_ms {} + visibility_ms {} + a round trip "
                           "{}); set at least that",
                           table.integer(key), what, least, venue.text("name"), fence_key, fence,
                           clock, visibility, *round_trip));
    }

    // Two quotes a side must fit, or a new quote waits until the end of the old one is evidence.
    void check_exposure(const Table& group, GroupIx ix) {
        if (!good(group, {"exposure_limit"})) return;
        std::optional<Decimal> quotes;
        for (std::size_t i = 0; i < xemms_.size(); ++i) {
            if (refs_.xemm[i].group != ix || !good(*xemms_[i], {"order_qty"})) continue;
            const Decimal qty = xemms_[i]->value("order_qty").decimal;
            quotes = quotes ? add(*quotes, qty) : qty;
            if (!quotes) return;
        }
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            if (refs_.pair[i].group != ix || !good(*pairs_[i], {"qty"})) continue;
            at_most(*pairs_[i], "qty", group, "exposure_limit", group.label() + ".exposure_limit");
        }
        const auto twice = quotes ? add(*quotes, *quotes) : std::nullopt;
        if (!twice) return;
        const Decimal limit = group.value("exposure_limit").decimal;
        if (compare(limit, *quotes) < 0) {
            refuse(group, "exposure_limit",
                   fmt::format("is {}, but a quote is {}: none could ever be placed; set at least "
                               "{}, room for two",
                               group.text("exposure_limit"), shown(*quotes), shown(*twice)));
        } else if (compare(limit, *twice) < 0) {
            warn(group, "exposure_limit",
                 fmt::format("is {}, and a quote is {}: a new quote will wait until the end of the "
                             "old one is evidence; {} is room for two",
                             group.text("exposure_limit"), shown(*quotes), shown(*twice)));
        }
    }

    // --- xemm ------------------------------------------------------------------------------------

    void check_xemm(std::size_t index) {
        const Table& xemm = *xemms_[index];
        const References::Xemm& who = refs_.xemm[index];
        if (good(xemm, {"order_qty"})) {
            check_size(xemm, "order_qty", who.maker, "maker");
            check_size(xemm, "order_qty", who.hedge, "hedge");
        }
        for (std::size_t other = 0; other < index && !who.maker.is_none(); ++other) {
            if (refs_.xemm[other].maker != who.maker) continue;
            refuse(
                xemm, "maker",
                fmt::format("is \"{}\", which {} quotes already; they would trade with each other",
                            xemm.text("maker"), xemms_[other]->label()));
        }
    }

    // Whole fills of a quote must be small enough to place and large enough to hedge.
    void check_size(const Table& strategy, std::string_view qty_key, InstrumentIx ix,
                    std::string_view role) {
        if (ix.is_none()) return;
        const Table& instrument = *instruments_[ix.value()];
        const Decimal qty = strategy.value(qty_key).decimal;
        const auto complain = [&](const Table& table, std::string_view key, std::string_view how) {
            refuse(strategy, qty_key,
                   fmt::format("is {}, which is {} {} = {} of its {} \"{}\"",
                               strategy.text(qty_key), how, key, table.text(key), role,
                               instrument_name(instrument)));
        };
        const Table& limits = instrument.child("limits");
        const std::string_view least = good(instrument, {"min_qty"}) ? "min_qty" : "lot";
        if (good(instrument, {least}) && compare(qty, instrument.value(least).decimal) < 0) {
            complain(instrument, least, "below");
        }
        if (good(instrument, {"max_qty"}) &&
            compare(qty, instrument.value("max_qty").decimal) > 0) {
            complain(instrument, "max_qty", "above");
        }
        if (good(limits, {"max_order_qty"}) &&
            compare(qty, limits.value("max_order_qty").decimal) > 0) {
            complain(limits, "max_order_qty", "above");
        }
    }

    // --- bracket ---------------------------------------------------------------------------------

    void check_bracket(std::size_t index) {
        const Table& bracket = *brackets_[index];
        const InstrumentIx held = refs_.bracket[index];
        if (held.is_none()) return;
        const Table& instrument = *instruments_[held.value()];
        const Table& limits = instrument.child("limits");
        const std::string_view least =
            good(instrument, {"min_qty"}) ? std::string_view{"min_qty"} : std::string_view{"lot"};
        if (good(bracket, {"qty_max"}) && good(instrument, {least}) &&
            compare(bracket.value("qty_max").decimal, instrument.value(least).decimal) < 0) {
            refuse(bracket, "qty_max",
                   fmt::format("is {}, which is below {} = {} of \"{}\": nothing could be opened",
                               bracket.text("qty_max"), least, instrument.text(least),
                               instrument_name(instrument)));
        }
        const Table& largest = good(limits, {"max_order_qty"}) ? limits : instrument;
        const std::string_view most = good(limits, {"max_order_qty"}) ? "max_order_qty" : "max_qty";
        if (good(bracket, {"qty_max"}) && good(largest, {most}) &&
            compare(bracket.value("qty_max").decimal, largest.value(most).decimal) > 0) {
            refuse(bracket, "qty_max",
                   fmt::format("is {}, which is above {} = {} of \"{}\": one stop could not hold "
                               "all of it",
                               bracket.text("qty_max"), most, largest.text(most),
                               instrument_name(instrument)));
        }
        for (const std::string_view key :
             {"stop_slippage_bps", "emergency_slippage_bps", "slippage_max_bps"}) {
            check_collar(bracket, key, limits);
        }
        check_slippage_range(bracket);
        const VenueIx venue = refs_.venue_of[held.value()];
        if (venue.is_none() || !good(bracket, {"protected_within_ms"})) return;
        check_bound(bracket, "protected_within_ms", "a stop", *venues_[venue.value()]);
    }

    // What trades so far through the touch has to pass the last gate.
    void check_collar(const Table& strategy, std::string_view key, const Table& limits) {
        if (!good(strategy, {key}) || !good(limits, {"price_collar_bps"})) return;
        if (strategy.bps(key) < limits.bps("price_collar_bps")) return;
        refuse(strategy, key,
               fmt::format("is {}, but {}.price_collar_bps = {}: the last gate would refuse "
                           "the order",
                           strategy.text(key), limits.label(), limits.text("price_collar_bps")));
    }

    void check_slippage_range(const Table& strategy) {
        if (!good(strategy, {"slippage_start_bps", "slippage_max_bps"}) ||
            strategy.bps("slippage_start_bps") <= strategy.bps("slippage_max_bps")) {
            return;
        }
        refuse(strategy, "slippage_start_bps",
               fmt::format("is {}, which is above slippage_max_bps = {}",
                           strategy.text("slippage_start_bps"), strategy.text("slippage_max_bps")));
    }

    // --- guardian --------------------------------------------------------------------------------

    void check_guardian(std::size_t index) {
        const Table& guardian = *guardians_[index];
        check_slippage_range(guardian);
        check_one_mode(guardian, refs_.guardian[index]);
        for (const InstrumentIx watched : refs_.guardian[index]) {
            check_collar(guardian, "slippage_max_bps",
                         instruments_[watched.value()]->child("limits"));
            const VenueIx venue = refs_.venue_of[watched.value()];
            if (venue.is_none() || !good(guardian, {"closed_within_ms"})) continue;
            check_bound(guardian, "closed_within_ms", "a close", *venues_[venue.value()]);
        }
    }

    void check_one_mode(const Table& guardian, const std::vector<InstrumentIx>& watched) {
        for (const InstrumentIx one : watched) {
            if (is_in_hedge_mode(one) == is_in_hedge_mode(watched.front())) continue;
            refuse(guardian, "watch",
                   fmt::format("\"{}\" and \"{}\" are at venues of different position_mode: one "
                               "guardian watches one mode",
                               instrument_name(*instruments_[watched.front().value()]),
                               instrument_name(*instruments_[one.value()])));
            return;
        }
    }

    // --- pair ------------------------------------------------------------------------------------

    void check_pair(std::size_t index) {
        const Table& pair = *pairs_[index];
        const References::Pair& who = refs_.pair[index];
        if (good(pair, {"qty"})) {
            check_size(pair, "qty", who.first, "first leg");
            check_size(pair, "qty", who.second, "second leg");
        }
        if (good(pair, {"hold_min_ms", "hold_max_ms"}) &&
            pair.integer("hold_min_ms") > pair.integer("hold_max_ms")) {
            refuse(pair, "hold_min_ms",
                   fmt::format("is {}, which is above hold_max_ms = {}",
                               pair.integer("hold_min_ms"), pair.integer("hold_max_ms")));
        }
        check_funding(pair, "first_funding_ms", who.first);
        check_funding(pair, "second_funding_ms", who.second);
        if (who.first.is_none() || who.group.is_none()) return;
        check_collar(pair, "slippage_bps", instruments_[who.first.value()]->child("limits"));
        const Table& group = *groups_[who.group.value()];
        if (good(pair, {"second_leg_within_ms"}) && good(group, {"hedged_within_ms"}) &&
            pair.integer("second_leg_within_ms") >= group.integer("hedged_within_ms")) {
            refuse(pair, "second_leg_within_ms",
                   fmt::format("is {}, but {}.hedged_within_ms = {}: one leg would be alone for "
                               "longer before it is taken back",
                               pair.integer("second_leg_within_ms"), group.label(),
                               group.integer("hedged_within_ms")));
        }
    }

    // What a leg is to earn in an hour is reckoned from what one settlement brings.
    void check_funding(const Table& pair, std::string_view key, InstrumentIx leg) {
        if (leg.is_none() || !good(pair, {key})) return;
        const Table& instrument = *instruments_[leg.value()];
        const Table* funding = instrument.find_child("funding");
        if (funding == nullptr || !good(*funding, {"every_ms"})) return;
        const std::int64_t every = funding->integer("every_ms");
        if (every == 0 || every == pair.integer(key)) return;
        refuse(pair, key,
               fmt::format("is {}, but \"{}\" settles its funding every {} ms ({}.every_ms): what "
                           "the pair is to earn would be reckoned wrong",
                           pair.integer(key), instrument_name(instrument), every,
                           funding->label()));
    }

    const References& refs_;
    Problems& problems_;
    const Table& desk_;
    std::vector<const Table*> venues_;
    std::vector<const Table*> instruments_;
    std::vector<const Table*> groups_;
    std::vector<const Table*> xemms_;
    std::vector<const Table*> brackets_;
    std::vector<const Table*> guardians_;
    std::vector<const Table*> pairs_;
};

} // namespace

void cross_check(const Table& root, const References& refs, Problems& problems) {
    Checker{root, refs, problems}.check();
    check_memory(root, problems);
}

} // namespace keel::app
