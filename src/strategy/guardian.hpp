#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/store.hpp"
#include "core/engine.hpp"
#include "strategy/config.hpp"

namespace keel::strategy {

// Where a life stands: from a position that is first known to one that is gone.
enum class Stage : std::uint8_t { Closed, Open, Closing };

// Per position (one for each instrument, or in hedge mode one for each side), in the engine's
// store. A life begins with a state of its own: what was about the one before is in none of it.
struct WatchState {
    std::uint64_t life = 0;    // number of the newest
    std::uint64_t request = 0; // that began its close; 0: a rule did
    Ticks ref2;                // the mark when it was first known, times two; zero: none yet
    Ticks best2;               // the best mark since, times two
    Lots held;                 // as it was last looked at, signed
    Timestamp since;           // first known
    Timestamp closing_since;   // to be flat since then
    Timestamp close_at;        // the next close not before
    Timestamp nothing_seen;    // what the venue had said of it when it was last looked at
    Lots ours_before;          // what own fills made of positions before this one, signed
    std::uint16_t closes = 0;  // slippage step of closes
    std::uint16_t already = 0; // closes since its beginning that found nothing to close
    Stage stage = Stage::Closed;
    CloseCause cause = CloseCause::None;
    std::uint8_t is_flagged = 0;      // nobody has adopted it: no rule closes it
    std::uint8_t is_told_overdue = 0; // a person knows
};
static_assert(Slot<WatchState>);

// Per watched instrument: requests to close that were heard and are not answered yet, as what is
// held is not known. Oldest first; where there is no room the oldest is answered unheard.
struct Requests {
    static constexpr std::size_t most = 16;
    std::uint64_t newest = 0;  // number of the newest that was heard
    std::uint64_t waiting = 0; // so many wait
    std::array<std::uint64_t, most> id{};
    std::array<Timestamp, most> valid_until{};
};
static_assert(Slot<Requests>);

// Positions that are known, whoever opened them, and closed once when a rule or somebody says so
// (P4). What is to be flat is one target, however many ask for it: a close is sent while no other
// is under way and something is known to be held. The strategy never reacts to an execution or a
// read: it says, from what is known now, which positions live and which of them shall be flat.
class Guardian {
public:
    // `beside`: what is on its accounts too, and in no strategy's care. It is no more than told of.
    Guardian(const GuardianConfig& config, const std::vector<InstrumentIx>& beside,
             StoreLayout& layout);
    void update(core::Engine& engine, Commands& out) const;
    // The step that was due at `due` has begun.
    void watch_loop(core::Engine& engine, Timestamp due, Commands& out) const;
    [[nodiscard]] Timestamp wake_at(const core::Engine& engine) const;
    // It has nothing left to close, and what may stay stays: by reads that were asked since the
    // end began, as of what nobody tells it knows by them alone.
    [[nodiscard]] bool has_exited(const core::Engine& engine) const;
    [[nodiscard]] const GuardianConfig& config() const { return config_; }
    [[nodiscard]] std::uint64_t decision_hash(const core::Engine& engine, Duration far) const;

    // Its positions, in order of `watch`.
    struct Leg {
        InstrumentIx instrument;
        PositionSide side = PositionSide::Net;
    };
    [[nodiscard]] const std::vector<Leg>& legs() const { return legs_; }
    [[nodiscard]] const WatchState& state(const core::Engine& engine, std::uint32_t leg) const {
        return engine.store().at(state_, leg);
    }

private:
    [[nodiscard]] std::uint32_t sides() const { return config_.hedge_mode ? 2 : 1; }
    // Of those of an instrument.
    [[nodiscard]] std::uint32_t first_leg(std::uint32_t watched) const { return watched * sides(); }
    void hear(core::Engine& engine, std::uint32_t watched, Commands& out) const;
    void answer(core::Engine& engine, std::uint32_t watched, Commands& out) const;
    void answer(core::Engine& engine, std::uint32_t watched, std::uint64_t request,
                Commands& out) const;
    void look_beside(core::Engine& engine, std::uint32_t ix, Commands& out) const;
    void look(core::Engine& engine, std::uint32_t ix, Commands& out) const;
    void begin(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const;
    void follow(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const;
    void note_nothing(core::Engine& engine, std::uint32_t ix, std::uint64_t request,
                      Commands& out) const;
    void begin_close(core::Engine& engine, std::uint32_t ix, CloseCause cause,
                     std::uint64_t request, Commands& out) const;
    void pursue_close(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const;
    [[nodiscard]] CloseCause rule_that_closes(const core::Engine& engine, std::uint32_t ix,
                                              Lots held) const;
    [[nodiscard]] bool has_fresh_mark(const core::Engine& engine, InstrumentIx i) const;
    [[nodiscard]] Timestamp reconciled_by(const core::Engine& engine, std::uint32_t ix) const;
    [[nodiscard]] static bool is_exiting(const core::Engine& engine) {
        return engine.desk().winding_down != 0 || engine.desk().killed != 0;
    }
    // A read of since the end began has shown what is believed of it.
    [[nodiscard]] bool is_known_at_exit(const core::Engine& engine, std::uint32_t ix) const {
        const Timestamp since = engine.store().at(exit_since_, 0);
        return since != Timestamp{} && position(engine, ix).verified_at >= since;
    }
    [[nodiscard]] bool closes_at_exit(const core::Engine& engine) const;
    [[nodiscard]] Bps slippage(std::uint16_t attempts) const;
    [[nodiscard]] const core::Position& position(const core::Engine& engine,
                                                 std::uint32_t ix) const {
        return engine.position(legs_[ix].instrument, legs_[ix].side);
    }
    void tell(const core::Engine& engine, std::uint32_t ix, NoticeKind kind, std::uint64_t request,
              Commands& out) const;

    GuardianConfig config_;
    std::vector<Leg> legs_;
    std::vector<Leg> beside_;
    Arena<WatchState> state_;
    Arena<Requests> requests_;    // by watched instrument
    Arena<Lots> told_beside_;     // what a person knows to be held of each of `beside_`
    Arena<Timestamp> exit_since_; // zero: the run does not end yet
};

} // namespace keel::strategy
