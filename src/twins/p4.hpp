#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "twins/twin.hpp"

// P4, the position monitor: runs that cron or somebody starts read the account's positions, enter
// new ones into a table, and close them by rule. Here are two of them, with the table and the lock
// file that they share: what a run does between two moments at which the other may act is a turn.
// The rule says that every position is to be closed. docs/incidents/p4.md.

namespace keel::twins::p4 {

constexpr Duration lock_age_max = seconds(300); // an older one is deleted
constexpr Duration cron_every = seconds(60);
constexpr Duration answer_timeout = seconds(10);
constexpr std::size_t monitors_max = 2;
constexpr std::size_t symbols_max = 2;
constexpr std::size_t rows_max = 4;

enum class Lock : std::uint8_t {
    None,
    File,    // looks at it, then writes it
    Atomic,  // looks at it and writes it in one step
    Session, // held as long as the process lives: what an advisory lock of the database would do
};
enum class Claim : std::uint8_t {
    None,
    Update,       // marks the row closing where closed_at is null
    UpdateIfFree, // and where it is not marked: what the update was meant to do
};
enum class Table : std::uint8_t {
    Known,       // an earlier run has entered every position
    NoKey,       // new positions are entered
    KeyOfSymbol, // a second row of a symbol is refused, and the one that is there taken instead
};
struct Ways {
    Lock lock = Lock::Session;
    Claim claim = Claim::None;
    Table table = Table::Known;
    bool closes_reduce_only = false;
    bool closed_already_is_error = false;
    bool stops_at_error = false;
};

enum class Step : std::uint8_t {
    Idle,
    TakeLock,
    Ask,
    AwaitPositions,
    Query,
    Insert,
    MarkClosing,
    Close,
    AwaitClose,
    MarkClosed,
    Release,
};

struct Monitor {
    Step step = Step::Idle;
    bool is_due = false;        // Idle: it may begin
    bool is_quiet = false;      // this run has found nothing to do, nor has the owner traded since
    bool other_sent = false;    // a close, while this run went on
    std::uint8_t row = 0;       // that it is about
    std::uint8_t rows_left = 0; // to be closed, a bit for each
    std::uint8_t unknown = 0;   // symbols to be entered, a bit for each
    std::array<Lots, symbols_max> seen{};
    RequestID read;
    ClOrdID close;
    Timestamp until = never; // Idle: cron starts it; else it gives up

    [[nodiscard]] bool waits() const {
        return step == Step::AwaitPositions || step == Step::AwaitClose;
    }
    [[nodiscard]] bool is_at(std::size_t r) const {
        return row == r &&
               (step == Step::Close || step == Step::AwaitClose || step == Step::MarkClosed);
    }
};

struct Row {
    bool is_there = false;
    bool is_closing = false;
    bool is_closed = false;
    std::uint8_t symbol = 0;
    Lots qty;    // as it was entered
    Lots closed; // by the fills that it records
    [[nodiscard]] bool is_open() const { return is_there && !is_closed; }
};

// What the last step claimed: held against the truth as soon as it is said.
enum class Said : std::uint8_t { Nothing, SecondSender, CannotClose, ClosedAlready, StoppedEarly };

struct State {
    std::array<Monitor, monitors_max> monitors{};
    std::array<Row, rows_max> rows{};
    bool has_lock = false; // there is a file
    bool lock_is_old = false;
    bool is_quiet = false;  // a run found nothing to do after all that the owner did
    bool has_died = false;  // one of the monitors, once
    bool is_closed = false; // a close was filled: the owner may buy again
    bool is_reopened = false;
    Said said = Said::Nothing;
    std::uint8_t said_of = 0;
    Timestamp lock_at;
    Sender::Numbers numbers;

    [[nodiscard]] bool is_idle() const {
        return std::ranges::all_of(monitors, [](const Monitor& m) { return m.step == Step::Idle; });
    }
    [[nodiscard]] bool is_settled() const {
        return is_quiet && is_idle() && std::ranges::none_of(rows, &Row::is_open);
    }
    [[nodiscard]] Timestamp wake_at() const;
    [[nodiscard]] std::uint64_t digest(Timestamp now) const;
};

class Monitors final : public Twin<State> {
public:
    Monitors(const explore::Scenario& scenario, const Ways& ways);

    [[nodiscard]] explore::Rule broken_rule(const explore::World& world) const override;
    [[nodiscard]] explore::Situation situation() const override;
    [[nodiscard]] std::vector<std::string> belief_words() const override;
    [[nodiscard]] Reads reads(AccountIx account) const override;

private:
    [[nodiscard]] State begun_again() const override;
    [[nodiscard]] bool hears_reports() const override { return false; } // it is all REST

    void hear(const EventBody& body, Sender& send) override;
    void open_positions(Sender& send);
    void time_has_passed();
    void on_positions(Monitor& m, bool is_good);
    void on_close(Monitor& m, bool is_good);

    // A bit for each run that may go on, for each that may die, and for the owner.
    [[nodiscard]] std::uint32_t turns() const override;
    [[nodiscard]] std::string turn_words(std::uint32_t task) const override;
    void go_on(std::uint32_t task, Sender& send) override;
    [[nodiscard]] bool may_begin(std::size_t n) const;
    void begin_run(Monitor& m, Sender& send);
    void take_lock(Monitor& m);
    void ask(Monitor& m, Sender& send);
    void query(Monitor& m);
    void insert(Monitor& m);
    std::size_t enter(std::size_t symbol, Lots qty);
    void next(Monitor& m);
    void mark_closing(Monitor& m);
    void close(Monitor& m, Monitor& other, Sender& send);
    void not_found(Monitor& m, Row& row);
    void mark_closed(Monitor& m);
    void fail(Monitor& m);
    void finish(Monitor& m);
    void end_run(Monitor& m);
    void say(Said said, std::uint8_t symbol);
    ClOrdID trade(Side side, std::size_t symbol, Lots qty, Sender& send);

    // The update finds no row: somebody else closes it, or has.
    [[nodiscard]] bool is_taken(const Row& row) const {
        return row.is_closed || (ways_.claim == Claim::UpdateIfFree && row.is_closing);
    }
    // That a new row of a symbol would be a second one of; rows_max: none.
    [[nodiscard]] std::size_t same_as(std::size_t symbol) const;
    [[nodiscard]] bool has_lock_file() const {
        return ways_.lock == Lock::File || ways_.lock == Lock::Atomic;
    }
    [[nodiscard]] explore::Rule broken_by_words(const explore::World& world) const;
    [[nodiscard]] std::size_t symbol_of(InstrumentIx instrument) const;
    [[nodiscard]] std::string symbol_name(std::size_t symbol) const;

    Ways ways_;
    AccountIx account_;
    std::array<sim::Venue::MarketMove, symbols_max> markets_{}; // as they open, one for each symbol
    std::size_t symbols_ = 0;
};

} // namespace keel::twins::p4
