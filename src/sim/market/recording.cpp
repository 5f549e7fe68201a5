#include "sim/market/recording.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "sim/market/readers.hpp"
#include "sim/market/text_input.hpp"

namespace keel::sim {
namespace {

constexpr std::size_t fixture_bytes_max = 64U << 20U;

enum class FileKind : std::uint8_t { Empty, Fixture, Frames, QuoteCsv, AggTradesCsv, Unknown };

FileKind kind_of(std::string_view head) {
    if (head.starts_with(fixture_magic)) return FileKind::Fixture;
    const auto start = head.find_first_not_of("\r\n");
    if (start == std::string_view::npos) return FileKind::Empty;
    std::string_view line = head.substr(start);
    line = line.substr(0, line.find_first_of("\r\n"));
    if (line.starts_with("timestamp,")) return FileKind::QuoteCsv;
    if (line.starts_with("agg_trade_id,")) return FileKind::AggTradesCsv;
    const auto after_digits = line.find_first_not_of("0123456789");
    if (after_digits == 0 || after_digits == std::string_view::npos) return FileKind::Unknown;
    if (line.substr(after_digits).starts_with(" {")) return FileKind::Frames;
    if (std::ranges::count(line, ',') >= 6) return FileKind::AggTradesCsv;
    return FileKind::Unknown;
}

bool names_its_symbols(FileKind kind) {
    return kind == FileKind::Fixture || kind == FileKind::Frames;
}

std::string symbol_from(const std::string& path) {
    const auto slash = path.find_last_of('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    return name.substr(0, name.find_first_of(".-"));
}

// One of several recordings, and how far it is merged.
struct Part {
    const Recording* recording = nullptr;
    std::size_t next = 0;
    std::array<std::uint32_t, market_streams_max> stream{}; // its streams in the whole

    [[nodiscard]] std::int64_t start_ns() const { return recording->epoch_ns; }
    [[nodiscard]] std::int64_t end_ns() const { return start_ns() + recording->length().value(); }
    [[nodiscard]] std::int64_t next_ns() const { // far away when it is used up
        return next < recording->rows.size() ? start_ns() + recording->rows[next].at.ns()
                                             : INT64_MAX;
    }
};

bool share_time(const Part& a, const Part& b) {
    return a.start_ns() <= b.end_ns() && b.start_ns() <= a.end_ns();
}

// Where the stream stands in `out`, now or already; nothing if there is no room.
std::optional<std::uint32_t> add_stream(Recording& out, const StreamInfo& info) {
    if (const auto known = out.find_stream(info.symbol)) {
        StreamInfo& whole = out.streams[*known];
        whole.price_unit = std::min(whole.price_unit, info.price_unit);
        whole.qty_unit = std::min(whole.qty_unit, info.qty_unit);
        whole.quotes += info.quotes;
        whole.trades += info.trades;
        whole.quotes_are_derived = whole.quotes_are_derived || info.quotes_are_derived;
        return known;
    }
    if (out.streams.size() == market_streams_max) return std::nullopt;
    out.streams.push_back(info);
    return static_cast<std::uint32_t>(out.streams.size() - 1);
}

void add_counts(SkippedFrames& sum, const SkippedFrames& more) {
    sum.depth_updates += more.depth_updates;
    sum.depth_snapshots += more.depth_snapshots;
    sum.agg_trades += more.agg_trades;
    sum.not_market += more.not_market;
    sum.others += more.others;
}

} // namespace

std::optional<std::uint32_t> Recording::find_stream(std::string_view symbol) const {
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (streams[i].symbol == symbol) return static_cast<std::uint32_t>(i);
    }
    return std::nullopt;
}

Result<SharedRecording> load_recording(const std::string& path, const LoadOptions& options) {
    Result<TextInput> input = TextInput::open(path);
    if (!input) return std::unexpected(input.error());
    LoadOptions named = options;
    if (named.symbol.empty()) named.symbol = symbol_from(path);
    const FileKind kind = kind_of(input->head());
    if (names_its_symbols(kind) && !options.symbol.empty()) {
        return fail(
            fmt::format("{}: names its symbols itself; give it without :{}", path, options.symbol));
    }
    switch (kind) {
    case FileKind::Empty: return fail(fmt::format("{}: is empty", path));
    case FileKind::Fixture: {
        const Result<std::string> bytes = input->rest(fixture_bytes_max);
        if (!bytes) return std::unexpected(bytes.error());
        Result<SharedRecording> out = read_fixture(*bytes, named);
        if (!out) return std::unexpected(out.error().while_doing(path));
        return out;
    }
    case FileKind::Frames: return read_binance_frames(*input, named);
    case FileKind::QuoteCsv: return read_quote_csv(*input, named);
    case FileKind::AggTradesCsv: return read_agg_trades_csv(*input, named);
    case FileKind::Unknown:
        return fail(
            fmt::format("{}: line 1: is no market data that Keel reads. Give a fixture of the "
                        "project (.kmk), raw Binance frames (`<ns> <json>` lines), a CSV with "
                        "the header `{}`, or Binance's aggTrades as CSV or zip",
                        path, quote_csv_header));
    }
    std::unreachable();
}

bool names_its_symbols(const std::string& path) {
    const Result<TextInput> input = TextInput::open(path);
    return input && names_its_symbols(kind_of(input->head()));
}

Result<SharedRecording> merge_recordings(std::span<const SharedRecording> parts) {
    KEEL_ASSERT(!parts.empty(), "a merge has something to merge");
    Recording out;
    std::vector<Part> todo;
    std::size_t rows = 0;
    for (const SharedRecording& recording : parts) {
        Part part{.recording = recording.get()};
        for (std::size_t i = 0; i < recording->streams.size(); ++i) {
            const StreamInfo& info = recording->streams[i];
            const bool doubled = std::ranges::any_of(todo, [&](const Part& other) {
                return other.recording->find_stream(info.symbol) && share_time(part, other);
            });
            if (doubled) {
                return fail(
                    fmt::format("merging recordings: {} is in two files of the same time; give "
                                "one of them another symbol",
                                info.symbol));
            }
            const std::optional<std::uint32_t> stream = add_stream(out, info);
            if (!stream) {
                return fail(
                    fmt::format("merging recordings: more than {} symbols; leave a file out",
                                market_streams_max));
            }
            part.stream[i] = *stream;
        }
        add_counts(out.skipped, recording->skipped);
        rows += recording->rows.size();
        todo.push_back(part);
    }
    out.epoch_ns = std::ranges::min(todo, {}, &Part::start_ns).start_ns();
    out.rows.reserve(rows);
    while (out.rows.size() < rows) {
        Part& first = *std::ranges::min_element(todo, {}, &Part::next_ns); // of equals, the first
        MarketUpdate row = first.recording->rows[first.next];
        row.at = Timestamp{first.next_ns() - out.epoch_ns};
        row.stream = first.stream[row.stream];
        out.rows.push_back(row);
        ++first.next;
    }
    return std::make_shared<const Recording>(std::move(out));
}

} // namespace keel::sim
