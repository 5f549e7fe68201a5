#include "sim/outside.hpp"

#include "sim/venue.hpp"

// What is not ours: somebody else trades for the account, or the venue does.

namespace keel::sim {

namespace {

// No leg of ours has this slot: it is beyond the largest table.
constexpr std::uint64_t order_no_one = std::uint64_t{1} << Legs::slot_bits;
constexpr std::uint64_t slot_of_nobody = order_no_one - 1;

// Whose position it moves.
PositionSide moved_by(const OutsideAct& act, bool hedge_mode) {
    if (!hedge_mode) return PositionSide::Net;
    if (act.kind != OutsideAct::Kind::Manual) return closed_by(act.side);
    KEEL_ASSERT(act.position_side != PositionSide::Net,
                "in hedge mode a trade by hand names its position");
    return act.position_side;
}

} // namespace

// It takes at the touch, however much is displayed there, and leaves what is displayed to us as it
// was. Where nobody stands it waits for nobody: it does not happen.
void Venue::on_outside(const OutsideAct& act, Timestamp now) {
    const std::uint32_t place = place_of(act.instrument);
    if (place == no_slot) return;
    const Ticks px = touch_of(book(place), 1 - index_of(act.side));
    const PositionSide position_side = moved_by(act, config().hedge_mode);
    const bool is_closing = act.kind != OutsideAct::Kind::Manual ||
                            (config().hedge_mode && position_side == closed_by(act.side));
    Lots qty = is_closing ? min(act.qty, closable(place, act.side)) : act.qty;
    if (terms(place).spec.long_only && act.side == Side::Sell) qty = min(qty, sellable(place));
    if (px == no_price || qty <= Lots{0}) return;

    const Money fee = settle({place, position_side, act.side, qty}, px, false);
    put(book(place).outside, book(place).outside + signed_lots(act.side, qty));
    if (config().hedge_mode) {
        const SideSlot& one = side_slot(place, position_side);
        put(one.outside, one.outside + signed_lots(act.side, qty));
    }
    store_.add(globals().orders_made, 1);
    Update update;
    update.at = now;
    update.order_id = globals().orders_made * order_no_one | slot_of_nobody;
    update.px = px;
    update.order_qty = qty;
    update.cum_qty = qty;
    update.last_qty = qty;
    update.last_px = px;
    update.fee = fee;
    update.exec_no = next_match();
    update.instrument = place;
    update.type = ExecType::Trade;
    update.reason = reason_of(act.kind);
    update.side = act.side;
    update.position_side = position_side;
    update.is_outside = 1;
    update.is_silent = is_told(config().outside_told, act.kind) ? 0 : 1;
    const std::uint32_t number = history_.add(store_, update);

    const std::uint32_t owner = setup_->account_of[place];
    if (update.is_silent == 0) tell(owner, LinkKind::Fills, about(number, What::Report), now);
    tell(owner, LinkKind::Positions, position_of(place, position_side), now);
    const SimInstrument& instrument = terms(place);
    new_fills_.push_back({.at = now,
                          .cl_ord_id = {},
                          .order_id = OrderID{0, update.order_id},
                          .exec_id = ExecID{0, update.exec_no},
                          .instrument = instrument.instrument,
                          .account = instrument.account,
                          .side = act.side,
                          .position_side = position_side,
                          .px = px,
                          .qty = qty,
                          .fee = fee,
                          .is_ours = false,
                          .is_told = update.is_silent == 0,
                          .outside = act.kind});
    enforce_reduce_only(place, now);
    refresh_next_due();
}

} // namespace keel::sim
