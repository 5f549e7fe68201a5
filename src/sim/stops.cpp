#include "sim/venue.hpp"

// Stops: orders that wait outside the book until the market comes to their trigger. Until then
// nothing is asked of them, neither margin nor something to reduce.

namespace keel::sim {

namespace {

// A buy waits below its trigger, a sell above it.
constexpr bool is_reached(const Leg& stop, std::int64_t twice_px) {
    const std::int64_t trigger = 2 * stop.trigger_px.value();
    return stop.side == Side::Buy ? twice_px >= trigger : twice_px <= trigger;
}

} // namespace

Reason Venue::judge_stop(const Leg& draft) const {
    const std::int64_t mark = mark_twice(draft.instrument);
    return mark != 0 && is_reached(draft, mark) ? Reason::WouldTrigger : Reason::None;
}

// The mid of a quote, or a print, is at twice_px / 2. False: no stop has waited for that.
bool Venue::trigger_stops(std::uint32_t place, std::int64_t twice_px, Timestamp at) {
    bool any = false;
    for (std::uint32_t slot = book(place).first_stop; slot != no_slot && twice_px != 0;) {
        const std::uint32_t next = leg(slot).next; // what is triggered ends no other stop
        if (is_reached(leg(slot), twice_px)) {
            trigger(slot, at);
            any = true;
        }
        slot = next;
    }
    return any;
}

// It is judged as if it came now. What may not trade ends, and was accepted before: so it is not
// rejected.
void Venue::trigger(std::uint32_t slot, Timestamp at) {
    legs_.unwait(store_, slot);
    const Reason verdict = judge(leg(slot), leg(slot).leaves());
    if (verdict == Reason::None) {
        open(slot, at);
    } else {
        end(slot, ExecType::Expired, verdict, at);
    }
}

} // namespace keel::sim
