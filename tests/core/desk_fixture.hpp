#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "strategy/desk.hpp"

// A desk between two venues that say what a test makes them say. Nothing here simulates a market or
// matches an order: a test is both the market and the venues, and this file only saves it typing.

namespace keel::core {

inline void PrintTo(Guard guard, std::ostream* out) { *out << info(guard).name; }

} // namespace keel::core

namespace keel::core::script {

constexpr AccountIx maker_account{0};
constexpr AccountIx hedge_account{1};
constexpr InstrumentIx maker{0};
constexpr InstrumentIx hedge{1};
constexpr GroupIx group{0};

constexpr std::int64_t par = 10'000; // ticks; so a tick is a basis point

// One lot is worth 100 units of money at par: tick 1, lot 0.01.
inline Instrument make_spec(const std::string& symbol, VenueIx venue) {
    Instrument draft;
    draft.symbol = symbol;
    draft.tick_size = Decimal{1, 0};
    draft.lot_size = Decimal{1, 2};
    draft.venue = venue;
    auto made = make_instrument(draft);
    EXPECT_TRUE(made.has_value());
    return *made;
}

// Two venues, an account and an instrument on each, one group hedged on the second. Unit = lot.
inline strategy::DeskConfig two_venues() {
    strategy::DeskConfig config;
    EngineConfig& e = config.engine;
    e.desk = 7;
    e.venues.resize(2);
    e.venues[0].name = "maker";
    e.venues[1].name = "hedge";
    e.accounts.resize(2);
    e.accounts[0] = {"maker", VenueIx{0}, {}};
    e.accounts[1] = {"hedge", VenueIx{1}, {}};
    e.instruments.resize(2);
    e.instruments[0] = {make_spec("BTC-M", VenueIx{0}), maker_account, {}};
    e.instruments[1] = {make_spec("BTC-H", VenueIx{1}), hedge_account, {}};
    GroupConfig g;
    g.name = "BTC";
    g.unit_scale = 2;
    g.members = {maker, hedge};
    g.hedge_via = hedge;
    g.exposure_limit = Units{10};
    e.groups.push_back(g);
    // A test is full of surprises; those about this limit set it.
    e.limits.max_surprises_in_window = 1'000'000;
    e.capacities = {.orders = 128, .legs = 32, .fills = 4'096};
    return config;
}

// The same twice, on the same two accounts: BTC, and beside it ETH.
constexpr InstrumentIx maker2{2};
constexpr InstrumentIx hedge2{3};
inline strategy::DeskConfig two_groups() {
    strategy::DeskConfig config = two_venues();
    EngineConfig& e = config.engine;
    e.instruments.push_back({make_spec("ETH-M", VenueIx{0}), maker_account, {}});
    e.instruments.push_back({make_spec("ETH-H", VenueIx{1}), hedge_account, {}});
    GroupConfig eth = e.groups[0];
    eth.name = "ETH";
    eth.members = {maker2, hedge2};
    eth.hedge_via = hedge2;
    e.groups.push_back(eth);
    return config;
}

inline strategy::DeskConfig checked(strategy::DeskConfig draft) {
    auto made = strategy::make_desk_config(std::move(draft));
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().text());
    return *made;
}

inline Draft quote_draft(Side side, std::int64_t px, std::int64_t qty, InstrumentIx i = maker) {
    Draft d;
    d.instrument = i;
    d.side = side;
    d.px = Ticks{px};
    d.qty = Lots{qty};
    d.post_only = true;
    return d;
}
inline Draft hedge_draft(Side side, std::int64_t px, std::int64_t qty) {
    Draft d;
    d.instrument = hedge;
    d.side = side;
    d.px = Ticks{px};
    d.qty = Lots{qty};
    d.tif = TimeInForce::Ioc;
    d.role = Role::Hedge;
    return d;
}
inline Draft close_draft(InstrumentIx i, Side side, std::int64_t px, std::int64_t qty) {
    Draft d;
    d.instrument = i;
    d.side = side;
    d.px = Ticks{px};
    d.qty = Lots{qty};
    d.tif = TimeInForce::Ioc;
    d.role = Role::Close;
    d.reduce_only = true;
    return d;
}

// What a venue would say of an account if it were asked.
struct Truth {
    std::map<std::pair<std::uint32_t, PositionSide>, Lots> positions;
    std::vector<ExecutionReport> fills;
    std::vector<ExecutionReport> resting;
    std::uint32_t unlisted = 0; // positions of instruments that the desk does not have
    Money equity{100'000 * money_one};
    Money available{100'000 * money_one};
};

class Script {
public:
    explicit Script(const strategy::DeskConfig& config)
        : config_(checked(config)), desk(config_), truth(config_.engine.accounts.size()) {
        out.keep_transitions();
    }

    // --- time and events ---
    void tell(const EventBody& body) {
        const Event event{++seq, now, body};
        record.push_back(event);
        desk.step(event, out);
        take(out);
        answer_beats();
    }
    // Time passes; every wake-up the desk asks for is given, reads are answered if `answers_reads`.
    void pass(Duration span) {
        const Timestamp until = now + span;
        int wakes_in_place = 0;
        while (true) {
            const Timestamp wake = desk.wake_at();
            const Timestamp next = earlier(wake, answers_reads ? next_answer() : never);
            if (next > until) break;
            wakes_in_place = next <= now ? wakes_in_place + 1 : 0;
            ASSERT_LT(wakes_in_place, 2'000) << "the desk wakes for ever at one instant";
            now = later(now, next);
            if (answers_reads) answer_due();
            if (desk.wake_at() <= now) tell(WakeUp{});
        }
        now = until;
        tell(WakeUp{});
        if (answers_reads) answer_due();
    }
    void pass_ms(std::int64_t ms) { pass(milliseconds(ms)); }

    void book(InstrumentIx i, std::int64_t bid, std::int64_t ask, std::int64_t qty = 1'000) {
        BookTop b;
        b.instrument = i;
        b.bid_px = Ticks{bid};
        b.ask_px = Ticks{ask};
        b.bid_qty = Lots{bid > 0 ? qty : 0};
        b.ask_qty = Lots{ask > 0 ? qty : 0};
        b.venue_time = now;
        tell(b);
    }
    void books(std::int64_t bid = par - 1, std::int64_t ask = par + 1) {
        for (std::uint32_t i = 0; i < config_.engine.instruments.size(); ++i) {
            book(InstrumentIx{i}, bid, ask);
        }
    }
    void lease(AccountIx a, Duration span, std::uint32_t epoch = 0) {
        tell(LeaseGrant{a, epoch == 0 ? desk.engine().desk().epoch : epoch, now + span});
    }
    void leases(Duration span = seconds(100'000)) {
        for (std::uint32_t a = 0; a < config_.engine.accounts.size(); ++a)
            lease(AccountIx{a}, span);
    }
    void link(AccountIx a, LinkKind kind, LinkState state) {
        LinkReport r;
        r.account = a;
        r.venue = config_.engine.accounts[a.value()].venue;
        r.kind = kind;
        r.state = state;
        tell(r);
    }
    void links_up() {
        for (std::uint32_t a = 0; a < config_.engine.accounts.size(); ++a) {
            for (std::size_t kind = 0; kind < link_kind_count; ++kind) {
                link(AccountIx{a}, static_cast<LinkKind>(kind), LinkState::Up);
            }
        }
    }
    void act(Act what, InstrumentIx i = {}) { tell(OperatorAct{.act = what, .instrument = i}); }

    // A desk that has started, read everything, and may trade.
    void start(std::uint32_t epoch = 1, Duration lease_span = seconds(100'000)) {
        life = epoch;
        tell(Boot{epoch, 0});
        leases(lease_span);
        links_up();
        pass(seconds(3));
        books();
        ASSERT_EQ(desk.engine().desk().recovery, Recovery::Done);
        forget();
    }

    // --- what left ---
    template <class Command> [[nodiscard]] std::vector<Command> all() const {
        std::vector<Command> found;
        for (const CommandBody& body : sent) {
            if (const auto* one = std::get_if<Command>(&body)) found.push_back(*one);
        }
        return found;
    }
    template <class Command> [[nodiscard]] std::size_t count() const {
        return all<Command>().size();
    }
    [[nodiscard]] std::size_t alarms(AlarmKind kind, Limit limit = Limit::None) const {
        std::size_t n = 0;
        for (const Alarm& alarm : all<Alarm>()) {
            n += alarm.kind == kind && (limit == Limit::None || alarm.limit == limit) ? 1U : 0U;
        }
        return n;
    }
    void forget() {
        sent.clear();
        trail.clear();
    }
    [[nodiscard]] const NewOrderSingle& order(ClOrdID id) const { return orders.at(id.packed()); }
    [[nodiscard]] ClOrdID last_id() const { return last_; }

    // --- through the gate by hand ---
    Guard offer(const Draft& d) {
        Commands more;
        more.keep_transitions();
        ClOrdID id;
        const Guard guard = desk.engine().submit(d, more, &id);
        take(more);
        return guard;
    }
    ClOrdID place(const Draft& d) {
        EXPECT_EQ(offer(d), Guard::None);
        return last_;
    }
    ClOrdID quote(Side side, std::int64_t px, std::int64_t qty, InstrumentIx i = maker) {
        return place(quote_draft(side, px, qty, i));
    }
    void cancel(ClOrdID id) {
        Commands more;
        more.keep_transitions();
        desk.engine().cancel(id, more);
        take(more);
    }
    bool amend(ClOrdID id, std::int64_t px, std::int64_t total) {
        Commands more;
        more.keep_transitions();
        const bool left = desk.engine().amend(id, Ticks{px}, Lots{total}, more);
        take(more);
        return left;
    }

    // --- what a venue says of an order ---
    [[nodiscard]] ExecutionReport report(ClOrdID id, ExecType type) const {
        const NewOrderSingle& o = order(id);
        ExecutionReport r;
        r.account = o.account;
        r.instrument = o.instrument;
        r.cl_ord_id = id;
        r.order_id = OrderID{0, id.packed()};
        r.exec_type = type;
        r.side = o.side;
        r.px = o.px;
        r.order_qty = o.qty;
        r.transact_time = now;
        return r;
    }
    [[nodiscard]] ExecutionReport trade(ClOrdID id, std::int64_t qty, std::uint64_t exec) const {
        ExecutionReport r = report(id, ExecType::Trade);
        r.exec_id = ExecID{0, exec};
        r.last_qty = Lots{qty};
        r.last_px = r.px;
        r.is_maker = order(id).post_only;
        return r;
    }
    [[nodiscard]] ExecutionReport ended(ClOrdID id, ExecType type, std::int64_t cum) const {
        ExecutionReport r = report(id, type);
        r.has_cum_qty = 1;
        r.cum_qty = Lots{cum};
        return r;
    }
    void ack(ClOrdID id) { tell(report(id, ExecType::New)); }
    // A fill as the stream tells it; it is true, too, so later reads show it.
    void fill(ClOrdID id, std::int64_t qty, std::uint64_t exec) {
        const ExecutionReport r = trade(id, qty, exec);
        happened(r);
        tell(r);
    }
    // A fill that nobody tells.
    void happened(const ExecutionReport& r) {
        Truth& t = truth[r.account.value()];
        t.fills.push_back(r);
        t.positions[{r.instrument.value(), r.position_side}] += signed_lots(r.side, r.last_qty);
    }
    void canceled(ClOrdID id, std::int64_t cum) { tell(ended(id, ExecType::Canceled, cum)); }
    void expired(ClOrdID id, std::int64_t cum) { tell(ended(id, ExecType::Expired, cum)); }
    void answer(ClOrdID id, RequestKind kind, Outcome outcome, Reason reason = Reason::None,
                std::uint32_t amend_no = 0) {
        RequestAnswer a;
        a.cl_ord_id = id;
        a.amend_no = amend_no;
        a.account = order(id).account;
        a.kind = kind;
        a.outcome = outcome;
        a.reason = reason;
        tell(a);
    }
    // "Not found" (or found, with the reports told before) to a question asked at `asked`.
    void status(ClOrdID id, bool found, Timestamp asked_at, Outcome outcome = Outcome::Accepted) {
        status(id, found ? Found::Known : Found::No, asked_at, outcome);
    }
    void status(ClOrdID id, Found found, Timestamp asked_at, Outcome outcome = Outcome::Accepted) {
        ReadDone d;
        d.account = order(id).account;
        d.instrument = order(id).instrument;
        d.cl_ord_id = id;
        d.kind = RequestKind::OrderStatus;
        d.outcome = outcome;
        d.complete = 1;
        d.found = found;
        d.rows = found != Found::No ? 1 : 0;
        d.asked_at = asked_at;
        d.answered_at = now;
        tell(d);
    }

    void balance(AccountIx a, std::int64_t equity, std::int64_t available) {
        truth[a.value()].equity = Money{equity * money_one};
        truth[a.value()].available = Money{available * money_one};
        BalanceReport b;
        b.account = a;
        b.equity = truth[a.value()].equity;
        b.available = truth[a.value()].available;
        b.asked_at = now;
        b.answered_at = now;
        tell(b);
    }

    // A position as the stream tells it, as of now.
    void snapshot(InstrumentIx i, std::int64_t qty, PositionSide side = PositionSide::Net) {
        PositionReport r;
        r.account = config_.engine.instruments[i.value()].account;
        r.instrument = i;
        r.position_side = side;
        r.source = ReportSource::Stream;
        r.qty = Lots{qty};
        r.asked_at = now;
        r.answered_at = now;
        tell(r);
    }

    // --- reads ---
    // Answers one read from the truth of now.
    void answer_read(const ReadRequest& q, Timestamp asked_at) {
        const Truth& t = truth[q.account.value()];
        std::uint32_t rows = 0;
        const auto say = [&](auto body) {
            body.source = ReportSource::Read;
            body.read = q.request;
            ++rows;
            tell(body);
        };
        switch (q.kind) {
        case RequestKind::ReadOpenOrders:
            for (const ExecutionReport& r : t.resting) say(r);
            break;
        case RequestKind::ReadFills:
            for (const ExecutionReport& r : t.fills) {
                if (r.transact_time >= q.from) say(r);
            }
            break;
        case RequestKind::ReadPositions:
            for (const auto& [key, qty] : t.positions) {
                if (qty == Lots{0}) continue;
                PositionReport p;
                p.account = q.account;
                p.instrument = InstrumentIx{key.first};
                p.position_side = key.second;
                p.qty = qty;
                p.asked_at = asked_at;
                p.answered_at = now;
                say(p);
            }
            rows += t.unlisted;
            break;
        case RequestKind::ReadBalances: {
            BalanceReport b;
            b.account = q.account;
            b.equity = t.equity;
            b.available = t.available;
            b.asked_at = asked_at;
            b.answered_at = now;
            say(b);
            break;
        }
        case RequestKind::New:
        case RequestKind::Cancel:
        case RequestKind::Amend:
        case RequestKind::MassCancel:
        case RequestKind::OrderStatus:
        case RequestKind::Heartbeat: FAIL() << "not a read";
        }
        done(q, asked_at, rows);
    }
    void done(const ReadRequest& q, Timestamp asked_at, std::uint32_t rows,
              Outcome outcome = Outcome::Accepted, bool complete = true) {
        ReadDone d;
        d.read = q.request;
        d.account = q.account;
        d.instrument = q.instrument;
        d.kind = q.kind;
        d.outcome = outcome;
        d.complete = complete ? 1 : 0;
        d.rows = rows;
        d.from = q.from;
        d.asked_at = asked_at;
        d.answered_at = now;
        tell(d);
    }
    // The venue's answer to every question about this order so far: it knows of none.
    void not_found(ClOrdID id) {
        for (const AskedOrder& one : std::exchange(queries_asked, {})) {
            if (one.request.cl_ord_id == id) status(id, false, one.at);
        }
    }
    // The process dies. The next one knows the first `kept` events; what was sent stays sent, and
    // the venues stay what they are.
    void crash(std::size_t kept, Duration down = milliseconds(100)) {
        ASSERT_LE(kept, record.size());
        desk = strategy::Desk{config_};
        record.resize(kept);
        seq = 0;
        for (const Event& event : record) {
            desk.step(event, out); // what it says again is not sent again
            seq = event.seq;
        }
        reads_asked.clear();
        queries_asked.clear();
        now = now + down;
    }
    void boot_again() {
        tell(Boot{++life, 1});
        leases();
        links_up();
        books();
    }
    struct Asked {
        ReadRequest request;
        Timestamp at;
    };
    struct AskedOrder {
        OrderStatusRequest request;
        Timestamp at;
    };

    [[nodiscard]] const Engine& engine() const { return desk.engine(); }
    [[nodiscard]] const Position& position(InstrumentIx i,
                                           PositionSide side = PositionSide::Net) const {
        return engine().position(i, side);
    }
    [[nodiscard]] const Order* find(ClOrdID id) const { return engine().find_order(id); }
    [[nodiscard]] const strategy::DeskConfig& config() const { return config_; }

private:
    strategy::DeskConfig config_;

public:
    strategy::Desk desk;
    Commands out;
    Timestamp now{seconds(1'000).value()};
    std::uint64_t seq = 0;
    std::uint32_t life = 0; // the last epoch; an arbiter outside remembers it
    std::vector<Truth> truth;
    bool answers_reads = true;
    bool answers_beats = true;
    std::set<RequestKind> refused_reads; // answered, and not done
    Duration answer_delay = milliseconds(20);
    std::vector<CommandBody> sent;         // since forget()
    std::vector<Transition> trail;         // the same
    std::vector<Event> record;             // every event ever told
    std::vector<Asked> reads_asked;        // reads without an answer
    std::vector<AskedOrder> queries_asked; // order queries since the start
    std::map<std::uint64_t, NewOrderSingle> orders;

private:
    void take(const Commands& commands) {
        for (const CommandBody& body : commands) {
            sent.push_back(body);
            if (const auto* read = std::get_if<ReadRequest>(&body))
                reads_asked.push_back({*read, now});
            if (const auto* beat = std::get_if<Heartbeat>(&body)) beats_.push_back(*beat);
            if (const auto* query = std::get_if<OrderStatusRequest>(&body)) {
                queries_asked.push_back({*query, now});
            }
            if (const auto* fresh = std::get_if<NewOrderSingle>(&body)) {
                EXPECT_TRUE(orders.emplace(fresh->cl_ord_id.packed(), *fresh).second)
                    << "an id is used once";
                last_ = fresh->cl_ord_id;
            }
        }
        trail.insert(trail.end(), commands.transitions().begin(), commands.transitions().end());
    }
    void answer_beats() {
        for (const Heartbeat& beat : std::exchange(beats_, {})) {
            if (!answers_beats) continue;
            RequestAnswer a;
            a.request = beat.request;
            a.account = beat.account;
            a.kind = RequestKind::Heartbeat;
            a.outcome = Outcome::Accepted;
            tell(a);
        }
    }
    [[nodiscard]] Timestamp next_answer() const {
        Timestamp at = never;
        for (const Asked& one : reads_asked) at = earlier(at, one.at + answer_delay);
        return at;
    }
    void answer_due() {
        while (true) {
            const auto due = std::ranges::find_if(
                reads_asked, [&](const Asked& one) { return one.at + answer_delay <= now; });
            if (due == reads_asked.end()) return;
            const Asked one = *due;
            reads_asked.erase(due);
            if (refused_reads.contains(one.request.kind)) {
                done(one.request, one.at, 0, Outcome::Refused, /*complete=*/false);
            } else {
                answer_read(one.request, one.at);
            }
        }
    }

    std::vector<Heartbeat> beats_;
    ClOrdID last_;
};

} // namespace keel::core::script
