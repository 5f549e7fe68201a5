#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/store.hpp"
#include "core/order_life.hpp"
#include "core/state.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "model/venue.hpp"

// An order as facts: joining them, and everything derived from them. Law 2 of the design: the order
// of arrival cannot matter, because every function below reads facts and none reads history.

namespace keel::core {

// Counters run on by one: multiples of the golden ratio keep such from meeting in a table.
[[nodiscard]] constexpr std::uint64_t cl_ord_id_hash(ClOrdID id) {
    return id.packed() * 0x9e3779b97f4a7c15ULL;
}
[[nodiscard]] constexpr std::uint64_t order_id_hash(AccountIx account, const OrderID& id) {
    return scramble(id.lo ^ scramble(id.hi + account.value()));
}

// The legs of an order: the one inside its slot, then the chained ones, oldest first.
class Legs {
public:
    Legs(const Store& store, Arena<Leg> arena) : store_(&store), arena_(arena) {}
    [[nodiscard]] const Leg& first(const Order& order) const { return order.leg; }
    [[nodiscard]] const Leg* next(const Leg& leg) const {
        return leg.next == no_slot ? nullptr : &store_->at(arena_, leg.next);
    }
    template <class Visit> void each(const Order& order, Visit&& visit) const {
        for (const Leg* leg = &order.leg; leg != nullptr; leg = next(*leg)) visit(*leg);
    }
    [[nodiscard]] const Leg& last(const Order& order) const {
        const Leg* leg = &order.leg;
        while (const Leg* more = next(*leg)) leg = more;
        return *leg;
    }
    // How many there are beside the first.
    [[nodiscard]] std::uint32_t further(const Order& order) const {
        std::uint32_t count = 0;
        for (const Leg* leg = next(order.leg); leg != nullptr; leg = next(*leg)) ++count;
        return count;
    }
    // Of what is executed, what may still fail.
    [[nodiscard]] Lots settling(const Order& order) const {
        Lots sum;
        each(order, [&](const Leg& leg) { sum += leg.settling; });
        return sum;
    }
    // The newest leg that the venue is known to hold, or the first.
    [[nodiscard]] const Leg& current(const Order& order) const {
        const Leg* current = &order.leg;
        for (const Leg* leg = next(*current); leg != nullptr; leg = next(*leg)) {
            if (!is_asked(*leg)) current = leg;
        }
        return *current;
    }
    // What an unanswered amend asked for, where that may be a leg of its own; or null.
    [[nodiscard]] const Leg* asked(const Order& order) const {
        const Leg* leg = next(order.leg);
        while (leg != nullptr && !is_asked(*leg)) leg = next(*leg);
        return leg;
    }
    // Of a further leg: asked for, and no evidence yet that the venue made it.
    [[nodiscard]] static bool is_asked(const Leg& leg) { return leg.id.is_none() && leg.seen == 0; }
    [[nodiscard]] const Leg* find(const Order& order, const OrderID& id) const {
        for (const Leg* leg = &order.leg; leg != nullptr; leg = next(*leg)) {
            if (leg->id == id) return leg;
        }
        return nullptr;
    }

private:
    const Store* store_;
    Arena<Leg> arena_;
};

// Ever executed on a leg, as far as fills are known; busts do not reopen an order.
constexpr Lots gross(const Leg& leg) { return leg.cum + leg.busted; }
// Known or told: the least that was certainly executed on a leg. Claims are read as gross.
constexpr Lots done(const Leg& leg) { return max(gross(leg), leg.claim_low); }
// The most that was told: a venue that lowers its claim after a bust does not reopen the order.
constexpr Lots told(const Leg& leg) {
    return max(max(gross(leg), leg.claimed), leg.vouched != 0 ? leg.claim_high : Lots{0});
}
[[nodiscard]] constexpr bool is_settled(const Order& o) {
    return o.list == OrderList::Settling || o.list == OrderList::Settled;
}
// What a fill of it had executed may be back in the book when that fails, and nobody says so.
[[nodiscard]] constexpr bool rests_again_on_failure(const Instrument& spec, const Order& o) {
    return spec.settles_late && o.tif != TimeInForce::Ioc;
}
// A fill of it failed, and until the venue is known to hold nothing of it, that may rest again.
constexpr bool is_returned(const Leg& leg) { return (leg.ends_told & returned_bit) != 0; }
constexpr Lots returned(const Leg& leg) { return is_returned(leg) ? leg.busted : Lots{0}; }
// Ends that only the venue can tell: what has come to one of them never rests again.
constexpr std::array told_ends{LegEnd::Replaced, LegEnd::Canceled, LegEnd::Expired,
                               LegEnd::Rejected};
constexpr bool is_told_over(const Leg& leg) {
    return std::ranges::any_of(told_ends, [&](LegEnd end) {
        return (leg.ends_told & (1U << static_cast<unsigned>(end))) != 0;
    });
}
// Of its quantity, what the venue took off.
constexpr Lots taken_off(const Leg& leg) {
    return (leg.seen & leg_seen::net_qty) != 0 ? Lots{0} : leg.reduced;
}
// Its quantity is known, so that it can be full.
constexpr bool has_qty(const Leg& leg) {
    return leg.qty > Lots{0} && (leg.seen & leg_seen::guessed) == 0;
}
// Nothing more can happen on it, as far as is known (late fills of the past may still be told).
constexpr bool is_over(const Leg& leg) {
    return leg.end != LegEnd::Open ||
           (has_qty(leg) && told(leg) - returned(leg) + taken_off(leg) >= leg.qty);
}
constexpr bool is_rejected(const Leg& leg) {
    return (leg.ends_told & (1U << static_cast<unsigned>(LegEnd::Rejected))) != 0;
}
// What is known or was told to be executed is more than the venue vouched for in the end. (Whether
// a final quantity contains what was busted is not known.)
constexpr bool is_beyond_final(const Leg& leg) {
    return leg.vouched != 0 &&
           (leg.cum > leg.claim_low || leg.claimed > leg.claim_low + leg.busted);
}
// The venue vouched for one final quantity, and nothing that is known speaks against it.
constexpr bool is_vouch_good(const Leg& leg) {
    return leg.vouched != 0 && leg.claim_low == leg.claim_high && !is_beyond_final(leg) &&
           !(is_rejected(leg) && told(leg) > Lots{0});
}
// Its fills are complete without reading: as many as the venue vouched for (a final quantity may or
// may not contain what was busted, so busts do not count towards it), or it is full.
constexpr bool is_complete(const Leg& leg) {
    return (is_vouch_good(leg) && leg.cum >= leg.claim_low) ||
           (has_qty(leg) && gross(leg) - returned(leg) + taken_off(leg) >= leg.qty);
}
// What it might still execute beyond done(), while its fills are not complete.
constexpr Lots may_still(const Leg& leg) {
    if (is_vouch_good(leg)) {
        const Lots told_only = done(leg) - gross(leg);
        return max(leg.claim_high - leg.cum - told_only, Lots{0});
    }
    // A venue may work what was busted again, as long as the order lives.
    return max(leg.qty - taken_off(leg) - done(leg) + leg.busted, Lots{0});
}

// What a fact contradicts, as a set. Derived from facts, so the order of arrival cannot matter.
namespace contradiction {
constexpr std::uint8_t fill_after_reject = 1; // rejected orders never trade
constexpr std::uint8_t two_ends = 2;          // rejected, and ended some other way
constexpr std::uint8_t overfill = 4;          // more than was ordered
constexpr std::uint8_t beyond_final = 8;      // more fills than a vouched final quantity
constexpr std::uint8_t unasked_leg = 16;      // more venue ids than amends were asked
constexpr std::uint8_t amend_both_ways = 32;  // the newest amend was refused, and took effect
// Told again when the order has executed more.
constexpr std::uint8_t told_per_fill = fill_after_reject | overfill | beyond_final;
} // namespace contradiction
// Beside them. What the newest amend that took effect made of the order no report with a version
// has told: what a report shows may be older than that, and so no sign of the next one.
constexpr std::uint8_t amend_untold = 64;
// The newest read since the newest amend was asked shows its effect: of an accepted one, how large
// the order is.
constexpr std::uint8_t amend_was_read = 128;

struct Derived {
    OrdStatus status = OrdStatus::PendingNew;
    bool over = false;     // all legs are, and no amend is unanswered
    bool complete = false; // over, and every fill is known without a read
    bool returned = false; // not over, and what had been executed of it may rest again
    Lots done;             // known or told over all legs, at least
    Lots certain;          // told, but the fills are not here: adds to the position's claims
    Lots open;             // what it might still do beyond that, while not settled
    Lots resting;          // of that, on legs that have not ended
    std::uint8_t contradictions = 0;
    bool operator==(const Derived&) const = default;
};

// Everything derived from the facts of an order, in one pass.
[[nodiscard]] Derived derive_in_full(const Order& order, const Legs& legs,
                                     const VenueTraits& venue);

// Most orders most of the time: one leg, never amended, nothing taken off, no end told. What
// derive_in_full() says of these, in a few comparisons (a test holds the two to one answer).
[[nodiscard]] inline Derived derive(const Order& order, const Legs& legs,
                                    const VenueTraits& venue) {
    const Leg& leg = order.leg;
    const bool is_plain = leg.next == no_slot && leg.ends_told == 0 && leg.vouched == 0 &&
                          leg.end == LegEnd::Open && order.amend_no == 0 && has_qty(leg) &&
                          leg.qty == order.qty && leg.busted == Lots{0} && leg.reduced == Lots{0};
    if (!is_plain) return derive_in_full(order, legs, venue);
    Derived out;
    const Lots told = max(leg.cum, leg.claimed);
    out.done = max(leg.cum, leg.claim_low);
    out.certain = out.done - leg.cum;
    out.over = told >= leg.qty;
    out.complete = leg.cum >= leg.qty;
    if (!out.over) out.resting = leg.qty - told;
    if (!out.complete) out.open = max(leg.qty - out.done, Lots{0});
    if (told > leg.qty) out.contradictions = contradiction::overfill;
    if (out.over) {
        out.status = OrdStatus::Filled;
    } else if (told > Lots{0}) {
        out.status = OrdStatus::PartiallyFilled;
    } else {
        out.status = leg.seen != 0 ? OrdStatus::New : OrdStatus::PendingNew;
    }
    return out;
}

[[nodiscard]] constexpr std::uint8_t bit(LegEnd end) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(end));
}

// Joins one more end into a leg's facts.
[[nodiscard]] constexpr LegEnd join(LegEnd a, LegEnd b) { return a < b ? b : a; }

} // namespace keel::core
