#include "app/trace_timeline.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/message_words.hpp"
#include "app/scenario_file.hpp"
#include "base/rng.hpp"
#include "explore/words.hpp"
#include "tests/app/scenario_text.hpp"
#include "tests/app/ways.hpp"
#include "timeline/rows.hpp"
#include "timeline/text.hpp"

// What is drawn of a way through a scenario, held against the world that went it.

namespace keel::app {
namespace {

using explore::Choice;
using explore::Rule;
using explore::World;
using sim::Twist;
using testing::HasSubstr;
using testing::Not;
using timeline::Message;
using timeline::Timeline;

constexpr const char* small = "scenarios/xemm-small.toml";
constexpr const char* cycle = "scenarios/xemm-cycle.toml";

Timeline drawn(const std::shared_ptr<explore::Scenario>& scenario,
               const std::vector<Choice>& choices, Rule broken = Rule::None) {
    World world{scenario};
    const std::vector<std::string> bases(scenario->desk.engine.instruments.size(), "BTC");
    return draw_trace(world, choices, broken, bases);
}

// What a world says that it heard and sent, by step.
struct Truth {
    std::map<std::uint64_t, std::vector<std::string>> heard; // a message's last word
    std::map<std::uint64_t, std::size_t> sent;
    std::map<std::uint64_t, std::size_t> alarms;
    std::map<std::uint64_t, Timestamp> at;
};

std::string words_of(const MessageWords& words, const EventBody& event) {
    return std::visit(
        [&]<class Body>(const Body& body) -> std::string {
            if constexpr (std::is_same_v<Body, ExecutionReport>) {
                return words.of(body, body.cl_ord_id);
            } else if constexpr (requires { words.of(body); }) {
                return words.of(body);
            } else {
                return "no message";
            }
        },
        event);
}

Truth truth_of(const std::shared_ptr<explore::Scenario>& scenario,
               const std::vector<Choice>& choices) {
    World world{scenario};
    const MessageWords words{scenario->desk.engine};
    Truth out;
    std::uint64_t step = 0;
    for (const Choice& choice : choices) {
        ++step;
        world.apply(choice);
        if (choice.kind == Choice::Kind::Deliver && !world.heard().empty()) {
            const std::string said = words_of(words, world.heard().back());
            out.heard[step].assign(choice.twist == Twist::Twice ? 2 : 1, said);
        }
        for (const CommandBody& command : world.sent()) {
            if (std::holds_alternative<Notice>(command)) continue; // a note beside the lines
            ++(std::holds_alternative<Alarm>(command) ? out.alarms : out.sent)[step];
        }
        out.at[step] = world.now();
    }
    return out;
}

// Each request begins an exchange of its own, but for the cancels of an order, which with its end
// are one; and what is of one exchange does not cross.
void expect_exchanges(const Timeline& picture) {
    std::map<std::uint64_t, std::string> begun;
    for (const Message& one : picture.messages) {
        if (!timeline::is_sent_by_bot(picture, one)) continue;
        const bool is_cancel = one.label.starts_with("cancel ") && !one.about.empty();
        const auto [known, is_new] = begun.emplace(one.exchange, is_cancel ? one.label : "");
        EXPECT_TRUE(is_new || (is_cancel && known->second == one.label)) << one.label;
    }
    for (const timeline::Crossing& one : timeline::crossings(picture)) {
        const std::string& a = picture.messages[one.first].label;
        const std::string& b = picture.messages[one.second].label;
        // (An end that the venue gives a reason for is its own, and may cross a cancel of ours.)
        const auto ends = [](const std::string& label) {
            return label.starts_with("Canceled ") && label.find(": ") == std::string::npos;
        };
        EXPECT_FALSE(a.starts_with("cancel ") && ends(b)) << a << ", " << b;
        EXPECT_FALSE(b.starts_with("cancel ") && ends(a)) << a << ", " << b;
    }
}

void expect_truth(const Timeline& picture, const Truth& truth) {
    Truth shown;
    for (const Message& one : picture.messages) {
        const bool by_bot = timeline::is_sent_by_bot(picture, one);
        if (by_bot && one.sent.step > 0) ++shown.sent[one.sent.step];
        if (!by_bot && one.received) {
            const std::string first = one.label.substr(0, one.label.find("; "));
            shown.heard[one.received->step].push_back(first);
        }
        EXPECT_NE(one.label, "");
        for (const auto& moment : {one.received, one.lost}) {
            if (!moment) continue;
            EXPECT_GE(moment->step, one.sent.step) << one.label;
            EXPECT_EQ(moment->at, truth.at.at(moment->step)) << one.label;
        }
        EXPECT_EQ(one.is_under_way, !one.received && !one.lost) << one.label;
    }
    EXPECT_EQ(shown.heard, truth.heard);
    EXPECT_EQ(shown.sent, truth.sent);
    for (const timeline::Note& one : picture.notes) {
        if (one.kind == timeline::NoteKind::Alarm) ++shown.alarms[one.step];
    }
    EXPECT_EQ(shown.alarms, truth.alarms);
    expect_exchanges(picture);
    // Every step has a line.
    std::uint64_t step = 0;
    for (const timeline::Row& row : timeline::rows_of(picture)) {
        EXPECT_LE(row.place.step, step + 1);
        step = std::max(step, row.place.step);
    }
    EXPECT_EQ(step, truth.at.empty() ? 0 : truth.at.rbegin()->first);
}

// Every scenario with who trades in it, and with every fault; and some in other worlds: one that
// pushes positions and is told much by its operator, and two where everything waits.
std::vector<std::shared_ptr<explore::Scenario>> all_kinds() {
    std::vector<std::shared_ptr<explore::Scenario>> out;
    std::set<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator{"scenarios"}) {
        if (file.path().extension() == ".toml") files.insert(file.path().string());
    }
    for (const std::string& file : files) {
        out.push_back(scenario_of(file, ""));
        out.back()->faults = explore::all_faults;
    }
    for (const char* path : {small, cycle}) {
        out.push_back(scenario_of(path));
        out.back()->at_once = false;
        out.back()->overtakings_max = 2;
    }
    auto pushing = load_scenario(good_scenario(), "good");
    EXPECT_TRUE(pushing.has_value());
    out.push_back(std::make_shared<explore::Scenario>(std::move(pushing->scenario)));
    out.back()->faults = explore::all_faults;
    return out;
}

TEST(TraceTimeline, ShowsAllThatWasHeardAndSentOnAnyWay) {
    std::size_t alarms = 0;
    std::size_t kind = 0;
    for (const auto& scenario : all_kinds()) {
        ++kind;
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            SCOPED_TRACE(testing::Message() << kind << ", " << scenario->name << ", seed " << seed);
            Rng rng{seed};
            World world{scenario};
            const std::vector<Choice> choices = walk(world, rng, seed % 4 * 3, 120);
            const Truth truth = truth_of(scenario, choices);
            expect_truth(drawn(scenario, choices), truth);
            if (HasFailure()) return;
            alarms += truth.alarms.size();
        }
    }
    EXPECT_GT(alarms, 0U) << "else none was drawn";
}

// A way on which something happens that `is_wanted` picks, and some steps more without a fault.
template <class IsWanted>
std::vector<Choice> way_to(const std::shared_ptr<explore::Scenario>& scenario,
                           const IsWanted& is_wanted) {
    constexpr std::size_t more = 6;
    std::vector<Choice> enabled;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Rng rng{seed};
        World world{scenario};
        std::vector<Choice> out;
        std::optional<std::size_t> found;
        while (out.size() < 60 && (!found || out.size() < *found + more)) {
            world.enabled(1, enabled);
            std::vector<Choice> calm;
            std::optional<Choice> next;
            for (const Choice& one : enabled) {
                if (!found && !next && is_wanted(world, one)) next = one;
                if (!one.is_fault()) calm.push_back(one);
            }
            if (!next && calm.empty()) break;
            if (next) found = out.size() + 1;
            out.push_back(next ? *next : calm[rng.below(calm.size())]);
            world.apply(out.back());
        }
        if (found && out.size() == *found + more) return out;
    }
    ADD_FAILURE() << "no such way in 300";
    return {};
}

std::vector<Message> with_fate(const Timeline& picture, std::string_view fate) {
    std::vector<Message> out;
    for (const Message& one : picture.messages) {
        if (one.fate == fate) out.push_back(one);
    }
    return out;
}

TEST(TraceTimeline, EveryFaultIsMarkedWhereItHappens) {
    struct Row {
        Twist twist;
        std::string_view fate;
        bool is_lost;
        bool is_way_in = false; // for those that befall both
    };
    const std::vector<Row> table{
        {Twist::Drop, "lost", true},
        {Twist::Twice, "told twice", false},
        {Twist::Swap, "overtaken", false},
        {Twist::Swap, "overtaken", false, true},
        {Twist::LostBefore, "lost", true},
        {Twist::LostAfter, "its answer is lost", false},
        {Twist::Refuse, "refused by a fault", false},
        {Twist::Stale, "stale", false},
        {Twist::Hold, "held", false},
        {Twist::Throttle, "refused as too many", false},
        {Twist::ErrorBefore, "server error", false},
        {Twist::ErrorAfter, "done, server error", false},
        {Twist::Gap, "lost: its stream is cut", true},
    };
    const auto scenario = scenario_of(cycle);
    scenario->faults = explore::all_faults;
    for (const Row& row : table) {
        SCOPED_TRACE(row.fate);
        scenario->at_once = !row.is_way_in; // else nothing waits behind another on its way in
        std::uint64_t step = 0;
        const std::vector<Choice> choices = way_to(scenario, [&](const World&, const Choice& one) {
            const bool is_way_in = one.place <= sim::Channels::rest_in;
            return one.twist == row.twist &&
                   (row.twist != Twist::Swap || is_way_in == row.is_way_in);
        });
        for (const Choice& one : choices) {
            ++step;
            if (one.is_fault()) break;
        }
        const Timeline picture = drawn(scenario, choices);
        expect_truth(picture, truth_of(scenario, choices));
        const std::vector<Message> marked = with_fate(picture, row.fate);
        ASSERT_FALSE(marked.empty());
        for (const Message& one : marked) {
            EXPECT_TRUE(one.is_fault);
            EXPECT_EQ(one.lost.has_value(), row.is_lost);
            if (one.lost) {
                EXPECT_EQ(one.lost->step, step);
            }
            EXPECT_EQ(one.is_duplicate, row.twist == Twist::Twice);
        }
        EXPECT_THAT(timeline::text_of(picture, false),
                    testing::ContainsRegex(fmt::format("[[ ]{}[],]", row.fate)));
    }
}

// Of a batch each item is an arrow, and those that a fault refuses are marked.
TEST(TraceTimeline, APartOfABatchIsMarked) {
    const auto scenario = scenario_of("scenarios/p5-batch.toml", "");
    scenario->faults = explore::all_faults;
    const std::vector<Choice> choices =
        way_to(scenario, [](const World&, const Choice& one) { return one.twist == Twist::Part; });
    const Timeline picture = drawn(scenario, choices);
    expect_truth(picture, truth_of(scenario, choices));
    const std::vector<Message> refused = with_fate(picture, "refused by a fault");
    ASSERT_EQ(refused.size(), 1U);
    const auto together = std::ranges::count_if(picture.messages, [&](const Message& one) {
        return one.received && timeline::is_sent_by_bot(picture, one) &&
               one.received->step == refused.front().received->step;
    });
    EXPECT_EQ(together, 2) << "the other item arrived with it";
}

// And those that its answer leaves out.
TEST(TraceTimeline, WhatTheAnswerToABatchLeavesOutIsMarked) {
    const auto scenario = scenario_of("scenarios/p5-batch.toml", "");
    scenario->faults = explore::all_faults;
    const std::vector<Choice> choices =
        way_to(scenario, [](const World&, const Choice& one) { return one.twist == Twist::Short; });
    const Timeline picture = drawn(scenario, choices);
    expect_truth(picture, truth_of(scenario, choices));
    EXPECT_EQ(with_fate(picture, "the answer ends before it").size(), 1U);
}

// Adds what happens first of what may, without a fault, until this may happen, and this.
void go_on_until(const std::shared_ptr<explore::Scenario>& scenario, std::string_view step,
                 std::vector<Choice>& choices) {
    World world{scenario};
    for (const Choice& one : choices) world.apply(one);
    std::vector<Choice> enabled;
    for (int n = 0; n < 40; ++n) {
        world.enabled(0, enabled);
        const auto wanted = std::ranges::find_if(
            enabled, [&](const Choice& one) { return explore::words(world, one) == step; });
        choices.push_back(wanted == enabled.end() ? enabled.front() : *wanted);
        if (wanted != enabled.end()) return;
        world.apply(choices.back());
    }
    ADD_FAILURE() << step << " does not happen";
}

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

// The quote is filled, and the fill crosses both cancels that the hedge venue's new price brings.
std::vector<std::string> crossing_fill() {
    return {"maker socket-in: new order 1-1-1",
            "maker orders: new 1-1-1",
            "prints",
            "hedge-quotes",
            "hedge market: book BTC",
            "maker socket-in: cancel 1-1-1",
            "maker rest-in: cancel 1-1-1"};
}

TEST(TraceTimeline, ToldInTheTerminal) {
    const auto scenario = scenario_of(small);
    const auto steps = joined(crossing_fill(), {"maker fills: trade 1-1-1, twice",
                                                "hedge socket-in: new order 1-1-2, answer lost"});
    const std::string text = timeline::text_of(drawn(scenario, way(scenario, steps)), false);
    const auto shows = [&](std::string_view line) { EXPECT_THAT(text, HasSubstr(line)); };
    EXPECT_THAT(text, testing::StartsWith(
                          "xemm-small: 9 steps break no rule\n"
                          "9 steps, 2 of them faults. Time passes only where it is said\n"));
    shows("\n       start  ");
    shows("|        opening: maker/BTC is 1.00 @ 9990 / 1.00 @ 10010\n");
    shows("1-1-1  quote, PendingNew, cum 0.00 leaves 0.01, asked: create\n");
    shows("in truth: maker/BTC 0.00, hedge/BTC 0.00; open: 1-1-1\n");
    shows("|        prints: somebody sells 0.01 @ 9000 on maker/BTC\n");
    shows("|        hedge-quotes: hedge/BTC is 0.01 @ 9990 / 0.01 @ 9991\n");
    shows("|     6 cancel 1-1-1  [crosses 10]\n");
    shows("|     7 cancel 1-1-1  [crosses 10]\n");
    shows("|     10 fill 1 of 1-1-1: Buy 0.01 @ 9995  [crosses 6 7]\n");
    shows("1-1-1  New -> Filled, cum 0.01 leaves 0.00, settled\n");
    shows("|     11 fill 1 of 1-1-1: Buy 0.01 @ 9995  [heard before, told twice]\n");
    shows("12 new order 1-1-2: Sell 0.01 @ 9986 on hedge/BTC, IOC  [its answer is lost]\n");
    shows("in truth: maker/BTC 0.01, hedge/BTC -0.01\n");
    EXPECT_THAT(text, Not(HasSubstr("pass:"))) << "no timer fired";
    const std::regex truth{"in truth: "};
    EXPECT_EQ(std::distance(std::sregex_iterator{text.begin(), text.end(), truth},
                            std::sregex_iterator{}),
              4)
        << "at the start, and where it changes";
}

TEST(TraceTimeline, ALateRepeatIsDrawnFromWhereItWasHeardFirst) {
    const auto scenario = scenario_of(small);
    const std::vector<std::string> steps{"maker socket-in: new order 1-1-1", "prints",
                                         "maker fills: trade 1-1-1, again later",
                                         "hedge socket-in: new order 1-1-2"};
    const auto repeat = [&](const std::vector<std::string>& all) {
        const std::vector<Message> late =
            with_fate(drawn(scenario, way(scenario, all)), "told again, late");
        EXPECT_EQ(late.size(), 1U);
        return late.empty() ? Message{} : late.front();
    };
    const Message waiting = repeat(steps);
    EXPECT_EQ(waiting.sent.step, 3U);
    EXPECT_TRUE(waiting.is_under_way);
    const Message heard = repeat(joined(steps, {"maker late: trade 1-1-1"}));
    EXPECT_EQ(heard.sent.step, 3U);
    ASSERT_TRUE(heard.received);
    EXPECT_EQ(heard.received->step, 5U);
    EXPECT_TRUE(heard.is_duplicate);
    EXPECT_EQ(heard.label, "fill 1 of 1-1-1: Buy 0.01 @ 9995");
}

// What a crash takes out of the record the bot has not heard.
TEST(TraceTimeline, ACrashLosesWhatIsUnderWayAndWhatTheRecordLost) {
    const auto scenario = scenario_of(small);
    const auto fills_after = [&](const std::string& crash) {
        const auto steps =
            joined(crossing_fill(), {"maker fills: trade 1-1-1", "hedge socket-in: new order 1-1-2",
                                     crash, "restart"});
        std::vector<Choice> choices = way(scenario, steps);
        go_on_until(scenario, "maker fills: trade 1-1-1", choices);
        const Timeline picture = drawn(scenario, choices);
        const std::string text = timeline::text_of(picture, false);
        EXPECT_THAT(text, HasSubstr("|        " + crash + "\n"));
        EXPECT_THAT(text, HasSubstr("|        restart, epoch 2\n"));
        EXPECT_EQ(with_fate(picture, "lost: the bot is down").size(), 8U);
        for (const Message& one : with_fate(picture, "lost: the bot is down")) {
            EXPECT_TRUE(one.lost && one.lost->step == 10) << one.label;
        }
        const bool is_forgotten = text.find("1-1-2  not remembered\n") != std::string::npos;
        EXPECT_EQ(is_forgotten, crash != "crash");
        std::vector<bool> out;
        for (const Message& one : picture.messages) {
            if (one.received && one.label.starts_with("fill 1 of 1-1-1")) {
                out.push_back(one.is_duplicate);
            }
        }
        return out;
    };
    EXPECT_THAT(fills_after("crash"), testing::ElementsAre(false, true));
    EXPECT_THAT(fills_after("crash, 2 events lost"), testing::ElementsAre(false, false));
}

// The hedge was decided, and is in the record; it never left.
TEST(TraceTimeline, ACrashKeepsBackWhatHadNotLeft) {
    const auto scenario = scenario_of(small);
    const auto steps = joined(
        crossing_fill(), {"maker fills: trade 1-1-1", "crash, 0 of 1 request sent", "restart"});
    const Timeline picture = drawn(scenario, way(scenario, steps));
    const auto unsent = with_fate(picture, "never sent: the bot died first");
    ASSERT_EQ(unsent.size(), 1U);
    EXPECT_THAT(unsent[0].label, HasSubstr("1-1-2"));
    EXPECT_FALSE(unsent[0].received);
}

// What a process that sleeps has not sent leaves when it wakes; or never, when another has its
// place.
TEST(TraceTimeline, ASleeperSendsLateOrNever) {
    const auto scenario = scenario_of("scenarios/xemm-lease.toml");
    const auto picture = [&](const std::vector<std::string>& then) {
        return drawn(scenario, way(scenario, joined({"sleeps, 0 of 1 request sent"}, then)));
    };
    const Timeline woken = picture({"wakes", "maker socket-in: new order 1-1-1"});
    const auto late = with_fate(woken, "sent late: the bot slept");
    ASSERT_EQ(late.size(), 1U);
    EXPECT_TRUE(late[0].received && late[0].received->step == 3);
    EXPECT_TRUE(late[0].is_fault);
    EXPECT_THAT(timeline::text_of(woken, false),
                HasSubstr("|        sleeps, 0 of 1 request sent\n"));

    const Timeline taken = picture({"prints", "hedge-quotes", "hedge-quotes", "lease ends",
                                    "taken over by a second instance"});
    const auto never = with_fate(taken, "never sent: its lease had ended");
    ASSERT_EQ(never.size(), 1U);
    EXPECT_FALSE(never[0].received);
    EXPECT_EQ(with_fate(taken, "lost: a second instance has connected").size(), 2U) << "books";
}

TEST(TraceTimeline, TimePassesWhereATimerFires) {
    const auto scenario = scenario_of(small);
    const auto steps =
        joined(crossing_fill(), {"maker fills: trade 1-1-1", "hedge socket-in: new order 1-1-2",
                                 "hedge-quotes", "hedge market: book BTC"});
    std::vector<Choice> choices = way(scenario, steps);
    World world{scenario};
    for (const Choice& one : choices) world.apply(one);
    std::vector<Choice> enabled;
    for (int n = 0; n < 40 && world.elapsed() == Duration{}; ++n) {
        world.enabled(0, enabled);
        const auto timer = std::ranges::find(enabled, Choice::Kind::Wake, &Choice::kind);
        choices.push_back(timer == enabled.end() ? enabled.front() : *timer);
        world.apply(choices.back());
    }
    ASSERT_GT(world.elapsed(), Duration{});
    const std::string text = timeline::text_of(drawn(scenario, choices), false);
    EXPECT_THAT(text, testing::ContainsRegex("~ [0-9.]+ s pass: [+][0-9]+[.][0-9]{6} s\n"
                                             " +[0-9]+ .* timer\n"));
}

// Of a broken bot the rule stands at the step that breaks it, below everything of that step.
TEST(TraceTimeline, ABrokenRuleStandsAtItsStep) {
    for (const std::string subject : {"p1-any-confirmation", "p1-only-when-placed"}) {
        const auto scenario = scenario_of(small, subject);
        const std::vector<Choice> choices = broken_way(scenario);
        World world{scenario};
        for (const Choice& one : choices) world.apply(one);
        const Rule broken = world.broken_rule();
        ASSERT_NE(broken, Rule::None) << subject;
        const Timeline picture = drawn(scenario, choices, broken);
        expect_truth(picture, truth_of(scenario, choices));
        ASSERT_TRUE(picture.violation);
        EXPECT_EQ(picture.violation->step, choices.size());
        EXPECT_EQ(picture.violation->rule, explore::info(broken).name);
        const std::vector<timeline::Row> rows = timeline::rows_of(picture);
        EXPECT_TRUE(rows.back().has_violation);
        EXPECT_EQ(std::ranges::count(rows, true, &timeline::Row::has_violation), 1);
        EXPECT_EQ(picture.title, fmt::format("xemm-small, traded by {}: {} broken in {} steps",
                                             subject, picture.violation->rule, choices.size()));
        EXPECT_THAT(timeline::text_of(picture, false), HasSubstr("  state ")) << "as it says";
    }
}

} // namespace
} // namespace keel::app
