#pragma once

#include <cstdint>
#include <vector>

#include "base/store.hpp"
#include "core/engine.hpp"
#include "strategy/config.hpp"

namespace keel::strategy {

// Per market, in the engine's store. Of the counters, those of this minute and the one before hold
// quotes back; the others are for people, and never change a command.
struct QuoterState {
    Timestamp act_at;                // next merge, completion, redemption or close not before
    Timestamp sample_at;             // when rewards are reckoned next
    Timestamp post_at;               // no quote leaves sooner, where they leave together
    std::int64_t clamp_minute = 0;   // number of the minute in which a quote was clamped last
    std::uint32_t clamps_now = 0;    // in it,
    std::uint32_t clamps_before = 0; // and in the one before
    std::uint32_t clamps_most = 0;   // ever, in two such minutes together
    std::uint32_t clamps_told = 0;   // a person knows that quotes wait until there are fewer
    std::uint64_t clamped = 0;       // quotes that would have crossed, placed behind the touch
    std::uint64_t moved = 0;         // quotes that made way for another price
    std::uint64_t merges = 0;        // that left
    std::uint64_t redemptions = 0;   // that left
    std::uint64_t completions = 0;   // that left: the only orders of a quoter that take
    std::uint64_t samples = 0;       // of rewards,
    std::int64_t score = 0;          // and their sum, in millionths of a lot at the mid
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
    // At the end what is held is merged and sold.
    [[nodiscard]] bool unwinds(const core::Engine& engine) const {
        return config_.on_exit == OnExit::Unwind || engine.desk().killed != 0;
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
    // Of what is held of an outcome, what the exit leaves: all of it where it is less than the
    // venue's smallest order and no complete set is left. (A resolved market redeems any quantity.)
    [[nodiscard]] Lots residue(const core::Engine& engine, InstrumentIx i) const;

private:
    struct Ladder { // what rests on one side of one outcome
        InstrumentIx instrument;
        Side side = Side::Buy;
        bool is_second = false;
        std::uint32_t first_intent = 0; // of its levels, in intents_
    };
    struct Look { // what one update goes by
        Commands& out;
        bool may_post = true;
    };
    [[nodiscard]] bool has_second() const { return !config_.second.is_none(); }
    [[nodiscard]] std::uint32_t outcomes() const { return has_second() ? 2 : 1; }
    [[nodiscard]] InstrumentIx outcome(std::uint32_t n) const {
        return n == 0 ? config_.first : config_.second;
    }
    [[nodiscard]] core::Ground pulled(const core::Engine& engine) const;
    void quote(core::Engine& engine, const Ladder& ladder, const Look& look) const;
    [[nodiscard]] Ticks inside_px(const core::Engine& engine, const Ladder& ladder) const;
    [[nodiscard]] Lots room(const core::Engine& engine, const Ladder& ladder) const;
    void place(core::Engine& engine, const Ladder& ladder, core::IntentIx intent, Ticks px,
               Ticks& beyond, const Look& look) const;
    [[nodiscard]] Ticks off_touch(const core::Engine& engine, const Ladder& ladder, Ticks px) const;
    [[nodiscard]] std::uint32_t clamps_lately(const core::Engine& engine) const;
    void note_clamp(core::Engine& engine) const;
    void hold_off(core::Engine& engine, core::IntentIx intent, Commands& out) const;
    void act(core::Engine& engine, bool may_complete, Commands& out) const;
    bool merge_sets(core::Engine& engine, Lots least, Commands& out) const;
    bool redeem_resolved(core::Engine& engine, Commands& out) const;
    bool complete(core::Engine& engine, Commands& out) const;
    void leave(core::Engine& engine, Commands& out) const;
    void sample(core::Engine& engine) const;
    [[nodiscard]] Int128 points(const core::Engine& engine, bool buys_first) const;
    [[nodiscard]] bool one_side_counts(const core::Engine& engine) const;
    [[nodiscard]] bool wants_action(const core::Engine& engine) const;

    QuoterConfig config_;
    std::vector<Ladder> ladders_;
    std::vector<core::IntentIx> intents_;
    Arena<QuoterState> state_;
};

} // namespace keel::strategy
