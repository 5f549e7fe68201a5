#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.hpp"
#include "model/bytes.hpp"
#include "tests/core/desk_fixture.hpp"

// Two venues that do what they are asked, after seeded delays and with seeded losses, and remember
// what is true. Enough to live through sessions and crashes; matching, queues and markets are in
// src/sim.

namespace keel::core::script {

struct EchoFaults {
    std::uint32_t lose_request_ppm = 0;
    std::uint32_t lose_report_ppm = 0;
    std::uint32_t repeat_report_ppm = 0;
    Duration delay_max = milliseconds(60);
};

class EchoVenues {
public:
    struct Resting {
        NewOrderSingle order;
        Lots cum;
        std::uint64_t updates = 0;
        bool is_open = true;
    };

    EchoVenues(std::uint64_t seed, EchoFaults faults, Duration visibility)
        : rng_(seed), faults_(faults), visibility_(visibility) {}

    // A command leaves the desk.
    void send(const CommandBody& command, Timestamp now) {
        std::visit(
            [&]<class Body>(const Body& body) {
                if constexpr (!std::is_same_v<Body, Alarm>) {
                    if constexpr (!std::is_same_v<Body, ReadRequest> &&
                                  !std::is_same_v<Body, OrderStatusRequest>) {
                        if (rng_.chance_ppm(faults_.lose_request_ppm)) return;
                    }
                    arrivals_.emplace(std::pair{now + delay(), ++number_},
                                      std::pair{now, CommandBody{body}});
                }
            },
            command);
    }
    // A quote trades.
    bool trade(Timestamp now, std::uint64_t pick) {
        std::vector<std::uint64_t> open;
        for (const auto& [id, one] : orders_) {
            if (one.is_open) open.push_back(id);
        }
        if (open.empty()) return false;
        Resting& one = orders_.at(open[pick % open.size()]);
        const std::int64_t left = (one.order.qty - one.cum).value();
        fill(one, Lots{rng_.between(1, left)}, now);
        return true;
    }
    [[nodiscard]] Timestamp next_at() const {
        Timestamp at = never;
        if (!arrivals_.empty()) at = earlier(at, arrivals_.begin()->first.first);
        if (!heard_.empty()) at = earlier(at, heard_.begin()->first.first);
        return at;
    }
    // What is heard by now, in order; what arrives at the venues by now takes effect.
    std::vector<EventBody> advance(Timestamp now) {
        while (!arrivals_.empty() && arrivals_.begin()->first.first <= now) {
            const auto [key, sent] = *arrivals_.begin();
            arrivals_.erase(arrivals_.begin());
            arrive(sent.second, sent.first, key.first);
        }
        std::vector<EventBody> out;
        while (!heard_.empty() && heard_.begin()->first.first <= now) {
            out.push_back(heard_.begin()->second);
            heard_.erase(heard_.begin());
        }
        return out;
    }
    // The desk's process died: what was on its way to it is gone.
    void disconnect() { heard_.clear(); }

    [[nodiscard]] Lots position(InstrumentIx i) const {
        Lots sum;
        for (const ExecutionReport& r : fills_) {
            if (r.instrument == i) sum += signed_lots(r.side, r.last_qty);
        }
        return sum;
    }
    [[nodiscard]] std::size_t open_orders() const {
        std::size_t n = 0;
        for (const auto& [id, one] : orders_) n += one.is_open ? 1U : 0U;
        return n;
    }
    [[nodiscard]] const std::vector<ExecutionReport>& fills() const { return fills_; }
    [[nodiscard]] const std::map<std::uint64_t, Resting>& orders() const { return orders_; }

private:
    Duration delay() { return nanoseconds(rng_.between(1'000'000, faults_.delay_max.value())); }

    void tell(const EventBody& body, Timestamp now) {
        const bool lost = rng_.chance_ppm(faults_.lose_report_ppm);
        const bool twice = rng_.chance_ppm(faults_.repeat_report_ppm);
        const Duration first = delay();
        if (!lost) heard_.emplace(std::pair{now + first, ++number_}, body);
        if (twice) heard_.emplace(std::pair{now + first + seconds(2), ++number_}, body);
    }
    static ExecutionReport report(const Resting& one, ExecType type, Timestamp now) {
        ExecutionReport r;
        r.account = one.order.account;
        r.instrument = one.order.instrument;
        r.cl_ord_id = one.order.cl_ord_id;
        r.order_id = OrderID{1, one.order.cl_ord_id.packed()};
        r.exec_type = type;
        r.side = one.order.side;
        r.px = one.order.px;
        r.order_qty = one.order.qty;
        r.transact_time = now;
        r.version = one.updates;
        return r;
    }
    void fill(Resting& one, Lots qty, Timestamp now) {
        one.cum += qty;
        ++one.updates;
        ExecutionReport r = report(one, ExecType::Trade, now);
        r.exec_id = ExecID{2, ++number_};
        r.last_qty = qty;
        r.last_px = one.order.px;
        if (one.cum == one.order.qty) one.is_open = false;
        fills_.push_back(r);
        tell(r, now);
    }
    void end(Resting& one, ExecType type, Timestamp now) {
        if (!one.is_open) return;
        one.is_open = false;
        ++one.updates;
        ExecutionReport r = report(one, type, now);
        r.has_cum_qty = 1;
        r.cum_qty = one.cum;
        tell(r, now);
    }
    void arrive(const CommandBody& command, Timestamp sent, Timestamp now) {
        if (const auto* fresh = std::get_if<NewOrderSingle>(&command)) {
            if (now > fresh->valid_until || orders_.contains(fresh->cl_ord_id.packed())) return;
            Resting& one = orders_[fresh->cl_ord_id.packed()];
            one.order = *fresh;
            one.updates = 1;
            tell(report(one, ExecType::New, now), now);
            if (fresh->tif != TimeInForce::Ioc) return;
            const std::int64_t most = fresh->qty.value();
            const bool partly = rng_.chance_ppm(200'000);
            const std::int64_t done = partly ? rng_.between(0, most) : most;
            if (done > 0) fill(one, Lots{done}, now);
            end(one, ExecType::Expired, now);
        } else if (const auto* gone = std::get_if<OrderCancelRequest>(&command)) {
            const auto found = orders_.find(gone->cl_ord_id.packed());
            if (now > gone->valid_until) return;
            RequestAnswer a;
            a.request = gone->request;
            a.cl_ord_id = gone->cl_ord_id;
            a.account = gone->account;
            a.kind = RequestKind::Cancel;
            const bool open = found != orders_.end() && found->second.is_open;
            a.outcome = open ? Outcome::Accepted : Outcome::Refused;
            a.reason = open ? Reason::None : Reason::UnknownOrder;
            if (open) end(found->second, ExecType::Canceled, now);
            tell(a, now);
        } else if (const auto* all = std::get_if<OrderMassCancelRequest>(&command)) {
            for (auto& [id, one] : orders_) {
                if (one.order.account == all->account) end(one, ExecType::Canceled, now);
            }
        } else if (const auto* query = std::get_if<OrderStatusRequest>(&command)) {
            ReadDone d;
            d.read = query->request;
            d.account = query->account;
            d.instrument = query->instrument;
            d.cl_ord_id = query->cl_ord_id;
            d.kind = RequestKind::OrderStatus;
            d.outcome = Outcome::Accepted;
            d.complete = 1;
            d.asked_at = sent;
            const auto found = orders_.find(query->cl_ord_id.packed());
            const Timestamp at = now + delay();
            if (found != orders_.end()) {
                d.found = Found::Known;
                d.rows = 1;
                ExecutionReport r = state_of(found->second, now);
                r.read = query->request;
                heard_.emplace(std::pair{at, ++number_}, r);
            }
            d.answered_at = at;
            heard_.emplace(std::pair{at, ++number_}, d);
        } else if (const auto* read = std::get_if<ReadRequest>(&command)) {
            answer(*read, sent, now);
        }
    }
    static ExecutionReport state_of(const Resting& one, Timestamp now) {
        ExecutionReport r = report(one, one.is_open ? ExecType::Status : ExecType::Canceled, now);
        r.has_cum_qty = 1;
        r.cum_qty = one.cum;
        r.source = ReportSource::Read;
        return r;
    }
    void answer(const ReadRequest& read, Timestamp sent, Timestamp now) {
        const Timestamp at = now + delay();
        std::uint32_t rows = 0;
        const auto say = [&](auto body) {
            body.source = ReportSource::Read;
            body.read = read.request;
            ++rows;
            heard_.emplace(std::pair{at, ++number_}, body);
        };
        switch (read.kind) {
        case RequestKind::ReadOpenOrders:
            for (const auto& [id, one] : orders_) {
                if (one.is_open && one.order.account == read.account) say(state_of(one, now));
            }
            break;
        case RequestKind::ReadFills:
            for (const ExecutionReport& r : fills_) {
                if (r.account == read.account && r.transact_time >= read.from) say(r);
            }
            break;
        case RequestKind::ReadPositions: {
            std::map<std::uint32_t, Lots> held;
            for (const ExecutionReport& r : fills_) {
                if (r.account != read.account) continue;
                held[r.instrument.value()] += signed_lots(r.side, r.last_qty);
            }
            for (const auto& [instrument, qty] : held) {
                if (qty == Lots{0}) continue;
                PositionReport p;
                p.account = read.account;
                p.instrument = InstrumentIx{instrument};
                p.qty = qty;
                p.asked_at = sent;
                p.answered_at = at;
                say(p);
            }
            break;
        }
        case RequestKind::ReadBalances: {
            BalanceReport b;
            b.account = read.account;
            b.equity = Money{100'000 * money_one};
            b.available = Money{100'000 * money_one};
            b.asked_at = sent;
            b.answered_at = at;
            say(b);
            break;
        }
        case RequestKind::New:
        case RequestKind::Cancel:
        case RequestKind::Amend:
        case RequestKind::MassCancel:
        case RequestKind::OrderStatus:
        case RequestKind::Heartbeat: break;
        }
        ReadDone d;
        d.read = read.request;
        d.account = read.account;
        d.kind = read.kind;
        d.outcome = Outcome::Accepted;
        d.complete = 1;
        d.rows = rows;
        d.from = read.from;
        d.asked_at = sent;
        d.answered_at = at;
        heard_.emplace(std::pair{at, ++number_}, d);
    }

    Rng rng_;
    EchoFaults faults_;
    Duration visibility_;
    std::uint64_t number_ = 0;
    // By time, then by number: several at one instant keep their order.
    std::map<std::pair<Timestamp, std::uint64_t>, std::pair<Timestamp, CommandBody>> arrivals_;
    std::map<std::pair<Timestamp, std::uint64_t>, EventBody> heard_;
    std::map<std::uint64_t, Resting> orders_;
    std::vector<ExecutionReport> fills_;
};

// A desk with its strategies, its venues, a market that moves, and an outside world that remembers:
// the record of events, the epochs, and every id that ever left.
class Session {
public:
    Session(const strategy::DeskConfig& config, std::uint64_t seed, EchoFaults faults = {})
        : config_(checked(config)), desk(config_),
          venues(seed, faults, config_.engine.venues[0].visibility), rng_(Rng{seed}.fork(9)) {}

    void boot(bool restart) {
        tell(Boot{++epoch, restart ? 1U : 0U});
        for (std::uint32_t a = 0; a < config_.engine.accounts.size(); ++a) {
            tell(LeaseGrant{AccountIx{a}, epoch, now + seconds(100'000)});
        }
        move_market();
    }
    void tell(const EventBody& body) {
        record.push_back(Event{record.size() + 1, now, body});
        desk.step(record.back(), out);
        for (const CommandBody& command : out) leave(command);
    }
    void run(Duration span) {
        const Timestamp until = now + span;
        while (true) {
            const Timestamp at =
                later(now, earlier(earlier(desk.wake_at(), venues.next_at()), next_market_));
            if (at > until) break;
            now = at;
            for (const EventBody& body : venues.advance(now)) tell(body);
            if (desk.wake_at() <= now) tell(WakeUp{});
            if (next_market_ <= now) move_market();
        }
        now = until;
    }
    // The process dies, and `lost` events of its record with it. The next one starts after `down`.
    void crash(std::size_t lost, Duration down) {
        record.resize(record.size() - lost);
        now = now + down;
        static_cast<void>(venues.advance(now)); // what arrived meanwhile took effect unheard
        venues.disconnect();
        desk = strategy::Desk{config_};
        for (const Event& event : record) desk.step(event, out); // what it says was said before
        boot(true);
    }
    void wind_down() { tell(OperatorAct{.act = Act::WindDown, .instrument = {}}); }
    [[nodiscard]] const strategy::DeskConfig& config() const { return config_; }

    bool trades = true;                                  // does the market fill quotes?
    std::map<std::uint64_t, NewOrderSingle> sent;        // by id: each is used once
    std::vector<std::pair<Timestamp, CommandBody>> left; // everything that left, and when
    std::uint64_t ids_used_twice = 0;

private:
    void leave(const CommandBody& command) {
        left.emplace_back(now, command);
        if (const auto* fresh = std::get_if<NewOrderSingle>(&command)) {
            if (!sent.emplace(fresh->cl_ord_id.packed(), *fresh).second) ++ids_used_twice;
        }
        venues.send(command, now);
    }
    void move_market() {
        next_market_ = now + milliseconds(rng_.between(100, 400));
        const std::int64_t mid = par + rng_.between(-4, 4);
        for (std::uint32_t i = 0; i < config_.engine.instruments.size(); ++i) {
            BookTop b;
            b.instrument = InstrumentIx{i};
            b.bid_px = Ticks{mid - 1};
            b.ask_px = Ticks{mid + 1};
            b.bid_qty = Lots{1'000};
            b.ask_qty = Lots{1'000};
            tell(b);
        }
        const std::uint64_t pick = rng_.next();
        if (trades && rng_.chance_ppm(300'000)) venues.trade(now, pick);
    }

    strategy::DeskConfig config_;

public:
    strategy::Desk desk;
    EchoVenues venues;
    Commands out;
    Timestamp now{seconds(1'000).value()};
    std::uint32_t epoch = 0;
    std::vector<Event> record;

private:
    Rng rng_;
    Timestamp next_market_{never};
};

// The usual desk with the usual strategy on it.
inline strategy::DeskConfig hedged_maker() {
    strategy::DeskConfig config = two_venues();
    strategy::XemmConfig xemm;
    xemm.name = "BTC";
    xemm.group = group;
    xemm.maker = maker;
    xemm.hedge = hedge;
    xemm.order_qty = Lots{3};
    config.xemm.push_back(xemm);
    return config;
}

} // namespace keel::core::script
