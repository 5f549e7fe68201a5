#include <algorithm>

#include "explore/world.hpp"

// The desk's process dies: between two things that happen, or between two requests that one step
// makes it send.

namespace keel::explore {

bool World::may_crash() const {
    return own_.is_alive && own_.crashes < crashes_max &&
           (scenario_->faults & bit(sim::FaultKind::Crash)) != 0;
}

void World::add_crashes(FaultSet faults, std::vector<Choice>& out) const {
    if ((faults & bit(sim::FaultKind::Crash)) == 0 || !may_crash()) return;
    for (std::uint32_t lost = 0; lost <= std::min(scenario_->lost_tail_max, own_.recorded);
         ++lost) {
        out.push_back({Choice::Kind::Crash, 0, static_cast<std::uint8_t>(lost)});
    }
    add_crashes_between_sends(faults, out);
}

// Where nothing has left and the event is lost, it might as well have died before it.
void World::add_crashes_between_sends(FaultSet faults, std::vector<Choice>& out) const {
    if ((faults & bit(sim::FaultKind::Crash)) == 0 || !may_crash()) return;
    const std::uint32_t sent = just_sent();
    for (std::uint32_t unsent = 1; unsent <= sent; ++unsent) {
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

// The last of them have not left.
void World::take_back(std::uint32_t unsent) {
    if (unsent == 0) return;
    std::vector<RequestID> requests;
    for (const sim::Venue& venue : venues_) venue.add_requests_from(own_.sent_from, requests);
    std::ranges::sort(requests);
    const RequestID first = requests[requests.size() - unsent];
    for (sim::Venue& venue : venues_) venue.take_back_from(first);
}

} // namespace keel::explore
