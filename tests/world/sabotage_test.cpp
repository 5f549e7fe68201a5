#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/world/small_world.hpp"

// A world with one rule taken out of one of its parts (mostly the engine, where only a venue can
// break it the venue) runs like the whole one, and the auditor, who shares no code with the engine,
// has to notice. That it keeps quiet about the whole world is shown here for the same config, and
// for many more by world_test.

namespace keel::world::test {
namespace {

using audit::Rule;

struct Row {
    const char* broken;
    Rule caught_by;
    std::function<void(WorldConfig&)> break_it;
    const char* faults = "harsh";
    std::function<void(WorldConfig&)> tighten = {};
    SmallWorld (*world)(std::string_view, std::uint64_t, Duration) = small_world;
};

core::Sabotage& sabotage(WorldConfig& c) { return c.desk.engine.sabotage; }
void turn_off(WorldConfig& c, core::Guard guard) {
    sabotage(c).guards_off |= 1ULL << static_cast<unsigned>(guard);
}

// What is done to each new order between desk and auditor, or between auditor and venue.
using Edit = void (*)(NewOrderSingle&);
std::function<void(CommandBody&)> each_order(Edit edit) {
    return [edit](CommandBody& command) {
        if (auto* order = std::get_if<NewOrderSingle>(&command)) edit(*order);
    };
}
bool is_hedge(const NewOrderSingle& order) { return order.tif == TimeInForce::Ioc; }

const Row rows[] = {
    {"a hedge under way counts as not sent (F4)", Rule::HedgeNotAboveOwed,
     [](WorldConfig& c) { sabotage(c).hedge_counts_pending_as_open = true; }},
    {"a hedge under way counts as not sent (F4), and both are executed", Rule::HedgeNeverFlips,
     [](WorldConfig& c) { sabotage(c).hedge_counts_pending_as_open = true; }},
    {"not found is taken for dead (F1)", Rule::HedgeNotAboveOwed,
     [](WorldConfig& c) { sabotage(c).not_found_is_death = true; }},
    {"a quote that is not found is taken for dead (F1)", Rule::NoTwoLiveForOneIntent,
     [](WorldConfig& c) { sabotage(c).not_found_is_death = true; }},
    {"an ended order is settled at once (F3)", Rule::TruthInsideInterval,
     [](WorldConfig& c) { sabotage(c).ended_is_settled = true; }},
    {"a fill told twice counts twice", Rule::TruthInsideInterval,
     [](WorldConfig& c) { sabotage(c).fills_not_deduplicated = true; }},
    {"a cancel confirmation ends the order (P1)", Rule::TruthInsideInterval,
     [](WorldConfig& c) { sabotage(c).cancel_ends_order = true; }, "harsh",
     [](WorldConfig& c) { // an end report that names no final quantity
         c.desk.engine.venues[0].end_vouches_qty = false;
         c.venues[0].traits.end_vouches_qty = false;
     }},
    {"what is unknown is sent again", Rule::HedgeNotAboveOwed,
     [](WorldConfig& c) { sabotage(c).resend_unknown = true; }},
    {"a snapshot overwrites what is known (F6)", Rule::TruthInsideInterval,
     [](WorldConfig& c) {
         sabotage(c).adopt_at_once = true;
         turn_off(c, core::Guard::Unverified); // nothing is verified any more
     },
     "harsh", [](WorldConfig& c) { c.desk.engine.audits.positions_every = seconds(1); }},
    {"the gate forbids the cure (F5)", Rule::HedgedWithinBound,
     [](WorldConfig& c) { sabotage(c).reductions_gated = true; }, "calm",
     [](WorldConfig& c) { // one hedge of 0.01 BTC a minute, if it were asked
         c.desk.engine.accounts[1].limits.max_notional_per_minute = Money{1'000 * money_one};
     }},
    {"a number is given to two orders", Rule::NoResendOfClOrdID,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) {
             const ClOrdID own = order.cl_ord_id;
             order.cl_ord_id = ClOrdID::make(own.desk(), own.epoch(), (own.counter() + 1) / 2);
         });
     },
     "calm"},
    {"the lease is not asked", Rule::NothingAfterLease,
     [](WorldConfig& c) { turn_off(c, core::Guard::Lease); }, "calm",
     [](WorldConfig& c) { c.lease.renewed_every = c.lease.length + seconds(1); }},
    {"the exposure limit is not asked", Rule::ExposureWithinLimit,
     [](WorldConfig& c) { turn_off(c, core::Guard::GroupExposure); }, "harsh",
     [](WorldConfig& c) { c.desk.engine.groups[0].exposure_limit = Units{1'000'000}; }},
    {"the order rate is not asked", Rule::OrderRateLimit,
     [](WorldConfig& c) { turn_off(c, core::Guard::MaxOrdersPerSecond); }, "calm",
     [](WorldConfig& c) { c.desk.engine.accounts[0].limits.max_orders_per_second = 1; }},
    {"the notional per minute is not asked", Rule::NotionalPerMinute,
     [](WorldConfig& c) { turn_off(c, core::Guard::MaxNotionalPerMinute); }, "calm",
     [](WorldConfig& c) {
         c.desk.engine.accounts[0].limits.max_notional_per_minute = Money{1'300 * money_one};
     }},
    {"the order's notional is not asked", Rule::OrderNotionalLimit,
     [](WorldConfig& c) { turn_off(c, core::Guard::MaxOrderNotional); }, "calm",
     [](WorldConfig& c) {
         c.desk.engine.instruments[0].limits.max_order_notional = Money{100 * money_one};
     }},
    {"the order's size is not asked", Rule::OrderQtyLimit,
     [](WorldConfig& c) { turn_off(c, core::Guard::MaxOrderQty); }, "calm",
     [](WorldConfig& c) { c.desk.engine.instruments[0].limits.max_order_qty = Lots{99}; }},
    {"the number of open orders is not asked", Rule::OpenOrdersLimit,
     [](WorldConfig& c) { turn_off(c, core::Guard::MaxOpenOrders); }, "calm",
     [](WorldConfig& c) { c.desk.engine.accounts[0].limits.max_open_orders = 1; }},
    {"the position's notional is not asked", Rule::PositionNotionalLimit,
     [](WorldConfig& c) { turn_off(c, core::Guard::MaxPositionNotional); }, "calm",
     [](WorldConfig& c) {
         c.desk.engine.instruments[0].limits.max_position_notional = Money{700 * money_one};
     }},
    {"the price collar is not asked", Rule::PriceCollar,
     [](WorldConfig& c) { turn_off(c, core::Guard::PriceCollar); }, "calm",
     [](WorldConfig& c) { c.desk.engine.instruments[0].limits.price_collar = Bps{20}; }},
    {"quotes leave without post-only", Rule::MakerOnlyNeverTakes,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) { order.post_only = 0; });
     },
     "calm"},
    {"the venue takes no notice of post-only", Rule::MakerOnlyNeverTakes,
     [](WorldConfig& c) {
         c.broken.arrives = each_order([](NewOrderSingle& order) { order.post_only = 0; });
     },
     "calm"},
    {"a hedge leaves as reduce-only, and the venue takes no notice", Rule::ReduceOnlyNeverOpens,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) {
             if (is_hedge(order)) order.reduce_only = 1;
         });
         c.broken.arrives = each_order([](NewOrderSingle& order) { order.reduce_only = 0; });
     },
     "calm"},
    {"the venue executes twice what was ordered", Rule::NoOverfill,
     [](WorldConfig& c) {
         c.broken.arrives = each_order([](NewOrderSingle& order) { order.qty += order.qty; });
     },
     "calm"},
    {"the venue books an order under another's id", Rule::FillsHaveIntents,
     [](WorldConfig& c) {
         c.broken.arrives = each_order([](NewOrderSingle& order) {
             const ClOrdID own = order.cl_ord_id;
             order.cl_ord_id = ClOrdID::make(own.desk() + 1, own.epoch(), own.counter());
         });
     },
     "calm"},
    {"the venue executes a quote at a worse price", Rule::FillsHaveIntents,
     [](WorldConfig& c) {
         c.broken.arrives = each_order(
             [](NewOrderSingle& order) { order.px += Ticks{order.side == Side::Buy ? 1 : -1}; });
     },
     "calm"},
    {"the venue executes requests long after their validity", Rule::ExpiredNotAccepted,
     [](WorldConfig& c) { c.faults.breaks_bounds = true; }},
    {"the venue takes a millionth more as its fee", Rule::EquityAddsUp,
     [](WorldConfig& c) { ++c.venues[0].instruments[0].spec.maker_fee_ppm; }, "calm"},
    {"the tape shows another rate of funding", Rule::EquityAddsUp,
     [](WorldConfig& c) {
         c.broken.settles = [](sim::TrueFunding& funding) { ++funding.rate_ppm; };
     },
     "calm",
     [](WorldConfig& c) {
         c.venues[0].instruments[0].funding = {
             .every = seconds(2), .mean = Bps{100}, .half_life = seconds(60)};
     }},
    {"the tape shows a lot less than was executed", Rule::PositionAddsUp,
     [](WorldConfig& c) { c.broken.trades = [](sim::TrueFill& fill) { fill.qty -= Lots{1}; }; },
     "calm"},
    {"the desk counts a fill twice, and settles without a read", Rule::DeskAgreesWithVenue,
     [](WorldConfig& c) {
         sabotage(c).settles_when_hedged = true;
         sabotage(c).fills_not_deduplicated = true;
     }},
    {"the desk settles without its exit", Rule::EndsFlat,
     [](WorldConfig& c) { sabotage(c).settles_when_hedged = true; }, "calm"},
    {"the desk settles with what it could not hedge", Rule::ResidueWithinBound,
     [](WorldConfig& c) { sabotage(c).settles_when_hedged = true; }, "calm",
     [](WorldConfig& c) { // what is below the hedge venue's minimum is more than is allowed
         c.desk.engine.groups[0].residue_max = Units{10'000};
         c.desk.engine.instruments[1].instrument.min_qty = Lots{100};
         c.venues[1].instruments[0].spec.min_qty = Lots{100};
     }},
    {"stops leave as far targets", Rule::ProtectedWithinBound,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) {
             if (order.trigger_px == Ticks{0}) return;
             order.trigger_px = Ticks{0};
             order.px += Ticks{order.side == Side::Sell ? 1'000 : -1'000};
         });
     },
     "calm", [](WorldConfig& c) { c.desk.bracket[0].protected_within = seconds(8); },
     bracket_world},
    {"cancels name no order, and cancel-alls another instrument",
     Rule::NoNeedlessProtection,
     [](WorldConfig& c) {
         c.broken.leaves = [](CommandBody& command) {
             if (auto* cancel = std::get_if<OrderCancelRequest>(&command)) {
                 cancel->cl_ord_id = {};
                 cancel->order_id = {};
             } else if (auto* all = std::get_if<OrderMassCancelRequest>(&command)) {
                 all->instrument = InstrumentIx{1};
             }
         };
     },
     "calm",
     {},
     bracket_world},
    {"a snapshot overwrites what is known, and a position is gone", Rule::NoGhost,
     [](WorldConfig& c) {
         sabotage(c).adopt_at_once = true;
         turn_off(c, core::Guard::Unverified); // nothing is verified any more
     },
     "harsh", [](WorldConfig& c) { c.desk.engine.audits.positions_every = seconds(1); },
     bracket_world},
    {"a close that is not found is taken for dead (F1)",
     Rule::NoDuplicateClose,
     [](WorldConfig& c) { sabotage(c).not_found_is_death = true; },
     "harsh",
     {},
     bracket_world},
    {"closes leave in half lots (P3)",
     Rule::NoSizeError,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) {
             if (is_hedge(order) && order.reduce_only != 0) order.qty += order.qty;
         });
     },
     "calm",
     {},
     bracket_world},
    {"what has not settled is sold",
     Rule::SellsSettledStock,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) {
             const bool sells = order.side == Side::Sell && order.kind == OrdKind::Limit;
             if (sells) order.qty = order.qty * 50;
         });
     },
     "calm",
     {},
     quoter_world},
    {"no heartbeat is waited for",
     Rule::BeatsBeforeOrders,
     [](WorldConfig& c) { turn_off(c, core::Guard::Heartbeat); },
     "harsh",
     {},
     quoter_world},
    {"a level whose quote is not found is quoted again (F1)",
     Rule::NoTwoLiveForOneIntent,
     [](WorldConfig& c) { sabotage(c).not_found_is_death = true; },
     "harsh",
     {},
     quoter_world},
    {"two levels leave at one price",
     Rule::NoTwoLiveForOneIntent,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) {
             if (order.post_only != 0) order.px = Ticks{order.px.value() / 20 * 20};
         });
     },
     "calm",
     {},
     quoter_world},
    {"a ladder leaves without post-only",
     Rule::MakerOnlyNeverTakes,
     [](WorldConfig& c) {
         c.broken.leaves = each_order([](NewOrderSingle& order) { order.post_only = 0; });
     },
     "calm",
     {},
     quoter_world},
};

constexpr std::uint64_t seeds_max = 40; // some breaks need a coincidence; the first catch will do

TEST(BrokenEngine, IsCaughtByTheAuditor) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.broken);
        // The whole world under the same config keeps the rule.
        for (const bool is_broken : {false, true}) {
            std::uint64_t caught = 0;
            std::string texts;
            const std::uint64_t seeds = is_broken ? seeds_max : 3;
            for (std::uint64_t seed = 1; seed <= seeds && caught == 0; ++seed) {
                SmallWorld small = row.world(row.faults, seed, seconds(120));
                if (row.tighten) row.tighten(small.config);
                if (is_broken) row.break_it(small.config);
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

TEST(BrokenEngine, ThereIsOneForEveryRule) {
    for (std::size_t i = 0; i < audit::rule_count; ++i) {
        const auto rule = static_cast<Rule>(i);
        EXPECT_TRUE(std::ranges::find(rows, rule, &Row::caught_by) != std::end(rows))
            << to_string(rule);
    }
}

} // namespace
} // namespace keel::world::test
