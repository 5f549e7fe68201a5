#include "bench/lives.hpp"

#include <array>

#include <fmt/format.h>

namespace keel::bench {
namespace {

constexpr std::uint32_t instruments = 16;
constexpr std::uint32_t groups = instruments / 2;
constexpr std::int64_t order_lots = 4;
constexpr std::int64_t event_every = 200;          // nanoseconds
constexpr std::int64_t first_orders_every = 1'100; // at most a million within a second
constexpr AccountIx hedge_account{1};

constexpr std::uint32_t accounts_of(Shape shape) { return shape == Shape::EngineAlone ? 1 : 2; }

} // namespace

Lives::Lives(std::uint32_t live_orders, Shape shape, std::uint64_t seed)
    : shape_(shape), rng_(seed) {
    lives_.resize(live_orders);
    for (std::uint32_t i = 0; i < live_orders; ++i) {
        const std::uint32_t turn = shape == Shape::GroupsAndHedges ? i / groups : i;
        lives_[i].side = turn % 2 == 0 ? Side::Buy : Side::Sell;
    }
    if (shape == Shape::GroupsAndHedges) {
        scout_ = std::make_unique<strategy::Desk>(config(live_orders, shape));
    }
}

strategy::DeskConfig Lives::config(std::uint32_t live_orders, Shape shape) {
    const bool has_groups = shape == Shape::GroupsAndHedges;
    strategy::DeskConfig draft;
    core::EngineConfig& engine = draft.engine;
    for (std::uint32_t a = 0; a < accounts_of(shape); ++a) {
        VenueTraits venue;
        venue.name = fmt::format("bench{}", a);
        venue.requests_per_second = 1'000'000'000;
        venue.answer_timeout = seconds(3'600);
        engine.venues.push_back(venue);
        core::AccountConfig account;
        account.name = venue.name;
        account.venue = VenueIx{a};
        account.limits.max_open_orders = live_orders * 2 + 64;
        account.limits.max_orders_per_second = 1'000'000;
        account.limits.max_notional_per_minute = Money{INT64_MAX / 4};
        engine.accounts.push_back(account);
    }
    for (std::uint32_t i = 0; i < instruments; ++i) {
        const std::uint32_t account = has_groups && i >= groups ? 1 : 0;
        core::InstrumentConfig one;
        one.account = AccountIx{account};
        one.instrument.symbol = fmt::format("S{}", i);
        one.instrument.tick_size = Decimal{1, 2};
        one.instrument.lot_size = Decimal{1, 3};
        one.instrument.venue = VenueIx{account};
        one.instrument = make_instrument(one.instrument).value();
        one.limits.max_position_notional = Money{INT64_MAX / 4};
        one.limits.max_order_notional = Money{INT64_MAX / 4};
        one.limits.stale_mark = seconds(1'000'000);
        engine.instruments.push_back(one);
    }
    for (std::uint32_t g = 0; has_groups && g < groups; ++g) {
        core::GroupConfig group;
        group.name = fmt::format("G{}", g);
        group.members = {InstrumentIx{g}, InstrumentIx{g + groups}};
        group.hedge_via = InstrumentIx{g + groups};
        group.exposure_limit = Units{INT64_MAX / 64};
        engine.groups.push_back(group);
    }
    // A cancel is answered when its order's turn comes: among a million, later than half a second.
    engine.audits.cancel_repeat = seconds(3'600);
    engine.limits.max_rounds_without_human = UINT64_MAX;
    engine.limits.max_loss_session = Money{INT64_MAX / 4};
    engine.capacities.orders = live_orders + live_orders / 4 + 1'024;
    engine.capacities.fills = (1U << 20U) + live_orders * 8;
    return strategy::make_desk_config(std::move(draft)).value();
}

Event Lives::stamp(EventBody body) {
    at_ += event_every;
    return Event{++seq_, Timestamp{at_}, std::move(body)};
}

core::Draft Lives::draft(std::uint32_t life) const {
    const bool has_groups = shape_ == Shape::GroupsAndHedges;
    core::Draft d;
    d.instrument = InstrumentIx{life % (has_groups ? groups : instruments)};
    d.side = lives_[life].side;
    d.px = Ticks{100'000};
    d.qty = Lots{order_lots};
    return d;
}

core::Draft Lives::standing(std::uint32_t order) {
    core::Draft d;
    d.instrument = InstrumentIx{order / 2};
    d.side = order % 2 == 0 ? Side::Buy : Side::Sell;
    d.px = d.side == Side::Buy ? Ticks{99'000} : Ticks{101'000};
    d.qty = Lots{100'000};
    return d;
}

void Lives::open(strategy::Desk& desk, Commands& commands) {
    if (scout_) { // the same, first
        const std::int64_t at = at_;
        boot(*scout_, scout_commands_);
        at_ = at;
        seq_ = 0;
    }
    boot(desk, commands);
    for (std::uint32_t i = 0; i < lives_.size(); ++i) lives_[i].id = first_id(i);
    next_counter_ = first_id(static_cast<std::uint32_t>(lives_.size())).counter();
    KEEL_ASSERT(!scout_ || scout_->state_hash() == desk.state_hash(), "both desks begin alike");
}

void Lives::boot(strategy::Desk& desk, Commands& commands) {
    const auto tell = [&](EventBody body) {
        desk.step(stamp(std::move(body)), commands);
        return commands.bodies();
    };
    tell(Boot{1, 0});
    for (std::uint32_t a = 0; a < accounts_of(shape_); ++a) {
        tell(LeaseGrant{AccountIx{a}, 1, Timestamp{INT64_MAX / 4}});
    }
    at_ += 2'000'000'000;
    for (int round = 0; round < 4; ++round) {
        for (const CommandBody& body : tell(WakeUp{})) {
            const auto* read = std::get_if<ReadRequest>(&body);
            if (read == nullptr) continue;
            const Timestamp now{at_};
            if (read->kind == RequestKind::ReadBalances) {
                BalanceReport balance;
                balance.account = read->account;
                balance.equity = Money{INT64_MAX / 256};
                balance.available = Money{INT64_MAX / 256};
                balance.asked_at = now;
                balance.answered_at = now;
                tell(balance);
            }
            ReadDone done;
            done.read = read->request;
            done.account = read->account;
            done.kind = read->kind;
            done.outcome = Outcome::Accepted;
            done.complete = 1;
            done.from = read->from;
            done.asked_at = now;
            done.answered_at = now;
            tell(done);
        }
        at_ += 1'000'000'000;
    }
    for (std::uint32_t i = 0; i < instruments; ++i) {
        BookTop top;
        top.instrument = InstrumentIx{i};
        top.bid_px = Ticks{99'999};
        top.ask_px = Ticks{100'001};
        top.bid_qty = Lots{100};
        top.ask_qty = Lots{100};
        tell(top);
    }
    for (std::uint32_t i = 0; i < standing_orders(); ++i) {
        commands.clear();
        const core::Draft order = standing(i);
        desk.engine().submit(order, commands);
        RequestAnswer answer;
        answer.cl_ord_id = standing_id(i);
        answer.order_id = OrderID{2, i + 1ULL};
        answer.account = AccountIx{0};
        answer.kind = RequestKind::New;
        answer.outcome = Outcome::Accepted;
        tell(answer);
    }
    for (std::uint32_t i = 0; i < lives_.size(); ++i) {
        at_ += first_orders_every - event_every;
        desk.step(stamp(WakeUp{}), commands);
        commands.clear();
        const core::Guard guard = desk.engine().submit(draft(i), commands);
        KEEL_ASSERT(guard == core::Guard::None, "the benchmark's orders pass the gate");
    }
}

// Into the stream; with groups, what the engine says to it is answered further on.
void Lives::add(std::vector<Step>& steps, Step step) {
    steps.push_back(step);
    if (!scout_) return;
    drive(*scout_, step, scout_commands_);
    for (const CommandBody& body : scout_commands_) {
        KEEL_ASSERT(!std::holds_alternative<ReadRequest>(body) &&
                        !std::holds_alternative<Alarm>(body),
                    "no read comes due, and nothing is wrong");
        const auto* order = std::get_if<NewOrderSingle>(&body);
        if (order != nullptr && order->account == hedge_account) take_hedge(*order);
    }
}

void Lives::take_hedge(const NewOrderSingle& hedge) {
    constexpr std::uint64_t answered_after = 2; // events
    ++hedges_;
    const std::uint64_t at_seq = seq_ + answered_after;
    const OrderID order_id{1, next_order_++};
    Step begun;
    begun.is_hedge_begun = true;
    begun.id = hedge.cl_ord_id;
    begun.draft.instrument = hedge.instrument;
    begun.draft.side = hedge.side;
    begun.draft.px = hedge.px;
    begun.draft.qty = hedge.qty;
    RequestAnswer answer;
    answer.request = hedge.request;
    answer.cl_ord_id = hedge.cl_ord_id;
    answer.order_id = order_id;
    answer.account = hedge.account;
    answer.kind = RequestKind::New;
    answer.outcome = Outcome::Accepted;
    begun.event.body = answer;
    due_.push_back({at_seq, begun});

    ExecutionReport r;
    r.account = hedge.account;
    r.instrument = hedge.instrument;
    r.cl_ord_id = hedge.cl_ord_id;
    r.order_id = order_id;
    r.side = hedge.side;
    r.px = hedge.px;
    r.order_qty = hedge.qty;
    const auto tell = [&] {
        Step step;
        step.event.body = r;
        due_.push_back({at_seq, step});
    };
    r.exec_type = ExecType::New;
    tell();
    const bool is_full = rng_.below(8) != 0;
    r.last_qty = is_full ? hedge.qty : Lots{hedge.qty.value() / 2};
    const Lots filled = r.last_qty;
    if (filled > Lots{0}) {
        r.exec_type = ExecType::Trade;
        r.exec_id = ExecID{1, next_exec_++};
        r.last_px = hedge.px;
        r.transact_time = Timestamp{at_};
        tell();
    }
    if (!is_full) {
        r.exec_type = ExecType::Expired;
        r.exec_id = ExecID{};
        r.last_qty = Lots{0};
        r.has_cum_qty = 1;
        r.cum_qty = filled;
        tell();
    }
    due_.back().is_last = true;
}

void Lives::next(std::vector<Step>& steps, std::size_t count) {
    steps.clear();
    while (steps.size() < count) {
        if (!say_what_is_due(steps)) {
            live_on(steps, static_cast<std::uint32_t>(rng_.below(lives_.size())));
        }
    }
}

void Lives::scatter(std::vector<Step>& steps, std::uint32_t from, std::uint32_t to) {
    // Of 4096 lives, so many take more turns than their place here says: what is found at any
    // moment in the long run. One that ends before its time begins again.
    constexpr std::array<std::uint64_t, 6> outlive{4'096, 4'096, 4'096, 3'584, 3'136, 343};
    constexpr std::uint64_t sum = 4'096 * 3 + 3'584 + 3'136 + 343;
    steps.clear();
    for (std::uint32_t at = from; at < to; ++at) {
        std::uint64_t left = rng_.below(sum);
        std::size_t age = 0;
        for (; left >= outlive[age]; ++age) left -= outlive[age];
        for (std::size_t lived = 0; lived < age;) {
            while (say_what_is_due(steps)) {
            }
            const ClOrdID id = lives_[at].id;
            live_on(steps, at);
            lived = lives_[at].id == id ? lived + 1 : 0;
        }
    }
}

// A timer of the desk, or the next word of the hedge venue, if it is time for one.
bool Lives::say_what_is_due(std::vector<Step>& steps) {
    if (scout_ && scout_->wake_at() <= Timestamp{at_}) {
        Step wake;
        wake.event = stamp(WakeUp{});
        add(steps, wake);
    }
    if (due_.empty() || due_.front().at_seq > seq_) return false;
    Due due = due_.front();
    due_.pop_front();
    if (due.step.is_hedge_begun) ++hedges_open_;
    if (due.is_last) --hedges_open_;
    due.step.event = stamp(due.step.event.body);
    add(steps, due.step);
    return true;
}

ExecutionReport Lives::report_of(std::uint32_t life) const {
    const core::Draft order = draft(life);
    ExecutionReport r;
    r.account = AccountIx{0};
    r.instrument = order.instrument;
    r.cl_ord_id = lives_[life].id;
    r.order_id = OrderID{0, 1'000'000ULL + lives_[life].id.counter()};
    r.side = order.side;
    r.px = order.px;
    r.order_qty = order.qty;
    return r;
}

// This order hears or does what comes next in its life.
void Lives::live_on(std::vector<Step>& steps, std::uint32_t at) {
    Life& life = lives_[at];
    ExecutionReport r = report_of(at);
    Step step;
    bool over = false;
    if (life.stage == 0) {
        // Acknowledged on two channels, as at most venues.
        RequestAnswer answer;
        answer.cl_ord_id = life.id;
        answer.order_id = r.order_id;
        answer.account = r.account;
        answer.kind = RequestKind::New;
        answer.outcome = Outcome::Accepted;
        step.event = stamp(answer);
        add(steps, step);
        r.exec_type = ExecType::New;
        step.event = stamp(r);
        life.stage = 1;
    } else if (life.canceling) {
        r.exec_type = ExecType::Canceled;
        r.has_cum_qty = 1;
        r.cum_qty = Lots{life.stage - 1};
        step.event = stamp(r);
        over = true;
    } else if (rng_.below(8) == 0) {
        step.cancel = true;
        step.id = life.id;
        step.event = stamp(WakeUp{});
        life.canceling = true;
    } else {
        r.exec_type = ExecType::Trade;
        r.exec_id = ExecID{0, next_exec_++};
        r.last_qty = Lots{1};
        r.last_px = r.px;
        r.transact_time = Timestamp{at_};
        step.event = stamp(r);
        over = ++life.stage == 1 + order_lots;
    }
    add(steps, step);
    if (!over) return;
    // Of both sides in each group, however few orders live.
    if (scout_) life.side = rng_.below(2) == 0 ? Side::Buy : Side::Sell;
    Step place;
    place.place = true;
    place.draft = draft(at);
    place.event = stamp(WakeUp{});
    // The hedges before it had numbers too.
    place.id = ClOrdID::make(1, 1, next_counter_ + static_cast<std::uint32_t>(hedges_));
    ++next_counter_;
    add(steps, place);
    life = {.id = place.id, .side = life.side};
}

} // namespace keel::bench
