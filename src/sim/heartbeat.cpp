#include "sim/venue.hpp"

// Where a venue cancels all orders of an account that it has not heard of for a while. Who never
// sent a heartbeat has no such contract.

namespace keel::sim {

Venue::Reply Venue::beat(std::uint32_t account, Timestamp at) {
    const Duration timeout = config().traits.heartbeat_timeout;
    if (beats_.capacity == 0) return refused(Reason::NotSupported);
    const Duration slack =
        channels_.draw_between(store_, Channels::rest_in, Duration{}, timeout / 2);
    put(store_.at(beats_, account), BeatSlot{at, at + timeout + slack});
    return Reply{};
}

void Venue::lapse(std::uint32_t account, Timestamp at) {
    put(store_.at(beats_, account), BeatSlot{});
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] == account) cancel_all(place, Reason::None, at);
    }
}

Timestamp Venue::lapses_from(std::uint32_t account) const {
    if (beats_.capacity == 0) return never;
    const Timestamp last = store_.at(beats_, account).last_at;
    return last == never ? never : last + config().traits.heartbeat_timeout;
}

} // namespace keel::sim
