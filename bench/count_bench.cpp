// count_bench alone|hedged LIVE STEPS: drives STEPS thousand events over LIVE live orders and does
// nothing else, for scripts/count-instructions, which counts what measured() executes under
// callgrind. Before that, every order is brought to a random place in its life, so that the mix of
// events is the same at any number.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/lives.hpp"

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else // without valgrind's header the whole run is counted
#define CALLGRIND_START_INSTRUMENTATION
#endif

namespace keel::bench {

[[gnu::noinline]] void measured(strategy::Desk& desk, const std::vector<Lives::Step>& steps,
                                Commands& commands) {
    for (const Lives::Step& step : steps) drive(desk, step, commands);
}

} // namespace keel::bench

int main(int argc, char** argv) {
    using namespace keel;
    const std::string_view word = argc == 4 ? argv[1] : "";
    if (word != "alone" && word != "hedged") {
        std::fputs("usage: count_bench alone|hedged LIVE THOUSANDS_OF_STEPS\n", stderr);
        return 2;
    }
    const bench::Shape shape =
        word == "hedged" ? bench::Shape::GroupsAndHedges : bench::Shape::EngineAlone;
    const auto live = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    const unsigned long thousands = std::strtoul(argv[3], nullptr, 10);
    strategy::Desk desk{bench::Lives::config(live, shape)};
    Commands commands{4'096};
    bench::Lives lives{live, shape};
    lives.open(desk, commands);
    std::vector<bench::Lives::Step> steps;
    for (std::uint32_t from = 0; from < live; from += 1'000) {
        lives.scatter(steps, from, std::min(from + 1'000, live));
        bench::measured(desk, steps, commands);
    }
    lives.next(steps, 20'000);
    bench::measured(desk, steps, commands);
    CALLGRIND_START_INSTRUMENTATION;
    std::size_t events = 0;
    std::size_t placed = 0;
    const std::uint64_t hedges_before = lives.hedges();
    for (unsigned long i = 0; i < thousands; ++i) {
        lives.next(steps, 1'000);
        bench::measured(desk, steps, commands);
        events += steps.size();
        for (const bench::Lives::Step& step : steps) placed += step.place ? 1U : 0U;
    }
    KEEL_ASSERT(lives.agrees_with(desk), "same events, same state");
    std::printf("%zu events, %zu placed, %llu hedges, state %016llx\n", events, placed,
                static_cast<unsigned long long>(lives.hedges() - hedges_before),
                static_cast<unsigned long long>(desk.state_hash()));
    return 0;
}
