#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "timeline/timeline.hpp"

namespace keel::timeline {

// A picture that stands alone, for light and dark.
[[nodiscard]] std::string svg_of(const Timeline& timeline);

// The picture without title and legend, for a page that has them in its own way, and the colours
// and shapes that both need.
[[nodiscard]] std::string svg_figure(const Timeline& timeline);
[[nodiscard]] std::string_view drawing_style();

// What stands in a legend: the class of a line, and its meaning.
struct LegendEntry {
    std::string line_class;
    std::string meaning;
};
[[nodiscard]] std::vector<LegendEntry> legend_of(const Timeline& timeline);
[[nodiscard]] std::string swatch(const LegendEntry& entry); // 32 x 14, in a group of that class

} // namespace keel::timeline
