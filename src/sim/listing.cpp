#include "sim/listing.hpp"

#include "sim/venue.hpp"

// What a venue says of its instruments: price steps, halts, and what became of a market.

namespace keel::sim {

bool Venue::is_on_step(Ticks px, std::uint32_t place) const {
    const Ticks end = terms(place).spec.px_end;
    if (end > Ticks{0} && px >= end) return false;
    return listings_.capacity == 0 || px.value() % listing(place).price_step.value() == 0;
}

bool Venue::is_trading(std::uint32_t place) const {
    return listings_.capacity == 0 || listing(place).status == TradingStatus::Open;
}

bool Venue::is_resolved(std::uint32_t place) const {
    return listings_.capacity != 0 && listing(place).status == TradingStatus::Resolved;
}

bool Venue::is_open(InstrumentIx instrument) const {
    const std::uint32_t place = place_of(instrument);
    return place != no_slot && is_trading(place);
}

std::optional<Ticks> Venue::resolved_to(InstrumentIx instrument) const {
    const std::uint32_t place = place_of(instrument);
    if (place == no_slot || !is_resolved(place)) return std::nullopt;
    return listing(place).settlement_px;
}

void Venue::on_listing(const ListingAct& act, Timestamp now) {
    const std::uint32_t place = place_of(act.instrument);
    if (place == no_slot || listings_.capacity == 0 || is_resolved(place)) return;
    switch (act.kind) {
    case ListingAct::Kind::PriceStep:
        KEEL_ASSERT(act.value > Ticks{0}, "a price step is above zero");
        put(listing(place).price_step, act.value);
        break;
    case ListingAct::Kind::Halt: put(listing(place).status, TradingStatus::Halted); break;
    case ListingAct::Kind::Open: put(listing(place).status, TradingStatus::Open); break;
    case ListingAct::Kind::Resolve: resolve(place, act.value, now); break;
    }
    put(listing(place).changed_at, now);
    tell_status(place, now, draw_market_delay(), true);
    refresh_next_due();
}

// What rests ends, and nobody stands in the book any more.
void Venue::resolve(std::uint32_t place, Ticks px, Timestamp at) {
    put(listing(place).status, TradingStatus::Resolved);
    put(listing(place).settlement_px, px);
    put(listing(place).resolve_at, never);
    cancel_all(place, Reason::None, at);
    for (const Lots& displayed : book(place).touch_qty) put(displayed, Lots{0});
    if (book(place).publish_at == never) want_publication(place, at);
}

// A quote of a market whose listing has terms: it may be the first, and near an end prices have a
// finer step. Back from there it is coarse again once the mid is twice as far in.
void Venue::follow_terms(std::uint32_t place, Timestamp at) {
    const ListingTerms& terms = this->terms(place).listing;
    const ListingSlot& own = listing(place);
    if (terms.resolves_after > Duration{} && own.resolve_at == never) {
        put(own.resolve_at, at + terms.resolves_after);
        refresh_next_due();
    }
    const std::int64_t twice = mark_twice(place);
    if (terms.fine_step == Ticks{0} || twice == 0) return;
    const Instrument& spec = this->terms(place).spec;
    const std::int64_t to_end = min(Ticks{twice}, spec.px_end + spec.px_end - Ticks{twice}).value();
    const std::int64_t edge = 2 * terms.fine_below.value();
    const bool is_fine = own.price_step == terms.fine_step;
    if (is_fine ? to_end < 2 * edge : to_end >= edge) return;
    on_listing({.instrument = this->terms(place).instrument,
                .kind = ListingAct::Kind::PriceStep,
                .value = is_fine ? spec.price_step : terms.fine_step},
               at);
}

// No delay: it is lost. News has changed something; else it repeats what was so before.
void Venue::tell_status(std::uint32_t place, Timestamp at, std::optional<Duration> delay,
                        bool is_news) {
    const Duration every = config().status_every;
    put(listing(place).tell_at, every > Duration{} ? at + every : never);
    if (globals().is_connected == 0 || !delay) return;
    const ListingSlot& own = listing(place);
    SecurityStatus status;
    status.instrument = terms(place).instrument;
    status.status = own.status;
    status.price_step = own.price_step;
    status.settlement_px = own.settlement_px;
    status.venue_time = own.changed_at + config().clock_offset;
    Message message;
    message.what = What::Status;
    message.link = LinkKind::Market;
    message.ref = is_news ? 1 : 0;
    message.due = at + *delay;
    put_body(message, status);
    channels_.append(store_, Channels::market, message);
}

// After a reconnect: what is so now, for sure.
void Venue::repeat_status(Timestamp at) {
    for (std::uint32_t place = 0; place < listings_.capacity; ++place) {
        if (listing(place).changed_at == Timestamp{}) put(listing(place).changed_at, at);
        const DelayRange range = config().market_stream;
        tell_status(place, at,
                    channels_.draw_between(store_, Channels::market, range.min, range.max), false);
    }
}

} // namespace keel::sim
