#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/command.hpp"

namespace keel::core {

// Who may hold an order back (law 5). Cancels pass every guard but the lease; reductions (hedges
// and closes up to what is owed or held) pass all that is not marked `stops_reductions`; new risk
// can be stopped by any. docs/precedence.md has the table, tests/core/gate_test.cpp a test for each
// cell. The order is the precedence: what stands further up is what a refused order is told.
enum class Guard : std::uint8_t {
    None,
    Lease,        // no lease for this epoch, or it ends too soon
    Outside,      // too much happened that the fault model excludes: nothing is guessed
    Malformed,    // price or quantity the venue cannot take
    MoreThanOwed, // a reduction beyond the low end of what is owed or held
    Budget,       // the reserved request budget is used up for now
    Capacity,     // an arena is full
    Recovering,   // restart: reads are not complete yet
    Halted,       // an operator said so
    Killed,       // kill switch latched
    WindingDown,  // the run ends: no new quotes
    LinkGap,      // a stream had a gap: resync first
    Frozen,       // evidence on this instrument cannot be true together
    Unverified,   // position not verified for too long
    Backoff,      // the venue said: too many requests
    Balance,      // margin not there, or not read yet
    StaleMark,    // no fresh book to judge a price by
    PriceCollar,
    MaxOrderQty,
    MaxOrderNotional,
    MaxOpenOrders,
    MaxPositionNotional,
    MaxOrdersPerSecond,
    MaxNotionalPerMinute,
    MaxRejectsInWindow,
    MaxRoundsWithoutHuman,
    MaxLossSession,
    GroupExposure, // the end of the group's interval that it moves would pass the limit
    HedgeCapacity, // its worst end could not be hedged: limit, margin, lot or minimum
    Residue,       // too much is below the hedge venue's lot or minimum already
    NotTrading,    // the venue says that the instrument is halted, or resolved
    Heartbeat,     // the venue has not answered a heartbeat lately: it may cancel what it is sent
    Stock,         // a sale of more than what is held and settled, where nobody can be short
};
constexpr std::size_t guard_count = 33;

struct GuardInfo {
    Guard guard = Guard::None;
    std::string_view name;
    bool stops_reductions = false;
    Limit limit = Limit::None;
    std::string_view release; // the event that can release it
};

constexpr std::array<GuardInfo, guard_count> guard_infos{{
    {Guard::None, "none", false, Limit::None, ""},
    {Guard::Lease, "lease", true, Limit::None, "a LeaseGrant for this epoch that ends later"},
    {Guard::Outside, "outside_fault_model", true, Limit::None,
     "the operator's Resume, after looking at the venues"},
    {Guard::Malformed, "malformed", true, Limit::None, "a price and quantity the venue takes"},
    {Guard::MoreThanOwed, "more_than_owed", true, Limit::None,
     "a fill that owes more, or the end of a pending reduction; for a quote, the end of its "
     "intent's order"},
    {Guard::Budget, "budget", true, Limit::None, "time: the budget refills every second"},
    {Guard::Capacity, "capacity", false, Limit::Capacity,
     "orders that settle, where orders or legs are used up; a larger capacity in the config, where "
     "fills are"},
    {Guard::Recovering, "recovering", true, Limit::None,
     "complete reads of orders, fills, positions and balances asked after the fence"},
    {Guard::Halted, "halted", false, Limit::None, "the operator's Resume"},
    {Guard::Killed, "killed", false, Limit::None,
     "the operator's ResetKill once flatness is certified"},
    {Guard::WindingDown, "winding_down", false, Limit::None, "a new run"},
    {Guard::LinkGap, "link_gap", false, Limit::None,
     "link up, and complete reads of orders, fills and positions asked after it"},
    {Guard::Frozen, "frozen", false, Limit::None,
     "fills complete and position verified after the contradiction, or ReleaseFreeze"},
    {Guard::Unverified, "unverified", false, Limit::None,
     "a position snapshot that agrees, over an interval without own fills"},
    {Guard::Backoff, "backoff", false, Limit::None, "time: the venue's wait is over"},
    {Guard::Balance, "balance", false, Limit::Balance,
     "a balance reading after open orders ended, or added funds"},
    {Guard::StaleMark, "stale_mark_ms", false, Limit::StaleMark, "a two-sided book"},
    {Guard::PriceCollar, "price_collar_bps", true, Limit::PriceCollar,
     "a price nearer the mark; for a reduction, nearer the touch it takes"},
    {Guard::MaxOrderQty, "max_order_qty", false, Limit::MaxOrderQty, "a smaller order"},
    {Guard::MaxOrderNotional, "max_order_notional", false, Limit::MaxOrderNotional,
     "a smaller order"},
    {Guard::MaxOpenOrders, "max_open_orders", false, Limit::MaxOpenOrders, "an order that ends"},
    {Guard::MaxPositionNotional, "max_position_notional", false, Limit::MaxPositionNotional,
     "a smaller position or fewer open orders"},
    {Guard::MaxOrdersPerSecond, "max_orders_per_second", false, Limit::MaxOrdersPerSecond,
     "time: what left more than a second ago no longer counts"},
    {Guard::MaxNotionalPerMinute, "max_notional_per_minute", false, Limit::MaxNotionalPerMinute,
     "time: what left more than a minute ago no longer counts"},
    {Guard::MaxRejectsInWindow, "max_rejects_in_window", false, Limit::MaxRejectsInWindow,
     "the next window"},
    {Guard::MaxRoundsWithoutHuman, "max_rounds_without_human", false, Limit::MaxRoundsWithoutHuman,
     "the operator's Resume"},
    {Guard::MaxLossSession, "max_loss_session", false, Limit::MaxLossSession,
     "the operator's Resume, which starts a new session"},
    {Guard::GroupExposure, "exposure_limit", false, Limit::GroupExposure,
     "orders that settle, or a hedge fill"},
    {Guard::HedgeCapacity, "hedge_capacity", false, Limit::HedgeCapacity,
     "room at the hedge venue: position, margin, or a book to trade with"},
    {Guard::Residue, "residue_max", false, Limit::Residue, "a fill that takes the residue back"},
    {Guard::NotTrading, "not_trading", true, Limit::None, "the venue's word that it trades again"},
    {Guard::Heartbeat, "heartbeat", false, Limit::None, "a heartbeat that the venue has accepted"},
    {Guard::Stock, "stock", true, Limit::None,
     "a purchase that settles, or the end of another sale"},
}};

constexpr const GuardInfo& info(Guard guard) {
    return guard_infos[static_cast<std::size_t>(guard)];
}
static_assert([] {
    for (std::size_t i = 0; i < guard_count; ++i) {
        if (static_cast<std::size_t>(guard_infos[i].guard) != i) return false;
    }
    return true;
}());

// What a start cannot do without, and the act that gives it. Nothing releases it but that act: to
// trade without having read what is at the venue would be a guess.
struct MissingInfo {
    Missing missing = Missing::Nothing;
    std::string_view name;
    std::string_view release;
};
constexpr std::size_t missing_count = 6;
constexpr std::array<MissingInfo, missing_count> missing_infos{{
    {Missing::Nothing, "nothing", ""},
    {Missing::Lease, "lease",
     "grant the account's lease to this epoch: stop whoever else holds it, or mend the lease "
     "store"},
    {Missing::OpenOrders, "open_orders",
     "let the venue answer the open-order read: its network, the key's rights, its rate limit"},
    {Missing::Fills, "fills",
     "let the venue answer the fill read in full: its network, the key's rights, its rate limit; "
     "or, where its history is too short, AcceptFillGap"},
    {Missing::Positions, "positions",
     "let the venue answer the position read: its network, the key's rights, its rate limit"},
    {Missing::Balances, "balances",
     "let the venue answer the balance read: its network, the key's rights, its rate limit"},
}};
constexpr const MissingInfo& info(Missing missing) {
    return missing_infos[static_cast<std::size_t>(missing)];
}
static_assert([] {
    for (std::size_t i = 0; i < missing_count; ++i) {
        if (static_cast<std::size_t>(missing_infos[i].missing) != i) return false;
    }
    return true;
}());

// Rules switched off on purpose, so that tests can show who notices. No config file can set it.
struct Sabotage {
    std::uint64_t guards_off = 0;              // bit per Guard
    bool hedge_counts_pending_as_open = false; // F4: hedges at the worst end
    bool not_found_is_death = false;           // F1: any "not found" ends an Unknown order
    bool ended_is_settled = false;             // F3: a closed order leaves the interval at once
    bool fills_not_deduplicated = false;       // replays count again
    bool cancel_ends_order = false;            // P1: a cancel confirmation is taken as the end
    bool resend_unknown = false;               // blind retry under a new id
    bool reductions_gated = false;             // F5: the gate forbids the cure
    bool fill_mark_is_newest_fill = false;     // F11: of all that were told
    bool fill_mark_is_newest_read = false;     // F11: of those that a read showed
    bool both_ends_gated = false;              // F5: a cure is refused for the end it does not move
    bool fill_key_is_trade_id = false;         // F7: one trade serves one own order
    bool claims_are_maxima = false;            // F8: what a venue lowers is not believed
    bool bust_removes = false;                 // F8: a bust leaves no fact behind
    bool failure_is_ignored = false;           // F8: matched is final
    bool end_ends_order = false;               // F8: an end goes by our id, not by the venue's
    bool trim_makes_fills = false;             // F8: filled is what does not remain
    bool qty_only_grows = false;               // F8: an amend to less is not believed
    bool table_takes_reports = false;          // F9: a stale report counts as a new fact
    bool adopt_at_once = false;                // F6: a snapshot overwrites
    bool late_fill_adds = false;               // F6: a fill found later consumes no adjustment
    bool restart_trusts_first_read = false;    // F2
    bool match_verifies = false;               // F10: an explained snapshot counts as verified
    bool settles_when_hedged = false;          // the end needs no evidence, and no exit
    bool cancels_once = false;                 // P5: a cancel that went unanswered is not repeated
    bool excess_stays = false;                 // SC-03: what rests beyond the total is left there
    bool leaves_late = false;    // what was decided is sent, however long ago that was
    bool failed_is_gone = false; // F8: what failed to settle never rests again
    [[nodiscard]] bool off(Guard guard) const {
        return (guards_off >> static_cast<unsigned>(guard) & 1U) != 0;
    }
};

} // namespace keel::core
