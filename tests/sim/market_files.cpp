#include "tests/sim/market_files.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <zip.h>
#include <zlib.h>

namespace keel::sim::test {

std::string fixture_path() {
    return std::string{KEEL_SOURCE_DIR} + "/data/market/binance-usdm-20240808.kmk";
}

SharedRecording fixture() {
    static const SharedRecording recording = [] {
        const Result<SharedRecording> loaded = load_recording(fixture_path());
        if (!loaded) ADD_FAILURE() << loaded.error().text();
        return loaded ? *loaded : nullptr;
    }();
    return recording;
}

std::optional<std::string> shared_market_file(std::string_view name) {
    std::vector<std::filesystem::path> roots{std::filesystem::path{KEEL_SOURCE_DIR} / "../shared"};
    if (const char* root = std::getenv("KEEL_SHARED")) roots.insert(roots.begin(), root);
    for (const std::filesystem::path& root : roots) {
        const std::filesystem::path file = root / "data/market" / name;
        std::error_code error;
        if (std::filesystem::is_regular_file(file, error)) return file.string();
    }
    return std::nullopt;
}

std::string TempDir::zip(std::string_view name,
                         const std::vector<std::pair<std::string, std::string>>& files) const {
    int code = 0;
    zip_t* archive = zip_open(path(name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    EXPECT_NE(archive, nullptr);
    for (const auto& [entry, content] : files) {
        zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
        EXPECT_GE(zip_file_add(archive, entry.c_str(), source, 0), 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return path(name);
}

std::string gzip(std::string_view content) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, content.size()), '\0');
    std::string in{content};
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string file_content(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

} // namespace keel::sim::test
