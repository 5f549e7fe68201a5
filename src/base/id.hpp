#pragma once

#include <compare>
#include <cstdint>

namespace keel {

// An identity: comparable, never added. Zero means "none".
template <class Tag, class Rep = std::uint64_t> class Id {
public:
    constexpr Id() = default;
    explicit constexpr Id(Rep value) : value_(value) {}
    [[nodiscard]] constexpr Rep value() const { return value_; }
    [[nodiscard]] constexpr bool is_none() const { return value_ == 0; }
    constexpr auto operator<=>(const Id&) const = default;

private:
    Rep value_ = 0;
};

// An identity that a venue gave: a number as it is (hi = 0), or 128 bits of hash over a longer text
// (the dialect keeps the text). Zero means "none".
template <class Tag> struct WideId {
    std::uint64_t hi = 0;
    std::uint64_t lo = 0;
    [[nodiscard]] constexpr bool is_none() const { return hi == 0 && lo == 0; }
    constexpr auto operator<=>(const WideId&) const = default;
};

// A place in a table of this desk: 0-based, `none` is all ones.
template <class Tag> class Index {
public:
    static constexpr std::uint32_t none_value = 0xffff'ffff;
    constexpr Index() = default;
    explicit constexpr Index(std::uint32_t value) : value_(value) {}
    [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
    [[nodiscard]] constexpr bool is_none() const { return value_ == none_value; }
    constexpr auto operator<=>(const Index&) const = default;

private:
    std::uint32_t value_ = none_value;
};

} // namespace keel
