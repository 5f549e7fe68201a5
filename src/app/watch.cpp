#include "app/watch.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/alarm_text.hpp"

namespace keel::app {

Watch::Watch(const RunConfig& config, Timestamp start, OnAlarm on_alarm)
    : config_(config), start_(start), on_alarm_(std::move(on_alarm)), quoting_(config.desk),
      guarding_(config.desk), posting_(config.desk), closings_(config.desk) {}

void Watch::on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) {
    for (world::RecordSink* sink : sinks_) sink->on_command(seq, at, command);
    if (const auto* order = std::get_if<NewOrderSingle>(&command)) {
        quoting_.on_order(*order);
        posting_.on_order(*order);
    }
    if (const auto* notice = std::get_if<Notice>(&command)) {
        guarding_.on_notice(*notice);
        closings_.on_notice(*notice);
    }
    const auto* alarm = std::get_if<Alarm>(&command);
    if (alarm == nullptr) return;
    AlarmWords words = words_of(*alarm, config_);
    const AlarmRow row{at - start_, std::string{world::to_string(alarm->kind)},
                       std::move(words.where), std::move(words.what), std::move(words.release)};
    keep(alarm->kind, row);
    const bool is_latched =
        alarm->limit == Limit::MaxLossSession || alarm->limit == Limit::MaxRoundsWithoutHuman;
    if (is_latched && stops_.size() < kept_each_end) stops_.push_back(row);
    for (CapacityStop& stop : capacity_stops_) {
        if (alarm->kind != AlarmKind::CapacityReached || alarm->limit != stop.limit) continue;
        if (stop.times++ == 0) stop.first = row;
    }
    if (on_alarm_) on_alarm_(row);
}

void Watch::keep(AlarmKind kind, const AlarmRow& row) {
    Kept& kept = kept_[static_cast<std::size_t>(kind)];
    const std::uint64_t number = kept.count++;
    ++told_;
    if (number < kept_each_end) {
        kept.first.emplace_back(told_, row);
    } else if (kept.last.size() < kept_each_end) {
        kept.last.emplace_back(told_, row);
    } else {
        kept.last[number % kept_each_end] = {told_, row};
    }
}

std::vector<AlarmRow> Watch::alarms() const {
    std::vector<std::pair<std::uint64_t, AlarmRow>> all;
    for (const Kept& kept : kept_) {
        all.insert(all.end(), kept.first.begin(), kept.first.end());
        all.insert(all.end(), kept.last.begin(), kept.last.end());
    }
    std::ranges::sort(all, {}, [](const auto& row) { return row.first; });
    std::vector<AlarmRow> out;
    out.reserve(all.size());
    for (auto& [number, row] : all) out.push_back(std::move(row));
    return out;
}

void Watch::on_event(const Event& event) {
    for (world::RecordSink* sink : sinks_) sink->on_event(event);
}
void Watch::on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) {
    for (world::RecordSink* sink : sinks_) sink->on_hash(seq, at, state_hash);
}
void Watch::on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                        std::span<const std::uint64_t> words) {
    for (world::RecordSink* sink : sinks_) sink->on_snapshot(seq, state_hash, words);
}
void Watch::lose_tail(std::uint32_t events) {
    for (world::RecordSink* sink : sinks_) sink->lose_tail(events);
}
void Watch::on_end(std::uint64_t seq, std::uint64_t state_hash) {
    for (world::RecordSink* sink : sinks_) sink->on_end(seq, state_hash);
}
Result<void> Watch::status() const {
    for (const world::RecordSink* sink : sinks_) {
        if (auto ok = sink->status(); !ok) return ok;
    }
    return {};
}

} // namespace keel::app
