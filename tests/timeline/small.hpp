#pragma once

#include "timeline/timeline.hpp"

namespace keel::timeline {

// A cancel that crosses the fill of its order, a duplicate, and a request that nobody answers.
[[nodiscard]] Timeline small_timeline();

// A message in milliseconds; one that is not heard never arrives.
[[nodiscard]] Message message(std::uint32_t from, std::uint32_t to, std::int64_t sent_ms,
                              std::optional<std::int64_t> received_ms, Kind kind);

} // namespace keel::timeline
