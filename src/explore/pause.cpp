#include <algorithm>

#include "core/leaving.hpp"
#include "explore/world.hpp"

// The desk's process sleeps, with requests that it has decided on and not sent: a virtual machine
// that is moved, a disk that hangs. Once its lease has ended a second instance takes its place,
// from the record, by connections of its own; and when the old owner wakes, what it still has in
// its hands must not leave any more (core/leaving.hpp).

namespace keel::explore {

bool World::may_fall_asleep() const {
    return has_lease() && may_hear() && !own_.lease.is_lost &&
           (scenario_->faults & bit(sim::FaultKind::Paused)) != 0;
}

// All that has left it has arrived by then; what is on its way to it waits.
bool World::may_sleep_until(Timestamp at) const {
    if (at > root_at_ + scenario_->horizon) return false;
    if (at > root_at_ + scenario_->deeds_within && !lanes_are_through()) return false;
    return std::ranges::none_of(venues_, [](const sim::Venue& venue) {
        return venue.pending(sim::Channels::socket_in) > 0 ||
               venue.pending(sim::Channels::rest_in) > 0 || venue.pending(sim::Channels::bump) > 0;
    });
}

std::uint32_t World::asleep_count() const {
    std::uint32_t count = 0;
    for (const sim::Venue& venue : venues_) count += venue.asleep_count();
    return count;
}

// (What sleeps longer than its lease does not go on when it wakes: it has missed too much, and
// begins a life as any instance does that takes over.)
void World::add_pause_turns(std::vector<Choice>& out) const {
    const auto add = [&](PauseTurn turn) {
        out.push_back({Choice::Kind::Pause, 0, static_cast<std::uint8_t>(turn)});
    };
    if (own_.is_asleep && own_.now < own_.lease.until) add(PauseTurn::Wakes);
    if (!own_.is_asleep && asleep_count() > 0) add(PauseTurn::TooLate);
}

void World::turn_pause(PauseTurn turn, std::uint32_t unsent) {
    const auto let_go = [&](Timestamp lease_until) {
        std::uint32_t left = 0;
        for (sim::Venue& venue : venues_) {
            left += venue.wake_up(own_.now, [&](Timestamp valid_until) {
                return core::may_leave(scenario_->desk.engine.sabotage, valid_until, lease_until,
                                       own_.now);
            });
        }
        return left;
    };
    switch (turn) {
    case PauseTurn::Begins: {
        const RequestID first = first_unsent(unsent);
        for (sim::Venue& venue : venues_) venue.put_to_sleep_from(first);
        own_.is_asleep = true;
        own_.lease.is_lost = true; // nobody renews it
        return;
    }
    case PauseTurn::Wakes:
        own_.is_asleep = false;
        own_.lease.is_lost = false;
        static_cast<void>(let_go(own_.lease.until));
        return;
    case PauseTurn::TooLate:
        if (let_go(own_.lease.before_until) > 0) own_.lease.was_outlived = true;
        return;
    }
}

// Nothing is lost of the record: what is in it was there before anything left.
void World::take_over() {
    cut_off();
    own_.is_asleep = false;
    own_.lease.is_lost = false;
    come_back_from_record();
    begin_life(false);
    // Where nothing would leave when the old owner wakes, it might as well never.
    const core::Sabotage& sabotage = scenario_->desk.engine.sabotage;
    for (sim::Venue& venue : venues_) {
        const auto may_leave = [&](Timestamp valid_until) {
            return core::may_leave(sabotage, valid_until, own_.lease.before_until, own_.now);
        };
        if (venue.would_wake(may_leave) == 0) venue.wake_up(own_.now, may_leave);
    }
}

} // namespace keel::explore
