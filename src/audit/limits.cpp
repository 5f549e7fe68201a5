#include "audit/limits.hpp"

#include <fmt/format.h>

#include "base/assert.hpp"

namespace keel::audit {
namespace {

constexpr Int128 ppm = 1'000'000;

std::int64_t clamp64(Int128 value) {
    return value > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(value);
}

} // namespace

MarkMemory::Range MarkMemory::since(Timestamp from, Timestamp now) const {
    // The market stands until it moves, so the newest quote counts however old it is.
    Range range{twice_mid(), twice_mid()};
    const std::int64_t first = from.ns() / 1'000'000'000;
    const std::int64_t last = now.ns() / 1'000'000'000;
    for (const Bucket& bucket : buckets_) {
        if (bucket.second < first || bucket.second > last) continue;
        if (bucket.low < range.low) range.low = bucket.low;
        if (bucket.high > range.high) range.high = bucket.high;
    }
    return range;
}

LimitRules::LimitRules(const AuditorConfig& config, ViolationLog& log)
    : config_(&config), log_(&log), marks_(config.instruments.size()),
      accounts_(config.accounts.size()) {
    for (const InstrumentFacts& instrument : config.instruments) {
        const auto worth = worth_of(instrument.tick_size, instrument.lot_size);
        KEEL_ASSERT(worth.has_value(), "an instrument's tick and lot are in range");
        worths_.push_back(*worth);
    }
}

void LimitRules::on_lease(const LeaseGrant& grant) {
    AccountState& account = accounts_[grant.account.value()];
    account.epoch = grant.epoch;
    account.lease_until = grant.until;
}

void LimitRules::on_signed(AccountIx account, Timestamp valid_until, std::string_view what,
                           Timestamp now) {
    const Timestamp until = accounts_[account.value()].lease_until;
    const VenueFacts& venue = config_->venues[config_->accounts[account.value()].venue.value()];
    // The venue takes it until its own clock says so. No validity would be for ever.
    const Timestamp taken_until = valid_until + venue.clock_error;
    if (now <= until && valid_until > now && taken_until <= until) return;
    log_->add(Rule::NothingAfterLease, now,
              fmt::format("{}: {} sent at {} ns, acceptable until {} ns, lease ends at {} ns",
                          config_->accounts[account.value()].name, what, now.ns(), taken_until.ns(),
                          until.ns()));
}

void LimitRules::on_new_order(const NewOrderSingle& order, bool is_new_risk, Lots position,
                              Timestamp now) {
    on_signed(order.account, order.valid_until, "a new order", now);
    const InstrumentFacts& instrument = config_->instruments[order.instrument.value()];
    const AccountState& account = accounts_[order.account.value()];
    if (order.cl_ord_id.epoch() != account.epoch) {
        log_->add(Rule::NothingAfterLease, now,
                  fmt::format("{}: an order of epoch {} was sent under epoch {}", instrument.name,
                              order.cl_ord_id.epoch(), account.epoch));
    }
    if (order.reduce_only != 0 && order.tif == TimeInForce::Gtc) {
        check_protection(order, now);
    } else if (order.kind == OrdKind::Limit) { // (others name no price)
        check_collar(order.instrument, order.px, now);
    }
    if (!is_new_risk) return;
    check_size(order.instrument, order.px, order.qty, now);
    check_position(order.instrument, order.side, order.qty, position, now);
    const Int128 cost = cost_of(order.px.value(), order.qty.value(), worth(order.instrument));
    check_flow(order.account, clamp64(cost), now);
}

void LimitRules::on_amend(const OrderCancelReplaceRequest& amend, Side side, Lots adds,
                          Lots position, Timestamp now) {
    on_signed(amend.account, amend.valid_until, "an amend", now);
    check_collar(amend.instrument, amend.px, now);
    check_size(amend.instrument, amend.px, amend.qty, now);
    if (adds <= Lots{0}) return;
    check_position(amend.instrument, side, adds, position, now);
    const Int128 cost = cost_of(amend.px.value(), amend.qty.value(), worth(amend.instrument));
    check_flow(amend.account, clamp64(cost), now);
}

// What the position would be worth if all of this filled, at the lowest mark that the desk may have
// had in mind.
void LimitRules::check_position(InstrumentIx ix, Side side, Lots qty, Lots position,
                                Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[ix.value()];
    const std::int64_t after = position.value() + (side == Side::Buy ? qty.value() : -qty.value());
    const std::int64_t mid2 = marks_[ix.value()].since(now - config_->mark_memory, now).low;
    const Worth& value = worth(ix);
    const Int128 held = floor_div(magnitude(after) * mid2 * value.top, 2 * value.bottom);
    if (instrument.max_position_notional > Money{0} &&
        magnitude(after) > magnitude(position.value()) &&
        held > instrument.max_position_notional.value()) {
        log_->add(Rule::PositionNotionalLimit, now,
                  fmt::format("{}: filled, this order would make {} lots worth {} of at most {}",
                              instrument.name, after, clamp64(held),
                              instrument.max_position_notional.value()));
    }
}

void LimitRules::check_size(InstrumentIx ix, Ticks px, Lots qty, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[ix.value()];
    if (qty <= Lots{0} || px <= Ticks{0} ||
        (instrument.max_order_qty > Lots{0} && qty > instrument.max_order_qty)) {
        log_->add(Rule::OrderQtyLimit, now,
                  fmt::format("{}: an order of {} lots at {}, at most {} are allowed",
                              instrument.name, qty.value(), px.value(),
                              instrument.max_order_qty.value()));
    }
    const Int128 cost = cost_of(px.value(), qty.value(), worth(ix));
    if (instrument.max_order_notional > Money{0} && cost > instrument.max_order_notional.value()) {
        log_->add(Rule::OrderNotionalLimit, now,
                  fmt::format("{}: an order worth {}, at most {} is allowed", instrument.name,
                              clamp64(cost), instrument.max_order_notional.value()));
    }
}

// What waits to reduce may stand far from the mark. A stop is held to its trigger, where it begins
// to trade; a target trades there or better, so it may only be no worse than the mark.
void LimitRules::check_protection(const NewOrderSingle& order, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[order.instrument.value()];
    if (instrument.price_collar <= Bps{0}) return;
    const bool sells = order.side == Side::Sell;
    const MarkMemory::Range range =
        marks_[order.instrument.value()].since(now - config_->mark_memory, now);
    const Int128 from2 = order.trigger_px != Ticks{0} ? 2 * Int128{order.trigger_px.value()}
                         : sells                      ? Int128{range.low}
                                                      : Int128{range.high};
    const Int128 worse2 =
        sells ? from2 - 2 * Int128{order.px.value()} : 2 * Int128{order.px.value()} - from2;
    if ((worse2 - 2) * ppm <= from2 * instrument.price_collar.value()) return;
    log_->add(Rule::PriceCollar, now,
              fmt::format("{}: a protective order at {}, twice where it begins is {}, collar {} of "
                          "1e-6",
                          instrument.name, order.px.value(), static_cast<std::int64_t>(from2),
                          instrument.price_collar.value()));
}

void LimitRules::check_collar(InstrumentIx ix, Ticks px, Timestamp now) {
    const InstrumentFacts& instrument = config_->instruments[ix.value()];
    if (instrument.price_collar <= Bps{0}) return;
    const MarkMemory::Range range = marks_[ix.value()].since(now - config_->mark_memory, now);
    const Int128 collar = instrument.price_collar.value();
    const Int128 px2 = static_cast<Int128>(px.value()) * 2 * ppm;
    // One tick of leeway for the rounding of the edges.
    if (px2 + 2 * ppm < range.low * (ppm - collar) || px2 - 2 * ppm > range.high * (ppm + collar)) {
        log_->add(Rule::PriceCollar, now,
                  fmt::format("{}: an order at {}, twice the mid was {} to {}, collar {} of 1e-6",
                              instrument.name, px.value(), range.low, range.high,
                              instrument.price_collar.value()));
    }
}

void LimitRules::check_flow(AccountIx ix, std::int64_t notional, Timestamp now) {
    AccountState& account = accounts_[ix.value()];
    const AccountFacts& facts = config_->accounts[ix.value()];
    while (!account.last_minute.empty() && account.last_minute.front().at + seconds(60) <= now) {
        account.minute_notional -= account.last_minute.front().notional;
        account.last_minute.pop_front();
        if (account.last_second_from > 0) --account.last_second_from;
    }
    account.last_minute.push_back({now, notional});
    account.minute_notional += notional;
    while (account.last_minute[account.last_second_from].at + seconds(1) <= now) {
        ++account.last_second_from;
    }
    const std::size_t in_second = account.last_minute.size() - account.last_second_from;
    if (facts.max_orders_per_second > 0 && in_second > facts.max_orders_per_second) {
        log_->add(Rule::OrderRateLimit, now,
                  fmt::format("{}: {} new orders or amends within a second, at most {} are allowed",
                              facts.name, in_second, facts.max_orders_per_second));
    }
    if (facts.max_notional_per_minute > Money{0} &&
        account.minute_notional > facts.max_notional_per_minute.value()) {
        log_->add(Rule::NotionalPerMinute, now,
                  fmt::format("{}: {} sent within a minute, at most {} is allowed", facts.name,
                              account.minute_notional, facts.max_notional_per_minute.value()));
    }
}

} // namespace keel::audit
