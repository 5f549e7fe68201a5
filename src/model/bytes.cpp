#include "model/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

#include "base/store.hpp"

namespace keel {
namespace {

// A body is stable if it has no padding and whole words.
template <class Body>
concept StableBody =
    std::is_trivially_copyable_v<Body> && std::has_unique_object_representations_v<Body> &&
    sizeof(Body) % 8 == 0 && sizeof(Body) + sizeof(FrameHead) <= frame_size_max;

template <class... Bodies> consteval bool all_stable(const std::variant<Bodies...>* /*type*/) {
    return (StableBody<Bodies> && ...);
}
static_assert(all_stable(static_cast<const EventBody*>(nullptr)));
static_assert(all_stable(static_cast<const CommandBody*>(nullptr)));

// The stable form of a body: its version, and how much of the struct that is. Every body has one
// form.
struct Form {
    std::uint16_t version = 1;
    std::uint32_t size = 0;
};
template <class Body> constexpr Form form(std::uint16_t version) {
    if (std::is_same_v<Body, NewOrderSingle> && version == 1) {
        return {1, offsetof(NewOrderSingle, trigger_px)};
    }
    if (std::is_same_v<Body, NewOrderSingle> && version == 2) {
        return {2, offsetof(NewOrderSingle, position_side)};
    }
    return {version, sizeof(Body)};
}
template <class Body> Form form_of(const Body& /*body*/) { return form<Body>(1); }
Form form_of(const NewOrderSingle& order) {
    if (order.position_side != PositionSide::Net || order.kind != OrdKind::Limit) {
        return form<NewOrderSingle>(3);
    }
    return form<NewOrderSingle>(order.trigger_px == Ticks{0} ? 1 : 2);
}
// The newest version of a kind.
constexpr std::uint16_t versions_of(std::uint16_t kind) {
    return kind == command_kind_first ? 3 : 1;
}
static_assert(std::is_same_v<std::variant_alternative_t<0, CommandBody>, NewOrderSingle>);

template <class Variant>
std::size_t write_body(std::span<std::byte> out, std::uint16_t kind_first, std::uint64_t seq,
                       Timestamp at, const Variant& variant) {
    return std::visit(
        [&]<class Body>(const Body& body) {
            const Form form = form_of(body);
            const FrameHead head{.kind = static_cast<std::uint16_t>(kind_first + variant.index()),
                                 .version = form.version,
                                 .size = form.size,
                                 .seq = seq,
                                 .at = at.ns()};
            std::memcpy(out.data(), &head, sizeof head);
            std::memcpy(out.data() + sizeof head, &body, form.size);
            return sizeof head + form.size;
        },
        variant);
}

template <class Enum> bool in_range(Enum value, Enum first, Enum last) {
    return value >= first && value <= last;
}
bool is_flag(std::uint8_t value) { return value <= 1; }

bool valid(const Boot& b) { return b.restart <= 1; }
bool valid(const WakeUp&) { return true; }
bool valid(const BookTop&) { return true; }
bool valid(const RequestAnswer& b) {
    return b.kind <= RequestKind::Heartbeat && b.outcome <= Outcome::Unknown &&
           b.reason <= Reason::Deleveraging && b.transport <= Transport::Rest;
}
bool valid(const ExecutionReport& b) {
    return b.exec_type <= ExecType::TradeCorrect && in_range(b.side, Side::Buy, Side::Sell) &&
           b.position_side <= PositionSide::Short && b.source <= ReportSource::Read &&
           b.stage <= FillStage::Failed && is_flag(b.has_cum_qty) && is_flag(b.is_maker) &&
           b.reason <= Reason::Deleveraging;
}
bool valid(const PositionReport& b) {
    return b.position_side <= PositionSide::Short && b.source <= ReportSource::Read;
}
bool valid(const BalanceReport& b) { return b.source <= ReportSource::Read; }
bool valid(const ReadDone& b) {
    return b.kind <= RequestKind::ReadBalances && b.outcome <= Outcome::Unknown &&
           is_flag(b.complete) && b.found <= Found::Over;
}
bool valid(const LinkReport& b) {
    return b.kind <= LinkKind::Requests && b.state <= LinkState::Gap;
}
bool valid(const LeaseGrant&) { return true; }
bool valid(const OperatorAct& b) { return b.act <= Act::AcceptFillGap; }
bool valid(const Signal& b) { return b.kind <= SignalKind::Close; }
bool valid(const SecurityStatus& b) { return b.status <= TradingStatus::Resolved; }
bool valid(const NewOrderSingle& b) {
    return in_range(b.side, Side::Buy, Side::Sell) && b.position_side <= PositionSide::Short &&
           (b.tif == TimeInForce::Gtc || b.tif == TimeInForce::Ioc) && is_flag(b.post_only) &&
           is_flag(b.reduce_only) && b.kind <= OrdKind::Redeem;
}
bool valid(const OrderCancelRequest& b) { return b.transport <= Transport::Rest; }
bool valid(const OrderCancelReplaceRequest&) { return true; }
bool valid(const OrderMassCancelRequest&) { return true; }
bool valid(const OrderStatusRequest&) { return true; }
bool valid(const Heartbeat&) { return true; }
bool valid(const ReadRequest& b) { return b.kind <= RequestKind::ReadBalances; }
bool valid(const Alarm& b) {
    return b.kind <= AlarmKind::SignalUsed && b.limit <= Limit::FillCapacity &&
           b.missing <= Missing::Balances;
}
bool valid(const Notice& b) {
    return b.kind <= NoticeKind::Lapsed && b.cause <= CloseCause::Position &&
           b.position_side <= PositionSide::Short && is_flag(b.flagged);
}

// Reads the body of alternative I of Variant, or the next one.
template <class Variant, std::size_t I = 0>
Result<Variant> read_body(const FrameHead& head, std::size_t index,
                          std::span<const std::byte> bytes) {
    if constexpr (I == std::variant_size_v<Variant>) {
        return fail(
            fmt::format("frame {}: kind {} is not known to this build", head.seq, head.kind));
    } else {
        if (index != I) return read_body<Variant, I + 1>(head, index, bytes);
        using Body = std::variant_alternative_t<I, Variant>;
        const std::uint32_t size = form<Body>(head.version).size;
        if (head.size != size) {
            return fail(fmt::format("frame {}: kind {} version {} has {} bytes of body, not {}",
                                    head.seq, head.kind, head.version, size, head.size));
        }
        Body body;
        std::memcpy(&body, bytes.data(), size);
        if (!valid(body) || form_of(body).version != head.version) {
            return fail(fmt::format("frame {}: a field of kind {} holds a value outside its type",
                                    head.seq, head.kind));
        }
        return Variant{std::in_place_index<I>, body};
    }
}

} // namespace

std::size_t write_frame(std::span<std::byte> out, const Event& event) {
    KEEL_ASSERT(out.size() >= frame_size_max, "a frame buffer holds the largest frame");
    return write_body(out, event_kind_first, event.seq, event.at, event.body);
}

void append_frame(std::vector<std::byte>& out, const Event& event) {
    std::array<std::byte, frame_size_max> frame;
    const std::size_t size = write_body(frame, event_kind_first, event.seq, event.at, event.body);
    out.insert(out.end(), frame.data(), frame.data() + size);
}

void append_frame(std::vector<std::byte>& out, std::uint64_t seq, Timestamp at,
                  const CommandBody& command) {
    std::array<std::byte, frame_size_max> frame;
    const std::size_t size = write_body(frame, command_kind_first, seq, at, command);
    out.insert(out.end(), frame.data(), frame.data() + size);
}

Result<Frame> read_frame(std::span<const std::byte> bytes) {
    FrameHead head;
    if (bytes.size() < sizeof head) {
        return fail(fmt::format("a frame head has 24 bytes, only {} are left", bytes.size()));
    }
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.version < 1 || head.version > versions_of(head.kind)) {
        return fail(fmt::format("frame {}: version {} of kind {} is not known to this build",
                                head.seq, head.version, head.kind));
    }
    if (head.size > frame_size_max - sizeof head) {
        return fail(
            fmt::format("frame {}: a body of {} bytes is larger than any", head.seq, head.size));
    }
    if (bytes.size() < sizeof head + head.size) {
        return fail(fmt::format("frame {}: cut short, {} of {} bytes of body are there", head.seq,
                                bytes.size() - sizeof head, head.size));
    }
    const auto body = bytes.subspan(sizeof head, head.size);
    Frame frame{.head = head, .body = EventBody{}, .size = sizeof head + head.size};
    if (head.kind >= command_kind_first) {
        auto read = read_body<CommandBody>(
            head, static_cast<std::size_t>(head.kind - command_kind_first), body);
        if (!read) return std::unexpected(read.error());
        frame.body = *read;
    } else if (head.kind >= event_kind_first) {
        auto read = read_body<EventBody>(
            head, static_cast<std::size_t>(head.kind - event_kind_first), body);
        if (!read) return std::unexpected(read.error());
        frame.body = *read;
    } else {
        return fail(fmt::format("frame {}: kind 0 is not a frame", head.seq));
    }
    return frame;
}

} // namespace keel
