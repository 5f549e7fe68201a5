#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace keel::sim {

// The bytes of a file: plain, gzip, or the one file inside a zip, told apart by their first bytes.
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;
    // Fills the front of `into`; 0 at the end.
    [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;
};
[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path);

// A file line by line, without its line ends, at a constant cost in memory.
class TextInput {
public:
    static constexpr std::size_t line_bytes_max = 4U << 20U;

    [[nodiscard]] static Result<TextInput> open(const std::string& path);

    // The first bytes of the file (up to 64 KiB) and still part of what follows.
    [[nodiscard]] std::string_view head() const { return {buffer_.data() + begin_, end_ - begin_}; }
    // The next line that is not empty, valid until the next call; nothing at the end of the file.
    [[nodiscard]] Result<std::optional<std::string_view>> next_line();
    // Everything that is left; an error beyond `bytes_max`.
    [[nodiscard]] Result<std::string> rest(std::size_t bytes_max);

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::uint64_t line_number() const { return line_; } // of the line last returned
    // "<path>: line <n>: <what>"
    [[nodiscard]] Error at_line(const Error& what) const;

private:
    TextInput() = default;
    [[nodiscard]] Result<bool> fill(); // false at the end of the file

    std::string path_;
    std::unique_ptr<ByteSource> bytes_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0; // what is read and not yet given out: [begin_, end_)
    std::size_t end_ = 0;
    std::uint64_t line_ = 0;
};

} // namespace keel::sim
