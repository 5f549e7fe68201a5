#include "world/crash_plan.hpp"

#include <algorithm>

#include "world/per_hour.hpp"

namespace keel::world {
namespace {

constexpr Duration downtime_min{milliseconds(200)};
constexpr Duration settling{seconds(60)};      // a crash of the settling comes within this
constexpr Duration alive_at_least{seconds(1)}; // between two lives' crashes

} // namespace

CrashPlan::CrashPlan(const sim::FaultProfile& faults, std::uint64_t seed, Timestamp start,
                     Duration duration)
    : faults_(faults), rng_(Rng{seed}.fork(0x6372617368ULL)) { // "crash"
    if (faults.crashes_per_hour == 0 || duration <= Duration{}) return;
    for (std::int64_t left = count_over(faults.crashes_per_hour, duration, rng_); left > 0;
         --left) {
        at_.push_back(start + Duration{rng_.between(1, duration.value())});
    }
    const bool one_more = rng_.chance_ppm(500'000);
    const Duration when{rng_.between(1, settling.value())};
    if (one_more) at_.push_back(start + duration + when);
    std::ranges::sort(at_);
}

CrashPlan::Crash CrashPlan::strike(Timestamp now) {
    Crash out;
    out.downtime = Duration{
        rng_.between(downtime_min.value(), max(downtime_min, faults_.downtime_max).value())};
    out.lost_tail =
        static_cast<std::uint32_t>(rng_.below(std::uint64_t{faults_.lost_tail_max} + 1));
    while (next_ < at_.size() && at_[next_] <= now) ++next_;
    if (next_ < at_.size()) {
        at_[next_] = later(at_[next_], now + out.downtime + alive_at_least);
        // Those that would have come before it come after it.
        for (std::size_t i = next_ + 1; i < at_.size(); ++i) {
            at_[i] = later(at_[i], at_[i - 1] + alive_at_least);
        }
    }
    return out;
}

} // namespace keel::world
