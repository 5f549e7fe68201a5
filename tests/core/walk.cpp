#include "tests/core/walk.hpp"

namespace keel::core::facts {

void each_set(const std::vector<Fact>& from, std::size_t size,
              const std::function<void(const std::vector<Fact>&)>& visit) {
    std::vector<std::size_t> pick(size);
    for (std::size_t i = 0; i < size; ++i) pick[i] = i;
    std::vector<Fact> set;
    while (true) {
        set.clear();
        for (const std::size_t i : pick) set.push_back(from[i]);
        visit(set);
        std::size_t at = size;
        while (at > 0 && pick[at - 1] == from.size() - size + at - 1) --at;
        if (at == 0) return;
        ++pick[at - 1];
        for (std::size_t i = at; i < size; ++i) pick[i] = pick[i - 1] + 1;
    }
}

void each_ordering(const std::vector<Fact>& facts,
                   const std::function<bool(const std::vector<Fact>&)>& visit) {
    std::vector<std::size_t> at(facts.size());
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = i;
    std::vector<Fact> told;
    do {
        told.clear();
        for (const std::size_t i : at) told.push_back(facts[i]);
        if (!visit(told)) return;
    } while (std::ranges::next_permutation(at).found);
}

bool lowers(const Fact& f) {
    return f.type == ExecType::TradeCancel || f.type == ExecType::TradeCorrect ||
           f.stage == FillStage::Failed;
}

bool Walk::hold_to_one_belief(const std::vector<Fact>& facts) {
    const bool may_resolve = std::ranges::any_of(facts, lowers);
    std::optional<Belief> first;
    bool same = true;
    each_ordering(facts, [&](const std::vector<Fact>& told) {
        ++orderings;
        Belief belief = after(told);
        if (belief.contradictions != 0 && !belief.alarmed) {
            ADD_FAILURE() << name_of(told) << " contradicts itself, and nobody is told";
            return same = false;
        }
        if (may_resolve) belief.alarmed = false;
        if (!cancels_count) belief.asked &= static_cast<std::uint8_t>(~pending::cancel);
        if (!first) first = belief;
        if (belief != *first) {
            ADD_FAILURE() << name_of(facts) << "\n    " << to_string(*first) << "\n  but as "
                          << name_of(told) << "\n    " << to_string(belief);
            return same = false;
        }
        for (const Fact& f : told) order.tell(body_of(order, f));
        belief = order.belief();
        if (may_resolve) belief.alarmed = false;
        if (!cancels_count) belief.asked &= static_cast<std::uint8_t>(~pending::cancel);
        if (belief != *first) {
            ADD_FAILURE() << name_of(told) << "\n    " << to_string(*first)
                          << "\n  but told again\n    " << to_string(belief);
            return same = false;
        }
        return true;
    });
    return same;
}

bool Walk::hold_repeats_to_one_belief(const std::vector<Fact>& facts) {
    for (const Fact& twice : facts) {
        std::vector<Fact> told = facts;
        told.push_back(twice);
        if (!hold_to_one_belief(told)) return false;
    }
    return true;
}

} // namespace keel::core::facts
