#pragma once

#include <span>
#include <string>

#include "app/run_config.hpp"
#include "core/config.hpp"
#include "model/command.hpp"

namespace keel::app {

// An alarm in a trader's words.
struct AlarmWords {
    std::string where;   // "pacifica/BTC", "pacifica", or empty: the whole desk
    std::string what;    // the number that was met, and the one it was held against
    std::string release; // what takes it away; empty: nothing has to
};
// `bases`: by instrument, the base currency.
[[nodiscard]] AlarmWords words_of(const Alarm& alarm, const core::EngineConfig& config,
                                  std::span<const std::string> bases);
[[nodiscard]] AlarmWords words_of(const Alarm& alarm, const RunConfig& config);

} // namespace keel::app
