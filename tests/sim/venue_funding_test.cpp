#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/sim/venue_harness.hpp"

// Funding: what a venue says of it, and what a settlement does to an account.

namespace keel::sim {
namespace {

constexpr Duration every = seconds(10);
constexpr Timestamp start{seconds(5).value()};

// Always the same rate, on BTC alone.
VenueConfig funded(std::int64_t rate_ppm) {
    VenueConfig config = test_config();
    config.instruments[0].funding = {.every = every, .mean = Bps{rate_ppm}};
    return config;
}

// The market begins at `start`, at 100 to 110; one lot at the mid is worth 10,500,000 units.
Desk holding(std::int64_t lots, const VenueConfig& config,
             const FaultProfile& faults = no_faults()) {
    Desk desk{config, faults};
    desk.run_until(start);
    desk.quote(btc, 100, 50, 110, 50);
    if (lots > 0) desk.place(Side::Buy, 110, lots, TimeInForce::Ioc);
    if (lots < 0) desk.place(Side::Sell, 100, -lots, TimeInForce::Ioc);
    return desk;
}

std::vector<Desk::Heard> signals(const Desk& desk) {
    std::vector<Desk::Heard> out;
    for (const Desk::Heard& one : desk.heard) {
        if (std::holds_alternative<Signal>(one.body)) out.push_back(one);
    }
    return out;
}

TEST(Funding, TheRateIsToldAnIntervalBeforeItIsSettled) {
    Desk desk = holding(0, funded(-125));
    desk.run_until(start + every + milliseconds(2));
    ASSERT_EQ(signals(desk).size(), 1U);
    EXPECT_EQ(signals(desk)[0].at, start + milliseconds(3));
    const auto first = std::get<Signal>(signals(desk)[0].body);
    EXPECT_EQ(first.instrument, btc);
    EXPECT_EQ(first.kind, SignalKind::Funding);
    EXPECT_EQ(first.id, 1U);
    EXPECT_EQ(first.value, -125);
    EXPECT_EQ(first.valid_until, start + every);
    desk.run(milliseconds(1));
    ASSERT_EQ(signals(desk).size(), 2U);
    const auto second = std::get<Signal>(signals(desk)[1].body);
    EXPECT_EQ(second.id, 2U);
    EXPECT_EQ(second.valid_until, start + every + every);
}

TEST(Funding, WithoutAMidThereIsNone) {
    Desk desk{funded(100)};
    desk.run_until(start);
    desk.quote(btc, 100, 50, 0, 0);
    desk.quote(eth, 100, 50, 110, 50); // has none of its own
    desk.run(every + every);
    EXPECT_TRUE(signals(desk).empty());
    EXPECT_TRUE(desk.venue.new_funding().empty());
    desk.quote(btc, 0, 0, 110, 50); // the bid of before stays the mark
    const Timestamp began = desk.now;
    desk.run(every);
    ASSERT_EQ(desk.venue.new_funding().size(), 1U);
    EXPECT_EQ(desk.venue.new_funding()[0].at, began + every);
    EXPECT_EQ(desk.venue.new_funding()[0].instrument, btc);
}

struct Row {
    std::int64_t lots;
    std::int64_t rate_ppm;
    std::int64_t paid; // rounded up: 7 lots at 3e-6 are worth 220.5 units
};
class Settlement : public testing::TestWithParam<Row> {};

TEST_P(Settlement, IsOfWhatIsHeldAtTheMidAndRoundedAgainstTheAccount) {
    const Row row = GetParam();
    Desk desk = holding(row.lots, funded(row.rate_ppm));
    desk.run_until(start + every - nanoseconds(1));
    const Money before = desk.venue.equity(account_0);
    EXPECT_TRUE(desk.venue.new_funding().empty());
    desk.run(nanoseconds(1));
    EXPECT_EQ(desk.venue.equity(account_0), before - Money{row.paid});
    ASSERT_EQ(desk.venue.new_funding().size(), 1U);
    const TrueFunding told = desk.venue.new_funding()[0];
    EXPECT_EQ(told.at, start + every);
    EXPECT_EQ(told.instrument, btc);
    EXPECT_EQ(told.account, account_0);
    EXPECT_EQ(told.rate_ppm, row.rate_ppm);
    EXPECT_EQ(told.paid, Money{row.paid});
    desk.run(every);
    EXPECT_EQ(desk.venue.equity(account_0), before - Money{row.paid} * 2);
    EXPECT_EQ(desk.position(), row.lots);
}

INSTANTIATE_TEST_SUITE_P(Table, Settlement,
                         testing::Values(Row{7, 3, 221}, Row{-7, 3, -220}, Row{7, -3, -220},
                                         Row{-7, -3, 221}, Row{4, 100, 4'200}, Row{7, 0, 0},
                                         Row{0, 3, 0}));

// (2^40 - 1 lots) x (2^40 - 1/2 ticks) x (2^34 - 1) / 10^16 x 90'001 / 10^6, rounded up: the
// product passes 128 bits, though what is held fits in Money.
TEST(Funding, OfAGreatPositionIsExact) {
    VenueConfig config = funded(90'001);
    Instrument draft = test_instrument("BTC");
    draft.tick_size = Decimal{(std::int64_t{1} << 34) - 1, 12};
    draft.lot_size = Decimal{1, 12};
    config.instruments[0].spec = *make_instrument(draft);
    const std::int64_t most = std::int64_t{1} << 40;
    Desk desk{config};
    desk.quote(btc, most - 1, 1, most, 1);
    desk.venue.on_outside({.instrument = btc, .side = Side::Buy, .qty = Lots{most - 1}}, desk.now);
    desk.run(every);
    ASSERT_EQ(desk.venue.new_funding().size(), 1U);
    EXPECT_EQ(desk.venue.new_funding()[0].paid, Money{186'924'763'814'861'745});
}

TEST(Funding, AReadShowsItFromItsMomentOn) {
    VenueConfig config = funded(100);
    config.read_lag = {milliseconds(100), milliseconds(100)};
    Desk desk = holding(4, config, only(FaultKind::StaleRead));
    desk.run_until(start + every + milliseconds(20));
    desk.venue.send(desk.read_of(RequestKind::ReadBalances), desk.now); // arrives 30 ms later
    desk.run(milliseconds(80));
    desk.venue.send(desk.read_of(RequestKind::ReadBalances), desk.now);
    desk.venue.send(desk.read_of(RequestKind::ReadFills), desk.now);
    desk.run(milliseconds(80));
    const auto balances = desk.all<BalanceReport>();
    ASSERT_EQ(balances.size(), 2U);
    EXPECT_EQ(balances[0].equity - Money{4'200}, balances[1].equity);
    EXPECT_EQ(balances[1].equity, desk.venue.equity(account_0));
    EXPECT_EQ(desk.reports(ExecType::Trade, ReportSource::Read).size(), 1U) << "it is no fill";
}

TEST(Funding, IsOfOneInstrumentAndItsAccount) {
    VenueConfig config = funded(100);
    config.instruments[1].account = AccountIx{1};
    config.accounts.push_back({AccountIx{1}, Money{money_one}});
    Desk desk = holding(4, config);
    const Money before = desk.venue.equity(account_0);
    desk.run(every);
    EXPECT_EQ(desk.venue.equity(account_0), before - Money{4'200});
    EXPECT_EQ(desk.venue.equity(AccountIx{1}), Money{money_one});
}

TEST(Funding, IsToldAgainAfterAReconnectUnderItsNumber) {
    Desk desk = holding(0, funded(100), only(FaultKind::Drop));
    desk.run(seconds(1));
    EXPECT_TRUE(signals(desk).empty()) << "it is lost like other market data";
    desk.venue.disconnect(desk.now);
    desk.run(seconds(1));
    desk.venue.connect(desk.now);
    desk.run(seconds(1));
    ASSERT_EQ(signals(desk).size(), 1U) << "what is told again is told for sure";
    EXPECT_EQ(std::get<Signal>(signals(desk)[0].body).id, 1U);
    EXPECT_EQ(std::get<Signal>(signals(desk)[0].body).valid_until, start + every);
    // Nobody hears of the next, but it is settled, and the one after is what is so then.
    desk.venue.disconnect(desk.now);
    desk.run(every);
    desk.venue.connect(desk.now);
    desk.run(seconds(1));
    ASSERT_EQ(signals(desk).size(), 2U);
    EXPECT_EQ(std::get<Signal>(signals(desk)[1].body).id, 2U);
    EXPECT_EQ(desk.venue.new_funding().size(), 1U);
}

TEST(Funding, MayComeLate) {
    FaultProfile slow = only(FaultKind::Slow);
    slow.slow_factor_max = 2;
    Desk desk = holding(0, funded(100), slow);
    desk.run(seconds(1));
    ASSERT_EQ(signals(desk).size(), 1U);
    EXPECT_EQ(signals(desk)[0].at, start + milliseconds(6));
}

std::vector<std::int64_t> rates_of(const FundingTerms& terms, std::uint64_t seed, int count) {
    VenueConfig config = test_config();
    for (SimInstrument& one : config.instruments) one.funding = terms;
    Desk desk{config, no_faults(), seed};
    desk.quote(btc, 100, 50, 110, 50);
    desk.run(terms.every * count);
    std::vector<std::int64_t> out;
    for (const TrueFunding& one : desk.venue.new_funding()) out.push_back(one.rate_ppm);
    return out;
}

TEST(Funding, RatesAreOfTheSeedAndRevertToTheirMean) {
    const FundingTerms terms{
        .every = every, .mean = Bps{125}, .spread = Bps{300}, .half_life = every * 8};
    const auto rates = rates_of(terms, 1, 20'000);
    ASSERT_EQ(rates.size(), 20'000U);
    EXPECT_EQ(rates, rates_of(terms, 1, 20'000));
    EXPECT_NE(rates, rates_of(terms, 2, 20'000));
    std::int64_t sum = 0;
    int outside = 0;
    std::int64_t steps = 0;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        sum += rates[i];
        outside += rates[i] < -175 || rates[i] > 425 ? 1 : 0;
        if (i > 0) steps += std::abs(rates[i] - rates[i - 1]);
    }
    const auto count = static_cast<std::int64_t>(rates.size());
    const std::int64_t mean = sum / count;
    EXPECT_NEAR(static_cast<double>(mean), 125.0, 20.0);
    EXPECT_NEAR(outside, 400, 200); // 2 % of 20,000
    // A deviation of 129, of which a step of a half-life's eighth moves 0.4: 41 on average.
    const std::int64_t step = steps / count;
    EXPECT_NEAR(static_cast<double>(step), 41.0, 4.0);
}

TEST(Funding, EachInstrumentHasItsOwnChance) {
    VenueConfig config = test_config();
    for (SimInstrument& one : config.instruments) {
        one.funding = {.every = every, .mean = {}, .spread = Bps{1'000}};
    }
    Desk desk{config};
    desk.quote(btc, 100, 50, 110, 50);
    desk.quote(eth, 100, 50, 110, 50);
    desk.run(seconds(1));
    ASSERT_EQ(signals(desk).size(), 2U);
    EXPECT_NE(std::get<Signal>(signals(desk)[0].body).value,
              std::get<Signal>(signals(desk)[1].body).value);
}

TEST(Funding, AnExplorerTellsItsStatesApart) {
    const std::array<Timestamp, 1> from{};
    const auto hash_of = [&](Desk& desk) {
        return desk.venue.decision_hash({.now = desk.now, .from = from, .waiting = {}});
    };
    Desk plain = holding(0, funded(100));
    Desk other_rate = holding(0, funded(101));
    EXPECT_NE(hash_of(plain), hash_of(other_rate));
    Desk later_on = holding(0, funded(100));
    plain.run(seconds(1));
    later_on.run(seconds(2));
    EXPECT_NE(hash_of(plain), hash_of(later_on)) << "the settlement is nearer";
    Desk long_ago = holding(0, funded(100));
    long_ago.run(seconds(1));
    EXPECT_EQ(hash_of(plain), hash_of(long_ago));
}

TEST(Funding, TermsAreHeldToWhatTheProcessCanDo) {
    EXPECT_TRUE(check(FundingTerms{}).has_value());
    EXPECT_TRUE(check(FundingTerms{.every = seconds(1), .half_life = seconds(1)}).has_value());
    EXPECT_FALSE(check(FundingTerms{.every = milliseconds(999)}).has_value());
    EXPECT_FALSE(check(FundingTerms{.every = seconds(2), .half_life = seconds(1)}).has_value());
    EXPECT_FALSE(check(FundingTerms{.every = every, .mean = Bps{60'000}, .spread = Bps{50'000}})
                     .has_value());
}

} // namespace
} // namespace keel::sim
