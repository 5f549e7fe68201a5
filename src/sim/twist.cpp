#include <algorithm>
#include <array>
#include <cstring>

#include "base/hash.hpp"
#include "sim/venue.hpp"

// An explorer chooses what happens next, and what goes wrong with it. Here is how a venue does
// that, and the hash by which an explorer knows a state again.

namespace keel::sim {

namespace {

// An explorer's venue stamps what happens with nanoseconds of its own, which run ahead of the time
// at which the desk hears of it. Seen from the desk, which reckons V from then, the change is
// older.
constexpr Duration stamps_ahead = microseconds(1);

} // namespace

// The newest of what happened to our orders that a read shows: of positions, fills and money a
// trade. Null: nothing has.
const Update* Venue::newest_shown(const Message& asked) const {
    const auto shows_trades = [&] {
        switch (body_of<ReadRequest>(asked).kind) {
        case RequestKind::ReadFills:
        case RequestKind::ReadPositions:
        case RequestKind::ReadBalances: return true;
        case RequestKind::New:
        case RequestKind::Cancel:
        case RequestKind::Amend:
        case RequestKind::MassCancel:
        case RequestKind::OrderStatus:
        case RequestKind::ReadOpenOrders:
        case RequestKind::Heartbeat: return false;
        }
        return false;
    };
    const bool by_trades = asked.what == What::Read && shows_trades();
    return history_.find(store_, by_trades ? globals().last_trade : globals().updates);
}

Timestamp Venue::before_last_change(const Message& asked) const {
    const Update* newest = newest_shown(asked);
    return newest == nullptr ? Timestamp{} : newest->at - nanoseconds(1);
}

// How much had happened to our orders by then.
std::uint32_t Venue::updates_by(Timestamp at) const {
    for (std::uint32_t number = globals().updates; number != 0; --number) {
        const Update* update = history_.find(store_, number);
        if (update == nullptr || update->at <= at) return number;
    }
    return 0;
}

bool Venue::allows(std::uint32_t channel, Twist twist) const {
    const ChannelSlot& way = channels_.at(store_, channel);
    if (way.count == 0) return false;
    if (twist == Twist::None) return true;
    const Message& head = channels_.first(store_, channel);
    if (channel == channels_.chain()) return twist == Twist::Fail;
    if (is_way_in(channel)) {
        const bool asks = head.what == What::OrderStatus || head.what == What::Read;
        switch (twist) {
        case Twist::LostBefore:
        case Twist::Hold:
        case Twist::Throttle:
        case Twist::ErrorBefore: return true;
        case Twist::LostAfter:
        case Twist::ErrorAfter: return !asks; // of a question nothing is left but its answer
        case Twist::Part:
        case Twist::Short: {
            const std::uint32_t items = items_in(channel);
            return items > 1 && items <= part_items_max && !has_merge(channel);
        }
        case Twist::Refuse: return head.what == What::NewOrder || head.what == What::Cancel;
        case Twist::Stale: {
            if (!asks) return false;
            const Update* newest = newest_shown(head);
            return newest != nullptr &&
                   head.sent_at + stamps_ahead - newest->at < config().traits.visibility;
        }
        case Twist::Swap: {
            if (way.count < 2) return false;
            const Message& next = channels_.message(store_, head.next);
            if (next.batch != 0 || head.batch != 0) return false; // a batch stays one message
            const bool cancels = next.what == What::Cancel || next.what == What::MassCancel;
            return !cancels || config().traits.cancels_overtake;
        }
        case Twist::None:
        case Twist::Drop:
        case Twist::Twice:
        case Twist::Again:
        case Twist::Gap:
        case Twist::Fail: return false;
        }
        return false;
    }
    if (channel < Channels::first_private || head.what == What::Link) return false;
    // A position push tells a state: it is lost, and nothing else befalls it.
    const bool is_state = head.what == What::Position;
    switch (twist) {
    case Twist::Drop:
    case Twist::Gap: return true;
    case Twist::Twice:
    case Twist::Again: return !is_state;
    case Twist::Swap:
        return !is_state && way.count > 1 &&
               channels_.message(store_, head.next).what != What::Link;
    case Twist::None:
    case Twist::LostBefore:
    case Twist::LostAfter:
    case Twist::Refuse:
    case Twist::Hold:
    case Twist::Stale:
    case Twist::Throttle:
    case Twist::ErrorBefore:
    case Twist::ErrorAfter:
    case Twist::Part:
    case Twist::Short:
    case Twist::Fail: return false;
    }
    return false;
}

void Venue::deliver(std::uint32_t channel, Twist twist, Timestamp at, Timestamp now,
                    std::vector<EventBody>& out, std::uint8_t part) {
    KEEL_ASSERT(allows(channel, twist), "an explorer chooses what may happen");
    switch (twist) {
    case Twist::None: step_channel(channel, at, now, out); return;
    case Twist::Drop:
        met(FaultKind::Drop);
        channels_.drop(store_, channel);
        return;
    case Twist::Twice:
        met(FaultKind::DuplicateNow);
        hear(channels_.first(store_, channel), channel, now, out);
        step_channel(channel, at, now, out);
        return;
    case Twist::Again: {
        met(FaultKind::DuplicateLate);
        const Message message = channels_.first(store_, channel);
        step_channel(channel, at, now, out);
        channels_.append(store_, Channels::late, message);
        return;
    }
    case Twist::Swap: swap_and_deliver(channel, at, now, out); return;
    case Twist::LostBefore:
        met(FaultKind::AnswerLostBefore);
        for (std::uint32_t left = items_in(channel); left > 0; --left) {
            channels_.drop(store_, channel);
        }
        return;
    case Twist::LostAfter: arrive_with(channel, Fate::AnswerLost, at); return;
    case Twist::Refuse: arrive_with(channel, Fate::Refused, at); return;
    case Twist::Throttle: arrive_with(channel, Fate::RateLimited, at); return;
    case Twist::ErrorBefore: arrive_with(channel, Fate::ErrorBefore, at); return;
    case Twist::ErrorAfter: arrive_with(channel, Fate::ErrorAfter, at); return;
    case Twist::Part:
        met(FaultKind::PartialBatch);
        refuse_part(channel, part);
        arrive(channel, at);
        return;
    case Twist::Short:
        met(FaultKind::ShortAnswer);
        leave_unanswered(channel, part);
        arrive(channel, at);
        return;
    case Twist::Fail:
        met(FaultKind::SettlementFailed);
        settle_next(true, at);
        return;
    case Twist::Stale:
        met(FaultKind::StaleRead);
        looks_back_ = true;
        step_channel(channel, at, now, out);
        looks_back_ = false;
        return;
    case Twist::Hold: hold(channel); return;
    case Twist::Gap: {
        met(FaultKind::Gap);
        const std::uint32_t line = channel - Channels::first_private;
        cut_stream(line / Channels::private_each,
                   static_cast<LinkKind>(line % Channels::private_each), true, at, Duration{});
        return;
    }
    }
}

// A batch stays one: it is held as a whole, and nothing joins it any more.
void Venue::hold(std::uint32_t channel) {
    met(FaultKind::Overtaken);
    for (std::uint32_t left = items_in(channel); left > 0; --left) {
        channels_.append(store_, Channels::bump, channels_.pop(store_, channel));
    }
    put(store_.at(batch_, 0), BatchSlot{});
}

void Venue::arrive_with(std::uint32_t channel, Fate fate, Timestamp at) {
    const Message* item = &first_in(channel);
    for (std::uint32_t left = items_in(channel); left > 0; --left, item = behind(*item)) {
        put(item->fate, fate);
    }
    arrive(channel, at);
}

void Venue::refuse_part(std::uint32_t channel, std::uint8_t part) {
    const std::uint32_t all = (1U << items_in(channel)) - 1U;
    KEEL_ASSERT(part > 0 && part < all, "of a batch some are refused, and not all");
    const Message* item = &first_in(channel);
    for (std::uint32_t left = part; left != 0; left >>= 1U, item = behind(*item)) {
        if ((left & 1U) != 0) put(item->fate, Fate::Refused);
    }
}

void Venue::leave_unanswered(std::uint32_t channel, std::uint8_t from) {
    const std::uint32_t all = items_in(channel);
    KEEL_ASSERT(from > 0 && from < all, "of a batch some are answered, and not all");
    const Message* item = &first_in(channel);
    for (std::uint32_t i = 0; i < all; ++i, item = behind(*item)) {
        if (i >= from) put(item->fate, Fate::Unanswered);
    }
}

void Venue::swap_and_deliver(std::uint32_t channel, Timestamp at, Timestamp now,
                             std::vector<EventBody>& out) {
    met(is_way_in(channel) ? FaultKind::Overtaken : FaultKind::Reorder);
    const Message first = channels_.pop(store_, channel);
    // What it overtakes is put back before what happens can add to the channel.
    const Message second = channels_.pop(store_, channel);
    const std::uint32_t rest = channels_.at(store_, channel).head;
    std::uint32_t slot = rest == no_slot ? channels_.append(store_, channel, first)
                                         : channels_.ahead_of(store_, channel, rest, first);
    channels_.ahead_of(store_, channel, slot, second);
    step_channel(channel, at, now, out);
}

Venue::Told Venue::told_next(std::uint32_t channel) const {
    if (is_way_in(channel) || pending(channel) == 0) return {};
    const Message& head = channels_.first(store_, channel);
    switch (head.what) {
    case What::Report:
    case What::Claim: {
        const Update* update = history_.find(store_, head.ref);
        return {Tells::Fact, update == nullptr ? ClOrdID{} : update->cl_ord_id};
    }
    case What::Answer: {
        const auto answer = body_of<RequestAnswer>(head);
        if (answer.kind == RequestKind::New) return {Tells::Fact, answer.cl_ord_id};
        if (answer.kind == RequestKind::Cancel) return {Tells::Echo, answer.cl_ord_id};
        return {};
    }
    case What::ReadAnswer:
        if (read_view_of(head).what != What::OrderStatus) return {};
        return {Tells::Echo, body_of<OrderStatusRequest>(head).cl_ord_id};
    case What::NewOrder:
    case What::Cancel:
    case What::Amend:
    case What::MassCancel:
    case What::OrderStatus:
    case What::Read:
    case What::Position:
    case What::Book:
    case What::Funding:
    case What::Link:
    case What::Beat:
    case What::Status:
    case What::Settlement: return {};
    }
    return {};
}

bool Venue::tells_listing_news() const {
    if (pending(Channels::market) == 0) return false;
    const Message& head = channels_.first(store_, Channels::market);
    return head.what == What::Status && head.ref != 0;
}

bool Venue::tells_link_up(std::uint32_t channel) const {
    if (is_way_in(channel) || pending(channel) == 0) return false;
    const Message& head = channels_.first(store_, channel);
    return head.what == What::Link && body_of<LinkReport>(head).state == LinkState::Up;
}

const Message* Venue::behind(const Message& message) const {
    return message.next == no_slot ? nullptr : &channels_.message(store_, message.next);
}

const Update* Venue::told_by(const Message& message) const {
    const bool tells = message.what == What::Report || message.what == What::Claim;
    return tells ? history_.find(store_, message.ref) : nullptr;
}

std::uint32_t Venue::streams_down() const {
    std::uint32_t down = 0;
    for (std::uint32_t i = 0; i < streams_.capacity; ++i) {
        if (store_.at(streams_, i).up_at < never) down |= 1U << i;
    }
    return down;
}

void Venue::bring_back(std::uint32_t stream, Timestamp at) {
    stream_is_back(stream / Channels::private_each,
                   static_cast<LinkKind>(stream % Channels::private_each), at);
}

Timestamp Venue::oldest_push() const {
    Timestamp oldest = never;
    for (std::uint32_t channel = Channels::first_private; channel < channels_.count(); ++channel) {
        for (std::uint32_t slot = channels_.at(store_, channel).head; slot != no_slot;) {
            const Message& message = channels_.message(store_, slot);
            if (message.what == What::Position) oldest = earlier(oldest, message.due);
            slot = message.next;
        }
    }
    return oldest;
}

Timestamp Venue::oldest_message() const {
    Timestamp oldest = never;
    for (std::uint32_t channel = 0; channel < channels_.count(); ++channel) {
        if (channel == Channels::late) continue;
        oldest = earlier(oldest, channels_.at(store_, channel).head_due);
    }
    return oldest;
}

void Venue::publish_now(Timestamp at) {
    for (std::uint32_t place = 0; place < instruments_.capacity; ++place) {
        if (book(place).publish_at < never) publish(place, at);
    }
}

namespace {

template <Slot Body> void add_body(Hasher& h, const Body& body) {
    std::array<std::uint64_t, sizeof(Body) / 8> words;
    std::memcpy(words.data(), &body, sizeof(Body));
    for (const std::uint64_t word : words) h.add(word);
}

Timestamp since(Timestamp at, Timestamp now) { return Timestamp{(at - now).value()}; }

// A request, without its number, that of its batch, and from when a read asks; its validity as the
// time that is left.
template <class Request> void add_request(Hasher& h, const Message& message, Timestamp now) {
    auto request = body_of<Request>(message);
    request.request = {};
    if constexpr (requires { request.correlation; }) request.correlation = {};
    if constexpr (requires { request.batch; }) request.batch = 0;
    if constexpr (requires { request.valid_until; }) {
        request.valid_until = since(request.valid_until, now);
    }
    if constexpr (requires { request.from; }) request.from = {}; // (added as what it will show)
    add_body(h, request);
}

// Of a request, or of what answers one; 0: of neither.
std::uint64_t request_number(const Message& message) {
    switch (message.what) {
    case What::Answer: return body_of<RequestAnswer>(message).request.value();
    case What::NewOrder:
    case What::Cancel:
    case What::Amend:
    case What::MassCancel:
    case What::OrderStatus:
    case What::Read:
    case What::Beat:
    case What::ReadAnswer: return message.body[0]; // each begins with it
    case What::Report:
    case What::Claim:
    case What::Position:
    case What::Book:
    case What::Funding:
    case What::Link:
    case What::Status:
    case What::Settlement: return 0;
    }
    return 0;
}

// What a message says, without when it is due and the number of the request it answers.
void add_message(Hasher& h, const Message& message, const Venue::Looks& looks) {
    const Timestamp now = looks.now;
    const auto add_waiting = [&](RequestID number) { // for which the desk may wait
        const auto place = std::ranges::find(looks.waiting, number);
        h.add_signed(place == looks.waiting.end() ? 0 : place - looks.waiting.begin() + 1);
    };
    h.add(static_cast<std::uint64_t>(message.what) |
          static_cast<std::uint64_t>(message.fate) << 8U |
          static_cast<std::uint64_t>(message.transport) << 16U |
          static_cast<std::uint64_t>(message.link) << 24U | std::uint64_t{message.account} << 32U);
    switch (message.what) {
    case What::Report:
    case What::Claim: return; // (What it tells is added where that is known.)
    case What::NewOrder: add_request<NewOrderSingle>(h, message, now); break;
    case What::Cancel: add_request<OrderCancelRequest>(h, message, now); break;
    case What::Amend: add_request<OrderCancelReplaceRequest>(h, message, now); break;
    case What::MassCancel: add_request<OrderMassCancelRequest>(h, message, now); break;
    case What::OrderStatus: add_request<OrderStatusRequest>(h, message, now); break;
    case What::Read: add_request<ReadRequest>(h, message, now); break;
    case What::Beat: add_request<Heartbeat>(h, message, now); break;
    case What::ReadAnswer: {
        const ReadView view = read_view_of(message);
        // (What has happened by its moment is added where it is known.)
        h.add(static_cast<std::uint64_t>(view.what) | static_cast<std::uint64_t>(view.outcome)
                                                          << 8U);
        if (view.what == What::Read) {
            add_request<ReadRequest>(h, message, now);
        } else {
            add_request<OrderStatusRequest>(h, message, now);
        }
        break;
    }
    case What::Position:
        h.add_signed((message.due - now).value()); // it keeps to the bound V
        add_body(h, body_of<PositionBody>(message));
        return;
    case What::Answer: {
        auto answer = body_of<RequestAnswer>(message);
        if (answer.kind == RequestKind::Heartbeat) add_waiting(answer.request);
        answer.request = {};
        add_body(h, answer);
        return;
    }
    case What::Book: {
        auto top = body_of<BookTop>(message);
        top.venue_time = {};
        add_body(h, top);
        return;
    }
    case What::Funding: {
        auto signal = body_of<Signal>(message);
        signal.valid_until = since(signal.valid_until, now);
        add_body(h, signal);
        return;
    }
    case What::Link: add_body(h, body_of<LinkReport>(message)); return;
    case What::Status: {
        auto status = body_of<SecurityStatus>(message);
        status.venue_time = {}; // (it comes in order: no one is older than one before it)
        add_body(h, status);
        h.add(message.ref);
        return;
    }
    case What::Settlement: {
        auto fill = body_of<SettlingFill>(message);
        fill.at = {}; // (when it was executed is added where it is evidence)
        add_body(h, fill);
        return;
    }
    }
    // Requests, and answers of reads.
    h.add(message.ref).add_signed((message.sent_at - now).value());
    add_waiting(RequestID{message.body[0]});
}

} // namespace

// What happened that a message tells, which is more than its number: two things may have happened
// in either order, and be told of in either.
void Venue::add_told(Hasher& h, const Message& message, Timestamp now) const {
    const Update* update = told_by(message);
    if (update == nullptr) return;
    h.add(update->cl_ord_id.packed()).add(update->order_id).add(update->exec_no);
    h.add(static_cast<std::uint64_t>(update->type) |
          static_cast<std::uint64_t>(update->reason) << 8U |
          std::uint64_t{update->amend_no} << 32U);
    h.add(update->version).add_signed(update->cum_qty.value());
    h.add_signed(update->last_qty.value()).add_signed(update->reduced.value());
    if (update->stage != 0) h.add(std::uint64_t{update->stage});
    if (update->is_outside != 0) {
        h.add(static_cast<std::uint64_t>(update->side) |
              static_cast<std::uint64_t>(update->position_side) << 8U);
    }
    // When, as far as that is evidence still.
    if (update->type == ExecType::Trade) {
        h.add_signed(max(executed_at(*update) - now, -seconds(10)).value());
    }
}

// From which fill on a read of fills will show them, which says all of the time from which it asks.
// Zero: all of them, or it is no such read.
std::uint32_t Venue::newest_not_shown(const Message& message) const {
    const bool is_read = message.what == What::Read || (message.what == What::ReadAnswer &&
                                                        read_view_of(message).what == What::Read);
    if (!is_read) return 0;
    const auto request = body_of<ReadRequest>(message);
    if (request.kind != RequestKind::ReadFills) return 0;
    return newest_trade_before(request.from);
}

std::uint32_t Venue::newest_trade_before(Timestamp from) const {
    std::uint32_t number = globals().last_trade;
    while (number != 0) {
        const Update* trade = history_.find(store_, number);
        if (trade == nullptr || trade->at + config().clock_offset < from) break;
        number = trade->trade_before;
    }
    return number;
}

std::uint64_t Venue::decision_hash(const Looks& looks) const {
    Hasher h{21};
    const Globals& all = globals();
    h.add(std::uint64_t{all.is_connected} << 32U | all.session);
    for (std::uint32_t place = 0; place < instruments_.capacity; ++place) {
        const InstrumentSlot& market = book(place);
        for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
            h.add_signed(market.touch_px[side].value()).add_signed(market.touch_qty[side].value());
            h.add_signed(market.taken[side].value()).add_signed(market.traded[side].value());
        }
        h.add_signed(market.position.value()).add_signed(market.cash.value());
        h.add_signed(market.fees.value());
        if (market.outside != Lots{0}) h.add_signed(market.outside.value());
    }
    for (const SideSlot& side : store_.all(sides_)) add_body(h, side);
    if (all.liquidations != 0) h.add(all.liquidations);
    for (FundingSlot own : store_.all(funding_)) {
        if (own.settle_at < never) own.settle_at = since(own.settle_at, looks.now);
        add_body(h, own);
    }
    for (const ListingSlot& own : store_.all(listings_)) {
        h.add_signed(own.price_step.value()).add_signed(own.settlement_px.value());
        h.add_signed(own.unsettled.value()).add(static_cast<std::uint64_t>(own.status));
    }
    for (const BeatSlot& own : store_.all(beats_)) {
        const Duration long_ago = config().traits.heartbeat_timeout * 2;
        h.add_signed(own.last_at == never ? 1 : max(own.last_at - looks.now, -long_ago).value());
    }
    for (std::uint32_t slot = 0; slot < legs_.used(store_); ++slot) {
        const Leg& order = leg(slot);
        h.add(order.cl_ord_id.packed()).add(order.order_id).add_signed(order.px.value());
        h.add_signed(order.qty.value()).add_signed(order.cum_qty.value());
        h.add_signed(order.reduced.value()).add_signed(order.ahead.value());
        if (order.returned != Lots{0}) h.add_signed(order.returned.value());
        h.add(std::uint64_t{order.is_open} | std::uint64_t{order.is_resting} << 8U |
              static_cast<std::uint64_t>(order.last_type) << 16U |
              std::uint64_t{order.is_waiting} << 24U | std::uint64_t{order.version} << 32U);
        h.add(static_cast<std::uint64_t>(order.side) | static_cast<std::uint64_t>(order.tif) << 8U |
              std::uint64_t{order.post_only} << 16U | std::uint64_t{order.reduce_only} << 24U);
        h.add_signed(order.trigger_px.value()).add(order.instrument);
        // A read shows it as of a moment that is not before these.
        if (looks.may_look_back) {
            const auto ago = [&](Timestamp at) {
                return max(at - looks.now, -config().traits.visibility).value();
            };
            h.add_signed(ago(order.created_at));
            h.add_signed(order.is_open != 0 ? 0 : ago(order.ended_at));
        }
    }
    for (const ChannelSlot& way : channels_.all(store_)) {
        h.add(way.count);
        const Message* before = nullptr;
        for (std::uint32_t slot = way.head; slot != no_slot;) {
            const Message& message = channels_.message(store_, slot);
            add_message(h, message, looks);
            if (message.batch != 0) {
                h.add(before != nullptr && travel_together(*before, message) ? 2U : 1U);
            }
            before = &message;
            add_told(h, message, looks.now);
            if (looks.by_number) h.add(request_number(message));
            if (message.what == What::ReadAnswer) h.add(updates_by(read_view_of(message).at));
            h.add(newest_not_shown(message));
            slot = message.next;
        }
    }
    add_nonces(h);
    for (std::uint32_t i = 0; i < streams_.capacity; ++i) {
        h.add(store_.at(streams_, i).is_up | (store_.at(streams_, i).up_at < never ? 2U : 0U));
    }
    // What reads of fills may still show, and, where they may look back, in which order it came.
    h.add(all.updates);
    for (std::uint32_t number = all.updates; number != 0; --number) {
        const Update* update = history_.find(store_, number);
        if (update == nullptr) break;
        const std::uint32_t account = setup_->account_of[update->instrument];
        const bool is_read = update->type == ExecType::Trade &&
                             update->at + config().clock_offset >= looks.from[account];
        const bool is_news = looks.now - update->at <= config().traits.visibility;
        if (!is_read && !(looks.may_look_back && is_news)) continue;
        // (Told again when it is older than any evidence that is compared with it, it is known.)
        h.add(number).add_signed(max(update->at - looks.now, -seconds(10)).value());
        h.add(update->order_id).add_signed(update->last_qty.value());
        if (update->is_outside != 0) {
            h.add(static_cast<std::uint64_t>(update->side) |
                  static_cast<std::uint64_t>(update->is_silent) << 8U |
                  static_cast<std::uint64_t>(update->position_side) << 16U |
                  static_cast<std::uint64_t>(update->reason) << 24U);
        }
        if (update->is_funding != 0) h.add_signed(update->fee.value());
        if (update->stage != 0) h.add(std::uint64_t{update->stage} << 32U | update->exec_no);
    }
    return h.digest();
}

} // namespace keel::sim
