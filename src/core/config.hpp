#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/guard.hpp"
#include "model/instrument.hpp"
#include "model/venue.hpp"

namespace keel::core {

// What is beyond these is no market of ours but a mistake: a report is told and not taken in, an
// order is malformed. Sums and products of what is inside them fit in 64 bits.
constexpr Ticks px_max{std::int64_t{1} << 52};
constexpr Lots qty_max{(std::int64_t{1} << 40) - 1}; // of one order or fill
constexpr Lots position_max{std::int64_t{1} << 52};
constexpr Money money_max{std::int64_t{1} << 56};
constexpr Money limit_max{std::int64_t{1} << 61}; // of a limit in money
constexpr Units units_max{std::int64_t{1} << 58}; // of one instrument in its group's base units
constexpr std::size_t members_max = 15;           // of a group

// The named limits of the last gate. Zero is never "no limit": every default is meant to be safe
// for a small account, and a desk that wants more says so. Docs: docs/limits.md.
struct InstrumentLimits {
    Lots max_order_qty{0}; // 0: the venue's own maximum
    Money max_order_notional{10'000 * money_one};
    Money max_position_notional{50'000 * money_one}; // worst end of the interval, at the mark
    Bps price_collar{200 * bps_one};                 // against the mark Keel computes itself
    Duration stale_mark{seconds(5)};                 // older than this is no mark
};
struct AccountLimits {
    std::uint32_t max_open_orders = 50;
    std::uint32_t max_orders_per_second = 10; // new orders, not cancels
    Money max_notional_per_minute{500'000 * money_one};
    std::uint32_t max_rejects_in_window = 20; // refusals of new orders
    Duration reject_window{seconds(60)};
};
struct DeskLimits {
    std::uint64_t max_rounds_without_human = 1'000; // completed hedge rounds
    // Contradictions, overfills, differences adopted while trading, late arrivals: each is
    // survived; so many within the window mean that the stated bounds do not hold. Then the desk
    // halts rather than guesses (ADR 0008).
    std::uint32_t max_surprises_in_window = 3;
    Duration surprise_window{seconds(600)};
    Money max_loss_session{1'000 * money_one}; // against the first equity seen
};

struct InstrumentConfig {
    Instrument instrument;
    AccountIx account;
    InstrumentLimits limits;
    // A strategy takes care of whatever others trade here (make_desk_config() says so): it is
    // counted, and no alarm.
    bool is_shared = false;
};

struct AccountConfig {
    std::string name;
    VenueIx venue;
    AccountLimits limits;
};

// Instruments that are one exposure: what one gains another owes.
struct GroupConfig {
    std::string name;
    int unit_scale = 8; // base unit = 10^-unit_scale of the base currency
    std::vector<InstrumentIx> members;
    InstrumentIx hedge_via;  // where what is owed is hedged
    Units exposure_limit{0}; // for either end of the interval
    Units residue_max{0};    // cap on what is below the hedge venue's lot or minimum; 0: one lot
    Bps hedge_slippage_start{5 * bps_one};
    Bps hedge_slippage_step{5 * bps_one};
    Bps hedge_slippage_max{50 * bps_one};
    Duration hedge_retry{milliseconds(250)};
    Duration hedged_within{seconds(10)}; // alarm when something is owed longer
    bool assign_adjustments = true;      // adopted differences are hedged without an operator
};

// Audits are on by default; `queries_per_second` bounds their cost per account.
struct AuditConfig {
    Duration open_orders_every{seconds(10)};
    Duration fills_every{seconds(10)};
    Duration positions_every{seconds(15)};
    Duration balances_every{seconds(15)};
    Duration verify_age_max{seconds(120)}; // a position not verified for longer stops new risk
    Duration cancel_repeat{milliseconds(500)};
    Duration query_repeat{milliseconds(500)};
    std::uint32_t queries_per_second = 10;
    std::uint32_t cancels_before_escalation = 8; // then cancel-all, and an alarm
    // After a start: what is still missing this long after it could first be had is told to a
    // person, and again as often. Nothing but cancels leaves meanwhile.
    Duration recovery_alarm_after{seconds(30)};
};

// Arenas. Full stops new risk only; the alarm names the knob.
struct Capacities {
    std::uint32_t orders = 1'024;
    std::uint32_t legs = 256;     // further venue ids of replaced orders
    std::uint32_t fills = 65'536; // fill keys remembered for the life of the record
};

struct EngineConfig {
    std::uint32_t desk = 1; // 1 to 4095, part of every ClOrdID
    std::vector<VenueTraits> venues;
    std::vector<AccountConfig> accounts;
    std::vector<InstrumentConfig> instruments;
    std::vector<GroupConfig> groups;
    DeskLimits limits;
    AuditConfig audits;
    Capacities capacities;
    Sabotage sabotage; // tests only
};

// Checks the whole config and completes derived values (units per lot). Every fault is an Error
// that names the account, instrument or group and the knob.
[[nodiscard]] Result<EngineConfig> make_engine_config(EngineConfig draft);

} // namespace keel::core
