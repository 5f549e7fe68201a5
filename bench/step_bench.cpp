#include <algorithm>
#include <span>

#include <benchmark/benchmark.h>

#include "bench/allocations.hpp"
#include "bench/lives.hpp"
#include "bench/order_floor.hpp"
#include "bench/stopwatch.hpp"
#include "model/bytes.hpp"

// step() over full lives with all checks on: assertions, gates, audits, incremental hash, and the
// frame of each event and of the commands it caused written to a ring. Beside it, on the same lives
// and turn by turn in the same loop, its floor: the least that keeping orders costs
// (bench/order_floor.hpp). `x_floor` is the ratio of the two.

namespace keel::bench {
namespace {

constexpr std::size_t batch = 1'000;

// The last records, as `keel run` keeps them.
class Ring {
public:
    Ring() {
        bytes_.resize(1U << 16U);
        scratch_.reserve(frame_size_max);
    }
    void add(const Event& event, const Commands& commands) {
        at_ += write_frame(room(), event);
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

void step(benchmark::State& state, Shape shape) {
    const auto live = static_cast<std::uint32_t>(state.range(0));
    const bool ahead = state.range(1) != 0;
    strategy::Desk desk{Lives::config(live, shape)};
    Commands commands{4'096};
    Lives lives{live, shape};
    lives.open(desk, commands);
    Ring ring;
    std::vector<Lives::Step> steps;
    OrderFloor floor{live};
    std::vector<OrderFloor::Told> told;
    open(floor, lives, live);
    for (std::uint32_t from = 0; from < live; from += 1'000) {
        lives.scatter(steps, from, std::min(from + 1'000, live));
        for (const auto& one : steps) drive(desk, one, commands);
        translate(steps, told);
        for (const auto& one : told) floor.on(one);
    }
    std::uint64_t events = 0;
    const std::uint64_t hedges_before = lives.hedges();
    std::uint64_t allocated = 0;
    double own_s = 0;
    double floor_s = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        lives.next(steps, batch);
        const std::uint64_t before = allocations();
        const Stopwatch watch;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (ahead && i + 12 < steps.size()) desk.engine().prefetch(steps[i + 12].event);
            if (ahead && i + 6 < steps.size()) desk.engine().prefetch_order(steps[i + 6].event);
            drive(desk, steps[i], commands);
            ring.add(steps[i].event, commands);
        }
        const double took = watch.seconds();
        allocated += allocations() - before;
        events += steps.size();
        state.SetIterationTime(took);
        own_s += took;
        translate(steps, told);
        const Stopwatch floor_watch;
        for (const auto& one : told) floor.on(one);
        floor_s += floor_watch.seconds();
        KEEL_ASSERT(floor.live() == lives.open_orders(), "the floor lives the same lives");
    }
    KEEL_ASSERT(lives.agrees_with(desk), "same events, same state");
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["ns_per_event"] = own_s * 1e9 / static_cast<double>(events);
    state.counters["floor_ns"] = floor_s * 1e9 / static_cast<double>(events);
    state.counters["x_floor"] = own_s / floor_s;
    benchmark::DoNotOptimize(floor.digest());
    state.counters["allocs_per_event"] =
        static_cast<double>(allocated) / static_cast<double>(events);
    state.counters["hedges_per_event"] =
        static_cast<double>(lives.hedges() - hedges_before) / static_cast<double>(events);
    state.counters["bytes_per_order"] = static_cast<double>(desk.engine().bytes_per_live_order());
    benchmark::DoNotOptimize(desk.state_hash());
}
void each(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"live", "prefetch"})
        ->Args({10, 0})
        ->Args({1'000, 0})
        ->Args({100'000, 0})
        ->Args({1'000'000, 0})
        ->Args({10, 1})
        ->Args({1'000, 1})
        ->Args({100'000, 1})
        ->Args({1'000'000, 1})
        ->Iterations(1200) // a million fills fit; the life of a record is its capacity
        ->Repetitions(3)
        ->ReportAggregatesOnly()
        ->UseManualTime();
}
BENCHMARK_CAPTURE(step, engine_alone, Shape::EngineAlone)->Apply(each);
BENCHMARK_CAPTURE(step, groups_and_hedges, Shape::GroupsAndHedges)->Apply(each);

} // namespace
} // namespace keel::bench

BENCHMARK_MAIN();
