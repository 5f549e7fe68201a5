#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/bytes.hpp"
#include "tests/world/small_world.hpp"
#include "world/signal_source.hpp"

// Where signals come from, and when a desk is told of them.

namespace keel::world::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr InstrumentIx btc{0};
constexpr InstrumentIx other{1};
constexpr Timestamp start{seconds(1'000'000).value()};

Instrument btc_spec() {
    Instrument draft;
    draft.symbol = "BTC";
    draft.tick_size = {5, 1}; // 0.5
    draft.lot_size = {1, 2};
    return make_instrument(draft).value();
}

sim::Venue::MarketMove quote(std::int64_t bid, std::int64_t ask, InstrumentIx of = btc) {
    sim::Venue::MarketMove out;
    out.instrument = of;
    out.bid_px = Ticks{bid};
    out.ask_px = Ticks{ask};
    out.bid_qty = Lots{1};
    out.ask_qty = Lots{1};
    return out;
}

TargetTerms terms() {
    return {.instrument = btc,
            .spec = btc_spec(),
            .qty = Lots{7},
            .valid_for = seconds(30),
            .stop = Bps{},
            .limit = Bps{}};
}

TimedSignal row(Duration at, std::uint64_t id, SignalKind kind, InstrumentIx about,
                Duration valid_for = seconds(3'600)) {
    TimedSignal out;
    out.at = start + at;
    out.signal.instrument = about;
    out.signal.kind = kind;
    out.signal.id = id;
    out.signal.value = static_cast<std::int64_t>(id) * 10;
    out.signal.valid_until = out.at + valid_for;
    return out;
}

bool same(const Signal& a, const Signal& b) {
    std::vector<std::byte> left;
    std::vector<std::byte> right;
    append_frame(left, Event{1, start, a});
    append_frame(right, Event{1, start, b});
    return left == right;
}

// --- each source alone ---

TEST(Signals, RandomTargetsAreLongFlatAndShortAtTheirTimes) {
    RandomTargets source{terms(), seconds(10), 5, start};
    std::map<std::int64_t, int> seen;
    for (std::uint64_t n = 1; n <= 300; ++n) {
        const Timestamp at = start + seconds(10) * static_cast<std::int64_t>(n);
        ASSERT_EQ(source.next_at(), at);
        const auto signal = source.next();
        ASSERT_TRUE(signal);
        EXPECT_EQ(signal->id, n);
        EXPECT_EQ(signal->instrument, btc);
        EXPECT_EQ(signal->kind, SignalKind::Target);
        EXPECT_EQ(signal->valid_until, at + seconds(30));
        EXPECT_EQ(signal->stop_px, Ticks{0});
        EXPECT_EQ(signal->limit_px, Ticks{0});
        ++seen[signal->value];
    }
    EXPECT_EQ(seen.size(), 3U);
    for (const std::int64_t value : {-7, 0, 7}) EXPECT_GT(seen[value], 70) << value;
}

TEST(Signals, ExitsLieOnTheirSidesOfTheMidAndNoNearer) {
    TargetTerms with = terms();
    with.stop = Bps{10'001}; // 1.0001 %
    with.limit = Bps{20'000};
    RandomTargets source{with, seconds(10), 5, start};
    while (true) { // without a mid only what is flat is told
        RandomTargets before = source;
        const auto signal = source.next();
        if (!signal) break;
        EXPECT_EQ(signal->value, 0);
        EXPECT_TRUE(same(*before.next(), *signal)) << "a copy says the same";
    }
    std::uint64_t last = 0;
    std::set<std::int64_t> directions;
    source.on_quote(quote(1, 3, other), start); // somebody else's
    source.on_quote(quote(9'999, 10'002), start);
    for (int n = 0; n < 60; ++n) {
        const auto signal = source.next();
        ASSERT_TRUE(signal);
        EXPECT_GT(signal->id, last);
        last = signal->id;
        directions.insert(signal->value);
        // The mid is 10,000.5 ticks.
        if (signal->value > 0) {
            EXPECT_EQ(signal->stop_px, Ticks{9'900});
            EXPECT_EQ(signal->limit_px, Ticks{10'201});
        } else if (signal->value < 0) {
            EXPECT_EQ(signal->stop_px, Ticks{10'101});
            EXPECT_EQ(signal->limit_px, Ticks{9'800});
        } else {
            EXPECT_EQ(signal->stop_px, Ticks{0});
            EXPECT_EQ(signal->limit_px, Ticks{0});
        }
    }
    EXPECT_EQ(directions.size(), 3U);
    sim::Venue::MarketMove empty = quote(9'999, 10'002);
    empty.ask_qty = Lots{0};
    source.on_quote(empty, start);
    int silent = 0;
    for (int n = 0; n < 60; ++n) silent += source.next() ? 0 : 1;
    EXPECT_GT(silent, 20) << "nobody offers, so there is no mid";
}

TEST(Signals, ABreakoutIsAMidBeyondAllOfTheTimeBefore) {
    Breakout source{terms(), seconds(60)};
    const auto told_at = [&](std::int64_t second, std::int64_t mid) {
        const Timestamp now = start + seconds(second);
        source.on_quote(quote(mid - 1, mid + 1), now);
        std::vector<std::int64_t> out;
        while (source.next_at() < never) {
            EXPECT_EQ(source.next_at(), now);
            const Signal signal = *source.next();
            EXPECT_EQ(signal.valid_until, now + seconds(30));
            out.push_back(signal.value);
        }
        return out;
    };
    EXPECT_THAT(told_at(0, 1'000), IsEmpty());
    EXPECT_THAT(told_at(30, 2'000), IsEmpty()) << "it has not looked back far enough";
    EXPECT_THAT(told_at(59, 1'500), IsEmpty());
    EXPECT_THAT(told_at(60, 2'000), IsEmpty()) << "as high as before is not above";
    EXPECT_THAT(told_at(61, 2'001), ElementsAre(7));
    EXPECT_THAT(told_at(70, 2'002), IsEmpty()) << "long has been told, and is valid";
    EXPECT_THAT(told_at(92, 2'003), ElementsAre(7)) << "no longer";
    EXPECT_THAT(told_at(93, 1'501), IsEmpty()) << "1,500 was 34 s ago";
    EXPECT_THAT(told_at(94, 1'499), ElementsAre(-7));
    EXPECT_THAT(told_at(95, 2'004), ElementsAre(7)) << "the other way is told at once";
    EXPECT_THAT(told_at(160, 1'800), IsEmpty()) << "all of before is forgotten";
    EXPECT_THAT(told_at(161, 1'799), ElementsAre(-7));
}

TEST(Signals, AMidIsTheFairValueInMoney) {
    MidValue source{{.instrument = btc,
                     .of = other,
                     .tick = {5, 1},
                     .every = seconds(1),
                     .valid_for = seconds(5),
                     .noise = Bps{0}},
                    9,
                    start};
    EXPECT_FALSE(source.next()) << "no mid yet";
    source.on_quote(quote(1, 2, btc), start);
    EXPECT_FALSE(source.next()) << "not its instrument";
    source.on_quote(quote(121, 124, other), start);
    EXPECT_EQ(source.next_at(), start + seconds(3));
    const auto signal = source.next();
    ASSERT_TRUE(signal);
    EXPECT_EQ(signal->id, 1U);
    EXPECT_EQ(signal->instrument, btc);
    EXPECT_EQ(signal->kind, SignalKind::FairValue);
    EXPECT_EQ(signal->value, 61'25'000'000) << "122.5 ticks of 0.5";
    EXPECT_EQ(signal->valid_until, start + seconds(8));
}

TEST(Signals, NoiseStaysWithinItsBound) {
    MidValue source{{.instrument = btc,
                     .of = btc,
                     .tick = {1, 0},
                     .every = seconds(1),
                     .valid_for = seconds(5),
                     .noise = Bps{300}},
                    9,
                    start};
    source.on_quote(quote(9'999, 10'001), start);
    std::set<std::int64_t> values;
    for (int n = 0; n < 200; ++n) {
        const std::int64_t value = source.next()->value;
        EXPECT_LE(value, 10'003 * money_one);
        EXPECT_GE(value, 9'997 * money_one);
        values.insert(value);
    }
    EXPECT_GT(values.size(), 100U);
    EXPECT_LT(*values.begin(), 9'998 * money_one);
    EXPECT_GT(*values.rbegin(), 10'002 * money_one);
}

// A number beyond what a signal may carry would be refused at the door.
TEST(Signals, AMidTooLargeForASignalIsNotTold) {
    MidValue source{{.instrument = btc,
                     .of = btc,
                     .tick = {1'000'000'000'000, 0},
                     .every = seconds(1),
                     .valid_for = seconds(5),
                     .noise = Bps{0}},
                    9,
                    start};
    source.on_quote(quote(9'999, 10'001), start);
    EXPECT_FALSE(source.next());
}

TEST(Signals, ClosesAreAskedForNowAndThenSomeTwiceAndSomeByAnother) {
    struct Asked {
        int fresh = 0;
        int repeated = 0;
        Timestamp last;
    };
    const auto asked = [](std::uint32_t twice, std::uint32_t again) {
        RandomCloses source{{.instrument = btc,
                             .per_hour = 60,
                             .twice_percent = twice,
                             .again_percent = again,
                             .valid_for = seconds(20)},
                            3,
                            start};
        Asked out{.last = start};
        std::uint64_t id = 0;
        Signal newest;
        while (source.next_at() < start + seconds(36'000)) {
            const Timestamp at = source.next_at();
            EXPECT_GE(at, out.last);
            out.last = at;
            const Signal signal = *source.next();
            EXPECT_EQ(signal.kind, SignalKind::Close);
            EXPECT_EQ(signal.value, 0);
            if (signal.id == id) {
                EXPECT_TRUE(same(signal, newest)) << "told again as it was";
                ++out.repeated;
            } else {
                EXPECT_EQ(signal.id, id + 1);
                EXPECT_EQ(signal.valid_until, at + seconds(20));
                ++out.fresh;
            }
            id = signal.id;
            newest = signal;
        }
        return out;
    };
    const Asked plain = asked(0, 0);
    EXPECT_GT(plain.fresh, 500) << "of 600";
    EXPECT_LT(plain.fresh, 700);
    EXPECT_EQ(plain.repeated, 0);
    const Asked twice = asked(50, 0);
    EXPECT_EQ(twice.fresh, plain.fresh);
    EXPECT_GT(twice.repeated, plain.fresh / 3);
    EXPECT_LT(twice.repeated, plain.fresh * 2 / 3);
    const Asked again = asked(0, 50);
    EXPECT_GT(again.fresh, plain.fresh * 4 / 3);
    EXPECT_EQ(again.repeated, 0);
}

// --- in a world ---

class Notes final : public RecordSink {
public:
    std::vector<Event> events;
    std::vector<std::byte> bytes;

    void on_event(const Event& event) override {
        events.push_back(event);
        append_frame(bytes, event);
    }
    void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) override {
        append_frame(bytes, seq, at, command);
    }
    void on_hash(std::uint64_t, Timestamp, std::uint64_t) override {}
    void on_snapshot(std::uint64_t, std::uint64_t, std::span<const std::uint64_t>) override {}
    void lose_tail(std::uint32_t) override {}
    void on_end(std::uint64_t, std::uint64_t) override {}
    [[nodiscard]] Result<void> status() const override { return {}; }
};

SignalSource rows(std::vector<TimedSignal> all) {
    return SignalSource{SignalReplay{std::move(all)}};
}

TEST(Signals, AreToldAtTheirTimeAfterTheVenuesAndBySource) {
    SmallWorld small = small_world("calm", 1, seconds(10));
    small.config.signals = {rows({row(seconds(2), 1, SignalKind::Funding, btc),
                                  row(seconds(2), 2, SignalKind::Funding, btc),
                                  row(milliseconds(2'500), 3, SignalKind::Funding, btc)}),
                            rows({row(seconds(2), 1, SignalKind::FairValue, other)})};
    Notes notes;
    World world{small.config, small.feeds(), {.record = &notes}};
    world.run();
    std::vector<std::uint64_t> ids;
    for (std::size_t n = 0; n < notes.events.size(); ++n) {
        const auto* signal = std::get_if<Signal>(&notes.events[n].body);
        if (signal == nullptr) continue;
        ids.push_back(signal->id);
        const bool is_late = signal->id == 3;
        EXPECT_EQ(notes.events[n].at, start + milliseconds(is_late ? 2'500 : 2'000));
        // The lease is renewed every second, after signals of the same time.
        if (ids.size() != 3) continue;
        EXPECT_EQ(signal->kind, SignalKind::FairValue) << "the second source";
        EXPECT_TRUE(std::holds_alternative<LeaseGrant>(notes.events[n + 1].body));
        EXPECT_EQ(notes.events[n + 1].at, start + seconds(2));
    }
    EXPECT_THAT(ids, ElementsAre(1, 2, 1, 3));
    EXPECT_EQ(world.desk().engine().signal(btc, SignalKind::Funding)->value, 30);
    EXPECT_EQ(world.desk().engine().signal(other, SignalKind::FairValue)->value, 10);
}

// All sources at once, with short and long validities.
std::vector<SignalSource> all_sources() {
    const Instrument spec = small_world("calm", 1).config.desk.engine.instruments[0].instrument;
    TargetTerms target{.instrument = btc,
                       .spec = spec,
                       .qty = Lots{50},
                       .valid_for = seconds(4),
                       .stop = Bps{5'000},
                       .limit = Bps{9'000}};
    std::vector<TimedSignal> file;
    for (std::uint64_t n = 1; n <= 3'000; ++n) {
        const Duration at = milliseconds(130) * static_cast<std::int64_t>(n);
        file.push_back(row(at, n, SignalKind::Funding, btc, milliseconds(100)));
    }
    std::vector<SignalSource> out;
    out.emplace_back(RandomTargets{target, milliseconds(700), 1, start});
    target.instrument = other;
    out.emplace_back(Breakout{target, seconds(2)});
    out.emplace_back(MidValue{{.instrument = btc,
                               .of = other,
                               .tick = spec.tick_size,
                               .every = milliseconds(300),
                               .valid_for = seconds(2),
                               .noise = Bps{500}},
                              2,
                              start});
    out.emplace_back(RandomCloses{{.instrument = btc,
                                   .per_hour = 3'600,
                                   .twice_percent = 40,
                                   .again_percent = 40,
                                   .valid_for = seconds(3'600)},
                                  3,
                                  start});
    out.push_back(rows(std::move(file)));
    return out;
}

using Key = std::pair<std::uint32_t, SignalKind>;
Key key_of(const Signal& signal) { return {signal.instrument.value(), signal.kind}; }

// What sources without a market would have told by a time, the last of each instrument and kind.
std::map<Key, Signal> newest_by(SignalSource source, Timestamp until) {
    std::map<Key, Signal> out;
    while (source.next_at() <= until) {
        if (const auto signal = source.next()) out[key_of(*signal)] = *signal;
    }
    return out;
}

TEST(Signals, ADeskThatWasDownIsToldTheNewestOfEachThatIsStillValid) {
    int repeated = 0;
    int of_the_time_down = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(seed);
        SmallWorld small = small_world("harsh", seed, seconds(120));
        const std::vector<SignalSource> all = all_sources();
        small.config.signals = {all[3], all[4]}; // closes are long valid, rows for 100 ms of 130
        Notes notes;
        World world{small.config, small.feeds(), {.record = &notes}};
        const RunResult result = world.run();
        EXPECT_EQ(result.violations, 0U) << told(result);
        for (std::size_t n = 0; n < notes.events.size(); ++n) {
            const auto* boot = std::get_if<Boot>(&notes.events[n].body);
            if (boot == nullptr || boot->restart == 0) continue;
            const Timestamp at = notes.events[n].at;
            std::map<Key, Signal> heard;
            for (std::size_t m = n; m < notes.events.size(); ++m) {
                if (std::holds_alternative<LinkReport>(notes.events[m].body)) break;
                const auto* signal = std::get_if<Signal>(&notes.events[m].body);
                if (signal == nullptr) continue;
                EXPECT_EQ(notes.events[m].at, at);
                EXPECT_TRUE(heard.emplace(key_of(*signal), *signal).second) << "only the newest";
            }
            std::map<Key, Signal> wanted = newest_by(small.config.signals[0], at);
            wanted.merge(newest_by(small.config.signals[1], at));
            std::erase_if(wanted, [&](const auto& one) { return one.second.valid_until < at; });
            ASSERT_EQ(heard.size(), wanted.size());
            for (const auto& [key, signal] : wanted) EXPECT_TRUE(same(heard.at(key), signal));
            repeated += static_cast<int>(heard.size());
            // The last event before the crash is the one before Boot.
            for (const auto& [key, signal] : heard) {
                const bool was_told = std::any_of(
                    notes.events.begin(), notes.events.begin() + static_cast<std::ptrdiff_t>(n),
                    [&](const Event& event) {
                        const auto* before = std::get_if<Signal>(&event.body);
                        return before != nullptr && same(*before, signal);
                    });
                of_the_time_down += was_told ? 0 : 1;
            }
        }
    }
    EXPECT_GT(repeated, 10);
    EXPECT_GT(of_the_time_down, 3);
}

TEST(Signals, AfterTheWindDownThereAreNoTargets) {
    int restarts = 0;
    int values = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SmallWorld small = small_world("harsh", seed, seconds(20));
        small.config.signals = all_sources();
        Notes notes;
        World world{small.config, small.feeds(), {.record = &notes}};
        world.run();
        bool is_over = false;
        bool had_targets = false;
        for (const Event& event : notes.events) {
            if (std::holds_alternative<OperatorAct>(event.body)) is_over = true;
            const auto* boot = std::get_if<Boot>(&event.body);
            restarts += is_over && boot != nullptr ? 1 : 0;
            const auto* signal = std::get_if<Signal>(&event.body);
            if (signal == nullptr) continue;
            const bool is_target = signal->kind == SignalKind::Target;
            EXPECT_FALSE(is_over && is_target);
            had_targets |= is_target;
            values += is_over && signal->kind == SignalKind::FairValue ? 1 : 0;
        }
        EXPECT_TRUE(had_targets);
    }
    EXPECT_GT(restarts, 0);
    EXPECT_GT(values, 0) << "all others go on";
}

TEST(Signals, GoOnInACopyAsInItsOriginal) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(seed);
        SmallWorld small = small_world("harsh", seed, seconds(60));
        small.config.signals = all_sources();
        Notes heard;
        World world{small.config, small.feeds(), {.record = &heard}};
        struct Branch {
            World copy;
            std::size_t from;
        };
        std::vector<Branch> branches;
        for (std::uint64_t steps = 0;; ++steps) {
            if (steps % 1'499 == 0 && branches.size() < 12) {
                branches.push_back({world, heard.bytes.size()});
            }
            if (!world.step()) break;
        }
        std::map<SignalKind, int> kinds;
        for (const Event& event : heard.events) {
            if (const auto* signal = std::get_if<Signal>(&event.body)) ++kinds[signal->kind];
        }
        EXPECT_EQ(kinds.size(), signal_kind_count);
        for (Branch& one : branches) {
            Notes rest;
            one.copy.set_outputs({.record = &rest});
            one.copy.run();
            EXPECT_TRUE(std::ranges::equal(rest.bytes, std::span{heard.bytes}.subspan(one.from)));
        }
    }
}

} // namespace
} // namespace keel::world::test
