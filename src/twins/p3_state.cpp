#include "twins/p3_state.hpp"

namespace keel::twins::p3 {

// What it opened is on, or over; if it seeks zombies, over and looked after.
bool State::is_settled() const {
    if (scan_at < never) return false;
    for (const Trade& trade : trades) {
        if (trade.is_at_work() || (seeks_zombies && trade.phase == Phase::Open)) return false;
    }
    return !seeks_zombies || is_quiet;
}

Timestamp State::wake_at() const {
    if (is_settled()) return never;
    Timestamp at = earlier(scan_at, look_at);
    for (const Trade& trade : trades) at = earlier(at, trade.at);
    return at;
}

// Which of the answers that it waits for this one is: they come in the order of their questions.
std::uint32_t State::rank_of(RequestID id) const {
    if (id.is_none()) return 0;
    std::uint32_t rank = 1;
    const auto count = [&](RequestID other) {
        if (!other.is_none() && other < id) ++rank;
    };
    for (const Trade& trade : trades) {
        for (const Leg& leg : trade.leg) count(leg.read);
    }
    for (const RequestID other : rows.reads) count(other);
    return rank;
}

std::uint64_t State::digest(Timestamp now) const {
    Digest out{now};
    for (const Trade& trade : trades) {
        out.add(trade.phase, trade.side, trade.lone, trade.qty);
        out.add(trade.read_qty, trade.rolled_back, trade.at, trade.closes_at);
        for (const Leg& leg : trade.leg) {
            out.add(leg.is, leg.has_enough, leg.is_outspent, leg.lacks_margin, leg.is_closing);
            out.add(leg.order, leg.close);
            out.add(rank_of(leg.read), leg.needs);
        }
    }
    for (std::size_t i = 0; i < instruments_max; ++i) {
        out.add(rows.held[i], zombie[i], bid[i], ask[i]);
    }
    for (const RequestID read : rows.reads) out.add(rank_of(read));
    out.add(rows.at, rows.is_new, is_quiet, numbers.orders, numbers.epoch, scan_at, look_at);
    return out.value();
}

} // namespace keel::twins::p3
