#include "audit/orders.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace keel::audit {
namespace {

std::string name_of(ClOrdID id) {
    return fmt::format("{}/{}/{}", id.desk(), id.epoch(), id.counter());
}

} // namespace

OrderLedger::OrderLedger(const AuditorConfig& config, const Books& books, ViolationLog& log)
    : config_(&config), books_(&books), log_(&log), under_way_(config.instruments.size() * 2),
      fences_(config.venues.size()) {
    orders_.reserve(4'096);
}

std::uint32_t OrderLedger::add(const NewOrderSingle& order, bool is_hedge, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[order.instrument.value()];
    const bool was_sent =
        find(order.cl_ord_id) != PlaceIndex::none || forgotten_.contains(order.cl_ord_id.packed());
    if (was_sent || order.cl_ord_id.is_none()) {
        log_->add(Rule::NoResendOfClOrdID, now,
                  fmt::format("{}: order {} was sent a second time", instrument.name,
                              name_of(order.cl_ord_id)));
        return PlaceIndex::none;
    }
    const VenueFacts& venue = config_->venues[instrument.venue.value()];
    const Timestamp fence = fence_of(order.instrument, order.valid_until, now);
    const auto place = static_cast<std::uint32_t>(orders_.size());
    orders_.push_back({.cl_ord_id = order.cl_ord_id,
                       .instrument = order.instrument,
                       .side = order.side,
                       .position_side = order.position_side,
                       .tif = order.tif,
                       .post_only = order.post_only != 0,
                       .reduce_only = order.reduce_only != 0,
                       .is_hedge = is_hedge,
                       .is_quote = !is_hedge && order.reduce_only == 0,
                       .trigger_px = order.trigger_px,
                       .px = order.px,
                       .worst_px = order.px,
                       .qty = order.qty,
                       .sent_at = now,
                       .valid_until = order.valid_until,
                       .fence_at = fence});
    index_.insert(order.cl_ord_id.packed(), place);
    under_way_[lane(order.instrument, order.side)].push_back(place);
    if (venue.fence == Fence::ValidityEnd) {
        std::deque<Due>& fences = fences_[instrument.venue.value()];
        const auto later = std::ranges::upper_bound(fences, fence, {}, &Due::at);
        fences.insert(later, {fence, place});
        next_fence_ = earlier(next_fence_, fence);
    }
    return place;
}

Timestamp OrderLedger::fence_of(InstrumentIx instrument, Timestamp valid_until,
                                Timestamp now) const {
    const VenueFacts& venue =
        config_->venues[config_->instruments[instrument.value()].venue.value()];
    return venue.fence == Fence::ValidityEnd ? valid_until + venue.clock_error
                                             : now + venue.longest_delay;
}

void OrderLedger::on_cancel(ClOrdID cl_ord_id, Timestamp now) {
    const std::uint32_t place = find(cl_ord_id);
    if (place == PlaceIndex::none) return;
    orders_[place].cancel_sent_at = earlier(orders_[place].cancel_sent_at, now);
}

void OrderLedger::on_amend(const OrderCancelReplaceRequest& amend, Timestamp now) {
    const std::uint32_t place = find(amend.cl_ord_id);
    const InstrumentFacts& instrument = config_->instruments[amend.instrument.value()];
    if (place == PlaceIndex::none) {
        if (forgotten_.contains(amend.cl_ord_id.packed())) return; // too late: refused
        log_->add(Rule::FillsHaveIntents, now,
                  fmt::format("{}: an amend names order {}, which was never sent", instrument.name,
                              name_of(amend.cl_ord_id)));
        return;
    }
    SentOrder& order = orders_[place];
    order.is_amended = true;
    order.px = amend.px;
    order.worst_px =
        order.side == Side::Buy ? max(order.worst_px, amend.px) : min(order.worst_px, amend.px);
    order.amend_qty = amend.qty;
    order.amend_no = amend.amend_no;
    order.amend_fence = fence_of(amend.instrument, amend.valid_until, now);
    // Elsewhere it asks for what shall rest: what is executed before it takes effect is on top.
    const bool is_total = dialect_of(order) == AmendQty::Total;
    order.qty = is_total ? max(order.qty, amend.qty) : order.qty + amend.qty;
}

// Where an amend asks for what shall rest, no more than that was executed since it took effect.
void OrderLedger::on_amend_answer(const RequestAnswer& answer) {
    const std::uint32_t place = find(answer.cl_ord_id);
    if (place == PlaceIndex::none || answer.outcome == Outcome::Unknown) return;
    SentOrder& order = orders_[place];
    if (answer.amend_no != order.amend_no) return;
    const Lots asked = std::exchange(order.amend_qty, Lots{0});
    if (asked == Lots{0} || dialect_of(order) == AmendQty::Total) return;
    if (answer.outcome == Outcome::Refused) {
        order.qty -= asked;
    } else {
        order.qty = min(order.qty, order.cum + order.returned + asked);
    }
}

void OrderLedger::on_heard(const EventBody& body) {
    if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
        if (answer->kind == RequestKind::Amend) on_amend_answer(*answer);
        if (answer->kind != RequestKind::New) return;
        const std::uint32_t place = find(answer->cl_ord_id);
        if (place == PlaceIndex::none) return;
        if (answer->outcome == Outcome::Accepted) orders_[place].has_arrived = true;
        // "You have that one already" is about the repetition, not about the order.
        if (answer->outcome == Outcome::Refused && answer->reason != Reason::DuplicateID) {
            end(orders_[place]);
        }
    } else if (const auto* report = std::get_if<ExecutionReport>(&body)) {
        const std::uint32_t place = find(report->cl_ord_id);
        if (place == PlaceIndex::none) return;
        SentOrder& order = orders_[place];
        const bool is_end = report->exec_type == ExecType::Canceled ||
                            report->exec_type == ExecType::Expired ||
                            report->exec_type == ExecType::Rejected;
        if (report->exec_type != ExecType::Rejected) order.has_arrived = true;
        // An end is about one leg: with amends only the book knows whether another one lives.
        if (is_end && !order.is_amended) end(order);
    }
}

std::uint32_t OrderLedger::on_fill(const sim::TrueFill& fill) {
    const InstrumentFacts& instrument = config_->instruments[fill.instrument.value()];
    const std::uint32_t place = find(fill.cl_ord_id);
    if (place == PlaceIndex::none) {
        log_->add(Rule::FillsHaveIntents, fill.at,
                  fmt::format("{}: {} lots executed for order {}, which {}", instrument.name,
                              fill.qty.value(), name_of(fill.cl_ord_id), what_of(fill.cl_ord_id)));
        return place;
    }
    SentOrder& order = orders_[place];
    arrive(order, fill.at);
    if (order.side != fill.side || order.instrument != fill.instrument ||
        order.position_side != fill.position_side) {
        log_->add(Rule::FillsHaveIntents, fill.at,
                  fmt::format("{}: order {} was sent for the other side, another position or "
                              "another instrument",
                              instrument.name, name_of(fill.cl_ord_id)));
    }
    const bool is_worse =
        order.side == Side::Buy ? fill.px > order.worst_px : fill.px < order.worst_px;
    const bool is_converted = fill.kind != OrdKind::Limit; // at the venue's own price
    if (is_worse && !is_converted) {
        log_->add(Rule::FillsHaveIntents, fill.at,
                  fmt::format("{}: order {} executed at {}, and was sent for {}", instrument.name,
                              name_of(order.cl_ord_id), fill.px.value(), order.worst_px.value()));
    }
    order.cum += fill.qty;
    if (order.cum > order.qty) {
        log_->add(Rule::NoOverfill, fill.at,
                  fmt::format("{}: order {} of {} lots has executed {}", instrument.name,
                              name_of(order.cl_ord_id), order.qty.value(), order.cum.value()));
    }
    const bool may_take = order.tif == TimeInForce::Ioc && instrument.takes_only_ioc;
    const bool only_makes =
        order.post_only || (order.is_quote && instrument.quotes_only_make && !may_take);
    if (only_makes && !fill.is_maker) {
        log_->add(Rule::MakerOnlyNeverTakes, fill.at,
                  fmt::format("{}: {} {} took {} lots at {}", instrument.name,
                              order.post_only ? "post-only order" : "quote",
                              name_of(order.cl_ord_id), fill.qty.value(), fill.px.value()));
    }
    if (fill.at >= order.cancel_sent_at) ++fills_while_cancel_pending_;
    if (order.cum >= order.qty && !order.is_amended) end(order);
    return place;
}

void OrderLedger::arrive(SentOrder& order, Timestamp now) {
    order.has_arrived = true;
    if (!order.absent_at_fence) return;
    order.absent_at_fence = false;
    log_->add(
        Rule::ExpiredNotAccepted, now,
        fmt::format("{}: order {} was valid until {} ns, was not there then, and lives at {} ns",
                    config_->instruments[order.instrument.value()].name, name_of(order.cl_ord_id),
                    order.valid_until.ns(), now.ns()));
}

void OrderLedger::end(SentOrder& order) {
    order.has_ended = true;
    if (order.is_hedge && !order.is_counted && order.cum > Lots{0} && order.cum < order.qty) {
        order.is_counted = true;
        ++hedges_partly_filled_;
    }
}

void OrderLedger::note_book(const sim::TrueOrder& book, Timestamp now) {
    const std::uint32_t place = find(book.cl_ord_id);
    if (place == PlaceIndex::none) {
        if (!book.is_open) return;
        log_->add(Rule::FillsHaveIntents, now,
                  fmt::format("{}: order {} rests, and {}",
                              config_->instruments[book.instrument.value()].name,
                              name_of(book.cl_ord_id), what_of(book.cl_ord_id)));
        return;
    }
    SentOrder& order = orders_[place];
    if (book.is_open || book.cum_qty > Lots{0}) arrive(order, now);
    if (book.cum_qty > order.qty) {
        log_->add(Rule::NoOverfill, now,
                  fmt::format("{}: the book shows {} of {} lots of order {} executed",
                              config_->instruments[order.instrument.value()].name,
                              book.cum_qty.value(), order.qty.value(), name_of(order.cl_ord_id)));
    }
    // The book has a line for each venue id: an amended order lives while one of them is open.
    if (!book.is_open && !order.has_ended && !order.is_amended) end(order);
}

std::string_view OrderLedger::what_of(ClOrdID cl_ord_id) const {
    return forgotten_.contains(cl_ord_id.packed()) ? "had ended long ago" : "was never sent";
}

bool OrderLedger::may_still_execute(std::uint32_t place, Timestamp now) {
    SentOrder& order = orders_[place];
    if (order.has_ended) return false;
    order.open = order.qty - order.cum;
    const bool is_newest = place + 1 == orders_.size() && order.sent_at == now;
    if (is_newest && !order.is_amended) return true; // just leaving
    const VenueIx venue = config_->instruments[order.instrument.value()].venue;
    bool is_found = false;
    bool is_open = false;
    Lots rests;
    Ticks rests_at;
    books_->for_each_order(venue, [&](const sim::TrueOrder& book) {
        if (book.cl_ord_id != order.cl_ord_id) return;
        is_found = true;
        note_book(book, now);
        if (!book.is_open) return;
        is_open = true;
        rests += book.qty - book.cum_qty;
        rests_at = book.px;
    });
    if (is_found) order.open = rests;
    // An amend that is under way may take effect when that has been executed.
    if (order.amend_qty != Lots{0} && rests_at != order.px && now <= order.amend_fence) {
        const bool is_total = dialect_of(order) == AmendQty::Total;
        order.open =
            is_total ? max(order.open, order.amend_qty - order.cum) : order.open + order.amend_qty;
    }
    // It ended; or the venue has forgotten it; or it never came and cannot come any more.
    if (!is_open && (is_found || order.has_arrived || now > order.fence_at)) end(order);
    return !order.has_ended;
}

void OrderLedger::pass_fences(Timestamp now) {
    next_fence_ = never;
    for (std::size_t venue = 0; venue < fences_.size(); ++venue) {
        std::deque<Due>& fences = fences_[venue];
        bool is_looked_up = false;
        while (!fences.empty() && fences.front().at < now) {
            const std::uint32_t place = fences.front().place;
            fences.pop_front();
            if (orders_[place].has_arrived || orders_[place].has_ended) continue;
            if (!is_looked_up) {
                is_looked_up = true;
                check_book(VenueIx{static_cast<std::uint32_t>(venue)}, now);
            }
            SentOrder& order = orders_[place];
            order.absent_at_fence = !order.has_arrived && !order.has_ended;
        }
        if (!fences.empty()) next_fence_ = earlier(next_fence_, fences.front().at);
    }
}

void OrderLedger::check_book(VenueIx venue, Timestamp now) {
    books_->for_each_order(venue, [&](const sim::TrueOrder& book) { note_book(book, now); });
}

void OrderLedger::at_end(Timestamp now) {
    for (std::size_t venue = 0; venue < config_->venues.size(); ++venue) {
        check_book(VenueIx{static_cast<std::uint32_t>(venue)}, now);
    }
    for (SentOrder& order : orders_) {
        if (!order.has_ended) end(order);
    }
}

void OrderLedger::forget(const std::function<bool(ClOrdID)>& is_wanted, Timestamp now) {
    std::vector<std::uint32_t> moved_to(orders_.size(), PlaceIndex::none);
    std::vector<SentOrder> kept;
    PlaceIndex index;
    for (std::uint32_t place = 0; place < orders_.size(); ++place) {
        SentOrder& order = orders_[place];
        if (order.was_over && !is_wanted(order.cl_ord_id)) {
            forgotten_.insert(order.cl_ord_id.packed());
            continue;
        }
        order.was_over = !may_still_execute(place, now) && now > order.fence_at;
        moved_to[place] = static_cast<std::uint32_t>(kept.size());
        index.insert(order.cl_ord_id.packed(), moved_to[place]);
        kept.push_back(order);
    }
    orders_.swap(kept);
    index_ = std::move(index);
    for (std::vector<std::uint32_t>& list : under_way_) {
        for (std::uint32_t& place : list) place = moved_to[place];
        std::erase(list, PlaceIndex::none);
    }
    for (std::deque<Due>& fences : fences_) {
        for (Due& due : fences) {
            due.place = moved_to[due.place];
            KEEL_ASSERT(due.place != PlaceIndex::none, "no order is over before its fence");
        }
    }
}

} // namespace keel::audit
