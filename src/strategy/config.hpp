#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/state.hpp"

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
    core::Moves moves = core::Moves::ByCancel;
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
    Duration loop_time_max{seconds(1)};   // alarm when the desk runs later than it was due; 0: none
    AtEnd on_exit = AtEnd::Hold;
};

enum class PairLegs : std::uint8_t { Sequential, Parallel };

// Two legs, one long and one short: both on, or both off.
struct PairConfig {
    std::string name;
    GroupIx group;
    InstrumentIx first;
    InstrumentIx second; // the group's hedge_via
    PairLegs legs = PairLegs::Sequential;
    Lots qty{0};                   // of the first leg; whole lots of the second, too
    Bps entry{10 * bps_one};       // what a round has to promise, after all four fees
    Bps slippage{2 * bps_one};     // of entries, beyond the touch
    Bps exit_profit{10 * bps_one}; // out once prices alone would leave this, after all four fees
    Bps exit_carry{0};             // and once funding promises less than this
    Duration first_funding{seconds(3'600)}; // how often each venue settles its funding
    Duration second_funding{seconds(3'600)};
    Duration hold_min{seconds(60)};
    Duration hold_max{seconds(3'600)};
    Duration second_leg_within{seconds(2)}; // then the first is taken back
    Duration pause{seconds(10)};            // after that
    Duration retry{milliseconds(250)};      // of an entry of which nothing came
};

// A ladder of quotes around a fair value, in a market of two outcomes or on one instrument. Prices
// and distances are in the first one's ticks; the second, if there is one, has the same.
struct QuoterConfig {
    std::string name;
    InstrumentIx first;  // about whose worth signals tell
    InstrumentIx second; // its complement: one unit of each is worth px_end; none: there is none
    std::uint32_t levels = 1;
    Lots level_qty{0};
    Ticks half_spread{1}; // from the fair value to the first level
    Ticks level_gap{1};   // from one level to the next
    Ticks skew{0};        // how far quotes lean when all of inventory_max is held
    Ticks requote{0};     // a quote moves nearer to the fair value by more than this, or not at all
    Ticks slack{0};       // and away from it likewise
    Lots inventory_max{0}; // of one outcome; what rests may fill up to it
    Lots complete_above{
        0};            // held of one outcome beyond the other: the excess is completed; 0: never
    Lots merge_min{0}; // complete sets that are merged; 0: they are kept
    Bps slippage{0};   // of completions and of the exit, beyond the touch
    Timestamp cut_off_at{}; // then everything is pulled, and stays so; zero: never
    Duration retry{milliseconds(500)};
    Duration post_every{}; // quotes leave at most so often, and together; 0: as soon as they may
    std::uint32_t clamps_max = 60; // quotes that a touch in their way moves, in any minute
    Ticks reward_spread{0};        // from the mid, within which a quote earns rewards
    Lots reward_min_qty{0};
    Duration reward_every{}; // how often they are reckoned; 0: never
    OnExit on_exit = OnExit::Hold;
    core::Moves moves = core::Moves::ByCancel;
};

struct DeskConfig {
    core::EngineConfig engine;
    std::vector<XemmConfig> xemm;
    std::vector<BracketConfig> bracket;
    std::vector<GuardianConfig> guardian;
    std::vector<PairConfig> pair;
    std::vector<QuoterConfig> quoter;
};

[[nodiscard]] inline bool has_strategy(const DeskConfig& desk) {
    return !desk.xemm.empty() || !desk.bracket.empty() || !desk.guardian.empty() ||
           !desk.pair.empty() || !desk.quoter.empty();
}

[[nodiscard]] Result<DeskConfig> make_desk_config(DeskConfig draft);

} // namespace keel::strategy
