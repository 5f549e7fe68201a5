#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "audit/books.hpp"
#include "audit/config.hpp"
#include "audit/orders.hpp"
#include "audit/violation.hpp"

namespace keel::audit {

// By whom a position was closed in the end.
enum class ClosedBy : std::uint8_t {
    Target,
    Stop,
    Emergency,
    Desk,         // another order of ours
    Manual,       // the account's owner, by hand
    Liquidation,  // the venue, as margin was short
    Deleveraging, // the venue, as somebody else's loss was not covered (ADL)
};
constexpr std::size_t closed_by_count = 7;

// Positions that are to have a stop at the venue, from the venues' own books. Rules:
// protected_within_bound, no_needless_protection, no_ghost.
//
// It looks at a book whenever an execution moves a position or something becomes of an order there,
// so spans are exact.
//
// What a desk does not know it cannot protect, and what it does not know to be gone it protects
// still: so a bound of the config is held against what truly is, and is as long as the worst way of
// learning it.
class ProtectionRules {
public:
    ProtectionRules(const AuditorConfig& config, const OrderLedger& orders, const Books& books,
                    ViolationLog& log);
    // What a copy looks at instead of what its original looked at.
    void look_at(const OrderLedger& orders, const Books& books, ViolationLog& log) {
        orders_ = &orders;
        books_ = &books;
        log_ = &log;
    }

    [[nodiscard]] bool is_protected(InstrumentIx instrument, PositionSide side) const {
        return !place_of_.empty() && place_of_[lane(instrument, side)] != none;
    }
    // The desk sent it. `is_known_flat`: the venue holds nothing, and the desk was told of all that
    // led there.
    void on_new_order(const NewOrderSingle& order, bool is_known_flat, Timestamp now);
    // An execution moved the position; `place`: of the order, none if it was not ours.
    void on_fill(const sim::TrueFill& fill, std::uint32_t place, Lots before, Lots after);
    // Something has happened, to an order perhaps: what protects is looked at where anything did.
    void on_event(Timestamp now) {
        for (std::size_t n = 0; n < states_.size(); ++n) {
            if (books_->order_changes(venue_of(n)) != states_[n].changes_seen) look(n, now);
        }
    }
    // Time has passed: a bound may be up.
    void on_time(Timestamp now) {
        for (std::size_t n = 0; n < states_.size(); ++n) look(n, now);
    }

    struct Tally {
        std::uint64_t positions = 0; // opened
        std::array<std::uint64_t, closed_by_count> closed{};
        std::uint64_t ghosts = 0;
        std::uint64_t needless = 0;
        Duration bare_most{}; // the longest that one was without a stop for all of it
    };
    // By protected position, as in the config.
    [[nodiscard]] const Tally& tally(std::size_t n) const { return states_[n].tally; }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    struct State {
        Tally tally;
        Lots held;
        Ticks nearest_stop;              // of those sent since the position was opened
        std::vector<ClOrdID> protective; // what was sent to protect it, and may not be over
        std::uint64_t changes_seen = 0;  // of the venue's orders
        Timestamp bare_since{never};
        Timestamp needless_since{never};
        bool is_bare_told = false;
        bool is_needless_told = false;
    };
    [[nodiscard]] static std::size_t lane(InstrumentIx instrument, PositionSide side) {
        return instrument.value() * position_side_count + static_cast<std::size_t>(side);
    }
    [[nodiscard]] VenueIx venue_of(std::size_t n) const {
        return config_->instruments[config_->protections[n].instrument.value()].venue;
    }
    struct Cover {
        Lots lots;            // that stops would take down
        bool has_any = false; // something waits to reduce
    };
    [[nodiscard]] Cover cover_of(std::size_t n, Timestamp now);
    void look(std::size_t n, Timestamp now);
    [[nodiscard]] ClosedBy path_of(const sim::TrueFill& fill, const State& state,
                                   std::uint32_t place) const;

    const AuditorConfig* config_; // shared by all copies
    const OrderLedger* orders_;
    const Books* books_;
    ViolationLog* log_;
    std::vector<std::uint32_t> place_of_; // by instrument and PositionSide
    std::vector<State> states_;
};

} // namespace keel::audit
