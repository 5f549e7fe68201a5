#pragma once

#include <cstdint>
#include <vector>

#include "base/store.hpp"
#include "core/engine.hpp"
#include "strategy/config.hpp"

namespace keel::strategy {

// Per market, in the engine's store. The counters are for people: they never change a command.
struct QuoterState {
    Timestamp act_at;              // next merge, completion, redemption or close not before
    Timestamp sample_at;           // when rewards are reckoned next
    std::uint64_t clamped = 0;     // quotes that would have crossed, placed behind the touch
    std::uint64_t moved = 0;       // quotes that made way for another price
    std::uint64_t merges = 0;      // that left
    std::uint64_t redemptions = 0; // that left
    std::uint64_t completions = 0; // that left: the only orders of a quoter that take
    std::uint64_t samples = 0;     // of rewards,
    std::int64_t score = 0;        // and their sum, in lots at the mid
};
static_assert(Slot<QuoterState>);

// Market making in a market of two outcomes (P5), or on one instrument: a ladder around a fair
// value that somebody tells, leaning against what is held. What should rest is an intent for each
// outcome, side and level, and at most one order lives for each, known or not: so nothing is posted
// twice, whatever a batch, a restart or a lost answer leaves open.
class Quoter {
public:
    Quoter(const QuoterConfig& config, core::Engine& engine, StoreLayout& layout);
    void update(core::Engine& engine, Commands& out) const;
    [[nodiscard]] Timestamp wake_at(const core::Engine& engine) const;
    // Trading is over: the run ends, or the kill switch is on.
    [[nodiscard]] static bool is_exiting(const core::Engine& engine) {
        return engine.desk().winding_down != 0 || engine.desk().killed != 0;
    }
    [[nodiscard]] bool has_exited(const core::Engine& engine) const;
    [[nodiscard]] const QuoterConfig& config() const { return config_; }
    [[nodiscard]] std::uint64_t decision_hash(const core::Engine& engine, Duration far) const;
    [[nodiscard]] const QuoterState& state(const core::Engine& engine) const {
        return engine.store().at(state_, 0);
    }
    // What is held of the first outcome beyond the second: all of it, where there is no second.
    [[nodiscard]] Lots net(const core::Engine& engine) const;
    // What a unit of the first outcome is worth, in its ticks; zero: nobody says.
    [[nodiscard]] Ticks fair(const core::Engine& engine, Rounding rounding) const;

private:
    struct Ladder { // what rests on one side of one outcome
        InstrumentIx instrument;
        Side side = Side::Buy;
        bool is_second = false;
        std::uint32_t first_intent = 0; // of its levels, in intents_
    };
    [[nodiscard]] bool has_second() const { return !config_.second.is_none(); }
    [[nodiscard]] std::uint32_t outcomes() const { return has_second() ? 2 : 1; }
    [[nodiscard]] InstrumentIx outcome(std::uint32_t n) const {
        return n == 0 ? config_.first : config_.second;
    }
    [[nodiscard]] core::Ground pulled(const core::Engine& engine) const;
    void quote(core::Engine& engine, const Ladder& ladder) const;
    [[nodiscard]] Ticks inside_px(const core::Engine& engine, const Ladder& ladder) const;
    [[nodiscard]] Lots room(const core::Engine& engine, const Ladder& ladder) const;
    void place(core::Engine& engine, const Ladder& ladder, core::IntentIx intent, Ticks px,
               Ticks& beyond) const;
    [[nodiscard]] Ticks off_touch(const core::Engine& engine, const Ladder& ladder, Ticks px) const;
    void act(core::Engine& engine, bool may_complete, Commands& out) const;
    bool merge_sets(core::Engine& engine, Lots least, Commands& out) const;
    bool redeem_resolved(core::Engine& engine, Commands& out) const;
    bool complete(core::Engine& engine, Commands& out) const;
    void leave(core::Engine& engine, Commands& out) const;
    void sample(core::Engine& engine) const;
    [[nodiscard]] std::int64_t score(const core::Engine& engine, bool buys_first) const;
    [[nodiscard]] bool wants_action(const core::Engine& engine) const;

    QuoterConfig config_;
    std::vector<Ladder> ladders_;
    std::vector<core::IntentIx> intents_;
    Arena<QuoterState> state_;
};

} // namespace keel::strategy
