#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "sim/market/market.hpp"

namespace keel::sim {

// Venues publish best bid and offer per block, not per change: of each stream's quotes within an
// interval (k x interval, (k + 1) x interval] only the newest comes, at the interval's end. Trades
// pass as they are, so one may print beyond a book that is about to be published. An interval of 0
// lets everything pass.
template <MarketSource Source> class Conflated {
public:
    struct Own {
        std::int64_t boundary = 0;   // when the held quotes are due
        std::uint32_t held = 0;      // a bit per stream
        std::uint16_t has_ahead = 0; // `ahead` is the source's next update
        std::uint16_t has_ended = 0;
        MarketUpdate ahead;
        std::array<MarketUpdate, market_streams_max> quotes{};
    };
    struct State {
        typename Source::State source;
        Own own;
    };
    static_assert(std::has_unique_object_representations_v<State>);

    Conflated(Source source, Duration interval)
        : source_(std::move(source)), interval_(interval.value()) {
        KEEL_ASSERT(interval_ >= 0, "quotes are conflated over an interval of time");
    }

    [[nodiscard]] std::optional<MarketUpdate> next() {
        if (interval_ == 0) return source_.next();
        for (;;) {
            look_ahead();
            const bool due =
                own_.held != 0 && (own_.has_ended != 0 || own_.ahead.at.ns() > own_.boundary);
            if (due) {
                const auto stream = static_cast<std::uint32_t>(std::countr_zero(own_.held));
                own_.held &= own_.held - 1;
                MarketUpdate quote = own_.quotes[stream];
                quote.at = Timestamp{own_.boundary};
                return quote;
            }
            if (own_.has_ended != 0) return std::nullopt;
            own_.has_ahead = 0;
            if (own_.ahead.is_trade()) return own_.ahead;
            if (own_.held == 0) {
                own_.boundary = (own_.ahead.at.ns() + interval_ - 1) / interval_ * interval_;
            }
            own_.quotes[own_.ahead.stream] = own_.ahead;
            own_.held |= 1U << own_.ahead.stream;
        }
    }
    [[nodiscard]] State state() const { return {source_.state(), own_}; }
    void restore(const State& state) {
        source_.restore(state.source);
        own_ = state.own;
    }
    [[nodiscard]] const Source& source() const { return source_; }

private:
    void look_ahead() {
        if (own_.has_ahead != 0 || own_.has_ended != 0) return;
        if (const auto update = source_.next()) {
            own_.ahead = *update;
            own_.has_ahead = 1;
        } else {
            own_.has_ended = 1;
        }
    }

    Source source_;
    std::int64_t interval_;
    Own own_;
};

} // namespace keel::sim
