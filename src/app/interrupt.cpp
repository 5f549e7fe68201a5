#include "app/interrupt.hpp"

#include <string_view>

#include <unistd.h>

#include "app/exit_code.hpp"

namespace keel::app {
namespace {

volatile std::sig_atomic_t times_asked = 0;
Interrupts::Words words; // set before a signal can come

// Only what a signal handler may do: write() and _exit().
void put(std::string_view text) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    static_cast<void>(written);
}

extern "C" void on_interrupt(int) {
    if (times_asked == 0) {
        times_asked = 1;
        put(words.first);
        return;
    }
    put(words.again);
    ::_exit(to_int(words.code));
}

} // namespace

Interrupts::Interrupts(const Words& said) {
    words = said;
    times_asked = 0;
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &old_int_);
    ::sigaction(SIGTERM, &action, &old_term_);
}

Interrupts::~Interrupts() {
    ::sigaction(SIGINT, &old_int_, nullptr);
    ::sigaction(SIGTERM, &old_term_, nullptr);
}

bool Interrupts::asked() const { return times_asked != 0; }

} // namespace keel::app
