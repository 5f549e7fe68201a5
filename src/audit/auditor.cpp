#include "audit/auditor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace keel::audit {
namespace {

template <class... Lambdas> struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};

} // namespace

Auditor::Auditor(AuditorConfig config, const Books& books)
    : config_(std::make_shared<const AuditorConfig>(std::move(config))), books_(&books),
      log_(config_->violations_kept), limits_(*config_, log_), orders_(*config_, books, log_),
      exposure_(*config_, orders_, limits_, log_), equity_(*config_, books, limits_, log_),
      protection_(*config_, orders_, books, log_), closes_(*config_, orders_, equity_, log_),
      listings_(*config_, orders_, equity_, books, log_),
      pairs_(*config_, books, orders_, equity_) {
    tally_.by_group.resize(config_->groups.size());
}

Auditor::Auditor(const Auditor& other)
    : config_(other.config_), books_(other.books_), log_(other.log_), limits_(other.limits_),
      orders_(other.orders_), exposure_(other.exposure_), equity_(other.equity_),
      protection_(other.protection_), closes_(other.closes_), listings_(other.listings_),
      pairs_(other.pairs_), tally_(other.tally_), next_books_(other.next_books_),
      next_forget_(other.next_forget_) {
    look_at(*books_);
}

Auditor& Auditor::operator=(const Auditor& other) {
    if (this == &other) return *this;
    config_ = other.config_;
    log_ = other.log_;
    limits_ = other.limits_;
    orders_ = other.orders_;
    exposure_ = other.exposure_;
    equity_ = other.equity_;
    protection_ = other.protection_;
    closes_ = other.closes_;
    listings_ = other.listings_;
    pairs_ = other.pairs_;
    tally_ = other.tally_;
    next_books_ = other.next_books_;
    next_forget_ = other.next_forget_;
    look_at(*other.books_);
    return *this;
}

void Auditor::look_at(const Books& books) {
    books_ = &books;
    limits_.write_to(log_);
    orders_.look_at(books, log_);
    exposure_.look_at(orders_, limits_, log_);
    equity_.look_at(books, limits_, log_);
    protection_.look_at(orders_, books, log_);
    closes_.look_at(orders_, equity_, log_);
    listings_.look_at(orders_, equity_, books, log_);
    pairs_.look_at(books, orders_, equity_);
}

void Auditor::on_command(const CommandBody& command, Timestamp now) {
    std::visit(Overloaded{
                   [&](const NewOrderSingle& order) { on_new_order(order, now); },
                   [&](const OrderCancelRequest& cancel) {
                       ++tally_.cancels_sent;
                       limits_.on_signed(cancel.account, cancel.valid_until, "a cancel", now);
                       orders_.on_cancel(cancel.cl_ord_id, now);
                   },
                   [&](const OrderCancelReplaceRequest& amend) { on_amend(amend, now); },
                   [&](const OrderMassCancelRequest& cancel) {
                       ++tally_.cancels_sent;
                       limits_.on_signed(cancel.account, cancel.valid_until, "a mass cancel", now);
                   },
                   [](const OrderStatusRequest&) {},
                   [](const ReadRequest&) {},
                   [](const Heartbeat&) {},
                   [](const Alarm&) {},
                   [&](const Notice& notice) { pairs_.on_notice(notice); },
               },
               command);
}

void Auditor::on_new_order(const NewOrderSingle& order, Timestamp now) {
    KEEL_ASSERT(order.instrument.value() < config_->instruments.size() &&
                    order.account.value() < config_->accounts.size(),
                "an order names an instrument and an account of the desk");
    const bool is_second_leg = exposure_.is_second_leg(order, now);
    const bool is_hedge = exposure_.is_hedge(order) && !is_second_leg;
    const bool is_new_risk = !is_hedge && order.reduce_only == 0;
    ++tally_.orders_sent;
    if (is_hedge) ++tally_.hedges_sent;
    limits_.on_new_order(
        order, is_new_risk,
        equity_.position_for(order.side, order.instrument, order.position_side, now), now);
    protection_.on_new_order(
        order, equity_.is_known_flat(order.instrument, order.position_side, now), now);
    closes_.on_new_order(order, now);
    const std::uint32_t place = orders_.add(order, is_hedge, now);
    if (place == PlaceIndex::none) return;
    pairs_.on_new_order(order);
    listings_.on_new_order(order, is_new_risk, now);
    check_live_quotes(order, is_hedge, now);
    if (exposure_.is_reduction(order) && !is_second_leg) exposure_.on_reduction(place, now);
    if (!is_new_risk) return;
    exposure_.on_new_risk(order, now);
    check_open_orders(order, now);
}

void Auditor::on_amend(const OrderCancelReplaceRequest& amend, Timestamp now) {
    const std::uint32_t place = orders_.find(amend.cl_ord_id);
    Side side = Side::Buy;
    PositionSide position_side = PositionSide::Net;
    Lots adds;
    if (place != PlaceIndex::none) {
        const SentOrder& order = orders_.at(place);
        const VenueIx venue = config_->instruments[amend.instrument.value()].venue;
        const bool is_total = config_->venues[venue.value()].amend_qty == AmendQty::Total;
        const bool asks_less = is_total && amend.px == order.px && amend.qty <= order.qty;
        side = order.side;
        position_side = order.position_side;
        if (!asks_less) adds = is_total ? amend.qty - order.cum : amend.qty;
    }
    limits_.on_amend(amend, side, adds,
                     equity_.position_for(side, amend.instrument, position_side, now), now);
    orders_.on_amend(amend, now);
    listings_.on_amend(amend, side, now);
}

// Those on their way count: they are open as soon as they arrive.
void Auditor::check_open_orders(const NewOrderSingle& order, Timestamp now) {
    const AccountFacts& facts = config_->accounts[order.account.value()];
    if (facts.max_open_orders == 0) return;
    const auto each_lane = [&](auto&& visit) {
        for (std::size_t i = 0; i < config_->instruments.size(); ++i) {
            if (config_->instruments[i].account != order.account) continue;
            for (const Side side : {Side::Buy, Side::Sell}) {
                visit(InstrumentIx{static_cast<std::uint32_t>(i)}, side);
            }
        }
    };
    std::uint32_t most = 0;
    each_lane([&](InstrumentIx ix, Side side) { most += orders_.most_under_way(ix, side); });
    if (most <= facts.max_open_orders) return;
    std::uint32_t under_way = 0; // this one among them
    each_lane([&](InstrumentIx ix, Side side) {
        orders_.each_under_way(ix, side, now, [&](const SentOrder&) { ++under_way; });
    });
    if (under_way <= facts.max_open_orders) return;
    log_.add(Rule::OpenOrdersLimit, now,
             fmt::format("{}: this order makes {} open ones, at most {} are allowed", facts.name,
                         under_way, facts.max_open_orders));
}

// Those that take at once, and were meant to, are counted by themselves. Orders name no level, but
// the levels of a ladder stand behind each other: two at one price are two of one level, unless the
// other one is asked to go, or was amended (the venue knows where that one stands).
void Auditor::check_live_quotes(const NewOrderSingle& order, bool is_hedge, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[order.instrument.value()];
    const auto is_quote = [&](bool reduce_only, bool post_only) {
        return !reduce_only || (post_only && instrument.reductions_quote);
    };
    if (is_hedge || !is_quote(order.reduce_only != 0, order.post_only != 0)) return;
    const auto is_meant_to_take = [&](TimeInForce tif) {
        return instrument.takes_only_ioc && tif == TimeInForce::Ioc;
    };
    const bool takes = is_meant_to_take(order.tif);
    const std::uint32_t most =
        takes ? std::min(instrument.live_quotes_per_side, 1U) : instrument.live_quotes_per_side;
    if (most == 0) return;
    std::uint32_t live = 0; // this one among them
    ClOrdID other;
    ClOrdID at_its_price;
    orders_.each_under_way(order.instrument, order.side, now, [&](const SentOrder& one) {
        if (is_meant_to_take(one.tif) != takes || !is_quote(one.reduce_only, one.post_only)) return;
        ++live;
        if (one.cl_ord_id == order.cl_ord_id) return;
        other = one.cl_ord_id;
        const bool stays = !one.is_amended && now < one.cancel_sent_at;
        if (stays && one.px == order.px) at_its_price = one.cl_ord_id;
    });
    const bool is_too_many = live > most;
    if (!is_too_many && at_its_price.is_none()) return;
    if (!is_too_many) other = at_its_price;
    log_.add(Rule::NoTwoLiveForOneIntent, now,
             fmt::format("{}: quote {}/{} to {} was sent while {}/{} may still execute: {}",
                         instrument.name, order.cl_ord_id.epoch(), order.cl_ord_id.counter(),
                         to_string(order.side), other.epoch(), other.counter(),
                         is_too_many ? fmt::format("{} at once", live) : "both at one price"));
}

// What had been executed is taken back, and its order has executed it all the same, unless that
// rests again.
void Auditor::on_failure(const sim::TrueFill& fill) {
    const std::uint32_t place = orders_.find(fill.cl_ord_id);
    if (fill.rests_again && place != PlaceIndex::none) orders_.on_return(place, fill.qty);
    const Lots before = equity_.position(fill.instrument);
    const Int128 cash_before = equity_.cash(fill.instrument);
    equity_.on_failure(fill);
    pairs_.on_fill(fill.instrument, cash_before);
    sim::TrueFill back = fill;
    back.side = opposite(fill.side);
    protection_.on_fill(back, PlaceIndex::none, before, equity_.position(fill.instrument));
    exposure_.on_failure(fill, place);
}

void Auditor::on_fill(const sim::TrueFill& fill) {
    KEEL_ASSERT(fill.instrument.value() < config_->instruments.size(),
                "an execution names an instrument of the desk");
    if (fill.is_taken_back) return on_failure(fill);
    if (!fill.is_ours) {
        const Timestamp known_by =
            fill.at + (fill.is_told ? config_->hearing_bound : config_->silence_bound);
        ++tally_.outside;
        const Lots before = equity_.position(fill.instrument, fill.position_side);
        const Int128 cash_before = equity_.cash(fill.instrument);
        equity_.on_outside(fill, known_by);
        pairs_.on_fill(fill.instrument, cash_before);
        protection_.on_fill(fill, PlaceIndex::none, before,
                            equity_.position(fill.instrument, fill.position_side));
        exposure_.on_outside(fill, known_by);
        return;
    }
    const std::uint32_t place = orders_.on_fill(fill);
    const bool reduce_only = place != PlaceIndex::none && orders_.at(place).reduce_only;
    const Lots before = equity_.position(fill.instrument, fill.position_side);
    const Int128 cash_before = equity_.cash(fill.instrument);
    equity_.on_fill(fill, reduce_only);
    pairs_.on_fill(fill.instrument, cash_before);
    protection_.on_fill(fill, place, before, equity_.position(fill.instrument, fill.position_side));
    exposure_.on_fill(fill, place);

    if (fill.kind != OrdKind::Limit) return; // what is merged or redeemed is no trade
    const auto count = [&](Tally::Fills& fills, bool is_hedge) {
        ++(is_hedge ? fills.hedge : fill.is_maker ? fills.maker : fills.other);
    };
    const GroupIx group = exposure_.group_of(fill.instrument);
    const bool is_hedge = place != PlaceIndex::none && orders_.at(place).is_hedge;
    count(tally_.fills, is_hedge);
    if (!group.is_none()) count(tally_.by_group[group.value()], is_hedge);
}

void Auditor::check_books(Timestamp now) {
    next_books_ = now + config_->books_every;
    equity_.check_books(now);
    exposure_.on_time(now);
    protection_.on_time(now);
    if (now >= next_forget_) forget(now);
}

// A run may be long: what can no longer break a rule takes no room.
void Auditor::forget(Timestamp now) {
    next_forget_ = now + config_->orders_kept;
    orders_.forget([&](ClOrdID id) { return closes_.wants(id) || pairs_.wants(id); }, now);
    exposure_.forget(orders_.oldest_under_way(), now);
}

void Auditor::at_stop(Timestamp now) {
    orders_.at_end(now);
    check_books(now);
}

void Auditor::at_end(const DeskBelief& belief, Timestamp now) {
    at_stop(now);
    exposure_.at_end(config_->must_end_flat, now);
    for (std::size_t i = 0; i < config_->instruments.size(); ++i) {
        for (const PositionSide side : position_sides) {
            check_position_at_end(InstrumentIx{static_cast<std::uint32_t>(i)}, side, belief, now);
        }
    }
    for (std::size_t a = 0; a < config_->accounts.size(); ++a) {
        const AccountIx ix{static_cast<std::uint32_t>(a)};
        const std::uint32_t open = books_->open_orders(ix);
        if (open > 0) {
            log_.add(Rule::EndsFlat, now,
                     fmt::format("{}: ends with {} open orders", config_->accounts[a].name, open));
        }
        if (a < belief.open_orders.size() && belief.open_orders[a] != open) {
            log_.add(Rule::DeskAgreesWithVenue, now,
                     fmt::format("{}: the desk believes in {} open orders, the venue in {}",
                                 config_->accounts[a].name, belief.open_orders[a], open));
        }
    }
}

// So little that nobody can close it, nor merge nor redeem it.
bool Auditor::is_residue(InstrumentIx instrument, Lots held) const {
    const InstrumentFacts& facts = config_->instruments[instrument.value()];
    if (!facts.leaves_residue || abs(held) >= facts.min_qty) return false;
    if (books_->resolved_to(instrument)) return false;
    return facts.complement.is_none() ||
           books_->position(facts.complement, PositionSide::Net) == Lots{0};
}

void Auditor::check_position_at_end(InstrumentIx instrument, PositionSide side,
                                    const DeskBelief& belief, Timestamp now) {
    const Lots held = books_->position(instrument, side);
    if (config_->must_end_flat && held != Lots{0} && !is_residue(instrument, held)) {
        log_.add(Rule::EndsFlat, now,
                 fmt::format("{}: ends with a position of {} lots{}",
                             config_->instruments[instrument.value()].name, held.value(),
                             position_suffix(side)));
    }
    if (instrument.value() >= belief.positions.size()) return;
    const Lots believed = belief.positions[instrument.value()][static_cast<std::size_t>(side)];
    equity_.check_belief(instrument, side, believed, now);
}

Tally Auditor::tally() const {
    Tally out = tally_;
    out.fills_while_cancel_pending = orders_.fills_while_cancel_pending();
    out.hedges_partly_filled = orders_.hedges_partly_filled();
    return out;
}

} // namespace keel::audit
