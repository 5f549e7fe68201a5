#include "sim/venue.hpp"

namespace keel::sim {

// Total: the order's quantity, fills included. Remaining: what shall still be open. Replacement: a
// new order of that size. The difference shows when the order fills while the amend travels.
Venue::Reply Venue::amend(const OrderCancelReplaceRequest& request, bool refuse, Timestamp at) {
    const VenueTraits& traits = config().traits;
    if (!traits.amend_supported) return refused(Reason::NotSupported);
    const std::uint32_t slot = request.order_id.is_none() ? legs_.find(store_, request.cl_ord_id)
                                                          : legs_.find(store_, request.order_id);
    if (slot == no_slot || terms(leg(slot).instrument).account != request.account ||
        (!request.cl_ord_id.is_none() && leg(slot).cl_ord_id != request.cl_ord_id)) {
        return refused(Reason::UnknownOrder);
    }
    const Leg& order = leg(slot);
    if (order.is_open == 0) return refused(Reason::TooLate);
    if (order.is_waiting != 0 || !is_trading(order.instrument)) {
        return refused(Reason::NotSupported);
    }
    if (refuse) return refused(Reason::InsufficientMargin);

    Lots leaves = request.qty;
    if (traits.amend_qty == AmendQty::Total) {
        for (std::uint32_t i = slot; i != no_slot; i = legs_.older(store_, i)) {
            leaves -= leg(i).cum_qty;
        }
    }
    if (leaves <= Lots{0}) return refused(Reason::TooLate); // it has filled past the new quantity
    const Lots closes = closable(order.instrument, order.side);
    const bool closes_all = order.reduce_only != 0 && closes > Lots{0} && leaves >= closes;
    if (!is_size_taken(request.px, leaves, closes_all, order.instrument)) {
        return refused(Reason::InvalidRequest);
    }
    if (!traits.amend_keeps_order_id) return amend_by_new_leg(slot, request.px, leaves, at);
    return amend_in_place(slot, request.px, leaves, request.amend_no, at);
}

// The order keeps its id, and its place in the queue if it only became smaller.
Venue::Reply Venue::amend_in_place(std::uint32_t slot, Ticks px, Lots leaves,
                                   std::uint32_t amend_no, Timestamp at) {
    const Leg& order = leg(slot);
    Leg draft = order;
    draft.px = px;
    draft.qty = order.cum_qty + order.reduced + leaves;
    const Reason verdict = judge(draft, max(leaves - order.leaves(), Lots{0}));
    if (verdict != Reason::None) return refused(verdict);
    const Reply reply{Outcome::Accepted, Reason::None, OrderID{0, order.order_id}, 0};
    const bool keeps_place = px == order.px && leaves <= order.leaves();
    if (keeps_place) {
        const std::size_t side = index_of(order.side);
        if (order.reduce_only == 0) {
            const InstrumentSlot& market = book(order.instrument);
            put(market.open_qty[side], market.open_qty[side] - (order.leaves() - leaves));
        }
        put(order.qty, draft.qty);
        tell_order(slot, record(slot, ExecType::Replaced, Reason::None, at, amend_no), What::Report,
                   at);
        return reply;
    }
    legs_.unrest(store_, slot);
    put(order.px, px);
    put(order.qty, draft.qty);
    tell_order(slot, record(slot, ExecType::Replaced, Reason::None, at, amend_no), What::Report,
               at);
    open(slot, at);
    return reply;
}

// Cancel, then place: the old leg is gone even if the new one is then refused.
Venue::Reply Venue::amend_by_new_leg(std::uint32_t slot, Ticks px, Lots leaves, Timestamp at) {
    Leg draft = leg(slot);
    draft.px = px;
    draft.qty = leaves;
    draft.cum_qty = Lots{0};
    draft.reduced = Lots{0};
    draft.returned = Lots{0};
    draft.created_at = at;
    draft.version = 0;
    draft.last_update = 0;
    draft.is_resting = 0;
    legs_.unrest(store_, slot);
    const std::uint32_t old_end = record(slot, ExecType::Canceled, Reason::None, at);
    legs_.end(store_, slot, at);
    const Reason verdict = judge(draft, leaves);
    const std::uint32_t fresh = legs_.add(store_, draft);
    if (verdict != Reason::None) {
        tell_order(slot, old_end, What::Report, at);
        end(fresh, ExecType::Rejected, verdict, at);
        return refused(verdict);
    }
    const std::uint32_t news = record(fresh, ExecType::Replaced, Reason::None, at);
    // Which of the two the desk hears first is open at these venues.
    const bool is_new_first = channels_.draw(store_, Channels::socket_out, 2) == 0;
    if (is_new_first) tell_order(fresh, news, What::Report, at);
    tell_order(slot, old_end, What::Report, at);
    if (!is_new_first) tell_order(fresh, news, What::Report, at);
    open(fresh, at);
    return Reply{Outcome::Accepted, Reason::None, OrderID{0, leg(fresh).order_id}, 0};
}

} // namespace keel::sim
