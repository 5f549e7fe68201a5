#include <charconv>
#include <string>

#include <fmt/format.h>
#include <simdjson.h>

#include "sim/market/readers.hpp"
#include "sim/market/recording_builder.hpp"

namespace keel::sim {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

Result<std::string_view> text_field(const object& frame, std::string_view name) {
    std::string_view out;
    if (frame[name].get_string().get(out) != simdjson::SUCCESS) {
        return fail(fmt::format("the frame has no text \"{}\"", name));
    }
    return out;
}

Result<std::int64_t> value_field(const object& frame, std::string_view name) {
    const Result<std::string_view> text = text_field(frame, name);
    if (!text) return std::unexpected(text.error());
    const Result<std::int64_t> value = parse_market_value(*text);
    if (!value) return std::unexpected(value.error().while_doing(fmt::format("\"{}\"", name)));
    return value;
}

bool has(const object& frame, std::string_view name) {
    return frame[name].error() == simdjson::SUCCESS;
}

enum class Channel : std::uint8_t { Quote, Trade, AggTrade, Depth, Snapshot, Other };

Channel channel_of(const object& frame) {
    std::string_view event;
    if (frame["e"].get_string().get(event) == simdjson::SUCCESS) {
        if (event == "bookTicker") return Channel::Quote;
        if (event == "trade") return Channel::Trade;
        if (event == "aggTrade") return Channel::AggTrade;
        if (event == "depthUpdate") return Channel::Depth;
        return Channel::Other;
    }
    if (has(frame, "lastUpdateId")) return Channel::Snapshot;
    // The spot venue's bookTicker names no event.
    if (has(frame, "u") && has(frame, "b") && has(frame, "B") && has(frame, "A")) {
        return Channel::Quote;
    }
    return Channel::Other;
}

class FrameReader {
public:
    explicit FrameReader(RecordingBuilder& builder) : builder_(builder) {}

    Done read(std::string_view line) {
        std::int64_t ns = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), ns);
        const auto digits = static_cast<std::size_t>(end - line.data());
        if (error != std::errc{} || !line.substr(digits).starts_with(" {")) {
            return fail(
                "does not begin with `<receive time in ns> {`; remove the line, or write the "
                "time in front of it");
        }
        const std::string_view json = line.substr(digits + 1);
        element root;
        if (const auto code = parser_.parse(json.data(), json.size()).get(root)) {
            return fail(
                fmt::format("is not JSON ({}); remove the line if the recorder was cut off here",
                            simdjson::error_message(code)));
        }
        object frame;
        if (root.get_object().get(frame) != simdjson::SUCCESS) return fail("is not a JSON object");
        if (has(frame, "stream") && frame["data"].get_object().get(frame) != simdjson::SUCCESS) {
            return fail("has \"stream\" but no object \"data\"; remove the line");
        }
        switch (channel_of(frame)) {
        case Channel::Quote: return quote(ns, frame);
        case Channel::Trade: return trade(ns, frame, false);
        case Channel::AggTrade: return trade(ns, frame, true);
        case Channel::Depth: ++builder_.skipped().depth_updates; return {};
        case Channel::Snapshot: ++builder_.skipped().depth_snapshots; return {};
        case Channel::Other: ++builder_.skipped().others; return {};
        }
        std::unreachable();
    }

private:
    Result<std::uint32_t> stream_of(const object& frame) {
        const Result<std::string_view> symbol = text_field(frame, "s");
        if (!symbol) return std::unexpected(symbol.error());
        return builder_.stream(*symbol);
    }

    Done quote(std::int64_t ns, const object& frame) {
        const auto bid_px = value_field(frame, "b");
        if (!bid_px) return std::unexpected(bid_px.error());
        const auto bid_qty = value_field(frame, "B");
        if (!bid_qty) return std::unexpected(bid_qty.error());
        const auto ask_px = value_field(frame, "a");
        if (!ask_px) return std::unexpected(ask_px.error());
        const auto ask_qty = value_field(frame, "A");
        if (!ask_qty) return std::unexpected(ask_qty.error());
        const auto stream = stream_of(frame);
        if (!stream) return std::unexpected(stream.error());
        return builder_.quote(ns, *stream, *bid_px, *bid_qty, *ask_px, *ask_qty);
    }

    Done trade(std::int64_t ns, const object& frame, bool is_aggregate) {
        // The derivatives venue also prints transfers to and from its insurance fund and the like;
        // those never met the book, and some have price 0.
        std::string_view kind;
        if (frame["X"].get_string().get(kind) == simdjson::SUCCESS && kind != "MARKET") {
            ++builder_.skipped().not_market;
            return {};
        }
        const auto px = value_field(frame, "p");
        if (!px) return std::unexpected(px.error());
        const auto qty = value_field(frame, "q");
        if (!qty) return std::unexpected(qty.error());
        bool buyer_is_maker = false;
        if (frame["m"].get_bool().get(buyer_is_maker) != simdjson::SUCCESS) {
            return fail("the frame has no true or false \"m\"");
        }
        const auto stream = stream_of(frame);
        if (!stream) return std::unexpected(stream.error());
        const Side aggressor = buyer_is_maker ? Side::Sell : Side::Buy;
        return is_aggregate ? builder_.agg_trade(ns, *stream, aggressor, *px, *qty)
                            : builder_.trade(ns, *stream, aggressor, *px, *qty);
    }

    RecordingBuilder& builder_;
    simdjson::dom::parser parser_;
};

} // namespace

Result<SharedRecording> read_binance_frames(TextInput& input, const LoadOptions& options) {
    RecordingBuilder builder{options.rows_max};
    FrameReader reader{builder};
    for (;;) {
        const auto line = input.next_line();
        if (!line) return std::unexpected(line.error());
        if (!*line) break;
        if (const Done read = reader.read(**line); !read) {
            return std::unexpected(input.at_line(read.error()));
        }
    }
    auto out = builder.finish();
    if (!out) return std::unexpected(out.error().while_doing(input.path()));
    return out;
}

} // namespace keel::sim
