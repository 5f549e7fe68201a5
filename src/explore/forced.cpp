#include "explore/world.hpp"

// What happens without a choice: it is no state of its own.

namespace keel::explore {

using sim::Channels;
using sim::Twist;

// What changes nothing and makes the desk say nothing says nothing new. Facts are joined, so it
// would not do so later either.
void World::tell_what_is_known(std::vector<Choice>& told) {
    if (!may_hear()) return;
    for (bool any = true; any;) {
        any = false;
        for (std::uint32_t v = 0; v < venues_.size(); ++v) {
            for (std::uint32_t c = Channels::socket_out; c < venues_[v].channel_count(); ++c) {
                const sim::Venue::Told next = venues_[v].told_next(c);
                if (next.tells == sim::Venue::Tells::Other) continue;
                const bool is_through = subject_->is_through_with(next.about);
                if (next.tells == sim::Venue::Tells::Echo && !is_through) continue;
                const std::uint64_t was = is_through ? subject_hash() : 0;
                const Mark before = mark();
                const RequestID sent_from = own_.sent_from;
                const Choice choice{Choice::Kind::Deliver, static_cast<std::uint8_t>(v),
                                    static_cast<std::uint8_t>(c), Twist::None};
                apply(choice);
                if (sent_.empty() && (subject_->is_unchanged_since(before.subject) ||
                                      (is_through && subject_hash() == was))) {
                    told.push_back(choice);
                    own_.sent_from = sent_from;
                    any = true;
                } else {
                    back_to(before);
                }
            }
        }
    }
}

Rule World::go_on_where_forced(std::uint32_t faults_left, std::vector<Choice>& made) {
    Rule rule = broken_rule();
    std::vector<Choice>& next = forced_;
    for (std::size_t n = 0; n < forced_max && rule == Rule::None; ++n) {
        const std::size_t before = made.size();
        tell_what_is_known(made);
        if (made.size() != before) rule = broken_rule();
        if (rule != Rule::None || is_terminal()) break;
        enabled(faults_left, next);
        if (next.size() != 1 || next.front().is_fault()) break;
        const Choice only = next.front();
        apply(only);
        made.push_back(only);
        rule = broken_rule();
    }
    return rule;
}

} // namespace keel::explore
