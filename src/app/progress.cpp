#include "app/progress.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/words.hpp"

namespace keel::app {
namespace {

constexpr std::chrono::milliseconds bar_every{100};
constexpr std::chrono::seconds line_every{5};

std::size_t terminal_width() {
    struct winsize size{};
    constexpr std::size_t usual = 80;
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
    return size.ws_col;
}

std::string count(std::uint64_t number, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(std::string_view{fmt::to_string(number)}), noun,
                       number == 1 ? "" : "s");
}

// Three digits are enough while it moves: 950, 12 k, 1.07 M.
std::string rounded(std::uint64_t rate) {
    if (rate < 1'000) return fmt::to_string(rate);
    if (rate < 1'000'000) return fmt::format("{} k", rate / 1'000);
    return fmt::format("{}.{:02} M", rate / 1'000'000, rate / 10'000 % 100);
}

} // namespace

std::string progress_line(const ProgressNumbers& numbers, std::uint64_t rate, std::size_t width) {
    const std::int64_t total = std::max<std::int64_t>(numbers.total.value(), 1);
    const std::int64_t done = std::min(numbers.simulated.value(), total);
    // Over milliseconds, so that the product of a long run stays in 64 bits.
    const std::int64_t percent =
        done / 1'000'000 * 100 / std::max<std::int64_t>(total / 1'000'000, 1);
    const Duration whole_seconds = seconds(numbers.simulated.value() / 1'000'000'000);
    std::string text =
        fmt::format("{:>3} %  {} of {}{}  {} events/s  {}  {}", percent, to_string(whole_seconds),
                    to_string(numbers.total), numbers.is_settling ? ", settling" : "",
                    rounded(rate), count(numbers.fills, "fill"), count(numbers.alarms, "alarm"));
    if (width == 0) return text;
    // The bar stands still while the words beside it grow: room is kept for the longest of them,
    // and what is longer loses its end.
    constexpr std::size_t bar_least = 8;
    constexpr std::size_t bar_most = 30;
    constexpr std::size_t frame = 4; // "[" "]" and two blanks
    constexpr std::size_t words_kept = 64;
    if (width < bar_least + frame + words_kept) return text.substr(0, width);
    const std::size_t cells = std::min(width - frame - words_kept, bar_most);
    const std::size_t full = cells * static_cast<std::size_t>(percent) / 100;
    return fmt::format("[{}{}] {}", std::string(full, '#'), std::string(cells - full, '.'),
                       text.substr(0, width - cells - frame));
}

Progress::Progress(const Console& console, bool enabled)
    : console_(console), enabled_(enabled), start_(Clock::now()), last_at_(start_) {
    if (console.err_is_terminal)
        next_ = start_ + bar_every;
    else
        next_ = start_ + line_every;
}

void Progress::update(const ProgressNumbers& numbers) {
    if (!enabled_) return;
    const Clock::time_point now = Clock::now();
    if (now < next_) return;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_at_).count();
    const std::uint64_t rate = (numbers.events - last_events_) * 1'000 /
                               static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 1));
    last_at_ = now;
    last_events_ = numbers.events;
    if (console_.err_is_terminal) {
        // One column stays free: some terminals wrap when the last one is written.
        console_.say(fmt::format("\r\x1b[K{}", progress_line(numbers, rate, terminal_width() - 1)));
        is_drawn_ = true;
        next_ = now + bar_every;
    } else {
        console_.say(fmt::format("keel: {}\n", progress_line(numbers, rate, 0)));
        next_ = now + line_every;
    }
}

void Progress::finish() {
    if (!is_drawn_) return;
    console_.say("\r\x1b[K");
    is_drawn_ = false;
}

} // namespace keel::app
