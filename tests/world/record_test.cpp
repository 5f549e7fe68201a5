#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/bytes.hpp"
#include "tests/temp_folder.hpp"
#include "tests/world/some_events.hpp"
#include "world/crc32.hpp"
#include "world/record_file.hpp"
#include "world/record_reader.hpp"
#include "world/record_ring.hpp"
#include "world/record_writer.hpp"
#include "world/recovery_log.hpp"

namespace keel::world::test {
namespace {

using ::testing::HasSubstr;

const RecordHeader header{.desk = 7,
                          .epoch = 3,
                          .config_hash = 0xabcdef,
                          .hash_every = 10,
                          .start = Timestamp{42},
                          .build = {'1', 'a', '2', 'b'},
                          .config = "[desk]\nnumber = 7\n"};

std::vector<std::byte> bytes_of(const Event& event) {
    std::vector<std::byte> out;
    append_frame(out, event);
    return out;
}

// Writes `count` events with a command each, a hash every ten, a snapshot every `snapshot_every`.
void write(RecordSink& sink, std::uint64_t first, std::uint64_t count,
           std::uint64_t snapshot_every = 0) {
    for (std::uint64_t seq = first; seq < first + count; ++seq) {
        Rng rng{seq};
        sink.on_event(some_event(seq, rng));
        sink.on_command(seq, Timestamp{static_cast<std::int64_t>(seq)}, some_command(rng));
        if (seq % 10 == 0) sink.on_hash(seq, Timestamp{1}, seq * 3);
        if (snapshot_every != 0 && seq % snapshot_every == 0) {
            const std::vector<std::uint64_t> words{0, 0, seq, 5, 0, 0, 0, 9, 0};
            sink.on_snapshot(seq, seq * 7, words);
        }
    }
}

struct Found {
    std::vector<std::uint64_t> events;
    std::uint64_t commands = 0;
    std::vector<std::uint64_t> hashes;
    std::vector<RecordedSnapshot> snapshots;
    std::optional<RecordedEnd> end;
    std::string error;
};

// Reads it all; each event must be what was written under its number.
Found read_all(std::span<const std::byte> bytes) {
    Found out;
    auto reader = RecordReader::open(bytes);
    if (!reader) {
        out.error = reader.error().text();
        return out;
    }
    for (;;) {
        auto item = reader->next();
        if (!item) {
            out.error = item.error().text();
            return out;
        }
        if (!*item) return out;
        if (const auto* event = std::get_if<Event>(&**item)) {
            Rng rng{event->seq};
            EXPECT_EQ(bytes_of(*event), bytes_of(some_event(event->seq, rng)));
            out.events.push_back(event->seq);
        } else if (std::holds_alternative<RecordedCommand>(**item)) {
            ++out.commands;
        } else if (const auto* hash = std::get_if<RecordedHash>(&**item)) {
            out.hashes.push_back(hash->state_hash);
        } else if (const auto* snapshot = std::get_if<RecordedSnapshot>(&**item)) {
            out.snapshots.push_back(*snapshot);
        } else if (const auto* end = std::get_if<RecordedEnd>(&**item)) {
            out.end = *end;
        }
    }
}

std::vector<std::byte> small_record() {
    MemoryOut out;
    RecordWriter writer{header, 4, out};
    write(writer, 1, 12, 5);
    writer.on_end(12, 99);
    return out.bytes();
}

TEST(Crc32, IsTheOneOfZlib) {
    const std::string_view text = "123456789";
    const auto bytes = std::as_bytes(std::span{text});
    EXPECT_EQ(crc32(bytes), 0xcbf43926U);
    EXPECT_EQ(crc32({}), 0U);
    std::vector<std::byte> longer;
    for (int i = 0; i < 1'000; ++i) longer.push_back(static_cast<std::byte>(i));
    for (std::size_t cut = 0; cut <= longer.size(); cut += 37) {
        const auto all = std::span{longer};
        EXPECT_EQ(crc32(all.subspan(cut), crc32(all.first(cut))), crc32(all));
    }
}

TEST(Record, GivesBackWhatWasWritten) {
    MemoryOut out;
    RecordWriter writer{header, 20, out};
    write(writer, 1, 5'000, 1'000);
    writer.on_end(5'000, 77);
    ASSERT_TRUE(writer.status().has_value());

    const Found found = read_all(out.bytes());
    EXPECT_EQ(found.error, "");
    ASSERT_EQ(found.events.size(), 5'000U);
    EXPECT_EQ(found.events.front(), 1U);
    EXPECT_EQ(found.events.back(), 5'000U);
    EXPECT_EQ(found.commands, 5'000U);
    ASSERT_EQ(found.hashes.size(), 500U);
    EXPECT_EQ(found.hashes[1], 60U);
    ASSERT_EQ(found.snapshots.size(), 5U);
    EXPECT_EQ(found.snapshots[2].seq, 3'000U);
    EXPECT_EQ(found.snapshots[2].state_hash, 21'000U);
    EXPECT_EQ(found.snapshots[2].words,
              (std::vector<std::uint64_t>{0, 0, 3'000, 5, 0, 0, 0, 9, 0}));
    ASSERT_TRUE(found.end.has_value());
    EXPECT_EQ(found.end->seq, 5'000U);
    EXPECT_EQ(found.end->state_hash, 77U);

    const auto reader = RecordReader::open(out.bytes());
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->header().desk, 7U);
    EXPECT_EQ(reader->header().epoch, 3U);
    EXPECT_EQ(reader->header().config_hash, 0xabcdefU);
    EXPECT_EQ(reader->header().start, Timestamp{42});
    EXPECT_EQ(reader->header().build[3], 'b');
    EXPECT_EQ(reader->header().config, header.config);
}

TEST(Record, LosesItsTailInACrashAndGoesOn) {
    for (std::uint32_t lost = 0; lost <= 20; ++lost) {
        SCOPED_TRACE(lost);
        MemoryOut out;
        RecordWriter writer{header, 20, out};
        write(writer, 1, 3'000);
        writer.lose_tail(lost);
        write(writer, 3'001 - lost, 2'000);
        writer.lose_tail(lost);
        writer.on_end(5'000 - 2 * lost, 1);
        const Found found = read_all(out.bytes());
        EXPECT_EQ(found.error, "");
        ASSERT_EQ(found.events.size(), 5'000U - 2 * lost);
        for (std::size_t i = 0; i < found.events.size(); ++i) ASSERT_EQ(found.events[i], i + 1);
        EXPECT_EQ(found.commands, found.events.size());
        EXPECT_EQ(found.hashes.size(), found.events.size() / 10);
    }
}

TEST(Record, CutShortAtAnyByteIsSaid) {
    const auto whole = small_record();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        SCOPED_TRACE(size);
        const Found found = read_all(std::span{whole}.first(size));
        ASSERT_NE(found.error, "");
        if (size >= sizeof(RecordFileHead)) {
            ASSERT_THAT(found.error, HasSubstr("cut short"));
        }
    }
}

TEST(Record, AnyFlippedBitIsSaid) {
    const auto whole = small_record();
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto damaged = whole;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        const Found found = read_all(damaged);
        ASSERT_NE(found.error, "") << "bit " << bit;
    }
}

TEST(Record, SaysWhatIsWrong) {
    const auto whole = small_record();
    EXPECT_THAT(read_all(std::as_bytes(std::span{"short"})).error, HasSubstr("too few"));

    auto other = whole;
    std::memcpy(other.data(), "SOMETHNG", 8);
    EXPECT_THAT(read_all(other).error, HasSubstr("none of Keel"));

    auto newer = whole;
    newer[8] = std::byte{9};
    EXPECT_THAT(read_all(newer).error, HasSubstr("has version 9, and this build reads version 2"));
    EXPECT_THAT(read_all(newer).error, HasSubstr("Use the build that wrote it"));
    auto older = whole;
    older[8] = std::byte{1};
    EXPECT_THAT(read_all(older).error, HasSubstr("has version 1"));

    auto damaged = whole;
    damaged[whole.size() / 2] ^= std::byte{1};
    EXPECT_THAT(read_all(damaged).error, HasSubstr("checksum"));
    EXPECT_THAT(read_all(damaged).error, HasSubstr("are good"));

    auto longer = whole;
    longer.push_back(std::byte{0});
    EXPECT_THAT(read_all(longer).error, HasSubstr("more after the end"));
}

TEST(Record, ItsConfigIsTheFirstBlockAndOnlyThat) {
    const std::size_t head = record_head(header).size();
    const std::vector<std::byte> whole = small_record();
    const auto config =
        std::span{whole}.subspan(sizeof(RecordFileHead), head - sizeof(RecordFileHead));

    std::vector<std::byte> without = whole;
    without.erase(without.begin() + sizeof(RecordFileHead),
                  without.begin() + static_cast<std::ptrdiff_t>(head));
    EXPECT_THAT(read_all(without).error, HasSubstr("the first block is not the config"));

    std::vector<std::byte> twice = whole;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(head), config.begin(), config.end());
    EXPECT_THAT(read_all(twice).error, HasSubstr("a second config"));

    std::vector<std::byte> damaged = whole;
    damaged[head - 1] ^= std::byte{4};
    EXPECT_THAT(read_all(damaged).error, HasSubstr("checksum"));
    EXPECT_THAT(read_all(std::span{whole}.first(head - 1)).error, HasSubstr("cut short"));

    // An empty one and a large one come back as they were.
    for (const std::size_t size : {std::size_t{0}, std::size_t{3'000'000}}) {
        RecordHeader other = header;
        other.config = std::string(size, '#');
        MemoryOut out;
        RecordWriter writer{other, 0, out};
        writer.on_end(0, 1);
        const auto reader = RecordReader::open(out.bytes());
        ASSERT_TRUE(reader.has_value()) << reader.error().text();
        EXPECT_EQ(reader->header().config, other.config);
    }
}

TEST(Record, RingKeepsTheLastEventsAndBeginsWithASnapshot) {
    RecordRing ring{header, 100, 20};
    write(ring, 1, 1'037, 100);
    ring.lose_tail(20);
    write(ring, 1'018, 30);
    ring.on_end(1'047, 5);
    const auto bytes = ring.bytes();
    const Found found = read_all(bytes);
    EXPECT_EQ(found.error, "");
    EXPECT_EQ(found.events.back(), 1'047U);
    EXPECT_GE(found.events.size(), 100U);
    EXPECT_LE(found.events.size(), 300U);
    ASSERT_FALSE(found.snapshots.empty());
    EXPECT_EQ(found.snapshots.front().seq + 1, found.events.front());
    for (std::size_t i = 1; i < found.events.size(); ++i) {
        ASSERT_EQ(found.events[i], found.events[i - 1] + 1);
    }
}

TEST(Record, RingOfAShortRunHoldsAllOfIt) {
    RecordRing ring{header, 100, 20};
    write(ring, 1, 37);
    ring.on_end(37, 5);
    const Found found = read_all(ring.bytes());
    EXPECT_EQ(found.error, "");
    EXPECT_EQ(found.events.size(), 37U);
}

TEST(Record, FileHoldsTheSameBytes) {
    const keel::test::TempFolder temp;
    const std::string path = temp.path("test.rec");
    {
        auto file = FileOut::create(path);
        ASSERT_TRUE(file.has_value()) << file.error().text();
        RecordWriter writer{header, 4, *file};
        write(writer, 1, 12, 5);
        writer.on_end(12, 99);
        ASSERT_TRUE(writer.status().has_value());
    }
    const auto bytes = read_file(path);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(*bytes, small_record());
    EXPECT_FALSE(read_file(temp.path("none")).has_value());
    const auto nowhere = FileOut::create("/nowhere/at/all");
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_THAT(nowhere.error().text(), HasSubstr("/nowhere/at/all: cannot be written"));
}

// A disk that is full after so many bytes.
class SmallDisk final : public ByteOut {
public:
    explicit SmallDisk(std::size_t room) : room_(room) {}
    Result<void> write(std::span<const std::byte> bytes) override {
        ++calls_;
        if (bytes.size() > room_) return fail("disk: full");
        room_ -= bytes.size();
        return {};
    }
    [[nodiscard]] int calls() const { return calls_; }

private:
    std::size_t room_;
    int calls_ = 0;
};

TEST(Record, RemembersTheFirstFailureAndWritesNoMore) {
    SmallDisk disk{1'000};
    RecordWriter writer{header, 0, disk};
    write(writer, 1, 2'000);
    ASSERT_FALSE(writer.status().has_value());
    EXPECT_EQ(writer.status().error().text(), "disk: full");
    const int calls = disk.calls();
    write(writer, 2'001, 2'000);
    EXPECT_EQ(disk.calls(), calls);
}

TEST(RecoveryLog, GivesBackWhatACrashLeaves) {
    RecoveryLog log;
    const auto tell = [&](std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t seq = from; seq <= to; ++seq) {
            Rng rng{seq};
            log.on_event(some_event(seq, rng));
        }
    };
    tell(1, 50);
    log.on_hash(48, 480);
    log.lose_tail(2);
    EXPECT_EQ(log.last_seq(), 48U);
    ASSERT_TRUE(log.check().has_value());
    EXPECT_EQ(log.check()->state_hash, 480U);
    log.lose_tail(1);
    EXPECT_FALSE(log.check().has_value());
    const std::vector<std::uint64_t> words{1, 2, 3};
    log.on_snapshot(47, 470, words);
    EXPECT_EQ(log.events_since_snapshot(), 0U);
    tell(48, 60);
    log.lose_tail(3);
    std::uint64_t next = 48;
    log.each([&](const Event& event) {
        Rng rng{next};
        EXPECT_EQ(bytes_of(event), bytes_of(some_event(next, rng)));
        ++next;
    });
    EXPECT_EQ(next, 58U);
    EXPECT_EQ(log.last_seq(), 57U);
    EXPECT_TRUE(std::ranges::equal(log.snapshot(), words));
}

} // namespace
} // namespace keel::world::test
