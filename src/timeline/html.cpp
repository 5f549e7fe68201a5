#include "timeline/html.hpp"

#include <string_view>

#include <fmt/format.h>

#include "timeline/svg.hpp"
#include "timeline/xml.hpp"

namespace keel::timeline {
namespace {

constexpr std::string_view page_style = R"css(
body { margin: 0; padding: 24px; background: var(--back); color: var(--text);
       font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { margin: 0 0 8px; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
.head { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 16px 0; padding: 0;
          list-style: none; font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 8px; }
.legend svg { flex: none; }
.figure { width: fit-content; max-width: 100%; box-sizing: border-box; overflow-x: auto;
           border: 1px solid var(--rule); border-radius: 6px; }
.figure svg { display: block; }
.broken { margin: 16px 0 0; padding: 8px 12px; border-radius: 6px; font-weight: 600;
          background: var(--fault); color: var(--on-fault); overflow-wrap: anywhere; }
@media (max-width: 600px) { body { padding: 12px; } }
@media print { .figure { overflow: visible; border: none; } }
)css";

std::string legend(const Timeline& timeline) {
    std::string out = "<ul class=\"legend\">\n";
    for (const LegendEntry& one : legend_of(timeline)) {
        out += fmt::format("<li><svg width=\"32\" height=\"14\" aria-hidden=\"true\">"
                           "<g class=\"{}\">{}</g></svg>{}</li>\n",
                           one.line_class, swatch(one), escaped(one.meaning));
    }
    return out + "</ul>\n";
}

} // namespace

std::string html_of(const Timeline& timeline) {
    std::string out = fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                                  "<meta charset=\"utf-8\">\n"
                                  "<meta name=\"viewport\" content=\"width=device-width\">\n"
                                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                                  "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n",
                                  escaped(timeline.title), drawing_style(), page_style);
    out += fmt::format("<h1>{}</h1>\n", escaped(timeline.title));
    for (const std::string& line : timeline.head) {
        out += fmt::format("<p class=\"head\">{}</p>\n", escaped(line));
    }
    if (timeline.violation) {
        out += fmt::format("<p class=\"broken\">{}: {}</p>\n", escaped(timeline.violation->rule),
                           escaped(timeline.violation->text));
    }
    out += legend(timeline);
    out += "<div class=\"figure\" tabindex=\"0\" role=\"region\" aria-label=\"diagram\">\n";
    return out + svg_figure(timeline) + "</div>\n</body>\n</html>\n";
}

} // namespace keel::timeline
