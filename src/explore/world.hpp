#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/hash.hpp"
#include "explore/choice.hpp"
#include "explore/rule.hpp"
#include "explore/scenario.hpp"
#include "explore/subject.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::explore {

// A subject, venues and what is under way between them, as one value that is stepped by choices,
// stepped back, and hashed. Unless the scenario names another subject, it is Keel's desk, and the
// desk and the venues are the ones that `keel run` drives.
//
// Time does not flow: it moves when the subject's timer is chosen, to the time it was set for. A
// venue tells what happens to its orders apart by nanoseconds of its own, so that a read can show
// them as of before. What does not change them takes no time: it could not be told apart.
class World {
public:
    explicit World(std::shared_ptr<const Scenario> scenario);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // What may happen next, in a fixed order. `faults_left`: how many faults may still be chosen,
    // `kinds`: of which kinds.
    void enabled(std::uint32_t faults_left, std::vector<Choice>& out,
                 FaultSet kinds = all_faults) const;
    [[nodiscard]] bool is_enabled(const Choice& choice, std::uint32_t faults_left) const;
    void apply(const Choice& choice);
    // Delivers, one after the other, what tells the desk nothing new: it never will, as facts are
    // joined, so it need not wait. What was delivered is added to `told`.
    void tell_what_is_known(std::vector<Choice>& told);
    // The same, and what happens next where nothing else can, until there is a choice, a rule is
    // broken, or nothing is left. What happened is added to `made`; returns the rule.
    Rule go_on_where_forced(std::uint32_t faults_left, std::vector<Choice>& made);
    // How often something was made to happen, on whatever way; without a choice, and to be taken
    // back, too.
    [[nodiscard]] std::uint64_t applied() const { return applied_; }
    // Everything has happened, the desk has settled: nothing more is explored from here.
    [[nodiscard]] bool is_terminal() const;
    // The rule that this state breaks, if any.
    [[nodiscard]] Rule broken_rule() const { return subject_->broken_rule(*this); }

    // What stepping back needs.
    struct Mark;
    [[nodiscard]] Mark mark() const;
    void back_to(const Mark& mark);

    // Over what can still change what happens. `faults_left` changes what a read may show.
    [[nodiscard]] std::uint64_t hash(std::uint32_t faults_left) const;

    // False, while no crash is to come any more or nobody asks for hash(): then what a crash would
    // go back to is not hashed with every event.
    void keep_tails(bool keeps) { keeps_tails_ = keeps; }

    // So much time has gone by that a timer of the desk, not far away, is beyond the scenario's
    // horizon: no search closes from here.
    [[nodiscard]] bool is_at_horizon() const;
    // The desk waits for nothing but a timer that is beyond it.
    [[nodiscard]] bool is_cut() const;
    // A budget or a rate of an account is half used, and from there on part of what is hashed:
    // states that were taken for one before might have differed (docs/explorer.md).
    [[nodiscard]] bool is_half_used() const;
    [[nodiscard]] static sim::FaultKind fault_kind(const Choice& choice); // of a fault

    [[nodiscard]] const Scenario& scenario() const { return *scenario_; }
    [[nodiscard]] std::shared_ptr<const Scenario> shared_scenario() const { return scenario_; }
    [[nodiscard]] Timestamp now() const { return own_.now; }
    [[nodiscard]] Duration elapsed() const { return own_.now - root_at_; }
    [[nodiscard]] bool is_alive() const { return own_.is_alive; }
    [[nodiscard]] const Subject& subject() const { return *subject_; }
    // Keel's own; null if another subject trades here.
    [[nodiscard]] const strategy::Desk* desk() const { return subject_->desk(); }
    [[nodiscard]] std::uint32_t venue_of(AccountIx account) const {
        return venue_of_account_[account.value()];
    }
    // From now on it is noted which guards of Keel's gate hold something back, on all ways.
    void watch_guards() { watches_guards_ = true; }
    [[nodiscard]] std::uint64_t guards_met() const { return guards_met_; } // a set of core::Guard
    // What its venue says we hold of an instrument; in hedge mode both sides together.
    [[nodiscard]] Lots held(InstrumentIx instrument) const;
    [[nodiscard]] Lots held(InstrumentIx instrument, PositionSide side) const;
    // Of it, what others made; and whether they have done anything yet.
    [[nodiscard]] Lots outside(InstrumentIx instrument) const;
    [[nodiscard]] Lots outside(InstrumentIx instrument, PositionSide side) const;
    [[nodiscard]] bool has_outside() const;
    // On which sides its venue may hold something.
    [[nodiscard]] std::span<const PositionSide> sides_of(InstrumentIx instrument) const;
    [[nodiscard]] const sim::Venue& venue(std::uint32_t ix) const { return venues_[ix]; }
    [[nodiscard]] std::uint32_t venue_count() const {
        return static_cast<std::uint32_t>(venues_.size());
    }
    // A request has left the desk, or has taken effect at a venue that minds validities, while the
    // desk held no lease.
    [[nodiscard]] bool was_lease_outlived() const { return own_.lease.was_outlived; }
    // What the last choice made the desk send, if nothing else has happened since: a crash may come
    // before the first of them leaves, or between two. A batch is one.
    [[nodiscard]] std::uint32_t just_sent() const;
    // What the last choice made the desk hear and send.
    [[nodiscard]] const std::vector<EventBody>& heard() const { return heard_; }
    [[nodiscard]] const std::vector<CommandBody>& sent() const { return sent_; }

private:
    static constexpr std::uint32_t crashes_max = 3; // of one schedule
    // What all crashes may lose, and what it is while it is down.
    static constexpr std::size_t tail_max = crashes_max * lost_tail_most + 1;
    static constexpr std::size_t forced_max = 64; // steps in a row: they might go on for ever
    struct Lease {                                // as the arbiter has it (arbiter.cpp)
        Timestamp until;
        Timestamp before_until;    // of the life before this one
        std::uint32_t epoch = 0;   // that it was granted to
        bool is_lost = false;      // no renewal comes
        bool was_outlived = false; // by a request
    };
    struct Own { // what is neither the desk's nor a venue's
        Timestamp now;
        std::array<Timestamp, 2> venue_at{}; // when the orders of each venue last changed
        std::uint64_t seq = 0;
        std::uint32_t epoch = 1;
        std::uint32_t recorded = 0; // events in the record
        std::uint32_t newest = 0;   // of them, in record_; 0: none
        std::uint32_t told = 0;     // ever recorded on this path, what crashes lost included
        std::array<std::uint8_t, lanes_max> done{};
        bool is_alive = true;
        bool is_asleep = false; // and alive
        std::uint8_t crashes = 0;
        std::uint8_t overtakings = 0;
        Lease lease;
        RequestID sent_from;            // the first that the last choice made it send
        std::uint64_t subject_hash = 0; // if is_hashed: of the subject as it stands
        bool is_hashed = false;
        // The subject before each of the last events, newest first: what a crash that loses them
        // goes back to. While it is down, the first is what it comes back as.
        struct Before {
            std::uint64_t hash = 0;
            Timestamp at;
        };
        std::array<Before, tail_max> tail{};
    };

public:
    struct Mark {
        Own own;
        std::size_t subject = 0;
        std::array<std::size_t, 2> venues{};
    };

private:
    [[nodiscard]] const sim::Venue& venue_with(InstrumentIx instrument) const;
    [[nodiscard]] std::uint64_t subject_hash() const;
    void happen(const Choice& choice);
    void open();
    void drain_opening(std::uint32_t venue);
    void tell(const EventBody& body);
    void tell_all();
    void send_all();
    void send(const CommandBody& command);
    // A venue's time as it stands...
    [[nodiscard]] Timestamp time_at(std::uint32_t venue) const;
    // ... and what may change its orders happens a nanosecond later. If it does change them, or is
    // a request, whose answer comes before those of later ones, the venue's time has moved on.
    template <class Act> void act_at(std::uint32_t venue, const Act& act);
    [[nodiscard]] Timestamp arrival_at(std::uint32_t venue);
    [[nodiscard]] const sim::Message& brought(const Choice& delivery) const;
    [[nodiscard]] bool is_question(const Choice& delivery) const;
    void crash(std::uint32_t lost, std::uint32_t unsent);
    void add_crashes(FaultSet faults, std::vector<Choice>& out) const;
    void add_stops_between_sends(FaultSet faults, std::vector<Choice>& out) const;
    [[nodiscard]] RequestID first_unsent(std::uint32_t unsent) const;
    bool add_at_once(FaultSet faults, std::vector<Choice>& out) const;
    void cut_off(); // from all venues
    void restart();
    void come_back_from_record();
    void begin_life(bool is_first);
    // Its process sleeps (pause.cpp).
    [[nodiscard]] bool may_fall_asleep() const;
    [[nodiscard]] bool may_sleep_until(Timestamp at) const;
    void add_pause_turns(std::vector<Choice>& out) const;
    void turn_pause(PauseTurn turn, std::uint32_t unsent);
    void take_over();
    [[nodiscard]] std::uint32_t asleep_count() const;
    [[nodiscard]] bool may_hear() const { return own_.is_alive && !own_.is_asleep; }
    [[nodiscard]] bool keeps_record() const {
        return has_lease() || (scenario_->faults & bit(sim::FaultKind::Crash)) != 0;
    }
    void list_twists();
    void note_guards();
    void repeat_acts();
    [[nodiscard]] Signal told_now(const Telling& telling) const;
    void repeat_signal(const Telling& telling);
    void add_deliveries(std::uint32_t v, std::uint32_t c, FaultSet faults,
                        std::vector<Choice>& out) const;
    void add_lapses(std::uint32_t v, std::vector<Choice>& out) const;
    [[nodiscard]] bool may_wake() const;
    [[nodiscard]] bool may_pass_to(Timestamp at) const;
    // The lease, where the scenario has one that ends.
    [[nodiscard]] bool has_lease() const { return scenario_->lease > Duration{}; }
    [[nodiscard]] bool holds_lease() const;
    [[nodiscard]] bool is_renewal_due() const;
    [[nodiscard]] bool waits_for_lease(Timestamp at) const;
    void add_lease_turns(FaultSet faults, std::vector<Choice>& out) const;
    void grant_lease();
    void turn_lease(LeaseTurn turn);
    void add_lease(Hasher& h) const;
    [[nodiscard]] bool is_under_way() const;    // anything, repeats of long ago apart
    [[nodiscard]] bool may_crash() const;       // now
    [[nodiscard]] bool may_crash_later() const; // or once it is awake
    [[nodiscard]] std::size_t lane_count() const;
    [[nodiscard]] const std::vector<Deed>& deeds_of(std::size_t lane) const;
    [[nodiscard]] const Deed* next_of(std::size_t lane) const; // null: it is through
    [[nodiscard]] bool lanes_are_through() const;
    [[nodiscard]] bool all_done() const;

    std::shared_ptr<const Scenario> scenario_;
    std::unique_ptr<Subject> subject_;
    std::vector<sim::Venue> venues_;
    std::vector<std::uint32_t> venue_of_account_;
    struct Befalling {
        sim::Twist twist = sim::Twist::None;
        FaultSet kind = 0; // its bit
    };
    // Of what the scenario has: out, in, and on a chain.
    std::array<std::vector<Befalling>, 3> twists_;
    [[nodiscard]] const std::vector<Befalling>& twists_of(std::uint32_t venue,
                                                          std::uint32_t channel) const;
    mutable Own own_; // (the hash in it is asked for by const functions)
    Timestamp root_at_;
    std::uint64_t applied_ = 0;
    bool keeps_tails_ = true;
    bool watches_guards_ = false;
    std::uint64_t guards_met_ = 0;
    // Events since the beginning of the search, each with the one before it: a crash that loses
    // some goes on from an earlier one, and stepping back finds those it lost.
    struct Recorded {
        Event event;
        std::uint64_t number = 0; // of all that were ever told, on whatever way
        std::uint32_t before = 0;
    };
    std::vector<Recorded> record_{1};
    std::uint64_t ever_told_ = 0;
    std::vector<Event> replay_;                 // the record that a life came back from last,
    std::vector<std::uint64_t> replay_numbers_; // and the numbers of its events
    std::vector<std::uint32_t> places_;
    std::vector<Choice> forced_;
    Commands commands_{4'096};
    Event event_;
    std::vector<EventBody> heard_;
    std::vector<CommandBody> sent_;
};

} // namespace keel::explore
