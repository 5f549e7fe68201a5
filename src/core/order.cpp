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

// What the legs say, each for itself, and their sums.
struct Sum {
    Lots done;
    Lots told;
    Lots known; // ever executed, as fills
    Lots busted;
    Lots returned; // of that, what may rest again
    Lots claimed_max;
    Lots reduced;
    Lots left; // what they might still execute
    Lots qty_max;
    Lots full; // what they can have executed in all
    LegEnd end = LegEnd::Open;
    std::uint32_t legs = 0;
    bool any_open = false;
    bool any_seen = false;
    bool complete = true;
    Lots asked; // of an unanswered amend that may be a leg of its own
};

// The most that can be true of it.
Lots can_execute(const Leg& leg) {
    if (is_rejected(leg)) return Lots{0};
    return is_vouch_good(leg) ? leg.claim_high : leg.qty;
}

std::uint8_t contradictions_of(const Leg& leg) {
    std::uint8_t out = 0;
    if (is_rejected(leg)) {
        if (told(leg) > Lots{0}) out |= contradiction::fill_after_reject;
        // (That an amend replaced it is concluded, not told of it.)
        const unsigned other_ends = leg.ends_told & ~(unsigned{bit(LegEnd::Rejected)} |
                                                      bit(LegEnd::Replaced) | returned_bit);
        if (other_ends != 0) out |= contradiction::two_ends;
    }
    if (is_beyond_final(leg)) out |= contradiction::beyond_final;
    return out;
}

Sum sum_of(const Order& order, const Legs& legs, Derived& out) {
    Sum sum;
    legs.each(order, [&](const Leg& leg) {
        if (&leg != &order.leg && Legs::is_asked(leg)) {
            sum.asked = leg.qty;
            return;
        }
        ++sum.legs;
        sum.done += done(leg);
        sum.told += told(leg) - returned(leg);
        sum.known += gross(leg);
        sum.returned += returned(leg);
        sum.busted += leg.busted;
        sum.claimed_max = max(sum.claimed_max, leg.claimed);
        sum.reduced += leg.reduced;
        sum.qty_max = max(sum.qty_max, leg.qty);
        sum.full += can_execute(leg);
        sum.any_seen = sum.any_seen || leg.seen != 0;
        if (is_over(leg)) {
            // A replaced leg says nothing about how the order ended.
            if (leg.end != LegEnd::Replaced) sum.end = join(sum.end, leg.end);
        } else {
            sum.any_open = true;
            out.resting += leg.qty - taken_off(leg) - told(leg) + returned(leg);
        }
        if (!is_complete(leg)) {
            sum.complete = false;
            sum.left += may_still(leg);
        }
        out.contradictions |= contradictions_of(leg);
    });
    return sum;
}

} // namespace

Derived derive_in_full(const Order& order, const Legs& legs, const VenueTraits& venue) {
    Derived out;
    const AmendQty dialect = venue.amend_qty;
    const bool amending = (order.asked & pending::amend) != 0;
    Sum sum = sum_of(order, legs, out);
    out.done = sum.done;
    out.certain = sum.done - sum.known;
    const Lots total = amending ? max(order.qty, order.amend_qty) : order.qty;
    // Who answered an amend without a quantity may have executed more before it took effect: what
    // stood before is then the most that can be true (FIX D12). Where an amend asks for what shall
    // rest, what was executed before it took effect comes on top (SC-03): each leg may be full.
    const Lots full = sum.full + (amending ? sum.asked : Lots{0});
    const Lots most = max(total, dialect == AmendQty::Total ? sum.qty_max : full);
    const Lots net = sum.known - sum.busted;
    if (net > most || sum.claimed_max > max(most, sum.qty_max) ||
        (order.amend_no == 0 && net + sum.reduced > most)) {
        out.contradictions |= contradiction::overfill;
    }
    const std::uint32_t legs_max = venue.amend_keeps_order_id ? 1U : 1U + order.amend_no;
    if (sum.legs > legs_max && order.role != Role::Recovered) {
        out.contradictions |= contradiction::unasked_leg;
    }
    const bool took_effect = order.amend_qty == Lots{0} || (order.leg.seen & leg_seen::accepted);
    if ((order.leg.seen & leg_seen::refused) != 0 && took_effect) {
        out.contradictions |= contradiction::amend_both_ways;
    }
    // (Of a recovered order nobody may have told how much was ordered.)
    const bool has_total = order.role == Role::Recovered ? has_qty(order.leg) : order.qty > Lots{0};
    if (dialect == AmendQty::Total && !amending && has_total && sum.told >= order.qty) {
        sum.any_open = false; // all legs share the total, and it is done
        sum.complete = sum.complete || (sum.known - sum.returned >= order.qty && most == order.qty);
    }
    out.over = !sum.any_open && !amending;
    out.complete = out.over && sum.complete;
    out.returned = !out.over && sum.returned > Lots{0};

    // What may still happen. Under the Total dialect all legs share one total; elsewhere each leg
    // stands for itself, and an unanswered amend may add what it asked for to whatever is executed
    // before it takes effect.
    if (dialect == AmendQty::Total) {
        // (What the venue took off counts leg by leg: before or after an amend, it does not say.)
        const Lots shared = sum.told > order.qty && !amending ? most : total;
        const Lots left = max(shared - sum.done + sum.busted, Lots{0});
        out.open = amending ? left : min(sum.left, left);
    } else {
        out.open = sum.left + (amending ? sum.asked : Lots{0});
    }
    if (out.complete) out.open = Lots{0};

    if (out.over && sum.told >= order.qty && order.qty > Lots{0}) {
        out.status = OrdStatus::Filled;
    } else if (out.over) {
        // Only an order that never rested is Rejected; one that was cut down to nothing is
        // Canceled.
        const bool rested = sum.legs > 1 || sum.end == LegEnd::Open;
        out.status =
            rested && sum.end <= LegEnd::Rejected ? OrdStatus::Canceled : ended_status(sum.end);
    } else if (sum.told > sum.busted) {
        out.status = OrdStatus::PartiallyFilled;
    } else {
        out.status = sum.any_seen ? OrdStatus::New : OrdStatus::PendingNew;
    }
    return out;
}

} // namespace keel::core
