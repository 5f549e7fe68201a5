#pragma once

#include <array>
#include <cstdint>

#include "core/engine.hpp"

namespace keel::strategy {

// How far the legs of a group are on their way to flat; part of a strategy's state.
struct TakeDown {
    Lots closing;              // what was held when the last close was sent
    Timestamp close_at;        // next close not before
    std::uint32_t attempt = 0; // slippage step of closes
    std::uint32_t reserved = 0;
};

// Takes the legs of a group towards flat, one order at a time; the caller sees to it that nothing
// is under way and that no hedge is due. What is nobody's goes first, wherever it is; then the
// first leg by up to `clip`: the group owes the other way, and the engine takes the second down.
// What is left there is closed where it is.
void take_down(core::Engine& engine, GroupIx group, const std::array<InstrumentIx, 2>& legs,
               Lots clip, const TakeDown& state, Commands& out);

// Neither leg holds what its venue takes an order for.
[[nodiscard]] bool are_down(const core::Engine& engine, const std::array<InstrumentIx, 2>& legs);
// Neither leg holds anything, whoever's it is.
[[nodiscard]] bool are_flat(const core::Engine& engine, const std::array<InstrumentIx, 2>& legs);

} // namespace keel::strategy
