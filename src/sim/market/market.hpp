#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "base/time.hpp"
#include "model/types.hpp"

namespace keel::sim {

// Prices and quantities of market data are whole numbers of 1e-8 (of the quote currency per base
// unit, and of the base unit), whatever the instrument's tick and lot: 61800.3 is
// 6'180'030'000'000. What does not fit (more than eight places, more than ten billion) is refused
// where a file is read, so that sums and differences of two of them never overflow.
constexpr int market_scale = 8;
constexpr std::int64_t market_one = 100'000'000;
constexpr std::int64_t market_value_max = 1'000'000'000'000'000'000; // ten billion units

// A stream is one symbol of a recording. Sources keep their state in arrays of this size.
constexpr std::uint32_t market_streams_max = 16;

// A new best bid and offer, or a print.
struct MarketUpdate {
    enum class Kind : std::uint8_t { Quote, Trade };

    Timestamp at;             // since the start of the recording, by the recorder's own clock
    std::uint32_t stream = 0; // index into Recording::streams
    Kind kind = Kind::Quote;
    Side aggressor = Side::Buy; // trades: who took; quotes: always Buy
    std::uint16_t unused = 0;
    // A trade has one price and one quantity; it carries them on both sides.
    std::int64_t bid_px = 0;
    std::int64_t bid_qty = 0;
    std::int64_t ask_px = 0;
    std::int64_t ask_qty = 0;

    [[nodiscard]] constexpr bool is_trade() const { return kind == Kind::Trade; }
    [[nodiscard]] constexpr std::int64_t px() const { return bid_px; }   // of a trade
    [[nodiscard]] constexpr std::int64_t qty() const { return bid_qty; } // of a trade

    static constexpr MarketUpdate quote(Timestamp at, std::uint32_t stream, std::int64_t bid_px,
                                        std::int64_t bid_qty, std::int64_t ask_px,
                                        std::int64_t ask_qty) {
        return {at, stream, Kind::Quote, Side::Buy, 0, bid_px, bid_qty, ask_px, ask_qty};
    }
    static constexpr MarketUpdate trade(Timestamp at, std::uint32_t stream, Side aggressor,
                                        std::int64_t px, std::int64_t qty) {
        return {at, stream, Kind::Trade, aggressor, 0, px, qty, px, qty};
    }
    constexpr bool operator==(const MarketUpdate&) const = default;
};
static_assert(sizeof(MarketUpdate) == 48);
static_assert(std::has_unique_object_representations_v<MarketUpdate>);

// Where market data comes from, one update at a time, `at` never going back. A source is a value: a
// copy continues on its own and yields the same updates. What changes is in `State`, plain words
// that an explorer can save, hash and put back; what does not change (rows, fitted tables) is
// shared and never written.
template <class S>
concept MarketSource =
    std::copyable<S> && requires(S source, const S& fixed, typename S::State state) {
        { source.next() } -> std::same_as<std::optional<MarketUpdate>>;
        { fixed.state() } -> std::same_as<typename S::State>;
        source.restore(state);
        requires std::has_unique_object_representations_v<typename S::State>;
    };

} // namespace keel::sim
