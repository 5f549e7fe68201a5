#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>

#include "app/cli.hpp"
#include "app/console.hpp"

namespace {

// A standard stream that was closed by whoever started us would be the number of the next file we
// open, and our report would land in it. What takes its place can only refuse.
void hold_standard_streams() {
    constexpr std::array refusing{O_WRONLY, O_RDONLY, O_RDONLY}; // for stdin, stdout, stderr
    for (int stream = 0; stream < 3; ++stream) {
        if (::fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
        static_cast<void>(::open("/dev/null", refusing[static_cast<std::size_t>(stream)]));
    }
}

} // namespace

int main(int argc, char** argv) {
    hold_standard_streams();
    std::signal(SIGPIPE, SIG_IGN); // a reader that left is an error of a write, not our end
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    const std::string program = argc > 0 ? argv[0] : "keel";
    return keel::app::main_with(arguments, keel::app::Console::of_process(), program);
}
