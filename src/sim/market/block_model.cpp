#include "sim/market/block_model.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace keel::sim {
namespace {

// Nearer than this two starting points are the same one.
constexpr std::int64_t start_spacing_min = 10'000'000;

constexpr std::uint32_t no_row = UINT32_MAX;

} // namespace

Result<std::shared_ptr<const BlockModel>> BlockModel::fit(SharedRecording recording,
                                                          Duration block_length) {
    KEEL_ASSERT(block_length > Duration{}, "a block of a recording has a length");
    const std::vector<MarketUpdate>& rows = recording->rows;
    KEEL_ASSERT(rows.size() < no_row, "a recording has fewer than 2^32 rows");
    auto out = std::shared_ptr<BlockModel>(new BlockModel);
    out->block_length_ = block_length;
    out->stream_count_ = static_cast<std::uint32_t>(recording->streams.size());

    // Blocks start after the moment at which the last stream had its first quote: other rows may
    // share its time stamp, and a block begins with all rows of its own...
    std::array<std::uint32_t, market_streams_max> quote_row{}; // the quote in force, per stream
    quote_row.fill(no_row);
    std::uint32_t unseen = out->stream_count_;
    std::uint32_t row = 0;
    for (; row < rows.size() && unseen > 0; ++row) {
        if (rows[row].is_trade() || quote_row[rows[row].stream] != no_row) continue;
        out->home_px_[rows[row].stream] = rows[row].bid_px;
        quote_row[rows[row].stream] = row;
        --unseen;
    }
    while (row > 0 && row < rows.size() && rows[row].at == rows[row - 1].at) ++row;
    const std::int64_t first = unseen > 0 || row == rows.size() ? 0 : rows[row].at.ns();
    const std::int64_t room = rows.back().at.ns() - first - block_length.value();
    if (unseen > 0 || room < block_length.value()) {
        return fail(
            fmt::format("the recording lasts {} ms; to go on after its end it must hold two "
                        "blocks of {} ms in which every symbol is quoted. Shorten the run, or "
                        "give a longer recording",
                        in_milliseconds(recording->length()), in_milliseconds(block_length)));
    }

    // ...and early enough that each is whole.
    const std::int64_t spacing = std::max(start_spacing_min, room / (starts_max - 1) + 1);
    const auto row_at = [&](std::int64_t ns) {
        const auto found = std::ranges::lower_bound(rows, Timestamp{ns}, {}, &MarketUpdate::at);
        return static_cast<std::uint32_t>(found - rows.begin());
    };
    for (std::int64_t at = first; at <= first + room; at += spacing) {
        out->starts_.push_back({.at = Timestamp{at},
                                .first_row = row_at(at),
                                .end_row = row_at(at + block_length.value())});
    }
    KEEL_ASSERT(out->starts_.size() <= starts_max, "the starting points of blocks are bounded");

    // Two walks over the rows: the quotes in force where blocks begin, then where they end.
    const auto walk = [&](std::uint32_t Start::* edge, auto visit) {
        quote_row.fill(no_row);
        std::uint32_t next = 0;
        for (std::uint32_t i = 0; i < out->start_count(); ++i) {
            for (; next < out->starts_[i].*edge; ++next) {
                if (!rows[next].is_trade()) quote_row[rows[next].stream] = next;
            }
            for (std::uint32_t s = 0; s < out->stream_count_; ++s) {
                visit(out->openings_[std::size_t{i} * out->stream_count_ + s], quote_row[s]);
            }
        }
    };
    out->openings_.resize(out->starts_.size() * out->stream_count_);
    walk(&Start::first_row, [](Opening& opening, std::uint32_t quote) { opening.row = quote; });
    walk(&Start::end_row, [&](Opening& opening, std::uint32_t quote) {
        KEEL_ASSERT(opening.row != no_row, "a block starts where every stream has a quote");
        opening.bid_move = rows[quote].bid_px - rows[opening.row].bid_px;
    });
    out->recording_ = std::move(recording);
    return out;
}

ContinuedMarket::ContinuedMarket(SharedRecording recording, std::shared_ptr<const BlockModel> model,
                                 std::uint64_t seed, Timestamp until)
    : recording_(std::move(recording)), model_(std::move(model)), rows_(recording_->rows.data()),
      until_(until) {
    KEEL_ASSERT(model_ == nullptr || model_->recording() == recording_,
                "a continuation is fitted to the recording that it continues");
    for (std::size_t i = 0; i < recording_->streams.size(); ++i) {
        price_unit_[i] = recording_->streams[i].price_unit;
    }
    state_.end_row = recording_->rows.size();
    state_.rng = Rng{seed};
}

bool ContinuedMarket::begin_block() {
    if (model_ == nullptr) return false;
    const std::int64_t length = model_->block_length().value();
    const std::int64_t begins =
        recording_->length().value() + static_cast<std::int64_t>(state_.blocks) * length;
    if (begins >= until_.ns()) return false;
    ++state_.blocks;
    state_.start = static_cast<std::uint32_t>(state_.rng.below(model_->start_count()));
    const bool mirrored = state_.rng.chance_ppm(500'000);
    const BlockModel::Start& start = model_->start(state_.start);
    state_.row = start.first_row;
    state_.end_row = start.end_row;
    state_.time_offset = begins - start.at.ns();
    state_.openings_left = static_cast<std::uint32_t>(recording_->streams.size());
    for (std::uint32_t s = 0; s < state_.openings_left; ++s) {
        const BlockModel::Opening& opening = model_->opening(state_.start, s);
        const MarketUpdate& book = rows_[opening.row];
        Stream& stream = state_.streams[s];
        bool turned = mirrored;
        if (stream.bid_px / 2 > model_->home_px(s)) turned = opening.bid_move > 0;
        if (stream.bid_px < model_->home_px(s) / 2) turned = opening.bid_move < 0;
        stream.is_mirrored = turned ? 1 : 0;
        stream.offset = stream.bid_px + (turned ? book.ask_px : -book.bid_px);
    }
    return true;
}

// The book that a block's first rows were recorded against, at the moment the block begins.
MarketUpdate ContinuedMarket::open_stream() {
    const auto stream_count = static_cast<std::uint32_t>(recording_->streams.size());
    const std::uint32_t s = stream_count - state_.openings_left--;
    MarketUpdate book = rows_[model_->opening(state_.start, s).row];
    book.at = model_->start(state_.start).at;
    return moved(book, state_.streams[s]);
}

} // namespace keel::sim
