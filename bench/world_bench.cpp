#include "world/world.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <benchmark/benchmark.h>

#include "app/config.hpp"
#include "app/market_setup.hpp"
#include "bench/stopwatch.hpp"
#include "model/bytes.hpp"

// Whole worlds: desk, two venues, market and auditor under one virtual clock. Run from the top of
// the repository, as the example desk and its recording are read from there.
//
// Each stands beside two floors, taken in the same iteration: the same venues with the same market
// and the same commands, but nobody who decides or audits; and a copy of the bytes that its events
// and commands are in a record.

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

// What a world hears and says, kept for its floors.
class Captured final : public world::RecordSink {
public:
    struct Sent {
        Timestamp at;
        CommandBody command;
    };
    std::vector<Sent> sent; // to venues
    std::vector<std::byte> bytes;
    std::uint64_t told = 0;
    std::uint64_t books = 0; // of these, about the market

    void on_event(const Event& event) override {
        ++told;
        books += std::holds_alternative<BookTop>(event.body) ? 1U : 0U;
        append_frame(bytes, event);
    }
    void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) override {
        append_frame(bytes, seq, at, command);
        if (!std::holds_alternative<Alarm>(command)) sent.push_back({at, command});
    }
    void on_hash(std::uint64_t, Timestamp, std::uint64_t) override {}
    void on_snapshot(std::uint64_t, std::uint64_t, std::span<const std::uint64_t>) override {}
    void lose_tail(std::uint32_t) override {}
    void on_end(std::uint64_t, std::uint64_t) override {}
    [[nodiscard]] Result<void> status() const override { return {}; }
};

AccountIx account_of(const CommandBody& command) {
    return std::visit(
        []<class Body>(const Body& body) {
            if constexpr (!is_for_venue<Body>) {
                return AccountIx{};
            } else {
                return body.account;
            }
        },
        command);
}

// The venues alone: the same moves of the market, and what the desk sent when it sent it.
double venues_alone(const world::WorldConfig& config, std::vector<world::MarketFeed> feeds,
                    const std::vector<Captured::Sent>& sent) {
    std::vector<sim::Venue> venues;
    for (std::uint32_t i = 0; i < config.venues.size(); ++i) {
        venues.emplace_back(config.venues[i], config.faults, config.seed + i);
    }
    std::vector<EventBody> heard;
    heard.reserve(1'024);
    std::size_t next = 0;
    const Timestamp end = sent.empty() ? config.start : sent.back().at + seconds(1);
    const Stopwatch watch;
    while (true) {
        Timestamp at = next < sent.size() ? sent[next].at : never;
        for (const world::MarketFeed& feed : feeds) at = earlier(at, feed.next_at());
        for (const sim::Venue& venue : venues) at = earlier(at, venue.next_at());
        if (at > end) break;
        for (std::uint32_t i = 0; i < venues.size(); ++i) {
            while (feeds[i].next_at() <= at) venues[i].on_market(feeds[i].next(), at);
            if (venues[i].next_at() <= at) venues[i].advance(at, heard);
            venues[i].clear_new_fills();
        }
        heard.clear();
        for (; next < sent.size() && sent[next].at <= at; ++next) {
            const AccountIx account = account_of(sent[next].command);
            const VenueIx venue = config.desk.engine.accounts[account.value()].venue;
            venues[venue.value()].send(sent[next].command, at);
        }
    }
    const double took = watch.seconds();
    benchmark::DoNotOptimize(venues.front().state_hash());
    return took;
}

double copy_alone(const std::vector<std::byte>& bytes) {
    std::vector<std::byte> out(bytes.size());
    const Stopwatch watch;
    std::memcpy(out.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    return watch.seconds();
}

// Runs this world in each iteration, and its floors behind it. `count` says what an
// event is.
template <class Feeds, class Count>
void run_beside_floors(benchmark::State& state, const world::WorldConfig& config, Feeds&& feeds,
                       Count&& count) {
    Captured captured;
    world::RunResult result =
        world::World{config, feeds(), {.record = &captured}}.run(); // warm, and heard once
    KEEL_ASSERT(result.violations == 0 && result.ending == world::Ending::Settled,
                "a world that is measured is a good one");
    double own = 0;
    double venues = 0;
    double copy = 0;
    std::uint64_t events = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        world::World world{config, feeds()};
        const Stopwatch watch;
        while (world.step()) {
        }
        const double took = watch.seconds();
        result = world.result(); // hashes all that is remembered: asked for once, and not a step
        state.SetIterationTime(took);
        own += took;
        venues += venues_alone(config, feeds(), captured.sent);
        copy += copy_alone(captured.bytes);
        events += count(result, captured);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["told"] = static_cast<double>(captured.told);
    state.counters["about_market"] = static_cast<double>(captured.books);
    state.counters["sent"] = static_cast<double>(captured.sent.size());
    state.counters["ns_per_event"] = own * 1e9 / static_cast<double>(events);
    state.counters["x_venues_alone"] = own / venues;
    state.counters["x_memcpy"] = own / copy;
}

// BTC and ETH at the recorded rate of quotes and trades, all checks on. Counted are simulated
// events: moves of the market at the venues, what the desk is told, and what it sends.
void world_with_market(benchmark::State& state) {
    const char* faults = state.range(0) == 0 ? "calm" : "harsh";
    const Setup setup = setup_for(seconds(1'200), faults, 1);
    const world::WorldConfig config = world_of(setup.run);
    run_beside_floors(
        state, config,
        [&] { return app::make_feeds(setup.run, setup.market, config.start).value(); },
        [](const world::RunResult& result, const Captured& captured) {
            return result.market_moves + result.events + captured.sent.size();
        });
}
BENCHMARK(world_with_market)
    ->ArgName("harsh")
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// What a book looks like at the example's venues: instruments of one venue, and their prices.
struct Book {
    InstrumentIx instrument;
    Ticks mid;
    Ticks step; // a basis point
};
std::vector<Book> books_of(const app::RunConfig& run, VenueIx venue) {
    std::vector<Book> out;
    for (std::uint32_t i = 0; i < run.desk.engine.instruments.size(); ++i) {
        const Instrument& one = run.desk.engine.instruments[i].instrument;
        if (one.venue != venue) continue;
        const std::int64_t price = run.bases[i] == "BTC" ? 60'000 : 2'600;
        const Ticks mid{units_of(Decimal{price, 0}, one.tick_size).value()};
        out.push_back(
            {InstrumentIx{i}, mid, Ticks{std::max<std::int64_t>(mid.value() / 10'000, 1)}});
    }
    return out;
}
sim::Venue::MarketMove quote_of(const Book& book, std::int64_t away) {
    sim::Venue::MarketMove out;
    out.instrument = book.instrument;
    out.bid_px = book.mid + Ticks{book.step.value() * (away - 1)};
    out.ask_px = book.mid + Ticks{book.step.value() * (away + 1)};
    out.bid_qty = Lots{1'000'000'000};
    out.ask_qty = Lots{1'000'000'000};
    return out;
}

// A book that stands still, at one venue with prints that go through it: all that happens is
// orders, their acknowledgements, fills, cancels, hedges and reads.
class PrintsOnly {
public:
    PrintsOnly(Timestamp start, std::vector<Book> books, Duration prints_every, Lots qty,
               Timestamp until)
        : at_(start), until_(until), every_(prints_every), qty_(qty), books_(std::move(books)) {}
    [[nodiscard]] Timestamp next_at() const { return at_; }
    sim::Venue::MarketMove next() {
        const Book& book = books_[turn_ % books_.size()];
        sim::Venue::MarketMove out = quote_of(book, 0);
        if (turn_ >= books_.size()) {
            const bool sells = turn_ / books_.size() % 2 == 0;
            out.is_trade = true;
            out.aggressor = sells ? Side::Sell : Side::Buy;
            out.px = book.mid + Ticks{book.step.value() * (sells ? -100 : 100)};
            out.qty = qty_;
        }
        ++turn_;
        if (turn_ == books_.size()) {
            at_ = every_ > Duration{} ? at_ + seconds(10) : never; // the desk starts
        } else if (turn_ > books_.size()) {
            at_ = at_ + every_ < until_ ? at_ + every_ : never;
        }
        return out;
    }

private:
    Timestamp at_;
    Timestamp until_;
    Duration every_;
    Lots qty_;
    std::vector<Book> books_;
    std::size_t turn_ = 0;
};

// The private path alone: the desk is told of the market once, and then only of its own orders. An
// event is what goes over that path, once, in either direction: a request that arrives at a venue,
// or what the desk is told (reports, answers, positions, rows of reads, timers). The prints that
// make the venue trade with it are not counted, though their matching is timed.
void private_path(benchmark::State& state) {
    Setup setup = setup_for(seconds(1'200), "calm", 1);
    core::EngineConfig& engine = setup.run.desk.engine;
    for (core::AccountConfig& account : engine.accounts) {
        account.limits.max_orders_per_second = 1'000;
        account.limits.max_notional_per_minute = Money{INT64_MAX / 4};
    }
    for (core::InstrumentConfig& one : engine.instruments) {
        one.limits.stale_mark = seconds(1'000'000);
    }
    engine.limits.max_loss_session = Money{INT64_MAX / 4};
    for (VenueTraits& venue : engine.venues) venue.requests_per_second = 10'000;
    for (sim::VenueConfig& venue : setup.run.venues) {
        venue.traits.requests_per_second = 10'000;
        venue.market_interval = seconds(1'000'000);
    }
    for (strategy::XemmConfig& pair : setup.run.desk.xemm) pair.refresh_age = milliseconds(700);
    world::WorldConfig config = world_of(setup.run);
    config.is_audited = state.range(0) != 0;
    const Lots half = Lots{setup.run.desk.xemm[0].order_qty.value() / 2};
    const auto feeds = [&] {
        std::vector<world::MarketFeed> out;
        for (std::uint32_t v = 0; v < config.venues.size(); ++v) {
            out.emplace_back(PrintsOnly{config.start, books_of(setup.run, VenueIx{v}),
                                        v == 0 ? milliseconds(25) : Duration{}, half,
                                        config.start + config.duration});
        }
        return out;
    };
    run_beside_floors(state, config, feeds,
                      [](const world::RunResult& result, const Captured& captured) {
                          return result.events + captured.sent.size();
                      });
}
BENCHMARK(private_path)
    ->ArgName("audited")
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// A market that moves a little every second: what a quiet bot hears, about 20 things a second.
class SlowMarket {
public:
    SlowMarket(Timestamp start, std::vector<Book> books, std::uint64_t seed, Duration every)
        : at_(start), rng_(seed), every_(every), books_(std::move(books)) {}
    [[nodiscard]] Timestamp next_at() const { return at_; }
    sim::Venue::MarketMove next() {
        const Book& book = books_[turn_++ % books_.size()];
        at_ = at_ + Duration{every_.value() / static_cast<std::int64_t>(books_.size())};
        return quote_of(book, rng_.between(-3, 3));
    }

private:
    Timestamp at_;
    Rng rng_;
    Duration every_;
    std::vector<Book> books_;
    std::size_t turn_ = 0;
};

void simulated_day(benchmark::State& state) {
    const Setup setup = setup_for(seconds(86'400), "calm", 1);
    const world::WorldConfig config = world_of(setup.run);
    double told_a_second = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        std::vector<world::MarketFeed> feeds;
        for (std::uint32_t v = 0; v < config.venues.size(); ++v) {
            feeds.emplace_back(SlowMarket{config.start, books_of(setup.run, VenueIx{v}), 7 + v,
                                          milliseconds(850)});
        }
        world::World world{config, std::move(feeds)};
        const Stopwatch watch;
        const world::RunResult result = world.run();
        state.SetIterationTime(watch.seconds());
        told_a_second = static_cast<double>(result.events) / 86'400.0;
    }
    state.counters["told_per_simulated_s"] = told_a_second;
}
BENCHMARK(simulated_day)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace
} // namespace keel::bench

BENCHMARK_MAIN();
