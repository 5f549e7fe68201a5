#include "world/result.hpp"

#include <utility>

#include "base/math.hpp"

namespace keel::world {

std::string_view to_string(AlarmKind kind) {
    switch (kind) {
    case AlarmKind::Contradiction: return "contradiction";
    case AlarmKind::Overfill: return "overfill";
    case AlarmKind::FillAfterReject: return "fill_after_reject";
    case AlarmKind::ForeignFill: return "foreign_fill";
    case AlarmKind::AdoptedDifference: return "adopted_difference";
    case AlarmKind::CancelNotConfirmed: return "cancel_not_confirmed";
    case AlarmKind::HedgeOverdue: return "hedge_overdue";
    case AlarmKind::HedgeRefused: return "hedge_refused";
    case AlarmKind::UnknownOverdue: return "unknown_overdue";
    case AlarmKind::PositionUnverified: return "position_unverified";
    case AlarmKind::LinkDown: return "link_down";
    case AlarmKind::CapacityReached: return "capacity_reached";
    case AlarmKind::LeaseLost: return "lease_lost";
    case AlarmKind::LimitReached: return "limit_reached";
    case AlarmKind::Halted: return "halted";
    case AlarmKind::KillPending: return "kill_pending";
    case AlarmKind::LateArrival: return "late_arrival";
    case AlarmKind::OutsideFaultModel: return "outside_fault_model";
    case AlarmKind::RecoveryIncomplete: return "recovery_incomplete";
    case AlarmKind::Unprotected: return "unprotected";
    case AlarmKind::SignalRefused: return "signal_refused";
    case AlarmKind::CloseOverdue: return "close_overdue";
    case AlarmKind::RepeatedAlreadyClosed: return "repeated_already_closed";
    case AlarmKind::AdoptionConflict: return "adoption_conflict";
    case AlarmKind::TooSmall: return "too_small";
    case AlarmKind::LoopLate: return "loop_late";
    case AlarmKind::UnwatchedPosition: return "unwatched_position";
    case AlarmKind::UnlistedPositions: return "unlisted_positions";
    case AlarmKind::Liquidated: return "liquidated";
    case AlarmKind::Deleveraged: return "deleveraged";
    case AlarmKind::TouchFlickers: return "touch_flickers";
    case AlarmKind::StopPassed: return "stop_passed";
    case AlarmKind::SignalUsed: return "signal_used";
    }
    std::unreachable();
}

std::string_view to_string(Ending ending) {
    switch (ending) {
    case Ending::Settled: return "settled";
    case Ending::TimeUp: return "time_up";
    case Ending::Stopped: return "stopped";
    case Ending::Failed: return "failed";
    }
    std::unreachable();
}

std::size_t RunResult::tightest_group() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < groups.size(); ++i) {
        const Int128 here = static_cast<Int128>(groups[i].exposure_worst.value()) *
                            groups[best].exposure_limit.value();
        const Int128 there = static_cast<Int128>(groups[best].exposure_worst.value()) *
                             groups[i].exposure_limit.value();
        if (here > there) best = i;
    }
    return best;
}

} // namespace keel::world
