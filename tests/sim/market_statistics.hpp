#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "sim/market/market.hpp"

// What a market looks like from outside, for comparing a model with its recording.
namespace keel::sim::test {

struct StreamStatistics {
    std::uint64_t quotes = 0;
    std::uint64_t trades = 0;
    double spread_sum = 0; // in price units of 1e-8
    double volume = 0;
    double buy_volume = 0;
    std::vector<double> mid; // every 100 ms
};

constexpr std::size_t mids_per_second = 10;

// The variance in bps^2, per second, of returns over some seconds, whatever tenth they begin at.
inline double variance_per_second(const std::vector<double>& mid, std::size_t seconds) {
    const std::size_t lag = seconds * mids_per_second;
    double sum = 0;
    double squares = 0;
    double count = 0;
    for (std::size_t i = lag; i < mid.size(); ++i) {
        const double bps = std::log(mid[i] / mid[i - lag]) * 1e4;
        sum += bps;
        squares += bps * bps;
        count += 1;
    }
    return (squares / count - sum / count * (sum / count)) / static_cast<double>(seconds);
}

// Of returns over a second.
inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = mids_per_second; i < std::min(a.size(), b.size()); ++i) {
        const double x = std::log(a[i] / a[i - mids_per_second]);
        const double y = std::log(b[i] / b[i - mids_per_second]);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / std::sqrt(aa * bb);
}

// Reads `source` from `begin` to `end`; the updates before it are skipped.
template <MarketSource S>
std::array<StreamStatistics, 2> statistics(S& source, Timestamp begin, Timestamp end) {
    std::array<StreamStatistics, 2> out;
    std::array<double, 2> mid{};
    const Duration tenth = milliseconds(100);
    Timestamp next_mid = begin + tenth;
    while (const auto update = source.next()) {
        if (update->at >= end) break;
        for (; update->at >= next_mid; next_mid = next_mid + tenth) {
            for (std::size_t i = 0; i < 2; ++i) out[i].mid.push_back(mid[i]);
        }
        StreamStatistics& stream = out[update->stream];
        if (!update->is_trade()) {
            mid[update->stream] = static_cast<double>(update->bid_px + update->ask_px) / 2;
        }
        if (update->at < begin) continue;
        if (update->is_trade()) {
            ++stream.trades;
            stream.volume += static_cast<double>(update->qty()) / market_one;
            if (update->aggressor == Side::Buy) {
                stream.buy_volume += static_cast<double>(update->qty()) / market_one;
            }
        } else {
            ++stream.quotes;
            stream.spread_sum += static_cast<double>(update->ask_px - update->bid_px);
        }
    }
    return out;
}

} // namespace keel::sim::test
