#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/engine.hpp"
#include "strategy/config.hpp"

namespace keel::app {

// How often each pair quoted, and what kept it from quoting: the gate is looked at now and then,
// which is enough to name what stands in the way of a desk that does not trade.
class Quoting {
public:
    struct Pair {
        std::string name;
        InstrumentIx maker;
        bool buys = true;
        bool sells = true;
        std::uint64_t quotes = 0;                            // orders sent to rest
        std::uint64_t looks = 0;                             // at a side that should be quoted
        std::uint64_t resting = 0;                           // of them a quote rested
        std::array<std::uint64_t, core::guard_count> held{}; // of them it did not, by what held it
    };
    explicit Quoting(const strategy::DeskConfig& desk);

    void on_order(const NewOrderSingle& order);
    void look(const core::Engine& engine);
    [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }

private:
    std::vector<Pair> pairs_;
    std::vector<InstrumentIx> hedges_; // by pair
};

} // namespace keel::app
