#pragma once

#include <array>
#include <cstdint>

#include "base/store.hpp"
#include "base/time.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "model/types.hpp"
#include "model/venue.hpp"

// The engine's state: plain slots in one Store. Facts are stored; numbers that can be derived are
// derived, or cached beside the facts by the one function that changes them.

namespace keel::core {

using IntentIx = Index<struct IntentIxTag>;

// How one leg (one venue order id) ended. The order of the values is the precedence when several
// ends are told: a later one in this list wins, so the order of arrival cannot matter.
enum class LegEnd : std::uint8_t {
    Open,     // no evidence of an end
    Rejected, // never rested
    NotFound, // once seen, then not found: ended with unknown quantity
    Expired,
    Canceled,
    Replaced, // an amend put another leg in its place
    Filled,   // told of one whose fill had failed: nothing of it rests
};

// One venue order id under one of our orders.
struct Leg {
    OrderID id;      // none until told
    Lots qty;        // the whole of this leg, fills included, as asked or as the venue told
    Lots cum;        // known fills on this leg, busts and corrections taken off
    Lots busted;     // what they took off: cum + busted is what was ever executed
    Lots claim_low;  // cumulative quantity as told, newest version; where versions tie, both
    Lots claim_high; //   values stand: [low, high]. For a vouched end both are the final one
    std::uint64_t claim_version = 0;
    std::uint64_t qty_version = 0;    // of the report that told `qty`
    Lots claimed;                     // the most that was ever told to be executed while it ran;
                                      // where what failed rests again, the newest that was told
    Lots reduced;                     // taken off by the venue, running total
    Lots settling;                    // of cum, what may still fail (Instrument::settles_late)
    std::uint64_t fills_seen = 0;     // fills known of it: see may_know()
    std::uint32_t next = 0xffff'ffff; // further leg, newest last
    LegEnd end = LegEnd::Open;
    std::uint8_t ends_told = 0; // set of LegEnd seen, one bit each: contradictions are found in it
    std::uint8_t vouched = 0;   // the claim is a final quantity the venue vouches for
    std::uint8_t seen = 0;      // leg_seen bits; 0: no evidence that the venue has it
};
static_assert(sizeof(Leg) == 112);

namespace leg_seen {
constexpr std::uint8_t named = 1;    // some fact named this leg
constexpr std::uint8_t claimed = 2;  // a running cumulative quantity was told
constexpr std::uint8_t own_keys = 4; // a fill of it is known by our id, the venue's was not told
constexpr std::uint8_t net_qty = 8;  // `qty` is what we asked for, and counts no reductions
// Of the first leg, for its order: what was said of the newest amend.
constexpr std::uint8_t refused = 16;
constexpr std::uint8_t accepted = 32; // and not how much rests
constexpr std::uint8_t before = 64;   // the leg is older than the newest amend
constexpr std::uint8_t guessed = 128; // nobody asked for the leg, nor told its quantity
} // namespace leg_seen
// In ends_told, where no end has its bit: a fill of the leg failed to settle, and what it had
// executed may rest again (Polymarket does not say).
constexpr std::uint8_t returned_bit = 128;

// Why an order exists, which decides who may hold it back (law 5).
enum class Role : std::uint8_t {
    Quote,     // new risk: a strategy wants it to rest
    Hedge,     // a reduction: part of what a group owes
    Close,     // a reduction: takes what is the group's towards flat, reduce-only
    Sweep,     // the same for what is nobody's (foreign, unassigned): booked as foreign, too
    Recovered, // ours by its id, but the record of it is lost; only ever canceled
    Protect,   // waits at the venue to reduce a position: a stop, or a target; reduce-only
};

// Lists an order can be in; it is in one at a time. Deadlines in a list never decrease, because
// each list has one delay, so "the earliest" is the head.
enum class OrderList : std::uint8_t {
    None,
    Answer,    // create sent, no answer or evidence yet
    Query,     // Unknown: asked again and again until evidence
    Cancel,    // canceled again and again until the end is evidence
    Unsettled, // ended; waits for a fill read past its end
    Settling,  // over and counted, but a fill of it may still fail: then it may rest again
    Settled, // over and counted; remembered for a while, so that a late contradiction is one. Not a
             // list but a ring: `next` is its place there
};
constexpr std::size_t order_list_count = 6; // of lists
// Settled orders remembered, oldest forgotten first. A forgotten one is known by its id alone: its
// fills are still told from new ones, other late reports say nothing.
constexpr std::uint32_t settled_max = 64;

struct Order {
    ClOrdID cl_ord_id;
    CorrelationID correlation;
    Leg leg; // the first; further ones hang on leg.next
    InstrumentIx instrument;
    std::uint32_t intent = 0xffff'ffff; // the intent it serves, if any
    Side side = Side::Buy;
    TimeInForce tif = TimeInForce::Gtc;
    Role role = Role::Quote;
    PositionSide position_side = PositionSide::Net;
    OrdStatus status = OrdStatus::PendingNew; // cache of derived_status()
    std::uint8_t asked = 0;                   // keel::pending bits: asked and unanswered
    OrderList list = OrderList::None;
    std::uint8_t flags = 0; // order_flag
    Ticks px;               // newest asked, or told since
    Lots qty;               // ordered quantity, newest answered amend
    Lots amend_qty;         // of the newest amend (our total), until it is known to have effect
    Ticks px_before;        // to return to, should it be refused; once refused: what it asked for
    Lots counted_certain;   // what this order adds to its position's claims
    Lots counted_open;      // and to what may still happen
    Money reserved;         // margin held back for it
    Timestamp fence_at;     // after this no request of it can be accepted (validity + clock)
    Timestamp seen_at;      // first evidence of life; zero: none
    Timestamp when;         // deadline in its list; in Unsettled: when the end was known
    std::uint32_t prev = 0xffff'ffff;
    std::uint32_t next = 0xffff'ffff;
    std::uint16_t amend_no = 0;      // of the newest amend asked
    std::uint8_t query_count = 0;    // questions sent; 240 comes after 255
    std::uint8_t contradictions = 0; // told already, contradiction bits; and of an amend
    std::uint8_t cancel_count = 0;   // cancels sent; 128 comes after 255
    std::uint8_t was_over = 0;       // over_bit: counted as ended in its account
    std::uint16_t audit_mark = 0;    // low bits of the open-order read that last showed it
};
static_assert(Slot<Order> && sizeof(Order) == 240);

namespace over_bit {
constexpr std::uint8_t ended = 1;
constexpr std::uint8_t read = 2; // a fill read past the end covers it: its fills are complete
} // namespace over_bit

namespace order_flag {
constexpr std::uint8_t post_only = 1;
constexpr std::uint8_t reduce_only = 2;
constexpr std::uint8_t want_gone = 4;     // canceled until the end is evidence
constexpr std::uint8_t unknown = 8;       // its create or its fate is Unknown
constexpr std::uint8_t escalated = 16;    // canceled too often: cancel-all went out, a person knows
constexpr std::uint8_t landed = 32;       // counted as landed or dead for balance reservations
constexpr std::uint8_t alarmed = 64;      // unknown for too long: a person knows
constexpr std::uint8_t cancel_lost = 128; // a cancel went unanswered
} // namespace order_flag

// What an intent's order is: a quote, or what protects a position.
enum class IntentKind : std::uint8_t { Quote, Protect };
// How a quote comes to another price or size where the venue can amend. ByAmend: in its place; what
// the venue refuses to amend makes way for a new one.
enum class Moves : std::uint8_t { ByCancel, ByAmend };

// What a strategy wants to rest: at most one order lives for it.
struct Intent {
    InstrumentIx instrument;
    std::uint32_t order = 0xffff'ffff; // its order's slot
    Ticks want_px;
    Lots want_qty;      // 0: nothing shall rest
    Ticks want_trigger; // of a stop
    Ticks live_trigger; // that its order was sent with
    Timestamp placed_at;
    Side side = Side::Buy;
    std::uint8_t blocked_by = 0; // Guard that held the last placement back, for the console
    std::uint8_t amends = 0;     // its order is amended where the venue can, else it makes way
    std::uint8_t dirty = 0;      // within a step: look at it
    std::uint8_t cause = 0;      // Cause of what is wanted now, for the order that makes way for it
    std::uint8_t guard = 0;      // Guard, where that is the cause
    IntentKind kind = IntentKind::Quote;
    PositionSide position_side = PositionSide::Net;
};

constexpr std::size_t recent_fills = 32;

// A position per (instrument, position side), as facts and sums over orders.
struct Position {
    Lots filled;    // sum of own known fills, signed, busts taken off
    Lots foreign;   // fills that are not ours: in limits, hedged only once a person assigns them
    Lots unsettled; // of what was bought, what is executed and not settled yet
    Lots matched;   // of both, what is executed and not settled yet, where a venue tells the two
    Lots failed;    // and what was to settle and did not: it counts no more
    Lots adjusted;  // adopted differences not yet explained by a fill, signed
    Lots assigned;  // the part of `adjusted` that belongs to the group
    Lots claim_buy; // told by claims or final quantities, fills not here yet
    Lots claim_sell;
    Lots open_buy; // what unsettled orders might still do beyond that
    Lots open_sell;
    Lots reduce_buy; // the same for reduce-only orders, clipped together at flat
    Lots reduce_sell;
    Lots protect_buy; // of these, what protects: a close need not wait for it to go
    Lots protect_sell;
    // What others than reduce-only orders have traded that way while such orders were under way:
    // these may have been clipped at a position that was larger by it.
    Lots beside_buy;
    Lots beside_sell;
    Timestamp verified_at;
    Timestamp nothing_at;     // the venue said last that there is nothing to reduce
    Timestamp adjusted_until; // end of the newest adjustment's interval
    // A snapshot that contradicted, waiting for fills complete through its end.
    Lots contra_qty;
    Timestamp contra_begin;
    Timestamp contra_end; // zero: none waits
    // Where trades may fail: the difference that was left last, and until when it was seen. It is
    // adopted only if a later snapshot shows it, too: what fails before it was known to be executed
    // is in the snapshots between, and in no others.
    Lots doubt;
    Timestamp doubt_end;
    std::uint32_t fill_count = 0; // entries ever put into the ring
    std::uint32_t read_mark = 0;  // low bits of the position read that last showed it
};
// All that is certain about a position, whoever it belongs to.
constexpr Lots sum_certain(const Position& p) {
    return p.filled + p.foreign + p.adjusted + p.claim_buy - p.claim_sell;
}
struct RecentFill {
    Timestamp transact_time; // venue clock
    Lots qty;                // signed
};

// A fill that named neither an order of ours nor a venue id that we know, lately: it is foreign
// unless its order id turns out to be that of an order whose name had not come yet.
struct UnclaimedFill {
    OrderID order_id; // none: no entry
    ExecID exec_id;
    Lots qty; // signed
    InstrumentIx instrument;
    PositionSide position_side = PositionSide::Net;
    std::array<std::uint8_t, 3> reserved{};
};
constexpr std::uint32_t unclaimed_max = 32; // the oldest give way; a read of fills finds these

struct InstrumentState {
    Ticks bid_px, ask_px;
    Lots bid_qty, ask_qty;
    Timestamp book_at;     // our clock
    Ticks mark;            // mid of the last two-sided book, times two (half ticks stay exact)
    Timestamp mark_at;     // our clock
    Timestamp frozen_at;   // zero: not frozen; a contradiction was met then
    Ticks price_step;      // new orders are priced in multiples of it
    Ticks settlement_px;   // what a unit is worth, once it is resolved
    Timestamp status_time; // venue clock: of what it said last of itself
    TradingStatus status = TradingStatus::Open;
    std::array<std::uint8_t, 7> reserved{};
};

// When each guard last held new risk back (held.cpp): who tells a person does it once per onset.
struct HeldBack {
    std::array<Timestamp, 33> at{}; // by Guard
};

// How much was used lately, in buckets of time. The sum covers any window of (N - 1) buckets in
// full, so a limit on it is kept over every such window, not only over those that begin on a full
// second.
template <std::size_t N> struct Lately {
    std::array<std::int64_t, N> used{};
    std::int64_t newest = 0; // number of the newest bucket: time / width
    std::int64_t sum = 0;
};
using OrdersLately = Lately<21>;   // one second
using NotionalLately = Lately<61>; // one minute
constexpr Duration orders_bucket = milliseconds(50);
constexpr Duration notional_bucket = seconds(1);

// Tokens are in millionths of a request. `rate` requests a second for `elapsed`, at most one
// second's worth in all. (Nothing is overdrawn by more than a second, so two make good for all.)
constexpr std::int64_t refilled(std::int64_t tokens, std::uint32_t rate, Duration elapsed) {
    const std::int64_t cap = std::int64_t{rate} * 1'000'000;
    const Duration counts = min(elapsed, seconds(2));
    const std::int64_t more = counts.value() / 1'000 * rate; // 1e6 tokens per 1e9 ns
    return tokens + more < cap ? tokens + more : cap;
}
// What reductions may use when cancels have overdrawn the rest: half of the reserve.
constexpr std::uint32_t reduce_rate(const VenueTraits& venue) {
    const std::uint32_t rate = venue.requests_per_second * venue.reserve_percent / 200;
    return rate > 1 ? rate : 1;
}

// One kind of read of an account.
struct ReadState {
    RequestID in_flight; // none: nothing asked
    Timestamp asked_at;
    Timestamp next_at;      // when the audit is due
    Timestamp done_from;    // asked_at of the last complete answer
    std::uint32_t rows = 0; // of the read in flight so far: positions to be closed
    std::uint32_t told = 0; // and all of them
    std::uint32_t failures = 0;
    std::uint32_t unlisted = 0; // of the last answer: rows of instruments that we do not have
};
constexpr Duration read_gap_min = milliseconds(200); // between two reads of one kind
constexpr std::size_t read_kind_count = 4; // ReadOpenOrders, ReadFills, ReadPositions, ReadBalances

struct Account {
    std::array<ReadState, read_kind_count> reads;
    std::uint32_t lease_epoch = 0;
    std::uint32_t open_orders = 0; // not ended
    Timestamp lease_until;
    Timestamp fills_through;            // fill reads are complete through this time (our clock)
    Timestamp fills_wanted;             // somebody waits for fills complete through this
    Timestamp settled_at;               // when the last order of it settled
    Timestamp resync_from;              // zero: links trusted; else reads must be asked after it
    std::array<std::uint8_t, 8> link{}; // LinkState per LinkKind
    // Budgets. Tokens are in millionths of a request; refilled by time.
    std::int64_t request_tokens = 0;
    std::int64_t reduce_tokens = 0; // for reductions only, when cancels have used up the others
    std::int64_t query_tokens = 0;
    Timestamp refilled_at;
    Timestamp backoff_until; // the venue said: too many requests. New risk waits
    OrdersLately orders_lately;
    NotionalLately notional_lately;
    std::uint32_t rejects = 0;
    std::uint32_t read_was_last = 0; // the last token for a question went to a read
    Timestamp reject_start;
    // Balance: as last told, less reservations.
    Money available;
    Money equity;
    Money first_equity;
    Timestamp balance_at;    // asked_at of the reading in use; zero: none yet
    Money reserved_new;      // orders not known to have landed or died
    Money reserved_settling; // landed or died since the read in flight was asked
    Money reserved_closing;  // landed or died before it was asked: freed by its answer
    Timestamp closing_before;
    Timestamp orders_empty_at; // asked_at of the first of the reads below
    Timestamp positions_empty_at;
    // Where the venue wants to hear that this desk lives: the newest heartbeat, and when the newest
    // that it has accepted left. Zero: none in this life.
    RequestID beat;
    Timestamp beat_at;
    Timestamp beat_heard;
    std::uint32_t flat_evidence = 0; // reads in a row that found nothing; note_flatness()
    std::uint32_t active = 0; // something was sent or happened since the reads in flight were asked
};

// What is owed since when and by whose fill, oldest first: a hedge pays the oldest part
// (hedger.cpp).
struct OwedPart {
    Units size; // 0: no part
    Timestamp since;
    CorrelationID
        correlation; // of the order whose fill is owed, or of its own if that was nobody's
};
constexpr std::size_t owed_parts = 16;

// Which hedges go, by what they do to the position at the hedge venue. The others wait.
enum class Hedging : std::uint8_t {
    Both,
    DownOnly, // that take it towards flat: the other legs are being taken down
    UpOnly,   // that take it away from flat: another leg is under way, and may be its counterpart
};

struct Group {
    Timestamp owed_since; // of the oldest part; zero: nothing hedgeable is owed
    Timestamp hedge_at;   // not before; for retries
    Units last_net;
    std::uint32_t attempt = 0; // slippage step
    std::uint32_t rounds = 0;  // times it became flat after having owed
    std::uint8_t told = 0;     // since it owes: group_told bits
    std::uint8_t dirty = 0;
    Hedging hedging = Hedging::Both;
    std::array<std::uint8_t, 5> reserved{};
    std::array<OwedPart, owed_parts> parts{};
};

namespace group_told {
constexpr std::uint8_t overdue = 1; // a person knows that its oldest part is owed for too long
constexpr std::uint8_t refused = 2; // and that the gate refused its hedge
} // namespace group_told

// Recovery after a start (design section 8).
enum class Recovery : std::uint8_t {
    NotBooted,
    WaitFence, // nothing sent under an older epoch can be accepted after this
    WaitReads, // all reads asked after fence and V
    Done,
};

struct Desk {
    Timestamp now;
    std::uint32_t epoch = 0;
    std::uint32_t next_counter = 1;
    std::uint64_t next_request = 1;
    std::uint64_t next_correlation = 1;
    std::uint64_t fill_set = 0; // order-free digest of all fills and what is known of each
    std::uint64_t rounds = 0;   // hedge rounds since a human last looked
    Timestamp fence_at;         // recovery: nothing older can be accepted after this
    Timestamp recovery_since;   // when what it waits for now could first be had
    Timestamp recovery_tell_at; // then a person is told what is missing
    Timestamp recovered_at;     // the last recovery was done
    Timestamp wound_down_at;
    Timestamp surprised_at; // the newest of `surprises`
    std::uint64_t surprises = 0;
    std::uint64_t unclaimed = 0;  // fills ever put into that ring
    std::uint64_t orphans = 0;    // fills that came when their order was not held
    std::uint64_t guards_met = 0; // set of Guard that held something back since start
    // What the record knew of the life before: ids below this counter are settled or in the index.
    std::uint32_t last_epoch = 0;
    std::uint32_t last_counter = 0;
    std::uint32_t recovered = 0;  // ids ever recovered (ring of recovered_max)
    std::uint32_t settled_at = 0; // where in the ring the next one goes
    Recovery recovery = Recovery::NotBooted;
    std::uint8_t halted = 0;
    std::uint8_t winding_down = 0;
    std::uint8_t killed = 0;
    std::uint8_t kill_certified = 0;
    std::uint8_t outside = 0; // halted: more surprises than the fault model allows
    std::uint8_t outside_told = 0;
    std::uint8_t restarted = 0; // this life: something may have been sent under an older epoch
    std::uint32_t free_head = 0xffff'ffff; // free order slots
    std::uint32_t order_high = 0;          // slots ever used
    std::uint32_t live_orders = 0;         // all but those in the ring
    std::uint32_t settling_orders = 0;     // of them, those that are settled but for that
    std::uint32_t free_leg = 0xffff'ffff;
    std::uint32_t leg_high = 0;
    std::uint32_t live_legs = 0;
    std::uint32_t fill_entries = 0; // fills known, of live and of settled orders
    std::uint32_t next_batch = 0;
    std::uint32_t reserved = 0;
};

// Whose trade moved a position in the step that is being taken, for people to read: an order's of
// ours (Desk), somebody else's, as it was told (Manual, Liquidation, Deleveraging), or nobody's
// that is known (Position).
struct Mover {
    CloseCause by = CloseCause::Position;
    IntentIx intent; // that the order of ours serves; none: no such
};

// Ids of orders that were recovered, so that a replay after they settled is not taken for news.
constexpr std::uint32_t recovered_max = 256;

// Counters for people and tests; they never change a command.
struct Stats {
    std::uint64_t orders_sent = 0;
    std::uint64_t cancels_sent = 0;
    std::uint64_t hedges_sent = 0;
    std::uint64_t queries_sent = 0;
    std::uint64_t reads_sent = 0;
    std::uint64_t fills = 0;
    std::uint64_t duplicate_fills = 0;
    std::uint64_t busts = 0;
    std::uint64_t maker_fills = 0;
    std::uint64_t hedge_fills = 0;
    std::uint64_t fill_while_cancel_pending = 0;
    std::uint64_t cancel_answer_lost = 0;
    std::uint64_t hedge_partly_filled = 0;
    std::uint64_t unknown_to_life = 0;
    std::uint64_t unknown_to_death = 0;
    std::uint64_t restarts = 0;
    std::uint64_t recovered_orders = 0;
    std::uint64_t foreign_fills = 0;
    std::uint64_t adoptions = 0;
    std::uint64_t contradictions = 0;
    std::uint64_t late_fills = 0;
    std::uint64_t gate_refusals = 0;
    std::uint64_t alarms = 0;
    std::uint64_t order_rejects = 0;
};

static_assert(Slot<Intent> && Slot<Position> && Slot<RecentFill> && Slot<UnclaimedFill> &&
              Slot<InstrumentState> && Slot<HeldBack> && Slot<Account> && Slot<Group> &&
              Slot<Desk> && Slot<Stats> && Slot<Signal>);

// Intrusive list of orders, oldest first.
struct ListHead {
    std::uint32_t head = 0xffff'ffff;
    std::uint32_t tail = 0xffff'ffff;
};

constexpr std::uint32_t no_slot = 0xffff'ffff;

} // namespace keel::core
