#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "world/record.hpp"
#include "world/record_format.hpp"

namespace keel::world {

// Where the bytes of a record go.
class ByteOut {
public:
    virtual ~ByteOut() = default;
    virtual Result<void> write(std::span<const std::byte> bytes) = 0;
    virtual Result<void> flush() { return {}; }

protected:
    ByteOut() = default;
    ByteOut(const ByteOut&) = default;
    ByteOut& operator=(const ByteOut&) = default;
};

class MemoryOut final : public ByteOut {
public:
    Result<void> write(std::span<const std::byte> bytes) override {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return {};
    }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

// Writes a record in the format of docs/record-format.md. The last `tail_max` events stay in
// memory, where a crash can still take them; everything older goes out in blocks.
class RecordWriter final : public RecordSink {
public:
    RecordWriter(const RecordHeader& header, std::uint32_t tail_max, ByteOut& out);
    // Goes on behind a head that is written elsewhere.
    RecordWriter(std::uint32_t tail_max, ByteOut& out);

    void on_event(const Event& event) override;
    void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) override;
    void on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) override;
    void on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                     std::span<const std::uint64_t> words) override;
    void lose_tail(std::uint32_t events) override;
    void on_end(std::uint64_t seq, std::uint64_t state_hash) override;
    [[nodiscard]] Result<void> status() const override { return status_; }

private:
    struct Start { // where an event begins in pending_
        std::size_t offset;
        std::uint64_t seq;
    };
    void write_frames(std::size_t until);
    void write_block(BlockKind kind, std::uint64_t seq, std::span<const std::byte> payload);
    void write(std::span<const std::byte> bytes);

    ByteOut& out_;
    std::uint32_t tail_max_;
    std::vector<std::byte> pending_;
    std::deque<Start> tail_;      // the last events, at most tail_max_
    std::uint64_t first_seq_ = 0; // of pending_
    Result<void> status_;
};

// What a record begins with: its header and the block with its config.
[[nodiscard]] std::vector<std::byte> record_head(const RecordHeader& header);

} // namespace keel::world
