#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/exit_code.hpp"
#include "tests/app/desk_text.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/temp_folder.hpp"

namespace keel::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class Cli : public testing::Test {
protected:
    std::string file(const std::string& name, const std::string& text) const {
        const std::string path = (folder_ / name).string();
        std::ofstream{path} << text;
        return path;
    }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    const keel::test::TempFolder temp_;
    const std::filesystem::path folder_ = temp_.folder();
};

std::string recording_bytes() {
    std::ifstream in{"data/market/binance-usdm-20240808.kmk", std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
}

std::string good_desk_of_recording() { return edited_desk({{"\"btc.kmk\"", "\"market.kmk\""}}); }

TEST_F(Cli, EveryHelpThatRunsSomethingHasTheExitCodes) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"--help"}, {"run", "--help"}}) {
        const Said said = keel(arguments);
        EXPECT_EQ(said.code, 0);
        EXPECT_EQ(said.err, "");
        EXPECT_THAT(said.out, HasSubstr(exit_code_help()));
        for (const ExitMeaning& row : exit_codes) {
            EXPECT_THAT(said.out, HasSubstr(std::string{row.meaning}));
        }
    }
    EXPECT_THAT(keel({"--help"}).out, HasSubstr("keel run examples/xemm.toml --faults harsh"));
    EXPECT_THAT(keel({"run", "--help"}).out, HasSubstr("Usage: keel run [OPTIONS] CONFIG"));
    EXPECT_THAT(keel({"why", "--help"}).out, HasSubstr("Usage: keel why [OPTIONS] ORDER RECORD"));
}

TEST_F(Cli, TheVersionNamesBuildCompilerAndPreset) {
    const Said said = keel({"--version"});
    EXPECT_EQ(said.code, 0);
    EXPECT_THAT(said.out, testing::StartsWith("keel "));
    EXPECT_THAT(said.out, HasSubstr("\nbuild "));
    EXPECT_THAT(said.out, HasSubstr("\ncompiler "));
    EXPECT_THAT(said.out, HasSubstr("\npreset "));
}

TEST_F(Cli, WrongUseIsExitCodeTwoAndSaysTheNextStep) {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {},
             {"fly"},
             {"run"},
             {"run", "a.toml", "--sed", "1"},
             {"run", "a.toml", "--seed", "one"},
             {"run", "a.toml", "--duration", "soon"},
             {"run", "no/such/file.toml"},
             {"why", "1-1-1"},
             {"why", "none", "no/such/record"},
             {"why", "1-1-1", "no/such/record"},
             {"config"},
             {"config", "check"},
             {"config", "check", "no/such/file.toml"},
         }) {
        const Said said = keel(arguments);
        EXPECT_EQ(said.code, 2) << testing::PrintToString(arguments);
        EXPECT_EQ(said.out, "");
        EXPECT_NE(said.err, "");
    }
    EXPECT_EQ(keel({"run"}).err, "keel: CONFIG is required. `keel --help` shows how it is used\n");
    EXPECT_EQ(keel({"timeline"}).err,
              "keel: RECORD is required: a record or a trace, as FILE or --record FILE. `keel "
              "--help` shows how it is used\n");
    EXPECT_EQ(keel({"why", "1-1-17"}).err, "keel: RECORD is required: as FILE or --record FILE. "
                                           "`keel --help` shows how it is used\n");
}

TEST_F(Cli, ABadConfigIsExitCodeTwoWithEveryError) {
    const std::string bad =
        file("bad.toml", edited_desk({{"seed = 7", "seed = \"7\""}, {"number = 3", "numbr = 3"}}));
    const std::string errors = bad +
                               ":2:8: run.seed: is a text, but must be an integer, 0 or more\n" +
                               bad + ":8:1: desk.numbr: unknown key; did you mean \"number\"?\n";
    const Said run = keel({"run", bad});
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, errors + "keel: 2 errors in the config; nothing was started\n");
    const Said check = keel({"config", "check", bad});
    EXPECT_EQ(check.code, 2);
    EXPECT_EQ(check.err, errors);
}

TEST_F(Cli, ASecretIsRefusedAndNotRepeated) {
    constexpr const char* secret = "4f3c2b1a0d9e8f7c";
    for (const char* line :
         {"private_key = \"4f3c2b1a0d9e8f7c\"", "secret = 4f3c2b1a0d9e8f7c",
          "api_key = 0x4f3c2b1a0d9e8f7c4f3c2b1a0d9e8f7c", "agent_wallet = [\"4f3c2b1a0d9e8f7c\"]",
          "password = { is = \"4f3c2b1a0d9e8f7c\" }", "mnemonic = '''\n4f3c2b1a0d9e8f7c'''"}) {
        const std::string added = std::string{"number = 3\n"} + line;
        const std::string config = file("secret.toml", edited_desk({{"number = 3", added}}));
        const Said said = keel({"run", config});
        EXPECT_EQ(said.code, 2) << line;
        EXPECT_THAT(said.err, Not(HasSubstr(secret)));
        EXPECT_THAT(said.err, HasSubstr(":9:"));
    }
}

TEST_F(Cli, ConfigCheckPrintsTheEffectiveConfig) {
    const std::string good = file("good.toml", good_desk());
    const Said said = keel({"config", "check", good});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out, testing::StartsWith("[run]\nduration_s = 60\nseed = 7\n"));
    const Said again = keel({"config", "check", file("again.toml", said.out)});
    EXPECT_EQ(again.out, said.out);
}

TEST_F(Cli, ConfigSchemaExplainsTheKnobs) {
    const Said said = keel({"config", "schema"});
    EXPECT_EQ(said.code, 0);
    EXPECT_THAT(said.out, HasSubstr("[[xemm]]"));
    EXPECT_THAT(said.out, HasSubstr("refresh_age_ms"));
    EXPECT_THAT(said.out, HasSubstr("an integer in milliseconds, 100 to 86400000; default 30000"));
    std::istringstream lines{said.out};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
}

TEST_F(Cli, ARecordingWithoutTheSymbolIsSaidWithItsPlace) {
    const std::string market =
        std::string{KEEL_SOURCE_DIR} + "/data/market/binance-usdm-20240808.kmk";
    const std::string config = file(
        "desk.toml",
        edited_desk({{"tick = \"1\"\nlot = \"0.00001\"", "tick = \"1\"\nlot = \"0.00001\" "},
                     {"market = \"BTCUSDT\"\ntick = \"1\"", "market = \"BTCUSD\"\ntick = \"1\""}}));
    const Said said = keel({"run", config, "--market", market});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr(config + ":28:10: instrument[1].market: is \"BTCUSD\", but the "
                                             "recording has \"BTCUSDT\" or \"ETHUSDT\"\n"));
}

TEST_F(Cli, AMissingRecordingIsAnErrorBeforeTheRun) {
    const std::string config = file("desk.toml", good_desk());
    const Said said = keel({"run", config});
    EXPECT_EQ(said.code, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.err, HasSubstr((folder_ / "btc.kmk").string()));
    EXPECT_THAT(said.err, HasSubstr("nothing was started"));
}

TEST_F(Cli, AReportThatCannotBeWrittenIsAnErrorBeforeTheRun) {
    const std::string config = std::string{KEEL_SOURCE_DIR} + "/examples/xemm.toml";
    for (const char* option : {"--json", "--record", "--hashes"}) {
        const Said said = keel({"run", config, "-q", option, path("no/such/folder/file")});
        EXPECT_EQ(said.code, 2) << option;
        EXPECT_EQ(said.out, "");
        EXPECT_THAT(said.err, HasSubstr("nothing was started"));
    }
    const Said folder = keel({"run", config, "-q", "--json", folder_.string()});
    EXPECT_EQ(folder.code, 2);
    EXPECT_EQ(folder.err,
              "keel: --json: " + folder_.string() +
                  ": cannot be written: Is a directory. Give a path in a folder you may "
                  "write to; nothing was started\n");
}

// "Nothing was started" means that nothing was changed either.
TEST_F(Cli, AnOutputThatIsAnInputOrAnotherOutputIsRefused) {
    const std::string text = good_desk_of_recording();
    const std::string config = file("desk.toml", text);
    const std::string market = file("market.kmk", recording_bytes());
    const std::string kept = file("kept.json", "kept");
    std::filesystem::create_symlink(config, path("link"));
    std::filesystem::create_hard_link(market, path("hard"));
    const auto content = [](const std::string& at) {
        std::ifstream in{at};
        return std::string{std::istreambuf_iterator<char>{in}, {}};
    };
    const std::string bytes = content(market);
    const std::vector<std::vector<std::string>> bad{
        {"--json", config},
        {"--hashes", path("link")},
        {"--record", path("./desk.toml")},
        {"--json", market},
        {"--hashes", path("hard")},
        {"--json", path("new"), "--hashes", path("../") + folder_.filename().string() + "/new"},
        {"--json", path("run"), "--record", path("run")},
        {"--json", kept, "--record", path("no/such/folder/file")},
        {"--record", kept, "--hashes", path("no/such/folder/file")},
        {"--hashes", kept, "--json", folder_.string()},
    };
    for (const std::vector<std::string>& options : bad) {
        std::vector<std::string> arguments{"run", config, "-q"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Said said = keel(arguments);
        EXPECT_EQ(said.code, 2) << testing::PrintToString(options);
        EXPECT_THAT(said.err, HasSubstr("nothing was started"));
        EXPECT_EQ(content(config), text);
        EXPECT_EQ(content(market), bytes);
        EXPECT_EQ(content(kept), "kept");
        EXPECT_FALSE(std::filesystem::exists(path("new")));
        EXPECT_FALSE(std::filesystem::exists(path("run")));
    }
}

TEST_F(Cli, EveryWordIsTakenAsItStandsOrRefused) {
    for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
             {"--seed", "18446744073709551616"},
             {"--seed", "9223372036854775808"},
             {"--seed", "-1"},
             {"--seed", "1.5"},
             {"--seed", " 1"},
             {"--seed", "0x10"},
             {"--seed", ""},
             {"--seed="},
             {"--json", ""},
             {"--json="},
             {"--record", ""},
             {"--hashes", ""},
             {"--market", ""},
             {"--faults", ""},
             {"--duration", ""},
             {"--duration", "1h "},
             {"--duration", "-1h"},
             {"--duration", "99999999999999999999h"},
             {"--record-last", "5"},
             {"--record", path("run.rec"), "--record-last", "0"},
             {"--record", path("run.rec"), "--record-last", "many"},
         }) {
        std::vector<std::string> arguments{"run", "examples/xemm.toml", "-q"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Said said = keel(arguments);
        EXPECT_EQ(said.code, 2) << testing::PrintToString(options);
        EXPECT_EQ(said.out, "");
        EXPECT_THAT(said.err, HasSubstr(options.front().substr(0, options.front().find('='))));
    }
    EXPECT_EQ(keel({"run", ""}).code, 2);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Cli, ACommandThatDoesNotExistIsNamed) {
    EXPECT_THAT(
        keel({"fly"}).err,
        HasSubstr(
            "\"fly\" is no command; there are run, why, timeline, replay, explore or config."));
    EXPECT_THAT(keel({"rnu"}).err, HasSubstr("\"rnu\" is no command; did you mean \"run\"?"));
}

} // namespace
} // namespace keel::app
