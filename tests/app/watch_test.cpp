#include "app/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/alarm_text.hpp"
#include "app/config.hpp"
#include "app/run_report.hpp"
#include "tests/app/desk_text.hpp"

namespace keel::app {
namespace {

using testing::Each;
using testing::Field;
using testing::HasSubstr;

constexpr Timestamp start{seconds(1'000).value()};

RunConfig good_run() { return load_config(good_desk(), "desk.toml")->run; }

Alarm alarm_of(AlarmKind kind, std::int64_t value = 0, std::int64_t bound = 0,
               Limit limit = Limit::None) {
    Alarm out;
    out.kind = kind;
    out.instrument = InstrumentIx{1};
    out.account = AccountIx{1};
    out.value = value;
    out.bound = bound;
    out.limit = limit;
    return out;
}

TEST(Watch, TellsEachAlarmAsItComes) {
    const RunConfig run = good_run();
    std::vector<std::string> told;
    Watch watch{run, start, [&](const AlarmRow& row) { told.push_back(line_of(row)); }};
    watch.on_command(5, start + milliseconds(1'234),
                     alarm_of(AlarmKind::HedgeOverdue, 1'000'000, 60'000));
    watch.on_command(6, start + milliseconds(1'235), NewOrderSingle{});
    watch.on_command(
        7, start + seconds(2),
        alarm_of(AlarmKind::LimitReached, 12 * money_one, 10 * money_one, Limit::MaxLossSession));
    EXPECT_THAT(told,
                testing::ElementsAre(
                    "1.234 s hedge_overdue taker/BTC: 0.01 BTC owed for longer than 60,000 "
                    "ms; released by a hedge fill",
                    "2.000 s limit_reached: max_loss_session: 12 dollars lost, allowed 10 "
                    "dollars; released by the operator's Resume, which starts a new session"));
    ASSERT_EQ(watch.stops().size(), 1U);
    EXPECT_EQ(watch.alarms().size(), 2U);
}

// A run in which new risk stopped for want of room says so, and what to raise.
TEST(Watch, ACapacityThatStoppedNewRiskIsWarnedOf) {
    const RunConfig run = good_run();
    Watch watch{run, start, [](const AlarmRow&) {}};
    Report quiet;
    add_watched(quiet, run, watch);
    EXPECT_THAT(quiet.warnings, testing::Not(testing::Contains(HasSubstr("capacity"))));
    const auto full = [&](Duration at, std::int64_t bound, Limit limit) {
        watch.on_command(1, start + at, alarm_of(AlarmKind::CapacityReached, bound, bound, limit));
    };
    full(milliseconds(24'664'123), 65'536, Limit::FillCapacity);
    full(seconds(30'000), 1'024, Limit::Capacity);
    full(seconds(30'100), 1'024, Limit::Capacity);
    Report report;
    add_watched(report, run, watch);
    EXPECT_THAT(report.warnings,
                testing::IsSupersetOf(
                    {"new risk was stopped by a capacity, once, at 24664.123 s: 65,536 fills of "
                     "65,536 in use; raise fills in [desk.capacities]",
                     "new risk was stopped by a capacity, 2 times, first at 30000.000 s: 1,024 "
                     "orders of 1,024 in use; raise orders in [desk.capacities]"}));
    EXPECT_THAT(watch.alarms()[0].release, HasSubstr("a larger fills in [desk.capacities]"));
    EXPECT_THAT(watch.alarms()[1].release, HasSubstr("orders that settle"));
}

TEST(Watch, KeepsTheFirstAndTheLastOfAKind) {
    const RunConfig run = good_run();
    std::uint64_t told = 0;
    Watch watch{run, start, [&](const AlarmRow&) { ++told; }};
    constexpr std::int64_t many = 1'000;
    for (std::int64_t i = 0; i < many; ++i) {
        watch.on_command(1, start + seconds(i), alarm_of(AlarmKind::LinkDown));
    }
    watch.on_command(1, start + seconds(many), alarm_of(AlarmKind::ForeignFill, 3));
    EXPECT_EQ(told, 1'001U);
    const std::vector<AlarmRow> kept = watch.alarms();
    constexpr auto each = static_cast<std::int64_t>(Watch::kept_each_end);
    ASSERT_EQ(kept.size(), 2 * Watch::kept_each_end + 1);
    for (std::int64_t i = 0; i < each; ++i) {
        EXPECT_EQ(kept[static_cast<std::size_t>(i)].at, seconds(i));
        EXPECT_EQ(kept[static_cast<std::size_t>(each + i)].at, seconds(many - each + i));
    }
    EXPECT_EQ(kept.back().kind, "foreign_fill");
}

TEST(Watch, AStopThatIsPassedIsToldWithTheMarket) {
    const AlarmWords words =
        words_of(alarm_of(AlarmKind::StopPassed, 618'502, 618'510), good_run());
    EXPECT_EQ(words.where, "taker/BTC");
    EXPECT_EQ(words.what,
              "a signal names a stop at 61851, and the market is at 61850.2: it is not entered");
    EXPECT_EQ(words.release, "a signal whose stop the market has not passed");
}

TEST(Watch, EveryKindAndLimitHasItsWords) {
    const RunConfig run = good_run();
    for (std::size_t kind = 0; kind < world::alarm_kind_count; ++kind) {
        const AlarmWords words = words_of(alarm_of(static_cast<AlarmKind>(kind), 1, 2), run);
        EXPECT_NE(words.what, "") << kind;
    }
    for (std::size_t limit = 1; limit <= static_cast<std::size_t>(Limit::Residue); ++limit) {
        const AlarmWords words =
            words_of(alarm_of(AlarmKind::LimitReached, 1, 2, static_cast<Limit>(limit)), run);
        EXPECT_THAT(words.what, HasSubstr(": ")) << limit;
        EXPECT_NE(words.release, "") << limit;
    }
}

} // namespace
} // namespace keel::app
