#include "timeline/svg.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "timeline/rows.hpp"
#include "timeline/xml.hpp"

namespace keel::timeline {
namespace {

// Pixels. Text is monospaced, so a label's width is known without a browser.
constexpr std::int64_t pad = 16;
constexpr std::int64_t time_right = 100; // times end here
constexpr std::int64_t lanes_left = 124;
constexpr std::int64_t lane_gap = 74;
constexpr std::size_t name_chars_max = 24;
constexpr std::int64_t row_height = 24;
constexpr std::int64_t quiet_height = 12; // of the venue's end of a message
constexpr std::int64_t note_height = 17;
constexpr std::int64_t broken_height = 28;
constexpr std::int64_t lanes_head = 46;
constexpr std::int64_t lanes_head_every = 1'300;
constexpr std::int64_t gap_height = 34;
constexpr std::int64_t legend_width = 190;
constexpr std::size_t label_chars_max = 110;

constexpr std::int64_t width_of(std::size_t characters) { // of 13 px, 0.602 em each, rounded up
    return (static_cast<std::int64_t>(characters) * 79 + 9) / 10;
}

std::string title_tag(std::string_view text) {
    return fmt::format("<title>{}</title>", escaped(text));
}

class Drawing {
public:
    Drawing(const Timeline& timeline, bool has_head)
        : timeline_(timeline), crossings_(crossings(timeline)), rows_(rows_of(timeline)),
          has_head_(has_head) {
        place_lanes();
        std::size_t longest = 40;
        for (std::size_t i = 0; i < timeline.messages.size(); ++i) {
            longest = std::max(longest, characters_in(label_of(i)) + characters_in(marks_of(i)));
        }
        for (const Note& one : timeline.notes) {
            const std::size_t more = note_indent + (one.kind == NoteKind::Alarm ? 7 : 0);
            longest = std::max(longest, characters_in(one.text) + more);
        }
        chars_ = std::min(longest, label_chars_max);
        width_ = text_left_ + width_of(chars_) + pad;
    }

    std::string text() {
        std::int64_t y = has_head_ ? draw_head() : 0;
        y = draw_rows(y);
        for (std::size_t i = 0; i < timeline_.messages.size(); ++i) draw_message(i);
        for (const Crossing& one : crossings_) draw_crossing(one);
        const std::int64_t height = y + pad;
        std::string out =
            fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawing\" width=\"{0}\" "
                        "height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">\n{2}\n",
                        width_, height, title_tag(timeline_.title));
        if (has_head_) out += fmt::format("<style>{}</style>\n", drawing_style());
        out += fmt::format("<rect class=\"back\" width=\"{}\" height=\"{}\"/>\n", width_, height);
        return out + bands_ + lanes_ + heads_ + arrows_ + marks_ + texts_ + "</svg>\n";
    }

private:
    static constexpr std::size_t note_indent = 3;

    // A participant and its lanes, next to each other.
    struct House {
        std::size_t first = 0;
        std::size_t last = 0;
        std::int64_t left = 0;
        std::int64_t right = 0;
    };

    // A participant is as wide as its lanes, or as its name.
    void place_lanes() {
        const auto& lanes = timeline_.lanes;
        std::int64_t x = lanes_left;
        for (std::size_t first = 0; first < lanes.size();) {
            std::size_t last = first;
            while (last + 1 < lanes.size() &&
                   lanes[last + 1].participant == lanes[first].participant) {
                ++last;
            }
            const std::int64_t wide = static_cast<std::int64_t>(last - first + 1) * lane_gap;
            const std::string name = shortened(lanes[first].participant, name_chars_max);
            const std::int64_t room = std::max(wide, width_of(characters_in(name)) + 2 * pad);
            for (std::size_t i = first; i <= last; ++i) {
                lane_x_.push_back(x + (room - wide) / 2 + lane_gap / 2 +
                                  static_cast<std::int64_t>(i - first) * lane_gap);
            }
            houses_.push_back({first, last, x, x + room});
            x += room;
            first = last + 1;
        }
        text_left_ = x + 20;
    }
    [[nodiscard]] std::int64_t lane_x(std::size_t lane) const { return lane_x_[lane]; }
    [[nodiscard]] std::string label_of(std::size_t i) const {
        return fmt::format("{} {}", i + 1, timeline_.messages[i].label);
    }
    [[nodiscard]] std::string marks_of(std::size_t i) const {
        const std::string marks = marks_text(timeline_, crossings_, i);
        return marks.empty() ? "" : "  " + marks;
    }

    // --- above the rows ---

    std::int64_t draw_head() {
        std::int64_t y = pad + 18;
        texts_ += fmt::format("<text class=\"title\" x=\"{}\" y=\"{}\">{}</text>\n", pad, y,
                              escaped(timeline_.title));
        width_ = std::max(width_, 2 * pad + std::int64_t{11} * static_cast<std::int64_t>(
                                                                   characters_in(timeline_.title)));
        for (const std::string& line : timeline_.head) {
            y += 20;
            put(pad, y, "soft", line, chars_in_page());
        }
        y += 16;
        std::int64_t x = pad;
        for (const LegendEntry& one : legend_of(timeline_)) {
            const std::int64_t wide = std::max(legend_width, 56 + width_of(one.meaning.size()));
            if (x + wide > width_ && x > pad) {
                x = pad;
                y += 22;
            }
            texts_ += fmt::format("<g class=\"{}\" transform=\"translate({} {})\">{}</g>\n",
                                  one.line_class, x, y, swatch(one));
            put(x + 40, y + 11, "soft", one.meaning, one.meaning.size());
            x += wide;
        }
        return y + 26;
    }
    [[nodiscard]] std::size_t chars_in_page() const {
        return static_cast<std::size_t>((width_ - 2 * pad) * 10 / 79);
    }

    // The names of participants and channels, again and again on a long way down.
    std::int64_t draw_lane_names(std::int64_t y) {
        heads_ += fmt::format("<text class=\"time\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{}"
                              "</text>\n",
                              time_right, y + 35, axis_text(timeline_));
        for (const House& one : houses_) {
            heads_ += fmt::format("<rect class=\"house\" x=\"{}\" y=\"{}\" width=\"{}\" "
                                  "height=\"{}\" rx=\"4\"/>\n",
                                  one.left + 3, y + 4, one.right - one.left - 6, lanes_head - 8);
            const bool is_plain = timeline_.lanes[one.first].channel.empty();
            middle((one.left + one.right) / 2, is_plain ? y + 27 : y + 19, "name",
                   timeline_.lanes[one.first].participant, name_chars_max);
            for (std::size_t i = one.first; i <= one.last && !is_plain; ++i) {
                middle(lane_x(i), y + 35, "channel", timeline_.lanes[i].channel, 9);
            }
        }
        return y + lanes_head;
    }
    void middle(std::int64_t x, std::int64_t y, std::string_view how, std::string_view text,
                std::size_t room) {
        heads_ +=
            fmt::format("<text class=\"{}\" text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>\n",
                        how, x, y, escaped(shortened(text, room)));
    }
    void draw_lanes(std::int64_t from, std::int64_t to) {
        for (std::size_t i = 0; i < timeline_.lanes.size(); ++i) {
            lanes_ += fmt::format("<line class=\"lane{0}\" x1=\"{1}\" y1=\"{2}\" x2=\"{1}\" "
                                  "y2=\"{3}\"/>\n",
                                  i == timeline_.bot ? " bot" : "", lane_x(i), from, to);
        }
    }

    // --- rows ---

    std::int64_t draw_rows(std::int64_t y) {
        y = draw_lane_names(y);
        std::int64_t lanes_from = y;
        std::int64_t head_at = y;
        const Row* before = nullptr;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const Row& row = rows_[i];
            constexpr std::size_t worth_it = 8; // rows below
            if (row.is_bots && y - head_at > lanes_head_every && rows_.size() - i > worth_it) {
                draw_lanes(lanes_from, y + 4);
                y = draw_lane_names(y + 4);
                lanes_from = y;
                head_at = y;
            }
            const bool has_place = row.is_bots || is_known(row);
            if (has_place && before != nullptr) y = pass(y, before->place.at, row.place.at);
            const std::string place = place_text(timeline_, row, before);
            if (has_place) before = &row;
            if (row.is_bots) {
                y = draw_row(i, y, place);
            } else {
                y = draw_venues_end(i, y, place);
            }
        }
        draw_lanes(lanes_from, y + 8);
        return y + 8;
    }

    // Time that passes: a little room for a little, a word for much.
    std::int64_t pass(std::int64_t y, Timestamp from, Timestamp to) {
        const std::string word = passing_text(timeline_, from, to);
        const Duration gap = to - from;
        if (word.empty()) {
            if (gap >= milliseconds(100)) return y + 12;
            if (gap >= milliseconds(10)) return y + 6;
            return gap >= milliseconds(1) ? y + 2 : y;
        }
        const std::int64_t at = y + gap_height / 2;
        texts_ +=
            fmt::format("<line class=\"pass\" x1=\"{0}\" y1=\"{1}\" x2=\"{2}\" y2=\"{1}\"/>\n",
                        lanes_left, at, text_left_ - 12);
        put(text_left_, at + 4, "soft", word, chars_);
        return y + gap_height;
    }

    [[nodiscard]] bool is_known(const Row& row) const {
        if (!row.message) return true;
        const Message& one = timeline_.messages[*row.message];
        if (row.end == End::Sent) return one.sent.is_exact();
        return (one.received ? one.received : one.lost)->is_exact();
    }

    // A request that arrives and the answer that leaves at once are one point. A step is a row like
    // any other, with a word for what is at its ends.
    std::int64_t draw_venues_end(std::size_t i, std::int64_t y, std::string_view place) {
        const Row& row = rows_[i];
        const bool is_step = timeline_.axis == Axis::Steps;
        const std::int64_t height = is_step ? row_height : quiet_height;
        const auto is_here = [&](const Row& other) {
            return !other.is_bots && other.place == row.place;
        };
        if (i == 0 || !is_here(rows_[i - 1])) {
            if (is_step) {
                std::string text;
                for (std::size_t n = i; n < rows_.size() && is_here(rows_[n]); ++n) {
                    text += fmt::format("{}{}", n == i ? "" : ", ", end_text(timeline_, rows_[n]));
                }
                draw_place(place, y);
                put(text_left_, y + height / 2 + 5, "soft", text, chars_);
                draw_band(i, y, y + height);
            }
            y += height;
        }
        ends_[{*row.message, row.end}] = y - height / 2;
        return y;
    }

    std::int64_t draw_row(std::size_t i, std::int64_t y, std::string_view place) {
        const Row& row = rows_[i];
        const std::int64_t top = y;
        if (row.message) {
            ends_[{*row.message, row.end}] = y + row_height / 2;
            draw_place(place, y);
            draw_label(*row.message, y + row_height / 2 + 5);
            y += row_height;
        }
        bool has_time = row.message.has_value();
        for (const std::size_t note : row.notes) {
            if (!std::exchange(has_time, true)) {
                draw_place(place, y);
                y += 2;
            }
            draw_note(timeline_.notes[note], y + 13);
            y += note_height;
        }
        if (!row.notes.empty()) y += 4;
        draw_band(i, top, y);
        if (row.has_violation) y = draw_violation(y);
        return y;
    }

    // Behind every second row, or step.
    void draw_band(std::size_t i, std::int64_t from, std::int64_t to) {
        const std::uint64_t number = timeline_.axis == Axis::Steps ? rows_[i].place.step : i;
        if (number % 2 != 0) return;
        bands_ += fmt::format("<rect class=\"band\" x=\"0\" y=\"{}\" width=\"{}\" "
                              "height=\"{}\"/>\n",
                              from, width_, to - from);
    }
    void draw_place(std::string_view text, std::int64_t y) {
        if (text.empty()) return;
        texts_ +=
            fmt::format("<text class=\"time\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{}</text>\n",
                        time_right, y + row_height / 2 + 4, text);
    }
    void draw_label(std::size_t i, std::int64_t y) {
        const Message& one = timeline_.messages[i];
        const std::string marks = marks_of(i);
        const std::string digits = fmt::format("{} ", i + 1);
        const std::size_t taken = digits.size() + std::min(characters_in(marks), chars_ / 2);
        const std::string label = shortened(one.label, chars_ - taken);
        const bool is_fault = one.is_fault || is_lost(one);
        texts_ += fmt::format(
            "<text class=\"label\" x=\"{}\" y=\"{}\">{}<tspan class=\"number {}\">{}</tspan>{}"
            "<tspan class=\"marks{}\">{}</tspan></text>\n",
            text_left_, y, label == one.label ? "" : title_tag(one.label), class_of(one), digits,
            escaped(label),
            is_fault           ? " fault"
            : one.is_duplicate ? " twice"
            : one.is_under_way ? " way"
                               : "",
            escaped(shortened(marks, chars_ / 2)));
    }
    void draw_note(const Note& note, std::int64_t y) {
        const std::int64_t x = text_left_ + width_of(note_indent);
        switch (note.kind) {
        case NoteKind::Order: put(x, y, "order", note.text, chars_ - note_indent); return;
        case NoteKind::Group: put(x, y, "group", note.text, chars_ - note_indent); return;
        case NoteKind::Alarm:
            put(x, y, "alarm", "alarm: " + note.text, chars_ - note_indent);
            return;
        case NoteKind::Desk: put(x, y, "desk", note.text, chars_ - note_indent); return;
        case NoteKind::World: put(x, y, "world", note.text, chars_ - note_indent); return;
        case NoteKind::Truth: put(x, y, "truth", note.text, chars_ - note_indent); return;
        }
        std::unreachable();
    }
    std::int64_t draw_violation(std::int64_t y) {
        const Violation& broken = *timeline_.violation;
        const std::string text = fmt::format("{}: {}", broken.rule, broken.text);
        texts_ +=
            fmt::format("<g class=\"broken\" data-rule=\"{}\"><rect x=\"{}\" y=\"{}\" "
                        "width=\"{}\" height=\"{}\" rx=\"4\"/><text x=\"{}\" y=\"{}\">{}{}"
                        "</text></g>\n",
                        escaped(broken.rule), pad / 2, y + 2, width_ - pad, broken_height - 4, pad,
                        y + 19, title_tag(text), escaped(shortened(text, chars_in_page())));
        return y + broken_height;
    }
    void put(std::int64_t x, std::int64_t y, std::string_view how, std::string_view text,
             std::size_t room) {
        const std::string fits = shortened(text, room);
        texts_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}{}</text>\n", how, x, y,
                              fits == text ? "" : title_tag(text), escaped(fits));
    }

    // --- arrows ---

    static std::string class_of(const Message& one) {
        std::string out{to_string(one.kind)};
        if (one.is_duplicate) out += " twice";
        if (one.is_fault) out += " fault";
        if (is_lost(one)) out += " lost";
        if (one.is_under_way) out += " way";
        return out;
    }

    struct Line {
        std::int64_t x1 = 0;
        std::int64_t y1 = 0;
        std::int64_t x2 = 0;
        std::int64_t y2 = 0;
    };
    [[nodiscard]] Line line_of(std::size_t i) const {
        const Message& one = timeline_.messages[i];
        const auto sent = ends_.find({i, End::Sent});
        const auto received = ends_.find({i, End::Received});
        Line out{lane_x(one.from), (sent == ends_.end() ? received : sent)->second, lane_x(one.to),
                 (received == ends_.end() ? sent : received)->second};
        if (!one.received) { // it ends before it is there
            out.x2 = out.x1 + (out.x2 - out.x1) * 2 / (one.is_under_way ? 5 : 3);
            if (out.y2 == out.y1) out.y2 += quiet_height;
        }
        return out;
    }

    void draw_message(std::size_t i) {
        const Message& one = timeline_.messages[i];
        const Line at = line_of(i);
        const bool by_bot = is_sent_by_bot(timeline_, one);
        const bool is_guess = !one.sent.is_exact() || (one.received && !one.received->is_exact());
        const std::int64_t direction = at.x1 < at.x2 ? 1 : -1;
        const std::int64_t bot_y = by_bot ? at.y1 : at.y2;
        const std::int64_t away = by_bot ? direction : -direction; // from the bot
        std::string more = marks_text(timeline_, crossings_, i);
        if (!more.empty()) more = " (" + more + ")";
        arrows_ += fmt::format(
            "<g class=\"message {}{}\" id=\"m{}\" data-step=\"{}\">{}", class_of(one),
            is_guess ? " guess" : "", i + 1, one.step,
            title_tag(fmt::format("{} {}{}: {}", i + 1, one.label, more, span_of(one))));
        arrows_ += fmt::format("<path class=\"arrow\" d=\"M{} {}L{} {}\"/>", at.x1, at.y1,
                               at.x2 - (is_lost(one) ? 0 : 5 * direction), at.y2);
        if (one.received || !by_bot) { // the venue's end, if it has one
            arrows_ += fmt::format("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3\"/>",
                                   by_bot ? at.x2 : at.x1, by_bot ? at.y2 : at.y1);
        }
        arrows_ += tip(at, direction, !is_lost(one));
        arrows_ +=
            fmt::format("<text class=\"number\" text-anchor=\"{}\" x=\"{}\" y=\"{}\">{}</text>"
                        "</g>\n",
                        away > 0 ? "start" : "end", lane_x(timeline_.bot) + 9 * away,
                        by_bot ? bot_y - 3 : bot_y + 13 - 16, i + 1);
    }

    static std::string tip(const Line& at, std::int64_t direction, bool arrives) {
        if (!arrives) {
            return fmt::format("<path class=\"arrow cut\" d=\"M{} {}l10 10m0 -10l-10 10\"/>",
                               at.x2 - 5, at.y2 - 5);
        }
        return fmt::format("<path class=\"tip\" d=\"M{} {}l{} -4v8z\"/>", at.x2, at.y2,
                           -9 * direction);
    }

    [[nodiscard]] std::string span_of(const Message& one) const {
        const auto at = [&](const Moment& moment) {
            if (timeline_.axis == Axis::Steps) return fmt::format("in step {}", moment.step);
            const std::string text = time_text(moment.earliest - timeline_.zero);
            if (moment.is_exact()) return text + " s";
            return fmt::format("between {} and {} s", text,
                               time_text(moment.latest - timeline_.zero));
        };
        std::string end = "never known to arrive";
        if (one.received) {
            end = "arrived " + at(*one.received);
        } else if (one.lost) {
            end = "lost " + at(*one.lost);
        } else if (one.is_under_way) {
            end = "still under way";
        }
        return fmt::format("sent {}, {}", at(one.sent), end);
    }

    // Where the two lines meet; where they do not (one lane is nearer), on the bot's between them.
    void draw_crossing(const Crossing& crossing) {
        const Line a = line_of(crossing.first);
        const Line b = line_of(crossing.second);
        const std::int64_t bot = lane_x(timeline_.bot);
        const auto bots_y = [&](const Line& line) { return line.x1 == bot ? line.y1 : line.y2; };
        std::int64_t x = bot;
        std::int64_t y = (bots_y(a) + bots_y(b)) / 2;
        const std::int64_t ax = a.x2 - a.x1;
        const std::int64_t ay = a.y2 - a.y1;
        const std::int64_t bx = b.x2 - b.x1;
        const std::int64_t by = b.y2 - b.y1;
        if (const std::int64_t turn = ax * by - ay * bx; turn != 0) {
            const std::int64_t along = (b.x1 - a.x1) * by - (b.y1 - a.y1) * bx;
            const std::int64_t across = (b.x1 - a.x1) * ay - (b.y1 - a.y1) * ax;
            const auto is_within = [&](std::int64_t part) {
                return turn > 0 ? part >= 0 && part <= turn : part <= 0 && part >= turn;
            };
            if (is_within(along) && is_within(across)) {
                x = a.x1 + ax * along / turn;
                y = a.y1 + ay * along / turn;
            }
        }
        marks_ += fmt::format("<g class=\"cross{}\">{}<circle cx=\"{}\" cy=\"{}\" r=\"7\"/>"
                              "<path d=\"M{} {}l6 6m0 -6l-6 6\"/></g>\n",
                              crossing.is_certain ? "" : " perhaps",
                              title_tag(fmt::format("{} {} {}", crossing.first + 1,
                                                    crossing.is_certain ? "crosses" : "may cross",
                                                    crossing.second + 1)),
                              x, y, x - 3, y - 3);
    }

    const Timeline& timeline_;
    std::vector<Crossing> crossings_;
    std::vector<Row> rows_;
    bool has_head_;
    std::vector<House> houses_;
    std::vector<std::int64_t> lane_x_;
    std::int64_t text_left_ = 0;
    std::int64_t width_ = 0;
    std::size_t chars_ = 0;                                    // of the text column
    std::map<std::pair<std::size_t, End>, std::int64_t> ends_; // where each message begins and ends
    // From the back to the front.
    std::string bands_;
    std::string lanes_;
    std::string heads_;
    std::string arrows_;
    std::string marks_;
    std::string texts_;
};

} // namespace

std::string svg_of(const Timeline& timeline) { return Drawing{timeline, true}.text(); }

std::string svg_figure(const Timeline& timeline) { return Drawing{timeline, false}.text(); }

} // namespace keel::timeline
