#include <algorithm>

#include "base/assert.hpp"
#include "explore/world.hpp"

// What may happen next.

namespace keel::explore {
namespace {

using sim::Channels;
using sim::FaultKind;
using sim::Twist;

FaultKind kind_of(Twist twist, bool is_way_in) {
    switch (twist) {
    case Twist::None:
    case Twist::Drop: return FaultKind::Drop;
    case Twist::Twice: return FaultKind::DuplicateNow;
    case Twist::Again: return FaultKind::DuplicateLate;
    case Twist::Swap: return is_way_in ? FaultKind::Overtaken : FaultKind::Reorder;
    case Twist::LostBefore: return FaultKind::AnswerLostBefore;
    case Twist::LostAfter: return FaultKind::AnswerLostAfter;
    case Twist::Refuse: return FaultKind::Refusal;
    case Twist::Stale: return FaultKind::StaleRead;
    case Twist::Hold: return FaultKind::Overtaken;
    case Twist::Gap: return FaultKind::Gap;
    case Twist::Throttle: return FaultKind::RateLimited;
    case Twist::ErrorBefore:
    case Twist::ErrorAfter: return FaultKind::ServerError;
    case Twist::Part: return FaultKind::PartialBatch;
    case Twist::Short: return FaultKind::ShortAnswer;
    case Twist::Fail: return FaultKind::SettlementFailed;
    }
    return FaultKind::Drop;
}

bool is_way_in(std::uint32_t channel) {
    return channel == Channels::socket_in || channel == Channels::rest_in;
}

} // namespace

FaultKind World::fault_kind(const Choice& choice) {
    if (choice.kind == Choice::Kind::Lease) return FaultKind::LeaseLost;
    if (choice.kind == Choice::Kind::Pause) return FaultKind::Paused;
    return choice.kind == Choice::Kind::Crash
               ? FaultKind::Crash
               : kind_of(choice.twist,
                         choice.kind == Choice::Kind::Deliver && is_way_in(choice.place));
}

void World::list_twists() {
    for (const bool way_in : {false, true}) {
        for (std::size_t t = 1; t < sim::twist_count; ++t) {
            const auto twist = static_cast<Twist>(t);
            if (twist == Twist::Fail) continue;                                 // of what settles
            if (twist == Twist::Swap && way_in && scenario_->at_once) continue; // Hold says more
            const FaultSet kind = bit(kind_of(twist, way_in));
            if ((scenario_->faults & kind) != 0) twists_[way_in ? 1 : 0].push_back({twist, kind});
        }
    }
    const FaultSet fails = bit(FaultKind::SettlementFailed);
    if ((scenario_->faults & fails) != 0) twists_[2].push_back({Twist::Fail, fails});
}

const std::vector<World::Befalling>& World::twists_of(std::uint32_t venue,
                                                      std::uint32_t channel) const {
    if (channel == venues_[venue].chain()) return twists_[2];
    return twists_[is_way_in(channel) ? 1 : 0];
}

// The next message of a channel, with every twist that may befall it.
void World::add_deliveries(std::uint32_t v, std::uint32_t c, FaultSet faults,
                           std::vector<Choice>& out) const {
    const sim::Venue& venue = venues_[v];
    if (venue.pending(c) == 0) return;
    const bool is_of_venue = is_way_in(c) || c == Channels::bump || c == venue.chain();
    if (own_.is_asleep && !is_of_venue) return; // nobody listens
    const auto venue_ix = static_cast<std::uint8_t>(v);
    const auto channel = static_cast<std::uint8_t>(c);
    out.push_back({Choice::Kind::Deliver, venue_ix, channel, Twist::None});
    if (faults == 0) return;
    for (const auto [twist, kind] : twists_of(v, c)) {
        if ((faults & kind) == 0 || !venue.allows(c, twist)) continue;
        std::uint32_t first = 0;
        std::uint32_t all = 1;
        if (twist == Twist::Part || twist == Twist::Short) {
            const std::uint32_t items = venue.items_in(c);
            first = 1;
            all = twist == Twist::Part ? (1U << items) - 1U : items;
        }
        for (std::uint32_t part = first; part < all; ++part) {
            out.push_back(
                {Choice::Kind::Deliver, venue_ix, channel, twist, static_cast<std::uint8_t>(part)});
        }
    }
}

// What comes before anything else.
bool World::add_at_once(FaultSet faults, std::vector<Choice>& out) const {
    for (std::uint32_t v = 0; v < venues_.size(); ++v) {
        for (const std::uint32_t c : {Channels::socket_in, Channels::rest_in, Channels::market}) {
            // What has changed of a listing may be heard late: an order may cross it.
            const bool is_news = c == Channels::market && venues_[v].tells_listing_news();
            if (!is_news) add_deliveries(v, c, faults, out);
            if (!out.empty()) return true;
        }
        for (std::uint32_t c = Channels::socket_out; c < venues_[v].channel_count(); ++c) {
            if (!subject_->joins_facts() || !venues_[v].tells_link_up(c)) continue;
            add_deliveries(v, c, faults, out);
            if (!out.empty()) return true;
        }
    }
    return false;
}

void World::enabled(std::uint32_t faults_left, std::vector<Choice>& out, FaultSet kinds) const {
    out.clear();
    const FaultSet faults = faults_left > 0 ? scenario_->faults & kinds : 0;
    if (scenario_->at_once && add_at_once(faults, out)) {
        return add_stops_between_sends(faults, out);
    }
    for (std::uint32_t v = 0; v < venues_.size(); ++v) {
        const sim::Venue& venue = venues_[v];
        const auto venue_ix = static_cast<std::uint8_t>(v);
        for (std::uint32_t c = 0; c < venue.channel_count(); ++c) {
            add_deliveries(v, c, faults, out);
        }
        const std::uint32_t down = may_hear() ? venue.streams_down() : 0;
        for (std::uint8_t s = 0; down >> s != 0; ++s) {
            if ((down >> s & 1U) != 0) out.push_back({Choice::Kind::StreamUp, venue_ix, s});
        }
        add_lapses(v, out);
    }
    for (std::size_t lane = 0; lane < lane_count(); ++lane) {
        const Deed* deed = next_of(lane);
        if (deed == nullptr) continue;
        const bool is_told =
            std::holds_alternative<OperatorAct>(*deed) || std::holds_alternative<Telling>(*deed);
        if (is_told && !may_hear()) continue;
        if (lane == scenario_->lanes.size() && !lanes_are_through()) continue;
        out.push_back({Choice::Kind::NextDeed, 0, static_cast<std::uint8_t>(lane)});
    }
    const std::uint32_t turns = may_hear() ? subject_->turns() : 0;
    for (std::uint8_t t = 0; turns >> t != 0; ++t) {
        if ((turns >> t & 1U) != 0) out.push_back({Choice::Kind::Turn, 0, t});
    }
    if (may_wake()) out.push_back({Choice::Kind::Wake});
    add_lease_turns(faults, out);
    add_pause_turns(out);
    add_crashes(faults, out);
    add_stops_between_sends(faults, out);
    if (!own_.is_alive) out.push_back({Choice::Kind::Restart});
}

bool World::is_enabled(const Choice& choice, std::uint32_t faults_left) const {
    std::vector<Choice> all;
    enabled(faults_left, all);
    return std::ranges::find(all, choice) != all.end();
}

void World::add_lapses(std::uint32_t v, std::vector<Choice>& out) const {
    for (std::uint32_t a = 0; a < venues_[v].account_count(); ++a) {
        if (venues_[v].lapses_from(a) > own_.now) continue;
        out.push_back(
            {Choice::Kind::Lapse, static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(a)});
    }
}

} // namespace keel::explore
