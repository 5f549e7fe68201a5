#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

// A sequence diagram as data: who spoke with whom and when, what the bot believed after it, and
// which rule broke at which step. It knows no record and no venue: app/record_timeline.hpp fills it
// from a record, and whatever else has a schedule to show fills it in the same way. How it looks is
// the renderers' (text.hpp, svg.hpp, html.hpp).

namespace keel::timeline {

// When something happened: known, or only that it was within a span. `at` is where it is drawn.
struct Moment {
    Timestamp at;
    Timestamp earliest;
    Timestamp latest;

    [[nodiscard]] bool is_exact() const { return earliest == latest; }
};
[[nodiscard]] Moment exactly(Timestamp at);
// Somewhere within; drawn in the middle, or where a better guess is.
[[nodiscard]] Moment between(Timestamp earliest, Timestamp latest);
[[nodiscard]] Moment between(Timestamp earliest, Timestamp latest, Timestamp guess);

// A vertical line. The channels of one venue are lanes of one participant.
struct Lane {
    std::string participant; // "bot", "pacifica"
    std::string channel;     // "socket", "fills"; empty: the participant itself
};

enum class Kind : std::uint8_t {
    Request, // bot to venue
    Answer,  // to a request
    Report,  // of an order, from a stream
    Fill,    // of an execution, whoever told it
    State,   // a position or a balance
    Market,  // a book
    Link,    // a stream or path goes down or comes up
};
constexpr std::size_t kind_count = 7;
[[nodiscard]] std::string_view to_string(Kind kind); // "request"

struct Message {
    std::uint32_t from = 0; // lanes; one of them is the bot's
    std::uint32_t to = 0;
    Moment sent;
    std::optional<Moment> received; // none: it never arrived, as far as anybody knows
    Kind kind = Kind::Request;
    std::string label;          // what it says, on one line
    std::string about;          // the order it is about; empty: all that the participant has
    std::uint64_t exchange = 0; // requests and what answers them have one number; 0: none
    std::uint64_t step = 0;     // the event in which the bot sent or heard it; 0: none
    bool is_fault = false;      // an outcome that is unknown, a stream that is down
    bool is_duplicate = false;  // its content had been heard before
};

// What was believed or decided, beside the bot at its time.
enum class NoteKind : std::uint8_t { Order, Group, Alarm, Desk };

struct Note {
    Timestamp at;
    std::uint64_t step = 0; // it stands below the message that the bot heard in this step
    NoteKind kind = NoteKind::Order;
    std::string text;
};

struct Violation {
    Timestamp at;
    std::uint64_t step = 0; // it stands below everything of this step
    std::string rule;       // "exposure_within_limit"
    std::string text;
};

struct Timeline {
    std::string title;
    std::vector<std::string> head; // lines: what is shown, and what is not
    Timestamp zero;                // times are shown from it
    std::vector<Lane> lanes;       // from left to right
    std::uint32_t bot = 0;         // which lane is the bot's
    std::vector<Message> messages;
    std::vector<Note> notes;
    std::optional<Violation> violation;
};

// Two messages cross if each was sent before the other arrived, in opposite directions between the
// bot and one participant, about the same order: neither side knew of the other's word when it
// spoke. What is about all orders (a read, a cancel-all) is crossed by fills. An answer does not
// cross its request, and neither what never arrived nor what had been heard before crosses
// anything. It is certain if it is so whenever the moments that are not known exactly were; what is
// not, is told of fills and reports only, for an answer whose sending nobody knows may cross almost
// anything.
struct Crossing {
    std::size_t first = 0; // messages, the one sent earlier first
    std::size_t second = 0;
    bool is_certain = false;
};
[[nodiscard]] std::vector<Crossing> crossings(const Timeline& timeline);

// Messages in the order in which the bot sent and heard them; numbers in a drawing are their
// places.
void sort_messages(Timeline& timeline);

// The end of a message that is the bot's own: its sending or its hearing.
[[nodiscard]] bool is_sent_by_bot(const Timeline& timeline, const Message& message);
[[nodiscard]] Timestamp time_at_bot(const Timeline& timeline, const Message& message);

} // namespace keel::timeline
