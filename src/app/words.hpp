#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

// Small texts for people: lists, nearest words, spans of time.

namespace keel::app {

// The word among `known` that `word` is most likely meant to be; empty if none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);

// a, b or c (with quotes around each if asked)
[[nodiscard]] std::string one_of(std::span<const std::string_view> words, bool quoted = true);

// "a|b|c" -> {a, b, c}
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char by);

// Whether a key's name says that its value is a credential.
[[nodiscard]] bool names_a_secret(std::string_view key);

// "1h", "90s", "1h30m", "0.5s", "250ms": numbers with units h, m, s, ms, added up; whole
// milliseconds.
[[nodiscard]] Result<Duration> parse_span(std::string_view text);

// 3600 s -> "1 h", 5400 s -> "1 h 30 min", 90 s -> "1 min 30 s", 1500 ms -> "1.5 s".
[[nodiscard]] std::string to_string(Duration span);

// 1234567 -> "1,234,567"
[[nodiscard]] std::string grouped(std::int64_t number);

// Digits grouped before the point, the point and what follows kept: "1234567.50" -> "1,234,567.50"
[[nodiscard]] std::string grouped(std::string_view decimal);

} // namespace keel::app
