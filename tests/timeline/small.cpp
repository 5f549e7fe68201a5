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

Message in_steps(std::uint32_t from, std::uint32_t to, std::uint64_t sent,
                 std::optional<std::uint64_t> received, Kind kind) {
    Message out;
    out.from = from;
    out.to = to;
    out.kind = kind;
    out.sent = exactly({}, sent);
    out.step = sent;
    if (received) {
        out.received = exactly({}, *received);
        if (kind != Kind::Request) out.step = *received;
    }
    out.about = "Q1";
    return out;
}

Timeline steps_timeline() {
    constexpr std::uint32_t fills = 0;
    constexpr std::uint32_t socket = 1;
    constexpr std::uint32_t bot = 2;
    constexpr std::uint32_t other = 3;
    Timeline out;
    out.title = "small: hedged_once broken in 9 steps";
    out.head = {"made by hand"};
    out.axis = Axis::Steps;
    out.lanes = {{"maker", "fills"}, {"maker", "socket"}, {"bot", ""}, {"hedge", "socket"}};
    out.bot = bot;
    const auto add = [&](Message one, std::string label, std::string fate = {}) {
        one.label = std::move(label);
        one.is_fault = !fate.empty();
        one.fate = std::move(fate);
        out.messages.push_back(std::move(one));
    };
    const auto lost = [](Message one, std::uint64_t step) {
        one.lost = exactly({}, step);
        if (one.kind != Kind::Request) one.step = step;
        return one;
    };
    const auto under_way = [](Message one) {
        one.is_under_way = true;
        return one;
    };
    const auto later = [](Message one) { // from step 8 on
        for (Moment* each : {&one.sent, &*one.received}) {
            if (each->step >= 8) *each = exactly(Timestamp{} + milliseconds(1'500), each->step);
        }
        return one;
    };
    add(in_steps(bot, socket, 0, 1, Kind::Request), "new order Q1: Sell 5 @ 38");
    add(under_way(in_steps(socket, bot, 1, std::nullopt, Kind::Answer)), "new order Q1 accepted");
    add(in_steps(fills, bot, 2, 5, Kind::Fill), "fill E1 of Q1: 5 @ 38");
    add(in_steps(bot, socket, 3, 4, Kind::Request), "cancel Q1", "held");
    add(lost(in_steps(socket, bot, 4, std::nullopt, Kind::Answer), 6), "cancel Q1 refused", "lost");
    add(lost(in_steps(bot, other, 5, std::nullopt, Kind::Request), 7), "new order H1: Buy 5 @ 39",
        "lost");
    add(later(in_steps(bot, other, 8, 9, Kind::Request)), "new order H2: Buy 5 @ 39");
    const auto note = [&](std::uint64_t step, NoteKind kind, std::string text) {
        const Timestamp at = Timestamp{} + milliseconds(step >= 8 ? 1'500 : 0);
        out.notes.push_back({at, step, kind, std::move(text)});
    };
    note(0, NoteKind::World, "opening: 37 / 38");
    note(1, NoteKind::Truth, "in truth: 0; open: Q1");
    note(2, NoteKind::World, "prints: somebody buys 5 @ 39");
    note(2, NoteKind::Truth, "in truth: -5");
    note(3, NoteKind::Desk, "operator: halt");
    note(5, NoteKind::Order, "Q1  New -> Filled, cum 5 leaves 0");
    note(5, NoteKind::Group, "btc  exposure [-5, 0], owed: buy 5");
    note(8, NoteKind::World, "timer");
    note(8, NoteKind::Alarm, "HedgeOverdue");
    note(9, NoteKind::Truth, "in truth: 0");
    out.violation =
        Violation{Timestamp{} + milliseconds(1'500), 9, "hedged_once", "more than was filled"};
    sort_messages(out);
    return out;
}

} // namespace keel::timeline
