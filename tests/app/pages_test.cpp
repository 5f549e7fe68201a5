#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/exit_code.hpp"
#include "app/needs.hpp"
#include "app/scenario_file.hpp"
#include "app/scenario_schema.hpp"
#include "app/schema.hpp"
#include "app/words.hpp"
#include "audit/violation.hpp"
#include "core/config.hpp"
#include "model/bytes.hpp"
#include "sim/faults.hpp"
#include "tests/app/keel_call.hpp"
#include "tests/temp_folder.hpp"

// Pages are written for people; these tests keep their tables true.

namespace keel::app {
namespace {

using testing::HasSubstr;

std::string text_of(const std::string& path) {
    std::ifstream in{std::string{KEEL_SOURCE_DIR} + "/" + path};
    EXPECT_TRUE(in.is_open()) << path;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// White space, the marks of Markdown and line breaks are no part of a sentence.
std::string words_of(std::string text) {
    std::erase(text, '`');
    text = std::regex_replace(text, std::regex{R"(\s+)"}, " ");
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// The rows of a page's tables, without their heads: cells as words.
std::vector<std::vector<std::string>> rows_of(const std::string& path) {
    std::vector<std::vector<std::string>> out;
    std::istringstream in{text_of(path)};
    bool is_body = false;
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("|")) {
            is_body = false;
        } else if (line.starts_with("|-") || line.starts_with("| -")) {
            is_body = true;
        } else if (is_body) {
            std::vector<std::string>& cells = out.emplace_back();
            std::istringstream row{line.substr(1)};
            for (std::string cell; std::getline(row, cell, '|');) cells.push_back(words_of(cell));
        }
    }
    return out;
}

// The first row whose first cell is this; its cells.
std::vector<std::string> row_of(const std::vector<std::vector<std::string>>& rows,
                                std::string_view first) {
    const auto found = std::ranges::find_if(
        rows, [&](const std::vector<std::string>& row) { return row.front() == first; });
    EXPECT_NE(found, rows.end()) << "no row of " << first;
    return found == rows.end() ? std::vector<std::string>(16) : *found;
}

const Field* find_field(const Section& section, std::string_view key) {
    for (const Field& field : section.fields()) {
        if (field.key == key) return &field;
    }
    for (const Section& child : section.children()) {
        if (const Field* found = find_field(child, key)) return found;
    }
    return nullptr;
}

TEST(Pages, LimitsHaveTheDefaultsOfTheConfig) {
    const auto rows = rows_of("docs/limits.md");
    const std::map<std::string, std::string> said_in_words{
        {"max_order_qty", ""}, // the venue's own maximum
        {"exposure_limit", std::string{required}},
        {"residue_max", ""}, // a quarter of exposure_limit
    };
    for (const std::vector<std::string>& row : rows) {
        const Field* field = find_field(config_schema(), row[0]);
        ASSERT_NE(field, nullptr) << row[0];
        const auto in_words = said_in_words.find(row[0]);
        if (in_words != said_in_words.end()) {
            EXPECT_EQ(field->standard, in_words->second) << row[0];
        } else {
            EXPECT_EQ(row[3].substr(0, row[3].find(' ')), field->standard) << row[0];
        }
    }
    EXPECT_EQ(row_of(rows, "max_order_qty")[3].substr(0, 30), "0: the venue's own maximum (if");
    EXPECT_EQ(row_of(rows, "exposure_limit")[3], "none: must be given");
    EXPECT_EQ(row_of(rows, "residue_max")[3], "a quarter of exposure_limit");
    EXPECT_EQ(row_of(rows, "max_rejects_in_window")[3],
              fmt::format("20 in {} ms (reject_window_ms)",
                          find_field(config_schema(), "reject_window_ms")->standard));
    const std::string page = words_of(text_of("docs/limits.md"));
    EXPECT_THAT(page, HasSubstr(fmt::format(
                          "recovery_alarm_after_ms ({}, in",
                          find_field(config_schema(), "recovery_alarm_after_ms")->standard)));
    EXPECT_THAT(page, HasSubstr("three, each within ten minutes of the one before "
                                "(max_surprises_in_window)"));
    EXPECT_EQ(core::DeskLimits{}.max_surprises_in_window, 3U);
    EXPECT_EQ(core::DeskLimits{}.surprise_window, seconds(600));
}

TEST(Pages, TheFaultModelHasTheNumbersOfTheProfiles) {
    const auto rows = rows_of("docs/fault-model.md");
    const std::vector<std::string> profiles{"calm", "rough", "harsh"}; // the last three cells
    std::map<std::string, std::string> bounds;
    for (std::size_t kind = 0; kind < sim::fault_kind_count; ++kind) {
        const auto fault = static_cast<sim::FaultKind>(kind);
        const std::vector<std::string> row = row_of(rows, to_string(fault));
        ASSERT_EQ(row.size(), 6U) << to_string(fault);
        bounds[row[0]] = row[2];
        for (std::size_t i = 0; i < profiles.size(); ++i) {
            const sim::FaultProfile profile = *sim::fault_profile(profiles[i]);
            const std::string shown = fault == sim::FaultKind::Crash
                                          ? fmt::to_string(profile.crashes_per_hour)
                                          : fmt::format("{}", profile.of(fault) / 1'000.0);
            EXPECT_EQ(row[3 + i], shown) << to_string(fault) << ", " << profiles[i];
        }
    }
    const auto in_seconds = [](Duration span) { return span.value() / 1'000'000'000; };
    for (const std::string& name : profiles) {
        const sim::FaultProfile profile = *sim::fault_profile(name);
        EXPECT_FALSE(profile.breaks_bounds);
        EXPECT_THAT(bounds["duplicate_late"],
                    HasSubstr(fmt::format("1 to {} s", in_seconds(profile.late_duplicate_max))));
        EXPECT_THAT(bounds["gap"],
                    HasSubstr(fmt::format("100 ms to {} s", in_seconds(profile.gap_max))));
        EXPECT_THAT(bounds["slow"],
                    HasSubstr(fmt::format("2 to {} times its delay", profile.slow_factor_max)));
        EXPECT_THAT(bounds["stale_read"],
                    HasSubstr(fmt::format("100 to {} ms old", in_milliseconds(profile.stale_max))));
        EXPECT_THAT(bounds["crash"],
                    HasSubstr(fmt::format("up to the last {} events", profile.lost_tail_max)));
        EXPECT_THAT(bounds["crash"],
                    HasSubstr(fmt::format("0.2 to {} s", in_seconds(profile.downtime_max))));
    }
    const sim::FaultProfile beyond = *sim::fault_profile("beyond");
    EXPECT_TRUE(beyond.breaks_bounds);
    EXPECT_THAT(row_of(rows, "5 gaps are told")[1],
                HasSubstr(fmt::format("100 ms to {} s", in_seconds(beyond.gap_max))));
    EXPECT_THAT(row_of(rows, "3 visibility")[1],
                HasSubstr(fmt::format("between V and {} s old", in_seconds(beyond.stale_max))));
}

TEST(Pages, TheAuditorsTableHasItsRules) {
    std::multiset<std::string> named;
    for (const std::vector<std::string>& row : rows_of("docs/auditor.md")) {
        std::istringstream names{row[0]}; // the named limits share a row
        for (std::string name; names >> name;) named.insert(name);
    }
    std::multiset<std::string> rules;
    for (std::size_t i = 0; i < audit::rule_count; ++i) {
        rules.emplace(to_string(static_cast<audit::Rule>(i)));
    }
    EXPECT_EQ(named, rules);
}

TEST(Pages, TheReadmeHasTheExitCodes) {
    std::vector<std::vector<std::string>> table;
    for (const std::vector<std::string>& row : rows_of("README.md")) {
        if (row.size() == 2 && row[0].find_first_not_of("0123456789") == std::string::npos) {
            table.push_back(row);
        }
    }
    ASSERT_EQ(table.size(), exit_codes.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
        EXPECT_EQ(table[i][0], fmt::to_string(to_int(exit_codes[i].code)));
        EXPECT_EQ(table[i][1], exit_codes[i].meaning);
    }
    EXPECT_THAT(words_of(text_of("README.md")),
                HasSubstr(words_of(std::string{exit_code_precedence})));
}

std::string standard_of(const Field& field) {
    if (field.standard == required) return "required";
    return field.standard.empty() ? "not set" : std::string{field.standard};
}

// The field of "venue.traits.validity_ms".
const Field& field_of(const Section& root, std::string_view path) {
    const Section* section = &root;
    const std::vector<std::string_view> names = split(path, '.');
    for (std::size_t i = 0; i + 1 < names.size(); ++i) section = section->find_child(names[i]);
    return section->fields()[section->index_of(names.back())];
}

TEST(Pages, TheGuideToScenariosHasTheirKeys) {
    const auto rows = rows_of("docs/scenarios.md");
    std::set<std::string> known;
    const auto check = [&](const Section& section) {
        for (const Field& field : section.fields()) {
            const std::string key = fmt::format("{}.{}", section.name, field.key);
            known.insert(key);
            const std::vector<std::string> row = row_of(rows, key);
            ASSERT_EQ(row.size(), 4U) << key;
            EXPECT_EQ(row[1], describe(field)) << key;
            EXPECT_EQ(row[2], standard_of(field)) << key;
        }
    };
    const Section& root = scenario_schema();
    for (const char* name : {"scenario", "opening", "lane"}) check(*root.find_child(name));
    check(*root.find_child("lane")->find_child("deed"));
    const Section& last = *root.find_child("last"); // has the keys of a deed
    EXPECT_EQ(last.field_data, root.find_child("lane")->find_child("deed")->field_data);

    std::set<std::string> left_out;
    std::set<std::string> other;
    for (const std::vector<std::string>& row : rows) {
        if (row.size() == 2) {
            left_out.insert(row[0]);
        } else if (row.size() == 3) {
            other.insert(row[0]);
            EXPECT_EQ(row[1], standard_of(field_of(config_schema(), row[0]))) << row[0];
            EXPECT_EQ(row[2], standard_of(field_of(root, row[0]))) << row[0];
        } else {
            EXPECT_TRUE(known.contains(row[0])) << row[0];
        }
    }
    EXPECT_EQ(left_out,
              (std::set<std::string>{not_in_scenarios().begin(), not_in_scenarios().end()}));
    std::set<std::string> changed;
    for (const OtherDefault& one : scenario_defaults()) changed.emplace(one.key);
    EXPECT_EQ(other, changed);
}

TEST(Pages, TheGuideToScenariosNamesWhatTheyMayNeed) {
    const std::string page = words_of(text_of("docs/scenarios.md"));
    const std::size_t there = page.find("There are xemm");
    ASSERT_NE(there, std::string::npos);
    for (const std::string_view need : all_needs()) {
        EXPECT_NE(page.find(need, there), std::string::npos) << need;
    }
}

TEST(Pages, TheScenarioOfTheGuideIsGood) {
    const std::string page = text_of("docs/scenarios.md");
    const std::size_t from = page.find("```toml\n") + 8;
    const auto loaded = load_scenario(page.substr(from, page.find("```\n", from) - from), "page");
    ASSERT_TRUE(loaded.has_value()) << loaded.error().front();
    for (std::size_t k = 0; k < sim::fault_kind_count; ++k) {
        const auto kind = static_cast<sim::FaultKind>(k);
        if ((explore::all_faults & explore::bit(kind)) == 0) continue;
        EXPECT_THAT(page, HasSubstr(fmt::format("`{}`", to_string(kind))));
    }
}

// The fields of a report as the page writes them: what is named by the config or counted by kind
// is a `*`, what stands in a list has `[]`.
void add_paths(const nlohmann::json& value, const std::string& path, std::set<std::string>& out) {
    const std::set<std::string> maps{"positions",
                                     "faults",
                                     "situations",
                                     "pnl",
                                     "groups",
                                     "alarm_kinds",
                                     "quoting",
                                     "quoting.*.held_by",
                                     "venues",
                                     "guardians",
                                     "guardians.*.closes",
                                     "guardians.*.positions",
                                     "brackets",
                                     "brackets.*.closed",
                                     "brackets.*.closed_as_told",
                                     "pairs",
                                     "pairs.*.exits",
                                     "pairs.*.rolled_back",
                                     "quoters",
                                     "quoters.*.outcomes",
                                     "strategies"};
    if (value.is_object() && !value.empty()) {
        for (const auto& [key, inner] : value.items()) {
            const std::string name = maps.contains(path) ? "*" : key;
            add_paths(inner, path.empty() ? name : path + "." + name, out);
        }
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
        for (const nlohmann::json& inner : value) {
            for (const auto& [key, each] : inner.items()) add_paths(each, path + "[]." + key, out);
        }
    } else {
        out.insert(path);
    }
}

TEST(Pages, TheJsonReportHasItsFields) {
    const keel::test::TempFolder temp;
    const std::string path = temp.path("report.json");
    const Said said = keel({"run", "examples/xemm.toml", "-q", "--faults", "beyond", "--duration",
                            "600s", "--json", path});
    ASSERT_EQ(said.code, 3) << said.err << said.out; // halted, so there are alarms
    std::ifstream in{path};
    const auto report = nlohmann::json::parse(in);
    ASSERT_GT(report["alarm_list"].size(), 0U) << "a run without alarms shows no fields of them";
    std::set<std::string> fields;
    add_paths(report, "", fields);
    // What other strategies tell of themselves.
    for (const char* config : {"examples/guardian.toml", "examples/bracket.toml",
                               "examples/pair.toml", "examples/quoter.toml"}) {
        const Said other = keel({"run", config, "-q", "--duration", "60s", "--json", path});
        ASSERT_EQ(other.code, 0) << other.err << other.out;
        std::ifstream file{path};
        add_paths(nlohmann::json::parse(file), "", fields);
    }
    for (const char* empty :
         {"alarm_list", "guardians", "brackets", "pairs", "groups", "quoting", "quoters"})
        fields.erase(empty);
    std::set<std::string> named;
    for (const std::vector<std::string>& row : rows_of("docs/report-json.md")) {
        EXPECT_TRUE(named.insert(row[0]).second) << row[0] << " stands there twice";
    }
    EXPECT_EQ(named, fields);
    const std::string page = text_of("docs/report-json.md");
    for (const auto& [name, count] : report["situations"].items()) {
        EXPECT_THAT(page, HasSubstr("`" + name + "`"));
    }
}

// Name and values of each enumeration of a header, as docs/event-format.md writes them.
std::map<std::string, std::string> enumerations_of(const std::string& path) {
    std::map<std::string, std::string> out;
    const std::string code = std::regex_replace(text_of(path), std::regex{"//[^\n]*"}, "");
    const std::regex whole{R"(enum class (\w+) : std::uint8_t \{([^}]*)\})"};
    const std::regex one{R"((\w+)(?:\s*=\s*(\d+))?)"};
    for (std::sregex_iterator found{code.begin(), code.end(), whole}, end; found != end; ++found) {
        const std::string body = (*found)[2];
        std::string& values = out[(*found)[1]];
        int value = 0;
        for (std::sregex_iterator each{body.begin(), body.end(), one}; each != end; ++each) {
            if ((*each)[2].matched) value = std::stoi((*each)[2]);
            values += fmt::format("{}{} {}", values.empty() ? "" : ", ", value++, (*each)[1].str());
        }
    }
    return out;
}

TEST(Pages, TheEventFormatHasTheValuesOfItsEnumerations) {
    std::map<std::string, std::string> expected;
    for (const char* header : {"types", "event", "command"}) {
        expected.merge(enumerations_of(fmt::format("src/model/{}.hpp", header)));
    }
    ASSERT_EQ(expected.erase("OrdStatus"), 1U); // derived, and in no frame
    std::map<std::string, std::string> named;
    for (const std::vector<std::string>& row : rows_of("docs/event-format.md")) {
        if (expected.contains(row[0]) || row.back().starts_with("0 ")) named[row[0]] = row.back();
    }
    EXPECT_EQ(named, expected);
}

// What a variant of a header holds, by its kind in a frame.
void add_kinds(std::map<std::string, std::string>& out, const std::string& path,
               const std::string& variant, int first) {
    const std::string code = text_of(path);
    std::smatch list;
    const std::regex whole{"using " + variant + R"( =\s*std::variant<([^>]*)>)"};
    ASSERT_TRUE(std::regex_search(code, list, whole)) << variant;
    const std::string names = list[1];
    const std::regex one{R"(\w+)"};
    for (std::sregex_iterator each{names.begin(), names.end(), one}, end; each != end; ++each) {
        out[fmt::to_string(first++)] = each->str();
    }
}

TEST(Pages, TheRecordFormatHasTheKindOfEveryFrame) {
    std::map<std::string, std::string> expected;
    add_kinds(expected, "src/model/event.hpp", "EventBody", event_kind_first);
    add_kinds(expected, "src/model/command.hpp", "CommandBody", command_kind_first);
    std::map<std::string, std::string> named;
    for (const std::vector<std::string>& row : rows_of("docs/record-format.md")) {
        const bool has_kinds = row.size() == 4 && (row[2].empty() || row[2].starts_with("10"));
        if (!has_kinds || expected.count(row[0]) == 0) continue;
        named[row[0]] = row[1];
        if (!row[2].empty()) named[row[2]] = row[3];
    }
    EXPECT_EQ(named, expected);
}

} // namespace
} // namespace keel::app
