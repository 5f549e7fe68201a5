#include "twins/p3.hpp"

// P3 opens a trade: chosen, its margin looked for, sent leg by leg.

namespace keel::twins::p3 {

// Begins one trade each time, until it has begun as many as it may; on one symbol one after the
// other, and several symbols beside each other.
void Bot::scan(Sender& send) {
    state_.scan_at = never;
    bool is_begun = false;
    for (std::size_t n = 0; n < rounds_; ++n) {
        Trade& trade = state_.trades[n];
        if (trade.phase != Phase::None) continue;
        if (is_begun || is_traded(symbol_of(n), false) || !is_worth_it(symbol_of(n))) {
            state_.scan_at = now_ + scan_every;
            return;
        }
        choose(trade, send);
        is_begun = true;
    }
}

// Prices stand far enough apart, one way round or the other; funding and fees it leaves out.
bool Bot::is_worth_it(std::size_t symbol) const {
    const strategy::PairConfig* pair = pair_of(symbol);
    if (pair == nullptr) return true;
    const std::size_t a = symbols_[symbol][0].value();
    const std::size_t b = symbols_[symbol][1].value();
    const auto pays = [&](Ticks sold, Ticks bought) {
        return (sold - bought).value() * ppm_one >= bought.value() * pair->entry.value();
    };
    return pays(state_.bid[b], state_.ask[a]) || pays(state_.bid[a], state_.ask[b]);
}

void Bot::choose(Trade& trade, Sender& send) {
    const Ticks here = mark_of(instrument_of(trade, 0));
    const Ticks there = mark_of(instrument_of(trade, 1));
    trade.side = here <= there ? Side::Buy : Side::Sell;
    // At the dearer price, and a tenth of it for slippage: 130 coins for 15.00 dollars at 0.105.
    const Ticks dearest = limit(max(here, there), Side::Buy);
    const strategy::PairConfig* pair = pair_of(symbol_of(trade));
    trade.qty =
        pair != nullptr ? pair->qty : lots_for(trade_size, dearest, instrument_of(trade, 0));
    for (std::size_t l = 0; l < legs; ++l) {
        const InstrumentIx instrument = instrument_of(trade, l);
        const Instrument& spec = spec_of(instrument);
        const Money amount = notional(mark_of(instrument), trade.qty, spec);
        trade.leg[l].needs = fee_of(amount, spec.initial_margin_ppm);
    }
    trade.phase = Phase::Choosing;
    ask_balances(trade, send);
}

void Bot::ask_balances(Trade& trade, Sender& send) {
    for (std::size_t l = 0; l < legs; ++l) {
        Leg& leg = trade.leg[l];
        leg.has_enough = leg.is_outspent = false;
        leg.read = send.read(state_.numbers, RequestKind::ReadBalances, instrument_of(trade, l));
    }
}

void Bot::on_balances(Trade& trade, Sender& send) {
    if (!trade.leg[0].has_enough || !trade.leg[1].has_enough) {
        end(trade);
    } else if (trade.phase == Phase::Choosing) {
        trade.phase = Phase::Chosen;
    } else {
        open(trade, send);
    }
}

// A trade that was chosen is a task, and begins when the others let it.
std::uint32_t Bot::turns() const {
    std::uint32_t out = 0;
    for (std::size_t n = 0; n < rounds_; ++n) {
        if (state_.trades[n].phase == Phase::Chosen) out |= 1U << n;
    }
    return out;
}

std::string Bot::turn_words(std::uint32_t task) const {
    return "the task of trade " + std::to_string(task + 1) + " begins";
}

void Bot::go_on(std::uint32_t task, Sender& send) {
    Trade& trade = state_.trades[task];
    if (decides_.checks_again) {
        trade.phase = Phase::Checking;
        ask_balances(trade, send);
    } else {
        open(trade, send);
    }
}

void Bot::open(Trade& trade, Sender& send) {
    if (decides_.seeks_zombies()) trade.closes_at = now_ + trade_lives;
    send_leg(trade, 0, send);
    if (!decides_.legs_in_turn) send_leg(trade, 1, send);
}

void Bot::send_leg(Trade& trade, std::size_t l, Sender& send) {
    const InstrumentIx instrument = instrument_of(trade, l);
    const Side side = side_of(trade, l);
    trade.phase = Phase::Opening;
    trade.leg[l].is = LegIs::Sent;
    trade.leg[l].order = send.place(state_.numbers, {.instrument = instrument,
                                                     .side = side,
                                                     .px = limit(mark_of(instrument), side),
                                                     .qty = trade.qty,
                                                     .tif = TimeInForce::Ioc});
    for (Trade& other : state_.trades) { // what they have read of this balance is true no more
        if (&other != &trade && other.leg[l].is == LegIs::Absent) other.leg[l].is_outspent = true;
    }
}

// A leg was answered: one that was taken is on.
void Bot::on_leg(Trade& trade) {
    const LegIs first = trade.leg[0].is;
    const LegIs second = trade.leg[1].is;
    if (first == LegIs::Sent || second == LegIs::Sent) return;
    if (first == LegIs::On && second == LegIs::On) {
        trade.phase = Phase::Open;
        trade.at = trade.closes_at;
    } else if (first == LegIs::On && second == LegIs::Absent) {
        trade.phase = Phase::Sleeping;
        trade.at = now_ + sleep_between_legs;
    } else if (first == LegIs::On || second == LegIs::On) {
        trade.phase = Phase::Waiting;
        trade.lone = first == LegIs::On ? 0 : 1;
        trade.at = now_ + decides_.rollback_after;
    } else {
        end(trade);
    }
}

} // namespace keel::twins::p3
