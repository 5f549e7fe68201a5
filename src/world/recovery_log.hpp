#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/event.hpp"

namespace keel::world {

// What a desk that dies finds when it comes back: the last snapshot, and the events since, of which
// the last ones may be lost. This is the part of a record that a restart needs, kept in memory.
class RecoveryLog {
public:
    void on_event(const Event& event);
    // After the event just told: lets a replay check itself.
    void on_hash(std::uint64_t seq, std::uint64_t state_hash) { hash_ = {seq, state_hash}; }
    // What came before is not needed any more, and can no longer be lost.
    void on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                     std::span<const std::uint64_t> words);
    // The most that a crash can take.
    [[nodiscard]] std::uint64_t events_since_snapshot() const { return starts_.size(); }
    void lose_tail(std::uint32_t events);

    [[nodiscard]] std::uint64_t last_seq() const { return snapshot_seq_ + starts_.size(); }
    // Empty before the first snapshot: then a new desk stands for it.
    [[nodiscard]] std::span<const std::uint64_t> snapshot() const { return words_; }
    [[nodiscard]] std::uint64_t snapshot_hash() const { return snapshot_hash_; }

    struct Check {
        std::uint64_t seq = 0;
        std::uint64_t state_hash = 0;
    };
    // Calls visit(event) for each event since the snapshot, in order.
    template <class Visit> void each(Visit&& visit) const {
        for (std::size_t i = 0; i < starts_.size(); ++i) visit(read(i));
    }
    // The newest state hash noted that still lies inside the log.
    [[nodiscard]] std::optional<Check> check() const {
        if (hash_.seq <= snapshot_seq_ || hash_.seq > last_seq()) return std::nullopt;
        return hash_;
    }

private:
    [[nodiscard]] Event read(std::size_t place) const;

    std::vector<std::uint64_t> words_;
    std::uint64_t snapshot_seq_ = 0;
    std::uint64_t snapshot_hash_ = 0;
    std::vector<std::byte> bytes_;      // frames
    std::vector<std::uint32_t> starts_; // of each frame in bytes_
    Check hash_;
};

} // namespace keel::world
