#pragma once

#include <cstdint>
#include <string>

#include "app/order_words.hpp"
#include "core/engine.hpp"
#include "model/types.hpp"

namespace keel::app {

// What a desk believes, in words: what stands beside its lane in a drawing.

struct OrderState {
    InstrumentIx instrument;
    OrdStatus status = OrdStatus::PendingNew;
    Lots cum_qty;
    Lots leaves_qty;
    std::uint8_t asked = 0; // keel::pending bits
};
// "New, cum 0.0000 leaves 0.2000, asked: cancel"
[[nodiscard]] std::string state_words(const InstrumentTexts& texts, const OrderState& state);

// "eth  exposure [-0.2, 0.34], owed: sell 0.018"
[[nodiscard]] std::string group_words(const core::Engine& engine, GroupIx group);

} // namespace keel::app
