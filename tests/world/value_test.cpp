#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/bytes.hpp"
#include "tests/world/small_world.hpp"

// A world is a value: a copy taken at any moment goes on alike and alone. Its desk and its venues
// can be stepped back, too, which is what a search through their interleavings lives on.

namespace keel::world::test {
namespace {

// What the desk was told and said, as bytes, from where it was given to a world.
class Heard final : public RecordSink {
public:
    std::vector<std::byte> bytes;

    void on_event(const Event& event) override { append_frame(bytes, event); }
    void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) override {
        append_frame(bytes, seq, at, command);
    }
    void on_hash(std::uint64_t, Timestamp, std::uint64_t) override {}
    void on_snapshot(std::uint64_t, std::uint64_t, std::span<const std::uint64_t>) override {}
    void lose_tail(std::uint32_t) override {}
    void on_end(std::uint64_t, std::uint64_t) override {}
    [[nodiscard]] Result<void> status() const override { return {}; }
};

void expect_same(const RunResult& one, const RunResult& other) {
    EXPECT_EQ(one.state_hash, other.state_hash);
    EXPECT_EQ(one.events, other.events);
    EXPECT_EQ(one.market_moves, other.market_moves);
    EXPECT_EQ(one.simulated, other.simulated);
    EXPECT_EQ(one.ending, other.ending);
    EXPECT_EQ(one.maker_fills, other.maker_fills);
    EXPECT_EQ(one.hedge_fills, other.hedge_fills);
    EXPECT_EQ(one.orders_sent, other.orders_sent);
    EXPECT_EQ(one.cancels_sent, other.cancels_sent);
    EXPECT_EQ(one.pnl, other.pnl);
    EXPECT_EQ(one.unhedged_p50, other.unhedged_p50);
    EXPECT_EQ(one.unhedged_max, other.unhedged_max);
    EXPECT_EQ(one.faults, other.faults);
    EXPECT_EQ(one.alarms, other.alarms);
    EXPECT_EQ(one.situations.restart, other.situations.restart);
    EXPECT_EQ(one.situations.fill_while_cancel_pending, other.situations.fill_while_cancel_pending);
    EXPECT_EQ(one.situations.hedge_partly_filled, other.situations.hedge_partly_filled);
    EXPECT_EQ(one.violations, other.violations);
    EXPECT_EQ(told(one), told(other));
}

bool is_recovering(const World& world) {
    return world.is_desk_alive() && world.desk().engine().desk().recovery != core::Recovery::Done;
}

// Copies `world` now, runs the copy to its end, and holds it to what the original will do.
struct Branch {
    explicit Branch(const World& world) : copy(world), from_hash(world.state_hash()) {}
    World copy;
    std::uint64_t from_hash;
    std::size_t from = 0; // in what the original's sink heard
    std::string when;
};

TEST(WorldValue, ACopyTakenAtAnyMomentGoesOnAlikeAndAlone) {
    std::uint64_t dead = 0;
    std::uint64_t recovering = 0;
    for (const auto* faults : {"calm", "rough", "harsh"}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            const SmallWorld small = small_world(faults, seed, seconds(60));
            Heard heard;
            World world{small.config, small.feeds(), {.record = &heard}};
            std::vector<Branch> branches;
            std::uint64_t lives = 0;
            bool was_dead = false;
            bool was_recovering = false;
            for (std::uint64_t steps = 0;; ++steps) {
                const bool is_dead = !world.is_desk_alive();
                const bool reads = is_recovering(world);
                // Now and then; the moment after each crash, and the first of each recovery, and
                // some in the middle of both.
                const bool wants = steps % 997 == 0 || (is_dead && (!was_dead || steps % 7 == 0)) ||
                                   (reads && (!was_recovering || steps % 53 == 0));
                if (wants && branches.size() < 60) {
                    Branch& one = branches.emplace_back(world);
                    one.from = heard.bytes.size();
                    one.when = fmt::format("{} seed {} step {}{}{}", faults, seed, steps,
                                           is_dead ? ", dead" : "", reads ? ", recovering" : "");
                    dead += is_dead ? 1U : 0U;
                    recovering += reads ? 1U : 0U;
                }
                lives += was_dead && !is_dead ? 1U : 0U;
                was_dead = is_dead;
                was_recovering = reads;
                if (!world.step()) break;
            }
            const RunResult whole = world.result();
            EXPECT_EQ(whole.violations, 0U) << told(whole);
            EXPECT_EQ(whole.situations.restart, lives);
            for (Branch& one : branches) {
                SCOPED_TRACE(one.when);
                ASSERT_EQ(one.copy.state_hash(), one.from_hash) << "the original moved it";
                Heard rest;
                one.copy.set_outputs({.record = &rest});
                expect_same(one.copy.run(), whole);
                ASSERT_TRUE(
                    std::ranges::equal(rest.bytes, std::span{heard.bytes}.subspan(one.from)));
            }
        }
    }
    EXPECT_GE(dead, 8U);
    EXPECT_GE(recovering, 20U);
}

TEST(WorldValue, AnAssignedWorldIsTheOtherOne) {
    const SmallWorld small = small_world("harsh", 1, seconds(60));
    const SmallWorld other = small_world("rough", 9, seconds(30));
    World first{small.config, small.feeds()};
    World second{other.config, other.feeds()};
    for (int i = 0; i < 3'000; ++i) {
        first.step();
        second.step();
    }
    second = first;
    const World& same = second;
    second = same; // to itself
    EXPECT_EQ(second.state_hash(), first.state_hash());
    const RunResult expected = World{first}.run();
    expect_same(second.run(), expected);
    expect_same(first.run(), expected);
    // A world that has been copied from may go; its copies have everything they need.
    std::optional<World> gone{std::in_place, small.config, small.feeds()};
    for (int i = 0; i < 3'000; ++i) gone->step();
    World left = *gone;
    gone.reset();
    expect_same(left.run(), expected);
}

// --- stepped back ---

// Desk and venues without a clock or a market: any channel may deliver next, or the desk be woken.
struct Bare {
    strategy::Desk desk;
    std::vector<sim::Venue> venues;
    Timestamp now;
    std::uint64_t seq = 0;
    Commands out;
    std::vector<EventBody> heard;
    std::vector<std::byte> said;

    explicit Bare(const World& world)
        : desk(world.desk()), venues{world.venue(VenueIx{0}), world.venue(VenueIx{1})},
          now(world.now()) {
        for (sim::Venue& venue : venues) venue.store().keep_hash(true);
    }

    void tell(const EventBody& body) {
        const Event event{++seq, now, body};
        desk.step(event, out);
        append_frame(said, event);
        for (const CommandBody& command : out) {
            append_frame(said, seq, now, command);
            std::visit(
                [&]<class Body>(const Body& one) {
                    if constexpr (!std::is_same_v<Body, Alarm> && !std::is_same_v<Body, Notice>) {
                        venues[one.account.value()].send(command, now);
                    }
                },
                command);
        }
    }
    void step(Rng& rng) {
        now = now + microseconds(rng.between(0, 3'000));
        sim::Venue& venue = venues[rng.below(2)];
        if (rng.below(8) == 0) return tell(WakeUp{});
        heard.clear();
        venue.deliver(static_cast<std::uint32_t>(rng.below(venue.channel_count())), now, heard);
        venue.clear_new_fills();
        const std::vector<EventBody> all = heard;
        for (const EventBody& body : all) tell(body);
    }
    [[nodiscard]] std::array<std::uint64_t, 4> hashes() const {
        return {desk.state_hash(), desk.decision_hash(), venues[0].state_hash(),
                venues[1].state_hash()};
    }
    [[nodiscard]] std::array<std::size_t, 3> marks() const {
        return {desk.engine().store().undo_mark(), venues[0].store().undo_mark(),
                venues[1].store().undo_mark()};
    }
    void undo_to(const std::array<std::size_t, 3>& mark) {
        desk.engine().store().undo_to(mark[0]);
        venues[0].store().undo_to(mark[1]);
        venues[1].store().undo_to(mark[2]);
    }
};

TEST(WorldValue, DeskAndVenuesAreSteppedBackAndForthAgain) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(seed);
        const SmallWorld small = small_world("harsh", seed, seconds(60));
        World world{small.config, small.feeds()};
        for (int i = 0; i < 4'000; ++i) world.step();
        while (!world.is_desk_alive()) world.step();
        Bare bare{world};
        bare.desk.engine().store().set_undo(true);
        for (sim::Venue& venue : bare.venues) venue.store().set_undo(true);
        Rng rng{seed};
        for (int round = 0; round < 60; ++round) {
            const auto before = bare.hashes();
            const auto mark = bare.marks();
            const Timestamp now = bare.now;
            const std::uint64_t seq = bare.seq;
            Bare copy = bare;
            const auto depth = static_cast<int>(1 + rng.below(40));
            Rng first = rng;
            bare.said.clear();
            for (int i = 0; i < depth; ++i) bare.step(first);
            const auto after = bare.hashes();
            const auto said = bare.said;

            bare.undo_to(mark);
            bare.now = now;
            bare.seq = seq;
            ASSERT_EQ(bare.hashes(), before);
            ASSERT_EQ(bare.hashes()[0], bare.desk.engine().store().hash_from_scratch());

            copy.said.clear();
            Rng second = rng;
            for (int i = 0; i < depth; ++i) copy.step(second);
            ASSERT_EQ(copy.hashes(), after);
            ASSERT_EQ(copy.said, said);

            bare.said.clear();
            for (int i = 0; i < depth; ++i) bare.step(rng);
            ASSERT_EQ(bare.hashes(), after);
            ASSERT_EQ(bare.said, said);
        }
    }
}

} // namespace
} // namespace keel::world::test
