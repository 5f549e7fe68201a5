#include "core/engine.hpp"

// The door: numbers beyond all bounds (core/config.hpp) are not taken in. Inside them every sum and
// product of the engine fits in 64 bits; what is outside is a venue's or a dialect's mistake, told
// like any evidence that cannot be true, and left out.

namespace keel::core {
namespace {

static_assert(qty_max == Lots{fill_qty_max}, "what a fill may be is what its entry can hold");

template <class Tag> constexpr bool within(Count<Tag> value, Count<Tag> bound) {
    // In one comparison: what is below -bound wraps round to a large number.
    const auto above =
        static_cast<std::uint64_t>(value.value()) + static_cast<std::uint64_t>(bound.value());
    return above <= 2 * static_cast<std::uint64_t>(bound.value());
}
constexpr bool is_a_time(Timestamp t) { return t >= Timestamp{} && t <= never; }

constexpr bool is_a_qty(Lots qty) { return qty >= Lots{0} && qty <= qty_max; }

bool is_inside(const ExecutionReport& r) {
    return within(r.px, px_max) && within(r.last_px, px_max) && is_a_qty(r.order_qty) &&
           is_a_qty(r.cum_qty) && is_a_qty(r.reduced) && is_a_qty(r.last_qty) &&
           within(r.fee, money_max) && is_a_time(r.transact_time);
}
bool is_inside(const BookTop& b) { return within(b.bid_px, px_max) && within(b.ask_px, px_max); }
bool is_inside(const PositionReport& r) {
    return within(r.qty, position_max) && is_a_time(r.asked_at) && is_a_time(r.answered_at);
}
bool is_inside(const BalanceReport& r) {
    return within(r.equity, money_max) && within(r.available, money_max) && is_a_time(r.asked_at) &&
           is_a_time(r.answered_at);
}
bool is_inside(const ReadDone& r) { return is_a_time(r.asked_at) && is_a_time(r.answered_at); }
bool is_inside(const Signal& s) {
    return within(Lots{s.value}, position_max) && within(s.stop_px, px_max) &&
           within(s.limit_px, px_max) && is_a_time(s.valid_until);
}
bool is_inside(const SecurityStatus& s) {
    return s.price_step >= Ticks{0} && s.price_step <= px_max && s.settlement_px >= Ticks{0} &&
           s.settlement_px <= px_max && is_a_time(s.venue_time);
}
bool is_inside(const LeaseGrant& g) { return is_a_time(g.until); }

} // namespace

bool Engine::is_in_bounds(const EventBody& body) const {
    // (A signal's source may be anybody: it may name an instrument that there is not.)
    if (const auto* s = std::get_if<Signal>(&body); s != nullptr) {
        if (s->id == 0 || s->instrument.value() >= config_.instruments.size()) return false;
    }
    return std::visit(
        []<class Body>(const Body& one) {
            if constexpr (requires { is_inside(one); }) {
                return is_inside(one);
            } else {
                return true; // has no numbers to bound
            }
        },
        body);
}

void Engine::refuse(const EventBody& body) {
    if (const auto* r = std::get_if<ExecutionReport>(&body)) {
        contradiction(r->instrument, r->cl_ord_id, AlarmKind::Contradiction, r->last_qty.value(),
                      qty_max.value());
    } else if (const auto* b = std::get_if<BookTop>(&body)) {
        contradiction(b->instrument, {}, AlarmKind::Contradiction, b->bid_px.value(),
                      px_max.value());
    } else if (const auto* p = std::get_if<PositionReport>(&body)) {
        contradiction(p->instrument, {}, AlarmKind::Contradiction, p->qty.value(),
                      position_max.value());
    } else if (const auto* s = std::get_if<Signal>(&body)) {
        alarm(AlarmKind::SignalRefused, s->instrument, {}, {}, s->value, position_max.value());
    } else if (const auto* money = std::get_if<BalanceReport>(&body)) {
        alarm(AlarmKind::Contradiction, {}, money->account, {}, money->equity.value(),
              money_max.value());
    } else {
        alarm(AlarmKind::Contradiction, {}, {}, {}, 0, 0); // a time that is none
    }
}

} // namespace keel::core
