#include "model/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/model/frames.hpp"

namespace keel {
namespace {

using frames::Named;
using frames::one_of_each;

// Eight bytes a line, in pairs of digits: what a reviewer can hold against docs/event-format.md.
std::string to_hex(std::span<const std::byte> bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool line_ends = i % 8 == 7 || i + 1 == bytes.size();
        out += fmt::format("{:02x}{}", std::to_integer<unsigned>(bytes[i]), line_ends ? '\n' : ' ');
    }
    return out;
}

std::vector<std::byte> again(const Frame& frame) {
    std::vector<std::byte> out;
    if (const auto* event = std::get_if<EventBody>(&frame.body)) {
        append_frame(out, Event{frame.head.seq, Timestamp{frame.head.at}, *event});
    } else {
        append_frame(out, frame.head.seq, Timestamp{frame.head.at},
                     std::get<CommandBody>(frame.body));
    }
    return out;
}

std::string why_not(std::span<const std::byte> bytes) {
    const auto frame = read_frame(bytes);
    return frame ? "it was read" : frame.error().text();
}

template <class Field> void patch(std::vector<std::byte>& bytes, std::size_t at, Field value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

TEST(Bytes, EachKindHasItsGoldenFrame) {
    const bool update = std::getenv("KEEL_UPDATE") != nullptr;
    for (const Named& one : one_of_each()) {
        SCOPED_TRACE(one.name);
        const std::string path =
            fmt::format("{}/tests/golden/model/{}.hex", KEEL_SOURCE_DIR, one.name);
        const std::string now = to_hex(one.bytes);
        if (update) {
            std::ofstream{path, std::ios::binary} << now;
            continue;
        }
        std::ifstream file{path, std::ios::binary};
        ASSERT_TRUE(file.is_open()) << path << ": write it with KEEL_UPDATE=1";
        const std::string golden{std::istreambuf_iterator<char>{file}, {}};
        EXPECT_EQ(now, golden) << "a kind never changes: give the new body a new version";
    }
}

TEST(Bytes, WhatIsReadIsWhatWasWritten) {
    std::vector<std::byte> all;
    for (const Named& one : one_of_each()) {
        SCOPED_TRACE(one.name);
        const auto frame = read_frame(one.bytes);
        ASSERT_TRUE(frame.has_value()) << frame.error().text();
        EXPECT_EQ(frame->size, one.bytes.size());
        EXPECT_EQ(again(*frame), one.bytes);
        all.insert(all.end(), one.bytes.begin(), one.bytes.end());
    }
    // One behind the other, each ends where the next begins.
    std::span<const std::byte> rest{all};
    std::size_t frames = 0;
    while (!rest.empty()) {
        const auto frame = read_frame(rest);
        ASSERT_TRUE(frame.has_value()) << frame.error().text();
        rest = rest.subspan(frame->size);
        ++frames;
    }
    EXPECT_EQ(frames, one_of_each().size());
}

TEST(Bytes, WriteFrameAndAppendFrameAgree) {
    for (const Named& one : one_of_each()) {
        const auto frame = read_frame(one.bytes);
        ASSERT_TRUE(frame.has_value());
        const auto* event = std::get_if<EventBody>(&frame->body);
        if (event == nullptr) continue;
        std::array<std::byte, frame_size_max> buffer{};
        const std::size_t size =
            write_frame(buffer, Event{frame->head.seq, Timestamp{frame->head.at}, *event});
        ASSERT_EQ(size, one.bytes.size());
        EXPECT_EQ(std::memcmp(buffer.data(), one.bytes.data(), size), 0);
    }
}

TEST(Bytes, EveryTruncationIsAnErrorThatSaysHowMuchIsThere) {
    for (const Named& one : one_of_each()) {
        for (std::size_t size = 0; size < one.bytes.size(); ++size) {
            const std::string why = why_not({one.bytes.data(), size});
            const std::string expected =
                size < sizeof(FrameHead)
                    ? fmt::format("a frame head has 24 bytes, only {} are left", size)
                    : fmt::format("cut short, {} of {} bytes", size - sizeof(FrameHead),
                                  one.bytes.size() - sizeof(FrameHead));
            ASSERT_NE(why.find(expected), std::string::npos) << one.name << ": " << why;
        }
    }
}

TEST(Bytes, EverySingleByteFlipIsAnErrorOrAnotherValidFrame) {
    std::size_t refused = 0;
    std::size_t valid = 0;
    for (const Named& one : one_of_each()) {
        for (std::size_t at = 0; at < one.bytes.size(); ++at) {
            for (unsigned flip = 1; flip < 256; ++flip) {
                std::vector<std::byte> bytes = one.bytes;
                bytes[at] ^= static_cast<std::byte>(flip);
                // Behind it stand zeros, so that a larger size finds something to read.
                bytes.resize(one.bytes.size() + frame_size_max);
                const auto frame = read_frame(bytes);
                if (!frame) {
                    ++refused;
                    ASSERT_FALSE(frame.error().text().empty());
                    continue;
                }
                ++valid;
                const std::vector<std::byte> back = again(*frame);
                ASSERT_EQ(back.size(), frame->size);
                ASSERT_EQ(std::memcmp(back.data(), bytes.data(), back.size()), 0)
                    << one.name << " byte " << at;
            }
        }
    }
    EXPECT_GT(refused, 30'000U);
    EXPECT_GT(valid, 100'000U);
}

TEST(Bytes, UnknownKindVersionAndSizeAreNamed) {
    const std::vector<std::byte> boot = one_of_each().front().bytes;
    struct Row {
        std::size_t at;
        std::uint32_t value;
        std::size_t width;
        const char* expected;
    };
    constexpr std::array rows{
        Row{0, 0, 2, "frame 4182: kind 0 is not a frame"},
        Row{0, 14, 2, "frame 4182: kind 14 is not known to this build"},
        Row{0, 100, 2, "frame 4182: kind 100 is not known to this build"},
        Row{0, 110, 2, "frame 4182: kind 110 is not known to this build"},
        Row{0, 65'535, 2, "frame 4182: kind 65535 is not known to this build"},
        Row{2, 0, 2, "frame 4182: version 0 of kind 1 is not known to this build"},
        Row{2, 2, 2, "frame 4182: version 2 of kind 1 is not known to this build"},
        Row{4, 0, 4, "frame 4182: kind 1 version 1 has 8 bytes of body, not 0"},
        Row{4, 7, 4, "frame 4182: kind 1 version 1 has 8 bytes of body, not 7"},
        Row{4, 16, 4, "frame 4182: cut short, 8 of 16 bytes of body are there"},
        Row{4, 257, 4, "frame 4182: a body of 257 bytes is larger than any"},
        Row{4, 0xffff'ffff, 4, "frame 4182: a body of 4294967295 bytes is larger than any"},
    };
    for (const Row& row : rows) {
        std::vector<std::byte> bytes = boot;
        if (row.width == 2) {
            patch(bytes, row.at, static_cast<std::uint16_t>(row.value));
        } else {
            patch(bytes, row.at, row.value);
        }
        EXPECT_EQ(why_not(bytes), row.expected);
    }
}

// The version says which fields there are; what one version can say no other says.
TEST(Bytes, AnOrderHasItsSecondVersionWhereItHasATrigger) {
    const std::vector<Named> all = one_of_each();
    const std::vector<std::byte> plain =
        std::ranges::find(all, "new_order_single", &Named::name)->bytes;
    const std::vector<std::byte> stop =
        std::ranges::find(all, "new_order_single_2", &Named::name)->bytes;
    EXPECT_EQ(stop.size(), plain.size() + 8);
    const auto order_in = [](std::span<const std::byte> bytes) {
        return std::get<NewOrderSingle>(std::get<CommandBody>(read_frame(bytes)->body));
    };
    EXPECT_EQ(order_in(plain).trigger_px, Ticks{0});
    EXPECT_EQ(order_in(stop).trigger_px, Ticks{9});

    std::vector<std::byte> wrong = stop;
    patch(wrong, 2, std::uint16_t{1});
    EXPECT_EQ(why_not(wrong), "frame 4200: kind 101 version 1 has 64 bytes of body, not 72");
    patch(wrong, 2, std::uint16_t{4});
    EXPECT_EQ(why_not(wrong), "frame 4200: version 4 of kind 101 is not known to this build");
    wrong = stop;
    patch(wrong, sizeof(FrameHead) + offsetof(NewOrderSingle, trigger_px), std::int64_t{0});
    EXPECT_EQ(why_not(wrong), "frame 4200: a field of kind 101 holds a value outside its type");
}

TEST(Bytes, AnOrderHasItsThirdVersionWhereItNamesASideOfThePosition) {
    const std::vector<Named> all = one_of_each();
    const std::vector<std::byte> order =
        std::ranges::find(all, "new_order_single_3", &Named::name)->bytes;
    const auto frame = read_frame(order);
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(std::get<NewOrderSingle>(std::get<CommandBody>(frame->body)).position_side,
              PositionSide::Short);
    std::vector<std::byte> wrong = order;
    patch(wrong, 2, std::uint16_t{2});
    EXPECT_EQ(why_not(wrong), "frame 4201: kind 101 version 2 has 72 bytes of body, not 80");
    for (const auto side : {std::uint8_t{0}, std::uint8_t{3}}) {
        wrong = order;
        patch(wrong, sizeof(FrameHead) + offsetof(NewOrderSingle, position_side), side);
        EXPECT_EQ(why_not(wrong), "frame 4201: a field of kind 101 holds a value outside its type");
    }
}

template <class Enum> constexpr std::uint8_t last(Enum value) {
    return static_cast<std::uint8_t>(value);
}

TEST(Bytes, EveryFieldThatIsAnEnumOrAFlagRefusesAValueOutsideIt) {
    struct Row {
        const char* kind;
        std::size_t at; // in the body
        std::uint8_t largest;
        std::uint8_t least = 0;
    };
    constexpr std::array rows{
        Row{"boot", offsetof(Boot, restart), 1},
        Row{"request_answer", offsetof(RequestAnswer, kind), last(RequestKind::Heartbeat)},
        Row{"request_answer", offsetof(RequestAnswer, outcome), last(Outcome::Unknown)},
        Row{"request_answer", offsetof(RequestAnswer, reason), last(Reason::Deleveraging)},
        Row{"request_answer", offsetof(RequestAnswer, transport), 1},
        Row{"execution_report", offsetof(ExecutionReport, exec_type), last(ExecType::TradeCorrect)},
        Row{"execution_report", offsetof(ExecutionReport, side), 2, 1},
        Row{"execution_report", offsetof(ExecutionReport, position_side), 2},
        Row{"execution_report", offsetof(ExecutionReport, source), 2},
        Row{"execution_report", offsetof(ExecutionReport, stage), last(FillStage::Failed)},
        Row{"execution_report", offsetof(ExecutionReport, has_cum_qty), 1},
        Row{"execution_report", offsetof(ExecutionReport, is_maker), 1},
        Row{"execution_report", offsetof(ExecutionReport, reason), last(Reason::Deleveraging)},
        Row{"position_report", offsetof(PositionReport, position_side), 2},
        Row{"position_report", offsetof(PositionReport, source), 2},
        Row{"balance_report", offsetof(BalanceReport, source), 2},
        Row{"read_done", offsetof(ReadDone, kind), last(RequestKind::ReadBalances)},
        Row{"read_done", offsetof(ReadDone, outcome), 2},
        Row{"read_done", offsetof(ReadDone, complete), 1},
        Row{"read_done", offsetof(ReadDone, found), last(Found::Over)},
        Row{"link_report", offsetof(LinkReport, kind), last(LinkKind::Requests)},
        Row{"link_report", offsetof(LinkReport, state), 2},
        Row{"operator_act", offsetof(OperatorAct, act), last(Act::AcceptFillGap)},
        Row{"signal", offsetof(Signal, kind), last(SignalKind::Close)},
        Row{"security_status", offsetof(SecurityStatus, status), last(TradingStatus::Resolved)},
        Row{"new_order_single_3", offsetof(NewOrderSingle, kind), last(OrdKind::Redeem)},
        Row{"new_order_single", offsetof(NewOrderSingle, side), 2, 1},
        Row{"new_order_single", offsetof(NewOrderSingle, post_only), 1},
        Row{"new_order_single", offsetof(NewOrderSingle, reduce_only), 1},
        Row{"order_cancel_request", offsetof(OrderCancelRequest, transport), 1},
        Row{"read_request", offsetof(ReadRequest, kind), last(RequestKind::ReadBalances)},
        Row{"alarm", offsetof(Alarm, kind), last(AlarmKind::SignalUsed)},
        Row{"alarm", offsetof(Alarm, limit), last(Limit::FillCapacity)},
        Row{"alarm", offsetof(Alarm, missing), last(Missing::Balances)},
        Row{"notice", offsetof(Notice, kind), last(NoticeKind::Lapsed)},
        Row{"notice", offsetof(Notice, cause), last(CloseCause::Position)},
        Row{"notice", offsetof(Notice, position_side), last(PositionSide::Short)},
        Row{"notice", offsetof(Notice, flagged), 1},
    };
    const std::vector<Named> all = one_of_each();
    for (const Row& row : rows) {
        SCOPED_TRACE(fmt::format("{} at {}", row.kind, row.at));
        const auto one = std::ranges::find(all, row.kind, &Named::name);
        ASSERT_NE(one, all.end());
        for (unsigned value = 0; value < 256; ++value) {
            std::vector<std::byte> bytes = one->bytes;
            bytes[sizeof(FrameHead) + row.at] = static_cast<std::byte>(value);
            const auto frame = read_frame(bytes);
            ASSERT_EQ(frame.has_value(), value >= row.least && value <= row.largest) << value;
            if (!frame) {
                ASSERT_NE(frame.error().text().find("holds a value outside its type"),
                          std::string::npos);
            }
        }
    }
    // FIX 59 has gaps: GTC is 1, IOC is 3.
    std::vector<std::byte> order = std::ranges::find(all, "new_order_single", &Named::name)->bytes;
    for (unsigned value = 0; value < 256; ++value) {
        order[sizeof(FrameHead) + offsetof(NewOrderSingle, tif)] = static_cast<std::byte>(value);
        ASSERT_EQ(read_frame(order).has_value(), value == 1 || value == 3) << value;
    }
}

TEST(BytesDeathTest, ABufferHoldsTheLargestFrame) {
    std::array<std::byte, frame_size_max - 1> small{};
    EXPECT_DEATH(static_cast<void>(write_frame(small, Event{})),
                 "a frame buffer holds the largest frame");
}

} // namespace
} // namespace keel
