#include "explore/scenario_hash.hpp"

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/hash.hpp"

// Every struct is taken apart by name: one that gets a new field does not compile here until the
// field is added.

namespace keel::explore {
namespace {

class Adder {
public:
    template <class... Fields> void all(const Fields&... fields) { (add(fields), ...); }
    [[nodiscard]] std::uint64_t digest() const { return hash_.digest(); }

private:
    template <class T>
        requires std::integral<T> || std::is_enum_v<T>
    void add(T value) {
        hash_.add(static_cast<std::uint64_t>(value));
    }
    template <class Tag> void add(Count<Tag> value) { hash_.add_signed(value.value()); }
    template <class Tag> void add(Index<Tag> value) { hash_.add(value.value()); }
    void add(const std::string& text) {
        hash_.add(text.size());
        for (const char c : text) hash_.add(static_cast<unsigned char>(c));
    }
    template <class T> void add(const std::vector<T>& many) {
        hash_.add(many.size());
        for (const T& one : many) add(one);
    }
    template <class... Bodies> void add(const std::variant<Bodies...>& one) {
        hash_.add(one.index());
        std::visit([this](const auto& body) { this->add(body); }, one);
    }

    // --- what a desk is made of ---
    void add(const Decimal& it) {
        const auto& [mantissa, scale] = it;
        all(mantissa, scale);
    }
    void add(const Instrument& it) {
        const auto& [symbol, tick_size, lot_size, min_qty, max_qty, min_notional, spares,
                     price_rule, price_step, px_end, long_only, settles_late, maker_fee, taker_fee,
                     margin, venue, value_num, value_den, units_per_lot] = it;
        if (long_only || price_step != Ticks{1}) { // traces older than them keep their hash
            all(price_step, px_end, long_only, settles_late);
        }
        all(symbol, tick_size, lot_size, min_qty, max_qty, min_notional, spares, price_rule,
            maker_fee, taker_fee, margin, venue, value_num, value_den, units_per_lot);
    }
    void add(const VenueTraits& it) {
        const auto& [name, amend_qty, keeps_id, amends, fence, validity, visibility, clock_error,
                     longest_delay, answer_timeout, vouches, by_cl_ord_id, reduce_at_match,
                     cancels_overtake, tells_all, heartbeat, batch_max, per_second, reserve] = it;
        if (heartbeat != Duration{}) all(heartbeat);
        if (!tells_all) all(tells_all); // as the others that came later
        all(name, amend_qty, keeps_id, amends, fence, validity, visibility, clock_error,
            longest_delay, answer_timeout, vouches, by_cl_ord_id, reduce_at_match, cancels_overtake,
            batch_max, per_second, reserve);
    }
    void add(const core::InstrumentLimits& it) {
        const auto& [order_qty, order_notional, position_notional, collar, stale_mark] = it;
        all(order_qty, order_notional, position_notional, collar, stale_mark);
    }
    void add(const core::AccountLimits& it) {
        const auto& [open_orders, per_second, per_minute, rejects, window] = it;
        all(open_orders, per_second, per_minute, rejects, window);
    }
    void add(const core::DeskLimits& it) {
        const auto& [rounds, surprises, window, loss] = it;
        all(rounds, surprises, window, loss);
    }
    void add(const core::InstrumentConfig& it) {
        const auto& [instrument, account, limits, is_shared] = it; // (strategies, below, say which)
        all(instrument, account, limits);
    }
    void add(const core::AccountConfig& it) {
        const auto& [name, venue, limits] = it;
        all(name, venue, limits);
    }
    void add(const core::GroupConfig& it) {
        const auto& [name, unit_scale, members, hedge_via, exposure, residue, slippage_start,
                     slippage_step, slippage_max, retry, within, assigns] = it;
        all(name, unit_scale, members, hedge_via, exposure, residue, slippage_start, slippage_step,
            slippage_max, retry, within, assigns);
    }
    void add(const core::AuditConfig& it) {
        const auto& [orders, fills, positions, balances, verify_age, cancel_repeat, query_repeat,
                     queries, cancels, recovery_alarm] = it;
        all(orders, fills, positions, balances, verify_age, cancel_repeat, query_repeat, queries,
            cancels, recovery_alarm);
    }
    void add(const core::Capacities& it) {
        const auto& [orders, legs, fills] = it;
        all(orders, legs, fills);
    }
    void add(const core::Sabotage& it) {
        const auto& [guards, f4, f1, f3, no_dedup, p1, resend, f5, f11_told, f11_read, f5_both, f7,
                     f8_maxima, f8_bust, f8_failure, f8_end, f8_trim, f8_grows, f9, f6_adopt,
                     f6_late, f2, f10, hedged_is_settled, cancels_once, excess_stays, leaves_late,
                     f8_gone] = it;
        all(guards, f4, f1, f3, no_dedup, p1, resend, f5, f11_told, f11_read, f5_both, f7,
            f8_maxima, f8_bust, f8_failure, f8_end, f8_trim, f8_grows, f9, f6_adopt, f6_late, f2,
            f10, hedged_is_settled);
        if (cancels_once || leaves_late) { // traces older than them keep their hash
            all(cancels_once, leaves_late);
        }
        if (excess_stays) all(excess_stays); // as above
        if (f8_gone) all(28, f8_gone);       // as above
    }
    void add(const core::EngineConfig& it) {
        const auto& [desk, venues, accounts, instruments, groups, limits, audits, capacities,
                     sabotage] = it;
        all(desk, venues, accounts, instruments, groups, limits, audits, capacities, sabotage);
    }
    void add(const strategy::XemmConfig& it) {
        const auto& [name, group, maker, hedge, sides, order_qty, edge, drift, refresh, rounds,
                     on_exit, moves] = it;
        all(name, group, maker, hedge, sides, order_qty, edge, drift, refresh, rounds, on_exit);
        if (moves != core::Moves::ByCancel) all(moves); // traces older than it keep their hash
    }
    void add(const strategy::BracketConfig& it) {
        const auto& [name, instrument, hedge_mode, qty_max, stop, limit, emergency, stop_slippage,
                     emergency_slippage, stop_share, limit_share, break_even, trail, move_min,
                     start, step, max, retry, grace, within] = it;
        all(name, instrument, hedge_mode, qty_max, stop, limit, emergency, stop_slippage,
            emergency_slippage, stop_share, limit_share, break_even, trail, move_min, start, step,
            max, retry, grace, within);
    }
    void add(const strategy::GuardianConfig& it) {
        const auto& [name, watch, hedge_mode, adopts, stop, limit, drawdown, max_hold, start, step,
                     max, retry, within, already, loop_time, on_exit] = it;
        all(name, watch, hedge_mode, adopts, stop, limit, drawdown, max_hold, start, step, max,
            retry, within, already, on_exit);
        // Traces older than it keep their hash.
        if (loop_time != strategy::GuardianConfig{}.loop_time_max) all(loop_time);
    }
    void add(const strategy::PairConfig& it) {
        const auto& [name, group, first, second, legs, qty, entry, slippage, profit, carry,
                     first_funding, second_funding, hold_min, hold_max, within, pause, retry] = it;
        all(name, group, first, second, legs, qty, entry, slippage, profit, carry, first_funding,
            second_funding, hold_min, hold_max, within, pause, retry);
    }
    void add(const strategy::QuoterConfig& it) {
        const auto& [name, first, second, levels, level_qty, half_spread, gap, skew, requote, slack,
                     inventory, complete, merge, slippage, cut_off, retry, post_every, clamps_max,
                     reward_spread, reward_min, reward_every, on_exit, moves] = it;
        const strategy::QuoterConfig standard;
        all(name, first, second, levels, level_qty, half_spread, gap, skew, requote, slack,
            inventory, complete, merge, slippage, cut_off.ns(), retry, reward_spread, reward_min,
            reward_every, on_exit);
        if (moves != core::Moves::ByCancel) all(moves); // as above
        if (post_every != standard.post_every) all(post_every);
        if (clamps_max != standard.clamps_max) all(clamps_max);
    }
    void add(const strategy::DeskConfig& it) {
        const auto& [engine, xemm, bracket, guardian, pair, quoter] = it;
        all(engine, xemm);
        if (!bracket.empty()) all(bracket);   // as above
        if (!guardian.empty()) all(guardian); // as above
        if (!pair.empty()) all(pair);         // as above
        if (!quoter.empty()) all(quoter);     // as above
    }

    // --- venues ---
    void add(const sim::DelayRange& it) {
        const auto& [min, max] = it;
        all(min, max);
    }
    void add(const sim::FundingTerms& it) {
        const auto& [every, mean, spread, half_life] = it;
        all(every, mean, spread, half_life);
    }
    void add(const sim::ListingTerms& it) {
        const auto& [fine_step, fine_below, resolves_after, resolves_to] = it;
        all(fine_step, fine_below, resolves_after, resolves_to);
    }
    void add(const sim::SimInstrument& it) {
        const auto& [instrument, account, spec, queue_share, funding, listing, maintenance] = it;
        all(instrument, account, spec, queue_share);
        if (funding.is_some()) all(funding);
        if (listing.is_some()) all(listing);
        if (maintenance != 0) all(maintenance); // as the others that came later
    }
    void add(const sim::SimAccount& it) {
        const auto& [account, collateral] = it;
        all(account, collateral);
    }
    void add(const sim::VenueConfig& it) {
        const auto& [venue, traits, instruments, accounts, socket, rest, orders, fills, positions,
                     market, read_lag, settlement, interval, bump, clock, replays_fills,
                     shows_orders, self_rejects, ioc_refused, answers_first, pushes_positions,
                     fills_name_us, reductions_checked, nonces, tells_mined, rests_again,
                     status_every, outside_told, hedge_mode, replayed_max, orders_max, messages_max,
                     history_max] = it;
        all(venue, traits, instruments, accounts, socket, rest, orders, fills, positions, market,
            read_lag, interval, bump, clock, replays_fills, shows_orders, self_rejects, ioc_refused,
            pushes_positions, fills_name_us, replayed_max, orders_max, messages_max, history_max);
        if (reductions_checked) all(reductions_checked); // traces that are older than it stay good
        if (tells_mined) all(tells_mined);               // as above
        if (rests_again) all(30, rests_again);           // as above
        if (nonces != sim::NonceRule::None) all(29, nonces); // as above
        static_cast<void>(settlement); // told of by an explorer's choices, as all that takes time
        static_cast<void>(status_every);
        if (answers_first) all(answers_first); // traces older than it keep their hash
        if (outside_told != sim::OutsideTold::All) all(outside_told);
        if (hedge_mode) all(hedge_mode);
    }

    // --- what the rest of the world does ---
    void add(const sim::Venue::MarketMove& it) {
        const auto& [instrument, is_trade, aggressor, px, qty, bid_px, ask_px, bid_qty, ask_qty] =
            it;
        all(instrument, is_trade, aggressor, px, qty, bid_px, ask_px, bid_qty, ask_qty);
    }
    void add(const Move& it) {
        const auto& [venue, market] = it;
        all(venue, market);
    }
    void add(const sim::OutsideAct& it) {
        const auto& [instrument, kind, side, qty, position_side] = it;
        all(instrument, kind, side, qty);
        if (position_side != PositionSide::Net) all(position_side);
    }
    void add(const Outside& it) {
        const auto& [venue, act] = it;
        all(venue, act);
    }
    void add(const sim::ListingAct& it) {
        const auto& [instrument, kind, value] = it;
        all(instrument, kind, value);
    }
    void add(const Listing& it) {
        const auto& [venue, act] = it;
        all(venue, act);
    }
    void add(const OperatorAct& it) {
        const auto& [act, reserved, instrument, arg] = it;
        static_cast<void>(reserved);
        all(act, instrument, arg);
    }
    void add(const Signal& it) {
        const auto& [instrument, kind, reserved, id, value, stop_px, limit_px, valid_until] = it;
        static_cast<void>(reserved);
        static_cast<void>(valid_until); // not set yet
        all(instrument, kind, id, value, stop_px, limit_px);
    }
    void add(const Telling& it) {
        const auto& [signal, valid_for] = it;
        all(signal, valid_for);
    }
    void add(const Lane& it) {
        const auto& [name, deeds] = it;
        all(name, deeds);
    }

    Hasher hash_{41};
};

// As a set was written before there were these kinds, the newest first: traces that are older keep
// their hash.
FaultSet as_before(FaultSet faults) {
    for (const auto kind : {sim::FaultKind::ShortAnswer, sim::FaultKind::SettlementFailed}) {
        const FaultSet one = bit(kind);
        if ((faults & one) != 0) return faults;
        const FaultSet later = faults & ~(one - 1U);
        faults = (faults & (one - 1U)) | later >> 1U;
    }
    return faults;
}

} // namespace

std::uint64_t hash_of(const Scenario& scenario) {
    const auto& [name, subject, desk, venues, opening, lanes, last, faults, lost_tail_max, at_once,
                 in_flight_max, overtakings_max, delay_max, deeds_within, horizon, lease,
                 lease_renewed_every] = scenario;
    static_cast<void>(name);    // what it is called changes nothing
    static_cast<void>(subject); // a trace names it
    Adder adder;
    adder.all(desk, venues, opening, lanes, last, as_before(faults), lost_tail_max, at_once,
              in_flight_max, overtakings_max, delay_max, deeds_within, horizon);
    // (Traces of scenarios without a lease keep their hash.)
    if (lease > Duration{}) adder.all(lease, lease_renewed_every);
    return adder.digest();
}

} // namespace keel::explore
