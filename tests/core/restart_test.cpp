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

// --- what cannot be had ---

std::vector<std::pair<std::uint32_t, Missing>> told_missing(const Script& s) {
    std::vector<std::pair<std::uint32_t, Missing>> out;
    for (const Alarm& one : s.all<Alarm>()) {
        if (one.kind == AlarmKind::RecoveryIncomplete) {
            out.emplace_back(one.account.value(), one.missing);
        }
    }
    return out;
}
using Told = std::vector<std::pair<std::uint32_t, Missing>>;

// Answers what a venue is asked, but for one kind of read of one account.
void pass_without(Script& s, Duration span, AccountIx account, RequestKind kind) {
    const Timestamp until = s.now + span;
    s.answers_reads = false;
    while (s.now < until) {
        s.pass(milliseconds(100));
        for (const Script::Asked& one : std::exchange(s.reads_asked, {})) {
            if (one.request.account != account || one.request.kind != kind) {
                s.answer_read(one.request, one.at);
            }
        }
    }
    s.answers_reads = true;
}

TEST(Restart, ReadThatCannotBeHadIsToldByNameAndHoldsNewRiskBack) {
    constexpr std::array kinds{std::pair{RequestKind::ReadOpenOrders, Missing::OpenOrders},
                               std::pair{RequestKind::ReadFills, Missing::Fills},
                               std::pair{RequestKind::ReadPositions, Missing::Positions},
                               std::pair{RequestKind::ReadBalances, Missing::Balances}};
    for (const auto& [kind, missing] : kinds) {
        for (const AccountIx account : {maker_account, hedge_account}) {
            SCOPED_TRACE(fmt::format("{} of account {}", info(missing).name, account.value()));
            Script s{two_venues()};
            s.start();
            const ClOrdID rests = s.quote(Side::Buy, par - 5, 4);
            s.ack(rests);
            s.truth[0].resting.push_back(s.report(rests, ExecType::New));
            s.crash(s.record.size());
            s.boot_again();
            s.forget();
            const Duration fence = s.engine().desk().fence_at - s.now;
            pass_without(s, fence + seconds(29), account, kind);
            EXPECT_EQ(told_missing(s), Told{}) << "it may just be slow";
            pass_without(s, seconds(2), account, kind);
            EXPECT_EQ(told_missing(s), (Told{{account.value(), missing}}));
            EXPECT_NE(info(missing).release, "");

            // Nothing is guessed meanwhile, and cancels go on.
            s.forget();
            s.books();
            EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::Recovering);
            EXPECT_EQ(s.offer(hedge_draft(Side::Buy, par + 1, 1)), Guard::Recovering);
            pass_without(s, seconds(290), account, kind);
            EXPECT_EQ(told_missing(s).size(), 9U) << "again every thirty seconds, no oftener";
            EXPECT_GE(s.count<OrderCancelRequest>(), 100U);
            EXPECT_EQ(s.count<NewOrderSingle>(), 0U);

            // What it waits for comes: that is the act, and nothing else is needed.
            s.truth[0].resting.clear();
            s.canceled(rests, 0);
            s.forget();
            s.pass(seconds(10));
            s.books();
            EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
            EXPECT_EQ(s.engine().missing(account), 0U);
            EXPECT_EQ(s.offer(quote_draft(Side::Buy, par - 5, 1)), Guard::None);
            s.pass(seconds(100));
            EXPECT_EQ(told_missing(s), Told{});
        }
    }
}

TEST(Restart, LeaseThatCannotBeHadIsToldByName) {
    for (const std::uint32_t restart : {0U, 1U}) {
        SCOPED_TRACE(restart);
        Script s{two_venues()};
        s.tell(Boot{1, restart});
        s.lease(maker_account, seconds(100'000));
        s.links_up();
        s.pass(seconds(29));
        EXPECT_EQ(told_missing(s), Told{});
        s.pass(seconds(10));
        EXPECT_EQ(told_missing(s), (Told{{hedge_account.value(), Missing::Lease}}));
        EXPECT_EQ(s.engine().missing(maker_account), 0U);
        s.lease(hedge_account, seconds(100'000));
        s.pass(seconds(10));
        EXPECT_EQ(s.engine().desk().recovery, Recovery::Done);
    }
}

TEST(Restart, LeaseThatLapsesDuringRecoveryIsTold) {
    Script s{two_venues()};
    s.start();
    s.crash(s.record.size());
    s.tell(Boot{++s.life, 1});
    s.leases(seconds(1));
    s.links_up();
    s.forget();
    s.pass(seconds(45));
    EXPECT_EQ(told_missing(s), (Told{{0, Missing::Lease}, {1, Missing::Lease}}));
}

TEST(Restart, NothingIsMissingOnceItIsDone) {
    Script s{two_venues()};
    s.start(1, seconds(20));
    s.pass(seconds(30));
    ASSERT_LT(s.engine().account(maker_account).lease_until, s.now);
    EXPECT_EQ(s.engine().missing(maker_account), 0U) << "a lease that lapses later is told as such";
}

TEST(Restart, BoundOnWhatCannotBeHadIsAKnob) {
    strategy::DeskConfig config = two_venues();
    config.engine.audits.recovery_alarm_after = seconds(5);
    Script s{config};
    s.answers_reads = false;
    s.tell(Boot{1, 0});
    s.leases();
    s.pass(milliseconds(4'900));
    EXPECT_EQ(told_missing(s), Told{});
    s.pass(milliseconds(200));
    EXPECT_EQ(told_missing(s).size(), 8U) << "four reads of each account";
    config.engine.audits.recovery_alarm_after = Duration{};
    EXPECT_FALSE(strategy::make_desk_config(config).has_value());
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
