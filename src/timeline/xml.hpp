#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keel::timeline {

// Text that may stand anywhere in XML or HTML, between tags or in quotes. What is no UTF-8, or a
// character that XML does not have, becomes U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

// At most so many characters of UTF-8; what is longer ends with an ellipsis.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t characters_max);
[[nodiscard]] std::size_t characters_in(std::string_view text);

} // namespace keel::timeline
