#include <algorithm>

#include "core/engine.hpp"

// Intrusive lists of orders. Each list of an account has one delay, so deadlines in it never
// decrease and the earliest is the head: timers cost the same for ten orders and for a million.

namespace keel::core {

const ListHead& Engine::list(AccountIx a, OrderList kind) const {
    constexpr auto kinds = static_cast<std::uint32_t>(order_list_count);
    return store_.at(lists_, a.value() * kinds + static_cast<std::uint32_t>(kind));
}

Duration Engine::delay_of(AccountIx a, OrderList kind) const {
    switch (kind) {
    case OrderList::Answer: return traits(a).answer_timeout;
    case OrderList::Query: return config_.audits.query_repeat;
    case OrderList::Cancel: return config_.audits.cancel_repeat;
    case OrderList::None:
    case OrderList::Unsettled:
    case OrderList::Settling:
    case OrderList::Settled: return Duration{};
    }
    std::unreachable();
}

void Engine::unlink(const Order& o) {
    if (o.list == OrderList::None) return;
    KEEL_ASSERT(o.list != OrderList::Settled, "the settled are in a ring, not in a list");
    const ListHead& head = list(account_of(o.instrument), o.list);
    if (o.prev == no_slot) {
        put(head.head, o.next);
    } else {
        put(order(o.prev).next, o.next);
    }
    if (o.next == no_slot) {
        put(head.tail, o.prev);
    } else {
        put(order(o.next).prev, o.prev);
    }
    put(o.list, OrderList::None);
}

void Engine::link(const Order& o, OrderList kind, Timestamp when) {
    unlink(o);
    const ListHead& head = list(account_of(o.instrument), kind);
    put(o.when, when);
    put(o.prev, head.tail);
    put(o.next, no_slot);
    put(o.list, kind);
    append(head, o);
}

// At the end of the list that `o` says it is in.
void Engine::append(const ListHead& head, const Order& o) {
    KEEL_ASSERT(head.tail == no_slot || order(head.tail).when <= o.when,
                "deadlines in one list never decrease");
    const std::uint32_t slot = slot_of(o);
    if (head.tail == no_slot) {
        put(head, ListHead{slot, slot});
    } else {
        put(order(head.tail).next, slot);
        put(head.tail, slot);
    }
}

// Three in the time after which the venue would cancel all: two may be lost. They are sent where
// cancels are, so that a desk that decides nothing any more loses its orders.
Timestamp Engine::beat_due(AccountIx a) const {
    const Duration patience = traits(a).heartbeat_timeout;
    if (patience <= Duration{0} || !can_send(a)) return never;
    return account(a).beat_at + Duration{patience.value() / 3};
}

void Engine::beat(AccountIx a) {
    if (beat_due(a) > now()) return;
    const Account& acct = account(a);
    const core::Desk& d = desk();
    const Heartbeat leaving{.request = RequestID{d.next_request}, .account = a};
    put(d.next_request, d.next_request + 1);
    put(acct.beat, leaving.request);
    put(acct.beat_at, now());
    out_->add(leaving);
    spend_request(a);
}

void Engine::on_timers() {
    for (std::uint32_t i = 0; i < accounts_.capacity; ++i) {
        const AccountIx a{i};
        refill(a);
        beat(a);
        run_reads(a);
        // Who cannot be asked for lack of budget keeps his place at the head: everybody has his
        // turn.
        while (list(a, OrderList::Answer).head != no_slot && query_at(a) <= now()) {
            const Order& o = order(list(a, OrderList::Answer).head);
            if (o.when > now()) break;
            // No answer in time: the order, or its amend, may be live. Ask.
            put(o.flags, static_cast<std::uint8_t>(o.flags | order_flag::unknown));
            send_query(o);
            link(o, OrderList::Query, now() + delay_of(a, OrderList::Query));
            note_transition(o, o.status, o.asked, Why::Timeout);
            if (o.intent != no_slot)
                touch_intent(o.intent); // what waits for an amend waits no more
        }
        while (list(a, OrderList::Query).head != no_slot && query_at(a) <= now()) {
            const Order& o = order(list(a, OrderList::Query).head);
            if (o.when > now()) break;
            send_query(o);
            if (now() > o.fence_at + traits(a).visibility * 4 + seconds(30) &&
                (o.flags & order_flag::alarmed) == 0) {
                put(o.flags, static_cast<std::uint8_t>(o.flags | order_flag::alarmed));
                alarm(AlarmKind::UnknownOverdue, o.instrument, a, o.cl_ord_id, o.query_count, 0);
            }
            link(o, OrderList::Query, now() + delay_of(a, OrderList::Query));
        }
        // Cancels are repeated for all; questions about them, where the budget is short, go to
        // those who were asked about least.
        std::uint8_t least = 0xff;
        for (std::uint32_t slot = list(a, OrderList::Cancel).head;
             slot != no_slot && order(slot).when <= now(); slot = order(slot).next) {
            least = std::min(least, order(slot).query_count);
        }
        bool escalates = false;
        while (list(a, OrderList::Cancel).head != no_slot) {
            const Order& o = order(list(a, OrderList::Cancel).head);
            if (o.when > now()) break;
            // Repeated until the end is evidence; asked about as well, as the end may be missed.
            if ((o.asked & pending::cancel) != 0 && (o.flags & order_flag::cancel_lost) == 0) {
                put(o.flags, static_cast<std::uint8_t>(o.flags | order_flag::cancel_lost));
                count(stats().cancel_answer_lost);
            }
            const std::uint8_t old_asked = o.asked;
            send_cancel(o);
            note_transition(o, o.status, old_asked, Why::Cancel, {Cause::Repeat});
            if (o.query_count <= least) send_query(o);
            const std::uint32_t patience = config_.audits.cancels_before_escalation;
            if (o.cancel_count > patience) {
                if ((o.flags & order_flag::escalated) == 0) {
                    put(o.flags, static_cast<std::uint8_t>(o.flags | order_flag::escalated));
                    alarm(AlarmKind::CancelNotConfirmed, o.instrument, a, o.cl_ord_id,
                          o.cancel_count, patience);
                }
                escalates = escalates || (o.cancel_count - 1U) % patience == 0;
            }
            link(o, OrderList::Cancel, now() + delay_of(a, OrderList::Cancel));
        }
        if (escalates) mass_cancel(a); // one for all, again and again like the cancels themselves
    }
    advance_recovery();
    tell_recovery();
    tell_guards();
    touch_all();
}

Timestamp Engine::wake_at() const {
    if (desk().recovery == Recovery::NotBooted) return never;
    Timestamp at = never;
    for (std::uint32_t i = 0; i < accounts_.capacity; ++i) {
        const AccountIx a{i};
        for (const OrderList kind : {OrderList::Answer, OrderList::Query, OrderList::Cancel}) {
            const std::uint32_t head = list(a, kind).head;
            if (head == no_slot) continue;
            const Timestamp when = order(head).when;
            at = earlier(at, kind == OrderList::Cancel ? when : later(when, query_at(a)));
        }
        at = earlier(at, earlier(reads_due(a), beat_due(a)));
    }
    if (desk().recovery == Recovery::WaitFence) at = earlier(at, desk().fence_at);
    if (desk().recovery != Recovery::Done) at = earlier(at, desk().recovery_tell_at);
    for (std::uint32_t g = 0; g < config_.groups.size(); ++g) {
        const Group& group = store_.at(groups_, g);
        if (group.owed_since == Timestamp{}) continue;
        if (group.hedge_at > now()) at = earlier(at, group.hedge_at);
        if ((group.told & group_told::overdue) == 0) {
            at = earlier(at, overdue_at(GroupIx{g}));
        }
    }
    return later(at, now());
}

} // namespace keel::core
