#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/error.hpp"

namespace keel::app {

// Where a path leads, looked at before anything is opened: a link is followed, and a file is told
// from what cannot be moved or cut short (a device, a pipe, a socket).
struct FilePlace {
    std::string path; // as it was given; errors name it
    std::string real; // links followed
    bool exists = false;
    bool is_stream = false;
    int shared_descriptor = -1; // it is what stdout or stderr already is
    dev_t device = 0;
    ino_t inode = 0;
};
[[nodiscard]] Result<FilePlace> look_at(const std::string& path);
// Two names of one file. Streams may be shared: /dev/null is everybody's.
[[nodiscard]] bool is_same_file(const FilePlace& a, const FilePlace& b);

// A file that is there whole or not at all: written beside its place and moved there at the end,
// with Ctrl-C held back for as long as that takes. A stream is written straight to.
class WholeFile {
public:
    // Says early whether it can be written; changes nothing.
    [[nodiscard]] static Result<WholeFile> open(const FilePlace& place);
    WholeFile(WholeFile&& other) noexcept;
    WholeFile& operator=(WholeFile&& other) noexcept;
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;
    ~WholeFile();

    [[nodiscard]] Result<void> write(std::string_view text);

private:
    WholeFile(FilePlace place, int descriptor);
    [[nodiscard]] Result<void> write_beside(std::string_view text) const;

    FilePlace place_;
    int stream_ = -1; // open for as long as it lives
};

// A file that grows in its place. Opened, it is still as it was; begin() cuts off what it held.
class GrowingFile {
public:
    [[nodiscard]] static Result<GrowingFile> open(const FilePlace& place);
    // The file, empty. The caller owns it.
    [[nodiscard]] Result<std::FILE*> begin();
    // Takes back a file that open() made, if begin() was never called.
    ~GrowingFile();
    GrowingFile(GrowingFile&& other) noexcept;
    GrowingFile& operator=(GrowingFile&& other) noexcept;
    GrowingFile(const GrowingFile&) = delete;
    GrowingFile& operator=(const GrowingFile&) = delete;

private:
    GrowingFile(FilePlace place, int descriptor);
    FilePlace place_;
    int descriptor_ = -1;
};

} // namespace keel::app
