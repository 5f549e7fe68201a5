#pragma once

#include "timeline/timeline.hpp"

namespace keel::timeline {

// A cancel that crosses the fill of its order, a duplicate, and a request that nobody answers.
[[nodiscard]] Timeline small_timeline();

// Steps of a schedule, two of which have one time: a fill that crosses a cancel, one message of
// each fate, and a rule that breaks where only a venue has heard something.
[[nodiscard]] Timeline steps_timeline();

// A message in milliseconds; one that is not heard never arrives.
[[nodiscard]] Message message(std::uint32_t from, std::uint32_t to, std::int64_t sent_ms,
                              std::optional<std::int64_t> received_ms, Kind kind);

// And one in steps, all at one time.
[[nodiscard]] Message in_steps(std::uint32_t from, std::uint32_t to, std::uint64_t sent,
                               std::optional<std::uint64_t> received, Kind kind);

} // namespace keel::timeline
