#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/order_words.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"

// Signals as people write and read them: in base currency, prices and basis points.

namespace keel::app {

struct SignalKindWord {
    std::string_view word; // in configs and scenarios
    SignalKind kind;
};
constexpr std::array<SignalKindWord, signal_kind_count> signal_kind_words{
    {{"target", SignalKind::Target},
     {"fair_value", SignalKind::FairValue},
     {"funding", SignalKind::Funding},
     {"close", SignalKind::Close}}};
// Of one of these words.
[[nodiscard]] SignalKind signal_kind(std::string_view word);
[[nodiscard]] std::string_view word_of(SignalKind kind);

// What a signal's `value` is for this decimal; `text`: as it was written. A close has none.
[[nodiscard]] Result<std::int64_t> signal_value(SignalKind kind, Decimal value,
                                                std::string_view text, const Instrument& spec);
// A price of the instrument, for stop and limit.
[[nodiscard]] Result<Ticks> signal_price(Decimal value, std::string_view text,
                                         const Instrument& spec);
// Whether stop and limit lie on their sides of a target.
[[nodiscard]] Result<void> check_exits(const Signal& signal);

// "target 0.010 of pacifica/BTC, stop 59000, limit 61000 (no. 3)"
[[nodiscard]] std::string signal_words(const InstrumentTexts& texts, const Signal& signal);

} // namespace keel::app
