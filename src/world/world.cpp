#include "world/world.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "world/audit_setup.hpp"

namespace keel::world {
namespace {

constexpr std::uint64_t venue_stream = 0x76656e7565ULL; // "venue": names a stream of the seed
constexpr std::uint32_t wakes_in_place_max = 1'000;

// What the seed of venue `ix` is.
std::uint64_t venue_seed(std::uint64_t seed, std::uint32_t ix) {
    return Rng{seed}.fork(venue_stream + ix).next();
}

// The account a command is about; none for what is not for a venue.
AccountIx account_of(const CommandBody& command) {
    return std::visit(
        []<class Body>(const Body& body) {
            if constexpr (!is_for_venue<Body>) {
                return AccountIx{};
            } else {
                return body.account;
            }
        },
        command);
}

} // namespace

WorldState::WorldState(WorldConfig config, std::vector<MarketFeed> feeds)
    : config_(std::make_shared<const WorldConfig>(std::move(config))), feeds_(std::move(feeds)),
      signals_(config_->signals), is_recovery_kept_(config_->faults.crashes_per_hour > 0),
      lease_(config_->lease, config_->first_epoch),
      crashes_(config_->faults, config_->seed, config_->start, config_->duration),
      outside_(config_->outside, config_->seed, config_->start, config_->duration),
      now_(config_->start), wind_down_at_(config_->start + config_->duration) {
    KEEL_ASSERT(feeds_.size() == config_->venues.size(),
                "each venue has a market, or an empty one");
    for (std::uint32_t i = 0; i < config_->venues.size(); ++i) {
        KEEL_ASSERT(config_->venues[i].venue == VenueIx{i},
                    "venues are in the order of their index");
        venues_.emplace_back(config_->venues[i], config_->faults, venue_seed(config_->seed, i));
        venues_.back().store().keep_hash(false); // asked for at the end of a run
        feed_at_.push_back(feeds_[i].next_at());
    }
    for (std::uint32_t i = 0; i < config_->desk.engine.instruments.size(); ++i) {
        group_of_.push_back({InstrumentIx{i}});
    }
    for (const core::GroupConfig& group : config_->desk.engine.groups) {
        for (const InstrumentIx member : group.members) group_of_[member.value()] = group.members;
    }
    for (const core::AccountConfig& account : config_->desk.engine.accounts) {
        venue_of_account_.push_back(account.venue.value());
    }
    for (const SignalSource& source : signals_) signal_at_.push_back(source.next_at());
    heard_.reserve(256);
}

World::World(WorldConfig config, std::vector<MarketFeed> feeds, Outputs outputs)
    : WorldState(std::move(config), std::move(feeds)), outputs_(outputs) {
    auto rules = auditor_config(config_->desk, config_->venues, config_->faults);
    books_.emplace(venues_, rules);
    auditor_.emplace(std::move(rules), *books_);
    for (sim::Venue& venue : venues_) venue.disconnect(now_); // built connected, at no time
    desk_.emplace(config_->desk);
    begin_life(false);
}

World& World::operator=(const World& other) {
    if (this == &other) return *this;
    WorldState::operator=(other);
    outputs_ = {};
    look_at_own_venues();
    return *this;
}

void World::look_at_own_venues() {
    books_->look_at(venues_);
    auditor_->look_at(*books_);
}

World::Next World::next() {
    Next out;
    for (std::uint32_t i = 0; i < venues_.size(); ++i) {
        out.consider(feed_at_[i], Source::Market, i);
    }
    if (!is_winding_down_) out.consider(outside_.next_at(), Source::Outside);
    for (std::uint32_t i = 0; i < venues_.size(); ++i) {
        out.consider(venues_[i].next_at(), Source::Venue, i);
    }
    for (std::uint32_t i = 0; i < signals_.size(); ++i) {
        out.consider(signal_at_[i], Source::Signal, i);
    }
    out.consider(desk_ ? crashes_.next_at() : restart_at_, Source::Life);
    out.consider(lease_.next_at(), Source::Lease);
    out.consider(wind_down_at_, Source::WindDown);
    out.consider(deadline_, Source::Deadline);
    if (is_wake_stale_) { // asked for once a step, however much the desk was told in it
        wake_at_ = desk_ ? desk_->wake_at() : never;
        is_wake_stale_ = false;
    }
    out.consider(wake_at_, Source::Wake);
    return out;
}

bool World::step() {
    if (is_over_) return false;
    const Next due = next();
    KEEL_ASSERT(due.at < never, "a world that is not over waits for something");
    now_ = later(now_, due.at); // a desk may ask to be woken at once: never back in time
    ++steps_;
    switch (due.source) {
    case Source::Market: move_market(due.place); break;
    case Source::Outside: act_from_outside(); break;
    case Source::Venue: advance_venue(due.place); break;
    case Source::Signal: tell_signal(due.place); break;
    case Source::Life: desk_ ? crash() : restart(); break;
    case Source::Lease: renew_leases(); break;
    case Source::WindDown: wind_down(); break;
    case Source::Deadline: end(Ending::TimeUp); break;
    case Source::Wake: wake(); break;
    }
    if (config_->is_audited && !is_over_) auditor_->on_time(now_);
    return true;
}

RunResult World::run(const OnProgress& progress) {
    std::uint64_t told = steps_;
    while (step()) {
        if (steps_ - told < config_->progress_every) continue;
        told = steps_;
        if (outputs_.record != nullptr && !outputs_.record->status()) end(Ending::Failed);
        if (!progress || is_over_) continue;
        const Duration passed = min(now_ - config_->start, config_->duration);
        const Int128 done = static_cast<Int128>(passed.value()) * ppm_one;
        const Int128 whole = config_->duration.value() > 0 ? config_->duration.value() : 1;
        switch (progress({.now = now_,
                          .done_ppm = static_cast<std::uint32_t>(done / whole),
                          .is_settling = is_winding_down_,
                          .events = events_})) {
        case Go::On: break;
        case Go::WindDown: interrupt(); break;
        case Go::Stop:
            is_interrupted_ = true;
            end(Ending::Stopped);
            break;
        }
    }
    return result();
}

void World::interrupt() {
    is_interrupted_ = true;
    if (!is_winding_down_) wind_down_at_ = now_;
}

void World::move_market(std::uint32_t venue) {
    const sim::Venue::MarketMove move = feeds_[venue].next();
    feed_at_[venue] = feeds_[venue].next_at();
    ++market_moves_;
    venues_[venue].on_market(move, now_);
    for (std::size_t i = 0; i < signals_.size() && !move.is_trade; ++i) {
        signals_[i].on_quote(move, now_);
        signal_at_[i] = signals_[i].next_at();
    }
    if (!config_->is_audited) {
        venues_[venue].clear_new_fills();
        return;
    }
    // (What is halted or resolved shows nothing new.)
    if (!move.is_trade && venues_[venue].is_open(move.instrument)) {
        auditor_->on_quote(move.instrument, move.bid_px, move.ask_px, now_);
    }
    note_fills(venue);
}

void World::act_from_outside() {
    const InstrumentIx where = outside_.next_instrument();
    const std::uint32_t account = config_->desk.engine.instruments[where.value()].account.value();
    const std::uint32_t venue = venue_of_account_[account];
    venues_[venue].on_outside(outside_.next(venues_[venue].position(where)), now_);
    note_fills(venue);
}

void World::advance_venue(std::uint32_t venue) {
    heard_.clear();
    venues_[venue].advance(now_, heard_);
    note_fills(venue);
    note_funding(venue);
    if (!desk_) return;
    for (std::size_t i = 0; i < heard_.size() && !is_over_; ++i) {
        if (config_->is_audited) auditor_->on_heard(heard_[i]);
        deliver(heard_[i]);
    }
}

void World::note_fills(std::uint32_t venue) {
    if (venues_[venue].new_fills().empty()) return;
    if (config_->is_audited) {
        for (sim::TrueFill fill : venues_[venue].new_fills()) {
            if (config_->broken.trades) config_->broken.trades(fill);
            auditor_->on_fill(fill);
            if (is_trusted()) check_interval(fill.instrument);
        }
    }
    venues_[venue].clear_new_fills();
}

// A venue settles after what it executes at the same time.
void World::note_funding(std::uint32_t venue) {
    if (venues_[venue].new_funding().empty()) return;
    if (config_->is_audited) {
        for (sim::TrueFunding funding : venues_[venue].new_funding()) {
            if (config_->broken.settles) config_->broken.settles(funding);
            auditor_->on_funding(funding);
        }
    }
    venues_[venue].clear_new_funding();
}

void World::tell_signal(std::uint32_t place) {
    const std::optional<Signal> signal = signals_[place].next();
    signal_at_[place] = signals_[place].next_at();
    if (!signal || !is_due(*signal)) return;
    keep_newest(*signal);
    if (desk_) deliver(*signal);
}

bool World::is_due(const Signal& signal) const {
    const bool opens = signal.kind == SignalKind::Target;
    return signal.valid_until >= now_ && !(opens && is_winding_down_);
}

void World::keep_newest(const Signal& signal) {
    for (Signal& known : newest_signals_) {
        if (known.instrument != signal.instrument || known.kind != signal.kind) continue;
        if (known.id < signal.id) known = signal;
        return;
    }
    newest_signals_.push_back(signal);
}

// A crash may have lost the end of the record with the signal in it, and some came meanwhile: a
// source says what is so now, not only what has changed.
void World::repeat_signals() {
    for (std::size_t i = 0; i < newest_signals_.size() && !is_over_; ++i) {
        if (is_due(newest_signals_[i])) deliver(newest_signals_[i]);
    }
}

void World::wake() {
    wakes_in_place_ = last_wake_ == now_ ? wakes_in_place_ + 1 : 0;
    last_wake_ = now_;
    KEEL_ASSERT(wakes_in_place_ < wakes_in_place_max,
                "a desk that was woken waits for a later time");
    deliver(WakeUp{});
}

void World::renew_leases() {
    lease_.renew(now_);
    for (std::uint32_t i = 0; i < venue_of_account_.size() && !is_over_; ++i) {
        deliver(LeaseGrant{AccountIx{i}, lease_.epoch(), lease_.until()});
    }
}

void World::wind_down() {
    is_winding_down_ = true;
    wind_down_at_ = never;
    deadline_ = now_ + config_->settle_max;
    if (desk_) deliver(OperatorAct{.act = config_->ends_with, .instrument = {}});
}

void World::crash() {
    crash_ = crashes_.strike(now_);
    ++crash_count_;
    desk_.reset();
    wake_at_ = never;
    is_wake_stale_ = false;
    lease_.release();
    for (sim::Venue& venue : venues_) venue.disconnect(now_);
    const auto lost = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(crash_.lost_tail, recovery_.events_since_snapshot()));
    recovery_.lose_tail(lost);
    if (outputs_.record != nullptr) outputs_.record->lose_tail(lost);
    seq_ = recovery_.last_seq();
    restart_at_ = now_ + crash_.downtime;
}

void World::restart() {
    restart_at_ = never;
    recover();
    begin_life(true);
    // The operator, too, starts the desk again as it was: told once more what may have been lost.
    if (is_winding_down_ && !is_over_) {
        deliver(OperatorAct{.act = config_->ends_with, .instrument = {}});
    }
    repeat_signals();
}

// The first events of a life: Boot, the leases, and then links as they come up.
void World::begin_life(bool is_restart) {
    const std::uint32_t epoch = lease_.take(now_);
    deliver(Boot{epoch, is_restart ? 1U : 0U});
    for (std::uint32_t i = 0; i < venue_of_account_.size() && !is_over_; ++i) {
        deliver(LeaseGrant{AccountIx{i}, epoch, lease_.until()});
    }
    for (sim::Venue& venue : venues_) venue.connect(now_);
}

// A new desk becomes what the record makes of it; what it says again is not sent again.
void World::recover() {
    desk_.emplace(config_->desk);
    if (!recovery_.snapshot().empty()) {
        desk_->load(recovery_.snapshot());
        KEEL_ASSERT(desk_->state_hash() == recovery_.snapshot_hash(),
                    "a loaded snapshot is the state that was saved");
    }
    const auto check = recovery_.check();
    recovery_.each([&](const Event& event) {
        desk_->step(event, commands_);
        KEEL_ASSERT(!check || check->seq != event.seq || check->state_hash == desk_->state_hash(),
                    "a replayed record gives the state it came from");
    });
}

void World::deliver(const EventBody& body) {
    event_.seq = ++seq_;
    event_.at = now_;
    event_.body = body;
    ++events_;
    if (is_recovery_kept_) recovery_.on_event(event_);
    if (outputs_.record != nullptr) outputs_.record->on_event(event_);
    if (config_->is_audited) {
        if (const auto* grant = std::get_if<LeaseGrant>(&body)) auditor_->on_lease(*grant);
    }

    desk_->step(event_, commands_);
    is_wake_stale_ = true;

    if (!commands_.empty()) {
        if (outputs_.record != nullptr) {
            for (const CommandBody& command : commands_) {
                outputs_.record->on_command(seq_, now_, command);
            }
            if (!outputs_.record->status()) { // nothing leaves that cannot be remembered
                end(Ending::Failed);
                return;
            }
        }
        for (const CommandBody& command : commands_) send(command);
    }
    keep_record();
    if (config_->is_audited) check_intervals_after(body);
    if (is_winding_down_ && desk_->is_settled()) end(Ending::Settled);
}

void World::send(const CommandBody& command) {
    if (const auto* alarm = std::get_if<Alarm>(&command)) {
        ++alarms_[static_cast<std::size_t>(alarm->kind)];
        return;
    }
    if (std::holds_alternative<Notice>(command)) {
        if (config_->is_audited) auditor_->on_command(command, now_);
        return;
    }
    CommandBody leaving = command;
    if (config_->broken.leaves) config_->broken.leaves(leaving);
    if (config_->is_audited) auditor_->on_command(leaving, now_);
    if (config_->broken.arrives) config_->broken.arrives(leaving);
    venues_[venue_of_account_[account_of(leaving).value()]].send(leaving, now_);
}

void World::keep_record() {
    if (outputs_.record == nullptr && outputs_.hashes == nullptr && !is_recovery_kept_) return;
    if (seq_ % config_->hash_every == 0) {
        if (outputs_.record != nullptr) outputs_.record->on_hash(seq_, now_, desk_->state_hash());
        if (is_recovery_kept_) recovery_.on_hash(seq_, desk_->state_hash());
    }
    if (outputs_.hashes != nullptr && events_ % config_->hash_every == 0) {
        const auto written = outputs_.hashes->add(events_, desk_->state_hash());
        if (!written) error_ = written.error().text();
    }
    if (seq_ % config_->snapshot_every == 0) {
        if (outputs_.record != nullptr)
            outputs_.record->on_snapshot(seq_, desk_->state_hash(), desk_->words());
        if (is_recovery_kept_) recovery_.on_snapshot(seq_, desk_->state_hash(), desk_->words());
    }
}

// After a restart the desk has read everything before it claims to know again.
bool World::is_trusted() const {
    return desk_ && desk_->engine().desk().recovery == core::Recovery::Done;
}

// What a report of an order or a position moves is its instrument, and what the group then owes;
// anything else may move all of them. A book moves none.
void World::check_intervals_after(const EventBody& body) {
    if (std::holds_alternative<BookTop>(body)) return;
    if (const auto* report = std::get_if<ExecutionReport>(&body)) {
        check_intervals(report->instrument);
    } else if (const auto* position = std::get_if<PositionReport>(&body)) {
        check_intervals(position->instrument);
    } else {
        check_intervals();
    }
}

void World::check_intervals() {
    if (!is_trusted()) return;
    for (std::uint32_t i = 0; i < group_of_.size(); ++i) check_interval(InstrumentIx{i});
}

void World::check_intervals(InstrumentIx about) {
    if (!is_trusted()) return;
    for (const InstrumentIx one : group_of_[about.value()]) check_interval(one);
}

audit::PositionBelief World::belief_of(InstrumentIx instrument) const {
    const core::Engine& engine = desk_->engine();
    audit::PositionBelief belief;
    for (const PositionSide side : {PositionSide::Net, PositionSide::Long, PositionSide::Short}) {
        const core::Position& held = engine.position(instrument, side);
        const auto [low, high] = engine.interval(held);
        belief.lowest += low;
        belief.certain += sum_certain(held);
        belief.highest += high;
    }
    return belief;
}

void World::check_interval(InstrumentIx instrument) {
    auditor_->on_belief(instrument, belief_of(instrument), now_);
}

std::uint64_t World::desk_hash() const { return desk_ ? desk_->state_hash() : 0; }

std::uint64_t World::state_hash() const {
    Hasher hasher{7};
    hasher.add(desk_hash());
    for (const sim::Venue& venue : venues_) hasher.add(venue.state_hash());
    return hasher.digest();
}

} // namespace keel::world
