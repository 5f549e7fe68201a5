#include "app/output_file.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/temp_folder.hpp"

namespace keel::app {
namespace {

class OutputFile : public testing::Test {
protected:
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream{path(name)} << text;
    }
    std::string content(const std::string& name) const {
        std::ifstream in{path(name)};
        return std::string{std::istreambuf_iterator<char>{in}, {}};
    }
    std::ptrdiff_t files() const {
        return std::distance(std::filesystem::directory_iterator{folder_}, {});
    }
    Result<void> write(const std::string& name, std::string_view text) const {
        const auto place = look_at(path(name));
        if (!place) return std::unexpected(place.error());
        auto file = WholeFile::open(*place);
        if (!file) return std::unexpected(file.error());
        return file->write(text);
    }

    const keel::test::TempFolder temp_;
    const std::filesystem::path folder_ = temp_.folder();
};

TEST_F(OutputFile, IsThereWholeOrNotAtAll) {
    put("report", "old");
    {
        const auto place = look_at(path("report"));
        ASSERT_TRUE(place.has_value());
        auto dropped = WholeFile::open(*place);
        ASSERT_TRUE(dropped.has_value());
        EXPECT_EQ(files(), 1); // between opening and writing there is nothing to clean up
    }
    EXPECT_EQ(content("report"), "old");
    std::filesystem::permissions(path("report"), std::filesystem::perms{0640});
    ASSERT_TRUE(write("report", "new").has_value());
    EXPECT_EQ(content("report"), "new");
    EXPECT_EQ(std::filesystem::status(path("report")).permissions(), std::filesystem::perms{0640});
    ASSERT_TRUE(write("first", "text").has_value());
    EXPECT_EQ(content("first"), "text");
    EXPECT_EQ(files(), 2);
}

TEST_F(OutputFile, ALinkStaysALink) {
    std::filesystem::create_directories(path("elsewhere"));
    put("elsewhere/report", "old");
    std::filesystem::create_symlink("elsewhere/report", path("one"));
    std::filesystem::create_symlink("one", path("two"));
    std::filesystem::create_symlink("elsewhere/later", path("dangling"));
    ASSERT_TRUE(write("two", "new").has_value());
    EXPECT_EQ(content("elsewhere/report"), "new");
    ASSERT_TRUE(write("dangling", "first").has_value());
    EXPECT_EQ(content("elsewhere/later"), "first");
    for (const char* name : {"one", "two", "dangling"}) {
        EXPECT_TRUE(std::filesystem::is_symlink(path(name))) << name;
    }
    std::filesystem::create_symlink("round", path("round"));
    EXPECT_FALSE(write("round", "never").has_value());
}

TEST_F(OutputFile, APipeStaysAPipeAndIsWrittenTo) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    std::string read;
    std::thread reader{[&] { read = content("pipe"); }};
    EXPECT_TRUE(write("pipe", "text").has_value());
    reader.join();
    EXPECT_EQ(read, "text");
    EXPECT_TRUE(std::filesystem::is_fifo(path("pipe")));
    EXPECT_EQ(files(), 1);
}

TEST_F(OutputFile, ADeviceStaysADevice) {
    // Nodes of our own, so that a mistake here costs nobody theirs.
    const auto node = [&](const std::string& name, unsigned minor) {
        return ::mknod(path(name).c_str(), S_IFCHR | 0600, makedev(1, minor)) == 0;
    };
    if (!node("null", 3) || !node("full", 7)) GTEST_SKIP() << "only root may make a device";
    if (::access(path("null").c_str(), W_OK) != 0 || !std::ofstream{path("null")}.is_open()) {
        GTEST_SKIP() << "devices do not work in this folder";
    }
    EXPECT_TRUE(write("null", "text").has_value());
    const auto full = write("full", "text");
    ASSERT_FALSE(full.has_value());
    EXPECT_THAT(full.error().text(), testing::HasSubstr("No space left on device"));
    EXPECT_TRUE(std::filesystem::is_character_file(path("null")));
    EXPECT_TRUE(std::filesystem::is_character_file(path("full")));
    const auto place = look_at(path("null"));
    ASSERT_TRUE(place.has_value());
    EXPECT_FALSE(is_same_file(*place, *place)); // everybody's
    EXPECT_EQ(files(), 2);
}

TEST_F(OutputFile, GrowsFromNothingOnlyOnceItBegins) {
    put("record", "old");
    for (const char* name : {"record", "new"}) {
        const auto place = look_at(path(name));
        ASSERT_TRUE(place.has_value());
        ASSERT_TRUE(GrowingFile::open(*place).has_value());
    }
    EXPECT_EQ(content("record"), "old");
    EXPECT_EQ(files(), 1);
    for (const char* name : {"record", "new"}) {
        const auto place = look_at(path(name));
        auto file = GrowingFile::open(*place);
        ASSERT_TRUE(file.has_value());
        const auto begun = file->begin();
        ASSERT_TRUE(begun.has_value());
        std::fputs("n", *begun);
        std::fclose(*begun);
        EXPECT_EQ(content(name), "n");
    }
}

} // namespace
} // namespace keel::app
