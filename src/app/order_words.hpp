#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "core/config.hpp"
#include "model/event.hpp"
#include "model/types.hpp"
#include "sim/outside.hpp"

// How `keel why` and `keel timeline` say what happened to an order.

namespace keel::app {

// Seconds to the microsecond: "210.033913".
[[nodiscard]] std::string time_text(Duration since);
// "create+cancel"; "-": nothing
[[nodiscard]] std::string pending_text(std::uint8_t set);
[[nodiscard]] std::string_view words_of(Reason reason);
[[nodiscard]] std::string_view words_of(RequestKind kind);
[[nodiscard]] std::string_view words_of(ReportSource source);
[[nodiscard]] std::string_view words_of(Act act);                    // of the operator
[[nodiscard]] std::string_view words_of(sim::OutsideAct::Kind kind); // who did it
[[nodiscard]] std::string id_text(const ExecID& id);

// Quantities and prices as their instrument writes them.
class InstrumentTexts {
public:
    explicit InstrumentTexts(const core::EngineConfig& config) : config_(config) {}
    [[nodiscard]] const Instrument* spec(InstrumentIx i) const; // null: there is none
    [[nodiscard]] std::string place(InstrumentIx i) const;      // "pacifica/BTC"; there is one
    [[nodiscard]] std::string qty(InstrumentIx i, Lots lots) const;
    [[nodiscard]] std::string price(InstrumentIx i, Ticks px) const;

private:
    const core::EngineConfig& config_;
};

} // namespace keel::app
