#include "audit/listings.hpp"

#include <fmt/format.h>

namespace keel::audit {

void ListingRules::on_new_order(const NewOrderSingle& order, bool is_new_risk, Timestamp now) {
    check_stock(order.instrument, order.side, order.cl_ord_id, now);
    const AccountFacts& account = config_->accounts[order.account.value()];
    const VenueFacts& venue = config_->venues[account.venue.value()];
    if (!is_new_risk || !venue.has_heartbeats || accounts_[order.account.value()].was_heard) return;
    log_->add(Rule::BeatsBeforeOrders, now,
              fmt::format("{}: order {}/{} was sent before the venue had accepted a heartbeat",
                          account.name, order.cl_ord_id.epoch(), order.cl_ord_id.counter()));
}

void ListingRules::check_stock(InstrumentIx ix, Side side, ClOrdID id, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[ix.value()];
    if (!instrument.long_only || side != Side::Sell) return;
    const Lots settled = books_->settled(ix) + equity_->unheard(ix, Side::Sell, now);
    if (orders_->most_open(ix, Side::Sell) <= settled) return;
    Lots selling;
    orders_->each_under_way(ix, Side::Sell, now,
                            [&](const SentOrder& sale) { selling += sale.open; });
    if (selling <= settled) return;
    log_->add(Rule::SellsSettledStock, now,
              fmt::format("{}: sales under way may take {} lots with order {}/{}, {} are settled",
                          instrument.name, selling.value(), id.epoch(), id.counter(),
                          settled.value()));
}

void ListingRules::on_heard(const RequestAnswer& answer) {
    if (answer.kind != RequestKind::Heartbeat || answer.outcome != Outcome::Accepted) return;
    if (answer.account.value() < accounts_.size()) {
        accounts_[answer.account.value()].was_heard = true;
    }
}

void ListingRules::on_lease(const LeaseGrant& grant) {
    Life& life = accounts_[grant.account.value()];
    if (life.epoch != grant.epoch) life = {.epoch = grant.epoch, .was_heard = false};
}

} // namespace keel::audit
