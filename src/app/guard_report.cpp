#include "app/guard_report.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace keel::app {
namespace {

using Json = nlohmann::ordered_json;

bool violates(const explore::Need& need) { return need.broken != explore::Rule::None; }

bool is_unexplained(const explore::Need& need) { return !violates(need) && need.why.empty(); }

Json json_of(const explore::Need& need) {
    Json out;
    out["guard"] = need.off->name;
    out["without_it"] = need.off->text;
    out["violates"] = violates(need);
    if (violates(need)) {
        out["rule"] = explore::info(need.broken).name;
        out["steps"] = need.steps;
        out["faults"] = need.faults;
    } else {
        out["closed_with_faults"] = need.is_closed ? Json(need.closed_with) : Json(nullptr);
        out["schedules"] = need.schedules;
        out["why"] = need.why;
    }
    return out;
}

} // namespace

std::string guards_text(const std::vector<explore::Need>& needs, double seconds) {
    if (needs.empty()) return "";
    std::string out =
        fmt::format("  guards: {} of {} break a rule here if they are switched off ({:.1f} s)\n",
                    std::ranges::count_if(needs, violates), needs.size(), seconds);
    const std::size_t all = explore::all_switches().size();
    if (needs.size() < all) {
        out += fmt::format("    interrupted: the other {} were not tried\n", all - needs.size());
    }
    for (const explore::Need& need : needs) {
        if (!is_unexplained(need)) continue;
        out += fmt::format("    {} breaks none, and nothing explains it\n", need.off->name);
    }
    return out;
}

void add_guards(Json& out, const std::vector<explore::Need>& needs, double seconds) {
    if (needs.empty()) return;
    out["guards"] = Json::array();
    for (const explore::Need& need : needs) out["guards"].push_back(json_of(need));
    out["guards_complete"] = needs.size() == explore::all_switches().size();
    out["guards_unexplained"] = std::ranges::count_if(needs, is_unexplained);
    out["guards_wall_seconds"] = seconds;
}

} // namespace keel::app
