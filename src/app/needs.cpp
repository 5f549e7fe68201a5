#include "app/needs.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "app/words.hpp"

namespace keel::app {
namespace {

// clang-format off
constexpr std::array needs_known{
    Need{"xemm", "the hedged market maker"},
    Need{"unwind", "closing at the exit what is held"},
    Need{"kill_switch", "the kill switch and its certificate"},
    Need{"restart", "a start after a crash that lost the end of the record"},
    Need{"position_stream", "positions that are pushed"},
    Need{"fill_replays", "fills that are told again when their stream comes back"},
    Need{"server_errors", "requests that are answered 5xx, done or not"},
    Need{"amends", "quotes that move by an amend"},
    Need{"bracket", "a position with its stop and its target"},
    Need{"pair", "two legs on or off together"},
    Need{"guardian", "positions that are closed once, whoever asks"},
    Need{"quoter", "a ladder of quotes around a fair value"},
    Need{"settlement", "fills that settle, or fail, after they were matched"},
};
// clang-format on

} // namespace

std::span<const Need> all_needs() { return needs_known; }

void check_needs(const Value& needs, const std::string& label, Problems& problems) {
    if (!needs.is_good || !needs.is_set) return;
    std::vector<std::string_view> known(needs_known.size());
    std::ranges::transform(needs_known, known.begin(), &Need::name);
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
        if (std::ranges::find(known, word) != known.end()) continue;
        const std::string_view near = nearest(word, known);
        refuse(near.empty()
                   ? fmt::format("there is no need \"{}\"; known are {}", word, one_of(known))
                   : fmt::format("there is no need \"{}\"; did you mean \"{}\"?", word, near));
    }
}

} // namespace keel::app
