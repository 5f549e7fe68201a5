#include "app/trace_messages.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/order_ref.hpp"
#include "base/assert.hpp"

namespace keel::app {
namespace {

using explore::Choice;
using sim::Channels;
using sim::Twist;
using sim::What;
using timeline::Kind;

bool is_request(What what) {
    switch (what) {
    case What::NewOrder:
    case What::Cancel:
    case What::Amend:
    case What::MassCancel:
    case What::OrderStatus:
    case What::Read:
    case What::Beat: return true;
    case What::Answer:
    case What::ReadAnswer:
    case What::Report:
    case What::Claim:
    case What::Position:
    case What::Book:
    case What::Funding:
    case What::Link:
    case What::Status:
    case What::Settlement: return false;
    }
    std::unreachable();
}

CommandBody command_in(const sim::Message& message) {
    switch (message.what) {
    case What::NewOrder: return sim::body_of<NewOrderSingle>(message);
    case What::Cancel: return sim::body_of<OrderCancelRequest>(message);
    case What::Amend: return sim::body_of<OrderCancelReplaceRequest>(message);
    case What::MassCancel: return sim::body_of<OrderMassCancelRequest>(message);
    case What::OrderStatus: return sim::body_of<OrderStatusRequest>(message);
    case What::Read: return sim::body_of<ReadRequest>(message);
    case What::Beat: return sim::body_of<Heartbeat>(message);
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
    KEEL_ASSERT(false, "only requests are commands");
    std::unreachable();
}

Kind kind_of(const sim::Message& message, const sim::Update* told) {
    switch (message.what) {
    case What::NewOrder:
    case What::Cancel:
    case What::Amend:
    case What::MassCancel:
    case What::OrderStatus:
    case What::Read:
    case What::Beat: return Kind::Request;
    case What::Answer:
    case What::ReadAnswer: return Kind::Answer;
    case What::Report:
        return told != nullptr && is_execution(told->type) ? Kind::Fill : Kind::Report;
    case What::Claim: return Kind::Report;
    case What::Position: return Kind::State;
    case What::Book:
    case What::Status:
    case What::Settlement: // (drawn by what it leads to)
    case What::Funding: return Kind::Market;
    case What::Link: return Kind::Link;
    }
    std::unreachable();
}

// What befalls a request that is not lost; empty: nothing.
std::string_view fate_of(Twist twist) {
    switch (twist) {
    case Twist::LostAfter: return "its answer is lost";
    case Twist::Short: return "the answer ends before it";
    case Twist::Refuse:
    case Twist::Part: return "refused by a fault";
    case Twist::Hold: return "held";
    case Twist::Throttle: return "refused as too many";
    case Twist::ErrorBefore: return "server error";
    case Twist::ErrorAfter: return "done, server error";
    case Twist::None:
    case Twist::Drop:
    case Twist::Twice:
    case Twist::Again:
    case Twist::Swap:
    case Twist::LostBefore:
    case Twist::Stale:
    case Twist::Fail:
    case Twist::Gap: return "";
    }
    std::unreachable();
}

// Where a request travels.
ChannelPlace place_of(const CommandBody& command) {
    return std::visit(
        []<class Body>(const Body& one) -> ChannelPlace {
            if constexpr (std::is_same_v<Body, OrderCancelRequest>) {
                const bool is_socket = one.transport == Transport::Socket;
                return {one.account, is_socket ? Channel::Socket : Channel::Rest};
            } else if constexpr (is_for_venue<Body>) {
                const bool is_socket = std::is_same_v<Body, NewOrderSingle> ||
                                       std::is_same_v<Body, OrderCancelReplaceRequest>;
                return {one.account, is_socket ? Channel::Socket : Channel::Rest};
            } else {
                return {}; // it travels nowhere
            }
        },
        command);
}

// The same message, at whichever place of whichever channel.
bool is_same(const sim::Message& a, const sim::Message& b) {
    return a.what == b.what && a.sent_at == b.sent_at && a.ref == b.ref && a.account == b.account &&
           a.link == b.link && a.body == b.body;
}

bool is_way_in(std::uint32_t channel) {
    return channel == Channels::socket_in || channel == Channels::rest_in ||
           channel == Channels::bump;
}

Channel stream_of(LinkKind kind) {
    switch (kind) {
    case LinkKind::Orders: return Channel::Orders;
    case LinkKind::Fills: return Channel::Fills;
    case LinkKind::Positions: return Channel::Positions;
    case LinkKind::Market: return Channel::Market;
    case LinkKind::Requests: return Channel::Socket;
    }
    std::unreachable();
}

} // namespace

TraceMessages::TraceMessages(const explore::World& world)
    : world_(world), words_(world.scenario().desk.engine) {
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        ways_.emplace_back(world.venue(v).channel_count());
    }
    find_new();
}

timeline::Moment TraceMessages::here() const { return timeline::exactly(world_.now(), step_); }

void TraceMessages::follow(const Choice& choice, std::uint64_t step) {
    step_ = step;
    const std::size_t events = world_.is_alive() ? world_.heard().size() : 0;
    std::optional<Fact> fact;
    if (choice.kind == Choice::Kind::Deliver && is_way_in(choice.place)) {
        take_request(choice);
    } else if (choice.kind == Choice::Kind::Deliver &&
               choice.place != world_.venue(choice.venue).chain()) {
        const std::size_t taken = choice.twist == Twist::Swap ? 1 : 0;
        fact = fact_of(choice.venue, way(choice.venue, choice.place).at(taken).message);
        take_told(choice);
    } else if (choice.kind == Choice::Kind::Crash) {
        record_.resize(record_.size() - choice.place);
        for (std::uint32_t v = 0; v < ways_.size(); ++v) {
            for (const std::uint32_t c : {Channels::socket_in, Channels::rest_in}) {
                take_back(v, c);
            }
        }
        lose_what_is_told("lost: the bot is down");
    } else if (choice.kind == Choice::Kind::Pause) {
        follow_pause(choice);
    } else if (choice.is(explore::LeaseTurn::Taken)) {
        lose_what_is_told("lost: a second instance has connected");
        leave_or_never();
    }
    record_.insert(record_.end(), events, fact);
    const std::size_t known = drafts_.size();
    find_new();
    find_unheard(known);
    // What shows the state of before is on its way back, if anybody waits for it: the last thing
    // that was sent.
    if (drafts_.empty()) return;
    timeline::Message& last = drafts_.back().message;
    if (choice.twist == Twist::Stale && last.kind == Kind::Answer && last.sent.step == step_) {
        last.fate = "stale";
        last.is_fault = true;
    }
}

// --- What a choice takes out --------------------------------------------------------------------

void TraceMessages::befall(const Waiting& one, std::string_view fate) {
    message_of(one).fate = fate;
    message_of(one).is_fault = true;
}

void TraceMessages::lose(const Waiting& one, std::string_view fate) {
    befall(one, fate);
    message_of(one).lost = here();
    if (!drafts_[one.draft].by_bot) message_of(one).step = step_;
}

void TraceMessages::lose_all(Way& way, std::string_view fate) {
    for (const Waiting& one : way) lose(one, fate);
    way.clear();
}

void TraceMessages::lose_what_is_told(std::string_view fate) {
    for (std::vector<Way>& ways : ways_) {
        for (std::size_t c = Channels::socket_out; c < ways.size(); ++c) lose_all(ways[c], fate);
    }
}

// --- A process that sleeps ----------------------------------------------------------------------

void TraceMessages::follow_pause(const Choice& choice) {
    if (!choice.is(explore::PauseTurn::Begins)) return leave_or_never();
    for (std::uint32_t v = 0; v < ways_.size(); ++v) {
        for (const std::uint32_t c : {Channels::socket_in, Channels::rest_in}) {
            Way& unsent = way(v, c);
            const auto first = unsent.begin() + world_.venue(v).pending(c);
            for (auto one = first; one != unsent.end(); ++one) {
                befall(*one, "sent late: the bot slept");
                asleep_.push_back({v, c, *one});
            }
            unsent.erase(first, unsent.end());
        }
    }
}

// It woke: what is on its way now has left, and the rest never will.
void TraceMessages::leave_or_never() {
    std::vector<Asleep> still;
    for (const Asleep& sleeper : asleep_) {
        const sim::Venue& venue = world_.venue(sleeper.venue);
        Way& ahead = way(sleeper.venue, sleeper.channel);
        if (venue.pending(sleeper.channel) > ahead.size()) {
            ahead.push_back(sleeper.one);
        } else if (venue.asleep_count() > 0) {
            still.push_back(sleeper);
        } else {
            lose(sleeper.one, "never sent: its lease had ended");
        }
    }
    asleep_ = std::move(still);
}

// What the bot had decided to send, and died before it left.
void TraceMessages::take_back(std::uint32_t venue, std::uint32_t channel) {
    Way& unsent = way(venue, channel);
    while (unsent.size() > world_.venue(venue).pending(channel)) {
        lose(unsent.back(), "never sent: the bot died first");
        unsent.pop_back();
    }
}

// Items of a batch arrive together; a request may be held back, by a fault or by the venue's own
// speed bump.
void TraceMessages::take_request(const Choice& choice) {
    const sim::Venue& venue = world_.venue(choice.venue);
    Way& from = way(choice.venue, choice.place);
    Way& held = way(choice.venue, Channels::bump);
    const std::size_t gone = from.size() - venue.pending(choice.place);
    const bool is_held =
        choice.place != Channels::bump && venue.pending(Channels::bump) > held.size();
    const auto first = from.begin() + (choice.twist == Twist::Swap ? 1 : 0);
    for (std::size_t item = 0; item < gone; ++item) {
        const Waiting& one = first[static_cast<std::ptrdiff_t>(item)];
        if (choice.twist == Twist::LostBefore) {
            lose(one, "lost");
            continue;
        }
        const bool is_spared =
            (choice.twist == Twist::Part && (std::uint32_t{choice.part} >> item & 1U) == 0) ||
            (choice.twist == Twist::Short && item < choice.part);
        const std::string_view fate = is_spared ? "" : fate_of(choice.twist);
        if (!fate.empty()) befall(one, fate);
        if (is_held) {
            held.push_back(one);
        } else {
            message_of(one).received = here();
        }
    }
    if (choice.twist == Twist::Swap) befall(from.front(), "overtaken");
    from.erase(first, first + static_cast<std::ptrdiff_t>(gone));
}

void TraceMessages::take_told(const Choice& choice) {
    Way& from = way(choice.venue, choice.place);
    if (choice.twist == Twist::Gap) {
        lose_all(from, "lost: its stream is cut");
        return;
    }
    const auto one = from.begin() + (choice.twist == Twist::Swap ? 1 : 0);
    if (choice.twist == Twist::Drop) {
        lose(*one, "lost");
    } else {
        hear(choice, *one);
    }
    if (choice.twist == Twist::Swap) befall(from.front(), "overtaken");
    if (choice.twist == Twist::Twice) {
        Draft again = drafts_[one->draft];
        again.message.is_duplicate = true;
        again.message.is_fault = true;
        again.message.fate = "told twice";
        drafts_.push_back(std::move(again));
    }
    from.erase(one);
}

void TraceMessages::hear(const Choice& choice, const Waiting& one) {
    if (world_.heard().empty()) {
        const bool is_forgotten = world_.venue(choice.venue).told_by(one.message) == nullptr;
        lose(one, is_forgotten ? "lost: the venue has forgotten it" : "lost: its stream is down");
        return;
    }
    timeline::Message& message = message_of(one);
    message.received = here();
    message.step = step_;
    const std::optional<Fact> fact = fact_of(choice.venue, one.message);
    message.is_duplicate = fact && std::ranges::find(record_, fact) != record_.end();
}

// --- What is new --------------------------------------------------------------------------------

std::optional<TraceMessages::Fact> TraceMessages::fact_of(std::uint32_t venue,
                                                          const sim::Message& message) {
    if (message.what != What::Report && message.what != What::Claim) return std::nullopt;
    return Fact{venue, message.what, message.ref};
}

void TraceMessages::find_new() {
    for (std::uint32_t v = 0; v < ways_.size(); ++v) {
        for (std::uint32_t c = 0; c < ways_[v].size(); ++c) {
            if (c == world_.venue(v).chain()) continue; // the venue's own: the bot is no part of it
            Way now;
            std::size_t known = 0;
            const Way& before = ways_[v][c];
            const sim::Venue& venue = world_.venue(v);
            const sim::Message* next = venue.pending(c) > 0 ? &venue.first_in(c) : nullptr;
            for (; next != nullptr; next = venue.behind(*next)) {
                const bool was_there =
                    known < before.size() && is_same(before[known].message, *next);
                now.push_back(was_there ? before[known++] : sent(v, c, *next));
            }
            KEEL_ASSERT(known == ways_[v][c].size(),
                        "what was under way is so still, or a choice took it out");
            ways_[v][c] = std::move(now);
        }
    }
}

void TraceMessages::find_unheard(std::size_t first_draft) {
    for (const CommandBody& command : world_.sent()) {
        const RequestID request = request_of(command);
        const auto is_it = [&](const Draft& one) { return one.by_bot && one.request == request; };
        const auto drawn = drafts_.begin() + static_cast<std::ptrdiff_t>(first_draft);
        if (request.is_none() || std::any_of(drawn, drafts_.end(), is_it)) continue;
        Draft draft{.message = {}, .place = app::place_of(command), .by_bot = true, .request = {}};
        draft.message.sent = here();
        draft.message.lost = here();
        draft.message.step = step_;
        draft.message.fate = "lost: not connected";
        draft.message.is_fault = true;
        describe_request(draft, command);
        drafts_.push_back(std::move(draft));
    }
}

TraceMessages::Waiting TraceMessages::sent(std::uint32_t venue, std::uint32_t channel,
                                           const sim::Message& message) {
    Draft draft{
        .message = {}, .place = place_of(venue, channel, message), .by_bot = false, .request = {}};
    draft.by_bot = is_request(message.what);
    draft.message.sent = here();
    draft.message.step = step_;
    draft.message.kind = kind_of(message, world_.venue(venue).told_by(message));
    if (draft.by_bot) {
        describe_request(draft, command_in(message));
    } else {
        describe_told(draft, venue, channel, message);
    }
    drafts_.push_back(std::move(draft));
    return {drafts_.size() - 1, message};
}

std::uint64_t TraceMessages::exchange_of(RequestID request, RequestKind kind, ClOrdID order) {
    if (kind == RequestKind::Cancel) {
        const auto [first, is_new] = canceled_.try_emplace(order, exchanges_ + 1);
        if (is_new) ++exchanges_;
        return first->second;
    }
    const auto [known, is_new] = asked_.try_emplace(request, exchanges_ + 1);
    if (is_new) ++exchanges_;
    return known->second;
}

void TraceMessages::describe_request(Draft& draft, const CommandBody& command) {
    const ClOrdID order = app::order_of(command);
    const bool is_cancel = std::holds_alternative<OrderCancelRequest>(command);
    draft.request = request_of(command);
    draft.message.label = words_.of(command);
    if (!order.is_none()) {
        draft.message.about = order_text(order);
        orders_.insert(order);
    }
    // A number that a crash freed may come again, and begins an exchange of its own.
    if (!is_cancel) asked_.erase(draft.request);
    draft.message.exchange =
        exchange_of(draft.request, is_cancel ? RequestKind::Cancel : RequestKind::New, order);
}

void TraceMessages::describe_told(Draft& draft, std::uint32_t venue, std::uint32_t channel,
                                  const sim::Message& message) {
    timeline::Message& out = draft.message;
    if (channel == Channels::late) {
        out.fate = "told again, late";
        out.is_fault = true;
    }
    ClOrdID order;
    if (const sim::Update* told = world_.venue(venue).told_by(message)) {
        order = told->cl_ord_id;
        if (told->type == ExecType::Canceled && canceled_.contains(order)) {
            out.exchange = canceled_.at(order);
        }
    }
    std::vector<EventBody> events;
    world_.venue(venue).hear(message, channel, world_.now(), events);
    for (const EventBody& event : events) {
        if (const auto* answer = std::get_if<RequestAnswer>(&event)) {
            order = answer->cl_ord_id;
            out.exchange = exchange_of(answer->request, answer->kind, order);
            out.is_fault = out.is_fault || answer->outcome == Outcome::Unknown;
        } else if (const auto* done = std::get_if<ReadDone>(&event)) {
            order = done->cl_ord_id;
            out.exchange = exchange_of(done->read, done->kind, order);
        } else if (const auto* link = std::get_if<LinkReport>(&event)) {
            out.is_fault = link->state != LinkState::Up;
        }
    }
    // The end of a read comes behind its rows, and says what it is.
    if (message.what == What::ReadAnswer) std::ranges::rotate(events, events.end() - 1);
    for (const EventBody& event : events) {
        if (!out.label.empty()) out.label += "; ";
        out.label += words_of(event);
    }
    if (events.empty()) out.label = "a report that the venue has forgotten";
    if (!order.is_none()) out.about = order_text(order);
}

std::string TraceMessages::words_of(const EventBody& event) const {
    if (const auto* report = std::get_if<ExecutionReport>(&event)) {
        return words_.of(*report, report->cl_ord_id);
    }
    if (const auto* answer = std::get_if<RequestAnswer>(&event)) return words_.of(*answer);
    if (const auto* done = std::get_if<ReadDone>(&event)) return words_.of(*done);
    if (const auto* position = std::get_if<PositionReport>(&event)) return words_.of(*position);
    if (const auto* balance = std::get_if<BalanceReport>(&event)) return words_.of(*balance);
    if (const auto* book = std::get_if<BookTop>(&event)) return words_.of(*book);
    if (const auto* status = std::get_if<SecurityStatus>(&event)) return words_.of(*status);
    return MessageWords::of(std::get<LinkReport>(event));
}

ChannelPlace TraceMessages::place_of(std::uint32_t venue, std::uint32_t channel,
                                     const sim::Message& message) const {
    const sim::VenueConfig& config = world_.scenario().venues[venue];
    if (message.what == What::Book || message.what == What::Status) {
        const InstrumentIx instrument = message.what == What::Book
                                            ? sim::body_of<BookTop>(message).instrument
                                            : sim::body_of<SecurityStatus>(message).instrument;
        const auto& all = world_.scenario().desk.engine.instruments;
        return {all[instrument.value()].account, Channel::Market};
    }
    const std::size_t account = message.account < config.accounts.size() ? message.account : 0;
    ChannelPlace out{config.accounts[account].account, Channel::Socket};
    if (is_way_in(channel) || message.what == What::Answer || message.what == What::ReadAnswer) {
        if (message.transport == Transport::Rest) out.channel = Channel::Rest;
    } else {
        out.channel = stream_of(message.link);
    }
    return out;
}

// --- The diagram --------------------------------------------------------------------------------

void TraceMessages::finish(timeline::Timeline& out) && {
    std::set<ChannelPlace> used;
    for (const Draft& one : drafts_) used.insert(one.place);
    const auto lanes = add_lanes(out, world_.scenario().desk.engine, used);
    for (Draft& one : drafts_) {
        const std::uint32_t lane = lanes.at(one.place);
        one.message.from = one.by_bot ? out.bot : lane;
        one.message.to = one.by_bot ? lane : out.bot;
        one.message.is_under_way = !one.message.received && !one.message.lost;
        out.messages.push_back(std::move(one.message));
    }
    timeline::sort_messages(out);
}

} // namespace keel::app
