#include "explore/necessity.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "explore/crew.hpp"
#include "explore/exhaustive.hpp"

namespace keel::explore {
namespace {

using core::Guard;
using core::Sabotage;

constexpr std::uint64_t slice = 1U << 12U; // transitions until it is looked whether one was found
constexpr std::uint32_t faults_max = 2;    // of schedules

struct Named {
    std::string_view name;
    std::string_view text;
    bool Sabotage::* off;
};
constexpr std::array<Named, 27> rules{{
    {"exact_net_is_hedged", "hedges at the worst end of what pending orders may do",
     &Sabotage::hedge_counts_pending_as_open},
    {"absence_needs_a_fence", "takes any \"not found\" for the end of an unknown order",
     &Sabotage::not_found_is_death},
    {"ended_until_proven", "forgets the quantity of an order as soon as it is said to be over",
     &Sabotage::ended_is_settled},
    {"fills_join_once", "counts a fill again each time it is told",
     &Sabotage::fills_not_deduplicated},
    {"cancel_is_no_end", "takes the confirmation of a cancel for the end of its order",
     &Sabotage::cancel_ends_order},
    {"unknown_is_not_resent", "sends an unknown order again under a new id",
     &Sabotage::resend_unknown},
    {"reductions_pass", "holds back what reduces risk as if it added some",
     &Sabotage::reductions_gated},
    {"fills_known_through_reads", "reckons that fills are known up to the newest that was told",
     &Sabotage::fill_mark_is_newest_fill},
    {"fills_known_through_whole_reads",
     "reckons that fills are known up to the newest that a read showed",
     &Sabotage::fill_mark_is_newest_read},
    {"only_the_moved_end_is_gated", "refuses a cure for the end of the interval it does not move",
     &Sabotage::both_ends_gated},
    {"fill_key_has_its_order", "knows a fill by its trade alone", &Sabotage::fill_key_is_trade_id},
    {"venues_may_lower_claims", "does not believe a venue that lowers what it said was filled",
     &Sabotage::claims_are_maxima},
    {"busts_stay_known", "forgets a fill that was taken back", &Sabotage::bust_removes},
    {"failed_trades_are_reversed", "takes a matched trade for final",
     &Sabotage::failure_is_ignored},
    {"failed_trades_may_rest_again", "takes for gone what failed to settle",
     &Sabotage::failed_is_gone},
    {"ends_go_by_venue_id", "ends an order by its own id, not by the venue's",
     &Sabotage::end_ends_order},
    {"what_remains_is_not_filled", "takes for filled what does not remain",
     &Sabotage::trim_makes_fills},
    {"amends_may_shrink", "does not believe an amend to less", &Sabotage::qty_only_grows},
    {"stale_reports_join", "takes a stale report for a new fact", &Sabotage::table_takes_reports},
    {"snapshots_are_compared", "takes a snapshot of a position as it is", &Sabotage::adopt_at_once},
    {"late_fills_are_assigned", "adds a late fill to what an adjustment already counted",
     &Sabotage::late_fill_adds},
    {"restart_waits", "believes the first read after a restart",
     &Sabotage::restart_trusts_first_read},
    {"explained_is_not_verified", "takes a snapshot that can be explained for a proof",
     &Sabotage::match_verifies},
    {"settled_needs_evidence", "ends as soon as it is hedged, without evidence",
     &Sabotage::settles_when_hedged},
    {"cancels_are_repeated", "asks for a cancel once, whatever becomes of it",
     &Sabotage::cancels_once},
    {"excess_is_taken_back", "lets rest what an amend has made too much", &Sabotage::excess_stays},
    {"nothing_leaves_late", "sends what it decided before it slept, however long it did",
     &Sabotage::leaves_late},
}};

// --- What a scenario lacks -----------------------------------------------------------------------

bool has_fault(const Scenario& scenario, sim::FaultKind kind) {
    return (scenario.faults & bit(kind)) != 0;
}

bool quotes_one_side(const Scenario& scenario) {
    return std::ranges::none_of(scenario.desk.xemm, [](const strategy::XemmConfig& one) {
        return one.sides == strategy::Sides::Both;
    });
}

bool settles_late(const Scenario& scenario) {
    return std::ranges::any_of(
        scenario.desk.engine.instruments,
        [](const core::InstrumentConfig& one) { return one.instrument.settles_late; });
}

bool returns_failed(const Scenario& scenario) {
    return std::ranges::any_of(scenario.venues, &sim::VenueConfig::failed_rests_again);
}

bool amends(const Scenario& scenario) {
    const auto does = [](const auto& one) { return one.moves == core::Moves::ByAmend; };
    return std::ranges::any_of(scenario.desk.xemm, does) ||
           std::ranges::any_of(scenario.desk.quoter, does);
}

struct Reason {
    bool Sabotage::* off;
    bool (*holds)(const Scenario& scenario); // null: in every scenario
    std::string_view text;
};
constexpr std::array<Reason, 17> reasons{{
    {&Sabotage::bust_removes, nullptr, "no venue of a search takes fills back"},
    {&Sabotage::failure_is_ignored, [](const Scenario& one) { return !settles_late(one); },
     "trades are final when they are matched here"},
    {&Sabotage::failed_is_gone, [](const Scenario& one) { return !returns_failed(one); },
     "no venue here puts back in the book what failed to settle"},
    {&Sabotage::trim_makes_fills, nullptr, "no venue of a search trims an order"},
    {&Sabotage::claims_are_maxima, nullptr, "no venue of a search corrects what it said of a fill"},
    {&Sabotage::qty_only_grows, nullptr, "no strategy amends an order to less"},
    {&Sabotage::end_ends_order, [](const Scenario& one) { return !amends(one); },
     "its strategy places anew, and amends nothing: an order has one id of the venue"},
    {&Sabotage::resend_unknown,
     [](const Scenario& one) { return !has_fault(one, sim::FaultKind::ServerError); },
     "no answer here says that it does not know (the fault server_error)"},
    {&Sabotage::restart_trusts_first_read, [](const Scenario& one) { return one.at_once; },
     "requests arrive at once: none is under way when the desk dies"},
    {&Sabotage::fill_mark_is_newest_read, nullptr,
     "a read of a search shows every fill up to a moment: the newest is how far it reached"},
    {&Sabotage::both_ends_gated, [](const Scenario& one) { return quotes_one_side(one); },
     "one side is quoted, so a hedge moves the end that is near its limit"},
    {&Sabotage::late_fill_adds, nullptr,
     "a position is adjusted only when fills stay away for several audits, and a search ends "
     "before"},
    {&Sabotage::match_verifies,
     [](const Scenario& one) { return one.desk.engine.audits.verify_age_max > one.horizon; },
     "no position grows too old here to be quoted on"},
    {&Sabotage::settles_when_hedged, nullptr,
     "a search goes on until all is told, whatever the desk says of its exit"},
    {&Sabotage::excess_stays, [](const Scenario& one) { return !amends(one); },
     "its strategy places anew, and amends nothing"},
    {&Sabotage::leaves_late,
     [](const Scenario& one) { return !has_fault(one, sim::FaultKind::Paused); },
     "no process sleeps here (the fault paused)"},
    {&Sabotage::reductions_gated, nullptr,
     "what holds a hedge back here lets it go in the end, and time stands still meanwhile"},
}};

std::string_view why_not_rule(const Scenario& scenario, bool Sabotage::* off) {
    for (const Reason& one : reasons) {
        if (one.off == off && (one.holds == nullptr || one.holds(scenario))) return one.text;
    }
    return {};
}

// Until it closes or has found something.
SearchResult close(const std::shared_ptr<const Scenario>& scenario, Bounds bounds,
                   std::uint32_t faults) {
    bounds.max_faults = faults;
    Crew crew{bounds.jobs};
    Exhaustive search{scenario, bounds, crew};
    while (search.go_on(slice * bounds.jobs)) {
        if (search.has_found()) break;
    }
    return search.finish();
}

class Trial {
public:
    Trial(const Scenario& scenario, const Switch& off, const Bounds& bounds, std::uint64_t seed)
        : bounds_(bounds), seed_(seed) {
        auto broken = std::make_shared<Scenario>(scenario);
        broken->desk.engine.sabotage = off.off;
        scenario_ = std::move(broken);
        need_.off = &off;
    }

    void try_to_close(std::uint32_t faults) {
        if (need_.broken != Rule::None) return;
        const SearchResult result = close(scenario_, bounds_, faults);
        take(result);
        if (!result.is_complete) return;
        need_.is_closed = true;
        need_.closed_with = faults;
    }
    void draw(std::uint64_t schedules) {
        if (need_.broken != Rule::None) return;
        const World world{scenario_};
        Bounds bounds = bounds_;
        bounds.max_faults = faults_max;
        bounds.findings_max = 1;
        const SearchResult result = random(world, bounds, ++seed_, schedules);
        need_.schedules += result.tally.schedules;
        take(result);
    }
    [[nodiscard]] Need& need() { return need_; }

private:
    void take(const SearchResult& result) {
        if (result.findings.empty()) return;
        const Finding& first = result.findings.front();
        need_.broken = first.rule;
        need_.steps = first.path.size();
        need_.faults = first.faults;
    }

    Bounds bounds_;
    std::uint64_t seed_;
    std::shared_ptr<const Scenario> scenario_;
    Need need_;
};

} // namespace

std::span<const Switch> all_switches() {
    static const std::vector<Switch> all = [] {
        std::vector<Switch> out;
        for (const core::GuardInfo& one : core::guard_infos) {
            if (one.guard == Guard::None) continue;
            Sabotage off;
            off.guards_off = 1ULL << static_cast<unsigned>(one.guard);
            out.push_back(
                {one.name, "lets pass what this guard of the gate holds back", off, one.guard});
        }
        for (const Named& one : rules) {
            Sabotage off;
            off.*one.off = true;
            out.push_back({one.name, one.text, off});
        }
        return out;
    }();
    return all;
}

std::string_view why_not_needed(const Scenario& scenario, const Switch& one) {
    if (one.guard == Guard::Killed && !has_act(scenario, Act::Kill)) return "nobody kills it";
    if (one.guard == Guard::Halted && !has_act(scenario, Act::Halt)) return "nobody halts it";
    if (one.guard == Guard::WindingDown) {
        return "the strategies ask for nothing once they wind down: the gate is a second line";
    }
    if (one.guard == Guard::LinkGap) {
        return "the interval reckons with all that a gap may hide: the gate is a second line";
    }
    if (one.guard == Guard::NotTrading || one.guard == Guard::Stock) {
        return "strategies ask for nothing there, and a venue would refuse it: the gate is a "
               "second "
               "line";
    }
    const auto is_it = [&](const Named& named) { return named.name == one.name; };
    const auto named = std::ranges::find_if(rules, is_it);
    return named == rules.end() ? std::string_view{} : why_not_rule(scenario, named->off);
}

std::vector<Need> necessity(const Scenario& scenario, const Bounds& bounds, std::uint64_t met,
                            std::uint64_t seed, const std::function<bool(const Need&)>& on_need,
                            const Effort& effort) {
    std::vector<Need> out;
    Bounds trial_bounds = bounds;
    trial_bounds.states_max = std::min(bounds.states_max, effort.states_max);
    for (const Switch& one : all_switches()) {
        Trial trial{scenario, one, trial_bounds, seed};
        const bool is_gate = one.guard != Guard::None;
        const bool was_met = !is_gate || (met >> static_cast<unsigned>(one.guard) & 1U) != 0;
        std::string_view why = why_not_needed(scenario, one);
        if (!was_met) why = "it never held anything back: nothing changes without it";
        trial.try_to_close(0); // (what was held back before the search began was not noted)
        if (was_met) trial.draw(effort.schedules_few);
        if (why.empty()) {
            trial.draw(effort.schedules_many);
            if (bounds.max_faults > 0) trial.try_to_close(1);
        }
        Need& need = trial.need();
        if (need.broken == Rule::None) need.why = why;
        out.push_back(need);
        if (on_need && !on_need(need)) break;
    }
    return out;
}

} // namespace keel::explore
