#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keel::app {

// A small good config, whose lines tests know by number.
[[nodiscard]] std::string good_desk();

struct Edit {
    std::string_view find; // stands in the text once
    std::string_view replace;
};
// The text with something changed. Stops the test if `find` is not there exactly once.
[[nodiscard]] std::string edited(std::string text, const std::vector<Edit>& edits);
// The good config with something changed.
[[nodiscard]] std::string edited_desk(const std::vector<Edit>& edits);

} // namespace keel::app
