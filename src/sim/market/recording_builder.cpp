#include "sim/market/recording_builder.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/math.hpp"

namespace keel::sim {
namespace {

constexpr std::size_t symbol_chars_max = 64;
// Until finish(), a row that came as an aggregate is marked in the field that is unused later.
constexpr std::uint16_t mark_aggregate = 1;
// 2100-01-01: a stamp beyond it is in another unit than the reader thinks.
constexpr std::int64_t ns_max = 4'102'444'800'000'000'000;

std::string shown(std::int64_t value) { return to_string(normalized({value, market_scale})); }

Done check_value(std::int64_t value, std::string_view what) {
    if (value <= 0) return fail(fmt::format("the {} is {}, not positive", what, shown(value)));
    if (value > market_value_max) {
        return fail(
            fmt::format("the {} {} is above {}", what, shown(value), shown(market_value_max)));
    }
    return {};
}

// The coarser of the powers of ten up to `unit` that divides `value`.
std::int64_t unit_dividing(std::int64_t unit, std::int64_t value) {
    while (value % unit != 0) unit /= 10;
    return unit;
}

} // namespace

Result<std::int64_t> parse_market_value(std::string_view text) {
    // The common case by hand: digits, perhaps a point, at most eight places.
    std::int64_t value = 0;
    int places = -1;
    bool plain = !text.empty() && text.size() <= 17 && text.front() != '.' && text.back() != '.';
    for (const char c : text) {
        if (!plain) break;
        if (c == '.') {
            plain = places < 0;
            places = 0;
        } else {
            plain = c >= '0' && c <= '9' && places < market_scale;
            value = value * 10 + (c - '0');
            if (places >= 0) ++places;
        }
    }
    for (int i = std::max(places, 0); plain && i < market_scale; ++i) {
        plain = !__builtin_mul_overflow(value, std::int64_t{10}, &value);
    }
    if (!plain) { // an exponent, nine places with a trailing zero, or a fault that needs its words
        const Result<Decimal> decimal = parse_decimal(text);
        if (!decimal) return std::unexpected(decimal.error());
        const Result<std::int64_t> units = units_of(*decimal, Decimal{1, market_scale});
        if (!units) return std::unexpected(units.error());
        value = *units;
    }
    if (value < 0 || value > market_value_max) {
        return fail(
            fmt::format("{} is not from 0 to {}", text.substr(0, 40), shown(market_value_max)));
    }
    return value;
}

Result<std::uint32_t> RecordingBuilder::stream(std::string_view symbol) {
    for (std::size_t i = 0; i < out_.streams.size(); ++i) {
        if (out_.streams[i].symbol == symbol) return static_cast<std::uint32_t>(i);
    }
    const bool printable = std::ranges::all_of(symbol, [](char c) { return c > ' ' && c <= '~'; });
    if (symbol.empty() || symbol.size() > symbol_chars_max || !printable) {
        return fail(fmt::format("a symbol has 1 to {} printable characters", symbol_chars_max));
    }
    if (out_.streams.size() == market_streams_max) {
        return fail(
            fmt::format("more than {} symbols; cut the file by symbol", market_streams_max));
    }
    out_.streams.push_back({.symbol = std::string{symbol}});
    return static_cast<std::uint32_t>(out_.streams.size() - 1);
}

Done RecordingBuilder::add(std::int64_t ns, MarketUpdate row) {
    if (ns < 0 || ns > ns_max) {
        return fail(fmt::format("the time {} ns is not between 1970 and 2100; check its unit", ns));
    }
    if (ns < last_ns_) {
        return fail(fmt::format("the time {} ns is before the row above it ({} ns); sort the file",
                                ns, last_ns_));
    }
    if (out_.rows.size() >= rows_max_) {
        return fail(fmt::format("more than {} rows; cut the file", rows_max_));
    }
    if (out_.rows.empty()) out_.epoch_ns = ns;
    last_ns_ = ns;
    row.at = Timestamp{ns - out_.epoch_ns};
    out_.rows.push_back(row);
    return {};
}

Done RecordingBuilder::quote(std::int64_t ns, std::uint32_t stream, std::int64_t bid_px,
                             std::int64_t bid_qty, std::int64_t ask_px, std::int64_t ask_qty) {
    const std::array<std::pair<std::int64_t, std::string_view>, 4> values{{{bid_px, "bid price"},
                                                                           {bid_qty, "bid size"},
                                                                           {ask_px, "ask price"},
                                                                           {ask_qty, "ask size"}}};
    for (const auto& [value, what] : values) {
        if (const Done good = check_value(value, what); !good) return good;
    }
    if (bid_px >= ask_px) {
        return fail(fmt::format("the quote is crossed: bid {}, ask {}; remove the row",
                                shown(bid_px), shown(ask_px)));
    }
    return add(ns, MarketUpdate::quote({}, stream, bid_px, bid_qty, ask_px, ask_qty));
}

Done RecordingBuilder::trade(std::int64_t ns, std::uint32_t stream, Side aggressor, std::int64_t px,
                             std::int64_t qty) {
    if (const Done good = check_value(px, "price"); !good) return good;
    if (const Done good = check_value(qty, "quantity"); !good) return good;
    return add(ns, MarketUpdate::trade({}, stream, aggressor, px, qty));
}

Done RecordingBuilder::agg_trade(std::int64_t ns, std::uint32_t stream, Side aggressor,
                                 std::int64_t px, std::int64_t qty) {
    const Done added = trade(ns, stream, aggressor, px, qty);
    if (added) out_.rows.back().unused = mark_aggregate;
    return added;
}

void RecordingBuilder::drop_doubled_trades() {
    std::array<bool, market_streams_max> single{};
    for (const MarketUpdate& row : out_.rows) {
        if (row.is_trade() && row.unused == 0) single[row.stream] = true;
    }
    out_.skipped.agg_trades += std::erase_if(out_.rows, [&](const MarketUpdate& row) {
        return row.unused == mark_aggregate && single[row.stream];
    });
    for (MarketUpdate& row : out_.rows) row.unused = 0;
}

// A stream of trades alone gets the narrowest book that explains them: a buyer paid the ask, a
// seller hit the bid, and the other side stands one price unit away. The quote comes just before
// the trade that shows it, when it differs from the one before. Nothing in the file says how much
// was on offer: both sides show the mean trade quantity of the whole file, a constant that looks
// like one.
void RecordingBuilder::derive_quotes() {
    struct Book {
        bool derive = false;
        Int128 qty_sum = 0;
        std::int64_t qty = 0;
        std::int64_t bid_px = 0;
    };
    std::array<Book, market_streams_max> books{};
    bool any = false;
    for (std::size_t i = 0; i < out_.streams.size(); ++i) {
        const StreamInfo& info = out_.streams[i];
        books[i].derive = info.quotes == 0 && info.trades > 0;
        any = any || books[i].derive;
    }
    if (!any) return;
    for (const MarketUpdate& row : out_.rows) {
        if (row.is_trade()) books[row.stream].qty_sum += row.qty();
    }
    for (std::size_t i = 0; i < out_.streams.size(); ++i) {
        StreamInfo& info = out_.streams[i];
        if (!books[i].derive) continue;
        info.quotes_are_derived = true;
        const auto mean = static_cast<std::int64_t>(books[i].qty_sum / info.trades);
        books[i].qty = std::max(mean / info.qty_unit, std::int64_t{1}) * info.qty_unit;
    }
    std::vector<MarketUpdate> rows;
    rows.reserve(out_.rows.size() + out_.rows.size() / 2);
    for (const MarketUpdate& row : out_.rows) {
        Book& book = books[row.stream];
        if (book.derive && row.is_trade()) {
            const std::int64_t unit = out_.streams[row.stream].price_unit;
            const bool at_ask = row.aggressor == Side::Buy && row.px() > unit;
            const std::int64_t bid_px = at_ask ? row.px() - unit : row.px();
            if (bid_px != book.bid_px) {
                rows.push_back(MarketUpdate::quote(row.at, row.stream, bid_px, book.qty,
                                                   bid_px + unit, book.qty));
                book.bid_px = bid_px;
            }
        }
        rows.push_back(row);
    }
    out_.rows = std::move(rows);
}

void RecordingBuilder::settle_units_and_counts() {
    for (StreamInfo& info : out_.streams) {
        info.quotes = 0;
        info.trades = 0;
    }
    for (const MarketUpdate& row : out_.rows) {
        StreamInfo& info = out_.streams[row.stream];
        ++(row.is_trade() ? info.trades : info.quotes);
        info.price_unit = unit_dividing(info.price_unit, row.bid_px);
        info.price_unit = unit_dividing(info.price_unit, row.ask_px);
        info.qty_unit = unit_dividing(info.qty_unit, row.bid_qty);
        info.qty_unit = unit_dividing(info.qty_unit, row.ask_qty);
    }
}

Result<SharedRecording> RecordingBuilder::finish() {
    if (out_.rows.empty()) return fail("it holds no quote and no trade");
    drop_doubled_trades();
    settle_units_and_counts();
    derive_quotes();
    settle_units_and_counts();
    // Time starts with the first row that is left.
    const Timestamp first = out_.rows.front().at;
    for (MarketUpdate& row : out_.rows) row.at = Timestamp{row.at.ns() - first.ns()};
    out_.epoch_ns += first.ns();
    out_.rows.shrink_to_fit();
    return std::make_shared<const Recording>(std::move(out_));
}

} // namespace keel::sim
