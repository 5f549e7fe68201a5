#include "core/engine.hpp"

// The decision hash: over what can still change a command, and nothing else. Without it no two
// interleavings ever meet. Orders are summed up without regard to where they lie or in which order
// they came; ids enter by what they name, deadlines as time left.

namespace keel::core {
namespace {

// Time left or time past, without the clock's own value. Zero stays zero (it means "none").
std::int64_t relative(Timestamp t, Timestamp now) {
    return t == Timestamp{} ? INT64_MIN : (t - now).value();
}

} // namespace

std::uint64_t Engine::decision_hash() const {
    const core::Desk& d = desk();
    const Timestamp t = now();
    Hasher h{3};
    h.add(d.epoch).add(static_cast<std::uint64_t>(d.recovery));
    h.add(std::uint64_t{d.halted} | std::uint64_t{d.winding_down} << 8U |
          std::uint64_t{d.killed} << 16U | std::uint64_t{d.kill_certified} << 24U |
          std::uint64_t{d.outside} << 32U | d.surprises << 40U);
    h.add(d.fill_set);
    if (d.recovery == Recovery::WaitFence) h.add_signed(relative(d.fence_at, t));
    if (config_.limits.max_rounds_without_human < 1'000'000) h.add(d.rounds);

    for (std::uint32_t i = 0; i < config_.instruments.size(); ++i) {
        const InstrumentState& s = store_.at(instruments_, i);
        h.add_signed(s.bid_px.value()).add_signed(s.ask_px.value()).add_signed(s.mark.value());
        const bool stale = s.mark_at + config_.instruments[i].limits.stale_mark < t;
        h.add((stale ? 1U : 0U) | (s.frozen_at == Timestamp{} ? 0U : 2U));
    }
    for (std::uint32_t ix = 0; ix < positions_.capacity; ++ix) {
        const Position& p = store_.at(positions_, ix);
        for (const Lots value :
             {p.filled, p.foreign, p.adjusted, p.assigned, p.claim_buy, p.claim_sell, p.open_buy,
              p.open_sell, p.reduce_buy, p.reduce_sell}) {
            h.add_signed(value.value());
        }
        h.add(p.contra_end == Timestamp{} ? 0U : 1U);
    }
    for (std::uint32_t a = 0; a < accounts_.capacity; ++a) {
        const Account& acct = store_.at(accounts_, a);
        h.add(acct.lease_epoch).add(acct.open_orders).add(acct.flat_evidence);
        h.add_signed(relative(acct.lease_until, t));
        h.add(acct.fills_wanted > acct.fills_through ? 1U : 0U);
        h.add(acct.resync_from == Timestamp{} ? 0U : 1U);
        for (const std::uint8_t link : acct.link) h.add(link);
        for (const ReadState& read : acct.reads) {
            h.add(read.in_flight.is_none() ? 0U : 1U).add(read.rows);
        }
        h.add_signed(acct.available.value()).add_signed(acct.equity.value());
        h.add_signed((acct.reserved_new + acct.reserved_settling + acct.reserved_closing).value());
    }
    for (std::uint32_t g = 0; g < config_.groups.size(); ++g) {
        const Group& group = store_.at(groups_, g);
        h.add(group.attempt).add(group.owed_since == Timestamp{} ? 0U : 1U);
        h.add(group.hedge_at > t ? 1U : 0U);
    }
    for (std::uint32_t i = 0; i < intents_.capacity; ++i) {
        const Intent& it = store_.at(intents_, i);
        h.add_signed(it.want_px.value()).add_signed(it.want_qty.value());
        h.add(it.order == no_slot ? 0U : 1U);
    }
    // Orders as a multiset: each by what it is and what is known of it.
    std::uint64_t orders = 0;
    each_order([&](const Order& o) {
        Hasher one{4};
        one.add(std::uint64_t{o.instrument.value()} << 32U | o.intent);
        one.add(static_cast<std::uint64_t>(o.side) | static_cast<std::uint64_t>(o.tif) << 8U |
                static_cast<std::uint64_t>(o.role) << 16U |
                static_cast<std::uint64_t>(o.status) << 24U | std::uint64_t{o.asked} << 32U |
                static_cast<std::uint64_t>(o.list) << 40U | std::uint64_t{o.flags} << 48U |
                std::uint64_t{o.was_over} << 56U);
        one.add_signed(o.px.value()).add_signed(o.qty.value()).add_signed(o.amend_qty.value());
        one.add_signed(o.cum.value());
        one.add(o.seen_at == Timestamp{} ? 0U : 1U).add(o.fence_at <= t ? 1U : 0U);
        one.add(o.cancel_count < 2 ? o.cancel_count : 2U + o.cancel_count % 2U);
        if (o.list != OrderList::None && o.list != OrderList::Unsettled) {
            one.add_signed(relative(o.when, t));
        }
        legs().each(o, [&](const Leg& leg) {
            one.add(leg.id.is_none() ? 0U : 1U);
            one.add_signed(leg.qty.value()).add_signed(leg.cum.value());
            one.add_signed(leg.busted.value()).add_signed(leg.claim_low.value());
            one.add_signed(leg.claim_high.value()).add_signed(leg.reduced.value());
            one.add(static_cast<std::uint64_t>(leg.end) | std::uint64_t{leg.ends_told} << 8U |
                    std::uint64_t{leg.vouched} << 16U | std::uint64_t{leg.seen} << 24U);
        });
        orders += one.digest();
    });
    h.add(orders);
    return h.digest();
}

} // namespace keel::core
