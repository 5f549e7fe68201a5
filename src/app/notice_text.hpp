#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/config.hpp"
#include "model/command.hpp"

namespace keel::app {

// "open", "closing", "closed": where a life stands after it.
[[nodiscard]] std::string_view stage_after(NoticeKind kind);
// "stop", "request": as reports name it. None: others have closed it.
[[nodiscard]] std::string_view name_of(CloseCause cause);

// A notice in a trader's words: "hyperliquid/BTC, life 2: request 7 closes 0.01 BTC".
// `bases`: by instrument, the base currency.
[[nodiscard]] std::string words_of(const Notice& notice, const core::EngineConfig& config,
                                   std::span<const std::string> bases);

} // namespace keel::app
