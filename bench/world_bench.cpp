#include "world/world.hpp"

#include <chrono>

#include <benchmark/benchmark.h>

#include "app/config.hpp"
#include "app/market_setup.hpp"

// Whole worlds: desk, two venues, market and auditor under one virtual clock. Run from the top of
// the repository, as the example desk and its recording are read from there.

namespace keel::bench {
namespace {

struct Setup {
    app::RunConfig run;
    sim::SharedRecording market;
};

Setup setup_for(Duration duration, const char* faults, std::int64_t seed) {
    app::Overrides overrides;
    overrides.duration = duration;
    overrides.faults = faults;
    overrides.seed = seed;
    auto config = app::load_config_file("examples/xemm.toml", overrides);
    KEEL_ASSERT(config.has_value(), "the example desk is good; run from the repository's top");
    auto market = app::load_market(config->run.market_files);
    KEEL_ASSERT(market.has_value(), "the recording is good");
    return {std::move(config->run), std::move(*market)};
}

world::WorldConfig world_of(const app::RunConfig& run) {
    world::WorldConfig out;
    out.desk = run.desk;
    out.venues = run.venues;
    out.faults = run.faults;
    out.seed = run.seed;
    out.duration = run.duration;
    out.settle_max = run.settle_max;
    return out;
}

// An hour of BTC and ETH at the recorded rate of quotes and trades, all checks on. Items are
// simulated events: market moves at the venues, and what the desk is told.
void world_with_market(benchmark::State& state) {
    const char* faults = state.range(0) == 0 ? "calm" : "harsh";
    const Setup setup = setup_for(seconds(1'200), faults, 1);
    std::uint64_t events = 0;
    std::uint64_t told = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        const world::WorldConfig config = world_of(setup.run);
        auto feeds = app::make_feeds(setup.run, setup.market, config.start);
        world::World world{config, std::move(*feeds)};
        const auto start = std::chrono::steady_clock::now();
        const world::RunResult result = world.run();
        const auto end = std::chrono::steady_clock::now();
        state.SetIterationTime(std::chrono::duration<double>(end - start).count());
        events += result.events + result.market_moves + result.orders_sent + result.cancels_sent;
        told += result.events;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["told_desk_per_s"] =
        benchmark::Counter(static_cast<double>(told), benchmark::Counter::kIsRate);
}
BENCHMARK(world_with_market)
    ->ArgName("harsh")
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// A market that moves a little every two seconds: a quiet bot is told about 20 things a second.
class SlowMarket {
public:
    SlowMarket(Timestamp start, const app::RunConfig& run, VenueIx venue) : at_(start) {
        for (std::uint32_t i = 0; i < run.desk.engine.instruments.size(); ++i) {
            const core::InstrumentConfig& one = run.desk.engine.instruments[i];
            if (one.instrument.venue != venue) continue;
            const std::int64_t price = run.bases[i] == "BTC" ? 60'000 : 2'600;
            books_.push_back({InstrumentIx{i},
                              Ticks{units_of(Decimal{price, 0}, one.instrument.tick_size).value()},
                              Rng{7}.fork(venue.value())});
        }
    }
    [[nodiscard]] Timestamp next_at() const { return at_; }
    sim::Venue::MarketMove next() {
        Book& book = books_[turn_++ % books_.size()];
        const std::int64_t step = book.rng.between(-40, 40);
        sim::Venue::MarketMove out;
        out.instrument = book.instrument;
        out.bid_px = book.mid + Ticks{step - 1};
        out.ask_px = book.mid + Ticks{step + 1};
        out.bid_qty = Lots{100'000};
        out.ask_qty = Lots{100'000};
        at_ = at_ + milliseconds(2'000 / static_cast<std::int64_t>(books_.size()));
        return out;
    }

private:
    struct Book {
        InstrumentIx instrument;
        Ticks mid;
        Rng rng;
    };
    Timestamp at_;
    std::vector<Book> books_;
    std::size_t turn_ = 0;
};

void simulated_day(benchmark::State& state) {
    const Setup setup = setup_for(seconds(86'400), "calm", 1);
    double told_a_second = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        const world::WorldConfig config = world_of(setup.run);
        std::vector<world::MarketFeed> feeds;
        for (std::uint32_t v = 0; v < config.venues.size(); ++v) {
            feeds.emplace_back(SlowMarket{config.start, setup.run, VenueIx{v}});
        }
        world::World world{config, std::move(feeds)};
        const auto start = std::chrono::steady_clock::now();
        const world::RunResult result = world.run();
        const auto end = std::chrono::steady_clock::now();
        state.SetIterationTime(std::chrono::duration<double>(end - start).count());
        told_a_second = static_cast<double>(result.events) / 86'400.0;
    }
    state.counters["told_per_simulated_s"] = told_a_second;
}
BENCHMARK(simulated_day)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace
} // namespace keel::bench

BENCHMARK_MAIN();
