#include "app/timeline_command.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/output_file.hpp"
#include "app/record_load.hpp"
#include "app/words.hpp"
#include "base/decimal.hpp"
#include "timeline/html.hpp"
#include "timeline/svg.hpp"
#include "timeline/text.hpp"

namespace keel::app {
namespace {

enum class Form : std::uint8_t { Text, Svg, Html };

Result<Form> form_of(std::string_view path) {
    if (path.empty()) return Form::Text;
    if (path.ends_with(".html")) return Form::Html;
    if (path.ends_with(".svg")) return Form::Svg;
    return fail(fmt::format("-o: {}: ends neither with .html nor with .svg. Give one of these, or "
                            "leave -o out to draw in the terminal",
                            path));
}

// The file to write, looked at before the record is read: it may not be the record.
Result<std::optional<WholeFile>> open_output(const TimelineOptions& options) {
    if (options.out_path.empty()) return std::nullopt;
    Result<FilePlace> place = look_at(options.out_path);
    if (!place) return std::unexpected(place.error().while_doing("-o"));
    const Result<FilePlace> record = look_at(options.record_path);
    if (record && is_same_file(*place, *record)) {
        return fail(
            fmt::format("-o: {}: would overwrite RECORD. Give another file", options.out_path));
    }
    Result<WholeFile> file = WholeFile::open(*place);
    if (!file) return std::unexpected(file.error().while_doing("-o"));
    return std::move(*file);
}

std::string drawn(const timeline::Timeline& what, Form form, bool colour) {
    switch (form) {
    case Form::Text: return timeline::text_of(what, colour);
    case Form::Svg: return timeline::svg_of(what);
    case Form::Html: return timeline::html_of(what);
    }
    std::unreachable();
}

} // namespace

Result<Duration> parse_record_time(std::string_view text) {
    std::string_view number = text;
    if (number.ends_with('s')) number.remove_suffix(1);
    constexpr Decimal nanosecond{1, 9};
    if (const auto decimal = parse_decimal(number); decimal && decimal->mantissa >= 0) {
        const auto span = units_of(*decimal, nanosecond);
        if (span && *span < never.ns()) return Duration{*span};
    }
    if (const Result<Duration> span = parse_span(text)) return *span;
    return fail(fmt::format("\"{}\" is not a time in the record: write seconds from its start, "
                            "such as 210.5, or 3m30s",
                            text));
}

ExitCode timeline(const TimelineOptions& options, const Console& console) {
    const auto refuse = [&](std::string_view text) {
        console.say(fmt::format("keel: {}{}", text, text.ends_with('\n') ? "" : "\n"));
        return ExitCode::Usage;
    };
    const Result<Form> form = form_of(options.out_path);
    if (!form) return refuse(form.error().text());
    Result<std::optional<WholeFile>> file = open_output(options);
    if (!file) return refuse(file.error().text());
    const Result<LoadedRecord> record = load_record(options.record_path);
    if (!record) return refuse(record.error().text());
    Result<RecordTimeline> read = read_timeline(*record, options.selection);
    if (!read) return refuse(read.error().while_doing(options.record_path).text());
    read->timeline.head.insert(read->timeline.head.begin(),
                               fmt::format("From {}, desk {}, build {:.12}", options.record_path,
                                           record->header.desk, build_of(record->header)));

    const std::string text = drawn(read->timeline, *form, console.colour);
    if (*file) {
        if (const auto written = (*file)->write(text); !written) {
            console.say(fmt::format("keel: -o: {}\n", written.error().text()));
            return code_if_untold(ExitCode::Good);
        }
    } else {
        console.result(text);
    }
    if (read->note.empty()) return ExitCode::Good;
    return refuse(
        fmt::format("{}: {}; what came before it is drawn", options.record_path, read->note));
}

} // namespace keel::app
