#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/explore_options.hpp"
#include "app/scenario_file.hpp"
#include "explore/trace.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/temp_folder.hpp"

// What `keel explore` says and writes, and what `keel replay` makes of a trace.

namespace keel::app {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* small = "scenarios/xemm-small.toml";

// What ends by itself, and proves nothing before, has longer.
TEST(ExploreBudget, WhereNoneIsGivenIsOfTheKindOfSearch) {
    const auto seconds_of = [](SearchKind kind) {
        ExploreOptions options;
        options.search = kind;
        EXPECT_TRUE(parse_budget(std::nullopt, options));
        EXPECT_EQ(options.budget_steps, 0U);
        return options.budget_ns / 1'000'000'000;
    };
    EXPECT_EQ(seconds_of(SearchKind::Exhaustive), 600U);
    for (const SearchKind kind :
         {SearchKind::Auto, SearchKind::Random, SearchKind::Pct, SearchKind::Guided}) {
        EXPECT_EQ(seconds_of(kind), 60U);
    }
    EXPECT_EQ(keel({"explore", small, "--search", "exhaustive", "--budget", ""}).code, 2);
}

class Explore : public testing::Test {
protected:
    [[nodiscard]] std::string path(const std::string& name) const {
        return (temp_.folder() / name).string();
    }
    [[nodiscard]] static std::string text_of(const std::string& path) {
        std::ifstream file{path};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    static void write(const std::string& path, const std::string& text) {
        std::ofstream{path} << text;
    }
    keel::test::TempFolder temp_;
};

TEST_F(Explore, SaysHowFarItWent) {
    const Said said = keel({"explore", small, "--search", "exhaustive", "--max-faults", "0",
                            "--budget", "2000", "--no-progress"});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(StartsWith("xemm-small (scenarios/xemm-small.toml)\n"),
                                HasSubstr("stopped: 2,000 states"), HasSubstr("at most 0 faults"),
                                HasSubstr("no rule was broken")));
    EXPECT_EQ(said.err, "");
}

TEST_F(Explore, WritesAReportForScripts) {
    const Said said = keel({"explore", small, "--search", "random", "--max-faults", "2", "--budget",
                            "300", "--no-progress", "--json", path("out.json")});
    ASSERT_EQ(said.code, 0) << said.err;
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    EXPECT_EQ(json["scenario"], "xemm-small");
    EXPECT_EQ(json["complete"], false);
    EXPECT_EQ(json["schedules"], 300);
    EXPECT_EQ(json["violations"], 0);
    EXPECT_TRUE(json["violation_list"].empty());
    EXPECT_FALSE(json["fault_kinds"].empty());
    EXPECT_EQ(json["passes"].size(), 1U);
    EXPECT_EQ(json["passes"][0]["search"], "random");
    EXPECT_GT(json["passes"][0]["deepest"], 10);
}

TEST_F(Explore, SaysOfASearchThatClosedWhichGuardsItNeeds) {
    const auto search = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"explore",       small,          "--search",
                                       "exhaustive",    "--max-faults", "0",
                                       "--no-progress", "--json",       path("out.json")};
        words.insert(words.end(), more.begin(), more.end());
        const Said said = keel(words);
        EXPECT_EQ(said.code, 0) << said.err;
        return std::pair{nlohmann::json::parse(text_of(path("out.json"))), said.out};
    };
    const auto [json, out] = search({"--budget", "5000"});
    EXPECT_EQ(json["complete"], true);
    ASSERT_GT(json["guards"].size(), 50U);
    std::size_t violate = 0;
    std::size_t unexplained = 0;
    for (const auto& guard : json["guards"]) {
        if (guard["violates"] == true) {
            ++violate;
            EXPECT_GT(guard["steps"], 0) << guard;
            EXPECT_FALSE(guard["rule"].get<std::string>().empty());
        } else {
            unexplained += guard["why"].get<std::string>().empty() ? 1U : 0U;
        }
    }
    EXPECT_GE(violate, 5U);
    EXPECT_EQ(json["guards_unexplained"], unexplained);
    EXPECT_THAT(out, HasSubstr(" break a rule here if they are switched off"));
    EXPECT_FALSE(search({"--no-guards", "--budget", "5000"}).first.contains("guards"));
    EXPECT_FALSE(search({"--budget", "300"}).first.contains("guards")) << "it did not close";
}

TEST_F(Explore, DrawsTheSameSchedulesFromTheSameSeed) {
    const auto steps_of = [&](const std::string& seed, const std::string& kind) {
        const Said said = keel({"explore", small, "--search", kind, "--budget", "200", "--seed",
                                seed, "--no-progress", "--json", path("out.json")});
        EXPECT_EQ(said.code, 0) << said.err;
        const auto json = nlohmann::json::parse(text_of(path("out.json")));
        return json["transitions"].get<std::uint64_t>();
    };
    for (const std::string kind : {"random", "pct"}) {
        const std::uint64_t first = steps_of("1", kind);
        EXPECT_EQ(steps_of("1", kind), first);
        EXPECT_NE(steps_of("2", kind), first);
    }
}

// With a budget of as many schedules it is found again, and with one fewer it is not.
TEST_F(Explore, SaysInWhichScheduleItWasFound) {
    const auto search = [&](std::uint64_t schedules) {
        const Said said =
            keel({"explore", "scenarios/p1-confirmation.toml", "--subject", "p1-any-confirmation",
                  "--max-faults", "0", "--search", "random", "--seed", "3", "--budget",
                  std::to_string(schedules), "--no-progress", "--json", path("out.json")});
        return std::pair{said, nlohmann::json::parse(text_of(path("out.json")))};
    };
    const auto [said, json] = search(2'000);
    ASSERT_EQ(said.code, 1) << said.err;
    const auto& first = json["violation_list"][0];
    const auto schedule = first["found_in_schedules"].get<std::uint64_t>();
    ASSERT_GT(schedule, 1U) << "another seed shows more";
    EXPECT_GE(first["found_in_transitions"], first["found_in_steps"]);
    EXPECT_THAT(said.out, HasSubstr("in schedule " + std::to_string(schedule) + ", after "));
    EXPECT_EQ(search(schedule).second["violation_list"][0]["found_in_schedules"], schedule);
    EXPECT_EQ(search(schedule - 1).second["violations"], 0);
}

// The report without what a clock says.
nlohmann::json without_clock(nlohmann::json report) {
    report.erase("wall_seconds");
    report.erase("jobs");
    for (auto& pass : report["passes"]) pass.erase("wall_seconds");
    return report;
}

TEST_F(Explore, FindsTheSameWithTheSameJobs) {
    for (const std::string kind : {"random", "pct", "guided", "auto"}) {
        SCOPED_TRACE(kind);
        const auto report = [&](const std::string& jobs) {
            const Said said =
                keel({"explore", small, "--search", kind, "--max-faults", "2", "--budget", "150",
                      "--jobs", jobs, "--no-progress", "--json", path("out.json")});
            EXPECT_EQ(said.code, 0) << said.err;
            const auto json = nlohmann::json::parse(text_of(path("out.json")));
            EXPECT_EQ(json["jobs"], std::stoi(jobs));
            return without_clock(json);
        };
        const auto alone = report("1");
        EXPECT_EQ(report("1"), alone);
        // (What an exhaustive search of several has seen when it is stopped may differ.)
        if (kind == "auto") continue;
        const auto two = report("2");
        EXPECT_EQ(report("2"), two);
        EXPECT_EQ(two["schedules"], alone["schedules"]);
        EXPECT_NE(two["transitions"], alone["transitions"]);
    }
}

TEST_F(Explore, SharesByWhatIsNew) {
    const Said said = keel({"explore", small, "--max-faults", "2", "--budget", "1500",
                            "--no-progress", "--json", path("out.json")});
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, AllOf(HasSubstr("  stopped: 1,500 states"), HasSubstr("  random: "),
                                HasSubstr("  pct, d = 4: "), HasSubstr("  guided: "),
                                HasSubstr(" new states, ")));
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    EXPECT_EQ(json["schedules"], 1'500);
    EXPECT_EQ(json["states"], 1'500);
    ASSERT_EQ(json["passes"].size(), 7U);
    EXPECT_EQ(json["passes"][0]["search"], "exhaustive");
    EXPECT_FALSE(json["passes"][0].contains("credit"));
    std::uint64_t states = 0;
    std::uint64_t situations = 0;
    for (std::size_t n = 1; n < 7; ++n) {
        const auto& credit = json["passes"][n]["credit"];
        EXPECT_GT(credit["slices"], 0);
        states += credit["new_states"].get<std::uint64_t>();
        situations += credit["new_situations"].get<std::uint64_t>();
    }
    EXPECT_EQ(json["coverage"]["schedule_states"], states);
    EXPECT_EQ(json["coverage"]["situations"], situations);
    EXPECT_EQ(json["coverage"]["full"], false);
}

TEST_F(Explore, SaysWhereItIs) {
    const Said said = keel({"explore", small, "--search", "guided", "--budget", "128"});
    EXPECT_THAT(said.err, AllOf(StartsWith("xemm-small: guided: 128 schedules to "),
                                HasSubstr(" states in "), HasSubstr(" situations: "),
                                HasSubstr(" steps, "), HasSubstr(" a second, 0 broken\n")));
    const Said closing = keel({"explore", small, "--search", "exhaustive", "--budget", "128"});
    EXPECT_THAT(closing.err,
                StartsWith("xemm-small: exhaustive: 128 states with at most 0 faults: "));
}

TEST_F(Explore, TakesSeveralScenarios) {
    const Said said = keel({"explore", small, "scenarios/xemm-cycle.toml", "--search", "random",
                            "--budget", "50", "--no-progress", "--json", path("out.json")});
    ASSERT_EQ(said.code, 0) << said.err;
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    ASSERT_EQ(json["scenarios"].size(), 2U);
    EXPECT_EQ(json["scenarios"][1]["scenario"], "xemm-cycle");
}

// The last thing that is told is all of them at once.
TEST_F(Explore, SumsUpSeveralScenarios) {
    const auto explored = [](const std::vector<std::string>& scenarios) {
        std::vector<std::string> words{"explore"};
        words.insert(words.end(), scenarios.begin(), scenarios.end());
        words.insert(words.end(), {"--search", "exhaustive", "--max-faults", "0", "--budget",
                                   "10000", "--no-progress"});
        return keel(words).out;
    };
    EXPECT_THAT(explored({small, "scenarios/xemm-cycle.toml", "scenarios/p5-tick.toml"}),
                ContainsRegex(
                    "\n\n3 scenarios with at most 0 faults: 1 complete, 1 with a broken rule\n"
                    "  scenario +search +states +schedules +transitions +ends +seconds +verdict\n"
                    "  xemm-small +exhaustive +4,397 +0 +10,015 +367 +[0-9.]+ +complete\n"
                    "  xemm-cycle +exhaustive +10,[0-9]+ +0 +[0-9,]+ +[0-9]+ +[0-9.]+ +none broken"
                    "\n  p5-tick, p5-tick-inferred .* +BROKEN reduces_in_time\n$"));
    EXPECT_THAT(explored({small}), Not(HasSubstr("scenarios with")));
}

// A time need not be whole.
TEST_F(Explore, StopsAfterAPartOfASecond) {
    const Said said = keel({"explore", "scenarios/xemm-cycle.toml", "--search", "random",
                            "--budget", "0.2s", "--no-progress", "--json", path("out.json")});
    ASSERT_EQ(said.code, 0) << said.err;
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    EXPECT_GE(json["wall_seconds"], 0.2);
}

TEST_F(Explore, TellsWhichFaultWasMetWhen) {
    const Said said = keel({"explore", small, "--search", "random", "--max-faults", "2", "--budget",
                            "300", "--no-progress", "--json", path("out.json")});
    ASSERT_EQ(said.code, 0) << said.err;
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    const auto& drop = json["fault_kinds"]["drop"];
    ASSERT_EQ(drop.size(), 6U) << drop;
    EXPECT_GT(drop["resting"], 0);
    EXPECT_FALSE(json["fault_kinds"]["refusal"].contains("idle"));
    EXPECT_THAT(json["fault_kinds_never"]["refusal"]["idle"].get<std::string>(),
                HasSubstr("of an order"));
    EXPECT_FALSE(json["fault_kinds_never"].contains("drop"));
    EXPECT_FALSE(json["fault_kinds"].contains("slow")) << "no explorer chooses it";
    EXPECT_THAT(said.out,
                AllOf(HasSubstr("fault met while:    resting  cancel_pending  unknown"),
                      ContainsRegex("\n    drop  +[1-9][0-9]* "), ContainsRegex("refusal .* -\n"),
                      HasSubstr("- answer_lost_after, refusal while idle: a request to")));
    const Said calm = keel({"explore", small, "--search", "random", "--max-faults", "0", "--budget",
                            "10", "--no-progress"});
    EXPECT_THAT(calm.out, Not(HasSubstr("fault met")));
}

TEST_F(Explore, CoverFailsWhereAFaultWasNeverMet) {
    const auto with_faults = [](const std::string& kinds) {
        std::string text = text_of(small);
        return text.insert(text.find("name = "), "faults = [" + kinds + "]\n");
    };
    write(path("two-kinds.toml"), with_faults("\"drop\", \"answer_lost_before\""));
    const auto explored = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "explore");
        words.insert(words.end(), {"--search", "random", "--no-progress", "--cover"});
        return keel(words);
    };
    const Said good = explored({path("two-kinds.toml"), "--max-faults", "1", "--budget", "300"});
    EXPECT_EQ(good.code, 0) << good.out;
    EXPECT_THAT(good.out, AllOf(HasSubstr("while restarting: nothing crashes"),
                                HasSubstr("every fault that can be met was met")));
    const Said few = explored({path("two-kinds.toml"), "--max-faults", "2", "--budget", "20"});
    EXPECT_EQ(few.code, 1);
    EXPECT_THAT(few.out, AllOf(HasSubstr("no rule was broken"), HasSubstr("NOT COVERED"),
                               HasSubstr("drop while unknown"), HasSubstr("Search longer")));
    const Said none = explored({small, "--max-faults", "0", "--budget", "10"});
    EXPECT_EQ(none.code, 1);
    EXPECT_THAT(none.out, HasSubstr("NOT COVERED: no fault can be met: none is allowed with "
                                    "--max-faults 0. Allow some"));
    write(path("no-kind.toml"), with_faults(""));
    const Said no_kind = explored({path("no-kind.toml"), "--max-faults", "1", "--budget", "10"});
    EXPECT_EQ(no_kind.code, 1);
    EXPECT_THAT(no_kind.out, HasSubstr("the scenario has none, as it says faults = []"));
    const Said beside_none = explored(
        {path("no-kind.toml"), path("two-kinds.toml"), "--max-faults", "0", "--budget", "10"});
    EXPECT_THAT(beside_none.out, HasSubstr("none is allowed with --max-faults 0"));
    write(path("no-room.toml"), with_faults("\"partial_batch\""));
    const Said no_room = explored({path("no-room.toml"), "--max-faults", "1", "--budget", "10"});
    EXPECT_THAT(no_room.out, HasSubstr("the scenario has no room for the kinds it lists"))
        << no_room.err;
    // What can be met in one of several scenarios has to be met in one of them.
    write(path("one-kind.toml"), with_faults("\"refusal\""));
    const Said both = explored(
        {path("two-kinds.toml"), path("one-kind.toml"), "--max-faults", "1", "--budget", "300"});
    EXPECT_EQ(both.code, 0) << both.out;
    const Said more =
        explored({path("two-kinds.toml"), small, "--max-faults", "1", "--budget", "20"});
    EXPECT_EQ(more.code, 1);
    EXPECT_THAT(more.out, ContainsRegex("no schedule met .*stale_read while"));
    const Said twin = explored({small, "--subject", "p1-any-confirmation", "--budget", "10"});
    EXPECT_EQ(twin.code, 2);
    EXPECT_THAT(twin.err, HasSubstr("what a twin is doing"));
}

TEST_F(Explore, RefusesWhatItCannotDo) {
    write(path("bad.toml"), "[scenario]\nname = 3\n");
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{}, "SCENARIO is required"},
        {{"nowhere.toml"}, "nowhere.toml"},
        {{path("bad.toml")}, "scenario.name"},
        {{small, "--search", "dfs"}, "\"dfs\" is none of auto, exhaustive, random, pct, guided"},
        {{small, "--budget", "soon"}, "neither a time of at least 1ms"},
        {{small, "--budget", "0"}, "--budget: 0 is not from 1"},
        {{small, "--budget", "0s"}, "neither a time"},
        {{small, "--max-faults", "-1"}, "--max-faults: \"-1\" is not a whole number from 0 to 100"},
        {{small, "--max-faults", "101"}, "\"101\" is not a whole number from 0 to 100"},
        {{small, "--depth", "0"}, "--depth: \"0\" is not a whole number from 1 to 1000000"},
        {{small, "--jobs", "0"}, "--jobs: \"0\" is not a whole number from 1 to 64"},
        {{small, "--jobs", "two"}, "--jobs: \"two\" is not a whole number from 1 to 64"},
        {{small, "--jobs", "65"}, "--jobs: \"65\" is not a whole number from 1 to 64"},
        {{small, "--save", path("no/such")}, "is no directory"},
        {{small, "--json", path("no/such.json")}, "--json"},
    };
    for (const auto& [words, text] : cases) {
        std::vector<std::string> all{"explore"};
        all.insert(all.end(), words.begin(), words.end());
        const Said said = keel(all);
        EXPECT_EQ(said.code, 2) << text;
        EXPECT_THAT(said.err, HasSubstr(text));
        EXPECT_EQ(said.out, "");
    }
}

// A few steps of the small scenario, as a trace.
std::string some_trace() {
    auto loaded = load_scenario_file(small);
    EXPECT_TRUE(loaded.has_value());
    const auto scenario = std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
    explore::World world{scenario};
    std::vector<explore::Choice> path;
    std::vector<explore::Choice> enabled;
    for (int n = 0; n < 6; ++n) {
        world.enabled(0, enabled);
        path.push_back(enabled.front());
        world.apply(enabled.front());
    }
    explore::World again{scenario};
    const auto trace = explore::trace_of(again, path);
    EXPECT_TRUE(trace.has_value());
    return explore::to_text(*trace);
}

TEST_F(Explore, TraceIsReplayed) {
    write(path("good.trace"), some_trace());
    const Said said = keel({"replay", path("good.trace")});
    EXPECT_EQ(said.code, 0) << said.err << said.out;
    EXPECT_THAT(said.out, HasSubstr("6 steps of xemm-small, and as it says"));
    // Where the scenario lies may be told.
    std::filesystem::copy_file(small, path("moved.toml"));
    EXPECT_EQ(keel({"replay", path("good.trace"), "--scenario", path("moved.toml")}).code, 0);
}

// Where it lies beside the trace it is found there.
TEST_F(Explore, TraceOfAScenarioBesideItIsReplayed) {
    Said said = keel({"replay", "scenarios/incidents/sc-01-fill-told-first.trace"});
    EXPECT_EQ(said.code, 0) << said.err << said.out;
    EXPECT_THAT(said.out, HasSubstr("steps of sc-01-cancel-crosses-fill, and as it says: settled: "
                                    "nothing is broken, and all has come to its end"));
    write(path("good.trace"), some_trace());
    write(path("xemm-small.toml"), "nonsense\n");
    said = keel({"replay", path("good.trace")});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr(path("xemm-small.toml")));
}

TEST_F(Explore, SaysWhereTheScenarioOfATraceWasLookedFor) {
    std::string text = some_trace();
    text.replace(text.find("xemm-small"), 10, "elsewhere");
    write(path("lost.trace"), text);
    for (const char* command : {"replay", "timeline"}) {
        const Said said = keel({command, path("lost.trace")});
        EXPECT_EQ(said.code, 2);
        EXPECT_EQ(said.out, "");
        EXPECT_EQ(said.err,
                  fmt::format("keel: {}: it is a trace of scenario elsewhere, and there is neither "
                              "{} nor scenarios/elsewhere.toml here in {}. Say where it is: "
                              "--scenario FILE\n",
                              path("lost.trace"), path("elsewhere.toml"),
                              std::filesystem::current_path().string()));
    }
}

TEST_F(Explore, TraceThatNoLongerAppliesIsNoSuccess) {
    const std::string good = some_trace();
    std::string impossible = good;
    impossible += "maker fills: trade 7-1-9\n";
    write(path("impossible.trace"), impossible);
    Said said = keel({"replay", path("impossible.trace")});
    EXPECT_EQ(said.code, 1);
    EXPECT_THAT(said.out, HasSubstr("no longer applies at step 7"));

    write(path("other.trace"), good);
    said = keel({"replay", path("other.trace"), "--scenario", "scenarios/xemm-cycle.toml"});
    EXPECT_NE(said.code, 0);

    std::string wrong = good;
    wrong.replace(wrong.find("expect none"), 11, "expect hedged_once");
    write(path("wrong.trace"), wrong);
    said = keel({"replay", path("wrong.trace")});
    EXPECT_EQ(said.code, 1) << said.out << said.err;

    write(path("broken.trace"), "keel trace 1\nnonsense\n");
    said = keel({"replay", path("broken.trace")});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("line 2"));
}

} // namespace
} // namespace keel::app
