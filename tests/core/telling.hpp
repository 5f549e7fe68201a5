#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/core/true_story.hpp"

namespace keel::core::facts {

struct Told {
    std::size_t amends = 0;
    std::size_t busts = 0;
    std::size_t resting = 0;
};

inline void shuffle(std::vector<EventBody>& told, Rng& rng) {
    for (std::size_t i = told.size(); i > 1; --i) std::swap(told[i - 1], told[rng.below(i)]);
}

// One buy and one sell, whose fills even carry the same execution ids.
class Telling {
public:
    Telling(OneOrder& order, const Tongue& tongue, Rng& rng) : order_(order), rng_(rng) {
        for (const Side side : {Side::Buy, Side::Sell}) {
            const Lots qty{rng.between(1, 12)};
            const ClOrdID id = order.submit(qty, side);
            ExecutionReport named = order.report(ExecType::New, side == Side::Buy ? 100 : 200);
            named.cl_ord_id = id;
            stories.emplace_back(tongue, named, qty, rng);
            order.tell(stories.back().acked());
            stories.back().live();
            const std::uint64_t amends = rng.below(2);
            if (amends == 0) continue;
            const Lots total{rng.between(1, 14)};
            order.forget_sent();
            if (!order.amend(px + Ticks{rng.between(0, 3)}, total)) continue;
            for (const CommandBody& body : order.sent()) {
                const auto* asked = std::get_if<OrderCancelReplaceRequest>(&body);
                if (asked != nullptr) stories.back().amend(*asked);
            }
        }
    }

    // Everything twice, some of it never, in any order.
    void tell(bool with_gaps) {
        std::vector<EventBody> told;
        for (const TrueStory& story : stories) {
            for (const EventBody& body : story.said()) {
                const std::uint64_t fate = rng_.below(4);
                if (with_gaps && fate == 0) continue;
                told.push_back(body);
                told.push_back(body);
            }
        }
        shuffle(told, rng_);
        for (const EventBody& body : told) {
            order_.tell(body);
            expect_truth_inside();
        }
    }
    // Each order as it stands; then, past what that showed, all fills.
    void read() {
        order_.pass(seconds(20));
        for (const TrueStory& story : stories) {
            const std::vector<ExecutionReport> rows = story.read_order();
            for (const ExecutionReport& row : rows) order_.tell(row);
            ReadDone done;
            done.cl_ord_id = rows.back().cl_ord_id;
            done.account = account;
            done.kind = RequestKind::OrderStatus;
            done.outcome = Outcome::Accepted;
            done.complete = 1;
            done.found = Found::Known;
            done.asked_at = order_.now();
            order_.tell(done);
            expect_truth_inside();
        }
        // Twice: a bust that only the first showed leaves open whether the final quantity counts
        // it.
        for (int n = 0; n < 2; ++n) read_fills();
    }
    void read_fills() {
        order_.pass(seconds(20));
        order_.forget_sent();
        order_.tell(WakeUp{});
        for (const CommandBody& body : std::vector<CommandBody>{order_.sent()}) {
            const auto* asked = std::get_if<ReadRequest>(&body);
            if (asked == nullptr || asked->kind != RequestKind::ReadFills) continue;
            for (const TrueStory& story : stories) {
                for (const ExecutionReport& row : story.read_fills()) order_.tell(row);
            }
            ReadDone done;
            done.read = asked->request;
            done.account = account;
            done.kind = RequestKind::ReadFills;
            done.outcome = Outcome::Accepted;
            done.complete = 1;
            done.from = asked->from;
            done.asked_at = order_.now();
            order_.tell(done);
            expect_truth_inside();
        }
    }
    // Fills that were told before their bust are believed; nothing else may put the truth outside.
    void expect_truth_inside() {
        Lots truth;
        Lots busted;
        for (const TrueStory& story : stories) {
            truth += &story == &stories[0] ? story.cum() : -story.cum();
            busted += story.busted();
        }
        const Interval<Lots> held = order_.engine().interval(instrument);
        ASSERT_LE(held.low, truth + busted) << state();
        ASSERT_GE(held.high, truth - busted) << state();
    }
    [[nodiscard]] std::string state() const {
        std::string out;
        for (const TrueStory& story : stories) {
            const Order& o = *order_.engine().recall_order(story.id());
            out += fmt::format("{} cum={} qty={} asked={} told={} open={}; ",
                               keel::to_string(o.status), order_.engine().cum_qty(o).value(),
                               o.qty.value(), o.asked, o.counted_certain.value(),
                               o.counted_open.value());
        }
        return out;
    }
    void expect_truth() const {
        const Engine& engine = order_.engine();
        Lots truth;
        for (const TrueStory& story : stories) {
            truth += &story == &stories[0] ? story.cum() : -story.cum();
            const Order* o = engine.recall_order(story.id());
            ASSERT_NE(o, nullptr);
            EXPECT_EQ(engine.cum_qty(*o), story.cum());
            // What was amended below its fills is filled, however its last leg ended.
            const bool full = story.is_over() && story.cum() + story.busted() >= o->qty;
            EXPECT_EQ(o->status, full ? OrdStatus::Filled : story.status())
                << keel::to_string(o->status);
            EXPECT_EQ(o->was_over != 0, story.is_over());
            EXPECT_EQ(o->asked & pending::amend, 0);
            if (!story.is_over()) {
                // Where ends name no final quantity, an old leg may trail fills while the new one
                // lives.
                const Lots most = story.leaves() + story.busted() + story.trailing();
                EXPECT_GE(o->counted_open, story.leaves());
                EXPECT_LE(o->counted_open, most);
            } else {
                EXPECT_EQ(o->list, OrderList::Settled);
            }
            EXPECT_EQ(o->counted_certain, Lots{0});
        }
        EXPECT_EQ(engine.position(instrument).filled, truth);
        // True evidence is no contradiction. (Seen before its bust, some is; and an amend that
        // asked for what shall rest may end with more than was meant, which a person is told.)
        const bool plain = std::ranges::all_of(stories, [&](const TrueStory& s) {
            return s.busted() == Lots{0} && s.cum() <= engine.recall_order(s.id())->qty;
        });
        EXPECT_FALSE(plain && order_.belief().alarmed);
    }

    std::vector<TrueStory> stories;

private:
    OneOrder& order_;
    Rng& rng_;
};

// Holds every seed from `first` on to its truth.
inline void hold_to_truth(bool with_gaps, std::uint64_t first, std::uint64_t seeds) {
    Told told;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        SCOPED_TRACE(fmt::format("rerun with seed {}", seed));
        Rng rng{seed};
        const Tongue tongue = draw_tongue(rng);
        OneOrder order{tongue.dialect};
        Telling telling{order, tongue, rng};
        telling.tell(with_gaps);
        if (!testing::Test::HasFatalFailure()) telling.read();
        if (!testing::Test::HasFatalFailure()) telling.expect_truth();
        for (const TrueStory& story : telling.stories) {
            told.amends += story.is_amended() ? 1U : 0U;
            told.busts += story.busted() > Lots{0} ? 1U : 0U;
            told.resting += story.is_over() ? 0U : 1U;
        }
        if (testing::Test::HasFailure()) {
            for (const TrueStory& story : telling.stories) ADD_FAILURE() << story.text();
            return;
        }
    }
    EXPECT_GT(told.amends, seeds / 5);
    EXPECT_GT(told.busts, seeds / 20);
    EXPECT_GT(told.resting, seeds / 5);
}

} // namespace keel::core::facts
