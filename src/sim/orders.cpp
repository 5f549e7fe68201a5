#include "sim/venue.hpp"

namespace keel::sim {

namespace {

constexpr bool is_known(Side side) { return side == Side::Buy || side == Side::Sell; }
constexpr bool is_known(TimeInForce tif) {
    return tif == TimeInForce::Gtc || tif == TimeInForce::Ioc;
}

} // namespace

bool Venue::is_size_taken(Ticks px, Lots qty, bool closes_all, std::uint32_t place) const {
    const Instrument& spec = terms(place).spec;
    if (!price_is_valid(px, spec) || !is_on_step(px, place)) return false;
    if (qty < spec.min_qty || (spec.max_qty > Lots{0} && qty > spec.max_qty)) return false;
    const auto amount = checked_notional(px, qty, spec, Rounding::Down);
    if (!amount) return false;
    const bool is_spared = closes_all && spec.min_notional_spares_full_close;
    return is_spared || Money{amount->value} >= spec.min_notional;
}

// In one-way mode there is nothing to name. In hedge mode an order names its position, and its side
// says whether it adds or takes down: to call an opening one reduce-only contradicts that.
bool Venue::fits_position_mode(const NewOrderSingle& request) const {
    if (!config().hedge_mode) return request.position_side == PositionSide::Net;
    const bool is_named =
        request.position_side == PositionSide::Long || request.position_side == PositionSide::Short;
    return is_named && (request.reduce_only == 0 || only_reduces(request));
}

// In hedge mode by its side and position, whatever else it says.
bool Venue::only_reduces(const NewOrderSingle& request) const {
    return config().hedge_mode ? request.position_side == closed_by(request.side)
                               : request.reduce_only != 0;
}

bool Venue::is_well_formed(const NewOrderSingle& request, std::uint32_t place) const {
    if (place == no_slot || terms(place).account != request.account) return false;
    if (request.cl_ord_id.is_none() || !is_known(request.side) || !is_known(request.tif)) {
        return false;
    }
    if (!fits_position_mode(request)) return false;
    if (request.post_only != 0 && request.tif == TimeInForce::Ioc) return false;
    const Lots closes = closable(place, request.side);
    const bool closes_all = only_reduces(request) && closes > Lots{0} && request.qty >= closes;
    if (request.trigger_px != no_price && !price_is_valid(request.trigger_px, terms(place).spec)) {
        return false;
    }
    return is_size_taken(request.px, request.qty, closes_all, place);
}

// Why the matching engine would not have this order; None: it is welcome. `margin_lots` is what it
// adds to the lots of its side.
Reason Venue::judge(const Leg& draft, Lots margin_lots) const {
    const InstrumentSlot& market = book(draft.instrument);
    const std::size_t far = 1 - index_of(draft.side);
    if (draft.reduce_only != 0) {
        const Lots closes = closable(draft.instrument, draft.side);
        const bool is_too_much = config().reduce_only_size_checked && draft.qty > closes;
        if (closes <= Lots{0} || is_too_much) return Reason::ReduceOnly;
    }
    if (terms(draft.instrument).spec.long_only && draft.side == Side::Sell &&
        margin_lots > sellable(draft.instrument)) {
        return Reason::InsufficientMargin; // "not enough balance"
    }
    const Ticks touch = touch_of(market, far);
    const bool meets_market = touch != no_price && crosses(draft.side, draft.px, touch);
    const bool meets_own =
        market.head[far] != no_slot && crosses(draft.side, draft.px, market.own_px[far]);
    if (draft.post_only != 0 && (meets_market || meets_own)) return Reason::PostOnlyWouldCross;
    if (draft.reduce_only == 0 &&
        !margin_allows(draft.instrument, draft.side, margin_lots, draft.px)) {
        return Reason::InsufficientMargin;
    }
    const bool takes = meets_market && available(draft.instrument, far) > Lots{0};
    if (draft.tif == TimeInForce::Ioc && !takes && config().ioc_no_fill_refused) {
        return Reason::NoLiquidity;
    }
    return Reason::None;
}

Leg Venue::draft_of(const NewOrderSingle& request, std::uint32_t place, Timestamp at) {
    Leg draft;
    draft.cl_ord_id = request.cl_ord_id;
    draft.px = request.px;
    draft.qty = request.qty;
    draft.created_at = at;
    draft.instrument = place;
    draft.side = request.side;
    draft.tif = request.tif;
    draft.post_only = request.post_only;
    draft.reduce_only = request.reduce_only != 0 ? 1 : 0;
    draft.position_side = request.position_side;
    return draft;
}

Venue::Reply Venue::new_order(const NewOrderSingle& request, bool refuse, Timestamp at) {
    if (request.kind != OrdKind::Limit) return convert(request, refuse, at);
    const std::uint32_t place = place_of(request.instrument);
    if (!is_well_formed(request, place)) return refused(Reason::InvalidRequest);
    if (legs_.find(store_, request.cl_ord_id) != no_slot) return refused(Reason::DuplicateID);
    if (!legs_.has_room(store_) || !is_trading(place)) return refused(Reason::NotSupported);
    Leg draft = draft_of(request, place, at);
    draft.reduce_only = only_reduces(request) ? 1 : 0;
    draft.trigger_px = request.trigger_px;
    const bool is_stop = draft.trigger_px != no_price;
    const Reason verdict = refuse    ? Reason::InsufficientMargin
                           : is_stop ? judge_stop(draft)
                                     : judge(draft, request.qty);
    const std::uint32_t slot = legs_.add(store_, draft);
    const Reply accepted{Outcome::Accepted, Reason::None, OrderID{0, leg(slot).order_id}, 0};
    if (verdict != Reason::None) { // it leaves a record, and the order stream says so too
        end(slot, ExecType::Rejected, verdict, at);
        return config().answers_before_judging ? accepted : refused(verdict);
    }
    tell_order(slot, record(slot, ExecType::New, Reason::None, at), What::Report, at);
    if (is_stop) {
        legs_.wait(store_, slot);
    } else {
        open(slot, at);
    }
    return accepted;
}

// A leg that is known begins to trade: it takes what it crosses, and rests or ends with the rest.
void Venue::open(std::uint32_t slot, Timestamp at) {
    const std::uint32_t place = leg(slot).instrument;
    take(slot, at);
    const Leg& order = leg(slot);
    if (order.is_open != 0) {
        const bool has_nothing_to_reduce =
            order.reduce_only != 0 && closable(place, order.side) <= Lots{0};
        if (order.tif == TimeInForce::Ioc) {
            const bool is_empty = order.cum_qty == Lots{0};
            end(slot, ExecType::Expired, is_empty ? Reason::NoLiquidity : Reason::None, at);
        } else if (has_nothing_to_reduce) {
            end(slot, ExecType::Canceled, Reason::ReduceOnly, at);
        } else {
            join_queue(slot);
            legs_.rest(store_, slot);
        }
    }
    enforce_reduce_only(place, at);
}

std::uint32_t Venue::record(std::uint32_t slot, ExecType type, Reason reason, Timestamp at,
                            std::uint32_t amend_no) {
    const Leg& order = leg(slot);
    put(order.version, order.version + 1);
    Update update;
    update.at = at;
    update.cl_ord_id = order.cl_ord_id;
    update.order_id = order.order_id;
    update.px = order.px;
    update.order_qty = order.qty;
    update.cum_qty = order.cum_qty;
    update.reduced = order.reduced;
    update.version = order.version;
    update.amend_no = amend_no;
    update.before_of_leg = order.last_update;
    update.instrument = order.instrument;
    update.type = type;
    update.side = order.side;
    update.position_side = order.position_side;
    update.reason = reason;
    const std::uint32_t number = history_.add(store_, update);
    put(order.last_update, number);
    put(order.last_type, type);
    return number;
}

void Venue::end(std::uint32_t slot, ExecType type, Reason reason, Timestamp at) {
    if (leg(slot).is_resting != 0) legs_.unrest(store_, slot);
    if (leg(slot).is_waiting != 0) legs_.unwait(store_, slot);
    const std::uint32_t update = record(slot, type, reason, at);
    legs_.end(store_, slot, at);
    tell_order(slot, update, What::Report, at);
}

Venue::Reply Venue::cancel(const OrderCancelRequest& request, bool refuse, Timestamp at) {
    const std::uint32_t slot = request.order_id.is_none() ? legs_.find(store_, request.cl_ord_id)
                                                          : legs_.find(store_, request.order_id);
    const bool is_there = slot != no_slot && leg(slot).is_open != 0 &&
                          terms(leg(slot).instrument).account == request.account &&
                          (request.cl_ord_id.is_none() || leg(slot).cl_ord_id == request.cl_ord_id);
    // One answer for "never placed, already canceled, or filled", and for a cancel that failed.
    if (!is_there || refuse) return refused(Reason::UnknownOrder);
    end(slot, ExecType::Canceled, Reason::None, at);
    return Reply{Outcome::Accepted, Reason::None, OrderID{0, leg(slot).order_id}, 0};
}

// What rests or waits. An order that the speed bump still holds is not there yet, and survives.
Venue::Reply Venue::mass_cancel(const OrderMassCancelRequest& request, bool refuse, Timestamp at) {
    if (refuse) return refused(Reason::None);
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        const bool is_meant =
            terms(place).account == request.account &&
            (request.instrument.is_none() || terms(place).instrument == request.instrument);
        if (is_meant) cancel_all(place, Reason::None, at);
    }
    return Reply{};
}

void Venue::cancel_all(std::uint32_t place, Reason reason, Timestamp at) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        while (book(place).head[side] != no_slot) {
            end(book(place).head[side], ExecType::Canceled, reason, at);
        }
    }
    while (book(place).first_stop != no_slot) {
        end(book(place).first_stop, ExecType::Canceled, reason, at);
    }
}

} // namespace keel::sim
