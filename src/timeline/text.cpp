#include "timeline/text.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "timeline/rows.hpp"

namespace keel::timeline {
namespace {

constexpr std::string_view red = "31";
constexpr std::string_view yellow = "33";
constexpr std::string_view magenta = "35";
constexpr std::string_view dim = "2";

// A terminal obeys control characters; a label shall not command it.
std::string plain(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return out;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Drawing {
public:
    Drawing(const Timeline& timeline, bool colour)
        : timeline_(timeline), crossings_(crossings(timeline)), colour_(colour) {
        std::size_t at = 0;
        for (const Lane& lane : timeline.lanes) {
            const std::string_view name = lane.channel.empty() ? lane.participant : lane.channel;
            const std::size_t width = std::max(name.size(), least_width) + 2;
            bars_.push_back(at + width / 2);
            at += width;
        }
        // A participant's name needs room over its lanes.
        width_ = at;
    }

    std::string text() const {
        std::string out = plain(timeline_.title) + '\n';
        for (const std::string& line : timeline_.head) out += plain(line) + '\n';
        out += '\n' + participants() + channels();
        const std::vector<Row> rows = rows_of(timeline_);
        const Row* before = nullptr;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (is_hidden(rows, i)) continue;
            const Row& row = rows[i];
            const Timestamp then = before == nullptr ? timeline_.zero : before->place.at;
            const std::string gap = passing_text(timeline_, then, row.place.at);
            if (!gap.empty()) out += below(painted("~ " + gap, dim), ':');
            const std::string place = place_text(timeline_, row, before);
            before = &row;
            out += row.is_bots ? line(row, place) : venues_line(rows, i, place);
        }
        return out;
    }

private:
    // The venue's end of a message has a line where its time is known, and where the bot spoke or
    // heard something before the other end: else it is a matter of course. A step has one always.
    bool is_hidden(const std::vector<Row>& rows, std::size_t i) const {
        const Row& row = rows[i];
        if (row.is_bots || timeline_.axis == Axis::Steps) return false;
        const Message& one = timeline_.messages[*row.message];
        if (!(row.end == End::Sent ? one.sent : *one.received).is_exact()) return true;
        const auto is_telling = [&](const Row& other) {
            return other.is_bots && other.message && other.message != row.message;
        };
        const auto is_other_end = [&](const Row& other) { return other.message == row.message; };
        const auto here = rows.begin() + static_cast<std::ptrdiff_t>(i);
        if (row.end == End::Sent) {
            const auto there = std::find_if(here + 1, rows.end(), is_other_end);
            return std::none_of(here + 1, there, is_telling);
        }
        const auto here_back = std::make_reverse_iterator(here);
        const auto there = std::find_if(here_back, rows.rend(), is_other_end);
        return std::none_of(here_back, there, is_telling);
    }

    std::string painted(std::string_view text, std::string_view how) const {
        return colour_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", how, text)
                                        : std::string{text};
    }

    std::string bars(char bar) const {
        std::string out(width_, ' ');
        for (const std::size_t at : bars_) out[at] = bar;
        return out;
    }
    static std::string assembled(std::string_view time, std::string_view lanes,
                                 std::string_view text) {
        std::string out = fmt::format("{:>12}  {}  {}", time, lanes, text);
        out.erase(out.find_last_not_of(' ') + 1);
        return out + '\n';
    }
    std::string below(std::string_view text, char bar) const {
        return assembled("", bars(bar), text);
    }

    void write(std::string& line, std::string_view name, std::size_t middle) const {
        std::size_t at = middle - std::min(middle, name.size() / 2);
        if (line.size() < at + name.size()) line.resize(at + name.size(), ' ');
        for (const char c : plain(name)) line[at++] = c;
    }
    std::string participants() const {
        std::string out(width_, ' ');
        for (std::size_t first = 0; first < timeline_.lanes.size();) {
            std::size_t last = first;
            const std::string& name = timeline_.lanes[first].participant;
            while (last + 1 < timeline_.lanes.size() &&
                   timeline_.lanes[last + 1].participant == name) {
                ++last;
            }
            if (!timeline_.lanes[first].channel.empty()) {
                write(out, name, (bars_[first] + bars_[last]) / 2);
            }
            first = last + 1;
        }
        return assembled("", out, "");
    }
    std::string channels() const {
        std::string out(width_, ' ');
        for (std::size_t i = 0; i < bars_.size(); ++i) {
            const Lane& lane = timeline_.lanes[i];
            write(out, lane.channel.empty() ? lane.participant : lane.channel, bars_[i]);
        }
        return assembled(axis_text(timeline_), out, "");
    }

    // An arrow over the bars between its ends, with its number behind the tail. It is short where
    // the message is still under way after all that is drawn.
    std::string arrow(const Message& one, std::size_t number) const {
        std::string out = bars('|');
        const std::string digits = fmt::to_string(number);
        const std::size_t tail = bars_[one.from];
        const bool to_right = tail < bars_[one.to];
        std::size_t tip = bars_[one.to];
        if (one.is_under_way) {
            tip = to_right ? tail + digits.size() + 3 : tail - digits.size() - 3;
        }
        const char shaft = one.is_duplicate || is_lost(one) ? '.' : one.is_fault ? '~' : '-';
        for (std::size_t at = std::min(tail, tip) + 1; at < std::max(tail, tip); ++at) {
            if (out[at] == ' ') out[at] = shaft;
        }
        out[to_right ? tip - 1 : tip + 1] = is_lost(one) ? 'x' : to_right ? '>' : '<';
        std::size_t at = to_right ? tail + 1 : tail - digits.size();
        for (const char digit : digits) out[at++] = digit;
        return out;
    }
    // What leaves and arrives at venues at one place is one line; `i` comes to its last row.
    std::string venues_line(const std::vector<Row>& rows, std::size_t& i,
                            std::string_view place) const {
        std::string lanes = bars('|');
        std::string text;
        const Place here = rows[i].place;
        std::size_t last = i;
        for (std::size_t n = i; n < rows.size() && !rows[n].is_bots && rows[n].place == here; ++n) {
            last = n;
            if (is_hidden(rows, n)) continue;
            const bool leaves = rows[n].end == End::Sent;
            const Message& one = timeline_.messages[*rows[n].message];
            const std::string digits = fmt::to_string(*rows[n].message + 1);
            const std::size_t bar = bars_[leaves ? one.from : one.to];
            if (lanes[bar] == '|') {
                for (std::size_t c = 0; c < digits.size() && bar + c < lanes.size(); ++c) {
                    lanes[bar + c] = digits[c];
                }
            } else {
                for (std::size_t c = bar + 1; c < lanes.size() && is_digit(lanes[c]); ++c) {
                    lanes[c] = ' ';
                }
                lanes[bar] = '*'; // several
            }
            text += fmt::format("{}{}", text.empty() ? "" : ", ", end_text(timeline_, rows[n]));
        }
        i = last;
        return assembled(place, lanes, painted(text, dim));
    }

    std::string label(std::size_t message) const {
        const Message& one = timeline_.messages[message];
        std::string out = fmt::format("{} {}", message + 1, plain(one.label));
        const std::string marks = marks_text(timeline_, crossings_, message);
        if (!marks.empty()) {
            const bool is_bad = one.is_fault || is_lost(one);
            const std::string_view how = is_bad             ? red
                                         : one.is_duplicate ? yellow
                                         : one.is_under_way ? dim
                                                            : magenta;
            out += painted(fmt::format("  [{}]", marks), how);
        } else if (one.is_fault) {
            out = painted(out, red);
        }
        return out;
    }

    std::string line(const Row& row, std::string_view place) const {
        std::string out;
        std::size_t first = 0;
        if (row.message && row.is_bots) {
            const Message& one = timeline_.messages[*row.message];
            out = assembled(place, arrow(one, *row.message + 1), label(*row.message));
        } else if (!row.notes.empty()) {
            out = assembled(place, bars('|'), note(row.notes[first++]));
        }
        for (; first < row.notes.size(); ++first) out += below(note(row.notes[first]), '|');
        if (row.has_violation) {
            out += below(painted(plain(fmt::format("!! {}: {}", timeline_.violation->rule,
                                                   timeline_.violation->text)),
                                 red),
                         '|');
        }
        return out;
    }

    std::string note(std::size_t i) const {
        const Note& one = timeline_.notes[i];
        std::string text = "   " + plain(one.text);
        switch (one.kind) {
        case NoteKind::Order: return text;
        case NoteKind::Group:
        case NoteKind::Truth: return painted(text, dim);
        case NoteKind::Alarm: return painted("   alarm: " + plain(one.text), red);
        case NoteKind::Desk:
        case NoteKind::World: return text;
        }
        std::unreachable();
    }

    static constexpr std::size_t least_width = 5;
    const Timeline& timeline_;
    std::vector<Crossing> crossings_;
    bool colour_;
    std::vector<std::size_t> bars_; // where each lane's bar stands
    std::size_t width_ = 0;
};

} // namespace

std::string text_of(const Timeline& timeline, bool colour) {
    return Drawing{timeline, colour}.text();
}

} // namespace keel::timeline
