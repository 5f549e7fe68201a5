#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/timeline.hpp"

// The lines of a drawing from top to bottom, the same for every renderer: one for each end of a
// message (only the bot's, where both are at one place), in the order of time or of steps, and
// below it what the bot then believed.

namespace keel::timeline {

enum class End : std::uint8_t { Sent, Received };

struct Row {
    Place place;
    std::optional<std::size_t> message; // none: notes that no message brought
    End end = End::Sent;
    bool is_bots = true;            // the end that is the bot's: here its label stands
    std::vector<std::size_t> notes; // below it
    bool has_violation = false;     // below the notes
};
[[nodiscard]] std::vector<Row> rows_of(const Timeline& timeline);

// Whether the time that passes before a row is worth a word, and the word: "4.2 s pass". Where
// steps are drawn, whatever passes is: "1 s pass: +1.000000 s".
[[nodiscard]] std::string gap_text(Duration gap);
[[nodiscard]] std::string passing_text(const Timeline& timeline, Timestamp before, Timestamp at);

// Seconds to the microsecond, with a sign: "+0.008485".
[[nodiscard]] std::string time_text(Duration since_zero);

// What stands at the left, over the rows: "time s" or "step".
[[nodiscard]] std::string_view axis_text(const Timeline& timeline);
// And at the left of a row: its time; or its step, at the first row of one.
[[nodiscard]] std::string place_text(const Timeline& timeline, const Row& row, const Row* before);

// Of a row that is a venue's end: "1 arrives".
[[nodiscard]] std::string end_text(const Timeline& timeline, const Row& row);

// What stands behind a message's label: that it is a duplicate, lost, or crosses others, which are
// named by their numbers.
[[nodiscard]] std::string marks_text(const Timeline& timeline, const std::vector<Crossing>& all,
                                     std::size_t message);

} // namespace keel::timeline
