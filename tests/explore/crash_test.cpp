#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "explore/words.hpp"
#include "tests/explore/small_scenario.hpp"

// A process that dies between two of the requests that one event makes it send.

namespace keel::explore {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Choice> enabled(const World& world, std::uint32_t faults = 1) {
    std::vector<Choice> out;
    world.enabled(faults, out);
    return out;
}

std::vector<std::string> crashes(const World& world) {
    std::vector<std::string> out;
    for (const Choice& one : enabled(world)) {
        if (one.kind == Choice::Kind::Crash) out.push_back(words(world, one));
    }
    return out;
}

void make(World& world, const std::string& line) {
    for (const Choice& one : enabled(world)) {
        if (words(world, one) == line) return world.apply(one);
    }
    FAIL() << line << " cannot happen";
}

std::shared_ptr<Scenario> only_crashes() {
    return small_scenario({.faults = bit(sim::FaultKind::Crash)});
}

// Its quote rests, and has to go: it asks by socket and by REST.
void cancel_the_quote(World& world) {
    make(world, "maker socket-in: new order 7-1-1");
    make(world, "maker orders: new 7-1-1");
    make(world, "hedge quotes");
    make(world, "hedge market: book BTC-H");
    ASSERT_EQ(world.just_sent(), 2U);
}

TEST(CrashBetweenSends, ComesBeforeEachOfThem) {
    World world{only_crashes()};
    cancel_the_quote(world);
    // Where none has left and the event is lost, it might as well have died before.
    EXPECT_THAT(crashes(world), ElementsAre("crash, 1 of 2 requests sent",
                                            "crash, 1 of 2 requests sent, 1 event lost",
                                            "crash, 1 of 2 requests sent, 2 events lost",
                                            "crash, 0 of 2 requests sent"));
    const World::Mark before = world.mark();
    make(world, "crash, 1 of 2 requests sent");
    EXPECT_EQ(world.venue(0).pending(sim::Channels::socket_in), 1U);
    EXPECT_EQ(world.venue(0).pending(sim::Channels::rest_in), 0U);
    world.back_to(before);
    EXPECT_EQ(world.venue(0).pending(sim::Channels::rest_in), 1U);
    make(world, "crash, 0 of 2 requests sent");
    EXPECT_EQ(world.venue(0).pending(sim::Channels::socket_in), 0U);
    EXPECT_EQ(world.venue(0).pending(sim::Channels::rest_in), 0U);
}

// The next life has the event in its record, and believes that it asked.
bool is_request(const CommandBody& command) {
    return std::visit(
        []<class Body>(const Body& one) {
            if constexpr (is_for_venue<Body>) return !one.request.is_none();
            return false;
        },
        command);
}

// Whatever it was that made it send: a report, a timer, or one of the rows that a read shows,
// behind which the end of the read is told.
TEST(CrashBetweenSends, ComesWhereverRequestsHaveJustBeenSent) {
    const auto scenario =
        small_scenario({.faults = bit(sim::FaultKind::Crash) | bit(sim::FaultKind::Drop)});
    World world{scenario};
    const World::Mark beginning = world.mark();
    std::size_t after_reads = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Rng rng{seed};
        world.back_to(beginning);
        std::uint32_t left = 3;
        for (std::size_t n = 0; n < 80; ++n) {
            const std::vector<Choice> next = enabled(world, left);
            if (next.empty()) break;
            const Choice one = next[rng.below(next.size())];
            if (one.is_fault()) --left;
            world.apply(one);
            const bool asks = std::ranges::any_of(world.sent(), is_request);
            // (What a new life says before its venues are connected never leaves.)
            if (!asks || left == 0 || one.kind == Choice::Kind::Restart) continue;
            EXPECT_GT(world.just_sent(), 0U) << words(world, one);
            const bool is_read = std::ranges::any_of(world.heard(), [](const EventBody& event) {
                return std::holds_alternative<ReadDone>(event);
            });
            after_reads += is_read ? 1U : 0U;
        }
    }
    EXPECT_GT(after_reads, 0U);
}

TEST(CrashBetweenSends, LeavesARecordThatSaysMoreThanWasSent) {
    World world{only_crashes()};
    cancel_the_quote(world);
    make(world, "crash, 0 of 2 requests sent");
    make(world, "restart");
    const core::Order* order = world.desk()->engine().recall_order(ClOrdID::make(7, 1, 1));
    ASSERT_NE(order, nullptr);
    EXPECT_NE(order->flags & core::order_flag::want_gone, 0);
    EXPECT_TRUE(world.venue(0).order(0).is_open);
    for (int n = 0; n < 200 && !world.is_terminal(); ++n) {
        ASSERT_EQ(world.broken_rule(), Rule::None);
        world.apply(enabled(world, 0).front());
    }
    EXPECT_TRUE(world.is_terminal());
}

// Once one of them has arrived, the process has gone on.
TEST(CrashBetweenSends, IsOverOnceAnythingElseHasHappened) {
    World world{only_crashes()};
    cancel_the_quote(world);
    make(world, "maker socket-in: cancel 7-1-1");
    EXPECT_EQ(world.just_sent(), 0U);
    EXPECT_THAT(crashes(world), IsEmpty());
}

TEST(CrashBetweenSends, IsNoCrashAfterThem) {
    World before{only_crashes()};
    make(before, "crash, 0 of 1 request sent");
    const std::uint64_t unsent = before.hash(0);
    World sent{only_crashes()};
    make(sent, "maker socket-in: new order 7-1-1");
    make(sent, "crash");
    EXPECT_NE(sent.hash(0), unsent);
}

// A batch is one message: it leaves as a whole or not at all.
TEST(CrashBetweenSends, TakesABatchForOne) {
    World world{small_scenario({.faults = bit(sim::FaultKind::Crash), .batches = true})};
    EXPECT_EQ(world.just_sent(), 1U);
    make(world, "crash, 0 of 1 request sent");
    EXPECT_EQ(world.venue(0).pending(sim::Channels::socket_in), 0U);
}

// What an older life has sent, and what is held, is on its way whatever becomes of this one.
TEST(CrashBetweenSends, TakesBackWhatThisLifeHasSent) {
    auto scenario = small_scenario({.faults = bit(sim::FaultKind::Crash)});
    scenario->at_once = false;
    World world{scenario};
    make(world, "crash"); // the new order is under way
    make(world, "restart");
    ASSERT_EQ(world.venue(0).pending(sim::Channels::socket_in), 1U);
    for (int n = 0; n < 50 && world.just_sent() == 0; ++n) {
        const auto now = enabled(world, 0);
        const auto next = std::ranges::find_if(now, [](const Choice& one) {
            return one.kind != Choice::Kind::Deliver || one.place != sim::Channels::socket_in;
        });
        ASSERT_NE(next, now.end());
        world.apply(*next);
    }
    ASSERT_GT(world.just_sent(), 0U);
    EXPECT_THAT(crashes(world), Contains(testing::HasSubstr("crash, 0 of ")));
    const Choice all{Choice::Kind::Crash, 0, 0, sim::Twist::None,
                     static_cast<std::uint8_t>(world.just_sent())};
    world.apply(all);
    EXPECT_EQ(world.venue(0).pending(sim::Channels::socket_in), 1U);
}

} // namespace
} // namespace keel::explore
