#include "world/record_ring.hpp"

#include "base/assert.hpp"

namespace keel::world {

RecordRing::Segment& RecordRing::current() {
    if (segments_.empty()) { // before the first snapshot: from the beginning
        Segment& first = segments_.emplace_back();
        first.writer = std::make_unique<RecordWriter>(tail_max_, first.out);
    }
    return segments_.back();
}

void RecordRing::on_event(const Event& event) {
    Segment& segment = current();
    segment.writer->on_event(event);
    ++segment.events;
}

void RecordRing::on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) {
    current().writer->on_command(seq, at, command);
}

void RecordRing::on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) {
    current().writer->on_hash(seq, at, state_hash);
}

void RecordRing::on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                             std::span<const std::uint64_t> words) {
    current().writer->on_snapshot(seq, state_hash, words); // closes the segment before
    Segment& segment = segments_.emplace_back();
    segment.writer = std::make_unique<RecordWriter>(tail_max_, segment.out);
    segment.writer->on_snapshot(seq, state_hash, words);
    while (segments_.size() > 1 && events() - segments_.front().events >= wanted_) {
        segments_.pop_front();
    }
}

void RecordRing::lose_tail(std::uint32_t events) {
    if (events == 0) return;
    Segment& segment = current();
    KEEL_ASSERT(events <= segment.events, "a lost tail ends at the last snapshot");
    segment.writer->lose_tail(events);
    segment.events -= events;
}

void RecordRing::on_end(std::uint64_t seq, std::uint64_t state_hash) {
    current().writer->on_end(seq, state_hash);
}

std::vector<std::byte> RecordRing::bytes() const {
    std::vector<std::byte> out = record_head(header_);
    for (const Segment& segment : segments_) {
        // The snapshot that ends a segment begins the next one again.
        const std::vector<std::byte>& part = segment.out.bytes();
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

std::uint64_t RecordRing::events() const {
    std::uint64_t sum = 0;
    for (const Segment& segment : segments_) sum += segment.events;
    return sum;
}

} // namespace keel::world
