#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "audit/books.hpp"
#include "audit/config.hpp"
#include "audit/limits.hpp"
#include "audit/unheard.hpp"
#include "audit/violation.hpp"
#include "model/event.hpp"

namespace keel::audit {

// What a desk says of its position: that it truly lies in [lowest, highest], and what is certain.
struct PositionBelief {
    Lots lowest;
    Lots certain; // the executions that it knows of
    Lots highest;
};

// Positions and money, added up from executions alone, ours and those of others on the account, and
// compared with the venues' books. Rules:
// equity_adds_up, position_adds_up, reduce_only_never_opens; and truth_inside_interval.
//
// What an execution does to the cash of an account, in 1e-8 of the quote currency: a buy takes
// px x qty rounded up, a sell brings it rounded down, and the fee is the stated share of that
// amount rounded up (a rebate is a negative share). An open position is worth qty x mid rounded
// down. Funding takes qty x mid x rate rounded up (of a short, or at a negative rate, it brings
// that much less).
class EquityRules {
public:
    EquityRules(const AuditorConfig& config, const Books& books, const LimitRules& limits,
                ViolationLog& log);
    // What a copy looks at instead of what its original looked at.
    void look_at(const Books& books, const LimitRules& limits, ViolationLog& log) {
        books_ = &books;
        limits_ = &limits;
        log_ = &log;
    }

    void on_fill(const sim::TrueFill& fill, bool is_reduce_only);
    // One that has failed to settle: as if it had never been, but that it was told.
    void on_failure(const sim::TrueFill& fill);
    // Somebody else's, which the desk need not know before `known_by`.
    void on_outside(const sim::TrueFill& fill, Timestamp known_by);
    void check_books(Timestamp now);
    // What a venue took, or gave, for what is held.
    void on_funding(const sim::TrueFunding& funding);
    // The desk was told what it will be.
    void on_told(const Signal& signal);
    // The desk was told of something. True: of an execution that it was not told of before.
    bool on_told(const ExecutionReport& report);
    // What it believes after that. However much is unknown, what was told is not: on either side it
    // is sure of all executions that it was told of, and of none that never happened.
    void on_belief(InstrumentIx instrument, PositionSide side, const PositionBelief& belief,
                   Timestamp now);
    void check_belief(InstrumentIx instrument, PositionSide side, Lots position, Timestamp now);

    [[nodiscard]] Lots position(InstrumentIx instrument, PositionSide side) const {
        return Lots{held(instrument, side).lots};
    }
    // In hedge mode both sides together.
    [[nodiscard]] Lots position(InstrumentIx instrument) const {
        return Lots{lines_[instrument.value()].net};
    }
    // Received less paid, less fees and funding, so far; and the funding that was paid.
    [[nodiscard]] Int128 cash(InstrumentIx instrument) const {
        return lines_[instrument.value()].cash;
    }
    [[nodiscard]] Int128 funding(InstrumentIx instrument) const {
        return lines_[instrument.value()].funding;
    }
    // The position that an order of this side may have been meant for: the desk need not know yet
    // of what others did that way.
    [[nodiscard]] Lots position_for(Side side, InstrumentIx instrument, PositionSide position_side,
                                    Timestamp now) const {
        const Held& one = held(instrument, position_side);
        return Lots{one.lots} - signed_lots(side, Lots{one.unheard.sum(side, now)});
    }
    // The venue holds nothing, and the desk was told of all executions, or must know of those that
    // nobody tells.
    [[nodiscard]] bool is_known_flat(InstrumentIx instrument, PositionSide side,
                                     Timestamp now) const {
        const Held& one = held(instrument, side);
        return one.lots == 0 && one.failed == one.failed_told &&
               one.bought - one.bought_told == one.bought_silent &&
               one.sold - one.sold_told == one.sold_silent &&
               one.unheard.sum(Side::Buy, now) + one.unheard.sum(Side::Sell, now) == 0;
    }
    // What others did on this side, and the desk need not know yet.
    [[nodiscard]] Lots unheard(InstrumentIx instrument, Side side, Timestamp now) const {
        return Lots{held(instrument, PositionSide::Net).unheard.sum(side, now)};
    }
    // Executions of this side that somebody is to tell of, and nobody has.
    [[nodiscard]] Lots untold(InstrumentIx instrument, PositionSide position_side,
                              Side side) const {
        const Held& line = held(instrument, position_side);
        return side == Side::Buy ? Lots{line.bought - line.bought_told - line.bought_silent}
                                 : Lots{line.sold - line.sold_told - line.sold_silent};
    }
    // What an order of this side may take down: the most that the desk may believe in, without the
    // executions of this side that it need not know, and the least, without those of the other.
    [[nodiscard]] Lots most_held(InstrumentIx instrument, PositionSide position_side, Side side,
                                 Timestamp now) const {
        return max(held_against(instrument, position_side, side) +
                       unknown(instrument, position_side, side, now),
                   Lots{0});
    }
    [[nodiscard]] Lots least_held(InstrumentIx instrument, PositionSide position_side, Side side,
                                  Timestamp now) const {
        return max(held_against(instrument, position_side, side) -
                       unknown(instrument, position_side, opposite(side), now),
                   Lots{0});
    }
    // Change since the start, as the auditor computes it.
    [[nodiscard]] Money pnl(AccountIx account) const;
    [[nodiscard]] Money pnl(InstrumentIx instrument) const {
        return Money{static_cast<std::int64_t>(worth_of_line(instrument.value()))};
    }
    struct Turnover {
        Money fees;
        Money funding;      // paid, less received
        Money maker_volume; // worth of executions as maker; what is merged or redeemed is none
        Money taker_volume;
    };
    [[nodiscard]] Turnover turnover(AccountIx account) const;
    [[nodiscard]] Turnover turnover(InstrumentIx instrument) const;
    // Executions, and failures of them, that somebody is to tell of, and nobody has.
    [[nodiscard]] std::size_t untold_count() const {
        return untold_.size() + untold_failures_.size();
    }
    struct Traded { // bought and sold together; what is merged or redeemed is no trade
        Lots matched;
        Lots failed; // of that, what was to settle and did not
    };
    [[nodiscard]] Traded traded(InstrumentIx instrument) const {
        const Line& line = lines_[instrument.value()];
        return {Lots{line.matched}, Lots{line.failed}};
    }

private:
    // What tells one execution from every other. One match may serve several own orders.
    struct Execution {
        OrderID order_id;
        ExecID exec_id;
        InstrumentIx instrument;
        Side side = Side::Buy;
        auto operator<=>(const Execution&) const = default;
    };
    [[nodiscard]] Int128 fee_due(const sim::TrueFill& fill, Int128 amount) const;
    struct Held { // one position, in lots
        std::int64_t lots = 0;
        std::int64_t bought = 0; // ever, and of these what the desk was told of
        std::int64_t sold = 0;
        std::int64_t bought_told = 0;
        std::int64_t sold_told = 0;
        std::int64_t bought_silent = 0; // by others, and told by no fill
        std::int64_t sold_silent = 0;
        // Of these lots (buys, sells), what failed to settle, and of that what the desk was told.
        std::array<std::int64_t, 2> failed{};
        std::array<std::int64_t, 2> failed_told{};
        Unheard unheard;      // of what others did
        bool is_told = false; // it is known not to add up: said once
        [[nodiscard]] static std::size_t place_of(Side side) { return side == Side::Buy ? 0 : 1; }
        [[nodiscard]] std::int64_t untold_failures(Side side) const {
            return failed[place_of(side)] - failed_told[place_of(side)];
        }
    };
    struct Line { // one instrument
        std::array<Held, position_side_count> held;
        std::int64_t net = 0; // lots
        Int128 cash = 0;      // 1e-8: received less paid, less fees and funding
        Int128 fees = 0;
        Int128 funding = 0;
        Int128 maker_volume = 0;
        Int128 taker_volume = 0;
        std::int64_t matched = 0; // lots that were traded, and of these that failed to settle
        std::int64_t failed = 0;
        Timestamp funding_at; // the last settlement that the desk was told of, and its rate
        std::int64_t funding_told = 0;
    };
    [[nodiscard]] const Held& held(InstrumentIx instrument, PositionSide side) const {
        return lines_[instrument.value()].held[static_cast<std::size_t>(side)];
    }
    [[nodiscard]] Held& held(InstrumentIx instrument, PositionSide side) {
        return lines_[instrument.value()].held[static_cast<std::size_t>(side)];
    }
    void check_reduction(const sim::TrueFill& fill, std::int64_t before) const;
    [[nodiscard]] Int128 worth_of_line(std::size_t instrument) const;
    [[nodiscard]] Lots held_against(InstrumentIx instrument, PositionSide position_side,
                                    Side side) const {
        return -signed_lots(side, position(instrument, position_side));
    }
    // Of this side: what was not told, and what others did of late. That something of the other
    // side has failed, and nobody has told it, is the same.
    [[nodiscard]] Lots unknown(InstrumentIx instrument, PositionSide position_side, Side side,
                               Timestamp now) const {
        const Held& one = held(instrument, position_side);
        return untold(instrument, position_side, side) + Lots{one.unheard.sum(side, now)} +
               Lots{one.untold_failures(opposite(side))};
    }

    const AuditorConfig* config_; // shared by all copies
    const Books* books_;
    const LimitRules* limits_;
    ViolationLog* log_;
    std::vector<Line> lines_;
    // Few, as all else is forgotten: what is told and not among them was told before.
    std::set<Execution> untold_;
    std::set<Execution> untold_failures_;
    std::vector<std::uint8_t> is_equity_told_; // by account
};

} // namespace keel::audit
