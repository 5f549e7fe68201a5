#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "timeline/svg.hpp"

// How the drawing looks in light and dark, and the legend that says what its lines mean.

namespace keel::timeline {
namespace {

constexpr std::string_view style = R"css(
:root, svg { --back: #ffffff; --text: #1b1f24; --soft: #57606a; --rule: #d0d7de; --band: #f3f5f8;
  --request: #0b57d0; --answer: #00695c; --report: #5b3fb0; --fill: #1a7034; --state: #57606a;
  --market: #57606a; --link: #8a4b08; --fault: #c62828; --on-fault: #ffffff; --twice: #8a5a00;
  --cross: #a3127a; }
@media (prefers-color-scheme: dark) { :root, svg { --back: #0f1419; --text: #e6edf3;
  --soft: #a0acb8; --rule: #36404a; --band: #182029; --request: #79b8ff; --answer: #56d4c0;
  --report: #c0adff; --fill: #5fd576; --state: #a0acb8; --market: #a0acb8; --link: #e0a458;
  --fault: #ff8a80; --on-fault: #1b1f24; --twice: #e3b341; --cross: #ff8ed4; } }
.back { fill: var(--back); }
.band { fill: var(--band); }
.lane { stroke: var(--rule); stroke-width: 1; }
.lane.bot { stroke: var(--text); stroke-width: 2; }
.house { fill: none; stroke: var(--rule); }
.drawing text { font: 13px "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace;
  fill: var(--text); white-space: pre; }
.drawing .title { font: bold 18px system-ui, "DejaVu Sans", sans-serif; }
.drawing .soft, .drawing .time, .drawing .group, .drawing .truth { fill: var(--soft); }
.drawing .time, .drawing .channel, .drawing .number { font-size: 12px; }
.drawing .name { font-weight: bold; }
.drawing .alarm { fill: var(--fault); }
.drawing .marks { fill: var(--cross); font-weight: bold; }
.drawing .marks.twice { fill: var(--twice); }
.drawing .marks.fault { fill: var(--fault); }
.drawing .marks.way { fill: var(--soft); font-weight: normal; }
.number { stroke: var(--back); stroke-width: 4px; paint-order: stroke; stroke-linejoin: round; }
.label .number { stroke: none; }
.broken rect { fill: var(--fault); }
.drawing .broken text { fill: var(--on-fault); font-weight: bold; }
.pass { stroke: var(--rule); stroke-dasharray: 2 4; }
.cross circle { fill: var(--back); stroke: var(--cross); stroke-width: 1.5; }
.cross path { stroke: var(--cross); stroke-width: 2; }
.cross.perhaps circle, .cross.perhaps path { stroke-dasharray: 2 2; stroke-width: 1.2; }
.arrow { stroke: var(--ink); stroke-width: 1.8; fill: none; }
.tip { fill: var(--ink); stroke: none; }
.dot { fill: var(--ink); stroke: var(--ink); stroke-width: 1.5; }
.guess .dot { fill: var(--back); }
.drawing .number { fill: var(--ink); font-weight: bold; }
.request { --ink: var(--request); } .answer { --ink: var(--answer); }
.report { --ink: var(--report); } .fill { --ink: var(--fill); } .state { --ink: var(--state); }
.market { --ink: var(--market); } .link { --ink: var(--link); }
.twice .arrow { stroke-dasharray: 2 4; } .fault { --ink: var(--fault); }
.fault .arrow, .lost .arrow { stroke-dasharray: 8 4; } .lost { --ink: var(--fault); }
.way .arrow { stroke-dasharray: 1 3; }
.message:hover .arrow { stroke-width: 3.5; }
)css";

} // namespace

std::string_view drawing_style() { return style; }

std::vector<LegendEntry> legend_of(const Timeline& timeline) {
    constexpr std::array<std::string_view, kind_count> meanings{
        "request", "answer",        "order report", "fill", "position or balance",
        "book",    "stream or path"};
    std::vector<LegendEntry> out;
    const auto any = [&](auto is) { return std::ranges::any_of(timeline.messages, is); };
    for (std::size_t i = 0; i < kind_count; ++i) {
        const auto kind = static_cast<Kind>(i);
        if (any([&](const Message& m) { return m.kind == kind; })) {
            out.push_back({std::string{to_string(kind)}, std::string{meanings[i]}});
        }
    }
    if (any([](const Message& m) { return m.is_duplicate; })) {
        out.push_back({"report twice", "heard before"});
    }
    if (any([](const Message& m) { return m.is_fault || is_lost(m); })) {
        out.push_back({"fault", timeline.axis == Axis::Steps ? "a fault, or a stream that is down"
                                                             : "unknown, unanswered or down"});
    }
    if (any([](const Message& m) { return m.is_under_way; })) {
        out.push_back({"report way", "still under way at the end"});
    }
    if (any([](const Message& m) { return !m.sent.is_exact(); })) {
        out.push_back({"state guess", "venue's time not known"});
    }
    if (!crossings(timeline).empty())
        out.push_back({"cross", "cross on the way (dashed: perhaps)"});
    return out;
}

std::string swatch(const LegendEntry& entry) {
    if (entry.line_class == "cross") {
        return "<circle cx=\"16\" cy=\"7\" r=\"6\"/><path d=\"M13 4l6 6m0 -6l-6 6\"/>";
    }
    const bool is_guess = entry.line_class.ends_with("guess");
    return fmt::format("<path class=\"arrow\" d=\"M{} 7L26 7\"/>{}<path class=\"tip\" "
                       "d=\"M32 7l-9 -4v8z\"/>",
                       is_guess ? 6 : 0,
                       is_guess ? "<circle class=\"dot\" cx=\"4\" cy=\"7\" r=\"3\"/>" : "");
}

} // namespace keel::timeline
