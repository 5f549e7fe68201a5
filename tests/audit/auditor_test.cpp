#include "audit/auditor.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/audit/scene.hpp"

// For each rule a story in which a broken desk or venue is caught, and the nearest story that is
// right. Every story ends the run only where its rule is about the end.

namespace keel::audit::test {
namespace {

using Story = void (*)(Scene&);
using Sent = Scene::Sent;

struct Row {
    Rule rule;
    Story broken;
    Story right;
    const char* name; // why the broken one is broken
};

// A quote of 10 is filled and hedged with 10.
void one_round(Scene& s) {
    const auto quote = s.send(maker, Side::Buy, 10);
    s.fill(quote, 10);
    const auto cure = s.send(hedge, Side::Sell, 10);
    s.fill(cure, 10, false);
}
void back_again(Scene& s) {
    const auto quote = s.send(maker, Side::Sell, 10);
    s.fill(quote, 10);
    const auto cure = s.send(hedge, Side::Buy, 10);
    s.fill(cure, 10, false);
}

const Row rows[] = {
    {Rule::ExposureWithinLimit, [](Scene& s) { s.fill(s.send(maker, Side::Buy, 41), 41); },
     [](Scene& s) { s.fill(s.send(maker, Side::Buy, 40), 40); }, "the net passes its limit"},
    {Rule::ExposureWithinLimit,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Sell, 30), 30);
         s.fill(s.send(maker, Side::Sell, 11), 11);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Sell, 30), 30);
         s.fill(s.send(hedge, Side::Buy, 30), 30, false);
         s.fill(s.send(maker, Side::Sell, 11), 11);
     },
     "two short sales add up"},
    {Rule::HedgeNotAboveOwed,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.send(hedge, Side::Sell, 10);
         s.send(hedge, Side::Sell, 10);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         const auto first = s.send(hedge, Side::Sell, 10);
         s.fill(first, 4, false);
         s.end(first);
         s.send(hedge, Side::Sell, 6);
     },
     "a second hedge leaves while the first may still fill"},
    {Rule::HedgeNotAboveOwed,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.send(hedge, Side::Sell, 10, /*arrives=*/false);
         s.wait(seconds(1)); // "not found": but it may still be on its way
         s.send(hedge, Side::Sell, 10);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.send(hedge, Side::Sell, 10, /*arrives=*/false);
         s.wait(seconds(3)); // its validity has ended
         s.send(hedge, Side::Sell, 10);
     },
     "not found is taken for dead"},
    {Rule::HedgeNotAboveOwed, [](Scene& s) { s.send(hedge, Side::Buy, 2); },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Sell, 2), 2);
         s.send(hedge, Side::Buy, 2);
     },
     "a hedge of nothing"},
    {Rule::HedgeNotAboveOwed,
     [](Scene& s) {
         one_round(s);
         s.wait(seconds(2));
         s.send(hedge, Sent{.side = Side::Buy, .qty = 10, .reduce_only = true});
     },
     [](Scene& s) {
         one_round(s);
         s.wait(seconds(2));
         s.fill(s.send(maker, Sent{.side = Side::Sell, .qty = 10, .reduce_only = true}), 10, false);
         s.send(hedge, Sent{.side = Side::Buy, .qty = 10, .reduce_only = true});
     },
     "the hedge is closed while what it hedges is held"},
    {Rule::HedgeNeverFlips,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         const auto first = s.send(hedge, Side::Sell, 10);
         const auto second = s.send(hedge, Side::Sell, 10);
         s.fill(first, 10, false);
         s.fill(second, 1, false);
     },
     [](Scene& s) { // the quote's other side pays while the hedge travels: nobody's mistake
         s.fill(s.send(maker, Side::Buy, 10), 10);
         const auto cure = s.send(hedge, Side::Sell, 10);
         s.fill(s.send(maker, Side::Sell, 10), 10);
         s.fill(cure, 10, false);
     },
     "hedged twice"},
    {Rule::HedgedWithinBound,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.wait(milliseconds(5'001));
         s.fill(s.send(hedge, Side::Sell, 10), 10, false);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.wait(seconds(5));
         s.fill(s.send(hedge, Side::Sell, 9), 9, false); // 1 is below the venue's minimum of 2
         s.wait(seconds(60));
     },
     "hedged too late"},
    {Rule::HedgedWithinBound,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.wait(seconds(7));
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         s.wait(seconds(4));
         s.fill(s.send(maker, Side::Sell, 20), 20); // owed the other way from here on
         s.wait(seconds(4));
         s.fill(s.send(hedge, Side::Buy, 10), 10, false);
     },
     "never hedged"},
    {Rule::NoTwoLiveForOneIntent,
     [](Scene& s) {
         s.send(maker, Side::Buy, 10);
         s.send(maker, Side::Buy, 10);
     },
     [](Scene& s) {
         s.end(s.send(maker, Side::Buy, 10));
         s.send(maker, Side::Buy, 10);
         s.send(maker, Side::Sell, 10);
     },
     "a quote beside a resting one"},
    {Rule::NoTwoLiveForOneIntent,
     [](Scene& s) {
         s.send(maker, Side::Buy, 10, /*arrives=*/false);
         s.lease(seconds(100), 2);
         s.send(maker, Sent{.qty = 10, .epoch = 2});
     },
     [](Scene& s) {
         s.send(maker, Side::Buy, 10, /*arrives=*/false);
         s.lease(seconds(100), 2);
         s.wait(milliseconds(2'101));
         s.send(maker, Sent{.qty = 10, .epoch = 2});
     },
     "a restart forgets what is on its way"},
    {Rule::NoTwoLiveForOneIntent,
     [](Scene& s) {
         s.cancel(s.send(maker, Side::Buy, 10));
         s.send(maker, Side::Buy, 10);
     },
     [](Scene& s) {
         const auto first = s.send(maker, Side::Buy, 10);
         s.cancel(first);
         s.hears_cancel(first);
         const auto second = s.send(maker, Side::Buy, 10, /*arrives=*/false);
         s.hears_refusal(second);
         s.send(maker, Side::Buy, 10);
     },
     "a cancel on its way is taken for an end"},
    {Rule::NoResendOfClOrdID,
     [](Scene& s) {
         s.send(maker, Side::Buy, 10, /*arrives=*/false);
         s.send_again(0);
     },
     [](Scene& s) {
         s.hears_refusal(s.send(maker, Side::Buy, 10, /*arrives=*/false));
         s.send(maker, Side::Buy, 10);
     },
     "the same id leaves twice"},
    {Rule::NothingAfterLease,
     [](Scene& s) {
         s.lease(seconds(5));
         s.wait(milliseconds(2'901)); // the venue's clock may be 100 ms behind
         s.send(maker, Side::Buy, 10);
     },
     [](Scene& s) {
         s.lease(seconds(5));
         s.wait(milliseconds(2'900));
         s.send(maker, Side::Buy, 10);
     },
     "its validity outlives the lease"},
    {Rule::NothingAfterLease,
     [](Scene& s) { s.send(maker, Sent{.validity = Timestamp{} - s.now()}); },
     [](Scene& s) { s.send(maker, Sent{.validity = milliseconds(1)}); },
     "it has no validity: that would be for ever"},
    {Rule::NothingAfterLease,
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.lease(seconds(5));
         s.wait(seconds(6));
         s.cancel(quote);
     },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.lease(seconds(5));
         s.wait(seconds(2));
         s.cancel(quote);
     },
     "a cancel of a lapsed owner"},
    {Rule::NothingAfterLease,
     [](Scene& s) {
         s.lease(seconds(100), 2);
         s.send(maker, Sent{.epoch = 1});
     },
     [](Scene& s) {
         s.lease(seconds(100), 2);
         s.send(maker, Sent{.epoch = 2});
     },
     "an order of an older epoch"},
    {Rule::OrderQtyLimit, [](Scene& s) { s.send(maker, Side::Buy, 51); },
     [](Scene& s) { s.send(maker, Side::Buy, 50); }, "too many lots"},
    {Rule::OrderQtyLimit, [](Scene& s) { s.amend(s.send(maker, Side::Buy, 10), 51); },
     [](Scene& s) { s.amend(s.send(maker, Side::Buy, 10), 50); }, "amended to too many lots"},
    {Rule::OrderNotionalLimit,
     [](Scene& s) { s.send(maker, Sent{.side = Side::Sell, .qty = 50, .px = 1'201}); },
     [](Scene& s) { s.send(maker, Sent{.side = Side::Sell, .qty = 50, .px = 1'200}); },
     "worth too much"},
    {Rule::PositionNotionalLimit,
     [](Scene& s) {
         one_round(s);
         s.fill(s.send(maker, Side::Buy, 40), 40);
         s.send(maker, Side::Buy, 31);
     },
     [](Scene& s) {
         one_round(s);
         s.fill(s.send(maker, Side::Buy, 40), 40);
         s.send(maker, Side::Buy, 30);
     },
     "the position would be worth too much"},
    {Rule::PositionNotionalLimit,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 40), 40);
         s.amend(s.send(maker, Side::Buy, 10), 41);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 40), 40);
         const auto quote = s.send(maker, Side::Buy, 10);
         s.fill(quote, 5);
         s.amend(quote, 40); // of these 5 are in the position
     },
     "amended to a position worth too much"},
    {Rule::PriceCollar, [](Scene& s) { s.send(maker, Sent{.px = 1'022}); },
     [](Scene& s) {
         s.send(maker, Sent{.px = 1'020});
         s.quote(maker, 1'099, 1'101);
         s.send(maker, Sent{.side = Side::Sell, .px = 1'122});
     },
     "too far from the market"},
    {Rule::PriceCollar,
     [](Scene& s) {
         s.quote(maker, 1'099, 1'101);
         s.wait(seconds(20));
         s.quote(maker, 999, 1'001);
         s.wait(seconds(1));
         s.send(maker, Sent{.px = 1'110});
     },
     [](Scene& s) {
         s.quote(maker, 1'099, 1'101);
         s.wait(seconds(1));
         s.quote(maker, 999, 1'001);
         s.wait(seconds(1)); // the desk may not have heard yet
         s.send(maker, Sent{.px = 1'110});
     },
     "a price of long ago"},
    {Rule::OrderRateLimit,
     [](Scene& s) {
         for (int i = 0; i < 5; ++i) s.end(s.send(maker, Side::Buy, 1));
     },
     [](Scene& s) {
         for (int i = 0; i < 4; ++i) s.end(s.send(maker, Side::Buy, 1));
         s.fill(s.send(hedge, Side::Buy, 2), 2, false); // hedges do not count
         s.wait(seconds(1));
         for (int i = 0; i < 4; ++i) s.end(s.send(maker, Side::Buy, 1));
     },
     "five orders in a second"},
    {Rule::OrderRateLimit,
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         for (int px = 999; px > 995; --px) s.amend(quote, 10, px);
     },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         for (int px = 999; px > 996; --px) s.amend(quote, 10, px);
         s.amend(quote, 9); // less at the same price is no new risk
     },
     "an order and four amends in a second"},
    {Rule::NotionalPerMinute,
     [](Scene& s) {
         for (int i = 0; i < 5; ++i) {
             s.end(s.send(maker, Side::Buy, 41));
             s.wait(seconds(2));
         }
     },
     [](Scene& s) {
         for (int i = 0; i < 10; ++i) {
             s.end(s.send(maker, Side::Buy, 41));
             s.wait(seconds(15));
         }
     },
     "20.5 in a minute where 20 are allowed"},
    {Rule::NotionalPerMinute,
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 41);
         for (int px = 999; px > 995; --px) {
             s.wait(seconds(2));
             s.amend(quote, 41, px);
         }
     },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 41);
         for (int px = 999; px > 995; --px) {
             s.wait(seconds(20));
             s.amend(quote, 41, px);
         }
     },
     "20.4 in a minute by amends"},
    {Rule::OpenOrdersLimit,
     [](Scene& s) {
         for (int n = 0; n < 4; ++n) s.send(maker, Side::Buy, 1);
     },
     [](Scene& s) {
         for (int n = 0; n < 3; ++n) s.send(maker, Side::Buy, 1);
         s.end(0);
         s.send(maker, Side::Buy, 1);
     },
     "a fourth open order"},
    {Rule::OpenOrdersLimit,
     [](Scene& s) {
         for (int n = 0; n < 4; ++n) s.send(maker, Side::Buy, 1, /*arrives=*/false);
     },
     [](Scene& s) {
         for (int n = 0; n < 3; ++n) s.send(maker, Side::Buy, 1, /*arrives=*/false);
         s.hears_refusal(2);
         s.send(maker, Side::Buy, 1, /*arrives=*/false);
     },
     "a fourth order before the first one has arrived"},
    {Rule::MakerOnlyNeverTakes,
     [](Scene& s) { s.fill(s.send(maker, Sent{.post_only = true}), 1, false); },
     [](Scene& s) {
         s.fill(s.send(maker, Sent{.post_only = true}), 1, true);
         s.fill(s.send(maker, Sent{.side = Side::Sell, .qty = 1, .reduce_only = true}), 1, false);
         s.fill(s.send(hedge, Side::Sell, 2), 2, false);
     },
     "a post-only order takes"},
    {Rule::MakerOnlyNeverTakes, [](Scene& s) { s.fill(s.send(maker, Side::Buy, 10), 1, false); },
     [](Scene& s) { s.fill(s.send(maker, Side::Buy, 10), 1); },
     "a quote that was not sent as post-only takes"},
    {Rule::ReduceOnlyNeverOpens,
     [](Scene& s) {
         one_round(s);
         s.fill(s.send(maker, Sent{.side = Side::Sell, .qty = 11, .reduce_only = true}), 11, false);
     },
     [](Scene& s) {
         one_round(s);
         s.fill(s.send(maker, Sent{.side = Side::Sell, .qty = 11, .reduce_only = true}), 10, false);
     },
     "a reduce-only order flips the position"},
    {Rule::NoOverfill, [](Scene& s) { s.fill(s.send(maker, Side::Buy, 10), 11); },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.amend(quote, 11);
         s.fill(quote, 11);
     },
     "more than was ordered"},
    {Rule::FillsHaveIntents,
     [](Scene& s) {
         sim::TrueFill fill;
         fill.cl_ord_id = ClOrdID::make(1, 1, 77);
         fill.instrument = maker;
         fill.account = AccountIx{0};
         fill.qty = Lots{1};
         fill.px = Ticks{1'000};
         s.auditor.on_fill(fill);
     },
     one_round, "nobody sent this"},
    {Rule::FillsHaveIntents,
     [](Scene& s) {
         s.slip = Ticks{1};
         s.fill(s.send(maker, Side::Buy, 10), 10);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 10);
         const auto quote = s.send(maker, Side::Sell, 10);
         s.amend(quote, 10, 1'001); // and is executed at the price before
         s.slip = Ticks{1};
         s.fill(quote, 10);
     },
     "executed at a price that nobody asked"},
    {Rule::ExpiredNotAccepted,
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10, /*arrives=*/false);
         s.wait(seconds(3));
         s.arrive(quote);
         s.fill(quote, 1);
     },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10, /*arrives=*/false);
         s.wait(seconds(2));
         s.arrive(quote);
         s.wait(seconds(20));
         s.fill(quote, 1);
     },
     "accepted after its validity"},
    {Rule::EquityAddsUp,
     [](Scene& s) {
         s.extra_fee = Money{1};
         one_round(s);
         s.wait(seconds(2));
     },
     [](Scene& s) {
         one_round(s);
         s.wait(seconds(2));
         back_again(s);
         s.wait(seconds(2));
     },
     "one unit of money is missing"},
    {Rule::PositionAddsUp,
     [](Scene& s) {
         one_round(s);
         s.books.move(maker, PositionSide::Net, 1);
         s.wait(seconds(2));
     },
     [](Scene& s) {
         one_round(s);
         s.wait(seconds(2));
     },
     "a position without an execution"},
    {Rule::DeskAgreesWithVenue,
     [](Scene& s) {
         one_round(s);
         back_again(s);
         s.settle(1);
     },
     [](Scene& s) {
         one_round(s);
         back_again(s);
         s.settle();
     },
     "the desk believes in another position"},
    {Rule::DeskAgreesWithVenue, [](Scene& s) { s.settle(0, 1); }, [](Scene& s) { s.settle(); },
     "the desk believes in an order"},
    {Rule::TruthInsideInterval,
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 5);
         s.believes(6, 0, 10);
     },
     [](Scene& s) {
         s.fill(s.send(maker, Side::Buy, 10), 5);
         s.believes(5, 5, 10); // it may know from a claim what no fill has told yet
         s.believes(-3, 0, 5);
     },
     "the truth is outside"},
    {Rule::TruthInsideInterval,
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.fill(quote, 4);
         s.hears_fill(quote, 4);
         s.believes(-10, 0, 10);
     },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.fill(quote, 4);
         s.believes(-10, 0, 10); // not told yet
         s.hears_fill(quote, 4);
         s.hears_fill(quote, 4); // the stream repeats itself
         s.believes(4, 4, 10);
         s.fill(s.send(maker, Side::Sell, 10), 3);
         s.believes(-6, 4, 10);
     },
     "the interval is wide, and leaves out a fill that was told"},
    {Rule::TruthInsideInterval,
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.fill(quote, 4);
         s.hears_fill(quote, 4);
         s.believes(0, 8, 20);
     },
     [](Scene& s) {
         const auto quote = s.send(maker, Side::Buy, 10);
         s.fill(quote, 4);
         s.hears_fill(quote, 4, 1);
         s.fill(quote, 4);
         s.hears_fill(quote, 4, 2);
         s.believes(0, 8, 20);
     },
     "the interval is wide, and a fill counts twice in what is certain"},
    {Rule::EndsFlat,
     [](Scene& s) {
         one_round(s);
         s.settle();
     },
     [](Scene& s) {
         one_round(s);
         back_again(s);
         s.settle();
     },
     "both legs are still on"},
    {Rule::EndsFlat,
     [](Scene& s) {
         s.send(maker, Side::Buy, 10);
         s.settle();
     },
     [](Scene& s) {
         s.end(s.send(maker, Side::Buy, 10));
         s.settle();
     },
     "a quote still rests"},
};

std::string told(const Auditor& auditor) {
    std::string out;
    for (const Violation& v : auditor.log().kept()) {
        out += fmt::format("  {}: {}\n", to_string(v.rule), v.text);
    }
    return out;
}

TEST(Auditor, EveryRuleFiresOnABrokenStoryAndNotOnTheNearestRightOne) {
    for (const Row& row : rows) {
        SCOPED_TRACE(fmt::format("{}: {}", to_string(row.rule), row.name));
        Scene broken;
        row.broken(broken);
        EXPECT_GT(broken.auditor.log().count(row.rule), 0U) << told(broken.auditor);

        Scene right;
        row.right(right);
        EXPECT_EQ(right.auditor.log().count(row.rule), 0U) << told(right.auditor);
    }
}

TEST(Auditor, EveryRuleHasAStory) {
    std::set<Rule> covered{
        Rule::ResidueWithinBound,   Rule::ProtectedWithinBound,
        Rule::NoNeedlessProtection, Rule::NoGhost,
        Rule::NoDuplicateClose,     Rule::NoSizeError,
        Rule::SellsSettledStock,    Rule::BeatsBeforeOrders}; // have their own tests
    for (const Row& row : rows) covered.insert(row.rule);
    EXPECT_EQ(covered.size(), rule_count);
}

// --- positions that are to have a stop ---

AuditorConfig protected_config() {
    AuditorConfig config = usual_config();
    config.groups.clear();
    config.instruments[0].quotes_only_make = false;
    config.instruments[0].price_collar = Bps{2'000 * bps_one};
    config.protections = {{.name = "btc", .instrument = maker, .within = seconds(5)}};
    return config;
}
std::uint32_t stop(Scene& s, std::int64_t qty, std::int64_t trigger, bool arrives = true) {
    return s.send(maker,
                  {.side = Side::Sell,
                   .qty = qty,
                   .px = trigger - 10,
                   .reduce_only = true,
                   .trigger = trigger},
                  arrives);
}
// Ten lots are held, and the desk was told.
void enter(Scene& s, std::int64_t qty = 10) {
    const auto entry = s.send(maker, {.side = Side::Buy, .qty = qty, .tif = TimeInForce::Ioc});
    s.fill(entry, qty, false);
    s.end(entry);
    s.hears_fill(entry, qty);
}

TEST(Protection, APositionIsNotBareForLongerThanItsBound) {
    for (const bool is_late : {false, true}) {
        Scene s{protected_config()};
        enter(s);
        s.wait(is_late ? seconds(7) : seconds(4));
        stop(s, 10, 950);
        s.wait(seconds(20));
        EXPECT_EQ(s.auditor.log().count(Rule::ProtectedWithinBound), is_late ? 1U : 0U);
        EXPECT_GE(s.auditor.protection().tally(0).bare_most, seconds(3));
    }
}

// To the moment: from the execution until the venue has the stop, and again while it has none.
TEST(Protection, ItIsMeasuredHowLongAPositionWasBare) {
    Scene s{protected_config()};
    const auto step = [&] { s.auditor.on_time(s.now()); };
    const auto bare = [&] { return s.auditor.protection().tally(0).bare_most; };
    s.wait(milliseconds(300)); // looks in between are at other times
    enter(s);
    s.wait(milliseconds(120));
    const auto first = stop(s, 10, 950, false);
    s.wait(milliseconds(50)); // it travels
    s.arrive(first);
    step();
    s.wait(seconds(3));
    EXPECT_EQ(bare(), milliseconds(170));
    s.end(first); // by itself
    step();
    s.wait(milliseconds(210));
    stop(s, 10, 950);
    step();
    s.wait(seconds(3));
    EXPECT_EQ(bare(), milliseconds(210));
    s.outside(maker, Side::Buy, 5); // more than it covers
    s.wait(milliseconds(333));
    s.outside(maker, Side::Sell, 5);
    s.wait(seconds(3));
    EXPECT_EQ(bare(), milliseconds(333));
    EXPECT_EQ(s.auditor.log().count(), 0U);
}

TEST(Protection, AStopForAPartOrOneThatHasEndedIsNone) {
    Scene part{protected_config()};
    enter(part);
    stop(part, 9, 950);
    part.wait(seconds(8));
    EXPECT_EQ(part.auditor.log().count(Rule::ProtectedWithinBound), 1U);
    Scene ended{protected_config()};
    enter(ended);
    ended.end(stop(ended, 10, 950));
    ended.wait(seconds(8));
    EXPECT_EQ(ended.auditor.log().count(Rule::ProtectedWithinBound), 1U);
    Scene target{protected_config()}; // a target alone is no stop
    enter(target);
    target.send(maker, {.side = Side::Sell, .qty = 10, .px = 1'050, .reduce_only = true});
    target.wait(seconds(8));
    EXPECT_EQ(target.auditor.log().count(Rule::ProtectedWithinBound), 1U);
}

TEST(Protection, NothingProtectsForLongWhatIsGone) {
    for (const bool is_late : {false, true}) {
        Scene s{protected_config()};
        enter(s);
        const auto first = stop(s, 10, 950);
        const auto second = stop(s, 10, 940);
        s.wait(seconds(1));
        s.fill(first, 10, false);
        s.end(first);
        s.hears_fill(first, 10);
        s.wait(is_late ? seconds(8) : seconds(3));
        s.end(second);
        s.wait(seconds(8));
        EXPECT_EQ(s.auditor.log().count(Rule::NoNeedlessProtection), is_late ? 1U : 0U);
        EXPECT_EQ(s.auditor.protection().tally(0).needless, is_late ? 1U : 0U);
    }
}

TEST(Protection, NothingIsSentToProtectWhatTheDeskWasToldToBeGone) {
    for (const bool is_told : {false, true}) {
        Scene s{protected_config()};
        enter(s);
        const auto first = stop(s, 10, 950);
        s.fill(first, 10, false);
        s.end(first);
        if (is_told) s.hears_fill(first, 10);
        s.end(stop(s, 10, 940)); // crossed it, or a ghost
        EXPECT_EQ(s.auditor.log().count(Rule::NoGhost), is_told ? 1U : 0U);
    }
    // What others did and nobody tells is known once a read of positions must have shown it.
    for (const bool is_long_ago : {false, true}) {
        AuditorConfig config = protected_config();
        config.silence_bound = seconds(10);
        Scene s{config};
        enter(s);
        s.outside(maker, Side::Sell, 10, false);
        s.wait(is_long_ago ? seconds(11) : seconds(5));
        s.end(stop(s, 10, 940));
        EXPECT_EQ(s.auditor.log().count(Rule::NoGhost), is_long_ago ? 1U : 0U);
    }
}

TEST(Protection, CountsWhatClosedAPosition) {
    Scene s{protected_config()};
    const auto closed_by = [&](ClosedBy path) {
        return s.auditor.protection().tally(0).closed[static_cast<std::size_t>(path)];
    };
    const auto filled = [&](std::uint32_t number) {
        s.fill(number, 10, false);
        s.end(number);
        s.hears_fill(number, 10);
    };
    enter(s);
    stop(s, 10, 940); // first the emergency stop, then the stop
    filled(stop(s, 10, 950));
    EXPECT_EQ(closed_by(ClosedBy::Stop), 1U);
    enter(s);
    stop(s, 10, 950);
    filled(stop(s, 10, 940));
    EXPECT_EQ(closed_by(ClosedBy::Emergency), 1U);
    enter(s);
    filled(s.send(maker, {.side = Side::Sell, .qty = 10, .px = 1'010, .reduce_only = true}));
    EXPECT_EQ(closed_by(ClosedBy::Target), 1U);
    enter(s);
    filled(s.send(
        maker,
        {.side = Side::Sell, .qty = 10, .px = 990, .reduce_only = true, .tif = TimeInForce::Ioc}));
    EXPECT_EQ(closed_by(ClosedBy::Desk), 1U);
    using Kind = sim::OutsideAct::Kind;
    for (const auto& [kind, path] : {std::pair{Kind::Manual, ClosedBy::Manual},
                                     {Kind::Liquidation, ClosedBy::Liquidation},
                                     {Kind::Adl, ClosedBy::Deleveraging}}) {
        enter(s);
        s.outside(maker, Side::Sell, 10, false, PositionSide::Net, kind); // told or not
        EXPECT_EQ(closed_by(path), 1U);
    }
    EXPECT_EQ(s.auditor.protection().tally(0).positions, 7U);
}

// A stop is held to its trigger, a target may stand far on its good side.
TEST(Protection, HasACollarOfItsOwn) {
    AuditorConfig config = protected_config();
    config.instruments[0].price_collar = Bps{200 * bps_one};
    const auto told = [&](const Scene::Sent& sent) {
        Scene s{config};
        enter(s);
        s.send(maker, sent);
        return s.auditor.log().count(Rule::PriceCollar);
    };
    EXPECT_EQ(told({.side = Side::Sell, .px = 890, .reduce_only = true, .trigger = 900}), 0U);
    EXPECT_EQ(told({.side = Side::Sell, .px = 870, .reduce_only = true, .trigger = 900}), 1U);
    EXPECT_EQ(told({.side = Side::Sell, .px = 1'200, .reduce_only = true}), 0U);
    EXPECT_EQ(told({.side = Side::Sell, .px = 970, .reduce_only = true}), 1U);
}

// What nobody could sell may be left, where the strategy says so: but not a lot more, no complete
// set, and nothing that a resolved market redeems.
TEST(Auditor, LessThanTheSmallestOrderMayBeLeft) {
    const auto told = [](std::int64_t lots, bool may_be_left, std::int64_t other,
                         std::optional<Ticks> resolved = {}) {
        AuditorConfig config = usual_config();
        config.groups.clear();
        config.instruments[0].min_qty = Lots{5};
        config.instruments[0].leaves_residue = may_be_left;
        config.instruments[0].complement = hedge;
        Scene scene{config};
        const auto quote = scene.send(maker, Side::Buy, 10);
        scene.fill(quote, lots);
        scene.end(quote);
        scene.books.resolved = resolved;
        if (other > 0) {
            const auto second = scene.send(hedge, Side::Buy, 10);
            scene.fill(second, other);
            scene.end(second);
        }
        scene.settle();
        return scene.auditor.log().count(Rule::EndsFlat);
    };
    EXPECT_EQ(told(4, true, 0), 0U);
    EXPECT_EQ(told(5, true, 0), 1U) << "as much as the venue takes";
    EXPECT_EQ(told(4, false, 0), 1U);
    EXPECT_EQ(told(4, true, 3), 2U) << "three complete sets";
    EXPECT_EQ(told(4, true, 0, Ticks{1'000}), 1U) << "to be redeemed";
}

TEST(Auditor, ResidueIsHeldToItsBound) {
    AuditorConfig config = usual_config();
    config.must_end_flat = false;
    config.groups[0].residue_max = Units{4};
    config.instruments[1].min_notional = Money{money_one / 2}; // 6 lots at 999 less the leeway
    for (const auto& [lots, violations] : {std::pair{5, 1U}, std::pair{4, 0U}}) {
        Scene scene{config};
        scene.fill(scene.send(maker, Side::Buy, lots), lots);
        scene.settle();
        EXPECT_EQ(scene.auditor.log().count(Rule::ResidueWithinBound), violations);
        EXPECT_EQ(scene.auditor.log().count(Rule::EndsFlat), 0U);
        EXPECT_EQ(scene.auditor.exposure().residue(GroupIx{0}), Units{lots});
        EXPECT_EQ(scene.auditor.exposure().open_obligation(GroupIx{0}), Lots{0});
    }
}

TEST(Auditor, AQuietDayHasNoViolationAndItsFiguresAddUp) {
    Scene scene;
    for (int round = 0; round < 50; ++round) {
        const auto quote = scene.send(maker, Side::Buy, 10);
        scene.wait(milliseconds(400));
        scene.cancel(quote);
        scene.fill(quote, 6);
        scene.wait(milliseconds(100));
        const auto first = scene.send(hedge, Side::Sell, 6);
        scene.fill(first, 2, false);
        scene.end(first);
        scene.wait(milliseconds(300));
        scene.fill(scene.send(hedge, Side::Sell, 4), 4, false);
        scene.end(quote);
        scene.wait(seconds(2));
        back_again(scene);
        scene.fill(scene.send(maker, Sent{.side = Side::Buy, .qty = 4, .reduce_only = true}), 4,
                   false);
        scene.fill(scene.send(hedge, Sent{.side = Side::Sell, .qty = 4, .reduce_only = true}), 4,
                   false);
        scene.wait(seconds(10));
    }
    scene.settle();
    EXPECT_EQ(scene.auditor.log().count(), 0U) << told(scene.auditor);

    const Tally tally = scene.auditor.tally();
    EXPECT_EQ(tally.fills.maker, 100U);
    EXPECT_EQ(tally.fills.hedge, 150U);
    EXPECT_EQ(tally.fills.other, 100U); // closes at either venue
    EXPECT_EQ(tally.fills_while_cancel_pending, 50U);
    EXPECT_EQ(tally.hedges_partly_filled, 50U);
    EXPECT_EQ(scene.auditor.exposure().worst(GroupIx{0}), Units{10});
    EXPECT_EQ(scene.auditor.exposure().net(GroupIx{0}), Units{0});
    EXPECT_EQ(scene.auditor.exposure().unhedged().most, milliseconds(400));
    EXPECT_EQ(tally.by_group[0].hedge, 150U);
    EXPECT_EQ(scene.auditor.equity().pnl(AccountIx{0}), scene.books.equities[0]);
    EXPECT_EQ(scene.auditor.equity().pnl(AccountIx{1}), scene.books.equities[1]);
}

TEST(Auditor, NamesEachRuleOnce) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < rule_count; ++i) names.insert(to_string(static_cast<Rule>(i)));
    EXPECT_EQ(names.size(), rule_count);
}

TEST(Auditor, KeepsTheFirstTextsAndCountsAll) {
    AuditorConfig config = usual_config();
    config.violations_kept = 2;
    Scene scene{config};
    for (int i = 0; i < 5; ++i) scene.settle(1);
    EXPECT_EQ(scene.auditor.log().kept().size(), 2U);
    EXPECT_EQ(scene.auditor.log().count(), 5U);
}

} // namespace
} // namespace keel::audit::test
