#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/market/recording.hpp"
#include "tests/temp_folder.hpp"

// Files that the tests of market data read and make.
namespace keel::sim::test {

[[nodiscard]] std::string fixture_path();
[[nodiscard]] SharedRecording fixture(); // loaded once

// A file of the data that is not part of the project, where it is present: in $KEEL_SHARED, or in
// the folder `shared` beside the project.
[[nodiscard]] std::optional<std::string> shared_market_file(std::string_view name);

class TempDir : public keel::test::TempFolder {
public:
    [[nodiscard]] std::string
    zip(std::string_view name, const std::vector<std::pair<std::string, std::string>>& files) const;
};

[[nodiscard]] std::string gzip(std::string_view content);
[[nodiscard]] std::string file_content(const std::string& path);

} // namespace keel::sim::test
