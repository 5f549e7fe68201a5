#include "tests/strategy/first_strategy.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>

#include "tests/core/desk_fixture.hpp"

// The strategy of docs/your-first-strategy.md on a desk of its own: it trades, and the page quotes
// it as it is here.

namespace keel::strategy {
namespace {

using namespace core::script;

// What strategy::Desk does, for one strategy: the same events, the same order of things.
struct HoldDesk {
    explicit HoldDesk(const DeskConfig& config) : HoldDesk(config, StoreLayout{}) {}
    HoldDesk(const DeskConfig& config, StoreLayout layout)
        : engine(config.engine, layout), hold({.instrument = maker}, layout) {
        engine.open(layout);
    }
    void step(const Event& event) {
        out.clear();
        engine.absorb(event, out);
        hold.update(engine, out);
        engine.pursue(out);
        for (const CommandBody& body : out) {
            const auto* order = std::get_if<NewOrderSingle>(&body); // (The group hedges the rest.)
            if (order != nullptr && order->instrument == maker) sent.push_back(*order);
        }
    }
    core::Engine engine;
    Hold hold;
    Commands out;
    std::vector<NewOrderSingle> sent;
};

// A desk without a strategy that starts and reads, and beside it one that hears the same.
class FirstStrategy : public testing::Test {
protected:
    FirstStrategy() : script_(two_venues()), desk_(checked(two_venues())) {
        script_.start();
        catch_up();
    }
    void catch_up() {
        for (; heard_ < script_.record.size(); ++heard_) desk_.step(script_.record[heard_]);
    }
    void want(std::int64_t lots) {
        Signal signal;
        signal.instrument = maker;
        signal.kind = SignalKind::Target;
        signal.id = ++signals_;
        signal.value = lots;
        signal.valid_until = never;
        script_.tell(signal);
        catch_up();
    }
    // Only the desk that sent it hears of it.
    void fill(const NewOrderSingle& order) {
        script_.orders[order.cl_ord_id.packed()] = order;
        desk_.step({++script_.seq, script_.now,
                    script_.trade(order.cl_ord_id, order.qty.value(), ++execs_)});
    }
    Script script_;
    HoldDesk desk_;
    std::size_t heard_ = 0;
    std::uint64_t signals_ = 0;
    std::uint64_t execs_ = 0;
};

TEST_F(FirstStrategy, HoldsWhatASignalAsksFor) {
    EXPECT_TRUE(desk_.sent.empty()) << "nobody has asked for anything";
    want(10);
    ASSERT_EQ(desk_.sent.size(), 1U);
    EXPECT_EQ(desk_.sent[0].side, Side::Buy);
    EXPECT_EQ(desk_.sent[0].qty, Lots{10});
    want(10);
    EXPECT_EQ(desk_.sent.size(), 1U) << "one at a time";
    fill(desk_.sent[0]);
    EXPECT_EQ(desk_.sent.size(), 1U) << "it has it";
    EXPECT_EQ(desk_.hold.wake_at(desk_.engine), never);
    want(4);
    EXPECT_EQ(desk_.sent.size(), 1U) << "not in the same breath";
    EXPECT_GT(desk_.hold.wake_at(desk_.engine), script_.now);
    script_.pass_ms(600);
    catch_up();
    ASSERT_EQ(desk_.sent.size(), 2U);
    EXPECT_EQ(desk_.sent[1].side, Side::Sell);
    EXPECT_EQ(desk_.sent[1].qty, Lots{6});
}

TEST_F(FirstStrategy, GoesFlatWhenTheRunEnds) {
    want(10);
    fill(desk_.sent.at(0));
    script_.pass_ms(600);
    script_.act(Act::WindDown);
    catch_up();
    ASSERT_EQ(desk_.sent.size(), 2U);
    EXPECT_EQ(desk_.sent[1].side, Side::Sell);
    EXPECT_EQ(desk_.sent[1].reduce_only, 1);
    EXPECT_FALSE(desk_.hold.has_exited(desk_.engine));
    fill(desk_.sent[1]);
    EXPECT_TRUE(desk_.hold.has_exited(desk_.engine));
}

std::string text_of(const std::string& path) {
    std::ifstream in{path};
    EXPECT_TRUE(in.is_open()) << path;
    return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(FirstStrategyPage, CountsTheirLines) {
    const std::string page = text_of("docs/your-first-strategy.md");
    for (const std::string name : {"bracket", "pair", "guardian", "quoter"}) {
        std::string all; // its header, its source, and what that has been divided into
        for (const auto& file : std::filesystem::directory_iterator{"src/strategy"}) {
            const std::string stem = file.path().stem().string();
            if (stem == name || stem.starts_with(name + "_")) all += text_of(file.path().string());
        }
        const std::size_t row = page.find("\n| `" + name + "` | +");
        ASSERT_NE(row, std::string::npos) << name;
        EXPECT_THAT(
            page.substr(row + 1, page.find('\n', row + 1) - row - 1),
            testing::HasSubstr("| " + std::to_string(std::ranges::count(all, '\n')) + " | "))
            << name;
    }
}

TEST(FirstStrategyPage, QuotesIt) {
    const std::string code = text_of("tests/strategy/first_strategy.hpp");
    const std::string mark = "// [quoted]\n";
    const std::size_t from = code.find(mark) + mark.size();
    const std::string quoted = code.substr(from, code.find("// [/quoted]") - from);
    ASSERT_GT(quoted.size(), 1'000U);
    EXPECT_THAT(text_of("docs/your-first-strategy.md"),
                testing::HasSubstr("```cpp\n" + quoted + "```\n"));
}

} // namespace
} // namespace keel::strategy
