#include <algorithm>

#include "explore/world.hpp"

// What is so at the venues, whatever the subject believes.

namespace keel::explore {

bool World::has_outside() const {
    // (A venue liquidates by itself, too.)
    const auto liquidates = [](const sim::Venue& venue) { return venue.liquidation_count() > 0; };
    if (std::ranges::any_of(venues_, liquidates)) return true;
    for (std::size_t lane = 0; lane < lane_count(); ++lane) {
        const std::vector<Deed>& deeds = deeds_of(lane);
        for (std::size_t n = 0; n < own_.done[lane]; ++n) {
            if (std::holds_alternative<Outside>(deeds[n])) return true;
        }
    }
    return false;
}

const sim::Venue& World::venue_with(InstrumentIx instrument) const {
    const AccountIx account = scenario_->desk.engine.instruments[instrument.value()].account;
    return venues_[venue_of(account)];
}

Lots World::outside(InstrumentIx instrument) const {
    return venue_with(instrument).outside(instrument);
}

Lots World::outside(InstrumentIx instrument, PositionSide side) const {
    return venue_with(instrument).outside(instrument, side);
}

Lots World::held(InstrumentIx instrument) const {
    return venue_with(instrument).position(instrument);
}

Lots World::held(InstrumentIx instrument, PositionSide side) const {
    return venue_with(instrument).position(instrument, side);
}

std::span<const PositionSide> World::sides_of(InstrumentIx instrument) const {
    const std::span<const PositionSide> all{position_sides};
    return venue_with(instrument).is_in_hedge_mode() ? all.subspan(1) : all.first(1);
}

} // namespace keel::explore
