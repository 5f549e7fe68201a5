#include "core/engine.hpp"

#include <algorithm>

namespace keel::core {
namespace {

// Evidence that speaks against what is believed. What is only late is none: it may be late for
// ever.
bool is_surprise(AlarmKind kind) {
    switch (kind) {
    case AlarmKind::Contradiction:
    case AlarmKind::Overfill:
    case AlarmKind::FillAfterReject:
    case AlarmKind::AdoptedDifference:
    case AlarmKind::LateArrival: return true;
    case AlarmKind::HedgeOverdue:
    case AlarmKind::UnknownOverdue:
    case AlarmKind::ForeignFill:
    case AlarmKind::CancelNotConfirmed:
    case AlarmKind::HedgeRefused:
    case AlarmKind::PositionUnverified:
    case AlarmKind::LinkDown:
    case AlarmKind::CapacityReached:
    case AlarmKind::LeaseLost:
    case AlarmKind::LimitReached:
    case AlarmKind::Halted:
    case AlarmKind::KillPending:
    case AlarmKind::RecoveryIncomplete:
    case AlarmKind::Unprotected:
    case AlarmKind::SignalRefused:
    case AlarmKind::CloseOverdue:
    case AlarmKind::RepeatedAlreadyClosed:
    case AlarmKind::AdoptionConflict:
    case AlarmKind::TooSmall:
    case AlarmKind::LoopLate:
    case AlarmKind::UnwatchedPosition:
    case AlarmKind::UnlistedPositions:
    case AlarmKind::Liquidated:
    case AlarmKind::Deleveraged:
    case AlarmKind::TouchFlickers:
    case AlarmKind::StopPassed:
    case AlarmKind::SignalUsed:
    case AlarmKind::OutsideFaultModel: return false;
    }
    std::unreachable();
}

} // namespace

Engine::Engine(const EngineConfig& config, StoreLayout& layout) : config_(config) {
    const auto instruments = config_.instruments.size();
    const auto accounts = config_.accounts.size();
    signals_ = layout.add<Signal>(instruments * signal_kind_count);
    desk_ = layout.add<core::Desk>(1);
    accounts_ = layout.add<Account>(accounts);
    instruments_ = layout.add<InstrumentState>(instruments);
    positions_ = layout.add<Position>(instruments * 3);
    groups_ = layout.add<Group>(std::max<std::size_t>(config_.groups.size(), 1));
    lists_ = layout.add<ListHead>(accounts * order_list_count);
    layout.hash_as_written_from_here();
    held_ = layout.add<HeldBack>(instruments);
    recent_ = layout.add<RecentFill>(instruments * 3 * recent_fills);
    unclaimed_ = layout.add<UnclaimedFill>(unclaimed_max);
    orders_ = layout.add<Order>(config_.capacities.orders);
    legs_ = layout.add<Leg>(config_.capacities.legs);
    settled_ = layout.add<std::uint64_t>(settled_max);
    const std::uint32_t cells = OrderIndex::cells_for(config_.capacities.orders);
    by_cl_ord_id_cells_ = layout.add<IndexCell>(cells);
    by_order_id_cells_ = layout.add<IndexCell>(
        OrderIndex::cells_for(config_.capacities.orders + config_.capacities.legs));
    fill_cells_ = layout.add<FillEntry>(FillIndex::entries_for(config_.capacities.fills));
    recovered_ = layout.add<std::uint64_t>(recovered_max);
    by_cl_ord_id_ = OrderIndex{by_cl_ord_id_cells_};
    by_order_id_ = OrderIndex{by_order_id_cells_};
    fills_ = FillIndex{fill_cells_};
    for (const InstrumentConfig& one : config_.instruments) account_of_.push_back(one.account);
    for (const AccountConfig& one : config_.accounts) venue_of_.push_back(one.venue.value());
    group_of_.resize(instruments);
    for (std::size_t g = 0; g < config_.groups.size(); ++g) {
        for (const InstrumentIx i : config_.groups[g].members) {
            group_of_[i.value()] = GroupIx{static_cast<std::uint32_t>(g)};
        }
    }
    // An eighth of the slots, at least 8, is kept for reductions and for orders found at restart.
    orders_reserve_ = std::max<std::uint32_t>(8, config_.capacities.orders / 8);
    dirty_groups_.reserve(config_.groups.size() * 2); // a hedge touches its group once more
    touched_groups_.resize(config_.groups.size());
    touched_.resize(instruments);
    moved_by_.resize(config_.groups.size());
}

IntentIx Engine::announce_intent(InstrumentIx instrument, Side side, IntentKind kind,
                                 PositionSide position_side, Moves moves) {
    Intent intent;
    intent.instrument = instrument;
    intent.side = side;
    intent.kind = kind;
    intent.position_side = position_side;
    intent.amends = moves == Moves::ByAmend ? 1 : 0;
    announced_.push_back(intent);
    return IntentIx{static_cast<std::uint32_t>(announced_.size() - 1)};
}

void Engine::open(StoreLayout& layout) {
    intents_ = layout.add<Intent>(std::max<std::size_t>(announced_.size(), 1));
    stats_ = layout.add_statistics<Stats>(1);
    store_ = Store{layout};
    store_.put(store_.at(desk_, 0), core::Desk{});
    for (std::uint32_t i = 0; i < lists_.capacity; ++i)
        store_.put(store_.at(lists_, i), ListHead{});
    for (std::uint32_t i = 0; i < announced_.size(); ++i) {
        store_.put(store_.at(intents_, i), announced_[i]);
    }
    for (std::uint32_t a = 0; a < accounts_.capacity; ++a) {
        // A link that nobody tells of is none of this venue's; one that is told to be down is.
        Account fresh;
        fresh.link.fill(static_cast<std::uint8_t>(LinkState::Up));
        store_.put(store_.at(accounts_, a), fresh);
    }
    for (std::uint32_t at = 0; at < settled_max; ++at) {
        store_.put(store_.at(settled_, at), std::uint64_t{no_slot});
    }
    dirty_intents_.reserve(announced_.size());
}

void Engine::absorb(const Event& event, Commands& out) {
    out_ = &out;
    const core::Desk& d = desk();
    KEEL_ASSERT(event.at >= d.now, "time never goes back at the door");
    std::ranges::fill(touched_groups_, std::uint8_t{0});
    std::ranges::fill(touched_, std::uint8_t{0});
    seq_ = event.seq;
    mover_ = {};
    batch_items_ = 0;
    put(d.now, event.at);
    if (!is_in_bounds(event.body)) {
        refuse(event.body);
        hedge_touched();
        out_ = nullptr;
        return;
    }
    std::visit(
        [this]<class Body>(const Body& body) {
            if constexpr (std::is_same_v<Body, ExecutionReport>) {
                on_report(body);
            } else if constexpr (std::is_same_v<Body, BookTop>) {
                const InstrumentState& state = store_.at(instruments_, body.instrument.value());
                InstrumentState next = state;
                next.bid_px = body.bid_px;
                next.ask_px = body.ask_px;
                next.bid_qty = body.bid_qty;
                next.ask_qty = body.ask_qty;
                next.book_at = now();
                if (body.bid_qty > Lots{0} && body.ask_qty > Lots{0}) {
                    next.mark = body.bid_px + body.ask_px;
                    next.mark_at = now();
                }
                put(state, next);
                touch(body.instrument);
            } else if constexpr (std::is_same_v<Body, RequestAnswer>) {
                on_answer(body);
            } else if constexpr (std::is_same_v<Body, PositionReport>) {
                on_position(body);
            } else if constexpr (std::is_same_v<Body, BalanceReport>) {
                on_balance(body);
            } else if constexpr (std::is_same_v<Body, ReadDone>) {
                on_read_done(body);
            } else if constexpr (std::is_same_v<Body, LinkReport>) {
                on_link(body);
            } else if constexpr (std::is_same_v<Body, LeaseGrant>) {
                on_lease(body);
            } else if constexpr (std::is_same_v<Body, OperatorAct>) {
                on_operator(body);
            } else if constexpr (std::is_same_v<Body, Signal>) {
                on_signal(body);
            } else if constexpr (std::is_same_v<Body, SecurityStatus>) {
                on_security_status(body);
            } else if constexpr (std::is_same_v<Body, Boot>) {
                on_boot(body);
            } else {
                static_assert(std::is_same_v<Body, WakeUp>);
                on_timers();
            }
        },
        event.body);
    hedge_touched();
    keep_news();
    out_ = nullptr;
}

// The newest of its kind and instrument stays; what its source has told before is no news.
void Engine::on_signal(const Signal& s) {
    const Signal& known = signal_slot(s.instrument, s.kind);
    if (s.id <= known.id) return;
    put(known, s);
    touch(s.instrument);
}

// A market that has been resolved trades no more, whatever is told late.
void Engine::on_security_status(const SecurityStatus& s) {
    const InstrumentState& state = store_.at(instruments_, s.instrument.value());
    if (s.venue_time < state.status_time || state.status == TradingStatus::Resolved) return;
    put(state.status, s.status);
    put(state.status_time, s.venue_time);
    if (s.price_step > Ticks{0}) put(state.price_step, s.price_step);
    put(state.settlement_px, s.settlement_px);
    touch(s.instrument);
}

void Engine::touch(InstrumentIx i) {
    touched_[i.value()] = 1;
    const GroupIx g = group_of(i);
    if (g.is_none()) return;
    touched_groups_[g.value()] = 1;
    const Group& group = store_.at(groups_, g.value());
    if (group.dirty != 0) return;
    put(group.dirty, 1);
    dirty_groups_.push_back(g.value());
}

void Engine::touch_all() {
    for (std::uint32_t i = 0; i < config_.instruments.size(); ++i) touch(InstrumentIx{i});
}

void Engine::touch_intent(std::uint32_t intent) {
    const Intent& it = store_.at(intents_, intent);
    if (it.dirty != 0) return;
    put(it.dirty, 1);
    dirty_intents_.push_back(intent);
}

void Engine::alarm(AlarmKind kind, InstrumentIx i, AccountIx a, ClOrdID id, std::int64_t value,
                   std::int64_t bound, Limit limit) {
    tell({.kind = kind,
          .limit = limit,
          .instrument = i,
          .account = a,
          .cl_ord_id = id,
          .value = value,
          .bound = bound});
    // What an account held before the first life is learned by adopting it, and speaks against
    // nothing. A life that has a record knows what it held.
    const bool first_join = kind == AlarmKind::AdoptedDifference &&
                            desk().recovery != Recovery::Done && desk().restarted == 0;
    const bool is_usual = kind == AlarmKind::AdoptedDifference && !traits(a).tells_all_changes;
    if (is_surprise(kind) && !first_join && !is_usual) note_surprise();
}

void Engine::tell(const Alarm& alarm) {
    out_->add(alarm);
    count(stats().alarms);
}

// The fault model bounds what may happen. Each of its exceptions is survived; when they come in
// numbers the bounds do not hold, and acting on what is believed would be a guess (ADR 0008).
void Engine::note_surprise() {
    const core::Desk& d = desk();
    if (d.surprised_at + config_.limits.surprise_window < now() || d.surprises == 0) {
        put(d.surprises, 0);
    }
    put(d.surprised_at, now());
    put(d.surprises, d.surprises + 1);
    if (d.surprises >= config_.limits.max_surprises_in_window) put(d.outside, 1);
}

CorrelationID Engine::next_correlation() {
    const core::Desk& d = desk();
    const CorrelationID fresh{d.next_correlation};
    put(d.next_correlation, d.next_correlation + 1);
    return fresh;
}

void Engine::add_transition(const Order& o, OrdStatus old_status, std::uint8_t old_pending, Why why,
                            Ground ground) {
    out_->add({.seq = seq_,
               .at = now(),
               .correlation = o.correlation,
               .cl_ord_id = o.cl_ord_id,
               .instrument = o.instrument,
               .old_status = old_status,
               .new_status = o.status,
               .old_pending = old_pending,
               .new_pending = o.asked,
               .cum_qty = cum_qty(o),
               .leaves_qty = leaves_qty(o),
               .why = static_cast<std::uint8_t>(why),
               .cause = static_cast<std::uint8_t>(ground.cause),
               .guard = static_cast<std::uint8_t>(ground.guard),
               .heard = is_heard(why) ? heard_ : Heard{}});
}

const Order* Engine::order_of(IntentIx i) const {
    const std::uint32_t slot = intent(i).order;
    return slot == no_slot ? nullptr : &order(slot);
}

const Order* Engine::find_order(ClOrdID id) const {
    const Order* o = recall_order(id);
    return o == nullptr || is_settled(*o) ? nullptr : o;
}

const Order* Engine::recall_order(ClOrdID id) const {
    const std::uint32_t slot = find_slot(id);
    return slot == no_slot ? nullptr : &order(slot);
}

Lots Engine::cum_over_legs(const Order& o) const {
    Lots sum;
    legs().each(o, [&](const Leg& leg) { sum += leg.cum; });
    return sum;
}

Lots Engine::executed_qty(const Order& o) const {
    Lots sum;
    legs().each(o, [&](const Leg& leg) { sum += gross(leg); });
    return sum;
}

Derived Engine::derived_in_full(const Order& o) const {
    return derive_in_full(o, legs(), traits(o.instrument));
}

Lots Engine::leaves_qty(const Order& o) const {
    if (is_ended(o.status)) return Lots{0};
    Lots left = o.qty;
    legs().each(o, [&](const Leg& leg) { left -= told(leg) - leg.busted + taken_off(leg); });
    return max(left, Lots{0});
}

std::uint32_t Engine::slot_of(const Order& o) const {
    return static_cast<std::uint32_t>(&o - store_.all(orders_).data());
}

std::uint32_t Engine::find_slot(ClOrdID id) const {
    return by_cl_ord_id_.find(store_, cl_ord_id_hash(id), [&](std::uint32_t slot) {
        store_.prefetch(orders_, slot); // whole: most of it is needed, and late
        return order(slot).cl_ord_id == id;
    });
}

std::uint32_t Engine::take_order_slot() {
    const core::Desk& d = desk();
    std::uint32_t slot = d.free_head;
    if (slot != no_slot) {
        put(d.free_head, order(slot).next);
    } else if (d.order_high < orders_.capacity) {
        slot = d.order_high;
        put(d.order_high, slot + 1);
    } else if (forget_oldest()) {
        slot = d.free_head;
        put(d.free_head, order(slot).next);
    } else {
        return no_slot;
    }
    put(d.live_orders, d.live_orders + 1);
    return slot;
}

// Forgets a settled order, whose place in the ring is the caller's.
void Engine::retire(std::uint32_t slot) {
    const Order& o = order(slot);
    KEEL_ASSERT(o.counted_certain == Lots{0} && o.counted_open == Lots{0},
                "a retired order adds nothing to its position");
    const core::Desk& d = desk();
    const AccountIx a = account_of(o.instrument);
    const auto forget_id = [&](const OrderID& id) {
        if (!id.is_none()) by_order_id_.erase(store_, order_id_hash(a, id), slot);
    };
    forget_id(o.leg.id);
    for (std::uint32_t at = o.leg.next; at != no_slot;) {
        const Leg& leg = store_.at(legs_, at);
        forget_id(leg.id);
        const std::uint32_t next = leg.next;
        put(leg.next, d.free_leg);
        put(d.free_leg, at);
        at = next;
    }
    by_cl_ord_id_.erase(store_, cl_ord_id_hash(o.cl_ord_id), slot);
    put(o.cl_ord_id, ClOrdID{});
    put(o.next, d.free_head);
    put(d.free_head, slot);
}

void Engine::prefetch(const Event& event) const {
    if (const auto* r = std::get_if<ExecutionReport>(&event.body)) {
        if (!r->cl_ord_id.is_none()) by_cl_ord_id_.prefetch(store_, cl_ord_id_hash(r->cl_ord_id));
        if (r->exec_type == ExecType::Trade) {
            fills_.prefetch(store_, key_of(*r, r->order_id, r->side));
        }
    } else if (const auto* answer = std::get_if<RequestAnswer>(&event.body)) {
        if (answer->cl_ord_id.is_none()) return; // about the whole account
        by_cl_ord_id_.prefetch(store_, cl_ord_id_hash(answer->cl_ord_id));
        if (!answer->order_id.is_none()) { // its name comes into the index
            by_order_id_.prefetch(store_, order_id_hash(answer->account, answer->order_id));
        }
    }
}

void Engine::prefetch_order(const Event& event) const {
    const auto* r = std::get_if<ExecutionReport>(&event.body);
    const auto* answer = std::get_if<RequestAnswer>(&event.body);
    const ClOrdID id = r != nullptr        ? r->cl_ord_id
                       : answer != nullptr ? answer->cl_ord_id
                                           : ClOrdID{};
    if (id.is_none()) return;
    // Whatever has its tag is taken for it: a hint may be wrong.
    const std::uint32_t slot =
        by_cl_ord_id_.find(store_, cl_ord_id_hash(id), [](std::uint32_t) { return true; });
    if (slot != no_slot) store_.prefetch(orders_, slot);
}

void Engine::on_operator(const OperatorAct& act) {
    const core::Desk& d = desk();
    switch (act.act) {
    case Act::Halt:
        put(d.halted, 1);
        pull_all(Pull::Quotes, {Cause::Halt});
        alarm(AlarmKind::Halted, {}, {}, {}, 0, 0);
        break;
    case Act::Resume:
        put(d.halted, 0);
        put(d.outside, 0);
        put(d.outside_told, 0);
        put(d.surprises, 0);
        put(d.rounds, 0);
        for (std::uint32_t a = 0; a < accounts_.capacity; ++a) {
            // A new session: losses count from here.
            put(store_.at(accounts_, a).first_equity, store_.at(accounts_, a).equity);
        }
        break;
    case Act::WindDown:
        if (d.winding_down == 0) {
            put(d.winding_down, 1);
            put(d.wound_down_at, now());
            pull_all(Pull::Quotes, {Cause::Exit});
        }
        break;
    case Act::Kill:
        put(d.killed, 1);
        put(d.kill_certified, 0);
        pull_all(Pull::All, {Cause::Kill});
        // What rests without our knowing it goes too (SC-26).
        for (std::uint32_t a = 0; a < accounts_.capacity; ++a) {
            mass_cancel(AccountIx{a});
            want_read(AccountIx{a}, RequestKind::ReadOpenOrders);
            want_read(AccountIx{a}, RequestKind::ReadPositions);
        }
        alarm(AlarmKind::KillPending, {}, {}, {}, d.live_orders, 0);
        break;
    case Act::ResetKill:
        // Only a certified kill can be reset; pending cancels live in the orders and stay.
        if (d.killed != 0 && d.kill_certified != 0 && is_quiet(true)) {
            put(d.killed, 0);
        } else if (d.killed != 0) {
            alarm(AlarmKind::KillPending, {}, {}, {}, d.live_orders, 0);
        }
        break;
    case Act::AssignAdjustment:
        if (act.instrument.value() < config_.instruments.size()) {
            for (std::uint32_t side = 0; side < 3; ++side) {
                const Position& p = store_.at(positions_, act.instrument.value() * 3 + side);
                put(p.assigned, p.adjusted);
                put(p.filled, p.filled + p.foreign);
                put(p.foreign, Lots{0});
            }
            touch(act.instrument);
        }
        break;
    case Act::AcceptFillGap:
        if (act.instrument.value() < config_.instruments.size()) accept_fill_gap(act.instrument);
        break;
    case Act::ReleaseFreeze:
        if (act.instrument.value() < config_.instruments.size()) {
            put(store_.at(instruments_, act.instrument.value()).frozen_at, Timestamp{});
        }
        break;
    }
    touch_all();
}

std::size_t Engine::bytes_per_live_order() const {
    const std::size_t bytes = std::size_t{orders_.capacity} * sizeof(Order) +
                              std::size_t{by_cl_ord_id_cells_.capacity} * sizeof(IndexCell) +
                              std::size_t{by_order_id_cells_.capacity} * sizeof(IndexCell);
    return bytes / orders_.capacity;
}

} // namespace keel::core
