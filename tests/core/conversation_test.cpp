#include "tests/core/conversation.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

// Every file of tests/conversations/, each a test of its own.

namespace keel::core::script {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files() {
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry :
         fs::directory_iterator{fs::path{KEEL_SOURCE_DIR} / "tests" / "conversations"}) {
        if (entry.path().extension() == ".txt") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

class Conversations : public testing::TestWithParam<fs::path> {};

TEST_P(Conversations, IsAnsweredAsWritten) {
    std::ifstream file{GetParam(), std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    ASSERT_TRUE(text.starts_with("# ")) << "a conversation begins with its story and its source";
    const std::string answered = Conversation::rewritten(text);
    if (std::getenv("KEEL_UPDATE") != nullptr) { // NOLINT(concurrency-mt-unsafe)
        if (answered != text) std::ofstream{GetParam(), std::ios::binary} << answered;
        return;
    }
    EXPECT_EQ(answered, text) << "KEEL_UPDATE=1 rewrites the answers; read the difference";
}

INSTANTIATE_TEST_SUITE_P(All, Conversations, testing::ValuesIn(files()),
                         [](const testing::TestParamInfo<fs::path>& one) {
                             std::string name = one.param.stem().string();
                             std::ranges::replace_if(
                                 name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                             return name;
                         });

} // namespace
} // namespace keel::core::script
