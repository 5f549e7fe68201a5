#include "twins/twins.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "twins/makers.hpp"

namespace keel::twins {
namespace {

constexpr std::array table{
    TwinInfo{"p1-any-confirmation",
             "hedged market maker: any confirmation of a cancel makes it idle",
             make_p1_any_confirmation},
    TwinInfo{"p1-only-when-placed",
             "the same with the published fix: only while its order is placed",
             make_p1_only_when_placed},
    TwinInfo{"p1-order-ids",
             "the fix, and fills of earlier quotes are hedged, too: still one word allows a quote",
             make_p1_order_ids},
    TwinInfo{"p1-three-detectors", "the fix with three detectors of fills, each of which hedges",
             make_p1_three_detectors},
    TwinInfo{"p2-proactive-sync",
             "futures position bot: a position that a read shows and it does not know is recovered",
             make_p2_proactive_sync},
    TwinInfo{"p2-cooldown",
             "the same with the published fix: for 2 s after a closure it does not read positions",
             make_p2_cooldown},
    TwinInfo{"p3-balance-when-chosen",
             "two-leg arbitrage: balances are checked when a trade is chosen, not when it is sent",
             make_p3_balance_when_chosen},
    TwinInfo{"p3-fresh-balance",
             "the same with the published fix: checked again immediately before sending",
             make_p3_fresh_balance},
    TwinInfo{"p3-rollback-in-dollars",
             "two-leg arbitrage: a leg is rolled back for the dollars it was to cost",
             make_p3_rollback_in_dollars},
    TwinInfo{"p3-rollback-from-read",
             "the same with the published fix: for the whole position as it is read",
             make_p3_rollback_from_read},
    TwinInfo{"p3-parallel-legs",
             "two-leg arbitrage: both legs at once, rolled back before the one has settled",
             make_p3_parallel_legs},
    TwinInfo{"p3-sleep-between-legs",
             "the same with the published fix: X10 first, two seconds later Lighter",
             make_p3_sleep_between_legs},
    TwinInfo{"p3-cache-30s",
             "two-leg arbitrage: zombies are sought in positions read up to 30 s ago",
             make_p3_cache_30s},
    TwinInfo{"p3-cache-5s", "the same with the published fix: up to 5 s ago", make_p3_cache_5s},
    TwinInfo{"p4-no-lock", "position monitor: two runs of it close one position", make_p4_no_lock},
    TwinInfo{"p4-reduce-only", "the same with closes that are reduce-only, which nobody published",
             make_p4_reduce_only},
    TwinInfo{"p4-closing-flag",
             "the same with the published fix: an update marks the row, and excludes nobody",
             make_p4_closing_flag},
    TwinInfo{"p4-closing-excludes",
             "the same as the fix was meant: the mark excludes, and stays when its run has died",
             make_p4_closing_excludes},
    TwinInfo{"p4-lock-file",
             "the same with the published fix: a lock file, looked at, then written",
             make_p4_lock_file},
    TwinInfo{"p4-lock-atomic",
             "the same with the file looked at and written in one step: an old one is deleted",
             make_p4_lock_atomic},
    TwinInfo{"p4-already-closed-is-error", "position monitor: what is closed already is an error",
             make_p4_already_closed_is_error},
    TwinInfo{"p4-already-closed-is-success",
             "the same with the published fix: no position is taken for closed",
             make_p4_already_closed_is_success},
    TwinInfo{"p4-discovers-twice", "position monitor: two runs enter one position",
             make_p4_discovers_twice},
    TwinInfo{"p4-reuses-row",
             "the same with the published fix: the row that is there is taken instead",
             make_p4_reuses_row},
    TwinInfo{"p4-stops-at-error", "position monitor: a close that fails ends the run",
             make_p4_stops_at_error},
    TwinInfo{"p5-batch-dropped",
             "market maker: a batch with a failure in it has failed, and what was taken of it is "
             "forgotten",
             make_p5_batch_dropped},
    TwinInfo{"p5-batch-kept", "the same with the published fix: what was taken is kept",
             make_p5_batch_kept},
    TwinInfo{"p5-back-off", "market maker: backing off after an error holds back cancels, too",
             make_p5_back_off},
    TwinInfo{"p5-cancels-always", "the same with the published fix: cancels are always sent",
             make_p5_cancels_always},
    TwinInfo{"p5-cancel-all-once",
             "and the rest of it: after two errors of cancels, one cancel-all instead",
             make_p5_cancel_all_once},
    TwinInfo{"p5-reject-unheard", "market maker: its order stream has no word for a rejection",
             make_p5_reject_unheard},
    TwinInfo{"p5-reject-heard",
             "the same with the published fix: a rejection takes the order out of the cache",
             make_p5_reject_heard},
    TwinInfo{"p5-restart-blind",
             "market maker: starts with a cancel-all, whatever comes of it, and reads nothing",
             make_p5_restart_blind},
    TwinInfo{"p5-restart-fetches",
             "the same with the published fix: cancel-all succeeds or it halts, then it reads",
             make_p5_restart_fetches},
    TwinInfo{"p5-restart-keyed", "and the rest of it: it posts again under the id that it has kept",
             make_p5_restart_keyed},
    TwinInfo{"p5-two-owners",
             "market maker: order updates change a table from which nothing is decided",
             make_p5_two_owners},
    TwinInfo{"p5-one-owner",
             "the same with the published fix: answers and updates change one table",
             make_p5_one_owner},
    TwinInfo{"p5-tick-inferred",
             "market maker: the tick is read off the ladder, and one level shows none",
             make_p5_tick_inferred},
    TwinInfo{"p5-tick-explicit", "the same with the published fix: the tick is configured",
             make_p5_tick_explicit},
    TwinInfo{"p5-fill-again", "market maker: a fill that is told again is booked again",
             make_p5_fill_again},
    TwinInfo{"p5-trade-id",
             "the same with the published fix: a fill is known by the venue's trade id",
             make_p5_trade_id},
    TwinInfo{"p5-fill-needs-order",
             "market maker: a fill of an order that is not in the cache is not booked",
             make_p5_fill_needs_order},
    TwinInfo{"p5-independent",
             "the same with the published fix: fills and order updates prove nothing of each other",
             make_p5_independent},
};

} // namespace

std::span<const TwinInfo> all_twins() { return table; }

std::string_view lacking(std::string_view name, const explore::Scenario& scenario) {
    const std::vector<core::GroupConfig>& groups = scenario.desk.engine.groups;
    if (scenario.opening.empty()) return "an [[opening]]: it begins with a quote";
    if (name.starts_with("p1-") && scenario.desk.xemm.empty()) {
        return "an [[xemm]], which says what it quotes and where it hedges";
    }
    if (name.starts_with("p3-")) {
        const auto has_two_legs = [](const core::GroupConfig& one) {
            return one.members.size() == 2;
        };
        if (groups.empty() || groups.size() > 2 || !std::ranges::all_of(groups, has_two_legs)) {
            return "one or two groups, each of two instruments: its symbols and their legs";
        }
    }
    return {};
}

std::shared_ptr<const explore::SubjectKind> twin_named(std::string_view name) {
    const auto found = std::ranges::find(table, name, &TwinInfo::name);
    if (found == table.end()) return nullptr;
    return std::make_shared<const explore::SubjectKind>(
        explore::SubjectKind{std::string{found->name}, found->make});
}

} // namespace keel::twins
