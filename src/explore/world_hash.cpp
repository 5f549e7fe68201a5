#include <algorithm>
#include <array>
#include <span>

#include "base/hash.hpp"
#include "explore/world.hpp"

// By what a state is known again: all that can still change what happens, and nothing else.

namespace keel::explore {

using sim::FaultKind;

// Of the subject as it stands, asked for once; and which fills its next reads will not show any
// more, which it cannot tell itself.
std::uint64_t World::subject_hash() const {
    if (!own_.is_hashed) {
        Hasher h{33};
        h.add(subject_->hash(scenario_->horizon));
        for (std::uint32_t a = 0; a < venue_of_account_.size(); ++a) {
            const Timestamp from = subject_->reads(AccountIx{a}).fills_from;
            h.add(venues_[venue_of_account_[a]].newest_trade_before(from));
        }
        own_.subject_hash = h.digest();
        own_.is_hashed = true;
    }
    return own_.subject_hash;
}

std::uint64_t World::hash(std::uint32_t faults_left) const {
    Hasher h{31};
    h.add(faults_left);
    constexpr std::size_t accounts_max = 4; // of a venue
    std::array<Timestamp, 2 * accounts_max> from{};
    std::array<RequestID, 32> waiting{};
    std::size_t asked = 0;
    std::array<std::size_t, 2> accounts{};
    for (std::uint32_t a = 0; a < venue_of_account_.size(); ++a) {
        const std::uint32_t v = venue_of_account_[a];
        const Subject::Reads reads = subject_->reads(AccountIx{a});
        from[accounts_max * v + accounts[v]++] = reads.fills_from;
        for (const RequestID read : reads.in_flight) {
            if (!read.is_none()) waiting[asked++] = read;
        }
    }
    // A life after a crash may ask for fills from farther back than this one.
    const bool may_go_back = !own_.is_alive || (faults_left > 0 && may_crash_later());
    if (may_go_back) from.fill(Timestamp{});
    if (own_.is_alive) h.add(subject_hash());
    h.add(std::uint64_t{own_.is_alive} | std::uint64_t{own_.crashes} << 8U |
          std::uint64_t{own_.overtakings} << 16U);
    for (const std::uint8_t done : own_.done) h.add(done);
    if (has_lease()) add_lease(h);
    if (faults_left > 0 && (may_crash() || may_fall_asleep())) h.add(just_sent());
    if (may_go_back) {
        // What it comes back as, and what it may still go back to, one crash after the other.
        const std::uint32_t crashes = (scenario_->faults & bit(FaultKind::Crash)) == 0
                                          ? 0
                                          : std::min(faults_left, crashes_max - own_.crashes);
        const std::uint32_t may_be_lost = crashes * scenario_->lost_tail_max;
        h.add(std::min(may_be_lost, own_.recorded));
        const std::uint32_t befores = may_be_lost + (own_.is_alive ? 0U : 1U);
        for (std::uint32_t n = 0; n < befores; ++n) {
            h.add(own_.tail[n].hash).add_signed((own_.tail[n].at - own_.now).value());
        }
    }
    // What the desk has said of the venues, and they of each other, is in their channels.
    for (std::uint32_t v = 0; v < venues_.size(); ++v) {
        h.add(venues_[v].decision_hash(
            {.now = own_.now,
             .may_look_back =
                 faults_left > 0 && (scenario_->faults & bit(FaultKind::StaleRead)) != 0,
             .by_number = !subject_->joins_facts(),
             .from = std::span{from}.subspan(accounts_max * v, accounts_max),
             .waiting = std::span{waiting}.first(asked)}));
        h.add_signed(
            (own_.venue_at[v] - own_.now).value() > 0 ? (own_.venue_at[v] - own_.now).value() : 0);
    }
    return h.digest();
}

} // namespace keel::explore
