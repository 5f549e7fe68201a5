#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

// A sequence diagram as data: who spoke with whom and when, what the bot believed after it, and
// which rule broke at which step. It knows no record, no trace and no venue:
// app/record_timeline.hpp and app/trace_timeline.hpp fill it. How it looks is the renderers'
// (text.hpp, svg.hpp, html.hpp).

namespace keel::timeline {

// What goes from top to bottom: time, or the steps of a schedule, at most of which time stands
// still.
enum class Axis : std::uint8_t { Time, Steps };

// Where something stands on it. Without steps, step is 0.
struct Place {
    Timestamp at;
    std::uint64_t step = 0;
    auto operator<=>(const Place&) const = default;
};

// When something happened: known, or only that it was within a span. `at` is where it is drawn.
// Of a schedule everything is known, and `step` says what of one time came first.
struct Moment {
    Timestamp at;
    Timestamp earliest;
    Timestamp latest;
    std::uint64_t step = 0;

    [[nodiscard]] bool is_exact() const { return earliest == latest; }
    [[nodiscard]] Place place() const { return {at, step}; }
};
[[nodiscard]] Moment exactly(Timestamp at, std::uint64_t step = 0);
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
    std::optional<Moment> lost;     // where it was lost on its way, if that is known
    bool is_under_way = false;      // it may still arrive after all that is drawn
    Kind kind = Kind::Request;
    std::string label;          // what it says, on one line
    std::string fate;           // what befell it, in a word or two: "held"
    std::string about;          // the order it is about; empty: all that the participant has
    std::uint64_t exchange = 0; // requests and what answers them have one number; 0: none
    std::uint64_t step = 0;     // the event in which the bot sent or heard it; 0: none
    bool is_fault = false;      // an outcome that is unknown, a stream that is down, a fault of it
    bool is_duplicate = false;  // its content had been heard before
};

// What was believed, decided, or happened without a message, beside the bot at its time.
enum class NoteKind : std::uint8_t {
    Order,
    Group,
    Alarm,
    Desk,  // what the bot was told by its operator or its own process: stands alone
    World, // the market moves, a crash, a timer: stands alone
    Truth, // what is so, whatever the bot believes
};

struct Note {
    Timestamp at;
    std::uint64_t step =
        0; // below the message that the bot heard in it, or what stands alone in it
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
    Axis axis = Axis::Time;
    Timestamp zero;          // times are shown from it
    std::vector<Lane> lanes; // from left to right
    std::uint32_t bot = 0;   // which lane is the bot's
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

[[nodiscard]] bool is_sent_by_bot(const Timeline& timeline, const Message& message);
// Where its label stands: where the bot sent or heard it, or where it was lost on its way to the
// bot, or where all that is known is that it left.
[[nodiscard]] const Moment& end_at_bot(const Timeline& timeline, const Message& message);
[[nodiscard]] Timestamp time_at_bot(const Timeline& timeline, const Message& message);
// Nobody will hear it, as far as anybody knows.
[[nodiscard]] bool is_lost(const Message& message);

} // namespace keel::timeline
