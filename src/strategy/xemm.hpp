#pragma once

#include <cstdint>

#include "base/store.hpp"
#include "core/engine.hpp"
#include "strategy/config.hpp"
#include "strategy/legs.hpp"

namespace keel::strategy {

// Per pair, in the engine's store.
struct XemmState {
    TakeDown exit;
};
static_assert(Slot<XemmState>);

// Hedged market making (P1): quotes rest at a target edge over the hedge venue's book; what they
// fill is owed by the group, and the engine hedges it. The strategy never reacts to a fill or to a
// cancel confirmation: it says, from what is known now, what should rest and what should be flat.
class Xemm {
public:
    Xemm(const XemmConfig& config, core::Engine& engine, StoreLayout& layout);
    void update(core::Engine& engine, Commands& out) const;
    [[nodiscard]] Timestamp wake_at(const core::Engine& engine) const;
    // Trading is over for this pair: stopped, or its rounds are done.
    [[nodiscard]] bool is_exiting(const core::Engine& engine) const;
    // What the exit asked for is true, as far as this pair knows.
    [[nodiscard]] bool has_exited(const core::Engine& engine) const;
    [[nodiscard]] const XemmConfig& config() const { return config_; }
    [[nodiscard]] std::uint64_t decision_hash(const core::Engine& engine, Duration far) const;

private:
    void quote(core::Engine& engine, core::IntentIx intent, Side side) const;
    void exit(core::Engine& engine, Commands& out) const;
    [[nodiscard]] Ticks target(const core::Engine& engine, Side side) const;

    XemmConfig config_;
    core::IntentIx buy_;
    core::IntentIx sell_;
    Arena<XemmState> state_;
};

} // namespace keel::strategy
