#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "app/scenario_file.hpp"
#include "explore/scenario_hash.hpp"

// What a venue's position_mode says in files, it says to all that have to know it.

namespace keel::app {
namespace {

using explore::Outside;
using testing::HasSubstr;

std::string text_of(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream{path}.rdbuf();
    return out.str();
}

std::string with(std::string text, const std::string& find, const std::string& replace) {
    const std::size_t at = text.find(find);
    EXPECT_NE(at, std::string::npos) << find;
    return text.replace(at, find.size(), replace);
}

TEST(HedgeModeFile, OfARunIsThatOfItsVenue) {
    const auto loaded = load_config_file("examples/bracket.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    const RunConfig& run = loaded->run;
    ASSERT_EQ(run.venues.size(), 2U);
    ASSERT_EQ(run.desk.bracket.size(), 3U);
    for (const strategy::BracketConfig& bracket : run.desk.bracket) {
        const bool is_hedged = bracket.name == "both";
        const VenueIx venue =
            run.desk.engine.instruments[bracket.instrument.value()].instrument.venue;
        EXPECT_EQ(run.venues[venue.value()].hedge_mode, is_hedged);
        EXPECT_EQ(bracket.hedge_mode, is_hedged);
        EXPECT_EQ(run.outside[bracket.instrument.value()].hedge_mode, is_hedged);
    }
    EXPECT_EQ(run.venues[1].instruments.front().maintenance_margin_ppm, 49'000);
    EXPECT_EQ(run.venues[0].instruments.front().maintenance_margin_ppm, 0);
}

TEST(HedgeModeFile, IsThatOfAGuardianToo) {
    const std::string text = text_of("examples/guardian.toml");
    const auto one_way = load_config(text, "examples/guardian.toml");
    ASSERT_TRUE(one_way.has_value()) << one_way.error().front();
    EXPECT_FALSE(one_way->run.desk.guardian.front().hedge_mode);
    const auto hedged = load_config(
        with(text, "kind = \"simulated\"", "kind = \"simulated\"\nposition_mode = \"hedge\""),
        "examples/guardian.toml");
    ASSERT_TRUE(hedged.has_value()) << hedged.error().front();
    EXPECT_TRUE(hedged->run.desk.guardian.front().hedge_mode);
}

constexpr const char* by_hand = R"([[lane]]
name = "owner"
[[lane.deed]]
instrument = "venue/SOL"
outside = "manual"
side = "sell"
qty = "1"
position_side = "short"

[[last]])";

std::string scenario_text() { return text_of("scenarios/bracket-hedge-mode.toml"); }

TEST(HedgeModeFile, ATradeByHandNamesItsPosition) {
    const auto loaded = load_scenario(with(scenario_text(), "[[last]]", by_hand), "s.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    const auto& deed = std::get<Outside>(loaded->scenario.lanes.back().deeds.front());
    EXPECT_EQ(deed.act.position_side, PositionSide::Short);
    const auto without = load_scenario(
        with(with(scenario_text(), "[[last]]", by_hand), "position_side = \"short\"\n", ""),
        "s.toml");
    ASSERT_FALSE(without.has_value());
    EXPECT_THAT(without.error().front(),
                HasSubstr("lane[2].deed[1].position_side: is missing; in hedge mode a trade by "
                          "hand is about the long or the short position"));
    // What the venue does its side tells.
    const std::string closes = with(with(scenario_text(), "[[last]]", by_hand),
                                    "outside = \"manual\"", "outside = \"adl\"");
    const auto named = load_scenario(closes, "s.toml");
    ASSERT_FALSE(named.has_value());
    EXPECT_THAT(named.error().front(), HasSubstr("position_side: is of no use"));
    EXPECT_TRUE(load_scenario(with(closes, "position_side = \"short\"\n", ""), "s.toml"));
}

TEST(HedgeModeFile, ModePositionAndMarginArePartOfAScenario) {
    const auto hash_of = [](const std::string& text) {
        const auto loaded = load_scenario(text, "s.toml");
        EXPECT_TRUE(loaded.has_value()) << loaded.error().front();
        return explore::hash_of(loaded->scenario);
    };
    const std::string text = scenario_text();
    const std::string hand = with(text, "[[last]]", by_hand);
    const std::vector<std::uint64_t> all{
        hash_of(text),
        hash_of(with(text, "position_mode = \"hedge\"", "position_mode = \"one_way\"")),
        hash_of(with(text, "lot = \"1\"", "maintenance_margin_bps = 1\nlot = \"1\"")),
        hash_of(hand),
        hash_of(with(hand, "position_side = \"short\"", "position_side = \"long\"")),
    };
    for (std::size_t a = 0; a < all.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) EXPECT_NE(all[a], all[b]) << a << " and " << b;
    }
}

} // namespace
} // namespace keel::app
