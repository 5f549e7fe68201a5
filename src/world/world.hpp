#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/auditor.hpp"
#include "audit/venue_books.hpp"
#include "model/command.hpp"
#include "sim/venue.hpp"
#include "strategy/desk.hpp"
#include "world/crash_plan.hpp"
#include "world/lease.hpp"
#include "world/market_feed.hpp"
#include "world/outside_plan.hpp"
#include "world/record.hpp"
#include "world/record_file.hpp"
#include "world/recovery_log.hpp"
#include "world/result.hpp"
#include "world/signal_source.hpp"

namespace keel::world {

// One part broken on purpose, so that tests can show who notices. No config file can set it. What
// is empty is whole.
struct Breakage {
    std::function<void(CommandBody&)> leaves;       // the desk: sends this instead
    std::function<void(CommandBody&)> arrives;      // the venue: takes it for this
    std::function<void(sim::TrueFill&)> trades;     // the venue's tape: shows this instead
    std::function<void(sim::TrueFunding&)> settles; // and of its funding
};

struct WorldConfig {
    strategy::DeskConfig desk;            // has passed make_desk_config()
    std::vector<sim::VenueConfig> venues; // by VenueIx
    sim::FaultProfile faults;
    std::vector<SignalSource> signals; // what the desk is told beside its venues
    std::vector<OutsideRates> outside; // by instrument; not there: nobody else trades
    std::uint64_t seed = 1;
    Timestamp start{seconds(1'000'000).value()};
    Duration duration{seconds(3'600)};   // then the operator ends it,
    Act ends_with = Act::WindDown;       // like this (or by Act::Kill),
    Duration settle_max{seconds(1'800)}; // and the desk has this long to settle
    LeaseTerms lease;
    std::uint32_t first_epoch = 1;
    std::uint32_t hash_every = 1'000; // events between two state hashes in record and hash file
    std::uint64_t snapshot_every = 65'536; // events between two snapshots
    std::uint64_t progress_every = 65'536; // steps between two calls of the progress callback
    bool is_audited = true;
    Breakage broken; // tests only
};

// What the caller is told now and then, and what it may answer.
struct Progress {
    Timestamp now;
    std::uint32_t done_ppm = 0; // of the market's duration
    bool is_settling = false;
    std::uint64_t events = 0;
};
enum class Go : std::uint8_t {
    On,
    WindDown, // an interrupt: settle now
    Stop,     // at once
};
using OnProgress = std::function<Go(const Progress&)>;

// Where the outputs of a run go, if anywhere; not owned, and they outlive the world.
struct Outputs {
    RecordSink* record = nullptr;
    HashFile* hashes = nullptr;
};

// All that a world is. A copy of it still looks at the books of its original: World mends that.
class WorldState {
protected:
    WorldState(WorldConfig config, std::vector<MarketFeed> feeds);

    std::shared_ptr<const WorldConfig> config_;
    std::vector<sim::Venue> venues_;
    std::vector<MarketFeed> feeds_;
    std::vector<Timestamp> feed_at_; // next_at() of each feed
    std::vector<SignalSource> signals_;
    std::vector<Timestamp> signal_at_;   // next_at() of each
    std::vector<Signal> newest_signals_; // of each instrument and kind that was told
    std::vector<std::uint32_t> venue_of_account_;
    std::vector<std::vector<InstrumentIx>> group_of_; // by instrument: itself, or all of its group
    std::optional<strategy::Desk> desk_;              // none: the process is dead
    Timestamp wake_at_{never};
    bool is_wake_stale_ = false; // the desk has stepped since wake_at_ was asked for
    Commands commands_;
    std::vector<EventBody> heard_;
    std::optional<audit::VenueBooks> books_;
    std::optional<audit::Auditor> auditor_;

    bool is_recovery_kept_;
    RecoveryLog recovery_;
    LeaseArbiter lease_;
    CrashPlan crashes_;
    OutsidePlan outside_;
    CrashPlan::Crash crash_; // the last one
    Timestamp restart_at_{never};

    Timestamp now_;
    Timestamp wind_down_at_;
    Timestamp deadline_{never};
    Event event_;
    std::uint64_t seq_ = 0;    // of the last event in the record
    std::uint64_t events_ = 0; // ever told
    std::uint64_t market_moves_ = 0;
    std::uint64_t steps_ = 0;
    Timestamp last_wake_;
    std::uint32_t wakes_in_place_ = 0; // wake-ups at last_wake_
    std::uint64_t crash_count_ = 0;
    std::array<std::uint64_t, alarm_kind_count> alarms_{};
    Timestamp ended_at_{never};
    bool is_winding_down_ = false;
    bool is_interrupted_ = false;
    bool is_over_ = false;
    Ending ending_ = Ending::Settled;
    std::string error_;
};

// A desk, its venues and their market under one virtual clock, with an auditor beside them. The
// same config, feeds and seed give the same run, event for event.
//
// A value: a copy taken at any moment, between crash and restart too, steps on by itself and does
// exactly what its original would do. What never changes (configs, recordings, fitted tables) is
// shared by all copies.
//
// step() does the one thing that comes next. What comes at the same time comes in this order:
// market moves (by venue), what others do with an account (not after the wind-down), what venues
// deliver (by venue), signals (by source), crash or restart, renewal of the lease, the operator's
// wind-down, the desk's own wake-up.
//
// A desk that is down hears no signal. What its sources say is told to its next life: of each
// instrument and kind the newest, if it is still valid, whether or not it was heard before. After
// the wind-down there are no targets any more.
class World : private WorldState {
public:
    // `feeds` by venue; that of a venue without a market is empty.
    World(WorldConfig config, std::vector<MarketFeed> feeds, Outputs outputs = {});
    // Two runs cannot share a record: a copy writes nowhere until it is given outputs of its own.
    World(const World& other) : WorldState(other) { look_at_own_venues(); }
    World& operator=(const World& other);
    ~World() = default;
    // From the next event on.
    void set_outputs(Outputs outputs) { outputs_ = outputs; }

    // False: it is over, and nothing was done.
    bool step();
    // To the end, calling `progress` every `progress_every` steps.
    RunResult run(const OnProgress& progress = {});
    // As if the market's time were over.
    void interrupt();
    // After the last step; before it, the state as it is.
    [[nodiscard]] RunResult result() const;

    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] Timestamp now() const { return now_; }
    [[nodiscard]] bool is_desk_alive() const { return desk_.has_value(); }
    [[nodiscard]] const strategy::Desk& desk() const { return *desk_; }
    [[nodiscard]] const sim::Venue& venue(VenueIx ix) const { return venues_[ix.value()]; }
    [[nodiscard]] const audit::Auditor& auditor() const { return *auditor_; }
    [[nodiscard]] std::uint64_t state_hash() const;
    [[nodiscard]] std::uint64_t desk_hash() const; // 0: it is down
    [[nodiscard]] std::uint64_t events() const { return events_; }

private:
    enum class Source : std::uint8_t {
        Market,
        Outside,
        Venue,
        Signal,
        Life,
        Lease,
        WindDown,
        Deadline,
        Wake
    };
    struct Next {
        Timestamp at{never};
        Source source = Source::Wake;
        std::uint32_t place = 0;
        void consider(Timestamp when, Source what, std::uint32_t where = 0) {
            if (when < at) *this = {when, what, where};
        }
    };
    [[nodiscard]] Next next();
    void look_at_own_venues();

    void move_market(std::uint32_t venue);
    void act_from_outside();
    void advance_venue(std::uint32_t venue);
    void note_fills(std::uint32_t venue);
    void note_funding(std::uint32_t venue);
    void tell_signal(std::uint32_t place);
    void keep_newest(const Signal& signal);
    void repeat_signals();
    [[nodiscard]] bool is_due(const Signal& signal) const;
    void wake();
    void renew_leases();
    void wind_down();
    void crash();
    void restart();
    void begin_life(bool is_restart);
    void recover();
    void deliver(const EventBody& body);
    void send(const CommandBody& command);
    void keep_record();
    void check_intervals();
    void check_intervals(InstrumentIx about);
    void check_interval(InstrumentIx instrument);
    [[nodiscard]] audit::PositionBelief belief_of(InstrumentIx instrument, PositionSide side) const;
    void check_intervals_after(const EventBody& body);
    [[nodiscard]] bool is_trusted() const;
    void end(Ending ending);

    Outputs outputs_;
};

} // namespace keel::world
