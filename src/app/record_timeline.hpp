#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/record_load.hpp"
#include "base/error.hpp"
#include "model/types.hpp"
#include "timeline/timeline.hpp"

namespace keel::app {

// What of a record is drawn. All that is given holds at once.
struct TimelineSelection {
    std::optional<ClOrdID> order;        // and all orders with its correlation
    std::optional<Duration> from;        // since the start of the record
    std::optional<Duration> to;          //
    std::optional<std::uint64_t> around; // an event: so much before and after it
    Duration within = seconds(1);
    bool market = false;              // books too; else only one on which something was sent
    std::uint64_t messages_max = 400; // more is refused, and said how to narrow
};

struct RecordTimeline {
    timeline::Timeline timeline;
    std::string note; // why the record was not read to its end
};

// Steps a desk through the events of a record and draws what it heard, what it sent, and what it
// then believed.
[[nodiscard]] Result<RecordTimeline> read_timeline(const LoadedRecord& record,
                                                   const TimelineSelection& selection);

} // namespace keel::app
