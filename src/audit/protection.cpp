#include "audit/protection.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace keel::audit {
namespace {

// It waits at the venue to take a position down: a stop or a target, no close that takes at once.
bool is_protective(const NewOrderSingle& order) {
    return order.reduce_only != 0 && order.tif == TimeInForce::Gtc;
}

ClosedBy closed_by(sim::OutsideAct::Kind kind) {
    switch (kind) {
    case sim::OutsideAct::Kind::Manual: return ClosedBy::Manual;
    case sim::OutsideAct::Kind::Liquidation: return ClosedBy::Liquidation;
    case sim::OutsideAct::Kind::Adl: return ClosedBy::Deleveraging;
    }
    std::unreachable();
}

} // namespace

ProtectionRules::ProtectionRules(const AuditorConfig& config, const OrderLedger& orders,
                                 const Books& books, ViolationLog& log)
    : config_(&config), orders_(&orders), books_(&books), log_(&log),
      states_(config.protections.size()) {
    if (config.protections.empty()) return;
    place_of_.assign(config.instruments.size() * position_side_count, none);
    for (std::uint32_t n = 0; n < config.protections.size(); ++n) {
        const ProtectionFacts& facts = config.protections[n];
        place_of_[lane(facts.instrument, facts.position_side)] = n;
    }
}

void ProtectionRules::on_new_order(const NewOrderSingle& order, bool is_known_flat, Timestamp now) {
    if (!is_protected(order.instrument, order.position_side) || !is_protective(order)) return;
    State& state = states_[place_of_[lane(order.instrument, order.position_side)]];
    state.protective.push_back(order.cl_ord_id);
    if (order.trigger_px != Ticks{0}) {
        const bool sells = order.side == Side::Sell;
        const bool is_nearer =
            state.nearest_stop == Ticks{0} ||
            (sells ? order.trigger_px > state.nearest_stop : order.trigger_px < state.nearest_stop);
        if (is_nearer) state.nearest_stop = order.trigger_px;
    }
    if (!is_known_flat) return;
    ++state.tally.ghosts;
    log_->add(Rule::NoGhost, now,
              fmt::format("{}: order {}/{} was sent to protect a position{} that was gone, and "
                          "the desk was told so",
                          config_->instruments[order.instrument.value()].name,
                          order.cl_ord_id.epoch(), order.cl_ord_id.counter(),
                          position_suffix(order.position_side)));
}

ClosedBy ProtectionRules::path_of(const sim::TrueFill& fill, const State& state,
                                  std::uint32_t place) const {
    if (place == PlaceIndex::none) return closed_by(fill.outside);
    const SentOrder& order = orders_->at(place);
    if (!order.reduce_only || order.tif != TimeInForce::Gtc) return ClosedBy::Desk;
    if (order.trigger_px == Ticks{0}) return ClosedBy::Target;
    return order.trigger_px == state.nearest_stop ? ClosedBy::Stop : ClosedBy::Emergency;
}

void ProtectionRules::on_fill(const sim::TrueFill& fill, std::uint32_t place, Lots before,
                              Lots after) {
    if (!is_protected(fill.instrument, fill.position_side)) return;
    const std::uint32_t n = place_of_[lane(fill.instrument, fill.position_side)];
    State& state = states_[n];
    const bool has_turned =
        (before > Lots{0} && after < Lots{0}) || (before < Lots{0} && after > Lots{0});
    state.held = after;
    if (before != Lots{0} && (after == Lots{0} || has_turned)) {
        ++state.tally.closed[static_cast<std::size_t>(path_of(fill, state, place))];
        state.nearest_stop = Ticks{0};
    }
    if (after != Lots{0} && (before == Lots{0} || has_turned)) ++state.tally.positions;
    look(n, fill.at);
}

// By the venue's own book. What is not open there after its fence is over, or never came.
ProtectionRules::Cover ProtectionRules::cover_of(std::size_t n, Timestamp now) {
    State& state = states_[n];
    const Side closes = state.held > Lots{0} ? Side::Sell : Side::Buy;
    Cover out;
    std::erase_if(state.protective, [&](ClOrdID id) {
        const std::optional<sim::TrueOrder> order = books_->order(venue_of(n), id);
        if (!order || !order->is_open) {
            const std::uint32_t place = orders_->find(id);
            return place == PlaceIndex::none || now > orders_->at(place).fence_at;
        }
        if (!order->reduce_only) return false; // it protects nothing
        out.has_any = true;
        if (order->side == closes && order->trigger_px != Ticks{0}) {
            out.lots += order->qty - order->cum_qty;
        }
        return false;
    });
    return out;
}

void ProtectionRules::look(std::size_t n, Timestamp now) {
    State& state = states_[n];
    const ProtectionFacts& facts = config_->protections[n];
    const std::string& name = config_->instruments[facts.instrument.value()].name;
    state.changes_seen = books_->order_changes(venue_of(n));
    const Cover cover = cover_of(n, now);
    // How long it has been so, or had been until now.
    const auto span = [&](Timestamp& since, bool is_so) {
        if (is_so && since == never) since = now;
        const Duration out = since == never ? Duration{0} : now - since;
        if (!is_so) since = never;
        return out;
    };
    const bool is_bare = state.held != Lots{0} && cover.lots < abs(state.held);
    const Duration bare = span(state.bare_since, is_bare);
    state.tally.bare_most = max(state.tally.bare_most, bare);
    if (bare > facts.within && !state.is_bare_told) {
        state.is_bare_told = true;
        log_->add(
            Rule::ProtectedWithinBound, now,
            fmt::format("{}: {} lots are held{}, and stops rest for {}, for {} ms; bound {} ms",
                        name, state.held.value(), position_suffix(facts.position_side),
                        cover.lots.value(), in_milliseconds(bare), in_milliseconds(facts.within)));
    }
    if (!is_bare) state.is_bare_told = false;
    const bool is_needless = state.held == Lots{0} && cover.has_any;
    const Duration needless = span(state.needless_since, is_needless);
    if (needless > facts.within && !state.is_needless_told) {
        state.is_needless_told = true;
        ++state.tally.needless;
        log_->add(Rule::NoNeedlessProtection, now,
                  fmt::format("{}: nothing is held{}, and something has protected it for {} ms; "
                              "bound {} ms",
                              name, position_suffix(facts.position_side), in_milliseconds(needless),
                              in_milliseconds(facts.within)));
    }
    if (!is_needless) state.is_needless_told = false;
}

} // namespace keel::audit
