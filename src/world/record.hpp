#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

// The record of a desk: every event it was told, and the commands each caused. Nothing leaves
// before it is in the record (law 6), and a desk is what its record makes of it: replay one, and
// the same commands and the same state hash come out. docs/record-format.md has the bytes.

namespace keel::world {

// Whose record it is. A reader refuses what it was not made for.
struct RecordHeader {
    std::uint32_t desk = 0;
    std::uint32_t epoch = 0;       // of the life that began the record
    std::uint64_t config_hash = 0; // of the effective config
    std::uint32_t hash_every = 0;  // events between two state hashes
    Timestamp start{};
    std::array<char, 40> build{}; // commit hash in hex, or less
    std::string config;           // the effective config, as text: all that a replay needs beside
};

// Where events and commands go. The caller tells each event before the desk steps, its commands
// before they leave; a durable store comes in behind the same calls.
class RecordSink {
public:
    virtual ~RecordSink() = default;
    virtual void on_event(const Event& event) = 0;
    // Caused by the last event.
    virtual void on_command(std::uint64_t seq, Timestamp at, const CommandBody& command) = 0;
    // The desk's state hash after event `seq`.
    virtual void on_hash(std::uint64_t seq, Timestamp at, std::uint64_t state_hash) = 0;
    // The desk's whole state after event `seq`. What a snapshot covers can no longer be lost.
    virtual void on_snapshot(std::uint64_t seq, std::uint64_t state_hash,
                             std::span<const std::uint64_t> words) = 0;
    // The process died, and its last `events` events never reached the disk.
    virtual void lose_tail(std::uint32_t events) = 0;
    // The run is over.
    virtual void on_end(std::uint64_t seq, std::uint64_t state_hash) = 0;
    // The first thing that went wrong, if any: a full disk, say. Nothing is recorded after it.
    [[nodiscard]] virtual Result<void> status() const = 0;

protected:
    RecordSink() = default;
    RecordSink(const RecordSink&) = default;
    RecordSink& operator=(const RecordSink&) = default;
};

// Remembers nothing.
class NoRecord final : public RecordSink {
public:
    void on_event(const Event&) override {}
    void on_command(std::uint64_t, Timestamp, const CommandBody&) override {}
    void on_hash(std::uint64_t, Timestamp, std::uint64_t) override {}
    void on_snapshot(std::uint64_t, std::uint64_t, std::span<const std::uint64_t>) override {}
    void lose_tail(std::uint32_t) override {}
    void on_end(std::uint64_t, std::uint64_t) override {}
    [[nodiscard]] Result<void> status() const override { return {}; }
};

} // namespace keel::world
