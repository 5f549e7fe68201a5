#pragma once

#include <csignal>
#include <string_view>

#include "app/exit_code.hpp"

namespace keel::app {

// Ctrl-C (and SIGTERM) while a run is under way. The first asks: the run winds down, verifies and
// reports. The second stops the process at once, from within the signal handler, with a text that
// says what was not done. Before and after a run the system's own rules hold.
class Interrupts {
public:
    // What is said at the first signal, and at the one after it, which ends the process with this
    // code. All of them last as long as the program.
    struct Words {
        std::string_view first;
        std::string_view again;
        ExitCode code = ExitCode::Interrupted;
    };
    explicit Interrupts(const Words& said);
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    [[nodiscard]] bool asked() const;

private:
    struct sigaction old_int_{};
    struct sigaction old_term_{};
};

} // namespace keel::app
