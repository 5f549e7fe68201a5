#include "core/engine.hpp"

// Telling a person, once per onset, that a guard has begun to hold new risk back. What holds back
// again within a minute is the same onset, so a limit that is met ten times a second is one alarm.

namespace keel::core {
namespace {

constexpr Duration same_onset = seconds(60);

// What a guard is told as. Nothing for those that a person caused, or that are daily life: a quote
// that waits for the order before it to settle meets GroupExposure every time.
std::optional<AlarmKind> told_as(Guard guard) {
    switch (guard) {
    case Guard::Lease: return AlarmKind::LeaseLost;
    case Guard::LinkGap:
    case Guard::Heartbeat: return AlarmKind::LinkDown;
    case Guard::Unverified: return AlarmKind::PositionUnverified;
    case Guard::Capacity: return AlarmKind::CapacityReached;
    case Guard::Balance:
    case Guard::StaleMark:
    case Guard::PriceCollar:
    case Guard::MaxOrderQty:
    case Guard::MaxOrderNotional:
    case Guard::MaxOpenOrders:
    case Guard::MaxPositionNotional:
    case Guard::MaxOrdersPerSecond:
    case Guard::MaxNotionalPerMinute:
    case Guard::MaxRejectsInWindow:
    case Guard::MaxRoundsWithoutHuman:
    case Guard::MaxLossSession:
    case Guard::HedgeCapacity:
    case Guard::Residue: return AlarmKind::LimitReached;
    case Guard::None:
    case Guard::Outside:
    case Guard::Malformed:
    case Guard::MoreThanOwed:
    case Guard::Budget:
    case Guard::Recovering:
    case Guard::Halted:
    case Guard::Killed:
    case Guard::WindingDown:
    case Guard::Frozen:
    case Guard::Backoff:
    case Guard::NotTrading:
    case Guard::Stock:
    case Guard::GroupExposure: return std::nullopt;
    }
    std::unreachable();
}

enum class Scope : std::uint8_t { Instrument, Account, Desk };

Scope scope_of(Guard guard) {
    switch (guard) {
    case Guard::Lease:
    case Guard::LinkGap:
    case Guard::Heartbeat:
    case Guard::Balance:
    case Guard::MaxOpenOrders:
    case Guard::MaxOrdersPerSecond:
    case Guard::MaxNotionalPerMinute:
    case Guard::MaxRejectsInWindow: return Scope::Account;
    case Guard::Capacity:
    case Guard::MaxRoundsWithoutHuman:
    case Guard::MaxLossSession: return Scope::Desk;
    case Guard::Unverified:
    case Guard::StaleMark:
    case Guard::PriceCollar:
    case Guard::MaxOrderQty:
    case Guard::MaxOrderNotional:
    case Guard::MaxPositionNotional:
    case Guard::HedgeCapacity:
    case Guard::Residue:
    case Guard::None:
    case Guard::Outside:
    case Guard::Malformed:
    case Guard::MoreThanOwed:
    case Guard::Budget:
    case Guard::Recovering:
    case Guard::Halted:
    case Guard::Killed:
    case Guard::WindingDown:
    case Guard::Frozen:
    case Guard::Backoff:
    case Guard::NotTrading:
    case Guard::Stock:
    case Guard::GroupExposure: return Scope::Instrument;
    }
    std::unreachable();
}

} // namespace

void Engine::hold_back(InstrumentIx i, Guard guard, Lots asked) {
    const auto kind = told_as(guard);
    if (!kind) return;
    // What holds a whole account or desk back is told once, at its first instrument.
    std::uint32_t place = i.value();
    const Scope scope = scope_of(guard);
    if (scope != Scope::Instrument) place = 0;
    while (scope == Scope::Account && account_of(InstrumentIx{place}) != account_of(i)) ++place;
    const Timestamp& at = store_.at(held_, place).at[static_cast<std::size_t>(guard)];
    const bool onset = at == Timestamp{} || at + same_onset < now();
    put(at, now());
    if (!onset) return;
    const HeldNumbers numbers = held_numbers(i, guard, asked);
    alarm(*kind, i, account_of(i), {}, numbers.value, numbers.bound, numbers.limit);
}

// What stands whether or not somebody asks for an order: looked at when time passes, and when a
// balance, a refusal or a finished round may have brought it about.
void Engine::tell_guards() {
    if (desk().recovery != Recovery::Done) return;
    for (std::uint32_t ix = 0; ix < config_.instruments.size(); ++ix) {
        const InstrumentIx i{ix};
        std::uint64_t on = guards_on(i);
        // What has not begun yet has not been lost.
        on &= ~(1ULL << static_cast<unsigned>(Guard::Balance));
        if (account(account_of(i)).beat_heard == Timestamp{})
            on &= ~(1ULL << static_cast<unsigned>(Guard::Heartbeat));
        if (book(i).mark_at == Timestamp{})
            on &= ~(1ULL << static_cast<unsigned>(Guard::StaleMark));
        for (; on != 0; on &= on - 1) {
            hold_back(i, static_cast<Guard>(__builtin_ctzll(on)), Lots{0});
        }
    }
}

// The number that was met and the one it was held against, as far as one number says it.
Engine::HeldNumbers Engine::held_numbers(InstrumentIx i, Guard guard, Lots asked) const {
    const InstrumentLimits& own = config_.instruments[i.value()].limits;
    const AccountIx a = account_of(i);
    const Account& acct = account(a);
    const AccountLimits& limits = config_.accounts[a.value()].limits;
    HeldNumbers out{.value = asked.value(), .bound = 0, .limit = info(guard).limit};
    switch (guard) {
    case Guard::StaleMark:
        out.value = in_milliseconds(now() - book(i).mark_at);
        out.bound = in_milliseconds(own.stale_mark);
        break;
    case Guard::PriceCollar: out.bound = own.price_collar.value(); break;
    case Guard::MaxOrderQty: out.bound = own.max_order_qty.value(); break;
    case Guard::MaxOrderNotional: out.bound = own.max_order_notional.value(); break;
    case Guard::MaxPositionNotional: out.bound = own.max_position_notional.value(); break;
    case Guard::MaxOpenOrders:
        out.value = acct.open_orders;
        out.bound = limits.max_open_orders;
        break;
    case Guard::MaxOrdersPerSecond:
        out.value = acct.orders_lately.sum;
        out.bound = limits.max_orders_per_second;
        break;
    case Guard::MaxNotionalPerMinute:
        out.value = acct.notional_lately.sum;
        out.bound = limits.max_notional_per_minute.value();
        break;
    case Guard::MaxRejectsInWindow:
        out.value = acct.rejects;
        out.bound = limits.max_rejects_in_window;
        break;
    case Guard::MaxRoundsWithoutHuman:
        out.value = static_cast<std::int64_t>(desk().rounds);
        out.bound = static_cast<std::int64_t>(config_.limits.max_rounds_without_human);
        break;
    case Guard::MaxLossSession:
        out.value = session_loss().value();
        out.bound = config_.limits.max_loss_session.value();
        break;
    case Guard::Capacity: // which knob: the arena that is full
        if (desk().live_orders + orders_reserve_ >= orders_.capacity) {
            out.value = desk().live_orders;
            out.bound = orders_.capacity;
        } else if (desk().live_legs + 2 >= legs_.capacity) {
            out.value = desk().live_legs;
            out.bound = legs_.capacity;
            out.limit = Limit::LegCapacity;
        } else {
            out.value = desk().fill_entries;
            out.bound = fills_.fills_max();
            out.limit = Limit::FillCapacity;
        }
        break;
    case Guard::Unverified: out.bound = in_milliseconds(config_.audits.verify_age_max); break;
    case Guard::Residue: {
        const GroupIx g = group_of(i);
        out.value = g.is_none() ? 0 : certain(g).value();
        out.bound = g.is_none() ? 0 : config_.groups[g.value()].residue_max.value();
        break;
    }
    case Guard::Lease:
    case Guard::LinkGap:
    case Guard::Balance:
    case Guard::HedgeCapacity:
    case Guard::None:
    case Guard::Outside:
    case Guard::Malformed:
    case Guard::MoreThanOwed:
    case Guard::Budget:
    case Guard::Recovering:
    case Guard::Halted:
    case Guard::Killed:
    case Guard::WindingDown:
    case Guard::Frozen:
    case Guard::Backoff:
    case Guard::NotTrading:
    case Guard::Heartbeat:
    case Guard::Stock:
    case Guard::GroupExposure: break;
    }
    return out;
}

} // namespace keel::core
