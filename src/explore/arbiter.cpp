#include "explore/world.hpp"

// The arbiter of the desk's lease, as an actor of a search. As long as nothing befalls them,
// renewals come in time, and need no choice: whatever time moves to, the last of them is less than
// a period old then. Losing them is a fault. It stays so until a renewal comes after all, or, once
// the lease has ended, it is granted with a new epoch.

namespace keel::explore {
namespace {

constexpr Duration for_ever = seconds(1'000'000); // no scenario is as long

} // namespace

bool World::holds_lease() const {
    const Lease& lease = own_.lease;
    return !has_lease() || (lease.epoch == own_.epoch && own_.now < lease.until);
}

bool World::is_renewal_due() const {
    return own_.lease.until - own_.now <= scenario_->lease - scenario_->lease_renewed_every;
}

// A timer that is due at `at` comes after the end of a lease that is lost; and a lease is lost for
// as long as anything may be under way, no longer: what is owed meanwhile would grow older for
// ever.
bool World::waits_for_lease(Timestamp at) const {
    const Lease& lease = own_.lease;
    if (!lease.is_lost) return false;
    return own_.now < lease.until ? at > lease.until : at > lease.until + scenario_->delay_max;
}

void World::add_lease_turns(FaultSet faults, std::vector<Choice>& out) const {
    if (!has_lease() || !own_.is_alive) return;
    const auto add = [&](LeaseTurn turn) {
        out.push_back({Choice::Kind::Lease, 0, static_cast<std::uint8_t>(turn)});
    };
    const Lease& lease = own_.lease;
    if (!lease.is_lost) {
        if ((faults & bit(sim::FaultKind::LeaseLost)) != 0) add(LeaseTurn::Lost);
        return;
    }
    const bool has_ended = own_.now >= lease.until;
    if (own_.is_asleep) {
        if (has_ended) add(LeaseTurn::Taken);
        if (!has_ended && may_sleep_until(lease.until)) add(LeaseTurn::Ends);
        return;
    }
    const bool is_next = lease.until <= subject_->wake_at(); // as timers: the earlier one first
    if (!has_ended && is_next && may_pass_to(lease.until)) add(LeaseTurn::Ends);
    if (is_renewal_due()) add(LeaseTurn::Renewed);
    if (!has_ended) return;
    add(LeaseTurn::Anew);
    add(LeaseTurn::Taken);
}

void World::grant_lease() {
    own_.lease.until = has_lease() ? own_.now + scenario_->lease : root_at_ + for_ever;
    own_.lease.epoch = own_.epoch;
    for (std::uint32_t a = 0; a < venue_of_account_.size(); ++a) {
        heard_.emplace_back(LeaseGrant{AccountIx{a}, own_.epoch, own_.lease.until});
    }
}

void World::turn_lease(LeaseTurn turn) {
    switch (turn) {
    case LeaseTurn::Lost: own_.lease.is_lost = true; return;
    case LeaseTurn::Ends:
        if (!own_.is_asleep && is_under_way()) ++own_.overtakings;
        own_.now = own_.lease.until;
        return;
    case LeaseTurn::Renewed:
        own_.lease.is_lost = false;
        grant_lease();
        tell_all();
        return;
    case LeaseTurn::Anew: // a life of its own, which has forgotten nothing
        own_.lease.is_lost = false;
        heard_.emplace_back(Boot{++own_.epoch, 1});
        grant_lease();
        repeat_acts();
        tell_all();
        return;
    case LeaseTurn::Taken: take_over(); return;
    }
}

void World::add_lease(Hasher& h) const {
    const Lease& lease = own_.lease;
    h.add_signed((lease.until - own_.now).value());
    // (The desk is not told that its lease ends: time is ahead of it then.)
    if (own_.is_alive) h.add_signed((subject_->now() - own_.now).value());
    h.add((lease.is_lost ? 1U : 0U) | (lease.epoch == own_.epoch ? 2U : 0U) |
          (own_.is_asleep ? 4U : 0U));
    h.add_signed(max(lease.before_until - own_.now, Duration{}).value());
}

} // namespace keel::explore
