// keel_determinism --first SEED --seeds N --minutes M --out FILE: runs the example desk for M
// minutes under N seeds and every fault profile, and writes its state hash every 1,000 events and
// at the end. Each run must end as its profile promises: flat and without a violation, or, outside
// the fault model, halted with an alarm. scripts/determinism compares the files of all presets: the
// same inputs must give the same states on every compiler.

#include <charconv>
#include <cstdio>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "app/config.hpp"
#include "app/market_setup.hpp"
#include "world/world.hpp"

namespace keel {
namespace {

// A run of which every preset says the same wrong thing shows nothing.
Result<void> check(const world::RunResult& result, bool is_outside_model) {
    if (!result.error.empty()) return fail(result.error);
    if (is_outside_model) {
        const auto told = result.alarms[static_cast<std::size_t>(AlarmKind::OutsideFaultModel)];
        if (result.is_halted && told > 0) return {};
        return fail("left the fault model, and did not halt with an alarm");
    }
    if (result.violations > 0) {
        return fail(fmt::format("{} violations, the first: {}", result.violations,
                                result.violation_list.front().text));
    }
    if (result.is_halted) return fail("halted");
    if (result.ending != world::Ending::Settled || !result.is_flat) return fail("is not flat");
    return {};
}

struct Asked {
    std::int64_t first = 1;
    std::int64_t seeds = 20;
    std::int64_t minutes = 4;
    std::string out;
};

Result<void> run_seed(std::int64_t seed, Duration duration, const sim::SharedRecording& market,
                      world::HashFile& hashes) {
    constexpr std::array<const char*, 4> profiles{"calm", "rough", "harsh", "beyond"};
    app::Overrides overrides;
    overrides.seed = seed;
    overrides.faults = profiles[static_cast<std::size_t>(seed) % profiles.size()];
    overrides.duration = duration;
    const auto config = app::load_config_file("examples/xemm.toml", overrides);
    if (!config) return fail(config.error().front());
    world::WorldConfig setup;
    setup.desk = config->run.desk;
    setup.venues = config->run.venues;
    setup.faults = config->run.faults;
    setup.seed = config->run.seed;
    setup.duration = config->run.duration;
    setup.settle_max = config->run.settle_max;
    auto feeds = app::make_feeds(config->run, market, setup.start);
    if (!feeds) return std::unexpected(feeds.error());
    world::World world{setup, std::move(*feeds), {.hashes = &hashes}};
    return check(world.run(), setup.faults.breaks_bounds);
}

Result<void> run(const Asked& asked) {
    const auto config = app::load_config_file("examples/xemm.toml");
    if (!config) return fail(config.error().front());
    const auto market = app::load_market(config->run.market_files);
    if (!market) return std::unexpected(market.error());
    auto hashes = world::HashFile::create(asked.out);
    if (!hashes) return std::unexpected(hashes.error());
    for (std::int64_t seed = asked.first; seed < asked.first + asked.seeds; ++seed) {
        if (auto ok = run_seed(seed, seconds(60 * asked.minutes), *market, *hashes); !ok) {
            return fail(fmt::format("seed {}: {}", seed, ok.error().text()));
        }
    }
    return {};
}

} // namespace
} // namespace keel

int main(int argc, char** argv) {
    keel::Asked asked;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name{argv[i]};
        const std::string_view value{argv[i + 1]};
        const auto number = [&](std::int64_t& into) {
            std::from_chars(value.data(), value.data() + value.size(), into);
        };
        if (name == "--first") number(asked.first);
        if (name == "--seeds") number(asked.seeds);
        if (name == "--minutes") number(asked.minutes);
        if (name == "--out") asked.out = value;
    }
    if (asked.out.empty()) {
        std::fputs("usage: keel_determinism --first SEED --seeds N --minutes M --out FILE\n",
                   stderr);
        return 2;
    }
    const auto ok = keel::run(asked);
    if (!ok) std::fprintf(stderr, "keel_determinism: %s\n", ok.error().text().c_str());
    return ok ? 0 : 1;
}
