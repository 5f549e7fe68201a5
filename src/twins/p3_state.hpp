#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/types.hpp"
#include "twins/twin.hpp"

// What P3, the funding arbitrage in two legs, decides and remembers. docs/incidents/p3.md.

namespace keel::twins::p3 {

constexpr std::size_t trades_max = 2;
constexpr std::size_t groups_max = 2;
constexpr std::size_t legs = 2; // of a trade: X10's, and Lighter's, which hedges it
constexpr std::size_t instruments_max = groups_max * legs;

constexpr Money trade_size = Money{15 * money_one};
constexpr Duration scan_every = seconds(1); // for a trade
constexpr Duration sleep_between_legs = seconds(2);
constexpr Duration trade_lives = seconds(120);
constexpr Duration look_every = seconds(2); // for zombies

// What the post-mortem's fixes changed, each for itself.
struct Decisions {
    bool checks_again = false;  // balances just before it sends, else only when it chose
    bool sizes_by_read = false; // a rollback: the position as read, else dollars at the mark
    bool legs_in_turn = false;  // X10, a sleep, then Lighter; else both at once
    Duration rollback_after{};  // the other leg has failed
    Duration rows_kept{};       // positions as read are used for so long; zero: no zombies sought
    [[nodiscard]] bool seeks_zombies() const { return rows_kept > Duration{}; }
};

enum class Phase : std::uint8_t {
    None,
    Choosing,    // asks for both balances
    Chosen,      // its task has been started and has not run yet
    Checking,    // asks for both balances again
    Opening,     // a leg is on its way
    Sleeping,    // between the legs
    Waiting,     // one leg has failed: before the rollback of the other
    Reading,     // the position that it rolls back
    RollingBack, // has sent the order that does
    Open,
    Closing,
    Over,
};
enum class LegIs : std::uint8_t { Absent, Sent, On, Refused };

struct Leg {
    LegIs is = LegIs::Absent;
    bool has_enough = false;   // the balance that it read allows it
    bool is_outspent = false;  // another trade has sent an order there since it asked
    bool lacks_margin = false; // it was refused for that
    bool is_closing = false;
    ClOrdID order;
    ClOrdID close;
    RequestID read; // of its account's balance, or of its position
    Money needs;    // margin, as reckoned when it was chosen
};

struct Trade {
    Phase phase = Phase::None;
    Side side = Side::Buy; // X10's
    std::uint8_t lone = 0; // the leg that is rolled back
    std::array<Leg, legs> leg;
    Lots qty;
    Lots read_qty;               // of the position that it rolls back
    Lots rolled_back;            // asked for
    Timestamp at = never;        // what it waits for is then
    Timestamp closes_at = never; // if it seeks zombies, too

    [[nodiscard]] bool is_at_work() const {
        return phase != Phase::None && phase != Phase::Open && phase != Phase::Over;
    }
};

// Positions as they were last read, both venues', for whoever asks within their time.
struct Rows {
    std::array<Lots, instruments_max> held{};
    std::array<RequestID, legs> reads{};
    Timestamp at = never; // when they came; `never`: there are none
    bool is_new = false;  // they were asked for after the last trade had ended
};

struct State {
    std::array<Trade, trades_max> trades{};
    Rows rows;
    std::array<ClOrdID, instruments_max> zombie{}; // the last order that was to close one
    bool is_quiet = false; // it has looked for zombies since all trades ended, and there were none
    Sender::Numbers numbers;
    std::array<Ticks, instruments_max> bid{};
    std::array<Ticks, instruments_max> ask{};
    Timestamp scan_at;         // the next time it looks for a trade
    Timestamp look_at = never; // for zombies

    [[nodiscard]] bool is_settled() const;
    [[nodiscard]] Timestamp wake_at() const;
    [[nodiscard]] std::uint64_t digest(Timestamp now) const;

    bool seeks_zombies = false; // a trade is closed in time, and zombies are looked for

private:
    [[nodiscard]] std::uint32_t rank_of(RequestID id) const;
};

// By group of the scenario: the instruments of X10's leg and of Lighter's, through which it hedges.
using Symbols = std::vector<std::array<InstrumentIx, legs>>;
[[nodiscard]] Symbols symbols_of(const explore::Scenario& scenario);

// p3_rules.cpp
[[nodiscard]] explore::Rule broken_rule(const State& state, const Symbols& symbols,
                                        const explore::World& world);
[[nodiscard]] explore::Situation situation(const State& state);
[[nodiscard]] std::string words(const Trade& trade);

} // namespace keel::twins::p3
