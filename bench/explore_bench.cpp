#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "app/scenario_file.hpp"
#include "bench/stopwatch.hpp"
#include "explore/drawing.hpp"
#include "explore/search.hpp"

// Searches of scenarios/ as `keel explore` makes them. Run from the top of the repository.
//
// Each stands beside its floor, taken in the same iteration: random schedules of the same scenario,
// drawn before, of which each choice is applied and all are taken back, and nothing else. No search
// of these worlds can do less: the venue hands over the message, the desk steps, its requests reach
// their channels, and what changed is remembered so that it can be taken back. What a floor leaves
// out is what makes it a search: what may happen is not listed, no state is hashed or kept, no rule
// is asked, and nothing is kept of what a crash would go back to.
//
// Of one job a search's time is that of its own thread on a processor. Two jobs are compared with
// one by the clock on the wall, which means something on an idle machine only; and by the time on
// processors that both of them took, which says what doing it together costs.

namespace keel::bench {
namespace {

using Scenario = std::shared_ptr<const explore::Scenario>;
using Path = std::vector<explore::Choice>;

Scenario scenario_named(const std::string& name) {
    auto loaded = app::load_scenario_file("scenarios/" + name + ".toml");
    KEEL_ASSERT(loaded.has_value(), "the scenario is good; run from the repository's top");
    return std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
}

explore::Bounds with(std::uint32_t faults, std::uint32_t jobs = 1) {
    explore::Bounds out;
    out.max_faults = faults;
    out.jobs = jobs;
    out.watches_guards = false; // only a report in JSON asks for them
    return out;
}

// On the wall, and on all processors together.
class Clocks {
public:
    [[nodiscard]] double wall() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
    }
    [[nodiscard]] double processors() const { return processors_now() - processors_; }

private:
    static double processors_now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }
    std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
    double processors_ = processors_now();
};

// Random schedules with faults, drawn once and made again.
class Schedules {
public:
    Schedules(const Scenario& scenario, std::uint32_t faults, std::size_t count)
        : world_(scenario), root_(world_.mark()) {
        explore::Drawer drawer{scenario, with(faults)};
        const auto picker = explore::make_random()->make_picker();
        const explore::Coverage none{0};
        Rng chance{1};
        explore::Drawn drawn;
        for (std::size_t n = 0; n < count; ++n) {
            drawer.draw(*picker, chance, none, drawn);
            paths_.push_back(drawn.path);
            steps_ += drawn.path.size();
        }
    }

    // Makes all of them; `step` makes a choice in the world. Nanoseconds a step.
    template <class Step> double each(bool keeps_tails, const Step& step) {
        world_.keep_tails(keeps_tails);
        const Stopwatch watch;
        for (const Path& path : paths_) {
            for (const explore::Choice& choice : path) step(world_, choice);
            world_.back_to(root_);
        }
        return watch.seconds() * 1e9 / static_cast<double>(steps_);
    }
    double floor() {
        return each(false, [](explore::World& world, const explore::Choice& choice) {
            world.apply(choice);
        });
    }

private:
    explore::World world_;
    explore::World::Mark root_;
    std::vector<Path> paths_;
    std::size_t steps_ = 0;
};

// --- Every state
// ----------------------------------------------------------------------------------

void exhaustive(benchmark::State& state, const std::string& name) {
    const Scenario scenario = scenario_named(name);
    const explore::World world{scenario};
    Schedules schedules{scenario, 1, 10'000};
    explore::Tally tally;
    double own = 0;
    double floor = 0;
    double wall_ratio = 0;
    double processor_ratio = 0;
    double runs = 0;
    for (auto _ : state) {
        static_cast<void>(_);
        floor += schedules.floor();
        const Stopwatch watch;
        const Clocks alone;
        const explore::SearchResult one = explore::exhaustive(world, with(1));
        const double wall = alone.wall();
        const double took = watch.seconds();
        KEEL_ASSERT(one.is_complete && one.findings.empty(), "what is measured closes");
        state.SetIterationTime(took);
        tally = one.tally;
        own += took;
        const Clocks together;
        const explore::SearchResult two = explore::exhaustive(world, with(1, 2));
        wall_ratio += wall / together.wall();
        processor_ratio += 2 * took / together.processors();
        KEEL_ASSERT(two.is_complete && two.findings.empty(), "it closes for two as well");
        runs += 1;
    }
    const auto states = static_cast<double>(tally.states);
    const auto applied = static_cast<double>(tally.applied);
    state.counters["states"] = states;
    state.counters["transitions"] = static_cast<double>(tally.transitions);
    state.counters["applied"] = applied;
    state.counters["states_per_s"] = states * runs / own;
    state.counters["transitions_per_s"] = static_cast<double>(tally.transitions) * runs / own;
    state.counters["applied_per_s"] = applied * runs / own;
    state.counters["ns_per_event"] = own * 1e9 / (applied * runs);
    state.counters["floor_ns"] = floor / runs;
    state.counters["x_floor"] = own * 1e9 / (applied * floor);
    state.counters["set_bytes"] = static_cast<double>(tally.set_bytes) / states;
    state.counters["all_bytes"] = static_cast<double>(tally.bytes) / states;
    state.counters["x_two_jobs"] = wall_ratio / runs;
    state.counters["x_two_jobs_processors"] = processor_ratio / runs;
}
void whole(benchmark::internal::Benchmark* bench) {
    bench->Iterations(1)->Repetitions(3)->ReportAggregatesOnly()->UseManualTime()->Unit(
        benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(exhaustive, small, std::string{"xemm-small"})->Apply(whole);
BENCHMARK_CAPTURE(exhaustive, cycle, std::string{"xemm-cycle"})->Apply(whole);

// --- Schedules
// ------------------------------------------------------------------------------------

constexpr std::uint32_t faults_of_schedules = 3;

enum class Drawing : std::uint8_t { Random, Pct };

explore::SearchResult draw(const explore::World& world, Drawing drawing, std::uint32_t jobs) {
    constexpr std::uint64_t count = 20'000;
    const explore::Bounds bounds = with(faults_of_schedules, jobs);
    if (drawing == Drawing::Random) return explore::random(world, bounds, 1, count);
    explore::PctBound bound;
    return explore::pct(world, bounds, 1, count, 3, bound);
}

void schedules(benchmark::State& state, Drawing drawing) {
    const Scenario scenario = scenario_named("xemm-cycle");
    const explore::World world{scenario};
    Schedules again{scenario, faults_of_schedules, 20'000};
    double own = 0;
    double floor = 0;
    double wall_ratio = 0;
    double processor_ratio = 0;
    double runs = 0;
    explore::Tally tally;
    for (auto _ : state) {
        static_cast<void>(_);
        floor += again.floor();
        const Stopwatch watch;
        const Clocks alone;
        const explore::SearchResult one = draw(world, drawing, 1);
        const double wall = alone.wall();
        const double took = watch.seconds();
        KEEL_ASSERT(one.findings.empty(), "no schedule breaks a rule");
        state.SetIterationTime(took);
        tally = one.tally;
        own += took;
        const Clocks together;
        static_cast<void>(draw(world, drawing, 2));
        wall_ratio += wall / together.wall();
        processor_ratio += 2 * took / together.processors();
        runs += 1;
    }
    const auto drawn = static_cast<double>(tally.schedules);
    const auto applied = static_cast<double>(tally.applied);
    state.counters["schedules_per_s"] = drawn * runs / own;
    state.counters["steps"] = applied / drawn;
    state.counters["applied_per_s"] = applied * runs / own;
    state.counters["ns_per_event"] = own * 1e9 / (applied * runs);
    state.counters["floor_ns"] = floor / runs;
    state.counters["x_floor"] = own * 1e9 / (applied * floor);
    state.counters["x_two_jobs"] = wall_ratio / runs;
    state.counters["x_two_jobs_processors"] = processor_ratio / runs;
}
void few(benchmark::internal::Benchmark* bench) {
    bench->Iterations(1)->Repetitions(5)->ReportAggregatesOnly()->UseManualTime()->Unit(
        benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(schedules, random, Drawing::Random)->Apply(few);
BENCHMARK_CAPTURE(schedules, pct, Drawing::Pct)->Apply(few);

// --- What a step costs
// ----------------------------------------------------------------------------

// Along the same schedules, what each thing that a search does adds to the floor. A hash is asked
// for with every event, too, as long as a crash may come: what it would go back to is known by it.
void costs(benchmark::State& state) {
    Schedules schedules{scenario_named("xemm-cycle"), faults_of_schedules, 20'000};
    std::vector<explore::Choice> enabled;
    std::uint64_t sum = 0;
    double floor = 0;
    double listing = 0;
    double listing_faults = 0;
    double rules = 0;
    double marks = 0;
    double twice = 0;
    double tails = 0;
    double hashes = 0;
    double runs = 0;
    using explore::Choice;
    using explore::World;
    for (auto _ : state) {
        static_cast<void>(_);
        const Stopwatch watch;
        const double least = schedules.floor();
        floor += least;
        listing += schedules.each(false, [&](World& world, const Choice& choice) {
            world.apply(choice);
            world.enabled(0, enabled);
        }) - least;
        listing_faults += schedules.each(false, [&](World& world, const Choice& choice) {
            world.apply(choice);
            world.enabled(1, enabled);
        }) - least;
        rules += schedules.each(false, [&](World& world, const Choice& choice) {
            world.apply(choice);
            sum += static_cast<std::uint64_t>(world.broken_rule());
        }) - least;
        marks += schedules.each(false, [&](World& world, const Choice& choice) {
            world.apply(choice);
            const World::Mark mark = world.mark();
            world.back_to(mark);
        }) - least;
        twice += schedules.each(false, [&](World& world, const Choice& choice) {
            const World::Mark mark = world.mark();
            world.apply(choice);
            world.back_to(mark);
            world.apply(choice);
        }) - least;
        const double with_tails =
            schedules.each(true, [&](World& world, const Choice& choice) { world.apply(choice); });
        tails += with_tails - least;
        hashes += schedules.each(true, [&](World& world, const Choice& choice) {
            world.apply(choice);
            sum += world.hash(1);
        }) - with_tails;
        state.SetIterationTime(watch.seconds());
        runs += 1;
    }
    benchmark::DoNotOptimize(sum);
    KEEL_ASSERT(sum != 0, "no hash is zero");
    state.counters["floor_ns"] = floor / runs;
    state.counters["enabled_ns"] = listing / runs;
    state.counters["enabled_faults_ns"] = listing_faults / runs;
    state.counters["rules_ns"] = rules / runs;
    state.counters["mark_ns"] = marks / runs;
    state.counters["tried_ns"] = twice / runs;
    state.counters["tails_ns"] = tails / runs;
    state.counters["hash_ns"] = hashes / runs;
}
BENCHMARK(costs)->Apply(few);

} // namespace
} // namespace keel::bench

BENCHMARK_MAIN();
