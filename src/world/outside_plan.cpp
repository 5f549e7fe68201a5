#include "world/outside_plan.hpp"

#include <algorithm>
#include <tuple>

#include "base/rng.hpp"
#include "world/per_hour.hpp"

namespace keel::world {
namespace {

using Kind = sim::OutsideAct::Kind;

constexpr std::uint64_t outside_stream = 0x6f757473696465ULL; // "outside": a stream of the seed

} // namespace

OutsidePlan::OutsidePlan(const std::vector<OutsideRates>& rates, std::uint64_t seed,
                         Timestamp start, Duration duration) {
    for (std::uint32_t i = 0; i < rates.size(); ++i) {
        const OutsideRates& own = rates[i];
        const auto plan = [&](Kind kind, std::uint32_t per_hour) {
            if (per_hour == 0 || duration <= Duration{}) return;
            Rng rng = Rng{seed}.fork(outside_stream + 4 * std::uint64_t{i} +
                                     static_cast<std::uint64_t>(kind));
            for (std::int64_t left = count_over(per_hour, duration, rng); left > 0; --left) {
                Planned one;
                one.at = start + Duration{rng.between(1, duration.value())};
                one.act.instrument = InstrumentIx{i};
                one.act.kind = kind;
                one.act.side = rng.chance_ppm(500'000) ? Side::Buy : Side::Sell;
                one.act.qty = Lots{rng.between(1, own.qty_max.value())};
                if (own.hedge_mode) {
                    const bool is_long = rng.chance_ppm(500'000);
                    one.act.position_side = is_long ? PositionSide::Long : PositionSide::Short;
                }
                acts_.push_back(one);
            }
        };
        plan(Kind::Manual, own.manual_per_hour);
        plan(Kind::Liquidation, own.liquidations_per_hour);
        plan(Kind::Adl, own.adl_per_hour);
    }
    std::ranges::sort(acts_, {}, [](const Planned& one) { // (equal ones are the same)
        return std::tuple{one.at,      one.act.instrument.value(), one.act.kind, one.act.side,
                          one.act.qty, one.act.position_side};
    });
}

sim::OutsideAct OutsidePlan::next(const Held& held) {
    sim::OutsideAct out = acts_[next_++].act;
    if (out.kind == Kind::Manual) return out;
    const Lots there = held(out.position_side);
    if (out.position_side == PositionSide::Net) {
        out.side = there > Lots{0} ? Side::Sell : Side::Buy;
    } else {
        const bool is_long = (out.position_side == PositionSide::Long) == (there != Lots{0});
        out.position_side = is_long ? PositionSide::Long : PositionSide::Short;
        out.side = is_long ? Side::Sell : Side::Buy;
    }
    return out;
}

} // namespace keel::world
