#include "twins/p3.hpp"

#include <algorithm>
#include <memory>
#include <variant>

#include "twins/makers.hpp"

namespace keel::twins::p3 {

Bot::Bot(const explore::Scenario& scenario, const Decisions& decisions)
    : Twin(scenario), decides_(decisions), symbols_(symbols_of(scenario)),
      rounds_(static_cast<std::size_t>(std::min<std::uint64_t>(
          scenario.desk.engine.limits.max_rounds_without_human, trades_max))) {
    state_.seeks_zombies = decides_.seeks_zombies();
}

// In its database are the trades that are open.
State Bot::begun_again() const {
    State state;
    state.seeks_zombies = state_.seeks_zombies;
    state.numbers.epoch = state_.numbers.epoch + 1;
    for (std::size_t n = 0; n < rounds_; ++n) {
        if (state_.trades[n].phase == Phase::Open) state.trades[n] = state_.trades[n];
    }
    return state;
}

void Bot::hear(const EventBody& body, Sender& send) {
    if (std::holds_alternative<Boot>(body)) {
        state_.scan_at = now_ + scan_every;
        if (decides_.seeks_zombies()) state_.look_at = now_ + look_every;
    } else if (std::holds_alternative<WakeUp>(body)) {
        on_time(send);
    } else if (const auto* act = std::get_if<OperatorAct>(&body)) {
        // It opens no more. (What is open it leaves to its time.)
        if (act->act == Act::WindDown) state_.scan_at = never;
    } else if (const auto* top = std::get_if<BookTop>(&body)) {
        state_.bid[top->instrument.value()] = top->bid_px;
        state_.ask[top->instrument.value()] = top->ask_px;
    } else if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
        on_answer(*answer);
    } else if (const auto* balance = std::get_if<BalanceReport>(&body)) {
        on_balance(*balance);
    } else if (const auto* row = std::get_if<PositionReport>(&body)) {
        on_row(*row);
    } else if (const auto* done = std::get_if<ReadDone>(&body)) {
        on_read(done->read, send);
    }
}

void Bot::on_time(Sender& send) {
    for (Trade& trade : trades()) {
        if (trade.at > now_) continue;
        trade.at = never;
        if (trade.phase == Phase::Sleeping) {
            send_leg(trade, 1, send);
        } else if (trade.phase == Phase::Waiting) {
            roll_back(trade, send);
        } else if (trade.phase == Phase::Open) {
            close(trade, send);
        }
    }
    if (state_.scan_at <= now_) scan(send);
    if (state_.look_at <= now_) look_for_zombies(send);
}

void Bot::on_balance(const BalanceReport& balance) {
    for (Trade& trade : trades()) {
        for (Leg& leg : trade.leg) {
            if (leg.read == balance.read) leg.has_enough = balance.available >= leg.needs;
        }
    }
}

void Bot::on_row(const PositionReport& row) {
    for (Trade& trade : trades()) {
        if (trade.phase == Phase::Reading && trade.leg[trade.lone].read == row.read &&
            instrument_of(trade, trade.lone) == row.instrument) {
            trade.read_qty = abs(row.qty);
        }
    }
    for (const RequestID read : state_.rows.reads) {
        if (read == row.read) state_.rows.held[row.instrument.value()] = row.qty;
    }
}

void Bot::on_read(RequestID read, Sender& send) {
    for (Trade& trade : trades()) {
        for (Leg& leg : trade.leg) {
            if (leg.read != read) continue;
            leg.read = {};
            if (trade.phase == Phase::Reading) {
                send_rollback(trade, trade.read_qty, send);
            } else if (trade.leg[0].read.is_none() && trade.leg[1].read.is_none()) {
                on_balances(trade, send);
            }
        }
    }
    std::array<RequestID, legs>& reads = state_.rows.reads;
    for (RequestID& one : reads) {
        if (one != read) continue;
        one = {};
        if (!reads[0].is_none() || !reads[1].is_none()) continue;
        state_.rows.at = now_;
        on_rows(send);
    }
}

void Bot::on_answer(const RequestAnswer& answer) {
    const bool is_taken = answer.outcome == Outcome::Accepted;
    for (Trade& trade : trades()) {
        for (Leg& leg : trade.leg) {
            if (leg.is == LegIs::Sent && leg.order == answer.cl_ord_id) {
                leg.is = is_taken ? LegIs::On : LegIs::Refused;
                leg.lacks_margin = answer.reason == Reason::InsufficientMargin;
                on_leg(trade);
            } else if (leg.is_closing && leg.close == answer.cl_ord_id) {
                leg.is_closing = false;
                if (!trade.leg[0].is_closing && !trade.leg[1].is_closing) end(trade);
            }
        }
    }
}

// A place for each trade, and one for the rows.
explore::Subject::Reads Bot::reads(AccountIx account) const {
    Reads out;
    const auto put = [&](std::size_t place, InstrumentIx instrument, RequestID read) {
        if (account_of(instrument) == account) out.in_flight[place] = read;
    };
    for (std::size_t l = 0; l < legs; ++l) {
        for (std::size_t n = 0; n < rounds_; ++n) {
            put(n, instrument_of(state_.trades[n], l), state_.trades[n].leg[l].read);
        }
        put(trades_max, symbols_[0][l], state_.rows.reads[l]);
    }
    return out;
}

std::vector<std::string> Bot::belief_words() const {
    std::vector<std::string> out;
    out.reserve(rounds_);
    for (std::size_t n = 0; n < rounds_; ++n) {
        out.push_back("trade " + std::to_string(n + 1) + ": " + words(state_.trades[n]));
    }
    return out;
}

bool Bot::is_traded(std::size_t symbol, bool counts_open) const {
    for (std::size_t n = 0; n < rounds_; ++n) {
        const Trade& trade = state_.trades[n];
        if (symbol_of(n) != symbol) continue;
        if (trade.is_at_work() || (counts_open && trade.phase == Phase::Open)) return true;
    }
    return false;
}

std::size_t Bot::symbol_of(const Trade& trade) const {
    return symbol_of(static_cast<std::size_t>(&trade - state_.trades.data()));
}

InstrumentIx Bot::instrument_of(const Trade& trade, std::size_t l) const {
    return symbols_[symbol_of(trade)][l];
}

// Of the group of that symbol; none: the scenario was written for this bot.
const strategy::PairConfig* Bot::pair_of(std::size_t symbol) const {
    const std::vector<strategy::PairConfig>& pairs = scenario().desk.pair;
    const auto found = std::ranges::find(pairs, symbol, [](const strategy::PairConfig& one) {
        return std::size_t{one.group.value()};
    });
    return found == pairs.end() ? nullptr : &*found;
}

AccountIx Bot::account_of(InstrumentIx instrument) const {
    return scenario().desk.engine.instruments[instrument.value()].account;
}

const Instrument& Bot::spec_of(InstrumentIx instrument) const {
    return scenario().desk.engine.instruments[instrument.value()].instrument;
}

Ticks Bot::mark_of(InstrumentIx instrument) const {
    return (state_.bid[instrument.value()] + state_.ask[instrument.value()]) / 2;
}

Side Bot::side_of(const Trade& trade, std::size_t l) {
    return l == 0 ? trade.side : opposite(trade.side);
}

Ticks Bot::limit(Ticks px, Side side) { return side == Side::Buy ? px + px / 10 : px - px / 10; }

// The nearest whole number of lots.
Lots Bot::lots_for(Money amount, Ticks px, InstrumentIx instrument) const {
    const Money one = notional(px, Lots{1}, spec_of(instrument));
    return Lots{(2 * amount.value() + one.value()) / (2 * one.value())};
}

} // namespace keel::twins::p3

namespace keel::twins {
namespace {

using p3::Bot;
using p3::Decisions;

// Each pair differs in what its fix changed, and the others are fixed as far as they may be: with
// both legs at once there is nothing between them, and a rollback waited for 2 s at first.
constexpr Decisions all_fixed{.checks_again = true,
                              .sizes_by_read = true,
                              .legs_in_turn = true,
                              .rollback_after = seconds(5)};

Decisions balances(bool are_checked_again) {
    Decisions out = all_fixed;
    out.legs_in_turn = false;
    out.checks_again = are_checked_again;
    return out;
}
Decisions legs(bool are_in_turn) {
    Decisions out = all_fixed;
    out.legs_in_turn = are_in_turn;
    out.rollback_after = seconds(2);
    return out;
}
Decisions rows_kept(Duration kept) {
    Decisions out = all_fixed;
    out.rows_kept = kept;
    return out;
}

} // namespace

Made make_p3_balance_when_chosen(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, balances(false));
}
Made make_p3_fresh_balance(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, balances(true));
}
Made make_p3_rollback_in_dollars(const explore::Scenario& scenario) {
    Decisions decisions = all_fixed;
    decisions.sizes_by_read = false;
    decisions.rollback_after = seconds(2);
    return std::make_unique<Bot>(scenario, decisions);
}
Made make_p3_rollback_from_read(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, all_fixed);
}
Made make_p3_parallel_legs(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, legs(false));
}
Made make_p3_sleep_between_legs(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, legs(true));
}
Made make_p3_cache_30s(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, rows_kept(seconds(30)));
}
Made make_p3_cache_5s(const explore::Scenario& scenario) {
    return std::make_unique<Bot>(scenario, rows_kept(seconds(5)));
}

} // namespace keel::twins
