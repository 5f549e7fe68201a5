#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/store.hpp"
#include "base/time.hpp"
#include "model/types.hpp"
#include "sim/market/basis.hpp"

namespace keel::sim {

// What holding an instrument costs: at each settlement a long pays a short the rate, or a short a
// long where it is below zero. The rate is a mean-reverting process of the seed, drawn anew for
// each settlement: synthetic, no venue's.
struct FundingTerms {
    Duration every{}; // between two settlements; 0: there is no funding
    Bps mean{};       // of the rate; of notional
    Bps spread{};     // 98 % of rates are within this of it
    Duration half_life = seconds(28'800);

    [[nodiscard]] bool is_some() const { return every > Duration{}; }
};
// No shorter than a second, a half-life of at least one interval, rates of at most 1000 bps.
[[nodiscard]] Result<void> check(const FundingTerms& terms);

[[nodiscard]] BasisProcess funding_process(const FundingTerms& terms);
// In 1e-6 of notional, rounded to the nearest.
[[nodiscard]] std::int64_t funding_rate(const BasisProcess& process,
                                        const BasisProcess::State& state);

// One instrument's funding.
struct FundingSlot {
    Timestamp settle_at;       // the coming settlement; `never`: the market has had no mid yet
    std::uint64_t number = 0;  // of it, from 1
    std::int64_t rate_ppm = 0; // of it
    Money paid;                // at all settlements, less what was received
    BasisProcess::State process;
};
static_assert(Slot<FundingSlot>);

// One settlement, as it truly happened. For auditors only.
struct TrueFunding {
    Timestamp at;
    InstrumentIx instrument;
    AccountIx account;
    std::int64_t rate_ppm = 0;
    Money paid; // below zero: received
};

} // namespace keel::sim
