#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/closings.hpp"
#include "app/guarding.hpp"
#include "app/posting.hpp"
#include "app/quoting.hpp"
#include "app/report.hpp"
#include "app/run_config.hpp"
#include "world/record.hpp"
#include "world/result.hpp"

namespace keel::app {

// Listens where the record is written, for the person at the desk: every alarm is told as it comes
// and the first and last of each kind are kept; quotes are counted, and what guardians do, and how
// brackets' positions end. What it hears it passes on.
class Watch final : public world::RecordSink {
public:
    using OnAlarm = std::function<void(const AlarmRow&)>;
    static constexpr std::size_t kept_each_end = 20; // of a kind

    Watch(const RunConfig& config, Timestamp start, OnAlarm on_alarm);
    void pass_on_to(world::RecordSink& sink) { sinks_.push_back(&sink); }
    // Now and then: what keeps a pair from quoting.
    void look(const core::Engine& engine) { quoting_.look(engine); }

    void on_event(const Event& event) override;
    void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) override;
    void on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) override;
    void on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                     std::span<const std::uint64_t> words) override;
    void lose_tail(std::uint32_t events) override;
    void on_end(std::uint64_t seq, std::uint64_t state_hash) override;
    [[nodiscard]] Result<void> status() const override;

    // By time: of each kind the first and the last.
    [[nodiscard]] std::vector<AlarmRow> alarms() const;
    // Times since the start at which a limit that only a person lifts stopped new risk, by name.
    [[nodiscard]] const std::vector<AlarmRow>& stops() const { return stops_; }
    struct CapacityStop { // how often one of the desk's capacities stopped new risk
        Limit limit = Limit::None;
        std::string_view knob; // its key in [desk.capacities]
        std::uint64_t times = 0;
        AlarmRow first;
    };
    [[nodiscard]] const std::array<CapacityStop, 3>& capacity_stops() const {
        return capacity_stops_;
    }
    [[nodiscard]] const Quoting& quoting() const { return quoting_; }
    [[nodiscard]] const Guarding& guarding() const { return guarding_; }
    [[nodiscard]] const Posting& posting() const { return posting_; }
    [[nodiscard]] const Closings& closings() const { return closings_; }

private:
    struct Kept {
        std::uint64_t count = 0;
        std::vector<std::pair<std::uint64_t, AlarmRow>> first; // with their number of all alarms
        std::vector<std::pair<std::uint64_t, AlarmRow>> last;  // a ring
    };
    void keep(AlarmKind kind, const AlarmRow& row);

    const RunConfig& config_;
    Timestamp start_;
    OnAlarm on_alarm_;
    std::vector<world::RecordSink*> sinks_;
    Quoting quoting_;
    Guarding guarding_;
    Posting posting_;
    Closings closings_;
    std::array<Kept, world::alarm_kind_count> kept_;
    std::uint64_t told_ = 0;
    std::vector<AlarmRow> stops_;
    std::array<CapacityStop, 3> capacity_stops_{{{Limit::Capacity, "orders", 0, {}},
                                                 {Limit::LegCapacity, "legs", 0, {}},
                                                 {Limit::FillCapacity, "fills", 0, {}}}};
};

} // namespace keel::app
