#include "app/output_file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keel::app {
namespace {

std::unexpected<Error> refuse(const std::string& path, int error) {
    return fail(fmt::format("{}: cannot be written: {}. Give a path in a folder you may write to",
                            path, std::strerror(error)));
}

// Where a chain of links ends, whether or not something is there.
Result<std::string> follow(const std::string& path) {
    constexpr int links_max = 40; // as the kernel
    std::filesystem::path at{path};
    std::error_code error;
    for (int i = 0; i < links_max; ++i) {
        if (!std::filesystem::is_symlink(std::filesystem::symlink_status(at, error))) break;
        const std::filesystem::path next = std::filesystem::read_symlink(at, error);
        if (error) return refuse(path, error.value());
        at = next.is_absolute() ? next : at.parent_path() / next;
    }
    const std::filesystem::path folder = at.has_parent_path() ? at.parent_path() : ".";
    const std::filesystem::path real = std::filesystem::canonical(folder, error);
    if (error) return refuse(path, error.value());
    return (real / at.filename()).string();
}

int open_stream(const FilePlace& place) {
    if (place.shared_descriptor >= 0) return ::fcntl(place.shared_descriptor, F_DUPFD_CLOEXEC, 3);
    return ::open(place.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

Result<void> write_all(int descriptor, const std::string& path, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse(path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

// A file beside another, under a name that nobody has.
int make_beside(const std::string& place, std::string& name) {
    name = place + ".XXXXXX";
    return ::mkostemp(name.data(), O_CLOEXEC);
}

class SignalsHeld {
public:
    SignalsHeld() {
        sigset_t held;
        ::sigemptyset(&held);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&held, number);
        ::sigprocmask(SIG_BLOCK, &held, &before_);
    }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;
    ~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

} // namespace

Result<FilePlace> look_at(const std::string& path) {
    FilePlace out;
    out.path = path;
    struct stat there{};
    if (::stat(path.c_str(), &there) == 0) {
        if (S_ISDIR(there.st_mode)) return refuse(path, EISDIR);
        out.exists = true;
        out.is_stream = !S_ISREG(there.st_mode);
        out.device = there.st_dev;
        out.inode = there.st_ino;
        for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
            struct stat ours{};
            if (out.is_stream || ::fstat(descriptor, &ours) != 0) continue;
            if (ours.st_dev != there.st_dev || ours.st_ino != there.st_ino) continue;
            out.is_stream = true;
            out.shared_descriptor = descriptor;
        }
        if (out.is_stream) {
            out.real = path;
            return out;
        }
    } else if (errno != ENOENT) {
        return refuse(path, errno);
    }
    Result<std::string> real = follow(path);
    if (!real) return std::unexpected(real.error());
    out.real = std::move(*real);
    return out;
}

bool is_same_file(const FilePlace& a, const FilePlace& b) {
    if (a.is_stream || b.is_stream) return false;
    if (a.exists && b.exists) return a.device == b.device && a.inode == b.inode;
    return a.real == b.real;
}

// --- WholeFile
// ------------------------------------------------------------------------------------

WholeFile::WholeFile(FilePlace place, int descriptor)
    : place_(std::move(place)), stream_(descriptor) {}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : place_(std::move(other.place_)), stream_(std::exchange(other.stream_, -1)) {}

WholeFile& WholeFile::operator=(WholeFile&& other) noexcept {
    std::swap(place_, other.place_);
    std::swap(stream_, other.stream_);
    return *this;
}

WholeFile::~WholeFile() {
    if (stream_ >= 0) ::close(stream_);
}

Result<WholeFile> WholeFile::open(const FilePlace& place) {
    if (place.is_stream) {
        const int descriptor = open_stream(place);
        if (descriptor < 0) return refuse(place.path, errno);
        return WholeFile{place, descriptor};
    }
    // It will be replaced, so its folder counts; but what is protected shall not be replaced.
    if (place.exists && ::access(place.real.c_str(), W_OK) != 0) return refuse(place.path, errno);
    std::string name;
    const int probe = make_beside(place.real, name);
    if (probe < 0) return refuse(place.path, errno);
    ::close(probe);
    ::unlink(name.c_str());
    return WholeFile{place, -1};
}

Result<void> WholeFile::write(std::string_view text) {
    if (place_.is_stream) return write_all(stream_, place_.path, text);
    const SignalsHeld held; // a second Ctrl-C leaves nothing half done, and nothing behind
    return write_beside(text);
}

Result<void> WholeFile::write_beside(std::string_view text) const {
    std::string name;
    const int descriptor = make_beside(place_.real, name);
    if (descriptor < 0) return refuse(place_.path, errno);
    // mkostemp makes it ours alone: as readable as what it replaces, or as any other new file.
    struct stat there{};
    const mode_t mask = ::umask(0);
    ::umask(mask);
    const bool replaces = ::stat(place_.real.c_str(), &there) == 0;
    ::fchmod(descriptor, replaces ? there.st_mode & 07777 : static_cast<mode_t>(0666) & ~mask);

    Result<void> out = write_all(descriptor, place_.path, text);
    if (out && ::fsync(descriptor) != 0 && errno != EINVAL) out = refuse(place_.path, errno);
    ::close(descriptor);
    if (out && ::rename(name.c_str(), place_.real.c_str()) != 0) out = refuse(place_.path, errno);
    if (!out) ::unlink(name.c_str());
    return out;
}

// --- GrowingFile
// ----------------------------------------------------------------------------------

GrowingFile::GrowingFile(FilePlace place, int descriptor)
    : place_(std::move(place)), descriptor_(descriptor) {}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : place_(std::move(other.place_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept {
    std::swap(place_, other.place_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

GrowingFile::~GrowingFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!place_.exists) ::unlink(place_.real.c_str());
}

Result<GrowingFile> GrowingFile::open(const FilePlace& place) {
    const int descriptor = place.is_stream
                               ? open_stream(place)
                               : ::open(place.real.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return refuse(place.path, errno);
    return GrowingFile{place, descriptor};
}

Result<std::FILE*> GrowingFile::begin() {
    if (!place_.is_stream && ::ftruncate(descriptor_, 0) != 0) return refuse(place_.path, errno);
    std::FILE* file = ::fdopen(descriptor_, "wb");
    if (file == nullptr) return refuse(place_.path, errno);
    descriptor_ = -1;
    return file;
}

} // namespace keel::app
