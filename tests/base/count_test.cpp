#include "base/count.hpp"

#include <cstdint>
#include <type_traits>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "base/time.hpp"

namespace keel {
namespace {

using Apples = Count<struct ApplesTag>;
using Pears = Count<struct PearsTag>;

static_assert(Addable<Apples, Apples>);
static_assert(!Addable<Apples, Pears>);
static_assert(!Addable<Apples, int>);
static_assert(!std::is_convertible_v<int, Apples>);
static_assert(!std::is_convertible_v<Apples, std::int64_t>);
static_assert(!std::is_constructible_v<Apples, double>);
static_assert(!std::is_constructible_v<Apples, float>);
static_assert(!std::is_constructible_v<Apples, Pears>);
template <class A, class B>
concept Multiplies = requires(A a, B b) { a* b; };
template <class A, class B>
concept Divides = requires(A a, B b) { a / b; };
static_assert(Multiplies<Apples, std::int64_t> && Divides<Apples, std::int64_t>);
static_assert(!Multiplies<Apples, double> && !Divides<Apples, double>);
static_assert(!Multiplies<Apples, float> && !Multiplies<Apples, Apples>);
static_assert(std::has_unique_object_representations_v<Apples>);

constexpr Apples most{INT64_MAX};
constexpr Apples least{INT64_MIN};

TEST(Count, AddsAndSubtractsWithinItsUnit) {
    EXPECT_EQ(Apples{2} + Apples{3}, Apples{5});
    EXPECT_EQ(Apples{2} - Apples{3}, Apples{-1});
    EXPECT_EQ(Apples{-7} * 3, Apples{-21});
    EXPECT_EQ(-Apples{7}, Apples{-7});
    Apples sum;
    sum += Apples{4};
    sum -= Apples{1};
    EXPECT_EQ(sum, Apples{3});
    EXPECT_EQ(most - most, Apples{0});
    EXPECT_EQ(least + most, Apples{-1});
}

TEST(Count, DivisionIsTowardsZero) {
    EXPECT_EQ(Apples{7} / 2, Apples{3});
    EXPECT_EQ(Apples{-7} / 2, Apples{-3});
}

TEST(Count, OrdersAndPicks) {
    EXPECT_LT(Apples{-1}, Apples{0});
    EXPECT_EQ(min(Apples{3}, Apples{2}), Apples{2});
    EXPECT_EQ(max(Apples{3}, Apples{2}), Apples{3});
    EXPECT_EQ(abs(Apples{-4}), Apples{4});
    EXPECT_EQ(abs(Apples{4}), Apples{4});
}

TEST(Count, TakesAnyIntegerThatFits) {
    EXPECT_EQ(Apples{std::uint64_t{INT64_MAX}}, most);
    EXPECT_EQ(Apples{std::uint8_t{200}}, Apples{200});
    EXPECT_EQ(Apples{std::int8_t{-3}}, Apples{-3});
}

using CountDeathTest = testing::Test;

TEST(CountDeathTest, EveryOverflowStopsTheProcessWithItsRule) {
    EXPECT_DEATH(static_cast<void>(most + Apples{1}), "a sum of counts fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(least + Apples{-1}), "a sum of counts fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(least - Apples{1}), "a difference of counts fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(-least), "a difference of counts fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(abs(least)), "a difference of counts fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(most * 2), "a multiple of a count fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(least * -1), "a multiple of a count fits in 64 bits");
    EXPECT_DEATH(static_cast<void>(Apples{1} / 0), "a divisor is positive");
    EXPECT_DEATH(static_cast<void>(Apples{std::uint64_t{1} << 63U}), "a count fits in 64 bits");
    Apples sum = most;
    EXPECT_DEATH(sum += Apples{1}, "a sum of counts fits in 64 bits");
}

TEST(Time, PointsAndSpansKeepApart) {
    static_assert(!Addable<Timestamp, Timestamp>);
    const Timestamp t{1'000};
    EXPECT_EQ(t + nanoseconds(5), Timestamp{1'005});
    EXPECT_EQ(t - nanoseconds(5), Timestamp{995});
    EXPECT_EQ(Timestamp{1'005} - t, nanoseconds(5));
    EXPECT_EQ(seconds(1), milliseconds(1'000));
    EXPECT_EQ(milliseconds(1), microseconds(1'000));
    EXPECT_EQ(microseconds(1), nanoseconds(1'000));
    EXPECT_EQ(in_milliseconds(microseconds(2'999)), 2);
    EXPECT_EQ(earlier(t, never), t);
    EXPECT_EQ(later(t, never), never);
    EXPECT_GT(never + seconds(3'600 * 24 * 365), never); // does not overflow
}

TEST(Id, ComparesAndKnowsNone) {
    using Ticket = Id<struct TicketTag>;
    static_assert(!Addable<Ticket, Ticket>);
    EXPECT_TRUE(Ticket{}.is_none());
    EXPECT_FALSE(Ticket{1}.is_none());
    EXPECT_LT(Ticket{1}, Ticket{2});
    using Wide = WideId<struct WideTag>;
    EXPECT_TRUE(Wide{}.is_none());
    EXPECT_FALSE((Wide{1, 0}).is_none());
    EXPECT_FALSE((Wide{0, 1}).is_none());
    using Place = Index<struct PlaceTag>;
    EXPECT_TRUE(Place{}.is_none());
    EXPECT_FALSE(Place{0}.is_none());
}

} // namespace
} // namespace keel
