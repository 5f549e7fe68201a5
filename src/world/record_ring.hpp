#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>

#include "world/record_writer.hpp"

namespace keel::world {

// The last N events at least, as a record that can be replayed: it begins with a snapshot. Memory
// is bounded, so a run of any length can have one, and write it when something was wrong.
class RecordRing final : public RecordSink {
public:
    RecordRing(const RecordHeader& header, std::uint64_t events, std::uint32_t tail_max)
        : header_(header), wanted_(events), tail_max_(tail_max) {}

    // How often its owner must hand it a snapshot: so seldom that copying the state costs little
    // beside the events, and so often that not much more is kept than was wanted.
    [[nodiscard]] static std::uint64_t snapshot_every(std::uint64_t events) {
        return std::clamp<std::uint64_t>(events, 4'096, 65'536);
    }

    void on_event(const Event& event) override;
    void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) override;
    void on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) override;
    void on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                     std::span<const std::uint64_t> words) override;
    void lose_tail(std::uint32_t events) override;
    void on_end(std::uint64_t seq, std::uint64_t state_hash) override;
    [[nodiscard]] Result<void> status() const override { return {}; }

    // A whole record of what is remembered; after on_end().
    [[nodiscard]] std::vector<std::byte> bytes() const;
    [[nodiscard]] std::uint64_t events() const;

private:
    struct Segment { // from one snapshot to the next
        MemoryOut out;
        std::unique_ptr<RecordWriter> writer;
        std::uint64_t events = 0;
    };
    Segment& current();

    RecordHeader header_;
    std::uint64_t wanted_;
    std::uint32_t tail_max_;
    std::deque<Segment> segments_;
};

} // namespace keel::world
