#include <array>
#include <optional>

#include <fmt/format.h>
#include <zlib.h>

#include "base/math.hpp"
#include "sim/market/readers.hpp"
#include "sim/market/recording_builder.hpp"

// Reads the compact recording that docs/market-fixture.md describes byte by byte. It is written by
// scripts/make-market-fixture, a program in another language that knows only the same page.

namespace keel::sim {
namespace {

constexpr std::uint32_t version_read = 1;
constexpr std::size_t header_bytes = 28;
constexpr std::uint32_t raw_bytes_max = 256U << 20U;

constexpr std::string_view fetch_again = "restore it with `git checkout`, or make it again with "
                                         "scripts/make-market-fixture";

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
    std::uint32_t out = 0;
    for (std::size_t i = 4; i > 0; --i) {
        out = out << 8U | static_cast<unsigned char>(bytes[offset + i - 1]);
    }
    return out;
}

std::uint32_t crc_of(std::string_view bytes) {
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    return static_cast<std::uint32_t>(crc32_z(0, data, bytes.size()));
}

// A run of bytes that is read front to back. Reading past its end gives zeros and is remembered:
// one check after a loop stands for one at every byte.
class Cursor {
public:
    Cursor() = default;
    explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t byte() {
        if (next_ == bytes_.size()) {
            broken_ = true;
            return 0;
        }
        return static_cast<unsigned char>(bytes_[next_++]);
    }
    std::uint64_t varint() {
        std::uint64_t out = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t part = byte();
            out |= (part & 127U) << shift;
            if (part < 128) return out;
        }
        broken_ = true;
        return 0;
    }
    std::int64_t signed_varint() {
        const std::uint64_t folded = varint();
        return static_cast<std::int64_t>(folded >> 1U) ^ -static_cast<std::int64_t>(folded & 1U);
    }
    // A length and that many bytes.
    std::string_view block() {
        const std::uint64_t length = varint();
        if (length > bytes_.size() - next_) {
            broken_ = true;
            return {};
        }
        const std::string_view out = bytes_.substr(next_, length);
        next_ += length;
        return out;
    }
    [[nodiscard]] bool broken() const { return broken_; }
    [[nodiscard]] bool used_up() const { return next_ == bytes_.size(); }

private:
    std::string_view bytes_;
    std::size_t next_ = 0;
    bool broken_ = false;
};

Result<std::string> inflate_body(std::string_view file) {
    if (file.size() < header_bytes) {
        return fail(
            fmt::format("ends after {} bytes, inside its header; {}", file.size(), fetch_again));
    }
    const std::uint32_t version = word_at(file, 8);
    if (version != version_read) {
        return fail(fmt::format("has format version {}; this Keel reads version {}. Use a matching "
                                "Keel, or {}",
                                version, version_read, fetch_again));
    }
    if (crc_of(file.substr(0, header_bytes - 4)) != word_at(file, 24)) {
        return fail(fmt::format("its header is damaged (checksum); {}", fetch_again));
    }
    const std::uint32_t body_bytes = word_at(file, 12);
    const std::uint32_t raw_bytes = word_at(file, 16);
    const std::string_view body = file.substr(header_bytes);
    if (body.size() != body_bytes) {
        return fail(fmt::format("has {} bytes, not {}: it was cut short or appended to; {}",
                                file.size(), header_bytes + body_bytes, fetch_again));
    }
    if (crc_of(body) != word_at(file, 20)) {
        return fail(fmt::format("its body is damaged (checksum); {}", fetch_again));
    }
    if (raw_bytes > raw_bytes_max) {
        return fail(
            fmt::format("would unpack to {} bytes, more than {}", raw_bytes, raw_bytes_max));
    }
    std::string raw(raw_bytes, '\0');
    uLongf got = raw_bytes;
    const int code =
        uncompress(reinterpret_cast<Bytef*>(raw.data()), &got,
                   reinterpret_cast<const Bytef*>(body.data()), static_cast<uLong>(body.size()));
    if (code != Z_OK || got != raw_bytes) {
        return fail(fmt::format("its body does not unpack (zlib {}); {}", code, fetch_again));
    }
    return raw;
}

// The columns of one stream and what the last rows left.
struct Columns {
    std::uint32_t stream = 0;
    std::int64_t price_unit = 0;
    std::int64_t qty_unit = 0;
    std::array<Cursor, 4> book{};       // bid price, bid size, ask price, ask size
    std::array<std::int64_t, 4> last{}; // what the stream's last quote said of them, in units
    Cursor trade_px{};
    Cursor trade_qty{};
};

std::optional<std::int64_t> in_units(std::int64_t count, std::int64_t unit) {
    const auto out = checked_mul(count, unit);
    return out && *out <= market_value_max ? out : std::nullopt;
}

Done read_quote(Columns& columns, std::uint64_t changed, std::int64_t ns,
                RecordingBuilder& builder) {
    std::array<std::int64_t, 4> values{};
    for (std::size_t i = 0; i < 4; ++i) {
        std::int64_t& last = columns.last[i];
        if ((changed >> i & 1U) != 0) {
            const auto sum = checked_add(last, columns.book[i].signed_varint());
            if (!sum) return fail("a value does not fit");
            last = *sum;
        }
        const auto value = in_units(last, i % 2 == 0 ? columns.price_unit : columns.qty_unit);
        if (!value) return fail("a value does not fit");
        values[i] = *value;
    }
    return builder.quote(ns, columns.stream, values[0], values[1], values[2], values[3]);
}

Done read_trade(Columns& columns, Side aggressor, std::int64_t ns, RecordingBuilder& builder) {
    const std::int64_t touch = columns.last[aggressor == Side::Buy ? 2 : 0];
    const auto units = checked_add(touch, columns.trade_px.signed_varint());
    const auto px = units ? in_units(*units, columns.price_unit) : std::nullopt;
    const std::uint64_t qty_units = columns.trade_qty.varint();
    const auto qty = qty_units <= static_cast<std::uint64_t>(market_value_max)
                         ? in_units(static_cast<std::int64_t>(qty_units), columns.qty_unit)
                         : std::nullopt;
    if (!px || !qty) return fail("a value does not fit");
    return builder.trade(ns, columns.stream, aggressor, *px, *qty);
}

Result<std::vector<Columns>> read_streams(Cursor& head, RecordingBuilder& builder) {
    constexpr std::uint64_t streams_max = 4;
    const std::uint64_t count = head.varint();
    if (count < 1 || count > streams_max) {
        return fail(fmt::format("holds {} streams, not 1 to {}", count, streams_max));
    }
    std::vector<Columns> out;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto stream = builder.stream(head.block());
        if (!stream) return std::unexpected(stream.error());
        const std::uint64_t price_unit = head.varint();
        const std::uint64_t qty_unit = head.varint();
        const auto most = static_cast<std::uint64_t>(market_value_max);
        if (*stream != i || price_unit < 1 || price_unit > most || qty_unit < 1 ||
            qty_unit > most) {
            return fail(fmt::format("stream {} repeats a symbol or has a unit out of range", i));
        }
        out.push_back({.stream = *stream,
                       .price_unit = static_cast<std::int64_t>(price_unit),
                       .qty_unit = static_cast<std::int64_t>(qty_unit)});
    }
    return out;
}

Result<SharedRecording> read_body(std::string_view raw, const LoadOptions& options) {
    RecordingBuilder builder{options.rows_max};
    Cursor head{raw};
    Result<std::vector<Columns>> streams = read_streams(head, builder);
    if (!streams) return std::unexpected(streams.error());
    const std::uint64_t epoch = head.varint();
    const std::uint64_t rows = head.varint();
    Cursor times{head.block()};
    Cursor tags{head.block()};
    for (Columns& columns : *streams) {
        for (Cursor& column : columns.book) column = Cursor{head.block()};
        columns.trade_px = Cursor{head.block()};
        columns.trade_qty = Cursor{head.block()};
    }
    if (head.broken() || !head.used_up()) return fail("its columns do not add up to its length");
    std::uint64_t ns = epoch;
    for (std::uint64_t row = 0; row < rows; ++row) {
        const std::uint64_t tag = tags.byte();
        ns += times.varint();
        const std::uint64_t kind = tag & 3U;
        const std::uint64_t stream = tag >> 6U;
        if (tags.broken() || times.broken() || kind == 3 || stream >= streams->size() ||
            ns > static_cast<std::uint64_t>(INT64_MAX)) {
            return fail(fmt::format("row {} has no valid time and tag", row));
        }
        Columns& columns = (*streams)[stream];
        const auto at = static_cast<std::int64_t>(ns);
        const Done read =
            kind == 0 ? read_quote(columns, tag >> 2U & 15U, at, builder)
                      : read_trade(columns, kind == 1 ? Side::Buy : Side::Sell, at, builder);
        if (!read) return std::unexpected(read.error().while_doing(fmt::format("row {}", row)));
    }
    bool clean = tags.used_up() && times.used_up();
    for (const Columns& columns : *streams) {
        for (const Cursor& column : columns.book) {
            clean = clean && column.used_up() && !column.broken();
        }
        clean = clean && columns.trade_px.used_up() && !columns.trade_px.broken();
        clean = clean && columns.trade_qty.used_up() && !columns.trade_qty.broken();
    }
    if (!clean) return fail("its columns do not have one value for each row");
    return builder.finish();
}

} // namespace

Result<SharedRecording> read_fixture(std::string_view bytes, const LoadOptions& options) {
    const Result<std::string> raw = inflate_body(bytes);
    if (!raw) return std::unexpected(raw.error());
    return read_body(*raw, options);
}

} // namespace keel::sim
