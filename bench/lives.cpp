#include "bench/lives.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace keel::bench {
namespace {

constexpr std::uint32_t instruments = 16;
constexpr std::int64_t order_lots = 4;

} // namespace

Lives::Lives(std::uint32_t live_orders, std::uint64_t seed) : rng_(seed) {
    lives_.resize(live_orders);
    for (std::uint32_t i = 0; i < live_orders; ++i) lives_[i].instrument = i % instruments;
}

strategy::DeskConfig Lives::config(std::uint32_t live_orders) {
    strategy::DeskConfig draft;
    VenueTraits venue;
    venue.name = "bench";
    venue.requests_per_second = 1'000'000'000;
    venue.answer_timeout = seconds(3'600);
    draft.engine.venues.push_back(venue);
    core::AccountConfig account;
    account.name = "bench";
    account.venue = VenueIx{0};
    account.limits.max_open_orders = live_orders * 2 + 16;
    account.limits.max_orders_per_second = 1'000'000;
    account.limits.max_notional_per_minute = Money{INT64_MAX / 4};
    draft.engine.accounts.push_back(account);
    for (std::uint32_t i = 0; i < instruments; ++i) {
        core::InstrumentConfig one;
        one.account = AccountIx{0};
        one.instrument.symbol = fmt::format("S{}", i);
        one.instrument.tick_size = Decimal{1, 2};
        one.instrument.lot_size = Decimal{1, 3};
        one.instrument.venue = VenueIx{0};
        one.instrument = make_instrument(one.instrument).value();
        one.limits.max_position_notional = Money{INT64_MAX / 4};
        one.limits.max_order_notional = Money{INT64_MAX / 4};
        one.limits.stale_mark = seconds(1'000'000);
        draft.engine.instruments.push_back(one);
    }
    draft.engine.capacities.orders = live_orders + live_orders / 4 + 64;
    draft.engine.capacities.fills = std::max(1U << 20U, live_orders * 8);
    draft.engine.audits.verify_age_max = seconds(1'000'000);
    draft.engine.audits.open_orders_every = seconds(100'000);
    draft.engine.audits.fills_every = seconds(100'000);
    draft.engine.audits.positions_every = seconds(100'000);
    draft.engine.audits.balances_every = seconds(100'000);
    return strategy::make_desk_config(std::move(draft)).value();
}

Event Lives::stamp(EventBody body) {
    at_ += 1'000;
    return Event{++seq_, Timestamp{at_}, std::move(body)};
}

core::Draft Lives::draft(std::uint32_t life) {
    core::Draft d;
    d.instrument = InstrumentIx{lives_[life].instrument};
    d.side = life % 2 == 0 ? Side::Buy : Side::Sell;
    d.px = Ticks{100'000};
    d.qty = Lots{order_lots};
    return d;
}

void Lives::open(strategy::Desk& desk, Commands& commands) {
    const auto tell = [&](EventBody body) {
        desk.step(stamp(std::move(body)), commands);
        return commands.bodies();
    };
    tell(Boot{1, 0});
    tell(LeaseGrant{AccountIx{0}, 1, Timestamp{INT64_MAX / 4}});
    at_ += 2'000'000'000;
    for (int round = 0; round < 4; ++round) {
        for (const CommandBody& body : tell(WakeUp{})) {
            const auto* read = std::get_if<ReadRequest>(&body);
            if (read == nullptr) continue;
            const Timestamp now{at_};
            if (read->kind == RequestKind::ReadBalances) {
                BalanceReport balance;
                balance.account = AccountIx{0};
                balance.equity = Money{INT64_MAX / 256};
                balance.available = Money{INT64_MAX / 256};
                balance.asked_at = now;
                balance.answered_at = now;
                tell(balance);
            }
            ReadDone done;
            done.read = read->request;
            done.account = AccountIx{0};
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
    for (std::uint32_t i = 0; i < lives_.size(); ++i) {
        at_ += 1'000;
        desk.step(Event{++seq_, Timestamp{at_}, WakeUp{}}, commands);
        commands.clear();
        const core::Guard guard = desk.engine().submit(draft(i), commands);
        KEEL_ASSERT(guard == core::Guard::None, "the benchmark's orders pass the gate");
        lives_[i].counter = next_counter_++;
    }
}

void Lives::next(std::vector<Step>& steps, std::size_t count) {
    steps.clear();
    while (steps.size() < count) {
        const auto at = static_cast<std::uint32_t>(rng_.below(lives_.size()));
        Life& life = lives_[at];
        Step step;
        const ClOrdID id = ClOrdID::make(1, 1, life.counter);
        ExecutionReport r;
        r.account = AccountIx{0};
        r.instrument = InstrumentIx{life.instrument};
        r.cl_ord_id = id;
        r.order_id = OrderID{0, 1'000'000ULL + life.counter};
        r.side = at % 2 == 0 ? Side::Buy : Side::Sell;
        r.px = Ticks{100'000};
        r.order_qty = Lots{order_lots};
        bool over = false;
        if (life.stage == 0) {
            // Acknowledged on two channels, as at most venues.
            RequestAnswer answer;
            answer.cl_ord_id = id;
            answer.order_id = r.order_id;
            answer.account = AccountIx{0};
            answer.kind = RequestKind::New;
            answer.outcome = Outcome::Accepted;
            step.event = stamp(answer);
            steps.push_back(step);
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
            step.cancel_id = id;
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
        steps.push_back(step);
        if (over) {
            Step place;
            place.place = true;
            place.draft = draft(at);
            place.event = stamp(WakeUp{});
            steps.push_back(place);
            life.counter = next_counter_++;
            life.stage = 0;
            life.canceling = false;
        }
    }
}

} // namespace keel::bench
