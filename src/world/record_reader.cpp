#include "world/record_reader.hpp"

#include <cstring>

#include <fmt/format.h>

#include "model/bytes.hpp"
#include "world/crc32.hpp"

namespace keel::world {
namespace {

template <class T> T read_at(std::span<const std::byte> bytes, std::size_t at) {
    T out;
    std::memcpy(&out, bytes.data() + at, sizeof out);
    return out;
}

} // namespace

Error RecordReader::broken(std::string_view what) const {
    return Error{
        fmt::format("record: {} at byte {}; events up to {} are good", what, at_, last_seq_)};
}

Result<RecordReader> RecordReader::open(std::span<const std::byte> bytes) {
    if (bytes.size() < sizeof(RecordFileHead)) {
        return fail(
            fmt::format("record: {} bytes are too few for one. Give what keel run --record wrote",
                        bytes.size()));
    }
    const auto head = read_at<RecordFileHead>(bytes, 0);
    if (head.magic != record_magic)
        return fail("record: this is none of Keel. Give what keel run --record wrote");
    if (head.version != record_version) {
        return fail(
            fmt::format("record: it has version {}, and this build reads version {}. Use the "
                        "build that wrote it (the commit at byte 40 of the file), or record "
                        "the run again: same config and seed, same run",
                        head.version, record_version));
    }
    if (head.head_size != sizeof head ||
        head.crc != crc32(bytes.first(sizeof head - sizeof head.crc))) {
        return fail(
            "record: its header is damaged (checksum). Fetch it again, or record the run again: "
            "same config and seed, same run");
    }
    RecordReader reader{bytes};
    reader.header_ = {.desk = head.desk,
                      .epoch = head.epoch,
                      .config_hash = head.config_hash,
                      .hash_every = head.hash_every,
                      .start = Timestamp{head.start},
                      .build = head.build};
    reader.at_ = sizeof head;
    auto config = reader.read_config();
    if (!config) return std::unexpected(config.error());
    reader.header_.config = std::move(*config);
    return reader;
}

Result<std::optional<RecordItem>> RecordReader::next() {
    if (is_over_) return std::optional<RecordItem>{};
    auto item = at_ < block_end_ ? next_frame() : open_block();
    if (!item) {
        is_over_ = true;
        return std::unexpected(item.error());
    }
    return std::optional<RecordItem>{std::move(*item)};
}

// The whole of the block that begins at at_, its checksum verified.
Result<RecordReader::Block> RecordReader::next_block() const {
    const std::span<const std::byte> rest = bytes_.subspan(at_);
    if (rest.empty()) return std::unexpected(broken("cut short: there is no end mark"));
    if (rest.size() < sizeof(BlockHead)) return std::unexpected(broken("cut short: half a head"));
    const auto head = read_at<BlockHead>(rest, 0);
    if (head.magic != block_magic) return std::unexpected(broken("damaged: no block begins"));
    if (head.size > rest.size() - sizeof head) {
        return std::unexpected(broken(fmt::format("cut short: a block of {} bytes has {}",
                                                  head.size, rest.size() - sizeof head)));
    }
    const auto payload = rest.subspan(sizeof head, head.size);
    if (head.crc != crc32(payload, crc32(rest.first(sizeof head - sizeof head.crc)))) {
        return std::unexpected(broken("damaged: a block's checksum does not fit"));
    }
    return Block{head, payload};
}

Result<std::string> RecordReader::read_config() {
    const auto block = next_block();
    if (!block) return std::unexpected(block.error());
    if (block->head.kind != BlockKind::Config) {
        return std::unexpected(broken("damaged: the first block is not the config"));
    }
    std::string out(block->payload.size(), '\0');
    if (!out.empty()) std::memcpy(out.data(), block->payload.data(), out.size());
    at_ += sizeof(BlockHead) + out.size();
    return out;
}

Result<RecordItem> RecordReader::open_block() {
    const auto block = next_block();
    if (!block) return std::unexpected(block.error());
    const auto& [head, payload] = *block;
    const std::size_t begin = at_ + sizeof head;
    switch (head.kind) {
    case BlockKind::Frames:
        at_ = begin;
        block_end_ = begin + head.size;
        return next_frame();
    case BlockKind::Snapshot: {
        auto item = read_snapshot(head, payload);
        at_ = begin + head.size;
        return item;
    }
    case BlockKind::End:
        if (head.size != 8) return std::unexpected(broken("damaged: an end mark has 8 bytes"));
        at_ = begin + head.size;
        is_over_ = true;
        if (at_ != bytes_.size()) return std::unexpected(broken("damaged: more after the end"));
        return RecordItem{RecordedEnd{head.seq, read_at<std::uint64_t>(payload, 0)}};
    case BlockKind::Config: return std::unexpected(broken("damaged: a second config"));
    }
    return std::unexpected(broken(
        fmt::format("block kind {} is not known to this build", static_cast<unsigned>(head.kind))));
}

Result<RecordItem> RecordReader::next_frame() {
    const auto rest = bytes_.subspan(at_, block_end_ - at_);
    if (rest.size() >= sizeof(FrameHead)) {
        const auto head = read_at<FrameHead>(rest, 0);
        if (head.kind == hash_frame_kind) {
            if (head.size != 8 || rest.size() < sizeof head + 8) {
                return std::unexpected(broken("damaged: a state hash has 8 bytes"));
            }
            at_ += sizeof head + 8;
            return RecordItem{RecordedHash{head.seq, read_at<std::uint64_t>(rest, sizeof head)}};
        }
    }
    auto frame = read_frame(rest);
    if (!frame) return std::unexpected(frame.error().while_doing(broken("damaged").text()));
    at_ += frame->size;
    const Timestamp at{frame->head.at};
    if (auto* command = std::get_if<CommandBody>(&frame->body)) {
        return RecordItem{RecordedCommand{frame->head.seq, at, *command}};
    }
    last_seq_ = frame->head.seq;
    return RecordItem{Event{frame->head.seq, at, std::get<EventBody>(frame->body)}};
}

Result<RecordItem> RecordReader::read_snapshot(const BlockHead& head,
                                               std::span<const std::byte> payload) const {
    const auto bad = [&] { return std::unexpected(broken("damaged: a snapshot's size")); };
    if (payload.size() < 16) return bad();
    RecordedSnapshot out{.seq = head.seq, .state_hash = read_at<std::uint64_t>(payload, 0)};
    const auto count = read_at<std::uint64_t>(payload, 8);
    if (count > block_size_max) return bad();
    for (std::size_t at = 16; at < payload.size();) {
        if (payload.size() - at < 8) return bad();
        const auto zeros = read_at<std::uint32_t>(payload, at);
        const auto words = read_at<std::uint32_t>(payload, at + 4);
        at += 8;
        if (std::uint64_t{words} * 8 > payload.size() - at) return bad();
        if (std::uint64_t{zeros} + words > count - out.words.size()) return bad();
        out.words.resize(out.words.size() + zeros);
        for (std::uint32_t i = 0; i < words; ++i, at += 8) {
            out.words.push_back(read_at<std::uint64_t>(payload, at));
        }
    }
    if (out.words.size() != count) return bad();
    return RecordItem{std::move(out)};
}

} // namespace keel::world
