#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

namespace keel::sim {

// What can go wrong between a desk and a venue. docs/fault-model.md states the bound of each and
// what is promised inside it.
enum class FaultKind : std::uint8_t {
    Drop,             // a stream message never arrives
    DuplicateNow,     // arrives twice in a row
    DuplicateLate,    // arrives again much later
    Reorder,          // swaps places with its neighbour inside one channel
    Gap,              // the stream disconnects: what was under way is lost, then replayed in part
    AnswerLostBefore, // the request never reaches the venue; no answer
    AnswerLostAfter,  // the request takes effect; no answer
    Refusal,          // the venue refuses a good request
    RateLimited,      // 429: not executed
    ServerError,      // 5xx: executed or not
    Slow,             // a request or an answer takes many times its delay
    Overtaken,        // a later request arrives before an earlier one
    StaleRead,        // a read shows an older state, within V
    PartialBatch,     // items of a batch are refused, others accepted
    Crash,            // the desk's process dies, with the tail of its record, and starts again
    SettlementFailed, // a fill that settles late is not confirmed: it fails, and is taken back
    ShortAnswer,      // all of a batch is done, and the answer ends before its last items
    LeaseLost,        // the desk's lease is not renewed any more: an explorer's alone
    Paused,           // the desk's process sleeps before it sends what it decided: likewise
};
constexpr std::size_t fault_kind_count = 19;
// That a run may meet.
constexpr std::size_t run_fault_kind_count = static_cast<std::size_t>(FaultKind::ShortAnswer) + 1;
[[nodiscard]] std::string_view to_string(FaultKind kind);

// How often each happens (per million opportunities) and how far it goes. Every bound stays inside
// docs/fault-model.md, but for `beyond`.
struct FaultProfile {
    std::string_view name = "calm";
    std::array<std::uint32_t, fault_kind_count> ppm{};
    std::int64_t slow_factor_max = 10;        // Slow: delay times 2 to this
    Duration late_duplicate_max{seconds(60)}; // DuplicateLate: 1 s to this
    Duration gap_max{seconds(5)};             // Gap: down for 100 ms to this
    Duration stale_max{milliseconds(500)};    // StaleRead: never beyond V but in `beyond`
    Duration downtime_max{seconds(10)};       // Crash: 200 ms to this
    std::uint32_t lost_tail_max = 20;         // Crash: events lost from the record
    std::uint32_t crashes_per_hour = 0;       // drawn from the seed, at least one when > 0
    bool breaks_bounds = false;               // `beyond`: outside the model on purpose
    [[nodiscard]] std::uint32_t of(FaultKind kind) const {
        return ppm[static_cast<std::size_t>(kind)];
    }
};

// "calm", "rough", "harsh" or "beyond".
[[nodiscard]] Result<FaultProfile> fault_profile(std::string_view name);

} // namespace keel::sim
