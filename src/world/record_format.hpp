#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/bytes.hpp"

// The bytes of a record file, little-endian: a header, a block with
// the config, then the other blocks. docs/record-format.md says the
// same in prose; a change to either is a new version.

namespace keel::world {

constexpr std::array<char, 8> record_magic{'K', 'E', 'E', 'L', 'R', 'E', 'C', '\n'};
constexpr std::uint16_t record_version = 2;

struct RecordFileHead {
    std::array<char, 8> magic = record_magic;
    std::uint16_t version = record_version;
    std::uint16_t head_size = 128;
    std::uint32_t desk = 0;
    std::uint64_t config_hash = 0;
    std::uint32_t epoch = 0;
    std::uint32_t hash_every = 0;
    std::int64_t start = 0;
    std::array<char, 40> build{};
    std::array<std::uint32_t, 11> reserved{};
    std::uint32_t crc = 0; // of all bytes before it
};
static_assert(sizeof(RecordFileHead) == 128);

enum class BlockKind : std::uint16_t {
    Frames = 1,   // events, their commands, and state hashes, in order
    Snapshot = 2, // the desk's words after event `seq`
    End = 3,      // the run ended after event `seq`
    Config = 4,   // the effective config as text; the first block, and only that
};

constexpr std::uint32_t block_magic = 0x4b4c424bU; // "KBLK"
struct BlockHead {
    std::uint32_t magic = block_magic;
    BlockKind kind = BlockKind::Frames;
    std::uint16_t reserved = 0;
    std::uint64_t seq = 0;  // Frames: of the first event; Snapshot, End: of the last event before
    std::uint32_t size = 0; // of the payload
    std::uint32_t crc = 0;  // of the 20 bytes before it, then the payload
};
static_assert(sizeof(BlockHead) == 24);
constexpr std::size_t block_size_max = 1ULL << 30U;

// Beside the frames of model/bytes.hpp (1.. events, 101.. commands): a state hash, 8 bytes of body.
constexpr std::uint16_t hash_frame_kind = 201;

} // namespace keel::world
