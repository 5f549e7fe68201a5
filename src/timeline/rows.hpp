#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "timeline/timeline.hpp"

// The lines of a drawing from top to bottom, the same for every renderer: one for each end of a
// message (only the bot's, where both are at one time), in the order of time, and below it what the
// bot then believed.

namespace keel::timeline {

enum class End : std::uint8_t { Sent, Received };

struct Row {
    Timestamp at;
    std::optional<std::size_t> message; // none: notes that no message brought
    End end = End::Sent;
    bool is_bots = true;            // the end that is the bot's: here its label stands
    std::vector<std::size_t> notes; // below it
    bool has_violation = false;     // below the notes
};
[[nodiscard]] std::vector<Row> rows_of(const Timeline& timeline);

// Whether a gap in time before a row is worth a word, and the word: "4.2 s pass".
[[nodiscard]] std::string gap_text(Duration gap);

// Seconds to the microsecond, with a sign: "+0.008485".
[[nodiscard]] std::string time_text(Duration since_zero);

// What stands behind a message's label: that it is a duplicate, lost, or crosses others, which are
// named by their numbers.
[[nodiscard]] std::string marks_text(const Timeline& timeline, const std::vector<Crossing>& all,
                                     std::size_t message);

} // namespace keel::timeline
