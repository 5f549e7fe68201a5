#pragma once

#include <ctime>

namespace keel::bench {

// Of this thread's own time on a processor, so that what else the machine does counts less.
class Stopwatch {
public:
    [[nodiscard]] double seconds() const { return now() - start_; }

private:
    [[nodiscard]] static double now() {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }
    double start_ = now();
};

} // namespace keel::bench
