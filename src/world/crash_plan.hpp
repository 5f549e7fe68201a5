#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "base/time.hpp"
#include "sim/faults.hpp"

namespace keel::world {

// When the desk's process dies, for how long, and how much of its record is lost: all from the
// seed.
class CrashPlan {
public:
    // `crashes_per_hour` of the profile over `duration`, at least one when it is not zero, and with
    // an even chance one more while the run settles.
    CrashPlan(const sim::FaultProfile& faults, std::uint64_t seed, Timestamp start,
              Duration duration);

    [[nodiscard]] Timestamp next_at() const { return next_ < at_.size() ? at_[next_] : never; }
    // The process dies now. The next crash comes no sooner than a while after it is back.
    struct Crash {
        Duration downtime;
        std::uint32_t lost_tail = 0; // events
    };
    [[nodiscard]] Crash strike(Timestamp now);
    [[nodiscard]] bool is_empty() const { return at_.empty(); }

private:
    sim::FaultProfile faults_;
    Rng rng_;
    std::vector<Timestamp> at_;
    std::size_t next_ = 0;
};

} // namespace keel::world
