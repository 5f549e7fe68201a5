#include "app/alarm_text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "app/order_ref.hpp"
#include "app/words.hpp"
#include "base/decimal.hpp"
#include "core/guard.hpp"

namespace keel::app {
namespace {

using core::Guard;

std::string released_by(Guard guard) { return std::string{core::info(guard).release}; }

std::string money_words(std::int64_t money) {
    return shown(Decimal{money, money_scale}) + " dollars";
}
std::string bps_words(std::int64_t hundredths) { return shown(Decimal{hundredths, 2}) + " bps"; }

class Speaker {
public:
    Speaker(const Alarm& alarm, const core::EngineConfig& config,
            std::span<const std::string> bases)
        : alarm_(alarm), config_(config), bases_(bases) {
        const auto& instruments = config.instruments;
        if (alarm.instrument.value() < instruments.size()) {
            one_ = &instruments[alarm.instrument.value()].instrument;
        }
    }

    AlarmWords words() const {
        AlarmWords out = said();
        out.where = where();
        if (!alarm_.cl_ord_id.is_none()) {
            out.what = fmt::format("order {}: {}", order_text(alarm_.cl_ord_id), out.what);
        }
        return out;
    }

private:
    // How far an alarm reaches: it names an instrument even if a whole account is held back.
    bool is_of_desk() const {
        return alarm_.limit == Limit::MaxLossSession ||
               alarm_.limit == Limit::MaxRoundsWithoutHuman ||
               alarm_.kind == AlarmKind::CapacityReached;
    }
    bool is_of_account() const {
        return alarm_.kind == AlarmKind::LeaseLost ||
               alarm_.kind == AlarmKind::RecoveryIncomplete || alarm_.kind == AlarmKind::LinkDown ||
               alarm_.limit == Limit::MaxOpenOrders || alarm_.limit == Limit::MaxOrdersPerSecond ||
               alarm_.limit == Limit::MaxNotionalPerMinute ||
               alarm_.limit == Limit::MaxRejectsInWindow || alarm_.limit == Limit::Balance;
    }

    std::string where() const {
        const auto& accounts = config_.accounts;
        if (is_of_desk()) return {};
        if (one_ != nullptr && !is_of_account()) {
            return fmt::format("{}/{}", config_.venues[one_->venue.value()].name, one_->symbol);
        }
        if (alarm_.account.value() < accounts.size()) return accounts[alarm_.account.value()].name;
        return {};
    }

    std::string lots(std::int64_t count) const {
        if (one_ == nullptr) return fmt::format("{} lots", count);
        const Result<Decimal> qty = times(count, one_->lot_size);
        return qty ? fmt::format("{} {}", shown(*qty), bases_[alarm_.instrument.value()])
                   : fmt::format("{} lots", count);
    }

    std::string price(std::int64_t ticks) const {
        const Result<Decimal> px =
            one_ == nullptr ? Result<Decimal>{Decimal{ticks, 0}} : times(ticks, one_->tick_size);
        return px ? shown(*px) : fmt::format("{} ticks", ticks);
    }

    // In the base units of the instrument's group.
    std::string units(std::int64_t count) const {
        for (const core::GroupConfig& group : config_.groups) {
            if (std::ranges::find(group.members, alarm_.instrument) == group.members.end())
                continue;
            return fmt::format("{} {}", shown(Decimal{count, group.unit_scale}),
                               bases_[alarm_.instrument.value()]);
        }
        return fmt::format("{} units", count);
    }

    AlarmWords said() const {
        const std::int64_t value = alarm_.value;
        const std::int64_t bound = alarm_.bound;
        switch (alarm_.kind) {
        case AlarmKind::Contradiction:
            return {{}, "evidence that cannot be true together", released_by(Guard::Frozen)};
        case AlarmKind::Overfill:
            return {{}, "more was filled than was ordered", released_by(Guard::Frozen)};
        case AlarmKind::FillAfterReject:
            return {{}, lots(value) + " filled after a reject", released_by(Guard::Frozen)};
        case AlarmKind::ForeignFill:
            return {
                {}, lots(value) + " traded on our account, and not by us; find out who does", {}};
        case AlarmKind::Liquidated:
            return {{}, lots(value) + " traded on our account: a liquidation by the venue", {}};
        case AlarmKind::Deleveraged:
            return {
                {}, lots(value) + " traded on our account: a deleveraging (ADL) by the venue", {}};
        case AlarmKind::AdoptedDifference:
            return {{},
                    fmt::format("the venue's position differs by {}, and no fill explains it: it "
                                "was taken over",
                                lots(value)),
                    {}};
        case AlarmKind::CancelNotConfirmed:
            return {{},
                    fmt::format("{} cancels and no evidence of its end; {} are usual at most",
                                value, bound),
                    "evidence of its end; a cancel-all goes out as well"};
        case AlarmKind::HedgeOverdue:
            return {{},
                    fmt::format("{} owed for longer than {} ms", units(value), grouped(bound)),
                    "a hedge fill"};
        case AlarmKind::HedgeRefused: {
            const auto guard = static_cast<Guard>(value);
            return {
                {},
                fmt::format("{} holds the hedge of {} back", core::info(guard).name, lots(bound)),
                released_by(guard)};
        }
        case AlarmKind::UnknownOverdue:
            return {{},
                    fmt::format("its fate is unknown after {} questions", value),
                    "an answer of the venue"};
        case AlarmKind::PositionUnverified:
            return {{},
                    fmt::format("not verified for {} ms", grouped(bound)),
                    released_by(Guard::Unverified)};
        case AlarmKind::LinkDown:
            return {{}, "a stream broke off or left a gap", released_by(Guard::LinkGap)};
        case AlarmKind::CapacityReached:
            return {{},
                    fmt::format("{} {} of {} in use", grouped(value), capacity(), grouped(bound)),
                    capacity_release()};
        case AlarmKind::LeaseLost:
            return {{}, "no lease that lasts long enough", released_by(Guard::Lease)};
        case AlarmKind::LimitReached: return limit();
        case AlarmKind::Halted: return {{}, "an operator said halt", released_by(Guard::Halted)};
        case AlarmKind::KillPending:
            return {{},
                    fmt::format("the kill switch is on; {} orders live", value),
                    released_by(Guard::Killed)};
        case AlarmKind::LateArrival:
            if (bound == 0) { // found at the venue, and lost with the tail of the record
                return {{}, lots(value) + " of an earlier life turned up; it is canceled", {}};
            }
            return {{},
                    fmt::format("it had ended, and rests all the same, {} of {} filled; it is "
                                "canceled",
                                lots(value), lots(bound)),
                    released_by(Guard::Frozen)};
        case AlarmKind::RecoveryIncomplete:
            return {
                {},
                fmt::format("the start still waits for its {}", core::info(alarm_.missing).name),
                std::string{core::info(alarm_.missing).release}};
        case AlarmKind::Unprotected:
            return {{},
                    fmt::format("a position of {} has had no stop for longer than {} ms",
                                lots(value), grouped(bound)),
                    "a stop that rests, or a position that is closed"};
        case AlarmKind::SignalRefused:
            return {{},
                    "a signal was not taken in: its numbers are beyond all bounds, or it has "
                    "no id",
                    "a signal with sane numbers"};
        case AlarmKind::CloseOverdue:
            return {{},
                    fmt::format("a position that is to be closed still has {} after {} ms",
                                lots(value), grouped(bound)),
                    "a close that the venue fills, or whoever closes it there"};
        case AlarmKind::RepeatedAlreadyClosed:
            return {
                {},
                fmt::format("{} closes were asked for of what is closed already", grouped(value)),
                "the next position; see who asks, and what the venue's reads show"};
        case AlarmKind::AdoptionConflict:
            return {{},
                    fmt::format("a position of {} that nobody of ours opened; no rule closes it",
                                lots(value)),
                    "a request to close it, or adopts = \"all\""};
        case AlarmKind::TooSmall:
            return {{},
                    fmt::format("{} is wanted, and no order for less than {} may leave",
                                lots(value), lots(bound)),
                    "a larger quantity or share, or a limit that lets one be"};
        case AlarmKind::LoopLate:
            return {{},
                    fmt::format("the desk ran {} ms after it was due; {} ms are the bound",
                                grouped(value), grouped(bound)),
                    "a machine that lets it run in time"};
        case AlarmKind::UnwatchedPosition:
            return {{},
                    fmt::format("a position of {} that nobody watches", lots(value)),
                    "whoever closes it there; or watch the instrument"};
        case AlarmKind::UnlistedPositions:
            return {{},
                    fmt::format("it has {} position{} of instruments that this desk does not have "
                                "({} before)",
                                grouped(value), value == 1 ? "" : "s", grouped(bound)),
                    "whoever closes them there; or add an [[instrument]] for each"};
        case AlarmKind::TouchFlickers:
            return {{},
                    fmt::format("{} quotes in two minutes were placed behind a touch in their way, "
                                "{} are allowed: none is until there is room",
                                grouped(value), grouped(bound)),
                    "a minute without such quotes; or a touch that is not in their way"};
        case AlarmKind::StopPassed:
            return {{},
                    fmt::format("a signal names a stop at {}, and the market is at {}: it is not "
                                "entered",
                                price(bound), price(value)),
                    "a signal whose stop the market has not passed"};
        case AlarmKind::SignalUsed:
            return {{},
                    "something was entered before a crash, and is gone, and the record of it is "
                    "lost: this signal may have been its, and is not entered",
                    "the next signal"};
        case AlarmKind::OutsideFaultModel:
            return {{},
                    fmt::format("{} surprises, none ten minutes after the one before, and {} are "
                                "too many: the venues have "
                                "left the fault model",
                                value, bound),
                    released_by(Guard::Outside)};
        }
        std::unreachable();
    }

    std::string_view capacity() const {
        switch (alarm_.limit) {
        case Limit::LegCapacity: return "legs";
        case Limit::FillCapacity: return "fills";
        default: return "orders"; // the only other limit of this kind
        }
    }
    // A fill is known for the life of the run, so that it never counts twice.
    std::string capacity_release() const {
        const std::string more = fmt::format("a larger {} in [desk.capacities]", capacity());
        return alarm_.limit == Limit::FillCapacity ? more : "orders that settle; or " + more;
    }

    AlarmWords limit() const {
        for (const core::GuardInfo& guard : core::guard_infos) {
            if (guard.limit != alarm_.limit || guard.guard == Guard::None) continue;
            return {{}, fmt::format("{}: {}", guard.name, numbers()), std::string{guard.release}};
        }
        return {{}, fmt::format("{} against {}", alarm_.value, alarm_.bound), {}};
    }

    std::string numbers() const {
        const std::int64_t value = alarm_.value;
        const std::int64_t bound = alarm_.bound;
        const auto against = [&](std::string met, std::string allowed) {
            return fmt::format("{}, allowed {}", met, allowed);
        };
        // Looked at without an order in hand.
        std::string asked = value == 0 ? "new risk is held back" : "asked for " + lots(value);
        switch (alarm_.limit) {
        case Limit::MaxOrderQty: return against(asked, lots(bound));
        case Limit::MaxOrderNotional:
        case Limit::MaxPositionNotional: return against(asked, money_words(bound));
        case Limit::PriceCollar: return against(asked, bps_words(bound) + " from the mark");
        case Limit::MaxLossSession:
            return against(money_words(value) + " lost", money_words(bound));
        case Limit::MaxNotionalPerMinute: return against(money_words(value), money_words(bound));
        case Limit::StaleMark: return against(grouped(value) + " ms old", grouped(bound) + " ms");
        case Limit::Residue: return against(units(value), units(bound));
        case Limit::MaxOpenOrders:
        case Limit::MaxOrdersPerSecond:
        case Limit::MaxRejectsInWindow:
        case Limit::MaxRoundsWithoutHuman: return against(grouped(value), grouped(bound));
        case Limit::None:
        case Limit::GroupExposure:
        case Limit::HedgeCapacity:
        case Limit::Balance:
        case Limit::Capacity:
        case Limit::LegCapacity:
        case Limit::FillCapacity: return asked;
        }
        std::unreachable();
    }

    const Alarm& alarm_;
    const core::EngineConfig& config_;
    std::span<const std::string> bases_;
    const Instrument* one_ = nullptr;
};

} // namespace

AlarmWords words_of(const Alarm& alarm, const core::EngineConfig& config,
                    std::span<const std::string> bases) {
    return Speaker{alarm, config, bases}.words();
}

AlarmWords words_of(const Alarm& alarm, const RunConfig& config) {
    return words_of(alarm, config.desk.engine, config.bases);
}

} // namespace keel::app
