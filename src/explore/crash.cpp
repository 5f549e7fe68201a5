#include <algorithm>

#include "explore/world.hpp"

// The desk's process dies: between two things that happen, or between two requests that one step
// makes it send.

namespace keel::explore {

bool World::may_crash() const { return !own_.is_asleep && may_crash_later(); }

bool World::may_crash_later() const {
    return own_.is_alive && own_.crashes < crashes_max &&
           (scenario_->faults & bit(sim::FaultKind::Crash)) != 0;
}

void World::add_crashes(FaultSet faults, std::vector<Choice>& out) const {
    if ((faults & bit(sim::FaultKind::Crash)) == 0 || !may_crash()) return;
    for (std::uint32_t lost = 0; lost <= std::min(scenario_->lost_tail_max, own_.recorded);
         ++lost) {
        out.push_back({Choice::Kind::Crash, 0, static_cast<std::uint8_t>(lost)});
    }
}

// Where nothing has left and the event is lost, it might as well have died before it.
void World::add_stops_between_sends(FaultSet faults, std::vector<Choice>& out) const {
    const bool crashes = (faults & bit(sim::FaultKind::Crash)) != 0 && may_crash();
    const bool sleeps = (faults & bit(sim::FaultKind::Paused)) != 0 && may_fall_asleep();
    const std::uint32_t sent = crashes || sleeps ? just_sent() : 0;
    for (std::uint32_t unsent = 1; unsent <= sent; ++unsent) {
        if (sleeps) {
            out.push_back({Choice::Kind::Pause, 0, static_cast<std::uint8_t>(PauseTurn::Begins),
                           sim::Twist::None, static_cast<std::uint8_t>(unsent)});
        }
        if (!crashes) continue;
        const std::uint32_t lost_max = unsent == sent ? 0 : scenario_->lost_tail_max;
        for (std::uint32_t lost = 0; lost <= std::min(lost_max, own_.recorded); ++lost) {
            out.push_back({Choice::Kind::Crash, 0, static_cast<std::uint8_t>(lost),
                           sim::Twist::None, static_cast<std::uint8_t>(unsent)});
        }
    }
}

// (A naive bot has turns of its own, and dies between them.)
std::uint32_t World::just_sent() const {
    if (scenario_->subject != nullptr || own_.sent_from.is_none()) return 0;
    std::vector<RequestID> requests;
    for (const sim::Venue& venue : venues_) venue.add_requests_from(own_.sent_from, requests);
    return static_cast<std::uint32_t>(requests.size());
}

// The first of the last `unsent` of them.
RequestID World::first_unsent(std::uint32_t unsent) const {
    std::vector<RequestID> requests;
    for (const sim::Venue& venue : venues_) venue.add_requests_from(own_.sent_from, requests);
    std::ranges::sort(requests);
    return requests[requests.size() - unsent];
}

} // namespace keel::explore
