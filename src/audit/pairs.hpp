#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "audit/config.hpp"
#include "audit/equity.hpp"

namespace keel::audit {

// What pairs of legs truly did, from executions alone: a round trip is both legs on, and off again;
// a rollback is a leg that came and went without its whole counterpart.
class PairTallies {
public:
    PairTallies(const AuditorConfig& config, const EquityRules& equity);
    // What a copy looks at instead of what its original looked at.
    void look_at(const EquityRules& equity) { equity_ = &equity; }

    // An execution moved a leg, and its money is counted; `cash_before`: of its instrument.
    void on_fill(InstrumentIx instrument, Int128 cash_before);

    struct Tally {
        std::uint64_t round_trips = 0;
        std::uint64_t rollbacks = 0;
        Int128 trips_won = 0; // 1e-8: after fees, of round trips
        Int128 rollbacks_cost = 0;
    };
    // By pair, as in the config.
    [[nodiscard]] const Tally& tally(std::size_t n) const { return states_[n].tally; }

private:
    struct State {
        Tally tally;
        Int128 cash_before = 0; // of both legs, when the first of them came
        bool is_on = false;
        bool was_whole = false;
    };
    [[nodiscard]] Int128 units(InstrumentIx instrument, int unit_scale) const;

    const AuditorConfig* config_; // shared by all copies
    const EquityRules* equity_;
    std::vector<State> states_;
};

} // namespace keel::audit
