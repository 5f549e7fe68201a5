#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "app/guarding.hpp"
#include "app/notice_text.hpp"
#include "app/watch.hpp"
#include "tests/app/desk_text.hpp"

// A guardian in a config, and what a run tells of it.

namespace keel::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr InstrumentIx eth{2};

// The good desk, with a third instrument, which a guardian watches.
std::string guarded(const std::vector<Edit>& edits = {}) {
    return edited(good_desk() + R"(
[[instrument]]
venue = "taker"
symbol = "ETH"
base = "ETH"
market = "ETHUSDT"
tick = "0.1"
lot = "0.001"
maker_fee_bps = "1.5"
taker_fee_bps = "4.5"

[[guardian]]
name = "all"
watch = ["taker/ETH"]
adopts = "none"
stop_bps = 100
limit_bps = 200
drawdown_bps = "50.5"
max_hold_ms = 60000
slippage_start_bps = 5
slippage_step_bps = 6
slippage_max_bps = 70
retry_ms = 400
closed_within_ms = 30000
already_closed_max = 4
loop_time_max_ms = 1500
on_exit = "close"
)",
                  edits);
}

TEST(GuardianFile, SaysAllOfIt) {
    const auto loaded = load_config(guarded(), "desk.toml");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    ASSERT_EQ(loaded->run.desk.guardian.size(), 1U);
    const strategy::GuardianConfig& one = loaded->run.desk.guardian.front();
    EXPECT_EQ(one.name, "all");
    EXPECT_THAT(one.watch, ElementsAre(eth));
    EXPECT_EQ(one.adopts, strategy::Adopts::None);
    EXPECT_EQ(one.stop, Bps{100 * bps_one});
    EXPECT_EQ(one.limit, Bps{200 * bps_one});
    EXPECT_EQ(one.drawdown, Bps{505 * bps_one / 10});
    EXPECT_EQ(one.max_hold, seconds(60));
    EXPECT_EQ(one.slippage_start, Bps{5 * bps_one});
    EXPECT_EQ(one.slippage_step, Bps{6 * bps_one});
    EXPECT_EQ(one.slippage_max, Bps{70 * bps_one});
    EXPECT_EQ(one.retry, milliseconds(400));
    EXPECT_EQ(one.closed_within, seconds(30));
    EXPECT_EQ(one.already_closed_max, 4U);
    EXPECT_EQ(one.loop_time_max, milliseconds(1'500));
    EXPECT_EQ(one.on_exit, strategy::AtEnd::Close);
}

// BTC of that venue is a member of a group.
TEST(GuardianFile, AllOfAVenueIsWhatNobodyElseHas) {
    const auto watched = [](const std::vector<Edit>& edits) {
        const auto loaded = load_config(guarded(edits), "desk.toml");
        EXPECT_TRUE(loaded.has_value()) << loaded.error().front();
        return loaded->run.desk.guardian.front().watch;
    };
    EXPECT_THAT(watched({{"[\"taker/ETH\"]", "[\"taker/*\"]"}}), ElementsAre(eth));
    EXPECT_THAT(watched({{"[\"taker/ETH\"]", "[\"taker/*\"]"}, {"[[guardian]]", R"([[instrument]]
venue = "taker"
symbol = "SOL"
base = "SOL"
market = "ETHUSDT"
tick = "0.1"
lot = "0.001"
maker_fee_bps = "1.5"
taker_fee_bps = "4.5"
[[bracket]]
name = "eth"
instrument = "taker/ETH"
qty_max = "1"
[[guardian]])"}}),
                ElementsAre(InstrumentIx{3}));
}

TEST(GuardianFile, WhatDoesNotFitIsNamed) {
    const auto why = [](const std::vector<Edit>& edits) {
        const auto loaded = load_config(guarded(edits), "desk.toml");
        return loaded ? "it is good" : loaded.error().front();
    };
    EXPECT_THAT(why({{"[\"taker/ETH\"]", "[\"taker/BTC\"]"}}),
                HasSubstr("guardian[1].watch: \"taker/BTC\", a member of group[1]: what a group "
                          "hedges is no strategy's position"));
    EXPECT_THAT(why({{"[\"taker/ETH\"]", "[\"taker/ETH\", \"taker/ETH\"]"}}),
                HasSubstr("guardian[1].watch: \"taker/ETH\" is listed twice"));
    EXPECT_THAT(why({{"on_exit = \"close\"", R"(on_exit = "close"
[[bracket]]
name = "eth"
instrument = "taker/ETH"
qty_max = "1"
)"}}),
                HasSubstr("guardian[1].watch: \"taker/ETH\", which is held by bracket[1] already; "
                          "one strategy holds an instrument"));
    EXPECT_THAT(why({{"[\"taker/ETH\"]", "[\"taker/ETC\"]"}}), HasSubstr("guardian[1].watch: "));
    EXPECT_THAT(why({{"[\"taker/ETH\"]", "[\"taker/ETH\", \"taker/*\"]"}}),
                HasSubstr("guardian[1].watch: \"taker/*\", and groups and strategies have each "
                          "instrument of that venue already"));
    EXPECT_THAT(why({{"[\"taker/ETH\"]", "[\"takers/*\"]"}}),
                HasSubstr("guardian[1].watch: there is no venue \"takers\"; did you mean "
                          "\"taker\"?"));
    EXPECT_THAT(why({{"[\"taker/ETH\"]", "[\"taker/ETH\", \"both/ETH\"]"},
                     {"on_exit = \"close\"", R"(on_exit = "close"
[[venue]]
name = "both"
kind = "simulated"
collateral = "1000"
position_mode = "hedge"
[[instrument]]
venue = "both"
symbol = "ETH"
base = "ETH"
market = "ETHUSDT"
tick = "0.1"
lot = "0.001"
maker_fee_bps = "1.5"
taker_fee_bps = "4.5"
)"}}),
                HasSubstr("guardian[1].watch: \"taker/ETH\" and \"both/ETH\" are at venues of "
                          "different position_mode: one guardian watches one mode"));
    EXPECT_THAT(why({{"slippage_start_bps = 5", "slippage_start_bps = 80"}}),
                HasSubstr("guardian[1].slippage_start_bps: is 80, which is above "
                          "slippage_max_bps = 70"));
    EXPECT_THAT(why({{"slippage_max_bps = 70", "slippage_max_bps = 200"}}),
                HasSubstr("guardian[1].slippage_max_bps: is 200, but instrument[3].limits."
                          "price_collar_bps = 200: the last gate would refuse the order"));
    EXPECT_THAT(why({{"closed_within_ms = 30000", "closed_within_ms = 100"}}),
                HasSubstr("guardian[1].closed_within_ms: is 100, but a close whose answer is lost "
                          "holds the next one back for "));
    EXPECT_THAT(why({{"adopts = \"none\"", "adopts = \"some\""}}),
                HasSubstr("guardian[1].adopts: "));
}

// A desk that is promised to be told of every change halts where something changes without a word.
TEST(GuardianFile, WhatNoFillTellsHasToBeSaid) {
    const auto why = [](std::string_view told, std::string_view happens, bool tells_all = true) {
        const auto loaded = load_config(
            guarded(
                {{"name = \"taker\"", fmt::format("outside_told = \"{}\"\nname = \"taker\"", told)},
                 {"validity_ms = 3000",
                  fmt::format("tells_all_changes = {}\nvalidity_ms = 3000", tells_all)},
                 {"[[guardian]]", fmt::format("{}\n[[guardian]]", happens)}}),
            "desk.toml");
        return loaded ? "it is good" : loaded.error().front();
    };
    constexpr std::string_view by_hand = "[instrument.outside]\nmanual_trades_per_hour = 9\n"
                                         "qty_max = \"0.1\"";
    constexpr std::string_view by_venue = "[instrument.outside]\nadl_per_hour = 9\n"
                                          "qty_max = \"0.1\"";
    EXPECT_THAT(why("none", by_hand),
                HasSubstr("venue[2].traits.tells_all_changes: is true, but with outside_told = "
                          "\"none\" no fill tells of what outside.manual_trades_per_hour brings "
                          "about at \"taker/ETH\": a good desk would halt, as the venue breaks its "
                          "promise; set it to false"));
    EXPECT_THAT(why("manual", by_venue), HasSubstr("outside.adl_per_hour brings about"));
    EXPECT_THAT(why("none", "maintenance_margin_bps = 50"),
                HasSubstr("maintenance_margin_bps brings about"));
    EXPECT_EQ(why("manual", by_hand), "it is good") << "it is told";
    EXPECT_EQ(why("all", by_venue), "it is good");
    EXPECT_EQ(why("none", ""), "it is good") << "nothing happens";
    EXPECT_EQ(why("none", by_hand, false), "it is good");
}

Notice notice(NoticeKind kind, std::uint64_t life, std::uint64_t request = 0,
              CloseCause cause = CloseCause::None) {
    Notice out;
    out.kind = kind;
    out.cause = cause;
    out.instrument = eth;
    out.life = life;
    out.request = request;
    out.qty = Lots{-500};
    return out;
}

TEST(Guarding, CountsLivesClosesAndRequests) {
    const RunConfig run = load_config(guarded(), "desk.toml")->run;
    Watch watch{run, Timestamp{}, {}};
    Notice flagged = notice(NoticeKind::Discovered, 1);
    flagged.flagged = 1;
    Notice elsewhere = notice(NoticeKind::Discovered, 1);
    elsewhere.instrument = InstrumentIx{0};
    for (const Notice& one : {
             notice(NoticeKind::AlreadyClosed, 0, 1), // before there was any position
             flagged,
             notice(NoticeKind::CloseBegun, 1, 3, CloseCause::Request),
             notice(NoticeKind::CloseRunning, 1, 4, CloseCause::Request),
             notice(NoticeKind::AlreadyClosed, 1, 3,
                    CloseCause::Request), // its close found nothing
             notice(NoticeKind::Closed, 1, 3, CloseCause::Request),
             notice(NoticeKind::AlreadyClosed, 1, 5),
             notice(NoticeKind::Lapsed, 1, 6),
             elsewhere, // nobody watches it
             notice(NoticeKind::Discovered, 2),
             notice(NoticeKind::Closed, 2),
             notice(NoticeKind::Discovered, 3),
             notice(NoticeKind::CloseBegun, 3, 0, CloseCause::Stop),
         }) {
        watch.on_command(1, Timestamp{}, one);
    }
    ASSERT_EQ(watch.guarding().guardians().size(), 1U);
    const Guarding::Guardian& one = watch.guarding().guardians().front();
    EXPECT_EQ(one.lives, 3U);
    EXPECT_EQ(one.flagged, 1U);
    EXPECT_EQ(one.closed[static_cast<std::size_t>(CloseCause::Request)], 1U);
    EXPECT_EQ(one.closed[static_cast<std::size_t>(CloseCause::None)], 1U);
    EXPECT_EQ(one.closed[static_cast<std::size_t>(CloseCause::Stop)], 0U);
    EXPECT_EQ(one.requests, 5U);
    EXPECT_EQ(one.double_requests, 1U);
    EXPECT_EQ(one.already_closed, 3U);
    EXPECT_EQ(one.lapsed, 1U);
    ASSERT_EQ(one.places.size(), 1U);
    EXPECT_EQ(one.places[0].life, 3U);
    EXPECT_EQ(stage_after(one.places[0].last), "closing");
}

TEST(Guarding, ARequestThatTwoSidesAnswerIsOne) {
    RunConfig run = load_config(guarded(), "desk.toml")->run;
    run.desk.guardian.front().hedge_mode = true;
    Guarding guarding{run.desk};
    for (const PositionSide side : {PositionSide::Long, PositionSide::Short}) {
        Notice one = notice(NoticeKind::CloseRunning, 1, 3);
        one.position_side = side;
        guarding.on_notice(one);
    }
    EXPECT_EQ(guarding.guardians().front().requests, 1U);
    EXPECT_EQ(guarding.guardians().front().double_requests, 1U);
    EXPECT_EQ(guarding.guardians().front().places.size(), 2U);
}

TEST(Notices, AreToldInATradersWords) {
    const RunConfig run = load_config(guarded(), "desk.toml")->run;
    const auto words = [&](const Notice& one) { return words_of(one, run.desk.engine, run.bases); };
    EXPECT_EQ(words(notice(NoticeKind::Discovered, 1)), "taker/ETH, life 1: -0.5 ETH found");
    Notice flagged = notice(NoticeKind::Discovered, 2);
    flagged.flagged = 1;
    flagged.position_side = PositionSide::Short;
    EXPECT_EQ(words(flagged), "taker/ETH short, life 2: -0.5 ETH found; nobody adopts it");
    EXPECT_EQ(words(notice(NoticeKind::CloseBegun, 2, 7, CloseCause::Request)),
              "taker/ETH, life 2: request 7 closes -0.5 ETH");
    EXPECT_EQ(words(notice(NoticeKind::CloseBegun, 2, 0, CloseCause::Retreat)),
              "taker/ETH, life 2: what it has lost of its best closes -0.5 ETH");
    EXPECT_EQ(words(notice(NoticeKind::CloseRunning, 2, 8, CloseCause::Request)),
              "taker/ETH, life 2: request 8 is answered with the close that runs");
    EXPECT_EQ(words(notice(NoticeKind::Closed, 2)), "taker/ETH, life 2: closed");
    EXPECT_EQ(words(notice(NoticeKind::AlreadyClosed, 2, 9)),
              "taker/ETH, life 2: request 9 finds it closed");
    EXPECT_EQ(words(notice(NoticeKind::AlreadyClosed, 2)),
              "taker/ETH, life 2: its close finds it closed");
    EXPECT_EQ(words(notice(NoticeKind::Lapsed, 2, 9)),
              "taker/ETH, life 2: request 9 lapsed before it could be looked at");
}

} // namespace
} // namespace keel::app
