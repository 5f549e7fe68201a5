#include "app/closings.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/config.hpp"
#include "app/notice_text.hpp"

// How brackets' positions ended: counted by what was told, and in a trader's words.

namespace keel::app {
namespace {

RunConfig example() { return load_config_file("examples/bracket.toml")->run; }

Notice closed(std::uint32_t instrument, CloseCause cause, PositionSide side = PositionSide::Net) {
    Notice out;
    out.kind = NoticeKind::Closed;
    out.cause = cause;
    out.instrument = InstrumentIx{instrument};
    out.position_side = side;
    out.qty = Lots{100};
    return out;
}

TEST(Closings, AreCountedByPositionAndPath) {
    Closings closings{example().desk};
    Notice begun = closed(0, CloseCause::Desk);
    begun.kind = NoticeKind::CloseBegun;
    for (const Notice& one : {
             closed(0, CloseCause::Liquidation),
             closed(0, CloseCause::Liquidation),
             closed(2, CloseCause::Emergency, PositionSide::Short),
             closed(9, CloseCause::Manual), // no bracket has it
             begun,
         }) {
        closings.on_notice(one);
    }
    const std::vector<Closings::Position>& all = closings.positions();
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].name, "btc");
    EXPECT_EQ(all[2].name, "both long");
    EXPECT_EQ(all[3].name, "both short");
    std::uint64_t sum = 0;
    for (const Closings::Position& one : all) {
        for (const std::uint64_t count : one.closed) sum += count;
    }
    EXPECT_EQ(sum, 3U);
    EXPECT_EQ(all[0].closed[static_cast<std::size_t>(CloseCause::Liquidation)], 2U);
    EXPECT_EQ(all[3].closed[static_cast<std::size_t>(CloseCause::Emergency)], 1U);
}

TEST(Closings, AreToldInATradersWords) {
    const RunConfig run = example();
    for (const auto& [cause, words] : {
             std::pair{CloseCause::Limit, "closed at its target"},
             {CloseCause::Stop, "closed by its stop"},
             {CloseCause::Emergency, "closed by its emergency stop"},
             {CloseCause::Desk, "closed by Keel"},
             {CloseCause::Manual, "closed by somebody else's trade"},
             {CloseCause::Liquidation, "liquidated by the venue"},
             {CloseCause::Deleveraging, "deleveraged (ADL) by the venue"},
             {CloseCause::Position, "gone: only the position tells it"},
         }) {
        EXPECT_EQ(words_of(closed(0, cause), run.desk.engine, run.bases),
                  std::string{"binance/BTCUSDT: 0.1 BTC "} + words);
    }
    EXPECT_EQ(words_of(closed(2, CloseCause::Stop, PositionSide::Long), run.desk.engine, run.bases),
              "binance-hedge/BTCUSDT long: 0.1 BTC closed by its stop");
}

} // namespace
} // namespace keel::app
