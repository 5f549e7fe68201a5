#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/books.hpp"
#include "audit/config.hpp"
#include "audit/number_ranges.hpp"
#include "audit/place_index.hpp"
#include "audit/violation.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::audit {

// One order as it left the desk, and what truly became of it.
struct SentOrder {
    ClOrdID cl_ord_id;
    InstrumentIx instrument;
    Side side = Side::Buy;
    PositionSide position_side = PositionSide::Net; // whose position it moves
    TimeInForce tif = TimeInForce::Gtc;
    bool post_only = false;
    bool reduce_only = false;
    bool is_hedge = false;
    bool is_quote = false; // new risk: neither a hedge nor a close
    bool is_amended = false;
    bool is_sweep = false;        // takes away what is nobody's
    bool has_arrived = false;     // the venue had it at some time
    bool has_ended = false;       // nothing more can execute
    bool absent_at_fence = false; // the venue did not have it when its validity ended
    bool is_counted = false;      // in the tally of partly filled hedges
    bool was_over = false;        // when the ledger last forgot
    Ticks trigger_px;             // of a stop
    Ticks px;                     // as last asked
    Ticks worst_px; // the worst that was ever asked: with amends any of them may be executed
    Lots qty{};     // with amends: the most it may have executed in the end
    Lots cum{};
    Lots returned{};            // failed to settle, and rested again
    Lots open{};                // what it may still execute, when it was last looked up
    Lots amend_qty{};           // asked by its newest amend, until that was answered
    std::uint32_t amend_no = 0; // of that one
    Timestamp amend_fence{};    // after this it cannot be accepted
    Timestamp sent_at{};
    Timestamp valid_until{};
    Timestamp fence_at{}; // after this its request cannot be accepted
    Timestamp cancel_sent_at{never};
};

// What the desk sent, by ClOrdID, with the rules that need nothing but an order's own life:
// no_resend, no_overfill, fills_have_intents, maker_only_never_takes, expired_request_not_accepted.
// Of what has been over for long only the ids are remembered.
class OrderLedger {
public:
    OrderLedger(const AuditorConfig& config, const Books& books, ViolationLog& log);
    // What a copy looks at instead of what its original looked at.
    void look_at(const Books& books, ViolationLog& log) {
        books_ = &books;
        log_ = &log;
    }

    // Places stay valid until the next forget(); references only until the next add().
    std::uint32_t add(const NewOrderSingle& order, bool is_hedge, Timestamp now);
    void on_cancel(ClOrdID cl_ord_id, Timestamp now);
    void on_amend(const OrderCancelReplaceRequest& amend, Timestamp now);
    // What a venue says: hints that spare a look into its book.
    void on_heard(const EventBody& body);
    // The order an execution belongs to; none if it was never sent.
    std::uint32_t on_fill(const sim::TrueFill& fill);
    // So much of what it executed has failed, and rests again. (What may have been sent in its
    // place was right to send: it is not under way.)
    void on_return(std::uint32_t place, Lots qty) {
        orders_[place].cum -= qty;
        orders_[place].returned += qty;
    }
    // A time has come at which some request's validity ends.
    void on_time(Timestamp now) {
        if (now > next_fence_) [[unlikely]]
            pass_fences(now);
    }

    [[nodiscard]] const SentOrder& at(std::uint32_t place) const { return orders_[place]; }
    [[nodiscard]] SentOrder& at(std::uint32_t place) { return orders_[place]; }
    [[nodiscard]] std::uint32_t find(ClOrdID cl_ord_id) const {
        return cl_ord_id.is_none() ? PlaceIndex::none : index_.find(cl_ord_id.packed());
    }

    // Calls visit(order) for every order of this instrument and side that may still execute, by the
    // venue's own book; forgets the others.
    template <class Visit>
    void each_under_way(InstrumentIx instrument, Side side, Timestamp now, Visit&& visit) {
        std::vector<std::uint32_t>& list = under_way_[lane(instrument, side)];
        std::size_t kept = 0;
        for (const std::uint32_t place : list) {
            if (!may_still_execute(place, now)) continue;
            visit(std::as_const(orders_[place]));
            list[kept++] = place;
        }
        list.resize(kept);
    }

    // How many these are at most, without a look into a book: all that are not known to have ended.
    [[nodiscard]] std::uint32_t most_under_way(InstrumentIx instrument, Side side) const {
        std::uint32_t count = 0;
        for (const std::uint32_t place : under_way_[lane(instrument, side)]) {
            if (!orders_[place].has_ended) ++count;
        }
        return count;
    }

    // And what they may still execute at most.
    [[nodiscard]] Lots most_open(InstrumentIx instrument, Side side) const {
        Lots most;
        for (const std::uint32_t place : under_way_[lane(instrument, side)]) {
            const SentOrder& order = orders_[place];
            if (!order.has_ended) most += order.qty - order.cum;
        }
        return most;
    }

    // Looks at the whole of a venue's book: quantities, late arrivals, ends.
    void check_book(VenueIx venue, Timestamp now);
    void at_end(Timestamp now);

    // Forgets what was over at the last call already, but not what somebody still asks for: so what
    // becomes of an order is remembered from one call to the next, at least.
    void forget(const std::function<bool(ClOrdID)>& is_wanted, Timestamp now);
    [[nodiscard]] std::size_t size() const { return orders_.size(); }
    [[nodiscard]] std::size_t forgotten_ranges() const { return forgotten_.range_count(); }
    // When the oldest was sent of those that were not over when it last forgot.
    [[nodiscard]] Timestamp oldest_under_way() const {
        const auto oldest = std::ranges::find(orders_, false, &SentOrder::was_over);
        return oldest == orders_.end() ? never : oldest->sent_at;
    }

    [[nodiscard]] std::uint64_t hedges_partly_filled() const { return hedges_partly_filled_; }
    [[nodiscard]] std::uint64_t fills_while_cancel_pending() const {
        return fills_while_cancel_pending_;
    }

private:
    [[nodiscard]] static std::size_t lane(InstrumentIx instrument, Side side) {
        return std::size_t{instrument.value()} * 2 + (side == Side::Sell ? 1 : 0);
    }
    // Why nothing should happen to an order that is not remembered.
    [[nodiscard]] std::string_view what_of(ClOrdID cl_ord_id) const;
    [[nodiscard]] bool may_still_execute(std::uint32_t place, Timestamp now);
    void note_book(const sim::TrueOrder& book, Timestamp now);
    void on_amend_answer(const RequestAnswer& answer);
    [[nodiscard]] Timestamp fence_of(InstrumentIx instrument, Timestamp valid_until,
                                     Timestamp now) const;
    [[nodiscard]] AmendQty dialect_of(const SentOrder& order) const {
        return config_->venues[config_->instruments[order.instrument.value()].venue.value()]
            .amend_qty;
    }
    void arrive(SentOrder& order, Timestamp now);
    void end(SentOrder& order);
    void pass_fences(Timestamp now);

    struct Due {
        Timestamp at;
        std::uint32_t place;
    };
    const AuditorConfig* config_; // shared by all copies
    const Books* books_;
    ViolationLog* log_;
    PlaceIndex index_;
    std::vector<SentOrder> orders_;                     // as they were sent
    NumberRanges forgotten_;                            // ids of others that were
    std::vector<std::vector<std::uint32_t>> under_way_; // by instrument and side
    std::vector<std::deque<Due>> fences_;               // by venue, by time
    Timestamp next_fence_{never};
    std::uint64_t hedges_partly_filled_ = 0;
    std::uint64_t fills_while_cancel_pending_ = 0;
};

} // namespace keel::audit
