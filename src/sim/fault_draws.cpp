#include "sim/venue.hpp"

namespace keel::sim {

namespace {

constexpr std::uint64_t million = 1'000'000;

std::uint32_t ppm_of(const FaultSlot& faults, FaultKind kind) {
    return faults.ppm[static_cast<std::size_t>(kind)];
}

} // namespace

void Venue::met(FaultKind kind) { store_.add(faults().met[static_cast<std::size_t>(kind)], 1); }

bool Venue::strikes(FaultKind kind, std::uint32_t channel) {
    const std::uint32_t ppm = ppm_of(faults(), kind);
    return ppm > 0 && channels_.draw(store_, channel, million) < ppm;
}

// A slow message takes two to slow_factor_max times its delay.
Duration Venue::slowed(Duration delay, std::uint32_t channel) {
    const auto choices = static_cast<std::uint64_t>(faults().slow_factor_max - 1);
    const std::uint64_t extra = channels_.draw(store_, channel, choices);
    return delay * (2 + static_cast<std::int64_t>(extra));
}

// At most one thing goes wrong with a request, so one draw decides.
Venue::RequestDraw Venue::draw_request(std::uint32_t channel) {
    const FaultSlot& table = faults();
    std::uint64_t point = channels_.draw(store_, channel, million);
    const auto falls_on = [&](FaultKind kind) {
        const std::uint64_t share = ppm_of(table, kind);
        if (point < share) return true;
        point -= share;
        return false;
    };
    const auto coin = [&] { return channels_.draw(store_, channel, 2) == 0; };
    RequestDraw out;
    if (falls_on(FaultKind::AnswerLostBefore)) {
        out.is_lost = true;
    } else if (falls_on(FaultKind::AnswerLostAfter)) {
        out.fate = Fate::AnswerLost;
    } else if (falls_on(FaultKind::Refusal)) {
        out.fate = table.breaks_bounds != 0 && coin() ? Fate::RefusedButDone : Fate::Refused;
    } else if (falls_on(FaultKind::RateLimited)) {
        out.fate = Fate::RateLimited;
    } else if (falls_on(FaultKind::ServerError)) {
        out.fate = coin() ? Fate::ErrorBefore : Fate::ErrorAfter;
    } else if (falls_on(FaultKind::Slow)) {
        out.is_slow = true;
    }
    return out;
}

// How old the state is that a read shows. Inside the fault model never older than V.
Duration Venue::draw_lag() {
    const VenueConfig& venue = config();
    constexpr std::uint32_t channel = Channels::rest_out;
    const Duration bound = venue.traits.visibility;
    const Duration low = min(venue.read_lag.min, bound);
    if (!strikes(FaultKind::StaleRead, channel)) {
        return channels_.draw_between(store_, channel, Duration{}, low);
    }
    met(FaultKind::StaleRead);
    if (faults().breaks_bounds != 0) {
        return channels_.draw_between(store_, channel, bound, faults().stale_max);
    }
    const Duration high = min(min(venue.read_lag.max, faults().stale_max), bound);
    return channels_.draw_between(store_, channel, low, high);
}

} // namespace keel::sim
