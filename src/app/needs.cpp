#include "app/needs.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "app/words.hpp"

namespace keel::app {
namespace {

constexpr std::array<std::string_view, 13> needs_known{
    "xemm",         "unwind",        "kill_switch", "restart", "position_stream",
    "fill_replays", "server_errors", "amends",      "bracket", "pair",
    "guardian",     "quoter",        "settlement"};

} // namespace

std::span<const std::string_view> all_needs() { return needs_known; }

void check_needs(const Value& needs, const std::string& label, Problems& problems) {
    if (!needs.is_good || !needs.is_set) return;
    std::vector<std::string_view> seen;
    for (std::size_t i = 0; i < needs.texts.size(); ++i) {
        const std::string& word = needs.texts[i];
        const auto refuse = [&](const std::string& text) {
            problems.add(needs.text_places[i], label, text);
        };
        if (std::ranges::find(seen, word) != seen.end()) {
            refuse(fmt::format("\"{}\" is listed twice", word));
            continue;
        }
        seen.push_back(word);
        if (std::ranges::find(needs_known, word) != needs_known.end()) continue;
        const std::string_view near = nearest(word, needs_known);
        refuse(near.empty()
                   ? fmt::format("there is no need \"{}\"; known are {}", word, one_of(needs_known))
                   : fmt::format("there is no need \"{}\"; did you mean \"{}\"?", word, near));
    }
}

} // namespace keel::app
