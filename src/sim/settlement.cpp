#include "sim/venue.hpp"

// Fills that settle after they are matched, on a chain: until one is confirmed what it bought
// cannot be sold, and it may fail. Then it is as if it had never been, but that it was told.

namespace keel::sim {

// What of a position nothing else has a claim on: it could be sold now.
Lots Venue::sellable(std::uint32_t place) const {
    Lots out = book(place).position;
    if (listings_.capacity != 0) out -= listing(place).unsettled;
    const std::size_t sells = index_of(Side::Sell);
    for (std::uint32_t slot = book(place).head[sells]; slot != no_slot; slot = leg(slot).next) {
        out -= leg(slot).leaves();
    }
    return max(out, Lots{0});
}

Lots Venue::settled(InstrumentIx instrument) const {
    const std::uint32_t place = place_of(instrument);
    if (place == no_slot) return Lots{0};
    const Lots unsettled = listings_.capacity == 0 ? Lots{0} : listing(place).unsettled;
    return book(place).position - unsettled;
}

void Venue::await_settlement(std::uint32_t number, Timestamp at) {
    const Update& trade = *history_.find(store_, number);
    SettlingFill fill;
    fill.at = at;
    fill.cl_ord_id = trade.cl_ord_id;
    fill.order_id = trade.order_id;
    fill.px = trade.px;
    fill.qty = trade.last_qty;
    fill.last_px = trade.last_px;
    fill.fee = trade.fee;
    fill.exec_no = trade.exec_no;
    fill.version = trade.version;
    fill.instrument = trade.instrument;
    fill.side = trade.side;
    fill.is_maker = trade.is_maker;
    const Lots& unsettled = listing(trade.instrument).unsettled;
    if (trade.side == Side::Buy) put(unsettled, unsettled + trade.last_qty);
    send_to_chain(fill, number, at);
}

void Venue::send_to_chain(const SettlingFill& fill, std::uint32_t number, Timestamp at) {
    const std::uint32_t chain = channels_.chain();
    const DelayRange range = config().settlement;
    Message message;
    message.what = What::Settlement;
    message.ref = number;
    message.account = setup_->account_of[fill.instrument];
    message.due = at + channels_.draw_between(store_, chain, range.min, range.max);
    put_body(message, fill);
    const std::uint32_t slot = channels_.in_order(store_, chain, message);
    KEEL_ASSERT(slot != no_slot, "messages_max leaves room for what settles");
}

// What stands at the head of the chain has been mined, or is confirmed, or has failed.
void Venue::settle_next(bool fails, Timestamp at) {
    const Message message = channels_.pop(store_, channels_.chain());
    auto fill = body_of<SettlingFill>(message);
    if (fails) {
        fill.stage = FillStage::Failed;
    } else {
        const bool is_mined = config().tells_mined && fill.stage == FillStage::Matched;
        fill.stage = is_mined ? FillStage::Mined : FillStage::Confirmed;
    }
    Update update;
    update.at = at;
    update.cl_ord_id = fill.cl_ord_id;
    update.order_id = fill.order_id;
    update.px = fill.px;
    update.last_qty = fill.qty;
    update.last_px = fill.last_px;
    update.fee = fill.fee;
    update.exec_no = fill.exec_no;
    update.version = fill.version;
    update.before_of_leg = message.ref;
    update.instrument = fill.instrument;
    update.type = ExecType::Trade;
    update.side = fill.side;
    update.is_maker = fill.is_maker != 0 ? 1 : 0;
    update.set_stage(fill.stage);
    const std::uint32_t number = history_.add(store_, update);
    if (fill.stage == FillStage::Mined) {
        send_to_chain(fill, message.ref, at);
    } else if (fill.side == Side::Buy) {
        const Lots& unsettled = listing(fill.instrument).unsettled;
        put(unsettled, unsettled - fill.qty);
    }
    if (fill.stage == FillStage::Failed) take_back(fill, at);
    tell(message.account, LinkKind::Fills, about(number, What::Report), at);
    if (fill.stage == FillStage::Failed) {
        tell(message.account, LinkKind::Positions, position_of(fill.instrument, PositionSide::Net),
             at);
        enforce_reduce_only(fill.instrument, at);
    }
}

// Position, cash and fee, exactly as it had moved them.
void Venue::take_back(const SettlingFill& fill, Timestamp at) {
    const SimInstrument& instrument = terms(fill.instrument);
    const InstrumentSlot& held = book(fill.instrument);
    const bool is_buy = fill.side == Side::Buy;
    const Money amount =
        notional(fill.last_px, fill.qty, instrument.spec, is_buy ? Rounding::Up : Rounding::Down);
    put(held.position, held.position - signed_lots(fill.side, fill.qty));
    put(held.cash, is_buy ? held.cash + amount : held.cash - amount);
    put(held.fees, held.fees - fill.fee);
    const bool rests_again = return_to_book(fill, at);
    KEEL_ASSERT(!instrument.spec.long_only || held.position >= Lots{0},
                "only what is confirmed was sold");
    new_fills_.push_back({.at = at,
                          .cl_ord_id = fill.cl_ord_id,
                          .order_id = OrderID{0, fill.order_id},
                          .exec_id = ExecID{0, fill.exec_no},
                          .instrument = instrument.instrument,
                          .account = instrument.account,
                          .side = fill.side,
                          .is_maker = fill.is_maker != 0,
                          .px = fill.last_px,
                          .qty = fill.qty,
                          .fee = fill.fee,
                          .is_taken_back = true,
                          .rests_again = rests_again});
}

// Of an order that was not canceled. Nobody is told.
bool Venue::return_to_book(const SettlingFill& fill, Timestamp at) {
    const std::uint32_t slot = legs_.find(store_, OrderID{0, fill.order_id});
    if (!config().failed_rests_again || fill.is_maker == 0 || slot == no_slot) return false;
    const Leg& order = leg(slot);
    const bool was_full = order.is_open == 0 && order.leaves() == Lots{0};
    if ((order.is_resting == 0 && !was_full) || !is_trading(fill.instrument)) return false;
    if (was_full) {
        legs_.reopen(store_, slot);
    } else {
        legs_.unrest(store_, slot);
    }
    put(order.cum_qty, order.cum_qty - fill.qty);
    put(order.returned, order.returned + fill.qty);
    record(slot, ExecType::Status, Reason::None, at);
    legs_.rest(store_, slot);
    join_queue(slot);
    return true;
}

// When a trade was executed, also where an update only tells that it is settled since; and when it
// was taken back, where it has failed.
Timestamp Venue::executed_at(const Update& trade) const {
    if (!trade.is_stage_change() || trade.fill_stage() == FillStage::Failed) return trade.at;
    const Update* executed = history_.find(store_, trade.before_of_leg);
    return executed == nullptr ? trade.at : executed->at;
}

} // namespace keel::sim
