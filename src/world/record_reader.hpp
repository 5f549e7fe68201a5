#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "model/event.hpp"
#include "world/record.hpp"
#include "world/record_format.hpp"

namespace keel::world {

struct RecordedCommand {
    std::uint64_t seq = 0; // of the event that caused it
    Timestamp at;
    CommandBody body;
};
struct RecordedHash {
    std::uint64_t seq = 0;
    std::uint64_t state_hash = 0;
};
struct RecordedSnapshot {
    std::uint64_t seq = 0;
    std::uint64_t state_hash = 0;
    std::vector<std::uint64_t> words{};
};
struct RecordedEnd {
    std::uint64_t seq = 0;
    std::uint64_t state_hash = 0;
};
using RecordItem =
    std::variant<Event, RecordedCommand, RecordedHash, RecordedSnapshot, RecordedEnd>;

// Reads the bytes of a record, item by item. Whatever is wrong with them is an Error that says
// where the good part ends: cut short, damaged, of another version, no record at all.
class RecordReader {
public:
    // `bytes` must outlive the reader.
    [[nodiscard]] static Result<RecordReader> open(std::span<const std::byte> bytes);

    [[nodiscard]] const RecordHeader& header() const { return header_; }
    // The next item; none after the end mark. A record that just stops is cut short: the process
    // that wrote it died.
    [[nodiscard]] Result<std::optional<RecordItem>> next();

private:
    explicit RecordReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] Error broken(std::string_view what) const;
    [[nodiscard]] Result<RecordItem> next_frame();
    struct Block {
        BlockHead head;
        std::span<const std::byte> payload;
    };
    [[nodiscard]] Result<Block> next_block() const;
    [[nodiscard]] Result<std::string> read_config();
    [[nodiscard]] Result<RecordItem> open_block();
    [[nodiscard]] Result<RecordItem> read_snapshot(const BlockHead& head,
                                                   std::span<const std::byte> payload) const;

    std::span<const std::byte> bytes_;
    RecordHeader header_;
    std::size_t at_ = 0;        // in bytes_
    std::size_t block_end_ = 0; // of the frames being read
    std::uint64_t last_seq_ = 0;
    bool is_over_ = false;
};

} // namespace keel::world
