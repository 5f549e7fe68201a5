#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/search.hpp"
#include "tests/explore/comparison.hpp"
#include "tests/incidents/corpus.hpp"

// The hash by which a search knows a state again, held to what can still happen in every scenario
// file that Keel trades in: strategies, venues and lanes of all kinds. The first states, without a
// fault; where $KEEL_TEST_FAULTS says how many there may be, all of them (scripts/soak).

namespace keel::incidents {
namespace {

constexpr const char* worlds = "tests/incidents/worlds"; // for this alone

std::vector<std::string> scenario_files(const std::vector<const char*>& folders) {
    std::vector<std::string> out;
    for (const char* folder : folders) {
        for (const auto& entry : std::filesystem::directory_iterator{folder}) {
            const std::string name = entry.path().filename().string();
            const bool is_of_twins = name[0] == 'p' && name[1] >= '1' && name[1] <= '5';
            if (name.ends_with(".toml") && !is_of_twins) out.push_back(entry.path().string());
        }
    }
    std::ranges::sort(out);
    return out;
}

class HashOf : public testing::TestWithParam<std::string> {};

TEST_P(HashOf, SaysAllThatCanStillHappen) {
    const auto loaded = app::load_scenario_file(GetParam(), "keel");
    ASSERT_TRUE(loaded) << loaded.error().front();
    explore::Comparison comparison{std::make_shared<const explore::Scenario>(loaded->scenario)};
    const char* const faults = std::getenv("KEEL_TEST_FAULTS");
    constexpr std::size_t first_states = 10'000;
    EXPECT_TRUE(faults == nullptr
                    ? comparison.compare(0, first_states)
                    : comparison.compare(static_cast<std::uint32_t>(std::stoul(faults))))
        << comparison.difference();
    EXPECT_GT(comparison.states(), 10U);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, HashOf,
                         testing::ValuesIn(scenario_files({"scenarios", "scenarios/incidents",
                                                           worlds})),
                         [](const auto& row) {
                             std::string name = std::filesystem::path{row.param}.stem().string();
                             std::erase(name, '-');
                             return name;
                         });

TEST(Worlds, NothingIsBrokenInThem) {
    for (const std::string& path : scenario_files({worlds})) {
        SCOPED_TRACE(path);
        const auto loaded = app::load_scenario_file(path, "keel");
        ASSERT_TRUE(loaded) << loaded.error().front();
        const explore::World world{std::make_shared<const explore::Scenario>(loaded->scenario)};
        for (std::uint32_t faults = 0; faults <= 3; ++faults) {
            explore::Bounds bounds;
            bounds.max_faults = faults;
            const explore::SearchResult drawn = explore::random(world, bounds, faults + 1, 5'000);
            EXPECT_TRUE(drawn.findings.empty()) << broken_words(drawn);
        }
    }
}

} // namespace
} // namespace keel::incidents
