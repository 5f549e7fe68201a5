#include "explore/world.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace keel::explore {
namespace {

using sim::Channels;
using sim::Twist;

bool is_way_in(std::uint32_t channel) {
    return channel == Channels::socket_in || channel == Channels::rest_in;
}

} // namespace

World::World(std::shared_ptr<const Scenario> scenario)
    : scenario_(std::move(scenario)), subject_(make_subject(*scenario_)) {
    KEEL_ASSERT(scenario_->venues.size() <= 2, "a scenario has at most two venues");
    KEEL_ASSERT(scenario_->lanes.size() < lanes_max, "a scenario has at most eight lanes");
    KEEL_ASSERT(scenario_->desk.engine.accounts.size() <= 4,
                "a scenario has at most four accounts");
    const sim::FaultProfile calm = *sim::fault_profile("calm");
    for (const sim::VenueConfig& config : scenario_->venues) venues_.emplace_back(config, calm, 1);
    for (const core::AccountConfig& account : scenario_->desk.engine.accounts) {
        venue_of_account_.push_back(account.venue.value());
    }
    list_twists();
    open();
}

// Boot, reads, and the first books, one after the other and without a fault.
void World::open() {
    own_.now = Timestamp{seconds(1'000'000).value()};
    own_.venue_at.fill(own_.now);
    root_at_ = own_.now;
    const auto drain = [&] {
        for (bool any = true; any;) {
            any = false;
            for (std::uint32_t v = 0; v < venues_.size(); ++v) {
                for (std::uint32_t c = 0; c < venues_[v].channel_count(); ++c) {
                    if (venues_[v].pending(c) == 0) continue;
                    apply({Choice::Kind::Deliver, static_cast<std::uint8_t>(v),
                           static_cast<std::uint8_t>(c), Twist::None});
                    any = true;
                }
            }
        }
    };
    for (sim::Venue& venue : venues_) venue.disconnect(own_.now);
    own_.is_alive = false;
    own_.epoch = 0;
    restart();
    drain();
    for (int n = 0; n < 2'000 && !subject_->is_ready(own_.now); ++n) {
        apply({Choice::Kind::Wake, 0, 0, Twist::None});
        drain();
    }
    KEEL_ASSERT(subject_->is_ready(own_.now), "without a fault a start comes to its end");
    for (const Move& move : scenario_->opening) {
        act_at(move.venue.value(), [&](sim::Venue& venue, Timestamp at) {
            venue.on_market(move.market, at);
            venue.publish_now(at);
        });
        drain_opening(move.venue.value());
    }
    for (sim::Venue& venue : venues_) {
        venue.clear_new_fills();
        venue.store().keep_hash(false);
        venue.store().set_undo(true);
    }
    subject_->begin();
    own_.recorded = own_.newest = own_.told = 0;
    own_.crashes = 0;
    own_.overtakings = 0;
    own_.tail.fill({});
    root_at_ = own_.now;
}

// What it has filled of orders that were there before, and the books. No answers: what the desk
// does about a book is where the search begins.
void World::drain_opening(std::uint32_t venue) {
    const auto drain = [&](std::uint32_t channel) {
        while (venues_[venue].pending(channel) > 0) {
            apply({Choice::Kind::Deliver, static_cast<std::uint8_t>(venue),
                   static_cast<std::uint8_t>(channel), Twist::None});
        }
    };
    const std::uint32_t channels = venues_[venue].channel_count();
    for (std::uint32_t c = Channels::first_private; c < channels; ++c) drain(c);
    drain(Channels::market);
}

Timestamp World::time_at(std::uint32_t venue) const {
    return later(own_.now, own_.venue_at[venue]);
}

template <class Act> void World::act_at(std::uint32_t venue, const Act& act) {
    const Timestamp at = time_at(venue) + nanoseconds(1);
    const std::uint32_t before = venues_[venue].update_count();
    act(venues_[venue], at);
    if (venues_[venue].update_count() != before) own_.venue_at[venue] = at;
}

Timestamp World::arrival_at(std::uint32_t venue) {
    return own_.venue_at[venue] = time_at(venue) + nanoseconds(1);
}

// What a delivery brings: the next of its channel, or what overtakes it.
const sim::Message& World::brought(const Choice& delivery) const {
    const sim::Message& head = venues_[delivery.venue].first_in(delivery.place);
    return delivery.twist == Twist::Swap ? *venues_[delivery.venue].behind(head) : head;
}

// A read shows what has happened by now, and not what happens next.
bool World::is_question(const Choice& delivery) const {
    const sim::What what = brought(delivery).what;
    return what == sim::What::Read || what == sim::What::OrderStatus;
}

void World::note_guards() {
    if (desk() == nullptr || !own_.is_alive) return;
    const core::Engine& engine = desk()->engine();
    guards_met_ |= engine.desk().guards_met;
    for (std::uint32_t i = 0; i < scenario_->desk.engine.instruments.size(); ++i) {
        guards_met_ |= engine.guards_on(InstrumentIx{i});
    }
}

bool World::is_at_horizon() const {
    const Timestamp at = own_.is_alive ? subject_->wake_at() : never;
    return at < never && at > root_at_ + scenario_->horizon && at <= own_.now + scenario_->horizon;
}

// The lanes, and behind them what comes last.
std::size_t World::lane_count() const { return scenario_->lanes.size() + 1; }

const std::vector<Deed>& World::deeds_of(std::size_t lane) const {
    return lane == scenario_->lanes.size() ? scenario_->last : scenario_->lanes[lane].deeds;
}

const Deed* World::next_of(std::size_t lane) const {
    const std::vector<Deed>& deeds = deeds_of(lane);
    return own_.done[lane] < deeds.size() ? &deeds[own_.done[lane]] : nullptr;
}

bool World::lanes_are_through() const {
    for (std::size_t lane = 0; lane < scenario_->lanes.size(); ++lane) {
        if (next_of(lane) != nullptr) return false;
    }
    return true;
}

bool World::all_done() const {
    return lanes_are_through() && next_of(scenario_->lanes.size()) == nullptr;
}

bool World::is_terminal() const {
    if (!may_hear() || !all_done() || is_under_way() || asleep_count() > 0) return false;
    for (const sim::Venue& venue : venues_) {
        if (venue.pending(Channels::late) > 0) return false;
    }
    return subject_->is_settled();
}

bool World::is_cut() const {
    const Timestamp at = subject_->wake_at();
    return own_.is_alive && at < never && at > root_at_ + scenario_->horizon;
}

bool World::is_half_used() const { return subject_->is_half_used(); }

bool World::may_wake() const {
    if (!may_hear()) return false;
    const Timestamp at = subject_->wake_at();
    return at < never && !waits_for_lease(at) && may_pass_to(at);
}

// Time may come so far: nothing is under way for too long then.
bool World::may_pass_to(Timestamp at) const {
    if (at > root_at_ + scenario_->horizon) return false;
    if (at > root_at_ + scenario_->deeds_within && !lanes_are_through()) return false;
    if (own_.overtakings >= scenario_->overtakings_max && is_under_way()) return false;
    for (const sim::Venue& venue : venues_) {
        for (const std::uint32_t way : {Channels::socket_in, Channels::rest_in}) {
            if (venue.pending(way) >= scenario_->in_flight_max) return false;
        }
        // A position push is never older than V when it is heard.
        const Timestamp oldest = venue.oldest_message();
        if (oldest < never && oldest + scenario_->delay_max < at) return false;
        const Timestamp push = venue.oldest_push();
        if (push < never && push + venue.traits().visibility < at) return false;
        // Who was not heard of for too long loses its orders at most half of that later.
        for (std::uint32_t a = 0; a < venue.account_count(); ++a) {
            const Timestamp lapse = venue.lapses_from(a);
            if (lapse < never && lapse + venue.traits().heartbeat_timeout / 2 < at) return false;
        }
    }
    return true;
}

bool World::is_under_way() const {
    return std::ranges::any_of(
        venues_, [](const sim::Venue& venue) { return venue.oldest_message() < never; });
}

void World::apply(const Choice& choice) {
    ++applied_;
    heard_.clear();
    sent_.clear();
    const bool stops = choice.kind == Choice::Kind::Crash || choice.is(PauseTurn::Begins);
    if (!stops) own_.sent_from = {}; // what stops it comes between what it has just sent
    happen(choice);
    if (choice.is(PauseTurn::Begins)) own_.sent_from = {};
    if (watches_guards_) note_guards();
    if (subject_->witness(*this)) own_.is_hashed = false;
}

void World::happen(const Choice& choice) {
    switch (choice.kind) {
    case Choice::Kind::Deliver: {
        const bool arrives = is_way_in(choice.place) || choice.place == Channels::bump;
        const bool acts = arrives && !is_question(choice);
        const Timestamp at = acts ? arrival_at(choice.venue) : time_at(choice.venue);
        sim::Venue& venue = venues_[choice.venue];
        if (choice.place == venue.chain()) {
            act_at(choice.venue, [&](sim::Venue& own, Timestamp then) {
                own.deliver(choice.place, choice.twist, then, own_.now, heard_);
                own.clear_new_fills();
            });
            return;
        }
        const std::uint32_t updates = venue.update_count();
        const bool is_of_before = acts && venue.is_of_before(brought(choice));
        venue.deliver(choice.place, choice.twist, at, own_.now, heard_, choice.part);
        const bool takes_effect =
            acts && venue.update_count() != updates && venue.traits().fence == Fence::ValidityEnd;
        const Lease& lease = own_.lease;
        if (takes_effect && has_lease() &&
            own_.now >= (is_of_before ? lease.before_until : lease.until)) {
            own_.lease.was_outlived = true;
        }
        venue.clear_new_fills();
        tell_all();
        return;
    }
    case Choice::Kind::StreamUp:
        act_at(choice.venue,
               [&](sim::Venue& venue, Timestamp at) { venue.bring_back(choice.place, at); });
        return;
    case Choice::Kind::Lapse:
        act_at(choice.venue,
               [&](sim::Venue& venue, Timestamp at) { venue.lapse(choice.place, at); });
        return;
    case Choice::Kind::NextDeed: {
        const Deed& deed = *next_of(choice.place);
        ++own_.done[choice.place];
        if (const auto* act = std::get_if<OperatorAct>(&deed)) {
            heard_.emplace_back(*act);
            tell_all();
            return;
        }
        if (const auto* telling = std::get_if<Telling>(&deed)) {
            heard_.emplace_back(told_now(*telling));
            tell_all();
            return;
        }
        if (const auto* outside = std::get_if<Outside>(&deed)) {
            act_at(outside->venue.value(), [&](sim::Venue& venue, Timestamp at) {
                venue.on_outside(outside->act, at);
                venue.clear_new_fills();
            });
            return;
        }
        if (const auto* listing = std::get_if<Listing>(&deed)) {
            act_at(listing->venue.value(), [&](sim::Venue& venue, Timestamp at) {
                venue.on_listing(listing->act, at);
                venue.publish_now(at);
            });
            return;
        }
        const Move& move = std::get<Move>(deed);
        act_at(move.venue.value(), [&](sim::Venue& venue, Timestamp at) {
            venue.on_market(move.market, at);
            venue.publish_now(at);
            venue.clear_new_fills();
        });
        return;
    }
    case Choice::Kind::Wake:
        if (is_under_way()) ++own_.overtakings;
        own_.now = later(own_.now, subject_->wake_at());
        // (What came in between only moved the end of the lease, once for each.)
        if (has_lease() && !own_.lease.is_lost && is_renewal_due()) grant_lease();
        heard_.emplace_back(WakeUp{});
        tell_all();
        return;
    case Choice::Kind::Turn:
        subject_->take_turn(choice.place, own_.now, commands_);
        send_all();
        return;
    case Choice::Kind::Crash: crash(choice.place, choice.part); return;
    case Choice::Kind::Restart: restart(); return;
    case Choice::Kind::Lease: turn_lease(static_cast<LeaseTurn>(choice.place)); return;
    case Choice::Kind::Pause: turn_pause(static_cast<PauseTurn>(choice.place), choice.part); return;
    }
}

void World::tell_all() {
    if (!own_.is_alive) return;
    for (std::size_t n = 0; n < heard_.size(); ++n) tell(heard_[n]);
}

void World::tell(const EventBody& body) {
    event_.seq = ++own_.seq;
    event_.at = own_.now;
    event_.body = body;
    if (keeps_record()) {
        const std::uint32_t at = ++own_.told;
        if (record_.size() <= at) record_.resize(at + 1);
        record_[at] = {event_, ++ever_told_, own_.newest};
        own_.newest = at;
        ++own_.recorded;
        if (keeps_tails_) {
            std::shift_right(own_.tail.begin(), own_.tail.end(), 1);
            own_.tail[0] = {subject_hash(), subject_->now()};
        }
    }
    subject_->step(event_, commands_);
    send_all();
}

void World::send_all() {
    own_.is_hashed = false;
    for (const CommandBody& command : commands_) send(command);
}

void World::send(const CommandBody& command) {
    sent_.push_back(command);
    std::visit(
        [&]<class Body>(const Body& one) {
            if constexpr (is_for_venue<Body>) {
                if (!holds_lease()) own_.lease.was_outlived = true;
                if (own_.sent_from.is_none()) own_.sent_from = one.request;
                venues_[venue_of_account_[one.account.value()]].send(command, own_.now);
            }
        },
        command);
}

void World::crash(std::uint32_t lost, std::uint32_t unsent) {
    if (unsent > 0) {
        const RequestID first = first_unsent(unsent);
        for (sim::Venue& venue : venues_) venue.take_back_from(first);
    }
    // (A time of what was hashed is the desk's own: it is what its deadlines are left from.)
    std::shift_right(own_.tail.begin(), own_.tail.end(), 1);
    own_.tail[0] = {subject_hash(), subject_->now()};
    own_.is_alive = false;
    ++own_.crashes;
    for (std::uint32_t n = 0; n < lost && own_.recorded > 0; ++n) {
        own_.newest = record_[own_.newest].before;
        --own_.recorded;
        std::shift_left(own_.tail.begin(), own_.tail.end(), 1);
    }
    cut_off();
}

void World::cut_off() {
    for (std::uint32_t v = 0; v < venues_.size(); ++v) {
        act_at(v, [](sim::Venue& venue, Timestamp at) { venue.disconnect(at); });
    }
}

// A new life becomes what the record makes of it; what it says again is not sent again.
void World::come_back_from_record() {
    places_.clear();
    for (std::uint32_t at = own_.newest; at != 0; at = record_[at].before) places_.push_back(at);
    std::ranges::reverse(places_);
    const auto number_at = [&](std::uint32_t at) { return record_[at].number; };
    const auto known = static_cast<std::size_t>(
        std::ranges::mismatch(places_, replay_numbers_, {}, number_at).in1 - places_.begin());
    replay_.resize(known);
    replay_numbers_.resize(known);
    for (std::size_t n = known; n < places_.size(); ++n) {
        replay_.push_back(record_[places_[n]].event);
        replay_numbers_.push_back(number_at(places_[n]));
    }
    subject_->come_back(replay_, known);
    own_.is_hashed = false;
}

void World::restart() {
    if (own_.crashes > 0) {
        come_back_from_record();
        std::shift_left(own_.tail.begin(), own_.tail.end(), 1); // it is what came back
    }
    own_.is_alive = true;
    begin_life(own_.crashes == 0);
}

void World::begin_life(bool is_first) {
    ++own_.epoch;
    heard_.emplace_back(Boot{own_.epoch, is_first ? 0U : 1U});
    own_.lease.before_until = own_.lease.until;
    if (!own_.lease.is_lost) grant_lease();
    repeat_acts();
    tell_all();
    for (std::uint32_t v = 0; v < venues_.size(); ++v) {
        act_at(v, [](sim::Venue& venue, Timestamp at) {
            venue.connect(at);
            venue.publish_now(at);
        });
    }
}

// The operator, too, starts the desk again as it was: told once more what may have been lost.
void World::repeat_acts() {
    for (std::size_t lane = 0; lane < lane_count(); ++lane) {
        const std::vector<Deed>& deeds = deeds_of(lane);
        for (std::size_t n = 0; n < own_.done[lane]; ++n) {
            if (const auto* act = std::get_if<OperatorAct>(&deeds[n])) heard_.emplace_back(*act);
            if (const auto* one = std::get_if<Telling>(&deeds[n])) repeat_signal(*one);
        }
    }
}

Signal World::told_now(const Telling& telling) const {
    Signal out = telling.signal;
    out.valid_until = telling.valid_for > Duration{} ? own_.now + telling.valid_for : never;
    return out;
}

// A source says what is so now: of an instrument and kind the newest alone.
void World::repeat_signal(const Telling& telling) {
    const Signal signal = told_now(telling);
    for (EventBody& body : heard_) {
        auto* told = std::get_if<Signal>(&body);
        if (told == nullptr || told->instrument != signal.instrument || told->kind != signal.kind) {
            continue;
        }
        if (told->id < signal.id) *told = signal;
        return;
    }
    heard_.emplace_back(signal);
}

World::Mark World::mark() const {
    Mark mark{.own = own_, .subject = subject_->mark()};
    for (std::size_t v = 0; v < venues_.size(); ++v) {
        mark.venues[v] = venues_[v].store().undo_mark();
    }
    return mark;
}

void World::back_to(const Mark& mark) {
    own_ = mark.own;
    subject_->back_to(mark.subject);
    for (std::size_t v = 0; v < venues_.size(); ++v) venues_[v].store().undo_to(mark.venues[v]);
}

} // namespace keel::explore
