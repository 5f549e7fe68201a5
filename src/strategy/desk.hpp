#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/engine.hpp"
#include "strategy/bracket.hpp"
#include "strategy/config.hpp"
#include "strategy/guardian.hpp"
#include "strategy/pair.hpp"
#include "strategy/quoter.hpp"
#include "strategy/xemm.hpp"

namespace keel::strategy {

// Engine and strategies as one value with one function: what `keel run`, the explorer and the
// replayer drive. Copy it, hash it, save its words, compare. No clock, no I/O, no threads.
class Desk {
public:
    // `config` has passed make_desk_config().
    explicit Desk(const DeskConfig& config);

    // Same state and same event: same commands, always. `out` is cleared first.
    void step(const Event& event, Commands& out);

    // When the shell must deliver the next WakeUp at the latest; `never` if nothing waits.
    [[nodiscard]] Timestamp wake_at() const;

    // Over everything, for replay; and over what can still change a command, for the explorer.
    [[nodiscard]] std::uint64_t state_hash() const { return engine_.store().hash(); }
    [[nodiscard]] std::uint64_t decision_hash(core::Engine::HashOf of = core::Engine::HashOf::Desk,
                                              Duration far = Duration{INT64_MAX}) const;

    // All state: save it, load it into a desk of the same config.
    [[nodiscard]] std::span<const std::uint64_t> words() const { return engine_.store().words(); }
    void load(std::span<const std::uint64_t> saved) { engine_.store().load(saved); }

    // Nothing rests, nothing is unknown or owed, and positions are as each strategy's exit wants
    // them, all on evidence gathered since trading stopped. Evidence that has spoken against what
    // was believed has to agree with it for a whole surprise window first.
    [[nodiscard]] bool is_settled() const;
    [[nodiscard]] std::span<const Bracket> brackets() const { return bracket_; }
    [[nodiscard]] std::span<const Guardian> guardians() const { return guardian_; }
    [[nodiscard]] std::span<const Pair> pairs() const { return pair_; }
    [[nodiscard]] std::span<const Quoter> quoters() const { return quoter_; }
    [[nodiscard]] const core::Engine& engine() const { return engine_; }
    [[nodiscard]] core::Engine& engine() { return engine_; }

private:
    Desk(const DeskConfig& config, StoreLayout layout);
    [[nodiscard]] Timestamp loop_due(const Event& event) const;

    // In this order, always.
    template <class Visit> void each(const Visit& visit) const {
        for (const Xemm& one : xemm_) visit(one);
        for (const Bracket& one : bracket_) visit(one);
        for (const Guardian& one : guardian_) visit(one);
        for (const Pair& one : pair_) visit(one);
        for (const Quoter& one : quoter_) visit(one);
    }

    core::Engine engine_;
    // Config and places in the engine's store; no state of their own.
    std::vector<Xemm> xemm_;
    std::vector<Bracket> bracket_;
    std::vector<Guardian> guardian_;
    std::vector<Pair> pair_;
    std::vector<Quoter> quoter_;
};

} // namespace keel::strategy
