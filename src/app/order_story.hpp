#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/record_load.hpp"
#include "base/math.hpp"
#include "core/engine.hpp"

namespace keel::app {

// What a replay brings to light about one order, about all that have its correlation id, and about
// what held quotes back.

// One line of its trail, with what the event or the command said beyond it.
struct StoryLine {
    Transition transition;
    std::optional<ExecutionReport> report;          // why: report
    std::optional<OrderCancelReplaceRequest> amend; // why: amend
};

struct StoryAlarm {
    std::uint64_t seq = 0;
    Timestamp at;
    Alarm alarm;
};

// An order as it stood at the end of the record.
struct StoryOrder {
    CorrelationID correlation;
    core::Cause cause = core::Cause::None; // it was sent for; None: before the record began
    std::optional<Timestamp> sent_at;
    InstrumentIx instrument;
    Side side = Side::Buy;
    Ticks px;
    Lots qty; // as sent
    TimeInForce tif = TimeInForce::Gtc;
    bool post_only = false;
    bool reduce_only = false;
    OrdStatus status = OrdStatus::PendingNew;
    Lots cum;
    Int128 value = 0;            // of its fills, lots times ticks
    bool is_value_known = true;  // no bust and no correction, and every fill had a price
    std::uint64_t questions = 0; // about it
    std::uint64_t cancels = 0;   // over both transports
};

struct StoryBook {
    InstrumentIx instrument;
    core::InstrumentState book;
};

// How long a guard kept one side of a pair from being quoted.
struct HeldSide {
    std::string pair;
    Side side = Side::Buy;
    core::Guard guard = core::Guard::None;
    std::uint64_t times = 0;
    Duration in_all{};
    Timestamp first;
    Timestamp last;
};

struct OrderStory {
    ClOrdID wanted;
    std::vector<StoryLine> lines;   // of the wanted order
    std::vector<StoryBook> signal;  // the books of its group when it was sent
    std::vector<StoryAlarm> alarms; // that name an order, or a hedge that is late or held back
    std::map<ClOrdID, StoryOrder> orders; // every order of the record
    std::vector<HeldSide> held;
    std::uint64_t after_seq = 0; // a ring's record begins behind this event
    Timestamp start;             // of the record: times are shown from it
    std::string note;            // why the record was not read to its end
};

// Steps a desk through the events of a record. A ring's record begins with a snapshot.
[[nodiscard]] Result<OrderStory> read_story(const LoadedRecord& record, ClOrdID wanted);

// One page: what was sent and on which signal, line by line what became of it and why, and then
// all that has its correlation id, from the quote to its hedges.
[[nodiscard]] std::string story_text(const LoadedConfig& config, const OrderStory& story);

// For an order that is not there: which are near, and what held back those that never got an id.
[[nodiscard]] std::string missing_text(const OrderStory& story);

} // namespace keel::app
