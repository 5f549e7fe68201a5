#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "base/time.hpp"
#include "model/types.hpp"

namespace keel {

// Everything a desk is ever told. Each body is a fixed, padding-free struct whose bytes are its
// stable form (model/bytes.hpp, docs/event-format.md): never change one, add a new version.
//
// Times: `at` is our clock. `transact_time` is the venue's clock and is compared with ours only
// through the venue's stated clock error.

// A desk begins a life: first event of an epoch, and again after every crash.
struct Boot {
    std::uint32_t epoch = 0;   // durable before its first use, larger than any before
    std::uint32_t restart = 0; // 1: something may have been sent under an older epoch
};

// Time has passed: Desk::wake_at() has come.
struct WakeUp {
    std::uint64_t reserved = 0;
};

// Best bid and offer of an instrument. Quantity 0 on a side: nobody there.
struct BookTop {
    InstrumentIx instrument;
    std::uint32_t reserved = 0;
    Ticks bid_px;
    Lots bid_qty;
    Ticks ask_px;
    Lots ask_qty;
    Timestamp venue_time;
};

// The answer to one request, or to one item of a batch. Unknown: the request may have taken effect.
struct RequestAnswer {
    RequestID request;
    ClOrdID cl_ord_id; // none for mass cancels and reads
    OrderID order_id;  // if the answer names one
    AccountIx account;
    RequestKind kind = RequestKind::New;
    Outcome outcome = Outcome::Unknown;
    Reason reason = Reason::None;
    Transport transport = Transport::Socket;
    std::uint32_t amend_no = 0;       // for Amend: which one
    std::uint32_t retry_after_ms = 0; // if the venue said so
};

// One fact about an order or a fill, from the private stream, an answer or a read.
struct ExecutionReport {
    AccountIx account;
    InstrumentIx instrument;
    ClOrdID cl_ord_id; // none if the venue did not say; then order_id decides
    OrderID order_id;
    ExecID exec_id;
    ExecType exec_type = ExecType::Status;
    Side side = Side::Buy;
    PositionSide position_side = PositionSide::Net;
    ReportSource source = ReportSource::Stream;
    FillStage stage = FillStage::Final;
    std::uint8_t has_cum_qty = 0; // cum_qty is told; for ends: the venue vouches it is final
    std::uint8_t is_maker = 0;
    Reason reason = Reason::None;
    // Replaced: which amend this answers. 0: the dialect cannot tell; then a repeated report of an
    // earlier amend is taken for the answer to the one that is unanswered.
    std::uint32_t amend_no = 0;
    std::uint32_t correction = 0; // TradeCorrect: 1 is a fill's first, larger is newer, up to 255
    RequestID read;               // the read that carried it, if any
    Ticks px;                     // of the order
    // Quantities are those of this order id alone, whatever it replaced.
    Lots order_qty; // the whole, executed and taken off included; 0: not told
    Lots cum_qty;   // executed
    Lots reduced;   // Restated: total that the venue has taken off
    Lots last_qty;
    Ticks last_px;
    Money fee;                 // of this execution, positive: paid
    Timestamp transact_time;   // venue clock
    std::uint64_t version = 0; // orders what is told of one order id; 0: unversioned
};

// What the venue says an account holds. A snapshot covers [asked_at - V, answered_at].
struct PositionReport {
    AccountIx account;
    InstrumentIx instrument;
    PositionSide position_side = PositionSide::Net;
    ReportSource source = ReportSource::Read;
    std::array<std::uint8_t, 6> reserved{};
    Lots qty; // signed
    RequestID read;
    Timestamp asked_at;    // our clock; for streams: receipt less the stream's staleness bound
    Timestamp answered_at; // our clock
};

struct BalanceReport {
    AccountIx account;
    ReportSource source = ReportSource::Read;
    std::array<std::uint8_t, 3> reserved{};
    Money equity;    // cash plus unrealised
    Money available; // free for new orders, as the venue computes it
    RequestID read;
    Timestamp asked_at;
    Timestamp answered_at;
};

// Ends a read: its rows came before as reports that carry `read`. Only a complete answer makes
// absence mean anything, and only past the fence and the visibility bound. A complete answer of
// open orders covers all that can still trade, trigger orders too, whoever placed it: a dialect
// whose venue lists these apart asks for both and counts the rows of both, or the kill switch would
// certify what a stop is about to open.
struct ReadDone {
    RequestID read;
    AccountIx account;
    InstrumentIx instrument; // none: all of the account
    ClOrdID cl_ord_id;       // OrderStatus: whom we asked for
    RequestKind kind = RequestKind::ReadOpenOrders;
    Outcome outcome = Outcome::Unknown;
    std::uint8_t complete = 0; // the answer was whole (every page, no filter)
    Found found = Found::No;   // OrderStatus: unless No, reports about it came with this read
    std::uint32_t rows = 0;
    Timestamp from; // ReadFills: the time it was asked to start at (our clock, less V)
    Timestamp asked_at;
    Timestamp answered_at;
};

// Health of a stream or path. Up after Down or Gap means: connected; content is not trusted until
// the reads that a resync asks for have come.
struct LinkReport {
    AccountIx account;
    VenueIx venue;
    LinkKind kind = LinkKind::Orders;
    LinkState state = LinkState::Down;
    std::array<std::uint8_t, 6> reserved{};
};

// Under which epoch this desk may send for an account, and until when (our clock). Renewals extend.
struct LeaseGrant {
    AccountIx account;
    std::uint32_t epoch = 0;
    Timestamp until;
};

enum class Act : std::uint8_t {
    Halt,             // no new risk until Resume
    Resume,           // releases Halt, and limits that wait for a human
    WindDown,         // no new quotes; settle, and exit as each strategy says
    Kill,             // latched: cancel all, close all, stay so
    ResetKill,        // releases a kill whose flatness is certified
    AssignAdjustment, // adopted differences and foreign fills belong to the instrument's group
    ReleaseFreeze,    // a contradiction on an instrument was examined
    AcceptFillGap,    // the venue's fill history is too short: positions tell what is missing.
                      // Nothing while its last fill read was whole. Adopted differences that
                      // follow are surprises like any: three halt the desk until Resume
};

struct OperatorAct {
    Act act = Act::Halt;
    std::array<std::uint8_t, 3> reserved{};
    InstrumentIx instrument; // AssignAdjustment, ReleaseFreeze; AcceptFillGap: of its account
    std::uint64_t arg = 0;
};

// What a Signal says, and what its numbers are.
enum class SignalKind : std::uint8_t {
    Target, // value: lots that shall be held, signed; stop_px, limit_px: where a stop and a target
            // shall stand, 0: as the strategy is configured
    FairValue, // value: of one unit of the instrument, in money
    Funding,   // value: what a long pays a short at the next funding, in 1e-6 of notional
    Close,     // somebody asks that the position be closed; value: nothing
};
constexpr std::size_t signal_kind_count = 4;

// An input of a strategy: from a built-in, a file, or whoever has a model of his own. The newest of
// a kind and instrument counts: what is told twice, or late, is no news.
struct Signal {
    InstrumentIx instrument;
    SignalKind kind = SignalKind::Target;
    std::array<std::uint8_t, 3> reserved{};
    std::uint64_t id = 0; // its source's, from 1, growing for each instrument and kind
    std::int64_t value = 0;
    Ticks stop_px;
    Ticks limit_px;
    Timestamp valid_until; // our clock; after it, it says nothing any more
};

// What a venue says of an instrument: whether it trades, in which steps, and what became of it
// (FIX 35=f). The newest by the venue's clock counts.
struct SecurityStatus {
    InstrumentIx instrument;
    TradingStatus status = TradingStatus::Open;
    std::array<std::uint8_t, 3> reserved{};
    Ticks price_step;    // new orders are priced in multiples of it; 0: not told. A resting order
                         // keeps its price
    Ticks settlement_px; // Resolved: what a unit is worth, 0 and more
    Timestamp venue_time;
};

using EventBody = std::variant<Boot, WakeUp, BookTop, RequestAnswer, ExecutionReport,
                               PositionReport, BalanceReport, ReadDone, LinkReport, LeaseGrant,
                               OperatorAct, Signal, SecurityStatus>;

// Numbered and stamped once, at the door.
struct Event {
    std::uint64_t seq = 0;
    Timestamp at;
    EventBody body;
};

} // namespace keel
