#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "explore/fault_table.hpp"

namespace keel::app {

// Which kinds of fault searches have met in which situation of the desk, and where one can be met.
class FaultCoverage {
public:
    FaultCoverage(); // of no scenario
    FaultCoverage(const explore::Scenario& scenario, std::uint32_t max_faults);
    void met(const explore::FaultTable& more) { explore::add(met_, more); }
    // Those of another scenario: what can be met in one of them can be met.
    void join(const FaultCoverage& other);

    // An error names each fault that can be met, and the situation in which it never was.
    [[nodiscard]] Result<void> covered() const;
    // A table for people: a row for each kind, a column for each situation. Empty if no fault can
    // be met at all.
    [[nodiscard]] std::string text() const;
    // {kind: {situation: how often}} without what cannot be met...
    [[nodiscard]] nlohmann::ordered_json json() const;
    // ... and that, as {kind: {situation: why}}. A kind that is never met is left out.
    [[nodiscard]] nlohmann::ordered_json never_json() const;

private:
    [[nodiscard]] bool can_meet(std::size_t kind, std::size_t situation) const {
        return never_[kind][situation].empty() || met_[kind][situation] > 0;
    }
    [[nodiscard]] bool is_row(std::size_t kind) const;
    [[nodiscard]] std::string reasons() const;

    explore::FaultTable met_{};
    std::uint32_t max_faults_ = 0;
    bool lists_any_ = false; // a kind that may happen
    // Why not; empty: it can be met.
    std::array<std::array<std::string_view, explore::situation_count>, sim::fault_kind_count>
        never_{};
};

} // namespace keel::app
