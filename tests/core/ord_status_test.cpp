#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/types.hpp"

// docs/ord-status.md is written for people; this keeps it true.

namespace keel::core {
namespace {

namespace fs = std::filesystem;

std::string page() {
    std::ifstream file{KEEL_SOURCE_DIR "/docs/ord-status.md"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" `");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" `") - first + 1);
}

// The cells of the tables under a heading, row by row, without the head.
std::vector<std::vector<std::string>> rows_under(const std::string& heading) {
    const std::string text = page();
    const std::size_t begin = text.find("\n## " + heading + "\n");
    EXPECT_NE(begin, std::string::npos) << heading;
    std::istringstream section{text.substr(begin + 1, text.find("\n## ", begin + 1) - begin - 1)};
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(section, line);) {
        if (!line.starts_with("| ")) continue;
        std::vector<std::string> cells;
        std::istringstream in{line.substr(1)};
        for (std::string cell; std::getline(in, cell, '|');) cells.push_back(trimmed(cell));
        rows.push_back(cells);
    }
    EXPECT_FALSE(rows.empty()) << heading;
    if (!rows.empty()) rows.erase(rows.begin()); // what the columns are
    return rows;
}

// The FIX word for an order of ours: of the rows that hold, the one of highest precedence.
std::string fix_word(OrdStatus status, std::uint8_t asked) {
    std::map<int, std::string> holding;
    for (const std::vector<std::string>& row : rows_under("OrdStatus")) {
        const std::string& ours = row.at(3);
        const std::string& with = row.at(4);
        const bool is_ours =
            ours == "any that has not ended" ? !is_ended(status) : ours == to_string(status);
        const bool is_asked = with == "-" || (with == "new" && (asked & pending::create) != 0) ||
                              (with == "cancel" && (asked & pending::cancel) != 0) ||
                              (with == "amend" && (asked & pending::amend) != 0);
        if (is_ours && is_asked) holding.emplace(-std::stoi(row.at(2)), row.at(0));
    }
    return holding.empty() ? "" : holding.begin()->second;
}

TEST(OrdStatusPage, EveryOrderOfOursHasOneWordInFix) {
    for (std::size_t n = 0; n < ord_status_count; ++n) {
        const auto status = static_cast<OrdStatus>(n);
        for (const std::uint8_t asked :
             {pending::none, pending::cancel, pending::amend,
              static_cast<std::uint8_t>(pending::cancel | pending::amend)}) {
            const auto with_new = static_cast<std::uint8_t>(asked | pending::create);
            std::string expected{to_string(status)};
            if (status == OrdStatus::Expired) expected = "DoneForDay"; // one of two words for it
            if (!is_ended(status) && (asked & pending::amend) != 0) expected = "PendingReplace";
            if (!is_ended(status) && (asked & pending::cancel) != 0) expected = "PendingCancel";
            EXPECT_EQ(fix_word(status, with_new), expected);
        }
    }
}

TEST(OrdStatusPage, EveryWordOfFixHasARow) {
    std::set<std::string> words;
    for (const std::vector<std::string>& row : rows_under("OrdStatus")) words.insert(row.at(0));
    EXPECT_EQ(words, (std::set<std::string>{"PendingNew", "New", "PartiallyFilled", "Filled",
                                            "Canceled", "Rejected", "Expired", "PendingCancel",
                                            "PendingReplace", "Replaced", "DoneForDay", "Stopped",
                                            "Suspended", "Calculated", "AcceptedForBidding"}));
}

TEST(OrdStatusPage, EveryExecTypeHasARow) {
    std::string right;
    for (const std::vector<std::string>& row : rows_under("ExecType and requests")) {
        right += "`" + row.at(1) + "\n";
    }
    for (unsigned n = 0; n <= static_cast<unsigned>(ExecType::TradeCorrect); ++n) {
        const std::string name{to_string(static_cast<ExecType>(n))};
        EXPECT_NE(right.find("`" + name + "`"), std::string::npos) << name;
    }
}

TEST(OrdStatusPage, NamesTheConversationsThereAre) {
    std::set<std::string> named;
    for (const std::vector<std::string>& row : rows_under("Scenarios")) {
        std::string cell = row.at(1);
        std::ranges::replace(cell, ',', ' ');
        std::ranges::replace(cell, '`', ' ');
        std::istringstream names{cell};
        named.insert(std::istream_iterator<std::string>{names}, {});
    }
    std::set<std::string> there;
    for (const fs::directory_entry& entry :
         fs::directory_iterator{fs::path{KEEL_SOURCE_DIR} / "tests" / "conversations"}) {
        const std::string stem = entry.path().stem().string();
        if (stem.starts_with("fix-")) there.insert(stem);
    }
    EXPECT_EQ(named, there);
}

} // namespace
} // namespace keel::core
