#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/store.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "model/venue.hpp"
#include "sim/channels.hpp"
#include "sim/faults.hpp"
#include "sim/funding.hpp"
#include "sim/history.hpp"
#include "sim/legs.hpp"
#include "sim/listing.hpp"
#include "sim/nonces.hpp"
#include "sim/outside.hpp"
#include "sim/truth.hpp"
#include "sim/twist.hpp"

// A simulated venue: matching, accounts, channels, faults. What it does is written down in
// docs/simulated-venue.md (matching, accounts, requests, streams) and docs/fault-model.md.

namespace keel::sim {

struct DelayRange {
    Duration min;
    Duration max;
};

struct SimInstrument {
    InstrumentIx instrument; // the desk's index, used in every event
    AccountIx account;
    Instrument spec;
    std::uint32_t queue_cancel_share_ppm = 500'000; // share of displayed-size decreases that happen
                                                    // ahead of our own resting order
    FundingTerms funding = {};
    ListingTerms listing = {};
    // Of notional at the mark. Once the equity of an account is below what all of its positions
    // need, the venue liquidates them. 0: it asks for none.
    std::int32_t maintenance_margin_ppm = 0;

    // The venue tells what the listing is (SecurityStatus).
    [[nodiscard]] bool has_listing() const {
        return spec.long_only || spec.settles_late || spec.px_end > Ticks{0} ||
               spec.price_step > Ticks{1} || listing.is_some();
    }
};

struct SimAccount {
    AccountIx account;
    Money collateral;
};

struct VenueConfig {
    VenueIx venue;
    VenueTraits traits; // how this venue truly behaves
    std::vector<SimInstrument> instruments;
    std::vector<SimAccount> accounts;
    DelayRange socket_request{milliseconds(5), milliseconds(10)}; // one way and answer, each half
    DelayRange rest_request{milliseconds(50), milliseconds(100)};
    DelayRange order_stream{milliseconds(5), milliseconds(15)};
    DelayRange fill_stream{milliseconds(5), milliseconds(15)};
    DelayRange position_stream{milliseconds(10), milliseconds(40)};
    DelayRange market_stream{milliseconds(2), milliseconds(8)};
    DelayRange read_lag{milliseconds(100), milliseconds(500)}; // age of what a read shows
    DelayRange settlement{seconds(2), seconds(10)}; // of a fill that settles late; each stage of it
    Duration market_interval{milliseconds(100)}; // best bid/offer is published at most this often
    Duration taker_delay{};  // speed bump of GTC/IOC creates; cancels and post-only do not wait
    Duration clock_offset{}; // venue clock minus ours, within traits.clock_error
    bool fills_replayed_on_reconnect = true;
    bool orders_snapshot_on_reconnect = true;
    bool self_trade_reports_rejected = false; // Pacifica's word for a removed resting order
    bool ioc_no_fill_refused = false;         // Hyperliquid: an IOC that takes nothing is refused
    bool answers_before_judging = false;      // a rejection comes by the order stream alone
    bool pushes_positions = true;             // else reads alone tell them
    bool fills_carry_cl_ord_id = true;        // else a fill names the venue's order id only
    bool reduce_only_size_checked = false;    // Extended: one for more than is held is refused
    NonceRule nonces = NonceRule::None;
    bool tells_mined = false;            // a fill that settles late is Mined before Confirmed
    bool failed_rests_again = false;     // what a maker's failed fill had executed rests again
    Duration status_every = seconds(10); // what a listing is, is told again; zero: never
    OutsideTold outside_told = OutsideTold::All; // changes that are not ours: which are fills
    bool hedge_mode = false; // a long and a short position of each instrument, else one that nets
    std::uint32_t fills_replayed_max = 10;
    std::uint32_t orders_max = 4'096; // live and remembered ones
    std::uint32_t messages_max = 16'384;
    std::uint32_t history_max = 0; // updates and fills remembered; 0: four for each of orders_max
};

// One simulated venue with its channels: a value (copy, hash, undo), with no clock of its own.
class Venue {
public:
    Venue(const VenueConfig& config, const FaultProfile& faults, std::uint64_t seed);

    // The market moved (time never goes back). Quotes: the new best bid and offer; trades: print.
    // Prices and quantities are already in the instrument's ticks and lots.
    struct MarketMove {
        InstrumentIx instrument;
        bool is_trade = false;
        Side aggressor = Side::Buy; // trades
        Ticks px;                   // trades
        Lots qty;                   // trades
        Ticks bid_px, ask_px;       // quotes
        Lots bid_qty, ask_qty;
    };
    void on_market(const MarketMove& move, Timestamp now);
    // Somebody who is not the desk changes what an account holds, now.
    void on_outside(const OutsideAct& act, Timestamp now);
    // The venue changes what it says of an instrument that has a listing.
    void on_listing(const ListingAct& act, Timestamp now);

    // The desk sends a command of its (Alarm is not for venues): it travels from here on.
    void send(const CommandBody& command, Timestamp now);

    // The earliest time at which something is due (request arrives, message is delivered, timer);
    // `never` if nothing is.
    [[nodiscard]] Timestamp next_at() const;
    // Does everything due at or before `now`, in order of time, and appends to `out` what the desk
    // hears now. Call with now == next_at() to keep stamps exact.
    void advance(Timestamp now, std::vector<EventBody>& out);

    // The desk's process died: its connections are gone, messages to it are lost, requests on the
    // way still arrive. connect(): it is back; streams open as after a reconnect.
    void disconnect(Timestamp now);
    void connect(Timestamp now);

    // No more faults from here on (convergence checks), or again.
    void set_faults(const FaultProfile& faults);

    // Truth, for auditors and reports.
    [[nodiscard]] std::span<const TrueFill> new_fills() const; // since clear_new_fills()
    void clear_new_fills();
    [[nodiscard]] std::span<const TrueFunding> new_funding() const; // since clear_new_funding()
    void clear_new_funding();
    // Long and Short in hedge mode, else Net; the other ones hold nothing.
    [[nodiscard]] Lots position(InstrumentIx instrument, PositionSide side) const;
    [[nodiscard]] Lots position(InstrumentIx instrument) const; // all of them together
    // Of it, what others ever made.
    [[nodiscard]] Lots outside(InstrumentIx instrument, PositionSide side) const;
    [[nodiscard]] Lots outside(InstrumentIx instrument) const;
    [[nodiscard]] bool is_in_hedge_mode() const { return config().hedge_mode; }
    [[nodiscard]] std::uint32_t liquidation_count() const { return globals().liquidations; }
    // Of it, what is confirmed; and of that, what no open sale has a claim on.
    [[nodiscard]] Lots settled(InstrumentIx instrument) const;
    [[nodiscard]] Lots sellable(InstrumentIx instrument) const;
    // What a unit is worth for ever; none: the market is not resolved.
    [[nodiscard]] std::optional<Ticks> resolved_to(InstrumentIx instrument) const;
    // Its market moves, and orders are taken.
    [[nodiscard]] bool is_open(InstrumentIx instrument) const;
    [[nodiscard]] Money
    equity(AccountIx account) const; // collateral + realised + unrealised - fees - funding
    [[nodiscard]] std::uint32_t open_order_count() const;
    void for_each_order(const std::function<void(const TrueOrder&)>& visit) const;
    // The newest leg of an order; none: it never came, or is forgotten.
    [[nodiscard]] std::optional<TrueOrder> find_order(ClOrdID cl_ord_id) const;
    // Counts up with all that becomes of orders.
    [[nodiscard]] std::uint32_t order_changes() const;
    [[nodiscard]] std::uint32_t order_count() const; // remembered ones
    [[nodiscard]] TrueOrder order(std::uint32_t place) const;
    // The number of the newest trade that a read of fills from then on does not show; 0: it shows
    // all.
    [[nodiscard]] std::uint32_t newest_trade_before(Timestamp from) const;
    // What it had executed by then, as far as the venue remembers.
    [[nodiscard]] Lots cum_qty_at(std::uint32_t place, Timestamp at) const;
    [[nodiscard]] std::uint32_t update_count() const { return globals().updates; } // ever made
    [[nodiscard]] std::uint64_t fault_count(FaultKind kind) const;

    [[nodiscard]] std::uint64_t state_hash() const { return store_.hash(); }
    [[nodiscard]] const Store& store() const { return store_; }
    [[nodiscard]] Store& store() { return store_; }

    // For an explorer, which chooses what happens next: the ways in and out by number
    // (sim/channels.hpp), how much waits in each, and the next of one of them, now.
    [[nodiscard]] std::uint32_t channel_count() const { return channels_.count(); }
    [[nodiscard]] std::uint32_t account_count() const {
        return static_cast<std::uint32_t>(config().accounts.size());
    }
    [[nodiscard]] std::uint32_t pending(std::uint32_t channel) const {
        return channels_.at(store_, channel).count;
    }
    void deliver(std::uint32_t channel, Timestamp now, std::vector<EventBody>& out);
    // The same with something that goes wrong on the way; `at` is when the venue takes in what
    // arrives there (time never goes back), `now` when the desk hears. What may befall the next
    // message of a channel is what allows() says; a batch is one message. `part`, of Twist::Part:
    // which of its items are refused, a bit for each; of Twist::Short: how many are answered.
    [[nodiscard]] bool allows(std::uint32_t channel, Twist twist) const;
    void deliver(std::uint32_t channel, Twist twist, Timestamp at, Timestamp now,
                 std::vector<EventBody>& out, std::uint8_t part = 0);
    // Items of the request that is next in a way in: one, or those of its batch.
    [[nodiscard]] std::uint32_t items_in(std::uint32_t channel) const;
    // Of what the desk has sent since it connected, and is under way and not held: the requests
    // from this one on, a batch by its first item; and they have never left it.
    void add_requests_from(RequestID first, std::vector<RequestID>& out) const;
    void take_back_from(RequestID first);
    // Was it sent before the desk connected anew?
    [[nodiscard]] bool is_of_before(const Message& request) const {
        return request.ref != globals().session;
    }
    // They have not left it yet, as it sleeps...
    void put_to_sleep_from(RequestID first);
    [[nodiscard]] std::uint32_t asleep_count() const { return pending(channels_.asleep()); }
    // ... and when it wakes, each leaves that still may, by the end of its validity (none: it has
    // none, as what only asks); the others never do. How many have left.
    std::uint32_t wake_up(Timestamp now, const std::function<bool(Timestamp)>& may_leave);
    [[nodiscard]] std::uint32_t would_wake(const std::function<bool(Timestamp)>& may_leave) const;
    // Where fills travel that settle late.
    [[nodiscard]] std::uint32_t chain() const { return channels_.chain(); }
    // From when on all orders of an account are canceled for want of a heartbeat, at the latest
    // half the timeout later; `never`: nothing is due. And that it happens.
    [[nodiscard]] Timestamp lapses_from(std::uint32_t account) const;
    void lapse(std::uint32_t account, Timestamp at);
    // Streams that are down, a bit for each (three for each account), and one of them comes back.
    [[nodiscard]] std::uint32_t streams_down() const;
    void bring_back(std::uint32_t stream, Timestamp at);
    [[nodiscard]] const VenueTraits& traits() const { return setup_->config.traits; }
    // Since when the oldest position push waits: it must be heard within V. `never`: none does.
    [[nodiscard]] Timestamp oldest_push() const;
    // What the next message of a channel tells: a fact about an order, by a stream or by the answer
    // to a new order, which told again says nothing new, now or later; or an echo, the answer to a
    // cancel or to a question, which says nothing more once all is known of the order.
    enum class Tells : std::uint8_t { Other, Fact, Echo };
    struct Told {
        Tells tells = Tells::Other;
        ClOrdID about;
    };
    [[nodiscard]] Told told_next(std::uint32_t channel) const;
    // Does the next message of the market say what has changed of a listing?
    [[nodiscard]] bool tells_listing_news() const;
    // Does it say that the stream or path is up?
    [[nodiscard]] bool tells_link_up(std::uint32_t channel) const;
    // For people: the next message of a channel that is not empty, the one behind another (null:
    // none), and what happened that a Report or a Claim tells (null: the venue has forgotten it).
    [[nodiscard]] const Message& first_in(std::uint32_t channel) const {
        return channels_.first(store_, channel);
    }
    [[nodiscard]] const Message* behind(const Message& message) const;
    [[nodiscard]] const Update* told_by(const Message& message) const;
    // What the desk would hear of one that waits in a channel, were it delivered now.
    void hear(const Message& message, std::uint32_t channel, Timestamp now,
              std::vector<EventBody>& out) const;
    // Since when the oldest message of all waits, repeats of long ago apart.
    [[nodiscard]] Timestamp oldest_message() const;
    // Sends off what the market has shown and the venue not yet published.
    void publish_now(Timestamp at);
    // Over what can still change what the desk hears: everything but numbers of messages and the
    // times at which they are due, which an explorer chooses; times by how long ago they were.
    struct Looks {
        Timestamp now;
        bool may_look_back = false;         // a read may still show an earlier state
        bool by_number = false;             // answers are matched by the numbers of requests
        std::span<const Timestamp> from;    // by account: no read asks for fills before this
        std::span<const RequestID> waiting; // reads whose answers the desk still takes: which one
                                            // a message answers is the place of its number here
    };
    [[nodiscard]] std::uint64_t decision_hash(const Looks& looks) const;

private:
    struct Setup { // what never changes, shared by all copies
        VenueConfig config;
        std::vector<std::uint32_t> place_of;   // InstrumentIx to place in config.instruments
        std::vector<std::uint32_t> account_of; // that place to place in config.accounts
        std::vector<std::optional<BasisProcess>> funding; // by that place; none: it has none
        // By account: an instrument of it asks for maintenance margin.
        std::vector<std::uint8_t> asks_maintenance;
    };
    struct Reply {
        Outcome outcome = Outcome::Accepted;
        Reason reason = Reason::None;
        OrderID order_id;
        std::uint32_t retry_after_ms = 0;
    };
    static Reply refused(Reason reason) { return Reply{Outcome::Refused, reason, {}, 0}; }

    [[nodiscard]] const VenueConfig& config() const { return setup_->config; }
    [[nodiscard]] const SimInstrument& terms(std::uint32_t place) const {
        return setup_->config.instruments[place];
    }
    [[nodiscard]] const InstrumentSlot& book(std::uint32_t place) const {
        return store_.at(instruments_, place);
    }
    [[nodiscard]] const SideSlot& side_slot(std::uint32_t place, PositionSide side) const {
        return store_.at(sides_, place * 2 + (side == PositionSide::Short ? 1 : 0));
    }
    [[nodiscard]] const FundingSlot& funding(std::uint32_t place) const {
        return store_.at(funding_, place);
    }
    [[nodiscard]] const Leg& leg(std::uint32_t slot) const { return legs_.at(store_, slot); }
    [[nodiscard]] const Globals& globals() const { return store_.at(globals_, 0); }
    [[nodiscard]] const FaultSlot& faults() const { return store_.at(faults_, 0); }
    [[nodiscard]] const StreamSlot& stream(std::uint32_t account, LinkKind kind) const;
    [[nodiscard]] std::uint32_t place_of(InstrumentIx instrument) const;
    [[nodiscard]] std::uint32_t account_place(AccountIx account) const;
    template <class T> void put(const T& field, const std::type_identity_t<T>& value) {
        store_.put(field, value);
    }

    // venue.cpp: what is due next
    struct Due {
        enum class Kind : std::uint8_t {
            Channel,
            Publication,
            StreamUp,
            Funding,
            Resolution,
            Status,
            Lapse
        };
        Kind kind = Kind::Channel;
        std::uint32_t place = 0;
    };
    [[nodiscard]] Timestamp earliest() const;
    [[nodiscard]] Due due_at(Timestamp at) const;
    void refresh_next_due();
    void step_channel(std::uint32_t channel, Timestamp at, Timestamp now,
                      std::vector<EventBody>& out);

    // fault_draws.cpp
    [[nodiscard]] bool strikes(FaultKind kind, std::uint32_t channel);
    void met(FaultKind kind);
    [[nodiscard]] Duration slowed(Duration delay, std::uint32_t channel);
    [[nodiscard]] Duration draw_lag();
    struct RequestDraw {
        Fate fate = Fate::Fine;
        bool is_lost = false;
        bool is_slow = false;
    };
    [[nodiscard]] RequestDraw draw_request(std::uint32_t channel);

    // requests.cpp: on their way in, and the answers out
    void submit(Message message, std::uint32_t batch, bool may_overtake);
    void join_batch(Message message);
    void arrive(std::uint32_t channel, Timestamp at);
    void execute(const Message& message, Timestamp at);
    void execute_by_fate(const Message& message, Fate fate, Timestamp at);
    Reply perform(const Message& message, bool refuse, Timestamp at);
    void answer(const Message& message, const Reply& reply, Timestamp at);
    [[nodiscard]] bool is_late(const Message& message, Timestamp at) const;
    std::vector<Message> take_out_from(RequestID first);
    [[nodiscard]] bool is_over_rate(const Message& message, Timestamp at);

    // nonces.cpp
    [[nodiscard]] const NonceSlot* nonces_of(const Message& message, RequestKind kind) const;
    void stamp(Message& request, RequestKind kind);
    [[nodiscard]] bool admits(const Message& request, RequestKind kind, Timestamp at);
    void tell_nonce(Message& answer, RequestKind kind) const;
    void learn_nonce(const Message& heard);
    void ask_nonces();
    void add_nonces(Hasher& h) const;

    // orders.cpp: what requests do
    Reply new_order(const NewOrderSingle& request, bool refuse, Timestamp at);
    Reply cancel(const OrderCancelRequest& request, bool refuse, Timestamp at);
    Reply mass_cancel(const OrderMassCancelRequest& request, bool refuse, Timestamp at);
    [[nodiscard]] bool fits_position_mode(const NewOrderSingle& request) const;
    // An order as it was asked for, before it rests or trades.
    [[nodiscard]] static Leg draft_of(const NewOrderSingle& request, std::uint32_t place,
                                      Timestamp at);
    [[nodiscard]] bool only_reduces(const NewOrderSingle& request) const;
    [[nodiscard]] bool is_well_formed(const NewOrderSingle& request, std::uint32_t place) const;
    [[nodiscard]] bool is_size_taken(Ticks px, Lots qty, bool closes_all,
                                     std::uint32_t place) const;
    [[nodiscard]] Reason judge(const Leg& draft, Lots margin_lots) const;
    void open(std::uint32_t slot, Timestamp at);
    std::uint32_t record(std::uint32_t slot, ExecType type, Reason reason, Timestamp at,
                         std::uint32_t amend_no = 0);
    void end(std::uint32_t slot, ExecType type, Reason reason, Timestamp at);
    void cancel_all(std::uint32_t place, Reason reason, Timestamp at);

    // stops.cpp
    [[nodiscard]] Reason judge_stop(const Leg& draft) const;
    bool trigger_stops(std::uint32_t place, std::int64_t twice_px, Timestamp at);
    void trigger(std::uint32_t slot, Timestamp at);

    // amends.cpp
    Reply amend(const OrderCancelReplaceRequest& request, bool refuse, Timestamp at);
    Reply amend_in_place(std::uint32_t slot, Ticks px, Lots leaves, std::uint32_t amend_no,
                         Timestamp at);
    Reply amend_by_new_leg(std::uint32_t slot, Ticks px, Lots leaves, Timestamp at);

    // matching.cpp
    void on_quote(std::uint32_t place, const MarketMove& move, Timestamp now);
    void on_print(std::uint32_t place, const MarketMove& move, Timestamp now);
    bool match_print(std::uint32_t place, std::size_t side, const MarketMove& move, Timestamp now);
    [[nodiscard]] bool concerns_us(const InstrumentSlot& book, const MarketMove& move) const;
    void advance_queue(std::uint32_t place, std::size_t side, Ticks touch_px, Lots touch_qty);
    void match_crossed(std::uint32_t place, std::size_t side, Timestamp at);
    void take(std::uint32_t slot, Timestamp at);
    void join_queue(std::uint32_t slot);
    void fill(std::uint32_t slot, Lots qty, Ticks px, bool is_maker, std::uint64_t match,
              Timestamp at, OrdKind kind = OrdKind::Limit);
    [[nodiscard]] std::uint64_t next_match();
    [[nodiscard]] Lots closable(std::uint32_t place, Side side) const;
    [[nodiscard]] Lots fillable(const Leg& order) const;
    [[nodiscard]] Lots available(std::uint32_t place, std::size_t side) const;
    void enforce_reduce_only(std::uint32_t place, Timestamp at);
    void trim_reduce_only(std::uint32_t place, std::size_t side, Timestamp at);

    // accounts.cpp
    struct Moves { // what an execution changes
        std::uint32_t place = 0;
        PositionSide position_side = PositionSide::Net;
        Side side = Side::Buy;
        Lots qty;
    };
    [[nodiscard]] Lots held(std::uint32_t place, PositionSide side) const;
    [[nodiscard]] Lots gross(std::uint32_t place) const;
    Money settle(const Moves& moves, Ticks px, bool is_maker, bool is_free = false);
    [[nodiscard]] std::int64_t mark_twice(std::uint32_t place) const;
    [[nodiscard]] Money value(std::uint32_t place, Lots position, Money cash) const;
    [[nodiscard]] Money funding_paid(std::uint32_t place) const {
        return funding_.capacity == 0 ? Money{} : funding(place).paid;
    }
    [[nodiscard]] std::optional<Money> margin(std::uint32_t place, Lots lots, Ticks px) const;
    [[nodiscard]] std::optional<Money> margin_at(std::uint32_t place, Lots lots, Ticks px,
                                                 std::int32_t ppm) const;
    [[nodiscard]] Lots worst_lots(std::uint32_t place, Side side, Lots more) const;
    [[nodiscard]] bool margin_allows(std::uint32_t place, Side side, Lots more, Ticks px) const;

    // liquidation.cpp
    [[nodiscard]] Money maintenance(std::uint32_t owner) const;
    [[nodiscard]] bool is_short_of_margin(std::uint32_t owner) const;
    void check_maintenance(std::uint32_t owner, Timestamp at);
    void liquidate(std::uint32_t place, PositionSide side, Timestamp at);

    // funding.cpp
    void start_funding(std::uint32_t place, Timestamp at);
    void set_funding(std::uint32_t place, Timestamp at);
    [[nodiscard]] Money funding_due(std::uint32_t place) const;
    void settle_funding(std::uint32_t place, Timestamp at);
    void tell_funding(std::uint32_t place, Timestamp at, std::optional<Duration> delay);
    void repeat_funding(Timestamp at);

    // listing.cpp
    [[nodiscard]] const ListingSlot& listing(std::uint32_t place) const {
        return store_.at(listings_, place);
    }
    [[nodiscard]] bool is_on_step(Ticks px, std::uint32_t place) const;
    [[nodiscard]] bool is_trading(std::uint32_t place) const;
    [[nodiscard]] bool is_resolved(std::uint32_t place) const;
    void resolve(std::uint32_t place, Ticks px, Timestamp at);
    void follow_terms(std::uint32_t place, Timestamp at);
    void tell_status(std::uint32_t place, Timestamp at, std::optional<Duration> delay,
                     bool is_news);
    void repeat_status(Timestamp at);

    // settlement.cpp
    [[nodiscard]] Lots sellable(std::uint32_t place) const;
    void await_settlement(std::uint32_t number, Timestamp at);
    void send_to_chain(const SettlingFill& fill, std::uint32_t number, Timestamp at);
    void settle_next(bool fails, Timestamp at);
    void take_back(const SettlingFill& fill, Timestamp at);
    bool return_to_book(const SettlingFill& fill, Timestamp at);
    [[nodiscard]] Timestamp executed_at(const Update& trade) const;

    // conversions.cpp
    struct Merge {
        Reason verdict = Reason::None;
        Ticks px; // of the next leg
    };
    [[nodiscard]] bool has_merge(std::uint32_t channel) const;
    std::uint32_t execute_next(std::uint32_t channel, std::uint32_t left, Timestamp at);
    [[nodiscard]] Ticks terms_end(const Message& message) const;
    [[nodiscard]] Merge judge_merge(const Message& one, const Message& other, Timestamp at) const;
    [[nodiscard]] bool is_conversion_well_formed(const NewOrderSingle& request,
                                                 std::uint32_t place) const;
    Reply convert(const NewOrderSingle& request, bool refuse, Timestamp at);

    // heartbeat.cpp
    Reply beat(std::uint32_t account, Timestamp at);

    // streams.cpp
    static Message about(std::uint32_t update, What what);
    void tell(std::uint32_t account, LinkKind kind, Message message, Timestamp at);
    void tell_safely(std::uint32_t account, LinkKind kind, Message message, Timestamp at);
    void tell_order(std::uint32_t slot, std::uint32_t update, What what, Timestamp at);
    [[nodiscard]] Message position_of(std::uint32_t place, PositionSide side) const;
    void tell_positions_safely(std::uint32_t place, Timestamp at);
    void lose_stream(std::uint32_t account, LinkKind kind, Timestamp at);
    void cut_stream(std::uint32_t account, LinkKind kind, bool is_alone, Timestamp at,
                    Duration length);
    void stream_is_back(std::uint32_t account, LinkKind kind, Timestamp at);
    void tell_link(std::uint32_t channel, std::uint32_t account, LinkKind kind, LinkState state,
                   Timestamp at);
    void replay_orders(std::uint32_t account, Timestamp at);
    void replay_fills(std::uint32_t account, Timestamp at);
    void want_publication(std::uint32_t place, Timestamp now);
    void publish(std::uint32_t place, Timestamp at);
    [[nodiscard]] std::optional<Duration> draw_market_delay(); // none: it is lost
    [[nodiscard]] DelayRange delay_of(LinkKind kind) const;

    // twist.cpp: what an explorer chooses
    [[nodiscard]] bool is_way_in(std::uint32_t channel) const {
        return channel == Channels::socket_in || channel == Channels::rest_in;
    }
    [[nodiscard]] std::uint32_t updates_by(Timestamp at) const;
    [[nodiscard]] const Update* newest_shown(const Message& asked) const;
    void add_told(Hasher& h, const Message& message, Timestamp now) const;
    [[nodiscard]] std::uint32_t newest_not_shown(const Message& message) const;
    [[nodiscard]] Timestamp before_last_change(const Message& asked) const;
    void swap_and_deliver(std::uint32_t channel, Timestamp at, Timestamp now,
                          std::vector<EventBody>& out);
    void hold(std::uint32_t channel);
    void arrive_with(std::uint32_t channel, Fate fate, Timestamp at);
    void refuse_part(std::uint32_t channel, std::uint8_t part);
    void leave_unanswered(std::uint32_t channel, std::uint8_t from);

    // delivery.cpp: what the desk hears
    [[nodiscard]] ExecutionReport report(const Update& update, What what) const;

    // reads.cpp: rows of a read as of an earlier moment
    struct View {
        RequestID read;
        std::uint32_t account;
        std::uint32_t instrument; // place; no_slot: all
        Timestamp at;
        Timestamp asked_at;
        Timestamp now;
    };
    void hear_read(const Message& message, Timestamp now, std::vector<EventBody>& out) const;
    std::uint32_t read_open_orders(const View& view, std::vector<EventBody>& out) const;
    std::uint32_t read_fills(const View& view, Timestamp from, bool& complete,
                             std::vector<EventBody>& out) const;
    std::uint32_t read_positions(const View& view, std::vector<EventBody>& out) const;
    std::uint32_t read_balances(const View& view, std::vector<EventBody>& out) const;
    void read_order(const View& view, const OrderStatusRequest& request, ReadDone& done,
                    std::vector<EventBody>& out) const;
    enum class Rows : std::uint8_t { All, Open };
    // What it was then; Open: only if it was not over.
    Found read_leg(const View& view, std::uint32_t slot, Rows rows,
                   std::vector<EventBody>& out) const;
    [[nodiscard]] Update as_it_stands(std::uint32_t slot) const;
    struct Past {
        std::array<Lots, position_side_count> held{}; // by PositionSide
        Money cash;
        Money fees;
        Money funding;
        [[nodiscard]] Lots of(PositionSide side) const {
            return held[static_cast<std::size_t>(side)];
        }
        [[nodiscard]] Lots position() const { return held[0] + held[1] + held[2]; }
    };
    [[nodiscard]] Past past(std::uint32_t place, Timestamp view) const;
    [[nodiscard]] Lots open_then(std::uint32_t place, std::size_t side, Timestamp at) const;
    [[nodiscard]] bool covers(const View& view, std::uint32_t place) const;

    std::shared_ptr<const Setup> setup_;
    Arena<Globals> globals_;
    Arena<FaultSlot> faults_;
    Arena<BatchSlot> batch_;
    Arena<InstrumentSlot> instruments_;
    Arena<SideSlot> sides_;       // in hedge mode, long and short of each; else it is empty
    Arena<StreamSlot> streams_;   // three for each account
    Arena<FundingSlot> funding_;  // as instruments_, where one has funding; else it is empty
    Arena<ListingSlot> listings_; // as instruments_, where one has a listing; else it is empty
    Arena<BeatSlot> beats_;       // by account, where the venue has heartbeats; else it is empty
    Arena<NonceSlot> nonces_;     // four keys for each account, where actions carry numbers
    Arena<std::uint64_t> used_nonces_; // nonce_window for each key, where the venue has a window
    Channels channels_;
    Legs legs_;
    History history_;
    Store store_;
    bool looks_back_ = false; // within one delivery: a read shows the state before the last change
    std::optional<Merge> merge_;      // within one delivery: what becomes of both orders that merge
    std::vector<TrueFill> new_fills_; // an output, emptied by whoever reads it; not state
    std::vector<TrueFunding> new_funding_; // likewise
};

} // namespace keel::sim
