#include "tests/core/restart_story.hpp"

// A desk dies at every step of a session, with none, some or all of its record lost, and starts
// again (design section 8). What is ours is recognised by its id, nothing is hedged or quoted
// before all is read, and in the end every fill is booked once and every maker fill is hedged once.

namespace keel::core {
namespace {

using namespace script;

TEST(Restart, AfterACrashAtAnyStepWithAnyPartOfTheRecordLost) {
    crash_everywhere(1, 7, SIZE_MAX);
    crash_everywhere(2, 23, 40);
}

TEST(Restart, AfterTwoCrashes) {
    const std::size_t events = events_in_a_session(3);
    for (std::size_t at = 20; at < events; at += 31) {
        for (const std::size_t lost : {std::size_t{0}, std::size_t{6}, SIZE_MAX}) {
            // The second life is so short that it never finishes its recovery.
            for (const Duration second : {milliseconds(1), milliseconds(700), seconds(5)}) {
                SCOPED_TRACE(fmt::format("crash after {} events, {} lost, again after {} ms", at,
                                         lost, in_milliseconds(second)));
                Session s = session_of(3);
                run_until(s, at);
                s.crash(std::min(lost, s.record.size()), milliseconds(250));
                s.run(second);
                const std::size_t left = s.left.size();
                s.crash(std::min<std::size_t>(lost, s.record.size()), milliseconds(100));
                expect_good_end(s, s.now, left);
                if (HasFailure()) return;
            }
        }
    }
}

TEST(Restart, WithLostRequestsAndReports) {
    const EchoFaults faults{
        .lose_request_ppm = 50'000, .lose_report_ppm = 50'000, .repeat_report_ppm = 50'000};
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        Session s = session_of(seed, faults);
        run_until(s, 40 + 5 * seed);
        const std::size_t left = s.left.size();
        s.crash(seed % 7, milliseconds(250));
        expect_good_end(s, s.now, left);
        if (HasFailure()) return;
    }
}

TEST(Restart, CancelsWhatTheRecordKnowsAtOnce) {
    Session s = session_of(1);
    s.trades = false;
    run_until(s, 100);
    std::vector<ClOrdID> live;
    s.desk.engine().each_order([&](const Order& o) {
        if (o.was_over == 0) live.push_back(o.cl_ord_id);
    });
    ASSERT_EQ(live.size(), 2U);
    const std::size_t left = s.left.size();
    s.crash(0, milliseconds(250));
    for (const ClOrdID id : live) {
        std::size_t cancels = 0;
        for (std::size_t n = left; n < s.left.size(); ++n) {
            const auto* cancel = std::get_if<OrderCancelRequest>(&s.left[n].second);
            cancels += cancel != nullptr && cancel->cl_ord_id == id ? 1U : 0U;
        }
        EXPECT_GE(cancels, 1U) << "with the first lease, before anything is waited for";
    }
}

// A life that died before it had read anything learned nothing of the life before it: what that one
// left at the venue is still unknown in the third.
TEST(Restart, LifeWithoutRecoveryDoesNotHideTheOneBefore) {
    Script s{two_venues()};
    s.start();
    const std::size_t kept = s.record.size();
    const ClOrdID forgotten = s.quote(Side::Buy, par - 5, 4);
    s.crash(kept);
    s.boot_again(); // epoch 2, and dead again at once
    s.crash(s.record.size());
    s.truth[0].resting.push_back(s.report(forgotten, ExecType::New));
    s.boot_again();
    s.forget();
    s.pass(seconds(6));
    std::size_t cancels = 0;
    for (const OrderCancelRequest& one : s.all<OrderCancelRequest>()) {
        cancels += one.cl_ord_id == forgotten ? 1U : 0U;
    }
    EXPECT_GE(cancels, 1U);
    ASSERT_NE(s.find(forgotten), nullptr);
    EXPECT_EQ(s.find(forgotten)->role, Role::Recovered);
    EXPECT_EQ(s.engine().interval(maker).high, Lots{4});
}

TEST(Restart, ReportThatComesTwiceAfterwardsIsBookedOnce) {
    Script s{two_venues()};
    s.start();
    const std::size_t kept = s.record.size();
    const ClOrdID lost = s.quote(Side::Buy, par - 5, 2);
    const ExecutionReport trade = s.trade(lost, 2, 7);
    s.happened(trade);
    s.crash(kept);
    s.boot_again();
    s.tell(trade); // the stream replays it
    EXPECT_EQ(s.position(maker).filled, Lots{2});
    EXPECT_EQ(s.count<NewOrderSingle>(), 1U) << "known, and not hedged before everything is read";
    s.pass(seconds(6)); // the fill read shows it again
    EXPECT_EQ(s.position(maker).filled, Lots{2});
    s.tell(trade); // and much later once more
    EXPECT_EQ(s.position(maker).filled, Lots{2});
    EXPECT_EQ(s.engine().stats().late_fills, 0U);
    std::int64_t hedged = 0;
    for (const NewOrderSingle& one : s.all<NewOrderSingle>()) {
        hedged += one.instrument == hedge ? one.qty.value() : 0;
    }
    EXPECT_EQ(hedged, 2) << "once";
}

// --- replay ---

TEST(Replay, FromTheStartAndFromAnySnapshotGivesTheSameOutputsAndHashes) {
    Session s = session_of(
        5, {.lose_request_ppm = 30'000, .lose_report_ppm = 30'000, .repeat_report_ppm = 100'000});
    run_until(s, SIZE_MAX);
    s.crash(3, milliseconds(250));
    s.run(seconds(6));
    struct Step {
        std::vector<CommandBody> said;
        std::uint64_t state = 0;
        std::uint64_t decision = 0;
    };
    const auto bytes = [](const std::vector<CommandBody>& said) {
        std::vector<std::byte> out;
        for (const CommandBody& one : said) append_frame(out, 1, Timestamp{1}, one);
        return out;
    };
    std::vector<Step> first;
    std::vector<std::vector<std::uint64_t>> snapshots;
    strategy::Desk desk{s.config()};
    Commands out;
    for (const Event& event : s.record) {
        if (first.size() % 50 == 0) {
            snapshots.emplace_back(desk.words().begin(), desk.words().end());
        }
        desk.step(event, out);
        first.push_back({{out.begin(), out.end()}, desk.state_hash(), desk.decision_hash()});
        ASSERT_EQ(desk.state_hash(), desk.engine().store().hash_from_scratch());
    }
    EXPECT_EQ(desk.state_hash(), s.desk.state_hash());
    for (std::size_t n = 0; n < snapshots.size(); ++n) {
        strategy::Desk again{s.config()};
        again.load(snapshots[n]);
        for (std::size_t at = n * 50; at < s.record.size(); ++at) {
            again.step(s.record[at], out);
            ASSERT_EQ(again.state_hash(), first[at].state) << "event " << at;
            ASSERT_EQ(again.decision_hash(), first[at].decision) << "event " << at;
            ASSERT_EQ(bytes({out.begin(), out.end()}), bytes(first[at].said)) << "event " << at;
        }
    }
}

} // namespace
} // namespace keel::core
