#pragma once

#include <cstdint>
#include <utility>

#include "model/types.hpp"

namespace keel::sim {

// A change of what an account holds that no order of the desk made.
struct OutsideAct {
    enum class Kind : std::uint8_t {
        Manual,      // the account's owner trades by hand; may open or turn a position
        Liquidation, // the venue closes, as margin is short
        Adl,         // the venue closes, as somebody else's loss is not covered (auto-deleveraging)
    };
    InstrumentIx instrument;
    Kind kind = Kind::Manual;
    Side side = Side::Buy;
    Lots qty; // Liquidation and Adl: at most what is held
    // Manual, in hedge mode: whose position it moves, Long or Short. It takes away at most what is
    // held. What the venue closes its side tells.
    PositionSide position_side = PositionSide::Net;
};

// What a venue that tells it says of it. (Binance: client ids "autoclose-..." and "adl_autoclose";
// Extended: tradeType; Hyperliquid: `liquidation` in the fill.) A person's trade says no more.
[[nodiscard]] constexpr Reason reason_of(OutsideAct::Kind kind) {
    switch (kind) {
    case OutsideAct::Kind::Manual: return Reason::None;
    case OutsideAct::Kind::Liquidation: return Reason::Liquidation;
    case OutsideAct::Kind::Adl: return Reason::Deleveraging;
    }
    std::unreachable();
}

// Which of these a venue tells as fills, with a venue order id that is not ours and no id of ours.
// The others only change the position, the balance, and what is told and read of these.
enum class OutsideTold : std::uint8_t { All, Manual, None };
[[nodiscard]] constexpr bool is_told(OutsideTold told, OutsideAct::Kind kind) {
    return told == OutsideTold::All ||
           (told == OutsideTold::Manual && kind == OutsideAct::Kind::Manual);
}

} // namespace keel::sim
