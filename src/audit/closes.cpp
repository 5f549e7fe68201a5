#include "audit/closes.hpp"

#include <fmt/format.h>

#include "audit/arithmetic.hpp"
#include "base/assert.hpp"

namespace keel::audit {

CloseRules::CloseRules(const AuditorConfig& config, OrderLedger& orders, const EquityRules& equity,
                       ViolationLog& log)
    : config_(&config), orders_(&orders), equity_(&equity), log_(&log),
      is_grouped_(config.instruments.size()), is_first_leg_(config.instruments.size()) {
    for (const GroupFacts& group : config.groups) {
        for (const InstrumentIx member : group.members) is_grouped_[member.value()] = true;
    }
    for (const PairFacts& pair : config.pairs) is_first_leg_[pair.first.value()] = true;
    for (const InstrumentFacts& instrument : config.instruments) {
        const auto worth = worth_of(instrument.tick_size, instrument.lot_size);
        KEEL_ASSERT(worth.has_value(), "an instrument's tick and lot are in range");
        worths_.push_back(*worth);
    }
}

bool CloseRules::is_close(const NewOrderSingle& order, Timestamp now) const {
    if (order.tif != TimeInForce::Ioc) return false;
    if (order.reduce_only != 0) return true;
    return !is_grouped_[order.instrument.value()] &&
           equity_->least_held(order.instrument, order.position_side, order.side, now) > Lots{0};
}

void CloseRules::on_new_order(const NewOrderSingle& order, Timestamp now) {
    check_size(order, now);
    if (!is_close(order, now)) return;
    check_duplicate(order, now);
    closes_.push_back({.cl_ord_id = order.cl_ord_id,
                       .order_id = {},
                       .instrument = order.instrument,
                       .side = order.side,
                       .position_side = order.position_side,
                       .told = {}});
}

// What of it the desk was told. A fill may come without our id; but if all executions of that side
// were told, its own were.
Lots CloseRules::known_cum(const Close& close, const SentOrder& order) const {
    return equity_->untold(close.instrument, close.position_side, close.side) == Lots{0}
               ? order.cum
               : close.told;
}

// Nothing more can come of it, and the desk has evidence for that: it was told of all that it
// executed, and that it ended, or its request can no longer be accepted.
bool CloseRules::is_over(const Close& close, Timestamp now) const {
    const std::uint32_t place = orders_->find(close.cl_ord_id);
    if (place == PlaceIndex::none) return true; // its id left twice: another rule's
    const SentOrder& order = orders_->at(place);
    if (!order.has_ended || order.cum > known_cum(close, order)) return false;
    return close.is_end_told || order.cum >= order.qty || now > order.fence_at;
}

void CloseRules::check_duplicate(const NewOrderSingle& order, Timestamp now) {
    const auto concerns = [&](const Close& close) {
        return close.instrument == order.instrument && close.side == order.side &&
               close.position_side == order.position_side;
    };
    // Asks the venue's book which of them live.
    orders_->each_under_way(order.instrument, order.side, now, [](const SentOrder&) {});
    std::erase_if(closes_,
                  [&](const Close& close) { return concerns(close) && is_over(close, now); });
    Lots open;
    for (const Close& close : closes_) {
        if (!concerns(close)) continue;
        const SentOrder& earlier = orders_->at(orders_->find(close.cl_ord_id));
        open += earlier.qty - known_cum(close, earlier);
    }
    const Lots held = equity_->most_held(order.instrument, order.position_side, order.side, now);
    if (open == Lots{0} || open + order.qty <= held) return;
    log_->add(Rule::NoDuplicateClose, now,
              fmt::format("{}: close {}/{} of {} lots was sent where {} are held, while earlier "
                          "ones may still close {}",
                          config_->instruments[order.instrument.value()].name,
                          order.cl_ord_id.epoch(), order.cl_ord_id.counter(), order.qty.value(),
                          held.value(), open.value()));
}

// `least`: that is held, as far as the desk may know.
void CloseRules::check_venue_size(const NewOrderSingle& order, Lots least, Timestamp now) {
    const std::size_t ix = order.instrument.value();
    const InstrumentFacts& instrument = config_->instruments[ix];
    const Int128 exact =
        static_cast<Int128>(order.px.value()) * order.qty.value() * worths_[ix].top;
    const Int128 worth = floor_div(exact, worths_[ix].bottom);
    const bool is_spared =
        instrument.min_notional_spares_full_close && order.reduce_only != 0 && order.qty >= least;
    const bool is_too_little = worth < instrument.min_notional.value() && !is_spared;
    if (order.qty >= instrument.min_qty && !is_too_little) return;
    log_->add(Rule::NoSizeError, now,
              fmt::format("{}: an order of {} lots worth {}, the venue takes {} or more, worth {}",
                          instrument.name, order.qty.value(), static_cast<std::int64_t>(worth),
                          instrument.min_qty.value(), instrument.min_notional.value()));
}

void CloseRules::check_size(const NewOrderSingle& order, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[order.instrument.value()];
    const Lots least = equity_->least_held(order.instrument, order.position_side, order.side, now);
    if (order.kind == OrdKind::Limit) check_venue_size(order, least, now);
    if (!is_close(order, now) && order.reduce_only == 0) return;
    const Lots most = equity_->most_held(order.instrument, order.position_side, order.side, now);
    if (order.qty > most) {
        log_->add(Rule::NoSizeError, now,
                  fmt::format("{}: order {}/{} is to reduce by {} lots, {} are held",
                              instrument.name, order.cl_ord_id.epoch(), order.cl_ord_id.counter(),
                              order.qty.value(), most.value()));
    }
    // What one order may not hold, a second one closes.
    const bool is_largest = order.qty == instrument.max_order_qty;
    if (!is_first_leg_[order.instrument.value()] || order.qty >= least || is_largest) return;
    log_->add(Rule::NoSizeError, now,
              fmt::format("{}: order {}/{} takes back {} lots of a first leg that has {}",
                          instrument.name, order.cl_ord_id.epoch(), order.cl_ord_id.counter(),
                          order.qty.value(), least.value()));
}

void CloseRules::on_heard(const ExecutionReport& report, bool is_news) {
    for (Close& close : closes_) {
        const bool is_named = report.cl_ord_id == close.cl_ord_id;
        const bool is_its_leg = report.cl_ord_id.is_none() && !close.order_id.is_none() &&
                                report.order_id == close.order_id;
        if (!is_named && !is_its_leg) continue;
        if (close.order_id.is_none()) close.order_id = report.order_id;
        if (report.exec_type == ExecType::Trade && is_news) close.told += report.last_qty;
        if (report.has_cum_qty != 0) close.told = max(close.told, report.cum_qty);
        close.is_end_told = close.is_end_told || report.exec_type == ExecType::Canceled ||
                            report.exec_type == ExecType::Expired ||
                            report.exec_type == ExecType::Rejected;
    }
}

void CloseRules::on_heard(const RequestAnswer& answer) {
    if (answer.kind != RequestKind::New) return;
    for (Close& close : closes_) {
        if (answer.cl_ord_id != close.cl_ord_id) continue;
        if (close.order_id.is_none()) close.order_id = answer.order_id;
        // "You have that one already" is about the repetition, not about the order.
        if (answer.outcome == Outcome::Refused && answer.reason != Reason::DuplicateID) {
            close.is_end_told = true;
        }
    }
}

} // namespace keel::audit
