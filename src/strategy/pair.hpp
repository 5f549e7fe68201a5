#pragma once

#include <array>
#include <cstdint>

#include "base/store.hpp"
#include "core/engine.hpp"
#include "strategy/config.hpp"
#include "strategy/legs.hpp"

namespace keel::strategy {

// Per pair, in the engine's store.
struct PairState {
    TakeDown down;
    Timestamp entered_at;      // when it was last to be on
    Timestamp enter_at;        // the next entry not before
    Bps entry_spread;          // what the touches gave then
    Ticks first_px;            // the first leg's touch then, or when it was last asked for
    std::int8_t way = 0;       // 1: the first leg is long; -1: it is short; 0: both are to be off
    std::uint8_t is_whole = 0; // both legs are on
    std::array<std::uint8_t, 6> reserved{};
};
static_assert(Slot<PairState>);

// Two legs of one coin, long at one venue and short at another (P3): both on, or both off. The
// strategy takes the first leg and later closes it; what that leg gains the group owes, and the
// engine's hedger takes the second: on evidence of the first, with no sleep. It says what should be
// true from what is known now, so it goes on from wherever a crash has left it.
class Pair {
public:
    Pair(const PairConfig& config, StoreLayout& layout);
    void update(core::Engine& engine, Commands& out) const;
    [[nodiscard]] Timestamp wake_at(const core::Engine& engine) const;
    // Trading is over: the run ends, or the kill switch is on.
    [[nodiscard]] static bool is_exiting(const core::Engine& engine) {
        return engine.desk().winding_down != 0 || engine.desk().killed != 0;
    }
    // It holds nothing, and may hold nothing.
    [[nodiscard]] bool has_exited(const core::Engine& engine) const;
    [[nodiscard]] const PairConfig& config() const { return config_; }
    [[nodiscard]] std::uint64_t decision_hash(const core::Engine& engine, Duration far) const;
    [[nodiscard]] const PairState& state(const core::Engine& engine) const {
        return engine.store().at(state_, 0);
    }
    // What a round that is entered this way now promises: what the touches give, and what funding
    // pays within hold_max, less all four fees.
    [[nodiscard]] Bps edge(const core::Engine& engine, std::int8_t way) const;

private:
    [[nodiscard]] std::array<InstrumentIx, 2> legs() const {
        return {config_.first, config_.second};
    }
    void enter(core::Engine& engine, Commands& out) const;
    void look(core::Engine& engine, Commands& out) const;
    void complete(core::Engine& engine, Commands& out) const;
    void leave(core::Engine& engine, CloseCause cause, Duration pause, Commands& out) const;
    [[nodiscard]] Bps spread(const core::Engine& engine, std::int8_t way) const;
    [[nodiscard]] Bps carry(const core::Engine& engine, std::int8_t way) const;
    [[nodiscard]] bool knows_funding(const core::Engine& engine) const;
    [[nodiscard]] Bps fees(const core::Engine& engine) const;
    [[nodiscard]] bool pays_too_little(const core::Engine& engine, std::int8_t way) const;
    [[nodiscard]] std::int8_t better_way(const core::Engine& engine) const;
    [[nodiscard]] bool is_empty(const core::Engine& engine) const;
    [[nodiscard]] bool has_orders(const core::Engine& engine) const;
    [[nodiscard]] Timestamp late_at(const core::Engine& engine) const;
    [[nodiscard]] bool enters_together(const core::Engine& engine) const;
    [[nodiscard]] Lots first_missing(const core::Engine& engine) const;
    [[nodiscard]] Timestamp complete_by(const core::Engine& engine) const;
    [[nodiscard]] bool is_worth_completing(const core::Engine& engine) const;
    [[nodiscard]] bool may_complete(const core::Engine& engine) const;
    [[nodiscard]] core::Hedging hedging(const core::Engine& engine) const;
    [[nodiscard]] CloseCause wants_out(const core::Engine& engine) const;

    PairConfig config_;
    Arena<PairState> state_;
};

} // namespace keel::strategy
