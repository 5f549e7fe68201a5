#pragma once

#include "core/engine.hpp"

// The strategy of docs/your-first-strategy.md, whole: it holds what a signal asks for. The page
// quotes it between the marks, and FirstStrategyPage.QuotesIt compares.

namespace keel::strategy {

// [quoted]
struct HoldConfig {
    InstrumentIx instrument;
    Bps slippage{5 * bps_one}; // through the touch
    Duration retry{milliseconds(500)};
};
struct HoldState {
    Timestamp try_at; // the next order not before
};
static_assert(Slot<HoldState>);

class Hold {
public:
    Hold(const HoldConfig& config, StoreLayout& layout)
        : config_(config), state_(layout.add<HoldState>(1)) {}

    void update(core::Engine& engine, Commands& out) const {
        if (!engine.was_touched(config_.instrument)) return;
        if (engine.desk().recovery != core::Recovery::Done) return;
        const HoldState& s = engine.store().at(state_, 0);
        const Lots missing = wanted(engine) - held(engine);
        if (missing == Lots{0} || engine.has_orders(config_.instrument)) return;
        if (s.try_at > engine.now()) return;
        engine.put(s.try_at, engine.now() + config_.retry);
        if (is_exiting(engine)) { // towards flat, whatever halts new risk
            engine.close(config_.instrument, abs(missing), config_.slippage, out);
        } else {
            engine.take(config_.instrument, PositionSide::Net,
                        missing > Lots{0} ? Side::Buy : Side::Sell, abs(missing), config_.slippage,
                        out);
        }
    }

    [[nodiscard]] Timestamp wake_at(const core::Engine& engine) const {
        const Timestamp at = engine.store().at(state_, 0).try_at;
        const bool waits = wanted(engine) != held(engine) && at > engine.now() &&
                           !engine.has_orders(config_.instrument);
        return waits ? at : never;
    }

    [[nodiscard]] bool has_exited(const core::Engine& engine) const {
        return is_exiting(engine) && held(engine) == Lots{0} &&
               !engine.has_orders(config_.instrument);
    }

    [[nodiscard]] std::uint64_t decision_hash(const core::Engine& engine, Duration far) const {
        const Timestamp at = engine.store().at(state_, 0).try_at;
        return Hasher{11}
            .add_signed(min(max(at - engine.now(), Duration{0}), far).value())
            .digest();
    }

private:
    static bool is_exiting(const core::Engine& engine) {
        return engine.desk().winding_down != 0 || engine.desk().killed != 0;
    }
    [[nodiscard]] Lots held(const core::Engine& engine) const {
        return sum_certain(engine.position(config_.instrument));
    }
    // Told nothing it keeps what it has.
    [[nodiscard]] Lots wanted(const core::Engine& engine) const {
        if (is_exiting(engine)) return Lots{0};
        const Signal* told = engine.signal(config_.instrument, SignalKind::Target);
        return told == nullptr ? held(engine) : Lots{told->value};
    }

    HoldConfig config_;
    Arena<HoldState> state_;
};
// [/quoted]

} // namespace keel::strategy
