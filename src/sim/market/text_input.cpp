#include "sim/market/text_input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <zip.h>
#include <zlib.h>

namespace keel::sim {
namespace {

constexpr std::size_t chunk_bytes = 64U << 10U;

// A plain file as it is, a gzip file inflated: member after member, and nothing behind the last.
class FileSource final : public ByteSource {
public:
    FileSource(std::FILE* file, bool is_gzip) : file_(file), is_gzip_(is_gzip) {
        if (is_gzip_) is_ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; // 16: gzip heads only
    }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    ~FileSource() override {
        if (is_ready_) inflateEnd(&stream_);
        std::fclose(file_);
    }

    Result<std::size_t> read(std::span<char> into) override {
        if (!is_gzip_) return read_raw(into);
        if (!is_ready_) return damaged("no memory");
        stream_.next_out = reinterpret_cast<Bytef*>(into.data());
        stream_.avail_out = static_cast<unsigned>(std::min<std::size_t>(into.size(), 1U << 30U));
        const unsigned wanted = stream_.avail_out;
        while (stream_.avail_out == wanted) {
            if (stream_.avail_in == 0) {
                const Result<std::size_t> got = read_raw(packed_);
                if (!got) return got;
                if (*got == 0) {
                    if (is_between_) return std::size_t{0};
                    return damaged("it ends in the middle");
                }
                stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
                stream_.avail_in = static_cast<unsigned>(*got);
            }
            if (is_between_) {
                constexpr unsigned gzip_begins = 0x1f;
                if (*stream_.next_in != gzip_begins) return damaged("something follows the data");
                is_between_ = false;
            }
            const int code = inflate(&stream_, Z_NO_FLUSH);
            if (code == Z_STREAM_END) {
                is_between_ = true;
                inflateReset(&stream_);
            } else if (code != Z_OK && code != Z_BUF_ERROR) {
                return damaged(stream_.msg != nullptr ? stream_.msg : "data error");
            }
        }
        return static_cast<std::size_t>(wanted - stream_.avail_out);
    }

private:
    static std::unexpected<Error> damaged(std::string_view how) {
        return fail(
            fmt::format("cannot be read ({}); it is damaged or cut short: fetch it again", how));
    }
    Result<std::size_t> read_raw(std::span<char> into) {
        const std::size_t got = std::fread(into.data(), 1, into.size(), file_);
        if (got == 0 && std::ferror(file_) != 0) return damaged("the system refused");
        return got;
    }

    std::FILE* file_;
    bool is_gzip_;
    bool is_ready_ = false;
    bool is_between_ = false; // a member has ended, and none has begun
    z_stream stream_{};
    std::array<char, chunk_bytes> packed_{};
};

class ZipSource final : public ByteSource {
public:
    explicit ZipSource(zip_t* archive) : archive_(archive) {}
    ~ZipSource() override {
        if (file_ != nullptr) zip_fclose(file_);
        zip_discard(archive_);
    }

    // The one file inside; folders do not count.
    Result<void> open_only_file() {
        const zip_int64_t entries = zip_get_num_entries(archive_, 0);
        std::optional<zip_uint64_t> only;
        zip_int64_t files = 0;
        for (zip_int64_t i = 0; i < entries; ++i) {
            const char* name = zip_get_name(archive_, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
            if (name == nullptr || std::string_view{name}.ends_with('/')) continue;
            ++files;
            only = static_cast<zip_uint64_t>(i);
        }
        if (files != 1) {
            return fail(
                fmt::format("the zip holds {} files; give one with a single file in it", files));
        }
        file_ = zip_fopen_index(archive_, *only, 0);
        if (file_ == nullptr) {
            return fail(fmt::format("the file in the zip cannot be opened ({}); fetch it again",
                                    zip_strerror(archive_)));
        }
        return {};
    }

    Result<std::size_t> read(std::span<char> into) override {
        const zip_int64_t got = zip_fread(file_, into.data(), into.size());
        if (got < 0) {
            return fail(
                fmt::format("the file in the zip cannot be read ({}); it is damaged: fetch it "
                            "again",
                            zip_file_strerror(file_)));
        }
        return static_cast<std::size_t>(got);
    }

private:
    zip_t* archive_;
    zip_file_t* file_ = nullptr;
};

Result<std::unique_ptr<ByteSource>> open_zip(const std::string& path) {
    int code = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (archive == nullptr) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        Error out{fmt::format("the zip cannot be opened ({}); it is damaged or cut short: fetch it "
                              "again",
                              zip_error_strerror(&error))};
        zip_error_fini(&error);
        return std::unexpected(std::move(out));
    }
    auto source = std::make_unique<ZipSource>(archive);
    if (auto opened = source->open_only_file(); !opened) return std::unexpected(opened.error());
    return source;
}

enum class Packing : std::uint8_t { None, Gzip, Zip };

Packing packing_of(std::string_view head) {
    if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return Packing::Zip;
    return head.starts_with("\x1f\x8b") ? Packing::Gzip : Packing::None;
}

} // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return fail("is a folder; give a file in it");
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) {
        return fail(fmt::format("cannot be opened ({}); check that the file is there and may be "
                                "read",
                                std::strerror(errno)));
    }
    std::array<char, 4> head{};
    const std::size_t got = std::fread(head.data(), 1, head.size(), file);
    const Packing packing = packing_of({head.data(), got});
    if (packing == Packing::Zip) {
        std::fclose(file);
        return open_zip(path);
    }
    if (std::fseek(file, 0, SEEK_SET) != 0) { // a pipe: what was read cannot be put back
        std::fclose(file);
        return fail("is a pipe or a device; give a file");
    }
    return std::make_unique<FileSource>(file, packing == Packing::Gzip);
}

Result<TextInput> TextInput::open(const std::string& path) {
    TextInput out;
    out.path_ = path;
    Result<std::unique_ptr<ByteSource>> bytes = open_bytes(path);
    if (!bytes) return std::unexpected(bytes.error().while_doing(path));
    out.bytes_ = std::move(*bytes);
    out.buffer_.resize(chunk_bytes);
    if (const Result<bool> filled = out.fill(); !filled) {
        return std::unexpected(filled.error().while_doing(path));
    }
    if (out.head().starts_with("\xef\xbb\xbf"))
        out.begin_ += 3; // a byte order mark says nothing here
    return out;
}

Result<bool> TextInput::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) {
        if (buffer_.size() >= line_bytes_max) {
            return fail(fmt::format("a line of more than {} bytes; this is no market data",
                                    line_bytes_max));
        }
        buffer_.resize(buffer_.size() * 2);
    }
    const Result<std::size_t> got = bytes_->read({buffer_.data() + end_, buffer_.size() - end_});
    if (!got) return std::unexpected(got.error());
    end_ += *got;
    return *got > 0;
}

Result<std::optional<std::string_view>> TextInput::next_line() {
    std::size_t searched = 0;
    for (;;) {
        const char* from = buffer_.data() + begin_;
        const std::size_t left = end_ - begin_;
        const void* found =
            left > searched ? std::memchr(from + searched, '\n', left - searched) : nullptr;
        std::size_t length = 0;
        std::size_t step = 0;
        if (found != nullptr) {
            length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
            step = length + 1;
        } else {
            searched = left;
            const Result<bool> more = fill();
            if (!more) {
                ++line_;
                return std::unexpected(at_line(more.error()));
            }
            if (*more) continue;
            if (left == 0) return std::nullopt;
            from = buffer_.data() + begin_; // the last line has no end
            length = left;
            step = left;
        }
        begin_ += step;
        ++line_;
        searched = 0;
        std::string_view line{from, length};
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) return line;
    }
}

Result<std::string> TextInput::rest(std::size_t bytes_max) {
    std::string out{head()};
    begin_ = end_;
    for (;;) {
        if (out.size() > bytes_max) {
            return fail(fmt::format("{}: has more than {} bytes", path_, bytes_max));
        }
        const Result<bool> more = fill();
        if (!more) return std::unexpected(more.error().while_doing(path_));
        if (!*more) return out;
        out.append(head());
        begin_ = end_;
    }
}

Error TextInput::at_line(const Error& what) const {
    return what.while_doing(fmt::format("{}: line {}", path_, line_));
}

} // namespace keel::sim
