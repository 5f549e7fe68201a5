#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/store.hpp"
#include "core/engine.hpp"
#include "strategy/config.hpp"

namespace keel::strategy {

// Per position (one, or in hedge mode one for each side), in the engine's store.
struct BracketState {
    Ticks ref_px;   // the mark when the position was first known; zero: flat
    Ticks best_px;  // the best mark since, for a stop that trails
    Ticks stop_px;  // where its levels stand
    Ticks limit_px; // zero: it has no target
    Ticks emergency_px;
    Lots held;                 // as levels were last looked at, signed
    Lots peak;                 // the most that was held, without sign
    std::uint64_t used_id = 0; // the signal that was entered on last, and what it asked for:
    Lots asked;                // signed
    Ticks asked_stop;          // zero: as configured
    Ticks asked_limit;
    std::uint64_t done_id = 0;      // its position has come and gone
    Timestamp bare_since;           // no stop at the venue covers it; zero: covered, or flat
    Timestamp beyond_since;         // the market is beyond the stop; zero: it is not
    Timestamp enter_at;             // the next entry not before
    Timestamp close_at;             // the next close not before
    Timestamp protect_at;           // the next protective order not before
    Timestamp nothing_seen;         // when the venue had said last that there is nothing to reduce,
    Lots doubted;                   // and what was believed to be held then
    std::uint16_t entries = 0;      // slippage step of entries,
    std::uint16_t closes = 0;       // and of closes
    std::uint8_t is_entered = 0;    // a position has come of the signal that is used
    std::uint8_t is_entry_over = 0; // and no more is added to it
    std::uint8_t told = 0;          // what a person knows: a bit for each Told
    std::uint8_t is_break_even = 0; // the stop has moved to where nothing is lost
    std::uint8_t is_lost_entry = 0; // a crash took the signal of what was entered
    std::array<std::uint8_t, 7> reserved{};
};
static_assert(Slot<BracketState>);

// A position with its stop, its target and its emergency stop at the venue (P2). What shall be held
// comes as a signal; what is held is protected, whoever opened it, and what protects nothing goes.
// The strategy never reacts to an execution or a read: it says, from what is known now, what should
// rest and what should be flat. So every close path ends in the same place: a fill of the target,
// a stop, a trade of the account's owner, a liquidation that only a position tells.
class Bracket {
public:
    Bracket(const BracketConfig& config, core::Engine& engine, StoreLayout& layout);
    void update(core::Engine& engine, Commands& out) const;
    [[nodiscard]] Timestamp wake_at(const core::Engine& engine) const;
    // Trading is over: the run ends, or the kill switch is on.
    [[nodiscard]] static bool is_exiting(const core::Engine& engine) {
        return engine.desk().winding_down != 0 || engine.desk().killed != 0;
    }
    // It holds nothing, and may hold nothing.
    [[nodiscard]] bool has_exited(const core::Engine& engine) const;
    [[nodiscard]] const BracketConfig& config() const { return config_; }
    [[nodiscard]] std::uint64_t decision_hash(const core::Engine& engine, Duration far) const;
    // Of one of its positions.
    [[nodiscard]] const BracketState& state(const core::Engine& engine, std::uint32_t leg) const {
        return engine.store().at(state_, leg);
    }
    [[nodiscard]] std::size_t leg_count() const { return legs_.size(); }
    // Since when the position has had no stop, as far as is known; zero: it has one, or there is
    // none.
    [[nodiscard]] Timestamp bare_since(const core::Engine& engine) const;

private:
    enum class Kind : std::uint8_t { Stop, Emergency, Limit };
    enum class Told : std::uint8_t { Bare = 1, SmallEntry = 2, SmallStop = 4, SmallLimit = 8 };
    static constexpr std::size_t kind_count = 3;
    // Two for each: the new one is at the venue before the old one goes.
    using Pair = std::array<core::IntentIx, 2>;
    struct Guards { // of positions of one sign
        std::array<Pair, kind_count> pairs;
    };
    struct Leg {
        PositionSide side = PositionSide::Net;
        Guards of_long;  // they sell
        Guards of_short; // they buy
    };
    struct Level {
        Ticks trigger; // zero: it is no stop
        Ticks px;
        Lots qty;
        Lots least; // that the venue takes: below it a new one is not placed
    };

    void update(core::Engine& engine, std::uint32_t ix, Commands& out) const;
    void note_held(core::Engine& engine, std::uint32_t ix, Commands& out) const;
    [[nodiscard]] static bool is_of_signal(const BracketState& s, Lots held);
    void forget(core::Engine& engine, const BracketState& s) const;
    void tell_closed(const core::Engine& engine, std::uint32_t ix, Lots was, Commands& out) const;
    [[nodiscard]] CloseCause closed_by(const core::Engine& engine, const Leg& leg) const;
    void begin(core::Engine& engine, const BracketState& s, Lots held) const;
    void move_levels(core::Engine& engine, const BracketState& s, Lots held) const;
    void protect(core::Engine& engine, std::uint32_t ix, Lots held) const;
    bool keep(core::Engine& engine, const Pair& pair, const Level& level, bool may_send) const;
    [[nodiscard]] static bool is_good(const core::Engine& engine, core::IntentIx intent,
                                      const Level& level);
    [[nodiscard]] bool lacks_an_order(const core::Engine& engine, std::uint32_t ix,
                                      Lots held) const;
    void drop(core::Engine& engine, const Guards& guards, core::Ground ground) const;
    void tell_small(core::Engine& engine, const BracketState& s, Told what, Lots qty, Lots least,
                    Commands& out) const;
    void watch(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const;
    [[nodiscard]] bool is_covered(const core::Engine& engine, const Guards& guards,
                                  Lots held) const;
    void enter(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const;
    void leave(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const;
    [[nodiscard]] bool wants_out(const core::Engine& engine, std::uint32_t ix, Lots held) const;
    [[nodiscard]] Lots wanted(const core::Engine& engine, const Leg& leg) const;
    [[nodiscard]] Level level(const core::Engine& engine, const BracketState& s, Kind kind,
                              Lots held) const;
    [[nodiscard]] Ticks price(const core::Engine& engine, Ticks from, Bps by, Rounding to) const;
    [[nodiscard]] Lots beyond_stop(const BracketState& s) const;
    [[nodiscard]] Ticks touch_beyond_stop(const core::Engine& engine, const Signal& signal) const;
    [[nodiscard]] Timestamp doubted_until(const core::Engine& engine, std::uint32_t ix) const;
    void count_up(core::Engine& engine, const std::uint16_t& attempts) const;
    [[nodiscard]] Bps slippage(std::uint16_t attempts) const;
    [[nodiscard]] const Guards& guards(const Leg& leg, Lots held) const {
        return held > Lots{0} ? leg.of_long : leg.of_short;
    }

    BracketConfig config_;
    std::vector<Leg> legs_;
    Arena<BracketState> state_;
};

} // namespace keel::strategy
