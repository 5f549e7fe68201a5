#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/console.hpp"
#include "base/time.hpp"

namespace keel::app {

struct ProgressNumbers {
    Duration simulated{};
    Duration total{};
    bool is_settling = false;
    std::uint64_t events = 0;
    std::uint64_t fills = 0;
    std::uint64_t alarms = 0;
};

// How far a run is, on stderr: a bar on a terminal, else a plain line now and then.
class Progress {
public:
    Progress(const Console& console, bool enabled);
    ~Progress() { finish(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap enough to call a few times a millisecond; draws when it is time.
    void update(const ProgressNumbers& numbers);
    // Takes the bar away, so that what follows begins on a clean line.
    void finish();

private:
    using Clock = std::chrono::steady_clock;

    const Console& console_;
    bool enabled_;
    bool is_drawn_ = false;
    Clock::time_point start_;
    Clock::time_point next_;
    Clock::time_point last_at_;
    std::uint64_t last_events_ = 0;
};

// One line of it; `width` columns with a bar, or 0 for no bar. `rate` is events a second.
[[nodiscard]] std::string progress_line(const ProgressNumbers& numbers, std::uint64_t rate,
                                        std::size_t width);

} // namespace keel::app
