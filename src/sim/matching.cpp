#include "sim/venue.hpp"

namespace keel::sim {

namespace {

// Nobody at the far side of the touch means that every price stands before it.
constexpr bool is_ahead_of_touch(Side side, Ticks px, Ticks touch) {
    return touch == no_price || is_better(side, px, touch);
}

} // namespace

void Venue::on_market(const MarketMove& move, Timestamp now) {
    const std::uint32_t place = place_of(move.instrument);
    if (place == no_slot || !is_trading(place)) return;
    if (move.is_trade) {
        on_print(place, move, now);
    } else {
        on_quote(place, move, now);
    }
}

// Could this quote change anything for an order of ours?
bool Venue::concerns_us(const InstrumentSlot& market, const MarketMove& move) const {
    if (market.head[0] != no_slot) {
        const Ticks own = market.own_px[0];
        const bool reached = move.bid_qty <= Lots{0} || own >= move.bid_px;
        if (reached || (move.ask_qty > Lots{0} && own >= move.ask_px)) return true;
    }
    if (market.head[1] != no_slot) {
        const Ticks own = market.own_px[1];
        const bool reached = move.ask_qty <= Lots{0} || own <= move.ask_px;
        if (reached || (move.bid_qty > Lots{0} && own <= move.bid_px)) return true;
    }
    return false;
}

void Venue::on_quote(std::uint32_t place, const MarketMove& move, Timestamp now) {
    const InstrumentSlot& market = book(place);
    const bool concerns = concerns_us(market, move);
    if (concerns) {
        advance_queue(place, 0, move.bid_px, move.bid_qty);
        advance_queue(place, 1, move.ask_px, move.ask_qty);
    }
    if (move.bid_px > no_price) put(market.touch_px[0], move.bid_px);
    if (move.ask_px > no_price) put(market.touch_px[1], move.ask_px);
    put(market.touch_qty[0], move.bid_qty);
    put(market.touch_qty[1], move.ask_qty);
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        put(market.taken[side], Lots{0});
        put(market.traded[side], Lots{0});
    }
    if (concerns) {
        match_crossed(place, 0, now);
        match_crossed(place, 1, now);
        enforce_reduce_only(place, now);
    }
    const bool triggers = trigger_stops(place, mark_twice(place), now);
    if (market.publish_at == never) want_publication(place, now);
    if (funding_.capacity != 0) start_funding(place, now);
    if (listings_.capacity != 0) follow_terms(place, now);
    if (concerns || triggers) refresh_next_due();
    const std::uint32_t owner = setup_->account_of[place];
    if (setup_->asks_maintenance[owner] != 0) check_maintenance(owner, now);
}

// A new quote comes: whoever stood before us at our price and is displayed no more was either
// traded with (the prints said so), or went away, and then a stated share of them stood before us.
void Venue::advance_queue(std::uint32_t place, std::size_t side, Ticks new_px, Lots new_qty) {
    const InstrumentSlot& market = book(place);
    const Ticks new_touch = new_qty > Lots{0} ? new_px : no_price;
    const Ticks old_touch = touch_of(market, side);
    for (std::uint32_t slot = market.head[side]; slot != no_slot; slot = leg(slot).next) {
        const Leg& order = leg(slot);
        if (is_ahead_of_touch(order.side, order.px, new_touch)) {
            put(order.ahead, Lots{0});
            continue;
        }
        if (order.px != new_touch) break; // deeper: not displayed, so nothing is known
        if (order.ahead == queue_unknown) {
            put(order.ahead, new_qty);
            continue;
        }
        Lots ahead = order.ahead;
        if (old_touch == new_touch) {
            const Lots gone = market.touch_qty[side] - new_qty - market.traded[side];
            if (gone > Lots{0}) {
                const auto share = mul_div(gone.value(), terms(place).queue_cancel_share_ppm,
                                           ppm_one, Rounding::Down);
                ahead -= Lots{share->value};
            }
        }
        put(order.ahead, max(min(ahead, new_qty), Lots{0}));
    }
}

// The other side of the market has come to or past our price: it trades with us at our price, up to
// the quantity it displays.
void Venue::match_crossed(std::uint32_t place, std::size_t side, Timestamp at) {
    const std::size_t far = 1 - side;
    const Ticks touch = touch_of(book(place), far);
    if (touch == no_price) return;
    std::uint64_t match = 0;
    for (std::uint32_t slot = book(place).head[side]; slot != no_slot;) {
        const Leg& order = leg(slot);
        const Lots left = available(place, far);
        if (left <= Lots{0} || !crosses(order.side, order.px, touch)) break;
        const std::uint32_t next = order.next;
        const Lots qty = min(fillable(order), left);
        if (qty > Lots{0}) {
            if (match == 0) match = next_match();
            put(book(place).taken[far], book(place).taken[far] + qty);
            fill(slot, qty, order.px, true, match, at);
        }
        slot = next;
    }
}

void Venue::on_print(std::uint32_t place, const MarketMove& move, Timestamp now) {
    const InstrumentSlot& market = book(place);
    const std::size_t side = index_of(opposite(move.aggressor));
    if (move.px == market.touch_px[side]) {
        put(market.traded[side], market.traded[side] + move.qty);
    }
    const bool matches = match_print(place, side, move, now);
    if (matches) enforce_reduce_only(place, now);
    const bool triggers = trigger_stops(place, 2 * move.px.value(), now);
    if (matches || triggers) refresh_next_due();
}

// A trade was printed. It went through every own price that is better, then through the queue at
// its own price; all of us together cannot have had more of it than was traded.
bool Venue::match_print(std::uint32_t place, std::size_t side, const MarketMove& move,
                        Timestamp now) {
    const InstrumentSlot& market = book(place);
    if (market.head[side] == no_slot || is_better(side_at(side), move.px, market.own_px[side])) {
        return false;
    }
    Lots left = move.qty; // of the print, for this and later orders
    std::uint64_t match = 0;
    for (std::uint32_t slot = market.head[side]; slot != no_slot && left > Lots{0};) {
        const Leg& order = leg(slot);
        const std::uint32_t next = order.next;
        if (is_better(order.side, move.px, order.px)) break; // the print did not come this far
        Lots reaches_us = left;
        if (order.px == move.px) {
            if (order.ahead == queue_unknown) break; // nor is it known for those behind
            const Lots before_us = min(order.ahead, left);
            reaches_us = left - before_us;
            put(order.ahead, order.ahead - before_us);
        }
        const Lots qty = min(fillable(order), reaches_us);
        if (qty > Lots{0}) {
            if (match == 0) match = next_match();
            left -= qty;
            fill(slot, qty, order.px, true, match, now);
        }
        slot = next;
    }
    return match != 0;
}

// An order arrives. Own orders in its way are removed, then it takes what is displayed at the touch
// and nothing beyond.
void Venue::take(std::uint32_t slot, Timestamp at) {
    const Leg& order = leg(slot);
    const InstrumentSlot& market = book(order.instrument);
    const std::size_t far = 1 - index_of(order.side);
    while (market.head[far] != no_slot && crosses(order.side, order.px, market.own_px[far])) {
        end(market.head[far],
            config().self_trade_reports_rejected ? ExecType::Rejected : ExecType::Canceled,
            Reason::Self, at);
    }
    const Ticks touch = touch_of(market, far);
    if (touch == no_price || !crosses(order.side, order.px, touch)) return;
    const Lots qty = min(fillable(order), available(order.instrument, far));
    if (qty <= Lots{0}) return;
    put(market.taken[far], market.taken[far] + qty);
    fill(slot, qty, touch, false, next_match(), at);
}

void Venue::join_queue(std::uint32_t slot) {
    const Leg& order = leg(slot);
    const std::size_t side = index_of(order.side);
    const Ticks touch = touch_of(book(order.instrument), side);
    if (is_ahead_of_touch(order.side, order.px, touch)) {
        put(order.ahead, Lots{0});
    } else if (order.px == touch) {
        put(order.ahead, book(order.instrument).touch_qty[side]);
    } else {
        put(order.ahead, queue_unknown);
    }
}

void Venue::fill(std::uint32_t slot, Lots qty, Ticks px, bool is_maker, std::uint64_t match,
                 Timestamp at, OrdKind kind) {
    const Leg& order = leg(slot);
    const SimInstrument& instrument = terms(order.instrument);
    KEEL_ASSERT(qty > Lots{0} && qty <= order.leaves(), "a fill is within what is left");
    const bool is_converted = kind != OrdKind::Limit;
    const bool settles = instrument.spec.settles_late && !is_converted;
    const Money fee = settle({order.instrument, order.position_side, order.side, qty}, px, is_maker,
                             is_converted);

    put(order.cum_qty, order.cum_qty + qty);
    if (order.is_resting != 0 && order.reduce_only == 0) {
        const std::size_t side = index_of(order.side);
        const InstrumentSlot& held = book(order.instrument);
        put(held.open_qty[side], held.open_qty[side] - qty);
    }
    put(order.version, order.version + 1);

    Update update;
    update.at = at;
    update.cl_ord_id = order.cl_ord_id;
    update.order_id = order.order_id;
    update.px = order.px;
    update.order_qty = order.qty;
    update.cum_qty = order.cum_qty;
    update.reduced = order.reduced;
    update.last_qty = qty;
    update.last_px = px;
    update.fee = fee;
    update.exec_no = match;
    update.version = order.version;
    update.before_of_leg = order.last_update;
    update.instrument = order.instrument;
    update.type = ExecType::Trade;
    update.side = order.side;
    update.position_side = order.position_side;
    update.is_maker = is_maker ? 1 : 0;
    update.set_stage(settles ? FillStage::Matched : FillStage::Final);
    const std::uint32_t number = history_.add(store_, update);
    put(order.last_update, number);
    put(order.last_type, ExecType::Trade);
    if (order.leaves() == Lots{0}) {
        if (order.is_resting != 0) legs_.unrest(store_, slot);
        legs_.end(store_, slot, at);
    }
    if (settles) await_settlement(number, at);

    tell(setup_->account_of[order.instrument], LinkKind::Fills, about(number, What::Report), at);
    tell_order(slot, number, What::Claim, at);
    tell(setup_->account_of[order.instrument], LinkKind::Positions,
         position_of(order.instrument, order.position_side), at);
    new_fills_.push_back({.at = at,
                          .cl_ord_id = order.cl_ord_id,
                          .order_id = OrderID{0, order.order_id},
                          .exec_id = ExecID{0, match},
                          .instrument = instrument.instrument,
                          .account = instrument.account,
                          .side = order.side,
                          .position_side = order.position_side,
                          .is_maker = is_maker,
                          .px = px,
                          .qty = qty,
                          .fee = fee,
                          .kind = kind});
}

std::uint64_t Venue::next_match() {
    store_.add(globals().matches_made, 1);
    return globals().matches_made;
}

// How much an order of this side could reduce its position by.
Lots Venue::closable(std::uint32_t place, Side side) const {
    if (config().hedge_mode) return abs(held(place, closed_by(side)));
    return max(side == Side::Buy ? -book(place).position : book(place).position, Lots{0});
}

Lots Venue::fillable(const Leg& order) const {
    if (order.reduce_only == 0) return order.leaves();
    return min(order.leaves(), closable(order.instrument, order.side));
}

// What the market displays at the touch, less what own takers and prints have had of it since.
Lots Venue::available(std::uint32_t place, std::size_t side) const {
    const InstrumentSlot& market = book(place);
    return max(market.touch_qty[side] - market.taken[side] - market.traded[side], Lots{0});
}

// After the position has moved: resting reduce-only orders that have nothing left to reduce end,
// and a venue that does not wait for the match takes off what is too much.
void Venue::enforce_reduce_only(std::uint32_t place, Timestamp at) {
    if (book(place).reduce_only_resting == 0) return;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        const Lots closes = closable(place, side_at(side));
        if (closes > Lots{0}) {
            if (!config().traits.reduce_only_at_match) trim_reduce_only(place, side, at);
            continue;
        }
        for (std::uint32_t slot = book(place).head[side]; slot != no_slot;) {
            const std::uint32_t next = leg(slot).next;
            if (leg(slot).reduce_only != 0) end(slot, ExecType::Canceled, Reason::ReduceOnly, at);
            slot = next;
        }
    }
}

// Together they may close the position and no more: what is too much is taken off from the back.
void Venue::trim_reduce_only(std::uint32_t place, std::size_t side, Timestamp at) {
    Lots allowed = closable(place, side_at(side));
    for (std::uint32_t slot = book(place).head[side]; slot != no_slot;) {
        const Leg& order = leg(slot);
        const std::uint32_t next = order.next;
        if (order.reduce_only != 0) {
            const Lots excess = order.leaves() - min(order.leaves(), allowed);
            allowed -= order.leaves() - excess;
            if (excess == order.leaves()) {
                end(slot, ExecType::Canceled, Reason::ReduceOnly, at);
            } else if (excess > Lots{0}) {
                put(order.reduced, order.reduced + excess);
                tell_order(slot, record(slot, ExecType::Restated, Reason::ReduceOnly, at),
                           What::Report, at);
            }
        }
        slot = next;
    }
}

} // namespace keel::sim
