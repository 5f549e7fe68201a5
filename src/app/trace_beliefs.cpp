#include "app/trace_beliefs.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/belief_words.hpp"
#include "app/order_ref.hpp"

namespace keel::app {

using timeline::Note;
using timeline::NoteKind;

namespace {

std::string_view words_of(core::Role role) {
    switch (role) {
    case core::Role::Quote: return "quote";
    case core::Role::Hedge: return "hedge";
    case core::Role::Close: return "close";
    case core::Role::Sweep: return "sweep";
    case core::Role::Recovered: return "recovered";
    case core::Role::Protect: return "protection";
    }
    std::unreachable();
}

} // namespace

std::vector<Note> TraceBeliefs::changes(const explore::World& world,
                                        const std::set<ClOrdID>& orders) {
    std::vector<Note> out;
    if (!world.is_alive()) return out;
    const strategy::Desk* desk = world.desk();
    if (desk == nullptr) {
        const std::vector<std::string> lines = world.subject().belief_words();
        for (std::size_t n = 0; n < lines.size(); ++n) {
            note(NoteKind::Order, fmt::format("line {}", n), lines[n], out);
        }
        return out;
    }
    const core::Engine& engine = desk->engine();
    for (const ClOrdID id : orders) note_order(engine, id, out);
    for (std::uint32_t g = 0; g < engine.config().groups.size(); ++g) {
        note(NoteKind::Group, fmt::format("group {}", g), group_words(engine, GroupIx{g}), out);
    }
    return out;
}

void TraceBeliefs::note_order(const core::Engine& engine, ClOrdID id, std::vector<Note>& out) {
    const std::string name = order_text(id);
    const core::Order* order = engine.recall_order(id);
    if (order == nullptr) {
        if (said_.contains(name)) note(NoteKind::Order, name, name + "  not remembered", out);
        statuses_.erase(id);
        return;
    }
    const bool has_ended = order->list == core::OrderList::Unsettled || core::is_settled(*order);
    const bool is_unknown = !has_ended && (order->flags & core::order_flag::unknown) != 0;
    const std::string state = fmt::format(
        "{}{}{}",
        state_words(texts_, {order->instrument, order->status, engine.cum_qty(*order),
                             engine.leaves_qty(*order), order->asked}),
        is_unknown ? ", fate unknown" : "", core::is_settled(*order) ? ", settled" : "");
    if (std::exchange(said_[name], state) == state) return;
    const auto [before, is_new] = statuses_.try_emplace(id, order->status);
    std::string from;
    if (is_new) {
        from = fmt::format("{}, ", words_of(order->role));
    } else if (before->second != order->status) {
        from = fmt::format("{} -> ", to_string(before->second));
    }
    before->second = order->status;
    out.push_back({{}, 0, NoteKind::Order, fmt::format("{}  {}{}", name, from, state)});
}

void TraceBeliefs::note(NoteKind kind, const std::string& key, const std::string& text,
                        std::vector<Note>& out) {
    if (std::exchange(said_[key], text) != text) out.push_back({{}, 0, kind, text});
}

} // namespace keel::app
