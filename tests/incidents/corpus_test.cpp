#include "tests/incidents/corpus.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <regex>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/scenario_file.hpp"
#include "explore/scenario_hash.hpp"
#include "explore/search.hpp"
#include "explore/world.hpp"

// Every incident of the corpus runs exactly as it is scripted, is explored around, and shows that
// it can fail: with the rule of the engine switched off that it is about, script and search do.
// What takes longer is in corpus_slow_test.cpp.

namespace keel::incidents {
namespace {

using core::Guard;
using core::Sabotage;
using explore::Bounds;
using explore::Rule;
using explore::Scenario;
using explore::SearchResult;
using explore::Trace;
using explore::World;
using testing::ElementsAre;
using testing::HasSubstr;

std::string plain(std::string name) {
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

// --- what is there ---

TEST(Corpus, EachScenarioHasAScriptAndEachScriptAScenario) {
    const std::vector<std::string> scenarios = scenario_names();
    EXPECT_EQ(scenarios.size(), 24U);
    std::vector<std::string> scripted;
    for (const std::string& name : script_names()) scripted.push_back(script_named(name).scenario);
    std::ranges::sort(scripted);
    const auto twice = std::ranges::unique(scripted);
    scripted.erase(twice.begin(), twice.end());
    EXPECT_EQ(scripted, scenarios);
    for (const std::string& name : scenarios) {
        const auto scenario = scenario_named(name);
        ASSERT_NE(scenario, nullptr);
        EXPECT_EQ(scenario->name, name) << "a trace finds its scenario by its name";
        EXPECT_THAT(name, testing::StartsWith("sc-"));
    }
}

// docs/incidents/corpus.md has a row for each, with its scripts.
TEST(Corpus, ThePageHasThemAll) {
    for (const std::string& name : scenario_names()) {
        SCOPED_TRACE(name);
        std::string scripts;
        for (const std::string& script : script_names()) {
            if (script_named(script).scenario != name) continue;
            scripts += (scripts.empty() ? "" : ", ") + script;
        }
        const std::vector<std::string> row = page_row(name);
        ASSERT_EQ(row.size(), 7U);
        EXPECT_THAT(name, testing::StartsWith("sc-" + row[0].substr(3)));
        EXPECT_EQ(row[4], scripts);
    }
}

// What a scenario says it needs is what it takes.
TEST(Corpus, NeedsAreTrue) {
    using sim::FaultKind;
    for (const std::string& name : scenario_names()) {
        SCOPED_TRACE(name);
        const auto scenario = scenario_named(name);
        const auto takes = [&](FaultKind kind) {
            return (scenario->faults & explore::bit(kind)) != 0;
        };
        const bool kills = std::ranges::any_of(scenario->lanes, [](const explore::Lane& lane) {
            return std::ranges::any_of(lane.deeds, [](const explore::Deed& deed) {
                const auto* act = std::get_if<OperatorAct>(&deed);
                return act != nullptr && act->act == Act::Kill;
            });
        });
        std::vector<std::string> needs;
        if (!scenario->desk.xemm.empty()) needs.emplace_back("xemm");
        if (!scenario->desk.quoter.empty()) needs.emplace_back("quoter");
        const auto unwinds = [](const auto& one) {
            return one.on_exit == strategy::OnExit::Unwind;
        };
        // (A kill closes all, whatever the exit is.)
        if (kills || std::ranges::any_of(scenario->desk.xemm, unwinds) ||
            std::ranges::any_of(scenario->desk.quoter, unwinds)) {
            needs.emplace_back("unwind");
        }
        if (kills) needs.emplace_back("kill_switch");
        if (takes(FaultKind::Crash)) needs.emplace_back("restart");
        if (scenario->venues[0].pushes_positions) needs.emplace_back("position_stream");
        if (takes(FaultKind::Gap) && scenario->venues[0].fills_replayed_on_reconnect) {
            needs.emplace_back("fill_replays");
        }
        if (takes(FaultKind::ServerError)) needs.emplace_back("server_errors");
        if (takes(FaultKind::SettlementFailed)) needs.emplace_back("settlement");
        const auto amends = [](const auto& one) { return one.moves == core::Moves::ByAmend; };
        if (std::ranges::any_of(scenario->desk.xemm, amends)) needs.emplace_back("amends");
        std::string list;
        for (const std::string& one : needs) {
            list += (list.empty() ? "\"" : ", \"") + one + "\"";
        }
        EXPECT_THAT(scenario_text(name), HasSubstr("needs = [" + list + "]\n"));
    }
}

// --- as scripted ---

class Script : public testing::TestWithParam<std::string> {};

TEST_P(Script, RunsExactlyAsWritten) {
    const Trace script = script_named(GetParam());
    EXPECT_TRUE(script.settles) << "a script ends where a schedule does";
    const auto scenario = scenario_named(script.scenario);
    ASSERT_NE(scenario, nullptr);
    World world{scenario};
    const auto made = explore::replay(world, script);
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_TRUE(world.is_terminal());
}

INSTANTIATE_TEST_SUITE_P(Corpus, Script, testing::ValuesIn(script_names()),
                         [](const auto& row) { return plain(row.param); });

// --- explored around ---

class Around : public testing::TestWithParam<std::string> {};

TEST_P(Around, NothingIsBrokenInOtherOrders) {
    const auto scenario = scenario_named(GetParam());
    ASSERT_NE(scenario, nullptr);
    Bounds bounds;
    bounds.states_max = 5'000;
    const World world{scenario};
    const SearchResult orders = explore::exhaustive(world, bounds);
    EXPECT_TRUE(orders.findings.empty()) << broken_words(orders);
    EXPECT_TRUE(orders.is_complete || orders.tally.states >= bounds.states_max);
    bounds.max_faults = 3;
    const SearchResult drawn = explore::random(world, bounds, 1, 300);
    EXPECT_TRUE(drawn.findings.empty()) << broken_words(drawn);
    EXPECT_EQ(drawn.tally.terminals, 300U) << "each comes to an end";
}

INSTANTIATE_TEST_SUITE_P(Corpus, Around, testing::ValuesIn(scenario_names()),
                         [](const auto& row) { return plain(row.param); });

// --- that it can fail ---

// SC-26 by its certificate: the quote is on its way when the kill comes, and whoever takes "not
// found" for its death certifies an account in which it rests a moment later.
TEST(Corpus, ACertificateThatComesTooEarlyIsFound) {
    const auto whole = scenario_named("sc-26-kill-and-a-resting-order");
    ASSERT_NE(whole, nullptr);
    Scenario patient = *whole; // a request may arrive after all that
    patient.overtakings_max = 8;
    patient.delay_max = patient.deeds_within = seconds(10);
    patient.faults = explore::bit(sim::FaultKind::Overtaken);
    patient.desk.engine.venues[0].validity = seconds(20);
    patient.venues[0].traits.validity = seconds(20);
    Bounds bounds;
    bounds.max_faults = 1;
    const World world{std::make_shared<const Scenario>(patient)};
    const SearchResult drawn = explore::random(world, bounds, 1, 300);
    EXPECT_TRUE(drawn.findings.empty()) << broken_words(drawn);

    patient.desk.engine.sabotage.not_found_is_death = true;
    World hasty{std::make_shared<const Scenario>(patient)};
    const Trace script{patient.name,
                       explore::hash_of(patient),
                       "",
                       Rule::CertifiedIsFlat,
                       false,
                       {"maker socket-in: new order 1-1-1, held",
                        "operator",
                        "maker socket-in: cancel 1-1-1",
                        "maker rest-in: cancel 1-1-1",
                        "maker rest-in: cancel all",
                        "hedge rest-in: cancel all",
                        "wake",
                        "maker rest-in: read open orders",
                        "maker rest-in: read positions",
                        "hedge rest-in: read open orders",
                        "hedge rest-in: read positions",
                        "hedge rest-out: answer to cancel all: accepted",
                        "hedge rest-out: answer to read open orders: accepted",
                        "maker rest-out: answer to cancel 1-1-1: refused",
                        "maker rest-in: status of 1-1-1",
                        "maker rest-out: answer to cancel all: accepted",
                        "maker rest-out: answer to read open orders: accepted",
                        "maker rest-out: answer to read positions: accepted",
                        "maker rest-out: answer to status of 1-1-1: accepted",
                        "wake",
                        "maker rest-in: read open orders",
                        "maker rest-in: read positions",
                        "hedge rest-in: read open orders",
                        "maker rest-out: answer to read open orders: accepted",
                        "maker rest-out: answer to read positions: accepted",
                        "wake",
                        "maker rest-in: read open orders",
                        "maker rest-in: read positions",
                        "maker rest-out: answer to read open orders: accepted",
                        "hedge rest-out: answer to read positions: accepted",
                        "maker rest-out: answer to read positions: accepted",
                        "maker held: new order 1-1-1"}};
    const auto made = explore::replay(hasty, script);
    EXPECT_TRUE(made) << made.error().text();
}

// A rule of the engine, and the script that does not run without it.
struct Held {
    const char* by; // as docs/incidents/corpus.md says it
    std::function<void(Sabotage&)> switch_off;
    const char* script;
    const char* says; // what comes of the script instead
    std::uint32_t faults;
    Rule found; // by random schedules with so many faults
};

constexpr void off(Sabotage& sabotage, Guard guard) {
    sabotage.guards_off |= std::uint64_t{1} << static_cast<unsigned>(guard);
}

class Guarded : public testing::TestWithParam<Held> {
protected:
    [[nodiscard]] std::shared_ptr<const Scenario> broken(const std::string& name) const {
        const auto whole = scenario_named(name);
        if (whole == nullptr) return nullptr;
        auto out = std::make_shared<Scenario>(*whole);
        GetParam().switch_off(out->desk.engine.sabotage);
        return out;
    }
};

TEST_P(Guarded, ScriptFailsWithoutIt) {
    Trace script = script_named(GetParam().script);
    EXPECT_THAT(page_row(script.scenario).at(6), HasSubstr(GetParam().by));
    const auto scenario = broken(script.scenario);
    ASSERT_NE(scenario, nullptr);
    script.scenario_hash = explore::hash_of(*scenario);
    World world{scenario};
    const auto made = explore::replay(world, script);
    ASSERT_FALSE(made) << "nobody notices that not: " << GetParam().by;
    EXPECT_THAT(made.error().text(), HasSubstr(GetParam().says));
}

TEST_P(Guarded, SearchFindsWhatIsBrokenWithoutIt) {
    const auto scenario = broken(script_named(GetParam().script).scenario);
    ASSERT_NE(scenario, nullptr);
    Bounds bounds;
    bounds.max_faults = GetParam().faults;
    const SearchResult result = explore::random(World{scenario}, bounds, 1, 5'000);
    EXPECT_THAT(result.findings,
                testing::Contains(testing::Field(&explore::Finding::rule, GetParam().found)))
        << broken_words(result);
}

const Held held[] = {
    {"an order that has ended is settled by its fills",
     [](Sabotage& s) { s.ended_is_settled = true; }, "sc-01-error-told-first",
     "breaks truth_inside_interval", 0, Rule::TruthInsideInterval},
    {"nothing unknown is sent again", [](Sabotage& s) { s.resend_unknown = true; },
     "sc-01b-failed-hedge-completes", "breaks no_false_alarm", 1, Rule::TruthInsideInterval},
    {"a fill is known by its key", [](Sabotage& s) { s.fills_not_deduplicated = true; },
     "sc-02-audit-first", "breaks no_false_alarm", 0, Rule::NoFalseAlarm},
    {"what rests beyond the total is taken back", [](Sabotage& s) { s.excess_stays = true; },
     "sc-03-old-order-fills", "breaks remaining_not_negative", 0, Rule::RemainingNotNegative},
    {"an end goes by the venue's id", [](Sabotage& s) { s.end_ends_order = true; },
     "sc-04-only-a-read-finds-it", "breaks", 0, Rule::TruthInsideInterval},
    {"an end goes by the venue's id", [](Sabotage& s) { s.end_ends_order = true; },
     "sc-05-end-first", "breaks", 0, Rule::TruthInsideInterval},
    {"what rests beyond the total is taken back", [](Sabotage& s) { s.excess_stays = true; },
     "sc-25-filled-meanwhile", "breaks remaining_not_negative", 0, Rule::RemainingNotNegative},
    {"what is not found may still come", [](Sabotage& s) { s.not_found_is_death = true; },
     "sc-07-found-too-early", "what can: \"maker socket-in: new order 1-1-2\"", 1,
     Rule::ClosedStaysClosed},
    {"what is unknown counts as hedged", [](Sabotage& s) { s.hedge_counts_pending_as_open = true; },
     "sc-08-fill-that-nobody-told", "what can: \"hedge socket-in: new order 1-1-3\"", 2,
     Rule::HedgedOnce},
    {"a cancel that is confirmed says nothing of fills",
     [](Sabotage& s) { s.cancel_ends_order = true; }, "sc-09-canceled-first",
     "what can: \"maker socket-in: new order 1-1-2\"", 0, Rule::TruthInsideInterval},
    {"what was matched may fail", [](Sabotage& s) { s.failure_is_ignored = true; }, "sc-10-failed",
     "\"polymarket socket-in: cancel 1-1-1\" cannot happen now", 1, Rule::NoFalseAlarm},
    {"an order that has ended is settled by its fills",
     [](Sabotage& s) { s.ended_is_settled = true; }, "sc-11-second-entry",
     "what can: \"maker socket-in: new order 1-1-2\"", 0, Rule::HedgedOnce},
    {"a fill is known by its key", [](Sabotage& s) { s.fills_not_deduplicated = true; },
     "sc-12-fill-older-than-position", "expected to have settled", 1, Rule::NoFalseAlarm},
    {"the group's interval stays within its limit",
     [](Sabotage& s) { off(s, Guard::GroupExposure); }, "sc-14-refused-cancel",
     "what can: \"maker socket-in: new order 1-1-3\"", 1, Rule::ExposureWithinLimit},
    {"a stream does not say what is complete",
     [](Sabotage& s) { s.fill_mark_is_newest_fill = true; }, "sc-16-some-frames",
     "read fills\" cannot happen now", 3, Rule::FillsKnownThroughMark},
    {"a snapshot is held against fills", [](Sabotage& s) { s.adopt_at_once = true; },
     "sc-17-executions-in-a-gap", "breaks truth_inside_interval", 1, Rule::TruthInsideInterval},
    {"nothing unknown is sent again", [](Sabotage& s) { s.resend_unknown = true; },
     "sc-18-error-of-a-live-order", "breaks truth_inside_interval", 1, Rule::TruthInsideInterval},
    {"a snapshot is held against fills", [](Sabotage& s) { s.adopt_at_once = true; },
     "sc-19b-position-first", "what can: \"hedge socket-in: new order 1-1-2\"", 0,
     Rule::TruthInsideInterval},
    {"the group's interval stays within its limit",
     [](Sabotage& s) { off(s, Guard::GroupExposure); }, "sc-20-both-cancels-fail",
     "what can: \"maker socket-in: new order 1-1-4\"", 1, Rule::ExposureWithinLimit},
    {"nothing unknown is sent again", [](Sabotage& s) { s.resend_unknown = true; },
     "sc-21-both-legs", "breaks truth_inside_interval", 1, Rule::TruthInsideInterval},
    {"a snapshot is held against fills", [](Sabotage& s) { s.adopt_at_once = true; },
     "sc-22-position-first", "breaks truth_inside_interval", 0, Rule::TruthInsideInterval},
    {"an order that has ended is settled by its fills",
     [](Sabotage& s) { s.ended_is_settled = true; }, "sc-26-fills-after-the-kill",
     "breaks truth_inside_interval", 0, Rule::TruthInsideInterval},
    {"what is not found may still come", [](Sabotage& s) { s.not_found_is_death = true; },
     "sc-28-cancel-before-the-create", "breaks closed_stays_closed", 0, Rule::ClosedStaysClosed},
    {"a fill is known by its key", [](Sabotage& s) { s.fills_not_deduplicated = true; },
     "sc-30-when-all-is-over", "breaks no_false_alarm", 0, Rule::NoFalseAlarm},
    {"an order that has ended is settled by its fills",
     [](Sabotage& s) { s.ended_is_settled = true; }, "sc-32-two-handlers-one-order",
     "breaks truth_inside_interval", 0, Rule::TruthInsideInterval},
};

INSTANTIATE_TEST_SUITE_P(Corpus, Guarded, testing::ValuesIn(held),
                         [](const auto& row) { return plain(row.param.script); });

} // namespace
} // namespace keel::incidents
