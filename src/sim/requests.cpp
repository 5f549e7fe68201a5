#include <utility>

#include "sim/venue.hpp"

namespace keel::sim {

RequestKind kind_of(const Message& message) {
    switch (message.what) {
    case What::NewOrder: return RequestKind::New;
    case What::Cancel: return RequestKind::Cancel;
    case What::Amend: return RequestKind::Amend;
    case What::MassCancel: return RequestKind::MassCancel;
    case What::OrderStatus: return RequestKind::OrderStatus;
    case What::Read: return body_of<ReadRequest>(message).kind;
    case What::Beat: return RequestKind::Heartbeat;
    case What::Answer:
    case What::ReadAnswer:
    case What::Report:
    case What::Claim:
    case What::Position:
    case What::Book:
    case What::Funding:
    case What::Link:
    case What::Status:
    case What::Settlement: break;
    }
    KEEL_ASSERT(false, "only requests travel towards the venue");
    std::unreachable();
}

namespace {

std::uint32_t way_in(Transport transport) {
    return transport == Transport::Socket ? Channels::socket_in : Channels::rest_in;
}

// By the venue's door: what it carries is not looked at.
bool is_turned_away(Fate fate) {
    return fate == Fate::Refused || fate == Fate::RateLimited || fate == Fate::ErrorBefore;
}

// By which the venue must have a request; none: it has no such end, as what only asks.
Timestamp valid_until(const Message& message) {
    switch (message.what) {
    case What::NewOrder: return body_of<NewOrderSingle>(message).valid_until;
    case What::Cancel: return body_of<OrderCancelRequest>(message).valid_until;
    case What::Amend: return body_of<OrderCancelReplaceRequest>(message).valid_until;
    case What::MassCancel: return body_of<OrderMassCancelRequest>(message).valid_until;
    case What::OrderStatus:
    case What::Read:
    case What::Answer:
    case What::ReadAnswer:
    case What::Report:
    case What::Claim:
    case What::Position:
    case What::Book:
    case What::Funding:
    case What::Link:
    case What::Beat:
    case What::Status:
    case What::Settlement: return {};
    }
    std::unreachable();
}

template <class... Lambdas> struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};

} // namespace

void Venue::send(const CommandBody& command, Timestamp now) {
    if (globals().is_connected == 0) return;
    Message message;
    message.sent_at = now;
    message.ref = globals().session;
    const auto from = [&](const auto& request, What what, Transport transport) {
        put_body(message, request);
        message.what = what;
        message.transport = transport;
        message.account = account_place(request.account);
    };
    std::visit(Overloaded{
                   [&](const NewOrderSingle& request) {
                       from(request, What::NewOrder, Transport::Socket);
                       submit(message, request.batch, true);
                   },
                   [&](const OrderCancelRequest& request) {
                       from(request, What::Cancel, request.transport);
                       submit(message, request.batch, config().traits.cancels_overtake);
                   },
                   [&](const OrderCancelReplaceRequest& request) {
                       from(request, What::Amend, Transport::Socket);
                       submit(message, 0, true);
                   },
                   [&](const OrderMassCancelRequest& request) {
                       from(request, What::MassCancel, Transport::Rest);
                       submit(message, 0, config().traits.cancels_overtake);
                   },
                   [&](const OrderStatusRequest& request) {
                       from(request, What::OrderStatus, Transport::Rest);
                       submit(message, 0, true);
                   },
                   [&](const ReadRequest& request) {
                       from(request, What::Read, Transport::Rest);
                       submit(message, 0, true);
                   },
                   [&](const Heartbeat& request) {
                       from(request, What::Beat, Transport::Rest);
                       submit(message, 0, true);
                   },
                   [](const Alarm&) {}, // for people, not for venues
                   [](const Notice&) {},
               },
               command);
    // Requests are only added on their way in, so nothing else can have become due earlier.
    const Timestamp arrival = earlier(channels_.at(store_, Channels::socket_in).head_due,
                                      channels_.at(store_, Channels::rest_in).head_due);
    if (arrival < globals().next_due) put(globals().next_due, arrival);
}

// A request of its own, or the first item of a batch.
void Venue::submit(Message message, std::uint32_t batch_number, bool may_overtake) {
    const std::uint32_t channel = way_in(message.transport);
    message.batch = batch_number;
    stamp(message, kind_of(message));
    const BatchSlot& batch = store_.at(batch_, 0);
    const bool is_same = batch_number != 0 && batch.number == batch_number &&
                         batch.sent_at == message.sent_at && batch.channel == channel;
    if (is_same && (batch.last_message == no_slot ||
                    channels_.message(store_, batch.last_message).batch == batch_number)) {
        join_batch(message);
        return;
    }
    const DelayRange range =
        message.transport == Transport::Socket ? config().socket_request : config().rest_request;
    Duration delay = channels_.draw_between(store_, channel, range.min, range.max) / 2;
    const RequestDraw drawn = draw_request(channel);
    message.fate = drawn.fate;
    if (drawn.is_slow) {
        met(FaultKind::Slow);
        delay = slowed(delay, channel);
    }
    message.due = message.sent_at + delay;

    std::uint32_t slot = no_slot;
    if (drawn.is_lost) {
        met(FaultKind::AnswerLostBefore);
        if (faults().breaks_bounds != 0) { // not lost: only far later than anyone waits
            message.due =
                message.sent_at + channels_.draw_between(store_, channel, seconds(5), seconds(60));
            message.batch = 0; // it travels alone
            channels_.in_order(store_, Channels::rest_in, message);
        }
    } else if (may_overtake && pending(channel) > 0 && strikes(FaultKind::Overtaken, channel)) {
        met(FaultKind::Overtaken);
        std::uint32_t other = channels_.at(store_, channel).tail;
        for (;;) { // not into the middle of a batch
            const Message& last = channels_.message(store_, other);
            if (last.previous == no_slot ||
                !travel_together(channels_.message(store_, last.previous), last)) {
                break;
            }
            other = last.previous;
        }
        slot = channels_.ahead_of(store_, channel, other, message);
    } else if (message.transport == Transport::Socket) {
        slot = channels_.append(store_, channel, message);
    } else {
        slot = channels_.in_order(store_, channel, message);
    }
    if (batch_number != 0) {
        put(batch, BatchSlot{message.sent_at, batch_number, 1, slot, channel, drawn.fate, {}});
    }
}

// Items of one batch are one message: they arrive together or not at all.
void Venue::join_batch(Message message) {
    const BatchSlot& batch = store_.at(batch_, 0);
    store_.add(batch.items, 1);
    if (batch.last_message == no_slot) return; // lost on the way
    message.fate = batch.fate;
    const std::uint32_t channel = batch.channel;
    put(batch.last_message, channels_.after(store_, channel, batch.last_message, message));
}

std::uint32_t Venue::items_in(std::uint32_t channel) const {
    const std::uint32_t head = channels_.at(store_, channel).head;
    std::uint32_t items = 0;
    for (std::uint32_t slot = head; slot != no_slot; ++items) {
        const Message& item = channels_.message(store_, slot);
        if (items > 0 && !travel_together(channels_.message(store_, head), item)) break;
        slot = item.next;
    }
    return items;
}

// (Every request begins with its number.)
void Venue::add_requests_from(RequestID first, std::vector<RequestID>& out) const {
    for (const std::uint32_t channel : {Channels::socket_in, Channels::rest_in}) {
        const Message* before = nullptr;
        for (std::uint32_t slot = channels_.at(store_, channel).head; slot != no_slot;) {
            const Message& message = channels_.message(store_, slot);
            const RequestID number{message.body[0]};
            const bool is_item = before != nullptr && travel_together(*before, message);
            if (!is_item && message.ref == globals().session && number >= first) {
                out.push_back(number);
            }
            before = &message;
            slot = message.next;
        }
    }
}

std::vector<Message> Venue::take_out_from(RequestID first) {
    std::vector<Message> out;
    for (const std::uint32_t channel : {Channels::socket_in, Channels::rest_in}) {
        std::vector<Message> kept; // put back behind each other, so that each is due when it was
        Message before;
        bool stays = false;
        while (pending(channel) > 0) {
            const Message message = channels_.pop(store_, channel);
            if (!travel_together(before, message)) { // a batch is one request, its first item's
                const bool is_later = RequestID{message.body[0]} >= first;
                stays = !is_later || message.ref != globals().session;
            }
            (stays ? kept : out).push_back(message);
            before = message;
        }
        for (const Message& message : kept) channels_.append(store_, channel, message);
    }
    put(store_.at(batch_, 0), BatchSlot{});
    return out;
}

void Venue::take_back_from(RequestID first) { static_cast<void>(take_out_from(first)); }

void Venue::put_to_sleep_from(RequestID first) {
    for (Message message : take_out_from(first)) {
        message.due = never;
        channels_.append(store_, channels_.asleep(), message);
    }
}

std::uint32_t Venue::wake_up(Timestamp now, const std::function<bool(Timestamp)>& may_leave) {
    std::uint32_t left = 0;
    while (asleep_count() > 0) {
        Message message = channels_.pop(store_, channels_.asleep());
        if (!may_leave(valid_until(message))) continue;
        ++left;
        message.due = now;
        channels_.append(store_, way_in(message.transport), message);
    }
    return left;
}

std::uint32_t Venue::would_wake(const std::function<bool(Timestamp)>& may_leave) const {
    std::uint32_t would = 0;
    for (std::uint32_t slot = channels_.at(store_, channels_.asleep()).head; slot != no_slot;) {
        const Message& message = channels_.message(store_, slot);
        would += may_leave(valid_until(message)) ? 1U : 0U;
        slot = message.next;
    }
    return would;
}

// What stands at the head of a way in reaches the venue, a batch as a whole.
void Venue::arrive(std::uint32_t channel, Timestamp at) {
    const Message& first = channels_.first(store_, channel);
    const std::uint32_t items = items_in(channel);
    bool waits = false;
    const Message* item = &first;
    for (std::uint32_t i = 0; i < items; ++i, item = behind(*item)) {
        waits = waits || (item->what == What::NewOrder && config().taker_delay > Duration{0} &&
                          body_of<NewOrderSingle>(*item).post_only == 0);
    }
    std::uint64_t refused_item = items;
    std::uint64_t answered = items; // of a batch that is done, where the answer may end too soon
    if (items > 1 && first.fate == Fate::Fine && !has_merge(channel)) {
        if (strikes(FaultKind::PartialBatch, channel)) {
            met(FaultKind::PartialBatch);
            refused_item = channels_.draw(store_, channel, items);
        } else if (strikes(FaultKind::ShortAnswer, channel)) {
            met(FaultKind::ShortAnswer);
            answered = 1 + channels_.draw(store_, channel, items - 1);
        }
    }
    item = &first;
    for (std::uint32_t i = 0; i < items; ++i, item = behind(*item)) {
        if (i == refused_item) put(item->fate, Fate::Refused);
        if (i >= answered) put(item->fate, Fate::Unanswered);
        if (!is_turned_away(item->fate) && !admits(*item, kind_of(*item), at)) {
            put(item->fate, Fate::BadNonce);
        }
    }
    for (std::uint32_t i = 0; i < items;) {
        if (waits) {
            Message next = channels_.pop(store_, channel);
            next.due = at + config().taker_delay;
            channels_.append(store_, Channels::bump, next);
            ++i;
        } else {
            i += execute_next(channel, items - i, at);
        }
    }
}

// Is its validity over, by the venue's own clock?
bool Venue::is_late(const Message& message, Timestamp at) const {
    if (config().traits.fence != Fence::ValidityEnd || faults().breaks_bounds != 0) return false;
    const Timestamp until = valid_until(message);
    return until != Timestamp{} && at + config().clock_offset > until;
}

// The venue takes twice the stated requests a second, since two seconds' worth may arrive in one.
// Cancels and reads are not limited.
bool Venue::is_over_rate(const Message& message, Timestamp at) {
    if (message.what != What::NewOrder && message.what != What::Amend) return false;
    if (at >= globals().rate_window + seconds(1)) {
        put(globals().rate_window, at);
        put(globals().rate_count, 0);
    }
    put(globals().rate_count, globals().rate_count + 1);
    return globals().rate_count > 2 * config().traits.requests_per_second;
}

void Venue::execute(const Message& message, Timestamp at) {
    constexpr std::uint32_t retry_after_ms = 250;
    const Reply too_many{Outcome::Refused, Reason::RateLimited, {}, retry_after_ms};
    if (message.account == no_slot) {
        answer(message, refused(Reason::InvalidRequest), at);
        return;
    }
    const bool is_refused = message.fate == Fate::RateLimited || message.fate == Fate::BadNonce;
    if (!is_refused && is_over_rate(message, at)) {
        answer(message, too_many, at);
        return;
    }
    execute_by_fate(message, message.fate, at);
}

void Venue::execute_by_fate(const Message& message, Fate fate, Timestamp at) {
    constexpr std::uint32_t retry_after_ms = 250;
    const Reply too_many{Outcome::Refused, Reason::RateLimited, {}, retry_after_ms};
    const Reply busy{Outcome::Unknown, Reason::Busy, {}, 0};
    switch (fate) {
    case Fate::Fine: answer(message, perform(message, false, at), at); return;
    case Fate::AnswerLost:
        met(FaultKind::AnswerLostAfter);
        perform(message, false, at);
        return;
    case Fate::Unanswered: perform(message, false, at); return;
    case Fate::Refused:
        met(FaultKind::Refusal);
        answer(message, perform(message, true, at), at);
        return;
    case Fate::BadNonce: answer(message, refused(Reason::BadNonce), at); return;
    case Fate::RateLimited:
        met(FaultKind::RateLimited);
        answer(message, too_many, at);
        return;
    case Fate::ErrorBefore:
        met(FaultKind::ServerError);
        answer(message, busy, at);
        return;
    case Fate::ErrorAfter:
        met(FaultKind::ServerError);
        perform(message, false, at);
        answer(message, busy, at);
        return;
    case Fate::RefusedButDone:
        met(FaultKind::Refusal);
        perform(message, false, at);
        answer(message, refused(Reason::InsufficientMargin), at);
        return;
    }
}

Venue::Reply Venue::perform(const Message& message, bool refuse, Timestamp at) {
    if (is_late(message, at)) return refused(Reason::Expired);
    switch (message.what) {
    case What::NewOrder: return new_order(body_of<NewOrderSingle>(message), refuse, at);
    case What::Cancel: return cancel(body_of<OrderCancelRequest>(message), refuse, at);
    case What::Amend: return amend(body_of<OrderCancelReplaceRequest>(message), refuse, at);
    case What::MassCancel: return mass_cancel(body_of<OrderMassCancelRequest>(message), refuse, at);
    case What::OrderStatus:
    case What::Read: return refuse ? refused(Reason::None) : Reply{};
    case What::Beat: return refuse ? refused(Reason::None) : beat(message.account, at);
    case What::Answer:
    case What::ReadAnswer:
    case What::Report:
    case What::Claim:
    case What::Position:
    case What::Book:
    case What::Funding:
    case What::Link:
    case What::Status:
    case What::Settlement: break;
    }
    KEEL_ASSERT(false, "only requests are performed");
    std::unreachable();
}

// The way back. What a read shows is made when it is heard, as of the moment chosen here.
void Venue::answer(const Message& message, const Reply& reply, Timestamp at) {
    if (globals().is_connected == 0 || message.ref != globals().session) return;
    const bool is_socket = message.transport == Transport::Socket;
    const std::uint32_t channel = is_socket ? Channels::socket_out : Channels::rest_out;
    const DelayRange range = is_socket ? config().socket_request : config().rest_request;
    Duration delay = channels_.draw_between(store_, channel, range.min, range.max) / 2;
    if (strikes(FaultKind::Slow, channel)) {
        met(FaultKind::Slow);
        delay = slowed(delay, channel);
    }
    Message back = message;
    back.due = at + delay;
    if (message.what == What::OrderStatus || message.what == What::Read) {
        const Duration lag = draw_lag();
        back.what = What::ReadAnswer;
        const Timestamp shown = looks_back_ ? before_last_change(message) : at - lag;
        put_read_view(back, ReadView{message.what, reply.outcome, reply.reason, {}, shown});
    } else {
        RequestAnswer body;
        body.request = RequestID{message.body[0]};
        body.order_id = reply.order_id;
        body.account =
            message.account == no_slot ? AccountIx{} : config().accounts[message.account].account;
        body.kind = kind_of(message);
        body.outcome = reply.outcome;
        body.reason = reply.reason;
        body.transport = message.transport;
        body.retry_after_ms = reply.retry_after_ms;
        if (message.what == What::Amend) {
            body.amend_no = body_of<OrderCancelReplaceRequest>(message).amend_no;
        }
        const bool names_order = message.what != What::MassCancel && message.what != What::Beat;
        if (names_order) body.cl_ord_id = ClOrdID{message.body[1]};
        if (body.reason == Reason::BadNonce) tell_nonce(back, body.kind);
        back.what = What::Answer;
        put_body(back, body);
    }
    if (is_socket) {
        channels_.append(store_, channel, back);
    } else {
        channels_.in_order(store_, channel, back);
    }
}

} // namespace keel::sim
