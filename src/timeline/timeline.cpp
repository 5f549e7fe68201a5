#include "timeline/timeline.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace keel::timeline {
namespace {

bool is_surely_before(const Moment& a, const Moment& b) {
    return Place{a.latest, a.step} < Place{b.earliest, b.step};
}
bool is_perhaps_before(const Moment& a, const Moment& b) {
    return Place{a.earliest, a.step} < Place{b.latest, b.step};
}

// Sent before the other arrived, each of them.
bool overlaps_surely(const Message& a, const Message& b) {
    return is_surely_before(a.sent, *b.received) && is_surely_before(b.sent, *a.received);
}
bool overlaps_perhaps(const Message& a, const Message& b) {
    return is_perhaps_before(a.sent, *b.received) && is_perhaps_before(b.sent, *a.received);
}

bool may_cross(const Message& a, const Message& b) {
    if (!a.received || !b.received || a.is_duplicate || b.is_duplicate) return false;
    if (a.kind == Kind::Market || b.kind == Kind::Market) return false;
    if (a.exchange != 0 && a.exchange == b.exchange) return false;
    if (a.about.empty() || b.about.empty()) {
        return (a.kind == Kind::Fill && b.kind == Kind::Request) ||
               (a.kind == Kind::Request && b.kind == Kind::Fill);
    }
    return a.about == b.about;
}

} // namespace

Moment exactly(Timestamp at, std::uint64_t step) { return {at, at, at, step}; }

Moment between(Timestamp earliest, Timestamp latest) {
    if (latest < earliest) latest = earliest;
    const std::int64_t half = (latest - earliest).value() / 2;
    return {earliest + Duration{half}, earliest, latest, 0};
}

Moment between(Timestamp earliest, Timestamp latest, Timestamp guess) {
    Moment out = between(earliest, latest);
    out.at = std::clamp(guess, out.earliest, out.latest);
    return out;
}

std::string_view to_string(Kind kind) {
    switch (kind) {
    case Kind::Request: return "request";
    case Kind::Answer: return "answer";
    case Kind::Report: return "report";
    case Kind::Fill: return "fill";
    case Kind::State: return "state";
    case Kind::Market: return "market";
    case Kind::Link: return "link";
    }
    std::unreachable();
}

bool is_sent_by_bot(const Timeline& timeline, const Message& message) {
    return message.from == timeline.bot;
}

const Moment& end_at_bot(const Timeline& timeline, const Message& message) {
    if (is_sent_by_bot(timeline, message)) return message.sent;
    if (message.received) return *message.received;
    return message.lost ? *message.lost : message.sent;
}

Timestamp time_at_bot(const Timeline& timeline, const Message& message) {
    return end_at_bot(timeline, message).at;
}

bool is_lost(const Message& message) { return !message.received && !message.is_under_way; }

void sort_messages(Timeline& timeline) {
    std::ranges::stable_sort(timeline.messages, [&](const Message& a, const Message& b) {
        const Place at_a = end_at_bot(timeline, a).place();
        const Place at_b = end_at_bot(timeline, b).place();
        if (at_a != at_b) return at_a < at_b;
        if (a.step != b.step) return a.step < b.step;
        return !is_sent_by_bot(timeline, a) && is_sent_by_bot(timeline, b); // heard, then answered
    });
}

std::vector<Crossing> crossings(const Timeline& timeline) {
    const auto other_end = [&](const Message& m) -> const Lane& {
        return timeline.lanes[is_sent_by_bot(timeline, m) ? m.to : m.from];
    };
    std::vector<Crossing> out;
    for (std::size_t i = 0; i < timeline.messages.size(); ++i) {
        const Message& a = timeline.messages[i];
        KEEL_ASSERT(a.from < timeline.lanes.size() && a.to < timeline.lanes.size() &&
                        (a.from == timeline.bot) != (a.to == timeline.bot),
                    "a message goes between the bot's lane and another");
        for (std::size_t j = i + 1; j < timeline.messages.size(); ++j) {
            const Message& b = timeline.messages[j];
            if (!may_cross(a, b)) continue;
            if (is_sent_by_bot(timeline, a) == is_sent_by_bot(timeline, b)) continue;
            if (other_end(a).participant != other_end(b).participant) continue;
            if (!overlaps_perhaps(a, b)) continue;
            const bool is_certain = overlaps_surely(a, b);
            const bool is_answer = a.kind == Kind::Answer || b.kind == Kind::Answer;
            if (!is_certain && is_answer) continue;
            const bool in_order = a.sent.place() <= b.sent.place();
            out.push_back({in_order ? i : j, in_order ? j : i, is_certain});
        }
    }
    return out;
}

} // namespace keel::timeline
