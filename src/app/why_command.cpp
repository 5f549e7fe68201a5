#include "app/why_command.hpp"

#include <fmt/format.h>

#include "app/order_ref.hpp"
#include "app/order_story.hpp"
#include "app/record_load.hpp"

namespace keel::app {

ExitCode why(const WhyOptions& options, const Console& console) {
    const auto refuse = [&](std::string_view text) {
        console.say(fmt::format("keel: {}\n", text));
        return ExitCode::Usage;
    };
    const Result<ClOrdID> id = parse_order(options.order);
    if (!id) return refuse(id.error().text());
    const Result<LoadedRecord> record = load_record(options.record_path);
    if (!record) return refuse(record.error().text());
    const Result<OrderStory> story = read_story(*record, *id);
    if (!story) return refuse(story.error().while_doing(options.record_path).text());
    if (!story->note.empty()) {
        console.say(fmt::format("keel: {}: {}; what came before it was used\n", options.record_path,
                                story->note));
    }
    if (!story->orders.contains(*id)) {
        console.say(fmt::format("keel: order {} is not in {}\n{}", order_text(*id),
                                options.record_path, missing_text(*story)));
        return ExitCode::Usage;
    }
    console.result(story_text(record->config, *story));
    return ExitCode::Good;
}

} // namespace keel::app
