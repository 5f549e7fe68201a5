#include "world/world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temp_folder.hpp"
#include "tests/world/small_world.hpp"
#include "world/record_ring.hpp"
#include "world/record_writer.hpp"
#include "world/replay.hpp"

namespace keel::world::test {
namespace {

using ::testing::HasSubstr;

RunResult run(const SmallWorld& small, RecordSink* record = nullptr) {
    World world{small.config, small.feeds(), {.record = record}};
    return world.run();
}

void expect_good(const RunResult& result) {
    EXPECT_EQ(result.ending, Ending::Settled) << told(result);
    EXPECT_EQ(result.violations, 0U) << told(result);
    EXPECT_TRUE(result.is_flat);
    EXPECT_FALSE(result.is_halted);
    for (const InstrumentResult& one : result.instruments) {
        EXPECT_EQ(one.position, Lots{0});
        EXPECT_EQ(one.open_orders, 0U);
    }
    EXPECT_EQ(result.groups[0].net, Units{0});
    EXPECT_EQ(result.groups[0].open_obligation, Lots{0});
    EXPECT_GT(result.groups[0].exposure_worst, Units{0});
    EXPECT_LE(result.groups[0].exposure_worst, result.groups[0].exposure_limit);
    EXPECT_LE(result.unhedged_max, result.unhedged_bound);
    Money pnl;
    for (const AccountResult& one : result.accounts) {
        EXPECT_EQ(one.equity_after - one.equity_before, one.pnl);
        pnl += one.pnl;
    }
    EXPECT_EQ(pnl, result.pnl);
}

TEST(World, CalmRunTradesAndEndsFlat) {
    const RunResult result = run(small_world("calm", 1));
    expect_good(result);
    EXPECT_GT(result.maker_fills, 10U);
    EXPECT_GT(result.hedge_fills, 10U);
    EXPECT_EQ(result.situations.restart, 0U);
    EXPECT_GE(result.simulated, seconds(300));
}

TEST(World, EndsFlatWhateverGoesWrongInsideTheFaultModel) {
    std::uint64_t restarts = 0;
    std::uint64_t fills = 0;
    for (const auto* faults : {"rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
            SCOPED_TRACE(fmt::format("{} seed {}", faults, seed));
            const RunResult result = run(small_world(faults, seed));
            expect_good(result);
            restarts += result.situations.restart;
            fills += result.maker_fills;
            EXPECT_EQ(result.faults[static_cast<std::size_t>(sim::FaultKind::Crash)],
                      result.situations.restart);
        }
    }
    EXPECT_GE(restarts, 24U);
    EXPECT_GT(fills, 240U);
}

// The kill switch, pulled while faults go on and desks crash: a desk that would hold its legs at an
// exit closes them, too, nothing rests at any venue, and it says so on evidence only.
TEST(World, KillSwitchEndsFlatOnEvidence) {
    std::uint64_t restarts = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        SmallWorld small = small_world("harsh", seed);
        small.config.ends_with = Act::Kill;
        small.config.desk.xemm[0].on_exit = strategy::OnExit::Hold;
        World world{small.config, small.feeds()};
        const RunResult result = world.run();
        EXPECT_EQ(result.violations, 0U) << told(result);
        EXPECT_TRUE(result.is_halted) << "latched";
        EXPECT_EQ(result.ending, Ending::Settled) << told(result);
        EXPECT_TRUE(result.is_flat) << "by the venues' books, though the exit would hold";
        EXPECT_EQ(world.desk().engine().desk().kill_certified, 1);
        restarts += result.situations.restart;
    }
    EXPECT_GT(restarts, 0U);
}

// Where nothing is promised but that, also in a run so short that reads as old as all of it agree
// with each other.
TEST(World, BeyondTheFaultModelNothingEndsWithAGuess) {
    std::uint64_t halted = 0;
    std::uint64_t settled = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(fmt::format("beyond seed {}", seed));
        SmallWorld small = small_world("beyond", seed, seconds(10));
        small.config.settle_max = seconds(700); // as long as a surprise is remembered, and more
        const RunResult result = run(small);
        EXPECT_TRUE(result.is_halted || result.violations == 0) << told(result);
        EXPECT_TRUE(result.is_halted || result.ending == Ending::Settled) << told(result);
        halted += result.is_halted ? 1 : 0;
        settled += result.ending == Ending::Settled ? 1 : 0;
    }
    EXPECT_GT(halted, 0U);
    EXPECT_GT(settled, 0U);
}

TEST(World, HoldKeepsPositionsThatAreHedged) {
    SmallWorld small = small_world("rough", 2);
    small.config.desk.xemm[0].on_exit = strategy::OnExit::Hold;
    const RunResult result = run(small);
    EXPECT_EQ(result.ending, Ending::Settled) << told(result);
    EXPECT_EQ(result.violations, 0U) << told(result);
    EXPECT_TRUE(result.is_balanced);
    EXPECT_EQ(result.groups[0].open_obligation, Lots{0});
}

TEST(World, SameSeedSameRunOtherSeedOtherRun) {
    const RunResult first = run(small_world("harsh", 7));
    const RunResult again = run(small_world("harsh", 7));
    const RunResult other = run(small_world("harsh", 8));
    EXPECT_EQ(first.state_hash, again.state_hash);
    EXPECT_EQ(first.events, again.events);
    EXPECT_EQ(first.pnl, again.pnl);
    EXPECT_NE(first.state_hash, other.state_hash);
}

// Neither the record nor snapshots nor the auditor change what happens.
TEST(World, LookingChangesNothing) {
    const RunResult plain = run(small_world("harsh", 3));
    MemoryOut out;
    RecordWriter writer{RecordHeader{.desk = 1}, 20, out};
    SmallWorld recorded = small_world("harsh", 3);
    const RunResult with_record = run(recorded, &writer);
    EXPECT_EQ(plain.state_hash, with_record.state_hash);
    SmallWorld unaudited = small_world("harsh", 3);
    unaudited.config.is_audited = false;
    EXPECT_EQ(plain.state_hash, run(unaudited).state_hash);
}

// How much of the record a restart reads, and from which snapshot, makes no difference.
TEST(World, ARestartIsTheSameFromAnySnapshot) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(seed);
        std::optional<std::uint64_t> hash;
        for (const std::uint64_t every : {1'000U, 1'500U, 1'000'000U}) {
            SmallWorld small = small_world("harsh", seed);
            // A lost tail ends at a snapshot, so only losses that meet none are compared.
            small.config.faults.lost_tail_max = 0;
            small.config.snapshot_every = every;
            const RunResult result = run(small);
            EXPECT_GT(result.situations.restart, 0U);
            EXPECT_EQ(result.state_hash, hash.value_or(result.state_hash))
                << "snapshot every " << every;
            hash = result.state_hash;
        }
    }
}

class RecordedRun : public ::testing::Test {
protected:
    void make(std::string_view faults, std::uint64_t seed) {
        small = small_world(faults, seed);
        record();
    }
    void record() {
        RecordWriter writer{RecordHeader{.desk = small.config.desk.engine.desk,
                                         .epoch = 1,
                                         .config_hash = 55,
                                         .hash_every = small.config.hash_every,
                                         .start = small.config.start},
                            small.config.faults.lost_tail_max, out};
        result = run(small, &writer);
    }
    [[nodiscard]] Result<ReplayReport> replay_after(std::optional<std::uint64_t> seq) const {
        return replay(out.bytes(), small.config.desk, {.config_hash = 55, .after = seq});
    }
    SmallWorld small;
    MemoryOut out;
    RunResult result;
};

TEST_F(RecordedRun, ReplaysToTheSameOutputsAndHashFromAnySnapshot) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        out = MemoryOut{};
        make("harsh", seed);
        std::uint64_t last_first = 0;
        for (std::uint64_t after = 0; after < result.events; after += 5'000) {
            const auto report = replay_after(after);
            ASSERT_TRUE(report.has_value()) << report.error().text();
            ASSERT_FALSE(report->difference)
                << "after event " << report->difference->seq << ": " << report->difference->text;
            EXPECT_GT(report->commands, 0U);
            EXPECT_GT(report->hashes, report->events / 100);
            EXPECT_GT(report->first_seq, last_first);
            last_first = report->first_seq;
            EXPECT_EQ(report->desk_hash, result.desk_hash);
            if (after == 0) {
                EXPECT_EQ(report->events, result.events - result.events_lost);
                EXPECT_EQ(report->restarts, result.situations.restart);
            }
        }
    }
}

// The end's hash says so, and nothing is compared with it.
TEST_F(RecordedRun, ReplaysWhereTheRunEndedWhileItsDeskWasDown) {
    small = small_world("harsh", 1);
    small.config.faults.downtime_max = seconds(100'000);
    small.config.settle_max = milliseconds(1);
    record();
    ASSERT_EQ(result.desk_hash, 0U);
    EXPECT_EQ(result.ending, Ending::TimeUp);
    const auto report = replay_after(std::nullopt);
    ASSERT_TRUE(report.has_value()) << report.error().text();
    EXPECT_FALSE(report->difference) << report->difference->text;
    EXPECT_EQ(report->broken, "");
    EXPECT_EQ(report->events, result.events - result.events_lost);
}

TEST_F(RecordedRun, AnotherDeskIsFoundOut) {
    make("calm", 1);
    const auto other_config =
        replay(out.bytes(), small.config.desk, {.config_hash = 56, .after = {}});
    ASSERT_FALSE(other_config.has_value());
    EXPECT_THAT(other_config.error().text(), HasSubstr("Replay it with the config"));

    // The same layout of state, but another decision: caught at the first command.
    strategy::DeskConfig other = small.config.desk;
    other.xemm[0].target_edge = other.xemm[0].target_edge + Bps{100};
    const auto report = replay(out.bytes(), other, {.config_hash = 55, .after = {}});
    ASSERT_TRUE(report.has_value());
    ASSERT_TRUE(report->difference.has_value());
    EXPECT_GT(report->difference->seq, 0U);
}

TEST_F(RecordedRun, ACutRecordIsSaidToBeCut) {
    make("calm", 1);
    const auto whole = std::span{out.bytes()};
    const auto report =
        replay(whole.first(whole.size() / 2), small.config.desk, {.config_hash = 55, .after = {}});
    ASSERT_TRUE(report.has_value()) << report.error().text();
    EXPECT_THAT(report->broken, HasSubstr("cut short"));
    EXPECT_GT(report->events, result.events / 4) << "what is there was compared";
    EXPECT_FALSE(report->difference);
}

TEST(World, RingReplaysFromItsSnapshot) {
    SmallWorld small = small_world("harsh", 5);
    constexpr std::uint64_t wanted = 2'000;
    RecordRing ring{RecordHeader{.desk = 1, .config_hash = 55}, wanted, 20};
    small.config.snapshot_every = RecordRing::snapshot_every(wanted);
    const RunResult result = run(small, &ring);
    const auto bytes = ring.bytes();
    const auto report = replay(bytes, small.config.desk, {.config_hash = 55, .after = {}});
    ASSERT_TRUE(report.has_value()) << report.error().text();
    EXPECT_FALSE(report->difference);
    EXPECT_GE(report->events, wanted);
    EXPECT_LE(report->events, wanted + 2 * small.config.snapshot_every);
    EXPECT_GT(result.events, report->events);
    EXPECT_GT(report->first_seq, 1U);
}

// --- the order of things ---

// Notes the events that a desk is told.
class Notes final : public RecordSink {
public:
    std::vector<Event> events;
    std::vector<std::vector<CommandBody>> commands; // of each event
    std::vector<std::uint32_t> lost;

    void on_event(const Event& event) override {
        events.push_back(event);
        commands.emplace_back();
    }
    void on_command(std::uint64_t, Timestamp, const CommandBody& command) override {
        commands.back().push_back(command);
    }
    void on_hash(std::uint64_t, Timestamp, std::uint64_t) override {}
    void on_snapshot(std::uint64_t, std::uint64_t, std::span<const std::uint64_t>) override {}
    void lose_tail(std::uint32_t count) override { lost.push_back(count); }
    void on_end(std::uint64_t, std::uint64_t) override {}
    [[nodiscard]] Result<void> status() const override { return {}; }
};

template <class Body> bool is(const Event& event) {
    return std::holds_alternative<Body>(event.body);
}

TEST(World, EachLifeBeginsWithBootAndLeases) {
    const SmallWorld small = small_world("harsh", 2);
    Notes notes;
    World world{small.config, small.feeds(), {.record = &notes}};
    const RunResult result = world.run();
    ASSERT_GT(result.situations.restart, 0U);
    std::uint32_t epoch = 0;
    std::uint64_t lives = 0;
    for (std::size_t i = 0; i + 3 < notes.events.size(); ++i) {
        const auto* boot = std::get_if<Boot>(&notes.events[i].body);
        if (boot == nullptr) continue;
        EXPECT_EQ(boot->restart, lives == 0 ? 0U : 1U);
        EXPECT_GT(boot->epoch, epoch);
        epoch = boot->epoch;
        ++lives;
        for (std::uint32_t account = 0; account < 2; ++account) {
            const auto* grant = std::get_if<LeaseGrant>(&notes.events[i + 1 + account].body);
            ASSERT_NE(grant, nullptr);
            EXPECT_EQ(grant->account, AccountIx{account});
            EXPECT_EQ(grant->epoch, epoch);
            EXPECT_EQ(grant->until, notes.events[i].at + seconds(5));
        }
        // Then the links, before anything else is told.
        std::size_t next = i + 3;
        while (next < notes.events.size() &&
               (is<WakeUp>(notes.events[next]) || is<OperatorAct>(notes.events[next]))) {
            ++next;
        }
        if (next < notes.events.size()) {
            EXPECT_TRUE(is<LinkReport>(notes.events[next]));
        }
    }
    EXPECT_EQ(lives, result.situations.restart + 1);
}

TEST(World, NumbersHaveNoGapAndTimeNeverGoesBack) {
    const SmallWorld small = small_world("harsh", 4);
    Notes notes;
    World world{small.config, small.feeds(), {.record = &notes}};
    world.run();
    std::uint64_t seq = 0;
    std::size_t crash = 0;
    Timestamp last;
    for (const Event& event : notes.events) {
        if (event.seq != seq + 1) { // numbers of a lost tail are used again
            ASSERT_TRUE(is<Boot>(event));
            ASSERT_LT(crash, notes.lost.size());
            ASSERT_EQ(event.seq, seq + 1 - notes.lost[crash]);
        }
        if (const auto* boot = std::get_if<Boot>(&event.body)) crash += boot->restart;
        if (is<Boot>(event) && std::get<Boot>(event.body).restart == 1) {
            ASSERT_LE(notes.lost[crash - 1], small.config.faults.lost_tail_max);
        }
        seq = event.seq;
        ASSERT_GE(event.at, last);
        last = event.at;
    }
}

TEST(World, LeasesAreRenewedEverySecondWhileTheDeskLives) {
    const SmallWorld small = small_world("calm", 1, seconds(30));
    Notes notes;
    World world{small.config, small.feeds(), {.record = &notes}};
    world.run();
    std::int64_t expected = 0;
    for (const Event& event : notes.events) {
        const auto* grant = std::get_if<LeaseGrant>(&event.body);
        if (grant == nullptr || grant->account != AccountIx{0}) continue;
        EXPECT_EQ(event.at, small.config.start + seconds(expected));
        EXPECT_EQ(grant->until, event.at + seconds(5));
        ++expected;
    }
    EXPECT_GE(expected, 30);
}

TEST(World, NothingOpensRiskAfterTheWindDown) {
    const SmallWorld small = small_world("harsh", 6);
    Notes notes;
    World world{small.config, small.feeds(), {.record = &notes}};
    world.run();
    const Timestamp end = small.config.start + small.config.duration;
    for (std::size_t i = 0; i < notes.events.size(); ++i) {
        if (notes.events[i].at <= end) continue;
        for (const CommandBody& command : notes.commands[i]) {
            const auto* order = std::get_if<NewOrderSingle>(&command);
            if (order == nullptr || order->instrument != InstrumentIx{0}) continue;
            EXPECT_EQ(order->reduce_only, 1) << "a quote after the wind-down";
        }
    }
}

TEST(World, AnInterruptWindsDownAndTheRunStillEndsFlat) {
    SmallWorld small = small_world("rough", 3);
    small.config.progress_every = 100;
    World world{small.config, small.feeds()};
    std::uint32_t last_ppm = 0;
    const RunResult result = world.run([&](const Progress& progress) {
        EXPECT_GE(progress.done_ppm, last_ppm);
        last_ppm = progress.done_ppm;
        return progress.now >= small.config.start + seconds(100) ? Go::WindDown : Go::On;
    });
    expect_good(result);
    EXPECT_TRUE(result.is_interrupted);
    EXPECT_LT(result.simulated, seconds(300));
    EXPECT_GT(result.simulated, seconds(100));
}

TEST(World, StopStopsAtOnce) {
    SmallWorld small = small_world("calm", 3);
    small.config.progress_every = 100;
    World world{small.config, small.feeds()};
    const RunResult result = world.run([](const Progress&) { return Go::Stop; });
    EXPECT_EQ(result.ending, Ending::Stopped);
    EXPECT_TRUE(result.is_interrupted);
    EXPECT_FALSE(world.step());
}

TEST(World, TimeIsUpWhenADeskCannotSettle) {
    SmallWorld small = small_world("calm", 1, seconds(60));
    small.config.settle_max = milliseconds(1);
    const RunResult result = run(small);
    EXPECT_EQ(result.ending, Ending::TimeUp);
    EXPECT_EQ(result.settling, milliseconds(1));
}

class FullDisk final : public ByteOut {
public:
    Result<void> write(std::span<const std::byte> bytes) override {
        written_ += bytes.size();
        if (written_ > 100'000) return fail("disk: full");
        return {};
    }

private:
    std::size_t written_ = 0;
};

TEST(World, WhatCannotBeRememberedIsNotSent) {
    const SmallWorld small = small_world("calm", 1);
    FullDisk disk;
    RecordWriter writer{RecordHeader{}, 0, disk};
    const RunResult result = run(small, &writer);
    EXPECT_EQ(result.ending, Ending::Failed);
    EXPECT_EQ(result.error, "disk: full");
    EXPECT_EQ(result.violations, 0U) << told(result);
}

TEST(World, HashFilesOfEqualRunsAreEqual) {
    const auto lines_of = [](std::uint64_t seed) {
        const keel::test::TempFolder temp;
        const std::string path = temp.path("hashes");
        {
            const SmallWorld small = small_world("harsh", seed);
            auto hashes = HashFile::create(path);
            EXPECT_TRUE(hashes.has_value());
            World world{small.config, small.feeds(), {.hashes = &*hashes}};
            const RunResult result = world.run();
            EXPECT_EQ(result.error, "");
        }
        auto bytes = read_file(path).value();
        return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    };
    const std::string first = lines_of(1);
    EXPECT_EQ(first, lines_of(1));
    EXPECT_NE(first, lines_of(2));
    EXPECT_TRUE(first.starts_with("100 "));
    EXPECT_THAT(first, HasSubstr("\nend "));
}

} // namespace
} // namespace keel::world::test
