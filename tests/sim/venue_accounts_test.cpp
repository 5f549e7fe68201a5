#include <gtest/gtest.h>

#include "base/rng.hpp"
#include "tests/sim/venue_harness.hpp"

// Fees, margin and equity, to the last unit.

namespace keel::sim {
namespace {

RequestAnswer answer_to(Desk& desk, const CommandBody& command) {
    desk.venue.send(command, desk.now);
    desk.run(milliseconds(100));
    return desk.last_answer();
}

// Only the numbers, none of the venue's arithmetic: rounds towards minus infinity.
__extension__ using Wide = __int128;
std::int64_t floor_div(Wide a, Wide b) {
    const Wide quotient = a / b;
    return static_cast<std::int64_t>(a % b < 0 ? quotient - 1 : quotient);
}
std::int64_t ceil_div(Wide a, Wide b) { return -floor_div(-a, b); }

TEST(Fees, MakersAndTakersPayTheirOwnRate) {
    Desk desk;
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    desk.place(Side::Buy, 105, 10);
    desk.print(btc, Side::Sell, 105, 10);
    const auto fills = desk.venue.new_fills();
    ASSERT_EQ(fills.size(), 2U);
    EXPECT_EQ(fills[0].fee, Money{49'500}); // 1.1 of notional, 450 ppm
    EXPECT_EQ(fills[1].fee, Money{15'750}); // 1.05, 150 ppm
}

TEST(Fees, AreRoundedUpAndRebatesTowardsLess) {
    VenueConfig config = test_config();
    config.instruments[0].spec.taker_fee_ppm = 333;
    config.instruments[0].spec.maker_fee_ppm = -77;
    config.instruments[0].spec.value_num = 1;
    config.instruments[0].spec.value_den = 1;
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    EXPECT_EQ(desk.venue.new_fills().back().fee, Money{1}); // 1100 x 333 ppm = 0.37
    desk.place(Side::Buy, 105, 10);
    desk.print(btc, Side::Sell, 105, 10);
    EXPECT_EQ(desk.venue.new_fills().back().fee, Money{0}); // -0.08
}

TEST(Equity, IsCollateralPlusCashPlusThePositionAtTheMid) {
    Desk desk;
    const Money start = desk.venue.equity(account_0);
    desk.quote(btc, 100, 50, 110, 50);
    desk.place(Side::Buy, 110, 10, TimeInForce::Ioc);
    // 10 lots bought at 110, worth 105: 50 ticks x lots lost, and the fee.
    EXPECT_EQ(desk.venue.equity(account_0) - start, Money{-50 * 100'000 - 49'500});
    desk.quote(btc, 120, 50, 123, 50); // mid 121.5
    EXPECT_EQ(desk.venue.equity(account_0) - start, Money{115 * 100'000 - 49'500});
    desk.place(Side::Sell, 120, 10, TimeInForce::Ioc);
    EXPECT_EQ(desk.venue.equity(account_0) - start, Money{100 * 100'000 - 49'500 - 54'000});
}

TEST(Margin, OfOrdersAndPositionsAtTheMidMustBeThere) {
    VenueConfig config = test_config();
    config.accounts[0].collateral = Money{money_one}; // carries 10 of notional at 10 %
    config.instruments[0].spec.taker_fee_ppm = 0;
    Desk desk{config};
    desk.quote(btc, 99, 1'000, 101, 1'000);
    // 100 lots are 10 of notional.
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 101)).reason, Reason::InsufficientMargin);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 60)).outcome, Outcome::Accepted);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 41)).reason, Reason::InsufficientMargin);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 90, 40)).outcome, Outcome::Accepted);
    // The other side needs no more until it is larger.
    EXPECT_EQ(answer_to(desk, desk.order(Side::Sell, 110, 100)).outcome, Outcome::Accepted);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Sell, 110, 1)).reason, Reason::InsufficientMargin);
    // Another instrument of the account shares it.
    desk.quote(eth, 99, 1'000, 101, 1'000);
    auto other = desk.order(Side::Buy, 90, 1);
    other.instrument = eth;
    EXPECT_EQ(answer_to(desk, other).reason, Reason::InsufficientMargin);
    EXPECT_EQ(desk.reports(ExecType::Rejected).size(), 4U);
}

TEST(Margin, NeverRefusesWhatReducesOrFreesIt) {
    VenueConfig config = test_config();
    config.accounts[0].collateral = Money{money_one};
    config.instruments[0].spec.taker_fee_ppm = 0;
    Desk desk{config};
    desk.quote(btc, 99, 1'000, 101, 1'000);
    desk.place(Side::Buy, 101, 90, TimeInForce::Ioc);
    desk.quote(btc, 49, 1'000, 51, 1'000); // far under water
    EXPECT_LT(desk.venue.equity(account_0), Money{0});
    EXPECT_EQ(answer_to(desk, desk.order(Side::Buy, 51, 1, TimeInForce::Ioc)).reason,
              Reason::InsufficientMargin);
    EXPECT_EQ(answer_to(desk, desk.order(Side::Sell, 49, 90, TimeInForce::Ioc)).outcome,
              Outcome::Accepted);
    EXPECT_EQ(desk.position(), 0);
}

TEST(Margin, OfEndedOrdersIsFree) {
    VenueConfig config = test_config();
    config.accounts[0].collateral = Money{money_one};
    Desk desk{config};
    desk.quote(btc, 99, 1'000, 101, 1'000);
    for (int i = 0; i < 5; ++i) {
        const auto request = desk.order(Side::Buy, 90, 100);
        ASSERT_EQ(answer_to(desk, request).outcome, Outcome::Accepted);
        ASSERT_EQ(answer_to(desk, desk.cancel_of(request.cl_ord_id)).outcome, Outcome::Accepted);
    }
}

// Whatever happens: the change of equity is the sum of what each fill paid and brought, less fees,
// plus the position at the mid; and the position is the sum of the fills.
TEST(Equity, IsTheSumOfItsCashFlowsOnRandomHistories) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        Rng rng{seed};
        VenueConfig config = test_config();
        Instrument& spec = config.instruments[0].spec;
        spec.value_num = rng.between(1, 1'000'000);
        spec.value_den = rng.between(1, 10'000);
        spec.taker_fee_ppm = static_cast<std::int32_t>(rng.between(-100, 600));
        spec.maker_fee_ppm = static_cast<std::int32_t>(rng.between(-100, 600));
        Desk desk{config, *fault_profile("harsh"), seed};
        const Money start = desk.venue.equity(account_0);
        std::int64_t bid = 10'000;
        std::vector<TrueFill> fills;
        for (int step = 0; step < 300; ++step) {
            bid += rng.between(-6, 6);
            const std::int64_t width = rng.between(1, 5);
            const std::int64_t bid_qty = rng.between(1, 30);
            desk.quote(btc, bid, bid_qty, bid + width, rng.between(1, 30));
            const Side side = rng.below(2) == 0 ? Side::Buy : Side::Sell;
            const std::int64_t offset = rng.between(-8, 8);
            const std::int64_t qty = rng.between(1, 20);
            auto request = desk.order(side, bid + offset, qty,
                                      rng.below(2) == 0 ? TimeInForce::Gtc : TimeInForce::Ioc);
            request.reduce_only = rng.below(4) == 0 ? 1 : 0;
            desk.venue.send(request, desk.now);
            desk.run(milliseconds(20));
            const std::int64_t px = bid + rng.between(-9, 9);
            const std::int64_t print_qty = rng.between(1, 40);
            desk.print(btc, rng.below(2) == 0 ? Side::Buy : Side::Sell, px, print_qty);
            for (const TrueFill& fill : desk.venue.new_fills()) fills.push_back(fill);
            desk.venue.clear_new_fills();
            if (step % 10 != 0) continue;
            Wide cash = 0;
            std::int64_t held = 0;
            for (const TrueFill& fill : fills) {
                const Wide exact =
                    static_cast<Wide>(fill.px.value()) * fill.qty.value() * spec.value_num;
                const bool is_buy = fill.side == Side::Buy;
                const std::int64_t amount =
                    is_buy ? ceil_div(exact, spec.value_den) : floor_div(exact, spec.value_den);
                const std::int64_t rate = fill.is_maker ? spec.maker_fee_ppm : spec.taker_fee_ppm;
                cash += is_buy ? -amount : amount;
                cash -= ceil_div(static_cast<Wide>(amount) * rate, 1'000'000);
                held += is_buy ? fill.qty.value() : -fill.qty.value();
            }
            ASSERT_EQ(desk.position(), held);
            const Wide twice_mid = 2 * bid + width;
            const std::int64_t worth =
                floor_div(twice_mid * held * spec.value_num, 2 * Wide{spec.value_den});
            ASSERT_EQ((desk.venue.equity(account_0) - start).value(),
                      static_cast<std::int64_t>(cash) + worth);
        }
        EXPECT_GT(fills.size(), 50U);
    }
}

} // namespace
} // namespace keel::sim
