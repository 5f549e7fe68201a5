#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace keel::test {

// A folder that goes with the test. Its name is new each time: the same test may run at the same
// time from another build.
class TempFolder {
public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "keel-test-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code error;
        std::filesystem::remove_all(folder_, error);
    }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::string path(std::string_view name) const {
        return (folder_ / name).string();
    }
    // The path of a file with this content.
    [[nodiscard]] std::string write(std::string_view name, std::string_view content) const {
        std::ofstream out{path(name), std::ios::binary};
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        out.close();
        EXPECT_TRUE(out.good());
        return path(name);
    }

private:
    std::filesystem::path folder_;
};

} // namespace keel::test
