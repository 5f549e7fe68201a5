#include "core/order.hpp"

namespace keel::core {
namespace {

OrdStatus ended_status(LegEnd end) {
    switch (end) {
    case LegEnd::Rejected: return OrdStatus::Rejected;
    case LegEnd::Expired: return OrdStatus::Expired;
    // Once seen, then gone without a record: closed, with a quantity that a fill read must tell.
    case LegEnd::NotFound:
    case LegEnd::Replaced:
    case LegEnd::Canceled: return OrdStatus::Canceled;
    case LegEnd::Filled: return OrdStatus::Filled;
    case LegEnd::Open: break;
    }
    KEEL_ASSERT(false, "an ended order has an ended leg");
}

} // namespace

Derived derive(const Order& order, const Legs& legs, AmendQty dialect) {
    Derived out;
    const bool amending = (order.asked & pending::amend) != 0;
    bool any_open = false;
    bool any_seen = false;
    bool complete = true;
    Lots known; // ever executed, as fills
    LegEnd end = LegEnd::Open;
    Lots left; // what legs might still do, leg by leg
    legs.each(order, [&](const Leg& leg) {
        const Lots leg_done = done(leg);
        out.done += leg_done;
        known += gross(leg);
        out.certain += leg_done - gross(leg);
        any_seen = any_seen || leg.seen != 0;
        if (is_over(leg)) {
            // A replaced leg says nothing about the order; a later one does.
            if (leg.end != LegEnd::Replaced || end == LegEnd::Open) end = join(end, leg.end);
            if (end == LegEnd::Replaced && leg.end != LegEnd::Replaced) end = leg.end;
            complete = complete && is_complete(leg);
        } else {
            any_open = true;
        }
        if (leg.vouched == 0) left += max(leg.qty - leg.reduced - leg_done, Lots{0});
        const std::uint8_t ends = leg.ends_told;
        if ((ends & bit(LegEnd::Rejected)) != 0) {
            if (leg_done > Lots{0}) out.contradictions |= contradiction::fill_after_reject;
            if ((ends & ~bit(LegEnd::Rejected)) != 0) {
                out.contradictions |= contradiction::two_ends;
            }
        }
        if (leg.vouched != 0 && gross(leg) > leg.claim_high) {
            out.contradictions |= contradiction::beyond_final;
        }
    });
    const Lots total = max(order.qty, order.amend_qty);
    if (out.done > total) out.contradictions |= contradiction::overfill;

    if (dialect == AmendQty::Total && !amending && order.qty > Lots{0} && out.done >= order.qty) {
        any_open = false; // all legs share the total, and it is done
        complete = complete || known >= order.qty;
    }
    out.over = !any_open && !amending;
    out.complete = out.over && complete;
    // What may still happen. Under the Total dialect all legs share one total; elsewhere each leg
    // stands for itself, and an unanswered amend may add one more.
    switch (dialect) {
    case AmendQty::Total:
        if (legs.first(order).next != no_slot || amending) {
            left = max(total - out.done, Lots{0});
            if (out.over && complete) left = Lots{0};
        }
        break;
    case AmendQty::Remaining:
        if (amending) left = max(left, max(order.amend_qty - out.done, Lots{0}));
        break;
    case AmendQty::Replacement:
        if (amending) left += max(order.amend_qty - known, Lots{0});
        break;
    }
    out.open = left;

    if (out.done >= order.qty && order.qty > Lots{0}) {
        out.status = OrdStatus::Filled;
    } else if (!any_open && end != LegEnd::Open && end != LegEnd::Replaced) {
        out.status = ended_status(end);
    } else if (!any_open && end == LegEnd::Replaced && !amending) {
        out.status = OrdStatus::Canceled;
    } else if (out.done > Lots{0}) {
        out.status = OrdStatus::PartiallyFilled;
    } else {
        out.status = any_seen ? OrdStatus::New : OrdStatus::PendingNew;
    }
    return out;
}

} // namespace keel::core
