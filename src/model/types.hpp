#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/count.hpp"
#include "base/id.hpp"
#include "base/time.hpp"

namespace keel {

using Ticks = Count<struct TicksTag>; // price, in the instrument's tick size
using Lots = Count<struct LotsTag>;   // quantity, in the instrument's lot size
using Money = Count<struct MoneyTag>; // quote currency, in 1e-8 of it (money_scale)
using Units = Count<struct UnitsTag>; // base currency, in the hedged group's common base unit
using Bps = Count<struct BpsTag>;     // 1e-2 of a basis point (1e-6): 3 bps is Bps{300}

constexpr int money_scale = 8;
constexpr std::int64_t money_one = 100'000'000; // one unit of quote currency
constexpr std::int64_t bps_one = 100;           // one basis point
constexpr std::int64_t ppm_one = 1'000'000;

// Places in the desk's tables. Everything a desk trades is known before it starts.
using VenueIx = Index<struct VenueIxTag>;
using AccountIx = Index<struct AccountIxTag>;
using InstrumentIx = Index<struct InstrumentIxTag>; // one symbol on one venue
using GroupIx = Index<struct GroupIxTag>;           // instruments that hedge each other
using StrategyIx = Index<struct StrategyIxTag>;

// Ours, minted before the order leaves: who (desk), in which life (epoch), the how-manieth. What is
// ours is recognised by its desk even if the record of it was lost in a crash.
class ClOrdID {
public:
    static constexpr unsigned desk_bits = 12;
    static constexpr unsigned epoch_bits = 20;
    static constexpr unsigned counter_bits = 32;

    constexpr ClOrdID() = default;
    explicit constexpr ClOrdID(std::uint64_t packed) : packed_(packed) {}
    static constexpr ClOrdID make(std::uint32_t desk, std::uint32_t epoch, std::uint32_t counter) {
        KEEL_ASSERT(desk < (1U << desk_bits), "a desk number has 12 bits");
        KEEL_ASSERT(epoch < (1U << epoch_bits), "an epoch has 20 bits");
        return ClOrdID{(std::uint64_t{desk} << 52U) | (std::uint64_t{epoch} << 32U) | counter};
    }
    [[nodiscard]] constexpr std::uint64_t packed() const { return packed_; }
    [[nodiscard]] constexpr std::uint32_t desk() const {
        return static_cast<std::uint32_t>(packed_ >> 52U);
    }
    [[nodiscard]] constexpr std::uint32_t epoch() const {
        return static_cast<std::uint32_t>(packed_ >> 32U) & ((1U << epoch_bits) - 1U);
    }
    [[nodiscard]] constexpr std::uint32_t counter() const {
        return static_cast<std::uint32_t>(packed_);
    }
    [[nodiscard]] constexpr bool is_none() const { return packed_ == 0; }
    constexpr auto operator<=>(const ClOrdID&) const = default;

private:
    std::uint64_t packed_ = 0;
};

using OrderID = WideId<struct OrderIDTag>; // the venue's; one leg of an order
using ExecID = WideId<struct ExecIDTag>;   // the venue's; one trade may serve several own orders
using RequestID = Id<struct RequestIDTag>; // ours; one per request or read sent
using CorrelationID = Id<struct CorrelationIDTag>; // ours; from signal to fill

// FIX 54
enum class Side : std::uint8_t { Buy = 1, Sell = 2 };
constexpr Side opposite(Side side) { return side == Side::Buy ? Side::Sell : Side::Buy; }
constexpr std::int64_t sign(Side side) { return side == Side::Buy ? 1 : -1; }
constexpr Lots signed_lots(Side side, Lots qty) { return side == Side::Buy ? qty : -qty; }

// Positions are kept per side where the venue runs in hedge mode; Net elsewhere.
enum class PositionSide : std::uint8_t { Net = 0, Long = 1, Short = 2 };
constexpr std::size_t position_side_count = 3;
constexpr std::array<PositionSide, position_side_count> position_sides{
    PositionSide::Net, PositionSide::Long, PositionSide::Short};
// In hedge mode: whose position an order of this side takes down, and whose it adds to.
constexpr PositionSide closed_by(Side side) {
    return side == Side::Sell ? PositionSide::Long : PositionSide::Short;
}
constexpr PositionSide opened_by(Side side) { return closed_by(opposite(side)); }

// FIX 59
enum class TimeInForce : std::uint8_t { Gtc = 1, Ioc = 3 };

// What an order asks for. Merge and redeem are how shares of a binary market turn into money
// without anybody to trade with (Polymarket's conditional tokens); to the engine they are sales.
enum class OrdKind : std::uint8_t {
    Limit,
    Merge,  // with its counterpart in the same batch, one for each outcome: a complete set becomes
            // one unit of money a share. Both are done or neither is
    Redeem, // a share of a resolved market becomes what it is worth, which is no word of `px`
};

// FIX 326, as far as an engine has to know.
enum class TradingStatus : std::uint8_t {
    Open,
    Halted,   // new orders are refused; cancels are taken
    Resolved, // over: the venue has canceled what rested, and a unit is worth `settlement_px`
};

// FIX 39; derived from facts, never stored as truth. PartiallyFilled says only how much: whether a
// cancel is under way is `Pending`'s question.
enum class OrdStatus : std::uint8_t {
    PendingNew,
    New,
    PartiallyFilled,
    Filled,
    Canceled,
    Rejected,
    Expired,
};
constexpr std::size_t ord_status_count = 7;
constexpr bool is_ended(OrdStatus s) {
    return s == OrdStatus::Filled || s == OrdStatus::Canceled || s == OrdStatus::Rejected ||
           s == OrdStatus::Expired;
}

// FIX 150: why this report came.
enum class ExecType : std::uint8_t {
    New,         // the venue has it (leg seen)
    Trade,       // one fill: exec_id, last_qty, last_px
    Canceled,    // leg ended; also removals after it rested (self-trade, margin)
    Rejected,    // leg never rested
    Expired,     // leg ended by the venue's clock, market close or IOC remainder
    Replaced,    // amend took effect: order_id names the (new or kept) leg
    Restated,    // the venue reduced it (reduce-only trim): `reduced` is the running total
    Status,      // a claim about cumulative quantity, no new execution
    TradeCancel, // bust: exec_id names the fill that no longer counts
    TradeCorrect // exec_id names the fill; last_qty and last_px are its new values
};

// A fill's own small life where matched is not final. Failed absorbs; Confirmed and Failed together
// are a contradiction.
enum class FillStage : std::uint8_t { Final, Matched, Mined, Confirmed, Failed };

// What became of an order that was asked for. Over: it is known, and nothing of it rests.
enum class Found : std::uint8_t { No, Known, Over };

// What we asked and have not heard back: a set, as one order may be amended and canceled at once.
namespace pending {
constexpr std::uint8_t none = 0;
constexpr std::uint8_t create = 1;
constexpr std::uint8_t cancel = 2;
constexpr std::uint8_t amend = 4;
constexpr std::uint8_t query = 8;
} // namespace pending

enum class Outcome : std::uint8_t { Accepted, Refused, Unknown };

enum class RequestKind : std::uint8_t {
    New,
    Cancel,
    Amend,
    MassCancel,
    OrderStatus,
    ReadOpenOrders,
    ReadFills,
    ReadPositions,
    ReadBalances,
    Heartbeat,
};

// Where a request travels. Two transports to one venue do not keep order between them.
enum class Transport : std::uint8_t { Socket, Rest };

// What an answer said, as far as it changes what we may conclude.
enum class Reason : std::uint8_t {
    None,
    InvalidRequest,     // our bug: price, size, tick
    InsufficientMargin, //
    PostOnlyWouldCross, //
    ReduceOnly,         // nothing to reduce
    NoLiquidity,        // IOC with no fill
    UnknownOrder,       // "never placed, already canceled, or filled": proves nothing alone
    DuplicateID,        // evidence that an order with this id was accepted
    RateLimited,        // not executed
    Expired,            // validity end had passed: never executed
    Busy,               // 5xx: outcome unknown
    Timeout,            // no answer in time: outcome unknown
    TooLate,            // amend or cancel of an ended order
    NotSupported,
    Self,         // self-trade prevention
    WouldTrigger, // a stop that the market has come to already
    BadNonce,     // the number that its key's action carries is not taken: never executed
    Liquidation,  // of a trade that is not ours: the venue closes, as margin is short
    Deleveraging, // of the same: it closes, as somebody else's loss is not covered (ADL)
};

enum class LinkKind : std::uint8_t { Orders, Fills, Positions, Market, Requests };
constexpr std::size_t link_kind_count = 5;
enum class LinkState : std::uint8_t { Down, Up, Gap };

enum class ReportSource : std::uint8_t { Stream, Answer, Read };

// Behind a name, which of its positions is meant: " long", " short", or nothing for Net.
std::string_view position_suffix(PositionSide);

std::string_view to_string(Side);
std::string_view to_string(TimeInForce);
std::string_view to_string(OrdStatus);
std::string_view to_string(ExecType);
std::string_view to_string(FillStage);
std::string_view to_string(Outcome);
std::string_view to_string(RequestKind);
std::string_view to_string(Transport);
std::string_view to_string(Reason);
std::string_view to_string(LinkKind);
std::string_view to_string(LinkState);
std::string_view to_string(ReportSource);

} // namespace keel
