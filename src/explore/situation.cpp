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

// What is most at risk comes first.
Situation situation_of(const World& world) {
    if (!world.is_alive()) return Situation::Restarting;
    const core::Engine& engine = world.desk().engine();
    if (engine.desk().recovery != core::Recovery::Done) return Situation::Restarting;
    bool is_unknown = false;
    bool is_hedging = false;
    bool is_canceling = false;
    bool is_resting = false;
    engine.each_order([&](const core::Order& order) {
        if (order.was_over != 0) return;
        is_unknown = is_unknown || (order.flags & core::order_flag::unknown) != 0;
        is_hedging = is_hedging || order.role == core::Role::Hedge;
        is_canceling = is_canceling || (order.flags & core::order_flag::want_gone) != 0;
        is_resting = true;
    });
    if (is_unknown) return Situation::Unknown;
    if (is_hedging) return Situation::Hedging;
    if (is_canceling) return Situation::CancelPending;
    return is_resting ? Situation::Resting : Situation::Idle;
}

} // namespace keel::explore
