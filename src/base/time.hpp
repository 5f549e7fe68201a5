#pragma once

#include <compare>
#include <cstdint>

#include "base/count.hpp"

namespace keel {

// A span of time in nanoseconds.
using Duration = Count<struct DurationTag>;

constexpr Duration nanoseconds(std::int64_t n) { return Duration{n}; }
constexpr Duration microseconds(std::int64_t n) { return Duration{n} * 1'000; }
constexpr Duration milliseconds(std::int64_t n) { return Duration{n} * 1'000'000; }
constexpr Duration seconds(std::int64_t n) { return Duration{n} * 1'000'000'000; }
constexpr std::int64_t in_milliseconds(Duration d) { return d.value() / 1'000'000; }

// A point in time: nanoseconds since 1970 (UTC), or since the start of a simulated world. Local and
// venue clocks are never compared without the venue's stated clock error.
class Timestamp {
public:
    constexpr Timestamp() = default;
    explicit constexpr Timestamp(std::int64_t ns) : ns_(ns) {}
    [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
    constexpr auto operator<=>(const Timestamp&) const = default;

    friend constexpr Timestamp operator+(Timestamp t, Duration d) {
        return Timestamp{(Duration{t.ns_} + d).value()};
    }
    friend constexpr Timestamp operator-(Timestamp t, Duration d) {
        return Timestamp{(Duration{t.ns_} - d).value()};
    }
    friend constexpr Duration operator-(Timestamp a, Timestamp b) {
        return Duration{a.ns_} - Duration{b.ns_};
    }

private:
    std::int64_t ns_ = 0;
};

// Far enough to mean "never", near enough that adding a Duration of years does not overflow.
constexpr Timestamp never{INT64_MAX / 2};

constexpr Timestamp earlier(Timestamp a, Timestamp b) { return b < a ? b : a; }
constexpr Timestamp later(Timestamp a, Timestamp b) { return a < b ? b : a; }

} // namespace keel
