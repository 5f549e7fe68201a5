#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/keel_call.hpp"
#include "tests/temp_folder.hpp"

// The files of examples/signals, told by the tables of docs/signals.md to the examples' strategies.

namespace keel::app {
namespace {

const std::string root = KEEL_SOURCE_DIR;

std::string text_of(const std::string& path) {
    std::ifstream in{root + "/" + path};
    EXPECT_TRUE(in.is_open()) << path;
    return {std::istreambuf_iterator<char>{in}, {}};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

// Without every table of that name: up to the next one's line, or the comment above it.
std::string without(std::string text, const std::string& table) {
    for (std::size_t at = text.find("\n" + table); at != std::string::npos;
         at = text.find("\n" + table)) {
        const std::size_t end = std::min(text.find("\n[", at + 1), text.find("\n#", at + 1));
        text.erase(at, end - at);
    }
    return text;
}

class SignalExamples : public testing::Test {
protected:
    // What the run of an example reports that has this page's tables for that file instead of the
    // example's own.
    nlohmann::json report_of(const std::string& example, const std::string& left_out,
                             const std::string& csv) {
        std::string text = without(text_of("examples/" + example), left_out);
        const std::string page = text_of("docs/signals.md");
        std::size_t tables = 0;
        for (std::size_t from = page.find("```toml\n"); from != std::string::npos;
             from = page.find("```toml\n", from + 1)) {
            const std::string block =
                page.substr(from + 8, page.find("```\n", from + 8) - from - 8);
            if (block.find("signals/" + csv) == std::string::npos) continue;
            text += "\n" + block;
            ++tables;
        }
        EXPECT_EQ(tables, 1U) << "docs/signals.md shows how " << csv << " is told, once";
        replace_all(text, "\"../data/", "\"" + root + "/data/");
        replace_all(text, "\"signals/", "\"" + root + "/examples/signals/");
        const std::string out = temp_.path("report.json");
        const Said said = keel(
            {"run", temp_.write("desk.toml", text), "-q", "--duration", "600s", "--json", out});
        EXPECT_EQ(said.code, 0) << said.err << said.out;
        std::ifstream in{out};
        return nlohmann::json::parse(in);
    }
    const keel::test::TempFolder temp_;
};

TEST_F(SignalExamples, FundingThatTurnsClosesAPair) {
    const auto report = report_of("pair.toml", "[instrument.funding]", "funding-extended.csv");
    EXPECT_GT(report["pairs"]["btc"]["exits"]["carry"].get<int>(), 0);
    EXPECT_EQ(report["pairs"]["eth"]["exits"]["carry"].get<int>(), 0) << "nobody tells of its legs";
}

TEST_F(SignalExamples, AFairValueIsQuotedAround) {
    const auto report = report_of("quoter.toml", "[[signal]]", "fair-value.csv");
    ASSERT_EQ(report["quoters"].size(), 1U);
    EXPECT_GT(report["quoters"].begin().value()["posts"].get<int>(), 0);
}

TEST_F(SignalExamples, EachRequestToCloseIsHeard) {
    const auto report = report_of("guardian.toml", "[[signal]]", "closes.csv");
    ASSERT_EQ(report["guardians"].size(), 1U);
    EXPECT_EQ(report["guardians"].begin().value()["requests"].get<int>(), 3);
}

} // namespace
} // namespace keel::app
