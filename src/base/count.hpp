#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <utility>

#include "base/assert.hpp"
#include "base/math.hpp"

namespace keel {

// A signed 64-bit number with a unit in its type. Arithmetic is checked: an overflow is our mistake
// (whatever comes from outside is checked at the edge with checked_* before it becomes a Count).
template <class Tag> class Count {
public:
    constexpr Count() = default;
    template <std::integral I>
    explicit constexpr Count(I value) : value_(static_cast<std::int64_t>(value)) {
        KEEL_ASSERT(std::in_range<std::int64_t>(value), "a count fits in 64 bits");
    }
    // Decimals become integers at the wire; binary floats never do.
    template <std::floating_point F> Count(F) = delete;

    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    constexpr auto operator<=>(const Count&) const = default;

    friend constexpr Count operator+(Count a, Count b) {
        Count out;
        const bool overflow = __builtin_add_overflow(a.value_, b.value_, &out.value_);
        KEEL_ASSERT(!overflow, "a sum of counts fits in 64 bits");
        return out;
    }
    friend constexpr Count operator-(Count a, Count b) {
        Count out;
        const bool overflow = __builtin_sub_overflow(a.value_, b.value_, &out.value_);
        KEEL_ASSERT(!overflow, "a difference of counts fits in 64 bits");
        return out;
    }
    friend constexpr Count operator*(Count a, std::int64_t factor) {
        Count out;
        const bool overflow = __builtin_mul_overflow(a.value_, factor, &out.value_);
        KEEL_ASSERT(!overflow, "a multiple of a count fits in 64 bits");
        return out;
    }
    template <std::floating_point F> friend Count operator*(Count, F) = delete;
    template <std::floating_point F> friend Count operator/(Count, F) = delete;
    friend constexpr Count operator/(Count a, std::int64_t divisor) {
        KEEL_ASSERT(divisor > 0, "a divisor is positive");
        return Count{a.value_ / divisor};
    }
    constexpr Count operator-() const { return Count{} - *this; }
    constexpr Count& operator+=(Count other) { return *this = *this + other; }
    constexpr Count& operator-=(Count other) { return *this = *this - other; }

private:
    std::int64_t value_ = 0;
};

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };

template <class Tag> constexpr Count<Tag> abs(Count<Tag> a) { return a.value() < 0 ? -a : a; }
template <class Tag> constexpr Count<Tag> min(Count<Tag> a, Count<Tag> b) { return b < a ? b : a; }
template <class Tag> constexpr Count<Tag> max(Count<Tag> a, Count<Tag> b) { return a < b ? b : a; }

} // namespace keel
