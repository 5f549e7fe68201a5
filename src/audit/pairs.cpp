#include "audit/pairs.hpp"

#include <algorithm>
#include <utility>

#include "audit/arithmetic.hpp"

namespace keel::audit {

PairTallies::PairTallies(const AuditorConfig& config, const Books& books, const OrderLedger& orders,
                         const EquityRules& equity)
    : config_(&config), books_(&books), orders_(&orders), equity_(&equity),
      states_(config.pairs.size()) {}

bool PairTallies::has_failed(const State& state) const {
    const auto is_short = [&](ClOrdID id) {
        const std::uint32_t place = orders_->find(id);
        return place != PlaceIndex::none && orders_->at(place).cum < orders_->at(place).qty;
    };
    return is_short(state.first_order) || is_short(state.second_order);
}

bool PairTallies::has_lost_or_rejected(const State& state) const {
    const auto was_judged = [&](ClOrdID id) {
        const std::uint32_t place = orders_->find(id);
        if (place == PlaceIndex::none) return false;
        const InstrumentFacts& facts = config_->instruments[orders_->at(place).instrument.value()];
        bool out = orders_->at(place).cum > Lots{0};
        books_->for_each_order(facts.venue, [&](const sim::TrueOrder& book) {
            out = out || (book.cl_ord_id == id && !book.was_rejected);
        });
        return out;
    };
    return !std::ranges::all_of(state.asked, was_judged);
}

Int128 PairTallies::units(InstrumentIx instrument, int unit_scale) const {
    const Decimal lot = config_->instruments[instrument.value()].lot_size;
    return static_cast<Int128>(equity_->position(instrument).value()) * lot.mantissa *
           ten_to(unit_scale - lot.scale);
}

void PairTallies::on_fill(InstrumentIx instrument, Int128 cash_before) {
    for (std::size_t n = 0; n < states_.size(); ++n) {
        const PairFacts& facts = config_->pairs[n];
        if (instrument != facts.first && instrument != facts.second) continue;
        State& state = states_[n];
        const InstrumentIx other = instrument == facts.first ? facts.second : facts.first;
        if (!state.is_on) {
            state.is_on = true;
            state.was_whole = false;
            state.had_first = false;
            state.cash_before = cash_before + equity_->cash(other);
        }
        const int scale = config_->groups[facts.group.value()].unit_scale;
        const Int128 first = units(facts.first, scale);
        const Int128 second = units(facts.second, scale);
        // (Less than a lot of the second leg has no counterpart.)
        const Decimal lot = config_->instruments[facts.second.value()].lot_size;
        const Int128 least = static_cast<Int128>(lot.mantissa) * ten_to(scale - lot.scale);
        const bool has_both = first != 0 && second != 0;
        state.had_first = state.had_first || first != 0;
        state.was_whole = state.was_whole || (has_both && magnitude(first + second) < least);
        // (What the venue takes no order for is nothing.)
        const InstrumentFacts& of_first = config_->instruments[facts.first.value()];
        const Int128 dust = static_cast<Int128>(of_first.min_qty.value()) *
                            of_first.lot_size.mantissa * ten_to(scale - of_first.lot_size.scale);
        if (magnitude(first) >= dust || second != 0) continue;
        state.is_on = false;
        const auto cause = static_cast<std::size_t>(std::exchange(state.cause, CloseCause::None));
        const Int128 won = equity_->cash(instrument) + equity_->cash(other) - state.cash_before;
        if (state.was_whole) {
            ++state.tally.round_trips;
            ++state.tally.trips_closed[cause];
            state.tally.trips_won += won;
        } else {
            ++state.tally.rollbacks;
            ++state.tally.rolled_back[cause];
            state.tally.second_only += state.had_first ? 0U : 1U;
            ++(!has_failed(state)            ? state.tally.needless
               : has_lost_or_rejected(state) ? state.tally.by_venue
                                             : state.tally.by_price);
            state.tally.rollbacks_cost -= won;
        }
    }
}

void PairTallies::on_notice(const Notice& notice) {
    if (notice.kind != NoticeKind::CloseBegun) return;
    for (std::size_t n = 0; n < states_.size(); ++n) {
        const PairFacts& facts = config_->pairs[n];
        if (notice.instrument != facts.first && notice.instrument != facts.second) continue;
        states_[n].cause = notice.cause;
    }
}

void PairTallies::on_new_order(const NewOrderSingle& order) {
    if (order.reduce_only != 0) return;
    for (std::size_t n = 0; n < states_.size(); ++n) {
        State& state = states_[n];
        const PairFacts& facts = config_->pairs[n];
        if (order.instrument == facts.first && !state.is_on) { // an attempt begins
            state.cause = CloseCause::None;
            state.way = order.side;
            state.first_order = {};
            state.second_order = {};
            state.asked.clear();
        }
        const bool is_first = order.instrument == facts.first && order.side == state.way;
        const bool is_second = order.instrument == facts.second && order.side != state.way;
        if (!is_first && !is_second) continue;
        (is_first ? state.first_order : state.second_order) = order.cl_ord_id;
        state.asked.push_back(order.cl_ord_id);
    }
}

} // namespace keel::audit
