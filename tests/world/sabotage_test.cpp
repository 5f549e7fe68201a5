#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"

// The engine with one rule taken out trades in the same world as the whole one, and the auditor,
// who shares no code with it, has to notice. (That it keeps quiet about the whole engine is
// world_test's.)

namespace keel::world::test {
namespace {

using audit::Rule;

struct Row {
    const char* broken;
    Rule caught_by;
    std::function<void(core::Sabotage&)> break_it;
    const char* faults = "harsh";
    std::function<void(WorldConfig&)> tighten = {};
};

void turn_off(core::Sabotage& sabotage, core::Guard guard) {
    sabotage.guards_off |= 1ULL << static_cast<unsigned>(guard);
}

const Row rows[] = {
    {"a hedge under way counts as not sent (F4)", Rule::HedgeNotAboveOwed,
     [](core::Sabotage& s) { s.hedge_counts_pending_as_open = true; }},
    {"not found is taken for dead (F1)", Rule::HedgeNotAboveOwed,
     [](core::Sabotage& s) { s.not_found_is_death = true; }},
    {"an ended order is settled at once (F3)", Rule::TruthInsideInterval,
     [](core::Sabotage& s) { s.ended_is_settled = true; }},
    {"a fill told twice counts twice", Rule::TruthInsideInterval,
     [](core::Sabotage& s) { s.fills_not_deduplicated = true; }},
    {"a cancel confirmation ends the order (P1)", Rule::TruthInsideInterval,
     [](core::Sabotage& s) { s.cancel_ends_order = true; }, "harsh",
     [](WorldConfig& c) { // an end report that names no final quantity
         c.desk.engine.venues[0].end_vouches_qty = false;
         c.venues[0].traits.end_vouches_qty = false;
     }},
    {"what is unknown is sent again", Rule::HedgeNotAboveOwed,
     [](core::Sabotage& s) { s.resend_unknown = true; }},
    {"a snapshot overwrites what is known (F6)", Rule::TruthInsideInterval,
     [](core::Sabotage& s) {
         s.adopt_at_once = true;
         turn_off(s, core::Guard::Unverified); // nothing is verified any more
     },
     "harsh", [](WorldConfig& c) { c.desk.engine.audits.positions_every = seconds(1); }},
    {"the exposure limit is not asked", Rule::ExposureWithinLimit,
     [](core::Sabotage& s) { turn_off(s, core::Guard::GroupExposure); }, "harsh",
     [](WorldConfig& c) { c.desk.engine.groups[0].exposure_limit = Units{1'000'000}; }},
    {"the order rate is not asked", Rule::OrderRateLimit,
     [](core::Sabotage& s) { turn_off(s, core::Guard::MaxOrdersPerSecond); }, "calm",
     [](WorldConfig& c) { c.desk.engine.accounts[0].limits.max_orders_per_second = 1; }},
    {"the notional per minute is not asked", Rule::NotionalPerMinute,
     [](core::Sabotage& s) { turn_off(s, core::Guard::MaxNotionalPerMinute); }, "calm",
     [](WorldConfig& c) {
         c.desk.engine.accounts[0].limits.max_notional_per_minute = Money{1'300 * money_one};
     }},
    {"the order's notional is not asked", Rule::OrderNotionalLimit,
     [](core::Sabotage& s) { turn_off(s, core::Guard::MaxOrderNotional); }, "calm",
     [](WorldConfig& c) {
         c.desk.engine.instruments[0].limits.max_order_notional = Money{100 * money_one};
     }},
    {"the order's size is not asked", Rule::OrderQtyLimit,
     [](core::Sabotage& s) { turn_off(s, core::Guard::MaxOrderQty); }, "calm",
     [](WorldConfig& c) { c.desk.engine.instruments[0].limits.max_order_qty = Lots{99}; }},
    {"the number of open orders is not asked", Rule::OpenOrdersLimit,
     [](core::Sabotage& s) { turn_off(s, core::Guard::MaxOpenOrders); }, "calm",
     [](WorldConfig& c) { c.desk.engine.accounts[0].limits.max_open_orders = 1; }},
    {"the position's notional is not asked", Rule::PositionNotionalLimit,
     [](core::Sabotage& s) { turn_off(s, core::Guard::MaxPositionNotional); }, "calm",
     [](WorldConfig& c) {
         c.desk.engine.instruments[0].limits.max_position_notional = Money{700 * money_one};
     }},
    {"the price collar is not asked", Rule::PriceCollar,
     [](core::Sabotage& s) { turn_off(s, core::Guard::PriceCollar); }, "calm",
     [](WorldConfig& c) { c.desk.engine.instruments[0].limits.price_collar = Bps{20}; }},
};

constexpr std::uint64_t seeds_max = 12;

TEST(BrokenEngine, IsCaughtByTheAuditor) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.broken);
        // The whole engine under the same config keeps the rule.
        for (const bool is_broken : {false, true}) {
            std::uint64_t caught = 0;
            std::string texts;
            const std::uint64_t seeds = is_broken ? seeds_max : 3;
            for (std::uint64_t seed = 1; seed <= seeds && caught == 0; ++seed) {
                SmallWorld small = small_world(row.faults, seed, seconds(120));
                if (row.tighten) row.tighten(small.config);
                if (is_broken) row.break_it(small.config.desk.engine.sabotage);
                small.config.settle_max = seconds(120);
                World world{small.config, small.feeds()};
                const RunResult result = world.run();
                caught = world.auditor().log().count(row.caught_by);
                texts = told(result);
            }
            EXPECT_EQ(caught > 0, is_broken) << texts;
        }
    }
}

} // namespace
} // namespace keel::world::test
