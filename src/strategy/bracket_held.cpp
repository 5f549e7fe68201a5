#include "strategy/bracket.hpp"

// That a position has come, whose signal it is, and that it has gone: what a bracket keeps in mind,
// and nothing that it does.

namespace keel::strategy {

// What has come and gone is noted in a recovery, too: a signal has its position once.
void Bracket::note_held(core::Engine& engine, std::uint32_t ix, Commands& out) const {
    const BracketState& s = state(engine, ix);
    const core::Position& p = engine.position(config_.instrument, legs_[ix].side);
    const Lots held = engine.held(config_.instrument, legs_[ix].side);
    if (p.nothing_at != s.nothing_seen) {
        engine.put(s.nothing_seen, p.nothing_at);
        engine.put(s.doubted, held);
    }
    const bool has_turned = (held > Lots{0}) != (s.held > Lots{0});
    const bool has_gone = held == Lots{0} || has_turned;
    if (s.held != Lots{0} && has_gone) tell_closed(engine, ix, s.held, out);
    if ((s.ref_px != Ticks{0} || s.is_entered != 0) && has_gone) forget(engine, s);
    if (held != Lots{0} && is_of_signal(s, held)) engine.put(s.is_entered, std::uint8_t{1});
    // An entry of which the record has lost all, and the signal with it.
    const bool is_recovering = engine.desk().recovery != core::Recovery::Done;
    const bool has_come = held != Lots{0} && (s.held == Lots{0} || has_turned);
    if (is_recovering && has_come && s.is_entered == 0 && engine.mover().by == CloseCause::Desk) {
        engine.put(s.is_lost_entry, std::uint8_t{1});
    }
    engine.put(s.held, held);
}

// Something was asked for, and this is how it would be held.
bool Bracket::is_of_signal(const BracketState& s, Lots held) {
    return s.used_id > s.done_id && s.asked != Lots{0} && (s.asked > Lots{0}) == (held > Lots{0});
}

// What took the last of it, as this step tells. It decides nothing: what is held does.
CloseCause Bracket::closed_by(const core::Engine& engine, const Leg& leg) const {
    const core::Mover& mover = engine.mover();
    if (mover.by != CloseCause::Desk || mover.intent.is_none()) return mover.by;
    constexpr std::array<CloseCause, kind_count> causes{CloseCause::Stop, CloseCause::Emergency,
                                                        CloseCause::Limit}; // by Kind
    for (const Guards* const all : {&leg.of_long, &leg.of_short}) {
        for (std::size_t kind = 0; kind < kind_count; ++kind) {
            const Pair& pair = all->pairs[kind];
            if (mover.intent == pair[0] || mover.intent == pair[1]) return causes[kind];
        }
    }
    return mover.by;
}

void Bracket::tell_closed(const core::Engine& engine, std::uint32_t ix, Lots was,
                          Commands& out) const {
    Notice notice;
    notice.kind = NoticeKind::Closed;
    notice.cause = closed_by(engine, legs_[ix]);
    notice.position_side = legs_[ix].side;
    notice.instrument = config_.instrument;
    notice.qty = was;
    out.add(notice);
}

// The position is gone, and with it all that was about it.
void Bracket::forget(core::Engine& engine, const BracketState& s) const {
    BracketState next;
    next.used_id = s.used_id;
    next.asked = s.asked;
    next.asked_stop = s.asked_stop;
    next.asked_limit = s.asked_limit;
    next.done_id = s.is_entered != 0 ? s.used_id : s.done_id;
    next.enter_at = s.enter_at;
    next.close_at = s.close_at;
    next.protect_at = s.protect_at;
    next.nothing_seen = s.nothing_seen;
    next.is_lost_entry = s.is_lost_entry;
    engine.put(s, next);
}

} // namespace keel::strategy
