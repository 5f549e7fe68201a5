#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.hpp"
#include "sim/outside.hpp"

namespace keel::world {

// How often what an account holds of one instrument is changed by somebody who is not the desk.
struct OutsideRates {
    std::uint32_t manual_per_hour = 0;
    std::uint32_t liquidations_per_hour = 0;
    std::uint32_t adl_per_hour = 0;
    Lots qty_max{1};         // of one of them, at least 1
    bool hedge_mode = false; // each moves the long or the short position, with equal chance
};

// When that happens, and how large it is: all from the seed, and each kind of each instrument from
// a stream of its own.
class OutsidePlan {
public:
    // Each rate over `duration`, at least once where it is not zero. `rates` by instrument; those
    // that are not there have none.
    OutsidePlan(const std::vector<OutsideRates>& rates, std::uint64_t seed, Timestamp start,
                Duration duration);

    [[nodiscard]] Timestamp next_at() const {
        return next_ < acts_.size() ? acts_[next_].at : never;
    }
    [[nodiscard]] InstrumentIx next_instrument() const { return acts_[next_].act.instrument; }
    // The next of them, where so much is held on a side: what the venue closes goes against that.
    // In hedge mode it closes the other side where nothing is held on the drawn one.
    using Held = std::function<Lots(PositionSide)>;
    [[nodiscard]] sim::OutsideAct next(const Held& held);

private:
    struct Planned {
        Timestamp at;
        sim::OutsideAct act;
    };
    std::vector<Planned> acts_;
    std::size_t next_ = 0;
};

} // namespace keel::world
