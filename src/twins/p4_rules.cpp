#include <bit>

#include "twins/makers.hpp"
#include "twins/p4.hpp"

// What the monitors are held to, how traces tell of them, and which of them there are.

namespace keel::twins {
namespace p4 {

using explore::Rule;
using explore::Situation;

Rule Monitors::broken_rule(const explore::World& world) const {
    for (std::size_t s = 0; s < symbols_; ++s) {
        if (world.held(markets_[s].instrument) < Lots{0}) return Rule::CloseNeverOpens;
    }
    if (const Rule broken = broken_by_words(world); broken != Rule::None) return broken;
    Lots entered;
    Lots recorded;
    for (std::size_t r = 0; r < rows_max; ++r) {
        const Row& row = state_.rows[r];
        entered += row.qty;
        recorded += row.closed;
        // Its mark bars everybody, and nobody who is at it will ever take it off.
        const bool is_barred =
            row.is_open() && row.is_closing && ways_.claim == Claim::UpdateIfFree;
        const auto is_at_it = [r](const Monitor& m) { return m.is_at(r); };
        if (is_barred && std::ranges::none_of(state_.monitors, is_at_it)) return Rule::NoWedge;
    }
    Lots bought;
    Lots sold;
    const sim::Venue& venue = world.venue(world.venue_of(account_));
    for (std::uint32_t n = 0; n < venue.order_count(); ++n) {
        const sim::TrueOrder order = venue.order(n);
        (order.side == Side::Buy ? bought : sold) += order.cum_qty;
    }
    if (entered > bought) return Rule::BookedWasFilled;
    if (world.is_terminal() && (bought != sold || recorded != sold)) return Rule::EndsFlat;
    return Rule::None;
}

Rule Monitors::broken_by_words(const explore::World& world) const {
    const bool is_held = world.held(markets_[state_.said_of].instrument) > Lots{0};
    switch (state_.said) {
    case Said::Nothing: return Rule::None;
    case Said::SecondSender: return ways_.lock != Lock::None ? Rule::OneSender : Rule::None;
    case Said::CannotClose: return is_held ? Rule::None : Rule::NoFalseAlarm;
    case Said::ClosedAlready: return is_held ? Rule::CertifiedIsFlat : Rule::None;
    case Said::StoppedEarly: return is_held ? Rule::ReducesInTime : Rule::None;
    }
    return Rule::None;
}

Situation Monitors::situation() const {
    const bool closes = std::ranges::any_of(
        state_.monitors, [](const Monitor& m) { return m.step == Step::AwaitClose; });
    return closes ? Situation::Hedging : Situation::Idle;
}

explore::Subject::Reads Monitors::reads(AccountIx /*account*/) const {
    Reads out;
    static_assert(monitors_max <= std::tuple_size_v<decltype(out.in_flight)>);
    for (std::size_t n = 0; n < monitors_max; ++n) out.in_flight[n] = state_.monitors[n].read;
    return out;
}

std::string Monitors::symbol_name(std::size_t symbol) const {
    const std::size_t instrument = markets_[symbol].instrument.value();
    return scenario().desk.engine.instruments[instrument].instrument.symbol;
}

std::string Monitors::turn_words(std::uint32_t task) const {
    if (task >= 2 * monitors_max) return "the owner buys " + symbol_name(0) + " again";
    const Monitor& m = state_.monitors[task % monitors_max];
    const std::uint8_t symbol = state_.rows[m.row].symbol;
    const std::string who = task % monitors_max == 0 ? "A " : "B ";
    if (task >= monitors_max) return who + "dies";
    switch (m.step) {
    case Step::Idle:
        switch (ways_.lock) {
        case Lock::None: return who + "asks for positions";
        case Lock::File: return who + "looks at the lock";
        case Lock::Atomic: return who + "looks at the lock and takes it";
        case Lock::Session: return who + "begins";
        }
        break;
    case Step::TakeLock: return who + "takes the lock";
    case Step::Ask: return who + "asks for positions";
    case Step::Query: return who + "queries the table";
    case Step::Insert: {
        const auto unknown = static_cast<std::size_t>(std::countr_zero(m.unknown));
        return who + (same_as(unknown) < rows_max ? "takes the row of " : "inserts a row of ") +
               symbol_name(unknown);
    }
    case Step::MarkClosing:
        return who + (is_taken(state_.rows[m.row]) ? "may not close " : "marks as closing ") +
               symbol_name(symbol);
    case Step::Close:
        return who + (m.seen[symbol] > Lots{0} ? "closes " : "finds no ") + symbol_name(symbol);
    case Step::MarkClosed: return who + "marks as closed " + symbol_name(symbol);
    case Step::Release: return who + "deletes the lock";
    case Step::AwaitPositions:
    case Step::AwaitClose: break;
    }
    return who + "waits";
}

std::vector<std::string> Monitors::belief_words() const {
    std::vector<std::string> out;
    for (const Row& row : state_.rows) {
        if (!row.is_there) continue;
        const char* is = row.is_closed ? "closed" : row.is_closing ? "closing" : "open";
        out.push_back("row of " + symbol_name(row.symbol) + ": " + is);
    }
    if (has_lock_file()) out.emplace_back(state_.has_lock ? "locked" : "not locked");
    return out;
}

} // namespace p4

namespace {

Made make(const explore::Scenario& scenario, const p4::Ways& ways) {
    return std::make_unique<p4::Monitors>(scenario, ways);
}

} // namespace

using p4::Claim;
using p4::Lock;
using p4::Table;

Made make_p4_no_lock(const explore::Scenario& scenario) {
    return make(scenario, {.lock = Lock::None});
}
Made make_p4_reduce_only(const explore::Scenario& scenario) {
    return make(scenario, {.lock = Lock::None, .closes_reduce_only = true});
}
Made make_p4_closing_flag(const explore::Scenario& scenario) {
    return make(scenario, {.lock = Lock::None, .claim = Claim::Update});
}
Made make_p4_closing_excludes(const explore::Scenario& scenario) {
    return make(scenario, {.lock = Lock::None, .claim = Claim::UpdateIfFree});
}
Made make_p4_lock_file(const explore::Scenario& scenario) {
    return make(scenario, {.lock = Lock::File});
}
Made make_p4_lock_atomic(const explore::Scenario& scenario) {
    return make(scenario, {.lock = Lock::Atomic});
}
Made make_p4_already_closed_is_error(const explore::Scenario& scenario) {
    return make(scenario, {.closed_already_is_error = true});
}
Made make_p4_already_closed_is_success(const explore::Scenario& scenario) {
    return make(scenario, {});
}
Made make_p4_discovers_twice(const explore::Scenario& scenario) {
    return make(scenario,
                {.lock = Lock::None, .claim = Claim::UpdateIfFree, .table = Table::NoKey});
}
Made make_p4_reuses_row(const explore::Scenario& scenario) {
    return make(scenario,
                {.lock = Lock::None, .claim = Claim::UpdateIfFree, .table = Table::KeyOfSymbol});
}
Made make_p4_stops_at_error(const explore::Scenario& scenario) {
    return make(scenario, {.stops_at_error = true});
}

} // namespace keel::twins
