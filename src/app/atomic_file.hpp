#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace keel::app {

// A file that is there whole or not at all: written beside its place, and moved there at the end.
// Opening it says early whether it can be written.
class AtomicFile {
public:
    [[nodiscard]] static Result<AtomicFile> open(const std::string& path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&& other) noexcept;
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile(); // not committed: nothing is left behind

    [[nodiscard]] Result<void> write(std::string_view bytes);
    // On the disk, and under its own name.
    [[nodiscard]] Result<void> commit();
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    AtomicFile(std::string path, std::string temporary, int descriptor);
    void close();

    std::string path_;
    std::string temporary_;
    int descriptor_ = -1;
};

} // namespace keel::app
