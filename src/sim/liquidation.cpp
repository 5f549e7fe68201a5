#include "sim/venue.hpp"

// Maintenance margin: what an account has to be worth for what it holds, or the venue closes it.

namespace keel::sim {

// Of all that it holds, at the mark. In hedge mode each side needs its own.
Money Venue::maintenance(std::uint32_t owner) const {
    Money sum;
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] != owner) continue;
        const Lots lots = config().hedge_mode ? gross(place) : abs(book(place).position);
        const auto own = margin_at(place, lots, no_price, terms(place).maintenance_margin_ppm);
        KEEL_ASSERT(own.has_value(), "the margin of what is held fits in Money");
        sum += *own;
    }
    return sum;
}

bool Venue::is_short_of_margin(std::uint32_t owner) const {
    return equity(config().accounts[owner].account) < maintenance(owner);
}

// Its orders go first, all of them. Then its positions, whole, one after the other and a long one
// before a short one, until what is left is covered.
void Venue::check_maintenance(std::uint32_t owner, Timestamp at) {
    if (!is_short_of_margin(owner)) return;
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] != owner) continue;
        cancel_all(place, Reason::InsufficientMargin, at);
    }
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] != owner) continue;
        for (const PositionSide side : position_sides) {
            if (is_short_of_margin(owner)) liquidate(place, side, at);
        }
    }
    refresh_next_due();
}

void Venue::liquidate(std::uint32_t place, PositionSide side, Timestamp at) {
    const Lots before = held(place, side);
    if (before == Lots{0}) return;
    OutsideAct act;
    act.instrument = terms(place).instrument;
    act.kind = OutsideAct::Kind::Liquidation;
    act.side = before > Lots{0} ? Side::Sell : Side::Buy;
    act.qty = abs(before);
    on_outside(act, at);
    // (Where nobody stands on the side it takes, it waits for the next quote.)
    if (held(place, side) != before) put(globals().liquidations, globals().liquidations + 1);
}

} // namespace keel::sim
