#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/store.hpp"
#include "core/config.hpp"
#include "core/fill_index.hpp"
#include "core/guard.hpp"
#include "core/order.hpp"
#include "core/order_index.hpp"
#include "core/state.hpp"
#include "core/why.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::core {

// [lowest, highest] a position or a group may truly be at.
template <class Unit> struct Interval {
    Unit low;
    Unit high;
};

// What an order asks to be, before the gate.
struct Draft {
    InstrumentIx instrument;
    Side side = Side::Buy;
    Ticks px;
    Lots qty;
    TimeInForce tif = TimeInForce::Gtc;
    Role role = Role::Quote;
    bool post_only = false;
    bool reduce_only = false;
    Ticks trigger_px; // of a stop
    PositionSide position_side = PositionSide::Net;
    OrdKind kind = OrdKind::Limit;
    std::uint32_t batch = 0; // what has to travel with others in one request
    std::uint32_t intent = no_slot;
    bool again = false; // a hedge after one that took less than it asked for
    // From signal to fill: a hedge has that of the order whose fill it pays for, and of several
    // that of the oldest part owed for which nothing is under way. None: a story of its own begins,
    // as it does with a quote, an unwind, and what is owed by no order of ours (a difference taken
    // over, a fill of an order forgotten long ago).
    CorrelationID correlation;
};

// Everything Keel decides, it decides here. One thread, no clock, no I/O, no floats; all state in
// one Store. A step is: absorb() what happened, pursue() what is now to be done; strategies say
// what should be true in between (strategy/desk.hpp). Subjects, a file each: reports.cpp (orders
// and fills), positions.cpp, gate.cpp, intents.cpp (what shall rest), requests.cpp (what leaves),
// hedger.cpp, audits.cpp, restart.cpp.
class Engine {
public:
    // `config` has passed make_engine_config(). Adds its arenas to `layout`; intents are announced
    // between construction and open().
    Engine(const EngineConfig& config, StoreLayout& layout);
    IntentIx announce_intent(InstrumentIx instrument, Side side,
                             IntentKind kind = IntentKind::Quote,
                             PositionSide position_side = PositionSide::Net,
                             Moves moves = Moves::ByCancel);
    void open(StoreLayout& layout);

    // Takes in what happened. Answers at once what must not wait: cancels, queries, hedges.
    void absorb(const Event& event, Commands& out);
    // Acts on the difference between what strategies want and what is known.
    void pursue(Commands& out);
    // Hints that `event` comes soon, for desks whose orders no cache holds. The first, some twelve
    // events ahead, fetches where the indices have it; the second, some six ahead, its order, which
    // it finds there.
    void prefetch(const Event& event) const;
    void prefetch_order(const Event& event) const;

    // --- for strategies: what should be true ---
    // At most one order rests for an intent: where px or qty differ from what it has it is amended,
    // if the intent was announced so and the venue can, or else replaced. The ground is told of the
    // amend or cancel that this may take.
    void want(IntentIx intent, Ticks px, Lots qty, Ground ground);
    void want_none(IntentIx intent, Ground ground);
    // Its order stays as it is, or as was asked: what waits behind an amend is not wanted any more.
    void keep(IntentIx intent);
    // The same for what protects a position: reduce-only, and where `trigger` is not zero a stop,
    // which trades at `px` or better once the market has come there. Neither a halt nor a restart
    // takes it back; the kill switch does.
    void protect(IntentIx intent, Ticks trigger, Ticks px, Lots qty, Ground ground);
    // New risk, now: an IOC at the touch and at most `slippage` beyond it. None: it left.
    Guard take(InstrumentIx instrument, PositionSide position_side, Side side, Lots qty,
               Bps slippage, Commands& out);
    // Takes a position towards flat by up to `clip` lots with a reduce-only IOC. False: nothing to
    // do now (flat, under way, held back). In hedge mode each side is a position of its own.
    bool close(InstrumentIx instrument, Lots clip, Bps slippage, Commands& out,
               PositionSide position_side = PositionSide::Net);
    // Turns complete sets of a market's two outcomes into money. None: both orders left.
    Guard merge(InstrumentIx yes, InstrumentIx no, Lots qty, Commands& out);
    // Turns all that is held and settled of a resolved market into what it is worth.
    Guard redeem(InstrumentIx instrument, Commands& out);
    // Which hedges of a group go from now on. What may go now, and could not before, goes at once.
    void let_hedge(GroupIx g, Hedging which, Commands& out);
    // Nothing is where something was believed to be: fills and positions are asked for.
    void reconcile(InstrumentIx instrument);
    // A person is told what only a strategy knows: the number that it met, and its bound. No
    // instrument: it is about the desk.
    void raise(AlarmKind kind, InstrumentIx instrument, std::int64_t value, std::int64_t bound,
               Commands& out);

    // --- what is known ---
    [[nodiscard]] Timestamp now() const { return desk().now; }
    [[nodiscard]] const EngineConfig& config() const { return config_; }
    [[nodiscard]] const core::Desk& desk() const { return store_.only(desk_); }
    [[nodiscard]] const Stats& stats() const { return store_.only(stats_); }
    [[nodiscard]] const InstrumentState& book(InstrumentIx i) const {
        return store_.at(instruments_, i.value());
    }
    [[nodiscard]] const Instrument& spec(InstrumentIx i) const {
        return config_.instruments[i.value()].instrument;
    }
    [[nodiscard]] const VenueTraits& traits(InstrumentIx i) const { return traits(account_of(i)); }
    [[nodiscard]] const Account& account(AccountIx a) const {
        return store_.at(accounts_, a.value());
    }
    [[nodiscard]] const Group& group(GroupIx g) const { return store_.at(groups_, g.value()); }
    [[nodiscard]] const Position& position(InstrumentIx i,
                                           PositionSide side = PositionSide::Net) const {
        return store_.at(positions_, position_ix(i, side));
    }
    // What is certainly held of it. A long position is never below zero, nor a short one above it:
    // where it looks so an execution is missing, and nothing is there that could be closed.
    [[nodiscard]] Lots held(InstrumentIx i, PositionSide side = PositionSide::Net) const;
    [[nodiscard]] const Intent& intent(IntentIx i) const { return store_.at(intents_, i.value()); }
    [[nodiscard]] const Mover& mover() const { return mover_; } // in this step
    // The order that lives for an intent, or null.
    [[nodiscard]] const Order* order_of(IntentIx i) const;
    // An order that lives, or has ended and is not settled; null otherwise.
    [[nodiscard]] const Order* find_order(ClOrdID id) const;
    // The same, and lately settled ones too.
    [[nodiscard]] const Order* recall_order(ClOrdID id) const;
    [[nodiscard]] Lots cum_qty(const Order& order) const { // known fills, busts taken off
        return order.leg.next == no_slot ? order.leg.cum : cum_over_legs(order);
    }
    [[nodiscard]] Lots executed_qty(const Order& order) const; // the same, what was busted included
    [[nodiscard]] Lots leaves_qty(const Order& order) const;   // what may still fill; 0 once ended
    // Where the order stands, by FIX's precedence: pending amend and cancel first, then how much.
    [[nodiscard]] Derived derived(const Order& order) const {
        return derive(order, legs(), traits(order.instrument));
    }
    [[nodiscard]] Derived derived_in_full(const Order& order) const; // the same, no short cut

    // What the venue takes in one order at this price; a largest of zero: no limit.
    // The nearest price not above (Down) or not below (Up) that it takes in a new order now; zero
    // when there is none.
    [[nodiscard]] Ticks to_price(InstrumentIx i, Ticks px, Rounding rounding) const;
    [[nodiscard]] bool takes_price(InstrumentIx i, Ticks px) const;
    // What they are multiples of, as the venue told last.
    [[nodiscard]] Ticks price_step(InstrumentIx i) const {
        return book(i).price_step > Ticks{0} ? book(i).price_step : spec(i).price_step;
    }
    // Of what is held, what is settled; and of that, what no order that sells has bound.
    [[nodiscard]] Lots settled_stock(InstrumentIx i) const;
    [[nodiscard]] Lots free_stock(InstrumentIx i) const;
    // Not nothing, and yet below the smallest order that the venue takes at any price.
    [[nodiscard]] bool is_residue(InstrumentIx i, Lots qty) const;
    [[nodiscard]] Lots smallest_order(InstrumentIx i, Ticks px) const;
    [[nodiscard]] Lots largest_order(InstrumentIx i) const;

    [[nodiscard]] Interval<Lots> interval(const Position& p) const;
    [[nodiscard]] Interval<Lots> interval(InstrumentIx i) const; // over its position sides
    [[nodiscard]] Interval<Units> interval(GroupIx g) const;
    // Of what is held, foreign fills and differences that were not assigned.
    [[nodiscard]] Lots nobodys(InstrumentIx i) const;
    // Fills, claims and assigned adjustments: what is certain.
    [[nodiscard]] Lots certain(InstrumentIx i) const;
    [[nodiscard]] Units certain(GroupIx g) const;
    // What is owed and not under way: the low end. Positive: to sell at the hedge venue.
    [[nodiscard]] Units owed(GroupIx g) const;
    [[nodiscard]] bool owes_hedge(GroupIx g) const { return hedgeable(g, owed(g)) > Lots{0}; }
    [[nodiscard]] bool is_flat(GroupIx g) const; // sum zero (or residue), nothing rests or unknown
    [[nodiscard]] bool has_orders(InstrumentIx i) const; // unsettled ones that may still trade
    // The same of one position, what protects it apart.
    [[nodiscard]] bool is_moving(const Position& p) const;
    // Did this step take in anything about the group? (Time counts: timers touch every group.)
    [[nodiscard]] bool was_touched(GroupIx g) const { return touched_groups_[g.value()] != 0; }
    [[nodiscard]] bool was_touched(InstrumentIx i) const { return touched_[i.value()] != 0; }
    // The newest signal of a kind about an instrument, as long as it is valid; null: there is none.
    [[nodiscard]] const Signal* signal(InstrumentIx i, SignalKind kind) const {
        const Signal& s = signal_slot(i, kind);
        return s.id != 0 && now() <= s.valid_until ? &s : nullptr;
    }
    // The newest, valid or not; number zero: none was heard.
    [[nodiscard]] const Signal& heard_signal(InstrumentIx i, SignalKind kind) const;
    // Would an order of this kind pass now? None if so.
    // (Rates are as of the last order or timer of the account, so this may refuse a moment longer.)
    [[nodiscard]] Guard check(const Draft& draft) const;
    // Everything that holds new risk back on this instrument now.
    [[nodiscard]] std::uint64_t guards_on(InstrumentIx i) const;
    [[nodiscard]] bool may_quote(InstrumentIx i) const;
    [[nodiscard]] std::int64_t open_obligation_lots() const; // hedge-venue lots still owed
    [[nodiscard]] bool is_halted() const {
        return desk().halted != 0 || desk().killed != 0 || desk().outside != 0;
    }
    // Evidence has spoken against what is believed, and not yet agreed with it for a whole window.
    [[nodiscard]] bool is_in_doubt() const {
        return desk().surprises > 0 &&
               desk().surprised_at + config_.limits.surprise_window >= now();
    }
    // What a start still waits for: bits by Missing. Zero once it has recovered, and while only
    // the fence is waited out.
    [[nodiscard]] std::uint32_t missing(AccountIx a) const;
    // No order lives, all trades have settled, and since the last activity every venue has shown
    // twice that nothing rests, and (if asked) that no position is left that could be closed.
    [[nodiscard]] bool is_quiet(bool positions_flat) const;

    [[nodiscard]] Timestamp wake_at() const;
    // Over what can still change a command: no numbers of events, absolute times, statistics; ids
    // by their place, deadlines as time left; the order in which orders came does not matter.
    // World: as a part of a world that holds the venues beside the desk. Then the orders' ids are
    // in it, by which both know them; what a read of fills will show is the venues' to tell; and
    // what is used of budgets and rates enters where is_half_used(). Deadlines that are not nearer
    // than `far` are as good as one another: who looks no farther ahead says so.
    enum class HashOf : std::uint8_t { Desk, World };
    [[nodiscard]] std::uint64_t decision_hash(HashOf of = HashOf::Desk,
                                              Duration far = Duration{INT64_MAX}) const;
    // Of what an account may send or ask for in a second, or trade in a minute, half is used.
    [[nodiscard]] bool is_half_used(AccountIx a) const;

    [[nodiscard]] const Store& store() const { return store_; }
    [[nodiscard]] Store& store() { return store_; }
    [[nodiscard]] std::size_t bytes_per_live_order() const;

    // In base units of the instrument's group. What is beyond all bounds counts as the bound, which
    // no limit reaches.
    [[nodiscard]] Units in_units(InstrumentIx i, Lots lots) const {
        const auto units = checked_mul(lots.value(), spec(i).units_per_lot);
        if (units && *units <= units_max.value() && *units >= -units_max.value()) {
            return Units{*units};
        }
        return lots > Lots{0} ? units_max : -units_max;
    }

    // For strategies that keep state in the store.
    template <class T> void put(const T& field, const std::type_identity_t<T>& value) {
        store_.put(field, value);
    }
    // Lower level, for tests, benchmarks and the hedger: through the gate, then out.
    Guard submit(const Draft& draft, Commands& out, ClOrdID* id = nullptr);
    void cancel(ClOrdID id, Commands& out);
    // Asks for a new price and total quantity, in the venue's amend dialect. One amend at a time.
    bool amend(ClOrdID id, Ticks px, Lots total, Commands& out, Ground ground = {});
    template <class Visit> void each_order(Visit&& visit) const {
        for (std::uint32_t slot = 0; slot < desk().order_high; ++slot) {
            const Order& order = store_.at(orders_, slot);
            if (!order.cl_ord_id.is_none() && !is_settled(order)) visit(order);
        }
    }

private:
    static std::uint32_t position_ix(InstrumentIx i, PositionSide side) {
        return i.value() * 3 + static_cast<std::uint32_t>(side);
    }
    template <class T> void add(const T& field, const std::type_identity_t<T>& more) {
        store_.put(field, field + more);
    }
    void count(const std::uint64_t& statistic) { store_.count(statistic); }
    [[nodiscard]] Legs legs() const { return Legs{store_, legs_}; }
    [[nodiscard]] const Order& order(std::uint32_t slot) const { return store_.at(orders_, slot); }
    [[nodiscard]] std::uint32_t slot_of(const Order& o) const;
    [[nodiscard]] const VenueTraits& traits(AccountIx a) const {
        return config_.venues[venue_of_[a.value()]];
    }
    [[nodiscard]] AccountIx account_of(InstrumentIx i) const { return account_of_[i.value()]; }
    [[nodiscard]] GroupIx group_of(InstrumentIx i) const { return group_of_[i.value()]; }

    // door.cpp
    [[nodiscard]] bool is_in_bounds(const EventBody& body) const;
    void refuse(const EventBody& body);

    // engine.cpp
    void alarm(AlarmKind kind, InstrumentIx i, AccountIx a, ClOrdID id, std::int64_t value,
               std::int64_t bound, Limit limit = Limit::None);
    void note_transition(const Order& o, OrdStatus old_status, std::uint8_t old_pending, Why why,
                         Ground ground = {}) {
        if (out_->keeps_transitions()) add_transition(o, old_status, old_pending, why, ground);
    }
    void add_transition(const Order& o, OrdStatus old_status, std::uint8_t old_pending, Why why,
                        Ground ground);
    CorrelationID next_correlation();
    [[nodiscard]] Lots cum_over_legs(const Order& o) const;
    void tell(const Alarm& alarm);
    void note_surprise();
    void touch(InstrumentIx i);
    void touch_all();
    void on_signal(const Signal& s);
    void on_security_status(const SecurityStatus& s);
    [[nodiscard]] const Signal& signal_slot(InstrumentIx i, SignalKind kind) const {
        return store_.at(signals_, i.value() * static_cast<std::uint32_t>(signal_kind_count) +
                                       static_cast<std::uint32_t>(kind));
    }
    void touch_intent(std::uint32_t intent);
    std::uint32_t take_order_slot();
    void retire(std::uint32_t slot);
    void on_timers();
    void beat(AccountIx a);
    [[nodiscard]] Timestamp beat_due(AccountIx a) const;
    void on_operator(const OperatorAct& act);

    // lists of orders (lists.cpp)
    [[nodiscard]] const ListHead& list(AccountIx a, OrderList kind) const;
    void unlink(const Order& o);
    void link(const Order& o, OrderList kind, Timestamp when);
    void append(const ListHead& head, const Order& o);
    [[nodiscard]] Duration delay_of(AccountIx a, OrderList kind) const;

    // What a report adds to what is booked.
    struct Booked {
        Lots change;    // what the report adds, signed
        Lots taken_off; // how much more of what was executed a bust or correction took off
        Lots matched;   // more that is executed and not settled yet, signed
        Lots failed;    // more that was to settle and did not, signed
        Lots settling;  // of its order: more that may still fail
        Lots reclaimed; // was counted as foreign until its order was known, signed
        bool foreign = false;
        bool contradicts = false; // both confirmed and failed, or told with two quantities
    };
    struct Corrected {
        Lots qty;
        bool contradicts = false;
    };

    // reports.cpp: facts about orders and fills
    void on_report(const ExecutionReport& r);
    void on_answer(const RequestAnswer& a);
    [[nodiscard]] std::uint32_t find_slot(ClOrdID id) const;
    [[nodiscard]] std::uint32_t find_slot(AccountIx a, const OrderID& id) const;
    void join_report(const Order& o, const ExecutionReport& r);
    [[nodiscard]] bool is_plain(const Order& o, const ExecutionReport& r) const;
    const Leg* join_what_it_shows(const Order& o, const ExecutionReport& r);
    void join_news(const Order& o, const Leg& leg, const ExecutionReport& r, bool first_seen);
    void on_trade(const Order& o, const Leg& leg, const ExecutionReport& r);
    Booked book_orphan(const ExecutionReport& r);
    void count_fill(const Order& o);
    void claim_fills(const Order& o, const Leg& leg);
    void claim(const Order& o, const Leg& leg, PositionSide side, Lots whole);
    void on_unmatched(const ExecutionReport& r);
    [[nodiscard]] bool rests_after(AccountIx a, const ExecutionReport& r, Timestamp ended) const;
    const Order* recover_order(const ExecutionReport& r);
    void note_refusal(const Order& o, Reason reason);
    [[nodiscard]] bool is_settled_id(ClOrdID id) const;

    // joins.cpp: facts joined into an order
    struct Final { // the quantity that an end told, if it did
        bool vouched = false;
        Lots qty;
        std::uint64_t version = 0;
    };
    const Leg& leg_for(const Order& o, const OrderID& id, Lots leg_qty);
    const Leg* add_leg(const Order& o, Lots qty);
    void evidence_of_life(const Order& o, const Leg& leg);
    void join_end(const Leg& leg, LegEnd end, const Final& final);
    void join_claim(const Order& o, const Leg& leg, Lots cum, std::uint64_t version);
    void on_replaced(const Order& o, const Leg& leg, const ExecutionReport& r);
    void put_told_qty(const Leg& leg, Lots qty);
    void join_qty(const Order& o, const Leg& leg, const ExecutionReport& r);
    void amend_took_effect(const Order& o, const Leg& leg, Lots told, std::uint64_t version);
    [[nodiscard]] bool shows_amend(const Order& o, const Leg& leg, const ExecutionReport& r) const;
    void drop_amend(const Order& o);
    void swap_amend(const Order& o);
    void drop_asked_leg(const Order& o);

    // settling.cpp: from facts to what they mean
    struct Before { // an order as the trail last told it, taken before facts are joined
        std::uint8_t asked = 0;
        Lots cum;
    };
    [[nodiscard]] Before before(const Order& o) const { return {o.asked, cum_qty(o)}; }
    // Recomputes what is derived, moves the order between lists, settles, alarms.
    void refresh(const Order& o, Why why, const Before& before);
    void note_moved_by(const Order& o);
    void settle(const Order& o);
    void count_certain(const Order& o, Lots more);
    void count_open(const Order& o, Lots more);
    void take_back(const Order& o);
    void remember_settled(const Order& o);
    bool forget_oldest();
    [[nodiscard]] bool may_rest_again(const Order& o) const;
    void leave_intent(const Order& o);
    void tell_contradictions(const Order& o, const Derived& d);
    // Latched: the caller tells each of its kind but once, so it is told also while frozen.
    enum class Told : std::uint8_t { OncePerFreeze, Latched };
    void contradiction(InstrumentIx i, ClOrdID id, AlarmKind kind, std::int64_t value,
                       std::int64_t bound, Told told = Told::OncePerFreeze);

    // fills.cpp: fills as a set
    struct FillPlace {
        OrderID own; // part of its key
        Side side = Side::Buy;
        FillKey key;
        const FillEntry* entry = nullptr; // where it is, or belongs
        [[nodiscard]] bool is_known() const { return entry->key != 0; }
    };
    bool is_table_full(InstrumentIx i, ClOrdID own);
    // What this report adds to the set; `o` and `leg` are its order's, if that is remembered.
    Booked book_fill(const ExecutionReport& r, const Order* o, const Leg* leg);
    Corrected join_correction(const ExecutionReport& r, const FillPlace& place, bool told);
    [[nodiscard]] FillPlace place_of(const ExecutionReport& r, const Order* o,
                                     const Leg* leg) const;
    [[nodiscard]] FillKey key_of(const ExecutionReport& r, const OrderID& own, Side side) const;
    [[nodiscard]] bool is_known_fill(const ExecutionReport& r) const;
    void foresee_fill(const ExecutionReport& r);
    void keep_fill(const FillEntry& entry, const FillEntry& fact);
    [[nodiscard]] bool is_news(const ExecutionReport& r, const Order& o, const Leg& leg) const;
    void keep_news();
    void note_own_key(const ExecutionReport& r, const Order* o, const Leg* leg,
                      const FillPlace& place);

    // positions.cpp
    void book_settling(InstrumentIx i, PositionSide position_side, Side side, const Booked& booked);
    void book_position(InstrumentIx i, PositionSide side, Lots qty, Timestamp transact_time,
                       bool own);
    void note_beside(const Position& p, Lots traded);
    [[nodiscard]] bool is_as_good_as_flat(const PositionReport& r) const;
    void on_position(const PositionReport& r);
    enum class Match : std::uint8_t { Agrees, Verifies, Contradicts, Inconclusive };
    [[nodiscard]] Match compare(const Position& p, std::uint32_t ix, Lots qty, Timestamp begin,
                                Timestamp end) const;
    [[nodiscard]] bool quiet(const Position& p, std::uint32_t ix, Timestamp begin,
                             Timestamp end) const;
    void check_snapshot(std::uint32_t ix, Lots qty, Timestamp begin, Timestamp end);
    void resolve_contradictions(AccountIx a);
    void assign_adjustments(InstrumentIx i);
    void maybe_unfreeze(InstrumentIx i);

    // gate.cpp
    struct Priced {  // what a draft comes to, computed once
        Money value; // rounded up
        Money margin;
    };
    [[nodiscard]] Guard check(const Draft& d, Priced& priced) const;
    [[nodiscard]] Guard check_common(const Draft& d, Priced& priced) const;
    [[nodiscard]] Guard check_reduction(const Draft& d) const;
    [[nodiscard]] Guard check_protection(const Draft& d) const;
    [[nodiscard]] Guard check_reserve(AccountIx a) const;
    [[nodiscard]] bool is_beyond_collar(InstrumentIx i, Ticks from, Ticks worse) const;
    [[nodiscard]] Guard check_new_risk(const Draft& d, const Priced& priced) const;
    [[nodiscard]] bool exceeds_intent(const Draft& d) const;
    [[nodiscard]] Guard check_amend(const Order& o, Ticks px, Lots total) const;
    [[nodiscard]] Guard check_state(InstrumentIx i) const;
    [[nodiscard]] Guard check_order(const Draft& d, Money value) const;
    [[nodiscard]] Guard check_position(const Draft& d, const Interval<Lots>& held) const;
    [[nodiscard]] Guard check_flow(const Draft& d, Money value) const;
    [[nodiscard]] Guard check_balance(const Draft& d, Money margin) const;
    [[nodiscard]] Guard check_exposure(const Draft& d) const;
    [[nodiscard]] Guard check_stock(const Draft& d) const;
    [[nodiscard]] Guard check_hedge(const Draft& d, Money margin) const;
    [[nodiscard]] static bool shrinks(const Draft& d, const Interval<Lots>& held);
    [[nodiscard]] std::optional<Money> hedge_margin(GroupIx g, Side side, Units units) const;
    [[nodiscard]] Money free_margin(AccountIx a) const;
    [[nodiscard]] Money session_loss() const;
    [[nodiscard]] bool enforced(Guard guard) const { return !config_.sabotage.off(guard); }
    [[nodiscard]] Money margin_of(InstrumentIx i, Money value) const;
    [[nodiscard]] Money margin_for(InstrumentIx i, Ticks px, Lots qty) const;
    [[nodiscard]] std::optional<Money> value_at_mark(InstrumentIx i, Lots qty) const;

    // held.cpp: what a person is told of guards
    struct HeldNumbers {
        std::int64_t value = 0;
        std::int64_t bound = 0;
        Limit limit = Limit::None;
    };
    void hold_back(InstrumentIx i, Guard guard, Lots asked);
    void tell_guards();
    [[nodiscard]] HeldNumbers held_numbers(InstrumentIx i, Guard guard, Lots asked) const;

    // requests.cpp: what leaves
    [[nodiscard]] bool can_send(AccountIx a) const;
    [[nodiscard]] Timestamp validity(AccountIx a) const;
    [[nodiscard]] Timestamp fence_for(AccountIx a, Timestamp valid_until) const;
    [[nodiscard]] Timestamp query_at(AccountIx a) const; // when the query budget allows the next
    void refill(AccountIx a);
    void spend_request(AccountIx a);
    void spend_order(AccountIx a, Money value);
    template <std::size_t N> void slide(const Lately<N>& lately, Duration width);
    template <std::size_t N> void use_lately(const Lately<N>& lately, std::int64_t more);
    std::uint32_t batch_for(AccountIx a);
    [[nodiscard]] bool spend_query(AccountIx a);
    [[nodiscard]] bool is_amend_overdue(const Intent& it) const;
    bool moves_by_amend(const Intent& it, const Order& o, Ground ground, Commands& out);
    void want_order(IntentIx i, Ticks trigger, Ticks px, Lots qty, Ground ground);
    void request_gone(const Order& o, Ground ground);
    void send_cancel(const Order& o);
    [[nodiscard]] bool may_be_renamed(const Order& o) const;
    [[nodiscard]] const Leg& leg_to_name(const Order& o, std::uint32_t turn) const;
    [[nodiscard]] bool can_ask_for(const Order& o) const;
    void send_query(const Order& o);
    void mass_cancel(AccountIx a);
    enum class Pull : std::uint8_t { Quotes, AllThatOpens, All };
    void pull_all(Pull which, Ground ground);
    [[nodiscard]] Lots to_sweep(InstrumentIx i) const;
    void release_reservation(const Order& o);

    // hedger.cpp
    void hedge_touched();
    void hedge(GroupIx g);
    void note_owed(GroupIx g);
    void forget_owed(const Group& group);
    void owe_more(GroupIx g, Units size);
    void pay_oldest(const Group& group, Units size);
    [[nodiscard]] CorrelationID correlation_owed(GroupIx g, Units left) const;
    [[nodiscard]] Timestamp overdue_at(GroupIx g) const;
    [[nodiscard]] Lots hedgeable(GroupIx g, Units owed) const;
    [[nodiscard]] Ticks least_sell_px(InstrumentIx via, Lots lots, Ticks touch_px) const;
    [[nodiscard]] Ticks taking_px(InstrumentIx i, Side side, Bps slippage) const;

    // audits.cpp
    void on_read_done(const ReadDone& r);
    void on_order_query(const ReadDone& r);
    void end_as_gone(const Order& o);
    void note_returned(const Order& o, const Leg& leg);
    void on_open_orders_read(AccountIx a, const ReadDone& r);
    void on_fills_read(AccountIx a, const ReadDone& r);
    void on_positions_read(AccountIx a, const ReadDone& r);
    void on_balance(const BalanceReport& r);
    void want_fills_through(AccountIx a, Timestamp t);
    void accept_fill_gap(InstrumentIx i);
    void want_read(AccountIx a, RequestKind kind, Timestamp from = {});
    [[nodiscard]] Timestamp read_wanted(AccountIx a, std::uint32_t ix) const;
    [[nodiscard]] Timestamp reads_due(AccountIx a) const;
    void run_reads(AccountIx a);
    void on_link(const LinkReport& r);
    void note_activity(AccountIx a);
    void note_flatness(AccountIx a, RequestKind kind, bool empty, Timestamp asked_at);

    // decision.cpp
    [[nodiscard]] Duration evidence_horizon() const;
    struct Sight {
        Duration horizon; // back
        Duration far;     // and ahead
        HashOf of = HashOf::Desk;
    };
    void add_account(Hasher& h, AccountIx a, const Sight& sight) const;
    void add_position(Hasher& h, std::uint32_t ix, const Sight& sight) const;
    [[nodiscard]] std::uint64_t order_digest(const Order& o, const Sight& sight) const;
    void add_facts(Hasher& h, const Order& o) const;

    // restart.cpp
    void on_boot(const Boot& b);
    void on_lease(const LeaseGrant& g);
    void wait_until(Timestamp fence);
    [[nodiscard]] bool are_positions_joined();
    void advance_recovery();
    [[nodiscard]] bool has_recovered(AccountIx a, std::uint32_t read) const;
    void tell_recovery();

    EngineConfig config_;
    std::vector<GroupIx> group_of_;       // by instrument
    std::vector<AccountIx> account_of_;   // by instrument
    std::vector<std::uint32_t> venue_of_; // by account
    std::vector<Intent> announced_;       // before open()
    std::uint32_t orders_reserve_ = 0;    // slots only reductions and recovery may take
    Arena<core::Desk> desk_;
    Arena<Stats> stats_;
    Arena<Account> accounts_;
    Arena<InstrumentState> instruments_;
    Arena<HeldBack> held_; // by instrument
    Arena<Position> positions_;
    Arena<RecentFill> recent_;
    Arena<UnclaimedFill> unclaimed_; // a ring
    Arena<Group> groups_;
    Arena<Signal> signals_; // by instrument and kind
    Arena<Intent> intents_;
    Arena<ListHead> lists_;
    Arena<Order> orders_;
    Arena<Leg> legs_;
    Arena<std::uint64_t> settled_; // slots of settled orders, a ring; no_slot: empty
    Arena<IndexCell> by_cl_ord_id_cells_;
    Arena<IndexCell> by_order_id_cells_;
    Arena<FillEntry> fill_cells_;
    Arena<std::uint64_t> recovered_;
    OrderIndex by_cl_ord_id_;
    OrderIndex by_order_id_;
    FillIndex fills_;
    Store store_;

    // Scratch of one step; not state.
    Commands* out_ = nullptr;
    std::uint64_t seq_ = 0; // of the event taken in
    FillKey foreseen_;      // of the trade taken in, as its report names it
    FillEntry news_;        // a new fill, put into the table at the end of the step
    Heard heard_;           // by the report or answer taken in, for the audit trail
    Mover mover_;
    bool pursuing_ = false;
    AccountIx batch_account_;
    std::uint32_t batch_items_ = 0;
    std::vector<std::uint32_t> dirty_groups_;
    std::vector<std::uint8_t> touched_groups_; // by what this step took in, for strategies
    std::vector<std::uint8_t> touched_;        // the same by instrument
    std::vector<std::uint32_t> dirty_intents_;
    std::vector<CorrelationID> moved_by_; // by group: of the first order whose facts moved its net
};

} // namespace keel::core
