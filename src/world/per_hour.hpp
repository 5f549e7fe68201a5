#pragma once

#include <algorithm>
#include <cstdint>

#include "base/math.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace keel::world {

// How often something happens in `duration` that happens so often an hour: what is left of a whole
// number is drawn, and it is at least once.
[[nodiscard]] inline std::int64_t count_over(std::uint32_t per_hour, Duration duration, Rng& rng) {
    const std::int64_t hour = seconds(3'600).value();
    const auto expected = static_cast<Int128>(per_hour) * duration.value();
    auto count = static_cast<std::int64_t>(expected / hour);
    const auto rest_ppm = static_cast<std::uint32_t>(expected % hour * 1'000'000 / hour);
    if (rng.chance_ppm(rest_ppm)) ++count;
    return std::max<std::int64_t>(count, 1);
}

} // namespace keel::world
