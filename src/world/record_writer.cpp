#include "world/record_writer.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "model/bytes.hpp"
#include "world/crc32.hpp"

namespace keel::world {
namespace {

constexpr std::size_t block_size = 64 * 1'024;

template <class T> void append(std::vector<std::byte>& out, const T& value) {
    const auto bytes = std::as_bytes(std::span{&value, 1});
    out.insert(out.end(), bytes.begin(), bytes.end());
}

// A state is mostly zeros: runs of (zeros, words), then the words.
void append_words(std::vector<std::byte>& out, std::span<const std::uint64_t> words) {
    for (std::size_t at = 0; at < words.size();) {
        std::size_t zeros = at;
        while (zeros < words.size() && words[zeros] == 0) ++zeros;
        std::size_t end = zeros;
        while (end < words.size() && words[end] != 0) ++end;
        append(out, static_cast<std::uint32_t>(zeros - at));
        append(out, static_cast<std::uint32_t>(end - zeros));
        const auto run = std::as_bytes(words.subspan(zeros, end - zeros));
        out.insert(out.end(), run.begin(), run.end());
        at = end;
    }
}

BlockHead block_head(BlockKind kind, std::uint64_t seq, std::span<const std::byte> payload) {
    KEEL_ASSERT(payload.size() <= block_size_max, "a block of a record is below 1 GiB");
    BlockHead head;
    head.kind = kind;
    head.seq = seq;
    head.size = static_cast<std::uint32_t>(payload.size());
    const auto bytes = std::as_bytes(std::span{&head, 1});
    head.crc = crc32(payload, crc32(bytes.first(sizeof head - sizeof head.crc)));
    return head;
}

void append_block(std::vector<std::byte>& out, BlockKind kind, std::uint64_t seq,
                  std::span<const std::byte> payload) {
    append(out, block_head(kind, seq, payload));
    out.insert(out.end(), payload.begin(), payload.end());
}

} // namespace

std::vector<std::byte> record_head(const RecordHeader& header) {
    RecordFileHead head;
    head.desk = header.desk;
    head.config_hash = header.config_hash;
    head.epoch = header.epoch;
    head.hash_every = header.hash_every;
    head.start = header.start.ns();
    head.build = header.build;
    const auto bytes = std::as_bytes(std::span{&head, 1});
    head.crc = crc32(bytes.first(sizeof head - sizeof head.crc));
    std::vector<std::byte> out;
    append(out, head);
    append_block(out, BlockKind::Config, 0, std::as_bytes(std::span{header.config}));
    return out;
}

RecordWriter::RecordWriter(const RecordHeader& header, std::uint32_t tail_max, ByteOut& out)
    : RecordWriter(tail_max, out) {
    write(record_head(header));
}

RecordWriter::RecordWriter(std::uint32_t tail_max, ByteOut& out) : out_(out), tail_max_(tail_max) {
    pending_.reserve(2 * block_size);
}

void RecordWriter::on_event(const Event& event) {
    if (pending_.size() >= block_size && tail_.size() == tail_max_) {
        write_frames(tail_.empty() ? pending_.size() : tail_.front().offset);
    }
    if (pending_.empty()) first_seq_ = event.seq;
    if (tail_max_ > 0) {
        if (tail_.size() == tail_max_) tail_.pop_front();
        tail_.push_back({pending_.size(), event.seq});
    }
    append_frame(pending_, event);
}

void RecordWriter::on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) {
    append_frame(pending_, seq, at, command);
}

void RecordWriter::on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) {
    append(pending_,
           FrameHead{.kind = hash_frame_kind, .version = 1, .size = 8, .seq = seq, .at = at.ns()});
    append(pending_, state_hash);
}

void RecordWriter::on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                               std::span<const std::uint64_t> words) {
    write_frames(pending_.size());
    std::vector<std::byte> payload;
    append(payload, state_hash);
    append(payload, static_cast<std::uint64_t>(words.size()));
    append_words(payload, words);
    write_block(BlockKind::Snapshot, seq, payload);
}

void RecordWriter::lose_tail(std::uint32_t events) {
    if (events == 0) return;
    KEEL_ASSERT(events <= tail_.size(), "only what is not yet on disk can be lost");
    const std::size_t first = tail_.size() - events;
    pending_.resize(tail_[first].offset);
    tail_.resize(first);
}

void RecordWriter::on_end(std::uint64_t seq, std::uint64_t state_hash) {
    write_frames(pending_.size());
    write_block(BlockKind::End, seq, std::as_bytes(std::span{&state_hash, 1}));
    if (status_) status_ = out_.flush();
}

void RecordWriter::write_frames(std::size_t until) {
    if (until > 0) {
        write_block(BlockKind::Frames, first_seq_, std::span{pending_}.first(until));
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(until));
    while (!tail_.empty() && tail_.front().offset < until) tail_.pop_front();
    for (Start& start : tail_) start.offset -= until;
    if (!tail_.empty()) first_seq_ = tail_.front().seq;
}

void RecordWriter::write_block(BlockKind kind, std::uint64_t seq,
                               std::span<const std::byte> payload) {
    const BlockHead head = block_head(kind, seq, payload);
    write(std::as_bytes(std::span{&head, 1}));
    write(payload);
}

void RecordWriter::write(std::span<const std::byte> bytes) {
    if (status_) status_ = out_.write(bytes);
}

} // namespace keel::world
