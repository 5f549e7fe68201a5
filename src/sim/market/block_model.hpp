#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "sim/market/recording.hpp"

namespace keel::sim {

constexpr Duration block_length_default = seconds(5);

// How a recording goes on after its end: blocks of it, drawn by a seed, laid end to end and moved
// to the price reached so far (a block bootstrap). Within a block everything is as it was recorded:
// gaps, quotes, trades, and how the symbols move together. docs/market-fixture.md compares the two.
//
// This is the fitted part: evenly spaced starting points and the books they start from. It never
// changes, so all copies of a world share it.
class BlockModel {
public:
    static constexpr std::uint32_t starts_max = 4'096;

    // An error if the recording is shorter than two blocks after all its symbols have had a quote.
    [[nodiscard]] static Result<std::shared_ptr<const BlockModel>>
    fit(SharedRecording recording, Duration block_length = block_length_default);

    struct Start {
        Timestamp at;                // a block is what was recorded in [at, at + block_length)
        std::uint32_t first_row = 0; // and these are its rows: [first_row, end_row)
        std::uint32_t end_row = 0;
    };
    struct Opening {
        std::uint32_t row = 0;     // the quote in force when the block begins
        std::int64_t bid_move = 0; // from it to the quote in force when it ends
    };
    [[nodiscard]] const SharedRecording& recording() const { return recording_; }
    [[nodiscard]] Duration block_length() const { return block_length_; }
    [[nodiscard]] std::uint32_t start_count() const {
        return static_cast<std::uint32_t>(starts_.size());
    }
    [[nodiscard]] const Start& start(std::uint32_t i) const { return starts_[i]; }
    [[nodiscard]] const Opening& opening(std::uint32_t start, std::uint32_t stream) const {
        return openings_[std::size_t{start} * stream_count_ + stream];
    }
    // The stream's first bid of the recording: its price stays between about half and twice that.
    [[nodiscard]] std::int64_t home_px(std::uint32_t stream) const { return home_px_[stream]; }

private:
    BlockModel() = default;

    SharedRecording recording_;
    Duration block_length_;
    std::uint32_t stream_count_ = 0;
    std::vector<Start> starts_;
    std::vector<Opening> openings_;
    std::array<std::int64_t, market_streams_max> home_px_{};
};

// The recording, then its continuation until `until`.
//
// Rules of the continuation. A block's prices are those of its rows plus one constant per stream,
// chosen so that the bid does not jump where two blocks meet. Half of the blocks, by a draw, are
// played upside down (bids become asks, buyers sellers, rises falls), for all streams at once: so
// the trend of the recording, which nobody should learn from, averages out, and nothing else does.
// Each block begins with the book that its first rows were recorded against, one quote per stream.
// Below half or above twice its first price a stream's blocks are turned the way that leads back.
class ContinuedMarket {
public:
    // Ends with the recording when there is no model, and in any case before `until`.
    ContinuedMarket(SharedRecording recording, std::shared_ptr<const BlockModel> model,
                    std::uint64_t seed, Timestamp until = never);

    struct Stream {
        std::int64_t offset = 0; // added to prices, or what prices are taken from
        std::int64_t is_mirrored = 0;
        std::int64_t bid_px = 0; // of the last quote that went out
    };
    struct State {
        std::uint64_t row = 0; // the next, and where this block ends
        std::uint64_t end_row = 0;
        std::int64_t time_offset = 0;
        std::uint64_t blocks = 0; // begun so far
        std::uint32_t start = 0;  // of this block
        std::uint32_t openings_left = 0;
        Rng rng;
        std::array<Stream, market_streams_max> streams{};
    };
    static_assert(std::has_unique_object_representations_v<State>);

    // The recording's rows are given out as they are; the rest is arithmetic on one row.
    [[nodiscard]] std::optional<MarketUpdate> next() {
        while (state_.openings_left > 0 || state_.row == state_.end_row) {
            if (state_.openings_left > 0) return open_stream();
            if (!begin_block()) return std::nullopt;
        }
        const MarketUpdate& row = rows_[state_.row];
        if (row.at.ns() + state_.time_offset >= until_.ns()) return std::nullopt;
        ++state_.row;
        Stream& stream = state_.streams[row.stream];
        if (state_.blocks == 0) {
            if (!row.is_trade()) stream.bid_px = row.bid_px;
            return row;
        }
        return moved(row, stream);
    }
    [[nodiscard]] State state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    [[nodiscard]] const Recording& recording() const { return *recording_; }
    // Blocks begun; 0 while the recording itself plays.
    [[nodiscard]] std::uint64_t blocks() const { return state_.blocks; }

private:
    bool begin_block();
    MarketUpdate open_stream();
    MarketUpdate moved(MarketUpdate row, Stream& stream) const;

    SharedRecording recording_;
    std::shared_ptr<const BlockModel> model_;
    const MarketUpdate* rows_;
    std::array<std::int64_t, market_streams_max> price_unit_{};
    Timestamp until_;
    State state_;
};
static_assert(MarketSource<ContinuedMarket>);

inline MarketUpdate ContinuedMarket::moved(MarketUpdate row, Stream& stream) const {
    row.at = Timestamp{row.at.ns() + state_.time_offset};
    std::int64_t bid_px = row.bid_px;
    std::int64_t ask_px = row.ask_px;
    if (stream.is_mirrored != 0) {
        bid_px = -row.ask_px;
        ask_px = -row.bid_px;
        std::swap(row.bid_qty, row.ask_qty);
        if (row.is_trade()) row.aggressor = opposite(row.aggressor);
    }
    // A price never falls below its unit, and a quote is never crossed, however wild the recording.
    const std::int64_t unit = price_unit_[row.stream];
    row.bid_px = std::max(bid_px + stream.offset, unit);
    row.ask_px = std::max(ask_px + stream.offset, row.is_trade() ? unit : row.bid_px + unit);
    if (!row.is_trade()) stream.bid_px = row.bid_px;
    return row;
}

} // namespace keel::sim
