#include "app/words.hpp"

#include <array>

#include <gtest/gtest.h>

#include "app/amounts.hpp"
#include "app/order_ref.hpp"
#include "app/run_config.hpp"
#include "app/toml_tree.hpp"

namespace keel::app {
namespace {

TEST(Words, SpansOfTimeAreReadAndWritten) {
    EXPECT_EQ(*parse_span("1h"), seconds(3'600));
    EXPECT_EQ(*parse_span("90s"), seconds(90));
    EXPECT_EQ(*parse_span("1h30m"), seconds(5'400));
    EXPECT_EQ(*parse_span("1m250ms"), milliseconds(60'250));
    EXPECT_EQ(*parse_span("0s"), Duration{});
    EXPECT_EQ(*parse_span("0.5s"), milliseconds(500));
    EXPECT_EQ(*parse_span("1.5h0.25m"), seconds(5'415));
    for (const char* wrong : {"", "1", "h", "1x", "-1s", "1h ", "0.5", ".5s", "1.s", "1.2.3s",
                              "1e3s", "0.0001s", "99999999999999999999s", "9223372036854775807h"}) {
        EXPECT_FALSE(parse_span(wrong).has_value()) << wrong;
    }
    EXPECT_EQ(to_string(seconds(3'600)), "1 h");
    EXPECT_EQ(to_string(seconds(5'400)), "1 h 30 min");
    EXPECT_EQ(to_string(milliseconds(90'250)), "1 min 30.25 s");
    EXPECT_EQ(to_string(milliseconds(750)), "750 ms");
    EXPECT_EQ(to_string(Duration{}), "0 ms");
}

TEST(Words, ASlipOfTheFingerIsRecognised) {
    constexpr std::array<std::string_view, 4> known{"seed", "duration_s", "faults",
                                                    "refresh_age_ms"};
    EXPECT_EQ(nearest("sede", known), "seed");           // two neighbours swapped
    EXPECT_EQ(nearest("duration", known), "duration_s"); // the unit left out
    EXPECT_EQ(nearest("fault", known), "faults");
    EXPECT_EQ(nearest("refresh_ages_m", known), "refresh_age_ms");
    EXPECT_EQ(nearest("x", known), ""); // every short word is near every other
    EXPECT_EQ(nearest("leverage", known), "");
}

TEST(Words, SecretsAreRecognisedByTheirKey) {
    for (const char* key : {"private_key", "privateKey", "api-key", "apikey", "API_SECRET", "key",
                            "passphrase", "signing_key", "agent_wallet", "auth_token"}) {
        EXPECT_TRUE(names_a_secret(key)) << key;
    }
    for (const char* key : {"seed", "lot", "keyboard", "order_qty", "kind"}) {
        EXPECT_FALSE(names_a_secret(key)) << key;
    }
}

TEST(Words, NumbersAreGrouped) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(-1'234'567), "-1,234,567");
    EXPECT_EQ(grouped(std::string_view{"1234567.50"}), "1,234,567.50");
}

TEST(Amounts, DecimalsOfAnyScaleAreComparedAndAddedExactly) {
    const Decimal huge{INT64_MAX, 0};
    const Decimal tiny{1, 18};
    EXPECT_TRUE(compare(tiny, huge) < 0);
    EXPECT_TRUE(compare({-1, 0}, tiny) < 0);
    EXPECT_TRUE(compare({10, 1}, {1'000, 3}) == 0);
    EXPECT_EQ(*add({1, 1}, {25, 2}), (Decimal{35, 2}));
    EXPECT_EQ(*add({5, 1}, {5, 1}), (Decimal{1, 0}));
    EXPECT_FALSE(add(huge, huge).has_value());
}

TEST(OrderRef, IsDeskEpochCounterOrPacked) {
    const ClOrdID id = ClOrdID::make(1, 2, 17);
    EXPECT_EQ(order_text(id), "1-2-17");
    EXPECT_EQ(*parse_order("1-2-17"), id);
    EXPECT_EQ(*parse_order(std::to_string(id.packed())), id);
    EXPECT_EQ(*parse_order("4095-1048575-4294967295"), ClOrdID{UINT64_MAX});
}

TEST(OrderRef, SaysWhatIsWrong) {
    const auto text = [](std::string_view order) { return parse_order(order).error().text(); };
    const std::string help = ". Write desk-epoch-counter, such as 1-2-17, or the packed number";
    EXPECT_EQ(text("1-2"), "\"1-2\" is not an order: it does not have three parts" + help);
    EXPECT_EQ(text("1-x-3"), "\"1-x-3\" is not an order: its epoch is no number" + help);
    EXPECT_EQ(text("4096-1-1"),
              "\"4096-1-1\" is not an order: its desk has more than 12 bits" + help);
    EXPECT_EQ(text("1-1-4294967296"),
              "\"1-1-4294967296\" is not an order: its counter has more than 32 bits" + help);
    EXPECT_EQ(text("0"), "\"0\" is not an order: 0 means none" + help);
    EXPECT_EQ(text("0-0-0"), "\"0-0-0\" is not an order: 0-0-0 means none" + help);
    EXPECT_EQ(text("18446744073709551616"),
              "\"18446744073709551616\" is not an order: it is no number of 64 bits" + help);
    EXPECT_EQ(text(""), "\"\" is not an order: it is no number of 64 bits" + help);
}

TEST(MarketFile, ASymbolMayFollowTheColon) {
    const auto path = [](std::string_view text, std::string_view folder) {
        return parse_market_file(text, folder).path;
    };
    EXPECT_EQ(path("a.csv:BTCUSDT", "x"), "x/a.csv");
    EXPECT_EQ(parse_market_file("a.csv:BTCUSDT", "x").symbol, "BTCUSDT");
    EXPECT_EQ(path("a.csv", ""), "a.csv");
    EXPECT_EQ(path("/a.csv", "x"), "/a.csv");
    EXPECT_EQ(path("odd:name.csv", ""), "odd:name.csv"); // no symbol has a point
    EXPECT_EQ(parse_market_file("odd:name.csv", "").symbol, "");
}

TEST(TomlTree, KnowsWhereEverythingStands) {
    const auto tree = read_toml("# é\n[a]\nb = \"é\" # c\nd = [1,\n  2]\n[[e]]\nf.g = -1.50\n");
    ASSERT_TRUE(tree.has_value());
    const TomlNode* a = tree->find("a");
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(a->place, (Place{2, 1}));
    EXPECT_EQ(a->find("b")->place, (Place{3, 5}));
    EXPECT_EQ(a->find("d")->items[1].place, (Place{5, 3}));
    const TomlNode& e = tree->find("e")->items[0];
    EXPECT_EQ(e.place, (Place{6, 1}));
    const TomlNode* g = e.find("f")->find("g");
    EXPECT_EQ(g->kind, TomlNode::Kind::Float);
    EXPECT_EQ(g->text, "-1.50"); // as written, for the text that says: quote it
}

TEST(TomlTree, NoSyntaxErrorRepeatsAValue) {
    for (const char* text :
         {"k = 0x8f2a55aa8f2a55aa8f2a55aa", "k = 8f2a55aasecret", "k = secret8f2a",
          "k = \"8f2a55aa", "k = 'a\n8f2a55aa", "k = 123456789012345678901234"}) {
        const auto tree = read_toml(text);
        ASSERT_FALSE(tree.has_value()) << text;
        EXPECT_EQ(tree.error().text.find("8f2a"), std::string::npos) << tree.error().text;
        EXPECT_EQ(tree.error().text.find("123456"), std::string::npos) << tree.error().text;
    }
}

} // namespace
} // namespace keel::app
