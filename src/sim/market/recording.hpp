#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "sim/market/market.hpp"

namespace keel::sim {

// One symbol of a recording. The units are the coarsest power of ten (at most 1) that all its
// prices, or quantities, are multiples of: the tick and the lot as far as the rows show them.
struct StreamInfo {
    std::string symbol;
    std::int64_t price_unit = market_one;
    std::int64_t qty_unit = market_one;
    std::uint64_t quotes = 0;
    std::uint64_t trades = 0;
    bool quotes_are_derived = false; // the file had trades only; see derive_quotes()
    bool operator==(const StreamInfo&) const = default;
};

// What a file held besides quotes and trades. None of it is an error.
struct SkippedFrames {
    std::uint64_t depth_updates = 0;
    std::uint64_t depth_snapshots = 0;
    std::uint64_t agg_trades = 0; // of a symbol whose single trades are in the file, too
    std::uint64_t not_market = 0; // prints outside the book (insurance fund, liquidation by ADL)
    std::uint64_t others = 0;     // other channels, subscription answers
    bool operator==(const SkippedFrames&) const = default;
};

// Market data as it was received, all symbols in one order of time. Read once, then shared.
struct Recording {
    std::vector<StreamInfo> streams;
    std::vector<MarketUpdate> rows; // rows.front().at is 0
    std::int64_t epoch_ns = 0;      // when row 0 was received, nanoseconds since 1970
    SkippedFrames skipped;

    [[nodiscard]] Duration length() const {
        return rows.empty() ? Duration{} : rows.back().at - rows.front().at;
    }
    [[nodiscard]] std::optional<std::uint32_t> find_stream(std::string_view symbol) const;
};
using SharedRecording = std::shared_ptr<const Recording>;

struct LoadOptions {
    // The symbol of a file that does not name it (best-bid-offer and aggTrades CSV). Left empty, it
    // is the file's name up to the first of "." and "-": BTCUSDT-aggTrades-2024-08-08.zip ->
    // BTCUSDT.
    std::string symbol;
    // More rows than this need a smaller file (48 bytes of memory a row).
    std::uint64_t rows_max = 20'000'000;
};

// Reads a recording. What it is, is decided by its content, not by its name:
//   the project's own fixture                        docs/market-fixture.md
//   raw Binance frames, `<receive ns> <json>` lines  bookTicker, trade, aggTrade
//   best bid and offer, CSV timestamp,ask_amount,ask_price,bid_price,bid_amount Binance's published
//   aggTrades, CSV or zip        with or without a header, ms or us
// each plain or gzip. A malformed row is an error that names the file, the line and what to do.
[[nodiscard]] Result<SharedRecording> load_recording(const std::string& path,
                                                     const LoadOptions& options = {});

// Whether a file says itself what its rows are of. A CSV does not: it goes by its name, or by the
// symbol it is loaded with. False for what cannot be read.
[[nodiscard]] bool names_its_symbols(const std::string& path);

// Several recordings of one time as one, by receive time since 1970; on a tie the earlier of
// `parts` is first. A symbol may come in several parts if they follow each other.
[[nodiscard]] Result<SharedRecording> merge_recordings(std::span<const SharedRecording> parts);

} // namespace keel::sim
