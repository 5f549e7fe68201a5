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

std::shared_ptr<const explore::SubjectKind> twin_named(std::string_view name) {
    const auto found = std::ranges::find(table, name, &TwinInfo::name);
    if (found == table.end()) return nullptr;
    return std::make_shared<const explore::SubjectKind>(
        explore::SubjectKind{std::string{found->name}, found->make});
}

} // namespace keel::twins
