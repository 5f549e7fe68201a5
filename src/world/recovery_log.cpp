#include "world/recovery_log.hpp"

#include <array>

#include "base/assert.hpp"
#include "model/bytes.hpp"

namespace keel::world {

void RecoveryLog::on_event(const Event& event) {
    KEEL_ASSERT(event.seq == last_seq() + 1, "a record has no gap");
    starts_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    append_frame(bytes_, event);
}

void RecoveryLog::on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                              std::span<const std::uint64_t> words) {
    KEEL_ASSERT(seq == last_seq(), "a snapshot is of the state after the last event");
    words_.assign(words.begin(), words.end());
    snapshot_seq_ = seq;
    snapshot_hash_ = state_hash;
    bytes_.clear();
    starts_.clear();
}

void RecoveryLog::lose_tail(std::uint32_t events) {
    if (events == 0) return;
    KEEL_ASSERT(events <= starts_.size(), "what a snapshot covers cannot be lost");
    const std::size_t left = starts_.size() - events;
    bytes_.resize(starts_[left]);
    starts_.resize(left);
}

Event RecoveryLog::read(std::size_t place) const {
    auto frame = read_frame(std::span{bytes_}.subspan(starts_[place]));
    KEEL_ASSERT(frame.has_value(), "what was recorded can be read");
    return {frame->head.seq, Timestamp{frame->head.at}, std::get<EventBody>(frame->body)};
}

} // namespace keel::world
