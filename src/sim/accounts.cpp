#include "sim/venue.hpp"

namespace keel::sim {

Lots Venue::held(std::uint32_t place, PositionSide side) const {
    const bool is_net = side == PositionSide::Net;
    if (is_net == config().hedge_mode) return Lots{0};
    return is_net ? book(place).position : side_slot(place, side).held;
}

// An execution: what is held, the cash and the fees follow. What it cost in fees.
Money Venue::settle(const Moves& moves, Ticks px, bool is_maker, bool is_free) {
    const InstrumentSlot& all = book(moves.place);
    const Instrument& spec = terms(moves.place).spec;
    const bool is_buy = moves.side == Side::Buy;
    const Money amount = notional(px, moves.qty, spec, is_buy ? Rounding::Up : Rounding::Down);
    const std::int32_t fee_ppm = is_maker ? spec.maker_fee_ppm : spec.taker_fee_ppm;
    const Money fee = is_free ? Money{} : fee_of(amount, fee_ppm);
    const Lots change = signed_lots(moves.side, moves.qty);
    put(all.position, all.position + change);
    if (config().hedge_mode) {
        const SideSlot& one = side_slot(moves.place, moves.position_side);
        put(one.held, one.held + change);
        KEEL_ASSERT(moves.position_side == PositionSide::Long ? one.held >= Lots{0}
                                                              : one.held <= Lots{0},
                    "in hedge mode a position never turns");
    }
    put(all.cash, is_buy ? all.cash - amount : all.cash + amount);
    put(all.fees, all.fees + fee);
    return fee;
}

// Twice the mid, which is whole where the mid may not be; of what is resolved twice what a unit is
// worth. Zero: there was no market yet, or it is worth nothing.
std::int64_t Venue::mark_twice(std::uint32_t place) const {
    if (is_resolved(place)) return 2 * listing(place).settlement_px.value();
    const InstrumentSlot& market = book(place);
    const Ticks bid = market.touch_px[0];
    const Ticks ask = market.touch_px[1];
    return bid == no_price || ask == no_price ? 0 : (bid + ask).value();
}

// Cash of all fills plus the position at the mid, rounded down.
Money Venue::value(std::uint32_t place, Lots position, Money cash) const {
    if (position == Lots{0}) return cash;
    const Instrument& spec = terms(place).spec;
    const auto lots_value = static_cast<Int128>(mark_twice(place)) * position.value();
    const Int128 exact = lots_value * spec.value_num;
    const Int128 divisor = static_cast<Int128>(2) * spec.value_den;
    Int128 worth = exact / divisor;
    if (exact < 0 && exact % divisor != 0) worth -= 1;
    KEEL_ASSERT(worth <= INT64_MAX && worth >= INT64_MIN, "what is held fits in Money");
    return cash + Money{static_cast<std::int64_t>(worth)};
}

// In hedge mode: what is held long and what is held short, each as its size.
Lots Venue::gross(std::uint32_t place) const {
    return held(place, PositionSide::Long) - held(place, PositionSide::Short);
}

Money Venue::equity(AccountIx account) const {
    const std::uint32_t owner = account_place(account);
    if (owner == no_slot) return Money{0};
    Money sum = config().accounts[owner].collateral;
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] != owner) continue;
        const InstrumentSlot& held = book(place);
        sum += value(place, held.position, held.cash) - held.fees - funding_paid(place);
    }
    return sum;
}

// Initial margin of so many lots at the mid, or at `px` before there is a market; rounded up. None:
// it does not fit, so nobody has it.
std::optional<Money> Venue::margin(std::uint32_t place, Lots lots, Ticks px) const {
    return margin_at(place, lots, px, terms(place).spec.initial_margin_ppm);
}

// The same of any share of what they are worth.
std::optional<Money> Venue::margin_at(std::uint32_t place, Lots lots, Ticks px,
                                      std::int32_t ppm) const {
    const Instrument& spec = terms(place).spec;
    const std::int64_t twice = mark_twice(place);
    const Ticks mark = twice == 0 ? px : Ticks{(twice + 1) / 2};
    const auto amount = checked_notional(mark, lots, spec, Rounding::Up);
    if (!amount) return std::nullopt;
    const auto out = mul_div(amount->value, ppm, ppm_one, Rounding::Up);
    if (!out) return std::nullopt;
    return Money{out->value};
}

// The larger of what would be held long or short if all resting orders of one side filled, with
// `more` lots on `side`. Reduce-only orders cannot make it larger. In hedge mode both are held at
// once: their sum.
Lots Venue::worst_lots(std::uint32_t place, Side side, Lots more) const {
    const InstrumentSlot& held = book(place);
    const Lots buys = held.open_qty[0] + (side == Side::Buy ? more : Lots{0});
    const Lots sells = held.open_qty[1] + (side == Side::Sell ? more : Lots{0});
    if (config().hedge_mode) return gross(place) + buys + sells;
    return max(held.position + buys, sells - held.position);
}

bool Venue::margin_allows(std::uint32_t place, Side side, Lots more, Ticks px) const {
    const Lots before = worst_lots(place, side, Lots{0});
    const Lots after = worst_lots(place, side, more);
    if (after <= before) return true; // it cannot need more than is needed already
    const std::uint32_t owner = setup_->account_of[place];
    const auto here = margin(place, after, px);
    if (!here) return false;
    Money sum = *here;
    for (std::uint32_t other = 0; other < config().instruments.size(); ++other) {
        if (other == place || setup_->account_of[other] != owner) continue;
        const auto there = margin(other, worst_lots(other, Side::Buy, Lots{0}), no_price);
        if (!there) return false;
        sum += *there;
    }
    return sum <= equity(config().accounts[owner].account);
}

} // namespace keel::sim
