#include "sim/faults.hpp"

#include <utility>

#include <fmt/format.h>

namespace keel::sim {

std::string_view to_string(FaultKind kind) {
    switch (kind) {
    case FaultKind::Drop: return "drop";
    case FaultKind::DuplicateNow: return "duplicate_now";
    case FaultKind::DuplicateLate: return "duplicate_late";
    case FaultKind::Reorder: return "reorder";
    case FaultKind::Gap: return "gap";
    case FaultKind::AnswerLostBefore: return "answer_lost_before";
    case FaultKind::AnswerLostAfter: return "answer_lost_after";
    case FaultKind::Refusal: return "refusal";
    case FaultKind::RateLimited: return "rate_limited";
    case FaultKind::ServerError: return "server_error";
    case FaultKind::Slow: return "slow";
    case FaultKind::Overtaken: return "overtaken";
    case FaultKind::StaleRead: return "stale_read";
    case FaultKind::PartialBatch: return "partial_batch";
    case FaultKind::Crash: return "crash";
    case FaultKind::SettlementFailed: return "settlement_failed";
    case FaultKind::ShortAnswer: return "short_answer";
    case FaultKind::LeaseLost: return "lease_lost";
    case FaultKind::Paused: return "paused";
    }
    std::unreachable();
}

namespace {

void set(FaultProfile& profile, FaultKind kind, std::uint32_t ppm) {
    profile.ppm[static_cast<std::size_t>(kind)] = ppm;
}

// Realistic delays, and nothing is lost. REST views lag here too: the incidents saw 100 to 500 ms
// on healthy venues.
FaultProfile calm() {
    FaultProfile profile;
    profile.name = "calm";
    set(profile, FaultKind::StaleRead, 300'000);
    return profile;
}

// A bad day.
FaultProfile rough() {
    FaultProfile profile = calm();
    profile.name = "rough";
    set(profile, FaultKind::Drop, 5'000);
    set(profile, FaultKind::DuplicateNow, 5'000);
    set(profile, FaultKind::DuplicateLate, 3'000);
    set(profile, FaultKind::Reorder, 10'000);
    set(profile, FaultKind::Gap, 200);
    set(profile, FaultKind::AnswerLostBefore, 5'000);
    set(profile, FaultKind::AnswerLostAfter, 5'000);
    set(profile, FaultKind::Refusal, 3'000);
    set(profile, FaultKind::RateLimited, 3'000);
    set(profile, FaultKind::ServerError, 3'000);
    set(profile, FaultKind::Slow, 10'000);
    set(profile, FaultKind::Overtaken, 10'000);
    set(profile, FaultKind::StaleRead, 600'000);
    set(profile, FaultKind::PartialBatch, 10'000);
    set(profile, FaultKind::SettlementFailed, 3'000);
    set(profile, FaultKind::ShortAnswer, 5'000);
    profile.crashes_per_hour = 1;
    return profile;
}

// Everything that the fault model allows, often.
FaultProfile harsh() {
    FaultProfile profile = rough();
    profile.name = "harsh";
    set(profile, FaultKind::Drop, 30'000);
    set(profile, FaultKind::DuplicateNow, 30'000);
    set(profile, FaultKind::DuplicateLate, 20'000);
    set(profile, FaultKind::Reorder, 50'000);
    set(profile, FaultKind::Gap, 1'000);
    set(profile, FaultKind::AnswerLostBefore, 20'000);
    set(profile, FaultKind::AnswerLostAfter, 20'000);
    set(profile, FaultKind::Refusal, 15'000);
    set(profile, FaultKind::RateLimited, 15'000);
    set(profile, FaultKind::ServerError, 15'000);
    set(profile, FaultKind::Slow, 30'000);
    set(profile, FaultKind::Overtaken, 60'000);
    set(profile, FaultKind::StaleRead, 800'000);
    set(profile, FaultKind::PartialBatch, 60'000);
    set(profile, FaultKind::SettlementFailed, 15'000);
    set(profile, FaultKind::ShortAnswer, 30'000);
    profile.crashes_per_hour = 2;
    return profile;
}

// Outside the model on purpose: an engine that trusts the bounds of docs/fault-model.md is wrong
// here, and has to notice.
FaultProfile beyond() {
    FaultProfile profile = harsh();
    profile.name = "beyond";
    profile.gap_max = seconds(180);
    profile.stale_max = seconds(60);
    profile.breaks_bounds = true;
    return profile;
}

} // namespace

Result<FaultProfile> fault_profile(std::string_view name) {
    for (const FaultProfile& profile : {calm(), rough(), harsh(), beyond()}) {
        if (profile.name == name) return profile;
    }
    return fail(
        fmt::format("fault profile \"{}\" is unknown. Use calm, rough, harsh or beyond.", name));
}

} // namespace keel::sim
