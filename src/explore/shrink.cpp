#include "explore/shrink.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "explore/shortest.hpp"
#include "explore/stuck.hpp"
#include "explore/words.hpp"

namespace keel::explore {
namespace {

constexpr std::uint32_t any_faults = std::numeric_limits<std::uint32_t>::max();

std::uint32_t faults_of(std::span<const Choice> steps) {
    return static_cast<std::uint32_t>(std::ranges::count_if(steps, &Choice::is_fault));
}

// By what a way is smaller than another: faults, then steps, then what crashes lose.
std::array<std::size_t, 3> size_of(std::span<const Choice> steps) {
    std::size_t lost = 0;
    for (const Choice& one : steps) {
        if (one.kind == Choice::Kind::Crash) lost += one.place;
    }
    return {faults_of(steps), steps.size(), lost};
}

bool is_enabled(const World& world, const Choice& choice, std::vector<Choice>& scratch) {
    world.enabled(any_faults, scratch);
    return std::ranges::find(scratch, choice) != scratch.end();
}

// As play(), but where only one thing can happen and it is not the next choice, it happens.
Played play_with_arrivals(World& world, std::span<const Choice> choices) {
    Played out;
    std::vector<Choice> enabled;
    out.broken = broken_at(world, enabled);
    const auto make = [&](const Choice& one) {
        world.apply(one);
        out.steps.push_back(one);
        out.broken = broken_at(world, enabled);
    };
    for (const Choice& choice : choices) {
        while (out.broken == Rule::None && !is_enabled(world, choice, enabled)) {
            world.enabled(0, enabled);
            if (enabled.size() != 1 || out.steps.size() > choices.size()) break;
            make(enabled.front());
        }
        if (out.broken != Rule::None) break;
        if (is_enabled(world, choice, enabled)) make(choice);
    }
    return out;
}

class Shrinker {
public:
    explicit Shrinker(std::shared_ptr<const Scenario> scenario)
        : world_(std::move(scenario)), beginning_(world_.mark()) {}

    Result<Shrunk> run(std::span<const Choice> failing, const ShrinkLimits& limits) {
        Played played = play_from_beginning(failing);
        if (played.broken == Rule::None) {
            return fail("none of these steps breaks a rule: there is nothing to shrink");
        }
        Shrunk out;
        out.rule = rule_ = played.broken;
        out.steps_before = steps_before_ = played.steps.size();
        out.faults_before = faults_of(played.steps);
        steps_ = std::move(played.steps);
        reduce();
        search(limits, out);
        out.steps = steps_;
        ask_about_faults(limits, out);
        return out;
    }

private:
    Played play_from_beginning(std::span<const Choice> choices) {
        world_.back_to(beginning_);
        return play(world_, choices);
    }

    // Takes what was really made of a candidate if it breaks the same rule. Whoever calls has made
    // it smaller: by a step, a fault, or an event that a crash loses.
    bool take(std::span<const Choice> candidate) {
        Played played = play_from_beginning(candidate);
        if (played.broken != rule_) {
            // Without one step the desk may send what it did not send before, and where that
            // arrives at once, nothing else happens until it has.
            world_.back_to(beginning_);
            played = play_with_arrivals(world_, candidate);
            if (played.broken != rule_ || size_of(played.steps) >= size_of(steps_)) return false;
        }
        steps_ = std::move(played.steps);
        return true;
    }

    void reduce() {
        for (bool any = true; any;) {
            any = cut_loops();
            any = leave_out_chunks() || any;
            any = cut_lanes() || any;
            any = make_plain() || any;
        }
    }

    bool leave_out_chunks() {
        bool any = false;
        for (std::size_t size = std::max<std::size_t>(steps_.size() / 2, 1); size > 0; size /= 2) {
            // What belongs together may lie across where chunks would meet: they overlap.
            const std::size_t stride = std::max<std::size_t>(size / 4, 1);
            for (std::size_t at = 0; at < steps_.size();) {
                const auto is_in_chunk = [&](std::size_t n) { return n >= at && n - at < size; };
                if (take(all_but(is_in_chunk))) {
                    any = true;
                } else {
                    at += stride;
                }
            }
        }
        return any;
    }

    // What leads back to where it began: a later end of the same loop is tried first.
    bool cut_loops() {
        bool any = false;
        std::vector<std::uint64_t> hashes = hashes_along();
        for (std::size_t from = 0; from < hashes.size(); ++from) {
            for (std::size_t to = hashes.size(); --to > from;) {
                if (hashes[to] != hashes[from]) continue;
                if (!take(all_but([&](std::size_t n) { return n >= from && n < to; }))) continue;
                any = true;
                hashes = hashes_along();
                break;
            }
        }
        return any;
    }

    // Of the states before each step.
    std::vector<std::uint64_t> hashes_along() {
        std::vector<std::uint64_t> out;
        world_.back_to(beginning_);
        for (const Choice& one : steps_) {
            out.push_back(world_.hash(any_faults));
            world_.apply(one);
        }
        return out;
    }

    // All that a lane does from some deed on: one of its deeds alone may be replaced by the next.
    bool cut_lanes() {
        bool any = false;
        for (std::size_t lane = 0; lane <= world_.scenario().lanes.size(); ++lane) {
            const auto is_its = [&](std::size_t n) {
                return steps_[n].kind == Choice::Kind::NextDeed && steps_[n].place == lane;
            };
            for (std::size_t at = 0; at < steps_.size(); ++at) {
                if (!is_its(at)) continue;
                if (take(all_but([&](std::size_t n) { return n >= at && is_its(n); }))) {
                    any = true;
                    break;
                }
            }
        }
        return any;
    }

    // A message arrives as it should, a crash loses less of the record.
    bool make_plain() {
        bool any = false;
        for (std::size_t at = 0; at < steps_.size(); ++at) {
            if (!steps_[at].is_fault()) continue;
            any = take(all_but_fault(at)) || take_calm(at) || any;
            if (at < steps_.size() && steps_[at].kind == Choice::Kind::Crash) {
                any = lose_less(at) || any;
            }
        }
        return any;
    }

    // If it breaks without this fault too, only later: better some steps more than a fault that
    // has no part in it. But a way never gets longer than it was.
    bool take_calm(std::size_t fault) {
        Played played = play_without(fault, steps_before_);
        if (played.broken != rule_ || played.steps.size() > steps_before_) return false;
        steps_ = std::move(played.steps);
        return true;
    }

    bool lose_less(std::size_t crash) {
        std::vector<Choice> milder = steps_;
        for (std::uint8_t lost = 0; lost < steps_[crash].place; ++lost) {
            milder[crash].place = lost;
            if (take(milder)) return true;
        }
        return false;
    }

    void search(const ShrinkLimits& limits, Shrunk& out) {
        if (limits.states_max == 0 || steps_.size() < 2) return;
        for (;;) {
            world_.back_to(beginning_);
            const Shortest found = shortest_way(world_, rule_, faults_of(steps_), steps_.size() - 1,
                                                limits.states_max);
            out.states = found.states;
            out.search_is_whole = found.is_whole;
            if (found.steps.empty()) return;
            out.is_by_search = true;
            steps_ = found.steps;
            reduce();
            if (steps_ == found.steps) return; // with fewer faults it would have to search anew
        }
    }

    void ask_about_faults(const ShrinkLimits& limits, Shrunk& out) {
        world_.back_to(beginning_);
        for (std::size_t at = 0; at < steps_.size(); ++at) {
            if (steps_[at].is_fault()) out.faults.push_back({at, words(world_, steps_[at]), {}});
            world_.apply(steps_[at]);
        }
        for (Shrunk::Fault& fault : out.faults) {
            fault.without = play_without(fault.step, limits.calm_steps_max).broken;
        }
    }

    // The same without one fault, and then on calmly until everything has happened.
    Played play_without(std::size_t fault, std::size_t calm_steps_max) {
        Played out = play_from_beginning(all_but_fault(fault));
        std::vector<Choice> enabled;
        for (std::size_t n = 0; n < calm_steps_max && out.broken == Rule::None; ++n) {
            world_.enabled(0, enabled);
            if (world_.is_terminal() || enabled.empty()) break;
            out.steps.push_back(enabled.front());
            world_.apply(enabled.front());
            out.broken = broken_at(world_, enabled);
        }
        return out;
    }

    [[nodiscard]] std::vector<Choice> all_but_fault(std::size_t at) const {
        if (steps_[at].kind == Choice::Kind::Crash) {
            return all_but([&](std::size_t n) { return n == at; });
        }
        std::vector<Choice> out = steps_;
        out[at].twist = sim::Twist::None;
        out[at].part = 0;
        return out;
    }

    template <class IsLeftOut>
    [[nodiscard]] std::vector<Choice> all_but(IsLeftOut is_left_out) const {
        std::vector<Choice> out;
        for (std::size_t n = 0; n < steps_.size(); ++n) {
            if (!is_left_out(n)) out.push_back(steps_[n]);
        }
        return out;
    }

    World world_;
    World::Mark beginning_;
    Rule rule_ = Rule::None;
    std::size_t steps_before_ = 0;
    std::vector<Choice> steps_; // the smallest way so far
};

std::string search_words(const Shrunk& shrunk) {
    if (shrunk.states == 0) return "not searched for a shorter way";
    if (shrunk.search_is_whole) {
        return fmt::format("a search of {} states shows that there is no shorter way with so many "
                           "faults",
                           shrunk.states);
    }
    return fmt::format("a search of {} states, stopped there, found no shorter way", shrunk.states);
}

} // namespace

Played play(World& world, std::span<const Choice> choices) {
    Played out;
    std::vector<Choice> enabled;
    out.broken = broken_at(world, enabled);
    for (const Choice& choice : choices) {
        if (out.broken != Rule::None) break;
        if (!is_enabled(world, choice, enabled)) continue;
        world.apply(choice);
        out.steps.push_back(choice);
        out.broken = broken_at(world, enabled);
    }
    return out;
}

Result<Shrunk> shrink(std::shared_ptr<const Scenario> scenario, std::span<const Choice> failing,
                      const ShrinkLimits& limits) {
    return Shrinker{std::move(scenario)}.run(failing, limits);
}

std::string to_text(const Shrunk& shrunk) {
    std::string out = fmt::format(
        "{}: {}\nsteps: {} before, {} after ({})\nfaults: {} before, {} after\n",
        info(shrunk.rule).name, info(shrunk.rule).text, shrunk.steps_before, shrunk.steps.size(),
        search_words(shrunk), shrunk.faults_before, shrunk.faults.size());
    for (const Shrunk::Fault& fault : shrunk.faults) {
        out += fmt::format("step {}: {}\n    ", fault.step + 1, fault.words);
        out += fault.without == Rule::None
                   ? std::string{"without this fault it passes\n"}
                   : fmt::format("without this fault it breaks {}\n", info(fault.without).name);
    }
    return out;
}

} // namespace keel::explore
