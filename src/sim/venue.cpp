#include "sim/venue.hpp"

#include <algorithm>
#include <utility>

namespace keel::sim {

namespace {

constexpr std::uint64_t funding_stream = 0x66756e64696e67ULL; // "funding": a stream of the seed

std::uint32_t history_capacity(const VenueConfig& config) {
    return config.history_max != 0 ? config.history_max : 4 * config.orders_max;
}

} // namespace

Venue::Venue(const VenueConfig& config, const FaultProfile& faults, std::uint64_t seed) {
    auto setup = std::make_shared<Setup>();
    setup->config = config;
    setup->asks_maintenance.resize(config.accounts.size());
    bool has_funding = false;
    bool has_listing = false;
    for (std::uint32_t place = 0; place < config.instruments.size(); ++place) {
        const SimInstrument& instrument = config.instruments[place];
        const std::uint32_t ix = instrument.instrument.value();
        if (setup->place_of.size() <= ix) setup->place_of.resize(ix + 1, no_slot);
        setup->place_of[ix] = place;
        std::uint32_t account = 0;
        while (config.accounts.at(account).account != instrument.account) ++account;
        setup->account_of.push_back(account);
        if (instrument.maintenance_margin_ppm > 0) setup->asks_maintenance[account] = 1;
        auto& rates = setup->funding.emplace_back();
        if (instrument.funding.is_some()) rates = funding_process(instrument.funding);
        has_funding = has_funding || rates.has_value();
        has_listing = has_listing || instrument.has_listing();
    }
    setup_ = std::move(setup);

    StoreLayout layout;
    globals_ = layout.add<Globals>(1);
    faults_ = layout.add<FaultSlot>(1);
    batch_ = layout.add<BatchSlot>(1);
    instruments_ = layout.add<InstrumentSlot>(std::max<std::size_t>(config.instruments.size(), 1));
    streams_ = layout.add<StreamSlot>(config.accounts.size() * Channels::private_each);
    channels_ =
        Channels{layout, static_cast<std::uint32_t>(config.accounts.size()), config.messages_max};
    legs_ = Legs{layout, globals_, instruments_, config.orders_max};
    history_ = History{layout, globals_, history_capacity(config)};
    if (has_funding) funding_ = layout.add<FundingSlot>(config.instruments.size());
    if (config.hedge_mode) sides_ = layout.add<SideSlot>(2 * config.instruments.size());
    if (has_listing) listings_ = layout.add<ListingSlot>(config.instruments.size());
    const bool has_heartbeat = config.traits.heartbeat_timeout > Duration{};
    if (has_heartbeat) beats_ = layout.add<BeatSlot>(config.accounts.size());
    const std::size_t keys = config.accounts.size() * keys_each;
    if (config.nonces != NonceRule::None) nonces_ = layout.add<NonceSlot>(keys);
    if (config.nonces == NonceRule::Window) {
        used_nonces_ = layout.add<std::uint64_t>(keys * nonce_window);
    }
    store_ = Store{layout};

    put(globals(), Globals{});
    for (std::uint32_t place = 0; place < instruments_.capacity; ++place) {
        InstrumentSlot slot;
        slot.publish_at = never;
        slot.published_at = Timestamp{} - config.market_interval;
        slot.head.fill(no_slot);
        slot.tail.fill(no_slot);
        put(book(place), slot);
    }
    for (std::uint32_t place = 0; place < funding_.capacity; ++place) {
        FundingSlot slot;
        slot.settle_at = never;
        if (const auto& rates = setup_->funding[place]) {
            Rng chance = Rng{seed}.fork(funding_stream + place);
            slot.process = rates->start(chance.next());
        }
        put(funding(place), slot);
    }
    for (std::uint32_t place = 0; place < listings_.capacity; ++place) {
        ListingSlot slot;
        slot.price_step = terms(place).spec.price_step;
        put(listing(place), slot);
    }
    for (std::uint32_t i = 0; i < beats_.capacity; ++i) put(store_.at(beats_, i), BeatSlot{});
    for (std::uint32_t i = 0; i < nonces_.capacity; ++i) put(store_.at(nonces_, i), NonceSlot{});
    if (has_funding) new_funding_.reserve(funding_.capacity);
    channels_.start(store_, globals_, seed);
    set_faults(faults);
    new_fills_.reserve(1'024);
    connect(Timestamp{});
}

std::uint32_t Venue::place_of(InstrumentIx instrument) const {
    const std::vector<std::uint32_t>& places = setup_->place_of;
    return instrument.value() < places.size() ? places[instrument.value()] : no_slot;
}

std::uint32_t Venue::account_place(AccountIx account) const {
    const std::vector<SimAccount>& accounts = config().accounts;
    for (std::uint32_t i = 0; i < accounts.size(); ++i) {
        if (accounts[i].account == account) return i;
    }
    return no_slot;
}

const StreamSlot& Venue::stream(std::uint32_t account, LinkKind kind) const {
    return store_.at(streams_, account * Channels::private_each + static_cast<std::uint32_t>(kind));
}

void Venue::set_faults(const FaultProfile& profile) {
    FaultSlot slot = faults();
    std::copy(profile.ppm.begin(), profile.ppm.end(), slot.ppm.begin());
    slot.slow_factor_max = profile.slow_factor_max;
    slot.late_duplicate_max = profile.late_duplicate_max;
    slot.gap_max = profile.gap_max;
    slot.stale_max = profile.stale_max;
    slot.breaks_bounds = profile.breaks_bounds ? 1 : 0;
    put(faults(), slot);
}

Timestamp Venue::next_at() const { return globals().next_due; }

// Asked once or twice for every message, and any channel may be the first one: so the times come
// first, without a branch to guess, and the place only where something is done.
Timestamp Venue::earliest() const {
    Timestamp out = never;
    for (const ChannelSlot& channel : channels_.all(store_)) out = earlier(out, channel.head_due);
    for (const InstrumentSlot& market : store_.all(instruments_)) {
        out = earlier(out, market.publish_at);
    }
    for (const StreamSlot& line : store_.all(streams_)) out = earlier(out, line.up_at);
    for (const FundingSlot& own : store_.all(funding_)) out = earlier(out, own.settle_at);
    for (const ListingSlot& own : store_.all(listings_)) {
        out = earlier(out, earlier(own.resolve_at, own.tell_at));
    }
    for (const BeatSlot& own : store_.all(beats_)) out = earlier(out, own.cancel_at);
    return out;
}

// What comes at the same time comes in this order.
Venue::Due Venue::due_at(Timestamp at) const {
    for (std::uint32_t i = 0; i < channels_.count(); ++i) {
        if (channels_.at(store_, i).head_due == at) return {Due::Kind::Channel, i};
    }
    for (std::uint32_t i = 0; i < instruments_.capacity; ++i) {
        if (book(i).publish_at == at) return {Due::Kind::Publication, i};
    }
    for (std::uint32_t i = 0; i < streams_.capacity; ++i) {
        if (store_.at(streams_, i).up_at == at) return {Due::Kind::StreamUp, i};
    }
    for (std::uint32_t i = 0; i < funding_.capacity; ++i) {
        if (funding(i).settle_at == at) return {Due::Kind::Funding, i};
    }
    for (std::uint32_t i = 0; i < listings_.capacity; ++i) {
        if (listing(i).resolve_at == at) return {Due::Kind::Resolution, i};
        if (listing(i).tell_at == at) return {Due::Kind::Status, i};
    }
    for (std::uint32_t i = 0; i < beats_.capacity; ++i) {
        if (store_.at(beats_, i).cancel_at == at) return {Due::Kind::Lapse, i};
    }
    KEEL_ASSERT(false, "something is due at the earliest time");
    std::unreachable();
}

void Venue::refresh_next_due() { put(globals().next_due, earliest()); }

void Venue::advance(Timestamp now, std::vector<EventBody>& out) {
    if (now < globals().next_due) return;
    Timestamp at = globals().next_due;
    for (; at <= now && at < never; at = earliest()) {
        const Due due = due_at(at);
        switch (due.kind) {
        case Due::Kind::Channel: step_channel(due.place, at, now, out); break;
        case Due::Kind::Publication: publish(due.place, at); break;
        case Due::Kind::Funding: settle_funding(due.place, at); break;
        case Due::Kind::Resolution:
            on_listing({.instrument = terms(due.place).instrument,
                        .kind = ListingAct::Kind::Resolve,
                        .value = terms(due.place).listing.resolves_to},
                       at);
            break;
        case Due::Kind::Status: {
            const bool is_heard = globals().is_connected != 0;
            tell_status(due.place, at, is_heard ? draw_market_delay() : std::nullopt, false);
            break;
        }
        case Due::Kind::Lapse: lapse(due.place, at); break;
        case Due::Kind::StreamUp:
            stream_is_back(due.place / Channels::private_each,
                           static_cast<LinkKind>(due.place % Channels::private_each), at);
            break;
        }
    }
    put(globals().next_due, at);
}

void Venue::deliver(std::uint32_t channel, Timestamp now, std::vector<EventBody>& out) {
    if (pending(channel) > 0) step_channel(channel, now, now, out);
    refresh_next_due();
}

void Venue::step_channel(std::uint32_t channel, Timestamp at, Timestamp now,
                         std::vector<EventBody>& out) {
    if (channel == Channels::socket_in || channel == Channels::rest_in) {
        arrive(channel, at);
    } else if (channel == Channels::bump) {
        for (std::uint32_t left = items_in(channel); left > 0;) {
            left -= execute_next(channel, left, at);
        }
    } else if (channel == channels_.chain()) {
        const bool fails = strikes(FaultKind::SettlementFailed, channel);
        if (fails) met(FaultKind::SettlementFailed);
        settle_next(fails, at);
    } else {
        learn_nonce(channels_.first(store_, channel));
        hear(channels_.first(store_, channel), channel, now, out);
        channels_.drop(store_, channel);
    }
}

void Venue::disconnect(Timestamp now) {
    if (globals().is_connected == 0) return;
    put(globals().is_connected, 0);
    for (std::uint32_t i = Channels::socket_out; i < channels_.chain(); ++i) {
        channels_.clear(store_, i);
    }
    for (std::uint32_t i = 0; i < streams_.capacity; ++i) {
        put(store_.at(streams_, i), StreamSlot{never, now, 0});
    }
    for (std::uint32_t i = 0; i < config().instruments.size(); ++i) put(book(i).publish_at, never);
    refresh_next_due();
}

void Venue::connect(Timestamp now) {
    if (globals().is_connected != 0) return;
    put(globals().is_connected, 1);
    put(globals().session, globals().session + 1);
    ask_nonces();
    for (std::uint32_t account = 0; account < config().accounts.size(); ++account) {
        tell_link(Channels::socket_out, account, LinkKind::Requests, LinkState::Up, now);
        tell_link(Channels::market, account, LinkKind::Market, LinkState::Up, now);
        for (const LinkKind kind : {LinkKind::Orders, LinkKind::Fills, LinkKind::Positions}) {
            stream_is_back(account, kind, now);
        }
    }
    for (std::uint32_t i = 0; i < config().instruments.size(); ++i) want_publication(i, now);
    repeat_funding(now);
    repeat_status(now);
    refresh_next_due();
}

std::span<const TrueFill> Venue::new_fills() const { return new_fills_; }
void Venue::clear_new_fills() { new_fills_.clear(); }

Lots Venue::position(InstrumentIx instrument, PositionSide side) const {
    const std::uint32_t place = place_of(instrument);
    return place == no_slot ? Lots{0} : held(place, side);
}

Lots Venue::outside(InstrumentIx instrument, PositionSide side) const {
    const std::uint32_t place = place_of(instrument);
    const bool is_net = side == PositionSide::Net;
    if (place == no_slot || is_net == config().hedge_mode) return Lots{0};
    return is_net ? book(place).outside : side_slot(place, side).outside;
}

Lots Venue::position(InstrumentIx instrument) const {
    const std::uint32_t place = place_of(instrument);
    return place == no_slot ? Lots{0} : book(place).position;
}

Lots Venue::outside(InstrumentIx instrument) const {
    const std::uint32_t place = place_of(instrument);
    return place == no_slot ? Lots{0} : book(place).outside;
}

Lots Venue::sellable(InstrumentIx instrument) const {
    const std::uint32_t place = place_of(instrument);
    return place == no_slot ? Lots{0} : sellable(place);
}

std::uint32_t Venue::open_order_count() const { return globals().open_orders; }

void Venue::for_each_order(const std::function<void(const TrueOrder&)>& visit) const {
    for (std::uint32_t place = 0; place < order_count(); ++place) visit(order(place));
}

std::optional<TrueOrder> Venue::find_order(ClOrdID cl_ord_id) const {
    const std::uint32_t place = legs_.find(store_, cl_ord_id);
    if (place == no_slot) return std::nullopt;
    return order(place);
}

std::uint32_t Venue::order_changes() const { return globals().updates; }

std::uint32_t Venue::order_count() const { return legs_.used(store_); }

TrueOrder Venue::order(std::uint32_t place) const {
    const Leg& one = leg(place);
    return TrueOrder{.cl_ord_id = one.cl_ord_id,
                     .instrument = terms(one.instrument).instrument,
                     .side = one.side,
                     .position_side = one.position_side,
                     .px = one.px,
                     .qty = one.qty,
                     .cum_qty = one.cum_qty,
                     .returned = one.returned,
                     .is_open = one.is_open != 0,
                     .reduce_only = one.reduce_only != 0,
                     .trigger_px = one.trigger_px,
                     .was_rejected = one.last_type == ExecType::Rejected};
}

Lots Venue::cum_qty_at(std::uint32_t place, Timestamp at) const {
    const Update* update = history_.as_of(store_, leg(place).last_update, at);
    return update == nullptr ? Lots{0} : update->cum_qty;
}

std::uint64_t Venue::fault_count(FaultKind kind) const {
    return faults().met[static_cast<std::size_t>(kind)];
}

} // namespace keel::sim
