#include "explore/fault_table.hpp"

#include <algorithm>

namespace keel::explore {
void add(FaultTable& sum, const FaultTable& more) {
    for (std::size_t kind = 0; kind < sum.size(); ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) sum[kind][s] += more[kind][s];
    }
}

std::string_view why_never(const Scenario& scenario, std::uint32_t max_faults, sim::FaultKind kind,
                           Situation situation) {
    using sim::FaultKind;
    if ((scenario.faults & bit(kind)) == 0) return "not among the scenario's faults";
    if (max_faults == 0) return "no fault is allowed";
    if (kind == FaultKind::SettlementFailed) {
        const auto settles = [](const auto& one) { return one.instrument.settles_late; };
        if (std::ranges::none_of(scenario.desk.engine.instruments, settles)) {
            return "no instrument settles late";
        }
    }
    const bool may_lose_lease =
        scenario.lease > Duration{} && (scenario.faults & bit(FaultKind::LeaseLost)) != 0;
    if (kind == FaultKind::LeaseLost && !may_lose_lease) return "the lease never ends";
    const bool may_sleep =
        scenario.lease > Duration{} && (scenario.faults & bit(FaultKind::Paused)) != 0;
    if (kind == FaultKind::Paused && !may_sleep) return "no lease ends while it sleeps";
    if (situation == Situation::Restarting) {
        const bool may_crash = (scenario.faults & bit(FaultKind::Crash)) != 0;
        if (!may_crash && !may_lose_lease && !may_sleep) return "nothing crashes";
        if (max_faults < 2) return "what makes it restart is the one fault that is allowed";
    }
    if (situation == Situation::Unknown && scenario.overtakings_max == 0) {
        const FaultSet silencing = bit(FaultKind::AnswerLostBefore) |
                                   bit(FaultKind::AnswerLostAfter) | bit(FaultKind::Overtaken) |
                                   bit(FaultKind::ServerError) | bit(FaultKind::Crash) |
                                   bit(FaultKind::Paused);
        if ((scenario.faults & silencing) == 0) return "every request is answered in time";
        if (max_faults < 2) return "what makes it unknown is the one fault that is allowed";
    }
    const bool is_of_a_batch = kind == FaultKind::PartialBatch || kind == FaultKind::ShortAnswer;
    if (is_of_a_batch) {
        const bool any = std::ranges::any_of(scenario.desk.engine.venues,
                                             [](const auto& venue) { return venue.batch_max > 1; });
        if (!any) return "no venue takes batches";
        if (situation == Situation::Restarting && scenario.at_once) {
            return "before it has recovered it places nothing";
        }
    }
    // A request to place or to cancel is of an order that is not over. It arrives at once, so it
    // cannot become over on the way; but a kill cancels whether there is an order or not.
    if (situation == Situation::Idle && scenario.at_once) {
        const bool is_of_an_order =
            kind == FaultKind::Refusal || is_of_a_batch ||
            (kind == FaultKind::AnswerLostAfter && !has_act(scenario, Act::Kill));
        if (is_of_an_order) return "a request to place or cancel is of an order, so it is not idle";
    }
    return {};
}

} // namespace keel::explore
