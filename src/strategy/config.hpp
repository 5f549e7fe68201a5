#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config.hpp"

namespace keel::strategy {

enum class Sides : std::uint8_t { Both, BuyOnly, SellOnly };
enum class OnExit : std::uint8_t { Unwind, Hold };

// Hedged market making: one maker and one hedge instrument.
struct XemmConfig {
    std::string name;
    GroupIx group;
    InstrumentIx maker;
    InstrumentIx hedge; // the group's hedge_via
    Sides sides = Sides::Both;
    Lots order_qty{0};            // maker lots per quote
    Bps target_edge{5 * bps_one}; // after both fees, against the hedge venue's touch
    Bps edge_drift{3 * bps_one};  // a quote whose edge moved farther is refreshed
    Duration refresh_age{seconds(30)};
    std::uint64_t rounds_max = 0; // 1: single cycle; 0: continuous
    OnExit on_exit = OnExit::Unwind;
};

struct DeskConfig {
    core::EngineConfig engine;
    std::vector<XemmConfig> xemm;
};

[[nodiscard]] Result<DeskConfig> make_desk_config(DeskConfig draft);

} // namespace keel::strategy
