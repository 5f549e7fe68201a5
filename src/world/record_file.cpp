#include "world/record_file.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace keel::world {

Result<FileOut> FileOut::create(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "wbe");
    if (file == nullptr) {
        return fail(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    }
    return FileOut{path, file};
}

std::unexpected<Error> FileOut::failed(std::string_view doing) const {
    return fail(fmt::format("{}: {} failed: {}", path_, doing, std::strerror(errno)));
}

Result<void> FileOut::write(std::span<const std::byte> bytes) {
    const std::size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file_.get());
    if (written != bytes.size()) return failed("writing");
    return {};
}

Result<void> FileOut::flush() {
    if (std::fflush(file_.get()) != 0) return failed("writing");
    return {};
}

Result<std::vector<std::byte>> read_file(const std::string& path) {
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rbe")};
    if (!file) return fail(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
    std::vector<std::byte> out;
    constexpr std::size_t chunk = 1U << 20U;
    for (;;) {
        const std::size_t before = out.size();
        out.resize(before + chunk);
        const std::size_t got = std::fread(out.data() + before, 1, chunk, file.get());
        out.resize(before + got);
        if (got == chunk) continue;
        if (std::ferror(file.get()) != 0) {
            return fail(fmt::format("{}: reading failed: {}", path, std::strerror(errno)));
        }
        return out;
    }
}

Result<HashFile> HashFile::create(const std::string& path) {
    auto out = FileOut::create(path);
    if (!out) return std::unexpected(out.error());
    return HashFile{std::move(*out)};
}

Result<void> HashFile::add(std::uint64_t seq, std::uint64_t hash) {
    const std::string line = fmt::format("{} {:016x}\n", seq, hash);
    return out_.write(std::as_bytes(std::span{line}));
}

Result<void> HashFile::finish(std::uint64_t seq, std::uint64_t hash) {
    const std::string line = fmt::format("end {} {:016x}\n", seq, hash);
    if (auto written = out_.write(std::as_bytes(std::span{line})); !written) return written;
    return out_.flush();
}

} // namespace keel::world
