#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel {

// The stable form of events and commands: what records hold and what a stranger can read with
// docs/event-format.md. Little-endian; a 24-byte head, then the body's bytes:
//
//   u16 kind   (event_kind / command_kind below)
//   u16 version (of that kind's body; 1, and of a NewOrderSingle with a trigger 2, with a
//               position side 3)
//   u32 size   of the body in bytes, a multiple of 8
//   u64 seq
//   i64 at     (ns)
//
// Kinds are never reused; a changed body gets a new version and the reader keeps the old one. A new
// version adds words at the end, and is written only where they say something: so what could be
// said before has the bytes that it had before.
struct FrameHead {
    std::uint16_t kind = 0;
    std::uint16_t version = 1;
    std::uint32_t size = 0;
    std::uint64_t seq = 0;
    std::int64_t at = 0;
};
static_assert(sizeof(FrameHead) == 24);

constexpr std::uint16_t event_kind_first = 1;     // + index in EventBody
constexpr std::uint16_t command_kind_first = 101; // + index in CommandBody
constexpr std::size_t frame_size_max = 24 + 256;

// Appends the frame of an event, or of a command that event `seq` caused.
void append_frame(std::vector<std::byte>& out, const Event& event);
void append_frame(std::vector<std::byte>& out, std::uint64_t seq, Timestamp at,
                  const CommandBody& command);

// Writes the frame into `out` (at least frame_size_max bytes) and returns its size.
std::size_t write_frame(std::span<std::byte> out, const Event& event);

struct Frame {
    FrameHead head;
    std::variant<EventBody, CommandBody> body;
    std::size_t size = 0; // bytes taken from the input
};

// Reads the frame at the start of `bytes`. Errors: cut short, unknown kind or version, wrong size,
// an enum value outside its type; each says which and where.
[[nodiscard]] Result<Frame> read_frame(std::span<const std::byte> bytes);

} // namespace keel
