#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/exit_code.hpp"
#include "base/time.hpp"
#include "model/types.hpp"

namespace keel::app {

// What a run was and came to, ready to be shown: plain numbers and names, no venue and no engine.
// Both forms of the report, for people and for scripts, are made of this and nothing else.

// Base-currency quantities are integers in units of 10^-unit_scale of it.
struct PositionRow {
    std::string venue;
    std::string symbol;
    std::string base;
    std::int64_t units = 0; // by the venue's own book
    int unit_scale = 8;
};

// How long something hedgeable was owed, from the fill at the maker to the hedge's fill at the
// hedge venue, by the venues' own books.
struct UnhedgedMs {
    std::int64_t p50 = 0;
    std::int64_t max = 0;
    std::int64_t bound = 0;
};

struct GroupRow {
    std::string name;
    std::string base;
    int unit_scale = 8;
    std::int64_t net_base_units = 0;
    std::int64_t residue = 0;
    std::int64_t open_obligation_lots = 0;
    std::int64_t exposure_worst = 0;
    std::int64_t exposure_limit = 0;
    std::uint64_t maker_fills = 0;
    std::uint64_t hedge_fills = 0;
    std::uint64_t other_fills = 0;
    UnhedgedMs unhedged;
};

struct VenueRow {
    std::string name;
    Money equity_before;
    Money equity_after;
    Money fees;
    Money funding;      // paid, less received; not among the fees
    Money maker_volume; // notional of fills as maker
    Money taker_volume;
};

// What an instance of a strategy earned on the instruments that it trades, by the venues' books.
struct StrategyRow {
    std::string kind; // as the config's section: xemm, bracket, pair, guardian, quoter
    std::string name;
    Money pnl;
    Money fees;    // paid
    Money funding; // received, less paid
    Money maker_volume;
    bool quotes = false; // what it does is to rest orders: it has an edge
};

struct CountRow {
    std::string name;
    std::uint64_t count = 0;
};

// One alarm as it was told: app/watch.hpp keeps the first and the last of each kind.
struct AlarmRow {
    Duration at{}; // since the start
    std::string kind;
    std::string where;   // instrument or account; empty: the desk
    std::string what;    // the number that was met, and the one it was held against
    std::string release; // what takes it away; empty: nothing has to
};
// "1234.567 s hedge_overdue hyperliquid/BTC: 0.01 BTC owed ...; released by a hedge fill"
[[nodiscard]] std::string line_of(const AlarmRow& alarm);

// Whether a pair quoted. `looks` are moments at which one of its sides should have been quoted.
struct QuotingRow {
    std::string name;
    std::uint64_t quotes = 0; // orders sent to rest
    std::uint64_t looks = 0;
    std::uint64_t resting = 0;
    std::vector<CountRow> held; // of the other looks: by the guard that held it, most first
};

// Positions with a stop: how many there were, what took the last of each, and how long the longest
// was without a stop.
struct BracketRow {
    std::string name;
    std::uint64_t positions = 0;
    // target, stop, emergency_stop, desk, manual, liquidation, adl: by the venue's own book;
    std::vector<CountRow> closed;
    std::vector<CountRow> closed_as_told; // as the desk was told: the same, and position
    std::int64_t bare_ms_max = 0;
    std::int64_t bare_ms_bound = 0;
};

// What a guardian did. Places are what it watches, by name: where each stands at the end.
struct GuardianRow {
    struct Place {
        std::string name; // "hyperliquid/BTC", with its side where there are two
        std::uint64_t life = 0;
        std::string stage;
    };
    std::string name;
    std::uint64_t lives = 0;
    std::uint64_t flagged = 0;
    std::vector<CountRow> closed; // lives that have ended, by cause
    std::uint64_t requests = 0;
    std::uint64_t double_requests = 0;
    std::uint64_t already_closed = 0;
    std::uint64_t lapsed = 0;
    std::vector<Place> places;
};

// Two legs, both on or both off: by the venues' books.
struct PairRow {
    std::string name;
    std::uint64_t round_trips = 0;
    std::uint64_t rollbacks = 0;
    std::uint64_t rollbacks_of_second = 0; // of them, whose first leg never came
    std::uint64_t rollbacks_by_venue = 0;  // of them: an order was lost, refused or rejected;
    std::uint64_t rollbacks_by_price = 0;  // nobody was there any more at the price;
    std::uint64_t rollbacks_needless = 0;  // though the venues did all that was asked
    std::vector<CountRow> exits;           // round trips, by why the desk ended them
    std::vector<CountRow> rolled_back;     // rollbacks, by the same
    Money trips_won;                       // after fees, with funding
    Money rollbacks_cost;
    Money funding;                     // earned by both legs
    Money pnl;                         // of both legs, whatever it comes from
    std::int64_t one_legged_units = 0; // at the end
};

// A ladder of quotes. Quantities in lots of its first instrument.
struct QuoterRow {
    struct Outcome {
        std::string name;         // "polymarket/YES"
        std::int64_t matched = 0; // traded: of that, as many have settled, wait, and have failed
        std::int64_t settled = 0;
        std::int64_t waiting = 0;
        std::int64_t failed = 0;
        std::int64_t held = 0;
        std::int64_t residue = 0; // of what is held, what is too small to be sold
    };
    std::string name;
    std::uint64_t posts = 0;
    std::uint64_t batches = 0;
    std::uint64_t moved = 0;
    std::uint64_t clamped = 0;
    std::uint64_t clamped_most = 0; // in two minutes, one after the other: so in any minute
    std::uint64_t clamped_bound = 0;
    std::uint64_t merges = 0;
    std::uint64_t redemptions = 0;
    std::uint64_t completions = 0;
    std::uint64_t reward_samples = 0;
    std::int64_t reward_score = 0; // in millionths of a lot
    std::vector<Outcome> outcomes;
};

struct Report {
    // What ran.
    std::string config_path;
    std::string config_hash;
    std::string build; // "keel 0.1.0 (1a2b3c4d5e6f, release)"
    std::string faults_profile;
    bool is_outside_model = false; // `beyond`: nothing is promised but to halt
    std::uint64_t seed = 0;
    std::string repeat; // the command that gives this run again; empty: it was interrupted

    // What happened.
    std::uint64_t events = 0;
    std::uint64_t events_lost = 0; // of them, by crashes of ours: no record has them
    Duration simulated{};
    Duration wall{};
    Duration settling{}; // from the end of quoting to the end of the run
    bool is_settled = false;
    bool is_halted = false;
    bool is_killed = false; // by the kill switch, and certified flat
    bool is_interrupted = false;
    std::string error; // the run was broken off: why
    std::uint64_t maker_fills = 0;
    std::uint64_t hedge_fills = 0;
    std::uint64_t other_fills = 0;   // that took, and are no hedges
    std::uint64_t outside_fills = 0; // on our accounts, and not ours
    UnhedgedMs unhedged;             // over all groups
    std::vector<VenueRow> venues;
    std::vector<StrategyRow> strategies;
    std::vector<GroupRow> groups;
    std::vector<BracketRow> brackets;
    std::vector<PairRow> pairs;
    std::vector<QuoterRow> quoters;
    std::uint64_t ghosts = 0;
    std::uint64_t needless_protective_orders = 0;
    std::uint64_t unintended_taker_fills = 0;
    std::uint64_t duplicate_closes = 0;
    std::uint64_t size_errors = 0;
    std::vector<PositionRow> positions;
    std::vector<CountRow> faults;
    std::vector<CountRow> situations;
    std::vector<CountRow> alarms;     // by kind
    std::vector<AlarmRow> alarm_list; // by time; of a kind that came often, the first and the last
    std::vector<QuotingRow> quoting;
    std::vector<GuardianRow> guarding;
    std::vector<std::string> warnings;  // nothing is broken, and yet it is not what one wants
    std::vector<std::string> waits_for; // a start that never ended: what is missing, and the act
    std::uint64_t violations = 0;
    std::vector<std::string> violation_list; // the first of them
    std::uint64_t state_hash = 0;            // of the desk and its venues
    std::uint64_t desk_hash = 0; // of the desk alone: what `keel replay` comes to; 0: it was down
};

[[nodiscard]] ExitCode exit_code_of(const Report& report);
// One sentence: what the exit code means for this run.
[[nodiscard]] std::string verdict_of(const Report& report);

// The group whose exposure came nearest to its limit; nullptr without groups.
[[nodiscard]] const GroupRow* most_exposed(const Report& report);

[[nodiscard]] Money pnl_of(const VenueRow& venue);
[[nodiscard]] std::uint64_t sum(const std::vector<CountRow>& rows);
// In 1e-4 of all attempts, rounded up: a rate is never shown better than it was.
[[nodiscard]] std::uint64_t rollback_rate(const PairRow& pair);
// The round trips' share likewise, rounded down: both add up. Without an attempt: 0.
[[nodiscard]] std::uint64_t success_rate(const PairRow& pair);

struct TextStyle {
    bool colour = false;
};
// For people: aligned columns, at most 100 wide.
[[nodiscard]] std::string report_text(const Report& report, TextStyle style);

// For scripts: one JSON object, its keys in a fixed order. Money is exact decimal text; quantities
// are integers in base units.
[[nodiscard]] std::string report_json(const Report& report);

// Exact decimal texts: eight places, and as many as the unit has.
[[nodiscard]] std::string money_text(Money money);
// A score of rewards in lots, six places.
[[nodiscard]] std::string score_text(std::int64_t millionths);
[[nodiscard]] std::string units_text(std::int64_t units, int unit_scale);
// The state hash as everywhere: 16 hex digits.
[[nodiscard]] std::string hash_text(std::uint64_t hash);

} // namespace keel::app
