#include "app/report.hpp"

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/math.hpp"

namespace keel::app {

// exit_code_precedence: a broken rule outweighs all; then money that is not where it should be; an
// interruption is the least, and only if it ended as it should.
ExitCode exit_code_of(const Report& report) {
    // Outside the fault model no rule is promised but one: halt.
    const bool has_kept_promise = report.is_outside_model && report.is_halted;
    if (report.violations > 0 && !has_kept_promise) return ExitCode::Violation;
    if (report.is_halted || !report.is_settled || !report.error.empty()) return ExitCode::NotFlat;
    if (report.is_interrupted) return ExitCode::Interrupted;
    return ExitCode::Good;
}

std::string verdict_of(const Report& report) {
    switch (exit_code_of(report)) {
    case ExitCode::Good: {
        std::string out = "good: flat on evidence";
        std::string_view link = ", but for a residue that no order is small enough for: ";
        for (const QuoterRow& quoter : report.quoters) {
            for (const QuoterRow::Outcome& one : quoter.outcomes) {
                if (one.residue == 0) continue;
                out += fmt::format("{}{} lots of {}", link, one.residue, one.name);
                link = ", ";
            }
        }
        out += link == ", " ? "; no violation" : ", no violation";
        for (const std::string& warning : report.warnings) out += "; but " + warning;
        return out;
    }
    case ExitCode::Violation:
        return fmt::format("violation: the auditor caught {} broken {}", report.violations,
                           report.violations == 1 ? "rule" : "rules");
    case ExitCode::NotFlat:
        if (!report.error.empty()) return "broken off: " + report.error;
        if (report.is_killed) return "killed: nothing rests and nothing is held, on evidence";
        return report.is_halted ? "halted: new risk was stopped; see the alarms"
                                : "not flat: the time to settle ran out; see the positions";
    case ExitCode::Interrupted: return "interrupted: wound down, flat on evidence, no violation";
    case ExitCode::Usage: break;
    }
    std::unreachable();
}

const GroupRow* most_exposed(const Report& report) {
    const GroupRow* most = nullptr;
    for (const GroupRow& group : report.groups) {
        if (most == nullptr) {
            most = &group;
            continue;
        }
        // worst / limit of two groups, compared without dividing
        const Int128 ours = static_cast<Int128>(group.exposure_worst) * most->exposure_limit;
        const Int128 theirs = static_cast<Int128>(most->exposure_worst) * group.exposure_limit;
        if (ours > theirs) most = &group;
    }
    return most;
}

Money pnl_of(const VenueRow& venue) { return venue.equity_after - venue.equity_before; }

std::uint64_t sum(const std::vector<CountRow>& rows) {
    std::uint64_t out = 0;
    for (const CountRow& row : rows) out += row.count;
    return out;
}

std::uint64_t rollback_rate(const PairRow& pair) {
    const std::uint64_t all = pair.round_trips + pair.rollbacks;
    return all == 0 ? 0 : (pair.rollbacks * 10'000 + all - 1) / all;
}

std::uint64_t success_rate(const PairRow& pair) {
    return pair.round_trips == 0 ? 0 : 10'000 - rollback_rate(pair);
}

std::string money_text(Money money) { return to_string(Decimal{money.value(), money_scale}); }

std::string score_text(std::int64_t millionths) { return to_string(Decimal{millionths, 6}); }

std::string units_text(std::int64_t units, int unit_scale) {
    return to_string(normalized(Decimal{units, unit_scale}));
}

std::string line_of(const AlarmRow& alarm) {
    const std::int64_t ms = in_milliseconds(alarm.at);
    return fmt::format("{}.{:03} s {}{}{}: {}{}{}", ms / 1'000, ms % 1'000, alarm.kind,
                       alarm.where.empty() ? "" : " ", alarm.where, alarm.what,
                       alarm.release.empty() ? "" : "; released by ", alarm.release);
}

std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

} // namespace keel::app
