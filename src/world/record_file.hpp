#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "world/record_writer.hpp"

namespace keel::world {

// A file that is written from its beginning. Errors name the file and what the system said.
class FileOut final : public ByteOut {
public:
    [[nodiscard]] static Result<FileOut> create(const std::string& path);
    // Goes on with a file that its caller opened.
    FileOut(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    Result<void> write(std::span<const std::byte> bytes) override;
    Result<void> flush() override;

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    [[nodiscard]] std::unexpected<Error> failed(std::string_view doing) const;

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
};

[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::string& path);

// Writes the state hash of a desk every so many events, one line each: "2000 89abcdef01234567". Two
// runs did the same if their files are equal.
class HashFile {
public:
    [[nodiscard]] static Result<HashFile> create(const std::string& path);
    explicit HashFile(FileOut out) : out_(std::move(out)) {}
    Result<void> add(std::uint64_t seq, std::uint64_t hash);
    // The last line: over desk and venues.
    Result<void> finish(std::uint64_t seq, std::uint64_t hash);

private:
    FileOut out_;
};

} // namespace keel::world
