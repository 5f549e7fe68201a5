#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "tests/core/desk_fixture.hpp"

// A strategy that wants everything, on venues that say anything; and a referee who keeps books of
// his own, from what left and what was told, and knows no more of the engine than its promises.

namespace keel::core::script {

// What the referee knows of one order. Where he is not sure that it may still trade, he says it may
// not: he never blames the engine for being right.
struct Watched {
    ClOrdID id;
    InstrumentIx instrument;
    Side side = Side::Buy;
    bool reduce_only = false;
    bool is_quote = false;
    std::int64_t px = 0;
    std::int64_t qty = 0;
    std::int64_t amend_to = 0; // asked and unanswered
    std::int64_t most = 0;     // that was ever asked
    std::uint32_t amend_no = 0;
    std::int64_t filled = 0; // busts taken off
    std::int64_t busted = 0;
    std::int64_t vouched = -1; // least final quantity told
    bool is_seen = false;
    bool has_ended = false; // some end was told, or it is full
    bool is_settled = false;
    bool is_going = false; // a cancel was asked
    bool is_refused = false;
    Timestamp fence;
    Timestamp seen_at;
    Timestamp ended_at;
    std::vector<std::pair<std::uint64_t, std::int64_t>> execs;

    [[nodiscard]] std::int64_t gross() const { return filled + busted; }
    [[nodiscard]] std::int64_t possible() const {
        if (is_settled || vouched >= 0) return 0;
        return std::max<std::int64_t>(std::max(qty, amend_to) - gross(), 0);
    }
    // And what it may do by the most cautious reading.
    [[nodiscard]] std::int64_t at_most() const {
        return std::max<std::int64_t>(std::max(most, vouched) - filled, 0);
    }
    // Told by a final quantity, fills not here yet. How long that counts is the engine's affair.
    [[nodiscard]] std::int64_t claimed() const {
        return vouched < 0 ? 0 : std::max<std::int64_t>(vouched - gross(), 0);
    }
};

class Attack {
public:
    explicit Attack(std::uint64_t seed, Sabotage sabotage = {})
        : rng_(seed), config_(checked(attacked(sabotage))), desk_(config_) {
        Script start{config_};
        start.start(1, seconds(30));
        desk_ = start.desk;
        now_ = start.now;
        marks_.fill(2 * par);
        books_at_.fill(now_);
        touch_.fill({par - 1, par + 1});
        lease_until_.fill(desk_.engine().account(maker_account).lease_until);
        fills_through_.fill(Timestamp{});
        for (std::uint32_t a = 0; a < 2; ++a) {
            fills_through_[a] = desk_.engine().account(AccountIx{a}).fills_through;
            available_[a] = desk_.engine().account(AccountIx{a}).available.value();
        }
        read_.reserve(16);
    }

    static strategy::DeskConfig attacked(Sabotage sabotage) {
        strategy::DeskConfig config = two_venues();
        EngineConfig& e = config.engine;
        e.sabotage = sabotage;
        e.groups[0].exposure_limit = Units{20};
        e.groups[0].hedge_retry = milliseconds(100);
        e.capacities = {.orders = 96, .legs = 8, .fills = 32'768};
        for (AccountConfig& account : e.accounts) {
            account.limits = {.max_open_orders = 9,
                              .max_orders_per_second = 8,
                              .max_notional_per_minute = Money{25'000 * money_one},
                              .max_rejects_in_window = 2,
                              .reject_window = seconds(5)};
        }
        // Each of the two is the tighter one somewhere.
        e.instruments[0].limits.max_order_qty = Lots{10};
        e.instruments[0].limits.max_order_notional = Money{1'300 * money_one};
        e.instruments[1].limits.max_order_qty = Lots{15};
        e.instruments[1].limits.max_order_notional = Money{1'004 * money_one};
        for (InstrumentConfig& one : e.instruments) {
            one.limits.max_position_notional = Money{2'400 * money_one};
        }
        for (VenueTraits& venue : e.venues) venue.requests_per_second = 14;
        return config;
    }

    // Nothing, or what the engine did wrong.
    std::string run(std::uint64_t steps) {
        for (std::uint64_t n = 0; n < steps && wrong_.empty(); ++n) {
            if (n == steps / 5 * 4) stop_the_desk();
            step();
        }
        return wrong_;
    }
    [[nodiscard]] std::uint64_t orders() const { return orders_; }
    [[nodiscard]] std::uint64_t hedges() const { return hedges_; }
    [[nodiscard]] std::uint64_t closes() const { return closes_; }
    [[nodiscard]] std::uint64_t amends() const { return amends_; }
    [[nodiscard]] std::uint64_t guards_met() const { return desk_.engine().desk().guards_met; }

private:
    // --- what the attacker does ---

    std::int64_t roll(std::int64_t low, std::int64_t high) { return rng_.between(low, high); }
    bool chance(std::uint32_t percent) { return rng_.below(100) < percent; }

    void step() {
        const std::uint64_t what = rng_.below(100);
        if (what < 34) {
            offer();
        } else if (what < 38) {
            cancel();
        } else if (what < 42) {
            amend();
        } else if (what < 72) {
            report();
        } else if (what < 78) {
            book();
        } else if (what < 84) {
            pass(milliseconds(roll(0, 120)));
        } else if (what < 94) {
            read();
        } else if (what < 96) {
            lease();
        } else if (what < 98) {
            disturb();
        } else {
            pass(milliseconds(roll(0, 1'500)));
        }
    }
    // What cannot be taken back comes towards the end of some wars.
    void stop_the_desk() {
        const std::uint64_t how = rng_.below(3);
        if (how == 0) return;
        is_stopped_ = true;
        tell(OperatorAct{.act = how == 1 ? Act::Kill : Act::WindDown, .instrument = {}});
    }
    void tell(const EventBody& body) {
        desk_.step(Event{++seq_, now_, body}, out_);
        judge(out_);
    }
    void pass(Duration span) {
        now_ = now_ + span;
        tell(WakeUp{});
    }
    void offer() {
        Draft d;
        d.instrument = chance(60) ? maker : hedge;
        d.side = chance(50) ? Side::Buy : Side::Sell;
        const std::int64_t far = chance(10) ? 2'000 : chance(30) ? 260 : 30;
        d.px = Ticks{par + roll(-far, far)};
        d.qty = Lots{chance(5) ? roll(-2, 200) : roll(1, 12)};
        const std::int64_t role = roll(0, 3);
        d.role = role <= 1 ? Role::Quote : role == 2 ? Role::Hedge : Role::Close;
        d.tif = chance(60) ? TimeInForce::Gtc : TimeInForce::Ioc;
        if (d.role != Role::Quote) d.tif = TimeInForce::Ioc;
        d.post_only = d.role == Role::Quote && d.tif == TimeInForce::Gtc;
        d.reduce_only = d.role == Role::Close ? chance(90) : false;
        if (d.role == Role::Quote && d.tif == TimeInForce::Ioc) d.tif = TimeInForce::Gtc;
        if (d.role == Role::Quote) d.post_only = true;
        Commands more;
        desk_.engine().submit(d, more);
        judge(more);
    }
    void cancel() {
        if (watched_.empty()) return;
        const std::size_t at = rng_.below(watched_.size());
        const ClOrdID id = watched_[at].id;
        const Order* o = desk_.engine().find_order(id);
        const bool expects = o != nullptr && o->was_over == 0 && !watched_[at].is_going &&
                             (o->flags & order_flag::want_gone) == 0 &&
                             may_send(account_of(watched_[at].instrument));
        Commands more;
        desk_.engine().cancel(id, more);
        watched_[at].is_going = true;
        judge(more);
        std::size_t sent = 0;
        for (const CommandBody& body : more)
            sent += std::holds_alternative<OrderCancelRequest>(body);
        if (expects && sent != 2) blame("a cancel was held back");
    }
    void amend() {
        if (watched_.empty()) return;
        const Watched& one = watched_[rng_.below(watched_.size())];
        const std::int64_t far = chance(20) ? 400 : 20;
        const std::int64_t px = chance(30) ? one.px : par + roll(-far, far);
        const std::int64_t total = chance(20) ? roll(1, 30) : roll(1, 12);
        Commands more;
        desk_.engine().amend(one.id, Ticks{px}, Lots{total}, more);
        judge(more);
    }
    void report() {
        if (watched_.empty()) return;
        Watched& one = watched_[rng_.below(watched_.size())];
        const std::uint64_t what = rng_.below(100);
        if (what < 20) {
            see(one);
            tell(about(one, ExecType::New));
        } else if (what < 62) {
            trade(one);
        } else if (what < 66) {
            if (!one.execs.empty()) { // told again
                const auto [exec, qty] = one.execs[rng_.below(one.execs.size())];
                tell(execution(one, exec, qty));
            }
        } else if (what < 78) {
            end(one);
        } else if (what < 80) {
            bust(one);
        } else if (what < 92) {
            answer(one);
        } else {
            not_found(one);
        }
    }
    ExecutionReport about(const Watched& one, ExecType type) const {
        ExecutionReport r;
        r.account = account_of(one.instrument);
        r.instrument = one.instrument;
        r.cl_ord_id = one.id;
        r.order_id = OrderID{3, one.id.packed()};
        r.exec_type = type;
        r.side = one.side; // its price is not told: it could answer an amend
        r.transact_time = now_;
        return r;
    }
    ExecutionReport execution(const Watched& one, std::uint64_t exec, std::int64_t qty) const {
        ExecutionReport r = about(one, ExecType::Trade);
        r.exec_id = ExecID{4, exec};
        r.last_qty = Lots{qty};
        r.last_px = Ticks{one.px};
        return r;
    }
    void see(Watched& one) {
        if (!one.is_seen) one.seen_at = now_;
        one.is_seen = true;
    }
    void trade(Watched& one) {
        const std::int64_t left = one.qty - one.gross();
        if (left <= 0 && !chance(2)) return; // rarely more than was ordered
        const std::int64_t qty = left > 0 ? roll(1, left) : 1;
        see(one);
        one.filled += qty;
        one.execs.emplace_back(++exec_, qty);
        held_[one.instrument.value()] += sign(one.side) * qty;
        note_full(one);
        if (one.filled > one.most) frozen_at_[one.instrument.value()] = now_; // more than ordered
        tell(execution(one, exec_, qty));
    }
    static void note_full(Watched& one) {
        if (one.amend_to != 0 || one.gross() < std::max(one.qty, one.vouched)) return;
        one.has_ended = true;
        one.is_settled = true;
    }
    void bust(Watched& one) {
        if (one.execs.empty()) return;
        const std::size_t at = rng_.below(one.execs.size());
        const auto [exec, qty] = one.execs[at];
        one.execs.erase(one.execs.begin() + static_cast<std::ptrdiff_t>(at));
        one.filled -= qty;
        one.busted += qty;
        held_[one.instrument.value()] -= sign(one.side) * qty;
        ExecutionReport r = execution(one, exec, qty);
        r.exec_type = ExecType::TradeCancel;
        tell(r);
    }
    void end(Watched& one) {
        const std::int64_t kind = roll(0, 2);
        ExecutionReport r = about(one, kind == 0   ? ExecType::Canceled
                                       : kind == 1 ? ExecType::Expired
                                                   : ExecType::Rejected);
        if (r.exec_type == ExecType::Rejected && (one.is_seen || one.gross() > 0) && !chance(5))
            return;
        if (r.exec_type == ExecType::Rejected && !one.is_seen) refused(one);
        if (r.exec_type != ExecType::Rejected) see(one);
        one.is_refused = one.is_refused || r.exec_type == ExecType::Rejected;
        if (chance(60)) { // vouched, sometimes for more than has been told yet
            r.has_cum_qty = 1;
            const std::int64_t most = std::max(one.qty, one.gross());
            r.cum_qty =
                Lots{chance(80) || r.exec_type == ExecType::Rejected ? one.gross()
                                                                     : roll(one.gross(), most)};
            one.vouched =
                one.vouched < 0 ? r.cum_qty.value() : std::min(one.vouched, r.cum_qty.value());
        }
        if (!one.has_ended) one.ended_at = now_;
        one.has_ended = true;
        tell(r);
    }
    // Each refused order once, in windows that begin with the first refusal after the one before.
    void refused(Watched& one) {
        if (one.is_refused) return;
        one.is_refused = true;
        const std::uint32_t a = account_of(one.instrument).value();
        if (reject_start_[a] + config_.engine.accounts[a].limits.reject_window < now_) {
            reject_start_[a] = now_;
            rejects_[a] = 0;
        }
        ++rejects_[a];
    }
    void answer(Watched& one) {
        RequestAnswer a;
        a.cl_ord_id = one.id;
        a.account = account_of(one.instrument);
        const std::int64_t kind = roll(0, 2);
        const std::int64_t outcome = roll(0, 2);
        a.outcome = static_cast<Outcome>(outcome);
        if (a.outcome == Outcome::Refused && chance(15)) {
            a.reason = Reason::RateLimited;
            a.retry_after_ms = 300;
        }
        if (kind == 0) {
            a.kind = RequestKind::New;
            if (a.outcome == Outcome::Refused && one.is_seen && !chance(5)) return;
            if (a.outcome == Outcome::Accepted) see(one);
            if (a.outcome == Outcome::Refused) {
                refused(one);
                if (!one.has_ended) one.ended_at = now_;
                one.has_ended = true;
                one.vouched = 0; // a refusal says that nothing was executed
            }
        } else if (kind == 1) {
            a.kind = RequestKind::Cancel;
            a.reason = a.outcome == Outcome::Refused ? Reason::UnknownOrder : Reason::None;
        } else {
            if (one.amend_to == 0) return;
            a.kind = RequestKind::Amend;
            a.amend_no = one.amend_no;
            if (a.outcome == Outcome::Accepted) one.qty = std::max(one.amend_to, one.gross());
            if (a.outcome != Outcome::Unknown) one.amend_to = 0;
            note_full(one);
        }
        if (a.reason == Reason::RateLimited) { // a wait below a second is taken for a second
            Timestamp& until = backoff_until_[a.account.value()];
            until = later(until, now_ + seconds(1));
        }
        tell(a);
    }
    void not_found(Watched& one) {
        const VenueTraits& venue = config_.engine.venues[0];
        ReadDone d;
        d.account = account_of(one.instrument);
        d.instrument = one.instrument;
        d.cl_ord_id = one.id;
        d.kind = RequestKind::OrderStatus;
        d.outcome = Outcome::Accepted;
        d.complete = 1;
        d.asked_at = now_ - milliseconds(roll(0, 800));
        d.answered_at = now_;
        const bool is_open = !one.has_ended || one.amend_to != 0;
        const bool is_late = is_open && d.asked_at >= one.fence + venue.visibility;
        if (is_late && !one.is_seen) {
            one.vouched = 0;
            one.has_ended = true;
        } else if (is_late && d.asked_at >= one.seen_at + venue.visibility) {
            if (!one.has_ended) one.ended_at = now_;
            one.has_ended = true;
            one.amend_to = 0;
            note_full(one);
        }
        tell(d);
    }
    void book() {
        const InstrumentIx i = chance(50) ? maker : hedge;
        BookTop b;
        b.instrument = i;
        const std::int64_t mid = par + roll(-20, 20);
        b.bid_px = Ticks{chance(5) ? 0 : mid - roll(1, 4)};
        b.ask_px = Ticks{chance(5) ? 0 : mid + roll(1, 4)};
        b.bid_qty = Lots{b.bid_px > Ticks{0} ? 10 : 0};
        b.ask_qty = Lots{b.ask_px > Ticks{0} ? 10 : 0};
        touch_[i.value()] = {b.bid_px.value(), b.ask_px.value()};
        if (b.bid_qty > Lots{0} && b.ask_qty > Lots{0}) {
            marks_[i.value()] = (b.bid_px + b.ask_px).value();
            books_at_[i.value()] = now_;
        }
        tell(b);
    }
    void read() {
        if (read_.empty()) return;
        const std::size_t at = rng_.below(read_.size());
        const auto [q, asked_at] = read_[at];
        read_.erase(read_.begin() + static_cast<std::ptrdiff_t>(at));
        if (q.kind == RequestKind::ReadPositions) {
            for (const InstrumentIx i : {maker, hedge}) {
                const std::int64_t held = held_[i.value()] + foreign_[i.value()];
                if (account_of(i) != q.account || held == 0) continue;
                PositionReport p;
                p.account = q.account;
                p.instrument = i;
                p.qty = Lots{held};
                p.read = q.request;
                p.asked_at = asked_at;
                p.answered_at = now_;
                tell(p);
            }
        } else if (q.kind == RequestKind::ReadBalances) {
            BalanceReport b;
            b.account = q.account;
            b.equity = Money{100'000 * money_one};
            b.available = Money{(chance(10) ? roll(0, 300) : 100'000) * money_one};
            b.read = q.request;
            b.asked_at = asked_at;
            b.answered_at = now_;
            if (asked_at >= balance_at_[q.account.value()]) {
                available_[q.account.value()] = b.available.value();
                balance_at_[q.account.value()] = asked_at;
            }
            tell(b);
        }
        ReadDone d;
        d.read = q.request;
        d.account = q.account;
        d.kind = q.kind;
        d.outcome = chance(95) ? Outcome::Accepted : Outcome::Unknown;
        d.complete = chance(97) ? 1 : 0;
        d.from = q.from;
        d.asked_at = asked_at;
        d.answered_at = now_;
        const bool is_given_up = q.request != newest_fill_read_[q.account.value()];
        if (q.kind == RequestKind::ReadFills && d.outcome == Outcome::Accepted && d.complete == 1 &&
            !is_given_up) {
            Timestamp& through = fills_through_[q.account.value()];
            if (q.from <= through) {
                through = later(through, asked_at - config_.engine.venues[0].visibility);
            }
        }
        settle_what_is_read();
        tell(d);
    }
    void lease() {
        const AccountIx a{static_cast<std::uint32_t>(rng_.below(2))};
        const Duration span = milliseconds(chance(50) ? 6'000 : roll(0, 2'000));
        lease_until_[a.value()] = later(lease_until_[a.value()], now_ + span);
        tell(LeaseGrant{a, 1, now_ + span});
    }
    void disturb() {
        switch (rng_.below(12)) {
        case 0:
            if (chance(50)) break;
            is_halted_ = true;
            tell(OperatorAct{.act = Act::Halt, .instrument = {}});
            break;
        case 1:
        case 2:
        case 3:
            is_halted_ = false;
            tell(OperatorAct{.act = Act::Resume, .instrument = {}});
            break;
        case 4: {
            LinkReport r;
            r.account = AccountIx{static_cast<std::uint32_t>(rng_.below(2))};
            r.venue = VenueIx{r.account.value()};
            r.kind = LinkKind::Fills;
            r.state = chance(20) ? LinkState::Gap : LinkState::Up;
            is_gapped_[r.account.value()] = r.state == LinkState::Gap;
            tell(r);
            break;
        }
        case 5: { // somebody else trades on our account
            if (!chance(20)) break;
            const InstrumentIx i = chance(50) ? maker : hedge;
            ExecutionReport r;
            r.account = account_of(i);
            r.instrument = i;
            r.order_id = OrderID{9, ++exec_};
            r.exec_id = ExecID{9, exec_};
            r.exec_type = ExecType::Trade;
            const std::int64_t held = foreign_[i.value()];
            r.side = held > 0     ? Side::Sell
                     : held < 0   ? Side::Buy
                     : chance(50) ? Side::Buy
                                  : Side::Sell;
            r.last_qty = Lots{1};
            r.last_px = Ticks{par};
            r.transact_time = now_;
            foreign_[i.value()] += sign(r.side);
            tell(r);
            break;
        }
        case 6:
        case 7:
        case 8: {
            const InstrumentIx i = chance(50) ? maker : hedge;
            frozen_at_[i.value()] = Timestamp{};
            tell(OperatorAct{.act = Act::ReleaseFreeze, .instrument = i});
            break;
        }
        default: break;
        }
    }

    // --- what the referee sees ---

    void blame(const std::string& what) {
        if (wrong_.empty()) wrong_ = fmt::format("at event {}: {}", seq_, what);
    }
    static AccountIx account_of(InstrumentIx i) {
        return i == maker ? maker_account : hedge_account;
    }
    [[nodiscard]] bool may_send(AccountIx a) const {
        return now_ < lease_until_[a.value()] - config_.engine.venues[0].clock_error;
    }
    struct Sides {
        std::int64_t buy = 0;
        std::int64_t sell = 0;
    };
    // What may still trade on an instrument, and on which side.
    [[nodiscard]] Sides possible(InstrumentIx i, bool reduce_only) const {
        Sides sum;
        for (const Watched& one : watched_) {
            if (one.instrument != i || one.reduce_only != reduce_only) continue;
            (one.side == Side::Buy ? sum.buy : sum.sell) += one.possible();
        }
        return sum;
    }
    struct Ends {
        std::int64_t low = 0;
        std::int64_t high = 0;
        [[nodiscard]] std::int64_t farther() const {
            return std::max(std::abs(low), std::abs(high));
        }
    };
    // Own fills, and what claims may add to them.
    [[nodiscard]] Ends own(InstrumentIx i) const {
        Ends sum{held_[i.value()], held_[i.value()]};
        for (const Watched& one : watched_) {
            if (one.instrument != i) continue;
            (one.side == Side::Buy ? sum.high : sum.low) += sign(one.side) * one.claimed();
        }
        return sum;
    }
    // Each end no farther out than the engine must see it.
    [[nodiscard]] Ends ends(InstrumentIx i) const {
        const Ends middle = own(i);
        const std::int64_t above = middle.high + foreign_[i.value()];
        const std::int64_t below = middle.low + foreign_[i.value()];
        const Sides open = possible(i, false);
        const Sides reduce = possible(i, true);
        return {above - open.sell - std::min(reduce.sell, std::max<std::int64_t>(above, 0)),
                below + open.buy + std::min(reduce.buy, std::max<std::int64_t>(-below, 0))};
    }
    // The farther end as the most cautious reader sees it: beyond the limit, what moves no farther
    // than this is allowed, so nobody is blamed for having been careful.
    [[nodiscard]] std::int64_t farthest(std::initializer_list<InstrumentIx> instruments) const {
        Ends sum;
        for (const InstrumentIx i : instruments) {
            std::int64_t buy = 0;
            std::int64_t sell = 0;
            for (const Watched& one : watched_) {
                if (one.instrument == i) (one.side == Side::Buy ? buy : sell) += one.at_most();
            }
            const std::int64_t middle = held_[i.value()] + foreign_[i.value()];
            sum.low += middle - sell;
            sum.high += middle + buy;
        }
        return sum.farther();
    }
    [[nodiscard]] Ends group_ends() const {
        const Ends a = ends(maker);
        const Ends b = ends(hedge);
        return {a.low + b.low, a.high + b.high};
    }
    [[nodiscard]] std::int64_t worth(InstrumentIx i, std::int64_t lots) const { // at the mark
        return (lots * marks_[i.value()] * money_one / 100 + 1) / 2;
    }

    void judge(const Commands& commands) {
        for (const CommandBody& body : commands) {
            if (const auto* fresh = std::get_if<NewOrderSingle>(&body)) {
                judge_order(*fresh);
            } else if (const auto* gone = std::get_if<OrderCancelRequest>(&body)) {
                judge_lease(gone->account, gone->valid_until);
            } else if (const auto* all = std::get_if<OrderMassCancelRequest>(&body)) {
                judge_lease(all->account, all->valid_until);
            } else if (const auto* changed = std::get_if<OrderCancelReplaceRequest>(&body)) {
                judge_amend(*changed);
            } else if (const auto* asks = std::get_if<ReadRequest>(&body)) {
                if (!may_send(asks->account)) blame("a read left after the lease");
                if (read_.size() < 16) read_.emplace_back(*asks, now_);
                if (asks->kind == RequestKind::ReadFills) {
                    newest_fill_read_[asks->account.value()] = asks->request;
                }
            } else if (const auto* query = std::get_if<OrderStatusRequest>(&body)) {
                if (!may_send(query->account)) blame("a query left after the lease");
            }
        }
        forget_what_is_over();
    }
    void judge_lease(AccountIx a, Timestamp valid_until) {
        if (!may_send(a)) blame("something left after the lease");
        if (valid_until > lease_until_[a.value()] - config_.engine.venues[0].clock_error) {
            blame("a request outlives the lease");
        }
    }
    void judge_order(const NewOrderSingle& o) {
        judge_lease(o.account, o.valid_until);
        if (o.cl_ord_id.counter() <= last_counter_) blame("an id came twice");
        last_counter_ = o.cl_ord_id.counter();
        if (o.qty <= Lots{0} || o.px <= Ticks{0}) blame("an order that no venue could take");
        const std::int64_t qty = o.qty.value();
        if (o.tif == TimeInForce::Ioc && o.reduce_only == 0) {
            judge_hedge(o, qty);
        } else if (o.reduce_only != 0) {
            judge_close(o, qty);
        } else {
            judge_new_risk(o.instrument, o.side, o.px.value(), qty, qty);
            const AccountLimits& limits = config_.engine.accounts[o.account.value()].limits;
            std::size_t open = 0;
            for (const Watched& one : watched_) {
                open += account_of(one.instrument) == o.account && !one.has_ended ? 1U : 0U;
            }
            if (open >= limits.max_open_orders) blame("max_open_orders");
            ++orders_;
        }
        Watched one;
        one.id = o.cl_ord_id;
        one.instrument = o.instrument;
        one.side = o.side;
        one.reduce_only = o.reduce_only != 0;
        one.is_quote = o.tif == TimeInForce::Gtc;
        one.px = o.px.value();
        one.qty = qty;
        one.most = qty;
        one.fence = o.valid_until + config_.engine.venues[0].clock_error;
        watched_.push_back(one);
    }
    void judge_collar_from_touch(const NewOrderSingle& o) {
        const auto [bid, ask] = touch_[o.instrument.value()];
        const std::int64_t touch_px = o.side == Side::Sell ? bid : ask;
        const std::int64_t worse =
            o.side == Side::Sell ? touch_px - o.px.value() : o.px.value() - touch_px;
        if (touch_px <= 0 || worse * 50 > touch_px) blame("a reduction beyond the collar");
    }
    void judge_hedge(const NewOrderSingle& o, std::int64_t qty) {
        if (o.instrument != hedge) blame("a hedge somewhere else");
        const std::int64_t most = own(maker).high + own(hedge).high;
        const std::int64_t least = own(maker).low + own(hedge).low;
        const Sides open = possible(hedge, false);
        const Sides reduce = possible(hedge, true);
        const std::int64_t owed =
            o.side == Side::Sell ? most - open.sell - reduce.sell : -least - open.buy - reduce.buy;
        if (qty > owed) blame(fmt::format("hedged {} where {} are owed", qty, owed));
        judge_collar_from_touch(o);
        ++hedges_;
    }
    void judge_close(const NewOrderSingle& o, std::int64_t qty) {
        const Ends held = own(o.instrument);
        const std::int64_t foreign = foreign_[o.instrument.value()];
        const Sides open = possible(o.instrument, false);
        const Sides reduce = possible(o.instrument, true);
        const std::int64_t left = o.side == Side::Sell
                                      ? held.high + foreign - open.sell - reduce.sell
                                      : -held.low - foreign - open.buy - reduce.buy;
        if (qty > left) blame(fmt::format("closes {} where {} are left", qty, left));
        judge_collar_from_touch(o);
        ++closes_;
    }
    // `whole` bounds one order, `more` is what it adds.
    void judge_new_risk(InstrumentIx i, Side side, std::int64_t px, std::int64_t whole,
                        std::int64_t more) {
        const InstrumentLimits& own_limits = config_.engine.instruments[i.value()].limits;
        const AccountIx a = account_of(i);
        if (is_halted_) blame("new risk while halted");
        if (is_stopped_) blame("new risk on a desk that was killed or winds down");
        if (backoff_until_[a.value()] > now_) blame("new risk while the venue wants a pause");
        const AccountLimits& limits = config_.engine.accounts[a.value()].limits;
        if (rejects_[a.value()] >= limits.max_rejects_in_window &&
            reject_start_[a.value()] + limits.reject_window >= now_) {
            blame("max_rejects_in_window");
        }
        // A freeze lasts until reads clear it up, and none asked within V of it can. What a maker's
        // quote comes to is known no better than its hedges.
        for (const InstrumentIx known : {i, hedge}) {
            const Timestamp frozen = frozen_at_[known.value()];
            if (frozen != Timestamp{} && now_ <= frozen + config_.engine.venues[0].visibility) {
                blame("new risk while frozen");
            }
        }
        if (is_gapped_[a.value()]) blame("new risk in a gap");
        if (books_at_[i.value()] + own_limits.stale_mark < now_) blame("new risk on a stale mark");
        if (whole > own_limits.max_order_qty.value()) blame("max_order_qty");
        const std::int64_t notional = px * whole * money_one / 100;
        if (notional > own_limits.max_order_notional.value()) blame("max_order_notional");
        if (std::abs(2 * px - marks_[i.value()]) * 50 > marks_[i.value()]) blame("price_collar");
        judge_flow(a, notional, true);
        if (more <= 0) return;
        const Ends before = group_ends();
        const std::int64_t moved = side == Side::Buy ? before.high + more : before.low - more;
        const std::int64_t limit = config_.engine.groups[0].exposure_limit.value();
        if (std::abs(moved) > limit && std::abs(moved) > farthest({maker, hedge})) {
            blame(fmt::format("exposure may become {} of {}", moved, limit));
        }
        const Ends held = ends(i);
        const std::int64_t end = side == Side::Buy ? held.high + more : held.low - more;
        if (std::abs(end) > farthest({i}) &&
            worth(i, std::abs(end)) > own_limits.max_position_notional.value()) {
            blame("max_position_notional");
        }
        if (std::abs(end) > farthest({i}) &&
            px * more * money_one / 100 / 10 > available_[a.value()]) {
            blame("a quote without margin");
        }
        if (i == hedge) return;
        const Ends there = ends(hedge);
        const std::int64_t to_hedge =
            std::max<std::int64_t>(side == Side::Buy ? before.high + more : more - before.low, 0);
        const std::int64_t hedged =
            side == Side::Buy ? there.low - to_hedge : there.high + to_hedge;
        if (std::abs(hedged) > farthest({hedge}) &&
            worth(hedge, std::abs(hedged)) >
                config_.engine.instruments[1].limits.max_position_notional.value()) {
            blame("a quote whose hedge the hedge venue's limit forbids");
        }
        if (std::abs(hedged) > farthest({hedge}) && worth(hedge, to_hedge) / 10 > available_[1]) {
            blame("a quote whose hedge has no margin");
        }
    }
    void judge_flow(AccountIx a, std::int64_t notional, bool is_new_risk) {
        const AccountLimits& limits = config_.engine.accounts[a.value()].limits;
        std::deque<std::pair<Timestamp, std::int64_t>>& flow = flow_[a.value()];
        while (!flow.empty() && flow.front().first + seconds(60) <= now_) {
            minute_[a.value()] -= flow.front().second;
            flow.pop_front();
        }
        flow.emplace_back(now_, notional);
        minute_[a.value()] += notional;
        if (!is_new_risk) return; // it counts, and is not held back
        const auto in_second = std::ranges::count_if(
            flow, [&](const auto& one) { return one.first + seconds(1) > now_; });
        if (in_second > limits.max_orders_per_second) blame("max_orders_per_second");
        if (minute_[a.value()] > limits.max_notional_per_minute.value()) {
            blame("max_notional_per_minute");
        }
    }
    void judge_amend(const OrderCancelReplaceRequest& request) {
        judge_lease(request.account, request.valid_until);
        const auto found = std::ranges::find(watched_, request.cl_ord_id, &Watched::id);
        if (found == watched_.end()) return blame("an amend of an order that is over");
        if (!found->is_quote) blame("an amend of a reduction");
        const std::int64_t total = request.qty.value();
        const std::int64_t px = request.px.value();
        if (px != found->px || total > found->qty) {
            judge_new_risk(found->instrument, found->side, px, total, total - found->qty);
        } else {
            judge_flow(request.account, px * total * money_one / 100,
                       false); // less is not new risk
        }
        found->amend_to = total;
        found->most = std::max(found->most, total);
        found->amend_no = request.amend_no;
        found->px = px;
        found->fence =
            later(found->fence, request.valid_until + config_.engine.venues[0].clock_error);
        ++amends_;
    }
    // Ended, and read past the end: nothing more can come of it.
    void settle_what_is_read() {
        for (Watched& one : watched_) {
            const Timestamp through = fills_through_[account_of(one.instrument).value()];
            const bool is_answered = one.amend_to == 0; // else it has not ended
            if (one.has_ended && is_answered && one.ended_at <= through) one.is_settled = true;
        }
    }
    void forget_what_is_over() {
        std::erase_if(watched_, [&](const Watched& one) {
            const Order* o = desk_.engine().find_order(one.id);
            const bool is_over = o == nullptr || o->list == OrderList::Settled;
            return is_over && one.has_ended && one.possible() == 0;
        });
    }

    Rng rng_;
    strategy::DeskConfig config_;
    strategy::Desk desk_;
    Commands out_;
    Timestamp now_;
    std::uint64_t seq_ = 1'000;
    std::string wrong_;
    std::vector<Watched> watched_;
    std::vector<std::pair<ReadRequest, Timestamp>> read_;
    std::array<std::int64_t, 2> held_{};
    std::array<std::int64_t, 2> foreign_{};
    std::array<std::int64_t, 2> marks_{}; // twice the mid
    std::array<std::pair<std::int64_t, std::int64_t>, 2> touch_{};
    std::array<Timestamp, 2> books_at_{};
    std::array<Timestamp, 2> lease_until_{};
    std::array<Timestamp, 2> fills_through_{};
    std::array<RequestID, 2> newest_fill_read_{};
    std::array<Timestamp, 2> balance_at_{};
    std::array<std::int64_t, 2> available_{};
    std::array<std::deque<std::pair<Timestamp, std::int64_t>>, 2> flow_;
    std::array<std::int64_t, 2> minute_{};
    std::array<bool, 2> is_gapped_{};
    std::array<Timestamp, 2> backoff_until_{};
    std::array<Timestamp, 2> frozen_at_{};
    std::array<Timestamp, 2> reject_start_{};
    std::array<std::uint32_t, 2> rejects_{};
    bool is_halted_ = false;
    bool is_stopped_ = false;
    std::uint32_t last_counter_ = 0;
    std::uint64_t exec_ = 0;
    std::uint64_t orders_ = 0;
    std::uint64_t hedges_ = 0;
    std::uint64_t closes_ = 0;
    std::uint64_t amends_ = 0;
};

struct AttackTally {
    std::string wrong;
    std::uint64_t orders = 0;
    std::uint64_t hedges = 0;
    std::uint64_t closes = 0;
    std::uint64_t amends = 0;
    std::uint64_t guards_met = 0;
};

// The war cannot bring these about, or they are no promise that an outsider could hold the engine
// to: a form that is not taken, evidence of its own age and size, budgets beside the tighter rate.
// Its venues halt nothing, want no heartbeats and let anybody be short. Each has its cells in
// gate_test.
constexpr std::array beyond_the_referee{
    Guard::None,       Guard::Outside,        Guard::Malformed,  Guard::Budget,
    Guard::Capacity,   Guard::Recovering,     Guard::Residue,    Guard::MaxRoundsWithoutHuman,
    Guard::Unverified, Guard::MaxLossSession, Guard::NotTrading, Guard::Heartbeat,
    Guard::Stock,
};

// The guards that the referee judges and that nobody met: then it was no real war.
inline std::string not_met(const AttackTally& tally) {
    std::string out;
    for (const GuardInfo& row : guard_infos) {
        const bool met = (tally.guards_met >> static_cast<unsigned>(row.guard) & 1U) != 0;
        if (met || std::ranges::count(beyond_the_referee, row.guard) != 0) continue;
        out += fmt::format("{} ", row.name);
    }
    return out;
}

// Many short wars rather than a long one: each begins on a healthy desk.
inline AttackTally attack(std::uint64_t first_seed, std::uint64_t steps, Sabotage sabotage = {}) {
    constexpr std::uint64_t each = 5'000;
    AttackTally tally;
    for (std::uint64_t n = 0; n * each < steps; ++n) {
        Attack war{first_seed + n, sabotage};
        tally.wrong = war.run(each);
        tally.orders += war.orders();
        tally.hedges += war.hedges();
        tally.closes += war.closes();
        tally.amends += war.amends();
        tally.guards_met |= war.guards_met();
        if (tally.wrong.empty()) continue;
        tally.wrong = fmt::format("seed {}: {}", first_seed + n, tally.wrong);
        return tally;
    }
    return tally;
}

} // namespace keel::core::script
