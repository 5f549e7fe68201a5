#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config.hpp"

namespace keel::strategy {

enum class Sides : std::uint8_t { Both, BuyOnly, SellOnly };
enum class OnExit : std::uint8_t { Unwind, Hold };

// Hedged market making: one maker and one hedge instrument.
struct XemmConfig {
    std::string name;
    GroupIx group;
    InstrumentIx maker;
    InstrumentIx hedge; // the group's hedge_via
    Sides sides = Sides::Both;
    Lots order_qty{0};            // maker lots per quote
    Bps target_edge{5 * bps_one}; // after both fees, against the hedge venue's touch
    Bps edge_drift{3 * bps_one};  // a quote whose edge moved farther is refreshed
    Duration refresh_age{seconds(30)};
    std::uint64_t rounds_max = 0; // 1: single cycle; 0: continuous
    OnExit on_exit = OnExit::Unwind;
};

// A position that a signal opens, with its stop, target and emergency stop.
struct BracketConfig {
    std::string name;
    InstrumentIx instrument;
    bool hedge_mode = false;         // the venue keeps a position for each side
    Lots qty_max{0};                 // most that a signal may ask for
    Bps stop{100 * bps_one};         // from the mark when the position was first known,
    Bps limit{200 * bps_one};        // where the signal names no price; 0: no target
    Bps emergency{50 * bps_one};     // beyond the stop
    Bps stop_slippage{50 * bps_one}; // how far beyond its trigger a stop may trade
    Bps emergency_slippage{100 * bps_one};
    std::uint32_t stop_share_percent = 100;  // of what is held; the emergency stop has all of it
    std::uint32_t limit_share_percent = 100; // of the most that was held
    Bps break_even_after{
        0};       // once so much is won the stop moves to where nothing is lost; 0: never
    Bps trail{0}; // the stop follows the best mark at this distance; 0: it stays
    Bps move_min{10 * bps_one};       // a level is not moved by less
    Bps slippage_start{10 * bps_one}; // of entries and closes
    Bps slippage_step{10 * bps_one};
    Bps slippage_max{50 * bps_one};
    Duration retry{milliseconds(250)};
    Duration stop_grace{seconds(1)};        // then the desk closes what the stop has not
    Duration protected_within{seconds(10)}; // alarm when a position is bare for longer
};

// Which positions a guardian closes by its rules; the others it only tells of.
enum class Adopts : std::uint8_t { All, None };
// What becomes of positions when the run ends.
enum class AtEnd : std::uint8_t { Hold, Close };

// Every position on some instruments, whoever opened it: known, and closed once when a rule or
// somebody says so. A rule with zero is off.
struct GuardianConfig {
    std::string name;
    std::vector<InstrumentIx> watch;
    bool hedge_mode = false; // the venue keeps a position for each side
    Adopts adopts = Adopts::All;
    Bps stop{0};     // lost, from the mark when the position was first known
    Bps limit{0};    // won, from the same
    Bps drawdown{0}; // lost again, from the best mark since
    Duration max_hold{0};
    Bps slippage_start{10 * bps_one}; // of closes, through the touch
    Bps slippage_step{10 * bps_one};
    Bps slippage_max{50 * bps_one};
    Duration retry{milliseconds(250)};
    Duration closed_within{seconds(10)};  // alarm when a close takes longer
    std::uint32_t already_closed_max = 3; // alarm when so many find nothing to close
    AtEnd on_exit = AtEnd::Hold;
};

struct DeskConfig {
    core::EngineConfig engine;
    std::vector<XemmConfig> xemm;
    std::vector<BracketConfig> bracket;
    std::vector<GuardianConfig> guardian;
};

[[nodiscard]] inline bool has_strategy(const DeskConfig& desk) {
    return !desk.xemm.empty() || !desk.bracket.empty() || !desk.guardian.empty();
}

[[nodiscard]] Result<DeskConfig> make_desk_config(DeskConfig draft);

} // namespace keel::strategy
