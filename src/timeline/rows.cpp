#include "timeline/rows.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace keel::timeline {
namespace {

bool stands_alone(const Note& note) {
    return note.kind == NoteKind::Desk || note.kind == NoteKind::World;
}

// Within one instant: what arrives, what is noted of itself, what leaves. What stands alone in a
// step is the step: it comes first.
int rank(const Timeline& timeline, const Row& row) {
    const bool is_alone =
        !row.message && !row.notes.empty() && stands_alone(timeline.notes[row.notes.front()]);
    if (is_alone && timeline.axis == Axis::Steps) return -1;
    if (!row.is_bots) return 0;
    if (row.message && !is_sent_by_bot(timeline, timeline.messages[*row.message])) return 1;
    return row.message ? 3 : 2;
}

std::uint64_t step_of(const Timeline& timeline, const Row& row) {
    if (row.message) return timeline.messages[*row.message].step;
    if (!row.notes.empty()) return timeline.notes[row.notes.front()].step;
    return row.has_violation && timeline.violation ? timeline.violation->step : 0;
}

// A venue's word of which all that is shown is that it left: the bot knows nothing of it.
bool only_left(const Timeline& timeline, const Row& row) {
    return row.message && row.end == End::Sent &&
           !is_sent_by_bot(timeline, timeline.messages[*row.message]);
}

// The row below which what happened in a step stands: what was heard in it, else what the desk was
// told, else the first that was sent.
using Anchors = std::map<std::uint64_t, std::size_t>;

Anchors anchors_of(const Timeline& timeline, const std::vector<Row>& rows) {
    Anchors out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::uint64_t step = step_of(timeline, rows[i]);
        if (!rows[i].is_bots || step == 0 || only_left(timeline, rows[i])) continue;
        const auto [known, is_first] = out.try_emplace(step, i);
        if (!is_first && rank(timeline, rows[i]) < rank(timeline, rows[known->second])) {
            known->second = i;
        }
    }
    return out;
}

void sort(const Timeline& timeline, std::vector<Row>& rows) {
    std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
        if (a.place != b.place) return a.place < b.place;
        const std::uint64_t step_a = step_of(timeline, a);
        const std::uint64_t step_b = step_of(timeline, b);
        if (a.is_bots && b.is_bots && step_a != step_b) return step_a < step_b;
        return rank(timeline, a) < rank(timeline, b);
    });
}

// Where something stands that is no message.
Place place_of(const Timeline& timeline, Timestamp at, std::uint64_t step) {
    return {at, timeline.axis == Axis::Steps ? step : 0};
}

void add_messages(const Timeline& timeline, std::vector<Row>& rows) {
    for (std::size_t i = 0; i < timeline.messages.size(); ++i) {
        const Message& one = timeline.messages[i];
        const bool by_bot = is_sent_by_bot(timeline, one);
        const std::optional<Moment>& other = one.received ? one.received : one.lost;
        // Of what took no time, or only left, there is one end to show: the bot's.
        const bool has_both = other && other->place() != one.sent.place();
        if (has_both || by_bot || !other) {
            rows.push_back({one.sent.place(), i, End::Sent, by_bot || !has_both, {}, false});
        }
        if (has_both || (!by_bot && other)) {
            rows.push_back({other->place(), i, End::Received, !by_bot, {}, false});
        }
    }
}

void add_notes(const Timeline& timeline, std::vector<Row>& rows) {
    const auto row_of = [&](std::size_t i) {
        const Note& note = timeline.notes[i];
        return Row{
            place_of(timeline, note.at, note.step), std::nullopt, End::Received, true, {i}, false};
    };
    for (std::size_t i = 0; i < timeline.notes.size(); ++i) {
        if (stands_alone(timeline.notes[i])) rows.push_back(row_of(i));
    }
    Anchors anchors = anchors_of(timeline, rows);
    for (std::size_t i = 0; i < timeline.notes.size(); ++i) {
        const Note& note = timeline.notes[i];
        if (stands_alone(note)) continue;
        if (const auto anchor = anchors.find(note.step); anchor != anchors.end()) {
            rows[anchor->second].notes.push_back(i);
            continue;
        }
        rows.push_back(row_of(i));
        if (note.step != 0) anchors[note.step] = rows.size() - 1;
    }
}

// Below the last row of its step, or of its time. Below a venue's end it stands in a row of its
// own.
void add_violation(const Timeline& timeline, std::vector<Row>& rows) {
    const Violation& broken = *timeline.violation;
    const Place place = place_of(timeline, broken.at, broken.step);
    auto at = std::ranges::find_if(rows, [&](const Row& row) { return row.place > place; });
    if (timeline.axis == Axis::Time) {
        for (auto row = rows.begin(); row != rows.end(); ++row) {
            if (broken.step != 0 && row->is_bots && step_of(timeline, *row) == broken.step) {
                at = row + 1;
            }
        }
    }
    if (at != rows.begin() && (at - 1)->is_bots) {
        (at - 1)->has_violation = true;
    } else {
        rows.insert(at, {place, std::nullopt, End::Received, true, {}, true});
    }
}

} // namespace

std::vector<Row> rows_of(const Timeline& timeline) {
    std::vector<Row> rows;
    add_messages(timeline, rows);
    add_notes(timeline, rows);
    sort(timeline, rows);
    if (timeline.violation) add_violation(timeline, rows);
    return rows;
}

std::string gap_text(Duration gap) {
    if (gap < milliseconds(500)) return {};
    const std::int64_t tenths = gap.value() / 100'000'000;
    return fmt::format("{}.{} s pass", tenths / 10, tenths % 10);
}

std::string passing_text(const Timeline& timeline, Timestamp before, Timestamp at) {
    if (timeline.axis == Axis::Time) return gap_text(at - before);
    if (at == before) return {};
    const std::int64_t ns = (at - before).value();
    std::string passes = fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
    passes.erase(passes.find_last_not_of('0') + 1);
    if (passes.ends_with('.')) passes.pop_back();
    return fmt::format("{} s pass: {} s", passes, time_text(at - timeline.zero));
}

std::string time_text(Duration since_zero) {
    const std::int64_t us = since_zero.value() / 1'000;
    const std::int64_t size = us < 0 ? -us : us;
    return fmt::format("{}{}.{:06}", us < 0 ? "-" : "+", size / 1'000'000, size % 1'000'000);
}

std::string_view axis_text(const Timeline& timeline) {
    return timeline.axis == Axis::Steps ? "step" : "time s";
}

std::string place_text(const Timeline& timeline, const Row& row, const Row* before) {
    if (timeline.axis == Axis::Time) return time_text(row.place.at - timeline.zero);
    if (before != nullptr && before->place.step == row.place.step) return {};
    return row.place.step == 0 ? "start" : fmt::to_string(row.place.step);
}

std::string end_text(const Timeline& timeline, const Row& row) {
    const Message& one = timeline.messages[*row.message];
    const std::string_view word = row.end == End::Sent ? "leaves"
                                  : one.lost           ? "is lost"
                                                       : "arrives";
    return fmt::format("{} {}", *row.message + 1, word);
}

std::string marks_text(const Timeline& timeline, const std::vector<Crossing>& all,
                       std::size_t message) {
    const Message& one = timeline.messages[message];
    std::string out;
    const auto add = [&](std::string_view text) {
        if (!out.empty()) out += ", ";
        out += text;
    };
    if (one.is_duplicate) add("heard before");
    if (!one.fate.empty()) {
        add(one.fate);
    } else if (is_lost(one)) {
        add(one.is_fault ? "lost" : one.kind == Kind::Request ? "no answer" : "never arrives");
    }
    if (one.is_under_way) add("still under way");
    std::string sure;
    std::string perhaps;
    for (const Crossing& each : all) {
        if (each.first != message && each.second != message) continue;
        const std::size_t other = each.first == message ? each.second : each.first;
        (each.is_certain ? sure : perhaps) += fmt::format(" {}", other + 1);
    }
    if (!sure.empty()) add("crosses" + sure);
    if (!perhaps.empty()) add("may cross" + perhaps);
    return out;
}

} // namespace keel::timeline
