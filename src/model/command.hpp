#pragma once

#include <array>
#include <cstdint>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "model/types.hpp"

namespace keel {

// Everything a desk ever asks for. Fixed, padding-free structs, like events.

struct NewOrderSingle {
    RequestID request;
    ClOrdID cl_ord_id;
    CorrelationID correlation;
    AccountIx account;
    InstrumentIx instrument;
    Side side = Side::Buy;
    TimeInForce tif = TimeInForce::Gtc;
    std::uint8_t post_only = 0;
    std::uint8_t reduce_only = 0;
    std::uint32_t batch = 0; // equal and not 0: sent as one request, answered item by item
    Ticks px;
    Lots qty;
    Timestamp valid_until; // the venue refuses it later; never outlives the lease
    // A stop: it waits outside the book until the market comes to this price, a buy from below and
    // a sell from above, and is then an order like any. None: it is one at once.
    Ticks trigger_px;
    PositionSide position_side = PositionSide::Net; // whose position it moves, in hedge mode
    OrdKind kind = OrdKind::Limit;
    std::array<std::uint8_t, 6> reserved{};
};

struct OrderCancelRequest {
    RequestID request;
    ClOrdID cl_ord_id;
    OrderID order_id; // none: not known yet, the venue is asked by our id
    CorrelationID correlation;
    AccountIx account;
    InstrumentIx instrument;
    Transport transport = Transport::Socket;
    std::array<std::uint8_t, 3> reserved{};
    std::uint32_t batch = 0;
    Timestamp valid_until;
};

struct OrderCancelReplaceRequest {
    RequestID request;
    ClOrdID cl_ord_id;
    OrderID order_id; // the leg to replace
    CorrelationID correlation;
    AccountIx account;
    InstrumentIx instrument;
    std::uint32_t amend_no = 0;
    std::uint32_t reserved = 0;
    Ticks px;
    Lots qty; // in the venue's amend dialect (AmendQty)
    Timestamp valid_until;
};

struct OrderMassCancelRequest {
    RequestID request;
    AccountIx account;
    InstrumentIx instrument; // none: all of the account
    Timestamp valid_until;
};

struct OrderStatusRequest {
    RequestID request;
    ClOrdID cl_ord_id;
    OrderID order_id;
    AccountIx account;
    InstrumentIx instrument;
};

struct ReadRequest {
    RequestID request;
    AccountIx account;
    InstrumentIx instrument; // none: all of the account
    RequestKind kind = RequestKind::ReadOpenOrders;
    std::array<std::uint8_t, 7> reserved{};
    Timestamp from; // ReadFills: fills executed at or after this
};

// This desk lives: where a venue cancels all orders of an account that it has not heard of for a
// while (VenueTraits::heartbeat_timeout).
struct Heartbeat {
    RequestID request;
    AccountIx account;
    std::uint32_t reserved = 0;
};

enum class AlarmKind : std::uint8_t {
    Contradiction,      // evidence that cannot be true together
    Overfill,           // more filled than ordered
    FillAfterReject,    //
    ForeignFill,        // an execution on our account that is not ours
    AdoptedDifference,  // position moved and no fill explains it
    CancelNotConfirmed, // cancels repeated without evidence of an end
    HedgeOverdue,       // owed longer than the bound
    HedgeRefused,       // the hedge venue will not take it
    UnknownOverdue,     // an order's fate is unknown beyond fence + V + one read
    PositionUnverified, // age since last verified is past its bound
    LinkDown,
    CapacityReached, // an arena is full: the text names the knob
    LeaseLost,
    LimitReached, // a named limit stops new risk
    Halted,
    KillPending, // kill switch latched, not yet certified flat
    LateArrival, // an order of an older epoch appeared
    OutsideFaultModel,
    RecoveryIncomplete,    // after a start something that must be had first cannot be had: Missing
    Unprotected,           // a position has had no stop at the venue for longer than its bound
    SignalRefused,         // a signal has numbers beyond all bounds, or no id: it was not taken in
    CloseOverdue,          // a position that is to be closed is still there after its bound
    RepeatedAlreadyClosed, // closes are asked for, again and again, of what is closed already
    AdoptionConflict,      // a position nobody of ours opened, and none is to be adopted
    TooSmall,              // what is wanted is less than the venue takes: it is not sent
    LoopLate,              // the desk ran so much later than it was due
    UnwatchedPosition,     // on an account that is watched, of an instrument that nobody watches
    UnlistedPositions,     // the venue shows so many of instruments that the desk does not have
    Liquidated,            // an execution on our account: the venue says that it liquidates
    Deleveraged,           // the same, in a deleveraging
    TouchFlickers,         // quotes moved away from a touch too often: they wait
    StopPassed,            // a signal is not entered: the market has passed the stop that it names
    SignalUsed,            // nor one of whose entry a crash took the record: it may have been it
};

// What a start waits for before it takes new risk (design: remembering, restarting).
enum class Missing : std::uint8_t { Nothing, Lease, OpenOrders, Fills, Positions, Balances };

enum class Limit : std::uint8_t {
    None,
    MaxOrderQty,
    MaxOrderNotional,
    PriceCollar,
    MaxOpenOrders,
    MaxPositionNotional,
    MaxOrdersPerSecond,
    MaxNotionalPerMinute,
    MaxRejectsInWindow,
    MaxRoundsWithoutHuman,
    MaxLossSession,
    StaleMark,
    GroupExposure,
    HedgeCapacity,
    Balance,
    Capacity, // of orders
    Residue,
    LegCapacity,
    FillCapacity,
};

// Not for a venue: for the person who runs the desk, and for the record.
struct Alarm {
    AlarmKind kind = AlarmKind::Contradiction;
    Limit limit = Limit::None;
    Missing missing = Missing::Nothing; // RecoveryIncomplete
    std::uint8_t reserved = 0;
    InstrumentIx instrument;
    AccountIx account;
    std::uint32_t reserved2 = 0;
    ClOrdID cl_ord_id;
    std::int64_t value = 0; // the number that was met (unit depends on kind)
    std::int64_t bound = 0; // the number it was held against
};

enum class NoticeKind : std::uint8_t {
    Discovered,    // a position is known that was not: a life of it begins
    CloseBegun,    // it is to be flat from now on
    CloseRunning,  // a request is answered: what it asks for is under way already
    Closed,        // nothing is held any more: the life has ended
    AlreadyClosed, // a request is answered, or a close: there is nothing to close
    Lapsed,        // a request is answered: before it could be looked at its end came, or too many
                   // newer ones
};

// Why a position is closed, or what has closed it.
enum class CloseCause : std::uint8_t {
    None,    // it is not, or others have closed it
    Stop,    // it has lost so much,
    Limit,   // or won,
    Age,     // or is held for so long,
    Retreat, // or has lost so much of what it had won
    Request, // somebody has asked for it
    Exit,    // the run ends
    Kill,
    Carry, // funding pays too little for it
    Late,  // its counterpart was not to be had in time
    Alone, // its counterpart is gone, or never came
    // Of a bracket's position, beside Stop and Limit: what took the last of it, as it was told.
    Emergency,    // its emergency stop
    Desk,         // another order of ours
    Manual,       // a trade that is not ours, and that the venue says no more of
    Liquidation,  // the venue, as margin was short
    Deleveraging, // the venue, as somebody else's loss was not covered (ADL)
    Position,     // no trade tells: only a read or a push of positions, or a restart
};
constexpr std::size_t close_cause_count = 17;

// What became of a position, and of requests to close it: for people and records, as an alarm.
struct Notice {
    NoticeKind kind = NoticeKind::Discovered;
    CloseCause cause = CloseCause::None;
    PositionSide position_side = PositionSide::Net;
    std::uint8_t flagged = 0; // nobody has adopted it: no rule closes it
    InstrumentIx instrument;
    std::uint64_t life = 0; // of this instrument and side, from 1; it has one close: its id, too.
                            // 0: of a leg of a pair or of a bracket, whose entries have no numbers
    std::uint64_t request = 0; // that is answered, or that began the close; 0: none did
    Lots qty;                  // held, signed
};

using CommandBody =
    std::variant<NewOrderSingle, OrderCancelRequest, OrderCancelReplaceRequest,
                 OrderMassCancelRequest, OrderStatusRequest, ReadRequest, Alarm, Notice, Heartbeat>;

// All but what is for people.
template <class Body>
constexpr bool is_for_venue = !std::is_same_v<Body, Alarm> && !std::is_same_v<Body, Notice>;

// What a venue said that changed an order.
struct Heard {
    RequestKind request = RequestKind::New; // an answer: to this
    Outcome outcome = Outcome::Accepted;    // and what became of it
    Reason reason = Reason::None;           // UnknownOrder of a question: it was not found
    ExecType exec_type = ExecType::Status;  // a report: why it came
};

// Why an order changed: one line of the audit trail. It is made where somebody reads it, off the
// hot path: a replay of the same events makes the same lines, so no record holds them.
struct Transition {
    std::uint64_t seq = 0; // of the event that caused it
    Timestamp at;
    CorrelationID correlation;
    ClOrdID cl_ord_id;
    InstrumentIx instrument;
    OrdStatus old_status = OrdStatus::PendingNew;
    OrdStatus new_status = OrdStatus::PendingNew;
    std::uint8_t old_pending = 0;
    std::uint8_t new_pending = 0;
    Lots cum_qty;
    Lots leaves_qty;
    std::uint8_t why = 0;   // core::Why
    std::uint8_t cause = 0; // core::Cause: of what we ask for ourselves
    std::uint8_t guard = 0; // core::Guard, where that is the cause
    std::uint8_t reserved = 0;
    Heard heard; // where `why` is an answer, a report or a question
};
static_assert(std::has_unique_object_representations_v<Transition> && sizeof(Transition) == 64);

// What one step asked for. Memory is reserved once; steady state allocates nothing.
class Commands {
public:
    explicit Commands(std::size_t reserve = 256) {
        bodies_.reserve(reserve);
        transitions_.reserve(reserve);
    }
    void keep_transitions() { keeps_transitions_ = true; }
    [[nodiscard]] bool keeps_transitions() const { return keeps_transitions_; }
    void clear() {
        bodies_.clear();
        transitions_.clear();
    }
    template <class Body> void add(const Body& body) { bodies_.emplace_back(body); }
    void add(const Transition& transition) { transitions_.push_back(transition); }
    [[nodiscard]] const std::vector<CommandBody>& bodies() const { return bodies_; }
    [[nodiscard]] const std::vector<Transition>& transitions() const { return transitions_; }
    [[nodiscard]] auto begin() const { return bodies_.begin(); }
    [[nodiscard]] auto end() const { return bodies_.end(); }
    [[nodiscard]] bool empty() const { return bodies_.empty(); }
    [[nodiscard]] std::size_t size() const { return bodies_.size(); }

private:
    std::vector<CommandBody> bodies_;
    std::vector<Transition> transitions_;
    bool keeps_transitions_ = false;
};

} // namespace keel
