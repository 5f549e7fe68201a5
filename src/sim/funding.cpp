#include "sim/funding.hpp"

#include <fmt/format.h>

#include "sim/venue.hpp"

namespace keel::sim {

namespace {

constexpr Duration every_min = seconds(1);

BasisKnobs knobs_of(const FundingTerms& terms) {
    return {.percentile_1 = terms.mean - terms.spread,
            .median = terms.mean,
            .percentile_99 = terms.mean + terms.spread,
            .half_life = terms.half_life,
            .grid = terms.every};
}

// Towards plus infinity; `divisor` is positive.
Int128 divided_up(Int128 value, Int128 divisor) {
    const Int128 quotient = value / divisor;
    return value % divisor > 0 ? quotient + 1 : quotient;
}

} // namespace

Result<void> check(const FundingTerms& terms) {
    if (!terms.is_some()) return {};
    if (terms.every < every_min || terms.every > terms.half_life) {
        return fail(fmt::format("funding every {} ms with a half-life of {} ms: give at least {} "
                                "ms, and a half-life that is no shorter",
                                in_milliseconds(terms.every), in_milliseconds(terms.half_life),
                                in_milliseconds(every_min)));
    }
    return check(knobs_of(terms));
}

BasisProcess funding_process(const FundingTerms& terms) {
    KEEL_ASSERT(check(terms).has_value(), "the terms of funding were checked where they were read");
    return BasisProcess{knobs_of(terms)};
}

std::int64_t funding_rate(const BasisProcess& process, const BasisProcess::State& state) {
    const Int128 part = process.factor(state) - BasisProcess::factor_one;
    constexpr Int128 half = BasisProcess::factor_one / 2;
    return static_cast<std::int64_t>((part * ppm_one + half) >> BasisProcess::factor_bits);
}

// The first mid of a market is where its settlements are counted from.
void Venue::start_funding(std::uint32_t place, Timestamp at) {
    const FundingSlot& own = funding(place);
    if (own.number != 0 || !terms(place).funding.is_some() || mark_twice(place) == 0) return;
    set_funding(place, at);
    refresh_next_due();
}

// The rate of the settlement that comes next is known an interval before it.
void Venue::set_funding(std::uint32_t place, Timestamp at) {
    FundingSlot next = funding(place);
    const BasisProcess& process = *setup_->funding[place];
    process.advance(next.process, Timestamp{next.process.next_step_at}); // one step
    next.rate_ppm = funding_rate(process, next.process);
    next.settle_at = at + terms(place).funding.every;
    ++next.number;
    put(funding(place), next);
    tell_funding(place, at, draw_market_delay());
}

// What is held at the mid, times the rate, rounded up: against the account.
Money Venue::funding_due(std::uint32_t place) const {
    const Instrument& spec = terms(place).spec;
    const auto lots_value = static_cast<Int128>(mark_twice(place)) * book(place).position.value();
    const Int128 exact = lots_value * spec.value_num;
    const Int128 divisor = static_cast<Int128>(2) * spec.value_den;
    const Int128 rate = funding(place).rate_ppm;
    // (In two parts, as the product of all may pass 128 bits.)
    const Int128 whole = exact / divisor * rate;
    const Int128 rest = divided_up(exact % divisor * rate, divisor);
    const Int128 due = divided_up(whole + rest, ppm_one);
    KEEL_ASSERT(due <= INT64_MAX && due >= INT64_MIN, "funding of what is held fits in Money");
    return Money{static_cast<std::int64_t>(due)};
}

void Venue::settle_funding(std::uint32_t place, Timestamp at) {
    const FundingSlot& own = funding(place);
    const Money due = funding_due(place);
    if (due != Money{}) {
        put(own.paid, own.paid + due);
        Update update; // for reads that look back
        update.at = at;
        update.fee = due;
        update.instrument = place;
        update.type = ExecType::Trade;
        update.is_silent = 1;
        update.is_funding = 1;
        history_.add(store_, update);
    }
    new_funding_.push_back({.at = at,
                            .instrument = terms(place).instrument,
                            .account = terms(place).account,
                            .rate_ppm = own.rate_ppm,
                            .paid = due});
    set_funding(place, at);
}

// No delay: it is lost.
void Venue::tell_funding(std::uint32_t place, Timestamp at, std::optional<Duration> delay) {
    if (globals().is_connected == 0 || !delay) return;
    const FundingSlot& own = funding(place);
    Signal signal;
    signal.instrument = terms(place).instrument;
    signal.kind = SignalKind::Funding;
    signal.id = own.number;
    signal.value = own.rate_ppm;
    signal.valid_until = own.settle_at;
    Message message;
    message.what = What::Funding;
    message.link = LinkKind::Market;
    message.due = at + *delay;
    put_body(message, signal);
    channels_.append(store_, Channels::market, message);
}

// After a reconnect: what is so now, for sure.
void Venue::repeat_funding(Timestamp at) {
    for (std::uint32_t place = 0; place < funding_.capacity; ++place) {
        if (funding(place).number == 0) continue;
        const DelayRange range = config().market_stream;
        tell_funding(place, at,
                     channels_.draw_between(store_, Channels::market, range.min, range.max));
    }
}

std::span<const TrueFunding> Venue::new_funding() const { return new_funding_; }
void Venue::clear_new_funding() { new_funding_.clear(); }

} // namespace keel::sim
