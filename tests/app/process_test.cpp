#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "app/record_load.hpp"
#include "tests/temp_folder.hpp"
#include "world/record_file.hpp"
#include "world/record_reader.hpp"
#include "world/record_writer.hpp"

// The program itself, end to end: what a shell, a script and a finger on Ctrl-C meet.

namespace keel::app {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

std::string text_of(const std::filesystem::path& path) {
    std::ifstream in{path};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
}

class Process : public testing::Test {
protected:
    void SetUp() override {
        const char* binary = std::getenv("KEEL_BINARY");
        if (binary == nullptr || !std::filesystem::exists(binary)) {
            GTEST_SKIP() << "KEEL_BINARY names no program";
        }
        binary_ = binary;
    }

    struct Child {
        pid_t pid = 0;
        std::filesystem::path out;
        std::filesystem::path err;
    };
    struct Said {
        int code = -1; // -1: it did not exit by itself
        std::string out;
        std::string err;
    };

    Child start(std::vector<std::string> arguments, const std::string& name = "run") const {
        Child child;
        child.out = folder_ / (name + ".out");
        child.err = folder_ / (name + ".err");
        arguments.insert(arguments.begin(), binary_);
        child.pid = ::fork();
        if (child.pid != 0) return child;
        const bool ready = std::freopen(child.out.c_str(), "w", stdout) != nullptr &&
                           std::freopen(child.err.c_str(), "w", stderr) != nullptr &&
                           ::chdir(KEEL_SOURCE_DIR) == 0;
        std::vector<char*> words;
        for (std::string& word : arguments) words.push_back(word.data());
        words.push_back(nullptr);
        if (ready) ::execv(binary_.c_str(), words.data());
        ::_exit(99);
    }
    static Said wait(const Child& child) {
        int status = 0;
        ::waitpid(child.pid, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(child.out),
                text_of(child.err)};
    }
    // Ctrl-C is heard once the config is printed. A busy machine may take its time.
    static void wait_for_start(const Child& child) {
        for (int i = 0; i < 6'000 && text_of(child.err).empty(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    Said keel(const std::vector<std::string>& arguments, const std::string& name = "run") const {
        return wait(start(arguments, name));
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    std::string binary_;
    const keel::test::TempFolder temp_;
    const std::filesystem::path folder_ = temp_.folder();
};

std::vector<std::string> harsh_minutes(const std::string& seed) {
    return {"run", "examples/xemm.toml", "--faults", "harsh", "--duration", "300s", "--seed", seed};
}

TEST_F(Process, ARunReportsOnStandardOutputAndNothingElse) {
    const Said said =
        keel({"run", "examples/xemm.toml", "--duration", "300s", "--json", path("out.json")});
    EXPECT_EQ(said.code, 0) << said.err << said.out;
    EXPECT_THAT(said.out, testing::StartsWith("examples/xemm.toml: 5 min "));
    EXPECT_THAT(said.out, HasSubstr("Verdict  good: flat on evidence, no violation (exit code 0)"));
    EXPECT_THAT(said.out, testing::EndsWith("Repeat   " + binary_ +
                                            " run examples/xemm.toml --faults calm "
                                            "--seed 1 --duration 300s\n"));
    EXPECT_EQ(said.out.find('\x1b'), std::string::npos);
    EXPECT_THAT(said.err, testing::StartsWith("# The effective config"));
    EXPECT_THAT(said.err, HasSubstr("duration_s = 300\n"));

    const auto json = nlohmann::ordered_json::parse(text_of(path("out.json")));
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) keys.push_back(key);
    const std::vector<std::string> promised{"seed",
                                            "events",
                                            "simulated_seconds",
                                            "wall_seconds",
                                            "maker_fills",
                                            "hedge_fills",
                                            "positions",
                                            "net_base_units",
                                            "residue",
                                            "open_obligation_lots",
                                            "exposure_worst",
                                            "exposure_limit",
                                            "unhedged_ms_p50",
                                            "unhedged_ms_max",
                                            "unhedged_ms_bound",
                                            "faults",
                                            "situations",
                                            "alarms",
                                            "violations",
                                            "violation_list",
                                            "state_hash",
                                            "pnl"};
    ASSERT_GE(keys.size(), promised.size());
    keys.resize(promised.size());
    EXPECT_THAT(keys, ElementsAreArray(promised));
    EXPECT_EQ(json["violations"], 0);
    EXPECT_EQ(json["net_base_units"], 0);
    EXPECT_EQ(json["open_obligation_lots"], 0);
    for (const auto& [name, units] : json["positions"].items()) EXPECT_EQ(units, 0) << name;
    EXPECT_GT(json["exposure_worst"], 0);
    EXPECT_LE(json["exposure_worst"], json["exposure_limit"]);
    EXPECT_LE(json["unhedged_ms_max"], json["unhedged_ms_bound"]);
}

TEST_F(Process, TheSameSeedIsTheSameRunAndAnotherIsNot) {
    const auto with = [&](const std::string& seed, const std::string& name) {
        auto arguments = harsh_minutes(seed);
        arguments.insert(arguments.end(),
                         {"-q", "--json", path(name + ".json"), "--hashes", path(name + ".txt")});
        EXPECT_EQ(keel(arguments, name).code, 0);
        return nlohmann::json::parse(text_of(path(name + ".json")))["state_hash"];
    };
    const auto first = with("5", "a");
    EXPECT_EQ(with("5", "b"), first);
    EXPECT_NE(with("6", "c"), first);
    EXPECT_EQ(text_of(path("a.txt")), text_of(path("b.txt")));
    EXPECT_NE(text_of(path("a.txt")), text_of(path("c.txt")));
}

TEST_F(Process, ARecordTellsWhyAnOrderBecameWhatItIs) {
    auto arguments = harsh_minutes("3");
    arguments.insert(arguments.end(), {"-q", "--record", path("run.rec")});
    EXPECT_EQ(keel(arguments).code, 0);
    const Said why = keel({"why", "1-1-1", path("run.rec")}, "why");
    EXPECT_EQ(why.code, 0) << why.err;
    EXPECT_THAT(why.out, testing::StartsWith("Order 1-1-1 (packed 4503603922337793) on pacifica/"));
    EXPECT_THAT(why.out, HasSubstr("sent"));
    EXPECT_THAT(why.out, HasSubstr("PendingNew"));
    EXPECT_EQ(keel({"why", "4503603922337793", path("run.rec")}, "packed").out, why.out);

    const Said none = keel({"why", "9-9-9", path("run.rec")}, "none");
    EXPECT_EQ(none.code, 2);
    EXPECT_EQ(none.out, "");
    EXPECT_THAT(none.err, HasSubstr("order 9-9-9 is not in"));
    EXPECT_THAT(none.err, HasSubstr("the nearest are 1-"));

    // Nothing beside the record is needed, and nothing is written beside it.
    EXPECT_FALSE(std::filesystem::exists(path("run.rec.toml")));
    std::filesystem::rename(path("run.rec"), path("moved.rec"));
    EXPECT_EQ(keel({"why", "1-1-1", path("moved.rec")}, "moved").out, why.out);
}

TEST_F(Process, ARecordReplaysFromItselfAlone) {
    auto arguments = harsh_minutes("4");
    arguments.insert(arguments.end(),
                     {"-q", "--record", path("run.rec"), "--json", path("out.json")});
    EXPECT_EQ(keel(arguments).code, 0);
    const Said same = keel({"replay", path("run.rec")}, "same");
    EXPECT_EQ(same.code, 0) << same.out << same.err;
    // The report and the replay of one run have one hash of its desk, and one count of its events.
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    const std::uint64_t events = json["events"];
    const std::uint64_t lost = json["events_lost"];
    EXPECT_THAT(same.out, HasSubstr("events 1 to " + std::to_string(events - lost) + ": "));
    EXPECT_THAT(same.out, HasSubstr("the same; desk " + std::string{json["desk_hash"]} + "\n"));
    EXPECT_THAT(same.out,
                HasSubstr(std::to_string(int{json["situations"]["restart"]}) + " restart"));
    const Said later = keel({"replay", path("run.rec"), "--after", "70000"}, "later");
    EXPECT_EQ(later.code, 0) << later.out << later.err;
    EXPECT_EQ(later.out.substr(later.out.find("; desk")), same.out.substr(same.out.find("; desk")));

    const std::string whole = text_of(path("run.rec"));
    const auto replay_of = [&](const std::string& bytes) {
        std::ofstream{path("other.rec"), std::ios::binary} << bytes;
        return keel({"replay", path("other.rec")}, "other");
    };
    // Cut short: what is there was compared.
    const Said cut = replay_of(whole.substr(0, whole.size() / 2));
    EXPECT_EQ(cut.code, 2);
    EXPECT_THAT(cut.out, HasSubstr("the same as far as it goes"));
    EXPECT_THAT(cut.err, HasSubstr("cut short"));
    // The same events for a desk that wants another edge: it differs, and at which event is said.
    const auto bytes = world::read_file(path("run.rec"));
    ASSERT_TRUE(bytes.has_value());
    const auto reader = world::RecordReader::open(*bytes);
    ASSERT_TRUE(reader.has_value());
    world::RecordHeader header = reader->header();
    const std::size_t head = world::record_head(header).size();
    const std::string_view knob = "\ntarget_edge_bps = \"";
    const std::size_t at = header.config.find(knob);
    ASSERT_NE(at, std::string::npos) << header.config;
    header.config.insert(at + knob.size(), "1");
    const auto with_head = [&] {
        std::string out;
        for (const std::byte one : world::record_head(header)) out += static_cast<char>(one);
        return out + whole.substr(head);
    };
    EXPECT_THAT(replay_of(with_head()).err, HasSubstr("its config has hash"));
    header.config_hash = short_hash(sha256_hex(header.config));
    const Said differs = replay_of(with_head());
    EXPECT_EQ(differs.code, 1) << differs.err;
    EXPECT_THAT(differs.out, HasSubstr("differs at event "));
    // A version of tomorrow, no record, no file.
    std::string newer = whole;
    newer[8] = 9;
    EXPECT_THAT(replay_of(newer).err, HasSubstr("has version 9, and this build reads version 2"));
    EXPECT_EQ(replay_of(newer).code, 2);
    EXPECT_EQ(replay_of("nonsense").code, 2);
    EXPECT_EQ(keel({"replay", path("none.rec")}, "none").code, 2);
}

TEST_F(Process, CtrlCWindsDownVerifiesAndReports) {
    const Child child = start({"run", "examples/xemm.toml", "--duration", "168h"});
    wait_for_start(child);
    ::kill(child.pid, SIGINT);
    const Said said = wait(child);
    EXPECT_EQ(said.code, 130) << said.err << said.out;
    EXPECT_THAT(said.err, HasSubstr("keel: interrupted: no new quotes"));
    EXPECT_THAT(said.out, HasSubstr("interrupted: wound down, flat on evidence"));
    EXPECT_THAT(said.out, HasSubstr("Repeat   no command does: it was interrupted by hand"));
}

TEST_F(Process, CtrlCTwiceStopsAtOnceAndSaysWhatWasNotDone) {
    const Child child = start({"run", "examples/xemm.toml", "--duration", "168h", "--json",
                               path("out.json"), "--record", path("run.rec")});
    wait_for_start(child);
    ::kill(child.pid, SIGSTOP); // so that both are there when it goes on
    ::kill(child.pid, SIGINT);
    ::kill(child.pid, SIGTERM);
    ::kill(child.pid, SIGCONT);
    const Said said = wait(child);
    EXPECT_EQ(said.code, 3) << said.err << said.out;
    EXPECT_THAT(said.err, HasSubstr("keel: stopped at once: nothing was verified"));
    EXPECT_EQ(said.out, "");
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator{folder_}) {
        left.push_back(entry.path().filename());
    }
    EXPECT_THAT(left, testing::UnorderedElementsAre("run.out", "run.err", "run.rec"));
}

TEST_F(Process, OutsideTheFaultModelItHaltsWithAnAlarm) {
    const Said said =
        keel({"run", "examples/xemm.toml", "--faults", "beyond", "-q", "--json", path("out.json")});
    EXPECT_EQ(said.code, 3) << said.err << said.out;
    EXPECT_THAT(said.err, HasSubstr(" outside_fault_model: "));
    EXPECT_THAT(said.out, HasSubstr("Verdict  halted"));
    const auto json = nlohmann::json::parse(text_of(path("out.json")));
    EXPECT_GT(json["alarm_kinds"]["outside_fault_model"], 0);
    bool is_listed = false;
    for (const auto& alarm : json["alarm_list"]) {
        is_listed = is_listed || alarm["kind"] == "outside_fault_model";
    }
    EXPECT_TRUE(is_listed);
}

// Flat because it never traded is good, and worth a word.
TEST_F(Process, ADeskThatNeverTradesSaysSo) {
    struct Row {
        std::string find;
        std::string replace;
        std::string guard;
    };
    for (const Row& row : std::vector<Row>{
             {"target_edge_bps = \"4\"", "target_edge_bps = \"1000\"", "price_collar_bps"},
             {"max_position_notional = \"150000\"", "max_position_notional = \"20000\"", ""},
         }) {
        std::string text = text_of(std::filesystem::path{KEEL_SOURCE_DIR} / "examples/xemm.toml");
        for (std::size_t at = text.find(row.find); at != text.npos;
             at = text.find(row.find, at + row.replace.size())) {
            text.replace(at, row.find.size(), row.replace);
        }
        const std::string data = "../data";
        text.replace(text.find(data), data.size(), std::string{KEEL_SOURCE_DIR} + "/data");
        std::ofstream{path("desk.toml")} << text;
        const Said said = keel(
            {"run", path("desk.toml"), "-q", "--duration", "120s", "--json", path("out.json")});
        EXPECT_EQ(said.code, 0) << said.err << said.out;
        const auto json = nlohmann::json::parse(text_of(path("out.json")));
        if (row.guard.empty()) { // this one trades: no warning
            EXPECT_GT(json["quoting"]["btc"]["quotes"], 0);
            continue;
        }
        EXPECT_THAT(said.out,
                    HasSubstr("no violation; but btc never quoted: " + row.guard + " held it "));
        EXPECT_THAT(said.out, HasSubstr("no quote was filled (exit code 0)"));
        EXPECT_EQ(json["quoting"]["btc"]["quotes"], 0);
        EXPECT_GT(json["quoting"]["btc"]["held_by"][row.guard], 0);
        EXPECT_EQ(json["warnings"].size(), 3U); // btc, eth, and no fill
    }
}

TEST_F(Process, AReportThatNobodyCanReadIsNoSuccess) {
    // Standard output closed by the caller, and a reader that left.
    const auto with = [&](auto&& prepare) {
        const std::string err = path("err");
        const pid_t child = ::fork();
        if (child == 0) {
            const bool ready =
                std::freopen(err.c_str(), "w", stderr) != nullptr && ::chdir(KEEL_SOURCE_DIR) == 0;
            prepare();
            if (ready) {
                ::execl(binary_.c_str(), binary_.c_str(), "run", "examples/xemm.toml", "-q",
                        "--duration", "60s", "--hashes", path("hashes").c_str(), nullptr);
            }
            ::_exit(99);
        }
        return wait({child, path("none"), err});
    };
    const Said closed = with([] { ::close(STDOUT_FILENO); });
    EXPECT_EQ(closed.code, 3) << closed.err;
    EXPECT_THAT(closed.err, HasSubstr("standard output cannot be written"));
    EXPECT_EQ(text_of(path("hashes")).find("Verdict"), std::string::npos);
    const Said left = with([] {
        int ends[2];
        if (::pipe(ends) != 0) ::_exit(98);
        ::close(ends[0]);
        ::dup2(ends[1], STDOUT_FILENO);
    });
    EXPECT_EQ(left.code, 3) << left.err;
    EXPECT_THAT(left.err, HasSubstr("standard output cannot be written"));
}

TEST_F(Process, TheLastEventsAreARecordToo) {
    auto arguments = harsh_minutes("3");
    arguments.insert(arguments.end(), {"-q", "--record", path("all.rec")});
    ASSERT_EQ(keel(arguments).code, 0);
    arguments.back() = path("last.rec");
    arguments.insert(arguments.end(), {"--record-last", "1000"});
    ASSERT_EQ(keel(arguments).code, 0);
    const Said all = keel({"replay", path("all.rec")});
    const Said last = keel({"replay", path("last.rec")});
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_EQ(last.code, 0) << last.err;
    const auto replayed = [](const Said& said) { // the first event, and the last
        std::smatch found;
        EXPECT_TRUE(std::regex_search(said.out, found, std::regex{"events (\\d+) to (\\d+):"}))
            << said.out;
        return std::pair{std::stoll(found[1]), std::stoll(found[2])};
    };
    EXPECT_EQ(replayed(all).first, 1);
    EXPECT_GT(replayed(last).first, 1);
    EXPECT_EQ(replayed(last).second, replayed(all).second);
    EXPECT_GE(replayed(last).second - replayed(last).first + 1, 1'000);
}

TEST_F(Process, TheKillSwitchEndsFlatAndStaysHalted) {
    auto arguments = harsh_minutes("3");
    arguments.insert(arguments.end(), {"-q", "--kill", "--json", path("out.json")});
    const Said said = keel(arguments);
    EXPECT_EQ(said.code, 3) << said.err;
    EXPECT_THAT(said.out, HasSubstr("killed: nothing rests and nothing is held, on evidence"));
    EXPECT_THAT(said.out, HasSubstr(" --kill"));
    const auto report = nlohmann::json::parse(text_of(path("out.json")));
    EXPECT_EQ(report["violations"], 0);
    EXPECT_EQ(report["net_base_units"], 0);
}

} // namespace
} // namespace keel::app
