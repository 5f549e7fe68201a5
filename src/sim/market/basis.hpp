#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "base/math.hpp"
#include "base/rng.hpp"
#include "model/types.hpp"
#include "sim/market/market.hpp"

namespace keel::sim {

// How far a venue's prices stand from the stream's. The default is about what Hyperliquid's BTC
// showed over Binance's in two days of 2026; its real memory is longer (docs/market-fixture.md).
struct BasisKnobs {
    Bps percentile_1{-300}; // -3 bps
    Bps median{160};        // +1.6
    Bps percentile_99{500}; // +5
    Duration half_life = seconds(60);
    Duration grid = milliseconds(100); // the basis changes this often

    static BasisKnobs none() { return {Bps{0}, Bps{0}, Bps{0}}; }
    bool operator==(const BasisKnobs&) const = default;
};
// Percentiles in order and within 10 %, a grid of at most the half-life.
[[nodiscard]] Result<void> check(const BasisKnobs& knobs);

// The mean-reverting process (an AR(1), sampled on the grid) in integers: `level` is in units of
// 2^-32 of its standard deviation, and is stretched to the knobs' lower or upper width depending on
// its sign, so the three percentiles are met though the distribution is lopsided.
class BasisProcess {
public:
    // 1 + basis, in units of 2^-40 (about 1e-8 bps).
    static constexpr unsigned factor_bits = 40;
    static constexpr std::int64_t factor_one = std::int64_t{1} << factor_bits;

    struct State {
        std::int64_t level = 0;
        std::int64_t next_step_at = 0;
        Rng rng;
    };
    explicit BasisProcess(const BasisKnobs& knobs);

    [[nodiscard]] State start(std::uint64_t seed) const;
    void advance(State& state, Timestamp now) const {
        while (state.next_step_at <= now.ns()) step(state);
    }
    [[nodiscard]] std::int64_t factor(const State& state) const {
        const std::int64_t width = state.level < 0 ? lower_width_ : upper_width_;
        return factor_one + median_ +
               static_cast<std::int64_t>((static_cast<Int128>(state.level) * width) >> level_bits);
    }

private:
    static constexpr unsigned level_bits = 32;
    static constexpr std::int64_t level_max = std::int64_t{6} << level_bits; // six deviations

    void step(State& state) const {
        const std::int64_t kept =
            static_cast<std::int64_t>((static_cast<Int128>(state.level) * decay_) >> level_bits);
        const std::int64_t level = kept + noise(state.rng, shock_);
        state.level = std::clamp(level, -level_max, level_max);
        state.next_step_at += grid_;
    }
    // The sum of four uniform draws (16 bits each, of one word) is near enough to a normal one; a
    // level is the sum of many.
    static std::int64_t noise(Rng& rng, std::int64_t scale) {
        const std::uint64_t word = rng.next();
        const std::uint64_t sum =
            (word & 0xffffU) + (word >> 16U & 0xffffU) + (word >> 32U & 0xffffU) + (word >> 48U);
        return ((static_cast<std::int64_t>(sum) - 2 * 0xffff) * scale) >> 16U;
    }

    std::int64_t median_;      // in 2^-40
    std::int64_t lower_width_; // of one deviation, in 2^-40
    std::int64_t upper_width_;
    std::int64_t grid_;
    std::int64_t decay_; // per step, in 2^-32
    std::int64_t shock_; // what noise() needs so that the deviation stays 1
};

// A source seen by another venue: each stream's prices times 1 + basis, with a basis of its own
// (seeded, independent of the others). Bids are rounded down to the venue's price unit and asks up;
// a trade follows the side that it took. Never crossed, never below one unit. A trade has the basis
// of the quote before it, so a print at the touch stays at the touch.
template <MarketSource Source> class BasisMarket {
public:
    struct Stream {
        BasisProcess::State process;
        std::int64_t factor = BasisProcess::factor_one;
    };
    using Own = std::array<Stream, market_streams_max>;
    struct State {
        typename Source::State source;
        Own own;
    };
    static_assert(std::has_unique_object_representations_v<State>);

    // One price unit (in 1e-8) for each stream, in order.
    BasisMarket(Source source, const BasisKnobs& knobs, std::span<const std::int64_t> price_units,
                std::uint64_t seed)
        : source_(std::move(source)), process_(knobs) {
        KEEL_ASSERT(price_units.size() <= market_streams_max, "a recording has at most 16 streams");
        const Rng root{seed};
        price_unit_.fill(1);
        for (std::size_t i = 0; i < price_units.size(); ++i) {
            KEEL_ASSERT(price_units[i] > 0, "a price unit is positive");
            price_unit_[i] = price_units[i];
        }
        for (std::size_t i = 0; i < own_.size(); ++i) {
            Rng name = root.fork(i);
            own_[i].process = process_.start(name.next());
        }
    }

    [[nodiscard]] std::optional<MarketUpdate> next() {
        std::optional<MarketUpdate> update = source_.next();
        if (!update) return update;
        Stream& stream = own_[update->stream];
        const std::int64_t unit = price_unit_[update->stream];
        if (update->is_trade()) {
            const std::int64_t px = update->aggressor == Side::Buy
                                        ? scaled_up(update->px(), stream.factor, unit)
                                        : scaled_down(update->px(), stream.factor, unit);
            update->bid_px = update->ask_px = std::max(px, unit);
            return update;
        }
        if (stream.process.next_step_at <= update->at.ns()) {
            process_.advance(stream.process, update->at);
            stream.factor = process_.factor(stream.process);
        }
        update->bid_px = std::max(scaled_down(update->bid_px, stream.factor, unit), unit);
        update->ask_px =
            std::max(scaled_up(update->ask_px, stream.factor, unit), update->bid_px + unit);
        return update;
    }
    [[nodiscard]] State state() const { return {source_.state(), own_}; }
    void restore(const State& state) {
        source_.restore(state.source);
        own_ = state.own;
    }
    [[nodiscard]] const Source& source() const { return source_; }

private:
    static std::int64_t scaled_down(std::int64_t px, std::int64_t factor, std::int64_t unit) {
        const Int128 product = static_cast<Int128>(px) * factor;
        const auto whole = static_cast<std::int64_t>(product >> BasisProcess::factor_bits);
        return whole - whole % unit;
    }
    static std::int64_t scaled_up(std::int64_t px, std::int64_t factor, std::int64_t unit) {
        constexpr Int128 almost_one = BasisProcess::factor_one - 1;
        const Int128 product = static_cast<Int128>(px) * factor + almost_one;
        const std::int64_t whole =
            static_cast<std::int64_t>(product >> BasisProcess::factor_bits) + unit - 1;
        return whole - whole % unit;
    }

    Source source_;
    BasisProcess process_;
    std::array<std::int64_t, market_streams_max> price_unit_{};
    Own own_;
};

} // namespace keel::sim
