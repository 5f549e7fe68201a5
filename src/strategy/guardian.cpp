#include "strategy/guardian.hpp"

#include <algorithm>
#include <utility>

namespace keel::strategy {
namespace {

constexpr Bps whole{10'000 * bps_one};

// `change` is at least `by` of `of`.
bool reaches(Ticks change, Bps by, Ticks of) {
    return static_cast<Int128>(change.value()) * whole.value() >=
           static_cast<Int128>(of.value()) * by.value();
}

// What our own orders have made of a position, all lives together.
Lots ours(const core::Position& p) { return p.filled + p.claim_buy - p.claim_sell; }

bool have_one_sign(Lots a, Lots b) {
    return (a > Lots{0} && b > Lots{0}) || (a < Lots{0} && b < Lots{0});
}

} // namespace

Guardian::Guardian(const GuardianConfig& config, const std::vector<InstrumentIx>& beside,
                   StoreLayout& layout)
    : config_(config) {
    const auto add = [&](std::vector<Leg>& legs, InstrumentIx i) {
        if (config.hedge_mode) {
            legs.push_back({i, PositionSide::Long});
            legs.push_back({i, PositionSide::Short});
        } else {
            legs.push_back({i, PositionSide::Net});
        }
    };
    for (const InstrumentIx i : config.watch) add(legs_, i);
    for (const InstrumentIx i : beside) add(beside_, i);
    state_ = layout.add<WatchState>(legs_.size());
    requests_ = layout.add<Requests>(config.watch.size());
    if (!beside_.empty()) told_beside_ = layout.add<Lots>(beside_.size());
    exit_since_ = layout.add<Timestamp>(1);
}

// One position after the other, each by what is known of it alone: what fails with one is nothing
// to the next.
void Guardian::update(core::Engine& engine, Commands& out) const {
    for (std::uint32_t w = 0; w < config_.watch.size(); ++w) {
        if (engine.was_touched(config_.watch[w])) hear(engine, w, out);
    }
    // What was believed before a crash is no ground to close anything, nor to answer anybody.
    if (engine.desk().recovery != core::Recovery::Done) return;
    const Timestamp& exit_since = engine.store().at(exit_since_, 0);
    if (!is_exiting(engine)) {
        engine.put(exit_since, Timestamp{});
    } else if (exit_since == Timestamp{}) {
        engine.put(exit_since, engine.now());
    }
    for (std::uint32_t w = 0; w < config_.watch.size(); ++w) {
        if (!engine.was_touched(config_.watch[w])) continue;
        const std::uint32_t first = first_leg(w);
        for (std::uint32_t ix = first; ix < first + sides(); ++ix) look(engine, ix, out);
        answer(engine, w, out);
        for (std::uint32_t ix = first; ix < first + sides(); ++ix) {
            const WatchState& s = state(engine, ix);
            if (s.stage == Stage::Closing) pursue_close(engine, ix, s.held, out);
        }
    }
    for (std::uint32_t ix = 0; ix < beside_.size(); ++ix) {
        if (engine.was_touched(beside_[ix].instrument)) look_beside(engine, ix, out);
    }
}

// By the times of events alone: what a replay is told, too.
void Guardian::watch_loop(core::Engine& engine, Timestamp due, Commands& out) const {
    const Duration late = engine.now() - due;
    if (config_.loop_time_max == Duration{0} || late <= config_.loop_time_max) return;
    engine.raise(AlarmKind::LoopLate, {}, in_milliseconds(late),
                 in_milliseconds(config_.loop_time_max), out);
}

// Once for as long as something is held, on one side.
void Guardian::look_beside(core::Engine& engine, std::uint32_t ix, Commands& out) const {
    const Leg& leg = beside_[ix];
    const Lots held = engine.held(leg.instrument, leg.side);
    const Lots& told = engine.store().at(told_beside_, ix);
    if (have_one_sign(held, told)) return;
    engine.put(told, held);
    if (held == Lots{0}) return;
    engine.raise(AlarmKind::UnwatchedPosition, leg.instrument, held.value(), 0, out);
}

// Whoever opened or closed it: a life is the time in which something is held, on one side.
void Guardian::look(core::Engine& engine, std::uint32_t ix, Commands& out) const {
    const WatchState& s = state(engine, ix);
    const core::Position& p = position(engine, ix);
    const Lots held = engine.held(legs_[ix].instrument, legs_[ix].side);
    if (s.stage != Stage::Closed && !have_one_sign(held, s.held)) {
        engine.put(s.stage, Stage::Closed);
        engine.put(s.held, Lots{0});
        tell(engine, ix, NoticeKind::Closed, s.request, out);
    }
    if (p.nothing_at != s.nothing_seen) {
        engine.put(s.nothing_seen, p.nothing_at);
        note_nothing(engine, ix, 0, out);
    }
    if (held == Lots{0}) {
        engine.put(s.ours_before, ours(p));
        return;
    }
    if (s.stage == Stage::Closed) begin(engine, ix, held, out);
    follow(engine, ix, held, out);
}

void Guardian::begin(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const {
    const WatchState& s = state(engine, ix);
    const bool is_ours = have_one_sign(ours(position(engine, ix)) - s.ours_before, held);
    WatchState next;
    next.life = s.life + 1;
    next.held = held;
    next.since = engine.now();
    next.close_at = s.close_at;
    next.nothing_seen = s.nothing_seen;
    next.ours_before = s.ours_before;
    next.stage = Stage::Open;
    next.is_flagged = config_.adopts == Adopts::None && !is_ours ? 1 : 0;
    engine.put(s, next);
    tell(engine, ix, NoticeKind::Discovered, 0, out);
    if (s.is_flagged != 0) {
        engine.raise(AlarmKind::AdoptionConflict, legs_[ix].instrument, held.value(), 0, out);
    }
}

// What the market does to it, and whether a rule says that it shall be flat. Once it shall it
// stays so, wherever the market goes.
void Guardian::follow(core::Engine& engine, std::uint32_t ix, Lots held, Commands& out) const {
    const WatchState& s = state(engine, ix);
    engine.put(s.held, held);
    if (has_fresh_mark(engine, legs_[ix].instrument)) {
        const Ticks mark2 = engine.book(legs_[ix].instrument).mark;
        if (s.ref2 == Ticks{0}) {
            engine.put(s.ref2, mark2);
            engine.put(s.best2, mark2);
        }
        engine.put(s.best2, held > Lots{0} ? max(s.best2, mark2) : min(s.best2, mark2));
    }
    if (s.stage != Stage::Open) return;
    const CloseCause cause = rule_that_closes(engine, ix, held);
    if (cause != CloseCause::None) begin_close(engine, ix, cause, 0, out);
}

CloseCause Guardian::rule_that_closes(const core::Engine& engine, std::uint32_t ix,
                                      Lots held) const {
    const WatchState& s = state(engine, ix);
    if (engine.desk().killed != 0) return CloseCause::Kill;
    if (closes_at_exit(engine)) return CloseCause::Exit;
    if (s.is_flagged != 0) return CloseCause::None;
    if (has_fresh_mark(engine, legs_[ix].instrument)) {
        const Ticks mark2 = engine.book(legs_[ix].instrument).mark;
        const auto won = [&](Ticks from) { return held > Lots{0} ? mark2 - from : from - mark2; };
        if (config_.stop != Bps{0} && reaches(-won(s.ref2), config_.stop, s.ref2)) {
            return CloseCause::Stop;
        }
        if (config_.limit != Bps{0} && reaches(won(s.ref2), config_.limit, s.ref2)) {
            return CloseCause::Limit;
        }
        if (config_.drawdown != Bps{0} && reaches(-won(s.best2), config_.drawdown, s.best2)) {
            return CloseCause::Retreat;
        }
    }
    const bool is_old =
        config_.max_hold != Duration{0} && s.since + config_.max_hold <= engine.now();
    return is_old ? CloseCause::Age : CloseCause::None;
}

// A request is kept until it is answered: the next one takes its place in the engine. (What its
// source tells again is no news there.)
void Guardian::hear(core::Engine& engine, std::uint32_t watched, Commands& out) const {
    const Signal& told = engine.heard_signal(config_.watch[watched], SignalKind::Close);
    const Requests& known = engine.store().at(requests_, watched);
    if (told.id <= known.newest) return;
    Requests next = known;
    if (next.waiting == Requests::most) {
        tell(engine, first_leg(watched), NoticeKind::Lapsed, next.id[0], out);
        std::ranges::rotate(next.id, next.id.begin() + 1);
        std::ranges::rotate(next.valid_until, next.valid_until.begin() + 1);
        --next.waiting;
    }
    next.newest = told.id;
    next.id[next.waiting] = told.id;
    next.valid_until[next.waiting] = told.valid_until;
    ++next.waiting;
    engine.put(known, next);
}

void Guardian::answer(core::Engine& engine, std::uint32_t watched, Commands& out) const {
    const Requests& requests = engine.store().at(requests_, watched);
    for (std::size_t n = 0; n < requests.waiting; ++n) {
        if (engine.now() > requests.valid_until[n]) {
            tell(engine, first_leg(watched), NoticeKind::Lapsed, requests.id[n], out);
        } else {
            answer(engine, watched, requests.id[n], out);
        }
    }
    engine.put(requests.waiting, 0);
}

// By the close that it begins, by the one that runs, or with that there is nothing to close.
void Guardian::answer(core::Engine& engine, std::uint32_t watched, std::uint64_t request,
                      Commands& out) const {
    const std::uint32_t first = first_leg(watched);
    bool is_held = false;
    for (std::uint32_t ix = first; ix < first + sides(); ++ix) {
        const WatchState& s = state(engine, ix);
        if (s.stage == Stage::Closed) continue;
        is_held = true;
        if (s.stage == Stage::Closing) {
            tell(engine, ix, NoticeKind::CloseRunning, request, out);
        } else {
            begin_close(engine, ix, CloseCause::Request, request, out);
        }
    }
    if (is_held) return;
    // That is what was wanted. Whether it is true, and what made it so, is asked for.
    note_nothing(engine, first, request, out);
    engine.reconcile(config_.watch[watched]);
}

// A close has found nothing, or would: that is success. Where it comes again and again, somebody
// believes something else than we do.
void Guardian::note_nothing(core::Engine& engine, std::uint32_t ix, std::uint64_t request,
                            Commands& out) const {
    const WatchState& s = state(engine, ix);
    tell(engine, ix, NoticeKind::AlreadyClosed, request, out);
    if (s.already >= config_.already_closed_max) return; // a person knows
    engine.put(s.already, static_cast<std::uint16_t>(s.already + 1));
    if (s.already < config_.already_closed_max) return;
    engine.raise(AlarmKind::RepeatedAlreadyClosed, legs_[ix].instrument, s.already,
                 config_.already_closed_max, out);
}

void Guardian::begin_close(core::Engine& engine, std::uint32_t ix, CloseCause cause,
                           std::uint64_t request, Commands& out) const {
    const WatchState& s = state(engine, ix);
    engine.put(s.stage, Stage::Closing);
    engine.put(s.cause, cause);
    engine.put(s.request, request);
    engine.put(s.closing_since, engine.now());
    tell(engine, ix, NoticeKind::CloseBegun, request, out);
}

void Guardian::pursue_close(core::Engine& engine, std::uint32_t ix, Lots held,
                            Commands& out) const {
    const WatchState& s = state(engine, ix);
    const InstrumentIx i = legs_[ix].instrument;
    if (s.is_told_overdue == 0 && s.closing_since + config_.closed_within <= engine.now()) {
        engine.put(s.is_told_overdue, std::uint8_t{1});
        engine.raise(AlarmKind::CloseOverdue, i, held.value(),
                     in_milliseconds(config_.closed_within), out);
    }
    if (s.close_at > engine.now() || reconciled_by(engine, ix) > engine.now()) return;
    if (engine.is_moving(position(engine, ix))) return;
    engine.put(s.close_at, engine.now() + config_.retry);
    if (!engine.close(i, abs(held), slippage(s.closes), out, legs_[ix].side)) return;
    if (slippage(s.closes) < config_.slippage_max && config_.slippage_step > Bps{0}) {
        engine.put(s.closes, static_cast<std::uint16_t>(s.closes + 1));
    }
}

// Where the venue has said that there is nothing to close, a read of later is waited for, as long
// as a close may take. Zero: nothing is waited for.
Timestamp Guardian::reconciled_by(const core::Engine& engine, std::uint32_t ix) const {
    const core::Position& p = position(engine, ix);
    if (p.verified_at >= p.nothing_at) return Timestamp{};
    return p.nothing_at + config_.closed_within;
}

bool Guardian::has_fresh_mark(const core::Engine& engine, InstrumentIx i) const {
    const core::InstrumentState& book = engine.book(i);
    const Duration stale = engine.config().instruments[i.value()].limits.stale_mark;
    return book.mark > Ticks{0} && book.mark_at + stale >= engine.now();
}

bool Guardian::closes_at_exit(const core::Engine& engine) const {
    return engine.desk().killed != 0 ||
           (engine.desk().winding_down != 0 && config_.on_exit == AtEnd::Close);
}

Bps Guardian::slippage(std::uint16_t attempts) const {
    return min(config_.slippage_start + config_.slippage_step * attempts, config_.slippage_max);
}

void Guardian::tell(const core::Engine& engine, std::uint32_t ix, NoticeKind kind,
                    std::uint64_t request, Commands& out) const {
    const WatchState& s = state(engine, ix);
    Notice notice;
    notice.kind = kind;
    notice.cause = s.cause;
    notice.position_side = legs_[ix].side;
    notice.flagged = s.is_flagged;
    notice.instrument = legs_[ix].instrument;
    notice.life = s.life;
    notice.request = request;
    notice.qty = s.held;
    out.add(notice);
}

bool Guardian::has_exited(const core::Engine& engine) const {
    if (!is_exiting(engine)) return false;
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        if (!is_known_at_exit(engine, ix)) return false;
        const core::Position& p = position(engine, ix);
        const bool is_to_go = closes_at_exit(engine) || state(engine, ix).stage == Stage::Closing;
        if (engine.is_moving(p) || (is_to_go && sum_certain(p) != Lots{0})) return false;
    }
    return true;
}

Timestamp Guardian::wake_at(const core::Engine& engine) const {
    Timestamp at = never;
    if (engine.desk().recovery != core::Recovery::Done) return at;
    const auto consider = [&](Timestamp t) {
        if (t > engine.now()) at = earlier(at, t);
    };
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        const WatchState& s = state(engine, ix);
        switch (s.stage) {
        case Stage::Closed: break;
        case Stage::Open:
            if (config_.max_hold != Duration{0} && s.is_flagged == 0) {
                consider(s.since + config_.max_hold);
            }
            break;
        case Stage::Closing:
            if (s.is_told_overdue == 0) consider(s.closing_since + config_.closed_within);
            if (!engine.is_moving(position(engine, ix))) {
                consider(later(s.close_at, reconciled_by(engine, ix)));
            }
            break;
        }
    }
    return at;
}

std::uint64_t Guardian::decision_hash(const core::Engine& engine, Duration far) const {
    Hasher h{10};
    const auto left = [&](Timestamp t) {
        h.add_signed(min(max(t - engine.now(), Duration{0}), far).value());
    };
    for (std::uint32_t w = 0; w < config_.watch.size(); ++w) {
        const Requests& requests = engine.store().at(requests_, w);
        h.add(requests.newest);
        for (std::size_t n = 0; n < requests.waiting; ++n) {
            h.add(requests.id[n]);
            left(requests.valid_until[n]);
        }
    }
    for (std::uint32_t ix = 0; ix < beside_.size(); ++ix) {
        const Lots told = engine.store().at(told_beside_, ix);
        h.add_signed(told > Lots{0} ? 1 : told < Lots{0} ? -1 : 0);
    }
    const Timestamp exit_since = engine.store().at(exit_since_, 0);
    h.add(exit_since == Timestamp{} ? 0U : 1U);
    for (std::uint32_t ix = 0; ix < legs_.size(); ++ix) {
        const WatchState& s = state(engine, ix);
        const core::Position& p = position(engine, ix);
        if (exit_since != Timestamp{}) {
            h.add_signed(
                is_known_at_exit(engine, ix) ? -1 : min(engine.now() - exit_since, far).value());
        }
        h.add(s.life).add_signed(s.held.value()).add_signed(s.ours_before.value());
        left(s.close_at);
        h.add(std::uint64_t{s.already} << 8U | (p.nothing_at != s.nothing_seen ? 2U : 0U) |
              (p.verified_at < p.nothing_at ? 1U : 0U));
        if (p.verified_at < p.nothing_at) {
            h.add_signed(min(engine.now() - p.nothing_at, far).value());
        }
        if (s.stage == Stage::Closed) {
            h.add(0U);
            continue;
        }
        h.add(std::uint64_t{s.closes} << 32U | std::uint64_t{s.is_told_overdue} << 24U |
              std::uint64_t{s.is_flagged} << 16U | static_cast<std::uint64_t>(s.cause) << 8U |
              static_cast<std::uint64_t>(s.stage));
        h.add(s.request).add_signed(s.ref2.value()).add_signed(s.best2.value());
        if (s.stage == Stage::Open && config_.max_hold != Duration{0}) {
            left(s.since + config_.max_hold);
        }
        if (s.stage == Stage::Closing) left(s.closing_since + config_.closed_within);
    }
    return h.digest();
}

} // namespace keel::strategy
