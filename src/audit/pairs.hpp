#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "audit/books.hpp"
#include "audit/config.hpp"
#include "audit/equity.hpp"
#include "audit/orders.hpp"
#include "model/command.hpp"

namespace keel::audit {

// What pairs of legs truly did, from executions alone: a round trip is both legs on, and off again;
// a rollback is a leg that came and went without its whole counterpart. Only why is the desk's
// word.
class PairTallies {
public:
    PairTallies(const AuditorConfig& config, const Books& books, const OrderLedger& orders,
                const EquityRules& equity);
    // What a copy looks at instead of what its original looked at.
    void look_at(const Books& books, const OrderLedger& orders, const EquityRules& equity) {
        books_ = &books;
        orders_ = &orders;
        equity_ = &equity;
    }

    // An execution moved a leg, and its money is counted; `cash_before`: of its instrument.
    void on_fill(InstrumentIx instrument, Int128 cash_before);

    // The desk says why it takes a leg down. (Of an attempt of which nothing came it may say so,
    // too: the next one begins anew.)
    void on_notice(const Notice& notice);
    void on_new_order(const NewOrderSingle& order);
    // It may yet be asked what became of this order.
    [[nodiscard]] bool wants(ClOrdID cl_ord_id) const {
        return std::ranges::any_of(states_, [&](const State& state) {
            return std::ranges::find(state.asked, cl_ord_id) != state.asked.end();
        });
    }

    using Causes = std::array<std::uint64_t, close_cause_count>;
    struct Tally {
        std::uint64_t round_trips = 0;
        std::uint64_t rollbacks = 0;
        Causes trips_closed{}; // by cause; None: the desk had not said that it would
        Causes rolled_back{};
        std::uint64_t second_only = 0; // rollbacks of a second leg whose first never came
        // Rollbacks by what was behind them: each is one of the three.
        std::uint64_t by_venue = 0; // an order of the entry was lost, refused or rejected
        std::uint64_t by_price = 0; // each was taken, and one found nobody, or too few
        std::uint64_t needless = 0; // the venues filled all that was asked of them last
        Int128 trips_won = 0;       // 1e-8: after fees, of round trips
        Int128 rollbacks_cost = 0;
    };
    // By pair, as in the config.
    [[nodiscard]] const Tally& tally(std::size_t n) const { return states_[n].tally; }

private:
    struct State {
        Tally tally;
        Int128 cash_before = 0; // of both legs, when the first of them came
        bool is_on = false;
        bool was_whole = false;
        bool had_first = false;
        // When it was last entered: the first leg's side, each leg's last order, and all of both.
        Side way = Side::Buy;
        ClOrdID first_order;
        ClOrdID second_order;
        std::vector<ClOrdID> asked;
        CloseCause cause = CloseCause::None;
    };
    [[nodiscard]] Int128 units(InstrumentIx instrument, int unit_scale) const;

    // The venue of a leg did not do what it was asked last: nobody was there at that price, it
    // refused, or nothing came there.
    [[nodiscard]] bool has_failed(const State& state) const;
    // One of the orders that the entry asked for was never judged there by price alone: it was
    // lost, refused or rejected, though its venue may have answered that it has it.
    [[nodiscard]] bool has_lost_or_rejected(const State& state) const;

    const AuditorConfig* config_; // shared by all copies
    const Books* books_;
    const OrderLedger* orders_;
    const EquityRules* equity_;
    std::vector<State> states_;
};

} // namespace keel::audit
