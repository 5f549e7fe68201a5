#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "audit/auditor.hpp"

// A maker and a hedge instrument on two venues, told by hand: a test says what the desk sent and
// what truly happened, and sees what the auditor makes of it. The books follow the story unless a
// test bends them.

namespace keel::audit::test {

constexpr InstrumentIx maker{0};
constexpr InstrumentIx hedge{1};

class FakeBooks final : public Books {
public:
    // By instrument and PositionSide.
    std::vector<std::array<Lots, position_side_count>> positions{{}, {}};
    std::vector<Money> equities{Money{0}, Money{0}};
    std::vector<std::vector<sim::TrueOrder>> orders{{}, {}};
    Lots unsettled;                // of the maker's position
    std::optional<Ticks> resolved; // what its market was resolved to

    [[nodiscard]] Lots settled(InstrumentIx instrument) const override {
        return instrument == maker ? position(instrument, PositionSide::Net) - unsettled
                                   : position(instrument, PositionSide::Net);
    }
    [[nodiscard]] std::optional<Ticks> resolved_to(InstrumentIx instrument) const override {
        return instrument == maker ? resolved : std::nullopt;
    }
    [[nodiscard]] Lots position(InstrumentIx instrument, PositionSide side) const override {
        return positions[instrument.value()][static_cast<std::size_t>(side)];
    }
    void move(InstrumentIx instrument, PositionSide side, std::int64_t lots) {
        positions[instrument.value()][static_cast<std::size_t>(side)] += Lots{lots};
    }
    [[nodiscard]] Money equity(AccountIx account) const override {
        return equities[account.value()];
    }
    [[nodiscard]] std::uint32_t open_orders(AccountIx account) const override {
        std::uint32_t count = 0;
        for (const auto& order : orders[account.value()]) count += order.is_open ? 1 : 0;
        return count;
    }
    void for_each_order(VenueIx venue,
                        const std::function<void(const sim::TrueOrder&)>& visit) const override {
        for (const auto& order : orders[venue.value()]) visit(order);
    }
    [[nodiscard]] std::optional<sim::TrueOrder> order(VenueIx venue,
                                                      ClOrdID cl_ord_id) const override {
        for (const auto& order : orders[venue.value()]) {
            if (order.cl_ord_id == cl_ord_id) return order;
        }
        return std::nullopt;
    }
    // Stories bend them as they like: they are looked at whenever somebody asks.
    [[nodiscard]] std::uint64_t order_changes(VenueIx /*venue*/) const override {
        return ++times_asked;
    }
    mutable std::uint64_t times_asked = 0;
};

AuditorConfig usual_config();

class Scene {
public:
    explicit Scene(const AuditorConfig& config = usual_config());

    // --- what the desk sends ---
    struct Sent {
        Side side = Side::Buy;
        std::int64_t qty = 10;
        std::int64_t px = 1'000;
        bool post_only = false;
        bool reduce_only = false;
        Duration validity = seconds(2);
        std::uint32_t epoch = 1;
        std::int64_t trigger = 0; // of a stop
        TimeInForce tif = TimeInForce::Gtc;
        PositionSide position_side = PositionSide::Net;
    };
    // A new order under the next number; it arrives and rests at once unless told otherwise.
    std::uint32_t send(InstrumentIx instrument, const Sent& sent, bool arrives = true);
    std::uint32_t send(InstrumentIx instrument, Side side, std::int64_t qty, bool arrives = true) {
        return send(instrument, Sent{.side = side, .qty = qty}, arrives);
    }
    void send_again(std::uint32_t number);
    void cancel(std::uint32_t number);
    // To so many lots at that price, 0: as it was; in the book at once unless told otherwise.
    void amend(std::uint32_t number, std::int64_t qty, std::int64_t px = 0, bool arrives = true);

    // --- what truly happens ---
    void arrive(std::uint32_t number);
    void end(std::uint32_t number); // the venue's book closes it
    void forget(std::uint32_t number);
    // Executes lots of it: books, position, equity and fee follow.
    void fill(std::uint32_t number, std::int64_t qty, bool is_maker = true);
    // Somebody else trades at the mid, by hand or as the venue: told as a fill or not.
    void outside(InstrumentIx instrument, Side side, std::int64_t qty, bool is_told = true,
                 PositionSide position_side = PositionSide::Net,
                 sim::OutsideAct::Kind kind = sim::OutsideAct::Kind::Manual);
    void hears_refusal(std::uint32_t number);
    void hears_amend(std::uint32_t number, Outcome outcome);
    void hears_cancel(std::uint32_t number);
    // The stream tells of an execution of it, its first one or another; the same: once more.
    void hears_fill(std::uint32_t number, std::int64_t qty, std::uint64_t execution = 1);
    // The desk's belief about the maker's position: certain, and as an interval.
    void believes(std::int64_t lowest, std::int64_t certain, std::int64_t highest,
                  PositionSide side = PositionSide::Net);
    void wait(Duration time);
    void quote(InstrumentIx instrument, std::int64_t bid, std::int64_t ask);
    void lease(Duration length, std::uint32_t epoch = 1);
    // The desk says that it has settled and believes what the books show, but for `wrong`.
    void settle(std::int64_t wrong_position = 0, std::uint32_t wrong_orders = 0);

    [[nodiscard]] Timestamp now() const { return now_; }
    FakeBooks books;
    Auditor auditor;
    Money extra_fee{}; // what the venue takes beyond its fee
    Ticks slip{};      // and how much worse than asked it executes

private:
    [[nodiscard]] sim::TrueOrder& book_of(std::uint32_t number);
    [[nodiscard]] ClOrdID id(std::uint32_t number) const;

    Timestamp now_{seconds(1'000).value()};
    std::vector<NewOrderSingle> sent_;
    std::vector<std::uint64_t> executions_; // of each
};

} // namespace keel::audit::test
