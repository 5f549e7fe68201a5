#include "app/console.hpp"

#include <cstdlib>

#include <unistd.h>

namespace keel::app {

Console Console::of_process() {
    const char* no_colour = std::getenv("NO_COLOR"); // https://no-color.org: set and not empty
    const bool colour_refused = no_colour != nullptr && *no_colour != '\0';
    Console out;
    out.out = stdout;
    out.err = stderr;
    out.out_is_terminal = ::isatty(STDOUT_FILENO) != 0;
    out.err_is_terminal = ::isatty(STDERR_FILENO) != 0;
    out.colour = out.out_is_terminal && !colour_refused;
    return out;
}

} // namespace keel::app
