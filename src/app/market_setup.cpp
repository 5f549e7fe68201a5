#include "app/market_setup.hpp"

#include <fmt/format.h>

#include "app/words.hpp"
#include "base/rng.hpp"
#include "sim/market/venue_market.hpp"

namespace keel::app {
namespace {

// Names of the streams of chance that hang on a run's seed; the world has its own.
constexpr std::uint64_t market_chance = 0x6d61726b6574ULL; // "market"
constexpr std::uint64_t basis_chance = 0x6261736973ULL;    // "basis"

std::uint64_t chance(std::uint64_t seed, std::uint64_t name, std::uint64_t place) {
    Rng rng = Rng{seed}.fork(name).fork(place);
    return rng.next();
}

// The venue's own price step on each stream, in the market's 1e-8.
Result<std::vector<std::int64_t>> price_units(const RunConfig& config,
                                              const sim::Recording& recording,
                                              const std::vector<world::StreamTarget>& targets) {
    std::vector<std::int64_t> out;
    out.reserve(recording.streams.size());
    for (const sim::StreamInfo& stream : recording.streams) out.push_back(stream.price_unit);
    for (const world::StreamTarget& target : targets) {
        const Result<std::int64_t> unit =
            units_of(target.spec.tick_size, Decimal{1, sim::market_scale});
        if (!unit) {
            return fail(fmt::format("instrument {}: market data has {} places after the point, and "
                                    "its tick is {}",
                                    config.streams[target.instrument.value()], sim::market_scale,
                                    to_string(target.spec.tick_size)));
        }
        out[target.stream] = *unit;
    }
    return out;
}

} // namespace

Result<sim::SharedRecording> load_market(const std::vector<MarketFile>& files) {
    std::vector<sim::SharedRecording> parts;
    for (const MarketFile& file : files) {
        Result<sim::SharedRecording> part = sim::load_recording(file.path, {.symbol = file.symbol});
        if (!part) return std::unexpected(part.error());
        parts.push_back(std::move(*part));
    }
    if (parts.size() == 1) return parts.front();
    return sim::merge_recordings(parts);
}

void check_streams(const RunConfig& config, const sim::Recording& recording, Problems& problems) {
    std::vector<std::string_view> known;
    known.reserve(recording.streams.size());
    for (const sim::StreamInfo& stream : recording.streams) known.push_back(stream.symbol);
    for (std::size_t i = 0; i < config.streams.size(); ++i) {
        if (recording.find_stream(config.streams[i])) continue;
        problems.add(
            config.stream_places[i], fmt::format("instrument[{}].market", i + 1),
            fmt::format("is \"{}\", but the recording has {}", config.streams[i], one_of(known)));
    }
}

Result<std::vector<world::MarketFeed>>
make_feeds(const RunConfig& config, const sim::SharedRecording& recording, Timestamp start) {
    const Duration length = config.duration + config.settle_max;
    std::shared_ptr<const sim::BlockModel> model;
    if (recording->length() < length) {
        auto fitted = sim::BlockModel::fit(recording);
        if (!fitted) return std::unexpected(fitted.error());
        model = std::move(*fitted);
    }
    std::vector<world::MarketFeed> out;
    for (std::size_t v = 0; v < config.venues.size(); ++v) {
        const sim::VenueConfig& venue = config.venues[v];
        std::vector<world::StreamTarget> targets;
        for (const sim::SimInstrument& one : venue.instruments) {
            const auto stream = recording->find_stream(config.streams[one.instrument.value()]);
            KEEL_ASSERT(stream.has_value(),
                        "a config's streams were checked against its recording");
            targets.push_back({*stream, one.instrument, one.spec});
        }
        auto units = price_units(config, *recording, targets);
        if (!units) return std::unexpected(units.error());
        sim::VenueMarketConfig market;
        market.seed = chance(config.seed, market_chance, 0);
        market.until = Timestamp{length.value()};
        market.quote_interval = venue.market_interval;
        market.basis = config.basis_knobs[v];
        market.basis_seed = chance(config.seed, basis_chance, v);
        market.price_units = std::move(*units);
        sim::VenueMarket source =
            model ? sim::VenueMarket{model, market} : sim::VenueMarket{recording, market};
        out.push_back(world::make_feed(std::move(source), targets, start));
    }
    return out;
}

} // namespace keel::app
