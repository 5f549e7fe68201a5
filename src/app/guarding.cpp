#include "app/guarding.hpp"

#include <algorithm>

namespace keel::app {

Guarding::Guarding(const strategy::DeskConfig& desk) : configs_(desk.guardian) {
    for (const strategy::GuardianConfig& one : configs_) {
        Guardian& guardian = guardians_.emplace_back();
        guardian.name = one.name;
        guardian.newest.resize(one.watch.size());
        for (const InstrumentIx i : one.watch) {
            if (one.hedge_mode) {
                guardian.places.push_back({.instrument = i, .side = PositionSide::Long});
                guardian.places.push_back({.instrument = i, .side = PositionSide::Short});
            } else {
                guardian.places.push_back({.instrument = i});
            }
        }
    }
}

void Guarding::on_notice(const Notice& notice) {
    for (std::size_t g = 0; g < guardians_.size(); ++g) {
        const std::vector<InstrumentIx>& watch = configs_[g].watch;
        const auto watched = std::ranges::find(watch, notice.instrument);
        if (watched == watch.end())
            continue; // (of a pair or a bracket, which share no instrument with it)
        Guardian& guardian = guardians_[g];
        std::uint64_t& newest = guardian.newest[static_cast<std::size_t>(watched - watch.begin())];
        const bool is_new_request = notice.request > newest;
        newest = std::max(newest, notice.request);
        if (is_new_request) ++guardian.requests;
        switch (notice.kind) {
        case NoticeKind::Discovered:
            ++guardian.lives;
            guardian.flagged += notice.flagged;
            break;
        case NoticeKind::CloseBegun: break;
        case NoticeKind::CloseRunning:
            if (is_new_request) ++guardian.double_requests;
            break;
        case NoticeKind::Closed: ++guardian.closed[static_cast<std::size_t>(notice.cause)]; break;
        case NoticeKind::AlreadyClosed: ++guardian.already_closed; return; // it changes nothing
        case NoticeKind::Lapsed: ++guardian.lapsed; return;                // nor does this
        }
        for (Place& place : guardian.places) {
            if (place.instrument != notice.instrument || place.side != notice.position_side)
                continue;
            place.life = notice.life;
            place.last = notice.kind;
        }
    }
}

} // namespace keel::app
