#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "explore/subject.hpp"
#include "explore/world.hpp"

namespace keel::explore {

constexpr std::size_t situation_count = 6;
[[nodiscard]] std::string_view to_string(Situation situation);
[[nodiscard]] Situation situation_of(const World& world);

} // namespace keel::explore
