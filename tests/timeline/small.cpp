#include "tests/timeline/small.hpp"

namespace keel::timeline {

Message message(std::uint32_t from, std::uint32_t to, std::int64_t sent_ms,
                std::optional<std::int64_t> received_ms, Kind kind) {
    Message out;
    out.from = from;
    out.to = to;
    out.kind = kind;
    out.sent = exactly(Timestamp{} + milliseconds(sent_ms));
    if (received_ms) out.received = exactly(Timestamp{} + milliseconds(*received_ms));
    out.about = "Q1";
    return out;
}

Timeline small_timeline() {
    constexpr std::uint32_t fills = 0;
    constexpr std::uint32_t socket = 1;
    constexpr std::uint32_t bot = 2;
    constexpr std::uint32_t other = 3;
    Timeline out;
    out.title = "Q1 <&> its \"story\"";
    out.head = {"made by hand"};
    out.lanes = {{"maker", "fills"}, {"maker", "socket"}, {"bot", ""}, {"hedge", "socket"}};
    out.bot = bot;
    const auto add = [&](Message one, std::uint64_t step, std::string label) {
        one.step = step;
        one.label = std::move(label);
        out.messages.push_back(std::move(one));
    };
    add(message(bot, socket, 0, 5, Kind::Request), 1, "new order Q1: Sell 5 @ 38");
    add(message(fills, bot, 20, 40, Kind::Fill), 3, "fill E1 of Q1: 5 @ 38");
    add(message(bot, socket, 30, 36, Kind::Request), 2, "cancel Q1");
    Message again = message(fills, bot, 20, 900, Kind::Fill);
    again.is_duplicate = true;
    add(again, 4, "fill E1 of Q1: 5 @ 38");
    add(message(bot, other, 40, std::nullopt, Kind::Request), 3, "new order H1: Buy 5 @ 39");
    const auto note = [&](std::int64_t ms, std::uint64_t step, NoteKind kind, std::string text) {
        out.notes.push_back({Timestamp{} + milliseconds(ms), step, kind, std::move(text)});
    };
    note(40, 3, NoteKind::Order, "Q1  New -> Filled, cum 5 leaves 0");
    note(40, 3, NoteKind::Group, "btc  exposure [-5, 0], owed: buy 5");
    note(50, 0, NoteKind::Alarm, "HedgeOverdue");
    out.violation = Violation{Timestamp{} + milliseconds(40), 3, "exposure_within_limit",
                              "btc is at -5, allowed 4"};
    sort_messages(out);
    return out;
}

} // namespace keel::timeline
