#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/command.hpp"
#include "strategy/config.hpp"

namespace keel::app {

// What brackets told of how each of their positions ended. (The auditor counts the same by the
// venues' books: there everything has its name, here what was told has.)
class Closings {
public:
    // In the order of the config; in hedge mode one for each side: "NAME long", "NAME short".
    struct Position {
        std::string name;
        InstrumentIx instrument;
        PositionSide side = PositionSide::Net;
        std::array<std::uint64_t, close_cause_count> closed{}; // by CloseCause
    };
    explicit Closings(const strategy::DeskConfig& desk);

    void on_notice(const Notice& notice);
    [[nodiscard]] const std::vector<Position>& positions() const { return positions_; }

private:
    std::vector<Position> positions_;
};

} // namespace keel::app
