#include "explore/rule.hpp"

#include <array>

namespace keel::explore {

const RuleInfo& info(Rule rule) {
    static constexpr std::array<RuleInfo, rule_count> table{{
        {"none", "nothing is broken"},
        {"truth_inside_interval",
         "the interval of a position does not contain what the venue holds"},
        {"exposure_within_limit", "a group's true net is beyond its limit"},
        {"hedged_once", "more was hedged than was filled"},
        {"one_order_for_intent", "two live orders serve one intent"},
        {"no_forgotten_order", "an order is open at the venue that the desk does not reckon with"},
        {"booked_was_filled", "more is booked of an order than the venue executed"},
        {"closed_stays_closed", "an order that the desk has settled is open at the venue"},
        {"no_false_alarm", "what is true was taken for a contradiction"},
        {"nothing_sent_without_lease",
         "a request left the desk, or took effect, after its lease had ended"},
        {"ends_flat", "the desk has settled, and is not flat or does not agree with its venues"},
        {"no_wedge", "no way without faults leads from here to a settled desk"},
        {"close_never_opens", "a request to close made or turned a position"},
        {"no_ghost", "something was done about a position that is not there any more"},
        {"protected_in_time", "a position had no stop at the venue for longer than it may"},
        {"margin_spent_once", "an order was refused for margin that another trade had spent"},
        {"reduces_in_time", "what reduces risk was held back"},
        {"one_sender", "two processes sent for one account"},
        {"remaining_not_negative", "more was asked to trade than was left of what was intended"},
        {"certified_is_flat", "flat by certificate, and not flat at the venue"},
        {"reject_is_end", "an order that the venue refused is believed to rest"},
        {"fills_known_through_mark",
         "a fill from before the time through which fills are known is not booked"},
        {"cancels_are_repeated", "an order that has to go will not be asked to again in time"},
    }};
    return table[static_cast<std::size_t>(rule)];
}

} // namespace keel::explore
