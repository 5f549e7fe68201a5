#include "explore/shortest.hpp"

#include <algorithm>
#include <ranges>

#include "base/assert.hpp"
#include "explore/stuck.hpp"
#include "explore/visited.hpp"

namespace keel::explore {
namespace {

class Search {
public:
    Search(World& world, Rule rule, std::uint32_t faults) : world_(world), rule_(rule) {
        nodes_.push_back({.faults_left = faults});
        seen_.insert(world.hash(faults));
        path_.push_back({0, world.mark()});
    }

    Shortest run(std::size_t steps_max, std::size_t states_max) {
        Shortest out;
        out.is_whole = true;
        for (std::uint32_t at = 0; at < nodes_.size() && out.steps.empty(); ++at) {
            if (nodes_[at].depth == steps_max) break; // and so have all that follow
            if (nodes_.size() >= states_max) {
                out.is_whole = false;
                break;
            }
            go_to(at);
            out.steps = expand(at);
        }
        world_.back_to(path_.front().mark);
        out.states = nodes_.size();
        return out;
    }

private:
    struct Node {
        std::uint32_t before = 0;
        std::uint32_t depth = 0;
        std::uint32_t faults_left = 0;
        Choice choice; // that led here from `before`
    };
    struct Place {
        std::uint32_t node;
        World::Mark mark;
    };

    // Nodes come in an order in which neighbours share most of their way: back to where the two
    // ways part, and on from there.
    void go_to(std::uint32_t node) {
        std::vector<std::uint32_t> ahead;
        for (std::uint32_t at = node; at < nodes_.size(); at = nodes_[at].before) {
            const std::uint32_t depth = nodes_[at].depth;
            if (depth < path_.size() && path_[depth].node == at) {
                path_.erase(path_.begin() + depth + 1, path_.end());
                break;
            }
            ahead.push_back(at);
        }
        world_.back_to(path_.back().mark);
        for (const std::uint32_t at : ahead | std::views::reverse) {
            world_.keep_tails(nodes_[at].faults_left > 0);
            world_.apply(nodes_[at].choice);
            path_.push_back({at, world_.mark()});
        }
    }

    // The way that breaks the rule, if one of the next choices does.
    std::vector<Choice> expand(std::uint32_t at) {
        const World::Mark mark = path_.back().mark;
        world_.enabled(nodes_[at].faults_left, enabled_);
        for (const Choice& choice : enabled_) {
            const std::uint32_t left = nodes_[at].faults_left - (choice.is_fault() ? 1 : 0);
            world_.keep_tails(left > 0);
            world_.apply(choice);
            const Rule broken = broken_at(world_, scratch_);
            if (broken == rule_) return way_to(at, choice);
            if (broken == Rule::None && seen_.insert(world_.hash(left))) {
                nodes_.push_back({at, nodes_[at].depth + 1, left, choice});
            }
            world_.back_to(mark);
        }
        return {};
    }

    [[nodiscard]] std::vector<Choice> way_to(std::uint32_t at, const Choice& last) const {
        std::vector<Choice> out{last};
        for (; at != 0; at = nodes_[at].before) out.push_back(nodes_[at].choice);
        std::ranges::reverse(out);
        return out;
    }

    World& world_;
    Rule rule_;
    std::vector<Node> nodes_; // in the order in which they were found
    Visited seen_;
    std::vector<Place> path_; // from the beginning to where the world is
    std::vector<Choice> enabled_;
    std::vector<Choice> scratch_;
};

} // namespace

Shortest shortest_way(World& world, Rule rule, std::uint32_t faults, std::size_t steps_max,
                      std::size_t states_max) {
    KEEL_ASSERT(rule != Rule::None, "a search is for something");
    return Search{world, rule, faults}.run(steps_max, states_max);
}

} // namespace keel::explore
