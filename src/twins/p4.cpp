#include "twins/p4.hpp"

#include <bit>
#include <variant>

#include "base/assert.hpp"

namespace keel::twins::p4 {
namespace {

constexpr Lots position_qty{1};
constexpr std::int64_t slippage = 20; // a twentieth beyond the touch: how a market order is sent
constexpr std::uint32_t owner_task = 2 * monitors_max;

std::uint8_t bit_of(std::size_t n) { return static_cast<std::uint8_t>(1U << n); }
std::uint8_t take_lowest(std::uint8_t& bits) {
    const auto n = static_cast<std::uint8_t>(std::countr_zero(bits));
    bits = static_cast<std::uint8_t>(bits & (bits - 1U));
    return n;
}

} // namespace

Timestamp State::wake_at() const {
    if (is_settled()) return never;
    Timestamp at = never;
    for (const Monitor& m : monitors) {
        at = earlier(at, m.until);
        if (m.step == Step::Idle && m.is_due && has_lock && !lock_is_old) {
            at = earlier(at, lock_at + lock_age_max + nanoseconds(1));
        }
    }
    return at;
}

std::uint64_t State::digest(Timestamp now) const {
    Digest digest{now};
    digest.add(has_lock, lock_is_old, is_quiet, has_died, is_closed, is_reopened)
        .add(numbers.orders, numbers.epoch, has_lock && !lock_is_old ? lock_at : never);
    for (const Monitor& m : monitors) {
        digest.add(m.step, m.is_due, m.is_quiet, m.other_sent, m.row, m.rows_left)
            .add(m.unknown, m.read, m.close, m.until);
        for (const Lots seen : m.seen) digest.add(seen);
    }
    for (const Row& row : rows) {
        digest.add(row.is_there, row.is_closing, row.is_closed, row.symbol, row.qty, row.closed);
    }
    return digest.value();
}

// The symbols of the account that is quoted first.
Monitors::Monitors(const explore::Scenario& scenario, const Ways& ways)
    : Twin(scenario), ways_(ways) {
    const auto account_of = [&](const explore::Move& move) {
        return scenario.desk.engine.instruments[move.market.instrument.value()].account;
    };
    account_ = account_of(scenario.opening.front());
    for (const explore::Move& move : scenario.opening) {
        if (account_of(move) != account_) continue;
        const std::size_t s = symbol_of(move.market.instrument);
        if (s == symbols_max) continue;
        symbols_ = std::max(symbols_, s + 1);
        markets_[s] = move.market;
    }
    state_.is_quiet = ways.table == Table::Known;
    for (Monitor& m : state_.monitors) m.is_due = true;
    for (std::size_t s = 0; s < symbols_ && ways.table == Table::Known; ++s) {
        enter(s, position_qty);
    }
}

// The place of its market, or the first that is free.
std::size_t Monitors::symbol_of(InstrumentIx instrument) const {
    std::size_t s = 0;
    while (s < symbols_ && markets_[s].instrument != instrument) ++s;
    return s;
}

// What is in files stays: the table and the lock.
State Monitors::begun_again() const {
    State state = state_;
    state.monitors = {};
    for (Monitor& m : state.monitors) m.is_due = true;
    state.is_quiet = ways_.table == Table::Known;
    state.said = Said::Nothing;
    ++state.numbers.epoch;
    return state;
}

// --- what it hears ---

void Monitors::hear(const EventBody& body, Sender& send) {
    state_.said = Said::Nothing;
    if (std::holds_alternative<WakeUp>(body)) {
        time_has_passed();
    } else if (std::holds_alternative<LinkReport>(body)) {
        if (state_.numbers.orders == 0) open_positions(send);
    } else if (const auto* row = std::get_if<PositionReport>(&body)) {
        const std::size_t symbol = symbol_of(row->instrument);
        for (Monitor& m : state_.monitors) {
            if (m.read == row->read && symbol < symbols_) m.seen[symbol] = row->qty;
        }
    } else if (const auto* done = std::get_if<ReadDone>(&body)) {
        for (Monitor& m : state_.monitors) {
            if (m.read == done->read) on_positions(m, done->outcome == Outcome::Accepted);
        }
    } else if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
        for (Monitor& m : state_.monitors) {
            if (m.step != Step::AwaitClose || m.close != answer->cl_ord_id) continue;
            on_close(m, answer->outcome == Outcome::Accepted);
        }
    }
}

// The owner's orders, which the market fills as it opens.
void Monitors::open_positions(Sender& send) {
    for (std::size_t s = 0; s < symbols_; ++s) {
        send.place(state_.numbers, {.instrument = markets_[s].instrument,
                                    .side = Side::Buy,
                                    .px = markets_[s].ask_px,
                                    .qty = position_qty});
    }
}

void Monitors::time_has_passed() {
    state_.lock_is_old = state_.has_lock && now_ - state_.lock_at > lock_age_max;
    for (Monitor& m : state_.monitors) {
        if (m.until > now_) continue;
        m.until = never;
        if (m.step == Step::Idle) m.is_due = true;
        if (m.step == Step::AwaitPositions) on_positions(m, false);
        if (m.step == Step::AwaitClose) on_close(m, false);
    }
}

void Monitors::on_positions(Monitor& m, bool is_good) {
    m.read = {};
    m.until = never;
    m.step = Step::Query;
    if (is_good) return;
    m.is_quiet = false;
    finish(m);
}

void Monitors::on_close(Monitor& m, bool is_good) {
    m.close = {};
    m.until = never;
    if (is_good) {
        state_.is_closed = true;
        m.step = Step::MarkClosed;
    } else {
        fail(m);
    }
}

// --- what it does ---

std::uint32_t Monitors::turns() const {
    std::uint32_t out = 0;
    const bool may_die =
        !state_.has_died && (scenario().faults & explore::bit(sim::FaultKind::Crash)) != 0;
    for (std::size_t n = 0; n < monitors_max; ++n) {
        const Monitor& m = state_.monitors[n];
        if (m.step == Step::Idle ? may_begin(n) : !m.waits()) out |= 1U << n;
        if (may_die && m.step != Step::Idle) out |= 1U << (monitors_max + n);
    }
    const bool may_reopen = ways_.table != Table::Known && state_.is_closed;
    if (may_reopen && !state_.is_reopened) out |= 1U << owner_task;
    return out;
}

// A run that is barred ends at once and changes nothing: it is left out.
bool Monitors::may_begin(std::size_t n) const {
    const bool is_barred = ways_.lock == Lock::Session ? state_.monitors[1 - n].step != Step::Idle
                                                       : state_.has_lock && !state_.lock_is_old;
    return state_.monitors[n].is_due && !is_barred;
}

void Monitors::go_on(std::uint32_t task, Sender& send) {
    state_.said = Said::Nothing;
    if (task == owner_task) {
        state_.is_reopened = true;
        state_.is_quiet = false;
        for (Monitor& m : state_.monitors) m.is_quiet = false;
        trade(Side::Buy, 0, position_qty, send);
        return;
    }
    Monitor& m = state_.monitors[task % monitors_max];
    if (task >= monitors_max) {
        state_.has_died = true;
        m.is_quiet = false;
        end_run(m);
        return;
    }
    switch (m.step) {
    case Step::Idle: begin_run(m, send); return;
    case Step::TakeLock: take_lock(m); return;
    case Step::Ask: ask(m, send); return;
    case Step::Query: query(m); return;
    case Step::Insert: insert(m); return;
    case Step::MarkClosing: mark_closing(m); return;
    case Step::Close: close(m, state_.monitors[1 - task], send); return;
    case Step::MarkClosed: mark_closed(m); return;
    case Step::Release:
        state_.has_lock = state_.lock_is_old = false; // whosever it is
        end_run(m);
        return;
    case Step::AwaitPositions:
    case Step::AwaitClose: KEEL_ASSERT(false, "who waits takes no turn");
    }
}

void Monitors::begin_run(Monitor& m, Sender& send) {
    m.is_due = false;
    m.until = never;
    switch (ways_.lock) {
    case Lock::None: ask(m, send); return;
    case Lock::File: m.step = Step::TakeLock; return;
    case Lock::Atomic: take_lock(m); return;
    case Lock::Session: m.step = Step::Ask; return;
    }
}

void Monitors::take_lock(Monitor& m) {
    state_.has_lock = true;
    state_.lock_is_old = false;
    state_.lock_at = now_;
    m.step = Step::Ask;
}

void Monitors::ask(Monitor& m, Sender& send) {
    m.read = send.read(state_.numbers, RequestKind::ReadPositions, markets_[0].instrument);
    m.is_quiet = true;
    m.until = now_ + answer_timeout;
    m.step = Step::AwaitPositions;
}

void Monitors::query(Monitor& m) {
    for (std::size_t s = 0; s < symbols_ && ways_.table != Table::Known; ++s) {
        if (m.seen[s] > Lots{0}) m.unknown |= bit_of(s);
    }
    for (std::size_t r = 0; r < rows_max; ++r) {
        if (!state_.rows[r].is_open()) continue;
        m.is_quiet = false;
        m.rows_left |= bit_of(r);
        m.unknown &= static_cast<std::uint8_t>(~bit_of(state_.rows[r].symbol));
    }
    next(m);
}

void Monitors::insert(Monitor& m) {
    const std::size_t symbol = take_lowest(m.unknown);
    const std::size_t same = same_as(symbol);
    if (same < rows_max) {
        m.is_quiet = m.is_quiet && state_.rows[same].is_closed;
        m.rows_left |= bit_of(same);
    } else {
        m.is_quiet = false;
        m.rows_left |= bit_of(enter(symbol, m.seen[symbol]));
    }
    next(m);
}

std::size_t Monitors::same_as(std::size_t symbol) const {
    if (ways_.table != Table::KeyOfSymbol) return rows_max;
    std::size_t r = 0;
    while (r < rows_max && !(state_.rows[r].is_there && state_.rows[r].symbol == symbol)) ++r;
    return r;
}

std::size_t Monitors::enter(std::size_t symbol, Lots qty) {
    const auto free = std::ranges::find(state_.rows, false, &Row::is_there);
    KEEL_ASSERT(free != state_.rows.end(), "a row too many breaks a rule before it finds no room");
    *free = {
        .is_there = true, .symbol = static_cast<std::uint8_t>(symbol), .qty = qty, .closed = {}};
    return static_cast<std::size_t>(free - state_.rows.begin());
}

void Monitors::next(Monitor& m) {
    if (m.unknown != 0) {
        m.step = Step::Insert;
    } else if (m.rows_left != 0) {
        m.row = take_lowest(m.rows_left);
        m.step = ways_.claim == Claim::None ? Step::Close : Step::MarkClosing;
    } else {
        finish(m);
    }
}

void Monitors::mark_closing(Monitor& m) {
    Row& row = state_.rows[m.row];
    if (is_taken(row)) {
        next(m);
        return;
    }
    row.is_closing = true;
    m.step = Step::Close;
}

void Monitors::close(Monitor& m, Monitor& other, Sender& send) {
    Row& row = state_.rows[m.row];
    const Lots held = m.seen[row.symbol];
    if (held <= Lots{0}) {
        not_found(m, row);
        return;
    }
    if (m.other_sent) say(Said::SecondSender, row.symbol);
    if (other.step != Step::Idle) other.other_sent = true;
    m.close = trade(Side::Sell, row.symbol, held, send);
    m.until = now_ + answer_timeout;
    m.step = Step::AwaitClose;
}

void Monitors::not_found(Monitor& m, Row& row) {
    if (ways_.closed_already_is_error) {
        say(Said::CannotClose, row.symbol);
        fail(m);
        return;
    }
    if (!row.is_closed) say(Said::ClosedAlready, row.symbol);
    row.is_closed = true;
    next(m);
}

void Monitors::mark_closed(Monitor& m) {
    Row& row = state_.rows[m.row];
    row.is_closed = true;
    row.closed += m.seen[row.symbol];
    next(m);
}

void Monitors::fail(Monitor& m) {
    if (!ways_.stops_at_error) {
        next(m);
        return;
    }
    if (m.rows_left != 0) say(Said::StoppedEarly, state_.rows[take_lowest(m.rows_left)].symbol);
    finish(m);
}

void Monitors::finish(Monitor& m) {
    if (has_lock_file()) {
        m.step = Step::Release;
    } else {
        end_run(m);
    }
}

void Monitors::end_run(Monitor& m) {
    state_.is_quiet = state_.is_quiet || m.is_quiet;
    m = {};
    m.until = now_ + cron_every;
}

void Monitors::say(Said said, std::uint8_t symbol) {
    state_.said = said;
    state_.said_of = symbol;
}

ClOrdID Monitors::trade(Side side, std::size_t symbol, Lots qty, Sender& send) {
    const Ticks bid = markets_[symbol].bid_px;
    const Ticks ask = markets_[symbol].ask_px;
    return send.place(state_.numbers,
                      {.instrument = markets_[symbol].instrument,
                       .side = side,
                       .px = side == Side::Sell ? bid - bid / slippage : ask + ask / slippage,
                       .qty = qty,
                       .tif = TimeInForce::Ioc,
                       .reduce_only = side == Side::Sell && ways_.closes_reduce_only});
}

} // namespace keel::twins::p4
