#include <algorithm>
#include <span>

#include "base/assert.hpp"
#include "explore/search.hpp"
#include "explore/visited.hpp"

namespace keel::explore {
namespace {

constexpr std::uint64_t tally_every = 1U << 14U; // transitions

// Depth first, stepping back by undo. What is known of the graph of states is kept for the question
// that can only be asked at the end: is there from each a way without faults to a settled desk?
class Exhaustive {
public:
    Exhaustive(World& world, const Bounds& bounds, const OnTally& on_tally)
        : world_(&world), bounds_(bounds), on_tally_(on_tally) {}

    SearchResult run() {
        const World::Mark root = world_->mark();
        add_state(world_->hash(bounds_.max_faults), none, {});
        open(0, bounds_.max_faults);
        while (!frames_.empty() && !is_stopped_) step();
        world_->back_to(root);
        result_.is_stopped = is_stopped_;
        result_.is_complete = !is_stopped_ && !is_cut_;
        result_.tally.states = visited_.size();
        result_.tally.set_bytes = visited_.bytes();
        if (result_.is_complete) find_wedges();
        world_->back_to(root);
        return std::move(result_);
    }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    struct Frame {
        World::Mark mark;
        std::size_t first; // of its choices in choices_, the stack of all
        std::size_t next;
        std::uint32_t state;
        std::uint32_t left;
    };

    void add_state(std::uint64_t hash, std::uint32_t parent, Choice by) {
        visited_.insert(hash);
        parent_.push_back(parent);
        by_.push_back(by);
        stand_.push_back(Stand::GoesOn);
    }

    void open(std::uint32_t state, std::uint32_t left) {
        world_->enabled(left, enabled_);
        is_cut_ = is_cut_ || (enabled_.empty() && world_->is_cut());
        frames_.push_back({world_->mark(), choices_.size(), choices_.size(), state, left});
        choices_.insert(choices_.end(), enabled_.begin(), enabled_.end());
        result_.tally.depth = std::max(result_.tally.depth, frames_.size());
    }

    void step() {
        Frame& frame = frames_.back();
        if (frame.next == choices_.size()) {
            choices_.resize(frame.first);
            frames_.pop_back();
            return;
        }
        if (frame.next > frame.first) world_->back_to(frame.mark);
        const Choice choice = choices_[frame.next++];
        if (choice.is_fault()) note_fault(choice);
        const std::uint32_t left = frame.left - (choice.is_fault() ? 1U : 0U);
        world_->apply(choice);
        ++result_.tally.transitions;
        told_.clear();
        const Rule rule = world_->go_on_where_forced(left, told_);
        if (result_.tally.transitions % tally_every == 0) tell();
        if (rule != Rule::None) {
            note_finding(rule, frame, choice);
            world_->back_to(frame.mark);
            return;
        }
        const Visited::Place place = visited_.insert(world_->hash(left));
        if (!choice.is_fault()) edges_.push_back({frame.state, place.number});
        if (!place.is_new) {
            world_->back_to(frame.mark);
            return;
        }
        if (visited_.size() >= bounds_.states_max) is_stopped_ = true;
        parent_.push_back(frame.state);
        by_.push_back(choice);
        stand_.push_back(Stand::GoesOn);
        result_.tally.longest = max(result_.tally.longest, world_->elapsed());
        if (world_->is_terminal()) {
            ++result_.tally.terminals;
            stand_[place.number] = Stand::Settled;
            world_->back_to(frame.mark);
            return;
        }
        is_cut_ = is_cut_ || world_->is_at_horizon() || world_->is_half_used() ||
                  frames_.size() >= bounds_.depth_max;
        if (frames_.size() >= bounds_.depth_max) {
            world_->back_to(frame.mark);
            return;
        }
        open(place.number, left); // (`frame` is no more)
    }

    void tell() {
        if (!on_tally_) return;
        result_.tally.states = visited_.size();
        result_.tally.set_bytes = visited_.bytes();
        result_.tally.bytes = bytes();
        if (!on_tally_(result_.tally)) is_stopped_ = true;
    }

    [[nodiscard]] std::size_t bytes() const {
        return visited_.all_bytes() + parent_.capacity() * sizeof(parent_[0]) +
               by_.capacity() * sizeof(by_[0]) + stand_.capacity() * sizeof(stand_[0]) +
               edges_.capacity() * sizeof(edges_[0]) + frames_.capacity() * sizeof(frames_[0]);
    }

    void note_fault(const Choice& choice) {
        const auto kind = static_cast<std::size_t>(World::fault_kind(choice));
        ++result_.tally.faults[kind][static_cast<std::size_t>(situation_of(*world_))];
    }

    void note_finding(Rule rule, const Frame& frame, const Choice& choice) {
        const bool known = std::ranges::any_of(
            result_.findings, [&](const Finding& one) { return one.rule == rule; });
        if (known || result_.findings.size() >= bounds_.findings_max) return;
        Finding finding{.rule = rule, .path = way_to(frame.state), .faults = 0};
        finding.transition = result_.tally.transitions;
        finding.path.push_back(choice);
        finding.path.insert(finding.path.end(), told_.begin(), told_.end());
        count_faults(finding);
        result_.findings.push_back(std::move(finding));
    }

    static void count_faults(Finding& finding) {
        finding.faults = static_cast<std::uint32_t>(
            std::ranges::count_if(finding.path, [](const Choice& one) { return one.is_fault(); }));
    }

    // The choices that led to a state for the first time, with what was delivered on the way as it
    // told nothing new: another world goes there once more.
    std::vector<Choice> way_to(std::uint32_t state) {
        std::vector<Choice> turns;
        for (; parent_[state] != none; state = parent_[state]) turns.push_back(by_[state]);
        std::ranges::reverse(turns);
        World again{world_->shared_scenario()};
        std::vector<Choice> path;
        std::uint32_t left = bounds_.max_faults;
        for (const Choice& turn : turns) {
            again.apply(turn);
            path.push_back(turn);
            left -= turn.is_fault() ? 1U : 0U;
            static_cast<void>(again.go_on_where_forced(left, path));
        }
        return path;
    }

    // Backwards from settled states over what needs no fault.
    void find_wedges() {
        const std::size_t states = stand_.size();
        std::vector<std::uint32_t> first(states + 1, 0);
        for (const Edge& edge : edges_) ++first[edge.to + 1];
        for (std::size_t s = 0; s < states; ++s) first[s + 1] += first[s];
        std::vector<std::uint32_t> from(edges_.size());
        std::vector<std::uint32_t> at(first.begin(), first.end() - 1);
        for (const Edge& edge : edges_) from[at[edge.to]++] = edge.from;
        std::vector<std::uint8_t> is_good(states, 0);
        std::vector<std::uint32_t> open;
        for (std::uint32_t s = 0; s < states; ++s) {
            if (stand_[s] == Stand::Settled) {
                is_good[s] = 1;
                open.push_back(s);
            }
        }
        while (!open.empty()) {
            const std::uint32_t state = open.back();
            open.pop_back();
            for (std::uint32_t e = first[state]; e < first[state + 1]; ++e) {
                if (is_good[from[e]] != 0) continue;
                is_good[from[e]] = 1;
                open.push_back(from[e]);
            }
        }
        for (std::uint32_t s = 0; s < states; ++s) {
            if (is_good[s] != 0) continue;
            Finding finding{.rule = Rule::NoWedge, .path = way_to(s), .faults = 0};
            finding.transition = result_.tally.transitions;
            count_faults(finding);
            result_.findings.push_back(std::move(finding));
            return; // the first that was found
        }
    }

    enum class Stand : std::uint8_t { GoesOn, Settled };
    struct Edge {
        std::uint32_t from;
        std::uint32_t to;
    };

    World* world_;
    Bounds bounds_;
    const OnTally& on_tally_;
    SearchResult result_;
    Visited visited_{true};
    std::vector<Frame> frames_;
    std::vector<Choice> choices_;
    std::vector<Choice> enabled_;
    std::vector<Choice> told_;
    std::vector<std::uint32_t> parent_;
    std::vector<Choice> by_;
    std::vector<Stand> stand_;
    std::vector<Edge> edges_;
    bool is_stopped_ = false;
    bool is_cut_ = false;
};

} // namespace

SearchResult exhaustive(World& world, const Bounds& bounds, const OnTally& on_tally) {
    return Exhaustive{world, bounds, on_tally}.run();
}

} // namespace keel::explore
