#include "app/timeline_command.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/output_file.hpp"
#include "app/record_load.hpp"
#include "app/trace_load.hpp"
#include "app/trace_timeline.hpp"
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

ExitCode refuse_with(const Console& console, std::string_view text) {
    console.say(fmt::format("keel: {}{}", text, text.ends_with('\n') ? "" : "\n"));
    return ExitCode::Usage;
}

// Into the file if there is one, else onto the terminal.
ExitCode tell(const timeline::Timeline& what, Form form, std::optional<WholeFile>& file,
              const Console& console) {
    const std::string text = drawn(what, form, console.colour);
    if (!file) {
        console.result(text);
        return ExitCode::Good;
    }
    if (const auto written = file->write(text); !written) {
        console.say(fmt::format("keel: -o: {}\n", written.error().text()));
        return code_if_untold(ExitCode::Good);
    }
    return ExitCode::Good;
}

ExitCode draw_record(const TimelineOptions& options, Form form, std::optional<WholeFile>& file,
                     const Console& console) {
    const Result<LoadedRecord> record = load_record(options.record_path);
    if (!record) return refuse_with(console, record.error().text());
    Result<RecordTimeline> read = read_timeline(*record, options.selection);
    if (!read) {
        return refuse_with(console, read.error().while_doing(options.record_path).text());
    }
    read->timeline.head.insert(read->timeline.head.begin(),
                               fmt::format("From {}, desk {}, build {:.12}", options.record_path,
                                           record->header.desk, build_of(record->header)));
    const ExitCode code = tell(read->timeline, form, file, console);
    if (code != ExitCode::Good || read->note.empty()) return code;
    return refuse_with(console, fmt::format("{}: {}; what came before it is drawn",
                                            options.record_path, read->note));
}

// Of a trace everything is drawn; empty: it may be.
std::string_view of_records_alone(const TimelineSelection& selection) {
    if (selection.order) return "--order";
    if (selection.from) return "--from";
    if (selection.to) return "--to";
    if (selection.around) return "--around";
    return selection.market ? "--market" : "";
}

ExitCode draw_trace(const TimelineOptions& options, const std::string& text, Form form,
                    std::optional<WholeFile>& file, const Console& console) {
    const auto loaded = load_trace(text, options.record_path, options.scenario_path);
    if (!loaded) {
        const NoTrace& none = loaded.error();
        console.say(none.code == ExitCode::Violation ? "keel: " + none.text : none.text);
        return none.code;
    }
    timeline::Timeline out =
        app::draw_trace(*loaded->world, loaded->choices, loaded->trace.verdict, loaded->bases);
    const std::uint64_t most = options.selection.messages_max;
    if (out.messages.size() > most) {
        return refuse_with(
            console,
            fmt::format("{}: it has {} messages, and a drawing of more than {} is hard to "
                        "read. Draw them all with --most {}",
                        options.record_path, out.messages.size(), most, out.messages.size()));
    }
    out.head.insert(out.head.begin(),
                    fmt::format("From {}, scenario {} ({:016x})", options.record_path,
                                loaded->scenario_path, loaded->trace.scenario_hash));
    return tell(out, form, file, console);
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
    const auto refuse = [&](std::string_view text) { return refuse_with(console, text); };
    const Result<Form> form = form_of(options.out_path);
    if (!form) return refuse(form.error().text());
    const std::string trace = trace_in(options.record_path);
    if (!trace.empty()) {
        if (const std::string_view option = of_records_alone(options.selection); !option.empty()) {
            return refuse(
                fmt::format("{}: is a trace: {} is for records", options.record_path, option));
        }
    } else if (!options.scenario_path.empty()) {
        return refuse(
            fmt::format("{}: is no trace: --scenario is for traces", options.record_path));
    }
    Result<std::optional<WholeFile>> file = open_output(options);
    if (!file) return refuse(file.error().text());
    if (trace.empty()) return draw_record(options, *form, *file, console);
    return draw_trace(options, trace, *form, *file, console);
}

} // namespace keel::app
