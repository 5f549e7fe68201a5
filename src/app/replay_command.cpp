#include "app/replay_command.hpp"

#include <fmt/format.h>

#include "app/record_load.hpp"
#include "app/report.hpp"
#include "app/trace_load.hpp"
#include "world/replay.hpp"

namespace keel::app {
namespace {

ExitCode replay_trace(const std::string& text, const ReplayOptions& options,
                      const Console& console) {
    const auto refuse = [&](std::string_view why) {
        console.say(fmt::format("keel: {}: {}\n", options.record_path, why));
        return ExitCode::Usage;
    };
    if (options.after) return refuse("is a trace: --after is for records");
    const auto loaded = load_trace(text, options.record_path, options.scenario_path);
    if (!loaded) {
        const NoTrace& none = loaded.error();
        if (none.code == ExitCode::Violation) {
            console.result(none.text);
        } else {
            console.say(none.text);
        }
        return none.code;
    }
    const explore::RuleInfo rule = explore::expectation(loaded->trace);
    console.result(fmt::format("{}: {} steps of {}, and as it says: {}: {}\n", options.record_path,
                               loaded->choices.size(), loaded->trace.scenario, rule.name,
                               rule.text));
    return ExitCode::Good;
}

} // namespace

ExitCode replay(const ReplayOptions& options, const Console& console) {
    const auto refuse = [&](std::string_view text) {
        console.say(fmt::format("keel: {}\n", text));
        return ExitCode::Usage;
    };
    if (const std::string trace = trace_in(options.record_path); !trace.empty()) {
        return replay_trace(trace, options, console);
    }
    const auto record = load_record(options.record_path);
    if (!record) return refuse(record.error().text());
    const auto report =
        world::replay(record->bytes, record->config.run.desk,
                      {.config_hash = record->header.config_hash, .after = options.after});
    if (!report) return refuse(report.error().while_doing(options.record_path).text());

    std::string text =
        fmt::format("{}: desk {}, config {:016x}, build {}\n", options.record_path,
                    record->header.desk, record->header.config_hash, build_of(record->header));
    if (report->events > 0) {
        text += fmt::format("events {} to {}: {} commands and {} hashes of the desk compared\n",
                            report->first_seq, report->first_seq + report->events - 1,
                            report->commands, report->hashes);
    } else {
        text += "no event\n";
    }
    if (report->restarts > 0) {
        text += fmt::format("{} {} in it: events that a crash lost are in no record, and the run's "
                            "report counts them\n",
                            report->restarts, report->restarts == 1 ? "restart" : "restarts");
    }
    if (report->difference) {
        const std::string hint = other_build(record->header);
        text += fmt::format("differs at event {}: {}\n{}{}", report->difference->seq,
                            report->difference->text, hint, hint.empty() ? "" : "\n");
        console.result(text);
        return ExitCode::Violation;
    }
    if (!report->broken.empty()) {
        console.result(text + "the same as far as it goes\n");
        return refuse(fmt::format("{}: {}", options.record_path, report->broken));
    }
    console.result(text + fmt::format("the same; desk {}\n", hash_text(report->desk_hash)));
    return ExitCode::Good;
}

} // namespace keel::app
