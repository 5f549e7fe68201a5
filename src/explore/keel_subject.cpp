#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "explore/scenario.hpp"
#include "explore/subject.hpp"
#include "explore/world.hpp"

// Keel's own desk as the subject of a search: the one that `keel run` drives.

namespace keel::explore {
namespace {

using core::Interval;

// A venue of a search stamps what happens with nanoseconds of its own, ahead of the desk's time.
constexpr Duration stamps_ahead = microseconds(1);

// That some of it failed to settle, and is back in the book, may be on its way.
bool is_return_unheard(const core::Engine& engine, const core::Order& known,
                       const sim::TrueOrder& order) {
    return engine.executed_qty(known) - engine.cum_qty(known) < order.returned;
}

// Somebody else changes what an account holds, and a fill that tells it may be lost or not be told.
bool has_others(const Scenario& scenario) {
    const auto is_outside = [](const Deed& deed) { return std::holds_alternative<Outside>(deed); };
    const auto trades = [&](const Lane& lane) {
        return std::ranges::any_of(lane.deeds, is_outside);
    };
    return std::ranges::any_of(scenario.lanes, trades) ||
           std::ranges::any_of(scenario.last, is_outside) ||
           !std::ranges::all_of(scenario.desk.engine.venues, &VenueTraits::tells_all_changes);
}

class KeelSubject final : public Subject {
public:
    explicit KeelSubject(const Scenario& scenario)
        : desk_(scenario.desk), shadow_(scenario.desk), others_trade_(has_others(scenario)) {}

    void step(const Event& event, Commands& commands) override { desk_.step(event, commands); }
    [[nodiscard]] Timestamp wake_at() const override { return desk_.wake_at(); }
    [[nodiscard]] Timestamp now() const override { return desk_.engine().now(); }

    // What the start has still to read it reads before the market opens.
    [[nodiscard]] bool is_ready(Timestamp now) const override {
        return is_recovered() && desk_.wake_at() >= now + near();
    }
    // (Heartbeats never stop: no timer is near where it is half of their time to the next.)
    [[nodiscard]] Duration near() const {
        Duration out = seconds(5);
        for (const VenueTraits& venue : desk_.engine().config().venues) {
            if (venue.heartbeat_timeout <= Duration{}) continue;
            out = min(out, Duration{venue.heartbeat_timeout.value() / 6});
        }
        return out;
    }
    void begin() override {
        for (strategy::Desk* one : {&desk_, &shadow_}) one->engine().store().keep_hash(false);
        shadow_.load(desk_.words());
        for (strategy::Desk* one : {&desk_, &shadow_}) one->engine().store().set_undo(true);
    }
    [[nodiscard]] bool is_settled() const override {
        const core::Engine& engine = desk_.engine();
        const core::Desk& d = engine.desk();
        if (!is_recovered() || d.live_orders != d.settling_orders) return false;
        for (std::uint32_t g = 0; g < engine.config().groups.size(); ++g) {
            if (!engine.is_flat(GroupIx{g})) return false;
        }
        // What others did and nobody told is found by reads, as at the end of a run.
        if (others_trade_) return desk_.is_settled();
        // (Of these a schedule ends when they have ended their trading.)
        const auto has_exited = [&](const auto& one) { return one.has_exited(engine); };
        return std::ranges::all_of(desk_.brackets(), has_exited) &&
               std::ranges::all_of(desk_.guardians(), has_exited) &&
               std::ranges::all_of(desk_.pairs(), has_exited) &&
               std::ranges::all_of(desk_.quoters(), has_exited);
    }

    [[nodiscard]] std::size_t mark() const override { return desk_.engine().store().undo_mark(); }
    void back_to(std::size_t mark) override { desk_.engine().store().undo_to(mark); }
    [[nodiscard]] bool is_unchanged_since(std::size_t mark) const override {
        return desk_.engine().store().undo_mark() == mark;
    }
    [[nodiscard]] bool joins_facts() const override { return true; }
    [[nodiscard]] bool is_through_with(ClOrdID id) const override {
        const core::Order* order = desk_.engine().recall_order(id);
        return order != nullptr && order->was_over != 0;
    }
    [[nodiscard]] std::uint64_t hash(Duration far) const override {
        return desk_.decision_hash(core::Engine::HashOf::World, far);
    }
    [[nodiscard]] bool is_half_used() const override {
        for (std::uint32_t a = 0; a < desk_.engine().config().accounts.size(); ++a) {
            if (desk_.engine().is_half_used(AccountIx{a})) return true;
        }
        return false;
    }
    [[nodiscard]] Reads reads(AccountIx a) const override {
        const core::Account& account = desk_.engine().account(a);
        const core::EngineConfig& config = desk_.engine().config();
        const VenueTraits& venue = config.venues[config.accounts[a.value()].venue.value()];
        Reads out{.fills_from = account.fills_through - venue.clock_error};
        static_assert(std::tuple_size_v<decltype(account.reads)> + 1 == out.in_flight.size());
        for (std::size_t n = 0; n < account.reads.size(); ++n) {
            out.in_flight[n] = account.reads[n].in_flight;
        }
        out.in_flight.back() = account.beat;
        return out;
    }

    // It becomes what the record makes of it; what it says again is not sent again. A search steps
    // back and dies again soon after: most of the record is that of the last time.
    void come_back(std::span<const Event> record, std::size_t known) override {
        Store& shadow = shadow_.engine().store();
        if (known < shadow_marks_.size()) shadow.undo_to(shadow_marks_[known]);
        shadow_marks_.resize(known);
        for (const Event& event : record.subspan(known)) {
            shadow_marks_.push_back(shadow.undo_mark());
            shadow_.step(event, scratch_);
        }
        desk_.engine().store().become(shadow_.words());
    }

    [[nodiscard]] Rule broken_rule(const World& world) const override;
    [[nodiscard]] Situation situation() const override;
    [[nodiscard]] const strategy::Desk* desk() const override { return &desk_; }

private:
    struct Quoted {
        Interval<Units> all{};
        Units at_hedge_venue;
    };
    [[nodiscard]] std::optional<Quoted> quoted_of(const core::GroupConfig& group,
                                                  const World& world) const;
    [[nodiscard]] std::optional<bool> hedges(const core::GroupConfig& group,
                                             const sim::TrueOrder& order) const;
    [[nodiscard]] bool repeats_cancels() const;
    [[nodiscard]] Rule broken_of(const World& world, const strategy::Bracket& bracket) const;
    [[nodiscard]] Rule broken_of(const strategy::Guardian& guardian) const;
    [[nodiscard]] bool is_truth_inside(const World& world, InstrumentIx instrument) const;
    [[nodiscard]] bool agrees_at_end(const World& world, InstrumentIx instrument) const;
    [[nodiscard]] Rule broken_of(const World& world, const sim::Venue& venue, std::uint32_t place,
                                 const core::Order& known) const;
    [[nodiscard]] Rule broken_of(const World& world, const core::GroupConfig& group,
                                 bool with_outside) const;
    [[nodiscard]] bool is_recovered() const {
        return desk_.engine().desk().recovery == core::Recovery::Done;
    }

    strategy::Desk desk_;
    strategy::Desk shadow_; // from where the search begins, it becomes what a record makes of it
    bool others_trade_;
    std::vector<std::size_t> shadow_marks_; // before each event of that record
    Commands scratch_{4'096};
};

Situation KeelSubject::situation() const {
    const core::Engine& engine = desk_.engine();
    if (!is_recovered()) return Situation::Restarting;
    bool is_unknown = false;
    bool is_hedging = false;
    bool is_canceling = false;
    bool is_resting = false;
    engine.each_order([&](const core::Order& order) {
        if (order.was_over != 0) return;
        is_unknown = is_unknown || (order.flags & core::order_flag::unknown) != 0;
        is_hedging = is_hedging || order.role == core::Role::Hedge;
        is_canceling = is_canceling || (order.flags & core::order_flag::want_gone) != 0;
        is_resting = true;
    });
    if (is_unknown) return Situation::Unknown;
    if (is_hedging) return Situation::Hedging;
    if (is_canceling) return Situation::CancelPending;
    return is_resting ? Situation::Resting : Situation::Idle;
}

// Is this an order that hedges? At the hedge venue all are that open something, but for the second
// leg of an entry whose legs leave together; which of them is one the desk knows, and of what a
// life before has sent and forgotten nobody does.
std::optional<bool> KeelSubject::hedges(const core::GroupConfig& group,
                                        const sim::TrueOrder& order) const {
    if (order.instrument != group.hedge_via) return false;
    const auto enters_together = [&](const strategy::Pair& pair) {
        return pair.config().second == group.hedge_via &&
               pair.config().legs == strategy::PairLegs::Parallel;
    };
    if (std::ranges::none_of(desk_.pairs(), enters_together)) return true;
    const core::Order* known = desk_.engine().recall_order(order.cl_ord_id);
    if (known == nullptr || known->role == core::Role::Recovered) return std::nullopt;
    return known->role != core::Role::Quote;
}

// What quotes and entries have bought and sold. What was bought may be hedged though as much was
// sold meanwhile: then the group owes the other way. So it does where closes take down what quotes
// have made. None: it cannot be told.
std::optional<KeelSubject::Quoted> KeelSubject::quoted_of(const core::GroupConfig& group,
                                                          const World& world) const {
    Quoted out;
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        const sim::Venue& venue = world.venue(v);
        for (std::uint32_t n = 0; n < venue.order_count(); ++n) {
            const sim::TrueOrder order = venue.order(n);
            if (order.reduce_only ||
                std::ranges::find(group.members, order.instrument) == group.members.end()) {
                continue;
            }
            const std::optional<bool> is_hedge = hedges(group, order);
            if (!is_hedge) return std::nullopt;
            if (*is_hedge) continue;
            const Units size = desk_.engine().in_units(order.instrument, order.cum_qty);
            const Units made = order.side == Side::Buy ? size : -size;
            (made > Units{0} ? out.all.high : out.all.low) += made;
            if (order.instrument == group.hedge_via) out.at_hedge_venue += made;
        }
    }
    return out;
}

// Whatever else holds things back, an order that has to go is asked to again within the bound (law
// 5): not only once the venue refused, and not only where the desk has time.
bool KeelSubject::repeats_cancels() const {
    const core::Engine& engine = desk_.engine();
    const Timestamp by = engine.now() + engine.config().audits.cancel_repeat;
    bool out = true;
    engine.each_order([&](const core::Order& order) {
        const bool has_to_go =
            (order.flags & core::order_flag::want_gone) != 0 && order.was_over == 0;
        if (has_to_go) out = out && order.list == core::OrderList::Cancel && order.when <= by;
    });
    return out;
}

// What the desk knows of an order against what is true of it.
Rule KeelSubject::broken_of(const World& world, const sim::Venue& venue, std::uint32_t place,
                            const core::Order& known) const {
    const core::Engine& engine = desk_.engine();
    const sim::TrueOrder order = venue.order(place);
    const AccountIx account = engine.config().instruments[known.instrument.value()].account;
    const Timestamp through = engine.account(account).fills_through - stamps_ahead;
    // An amend may have made another order of it there, under the same id.
    Lots executed{0};
    Lots told{0}; // of that, what a read up to the mark showed
    for (std::uint32_t leg = 0; leg < venue.order_count(); ++leg) {
        const sim::TrueOrder one = venue.order(leg);
        if (one.cl_ord_id != order.cl_ord_id) continue;
        executed += one.cum_qty + one.returned; // (that it failed may not be known yet)
        told += venue.cum_qty_at(leg, through);
    }
    if (engine.cum_qty(known) > executed) return Rule::BookedWasFilled;
    // (Of an order that a life before has sent and forgotten nobody knows what was meant.)
    const bool is_as_sent = known.amend_no == 0 && known.role != core::Role::Recovered;
    if (is_as_sent && (order.qty != known.qty || order.cum_qty > known.qty)) {
        return Rule::RemainingNotNegative;
    }
    // An amend may have made it too much: what is known to be is taken back at once.
    // (Where an amend speaks of the total the venue leaves no more than that.)
    const core::Derived d = engine.derived(known);
    const bool is_answered = known.amend_no != 0 && (known.asked & pending::amend) == 0 &&
                             engine.traits(known.instrument).amend_qty != AmendQty::Total;
    const bool stays = (known.flags & core::order_flag::want_gone) == 0;
    if (is_answered && stays && d.done + d.resting > known.qty) return Rule::RemainingNotNegative;
    const bool closes = known.role == core::Role::Close || known.role == core::Role::Sweep ||
                        known.role == core::Role::Protect;
    if (closes && !order.reduce_only) return Rule::CloseNeverOpens;
    // (An operator may say that what is missing there is not asked for any more.)
    if (has_act(world.scenario(), Act::AcceptFillGap)) return Rule::None;
    // (What has failed to settle was executed, and is known to be taken back.)
    return told > engine.executed_qty(known) ? Rule::FillsKnownThroughMark : Rule::None;
}

// A position that is known has its stop within the bound, as far as the desk can know; and nothing
// protects what it knows to be gone.
Rule KeelSubject::broken_of(const World& world, const strategy::Bracket& bracket) const {
    const core::Engine& engine = desk_.engine();
    const InstrumentIx instrument = bracket.config().instrument;
    const Timestamp bare = bracket.bare_since(engine);
    if (bare != Timestamp{} && engine.now() - bare > bracket.config().protected_within) {
        return Rule::ProtectedInTime;
    }
    bool has_ghost = false;
    for (const PositionSide side : world.sides_of(instrument)) {
        const bool is_known_flat = world.held(instrument, side) == Lots{0} &&
                                   sum_certain(engine.position(instrument, side)) == Lots{0};
        if (!is_known_flat) continue;
        engine.each_order([&](const core::Order& order) {
            const bool stays = order.instrument == instrument && order.position_side == side &&
                               order.role == core::Role::Protect && order.was_over == 0 &&
                               (order.flags & core::order_flag::want_gone) == 0;
            has_ghost = has_ghost || stays;
        });
    }
    return has_ghost ? Rule::NoGhost : Rule::None;
}

// What shall be flat has one close at a time, and is flat within its bound.
Rule KeelSubject::broken_of(const strategy::Guardian& guardian) const {
    const core::Engine& engine = desk_.engine();
    for (std::uint32_t ix = 0; ix < guardian.legs().size(); ++ix) {
        const strategy::Guardian::Leg& leg = guardian.legs()[ix];
        std::size_t closes = 0;
        engine.each_order([&](const core::Order& order) {
            const bool is_close =
                order.role == core::Role::Close || order.role == core::Role::Sweep;
            closes += is_close && order.instrument == leg.instrument &&
                              order.position_side == leg.side && order.was_over == 0
                          ? 1U
                          : 0U;
        });
        if (closes > 1) return Rule::OneOrderForIntent;
        const strategy::WatchState& s = guardian.state(engine, ix);
        if (s.stage == strategy::Stage::Closing &&
            engine.now() - s.closing_since > guardian.config().closed_within) {
            return Rule::ReducesInTime;
        }
    }
    return Rule::None;
}

bool is_hedged(const core::EngineConfig& config, InstrumentIx instrument) {
    return std::ranges::any_of(config.groups, [&](const core::GroupConfig& group) {
        return std::ranges::find(group.members, instrument) != group.members.end();
    });
}

// What others did with the account may not be known yet. Of a position that no group hedges it is
// known which part of it is believed to be theirs.
bool KeelSubject::is_truth_inside(const World& world, InstrumentIx instrument) const {
    const core::Engine& engine = desk_.engine();
    const auto is_inside = [&](PositionSide side) {
        const core::Position& p = engine.position(instrument, side);
        const auto [low, high] = engine.interval(p);
        const Lots held = world.held(instrument, side);
        Lots ours = held - world.outside(instrument, side);
        if (!is_hedged(engine.config(), instrument)) ours += p.foreign + p.adjusted;
        return max(held, ours) >= low && min(held, ours) <= high;
    };
    return std::ranges::all_of(world.sides_of(instrument), is_inside);
}

// All that is known of a position, whoever made it; where a group is hedged, what is the group's.
bool KeelSubject::agrees_at_end(const World& world, InstrumentIx instrument) const {
    const core::Engine& engine = desk_.engine();
    const bool has_group = is_hedged(engine.config(), instrument);
    if (has_group && !world.has_outside()) {
        return engine.certain(instrument) == world.held(instrument);
    }
    const VenueIx venue = engine.spec(instrument).venue;
    const bool is_told =
        world.scenario().venues[venue.value()].outside_told == sim::OutsideTold::All;
    const auto agrees = [&](PositionSide side) {
        const Lots held = world.held(instrument, side);
        const Lots known = sum_certain(engine.position(instrument, side)); // foreign fills, too
        if (known == held) return true;
        return (has_group || !is_told) && known == held - world.outside(instrument, side);
    };
    return std::ranges::all_of(world.sides_of(instrument), agrees);
}

// At the venues: nothing is held that could be closed, and nothing rests.
bool is_flat(const World& world) {
    const core::EngineConfig& engine = world.scenario().desk.engine;
    for (std::uint32_t i = 0; i < engine.instruments.size(); ++i) {
        const InstrumentIx instrument{i};
        const bool has_group = std::ranges::any_of(engine.groups, [&](const auto& group) {
            return std::ranges::find(group.members, instrument) != group.members.end();
        });
        const Lots least = has_group ? Lots{1} : engine.instruments[i].instrument.min_qty;
        for (const PositionSide side : world.sides_of(instrument)) {
            if (abs(world.held(instrument, side)) >= least) return false;
        }
    }
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        if (world.venue(v).open_order_count() != 0) return false;
    }
    return true;
}

// What is true of a group, with what others made of its positions or without.
Rule KeelSubject::broken_of(const World& world, const core::GroupConfig& group,
                            bool with_outside) const {
    Units net;
    Units made;
    for (const InstrumentIx member : group.members) {
        const Lots others = with_outside ? Lots{0} : world.outside(member);
        const Units held = desk_.engine().in_units(member, world.held(member) - others);
        net += held;
        if (member != group.hedge_via) made += held;
    }
    if (abs(net) > group.exposure_limit) return Rule::ExposureWithinLimit;
    // (A group that is even is looked at no further: this is asked at each step.)
    if (net == Units{0}) return Rule::None;
    const std::optional<Quoted> quoted = quoted_of(group, world);
    if (!quoted) return Rule::None;
    made += quoted->at_hedge_venue;
    if ((made >= Units{0} && net < Units{0}) || (made <= Units{0} && net > Units{0})) {
        const Units hedged = made - net;
        if (hedged < quoted->all.low || hedged > quoted->all.high) return Rule::HedgedOnce;
    }
    return Rule::None;
}

Rule KeelSubject::broken_rule(const World& world) const {
    const core::Engine& engine = desk_.engine();
    const core::EngineConfig& config = engine.config();
    // What is true, whatever the desk believes.
    if (world.was_lease_outlived()) return Rule::NothingSentWithoutLease;
    for (const core::GroupConfig& group : config.groups) {
        const Rule all = broken_of(world, group, true);
        // What others made is the group's or it is not: the desk may see it either way.
        const bool is_forgiven = all != Rule::None && world.has_outside() &&
                                 broken_of(world, group, false) == Rule::None;
        if (all != Rule::None && !is_forgiven) return all;
    }
    if (!world.is_alive() || engine.desk().recovery != core::Recovery::Done) return Rule::None;
    if (engine.desk().surprises != 0 && !world.has_outside()) return Rule::NoFalseAlarm;
    if (engine.desk().killed != 0 && engine.desk().kill_certified != 0 && !is_flat(world)) {
        return Rule::CertifiedIsFlat;
    }
    for (std::uint32_t i = 0; i < config.instruments.size(); ++i) {
        if (!is_truth_inside(world, InstrumentIx{i})) return Rule::TruthInsideInterval;
    }
    if (!repeats_cancels()) return Rule::CancelsAreRepeated;
    for (const strategy::Bracket& bracket : desk_.brackets()) {
        if (const Rule rule = broken_of(world, bracket); rule != Rule::None) return rule;
    }
    for (const strategy::Guardian& guardian : desk_.guardians()) {
        if (const Rule rule = broken_of(guardian); rule != Rule::None) return rule;
    }
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        const sim::Venue& venue = world.venue(v);
        for (std::uint32_t a = 0; a < venue.order_count(); ++a) {
            const sim::TrueOrder order = venue.order(a);
            const core::Order* known = engine.recall_order(order.cl_ord_id);
            if (known != nullptr) {
                const Rule rule = broken_of(world, venue, a, *known);
                if (rule != Rule::None) return rule;
            }
            if (!order.is_open) continue;
            if (known == nullptr) return Rule::NoForgottenOrder;
            if (is_return_unheard(engine, *known, order)) continue;
            if (core::is_settled(*known)) return Rule::ClosedStaysClosed;
            if (known->role != core::Role::Quote ||
                (known->flags & core::order_flag::want_gone) != 0) {
                continue;
            }
            for (std::uint32_t b = 0; b < a; ++b) {
                const sim::TrueOrder other = venue.order(b);
                if (!other.is_open || other.instrument != order.instrument ||
                    other.side != order.side || other.cl_ord_id == order.cl_ord_id) {
                    continue;
                }
                const core::Order* twin = engine.recall_order(other.cl_ord_id);
                if (twin != nullptr && is_return_unheard(engine, *twin, other)) continue;
                if (twin != nullptr && twin->role == core::Role::Quote &&
                    twin->intent == known->intent &&
                    (twin->flags & core::order_flag::want_gone) == 0) {
                    return Rule::OneOrderForIntent;
                }
            }
        }
    }
    if (!world.is_terminal()) return Rule::None;
    for (std::uint32_t i = 0; i < config.instruments.size(); ++i) {
        if (!agrees_at_end(world, InstrumentIx{i})) return Rule::EndsFlat;
    }
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        const sim::Venue& venue = world.venue(v);
        if (venue.open_order_count() != 0) return Rule::EndsFlat;
    }
    for (std::uint32_t g = 0; g < config.groups.size(); ++g) {
        // What the hedge venue takes no order for is residue, and may be left.
        const InstrumentIx via = config.groups[g].hedge_via;
        const Lots least = config.instruments[via.value()].instrument.min_qty;
        if (abs(engine.certain(GroupIx{g})) >= engine.in_units(via, least)) return Rule::EndsFlat;
    }
    return Rule::None;
}

} // namespace

void Subject::take_turn(std::uint32_t /*task*/, Timestamp /*now*/, Commands& /*commands*/) {
    KEEL_ASSERT(false, "only a subject with tasks of its own takes turns");
}

std::string Subject::turn_words(std::uint32_t task) const { return "task " + std::to_string(task); }

std::unique_ptr<Subject> make_subject(const Scenario& scenario) {
    if (scenario.subject != nullptr) return scenario.subject->make(scenario);
    return std::make_unique<KeelSubject>(scenario);
}

} // namespace keel::explore
