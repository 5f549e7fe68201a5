#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "sim/market/recording.hpp"

namespace keel::sim {

using Done = Result<void>;

// "61800.30" -> 6'180'030'000'000. Exact or an error: at most eight places, at most ten billion,
// never negative.
[[nodiscard]] Result<std::int64_t> parse_market_value(std::string_view text);

// Collects rows in order of receive time and holds each to what every reader promises: time never
// goes back, prices and quantities are positive and within market_value_max, no quote is crossed.
class RecordingBuilder {
public:
    explicit RecordingBuilder(std::uint64_t rows_max) : rows_max_(rows_max) {}

    [[nodiscard]] Result<std::uint32_t> stream(std::string_view symbol);
    [[nodiscard]] Done quote(std::int64_t ns, std::uint32_t stream, std::int64_t bid_px,
                             std::int64_t bid_qty, std::int64_t ask_px, std::int64_t ask_qty);
    [[nodiscard]] Done trade(std::int64_t ns, std::uint32_t stream, Side aggressor, std::int64_t px,
                             std::int64_t qty);
    // Counts only while no single trades of the symbol are in the file.
    [[nodiscard]] Done agg_trade(std::int64_t ns, std::uint32_t stream, Side aggressor,
                                 std::int64_t px, std::int64_t qty);
    [[nodiscard]] SkippedFrames& skipped() { return out_.skipped; }

    // Stamps rows from the first one on, drops aggregates of trades that are there singly, derives
    // quotes where there are none.
    [[nodiscard]] Result<SharedRecording> finish();

private:
    [[nodiscard]] Done add(std::int64_t ns, MarketUpdate row);
    void drop_doubled_trades();
    void derive_quotes();
    void settle_units_and_counts();

    std::uint64_t rows_max_;
    std::int64_t last_ns_ = 0;
    Recording out_;
};

} // namespace keel::sim
