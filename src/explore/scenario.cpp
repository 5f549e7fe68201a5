#include "explore/scenario.hpp"

#include <algorithm>

namespace keel::explore {

bool has_act(const Scenario& scenario, Act act) {
    const auto is_it = [&](const Deed& deed) {
        const auto* told = std::get_if<OperatorAct>(&deed);
        return told != nullptr && told->act == act;
    };
    return std::ranges::any_of(scenario.last, is_it) ||
           std::ranges::any_of(scenario.lanes, [&](const Lane& lane) {
               return std::ranges::any_of(lane.deeds, is_it);
           });
}

} // namespace keel::explore
