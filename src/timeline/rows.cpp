#include "timeline/rows.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace keel::timeline {
namespace {

// Within one instant: what arrives, what is noted of itself, what leaves.
int rank(const Timeline& timeline, const Row& row) {
    if (!row.is_bots) return 0;
    if (row.message && !is_sent_by_bot(timeline, timeline.messages[*row.message])) return 1;
    return row.message ? 3 : 2;
}

std::uint64_t step_of(const Timeline& timeline, const Row& row) {
    if (row.message) return timeline.messages[*row.message].step;
    if (!row.notes.empty()) return timeline.notes[row.notes.front()].step;
    return row.has_violation && timeline.violation ? timeline.violation->step : 0;
}

// The row below which what happened in a step stands: what was heard in it, else what the desk was
// told, else the first that was sent.
using Anchors = std::map<std::uint64_t, std::size_t>;

Anchors anchors_of(const Timeline& timeline, const std::vector<Row>& rows) {
    Anchors out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::uint64_t step = step_of(timeline, rows[i]);
        if (!rows[i].is_bots || step == 0) continue;
        const auto [known, is_first] = out.try_emplace(step, i);
        if (!is_first && rank(timeline, rows[i]) < rank(timeline, rows[known->second])) {
            known->second = i;
        }
    }
    return out;
}

void sort(const Timeline& timeline, std::vector<Row>& rows) {
    std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
        if (a.at != b.at) return a.at < b.at;
        const std::uint64_t step_a = step_of(timeline, a);
        const std::uint64_t step_b = step_of(timeline, b);
        if (a.is_bots && b.is_bots && step_a != step_b) return step_a < step_b;
        return rank(timeline, a) < rank(timeline, b);
    });
}

} // namespace

std::vector<Row> rows_of(const Timeline& timeline) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < timeline.messages.size(); ++i) {
        const Message& one = timeline.messages[i];
        const bool by_bot = is_sent_by_bot(timeline, one);
        // Of what took no time, or never arrived, there is one end to show: the bot's.
        const bool has_both = one.received && one.received->at != one.sent.at;
        if (has_both || by_bot || !one.received) {
            rows.push_back({one.sent.at, i, End::Sent, by_bot || !has_both, {}, false});
        }
        if (has_both || (!by_bot && one.received)) {
            rows.push_back({one.received->at, i, End::Received, !by_bot, {}, false});
        }
    }
    // What the desk was told stands alone, as what was heard does.
    for (std::size_t i = 0; i < timeline.notes.size(); ++i) {
        if (timeline.notes[i].kind != NoteKind::Desk) continue;
        rows.push_back({timeline.notes[i].at, std::nullopt, End::Received, true, {i}, false});
    }
    Anchors anchors = anchors_of(timeline, rows);
    for (std::size_t i = 0; i < timeline.notes.size(); ++i) {
        const Note& note = timeline.notes[i];
        if (note.kind == NoteKind::Desk) continue;
        if (const auto anchor = anchors.find(note.step); anchor != anchors.end()) {
            rows[anchor->second].notes.push_back(i);
            continue;
        }
        rows.push_back({note.at, std::nullopt, End::Received, true, {i}, false});
        if (note.step != 0) anchors[note.step] = rows.size() - 1;
    }
    sort(timeline, rows);
    if (timeline.violation) {
        const Violation& broken = *timeline.violation;
        // Below the last row of its step, or of its time.
        auto at = std::ranges::find_if(rows, [&](const Row& row) { return row.at > broken.at; });
        for (auto row = rows.begin(); row != rows.end(); ++row) {
            if (broken.step != 0 && row->is_bots && step_of(timeline, *row) == broken.step) {
                at = row + 1;
            }
        }
        if (at == rows.begin()) {
            rows.insert(at, {broken.at, std::nullopt, End::Received, true, {}, true});
        } else {
            (at - 1)->has_violation = true;
        }
    }
    return rows;
}

std::string gap_text(Duration gap) {
    if (gap < milliseconds(500)) return {};
    const std::int64_t tenths = gap.value() / 100'000'000;
    return fmt::format("{}.{} s pass", tenths / 10, tenths % 10);
}

std::string time_text(Duration since_zero) {
    const std::int64_t us = since_zero.value() / 1'000;
    const std::int64_t size = us < 0 ? -us : us;
    return fmt::format("{}{}.{:06}", us < 0 ? "-" : "+", size / 1'000'000, size % 1'000'000);
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
    if (!one.received) {
        add(one.is_fault ? "lost" : one.kind == Kind::Request ? "no answer" : "never arrives");
    }
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
