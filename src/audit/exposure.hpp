#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "audit/config.hpp"
#include "audit/limits.hpp"
#include "audit/orders.hpp"
#include "audit/unheard.hpp"
#include "audit/violation.hpp"

namespace keel::audit {

// The true net of each group, from executions alone: how large it was, and for how long something
// hedgeable was owed. Rules: exposure_within_limit, hedge_not_above_owed, hedge_never_flips,
// hedged_within_bound, residue_within_bound.
//
// A quote on the other side may fill, and pay what is owed, while the desk cannot know it yet: a
// hedge that leaves then is nobody's mistake. So executions of the last `hearing_bound` that went
// the hedge's own way do not lessen what it was allowed to hedge. However long ago they were, all
// hedges of one side together never exceed what was executed on the other: no fill is hedged twice.
//
// What others did with an account is nobody's mistake. Told as a fill, it is not hedged, and only
// swept: it stands apart of what is owed. As a mere change of the position it is owed, once the
// desk must know it, like a quote's execution.
class ExposureRules {
public:
    ExposureRules(const AuditorConfig& config, OrderLedger& orders, const LimitRules& limits,
                  ViolationLog& log);
    // What a copy looks at instead of what its original looked at.
    void look_at(OrderLedger& orders, const LimitRules& limits, ViolationLog& log) {
        orders_ = &orders;
        limits_ = &limits;
        log_ = &log;
    }

    [[nodiscard]] GroupIx group_of(InstrumentIx instrument) const {
        return group_of_[instrument.value()];
    }
    // Is this an order by which something owed is paid? A hedge, or, where it is reduce-only, a
    // close at the hedge venue; closes elsewhere are held to reduce_only_never_opens and to the
    // exposure limit.
    [[nodiscard]] bool is_reduction(const NewOrderSingle& order) const;
    [[nodiscard]] bool is_hedge(const NewOrderSingle& order) const {
        return is_reduction(order) && order.reduce_only == 0;
    }
    // The second leg of an entry whose first leaves with it.
    [[nodiscard]] bool is_second_leg(const NewOrderSingle& order, Timestamp now) const;
    void on_new_risk(const NewOrderSingle& order, Timestamp now);
    void on_reduction(std::uint32_t place, Timestamp now);
    void on_fill(const sim::TrueFill& fill, std::uint32_t place);
    // One that failed to settle: what it did to the net is taken back, and may be hedged again.
    void on_failure(const sim::TrueFill& fill, std::uint32_t place);
    // Somebody else's, which the desk need not know before `known_by`.
    void on_outside(const sim::TrueFill& fill, Timestamp known_by);
    // Looks for what has been owed for too long.
    void on_time(Timestamp now);
    void at_end(bool must_be_flat, Timestamp now);
    // What nothing can be held against any more: no order that was sent before `oldest` executes.
    void forget(Timestamp oldest, Timestamp now);

    // Figures for the report.
    [[nodiscard]] Units net(GroupIx group) const { return Units{groups_[group.value()].net}; }
    [[nodiscard]] Units worst(GroupIx group) const { return Units{groups_[group.value()].worst}; }
    // The net as far as it cannot be hedged; and in lots of the hedge venue as far as it can.
    [[nodiscard]] Units residue(GroupIx group) const;
    [[nodiscard]] Lots open_obligation(GroupIx group) const;
    // How long what was owed stayed so; the median in whole milliseconds, rounded down.
    struct Ages {
        Duration median{};
        Duration most{};
        std::uint64_t count = 0;
    };
    [[nodiscard]] Ages unhedged(GroupIx group) const;
    [[nodiscard]] Ages unhedged() const; // over all groups

private:
    struct Recent {
        Timestamp until; // the desk must know it by then
        Side side;
        std::int64_t units;
    };
    // By whole milliseconds. Few differ, and in a right run all are below the bound.
    using AgeCounts = std::map<std::int64_t, std::uint64_t>;
    struct FirstLeg { // of an entry, as it left
        Timestamp at{never};
        Side side = Side::Buy;
        Int128 units = 0;
    };
    struct GroupState {
        std::int64_t net = 0; // units
        std::int64_t worst = 0;
        std::int64_t apart = 0; // of the net: what others did and nobody hedges, less what is swept
        bool has_outside = false;
        Timestamp outside_known_by; // what others did that is owed
        Unheard outside;            // units, of all that others did
        // Units executed so far, by side: of hedges, and of everything else.
        std::array<Int128, 2> hedged{};
        std::array<Int128, 2> other{};
        std::deque<Recent> recent; // of everything else
        FirstLeg first_leg;
        Timestamp owed_since{never};
        bool is_overdue_told = false;
        AgeCounts ages; // of each time something was owed
        Duration longest_age{};
    };
    [[nodiscard]] static std::size_t place_of(Side side) { return side == Side::Buy ? 0 : 1; }
    // What was executed on this side, beside hedges, so lately that the desk may not know it.
    [[nodiscard]] Int128 unheard(GroupState& state, Side side, Timestamp now) const;
    static void forget_known(GroupState& state, Timestamp now);
    [[nodiscard]] static Ages ages_of(const AgeCounts& counts, Duration longest);
    // The net without what others did and nobody hedges.
    [[nodiscard]] static std::int64_t owed(const GroupState& state) {
        return state.net - state.apart;
    }
    [[nodiscard]] std::int64_t add_to_net(const sim::TrueFill& fill, GroupState& state) const;
    std::int64_t sweep(const sim::TrueFill& fill, std::size_t group, std::uint32_t place);
    void check_limit(const sim::TrueFill& fill, std::uint32_t place, std::int64_t before);
    [[nodiscard]] static bool is_overdue(const GroupState& state, const GroupFacts& facts,
                                         Timestamp now);
    // The least its venue takes, in lots.
    [[nodiscard]] std::int64_t smallest_order(InstrumentIx instrument) const;
    void settle_age(std::size_t group, Timestamp now, bool has_flipped);
    void close_age(std::size_t group, Timestamp now);

    const AuditorConfig* config_; // shared by all copies
    OrderLedger* orders_;
    const LimitRules* limits_;
    ViolationLog* log_;
    std::vector<GroupIx> group_of_;           // by instrument
    std::vector<std::int64_t> units_per_lot_; // by instrument
    std::vector<std::int64_t> apart_;         // by instrument: its part of the group's, in units
    std::vector<GroupState> groups_;
};

} // namespace keel::audit
