#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/pairs.hpp"
#include "audit/protection.hpp"
#include "audit/violation.hpp"
#include "base/time.hpp"
#include "model/command.hpp"
#include "model/types.hpp"
#include "sim/faults.hpp"
#include "strategy/quoter.hpp"

namespace keel::world {

constexpr std::size_t alarm_kind_count = 33;
static_assert(static_cast<std::size_t>(AlarmKind::SignalUsed) + 1 == alarm_kind_count);
[[nodiscard]] std::string_view to_string(AlarmKind kind);

struct InstrumentResult {
    Lots position; // by the venue's own book; in hedge mode both of its sides together
    Lots long_position;
    Lots short_position;
    Money pnl{};     // by executions, fees, funding and the mark
    Money fees{};    // paid
    Money funding{}; // paid, less received
    Money maker_volume{};
    std::uint32_t open_orders = 0;
};
struct GroupResult {
    Units net;            // by the venues' own books
    Units residue;        // the part of it that is too small to be hedged
    Lots open_obligation; // the part that is not, in lots of the hedge venue
    Units exposure_worst;
    Units exposure_limit;
    int unit_scale = 0;
    std::uint64_t maker_fills = 0;
    std::uint64_t hedge_fills = 0;
    std::uint64_t other_fills = 0;
    Duration unhedged_p50{};
    Duration unhedged_max{};
    Duration unhedged_bound{};
};
struct AccountResult {
    Money equity_before; // by the venue
    Money equity_after;
    Money pnl; // the difference, to the last unit
    Money fees;
    Money funding;      // paid, less received
    Money maker_volume; // worth of executions
    Money taker_volume;
};

struct BracketResult { // by the venue's own book
    std::string name;
    std::uint64_t positions = 0;
    std::array<std::uint64_t, audit::closed_by_count> closed{};
    Duration bare_most{};
    Duration bare_bound{};
};

struct PairResult { // by the venues' own books
    std::string name;
    std::uint64_t round_trips = 0;         // both legs were on, and are off again
    std::uint64_t rollbacks = 0;           // a leg came and went without its whole counterpart
    std::uint64_t rollbacks_of_second = 0; // of them, whose first leg never came
    // Each rollback is one of these: the venue lost, refused or rejected an order of it; the price
    // had gone; the venues had done all that was asked.
    std::uint64_t rollbacks_by_venue = 0;
    std::uint64_t rollbacks_by_price = 0;
    std::uint64_t rollbacks_needless = 0;
    // By why the desk said that it took the legs down; None: it had said nothing.
    audit::PairTallies::Causes trips_closed{};
    audit::PairTallies::Causes rolled_back{};
    Money trips_won; // after fees, with funding
    Money rollbacks_cost;
    Money funding;    // earned by both legs
    Units one_legged; // at the end: what one leg holds and the other does not
};

// A ladder of quotes, as its desk counted it; nothing while the desk is down.
struct QuoterResult {
    std::string name;
    strategy::QuoterState counted;
    std::uint32_t clamps_bound = 0; // as configured
    struct Outcome {
        InstrumentIx instrument;
        Lots held;    // at the end
        Lots residue; // of that, what nobody could sell, merge or redeem; only once it has settled
        // Shares that were traded, bought and sold together, by the venue's books; each of them has
        // settled, waits (as the desk knows it), or has failed.
        Lots matched;
        Lots waiting;
        Lots failed;
        [[nodiscard]] Lots settled() const { return matched - waiting - failed; }
    };
    std::vector<Outcome> outcomes;
};

// Situations that must be met for a run to have tested anything. What can be seen from outside is
// counted by the auditor, the rest by the desk.
struct Situations {
    std::uint64_t fill_while_cancel_pending = 0; // auditor: executed after a cancel had left
    std::uint64_t cancel_answer_lost = 0;        // desk
    std::uint64_t hedge_partly_filled = 0;       // auditor
    std::uint64_t unknown_to_life = 0;           // desk
    std::uint64_t unknown_to_death = 0;          // desk
    std::uint64_t restart = 0;                   // world
};

enum class Ending : std::uint8_t {
    Settled, // nothing rests, is unknown or owed, on evidence
    TimeUp,  // not settled in the time it had
    Stopped, // by whoever ran it, at once
    Failed,  // the record could not be written: `error` says why
};
[[nodiscard]] std::string_view to_string(Ending ending);

struct RunResult {
    std::uint64_t seed = 0;
    std::uint64_t events = 0;       // that the desk was told, lost ones included
    std::uint64_t events_lost = 0;  // of them, by crashes: no record has them
    std::uint64_t market_moves = 0; // at the venues
    Duration simulated{};
    Duration settling{}; // the part of it after the wind-down began
    std::uint64_t maker_fills = 0;
    std::uint64_t hedge_fills = 0;
    std::uint64_t other_fills = 0;   // as taker, and no hedge: entries, completions, closes
    std::uint64_t outside_fills = 0; // executions that are not ours
    std::uint64_t orders_sent = 0;
    std::uint64_t cancels_sent = 0;
    std::vector<InstrumentResult> instruments;
    std::vector<GroupResult> groups;
    std::vector<AccountResult> accounts;
    std::vector<BracketResult> brackets;
    std::vector<PairResult> pairs;
    std::vector<QuoterResult> quoters;
    std::uint64_t ghosts = 0; // orders that protect what is known to be gone, or was for long
    std::uint64_t needless_protective_orders = 0;
    std::uint64_t unintended_taker_fills = 0; // of what was only to rest
    std::uint64_t duplicate_closes = 0;       // sent while earlier ones could still close the same
    std::uint64_t size_errors = 0; // of sizes that the venue does not take, or that is not held
    Money pnl;                     // over all accounts
    Duration unhedged_p50{};       // over all groups
    Duration unhedged_max{};
    Duration unhedged_bound{}; // the largest of the groups'
    std::array<std::uint64_t, sim::run_fault_kind_count> faults{};
    Situations situations;
    std::array<std::uint64_t, alarm_kind_count> alarms{};
    std::uint64_t violations = 0;
    std::vector<audit::Violation> violation_list; // the first ones
    std::uint64_t state_hash = 0;                 // of the desk and all venues
    std::uint64_t desk_hash = 0; // of the desk alone, as its record has it; 0: it was down
    Ending ending = Ending::Settled;
    std::string error; // Failed
    bool is_interrupted = false;
    std::vector<std::uint32_t>
        missing; // by account: what its last start waits for, core::missing()
    bool is_halted = false;
    bool is_killed = false;   // by the kill switch, and certified flat
    bool is_flat = false;     // by the venues' books: no position, nothing rests
    bool is_balanced = false; // by the venues' books: nothing hedgeable is owed, nothing rests

    // The group that came nearest to its exposure limit.
    [[nodiscard]] std::size_t tightest_group() const;
};

} // namespace keel::world
