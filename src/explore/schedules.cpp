#include <algorithm>

#include "base/rng.hpp"
#include "explore/search.hpp"

// Searches that draw whole schedules, for worlds too large to close.

namespace keel::explore {
namespace {

constexpr std::uint64_t tally_every = 256; // schedules

// One schedule after the other from the same beginning, until so many or until stopped.
// `pick(enabled, step)` chooses; `begin()` draws what is fixed for one schedule.
template <class Begin, class Pick>
SearchResult walk(World& world, const Bounds& bounds, std::uint64_t schedules,
                  const OnTally& on_tally, const Begin& begin, const Pick& pick) {
    SearchResult result;
    Tally& tally = result.tally;
    const World::Mark root = world.mark();
    std::vector<Choice> path;
    std::vector<Choice> enabled;
    for (std::uint64_t n = 0; n < schedules && !result.is_stopped; ++n) {
        begin();
        path.clear();
        std::uint32_t left = bounds.max_faults;
        Rule rule = Rule::None;
        for (std::size_t step = 0; step < bounds.depth_max && rule == Rule::None; ++step) {
            world.enabled(left, enabled);
            if (enabled.empty()) {
                if (!world.is_cut()) rule = Rule::NoWedge;
                break;
            }
            const Choice choice = pick(enabled, step);
            if (choice.is_fault()) {
                const auto kind = static_cast<std::size_t>(World::fault_kind(choice));
                ++tally.faults[kind][static_cast<std::size_t>(situation_of(world))];
                --left;
            }
            world.apply(choice);
            path.push_back(choice);
            ++tally.transitions;
            rule = world.broken_rule();
            if (world.is_terminal()) break;
        }
        tally.depth = std::max(tally.depth, path.size());
        tally.longest = max(tally.longest, world.elapsed());
        if (world.is_terminal()) {
            ++tally.terminals;
        } else if (rule == Rule::None) {
            ++tally.cut;
        }
        const bool known = std::ranges::any_of(
            result.findings, [&](const Finding& one) { return one.rule == rule; });
        if (rule != Rule::None && !known) {
            result.findings.push_back({rule, path,
                                       static_cast<std::uint32_t>(std::ranges::count_if(
                                           path, [](const Choice& one) { return one.is_fault(); })),
                                       tally.schedules + 1, tally.transitions});
        }
        world.back_to(root);
        ++tally.schedules;
        if (on_tally && tally.schedules % tally_every == 0 && !on_tally(tally)) {
            result.is_stopped = true;
        }
        if (result.findings.size() >= bounds.findings_max) break;
    }
    return result;
}

// Who acts: the channel, stream, lane or timer of a choice.
std::size_t actor_of(const Choice& choice) {
    return static_cast<std::size_t>(choice.kind) * 64 + std::size_t{choice.venue} * 32 +
           std::min<std::size_t>(choice.place, 31);
}
constexpr std::size_t actors_max = std::size_t{7} * 64;

} // namespace

SearchResult random(World& world, const Bounds& bounds, std::uint64_t seed, std::uint64_t schedules,
                    const OnTally& on_tally) {
    Rng rng{seed};
    std::uint64_t fault_share = 0; // per 1,024 choices
    FaultSet kinds = 0;
    std::array<bool, actors_max> starves{};
    std::vector<Choice> calm;
    std::vector<Choice> faults;
    const auto begin = [&] {
        const std::uint64_t octave = rng.below(6);
        fault_share = rng.below(4) == 0 ? 0 : 8ULL << octave;
        kinds = static_cast<FaultSet>(rng.next());
        for (bool& one : starves) one = rng.below(8) == 0;
    };
    const auto pick = [&](const std::vector<Choice>& enabled, std::size_t /*step*/) {
        calm.clear();
        faults.clear();
        for (const Choice& one : enabled) {
            if (!one.is_fault()) {
                calm.push_back(one);
            } else if ((kinds & bit(World::fault_kind(one))) != 0) {
                faults.push_back(one);
            }
        }
        if (!faults.empty() && (calm.empty() || rng.below(1'024) < fault_share)) {
            return faults[rng.below(faults.size())];
        }
        if (calm.empty()) return enabled[rng.below(enabled.size())];
        Choice choice = calm[rng.below(calm.size())];
        if (starves[actor_of(choice)]) choice = calm[rng.below(calm.size())]; // one more chance
        return choice;
    };
    return walk(world, bounds, schedules, on_tally, begin, pick);
}

SearchResult pct(World& world, const Bounds& bounds, std::uint64_t seed, std::uint64_t schedules,
                 std::uint32_t d, PctBound& bound, const OnTally& on_tally) {
    Rng rng{seed};
    std::array<std::uint64_t, actors_max> priority{}; // 0: not met yet; larger runs first
    std::array<bool, actors_max> met{};
    std::vector<std::size_t> falls; // steps at which who runs falls behind
    std::size_t steps = 50;         // of a schedule, learned
    std::uint64_t lowest = 0;
    std::vector<Choice> best;
    const auto begin = [&] {
        priority.fill(0);
        falls.clear();
        for (std::uint32_t n = 1; n < d; ++n) falls.push_back(rng.below(steps));
        lowest = 1U << 16U;
    };
    const auto pick = [&](const std::vector<Choice>& enabled, std::size_t step) {
        steps = std::max(steps, step + 1);
        std::size_t first = actors_max;
        for (const Choice& one : enabled) {
            const std::size_t actor = actor_of(one);
            if (priority[actor] == 0) priority[actor] = (1U << 16U) + 1 + rng.below(1U << 30U);
            met[actor] = true;
            if (first == actors_max || priority[actor] > priority[first]) first = actor;
        }
        if (std::ranges::find(falls, step) != falls.end()) {
            priority[first] = --lowest;
            for (const Choice& one : enabled) {
                const std::size_t actor = actor_of(one);
                if (priority[actor] > priority[first]) first = actor;
            }
        }
        best.clear();
        for (const Choice& one : enabled) {
            if (actor_of(one) == first) best.push_back(one);
        }
        // Its plain choice comes first; a fault of it instead, once in sixteen.
        const bool is_fault = best.size() > 1 && rng.below(16) == 0;
        return is_fault ? best[1 + rng.below(best.size() - 1)] : best.front();
    };
    SearchResult result = walk(world, bounds, schedules, on_tally, begin, pick);
    bound.actors = static_cast<std::uint32_t>(std::ranges::count(met, true));
    bound.steps = static_cast<std::uint32_t>(result.tally.depth);
    // lint: allow(float) told, and nothing is decided by it
    bound.probability = bound.actors == 0 ? 0 : 1.0 / bound.actors;
    for (std::uint32_t n = 1; n < d; ++n) bound.probability /= std::max(1U, bound.steps);
    return result;
}

} // namespace keel::explore
