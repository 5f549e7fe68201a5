#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/rng.hpp"
#include "base/store.hpp"
#include "base/time.hpp"
#include "model/types.hpp"
#include "sim/faults.hpp"

// What a simulated venue's Store holds. Every struct is whole words without padding, so that equal
// venues are equal bytes. All times are the scheduler's; the venue's own clock is added on the way
// out (VenueConfig::clock_offset).

namespace keel::sim {

constexpr std::uint32_t no_slot = 0xffff'ffff;
constexpr Ticks no_price{0};

// Sides as array places: 0 buys and the bid, 1 sells and the offer.
constexpr std::size_t index_of(Side side) { return side == Side::Buy ? 0 : 1; }
constexpr Side side_at(std::size_t place) { return place == 0 ? Side::Buy : Side::Sell; }

// True if an order of this side at `a` stands before one at `b`.
constexpr bool is_better(Side side, Ticks a, Ticks b) { return side == Side::Buy ? a > b : a < b; }
// True if an order of `side` at `px` would trade with somebody who asks for `other`.
constexpr bool crosses(Side side, Ticks px, Ticks other) {
    return side == Side::Buy ? px >= other : px <= other;
}

// One symbol: what the market shows, and our own orders in it.
struct InstrumentSlot {
    std::array<Ticks, 2> touch_px; // best bid, best offer
    std::array<Lots, 2> touch_qty; // as displayed by the market, without our own orders; 0: nobody
    std::array<Ticks, 2> own_px;   // best own resting price; no_price: none
    Timestamp publish_at;          // when the next BookTop leaves; `never`: nothing new
    Timestamp published_at;
    std::array<Lots, 2> taken;    // by own orders from the displayed size, since the last quote
    std::array<Lots, 2> traded;   // printed at the touch since the last quote
    std::array<Lots, 2> open_qty; // leaves of own resting orders, without reduce-only ones
    Lots position;                // in hedge mode both sides together
    Lots outside; // of it, what others made: all that they ever bought less what they sold
    Money cash;   // received less paid for all fills, without fees
    Money fees;
    std::array<std::uint32_t, 2> head; // own resting legs, best price first, then oldest
    std::array<std::uint32_t, 2> tail;
    std::uint32_t first_stop = no_slot; // own stops that wait for the market, oldest first
    std::uint32_t last_stop = no_slot;
    std::uint32_t resting = 0;
    std::uint32_t reduce_only_resting = 0;
};
static_assert(Slot<InstrumentSlot> && sizeof(InstrumentSlot) == 176);

// In hedge mode, one of an instrument's two positions: signed, so a short one is below zero.
struct SideSlot {
    Lots held;
    Lots outside; // of it, what others made
};
static_assert(Slot<SideSlot> && sizeof(SideSlot) == 16);

// The market's best price on one side; no_price when nobody is there.
constexpr Ticks touch_of(const InstrumentSlot& book, std::size_t side) {
    return book.touch_qty[side] > Lots{0} ? book.touch_px[side] : no_price;
}

constexpr Lots queue_unknown{-1}; // deeper than the touch: what stands ahead was never displayed

// One venue order id. An order that was amended under a new id has several; all its legs carry its
// ClOrdID, and quantities are each leg's own.
struct Leg {
    ClOrdID cl_ord_id;
    std::uint64_t order_id = 0; // order number << 20 | slot
    Ticks px;
    Lots qty;
    Lots cum_qty;
    Lots reduced;     // taken off by the venue
    Lots returned;    // executed, failed to settle, and taken off cum_qty again
    Lots ahead;       // displayed quantity in front of us at our price
    Ticks trigger_px; // of a stop; no_price: it is none
    Timestamp created_at;
    Timestamp ended_at; // `never` while it is open
    std::uint32_t version = 0;
    std::uint32_t last_update = 0;    // in History
    std::uint32_t previous = no_slot; // in its side of the book, among stops, or among the ended
    std::uint32_t next = no_slot;
    std::uint32_t older_leg = no_slot; // the leg this one replaced
    std::uint32_t instrument = 0;      // place in VenueConfig::instruments
    Side side = Side::Buy;
    TimeInForce tif = TimeInForce::Gtc;
    std::uint8_t post_only = 0;
    std::uint8_t reduce_only : 1 = 0; // in hedge mode: it takes its position down
    PositionSide position_side : 2 = PositionSide::Net;
    std::uint8_t reserved : 5 = 0;
    std::uint8_t is_open = 0;
    std::uint8_t is_resting = 0;        // in its side of the book
    std::uint8_t is_waiting = 0;        // a stop, and the market has not come to its trigger
    ExecType last_type = ExecType::New; // of its last update
    [[nodiscard]] Lots leaves() const { return qty - cum_qty - reduced; }
};
static_assert(Slot<Leg> && sizeof(Leg) == 120);

// Finds the newest leg of a ClOrdID; an empty cell has none.
struct IdCell {
    ClOrdID cl_ord_id;
    std::uint32_t leg = no_slot;
    std::uint32_t reserved = 0;
};
static_assert(Slot<IdCell> && sizeof(IdCell) == 16);

// One thing that happened to a leg, as reports and reads tell it.
struct Update {
    Timestamp at;
    ClOrdID cl_ord_id;
    std::uint64_t order_id = 0;
    Ticks px;
    Lots order_qty;
    Lots cum_qty; // after it
    Lots reduced;
    Lots last_qty; // trades
    Ticks last_px;
    Money fee;
    std::uint64_t exec_no = 0; // one per match; it may serve several own orders
    std::uint32_t version = 0;
    std::uint32_t amend_no = 0;
    std::uint32_t before_of_leg = 0; // the leg's update before this one; 0: none
    std::uint32_t trade_before = 0;  // the newest trade of the venue before this one; 0: none
    std::uint32_t instrument = 0;
    ExecType type = ExecType::New;
    Side side : 2 = Side::Buy;
    PositionSide position_side : 2 = PositionSide::Net;
    std::uint8_t reserved_sides : 4 = 0;
    Reason reason = Reason::None;
    std::uint8_t is_maker : 1 = 0;
    std::uint8_t is_outside : 1 = 0; // a trade that no order of ours made
    std::uint8_t is_silent : 1 = 0;  // and that is not told as a fill
    std::uint8_t is_funding : 1 = 0; // no trade, but cash that changed: `fee` is what was paid
    std::uint8_t stage : 3 = 0;      // of a trade: a FillStage
    std::uint8_t reserved : 1 = 0;
    void set_stage(FillStage told) { stage = static_cast<std::uint8_t>(told) & 7U; }
    [[nodiscard]] FillStage fill_stage() const { return static_cast<FillStage>(stage); }
    // What became of a trade that was told as Matched: `before_of_leg` is that one, and no leg
    // has it among its updates.
    [[nodiscard]] bool is_stage_change() const {
        return stage > static_cast<std::uint8_t>(FillStage::Matched);
    }
};
static_assert(Slot<Update> && sizeof(Update) == 112);

// What a message is: a request on its way in, or something on its way to the desk.
enum class What : std::uint8_t {
    NewOrder,
    Cancel,
    Amend,
    MassCancel,
    OrderStatus,
    Read,
    Answer,     // body: RequestAnswer
    ReadAnswer, // body: the request, then ReadView; its rows are made when it is delivered
    Report,     // ref: an update, told as what it was
    Claim,      // ref: an update, told as a Status
    Position,   // body: instrument, quantity
    Book,       // body: BookTop
    Funding,    // body: Signal
    Link,       // body: LinkReport
    Beat,       // a request: body: Heartbeat
    Status,     // body: SecurityStatus; ref: 1 if it is news
    Settlement, // body: SettlingFill; ref: the fill's update
};

// What will go wrong with a request, drawn when it leaves.
enum class Fate : std::uint8_t {
    Fine,
    AnswerLost,    // after its effect
    Refused,       //
    RateLimited,   //
    ErrorBefore,   // 5xx, not executed
    ErrorAfter,    // 5xx, executed
    Unanswered,    // after its effect: the answer to its batch ends before it
    BadNonce,      // found when it arrives: its number is not one that the venue takes
    RefusedButDone // only beyond the fault model
};

struct Message {
    Timestamp due;
    Timestamp sent_at; // requests: when the desk sent it
    std::uint32_t next = no_slot;
    std::uint32_t previous = no_slot;
    std::uint32_t ref = 0;     // reports: the update; requests: the session that sent it
    std::uint32_t batch = 0;   // requests
    std::uint32_t account = 0; // place in VenueConfig::accounts
    What what = What::Answer;
    Fate fate = Fate::Fine;
    Transport transport = Transport::Socket;
    LinkKind link = LinkKind::Orders; // late repeats: the stream they belong to
    std::array<std::uint64_t, 10> body{};
    std::uint64_t nonce = 0;      // requests that carry one; answers: what the venue expects next
    std::uint32_t generation = 0; // NonceSlot::generation when it left
    std::uint32_t reserved = 0;
};
static_assert(Slot<Message> && sizeof(Message) == 136);

template <Slot Body> void put_body(Message& message, const Body& body) {
    static_assert(sizeof(Body) <= sizeof(message.body));
    std::memcpy(message.body.data(), &body, sizeof(Body));
}
template <Slot Body> Body body_of(const Message& message) {
    static_assert(sizeof(Body) <= sizeof(message.body));
    Body body;
    std::memcpy(static_cast<void*>(&body), message.body.data(), sizeof(Body));
    return body;
}

// What a request asks for.
[[nodiscard]] RequestKind kind_of(const Message& message);

// Items of one batch. A desk may use the number again later.
[[nodiscard]] inline bool travel_together(const Message& a, const Message& b) {
    return a.batch != 0 && a.batch == b.batch && a.sent_at == b.sent_at && a.ref == b.ref;
}

// Kept behind the request in a ReadAnswer: the moment it shows, and how it went.
struct ReadView {
    What what = What::Read; // or OrderStatus
    Outcome outcome = Outcome::Accepted;
    Reason reason = Reason::None;
    std::array<std::uint8_t, 5> reserved{};
    Timestamp at;
};
constexpr std::size_t read_view_word = 8;
static_assert(Slot<ReadView> && sizeof(ReadView) == 16 &&
              sizeof(Message::body) == (read_view_word + 2) * 8);
inline void put_read_view(Message& message, const ReadView& view) {
    std::memcpy(&message.body[read_view_word], &view, sizeof(view));
}
inline ReadView read_view_of(const Message& message) {
    ReadView view;
    std::memcpy(static_cast<void*>(&view), &message.body[read_view_word], sizeof(view));
    return view;
}
// What a position push says.
struct PositionBody {
    Lots qty;
    std::uint32_t instrument = 0;
    PositionSide position_side = PositionSide::Net;
    std::array<std::uint8_t, 3> reserved{};
};

// A fill that has been matched, and settles later.
struct SettlingFill {
    Timestamp at; // executed
    ClOrdID cl_ord_id;
    std::uint64_t order_id = 0;
    Ticks px; // of the order
    Lots qty;
    Ticks last_px;
    Money fee;
    std::uint64_t exec_no = 0;
    std::uint32_t version = 0;
    std::uint32_t instrument = 0;
    Side side = Side::Buy;
    std::uint8_t is_maker = 0;
    FillStage stage = FillStage::Matched;
    std::array<std::uint8_t, 5> reserved{};
};
static_assert(Slot<SettlingFill> && sizeof(SettlingFill) == 80);

// Messages of one way, earliest first.
struct ChannelSlot {
    Timestamp head_due; // `never` when empty
    Rng rng;            // delays and faults of this channel alone
    std::uint32_t head = no_slot;
    std::uint32_t tail = no_slot;
    std::uint32_t count = 0;
    std::uint32_t reserved = 0;
};
static_assert(Slot<ChannelSlot> && sizeof(ChannelSlot) == 32);

// One private stream of one account.
struct StreamSlot {
    Timestamp up_at;        // when a lost stream comes back; `never` while it is up
    Timestamp silent_until; // beyond the fault model: connected, and nothing comes
    std::uint64_t is_up = 0;
};
static_assert(Slot<StreamSlot> && sizeof(StreamSlot) == 24);

// The request that a batch's next item joins.
struct BatchSlot {
    Timestamp sent_at;
    std::uint32_t number = 0;
    std::uint32_t items = 0;
    std::uint32_t last_message = no_slot; // no_slot: lost before it arrived
    std::uint32_t channel = 0;
    Fate fate = Fate::Fine;
    std::array<std::uint8_t, 7> reserved{};
};
static_assert(Slot<BatchSlot> && sizeof(BatchSlot) == 32);

struct FaultSlot { // the profile in force, and what has been met
    std::array<std::uint32_t, (fault_kind_count + 1) / 2 * 2> ppm{};
    std::int64_t slow_factor_max = 10;
    Duration late_duplicate_max;
    Duration gap_max;
    Duration stale_max;
    std::uint64_t breaks_bounds = 0;
    std::array<std::uint64_t, fault_kind_count> met{};
};
static_assert(Slot<FaultSlot>);

struct Globals {
    Timestamp next_due;
    Timestamp rate_window; // start of the second in which `rate_count` requests arrived
    std::uint64_t orders_made = 0;
    std::uint64_t matches_made = 0;
    std::uint32_t updates = 0;    // made so far; the newest has this number
    std::uint32_t last_trade = 0; // its update
    std::uint32_t legs_used = 0;
    std::uint32_t ended_oldest = no_slot;
    std::uint32_t ended_newest = no_slot;
    std::uint32_t messages_used = 0;
    std::uint32_t free_message = no_slot;
    std::uint32_t open_orders = 0;
    std::uint32_t session = 0;
    std::uint32_t is_connected = 0;
    std::uint32_t rate_count = 0;
    std::uint32_t liquidations = 0; // for want of margin, so far
};
static_assert(Slot<Globals> && sizeof(Globals) == 80);

} // namespace keel::sim
