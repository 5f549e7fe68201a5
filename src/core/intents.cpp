#include "core/engine.hpp"

// What strategies want to rest, and acting on the difference between that and what is known.

namespace keel::core {
namespace {

// What was asked for, whether or not it is answered. (So is the order's price.)
Lots asked_qty(const Order& o) { return (o.asked & pending::amend) != 0 ? o.amend_qty : o.qty; }

} // namespace

void Engine::want(IntentIx i, Ticks px, Lots qty, Ground ground) {
    want_order(i, Ticks{0}, px, qty, ground);
}

void Engine::protect(IntentIx i, Ticks trigger, Ticks px, Lots qty, Ground ground) {
    KEEL_ASSERT(intent(i).kind == IntentKind::Protect, "an intent is of one kind");
    want_order(i, trigger, px, qty, ground);
}

void Engine::want_order(IntentIx i, Ticks trigger, Ticks px, Lots qty, Ground ground) {
    const Intent& it = intent(i);
    if (it.want_px == px && it.want_qty == qty && it.want_trigger == trigger) {
        if (it.order == no_slot) touch_intent(i.value());
        return;
    }
    put(it.want_px, px);
    put(it.want_qty, qty);
    put(it.want_trigger, trigger);
    put(it.cause, static_cast<std::uint8_t>(ground.cause));
    put(it.guard, static_cast<std::uint8_t>(ground.guard));
    touch_intent(i.value());
}

void Engine::want_none(IntentIx i, Ground ground) {
    const Intent& it = intent(i);
    if (it.want_qty == Lots{0}) return;
    put(it.want_qty, Lots{0});
    put(it.cause, static_cast<std::uint8_t>(ground.cause));
    put(it.guard, static_cast<std::uint8_t>(ground.guard));
    touch_intent(i.value());
}

bool Engine::is_amend_overdue(const Intent& it) const {
    return now() >= it.placed_at + traits(it.instrument).answer_timeout;
}

void Engine::keep(IntentIx i) {
    const Intent& it = intent(i);
    if (it.amends == 0 || it.order == no_slot) return;
    const Order& o = order(it.order);
    put(it.want_px, o.px);
    put(it.want_qty, asked_qty(o));
}

// What one step decides travels together where the venue takes batches: cancels by REST, then
// quotes. Each item has its own outcome.
std::uint32_t Engine::batch_for(AccountIx a) {
    const std::uint32_t most = traits(a).batch_max;
    if (most < 2) return 0;
    if (batch_account_ != a || batch_items_ == 0 || batch_items_ == most) {
        batch_account_ = a;
        batch_items_ = 0;
        put(desk().next_batch, desk().next_batch + 1);
    }
    ++batch_items_;
    return desk().next_batch;
}

// Asks for what is wanted now, or waits for the outcome of what was asked before. False: the order
// makes way, as one does that the venue is not known to hold.
bool Engine::moves_by_amend(const Intent& it, const Order& o, Ground ground, Commands& out) {
    if (it.amends == 0 || it.want_qty == Lots{0} || it.want_trigger != it.live_trigger ||
        (o.flags & order_flag::want_gone) != 0) {
        return false;
    }
    // One at a time: the next waits for the outcome, but not for one that is overdue.
    if ((o.asked & pending::amend) != 0) {
        return (o.flags & order_flag::unknown) == 0 && !is_amend_overdue(it);
    }
    // Where each amend makes another leg, a new order gives them back.
    constexpr std::uint32_t further_legs_max = 4;
    if (legs().further(o) >= further_legs_max) return false;
    const bool was_refused = o.amend_qty != Lots{0};
    if (was_refused || !amend(o.cl_ord_id, it.want_px, it.want_qty, out, ground)) return false;
    put(it.placed_at, now());
    return true;
}

void Engine::pursue(Commands& out) {
    out_ = &out;
    pursuing_ = true;
    if (desk().outside != 0 && desk().outside_told == 0) {
        put(desk().outside_told, 1);
        alarm(AlarmKind::OutsideFaultModel, {}, {}, {}, static_cast<std::int64_t>(desk().surprises),
              config_.limits.max_surprises_in_window);
        // What rests is taken back; nothing else leaves until a person says so.
        pull_all(Pull::AllThatOpens, {Cause::Guard, Guard::Outside});
    }
    // Cancels first, then placements: what makes room goes before what needs it.
    for (const std::uint32_t ix : dirty_intents_) {
        const Intent& it = store_.at(intents_, ix);
        if (it.order == no_slot) continue;
        const Order& o = order(it.order);
        const Ground ground{static_cast<Cause>(it.cause), static_cast<Guard>(it.guard)};
        if (it.want_qty == asked_qty(o) && it.want_px == o.px &&
            it.want_trigger == it.live_trigger) {
            continue;
        }
        if (!moves_by_amend(it, o, ground, out)) request_gone(o, ground);
    }
    batch_items_ = 0; // a request places or cancels
    for (std::size_t n = 0; n < dirty_intents_.size(); ++n) {
        const std::uint32_t ix = dirty_intents_[n];
        const Intent& it = store_.at(intents_, ix);
        put(it.dirty, 0);
        if (it.order != no_slot || it.want_qty == Lots{0}) continue;
        Draft d;
        d.instrument = it.instrument;
        d.side = it.side;
        d.px = it.want_px;
        d.qty = it.want_qty;
        d.position_side = it.position_side;
        if (it.kind == IntentKind::Protect) {
            d.role = Role::Protect;
            d.reduce_only = true;
            d.trigger_px = it.want_trigger;
        } else {
            d.post_only = true; // one that would take is refused by the venue, never a taker fill
        }
        d.intent = ix;
        const Guard guard = submit(d, out);
        put(it.blocked_by, static_cast<std::uint8_t>(guard));
    }
    dirty_intents_.clear();
    hedge_touched();
    pursuing_ = false;
    out_ = nullptr;
}

} // namespace keel::core
