#include "world/signal_source.hpp"

#include <utility>

#include "base/assert.hpp"
#include "core/config.hpp"

namespace keel::world {
namespace {

constexpr Duration soon_min{milliseconds(1)};
constexpr Duration soon_max{milliseconds(1'000)};

// A price so far from the mid, and never nearer: towards a venue's own price away from it.
Ticks away(const TargetTerms& terms, std::int64_t twice_mid, Bps from, bool is_above) {
    if (from == Bps{0}) return Ticks{0};
    const Rounding rounding = is_above ? Rounding::Up : Rounding::Down;
    const std::int64_t share = ppm_one + (is_above ? from.value() : -from.value());
    const auto px = mul_div(twice_mid, share, 2 * ppm_one, rounding);
    KEEL_ASSERT(px.has_value(), "a price at most twice the mid fits in 64 bits");
    return to_valid_price(Ticks{px->value}, terms.spec, rounding);
}

// `direction`: 1 long, 0 flat, -1 short.
Signal target(const TargetTerms& terms, std::uint64_t id, std::int64_t direction,
              std::int64_t twice_mid, Timestamp at) {
    Signal out;
    out.instrument = terms.instrument;
    out.kind = SignalKind::Target;
    out.id = id;
    out.value = direction * terms.qty.value();
    out.valid_until = at + terms.valid_for;
    if (direction == 0) return out;
    out.stop_px = away(terms, twice_mid, terms.stop, direction < 0);
    out.limit_px = away(terms, twice_mid, terms.limit, direction > 0);
    return out;
}

// A price of `twice` half ticks in money, times a share; 0: none that a signal can carry.
std::int64_t money_of(std::int64_t twice, Decimal tick, std::int64_t share_ppm) {
    constexpr std::int64_t most = core::position_max.value();
    Int128 value = static_cast<Int128>(twice) * tick.mantissa;
    for (int s = tick.scale; s < money_scale; ++s) {
        if (value > 2 * most) return 0;
        value *= 10;
    }
    for (int s = money_scale; s < tick.scale; ++s) value /= 10;
    if (value > 2 * most) return 0;
    value = value / 2 * share_ppm / ppm_one;
    return value > most ? 0 : static_cast<std::int64_t>(value);
}

} // namespace

bool Mid::on_quote(const sim::Venue::MarketMove& move) {
    if (move.instrument != of_) return false;
    const bool has_both = move.bid_qty > Lots{0} && move.ask_qty > Lots{0};
    twice_ = has_both ? (move.bid_px + move.ask_px).value() : 0;
    return true;
}

RandomTargets::RandomTargets(TargetTerms terms, Duration every, std::uint64_t seed, Timestamp start)
    : terms_(std::move(terms)), every_(every), rng_(seed), mid_(terms_.instrument),
      at_(start + every) {}

std::optional<Signal> RandomTargets::next() {
    const Timestamp at = std::exchange(at_, at_ + every_);
    const std::int64_t direction = rng_.between(-1, 1);
    const bool needs_mid = terms_.stop != Bps{0} || terms_.limit != Bps{0};
    if (needs_mid && direction != 0 && mid_.twice() == 0) return std::nullopt;
    return target(terms_, ++id_, direction, mid_.twice(), at);
}

Breakout::Breakout(TargetTerms terms, Duration lookback)
    : terms_(std::move(terms)), lookback_(lookback), mid_(terms_.instrument) {}

std::optional<Signal> Breakout::next() {
    const Signal out = due_->signal;
    due_.reset();
    return out;
}

void Breakout::on_quote(const sim::Venue::MarketMove& move, Timestamp now) {
    if (!mid_.on_quote(move) || mid_.twice() == 0) return;
    since_ = earlier(since_, now);
    look_back(now);
    std::int64_t direction = 0;
    if (now - since_ >= lookback_ && !highest_.empty()) {
        if (mid_.twice() > highest_.front().twice) direction = 1;
        if (mid_.twice() < lowest_.front().twice) direction = -1;
    }
    remember({now, mid_.twice()});
    if (direction == 0 || (direction == direction_ && now <= valid_until_)) return;
    direction_ = direction;
    valid_until_ = now + terms_.valid_for;
    due_ = {now, target(terms_, ++id_, direction, mid_.twice(), now)};
}

// What is older is forgotten.
void Breakout::look_back(Timestamp now) {
    for (std::deque<Seen>* all : {&highest_, &lowest_}) {
        while (!all->empty() && all->front().at + lookback_ < now) all->pop_front();
    }
}

// A mid that a later one has passed will never be the highest again, or the lowest.
void Breakout::remember(const Seen& seen) {
    while (!highest_.empty() && highest_.back().twice <= seen.twice) highest_.pop_back();
    while (!lowest_.empty() && lowest_.back().twice >= seen.twice) lowest_.pop_back();
    highest_.push_back(seen);
    lowest_.push_back(seen);
}

MidValue::MidValue(Terms terms, std::uint64_t seed, Timestamp start)
    : terms_(terms), rng_(seed), mid_(terms.of), at_(start + terms.every) {}

std::optional<Signal> MidValue::next() {
    const Timestamp at = std::exchange(at_, at_ + terms_.every);
    const std::int64_t noise = rng_.between(-terms_.noise.value(), terms_.noise.value());
    const std::int64_t value = money_of(mid_.twice(), terms_.tick, ppm_one + noise);
    if (value == 0) return std::nullopt;
    Signal out;
    out.instrument = terms_.instrument;
    out.kind = SignalKind::FairValue;
    out.id = ++id_;
    out.value = value;
    out.valid_until = at + terms_.valid_for;
    return out;
}

RandomCloses::RandomCloses(const Terms& terms, std::uint64_t seed, Timestamp start)
    : terms_(terms), rng_(seed), ask_at_(start) {
    last_.instrument = terms.instrument;
    last_.kind = SignalKind::Close;
    const std::int64_t mean = seconds(3'600).value() / terms_.per_hour;
    ask_at_ = start + Duration{rng_.between(1, 2 * mean)};
}

std::optional<Signal> RandomCloses::next() {
    const Timestamp at = next_at();
    if (at == ask_at_) {
        const std::int64_t mean = seconds(3'600).value() / terms_.per_hour;
        ask_at_ = at + Duration{rng_.between(1, 2 * mean)};
        const bool is_twice = rng_.chance_ppm(terms_.twice_percent * 10'000);
        const bool is_again = rng_.chance_ppm(terms_.again_percent * 10'000);
        const Timestamp twice_at = soon_after(at);
        const Timestamp again_at = soon_after(at);
        if (is_twice) twice_at_ = twice_at;
        if (is_again) again_at_ = again_at;
        return ask(at);
    }
    if (at == twice_at_) {
        twice_at_ = never;
        return last_;
    }
    again_at_ = never;
    return ask(at);
}

Signal RandomCloses::ask(Timestamp at) {
    ++last_.id;
    last_.valid_until = at + terms_.valid_for;
    return last_;
}

Timestamp RandomCloses::soon_after(Timestamp at) {
    return at + Duration{rng_.between(soon_min.value(), soon_max.value())};
}

Timestamp SignalSource::next_at() const {
    return std::visit([](const auto& source) { return source.next_at(); }, any_);
}

std::optional<Signal> SignalSource::next() {
    return std::visit([](auto& source) { return source.next(); }, any_);
}

void SignalSource::on_quote(const sim::Venue::MarketMove& move, Timestamp now) {
    std::visit([&](auto& source) { source.on_quote(move, now); }, any_);
}

} // namespace keel::world
