#include "explore/words.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace keel::explore {
namespace {

using sim::Channels;
using sim::Message;
using sim::Twist;
using sim::What;

// A name that stands in a line for itself, and is not taken for anything else there.
bool is_plain(std::string_view name) {
    constexpr std::string_view back = " comes back";
    constexpr std::array<std::string_view, 11> taken{"last",
                                                     "wake",
                                                     "crash",
                                                     "restart",
                                                     "lease lost",
                                                     "lease ends",
                                                     "lease renewed",
                                                     "lease granted anew",
                                                     "taken over by a second instance",
                                                     "wakes",
                                                     "the old owner wakes"};
    if (name.empty() || name.front() == ' ' || name.back() == ' ') return false;
    if (name.starts_with("venue ") || name.starts_with("account ") || name.starts_with("lane ")) {
        return false;
    }
    const bool is_taken = std::ranges::find(taken, name) != taken.end();
    if (name.ends_with(back) || is_taken) return false;
    return std::ranges::none_of(name, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f || c == ':' || c == ',' || c == '"' || c == '#';
    });
}

// The name of one of several: its own if it is plain and nobody else's, else by its place.
template <class All, class NameOf>
std::string name_among(const All& all, std::size_t place, NameOf name_of, std::string_view kind) {
    const std::string_view name = name_of(all[place]);
    const auto same =
        std::ranges::count_if(all, [&](const auto& one) { return name_of(one) == name; });
    if (is_plain(name) && same == 1) return std::string{name};
    return fmt::format("{} {}", kind, place);
}

std::string venue_words(const Scenario& scenario, std::uint32_t v) {
    return name_among(
        scenario.venues, v,
        [](const sim::VenueConfig& venue) -> std::string_view { return venue.traits.name; },
        "venue");
}

std::string account_words(const Scenario& scenario, std::uint32_t v, std::uint32_t account) {
    const auto name_of = [&](const sim::SimAccount& one) -> std::string_view {
        return scenario.desk.engine.accounts[one.account.value()].name;
    };
    return name_among(scenario.venues[v].accounts, account, name_of, "account");
}

std::string stream_words(const Scenario& scenario, std::uint32_t v, std::uint32_t stream) {
    constexpr std::array<std::string_view, Channels::private_each> names{"orders", "fills",
                                                                         "positions"};
    const std::string_view name = names[stream % Channels::private_each];
    if (scenario.venues[v].accounts.size() < 2) return std::string{name};
    return fmt::format("{} of {}", name,
                       account_words(scenario, v, stream / Channels::private_each));
}

// The last of a venue's channels.
std::uint32_t chain_of(const Scenario& scenario, std::uint32_t v) {
    const auto accounts = static_cast<std::uint32_t>(scenario.venues[v].accounts.size());
    return Channels::first_private + accounts * Channels::private_each;
}

std::string channel_words(const Scenario& scenario, std::uint32_t v, std::uint32_t channel) {
    constexpr std::array<std::string_view, Channels::first_private> names{
        "socket-in", "rest-in", "held", "socket-out", "rest-out", "late", "market"};
    if (channel < names.size()) return std::string{names[channel]};
    if (channel == chain_of(scenario, v)) return "chain";
    return stream_words(scenario, v, channel - Channels::first_private);
}

// As operators and tools write it: desk, epoch, counter.
std::string order_words(ClOrdID id) {
    return fmt::format("{}-{}-{}", id.desk(), id.epoch(), id.counter());
}

std::string_view request_words(RequestKind kind) {
    switch (kind) {
    case RequestKind::New: return "new order";
    case RequestKind::Cancel: return "cancel";
    case RequestKind::Amend: return "amend";
    case RequestKind::MassCancel: return "cancel all";
    case RequestKind::OrderStatus: return "status of";
    case RequestKind::ReadOpenOrders: return "read open orders";
    case RequestKind::ReadFills: return "read fills";
    case RequestKind::ReadPositions: return "read positions";
    case RequestKind::ReadBalances: return "read balances";
    case RequestKind::Heartbeat: return "heartbeat";
    }
    std::unreachable();
}

std::string request_words(RequestKind kind, ClOrdID id) {
    if (id.is_none()) return std::string{request_words(kind)};
    return fmt::format("{} {}", request_words(kind), order_words(id));
}

std::string_view outcome_words(Outcome outcome) {
    switch (outcome) {
    case Outcome::Accepted: return "accepted";
    case Outcome::Refused: return "refused";
    case Outcome::Unknown: return "unknown";
    }
    std::unreachable();
}

std::string_view report_words(ExecType type) {
    switch (type) {
    case ExecType::New: return "new";
    case ExecType::Trade: return "trade";
    case ExecType::Canceled: return "canceled";
    case ExecType::Rejected: return "rejected";
    case ExecType::Expired: return "expired";
    case ExecType::Replaced: return "replaced";
    case ExecType::Restated: return "restated";
    case ExecType::Status: return "status";
    case ExecType::TradeCancel: return "trade cancel";
    case ExecType::TradeCorrect: return "trade correct";
    }
    std::unreachable();
}

std::string_view link_words(LinkState state) {
    switch (state) {
    case LinkState::Down: return "link down";
    case LinkState::Up: return "link up";
    case LinkState::Gap: return "link gap";
    }
    std::unreachable();
}

std::string symbol_words(const Scenario& scenario, InstrumentIx instrument) {
    std::string symbol = scenario.desk.engine.instruments[instrument.value()].instrument.symbol;
    std::ranges::replace_if(
        symbol, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
    return symbol;
}

std::string told_words(const sim::Venue& venue, const Message& message) {
    const sim::Update* update = venue.told_by(message);
    if (update == nullptr) return "a report that the venue has forgotten";
    const ExecType type = message.what == What::Claim ? ExecType::Status : update->type;
    return fmt::format("{} {}", report_words(type), order_words(update->cl_ord_id));
}

std::string read_answer_words(const Message& message) {
    const sim::ReadView view = sim::read_view_of(message);
    const std::string asked =
        view.what == What::OrderStatus
            ? request_words(RequestKind::OrderStatus,
                            sim::body_of<OrderStatusRequest>(message).cl_ord_id)
            : request_words(sim::body_of<ReadRequest>(message).kind, {});
    return fmt::format("answer to {}: {}", asked, outcome_words(view.outcome));
}

std::string message_words(const World& world, std::uint32_t v, const Message& message) {
    const Scenario& scenario = world.scenario();
    switch (message.what) {
    case What::NewOrder:
        return request_words(RequestKind::New, sim::body_of<NewOrderSingle>(message).cl_ord_id);
    case What::Cancel:
        return request_words(RequestKind::Cancel,
                             sim::body_of<OrderCancelRequest>(message).cl_ord_id);
    case What::Amend:
        return request_words(RequestKind::Amend,
                             sim::body_of<OrderCancelReplaceRequest>(message).cl_ord_id);
    case What::MassCancel: return request_words(RequestKind::MassCancel, {});
    case What::OrderStatus:
        return request_words(RequestKind::OrderStatus,
                             sim::body_of<OrderStatusRequest>(message).cl_ord_id);
    case What::Read: return request_words(sim::body_of<ReadRequest>(message).kind, {});
    case What::Answer: {
        const auto answer = sim::body_of<RequestAnswer>(message);
        return fmt::format("answer to {}: {}", request_words(answer.kind, answer.cl_ord_id),
                           outcome_words(answer.outcome));
    }
    case What::ReadAnswer: return read_answer_words(message);
    case What::Report:
    case What::Claim: return told_words(world.venue(v), message);
    case What::Position: {
        const auto body = sim::body_of<sim::PositionBody>(message);
        const InstrumentIx instrument = scenario.venues[v].instruments[body.instrument].instrument;
        return fmt::format("position {}{} {}", symbol_words(scenario, instrument),
                           position_suffix(body.position_side), body.qty.value());
    }
    case What::Book:
        return fmt::format("book {}",
                           symbol_words(scenario, sim::body_of<BookTop>(message).instrument));
    case What::Funding:
        return fmt::format("funding {}",
                           symbol_words(scenario, sim::body_of<Signal>(message).instrument));
    case What::Link: return std::string{link_words(sim::body_of<LinkReport>(message).state)};
    case What::Beat: return request_words(RequestKind::Heartbeat, {});
    case What::Status:
        return fmt::format(
            "status {}", symbol_words(scenario, sim::body_of<SecurityStatus>(message).instrument));
    case What::Settlement: {
        const auto fill = sim::body_of<sim::SettlingFill>(message);
        return fmt::format("settlement of {}", order_words(fill.cl_ord_id));
    }
    }
    std::unreachable();
}

// The next of a channel; of a batch, every item of it.
std::string next_words(const World& world, std::uint32_t v, std::uint32_t channel,
                       std::uint32_t items) {
    const sim::Venue& venue = world.venue(v);
    const Message* message = &venue.first_in(channel);
    std::string out = message_words(world, v, *message);
    for (; items > 1; --items) {
        message = venue.behind(*message);
        out += " and " + message_words(world, v, *message);
    }
    return out;
}

// Which items of a batch are refused.
std::string part_words(const World& world, const Choice& choice) {
    std::string out;
    const sim::Venue& venue = world.venue(choice.venue);
    const Message* message = &venue.first_in(choice.place);
    for (std::uint32_t left = choice.part; left != 0; left >>= 1U) {
        if ((left & 1U) != 0) {
            out += out.empty() ? "" : " and ";
            out += order_words(ClOrdID{message->body[1]});
        }
        message = venue.behind(*message);
    }
    return out;
}

// No two of a channel's are alike.
std::string twist_words(const World& world, const Choice& choice) {
    switch (choice.twist) {
    case Twist::None: return "";
    case Twist::Drop: return ", lost"; // never in the same channel as LostBefore
    case Twist::Twice: return ", twice";
    case Twist::Again: return ", again later";
    case Twist::Swap: {
        const sim::Venue& venue = world.venue(choice.venue);
        const Message* next = venue.behind(venue.first_in(choice.place));
        KEEL_ASSERT(next != nullptr, "a message swaps places with one that is there");
        return fmt::format(", overtaken by {}", message_words(world, choice.venue, *next));
    }
    case Twist::LostBefore: return ", lost";
    case Twist::LostAfter: return ", answer lost";
    case Twist::Refuse: return ", refused";
    case Twist::Stale: return ", stale";
    case Twist::Hold: return ", held";
    case Twist::Gap: return ", stream cut";
    case Twist::Throttle: return ", refused as too many";
    case Twist::ErrorBefore: return ", server error";
    case Twist::ErrorAfter: return ", done, server error";
    case Twist::Fail: return ", failed";
    case Twist::Part: return fmt::format(", {} refused", part_words(world, choice));
    case Twist::Short: return fmt::format(", answer ends after {}", choice.part);
    }
    std::unreachable();
}

std::string deed_words(const Scenario& scenario, std::size_t lane) {
    if (lane == scenario.lanes.size()) return "last";
    return name_among(
        scenario.lanes, lane, [](const Lane& one) -> std::string_view { return one.name; }, "lane");
}

// Of those that the last event made it send.
std::string sent_words(const World& world, std::uint32_t unsent) {
    const std::uint32_t all = world.just_sent();
    return fmt::format(", {} of {} request{} sent", all - unsent, all, all == 1 ? "" : "s");
}

std::string crash_words(const World& world, const Choice& choice) {
    std::string out = "crash";
    if (choice.part != 0) out += sent_words(world, choice.part);
    if (choice.place != 0) {
        out += fmt::format(", {} event{} lost", choice.place, choice.place == 1 ? "" : "s");
    }
    return out;
}

std::string_view lease_words(LeaseTurn turn) {
    switch (turn) {
    case LeaseTurn::Lost: return "lease lost";
    case LeaseTurn::Ends: return "lease ends";
    case LeaseTurn::Renewed: return "lease renewed";
    case LeaseTurn::Anew: return "lease granted anew";
    case LeaseTurn::Taken: return "taken over by a second instance";
    }
    std::unreachable();
}

std::string pause_words(const World& world, const Choice& choice) {
    switch (static_cast<PauseTurn>(choice.place)) {
    case PauseTurn::Begins: return "sleeps" + sent_words(world, choice.part);
    case PauseTurn::Wakes: return "wakes";
    case PauseTurn::TooLate: return "the old owner wakes";
    }
    std::unreachable();
}

} // namespace

std::string words(const World& world, const Choice& choice) {
    const Scenario& scenario = world.scenario();
    switch (choice.kind) {
    case Choice::Kind::Deliver: {
        KEEL_ASSERT(world.venue(choice.venue).pending(choice.place) > 0,
                    "words are of what may happen now");
        const std::uint32_t items =
            choice.place <= Channels::bump ? world.venue(choice.venue).items_in(choice.place) : 1;
        return fmt::format("{} {}: {}{}", venue_words(scenario, choice.venue),
                           channel_words(scenario, choice.venue, choice.place),
                           next_words(world, choice.venue, choice.place, items),
                           twist_words(world, choice));
    }
    case Choice::Kind::StreamUp:
        return fmt::format("{} {} comes back", venue_words(scenario, choice.venue),
                           stream_words(scenario, choice.venue, choice.place));
    case Choice::Kind::Lapse:
        return fmt::format("{} cancels all of {}: no heartbeat",
                           venue_words(scenario, choice.venue),
                           account_words(scenario, choice.venue, choice.place));
    case Choice::Kind::NextDeed: return deed_words(scenario, choice.place);
    case Choice::Kind::Turn: return world.subject().turn_words(choice.place);
    case Choice::Kind::Wake: return "wake";
    case Choice::Kind::Crash: return crash_words(world, choice);
    case Choice::Kind::Restart: return "restart";
    case Choice::Kind::Lease: return std::string{lease_words(static_cast<LeaseTurn>(choice.place))};
    case Choice::Kind::Pause: return pause_words(world, choice);
    }
    std::unreachable();
}

} // namespace keel::explore
