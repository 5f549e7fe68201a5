#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "explore/world.hpp"

namespace keel::explore {

// What a desk was doing when a fault came: the table in which an empty cell shows that a campaign
// has not tried something.
enum class Situation : std::uint8_t { Resting, CancelPending, Unknown, Hedging, Restarting, Idle };
constexpr std::size_t situation_count = 6;
[[nodiscard]] std::string_view to_string(Situation situation);
[[nodiscard]] Situation situation_of(const World& world);

} // namespace keel::explore
