#include "sim/venue.hpp"

// How what is held becomes money without anybody to trade with: a complete set of both outcomes is
// merged, and what a market was resolved to is redeemed. Both cost nothing and are final at once.

namespace keel::sim {
namespace {

bool is_merge(const Message& message) {
    return message.what == What::NewOrder &&
           body_of<NewOrderSingle>(message).kind == OrdKind::Merge;
}

} // namespace

bool Venue::has_merge(std::uint32_t channel) const {
    const Message* item = &first_in(channel);
    for (std::uint32_t left = items_in(channel); left > 0; --left, item = behind(*item)) {
        if (is_merge(*item)) return true;
    }
    return false;
}

// Of so many items that are left of what has arrived: the next, or the next two where these merge.
// How many that were.
std::uint32_t Venue::execute_next(std::uint32_t channel, std::uint32_t left, Timestamp at) {
    const Message next = channels_.pop(store_, channel);
    if (left < 2 || !is_merge(next) || !is_merge(channels_.first(store_, channel))) {
        execute(next, at);
        return 1;
    }
    const Message other = channels_.pop(store_, channel);
    const bool is_over = is_over_rate(next, at);
    const bool is_other_over = is_over_rate(other, at);
    const Fate fate = is_over || is_other_over ? Fate::RateLimited : next.fate;
    merge_ = judge_merge(next, other, at);
    execute_by_fate(next, fate, at);
    merge_->px = terms_end(next) - merge_->px;
    execute_by_fate(other, fate, at);
    merge_.reset();
    return 2;
}

// Of the instrument of a new order; zero where there is none.
Ticks Venue::terms_end(const Message& message) const {
    const std::uint32_t place = place_of(body_of<NewOrderSingle>(message).instrument);
    return place == no_slot ? Ticks{0} : terms(place).spec.px_end;
}

// Both are done or neither is.
Venue::Merge Venue::judge_merge(const Message& one, const Message& other, Timestamp at) const {
    const auto a = body_of<NewOrderSingle>(one);
    const auto b = body_of<NewOrderSingle>(other);
    const Ticks end = terms_end(one);
    const auto is_good = [&](const NewOrderSingle& request) {
        const std::uint32_t place = place_of(request.instrument);
        return is_conversion_well_formed(request, place) &&
               legs_.find(store_, request.cl_ord_id) == no_slot;
    };
    const bool is_pair = a.instrument != b.instrument && a.account == b.account && a.qty == b.qty &&
                         a.cl_ord_id != b.cl_ord_id && end > Ticks{0} && terms_end(other) == end &&
                         a.px >= Ticks{0} && b.px >= Ticks{0} && a.px + b.px <= end;
    if (!is_pair || !is_good(a) || !is_good(b)) return {Reason::InvalidRequest, a.px};
    if (is_late(one, at) || is_late(other, at)) return {Reason::Expired, a.px};
    const std::uint32_t place = place_of(a.instrument);
    const bool has_both = sellable(place) >= a.qty && sellable(place_of(b.instrument)) >= b.qty;
    // The first is given for its mark, and neither for less than it asks.
    const Ticks px = max(min(Ticks{mark_twice(place) / 2}, end - b.px), a.px);
    return {has_both ? Reason::None : Reason::InsufficientMargin, px};
}

bool Venue::is_conversion_well_formed(const NewOrderSingle& request, std::uint32_t place) const {
    return place != no_slot && terms(place).account == request.account &&
           !request.cl_ord_id.is_none() && request.side == Side::Sell && request.qty > Lots{0} &&
           request.trigger_px == no_price;
}

Venue::Reply Venue::convert(const NewOrderSingle& request, bool refuse, Timestamp at) {
    const std::uint32_t place = place_of(request.instrument);
    const bool is_redeeming = request.kind == OrdKind::Redeem;
    if (!is_conversion_well_formed(request, place) || (!is_redeeming && !merge_)) {
        return refused(Reason::InvalidRequest);
    }
    if (!is_redeeming && merge_->verdict != Reason::None &&
        merge_->verdict != Reason::InsufficientMargin) {
        return refused(merge_->verdict);
    }
    if (legs_.find(store_, request.cl_ord_id) != no_slot) return refused(Reason::DuplicateID);
    if (!legs_.has_room(store_)) return refused(Reason::NotSupported);
    if (is_redeeming && !is_resolved(place)) return refused(Reason::NotSupported);
    const bool lacks = is_redeeming ? sellable(place) < request.qty
                                    : merge_->verdict == Reason::InsufficientMargin;
    Leg draft = draft_of(request, place, at);
    draft.tif = TimeInForce::Ioc;
    const std::uint32_t slot = legs_.add(store_, draft);
    if (lacks || refuse) {
        end(slot, ExecType::Rejected, Reason::InsufficientMargin, at);
        return refused(Reason::InsufficientMargin);
    }
    const OrderID id{0, leg(slot).order_id};
    tell_order(slot, record(slot, ExecType::New, Reason::None, at), What::Report, at);
    const Ticks px = is_redeeming ? listing(place).settlement_px : merge_->px;
    fill(slot, request.qty, px, false, next_match(), at, request.kind);
    enforce_reduce_only(place, at);
    return Reply{Outcome::Accepted, Reason::None, id, 0};
}

} // namespace keel::sim
