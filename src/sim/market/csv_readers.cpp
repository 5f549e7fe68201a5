#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>

#include <fmt/format.h>

#include "sim/market/readers.hpp"
#include "sim/market/recording_builder.hpp"

namespace keel::sim {
namespace {

constexpr std::size_t fields_max = 8;

// Splits at commas; more fields than fit are counted, not kept.
struct Fields {
    std::array<std::string_view, fields_max> at{};
    std::size_t count = 0;

    explicit Fields(std::string_view line) {
        for (;;) {
            const auto comma = line.find(',');
            if (count < fields_max) at[count] = line.substr(0, comma);
            ++count;
            if (comma == std::string_view::npos) return;
            line.remove_prefix(comma + 1);
        }
    }
};

Result<std::int64_t> whole(std::string_view text, std::string_view what) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || out < 0) {
        return fail(fmt::format("{} \"{}\" is not a whole number", what, text.substr(0, 40)));
    }
    return out;
}

Result<std::int64_t> decimal(std::string_view text, std::string_view what) {
    const Result<std::int64_t> out = parse_market_value(text);
    if (!out) return std::unexpected(out.error().while_doing(what));
    return out;
}

// A stamp since 1970 whose unit is told by its size: ten digits are seconds (2001 to 2286),
// thirteen milliseconds, sixteen microseconds, nineteen nanoseconds.
Result<std::int64_t> stamp(std::string_view text) {
    const Result<std::int64_t> value = whole(text, "the time");
    if (!value) return value;
    switch (text.size()) {
    case 10: return *value * 1'000'000'000;
    case 13: return *value * 1'000'000;
    case 16: return *value * 1'000;
    case 19: return *value;
    default:
        return fail(fmt::format("the time {} has {} digits; seconds have 10, milliseconds 13, "
                                "microseconds 16, nanoseconds 19",
                                text, text.size()));
    }
}

// "2026-01-01 00:00:17" in UTC, or a stamp.
Result<std::int64_t> date_or_stamp(std::string_view text) {
    if (text.find('-') == std::string_view::npos) return stamp(text);
    const auto malformed = [&] {
        return fail(fmt::format("the time \"{}\" is neither YYYY-MM-DD HH:MM:SS nor a number",
                                text.substr(0, 40)));
    };
    constexpr std::string_view shape = "0000-00-00 00:00:00";
    if (text.size() != shape.size()) return malformed();
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        const bool right = shape[i] == '0' ? digit : text[i] == shape[i];
        if (!right && !(i == 10 && text[i] == 'T')) return malformed();
    }
    const auto number = [&](std::size_t from, std::size_t digits) {
        int out = 0;
        for (std::size_t i = from; i < from + digits; ++i) out = out * 10 + (text[i] - '0');
        return out;
    };
    const std::int64_t hour = number(11, 2);
    const std::int64_t minute = number(14, 2);
    const std::int64_t second = number(17, 2);
    const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                          std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                          std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!day.ok() || number(0, 4) < 1970 || number(0, 4) > 2100 || hour > 23 || minute > 59 ||
        second > 59) {
        return malformed();
    }
    const std::int64_t days = std::chrono::sys_days{day}.time_since_epoch().count();
    return (days * 86'400 + hour * 3'600 + minute * 60 + second) * 1'000'000'000;
}

template <class ReadLine>
Result<SharedRecording> read_rows(TextInput& input, RecordingBuilder& builder, ReadLine read_line) {
    for (;;) {
        const auto line = input.next_line();
        if (!line) return std::unexpected(line.error());
        if (!*line) break;
        if (const Done read = read_line(**line); !read) {
            return std::unexpected(input.at_line(read.error()));
        }
    }
    auto out = builder.finish();
    if (!out) return std::unexpected(out.error().while_doing(input.path()));
    return out;
}

Done wrong_field_count(std::size_t expected, std::size_t found) {
    return fail(fmt::format("has {} fields, not {}; remove the line if the file was cut off here",
                            found, expected));
}

} // namespace

Result<SharedRecording> read_quote_csv(TextInput& input, const LoadOptions& options) {
    RecordingBuilder builder{options.rows_max};
    const auto stream = builder.stream(options.symbol);
    if (!stream) return std::unexpected(stream.error().while_doing(input.path()));
    bool header_seen = false;
    return read_rows(input, builder, [&](std::string_view line) -> Done {
        if (!header_seen) {
            header_seen = true;
            if (line == quote_csv_header) return {};
            return fail(fmt::format("the header is not `{}`; put the columns in this order",
                                    quote_csv_header));
        }
        const Fields fields{line};
        if (fields.count != 5) return wrong_field_count(5, fields.count);
        const auto ns = date_or_stamp(fields.at[0]);
        if (!ns) return std::unexpected(ns.error());
        const auto ask_qty = decimal(fields.at[1], "ask_amount");
        if (!ask_qty) return std::unexpected(ask_qty.error());
        const auto ask_px = decimal(fields.at[2], "ask_price");
        if (!ask_px) return std::unexpected(ask_px.error());
        const auto bid_px = decimal(fields.at[3], "bid_price");
        if (!bid_px) return std::unexpected(bid_px.error());
        const auto bid_qty = decimal(fields.at[4], "bid_amount");
        if (!bid_qty) return std::unexpected(bid_qty.error());
        return builder.quote(*ns, *stream, *bid_px, *bid_qty, *ask_px, *ask_qty);
    });
}

Result<SharedRecording> read_agg_trades_csv(TextInput& input, const LoadOptions& options) {
    RecordingBuilder builder{options.rows_max};
    const auto stream = builder.stream(options.symbol);
    if (!stream) return std::unexpected(stream.error().while_doing(input.path()));
    std::int64_t last_id = -1;
    return read_rows(input, builder, [&](std::string_view line) -> Done {
        if (input.line_number() == 1 && line.starts_with("agg_trade_id,")) {
            if (line.starts_with(agg_trades_csv_header)) return {};
            return fail(fmt::format("the header is not `{}`; put the columns in this order",
                                    agg_trades_csv_header));
        }
        const Fields fields{line};
        // The spot venue's files have one column more, is_best_match.
        if (fields.count != 7 && fields.count != 8) return wrong_field_count(7, fields.count);
        const auto id = whole(fields.at[0], "agg_trade_id");
        if (!id) return std::unexpected(id.error());
        if (*id <= last_id) {
            return fail(
                fmt::format("agg_trade_id {} is not above {} of the row above it; remove the "
                            "repeated rows",
                            *id, last_id));
        }
        last_id = *id;
        const auto px = decimal(fields.at[1], "price");
        if (!px) return std::unexpected(px.error());
        const auto qty = decimal(fields.at[2], "quantity");
        if (!qty) return std::unexpected(qty.error());
        const auto ns = stamp(fields.at[5]);
        if (!ns) return std::unexpected(ns.error());
        const std::string_view maker = fields.at[6];
        const bool buyer_is_maker = maker == "true" || maker == "True";
        if (!buyer_is_maker && maker != "false" && maker != "False") {
            return fail(fmt::format("is_buyer_maker \"{}\" is neither true nor false",
                                    maker.substr(0, 40)));
        }
        return builder.trade(*ns, *stream, buyer_is_maker ? Side::Sell : Side::Buy, *px, *qty);
    });
}

} // namespace keel::sim
