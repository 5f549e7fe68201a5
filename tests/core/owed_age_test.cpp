#include "base/rng.hpp"
#include "tests/core/desk_fixture.hpp"

// The age of what is owed is that of its oldest part: hedges pay the oldest first. A busy desk that
// is never flat and pays everything in time is not late; one that never pays a part is.

namespace keel::core {
namespace {

using namespace script;

// Fills and hedges by hand: the hedger itself never has a book.
struct Busy {
    Busy()
        : s([] {
              strategy::DeskConfig config = two_venues();
              config.engine.groups[0].exposure_limit = Units{100'000};
              config.engine.groups[0].hedged_within = seconds(5);
              config.engine.groups[0].hedge_retry = seconds(3'600);
              for (InstrumentConfig& one : config.engine.instruments) {
                  one.limits.max_order_notional = Money{10'000'000 * money_one};
                  one.limits.max_position_notional = Money{100'000'000 * money_one};
                  one.limits.stale_mark = seconds(3'600);
              }
              config.engine.accounts[0].limits.max_notional_per_minute =
                  Money{100'000'000 * money_one};
              return config;
          }()) {
        s.start();
        for (std::uint32_t a = 0; a < 2; ++a) s.balance(AccountIx{a}, 10'000'000, 10'000'000);
        s.book(hedge, 0, 0);
        quote = s.quote(Side::Buy, par - 5, 5'000);
        s.ack(quote);
        s.book(hedge, par - 1, par + 1);
        s.pass_ms(10);
    }
    void bought(std::int64_t qty) {
        s.book(hedge, 0, 0);
        s.fill(quote, qty, ++exec);
        s.book(hedge, par - 1, par + 1);
    }
    void hedged(std::int64_t qty) {
        const ClOrdID h = s.place(hedge_draft(Side::Sell, par - 2, qty));
        s.fill(h, qty, ++exec);
        s.expired(h, qty);
    }
    [[nodiscard]] Timestamp oldest() const { return s.engine().group(group).owed_since; }
    Script s;
    ClOrdID quote;
    std::uint64_t exec = 0;
};

TEST(OwedAge, OverlappingPartsThatAreEachPaidInTimeAreNotLate) {
    Busy b;
    b.bought(3);
    for (int n = 0; n < 60; ++n) { // the next comes 200 ms before the last is paid
        b.s.pass_ms(800);
        b.bought(3);
        b.s.pass_ms(200);
        b.hedged(3);
        ASSERT_GT(b.s.engine().certain(group), Units{0}) << "never flat";
        ASSERT_EQ(b.s.alarms(AlarmKind::HedgeOverdue), 0U) << "after " << n << " s";
    }
}

TEST(OwedAge, PartThatIsNeverPaidIsLateInTime) {
    Busy b;
    b.bought(3);
    const Timestamp since = b.s.now;
    b.s.pass_ms(1'000);
    for (int n = 0; n < 3; ++n) { // more comes, and none is paid
        b.bought(1);
        b.s.pass_ms(1'000);
    }
    EXPECT_EQ(b.oldest(), since);
    EXPECT_EQ(b.s.alarms(AlarmKind::HedgeOverdue), 0U);
    b.s.pass_ms(1'000);
    EXPECT_EQ(b.s.alarms(AlarmKind::HedgeOverdue), 1U) << "five seconds after the first";
}

// Paid in part only, for ever: the rest of the first grows old, and then the next.
TEST(OwedAge, PartPaymentsPayTheOldestFirst) {
    Busy b;
    b.bought(4);
    const Timestamp first = b.s.now;
    b.s.pass_ms(2'000);
    b.bought(4);
    const Timestamp second = b.s.now;
    b.hedged(3);
    EXPECT_EQ(b.oldest(), first) << "one lot of it is left";
    b.hedged(1);
    EXPECT_EQ(b.oldest(), second);
    b.s.pass(seconds(4));
    EXPECT_EQ(b.s.alarms(AlarmKind::HedgeOverdue), 0U);
    b.s.pass(seconds(1));
    EXPECT_EQ(b.s.alarms(AlarmKind::HedgeOverdue), 1U);
    b.hedged(4);
    EXPECT_EQ(b.oldest(), Timestamp{});
}

// However many parts there are, the age told is never below the truth, and not much above it.
TEST(OwedAge, IsNeverYoungerThanTheTruth) {
    Busy b;
    std::vector<std::pair<std::int64_t, Timestamp>> parts; // the truth, oldest first
    Rng rng{11};
    std::int64_t owed = 0;
    for (int n = 0; n < 2'000; ++n) {
        b.s.pass_ms(static_cast<std::int64_t>(rng.below(120)));
        if (owed < 4 || rng.below(2) == 0) {
            const auto qty = static_cast<std::int64_t>(1 + rng.below(2));
            b.bought(qty);
            parts.emplace_back(qty, b.s.now);
            owed += qty;
        } else {
            auto qty = static_cast<std::int64_t>(1 + rng.below(3));
            b.hedged(qty);
            owed -= qty;
            while (qty > 0) {
                const std::int64_t paid = std::min(qty, parts.front().first);
                parts.front().first -= paid;
                qty -= paid;
                if (parts.front().first == 0) parts.erase(parts.begin());
            }
        }
        ASSERT_EQ(b.s.engine().certain(group), Units{owed});
        ASSERT_LE(b.oldest(), parts.front().second) << "step " << n;
        ASSERT_GE(b.oldest() + seconds(2), parts.front().second) << "step " << n;
        b.s.forget();
    }
}

// A residue is owed for as long as it takes; what makes it hedgeable begins an age of its own.
TEST(OwedAge, ResidueHasNone) {
    strategy::DeskConfig config = two_venues();
    config.engine.instruments[1].instrument.min_qty = Lots{4};
    config.engine.groups[0].hedged_within = seconds(5);
    config.engine.groups[0].residue_max = Units{5};
    Script s{config};
    s.start();
    const ClOrdID q = s.quote(Side::Buy, par - 5, 8);
    s.fill(q, 2, 1);
    s.pass(seconds(60));
    s.book(hedge, 0, 0);
    s.fill(q, 2, 2);
    EXPECT_EQ(s.engine().group(group).owed_since, s.now);
    EXPECT_EQ(s.alarms(AlarmKind::HedgeOverdue), 0U);
}

// A hedge met nobody, and its retry is an hour off. Then a larger fill the other way comes.
TEST(OwedTheOtherWay, IsHedgedAtOnceThoughItIsLess) {
    strategy::DeskConfig config = two_venues();
    config.engine.groups[0].exposure_limit = Units{30};
    config.engine.groups[0].hedge_retry = seconds(3'600);
    Script s{config};
    s.start();
    const ClOrdID bid = s.quote(Side::Buy, par - 5, 10);
    s.ack(bid);
    const ClOrdID ask = s.quote(Side::Sell, par + 5, 14);
    s.ack(ask);
    s.fill(bid, 10, 1);
    const ClOrdID first = s.last_id(); // its hedge
    ASSERT_EQ(s.order(first).side, Side::Sell);
    s.expired(first, 0);
    s.forget();
    s.fill(ask, 14, 2);
    const auto hedges = s.all<NewOrderSingle>();
    ASSERT_EQ(hedges.size(), 1U);
    EXPECT_EQ(hedges[0].side, Side::Buy);
    EXPECT_EQ(hedges[0].qty, Lots{4});
}

} // namespace
} // namespace keel::core
