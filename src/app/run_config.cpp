#include "app/run_config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "base/assert.hpp"
#include "core/config.hpp"

namespace keel::app {
namespace {

sim::DelayRange delays(const Table& table, std::string_view key) {
    const Value& value = table.value(key);
    return {milliseconds(value.number), milliseconds(value.upper)};
}

void build_run(const Table& run, std::string_view market_folder, RunConfig& out) {
    out.seed = static_cast<std::uint64_t>(run.integer("seed"));
    out.duration = run.span("duration_s");
    out.settle_max = run.span("settle_max_s");
    const Value& files = run.value("market_files");
    for (std::size_t i = 0; i < files.texts.size(); ++i) {
        MarketFile file = parse_market_file(files.texts[i], market_folder);
        file.place = i < files.text_places.size() ? files.text_places[i] : files.place;
        out.market_files.push_back(std::move(file));
    }
    if (const Value& faults = run.value("faults"); faults.is_good) {
        const Result<sim::FaultProfile> profile = sim::fault_profile(faults.text);
        KEEL_ASSERT(profile.has_value(), "every fault profile in the schema exists");
        out.faults = *profile;
    }
}

// How long everything takes at a venue.
void read_delays(const Table& table, sim::VenueConfig& sim) {
    const Table& ranges = table.child("delays");
    sim.socket_request = delays(ranges, "socket_request_ms");
    sim.rest_request = delays(ranges, "rest_request_ms");
    sim.order_stream = delays(ranges, "order_stream_ms");
    sim.fill_stream = delays(ranges, "fill_stream_ms");
    sim.position_stream = delays(ranges, "position_stream_ms");
    sim.market_stream = delays(ranges, "market_stream_ms");
    sim.read_lag = delays(ranges, "read_lag_ms");
    sim.settlement = delays(ranges, "settlement_ms");
    sim.market_interval = table.span("market_interval_ms");
    sim.taker_delay = table.span("taker_delay_ms");
}

sim::BasisKnobs read_basis(const Table& basis) {
    return {.percentile_1 = basis.bps("percentile_1_bps"),
            .median = basis.bps("median_bps"),
            .percentile_99 = basis.bps("percentile_99_bps"),
            .half_life = basis.span("half_life_ms"),
            .grid = basis.span("grid_ms")};
}

sim::FundingTerms read_funding(const Table& instrument, Problems& problems) {
    const Table& table = instrument.child("funding");
    const sim::FundingTerms out{.every = table.span("every_ms"),
                                .mean = table.bps("mean_bps"),
                                .spread = table.bps("spread_bps"),
                                .half_life = table.span("half_life_ms")};
    const bool is_whole = std::ranges::all_of(table.values(), &Value::is_good);
    if (const auto checked = sim::check(out); is_whole && !checked) {
        problems.add(table.value("every_ms").place, table.label_of("every_ms"),
                     checked.error().text());
    }
    return out;
}

// What a listing does by itself, which takes prices with an end.
sim::ListingTerms read_listing(const Table& instrument, const Instrument& spec,
                               Problems& problems) {
    Amounts amounts{problems};
    const Table& table = instrument.child("listing");
    const auto ticks = [&](std::string_view key) {
        return Ticks{amounts.count(table, key, instrument.value("tick").decimal, "the tick")};
    };
    sim::ListingTerms out;
    out.fine_step = ticks("fine_step");
    out.fine_below = ticks("fine_below");
    out.resolves_after = table.span("resolves_after_s");
    out.resolves_to = ticks("resolves_to");
    const auto refuse = [&](std::string_view key, const std::string& text) {
        problems.add(table.value(key).place, table.label_of(key), text);
    };
    if (out.is_some() && spec.px_end == Ticks{0}) {
        refuse(out.fine_step > Ticks{0} ? "fine_step" : "resolves_after_s",
               "is of no use without px_end");
    } else if (out.fine_step > Ticks{0} && spec.price_step.value() % out.fine_step.value() != 0) {
        refuse("fine_step", "does not divide price_step");
    } else if (out.resolves_to > spec.px_end) {
        refuse("resolves_to", "is more than px_end");
    } else if (out.fine_below > Ticks{0} && out.fine_below.value() >= spec.px_end.value() / 4) {
        refuse("fine_below",
               "is a quarter of px_end or more: the step would never be coarse again");
    }
    return out;
}

// The largest is one that the venue takes as an order, unless it is said.
world::OutsideRates read_outside(const Table& instrument, Lots min_qty, Problems& problems) {
    Amounts amounts{problems};
    const Table& table = instrument.child("outside");
    world::OutsideRates out;
    out.manual_per_hour = table.small("manual_trades_per_hour");
    out.liquidations_per_hour = table.small("liquidations_per_hour");
    out.adl_per_hour = table.small("adl_per_hour");
    out.qty_max =
        table.value("qty_max").is_set
            ? Lots{amounts.count(table, "qty_max", instrument.value("lot").decimal, "the lot")}
            : min_qty;
    if (const Value& most = table.value("qty_max"); out.qty_max > core::qty_max) {
        problems.add(most.place, table.label_of("qty_max"),
                     fmt::format("is {}, which is more than 2^40 lots", most.text));
    }
    return out;
}

// Outcomes of binary markets, each made from what drives it, or the mirror of another.
class Binaries {
public:
    Binaries(const Table& root, const References& refs, Problems& problems)
        : tables_(root.all("instrument")), refs_(refs), problems_(problems) {}

    void build(RunConfig& out) {
        for (std::uint32_t i = 0; i < tables_.size(); ++i) {
            out.binaries.push_back(terms_of(out, i));
        }
        for (std::uint32_t i = 0; i < tables_.size(); ++i) mirror(out, InstrumentIx{i});
    }

private:
    [[nodiscard]] static sim::SimInstrument& at_venue(RunConfig& out, InstrumentIx ix) {
        const VenueIx venue = out.desk.engine.instruments[ix.value()].instrument.venue;
        std::vector<sim::SimInstrument>& all = out.venues[venue.value()].instruments;
        return *std::ranges::find(all, ix, &sim::SimInstrument::instrument);
    }
    void refuse(std::size_t place, std::string_view key, const std::string& text) {
        const Table& table = tables_[place]->child("binary");
        problems_.add(table.value(key).place, table.label_of(key), text);
    }

    world::BinaryTerms terms_of(RunConfig& out, std::uint32_t place) {
        const Table& table = tables_[place]->child("binary");
        world::BinaryTerms terms;
        terms.slope = table.integer("slope");
        terms.per_unit = table.integer("shares_per_unit");
        if (!terms.is_some() || refs_.venue_of[place].is_none()) return {};
        const sim::SimInstrument& own = at_venue(out, InstrumentIx{place});
        const Instrument& spec = out.desk.engine.instruments[place].instrument;
        if (spec.px_end == Ticks{0}) refuse(place, "slope", "is of no use without px_end");
        terms.px_end = spec.px_end;
        terms.price_step = spec.price_step;
        terms.fine_step = own.listing.fine_step;
        terms.fine_below = own.listing.fine_below;
        return terms;
    }

    void mirror(RunConfig& out, InstrumentIx ix) {
        const std::uint32_t place = ix.value();
        const Table& table = tables_[place]->child("binary");
        const Value& word = table.value("complement_of");
        if (!word.is_good || !word.is_set || refs_.venue_of[place].is_none()) return;
        const InstrumentIx other{refs_.instruments.find(
            word.text, word.place, table.label_of("complement_of"), problems_)};
        if (other.is_none()) return;
        const Instrument& own = out.desk.engine.instruments[place].instrument;
        const Instrument& first = out.desk.engine.instruments[other.value()].instrument;
        const auto same = [&](std::string_view key) {
            return tables_[place]->text(key) == tables_[other.value()]->text(key);
        };
        if (other == ix || !out.binaries[other.value()].is_some()) {
            refuse(place, "complement_of", "names no outcome with a slope of its own");
        } else if (!same("venue") || !same("market") || own.px_end != first.px_end ||
                   own.price_step != first.price_step ||
                   compare(own.tick_size, first.tick_size) != 0) {
            refuse(place, "complement_of",
                   "names an outcome with another venue, market, tick, price_step or px_end");
        } else if (out.binaries[place].is_some() || at_venue(out, ix).listing.is_some()) {
            refuse(place, "complement_of", "stands in place of slope and of [instrument.listing]");
        } else {
            out.binaries[place] = out.binaries[other.value()];
            out.binaries[place].is_complement = true;
            sim::ListingTerms& listing = at_venue(out, ix).listing;
            listing = at_venue(out, other).listing;
            listing.resolves_to = own.px_end - listing.resolves_to;
        }
    }

    std::vector<const Table*> tables_;
    const References& refs_;
    Problems& problems_;
};

} // namespace

RunConfig build_run_config(const Table& root, const References& refs, std::string_view folder,
                           std::string_view market_folder, Problems& problems) {
    RunConfig out{build_desk_setup(root, refs, problems)};
    build_run(root.child("run"), market_folder, out);
    const std::vector<const Table*> venues = root.all("venue");
    for (std::size_t v = 0; v < venues.size(); ++v) {
        read_delays(*venues[v], out.venues[v]);
        out.basis_knobs.push_back(read_basis(venues[v]->child("basis")));
    }
    for (const Table* instrument : root.all("instrument")) {
        const std::size_t index = out.bases.size();
        out.outside.push_back(read_outside(
            *instrument, out.desk.engine.instruments[index].instrument.min_qty, problems));
        const sim::FundingTerms funding = read_funding(*instrument, problems);
        const sim::ListingTerms listing =
            read_listing(*instrument, out.desk.engine.instruments[index].instrument, problems);
        for (sim::VenueConfig& venue : out.venues) {
            for (sim::SimInstrument& one : venue.instruments) {
                if (one.instrument.value() != index) continue;
                one.funding = funding;
                out.outside.back().hedge_mode = venue.hedge_mode;
                one.listing = listing;
            }
        }
        out.bases.push_back(instrument->text("base"));
        out.streams.push_back(instrument->text("market"));
        out.stream_places.push_back(instrument->value("market").place);
    }
    Binaries{root, refs, problems}.build(out);
    for (const Table* xemm : root.all("xemm")) {
        out.order_qty_places.push_back(xemm->value("order_qty").place);
    }
    out.signals = build_signals(root, refs, folder, problems);
    return out;
}

MarketFile parse_market_file(std::string_view text, std::string_view folder) {
    const std::size_t colon = text.rfind(':');
    const std::string_view tail = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const bool has_symbol =
        !tail.empty() && tail.find_first_not_of(allowed) == std::string_view::npos;
    const std::string_view path = has_symbol ? text.substr(0, colon) : text;
    const bool is_relative = !path.starts_with('/') && !folder.empty();
    return {is_relative ? fmt::format("{}/{}", folder, path) : std::string{path},
            has_symbol ? std::string{tail} : std::string{},
            {}};
}

} // namespace keel::app
