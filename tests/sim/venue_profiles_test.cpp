#include <array>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "tests/sim/venue_harness.hpp"

// The four profiles: what three of them keep to, and what the fourth breaks.

namespace keel::sim {
namespace {

// A desk that has been connected for a while, with a market.
Desk started(const FaultProfile& faults, VenueConfig config = test_config(),
             std::uint64_t seed = 1) {
    Desk desk{config, no_faults(), seed};
    desk.quote(btc, 100, 50, 110, 50);
    desk.settle();
    desk.heard.clear();
    desk.venue.set_faults(faults);
    return desk;
}

TEST(Profiles, AreFourAndNamed) {
    for (const char* name : {"calm", "rough", "harsh", "beyond"}) {
        ASSERT_TRUE(fault_profile(name).has_value());
        EXPECT_EQ(fault_profile(name)->name, name);
        EXPECT_EQ(fault_profile(name)->breaks_bounds, std::string_view{name} == "beyond");
    }
    ASSERT_FALSE(fault_profile("mild").has_value());
    EXPECT_NE(fault_profile("mild").error().text().find("\"mild\""), std::string::npos);
    for (std::size_t i = 0; i < fault_kind_count; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        EXPECT_EQ(fault_profile("calm")->of(kind) > 0, kind == FaultKind::StaleRead);
        if (kind == FaultKind::Crash) continue; // per hour, not per message
        if (i >= run_fault_kind_count) {        // an explorer's alone
            EXPECT_EQ(fault_profile("harsh")->of(kind), 0U) << to_string(kind);
            continue;
        }
        EXPECT_GT(fault_profile("rough")->of(kind), 0U) << to_string(kind);
        EXPECT_GT(fault_profile("harsh")->of(kind), fault_profile("rough")->of(kind));
    }
    EXPECT_GE(fault_profile("harsh")->crashes_per_hour, 1U);
}

// What the model promises holds under `harsh` on any seed: positions pushed are true at some moment
// of their interval, answers come within their bound, repeats are within a minute.
TEST(Profiles, HarshMeetsEveryFaultAndStaysInsideTheModel) {
    std::array<std::uint64_t, fault_kind_count> met{};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Rng rng{seed};
        VenueConfig config = test_config();
        config.instruments[0].spec.settles_late = true;
        Desk desk{config, *fault_profile("harsh"), seed};
        std::map<std::uint64_t, Timestamp> sent;
        for (int step = 0; step < 400; ++step) {
            const std::int64_t bid_qty = rng.between(1, 50);
            desk.quote(btc, 100, bid_qty, 110, rng.between(1, 50));
            const std::uint32_t batch = static_cast<std::uint32_t>(step + 1);
            for (int i = 0; i < 2; ++i) {
                const std::int64_t px = rng.between(98, 112);
                auto request = desk.order(rng.below(2) == 0 ? Side::Buy : Side::Sell, px, 2);
                request.batch = batch;
                sent[request.request.value()] = desk.now;
                desk.venue.send(request, desk.now);
                if (rng.below(2) == 0) {
                    const auto cancel = desk.cancel_of(request.cl_ord_id, Transport::Rest);
                    sent[cancel.request.value()] = desk.now;
                    desk.venue.send(cancel, desk.now);
                }
            }
            const auto read = desk.read_of(RequestKind::ReadPositions);
            sent[read.request.value()] = desk.now;
            desk.venue.send(read, desk.now);
            desk.run(milliseconds(100));
        }
        desk.settle();
        // Each position that was held, and from when.
        std::vector<std::pair<Timestamp, std::int64_t>> held{{Timestamp{}, 0}};
        for (const TrueFill& fill : desk.venue.new_fills()) {
            const Side side = fill.is_taken_back ? opposite(fill.side) : fill.side;
            held.emplace_back(fill.at, held.back().second + signed_lots(side, fill.qty).value());
        }
        for (const auto& heard : desk.heard) {
            if (const auto* push = std::get_if<PositionReport>(&heard.body);
                push != nullptr && push->source == ReportSource::Stream &&
                push->instrument == btc) {
                bool matches = false;
                for (std::size_t i = 0; i < held.size(); ++i) {
                    const bool began = held[i].first <= push->answered_at;
                    const bool ended = i + 1 < held.size() && held[i + 1].first < push->asked_at;
                    matches = matches || (began && !ended && held[i].second == push->qty.value());
                }
                EXPECT_TRUE(matches);
            }
            if (const auto* answer = std::get_if<RequestAnswer>(&heard.body)) {
                // Both halves ten times too slow.
                EXPECT_LE(heard.at - sent.at(answer->request.value()), milliseconds(600));
            }
        }
        for (std::size_t i = 0; i < fault_kind_count; ++i) {
            met[i] += desk.venue.fault_count(static_cast<FaultKind>(i));
        }
    }
    for (std::size_t i = 0; i < run_fault_kind_count; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        if (kind == FaultKind::Crash) continue; // the world's
        EXPECT_GE(met[i], 20U) << to_string(kind);
    }
}

// Outside the model each promise is broken somewhere.
TEST(Profiles, BeyondBreaksItsPromises) {
    int accepted_too_late = 0;
    int refused_but_done = 0;
    int silent_ms = 0;
    int short_ends = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Desk desk = started(*fault_profile("beyond"), test_config(), seed);
        std::map<ClOrdID, Timestamp> fence;
        std::map<ClOrdID, std::int64_t> told_final;
        std::set<ClOrdID> refused;
        std::set<ClOrdID> filled;
        for (int step = 0; step < 200; ++step) {
            desk.quote(btc, 100, 50, 110, 50);
            const auto request = desk.order(Side::Buy, 105, 2);
            fence[request.cl_ord_id] = request.valid_until;
            desk.venue.send(request, desk.now);
            desk.run(milliseconds(200));
            desk.print(btc, Side::Sell, 105, 1);
            desk.venue.send(desk.cancel_of(request.cl_ord_id), desk.now);
            desk.run(milliseconds(300));
        }
        desk.settle();
        for (const TrueFill& fill : desk.venue.new_fills()) {
            filled.insert(fill.cl_ord_id);
            if (fill.at > fence.at(fill.cl_ord_id)) ++accepted_too_late;
        }
        Timestamp last{};
        for (const auto& heard : desk.heard) {
            if (const auto* answer = std::get_if<RequestAnswer>(&heard.body);
                answer != nullptr && answer->kind == RequestKind::New &&
                answer->outcome == Outcome::Refused && answer->reason != Reason::RateLimited) {
                refused_but_done += filled.contains(answer->cl_ord_id) ? 1 : 0;
            }
            const auto* report = std::get_if<ExecutionReport>(&heard.body);
            if (report == nullptr) continue;
            if (last != Timestamp{}) {
                silent_ms = std::max(silent_ms, static_cast<int>(in_milliseconds(heard.at - last)));
            }
            last = heard.at;
            if (report->exec_type == ExecType::Canceled && report->has_cum_qty != 0 &&
                report->cum_qty.value() < desk.filled(report->cl_ord_id)) {
                ++short_ends;
            }
        }
        for (const LinkKind kind : {LinkKind::Orders, LinkKind::Fills, LinkKind::Positions}) {
            for (const auto& link : desk.all<LinkReport>()) EXPECT_NE(link.kind, kind);
        }
    }
    EXPECT_GT(accepted_too_late, 0);
    EXPECT_GT(refused_but_done, 0);
    EXPECT_GT(silent_ms, 10'000);
    EXPECT_GT(short_ends, 0);
}

} // namespace
} // namespace keel::sim
