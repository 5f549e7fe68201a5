#include "tests/app/ways.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/words.hpp"

namespace keel::app {

using explore::Choice;
using explore::Rule;
using explore::World;

std::shared_ptr<explore::Scenario> scenario_of(const std::string& path, std::string_view subject) {
    auto loaded = load_scenario_file(path, subject);
    EXPECT_TRUE(loaded.has_value());
    return std::make_shared<explore::Scenario>(std::move(loaded->scenario));
}

std::vector<Choice> walk(World& world, Rng& rng, std::uint32_t faults_max, std::size_t steps_max) {
    std::vector<Choice> out;
    std::vector<Choice> enabled;
    while (out.size() < steps_max && world.broken_rule() == Rule::None && !world.is_terminal()) {
        world.enabled(faults_max, enabled);
        if (enabled.empty()) break;
        const Choice choice = enabled[rng.below(enabled.size())];
        if (choice.is_fault()) --faults_max;
        world.apply(choice);
        out.push_back(choice);
    }
    return out;
}

std::vector<Choice> way(const std::shared_ptr<const explore::Scenario>& scenario,
                        const std::vector<std::string>& steps) {
    World world{scenario};
    std::vector<Choice> out;
    std::vector<Choice> enabled;
    for (const std::string& step : steps) {
        world.enabled(9, enabled);
        const auto found = std::ranges::find_if(
            enabled, [&](const Choice& one) { return explore::words(world, one) == step; });
        if (found == enabled.end()) {
            ADD_FAILURE() << step;
            return out;
        }
        world.apply(*found);
        out.push_back(*found);
    }
    return out;
}

std::vector<Choice> broken_way(const std::shared_ptr<const explore::Scenario>& scenario) {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        Rng rng{seed};
        World world{scenario};
        std::vector<Choice> out = walk(world, rng, 2, 150);
        if (world.broken_rule() != Rule::None) return out;
    }
    ADD_FAILURE() << "no rule was broken in 500 ways";
    return {};
}

} // namespace keel::app
