#include "tests/twins/twin_trial.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/trace.hpp"
#include "explore/world.hpp"

namespace keel::twins {

std::shared_ptr<const explore::Scenario> scenario_with(const std::string& name,
                                                       std::string_view twin) {
    auto loaded = app::load_scenario_file("scenarios/" + name + ".toml", twin);
    if (!loaded) {
        for (const std::string& error : loaded.error()) ADD_FAILURE() << error;
        return nullptr;
    }
    return std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
}

CalmRun run_calmly(const explore::Scenario& scenario, std::size_t wakes_first) {
    explore::World world{std::make_shared<const explore::Scenario>(scenario)};
    CalmRun out;
    std::vector<explore::Choice> enabled;
    for (; wakes_first > 0; --wakes_first) world.apply({explore::Choice::Kind::Wake});
    out.broken = world.broken_rule();
    for (; out.steps < 10'000 && out.broken == explore::Rule::None; ++out.steps) {
        if (world.is_terminal()) {
            out.is_settled = true;
            break;
        }
        world.enabled(0, enabled);
        if (enabled.empty()) break;
        world.apply(enabled.front());
        out.broken = world.broken_rule();
    }
    for (std::uint32_t i = 0; i < scenario.desk.engine.instruments.size(); ++i) {
        out.held.push_back(world.held(InstrumentIx{i}));
    }
    return out;
}

std::optional<explore::Finding> find_by_random(const explore::Scenario& scenario,
                                               std::uint32_t max_faults, std::uint64_t seed,
                                               std::uint64_t schedules) {
    explore::World world{std::make_shared<const explore::Scenario>(scenario)};
    explore::Bounds bounds;
    bounds.max_faults = max_faults;
    bounds.findings_max = 1;
    explore::SearchResult result = explore::random(world, bounds, seed, schedules);
    if (result.findings.empty()) return std::nullopt;
    return std::move(result.findings.front());
}

void expect_trace_replays(const std::string& name) {
    std::ifstream file{"tests/traces/" + name + ".trace"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto trace = explore::parse_trace(text);
    ASSERT_TRUE(trace) << name << ": " << trace.error().text();
    const auto scenario =
        scenario_with(trace->scenario, trace->subject.empty() ? "keel" : trace->subject);
    ASSERT_NE(scenario, nullptr);
    explore::World world{scenario};
    const auto made = explore::replay(world, *trace);
    EXPECT_TRUE(made) << name << ": " << made.error().text();
}

} // namespace keel::twins
