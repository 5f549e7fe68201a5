#include "timeline/xml.hpp"

#include <cstdint>

namespace keel::timeline {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD
constexpr std::string_view ellipsis = "\xe2\x80\xa6";    // U+2026

constexpr bool is_trail(char c) { return (static_cast<std::uint8_t>(c) & 0xc0U) == 0x80U; }

// The bytes of the character at the start of a text; 0 if it is none.
std::size_t character(std::string_view text) {
    const auto head = static_cast<std::uint8_t>(text.front());
    if (head < 0x80) return 1;
    const std::size_t size = head >= 0xf0 ? 4 : head >= 0xe0 ? 3 : 2;
    if (head < 0xc2 || head > 0xf4 || text.size() < size) return 0;
    std::uint32_t point = head & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if (!is_trail(text[i])) return 0;
        point = point << 6U | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
    }
    const bool is_overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x1'0000);
    const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    const bool is_none = point == 0xfffe || point == 0xffff || point > 0x10'ffff;
    return is_overlong || is_surrogate || is_none ? 0 : size;
}

} // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = character(text);
        const char c = text.front();
        if (size == 0) {
            out += replacement;
        } else if (size > 1) {
            out += text.substr(0, size);
        } else if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '"') {
            out += "&quot;";
        } else if (c == '\'') {
            out += "&#39;";
        } else if (c == '\n' || c == '\t' || c == '\r') {
            out += ' ';
        } else if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f) {
            out += replacement;
        } else {
            out += c;
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return out;
}

std::size_t characters_in(std::string_view text) {
    std::size_t out = 0;
    for (const char c : text) out += is_trail(c) ? 0U : 1U;
    return out;
}

std::string shortened(std::string_view text, std::size_t characters_max) {
    if (characters_in(text) <= characters_max) return std::string{text};
    std::size_t at = 0;
    for (std::size_t seen = 0; at < text.size(); ++at) {
        if (!is_trail(text[at]) && ++seen == characters_max) break;
    }
    return std::string{text.substr(0, at)}.append(ellipsis);
}

} // namespace keel::timeline
