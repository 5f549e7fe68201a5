#include <utility>

#include "sim/venue.hpp"

namespace keel::sim {

namespace {

constexpr std::uint64_t million = 1'000'000;
constexpr Duration late_from = seconds(1);
constexpr Duration gap_from = milliseconds(100);

} // namespace

DelayRange Venue::delay_of(LinkKind kind) const {
    switch (kind) {
    case LinkKind::Orders: return config().order_stream;
    case LinkKind::Fills: return config().fill_stream;
    case LinkKind::Positions: return config().position_stream;
    case LinkKind::Market: return config().market_stream;
    case LinkKind::Requests: return config().socket_request;
    }
    std::unreachable();
}

Message Venue::about(std::uint32_t update, What what) {
    Message message;
    message.what = what;
    message.ref = update;
    return message;
}

Message Venue::position_of(std::uint32_t place, PositionSide side) const {
    Message message;
    message.what = What::Position;
    put_body(message, PositionBody{held(place, side), place, side, {}});
    return message;
}

// In hedge mode, one message for each side.
void Venue::tell_positions_safely(std::uint32_t place, Timestamp at) {
    for (const PositionSide side : position_sides) {
        if ((side == PositionSide::Net) == config().hedge_mode) continue;
        tell_safely(setup_->account_of[place], LinkKind::Positions, position_of(place, side), at);
    }
}

void Venue::tell_order(std::uint32_t slot, std::uint32_t update, What what, Timestamp at) {
    tell(setup_->account_of[leg(slot).instrument], LinkKind::Orders, about(update, what), at);
}

// One message of a private stream. At most one thing goes wrong with it, so one draw decides. A
// position push tells a state, so it is never told again or in another order: an old one would
// claim to be new.
void Venue::tell(std::uint32_t account, LinkKind kind, Message message, Timestamp at) {
    if (kind == LinkKind::Positions && !config().pushes_positions) return;
    const StreamSlot& line = stream(account, kind);
    if (line.is_up == 0 || globals().is_connected == 0 || at < line.silent_until) return;
    const std::uint32_t channel = Channels::private_stream(account, kind);
    const DelayRange range = delay_of(kind);
    Duration delay = channels_.draw_between(store_, channel, range.min, range.max);
    message.account = account;
    message.link = kind;

    std::uint64_t point = channels_.draw(store_, channel, million);
    const auto falls_on = [&](FaultKind fault) {
        const std::uint64_t share = faults().ppm[static_cast<std::size_t>(fault)];
        if (point < share) return true;
        point -= share;
        return false;
    };
    const bool may_repeat = kind != LinkKind::Positions;
    if (falls_on(FaultKind::Drop)) {
        met(FaultKind::Drop);
        return;
    }
    if (falls_on(FaultKind::Gap)) {
        met(FaultKind::Gap);
        lose_stream(account, kind, at);
        return;
    }
    if (falls_on(FaultKind::Slow)) {
        met(FaultKind::Slow);
        delay = slowed(delay, channel);
    } else if (falls_on(FaultKind::DuplicateNow)) {
        met(FaultKind::DuplicateNow);
        message.due = at + delay;
        channels_.append(store_, channel, message);
    } else if (falls_on(FaultKind::DuplicateLate) && may_repeat) {
        met(FaultKind::DuplicateLate);
        message.due = at + channels_.draw_between(store_, Channels::late, late_from,
                                                  faults().late_duplicate_max);
        channels_.in_order(store_, Channels::late, message);
    } else if (falls_on(FaultKind::Reorder) && may_repeat) {
        const std::uint32_t last = channels_.at(store_, channel).tail;
        if (last != no_slot && channels_.message(store_, last).what != What::Link) {
            met(FaultKind::Reorder);
            message.due = at + delay;
            channels_.swap_with_last(store_, channel, message);
            return;
        }
    }
    // A position push is stamped with the bound V when it is heard, so it keeps to it.
    if (!may_repeat) delay = min(delay, config().traits.visibility);
    message.due = at + delay;
    channels_.append(store_, channel, message);
}

// Told for sure: link reports, and what a venue repeats after a reconnect.
void Venue::tell_safely(std::uint32_t account, LinkKind kind, Message message, Timestamp at) {
    const std::uint32_t channel = Channels::private_stream(account, kind);
    const DelayRange range = delay_of(kind);
    message.due = at + channels_.draw_between(store_, channel, range.min, range.max);
    message.account = account;
    message.link = kind;
    channels_.append(store_, channel, message);
}

void Venue::tell_link(std::uint32_t channel, std::uint32_t account, LinkKind kind, LinkState state,
                      Timestamp at) {
    LinkReport report;
    report.account = config().accounts[account].account;
    report.venue = config().venue;
    report.kind = kind;
    report.state = state;
    Message message;
    message.due = at;
    message.what = What::Link;
    message.account = account;
    message.link = kind;
    put_body(message, report);
    channels_.append(store_, channel, message);
}

// Either this stream alone has a gap, or the connection that carries all three goes down. What was
// under way is lost.
void Venue::lose_stream(std::uint32_t account, LinkKind kind, Timestamp at) {
    const std::uint32_t channel = Channels::private_stream(account, kind);
    const bool is_alone = channels_.draw(store_, channel, 2) == 0;
    const Duration length =
        channels_.draw_between(store_, channel, gap_from, max(faults().gap_max, gap_from));
    cut_stream(account, kind, is_alone, at, length);
}

void Venue::cut_stream(std::uint32_t account, LinkKind kind, bool is_alone, Timestamp at,
                       Duration length) {
    for (const LinkKind each : {LinkKind::Orders, LinkKind::Fills, LinkKind::Positions}) {
        if (is_alone && each != kind) continue;
        const StreamSlot& line = stream(account, each);
        if (faults().breaks_bounds != 0) { // connected, and nothing comes; nobody says so
            put(line.silent_until, at + length);
            continue;
        }
        const std::uint32_t lost = Channels::private_stream(account, each);
        channels_.clear(store_, lost);
        put(line.is_up, 0);
        put(line.up_at, at + length);
        tell_link(lost, account, each, is_alone ? LinkState::Gap : LinkState::Down, at);
    }
}

void Venue::stream_is_back(std::uint32_t account, LinkKind kind, Timestamp at) {
    const StreamSlot& line = stream(account, kind);
    put(line.is_up, 1);
    put(line.up_at, never);
    tell_link(Channels::private_stream(account, kind), account, kind, LinkState::Up, at);
    switch (kind) {
    case LinkKind::Orders:
        if (config().orders_snapshot_on_reconnect) replay_orders(account, at);
        return;
    case LinkKind::Fills:
        if (config().fills_replayed_on_reconnect) replay_fills(account, at);
        return;
    case LinkKind::Positions:
        if (!config().pushes_positions) return;
        for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
            if (setup_->account_of[place] == account) tell_positions_safely(place, at);
        }
        return;
    case LinkKind::Market:
    case LinkKind::Requests: break;
    }
    KEEL_ASSERT(false, "only private streams come back one by one");
}

void Venue::replay_orders(std::uint32_t account, Timestamp at) {
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] != account) continue;
        for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
            for (std::uint32_t slot = book(place).head[side]; slot != no_slot;
                 slot = leg(slot).next) {
                tell_safely(account, LinkKind::Orders, about(leg(slot).last_update, What::Claim),
                            at);
            }
        }
        for (std::uint32_t slot = book(place).first_stop; slot != no_slot; slot = leg(slot).next) {
            tell_safely(account, LinkKind::Orders, about(leg(slot).last_update, What::Claim), at);
        }
    }
}

// The newest fills again, oldest first, heard before or not.
void Venue::replay_fills(std::uint32_t account, Timestamp at) {
    std::uint32_t first = 0;
    std::uint32_t number = globals().last_trade;
    for (std::uint32_t found = 0; found < config().fills_replayed_max;) {
        const Update* trade = history_.find(store_, number);
        if (trade == nullptr) break;
        if (trade->is_silent == 0 && setup_->account_of[trade->instrument] == account) {
            first = number;
            ++found;
        }
        number = trade->trade_before;
    }
    if (first == 0) return;
    for (number = first; number <= globals().updates; ++number) {
        const Update* update = history_.find(store_, number);
        if (update == nullptr || update->type != ExecType::Trade || update->is_silent != 0 ||
            setup_->account_of[update->instrument] != account) {
            continue;
        }
        tell_safely(account, LinkKind::Fills, about(number, What::Report), at);
    }
}

// A quote waits until the last publication is market_interval old; the newest wins.
void Venue::want_publication(std::uint32_t place, Timestamp now) {
    const InstrumentSlot& market = book(place);
    const bool is_empty = market.touch_px[0] == no_price && market.touch_px[1] == no_price;
    if (is_empty || globals().is_connected == 0) return;
    const Timestamp at = later(now, market.published_at + config().market_interval);
    put(market.publish_at, at);
    if (at < globals().next_due) put(globals().next_due, at);
}

// Market data is lost or late, and nothing else: it has no history that could come twice.
std::optional<Duration> Venue::draw_market_delay() {
    constexpr std::uint32_t channel = Channels::market;
    if (strikes(FaultKind::Drop, channel)) {
        met(FaultKind::Drop);
        return std::nullopt;
    }
    const DelayRange range = config().market_stream;
    const Duration delay = channels_.draw_between(store_, channel, range.min, range.max);
    if (!strikes(FaultKind::Slow, channel)) return delay;
    met(FaultKind::Slow);
    return slowed(delay, channel);
}

void Venue::publish(std::uint32_t place, Timestamp at) {
    const InstrumentSlot& market = book(place);
    put(market.publish_at, never);
    put(market.published_at, at);
    const std::optional<Duration> delay = draw_market_delay();
    if (!delay) return;
    BookTop top;
    top.instrument = terms(place).instrument;
    top.bid_px = market.touch_px[0];
    top.bid_qty = market.touch_qty[0];
    top.ask_px = market.touch_px[1];
    top.ask_qty = market.touch_qty[1];
    top.venue_time = at + config().clock_offset;
    Message message;
    message.what = What::Book;
    message.link = LinkKind::Market;
    message.due = at + *delay;
    put_body(message, top);
    channels_.append(store_, Channels::market, message);
    const bool is_first = listings_.capacity != 0 && config().status_every > Duration{} &&
                          listing(place).tell_at == never;
    if (is_first) tell_status(place, at, draw_market_delay(), false);
}

} // namespace keel::sim
