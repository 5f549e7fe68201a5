#include "tests/explore/comparison.hpp"

#include <algorithm>

#include "explore/words.hpp"

namespace keel::explore {

bool Comparison::compare(std::uint32_t faults, std::size_t states_max) {
    states_max_ = states_max;
    world_.keep_tails(faults > 0);
    static_cast<void>(world_.go_on_where_forced(faults, made_));
    return visit(faults);
}

// Where each choice leads, in no order.
std::vector<std::uint64_t> Comparison::futures(std::uint32_t left,
                                               const std::vector<Choice>& enabled) {
    std::vector<std::uint64_t> out;
    const World::Mark here = world_.mark();
    for (const Choice& one : enabled) {
        const std::uint32_t then = left - (one.is_fault() ? 1U : 0U);
        const Rule rule = make(one, then);
        out.push_back(rule == Rule::None ? world_.hash(then) : static_cast<std::uint64_t>(rule));
        world_.back_to(here);
    }
    world_.keep_tails(left > 0);
    std::ranges::sort(out);
    return out;
}

Rule Comparison::make(const Choice& one, std::uint32_t left) {
    world_.keep_tails(left > 0);
    world_.apply(one);
    made_.clear();
    return world_.go_on_where_forced(left, made_);
}

bool Comparison::visit(std::uint32_t left) {
    std::vector<Choice> enabled;
    world_.enabled(left, enabled);
    const std::vector<std::uint64_t> found = futures(left, enabled);
    const auto [known, is_new] = seen_.try_emplace(world_.hash(left), found);
    if (!is_new) {
        if (known->second == found) return true;
        difference_ = way_ + "then one of: " + words_of(enabled);
        return false;
    }
    if (world_.is_terminal() || seen_.size() >= states_max_) return true;
    const World::Mark here = world_.mark();
    for (const Choice& one : enabled) {
        const std::uint32_t then = left - (one.is_fault() ? 1U : 0U);
        const std::size_t length = way_.size();
        way_ += words(world_, one) + "\n";
        if (make(one, then) == Rule::None && !visit(then)) return false;
        way_.resize(length);
        world_.back_to(here);
    }
    return true;
}

std::string Comparison::words_of(const std::vector<Choice>& enabled) const {
    std::string out;
    for (const Choice& one : enabled) out += words(world_, one) + "; ";
    return out;
}

} // namespace keel::explore
