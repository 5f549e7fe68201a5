#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "world/signal_source.hpp"

namespace keel::app {

// What a file of signals is about, and what it does not say itself.
struct SignalCsv {
    InstrumentIx instrument;
    SignalKind kind = SignalKind::Target;
    Instrument spec;
    Duration valid_for; // of a row that does not say it
    Timestamp start;    // at_ms counts from here
};

// Reads the text of a CSV file: a header with named columns, and a row for each signal, in order of
// time (docs/signals.md). An error is "file:line:column: what is wrong, and what to do"; a column
// counts bytes from 1.
[[nodiscard]] Result<std::vector<world::TimedSignal>>
parse_signals(std::string_view text, const std::string& file, const SignalCsv& about);

// The same, of a file: plain, gzip or zip.
[[nodiscard]] Result<std::vector<world::TimedSignal>> read_signals(const std::string& path,
                                                                   const SignalCsv& about);

} // namespace keel::app
