#include <chrono>
#include <span>

#include <benchmark/benchmark.h>

#include "bench/allocations.hpp"
#include "bench/lives.hpp"
#include "model/bytes.hpp"

// step() over full lives with all checks on: assertions, gates, audits, incremental hash, and the
// frame of each event and of the commands it caused written to a ring. Beside it the floor: a copy
// of the event and its frame, which no engine can do without.

namespace keel::bench {
namespace {

constexpr std::size_t batch = 20'000;

// The last records, as `keel run` keeps them.
class Ring {
public:
    Ring() {
        bytes_.resize(1U << 20U);
        scratch_.reserve(frame_size_max);
    }
    void add(const Event& event) { at_ += write_frame(room(), event); }
    void add(const Event& event, const Commands& commands) {
        add(event);
        for (const CommandBody& body : commands) {
            scratch_.clear();
            append_frame(scratch_, event.seq, event.at, body);
            const auto out = room();
            std::copy(scratch_.begin(), scratch_.end(), out.begin());
            at_ += scratch_.size();
        }
    }

private:
    std::span<std::byte> room() {
        if (at_ + frame_size_max > bytes_.size()) at_ = 0;
        return std::span{bytes_}.subspan(at_);
    }
    std::vector<std::byte> bytes_;
    std::vector<std::byte> scratch_;
    std::size_t at_ = 0;
};

void step_lives(benchmark::State& state) {
    const auto live = static_cast<std::uint32_t>(state.range(0));
    const bool ahead = state.range(1) != 0;
    strategy::Desk desk{Lives::config(live)};
    Commands commands{4'096};
    Lives lives{live};
    lives.open(desk, commands);
    Ring ring;
    std::vector<Lives::Step> steps;
    lives.next(steps, batch);
    for (const auto& step : steps) drive(desk, step, commands); // warm
    std::uint64_t events = 0;
    std::uint64_t allocated = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        lives.next(steps, batch);
        const std::uint64_t before = allocations();
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (ahead && i + 4 < steps.size()) desk.engine().prefetch(steps[i + 4].event);
            drive(desk, steps[i], commands);
            ring.add(steps[i].event, commands);
        }
        const auto end = std::chrono::steady_clock::now();
        allocated += allocations() - before;
        events += steps.size();
        state.SetIterationTime(std::chrono::duration<double>(end - start).count());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["allocs_per_event"] =
        static_cast<double>(allocated) / static_cast<double>(events);
    state.counters["bytes_per_order"] = static_cast<double>(desk.engine().bytes_per_live_order());
    benchmark::DoNotOptimize(desk.state_hash());
}
BENCHMARK(step_lives)
    ->ArgNames({"live", "prefetch"})
    ->Args({10, 0})
    ->Args({1'000, 0})
    ->Args({100'000, 0})
    ->Args({1'000'000, 0})
    ->Args({1'000, 1})
    ->Args({1'000'000, 1})
    ->Iterations(60) // a million fills fit; the life of a record is its capacity
    ->Repetitions(5)
    ->ReportAggregatesOnly()
    ->UseManualTime();

// The floor: an open-addressing look-up of a slot, the frame to the ring, and nothing decided.
void floor_frame(benchmark::State& state) {
    Lives lives{1'000};
    Ring ring;
    std::vector<Lives::Step> steps;
    lives.next(steps, batch);
    std::uint64_t events = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        for (const auto& step : steps) ring.add(step.event);
        events += steps.size();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
}
BENCHMARK(floor_frame);

} // namespace
} // namespace keel::bench

BENCHMARK_MAIN();
