#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/market/basis.hpp"
#include "sim/market/block_model.hpp"
#include "sim/market/conflated.hpp"

namespace keel::sim {

// What one simulated venue sees. Two venues with the same recording and `seed` see one market; with
// a basis of `basis_seed` on top, they disagree about its price.
struct VenueMarketConfig {
    std::uint64_t seed = 1; // of the continuation
    Timestamp until = never;
    Duration quote_interval{}; // best bid and offer at most this often; 0: each one
    BasisKnobs basis = BasisKnobs::none();
    std::uint64_t basis_seed = 1;
    std::vector<std::int64_t> price_units; // the venue's, one a stream; empty: the recording's own
};

// Recording, continuation, conflation and basis in one value, with one update of look-ahead: a
// scheduler asks next_at(), then next().
class VenueMarket {
public:
    using Chain = BasisMarket<Conflated<ContinuedMarket>>;
    struct State {
        Chain::State chain;
        MarketUpdate ahead;
        std::uint64_t has_ahead = 0;
    };
    static_assert(std::has_unique_object_representations_v<State>);

    // Plays the recording and ends with it.
    VenueMarket(const SharedRecording& recording, const VenueMarketConfig& config)
        : VenueMarket(recording, nullptr, config) {}
    // Plays the recording and goes on until `config.until`.
    VenueMarket(const std::shared_ptr<const BlockModel>& model, const VenueMarketConfig& config)
        : VenueMarket(model->recording(), model, config) {}

    [[nodiscard]] const MarketUpdate* peek() const { return has_ahead_ != 0 ? &ahead_ : nullptr; }
    // `never` at the end.
    [[nodiscard]] Timestamp next_at() const { return has_ahead_ != 0 ? ahead_.at : never; }
    [[nodiscard]] std::optional<MarketUpdate> next() {
        if (has_ahead_ == 0) return std::nullopt;
        const MarketUpdate out = ahead_;
        advance();
        return out;
    }
    [[nodiscard]] State state() const { return {chain_.state(), ahead_, has_ahead_}; }
    void restore(const State& state) {
        chain_.restore(state.chain);
        ahead_ = state.ahead;
        has_ahead_ = state.has_ahead;
    }
    [[nodiscard]] const Recording& recording() const { return feed().recording(); }
    // Blocks of the continuation begun; 0 while everything is as recorded.
    [[nodiscard]] std::uint64_t blocks() const { return feed().blocks(); }

private:
    VenueMarket(const SharedRecording& recording, std::shared_ptr<const BlockModel> model,
                const VenueMarketConfig& config)
        : chain_(Conflated<ContinuedMarket>{ContinuedMarket{recording, std::move(model),
                                                            config.seed, config.until},
                                            config.quote_interval},
                 config.basis, price_units(*recording, config), config.basis_seed) {
        advance();
    }
    static std::vector<std::int64_t> price_units(const Recording& recording,
                                                 const VenueMarketConfig& config);
    [[nodiscard]] const ContinuedMarket& feed() const { return chain_.source().source(); }
    void advance() {
        if (const auto update = chain_.next()) {
            ahead_ = *update;
            has_ahead_ = 1;
        } else {
            has_ahead_ = 0;
        }
    }

    Chain chain_;
    MarketUpdate ahead_;
    std::uint64_t has_ahead_ = 0;
};
static_assert(MarketSource<VenueMarket>);

inline std::vector<std::int64_t> VenueMarket::price_units(const Recording& recording,
                                                          const VenueMarketConfig& config) {
    if (!config.price_units.empty()) {
        KEEL_ASSERT(config.price_units.size() == recording.streams.size(),
                    "a venue has one price unit for each stream");
        return config.price_units;
    }
    std::vector<std::int64_t> out;
    out.reserve(recording.streams.size());
    for (const StreamInfo& info : recording.streams) out.push_back(info.price_unit);
    return out;
}

} // namespace keel::sim
