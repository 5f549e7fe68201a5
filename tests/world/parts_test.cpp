#include <gtest/gtest.h>

#include "world/crash_plan.hpp"
#include "world/lease.hpp"
#include "world/market_feed.hpp"

namespace keel::world::test {
namespace {

// --- the lease ---

TEST(LeaseArbiter, GivesEachLifeALargerEpoch) {
    LeaseArbiter lease{LeaseTerms{}, 5};
    const Timestamp t{1'000};
    EXPECT_EQ(lease.take(t), 5U);
    EXPECT_EQ(lease.until(), t + seconds(5));
    EXPECT_EQ(lease.next_at(), t + seconds(1));
    lease.renew(t + seconds(1));
    EXPECT_EQ(lease.epoch(), 5U);
    EXPECT_EQ(lease.until(), t + seconds(6));
    lease.release();
    EXPECT_EQ(lease.next_at(), never);
    EXPECT_EQ(lease.take(t + seconds(9)), 6U);
    EXPECT_EQ(lease.until(), t + seconds(14));
}

// --- crashes ---

sim::FaultProfile crashing(std::uint32_t per_hour) {
    sim::FaultProfile faults;
    faults.crashes_per_hour = per_hour;
    return faults;
}

TEST(CrashPlan, StrikesAtLeastOnceAndAsOftenAsItsProfileSays) {
    const Timestamp start{seconds(100).value()};
    std::uint64_t short_runs = 0;
    std::uint64_t hours = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        for (auto [plan, count] :
             {std::pair{CrashPlan{crashing(2), seed, start, seconds(60)}, &short_runs},
              std::pair{CrashPlan{crashing(2), seed, start, seconds(3'600)}, &hours}}) {
            Timestamp last = start;
            ASSERT_FALSE(plan.is_empty());
            while (plan.next_at() < never) {
                const Timestamp now = plan.next_at();
                ASSERT_GT(now, last);
                const CrashPlan::Crash crash = plan.strike(now);
                ASSERT_GE(crash.downtime, milliseconds(200));
                ASSERT_LE(crash.downtime, seconds(10));
                ASSERT_LE(crash.lost_tail, 20U);
                last = now + crash.downtime;
                ++*count;
            }
        }
    }
    EXPECT_NEAR(static_cast<double>(short_runs), 600, 60); // one, and one more half of the time
    EXPECT_NEAR(static_cast<double>(hours), 1'000, 60);    // two, and one more half of the time
}

TEST(CrashPlan, NeverStrikesInACalmWorld) {
    EXPECT_EQ((CrashPlan{crashing(0), 1, Timestamp{}, seconds(3'600)}.next_at()), never);
}

TEST(CrashPlan, IsTheSameForTheSameSeed) {
    CrashPlan a{crashing(3), 9, Timestamp{}, seconds(3'600)};
    CrashPlan b{crashing(3), 9, Timestamp{}, seconds(3'600)};
    while (a.next_at() < never) {
        ASSERT_EQ(a.next_at(), b.next_at());
        const auto left = a.strike(a.next_at());
        const auto right = b.strike(b.next_at());
        ASSERT_EQ(left.downtime, right.downtime);
        ASSERT_EQ(left.lost_tail, right.lost_tail);
    }
}

// --- the market in the instruments' own units ---

Instrument instrument(Decimal tick, Decimal lot, PriceRule rule = PriceRule::Tick) {
    Instrument draft;
    draft.symbol = "X";
    draft.tick_size = tick;
    draft.lot_size = lot;
    draft.price_rule = rule;
    const auto out = make_instrument(draft);
    KEEL_ASSERT(out.has_value(), "the tests' instruments are good");
    return *out;
}

constexpr std::int64_t one = sim::market_one;

TEST(UnitConverter, RoundsABookOutwardsAndQuantitiesDown) {
    const UnitConverter units{InstrumentIx{3}, instrument({1, 0}, {1, 3})};
    const auto move = units.move(sim::MarketUpdate::quote(Timestamp{5}, 0, 61'800 * one + one / 2,
                                                          2 * one + 123'456, 61'801 * one + 1, 99));
    EXPECT_EQ(move.instrument, InstrumentIx{3});
    EXPECT_FALSE(move.is_trade);
    EXPECT_EQ(move.bid_px, Ticks{61'800});
    EXPECT_EQ(move.ask_px, Ticks{61'802});
    EXPECT_EQ(move.bid_qty, Lots{2'001});
    EXPECT_EQ(move.ask_qty, Lots{1}); // less than a lot, but somebody
}

TEST(UnitConverter, AnEmptySideStaysEmpty) {
    const UnitConverter units{InstrumentIx{0}, instrument({1, 1}, {1, 3})};
    const auto move = units.move(sim::MarketUpdate::quote(Timestamp{}, 0, 0, 0, 10 * one, 0));
    EXPECT_EQ(move.bid_px, Ticks{0});
    EXPECT_EQ(move.bid_qty, Lots{0});
    EXPECT_EQ(move.ask_px, Ticks{100});
    EXPECT_EQ(move.ask_qty, Lots{0});
}

TEST(UnitConverter, ATradePrintsWhereTheBookStands) {
    const UnitConverter units{InstrumentIx{0}, instrument({1, 0}, {1, 3})};
    const std::int64_t px = 100 * one + 1;
    const auto bought = units.move(sim::MarketUpdate::trade(Timestamp{}, 0, Side::Buy, px, one));
    EXPECT_TRUE(bought.is_trade);
    EXPECT_EQ(bought.aggressor, Side::Buy);
    EXPECT_EQ(bought.px, Ticks{101});
    EXPECT_EQ(bought.qty, Lots{1'000});
    const auto sold = units.move(sim::MarketUpdate::trade(Timestamp{}, 0, Side::Sell, px, one));
    EXPECT_EQ(sold.px, Ticks{100});
}

TEST(UnitConverter, KeepsToFiveSignificantDigits) {
    const UnitConverter units{InstrumentIx{0},
                              instrument({1, 2}, {1, 4}, PriceRule::FiveSignificantDigits)};
    const auto move = units.move(sim::MarketUpdate::quote(
        Timestamp{}, 0, 2'512'347'000'00, one, 2'512'353'000'00, one)); // 2512.347, 2512.353
    EXPECT_EQ(move.bid_px, Ticks{251'230});
    EXPECT_EQ(move.ask_px, Ticks{251'240});
}

TEST(UnitConverter, TicksFinerThanTheMarketsUnitAreExact) {
    const UnitConverter units{InstrumentIx{0}, instrument({25, 10}, {1, 9})};
    const auto move = units.move(sim::MarketUpdate::quote(Timestamp{}, 0, 7, 3, 8, 3));
    EXPECT_EQ(move.bid_px, Ticks{28}); // 7e-8 / 25e-10
    EXPECT_EQ(move.ask_px, Ticks{32});
    EXPECT_EQ(move.bid_qty, Lots{30});
}

// Plays a list.
class ListSource {
public:
    struct State {
        std::uint64_t next = 0;
    };
    explicit ListSource(std::vector<sim::MarketUpdate> rows) : rows_(std::move(rows)) {}
    std::optional<sim::MarketUpdate> next() {
        if (at_.next == rows_.size()) return std::nullopt;
        return rows_[at_.next++];
    }
    [[nodiscard]] State state() const { return at_; }
    void restore(State state) { at_ = state; }

private:
    std::vector<sim::MarketUpdate> rows_;
    State at_;
};

TEST(SourceFeed, MovesEachFollowerOfAStreamAndSkipsTheOthers) {
    const auto quote = [](std::int64_t at, std::uint32_t stream) {
        return sim::MarketUpdate::quote(Timestamp{at}, stream, 10 * one, one, 11 * one, one);
    };
    const Instrument spec = instrument({1, 0}, {1, 0});
    MarketFeed feed = make_feed(
        ListSource{{quote(0, 2), quote(10, 1), quote(20, 0), quote(30, 1)}},
        {{1, InstrumentIx{4}, spec}, {0, InstrumentIx{5}, spec}, {1, InstrumentIx{6}, spec}},
        Timestamp{1'000});
    std::vector<std::pair<std::int64_t, std::uint32_t>> seen;
    while (feed.next_at() < never) {
        const Timestamp at = feed.next_at();
        seen.emplace_back(at.ns(), feed.next().instrument.value());
    }
    EXPECT_EQ(seen, (std::vector<std::pair<std::int64_t, std::uint32_t>>{
                        {1'010, 4}, {1'010, 6}, {1'020, 5}, {1'030, 4}, {1'030, 6}}));
}

} // namespace
} // namespace keel::world::test
