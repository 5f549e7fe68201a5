#include "twins/p3.hpp"

// P3 ends a trade, rolls back one that has only a leg, and looks for positions that are left.

namespace keel::twins::p3 {

void Bot::roll_back(Trade& trade, Sender& send) {
    const InstrumentIx instrument = instrument_of(trade, trade.lone);
    if (decides_.sizes_by_read) {
        trade.phase = Phase::Reading;
        trade.read_qty = Lots{};
        trade.leg[trade.lone].read =
            send.read(state_.numbers, RequestKind::ReadPositions, instrument);
    } else { // 143 coins for 15.00 dollars at 0.105
        const Ticks mark = mark_of(instrument);
        const bool has_pair = pair_of(symbol_of(trade)) != nullptr;
        const Money dollars = has_pair
                                  ? notional(limit(mark, Side::Buy), trade.qty, spec_of(instrument))
                                  : trade_size;
        send_rollback(trade, lots_for(dollars, mark, instrument), send);
    }
}

void Bot::send_rollback(Trade& trade, Lots qty, Sender& send) {
    if (qty == Lots{}) {
        end(trade);
        return;
    }
    trade.phase = Phase::RollingBack;
    trade.rolled_back = qty;
    send_close(trade, trade.lone, qty, send);
}

void Bot::close(Trade& trade, Sender& send) {
    trade.phase = Phase::Closing;
    for (std::size_t l = 0; l < legs; ++l) send_close(trade, l, trade.qty, send);
}

// Against the side that it has traded, whatever is held there.
void Bot::send_close(Trade& trade, std::size_t l, Lots qty, Sender& send) {
    Leg& leg = trade.leg[l];
    leg.is_closing = true;
    leg.close = reduce(instrument_of(trade, l), opposite(side_of(trade, l)), qty, send);
}

// Whatever is answered, that was the end of it.
void Bot::end(Trade& trade) {
    trade.phase = Phase::Over;
    state_.rows.is_new = state_.is_quiet = false;
}

ClOrdID Bot::reduce(InstrumentIx instrument, Side side, Lots qty, Sender& send) {
    return send.place(state_.numbers, {.instrument = instrument,
                                       .side = side,
                                       .px = limit(mark_of(instrument), side),
                                       .qty = qty,
                                       .tif = TimeInForce::Ioc,
                                       .reduce_only = true});
}

// In the positions as they were last read, or read now if that is too long ago.
void Bot::look_for_zombies(Sender& send) {
    state_.look_at = now_ + look_every;
    Rows& rows = state_.rows;
    if (!rows.reads[0].is_none() || !rows.reads[1].is_none()) return;
    if (rows.at < never && now_ - rows.at < decides_.rows_kept) {
        on_rows(send);
        return;
    }
    rows.held.fill(Lots{});
    rows.is_new = true;
    for (std::size_t l = 0; l < legs; ++l) {
        rows.reads[l] = send.read(state_.numbers, RequestKind::ReadPositions, symbols_[0][l]);
    }
}

// What none of its trades explains is closed.
void Bot::on_rows(Sender& send) {
    bool is_any = false;
    for (std::size_t symbol = 0; symbol < symbols_.size(); ++symbol) {
        if (is_traded(symbol, true)) continue;
        for (const InstrumentIx instrument : symbols_[symbol]) {
            Lots& held = state_.rows.held[instrument.value()];
            if (held == Lots{}) continue;
            const Side side = held > Lots{} ? Side::Sell : Side::Buy;
            state_.zombie[instrument.value()] = reduce(instrument, side, abs(held), send);
            held = Lots{};
            is_any = true;
        }
    }
    if (is_any) state_.rows.is_new = false;
    state_.is_quiet = !is_any && state_.rows.is_new;
}

} // namespace keel::twins::p3
