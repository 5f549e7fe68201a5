#include "core/engine.hpp"

// Starting, and starting again (design section 8): lease with a new epoch, streams, wait until
// nothing older can be accepted, wait V, read everything, join; cancels from the first moment.

namespace keel::core {

void Engine::on_boot(const Boot& b) {
    const core::Desk& d = desk();
    KEEL_ASSERT(b.epoch > d.epoch, "every life has an epoch larger than any before");
    // A life that never finished its recovery did not learn what the one before it left behind:
    // that may still appear, so what is known of it stays the boundary.
    if (d.recovery == Recovery::Done || d.recovery == Recovery::NotBooted) {
        put(d.last_epoch, d.epoch);
        put(d.last_counter, d.next_counter);
    }
    put(d.epoch, b.epoch);
    put(d.next_counter, 1);
    // A halt and a kill outlive the process, and stay as they are. What wound down was the run.
    put(d.winding_down, 0);
    put(d.restarted, b.restart != 0 ? 1 : 0);
    Duration longest{};
    for (const VenueTraits& venue : config_.venues) {
        longest = max(longest, longest_flight(venue) + venue.visibility);
    }
    const bool waits = b.restart != 0 && !config_.sabotage.restart_trusts_first_read;
    wait_until(waits ? now() + longest : now());
    put(d.recovery, b.restart != 0 ? Recovery::WaitFence : Recovery::WaitReads);
    put(d.recovery_since, now());
    put(d.recovery_tell_at, now() + config_.audits.recovery_alarm_after);
    if (b.restart != 0) count(stats().restarts);
    for (std::uint32_t i = 0; i < accounts_.capacity; ++i) {
        const Account& acct = store_.at(accounts_, i);
        const AccountIx a{i};
        if (b.restart == 0) put(acct.fills_through, now() - traits(a).visibility);
        for (std::uint32_t ix = 0; ix < read_kind_count; ++ix) {
            put(acct.reads[ix].in_flight, RequestID{});
            put(acct.reads[ix].done_from, Timestamp{-1});
        }
        put(acct.refilled_at, now());
        put(acct.request_tokens, std::int64_t{traits(a).requests_per_second} * 1'000'000);
        put(acct.reduce_tokens, std::int64_t{1'000'000});
        put(acct.query_tokens, std::int64_t{config_.audits.queries_per_second} * 1'000'000);
        put(acct.resync_from, Timestamp{});
        put(acct.flat_evidence, 0);
        put(acct.beat, RequestID{});
        put(acct.beat_at, Timestamp{});
        put(acct.beat_heard, Timestamp{});
    }
    if (b.restart == 0) {
        // No position was ever verified, whatever the clock says.
        const Timestamp long_ago = now() - config_.audits.verify_age_max - nanoseconds(1);
        for (std::uint32_t ix = 0; ix < positions_.capacity; ++ix) {
            put(store_.at(positions_, ix).verified_at, long_ago);
        }
        return;
    }
    // What the record shows as sent may have landed, traded or died: all of it is Unknown, and none
    // of it is wanted any more.
    for (std::uint32_t slot = 0; slot < d.order_high; ++slot) {
        const Order& o = order(slot);
        if (o.cl_ord_id.is_none() || o.was_over != 0) continue;
        const std::uint8_t old_asked = o.asked;
        // (But what protects a position: without it, it would stand bare until all is read.)
        const std::uint8_t gone = o.role == Role::Protect ? 0 : order_flag::want_gone;
        put(o.flags, static_cast<std::uint8_t>(o.flags | order_flag::unknown | gone));
        // Amends may have left that the record does not show.
        put(o.contradictions,
            static_cast<std::uint8_t>(o.contradictions | contradiction::unasked_leg));
        note_transition(o, o.status, old_asked, Why::Boot);
        refresh(o, Why::Boot, before(o));
    }
}

void Engine::on_lease(const LeaseGrant& g) {
    const Account& acct = account(g.account);
    if (g.epoch != desk().epoch) return; // not ours: an older or newer life
    const bool first = acct.lease_epoch != g.epoch;
    put(acct.lease_epoch, g.epoch);
    put(acct.lease_until, later(first ? Timestamp{} : acct.lease_until, g.until));
    if (!first || desk().restarted == 0) return;
    // Cancels are allowed from the start. What is still on its way is met again by the lists.
    const VenueTraits& venue = traits(g.account);
    if (venue.fence == Fence::CancelAllAndDelay) {
        // Only from here on is there a cancel-all, and with it a fence.
        mass_cancel(g.account);
        wait_until(now() + longest_flight(venue) + venue.visibility);
    }
    for (std::uint32_t slot = 0; slot < desk().order_high; ++slot) {
        const Order& o = order(slot);
        if (!o.cl_ord_id.is_none() && account_of(o.instrument) == g.account && o.was_over == 0 &&
            (o.flags & order_flag::want_gone) != 0) {
            const std::uint8_t old_asked = o.asked;
            send_cancel(o);
            note_transition(o, o.status, old_asked, Why::Cancel, {Cause::Restart});
        }
    }
}

// Nothing older can be accepted and unseen after `fence`: all is read again from there on.
void Engine::wait_until(Timestamp fence) {
    const core::Desk& d = desk();
    put(d.fence_at, fence);
    put(d.recovery, Recovery::WaitFence);
    for (std::uint32_t i = 0; i < accounts_.capacity; ++i) {
        for (const ReadState& read : store_.at(accounts_, i).reads) put(read.next_at, fence);
        want_fills_through(AccountIx{i}, fence);
    }
    for (std::uint32_t slot = 0; slot < d.order_high; ++slot) {
        const Order& o = order(slot);
        if (o.cl_ord_id.is_none() || o.was_over != 0) continue;
        put(o.fence_at, later(o.fence_at, fence));
    }
}

// The join is done when every position was seen to be what is believed, by a snapshot asked after
// the fence: while one is in doubt, hedging another would act on half of what there is.
bool Engine::are_positions_joined() {
    if (config_.sabotage.restart_trusts_first_read) return true;
    for (std::uint32_t ix = 0; ix < positions_.capacity; ++ix) {
        const Position& p = store_.at(positions_, ix);
        const AccountIx a = account_of(InstrumentIx{ix / 3});
        const Timestamp asked = p.verified_at + traits(a).visibility + traits(a).clock_error;
        if (p.contra_end == Timestamp{} && asked >= desk().fence_at) continue;
        want_read(a, RequestKind::ReadPositions);
        return false;
    }
    return true;
}

void Engine::advance_recovery() {
    const core::Desk& d = desk();
    if (d.recovery == Recovery::WaitFence && now() >= d.fence_at) {
        put(d.recovery, Recovery::WaitReads);
        put(d.recovery_since, now());
        put(d.recovery_tell_at, now() + config_.audits.recovery_alarm_after);
        for (std::uint32_t i = 0; i < accounts_.capacity; ++i) run_reads(AccountIx{i});
    }
    if (d.recovery != Recovery::WaitReads) return;
    for (std::uint32_t i = 0; i < accounts_.capacity; ++i) {
        for (std::uint32_t ix = 0; ix < read_kind_count; ++ix) {
            if (!has_recovered(AccountIx{i}, ix)) return;
        }
    }
    if (!are_positions_joined()) return;
    put(d.recovery, Recovery::Done);
    put(d.recovered_at, now());
    // What was held back while reads might still explain it.
    for (std::uint32_t slot = 0; slot < d.order_high; ++slot) {
        const Order& o = order(slot);
        if (!o.cl_ord_id.is_none()) tell_contradictions(o, derived(o));
    }
    touch_all();
}

// Has this read been answered whole, asked after the fence?
bool Engine::has_recovered(AccountIx a, std::uint32_t read) const {
    const Account& acct = account(a);
    if (acct.reads[read].done_from < desk().fence_at) return false;
    // Fills complete through the fence: nothing executed before it is missing any more.
    constexpr std::uint32_t fills = 1;
    return read != fills || acct.fills_through + traits(a).visibility >= desk().fence_at;
}

std::uint32_t Engine::missing(AccountIx a) const {
    constexpr std::array<Missing, read_kind_count> by_read{Missing::OpenOrders, Missing::Fills,
                                                           Missing::Positions, Missing::Balances};
    const auto bit = [](Missing what) { return 1U << static_cast<unsigned>(what); };
    const Recovery stage = desk().recovery;
    if (stage == Recovery::NotBooted || stage == Recovery::Done) return 0;
    if (!can_send(a)) return bit(Missing::Lease); // without it nothing can be asked
    std::uint32_t out = 0;
    for (std::uint32_t ix = 0; ix < read_kind_count && stage == Recovery::WaitReads; ++ix) {
        if (!has_recovered(a, ix)) out |= bit(by_read[ix]);
    }
    return out;
}

// A start that does not come to its end stays stopped, and says for want of what: one alarm for
// each thing of each account, again and again at the pace of the knob.
void Engine::tell_recovery() {
    const core::Desk& d = desk();
    if (d.recovery == Recovery::NotBooted || d.recovery == Recovery::Done) return;
    if (now() < d.recovery_tell_at) return;
    const Duration after = config_.audits.recovery_alarm_after;
    put(d.recovery_tell_at, now() + after);
    for (std::uint32_t i = 0; i < accounts_.capacity; ++i) {
        for (std::uint32_t set = missing(AccountIx{i}); set != 0; set &= set - 1) {
            tell({.kind = AlarmKind::RecoveryIncomplete,
                  .missing = static_cast<Missing>(__builtin_ctz(set)),
                  .account = AccountIx{i},
                  .value = in_milliseconds(now() - d.recovery_since),
                  .bound = in_milliseconds(after)});
        }
    }
}

} // namespace keel::core
