#include "app/signal_csv.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "app/signal_numbers.hpp"
#include "app/words.hpp"
#include "base/decimal.hpp"
#include "sim/market/text_input.hpp"

namespace keel::app {
namespace {

constexpr std::size_t bytes_max = std::size_t{64} << 20U;
constexpr Duration longest = seconds(366LL * 86'400);
constexpr Decimal nanosecond_in_ms{1, 6};

enum Column : std::size_t { AtMs, ValueOf, Stop, Limit, ValidMs };
constexpr std::array<std::string_view, 5> column_names{"at_ms", "value", "stop", "limit",
                                                       "valid_ms"};

// A cell without the blanks around it, and where it begins.
struct Cell {
    std::string_view text;
    std::size_t column = 1;
};

std::vector<Cell> cells_of(std::string_view line) {
    std::vector<Cell> out;
    constexpr std::string_view blanks = " \t";
    std::size_t begin = 0;
    for (const std::string_view whole : split(line, ',')) {
        const std::size_t first = std::min(whole.find_first_not_of(blanks), whole.size());
        const std::string_view text = whole.substr(first);
        out.push_back({text.substr(0, text.find_last_not_of(blanks) + 1), begin + first + 1});
        begin += whole.size() + 1;
    }
    return out;
}

// As far as it is worth showing, and can be shown on a line.
std::string shown_text(std::string_view text) {
    constexpr std::size_t most = 40;
    std::string out;
    for (const char c : text.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    return text.size() > most ? out + "..." : out;
}

class Reader {
public:
    Reader(std::string_view text, const std::string& file, const SignalCsv& about)
        : rest_(text), file_(file), about_(about) {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    }

    Result<std::vector<world::TimedSignal>> read() {
        if (!next_line()) {
            line_ = 1;
            return refuse(1, fmt::format("is empty; it begins with a line of column names: {}",
                                         fmt::join(column_names, ",")));
        }
        if (auto good = read_header(); !good) return std::unexpected(good.error());
        while (next_line()) {
            if (auto good = read_row(); !good) return std::unexpected(good.error());
        }
        if (out_.empty())
            return refuse(1, "has no row below its column names; add one, or the "
                             "signal is never told");
        return std::move(out_);
    }

private:
    [[nodiscard]] std::unexpected<Error> refuse(std::size_t column, std::string_view text) const {
        return fail(fmt::format("{}:{}:{}: {}", file_, line_, column, text));
    }
    [[nodiscard]] std::unexpected<Error> refuse(const Cell& cell, Column which,
                                                std::string_view text) const {
        return refuse(cell.column, fmt::format("{} {}", column_names[which], text));
    }

    // The next line that is not empty, as cells.
    bool next_line() {
        while (!rest_.empty()) {
            const std::size_t end = std::min(rest_.find('\n'), rest_.size());
            std::string_view line = rest_.substr(0, end);
            rest_.remove_prefix(std::min(end + 1, rest_.size()));
            ++line_;
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
            cells_ = cells_of(line);
            return true;
        }
        return false;
    }

    Result<void> read_header() {
        for (std::size_t n = 0; n < cells_.size(); ++n) {
            const Cell& cell = cells_[n];
            const auto known = std::ranges::find(column_names, cell.text);
            if (known == column_names.end()) {
                const std::string_view near = nearest(cell.text, column_names);
                const std::string hint = near.empty() ? fmt::format("known are {}; remove it",
                                                                    one_of(column_names, false))
                                                      : fmt::format("did you mean {}?", near);
                return refuse(cell.column, fmt::format("there is no column \"{}\"; {}",
                                                       shown_text(cell.text), hint));
            }
            auto& place = place_of_[static_cast<std::size_t>(known - column_names.begin())];
            if (place) {
                return refuse(cell.column,
                              fmt::format("the column {} is named twice; remove one", cell.text));
            }
            place = n;
        }
        columns_ = cells_.size();
        const bool has_value = about_.kind != SignalKind::Close;
        for (const Column needed : {AtMs, ValueOf}) {
            if (place_of_[needed] || (needed == ValueOf && !has_value)) continue;
            return refuse(1, fmt::format("the column {} is missing; add it", column_names[needed]));
        }
        for (const Column exit : {Stop, Limit}) {
            if (!place_of_[exit] || about_.kind == SignalKind::Target) continue;
            return refuse(cells_[*place_of_[exit]], exit, "belongs to targets; remove it");
        }
        return {};
    }

    // Null: the file has no such column, or nothing stands there.
    [[nodiscard]] const Cell* cell(Column which) const {
        if (!place_of_[which]) return nullptr;
        const Cell& out = cells_[*place_of_[which]];
        return out.text.empty() ? nullptr : &out;
    }

    Result<void> read_row() {
        if (cells_.size() != columns_) {
            return refuse(1, fmt::format("has {} cells under {} column names; {}", cells_.size(),
                                         columns_,
                                         cells_.size() < columns_
                                             ? "a cell may be empty, but its comma is needed"
                                             : "remove what is too much; a number has no comma"));
        }
        world::TimedSignal out;
        Signal& signal = out.signal;
        signal.instrument = about_.instrument;
        signal.kind = about_.kind;
        signal.id = out_.size() + 1;
        const Result<Duration> at = span(AtMs, 0);
        if (!at) return std::unexpected(at.error());
        if (cell(AtMs) == nullptr) {
            return refuse(cells_[*place_of_[AtMs]], AtMs,
                          "is empty; say how many ms after the start it is told");
        }
        out.at = about_.start + *at;
        if (!out_.empty() && out.at < out_.back().at) {
            return refuse(*cell(AtMs), AtMs,
                          fmt::format("is {}, which is before the row above; sort the rows by time",
                                      cell(AtMs)->text));
        }
        Result<Duration> valid_for = span(ValidMs, 1);
        if (!valid_for) return std::unexpected(valid_for.error());
        signal.valid_until = out.at + (cell(ValidMs) != nullptr ? *valid_for : about_.valid_for);
        if (auto good = read_numbers(signal); !good) return good;
        out_.push_back(out);
        return {};
    }

    Result<void> read_numbers(Signal& signal) const {
        if (const Cell* value = cell(ValueOf); value != nullptr) {
            const Result<Decimal> number = decimal(*value, ValueOf);
            if (!number) return std::unexpected(number.error());
            const auto counted = signal_value(about_.kind, *number, value->text, about_.spec);
            if (!counted) return refuse(*value, ValueOf, counted.error().text());
            signal.value = *counted;
        } else if (about_.kind != SignalKind::Close) {
            return refuse(cells_[*place_of_[ValueOf]], ValueOf, "is empty; write a number");
        }
        for (const Column exit : {Stop, Limit}) {
            const Cell* px = cell(exit);
            if (px == nullptr) continue;
            if (signal.value == 0) {
                return refuse(*px, exit, "is of no use: a flat target has none; leave it empty");
            }
            const Result<Decimal> number = decimal(*px, exit);
            if (!number) return std::unexpected(number.error());
            const Result<Ticks> price = signal_price(*number, px->text, about_.spec);
            if (!price) return refuse(*px, exit, price.error().text());
            (exit == Stop ? signal.stop_px : signal.limit_px) = *price;
        }
        if (const auto good = check_exits(signal); !good) {
            return refuse(*cell(Stop), Stop, good.error().text());
        }
        return {};
    }

    [[nodiscard]] Result<Decimal> decimal(const Cell& of, Column which) const {
        Result<Decimal> out = parse_decimal(of.text);
        if (out) return out;
        return refuse(of, which,
                      fmt::format("is \"{}\", which is no number; write an exact decimal such as "
                                  "12.5",
                                  shown_text(of.text)));
    }

    // Zero where the cell is empty, or the column not there.
    [[nodiscard]] Result<Duration> span(Column which, std::int64_t least_ns) const {
        const Cell* of = cell(which);
        if (of == nullptr) return Duration{};
        const Result<Decimal> number = decimal(*of, which);
        if (!number) return std::unexpected(number.error());
        const Result<std::int64_t> ns = units_of(*number, nanosecond_in_ms);
        if (!ns || *ns < least_ns || *ns > longest.value()) {
            return refuse(*of, which,
                          fmt::format("is {}, but must be {} and at most a year, in milliseconds "
                                      "with at most six places",
                                      shown_text(of->text),
                                      least_ns > 0 ? "above zero" : "zero or more"));
        }
        return Duration{*ns};
    }

    std::string_view rest_;
    const std::string& file_;
    const SignalCsv& about_;
    std::size_t line_ = 0; // of cells_
    std::vector<Cell> cells_;
    std::array<std::optional<std::size_t>, column_names.size()> place_of_; // of each column
    std::size_t columns_ = 0;
    std::vector<world::TimedSignal> out_;
};

} // namespace

Result<std::vector<world::TimedSignal>>
parse_signals(std::string_view text, const std::string& file, const SignalCsv& about) {
    return Reader{text, file, about}.read();
}

Result<std::vector<world::TimedSignal>> read_signals(const std::string& path,
                                                     const SignalCsv& about) {
    Result<sim::TextInput> input = sim::TextInput::open(path);
    if (!input) return std::unexpected(input.error());
    const Result<std::string> text = input->rest(bytes_max);
    if (!text) return std::unexpected(text.error());
    return parse_signals(*text, path, about);
}

} // namespace keel::app
