#include "app/market_setup.hpp"

#include <optional>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "app/words.hpp"
#include "base/math.hpp"
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

sim::SharedRecording load_market(const RunConfig& config, Problems& problems) {
    std::vector<sim::SharedRecording> parts;
    for (const MarketFile& file : config.market_files) {
        Result<sim::SharedRecording> part = load_market({file});
        if (part) {
            parts.push_back(std::move(*part));
        } else {
            problems.add(file.place, "run.market_files", part.error().text());
        }
    }
    if (problems.any()) return nullptr;
    if (parts.size() == 1) return parts.front();
    Result<sim::SharedRecording> whole = sim::merge_recordings(parts);
    if (whole) return std::move(*whole);
    problems.add(config.market_files.front().place, "run.market_files", whole.error().text());
    return nullptr;
}

namespace {

// A CSV holds no symbol and goes by its file's name: how to say what it is of.
std::string symbol_hint(const RunConfig& config, std::string_view symbol) {
    for (const MarketFile& file : config.market_files) {
        if (!file.symbol.empty() || sim::names_its_symbols(file.path)) continue;
        return fmt::format("; a CSV goes by its name unless its symbol is given, as in {}:{}",
                           file.path.substr(file.path.rfind('/') + 1), symbol);
    }
    return {};
}

} // namespace

void check_streams(const RunConfig& config, const sim::Recording& recording, Problems& problems) {
    std::vector<std::string_view> known;
    known.reserve(recording.streams.size());
    for (const sim::StreamInfo& stream : recording.streams) known.push_back(stream.symbol);
    for (std::size_t i = 0; i < config.streams.size(); ++i) {
        if (recording.find_stream(config.streams[i])) continue;
        problems.add(config.stream_places[i], fmt::format("instrument[{}].market", i + 1),
                     fmt::format("is \"{}\", but the recording has {}{}", config.streams[i],
                                 one_of(known), symbol_hint(config, config.streams[i])));
    }
}

namespace {

// The mid of a stream's first book with two sides; in the market's 1e-8.
std::optional<std::int64_t> first_price(const sim::Recording& recording, std::uint32_t stream) {
    for (const sim::MarketUpdate& row : recording.rows) {
        if (row.stream != stream) continue;
        if (row.is_trade()) return row.px();
        if (row.bid_px > 0 && row.ask_px > 0) return row.bid_px + (row.ask_px - row.bid_px) / 2;
    }
    return std::nullopt;
}

// Holds one quote of a pair, and the hedge of it, to what its venues take and its limits allow.
class QuoteCheck {
public:
    QuoteCheck(const RunConfig& config, const sim::Recording& recording, std::size_t place,
               Problems& problems)
        : config_(config), recording_(recording), place_(place), problems_(problems),
          pair_(config.desk.xemm[place]) {}

    void check() {
        const Money quote = check_size(pair_.maker);
        const Money hedge = check_size(pair_.hedge);
        const std::uint32_t quote_venue = venue_of(pair_.maker);
        const std::uint32_t hedge_venue = venue_of(pair_.hedge);
        if (quote_venue == hedge_venue) {
            check_margin(quote_venue, margin(pair_.maker, quote) + margin(pair_.hedge, hedge));
        } else {
            check_margin(quote_venue, margin(pair_.maker, quote));
            check_margin(hedge_venue, margin(pair_.hedge, hedge));
        }
    }

private:
    [[nodiscard]] const core::InstrumentConfig& of(InstrumentIx ix) const {
        return config_.desk.engine.instruments[ix.value()];
    }
    [[nodiscard]] std::uint32_t venue_of(InstrumentIx ix) const {
        return of(ix).instrument.venue.value();
    }
    [[nodiscard]] const std::string& venue_name(std::uint32_t venue) const {
        return config_.desk.engine.venues[venue].name;
    }

    // What a quote is worth there at the recording's first price; zero where nobody knows.
    [[nodiscard]] Money worth_of_quote(InstrumentIx ix) const {
        const auto stream = recording_.find_stream(config_.streams[ix.value()]);
        const auto price = stream ? first_price(recording_, *stream) : std::nullopt;
        const auto qty = times(pair_.order_qty.value(), of(pair_.maker).instrument.lot_size);
        if (!price || !qty) return {};
        Int128 worth = static_cast<Int128>(*price) * qty->mantissa; // in base currency
        for (int i = 0; i < qty->scale; ++i) worth /= 10;
        return worth > INT64_MAX ? Money{} : Money{static_cast<std::int64_t>(worth)};
    }

    Money check_size(InstrumentIx ix) {
        const Money worth = worth_of_quote(ix);
        if (worth == Money{}) return worth;
        const core::InstrumentConfig& own = of(ix);
        const std::string name =
            fmt::format("{}/{}", venue_name(venue_of(ix)), own.instrument.symbol);
        if (worth < own.instrument.min_notional) {
            refuse("is worth", worth, "below min_notional", own.instrument.min_notional, name);
        }
        if (worth > own.limits.max_order_notional) {
            refuse("is worth", worth, "above limits.max_order_notional",
                   own.limits.max_order_notional, name);
        }
        return worth;
    }

    [[nodiscard]] Money margin(InstrumentIx ix, Money worth) const {
        const auto out =
            mul_div(worth.value(), of(ix).instrument.initial_margin_ppm, ppm_one, Rounding::Up);
        KEEL_ASSERT(out.has_value(), "a margin is at most its notional");
        return Money{out->value};
    }

    void check_margin(std::uint32_t venue, Money needed) {
        const Money collateral = config_.venues[venue].accounts.front().collateral;
        if (needed <= collateral) return;
        refuse("needs a margin of", needed, "above collateral", collateral, venue_name(venue));
    }

    void refuse(std::string_view what, Money amount, std::string_view how, Money bound,
                std::string_view of_whom) {
        problems_.add(config_.order_qty_places[place_],
                      fmt::format("xemm[{}].order_qty", place_ + 1),
                      fmt::format("{} {} dollars at the recording's first price, which is {} "
                                  "= {} of \"{}\": no quote would ever leave",
                                  what, shown(Decimal{amount.value(), money_scale}), how,
                                  shown(Decimal{bound.value(), money_scale}), of_whom));
    }

    const RunConfig& config_;
    const sim::Recording& recording_;
    std::size_t place_;
    Problems& problems_;
    const strategy::XemmConfig& pair_;
};

} // namespace

void check_worth(const RunConfig& config, const sim::Recording& recording, Problems& problems) {
    for (std::size_t i = 0; i < config.desk.xemm.size(); ++i) {
        QuoteCheck{config, recording, i, problems}.check();
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
            world::BinaryTerms binary = config.binaries[one.instrument.value()];
            if (binary.is_some()) {
                const auto open = first_price(*recording, *stream);
                if (!open) return fail("a binary market is made from one with a price");
                binary.open_e8 = *open;
            }
            targets.push_back({*stream, one.instrument, one.spec, binary});
        }
        auto units = price_units(config, *recording, targets);
        if (!units) return std::unexpected(units.error());
        sim::VenueMarketConfig market;
        market.seed = chance(config.seed, market_chance, 0);
        market.until = Timestamp{length.value()};
        // Every quote reaches the matching; market_interval thins what the venue publishes of it.
        market.quote_interval = Duration{};
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
