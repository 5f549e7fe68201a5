#include "model/types.hpp"

#include <cstdint>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace keel {
namespace {

static_assert(!Addable<Lots, Money> && !Addable<Ticks, Lots> && !Addable<Units, Lots>);
static_assert(!std::is_convertible_v<double, Lots> && !std::is_constructible_v<Lots, double>);

TEST(ClOrdID, CarriesDeskEpochAndCounter) {
    const ClOrdID id = ClOrdID::make(4'095, (1U << 20U) - 1, 0xffff'fffe);
    EXPECT_EQ(id.desk(), 4'095U);
    EXPECT_EQ(id.epoch(), (1U << 20U) - 1);
    EXPECT_EQ(id.counter(), 0xffff'fffeU);
    EXPECT_EQ(ClOrdID{id.packed()}, id);
    const ClOrdID one = ClOrdID::make(1, 2, 3);
    EXPECT_EQ(one.packed(), 0x0010'0002'0000'0003ULL);
    EXPECT_TRUE(ClOrdID{}.is_none());
    EXPECT_FALSE(one.is_none());
    // Later lives sort after earlier ones, later orders after earlier ones.
    EXPECT_LT(ClOrdID::make(1, 2, 900), ClOrdID::make(1, 3, 1));
    EXPECT_LT(ClOrdID::make(1, 2, 1), ClOrdID::make(1, 2, 2));
}

TEST(ClOrdIDDeathTest, PartsThatDoNotFitAreRefused) {
    EXPECT_DEATH(static_cast<void>(ClOrdID::make(4'096, 1, 1)), "a desk number has 12 bits");
    EXPECT_DEATH(static_cast<void>(ClOrdID::make(1, 1U << 20U, 1)), "an epoch has 20 bits");
}

TEST(Types, SidesHaveSigns) {
    EXPECT_EQ(opposite(Side::Buy), Side::Sell);
    EXPECT_EQ(opposite(Side::Sell), Side::Buy);
    EXPECT_EQ(sign(Side::Buy), 1);
    EXPECT_EQ(sign(Side::Sell), -1);
    EXPECT_EQ(signed_lots(Side::Sell, Lots{5}), Lots{-5});
}

TEST(Types, FourStatusesAreEnds) {
    std::size_t ends = 0;
    for (std::size_t i = 0; i < ord_status_count; ++i) {
        ends += is_ended(static_cast<OrdStatus>(i)) ? 1U : 0U;
    }
    EXPECT_EQ(ends, 4U);
    EXPECT_FALSE(is_ended(OrdStatus::PartiallyFilled));
    EXPECT_FALSE(is_ended(OrdStatus::PendingNew));
}

template <class Enum> void every_value_has_its_own_word(Enum first, Enum last) {
    std::set<std::string_view> words;
    for (auto i = static_cast<unsigned>(first); i <= static_cast<unsigned>(last); ++i) {
        const std::string_view word = to_string(static_cast<Enum>(i));
        EXPECT_FALSE(word.empty());
        EXPECT_TRUE(words.insert(word).second) << word << " is used twice";
    }
}

TEST(Types, EveryValueHasItsOwnWord) {
    every_value_has_its_own_word(Side::Buy, Side::Sell);
    EXPECT_EQ(to_string(TimeInForce::Gtc), "GTC");
    EXPECT_EQ(to_string(TimeInForce::Ioc), "IOC");
    every_value_has_its_own_word(OrdStatus::PendingNew, OrdStatus::Expired);
    every_value_has_its_own_word(ExecType::New, ExecType::TradeCorrect);
    every_value_has_its_own_word(FillStage::Final, FillStage::Failed);
    every_value_has_its_own_word(Outcome::Accepted, Outcome::Unknown);
    every_value_has_its_own_word(RequestKind::New, RequestKind::ReadBalances);
    every_value_has_its_own_word(Transport::Socket, Transport::Rest);
    every_value_has_its_own_word(Reason::None, Reason::Deleveraging);
    every_value_has_its_own_word(LinkKind::Orders, LinkKind::Requests);
    every_value_has_its_own_word(LinkState::Down, LinkState::Gap);
    every_value_has_its_own_word(ReportSource::Stream, ReportSource::Read);
}

} // namespace
} // namespace keel
