#include "app/closings.hpp"

namespace keel::app {

Closings::Closings(const strategy::DeskConfig& desk) {
    for (const strategy::BracketConfig& one : desk.bracket) {
        const auto add = [&](PositionSide side) {
            positions_.push_back({.name = one.name + std::string{position_suffix(side)},
                                  .instrument = one.instrument,
                                  .side = side});
        };
        if (one.hedge_mode) {
            add(PositionSide::Long);
            add(PositionSide::Short);
        } else {
            add(PositionSide::Net);
        }
    }
}

void Closings::on_notice(const Notice& notice) {
    if (notice.kind != NoticeKind::Closed) return;
    for (Position& one : positions_) {
        if (one.instrument != notice.instrument || one.side != notice.position_side) continue;
        ++one.closed[static_cast<std::size_t>(notice.cause)];
    }
}

} // namespace keel::app
