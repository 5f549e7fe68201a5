#include "explore/situation.hpp"

namespace keel::explore {

std::string_view to_string(Situation situation) {
    switch (situation) {
    case Situation::Resting: return "resting";
    case Situation::CancelPending: return "cancel_pending";
    case Situation::Unknown: return "unknown";
    case Situation::Hedging: return "hedging";
    case Situation::Restarting: return "restarting";
    case Situation::Idle: return "idle";
    }
    return "";
}

Situation situation_of(const World& world) {
    return world.is_alive() ? world.subject().situation() : Situation::Restarting;
}

} // namespace keel::explore
